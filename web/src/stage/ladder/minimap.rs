//! The whole trace as a slim column: how much is sent to the right and to the left, losses, now, and what is seen.

use super::arrows::Tip;
use super::draw::N;
use super::pane::Laid;
use crate::stage::Told;
use std::fmt::Write;
use wasm_bindgen::JsCast;
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub struct MinimapProps {
    pub laid: Laid,
    pub told: Told,
    /// Where now is.
    pub now: f64,
    /// Where the seen part begins.
    pub top: f64,
    /// How high it is.
    pub height: f64,
    /// How high all is.
    pub total: f64,
    /// Takes where to go: the height that should be at the top.
    pub go: Callback<f64>,
}

/// Strips from top to bottom.
const STRIPS: usize = 200;
const WIDE: f64 = 32.0;

/// Density and losses as path data, in a box of 32 by 200.
fn drawn(laid: &Laid) -> (String, String) {
    let mut counts = vec![[0_u32; 3]; STRIPS];
    for arrow in &laid.arrows {
        let strip = ((arrow.from.1 / laid.height) * STRIPS as f64) as usize;
        let strip = &mut counts[strip.min(STRIPS - 1)];
        strip[usize::from(arrow.to.0 < arrow.from.0)] += 1;
        strip[2] += u32::from(matches!(arrow.tip, Tip::Broken(_) | Tip::Corrupted));
    }
    let most = counts.iter().flat_map(|strip| &strip[..2]).copied().max().unwrap_or(0).max(1);
    let (mut density, mut losses) = (String::new(), String::new());
    for (y, [right, left, lost]) in counts.into_iter().enumerate() {
        let long = |count: u32| (f64::from(count) / f64::from(most)).sqrt() * (WIDE / 2.0 - 4.0);
        if right + left > 0 {
            let (from, to) = (WIDE / 2.0 - long(left), WIDE / 2.0 + long(right));
            let _ = write!(density, "M{} {y}H{}v.8H{}z", N(from), N(to), N(from));
        }
        if lost > 0 {
            let _ = write!(losses, "M{} {y}h4v1.4h-4z", N(WIDE - 4.0));
        }
    }
    (density, losses)
}

/// The column.
#[component]
pub fn Minimap(props: &MinimapProps) -> Html {
    let MinimapProps { laid, told, now, top, height, total, go } = props;
    let paths = use_memo((laid.clone(), told.clone()), |(laid, _)| drawn(laid));
    let dragged = use_mut_ref(|| false);
    let (total, high, most) = (*total, *height, (*total - *height).max(0.0));
    let to = {
        let go = go.clone();
        move |event: &PointerEvent| {
            let Some(element) =
                event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            else {
                return;
            };
            let place = element.get_bounding_client_rect();
            let part = (f64::from(event.client_y()) - place.top()) / place.height().max(1.0);
            go.emit((part * total - high / 2.0).clamp(0.0, most));
        }
    };
    let onpointerdown = {
        let (to, dragged) = (to.clone(), dragged.clone());
        Callback::from(move |event: PointerEvent| {
            *dragged.borrow_mut() = true;
            if let Some(element) =
                event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            {
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            to(&event);
        })
    };
    let onpointermove = {
        let dragged = dragged.clone();
        Callback::from(move |event: PointerEvent| {
            if *dragged.borrow() {
                to(&event);
            }
        })
    };
    let onpointerup = Callback::from(move |_: PointerEvent| *dragged.borrow_mut() = false);
    let onkeydown = {
        let (go, top) = (go.clone(), *top);
        Callback::from(move |event: KeyboardEvent| {
            let y = match event.key().as_str() {
                "ArrowUp" => top - 40.0,
                "ArrowDown" => top + 40.0,
                "PageUp" => top - high * 0.9,
                "PageDown" => top + high * 0.9,
                "Home" => 0.0,
                "End" => most,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            go.emit(y.clamp(0.0, most));
        })
    };
    let scaled = |y: f64| N(y / total.max(1.0) * STRIPS as f64).to_string();
    let part = (top / most.max(1.0) * 100.0).clamp(0.0, 100.0).round();
    html! {
        <div
            class="ladder-map"
            role="slider"
            tabindex="0"
            aria-label="Part of the trace that is seen"
            aria-orientation="vertical"
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow={part.to_string()}
            aria-valuetext={format!("{part} percent of the way down")}
            {onpointerdown}
            {onpointermove}
            onpointerup={onpointerup.clone()}
            onpointercancel={onpointerup}
            {onkeydown}
        >
            <svg viewBox="0 0 32 200" preserveAspectRatio="none" aria-hidden="true">
                <path d={paths.0.clone()} />
                <path class="losses" d={paths.1.clone()} />
                <rect class="seen" x="0.5" width="31" y={scaled(*top)} height={scaled(high.min(total))} />
                <line class="now" x1="0" x2="32" y1={scaled(*now)} y2={scaled(*now)} />
            </svg>
        </div>
    }
}
