//! Loss recovery: when a loss is believed, what the window becomes, and when the belief is taken back.
//!
//! ```text
//!             SACK, duplicate ACK          RACK (or the third duplicate ACK)
//!      Open ----------------> Disorder ----------------------> Recovery
//!       ^ ^                      |                                 |  PRR: RFC 9937
//!       | '----- high_seq acknowledged, or undone -----------------'
//!       |                 ECE                    time-out
//!       '---- CWR <------------            Loss <--------- any   (F-RTO: RFC 5682)
//! ```
//!
//! RFC 5681, RFC 6582 (NewReno), RFC 6675's pipe, RFC 8985 (RACK-TLP) and the undoing of needless reductions by timestamps (RFC 3522)
//! and DSACK (RFC 3708), in the way in which Linux puts them together.

use super::Turning;
use super::ack::{Finding, Resend};
use super::congestion::INFINITE;
use super::connection::Connection;
use super::rack::Rack;
use crate::rules;
use sockets::{Congestion, Instant, Quantity};
use wire::Seq;

#[derive(Debug)]
pub(super) struct Recovery {
    pub state: Congestion,
    /// The trouble is over when this is acknowledged.
    pub high_seq: Seq,
    /// The reordering degree in segments (dupthresh).
    pub reordering: u32,
    pub reorderings_seen: u32,
    /// SND.UNA when the recovery began, as long as it may be taken back.
    pub undo_marker: Option<Seq>,
    /// Retransmissions that no DSACK has called needless; -1 when there were none to begin with.
    pub undo_retransmits: i32,
    /// ssthresh before; 0 when the reduction must stand (ECN).
    pub prior_ssthresh: u32,
    pub prior_cwnd: u32,
    /// PRR's counters (RFC 9937).
    pub prr_delivered: u32,
    pub prr_out: u32,
    /// F-RTO is looking whether the time-out was spurious.
    pub frto: bool,
    pub rack: Rack,
    pub tail_probe: Option<TailProbe>,
    /// SACK reported what the receiver then threw away (RFC 2018, 8).
    pub reneged: bool,
}

/// A tail loss probe in flight (RFC 8985, 7).
#[derive(Clone, Copy, Debug)]
pub(super) struct TailProbe {
    pub high_seq: Seq,
    pub retransmitted: bool,
}

impl Recovery {
    pub fn new(reordering: u32, iss: Seq) -> Recovery {
        Recovery {
            state: Congestion::Open,
            high_seq: iss,
            reordering,
            reorderings_seen: 0,
            undo_marker: None,
            undo_retransmits: 0,
            prior_ssthresh: 0,
            prior_cwnd: 0,
            prr_delivered: 0,
            prr_out: 0,
            frto: false,
            rack: Rack::new(),
            tail_probe: None,
            reneged: false,
        }
    }
}

impl Connection {
    /// Something about this acknowledgment is dubious: the state machine of recovery.
    pub(super) fn alert(
        &mut self,
        prior_una: Seq,
        duplicates: u32,
        finding: &mut Finding,
        resend: &mut Resend,
        turn: &mut Turning<'_>,
    ) {
        let reno = !self.agreed.sack;
        if self.queue.out() == 0 && self.queue.sacked > 0 {
            self.queue.sacked = 0;
        }
        if finding.ece {
            self.recovery.prior_ssthresh = 0;
        }
        // RFC 2018, 8: what SACK reported lies at the head of the queue, and is not acknowledged.
        if finding.una_advanced && self.queue.sent.front().is_some_and(|head| head.marks.sacked) {
            self.renege(finding, turn);
            return;
        }
        if self.recovery.state == Congestion::Open {
            self.snd.retransmits_since = None;
        } else if self.recovery.high_seq.precedes_or_is(self.snd.una) {
            match self.recovery.state {
                Congestion::Cwr if self.snd.una != self.recovery.high_seq => {
                    self.end_reduction(turn);
                    self.set_congestion(Congestion::Open, turn);
                }
                Congestion::Recovery => {
                    if reno {
                        self.queue.sacked = 0;
                    }
                    if self.try_undo_recovery(turn) {
                        return;
                    }
                    self.end_reduction(turn);
                }
                _ => {}
            }
        }
        match self.recovery.state {
            Congestion::Recovery => {
                if !finding.una_advanced {
                    if reno {
                        self.add_reno_sacks(duplicates, turn);
                    }
                } else if self.try_undo_partial(prior_una, turn) {
                    return;
                }
                if self.try_undo_by_dsack(turn) {
                    self.try_to_open(finding.ece, turn);
                }
                self.look_for_losses(finding, turn);
                if self.recovery.state != Congestion::Recovery {
                    if self.queue.lost == 0 {
                        return;
                    }
                    self.enter_recovery(finding.ece, turn);
                }
            }
            Congestion::Loss => {
                self.process_loss(finding, duplicates, resend, turn);
                if self.recovery.state != Congestion::Loss {
                    self.end_timeouts(turn.now);
                }
                self.look_for_losses(finding, turn);
                if self.recovery.state != Congestion::Open && !finding.lost_retransmission {
                    return;
                }
                if !self.doubt(duplicates, finding, turn) {
                    return;
                }
            }
            Congestion::Open | Congestion::Disorder | Congestion::Cwr => {
                if !self.doubt(duplicates, finding, turn) {
                    return;
                }
            }
        }
        *resend = Resend::Lost;
    }

    /// Not in recovery yet: true when this acknowledgment begins one.
    fn doubt(&mut self, duplicates: u32, finding: &mut Finding, turn: &mut Turning<'_>) -> bool {
        if !self.agreed.sack {
            if finding.una_advanced {
                self.queue.sacked = 0;
            }
            self.add_reno_sacks(duplicates, turn);
        }
        if self.recovery.state <= Congestion::Disorder {
            self.try_undo_by_dsack(turn);
        }
        self.look_for_losses(finding, turn);
        if self.queue.lost == 0 {
            self.try_to_open(finding.ece, turn);
            return false;
        }
        self.enter_recovery(finding.ece, turn);
        true
    }

    fn look_for_losses(&mut self, finding: &mut Finding, turn: &mut Turning<'_>) {
        if self.queue.sent.is_empty() {
            return;
        }
        if !self.agreed.sack {
            self.mark_lost_by_duplicates(finding.una_advanced, turn);
            return;
        }
        let before = self.queue.retransmitted;
        if self.rack_mark_lost(turn) {
            finding.set_timer = false;
        }
        if before > self.queue.retransmitted {
            finding.lost_retransmission = true;
        }
    }

    /// NewReno (RFC 6582): the head is lost after so many duplicate ACKs, and after each partial acknowledgment.
    fn mark_lost_by_duplicates(&mut self, una_advanced: bool, turn: &mut Turning<'_>) {
        let state = self.recovery.state;
        let enough = state < Congestion::Recovery && self.queue.sacked >= self.recovery.reordering;
        let partial = state == Congestion::Recovery && una_advanced;
        if (enough || partial) && self.queue.sent.front().is_some_and(|head| !head.marks.lost) {
            self.queue.mark_lost(0);
            let rule = if partial { &rules::PARTIAL_ACK } else { &rules::THREE_DUPLICATES };
            turn.tell_change(
                rule,
                self.state,
                Quantity::Lost,
                u64::from(self.queue.lost - 1),
                u64::from(self.queue.lost),
            );
        }
    }

    fn renege(&mut self, finding: &mut Finding, turn: &mut Turning<'_>) {
        // The time-out deals with it; it comes after half a round trip, 10 ms at least, for a late acknowledgment may still heal it.
        let delay = u64::from(self.rtt.srtt8() >> 4).max(10_000);
        self.arm(sockets::Timer::Retransmission, turn.now + sockets::Micros(delay), turn);
        finding.set_timer = false;
        turn.tell(&rules::RENEGED, self.state, self.state, None);
    }

    pub(super) fn set_congestion(&mut self, state: Congestion, turn: &mut Turning<'_>) {
        if self.recovery.state != state {
            self.recovery.state = state;
            let rule = match state {
                Congestion::Open => &rules::RECOVERED,
                Congestion::Disorder => &rules::DISORDER,
                Congestion::Cwr => &rules::ECN_REDUCES,
                Congestion::Recovery => &rules::FAST_RECOVERY,
                Congestion::Loss => &rules::LOSS,
            };
            turn.tell_change(
                rule,
                self.state,
                Quantity::CongestionWindow,
                u64::from(self.control.cwnd),
                u64::from(self.control.cwnd),
            );
            if state == Congestion::Loss {
                self.control.lost_all(turn.now, self.snd.nxt);
            }
        }
    }

    pub(super) fn begin_undo(&mut self) {
        let probe = self.recovery.tail_probe.is_some_and(|probe| probe.retransmitted);
        self.recovery.undo_marker = Some(self.snd.una);
        let retransmits = self.queue.retransmitted as i32 + i32::from(probe);
        self.recovery.undo_retransmits = if retransmits == 0 { -1 } else { retransmits };
    }

    pub(super) fn current_threshold(&self) -> u32 {
        if self.is_recovering() {
            self.control.ssthresh
        } else {
            self.control.ssthresh.max((self.control.cwnd >> 1) + (self.control.cwnd >> 2))
        }
    }

    fn begin_reduction(&mut self, turn: &mut Turning<'_>) {
        self.recovery.high_seq = self.snd.nxt;
        self.recovery.tail_probe = None;
        self.control.forget_count();
        self.recovery.prior_cwnd = self.control.cwnd;
        self.recovery.prr_delivered = 0;
        self.recovery.prr_out = 0;
        let before = self.control.ssthresh;
        self.control.ssthresh = self.control.reduce();
        self.queue_cwr();
        turn.tell_change(
            &rules::SSTHRESH,
            self.state,
            Quantity::SlowStartThreshold,
            u64::from(before),
            u64::from(self.control.ssthresh),
        );
    }

    fn end_reduction(&mut self, turn: &mut Turning<'_>) {
        if self.control.ssthresh < INFINITE
            && (self.recovery.state == Congestion::Cwr || self.recovery.undo_marker.is_some())
        {
            let before = self.control.cwnd;
            self.control.cwnd = self.control.ssthresh;
            self.control.stamp = turn.now;
            turn.tell_change(
                &rules::RECOVERY_ENDS,
                self.state,
                Quantity::CongestionWindow,
                u64::from(before),
                u64::from(self.control.cwnd),
            );
        }
    }

    /// ECN's reduction (RFC 3168, 6.1.2), or one for a segment that the host's own queue refused.
    pub(super) fn enter_cwr(&mut self, turn: &mut Turning<'_>) {
        self.recovery.prior_ssthresh = 0;
        if self.recovery.state < Congestion::Cwr {
            self.recovery.undo_marker = None;
            self.begin_reduction(turn);
            self.set_congestion(Congestion::Cwr, turn);
        }
    }

    pub(super) fn enter_recovery(&mut self, ece: bool, turn: &mut Turning<'_>) {
        if !self.any_retransmission() {
            self.snd.retransmits_since = None;
        }
        self.recovery.prior_ssthresh = 0;
        self.begin_undo();
        if !self.is_recovering() {
            if !ece {
                self.recovery.prior_ssthresh = self.current_threshold();
            }
            self.begin_reduction(turn);
        }
        self.set_congestion(Congestion::Recovery, turn);
    }

    /// PRR: during recovery the window follows what is delivered, so that it ends at ssthresh (RFC 6937, RFC 9937).
    pub(super) fn reduce_proportionally(
        &mut self,
        delivered: u32,
        lost: u32,
        una_advanced: bool,
        turn: &mut Turning<'_>,
    ) {
        if delivered == 0 || self.recovery.prior_cwnd == 0 {
            return;
        }
        let in_flight = self.in_flight();
        let recovery = &mut self.recovery;
        recovery.prr_delivered += delivered;
        let threshold = self.control.ssthresh;
        let room = i64::from(threshold) - i64::from(in_flight);
        let mut count = if room < 0 {
            let share = (u64::from(threshold) * u64::from(recovery.prr_delivered))
                .div_ceil(u64::from(recovery.prior_cwnd));
            share as i64 - i64::from(recovery.prr_out)
        } else {
            let mut count =
                (i64::from(recovery.prr_delivered) - i64::from(recovery.prr_out)).max(i64::from(delivered));
            if una_advanced && lost == 0 {
                count += 1;
            }
            count.min(room)
        };
        // The fast retransmit itself is always sent.
        count = count.max(i64::from(recovery.prr_out == 0));
        let before = self.control.cwnd;
        self.control.cwnd = (i64::from(in_flight) + count).max(0) as u32;
        if before != self.control.cwnd {
            turn.tell_change(
                &rules::PRR,
                self.state,
                Quantity::CongestionWindow,
                u64::from(before),
                u64::from(self.control.cwnd),
            );
        }
    }

    /// Whether anything in flight was sent again, or was at the head.
    pub(super) fn any_retransmission(&self) -> bool {
        self.queue.retransmitted > 0
            || self.queue.sent.front().is_some_and(|head| head.marks.ever_retransmitted)
    }

    pub(super) fn try_keep_open(&mut self, turn: &mut Turning<'_>) {
        let left = self.queue.sacked + self.queue.lost > 0 || self.any_retransmission();
        let state = if left { Congestion::Disorder } else { Congestion::Open };
        if self.recovery.state != state {
            self.set_congestion(state, turn);
            self.recovery.high_seq = self.snd.nxt;
        }
    }

    fn try_to_open(&mut self, ece: bool, turn: &mut Turning<'_>) {
        if !self.any_retransmission() {
            self.snd.retransmits_since = None;
        }
        if ece {
            self.enter_cwr(turn);
        }
        if self.recovery.state != Congestion::Cwr {
            self.try_keep_open(turn);
        }
    }

    /// A run of time-outs is over (tcpi_total_rto_time).
    pub(super) fn end_timeouts(&mut self, now: Instant) {
        if let Some(since) = self.totals.timeouts_since.take() {
            self.totals.timeouts_took.0 += now.since(since).0;
        }
    }

    /// What an acknowledgment says of the tail loss probe (RFC 8985, 7.4).
    pub(super) fn process_probe_ack(&mut self, ack: Seq, finding: &Finding, turn: &mut Turning<'_>) {
        let Some(probe) = self.recovery.tail_probe else { return };
        if ack.precedes(probe.high_seq) {
            return;
        }
        if !probe.retransmitted || finding.dsack_of_probe {
            self.recovery.tail_probe = None;
        } else if probe.high_seq.precedes(ack) {
            // The probe repaired a loss that nothing else showed: the window pays for it.
            self.begin_reduction(turn);
            self.set_congestion(Congestion::Cwr, turn);
            self.end_reduction(turn);
            self.try_keep_open(turn);
        } else if !finding.una_advanced
            && !finding.data
            && !finding.window_update
            && !finding.data_acked
            && !finding.data_sacked
        {
            self.recovery.tail_probe = None;
        }
    }

    pub(super) fn queue_cwr(&mut self) {
        if self.agreed.ecn {
            self.snd.cwr = true;
        }
    }
}
