//! What an acknowledgment does to the sender (RFC 9293, 3.10.7.4, fifth; RFC 5681): the queue shrinks, the round-trip time is
//! measured, losses are looked for, the window grows or shrinks.

use super::Turning;
use super::connection::{Connection, Waiting};
use super::queue::Chunk;
use super::rate::Sample;
use crate::rules;
use sockets::{Congestion, Instant, Quantity, State, Timer};
use wire::{Flags, Segment, Seq};

/// What was found out about one acknowledgment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Finding {
    /// The segment carries data (or a FIN).
    pub data: bool,
    pub window_update: bool,
    /// It acknowledged data that was not acknowledged before.
    pub data_acked: bool,
    pub syn_acked: bool,
    /// Some of that had been sent again.
    pub retransmitted_acked: bool,
    /// SACK reported something new.
    pub data_sacked: bool,
    /// Something that was never sent again and lies below high_seq was acknowledged or sacked.
    pub original_acked: bool,
    pub ece: bool,
    pub una_advanced: bool,
    /// It brought a DSACK.
    pub dsack: bool,
    /// That DSACK is of the tail loss probe.
    pub dsack_of_probe: bool,
    pub lost_retransmission: bool,
    /// The retransmission timer is to be set anew.
    pub set_timer: bool,
    /// The lowest sequence number that arrived late without having been sent again: reordering.
    pub reordered_from: Option<Seq>,
    pub first_sacked_at: Option<Instant>,
    pub last_sacked_at: Option<Instant>,
    pub sample: Sample,
}

impl Finding {
    fn acked(&self) -> bool {
        self.data_acked || self.syn_acked
    }

    /// Carries something besides the acknowledgment: no duplicate ACK (RFC 5681, 2).
    fn is_no_duplicate(&self) -> bool {
        self.data || self.window_update || self.acked()
    }
}

/// What is to be sent when the acknowledgment has been dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resend {
    Nothing,
    /// What is taken for lost.
    Lost,
    /// New data (F-RTO, RFC 5682, 3.1, step 2b).
    New,
}

/// Whether an acknowledgment was acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acked {
    Yes,
    /// Older than SND.UNA, but not so old as to be suspicious.
    Old,
    /// Too old: a challenge ACK is due (RFC 5961, 5.2).
    TooOld,
    /// For data that was not sent yet.
    Unsent,
}

impl Connection {
    /// Takes SEG.ACK, SEG.WND and SACK of a segment.
    pub(super) fn on_ack(&mut self, segment: &Segment, turn: &mut Turning<'_>) -> Acked {
        let ack = segment.ack;
        let prior_una = self.snd.una;
        let prior_out = self.queue.out();
        let prior_delivered = self.delivery.count;
        let prior_lost = self.queue.ever_lost;
        let mut finding = Finding { data: segment.sequence_length() > 0, ..Finding::default() };
        let mut resend = Resend::Nothing;
        if ack.precedes(prior_una) {
            // RFC 5961, 5.2: an acknowledgment from before the largest window is not from this peer.
            if ack.precedes(prior_una - self.snd.max_wnd) {
                return Acked::TooOld;
            }
            if self.agreed.sack && segment.options.sack().next().is_some() {
                self.take_sacks(segment, prior_una, &mut finding, turn);
                let duplicates = u32::from(!finding.is_no_duplicate() && !finding.dsack);
                self.alert(prior_una, duplicates, &mut finding, &mut resend, turn);
                self.resend(resend, turn);
            }
            return Acked::Old;
        }
        // RFC 9293, 3.10.7.4: an ACK for what was not sent yet.
        if self.snd.nxt.precedes(ack) {
            return Acked::Unsent;
        }
        if prior_una.precedes(ack) {
            finding.una_advanced = true;
            self.snd.retries = 0;
        }
        let prior_highest = if self.agreed.sack { self.highest_sacked() } else { self.snd.una };
        finding.window_update = self.update_window(segment, turn);
        if ack != self.snd.una {
            // As in Linux the number of our SYN counts at the end that opened actively only.
            let syn = u32::from(self.passive && self.snd.una == self.snd.iss);
            self.totals.bytes_acked += u64::from(ack.since(self.snd.una) - syn);
            turn.tell_change(
                &rules::ACK,
                self.state,
                Quantity::SndUna,
                u64::from(self.snd.una.0),
                u64::from(ack.0),
            );
            self.snd.una = ack;
        }
        if self.agreed.sack && segment.options.sack().next().is_some() {
            self.take_sacks(segment, prior_una, &mut finding, turn);
        }
        // RFC 3168, 6.1.2.
        if self.agreed.ecn && segment.flags.contains(Flags::ECE) && !segment.flags.syn() {
            finding.ece = true;
        }
        self.soft_error = None;
        self.snd.probes = 0;
        self.totals.last_ack_received = turn.now;
        if prior_out == 0 {
            if finding.dsack {
                self.alert(prior_una, 0, &mut finding, &mut resend, turn);
            }
            self.probe_answered(turn);
            self.process_probe_ack(ack, &finding, turn);
            return Acked::Yes;
        }
        self.clean_queue(segment, prior_highest, &mut finding, turn);
        self.rack_update_window(&finding.sample, turn);
        self.process_probe_ack(ack, &finding, turn);
        let dubious = !finding.is_no_duplicate()
            || finding.data_sacked
            || finding.ece
            || finding.dsack
            || self.recovery.state != Congestion::Open;
        if dubious {
            let duplicate = !finding.una_advanced && !finding.is_no_duplicate() && !finding.dsack;
            self.alert(prior_una, u32::from(duplicate), &mut finding, &mut resend, turn);
        }
        if finding.set_timer {
            self.set_transmit_timer(turn);
        }
        let delivered = self.delivery.count.wrapping_sub(prior_delivered);
        if finding.ece {
            self.delivery.marked += delivered;
        }
        let lost = self.queue.ever_lost.wrapping_sub(prior_lost);
        let least = self.rtt.least();
        self.delivery.measure(
            &finding.sample,
            delivered,
            if least == u32::MAX { 0 } else { least },
            turn.now,
        );
        self.control_window(delivered, lost, &finding, turn);
        self.resend(resend, turn);
        Acked::Yes
    }

    /// RFC 9293, 3.10.7.4: SND.WND is taken from a segment that is not older than the last one it was taken from.
    fn update_window(&mut self, segment: &Segment, turn: &mut Turning<'_>) -> bool {
        let shift = if segment.flags.syn() { 0 } else { self.agreed.snd_shift };
        let window = u32::from(segment.window) << shift;
        let newer = self.snd.una.precedes(segment.ack)
            || self.snd.wl1.precedes(segment.seq)
            || segment.seq == self.snd.wl1 && (window > self.snd.wnd || window == 0);
        if !newer {
            return false;
        }
        self.snd.wl1 = segment.seq;
        if window == self.snd.wnd {
            return true;
        }
        let before = self.snd.wnd;
        self.snd.wnd = window;
        if window > self.snd.max_wnd {
            self.snd.max_wnd = window;
            self.sync_mss(turn.profile);
        }
        if before == 0 || window == 0 {
            let rule = if window == 0 { &rules::ZERO_WINDOW } else { &rules::WINDOW_OPENS };
            turn.tell_change(rule, self.state, Quantity::SndWnd, u64::from(before), u64::from(window));
        }
        // Sending begins again after the window was closed: no slow start after idle for that (RFC 5681, 4.1).
        if self.queue.sent.is_empty() && !self.queue.unsent.is_empty() {
            self.restart_after_idle(turn);
        }
        true
    }

    /// Takes what is acknowledged off the queue, and measures with it (RFC 6298, 3: not with what was sent again).
    fn clean_queue(
        &mut self,
        segment: &Segment,
        prior_highest: Seq,
        finding: &mut Finding,
        turn: &mut Turning<'_>,
    ) {
        let now = turn.now;
        let una = self.snd.una;
        let mut reordered_from = self.snd.nxt;
        let (mut first_sent, mut last_sent): (Option<Instant>, Option<Instant>) = (None, None);
        let mut count = 0;
        let mut last_burst = None;
        while let Some(chunk) = self.queue.sent.front().copied() {
            if una.precedes(chunk.after()) {
                // A part of a segment: that waits for the rest. A burst of several that was sent as one is cut anew behind it.
                if chunk.seq.precedes(una) && self.begins_burst(last_burst) {
                    self.queue.trim_front(una);
                    self.queue.recut(0, u32::from(self.snd.mss));
                }
                break;
            }
            let marks = chunk.marks;
            last_burst = Some(chunk.burst);
            count += 1;
            if marks.ever_retransmitted {
                finding.retransmitted_acked = true;
                if marks.retransmitted {
                    self.queue.retransmitted -= 1;
                }
            } else if !marks.sacked {
                last_sent = Some(chunk.sent_at);
                first_sent = first_sent.or(last_sent);
                reordered_from = reordered_from.earliest(chunk.seq);
                if chunk.after().precedes_or_is(self.recovery.high_seq) {
                    finding.original_acked = true;
                }
            }
            if marks.sacked {
                self.queue.sacked -= 1;
            } else if self.agreed.sack {
                self.delivery.count += 1;
            }
            if marks.lost {
                self.queue.lost -= 1;
            }
            if !marks.sacked {
                // An echo from before the retransmission: the original arrived, and says nothing of what was sent meanwhile.
                if !(marks.ever_retransmitted && self.echo_is_before(chunk.sent_at)) {
                    self.rack_advance(&chunk, marks.ever_retransmitted, now);
                }
                self.delivery.delivered(&chunk, &mut finding.sample);
            }
            if chunk.flags.syn() {
                finding.syn_acked = true;
                self.snd.retransmits_since = None;
            } else {
                finding.data_acked = true;
            }
            self.queue.sent.pop_front();
            let ends_burst = self.queue.sent.front().is_none_or(|next| next.burst != chunk.burst);
            let bookkeeping = if ends_burst { super::queue::BOOKKEEPING } else { 0 };
            self.queue.charged = self.queue.charged.saturating_sub(chunk.length + bookkeeping);
        }
        self.queue.stream.release(una);
        if self.queue.sent.is_empty() {
            self.queue.charged =
                self.queue.unsent.iter().map(|run| run.length + super::queue::BOOKKEEPING).sum();
            self.queue.highest_sacked = None;
        }
        if self.queue.highest_sacked.is_some_and(|highest| highest.precedes_or_is(una)) {
            self.queue.highest_sacked = None;
        }
        if let Some(urgent) = self.snd.urgent
            && urgent.precedes_or_is(una)
        {
            self.snd.urgent = None;
        }
        self.update_chrono(now);

        let age = |at: Instant| now.since(at).0.min(u64::from(u32::MAX)) as u32;
        let mut sequence_rtt = first_sent.filter(|_| !finding.retransmitted_acked).map(age);
        let mut newest_rtt = last_sent.filter(|_| !finding.retransmitted_acked).map(age);
        let sack_rtt = finding.first_sacked_at.map(age);
        if let Some(at) = finding.last_sacked_at {
            newest_rtt = Some(age(at));
        }
        sequence_rtt = sequence_rtt.or(sack_rtt);
        if sequence_rtt.is_none()
            && finding.acked()
            && let Some(rtt) = self.echoed_rtt(segment, now)
        {
            // RFC 7323, 4.1: only with what acknowledges something new.
            sequence_rtt = Some(rtt);
            newest_rtt = sequence_rtt;
        }
        if let Some(rtt) = sequence_rtt {
            let before = self.rtt.srtt();
            self.rtt.note_least(now, newest_rtt.unwrap_or(rtt), turn.profile);
            self.rtt.measure(rtt, self.snd.una, self.snd.nxt, turn.profile);
            self.snd.backoff = 0;
            turn.tell_change(
                &rules::RTT,
                self.state,
                Quantity::Srtt,
                u64::from(before),
                u64::from(self.rtt.srtt()),
            );
        }
        if finding.acked() {
            finding.set_timer = true;
            if !self.agreed.sack {
                self.remove_reno_sacks(count, turn);
                if finding.retransmitted_acked {
                    finding.original_acked = false;
                }
            } else if reordered_from.precedes(prior_highest) {
                self.note_reordering(reordered_from, turn);
            }
        } else if let (Some(sacked), Some(head)) = (sack_rtt, self.queue.sent.front())
            && sacked > age(head.sent_at)
        {
            finding.set_timer = true;
        }
        if let Some(rtt) = newest_rtt
            && self.control.note_delay(rtt, now, self.snd.una, self.snd.nxt, self.snd.pacing_rate)
        {
            let threshold = u64::from(self.control.ssthresh);
            turn.tell_change(
                &rules::HYSTART,
                self.state,
                Quantity::SlowStartThreshold,
                u64::from(super::congestion::INFINITE),
                threshold,
            );
        }
    }

    /// Whether the first segment in flight is one of several of its burst, counting the last one that was acknowledged just now.
    fn begins_burst(&self, last_burst: Option<u32>) -> bool {
        let Some(first) = self.queue.sent.front() else { return false };
        last_burst == Some(first.burst)
            || self.queue.sent.get(1).is_some_and(|next| next.burst == first.burst)
    }

    /// The window after an acknowledgment: reduced while a recovery asks for it, else grown where that is allowed (RFC 5681, 3.1).
    fn control_window(&mut self, delivered: u32, lost: u32, finding: &Finding, turn: &mut Turning<'_>) {
        let before = self.control.cwnd;
        if self.is_recovering() {
            self.reduce_proportionally(delivered, lost, finding.una_advanced, turn);
        } else {
            let progress = if self.recovery.reordering > turn.profile.reordering {
                finding.acked() || finding.data_sacked
            } else {
                finding.data_acked
            };
            if progress && self.state != State::SynSent {
                let slow_start = self.control.in_slow_start();
                self.control.grow(delivered, turn.now);
                if self.control.cwnd != before {
                    self.control.stamp = turn.now;
                    let rule = match (slow_start, self.control.algorithm) {
                        (true, _) => &rules::SLOW_START,
                        (false, super::settings::Algorithm::Reno) => &rules::CONGESTION_AVOIDANCE,
                        (false, super::settings::Algorithm::Cubic) => &rules::CUBIC,
                    };
                    turn.tell_change(
                        rule,
                        self.state,
                        Quantity::CongestionWindow,
                        u64::from(before),
                        u64::from(self.control.cwnd),
                    );
                }
            }
        }
        self.update_pacing_rate(turn);
    }

    /// The pacing rate decides how large a burst may be: twice what a window per round trip gives in slow start, 1.2 times after.
    pub(super) fn update_pacing_rate(&mut self, turn: &Turning<'_>) {
        let srtt8 = u64::from(self.rtt.srtt8());
        let segments = u64::from(self.control.cwnd.max(self.queue.out()));
        let ratio = if self.control.cwnd < self.control.ssthresh / 2 {
            turn.profile.pacing_ss_ratio
        } else {
            turn.profile.pacing_ca_ratio
        };
        let rate = u64::from(self.snd.mss) * 80_000 * u64::from(ratio) * segments;
        let most = self.settings.max_pacing_rate.unwrap_or(u64::MAX);
        self.snd.pacing_rate = rate.checked_div(srtt8).unwrap_or(rate).min(most);
    }

    /// A window opened while nothing was in flight: the probe timer is not needed, or is set anew.
    fn probe_answered(&mut self, turn: &mut Turning<'_>) {
        let Some(head) = self.queue.unsent.front() else { return };
        if !self.window_end().precedes(head.after()) {
            self.snd.backoff = 0;
            self.snd.probes_since = None;
            if matches!(self.timers.transmit, Some((Timer::ZeroWindowProbe, _))) {
                self.stop_transmit_timer(turn);
            }
        } else {
            let at = turn.now + self.probe_interval(turn.profile);
            self.arm(Timer::ZeroWindowProbe, at, turn);
        }
    }

    /// What the sender was busy with, by its queues.
    pub(super) fn update_chrono(&mut self, now: Instant) {
        if self.queue.is_empty() {
            self.chrono(Waiting::Idle, now);
        }
    }

    pub(super) fn chunk_age(&self, chunk: &Chunk, now: Instant) -> u64 {
        now.since(chunk.sent_at).0
    }
}
