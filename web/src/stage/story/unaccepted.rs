//! Connections at a listening socket that no program has yet: half open, or waiting for `accept`.
//!
//! ```text
//!   SYN arrives: half open ----------.
//!   ACK of a cookie arrives ---------+--> Levels tell the number of its socket --> accept returns it
//! ```
//!
//! What they do is told in the listening socket's name until they are open, then under a number that the program learns later.

use super::build::Builder;
use super::{Cause, End, EndId, EndKind, StateChange};
use core::net::SocketAddr;
use sockets::{HostId, Instant, Levels, Reaction, SocketId, State};
use wire::Seq;

impl Builder {
    /// Whom a socket's trace is about: a listening socket also speaks for connections that nobody has accepted yet.
    pub(super) fn whose(&self, socket: SocketId) -> Option<EndId> {
        let arrived = match self.cause {
            Some((_, Cause::Packet(packet))) => self.addressed(packet),
            _ => None,
        };
        let Some(&id) = self.sockets.get(&socket) else {
            return arrived.filter(|id| self.unaccepted(*id));
        };
        if self.ends[id.0].kind != EndKind::Listener {
            return Some(id);
        }
        if arrived.is_some() {
            return arrived;
        }
        let half = |place: &usize| {
            self.ends[*place].listener == Some(id)
                && self.unaccepted(EndId(*place))
                && self.state(EndId(*place)) == State::SynReceived
        };
        Some((0..self.ends.len()).find(half).map_or(id, EndId))
    }

    /// Whose levels these are. A number that was not heard before is that of a connection that has just become one.
    pub(super) fn whose_levels(&mut self, socket: SocketId, levels: &Levels) -> Option<EndId> {
        if let Some(&id) = self.sockets.get(&socket) {
            return Some(id);
        }
        let same = |end: &End| {
            end.listener.is_some()
                && end.iss == Some(levels.iss)
                && end.irs.is_none_or(|irs| irs == levels.irs)
        };
        let place = (0..self.ends.len())
            .rev()
            .find(|&place| self.unaccepted(EndId(place)) && same(&self.ends[place]))?;
        self.sockets.insert(socket, EndId(place));
        Some(EndId(place))
    }

    /// `accept` returned a connection.
    pub(super) fn accepted(
        &mut self,
        at: Instant,
        host: HostId,
        listener: SocketId,
        socket: SocketId,
        peer: SocketAddr,
    ) {
        let listener = self.sockets.get(&listener).copied();
        let waiting = |place: &usize| {
            let end = &self.ends[*place];
            self.unaccepted(EndId(*place))
                && end.host == host
                && end.listener == listener
                && end.remote == Some(peer)
        };
        let known = self.sockets.get(&socket).copied();
        let id = known.or_else(|| (0..self.ends.len()).find(waiting).map(EndId)).unwrap_or_else(|| {
            let id = self.add(host, at, EndKind::Connection);
            (self.ends[id.0].listener, self.ends[id.0].remote) = (listener, Some(peer));
            id
        });
        let end = &mut self.ends[id.0];
        (end.socket, end.accepted) = (Some(socket), Some(at));
        self.sockets.insert(socket, id);
    }

    /// A listening socket was closed: what was half open there is forgotten without a word.
    pub(super) fn stops_listening(&mut self, socket: SocketId, call: usize, at: Instant) {
        let Some(&id) = self.sockets.get(&socket) else { return };
        if self.ends[id.0].kind != EndKind::Listener {
            return;
        }
        for place in 0..self.ends.len() {
            let before = self.state(EndId(place));
            let half = self.ends[place].listener == Some(id) && before == State::SynReceived;
            if half || place == id.0 && before != State::Closed {
                let cause = Some(Cause::Call(call));
                let change = StateChange { at, before, after: State::Closed, reaction: None, cause };
                self.ends[place].states.push(change);
            }
        }
    }

    /// The connection that begins at a listening socket with the packet that just arrived, and its change of state.
    pub(super) fn begun(
        &mut self,
        listener: Option<EndId>,
        at: Instant,
        reaction: &Reaction,
    ) -> Option<(EndId, State, State)> {
        let listener = listener.filter(|id| self.ends[id.0].kind == EndKind::Listener)?;
        let Some((_, Cause::Packet(packet))) = self.cause else { return None };
        match reaction.rule.name {
            "syn-received" => {
                Some((self.half_open(listener, packet, at)?, State::Listen, State::SynReceived))
            }
            // The ACK of a cookie opens what nobody remembered: the rule that says so follows.
            "handshake-acknowledged" => {
                let known = self.addressed(packet).is_some_and(|id| self.state(id) == State::SynReceived);
                let id = if known { None } else { self.half_open(listener, packet, at) }?;
                let (seq, ack) = self.segment(packet).map(|segment| (segment.seq, segment.ack))?;
                let end = &mut self.ends[id.0];
                end.iss = Some(Seq(ack.0.wrapping_sub(1)));
                end.irs = Some(Seq(seq.0.wrapping_sub(1)));
                Some((id, State::Established, State::Established))
            }
            "syn-cookie-answered" => Some((self.addressed(packet)?, State::Listen, State::Established)),
            _ => None,
        }
    }

    fn half_open(&mut self, listener: EndId, packet: usize, at: Instant) -> Option<EndId> {
        let (local, remote) = self.packet_addresses(packet)?;
        let host = self.packets[packet].to;
        let id = self.add(host, at, EndKind::Connection);
        let end = &mut self.ends[id.0];
        (end.local, end.remote, end.listener) = (Some(local), Some(remote), Some(listener));
        self.pair(id, local, remote);
        Some(id)
    }

    fn unaccepted(&self, id: EndId) -> bool {
        let end = &self.ends[id.0];
        end.listener.is_some() && end.accepted.is_none() && end.socket.is_none()
    }

    /// The end on the receiving host that a packet is for, if there is one yet.
    fn addressed(&self, packet: usize) -> Option<EndId> {
        let (local, remote) = self.packet_addresses(packet)?;
        self.pairs.get(&(self.packets[packet].to, local, remote))?.last().copied()
    }
}
