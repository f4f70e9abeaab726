//! From when to when which thing holds an end's sending back.
//!
//! The engine says what keeps it from sending more ([`sockets::Bound`]). Two things it cannot see from inside the connection, and a
//! Story can: that a program would give more, but its `send` waits for room in the send buffer; and that the window is full only
//! because segments wait in a link's queue, so that a larger window would move nothing faster.

use super::super::story::{EndId, Story};
use sockets::{Bound, Fate, Instant, OpKind, State, Trace, What};

/// What holds the transfer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// The handshake is not complete.
    Opening,
    /// The program has given nothing more.
    Application,
    /// The program would give more, but the send buffer is full.
    SendBuffer,
    /// A small segment waits for more to go with it.
    SmallSegment,
    /// The congestion window is used up.
    CongestionWindow,
    /// The peer's window is used up.
    ReceiveWindow,
    /// Segments wait before a link.
    Link,
    /// Nothing: all is sent, and the end has said so.
    Done,
}

/// One of them, for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From when.
    pub from: Instant,
    /// Until when.
    pub until: Instant,
    /// What.
    pub holds: Holds,
}

/// All of an end's life as far as it is told; without gaps, neighbours differ.
pub fn spans(story: &Story, id: EndId) -> Vec<Span> {
    let records = story.log().records();
    let told = &story.end_of(id).levels;
    let (Some(&first), Some(&last)) = (told.first(), told.last()) else { return Vec::new() };
    let (begin, end) = (records[first].at, records[last].at.max(last_sent(story, id)));
    let blocked = blocked(story, id);
    let queued = queued(story, id);
    // Every moment at which the answer may change.
    let mut moments: Vec<Instant> = told.iter().map(|&record| records[record].at).collect();
    moments.extend(blocked.iter().chain(&queued).flat_map(|&(from, until)| [from, until]));
    moments.retain(|at| (begin..=end).contains(at));
    moments.sort_unstable();
    moments.dedup();
    let mut spans: Vec<Span> = Vec::new();
    let (mut level, mut wait, mut queue) = (0, 0, 0);
    for (place, &at) in moments.iter().enumerate() {
        while told.get(level + 1).is_some_and(|&record| records[record].at <= at) {
            level += 1;
        }
        let inside = |list: &[(Instant, Instant)], next: &mut usize| {
            while list.get(*next).is_some_and(|span| span.1 <= at) {
                *next += 1;
            }
            list.get(*next).is_some_and(|span| span.0 <= at)
        };
        let (is_blocked, is_queued) = (inside(&blocked, &mut wait), inside(&queued, &mut queue));
        let What::Trace(Trace::Levels { levels, .. }) = &records[told[level]].what else { continue };
        let holds = match (levels.state, levels.bound) {
            (State::Closed | State::Listen | State::SynSent | State::SynReceived, _) => Holds::Opening,
            (State::FinWait2 | State::TimeWait, _) => Holds::Done,
            (_, Bound::Application) if is_blocked => Holds::SendBuffer,
            (State::FinWait1 | State::Closing | State::LastAck, Bound::Application) => Holds::Done,
            (_, Bound::Application) => Holds::Application,
            (_, Bound::CongestionWindow | Bound::ReceiveWindow) if is_queued => Holds::Link,
            (_, Bound::CongestionWindow) => Holds::CongestionWindow,
            (_, Bound::ReceiveWindow) => Holds::ReceiveWindow,
            (_, Bound::SmallSegment) => Holds::SmallSegment,
        };
        let until = moments.get(place + 1).copied().unwrap_or(end);
        // A connection that is gone holds nothing back.
        let holds = if levels.state == State::Closed && !spans.is_empty() { Holds::Done } else { holds };
        match spans.last_mut() {
            Some(span) if span.holds == holds => span.until = until,
            _ => spans.push(Span { from: at, until, holds }),
        }
    }
    // What lasted no time at all was decided anew at the same moment.
    spans.retain(|span| span.until > span.from);
    spans.dedup_by(|later, earlier| {
        let same = later.holds == earlier.holds;
        if same {
            earlier.until = later.until;
        }
        same
    });
    spans
}

fn last_sent(story: &Story, id: EndId) -> Instant {
    story.end_of(id).sent.last().map_or(Instant::START, |&packet| story.packets[packet].sent)
}

/// When a send of this end's program waits.
fn blocked(story: &Story, id: EndId) -> Vec<(Instant, Instant)> {
    let mine = story.calls.iter().enumerate().filter(|(_, span)| span.end == Some(id));
    let sends = mine.filter(|(call, _)| story.call(*call).op.kind() == OpKind::Send);
    let waits = sends.map(|(_, span)| (span.entered, span.returned.unwrap_or(story.end)));
    merged(waits.filter(|(from, until)| until > from).collect())
}

/// When segments of this end wait before a link: for longer than a segment takes when nothing is before it, and without a pause for at
/// least a round-trip time. A burst that is sent at once waits too, but its queue is empty again before the next.
fn queued(story: &Story, id: EndId) -> Vec<(Instant, Instant)> {
    let end = story.end_of(id);
    let mut onward: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    for (place, packet) in story.packets.iter().enumerate() {
        if let Some(before) = packet.forwarded {
            onward.insert(before, place);
        }
    }
    let arrives = |first: usize| {
        let mut packet = first;
        while let Some(&next) = onward.get(&packet) {
            packet = next;
        }
        match story.fate(packet) {
            Fate::Arrives { at } | Fate::Corrupted { at } => Some(at),
            _ => None,
        }
    };
    let under_way: Vec<(Instant, u64)> = end
        .sent
        .iter()
        .filter(|&&packet| story.segment(packet).is_some_and(|segment| !segment.payload.is_empty()))
        .filter_map(|&packet| {
            let sent = story.packets[packet].sent;
            Some((sent, arrives(packet)?.since(sent).0))
        })
        .collect();
    let Some(least) = under_way.iter().map(|(_, took)| *took).min() else { return Vec::new() };
    let waits = under_way.iter().map(|&(sent, took)| (sent, sent + sockets::Micros(took - least)));
    let mut waits = merged(waits.filter(|(from, until)| until > from).collect());
    let round_trip = least.saturating_mul(2);
    waits.retain(|(from, until)| until.since(*from).0 >= round_trip);
    waits
}

/// The spans in order, those that touch as one.
fn merged(mut spans: Vec<(Instant, Instant)>) -> Vec<(Instant, Instant)> {
    spans.sort_unstable();
    spans.dedup_by(|later, earlier| {
        let touches = later.0 <= earlier.1;
        if touches {
            earlier.1 = earlier.1.max(later.1);
        }
        touches
    });
    spans
}

/// The span of a moment.
pub fn span_at(spans: &[Span], at: Instant) -> Option<&Span> {
    let count = spans.partition_point(|span| span.from <= at);
    spans.get(count.checked_sub(1)?)
}
