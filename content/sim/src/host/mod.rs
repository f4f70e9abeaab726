//! A host: its interfaces, its sockets, the programs' calls, blocking or not.

use crate::Profile;
use crate::tcp::Info;
use core::net::IpAddr;
use sockets::{Call, Event, HostId, Instant, SocketId};
use wire::Datagram;

/// What a host is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSpec {
    pub name: String,
    pub interfaces: Vec<InterfaceSpec>,
    pub routes: Vec<RouteSpec>,
    pub profile: Profile,
}

/// An interface: its addresses with their prefix lengths, and its MTU in octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceSpec {
    pub addresses: Vec<(IpAddr, u8)>,
    pub mtu: u32,
}

/// A route: what lies behind which interface, and by way of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteSpec {
    pub destination: (IpAddr, u8),
    pub via: Option<IpAddr>,
    pub interface: usize,
}

/// What a host did in one turn, oldest first.
#[derive(Debug, Default)]
pub struct Turn {
    pub departures: Vec<Departure>,
    pub events: Vec<Event>,
}

/// A datagram that leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    pub interface: usize,
    pub datagram: Datagram,
    pub socket: Option<SocketId>,
    pub retransmission: bool,
}

/// What poll(2) would say of a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    pub readable: bool,
    pub writable: bool,
    pub error: bool,
    pub hang_up: bool,
    pub read_hang_up: bool,
    pub priority: bool,
}

pub struct Host {}

impl Host {
    pub fn new(id: HostId, spec: &HostSpec, seed: u64) -> Result<Host, String> { todo!() }
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
