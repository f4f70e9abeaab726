//! What the sender holds: what the program gave and was not sent, and what was sent and is not acknowledged.
//!
//! ```text
//!      SND.UNA                      SND.NXT                 end
//!         |  sent: one Chunk each,     |  unsent: runs of    |
//!         |  at most an MSS            |  the program's data |
//! ```

use super::stream::Stream;
use sockets::Instant;
use std::collections::VecDeque;
use wire::{Flags, Seq};

/// A run of data that was not sent, as the program's writes and the size of a burst cut it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub seq: Seq,
    pub length: u32,
    pub flags: Flags,
    /// MSG_EOR: nothing may be appended.
    pub ends_record: bool,
}

/// A segment that was sent and is not acknowledged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub seq: Seq,
    pub length: u32,
    pub flags: Flags,
    pub marks: Marks,
    /// The burst that it was sent in first: segments of one burst are sent again together.
    pub burst: u32,
    pub sent_at: Instant,
    /// In which transmission: what goes out at one moment still has an order.
    pub order: u32,
    pub ends_record: bool,
    /// What was delivered when it was sent, for the delivery rate.
    pub delivered: u32,
    pub delivered_at: Instant,
    pub first_sent_at: Instant,
    pub application_limited: bool,
}

/// What is known of a segment in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// SACK reported it.
    pub sacked: bool,
    /// Taken for lost.
    pub lost: bool,
    /// Sent again, and that retransmission is in flight.
    pub retransmitted: bool,
    /// Ever sent again.
    pub ever_retransmitted: bool,
    /// RACK took it for lost, and does not look at it again before it is sent again, also when that belief was taken back meanwhile.
    pub judged: bool,
}

impl Run {
    pub const fn end(&self) -> u32 {
        self.length + self.flags.contains(Flags::FIN) as u32 + self.flags.contains(Flags::SYN) as u32
    }

    pub fn after(&self) -> Seq {
        self.seq + self.end()
    }
}

impl Chunk {
    pub fn after(&self) -> Seq {
        self.seq + self.length + u32::from(self.flags.fin()) + u32::from(self.flags.syn())
    }
}

#[derive(Debug, Default)]
pub(super) struct SendQueue {
    pub stream: Stream,
    pub unsent: VecDeque<Run>,
    pub sent: VecDeque<Chunk>,
    /// Of those sent: reported by SACK, or, without SACK, counted by duplicate ACKs.
    pub sacked: u32,
    pub lost: u32,
    pub retransmitted: u32,
    /// Segments marked lost in the connection's life.
    pub ever_lost: u32,
    /// The number after the highest segment that SACK reported.
    pub highest_sacked: Option<Seq>,
    pub bursts: u32,
    /// Transmissions in the connection's life, modulo 2^32.
    pub transmissions: u32,
    /// What the buffer is charged for: data and Linux's bookkeeping for each run, in octets.
    pub charged: u32,
}

/// Linux's bookkeeping for one buffer of data, in octets.
pub(super) const BOOKKEEPING: u32 = 832;

impl SendQueue {
    /// Segments sent and not acknowledged.
    pub fn out(&self) -> u32 {
        self.sent.len() as u32
    }

    pub fn is_empty(&self) -> bool {
        self.sent.is_empty() && self.unsent.is_empty()
    }

    pub fn clear(&mut self) {
        *self = SendQueue {
            ever_lost: self.ever_lost,
            bursts: self.bursts,
            transmissions: self.transmissions,
            ..SendQueue::default()
        };
    }

    /// Takes a segment for lost.
    pub fn mark_lost(&mut self, index: usize) {
        let chunk = &mut self.sent[index];
        if chunk.marks.sacked {
            return;
        }
        if chunk.marks.lost {
            // A retransmission that was lost too.
            if chunk.marks.retransmitted {
                chunk.marks.retransmitted = false;
                self.retransmitted -= 1;
                self.ever_lost += 1;
            }
            return;
        }
        chunk.marks.lost = true;
        self.lost += 1;
        self.ever_lost += 1;
        if chunk.marks.retransmitted {
            chunk.marks.retransmitted = false;
            self.retransmitted -= 1;
        }
    }

    /// The index of the segment that holds `seq`, or of the first after it.
    pub fn position(&self, seq: Seq) -> usize {
        self.sent.partition_point(|chunk| chunk.after().precedes_or_is(seq))
    }

    /// The front of the first segment in flight is acknowledged: only the rest may be sent again.
    pub fn trim_front(&mut self, una: Seq) {
        // The SYN's number comes before the data's; SYNs carry none here.
        if let Some(chunk) =
            self.sent.front_mut().filter(|chunk| !chunk.flags.syn() && chunk.seq.precedes(una))
        {
            let gone = una.since(chunk.seq).min(chunk.length);
            chunk.seq = una;
            chunk.length -= gone;
            self.charged = self.charged.saturating_sub(gone);
        }
    }

    /// Cuts the segments of one burst that are in the same plight anew, from this one on, because segments are smaller now.
    pub fn recut(&mut self, index: usize, mss: u32) {
        let first = self.sent[index];
        let alike = |chunk: &Chunk| chunk.burst == first.burst && chunk.marks == first.marks;
        while let Some(next) = self.sent.get(index + 1).filter(|next| alike(next)).copied() {
            let joined = &mut self.sent[index];
            joined.length += next.length;
            joined.flags |= next.flags;
            joined.ends_record |= next.ends_record;
            self.sent.remove(index + 1);
            self.sacked -= u32::from(next.marks.sacked);
            self.lost -= u32::from(next.marks.lost);
            self.retransmitted -= u32::from(next.marks.retransmitted);
        }
        let mut place = index;
        while self.sent[place].length > mss {
            let at = self.sent[place].seq + mss;
            self.split(place, at);
            place += 1;
        }
    }

    /// Cuts a sent segment in two at `seq`, which lies inside it.
    pub fn split(&mut self, index: usize, seq: Seq) {
        let chunk = &mut self.sent[index];
        let front = seq.since(chunk.seq);
        let mut rest = *chunk;
        rest.seq = seq;
        rest.length -= front;
        chunk.length = front;
        chunk.flags = chunk.flags.without(Flags::FIN_ACK).without(Flags::PSH).with(chunk.flags & Flags::ACK);
        chunk.ends_record = false;
        let marks = rest.marks;
        self.sent.insert(index + 1, rest);
        self.sacked += u32::from(marks.sacked);
        self.lost += u32::from(marks.lost);
        self.retransmitted += u32::from(marks.retransmitted);
    }
}
