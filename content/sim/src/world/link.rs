//! One direction of one link: its queue, its rate, what it loses, corrupts, delays, repeats.
//!
//! ```text
//!   queue [][][] --rate--> lost? corrupted? --delay + jitter--> arrives (perhaps late, perhaps twice)
//!     '- full: thrown away       '- both by chance or by a fault
//! ```
//!
//! It knows lengths and times, not hosts, and of a datagram only whether it is ECN-capable.

use super::chance::{Chance, Purpose};
use super::spec::{FaultAction, PathPart};
use sockets::{Fate, Instant};
use std::collections::VecDeque;
use wire::{Datagram, Ecn};

/// What a link with a rate lets wait when nothing is said: Linux's txqueuelen.
const QUEUE_DATAGRAMS: u64 = 1_000;
const REORDER_BY_US: u64 = 1_000;

/// The way to one end of a link.
#[derive(Clone, Debug)]
pub(super) struct Way {
    path: PathPart,
    chance: Chance,
    mtu: u32,
    /// When the link will have sent all that it took, in nanoseconds.
    free_at_ns: u64,
    /// What is being sent and what waits behind it: when each will have been sent, and its octets.
    queue: VecDeque<(u64, u64)>,
    queued_octets: u64,
    /// Gilbert's and Elliott's bad state.
    bad: bool,
    /// The newest arrival that later datagrams may not overtake.
    in_order: Instant,
}

/// What becomes of a datagram, and whether it arrives a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    pub fate: Fate,
    pub twice: bool,
}

impl Way {
    pub fn new(path: PathPart, chance: Chance, mtu: u32) -> Way {
        Way {
            path,
            chance,
            mtu,
            free_at_ns: 0,
            queue: VecDeque::new(),
            queued_octets: 0,
            bad: false,
            in_order: Instant::START,
        }
    }

    /// Takes a datagram (marking it where it is to be marked), and says what becomes of it.
    pub fn take(&mut self, now: Instant, datagram: &mut Datagram, fault: Option<FaultAction>) -> Passage {
        self.chance.next_datagram();
        let ends = |fate| Passage { fate, twice: false };
        let length = datagram.length() as u64;
        let Some((fragments, octets)) = self.fragments(datagram, length) else { return ends(Fate::TooBig) };
        let Some(sent_at) = self.send(now, octets, datagram) else { return ends(Fate::QueueFull) };
        if fault == Some(FaultAction::Mark) {
            datagram.ip_mut().ecn = Ecn::CongestionExperienced;
        }
        let lost = self.is_lost(fragments);
        if fault == Some(FaultAction::Drop) {
            return ends(Fate::Dropped);
        }
        if lost {
            return ends(Fate::Lost);
        }
        let at = self.arrival(sent_at, fault);
        let corrupt = self.chance.happens(self.path.corrupt_ppm.unwrap_or(0), Purpose::Corruption);
        let fate = if corrupt || fault == Some(FaultAction::Corrupt) {
            Fate::Corrupted { at }
        } else {
            Fate::Arrives { at }
        };
        let twice = self.chance.happens(self.path.duplicate_ppm.unwrap_or(0), Purpose::Duplication);
        Passage { fate, twice: twice || fault == Some(FaultAction::Duplicate) }
    }

    /// How many fragments it takes and how many octets these have; `None` when it is too big and may not be fragmented. Fragments are
    /// not shown one by one: the datagram is lost with any of them (RFC 791, 2.3).
    fn fragments(&self, datagram: &Datagram, length: u64) -> Option<(u64, u64)> {
        let mtu = u64::from(self.mtu);
        if length <= mtu {
            return Some((1, length));
        }
        let ip = datagram.ip();
        if ip.dont_fragment || ip.source.is_ipv6() {
            return None;
        }
        let header = ip.header_length() as u64;
        let each = (mtu - header) / 8 * 8;
        let fragments = (length - header).div_ceil(each);
        Some((fragments, length + (fragments - 1) * header))
    }

    /// Queues and sends; says when the last bit is out, in nanoseconds, or `None` when the queue is full.
    fn send(&mut self, now: Instant, octets: u64, datagram: &mut Datagram) -> Option<u64> {
        let now_ns = now.0.saturating_mul(1_000);
        let Some(rate) = self.path.rate_bps else { return Some(now_ns) };
        while let Some(&(sent_at, gone)) = self.queue.front() {
            if sent_at > now_ns {
                break;
            }
            self.queue.pop_front();
            self.queued_octets -= gone;
        }
        // The one at the front is being sent; only those behind it wait.
        if let Some(&(_, sending)) = self.queue.front() {
            let waiting = self.queue.len() as u64 - 1;
            let waiting_octets = self.queued_octets - sending;
            if waiting >= self.path.queue_datagrams.unwrap_or(QUEUE_DATAGRAMS)
                || self.path.queue_octets.is_some_and(|limit| waiting_octets + octets > limit)
            {
                return None;
            }
            let capable = matches!(datagram.ip().ecn, Ecn::Capable0 | Ecn::Capable1);
            if capable && self.path.mark_above_datagrams.is_some_and(|threshold| waiting >= threshold) {
                datagram.ip_mut().ecn = Ecn::CongestionExperienced;
            }
        }
        // Exact in 64 bits up to 2 GB, and much faster than in 128.
        let takes_ns = octets.saturating_mul(8_000_000_000).div_ceil(rate);
        self.free_at_ns = self.free_at_ns.max(now_ns).saturating_add(takes_ns);
        self.queue.push_back((self.free_at_ns, octets));
        self.queued_octets += octets;
        Some(self.free_at_ns)
    }

    fn is_lost(&mut self, fragments: u64) -> bool {
        let loss = self.path.loss_ppm.unwrap_or(0);
        let mut lost = self.chance.happens(any_lost(loss, fragments), Purpose::Loss);
        if let Some(bursts) = &self.path.bursts {
            let turn = if self.bad { bursts.leave_ppm } else { bursts.enter_ppm };
            self.bad ^= self.chance.happens(turn, Purpose::BurstTurn);
            lost |= self.bad && self.chance.happens(bursts.loss_ppm, Purpose::BurstLoss);
        }
        lost
    }

    fn arrival(&mut self, sent_at_ns: u64, fault: Option<FaultAction>) -> Instant {
        let jitter = self.chance.up_to(self.path.jitter_us.unwrap_or(0), Purpose::Jitter);
        let delay = self.path.delay_us.unwrap_or(0).saturating_add(jitter);
        let at = Instant(sent_at_ns.div_ceil(1_000).saturating_add(delay)).max(self.in_order);
        let late = if let Some(FaultAction::DelayUs(late)) = fault {
            late
        } else if self.chance.happens(self.path.reorder_ppm.unwrap_or(0), Purpose::Reordering) {
            self.path.reorder_by_us.unwrap_or(REORDER_BY_US)
        } else {
            self.in_order = at;
            return at;
        };
        Instant(at.0.saturating_add(late))
    }
}

/// The chance, in parts per million, that any of `fragments` is lost when each is with `ppm`; rounded down.
fn any_lost(ppm: u64, fragments: u64) -> u64 {
    if fragments == 1 {
        return ppm;
    }
    let mut kept = 1_000_000;
    for _ in 0..fragments {
        kept = kept * (1_000_000 - ppm) / 1_000_000;
    }
    1_000_000 - kept
}
