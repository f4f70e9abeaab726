//! The bounds of a run, and what is said when one is reached.

use core::fmt;
use sockets::{Instant, Micros};

/// Which bound ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Which.
    pub bound: Bound,
    /// Its value, in its own unit.
    pub value: u64,
    /// When it was reached.
    pub at: Instant,
}

/// The bounds of a world, as in [`Bounds`](super::Bounds).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Virtual time.
    Time,
    /// Events.
    Events,
    /// Memory of the Log.
    LogOctets,
    /// Events at one instant.
    EventsAtOnce,
}

impl Bound {
    /// The field's path in a [`WorldSpec`](super::WorldSpec).
    pub const fn field(self) -> &'static str {
        match self {
            Bound::Time => "bounds.time_us",
            Bound::Events => "bounds.events",
            Bound::LogOctets => "bounds.log_octets",
            Bound::EventsAtOnce => "bounds.events_at_once",
        }
    }
}

/// `the run was stopped at 3.20 s: it reached bounds.events, which is 1000`.
impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stopped { bound, value, at } = self;
        let at = Micros(at.0);
        write!(f, "the run was stopped at {at}: it reached {}, which is {value}", bound.field())?;
        match bound {
            Bound::EventsAtOnce => f.write_str("; something goes on for ever without letting time pass"),
            _ => Ok(()),
        }
    }
}
