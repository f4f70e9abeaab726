//! What the ladder says about a thing that is pointed at: one line.

use super::arrows::broken;
use super::stamps::seconds;
use crate::live::wording;
use crate::stage::story::EndId;
use crate::stage::{Numbers, Story, Thing};
use sockets::python::Names;
use sockets::{Fate, Instant};
use wire::Datagram;

fn time(story: &Story, at: Instant) -> String {
    format!("{} s", seconds(at.since(story.begin), 6))
}

/// A datagram in the notation of packetdrill and tcpdump, whole.
pub fn notation(story: &Story, packet: usize, numbers: Numbers) -> String {
    match story.datagram(packet) {
        Datagram::Tcp(segment) => match numbers {
            Numbers::Relative => {
                let (sender, receiver) = story.bases(packet);
                segment.relative(sender, receiver).to_string()
            }
            Numbers::Absolute => segment.to_string(),
        },
        Datagram::Udp(datagram) => format!("udp ({})", datagram.payload.len()),
        Datagram::Icmp(message) => message.to_string(),
    }
}

/// What becomes of a datagram, and what it has to do with others.
pub fn fate(story: &Story, packet: usize) -> String {
    let told = &story.packets[packet];
    let mut text = match (story.fate(packet), told.arrives) {
        (Fate::Corrupted { at }, _) => {
            format!("arrives corrupted after {}; the checksum finds it", at.since(told.sent))
        }
        (_, Some(at)) if at == told.sent => String::new(),
        (_, Some(at)) => format!("arrives after {}", at.since(told.sent)),
        (fate, None) => match broken(fate) {
            Some(("lost", _)) => "lost on the link".to_owned(),
            Some(("dropped", _)) => "dropped, as the scenario says".to_owned(),
            Some(("queue full", _)) => "dropped: the queue before the link is full".to_owned(),
            Some((word, _)) => format!("dropped: {word}"),
            None => String::new(),
        },
    };
    let mut add = |more: String| {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&more);
    };
    if let Some(before) = told.repeats {
        add(format!("sent again, first at {}", time(story, story.packets[before].sent)));
    }
    if told.copy_of.is_some() {
        add("a copy that the link made".to_owned());
    }
    text
}

/// A thing in one line; `None` for what the ladder does not show.
pub fn line(story: &Story, thing: Thing, numbers: Numbers) -> Option<String> {
    Some(match thing {
        Thing::Packet(packet) => {
            let told = story.packets.get(packet)?;
            let (from, to) = (story.name(told.from), story.name(told.to));
            let mut text =
                format!("{}  {from} → {to}  {}", time(story, told.sent), notation(story, packet, numbers));
            let fate = fate(story, packet);
            if !fate.is_empty() {
                text = format!("{text}  · {fate}");
            }
            text
        }
        Thing::Call(call) => {
            let span = story.calls.get(call)?;
            let mut names = Names::default();
            for end in &story.ends {
                if let (Some(socket), Some(name)) = (end.socket, &end.name) {
                    names.set(socket, name);
                }
            }
            let call_of = story.call(call);
            let socket = call_of.op.socket().and_then(|socket| story.end_of_socket(socket));
            let socket = socket.and_then(|end| story.end_of(end).name.as_deref());
            let mut text = format!(
                "{}  {}: {}{}",
                time(story, span.entered),
                story.name(span.host),
                socket.map_or_else(String::new, |name| format!("{name}.")),
                wording::label(&call_of.op)
            );
            match story.outcome(call) {
                None => text += "  · still waits",
                Some((outcome, took)) => {
                    text += &format!("  → {}", wording::answer(outcome, &names));
                    if took.0 > 0 {
                        text += &format!("  · after {took}");
                    }
                }
            }
            text
        }
        Thing::End(end) => end_line(story, end)?,
        Thing::Reaction(_) | Thing::Octets { .. } | Thing::Field(_) => return None,
    })
}

fn end_line(story: &Story, id: EndId) -> Option<String> {
    let end = story.ends.get(id.0)?;
    let mut text = story.name(end.host).to_owned();
    if let Some(name) = &end.name {
        text += &format!(": {name}");
    }
    if let Some(local) = end.local {
        text += &format!("  {local}");
    }
    if let Some(remote) = end.remote {
        text += &format!(" with {remote}");
    }
    for change in &end.states {
        text += &format!("  · {} {}", seconds(change.at.since(story.begin), 3), change.after);
    }
    Some(text)
}
