//! From a mark to the thing that it names in a story.

use crate::stage::story::{Cause, End, TimerEnd};
use crate::stage::{EndId, Focus, Story, Thing};
use lab::prose::Mark;
use sockets::{Fate, HostId, Instant};
use wire::fields::Header;
use wire::{Datagram, Ecn, Flags};

/// What a mark names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The thing.
    pub thing: Thing,
    /// The moment at which it is best seen; `None` for what is there at all times.
    pub at: Option<Instant>,
}

/// What a mark names in this story. `None` for a mark that is none, and for what this story does not have.
pub fn find(story: &Story, mark: &str) -> Option<Found> {
    let host = |name: &str| story.players.iter().find(|player| player.name == name).map(|player| player.host);
    match Mark::parse(mark)? {
        Mark::Segment { host: name, words, nth } => {
            let from = host(name)?;
            let all = (0..story.packets.len()).filter(|&packet| {
                story.packets[packet].from == from && words.split('+').all(|word| is(story, packet, word))
            });
            let packet = nth.of(all)?;
            let told = story.packets[packet];
            Some(Found { thing: Thing::Packet(packet), at: Some(told.arrives.unwrap_or(told.sent)) })
        }
        Mark::Call { host: name, name: call, nth } => {
            let on = host(name)?;
            let all = (0..story.calls.len())
                .filter(|&place| story.calls[place].host == on && story.call(place).op.kind().name() == call);
            let place = nth.of(all)?;
            let span = story.calls[place];
            Some(Found { thing: Thing::Call(place), at: Some(span.returned.unwrap_or(span.entered)) })
        }
        Mark::State { host: name, name: state, nth } => {
            let on = host(name)?;
            let mut all: Vec<_> = ends(story, on)
                .flat_map(|(id, end)| end.states.iter().map(move |change| (change.at, id, change)))
                .filter(|(_, _, change)| change.after.name() == state)
                .collect();
            all.sort_by_key(|(at, ..)| *at);
            let (at, id, change) = nth.of(all.into_iter())?;
            let thing = change.reaction.map_or(Thing::End(id), Thing::Reaction);
            Some(Found { thing, at: Some(at) })
        }
        Mark::Timer { host: name, name: timer, nth } => {
            let on = host(name)?;
            let mut all: Vec<_> = ends(story, on)
                .flat_map(|(id, end)| end.timers.iter().map(move |run| (run.until, id, run)))
                .filter(|(_, _, run)| {
                    run.end == TimerEnd::Fired && run.timer.name().replace(' ', "-") == timer
                })
                .collect();
            all.sort_by_key(|(at, ..)| *at);
            let (at, id, run) = nth.of(all.into_iter())?;
            // What it made happen, where anything is told of that.
            let first = story.reactions.partition_point(|reacted| reacted.at < at);
            let made = |&place: &usize| {
                let reacted = &story.reactions[place];
                reacted.end == Some(id) && reacted.cause == Some(Cause::Timer(run.timer))
            };
            let last = story.reactions.partition_point(|reacted| reacted.at <= at);
            let thing = (first..last).find(made).map_or(Thing::End(id), Thing::Reaction);
            Some(Found { thing, at: Some(at) })
        }
        Mark::Rule { host: name, name: rule, nth } => {
            let on = host(name)?;
            let all = (0..story.reactions.len())
                .filter(|&place| story.reaction(place).rule.name == rule && whose(story, place) == Some(on));
            let place = nth.of(all)?;
            Some(Found { thing: Thing::Reaction(place), at: Some(story.reactions[place].at) })
        }
        Mark::Socket { host: name, name: variable, nth } => {
            let on = host(name)?;
            let (id, _) = nth.of(ends(story, on).filter(|(_, end)| end.name.as_deref() == Some(variable)))?;
            Some(Found { thing: Thing::End(id), at: None })
        }
        Mark::Field(name) => {
            let name = name.replace('-', " ");
            let all = [Header::Tcp, Header::Ipv4, Header::Ipv6, Header::Udp];
            let mut fields = all.into_iter().flat_map(Header::fields);
            let field = fields.find(|field| field.name.eq_ignore_ascii_case(&name))?;
            Some(Found { thing: Thing::Field(field.name), at: None })
        }
    }
}

/// Whether a thing lights up.
pub fn is_lit(focus: &Focus, thing: Thing) -> bool {
    match thing {
        Thing::Packet(packet) => focus.packets.contains(&packet),
        Thing::Call(call) => focus.calls.contains(&call),
        Thing::Reaction(reaction) => focus.reactions.contains(&reaction),
        Thing::Field(name) => focus.field == Some(name),
        Thing::End(_) | Thing::Octets { .. } => {
            [focus.hover, focus.picked].into_iter().flatten().any(|pointed| pointed == thing)
        }
    }
}

fn ends(story: &Story, host: HostId) -> impl Iterator<Item = (EndId, &End)> {
    let ends = story.ends.iter().enumerate().map(|(place, end)| (EndId(place), end));
    ends.filter(move |(_, end)| end.host == host)
}

/// The host on which a rule acted: its socket's, else that where the packet arrived which made it act.
fn whose(story: &Story, reaction: usize) -> Option<HostId> {
    let reacted = &story.reactions[reaction];
    let socket = reacted.end.map(|end| story.end_of(end).host);
    socket.or_else(|| match reacted.cause {
        Some(Cause::Packet(packet)) => Some(story.packets[packet].to),
        Some(Cause::Call(call)) => Some(story.calls[call].host),
        Some(Cause::Timer(_)) | None => None,
    })
}

/// Whether a word holds of a packet.
fn is(story: &Story, packet: usize, word: &str) -> bool {
    let told = &story.packets[packet];
    let datagram = story.datagram(packet);
    let bit = |bit: Flags| datagram.segment().is_some_and(|segment| segment.flags.contains(bit));
    match word {
        "SYN" => bit(Flags::SYN) && !bit(Flags::ACK),
        "SYN-ACK" => bit(Flags::SYN.with(Flags::ACK)),
        "ACK" => datagram.segment().is_some_and(|segment| {
            segment.flags.ack()
                && segment.payload.is_empty()
                && !segment.flags.intersects(Flags::SYN.with(Flags::FIN).with(Flags::RST))
        }),
        "FIN" => bit(Flags::FIN),
        "RST" => bit(Flags::RST),
        "ECE" => bit(Flags::ECE),
        "CWR" => bit(Flags::CWR),
        "CE" => datagram.ip().ecn == Ecn::CongestionExperienced,
        "data" => datagram.segment().is_some_and(|segment| !segment.payload.is_empty()),
        "SACK" => datagram.segment().is_some_and(|segment| segment.options.sack().next().is_some()),
        "zero" => datagram.segment().is_some_and(|segment| segment.window == 0 && !segment.flags.rst()),
        "UDP" => matches!(datagram, Datagram::Udp(_)),
        "ICMP" => matches!(datagram, Datagram::Icmp(_)),
        "again" => told.repeats.is_some(),
        "lost" => told.arrives.is_none(),
        "corrupted" => matches!(story.fate(packet), Fate::Corrupted { .. }),
        "copy" => told.copy_of.is_some(),
        // A port, of either side.
        port => port.parse().is_ok_and(|port: u16| {
            datagram
                .segment()
                .is_some_and(|segment| segment.source_port == port || segment.destination_port == port)
        }),
    }
}
