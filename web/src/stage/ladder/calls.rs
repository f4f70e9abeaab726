//! Calls: in which row of their moment they stand, their bars, and their words.

use super::axis::Axis;
use super::columns::{Column, Side};
use super::free::{Patch, Taken};
use crate::live::wording;
use crate::stage::Story;
use sockets::python::Names;
use sockets::{HostId, Instant, Value};
use std::collections::HashMap;

/// A character of words beside a life line.
pub const WORD: f64 = 6.3;

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Which.
    pub call: usize,
    /// The middle.
    pub x: f64,
    /// Where it is made.
    pub top: f64,
    /// Where it returns, or the story ends.
    pub bottom: f64,
    /// It has not returned.
    pub open: bool,
    /// It failed.
    pub failed: bool,
    /// Its words, and those of its result.
    pub words: Vec<Words>,
}

/// Words beside a life line.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// Where they begin, or end.
    pub x: f64,
    /// Their base line.
    pub y: f64,
    /// They end at `x`.
    pub ends: bool,
    /// The words.
    pub text: String,
}

/// Where calls begin and end: calls of one moment stand one below another.
#[derive(Debug, Default)]
pub struct CallRows {
    /// Of each call, where it begins and ends.
    places: Vec<(f64, f64)>,
    /// Of each host and moment, the records of calls and where they stand.
    entered: HashMap<(HostId, Instant), Vec<(usize, f64)>>,
}

impl CallRows {
    /// Of all calls.
    pub fn of(story: &Story, axis: &Axis) -> CallRows {
        let names = names(story);
        let mut rows: HashMap<(HostId, Instant), u16> = HashMap::new();
        let mut found = CallRows::default();
        for (index, call) in story.calls.iter().enumerate() {
            let mut next = |at: Instant| {
                let row = rows.entry((call.host, at)).or_default();
                let below = f64::from(*row) * axis.row;
                *row += 1;
                (axis.top(at) + below).min(axis.y(at).max(axis.top(at)))
            };
            let top = next(call.entered);
            let bottom = match call.returned {
                Some(at) if at == call.entered => top,
                Some(at) if call_words(story, &names, index).1.is_some() => next(at),
                Some(at) => axis.top(at),
                None => super::plan::Plan::open_end(story, axis),
            };
            found.entered.entry((call.host, call.entered)).or_default().push((call.record, top));
            found.places.push((top, bottom.max(top)));
        }
        found
    }

    /// Where the last call stands that a host's program made at this moment, before this record.
    pub fn before(&self, host: HostId, at: Instant, record: usize) -> Option<f64> {
        let calls = self.entered.get(&(host, at))?;
        calls.iter().rev().find(|(call, _)| *call < record).map(|&(_, y)| y)
    }

    /// Where a call begins.
    pub fn top(&self, call: usize) -> Option<f64> {
        self.places.get(call).map(|place| place.0)
    }
}

/// A call's words: what stands at its beginning, and at its end if it took time.
pub fn call_words(story: &Story, names: &Names, call: usize) -> (Vec<String>, Option<String>) {
    let span = &story.calls[call];
    let op = &story.call(call).op;
    let came = story.outcome(call).and_then(|(outcome, _)| match outcome {
        // A socket without a name of its own is better told by its peer.
        Ok(Value::Accepted { socket, peer }) => match story.end_of_socket(*socket) {
            Some(end) if story.end_of(end).name.is_some() => wording::result(outcome, names),
            _ => Some(peer.0.to_string()),
        },
        outcome => wording::result(outcome, names),
    });
    let (short, name) = (wording::short_label(op), op.kind().name().to_owned());
    if span.returned == Some(span.entered) {
        match came {
            Some(came) => (vec![format!("{short} → {came}"), format!("{name} → {came}"), name], None),
            None => (vec![short, name], None),
        }
    } else {
        (vec![short, name], came.map(|came| format!("→ {came}")))
    }
}

pub fn names(story: &Story) -> Names {
    let mut names = Names::default();
    for end in &story.ends {
        if let (Some(socket), Some(name)) = (end.socket, &end.name) {
            names.set(socket, name);
        }
    }
    names
}

/// All bars, with words where there is room.
pub fn bars(
    story: &Story,
    rows: &CallRows,
    columns: &[Column],
    edges: (f64, f64),
    taken: &mut Taken,
) -> Vec<Bar> {
    let names = names(story);
    let mut busy: HashMap<HostId, Vec<Instant>> = HashMap::new();
    let mut bars = Vec::with_capacity(story.calls.len());
    for (index, call) in story.calls.iter().enumerate() {
        let Some(column) = columns.iter().find(|column| column.host == call.host) else { continue };
        let until = call.returned.unwrap_or(story.end);
        let busy = busy.entry(call.host).or_default();
        let free = |lane: &usize| busy.get(*lane).is_none_or(|&until| until <= call.entered);
        let lane = (0..2).find(free).unwrap_or(2);
        if lane >= busy.len() {
            busy.resize(lane + 1, Instant(0));
        }
        busy[lane] = until;
        let (top, bottom) = rows.places[index];
        let (first, last) = call_words(story, &names, index);
        let x = column.words(1);
        let room = if column.side == Side::Left { x - edges.0 } else { edges.1 - x };
        let mut words = Vec::new();
        let mut say = |y: f64, choices: &[String]| words.extend(beside(column, x, y, room, choices, taken));
        say(top, &first);
        if let Some(last) = last {
            say(bottom, &[last]);
        }
        bars.push(Bar {
            call: index,
            x: column.bar(lane),
            top,
            bottom,
            open: call.returned.is_none(),
            failed: story.outcome(index).is_some_and(|(outcome, _)| outcome.is_err()),
            words,
        });
    }
    bars
}

/// The longest of some words that fits beside a life line at a height, if there is room for any.
pub fn beside(
    column: &Column,
    x: f64,
    y: f64,
    room: f64,
    choices: &[String],
    taken: &mut Taken,
) -> Option<Words> {
    let sign = column.side.sign();
    let budget = (column.room.min(room) / WORD).floor() as usize;
    let fits = |text: &&String| text.chars().count() <= budget;
    let text = choices.iter().find(fits).cloned().or_else(|| Some(cut(choices.last()?, budget)))?;
    let count = text.chars().count();
    if column.room <= 0.0 || count < 2 {
        return None;
    }
    let end = x + sign * count as f64 * WORD;
    let patch = Patch::straight(x.min(end), x.max(end), y - 7.0, y + 7.0);
    taken.take(patch).then_some(Words { x, y: y + 4.0, ends: sign < 0.0, text })
}

/// A text cut to so many characters.
pub fn cut(text: &str, budget: usize) -> String {
    if text.chars().count() <= budget {
        return text.to_owned();
    }
    text.chars().take(budget.saturating_sub(1)).chain(['…']).collect()
}
