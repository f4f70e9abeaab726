//! The whole story, in order. Pictures, tables, Python and grading read it; nothing else knows what happened.

mod text;

use crate::{Call, CallId, Event, HostId, Instant, Micros, Outcome, Sample, SocketId, Trace};
use std::collections::BTreeMap;

/// One line of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When, as the driver of the network saw it.
    pub at: Instant,
    /// What.
    pub what: What,
}

/// What a [`Record`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Event")]
pub enum What {
    /// A program made a call.
    Entered(Box<Call>),
    /// The call came back.
    Returned { call: CallId, outcome: Outcome, took: Micros, note: Option<String> },
    /// The state of a socket changed.
    State { socket: SocketId, sample: Sample },
    /// A segment, a timer, a rule at work.
    Trace(Trace),
    /// Something that a person should know.
    Notice(String),
    /// The network is gone, and all its sockets with it.
    Gone(String),
}

/// Where a call stands in the text of the program that makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The file, as the program's tracebacks name it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The thread, counted from 1, which is the main one.
    pub thread: u32,
}

/// A story: records in the order in which they happened. Times never go back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    records: Vec<Record>,
    /// Where calls stand that were made from a text.
    sites: BTreeMap<CallId, Site>,
}

impl Log {
    /// A story in which nothing has happened.
    pub const fn new() -> Log {
        Log { records: Vec::new(), sites: BTreeMap::new() }
    }

    /// Everything, oldest first.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Writes down that a program makes a call.
    pub fn enter(&mut self, at: Instant, call: Call) {
        self.push(at, What::Entered(Box::new(call)));
    }

    /// Says where a call stands in its program's text; a call's number must be its own in the whole story then.
    pub fn place(&mut self, call: CallId, site: Site) {
        self.sites.insert(call, site);
    }

    /// Where a call stands in its program's text, if that was said.
    pub fn site(&self, call: CallId) -> Option<&Site> {
        self.sites.get(&call)
    }

    /// Writes down what the network said.
    pub fn observe(&mut self, at: Instant, event: Event) {
        let what = match event {
            Event::Returned { call, outcome, took, note } => What::Returned { call, outcome, took, note },
            Event::State { socket, sample } => What::State { socket, sample },
            Event::Trace(trace) => What::Trace(trace),
            Event::Notice(text) => What::Notice(text),
            Event::Gone(why) => What::Gone(why),
        };
        self.push(at, what);
    }

    /// The calls in the order in which they were made, each with its way back if it has come back.
    pub fn calls(&self) -> Vec<CallLine<'_>> {
        let mut lines: Vec<CallLine<'_>> = Vec::new();
        // A number may serve again once its call is back, so only the calls that are under way are to be found.
        let mut under_way: BTreeMap<CallId, usize> = BTreeMap::new();
        for record in &self.records {
            match &record.what {
                What::Entered(call) => {
                    under_way.insert(call.id, lines.len());
                    lines.push(CallLine { entered: record.at, call, back: None });
                }
                What::Returned { call, outcome, took, note } => {
                    if let Some(place) = under_way.remove(call) {
                        let back = Back { at: record.at, outcome, took: *took, note: note.as_deref() };
                        lines[place].back = Some(back);
                    }
                }
                What::State { .. } | What::Trace(_) | What::Notice(_) | What::Gone(_) => {}
            }
        }
        lines
    }

    #[inline]
    fn push(&mut self, at: Instant, what: What) {
        let at = self.records.last().map_or(at, |last| last.at.max(at));
        self.records.push(Record { at, what });
    }
}

/// A call of the Log with its way back.
#[derive(Clone, Copy, Debug)]
pub struct CallLine<'a> {
    /// When it was made.
    pub entered: Instant,
    /// The call.
    pub call: &'a Call,
    /// Its way back; `None` while it is pending.
    pub back: Option<Back<'a>>,
}

/// How a call came back.
#[derive(Clone, Copy, Debug)]
pub struct Back<'a> {
    /// When.
    pub at: Instant,
    /// With what.
    pub outcome: &'a Outcome,
    /// How long it was inside the network.
    pub took: Micros,
    /// What a person should know about it.
    pub note: Option<&'a str>,
}

impl CallLine<'_> {
    /// Where the program runs that made the call.
    pub const fn host(&self) -> HostId {
        self.call.host
    }
}

#[cfg(test)]
mod tests;
