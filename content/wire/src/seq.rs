//! Sequence numbers: arithmetic modulo 2^32 (RFC 9293, 3.4).
//!
//! Octets are numbered on a circle, so "smaller" has no meaning; what is meant is "comes before within half a circle", and it
//! has a method's name.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

/// The number of an octet in a stream, modulo 2^32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Seq(pub u32);

impl Seq {
    /// Whether this number comes before `other`: less than 2^31 numbers earlier on the circle.
    pub const fn precedes(self, other: Seq) -> bool {
        (self.0.wrapping_sub(other.0) as i32) < 0
    }

    /// Whether this number comes before `other` or is the same.
    pub const fn precedes_or_is(self, other: Seq) -> bool {
        !other.precedes(self)
    }

    /// How many numbers lie from `earlier` (inclusive) to this one (exclusive), 0 to 2^32 - 1.
    pub const fn since(self, earlier: Seq) -> u32 {
        self.0.wrapping_sub(earlier.0)
    }

    /// Whether this number lies in the `length` numbers that begin at `start`.
    pub const fn is_within(self, start: Seq, length: u32) -> bool {
        self.0.wrapping_sub(start.0) < length
    }

    /// The later of the two.
    pub const fn latest(self, other: Seq) -> Seq {
        if self.precedes(other) { other } else { self }
    }

    /// The earlier of the two.
    pub const fn earliest(self, other: Seq) -> Seq {
        if self.precedes(other) { self } else { other }
    }
}

impl Add<u32> for Seq {
    type Output = Seq;
    fn add(self, count: u32) -> Seq {
        Seq(self.0.wrapping_add(count))
    }
}

impl AddAssign<u32> for Seq {
    fn add_assign(&mut self, count: u32) {
        *self = *self + count;
    }
}

impl Sub<u32> for Seq {
    type Output = Seq;
    fn sub(self, count: u32) -> Seq {
        Seq(self.0.wrapping_sub(count))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
