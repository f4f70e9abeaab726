//! Round-trip time and retransmission time-out (RFC 6298), with Linux's finer points: the mean deviation is taken over one round
//! trip at a time, and RTTVAR never falls below the least time-out, so that RTO is never less than SRTT + 200 ms.

use crate::Profile;
use sockets::{Instant, Micros};
use std::collections::VecDeque;
use wire::Seq;

#[derive(Debug)]
pub(super) struct Rtt {
    /// Eight times SRTT in microseconds; 0 before the first measurement.
    srtt8: u32,
    /// Four times the mean deviation.
    deviation4: u32,
    /// Its largest value in the current round trip.
    deviation4_most: u32,
    /// What stands for 4 * RTTVAR in RTO = SRTT + 4 * RTTVAR.
    variation4: u32,
    /// The round trip ends when this is acknowledged.
    round_end: Seq,
    /// RTO in microseconds, backoff not included.
    pub rto_us: u32,
    /// Least round-trip times: falling in time, each the least since its moment.
    least: VecDeque<(Instant, u32)>,
}

impl Rtt {
    /// RFC 6298 (2.1): the time-out before there is a measurement, in microseconds.
    pub const FIRST_RTO: u32 = 1_000_000;

    pub fn new(profile: &Profile) -> Rtt {
        Rtt {
            srtt8: 0,
            // RFC 6298 (2.1): 1 s before there is a measurement.
            deviation4: 1_000_000,
            deviation4_most: profile.least_rto_us(),
            variation4: 0,
            round_end: Seq(0),
            rto_us: Rtt::FIRST_RTO,
            least: VecDeque::new(),
        }
    }

    pub fn srtt(&self) -> u32 {
        self.srtt8 >> 3
    }

    pub fn srtt8(&self) -> u32 {
        self.srtt8
    }

    pub fn rttvar(&self) -> u32 {
        self.deviation4 >> 2
    }

    pub fn is_measured(&self) -> bool {
        self.srtt8 != 0
    }

    /// The least round-trip time within the window, in microseconds; `u32::MAX` before the first measurement.
    pub fn least(&self) -> u32 {
        self.least.front().map_or(u32::MAX, |(_, rtt)| *rtt)
    }

    pub fn note_least(&mut self, now: Instant, rtt_us: u32, profile: &Profile) {
        let rtt_us = rtt_us.max(1);
        let window = Micros::from_secs(u64::from(profile.min_rtt_wlen));
        while self.least.back().is_some_and(|(_, held)| *held >= rtt_us) {
            self.least.pop_back();
        }
        // Three points are enough to know the least of a sliding window well.
        if self.least.len() < 3 {
            self.least.push_back((now, rtt_us));
        } else if let Some(last) = self.least.back_mut()
            && now.since(last.0).0 > window.0 / 4
        {
            *last = (now, rtt_us);
        }
        while self.least.len() > 1 && self.least.front().is_some_and(|(at, _)| now.since(*at) > window) {
            self.least.pop_front();
        }
    }

    /// Takes a measurement (RFC 6298, 2.2 and 2.3).
    pub fn measure(&mut self, rtt_us: u32, snd_una: Seq, snd_nxt: Seq, profile: &Profile) {
        let floor = profile.least_rto_us();
        if self.srtt8 == 0 {
            // RFC 6298 (2.2): SRTT = R, RTTVAR = R / 2.
            self.srtt8 = rtt_us.saturating_mul(8).max(1);
            self.deviation4 = rtt_us.saturating_mul(2);
            self.variation4 = self.deviation4.max(floor);
            self.deviation4_most = self.variation4;
            self.round_end = snd_nxt;
        } else {
            // RFC 6298 (2.3): alpha = 1/8, beta = 1/4.
            let error = i64::from(rtt_us) - i64::from(self.srtt8 >> 3);
            self.srtt8 = (i64::from(self.srtt8) + error).clamp(1, i64::from(u32::MAX)) as u32;
            let growth = error.abs() - i64::from(self.deviation4 >> 2);
            // A round trip that got shorter says little of how much it varies upwards: it counts an eighth.
            let growth = if error < 0 && growth > 0 { growth >> 3 } else { growth };
            self.deviation4 = (i64::from(self.deviation4) + growth).clamp(0, i64::from(u32::MAX)) as u32;
            if self.deviation4 > self.deviation4_most {
                self.deviation4_most = self.deviation4;
                self.variation4 = self.variation4.max(self.deviation4_most);
            }
            if self.round_end.precedes(snd_una) {
                if self.deviation4_most < self.variation4 {
                    self.variation4 -= (self.variation4 - self.deviation4_most) >> 2;
                }
                self.round_end = snd_nxt;
                self.deviation4_most = floor;
            }
        }
        self.set_rto(profile);
    }

    /// RTO = SRTT + 4 * RTTVAR (RFC 6298, 2.3), at most tcp_rto_max_ms.
    pub fn set_rto(&mut self, profile: &Profile) {
        if self.srtt8 > 0 {
            let most = profile.rto_max_ms.saturating_mul(1_000);
            self.rto_us = (self.srtt8 >> 3).saturating_add(self.variation4).min(most);
        }
    }
}
