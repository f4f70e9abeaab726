//! A story that grows with its Log, and what only the whole of what is known so far can tell: whose packets are, who is whose peer.
//!
//! ```text
//!   Log --read: what is new--> Builder --place: packets without an end, or whose addresses got another--> tell --> Story
//! ```
//!
//! A Story is the same, however often it was told on the way. Telling costs a copy of what is known, and a look at what is new.

use super::build::{Builder, Pair};
use super::{Cast, End, EndId, EndKind, Origin, Packet, Player, Role, Story, TimerEnd};
use core::net::SocketAddr;
use sockets::{HostId, Instant, Log, SocketId, Timer};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A story that is told again and again while it happens.
#[derive(Clone, Debug)]
pub struct Growing(Builder);

impl Growing {
    /// One in which nothing has happened.
    pub fn new(origin: Origin) -> Growing {
        Growing(Builder::new(origin))
    }

    /// The story so far. The Log has to begin as the one that was given last.
    pub fn tell(&mut self, log: Rc<Log>, cast: Cast) -> Story {
        self.0.read(log);
        self.0.place();
        let mut told = dressed(self.0.clone_of_told(), cast);
        told.goes_on = true;
        told
    }

    /// The whole story: nothing more will happen. Only what is new since it was told last is looked up.
    pub fn end(mut self, log: Rc<Log>, cast: Cast) -> Story {
        self.0.read(log);
        self.0.place();
        dressed(self.0.take_told(), cast)
    }
}

impl Story {
    /// Looks everything up.
    pub fn of(log: Rc<Log>, cast: Cast, origin: Origin) -> Story {
        Growing::new(origin).end(log, cast)
    }
}

fn dressed(mut told: Story, cast: Cast) -> Story {
    finish(&mut told, &cast.names);
    told.players = columns(cast.players, &told.ends);
    told.links = cast.links;
    told.octets = cast.octets.into();
    told
}

/// Who waits for connections is a server; clients stand left, routers between, servers right.
fn columns(mut players: Vec<Player>, ends: &[End]) -> Vec<Player> {
    for player in players.iter_mut().filter(|player| player.role != Role::Router) {
        if ends.iter().any(|end| end.host == player.host && end.kind == EndKind::Listener) {
            player.role = Role::Server;
        }
    }
    players.sort_by_key(|player| match player.role {
        Role::Client => 0,
        Role::Router => 1,
        Role::Server => 2,
    });
    players
}

/// Which packets have the ends that their addresses mean.
#[derive(Clone, Debug, Default)]
pub(super) struct Placed {
    /// So many, from the first.
    count: usize,
    /// Packets by the addresses that their ends were looked up by.
    by_pair: BTreeMap<Pair, Vec<usize>>,
    /// Packets whose addresses have got another end since.
    again: Vec<usize>,
    /// Of each packet that was placed, the end that its sender named.
    named: Vec<Option<EndId>>,
}

impl Placed {
    /// Addresses have got another end.
    pub(super) fn learn(&mut self, pair: Pair) {
        if let Some(packets) = self.by_pair.get(&pair) {
            self.again.extend(packets);
        }
    }
}

impl Builder {
    /// Gives packets the ends that their addresses mean.
    fn place(&mut self) {
        for index in self.placed.count..self.packets.len() {
            let Packet { from, to, source, .. } = self.packets[index];
            self.placed.named.push(source);
            let Some((local, remote)) = self.packet_addresses(index) else { continue };
            self.placed.by_pair.entry((to, local, remote)).or_default().push(index);
            if source.is_none() {
                self.placed.by_pair.entry((from, remote, local)).or_default().push(index);
            }
        }
        let mut new: Vec<usize> = (self.placed.count..self.packets.len()).collect();
        self.placed.count = self.packets.len();
        new.extend(core::mem::take(&mut self.placed.again));
        for index in new {
            self.place_one(index);
        }
    }

    fn place_one(&mut self, index: usize) {
        let Some((local, remote)) = self.packet_addresses(index) else { return };
        let Packet { to, from, arrives, sent, target: before, .. } = self.packets[index];
        let newest = |host: HostId, local, remote, when: Instant| {
            let known = self.pairs.get(&(host, local, remote))?;
            known.iter().rev().find(|id| self.ends[id.0].born <= when).copied()
        };
        let target = newest(to, local, remote, arrives.unwrap_or(sent));
        let source = self.placed.named[index].or_else(|| newest(from, remote, local, sent));
        self.packets[index].target = target;
        self.packets[index].source = source;
        let Some(arrives) = arrives.filter(|_| before != target) else { return };
        let packets = &self.packets;
        let earlier = |&other: &usize| (packets[other].arrives, other) < (Some(arrives), index);
        if let Some(end) = before {
            let received = &mut self.ends[end.0].received;
            let place = received.partition_point(earlier);
            if received.get(place) == Some(&index) {
                received.remove(place);
            }
        }
        if let Some(end) = target {
            let received = &mut self.ends[end.0].received;
            received.insert(received.partition_point(earlier), index);
        }
    }

    fn clone_of_told(&self) -> Story {
        Story {
            packets: self.packets.clone(),
            calls: self.calls.clone(),
            reactions: self.reactions.clone(),
            ends: self.ends.clone(),
            stops: self.stops.clone(),
            ..self.frame()
        }
    }

    /// As [`clone_of_told`](Builder::clone_of_told), for one who tells but once.
    fn take_told(&mut self) -> Story {
        Story {
            packets: core::mem::take(&mut self.packets),
            calls: core::mem::take(&mut self.calls),
            reactions: core::mem::take(&mut self.reactions),
            ends: core::mem::take(&mut self.ends),
            stops: core::mem::take(&mut self.stops),
            ..self.frame()
        }
    }

    fn frame(&self) -> Story {
        let records = self.log.records();
        Story {
            log: self.log.clone(),
            origin: self.origin,
            goes_on: false,
            octets: Rc::default(),
            begin: records.first().map_or(Instant::START, |record| record.at),
            end: records.last().map_or(Instant::START, |record| record.at),
            players: Vec::new(),
            links: Vec::new(),
            packets: Vec::new(),
            calls: Vec::new(),
            reactions: Vec::new(),
            ends: Vec::new(),
            stops: Vec::new(),
        }
    }
}

/// What can be known only when everything has been read.
fn finish(story: &mut Story, names: &BTreeMap<SocketId, String>) {
    let end = story.end;
    for one in &mut story.ends {
        for run in &mut one.timers {
            // What waits for the handshake's last ACK is over when the state is: nobody stops it by name.
            let left = |change: &&super::StateChange| {
                change.before == sockets::State::SynReceived && change.at >= run.set
            };
            let over = match run.timer {
                Timer::SynAck => one.states.iter().find(left).map(|change| change.at),
                _ => None,
            };
            if let Some(over) = over.filter(|&over| over < run.until) {
                (run.until, run.end) = (over, TimerEnd::Stopped);
            } else if run.end == TimerEnd::Running {
                run.until = run.due.min(end);
            }
        }
        one.name = one.socket.and_then(|socket| names.get(&socket).cloned());
    }
    for place in 0..story.ends.len() {
        if story.ends[place].irs.is_none() {
            let syn = |&packet: &usize| {
                story.segment(packet).filter(|segment| segment.flags.syn()).map(|segment| segment.seq)
            };
            story.ends[place].irs = story.ends[place].received.iter().find_map(syn);
        }
    }
    find_peers(&mut story.ends);
}

/// Two ends are each other's when each has the other's initial sequence number, which no translation of addresses changes; where
/// those are not known, when each has the other's address.
fn find_peers(ends: &mut [End]) {
    let mut by_numbers: BTreeMap<(u32, u32), EndId> = BTreeMap::new();
    let mut by_addresses: BTreeMap<(SocketAddr, SocketAddr), EndId> = BTreeMap::new();
    for place in 0..ends.len() {
        let end = &ends[place];
        if end.kind != EndKind::Connection {
            continue;
        }
        let id = EndId(place);
        let mut peer = None;
        if let (Some(iss), Some(irs)) = (end.iss, end.irs) {
            peer = by_numbers.get(&(irs.0, iss.0)).copied();
            by_numbers.insert((iss.0, irs.0), id);
        }
        if let (Some(local), Some(remote)) = (end.local, end.remote) {
            let unknown = |other: &EndId| {
                let other = &ends[other.0];
                other.iss.is_none() || other.irs.is_none() || end.iss.is_none() || end.irs.is_none()
            };
            peer = peer.or_else(|| by_addresses.get(&(remote, local)).copied().filter(unknown));
            by_addresses.insert((local, remote), id);
        }
        if let Some(peer) = peer.filter(|peer| ends[peer.0].peer.is_none()) {
            ends[place].peer = Some(peer);
            ends[peer.0].peer = Some(id);
        }
    }
}
