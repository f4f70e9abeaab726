//! The axis of time: a monotone, piecewise linear map from moments to positions, with idle time folded.
//!
//! ```text
//!   time   t0        t1  t2                         t3
//!          |---------|---|-----------// //-----------|
//!   y      |---------|---|----/fold/----|
//! ```
//!
//! A moment may have room of its own, for words that stand one below another: then it covers an interval, in which time stands still.
//! What has happened by a moment stands above the interval's end. Positions are in sixteenths of the font size, from the top.

use sockets::{Instant, Micros};

/// How time is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal times, equal lengths, but for folds.
    #[default]
    Time,
    /// Every moment at which something happens has a row.
    Events,
}

/// A moment that needs a place, and how many rows of words it needs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// When.
    pub at: Instant,
    /// Rows; 0 and 1 need no room of their own.
    pub rows: u16,
}

/// What a scale is chosen by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// How long a datagram is under way, typically, in microseconds; 0 if there are none.
    pub flight: u64,
    /// How soon the next one follows where they follow closely, in microseconds; 0 if unknown.
    pub apart: u64,
    /// How far it is from column to column, so that arrows are not too steep.
    pub wide: f64,
    /// What the person chose: 1 is the default.
    pub zoom: f64,
}

/// A row of words.
pub const ROW: f64 = 15.0;
/// A row of its own, event by event.
const EVENT: f64 = 24.0;
/// A folded silence.
pub const FOLDED: f64 = 46.0;
/// The longest that time takes through most of what is beyond the last moment, in microseconds.
const BEYOND: f64 = 800_000.0;
/// Longer silences are folded.
const LONG: f64 = 150.0;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Knot {
    at: u64,
    top: f64,
    bottom: f64,
}

/// A silence that takes less room than it should.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fold {
    /// Where it begins.
    pub top: f64,
    /// Where it ends.
    pub bottom: f64,
    /// How long it is.
    pub span: Micros,
}

/// The map.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    knots: Vec<Knot>,
    /// Folded silences, from top to bottom.
    pub folds: Vec<Fold>,
    /// The height of a row in a moment that has several.
    pub row: f64,
    /// Sixteenths of the font size for a microsecond, where nothing is folded.
    pub pace: f64,
}

impl Axis {
    /// An axis that begins at `top`. Marks may come in any order.
    pub fn new(mut marks: Vec<Mark>, scale: Scale, measure: Measure, top: f64) -> Axis {
        marks.sort();
        // Of marks of one moment, the last wants the most rows.
        let mut places: Vec<Mark> = Vec::new();
        for mark in marks {
            match places.last_mut() {
                Some(last) if last.at == mark.at => *last = mark,
                _ => places.push(mark),
            }
        }
        let pace = pace(&places, measure);
        let mut axis = Axis { knots: Vec::with_capacity(places.len()), folds: Vec::new(), row: ROW, pace };
        let mut y = top;
        let mut before: Option<u64> = None;
        let mut crowded: Option<u64> = None;
        let row = match scale {
            Scale::Time => ROW,
            Scale::Events => ROW + 4.0,
        };
        axis.row = row;
        for mark in places {
            if let Some(before) = before {
                let span = mark.at.0 - before;
                let room = match scale {
                    Scale::Time => span as f64 * pace,
                    Scale::Events => EVENT * measure.zoom,
                };
                let fold = scale == Scale::Time && room > LONG.max(measure.flight as f64 * pace * 1.6);
                let room = if fold { FOLDED } else { room };
                if fold {
                    axis.folds.push(Fold { top: y, bottom: y + room, span: Micros(span) });
                }
                y += room;
            }
            let wanted = f64::from(mark.rows.max(1) - 1) * row;
            // Where crowded moments follow closely, room for all their words would tear time apart.
            let close = crowded.is_some_and(|last| (mark.at.0 - last) as f64 * pace < 2.0 * wanted);
            let bottom = y + if scale == Scale::Time && close { 0.0 } else { wanted };
            if wanted > 0.0 {
                crowded = Some(mark.at.0);
            }
            axis.knots.push(Knot { at: mark.at.0, top: y, bottom });
            y = bottom;
            before = Some(mark.at.0);
        }
        axis
    }

    /// Where a moment begins.
    pub fn top(&self, at: Instant) -> f64 {
        match self.knots.binary_search_by_key(&at.0, |knot| knot.at) {
            Ok(place) => self.knots[place].top,
            Err(place) => self.between(place, at.0),
        }
    }

    /// Where a moment ends: all that has happened by then stands above.
    pub fn y(&self, at: Instant) -> f64 {
        match self.knots.binary_search_by_key(&at.0, |knot| knot.at) {
            Ok(place) => self.knots[place].bottom,
            Err(place) => self.between(place, at.0),
        }
    }

    fn between(&self, place: usize, at: u64) -> f64 {
        let after = self.knots.get(place);
        match (place.checked_sub(1).and_then(|before| self.knots.get(before)), after) {
            (Some(before), Some(after)) => {
                let part = (at - before.at) as f64 / (after.at - before.at) as f64;
                before.bottom + (after.top - before.bottom) * part
            }
            (Some(last), None) => last.bottom + (FOLDED).min((at - last.at) as f64 * self.pace),
            (None, Some(first)) => first.top,
            (None, None) => 0.0,
        }
    }

    /// Where now is, when that is beyond the last moment: nobody knows how long it will last, so it begins to scale, and never comes
    /// to the end of its room.
    pub fn now(&self, at: Instant) -> f64 {
        match self.knots.last() {
            Some(last) if last.at < at.0 => {
                let pace = self.pace.clamp(FOLDED / BEYOND / 8.0, FOLDED / BEYOND * 2.0);
                last.bottom + FOLDED * (1.0 - (-((at.0 - last.at) as f64) * pace / FOLDED).exp())
            }
            _ => self.y(at),
        }
    }

    /// The moment at a position.
    pub fn time(&self, y: f64) -> Instant {
        let place = self.knots.partition_point(|knot| knot.top <= y);
        let Some(before) = place.checked_sub(1).map(|before| self.knots[before]) else {
            return Instant(self.knots.first().map_or(0, |knot| knot.at));
        };
        let Some(after) = self.knots.get(place) else { return Instant(before.at) };
        let room = after.top - before.bottom;
        let part = if room > 0.0 { ((y - before.bottom) / room).clamp(0.0, 1.0) } else { 0.0 };
        Instant(before.at + ((after.at - before.at) as f64 * part).round() as u64)
    }

    /// The lowest position.
    pub fn bottom(&self) -> f64 {
        self.knots.last().map_or(0.0, |knot| knot.bottom)
    }

    /// The moments that have a place of their own, with it.
    pub fn moments(&self) -> impl Iterator<Item = (Instant, f64)> {
        self.knots.iter().map(|knot| (Instant(knot.at), knot.top))
    }
}

/// A flight slopes so that one sees it, and what follows closely has room for words, as long as a flight does not get too long.
fn pace(places: &[Mark], measure: Measure) -> f64 {
    let Measure { flight, apart, wide, zoom } = measure;
    let pace = if flight > 0 {
        let least = 72.0 / flight as f64;
        let wanted = if apart > 0 { 16.0 / apart as f64 } else { least };
        wanted.clamp(least, (wide * 0.6).clamp(72.0, 230.0) / flight as f64)
    } else if apart > 0 {
        16.0 / apart as f64
    } else {
        let mut spans: Vec<u64> = places.windows(2).map(|pair| pair[1].at.0 - pair[0].at.0).collect();
        spans.sort_unstable();
        36.0 / spans.get(spans.len() / 3).copied().unwrap_or(1).max(1) as f64
    };
    pace * zoom
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(times: &[u64]) -> Vec<Mark> {
        times.iter().map(|&at| Mark { at: Instant(at), rows: 1 }).collect()
    }

    const MEASURE: Measure = Measure { flight: 20_000, apart: 0, wide: 400.0, zoom: 1.0 };

    #[test]
    fn equal_times_have_equal_lengths_and_silence_is_folded() {
        let axis = Axis::new(marks(&[0, 10_000, 30_000, 1_030_000, 1_040_000]), Scale::Time, MEASURE, 10.0);
        let y = |at| axis.y(Instant(at));
        assert_eq!(
            [y(0), y(10_000), y(30_000), y(1_030_000), y(1_040_000)],
            [10.0, 46.0, 118.0, 164.0, 200.0]
        );
        assert_eq!(axis.folds, [Fold { top: 118.0, bottom: 164.0, span: Micros(1_000_000) }]);
        assert_eq!(y(530_000), 141.0, "time passes inside a fold, too");
    }

    #[test]
    fn event_by_event_every_moment_has_a_row() {
        let axis = Axis::new(marks(&[0, 1, 2, 1_000_000]), Scale::Events, MEASURE, 0.0);
        let y = |at| axis.y(Instant(at));
        assert_eq!([y(0), y(1), y(2), y(1_000_000)], [0.0, EVENT, 2.0 * EVENT, 3.0 * EVENT]);
        assert!(axis.folds.is_empty());
    }

    #[test]
    fn a_moment_with_many_words_has_room_for_them() {
        let crowded = Mark { at: Instant(5_000), rows: 3 };
        let axis = Axis::new([marks(&[0, 5_000, 10_000]), vec![crowded]].concat(), Scale::Time, MEASURE, 0.0);
        assert_eq!(axis.y(Instant(5_000)) - axis.top(Instant(5_000)), 2.0 * ROW);
        assert_eq!(axis.time(axis.top(Instant(5_000)) + ROW), Instant(5_000));
    }

    #[test]
    fn there_and_back_again_and_never_upwards() {
        for scale in [Scale::Time, Scale::Events] {
            let axis = Axis::new(marks(&[7, 400, 9_000, 9_001, 700_000, 5_000_000]), scale, MEASURE, 3.0);
            let mut before = f64::MIN;
            for at in (0..5_200_000).step_by(997) {
                let y = axis.y(Instant(at));
                assert!(y >= before, "{at} stands above what was earlier");
                before = y;
            }
            for at in [7, 400, 9_000, 700_000, 5_000_000] {
                assert_eq!(axis.time(axis.y(Instant(at))), Instant(at), "{scale:?}");
            }
        }
    }

    #[test]
    fn nothing_is_no_trouble() {
        let axis = Axis::new(Vec::new(), Scale::Time, MEASURE, 0.0);
        assert_eq!((axis.y(Instant(9)), axis.time(5.0), axis.bottom()), (0.0, Instant(0), 0.0));
    }
}
