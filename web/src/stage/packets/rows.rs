//! What stands in the list: one row for each thing that a person would tell, in the order of the Log. A row is an index; its words are
//! made when they are shown or searched ([`super::line`]).

use super::super::story::{CallSpan, EndId, Story, TimerEnd};
use super::super::{Thing, story::Cause};
use sockets::{HostId, Instant, SocketId, Timer, Trace, What};
use std::collections::BTreeMap;

/// What a row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A datagram, put on a link.
    Packet(usize),
    /// A call that came back at once: entered and returned.
    Call(usize),
    /// A call that was made, and waits.
    Entered(usize),
    /// A call that waited came back.
    Returned(usize),
    /// A change of state: of which end, and which of its changes.
    State(EndId, usize),
    /// A timer fired: of which end, and which of its timers' runs.
    Timer(EndId, usize),
    /// A rule acted.
    Rule(usize),
    /// The network said something: a record.
    Notice(usize),
}

/// What can be shown and hidden together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Datagrams.
    Packets,
    /// Calls of programs.
    Calls,
    /// Changes of state.
    States,
    /// Timers that fired.
    Timers,
    /// Rules at work, and what the network says.
    Rules,
}

impl Kind {
    /// Every kind, in the order of the switches.
    pub const ALL: [Kind; 5] = [Kind::Packets, Kind::Calls, Kind::States, Kind::Timers, Kind::Rules];

    /// What its switch is called.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Packets => "segments",
            Kind::Calls => "calls",
            Kind::States => "states",
            Kind::Timers => "timers",
            Kind::Rules => "rules",
        }
    }
}

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// When.
    pub at: Instant,
    /// What.
    pub told: Told,
}

/// Rules that act with nearly every segment, or whose work a row of another kind tells already: who wants them reads the plots.
const QUIET: &[&str] = &[
    "ack",
    "ack-due",
    "ack-second",
    "congestion-avoidance",
    "cubic",
    "delayed-ack",
    "handshake-acknowledged",
    "in-order",
    "nat-forward",
    "nat-inward",
    "nat-outward",
    "prr",
    "quick-ack",
    "rtt",
    "slow-start",
    "timeout-marks",
    "unused-window",
];

/// Every row of a story, in order.
pub fn rows(story: &Story) -> Vec<Row> {
    let records = story.log().records();
    // Each with the record that it belongs to, so that the order is the Log's.
    let mut rows: Vec<(usize, Row)> = Vec::new();
    for (packet, sent) in story.packets.iter().enumerate() {
        rows.push((sent.record, Row { at: sent.sent, told: Told::Packet(packet) }));
    }
    for (call, span) in story.calls.iter().enumerate() {
        match (span.back, span.returned) {
            (Some(_), Some(returned)) if returned == span.entered => {
                rows.push((span.record, Row { at: span.entered, told: Told::Call(call) }));
            }
            (Some(back), Some(returned)) => {
                rows.push((span.record, Row { at: span.entered, told: Told::Entered(call) }));
                rows.push((back, Row { at: returned, told: Told::Returned(call) }));
            }
            _ => rows.push((span.record, Row { at: span.entered, told: Told::Entered(call) })),
        }
    }
    let mut told_as_state = vec![false; story.reactions.len()];
    for (place, end) in story.ends.iter().enumerate() {
        for (index, change) in end.states.iter().enumerate() {
            let record = match (change.reaction, change.cause) {
                (Some(reaction), _) => {
                    told_as_state[reaction] = true;
                    story.reactions[reaction].record
                }
                (None, Some(Cause::Call(call))) => story.calls[call].record,
                (None, _) => records.partition_point(|record| record.at < change.at),
            };
            rows.push((record, Row { at: change.at, told: Told::State(EndId(place), index) }));
        }
    }
    for (reaction, reacted) in story.reactions.iter().enumerate() {
        let quiet = QUIET.binary_search(&story.reaction(reaction).rule.name).is_ok();
        if !quiet && !told_as_state[reaction] {
            rows.push((reacted.record, Row { at: reacted.at, told: Told::Rule(reaction) }));
        }
    }
    let mut fired: BTreeMap<(Instant, Timer), Vec<(usize, SocketId)>> = BTreeMap::new();
    for (place, record) in records.iter().enumerate() {
        match &record.what {
            What::Trace(Trace::Fired { socket, timer }) => {
                fired.entry((record.at, *timer)).or_default().push((place, *socket));
            }
            What::Notice(_) | What::Gone(_) => {
                rows.push((place, Row { at: record.at, told: Told::Notice(place) }));
            }
            _ => {}
        }
    }
    for (place, end) in story.ends.iter().enumerate() {
        for (index, run) in end.timers.iter().enumerate().filter(|(_, run)| run.end == TimerEnd::Fired) {
            let known = fired.get(&(run.until, run.timer)).map_or(&[][..], Vec::as_slice);
            // A connection that nobody has accepted yet speaks through its listening socket.
            let own = known.iter().find(|(_, socket)| Some(*socket) == end.socket).or(known.first());
            let record =
                own.map_or_else(|| records.partition_point(|record| record.at < run.until), |own| own.0);
            rows.push((record, Row { at: run.until, told: Told::Timer(EndId(place), index) }));
        }
    }
    // Stable: of one record, a call comes before the change that it made.
    rows.sort_by_key(|(record, _)| *record);
    rows.into_iter().map(|(_, row)| row).collect()
}

impl Row {
    /// With what it is shown and hidden.
    pub const fn kind(&self) -> Kind {
        match self.told {
            Told::Packet(_) => Kind::Packets,
            Told::Call(_) | Told::Entered(_) | Told::Returned(_) => Kind::Calls,
            Told::State(..) => Kind::States,
            Told::Timer(..) => Kind::Timers,
            Told::Rule(_) | Told::Notice(_) => Kind::Rules,
        }
    }

    /// What is pointed at with it.
    pub fn thing(&self, story: &Story) -> Option<Thing> {
        match self.told {
            Told::Packet(packet) => Some(Thing::Packet(packet)),
            Told::Call(call) | Told::Entered(call) | Told::Returned(call) => Some(Thing::Call(call)),
            Told::State(end, change) => {
                Some(story.end_of(end).states[change].reaction.map_or(Thing::End(end), Thing::Reaction))
            }
            Told::Timer(end, run) => {
                let run = story.end_of(end).timers[run];
                // What it made happen, which stands after it at the same moment.
                let first = story.reactions.partition_point(|reacted| reacted.at < run.until);
                let mut same = story.reactions[first..].iter().take_while(|reacted| reacted.at == run.until);
                let mine = |reacted: &super::super::story::Reacted| {
                    reacted.end == Some(end) && reacted.cause == Some(Cause::Timer(run.timer))
                };
                Some(same.position(mine).map_or(Thing::End(end), |place| Thing::Reaction(first + place)))
            }
            Told::Rule(reaction) => Some(Thing::Reaction(reaction)),
            Told::Notice(_) => None,
        }
    }

    /// Where it happens, and for a datagram where it goes.
    pub fn hosts(&self, story: &Story) -> (Option<HostId>, Option<HostId>) {
        let of_call = |call: usize| Some(story.calls[call].host);
        match self.told {
            Told::Packet(packet) => (Some(story.packets[packet].from), Some(story.packets[packet].to)),
            Told::Call(call) | Told::Entered(call) | Told::Returned(call) => (of_call(call), None),
            Told::State(end, _) | Told::Timer(end, _) => (Some(story.end_of(end).host), None),
            Told::Rule(reaction) => {
                let reacted = &story.reactions[reaction];
                let host = match (reacted.end, reacted.cause) {
                    (Some(end), _) => Some(story.end_of(end).host),
                    (None, Some(Cause::Packet(packet))) => Some(story.packets[packet].to),
                    (None, Some(Cause::Call(call))) => of_call(call),
                    (None, _) => None,
                };
                (host, None)
            }
            Told::Notice(_) => (None, None),
        }
    }

    /// The end of a connection that it is about.
    pub fn end(&self, story: &Story) -> Option<EndId> {
        let of = |call: usize| {
            let CallSpan { end, .. } = story.calls[call];
            end
        };
        match self.told {
            Told::Packet(packet) => story.packets[packet].source.or(story.packets[packet].target),
            Told::Call(call) | Told::Entered(call) | Told::Returned(call) => of(call),
            Told::State(end, _) | Told::Timer(end, _) => Some(end),
            Told::Rule(reaction) => story.reactions[reaction].end,
            Told::Notice(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_rules_exist_and_are_sorted() {
        assert!(QUIET.is_sorted());
        for name in QUIET {
            assert!(sim::rules::TABLE.iter().any(|rule| rule.name == *name), "there is no rule “{name}”");
        }
    }
}
