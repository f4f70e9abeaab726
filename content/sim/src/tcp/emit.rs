//! Segments as they go out: numbers, window, options, marks. What may be sent is decided elsewhere.

use super::Sending as Departing;
use super::Turning;
use super::connection::Connection;
use super::output::Nagle;
use super::queue::{Chunk, Marks};
use crate::rules;
use bytes::Bytes;
use sockets::{Quantity, State};
use wire::{Ecn, Flags, Options, Segment, Seq, TcpOption};

impl Connection {
    /// A segment with sequence numbers of its own: data, SYN or FIN.
    pub(super) fn emit_data(
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
    pub(super) fn segment(
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
    pub(super) fn options(&mut self, flags: Flags, turn: &Turning<'_>) -> Options {
        const FITS: &str = "all that TCP sends together takes at most 40 octets";
        let mut options = Options::NONE;
        if flags.syn() {
            // A listener answers what the peer offered; in a simultaneous open our own offer is repeated.
            let offers = if flags.ack() && self.passive { self.agreed } else { self.offered };
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
            options = Options::of_timestamps(self.timestamp(turn.now), self.rcv.ts_recent);
        }
        if !turn.profile.dsack {
            self.rcv.duplicate = None;
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
    pub(super) fn choose_window(&mut self, turn: &mut Turning<'_>) -> u16 {
        if let Some(window) = self.remnant {
            return (window >> self.agreed.rcv_shift).min(0xffff) as u16;
        }
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

    /// TSval at a moment (RFC 7323, 5.4): milliseconds with an offset of this pair.
    pub(super) fn timestamp(&self, at: sockets::Instant) -> u32 {
        ((at.0 / 1_000) as u32).wrapping_add(self.choice.timestamp_offset)
    }

    /// The round-trip time that a segment's TSecr tells, in microseconds, at least one tick of the clock; `None` without timestamps, or
    /// for an echo that is none of ours (RFC 7323, 4.1).
    pub(super) fn echoed_rtt(&self, segment: &Segment, now: sockets::Instant) -> Option<u32> {
        let (_, echo) =
            segment.options.timestamps().filter(|(_, echo)| self.agreed.timestamps && *echo != 0)?;
        let ticks = self.timestamp(now).wrapping_sub(echo);
        (ticks < u32::MAX / 4_000).then(|| ticks.max(1) * 1_000)
    }
}
