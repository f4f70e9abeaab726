//! What can be drawn of one end of a connection: quantities over time, and every segment that it sent. Read once from a Story.
//!
//! Sequence numbers are counted from the initial one and do not wrap here. What the story does not tell is not guessed: it stays
//! empty, and [`Data::unknown`] says so.

use super::super::story::{EndId, Origin, Story};
use super::steps::Steps;
use sockets::{Fate, Instant, Trace, What};
use wire::{Segment, Seq};

/// A segment with octets (or SYN, or FIN) that the end sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// When it was sent.
    pub at: Instant,
    /// Which.
    pub packet: usize,
    /// The number of its first octet.
    pub first: u64,
    /// The number after its last.
    pub end: u64,
    /// Whether it was sent before.
    pub again: bool,
    /// Whether it does not arrive whole.
    pub lost: bool,
}

/// What a SACK reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sacked {
    /// When the report came.
    pub at: Instant,
    /// The number of the first octet.
    pub first: u64,
    /// The number after the last.
    pub end: u64,
}

/// One measurement: a segment and its acknowledgment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When the acknowledgment came.
    pub at: Instant,
    /// How long it took, in microseconds.
    pub us: u64,
}

/// Everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Data {
    /// When the first segment went or came.
    pub begin: Instant,
    /// When the last came or went.
    pub end: Instant,
    /// The largest payload, in octets; at least 1.
    pub mss: u64,
    /// The congestion window in octets.
    pub cwnd: Steps,
    /// The same in segments, as the sender counts it.
    pub segments: Steps,
    /// The slow-start threshold in octets.
    pub ssthresh: Steps,
    /// Octets in flight: what the sender believes to be on its way, in full segments; where it does not tell, all that is sent and
    /// not acknowledged.
    pub flight: Steps,
    /// The peer's window, in octets.
    pub rwnd: Steps,
    /// The smoothed round-trip time, in microseconds.
    pub srtt: Steps,
    /// The retransmission time-out, in microseconds.
    pub rto: Steps,
    /// From segments to their acknowledgments, in the order of these.
    pub samples: Vec<Sample>,
    /// What was sent, in the order of sending.
    pub bars: Vec<Bar>,
    /// The number after the last octet that was sent.
    pub sent: Steps,
    /// The number up to which all is acknowledged.
    pub acked: Steps,
    /// The number before which the window allows to send.
    pub edge: Steps,
    /// What was reported beyond a hole.
    pub sacks: Vec<Sacked>,
    /// The acknowledgments that came: packet, then moment and number; in the order of packets.
    pub came: Vec<(usize, (Instant, u64))>,
    /// The initial sequence number.
    pub base: Seq,
    /// What this story cannot tell, in words.
    pub unknown: Option<&'static str>,
}

/// What happens at the end, in order.
enum Happening {
    Sent(usize),
    Came(usize),
}

/// Counts on beyond 2^32.
struct Counter {
    base: Seq,
    last: Seq,
    count: u64,
}

impl Counter {
    const fn new(base: Seq) -> Counter {
        Counter { base, last: base, count: 0 }
    }

    /// The number of an octet: the one nearest to the last that was asked for.
    fn of(&mut self, seq: Seq) -> u64 {
        let step = i64::from(seq.0.wrapping_sub(self.last.0) as i32);
        let count = self.count.checked_add_signed(step).unwrap_or_else(|| seq.since(self.base).into());
        (self.last, self.count) = (seq, count);
        count
    }
}

impl Data {
    /// Reads what there is of an end.
    pub fn of(story: &Story, id: EndId) -> Data {
        let end = story.end_of(id);
        let mut happenings: Vec<(Instant, Happening)> =
            Vec::with_capacity(end.sent.len() + end.received.len());
        happenings
            .extend(end.sent.iter().map(|&packet| (story.packets[packet].sent, Happening::Sent(packet))));
        happenings.extend(end.received.iter().filter_map(|&packet| {
            let whole = !matches!(story.fate(packet), Fate::Corrupted { .. });
            Some((story.packets[packet].arrives.filter(|_| whole)?, Happening::Came(packet)))
        }));
        // What came is there before what is sent because of it.
        happenings.sort_by_key(|(at, what)| (*at, matches!(what, Happening::Sent(_))));
        let mut data = Data {
            begin: happenings.first().map_or(end.born, |(at, _)| *at),
            end: happenings.last().map_or(end.born, |(at, _)| *at),
            mss: 1,
            ..Data::default()
        };
        data.read_segments(story, id, &happenings);
        data.came.sort_unstable_by_key(|came| came.0);
        let told = data.read_levels(story, id) || data.read_samples(story, id);
        data.unknown = match (told, story.origin) {
            (true, Origin::Sampled) => {
                Some("The kernel was asked from time to time: between two answers the last one is shown.")
            }
            (true, _) => None,
            (false, Origin::Captured) => Some(
                "cwnd, ssthresh, SRTT and RTO are variables of the sender's kernel, which no capture shows. What is in flight, the window and the round-trip times are counted from the segments.",
            ),
            (false, _) => Some("This story does not tell the connection's variables."),
        };
        data
    }

    fn read_segments(&mut self, story: &Story, id: EndId, happenings: &[(Instant, Happening)]) {
        let end = story.end_of(id);
        let sent = || end.sent.iter().filter_map(|&packet| story.segment(packet));
        let base = end.iss.or_else(|| sent().next().map(|segment| segment.seq));
        let Some(base) = base else { return };
        self.base = base;
        // Windows are scaled only where both SYNs offered it (RFC 7323, 2.2).
        let offered = |mut segments: Box<dyn Iterator<Item = &Segment> + '_>| {
            segments.find(|segment| segment.flags.syn()).and_then(|syn| syn.options.window_scale())
        };
        let own = offered(Box::new(sent()));
        let peers = offered(Box::new(end.received.iter().filter_map(|&packet| story.segment(packet))));
        let shift = own.and(peers).unwrap_or(0).min(14);
        let mut counter = Counter::new(base);
        let mut highest = 0;
        let mut acked: Option<u64> = None;
        // First sendings that nothing was sent again of: their acknowledgment measures a round trip (Karn).
        let mut open: std::collections::VecDeque<(u64, Instant, bool)> = std::collections::VecDeque::new();
        for (at, happening) in happenings {
            match *happening {
                Happening::Sent(packet) => {
                    let Some(segment) = story.segment(packet).filter(|segment| segment.sequence_length() > 0)
                    else {
                        continue;
                    };
                    self.mss = self.mss.max(segment.payload.len() as u64);
                    let first = counter.of(segment.seq);
                    let after = first + u64::from(segment.sequence_length());
                    let again =
                        story.packets[packet].repeats.is_some() || story.transit(packet).retransmission;
                    let lost = !matches!(story.fate(packet), Fate::Arrives { .. } | Fate::Seen);
                    self.bars.push(Bar { at: *at, packet, first, end: after, again, lost });
                    if after > highest {
                        highest = after;
                        self.sent.push(*at, Some(highest));
                        open.push_back((after, *at, again));
                    } else {
                        for (number, _, repeated) in open.iter_mut() {
                            *repeated |= *number > first && *number <= after;
                        }
                    }
                    self.flight.push(*at, Some(highest - acked.unwrap_or(0).min(highest)));
                }
                Happening::Came(packet) => {
                    let Some(segment) = story.segment(packet) else { continue };
                    if !segment.flags.ack() || segment.flags.rst() {
                        continue;
                    }
                    let number = counter.of(segment.ack);
                    if number > highest {
                        // It acknowledges what was never sent here: nonsense, or sent before the capture began.
                        if !self.bars.is_empty() {
                            continue;
                        }
                        highest = number;
                    }
                    let before = acked.unwrap_or(0);
                    acked = Some(before.max(number));
                    self.acked.push(*at, acked);
                    self.came.push((packet, (*at, number)));
                    let mut measured = None;
                    while let Some((_, sent, repeated)) =
                        open.front().copied().filter(|open| open.0 <= number)
                    {
                        measured = (!repeated).then_some(sent).or(measured);
                        open.pop_front();
                    }
                    if let Some(sent) = measured {
                        self.samples.push(Sample { at: *at, us: at.since(sent).0 });
                    }
                    let shift = if segment.flags.syn() { 0 } else { shift };
                    let window = u64::from(segment.window) << shift;
                    if number >= before {
                        self.rwnd.push(*at, Some(window));
                        self.edge.push(*at, Some(number + window));
                    }
                    self.flight.push(*at, Some(highest - acked.unwrap_or(0).min(highest)));
                    for block in segment.options.sack() {
                        let first = counter.of(block.start);
                        let after = counter.of(block.end);
                        if after <= first || first < number {
                            continue;
                        }
                        self.sacks.push(Sacked { at: *at, first, end: after });
                        // A report measures as well as an acknowledgment does, and the later acknowledgment would measure the hole.
                        let from = open.partition_point(|open| open.0 <= first);
                        let to = open.partition_point(|open| open.0 <= after);
                        let reported = open.range_mut(from..to).filter(|open| !open.2);
                        if let Some(sent) = reported
                            .map(|open| {
                                open.2 = true;
                                open.1
                            })
                            .last()
                        {
                            self.samples.push(Sample { at: *at, us: at.since(sent).0 });
                        }
                    }
                }
            }
        }
    }

    /// A sequence number as it is counted here: the one nearest to what was sent last.
    pub fn number(&self, seq: Seq) -> u64 {
        let last = self.sent.last().unwrap_or(0);
        let step = i64::from(seq.since(self.base).wrapping_sub(last as u32) as i32);
        last.checked_add_signed(step).unwrap_or_else(|| seq.since(self.base).into())
    }

    /// The engine's own variables replace what was counted.
    fn read_levels(&mut self, story: &Story, id: EndId) -> bool {
        let records = story.log().records();
        let told = &story.end_of(id).levels;
        if told.is_empty() {
            return false;
        }
        self.flight = Steps::default();
        for &record in told {
            let What::Trace(Trace::Levels { levels, .. }) = &records[record].what else { continue };
            let at = records[record].at;
            let mss = u64::from(levels.mss.max(1));
            self.mss = self.mss.max(mss);
            self.cwnd.push(at, Some(u64::from(levels.cwnd) * mss));
            self.segments.push(at, Some(levels.cwnd.into()));
            let threshold =
                (levels.ssthresh != u32::MAX).then(|| u64::from(levels.ssthresh).saturating_mul(mss));
            self.ssthresh.push(at, threshold);
            self.flight.push(at, Some(u64::from(levels.in_flight) * mss));
            self.srtt.push(at, Some(u64::from(levels.srtt_us)).filter(|us| *us > 0));
            self.rto.push(at, Some(u64::from(levels.rto_us)).filter(|us| *us > 0));
        }
        true
    }

    /// What a kernel said when it was asked.
    fn read_samples(&mut self, story: &Story, id: EndId) -> bool {
        let records = story.log().records();
        let mut told = false;
        for &record in &story.end_of(id).samples {
            let What::State { sample, .. } = &records[record].what else { continue };
            let Some(path) = &sample.path else { continue };
            let at = records[record].at;
            if !told && self.bars.is_empty() {
                self.begin = at;
            }
            told = true;
            self.end = self.end.max(at);
            let mss = u64::from(path.mss.max(1));
            self.mss = self.mss.max(mss);
            self.cwnd.push(at, Some(u64::from(path.cwnd) * mss));
            self.segments.push(at, Some(path.cwnd.into()));
            self.ssthresh.push(at, path.ssthresh.map(|segments| u64::from(segments).saturating_mul(mss)));
            self.srtt.push(at, Some(u64::from(path.rtt_us)).filter(|us| *us > 0));
            self.rto.push(at, Some(u64::from(path.rto_us)).filter(|us| *us > 0));
            if self.bars.is_empty() {
                self.flight.push(at, Some(u64::from(path.unacked) * mss));
            }
        }
        told
    }

    /// Octets that were newly acknowledged in each interval, from the beginning on.
    pub fn goodput(&self, interval: sockets::Micros) -> Steps {
        let mut steps = Steps::default();
        if self.acked.is_empty() || interval.0 == 0 {
            return steps;
        }
        let at = |place: u64| Instant(self.begin.0.saturating_add(place.saturating_mul(interval.0)));
        // The SYN is no octet.
        let mut before = 1;
        let points = self.acked.points();
        let mut next = 0;
        let count = self.end.since(self.begin).0 / interval.0 + 1;
        for place in 0..count {
            let end = at(place + 1);
            let mut now = before;
            while let Some((_, value)) = points.get(next).filter(|(when, _)| *when < end) {
                now = value.unwrap_or(now).max(now);
                next += 1;
            }
            let bits = u128::from(now - before) * 8 * 1_000_000 / u128::from(interval.0);
            steps.push(at(place), Some(u64::try_from(bits).unwrap_or(u64::MAX)));
            before = now;
        }
        steps.push(at(count), None);
        steps
    }
}
