//! One simulated machine on which several programs run, each with a life line of its own.
//!
//! To the engine all of them are the one machine, as they are to a kernel: they share its addresses and ports, and reach each other over its
//! loopback. The Log gets each call and each datagram with the life line of the program whose socket it is.

use sim::world::{HostPart, PathPart, World, WorldSpec};
use sockets::{
    Call, CallId, Event, HostId, Instant, Micros, Network, PacketId, Sight, SocketId, Trace, Value,
};
use std::collections::BTreeMap;

/// The longest that a datagram may be under way on a machine's loopback: 10 s.
const LONGEST: Micros = Micros(10_000_000);

/// A day, in which a machine's time ends.
const DAY_US: u64 = 86_400_000_000;

/// The machine, as a network of life lines.
#[derive(Debug)]
pub struct Machine {
    world: World,
    /// Whose calls are under way.
    calls: BTreeMap<CallId, HostId>,
    /// Whose sockets there are.
    sockets: BTreeMap<SocketId, HostId>,
    /// Whose ports there are.
    ports: BTreeMap<u16, HostId>,
    /// To whom datagrams are under way.
    under_way: BTreeMap<PacketId, HostId>,
    /// Who stands for a port that nobody has.
    other: HostId,
}

impl Machine {
    /// A machine whose loopback takes so long, up to 10 s; `other` is the life line that answers for ports which nobody has.
    pub fn new(seed: u64, delay: Micros, other: HostId) -> Machine {
        let loopback = PathPart { delay_us: Some(delay.0.min(LONGEST.0)), ..PathPart::default() };
        let host = HostPart { name: "machine".into(), loopback: Some(loopback), ..HostPart::default() };
        let mut spec = WorldSpec { seed, hosts: vec![host], ..WorldSpec::default() };
        spec.bounds.time_us = DAY_US;
        Machine::in_world(World::new(&spec).expect("a machine by itself is a world"), other)
    }

    /// The only host of a world as a machine.
    pub fn in_world(world: World, other: HostId) -> Machine {
        Machine {
            world,
            calls: BTreeMap::new(),
            sockets: BTreeMap::new(),
            ports: BTreeMap::new(),
            under_way: BTreeMap::new(),
            other,
        }
    }

    /// The engine's own time.
    pub fn now(&self) -> Instant {
        self.world.now()
    }

    /// Puts life lines in the place of the one machine.
    fn tell(&mut self, event: &mut Event) {
        match event {
            Event::Returned { call, outcome, .. } => {
                let Some(host) = self.calls.remove(call) else { return };
                if let Ok(Value::Socket { socket } | Value::Accepted { socket, .. }) = outcome {
                    self.sockets.insert(*socket, host);
                }
            }
            Event::State { socket, sample } => {
                if let (Some(&host), Some(local)) = (self.sockets.get(socket), sample.local) {
                    self.ports.insert(local.0.port(), host);
                }
            }
            Event::Trace(Trace::Sent(transit)) => {
                let (source, destination) = match &transit.datagram {
                    wire::Datagram::Tcp(segment) => (segment.source_port, segment.destination_port),
                    wire::Datagram::Udp(datagram) => (datagram.source_port, datagram.destination_port),
                    // It tells the sender of what it quotes; that one's port is not looked up.
                    wire::Datagram::Icmp(_) => (0, 0),
                };
                let of_socket = transit.socket.and_then(|socket| self.sockets.get(&socket));
                transit.from = of_socket.or(self.ports.get(&source)).copied().unwrap_or(self.other);
                transit.to = self.ports.get(&destination).copied().unwrap_or(self.other);
                self.under_way.insert(transit.packet, transit.to);
            }
            Event::Trace(Trace::Arrived { packet, host }) => {
                *host = self.under_way.remove(packet).unwrap_or(self.other);
            }
            Event::Trace(_) | Event::Notice(_) | Event::Gone(_) => {}
        }
    }
}

impl Network for Machine {
    fn sight(&self) -> Sight {
        self.world.sight()
    }

    fn submit(&mut self, now: Instant, mut call: Call) {
        self.calls.insert(call.id, call.host);
        call.host = HostId(0);
        self.world.submit(now, call);
    }

    fn poll(&mut self, now: Instant) -> Option<Event> {
        let mut event = self.world.poll(now)?;
        self.tell(&mut event);
        Some(event)
    }

    fn wakes_at(&self) -> Option<Instant> {
        self.world.wakes_at()
    }
}
