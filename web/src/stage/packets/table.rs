//! The rows in sight, as a table.

use super::super::story::Story;
use super::super::{Focus, Told};
use super::line::{Wording, line, seconds};
use super::rows::{self, Row};
use super::window::{Window, step};
use sockets::Instant;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// From when times are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// From the beginning.
    Begin,
    /// From the row before.
    Before,
}

impl Clock {
    /// Both, with the words of the menu.
    pub const ALL: [(Clock, &'static str); 2] =
        [(Clock::Begin, "since the beginning"), (Clock::Before, "since the row before")];

    /// From when the time of a row is counted; `None` for the story's beginning.
    fn since(self, rows: &[Row], place: usize) -> Option<Instant> {
        match self {
            Clock::Begin => None,
            Clock::Before => Some(place.checked_sub(1).map_or(rows[place].at, |before| rows[before].at)),
        }
    }

    /// The time of a row, as it is written.
    pub fn time(self, rows: &[Row], place: usize) -> String {
        written(rows[place].at, self.since(rows, place))
    }
}

/// What a person does with rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Points at one, or at none any more.
    Pointed(Option<usize>),
    /// Picks one.
    Picked(usize),
    /// Goes to one by keyboard, and so picks it.
    Moved(usize),
    /// Goes to its moment.
    Sought(usize),
}

#[derive(Clone, PartialEq, Properties)]
pub struct TableProps {
    pub story: Told,
    /// All rows that the filter takes.
    pub rows: Rc<Vec<Row>>,
    pub wording: Wording,
    pub clock: Clock,
    pub window: Window,
    /// How many rows are not later than the moment that is shown.
    pub past: usize,
    pub focus: Rc<Focus>,
    /// The row that the keyboard is at.
    pub active: Option<usize>,
    /// What scrolls.
    pub room: NodeRef,
    /// As high as a row.
    pub ruler: NodeRef,
    pub taken: Callback<Taken>,
    /// The person scrolls.
    pub by_hand: Callback<()>,
}

/// The table, drawn anew only when something of it changes.
#[component]
pub fn Table(props: &TableProps) -> Html {
    let TableProps { rows, window, active, taken, by_hand, .. } = props;
    let (first, end) = window.drawn(rows.len());
    // One row is reached by the tab key: the active one, or else the first in sight.
    let reached = active
        .filter(|row| (first..end).contains(row))
        .unwrap_or(window.first.clamp(first, end.saturating_sub(1).max(first)));
    let onkeydown = {
        let (taken, count, fits) = (taken.clone(), rows.len(), window.fits);
        move |event: KeyboardEvent| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key() {
                return;
            }
            let key = event.key();
            if let Some(row) = step(&key, reached, count, fits) {
                taken.emit(Taken::Moved(row));
            } else if key == "Enter" {
                taken.emit(Taken::Sought(reached));
            } else {
                return;
            }
            // These keys mean other things elsewhere on the page.
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let on = |event: fn(usize) -> Taken| {
        let taken = taken.clone();
        Callback::from(move |pointed: MouseEvent| {
            if let Some(row) = row_of(&pointed) {
                taken.emit(event(row));
            }
        })
    };
    let (onclick, ondblclick) = (on(Taken::Picked), on(Taken::Sought));
    let onmouseover = on(|row| Taken::Pointed(Some(row)));
    let onmouseleave = taken.reform(|_| Taken::Pointed(None));
    let onwheel = by_hand.reform(|_| ());
    let ontouchmove = by_hand.reform(|_| ());
    let style = format!("--rows: {}; --first: {first}", rows.len());
    html! {
        <div class="room" ref={props.room.clone()} {onwheel} {ontouchmove}>
            <span class="ruler" ref={props.ruler.clone()} aria-hidden="true"></span>
            <div class="all" {style}>
                <table role="grid" aria-rowcount={(rows.len() + 1).to_string()} {onkeydown} {onmouseleave}>
                    <caption class="for-screen-readers">
                        { "What happened, in order. Arrow keys go from row to row, Enter goes to a row's moment." }
                    </caption>
                    <thead role="rowgroup">
                        <tr role="row" aria-rowindex="1">
                            { for ["No.", "Time", "From", "Protocol", "Length", "Info", "Fate"].map(head) }
                        </tr>
                    </thead>
                    <tbody role="rowgroup" {onclick} {ondblclick} {onmouseover}>
                        { for (first..end).map(|place| drawn(props, place, place == reached)) }
                    </tbody>
                </table>
            </div>
            if rows.is_empty() {
                <p class="none">{ "No row is as the filter says." }</p>
            }
        </div>
    }
}

fn head(name: &'static str) -> Html {
    let (class, words) = match name {
        "No." => ("number", "No."),
        "Time" => ("time", "Time in s"),
        "From" => ("who", "From → to"),
        "Protocol" => ("protocol", "Kind"),
        "Length" => ("length", "Octets"),
        "Info" => ("info", "What"),
        _ => ("fate", "What becomes of it, and why"),
    };
    html! { <th role="columnheader" scope="col" {class}>{ words }</th> }
}

fn drawn(props: &TableProps, place: usize, reached: bool) -> Html {
    let TableProps { story, rows, wording, clock, past, focus, active, .. } = props;
    let row = rows[place];
    let thing = |focus: &Focus| row.thing(story).is_some_and(|thing| focus.picked == Some(thing));
    let since = clock.since(rows, place);
    html! {
        <Line
            story={story.clone()}
            {row}
            {since}
            wording={*wording}
            {place}
            lit={is_lit(&row, focus)}
            picked={thing(focus) || *active == Some(place)}
            now={place + 1 == *past}
            later={place >= *past}
            {reached}
        />
    }
}

#[derive(Clone, PartialEq, Properties)]
struct LineProps {
    story: Told,
    row: Row,
    /// From when its time is counted; from the story's beginning where there is none.
    since: Option<Instant>,
    wording: Wording,
    /// Its place in the list.
    place: usize,
    lit: bool,
    picked: bool,
    /// It is the last that has happened.
    now: bool,
    /// It is yet to happen.
    later: bool,
    /// The tab key leads to it.
    reached: bool,
}

/// A row. All have the same elements, so that one becomes another by its words alone.
#[component]
fn Line(props: &LineProps) -> Html {
    let LineProps { story, row, since, wording, place, lit, picked, now, later, reached } = props;
    let words = use_memo((story.clone(), *row, *wording), |(story, row, wording)| line(story, row, *wording));
    let class = classes!(
        words.protocol.to_lowercase(),
        lit.then_some("lit"),
        picked.then_some("picked"),
        now.then_some("now"),
        later.then_some("later"),
        words.bad.then_some("bad"),
    );
    let time = written(row.at, *since);
    html! {
        <tr role="row" {class}
            data-row={place.to_string()}
            aria-rowindex={(place + 2).to_string()}
            aria-selected={if *picked { "true" } else { "false" }}
            aria-current={now.then_some("time")}
            tabindex={if *reached { "0" } else { "-1" }}
        >
            // Only datagrams have a number; a cell without one heads nothing.
            if let Some(number) = words.number {
                <th role="rowheader" scope="row" class="number">{ number.to_string() }</th>
            } else {
                <td role="gridcell" class="number"></td>
            }
            <td role="gridcell" class="time">{ time }</td>
            <td role="gridcell" class="who">{ who(story, row, &words) }</td>
            <td role="gridcell" class="protocol">{ words.protocol }</td>
            <td role="gridcell" class="length">{ words.length.map_or_else(String::new, |length| length.to_string()) }</td>
            <td role="gridcell" class={classes!("info", words.flags)}>{ info(&words) }</td>
            <td role="gridcell" class="fate">{ words.fate.clone() }</td>
        </tr>
    }
}

fn written(at: Instant, since: Option<Instant>) -> String {
    seconds(since.map_or(at, |since| Instant(at.since(since).0)))
}

/// The row that an event is about.
fn row_of(event: &MouseEvent) -> Option<usize> {
    let element = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    element.closest("[data-row]").ok()??.get_attribute("data-row")?.parse().ok()
}

/// Both hosts, each in its colour.
fn who(story: &Story, row: &Row, words: &super::line::Line) -> Html {
    let (from, to) = row.hosts(story);
    let role = |host: Option<sockets::HostId>| {
        let player = story.players.iter().find(|player| Some(player.host) == host)?;
        Some(match player.role {
            super::super::Role::Client => "client",
            super::super::Role::Server => "server",
            super::super::Role::Router => "router",
        })
    };
    html! {
        <>
            <span class={classes!(role(from))}>{ words.from.clone() }</span>
            { if words.to.is_some() { " → " } else { "" } }
            <span class={classes!(role(to))}>{ words.to.clone().unwrap_or_default() }</span>
        </>
    }
}

/// The control bits apart from the rest, so that they can have their colour.
fn info(words: &super::line::Line) -> Html {
    let (bits, rest) = match words.flags.and_then(|_| words.info.split_once(' ')) {
        Some((bits, rest)) if !bits.starts_with('[') => (bits, format!(" {rest}")),
        _ => ("", words.info.clone()),
    };
    html! { <><b>{ bits }</b>{ rest }</> }
}

fn is_lit(row: &Row, focus: &Focus) -> bool {
    match row.told {
        rows::Told::Packet(packet) => focus.packets.contains(&packet),
        rows::Told::Call(call) | rows::Told::Entered(call) | rows::Told::Returned(call) => {
            focus.calls.contains(&call)
        }
        rows::Told::Rule(reaction) => focus.reactions.contains(&reaction),
        rows::Told::State(..) | rows::Told::Timer(..) | rows::Told::Notice(_) => false,
    }
}
