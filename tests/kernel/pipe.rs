//! The path between the two hosts, without a clock of its own: delay, faults aimed at single segments, injected segments, and a
//! record of all that went in. The kernel's packets and the engine's go through the same pipe, so both meet the same fate.

use crate::kernel::scenario::{Fault, Injection, Kind, Scenario, Side, Twist, pattern};
use std::collections::BTreeMap;
use wire::{Internet, Options, SackBlock, Segment, Seq, TcpOption};

/// A path under way.
#[derive(Debug)]
pub struct Pipe {
    delay: u64,
    renumber: bool,
    faults: Vec<(Fault, usize)>,
    under_way: BTreeMap<(u64, usize), (Side, Segment)>,
    queued: usize,
    flows: BTreeMap<(u16, u16), Flow>,
    latest: (u16, u16),
    seen: Vec<Seen>,
}

/// A segment that went into the pipe.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When, in microseconds since the scenario began.
    pub at: u64,
    pub from: Side,
    pub segment: Segment,
    pub fate: &'static str,
    /// A's port and B's.
    pub ports: (u16, u16),
    /// SEG.SEQ and SEG.ACK from the first number of either direction on: 0 is the SYN.
    pub seq: Number,
    pub ack: Number,
    /// SACK blocks, likewise.
    pub sack: Vec<(Number, Number)>,
    /// TSval and TSecr from the first TSval of either host on.
    pub stamps: Option<(u32, u32)>,
}

/// A sequence number from the first of its direction on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// In the connection that the direction's newest SYN began.
    Here(u32),
    /// In the one before, between the same ports.
    Before(u32),
    /// Nowhere near either.
    Elsewhere,
}

/// What the pipe knows of the connections between two ports, by side.
#[derive(Clone, Copy, Debug, Default)]
struct Flow {
    /// The newest SYN's number.
    first: [Option<Seq>; 2],
    /// The number of the SYN before, of an earlier connection.
    before: [Option<Seq>; 2],
    next: [Seq; 2],
    first_stamp: [Option<u32>; 2],
    stamp: [u32; 2],
    window: [u16; 2],
    /// What is added to a host's numbers on their way.
    shift: [u32; 2],
}

/// Where renumbered directions begin: so that the numbers wrap within the first segments.
const BEFORE_THE_WRAP: u32 = 0u32.wrapping_sub(2_000);

impl Pipe {
    pub fn new(scenario: &Scenario) -> Pipe {
        Pipe {
            delay: scenario.delay,
            renumber: scenario.renumber,
            faults: scenario.faults.iter().map(|fault| (*fault, 0)).collect(),
            under_way: BTreeMap::new(),
            queued: 0,
            flows: BTreeMap::new(),
            latest: (0, 0),
            seen: Vec::new(),
        }
    }

    /// A host sends a segment.
    pub fn offer(&mut self, now: u64, from: Side, segment: Segment) {
        let segment = self.renumbered(from, segment);
        let mut fate = "";
        let mut twist = None;
        for (fault, count) in &mut self.faults {
            if fault.from == from && fault.kind.is(&segment) {
                *count += 1;
                if (fault.first..=fault.last).contains(count) {
                    twist = Some(fault.what);
                }
            }
        }
        let mut arriving = segment.clone();
        let mut arrives = now + self.delay;
        match twist {
            None => {}
            Some(Twist::Drop) => fate = "dropped",
            Some(Twist::Delay(more)) => {
                fate = "delayed";
                arrives += more * 1_000;
            }
            Some(Twist::Twice(later)) => {
                fate = "duplicated";
                self.queue(arrives + later * 1_000, from.other(), segment.clone());
            }
            Some(Twist::Mark(mark)) => {
                fate = "marked";
                arriving.ip.ecn = mark;
            }
        }
        if fate != "dropped" {
            self.queue(arrives, from.other(), arriving);
        }
        self.note(now, from, segment, fate, true);
    }

    /// What comes out at the other end now: to whom, and what.
    pub fn due(&mut self, now: u64) -> Option<(Side, Segment)> {
        let first = self.under_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// When something comes out next.
    pub fn wakes_at(&self) -> Option<u64> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// Puts a segment into the connection that was seen last; it comes out after the delay.
    pub fn inject(&mut self, now: u64, injection: &Injection) {
        let Injection { from, flags, seq, ack, length, timestamp } = *injection;
        let flow = self.flows.get(&self.latest).copied().unwrap_or_default();
        let (own, peer) = (from as usize, from.other() as usize);
        let mut options = Options::NONE;
        if let (Some(ahead), Some(_)) = (timestamp, flow.first_stamp[own]) {
            let stamps = TcpOption::Timestamps {
                value: flow.stamp[own].wrapping_add_signed(ahead),
                echo: flow.stamp[peer],
            };
            for option in [TcpOption::Nop, TcpOption::Nop, stamps] {
                options.push(option).expect("twelve of forty octets");
            }
        }
        let (source_port, destination_port) = match from {
            Side::A => self.latest,
            Side::B => (self.latest.1, self.latest.0),
        };
        let segment = Segment {
            ip: Internet::between(from.address().into(), from.other().address().into()),
            source_port,
            destination_port,
            seq: flow.next[own] + seq as u32,
            ack: if flags.ack() { flow.next[peer] + ack as u32 } else { Seq(0) },
            flags,
            window: flow.window[own],
            urgent: 0,
            options,
            payload: pattern(length),
        };
        self.queue(now + self.delay, from.other(), segment.clone());
        self.note(now, from, segment, "injected", false);
    }

    /// All that went in, oldest first.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// How many segments of a kind a host has sent.
    pub fn count(&self, from: Side, kind: Kind) -> usize {
        let counts = |seen: &&Seen| seen.from == from && seen.fate != "injected" && kind.is(&seen.segment);
        self.seen.iter().filter(counts).count()
    }

    fn queue(&mut self, at: u64, to: Side, segment: Segment) {
        self.queued += 1;
        let segment = self.numbered_back(to, segment);
        self.under_way.insert((at, self.queued), (to, segment));
    }

    fn note(&mut self, at: u64, from: Side, segment: Segment, fate: &'static str, own_doing: bool) {
        let ports = ports(from, &segment);
        let (own, peer) = (from as usize, from.other() as usize);
        let flow = self.flows.entry(ports).or_default();
        let stamps = segment.options.timestamps();
        if own_doing {
            self.latest = ports;
            if segment.flags.syn() && flow.first[own] != Some(segment.seq) {
                flow.before[own] = flow.first[own];
                flow.first[own] = Some(segment.seq);
                flow.next[own] = segment.seq;
                flow.first_stamp[own] = None;
            }
            flow.next[own] = flow.next[own].latest(segment.end());
            flow.window[own] = segment.window;
            if let Some((value, _)) = stamps {
                flow.first_stamp[own].get_or_insert(value);
                flow.stamp[own] = value;
            }
        }
        let since = |side: usize, number: Seq| flow.place(side, number);
        let stamped = |side: usize, value: u32| match flow.first_stamp[side] {
            Some(first) if value != 0 => value.wrapping_sub(first),
            _ => value,
        };
        self.seen.push(Seen {
            at,
            from,
            fate,
            ports,
            seq: since(own, segment.seq),
            ack: since(peer, segment.ack),
            sack: segment
                .options
                .sack()
                .map(|block| (since(peer, block.start), since(peer, block.end)))
                .collect(),
            stamps: stamps.map(|(value, echo)| (stamped(own, value), stamped(peer, echo))),
            segment,
        });
    }

    /// A host's own numbers, moved to where they are on the wire. Acknowledgments came in the wire's numbers already.
    fn renumbered(&mut self, from: Side, mut segment: Segment) -> Segment {
        if self.renumber {
            let flow = self.flows.entry(ports(from, &segment)).or_default();
            let shift = &mut flow.shift[from as usize];
            if segment.flags.syn() && *shift == 0 {
                *shift = BEFORE_THE_WRAP.wrapping_sub(segment.seq.0);
            }
            segment.seq += *shift;
        }
        segment
    }

    /// Acknowledgments on the wire, moved back to the numbers that the host knows.
    fn numbered_back(&self, to: Side, mut segment: Segment) -> Segment {
        let shift = self.flows.get(&ports(to.other(), &segment)).map_or(0, |flow| flow.shift[to as usize]);
        if shift == 0 {
            return segment;
        }
        if segment.flags.ack() {
            segment.ack = segment.ack - shift;
        }
        let mut options = Options::NONE;
        for option in segment.options.iter() {
            match option {
                TcpOption::Sack(blocks) => {
                    let moved =
                        |block: SackBlock| SackBlock { start: block.start - shift, end: block.end - shift };
                    options.push_sack(&blocks.blocks().map(moved).collect::<Vec<_>>())
                }
                other => options.push(other),
            }
            .expect("as long as they were");
        }
        segment.options = options;
        segment
    }
}

impl Flow {
    fn place(&self, side: usize, number: Seq) -> Number {
        let away = |first: Seq| number.since(first).min(first.since(number));
        let near = |first: Option<Seq>| first.filter(|first| away(*first) < FAR);
        match (near(self.first[side]), near(self.before[side]), self.first[side]) {
            (Some(here), Some(before), _) if away(before) < away(here) => {
                Number::Before(number.since(before))
            }
            (Some(here), ..) => Number::Here(number.since(here)),
            (None, Some(before), _) => Number::Before(number.since(before)),
            // A host that never sent a SYN: RST with the number 0.
            (None, None, None) => Number::Here(number.0),
            (None, None, Some(_)) => Number::Elsewhere,
        }
    }
}

/// How far from the first number one may be to count as the connection's.
const FAR: u32 = 1 << 21;

/// A's port and B's.
fn ports(from: Side, segment: &Segment) -> (u16, u16) {
    match from {
        Side::A => (segment.source_port, segment.destination_port),
        Side::B => (segment.destination_port, segment.source_port),
    }
}
