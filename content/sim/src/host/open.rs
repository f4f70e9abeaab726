//! socket, bind, listen, accept: how a socket comes by an address, and by peers that knock.

use super::calls::Step;
use super::datagrams::Datagrams;
use super::ports::{Ports, Sharing};
use super::socket::{Listening, Role, Socket};
use super::{Host, Turn};
use crate::rules;
use crate::tcp::{Listener, Settings};
use core::net::{IpAddr, SocketAddr};
use sockets::{Endpoint, Errno, Failure, Family, Outcome, SocketId, SocketKind, State, Value};
use std::collections::VecDeque;

impl Host {
    /// socket(2).
    pub(super) fn make(&mut self, family: Family, kind: SocketKind) -> SocketId {
        let role = match kind {
            SocketKind::Stream => Role::Fresh(Box::new(Settings::new(&self.profile))),
            SocketKind::Datagram => Role::Datagram(Box::new(Datagrams::new(&self.profile))),
        };
        self.add(Socket::new(family, kind, role))
    }

    /// bind(2), with Linux's order of objections (inet_bind, inet6_bind).
    pub(super) fn bind(&mut self, id: SocketId, address: &Endpoint) -> Outcome {
        let Some(socket) = self.sockets.get(&id) else { return Err(Errno::EBADF.into()) };
        let ip = self.names.address(&address.host, socket.family)?;
        self.bind_to(id, ip, address.port).map(|()| Value::Done {}).map_err(Failure::Errno)
    }

    fn bind_to(&mut self, id: SocketId, ip: IpAddr, port: u16) -> Result<(), Errno> {
        let Some(socket) = self.sockets.get(&id) else { return Err(Errno::EBADF) };
        let own = ip.to_canonical();
        let is_ours = || own.is_unspecified() || own.is_multicast() || self.routes.is_own(own);
        let may_have = || {
            let reserved = port != 0 && u32::from(port) < self.profile.unprivileged_port_start;
            if reserved && !self.privileged { Err(Errno::EACCES) } else { Ok(()) }
        };
        let can_be = || {
            // After a connection that came to nothing it may be bound again.
            let bound = socket.local.held || !matches!(socket.state(), None | Some(State::Closed));
            if bound { Err(Errno::EINVAL) } else { Ok(()) }
        };
        let here = || {
            if is_ours() || self.routes.is_broadcast(own) { Ok(()) } else { Err(Errno::EADDRNOTAVAIL) }
        };
        if socket.family == Family::Inet {
            here()?;
            may_have()?;
            can_be()?;
        } else {
            if own.is_multicast() && socket.kind == SocketKind::Stream {
                return Err(Errno::EINVAL);
            }
            may_have()?;
            can_be()?;
            if own.is_ipv4() && socket.only_v6() {
                return Err(Errno::EINVAL);
            }
            here()?;
        }
        let port = self.take_port(id, own, port)?;
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.local.address_locked = !own.is_unspecified();
            socket.local.port_locked = port.1;
        }
        Ok(())
    }

    /// Gives a socket this address and this port, or one that is free for 0. Answers the port, and whether it was asked for.
    fn take_port(&mut self, id: SocketId, ip: IpAddr, port: u16) -> Result<(u16, bool), Errno> {
        let Some(socket) = self.sockets.get(&id) else { return Err(Errno::EBADF) };
        let claim = super::ports::Claim { ip, ..socket.claim() };
        let kind = socket.kind;
        let claim_of = |other: SocketId| self.sockets.get(&other).map(|socket| socket.claim());
        let free = |ports: &Ports, port, sharing| ports.is_free(port, (id, &claim), sharing, &claim_of);
        let range = self.profile.local_port_range;
        let secrets = &mut self.secrets;
        let found = match (kind, port) {
            (SocketKind::Stream, 0) => self.streams.for_bind(
                range,
                |below| secrets.draw(below),
                |ports, port| free(ports, port, Sharing::Nothing),
            ),
            (SocketKind::Datagram, 0) => self.datagrams.for_datagrams(
                range,
                |below| secrets.draw(below),
                |ports, port| free(ports, port, Sharing::Nothing),
            ),
            (SocketKind::Stream, port) => {
                Some(port).filter(|port| free(&self.streams, *port, Sharing::Stream))
            }
            (SocketKind::Datagram, port) => {
                Some(port).filter(|port| free(&self.datagrams, *port, Sharing::Datagram))
            }
        };
        let found = found.ok_or(Errno::EADDRINUSE)?;
        self.hold(id, SocketAddr::new(ip, found), true);
        Ok((found, port != 0))
    }

    /// A port for a socket that needs one now, as Linux's inet_autobind gives it.
    ///
    /// # Errors
    /// EADDRINUSE when none is left.
    pub(super) fn bind_by_itself(&mut self, id: SocketId) -> Result<(), Errno> {
        match self.sockets.get(&id) {
            Some(socket) if !socket.local.held => {
                let ip = socket.local.ip;
                self.take_port(id, ip, 0).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// listen(2).
    pub(super) fn listen(&mut self, id: SocketId, backlog: i32) -> Result<(), Errno> {
        let profile = &self.profile;
        let socket = self.sockets.get_mut(&id).ok_or(Errno::EBADF)?;
        match &mut socket.role {
            Role::Datagram(_) => return Err(Errno::EOPNOTSUPP),
            Role::Connection(_) => return Err(Errno::EINVAL),
            Role::Listening(listening) => {
                listening.machine.set_backlog(backlog, profile);
                return Ok(());
            }
            Role::Fresh(_) => {}
        }
        self.bind_by_itself(id)?;
        let Some(socket) = self.sockets.get(&id) else { return Err(Errno::EBADF) };
        let local = SocketAddr::new(socket.local.ip, socket.local.port);
        // bind may have let others have the port too; of those only one may listen.
        let claim_of = |other: SocketId| self.sockets.get(&other).map(|socket| socket.claim());
        if !self.streams.is_free(local.port(), (id, &socket.claim()), Sharing::Stream, &claim_of) {
            return Err(Errno::EADDRINUSE);
        }
        let socket = self.sockets.get_mut(&id).ok_or(Errno::EBADF)?;
        let Role::Fresh(settings) = &socket.role else { return Err(Errno::EINVAL) };
        let machine = Listener::new(local, (**settings).clone(), backlog, &self.profile);
        socket.role = Role::Listening(Box::new(Listening { machine, queue: VecDeque::new() }));
        self.streams.hold(local.port(), id, true);
        self.listeners.entry(local.port()).or_default().push(id);
        Ok(())
    }

    /// accept(2): the oldest connection of the accept queue, also when it has ended meanwhile.
    pub(super) fn accept(&mut self, id: SocketId, turn: &mut Turn) -> Step {
        let child = match self.sockets.get_mut(&id).map(|socket| &mut socket.role) {
            Some(Role::Listening(listening)) => match listening.queue.pop_front() {
                Some(child) => child,
                None => return Step::Wait,
            },
            Some(Role::Datagram(_)) => return Step::failed(Errno::EOPNOTSUPP),
            Some(_) => return Step::failed(Errno::EINVAL),
            None => return Step::failed(Errno::EBADF),
        };
        self.output.tell(Some(id), &rules::ACCEPTED, State::Listen, turn);
        let Some(socket) = self.sockets.get_mut(&child) else { return Step::failed(Errno::ECONNABORTED) };
        socket.parent = None;
        match &socket.role {
            Role::Connection(connected) => {
                let peer = socket.shown(connected.machine.pair().remote);
                Step::Done(Ok(Value::Accepted { socket: child, peer }))
            }
            _ => Step::failed(Errno::ECONNABORTED),
        }
    }
}
