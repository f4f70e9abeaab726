//! The congestion window: slow start and congestion avoidance (RFC 5681), by Reno's rule or by CUBIC's (RFC 9438) with HyStart.
//!
//! It knows no sequence queue and no recovery; it is told how many segments were delivered, and answers with a window in segments.
//! CUBIC works in milliseconds and in fixed point (2^-10 s), all in integers.

use super::settings::Algorithm;
use sockets::Instant;
use wire::Seq;

/// No slow-start threshold is set.
pub(super) const INFINITE: u32 = 0x7fff_ffff;
/// IW10 (RFC 6928), in segments.
const INITIAL_WINDOW: u32 = 10;

#[derive(Debug)]
pub(super) struct Control {
    pub algorithm: Algorithm,
    /// cwnd in segments.
    pub cwnd: u32,
    /// ssthresh in segments.
    pub ssthresh: u32,
    /// Segments delivered towards the next growth in congestion avoidance.
    counted: u32,
    /// The window was the limit during the last flight.
    pub limited: bool,
    /// The most segments that were out in the current flight.
    pub most_out: u32,
    /// The current flight ends when this is acknowledged.
    pub usage_end: Seq,
    /// The most segments that were out while the window was not the limit.
    pub used: u32,
    /// When the window was last used fully, or adjusted.
    pub stamp: Instant,
    cubic: Cubic,
}

/// CUBIC's memory (RFC 9438, 4).
#[derive(Debug, Default)]
struct Cubic {
    /// Segments for each growth by one.
    per_growth: u32,
    /// W_max in segments.
    last_max: u32,
    last_cwnd: u32,
    last_time: u64,
    /// The window at the plateau.
    origin: u32,
    /// K in 2^-10 s.
    k: u64,
    /// The least delay in microseconds.
    least_delay: u32,
    epoch_start: Option<u64>,
    delivered: u32,
    /// The window that Reno would have (RFC 9438, 4.3).
    reno_cwnd: u32,
    round_start: u64,
    round_end: Seq,
    last_ack: u64,
    round_delay: u32,
    samples: u32,
    found: bool,
}

/// beta_cubic = 717 / 1024, which is 0.7 (RFC 9438, 4.6).
const BETA: u32 = 717;
const BETA_SCALE: u32 = 1_024;
/// C = 0.4 as 410 / 2^10 (RFC 9438, 5.1).
const C: u64 = 410;
/// 8 * 3 (1 - beta) / (1 + beta) inverted: segments per growth of Reno's window, times 8.
const RENO_SCALE: u32 = 8 * (BETA_SCALE + BETA) / 3 / (BETA_SCALE - BETA);
/// HyStart begins at this window.
const HYSTART_LEAST_WINDOW: u32 = 16;
const HYSTART_SAMPLES: u32 = 8;
/// ACKs less than this apart belong to one train, in microseconds.
const HYSTART_TRAIN_GAP: u64 = 2_000;

impl Control {
    pub fn new(algorithm: Algorithm) -> Control {
        Control {
            algorithm,
            cwnd: INITIAL_WINDOW,
            ssthresh: INFINITE,
            counted: 0,
            limited: false,
            most_out: 0,
            usage_end: Seq(0),
            used: 0,
            stamp: Instant::START,
            cubic: Cubic::default(),
        }
    }

    /// The handshake is complete: counting begins.
    pub fn begin(&mut self, now: Instant, snd_nxt: Seq) {
        self.cubic = Cubic::default();
        self.cubic.new_round(now, snd_nxt);
        self.stamp = now;
        self.usage_end = snd_nxt;
    }

    /// Another algorithm takes over (TCP_CONGESTION on a live connection).
    pub fn change(&mut self, algorithm: Algorithm, now: Instant, snd_nxt: Seq) {
        if algorithm != self.algorithm {
            self.algorithm = algorithm;
            self.cubic = Cubic::default();
            self.cubic.new_round(now, snd_nxt);
        }
    }

    pub fn in_slow_start(&self) -> bool {
        self.cwnd < self.ssthresh
    }

    /// Whether the window was what bounded the sender; in slow start it may grow to twice what was used.
    pub fn is_limited(&self) -> bool {
        self.limited || self.in_slow_start() && self.cwnd < 2 * self.most_out
    }

    /// The threshold after a loss, in segments: half for Reno (RFC 5681 (4)), 0.7 for CUBIC (RFC 9438, 4.6), at least two.
    pub fn reduce(&mut self) -> u32 {
        match self.algorithm {
            Algorithm::Reno => (self.cwnd / 2).max(2),
            Algorithm::Cubic => {
                let cubic = &mut self.cubic;
                cubic.epoch_start = None;
                // Fast convergence (RFC 9438, 4.7): a flow whose window shrinks leaves room for others.
                cubic.last_max = if self.cwnd < cubic.last_max {
                    self.cwnd * (BETA_SCALE + BETA) / (2 * BETA_SCALE)
                } else {
                    self.cwnd
                };
                (self.cwnd * BETA / BETA_SCALE).max(2)
            }
        }
    }

    /// A retransmission time-out: CUBIC forgets its plateau.
    pub fn lost_all(&mut self, now: Instant, snd_nxt: Seq) {
        let least_delay = 0;
        self.cubic = Cubic { least_delay, ..Cubic::default() };
        self.cubic.new_round(now, snd_nxt);
        self.counted = 0;
    }

    pub fn forget_count(&mut self) {
        self.counted = 0;
    }

    /// Sending begins again after silence: CUBIC's clock did not run meanwhile (RFC 9438, 5.8).
    pub fn resumes(&mut self, now: Instant, last_sent: Instant) {
        if let Some(start) = &mut self.cubic.epoch_start {
            *start = (*start + now.since(last_sent).0 / 1_000).min(now.0 / 1_000);
        }
    }

    /// A round-trip time was measured, in microseconds. True when HyStart leaves slow start with it.
    pub fn note_delay(
        &mut self,
        rtt_us: u32,
        now: Instant,
        snd_una: Seq,
        snd_nxt: Seq,
        pacing_rate: u64,
    ) -> bool {
        if self.algorithm != Algorithm::Cubic {
            return false;
        }
        let slow_start = self.in_slow_start();
        let cubic = &mut self.cubic;
        // Right after a recovery the delays are those of the recovery.
        if cubic.epoch_start.is_some_and(|start| (now.0 / 1_000).saturating_sub(start) < 1_000) {
            return false;
        }
        let delay = rtt_us.max(1);
        if cubic.least_delay == 0 || cubic.least_delay > delay {
            cubic.least_delay = delay;
        }
        if cubic.found || !slow_start || self.cwnd < HYSTART_LEAST_WINDOW {
            return false;
        }
        if cubic.round_end.precedes(snd_una) {
            cubic.new_round(now, snd_nxt);
        }
        if cubic.is_full(delay, now, pacing_rate) {
            cubic.found = true;
            self.ssthresh = self.cwnd;
            return true;
        }
        false
    }

    /// Segments were delivered in order, and the window may grow (RFC 5681, 3.1).
    pub fn grow(&mut self, delivered: u32, now: Instant) {
        if !self.is_limited() {
            return;
        }
        let mut delivered = delivered;
        if self.in_slow_start() {
            let grown = (self.cwnd + delivered).min(self.ssthresh);
            delivered -= grown - self.cwnd;
            self.cwnd = grown;
            if delivered == 0 {
                return;
            }
        }
        let per_growth = match self.algorithm {
            Algorithm::Reno => self.cwnd,
            Algorithm::Cubic => self.cubic.update(self.cwnd, delivered, now),
        };
        self.grow_by_count(per_growth, delivered);
    }

    fn grow_by_count(&mut self, per_growth: u32, delivered: u32) {
        let per_growth = per_growth.max(1);
        if self.counted >= per_growth {
            self.counted = 0;
            self.cwnd += 1;
        }
        self.counted += delivered;
        if self.counted >= per_growth {
            let growth = self.counted / per_growth;
            self.counted -= growth * per_growth;
            self.cwnd += growth;
        }
    }
}

impl Cubic {
    fn new_round(&mut self, now: Instant, snd_nxt: Seq) {
        self.round_start = now.0;
        self.last_ack = now.0;
        self.round_end = snd_nxt;
        self.round_delay = u32::MAX;
        self.samples = 0;
    }

    /// HyStart: a train of ACKs longer than half the least delay, or a delay that grew by an eighth (4 to 16 ms), means that the
    /// path's queue is filling.
    fn is_full(&mut self, delay: u32, now: Instant, pacing_rate: u64) -> bool {
        let mut full = false;
        if now.0 - self.last_ack <= HYSTART_TRAIN_GAP {
            self.last_ack = now.0;
            let burst = (65_536_u64 * 4 * 1_000_000).checked_div(pacing_rate).unwrap_or(0).min(1_000);
            full = now.0 - self.round_start > (u64::from(self.least_delay) + burst) / 2;
        }
        self.round_delay = self.round_delay.min(delay);
        if self.samples < HYSTART_SAMPLES {
            self.samples += 1;
        } else if self.round_delay > self.least_delay + (self.least_delay / 8).clamp(4_000, 16_000) {
            full = true;
        }
        full
    }

    /// How many segments are to be delivered for a growth by one (RFC 9438, 4.2 to 4.5).
    fn update(&mut self, cwnd: u32, delivered: u32, now: Instant) -> u32 {
        let now_ms = now.0 / 1_000;
        self.delivered += delivered;
        if self.last_cwnd == cwnd
            && now_ms.saturating_sub(self.last_time) <= 1_000 / 32
            && self.epoch_start.is_some()
        {
            return self.per_growth;
        }
        if self.epoch_start.is_none() || now_ms != self.last_time {
            self.last_cwnd = cwnd;
            self.last_time = now_ms;
            let start = match self.epoch_start {
                Some(start) => start,
                None => {
                    self.epoch_start = Some(now_ms);
                    self.delivered = delivered;
                    self.reno_cwnd = cwnd;
                    if self.last_max <= cwnd {
                        self.k = 0;
                        self.origin = cwnd;
                    } else {
                        // K = cubic root of (W_max - cwnd) / C, in 2^-10 s.
                        self.k = cubic_root((1_u64 << 40) / C * u64::from(self.last_max - cwnd));
                        self.origin = self.last_max;
                    }
                    now_ms
                }
            };
            // The window is to be right one round trip from now.
            let time = ((now_ms - start + u64::from(self.least_delay / 1_000)) << 10) / 1_000;
            let offset = time.abs_diff(self.k);
            let change =
                ((u128::from(C) * u128::from(offset).pow(3)) >> 40).min(u128::from(u32::MAX / 2)) as u32;
            let target = if time < self.k {
                self.origin.saturating_sub(change)
            } else {
                self.origin.saturating_add(change)
            };
            self.per_growth = if target > cwnd { cwnd / (target - cwnd) } else { 100 * cwnd };
            // While nothing is known of the path, growth is not to be too shy.
            if self.last_max == 0 && self.per_growth > 20 {
                self.per_growth = 20;
            }
        }
        // RFC 9438, 4.3: never slower than Reno would be.
        let per_reno_growth = ((cwnd * RENO_SCALE) >> 3).max(1);
        while self.delivered > per_reno_growth {
            self.delivered -= per_reno_growth;
            self.reno_cwnd += 1;
        }
        if self.reno_cwnd > cwnd {
            self.per_growth = self.per_growth.min(cwnd / (self.reno_cwnd - cwnd));
        }
        // At most 1.5 times per round trip.
        self.per_growth = self.per_growth.max(2);
        self.per_growth
    }
}

/// The largest integer whose cube is not above `value`.
fn cubic_root(value: u64) -> u64 {
    let (mut least, mut most) = (0_u64, 2_642_245);
    while least < most {
        let middle = (least + most).div_ceil(2);
        if middle.pow(3) <= value { least = middle } else { most = middle - 1 }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn cubic_roots_are_exact() {
        for (value, root) in [(0, 0), (1, 1), (7, 1), (8, 2), (1_000_000, 100), (u64::MAX, 2_642_245)] {
            assert_eq!(cubic_root(value), root, "{value}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn reno_grows_by_one_segment_per_window() {
        let mut control = Control::new(Algorithm::Reno);
        control.ssthresh = 10;
        control.limited = true;
        for _ in 0..9 {
            control.grow(1, Instant::START);
        }
        assert_eq!(control.cwnd, 10);
        control.grow(1, Instant::START);
        assert_eq!(control.cwnd, 11);
    }
}
