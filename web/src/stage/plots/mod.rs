//! The plots of one end of a connection: sequence numbers, windows, round-trip times, throughput, over one axis of time.
//!
//! ```text
//!   Story, end --Data::of--> Data --scene(data, span, width)--> Scene --> Picture (still)
//!                             '--reading(data, at)--> the values in words;  now-line, pointer, light: Moving
//! ```

mod data;
mod draw;
mod moving;
mod reading;
mod scene;
mod steps;
mod ticks;
mod twin;

#[cfg(test)]
mod tests;

use super::bounds::Bounds;
use super::story::{EndId, Origin, Story};
use super::{Act, ViewProps, clock};
use crate::browser;
use crate::number::grouped;
use data::Data;
use draw::{Drawn, Picture};
use gloo::events::EventListener;
use moving::Moving;
use sockets::{Instant, Micros};
use std::rc::Rc;
use twin::Twin;
use yew::prelude::*;

/// The width before the browser has told its own, in CSS pixels.
const WIDTH: i32 = 720;

/// The view.
#[component]
pub fn Plots(props: &ViewProps) -> Html {
    let ViewProps { story, at, focus, act, .. } = props;
    let end = props.end.or_else(|| story.connections().next());
    let data = use_memo((story.clone(), end), |(story, end)| {
        end.map(|end| Data::of(story, end)).unwrap_or_default()
    });
    let zoom = use_state_eq(|| None::<(Instant, Instant)>);
    let pointed = use_state_eq(|| None::<Instant>);
    let room = use_node_ref();
    let width = use_width(&room);
    let whole = whole(&data);
    let (begin, until) = zoom.filter(|(begin, until)| *begin < whole.1 && *until > whole.0).unwrap_or(whole);
    let scene = use_memo((data.clone(), begin, until, width), |(data, begin, until, width)| {
        Drawn(Rc::new(scene::scene(data, *begin, *until, f64::from(*width))))
    });
    let scene = (*scene).clone();
    let on_zoom = {
        let zoom = zoom.setter();
        use_callback((), move |span: Option<(Instant, Instant)>, ()| zoom.set(span))
    };
    let on_point = {
        let pointed = pointed.setter();
        use_callback((), move |at: Option<Instant>, ()| pointed.set(at))
    };
    let Some(end) = end else {
        return html! {
            <section class="view plots" role="group" aria-label="Plots">
                <p class="reason">{ "No connection, so nothing to plot." }</p>
            </section>
        };
    };
    let read_at = pointed.unwrap_or(*at);
    html! {
        <section class="view plots" role="group" aria-label="Plots">
            <div class="controls">
                <Ends story={story.clone()} {end} act={act.clone()} />
                { zoom_buttons(&on_zoom, whole, (begin, until), *at) }
            </div>
            <Bounds ..props.clone() />
            { readout(&data, read_at, pointed.is_some()) }
            <div class="picture" ref={room}>
                <Picture scene={scene.clone()} />
                <Moving {scene} data={data.clone()} {end} at={*at} focus={focus.clone()} act={act.clone()} {on_zoom} {on_point} />
            </div>
            <Twin data={data.clone()} {begin} end={until} act={act.clone()} />
            if let Some(unknown) = data.unknown {
                <p class="reason">{ unknown }</p>
            }
        </section>
    }
}

/// All of the time in which something is to be seen, with a little room on both sides.
fn whole(data: &Data) -> (Instant, Instant) {
    let spare = Micros((data.end.since(data.begin).0 / 50).max(1_000));
    (data.begin - spare, data.end + spare)
}

fn zoom_buttons(
    on_zoom: &Callback<Option<(Instant, Instant)>>,
    whole: (Instant, Instant),
    (begin, end): (Instant, Instant),
    at: Instant,
) -> Html {
    let span = end.since(begin).0;
    let around = move |span: u64| {
        let middle = at.max(begin).min(end);
        let first = Instant(middle.0.saturating_sub(span / 2)).max(whole.0);
        let last = Instant(first.0.saturating_add(span)).min(whole.1);
        Some((Instant(last.0.saturating_sub(span)).max(whole.0), last))
    };
    let closer = on_zoom.reform(move |_: MouseEvent| around((span / 2).max(1_000)));
    let wider = on_zoom.reform(move |_: MouseEvent| around(span.saturating_mul(2)));
    let all = on_zoom.reform(|_: MouseEvent| None);
    let is_whole = (begin, end) == whole;
    html! {
        <span class="zoom" role="group" aria-label="Zoom">
            <button type="button" class="quiet" onclick={closer} disabled={span <= 1_000}>{ "closer" }</button>
            <button type="button" class="quiet" onclick={wider} disabled={is_whole}>{ "wider" }</button>
            <button type="button" class="quiet" onclick={all} disabled={is_whole}>{ "all" }</button>
        </span>
    }
}

fn readout(data: &Data, at: Instant, pointed: bool) -> Html {
    html! {
        <dl class={classes!("readout", pointed.then_some("pointed"))}>
            <div><dt>{ "at" }</dt><dd>{ clock(at) }</dd></div>
            { for reading::reading(data, at).into_iter().map(|(class, name, value)| html! {
                <div {class}><dt>{ name }</dt><dd>{ value }</dd></div>
            }) }
        </dl>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct EndsProps {
    story: super::Told,
    end: EndId,
    act: Callback<Act>,
}

/// Whose sending is plotted.
#[component]
fn Ends(props: &EndsProps) -> Html {
    let EndsProps { story, end, act } = props;
    let ends: Vec<EndId> =
        story.connections().flat_map(|id| [Some(id), story.end_of(id).peer]).flatten().collect();
    let several = ends.len() > 2;
    let (options, act) = (ends.clone(), act.clone());
    let chosen = Callback::from(move |place: String| {
        if let Some(end) = place.parse().ok().and_then(|place: usize| options.get(place)) {
            act.emit(Act::Choose(*end));
        }
    });
    html! {
        <label>
            { "What is sent by " }
            <select onchange={browser::on_chosen(chosen)}>
                { for ends.iter().enumerate().map(|(place, id)| html! {
                    <option value={place.to_string()} selected={id == end}>{ end_words(story, *id, several) }</option>
                }) }
            </select>
        </label>
    }
}

fn end_words(story: &Story, id: EndId, several: bool) -> String {
    let end = story.end_of(id);
    let port = end.local.filter(|_| several).map_or_else(String::new, |local| format!(":{}", local.port()));
    // Where no segment is seen, what its program gave is known.
    let wrote = end.wrote.last().map_or(0, |piece| piece.end);
    let data: u64 = end
        .sent
        .iter()
        .filter(|&&packet| story.packets[packet].repeats.is_none())
        .filter_map(|&packet| Some(story.segment(packet)?.payload.len() as u64))
        .sum();
    let data = if story.origin == Origin::Sampled { wrote } else { data };
    let octets = if data == 1 { "octet" } else { "octets" };
    format!("{}{port}, {} {octets}", story.name(end.host), grouped(data))
}

/// The width of an element in CSS pixels, and again whenever the window changes.
#[hook]
pub fn use_width(room: &NodeRef) -> i32 {
    let width = use_state_eq(|| WIDTH);
    let (room, set) = (room.clone(), width.setter());
    use_effect_with((), move |()| {
        let measure = move || {
            if let Some(width) = browser::width_of(&room) {
                set.set(width);
            }
        };
        measure();
        let listener =
            web_sys::window().map(|window| EventListener::new(&window, "resize", move |_| measure()));
        move || drop(listener)
    });
    *width
}
