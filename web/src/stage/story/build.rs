//! Reads a Log once, from its first record to its last, and looks up what belongs together.

use super::{
    CallSpan, Cast, Cause, End, EndId, EndKind, Origin, Packet, Piece, Player, Reacted, Role, StateChange,
    Story, TimerEnd, TimerRun,
};
use core::net::SocketAddr;
use lab::capture::Inferred;
use sockets::{
    CallId, Fate, HostId, Instant, Log, MsgFlag, Op, Outcome, PacketId, Sample, SocketId, State, Timer,
    Trace, Transit, Value, What,
};
use std::collections::BTreeMap;
use std::rc::Rc;
use wire::{Datagram, Seq};

/// Two addresses as one host sees them: its own and the peer's.
type Pair = (HostId, SocketAddr, SocketAddr);

pub(super) struct Builder<'a> {
    log: &'a Log,
    pub(super) packets: Vec<Packet>,
    /// Of each packet, its source and destination.
    addresses: Vec<Option<(SocketAddr, SocketAddr)>>,
    numbers: BTreeMap<PacketId, usize>,
    calls: Vec<CallSpan>,
    pending: BTreeMap<CallId, usize>,
    reactions: Vec<Reacted>,
    pub(super) ends: Vec<End>,
    pub(super) sockets: BTreeMap<SocketId, EndId>,
    /// All that ever had these addresses, oldest first.
    pub(super) pairs: BTreeMap<Pair, Vec<EndId>>,
    /// Of connections that only a capture tells of, by their first end.
    pub(super) inferred: BTreeMap<EndId, Inferred>,
    timers: BTreeMap<(EndId, Timer), usize>,
    pub(super) cause: Option<(Instant, Cause)>,
    stops: Vec<Instant>,
}

impl Story {
    /// Looks everything up.
    pub fn of(log: Rc<Log>, cast: Cast, origin: Origin) -> Story {
        let mut builder = Builder::new(&log);
        let records = log.records();
        let begin = records.first().map_or(Instant::START, |record| record.at);
        let end = records.last().map_or(Instant::START, |record| record.at);
        for (place, record) in records.iter().enumerate() {
            if builder.stops.last() != Some(&record.at) {
                builder.stops.push(record.at);
            }
            builder.take(place, record.at, &record.what);
        }
        builder.finish(end, &cast.names);
        let Builder { packets, calls, reactions, ends, stops, .. } = builder;
        Story {
            origin,
            begin,
            end,
            players: columns(cast.players, &ends),
            links: cast.links,
            packets,
            calls,
            reactions,
            ends,
            stops,
            log,
        }
    }
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

/// Source and destination with their ports, of what has ports.
pub(super) fn addresses(datagram: &Datagram) -> Option<(SocketAddr, SocketAddr)> {
    let ip = datagram.ip();
    let (source, destination) = match datagram {
        Datagram::Tcp(segment) => (segment.source_port, segment.destination_port),
        Datagram::Udp(datagram) => (datagram.source_port, datagram.destination_port),
        Datagram::Icmp(_) => return None,
    };
    Some((SocketAddr::new(ip.source, source), SocketAddr::new(ip.destination, destination)))
}

impl<'a> Builder<'a> {
    fn new(log: &'a Log) -> Builder<'a> {
        Builder {
            log,
            packets: Vec::new(),
            addresses: Vec::new(),
            numbers: BTreeMap::new(),
            calls: Vec::new(),
            pending: BTreeMap::new(),
            reactions: Vec::new(),
            ends: Vec::new(),
            sockets: BTreeMap::new(),
            pairs: BTreeMap::new(),
            inferred: BTreeMap::new(),
            timers: BTreeMap::new(),
            cause: None,
            stops: Vec::new(),
        }
    }

    fn take(&mut self, place: usize, at: Instant, what: &What) {
        if self.cause.is_some_and(|(when, _)| when != at) {
            self.cause = None;
        }
        match what {
            What::Entered(call) => {
                let end = call.op.socket().and_then(|socket| self.sockets.get(&socket).copied());
                self.pending.insert(call.id, self.calls.len());
                self.cause = Some((at, Cause::Call(self.calls.len())));
                self.calls.push(CallSpan {
                    record: place,
                    back: None,
                    entered: at,
                    returned: None,
                    host: call.host,
                    end,
                });
            }
            What::Returned { call, outcome, .. } => {
                let Some(index) = self.pending.remove(call) else { return };
                self.calls[index].back = Some(place);
                self.calls[index].returned = Some(at);
                let log = self.log;
                if let What::Entered(call) = &log.records()[self.calls[index].record].what {
                    self.returned(index, at, &call.op, outcome);
                }
            }
            What::State { socket, sample } => self.sampled(place, at, *socket, sample),
            What::Trace(trace) => self.traced(place, at, trace),
            What::Notice(_) | What::Gone(_) => {}
        }
    }

    /// What a call's outcome says of sockets.
    fn returned(&mut self, index: usize, at: Instant, op: &Op, outcome: &Outcome) {
        let host = self.calls[index].host;
        match (op, outcome) {
            (Op::Socket { .. }, Ok(Value::Socket { socket })) => {
                let id = self.add(host, at, EndKind::Other);
                self.ends[id.0].socket = Some(*socket);
                self.sockets.insert(*socket, id);
                self.calls[index].end = Some(id);
            }
            (Op::Accept { socket: listener }, Ok(Value::Accepted { socket, peer })) => {
                self.accepted(at, host, *listener, *socket, peer.0);
            }
            (Op::Close { socket }, Ok(_)) => self.stops_listening(*socket, index, at),
            (Op::Listen { socket, .. }, Ok(_)) => {
                if let Some(id) = self.sockets.get(socket) {
                    self.ends[id.0].kind = EndKind::Listener;
                }
            }
            (Op::Send { socket, .. }, Ok(Value::Sent { sent })) => {
                if let Some(id) = self.sockets.get(socket) {
                    let pieces = &mut self.ends[id.0].wrote;
                    let first = pieces.last().map_or(0, |piece| piece.end);
                    pieces.push(Piece { call: index, at, first, end: first + *sent as u64 });
                }
            }
            (Op::Recv { socket, flags, .. }, Ok(Value::Data { bytes, .. }))
                if !flags.contains(&MsgFlag::Peek) =>
            {
                if let Some(id) = self.sockets.get(socket) {
                    let pieces = &mut self.ends[id.0].read;
                    let first = pieces.last().map_or(0, |piece| piece.end);
                    pieces.push(Piece { call: index, at, first, end: first + *bytes as u64 });
                }
            }
            _ => {}
        }
    }

    fn sampled(&mut self, place: usize, at: Instant, socket: SocketId, sample: &Sample) {
        let Some(&id) = self.sockets.get(&socket) else { return };
        let cause = self.cause.map(|(_, cause)| cause);
        let end = &mut self.ends[id.0];
        end.samples.push(place);
        end.local = sample.local.map(|address| address.0).or(end.local);
        end.remote = sample.peer.map(|address| address.0).or(end.remote);
        if let (Some(local), Some(remote)) = (end.local, end.remote) {
            if end.kind == EndKind::Other && sample.state.is_some() {
                end.kind = EndKind::Connection;
            }
            self.pair(id, local, remote);
        }
        let Some(after) = sample.state else { return };
        let before = self.state(id);
        if before != after {
            self.ends[id.0].states.push(StateChange { at, before, after, reaction: None, cause });
        }
    }

    fn traced(&mut self, place: usize, at: Instant, trace: &Trace) {
        match trace {
            Trace::Sent(transit) => self.sent(place, at, transit),
            Trace::Arrived { packet, .. } => {
                self.cause = self.numbers.get(packet).map(|&index| (at, Cause::Packet(index)));
            }
            Trace::Armed { socket, timer, fires } => {
                let Some(id) = self.whose(*socket) else { return };
                self.stop_timer(id, *timer, at, TimerEnd::Stopped);
                if let Some(due) = *fires {
                    let runs = &mut self.ends[id.0].timers;
                    self.timers.insert((id, *timer), runs.len());
                    runs.push(TimerRun { timer: *timer, set: at, due, until: due, end: TimerEnd::Running });
                }
            }
            Trace::Fired { socket, timer } => {
                self.cause = Some((at, Cause::Timer(*timer)));
                if let Some(id) = self.whose(*socket) {
                    self.stop_timer(id, *timer, at, TimerEnd::Fired);
                }
            }
            Trace::Reaction { socket, reaction } => {
                let cause = self.cause.map(|(_, cause)| cause);
                let index = self.reactions.len();
                let listener = socket.and_then(|socket| self.sockets.get(&socket).copied());
                let mut id = socket.and_then(|socket| self.whose(socket));
                let mut before = reaction.before;
                let mut after = reaction.after;
                let begun = self.begun(listener, at, reaction);
                if let Some((born, from, to)) = begun {
                    (id, before, after) = (Some(born), from, to);
                } else if reaction.before == State::Listen {
                    id = listener;
                }
                self.reactions.push(Reacted { record: place, at, end: id, cause });
                if let Some(id) = id.filter(|_| before != after) {
                    self.ends[id.0].states.push(StateChange {
                        at,
                        before,
                        after,
                        reaction: Some(index),
                        cause,
                    });
                }
            }
            Trace::Levels { socket, levels } => {
                let Some(id) = self.whose_levels(*socket, levels) else { return };
                let end = &mut self.ends[id.0];
                end.levels.push(place);
                end.iss = Some(levels.iss);
                if levels.state != State::SynSent && levels.state != State::Closed {
                    end.irs = Some(levels.irs);
                }
            }
        }
    }

    fn sent(&mut self, place: usize, at: Instant, transit: &Transit) {
        let index = self.packets.len();
        self.numbers.insert(transit.packet, index);
        let arrives = match transit.fate {
            Fate::Arrives { at } | Fate::Corrupted { at } => Some(at),
            // A picture of a capture has one time for each segment: that at which it was seen.
            Fate::Seen => Some(at),
            Fate::Lost | Fate::Dropped | Fate::QueueFull | Fate::TooBig => None,
        };
        let source = match (transit.socket, transit.fate) {
            (None, Fate::Seen) => self.seen(at, transit),
            (socket, _) => socket.and_then(|socket| self.sender(socket, transit)),
        };
        let mut packet = Packet {
            record: place,
            sent: at,
            arrives,
            from: transit.from,
            to: transit.to,
            source,
            target: None,
            repeats: None,
            copy_of: transit.copy_of.and_then(|packet| self.numbers.get(&packet).copied()),
            forwarded: None,
        };
        if let (None, Some((_, Cause::Packet(cause)))) = (transit.socket, self.cause) {
            let before = &self.packets[cause];
            // What a router sends on is what just came to it; a host answers with something else.
            packet.forwarded = (before.to == transit.from && transit.to != before.from).then_some(cause);
        }
        if let (Some(id), Some(segment)) = (source, transit.datagram.segment()) {
            let end = &mut self.ends[id.0];
            if segment.flags.syn() {
                end.iss = Some(segment.seq);
                if segment.flags.ack() {
                    end.irs = Some(Seq(segment.ack.0.wrapping_sub(1)));
                }
            }
            end.sent.push(index);
            if transit.fate == Fate::Seen {
                self.infer(at, index, id, segment);
            }
        }
        self.packets.push(packet);
        self.addresses.push(addresses(&transit.datagram));
    }

    /// The end that sends in a socket's name. A listening socket's SYN-ACK is that of the connection that is being opened.
    fn sender(&mut self, socket: SocketId, transit: &Transit) -> Option<EndId> {
        let (local, remote) = addresses(&transit.datagram)?;
        let Some(&id) = self.sockets.get(&socket) else {
            return self.pairs.get(&(transit.from, local, remote))?.last().copied();
        };
        if self.ends[id.0].kind == EndKind::Listener {
            return self.pairs.get(&(transit.from, local, remote))?.last().copied();
        }
        if transit.datagram.segment().is_some() {
            let end = &mut self.ends[id.0];
            end.kind = EndKind::Connection;
            end.local = Some(local);
            end.remote = Some(remote);
            self.pair(id, local, remote);
        }
        Some(id)
    }

    /// Addresses of a packet as its receiver sees them.
    pub(super) fn packet_addresses(&self, packet: usize) -> Option<(SocketAddr, SocketAddr)> {
        self.addresses.get(packet).copied().flatten().map(|(source, destination)| (destination, source))
    }

    pub(super) fn add(&mut self, host: HostId, born: Instant, kind: EndKind) -> EndId {
        self.ends.push(End {
            host,
            socket: None,
            name: None,
            kind,
            local: None,
            remote: None,
            listener: None,
            peer: None,
            iss: None,
            irs: None,
            accepted: None,
            born,
            states: Vec::new(),
            levels: Vec::new(),
            samples: Vec::new(),
            timers: Vec::new(),
            sent: Vec::new(),
            received: Vec::new(),
            wrote: Vec::new(),
            read: Vec::new(),
        });
        EndId(self.ends.len() - 1)
    }

    pub(super) fn pair(&mut self, id: EndId, local: SocketAddr, remote: SocketAddr) {
        let known = self.pairs.entry((self.ends[id.0].host, local, remote)).or_default();
        if !known.contains(&id) {
            known.push(id);
        }
    }

    pub(super) fn state(&self, id: EndId) -> State {
        self.ends[id.0].states.last().map_or(State::Closed, |change| change.after)
    }

    fn stop_timer(&mut self, id: EndId, timer: Timer, at: Instant, how: TimerEnd) {
        if let Some(run) = self.timers.remove(&(id, timer)) {
            let run = &mut self.ends[id.0].timers[run];
            (run.until, run.end) = (at, how);
        }
    }

    /// What can be known only when everything has been read.
    fn finish(&mut self, end: Instant, names: &BTreeMap<SocketId, String>) {
        for one in &mut self.ends {
            for run in &mut one.timers {
                // What waits for the handshake's last ACK is over when the state is: nobody stops it by name.
                let left =
                    |change: &&StateChange| change.before == State::SynReceived && change.at >= run.set;
                let over = one.states.iter().find(left).map(|change| change.at);
                if let Some(over) = over.filter(|&over| run.timer == Timer::SynAck && over < run.until) {
                    (run.until, run.end) = (over, TimerEnd::Stopped);
                } else if run.end == TimerEnd::Running {
                    run.until = run.due.min(end);
                }
            }
        }
        for one in &mut self.ends {
            one.name = one.socket.and_then(|socket| names.get(&socket).cloned());
        }
        self.find_receivers();
        self.find_repeats();
        self.find_peers();
    }

    fn find_receivers(&mut self) {
        for index in 0..self.packets.len() {
            let Some((local, remote)) = self.packet_addresses(index) else { continue };
            let Packet { to, from, arrives, sent, source, .. } = self.packets[index];
            let newest = |host: HostId, local, remote, when: Instant| {
                let known = self.pairs.get(&(host, local, remote))?;
                known.iter().rev().find(|id| self.ends[id.0].born <= when).copied()
            };
            let target = newest(to, local, remote, arrives.unwrap_or(sent));
            let source = source.or_else(|| newest(from, remote, local, sent));
            self.packets[index].target = target;
            self.packets[index].source = source;
        }
        let mut arrivals: Vec<(Instant, usize)> = self
            .packets
            .iter()
            .enumerate()
            .filter_map(|(index, packet)| Some((packet.arrives?, index)))
            .collect();
        arrivals.sort();
        for (_, index) in arrivals {
            let Some(target) = self.packets[index].target else { continue };
            self.ends[target.0].received.push(index);
            if let Some(segment) = self.segment(index).filter(|segment| segment.flags.syn()) {
                let seq = segment.seq;
                self.ends[target.0].irs.get_or_insert(seq);
            }
        }
    }

    pub(super) fn segment(&self, packet: usize) -> Option<&'a wire::Segment> {
        match &self.log.records()[self.packets[packet].record].what {
            What::Trace(Trace::Sent(transit)) => transit.datagram.segment(),
            _ => None,
        }
    }

    /// Of each retransmission, the latest packet before it with some of the same octets.
    fn find_repeats(&mut self) {
        for end in &self.ends {
            // What a sender repeats is at most a window away; a bound keeps a long story's price straight.
            const AWAY: usize = 4_096;
            for (place, &index) in end.sent.iter().enumerate() {
                let Some(segment) = self.segment(index).filter(|segment| segment.sequence_length() > 0)
                else {
                    continue;
                };
                let before = end.sent[place.saturating_sub(AWAY)..place].iter().rev();
                let same = |&&other: &&usize| {
                    self.packets[other].copy_of.is_none()
                        && self.segment(other).is_some_and(|other| {
                            other.sequence_length() > 0
                                && other.seq.precedes(segment.end())
                                && segment.seq.precedes(other.end())
                        })
                };
                let told = match &self.log.records()[self.packets[index].record].what {
                    What::Trace(Trace::Sent(transit)) => transit.retransmission,
                    _ => false,
                };
                if told && self.packets[index].copy_of.is_none() {
                    self.packets[index].repeats = before.clone().find(same).copied();
                }
            }
        }
    }

    /// Two ends are each other's when each has the other's initial sequence number, which no translation of addresses changes; where
    /// those are not known, when each has the other's address.
    fn find_peers(&mut self) {
        let mut by_numbers: BTreeMap<(u32, u32), EndId> = BTreeMap::new();
        let mut by_addresses: BTreeMap<(SocketAddr, SocketAddr), EndId> = BTreeMap::new();
        for place in 0..self.ends.len() {
            let end = &self.ends[place];
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
                    let other = &self.ends[other.0];
                    other.iss.is_none() || other.irs.is_none() || end.iss.is_none() || end.irs.is_none()
                };
                peer = peer.or_else(|| by_addresses.get(&(remote, local)).copied().filter(unknown));
                by_addresses.insert((local, remote), id);
            }
            if let Some(peer) = peer.filter(|peer| self.ends[peer.0].peer.is_none()) {
                self.ends[place].peer = Some(peer);
                self.ends[peer.0].peer = Some(id);
            }
        }
    }
}
