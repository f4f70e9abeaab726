//! A host: its interfaces, its sockets, the programs' calls, blocking or not.
//!
//! ```text
//!   submit ---> calls ----.                              .--> Departure, by an interface
//!                         +--> Connection, Listener, ----+--> Looped: to the host itself
//!   receive --> arrivals -'    datagrams                 '--> Event: Returned, State, Trace
//!   on_timer --------------------'
//! ```
//!
//! It has Linux's socket layer: who holds a port, which call waits and which errno it gets. Of TCP it knows only what the machines
//! of [`crate::tcp`] say, and of the world only its own interfaces. What a turn costs depends on the sockets that it touches.

mod arrivals;
mod calls;
mod close;
mod connect;
mod datagrams;
mod generic;
mod icmp;
mod names;
mod open;
mod options;
mod output;
mod polling;
mod ports;
mod route;
mod secrets;
mod settle;
mod socket;
mod spec;
mod stream;
#[cfg(test)]
mod tests;

pub(crate) use route::LOOPBACK_MTU;
pub use spec::{BadHost, HostSpec, InterfaceSpec, RouteSpec};

use crate::Profile;
use crate::tcp::{Info, Pair};
use calls::Place;
use core::net::{IpAddr, SocketAddr};
use names::Names;
use output::Output;
use polling::Polls;
use ports::Ports;
use route::Routes;
use secrets::Secrets;
use socket::{Role, Socket};
use sockets::{Call, CallId, Event, HostId, Instant, SocketId, SocketKind};
use std::collections::{BTreeMap, BTreeSet};
use wire::Datagram;

/// What a host did in one turn, oldest first.
#[derive(Debug, Default)]
pub struct Turn {
    /// Datagrams that leave by an interface.
    pub departures: Vec<Departure>,
    /// Datagrams that the host sent to itself. It has kept them and takes them, in this order, in the `on_timer` at which they arrive
    /// ([`Host::wakes_at`]); whoever keeps the Log may tell of them.
    pub loopback: Vec<Looped>,
    /// What there is to tell.
    pub events: Vec<Event>,
}

/// A datagram that leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// By which of [`HostSpec::interfaces`].
    pub interface: usize,
    /// What it says.
    pub datagram: Datagram,
    /// The socket that it comes from; `None` for what the host sends in nobody's name.
    pub socket: Option<SocketId>,
    /// Whether any of it was sent before.
    pub retransmission: bool,
}

/// A datagram that a host sent to itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looped {
    /// What it says.
    pub datagram: Datagram,
    /// The socket that it comes from; `None` for what the host sends in nobody's name.
    pub socket: Option<SocketId>,
    /// Whether any of it was sent before.
    pub retransmission: bool,
}

/// What poll(2) would say of a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// POLLIN.
    pub readable: bool,
    /// POLLOUT.
    pub writable: bool,
    /// POLLERR.
    pub error: bool,
    /// POLLHUP.
    pub hang_up: bool,
    /// POLLRDHUP.
    pub read_hang_up: bool,
    /// POLLPRI.
    pub priority: bool,
}

/// Both ends of a connection, in the order in which they differ most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    remote_port: u16,
    local_port: u16,
    remote: IpAddr,
    local: IpAddr,
}

impl From<Pair> for Key {
    fn from(pair: Pair) -> Key {
        Key {
            remote_port: pair.remote.port(),
            local_port: pair.local.port(),
            remote: pair.remote.ip(),
            local: pair.local.ip(),
        }
    }
}

/// One computer.
#[derive(Debug)]
pub struct Host {
    name: String,
    names: Names,
    routes: Routes,
    profile: Profile,
    privileged: bool,
    secrets: Secrets,
    next_socket: u32,
    /// Open sockets, those in accept queues, and orphans until they are CLOSED.
    sockets: BTreeMap<SocketId, Box<Socket>>,
    /// Where the calls are that wait.
    waiting: BTreeMap<CallId, Place>,
    polls: Polls,
    streams: Ports,
    datagrams: Ports,
    connections: BTreeMap<Key, SocketId>,
    /// Listening sockets by port.
    listeners: BTreeMap<u16, Vec<SocketId>>,
    /// Datagram sockets by port.
    receivers: BTreeMap<u16, Vec<SocketId>>,
    /// When which socket has something to do.
    timers: BTreeSet<(Instant, SocketId)>,
    /// Room for the sockets of one turn's timers.
    due: Vec<SocketId>,
    output: Output,
}

impl Host {
    /// A host that has just started. Its secrets, and with them its sequence numbers and ports, follow from its number and the seed.
    ///
    /// # Errors
    /// What the spec has that cannot be.
    pub fn new(id: HostId, spec: &HostSpec, seed: u64) -> Result<Host, BadHost> {
        spec.check()?;
        let routes = Routes::new(spec);
        Ok(Host {
            name: spec.name.clone(),
            names: Names::new(spec, &routes),
            routes,
            profile: spec.profile.clone(),
            privileged: spec.privileged,
            secrets: Secrets::new(id, seed),
            next_socket: 1,
            sockets: BTreeMap::new(),
            waiting: BTreeMap::new(),
            polls: Polls::default(),
            streams: Ports::default(),
            datagrams: Ports::default(),
            connections: BTreeMap::new(),
            listeners: BTreeMap::new(),
            receivers: BTreeMap::new(),
            timers: BTreeSet::new(),
            due: Vec::new(),
            output: Output::new(spec.interfaces.len(), spec.loopback_outside),
        })
    }

    /// The number of the first socket, 1 unless this says another; each later one has the next. To be called before the first call.
    pub fn with_first_socket(mut self, first: SocketId) -> Host {
        self.next_socket = first.0;
        self
    }

    /// Whether [`sockets::Trace`] events are told; they are, unless this says no.
    pub fn set_telling(&mut self, telling: bool) {
        self.output.effects.telling = telling;
    }

    /// Takes a call. Its outcome is an event of this turn, or, if it has to wait, of a later one.
    pub fn submit(&mut self, now: Instant, call: Call, turn: &mut Turn) {
        self.take_call(now, call, turn);
    }

    /// Takes a datagram that came by an interface, whole. Those for other hosts are thrown away.
    #[inline]
    pub fn receive(&mut self, now: Instant, interface: usize, datagram: Datagram, turn: &mut Turn) {
        // Linux takes a datagram for any of its addresses by any interface (RFC 1122, 3.3.4.2: weak ES).
        let _ = interface;
        self.arrive(now, datagram, turn);
    }

    /// Does what is due: takes what the host sent to itself before this turn, fires timers, ends calls whose time is over.
    pub fn on_timer(&mut self, now: Instant, turn: &mut Turn) {
        // What is sent meanwhile waits for the next turn, which is due at once: so a turn always ends.
        let arrived = self.output.loopback.iter().take_while(|(arrives, _)| *arrives <= now).count();
        for _ in 0..arrived {
            let Some((_, datagram)) = self.output.loopback.pop_front() else { break };
            self.arrive(now, datagram, turn);
        }
        let mut due = core::mem::take(&mut self.due);
        while let Some(&(at, id)) = self.timers.first().filter(|(at, _)| *at <= now) {
            self.timers.remove(&(at, id));
            if let Some(socket) = self.sockets.get_mut(&id) {
                socket.timer = None;
                due.push(id);
            }
        }
        for id in due.drain(..) {
            self.fire(id, now, turn);
        }
        self.due = due;
        self.polls_over(now, turn);
    }

    /// When [`Host::on_timer`] is to be called next; `None` while the host only waits for calls and datagrams.
    pub fn wakes_at(&self) -> Option<Instant> {
        let timer = self.timers.first().map(|(at, _)| *at);
        let looped = self.output.loopback.front().map(|(arrives, _)| *arrives);
        timer.into_iter().chain(looped).chain(self.polls.wakes_at()).min()
    }

    /// What poll(2) would say of an open socket.
    pub fn readiness(&self, socket: SocketId) -> Option<Readiness> {
        self.open_socket(socket).map(Socket::readiness)
    }

    /// TCP_INFO of an open socket (tcp(7)); `None` for UDP.
    pub fn info(&self, now: Instant, socket: SocketId) -> Option<Info> {
        let socket = self.open_socket(socket)?;
        match &socket.role {
            Role::Connection(connected) => Some(connected.machine.info(now)),
            Role::Listening(listening) => Some(Info {
                state: 10,
                unacked: listening.queue.len() as u64,
                sacked: listening.machine.backlog().into(),
                ..Info::default()
            }),
            Role::Fresh(_) => Some(Info { state: 7, ..Info::default() }),
            Role::Datagram(_) => None,
        }
    }

    /// SIOCINQ, SIOCOUTQ, SIOCOUTQNSD of an open socket (tcp(7), udp(7)), in octets; `None` where they are EINVAL.
    pub fn queued(&self, socket: SocketId) -> Option<(u32, u32, u32)> {
        let socket = self.open_socket(socket)?;
        match &socket.role {
            Role::Connection(connected) => {
                let (unacknowledged, unsent) = connected.machine.unacknowledged();
                Some((connected.machine.inquire(), unacknowledged, unsent))
            }
            Role::Listening(_) => None,
            Role::Fresh(_) => Some((0, 0, 0)),
            Role::Datagram(datagrams) => Some((datagrams.next_length(), 0, 0)),
        }
    }

    /// The settings.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The settings, to be changed as sysctl(8) would.
    pub fn profile_mut(&mut self) -> &mut Profile {
        &mut self.profile
    }

    /// How many datagrams the interface's queue takes in one turn; `None` any number. `Some(0)` takes none: sending fails locally,
    /// as with `pfifo limit 0`. What it does not take is lost.
    pub fn limit_interface(&mut self, interface: usize, datagrams: Option<u32>) {
        self.output.limit(interface, datagrams);
    }

    /// A socket that a program has.
    fn open_socket(&self, id: SocketId) -> Option<&Socket> {
        self.sockets.get(&id).map(|socket| &**socket).filter(|socket| is_open(socket))
    }

    fn add(&mut self, socket: Socket) -> SocketId {
        let id = SocketId(self.next_socket);
        self.next_socket = self.next_socket.saturating_add(1);
        self.sockets.insert(id, Box::new(socket));
        id
    }

    /// Gives a socket a port.
    fn hold(&mut self, id: SocketId, address: SocketAddr, by_bind: bool) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        socket.local.ip = address.ip();
        socket.local.port = address.port();
        socket.local.held = true;
        match socket.kind {
            SocketKind::Stream => self.streams.hold(address.port(), id, by_bind),
            SocketKind::Datagram => {
                self.datagrams.hold(address.port(), id, by_bind);
                self.receivers.entry(address.port()).or_default().push(id);
            }
        }
    }

    /// Takes the port away from a socket.
    fn release(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        if !core::mem::replace(&mut socket.local.held, false) {
            return;
        }
        let port = socket.local.port;
        match socket.kind {
            SocketKind::Stream => self.streams.release(port, id),
            SocketKind::Datagram => {
                self.datagrams.release(port, id);
                forget(&mut self.receivers, port, id);
            }
        }
    }

    /// Forgets a socket altogether.
    fn remove(&mut self, id: SocketId) {
        self.release(id);
        let Some(socket) = self.sockets.remove(&id) else { return };
        if let Some(at) = socket.timer {
            self.timers.remove(&(at, id));
        }
        match &socket.role {
            Role::Connection(connected) if connected.registered => {
                self.connections.remove(&connected.machine.pair().into());
            }
            Role::Listening(_) => forget(&mut self.listeners, socket.local.port, id),
            _ => {}
        }
    }
}

fn is_open(socket: &Socket) -> bool {
    !socket.orphan && socket.parent.is_none()
}

fn forget(by_port: &mut BTreeMap<u16, Vec<SocketId>>, port: u16, id: SocketId) {
    if let Some(ids) = by_port.get_mut(&port) {
        ids.retain(|other| *other != id);
        if ids.is_empty() {
            by_port.remove(&port);
        }
    }
}
