//! Address translation (RFC 3022): many inside addresses behind one outside address, as Linux's masquerading does it.
//!
//! ```text
//!   inside 192.168.0.2:40000 --.                   .-- outside 203.0.113.1:40000 --> remote 198.51.100.7:80
//!   inside 192.168.0.3:40000 --+--> translations --+-- outside 203.0.113.1:1024  --> remote 198.51.100.7:80
//! ```
//!
//! A translation holds for one inside end and one remote end (RFC 4787: address and port-dependent mapping and filtering). It ends
//! after its time of silence. IPv4 only. Nothing here knows a link or a route.

use super::quote::{self, End};
use super::spec::{NatPart, Protocol};
use core::net::{IpAddr, SocketAddr};
use sockets::{Instant, Micros};
use std::collections::BTreeMap;
use wire::Datagram;

/// The translations of one router.
#[derive(Clone, Debug)]
pub(super) struct Nat {
    /// The outside interface.
    pub outside: usize,
    /// Its address.
    pub address: IpAddr,
    forward: BTreeMap<(Protocol, u16), SocketAddr>,
    first_port: u16,
    tcp_idle: Micros,
    udp_idle: Micros,
    /// By protocol, inside end and remote end.
    by_inside: BTreeMap<(Protocol, SocketAddr, SocketAddr), Translation>,
    /// By protocol, outside port and remote end: the inside end.
    by_outside: BTreeMap<(Protocol, u16, SocketAddr), SocketAddr>,
}

#[derive(Clone, Copy, Debug)]
struct Translation {
    outside_port: u16,
    used: Instant,
}

/// What became of a datagram at the border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Translated {
    /// A translation that was there.
    Known,
    /// A new one, by a port that is forwarded or for an inside host that begins.
    New,
    /// There is none, and none is made.
    No,
    /// Every outside port is taken.
    Full,
}

impl Nat {
    pub fn new(part: &NatPart, outside: usize, address: IpAddr) -> Nat {
        let port = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
        let rows = part.forward.iter();
        Nat {
            outside,
            address,
            forward: rows
                .map(|row| ((row.protocol, port(row.outside_port)), SocketAddr::new(row.to, port(row.port))))
                .collect(),
            first_port: port(part.first_port),
            tcp_idle: Micros::from_secs(part.tcp_idle_s),
            udp_idle: Micros::from_secs(part.udp_idle_s),
            by_inside: BTreeMap::new(),
            by_outside: BTreeMap::new(),
        }
    }

    /// A datagram from outside for the outside address: gives it its inside destination.
    pub fn inward(&mut self, now: Instant, datagram: &mut Datagram) -> Translated {
        if let Datagram::Icmp(message) = datagram {
            // It is about a datagram of ours, which it quotes as it left.
            let Some(quoted) = quote::quoted(message).filter(|quoted| quoted.source.ip() == self.address)
            else {
                return Translated::No;
            };
            let key = (quoted.protocol, quoted.source.port(), quoted.destination);
            let Some(inside) = self.alive(now, key) else { return Translated::No };
            quote::requote(message, End::Source, inside);
            message.ip.destination = inside.ip();
            return Translated::Known;
        }
        let protocol = super::fault::protocol(datagram);
        let Some((remote, here)) = quote::ends(datagram) else { return Translated::No };
        let (inside, translated) = match self.alive(now, (protocol, here.port(), remote)) {
            Some(inside) => (inside, Translated::Known),
            None => match self.forward.get(&(protocol, here.port())) {
                Some(inside) => (*inside, Translated::New),
                None => return Translated::No,
            },
        };
        self.keep(now, protocol, inside, here.port(), remote);
        quote::readdress(datagram, End::Destination, inside);
        translated
    }

    /// A datagram that leaves by the outside interface: gives it the outside source.
    pub fn outward(&mut self, now: Instant, datagram: &mut Datagram) -> Translated {
        if let Datagram::Icmp(message) = datagram {
            // It is about a datagram that came in, which it quotes as the inside saw it.
            message.ip.source = self.address;
            if let Some(quoted) = quote::quoted(message) {
                let key = (quoted.protocol, quoted.destination, quoted.source);
                if let Some(translation) = self.by_inside.get(&key) {
                    let outside = SocketAddr::new(self.address, translation.outside_port);
                    quote::requote(message, End::Destination, outside);
                }
            }
            return Translated::Known;
        }
        let protocol = super::fault::protocol(datagram);
        let Some((inside, remote)) = quote::ends(datagram) else { return Translated::No };
        let known = self
            .by_inside
            .get(&(protocol, inside, remote))
            .map(|translation| translation.outside_port)
            .filter(|port| self.alive(now, (protocol, *port, remote)) == Some(inside));
        let (port, translated) = match known {
            Some(port) => (port, Translated::Known),
            None => match self.free_port(now, protocol, inside.port(), remote) {
                Some(port) => (port, Translated::New),
                None => return Translated::Full,
            },
        };
        self.keep(now, protocol, inside, port, remote);
        quote::readdress(datagram, End::Source, SocketAddr::new(self.address, port));
        translated
    }

    fn keep(&mut self, now: Instant, protocol: Protocol, inside: SocketAddr, port: u16, remote: SocketAddr) {
        self.by_inside.insert((protocol, inside, remote), Translation { outside_port: port, used: now });
        self.by_outside.insert((protocol, port, remote), inside);
    }

    /// The inside end of a translation that has not fallen silent for too long; one that has is forgotten.
    fn alive(&mut self, now: Instant, key: (Protocol, u16, SocketAddr)) -> Option<SocketAddr> {
        let (protocol, port, remote) = key;
        let inside = *self.by_outside.get(&key)?;
        let idle = if protocol == Protocol::Tcp { self.tcp_idle } else { self.udp_idle };
        let translation = self.by_inside.get(&(protocol, inside, remote));
        if translation.is_some_and(|found| found.outside_port == port && now.since(found.used) <= idle) {
            return Some(inside);
        }
        self.by_outside.remove(&key);
        if translation.is_some_and(|found| found.outside_port == port) {
            self.by_inside.remove(&(protocol, inside, remote));
        }
        None
    }

    /// The source port itself if it is free toward this remote end, else the first that is. Ports that are forwarded are not given.
    fn free_port(
        &mut self,
        now: Instant,
        protocol: Protocol,
        wanted: u16,
        remote: SocketAddr,
    ) -> Option<u16> {
        let mut candidates = core::iter::once(wanted).chain(self.first_port..=u16::MAX);
        candidates.find(|port| {
            !self.forward.contains_key(&(protocol, *port))
                && self.alive(now, (protocol, *port, remote)).is_none()
        })
    }
}
