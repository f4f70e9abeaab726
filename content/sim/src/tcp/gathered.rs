//! What a receive has taken, piece by piece, until its call comes back.

use bytes::{Bytes, BytesMut};

/// Pieces of the stream in their order. They are joined only at the end, so that every octet is copied once at most.
#[derive(Debug, Default)]
pub struct Gathered {
    pieces: Vec<Bytes>,
    octets: usize,
}

impl Gathered {
    /// How many octets they are.
    pub const fn octets(&self) -> usize {
        self.octets
    }

    /// Adds a piece at the end.
    pub fn push(&mut self, piece: Bytes) {
        self.octets += piece.len();
        self.pieces.push(piece);
    }

    /// All of it; nothing is copied where it is one piece.
    pub fn join(mut self) -> Bytes {
        if self.pieces.len() == 1 {
            return self.pieces.swap_remove(0);
        }
        let mut joined = BytesMut::with_capacity(self.octets);
        self.pieces.iter().for_each(|piece| joined.extend_from_slice(piece));
        joined.freeze()
    }
}
