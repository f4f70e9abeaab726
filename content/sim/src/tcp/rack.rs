//! RACK (RFC 8985): a segment is lost when one sent after it has arrived, and the reordering window has passed.

use super::Turning;
use super::connection::Connection;
use super::queue::Chunk;
use super::rate::Sample;
use crate::rules;
use sockets::{Congestion, Instant, Micros, Quantity, Timer};
use wire::Seq;

/// How many recoveries a widened reordering window lasts.
pub(super) const PERSISTS: u32 = 16;
/// Linux's shortest timer.
pub(super) const LEAST_TIMER: u64 = 2_000;

#[derive(Debug)]
pub(super) struct Rack {
    /// When the newest segment that arrived was sent, and its end.
    pub sent_at: Instant,
    pub end: Seq,
    order: u32,
    /// That segment's round-trip time in microseconds.
    pub rtt_us: u32,
    pub advanced: bool,
    pub dsack_seen: bool,
    /// The reordering window in quarters of the least round-trip time.
    pub window_steps: u32,
    pub window_persists: u32,
    last_delivered: u32,
}

impl Rack {
    pub fn new() -> Rack {
        Rack {
            sent_at: Instant::START,
            end: Seq(0),
            order: 0,
            rtt_us: 0,
            advanced: false,
            dsack_seen: false,
            window_steps: 1,
            window_persists: 0,
            last_delivered: 0,
        }
    }
}

/// When a segment was sent: the time, the transmission at that time, and the segment's place in it.
type Sent = (Instant, u32, Seq);

fn sent_after(sent: Sent, other: Sent) -> bool {
    let later = (sent.1.wrapping_sub(other.1) as i32).cmp(&0);
    sent.0 > other.0 || sent.0 == other.0 && (later.is_gt() || later.is_eq() && other.2.precedes(sent.2))
}

impl Connection {
    /// A segment arrived, as SACK or an acknowledgment says (RFC 8985, 6.2, steps 2 and 3).
    pub(super) fn rack_advance(&mut self, chunk: &Chunk, was_retransmitted: bool, now: Instant) {
        let rtt = self.chunk_age(chunk, now).min(u64::from(u32::MAX)) as u32;
        // Faster than the path can be: it acknowledges the original.
        if was_retransmitted && rtt < self.rtt.least() {
            return;
        }
        let rack = &mut self.recovery.rack;
        rack.advanced = true;
        rack.rtt_us = rtt;
        if sent_after((chunk.sent_at, chunk.order, chunk.after()), (rack.sent_at, rack.order, rack.end)) {
            rack.sent_at = chunk.sent_at;
            rack.order = chunk.order;
            rack.end = chunk.after();
        }
    }

    /// How long a late segment is waited for, in microseconds (RFC 8985, 6.2, step 4).
    fn rack_window(&self, no_threshold: bool) -> u32 {
        let recovery = &self.recovery;
        if recovery.reorderings_seen == 0 {
            if recovery.state >= Congestion::Recovery {
                return 0;
            }
            if self.queue.sacked >= recovery.reordering && !no_threshold {
                return 0;
            }
        }
        let quarter = match self.rtt.least() {
            u32::MAX => u32::MAX,
            least => least >> 2,
        };
        quarter.saturating_mul(recovery.rack.window_steps).min(self.rtt.srtt())
    }

    /// How much longer a segment is waited for, in microseconds; not positive when it is lost.
    pub(super) fn rack_remaining(&self, index: usize, window: u32, now: Instant) -> i64 {
        let chunk = &self.queue.sent[index];
        i64::from(self.recovery.rack.rtt_us) + i64::from(window) - now.since(chunk.sent_at).0 as i64
    }

    /// Marks what is lost, and says how long to wait for the rest (RFC 8985, 6.2, step 5).
    fn rack_detect(&mut self, turn: &mut Turning<'_>) -> u64 {
        let window = self.rack_window(turn.profile.recovery & 4 != 0);
        let rack = &self.recovery.rack;
        let newest = (rack.sent_at, rack.order, rack.end);
        let before = self.queue.lost;
        let mut wait = 0;
        for index in 0..self.queue.sent.len() {
            let chunk = &self.queue.sent[index];
            let marks = chunk.marks;
            if marks.sacked || marks.judged || marks.lost && !marks.retransmitted {
                continue;
            }
            if !sent_after(newest, (chunk.sent_at, chunk.order, chunk.after())) {
                continue;
            }
            let remaining = self.rack_remaining(index, window, turn.now);
            if remaining <= 0 {
                self.queue.mark_lost(index);
                self.queue.sent[index].marks.judged = true;
            } else {
                wait = wait.max(remaining as u64);
            }
        }
        if self.queue.lost != before {
            turn.tell_change(
                &rules::RACK,
                self.state,
                Quantity::Lost,
                u64::from(before),
                u64::from(self.queue.lost),
            );
        }
        wait
    }

    /// Looks for losses after an acknowledgment; true when it set the reordering timer.
    pub(super) fn rack_mark_lost(&mut self, turn: &mut Turning<'_>) -> bool {
        if !self.recovery.rack.advanced {
            return false;
        }
        self.recovery.rack.advanced = false;
        let wait = self.rack_detect(turn);
        if wait == 0 {
            return false;
        }
        let at = turn.now + Micros((wait + LEAST_TIMER).min(u64::from(self.rtt.rto_us)));
        self.arm(Timer::Reordering, at, turn);
        true
    }

    /// The reordering window has passed (RFC 8985, 6.2, step 5).
    pub(super) fn on_reordering_timer(&mut self, turn: &mut Turning<'_>) {
        let before = self.in_flight();
        let lost = self.queue.ever_lost;
        self.rack_detect(turn);
        if before != self.in_flight() {
            if self.recovery.state != Congestion::Recovery {
                self.enter_recovery(false, turn);
                let newly = self.queue.ever_lost - lost;
                self.reduce_proportionally(1, newly, false, turn);
            }
            self.retransmit_lost(turn);
        }
        if !matches!(self.timers.transmit, Some((Timer::Retransmission, _))) {
            self.rearm_retransmission(turn);
        }
    }

    /// DSACKs widen the reordering window, quiet recoveries narrow it again (RFC 8985, 6.2, step 4).
    pub(super) fn rack_update_window(&mut self, sample: &Sample, turn: &Turning<'_>) {
        if turn.profile.recovery & 2 != 0 || !sample.any || sample.prior_delivered == 0 {
            return;
        }
        let delivered = self.delivery.count;
        let rack = &mut self.recovery.rack;
        if (sample.prior_delivered.wrapping_sub(rack.last_delivered) as i32) < 0 {
            rack.dsack_seen = false;
        }
        if rack.dsack_seen {
            rack.window_steps = (rack.window_steps + 1).min(255);
            rack.dsack_seen = false;
            rack.last_delivered = delivered;
            rack.window_persists = PERSISTS;
        } else if rack.window_persists == 0 {
            rack.window_steps = 1;
        }
    }
}
