//! From octets to sense: lengths first, then what they enclose, then the checksums.

use super::icmp;
use super::malformed::{Malformed, Must, WrongChecksum};
use super::{ICMPV4, ICMPV6, Packet, TCP, UDP};
use crate::checksum::Check;
use crate::fields::{Field, Header, ipv4, ipv6, tcp, udp};
use crate::{Datagram, Ecn, Flags, IcmpMessage, Internet, Options, Segment, Seq, UserDatagram};
use bytes::Bytes;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

impl Packet {
    /// What the octets say. Octets after the datagram's own end are ignored, since links pad short ones. IPv4 options and IPv6
    /// extension headers are skipped; the flow label and reserved bits of the internet header are not kept.
    ///
    /// # Errors
    /// The first field that cannot be, or the first checksum that is wrong; a fragment, which is not a whole datagram; and
    /// whatever carries neither TCP nor UDP nor one of the ICMP errors.
    pub fn parse(&self) -> Result<Datagram, Malformed> {
        match self.parse_captured()? {
            (datagram, wrong) if wrong.is_empty() => Ok(datagram),
            (_, wrong) => Err(Malformed::Checksum(wrong[0])),
        }
    }

    /// As [`Packet::parse`], but wrong checksums are only reported: a host that leaves checksums to its network adapter
    /// captures what it sends before they are computed.
    ///
    /// # Errors
    /// As [`Packet::parse`], checksums apart.
    pub fn parse_captured(&self) -> Result<(Datagram, Vec<WrongChecksum>), Malformed> {
        let (ip, protocol, at, end) = internet(self.octets())?;
        let carried = &self.octets()[at..end];
        let (carried_header, datagram) = match (protocol, ip.source) {
            (TCP, _) => (Header::Tcp, Datagram::Tcp(segment(ip, carried, at)?)),
            (UDP, _) => (Header::Udp, Datagram::Udp(user_datagram(ip, carried, at)?)),
            (ICMPV4, IpAddr::V4(_)) => {
                (Header::Icmpv4, Datagram::Icmp(message(ip, carried, at, Header::Icmpv4)?))
            }
            (ICMPV6, IpAddr::V6(_)) => {
                (Header::Icmpv6, Datagram::Icmp(message(ip, carried, at, Header::Icmpv6)?))
            }
            (_, IpAddr::V4(_)) => {
                return Err(value(&ipv4::PROTOCOL, 0, protocol, "1 (ICMP), 6 (TCP) or 17 (UDP)"));
            }
            (_, IpAddr::V6(_)) => {
                return Err(value(
                    &ipv6::NEXT_HEADER,
                    0,
                    protocol,
                    "6 (TCP), 17 (UDP) or 58 (ICMPv6) in the end",
                ));
            }
        };
        let wrong = [(Header::Ipv4, 0), (carried_header, at)].into_iter().filter_map(|(header, at)| {
            let (check, field) = (Check::of(self, header)?, header.checksum()?);
            let Check { present, checksum: computed, right } = check;
            (!right).then_some(WrongChecksum { field, at: at + field.octet(), present, computed })
        });
        Ok((datagram, wrong.collect()))
    }
}

/// A field that holds what it must not; `at` is where its header begins.
pub(super) fn value(
    field: &'static Field,
    at: usize,
    value: impl Into<u128>,
    must: &'static str,
) -> Malformed {
    Malformed::Value { field, at: at + field.octet(), value: value.into(), must: Must::Be(must) }
}

fn between(field: &'static Field, at: usize, value: u128, least: usize, most: usize) -> Malformed {
    Malformed::Value {
        field,
        at: at + field.octet(),
        value,
        must: Must::Between(least as u128, most as u128),
    }
}

/// The first octets of a header, as many as it has at least.
pub(super) fn whole(octets: &[u8], header: Header, at: usize, needed: usize) -> Result<(), Malformed> {
    if octets.len() < needed {
        return Err(Malformed::Truncated { header, at, present: octets.len(), needed });
    }
    Ok(())
}

/// A field of a header that is known to be whole.
pub(super) fn read(field: &Field, header: &[u8]) -> u128 {
    field.get(header).expect("the header's length was checked")
}

/// The internet header, what it carries by its number, and where that begins and ends.
fn internet(octets: &[u8]) -> Result<(Internet, u8, usize, usize), Malformed> {
    let version = ipv4::VERSION.get(octets).ok_or(Malformed::Empty)?;
    let (ip, protocol, at) = internet_header(octets)?;
    let end = if version == 4 {
        let total = read(&ipv4::TOTAL_LENGTH, octets);
        if !(at..=octets.len()).contains(&(total as usize)) {
            return Err(between(&ipv4::TOTAL_LENGTH, 0, total, at, octets.len()));
        }
        if ipv4::MORE_FRAGMENTS.get(octets) == Some(1) {
            return Err(value(&ipv4::MORE_FRAGMENTS, 0, 1u8, NO_FRAGMENT));
        }
        let offset = read(&ipv4::FRAGMENT_OFFSET, octets);
        if offset != 0 {
            return Err(value(&ipv4::FRAGMENT_OFFSET, 0, offset, NO_FRAGMENT));
        }
        total as usize
    } else {
        let length = read(&ipv6::PAYLOAD_LENGTH, octets);
        let (least, most) = (at - Header::Ipv6.length(), octets.len() - Header::Ipv6.length());
        if !(least..=most).contains(&(length as usize)) {
            return Err(between(&ipv6::PAYLOAD_LENGTH, 0, length, least, most));
        }
        length as usize + Header::Ipv6.length()
    };
    Ok((ip, protocol, at, end))
}

const NO_FRAGMENT: &str = "0: this is a fragment, and only whole datagrams are read";

/// The internet header alone, whatever lengths it says: what an ICMP message quotes is cut off.
pub(super) fn internet_header(octets: &[u8]) -> Result<(Internet, u8, usize), Malformed> {
    match ipv4::VERSION.get(octets).ok_or(Malformed::Empty)? {
        4 => {
            whole(octets, Header::Ipv4, 0, Header::Ipv4.length())?;
            let words = read(&ipv4::IHL, octets);
            if words < 5 {
                return Err(between(&ipv4::IHL, 0, words, 5, 15));
            }
            let at = 4 * words as usize;
            whole(octets, Header::Ipv4, 0, at)?;
            let address = |field| IpAddr::V4(Ipv4Addr::from_bits(read(field, octets) as u32));
            let ip = Internet {
                source: address(&ipv4::SOURCE),
                destination: address(&ipv4::DESTINATION),
                ttl: read(&ipv4::TIME_TO_LIVE, octets) as u8,
                dscp: read(&ipv4::DSCP, octets) as u8,
                ecn: Ecn::from_bits(read(&ipv4::ECN, octets) as u8),
                identification: read(&ipv4::IDENTIFICATION, octets) as u16,
                dont_fragment: read(&ipv4::DONT_FRAGMENT, octets) == 1,
            };
            Ok((ip, read(&ipv4::PROTOCOL, octets) as u8, at))
        }
        6 => {
            whole(octets, Header::Ipv6, 0, Header::Ipv6.length())?;
            let address = |field| IpAddr::V6(Ipv6Addr::from_bits(read(field, octets)));
            let ip = Internet {
                source: address(&ipv6::SOURCE),
                destination: address(&ipv6::DESTINATION),
                ttl: read(&ipv6::HOP_LIMIT, octets) as u8,
                dscp: read(&ipv6::DSCP, octets) as u8,
                ecn: Ecn::from_bits(read(&ipv6::ECN, octets) as u8),
                identification: 0,
                dont_fragment: true,
            };
            let (protocol, at) = after_extensions(octets)?;
            Ok((ip, protocol, at))
        }
        version => Err(value(&ipv4::VERSION, 0, version, "4 or 6")),
    }
}

/// What an IPv6 packet carries after its extension headers, and where that begins (RFC 8200, 4).
pub(crate) fn after_extensions(octets: &[u8]) -> Result<(u8, usize), Malformed> {
    const HOP_BY_HOP: u8 = 0;
    const ROUTING: u8 = 43;
    const FRAGMENT: u8 = 44;
    const AUTHENTICATION: u8 = 51;
    const DESTINATION_OPTIONS: u8 = 60;
    whole(octets, Header::Ipv6, 0, Header::Ipv6.length())?;
    let mut kind = read(&ipv6::NEXT_HEADER, octets) as u8;
    let mut at = Header::Ipv6.length();
    loop {
        if !matches!(kind, HOP_BY_HOP | ROUTING | FRAGMENT | AUTHENTICATION | DESTINATION_OPTIONS) {
            return Ok((kind, at));
        }
        // Each is 8 octets at least, begins with what follows it, and then says its length.
        let present = octets.len() - at;
        let truncated = |needed| Malformed::Truncated { header: Header::Ipv6, at, present, needed };
        let first = octets[at..].first_chunk::<8>().ok_or(truncated(8))?;
        let length = match kind {
            FRAGMENT => 8,
            AUTHENTICATION => 4 * (usize::from(first[1]) + 2),
            _ => 8 * (usize::from(first[1]) + 1),
        };
        if kind == FRAGMENT && (first[2] != 0 || first[3] & 0xf9 != 0) {
            return Err(Malformed::Value {
                field: &ipv6::NEXT_HEADER,
                at,
                value: FRAGMENT.into(),
                must: Must::Be("no fragment header: this is a fragment, and only whole datagrams are read"),
            });
        }
        if kind == ROUTING && first[3] != 0 {
            return Err(Malformed::Value {
                field: &ipv6::NEXT_HEADER,
                at,
                value: ROUTING.into(),
                must: Must::Be(
                    "a routing header without segments left: else the last address is not in the IPv6 header",
                ),
            });
        }
        if present < length {
            return Err(truncated(length));
        }
        kind = first[0];
        at += length;
    }
}

fn segment(ip: Internet, octets: &[u8], at: usize) -> Result<Segment, Malformed> {
    whole(octets, Header::Tcp, at, Header::Tcp.length())?;
    let words = read(&tcp::DATA_OFFSET, octets);
    if words < 5 {
        return Err(between(&tcp::DATA_OFFSET, at, words, 5, 15));
    }
    let length = 4 * words as usize;
    whole(octets, Header::Tcp, at, length)?;
    let options =
        Options::from_octets(&octets[Header::Tcp.length()..length]).map_err(|(kind, offset, why)| {
            Malformed::Option { kind, at: at + Header::Tcp.length() + offset, why }
        })?;
    Ok(Segment {
        ip,
        source_port: read(&tcp::SOURCE_PORT, octets) as u16,
        destination_port: read(&tcp::DESTINATION_PORT, octets) as u16,
        seq: Seq(read(&tcp::SEQUENCE_NUMBER, octets) as u32),
        ack: Seq(read(&tcp::ACKNOWLEDGMENT_NUMBER, octets) as u32),
        flags: Flags::from_bits(read(&tcp::FLAGS, octets) as u16),
        window: read(&tcp::WINDOW, octets) as u16,
        urgent: read(&tcp::URGENT_POINTER, octets) as u16,
        options,
        payload: Bytes::copy_from_slice(&octets[length..]),
    })
}

fn user_datagram(ip: Internet, octets: &[u8], at: usize) -> Result<UserDatagram, Malformed> {
    whole(octets, Header::Udp, at, Header::Udp.length())?;
    let length = read(&udp::LENGTH, octets);
    if !(Header::Udp.length()..=octets.len()).contains(&(length as usize)) {
        return Err(between(&udp::LENGTH, at, length, Header::Udp.length(), octets.len()));
    }
    Ok(UserDatagram {
        ip,
        source_port: read(&udp::SOURCE_PORT, octets) as u16,
        destination_port: read(&udp::DESTINATION_PORT, octets) as u16,
        payload: Bytes::copy_from_slice(&octets[Header::Udp.length()..length as usize]),
    })
}

fn message(ip: Internet, octets: &[u8], at: usize, header: Header) -> Result<IcmpMessage, Malformed> {
    whole(octets, header, at, header.length())?;
    let what = icmp::meaning(octets, at, header)?;
    Ok(IcmpMessage { ip, what, quoted: Bytes::copy_from_slice(&octets[header.length()..]) })
}
