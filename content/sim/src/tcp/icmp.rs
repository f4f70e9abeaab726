//! What a router says about segments of ours (RFC 1122, 4.2.3.9; RFC 5461; RFC 5927; RFC 1191).

use super::Turning;
use super::connection::Connection;
use super::output::Nagle;
use crate::rules;
use sockets::{Errno, State};
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
            Unreachable::Prohibited => Errno::EHOSTUNREACH,
        };
        if matches!(self.state, State::SynSent | State::SynReceived) {
            self.fail(error, &rules::ICMP_DURING_HANDSHAKE, turn);
        } else {
            turn.tell(&rules::ICMP_SOFT, self.state, self.state, None);
            self.soft_error = Some(error);
        }
    }

    /// RFC 1191: the path takes less; what was too big is sent again in smaller segments.
    pub(super) fn lower_mtu(&mut self, mtu: u32, turn: &mut Turning<'_>) {
        let least = if self.pair.remote.is_ipv4() { 552 } else { 1_280 };
        let mtu = mtu.max(least);
        if mtu >= self.snd.mtu {
            return;
        }
        let before = u64::from(self.snd.mss);
        self.snd.mtu = mtu;
        self.sync_mss(turn.profile);
        turn.tell_change(
            &rules::PATH_MTU,
            self.state,
            sockets::Quantity::Mss,
            before,
            u64::from(self.snd.mss),
        );
        let mss = u32::from(self.snd.mss);
        for index in 0..self.queue.sent.len() {
            let chunk = &self.queue.sent[index];
            if chunk.length > mss && !chunk.marks.sacked {
                self.queue.mark_lost(index);
            }
        }
        if self.queue.lost > 0 && self.recovery.state == sockets::Congestion::Open {
            self.recovery.high_seq = self.snd.nxt;
        }
        self.retransmit_lost(turn);
        let nagle = self.nagle();
        self.push_pending(if nagle == Nagle::Cork { Nagle::Cork } else { Nagle::Off }, turn);
    }
}
