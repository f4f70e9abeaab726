//! The scrub bar: all of the time there is, with what is worth a look marked on it.

use super::fold::{Fold, seconds};
use super::moments::told;
use super::state::{Do, Loop};
use crate::browser;
use crate::stage::Told;
use lab::Marked;
use sockets::{Fate, Instant};
use std::fmt::Write;
use std::rc::Rc;
use yew::prelude::*;

/// The bar's width in its own picture.
const WIDTH: f64 = 10_000.0;

/// What the bar must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct BarProps {
    /// What happened.
    pub story: Told,
    /// Time for the eye.
    pub fold: Rc<Fold>,
    /// The moment.
    pub at: Instant,
    /// The moment's place for the eye.
    pub place: f64,
    /// Whether time passes: then what happens is not told.
    pub playing: bool,
    /// What is repeated.
    pub repeat: Loop,
    /// What the scenario marks.
    pub moments: Rc<Vec<Marked>>,
    /// Takes what the person does.
    pub act: Callback<Do>,
}

/// A slider over the marks.
#[component]
pub fn Bar(props: &BarProps) -> Html {
    let act = props.act.clone();
    let oninput = browser::on_typed(Callback::from(move |value: String| {
        if let Ok(place) = value.parse::<f64>() {
            act.emit(Do::SeekPlace(place));
        }
    }));
    // The native slider steps in whole microseconds for the eye: fine enough for any hand.
    let length = props.fold.length();
    let text = if props.playing { seconds(props.at) } else { told(&props.story, props.at) };
    let stretch = props.repeat.from.map(|from| {
        let first = props.fold.place(from) / length * 100.0;
        let last = props.repeat.until.map_or(first, |until| props.fold.place(until) / length * 100.0);
        format!("left: {first:.3}%; width: max(2px, {:.3}%)", last - first)
    });
    html! {
        <div class="bar">
            <div class="marks" aria-hidden="true">
                <Marks story={props.story.clone()} fold={props.fold.clone()} moments={props.moments.clone()} />
                if let Some(style) = stretch {
                    <span class="stretch" {style}></span>
                }
            </div>
            <input
                type="range"
                min="0"
                max={format!("{length:.0}")}
                step="1"
                value={format!("{:.0}", props.place)}
                aria-label="Time"
                aria-valuetext={text}
                {oninput}
            />
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct MarksProps {
    story: Told,
    fold: Rc<Fold>,
    moments: Rc<Vec<Marked>>,
}

/// What does not move: one path for each kind of mark, however many there are.
#[component]
fn Marks(props: &MarksProps) -> Html {
    let MarksProps { story, fold, moments } = props;
    let x = |at: Instant| fold.place(at) / fold.length() * WIDTH;
    let path = |moments: &mut dyn Iterator<Item = Instant>, top: u32, height: u32| {
        let mut path = String::new();
        let mut last = f64::MIN;
        for at in moments {
            let place = x(at);
            // Marks that no eye can keep apart are one.
            if (place - last).abs() >= 4.0 {
                write!(path, "M{place:.0} {top}v{height}").expect("a String takes all");
                last = place;
            }
        }
        path
    };
    let sent = path(&mut story.packets.iter().map(|packet| packet.sent), 10, 4);
    let lost = |fate| matches!(fate, Fate::Lost | Fate::Dropped | Fate::QueueFull | Fate::TooBig);
    let mut losses = (0..story.packets.len())
        .filter(|&packet| lost(story.fate(packet)))
        .map(|packet| story.packets[packet].sent);
    let losses = path(&mut losses, 7, 10);
    let mut changes: Vec<Instant> =
        story.ends.iter().flat_map(|end| end.states.iter().map(|change| change.at)).collect();
    changes.sort();
    let states = path(&mut changes.into_iter(), 7, 10);
    let marked = path(&mut moments.iter().map(|moment| Instant(moment.at_us)), 0, 6);
    html! {
        <svg viewBox={format!("0 0 {WIDTH} 24")} preserveAspectRatio="none">
            { for fold.idle().iter().map(|idle| html! {
                <rect class="idle" x={format!("{:.0}", x(idle.from))} y="7" width={format!("{:.0}", x(idle.until) - x(idle.from))} height="10" />
            }) }
            <path class="sent" d={sent} />
            <path class="state" d={states} />
            <path class="lost" d={losses} />
            <path class="marked" d={marked} />
        </svg>
    }
}
