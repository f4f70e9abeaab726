//! Segments that arrive while the connection ends: the ACK of our FIN, data for nobody, TIME-WAIT (RFC 9293, 3.6 and 3.10.7.4).

use super::connection::Connection;
use super::{Taken, Turning};
use crate::rules;
use sockets::{Errno, Micros, State, Timer};
use wire::Segment;

impl Connection {
    /// RFC 9293, 3.10.7.4 for TIME-WAIT, and RFC 6191 for a new SYN.
    pub(super) fn in_time_wait(&mut self, segment: &Segment, turn: &mut Turning<'_>) -> Taken {
        let old = self.fails_paws(segment, turn);
        let flags = segment.flags;
        if !old && segment.seq == self.rcv.nxt && (segment.sequence_length() == 0 || flags.rst()) {
            if flags.rst() {
                if !turn.profile.rfc1337 {
                    self.end(&rules::TIME_WAIT_RESET, turn);
                }
            } else {
                self.restart_time_wait(turn);
                self.update_ts_recent(segment, turn);
            }
            return Taken::Done;
        }
        let newer_clock = segment.options.timestamps().is_some_and(|(value, _)| {
            self.agreed.timestamps && (self.rcv.ts_recent.wrapping_sub(value) as i32) < 0
        });
        if flags.syn()
            && !flags.rst()
            && !flags.ack()
            && !old
            && (self.rcv.nxt.precedes(segment.seq) || newer_clock)
        {
            let beyond = self.snd.nxt + 65_537;
            self.end(&rules::TIME_WAIT_REOPENED, turn);
            return Taken::Reopen(beyond);
        }
        if !flags.rst() {
            if old || flags.ack() {
                self.restart_time_wait(turn);
            }
            turn.tell(&rules::TIME_WAIT_ACK, self.state, self.state, None);
            self.acknowledge_as_remnant(segment, turn);
        }
        Taken::Done
    }

    /// FIN-WAIT-2 of an orphan. Like TIME-WAIT, Linux keeps only the numbers of such a connection (tcp_timewait_state_process): any RST
    /// in the window ends it, any data or SYN is answered with RST, and the peer's FIN alone goes on to TIME-WAIT.
    pub(super) fn in_orphaned_fin_wait_2(&mut self, segment: &Segment, turn: &mut Turning<'_>) {
        let (flags, end, nxt) = (segment.flags, segment.end(), self.rcv.nxt);
        let limit = nxt + self.rcv.window();
        let is_in_window = segment.seq == nxt
            || nxt.precedes(end) && segment.seq.precedes(limit)
            || segment.seq == limit && end == limit;
        if self.fails_paws(segment, turn) || !is_in_window {
            turn.tell(&rules::UNACCEPTABLE, self.state, self.state, None);
            self.acknowledge_as_remnant(segment, turn);
        } else if flags.rst() {
            self.end(&rules::RESET, turn);
        } else if flags.syn() && !segment.seq.precedes(nxt) {
            super::refuse(segment, turn);
            self.end(&rules::DATA_AFTER_CLOSE, turn);
        } else if !flags.ack() || !nxt.precedes(end) || segment.sequence_length() == 0 {
            if !flags.ack() {
                turn.tell(&rules::NO_ACK_BIT, self.state, self.state, None);
            }
        } else if !flags.fin() || end != nxt + 1 {
            super::refuse(segment, turn);
            self.end(&rules::DATA_AFTER_CLOSE, turn);
        } else {
            self.rcv.nxt = end;
            self.rcv.fin = true;
            self.update_ts_recent(segment, turn);
            self.enter_time_wait(&rules::FIN_ANSWERED, turn);
            self.send_ack(turn);
        }
    }

    /// The window stays what it was, and segments without data are not answered more often than tcp_invalid_ratelimit.
    fn acknowledge_as_remnant(&mut self, segment: &Segment, turn: &mut Turning<'_>) {
        if segment.sequence_length() == 0 || segment.flags.syn() {
            let least = Micros::from_millis(u64::from(turn.profile.invalid_ratelimit));
            if self.totals.last_dup_ack.is_some_and(|at| turn.now.since(at) < least) {
                return;
            }
            self.totals.last_dup_ack = Some(turn.now);
        }
        self.send_ack(turn);
    }

    /// Only the numbers are kept from now on.
    pub(super) fn become_remnant(&mut self) {
        if self.remnant.is_none() {
            self.remnant = Some(self.rcv.window());
            self.totals.last_dup_ack = None;
        }
    }

    pub(super) fn restart_time_wait(&mut self, turn: &mut Turning<'_>) {
        self.arm_slow(Timer::TimeWait, super::timers::TIME_WAIT, turn);
    }

    /// An orphan does not wait for the peer's FIN for ever (tcp(7), tcp_fin_timeout).
    pub(super) fn start_fin_wait_2(&mut self, turn: &mut Turning<'_>) {
        let seconds =
            self.settings.linger2.and_then(|s| u32::try_from(s).ok()).unwrap_or(turn.profile.fin_timeout);
        let rto = u64::from(self.rtt.rto_us);
        let after = Micros::from_secs(u64::from(seconds)).0.max((rto << 2) - (rto >> 1));
        self.arm_slow(Timer::FinWait2, Micros(after), turn);
        // A longer wait than TIME-WAIT's keeps the whole connection for as long.
        if after <= super::timers::TIME_WAIT.0 {
            self.become_remnant();
        }
    }

    /// RFC 9293, 3.6.1: data for a program that will not read it is answered with RST.
    pub(super) fn refuses_data(&mut self, segment: &Segment, turn: &mut Turning<'_>) -> bool {
        let end = segment.seq + segment.payload.len() as u32;
        // After the peer's FIN, data can only be beyond it; Linux looks at what begins before it.
        let listens = match self.state {
            State::FinWait1 | State::FinWait2 => self.shut_read,
            State::CloseWait | State::Closing | State::LastAck => segment.seq.precedes(self.rcv.nxt),
            _ => false,
        };
        let unwanted = listens && !segment.payload.is_empty() && self.rcv.nxt.precedes(end);
        if unwanted {
            super::refuse(segment, turn);
            let error = if self.state == State::CloseWait { Errno::EPIPE } else { Errno::ECONNRESET };
            self.fail(error, &rules::DATA_AFTER_CLOSE, turn);
        }
        unwanted
    }

    /// Our FIN may have been acknowledged now. True when the segment needs no more attention.
    pub(super) fn after_own_fin(&mut self, segment: &Segment, turn: &mut Turning<'_>) -> bool {
        let acknowledged = self.snd.fin_queued && self.snd.una == self.snd.end;
        if !acknowledged {
            return false;
        }
        match self.state {
            State::FinWait1 => {
                self.enter(State::FinWait2, &rules::FIN_ACKED, turn);
                self.shut_write = true;
                if self.orphan {
                    let beyond = segment.seq + segment.payload.len() as u32;
                    if self.settings.linger2 == Some(-1) {
                        super::refuse(segment, turn);
                        self.end(&rules::LINGER2, turn);
                        return true;
                    }
                    if !segment.payload.is_empty() && self.rcv.nxt.precedes(beyond) {
                        return false;
                    }
                    self.start_fin_wait_2(turn);
                    // What the segment holds beside the ACK is for what is left now.
                    if segment.flags.fin() {
                        self.remnant = None;
                    }
                }
                false
            }
            State::Closing => {
                self.enter_time_wait(&rules::FIN_ACKED, turn);
                true
            }
            State::LastAck => {
                self.end(&rules::FIN_ACKED, turn);
                true
            }
            _ => false,
        }
    }
}
