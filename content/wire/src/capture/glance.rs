//! What the headers of a captured packet say at a glance: enough to count it and to tell whose it is, without looking at options,
//! checksums or data. It also serves where a capture was limited to the first octets of each packet.

use crate::packet::parse::after_extensions;
use crate::{Flags, Seq};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The source address.
    pub source: IpAddr,
    /// The destination address.
    pub destination: IpAddr,
    /// IPv4's identification; 0 for IPv6.
    pub identification: u16,
    /// What the packet carries.
    pub carried: Carried,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// A TCP segment.
    Tcp(TcpGlance),
    /// A UDP datagram.
    Udp,
    /// ICMP or ICMPv6.
    Icmp,
    /// A part of a datagram, the first part or a later one.
    Fragment,
    /// Another protocol, by its number.
    Other(u8),
    /// It was cut off before it could be told.
    CutOff,
}

/// What a TCP header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpGlance {
    /// The source port.
    pub source_port: u16,
    /// The destination port.
    pub destination_port: u16,
    /// SEG.SEQ.
    pub seq: Seq,
    /// SEG.ACK.
    pub ack: Seq,
    /// The control bits.
    pub flags: Flags,
    /// How many octets of data there were, whether they were captured or not.
    pub data: u32,
}

impl TcpGlance {
    /// SEG.LEN: data, and one each for SYN and FIN.
    pub fn sequence_length(&self) -> u32 {
        self.data + u32::from(self.flags.syn()) + u32::from(self.flags.fin())
    }
}

/// Looks at a packet of `length` octets of which these were captured; `None` if its internet header is not whole or not one.
pub fn glance(octets: &[u8], length: usize) -> Option<Glance> {
    match octets.first()? >> 4 {
        4 => {
            let header = octets.first_chunk::<20>()?;
            let word = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
            let address = |at: usize| {
                IpAddr::V4(Ipv4Addr::new(header[at], header[at + 1], header[at + 2], header[at + 3]))
            };
            let starts = 4 * usize::from(header[0] & 0x0f);
            // A host whose network adapter cuts large segments captures them with a total length of 0.
            let ends = match usize::from(word(2)) {
                0 => length,
                total => total.min(length),
            };
            let is_fragment = word(6) & 0x3fff != 0;
            let carried = if starts < 20 {
                Carried::CutOff
            } else if is_fragment {
                Carried::Fragment
            } else {
                carried(header[9], octets, starts, ends)
            };
            Some(Glance { source: address(12), destination: address(16), identification: word(4), carried })
        }
        6 => {
            let header = octets.first_chunk::<40>()?;
            let address =
                |at: usize| Some(IpAddr::V6(Ipv6Addr::from(*header.get(at..)?.first_chunk::<16>()?)));
            let said = 40 + usize::from(u16::from_be_bytes([header[4], header[5]]));
            let ends = if said == 40 { length } else { said.min(length) };
            let carried = match (after_extensions(octets), header[6]) {
                (Ok((protocol, starts)), _) => carried(protocol, octets, starts, ends),
                (Err(_), 44) => Carried::Fragment,
                (Err(_), _) => Carried::CutOff,
            };
            Some(Glance { source: address(8)?, destination: address(24)?, identification: 0, carried })
        }
        _ => None,
    }
}

fn carried(protocol: u8, octets: &[u8], starts: usize, ends: usize) -> Carried {
    match protocol {
        crate::packet::TCP => tcp(octets, starts, ends).map_or(Carried::CutOff, Carried::Tcp),
        crate::packet::UDP => Carried::Udp,
        crate::packet::ICMPV4 | crate::packet::ICMPV6 => Carried::Icmp,
        other => Carried::Other(other),
    }
}

/// The first 14 octets of a TCP header are enough.
fn tcp(octets: &[u8], starts: usize, ends: usize) -> Option<TcpGlance> {
    let header = octets.get(starts..)?.first_chunk::<14>()?;
    let port = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let number =
        |at: usize| Seq(u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
    let data_at = starts + 4 * usize::from(header[12] >> 4);
    Some(TcpGlance {
        source_port: port(0),
        destination_port: port(2),
        seq: number(4),
        ack: number(8),
        flags: Flags::from_bits(port(12) & 0x0fff),
        data: ends.saturating_sub(data_at) as u32,
    })
}
