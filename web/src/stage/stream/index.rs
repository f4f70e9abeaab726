//! One direction of a connection, looked up once: which octets each segment carried and when they arrived, what each ACK said, what lay
//! out of order at the receiver. Octets are counted from the initial sequence number: the SYN is 0, the first octet 1.

use crate::stage::story::Cause;
use crate::stage::{EndId, Story};
use sockets::{Fate, Instant, Micros};
use std::collections::{BTreeMap, BTreeSet};
use wire::Seq;

/// A run of octets: the first, and the one after the last.
pub type Run = (u64, u64);

/// A segment that takes sequence numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The packet, as it left its sender.
    pub packet: usize,
    /// Its numbers, those of SYN and FIN among them.
    pub run: Run,
    /// Its numbers without those of SYN and FIN.
    pub data: Run,
    /// When it was sent.
    pub at: Instant,
    /// When it came to the receiver, whole.
    pub arrives: Option<Instant>,
    /// When it is there, or would be if it had not been lost.
    pub over: Instant,
    /// How often its octets were sent before, at most 3.
    pub again: u8,
}

/// An ACK on its way to the sender of the octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// The packet, as it left the receiver.
    pub packet: usize,
    /// When it was sent.
    pub at: Instant,
    /// When it came, or would be there if it had not been lost.
    pub over: Instant,
    /// Whether it came.
    pub came: bool,
    /// What it acknowledges: everything before this.
    pub ack: u64,
    /// The right edge of the window that it announces.
    pub edge: u64,
    /// What SACK reports.
    pub blocks: Vec<Run>,
}

/// What lies at the receiver after a segment came.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    at: Instant,
    next: u64,
    islands: Vec<Run>,
}

/// One direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Who sends.
    pub from: EndId,
    /// Who receives, if the story has it.
    pub to: Option<EndId>,
    /// Segments in the order of sending.
    pub sent: Vec<Sent>,
    /// ACKs in the order of sending.
    pub acks: Vec<Ack>,
    /// The number after the last that is ever sent or written.
    pub total: u64,
    /// The most that was ever in flight.
    pub most_in_flight: u64,
    iss: Option<Seq>,
    by_first: Vec<usize>,
    /// Up to each segment, the number after the last that was sent.
    reach: Vec<u64>,
    longest: u64,
    slowest: Micros,
    /// When lost segments would have come.
    missed: Vec<Instant>,
    /// Places among `acks`, in the order of arrival, each with the furthest acknowledgment and window edge so far.
    heard: Vec<(Instant, usize, u64, u64)>,
    held: Vec<Held>,
}

/// Rules by which a receiver throws whole segments away.
const REFUSALS: [&str; 5] = ["no-window", "out-of-window", "buffer-full", "unacceptable", "paws"];

impl Index {
    /// Looks a direction up.
    pub fn of(story: &Story, from: EndId) -> Index {
        let sender = story.end_of(from);
        let to = sender.peer;
        let iss = sender.iss;
        let (arrived, refused) = arrivals(story, to);
        let typical = typical(story, from, &arrived);
        let mut index = Index {
            from,
            to,
            sent: Vec::new(),
            acks: Vec::new(),
            total: 1 + sender.wrote.last().map_or(0, |piece| piece.end),
            most_in_flight: 0,
            iss,
            by_first: Vec::new(),
            reach: Vec::new(),
            longest: 0,
            slowest: Micros::ZERO,
            missed: Vec::new(),
            heard: Vec::new(),
            held: Vec::new(),
        };
        index.read_segments(story, &arrived, typical);
        index.read_acks(story);
        index.read_arrivals(&refused);
        for &record in &sender.levels {
            if let (Some(levels), Some(iss)) = (story.levels_of(record), iss) {
                let flight = u64::from(levels.snd_nxt.since(levels.snd_una));
                index.most_in_flight = index.most_in_flight.max(flight.min(1 << 31));
                let end = u64::from(levels.snd_end.since(iss));
                index.total = index.total.max(if end < 1 << 31 { end } else { 0 });
            }
        }
        index
    }

    fn read_segments(&mut self, story: &Story, arrived: &BTreeMap<usize, Instant>, typical: Micros) {
        let mut times: BTreeMap<usize, u8> = BTreeMap::new();
        for &packet in &story.end_of(self.from).sent {
            let (told, Some(segment)) = (story.packets[packet], story.segment(packet)) else { continue };
            let Some(first) = self.counted(segment.seq) else { continue };
            if segment.sequence_length() == 0 || told.copy_of.is_some() {
                continue;
            }
            let run = (first, first + u64::from(segment.sequence_length()));
            let data = (run.0 + u64::from(segment.flags.syn()), run.1 - u64::from(segment.flags.fin()));
            let again =
                told.repeats.and_then(|before| times.get(&before)).map_or(0, |times| (times + 1).min(3));
            let again = again.max(u8::from(told.repeats.is_some()));
            times.insert(packet, again);
            let arrives = arrived.get(&packet).copied();
            let over = arrives.unwrap_or(told.sent + typical);
            self.slowest = self.slowest.max(over.since(told.sent));
            self.longest = self.longest.max(run.1 - run.0);
            self.total = self.total.max(run.1);
            self.sent.push(Sent { packet, run, data, at: told.sent, arrives, over, again });
        }
        let missed = self.sent.iter().filter(|sent| sent.arrives.is_none());
        self.missed = missed.map(|sent| sent.over).collect();
        self.missed.sort();
        let furthest = |reach: &mut u64, sent: &Sent| {
            *reach = (*reach).max(sent.run.1);
            Some(*reach)
        };
        self.reach = self.sent.iter().scan(0, furthest).collect();
        self.by_first = (0..self.sent.len()).collect();
        self.by_first.sort_by_key(|&place| (self.sent[place].run.0, place));
    }

    fn read_acks(&mut self, story: &Story) {
        let Some(to) = self.to else { return };
        let (arrived, _) = arrivals(story, Some(self.from));
        let typical = typical(story, to, &arrived);
        let mut scale = 0;
        for &packet in &story.end_of(to).sent {
            let (told, Some(segment)) = (story.packets[packet], story.segment(packet)) else { continue };
            if segment.flags.syn() {
                scale = segment.options.window_scale().unwrap_or(0).min(14);
            }
            let Some(ack) = self.counted(segment.ack).filter(|ack| segment.flags.ack() && *ack <= self.total)
            else {
                continue;
            };
            // The window of a segment with SYN is never scaled (RFC 7323, 2.2).
            let window = u64::from(segment.window) << if segment.flags.syn() { 0 } else { scale };
            let blocks = segment.options.sack();
            let blocks =
                blocks.filter_map(|block| Some((self.counted(block.start)?, self.counted(block.end)?)));
            let blocks = blocks.filter(|(first, end)| first < end && *end <= self.total).collect();
            let came = arrived.get(&packet).copied();
            let over = came.unwrap_or(told.sent + typical);
            self.slowest = self.slowest.max(over.since(told.sent));
            let came = came.is_some();
            self.acks.push(Ack { packet, at: told.sent, over, came, ack, edge: ack + window, blocks });
        }
        let mut heard: Vec<usize> = (0..self.acks.len()).filter(|&place| self.acks[place].came).collect();
        heard.sort_by_key(|&place| self.acks[place].over);
        let (mut furthest, mut edge) = (0, 0);
        for place in heard {
            let ack = &self.acks[place];
            furthest = furthest.max(ack.ack);
            edge = edge.max(ack.edge);
            self.heard.push((ack.over, place, furthest, edge));
        }
    }

    fn read_arrivals(&mut self, refused: &BTreeSet<usize>) {
        let mut came: Vec<&Sent> = self.sent.iter().filter(|sent| sent.arrives.is_some()).collect();
        came.sort_by_key(|sent| sent.over);
        // A capture may begin in the middle of a stream.
        let mut next = self.sent.iter().map(|sent| sent.run.0).min().unwrap_or(0);
        let mut islands: Vec<Run> = Vec::new();
        let mut held = Vec::new();
        for sent in came {
            if refused.contains(&sent.packet) {
                continue;
            }
            let before = (next, islands.clone());
            join(&mut islands, sent.run);
            while islands.first().is_some_and(|island| island.0 <= next) {
                next = next.max(islands.remove(0).1);
            }
            if before != (next, islands.clone()) {
                held.push(Held { at: sent.over, next, islands: islands.clone() });
            }
        }
        self.held = held;
    }

    /// The last moment up to `at` at which something happened, or a lost segment did not come.
    pub fn moment(&self, story: &Story, at: Instant) -> Instant {
        let last = |moments: &[Instant]| {
            let count = moments.partition_point(|moment| *moment <= at);
            count.checked_sub(1).map(|last| moments[last])
        };
        last(&story.stops).max(last(&self.missed)).unwrap_or(at)
    }

    /// The most numbers that one segment takes.
    pub const fn longest(&self) -> u64 {
        self.longest
    }

    /// A number of this direction, counted from the initial one.
    pub fn counted(&self, seq: Seq) -> Option<u64> {
        let count = u64::from(seq.since(self.iss?));
        // Before the beginning, that is: of another connection, or a probe.
        (count < 1 << 31).then_some(count)
    }

    /// The number as it stands in the header.
    pub fn absolute(&self, counted: u64) -> Option<Seq> {
        Some(Seq(self.iss?.0.wrapping_add(counted as u32)))
    }

    /// Segments, as places among `sent`, with numbers of this run that are sent at a moment; in the order of their numbers.
    pub fn within(&self, run: Run, at: Instant) -> impl Iterator<Item = usize> {
        let begin = self.by_first.partition_point(|&place| self.sent[place].run.0 + self.longest < run.0);
        let rest = self.by_first[begin..].iter().copied();
        rest.take_while(move |&place| self.sent[place].run.0 < run.1)
            .filter(move |&place| self.sent[place].run.1 > run.0 && self.sent[place].at <= at)
    }

    /// Segments under way at a moment, as places among `sent`; lost ones until they would be there.
    pub fn under_way(&self, at: Instant) -> impl Iterator<Item = usize> {
        let begin = self.sent.partition_point(|sent| sent.at + self.slowest < at);
        let end = self.sent.partition_point(|sent| sent.at <= at);
        (begin..end.max(begin)).filter(move |&place| self.sent[place].over > at)
    }

    /// ACKs under way at a moment, as places among `acks`.
    pub fn acks_under_way(&self, at: Instant) -> impl Iterator<Item = usize> {
        let begin = self.acks.partition_point(|ack| ack.at + self.slowest < at);
        let end = self.acks.partition_point(|ack| ack.at <= at);
        (begin..end.max(begin)).filter(move |&place| self.acks[place].over > at)
    }

    /// The last ACK that came up to a moment, with the furthest acknowledgment and window edge so far.
    pub fn heard(&self, at: Instant) -> Option<(&Ack, u64, u64)> {
        let count = self.heard.partition_point(|heard| heard.0 <= at);
        let (_, place, furthest, edge) = self.heard[count.checked_sub(1)?];
        Some((&self.acks[place], furthest, edge))
    }

    /// The number after the last that was sent up to a moment.
    pub fn sent_until(&self, at: Instant) -> u64 {
        let count = self.sent.partition_point(|sent| sent.at <= at);
        count.checked_sub(1).map_or(0, |last| self.reach[last])
    }

    /// What has come in order and what lies out of order at the receiver, by the segments that came.
    pub fn held(&self, at: Instant) -> (u64, &[Run]) {
        let count = self.held.partition_point(|held| held.at <= at);
        count.checked_sub(1).map_or((0, &[]), |last| (self.held[last].next, &self.held[last].islands))
    }
}

/// Adds a run to runs that are in order and apart.
fn join(runs: &mut Vec<Run>, mut run: Run) {
    let begin = runs.partition_point(|known| known.1 < run.0);
    let end = runs.partition_point(|known| known.0 <= run.1);
    if begin < end {
        run = (run.0.min(runs[begin].0), run.1.max(runs[end - 1].1));
    }
    runs.splice(begin..end.max(begin), [run]);
}

/// Of packets as they left, when they came whole to an end, over all routers; and which of them it threw away.
fn arrivals(story: &Story, to: Option<EndId>) -> (BTreeMap<usize, Instant>, BTreeSet<usize>) {
    let (mut arrived, mut refused) = (BTreeMap::new(), BTreeSet::new());
    let Some(to) = to else { return (arrived, refused) };
    let mut first_of: BTreeMap<usize, usize> = BTreeMap::new();
    for &packet in &story.end_of(to).received {
        let (Fate::Arrives { .. } | Fate::Seen, Some(at)) =
            (story.fate(packet), story.packets[packet].arrives)
        else {
            continue;
        };
        let mut first = packet;
        while let Some(before) = story.packets[first].forwarded.or(story.packets[first].copy_of) {
            first = before;
        }
        first_of.insert(packet, first);
        arrived.entry(first).or_insert(at);
    }
    for (place, reacted) in story.reactions.iter().enumerate() {
        if let (Some(Cause::Packet(packet)), true) = (reacted.cause, reacted.end == Some(to))
            && REFUSALS.contains(&story.reaction(place).rule.name)
            && let Some(&first) = first_of.get(&packet)
        {
            refused.insert(first);
        }
    }
    (arrived, refused)
}

/// The shortest way of what an end sent: a lost segment is shown for so long.
fn typical(story: &Story, from: EndId, arrived: &BTreeMap<usize, Instant>) -> Micros {
    let sent = &story.end_of(from).sent;
    let ways = sent.iter().filter_map(|packet| Some(arrived.get(packet)?.since(story.packets[*packet].sent)));
    ways.min().unwrap_or(Micros::from_millis(10))
}
