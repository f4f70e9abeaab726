//! What a Log says of one life line: its calls, what came to it, what it sent; and which moment of it shows a thing best.

use super::finding::{Light, Moment};
use sockets::{
    CallId, CallLine, HostId, Instant, Log, Op, OpKind, Outcome, PacketId, SocketId, Trace, Transit, Value,
    What,
};
use std::collections::{BTreeMap, BTreeSet};

/// The story of one life line.
pub struct Tale<'a> {
    pub log: &'a Log,
    /// Its calls, in order; of a program with a text only those that stand in it.
    pub calls: Vec<CallLine<'a>>,
    /// What came to it, in order.
    arrived: Vec<(Instant, &'a Transit)>,
    /// What it sent, in order.
    sent: Vec<(Instant, &'a Transit)>,
}

impl<'a> Tale<'a> {
    /// Of a life line; of calls that stand in a text alone where `written` says so.
    pub fn of(log: &'a Log, host: HostId, written: bool) -> Tale<'a> {
        let mut calls = log.calls();
        calls.retain(|line| line.host() == host && (!written || log.site(line.call.id).is_some()));
        let mut under_way: BTreeMap<PacketId, &Transit> = BTreeMap::new();
        let (mut arrived, mut sent) = (Vec::new(), Vec::new());
        for record in log.records() {
            match &record.what {
                What::Trace(Trace::Sent(transit)) => {
                    under_way.insert(transit.packet, transit);
                    if transit.from == host {
                        sent.push((record.at, &**transit));
                    }
                }
                What::Trace(Trace::Arrived { packet, host: to }) if *to == host => {
                    if let Some(transit) = under_way.remove(packet) {
                        arrived.push((record.at, transit));
                    }
                }
                _ => {}
            }
        }
        Tale { log, calls, arrived, sent }
    }

    /// The line of a call in the program's text.
    pub fn line(&self, call: CallId) -> Option<u32> {
        self.log.site(call).map(|site| site.line).filter(|line| *line > 0)
    }

    /// The end of its last call.
    pub fn end(&self) -> Instant {
        self.calls.iter().map(|line| line.back.map_or(line.entered, |back| back.at)).max().unwrap_or_default()
    }

    /// What it received, in order, each piece with its call.
    pub fn received(&self) -> impl Iterator<Item = (&CallLine<'a>, &'a [u8])> {
        self.calls.iter().filter_map(|line| match line.back?.outcome {
            Ok(Value::Data { data, .. } | Value::Datagram { data, .. }) => Some((line, &data[..])),
            _ => None,
        })
    }

    /// The last call that moved octets, or was to, of those up to this one; of all, with one that has not come back before any other, where
    /// none is given; else the last one of any kind.
    pub fn last_call(&self, by: Option<CallId>) -> Option<&CallLine<'a>> {
        let moves = |line: &&CallLine<'_>| {
            matches!(
                line.call.op.kind(),
                OpKind::Recv
                    | OpKind::RecvFrom
                    | OpKind::Send
                    | OpKind::SendTo
                    | OpKind::Accept
                    | OpKind::Connect
            )
        };
        let until = by.map_or(self.calls.len(), |by| self.calls.partition_point(|line| line.call.id <= by));
        let waits = self.pending().filter(|_| by.is_none());
        let last = waits.or_else(|| self.calls[..until].iter().rev().find(moves));
        last.or_else(|| self.calls[..until].last())
    }

    /// The last call that has not come back.
    pub fn pending(&self) -> Option<&CallLine<'a>> {
        let gone = |line: &&CallLine<'_>| {
            line.back.is_none_or(|back| matches!(back.outcome, Err(sockets::Failure::Gone)))
        };
        self.calls.iter().rev().filter(|line| line.call.op.may_wait(line.call.timeout)).find(gone)
    }

    /// The call that sent an octet of everything that it sent.
    pub fn sender_of(&self, octet: usize) -> Option<&CallLine<'a>> {
        let mut before = 0;
        self.calls.iter().find(|line| {
            if let Some(Ok(Value::Sent { sent })) = line.back.map(|back| back.outcome) {
                before += sent;
            }
            before > octet
        })
    }

    /// The last send.
    pub fn last_send(&self) -> Option<&CallLine<'a>> {
        self.calls.iter().rev().find(|line| line.call.op.payload().is_some())
    }

    /// The segment with an octet of everything that it sent.
    fn segment_of(&self, octet: usize) -> Option<PacketId> {
        let mut before = 0;
        let first =
            self.sent.iter().filter(|(_, transit)| !transit.retransmission && transit.copy_of.is_none());
        let mut with_data =
            first.filter_map(|(_, transit)| Some((transit.packet, transit.datagram.segment()?)));
        with_data.find_map(|(packet, segment)| {
            before += segment.payload.len();
            (before > octet).then_some(packet)
        })
    }

    /// The last datagram that came to it by then with something that a program notices: data, FIN, RST.
    pub fn came(&self, by: Instant) -> Option<PacketId> {
        let noticed = |transit: &Transit| match transit.datagram.segment() {
            Some(segment) => {
                !segment.payload.is_empty()
                    || segment.flags.contains(wire::Flags::FIN)
                    || segment.flags.contains(wire::Flags::RST)
            }
            None => true,
        };
        let until = self.arrived.partition_point(|(at, _)| *at <= by);
        self.arrived[..until]
            .iter()
            .rev()
            .find(|(_, transit)| noticed(transit))
            .map(|(_, transit)| transit.packet)
    }

    /// The moment at which a call came back, or was made if it has not, with what had come to its program.
    pub fn moment(&self, line: &CallLine<'_>) -> Moment {
        let at = self.back(line).unwrap_or(line.entered);
        let brings = matches!(line.call.op.kind(), OpKind::Recv | OpKind::RecvFrom | OpKind::Poll);
        let segment = self.came(at).filter(|_| brings || line.back.is_some_and(|back| back.outcome.is_err()));
        let lights = segment.map(Light::Packet).into_iter().chain([Light::Call(line.call.id)]);
        Moment { at, lights: lights.collect() }
    }

    /// The moment at which a send of it gave an octet to the network.
    pub fn sending(&self, line: &CallLine<'_>, octet: usize) -> Moment {
        let segment = self.segment_of(octet).map(Light::Packet);
        let at = self.back(line).unwrap_or(line.entered);
        Moment { at, lights: segment.into_iter().chain([Light::Call(line.call.id)]).collect() }
    }

    /// When a call came back; one that the network's end has broken off has not.
    fn back(&self, line: &CallLine<'_>) -> Option<Instant> {
        line.back.filter(|back| !matches!(back.outcome, Err(sockets::Failure::Gone))).map(|back| back.at)
    }

    /// The call that made a socket.
    pub fn maker(&self, wanted: SocketId) -> Option<&CallLine<'a>> {
        self.calls.iter().find(|line| match line.back.map(|back| back.outcome) {
            Some(Ok(Value::Socket { socket } | Value::Accepted { socket, .. })) => *socket == wanted,
            _ => false,
        })
    }

    /// When a socket was closed.
    pub fn closed(&self, wanted: SocketId) -> Option<Moment> {
        let calls = self.log.calls();
        let closes = |line: &&CallLine<'_>| line.call.op == Op::Close { socket: wanted };
        let line = calls.iter().find(closes)?;
        Some(Moment { at: line.entered, lights: vec![Light::Call(line.call.id)] })
    }

    /// The states that its connections reached, in the order in which they did.
    pub fn states(&self) -> Vec<(Instant, SocketId, sockets::State)> {
        let made = |line: &CallLine<'_>| match line.back?.outcome {
            Ok(Value::Socket { socket } | Value::Accepted { socket, .. }) => Some(*socket),
            _ => None,
        };
        let own: BTreeSet<SocketId> = self.calls.iter().filter_map(made).collect();
        let state = |record: &sockets::Record| match &record.what {
            What::State { socket, sample } if own.contains(socket) => {
                Some((record.at, *socket, sample.state?))
            }
            _ => None,
        };
        self.log.records().iter().filter_map(state).collect()
    }

    /// The calls that found nothing to do, though they might have waited.
    pub fn idle(&self) -> Vec<&CallLine<'a>> {
        let nothing = |outcome: &Outcome| match outcome {
            Err(sockets::Failure::Errno(sockets::Errno::EAGAIN)) => true,
            Ok(Value::Ready { ready }) => ready.is_empty(),
            Ok(Value::Data { data, .. }) => data.is_empty(),
            _ => false,
        };
        self.calls.iter().filter(|line| line.back.is_some_and(|back| nothing(back.outcome))).collect()
    }
}
