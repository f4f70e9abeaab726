//! Which calls of different sockets belong together, as far as a Log proves it.
//!
//! Two sockets are the ends of one connection when each has the other's address. Then octets come out in the order in which they
//! went in (RFC 9293, 2.2), so counting them tells which send a recv took its octets from, without looking at any segment.

use sockets::{
    CallId, CallLine, Direction, Log, MsgFlag, Op, OptionName, OptionValue, SocketId, SocketKind, SocketView,
    Sockets, Value,
};
use std::collections::BTreeMap;

/// What ties two calls together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TieKind {
    /// connect made the connection that accept returned.
    Handshake,
    /// recv gave octets that send took.
    Data {
        /// How many of them.
        octets: u64,
    },
    /// recv gave the end of the stream that shutdown or close set.
    End,
}

/// One call that another one's outcome came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tie {
    /// The cause.
    pub from: CallId,
    /// The effect.
    pub to: CallId,
    /// What passed.
    pub kind: TieKind,
}

/// The calls of a Log, by socket: a long session is looked through once, not once for each connection.
struct Calls<'a> {
    lines: Vec<CallLine<'a>>,
    /// Places of the calls on each socket, in the order of entering.
    of: BTreeMap<SocketId, Vec<usize>>,
    /// The call that made each socket.
    made: BTreeMap<SocketId, CallId>,
}

impl<'a> Calls<'a> {
    fn of(log: &'a Log) -> Calls<'a> {
        let mut calls = Calls { lines: log.calls(), of: BTreeMap::new(), made: BTreeMap::new() };
        for (place, line) in calls.lines.iter().enumerate() {
            if let Some(socket) = line.call.op.socket() {
                calls.of.entry(socket).or_default().push(place);
            }
            if let Some(Ok(Value::Accepted { socket, .. })) = line.back.map(|back| back.outcome) {
                calls.made.insert(*socket, line.call.id);
            }
        }
        calls
    }

    fn on(&self, socket: SocketId) -> impl Iterator<Item = &CallLine<'a>> {
        self.of.get(&socket).into_iter().flatten().map(|place| &self.lines[*place])
    }

    /// Calls on either socket, in the order of entering.
    fn on_both(&self, one: SocketId, other: SocketId) -> impl Iterator<Item = &CallLine<'a>> {
        let places = |socket| self.of.get(&socket).into_iter().flatten().copied();
        let mut all: Vec<usize> = places(one).chain(places(other)).collect();
        all.sort_unstable();
        all.into_iter().map(|place| &self.lines[place])
    }
}

/// All ties of a Log, in the order of their effects.
pub fn ties(log: &Log) -> Vec<Tie> {
    let sockets = Sockets::of(log);
    let calls = Calls::of(log);
    let mut found = Vec::new();
    for (one, other) in connections(&sockets) {
        found.extend(handshake(&calls, one, other));
        found.extend(stream(&calls, one, other));
        found.extend(stream(&calls, other, one));
    }
    found.extend(datagrams(&calls.lines, &sockets));
    let places: BTreeMap<CallId, usize> =
        calls.lines.iter().enumerate().map(|(place, line)| (line.call.id, place)).collect();
    found.sort_by_key(|tie| places.get(&tie.to).copied());
    found
}

/// The pairs of streams that are each other's peer.
fn connections(sockets: &Sockets) -> Vec<(SocketId, SocketId)> {
    let stream = |view: &&SocketView| view.kind == SocketKind::Stream && view.accepted_from.is_none();
    let mut pairs = Vec::new();
    for accepted in sockets.iter().filter(|view| view.accepted_from.is_some()) {
        let Some(peer) = accepted.peer else { continue };
        // The newest with this address: a port may serve again after its first socket is gone.
        let partner = sockets
            .iter()
            .filter(stream)
            .filter(|view| view.local == Some(peer) && view.id < accepted.id)
            .last();
        if let Some(partner) = partner.filter(|partner| {
            accepted.local.is_none_or(|local| partner.peer.is_none_or(|peer| peer == local))
        }) {
            pairs.push((partner.id, accepted.id));
        }
    }
    pairs
}

fn handshake(calls: &Calls<'_>, active: SocketId, accepted: SocketId) -> Option<Tie> {
    let connect = calls.on(active).find(|line| {
        matches!(line.call.op, Op::Connect { socket, .. } if socket == active)
            && line.back.is_none_or(|back| {
                back.outcome.is_ok() || back.outcome.as_ref().is_err_and(|it| it.errno() == Some(115))
            })
    })?;
    let accept = *calls.made.get(&accepted)?;
    Some(Tie { from: connect.call.id, to: accept, kind: TieKind::Handshake })
}

/// The ties of one direction of a connection.
fn stream(calls: &Calls<'_>, from: SocketId, to: SocketId) -> Vec<Tie> {
    let mut ties = Vec::new();
    let mut went_in: Vec<(u64, u64, CallId)> = Vec::new();
    let mut end = None;
    let (mut sent, mut received) = (0_u64, 0_u64);
    // Sends first: one that still waits, or came back late, may have had its octets taken already.
    for line in calls.on(from) {
        match (&line.call.op, line.back.map(|back| back.outcome)) {
            (Op::Send { socket, data, flags }, outcome)
                if *socket == from && !flags.contains(&MsgFlag::Oob) =>
            {
                let count = match outcome {
                    Some(Ok(Value::Sent { sent })) => *sent as u64,
                    Some(_) => 0,
                    None => data.len() as u64,
                };
                went_in.push((sent, sent + count, line.call.id));
                sent += count;
            }
            (Op::Shutdown { socket, how: Direction::Write | Direction::Both }, Some(Ok(_)))
                if *socket == from =>
            {
                end = end.or(Some(line.call.id));
            }
            (Op::Close { socket }, Some(Ok(_)))
                if *socket == from && closes_with_fin(calls, line, from, to) =>
            {
                end = end.or(Some(line.call.id));
            }
            _ => {}
        }
    }
    for line in calls.on(to) {
        let Op::Recv { socket, flags, max } = &line.call.op else { continue };
        let Some(Ok(Value::Data { data, .. })) = line.back.map(|back| back.outcome) else { continue };
        if *socket != to || flags.contains(&MsgFlag::Peek) || flags.contains(&MsgFlag::Oob) {
            continue;
        }
        let range = (received, received + data.len() as u64);
        let first = went_in.partition_point(|(_, stop, _)| *stop <= range.0);
        for &(start, stop, send) in went_in[first..].iter().take_while(|(start, ..)| *start < range.1) {
            let octets = stop.min(range.1).saturating_sub(start.max(range.0));
            if octets > 0 {
                ties.push(Tie { from: send, to: line.call.id, kind: TieKind::Data { octets } });
            }
        }
        if let Some(end) = end.filter(|_| data.is_empty() && *max > 0) {
            ties.push(Tie { from: end, to: line.call.id, kind: TieKind::End });
        }
        received = range.1;
    }
    ties
}

/// close sends FIN, unless data was left unread or SO_LINGER says otherwise: then it sends RST (RFC 9293, 3.6.1).
fn closes_with_fin(calls: &Calls<'_>, close: &CallLine<'_>, closed: SocketId, peer: SocketId) -> bool {
    let (mut unread, mut abrupt) = (0_u64, false);
    for line in calls.on_both(closed, peer).take_while(|line| line.entered <= close.entered) {
        match (&line.call.op, line.back.map(|back| back.outcome)) {
            (Op::Send { socket, .. }, Some(Ok(Value::Sent { sent }))) if *socket == peer => {
                unread += *sent as u64
            }
            // Nobody can tell how much of it has arrived.
            (Op::Send { socket, .. }, None) if *socket == peer => return false,
            (Op::Recv { socket, flags, .. }, Some(Ok(Value::Data { data, .. })))
                if *socket == closed && !flags.contains(&MsgFlag::Peek) =>
            {
                unread = unread.saturating_sub(data.len() as u64);
            }
            (Op::SetSockOpt { socket, option: OptionName::Linger, value }, Some(Ok(_)))
                if *socket == closed =>
            {
                abrupt = matches!(value, OptionValue::Linger { on: true, seconds: 0 });
            }
            _ => {}
        }
    }
    unread == 0 && !abrupt
}

/// Datagrams between sockets of the Log. One may be lost or overtaken, so only what is surely the same is tied: its octets and
/// its sender's address, each sent once.
fn datagrams(calls: &[CallLine<'_>], sockets: &Sockets) -> Vec<Tie> {
    let mut ties = Vec::new();
    let mut sent: BTreeMap<(u16, &bytes::Bytes), Vec<CallId>> = BTreeMap::new();
    for line in calls {
        if let Op::SendTo { socket, data, .. } = &line.call.op
            && let Some(local) = sockets.get(*socket).and_then(|view| view.local)
        {
            sent.entry((local.0.port(), data)).or_default().push(line.call.id);
        }
    }
    for line in calls {
        let Some(Ok(Value::Datagram { from, data, .. })) = line.back.map(|back| back.outcome) else {
            continue;
        };
        if let Some(&[send]) = sent.get(&(from.0.port(), data)).map(Vec::as_slice) {
            ties.push(Tie {
                from: send,
                to: line.call.id,
                kind: TieKind::Data { octets: data.len() as u64 },
            });
        }
    }
    ties
}
