//! What the world has to tell and nobody has taken yet, how much it told, and which calls have not come back.

use sockets::{CallId, Event, Failure, Micros, Trace, Value};
use std::collections::{BTreeSet, VecDeque};

/// What a record of a Log takes, in octets, as estimated: a number of its own, since it must be the same on every machine, and a
/// `Record` is smaller where addresses have 32 bits.
const RECORD: u64 = 200;

/// Events in their order.
#[derive(Debug)]
pub(super) struct Story {
    events: VecDeque<Event>,
    pending: BTreeSet<CallId>,
    /// Whether traces are told.
    pub telling: bool,
    /// What a Log of everything told takes, in octets, as far as can be said here.
    pub octets: u64,
}

impl Default for Story {
    fn default() -> Story {
        Story { events: VecDeque::new(), pending: BTreeSet::new(), telling: true, octets: 0 }
    }
}

impl Story {
    pub fn tell(&mut self, trace: Trace) {
        if self.telling {
            // Its payload is part of what a call brought, and was counted there.
            self.octets += RECORD;
            self.events.push_back(Event::Trace(trace));
        }
    }

    pub fn event(&mut self, event: Event) {
        if matches!(event, Event::Trace(_)) && !self.telling {
            return;
        }
        self.note(&event);
        self.events.push_back(event);
    }

    /// What a host has to tell, which tells no traces where none are wanted. They are moved together: a busy world tells millions.
    pub fn events(&mut self, events: &mut Vec<Event>) {
        if events.is_empty() {
            return;
        }
        events.iter().for_each(|event| self.note(event));
        if self.events.is_empty() {
            // Mostly all was taken before: then the two change their places, and nothing is moved.
            let room = core::mem::take(&mut self.events);
            self.events = VecDeque::from(core::mem::replace(events, Vec::from(room)));
        } else {
            self.events.extend(events.drain(..));
        }
    }

    fn note(&mut self, event: &Event) {
        let mut octets = 0;
        if let Event::Returned { call, outcome, .. } = event {
            self.pending.remove(call);
            octets += outcome.as_ref().ok().and_then(Value::payload).map_or(0, |data| data.len());
        }
        self.octets += RECORD + octets as u64;
    }

    /// A call begins; it is told by who makes it.
    pub fn entered(&mut self, call: CallId, payload: usize) {
        self.pending.insert(call);
        self.octets += RECORD + payload as u64;
    }

    /// Whether the call has not come back.
    pub fn is_pending(&self, call: CallId) -> bool {
        self.pending.contains(&call)
    }

    /// Every call that is pending comes back: the network is gone.
    pub fn end(&mut self, why: &str) {
        self.event(Event::Notice(why.to_owned()));
        while let Some(call) = self.pending.pop_first() {
            self.event(Event::Returned { call, outcome: Err(Failure::Gone), took: Micros::ZERO, note: None });
        }
        self.event(Event::Gone(why.to_owned()));
    }

    pub fn take(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}
