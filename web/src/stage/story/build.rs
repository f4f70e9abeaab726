//! Reads a Log once, from its first record to its last, and looks up what belongs together. What a later record may still change is
//! looked up in [`grow`](super::grow).

use super::{
    CallSpan, Cause, End, EndId, EndKind, Origin, Packet, Piece, Reacted, StateChange, TimerEnd, TimerRun,
};
use core::net::SocketAddr;
use lab::capture::Inferred;
use sockets::{
    CallId, Fate, HostId, Instant, Log, Micros, MsgFlag, Op, Outcome, PacketId, Sample, SocketId, State,
    Timer, Trace, Transit, Value, What,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use wire::{Datagram, Seq};

/// Two addresses as one host sees them: its own and the peer's.
pub(super) type Pair = (HostId, SocketAddr, SocketAddr);

#[derive(Clone, Debug)]
pub(super) struct Builder {
    pub(super) log: Rc<Log>,
    pub(super) origin: Origin,
    pub(super) packets: Vec<Packet>,
    /// Of each packet, its source and destination.
    addresses: Vec<Option<(SocketAddr, SocketAddr)>>,
    numbers: BTreeMap<PacketId, usize>,
    pub(super) calls: Vec<CallSpan>,
    pending: BTreeMap<CallId, usize>,
    pub(super) reactions: Vec<Reacted>,
    pub(super) ends: Vec<End>,
    pub(super) sockets: BTreeMap<SocketId, EndId>,
    /// All that ever had these addresses, oldest first.
    pub(super) pairs: BTreeMap<Pair, Vec<EndId>>,
    /// Of connections that only a capture tells of, by their first end.
    pub(super) inferred: BTreeMap<EndId, Inferred>,
    timers: BTreeMap<(EndId, Timer), usize>,
    /// Sampled ends that their programs have closed.
    closed: BTreeSet<EndId>,
    pub(super) cause: Option<(Instant, Cause)>,
    pub(super) stops: Vec<Instant>,
    /// How many records were read.
    pub(super) read: usize,
    pub(super) placed: super::grow::Placed,
}

/// From on this span a call of a kernel counts as one that blocked: the page's clock tells no shorter ones.
const BLOCKED: Micros = Micros(5_000);

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

impl Builder {
    pub(super) fn new(origin: Origin) -> Builder {
        Builder {
            log: Rc::default(),
            origin,
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
            closed: BTreeSet::new(),
            cause: None,
            stops: Vec::new(),
            read: 0,
            placed: Default::default(),
        }
    }

    /// Reads what is new in a Log that begins as the one before.
    pub(super) fn read(&mut self, log: Rc<Log>) {
        self.log = log.clone();
        for (place, record) in log.records().iter().enumerate().skip(self.read) {
            if self.stops.last() != Some(&record.at) {
                self.stops.push(record.at);
            }
            self.take(place, record.at, &record.what);
        }
        self.read = log.records().len();
    }

    fn take(&mut self, place: usize, at: Instant, what: &What) {
        if self.cause.is_some_and(|(when, _)| when != at) {
            self.cause = None;
        }
        match what {
            What::Entered(call) => {
                let end = call.op.sockets().next().and_then(|socket| self.sockets.get(&socket).copied());
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
            What::Returned { call, outcome, took, .. } => {
                let Some(index) = self.pending.remove(call) else { return };
                self.calls[index].back = Some(place);
                // The page hears of a kernel's answer some time later: what did not block was back at once.
                let at_once = self.origin == Origin::Sampled && *took < BLOCKED;
                let span = &mut self.calls[index];
                span.returned = Some(if at_once { span.entered } else { at });
                let log = self.log.clone();
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
            (Op::Close { socket }, Ok(_)) => {
                self.stops_listening(*socket, index, at);
                if let Some(id) = self.sockets.get(socket).filter(|_| self.origin == Origin::Sampled) {
                    self.ends[id.0].unseen = Some(at);
                    self.closed.insert(*id);
                }
            }
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
        // After its close, a system that can be asked by addresses tells of it until it is over, or is no longer followed.
        let end = &mut self.ends[id.0];
        if self.closed.contains(&id) {
            end.unseen = matches!(sample.state, None | Some(State::Closed)).then_some(at);
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
        if let Some(end) = source.filter(|_| transit.retransmission && packet.copy_of.is_none()) {
            self.packets[index].repeats = self.repeated(end, index);
        }
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
            unseen: None,
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
            self.placed.learn((self.ends[id.0].host, local, remote));
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

    pub(super) fn segment(&self, packet: usize) -> Option<&wire::Segment> {
        match &self.log.records()[self.packets[packet].record].what {
            What::Trace(Trace::Sent(transit)) => transit.datagram.segment(),
            _ => None,
        }
    }

    /// The latest packet before a retransmission of this end, the last that it sent, with some of the same octets.
    fn repeated(&self, end: EndId, index: usize) -> Option<usize> {
        // What a sender repeats is at most a window away; a bound keeps a long story's price straight.
        const AWAY: usize = 4_096;
        let segment = self.segment(index).filter(|segment| segment.sequence_length() > 0)?;
        let same = |&&other: &&usize| {
            other != index
                && self.packets[other].copy_of.is_none()
                && self.segment(other).is_some_and(|other| {
                    other.sequence_length() > 0
                        && other.seq.precedes(segment.end())
                        && segment.seq.precedes(other.end())
                })
        };
        self.ends[end.0].sent.iter().rev().take(AWAY + 1).find(same).copied()
    }
}
