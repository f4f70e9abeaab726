//! The simulator in the place of a kernel, for a page without a bridge: one machine, whose loopback takes so long that segments can
//! be watched on their way. Virtual time runs as fast as the page's.
//!
//! To the engine all hosts of the page are that one machine, as they are to a kernel. The Log gets each datagram with the hosts of the
//! page whose sockets send and take it, so that a picture has a life line for each.

use sim::world::{HostPart, World, WorldSpec};
use sockets::{
    Call, CallId, Event, Fate, HostId, Instant, Micros, Network, PacketId, SocketId, Trace, Value,
};
use std::collections::BTreeMap;

/// How long a segment is under way unless the person wants it otherwise.
pub const DELAY: Micros = Micros(200_000);

/// The machine.
pub struct Simulated {
    world: World,
    /// The page's time at the world's beginning.
    began: Instant,
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
    used: bool,
}

impl Simulated {
    /// A machine whose loopback takes so long, up to 10 s; `other` is the host that answers for ports which nobody has.
    pub fn new(now: Instant, delay: Micros, other: HostId) -> Simulated {
        const DAY_US: u64 = 86_400_000_000;
        let host =
            HostPart { name: "machine".into(), loopback_us: delay.0.min(10_000_000), ..HostPart::default() };
        let mut spec = WorldSpec { seed: 1, hosts: vec![host], ..WorldSpec::default() };
        spec.bounds.time_us = DAY_US;
        let world = World::new(&spec).expect("a machine by itself is a world");
        Simulated {
            world,
            began: now,
            calls: BTreeMap::new(),
            sockets: BTreeMap::new(),
            ports: BTreeMap::new(),
            under_way: BTreeMap::new(),
            other,
            used: false,
        }
    }

    /// Whether a call was ever made.
    pub const fn is_used(&self) -> bool {
        self.used
    }

    /// Makes a call of one of the page's hosts.
    pub fn submit(&mut self, now: Instant, mut call: Call) {
        self.used = true;
        self.calls.insert(call.id, call.host);
        call.host = HostId(0);
        self.world.submit(self.inside(now), call);
    }

    /// The next thing that has happened up to now, with the page's time of it.
    pub fn poll(&mut self, now: Instant) -> Option<(Instant, Event)> {
        let mut event = self.world.poll(self.inside(now))?;
        let at = self.began + Micros(self.world.now().0);
        self.tell_hosts(&mut event);
        self.tell_times(&mut event);
        Some((at, event))
    }

    /// When to poll again, in the page's time.
    pub fn wakes_at(&self) -> Option<Instant> {
        self.world.wakes_at().map(|at| self.began + Micros(at.0))
    }

    fn inside(&self, now: Instant) -> Instant {
        Instant(now.since(self.began).0)
    }

    /// Puts the page's time in the place of the machine's.
    fn tell_times(&self, event: &mut Event) {
        let outside = |at: &mut Instant| *at = self.began + Micros(at.0);
        match event {
            Event::Trace(Trace::Sent(transit)) => {
                if let Fate::Arrives { at } | Fate::Corrupted { at } = &mut transit.fate {
                    outside(at);
                }
            }
            Event::Trace(Trace::Armed { fires: Some(at), .. }) => outside(at),
            _ => {}
        }
    }

    /// Puts the page's hosts in the place of the one machine.
    fn tell_hosts(&mut self, event: &mut Event) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use sockets::{Endpoint, Family, Op, SocketKind};

    const SERVER: HostId = HostId(4);
    const CLIENT: HostId = HostId(7);

    /// Everything up to a time, in milliseconds of the page.
    fn until(machine: &mut Simulated, ms: u64) -> Vec<(u64, Event)> {
        let now = Instant(ms * 1_000);
        std::iter::from_fn(|| machine.poll(now)).map(|(at, event)| (at.0 / 1_000, event)).collect()
    }

    fn call(machine: &mut Simulated, ms: u64, id: u32, host: HostId, op: Op) -> Vec<(u64, Event)> {
        machine.submit(Instant(ms * 1_000), Call { id: CallId(id), host, timeout: None, op });
        until(machine, ms)
    }

    fn made(events: &[(u64, Event)]) -> SocketId {
        events
            .iter()
            .find_map(|(_, event)| match event {
                Event::Returned { outcome: Ok(Value::Socket { socket }), .. } => Some(*socket),
                _ => None,
            })
            .expect("socket() made one")
    }

    #[test]
    fn a_handshake_takes_the_time_of_its_segments_and_goes_between_the_pages_hosts() {
        let mut machine = Simulated::new(Instant(5_000_000), DELAY, SERVER);
        assert!(!machine.is_used());
        let socket = Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
        let listener = made(&call(&mut machine, 5_100, 1, SERVER, socket.clone()));
        let address = Endpoint::parse("127.0.0.1", "5000").expect("an address");
        call(&mut machine, 5_100, 2, SERVER, Op::Bind { socket: listener, address: address.clone() });
        call(&mut machine, 5_100, 3, SERVER, Op::Listen { socket: listener, backlog: 1 });
        let client = made(&call(&mut machine, 5_200, 4, CLIENT, socket));
        let mut events = call(&mut machine, 5_200, 5, CLIENT, Op::Connect { socket: client, address });
        assert_eq!(machine.wakes_at(), Some(Instant(5_400_000)));
        events.extend(until(&mut machine, 6_000));
        let mut told = Vec::new();
        for (at, event) in &events {
            match event {
                Event::Trace(Trace::Sent(transit)) => {
                    let flags = transit.datagram.segment().expect("TCP").flags;
                    let Fate::Arrives { at: arrives } = transit.fate else { panic!("it is lost") };
                    assert_eq!(arrives.0 / 1_000, at + 200, "times are the page's");
                    told.push(format!("{at} {} > {} {flags}", transit.from, transit.to));
                }
                Event::Trace(Trace::Arrived { host, .. }) => told.push(format!("{at} arrives at {host}")),
                Event::Returned { call: CallId(5), .. } => told.push(format!("{at} connect is back")),
                _ => {}
            }
        }
        let expected = [
            "5200 7 > 4 S",
            "5400 arrives at 4",
            "5400 4 > 7 S.",
            "5600 arrives at 7",
            "5600 connect is back",
            "5600 7 > 4 .",
            "5800 arrives at 4",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_port_that_nobody_has_is_refused_by_the_other_host() {
        let mut machine = Simulated::new(Instant::START, DELAY, SERVER);
        let socket = Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
        let client = made(&call(&mut machine, 0, 1, CLIENT, socket));
        let address = Endpoint::parse("127.0.0.1", "9").expect("an address");
        let mut events = call(&mut machine, 0, 2, CLIENT, Op::Connect { socket: client, address });
        events.extend(until(&mut machine, 1_000));
        let ways: Vec<_> = events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Trace(Trace::Sent(transit)) => Some((transit.from, transit.to)),
                _ => None,
            })
            .collect();
        assert_eq!(ways, [(CLIENT, SERVER), (SERVER, CLIENT)]);
    }
}
