//! Everything between the hosts: which interface is on which link, what is under way, and what comes when.
//!
//! ```text
//!   send --> who has the next address? --> fault? --> Way: queue, loss, delay --> agenda --> next: it arrives
//!               '- nobody: after 3 s the sender is told
//! ```
//!
//! It carries datagrams from one node (host or router) to the next and knows nothing of what nodes do with them.

use super::agenda::Agenda;
use super::chance::Chance;
use super::fault::{Faults, Passing};
use super::link::{Passage, Way};
use super::prefix::Routes;
use super::spec::{FaultAction, InterfacePart, PathPart, WorldSpec};
use super::story::Story;
use crate::host::LOOPBACK_MTU;
use core::net::{IpAddr, Ipv4Addr};
use sockets::{Fate, HostId, Instant, LinkId, Micros, PacketId, SocketId, Trace, Transit};
use std::collections::{BTreeMap, VecDeque};
use wire::Datagram;

/// How long a datagram that a fault holds back waits for the next one of its direction.
const SWAP_WAIT: Micros = Micros::from_secs(1);
/// How long an address is asked for on a link: three times, one second apart (Linux, mcast_solicit and retrans_time_ms).
const ASKED_FOR: Micros = Micros::from_secs(3);

/// What a datagram under way takes, in octets, as estimated: a number of its own, since it must be the same on every machine.
const PARCEL: u64 = 300;

/// A datagram with what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub datagram: Datagram,
    pub socket: Option<SocketId>,
    pub retransmission: bool,
    pub corrupted: bool,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Coming {
    /// A datagram at the end of its link.
    Arrival { node: usize, interface: usize, packet: PacketId, parcel: Parcel },
    /// A node's timer, perhaps one that was put off since.
    Wake { node: usize },
    /// Nobody on the link has the next address: these datagrams come back to their sender.
    NoNeighbour { node: usize, interface: usize, parcels: Vec<Parcel> },
    /// Nothing that anybody sees.
    Nothing,
}

#[derive(Clone, Copy, Debug)]
enum Due {
    /// The first of those on their way to an end of a link.
    Arrival {
        link: u32,
        end: u32,
    },
    /// One that was late, or is overtaken by later ones.
    Overtaken(u32),
    Wake(u32),
    Release {
        link: u32,
        end: u32,
        held: u64,
    },
    NoNeighbour {
        node: u32,
        interface: u32,
        address: IpAddr,
    },
}

/// From which node over which link to which of its ends.
#[derive(Clone, Copy, Debug)]
struct Crossing {
    link: usize,
    end: usize,
    from: usize,
}

#[derive(Debug)]
struct Flight {
    at: Instant,
    /// Its number on the agenda.
    order: u64,
    packet: PacketId,
    parcel: Parcel,
}

#[derive(Debug)]
struct Node {
    routes: Routes,
    ports: Vec<Port>,
    /// The earliest wake on the agenda that counts.
    wake: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Port {
    link: usize,
    end: usize,
}

#[derive(Debug)]
struct End {
    node: usize,
    interface: usize,
    addresses: Vec<IpAddr>,
    /// The addresses that stand for all hosts of its networks, beside 255.255.255.255 (RFC 919).
    broadcasts: Vec<Ipv4Addr>,
    way: Way,
    /// What is on its way, in the order of arrival. Only the first is on the agenda: most of what is under way is here.
    flights: VecDeque<Flight>,
    /// What a fault holds back until the next has passed, from whom, and its number.
    held: Option<(u64, usize, Parcel)>,
}

/// Links, and what is on them.
#[derive(Debug)]
pub(super) struct Fabric {
    nodes: Vec<Node>,
    /// Links, then a loopback for each host; that has no end where the host itself carries it.
    links: Vec<Vec<End>>,
    /// Where the loopbacks begin.
    loopbacks: usize,
    faults: Faults,
    agenda: Agenda<Due>,
    /// Arrivals out of order: to which end of which link.
    overtaken: Vec<Option<(usize, usize, Flight)>>,
    free: Vec<u32>,
    packets: u32,
    /// How many datagrams are on their way or wait for an address.
    under_way: u64,
    holds: u64,
    /// What waits for an address that nobody has said to have.
    unknown: BTreeMap<(usize, usize, IpAddr), Vec<Parcel>>,
}

impl Fabric {
    /// From a world that has been checked; the routes are those of hosts, then routers.
    pub fn new(spec: &WorldSpec, routes: Vec<Routes>) -> Fabric {
        let hosts = spec.hosts.iter().map(|host| (&host.name, &host.interfaces));
        let parts: Vec<(&String, &Vec<InterfacePart>)> =
            hosts.chain(spec.routers.iter().map(|router| (&router.name, &router.interfaces))).collect();
        let mut links: Vec<Vec<End>> = spec.links.iter().map(|_| Vec::new()).collect();
        let mut nodes = Vec::new();
        for ((node, (name, interfaces)), routes) in parts.into_iter().enumerate().zip(routes) {
            let mut ports = Vec::new();
            for (interface, part) in interfaces.iter().enumerate() {
                let Some(link) = spec.links.iter().position(|link| link.name == part.link) else { continue };
                let about = &spec.links[link];
                let path = match about.toward.get(name) {
                    Some(toward) => toward.or(&about.path),
                    None => about.path.clone(),
                };
                ports.push(Port { link, end: links[link].len() });
                links[link].push(End {
                    node,
                    interface,
                    addresses: part.addresses.iter().map(|prefix| prefix.address()).collect(),
                    broadcasts: part.addresses.iter().filter_map(|prefix| prefix.broadcast()).collect(),
                    way: Way::new(path, Chance::new(spec.seed, &about.name, name), about.mtu),
                    flights: VecDeque::new(),
                    held: None,
                });
            }
            nodes.push(Node { routes, ports, wake: None });
        }
        // After the links the hosts' loopbacks, each with its one end: the interface after all others.
        for (node, host) in spec.hosts.iter().enumerate() {
            let end = |path: &PathPart| End {
                node,
                interface: host.interfaces.len(),
                addresses: Vec::new(),
                broadcasts: Vec::new(),
                way: Way::new(path.clone(), Chance::new(spec.seed, "loopback", &host.name), LOOPBACK_MTU),
                flights: VecDeque::new(),
                held: None,
            };
            links.push(host.loopback.iter().map(end).collect());
        }
        Fabric {
            nodes,
            loopbacks: spec.links.len(),
            links,
            faults: Faults::new(spec),
            agenda: Agenda::default(),
            overtaken: Vec::new(),
            free: Vec::new(),
            packets: 0,
            under_way: 0,
            holds: 0,
            unknown: BTreeMap::new(),
        }
    }

    /// What everything takes that is on its way, in octets, as estimated; its payload is counted where a call brought it.
    pub fn octets(&self) -> u64 {
        self.under_way * PARCEL
    }

    /// The next packet number.
    pub fn packet(&mut self) -> PacketId {
        let packet = PacketId(self.packets);
        self.packets = self.packets.wrapping_add(1);
        packet
    }

    /// Whether a datagram to this address is for all who are on the link of a node's interface.
    pub fn is_broadcast(&self, node: usize, interface: usize, to: IpAddr) -> bool {
        let IpAddr::V4(to) = to else { return false };
        let end = self.nodes[node].ports.get(interface).map(|port| &self.links[port.link][port.end]);
        to == Ipv4Addr::BROADCAST || end.is_some_and(|end| end.broadcasts.contains(&to))
    }

    /// Puts a datagram on the link of a node's interface, to every other end. Each crossing is a packet of its own.
    pub fn broadcast(
        &mut self,
        now: Instant,
        (node, interface): (usize, usize),
        parcel: &Parcel,
        story: &mut Story,
    ) {
        let Some(&Port { link, end: from }) = self.nodes[node].ports.get(interface) else { return };
        for end in (0..self.links[link].len()).filter(|end| *end != from) {
            let passing = Passing {
                now,
                link,
                from: node,
                to: self.links[link][end].node,
                datagram: &parcel.datagram,
                retransmission: false,
            };
            let fault = self.faults.meet(&passing).filter(|fault| *fault != FaultAction::Swap);
            self.launch(now, Crossing { link, end, from: node }, parcel.clone(), fault, story);
        }
    }

    /// The next address on the way to a destination, from this node by this interface.
    pub fn next_address(&self, node: usize, interface: usize, destination: IpAddr) -> IpAddr {
        let hop = self.nodes[node].routes.find(destination);
        hop.filter(|hop| hop.interface == interface).map_or(destination, |hop| hop.to)
    }

    /// Puts a datagram on the link of a node's interface, to the end that has the address `to`. Says whether somebody has.
    #[inline]
    pub fn send(
        &mut self,
        now: Instant,
        (node, interface, to): (usize, usize, IpAddr),
        parcel: Parcel,
        story: &mut Story,
    ) -> bool {
        let Some(&Port { link, end: from }) = self.nodes[node].ports.get(interface) else { return false };
        let ends = &self.links[link];
        let found =
            ends.iter().enumerate().find(|(place, end)| *place != from && end.addresses.contains(&to));
        let Some((end, _)) = found else {
            self.ask(now, node, interface, to, parcel);
            return false;
        };
        self.pass(now, Crossing { link, end, from: node }, parcel, story);
        true
    }

    /// Whether what a host sends to itself is carried here.
    pub fn carries_loopback(&self, node: usize) -> bool {
        self.links.get(self.loopbacks + node).is_some_and(|ends| !ends.is_empty())
    }

    /// Carries what a host sends to itself.
    pub fn loop_back(&mut self, now: Instant, node: usize, parcel: Parcel, story: &mut Story) {
        self.pass(now, Crossing { link: self.loopbacks + node, end: 0, from: node }, parcel, story);
    }

    /// Lets befall a datagram what is to befall it, and sends it on its way.
    #[inline]
    fn pass(&mut self, now: Instant, crossing: Crossing, parcel: Parcel, story: &mut Story) {
        let Crossing { link, end, from } = crossing;
        let there = &mut self.links[link][end];
        let passing = Passing {
            now,
            link,
            from,
            to: there.node,
            datagram: &parcel.datagram,
            retransmission: parcel.retransmission,
        };
        let fault = self.faults.meet(&passing);
        if fault == Some(FaultAction::Swap) && there.held.is_none() {
            self.holds += 1;
            there.held = Some((self.holds, from, parcel));
            let due = Due::Release { link: link as u32, end: end as u32, held: self.holds };
            self.agenda.put(now + SWAP_WAIT, due);
            return;
        }
        let held = there.held.take();
        self.launch(now, crossing, parcel, fault, story);
        if let Some((_, from, parcel)) = held {
            self.launch(now, Crossing { link, end, from }, parcel, None, story);
        }
    }

    /// The datagram waits until the address has been asked for in vain; others for the same address wait with it.
    fn ask(&mut self, now: Instant, node: usize, interface: usize, address: IpAddr, parcel: Parcel) {
        let waiting = self.unknown.entry((node, interface, address)).or_default();
        if waiting.is_empty() {
            let due = Due::NoNeighbour { node: node as u32, interface: interface as u32, address };
            self.agenda.put(now + ASKED_FOR, due);
        }
        waiting.push(parcel);
        self.under_way += 1;
    }

    #[inline]
    fn launch(
        &mut self,
        now: Instant,
        crossing: Crossing,
        mut parcel: Parcel,
        fault: Option<FaultAction>,
        story: &mut Story,
    ) {
        let way = &mut self.links[crossing.link][crossing.end].way;
        let Passage { mut fate, twice } = way.take(now, &mut parcel.datagram, fault);
        if let (Fate::Arrives { at }, true) = (fate, parcel.corrupted) {
            fate = Fate::Corrupted { at };
        }
        parcel.corrupted = matches!(fate, Fate::Corrupted { .. });
        let copy = twice.then(|| parcel.clone());
        let original = self.carry(crossing, parcel, fate, None, story);
        if let Some(copy) = copy {
            self.carry(crossing, copy, fate, Some(original), story);
        }
    }

    /// Tells that a datagram was sent, and has it arrive if it does.
    #[inline]
    fn carry(
        &mut self,
        Crossing { link, end, from }: Crossing,
        parcel: Parcel,
        fate: Fate,
        copy_of: Option<PacketId>,
        story: &mut Story,
    ) -> PacketId {
        let packet = self.packet();
        let told = |datagram| {
            Trace::Sent(Box::new(Transit {
                packet,
                copy_of,
                link: LinkId(link as u32),
                from: HostId(from as u32),
                to: HostId(self.links[link][end].node as u32),
                socket: parcel.socket,
                retransmission: parcel.retransmission,
                datagram,
                fate,
            }))
        };
        let (Fate::Arrives { at } | Fate::Corrupted { at }) = fate else {
            if story.telling {
                story.tell(told(parcel.datagram));
            }
            return packet;
        };
        if story.telling {
            story.tell(told(parcel.datagram.clone()));
        }
        self.under_way += 1;
        let order = self.agenda.number();
        let flight = Flight { at, order, packet, parcel };
        let flights = &mut self.links[link][end].flights;
        let last = flights.back().map(|last| last.at);
        if last.is_none_or(|last| last <= at) {
            flights.push_back(flight);
            if last.is_none() {
                let due = Due::Arrival { link: link as u32, end: end as u32 };
                self.agenda.put_numbered(at, order, due);
            }
        } else {
            let slot = self.keep((link, end, flight));
            self.agenda.put_numbered(at, order, Due::Overtaken(slot));
        }
        packet
    }

    fn keep(&mut self, flight: (usize, usize, Flight)) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.overtaken[slot as usize] = Some(flight);
                slot
            }
            None => {
                self.overtaken.push(Some(flight));
                self.overtaken.len() as u32 - 1
            }
        }
    }

    /// The node wants to be woken then; earlier wakes that it does not want any more are found out when they come.
    pub fn wake(&mut self, node: usize, at: Option<Instant>) {
        let Some(at) = at else { return };
        let known = &mut self.nodes[node].wake;
        if known.is_none_or(|known| at < known) {
            *known = Some(at);
            self.agenda.put(at, Due::Wake(node as u32));
        }
    }

    /// When something comes next.
    pub fn next_at(&self) -> Option<Instant> {
        self.agenda.first().map(|(at, _)| at)
    }

    /// The node whose wake comes next, if it is a wake that comes next.
    pub fn next_wake(&self) -> Option<usize> {
        match self.agenda.first() {
            Some((_, Due::Wake(node))) => Some(node as usize),
            _ => None,
        }
    }

    /// Takes what comes next.
    #[inline]
    pub fn next(&mut self, story: &mut Story) -> Coming {
        let Some((at, due)) = self.agenda.first() else { return Coming::Nothing };
        if let Due::Arrival { link, end } = due {
            return self.arrival(due, link as usize, end as usize);
        }
        self.agenda.take();
        match due {
            Due::Arrival { .. } => Coming::Nothing,
            Due::Overtaken(slot) => {
                let Some((link, end, flight)) = self.overtaken[slot as usize].take() else {
                    return Coming::Nothing;
                };
                self.free.push(slot);
                self.under_way -= 1;
                let end = &self.links[link][end];
                let Flight { packet, parcel, .. } = flight;
                Coming::Arrival { node: end.node, interface: end.interface, packet, parcel }
            }
            Due::Wake(node) => {
                let node = node as usize;
                if self.nodes[node].wake != Some(at) {
                    return Coming::Nothing;
                }
                self.nodes[node].wake = None;
                Coming::Wake { node }
            }
            Due::Release { link, end, held } => {
                let (link, end) = (link as usize, end as usize);
                let waits = &mut self.links[link][end].held;
                if waits.as_ref().is_some_and(|(number, ..)| *number == held)
                    && let Some((_, from, parcel)) = waits.take()
                {
                    self.launch(at, Crossing { link, end, from }, parcel, None, story);
                }
                Coming::Nothing
            }
            Due::NoNeighbour { node, interface, address } => {
                let (node, interface) = (node as usize, interface as usize);
                let parcels = self.unknown.remove(&(node, interface, address)).unwrap_or_default();
                self.under_way -= parcels.len() as u64;
                Coming::NoNeighbour { node, interface, parcels }
            }
        }
    }

    /// Takes the first of those on their way to an end; the agenda has the next one in its place.
    #[inline]
    fn arrival(&mut self, due: Due, link: usize, end: usize) -> Coming {
        let end = &mut self.links[link][end];
        let flight = end.flights.pop_front();
        match end.flights.front() {
            Some(next) => self.agenda.replace_first(next.at, next.order, due),
            None => {
                self.agenda.take();
            }
        }
        let Some(Flight { packet, parcel, .. }) = flight else { return Coming::Nothing };
        self.under_way -= 1;
        Coming::Arrival { node: end.node, interface: end.interface, packet, parcel }
    }

    /// Nothing comes any more.
    pub fn clear(&mut self) {
        self.agenda.clear();
        self.links.iter_mut().flatten().for_each(|end| end.flights.clear());
        self.under_way = 0;
        self.overtaken.clear();
        self.free.clear();
        self.unknown.clear();
    }
}
