//! From sense to octets: lengths, offsets and checksums are computed.

use super::{ICMPV4, ICMPV6, Packet, TCP, UDP, icmp};
use crate::fields::{CannotSet, Field, Header, icmpv4, icmpv6, ipv4, ipv6, tcp, udp};
use crate::{Datagram, IcmpMessage, Internet, Segment, UserDatagram};
use core::fmt;
use core::net::IpAddr;

/// Why a datagram cannot be written as octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsayable {
    /// One address is of IPv4 and the other of IPv6.
    Families,
    /// A field is too narrow for its value: mostly a length of more than 65535 octets, or a code point above 63.
    Field(CannotSet),
}

impl From<CannotSet> for Unsayable {
    fn from(fault: CannotSet) -> Unsayable {
        Unsayable::Field(fault)
    }
}

impl fmt::Display for Unsayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsayable::Families => f.write_str("one address is of IPv4 and the other of IPv6"),
            Unsayable::Field(fault) => fault.fmt(f),
        }
    }
}

impl core::error::Error for Unsayable {}

impl Datagram {
    /// The octets, with the right lengths and checksums. Over IPv6 `identification` and `dont_fragment` have no field and are
    /// not written; the flow label is 0.
    ///
    /// # Errors
    /// When the addresses are of two families, or a value is too large for its field: more than 65535 octets in all (IPv6:
    /// after the header), a code point above 63, an MTU above 65535 in an ICMP message over IPv4.
    pub fn emit(&self) -> Result<Packet, Unsayable> {
        let mut carried = match self {
            Datagram::Tcp(segment) => tcp_octets(segment)?,
            Datagram::Udp(datagram) => udp_octets(datagram)?,
            Datagram::Icmp(message) => icmp_octets(message)?,
        };
        let protocol = match (self, self.ip().source) {
            (Datagram::Tcp(_), _) => TCP,
            (Datagram::Udp(_), _) => UDP,
            (Datagram::Icmp(_), IpAddr::V4(_)) => ICMPV4,
            (Datagram::Icmp(_), IpAddr::V6(_)) => ICMPV6,
        };
        let mut octets = internet_octets(self.ip(), protocol, carried.len())?;
        octets.append(&mut carried);
        let mut packet = Packet(octets);
        packet.renew_checksums();
        Ok(packet)
    }
}

fn write(header: &mut [u8], values: &[(&Field, u128)]) -> Result<(), CannotSet> {
    values.iter().try_for_each(|(field, value)| field.set(header, *value))
}

fn internet_octets(ip: &Internet, protocol: u8, length: usize) -> Result<Vec<u8>, Unsayable> {
    let mut header = Vec::with_capacity(ip.header_length() + length);
    header.resize(ip.header_length(), 0);
    match (ip.source, ip.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => write(
            &mut header,
            &[
                (&ipv4::VERSION, 4),
                (&ipv4::IHL, Header::Ipv4.length() as u128 / 4),
                (&ipv4::DSCP, ip.dscp.into()),
                (&ipv4::ECN, ip.ecn.bits().into()),
                (&ipv4::TOTAL_LENGTH, (Header::Ipv4.length() + length) as u128),
                (&ipv4::IDENTIFICATION, ip.identification.into()),
                (&ipv4::DONT_FRAGMENT, ip.dont_fragment.into()),
                (&ipv4::TIME_TO_LIVE, ip.ttl.into()),
                (&ipv4::PROTOCOL, protocol.into()),
                (&ipv4::SOURCE, source.to_bits().into()),
                (&ipv4::DESTINATION, destination.to_bits().into()),
            ],
        )?,
        (IpAddr::V6(source), IpAddr::V6(destination)) => write(
            &mut header,
            &[
                (&ipv6::VERSION, 6),
                (&ipv6::DSCP, ip.dscp.into()),
                (&ipv6::ECN, ip.ecn.bits().into()),
                (&ipv6::PAYLOAD_LENGTH, length as u128),
                (&ipv6::NEXT_HEADER, protocol.into()),
                (&ipv6::HOP_LIMIT, ip.ttl.into()),
                (&ipv6::SOURCE, source.to_bits()),
                (&ipv6::DESTINATION, destination.to_bits()),
            ],
        )?,
        _ => return Err(Unsayable::Families),
    }
    Ok(header)
}

fn tcp_octets(segment: &Segment) -> Result<Vec<u8>, CannotSet> {
    let length = segment.header_length();
    let mut octets = vec![0; length];
    write(
        &mut octets,
        &[
            (&tcp::SOURCE_PORT, segment.source_port.into()),
            (&tcp::DESTINATION_PORT, segment.destination_port.into()),
            (&tcp::SEQUENCE_NUMBER, segment.seq.0.into()),
            (&tcp::ACKNOWLEDGMENT_NUMBER, segment.ack.0.into()),
            (&tcp::DATA_OFFSET, length as u128 / 4),
            (&tcp::FLAGS, segment.flags.bits().into()),
            (&tcp::WINDOW, segment.window.into()),
            (&tcp::URGENT_POINTER, segment.urgent.into()),
        ],
    )?;
    let options = segment.options.octets();
    octets[Header::Tcp.length()..][..options.len()].copy_from_slice(options);
    octets.extend_from_slice(&segment.payload);
    Ok(octets)
}

fn udp_octets(datagram: &UserDatagram) -> Result<Vec<u8>, CannotSet> {
    let mut octets = vec![0; Header::Udp.length()];
    write(
        &mut octets,
        &[
            (&udp::SOURCE_PORT, datagram.source_port.into()),
            (&udp::DESTINATION_PORT, datagram.destination_port.into()),
            (&udp::LENGTH, (Header::Udp.length() + datagram.payload.len()) as u128),
        ],
    )?;
    octets.extend_from_slice(&datagram.payload);
    Ok(octets)
}

fn icmp_octets(message: &IcmpMessage) -> Result<Vec<u8>, CannotSet> {
    let mut octets = vec![0; Header::Icmpv4.length()];
    match message.ip.source {
        IpAddr::V4(_) => {
            let (kind, code, rest) = icmp::v4(message.what);
            let values = [
                (&icmpv4::TYPE, kind.into()),
                (&icmpv4::CODE, code.into()),
                (&icmpv4::NEXT_HOP_MTU, rest.into()),
            ];
            write(&mut octets, &values)?;
        }
        IpAddr::V6(_) => {
            let (kind, code, rest) = icmp::v6(message.what);
            let values = [
                (&icmpv6::TYPE, kind.into()),
                (&icmpv6::CODE, code.into()),
                (&icmpv6::PARAMETER, rest.into()),
            ];
            write(&mut octets, &values)?;
        }
    }
    octets.extend_from_slice(&message.quoted);
    Ok(octets)
}
