//! How large the frame is, and what the wheel does in it.

use gloo::events::{EventListener, EventListenerOptions, EventListenerPhase};
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, ResizeObserver, WheelEvent};
use yew::prelude::*;

/// What the browser says of the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// In sixteenths of the font size.
    pub width: f64,
    /// The same.
    pub height: f64,
    /// A sixteenth of the font size, in CSS pixels.
    pub unit: f64,
}

/// Before the browser has told.
const AT_FIRST: Measured = Measured { width: 640.0, height: 640.0, unit: 1.0 };

/// The frame's size, now and whenever it changes. The ruler is 16 rem wide.
#[hook]
pub fn use_frame(frame: &NodeRef, ruler: &NodeRef) -> Measured {
    let measured = use_state_eq(|| AT_FIRST);
    let (frame, ruler, set) = (frame.clone(), ruler.clone(), measured.clone());
    use_effect_with((), move |()| {
        let of = frame.clone();
        let measure = move || {
            let (Some(element), Some(rule)) = (of.cast::<Element>(), ruler.cast::<Element>()) else { return };
            let unit = f64::from(rule.client_width()) / 256.0;
            let (width, height) = (f64::from(element.client_width()), f64::from(element.client_height()));
            if unit > 0.0 && width > 0.0 {
                // The frame grows with what is in it up to its largest height, so the window's counts where there is nothing yet.
                set.set(Measured { width: (width / unit).floor(), height: height / unit, unit });
            }
        };
        measure();
        // Not while the browser tells of sizes: what is drawn anew then may have another size, which it would have to tell again.
        let later = Rc::new(RefCell::new(None));
        let call = {
            let (measure, later) = (measure.clone(), later.clone());
            Closure::<dyn FnMut()>::new(move || {
                *later.borrow_mut() = Some(Timeout::new(0, measure.clone()));
            })
        };
        let observer = ResizeObserver::new(call.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, frame.cast::<Element>()) {
            observer.observe(&element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            later.borrow_mut().take();
            drop(call);
        }
    });
    *measured
}

/// Jumps that follow each other faster than this, in milliseconds, are made in haste.
const HASTE_MS: u32 = 150;

/// Whether the ladder jumps from place to place faster than anybody can read, as when the bar is dragged; and what says that it jumps.
#[hook]
pub fn use_haste() -> (bool, Callback<()>) {
    let hasty = use_state_eq(|| false);
    let rest = use_mut_ref(|| None::<Timeout>);
    let jump = use_callback((), {
        let hasty = hasty.setter();
        move |(), ()| {
            let done = {
                let (rest, hasty) = (rest.clone(), hasty.clone());
                Timeout::new(HASTE_MS, move || {
                    rest.borrow_mut().take();
                    hasty.set(false);
                })
            };
            if rest.borrow_mut().replace(done).is_some() {
                hasty.set(true);
            }
        }
    });
    (*hasty, jump)
}

/// The wheel scrolls, and then the ladder no longer follows; with Ctrl it zooms at the pointer.
#[hook]
pub fn use_wheel(frame: &NodeRef, unit: f64, unfollow: &Callback<()>, zoom: &Callback<(i32, Option<f64>)>) {
    let latest = use_mut_ref(|| (unit, unfollow.clone(), zoom.clone()));
    *latest.borrow_mut() = (unit, unfollow.clone(), zoom.clone());
    let frame = frame.clone();
    use_effect_with((), move |()| {
        let element = frame.cast::<Element>();
        // Not passive: a page that zooms as well would go away under the pointer.
        let options = EventListenerOptions { phase: EventListenerPhase::Bubble, passive: false };
        let told = latest.clone();
        let wheel = element.clone().map(|element| {
            let of = element.clone();
            EventListener::new_with_options(&element, "wheel", options, move |event| {
                let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
                let (unit, unfollow, zoom) = told.borrow().clone();
                if event.ctrl_key() {
                    event.prevent_default();
                    let below = f64::from(event.client_y()) - of.get_bounding_client_rect().top();
                    zoom.emit((if event.delta_y() < 0.0 { 1 } else { -1 }, Some(below / unit)));
                } else {
                    unfollow.emit(());
                }
            })
        });
        let touch = element
            .map(|element| EventListener::new(&element, "touchmove", move |_| latest.borrow().1.emit(())));
        move || drop((wheel, touch))
    });
}
