//! After a retransmission time-out: what is lost, what the window becomes, and whether the time-out was needless (RFC 5681, 3.1;
//! RFC 5682; RFC 8985, 6.3).

use super::Turning;
use super::ack::{Finding, Resend};
use super::connection::Connection;
use crate::rules;
use sockets::{Congestion, Quantity};

impl Connection {
    /// The retransmission timer fired (RFC 5681, 3.1 (4); RFC 8985, 6.3).
    pub(super) fn enter_loss(&mut self, turn: &mut Turning<'_>) {
        let new_recovery = self.recovery.state < Congestion::Recovery;
        self.mark_lost_by_timeout(turn);
        if self.recovery.state <= Congestion::Disorder
            || self.recovery.high_seq.precedes_or_is(self.snd.una)
            || self.recovery.state == Congestion::Loss && self.snd.retries == 0
        {
            self.recovery.prior_ssthresh = self.current_threshold();
            self.recovery.prior_cwnd = self.control.cwnd;
            let before = self.control.ssthresh;
            self.control.ssthresh = self.control.reduce();
            turn.tell_change(
                &rules::SSTHRESH,
                self.state,
                Quantity::SlowStartThreshold,
                u64::from(before),
                u64::from(self.control.ssthresh),
            );
            self.begin_undo();
        }
        let before = self.control.cwnd;
        self.control.cwnd = self.in_flight() + 1;
        self.control.forget_count();
        self.control.stamp = turn.now;
        turn.tell_change(
            &rules::LOSS_WINDOW,
            self.state,
            Quantity::CongestionWindow,
            u64::from(before),
            u64::from(self.control.cwnd),
        );
        if self.recovery.state <= Congestion::Disorder && self.queue.sacked >= turn.profile.reordering {
            self.recovery.reordering = self.recovery.reordering.min(turn.profile.reordering);
        }
        self.set_congestion(Congestion::Loss, turn);
        self.recovery.high_seq = self.snd.nxt;
        self.recovery.tail_probe = None;
        self.queue_cwr();
        self.recovery.frto = turn.profile.frto > 0 && (new_recovery || self.snd.retries > 0);
    }

    pub(super) fn mark_lost_by_timeout(&mut self, turn: &mut Turning<'_>) {
        let before = self.queue.lost;
        let reneged = self.queue.sent.front().is_some_and(|head| head.marks.sacked);
        if reneged {
            self.queue.sacked = 0;
            self.recovery.reneged = true;
            for chunk in &mut self.queue.sent {
                chunk.marks.sacked = false;
            }
            self.queue.highest_sacked = None;
        } else if !self.agreed.sack {
            self.queue.sacked = 0;
        }
        for index in 0..self.queue.sent.len() {
            // What was sent only recently may still arrive.
            let recent = index > 0 && !reneged && self.rack_remaining(index, 0, turn.now) > 0;
            if !recent {
                self.queue.mark_lost(index);
            }
        }
        turn.tell_change(
            &rules::TIMEOUT_MARKS,
            self.state,
            Quantity::Lost,
            u64::from(before),
            u64::from(self.queue.lost),
        );
    }

    /// After a time-out (RFC 5682, 3.1, in its SACK-enhanced version).
    pub(super) fn process_loss(
        &mut self,
        finding: &Finding,
        duplicates: u32,
        resend: &mut Resend,
        turn: &mut Turning<'_>,
    ) {
        let recovered = self.recovery.high_seq.precedes_or_is(self.snd.una);
        if finding.una_advanced && self.try_undo_loss(false, turn) {
            return;
        }
        if self.recovery.frto {
            // Step 3b: something that was sent only once arrived.
            if finding.original_acked && self.try_undo_loss(true, turn) {
                return;
            }
            if self.recovery.high_seq.precedes(self.snd.nxt) {
                if finding.data_sacked || duplicates > 0 {
                    self.recovery.frto = false;
                }
            } else if finding.una_advanced && !recovered {
                self.recovery.high_seq = self.snd.nxt;
                if !self.queue.unsent.is_empty() && self.snd.nxt.precedes(self.window_end()) {
                    *resend = Resend::New;
                    turn.tell(&rules::FRTO, self.state, self.state, None);
                    return;
                }
                self.recovery.frto = false;
            }
        }
        if recovered {
            self.try_undo_recovery(turn);
            return;
        }
        if !self.agreed.sack {
            if self.recovery.high_seq.precedes(self.snd.nxt) && duplicates > 0 {
                self.add_reno_sacks(duplicates, turn);
            } else if finding.una_advanced {
                self.queue.sacked = 0;
            }
        }
        *resend = Resend::Lost;
    }
}
