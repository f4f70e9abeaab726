//! What can be wrong with octets that are meant as a datagram: which field, at which octet, and why.

use crate::fields::{Field, Header, options::of_kind};
use core::fmt;

/// Why octets are no datagram. Offsets count from the packet's first octet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// There are no octets at all.
    Empty,
    /// The packet ends within a header.
    Truncated {
        /// The header.
        header: Header,
        /// Where it begins.
        at: usize,
        /// How many octets of it there are.
        present: usize,
        /// How many it has at least.
        needed: usize,
    },
    /// A field's value cannot be.
    Value {
        /// The field.
        field: &'static Field,
        /// The field's first octet.
        at: usize,
        /// The value.
        value: u128,
        /// What it must be.
        must: Must,
    },
    /// A TCP option does not fit.
    Option {
        /// Its kind.
        kind: u8,
        /// Where it begins.
        at: usize,
        /// What is wrong with it.
        why: OptionFault,
    },
    /// A checksum is wrong.
    Checksum(WrongChecksum),
}

/// A checksum that the packet's octets do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongChecksum {
    /// The checksum's field.
    pub field: &'static Field,
    /// The field's first octet.
    pub at: usize,
    /// What stands there.
    pub present: u16,
    /// What the octets give.
    pub computed: u16,
}

/// What a field's value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Must {
    /// At least the first, at most the second.
    Between(u128, u128),
    /// What the sentence says: "0, since ...".
    Be(&'static str),
}

/// What can be wrong with a TCP option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionFault {
    /// The header ends after the kind.
    NoLength,
    /// The length is 0 or 1, but it counts kind and length themselves.
    TooShort(u8),
    /// The header ends before the option does.
    TooLong {
        /// The length that it says.
        length: u8,
        /// How many octets are left in the header, from the kind on.
        left: usize,
    },
}

impl Malformed {
    /// The octet at which the fault lies.
    pub const fn at(&self) -> usize {
        match self {
            Malformed::Empty => 0,
            Malformed::Truncated { at, .. }
            | Malformed::Value { at, .. }
            | Malformed::Option { at, .. }
            | Malformed::Checksum(WrongChecksum { at, .. }) => *at,
        }
    }

    /// The field, where it is one.
    pub const fn field(&self) -> Option<&'static Field> {
        match self {
            Malformed::Value { field, .. } | Malformed::Checksum(WrongChecksum { field, .. }) => Some(field),
            Malformed::Empty | Malformed::Truncated { .. } | Malformed::Option { .. } => None,
        }
    }
}

/// One line: what, where, what it must be.
impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Empty => f.write_str("the packet is empty"),
            Malformed::Truncated { header, at, present, needed } => {
                let extension = if *header == Header::Ipv6 && *at > 0 { "extension " } else { "" };
                write!(
                    f,
                    "{header} {extension}header at octet {at}: {present} octets, must be {needed} at least"
                )
            }
            Malformed::Value { field, at, value, must } => {
                write!(f, "{field} at octet {at}: {value}")?;
                if !field.unit.is_empty() {
                    write!(f, " {}", field.unit)?;
                }
                write!(f, ", must be {must}")
            }
            Malformed::Option { kind, at, why } => {
                write!(f, "TCP option {kind}")?;
                if let Some(row) = of_kind(*kind) {
                    write!(f, " ({})", row.name)?;
                }
                write!(f, " at octet {at}: {why}")
            }
            Malformed::Checksum(wrong) => wrong.fmt(f),
        }
    }
}

impl fmt::Display for WrongChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WrongChecksum { field, at, present, computed } = self;
        write!(f, "{field} at octet {at}: {present:#06x}, must be {computed:#06x}")
    }
}

impl fmt::Display for Must {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Must::Between(least, most) => write!(f, "{least} to {most}"),
            Must::Be(what) => f.write_str(what),
        }
    }
}

impl fmt::Display for OptionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionFault::NoLength => f.write_str("the header ends before its length"),
            OptionFault::TooShort(length) => {
                write!(f, "length {length}, must be 2 at least, since it counts kind and length")
            }
            OptionFault::TooLong { length, left } => {
                write!(f, "length {length}, must be at most {left}, since the header ends there")
            }
        }
    }
}

impl core::error::Error for Malformed {}
impl core::error::Error for WrongChecksum {}
