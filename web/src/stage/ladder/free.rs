//! Where words still have room: boxes that are taken, found by their height. Words may slope, as the arrows do.

/// A box about its middle, turned about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patch {
    /// Its middle.
    pub x: f64,
    /// Its middle.
    pub y: f64,
    /// Half of its length.
    pub along: f64,
    /// Half of its height.
    pub aside: f64,
    /// Which way its length goes: a vector of length 1.
    pub way: (f64, f64),
}

impl Patch {
    /// A box that lies straight.
    pub fn straight(left: f64, right: f64, top: f64, bottom: f64) -> Patch {
        Patch {
            x: f64::midpoint(left, right),
            y: f64::midpoint(top, bottom),
            along: (right - left).abs() / 2.0,
            aside: (bottom - top).abs() / 2.0,
            way: (1.0, 0.0),
        }
    }

    /// How far it reaches from its middle in a direction.
    fn reach(&self, (x, y): (f64, f64)) -> f64 {
        let (a, b) = self.way;
        self.along * (a * x + b * y).abs() + self.aside * (a * y - b * x).abs()
    }

    /// Two boxes are apart if they are so in the direction of one of their sides.
    fn meets(&self, other: &Patch) -> bool {
        let apart = |(x, y): (f64, f64)| {
            let far = ((other.x - self.x) * x + (other.y - self.y) * y).abs();
            far >= self.reach((x, y)) + other.reach((x, y))
        };
        let sides = [self.way, other.way].into_iter().flat_map(|(x, y)| [(x, y), (-y, x)]);
        !sides.into_iter().any(apart)
    }

    /// Whether a point lies in it.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        let ((a, b), dx, dy) = (self.way, x - self.x, y - self.y);
        (dx * a + dy * b).abs() <= self.along && (dy * a - dx * b).abs() <= self.aside
    }
}

/// The boxes that are taken.
#[derive(Debug, Default)]
pub struct Taken {
    strips: Vec<Vec<Patch>>,
}

/// The height of a strip: at least that of a word.
const STRIP: f64 = 32.0;

impl Taken {
    /// Takes a box if it is free.
    pub fn take(&mut self, patch: Patch) -> bool {
        let high = patch.reach((0.0, 1.0));
        let (first, last) = (strip(patch.y - high), strip(patch.y + high));
        let met = |strip: &Vec<Patch>| strip.iter().any(|other| other.meets(&patch));
        if self.strips.iter().skip(first).take(last + 1 - first).any(met) {
            return false;
        }
        if self.strips.len() <= last {
            self.strips.resize_with(last + 1, Vec::new);
        }
        for strip in &mut self.strips[first..=last] {
            strip.push(patch);
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
        let at = |left: f64, top: f64| Patch::straight(left, left + 50.0, top, top + 14.0);
        assert!(taken.take(at(0.0, 25.0)));
        assert!(!taken.take(at(10.0, 38.0)), "they meet in the second strip");
        assert!(taken.take(at(50.0, 25.0)), "edges may touch");
        assert!(taken.take(at(10.0, 39.0)));
        assert!(taken.take(at(0.0, -20.0)) && taken.take(at(0.0, 5_000.0)));
    }

    #[test]
    fn what_slopes_may_stand_close_below_what_slopes_as_much() {
        let way = (0.8, 0.6);
        let patch = |y: f64| Patch { x: 100.0, y, along: 60.0, aside: 6.0, way };
        let mut taken = Taken::default();
        assert!(taken.take(patch(100.0)));
        assert!(!taken.take(patch(114.0)));
        assert!(taken.take(patch(116.0)));
        assert!(taken.take(Patch::straight(20.0, 40.0, 100.0, 112.0)), "beside it");
        assert!(patch(100.0).holds(140.0, 130.0) && !patch(100.0).holds(140.0, 100.0));
    }
}
