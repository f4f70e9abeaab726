//! Internet datagrams as sense: what a host says to another, without lengths, offsets and checksums, which follow from it.

use crate::{Flags, Options, Seq};
use bytes::Bytes;
use core::net::IpAddr;

/// One internet datagram, IPv4 (RFC 791) or IPv6 (RFC 8200), with what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datagram {
    /// A TCP segment.
    Tcp(Segment),
    /// A UDP datagram.
    Udp(UserDatagram),
    /// An ICMP message.
    Icmp(IcmpMessage),
}

/// What the internet header says. Both addresses are of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Internet {
    /// The source address.
    pub source: IpAddr,
    /// The destination address.
    pub destination: IpAddr,
    /// Time to live (IPv4) or hop limit (IPv6), in hops.
    pub ttl: u8,
    /// Differentiated services code point, 0 to 63 (RFC 2474).
    pub dscp: u8,
    /// The ECN field (RFC 3168, 5).
    pub ecn: Ecn,
    /// IPv4's identification; 0 for IPv6.
    pub identification: u16,
    /// IPv4's DF; IPv6's routers never fragment, so it is always set there.
    pub dont_fragment: bool,
}

/// The ECN field's four code points (RFC 3168, 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ecn {
    /// 00: not ECN-capable.
    #[default]
    NotCapable,
    /// 01: ECT(1).
    Capable1,
    /// 10: ECT(0).
    Capable0,
    /// 11: a router met congestion.
    CongestionExperienced,
}

/// A TCP segment in its datagram (RFC 9293, 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The internet header.
    pub ip: Internet,
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
    /// SEG.SEQ: the number of the first octet, or of the SYN.
    pub seq: Seq,
    /// SEG.ACK: the next number that the sender expects; counts only with ACK set.
    pub ack: Seq,
    /// The control bits.
    pub flags: Flags,
    /// SEG.WND as it stands in the header: octets shifted right by the window scale.
    pub window: u16,
    /// The urgent pointer; counts only with URG set.
    pub urgent: u16,
    /// The options.
    pub options: Options,
    /// The data.
    pub payload: Bytes,
}

/// A UDP datagram in its internet datagram (RFC 768).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDatagram {
    /// The internet header.
    pub ip: Internet,
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
    /// The data.
    pub payload: Bytes,
}

/// An ICMP message in its internet datagram (RFC 792, RFC 4443).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IcmpMessage {
    /// The internet header.
    pub ip: Internet,
    /// What became of a datagram.
    pub what: Unreachable,
    /// The beginning of that datagram: its internet header and at least 8 octets of what it carried.
    pub quoted: Bytes,
}

/// The ICMP messages that TCP and UDP react to (RFC 1122, 4.2.3.9; RFC 5461).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unreachable {
    /// No route to the network.
    Network,
    /// No route to the host.
    Host,
    /// The host does not speak the protocol.
    Protocol,
    /// Nobody has the port.
    Port,
    /// The datagram is larger than the next link takes (RFC 1191, RFC 8201).
    TooBig {
        /// What that link takes, in octets.
        mtu: u32,
    },
    /// A filter forbids it.
    Prohibited,
    /// The time to live ran out on the way.
    TimeExceeded,
}

impl Datagram {
    /// The internet header.
    pub const fn ip(&self) -> &Internet {
        match self {
            Datagram::Tcp(Segment { ip, .. })
            | Datagram::Udp(UserDatagram { ip, .. })
            | Datagram::Icmp(IcmpMessage { ip, .. }) => ip,
        }
    }

    /// As [`Datagram::ip`], to be changed.
    pub const fn ip_mut(&mut self) -> &mut Internet {
        match self {
            Datagram::Tcp(Segment { ip, .. })
            | Datagram::Udp(UserDatagram { ip, .. })
            | Datagram::Icmp(IcmpMessage { ip, .. }) => ip,
        }
    }

    /// How many octets it is on the wire, from the internet header on.
    pub fn length(&self) -> usize {
        self.ip().header_length()
            + match self {
                Datagram::Tcp(segment) => segment.header_length() + segment.payload.len(),
                Datagram::Udp(datagram) => 8 + datagram.payload.len(),
                Datagram::Icmp(message) => 8 + message.quoted.len(),
            }
    }

    /// The segment, if it carries one.
    pub const fn segment(&self) -> Option<&Segment> {
        match self {
            Datagram::Tcp(segment) => Some(segment),
            _ => None,
        }
    }
}

impl Internet {
    /// From one address to another, with what hosts commonly set: 64 hops, no fragmentation.
    pub const fn between(source: IpAddr, destination: IpAddr) -> Internet {
        Internet {
            source,
            destination,
            ttl: 64,
            dscp: 0,
            ecn: Ecn::NotCapable,
            identification: 0,
            dont_fragment: true,
        }
    }

    /// 20 octets for IPv4 (no options), 40 for IPv6.
    pub const fn header_length(&self) -> usize {
        match self.source {
            IpAddr::V4(_) => 20,
            IpAddr::V6(_) => 40,
        }
    }
}

impl Ecn {
    /// The two bits.
    pub const fn bits(self) -> u8 {
        match self {
            Ecn::NotCapable => 0b00,
            Ecn::Capable1 => 0b01,
            Ecn::Capable0 => 0b10,
            Ecn::CongestionExperienced => 0b11,
        }
    }

    /// By the two lowest bits.
    pub const fn from_bits(bits: u8) -> Ecn {
        match bits & 0b11 {
            0b00 => Ecn::NotCapable,
            0b01 => Ecn::Capable1,
            0b10 => Ecn::Capable0,
            _ => Ecn::CongestionExperienced,
        }
    }
}

impl Segment {
    /// How many sequence numbers it takes: its data, and one each for SYN and FIN (RFC 9293, 3.4: SEG.LEN).
    pub fn sequence_length(&self) -> u32 {
        self.payload.len() as u32 + u32::from(self.flags.syn()) + u32::from(self.flags.fin())
    }

    /// The number after its last.
    pub fn end(&self) -> Seq {
        self.seq + self.sequence_length()
    }

    /// The TCP header's length in octets, 20 to 60.
    pub const fn header_length(&self) -> usize {
        20 + self.options.padded_length()
    }
}
