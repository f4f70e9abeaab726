//! connect on a stream: where to, from where, and what a second connect gets while the first is under way or after it failed.
//!
//! Linux keeps two things apart that POSIX does not: what TCP's state is, and what connect has been told ([`Phase`]). A handshake
//! that failed while nobody waited for it leaves its error for the next connect, and only then may a new one begin.

use super::calls::Step;
use super::output::Toward;
use super::route::Way;
use super::socket::{Connected, Phase, Role, Socket};
use super::{Host, Key, Turn};
use crate::rules;
use crate::tcp::{Choice, Connection, Pair, Turning};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use sockets::{Endpoint, Errno, Event, Family, Instant, Micros, Sample, SocketId, State, Value};
use wire::Seq;

/// How far beyond the old connection's numbers a new one begins that takes its pair over from TIME-WAIT: a full window without
/// scaling (RFC 6191; Linux, tcp_twsk_unique).
const BEYOND: u32 = 65_535 + 2;

impl Host {
    pub(super) fn connect(
        &mut self,
        id: SocketId,
        address: &Endpoint,
        blocking: bool,
        now: Instant,
        turn: &mut Turn,
    ) -> Step {
        let Some(socket) = self.sockets.get(&id) else { return Step::failed(Errno::EBADF) };
        let to = match self.names.address(&address.host, socket.family) {
            Ok(ip) => SocketAddr::new(ip, address.port),
            Err(failure) => return Step::Done(Err(failure)),
        };
        match (socket.phase, &socket.role) {
            (Phase::Connected, _) => Step::failed(Errno::EISCONN),
            (Phase::Disconnecting, _) => Step::failed(Errno::EINVAL),
            // A handshake is under way, or was: the address counts no more.
            (Phase::Connecting, _) => match self.connecting(id) {
                Step::Wait if !blocking => Step::failed(Errno::EALREADY),
                step => step,
            },
            (Phase::Unconnected, Role::Fresh(_)) => match self.begin(id, to, now, turn) {
                Ok(()) => Step::Wait,
                Err(errno) => Step::failed(errno),
            },
            (Phase::Unconnected, _) => Step::failed(Errno::EISCONN),
        }
    }

    /// The way to a destination, as far as the socket's own options let it go there.
    pub(super) fn way(&self, socket: &Socket, to: IpAddr) -> Result<Way, Errno> {
        let way = self.routes.to(to)?;
        if socket.generic.dont_route && way.by_router { Err(Errno::ENETUNREACH) } else { Ok(way) }
    }

    /// What has become of the handshake.
    pub(super) fn connecting(&mut self, id: SocketId) -> Step {
        let Some(socket) = self.sockets.get_mut(&id) else { return Step::failed(Errno::EBADF) };
        let Role::Connection(connected) = &mut socket.role else {
            // It was given up, or an older call has learned the reason.
            return Step::failed(socket.error.take().unwrap_or(Errno::EPIPE));
        };
        match connected.machine.state() {
            State::SynSent | State::SynReceived => Step::Wait,
            State::Closed if socket.phase == Phase::Connecting => {
                let error = connected.machine.take_error().or(socket.error.take());
                self.disconnect(id);
                Step::failed(error.unwrap_or(Errno::ECONNABORTED))
            }
            _ => {
                socket.phase = Phase::Connected;
                Step::Done(Ok(Value::Done {}))
            }
        }
    }

    /// Sends the SYN (tcp_v4_connect, tcp_v6_connect).
    fn begin(&mut self, id: SocketId, to: SocketAddr, now: Instant, turn: &mut Turn) -> Result<(), Errno> {
        let socket = self.sockets.get(&id).ok_or(Errno::EBADF)?;
        let remote = SocketAddr::new(destination(socket, to.ip())?, to.port());
        if remote.ip().is_multicast() || self.routes.is_broadcast(remote.ip()) {
            return Err(Errno::ENETUNREACH);
        }
        let way = self.way(socket, remote.ip())?;
        let local = source(socket, way.source, way.interface.is_none())?;
        let held = socket.local.held.then_some(socket.local.port);
        let (local, last) = match held {
            Some(port) => {
                let pair = Pair { local: SocketAddr::new(local, port), remote };
                (pair.local, self.take_over(id, pair, true, now, turn).ok_or(Errno::EADDRNOTAVAIL)?)
            }
            None => {
                let hash = self.secrets.port(local, remote);
                let pair = |port| Pair { local: SocketAddr::new(local, port), remote };
                let (connections, sockets) = (&self.connections, &self.sockets);
                let profile = &self.profile;
                let unique = |port| match connections.get(&Key::from(pair(port))) {
                    None => true,
                    Some(other) => sockets
                        .get(other)
                        .is_some_and(|other| leftover(other, false, way.interface.is_none(), profile, now)),
                };
                let range = profile.local_port_range;
                let port = self.streams.for_connect(range, hash, unique).ok_or(Errno::EADDRNOTAVAIL)?;
                (
                    pair(port).local,
                    self.take_over(id, pair(port), false, now, turn).ok_or(Errno::EADDRNOTAVAIL)?,
                )
            }
        };
        let pair = Pair { local, remote };
        let iss = self.initial_number(pair, now);
        let choice = Choice {
            iss: last.unwrap_or(iss),
            timestamp_offset: self.timestamp_offset(pair),
            mtu: way.mtu,
            loopback: way.interface.is_none(),
        };
        if held.is_none() {
            self.hold(id, local, false);
        }
        let Host { sockets, profile, output, connections, .. } = self;
        let socket = sockets.get_mut(&id).ok_or(Errno::EBADF)?;
        let Role::Fresh(settings) = &socket.role else { return Err(Errno::EISCONN) };
        socket.local.ip = local.ip();
        socket.error = None;
        output.prepare(way.interface);
        let turning = &mut Turning { now, profile, effects: &mut output.effects };
        let machine = Box::new(Connection::open(pair, (**settings).clone(), choice, turning));
        let connected =
            Connected { machine, interface: way.interface, registered: true, time_wait: None, levels: None };
        socket.role = Role::Connection(Box::new(connected));
        socket.phase = Phase::Connecting;
        connections.insert(pair.into(), id);
        self.output.flush(Some(id), Toward::Interface(way.interface), now, turn);
        Ok(())
    }

    /// Makes a pair free for a new connection. `Some(None)` if it was; `Some(Some(iss))` if a connection in TIME-WAIT had it, which
    /// is gone now; `None` if it stays taken.
    fn take_over(
        &mut self,
        id: SocketId,
        pair: Pair,
        bound: bool,
        now: Instant,
        turn: &mut Turn,
    ) -> Option<Option<Seq>> {
        let Some(&other) = self.connections.get(&Key::from(pair)) else { return Some(None) };
        let old = self.sockets.get_mut(&other)?;
        let loopback = self.routes.to(pair.remote.ip()).is_ok_and(|way| way.interface.is_none());
        if other == id || !leftover(old, bound, loopback, &self.profile, now) {
            return None;
        }
        let orphan = old.orphan;
        let Role::Connection(connected) = &mut old.role else { return None };
        let last = connected.machine.levels().snd_nxt;
        connected.registered = false;
        self.connections.remove(&Key::from(pair));
        self.output.tell(Some(id), &rules::TIME_WAIT_TAKEN, State::Closed, turn);
        if orphan {
            let sample = Sample { state: Some(State::Closed), ..Sample::default() };
            turn.events.push(Event::State { socket: other, sample });
            self.remove(other);
        } else {
            self.release(other);
        }
        Some(Some(last + BEYOND))
    }
}

/// Where a connect to this address goes: the unspecified one stands for loopback.
pub(super) fn destination(socket: &Socket, ip: IpAddr) -> Result<IpAddr, Errno> {
    let ip = match ip.to_canonical() {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    if socket.family == Family::Inet6 && ip.is_ipv4() && socket.only_v6() {
        return Err(Errno::ENETUNREACH);
    }
    Ok(ip)
}

/// The source address: the bound one, else the way's.
pub(super) fn source(socket: &Socket, by_route: IpAddr, loopback: bool) -> Result<IpAddr, Errno> {
    match socket.local.ip {
        ip if ip.is_unspecified() => Ok(by_route),
        ip if ip.is_ipv4() && by_route.is_ipv6() => Err(Errno::EAFNOSUPPORT),
        ip if ip.is_ipv6() && by_route.is_ipv4() => Err(Errno::ENETUNREACH),
        // Nobody outside could answer.
        ip if ip.is_loopback() && !loopback => Err(Errno::EINVAL),
        ip => Ok(ip),
    }
}

/// Whether a connection is only a leftover in TIME-WAIT whose pair may be used again: the peer can tell old segments from new ones
/// by their timestamps (RFC 6191; net.ipv4.tcp_tw_reuse). A socket that bind gave its port need not wait (tcp_twsk_unique).
fn leftover(other: &Socket, bound: bool, loopback: bool, profile: &crate::Profile, now: Instant) -> bool {
    let Role::Connection(connected) = &other.role else { return false };
    let Some(since) = connected.time_wait else { return false };
    let timestamps = connected.machine.info(now).options & 1 != 0;
    let allowed = match profile.tw_reuse {
        0 => false,
        1 => true,
        _ => loopback,
    };
    let waited = now.since(since) >= Micros::from_millis(profile.tw_reuse_delay.into());
    connected.machine.state() == State::TimeWait && timestamps && (bound || allowed && waited)
}
