//! What a router says about segments of ours (RFC 1122, 4.2.3.9; RFC 5461; RFC 5927; RFC 1191).

use super::Turning;
use super::connection::Connection;
use super::output::Nagle;
use super::rtt::Rtt;
use crate::rules;
use sockets::{Congestion, Errno, Micros, Quantity, State, Timer};
use wire::{Seq, Unreachable};

impl Connection {
    /// An ICMP message about a segment that this connection sent with this sequence number (RFC 1122, 4.2.3.9; RFC 5461; RFC 5927).
    pub fn on_icmp(&mut self, what: Unreachable, seq: Seq, turn: &mut Turning<'_>) {
        // RFC 5927, 4: only about something that is in flight.
        let in_flight = self.snd.una.precedes_or_is(seq) && seq.precedes_or_is(self.snd.nxt);
        if !in_flight || matches!(self.state, State::Closed | State::TimeWait) {
            return;
        }
        let error = match what {
            Unreachable::TooBig { mtu } => {
                self.lower_mtu(mtu, turn);
                return;
            }
            Unreachable::Network => Errno::ENETUNREACH,
            Unreachable::Host | Unreachable::TimeExceeded => Errno::EHOSTUNREACH,
            Unreachable::Protocol => Errno::ENOPROTOOPT,
            Unreachable::Port => Errno::ECONNREFUSED,
            // Linux's two tables differ here (icmp_err_convert, icmpv6_err_convert).
            Unreachable::Prohibited if self.pair.remote.is_ipv6() => Errno::EACCES,
            Unreachable::Prohibited => Errno::EHOSTUNREACH,
        };
        if matches!(self.state, State::SynSent | State::SynReceived) {
            self.fail(error, &rules::ICMP_DURING_HANDSHAKE, turn);
        } else {
            if matches!(what, Unreachable::Network | Unreachable::Host) {
                self.revert_backoff(seq, turn);
            }
            turn.tell(&rules::ICMP_SOFT, self.state, self.state, None);
            self.soft_error = Some(error);
        }
    }

    /// RFC 6069: a router that cannot reach the peer's network says that the time-out was no sign of congestion, so the last doubling of
    /// RTO is taken back.
    fn revert_backoff(&mut self, seq: Seq, turn: &mut Turning<'_>) {
        if seq != self.snd.una || self.snd.retries == 0 || self.snd.backoff == 0 {
            return;
        }
        let Some(head) = self.queue.sent.front() else { return };
        let sent_at = head.sent_at;
        self.snd.backoff -= 1;
        let before = self.rtt.rto_us;
        self.rtt.rto_us = Rtt::FIRST_RTO;
        self.rtt.set_rto(turn.profile);
        let doublings = 1_u32.checked_shl(self.snd.backoff).unwrap_or(u32::MAX);
        let most = turn.profile.rto_max_ms.saturating_mul(1_000);
        self.rtt.rto_us = self.rtt.rto_us.saturating_mul(doublings).min(most);
        turn.tell_change(
            &rules::BACKOFF,
            self.state,
            Quantity::Rto,
            u64::from(before),
            u64::from(self.rtt.rto_us),
        );
        let due = sent_at + Micros(u64::from(self.rtt.rto_us));
        if turn.now < due {
            self.arm(Timer::Retransmission, due, turn);
        } else {
            self.on_retransmission_timer(turn);
        }
    }

    /// RFC 1191: the path takes less; what was too big is sent again in smaller segments.
    pub(super) fn lower_mtu(&mut self, mtu: u32, turn: &mut Turning<'_>) {
        // Every IPv6 link takes 1,280 octets (RFC 8200, 5): a message that says less is not believed. For IPv4 Linux goes no lower than 552.
        let is_too_small = self.pair.remote.is_ipv6() && mtu < 1_280;
        let mtu = mtu.max(552);
        if is_too_small || mtu >= self.snd.mtu {
            return;
        }
        let before = u64::from(self.snd.mss);
        self.snd.mtu = mtu;
        self.sync_mss(turn.profile);
        turn.tell_change(&rules::PATH_MTU, self.state, Quantity::Mss, before, u64::from(self.snd.mss));
        let mss = u32::from(self.snd.mss);
        // A burst goes as a whole: its first segment is its largest.
        let mut too_big = None;
        for index in 0..self.queue.sent.len() {
            let chunk = &self.queue.sent[index];
            if chunk.length > mss {
                too_big = Some(chunk.burst);
            }
            if too_big == Some(chunk.burst) {
                self.queue.mark_lost(index);
            }
        }
        if self.queue.lost > 0 {
            // The window stays: what is in flight is no more than before, only its units changed.
            if self.recovery.state != Congestion::Loss {
                self.recovery.high_seq = self.snd.nxt;
                self.control.ssthresh = self.current_threshold();
                self.recovery.prior_ssthresh = 0;
                self.recovery.undo_marker = None;
                self.set_congestion(Congestion::Loss, turn);
            }
            self.retransmit_lost(turn);
        }
        let nagle = self.nagle();
        self.push_pending(if nagle == Nagle::Cork { Nagle::Cork } else { Nagle::Off }, turn);
    }
}
