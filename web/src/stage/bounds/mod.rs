//! What bounds the transfer now, and since when: a sentence, and a strip over time with one lane for each thing that ever did.

mod spans;
mod words;

#[cfg(test)]
mod tests;

use super::{Act, ViewProps};
use sockets::{Instant, Micros};
use spans::{Holds, Span, spans};
use std::fmt::Write;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

/// The strip's width, in units of its own: it is as wide as its room.
const WIDTH: f64 = 1_000.0;

/// The line.
#[component]
pub fn Bounds(props: &ViewProps) -> Html {
    let ViewProps { story, at, act, .. } = props;
    let end = props.end.or_else(|| story.connections().next());
    let strip = use_memo((story.clone(), end), |(story, end)| {
        Strip::of(end.map(|end| spans(story, end)).unwrap_or_default())
    });
    let Some(end) = end else { return html! {} };
    let now = strip.share(*at);
    let seek = {
        let (act, strip) = (act.clone(), strip.clone());
        Callback::from(move |share: f64| act.emit(Act::Seek(strip.moment(share))))
    };
    html! {
        <section class="view bounds" role="group" aria-label="What bounds the transfer">
            <p class="sentence">{ words::sentence(story, end, &strip.spans, *at) }</p>
            if !strip.lanes.is_empty() {
                <Lanes strip={Shared(strip.clone())} {now} {seek} />
            }
        </section>
    }
}

/// All of it over time.
#[derive(Clone, Debug, Default, PartialEq)]
struct Strip {
    spans: Vec<Span>,
    begin: Instant,
    end: Instant,
    /// Each thing that ever held the transfer back, with the data of its lane's path and its share of the time in per mille.
    lanes: Vec<(Holds, String, u64)>,
}

impl Strip {
    fn of(spans: Vec<Span>) -> Strip {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Strip::default() };
        // The rest of the story, when nothing is to be sent, needs no room.
        let end = if last.holds == Holds::Done { last.from } else { last.until };
        let mut strip = Strip { begin: first.from, end, lanes: Vec::new(), spans: Vec::new() };
        let whole = end.since(first.from).0.max(1);
        let mut kinds: Vec<Holds> =
            spans.iter().map(|span| span.holds).filter(|holds| *holds != Holds::Done).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let (mut path, mut sum, mut drawn) = (String::new(), 0, f64::NEG_INFINITY);
            for span in spans.iter().filter(|span| span.holds == kind) {
                sum += span.until.since(span.from).0;
                let (from, until) = (strip.place(span.from).max(drawn), strip.place(span.until));
                // What is narrower than can be seen is drawn as wide as can be, once.
                let until = until.max(strip.place(span.from) + 1.0);
                if until - from >= 0.5 {
                    write!(path, "M{from:.1} 0H{until:.1}V1H{from:.1}Z").expect("a String takes all");
                    drawn = until;
                }
            }
            strip.lanes.push((
                kind,
                path,
                u64::try_from(u128::from(sum) * 1_000 / u128::from(whole)).unwrap_or(1_000),
            ));
        }
        strip.spans = spans;
        strip
    }

    fn share(&self, at: Instant) -> f64 {
        at.since(self.begin).0 as f64 / self.end.since(self.begin).0.max(1) as f64
    }

    fn place(&self, at: Instant) -> f64 {
        self.share(at) * WIDTH
    }

    fn moment(&self, share: f64) -> Instant {
        self.begin + Micros((self.end.since(self.begin).0 as f64 * share.clamp(0.0, 1.0)) as u64)
    }
}

/// A strip that is shared: equal to itself alone.
#[derive(Clone)]
struct Shared(Rc<Strip>);

impl PartialEq for Shared {
    fn eq(&self, other: &Shared) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Clone, PartialEq, Properties)]
struct LanesProps {
    strip: Shared,
    /// Where now is, of 1.
    now: f64,
    /// Goes to a moment, given as a share of the strip.
    seek: Callback<f64>,
}

#[component]
fn Lanes(props: &LanesProps) -> Html {
    let LanesProps { strip, now, seek } = props;
    let room = use_node_ref();
    let onclick = {
        let (room, seek) = (room.clone(), seek.clone());
        move |event: MouseEvent| {
            if let Some(room) = room.cast::<HtmlElement>().filter(|room| room.client_width() > 0) {
                seek.emit(f64::from(event.offset_x()) / f64::from(room.client_width()));
            }
        }
    };
    let lanes = &strip.0.lanes;
    let inside = (0.0..=1.0).contains(now);
    html! {
        <div class="strip" style={format!("--lanes: {}", lanes.len())}>
            <Still strip={strip.clone()} />
            <div class="glass" ref={room} {onclick} title="Go to this moment">
                if inside {
                    <span class="now" style={format!("left: {:.3}%", now * 100.0)}></span>
                }
            </div>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct StillProps {
    strip: Shared,
}

/// The lanes themselves, which do not move.
#[component]
fn Still(props: &StillProps) -> Html {
    let lanes = &props.strip.0.lanes;
    html! {
        <ul>
            { for lanes.iter().map(|(holds, path, share)| html! {
                <li class={holds.class()}>
                    <span class="name">{ holds.name() }</span>
                    <svg viewBox="0 0 1000 1" preserveAspectRatio="none" aria-hidden="true"><path d={path.clone()} /></svg>
                    <span class="for-screen-readers">{ format!("{}.{} % of the time", share / 10, share % 10) }</span>
                </li>
            }) }
        </ul>
    }
}
