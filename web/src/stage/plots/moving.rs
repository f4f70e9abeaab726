//! What moves over the plots: the now-line, the pointer, what lights up. And what a pointer does there.

use super::super::{Act, EndId, Focus, Thing};
use super::data::Data;
use super::draw::Drawn;
use super::reading::{bar_at, bar_of, moment_at};
use super::scene::Scene;
use sockets::Instant;
use std::fmt::Write;
use std::rc::Rc;
use yew::prelude::*;

/// A pointer that moved less than this, in CSS pixels, has clicked.
const CLICK: f64 = 4.0;
/// More bars than this are not lit one by one: then nearly all are, and nothing is to be seen.
const MOST_LIT: usize = 2_000;

#[derive(Clone, PartialEq, Properties)]
pub struct MovingProps {
    pub scene: Drawn,
    pub data: Rc<Data>,
    /// Whose segments they are.
    pub end: EndId,
    pub at: Instant,
    pub focus: Rc<Focus>,
    pub act: Callback<Act>,
    /// Shows a span of time, or all.
    pub on_zoom: Callback<Option<(Instant, Instant)>>,
    /// Reads the values of a moment, or of now.
    pub on_point: Callback<Option<Instant>>,
}

/// What moves.
#[component]
pub fn Moving(props: &MovingProps) -> Html {
    let MovingProps { scene, data, end, at, focus, act, on_zoom, on_point } = props;
    let pointer = use_state_eq(|| None::<f64>);
    let drag = use_state_eq(|| None::<(f64, f64)>);
    let lit = use_memo((scene.clone(), data.clone(), focus.clone(), *end), |(scene, data, focus, end)| {
        Lit::of(&scene.0, data, focus, *end)
    });
    let place = |event: &PointerEvent| (f64::from(event.offset_x()), f64::from(event.offset_y()));
    let onpointermove = {
        let (pointer, drag, act, on_point) = (pointer.clone(), drag.clone(), act.clone(), on_point.clone());
        let (scene, data, hover) = (scene.clone(), data.clone(), focus.hover);
        move |event: PointerEvent| {
            let (x, y) = place(&event);
            pointer.set(Some(x));
            on_point.emit(Some(moment_at(&scene.0, x)));
            if let Some((from, _)) = *drag {
                drag.set(Some((from, x)));
                return;
            }
            let under = bar_at(&data, &scene.0, x, y).map(|bar| Thing::Packet(bar.packet));
            if under != hover {
                act.emit(Act::Point(under));
            }
        }
    };
    let onpointerdown = {
        let drag = drag.clone();
        move |event: PointerEvent| {
            if event.button() == 0 {
                let (x, _) = place(&event);
                drag.set(Some((x, x)));
            }
        }
    };
    let onpointerup = {
        let (drag, act, on_zoom) = (drag.clone(), act.clone(), on_zoom.clone());
        let (scene, data) = (scene.clone(), data.clone());
        move |event: PointerEvent| {
            let Some((from, _)) = *drag else { return };
            drag.set(None);
            let (x, y) = place(&event);
            if (x - from).abs() >= CLICK {
                let (one, other) = (moment_at(&scene.0, from.min(x)), moment_at(&scene.0, from.max(x)));
                if other.since(one).0 >= 10 {
                    on_zoom.emit(Some((one, other)));
                }
                return;
            }
            if let Some(bar) = bar_at(&data, &scene.0, x, y) {
                act.emit(Act::Pick(Some(Thing::Packet(bar.packet))));
            }
            act.emit(Act::Seek(moment_at(&scene.0, x)));
        }
    };
    let gone = {
        let (pointer, drag, act, on_point) = (pointer.clone(), drag.clone(), act.clone(), on_point.clone());
        move |_: PointerEvent| {
            pointer.set(None);
            drag.set(None);
            on_point.emit(None);
            act.emit(Act::Point(None));
        }
    };
    let picture = &scene.0;
    let now = picture.x.place(at.0 as f64);
    let now = (-0.5..=picture.room + 0.5).contains(&now).then_some(picture.left + now);
    let (top, bottom) = edges(picture);
    // The titles between the panels stay free.
    let panels = picture.panels.iter().map(|panel| format!("M0 {:.1}v{:.1}", panel.top, panel.height));
    let d: String = panels.collect();
    let upright = |x: f64, class: &'static str| {
        let transform = format!("translate({x:.1} 0)");
        html! { <path {class} {transform} d={d.clone()} /> }
    };
    let (width, height) = (picture.width.to_string(), picture.height.to_string());
    html! {
        <div class="glass" {onpointermove} {onpointerdown} {onpointerup}
            onpointerleave={gone.clone()} onpointercancel={gone}>
            <svg class="moving" aria-hidden="true" {width} {height}>
                <path class="octets" d={lit.octets.clone()} />
                <path class="lit" d={lit.bars.clone()} />
                <path class="picked" d={lit.picked.clone()} />
                <path class="came" d={lit.acks.clone()} />
                if let Some((from, to)) = *drag {
                    <rect class="span" x={from.min(to).to_string()} width={(from - to).abs().to_string()}
                        y={top.to_string()} height={(bottom - top).to_string()} />
                }
                { for pointer.map(|x| upright(x.clamp(picture.left, picture.left + picture.room), "pointer")) }
                { for now.map(|x| upright(x, "now")) }
            </svg>
        </div>
    }
}

fn edges(scene: &Scene) -> (f64, f64) {
    let top = scene.panels.first().map_or(0.0, |panel| panel.top);
    (top, scene.panels.last().map_or(0.0, |panel| panel.top + panel.height))
}

/// What lights up, as the data of SVG paths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lit {
    /// Segments of this end.
    pub bars: String,
    /// The one that is picked.
    pub picked: String,
    /// Acknowledgments that came for it.
    pub acks: String,
    /// Octets, as bands.
    pub octets: String,
}

impl Lit {
    /// What of the focus is in this picture.
    pub fn of(scene: &Scene, data: &Data, focus: &Focus, end: EndId) -> Lit {
        let mut lit = Lit::default();
        let Some(panel) = scene.panels.iter().find(|panel| panel.name == "sequence") else { return lit };
        let inside = |x: f64| (0.0..=scene.room).contains(&x);
        let height = |number: u64| panel.top + panel.y.place(number as f64).clamp(0.0, panel.height);
        for &packet in focus.packets.iter().take(MOST_LIT) {
            if let Some(bar) = bar_of(data, packet) {
                let x = scene.x.place(bar.at.0 as f64);
                let path =
                    if focus.picked == Some(Thing::Packet(packet)) { &mut lit.picked } else { &mut lit.bars };
                if inside(x) {
                    let (low, high) = (height(bar.first), height(bar.end));
                    write!(path, "M{:.1} {low:.1}V{:.1}", scene.left + x, high.min(low - 3.0))
                        .expect("a String takes all");
                }
            } else if let Some(&(at, number)) =
                data.came.binary_search_by_key(&packet, |came| came.0).ok().map(|place| &data.came[place].1)
            {
                let x = scene.x.place(at.0 as f64);
                if inside(x) {
                    write!(lit.acks, "M{:.1} {:.1}h0", scene.left + x, height(number))
                        .expect("a String takes all");
                }
            }
        }
        for (_, first, after) in focus.octets.iter().filter(|(from, ..)| *from == end) {
            let (first, after) = (data.number(*first), data.number(*after));
            let (low, high) = (height(first), height(after));
            let (left, room) = (scene.left, scene.room);
            write!(lit.octets, "M{left:.1} {low:.1}h{room:.1}V{:.1}h-{room:.1}Z", high.min(low - 1.0))
                .expect("a String takes all");
        }
        lit
    }
}
