//! A segment arrives (RFC 9293, 3.10.7): is it acceptable, and what do its control bits do?

use super::ack::Acked;
use super::connection::Connection;
use super::{Taken, Turning};
use crate::rules;
use sockets::{Errno, Micros, Rule, State, Timer};
use wire::{Flags, Segment};

/// Timestamps older than this say nothing (RFC 7323, 5.5: 24 days).
const TIMESTAMP_LIFETIME: Micros = Micros(24 * 24 * 3_600 * 1_000_000);

impl Connection {
    /// A segment for this pair arrived; its checksum was right. What it brings is taken out of it.
    pub fn on_segment(&mut self, segment: &mut Segment, turn: &mut Turning<'_>) -> Taken {
        self.totals.segments_in += 1;
        self.totals.data_segments_in += u64::from(!segment.payload.is_empty());
        match self.state {
            State::Closed | State::Listen => {}
            State::SynSent => self.in_syn_sent(segment, turn),
            State::TimeWait => return self.in_time_wait(segment, turn),
            State::FinWait2 if self.remnant.is_some() => self.in_orphaned_fin_wait_2(segment, turn),
            _ => self.synchronized(segment, turn),
        }
        Taken::Done
    }

    fn synchronized(&mut self, segment: &mut Segment, turn: &mut Turning<'_>) {
        if !self.is_acceptable(segment, turn) {
            return;
        }
        if !segment.flags.ack() {
            turn.tell(&rules::NO_ACK_BIT, self.state, self.state, None);
            return;
        }
        if self.state == State::SynReceived && !self.complete_handshake(segment, turn) {
            return;
        }
        let echo = segment.options.timestamps().map_or(0, |(_, echo)| echo);
        self.rcv.last_echo = echo;
        self.update_ts_recent(segment, turn);
        match self.on_ack(segment, turn) {
            Acked::Yes | Acked::Old => {}
            Acked::TooOld => {
                self.challenge(&rules::OLD_ACK, turn);
                return;
            }
            Acked::Unsent => {
                self.challenge(&rules::ACK_OF_UNSENT, turn);
                return;
            }
        }
        if self.state == State::Closed || self.after_own_fin(segment, turn) {
            return;
        }
        if self.refuses_data(segment, turn) {
            return;
        }
        let listens = matches!(self.state, State::Established | State::FinWait1 | State::FinWait2);
        // After the peer's FIN only what comes again is of interest: it is acknowledged once more.
        let repeats = matches!(self.state, State::CloseWait | State::Closing | State::LastAck)
            && segment.seq.precedes(self.rcv.nxt);
        if listens || repeats {
            self.on_data(segment, turn);
        }
        if !matches!(self.state, State::Closed | State::TimeWait) {
            let nagle = self.nagle();
            self.push_pending(nagle, turn);
            self.acknowledge(turn);
        }
    }

    /// RFC 9293, 3.10.7.4, first to fourth, with PAWS (RFC 7323, 5) and the challenges of RFC 5961.
    fn is_acceptable(&mut self, segment: &Segment, turn: &mut Turning<'_>) -> bool {
        let rst = segment.flags.rst();
        if self.fails_paws(segment, turn) && !rst {
            if segment.flags.syn() {
                self.challenge(&rules::SYN_CHALLENGE, turn);
            } else {
                turn.tell(&rules::PAWS, self.state, self.state, None);
                self.answer_unacceptable(segment, turn);
            }
            return false;
        }
        if !self.is_in_window(segment) {
            if rst {
                if self.is_reset_after_fin(segment) {
                    self.reset(turn);
                }
            } else if segment.flags.syn() {
                self.challenge(&rules::SYN_CHALLENGE, turn);
            } else {
                turn.tell(&rules::UNACCEPTABLE, self.state, self.state, None);
                self.answer_unacceptable(segment, turn);
            }
            return false;
        }
        if rst {
            // RFC 5961, 3.2: only the exact number resets; the end of the last SACK block will do as well.
            let sacked_to =
                self.rcv.sack_blocks().0.iter().map(|block| block.end).find(|end| *end == segment.seq);
            if segment.seq == self.rcv.nxt
                || self.is_reset_after_fin(segment)
                || self.agreed.sack && self.rcv.has_islands() && sacked_to.is_some()
            {
                self.reset(turn);
            } else {
                self.challenge(&rules::RST_CHALLENGE, turn);
            }
            return false;
        }
        if segment.flags.syn() {
            // In a simultaneous open the peer's SYN-ACK repeats its SYN.
            let repeats = self.state == State::SynReceived
                && segment.flags.ack()
                && segment.seq + 1 == self.rcv.nxt
                && segment.payload.is_empty()
                && segment.ack == self.snd.nxt;
            if !repeats {
                self.challenge(&rules::SYN_CHALLENGE, turn);
                return false;
            }
        }
        true
    }

    /// RFC 9293, 3.4: the segment overlaps the window.
    fn is_in_window(&self, segment: &Segment) -> bool {
        let end = segment.end();
        let limit = self.rcv.nxt + self.rcv.window();
        if end.precedes(self.rcv.wup) || limit.precedes(segment.seq) {
            return false;
        }
        // More than the window takes is accepted only into an empty buffer.
        let data_end = segment.seq + segment.payload.len() as u32;
        !(limit.precedes(data_end) && self.rcv.unread > 0)
    }

    /// After a FIN, some peers reset with the FIN's own number.
    fn is_reset_after_fin(&self, segment: &Segment) -> bool {
        segment.seq == self.rcv.nxt - 1
            && matches!(self.state, State::CloseWait | State::LastAck | State::Closing)
    }

    /// RFC 7323, 5.3: a timestamp older than the newest one means an old segment.
    pub(super) fn fails_paws(&self, segment: &Segment, turn: &Turning<'_>) -> bool {
        if !self.agreed.timestamps {
            return false;
        }
        let Some((value, _)) = segment.options.timestamps() else { return false };
        let Some(at) = self.rcv.ts_recent_at else { return false };
        let older = self.rcv.ts_recent.wrapping_sub(value) as i32;
        if older <= 1 || self.rcv.ts_recent == 0 || turn.now.since(at) > TIMESTAMP_LIFETIME {
            return false;
        }
        // A pure ACK that was overtaken does no harm.
        let overtaken = segment.sequence_length() == 0
            && !segment.flags.syn()
            && segment.seq == self.rcv.nxt
            && segment.ack == self.snd.una
            && u32::from(segment.window) << self.agreed.snd_shift == self.snd.wnd
            && older as u64 * 1_000 <= u64::from(self.rtt.rto_us);
        !overtaken
    }

    /// RFC 7323, 4.3: TS.Recent is taken from the segment that the next ACK will acknowledge.
    pub(super) fn update_ts_recent(&mut self, segment: &Segment, turn: &Turning<'_>) {
        if !self.agreed.timestamps {
            return;
        }
        let Some((value, _)) = segment.options.timestamps() else { return };
        if segment.seq.precedes_or_is(self.rcv.wup) {
            let newer = self.rcv.ts_recent.wrapping_sub(value) as i32 <= 0
                || self.rcv.ts_recent_at.is_some_and(|at| turn.now.since(at) > TIMESTAMP_LIFETIME);
            if newer {
                self.rcv.ts_recent = value;
                self.rcv.ts_recent_at = Some(turn.now);
            }
        }
    }

    /// The answer to an unacceptable segment: an ACK, but not more often than tcp_invalid_ratelimit.
    fn answer_unacceptable(&mut self, segment: &Segment, turn: &mut Turning<'_>) {
        if segment.sequence_length() == 0 || segment.flags.syn() {
            let least = Micros::from_millis(u64::from(turn.profile.invalid_ratelimit));
            if self.totals.last_dup_ack.is_some_and(|at| turn.now.since(at) < least) {
                return;
            }
            self.totals.last_dup_ack = Some(turn.now);
        }
        self.send_duplicate_ack(segment, turn);
    }

    /// RFC 5961: an ACK that a true peer will answer with a RST which is right to the number.
    fn challenge(&mut self, rule: &'static Rule, turn: &mut Turning<'_>) {
        turn.tell(rule, self.state, self.state, None);
        let least = Micros::from_millis(u64::from(turn.profile.invalid_ratelimit));
        // One limit for all answers to what may be forged or lost in a loop.
        if self.totals.last_dup_ack.is_some_and(|at| turn.now.since(at) < least)
            || turn.profile.challenge_ack_limit == 0
        {
            return;
        }
        self.totals.last_dup_ack = Some(turn.now);
        self.send_ack(turn);
    }

    /// A RST that is right (RFC 9293, 3.10.7.4, second).
    fn reset(&mut self, turn: &mut Turning<'_>) {
        let error = match self.state {
            State::SynSent => Errno::ECONNREFUSED,
            State::CloseWait => Errno::EPIPE,
            _ => Errno::ECONNRESET,
        };
        self.fail(error, &rules::RESET, turn);
    }

    /// RFC 9293, 3.10.7.3.
    fn in_syn_sent(&mut self, segment: &Segment, turn: &mut Turning<'_>) {
        let flags = segment.flags;
        if flags.ack() {
            let expected = self.snd.una.precedes(segment.ack) && segment.ack.precedes_or_is(self.snd.nxt);
            if !expected {
                if !flags.rst() {
                    turn.tell(&rules::UNEXPECTED_ACK, self.state, self.state, None);
                    super::refuse(segment, turn);
                }
                if self.snd.retries == 0 {
                    // An old connection of the peer's was in the way, and is gone with a RST, its or ours: the SYN goes again soon.
                    self.arm(Timer::Retransmission, turn.now + Micros(super::rack::LEAST_TIMER), turn);
                }
                return;
            }
            if let Some((_, echo)) = segment.options.timestamps()
                && echo != 0
                && self.offered.timestamps
            {
                let first = self.timestamp(self.snd.last_data);
                let now = self.timestamp(turn.now);
                if (echo.wrapping_sub(first) as i32) < 0 || (now.wrapping_sub(echo) as i32) < 0 {
                    turn.tell(&rules::PAWS, self.state, self.state, None);
                    super::refuse(segment, turn);
                    return;
                }
            }
        }
        if flags.rst() {
            if flags.ack() {
                self.fail(Errno::ECONNREFUSED, &rules::REFUSED, turn);
            }
            return;
        }
        if !flags.syn() {
            return;
        }
        self.agree(segment, turn);
        self.rcv.synchronize(segment.seq);
        self.snd.wl1 = segment.seq;
        self.snd.wnd = u32::from(segment.window);
        self.snd.max_wnd = self.snd.wnd;
        if flags.ack() {
            if flags.contains(Flags::ECE) && !flags.contains(Flags::CWR) && turn.profile.asks_for_ecn() {
                self.agreed.ecn = true;
            }
            self.sync_mss(turn.profile);
            self.on_ack(segment, turn);
            self.timers.transmit = self.timers.transmit.filter(|_| self.queue.out() > 0);
            self.enter(State::Established, &rules::SYN_ACK_RECEIVED, turn);
            self.establish(turn);
            // Data that the SYN-ACK brought is not taken (Linux, without TCP Fast Open): the peer sends it again.
            self.send_ack(turn);
            let nagle = self.nagle();
            self.push_pending(nagle, turn);
            return;
        }
        // RFC 9293, 3.5: both SYNs crossed on the way.
        if flags.contains(Flags::ECE | Flags::CWR) && turn.profile.asks_for_ecn() {
            self.agreed.ecn = true;
        }
        self.sync_mss(turn.profile);
        self.enter(State::SynReceived, &rules::SIMULTANEOUS_OPEN, turn);
        self.queue.sent.clear();
        let flags = if self.agreed.ecn { Flags::SYN_ACK | Flags::ECE } else { Flags::SYN_ACK };
        self.send_syn(flags, false, turn);
        let at = turn.now + Micros(u64::from(self.rtt.rto_us));
        self.arm(Timer::Retransmission, at, turn);
    }

    /// The ACK of our SYN in SYN-RECEIVED (a simultaneous open, or one that a listener has just taken over).
    fn complete_handshake(&mut self, segment: &Segment, turn: &mut Turning<'_>) -> bool {
        let expected = self.snd.una.precedes(segment.ack) && segment.ack.precedes_or_is(self.snd.nxt);
        if !expected {
            // RFC 9293, 3.10.7.4, fifth: in SYN-RECEIVED a wrong ACK is answered with RST.
            super::refuse(segment, turn);
            return false;
        }
        self.enter(State::Established, &rules::HANDSHAKE_ACKED, turn);
        self.snd.wl1 = segment.seq;
        let shift = if segment.flags.syn() { 0 } else { self.agreed.snd_shift };
        self.snd.wnd = u32::from(segment.window) << shift;
        // A listener's connection begins with this segment: what the SYN's field said, which is never scaled, does not count.
        self.snd.max_wnd = if self.passive { self.snd.wnd } else { self.snd.max_wnd.max(self.snd.wnd) };
        self.establish(turn);
        true
    }

    /// What both SYNs have in common (RFC 7323, 1.3; RFC 2018, 2; RFC 9293, 3.7.1).
    pub(super) fn agree(&mut self, syn: &Segment, turn: &mut Turning<'_>) {
        let offers = self.offered;
        self.snd.mss_clamp = syn.options.mss().filter(|mss| *mss > 0).unwrap_or(536);
        if let Some(most) = self.settings.max_seg {
            self.snd.mss_clamp = self.snd.mss_clamp.min(most);
        }
        self.agreed.sack = offers.sack && syn.options.sack_permitted();
        if offers.timestamps
            && let Some((value, echo)) = syn.options.timestamps()
        {
            self.agreed.timestamps = true;
            self.rcv.ts_recent = value;
            self.rcv.ts_recent_at = Some(turn.now);
            self.rcv.last_echo = echo;
        }
        match syn.options.window_scale() {
            Some(shift) if offers.scaling => {
                self.agreed.scaling = true;
                // RFC 7323, 2.3: at most 14.
                self.agreed.snd_shift = shift.min(14);
                self.agreed.rcv_shift = offers.rcv_shift;
            }
            _ => {
                self.agreed.scaling = false;
                self.agreed.snd_shift = 0;
                self.agreed.rcv_shift = 0;
                self.rcv.clamp = self.rcv.clamp.min(65_535);
            }
        }
    }

    /// ESTABLISHED: buffers and windows begin.
    pub(super) fn establish(&mut self, turn: &mut Turning<'_>) {
        self.established_once = true;
        self.sync_mss(turn.profile);
        self.grow_send_buffer(turn.profile);
        self.rcv.established(self.advertised_room(), u32::from(self.snd.mss), turn.profile, turn.now);
        self.control.begin(turn.now, self.snd.nxt);
        self.control.cwnd = turn.profile.initial_window();
        // RFC 5681, 3.1: after a SYN that was lost the window begins with one segment.
        if self.totals.retransmitted > 1 && !self.rtt.is_measured() {
            self.control.cwnd = 1;
        }
        self.snd.last_data = turn.now;
        self.snd.backoff = 0;
        self.snd.retries = 0;
        self.end_timeouts(turn.now);
        self.rcv.ack.last_received = turn.now;
        self.totals.last_ack_received = turn.now;
        self.update_pacing_rate(turn);
        self.start_keep_alive(turn);
    }
}
