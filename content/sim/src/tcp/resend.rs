//! Sending again what is taken for lost (RFC 6298, 5.4; RFC 6675, 5).

use super::Turning;
use super::ack::Resend;
use super::connection::Connection;
use super::output::Nagle;
use sockets::{Micros, State, Timer};
use wire::Flags;

impl Connection {
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

    /// Sends again what is taken for lost, as far as the window allows (RFC 6675, 4, NextSeg rule 1).
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
        self.queue.trim_front(self.snd.una);
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
            self.queue.recut(index, mss);
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
            chunk.marks.judged = false;
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

    pub(super) fn send_syn_again(&mut self, index: usize, turn: &mut Turning<'_>) -> u32 {
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
    pub(super) fn collapse(&mut self, index: usize, room: u32, profile: &crate::Profile) {
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
