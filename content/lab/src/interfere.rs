//! Interference: what a person does to one datagram that is seen in a Log, as a change of the scenario.
//!
//! The change names the datagram by what it is, not by its number: "the 2nd segment from client with octet 1001". So it still means the
//! same when the link is slower, or the congestion control another.

use crate::{Change, Scenario, run};
use core::net::SocketAddr;
use sim::world::{FaultAction, FaultPart, Protocol};
use sockets::{Fate, HostId, Instant, LinkId, Log, PacketId, Trace, Transit, What};
use std::collections::BTreeMap;
use wire::{Datagram, Flags, Seq};

/// The change by which exactly this datagram of this Log is befallen when the scenario is run again; everything before it stays as it
/// was. The Log must be what the scenario gives.
///
/// `None` where nothing can befall it: it was lost, or never got onto the link; it is a copy, or passes over no link of the scenario.
pub fn befall(scenario: &Scenario, log: &Log, packet: PacketId, action: FaultAction) -> Option<Change> {
    let seen = Seen::of(log);
    let place = seen.transits.iter().position(|(_, transit, _)| transit.packet == packet)?;
    let (_, transit, _) = seen.transits[place];
    if transit.copy_of.is_some()
        || matches!(transit.fate, Fate::Lost | Fate::QueueFull | Fate::TooBig | Fate::Seen)
    {
        return None;
    }
    let mut part = seen.aim(scenario, place, action)?;
    // What a fault swapped passes the faults before, and appears in the Log after, the datagram that overtook it.
    // Where learners' programs play, too, nobody can try that here; the count is right but for what was swapped.
    let swaps = scenario.python.is_empty()
        && scenario.world.faults.iter().any(|fault| fault.action == FaultAction::Swap);
    if swaps {
        let counted = part.nth;
        let near = [counted, counted + 1, counted.saturating_sub(1).max(1)];
        part.nth = near.into_iter().find(|nth| {
            part.nth = *nth;
            hits(scenario, transit, &part)
        })?;
    }
    Some(Change::Befall(part))
}

/// Whether this fault is aimed at this datagram: shown by what then becomes of it.
fn hits(scenario: &Scenario, aimed: &Transit, part: &FaultPart) -> bool {
    let dropped = aimed.fate == Fate::Dropped;
    let action = if dropped { FaultAction::Corrupt } else { FaultAction::Drop };
    let mut scenario = scenario.clone();
    if Change::Befall(FaultPart { action, ..part.clone() }).apply(&mut scenario).is_err() {
        return false;
    }
    let Ok(run) = run(&scenario) else { return false };
    run.log.records().iter().any(|record| match &record.what {
        What::Trace(Trace::Sent(transit)) => {
            let befallen = match transit.fate {
                Fate::Dropped => !dropped,
                Fate::Corrupted { .. } => dropped,
                _ => false,
            };
            befallen && transit.from == aimed.from && transit.datagram == aimed.datagram
        }
        _ => false,
    })
}

/// What was sent, each with its time and its SEQ counted from the ISS that passed the same link.
struct Seen<'l> {
    transits: Vec<(Instant, &'l Transit, Option<u32>)>,
}

/// What a fault aims at, as a fault counts it: without what names no property of the datagram.
fn fits(part: &FaultPart, aimed: &Transit, transit: &Transit, relative: Option<u32>) -> bool {
    let segment = transit.datagram.segment();
    transit.copy_of.is_none()
        && transit.link == aimed.link
        && transit.from == aimed.from
        && (part.to.is_none() || transit.to == aimed.to)
        && part.protocol.is_none_or(|wanted| wanted == protocol(&transit.datagram))
        && part.flags.is_none()
            | (segment.map(|segment| counted(segment.flags))
                == aimed.datagram.segment().map(|segment| counted(segment.flags)))
        && part.data.is_none_or(|wanted| wanted == (octets(&transit.datagram) > 0))
        && (part.source_port.is_none() || ports(&transit.datagram) == ports(&aimed.datagram))
        && part.seq.is_none_or(|[first, _]| {
            segment.zip(relative).is_some_and(|(segment, start)| {
                let start = u64::from(start);
                (start..start + u64::from(segment.sequence_length().max(1))).contains(&first)
            })
        })
}

impl<'l> Seen<'l> {
    fn of(log: &'l Log) -> Seen<'l> {
        let mut initial: BTreeMap<(LinkId, SocketAddr, SocketAddr), Seq> = BTreeMap::new();
        let mut transits = Vec::new();
        for record in log.records() {
            let What::Trace(Trace::Sent(transit)) = &record.what else { continue };
            let relative = transit.datagram.segment().and_then(|segment| {
                let key = (
                    transit.link,
                    SocketAddr::new(segment.ip.source, segment.source_port),
                    SocketAddr::new(segment.ip.destination, segment.destination_port),
                );
                if segment.flags.syn() {
                    initial.insert(key, segment.seq);
                }
                initial.get(&key).map(|iss| segment.seq.since(*iss))
            });
            transits.push((record.at, &**transit, relative));
        }
        Seen { transits }
    }

    /// The fault that is aimed at the transit at this place.
    fn aim(&self, scenario: &Scenario, place: usize, action: FaultAction) -> Option<FaultPart> {
        let (_, aimed, relative) = self.transits[place];
        // On one machine's loopback the hosts of the Log are its programs, and only ports tell them apart.
        let machine = is_machine(scenario);
        let mut part = match machine {
            true => FaultPart::first(action),
            false => aim_at_link(scenario, aimed, action)?,
        };
        let others = || self.transits.iter().filter(|(_, other, _)| other.from == aimed.from);
        match (&aimed.datagram, relative) {
            (Datagram::Tcp(segment), Some(first)) if !segment.payload.is_empty() && !segment.flags.syn() => {
                part.data = Some(true);
                part.seq = Some([u64::from(first); 2]);
            }
            (Datagram::Tcp(segment), _) => {
                part.flags = Some(written(segment.flags)?);
                // A SYN, FIN or RST is one with or without data; an ACK says nothing else only without.
                let alone = counted(segment.flags) == Flags::ACK;
                part.data = alone.then_some(!segment.payload.is_empty());
            }
            (other, _) => part.protocol = Some(protocol(other)),
        }
        let own = ports(&aimed.datagram);
        if let Some((source, destination)) = own
            && (machine
                || others().any(|(_, other, _)| {
                    other.link == aimed.link && ports(&other.datagram).is_some_and(|other| Some(other) != own)
                }))
        {
            part.source_port = Some(source.into());
            part.destination_port = Some(destination.into());
        }
        let before = self.transits[..place].iter();
        part.nth += before.filter(|(_, other, relative)| fits(&part, aimed, other, *relative)).count() as u64;
        Some(part)
    }
}

/// Whether all programs of the scenario run on one machine, which carries what they send to each other.
fn is_machine(scenario: &Scenario) -> bool {
    let [host] = &scenario.world.hosts[..] else { return false };
    host.interfaces.is_empty() && host.loopback.is_some()
}

/// A fault on the way that the transit took over a link.
fn aim_at_link(scenario: &Scenario, aimed: &Transit, action: FaultAction) -> Option<FaultPart> {
    let world = &scenario.world;
    let link = &world.links.get(usize::try_from(aimed.link.0).ok()?)?.name;
    let hosts = world.hosts.iter().map(|host| (&host.name, &host.interfaces));
    let nodes: Vec<_> =
        hosts.chain(world.routers.iter().map(|router| (&router.name, &router.interfaces))).collect();
    let node = |HostId(number): HostId| nodes.get(usize::try_from(number).ok()?);
    let (from, interfaces) = node(aimed.from)?;
    let ends = nodes.iter().filter(|(_, all)| all.iter().any(|interface| interface.link == *link)).count();
    Some(FaultPart {
        // One that is on several links sends the same datagram on each of them in turn.
        link: (interfaces.len() > 1).then(|| link.clone()),
        from: Some((*from).clone()),
        to: if ends > 2 { Some(node(aimed.to)?.0.clone()) } else { None },
        ..FaultPart::first(action)
    })
}

/// The control bits by which a fault tells segments apart.
fn counted(flags: Flags) -> Flags {
    flags & (Flags::SYN | Flags::ACK | Flags::FIN | Flags::RST | Flags::URG)
}

/// The control bits as a fault names them; `None` where it cannot: there are none.
fn written(flags: Flags) -> Option<String> {
    let names = [
        (Flags::SYN, "SYN"),
        (Flags::FIN, "FIN"),
        (Flags::RST, "RST"),
        (Flags::URG, "URG"),
        (Flags::ACK, "ACK"),
    ];
    let set: Vec<&str> =
        names.iter().filter(|(bit, _)| flags & *bit == *bit).map(|(_, name)| *name).collect();
    (!set.is_empty()).then(|| set.join("-"))
}

fn protocol(datagram: &Datagram) -> Protocol {
    match datagram {
        Datagram::Tcp(_) => Protocol::Tcp,
        Datagram::Udp(_) => Protocol::Udp,
        Datagram::Icmp(_) => Protocol::Icmp,
    }
}

fn octets(datagram: &Datagram) -> usize {
    match datagram {
        Datagram::Tcp(segment) => segment.payload.len(),
        Datagram::Udp(datagram) => datagram.payload.len(),
        Datagram::Icmp(_) => 0,
    }
}

fn ports(datagram: &Datagram) -> Option<(u16, u16)> {
    match datagram {
        Datagram::Tcp(segment) => Some((segment.source_port, segment.destination_port)),
        Datagram::Udp(datagram) => Some((datagram.source_port, datagram.destination_port)),
        Datagram::Icmp(_) => None,
    }
}

#[cfg(test)]
mod tests;
