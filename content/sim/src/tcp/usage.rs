//! How far the congestion window is used, and what becomes of it when it is not (RFC 5681, 4.1; RFC 2861).

use super::Turning;
use super::connection::{Connection, Waiting};
use crate::rules;
use sockets::{Congestion, Quantity};

impl Connection {
    /// Silence between the last data and now: the window begins again (RFC 5681, 4.1).
    pub(super) fn restart_after_idle(&mut self, turn: &mut Turning<'_>) {
        let idle = turn.now.since(self.snd.last_data).0;
        let rto = u64::from(self.rtt.rto_us);
        if !turn.profile.slow_start_after_idle || !self.queue.sent.is_empty() || idle <= rto {
            return;
        }
        let before = self.control.cwnd;
        let floor = turn.profile.initial_window().min(before);
        self.control.ssthresh = self.control.ssthresh.max((before >> 1) + (before >> 2));
        let mut left = idle;
        let mut cwnd = before;
        while left > rto && cwnd > floor {
            left -= rto;
            cwnd >>= 1;
        }
        self.control.cwnd = cwnd.max(floor);
        self.control.stamp = turn.now;
        self.control.used = 0;
        turn.tell_change(
            &rules::IDLE_RESTART,
            self.state,
            Quantity::CongestionWindow,
            u64::from(before),
            u64::from(self.control.cwnd),
        );
    }

    /// Whether the window was what bounded the sender decides whether it may grow (RFC 7661's concern, Linux's way).
    pub(super) fn validate_window(&mut self, limited: bool, turn: &mut Turning<'_>) {
        let out = self.queue.out();
        let control = &mut self.control;
        if control.usage_end.precedes_or_is(self.snd.una)
            || limited
            || !control.limited && out > control.most_out
        {
            control.limited = limited;
            control.most_out = out;
            control.usage_end = self.snd.nxt;
        }
        if control.is_limited() {
            control.used = 0;
            control.stamp = turn.now;
        } else {
            control.used = control.used.max(out);
            let idle = turn.now.since(control.stamp).0;
            if turn.profile.slow_start_after_idle && idle >= u64::from(self.rtt.rto_us) {
                self.reduce_unused_window(turn);
            }
            if self.queue.unsent.is_empty() && self.snd.no_space && self.is_synchronized() {
                self.chrono(Waiting::Buffer, turn.now);
            }
        }
    }

    /// The program gives new data: whether it was what bounded the sender until now, as the delivery rate is to know.
    pub(super) fn note_application_limit(&mut self) {
        let waiting = self.snd.end.since(self.snd.nxt.earliest(self.snd.end));
        if waiting < u32::from(self.snd.mss)
            && self.in_flight() < self.control.cwnd
            && self.queue.lost <= self.queue.retransmitted
        {
            self.delivery.application_limited = self.delivery.count.wrapping_add(self.in_flight()).max(1);
        }
    }

    /// A window that was not used fully for an RTO moves halfway to what was used (RFC 2861).
    pub(super) fn reduce_unused_window(&mut self, turn: &mut Turning<'_>) {
        if self.recovery.state == Congestion::Open && !self.snd.no_space {
            let used = self.control.used.max(turn.profile.initial_window());
            if used < self.control.cwnd {
                let before = self.control.cwnd;
                self.control.ssthresh = self.control.ssthresh.max((before >> 1) + (before >> 2));
                self.control.cwnd = (before + used) >> 1;
                turn.tell_change(
                    &rules::UNUSED_WINDOW,
                    self.state,
                    Quantity::CongestionWindow,
                    u64::from(before),
                    u64::from(self.control.cwnd),
                );
            }
        }
        self.control.used = 0;
        self.control.stamp = turn.now;
    }
}
