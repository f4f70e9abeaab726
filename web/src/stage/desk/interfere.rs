//! What is picked, and what a person may do to it: lose it, delay it, double it, change its bits, swap it with the next.

use super::fold::seconds;
use super::moments::packet_name;
use super::state::{Do, State};
use super::{Rerun, clock};
use crate::browser;
use crate::stage::{Act, Thing};
use lab::{Change, Scenario};
use sim::world::FaultAction;
use sockets::{Fate, Instant};
use std::rc::Rc;
use yew::prelude::*;

/// What the row must be told.
#[derive(Clone, Properties)]
pub struct InterfereProps {
    /// The desk as it is now: the reducer's handle would show what comes later, and nothing could be compared.
    pub state: Rc<State>,
    /// Takes what the person does.
    pub act: Callback<Do>,
    /// Who runs the story again, where the desk cannot.
    pub rerun: Option<Rerun>,
}

/// Time does not change it.
impl PartialEq for InterfereProps {
    fn eq(&self, other: &InterfereProps) -> bool {
        self.state.story == other.state.story
            && self.state.focus.picked == other.state.focus.picked
            && self.rerun == other.rerun
    }
}

/// The change that lets this befall a packet, or why it cannot.
pub fn befall(state: &State, packet: usize, action: FaultAction) -> Do {
    match change(state, state.played.as_deref(), packet, action) {
        Some(change) => Do::Change(Box::new(change)),
        None => refused(state, packet),
    }
}

fn change(state: &State, played: Option<&Scenario>, packet: usize, action: FaultAction) -> Option<Change> {
    lab::befall(played?, state.story.log(), state.story.transit(packet).packet, action)
}

fn refused(state: &State, packet: usize) -> Do {
    Do::Refuse(format!(
        "{} cannot be changed: it was lost already, is the link's own copy of another, or passes over no link.",
        packet_name(&state.story, packet)
    ))
}

/// Has this befall a packet, by the desk or by who runs the story again in its place.
fn have(props: &InterfereProps, packet: usize, action: FaultAction) {
    let InterfereProps { state, act, rerun } = props;
    let Some(rerun) = rerun else { return act.emit(befall(state, packet, action)) };
    match change(state, Some(&rerun.scenario), packet, action) {
        Some(change) => rerun.change.emit(change),
        None => act.emit(refused(state, packet)),
    }
}

/// The longest delay, in microseconds: ten minutes.
const LONGEST_US: f64 = 600e6;

/// A delay that was typed in milliseconds, in microseconds.
///
/// # Errors
/// What is wrong with it, and what can be written instead.
fn late(text: &str) -> Result<u64, String> {
    const RANGE: &str = "write milliseconds from 0.001 to 600000 (ten minutes)";
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("By how much? For a delay {RANGE}."));
    }
    let Some(millis) = text.replace(',', ".").parse::<f64>().ok().filter(|millis| millis.is_finite()) else {
        return Err(format!("“{text}” is not a number: {RANGE}."));
    };
    let us = (millis * 1e3).round();
    if !(1.0..=LONGEST_US).contains(&us) {
        return Err(format!("{text} ms is no delay that a link can have here: {RANGE}."));
    }
    Ok(us as u64)
}

/// The row; nothing while no packet is picked.
#[component]
pub fn Interfere(props: &InterfereProps) -> Html {
    let InterfereProps { state, act, rerun } = props;
    // What is being typed: whatever it is, it stays until it is mended.
    let delay = use_state_eq(|| "50".to_owned());
    let field = use_node_ref();
    let Some(Thing::Packet(packet)) = state.focus.picked else { return html! {} };
    let story = &state.story;
    let one = &story.packets[packet];
    let go = |label: &'static str, at: Instant| {
        let onclick = act.reform(move |_: MouseEvent| Do::Act(Act::Seek(at)));
        html! { <button type="button" class="quiet" {onclick}>{ format!("{label} {}", seconds(at)) }</button> }
    };
    let may = |label: &'static str, action: FaultAction| {
        let props = props.clone();
        let onclick = Callback::from(move |_: MouseEvent| have(&props, packet, action));
        html! { <button type="button" {onclick}>{ label }</button> }
    };
    let typed = {
        let delay = delay.setter();
        browser::on_typed(Callback::from(move |text: String| delay.set(text)))
    };
    let late = late(&delay);
    let wrong = late.as_ref().err().cloned();
    let postpone = {
        let (props, field) = (props.clone(), field.clone());
        Callback::from(move |()| match &late {
            Ok(us) => have(&props, packet, FaultAction::DelayUs(*us)),
            // The message stands beside the field already.
            Err(_) => clock::focus(&field),
        })
    };
    let entered = {
        let postpone = postpone.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" {
                event.prevent_default();
                postpone.emit(());
            }
        })
    };
    let arrives = match (one.arrives, story.fate(packet)) {
        (Some(at), Fate::Corrupted { .. }) => go("arrives with changed bits at", at),
        (Some(at), _) => go("arrives at", at),
        (None, Fate::QueueFull) => html! { <span>{ "dropped by a full queue" }</span> },
        (None, _) => html! { <span>{ "never arrives" }</span> },
    };
    let close = act.reform(|event: MouseEvent| {
        clock::keep_keyboard(&event);
        Do::Act(Act::Pick(None))
    });
    html! {
        <section class="picked" role="group" aria-label="What is picked">
            <p>
                <strong>{ packet_name(story, packet) }</strong>
                { format!(" from {} to {}", story.name(one.from), story.name(one.to)) }
            </p>
            <p class="when">{ go("sent at", one.sent) }{ arrives }</p>
            if state.scenario().is_some() || rerun.is_some() {
                <div class="fates" role="group" aria-label="What if">
                    <span class="what-if">{ "What if:" }</span>
                    { may("Lose it", FaultAction::Drop) }
                    <span class="late">
                        <button type="button" onclick={postpone.reform(|_: MouseEvent| ())}>{ "Delay it" }</button>
                        <label>
                            <span class="for-screen-readers">{ "by how many milliseconds" }</span>
                            <input ref={field} type="text" inputmode="decimal" autocomplete="off" value={(*delay).clone()} oninput={typed} onkeydown={entered}
                                aria-invalid={wrong.is_some().then_some("true")} aria-describedby={wrong.is_some().then_some("delay-says")} />
                            { " ms" }
                        </label>
                    </span>
                    { may("Double it", FaultAction::Duplicate) }
                    { may("Corrupt it", FaultAction::Corrupt) }
                    { may("Swap with the next", FaultAction::Swap) }
                </div>
                if let Some(wrong) = wrong {
                    <p class="wrong" id="delay-says" role="alert">{ wrong }</p>
                }
            }
            <button type="button" class="quiet" title="Pick nothing (Esc)" onclick={close}>{ "Close" }</button>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::late;
    use expect_test::expect;

    #[test]
    fn a_delay_is_read_in_milliseconds_or_what_is_wrong_with_it_is_said() {
        for (text, us) in [("50", 50_000), (" 0.001 ", 1), ("2,5", 2_500), ("600000", 600_000_000)] {
            assert_eq!(late(text), Ok(us), "{text}");
        }
        let wrong = ["", "0", "-3", "600000.1", "1e99", "soon", "NaN", "5 ms"]
            .map(|text| late(text).expect_err("no delay"))
            .join("\n");
        expect![[r#"
            By how much? For a delay write milliseconds from 0.001 to 600000 (ten minutes).
            0 ms is no delay that a link can have here: write milliseconds from 0.001 to 600000 (ten minutes).
            -3 ms is no delay that a link can have here: write milliseconds from 0.001 to 600000 (ten minutes).
            600000.1 ms is no delay that a link can have here: write milliseconds from 0.001 to 600000 (ten minutes).
            1e99 ms is no delay that a link can have here: write milliseconds from 0.001 to 600000 (ten minutes).
            “soon” is not a number: write milliseconds from 0.001 to 600000 (ten minutes).
            “NaN” is not a number: write milliseconds from 0.001 to 600000 (ten minutes).
            “5 ms” is not a number: write milliseconds from 0.001 to 600000 (ten minutes)."#]].assert_eq(&wrong);
    }
}
