//! Where words still have room: rectangles that are taken, found by their height.

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Its left edge.
    pub left: f64,
    /// Its right edge.
    pub right: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its lower edge.
    pub bottom: f64,
}

impl Rect {
    fn meets(&self, other: &Rect) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// The rectangles that are taken.
#[derive(Debug, Default)]
pub struct Taken {
    strips: Vec<Vec<Rect>>,
}

/// The height of a strip: at least that of a word, so that a word meets two.
const STRIP: f64 = 32.0;

impl Taken {
    /// Takes a rectangle if it is free.
    pub fn take(&mut self, rect: Rect) -> bool {
        let (first, last) = (strip(rect.top), strip(rect.bottom));
        let met = |strip: &Vec<Rect>| strip.iter().any(|other| other.meets(&rect));
        if self.strips.iter().skip(first).take(last + 1 - first).any(met) {
            return false;
        }
        if self.strips.len() <= last {
            self.strips.resize_with(last + 1, Vec::new);
        }
        for strip in &mut self.strips[first..=last] {
            strip.push(rect);
        }
        true
    }
}

fn strip(y: f64) -> usize {
    (y.max(0.0) / STRIP) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_not_given_twice() {
        let mut taken = Taken::default();
        let rect = |left: f64, top: f64| Rect { left, right: left + 50.0, top, bottom: top + 14.0 };
        assert!(taken.take(rect(0.0, 25.0)));
        assert!(!taken.take(rect(10.0, 38.0)), "they meet in the second strip");
        assert!(taken.take(rect(50.0, 25.0)), "edges may touch");
        assert!(taken.take(rect(10.0, 39.0)));
        assert!(taken.take(rect(0.0, -20.0)) && taken.take(rect(0.0, 5_000.0)));
    }
}
