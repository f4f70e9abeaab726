//! Taking a reduction back when the retransmission was for nothing: by timestamps (RFC 3522), DSACK (RFC 3708) or F-RTO (RFC 5682).

use super::Turning;
use super::connection::Connection;
use crate::rules;
use sockets::{Congestion, Instant, Quantity, State};
use wire::Seq;

impl Connection {
    /// The acknowledgment answers something sent before the first retransmission (RFC 3522, by timestamps).
    pub(super) fn original_was_late(&self) -> bool {
        match self.snd.retransmits_since {
            Some(since) => self.echo_is_before(since),
            None => self.state != State::SynSent,
        }
    }

    /// The last timestamp that the peer echoed is from before that moment.
    pub(super) fn echo_is_before(&self, moment: Instant) -> bool {
        self.agreed.timestamps
            && self.rcv.last_echo != 0
            && (self.rcv.last_echo.wrapping_sub(self.timestamp(moment)) as i32) < 0
    }

    pub(super) fn may_undo(&self) -> bool {
        self.recovery.undo_marker.is_some()
            && (self.recovery.undo_retransmits == 0 || self.original_was_late())
    }

    pub(super) fn undo_reduction(&mut self, unmark: bool, turn: &mut Turning<'_>) {
        if unmark {
            for chunk in &mut self.queue.sent {
                chunk.marks.lost = false;
            }
            self.queue.lost = 0;
        }
        if self.recovery.prior_ssthresh > 0 {
            let before = self.control.cwnd;
            self.control.cwnd = self.control.cwnd.max(self.recovery.prior_cwnd);
            if self.recovery.prior_ssthresh > self.control.ssthresh {
                self.control.ssthresh = self.recovery.prior_ssthresh;
                self.snd.cwr = false;
            }
            turn.tell_change(
                &rules::UNDO,
                self.state,
                Quantity::CongestionWindow,
                u64::from(before),
                u64::from(self.control.cwnd),
            );
        }
        self.control.stamp = turn.now;
        self.recovery.undo_marker = None;
        self.recovery.rack.advanced = true;
    }

    pub(super) fn try_undo_recovery(&mut self, turn: &mut Turning<'_>) -> bool {
        if self.may_undo() {
            self.undo_reduction(false, turn);
        } else if self.recovery.rack.window_persists > 0 {
            self.recovery.rack.window_persists -= 1;
        }
        if self.reno_stays() {
            return true;
        }
        self.set_congestion(Congestion::Open, turn);
        self.recovery.reneged = false;
        false
    }

    /// RFC 6582, 3.2: without SACK the state is held until something above high_seq is acknowledged, or old duplicates would start
    /// another fast retransmit.
    pub(super) fn reno_stays(&self) -> bool {
        self.snd.una == self.recovery.high_seq && !self.agreed.sack
    }

    pub(super) fn try_undo_by_dsack(&mut self, turn: &mut Turning<'_>) -> bool {
        if self.recovery.undo_marker.is_some() && self.recovery.undo_retransmits == 0 {
            let rack = &mut self.recovery.rack;
            rack.window_persists = (rack.window_persists + 1).min(super::rack::PERSISTS);
            self.undo_reduction(false, turn);
            return true;
        }
        false
    }

    pub(super) fn try_undo_loss(&mut self, by_frto: bool, turn: &mut Turning<'_>) -> bool {
        if !by_frto && !self.may_undo() {
            return false;
        }
        self.undo_reduction(true, turn);
        self.snd.retries = 0;
        if self.reno_stays() {
            return true;
        }
        if by_frto || self.agreed.sack {
            self.set_congestion(Congestion::Open, turn);
            self.recovery.reneged = false;
        }
        true
    }

    pub(super) fn try_undo_partial(&mut self, prior_una: Seq, turn: &mut Turning<'_>) -> bool {
        if self.recovery.undo_marker.is_none() || !self.original_was_late() {
            return false;
        }
        self.note_reordering(prior_una, turn);
        if self.queue.retransmitted > 0 {
            return true;
        }
        if !self.any_retransmission() {
            self.snd.retransmits_since = None;
        }
        self.undo_reduction(true, turn);
        self.try_keep_open(turn);
        false
    }
}
