//! Data that arrives (RFC 9293, 3.10.7.4, seventh and eighth), and when it is acknowledged (3.8.6.3).

use super::Turning;
use super::connection::Connection;
use super::receive::Urgent;
use crate::{Profile, rules};
use bytes::{Buf, Bytes};
use sockets::{Micros, Quantity, State, Timer};
use wire::{Ecn, Flags, SackBlock, Segment, Seq};

/// The shortest delay of an ACK, in microseconds.
const ATO_MIN: u32 = 40_000;
/// The longest.
const ATO_MAX: u32 = 200_000;
/// So many ACKs go out at once when a peer begins to send, or is in trouble.
pub(super) const MOST_QUICK_ACKS: u32 = 16;

impl Connection {
    /// The segment's data, which are taken out of it, and its FIN; its sequence numbers were found acceptable.
    pub(super) fn on_data(&mut self, segment: &mut Segment, turn: &mut Turning<'_>) {
        self.take_urgent(segment);
        let length = segment.sequence_length();
        if length == 0 {
            return;
        }
        if segment.flags.contains(Flags::CWR) && !segment.payload.is_empty() {
            // RFC 3168, 6.1.3: the peer has reduced its window.
            self.snd.ece = false;
            self.rcv.ack.now |= !segment.payload.is_empty();
        }
        let window = self.rcv.window();
        let end = segment.end();
        if segment.seq == self.rcv.nxt {
            if window == 0 && !(segment.payload.is_empty() && segment.flags.fin()) {
                self.out_of_window(&rules::NO_WINDOW, turn);
                return;
            }
            let data = core::mem::take(&mut segment.payload);
            let arrived = data.len() as u32;
            self.take_in_order(data, segment, arrived, turn);
            return;
        }
        if end.precedes_or_is(self.rcv.nxt) {
            // All of it was received before.
            self.tell_duplicate(segment.seq, end);
            turn.tell(&rules::DUPLICATE_DATA, self.state, self.state, None);
            self.enter_quick_acks();
            self.rcv.ack.scheduled = true;
            return;
        }
        if !segment.seq.precedes(self.rcv.nxt + window) {
            self.out_of_window(&rules::OUT_OF_WINDOW, turn);
            return;
        }
        if segment.seq.precedes(self.rcv.nxt) {
            // Its front was received before.
            self.tell_duplicate(segment.seq, self.rcv.nxt);
            if window == 0 {
                self.out_of_window(&rules::NO_WINDOW, turn);
                return;
            }
            let mut rest = core::mem::take(&mut segment.payload);
            let arrived = rest.len() as u32;
            let known = self.rcv.nxt.since(segment.seq) as usize;
            rest.advance(known.min(rest.len()));
            self.take_in_order(rest, segment, arrived, turn);
            return;
        }
        self.take_out_of_order(segment, turn);
    }

    /// `data` are those of the segment that are new. `arrived` is how many octets it brought with its front, which may have been
    /// received before: that tells how large the peer's segments are.
    fn take_in_order(&mut self, data: Bytes, segment: &Segment, arrived: u32, turn: &mut Turning<'_>) {
        let octets = data.len() as u32;
        if octets > 0 && !self.rcv.makes_room() {
            self.rcv.no_memory = true;
            self.rcv.ack.now = true;
            self.rcv.ack.scheduled = true;
            turn.tell(&rules::BUFFER_FULL, self.state, self.state, None);
            return;
        }
        // RFC 9293, 3.10.7.4 would cut off what lies beyond the window; Linux takes it (it is there already), where it takes the segment.
        let before = self.rcv.nxt;
        if octets > 0 {
            self.totals.bytes_received += u64::from(octets);
            self.rcv.append(data);
            self.note_arrival(segment, arrived, turn);
        }
        let mut fin_reached = segment.flags.fin();
        if self.rcv.has_islands() {
            let held = self.rcv.nxt;
            if self.rcv.fill_hole() {
                fin_reached = true;
            }
            self.totals.bytes_received += u64::from(self.rcv.nxt.since(held));
            // RFC 5681, 4.2: at once when a hole is filled.
            if !self.rcv.has_islands() {
                self.rcv.ack.now = true;
            }
            turn.tell(&rules::HOLE_FILLED, self.state, self.state, None);
        }
        turn.tell_change(
            &rules::IN_ORDER,
            self.state,
            Quantity::RcvNxt,
            u64::from(before.0),
            u64::from(self.rcv.nxt.0),
        );
        if fin_reached {
            self.on_fin(turn);
        }
    }

    fn take_out_of_order(&mut self, segment: &Segment, turn: &mut Turning<'_>) {
        self.notice_congestion(segment);
        if !self.rcv.makes_room() {
            turn.tell(&rules::BUFFER_FULL, self.state, self.state, None);
            self.rcv.ack.now = true;
            self.rcv.ack.scheduled = true;
            return;
        }
        let (data, fin) = (segment.payload.clone(), segment.flags.fin());
        self.totals.out_of_order += 1;
        let size = data.len() as u32;
        self.measure_size(segment, size);
        self.rcv.ack.scheduled = true;
        let before = u64::from(self.rcv.out_of_order_octets());
        let fresh = self.rcv.keep(segment.seq, data, fin);
        if !self.agreed.sack || !turn.profile.dsack {
            self.rcv.duplicate = None;
        }
        let after = u64::from(self.rcv.out_of_order_octets());
        turn.tell_change(&rules::OUT_OF_ORDER, self.state, Quantity::OutOfOrder, before, after);
        if fresh && self.agreed.sack {
            self.rcv.grow(size, self.advertised_room(), turn.profile);
        }
    }

    /// The peer has sent its last octet (RFC 9293, 3.10.7.4, eighth).
    fn on_fin(&mut self, turn: &mut Turning<'_>) {
        self.rcv.nxt += 1;
        self.rcv.fin = true;
        self.rcv.ack.scheduled = true;
        self.shut_read = true;
        match self.state {
            State::SynReceived | State::Established => {
                self.rcv.ack.interactive = true;
                self.enter(State::CloseWait, &rules::FIN_RECEIVED, turn);
            }
            State::FinWait1 => {
                self.send_ack(turn);
                self.enter(State::Closing, &rules::FIN_CROSSED, turn);
            }
            State::FinWait2 => {
                self.send_ack(turn);
                self.enter_time_wait(&rules::FIN_ANSWERED, turn);
            }
            _ => {}
        }
    }

    fn out_of_window(&mut self, rule: &'static sockets::Rule, turn: &mut Turning<'_>) {
        turn.tell(rule, self.state, self.state, None);
        self.enter_quick_acks();
        self.rcv.ack.scheduled = true;
    }

    pub(super) fn tell_duplicate(&mut self, start: Seq, end: Seq) {
        if self.agreed.sack {
            self.rcv.duplicate = Some(SackBlock { start, end });
        }
    }

    /// An ACK at once for a segment that is not acceptable, with DSACK if it brought old data.
    pub(super) fn send_duplicate_ack(&mut self, segment: &Segment, turn: &mut Turning<'_>) {
        if segment.sequence_length() > 0 && segment.seq.precedes(self.rcv.nxt) {
            self.enter_quick_acks();
            if self.agreed.sack && turn.profile.dsack {
                let end = segment.end();
                let end = if self.rcv.nxt.precedes(end) { self.rcv.nxt } else { end };
                self.tell_duplicate(segment.seq, end);
            }
        }
        self.send_ack(turn);
    }

    /// What an arrival of new data does to the delayed ACK; the segment brought so many octets.
    fn note_arrival(&mut self, segment: &Segment, octets: u32, turn: &mut Turning<'_>) {
        let now = turn.now;
        self.rcv.ack.scheduled = true;
        self.measure_size(segment, octets);
        self.measure_receiver_rtt(segment, octets, now);
        let rto = self.rtt.rto_us;
        if self.rcv.ack.ato_us == 0 {
            self.more_quick_acks(MOST_QUICK_ACKS);
            self.rcv.ack.ato_us = ATO_MIN;
        } else {
            let gap = now.since(self.rcv.ack.last_received).0.min(u64::from(u32::MAX)) as u32;
            let ato = self.rcv.ack.ato_us;
            if gap <= ATO_MIN / 2 {
                self.rcv.ack.ato_us = ato / 2 + ATO_MIN / 2;
            } else if gap < ato {
                self.rcv.ack.ato_us = (ato / 2 + gap).min(rto);
            } else if gap > rto {
                // The sender was silent for long: it begins slowly, and waits for each ACK.
                self.more_quick_acks(MOST_QUICK_ACKS);
            }
        }
        self.rcv.ack.last_received = now;
        self.notice_congestion(segment);
        if octets >= 128 {
            self.rcv.grow(octets, self.advertised_room(), turn.profile);
        }
    }

    fn measure_size(&mut self, segment: &Segment, octets: u32) {
        let fixed = 20 + if self.agreed.timestamps { 12 } else { 0 };
        let header = segment.header_length() as u32;
        self.rcv.measure_size(octets, header, segment.flags.psh(), self.advertised_room(), fixed);
    }

    fn measure_receiver_rtt(&mut self, segment: &Segment, octets: u32, now: sockets::Instant) {
        if self.agreed.timestamps {
            if octets >= self.rcv.mss
                && let Some(rtt) = self.echoed_rtt(segment, now)
            {
                self.rcv.note_rtt(rtt, false);
            }
            return;
        }
        let (mark, since) = self.rcv.rtt_mark;
        if self.rcv.nxt.precedes(mark) {
            return;
        }
        if mark != self.rcv.irs + 1 {
            self.rcv.note_rtt(now.since(since).0.min(u64::from(u32::MAX)) as u32, true);
        }
        self.rcv.rtt_mark = (self.rcv.nxt + self.rcv.wnd, now);
    }

    /// RFC 3168, 6.1.3: a router's mark is echoed until the peer says that it has reduced its window.
    fn notice_congestion(&mut self, segment: &Segment) {
        // RFC 3168, 6.1.5: a segment that is not ECN-capable among others that are was probably sent again, and its sender waits for the ACK.
        match segment.ip.ecn {
            Ecn::NotCapable if self.snd.ecn_seen => self.enter_quick_acks_of(2),
            Ecn::NotCapable => {}
            _ => self.snd.ecn_seen = true,
        }
        if !self.agreed.ecn {
            return;
        }
        if segment.ip.ecn == Ecn::CongestionExperienced && !self.snd.ece {
            self.snd.ece = true;
            self.enter_quick_acks_of(2);
            self.rcv.ack.now = true;
        }
    }

    fn more_quick_acks(&mut self, most: u32) {
        let count = match self.rcv.wnd / (2 * self.rcv.mss.max(1)) {
            0 => 2,
            count => count.min(most),
        };
        self.rcv.ack.quick = self.rcv.ack.quick.max(count);
    }

    pub(super) fn enter_quick_acks(&mut self) {
        self.enter_quick_acks_of(MOST_QUICK_ACKS);
    }

    fn enter_quick_acks_of(&mut self, most: u32) {
        self.more_quick_acks(most);
        self.rcv.ack.interactive = false;
        self.rcv.ack.ato_us = ATO_MIN;
    }

    /// Data of ours went out soon after data of the peer's: replies carry the acknowledgments.
    pub(super) fn note_reply(&mut self, now: sockets::Instant) {
        if now.since(self.rcv.ack.last_received).0 < u64::from(self.rcv.ack.ato_us) {
            self.rcv.ack.interactive = true;
        }
    }

    /// An acknowledgment went out, alone or with data.
    pub(super) fn ack_was_sent(&mut self, turn: &mut Turning<'_>) {
        let ack = &mut self.rcv.ack;
        if ack.quick > 0 {
            let count = u32::from(ack.scheduled);
            if count >= ack.quick {
                ack.quick = 0;
                ack.ato_us = ATO_MIN;
            } else {
                ack.quick -= count;
            }
        }
        ack.scheduled = false;
        ack.now = false;
        ack.pushed = 0;
        if self.timers.delayed_ack.take().is_some() {
            turn.tell_timer(Timer::DelayedAck, None);
        }
    }

    /// Acknowledges what came in this turn: at once, or later (RFC 9293, 3.8.6.3; RFC 5681, 4.2).
    pub(super) fn acknowledge(&mut self, turn: &mut Turning<'_>) {
        if !self.rcv.ack.scheduled {
            return;
        }
        let unannounced = self.rcv.nxt.since(self.rcv.wup);
        let second_full = unannounced > self.rcv.mss
            && (self.rcv.unread < self.settings.receive_low_at
                || self.rcv.choose(&self.agreed) >= self.rcv.wnd);
        if second_full || self.in_quick_acks(turn.profile) || self.rcv.ack.now {
            let rule = if self.rcv.ack.now {
                &rules::ACK_NOW
            } else if second_full {
                &rules::ACK_SECOND
            } else {
                &rules::QUICK_ACK
            };
            turn.tell(rule, self.state, self.state, None);
            self.send_ack(turn);
            return;
        }
        if !self.rcv.has_islands() {
            self.delay_ack(turn);
            return;
        }
        // Out of order: the first few go out at once, then they are thinned out (Linux, tcp_comp_sack_*).
        if !self.agreed.sack || self.rcv.compressed >= turn.profile.comp_sack_nr {
            self.send_out_of_order_ack(turn);
            return;
        }
        if self.rcv.duplicate_acks_at != self.rcv.nxt {
            self.rcv.duplicate_acks_at = self.rcv.nxt;
            self.rcv.duplicate_acks = 0;
        }
        if self.rcv.duplicate_acks < 3 {
            self.rcv.duplicate_acks += 1;
            self.send_out_of_order_ack(turn);
            return;
        }
        self.rcv.compressed += 1;
        if self.timers.compressed_ack.is_some() {
            return;
        }
        let rtt = match (self.rcv.rtt_us, self.rtt.srtt()) {
            (0, srtt) => srtt,
            (receiver, 0) => receiver,
            (receiver, srtt) => receiver.min(srtt),
        };
        let delay = (turn.profile.comp_sack_delay_ns / 1_000).min(u64::from(rtt) / 20);
        self.timers.compressed_ack = Some(turn.now + Micros(delay));
    }

    fn send_out_of_order_ack(&mut self, turn: &mut Turning<'_>) {
        turn.tell(&rules::ACK_OUT_OF_ORDER, self.state, self.state, None);
        self.send_ack(turn);
    }

    fn in_quick_acks(&self, profile: &Profile) -> bool {
        profile.route.quick_ack
            || self.settings.quick_ack == Some(true) && self.rcv.ack.quick > 0
            || self.rcv.ack.quick > 0 && !self.rcv.ack.interactive
    }

    /// Sets the timer of the delayed ACK.
    pub(super) fn delay_ack(&mut self, turn: &mut Turning<'_>) {
        let mut ato = self.rcv.ack.ato_us.max(1);
        if ato > ATO_MIN {
            let mut most = 500_000;
            if self.rcv.ack.interactive || self.rcv.ack.pushed > 0 {
                most = ATO_MAX;
            }
            if self.rtt.is_measured() {
                most = most.min(self.rtt.srtt().max(ATO_MIN));
            }
            ato = ato.min(most);
        }
        ato = ato.min(ATO_MAX);
        let mut at = turn.now + Micros(u64::from(ato));
        if let Some(pending) = self.timers.delayed_ack {
            // It is due so soon that waiting is not worth it.
            if pending <= turn.now + Micros(u64::from(ato / 4)) {
                turn.tell(&rules::ACK_DUE, self.state, self.state, None);
                self.send_ack(turn);
                return;
            }
            at = at.min(pending);
        }
        if self.timers.delayed_ack != Some(at) {
            self.timers.delayed_ack = Some(at);
            turn.tell(&rules::DELAYED_ACK, self.state, self.state, None);
            turn.tell_timer(Timer::DelayedAck, Some(at));
        }
    }

    /// The delayed ACK is due.
    pub(super) fn on_delayed_ack(&mut self, turn: &mut Turning<'_>) {
        if !self.rcv.ack.scheduled {
            return;
        }
        if self.rcv.ack.interactive {
            // The reply that was to carry it did not come.
            self.rcv.ack.interactive = false;
            self.rcv.ack.ato_us = ATO_MIN;
        } else {
            self.rcv.ack.ato_us = self.rcv.ack.ato_us.saturating_mul(2).min(self.rtt.rto_us);
        }
        turn.tell(&rules::ACK_DUE, self.state, self.state, None);
        self.send_ack(turn);
    }

    /// The program read: an ACK may be due for what was read, or for the room that it made (RFC 9293, 3.8.6.2.2).
    pub(super) fn after_reading(&mut self, octets: u32, turn: &mut Turning<'_>) {
        let mut due = false;
        if self.rcv.ack.scheduled {
            let unannounced = self.rcv.nxt.since(self.rcv.wup);
            let pushed = self.rcv.ack.pushed > 1 || self.rcv.ack.pushed == 1 && !self.rcv.ack.interactive;
            due = unannounced > self.rcv.mss || octets > 0 && pushed && self.rcv.unread == 0;
        }
        if octets > 0 && !due && !self.shut_read {
            let window = self.rcv.window();
            if window.saturating_mul(2) <= self.rcv.clamp {
                let wanted = self.rcv.choose(&self.agreed);
                if wanted > 0 && wanted >= window.saturating_mul(2) {
                    due = true;
                    turn.tell_change(
                        &rules::WINDOW_UPDATE,
                        self.state,
                        Quantity::RcvWnd,
                        u64::from(window),
                        u64::from(wanted),
                    );
                }
            }
        }
        if due {
            self.send_ack(turn);
        }
    }

    /// The urgent pointer (RFC 6093: it names the octet after the urgent one, unless tcp_stdurg).
    fn take_urgent(&mut self, segment: &Segment) {
        if segment.flags.contains(Flags::URG) && segment.urgent > 0 {
            let seq = segment.seq + u32::from(segment.urgent) - 1;
            let newer = self.rcv.urgent.is_none_or(|held| held.seq.precedes(seq));
            if newer && !seq.precedes(self.rcv.copied) {
                self.rcv.urgent = Some(Urgent { seq, octet: None, read: false });
            }
        }
        if let Some(urgent) = &mut self.rcv.urgent
            && urgent.octet.is_none()
            && !urgent.read
            && urgent.seq.is_within(segment.seq, segment.payload.len() as u32)
        {
            urgent.octet = segment.payload.get(urgent.seq.since(segment.seq) as usize).copied();
        }
    }
}
