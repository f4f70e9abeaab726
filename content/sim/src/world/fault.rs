//! Faults aimed at single datagrams: which datagram each means, and how often it has met one.

use super::spec::{FaultAction, FaultPart, Protocol, WorldSpec};
use core::net::SocketAddr;
use sockets::Instant;
use std::collections::BTreeMap;
use wire::{Datagram, Flags, Segment, Seq};

/// The control bits that count in a fault even when it does not name them.
const ALWAYS: Flags = Flags::SYN.with(Flags::ACK).with(Flags::FIN).with(Flags::RST).with(Flags::URG);

/// A segment's control bits as a fault names them, `SYN-ACK`: those that are to be set, and those that count.
pub(super) fn read_flags(text: &str) -> Result<(Flags, Flags), String> {
    let mut set = Flags::NONE;
    for name in text.split('-') {
        set |= match name {
            "SYN" => Flags::SYN,
            "ACK" => Flags::ACK,
            "FIN" => Flags::FIN,
            "RST" => Flags::RST,
            "PSH" => Flags::PSH,
            "URG" => Flags::URG,
            "ECE" => Flags::ECE,
            "CWR" => Flags::CWR,
            _ => {
                return Err(format!(
                    "“{name}” is no control bit: write SYN, ACK, FIN, RST, PSH, URG, ECE, CWR, joined by hyphens, as SYN-ACK"
                ));
            }
        };
    }
    Ok((set, ALWAYS.with(set)))
}

/// What a datagram carries.
pub(super) const fn protocol(datagram: &Datagram) -> Protocol {
    match datagram {
        Datagram::Tcp(_) => Protocol::Tcp,
        Datagram::Udp(_) => Protocol::Udp,
        Datagram::Icmp(_) => Protocol::Icmp,
    }
}

/// Source and destination port, where there are ports.
pub(super) const fn ports(datagram: &Datagram) -> Option<(u16, u16)> {
    match datagram {
        Datagram::Tcp(segment) => Some((segment.source_port, segment.destination_port)),
        Datagram::Udp(datagram) => Some((datagram.source_port, datagram.destination_port)),
        Datagram::Icmp(_) => None,
    }
}

/// A datagram on its way onto a link.
pub(super) struct Passing<'a> {
    pub now: Instant,
    pub link: usize,
    pub from: usize,
    pub to: usize,
    pub datagram: &'a Datagram,
    pub retransmission: bool,
}

#[derive(Clone, Debug)]
struct Fault {
    part: FaultPart,
    link: Option<usize>,
    from: Option<usize>,
    to: Option<usize>,
    flags: Option<(Flags, Flags)>,
    met: u64,
}

/// All faults of a world.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    faults: Vec<Fault>,
    /// The ISS of each direction of each connection, by link; kept only where a fault asks for relative numbers.
    initial: Option<BTreeMap<(usize, SocketAddr, SocketAddr), Seq>>,
}

impl Faults {
    /// From a world that has been checked.
    pub fn new(spec: &WorldSpec) -> Faults {
        let names =
            || spec.hosts.iter().map(|host| &host.name).chain(spec.routers.iter().map(|router| &router.name));
        let node =
            |name: &Option<String>| name.as_ref().and_then(|name| names().position(|known| known == name));
        let faults: Vec<Fault> = spec
            .faults
            .iter()
            .map(|part| Fault {
                link: part
                    .link
                    .as_ref()
                    .and_then(|name| spec.links.iter().position(|link| link.name == *name)),
                from: node(&part.from),
                to: node(&part.to),
                flags: part.flags.as_deref().and_then(|text| read_flags(text).ok()),
                part: part.clone(),
                met: 0,
            })
            .collect();
        let relative = faults.iter().any(|fault| fault.part.seq.is_some());
        Faults { faults, initial: relative.then(BTreeMap::new) }
    }

    /// What befalls this datagram: the first fault that is aimed at it decides, and all that fit count it.
    pub fn meet(&mut self, passing: &Passing<'_>) -> Option<FaultAction> {
        if self.faults.is_empty() {
            return None;
        }
        let relative = self.relative(passing);
        let mut action = None;
        for fault in &mut self.faults {
            if !fault.fits(passing, relative) {
                continue;
            }
            fault.met += 1;
            let FaultPart { nth, times, .. } = fault.part;
            if fault.met >= nth && (times == 0 || fault.met - nth < times) {
                action = action.or(Some(fault.part.action));
            }
        }
        action
    }

    /// The segment's SEQ counted from its ISS.
    fn relative(&mut self, passing: &Passing<'_>) -> Option<u32> {
        let initial = self.initial.as_mut()?;
        let segment = passing.datagram.segment()?;
        let key = (
            passing.link,
            SocketAddr::new(segment.ip.source, segment.source_port),
            SocketAddr::new(segment.ip.destination, segment.destination_port),
        );
        if segment.flags.syn() {
            initial.insert(key, segment.seq);
        }
        initial.get(&key).map(|iss| segment.seq.since(*iss))
    }
}

impl Fault {
    fn fits(&self, passing: &Passing<'_>, relative: Option<u32>) -> bool {
        let Fault { part, .. } = self;
        let is = |wanted: Option<usize>, found| wanted.is_none_or(|wanted| wanted == found);
        let there = is(self.link, passing.link) && is(self.from, passing.from) && is(self.to, passing.to);
        let then = part.from_us.is_none_or(|from| passing.now.0 >= from)
            && part.until_us.is_none_or(|until| passing.now.0 < until);
        there && then && self.fits_datagram(passing, relative)
    }

    fn fits_datagram(&self, passing: &Passing<'_>, relative: Option<u32>) -> bool {
        let Fault { part, .. } = self;
        let datagram = passing.datagram;
        let of_tcp = self.flags.is_some() || part.seq.is_some() || part.retransmission.is_some();
        let ports = ports(datagram);
        let port = |wanted: Option<u32>, found: Option<u16>| {
            wanted.is_none_or(|wanted| found.is_some_and(|found| u32::from(found) == wanted))
        };
        let octets = match datagram {
            Datagram::Tcp(segment) => segment.payload.len(),
            Datagram::Udp(datagram) => datagram.payload.len(),
            Datagram::Icmp(_) => 0,
        };
        part.protocol.is_none_or(|wanted| wanted == protocol(datagram))
            && part.data.is_none_or(|wanted| wanted == (octets > 0))
            && port(part.source_port, ports.map(|(source, _)| source))
            && port(part.destination_port, ports.map(|(_, destination)| destination))
            && (!of_tcp
                || datagram.segment().is_some_and(|segment| {
                    self.flags.is_none_or(|(set, counts)| segment.flags & counts == set)
                        && part.retransmission.is_none_or(|wanted| wanted == passing.retransmission)
                        && part.seq.is_none_or(|range| holds(segment, relative, range))
                }))
    }
}

/// Whether the segment, whose SEQ is `relative` counted from the ISS, holds any number of the range.
fn holds(segment: &Segment, relative: Option<u32>, [first, last]: [u64; 2]) -> bool {
    relative.is_some_and(|start| {
        let start = u64::from(start);
        let end = start + u64::from(segment.sequence_length().max(1));
        start <= last && first < end
    })
}
