//! A world: hosts and routers, the links between them, and what comes when, in virtual time.
//!
//! ```text
//!   submit(call) --> Host --departures--> Fabric: links, faults --arrivals--> Host or Router --> ...
//!                     '--> events --------------> poll
//! ```
//!
//! Everything follows from the [`WorldSpec`] and the calls: the same world with the same calls at the same times tells the same
//! events, octet for octet, on every machine. Nothing here knows TCP, a program, or what a Log is good for.

mod agenda;
mod bound;
mod build;
mod capture;
mod chance;
mod check;
mod fabric;
mod fault;
mod link;
mod nat;
mod prefix;
mod quote;
mod router;
mod spec;
mod story;

pub use bound::{Bound, Stopped};
pub use capture::capture;
pub use prefix::Prefix;
pub use spec::{
    BadSpec, Bounds, BurstPart, FaultAction, FaultPart, FilterAction, FilterPart, ForwardPart, HostPart,
    InterfacePart, LinkPart, NatPart, PathPart, Problem, Protocol, RoutePart, RouterPart, WorldSpec,
};

use crate::host::{Host, Looped, Readiness, Turn};
use crate::tcp::Info;
use crate::{Profile, rules};
use build::{host_spec, router, routes_of};
use core::net::IpAddr;
use fabric::{Coming, Fabric, Parcel};
use router::{Router, RouterTurn};
use sockets::{
    Call, Event, Fate, HostId, Instant, LinkId, Micros, Network, PacketId, Reaction, Sight, SocketId, State,
    Trace, Transit,
};
use std::collections::VecDeque;
use story::Story;
use wire::{Datagram, Unreachable};

#[cfg(test)]
mod tests;

/// How many socket numbers each host has for itself.
const SOCKETS_EACH: u32 = 1_000_000;

/// A world that runs.
#[derive(Debug)]
pub struct World {
    hosts: Vec<Host>,
    routers: Vec<Router>,
    fabric: Fabric,
    story: Story,
    turn: Turn,
    router_turn: RouterTurn,
    /// What each host sent to itself and has not taken yet.
    looped: Vec<VecDeque<(Instant, PacketId)>>,
    /// The addresses of each host's and router's interfaces.
    addresses: Vec<Vec<Vec<IpAddr>>>,
    names: Vec<String>,
    links: Vec<String>,
    sockets_each: u32,
    now: Instant,
    bounds: Bounds,
    events: u64,
    events_at_once: u64,
    stopped: Option<Stopped>,
    /// A datagram that is to arrive otherwise than it was sent; nothing for one whose checksum is wrong.
    replaced: Option<(PacketId, Option<Datagram>)>,
}

impl World {
    /// Makes a world at time 0, in which nothing has happened.
    ///
    /// # Errors
    /// What [`WorldSpec::check`] finds, and what a host refuses.
    pub fn new(spec: &WorldSpec) -> Result<World, BadSpec> {
        spec.check()?;
        let sockets_each = SOCKETS_EACH.min(u32::MAX / (spec.hosts.len() as u32 + 1));
        let mut hosts = Vec::new();
        let mut routes = Vec::new();
        for (place, part) in spec.hosts.iter().enumerate() {
            let its_routes = routes_of(&part.interfaces, part.gateway, &part.routes);
            let bad =
                |why: String| BadSpec { problems: vec![Problem { field: format!("hosts[{place}]"), why }] };
            let host = host_spec(spec, part, &its_routes).map_err(bad)?;
            let host =
                Host::new(HostId(place as u32), &host, spec.seed).map_err(|error| bad(error.to_string()))?;
            hosts.push(host.with_first_socket(SocketId(1 + place as u32 * sockets_each)));
            routes.push(its_routes);
        }
        let mut routers = Vec::new();
        for part in &spec.routers {
            let its_routes = routes_of(&part.interfaces, part.gateway, &part.routes);
            routers.push(router(spec, part, its_routes.clone()));
            routes.push(its_routes);
        }
        let parts = || {
            let hosts = spec.hosts.iter().map(|host| (&host.name, &host.interfaces));
            hosts.chain(spec.routers.iter().map(|router| (&router.name, &router.interfaces)))
        };
        let addresses = |interfaces: &[InterfacePart]| {
            interfaces
                .iter()
                .map(|part| part.addresses.iter().map(|prefix| prefix.address()).collect())
                .collect()
        };
        Ok(World {
            looped: vec![VecDeque::new(); hosts.len()],
            hosts,
            routers,
            fabric: Fabric::new(spec, routes),
            story: Story::default(),
            turn: Turn::default(),
            router_turn: RouterTurn::default(),
            addresses: parts().map(|(_, interfaces)| addresses(interfaces)).collect(),
            names: parts().map(|(name, _)| name.clone()).collect(),
            links: spec.links.iter().map(|link| link.name.clone()).collect(),
            sockets_each,
            now: Instant::START,
            bounds: spec.bounds.clone(),
            events: 0,
            events_at_once: 0,
            stopped: None,
            replaced: None,
        })
    }

    /// Whether traces (segments, timers, rules) are told; they are, unless this says no. Without them a world runs faster.
    pub fn set_telling(&mut self, telling: bool) {
        self.story.telling = telling;
        self.hosts.iter_mut().for_each(|host| host.set_telling(telling));
    }

    /// Lets another datagram arrive in the place of the one with this number, over one link: octets that somebody changed on the way.
    /// `None` is one whose checksum is wrong. What a host sends to itself never is on a link and stays as it is.
    pub fn replace(&mut self, packet: PacketId, instead: Option<Datagram>) {
        self.replaced = Some((packet, instead));
    }

    /// Virtual time: that of the last thing that happened.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// How many events there were: calls, arrivals, timers.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Which bound ended the run, if one did.
    pub const fn stopped(&self) -> Option<Stopped> {
        self.stopped
    }

    /// The host with this name.
    pub fn host(&self, name: &str) -> Option<HostId> {
        let place = self.names.iter().position(|known| known == name)?;
        (place < self.hosts.len()).then_some(HostId(place as u32))
    }

    /// The name of a host or router.
    pub fn name(&self, host: HostId) -> Option<&str> {
        self.names.get(host.0 as usize).map(String::as_str)
    }

    /// The name of a link; the loopback of a host has none.
    pub fn link(&self, link: LinkId) -> Option<&str> {
        self.links.get(link.0 as usize).map(String::as_str)
    }

    /// The link that stands for a host's loopback in traces.
    pub fn loopback(&self, host: HostId) -> LinkId {
        LinkId(self.links.len() as u32 + host.0)
    }

    /// The host that a socket is on.
    fn host_of(&self, socket: SocketId) -> Option<&Host> {
        self.hosts.get((socket.0.checked_sub(1)? / self.sockets_each) as usize)
    }

    /// What poll(2) would say of a socket.
    pub fn readiness(&self, socket: SocketId) -> Option<Readiness> {
        self.host_of(socket)?.readiness(socket)
    }

    /// What TCP_INFO would say of a socket.
    pub fn info(&self, socket: SocketId) -> Option<Info> {
        self.host_of(socket)?.info(self.now, socket)
    }

    /// SIOCINQ, SIOCOUTQ and SIOCOUTQNSD of a socket, in octets.
    pub fn queued(&self, socket: SocketId) -> Option<(u32, u32, u32)> {
        self.host_of(socket)?.queued(socket)
    }

    /// A host's settings.
    pub fn profile(&self, host: HostId) -> Option<&Profile> {
        self.hosts.get(host.0 as usize).map(Host::profile)
    }

    /// A host's settings, to be changed while it runs.
    pub fn profile_mut(&mut self, host: HostId) -> Option<&mut Profile> {
        self.hosts.get_mut(host.0 as usize).map(Host::profile_mut)
    }

    /// Counts an event at `at`, unless a bound is reached.
    fn count(&mut self, at: Instant) -> bool {
        if self.stopped.is_some() {
            return false;
        }
        let at = at.max(self.now);
        if at > self.now {
            self.now = at;
            self.events_at_once = 0;
        }
        let bounds = &self.bounds;
        let reached = if at.0 >= bounds.time_us {
            Some((Bound::Time, bounds.time_us))
        } else if self.events >= bounds.events {
            Some((Bound::Events, bounds.events))
        } else if self.events_at_once >= bounds.events_at_once {
            Some((Bound::EventsAtOnce, bounds.events_at_once))
        } else if self.story.octets + self.fabric.octets() > bounds.log_octets {
            Some((Bound::LogOctets, bounds.log_octets))
        } else {
            None
        };
        if let Some((bound, value)) = reached {
            self.now = Instant(at.0.min(bounds.time_us));
            let stopped = Stopped { bound, value, at: self.now };
            self.stopped = Some(stopped);
            self.fabric.clear();
            self.story.end(&stopped.to_string());
            return false;
        }
        self.events += 1;
        self.events_at_once += 1;
        true
    }

    /// Does the next thing that is due by `now`. Says whether there was one.
    fn step(&mut self, now: Instant) -> bool {
        let Some(at) = self.fabric.next_at().filter(|at| *at <= now) else { return false };
        if !self.count(at) {
            return false;
        }
        let at = self.now;
        match self.fabric.next(&mut self.story) {
            Coming::Nothing => {}
            Coming::Wake { node } => self.wake(at, node),
            Coming::Arrival { node, interface, packet, mut parcel } => {
                if let Some((_, instead)) = self.replaced.take_if(|(replaced, _)| *replaced == packet) {
                    parcel.corrupted = instead.is_none();
                    parcel.datagram = instead.unwrap_or(parcel.datagram);
                }
                let arrived = Trace::Arrived { packet, host: HostId(node as u32) };
                if node < self.hosts.len() && !parcel.corrupted {
                    // It is told together with what the host makes of it.
                    if self.story.telling {
                        self.turn.events.push(Event::Trace(arrived));
                    }
                } else {
                    self.story.tell(arrived);
                }
                self.arrive(at, node, interface, parcel);
            }
            Coming::NoNeighbour { node, interface, parcels } => {
                for parcel in parcels {
                    self.no_neighbour(at, node, interface, &parcel);
                }
            }
        }
        self.settle();
        true
    }

    /// Leaves nothing at the front of the agenda but what will really happen.
    fn settle(&mut self) {
        while let Some(node) = self.fabric.next_wake() {
            let wanted = self.hosts.get(node).and_then(Host::wakes_at);
            if self.fabric.next_at() >= wanted && wanted.is_some() {
                break;
            }
            self.fabric.next(&mut self.story);
            self.fabric.wake(node, wanted);
        }
    }

    fn wake(&mut self, at: Instant, node: usize) {
        let Some(host) = self.hosts.get_mut(node) else { return };
        if host.wakes_at().is_some_and(|due| due <= at) {
            while let Some((_, packet)) = self.looped[node].pop_front_if(|(arrives, _)| *arrives <= at) {
                self.story.tell(Trace::Arrived { packet, host: HostId(node as u32) });
            }
            host.on_timer(at, &mut self.turn);
        }
        self.finish(at, node);
    }

    #[inline]
    fn arrive(&mut self, at: Instant, node: usize, interface: usize, parcel: Parcel) {
        let Some(host) = self.hosts.get_mut(node) else {
            // What is for all on one link goes no further (RFC 1812, 5.3.5).
            if self.fabric.is_broadcast(node, interface, parcel.datagram.ip().destination) {
                return;
            }
            return self.route(at, node, interface, parcel);
        };
        if parcel.corrupted {
            self.react(&rules::CHECKSUM);
        } else {
            host.receive(at, interface, parcel.datagram, &mut self.turn);
            self.finish(at, node);
        }
    }

    fn react(&mut self, rule: &'static sockets::Rule) {
        let reaction = Reaction { rule, before: State::Closed, after: State::Closed, change: None };
        self.story.tell(Trace::Reaction { socket: None, reaction });
    }

    fn route(&mut self, at: Instant, node: usize, interface: usize, parcel: Parcel) {
        let mut turn = core::mem::take(&mut self.router_turn);
        let Parcel { datagram, retransmission, corrupted, .. } = parcel;
        let router = &mut self.routers[node - self.hosts.len()];
        router.receive(at, interface, datagram, corrupted, &mut turn);
        for reaction in turn.story.drain(..) {
            self.story.tell(Trace::Reaction { socket: None, reaction });
        }
        for leaving in turn.leaving.drain(..) {
            let parcel = Parcel {
                datagram: leaving.datagram,
                socket: None,
                retransmission: retransmission && leaving.forwarded,
                corrupted: corrupted && leaving.forwarded,
            };
            self.send(at, (node, leaving.hop.interface, leaving.hop.to), parcel);
        }
        self.router_turn = turn;
    }

    #[inline]
    fn send(&mut self, at: Instant, way: (usize, usize, IpAddr), parcel: Parcel) {
        if !self.fabric.send(at, way, parcel, &mut self.story) {
            self.react(&rules::NO_NEIGHBOUR);
        }
    }

    /// Nobody answered for the next address: the sender is told by the node that asked, which may be itself.
    fn no_neighbour(&mut self, at: Instant, node: usize, interface: usize, parcel: &Parcel) {
        let own = &self.addresses[node][interface];
        let Some(message) = router::unreachable_message(own, &parcel.datagram, Unreachable::Host) else {
            return;
        };
        match self.hosts.get_mut(node) {
            Some(host) => {
                host.receive(at, interface, message, &mut self.turn);
                self.finish(at, node);
            }
            None => {
                let parcel =
                    Parcel { datagram: message, socket: None, retransmission: false, corrupted: false };
                let destination = parcel.datagram.ip().destination;
                let router = &self.routers[node - self.hosts.len()];
                if router.is_own(destination) {
                    // It is about a datagram whose source the router had translated: the inside host is told.
                    self.route(at, node, interface, parcel);
                } else if let Some(hop) = router.routes.find(destination) {
                    self.send(at, (node, hop.interface, hop.to), parcel);
                }
            }
        }
    }

    /// Tells what a host did, and carries what it sent.
    fn finish(&mut self, at: Instant, node: usize) {
        let mut turn = core::mem::take(&mut self.turn);
        self.story.events(&mut turn.events);
        for looped in turn.loopback.drain(..) {
            if self.fabric.carries_loopback(node) {
                let Looped { datagram, socket, retransmission } = looped;
                let parcel = Parcel { datagram, socket, retransmission, corrupted: false };
                self.fabric.loop_back(at, node, parcel, &mut self.story);
                continue;
            }
            let packet = self.fabric.packet();
            self.looped[node].push_back((at, packet));
            if self.story.telling {
                let host = HostId(node as u32);
                self.story.tell(Trace::Sent(Box::new(Transit {
                    packet,
                    copy_of: None,
                    link: self.loopback(host),
                    from: host,
                    to: host,
                    socket: looped.socket,
                    retransmission: looped.retransmission,
                    datagram: looped.datagram,
                    fate: Fate::Arrives { at },
                })));
            }
        }
        for departure in turn.departures.drain(..) {
            let destination = departure.datagram.ip().destination;
            let to = self.fabric.next_address(node, departure.interface, destination);
            let parcel = Parcel {
                datagram: departure.datagram,
                socket: departure.socket,
                retransmission: departure.retransmission,
                corrupted: false,
            };
            if self.fabric.is_broadcast(node, departure.interface, destination) {
                self.fabric.broadcast(at, (node, departure.interface), &parcel, &mut self.story);
                continue;
            }
            self.send(at, (node, departure.interface, to), parcel);
        }
        self.turn = turn;
        let wakes_at = self.hosts[node].wakes_at();
        self.fabric.wake(node, wakes_at);
    }
}

impl Network for World {
    fn sight(&self) -> Sight {
        Sight::Segments
    }

    fn submit(&mut self, now: Instant, call: Call) {
        while self.step(now) {}
        self.story.entered(call.id, call.op.payload().map_or(0, |data| data.len()));
        if !self.count(now) {
            let gone = Event::Returned {
                call: call.id,
                outcome: Err(sockets::Failure::Gone),
                took: Micros::ZERO,
                note: self.stopped.map(|stopped| stopped.to_string()),
            };
            // The call that reached the bound came back with all others.
            if self.story.is_pending(call.id) {
                self.story.event(gone);
            }
            return;
        }
        let node = call.host.0 as usize;
        let Some(host) = self.hosts.get_mut(node) else {
            let why = format!("there is no host {node}: the hosts are 0 to {}", self.hosts.len() - 1);
            let outcome = Err(sockets::Failure::Protocol(why));
            return self.story.event(Event::Returned {
                call: call.id,
                outcome,
                took: Micros::ZERO,
                note: None,
            });
        };
        host.submit(self.now, call, &mut self.turn);
        self.finish(self.now, node);
        self.settle();
    }

    fn poll(&mut self, now: Instant) -> Option<Event> {
        loop {
            if let Some(event) = self.story.take() {
                return Some(event);
            }
            if !self.step(now) && self.story.is_empty() {
                // Time itself may reach its bound while nothing is due.
                if now.0 >= self.bounds.time_us && self.stopped.is_none() {
                    self.count(now);
                    continue;
                }
                return None;
            }
        }
    }

    fn wakes_at(&self) -> Option<Instant> {
        if !self.story.is_empty() {
            return Some(self.now);
        }
        self.fabric.next_at().map(|at| at.min(Instant(self.bounds.time_us)))
    }
}
