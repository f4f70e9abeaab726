//! Both ends of a datagram, and of one that an ICMP message quotes: read, and written anew where addresses are translated.

use super::fault::ports;
use super::spec::Protocol;
use bytes::Bytes;
use core::net::{IpAddr, SocketAddr};
use wire::{Datagram, IcmpMessage, checksum};

/// Octets of an IPv4 header without options (RFC 791, 3.1).
const HEADER: usize = 20;

/// Which end of a datagram is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Source,
    Destination,
}

/// What a quotation tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quoted {
    pub protocol: Protocol,
    pub source: SocketAddr,
    pub destination: SocketAddr,
}

/// Reads a quotation; `None` where it is not the beginning of TCP or UDP.
pub(super) fn quoted(message: &IcmpMessage) -> Option<Quoted> {
    let quotation = message.quotation().ok()?;
    let protocol = if quotation.seq.is_some() { Protocol::Tcp } else { Protocol::Udp };
    Some(Quoted { protocol, source: quotation.source, destination: quotation.destination })
}

/// Gives a quoted IPv4 datagram another source or destination. Its own checksum was over what it was, and is left so.
pub(super) fn requote(message: &mut IcmpMessage, which: End, to: SocketAddr) {
    let IpAddr::V4(address) = to.ip() else { return };
    if quoted(message).is_none() || message.quoted.first() != Some(&0x45) {
        return;
    }
    let mut octets = message.quoted.to_vec();
    let (at, port) = match which {
        End::Source => (12, HEADER),
        End::Destination => (16, HEADER + 2),
    };
    octets[at..at + 4].copy_from_slice(&address.octets());
    octets[port..port + 2].copy_from_slice(&to.port().to_be_bytes());
    octets[10..12].fill(0);
    let sum = checksum::of(&octets[..HEADER]);
    octets[10..12].copy_from_slice(&sum.to_be_bytes());
    message.quoted = Bytes::from(octets);
}

/// Source and destination of what has ports.
pub(super) fn ends(datagram: &Datagram) -> Option<(SocketAddr, SocketAddr)> {
    let ip = datagram.ip();
    let (source, destination) = ports(datagram)?;
    Some((SocketAddr::new(ip.source, source), SocketAddr::new(ip.destination, destination)))
}

/// Gives a datagram with ports another source or destination.
pub(super) fn readdress(datagram: &mut Datagram, which: End, to: SocketAddr) {
    let ip = datagram.ip_mut();
    match which {
        End::Source => ip.source = to.ip(),
        End::Destination => ip.destination = to.ip(),
    }
    let port = match (datagram, which) {
        (Datagram::Tcp(segment), End::Source) => &mut segment.source_port,
        (Datagram::Tcp(segment), End::Destination) => &mut segment.destination_port,
        (Datagram::Udp(datagram), End::Source) => &mut datagram.source_port,
        (Datagram::Udp(datagram), End::Destination) => &mut datagram.destination_port,
        (Datagram::Icmp(_), _) => return,
    };
    *port = to.port();
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;
    use wire::{Internet, Unreachable, UserDatagram};

    fn at(text: &str) -> SocketAddr {
        text.parse().expect(text)
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_quotation_is_read_and_rewritten() {
        let mut datagram = Datagram::Udp(UserDatagram {
            ip: Internet::between(at("10.0.0.1:0").ip(), at("10.0.0.2:0").ip()),
            source_port: 40_000,
            destination_port: 53,
            payload: Bytes::from_static(b"who is it?"),
        });
        let ip = Internet::between(at("10.0.0.2:0").ip(), at("10.0.0.1:0").ip());
        let mut message = IcmpMessage { ip, what: Unreachable::Port, quoted: datagram.quote() };
        let before = quoted(&message).expect("it is UDP over IPv4");
        assert_eq!((before.source, before.destination), (at("10.0.0.1:40000"), at("10.0.0.2:53")));
        readdress(&mut datagram, End::Source, at("203.0.113.1:1024"));
        requote(&mut message, End::Source, at("203.0.113.1:1024"));
        assert_eq!(message.quoted[..24], datagram.quote()[..24]);
        assert_eq!(ends(&datagram), Some((at("203.0.113.1:1024"), at("10.0.0.2:53"))));
    }
}
