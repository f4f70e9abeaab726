//! The Internet checksum (RFC 1071): the complement of the one's complement sum of 16-bit words, as TCP, UDP, ICMP and IPv4
//! use it; and the same computation word by word, to be shown.
//!
//! ```text
//!   sum:  0000 + c000 = 0c000            the words one after the other
//!         c000 + 4a02 = 10a02 -> 0a03    what runs over at the left is added at the right
//!   checksum: not 0a03 = f5fc            and so the sum over everything, checksum included, is ffff
//! ```

use crate::Packet;
use crate::fields::{self, Field, Header, pseudo};
use core::net::IpAddr;

/// A one's complement sum that is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum(u64);

impl Sum {
    /// The sum with octets added as 16-bit words. An odd last octet counts as the high half of a word, so only the last piece of what is
    /// summed may have an odd length.
    #[must_use]
    pub fn with(self, octets: &[u8]) -> Sum {
        let (words, rest) = octets.as_chunks::<2>();
        let sum: u64 = words.iter().map(|word| u64::from(u16::from_be_bytes(*word))).sum();
        let last = rest.first().map_or(0, |octet| u64::from(*octet) << 8);
        Sum(self.0 + sum + last)
    }

    /// The sum, with what runs over added at the right.
    pub const fn folded(self) -> u16 {
        let mut sum = self.0;
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum as u16
    }

    /// The complement: what a checksum field holds. Zero for a piece whose checksum is right.
    pub const fn complement(self) -> u16 {
        !self.folded()
    }
}

/// The checksum of one piece: for IPv4's header and for ICMP over IPv4.
pub fn of(octets: &[u8]) -> u16 {
    Sum::default().with(octets).complement()
}

/// The checksum with a pseudo-header: for TCP, UDP and ICMPv6. `octets` is header and data.
///
/// The addresses are of one family; where they are not, both are taken as IPv6 addresses.
pub fn with_pseudo_header(source: IpAddr, destination: IpAddr, protocol: u8, octets: &[u8]) -> u16 {
    let (_, pseudo) = pseudo_header(source, destination, protocol, octets.len());
    Sum::default().with(&pseudo).with(octets).complement()
}

/// The pseudo-header's octets.
fn pseudo_header(source: IpAddr, destination: IpAddr, protocol: u8, length: usize) -> (Header, Vec<u8>) {
    let wide = |address| match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    };
    let (protocol, length) = (u128::from(protocol), length as u128);
    let (header, values): (_, [(&Field, u128); 4]) = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => (
            Header::PseudoIpv4,
            [
                (&pseudo::v4::SOURCE, source.to_bits().into()),
                (&pseudo::v4::DESTINATION, destination.to_bits().into()),
                (&pseudo::v4::PROTOCOL, protocol),
                (&pseudo::v4::LENGTH, length & pseudo::v4::LENGTH.most()),
            ],
        ),
        _ => (
            Header::PseudoIpv6,
            [
                (&pseudo::v6::SOURCE, wide(source)),
                (&pseudo::v6::DESTINATION, wide(destination)),
                (&pseudo::v6::NEXT_HEADER, protocol),
                (&pseudo::v6::LENGTH, length & pseudo::v6::LENGTH.most()),
            ],
        ),
    };
    let mut octets = vec![0; header.length()];
    for (field, value) in values {
        field
            .set(&mut octets, value)
            .expect("the octets are as long as the table, and the values as wide as the fields");
    }
    (header, octets)
}

/// What a word of the sum is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A pseudo-header, which does not travel.
    Pseudo(Header),
    /// A header; its checksum field counts as zero.
    Header(Header),
    /// The options after a header.
    Options(Header),
    /// The data.
    Payload,
}

/// One 16-bit word added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the word is part of.
    pub part: Part,
    /// How many octets of the part come before it.
    pub offset: usize,
    /// The word. If the data has an odd number of octets, its last word ends with a zero octet.
    pub word: u16,
    /// The sum with the word, before what runs over is added at the right: at most 0x1fffe.
    pub sum: u32,
    /// The sum after that.
    pub folded: u16,
}

impl Step {
    /// The rows of the table that the word holds bits of; none in options and data.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> + use<> {
        let rows = match self.part {
            Part::Pseudo(header) | Part::Header(header) => header.fields(),
            Part::Options(_) | Part::Payload => &[],
        };
        let (first, end) = (self.offset, self.offset + 2);
        rows.iter().filter(move |field| field.octet() < end && first < field.end())
    }
}

/// The computation of one checksum, word by word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computation {
    /// The words in their order.
    pub steps: Vec<Step>,
    /// The complement of the last sum.
    pub complement: u16,
    /// What the sender writes: the complement, but for UDP 65535 instead of 0 (RFC 768).
    pub checksum: u16,
    /// What stands in the packet.
    pub present: u16,
}

impl Computation {
    /// How the checksum of a packet's header is computed: `Header::Ipv4`, or that of what it carries. `None` where the packet
    /// has no such header, it has no checksum, or the packet is a fragment. A packet whose lengths are nonsense is summed up
    /// to its end.
    pub fn of(packet: &Packet, header: Header) -> Option<Computation> {
        let covered = Covered::by(packet, header)?;
        let mut octets = covered.octets.to_vec();
        covered.field.set(&mut octets, 0).ok()?;
        let mut sum = Running::default();
        if let Some((header, pseudo)) = &covered.pseudo {
            sum.add(Part::Pseudo(*header), pseudo);
        }
        let length = match header {
            Header::Ipv4 => octets.len(),
            Header::Tcp => 4 * fields::tcp::DATA_OFFSET.get(&octets)? as usize,
            _ => header.length(),
        };
        // A data offset below 5 words or beyond the packet is nonsense: then the fixed header and what follows it are shown.
        let length =
            if (header.length()..=octets.len()).contains(&length) { length } else { header.length() };
        let (header_octets, payload) = octets.split_at_checked(length).unwrap_or((&octets, &[]));
        let (fixed, options) =
            header_octets.split_at_checked(header.length()).unwrap_or((header_octets, &[]));
        sum.add(Part::Header(header), fixed);
        sum.add(Part::Options(header), options);
        sum.add(Part::Payload, payload);
        let complement = !sum.folded;
        let check = covered.check(complement);
        Some(Computation { steps: sum.steps, complement, checksum: check.checksum, present: check.present })
    }
}

/// A packet's checksum beside what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// What stands in the packet.
    pub present: u16,
    /// What the sender writes.
    pub checksum: u16,
    /// Whether a receiver takes what stands there. UDP over IPv4 may go without a checksum, and then 0 stands there.
    pub right: bool,
}

impl Check {
    /// As [`Computation::of`], without the steps.
    pub fn of(packet: &Packet, header: Header) -> Option<Check> {
        let covered = Covered::by(packet, header)?;
        let pseudo: &[u8] = covered.pseudo.as_ref().map_or(&[], |(_, octets)| octets);
        let (before, after) =
            (&covered.octets[..covered.field.octet()], &covered.octets[covered.field.end()..]);
        Some(covered.check(Sum::default().with(pseudo).with(before).with(after).complement()))
    }
}

/// What a checksum covers.
struct Covered<'a> {
    field: &'static Field,
    present: u16,
    pseudo: Option<(Header, Vec<u8>)>,
    /// At least up to the end of the checksum's field.
    octets: &'a [u8],
}

impl<'a> Covered<'a> {
    fn by(packet: &'a Packet, header: Header) -> Option<Covered<'a>> {
        let field = header.checksum()?;
        let at = packet.find(header)?;
        let octets = match header {
            Header::Ipv4 => packet.octets()[at..].get(..packet.internet_header_length()?)?,
            // The sum is over the whole, and this is a part.
            _ if packet.get(&fields::ipv4::MORE_FRAGMENTS) == Some(1) => return None,
            _ => packet.carried()?,
        };
        let present = field.get(octets)? as u16;
        let pseudo = if matches!(header, Header::Tcp | Header::Udp | Header::Icmpv6) {
            let (source, destination) = packet.addresses()?;
            Some(pseudo_header(source, destination, packet.protocol()?, octets.len()))
        } else {
            None
        };
        Some(Covered { field, present, pseudo, octets })
    }

    fn check(&self, complement: u16) -> Check {
        let is_udp = self.field.header == Header::Udp;
        let may_be_absent = is_udp && matches!(self.pseudo, Some((Header::PseudoIpv4, _)));
        // One's complement has two zeros, and a receiver takes both, as it sums up everything and wants 0xffff.
        let sum = Sum(u64::from(!complement) + u64::from(self.present)).folded();
        let absent = is_udp && self.present == 0;
        Check {
            present: self.present,
            checksum: if is_udp && complement == 0 { 0xffff } else { complement },
            right: if absent { may_be_absent } else { sum == 0xffff },
        }
    }
}

#[derive(Default)]
struct Running {
    folded: u16,
    steps: Vec<Step>,
}

impl Running {
    fn add(&mut self, part: Part, octets: &[u8]) {
        for (place, octets) in octets.chunks(2).enumerate() {
            let word = u16::from_be_bytes([octets[0], octets.get(1).copied().unwrap_or(0)]);
            let sum = u32::from(self.folded) + u32::from(word);
            self.folded = Sum(sum.into()).folded();
            self.steps.push(Step { part, offset: 2 * place, word, sum, folded: self.folded });
        }
    }
}

#[cfg(test)]
mod tests;
