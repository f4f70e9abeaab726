//! A packet: any octets that may or may not be an internet datagram, and a way to read and set each field at will.
//!
//! Nothing is checked here: a wrong checksum, a data offset of 3 words, a total length that is a lie can all be said.
//! [`Packet::parse`] makes sense of the octets or says what is wrong; [`Datagram::emit`](crate::Datagram::emit) is the way back.

mod emit;
mod icmp;
mod malformed;
pub(crate) mod parse;
mod quote;

pub use emit::Unsayable;
pub use malformed::{Malformed, Must, OptionFault, WrongChecksum};
pub use quote::Quotation;

use crate::checksum::Check;
use crate::fields::{CannotSet, Field, Header, ipv4, ipv6, udp};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ops::Range;

/// The number of ICMP in an IPv4 header.
pub(crate) const ICMPV4: u8 = 1;
/// The number of TCP.
pub(crate) const TCP: u8 = 6;
/// The number of UDP.
pub(crate) const UDP: u8 = 17;
/// The number of ICMP in an IPv6 header.
pub(crate) const ICMPV6: u8 = 58;

/// Any octets, meant as an internet datagram from its first octet on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Packet(Vec<u8>);

impl From<Vec<u8>> for Packet {
    fn from(octets: Vec<u8>) -> Packet {
        Packet(octets)
    }
}

impl From<&[u8]> for Packet {
    fn from(octets: &[u8]) -> Packet {
        Packet(octets.to_vec())
    }
}

impl From<Packet> for Vec<u8> {
    fn from(packet: Packet) -> Vec<u8> {
        packet.0
    }
}

impl Packet {
    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// The octets, to be changed, cut or lengthened at will.
    pub fn octets_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    /// The internet header that the version says; `None` if it is neither 4 nor 6.
    pub fn internet(&self) -> Option<Header> {
        match ipv4::VERSION.get(&self.0)? {
            4 => Some(Header::Ipv4),
            6 => Some(Header::Ipv6),
            _ => None,
        }
    }

    /// Where a header begins, counted in octets: by the version, the IPv4 header length or the IPv6 extension headers, and the
    /// protocol. `None` where the packet has no such header, or not one octet of it.
    pub fn find(&self, header: Header) -> Option<usize> {
        match header {
            Header::Ipv4 | Header::Ipv6 => (self.internet()? == header).then_some(0),
            Header::PseudoIpv4 | Header::PseudoIpv6 => None,
            Header::Tcp | Header::Udp | Header::Icmpv4 | Header::Icmpv6 => {
                let (protocol, at) = self.carries()?;
                let carried = match (protocol, self.internet()?) {
                    (TCP, _) => Header::Tcp,
                    (UDP, _) => Header::Udp,
                    (ICMPV4, Header::Ipv4) => Header::Icmpv4,
                    (ICMPV6, Header::Ipv6) => Header::Icmpv6,
                    _ => return None,
                };
                (carried == header && at < self.0.len()).then_some(at)
            }
        }
    }

    /// A field's value; `None` where the packet has no such header or ends before the field does.
    pub fn get(&self, field: &Field) -> Option<u128> {
        field.get(&self.0[self.find(field.header)?..])
    }

    /// Sets a field, and nothing else: lengths and checksums stay as they are.
    ///
    /// # Errors
    /// Where the packet has no such header or ends before the field does, and where the value is wider than the field.
    pub fn set(&mut self, field: &Field, value: u128) -> Result<(), CannotSet> {
        let at = self.find(field.header).ok_or(CannotSet::NoRoom(field.name))?;
        field.set(&mut self.0[at..], value)
    }

    /// Computes the checksums of all headers anew, after a field was set.
    pub fn renew_checksums(&mut self) {
        for header in [Header::Ipv4, Header::Tcp, Header::Udp, Header::Icmpv4, Header::Icmpv6] {
            if let (Some(check), Some(field)) = (Check::of(self, header), header.checksum()) {
                self.set(field, check.checksum.into()).expect("the check has read this field");
            }
        }
    }

    /// Source and destination address; `None` where they are not whole.
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        let address = |field: &Field| {
            let bits = self.get(field)?;
            Some(match field.header {
                Header::Ipv4 => IpAddr::V4(Ipv4Addr::from_bits(bits as u32)),
                _ => IpAddr::V6(Ipv6Addr::from_bits(bits)),
            })
        };
        let (source, destination) = match self.internet()? {
            Header::Ipv4 => (&ipv4::SOURCE, &ipv4::DESTINATION),
            _ => (&ipv6::SOURCE, &ipv6::DESTINATION),
        };
        Some((address(source)?, address(destination)?))
    }

    /// The number of what it carries, past extension headers.
    pub(crate) fn protocol(&self) -> Option<u8> {
        self.carries().map(|(protocol, _)| protocol)
    }

    /// How long the IPv4 header says it is, or 40 octets for IPv6.
    pub(crate) fn internet_header_length(&self) -> Option<usize> {
        match self.internet()? {
            Header::Ipv4 => ipv4::IHL.get(&self.0).map(|words| 4 * words as usize),
            _ => Some(Header::Ipv6.length()),
        }
    }

    /// What follows the internet header, up to where the lengths say it ends, or to the end where they are nonsense.
    pub(crate) fn carried(&self) -> Option<&[u8]> {
        let range = self.carried_range()?;
        self.0.get(range)
    }

    /// Where what follows the internet header lies: up to where the lengths say it ends, or to the end where they are nonsense. `None`
    /// for a later fragment, and where the internet header is not whole.
    pub fn carried_range(&self) -> Option<Range<usize>> {
        let (protocol, at) = self.carries()?;
        let said = match self.internet()? {
            Header::Ipv4 => ipv4::TOTAL_LENGTH.get(&self.0)? as usize,
            _ => ipv6::PAYLOAD_LENGTH.get(&self.0)? as usize + Header::Ipv6.length(),
        };
        let mut end = if (at..self.0.len()).contains(&said) { said } else { self.0.len() };
        if protocol == UDP {
            let said = udp::LENGTH.get(self.0.get(at..end)?).unwrap_or(0) as usize;
            if (Header::Udp.length()..=end - at).contains(&said) {
                end = at + said;
            }
        }
        Some(at..end)
    }

    /// What it carries, by its number, and where that begins.
    fn carries(&self) -> Option<(u8, usize)> {
        match self.internet()? {
            // A later fragment begins in the middle of what is carried.
            Header::Ipv4 if ipv4::FRAGMENT_OFFSET.get(&self.0)? != 0 => None,
            Header::Ipv4 => Some((ipv4::PROTOCOL.get(&self.0)? as u8, self.internet_header_length()?)),
            _ => parse::after_extensions(&self.0).ok(),
        }
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
pub(crate) mod arbitrary;
#[cfg(test)]
mod tests;
