//! The headers' fields as tables: name, place, width, meaning, source, who sets them. The codec reads and writes by these
//! rows, and so does whoever draws a header or explains one; nothing else knows where a field lies.
//!
//! ```text
//!   header octets   0        1        2        3
//!   bits            01234567 89...
//!   TCP row 1       [ source port    ]                    bit 0,  width 16
//!   TCP row 2                         [ destination port ] bit 16, width 16
//! ```
//!
//! Bits are counted as the RFCs do: bit 0 is the highest bit of the first octet. What a value means for a connection is not
//! known here.

use crate::Flags;
use core::fmt;

/// ICMP for IPv4 (RFC 792): the error messages.
pub mod icmpv4;
/// ICMP for IPv6 (RFC 4443): the error messages.
pub mod icmpv6;
/// IPv4 (RFC 791).
pub mod ipv4;
/// IPv6 (RFC 8200).
pub mod ipv6;
/// The options of TCP.
pub mod options;
/// What a checksum covers besides the segment: it travels nowhere.
pub mod pseudo;
/// TCP (RFC 9293).
pub mod tcp;
/// UDP (RFC 768).
pub mod udp;

/// A kind of header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Header {
    /// IPv4's, without options (RFC 791, 3.1).
    Ipv4,
    /// IPv6's, without extension headers (RFC 8200, 3).
    Ipv6,
    /// TCP's, without options (RFC 9293, 3.1).
    Tcp,
    /// UDP's (RFC 768).
    Udp,
    /// That of an error message of ICMP (RFC 792).
    Icmpv4,
    /// That of an error message of ICMPv6 (RFC 4443).
    Icmpv6,
    /// What TCP's and UDP's checksums cover over IPv4 besides the segment (RFC 9293, 3.1).
    PseudoIpv4,
    /// The same over IPv6, for ICMPv6 as well (RFC 8200, 8.1).
    PseudoIpv6,
}

/// Who sets a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// The program that owns the socket, by a call or an option.
    Application,
    /// The sender's TCP, UDP or ICMP.
    Sender,
    /// The sender's internet layer.
    InternetLayer,
    /// Routers on the way, which change it.
    Router,
}

/// One field of a header: a row of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name, as a sentence uses it: "data offset".
    pub name: &'static str,
    /// The header that it is part of.
    pub header: Header,
    /// Its first bit, counted from the header's beginning.
    pub bit: u16,
    /// How many bits it has, 1 to 128.
    pub width: u16,
    /// What one of it counts: "octets", "hops"; empty for a mere number.
    pub unit: &'static str,
    /// Who sets it, and who changes it on the way.
    pub set_by: &'static [Party],
    /// Where it is defined: "RFC 9293, 3.1".
    pub source: &'static str,
    /// What it is for, in one or two sentences.
    pub meaning: &'static str,
}

/// Why a field cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CannotSet {
    /// The octets end before the field does, or there is no such header.
    NoRoom(&'static str),
    /// The value has more bits than the field.
    TooWide(&'static str, u128),
}

impl Header {
    /// The rows of the header's table, in the order in which they travel.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Header::Ipv4 => ipv4::FIELDS,
            Header::Ipv6 => ipv6::FIELDS,
            Header::Tcp => tcp::FIELDS,
            Header::Udp => udp::FIELDS,
            Header::Icmpv4 => icmpv4::FIELDS,
            Header::Icmpv6 => icmpv6::FIELDS,
            Header::PseudoIpv4 => pseudo::v4::FIELDS,
            Header::PseudoIpv6 => pseudo::v6::FIELDS,
        }
    }

    /// How many octets the table covers: the header without options.
    pub const fn length(self) -> usize {
        match self {
            Header::Ipv4 | Header::Tcp => 20,
            Header::Ipv6 | Header::PseudoIpv6 => 40,
            Header::Udp | Header::Icmpv4 | Header::Icmpv6 => 8,
            Header::PseudoIpv4 => 12,
        }
    }

    /// The row of the header's checksum; IPv6 and the pseudo-headers have none.
    pub const fn checksum(self) -> Option<&'static Field> {
        match self {
            Header::Ipv4 => Some(&ipv4::CHECKSUM),
            Header::Tcp => Some(&tcp::CHECKSUM),
            Header::Udp => Some(&udp::CHECKSUM),
            Header::Icmpv4 => Some(&icmpv4::CHECKSUM),
            Header::Icmpv6 => Some(&icmpv6::CHECKSUM),
            Header::Ipv6 | Header::PseudoIpv4 | Header::PseudoIpv6 => None,
        }
    }
}

/// `TCP`, `IPv4`, `IPv4 pseudo-header` ...
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Header::Ipv4 => "IPv4",
            Header::Ipv6 => "IPv6",
            Header::Tcp => "TCP",
            Header::Udp => "UDP",
            Header::Icmpv4 => "ICMP",
            Header::Icmpv6 => "ICMPv6",
            Header::PseudoIpv4 => "IPv4 pseudo-header",
            Header::PseudoIpv6 => "IPv6 pseudo-header",
        })
    }
}

/// `the application`, `the sender` ...
impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Party::Application => "the application",
            Party::Sender => "the sender",
            Party::InternetLayer => "the sender's internet layer",
            Party::Router => "routers on the way",
        })
    }
}

impl Field {
    /// The first octet that holds a bit of it, counted from the header's beginning.
    pub const fn octet(&self) -> usize {
        self.bit as usize / 8
    }

    /// The octet after the last that holds a bit of it.
    pub const fn end(&self) -> usize {
        (self.bit as usize + self.width as usize).div_ceil(8)
    }

    /// The largest value that it holds.
    pub const fn most(&self) -> u128 {
        u128::MAX >> (128 - self.width)
    }

    /// The value, where `header` begins with the header's first octet; `None` if the field is not whole there.
    #[inline]
    pub const fn get(&self, header: &[u8]) -> Option<u128> {
        if header.len() < self.end() {
            return None;
        }
        let mut value = 0;
        let mut octet = self.octet();
        while octet < self.end() {
            value = value << 8 | header[octet] as u128;
            octet += 1;
        }
        Some(value >> self.shift() & self.most())
    }

    /// Writes the value; the bits around the field stay as they are.
    ///
    /// # Errors
    /// When the octets end before the field does, or the value has more bits than the field; then nothing is written.
    #[inline]
    pub const fn set(&self, header: &mut [u8], value: u128) -> Result<(), CannotSet> {
        if header.len() < self.end() {
            return Err(CannotSet::NoRoom(self.name));
        }
        if value > self.most() {
            return Err(CannotSet::TooWide(self.name, value));
        }
        let (mut mask, mut bits) = (self.most() << self.shift(), value << self.shift());
        let mut octet = self.end();
        while octet > self.octet() {
            octet -= 1;
            header[octet] = header[octet] & !(mask as u8) | bits as u8;
            mask >>= 8;
            bits >>= 8;
        }
        Ok(())
    }

    /// How many bits of the last octet follow the field.
    const fn shift(&self) -> usize {
        self.end() * 8 - self.bit as usize - self.width as usize
    }
}

/// Header and name: `TCP data offset`.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.header, self.name)
    }
}

impl fmt::Display for CannotSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotSet::NoRoom(name) => write!(f, "{name}: the packet has no octets there"),
            CannotSet::TooWide(name, value) => write!(f, "{name}: {value} has more bits than the field"),
        }
    }
}

impl core::error::Error for CannotSet {}

/// The row of one control bit; `None` for none, for more than one, and for the reserved bits.
pub fn of_flag(flag: Flags) -> Option<&'static Field> {
    tcp::CONTROL_BITS.iter().find(|(bit, _)| *bit == flag).map(|(_, field)| *field)
}

/// Writes a header's table: each row as a constant, and all of them in `FIELDS`.
macro_rules! table {
    ($header:ident; $($NAME:ident $bit:literal + $width:literal $name:literal ($unit:literal)
        by [$($party:ident),*] from $source:literal: $meaning:literal;)*) => {
        use $crate::fields::Party::*;
        use $crate::fields::{Field, Header};
        $(
            #[doc = $meaning]
            pub const $NAME: Field = Field {
                name: $name,
                header: Header::$header,
                bit: $bit,
                width: $width,
                unit: $unit,
                set_by: &[$($party),*],
                source: $source,
                meaning: $meaning,
            };
        )*
        /// All rows, in the order in which they travel.
        pub const FIELDS: &[Field] = &[$($NAME),*];
    };
}
use table;

#[cfg(test)]
mod tests;
