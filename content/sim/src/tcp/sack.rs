//! SACK at the sender (RFC 2018, RFC 2883): which segments in flight arrived, which were sent twice for nothing, and how far the
//! path reorders.

use super::Turning;
use super::ack::Finding;
use super::connection::Connection;
use crate::rules;
use sockets::Quantity;
use wire::{SackBlock, Segment, Seq};

impl Connection {
    /// The number after the highest octet that SACK reported; SND.UNA when it reported none.
    pub(super) fn highest_sacked(&self) -> Seq {
        if self.queue.sacked == 0 { self.snd.una } else { self.queue.highest_sacked.unwrap_or(self.snd.nxt) }
    }

    /// Marks what the SACK option reports.
    pub(super) fn take_sacks(
        &mut self,
        segment: &Segment,
        prior_una: Seq,
        finding: &mut Finding,
        turn: &mut Turning<'_>,
    ) {
        let mut blocks = [SackBlock::default(); 4];
        let mut count = 0;
        for block in segment.options.sack().take(4) {
            blocks[count] = block;
            count += 1;
        }
        let blocks = &blocks[..count];
        if self.queue.sacked == 0 {
            self.queue.highest_sacked = None;
        }
        let duplicate = self.find_dsack(segment, blocks, prior_una, finding, turn);
        for (place, block) in blocks.iter().enumerate() {
            let is_duplicate = duplicate && place == 0;
            if !self.is_sensible(block, is_duplicate) {
                continue;
            }
            // What is acknowledged already says nothing (the fast path of every SACK but the first).
            if block.end.precedes_or_is(self.snd.una) {
                continue;
            }
            self.mark(block, is_duplicate, finding, turn);
        }
        if let Some(from) = finding.reordered_from
            && self.recovery.state < sockets::Congestion::Loss
        {
            self.note_reordering(from, turn);
        }
    }

    /// RFC 2883, 4: the first block repeats what is acknowledged already, or lies inside the second.
    fn find_dsack(
        &mut self,
        segment: &Segment,
        blocks: &[SackBlock],
        prior_una: Seq,
        finding: &mut Finding,
        turn: &mut Turning<'_>,
    ) -> bool {
        let Some(first) = blocks.first() else { return false };
        let below = first.start.precedes(segment.ack);
        let inside = blocks.get(1).is_some_and(|second| {
            first.end.precedes_or_is(second.end) && second.start.precedes_or_is(first.start)
        });
        if !below && !inside {
            return false;
        }
        let length = first.end.since(first.start);
        // Nonsense: empty, or more than the peer ever took at once.
        if !first.start.precedes(first.end) || length > self.snd.max_wnd {
            return false;
        }
        let mss = u32::from(self.snd.mss.max(1));
        let segments = length.div_ceil(mss).max(1);
        if length <= mss && self.recovery.tail_probe.is_some_and(|probe| probe.high_seq == first.end) {
            finding.dsack_of_probe = true;
        }
        self.totals.dsacks += segments;
        // More duplicates than there were retransmissions: the network made them.
        if self.totals.dsacks > self.totals.retransmitted {
            return false;
        }
        finding.dsack = true;
        // RFC 8985, 6.2, step 4: the window widens for what RACK retransmitted needlessly; the probe is not RACK's.
        if self.recovery.reorderings_seen > 0 && !finding.dsack_of_probe {
            self.recovery.rack.dsack_seen = true;
        }
        // What was sent again for nothing was delivered too.
        self.delivery.count += segments;
        turn.tell(&rules::DSACK, self.state, self.state, None);
        // RFC 3708: a retransmission was for nothing.
        if self.recovery.undo_retransmits > 0
            && self
                .recovery
                .undo_marker
                .is_some_and(|marker| first.end.precedes_or_is(prior_una) && marker.precedes(first.end))
        {
            self.recovery.undo_retransmits = (self.recovery.undo_retransmits - segments as i32).max(0);
        }
        true
    }

    /// Whether a block may be true: inside what was sent, not from a time long gone (Linux, tcp_is_sackblock_valid).
    fn is_sensible(&self, block: &SackBlock, is_duplicate: bool) -> bool {
        if self.snd.nxt.precedes(block.end)
            || !block.start.precedes(block.end)
            || !block.start.precedes(self.snd.nxt)
        {
            return false;
        }
        if self.snd.una.precedes(block.start) {
            return true;
        }
        if !is_duplicate {
            return false;
        }
        let Some(marker) = self.recovery.undo_marker else { return false };
        // A duplicate of what is acknowledged: only from the current recovery on.
        if marker.precedes_or_is(block.start) {
            return true;
        }
        marker.precedes(block.end) && block.start.since(block.end - self.snd.max_wnd) < self.snd.max_wnd
    }

    fn mark(&mut self, block: &SackBlock, is_duplicate: bool, finding: &mut Finding, turn: &mut Turning<'_>) {
        let now = turn.now;
        let before = self.queue.sacked;
        let mut index = self.queue.position(block.start);
        while let Some(chunk) = self.queue.sent.get(index).copied() {
            if block.end.precedes_or_is(chunk.seq) {
                break;
            }
            // A segment counts only as a whole: a part of one is cut off at a multiple of the MSS, of which it has none.
            let whole = block.start.precedes_or_is(chunk.seq) && chunk.after().precedes_or_is(block.end);
            if whole {
                self.mark_one(index, is_duplicate, finding, now);
            }
            index += 1;
        }
        if self.queue.sacked != before {
            turn.tell_change(
                &rules::SACK,
                self.state,
                Quantity::Sacked,
                u64::from(before),
                u64::from(self.queue.sacked),
            );
        }
    }

    fn mark_one(&mut self, index: usize, is_duplicate: bool, finding: &mut Finding, now: sockets::Instant) {
        let highest = self.highest_sacked();
        let chunk = self.queue.sent[index];
        let marks = chunk.marks;
        if is_duplicate && marks.ever_retransmitted {
            if self.recovery.undo_retransmits > 0
                && self.recovery.undo_marker.is_some_and(|marker| marker.precedes(chunk.after()))
            {
                self.recovery.undo_retransmits -= 1;
            }
            if marks.sacked && chunk.seq.precedes(finding.reordered_from.unwrap_or(highest)) {
                finding.reordered_from = Some(chunk.seq);
            }
        }
        if !marks.sacked {
            self.rack_advance(&chunk, marks.ever_retransmitted, now);
            self.delivery.delivered(&chunk, &mut finding.sample);
            let held = &mut self.queue.sent[index];
            if marks.retransmitted {
                // The retransmission may still be in flight unless the original was taken for lost.
                if marks.lost {
                    held.marks.lost = false;
                    held.marks.retransmitted = false;
                    self.queue.lost -= 1;
                    self.queue.retransmitted -= 1;
                }
            } else {
                if !marks.ever_retransmitted {
                    // New, below the highest, and never sent again: it was overtaken.
                    if chunk.seq.precedes(highest)
                        && finding.reordered_from.is_none_or(|from| chunk.seq.precedes(from))
                    {
                        finding.reordered_from = Some(chunk.seq);
                    }
                    if chunk.after().precedes_or_is(self.recovery.high_seq) {
                        finding.original_acked = true;
                    }
                    finding.first_sacked_at = finding.first_sacked_at.or(Some(chunk.sent_at));
                    finding.last_sacked_at = Some(chunk.sent_at);
                }
                if marks.lost {
                    held.marks.lost = false;
                    self.queue.lost -= 1;
                }
            }
            held.marks.sacked = true;
            finding.data_sacked = true;
            self.queue.sacked += 1;
            self.delivery.count += 1;
            if self.queue.highest_sacked.is_none_or(|held| held.precedes(chunk.after())) {
                self.queue.highest_sacked = Some(chunk.after());
            }
        }
        let held = &mut self.queue.sent[index];
        if is_duplicate && held.marks.retransmitted {
            held.marks.retransmitted = false;
            self.queue.retransmitted -= 1;
        }
    }

    /// The path reorders by at least this much: fast retransmit waits for more (RFC 4653's idea, Linux's tcp_reordering).
    pub(super) fn note_reordering(&mut self, from: Seq, turn: &mut Turning<'_>) {
        let highest = self.highest_sacked();
        if !from.precedes(highest) {
            return;
        }
        let distance = highest.since(from);
        let mss = u32::from(self.snd.mss.max(1));
        if distance > self.recovery.reordering * mss {
            let before = self.recovery.reordering;
            self.recovery.reordering = distance.div_ceil(mss).min(turn.profile.max_reordering);
            turn.tell_change(
                &rules::REORDERING,
                self.state,
                Quantity::Reordering,
                u64::from(before),
                u64::from(self.recovery.reordering),
            );
        }
        self.recovery.reorderings_seen += 1;
    }

    /// Without SACK each duplicate ACK stands for a segment that arrived.
    pub(super) fn add_reno_sacks(&mut self, duplicates: u32, turn: &mut Turning<'_>) {
        if duplicates == 0 {
            return;
        }
        let before = self.queue.sacked;
        self.queue.sacked += duplicates;
        self.limit_reno_sacks(0, turn);
        if self.queue.sacked > before {
            self.delivery.count += self.queue.sacked - before;
        }
    }

    /// One of the segments acknowledged filled the hole; the others were counted by duplicate ACKs before.
    pub(super) fn remove_reno_sacks(&mut self, acked: u32, turn: &mut Turning<'_>) {
        if acked > 0 {
            self.delivery.count += acked.saturating_sub(self.queue.sacked).max(1);
            self.queue.sacked = self.queue.sacked.saturating_sub(acked - 1);
        }
        self.limit_reno_sacks(acked, turn);
    }

    /// At least one segment must be missing; more duplicate ACKs than that mean reordering.
    fn limit_reno_sacks(&mut self, acked: u32, turn: &mut Turning<'_>) {
        let out = self.queue.out();
        let holes = self.queue.lost.max(1).min(out);
        if self.queue.sacked + holes > out {
            self.queue.sacked = out - holes;
            let before = self.recovery.reordering;
            self.recovery.reordering = (out + acked).min(turn.profile.max_reordering);
            self.recovery.reorderings_seen += 1;
            turn.tell_change(
                &rules::REORDERING,
                self.state,
                Quantity::Reordering,
                u64::from(before),
                u64::from(self.recovery.reordering),
            );
        }
    }
}
