//! Where moments stand on the page. Time flows down, but not evenly: what happens within microseconds still needs a line for its
//! words, and a long silence needs no more room than a short one.

use sockets::{Instant, Micros};

/// The room of one line of words.
pub const LINE: i32 = 20;

/// Silences from this on are folded.
const FOLD: Micros = Micros(2_000_000);

/// What a folded silence takes.
const FOLDED: i32 = 52;

/// Pixels of a silence that is not folded: 22 for a second.
const fn room_for(span: Micros) -> i32 {
    (span.0 * 22 / 1_000_000) as i32
}

/// Hands out positions from top to bottom.
#[derive(Debug)]
pub struct Axis {
    at: Instant,
    y: i32,
    /// How far down each column is filled with words.
    filled: Vec<i32>,
    /// Folded silences: their middle and their length.
    pub folds: Vec<(i32, Micros)>,
}

impl Axis {
    /// An axis for this many columns, beginning at `top`.
    pub fn new(columns: usize, top: i32, start: Instant) -> Axis {
        Axis { at: start, y: top, filled: vec![top; columns], folds: Vec::new() }
    }

    /// The position of the next moment. `words`: the column that needs a line for it.
    pub fn place(&mut self, at: Instant, words: Option<usize>) -> i32 {
        let silence = at.since(self.at);
        let mut y = self.y;
        if silence >= FOLD {
            self.folds.push((y + FOLDED / 2 + 4, silence));
            y += FOLDED + 8;
        } else {
            y += room_for(silence).max(i32::from(silence.0 > 0));
        }
        if let Some(filled) = words.and_then(|column| self.filled.get_mut(column)) {
            y = y.max(*filled);
            *filled = y + LINE;
        }
        self.at = self.at.max(at);
        self.y = y;
        y
    }

    /// One more line of words in this column at the place where the axis stands.
    pub fn extra_line(&mut self, column: usize) -> i32 {
        let Some(filled) = self.filled.get_mut(column) else { return self.y };
        let y = self.y.max(*filled);
        *filled = y + LINE;
        self.y = y;
        y
    }

    /// The lowest point that anything has reached.
    pub fn bottom(&self) -> i32 {
        self.filled.iter().copied().fold(self.y, i32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_order_and_words_their_room() {
        let mut axis = Axis::new(2, 0, Instant(0));
        assert_eq!(axis.place(Instant(10), Some(0)), 1);
        assert_eq!(axis.place(Instant(20), Some(1)), 2, "another column has room at once");
        assert_eq!(axis.place(Instant(30), Some(0)), 1 + LINE);
        assert_eq!(axis.place(Instant(1_000_030), None), 1 + LINE + 22);
        assert!(axis.folds.is_empty());
    }

    #[test]
    fn a_long_silence_is_folded() {
        let mut axis = Axis::new(1, 0, Instant(0));
        axis.place(Instant(0), Some(0));
        let y = axis.place(Instant(3_600_000_000), Some(0));
        assert!(y < 100, "{y}");
        assert_eq!(axis.folds.len(), 1);
        assert_eq!(axis.folds[0].1, Micros(3_600_000_000));
    }
}
