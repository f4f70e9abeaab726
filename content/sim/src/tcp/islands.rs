//! What came out of order: islands beyond the hole, the SACK blocks that tell of them (RFC 2018, 4), and what goes when memory is short.

use super::connection::Agreed;
use super::receive::{Island, Receiver, charge_of};
use bytes::Bytes;
use wire::{SackBlock, Seq};

impl Receiver {
    /// Octets that came too early. True when any of them is new.
    pub fn keep(&mut self, seq: Seq, data: Bytes, fin: bool) -> bool {
        let mut seq = seq;
        let mut data = data;
        let start = seq;
        let end = seq + data.len() as u32 + u32::from(fin);
        let index = self.islands.partition_point(|island| island.seq.precedes_or_is(seq));
        // What the island before already holds.
        if let Some(before) = index.checked_sub(1).and_then(|index| self.islands.get(index)) {
            let covered = before.seq + before.data.len() as u32 + u32::from(before.fin);
            if end.precedes_or_is(covered) {
                self.duplicate = Some(SackBlock { start, end });
                self.note_block(start, end);
                return false;
            }
            if seq.precedes(covered) {
                let overlap = covered.since(seq);
                self.duplicate = Some(SackBlock { start: seq, end: covered });
                data = data.slice((overlap as usize).min(data.len())..);
                seq = covered;
            }
        }
        // What the islands after it hold is thrown away when it is covered whole, else cut off.
        while let Some(after) = self.islands.get(index) {
            if end.precedes_or_is(after.seq) {
                break;
            }
            let after_end = after.seq + after.data.len() as u32 + u32::from(after.fin);
            if end.precedes(after_end) {
                let kept = after.seq.since(seq) as usize;
                let start = after.seq;
                self.extend_duplicate(start, end);
                data = data.slice(..kept.min(data.len()));
                break;
            }
            let (start, charge) = (after.seq, after.charge);
            self.extend_duplicate(start, after_end);
            self.charged = self.charged.saturating_sub(charge);
            self.islands.remove(index);
        }
        let charge = charge_of(data.len() as u32);
        self.charged += charge;
        let fin = fin && seq + data.len() as u32 + 1 == end;
        self.islands.insert(index, Island { seq, data, fin, charge });
        self.note_block(start, end);
        true
    }

    /// More that came twice in the same segment: told with what is told already where both touch, else only the first is (RFC 2883, 4).
    pub(super) fn extend_duplicate(&mut self, start: Seq, end: Seq) {
        match &mut self.duplicate {
            None => self.duplicate = Some(SackBlock { start, end }),
            Some(told) if start.precedes_or_is(told.end) && told.start.precedes_or_is(end) => {
                told.start = told.start.earliest(start);
                told.end = told.end.latest(end);
            }
            Some(_) => {}
        }
    }

    /// RFC 2018, 4: the block that just changed comes first.
    pub(super) fn note_block(&mut self, start: Seq, end: Seq) {
        let mut block = SackBlock { start, end };
        self.recent.retain(|other| {
            let apart = block.end.precedes(other.start) || other.end.precedes(block.start);
            if !apart {
                block.start = block.start.earliest(other.start);
                block.end = block.end.latest(other.end);
            }
            apart
        });
        self.recent.push_front(block);
        self.recent.truncate(4);
    }

    /// Moves what is in order now behind RCV.NXT; true when a FIN was reached.
    pub fn fill_hole(&mut self) -> bool {
        let mut fin = false;
        while let Some(island) = self.islands.front() {
            if self.nxt.precedes(island.seq) {
                break;
            }
            let island = self.islands.pop_front().expect("it was just looked at");
            let end = island.seq + island.data.len() as u32;
            let ends = island.fin;
            if !end.precedes(self.nxt) {
                let skip = self.nxt.since(island.seq) as usize;
                if skip > 0 {
                    self.extend_duplicate(island.seq, self.nxt.earliest(end));
                }
                let data = island.data.slice(skip.min(island.data.len())..);
                let octets = data.len() as u32;
                self.nxt += octets;
                self.unread += octets;
                if octets > 0 {
                    self.hold(data, island.charge);
                } else {
                    self.charged = self.charged.saturating_sub(island.charge);
                }
                if ends {
                    fin = true;
                    self.islands.clear();
                }
            } else {
                self.extend_duplicate(island.seq, end);
                self.charged = self.charged.saturating_sub(island.charge);
            }
        }
        let nxt = self.nxt;
        self.recent.retain(|block| nxt.precedes(block.end));
        if self.islands.is_empty() {
            self.recent.clear();
        }
        fin
    }

    /// How many SACK blocks the next segment carries.
    pub fn sack_blocks_to_send(&self, agreed: &Agreed) -> usize {
        if !agreed.sack {
            return 0;
        }
        let most = if agreed.timestamps { 3 } else { 4 };
        (self.recent.len() + usize::from(self.duplicate.is_some())).min(most)
    }

    /// The SACK blocks: what came twice first, then what changed last.
    pub fn sack_blocks(&self) -> ([SackBlock; 4], usize) {
        let mut blocks = [SackBlock::default(); 4];
        let mut count = 0;
        for block in self.duplicate.iter().chain(&self.recent).take(4) {
            blocks[count] = *block;
            count += 1;
        }
        (blocks, count)
    }

    /// Whether one more segment can be charged; segments that waste memory are put together first, then what is out of order goes.
    pub fn makes_room(&mut self) -> bool {
        if self.charged <= self.buffer {
            return true;
        }
        let held: u32 = self.islands.iter().map(|island| island.charge).sum();
        self.spare = 0;
        let packed = charge_of(self.unread) + self.unread / 4;
        self.charged = self.charged.min(packed + held);
        if let Some((_, charge)) = self.pieces.back_mut() {
            // Later reads give back what is charged now.
            *charge = 0;
        }
        let in_order = self.charged - held;
        let mut rest = in_order;
        for (data, charge) in &mut self.pieces {
            *charge = rest.min(data.len() as u32 + data.len() as u32 / 4 + 1);
            rest -= *charge;
        }
        if let Some((_, charge)) = self.pieces.back_mut() {
            *charge += rest;
        }
        while self.charged > self.buffer
            && let Some(island) = self.islands.pop_back()
        {
            self.charged -= island.charge;
            self.recent.retain(|block| !island.seq.is_within(block.start, block.end.since(block.start)));
        }
        self.charged <= self.buffer
    }
}
