//! Datagrams that come: which socket each one is for, and what is done when there is none.
//!
//! ```text
//!   TCP  the pair's connection --> a listening socket of the port --> RST
//!   UDP  the best datagram socket of the port --> ICMP port unreachable
//!   ICMP the socket that sent what is quoted
//! ```

use super::output::Toward;
use super::socket::{Connected, Listening, Phase, Role, Socket};
use super::{Host, Key, Turn, icmp};
use crate::rules;
use crate::tcp::{self, Choice, Connection, Heard, Pair, Taken, Turning};
use core::net::{IpAddr, SocketAddr};
use sockets::{Family, Instant, SocketId, SocketKind, State};
use wire::{Datagram, IcmpMessage, Segment, Seq, Unreachable, UserDatagram};

impl Host {
    #[inline]
    pub(super) fn arrive(&mut self, now: Instant, datagram: Datagram, turn: &mut Turn) {
        match datagram {
            Datagram::Tcp(mut segment) => self.segment(now, &mut segment, turn),
            Datagram::Udp(user) if self.routes.is_broadcast(user.ip.destination) => {
                self.broadcast(now, &user, turn);
            }
            Datagram::Udp(_) if !self.routes.is_own(datagram.ip().destination) => {}
            Datagram::Udp(user) => self.user_datagram(now, user, turn),
            Datagram::Icmp(message) if !self.routes.is_own(message.ip.destination) => {}
            Datagram::Icmp(message) => self.message(now, &message, turn),
        }
    }

    fn segment(&mut self, now: Instant, segment: &mut Segment, turn: &mut Turn) {
        let pair = Pair {
            local: SocketAddr::new(segment.ip.destination, segment.destination_port),
            remote: SocketAddr::new(segment.ip.source, segment.source_port),
        };
        let mut beyond = None;
        if let Some(&id) = self.connections.get(&Key::from(pair)) {
            let taken = self.machine(id, now, turn, |machine, turning| machine.on_segment(segment, turning));
            self.settle(id, now, turn);
            match taken {
                Some(Taken::Reopen(last)) => beyond = Some(last),
                _ => return,
            }
        } else if !self.routes.is_own(pair.local.ip()) {
            return;
        }
        if self.hear(pair, segment, beyond, now, turn).is_none() {
            self.output.prepare(None);
            let Host { profile, output, .. } = self;
            tcp::refuse(segment, &mut Turning { now, profile, effects: &mut output.effects });
            self.output.flush(None, Toward::Routes(&self.routes), now, turn);
        }
    }

    /// ISS of a connection that begins now.
    pub(super) fn initial_number(&self, pair: Pair, now: Instant) -> Seq {
        self.profile.iss.map_or_else(|| self.secrets.iss(pair, now), Seq)
    }

    /// Gives a segment to the listening socket that it is for, if there is one.
    fn hear(
        &mut self,
        pair: Pair,
        segment: &Segment,
        beyond: Option<Seq>,
        now: Instant,
        turn: &mut Turn,
    ) -> Option<()> {
        let id = self.best(self.listeners.get(&pair.local.port())?, pair)?;
        let way = self.routes.to(pair.remote.ip()).ok()?;
        let iss = self.initial_number(pair, now);
        let choice = Choice {
            iss: beyond.map_or(iss, |last| iss.latest(last + 1)),
            timestamp_offset: self.timestamp_offset(pair),
            mtu: way.mtu,
            loopback: way.interface.is_none(),
        };
        let Host { sockets, profile, output, .. } = self;
        let socket = sockets.get_mut(&id)?;
        let Role::Listening(listening) = &mut socket.role else { return None };
        let Listening { machine, queue } = &mut **listening;
        output.prepare(way.interface);
        let turning = &mut Turning { now, profile, effects: &mut output.effects };
        let heard = machine.on_segment(segment, queue.len() as u32, choice, turning);
        output.flush(Some(id), Toward::Interface(way.interface), now, turn);
        if let Heard::Established(connection) = heard {
            let child = self.adopt(id, connection, way.interface);
            self.settle(id, now, turn);
            self.settle(child, now, turn);
        } else {
            self.settle(id, now, turn);
        }
        Some(())
    }

    /// Puts a connection whose handshake is complete into the accept queue, and into the table: data may come before accept.
    fn adopt(&mut self, listener: SocketId, machine: Box<Connection>, interface: Option<usize>) -> SocketId {
        let pair = machine.pair();
        let family = self.sockets.get(&listener).map_or(Family::Inet, |socket| socket.family);
        let connected = Connected { machine, interface, registered: true, time_wait: None, levels: None };
        let mut socket = Socket::new(family, SocketKind::Stream, Role::Connection(Box::new(connected)));
        socket.parent = Some(listener);
        socket.generic = self.sockets.get(&listener).map(|socket| socket.generic).unwrap_or_default();
        socket.phase = Phase::Connected;
        socket.local.address_locked = true;
        let child = self.add(socket);
        self.hold(child, pair.local, false);
        self.connections.insert(pair.into(), child);
        if let Some(Role::Listening(listening)) =
            self.sockets.get_mut(&listener).map(|socket| &mut socket.role)
        {
            listening.queue.push_back(child);
        }
        child
    }

    /// The offset of timestamps to a peer; none where net.ipv4.tcp_timestamps is 2.
    pub(super) fn timestamp_offset(&self, pair: Pair) -> u32 {
        if self.profile.timestamps == 1 { self.secrets.timestamp_offset(pair) } else { 0 }
    }

    /// The socket of a port that fits best: connected to this very peer, bound to this very address, of this very family. Of
    /// equal ones the newest, or where they share the port by SO_REUSEPORT one by the hash of both ends, so that it is always the
    /// same for one peer (inet_lookup_listener, udp_lib_lookup).
    fn best(&self, ids: &[SocketId], pair: Pair) -> Option<SocketId> {
        let fits = |id: &SocketId| Some((self.sockets.get(id)?.fitness(pair)?, *id));
        let (fitness, best) = ids.iter().filter_map(fits).max()?;
        let shares = |id: SocketId| self.sockets.get(&id).is_some_and(|socket| socket.generic.reuse_port);
        if ids.len() < 2 || !shares(best) {
            return Some(best);
        }
        let equal: Vec<SocketId> =
            ids.iter().filter_map(fits).filter(|it| it.0 == fitness && shares(it.1)).map(|it| it.1).collect();
        let hash = self.secrets.share(pair);
        equal.get((hash % equal.len().max(1) as u64) as usize).copied()
    }

    /// A datagram for all hosts of a network: every socket gets it that would take it alone (__udp4_lib_mcast_deliver).
    fn broadcast(&mut self, now: Instant, user: &UserDatagram, turn: &mut Turn) {
        let pair = Pair {
            local: SocketAddr::new(user.ip.destination, user.destination_port),
            remote: SocketAddr::new(user.ip.source, user.source_port),
        };
        let all = self.receivers.get(&pair.local.port()).cloned().unwrap_or_default();
        for id in all {
            let Some(socket) = self.sockets.get_mut(&id).filter(|socket| socket.fitness(pair).is_some())
            else {
                continue;
            };
            if let Role::Datagram(datagrams) = &mut socket.role
                && !datagrams.take(pair.remote, user.payload.clone())
            {
                self.output.tell(Some(id), &rules::DATAGRAM_BUFFER_FULL, State::Closed, turn);
            }
            self.settle(id, now, turn);
        }
    }

    fn user_datagram(&mut self, now: Instant, user: UserDatagram, turn: &mut Turn) {
        let pair = Pair {
            local: SocketAddr::new(user.ip.destination, user.destination_port),
            remote: SocketAddr::new(user.ip.source, user.source_port),
        };
        let best = self.receivers.get(&pair.local.port()).and_then(|ids| self.best(ids, pair));
        if let Some(id) = best {
            if let Some(Role::Datagram(datagrams)) = self.sockets.get_mut(&id).map(|socket| &mut socket.role)
                && !datagrams.take(pair.remote, user.payload)
            {
                self.output.tell(Some(id), &rules::DATAGRAM_BUFFER_FULL, State::Closed, turn);
            }
            return self.settle(id, now, turn);
        }
        self.output.tell(None, &rules::NO_PORT, State::Closed, turn);
        let lost = Datagram::Udp(user);
        let Some(message) = icmp::about(&lost, pair.local.ip(), Unreachable::Port) else { return };
        let Ok(way) = self.routes.to(message.ip.destination) else { return };
        self.output.send(None, way.interface, Datagram::Icmp(message), false, now, turn);
    }

    fn message(&mut self, now: Instant, message: &IcmpMessage, turn: &mut Turn) {
        let Ok(quoted) = message.quotation() else { return };
        let pair = Pair { local: quoted.source, remote: quoted.destination };
        match quoted.seq {
            Some(seq) => {
                if let Some(&id) = self.connections.get(&Key::from(pair)) {
                    self.machine(id, now, turn, |machine, turning| {
                        machine.on_icmp(message.what, seq, turning)
                    });
                    self.settle(id, now, turn);
                }
            }
            None => {
                let best = self.receivers.get(&pair.local.port()).and_then(|ids| self.best(ids, pair));
                let Some(id) = best else { return };
                let Some(socket) = self.sockets.get_mut(&id) else { return };
                if let Role::Datagram(datagrams) = &socket.role
                    && let Some(errno) = datagrams.error_of(message.what)
                {
                    socket.error = Some(errno);
                }
                self.settle(id, now, turn);
            }
        }
    }
}

impl Socket {
    /// How well a datagram's ends fit this socket's; `None` when it is not for it.
    fn fitness(&self, pair: Pair) -> Option<u8> {
        let ip = pair.local.ip();
        let address = match self.local.ip {
            own if own == ip => 4,
            own if !own.is_unspecified() => return None,
            IpAddr::V4(_) if ip.is_ipv6() => return None,
            IpAddr::V6(_) if ip.is_ipv4() && self.only_v6() => return None,
            _ => 0,
        };
        let peer = match &self.role {
            Role::Datagram(datagrams) => match datagrams.peer {
                Some(peer) if peer == pair.remote => 8,
                Some(_) => return None,
                None => 0,
            },
            _ => 0,
        };
        let family = u8::from(self.family == Family::Inet);
        Some(peer + address + family)
    }
}
