//! Packets of a script: injected with the numbers of the wire, or awaited and compared.

use super::{Runner, Window};
use crate::compare::{Part, differences, marks_differ};
use crate::flow::Flow;
use crate::machine::{Departed, Fd, Machine};
use crate::notation::{of_machine, of_script, of_segment, seconds};
use crate::place::{Place, Stop};
use crate::script::{About, Content, Event, EventTime, Heading, Icmp, Marks, Packet, Tcp};
use bytes::Bytes;
use core::net::{IpAddr, SocketAddr};
use sockets::Instant;
use wire::{Datagram, Ecn, IcmpMessage, Internet, Segment, Seq, UserDatagram};

impl<M: Machine> Runner<'_, M> {
    pub(super) fn inject(&mut self, packet: &Packet, place: &Place) -> Result<(), Stop> {
        let opens = matches!(&packet.content, Content::Tcp(tcp) if tcp.flags.syn() && !tcp.flags.ack());
        let flow = self.flow(packet, opens);
        let ip = self.internet(&packet.marks);
        let datagram = match &packet.content {
            Content::Tcp(tcp) => {
                let longest = 65_535 - 60 - if ip.source.is_ipv4() { 20 } else { 0 };
                if tcp.length > longest {
                    return Err(Stop::unsupported(
                        place,
                        format!("a segment of {} octets to the machine", tcp.length),
                    ));
                }
                Datagram::Tcp(self.segment(tcp, ip, flow))
            }
            Content::Udp(length) => {
                let flow = &self.flows[flow];
                Datagram::Udp(UserDatagram {
                    ip,
                    source_port: flow.remote.port(),
                    destination_port: flow.local.map_or(self.config.bind_port, |local| local.port()),
                    payload: Bytes::from(vec![0; usize::from(*length)]),
                })
            }
            Content::Icmp(icmp) => Datagram::Icmp(self.icmp(icmp, ip, flow)),
        };
        let now = self.machine.now();
        self.note(now, &format!("< {}", of_script(packet)));
        self.machine.inject(datagram);
        Ok(())
    }

    /// The connection that a line of the script speaks of. It is made where there is none: an injected packet may be the first that
    /// anybody hears of it.
    fn flow(&mut self, packet: &Packet, opens: bool) -> usize {
        let (remote_port, local_port) = match (packet.ports, packet.heading) {
            (Some((source, destination)), Heading::In) => (Some(source), Some(destination)),
            (Some((source, destination)), Heading::Out) => (Some(destination), Some(source)),
            (None, _) => (None, None),
        };
        let named = packet.socket.map(|script| self.fds.get(&script).copied().unwrap_or(Fd(-1)));
        let known = match (remote_port, local_port) {
            _ if named.is_some() => self.flows.iter().rposition(|flow| flow.fd == named),
            (Some(remote), Some(local)) => self.flows.iter().rposition(|flow| {
                flow.remote.port() == remote && flow.local.is_none_or(|address| address.port() == local)
            }),
            _ => self.current,
        };
        let flow = known.unwrap_or_else(|| {
            let listening = self.listening.values().next_back().or(self.bound.values().next_back());
            let local_port = local_port.or(listening.map(SocketAddr::port)).unwrap_or(self.config.bind_port);
            let remote_port = remote_port.unwrap_or_else(|| {
                let port = self.next_port;
                self.next_port = self.next_port.checked_add(1).unwrap_or(40_000);
                port
            });
            let local = SocketAddr::new(self.stage.local.0, local_port);
            self.flows.push(Flow::new(Some(local), SocketAddr::new(self.stage.remote, remote_port)));
            self.current = Some(self.flows.len() - 1);
            self.flows.len() - 1
        });
        if opens {
            self.flows[flow].is_fresh = true;
        }
        flow
    }

    fn internet(&self, marks: &Marks) -> Internet {
        let mut ip = Internet::between(self.stage.remote, self.stage.local.0);
        if let Some(tos) = marks.tos {
            ip.dscp = tos >> 2;
            ip.ecn = Ecn::from_bits(tos);
        }
        ip.ecn = marks.ecn.unwrap_or(ip.ecn);
        ip.ttl = marks.ttl.unwrap_or(255);
        ip
    }

    fn segment(&self, tcp: &Tcp, ip: Internet, flow: usize) -> Segment {
        let flow = &self.flows[flow];
        let ack =
            if tcp.flags.ack() { flow.to_wire(tcp.ack.unwrap_or(0)) } else { Seq(tcp.ack.unwrap_or(0)) };
        Segment {
            ip,
            source_port: flow.remote.port(),
            destination_port: flow.local.map_or(self.config.bind_port, |local| local.port()),
            seq: Seq(tcp.seq),
            ack,
            flags: tcp.flags,
            window: tcp.window.unwrap_or(0),
            urgent: tcp.urgent.unwrap_or(0),
            options: tcp.options.map_or_else(Default::default, |options| flow.options_to_wire(&options)),
            payload: Bytes::from(vec![0; tcp.length as usize]),
        }
    }

    /// An ICMP message quotes the internet header and 8 octets of what it is about (RFC 792).
    fn icmp(&self, icmp: &Icmp, ip: Internet, flow: usize) -> IcmpMessage {
        let flow = &self.flows[flow];
        let local_port = flow.local.map_or(self.config.bind_port, |local| local.port());
        let (protocol, length, last) = match icmp.about {
            About::Tcp { seq, length } => (6u8, 20 + length, flow.to_wire(seq).0.to_be_bytes()),
            About::Udp { length } => {
                let [high, low] = (8 + length).to_be_bytes();
                (17, 8 + u32::from(length), [high, low, 0, 0])
            }
        };
        let mut quoted = Vec::new();
        match (ip.destination, ip.source) {
            (IpAddr::V4(local), IpAddr::V4(remote)) => {
                let [high, low] = (length.saturating_add(20).min(65_535) as u16).to_be_bytes();
                quoted.extend([0x45, 0, high, low, 0, 0, 0x40, 0, 64, protocol, 0, 0]);
                quoted.extend(local.octets());
                quoted.extend(remote.octets());
                let sum: u32 =
                    quoted.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
                let sum = (sum & 0xffff) + (sum >> 16);
                quoted[10..12].copy_from_slice(&(!((sum & 0xffff) + (sum >> 16)) as u16).to_be_bytes());
            }
            (IpAddr::V6(local), IpAddr::V6(remote)) => {
                let [high, low] = (length.min(65_535) as u16).to_be_bytes();
                quoted.extend([0x60, 0, 0, 0, high, low, protocol, 64]);
                quoted.extend(local.octets());
                quoted.extend(remote.octets());
            }
            _ => {}
        }
        quoted.extend(local_port.to_be_bytes());
        quoted.extend(flow.remote.port().to_be_bytes());
        quoted.extend(last);
        IcmpMessage { ip, what: icmp.what, quoted: quoted.into() }
    }

    /// Which port the machine chose shows with its SYN, or its first datagram; a new attempt may choose another.
    fn learn_port(&mut self, datagram: &Datagram) {
        let segment = match datagram {
            Datagram::Tcp(segment) => segment,
            Datagram::Udp(sent) => {
                if let Some(flow) = self.flow_of(datagram).map(|flow| &mut self.flows[flow]) {
                    flow.local.get_or_insert(SocketAddr::new(sent.ip.source, sent.source_port));
                }
                return;
            }
            Datagram::Icmp(_) => return,
        };
        let local = SocketAddr::new(segment.ip.source, segment.source_port);
        let is_peer = |flow: &Flow| flow.remote.port() == segment.destination_port;
        let is_known = self.flows.iter().any(|flow| is_peer(flow) && flow.local == Some(local));
        if segment.flags.syn() && !segment.flags.ack() && !is_known {
            let chooses = |flow: &&mut Flow| is_peer(flow) && flow.is_fresh;
            if let Some(flow) = self.flows.iter_mut().rev().find(chooses) {
                flow.local = Some(local);
            }
        }
    }

    pub(super) fn note_departure(&mut self, departed: &Departed) {
        self.learn_port(&departed.datagram);
        let flow = self.flow_of(&departed.datagram).map(|flow| &self.flows[flow]);
        let line = format!("> {}", of_machine(&departed.datagram, flow));
        self.note(departed.at, &line);
    }

    /// The connection that a packet of the machine belongs to.
    fn flow_of(&self, datagram: &Datagram) -> Option<usize> {
        let (local, remote) = match datagram {
            Datagram::Tcp(segment) => (segment.source_port, segment.destination_port),
            Datagram::Udp(datagram) => (datagram.source_port, datagram.destination_port),
            Datagram::Icmp(_) => return None,
        };
        let fits =
            |flow: &Flow| flow.remote.port() == remote && flow.local.is_none_or(|own| own.port() == local);
        self.flows.iter().rposition(fits)
    }

    /// The next packet of the machine that departs by this moment.
    fn next_departure(&mut self, deadline: Instant) -> Result<Option<Departed>, Stop> {
        loop {
            self.drain()?;
            if let Some(departed) = self.queue.pop_front() {
                return Ok(Some(departed));
            }
            if self.machine.now() >= deadline {
                return Ok(None);
            }
            self.machine.advance(deadline);
        }
    }

    /// Waits for a packet and compares it; answers when it came.
    pub(super) fn expect(&mut self, packet: &Packet, event: &Event, window: Window) -> Result<u64, Stop> {
        let expected_flow = self.flow(packet, false);
        let tolerance = if event.time == EventTime::Any { 0 } else { self.tolerance(window.to) };
        let deadline = self.at(window.to.saturating_add(tolerance));
        let due = match event.time {
            EventTime::Any => "any time".to_owned(),
            _ if window.from == window.to => seconds(window.from),
            _ => format!("{} to {}", seconds(window.from), seconds(window.to)),
        };
        let expected = format!("expected > {} at {due}", of_script(packet));
        let fail = |what: String| Err(Stop::failed(&event.place, format!("{expected} got {what}")));
        let mut waits_for = deadline;
        let mut offset = 0;
        let mut first = None;
        loop {
            let Some(departed) = self.next_departure(waits_for)? else {
                let until = seconds(self.script_time(waits_for));
                return if offset == 0 {
                    fail(format!("nothing until {until}"))
                } else {
                    fail(format!("only the first {offset} octets of it until {until}"))
                };
            };
            let at = self.script_time(departed.at);
            let actual_flow = self.flow_of(&departed.datagram);
            let got = format!(
                "> {} at {}",
                of_machine(&departed.datagram, actual_flow.map(|flow| &self.flows[flow])),
                seconds(at)
            );
            if let Some(other) = actual_flow.filter(|flow| *flow != expected_flow) {
                let (local, remote) = (self.flows[other].local, self.flows[other].remote);
                let local = local.map_or(0, |local| local.port());
                return fail(format!("{got}: of another connection, {local} > {}", remote.port()));
            }
            let (mut differs, taken) = match (&packet.content, &departed.datagram) {
                (Content::Tcp(tcp), Datagram::Tcp(segment)) => {
                    self.compare_segment(tcp, &packet.marks, segment, offset, expected_flow)
                }
                (Content::Udp(length), Datagram::Udp(datagram)) => {
                    let mut differs = marks_differ(&datagram.ip, &packet.marks);
                    if datagram.payload.len() != usize::from(*length) {
                        differs.push("length");
                    }
                    (differs, u32::from(*length))
                }
                (Content::Icmp(icmp), Datagram::Icmp(message)) => {
                    let mut differs = marks_differ(&message.ip, &packet.marks);
                    if message.what != icmp.what {
                        differs.push("kind of message");
                    }
                    if !quotes(&message.quoted, icmp.about) {
                        differs.push("what it is about");
                    }
                    (differs, 0)
                }
                _ => (vec!["protocol"], 0),
            };
            if at.saturating_add(tolerance) < window.from || departed.at > waits_for {
                differs.push("time");
            }
            if !differs.is_empty() {
                let after = if offset > 0 { format!(" after {offset} octets of it") } else { String::new() };
                return fail(format!(
                    "{}{after}: {}",
                    self.shown(&departed.datagram, expected_flow, at),
                    differs.join(", ")
                ));
            }
            let first = *first.get_or_insert(at);
            offset += taken;
            let Content::Tcp(tcp) = &packet.content else { return Ok(first) };
            if offset >= tcp.length {
                return Ok(first);
            }
            // The rest of a burst follows at once.
            waits_for = self.at(first.saturating_add(self.config.tolerance));
        }
    }

    fn shown(&self, datagram: &Datagram, flow: usize, at: u64) -> String {
        match datagram {
            Datagram::Tcp(segment) => {
                let segment = of_segment(segment, Some(&self.flows[flow]), segment.payload.len() as u32);
                format!("> {segment} at {}", seconds(at))
            }
            other => format!("> {} at {}", of_machine(other, None), seconds(at)),
        }
    }

    /// What differs, and how many octets of the expected line the segment is.
    fn compare_segment(
        &mut self,
        tcp: &Tcp,
        marks: &Marks,
        segment: &Segment,
        offset: u32,
        flow: usize,
    ) -> (Vec<&'static str>, u32) {
        let flow = &mut self.flows[flow];
        if flow.is_fresh && segment.flags.syn() && tcp.flags.syn() {
            flow.begins_at(segment.seq);
        }
        let length = segment.payload.len() as u32;
        let part = Part { offset, is_last: offset + length >= tcp.length };
        let mut differs = differences(segment, tcp, marks, part, flow, &self.config);
        if offset + length > tcp.length || (length == 0 && tcp.length > 0) {
            differs.push("length");
        }
        (differs, length)
    }
}

/// Whether an ICMP message of the machine quotes this packet of the script (RFC 792, RFC 4443).
fn quotes(quoted: &[u8], about: About) -> bool {
    let (protocol, header) = match quoted.first().map(|octet| octet >> 4) {
        Some(4) => (quoted.get(9), usize::from(quoted[0] & 0x0f) * 4),
        Some(6) => (quoted.get(6), 40),
        _ => return false,
    };
    let octets = |at: usize, count: usize| quoted.get(header + at..header + at + count);
    match (about, protocol) {
        (About::Tcp { seq, .. }, Some(6)) => octets(4, 4) == Some(&seq.to_be_bytes()[..]),
        (About::Udp { length }, Some(17)) => {
            octets(4, 2) == Some(&length.saturating_add(8).to_be_bytes()[..])
        }
        _ => false,
    }
}
