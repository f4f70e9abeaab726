//! The beginning of a datagram that an ICMP message quotes: written for the message, and read out of it.
//!
//! It knows only what hosts need to find the socket again: addresses, protocol, ports, TCP's sequence number.

use bytes::Bytes;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use wire::{Datagram, IcmpMessage, Internet, Seq, Unreachable};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// What a quotation tells of the datagram that was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quoted {
    /// Its sender: the host that gets the message.
    pub from: SocketAddr,
    /// Where it was to go.
    pub to: SocketAddr,
    /// The sequence number if it was TCP's; `None` if it was UDP's.
    pub seq: Option<Seq>,
}

/// The message that says what became of a datagram, from `source` to its sender; `None` for a datagram that nobody may answer in
/// that way: an ICMP message, or one to or from more than one host (RFC 1122, 3.2.2).
pub(crate) fn about(datagram: &Datagram, source: IpAddr, what: Unreachable) -> Option<IcmpMessage> {
    let lost = datagram.ip();
    let alone =
        |ip: IpAddr| !ip.is_multicast() && !ip.is_unspecified() && ip != IpAddr::V4(Ipv4Addr::BROADCAST);
    if matches!(datagram, Datagram::Icmp(_)) || !alone(lost.source) || !alone(lost.destination) {
        return None;
    }
    let ip = Internet { dont_fragment: false, ..Internet::between(source, lost.source) };
    Some(IcmpMessage { ip, what, quoted: quote(datagram) })
}

/// A datagram's internet header and first 8 octets, which hold the ports and TCP's sequence number.
fn quote(datagram: &Datagram) -> Bytes {
    let ip = datagram.ip();
    let (protocol, source, destination, rest) = match datagram {
        Datagram::Tcp(segment) => {
            (TCP, segment.source_port, segment.destination_port, segment.seq.0.to_be_bytes())
        }
        Datagram::Udp(user) => {
            let length = u16::try_from(8 + user.payload.len()).unwrap_or(u16::MAX).to_be_bytes();
            (UDP, user.source_port, user.destination_port, [length[0], length[1], 0, 0])
        }
        Datagram::Icmp(_) => return Bytes::new(),
    };
    let class = ip.dscp << 2 | ip.ecn.bits();
    let length = datagram.length();
    let mut octets = Vec::with_capacity(48);
    match (ip.source, ip.destination) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            octets.extend([0x45, class]);
            octets.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
            octets.extend(ip.identification.to_be_bytes());
            octets.extend([if ip.dont_fragment { 0x40 } else { 0 }, 0, ip.ttl, protocol, 0, 0]);
            octets.extend(from.octets());
            octets.extend(to.octets());
            let sum = checksum(&octets);
            octets[10..12].copy_from_slice(&sum);
        }
        (from, to) => {
            let v6 = |ip| match ip {
                IpAddr::V6(ip) => ip,
                IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            };
            octets.extend([0x60 | class >> 4, class << 4, 0, 0]);
            octets.extend(u16::try_from(length.saturating_sub(40)).unwrap_or(u16::MAX).to_be_bytes());
            octets.extend([protocol, ip.ttl]);
            octets.extend(v6(from).octets());
            octets.extend(v6(to).octets());
        }
    }
    octets.extend(source.to_be_bytes());
    octets.extend(destination.to_be_bytes());
    octets.extend(rest);
    octets.into()
}

/// The internet header's checksum (RFC 1071).
fn checksum(header: &[u8]) -> [u8; 2] {
    let sum: u32 = header
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    (!(folded as u16)).to_be_bytes()
}

/// Reads a quotation. `None` for one that is too short, or of another protocol than TCP and UDP.
pub(crate) fn read(quoted: &[u8]) -> Option<Quoted> {
    let octet = |at: usize| quoted.get(at).copied();
    let (protocol, from, to, rest): (u8, IpAddr, IpAddr, usize) = match octet(0)? >> 4 {
        4 => {
            let four = |at: usize| -> Option<[u8; 4]> { quoted.get(at..at + 4)?.try_into().ok() };
            let header = usize::from(octet(0)? & 0xf) * 4;
            let (from, to) = (Ipv4Addr::from(four(12)?), Ipv4Addr::from(four(16)?));
            (octet(9)?, from.into(), to.into(), header.max(20))
        }
        6 => {
            let sixteen = |at: usize| -> Option<[u8; 16]> { quoted.get(at..at + 16)?.try_into().ok() };
            (octet(6)?, Ipv6Addr::from(sixteen(8)?).into(), Ipv6Addr::from(sixteen(24)?).into(), 40)
        }
        _ => return None,
    };
    let two =
        |at: usize| -> Option<u16> { Some(u16::from_be_bytes(quoted.get(at..at + 2)?.try_into().ok()?)) };
    quoted.get(rest..rest + 8)?;
    let seq = match protocol {
        TCP => Some(Seq(u32::from_be_bytes(quoted.get(rest + 4..rest + 8)?.try_into().ok()?))),
        UDP => None,
        _ => return None,
    };
    let (from, to) = (SocketAddr::new(from, two(rest)?), SocketAddr::new(to, two(rest + 2)?));
    Some(Quoted { from, to, seq })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;
    use wire::{Flags, Options, Segment, UserDatagram};

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn both(from: &str, to: &str) -> [Datagram; 2] {
        let internet = Internet::between(ip(from), ip(to));
        let payload = Bytes::from_static(b"hello");
        [
            Datagram::Udp(UserDatagram {
                ip: internet,
                source_port: 7,
                destination_port: 9,
                payload: payload.clone(),
            }),
            Datagram::Tcp(Segment {
                ip: internet,
                source_port: 7,
                destination_port: 9,
                seq: Seq(0x0102_0304),
                ack: Seq(0),
                flags: Flags::ACK,
                window: 0,
                urgent: 0,
                options: Options::default(),
                payload,
            }),
        ]
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_quoted_is_found_again() {
        for (from, to) in [("10.0.0.1", "10.0.0.2"), ("fd00::1", "fd00::2")] {
            for datagram in both(from, to) {
                let message = about(&datagram, ip(to), Unreachable::Port).expect("it may be answered");
                assert_eq!((message.ip.source, message.ip.destination), (ip(to), ip(from)));
                let quoted = read(&message.quoted).expect("it is whole");
                assert_eq!(quoted.from, SocketAddr::new(ip(from), 7));
                assert_eq!(quoted.to, SocketAddr::new(ip(to), 9));
                assert_eq!(quoted.seq, datagram.segment().map(|segment| segment.seq));
                if from == "10.0.0.1" {
                    assert_eq!(checksum(&message.quoted[..20]), [0, 0], "the header's own checksum is right");
                }
                for length in 0..message.quoted.len() {
                    assert_eq!(read(&message.quoted[..length]), None, "{length} octets are too few");
                }
            }
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn nobody_answers_an_icmp_message_or_a_crowd() {
        let [udp, _] = both("10.0.0.1", "224.0.0.1");
        assert_eq!(about(&udp, ip("10.0.0.2"), Unreachable::Port), None);
        let [udp, _] = both("10.0.0.1", "10.0.0.2");
        let message = about(&udp, ip("10.0.0.2"), Unreachable::Port).expect("it may be answered");
        assert_eq!(about(&Datagram::Icmp(message), ip("10.0.0.1"), Unreachable::Port), None);
    }
}
