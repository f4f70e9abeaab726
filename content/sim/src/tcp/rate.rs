//! How much is delivered: the counts that RACK and the delivery rate rest on.

use super::queue::Chunk;
use sockets::Instant;

#[derive(Debug)]
pub(super) struct Delivery {
    /// Segments delivered in the connection's life.
    pub count: u32,
    /// Of those, with a congestion mark.
    pub marked: u32,
    /// When the last was.
    pub at: Instant,
    /// When the first segment of the current flight was sent.
    pub first_sent_at: Instant,
    /// Until this count is delivered, what is measured is bounded by the program; 0 is none.
    pub application_limited: u32,
    /// The last measurement: segments, microseconds, bounded by the program.
    pub rate: (u32, u64, bool),
}

/// What one acknowledgment tells of the rate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sample {
    /// The count when the newest segment that was delivered now was sent; 0 for none.
    pub prior_delivered: u32,
    pub prior_at: Instant,
    pub end: wire::Seq,
    pub sent_at: Instant,
    pub first_sent_at: Instant,
    pub application_limited: bool,
    pub any: bool,
}

impl Delivery {
    pub fn new(now: Instant) -> Delivery {
        Delivery {
            count: 0,
            marked: 0,
            at: now,
            first_sent_at: now,
            application_limited: 0,
            rate: (0, 0, false),
        }
    }

    /// A segment is being sent.
    pub fn sent(&mut self, chunk: &mut Chunk, nothing_out: bool, now: Instant) {
        if nothing_out {
            self.first_sent_at = now;
            self.at = now;
        }
        chunk.first_sent_at = self.first_sent_at;
        chunk.delivered_at = self.at;
        chunk.delivered = self.count;
        chunk.application_limited = self.application_limited != 0;
    }

    /// A segment was delivered: the newest one sent decides the sample.
    pub fn delivered(&mut self, chunk: &Chunk, sample: &mut Sample) {
        let newer = !sample.any
            || chunk.sent_at > sample.sent_at
            || chunk.sent_at == sample.sent_at && sample.end.precedes(chunk.after());
        if newer {
            *sample = Sample {
                prior_delivered: chunk.delivered,
                prior_at: chunk.delivered_at,
                end: chunk.after(),
                sent_at: chunk.sent_at,
                first_sent_at: chunk.first_sent_at,
                application_limited: chunk.application_limited,
                any: true,
            };
            self.first_sent_at = chunk.sent_at;
        }
    }

    /// The acknowledgment has been dealt with: the rate follows.
    pub fn measure(&mut self, sample: &Sample, newly: u32, least_rtt_us: u32, now: Instant) {
        if self.application_limited != 0 && self.count > self.application_limited {
            self.application_limited = 0;
        }
        if newly > 0 {
            self.at = now;
        }
        if !sample.any {
            return;
        }
        let segments = self.count.wrapping_sub(sample.prior_delivered);
        let sending = sample.sent_at.since(sample.first_sent_at).0;
        let acknowledging = now.since(sample.prior_at).0;
        let took = sending.max(acknowledging);
        if took < u64::from(least_rtt_us) || took == 0 {
            return;
        }
        let (held, held_took, _) = self.rate;
        let faster = u128::from(segments) * u128::from(held_took) >= u128::from(held) * u128::from(took);
        if !sample.application_limited || faster {
            self.rate = (segments, took, sample.application_limited);
        }
    }
}
