//! The seam that everything hangs on: somewhere that sockets live.

use crate::{Call, Event, Instant};
use serde::{Deserialize, Serialize};

/// What a [`Network`] can show of itself, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sight {
    /// Calls and their outcomes only.
    Calls,
    /// Also the kernel's own state of every socket, sampled.
    States,
    /// Also every segment.
    Segments,
}

/// Somewhere sockets live: the simulator, or a kernel behind the bridge.
///
/// It is sans-IO: whoever drives it brings the time, submits calls, and polls events until there are none.
pub trait Network {
    /// What it can show.
    fn sight(&self) -> Sight;

    /// Takes a call. Never blocks: the outcome comes as [`Event::Returned`], also when the call is nonsense.
    fn submit(&mut self, now: Instant, call: Call);

    /// The next event that has happened up to `now`, oldest first.
    fn poll(&mut self, now: Instant) -> Option<Event>;

    /// When to poll again if nothing comes from outside before; `None` when it only waits for outside.
    fn wakes_at(&self) -> Option<Instant>;
}
