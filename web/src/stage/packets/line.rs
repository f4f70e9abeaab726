//! A row in words.

use super::super::story::{Cause, EndId, Story};
use super::super::{Numbers, story::EndKind};
use super::rows::{Row, Told};
use crate::live::wording;
use sockets::python::Names;
use sockets::{Fate, HostId, Instant, Micros, What};
use wire::{Datagram, Flags, Segment, Seq};

/// A row's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The datagram's number, from 1.
    pub number: Option<usize>,
    /// Where it comes from, or where it happens.
    pub from: String,
    /// Where it goes.
    pub to: Option<String>,
    /// The protocol, or the kind of thing.
    pub protocol: &'static str,
    /// The datagram's length in octets.
    pub length: Option<usize>,
    /// The control bits' style class.
    pub flags: Option<&'static str>,
    /// What it says.
    pub info: String,
    /// What becomes of it.
    pub fate: String,
    /// Whether that is a loss, or another failure.
    pub bad: bool,
}

/// How rows are worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording {
    /// How sequence numbers are written.
    pub numbers: Numbers,
    /// Whether hosts are told with their ports.
    pub ports: bool,
}

impl Wording {
    /// The wording for a story: ports are told where there is more than one connection.
    pub fn of(story: &Story, numbers: Numbers) -> Wording {
        Wording { numbers, ports: story.connections().nth(1).is_some() }
    }
}

/// A row's words.
pub fn line(story: &Story, row: &Row, wording: Wording) -> Line {
    match row.told {
        Told::Packet(packet) => of_packet(story, packet, wording),
        Told::Call(call) | Told::Entered(call) | Told::Returned(call) => of_call(story, row, call, wording),
        Told::State(id, change) => {
            let change = &story.end_of(id).states[change];
            let rule = change.reaction.map(|reaction| story.reaction(reaction).rule.says);
            let before = match change.before {
                sockets::State::Closed => String::new(),
                before => format!("{before} → "),
            };
            let says =
                rule.map_or_else(|| format!(": {}", change.after.meaning()), |says| format!(": {says}"));
            Line {
                from: at_end(story, id, wording),
                protocol: "state",
                info: format!("{before}{}{says}", change.after),
                fate: because(change.cause),
                ..Line::default()
            }
        }
        Told::Timer(id, run) => {
            let run = &story.end_of(id).timers[run];
            Line {
                from: at_end(story, id, wording),
                protocol: "timer",
                info: format!(
                    "The {} timer fires, {} after it was set",
                    run.timer.name(),
                    run.until.since(run.set)
                ),
                ..Line::default()
            }
        }
        Told::Rule(place) => {
            let reacted = &story.reactions[place];
            let reaction = story.reaction(place);
            let change = reaction
                .change
                .map_or_else(String::new, |change| changed(story, reacted.end, &change, wording));
            Line {
                from: match (reacted.end, row.hosts(story).0) {
                    (Some(end), _) => at_end(story, end, wording),
                    (None, Some(host)) => story.name(host).to_owned(),
                    (None, None) => String::new(),
                },
                protocol: "rule",
                info: format!("{}: {}{change}", reaction.rule.name, reaction.rule.says),
                fate: because(reacted.cause),
                ..Line::default()
            }
        }
        Told::Notice(record) => {
            let text = match &story.log().records()[record].what {
                What::Notice(text) | What::Gone(text) => text.clone(),
                _ => String::new(),
            };
            Line { protocol: "notice", info: text, ..Line::default() }
        }
    }
}

fn of_packet(story: &Story, packet: usize, wording: Wording) -> Line {
    let sent = &story.packets[packet];
    let datagram = story.datagram(packet);
    let (source_port, destination_port) = ports(datagram);
    let named = |host: HostId, port: Option<u16>| match port.filter(|_| wording.ports) {
        Some(port) => format!("{}:{port}", story.name(host)),
        None => story.name(host).to_owned(),
    };
    let (protocol, flags, info) = match datagram {
        Datagram::Tcp(segment) => {
            ("TCP", Some(flag_class(segment)), notation(story, packet, segment, wording.numbers))
        }
        Datagram::Udp(user) => (
            "UDP",
            None,
            format!(
                "{} → {}, {}",
                user.source_port,
                user.destination_port,
                wording::octets(user.payload.len() as u64)
            ),
        ),
        Datagram::Icmp(message) => ("ICMP", None, message.to_string()),
    };
    let (mut fate, bad) = fate(story, packet);
    let mut mark = |text: String| {
        if !fate.is_empty() {
            fate.push_str(", ");
        }
        fate.push_str(&text);
    };
    match sent.repeats {
        Some(before) => mark(format!("retransmission of {}", before + 1)),
        None if story.transit(packet).retransmission => mark("retransmission".to_owned()),
        None => {}
    }
    if let Some(original) = sent.copy_of {
        mark(format!("duplicate of {}", original + 1));
    }
    if let Some(before) = sent.forwarded {
        mark(format!("forwarded from {}", before + 1));
    }
    Line {
        number: Some(packet + 1),
        from: named(sent.from, source_port),
        to: Some(named(sent.to, destination_port)),
        protocol,
        length: Some(datagram.length()),
        flags,
        info,
        fate,
        bad,
    }
}

/// A segment in packetdrill's notation.
pub fn notation(story: &Story, packet: usize, segment: &Segment, numbers: Numbers) -> String {
    match numbers {
        Numbers::Relative => {
            let (sender, receiver) = story.bases(packet);
            segment.relative(sender, receiver).to_string()
        }
        Numbers::Absolute => segment.to_string(),
    }
}

/// What becomes of a packet, and whether that is bad. A capture tells no more than that it passed.
fn fate(story: &Story, packet: usize) -> (String, bool) {
    match story.fate(packet) {
        Fate::Seen => (String::new(), false),
        Fate::Arrives { at } => (format!("arrives {}", seconds(at)), false),
        Fate::Corrupted { at } => (format!("arrives {} corrupted", seconds(at)), true),
        Fate::Lost => ("lost on the way".to_owned(), true),
        Fate::Dropped => ("dropped".to_owned(), true),
        Fate::QueueFull => ("dropped, queue full".to_owned(), true),
        Fate::TooBig => ("dropped, too big for the link".to_owned(), true),
    }
}

fn of_call(story: &Story, row: &Row, call: usize, wording: Wording) -> Line {
    let span = &story.calls[call];
    let made = story.call(call);
    let named = |socket| story.end_of_socket(socket).and_then(|end| story.end_of(end).name.clone());
    let what = match made.op.socket().and_then(named) {
        Some(name) => format!("{name}.{}", wording::label(&made.op)),
        None => wording::label(&made.op),
    };
    let mut names = Names::default();
    for end in &story.ends {
        if let (Some(socket), Some(name)) = (end.socket, &end.name) {
            names.set(socket, name);
        }
    }
    let mut bad = false;
    let mut came = String::new();
    let mut waited = String::new();
    if let Some((outcome, took)) = story.outcome(call) {
        bad = outcome.is_err();
        came = match outcome {
            Err(failure) => format!("{}, {}", failure.name(), failure.text()),
            Ok(sockets::Value::Data { data, .. }) if data.is_empty() => "end of the stream".to_owned(),
            Ok(sockets::Value::Sent { sent }) => format!("{} taken", wording::octets(*sent as u64)),
            Ok(sockets::Value::Accepted { socket, peer }) => {
                format!("{} from {}", named(*socket).unwrap_or_else(|| "a connection".into()), peer.0)
            }
            Ok(sockets::Value::Socket { socket }) => named(*socket).unwrap_or_default(),
            Ok(_) => wording::result(outcome, &names).unwrap_or_default(),
        };
        waited = format!("after {took}");
    }
    let answer = |before: &str| if came.is_empty() { String::new() } else { format!("{before}{came}") };
    let (info, fate) = match row.told {
        Told::Entered(_) if span.returned.is_some() => (what, "waits".to_owned()),
        Told::Entered(_) => (what, "does not return".to_owned()),
        Told::Returned(_) => (format!("{what} returns{}", answer(" ")), waited),
        _ => (format!("{what}{}", answer(": ")), String::new()),
    };
    let from = match span.end {
        Some(end) => at_end(story, end, wording),
        None => story.name(span.host).to_owned(),
    };
    Line {
        from,
        protocol: "call",
        info,
        fate,
        bad: bad && !matches!(row.told, Told::Entered(_)),
        ..Line::default()
    }
}

/// Where an end is; with its port, where there are several connections.
fn at_end(story: &Story, id: EndId, wording: Wording) -> String {
    let end = story.end_of(id);
    let name = story.name(end.host);
    match end.local.filter(|_| wording.ports && end.kind != EndKind::Other) {
        Some(local) => format!("{name}:{}", local.port()),
        None => name.to_owned(),
    }
}

/// What made it happen, in a few words.
fn because(cause: Option<Cause>) -> String {
    match cause {
        Some(Cause::Packet(packet)) => format!("by segment {}", packet + 1),
        Some(Cause::Timer(timer)) => format!("by the {} timer", timer.name()),
        Some(Cause::Call(_)) => "by a call".to_owned(),
        None => String::new(),
    }
}

/// What a rule changed: ` cwnd 10 → 5`.
fn changed(story: &Story, end: Option<EndId>, change: &sockets::Change, wording: Wording) -> String {
    use sockets::Quantity as Q;
    let end = end.map(|id| story.end_of(id));
    let number = |value: u64, base: Option<Seq>| match (wording.numbers, base) {
        (Numbers::Relative, Some(base)) => Seq(value as u32).since(base).to_string(),
        _ => value.to_string(),
    };
    let write = |value: u64| match change.quantity {
        Q::SndUna | Q::SndNxt => number(value, end.and_then(|end| end.iss)),
        Q::RcvNxt => number(value, end.and_then(|end| end.irs)),
        Q::Rto | Q::Srtt => Micros(value).to_string(),
        Q::SlowStartThreshold if value >= u64::from(u32::MAX) => "none".to_owned(),
        Q::Error => match i32::try_from(value) {
            Ok(0) | Err(_) => "none".to_owned(),
            Ok(number) => sockets::Errno::from_number(number).name().into_owned(),
        },
        _ => crate::number::grouped(value),
    };
    format!(" {} {} → {}.", change.quantity.name(), write(change.before), write(change.after))
}

/// Source and destination port, where there are any.
pub const fn ports(datagram: &Datagram) -> (Option<u16>, Option<u16>) {
    match datagram {
        Datagram::Tcp(segment) => (Some(segment.source_port), Some(segment.destination_port)),
        Datagram::Udp(user) => (Some(user.source_port), Some(user.destination_port)),
        Datagram::Icmp(_) => (None, None),
    }
}

/// The style class of the bit that matters most.
fn flag_class(segment: &Segment) -> &'static str {
    let flags = segment.flags;
    if flags.rst() {
        "rst"
    } else if flags.syn() {
        "syn"
    } else if flags.fin() {
        "fin"
    } else if flags.contains(Flags::URG) {
        "urg"
    } else if segment.payload.is_empty() {
        "ack"
    } else {
        "data"
    }
}

/// A moment in seconds with all its microseconds: `1.204310`.
pub fn seconds(at: Instant) -> String {
    format!("{}.{:06}", at.0 / 1_000_000, at.0 % 1_000_000)
}

impl Line {
    /// All of it as one text: a filter searches in it, and it is shown whole for the row that is picked.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut add = |part: &str, before: &str| {
            if !part.is_empty() {
                if before.starts_with(';') && text.ends_with('.') {
                    text.pop();
                }
                text.push_str(if text.is_empty() { "" } else { before });
                text.push_str(part);
            }
        };
        if let Some(number) = self.number {
            add(&number.to_string(), "");
        }
        add(&self.from, " ");
        if let Some(to) = &self.to {
            add(to, " → ");
        }
        add(self.protocol, " ");
        add(&self.info, " ");
        add(&self.fate, "; ");
        text
    }
}
