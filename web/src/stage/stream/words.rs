//! The byte stream in words: the variables with their numbers, and the segments that are shown as a table.

use super::Looked;
use super::index::Run;
use super::marks::written;
use super::scene::Sides;
use crate::browser;
use crate::number::grouped;
use crate::stage::{Act, Numbers, Thing, Told, clock};
use sockets::Instant;
use yew::prelude::*;

/// What the words must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct WordsProps {
    /// The story.
    pub story: Told,
    /// The direction.
    pub looked: Looked,
    /// Both sides.
    pub sides: Sides,
    /// The numbers that are shown.
    pub shown: Run,
    /// The moment.
    pub at: Instant,
    /// How numbers are written.
    pub numbers: Numbers,
    /// Who sends.
    pub sender: String,
    /// Who receives.
    pub receiver: Option<String>,
    /// Takes what the person does.
    pub act: Callback<Act>,
}

/// The words.
#[component]
pub fn Words(props: &WordsProps) -> Html {
    let open = use_state_eq(|| false);
    let index = &props.looked.0;
    let base = index.absolute(0);
    let number = |number: u64| written(number, base, props.numbers);
    let runs = |runs: &[Run]| -> String {
        runs.iter()
            .map(|run| format!("{} to {}", number(run.0), number(run.1)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let sides = &props.sides;
    let (una, nxt) = (sides.una.unwrap_or(0), sides.nxt.unwrap_or(0));
    let mut facts: Vec<(&'static str, String)> = Vec::new();
    let octets = |count: u64| format!("{} {}", grouped(count), if count == 1 { "number" } else { "numbers" });
    if sides.una.is_some() {
        facts.push(("SND.UNA", number(una)));
        facts.push(("SND.NXT", format!("{}, {} in flight", number(nxt), octets(nxt.saturating_sub(una)))));
    }
    if let Some(edge) = sides.edge {
        let may = edge.saturating_sub(nxt.max(una));
        facts.push(("SND.WND", format!("to {}, {} more may be sent", number(edge), grouped(may))));
    }
    if let Some(written) = sides.written.filter(|written| *written > nxt) {
        facts.push(("written, not sent", octets(written - nxt)));
    }
    if !sides.sacked.is_empty() {
        facts.push(("SACK", runs(&sides.sacked)));
    }
    if let Some(next) = sides.next {
        facts.push((
            "RCV.NXT",
            format!("{}, {} unread", number(next), grouped(next.saturating_sub(sides.read.max(1)))),
        ));
    }
    if let (Some(room), Some(next)) = (sides.room, sides.next) {
        facts.push((
            "RCV.WND",
            format!("to {}, {} more are taken", number(room), grouped(room.saturating_sub(next))),
        ));
    }
    if !sides.islands.is_empty() {
        facts.push(("out of order", runs(&sides.islands)));
    }
    let facts =
        facts.into_iter().map(|(name, value)| html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> });
    let toggled = {
        let open = open.clone();
        Callback::from(move |event: Event| {
            open.set(browser::is_unfolded(&event));
        })
    };
    html! {
        <div class="words">
            <dl>{ for facts }</dl>
            <details ontoggle={toggled}>
                <summary>{ "The segments that are shown, as a table" }</summary>
                if *open { { table(props) } }
            </details>
        </div>
    }
}

/// More rows than this are left out: the picture can be zoomed.
const MOST: usize = 60;

fn table(props: &WordsProps) -> Html {
    let index = &props.looked.0;
    let base = index.absolute(0);
    let una = props.sides.una.unwrap_or(0);
    let places: Vec<usize> = index.within(props.shown, props.at).take(MOST + 1).collect();
    let more = places.len() > MOST;
    let rows = places.into_iter().take(MOST).map(|place| {
        let sent = &index.sent[place];
        let packet = sent.packet;
        let state = match sent.arrives {
            _ if sent.run.1 <= una => "acknowledged",
            _ if props.at < sent.over => "on its way",
            Some(_) => "arrived",
            None => "lost",
        };
        let again = if sent.again > 0 { ", sent again" } else { "" };
        let pick = props.act.reform(move |_: MouseEvent| Act::Pick(Some(Thing::Packet(packet))));
        html! {
            <tr key={place}>
                <td><button type="button" onclick={pick}>{ format!("{}:{}", written(sent.run.0, base, props.numbers), written(sent.run.1, base, props.numbers)) }</button></td>
                <td>{ (sent.data.1 - sent.data.0).to_string() }</td>
                <td>{ clock(sent.at) }</td>
                <td>{ format!("{state}{again}") }</td>
            </tr>
        }
    });
    html! {
        <>
            <table>
                <thead><tr><th>{ "Numbers" }</th><th>{ "Octets" }</th><th>{ "Sent at" }</th><th>{ "Now" }</th></tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
            if more { <p>{ format!("The first {MOST} are listed; show fewer octets to see the others.") }</p> }
        </>
    }
}
