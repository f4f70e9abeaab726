//! A story as a packetdrill script, seen by one host: its calls, what it sends (`>`), what comes to it (`<`).
//!
//! Times are absolute. A call that blocks has the time at which it returned. What the language has no words for stands as a comment.

use crate::stage::Story;
use sockets::{Call, Fate, HostId, Op, Outcome, SocketId, SocketKind, Trace, Value, What};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The script; its first line says whose it is.
pub fn script(story: &Story, host: HostId) -> String {
    let mut text = format!("// As {} sees it.\n", story.name(host));
    let mut descriptors: BTreeMap<SocketId, usize> = BTreeMap::new();
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
                    let made = match back {
                        Some(Ok(Value::Socket { socket } | Value::Accepted { socket, .. })) => {
                            let next = 3 + descriptors.len();
                            Some(*descriptors.entry(*socket).or_insert(next))
                        }
                        _ => None,
                    };
                    match line(call, &descriptors) {
                        Some(line) => {
                            put(&mut text, format_args!("{at}{until} {line} = {}", result(back, made)))
                        }
                        None => put(&mut text, format_args!("// {at} {}()", call.op.kind().name())),
                    }
                }
            }
            What::Trace(Trace::Sent(transit)) => {
                if transit.from == host && transit.copy_of.is_none() {
                    packet(&mut text, story, index, &at, '>');
                }
                index += 1;
            }
            What::Trace(Trace::Arrived { packet: number, host: to }) if *to == host => {
                if let Some(&place) = numbers.get(number) {
                    match story.fate(place) {
                        Fate::Corrupted { .. } => {
                            put(&mut text, format_args!("// {at} a packet with changed bits arrives"))
                        }
                        _ => packet(&mut text, story, place, &at, '<'),
                    }
                }
            }
            _ => {}
        }
    }
    text
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes all");
}

fn time(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}

fn packet(text: &mut String, story: &Story, packet: usize, at: &str, way: char) {
    match story.segment(packet) {
        Some(segment) if segment.flags != wire::Flags::NONE => {
            let (sender, receiver) = story.bases(packet);
            put(text, format_args!("{at} {way} {}", segment.relative(sender, receiver)));
        }
        _ => put(text, format_args!("// {at} {way} {}", story.datagram(packet))),
    }
}

/// The call as C has it; `None` for one that packetdrill does not know.
fn line(call: &Call, descriptors: &BTreeMap<SocketId, usize>) -> Option<String> {
    let name = call.op.kind().name();
    let fd = match call.op.socket() {
        Some(socket) => descriptors.get(&socket)?.to_string(),
        None => String::new(),
    };
    let flags = |flags: &std::collections::BTreeSet<sockets::MsgFlag>| match flags.is_empty() {
        true => "0".to_owned(),
        false => flags.iter().map(|flag| flag.name()).collect::<Vec<_>>().join("|"),
    };
    Some(match &call.op {
        Op::Socket { kind: SocketKind::Stream, .. } => "socket(..., SOCK_STREAM, IPPROTO_TCP)".into(),
        Op::Socket { kind: SocketKind::Datagram, .. } => "socket(..., SOCK_DGRAM, IPPROTO_UDP)".into(),
        Op::Bind { .. } | Op::Connect { .. } | Op::Accept { .. } => format!("{name}({fd}, ..., ...)"),
        Op::Listen { backlog, .. } => format!("listen({fd}, {backlog})"),
        Op::Send { flags: set, data, .. } => format!("send({fd}, ..., {}, {})", data.len(), flags(set)),
        Op::SendTo { flags: set, data, .. } => {
            format!("sendto({fd}, ..., {}, {}, ..., ...)", data.len(), flags(set))
        }
        Op::Recv { max, flags: set, .. } => format!("recv({fd}, ..., {max}, {})", flags(set)),
        Op::RecvFrom { max, flags: set, .. } => {
            format!("recvfrom({fd}, ..., {max}, {}, ..., ...)", flags(set))
        }
        Op::Shutdown { how, .. } => format!("shutdown({fd}, {})", how.name()),
        Op::Close { .. } => format!("close({fd})"),
        _ => return None,
    })
}

fn result(back: Option<&Outcome>, made: Option<usize>) -> String {
    match (back, made) {
        (_, Some(descriptor)) => descriptor.to_string(),
        (None, _) => "?".into(),
        (Some(Ok(Value::Sent { sent })), _) => sent.to_string(),
        (Some(Ok(Value::Data { bytes, .. } | Value::Datagram { bytes, .. })), _) => bytes.to_string(),
        (Some(Ok(_)), _) => "0".into(),
        (Some(Err(failure)), _) => match failure.errno() {
            Some(_) => format!("-1 {} ({})", failure.name(), failure.text()),
            None => "?".into(),
        },
    }
}
