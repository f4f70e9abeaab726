//! The views that the desk puts beside the ladder.

use super::Subject;
use crate::stage::story::Origin;
use std::collections::BTreeSet;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pane {
    /// A segment's octets and fields.
    Header,
    /// The state machine.
    States,
    /// The sequence space.
    Stream,
    /// Queues and buffers.
    Queues,
    /// Quantities over time.
    Plots,
    /// The packet list.
    Packets,
    /// What can be turned.
    Knobs,
}

impl Pane {
    /// All, in the order in which they are shown.
    pub const ALL: [Pane; 7] =
        [Pane::Header, Pane::States, Pane::Stream, Pane::Queues, Pane::Plots, Pane::Packets, Pane::Knobs];

    /// What its button says.
    pub const fn name(self) -> &'static str {
        match self {
            Pane::Header => "Header",
            Pane::States => "States",
            Pane::Stream => "Stream",
            Pane::Queues => "Queues",
            Pane::Plots => "Plots",
            Pane::Packets => "Packets",
            Pane::Knobs => "Knobs",
        }
    }

    /// The same for this subject: of a kernel's session the list has no packets.
    pub fn called(self, subject: &Subject) -> &'static str {
        match (self, subject) {
            (Pane::Packets, Subject::Story(told)) if told.origin == Origin::Sampled => "Calls and states",
            _ => self.name(),
        }
    }

    /// What is to be seen in it.
    pub const fn says(self) -> &'static str {
        match self {
            Pane::Header => "one packet as it lies on the wire, bit by bit, and what it says",
            Pane::States => "where both ends are in the state machine of RFC 9293, and why",
            Pane::Stream => "the numbered octets of one direction, from send to recv",
            Pane::Queues => "what waits: connections for accept, octets in buffers",
            Pane::Plots => "how sending goes: numbers, windows, round trips over time",
            Pane::Packets => "all that happens, line by line",
            Pane::Knobs => "turn one, and the scenario runs again",
        }
    }

    /// Its word in an address.
    pub const fn word(self) -> &'static str {
        match self {
            Pane::Header => "header",
            Pane::States => "states",
            Pane::Stream => "stream",
            Pane::Queues => "queues",
            Pane::Plots => "plots",
            Pane::Packets => "packets",
            Pane::Knobs => "knobs",
        }
    }

    /// Those that are open when nobody says.
    pub fn usual(subject: &Subject) -> BTreeSet<Pane> {
        match subject {
            Subject::Scenario(scenario) if !scenario.views.is_empty() => {
                let named = |pane: &Pane| scenario.views.iter().any(|view| view == pane.word());
                Pane::ALL.into_iter().filter(named).collect()
            }
            Subject::Story(told) if told.origin == Origin::Sampled => [Pane::States, Pane::Queues].into(),
            _ => [Pane::Header, Pane::States].into(),
        }
    }

    /// Those that a subject can have: nothing can be turned in what is as it is, and where no segment is seen there is no header.
    pub fn of(subject: &Subject) -> impl Iterator<Item = Pane> {
        let turnable = matches!(subject, Subject::Scenario(_));
        let segments = !matches!(subject, Subject::Story(told) if told.origin == Origin::Sampled);
        Pane::ALL.into_iter().filter(move |pane| match pane {
            Pane::Knobs => turnable,
            Pane::Header => segments,
            _ => true,
        })
    }
}
