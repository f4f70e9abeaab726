//! The datagram that an ICMP message is about: quoted by who reports, and read by who sent it, to find the socket.

use super::malformed::Malformed;
use super::parse::{internet_header, read, value, whole};
use super::{TCP, UDP};
use crate::fields::{Header, ipv4, ipv6, tcp, udp};
use crate::{Datagram, IcmpMessage, Seq};
use bytes::Bytes;
use core::net::{IpAddr, SocketAddr};

/// Whom a quoted datagram was from and for. Of TCP's header only the first 8 octets are sure to be quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quotation {
    /// Address and port of who sent the quoted datagram, and so of who is told.
    pub source: SocketAddr,
    /// Address and port of whom it was for.
    pub destination: SocketAddr,
    /// The sequence number of a TCP segment; `None` for UDP.
    pub seq: Option<Seq>,
}

impl IcmpMessage {
    /// What the quoted octets say. The datagram's length and its checksums are not looked at: the quotation is cut off, and
    /// routers changed the datagram on its way. Offsets in the error count from the quotation's first octet.
    ///
    /// # Errors
    /// When the quotation has no whole internet header and 8 octets of TCP or UDP.
    pub fn quotation(&self) -> Result<Quotation, Malformed> {
        const QUOTED_AT_LEAST: usize = 8;
        let (ip, protocol, at) = internet_header(&self.quoted)?;
        let octets = &self.quoted[at..];
        let (header, source_port, destination_port) = match (protocol, ip.source) {
            (TCP, _) => (Header::Tcp, &tcp::SOURCE_PORT, &tcp::DESTINATION_PORT),
            (UDP, _) => (Header::Udp, &udp::SOURCE_PORT, &udp::DESTINATION_PORT),
            (_, IpAddr::V4(_)) => return Err(value(&ipv4::PROTOCOL, 0, protocol, "6 (TCP) or 17 (UDP)")),
            (_, IpAddr::V6(_)) => {
                return Err(value(&ipv6::NEXT_HEADER, 0, protocol, "6 (TCP) or 17 (UDP) in the end"));
            }
        };
        whole(octets, header, at, QUOTED_AT_LEAST)?;
        Ok(Quotation {
            source: SocketAddr::new(ip.source, read(source_port, octets) as u16),
            destination: SocketAddr::new(ip.destination, read(destination_port, octets) as u16),
            seq: (header == Header::Tcp).then(|| Seq(read(&tcp::SEQUENCE_NUMBER, octets) as u32)),
        })
    }
}

impl Datagram {
    /// Its beginning, as an ICMP message about it quotes it: as much as fits with the message into 576 octets over IPv4
    /// (RFC 1812, 4.3.2.3) and into 1280 over IPv6 (RFC 4443, 2.4). Nothing where the datagram cannot be written as octets.
    pub fn quote(&self) -> Bytes {
        let most = match self.ip().source {
            IpAddr::V4(_) => 576 - Header::Ipv4.length() - Header::Icmpv4.length(),
            IpAddr::V6(_) => 1280 - Header::Ipv6.length() - Header::Icmpv6.length(),
        };
        let mut octets = self.emit().map(Vec::from).unwrap_or_default();
        octets.truncate(most);
        octets.into()
    }
}
