//! A story as a packetdrill script, seen by one host: its settings and calls, what it sends (`>`), what comes to it (`<`).
//!
//! Times are absolute. A call that blocks has the time at which it returned. What the language has no words for stands as a comment. Where
//! the story is a scenario's, the script can be run: on a machine with the same settings the same comes out.

use super::notation::{Words, call_line, result, settings};
use crate::stage::Story;
use bytes::Bytes;
use lab::Scenario;
use sockets::{Call, Endpoint, Fate, HostId, Micros, Op, SocketId, Trace, Value, What};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use wire::{Datagram, Ecn, IcmpMessage, Segment, Seq};

/// The script; its first line says whose it is. `scenario` is what was run, with its changes.
pub fn script(story: &Story, host: HostId, scenario: Option<&Scenario>) -> String {
    let mut text = format!("// As {} sees it.\n", story.name(host));
    let mut pen = Pen::of(story, host);
    head(&mut text, story, host, scenario, &pen);
    let mut calls = story.calls.iter().enumerate().filter(|(_, call)| call.host == host).peekable();
    let mut index = 0;
    let numbers: BTreeMap<_, _> = (0..story.packets.len()).map(|p| (story.transit(p).packet, p)).collect();
    for (place, record) in story.log().records().iter().enumerate() {
        let at = time(record.at.0);
        match &record.what {
            What::Entered(call) if call.host == host => {
                if let Some((number, span)) = calls.next_if(|(_, span)| span.record == place) {
                    let back = story.outcome(number).map(|(outcome, _)| outcome);
                    let until = span.returned.filter(|until| *until > record.at);
                    let until = until.map_or_else(String::new, |until| format!("...{}", time(until.0)));
                    pen.time_out(&mut text, &at, call);
                    let made = match back {
                        Some(Ok(Value::Socket { socket } | Value::Accepted { socket, .. })) => {
                            let next = 3 + pen.descriptors.len();
                            Some(*pen.descriptors.entry(*socket).or_insert(next))
                        }
                        _ => None,
                    };
                    match call_line(&call.op, &pen) {
                        // A script ends when its last call has returned.
                        Some(line) if back.is_none() => {
                            put(&mut text, format_args!("// {at} {line} does not return"))
                        }
                        Some(line) => {
                            put(&mut text, format_args!("{at}{until} {line} = {}", result(back, made)))
                        }
                        None => put(&mut text, format_args!("// {at} {}()", call.op.kind().name())),
                    }
                }
            }
            What::Trace(Trace::Sent(transit)) => {
                if transit.from == host && transit.copy_of.is_none() && transit.to != host {
                    pen.packet(&mut text, story, index, &at, '>');
                }
                index += 1;
            }
            What::Trace(Trace::Arrived { packet: number, host: to }) if *to == host => {
                if let Some(&place) = numbers.get(number).filter(|place| story.packets[**place].from != host)
                {
                    match story.fate(place) {
                        Fate::Corrupted { .. } => {
                            put(&mut text, format_args!("// {at} a packet with changed bits arrives"))
                        }
                        _ => pen.packet(&mut text, story, place, &at, '<'),
                    }
                }
            }
            _ => {}
        }
    }
    text
}

/// The options and settings under which the host did what it did.
fn head(text: &mut String, story: &Story, host: HostId, scenario: Option<&Scenario>, pen: &Pen) {
    if pen.is_v6 {
        put(text, format_args!("--ip_version=ipv6"));
    }
    for (option, port) in [("bind_port", pen.bind_port), ("connect_port", pen.connect_port)] {
        if let Some(port) = port {
            put(text, format_args!("--{option}={port}"));
        }
    }
    let Some((scenario, part)) = scenario.and_then(|scenario| {
        let name = story.name(host);
        Some((scenario, scenario.world.hosts.iter().find(|part| part.name == name)?))
    }) else {
        return;
    };
    let on = part.interfaces.first();
    let link = on.and_then(|on| scenario.world.links.iter().find(|link| link.name == on.link));
    let mtu = link.map(|link| on.and_then(|on| on.mtu).map_or(link.mtu, |own| own.min(link.mtu)));
    if let Some(mtu) = mtu.filter(|mtu| *mtu != 1_500) {
        put(text, format_args!("--mtu={mtu}"));
    }
    for line in settings(part) {
        put(text, format_args!("{line}"));
    }
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes all");
}

fn time(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

/// How this script writes things.
struct Pen {
    descriptors: BTreeMap<SocketId, usize>,
    /// Time-outs of connect that were set.
    time_outs: BTreeMap<SocketId, Option<Micros>>,
    is_v6: bool,
    /// The port that `...` means in bind and connect, where only one occurs.
    bind_port: Option<u16>,
    connect_port: Option<u16>,
    /// Whether a packet must say its ports to be known: the host has several connections, or one to where nobody listens.
    ports: bool,
    /// Where streams begin, by the ports of who sends and who receives.
    begins: BTreeMap<(u16, u16), Seq>,
}

impl Pen {
    fn of(story: &Story, host: HostId) -> Pen {
        let own = story.calls.iter().filter(|call| call.host == host);
        let ops = own.filter_map(|call| match &story.log().records()[call.record].what {
            What::Entered(call) => Some(&call.op),
            _ => None,
        });
        let (mut bound, mut connected, mut is_v6) = (BTreeSet::new(), BTreeSet::new(), false);
        for op in ops {
            match op {
                Op::Bind { address, .. } => drop(bound.insert(address.port)),
                Op::Connect { address, .. } => drop(connected.insert(address.port)),
                Op::Socket { family, .. } => is_v6 |= *family == sockets::Family::Inet6,
                _ => {}
            }
        }
        let only =
            |ports: BTreeSet<u16>| ports.first().copied().filter(|port| ports.len() == 1 && *port != 0);
        let bind_port = only(bound);
        // Own port, the other's port, whether it is UDP's.
        let mut pairs = BTreeSet::new();
        for packet in 0..story.packets.len() {
            let about = &story.packets[packet];
            let (source, destination, is_udp) = match story.datagram(packet) {
                Datagram::Tcp(segment) => (segment.source_port, segment.destination_port, false),
                Datagram::Udp(datagram) => (datagram.source_port, datagram.destination_port, true),
                Datagram::Icmp(_) => continue,
            };
            if about.from == host {
                pairs.insert((source, destination, is_udp));
            } else if about.to == host {
                pairs.insert((destination, source, is_udp));
            }
        }
        let elsewhere = |(own, ..): &(u16, u16, bool)| bind_port.is_some_and(|port| port != *own);
        Pen {
            descriptors: BTreeMap::new(),
            time_outs: BTreeMap::new(),
            is_v6,
            bind_port,
            connect_port: only(connected),
            ports: pairs.len() > 1 || pairs.iter().any(elsewhere),
            begins: BTreeMap::new(),
        }
    }

    /// How long a call may block is an option of its socket.
    fn time_out(&mut self, text: &mut String, at: &str, call: &Call) {
        let (Op::Connect { socket, .. } | Op::Send { socket, .. }) = call.op else { return };
        let wanted = call.timeout.unwrap_or(Micros::ZERO);
        let before = self.time_outs.insert(socket, call.timeout);
        if before.flatten() != call.timeout
            && let Some(fd) = self.descriptor(socket)
        {
            if call.timeout == Some(Micros::ZERO) {
                put(text, format_args!("{at} fcntl({fd}, F_SETFL, O_RDWR|O_NONBLOCK) = 0"));
                return;
            }
            let (seconds, micros) = (wanted.0 / 1_000_000, wanted.0 % 1_000_000);
            let value = format!("{{tv_sec={seconds}, tv_usec={micros}}}, 16");
            put(text, format_args!("{at} setsockopt({fd}, SOL_SOCKET, SO_SNDTIMEO, {value}) = 0"));
        }
    }

    fn packet(&mut self, text: &mut String, story: &Story, packet: usize, at: &str, way: char) {
        let ports = |source: u16, destination: u16| match self.ports {
            true => format!("{source} > {destination}: "),
            false => String::new(),
        };
        match story.datagram(packet) {
            Datagram::Tcp(segment) if segment.flags != wire::Flags::NONE => {
                let ports = ports(segment.source_port, segment.destination_port);
                let (sender, receiver) = self.bases(story, packet, segment);
                let mut segment = segment.clone();
                // The network marked it on its way.
                if way == '>' && segment.ip.ecn == Ecn::CongestionExperienced {
                    segment.ip.ecn = Ecn::Capable0;
                }
                // The mark of the internet header stands before the ports.
                let line = segment.relative(sender, receiver).to_string();
                let (mark, line) = match line.split_once("] ").filter(|(mark, _)| mark.starts_with('[')) {
                    Some((mark, line)) => (format!("{mark}] "), line),
                    None => (String::new(), &line[..]),
                };
                put(text, format_args!("{at} {way} {mark}{ports}{line}"));
            }
            Datagram::Udp(datagram) => {
                let ports = ports(datagram.source_port, datagram.destination_port);
                put(text, format_args!("{at} {way} {ports}udp ({})", datagram.payload.len()));
            }
            Datagram::Icmp(message) if let Some(line) = self.icmp(message) => {
                put(text, format_args!("{at} {way} {line}"));
            }
            datagram => put(text, format_args!("// {at} {way} {datagram}")),
        }
    }

    /// Where the streams of a segment begin. Of a connection that nobody accepts, the story knows no end: its SYNs tell.
    fn bases(&mut self, story: &Story, packet: usize, segment: &Segment) -> (Seq, Seq) {
        let (mut sender, mut receiver) = story.bases(packet);
        let way = (segment.source_port, segment.destination_port);
        if segment.flags.syn() {
            sender = segment.seq;
        }
        if sender != Seq(0) {
            self.begins.insert(way, sender);
        }
        let known =
            |way, base| if base == Seq(0) { self.begins.get(&way).copied().unwrap_or(base) } else { base };
        sender = known(way, sender);
        receiver = known((way.1, way.0), receiver);
        (sender, receiver)
    }

    /// A message about a segment that this host sent (RFC 792); `None` for what the language has no words for.
    fn icmp(&self, message: &IcmpMessage) -> Option<String> {
        let what = packetdrill::unreachable(message.what);
        let quoted = &message.quoted[..];
        let header = 4 * usize::from(quoted.first().filter(|octet| **octet >> 4 == 4)? & 0x0f);
        let word = |at: usize| Some(u16::from_be_bytes([*quoted.get(at)?, *quoted.get(at + 1)?]));
        let (total, source, destination) = (word(2)?, word(header)?, word(header + 2)?);
        if *quoted.get(9)? != 6 {
            return None;
        }
        let seq = u32::from(word(header + 4)?) << 16 | u32::from(word(header + 6)?);
        let offset = 4 * usize::from(quoted.get(header + 12)? >> 4);
        let length = u32::from(total).checked_sub((header + offset) as u32)?;
        let first = seq.wrapping_sub(self.begins.get(&(source, destination))?.0);
        Some(format!("icmp {what} [{first}:{}({length})]", first.wrapping_add(length)))
    }
}

impl Words for Pen {
    fn descriptor(&self, socket: SocketId) -> Option<String> {
        self.descriptors.get(&socket).map(usize::to_string)
    }

    fn address(&self, op: &Op, address: &Endpoint) -> String {
        let usual = if matches!(op, Op::Bind { .. }) { self.bind_port } else { self.connect_port };
        if usual == Some(address.port) && !matches!(op, Op::SendTo { .. }) {
            return "...".into();
        }
        // The machine's own address, or that of the one peer, which are packetdrill's own.
        let (own, peer) =
            if self.is_v6 { ("fd3d:a0b:17d6::1", "fd3d:fa7b:d17d::1") } else { ("192.168.0.1", "192.0.2.1") };
        let host = if matches!(op, Op::Bind { .. }) { own } else { peer };
        match self.is_v6 {
            false => format!(
                "{{sa_family = AF_INET, sin_port = htons({}), sin_addr = inet_addr(\"{host}\")}}",
                address.port
            ),
            true => format!(
                "{{sa_family = AF_INET6, sin6_port = htons({}), inet_pton(AF_INET6, \"{host}\", &sin6_addr)}}",
                address.port
            ),
        }
    }

    fn payload(&self, _: &Bytes) -> String {
        "...".into()
    }
}
