//! Which call gave which octet, and which packets carried it.

use super::{EndId, Piece, Story};
use wire::Seq;

impl Story {
    /// The number of an octet of an end's stream, counted from 0; `None` while the initial sequence number is not known.
    pub fn number_of(&self, from: EndId, offset: u64) -> Option<Seq> {
        let iss = self.ends[from.0].iss?;
        // The SYN takes the first number (RFC 9293, 3.4).
        Some(Seq(iss.0.wrapping_add(1).wrapping_add(offset as u32)))
    }

    /// Calls that gave octets of this range to send.
    pub fn writers(&self, from: EndId, first: Seq, end: Seq) -> Vec<usize> {
        let pieces = &self.ends[from.0].wrote;
        pieces.iter().filter(|piece| self.overlaps(from, piece, first, end)).map(|piece| piece.call).collect()
    }

    /// Calls of the peer that received octets of this range.
    pub fn readers(&self, from: EndId, first: Seq, end: Seq) -> Vec<usize> {
        let Some(peer) = self.ends[from.0].peer else { return Vec::new() };
        let pieces = &self.ends[peer.0].read;
        pieces.iter().filter(|piece| self.overlaps(from, piece, first, end)).map(|piece| piece.call).collect()
    }

    /// The octets that a call on this end gave or received, each range with its sender.
    pub fn octets_of_call(&self, end: EndId, call: usize) -> Vec<(EndId, Seq, Seq)> {
        let end_of = &self.ends[end.0];
        let wrote = end_of.wrote.iter().map(|piece| (end, piece));
        let read = end_of.read.iter().filter_map(|piece| Some((end_of.peer?, piece)));
        let mine = wrote.chain(read).filter(|(_, piece)| piece.call == call && piece.end > piece.first);
        mine.filter_map(|(from, piece)| {
            Some((from, self.number_of(from, piece.first)?, self.number_of(from, piece.end)?))
        })
        .collect()
    }

    /// Packets that the end sent with octets of this range; an empty range has none.
    pub fn carriers(&self, from: EndId, first: Seq, end: Seq) -> Vec<usize> {
        let carries = |&&packet: &&usize| {
            self.segment(packet).is_some_and(|segment| {
                segment.sequence_length() > 0 && segment.seq.precedes(end) && first.precedes(segment.end())
            })
        };
        self.ends[from.0].sent.iter().filter(carries).copied().collect()
    }

    fn overlaps(&self, from: EndId, piece: &Piece, first: Seq, end: Seq) -> bool {
        let (Some(begin), Some(after)) = (self.number_of(from, piece.first), self.number_of(from, piece.end))
        else {
            return false;
        };
        begin.precedes(end) && first.precedes(after)
    }
}
