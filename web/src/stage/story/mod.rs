//! A Log with everything looked up once, so that a picture of any moment costs little.
//!
//! Indices are places in the vectors of the [`Story`]: they mean nothing in another one.

mod build;
mod captured;
mod grow;
#[cfg(test)]
mod grow_tests;
mod octets;
#[cfg(test)]
pub(crate) mod tests;
mod unaccepted;

pub use grow::Growing;

use bytes::Bytes;
use core::net::SocketAddr;
use sockets::{
    Call, Fate, HostId, Instant, Levels, Log, Micros, Outcome, Reaction, SocketId, State, Timer, Trace,
    Transit, What,
};
use std::collections::BTreeMap;
use std::rc::Rc;
use wire::{Datagram, Segment, Seq};

/// Whose colour a host has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A host that opens connections.
    Client,
    /// A host that waits for them.
    Server,
    /// A router between hosts.
    Router,
}

/// A host or router, in the order of the columns: clients left, routers between, servers right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// Which.
    pub host: HostId,
    /// What it is called.
    pub name: String,
    /// Whose colour it has.
    pub role: Role,
}

/// Where a Log comes from, and so how far it can be trusted to tell all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The engine: everything is told.
    Simulated,
    /// A capture file or capturing bridge: segments as one place saw them.
    Captured,
    /// A kernel behind the bridge: calls, and states that were asked for.
    Sampled,
}

/// The number of an [`End`] in its [`Story`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndId(pub usize);

/// A datagram on one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Its [`Transit`]: a place in the Log.
    pub record: usize,
    /// When it was put on the link.
    pub sent: Instant,
    /// When it came to the other end; `None` for one that never does. A captured one has one time only, that at which it was seen.
    pub arrives: Option<Instant>,
    /// Who put it there.
    pub from: HostId,
    /// Who is at the other end.
    pub to: HostId,
    /// The connection's end that it comes from, if that is on `from`.
    pub source: Option<EndId>,
    /// The connection's end that it is for, if that is on `to`.
    pub target: Option<EndId>,
    /// The packet whose octets this one sends again, the latest before it.
    pub repeats: Option<usize>,
    /// The packet of which the link made this copy.
    pub copy_of: Option<usize>,
    /// The same datagram on the link before, when a router forwarded it.
    pub forwarded: Option<usize>,
}

/// A call and its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSpan {
    /// The record in which it was entered.
    pub record: usize,
    /// The record in which it returned.
    pub back: Option<usize>,
    /// When it was made.
    pub entered: Instant,
    /// When it returned.
    pub returned: Option<Instant>,
    /// Where.
    pub host: HostId,
    /// On which end of a connection, or listening socket, if on any.
    pub end: Option<EndId>,
}

/// What made something happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A packet arrived.
    Packet(usize),
    /// A program made a call.
    Call(usize),
    /// A timer fired.
    Timer(Timer),
}

/// A change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// When.
    pub at: Instant,
    /// Before.
    pub before: State,
    /// After.
    pub after: State,
    /// The rule that asked for it, as a place among [`Story::reactions`]; sampled Logs have none.
    pub reaction: Option<usize>,
    /// What made it happen.
    pub cause: Option<Cause>,
}

/// How a timer's run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerEnd {
    /// It fired.
    Fired,
    /// It was stopped, or set anew.
    Stopped,
    /// The story ended first.
    Running,
}

/// One run of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerRun {
    /// Which.
    pub timer: Timer,
    /// When it was set.
    pub set: Instant,
    /// When it was to fire.
    pub due: Instant,
    /// When the run ended.
    pub until: Instant,
    /// How.
    pub end: TimerEnd,
}

/// Octets of a stream that one call gave or took: offsets from the stream's first octet (0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The call, a place among [`Story::calls`].
    pub call: usize,
    /// When the call returned: not before then are they the other side's.
    pub at: Instant,
    /// The offset of the first octet.
    pub first: u64,
    /// The offset after the last.
    pub end: u64,
}

/// What an end of a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// A listening socket.
    Listener,
    /// One end of a TCP connection, from its first SYN on.
    Connection,
    /// A socket that is neither yet, or never (UDP).
    Other,
}

/// A socket, or a connection that no program has accepted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Where it is.
    pub host: HostId,
    /// The socket, once a program has one.
    pub socket: Option<SocketId>,
    /// The socket's variable in the program, if the cast knows it.
    pub name: Option<String>,
    /// What it is.
    pub kind: EndKind,
    /// Its address.
    pub local: Option<SocketAddr>,
    /// The peer's.
    pub remote: Option<SocketAddr>,
    /// The listening socket that it came from.
    pub listener: Option<EndId>,
    /// The other end of the connection, if this story has it.
    pub peer: Option<EndId>,
    /// Its initial sequence number; of a connection whose beginning was not captured, the number before the first that was seen.
    pub iss: Option<Seq>,
    /// The peer's initial sequence number.
    pub irs: Option<Seq>,
    /// When `accept` gave it to a program.
    pub accepted: Option<Instant>,
    /// When it first appears.
    pub born: Instant,
    /// Since when nobody sees it: its program has closed it, and the kernel knows it no more, or is asked about open sockets only.
    pub unseen: Option<Instant>,
    /// Its changes of state, in order.
    pub states: Vec<StateChange>,
    /// Records of its [`Levels`], in order.
    pub levels: Vec<usize>,
    /// Records of its samples, in order.
    pub samples: Vec<usize>,
    /// The runs of its timers, in the order in which they were set.
    pub timers: Vec<TimerRun>,
    /// Packets that it sent, in order; retransmissions and lost ones too.
    pub sent: Vec<usize>,
    /// Packets that arrived for it, in the order of arrival; corrupted ones too.
    pub received: Vec<usize>,
    /// What its program gave to send.
    pub wrote: Vec<Piece>,
    /// What its program received.
    pub read: Vec<Piece>,
}

/// A rule at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reacted {
    /// The record.
    pub record: usize,
    /// When.
    pub at: Instant,
    /// On which end.
    pub end: Option<EndId>,
    /// What made it act.
    pub cause: Option<Cause>,
}

/// Who takes part, and what is known beside the Log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cast {
    /// Hosts and routers, in the order of their numbers, which is that of a scenario's world.
    pub players: Vec<Player>,
    /// The links' names, in the order of their numbers; loopbacks have none.
    pub links: Vec<String>,
    /// The variables of sockets in their programs.
    pub names: BTreeMap<SocketId, String>,
    /// The octets of packets as they were captured, in the order of their numbers; none for what was not.
    pub octets: Vec<Bytes>,
}

/// The whole story.
#[derive(Clone, Debug)]
pub struct Story {
    log: Rc<Log>,
    octets: Rc<[Bytes]>,
    /// Where it comes from.
    pub origin: Origin,
    /// More may happen at any moment: it is being lived.
    pub goes_on: bool,
    /// The first record's time.
    pub begin: Instant,
    /// The last record's time.
    pub end: Instant,
    /// Hosts and routers, in the order of the columns.
    pub players: Vec<Player>,
    /// The links' names.
    pub links: Vec<String>,
    /// Every datagram, in the order of sending.
    pub packets: Vec<Packet>,
    /// Every call, in the order of entering.
    pub calls: Vec<CallSpan>,
    /// Every rule that acted, in order.
    pub reactions: Vec<Reacted>,
    /// Sockets and connections, in the order of appearing.
    pub ends: Vec<End>,
    /// The moments at which something happened, each once, in order: what a step goes to.
    pub stops: Vec<Instant>,
}

impl Story {
    /// The Log that it tells.
    pub const fn log(&self) -> &Rc<Log> {
        &self.log
    }

    /// The transit of a packet.
    pub fn transit(&self, packet: usize) -> &Transit {
        match &self.log.records()[self.packets[packet].record].what {
            What::Trace(Trace::Sent(transit)) => transit,
            other => unreachable!("a packet's record is its transit, not {other:?}"),
        }
    }

    /// The datagram of a packet, as it was put on the link.
    pub fn datagram(&self, packet: usize) -> &Datagram {
        &self.transit(packet).datagram
    }

    /// The octets of a packet: those that were captured, and else those that say what it says. A captured checksum may be wrong, and
    /// octets may be missing.
    pub fn octets(&self, packet: usize) -> wire::Packet {
        match self.octets.get(self.transit(packet).packet.0 as usize) {
            Some(captured) => captured[..].into(),
            // What no octets can say is nothing that a simulated host sends.
            None => self.datagram(packet).emit().unwrap_or_default(),
        }
    }

    /// The TCP segment of a packet, if it is one.
    pub fn segment(&self, packet: usize) -> Option<&Segment> {
        self.datagram(packet).segment()
    }

    /// What becomes of a packet.
    pub fn fate(&self, packet: usize) -> Fate {
        self.transit(packet).fate
    }

    /// The call itself.
    pub fn call(&self, call: usize) -> &Call {
        match &self.log.records()[self.calls[call].record].what {
            What::Entered(call) => call,
            other => unreachable!("a call's record is its entry, not {other:?}"),
        }
    }

    /// How a call came out, once it is back.
    pub fn outcome(&self, call: usize) -> Option<(&Outcome, Micros)> {
        match &self.log.records()[self.calls[call].back?].what {
            What::Returned { outcome, took, .. } => Some((outcome, *took)),
            _ => None,
        }
    }

    /// The rule's work itself.
    pub fn reaction(&self, reaction: usize) -> &Reaction {
        match &self.log.records()[self.reactions[reaction].record].what {
            What::Trace(Trace::Reaction { reaction, .. }) => reaction,
            other => unreachable!("a reaction's record is a reaction, not {other:?}"),
        }
    }

    /// An end.
    pub fn end_of(&self, id: EndId) -> &End {
        &self.ends[id.0]
    }

    /// The end of a socket.
    pub fn end_of_socket(&self, socket: SocketId) -> Option<EndId> {
        self.ends.iter().position(|end| end.socket == Some(socket)).map(EndId)
    }

    /// The connections' ends, one for each connection: that which opened it, where this story has it, else the other.
    pub fn connections(&self) -> impl Iterator<Item = EndId> {
        let first = |(place, end): &(usize, &End)| {
            end.kind == EndKind::Connection
                && end.peer.is_none_or(|peer| {
                    end.listener.is_none() && (self.ends[peer.0].listener.is_some() || *place < peer.0)
                })
        };
        self.ends.iter().enumerate().filter(first).map(|(place, _)| EndId(place))
    }

    /// The levels of an end at a moment: the last that were told up to then.
    pub fn levels(&self, end: EndId, at: Instant) -> Option<&Levels> {
        let records = self.log.records();
        let told = &self.ends[end.0].levels;
        let count = told.partition_point(|&record| records[record].at <= at);
        self.levels_of(*told.get(count.checked_sub(1)?)?)
    }

    /// The levels in a record.
    pub fn levels_of(&self, record: usize) -> Option<&Levels> {
        match &self.log.records()[record].what {
            What::Trace(Trace::Levels { levels, .. }) => Some(levels),
            _ => None,
        }
    }

    /// The last sample of an end up to a moment.
    pub fn sample(&self, end: EndId, at: Instant) -> Option<&sockets::Sample> {
        let records = self.log.records();
        let told = &self.ends[end.0].samples;
        let count = told.partition_point(|&record| records[record].at <= at);
        match &records[*told.get(count.checked_sub(1)?)?].what {
            What::State { sample, .. } => Some(sample),
            _ => None,
        }
    }

    /// The state of an end at a moment.
    pub fn state(&self, end: EndId, at: Instant) -> State {
        let changes = &self.ends[end.0].states;
        let count = changes.partition_point(|change| change.at <= at);
        count.checked_sub(1).map_or(State::Closed, |last| changes[last].after)
    }

    /// The initial sequence numbers of a segment's sender and receiver, from which relative numbers count; zeros where they are not
    /// known.
    pub fn bases(&self, packet: usize) -> (Seq, Seq) {
        let Packet { mut source, target, mut forwarded, .. } = self.packets[packet];
        // A router has no part in the connection: whoever sent it first has.
        while let (None, Some(before)) = (source, forwarded) {
            Packet { source, forwarded, .. } = self.packets[before];
        }
        let of = |end: Option<EndId>| end.map(|id| &self.ends[id.0]);
        let sender = of(source).and_then(|end| end.iss).or_else(|| of(target).and_then(|end| end.irs));
        let receiver = of(source).and_then(|end| end.irs).or_else(|| of(target).and_then(|end| end.iss));
        (sender.unwrap_or(Seq(0)), receiver.unwrap_or(Seq(0)))
    }

    /// A packet on all the links that it crossed, this one among them, in the order of sending.
    pub fn hops(&self, packet: usize) -> Vec<usize> {
        let mut hops = vec![packet];
        let mut first = packet;
        while let Some(before) = self.packets[first].forwarded {
            first = before;
            hops.insert(0, before);
        }
        // What a router sends on comes after; without routers nothing is forwarded.
        if self.players.iter().any(|player| player.role == Role::Router) {
            let mut last = packet;
            for later in packet + 1..self.packets.len() {
                if self.packets[later].forwarded == Some(last) {
                    hops.push(later);
                    last = later;
                }
            }
        }
        hops
    }

    /// The name of a host or router.
    pub fn name(&self, host: HostId) -> &str {
        self.players.iter().find(|player| player.host == host).map_or("", |player| &player.name)
    }

    /// The packets that are under way at a moment.
    pub fn under_way(&self, at: Instant) -> impl Iterator<Item = usize> {
        let count = self.packets.partition_point(|packet| packet.sent <= at);
        (0..count).filter(move |&packet| self.packets[packet].arrives.is_some_and(|arrives| arrives > at))
    }

    /// The first moment after `at` at which something happens.
    pub fn next_stop(&self, at: Instant) -> Option<Instant> {
        self.stops.get(self.stops.partition_point(|stop| *stop <= at)).copied()
    }

    /// The last moment before `at` at which something happened.
    pub fn previous_stop(&self, at: Instant) -> Option<Instant> {
        self.stops[..self.stops.partition_point(|stop| *stop < at)].last().copied()
    }
}

impl Cast {
    /// The cast of a scenario's world. Roles follow from what hosts do: see [`Story::of`].
    pub fn of(world: &sim::world::WorldSpec) -> Cast {
        let hosts = world.hosts.iter().map(|host| (&host.name, Role::Client));
        let routers = world.routers.iter().map(|router| (&router.name, Role::Router));
        let players = hosts.chain(routers).zip(0..);
        Cast {
            players: players
                .map(|((name, role), host)| Player { host: HostId(host), name: name.clone(), role })
                .collect(),
            links: world.links.iter().map(|link| link.name.clone()).collect(),
            names: BTreeMap::new(),
            octets: Vec::new(),
        }
    }

    /// The same, with the variables that programs have their sockets in.
    pub fn named(self, names: BTreeMap<SocketId, String>) -> Cast {
        Cast { names, ..self }
    }
}
