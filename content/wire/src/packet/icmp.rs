//! Types and codes of the ICMP errors (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1; RFC 4443).

use super::malformed::Malformed;
use super::parse::{read, value};
use crate::Unreachable;
use crate::fields::{Header, icmpv4, icmpv6};

/// Type, code and what stands in the last four octets of the header, for IPv4.
pub(super) const fn v4(what: Unreachable) -> (u8, u8, u32) {
    match what {
        Unreachable::Network => (3, 0, 0),
        Unreachable::Host => (3, 1, 0),
        Unreachable::Protocol => (3, 2, 0),
        Unreachable::Port => (3, 3, 0),
        Unreachable::TooBig { mtu } => (3, 4, mtu),
        Unreachable::Prohibited => (3, 13, 0),
        Unreachable::TimeExceeded => (11, 0, 0),
    }
}

/// The same for IPv6. An unknown protocol is a parameter problem there; the pointer names the next header's octet.
pub(super) const fn v6(what: Unreachable) -> (u8, u8, u32) {
    match what {
        Unreachable::Network => (1, 0, 0),
        Unreachable::Prohibited => (1, 1, 0),
        Unreachable::Host => (1, 3, 0),
        Unreachable::Port => (1, 4, 0),
        Unreachable::TooBig { mtu } => (2, 0, mtu),
        Unreachable::TimeExceeded => (3, 0, 0),
        Unreachable::Protocol => (4, 1, crate::fields::ipv6::NEXT_HEADER.octet() as u32),
    }
}

/// What a message says; its header is whole.
pub(super) fn meaning(octets: &[u8], at: usize, header: Header) -> Result<Unreachable, Malformed> {
    if header == Header::Icmpv4 {
        let (kind, code) = (read(&icmpv4::TYPE, octets), read(&icmpv4::CODE, octets));
        return Ok(match (kind, code) {
            (3, 0 | 6 | 11) => Unreachable::Network,
            (3, 1 | 7 | 8 | 12) => Unreachable::Host,
            (3, 2) => Unreachable::Protocol,
            (3, 3) => Unreachable::Port,
            (3, 4) => Unreachable::TooBig { mtu: read(&icmpv4::NEXT_HOP_MTU, octets) as u32 },
            (3, 9 | 10 | 13) => Unreachable::Prohibited,
            (11, 0) => Unreachable::TimeExceeded,
            (3, code) => return Err(value(&icmpv4::CODE, at, code, "0 to 4 or 6 to 13 for this type")),
            (11, code) => return Err(value(&icmpv4::CODE, at, code, "0 for this type")),
            _ => {
                return Err(value(
                    &icmpv4::TYPE,
                    at,
                    kind,
                    "3 or 11: of ICMP only errors about datagrams are read",
                ));
            }
        });
    }
    let (kind, code) = (read(&icmpv6::TYPE, octets), read(&icmpv6::CODE, octets));
    Ok(match (kind, code) {
        (1, 0) => Unreachable::Network,
        (1, 1 | 5 | 6) => Unreachable::Prohibited,
        (1, 3) => Unreachable::Host,
        (1, 4) => Unreachable::Port,
        // RFC 4443, 3.2: the code of a packet too big is ignored.
        (2, _) => Unreachable::TooBig { mtu: read(&icmpv6::PARAMETER, octets) as u32 },
        (3, 0) => Unreachable::TimeExceeded,
        (4, 1) => Unreachable::Protocol,
        (1, code) => return Err(value(&icmpv6::CODE, at, code, "0, 1 or 3 to 6 for this type")),
        (3, code) => return Err(value(&icmpv6::CODE, at, code, "0 for this type")),
        (4, code) => return Err(value(&icmpv6::CODE, at, code, "1 for this type")),
        _ => {
            return Err(value(
                &icmpv6::TYPE,
                at,
                kind,
                "1 to 4: of ICMPv6 only errors about datagrams are read",
            ));
        }
    })
}
