//! Time as the Log knows it: whole microseconds, from outside, never from a clock of this crate.

use core::fmt;
use core::ops::{Add, Sub};
use serde::{Deserialize, Serialize};

/// A span of time in microseconds; 0 to 2^64 - 1 (about 584,000 years).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub u64);

/// A moment: microseconds since the Log began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub u64);

impl Micros {
    /// No time at all: a call with this time-out does not block.
    pub const ZERO: Micros = Micros(0);

    /// A span of whole milliseconds; saturates at the largest span.
    pub const fn from_millis(millis: u64) -> Micros {
        Micros(millis.saturating_mul(1_000))
    }

    /// A span of whole seconds; saturates at the largest span.
    pub const fn from_secs(secs: u64) -> Micros {
        Micros(secs.saturating_mul(1_000_000))
    }
}

impl Instant {
    /// The moment the Log began.
    pub const START: Instant = Instant(0);

    /// How long after `earlier` this moment lies; zero when it does not.
    pub const fn since(self, earlier: Instant) -> Micros {
        Micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Micros> for Instant {
    type Output = Instant;
    fn add(self, span: Micros) -> Instant {
        Instant(self.0.saturating_add(span.0))
    }
}

impl Sub<Micros> for Instant {
    type Output = Instant;
    fn sub(self, span: Micros) -> Instant {
        Instant(self.0.saturating_sub(span.0))
    }
}

/// Written for people: `0 us`, `850 us`, `1.25 ms`, `43.1 ms`, `2.00 s`, `3 min 20 s`.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.0;
        match us {
            0..1_000 => write!(f, "{us} µs"),
            1_000..10_000 => write!(f, "{}.{:02} ms", us / 1_000, us % 1_000 / 10),
            10_000..1_000_000 => write!(f, "{}.{} ms", us / 1_000, us % 1_000 / 100),
            1_000_000..60_000_000 => write!(f, "{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000),
            _ => write!(f, "{} min {} s", us / 60_000_000, us % 60_000_000 / 1_000_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn spans_are_written_for_people() {
        let said = |us| Micros(us).to_string();
        assert_eq!(said(0), "0 µs");
        assert_eq!(said(999), "999 µs");
        assert_eq!(said(1_254), "1.25 ms");
        assert_eq!(said(43_190), "43.1 ms");
        assert_eq!(said(2_000_000), "2.00 s");
        assert_eq!(said(200_000_000), "3 min 20 s");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn moments_do_not_wrap() {
        assert_eq!(Instant(5).since(Instant(9)), Micros::ZERO);
        assert_eq!(Instant(u64::MAX) + Micros(1), Instant(u64::MAX));
        assert_eq!(Instant(3) - Micros(9), Instant::START);
    }
}
