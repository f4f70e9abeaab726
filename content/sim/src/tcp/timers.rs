//! Timers: when they are set, and what they do (RFC 6298, 5; RFC 8985, 7; RFC 9293, 3.8.3, 3.8.4, 3.8.6.1).

use super::Told;
use super::Turning;
use super::connection::Connection;
use super::output::{Drive, Nagle};
use super::rack::LEAST_TIMER;
use super::recovery::TailProbe;
use crate::{Profile, rules};
use sockets::{Congestion, Instant, Micros, Quantity, State, Timer};
use wire::Flags;

/// How soon a segment that the host's own queue refused is tried again.
const LOCAL_TROUBLE: Micros = Micros(500_000);
/// TIME-WAIT on Linux, twice a maximum segment lifetime of 30 s (RFC 9293, 3.4.2 has 2 min for one).
pub(super) const TIME_WAIT: Micros = Micros(60_000_000);

impl Connection {
    /// Fires whatever is due.
    pub fn on_timer(&mut self, turn: &mut Turning<'_>) {
        let now = turn.now;
        if self.timers.delayed_ack.is_some_and(|at| at <= now) {
            self.timers.delayed_ack = None;
            fired(Timer::DelayedAck, turn);
            self.on_delayed_ack(turn);
        }
        if self.timers.compressed_ack.is_some_and(|at| at <= now) {
            self.timers.compressed_ack = None;
            if self.rcv.compressed > 0 {
                self.rcv.compressed -= 1;
                self.send_ack(turn);
            }
        }
        if let Some((timer, at)) = self.timers.transmit
            && at <= now
        {
            fired(timer, turn);
            match timer {
                // These two stand as long as they act: what they postponed, the retransmission timer, is still due when it was.
                Timer::LossProbe => self.on_loss_probe(turn),
                Timer::Reordering => self.on_reordering_timer(turn),
                Timer::ZeroWindowProbe => {
                    self.timers.transmit = None;
                    self.on_zero_window_probe(turn);
                }
                _ => {
                    self.timers.transmit = None;
                    self.on_retransmission_timer(turn);
                }
            }
        }
        if self.timers.pacing.is_some_and(|at| at <= now) {
            self.timers.pacing = None;
            let nagle = self.nagle();
            self.push_pending(nagle, turn);
        }
        if let Some((timer, at)) = self.timers.slow
            && at <= now
        {
            self.timers.slow = None;
            fired(timer, turn);
            match timer {
                Timer::TimeWait => self.end(&rules::TIME_WAIT_ENDS, turn),
                Timer::FinWait2 => self.end(&rules::FIN_WAIT_2_ENDS, turn),
                _ => self.on_keep_alive(turn),
            }
        }
    }

    /// Sets one of the timers that concern retransmission; they exclude each other.
    pub(super) fn arm(&mut self, timer: Timer, at: Instant, turn: &mut Turning<'_>) {
        let at = at.max(turn.now);
        if self.timers.transmit != Some((timer, at)) {
            self.timers.transmit = Some((timer, at));
            turn.tell_timer(timer, Some(at));
        }
    }

    pub(super) fn stop_transmit_timer(&mut self, turn: &mut Turning<'_>) {
        if let Some((timer, _)) = self.timers.transmit.take() {
            turn.tell_timer(timer, None);
        }
    }

    pub(super) fn arm_slow(&mut self, timer: Timer, after: Micros, turn: &mut Turning<'_>) {
        let at = turn.now + after;
        self.timers.slow = Some((timer, at));
        turn.tell_timer(timer, Some(at));
    }

    /// RFC 6298 (5.1) to (5.3): the timer runs while anything is in flight, from the last acknowledgment of something new.
    pub(super) fn rearm_retransmission(&mut self, turn: &mut Turning<'_>) {
        if self.queue.sent.is_empty() {
            if matches!(
                self.timers.transmit,
                Some((Timer::Retransmission | Timer::LossProbe | Timer::Reordering, _))
            ) {
                self.stop_transmit_timer(turn);
            }
            return;
        }
        let rto = Micros(u64::from(self.rtt.rto_us));
        let at = match self.timers.transmit {
            // The others postpone it: it is still due one RTO after the head was sent.
            Some((Timer::Reordering | Timer::LossProbe, _)) => self.queue.sent[0].sent_at + rto,
            _ => turn.now + rto,
        };
        self.arm(Timer::Retransmission, at.max(turn.now + Micros(1)), turn);
    }

    /// After an acknowledgment: a tail loss probe if one is useful, else the retransmission timer.
    pub(super) fn set_transmit_timer(&mut self, turn: &mut Turning<'_>) {
        if !self.schedule_loss_probe(true, turn) {
            self.rearm_retransmission(turn);
        }
    }

    /// RFC 8985, 7.2: two round trips after the last segment, later when only one is out, for its ACK may be delayed.
    pub(super) fn schedule_loss_probe(&mut self, advancing: bool, turn: &mut Turning<'_>) -> bool {
        let wanted = matches!(turn.profile.early_retrans, 3 | 4)
            && self.queue.out() > 0
            && self.agreed.sack
            && matches!(self.recovery.state, Congestion::Open | Congestion::Cwr)
            && self.is_synchronized();
        if !wanted {
            return false;
        }
        let rto = u64::from(self.rtt.rto_us);
        let mut after = 1_000_000;
        if self.rtt.is_measured() {
            after = u64::from(self.rtt.srtt8() >> 2);
            after += if self.queue.out() == 1 { u64::from(turn.profile.least_rto_us()) } else { LEAST_TIMER };
        }
        let until_rto =
            if advancing { rto } else { (self.queue.sent[0].sent_at + Micros(rto)).since(turn.now).0 };
        if until_rto > 0 {
            after = after.min(until_rto);
        }
        self.arm(Timer::LossProbe, turn.now + Micros(after), turn);
        true
    }

    /// Sends a tail loss probe: new data if there is, else the last segment again (RFC 8985, 7.3).
    fn on_loss_probe(&mut self, turn: &mut Turning<'_>) {
        if self.recovery.tail_probe.is_none() {
            let before = self.queue.out();
            let mut probe = None;
            let head_fits =
                self.queue.unsent.front().is_some_and(|run| {
                    !self.window_end().precedes(run.seq + run.length.min(self.current_mss()))
                });
            if head_fits {
                self.send_runs(Nagle::Off, Drive::Probe, turn);
                if self.queue.out() > before {
                    probe = Some(TailProbe { high_seq: self.snd.nxt, retransmitted: false });
                }
            } else if let Some(last) = self.queue.sent.len().checked_sub(1)
                && self.send_again(last, 1, turn) > 0
            {
                probe = Some(TailProbe { high_seq: self.snd.nxt, retransmitted: true });
            }
            if probe.is_some() {
                turn.tell(&rules::TAIL_LOSS_PROBE, self.state, self.state, None);
                self.recovery.tail_probe = probe;
                self.timers.transmit = None;
            }
        }
        self.rearm_retransmission(turn);
    }

    /// How long to wait before the next probe of a closed window: RTO, doubled each time.
    pub(super) fn probe_interval(&self, profile: &Profile) -> Micros {
        let base = u64::from(self.rtt.rto_us.max(profile.least_rto_us()));
        let most = u64::from(profile.rto_max_ms) * 1_000;
        Micros(base.checked_shl(self.snd.backoff.min(32)).unwrap_or(most).min(most))
    }

    /// No timer reaches beyond the user's time-out (RFC 5482).
    pub(super) fn clamp_to_user_timeout(
        &self,
        after: Micros,
        since: Option<Instant>,
        turn: &Turning<'_>,
    ) -> Micros {
        match (self.user_timeout(), since) {
            (Some(most), Some(since)) => {
                let left = (since + most).since(turn.now);
                after.min(left.max(Micros(1)))
            }
            _ => after,
        }
    }

    /// RFC 9293, 3.8.6.1: a closed window is probed, without end as long as the peer answers.
    fn on_zero_window_probe(&mut self, turn: &mut Turning<'_>) {
        if self.queue.out() > 0 || self.queue.unsent.is_empty() {
            self.snd.probes = 0;
            self.snd.probes_since = None;
            return;
        }
        match (self.snd.probes_since, self.user_timeout()) {
            (None, _) => self.snd.probes_since = Some(turn.now),
            (Some(since), Some(most)) if turn.now.since(since) >= most => {
                self.give_up(turn);
                return;
            }
            _ => {}
        }
        let mut most = turn.profile.retries2;
        if self.orphan {
            let alive = self.probe_interval(turn.profile).0 < u64::from(turn.profile.rto_max_ms) * 1_000;
            most = orphan_retries(alive, turn.profile);
            if !alive && self.snd.backoff >= most {
                self.give_up(turn);
                return;
            }
        }
        if self.snd.probes >= most {
            self.give_up(turn);
            return;
        }
        let sent = self.wake_up(turn);
        if self.queue.out() > 0 || self.queue.unsent.is_empty() {
            self.snd.probes = 0;
            self.snd.backoff = 0;
            self.snd.probes_since = None;
            return;
        }
        self.snd.probes += 1;
        turn.tell_change(
            &rules::ZERO_WINDOW_PROBE,
            self.state,
            Quantity::Retries,
            u64::from(self.snd.probes - 1),
            u64::from(self.snd.probes),
        );
        let after = if sent {
            self.snd.backoff = (self.snd.backoff + 1).min(turn.profile.retries2);
            self.probe_interval(turn.profile)
        } else {
            LOCAL_TROUBLE
        };
        let after = self.clamp_to_user_timeout(after, self.snd.probes_since, turn);
        self.arm(Timer::ZeroWindowProbe, turn.now + after, turn);
    }

    /// Sends what waits, if the window takes any of it, else a segment that only asks for an answer. False when the host's own queue
    /// refused it.
    fn wake_up(&mut self, turn: &mut Turning<'_>) -> bool {
        if let Some(run) = self.queue.unsent.front().copied()
            && run.seq.precedes(self.window_end())
        {
            let room = self.window_end().since(run.seq);
            if turn.effects.interface_full {
                self.enter_cwr(turn);
                return false;
            }
            let mss = self.current_mss();
            let size = run.length.min(room).min(mss);
            if let Some(front) = self.queue.unsent.front_mut() {
                front.flags |= Flags::PSH;
            }
            self.push_probe(size, mss, turn);
            return true;
        }
        if turn.effects.interface_full {
            return false;
        }
        // An old octet's number makes the peer answer (RFC 9293, 3.8.4).
        self.emit_control(self.snd.una - 1, Flags::ACK, turn);
        true
    }

    /// The retransmission timer (RFC 6298, 5.4 to 5.7).
    pub(super) fn on_retransmission_timer(&mut self, turn: &mut Turning<'_>) {
        if self.queue.sent.is_empty() {
            return;
        }
        let handshake = matches!(self.state, State::SynSent | State::SynReceived);
        let persistent = self.snd.wnd == 0 && !self.orphan && !handshake;
        if persistent {
            // The peer pulled its window back: what was sent serves as a probe, and no count ends it.
            if self.window_probe_timed_out(turn) {
                self.give_up(turn);
                return;
            }
            self.enter_loss(turn);
            self.retransmit(0, 1, turn);
        } else {
            if self.retries_are_over(turn) {
                return;
            }
            if handshake {
                self.snd.retransmits_since = self.snd.retransmits_since.or(Some(turn.now));
            } else {
                self.enter_loss(turn);
            }
            if self.snd.retries == 0 {
                self.totals.timeout_recoveries += 1;
                self.totals.timeouts_since = Some(turn.now);
            }
            self.snd.retries += 1;
            self.totals.timeouts += 1;
            turn.tell_change(
                &rules::RETRANSMISSION,
                self.state,
                Quantity::Retries,
                u64::from(self.snd.retries - 1),
                u64::from(self.snd.retries),
            );
            if self.retransmit(0, 1, turn) == 0 && turn.effects.interface_full {
                self.arm(Timer::Retransmission, turn.now + LOCAL_TROUBLE, turn);
                return;
            }
        }
        let most = turn.profile.rto_max_ms.saturating_mul(1_000);
        let thin = turn.profile.thin_linear_timeouts
            && self.state == State::Established
            && self.queue.out() < 4
            && self.snd.retries <= 6;
        if thin {
            self.snd.backoff = 0;
            self.rtt.set_rto(turn.profile);
        } else if self.state != State::SynSent || self.totals.timeouts > turn.profile.syn_linear_timeouts {
            // RFC 6298 (5.5): RTO doubles.
            self.snd.backoff += 1;
            let before = self.rtt.rto_us;
            self.rtt.rto_us = before.saturating_mul(2).min(most);
            turn.tell_change(
                &rules::BACKOFF,
                self.state,
                Quantity::Rto,
                u64::from(before),
                u64::from(self.rtt.rto_us),
            );
        }
        let after =
            self.clamp_to_user_timeout(Micros(u64::from(self.rtt.rto_us)), self.snd.retransmits_since, turn);
        self.arm(Timer::Retransmission, turn.now + after, turn);
    }

    fn window_probe_timed_out(&self, turn: &Turning<'_>) -> bool {
        let Some(since) = self.snd.retransmits_since else { return false };
        let silent = turn.now.since(self.totals.last_ack_received);
        let most = Micros(u64::from(turn.profile.rto_max_ms) * 2_000);
        match self.user_timeout() {
            Some(timeout) => turn.now.since(since) >= timeout && silent >= timeout,
            None => silent > most && turn.now.since(since) > most,
        }
    }

    /// Whether there were enough retransmissions (RFC 9293, 3.8.3; tcp_retries2 and its relatives); then the connection is gone.
    fn retries_are_over(&mut self, turn: &mut Turning<'_>) -> bool {
        let profile = turn.profile;
        let over = match self.state {
            State::SynSent => {
                let retries = self.settings.syn_count.unwrap_or(profile.syn_retries);
                self.snd.retries >= retries + profile.syn_linear_timeouts
                    || self.timed_out(retries, 1_000_000, turn)
            }
            State::SynReceived => self.snd.retries >= profile.synack_retries,
            _ => {
                let mut retries = profile.retries2;
                if self.orphan {
                    retries =
                        orphan_retries(self.rtt.rto_us < profile.rto_max_ms.saturating_mul(1_000), profile);
                }
                self.timed_out(retries, profile.least_rto_us(), turn)
            }
        };
        if over {
            self.give_up(turn);
        }
        over
    }

    /// Linux counts in time: as long as so many retransmissions would take from the least time-out on. The user's time-out replaces that.
    fn timed_out(&self, retries: u32, base_us: u32, turn: &Turning<'_>) -> bool {
        if self.snd.retries == 0 {
            return false;
        }
        let Some(since) = self.snd.retransmits_since else { return false };
        let most = match self.user_timeout() {
            Some(timeout) => timeout.0,
            None => {
                let largest = u64::from(turn.profile.rto_max_ms) * 1_000;
                let base = u64::from(base_us.max(1));
                let doublings = (largest / base).max(1).ilog2();
                if retries <= doublings {
                    ((2_u64 << retries) - 1) * base
                } else {
                    ((2_u64 << doublings) - 1) * base + u64::from(retries - doublings) * largest
                }
            }
        };
        turn.now.since(since).0 >= most
    }

    /// RFC 9293, 3.8.4: a silent peer is asked whether it is still there.
    fn on_keep_alive(&mut self, turn: &mut Turning<'_>) {
        if !self.settings.keep_alive || matches!(self.state, State::Closed | State::SynSent | State::TimeWait)
        {
            return;
        }
        let idle = self.keep_idle(turn.profile);
        if !self.queue.is_empty() {
            self.arm_slow(Timer::KeepAlive, idle, turn);
            return;
        }
        let heard = self.rcv.ack.last_received.max(self.totals.last_ack_received);
        let silent = turn.now.since(heard);
        if silent < idle {
            self.arm_slow(Timer::KeepAlive, Micros(idle.0 - silent.0), turn);
            return;
        }
        let over = match self.user_timeout() {
            Some(most) => silent >= most && self.snd.probes > 0,
            None => self.snd.probes >= self.settings.keep_count.unwrap_or(turn.profile.keepalive_probes),
        };
        if over {
            self.send_reset(turn);
            self.give_up(turn);
            return;
        }
        let after = if self.wake_up(turn) {
            self.snd.probes += 1;
            turn.tell_change(
                &rules::KEEP_ALIVE,
                self.state,
                Quantity::Retries,
                u64::from(self.snd.probes - 1),
                u64::from(self.snd.probes),
            );
            let seconds = self.settings.keep_interval.unwrap_or(turn.profile.keepalive_intvl);
            Micros::from_secs(u64::from(seconds))
        } else {
            LOCAL_TROUBLE
        };
        self.arm_slow(Timer::KeepAlive, after, turn);
    }

    pub(super) fn keep_idle(&self, profile: &Profile) -> Micros {
        Micros::from_secs(u64::from(self.settings.keep_idle.unwrap_or(profile.keepalive_time)))
    }

    /// SO_KEEPALIVE is on and the connection is there: the clock of silence runs.
    pub(super) fn start_keep_alive(&mut self, turn: &mut Turning<'_>) {
        if self.settings.keep_alive
            && !matches!(self.state, State::Closed | State::SynSent | State::TimeWait)
            && !self.orphan
        {
            let after = self.keep_idle(turn.profile);
            self.arm_slow(Timer::KeepAlive, after, turn);
        }
    }

    pub(super) fn enter_time_wait(&mut self, rule: &'static sockets::Rule, turn: &mut Turning<'_>) {
        self.stop_transmit_timer(turn);
        self.timers.delayed_ack = None;
        self.timers.compressed_ack = None;
        self.enter(State::TimeWait, rule, turn);
        self.become_remnant();
        self.arm_slow(Timer::TimeWait, TIME_WAIT, turn);
    }
}

/// tcp_orphan_retries: 0 stands for 8; a peer that does not answer at all gets none.
fn orphan_retries(alive: bool, profile: &Profile) -> u32 {
    match profile.orphan_retries {
        0 if alive => 8,
        retries => retries,
    }
}

fn fired(timer: Timer, turn: &mut Turning<'_>) {
    if turn.effects.telling {
        turn.effects.story.push(Told::Fired(timer));
    }
}
