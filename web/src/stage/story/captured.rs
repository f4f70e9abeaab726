//! Ends and states of connections that only a capture tells of: no call, no socket, no rule, only segments as one place saw them.
//!
//! Ends are known by their addresses. Their states are inferred ([`lab::capture::Inferred`]), as if each segment arrived when it was seen;
//! whoever shows them has to say so ([`Origin::Captured`](super::Origin)).

use super::build::{Builder, addresses};
use super::{Cause, EndId, EndKind, StateChange};
use lab::capture::{Inferred, Step};
use sockets::{Instant, State, Transit};
use wire::{Segment, Seq};

impl Builder {
    /// The end that sent a captured segment. With the first segment of a connection both its ends appear.
    pub(super) fn seen(&mut self, at: Instant, transit: &Transit) -> Option<EndId> {
        let (source, destination) = addresses(&transit.datagram)?;
        transit.datagram.segment()?;
        if let Some(known) = self.pairs.get(&(transit.from, source, destination)) {
            return known.last().copied();
        }
        let [first, second] = [(transit.from, source, destination), (transit.to, destination, source)].map(
            |(host, local, remote)| {
                let id = self.add(host, at, EndKind::Connection);
                (self.ends[id.0].local, self.ends[id.0].remote) = (Some(local), Some(remote));
                self.pair(id, local, remote);
                id
            },
        );
        (self.ends[first.0].peer, self.ends[second.0].peer) = (Some(second), Some(first));
        self.inferred.insert(first, Inferred::new());
        Some(first)
    }

    /// What a captured segment of this end tells of both ends.
    pub(super) fn infer(&mut self, at: Instant, packet: usize, from: EndId, segment: &Segment) {
        let Some(peer) = self.ends[from.0].peer else { return };
        // Where no SYN was captured, numbers count from the first octet that was seen, and from the first acknowledgment of the other side.
        if !segment.flags.syn() && !segment.flags.rst() {
            self.count_from(from, peer, Seq(segment.seq.0.wrapping_sub(1)));
            if segment.flags.ack() {
                self.count_from(peer, from, Seq(segment.ack.0.wrapping_sub(1)));
            }
        }
        let ends = [from.min(peer), from.max(peer)];
        let Some(inferred) = self.inferred.get_mut(&ends[0]) else { return };
        for Step { end, before, after } in inferred.see(usize::from(from == ends[1]), segment) {
            self.ends[ends[end].0].states.push(StateChange {
                at,
                before: before.unwrap_or(State::Closed),
                after,
                reaction: None,
                cause: Some(Cause::Packet(packet)),
            });
        }
    }

    fn count_from(&mut self, sender: EndId, receiver: EndId, base: Seq) {
        if self.ends[sender.0].iss.is_none() {
            self.ends[sender.0].iss = Some(base);
            self.ends[receiver.0].irs = Some(base);
        }
    }
}
