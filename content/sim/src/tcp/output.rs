//! Sending: which data may go out now, in which segments, with which flags and options.
//!
//! RFC 9293, 3.7.4 (Nagle) and 3.8.6 (windows); Linux's way of making bursts: data lies in runs, a burst takes at most half the
//! congestion window and what the pacing rate gives in a millisecond, and the last segment of a burst of several carries PSH.

use super::Sending as Departing;
use super::Turning;
use super::ack::Resend;
use super::connection::{Connection, Waiting};
use super::queue::{Chunk, Marks};
use crate::rules;
use bytes::Bytes;
use sockets::{Bound, Congestion, Micros, Quantity, State, Timer};
use wire::{Ecn, Flags, Options, Segment, Seq, TcpOption};

/// Whether small segments are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nagle {
    /// Nagle's algorithm: while anything is unacknowledged.
    On,
    /// TCP_NODELAY.
    Off,
    /// TCP_CORK, MSG_MORE: always.
    Cork,
    /// Never, this once.
    Push,
}

/// Why data is being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drive {
    /// As much as is allowed.
    All,
    /// One burst, while the program still writes.
    One,
    /// One segment as a tail loss probe, whatever the congestion window says.
    Probe,
}

/// The largest burst in octets, and the largest segment of a burst.
const LARGEST_BURST: u64 = 65_536;

impl Connection {
    /// TSval at a moment (RFC 7323, 5.4): milliseconds with an offset of this pair.
    pub(super) fn timestamp(&self, at: sockets::Instant) -> u32 {
        ((at.0 / 1_000) as u32).wrapping_add(self.choice.timestamp_offset)
    }

    /// How the socket's options hold small segments back.
    pub(super) fn nagle(&self) -> Nagle {
        if self.snd.push_now {
            Nagle::Push
        } else if self.settings.cork {
            Nagle::Cork
        } else if self.settings.no_delay {
            Nagle::Off
        } else {
            Nagle::On
        }
    }

    /// Works the MSS out anew (RFC 9293, 3.7.1): the path's MTU and the peer's MSS, less the options of every segment, and never more
    /// than half the largest window that the peer ever had.
    pub(super) fn sync_mss(&mut self, profile: &crate::Profile) {
        let headers = if self.pair.remote.is_ipv4() { 40 } else { 60 };
        let fixed = if self.agreed.timestamps { 12 } else { 0 };
        let path = self.snd.mtu.saturating_sub(headers).min(65_495);
        let mss = path.min(u32::from(self.snd.mss_clamp)).max(profile.min_snd_mss) - fixed;
        self.snd.mss = self.at_most_half_the_window(mss, fixed).max(1) as u16;
    }

    fn at_most_half_the_window(&self, octets: u32, fixed: u32) -> u32 {
        let largest = self.snd.max_wnd;
        let most = if largest > 536 { largest >> 1 } else { largest };
        if most > 0 && octets > most { most.max(68 - 20 - fixed) } else { octets }
    }

    /// The MSS for a segment that goes out now: SACK blocks take room as well.
    pub(super) fn current_mss(&self) -> u32 {
        let blocks = self.rcv.sack_blocks_to_send(&self.agreed) as u32;
        let taken = if blocks > 0 { 4 + 8 * blocks } else { 0 };
        u32::from(self.snd.mss).saturating_sub(taken).max(1)
    }

    /// How large a run of data may become: whole segments, at most half the peer's window.
    pub(super) fn run_limit(&self, mss: u32) -> u32 {
        let most = self.at_most_half_the_window(LARGEST_BURST as u32 - 1 - 320, 0);
        (most / mss).max(1) * mss
    }

    /// How many segments a burst may have: what the pacing rate gives in about a millisecond, more on short paths.
    fn burst_segments(&self, mss: u32, profile: &crate::Profile) -> u32 {
        let mut octets = if self.snd.pacing_rate == 0 { LARGEST_BURST } else { self.snd.pacing_rate >> 10 };
        let least = self.rtt.least();
        if least != u32::MAX {
            let shift = u64::from(least) >> profile.tso_rtt_log;
            if shift < 32 {
                octets += LARGEST_BURST >> shift;
            }
        }
        let octets = octets.min(LARGEST_BURST - 1 - 320) as u32;
        (octets / mss).max(profile.min_tso_segs).max(1)
    }

    /// Sends what the program's data, the windows and Nagle's algorithm allow.
    pub(super) fn push_pending(&mut self, nagle: Nagle, turn: &mut Turning<'_>) {
        if self.queue.unsent.is_empty() || self.state == State::Closed {
            return;
        }
        let stuck = self.send_runs(nagle, Drive::All, turn);
        // Nothing in flight and nothing can be sent: the probe timer keeps the connection alive (RFC 9293, 3.8.6.1).
        if stuck && self.timers.transmit.is_none() {
            let base = self.rtt.rto_us.max(turn.profile.rto_min_us);
            let at =
                turn.now + self.clamp_to_user_timeout(Micros(u64::from(base)), self.snd.probes_since, turn);
            self.arm(Timer::ZeroWindowProbe, at, turn);
        }
    }

    /// The loop of sending. True when data waits and nothing is in flight that could bring an acknowledgment.
    pub(super) fn send_runs(&mut self, nagle: Nagle, drive: Drive, turn: &mut Turning<'_>) -> bool {
        let mss = self.current_mss();
        let burst_most = self.burst_segments(mss, turn.profile);
        let (mut sent, mut window_limited, mut cwnd_limited) = (0, false, false);
        let mut bound = Bound::Application;
        while !self.queue.unsent.is_empty() {
            let in_flight = self.in_flight();
            let room = if in_flight < self.control.cwnd {
                (self.control.cwnd - in_flight).min((self.control.cwnd >> 1).max(1))
            } else if drive == Drive::Probe {
                1
            } else {
                bound = Bound::CongestionWindow;
                break;
            };
            let quota = room.min(burst_most);
            self.fill_front(quota * mss);
            let run = self.queue.unsent[0];
            let last = self.queue.unsent.len() == 1;
            let segments = run.length.div_ceil(mss).max(1);
            // The first segment must fit into the peer's window, as a whole (RFC 9293, 3.8.6.2.1).
            let first_end = if run.length > mss { run.seq + mss } else { run.after() };
            if self.window_end().precedes(first_end) {
                window_limited = true;
                bound = Bound::ReceiveWindow;
                break;
            }
            let nagle = if last { nagle } else { Nagle::Push };
            let mut limit = mss;
            if segments == 1 {
                let held = self.holds_back(run.length < mss && !run.flags.fin(), nagle);
                if held && !self.snd.urgent.is_some_and(|urgent| run.seq.precedes(urgent)) {
                    bound = Bound::SmallSegment;
                    turn.tell(
                        if nagle == Nagle::Cork { &rules::CORK } else { &rules::NAGLE },
                        self.state,
                        self.state,
                        None,
                    );
                    break;
                }
            } else {
                if drive == Drive::All
                    && let Some(by) = self.defers(&run, last, burst_most, turn)
                {
                    cwnd_limited |= by == Bound::CongestionWindow;
                    window_limited |= by == Bound::ReceiveWindow;
                    bound = by;
                    break;
                }
                if self.snd.urgent.is_none() {
                    limit = self.split_point(&run, last, mss, quota, nagle);
                }
            }
            if run.length == 0 && run.flags == Flags::ACK {
                self.queue.unsent.pop_front();
                continue;
            }
            if turn.effects.interface_full {
                // Linux takes a segment that its own queue refused for a sign of congestion.
                self.enter_cwr(turn);
                bound = Bound::CongestionWindow;
                break;
            }
            sent += self.send_burst(limit.min(run.length), mss, turn);
            if drive != Drive::All {
                break;
            }
        }
        self.snd.bound = bound;
        if window_limited {
            self.chrono(Waiting::Window, turn.now);
        } else if self.snd.busy.kind == Waiting::Window {
            self.chrono(if self.queue.is_empty() { Waiting::Idle } else { Waiting::Busy }, turn.now);
        }
        cwnd_limited |= self.in_flight() >= self.control.cwnd;
        if sent > 0 || cwnd_limited {
            self.validate_window(cwnd_limited, turn);
        }
        if sent > 0 {
            if self.is_recovering() {
                self.recovery.prr_out += sent;
            }
            if drive != Drive::Probe {
                self.schedule_loss_probe(false, turn);
            }
            return false;
        }
        self.queue.sent.is_empty() && !self.queue.unsent.is_empty()
    }

    /// Data of the next run moves to the front one while a burst has room, unless a record ends there.
    fn fill_front(&mut self, wanted: u32) {
        while let [front, next, ..] = self.queue.unsent.make_contiguous() {
            if front.ends_record || front.flags.fin() || front.length >= wanted {
                return;
            }
            let moved = next.length.min(wanted - front.length);
            front.length += moved;
            next.seq += moved;
            next.length -= moved;
            if next.length > 0 {
                return;
            }
            front.flags |= next.flags;
            front.ends_record |= next.ends_record;
            self.queue.unsent.remove(1);
            self.queue.charged = self.queue.charged.saturating_sub(super::queue::BOOKKEEPING);
        }
    }

    /// Nagle's algorithm as Minshall amended it: a small segment waits while another small one is unacknowledged
    /// (RFC 9293, 3.7.4).
    fn holds_back(&self, small: bool, nagle: Nagle) -> bool {
        small
            && match nagle {
                Nagle::Push | Nagle::Off => false,
                Nagle::Cork => true,
                Nagle::On => {
                    self.queue.out() > 0
                        && self.snd.una.precedes(self.snd.small)
                        && self.snd.small.precedes_or_is(self.snd.nxt)
                }
            }
    }

    /// Whether it is better to wait for a larger burst; by what the sender is bounded then.
    fn defers(
        &self,
        run: &super::queue::Run,
        last: bool,
        burst_most: u32,
        turn: &Turning<'_>,
    ) -> Option<Bound> {
        if self.recovery.state >= Congestion::Recovery || turn.now.since(self.snd.last_data).0 > 1_000 {
            return None;
        }
        let mss = u32::from(self.snd.mss);
        let window = self.window_end().since(run.seq);
        let congestion = (self.control.cwnd - self.in_flight().min(self.control.cwnd)) * mss;
        let limit = window.min(congestion);
        if limit >= burst_most * mss || !last && limit >= run.length {
            return None;
        }
        let part = self.snd.wnd.min(self.control.cwnd.saturating_mul(mss));
        match turn.profile.tso_win_divisor {
            0 => {
                if limit > 3 * mss {
                    return None;
                }
            }
            divisor => {
                if limit >= part / divisor {
                    return None;
                }
            }
        }
        let head = self.queue.sent.front()?;
        // The acknowledgment that would allow more is too far away.
        if turn.now.since(head.sent_at).0 < u64::from(self.rtt.srtt8() >> 4) {
            return None;
        }
        if congestion < window {
            if congestion <= run.length {
                return Some(Bound::CongestionWindow);
            }
        } else if window <= run.length {
            return Some(Bound::ReceiveWindow);
        }
        if run.flags.fin() || run.ends_record { None } else { Some(Bound::Application) }
    }

    /// How much of a run goes into the burst: whole segments, and its small rest only if Nagle's algorithm lets it.
    fn split_point(&self, run: &super::queue::Run, last: bool, mss: u32, quota: u32, nagle: Nagle) -> u32 {
        let window = self.window_end().since(run.seq);
        let most = mss * quota;
        if most <= window && !last {
            return most;
        }
        let needed = run.length.min(window);
        if most <= needed {
            return most;
        }
        let partial = needed % mss;
        if self.holds_back(partial != 0, nagle) { needed - partial } else { needed }
    }

    /// Sends the first `length` octets of the first run as one burst; says how many segments that were.
    fn send_burst(&mut self, length: u32, mss: u32, turn: &mut Turning<'_>) -> u32 {
        let Some(front) = self.queue.unsent.front_mut() else { return 0 };
        let mut run = *front;
        if length < run.length {
            front.seq += length;
            front.length -= length;
            run.length = length;
            run.flags = run.flags.without(Flags::FIN).without(Flags::PSH);
            run.ends_record = false;
            // The rest is charged for as a run of its own.
            self.queue.charged += super::queue::BOOKKEEPING;
        } else {
            self.queue.unsent.pop_front();
        }
        let nothing_out = self.queue.sent.is_empty();
        let segments = run.length.div_ceil(mss).max(1);
        self.queue.bursts = self.queue.bursts.wrapping_add(1);
        self.queue.transmissions = self.queue.transmissions.wrapping_add(1);
        let window = self.choose_window(turn);
        let now = turn.now;
        let in_flight = self.in_flight();
        let (mut seq, mut left) = (run.seq, run.length);
        for place in 0..segments {
            let size = left.min(mss);
            left -= size;
            let flags = if place + 1 == segments {
                run.flags
            } else {
                run.flags.without(Flags::FIN).without(Flags::PSH)
            };
            let mut chunk = Chunk {
                seq,
                length: size,
                flags,
                marks: Marks::default(),
                burst: self.queue.bursts,
                sent_at: now,
                order: self.queue.transmissions,
                ends_record: run.ends_record && place + 1 == segments,
                delivered: 0,
                delivered_at: now,
                first_sent_at: now,
                application_limited: false,
            };
            self.delivery.sent(&mut chunk, nothing_out && place == 0, now);
            let payload = self.queue.stream.slice(seq, size);
            // A burst of several asks the receiver to hand it on; what is sent again later does not repeat that.
            let pushes = segments > 1 && place + 1 == segments;
            let flags = if pushes { flags | Flags::PSH } else { flags };
            self.emit_data(seq, flags, payload, window, false, turn);
            self.snd.nxt = chunk.after();
            self.queue.sent.push_back(chunk);
            seq += size;
        }
        if in_flight == 0 {
            self.control.resumes(now, self.snd.last_data);
        }
        self.snd.last_data = now;
        self.note_reply(now);
        // Minshall: the end of the last segment that was not full.
        if run.length < segments * mss {
            self.snd.small = run.after();
        }
        if self.snd.busy.kind == Waiting::Idle {
            self.chrono(Waiting::Busy, now);
        }
        if nothing_out || matches!(self.timers.transmit, Some((Timer::LossProbe, _))) {
            self.rearm_retransmission(turn);
        }
        segments
    }

    /// A piece of waiting data as a probe, whatever Nagle's algorithm says.
    pub(super) fn push_probe(&mut self, size: u32, mss: u32, turn: &mut Turning<'_>) {
        // A window probe's flag stays although it is cut out of a run.
        let cut = self.queue.unsent.front().is_some_and(|run| size < run.length);
        self.send_burst(size, mss, turn);
        if cut && let Some(sent) = self.queue.sent.back_mut() {
            sent.flags |= Flags::PSH;
            if let Some(departing) = turn.effects.segments.last_mut() {
                departing.segment.flags |= Flags::PSH;
            }
        }
    }

    /// A segment with sequence numbers of its own: data, SYN or FIN.
    fn emit_data(
        &mut self,
        seq: Seq,
        flags: Flags,
        payload: Bytes,
        window: u16,
        again: bool,
        turn: &mut Turning<'_>,
    ) {
        let mut flags = flags;
        let mut ecn = Ecn::NotCapable;
        if self.agreed.ecn && !flags.syn() {
            // RFC 3168, 6.1.5: nothing that is sent again is marked capable.
            if !again && !payload.is_empty() && !seq.precedes(self.snd.nxt) {
                ecn = Ecn::Capable0;
                if self.snd.cwr {
                    self.snd.cwr = false;
                    flags |= Flags::CWR;
                }
            }
            if self.snd.ece {
                flags |= Flags::ECE;
            }
        }
        let mut urgent = 0;
        if let Some(end) = self.snd.urgent
            && seq.precedes(end)
        {
            let distance = end.since(seq);
            if distance <= 0xffff {
                flags |= Flags::URG;
                urgent = distance as u16;
            } else if seq.precedes(self.snd.nxt + 0xffff) {
                flags |= Flags::URG;
                urgent = 0xffff;
            }
        }
        let length = payload.len() as u64;
        self.totals.segments_out += 1;
        if length > 0 || flags.fin() {
            self.totals.data_segments_out += u64::from(length > 0);
            self.totals.bytes_sent += length;
        }
        if again {
            self.totals.retransmitted += 1;
            self.totals.bytes_retransmitted += length;
        }
        if flags.ack() {
            self.ack_was_sent(turn);
        }
        let options = self.options(flags, turn);
        let segment = self.segment(seq, flags, window, urgent, options, payload, ecn);
        turn.effects.segments.push(Departing { segment, retransmission: again });
    }

    #[allow(clippy::too_many_arguments, reason = "a header has that many fields")]
    fn segment(
        &self,
        seq: Seq,
        flags: Flags,
        window: u16,
        urgent: u16,
        options: Options,
        payload: Bytes,
        ecn: Ecn,
    ) -> Segment {
        Segment {
            ip: self.internet(ecn),
            source_port: self.pair.local.port(),
            destination_port: self.pair.remote.port(),
            seq,
            ack: if flags.ack() { self.rcv.nxt } else { Seq(0) },
            flags,
            window,
            urgent,
            options,
            payload,
        }
    }

    /// The options of a segment, in Linux's order.
    fn options(&mut self, flags: Flags, turn: &Turning<'_>) -> Options {
        const FITS: &str = "all that TCP sends together takes at most 40 octets";
        let mut options = Options::NONE;
        if flags.syn() {
            let offers = if flags.ack() { self.agreed } else { self.offers(turn.profile) };
            options.push(TcpOption::Mss(self.snd.advertised_mss)).expect(FITS);
            if offers.timestamps {
                if offers.sack {
                    options.push(TcpOption::SackPermitted).expect(FITS);
                } else {
                    options.push(TcpOption::Nop).expect(FITS);
                    options.push(TcpOption::Nop).expect(FITS);
                }
                let (value, echo) = (self.timestamp(turn.now), self.rcv.ts_recent);
                options.push(TcpOption::Timestamps { value, echo }).expect(FITS);
            } else if offers.sack {
                options.push(TcpOption::Nop).expect(FITS);
                options.push(TcpOption::Nop).expect(FITS);
                options.push(TcpOption::SackPermitted).expect(FITS);
            }
            if offers.scaling {
                options.push(TcpOption::Nop).expect(FITS);
                options.push(TcpOption::WindowScale(offers.rcv_shift)).expect(FITS);
            }
            return options;
        }
        if self.agreed.timestamps {
            options.push(TcpOption::Nop).expect(FITS);
            options.push(TcpOption::Nop).expect(FITS);
            let (value, echo) = (self.timestamp(turn.now), self.rcv.ts_recent);
            options.push(TcpOption::Timestamps { value, echo }).expect(FITS);
        }
        let count = self.rcv.sack_blocks_to_send(&self.agreed);
        if count > 0 {
            options.push(TcpOption::Nop).expect(FITS);
            options.push(TcpOption::Nop).expect(FITS);
            let (blocks, filled) = self.rcv.sack_blocks();
            options.push_sack(&blocks[..filled.min(count)]).expect(FITS);
            self.rcv.duplicate = None;
        }
        options
    }

    /// An acknowledgment without data (RFC 9293, 3.10.7.4).
    pub(super) fn send_ack(&mut self, turn: &mut Turning<'_>) {
        if self.state == State::Closed {
            return;
        }
        self.rcv.compressed = 0;
        self.timers.compressed_ack = None;
        let seq = self.acceptable_seq();
        self.emit_control(seq, Flags::ACK, turn);
    }

    /// A duplicate ACK that answers something out of order or unacceptable, at most so many in a time.
    pub(super) fn emit_control(&mut self, seq: Seq, flags: Flags, turn: &mut Turning<'_>) {
        let window = self.choose_window(turn);
        let mut flags = flags;
        if self.agreed.ecn && self.snd.ece && flags.ack() && !flags.rst() {
            flags |= Flags::ECE;
        }
        if flags.ack() {
            self.ack_was_sent(turn);
        }
        let options = self.options(flags, turn);
        self.totals.segments_out += 1;
        let segment = self.segment(seq, flags, window, 0, options, Bytes::new(), Ecn::NotCapable);
        if !turn.effects.interface_full {
            turn.effects.segments.push(Departing { segment, retransmission: false });
        }
    }

    /// The number for a segment without data: SND.NXT, or the window's end if the peer shrank it below.
    pub(super) fn acceptable_seq(&self) -> Seq {
        let end = self.window_end();
        let beyond = self.snd.nxt.since(end);
        let inside = !end.precedes(self.snd.nxt);
        if inside || self.agreed.scaling && beyond < 1 << self.agreed.rcv_shift { self.snd.nxt } else { end }
    }

    /// The window field of a segment, and RCV.WND with it.
    fn choose_window(&mut self, turn: &mut Turning<'_>) -> u16 {
        let before = self.rcv.window();
        let window = self.rcv.announce(&self.agreed, turn.profile);
        if window == 0 && before > 0 {
            turn.tell_change(&rules::RECEIVER_FULL, self.state, Quantity::RcvWnd, u64::from(before), 0);
        }
        window
    }

    /// SYN or SYN-ACK: the window is not scaled (RFC 7323, 2.2).
    pub(super) fn send_syn(&mut self, flags: Flags, again: bool, turn: &mut Turning<'_>) {
        let window = self.rcv.wnd.min(0xffff) as u16;
        self.rcv.wup = self.rcv.nxt;
        if !again {
            self.queue.sent.push_back(Chunk {
                seq: self.snd.iss,
                length: 0,
                flags,
                marks: Marks::default(),
                burst: 0,
                sent_at: turn.now,
                order: 0,
                ends_record: false,
                delivered: 0,
                delivered_at: turn.now,
                first_sent_at: turn.now,
                application_limited: false,
            });
            self.snd.nxt = self.snd.iss + 1;
        }
        self.emit_data(self.snd.iss, flags, Bytes::new(), window, again, turn);
    }

    /// Puts a FIN behind all data, and sends what may be sent (RFC 9293, 3.6).
    pub(super) fn send_fin(&mut self, turn: &mut Turning<'_>) {
        self.snd.fin_queued = true;
        match self.queue.unsent.back_mut() {
            Some(run) => run.flags |= Flags::FIN,
            None => self.queue.unsent.push_back(super::queue::Run {
                seq: self.snd.end,
                length: 0,
                flags: Flags::FIN_ACK,
                ends_record: false,
            }),
        }
        self.snd.end += 1;
        self.push_pending(Nagle::Off, turn);
    }

    /// RST without an answer to anything: the connection is thrown away (RFC 9293, 3.10.5).
    pub(super) fn send_reset(&mut self, turn: &mut Turning<'_>) {
        let seq = self.acceptable_seq();
        let flags = if matches!(self.state, State::SynSent) { Flags::RST } else { Flags::RST_ACK };
        self.emit_control(seq, flags, turn);
    }

    /// Silence between the last data and now: the window begins again (RFC 5681, 4.1).
    pub(super) fn restart_after_idle(&mut self, turn: &mut Turning<'_>) {
        let idle = turn.now.since(self.snd.last_data).0;
        let rto = u64::from(self.rtt.rto_us);
        if !turn.profile.slow_start_after_idle || !self.queue.sent.is_empty() || idle <= rto {
            return;
        }
        let before = self.control.cwnd;
        let floor = super::congestion::INITIAL_WINDOW.min(before);
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
    fn validate_window(&mut self, limited: bool, turn: &mut Turning<'_>) {
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
        if self.queue.unsent.is_empty() && self.in_flight() < self.control.cwnd {
            let limit = self.delivery.count.wrapping_add(self.in_flight()).max(1);
            self.delivery.application_limited = limit;
        }
    }

    /// A window that was not used for a round trip moves halfway to what was (RFC 2861).
    fn reduce_unused_window(&mut self, turn: &mut Turning<'_>) {
        if self.recovery.state == Congestion::Open && !self.snd.no_space {
            let used = self.control.used.max(super::congestion::INITIAL_WINDOW);
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

    /// Sends what an acknowledgment asked for: lost segments again, or new data to find out about a time-out (RFC 5682, 3.1, step 2b).
    pub(super) fn resend(&mut self, what: Resend, turn: &mut Turning<'_>) {
        if what == Resend::Nothing || self.state == State::SynSent {
            return;
        }
        if what == Resend::New {
            self.push_pending(Nagle::Off, turn);
            if self.recovery.high_seq.precedes(self.snd.nxt) {
                return;
            }
            self.recovery.frto = false;
        }
        self.retransmit_lost(turn);
    }

    /// Sends again what is taken for lost, as far as the window allows (RFC 6675, 5, NextSeg rule 1).
    pub(super) fn retransmit_lost(&mut self, turn: &mut Turning<'_>) {
        let mss = self.current_mss();
        let burst_most = self.burst_segments(mss, turn.profile);
        let mut rearm = false;
        let mut index = 0;
        while index < self.queue.sent.len() {
            let room = i64::from(self.control.cwnd) - i64::from(self.in_flight());
            if room <= 0 || self.queue.retransmitted >= self.queue.lost {
                break;
            }
            let chunk = &self.queue.sent[index];
            if !chunk.marks.lost || chunk.marks.sacked || chunk.marks.retransmitted {
                index += 1;
                continue;
            }
            let most = (room as u32).min(burst_most);
            let sent = self.retransmit(index, most, turn);
            if sent == 0 {
                break;
            }
            if self.is_recovering() {
                self.recovery.prr_out += sent;
            }
            if index == 0 && !matches!(self.timers.transmit, Some((Timer::Reordering, _))) {
                rearm = true;
            }
            index += sent as usize;
        }
        if rearm {
            let at = turn.now + Micros(u64::from(self.rtt.rto_us));
            self.arm(Timer::Retransmission, at, turn);
        }
    }

    /// Sends one segment again, with those of its burst that are in the same plight, at most `most`. Says how many; 0 when it may not.
    pub(super) fn retransmit(&mut self, index: usize, most: u32, turn: &mut Turning<'_>) -> u32 {
        let sent = self.send_again(index, most, turn);
        for chunk in self.queue.sent.range_mut(index..index + sent as usize) {
            if !chunk.marks.retransmitted {
                chunk.marks.retransmitted = true;
                self.queue.retransmitted += 1;
            }
        }
        if sent > 0 {
            self.snd.retransmits_since = self.snd.retransmits_since.or(Some(turn.now));
            self.recovery.undo_retransmits = self.recovery.undo_retransmits.max(0) + sent as i32;
        }
        sent
    }

    /// As [`Connection::retransmit`], without counting it as in flight once more: the tail loss probe's way.
    pub(super) fn send_again(&mut self, index: usize, most: u32, turn: &mut Turning<'_>) -> u32 {
        let mss = self.current_mss();
        let Some(first) = self.queue.sent.get(index).copied() else { return 0 };
        if first.flags.syn() {
            return self.send_syn_again(index, turn);
        }
        // A window that was pulled back: only the head goes out, as a probe.
        let beyond = self.window_end().precedes_or_is(first.seq) && first.length > 0;
        if beyond && first.seq != self.snd.una {
            return 0;
        }
        let available = if beyond { mss } else { self.window_end().since(first.seq).max(1) };
        let mut count = 1;
        if first.length > mss {
            // The MSS has shrunk meanwhile.
            self.queue.split(index, first.seq + mss);
        } else if first.length < mss.min(available) {
            self.collapse(index, mss.min(available), turn.profile);
        }
        let mut total = self.queue.sent[index].length;
        while count < most
            && total < available
            && let Some(next) = self.queue.sent.get(index + count as usize)
            && next.burst == first.burst
            && next.marks == first.marks
            && next.length > 0
            && next.length <= mss
            && total + next.length <= available
        {
            total += next.length;
            count += 1;
        }
        if turn.effects.interface_full {
            for chunk in self.queue.sent.range_mut(index..index + count as usize) {
                chunk.marks.ever_retransmitted = true;
            }
            return 0;
        }
        self.queue.bursts = self.queue.bursts.wrapping_add(u32::from(count > 1));
        self.queue.transmissions = self.queue.transmissions.wrapping_add(1);
        let window = self.choose_window(turn);
        for place in 0..count as usize {
            let burst = self.queue.bursts;
            let order = self.queue.transmissions;
            let chunk = &mut self.queue.sent[index + place];
            chunk.sent_at = turn.now;
            chunk.order = order;
            chunk.marks.ever_retransmitted = true;
            if count > 1 {
                chunk.burst = burst;
            }
            let mut held = *chunk;
            self.delivery.sent(&mut held, false, turn.now);
            self.queue.sent[index + place] = held;
            let payload = self.queue.stream.slice(held.seq, held.length);
            let pushes = count > 1 && place + 1 == count as usize;
            let flags = if pushes { held.flags | Flags::PSH } else { held.flags };
            self.emit_data(held.seq, flags, payload, window, true, turn);
        }
        self.note_reply(turn.now);
        self.snd.last_data = turn.now;
        count
    }

    fn send_syn_again(&mut self, index: usize, turn: &mut Turning<'_>) -> u32 {
        if turn.effects.interface_full {
            return 0;
        }
        let chunk = &mut self.queue.sent[index];
        // RFC 3168, 6.1.1.1: perhaps it was lost because it asked for ECN.
        if turn.profile.ecn_fallback {
            chunk.flags = chunk.flags.without(Flags::ECE | Flags::CWR);
        }
        chunk.sent_at = turn.now;
        chunk.marks.ever_retransmitted = true;
        let flags = chunk.flags;
        self.send_syn(flags, true, turn);
        1
    }

    /// Small segments that follow each other are sent again in one (Linux, tcp_retrans_collapse).
    fn collapse(&mut self, index: usize, room: u32, profile: &crate::Profile) {
        if !profile.retrans_collapse {
            return;
        }
        while let Some(next) = self.queue.sent.get(index + 1).copied() {
            let chunk = &self.queue.sent[index];
            if next.marks.sacked
                || chunk.marks.sacked
                || chunk.ends_record
                || chunk.flags.fin()
                || chunk.length + next.length > room
                || next.length == 0 && !next.flags.fin()
                || self.window_end().precedes(next.after())
            {
                break;
            }
            if next.marks.lost {
                self.queue.lost -= 1;
            }
            if next.marks.retransmitted {
                self.queue.retransmitted -= 1;
            }
            // Without SACK a duplicate ACK may have counted it.
            if !self.agreed.sack && self.queue.sacked > 0 {
                self.queue.sacked -= 1;
            }
            let chunk = &mut self.queue.sent[index];
            chunk.length += next.length;
            chunk.flags |= next.flags;
            chunk.ends_record = next.ends_record;
            chunk.marks.ever_retransmitted |= next.marks.ever_retransmitted;
            self.queue.sent.remove(index + 1);
        }
    }
}
