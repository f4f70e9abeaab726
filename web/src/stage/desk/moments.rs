//! What happens at a moment, in words: for the scrub bar, for announcements, for those who do not see the picture.

use super::fold::seconds;
use crate::number::grouped;
use crate::stage::Story;
use crate::stage::story::{EndId, Packet};
use sockets::{Fate, Instant, Op, Outcome, Value};
use wire::{Datagram, Flags, Segment};

/// More than this is counted, not told.
const TOLD: usize = 5;

/// `0.030005 s: SYN arrives at server; server: LISTEN to SYN-RECEIVED`. A moment between two happenings tells what is under way.
pub fn told(story: &Story, at: Instant) -> String {
    let mut happenings = happenings(story, at);
    let rest = happenings.len().saturating_sub(TOLD);
    happenings.truncate(TOLD);
    if rest > 0 {
        happenings.push(format!("and {} more", grouped(rest as u64)));
    }
    let what = match happenings.is_empty() {
        false => happenings.join("; "),
        true => match story.under_way(at).take(2).collect::<Vec<_>>()[..] {
            [] => "nothing is under way".to_owned(),
            [packet] => format!(
                "{} is under way to {}",
                packet_name(story, packet),
                story.name(story.packets[packet].to)
            ),
            [..] => format!("{} packets are under way", grouped(story.under_way(at).count() as u64)),
        },
    };
    format!("{}: {what}", seconds(at))
}

/// What happens exactly then: arrivals, changes of state, timers, calls, departures.
pub fn happenings(story: &Story, at: Instant) -> Vec<String> {
    let records = story.log().records();
    let first = records.partition_point(|record| record.at < at);
    let mut said = Vec::new();
    let mut states: Vec<(EndId, String)> = Vec::new();
    for (place, end) in story.ends.iter().enumerate() {
        let from = end.states.partition_point(|change| change.at < at);
        for change in end.states[from..].iter().take_while(|change| change.at == at) {
            let who = story.name(end.host);
            states.push((EndId(place), format!("{who}: {} to {}", change.before, change.after)));
        }
    }
    // What came before what it caused; the states of an end follow what moved them.
    for (place, record) in records.iter().enumerate().skip(first).take_while(|(_, record)| record.at == at) {
        use sockets::{Trace, What};
        match &record.what {
            What::Entered(call) => {
                said.push(format!("{} calls {}", story.name(call.host), call_name(&call.op)));
            }
            What::Returned { call: id, outcome, .. } => {
                let back = story.calls.iter().rev().find(|call| call.back == Some(place));
                let Some(call) = back else { continue };
                let op = match &records[call.record].what {
                    What::Entered(call) if call.id == *id => &call.op,
                    _ => continue,
                };
                said.push(format!(
                    "{} on {} {}",
                    op.kind().name(),
                    story.name(call.host),
                    back_name(outcome)
                ));
            }
            What::Trace(Trace::Arrived { packet, host }) => {
                let index = story.packets.iter().position(|one| {
                    one.arrives == Some(at) && one.to == *host && transit_id(story, one) == *packet
                });
                let Some(index) = index else { continue };
                let broken = matches!(story.fate(index), Fate::Corrupted { .. });
                let how = if broken { " with changed bits" } else { "" };
                said.push(format!("{} arrives at {}{how}", packet_name(story, index), story.name(*host)));
            }
            What::Trace(Trace::Sent(transit)) => {
                let index = story.packets.partition_point(|packet| packet.record < place);
                let name = packet_name(story, index);
                let who = story.name(transit.from);
                let again = if transit.retransmission { " again" } else { "" };
                said.push(match transit.fate {
                    Fate::Lost => format!("{who} sends {name}{again}, which the link loses"),
                    Fate::Dropped => format!("{who} sends {name}{again}, which is lost"),
                    Fate::QueueFull => format!("{who} sends {name}{again}, which a full queue drops"),
                    Fate::TooBig => format!("{who} sends {name}{again}, which is too big for the link"),
                    _ if transit.copy_of.is_some() => format!("the link doubles {name}"),
                    _ => format!("{who} sends {name}{again}"),
                });
            }
            What::Trace(Trace::Fired { timer, .. }) => said.push(format!("the {} timer fires", timer.name())),
            What::Notice(text) | What::Gone(text) => said.push(text.clone()),
            What::State { .. } | What::Trace(_) => {}
        }
    }
    // A change of state belongs right behind what comes first.
    let place = usize::from(!said.is_empty());
    said.splice(place..place, states.into_iter().map(|(_, text)| text));
    said
}

fn transit_id(story: &Story, packet: &Packet) -> sockets::PacketId {
    match &story.log().records()[packet.record].what {
        sockets::What::Trace(sockets::Trace::Sent(transit)) => transit.packet,
        _ => sockets::PacketId(u32::MAX),
    }
}

/// `SYN-ACK`, `ACK 6`, `data 1 to 1001`, `UDP datagram`.
pub fn packet_name(story: &Story, packet: usize) -> String {
    match story.datagram(packet) {
        Datagram::Tcp(segment) => {
            let (sender, receiver) = story.bases(packet);
            segment_name(segment, segment.seq.since(sender), segment.ack.since(receiver))
        }
        Datagram::Udp(datagram) => format!("UDP datagram of {} octets", datagram.payload.len()),
        Datagram::Icmp(message) => format!("ICMP {}", message.what),
    }
}

fn segment_name(segment: &Segment, seq: u32, ack: u32) -> String {
    let octets = segment.payload.len() as u32;
    let bits: Vec<&str> = [(Flags::SYN, "SYN"), (Flags::FIN, "FIN"), (Flags::RST, "RST")]
        .into_iter()
        .filter(|(bit, _)| segment.flags.contains(*bit))
        .map(|(_, name)| name)
        .collect();
    let mut parts = Vec::new();
    if !bits.is_empty() {
        let ack = if segment.flags.ack() { "-ACK" } else { "" };
        parts.push(format!("{}{ack}", bits.join("-")));
    }
    if octets > 0 {
        parts.push(format!("data {seq} to {}", seq.wrapping_add(octets)));
    }
    if parts.is_empty() {
        return if segment.flags.ack() { format!("ACK {ack}") } else { "a segment without bits".into() };
    }
    parts.join(" with ")
}

fn call_name(op: &Op) -> String {
    match op {
        Op::Send { data, .. } | Op::SendTo { data, .. } => {
            format!("{} with {} octets", op.kind().name(), grouped(data.len() as u64))
        }
        op => op.kind().name().to_owned(),
    }
}

fn back_name(outcome: &Outcome) -> String {
    match outcome {
        Ok(Value::Sent { sent }) => format!("has taken {} octets", grouped(*sent as u64)),
        Ok(Value::Data { bytes: 0, .. }) => "tells the end of the stream".into(),
        Ok(Value::Data { bytes, .. }) => format!("returns {} octets", grouped(*bytes as u64)),
        Ok(_) => "returns".into(),
        Err(failure) => format!("fails: {}, {}", failure.name(), failure.text()),
    }
}
