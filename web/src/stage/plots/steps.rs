//! A quantity that changes from time to time, and its line: drawn with no more points than there are pixels.

use super::ticks::Scale;
use sockets::Instant;
use std::fmt::Write;

/// A quantity over time: from each moment on it has that value, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps(Vec<(Instant, Option<u64>)>);

impl Steps {
    /// From `at` on the quantity has this value. Moments come in order.
    pub fn push(&mut self, at: Instant, value: Option<u64>) {
        match self.0.last_mut() {
            Some((_, last)) if *last == value => {}
            Some((when, last)) if *when == at => *last = value,
            _ => self.0.push((at, value)),
        }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, value)| value.is_none())
    }

    /// The value at a moment.
    pub fn at(&self, at: Instant) -> Option<u64> {
        let count = self.0.partition_point(|(when, _)| *when <= at);
        self.0[count.checked_sub(1)?].1
    }

    /// The last value.
    pub fn last(&self) -> Option<u64> {
        self.0.last()?.1
    }

    /// All changes.
    pub fn points(&self) -> &[(Instant, Option<u64>)] {
        &self.0
    }

    /// The changes in a span, and the value that holds at its beginning.
    pub fn within(&self, begin: Instant, end: Instant) -> impl Iterator<Item = (Instant, Option<u64>)> + '_ {
        let first = self.0.partition_point(|(when, _)| *when <= begin);
        let after = self.0.partition_point(|(when, _)| *when <= end);
        let before = first.checked_sub(1).map(|place| (begin, self.0[place].1));
        before.into_iter().chain(self.0[first..after.max(first)].iter().copied())
    }

    /// The least and the greatest value in a span.
    pub fn extent(&self, begin: Instant, end: Instant) -> Option<(u64, u64)> {
        self.within(begin, end).filter_map(|(_, value)| value).fold(None, |extent, value| {
            let (least, most) = extent.unwrap_or((value, value));
            Some((least.min(value), most.max(value)))
        })
    }

    /// The line as the data of an SVG path, as stairs. Of all that falls into one column of pixels, only the first, the least, the
    /// greatest and the last are drawn: nothing else could be seen.
    pub fn path(&self, begin: Instant, end: Instant, x: &Scale, y: &Scale) -> String {
        let mut path = String::new();
        let mut pen: Option<f64> = None;
        let mut column: Option<Column> = None;
        let flush = |column: Option<Column>, pen: &mut Option<f64>, path: &mut String| {
            let Some(column) = column else { return };
            column.draw(pen, path);
        };
        for (at, value) in self.within(begin, end) {
            let place = x.place(at.0 as f64);
            let height = value.map(|value| y.place(value as f64));
            match &mut column {
                Some(column) if column.x.floor() == place.floor() => column.take(height),
                _ => {
                    flush(column.take(), &mut pen, &mut path);
                    column = Some(Column::new(place, height));
                }
            }
        }
        flush(column, &mut pen, &mut path);
        if pen.is_some() {
            write!(path, "H{:.1}", x.place(end.0 as f64)).expect("a String takes all");
        }
        path
    }
}

/// What falls into one column of pixels.
struct Column {
    x: f64,
    first: Option<f64>,
    last: Option<f64>,
    least: f64,
    most: f64,
}

impl Column {
    fn new(x: f64, height: Option<f64>) -> Column {
        let mut column =
            Column { x, first: height, last: height, least: f64::INFINITY, most: f64::NEG_INFINITY };
        column.take(height);
        column
    }

    fn take(&mut self, height: Option<f64>) {
        self.last = height;
        if let Some(height) = height {
            self.least = self.least.min(height);
            self.most = self.most.max(height);
        }
    }

    fn draw(&self, pen: &mut Option<f64>, path: &mut String) {
        let x = self.x;
        match (&pen, self.first) {
            (Some(_), _) => write!(path, "H{x:.1}"),
            (None, Some(first)) => write!(path, "M{x:.1} {first:.1}"),
            (None, None) if self.least.is_finite() => write!(path, "M{x:.1} {:.1}", self.least),
            (None, None) => Ok(()),
        }
        .expect("a String takes all");
        for height in [self.least, self.most] {
            if height.is_finite() && *pen != Some(height) && self.least < self.most {
                write!(path, "V{height:.1}").expect("a String takes all");
            }
        }
        if let Some(last) = self.last {
            write!(path, "V{last:.1}").expect("a String takes all");
        }
        *pen = self.last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(points: &[(u64, Option<u64>)]) -> Steps {
        let mut steps = Steps::default();
        for (at, value) in points {
            steps.push(Instant(*at), *value);
        }
        steps
    }

    #[test]
    fn a_value_holds_until_the_next() {
        let steps = steps(&[(10, Some(1)), (20, Some(1)), (30, Some(5)), (30, Some(6)), (40, None)]);
        assert_eq!(steps.points().len(), 3);
        let at = |at| steps.at(Instant(at));
        assert_eq!([at(9), at(10), at(29), at(30), at(40)], [None, Some(1), Some(1), Some(6), None]);
        assert_eq!(steps.extent(Instant(0), Instant(35)), Some((1, 6)));
        assert_eq!(steps.extent(Instant(15), Instant(25)), Some((1, 1)));
        assert_eq!(steps.extent(Instant(40), Instant(50)), None);
    }

    #[test]
    fn stairs() {
        let steps = steps(&[(0, Some(0)), (10, Some(5)), (20, None), (30, Some(10))]);
        let (x, y) = (Scale::linear(0.0, 40.0, 0.0, 40.0), Scale::linear(0.0, 10.0, 100.0, 0.0));
        assert_eq!(
            steps.path(Instant(0), Instant(40), &x, &y),
            "M0.0 100.0V100.0H10.0V50.0H20.0M30.0 0.0V0.0H40.0"
        );
    }

    #[test]
    fn no_more_points_than_pixels_and_no_peak_is_lost() {
        let mut steps = Steps::default();
        for at in 0..100_000u64 {
            steps.push(Instant(at), Some(if at == 77_777 { 1_000 } else { at % 7 }));
        }
        let (x, y) = (Scale::linear(0.0, 100_000.0, 0.0, 200.0), Scale::linear(0.0, 1_000.0, 100.0, 0.0));
        let path = steps.path(Instant(0), Instant(100_000), &x, &y);
        assert!(path.len() < 200 * 4 * 8, "{}", path.len());
        assert!(path.contains("V0.0"), "the peak is drawn");
    }
}
