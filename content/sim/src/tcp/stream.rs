//! The octets between the program and the segments, on the sending side: pieces as the program gave them, found again by number.

use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use wire::Seq;

/// The octets that were given and not yet acknowledged. Pieces are shared with the program's buffers, not copied, except where a
/// segment spans two of them.
#[derive(Debug, Default)]
pub struct Stream {
    pieces: VecDeque<(Seq, Bytes)>,
    /// Where the last look-up found its octets: the next is likely there or right after.
    cursor: usize,
}

impl Stream {
    /// Adds octets at the end.
    pub fn push(&mut self, seq: Seq, piece: Bytes) {
        if !piece.is_empty() {
            self.pieces.push_back((seq, piece));
        }
    }

    /// Forgets whatever lies before `seq`.
    pub fn release(&mut self, seq: Seq) {
        while let Some((start, piece)) = self.pieces.front() {
            if seq.precedes(*start + piece.len() as u32) {
                break;
            }
            self.pieces.pop_front();
            self.cursor = self.cursor.saturating_sub(1);
        }
    }

    /// The octets from `seq` on; fewer than `length` only when there are no more.
    pub fn slice(&mut self, seq: Seq, length: u32) -> Bytes {
        if length == 0 {
            return Bytes::new();
        }
        let Some(index) = self.find(seq) else { return Bytes::new() };
        self.cursor = index;
        let (start, piece) = &self.pieces[index];
        let from = seq.since(*start) as usize;
        let wanted = length as usize;
        if piece.len() - from >= wanted {
            return piece.slice(from..from + wanted);
        }
        let mut joined = BytesMut::with_capacity(wanted);
        joined.extend_from_slice(&piece[from..]);
        for (_, piece) in self.pieces.iter().skip(index + 1) {
            let room = wanted - joined.len();
            joined.extend_from_slice(&piece[..room.min(piece.len())]);
            if joined.len() == wanted {
                break;
            }
        }
        joined.freeze()
    }

    fn find(&self, seq: Seq) -> Option<usize> {
        let holds = |index: usize| {
            self.pieces.get(index).is_some_and(|(start, piece)| seq.is_within(*start, piece.len() as u32))
        };
        if holds(self.cursor) {
            return Some(self.cursor);
        }
        if holds(self.cursor + 1) {
            return Some(self.cursor + 1);
        }
        let index =
            self.pieces.partition_point(|(start, piece)| (*start + piece.len() as u32).precedes_or_is(seq));
        holds(index).then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn octets_are_found_across_pieces_and_around_the_circle() {
        let start = Seq(u32::MAX - 1);
        let mut stream = Stream::default();
        stream.push(start, Bytes::from_static(b"abc"));
        stream.push(start + 3, Bytes::from_static(b"defg"));
        assert_eq!(stream.slice(start, 3), "abc");
        assert_eq!(stream.slice(start + 2, 3), "cde");
        assert_eq!(stream.slice(start + 5, 9), "fg");
        stream.release(start + 3);
        assert_eq!(stream.slice(start + 2, 1), "");
        assert_eq!(stream.slice(start + 3, 4), "defg");
    }
}
