//! Pacing: bursts leave as far apart as the pacing rate says, as they do where the interface's queue is fq (tc-fq(8)).
//!
//! ```text
//!   burst | its length / rate | burst | its length / rate | burst      an idle time makes the next gap shorter, by half at most
//! ```
//!
//! Linux's TCP writes into each burst when it is to leave and the queue keeps to that; here a burst waits with its connection. Only
//! what is sent for the first time waits.

use super::Turning;
use super::connection::Connection;
use sockets::Instant;

/// So many segments of a connection are not paced: its first window.
const UNPACED: u64 = 10;

impl Connection {
    fn is_paced(&self, turn: &Turning<'_>) -> bool {
        turn.profile.paces || self.settings.max_pacing_rate.is_some()
    }

    /// SO_MAX_PACING_RATE, now.
    pub fn pace_at_most(&mut self, rate: Option<u64>) {
        self.settings.max_pacing_rate = rate;
        self.snd.pacing_rate = self.snd.pacing_rate.min(rate.unwrap_or(u64::MAX));
    }

    /// Whether the next burst has to wait; then the timer that sends it is set.
    pub(super) fn waits_for_its_pace(&mut self, turn: &Turning<'_>) -> bool {
        let due = Instant(self.snd.next_burst_ns.div_ceil(1_000));
        let waits = self.is_paced(turn) && turn.now < due;
        if waits {
            self.timers.pacing = Some(due);
        }
        waits
    }

    /// A burst of so many octets leaves now.
    pub(super) fn pace(&mut self, octets: u32, turn: &Turning<'_>) {
        if !self.is_paced(turn) {
            return;
        }
        let now = turn.now.0.saturating_mul(1_000);
        let idle = now.saturating_sub(self.snd.next_burst_ns);
        self.snd.next_burst_ns = self.snd.next_burst_ns.max(now);
        if self.totals.data_segments_out >= UNPACED {
            let gap = (u64::from(octets) * 1_000_000_000).checked_div(self.snd.pacing_rate).unwrap_or(0);
            self.snd.next_burst_ns += gap - idle.min(gap / 2);
        }
    }
}
