//! What the program asks of a connection (RFC 9293, 3.10.1 to 3.10.6): open, send, receive, shut down, close, options.

use super::connection::{Agreed, Connection};
use super::output::{Drive, Nagle};
use super::queue::{BOOKKEEPING, Run};
use super::{Choice, Gathered, Pair, SendFlags, Settings, Turning};
use crate::{Profile, rules};
use bytes::Bytes;
use sockets::{Direction, Errno, Micros, OptionName, OptionValue, State, Timer};
use wire::Flags;

impl Connection {
    /// Active open: sends the SYN (RFC 9293, 3.10.1).
    pub fn open(pair: Pair, settings: Settings, choice: Choice, turn: &mut Turning<'_>) -> Connection {
        let mut connection = Connection::new(pair, settings, choice, turn);
        let mss = u32::from(connection.snd.advertised_mss);
        connection.offer(mss, turn.profile);
        if let Some(most) = connection.settings.max_seg {
            connection.snd.mss_clamp = most;
        }
        let asks = turn.profile.asks_for_ecn();
        let flags = if asks { Flags::SYN | Flags::ECE | Flags::CWR } else { Flags::SYN };
        connection.enter(State::SynSent, &rules::ACTIVE_OPEN, turn);
        connection.snd.retransmits_since = Some(turn.now);
        connection.send_syn(flags, false, turn);
        let at = turn.now + Micros(u64::from(connection.rtt.rto_us));
        connection.arm(Timer::Retransmission, at, turn);
        connection
    }

    /// Sets out what our SYN may offer, and the first window.
    pub(super) fn offer(&mut self, mss: u32, profile: &Profile) {
        let shift = self.rcv.begin(mss, profile.window_scaling, profile);
        self.offered = Agreed {
            sack: profile.sack,
            timestamps: profile.timestamps > 0,
            scaling: profile.window_scaling,
            snd_shift: 0,
            rcv_shift: shift,
            ecn: profile.asks_for_ecn(),
        };
    }

    /// Takes as much of the data as the send buffer has room for, from the front, and says how many octets; 0 when it would have to wait
    /// (for room, or for the handshake). What is taken is sent as far as the windows allow.
    ///
    /// # Errors
    /// The pending error; EPIPE after shutdown or at the connection's end.
    pub fn send(&mut self, data: &Bytes, flags: SendFlags, turn: &mut Turning<'_>) -> Result<usize, Errno> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if self.shut_write || self.orphan {
            return Err(Errno::EPIPE);
        }
        if !matches!(self.state, State::Established | State::CloseWait) {
            return Ok(0);
        }
        self.note_application_limit();
        let mss = self.current_mss();
        let limit = self.run_limit(mss);
        let mut taken = 0;
        let mut full = false;
        while taken < data.len() {
            let tail = self.queue.unsent.back().filter(|run| !run.ends_record && run.length < limit);
            let room = match tail {
                Some(run) => limit - run.length,
                None => {
                    if !self.has_memory() {
                        full = true;
                        break;
                    }
                    if self.queue.unsent.is_empty() && self.queue.sent.is_empty() {
                        self.restart_after_idle(turn);
                    }
                    self.queue.unsent.push_back(Run {
                        seq: self.snd.end,
                        length: 0,
                        flags: Flags::ACK,
                        ends_record: false,
                    });
                    self.queue.charged += BOOKKEEPING;
                    self.snd.push_now = false;
                    limit
                }
            };
            let size = room.min((data.len() - taken).min(u32::MAX as usize) as u32);
            let piece = data.slice(taken..taken + size as usize);
            let first = taken == 0;
            self.queue.stream.push(self.snd.end, piece);
            let run = self.queue.unsent.back_mut().expect("there is one: it was found or pushed just now");
            if first {
                run.flags = run.flags.without(Flags::PSH);
            }
            run.length += size;
            let complete = run.length >= limit;
            self.snd.end += size;
            self.queue.charged += size;
            taken += size as usize;
            if taken == data.len() {
                run.ends_record |= flags.eor;
            } else if complete && !flags.oob {
                // The next run begins: what is complete may go out while the program still writes.
                if self.must_push() {
                    self.mark_push();
                    self.push_pending(Nagle::Push, turn);
                } else if self.queue.unsent.len() == 1 {
                    let nagle = self.nagle();
                    self.send_runs(nagle, Drive::One, turn);
                }
            }
        }
        if taken > 0 {
            if flags.oob && !full {
                // RFC 6093: the urgent pointer names the octet after the urgent one.
                self.snd.urgent = Some(self.snd.end);
            }
            if full {
                self.mark_push();
                self.push_pending(Nagle::Push, turn);
            } else {
                if !flags.more || self.must_push() {
                    self.mark_push();
                }
                let nagle = if flags.more { Nagle::Cork } else { self.nagle() };
                self.push_pending(nagle, turn);
            }
        }
        self.snd.no_space = full || taken == 0 && !data.is_empty();
        Ok(taken)
    }

    /// Sends what waits although a small segment would be held back: a send is waiting for room.
    pub fn push(&mut self, turn: &mut Turning<'_>) {
        self.mark_push();
        self.push_pending(Nagle::Push, turn);
    }

    /// More than half the peer's largest window has gone without PSH.
    fn must_push(&self) -> bool {
        (self.snd.pushed + (self.snd.max_wnd >> 1)).precedes(self.snd.end)
    }

    fn mark_push(&mut self) {
        if let Some(run) = self.queue.unsent.back_mut() {
            run.flags |= Flags::PSH;
            self.snd.pushed = self.snd.end;
        }
    }

    fn has_memory(&self) -> bool {
        self.queue.charged < self.snd.buffer && self.unsent() < self.not_sent_most()
    }

    fn unsent(&self) -> u32 {
        self.snd.end.since(self.snd.nxt)
    }

    /// How much may wait unsent: TCP_NOTSENT_LOWAT, or the system's.
    fn not_sent_most(&self) -> u32 {
        match self.settings.not_sent_low_at {
            0 => self.snd.not_sent_most,
            most => most,
        }
    }

    /// Whether poll(2) says that one can write: a third of the buffer is free, and unsent data is below half of what may wait, so that
    /// a program is not woken for every segment.
    pub(super) fn has_room_to_poll(&self) -> bool {
        let free = self.snd.buffer.saturating_sub(self.queue.charged);
        free >= self.queue.charged >> 1 && self.unsent().saturating_mul(2) < self.not_sent_most()
    }

    /// The send buffer grows with the congestion window, unless SO_SNDBUF fixed it.
    pub(super) fn grow_send_buffer(&mut self, profile: &Profile) {
        if self.settings.send_buffer.1 {
            return;
        }
        let segment = (u32::from(self.snd.mss_clamp.min(9_000)).max(u32::from(self.snd.mss)) + 640)
            .next_power_of_two()
            + 256;
        let segments = self.control.cwnd.max(10).max(self.recovery.reordering + 1);
        let wanted = segment.saturating_mul(segments).saturating_mul(2).min(profile.wmem[2]);
        self.snd.buffer = self.snd.buffer.max(wanted);
    }

    /// Puts up to `max` octets of the stream, in order, to what was gathered; says how many. `None` when it would have to wait, 0 at
    /// the end of the stream.
    ///
    /// # Errors
    /// The pending error, once all data is read; ENOTCONN where there never was a connection.
    pub fn recv(
        &mut self,
        max: usize,
        peek: bool,
        gathered: &mut Gathered,
        turn: &mut Turning<'_>,
    ) -> Result<Option<usize>, Errno> {
        let mut most = max;
        let mut skip = false;
        if let Some(urgent) = self.rcv.urgent
            && !urgent.seq.precedes(self.rcv.copied)
        {
            let distance = urgent.seq.since(self.rcv.copied) as usize;
            if distance == 0 {
                skip = self.rcv.unread > 0 && !self.settings.oob_inline;
            } else if distance < self.rcv.unread as usize {
                // A read never passes the urgent mark in one go.
                most = most.min(distance);
            }
        }
        if skip && peek && self.rcv.unread > 1 {
            // To look does not pass the mark: it is there for the next receive too.
            let mut seen = Gathered::default();
            let looked = self.rcv.take(most.saturating_add(1), true, &mut seen) - 1;
            gathered.push(seen.join().slice(1..));
            return Ok(Some(looked));
        }
        if skip && !peek {
            self.rcv.take(1, false, &mut Gathered::default());
            self.rcv.urgent = None;
        }
        if self.rcv.unread > u32::from(skip && peek) || max == 0 {
            let taken = self.rcv.take(most, peek, gathered);
            if !peek {
                self.rcv.urgent.take_if(|urgent| urgent.seq.precedes(self.rcv.copied));
                self.rcv.adjust_space(self.advertised_room(), turn.profile, turn.now);
                self.after_reading(taken as u32, turn);
            }
            return Ok(Some(taken));
        }
        // The end of the stream comes before an error that came after it.
        if self.rcv.fin {
            return Ok(Some(0));
        }
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if self.shut_read {
            return Ok(Some(0));
        }
        match self.state {
            State::Closed if self.established_once => Ok(Some(0)),
            State::Closed => Err(Errno::ENOTCONN),
            _ => Ok(None),
        }
    }

    /// How many octets a recv would give now (SIOCINQ).
    pub fn unread(&self) -> u32 {
        self.rcv.unread
    }

    /// The urgent octet, if one waits (MSG_OOB).
    ///
    /// # Errors
    /// EINVAL where there is none, or where it stays in the stream (SO_OOBINLINE); EAGAIN is the caller's, for `None`.
    pub fn recv_urgent(&mut self, peek: bool) -> Result<Option<u8>, Errno> {
        if self.settings.oob_inline {
            return Err(Errno::EINVAL);
        }
        let Some(urgent) = &mut self.rcv.urgent else { return Err(Errno::EINVAL) };
        if urgent.read {
            return Err(Errno::EINVAL);
        }
        if urgent.octet.is_some() && !peek {
            urgent.read = true;
        }
        Ok(urgent.octet)
    }

    /// shutdown(2).
    ///
    /// # Errors
    /// ENOTCONN where there is no connection.
    pub fn shutdown(&mut self, how: Direction, turn: &mut Turning<'_>) -> Result<(), Errno> {
        match self.state {
            State::Closed | State::TimeWait if !self.is_there() => return Err(Errno::ENOTCONN),
            State::SynSent => {
                self.error = None;
                self.end(&rules::CLOSED_EARLY, turn);
                return Ok(());
            }
            _ => {}
        }
        if matches!(how, Direction::Read | Direction::Both) {
            self.shut_read = true;
        }
        if matches!(how, Direction::Write | Direction::Both) && !self.shut_write {
            self.shut_write = true;
            self.close_state(turn);
        }
        Ok(())
    }

    fn is_there(&self) -> bool {
        !matches!(self.state, State::Closed | State::TimeWait)
    }

    /// FIN, where the state has one to send (RFC 9293, 3.10.4).
    fn close_state(&mut self, turn: &mut Turning<'_>) {
        match self.state {
            State::Established | State::SynReceived => {
                self.enter(State::FinWait1, &rules::CLOSE_FIRST, turn);
                self.send_fin(turn);
            }
            State::CloseWait => {
                self.enter(State::LastAck, &rules::CLOSE_SECOND, turn);
                self.send_fin(turn);
            }
            _ => {}
        }
    }

    /// The program closes the socket: FIN, or RST with unread data or SO_LINGER 0. The connection lives on as an orphan until CLOSED.
    pub fn close(&mut self, turn: &mut Turning<'_>) {
        if self.orphan {
            return;
        }
        self.orphan = true;
        let unread = self.rcv.unread > 0;
        let shut_before = self.shut_write;
        self.shut_read = true;
        self.shut_write = true;
        if matches!(self.timers.slow, Some((Timer::KeepAlive, _))) {
            self.timers.slow = None;
        }
        match self.state {
            State::Closed => {}
            State::SynSent => self.end(&rules::CLOSED_EARLY, turn),
            // RFC 9293, 3.6.1 (SHLD-3): data that nobody read is lost, and the peer is to know it.
            _ if unread => {
                self.send_reset(turn);
                self.end(&rules::RESET_UNREAD, turn);
            }
            State::TimeWait => {}
            state if self.settings.linger == Some(0) => {
                let unsent = self.snd.nxt != self.snd.end;
                if !matches!(state, State::Closing | State::LastAck) || unsent {
                    self.send_reset(turn);
                }
                self.end(&rules::LINGER_ZERO, turn);
            }
            State::FinWait2 => {
                if self.settings.linger2 == Some(-1) {
                    self.send_reset(turn);
                    self.end(&rules::LINGER2, turn);
                } else {
                    self.start_fin_wait_2(turn);
                }
            }
            _ if !shut_before => self.close_state(turn),
            _ => {}
        }
    }

    /// RST, and CLOSED at once; for a connection that nobody accepted.
    pub fn abort(&mut self, turn: &mut Turning<'_>) {
        if !matches!(self.state, State::Closed | State::SynSent | State::TimeWait) {
            self.send_reset(turn);
        }
        self.orphan = true;
        self.end(&rules::NOT_ACCEPTED, turn);
    }

    /// Sets an option, with what it does to a live connection.
    ///
    /// # Errors
    /// As setsockopt(2).
    pub fn set_option(
        &mut self,
        option: OptionName,
        value: &OptionValue,
        turn: &mut Turning<'_>,
    ) -> Result<(), Errno> {
        use OptionName as O;
        let corked = self.settings.cork;
        self.settings.set(option, value, turn.profile)?;
        match option {
            O::NoDelay if self.settings.no_delay => {
                self.snd.push_now = true;
                self.push_pending(Nagle::Push, turn);
            }
            O::Cork if corked && !self.settings.cork => {
                if self.settings.no_delay {
                    self.snd.push_now = true;
                }
                let nagle = self.nagle();
                self.push_pending(nagle, turn);
            }
            O::RcvBuf => {
                self.rcv.buffer = self.settings.receive_buffer.0;
                self.rcv.buffer_fixed = true;
            }
            O::RcvLowAt => self.rcv.make_room_for(self.settings.receive_low_at),
            O::SndBuf => self.snd.buffer = self.settings.send_buffer.0,
            O::KeepAlive => {
                if self.settings.keep_alive {
                    self.start_keep_alive(turn);
                } else if matches!(self.timers.slow, Some((Timer::KeepAlive, _))) {
                    self.timers.slow = None;
                    turn.tell_timer(Timer::KeepAlive, None);
                }
            }
            O::KeepIdle
                if self.settings.keep_alive && matches!(self.timers.slow, Some((Timer::KeepAlive, _))) =>
            {
                let heard = self.rcv.ack.last_received.max(self.totals.last_ack_received);
                let left = self.keep_idle(turn.profile).0.saturating_sub(turn.now.since(heard).0);
                self.arm_slow(Timer::KeepAlive, Micros(left), turn);
            }
            O::QuickAck => {
                if self.settings.quick_ack == Some(false) {
                    self.rcv.ack.interactive = true;
                } else {
                    self.rcv.ack.interactive = false;
                    if matches!(self.state, State::Established | State::CloseWait) && self.rcv.ack.scheduled {
                        self.rcv.ack.pushed = self.rcv.ack.pushed.max(1);
                        self.send_ack(turn);
                    }
                }
            }
            O::Congestion => self.control.change(self.settings.congestion, turn.now, self.snd.nxt),
            O::WindowClamp if self.settings.window_clamp > 0 => {
                self.rcv.set_clamp(self.settings.window_clamp);
            }
            _ => {}
        }
        Ok(())
    }

    /// Tells an option of a live connection.
    ///
    /// # Errors
    /// As getsockopt(2).
    pub fn option(&self, option: OptionName, profile: &Profile) -> Result<OptionValue, Errno> {
        let number = |number: u32| Ok(OptionValue::Number(i32::try_from(number).unwrap_or(i32::MAX)));
        match option {
            OptionName::MaxSeg if self.state == State::Closed => self.settings.get(option, profile),
            OptionName::MaxSeg => number(u32::from(self.snd.mss)),
            OptionName::RcvBuf => number(self.rcv.buffer),
            OptionName::SndBuf => number(self.snd.buffer),
            OptionName::QuickAck => number(u32::from(!self.rcv.ack.interactive)),
            OptionName::WindowClamp => number(self.rcv.clamp),
            _ => self.settings.get(option, profile),
        }
    }
}
