//! What the receiver does with an edited packet, as sentences; and beside it what it did with the one that was sent.

use super::around::Around;
use super::says::sentence;
use crate::stage::{Numbers, Story, Told};
use lab::{Received, Reception, Scenario, inject};
use sockets::{Fate, Levels, Micros, Outcome, Value};
use std::rc::Rc;
use wire::{Packet, Seq};
use yew::prelude::*;

/// One thing that the receiver does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// A rule acts: what it says, its clause, and the change of state if there is one.
    Rule(String, &'static str, Option<String>),
    /// It sends a datagram, in the notation of traces.
    Sends(String),
    /// Anything else, as a sentence.
    Says(String),
}

/// What the receiver of a packet does, as sentences.
pub fn told(story: &Story, around: &Around, received: &Received) -> Vec<Does> {
    let Around { sender, receiver, .. } = around;
    let says = |text: String| vec![Does::Says(sentence(text))];
    match received {
        Received::Malformed(malformed) => says(format!(
            "{receiver} cannot make sense of the octets: {malformed}. The packet is dropped without a word."
        )),
        Received::Never => says("This packet does not arrive, so nobody reacts to it.".to_owned()),
        Received::Inside => {
            says("A host sends this to itself: it is on no link, where octets could be changed.".to_owned())
        }
        Received::Taken(taken) => {
            let mut does = taken_as(story, around, taken);
            if does.is_empty() {
                does = says(format!(
                    "{receiver} takes no notice: no rule acts and nothing is answered. {sender} must find out by itself."
                ));
            }
            does
        }
    }
}

fn taken_as(story: &Story, around: &Around, taken: &Reception) -> Vec<Does> {
    let mut does = Vec::new();
    for reaction in &taken.reactions {
        let change =
            (reaction.before != reaction.after).then(|| format!("{} to {}", reaction.before, reaction.after));
        does.push(Does::Rule(reaction.rule.says.to_owned(), reaction.rule.source, change));
    }
    let bases = match around.numbers {
        Numbers::Relative => around.bases,
        Numbers::Absolute => (Seq(0), Seq(0)),
    };
    for answer in &taken.answers {
        let line = match answer.datagram.segment() {
            // What comes back counts the receiver's octets; what a router sends on is the segment itself.
            Some(segment) if story.transit(around.packet).from == answer.to => {
                // Where there is no connection a RST may have number 0, which counts from nothing.
                let own = if answer.socket.is_none() && segment.seq == Seq(0) { Seq(0) } else { bases.1 };
                segment.relative(own, bases.0).to_string()
            }
            Some(segment) => segment.relative(bases.0, bases.1).to_string(),
            None => answer.datagram.to_string(),
        };
        does.push(Does::Sends(line));
    }
    for (call, outcome) in &taken.returned {
        does.push(Does::Says(format!("{} {}.", call.op.kind().name(), came_out(outcome))));
    }
    for (before, after) in &taken.levels {
        let changes = changes(around, before.as_ref(), after);
        if !changes.is_empty() {
            does.push(Does::Says(format!("{}.", changes.join(", "))));
        }
    }
    for (timer, fires) in &taken.timers {
        let name = timer.name();
        does.push(Does::Says(match fires {
            Some(at) => {
                format!("The {name} timer is set to {} from then.", Micros(at.0.saturating_sub(taken.at.0)))
            }
            None => format!("The {name} timer is stopped."),
        }));
    }
    does
}

fn came_out(outcome: &Outcome) -> String {
    match outcome {
        Ok(Value::Data { bytes, .. }) if *bytes as u64 == 0 => "returns the end of the stream".to_owned(),
        Ok(Value::Data { bytes, .. }) => format!("returns {}", super::says::count(*bytes as u64, "octet")),
        Ok(Value::Sent { sent }) => format!("returns: {} sent", super::says::count(*sent as u64, "octet")),
        Ok(Value::Accepted { .. }) => "returns a new connection".to_owned(),
        Ok(_) => "returns without an error".to_owned(),
        Err(failure) => format!("fails: {failure}"),
    }
}

/// The receiver's variables that changed, in the RFC's names.
fn changes(around: &Around, before: Option<&Levels>, after: &Levels) -> Vec<String> {
    let Some(before) = before else { return Vec::new() };
    // The receiver's own stream is the one that the packet acknowledges.
    let (own, peer) = (|seq| around.acknowledged(seq), |seq| around.number(seq));
    let rows = [
        ("RCV.NXT", peer(before.rcv_nxt), peer(after.rcv_nxt)),
        ("SND.UNA", own(before.snd_una), own(after.snd_una)),
        ("SND.NXT", own(before.snd_nxt), own(after.snd_nxt)),
        ("SND.WND", before.snd_wnd.to_string(), after.snd_wnd.to_string()),
        ("unread octets", before.unread.to_string(), after.unread.to_string()),
        ("octets out of order", before.out_of_order.to_string(), after.out_of_order.to_string()),
        ("cwnd", before.cwnd.to_string(), after.cwnd.to_string()),
    ];
    rows.into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(name, before, after)| format!("{name} goes from {before} to {after}"))
        .collect()
}

/// The properties of the reaction.
#[derive(Clone, PartialEq, Properties)]
pub struct ReactionProps {
    /// What happened.
    pub story: Told,
    /// The scenario that gave it.
    pub scenario: Rc<Scenario>,
    /// What is known around the packet.
    pub around: Rc<Around>,
    /// The octets as they are now; `None` where nothing was edited.
    pub edited: Option<Packet>,
}

/// What the receiver does.
#[component]
pub fn Reaction(props: &ReactionProps) -> Html {
    let run = |(story, scenario, around, octets): &(Told, Rc<Scenario>, Rc<Around>, Option<Packet>)| {
        let transit = story.transit(around.packet);
        let (Fate::Arrives { at } | Fate::Corrupted { at }) = transit.fate else {
            return told(story, around, &Received::Never);
        };
        match inject(scenario, transit.packet, at, octets.as_ref()) {
            Ok(received) => told(story, around, &received),
            Err(bad) => vec![Does::Says(bad.to_string())],
        }
    };
    let key = |octets| (props.story.clone(), props.scenario.clone(), props.around.clone(), octets);
    let sent = use_memo(key(None), run);
    let edited = use_memo(key(props.edited.clone()), run);
    let receiver = &props.around.receiver;
    html! {
        <div class="hd-reaction" role="status">
            if props.edited.is_none() {
                <h3>{ format!("What {receiver} does with it") }</h3>
                { draw(&sent) }
            } else {
                <h3>{ format!("What {receiver} does with this") }</h3>
                { draw(&edited) }
                if sent == edited {
                    <p class="hd-soft">{ "The same as with the packet that was sent." }</p>
                } else {
                    <details>
                        <summary>{ "With the packet that was sent" }</summary>
                        { draw(&sent) }
                    </details>
                }
            }
        </div>
    }
}

fn draw(does: &[Does]) -> Html {
    let line = |does: &Does| match does {
        Does::Rule(says, source, change) => html! {
            <li>
                { says }<span class="hd-soft">{ format!(" {source}") }</span>
                if let Some(change) = change { <b class="hd-change">{ change }</b> }
            </li>
        },
        Does::Sends(line) => html! { <li>{ "It sends " }<code>{ line }</code></li> },
        Does::Says(says) => html! { <li>{ says }</li> },
    };
    html! { <ul class="hd-overview">{ for does.iter().map(line) }</ul> }
}
