//! What is picked, and what a person may do to it: lose it, delay it, double it, change its bits, swap it with the next.

use super::fold::seconds;
use super::moments::packet_name;
use super::state::{Do, State};
use crate::browser;
use crate::stage::{Act, Thing};
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
}

/// Time does not change it.
impl PartialEq for InterfereProps {
    fn eq(&self, other: &InterfereProps) -> bool {
        self.state.story == other.state.story && self.state.focus.picked == other.state.focus.picked
    }
}

/// The change that lets this befall a packet, or why it cannot.
pub fn befall(state: &State, packet: usize, action: FaultAction) -> Do {
    let transit = state.story.transit(packet);
    let change = state
        .played
        .as_ref()
        .and_then(|scenario| lab::befall(scenario, state.story.log(), transit.packet, action));
    match change {
        Some(change) => Do::Change(Box::new(change)),
        None => Do::Refuse(format!(
            "{} cannot be changed: it was lost already, is the link's own copy of another, or passes over no link.",
            packet_name(&state.story, packet)
        )),
    }
}

/// The row; nothing while no packet is picked.
#[component]
pub fn Interfere(props: &InterfereProps) -> Html {
    let InterfereProps { state, act } = props;
    let delay = use_state_eq(|| 50.0_f64);
    let Some(Thing::Packet(packet)) = state.focus.picked else { return html! {} };
    let story = &state.story;
    let one = &story.packets[packet];
    let go = |label: &'static str, at: Instant| {
        let onclick = act.reform(move |_: MouseEvent| Do::Act(Act::Seek(at)));
        html! { <button type="button" class="quiet" {onclick}>{ format!("{label} {}", seconds(at)) }</button> }
    };
    let may = |label: &'static str, action: FaultAction| {
        let (state, act) = (state.clone(), act.clone());
        let onclick = Callback::from(move |_: MouseEvent| act.emit(befall(&state, packet, action)));
        html! { <button type="button" {onclick}>{ label }</button> }
    };
    let typed = {
        let delay = delay.clone();
        browser::on_typed(Callback::from(move |text: String| {
            if let Ok(millis) = text.parse::<f64>()
                && millis > 0.0
                && millis <= 600_000.0
            {
                delay.set(millis);
            }
        }))
    };
    let arrives = match (one.arrives, story.fate(packet)) {
        (Some(at), Fate::Corrupted { .. }) => go("arrives with changed bits at", at),
        (Some(at), _) => go("arrives at", at),
        (None, Fate::QueueFull) => html! { <span>{ "dropped by a full queue" }</span> },
        (None, _) => html! { <span>{ "never arrives" }</span> },
    };
    let late = FaultAction::DelayUs((*delay * 1_000.0) as u64);
    let close = act.reform(|event: MouseEvent| {
        super::clock::keep_keyboard(&event);
        Do::Act(Act::Pick(None))
    });
    html! {
        <section class="picked" aria-label="What is picked">
            <p>
                <strong>{ packet_name(story, packet) }</strong>
                { format!(" from {} to {}", story.name(one.from), story.name(one.to)) }
            </p>
            <p class="when">{ go("sent at", one.sent) }{ arrives }</p>
            if state.scenario().is_some() {
                <div class="fates" role="group" aria-label="What if">
                    <span class="what-if">{ "What if:" }</span>
                    { may("Lose it", FaultAction::Drop) }
                    <span class="late">
                        { may("Delay it", late) }
                        <label>
                            <span class="for-screen-readers">{ "by how many milliseconds" }</span>
                            <input type="number" min="0.001" max="600000" step="any" value={delay.to_string()} oninput={typed} />
                            { " ms" }
                        </label>
                    </span>
                    { may("Double it", FaultAction::Duplicate) }
                    { may("Corrupt it", FaultAction::Corrupt) }
                    { may("Swap with the next", FaultAction::Swap) }
                </div>
            }
            <button type="button" class="quiet" title="Pick nothing (Esc)" onclick={close}>{ "Close" }</button>
        </section>
    }
}
