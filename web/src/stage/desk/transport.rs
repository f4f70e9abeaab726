//! The transport: play, step, scrub, how fast, what again and again.

use super::bar::Bar;
use super::fold::{Speed, long_seconds, seconds};
use super::state::{Do, Loop, Pace, State};
use crate::browser;
use lab::Marked;
use sockets::Instant;
use std::rc::Rc;
use yew::prelude::*;

/// What the transport must be told.
#[derive(Clone, Properties)]
pub struct TransportProps {
    /// The desk as it is now: the reducer's handle would show what comes later, and nothing could be compared.
    pub state: Rc<State>,
    /// The scenario's moments.
    pub moments: Rc<Vec<Marked>>,
    /// Takes what the person does.
    pub act: Callback<Do>,
    /// Shows the keys.
    pub help: Callback<MouseEvent>,
}

impl PartialEq for TransportProps {
    fn eq(&self, other: &TransportProps) -> bool {
        Rc::ptr_eq(&self.state, &other.state) && self.moments == other.moments
    }
}

/// A picture of 16 by 16 on a button.
fn sign(d: &'static str) -> Html {
    html! { <svg class="sign" viewBox="0 0 16 16" aria-hidden="true"><path {d} /></svg> }
}

const PLAY: &str = "M4 2.5v11l9-5.5z";
const PAUSE: &str = "M4 2.5h3v11H4zM9 2.5h3v11H9z";
const NEXT: &str = "M4 3l6 5-6 5zM10.5 3H12v10h-1.500z";
const BEFORE: &str = "M12 3L6 8l6 5zM4 3h1.500v10H4z";
const FIRST: &str = "M14 3L9 8l5 5zM8 3L3 8l5 5zM1.500 3H3v10H1.500z";
const LAST: &str = "M2 3l5 5-5 5zM8 3l5 5-5 5zM13 3h1.500v10H13z";

/// The controls, and the bar.
#[component]
pub fn Transport(props: &TransportProps) -> Html {
    let state = &props.state;
    let on = |action: Do| {
        let act = props.act.clone();
        Callback::from(move |_: MouseEvent| act.emit(action.clone()))
    };
    let button = |label: &'static str, keys: &'static str, path: &'static str, action: Do| {
        html! {
            <button type="button" class="quiet" aria-label={label} title={format!("{label} ({keys})")} onclick={on(action)}>
                { sign(path) }
            </button>
        }
    };
    let (play, path) = if state.playing { ("Pause", PAUSE) } else { ("Play", PLAY) };
    let chosen = {
        let act = props.act.clone();
        browser::on_chosen(Callback::from(move |value: String| {
            if let Ok(speed) = value.parse() {
                act.emit(Do::Speed(Speed(speed)));
            }
        }))
    };
    let mut speeds: Vec<Speed> = Speed::steps().filter(|speed| *speed >= Speed::DIGITS[0]).collect();
    if !speeds.contains(&state.speed) {
        speeds.push(state.speed);
        speeds.sort();
    }
    let of = if state.follows() { " now".to_owned() } else { format!(" of {}", seconds(state.story.end)) };
    html! {
        <div class="transport" role="group" aria-label="Time">
            <div class="bar-row">
                <Bar
                    story={state.story.clone()}
                    fold={state.fold.clone()}
                    at={state.at}
                    place={state.place()}
                    playing={state.playing || state.pace() != Pace::Rests}
                    repeat={state.repeat}
                    moments={props.moments.clone()}
                    act={props.act.clone()}
                />
            </div>
            <div class="steps">
                { button("To the beginning", "Home", FIRST, Do::Begin) }
                { button("The event before", "arrow left", BEFORE, Do::Step(-1)) }
                <button type="button" class="play" aria-label={play} title={format!("{play} (space)")} onclick={on(Do::TogglePlay)}>
                    { sign(path) }<span class="word">{ play }</span>
                </button>
                { button("The next event", "arrow right", NEXT, Do::Step(1)) }
                { button(if state.story.goes_on { "Back to now" } else { "To the end" }, "End", LAST, Do::Finish) }
            </div>
            // It changes with every frame: what happens is told by the desk, when somebody steps.
            <p class="now"><output aria-live="off">{ long_seconds(state.at) }</output><span class="of">{ of }</span></p>
            <label class="speed" title={state.speed.says()}>
                <span class="for-screen-readers">{ "Speed" }</span>
                <select onchange={chosen}>
                    { for speeds.into_iter().map(|speed| html! {
                        <option value={speed.0.to_string()} selected={speed == state.speed}>{ speed.share() }</option>
                    }) }
                </select>
                <span class="says">{ state.speed.says() }</span>
            </label>
            <div class="ways">
                if state.story.goes_on {
                    <button
                        type="button"
                        class="quiet live"
                        aria-pressed={state.follows().to_string()}
                        title="Back to now, and on with it (End)"
                        onclick={on(Do::Finish)}
                    >
                        { "Now" }
                    </button>
                }
                { repeat_button(state.repeat, state.at, &props.act) }
                <button type="button" class="quiet" aria-pressed={state.skip_idle.to_string()} title="Makes idle stretches short (i)" onclick={on(Do::ToggleIdle)}>
                    { "Fold idle" }
                </button>
                <button type="button" class="quiet" aria-label="Keys" title="Keys (?)" onclick={props.help.clone()}>{ "?" }</button>
            </div>
        </div>
    }
}

/// One button that walks through what repeating needs: its beginning, its end, its end.
fn repeat_button(repeat: Loop, at: Instant, act: &Callback<Do>) -> Html {
    let says = match repeat {
        Loop { from: None, .. } => "Repeat from here".to_owned(),
        Loop { from: Some(from), until: None } if from == at => "Repeat: go to the end".to_owned(),
        Loop { until: None, .. } => "Repeat until here".to_owned(),
        Loop { from: Some(from), until: Some(until) } => {
            format!("Repeats {} to {}", seconds(from), seconds(until))
        }
    };
    let act = act.clone();
    html! {
        <button
            type="button"
            class="quiet repeat"
            aria-pressed={repeat.from.is_some().to_string()}
            title="Sets where repeating begins, then where it ends, then stops it (l)"
            onclick={Callback::from(move |_: MouseEvent| act.emit(Do::Repeat))}
        >
            { says }
        </button>
    }
}
