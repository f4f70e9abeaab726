//! A host: its interfaces, its sockets, the programs' calls, blocking or not.

mod spec;

pub use spec::{BadHost, HostSpec, InterfaceSpec, RouteSpec};

use crate::Profile;
use crate::tcp::Info;
use sockets::{Call, Event, HostId, Instant, SocketId};
use wire::Datagram;

/// What a host did in one turn, oldest first.
#[derive(Debug, Default)]
pub struct Turn {
    /// Datagrams that leave by an interface.
    pub departures: Vec<Departure>,
    /// Datagrams that the host sent to itself. It has kept them and takes them, in this order, in its next `on_timer`, which is due
    /// at once ([`Host::wakes_at`]); whoever keeps the Log may tell of them.
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

#[derive(Debug)]
pub struct Host {}

impl Host {
    pub fn new(id: HostId, spec: &HostSpec, seed: u64) -> Result<Host, BadHost> { todo!() }
    /// The number of the first socket, 1 unless it is said; later ones follow it. To be called before the first call.
    pub fn with_first_socket(self, first: SocketId) -> Host { todo!() }
    /// Whether [`sockets::Trace`] events are told; they are, unless this says no.
    pub fn set_telling(&mut self, telling: bool) { todo!() }
    pub fn submit(&mut self, now: Instant, call: Call, turn: &mut Turn) { todo!() }
    pub fn receive(&mut self, now: Instant, interface: usize, datagram: Datagram, turn: &mut Turn) { todo!() }
    pub fn on_timer(&mut self, now: Instant, turn: &mut Turn) { todo!() }
    pub fn wakes_at(&self) -> Option<Instant> { todo!() }
    pub fn readiness(&self, socket: SocketId) -> Option<Readiness> { todo!() }
    pub fn info(&self, now: Instant, socket: SocketId) -> Option<Info> { todo!() }
    /// SIOCINQ, SIOCOUTQ, SIOCOUTQNSD.
    pub fn queued(&self, socket: SocketId) -> Option<(u32, u32, u32)> { todo!() }
    pub fn profile(&self) -> &Profile { todo!() }
    pub fn profile_mut(&mut self) -> &mut Profile { todo!() }
    /// How many datagrams the interface's queue takes; `Some(0)` takes none: sending fails locally, as with `pfifo limit 0`.
    pub fn limit_interface(&mut self, interface: usize, datagrams: Option<u32>) { todo!() }
}
