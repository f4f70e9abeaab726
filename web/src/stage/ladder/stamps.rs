//! Times at the margin, in seconds since the story's beginning.

use super::axis::Axis;
use crate::stage::Story;
use sockets::{Instant, Micros};

/// A time at the margin.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// Where its moment is.
    pub y: f64,
    /// The time.
    pub text: String,
}

/// Stamps of moments, as many as have room.
pub fn stamps(story: &Story, axis: &Axis, room: f64) -> Vec<Stamp> {
    let mut gaps: Vec<u64> = Vec::new();
    let mut shown: Vec<(Instant, f64)> = Vec::new();
    // At the end of a story that goes on stands now, with its own time.
    let last = |at: Instant| story.goes_on && at == story.end && at > story.begin;
    for (at, y) in axis.moments().filter(|(at, _)| *at <= story.end && !last(*at)) {
        if let Some(&(before, above)) = shown.last() {
            if y - above < 17.0 {
                continue;
            }
            gaps.push(at.since(before).0);
        }
        shown.push((at, y));
    }
    gaps.sort_unstable();
    let close = gaps.get(gaps.len() / 10).copied().unwrap_or(1_000);
    let decimals: u32 = match close {
        ..10 => 6,
        10..100 => 5,
        100..1_000 => 4,
        _ => 3,
    };
    // A narrow margin has six characters.
    let decimals = if room < 50.0 { decimals.min(4) } else { decimals };
    shown.into_iter().map(|(at, y)| Stamp { y, text: seconds(at.since(story.begin), decimals) }).collect()
}

/// Seconds with so many decimals (0 to 6), cut.
pub fn seconds(span: Micros, decimals: u32) -> String {
    let unit = 10_u64.pow(6 - decimals.min(6));
    let (whole, part) = (span.0 / 1_000_000, span.0 % 1_000_000 / unit);
    if decimals == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{part:0width$}", width = decimals as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_cut_not_rounded() {
        assert_eq!(seconds(Micros(1_999_999), 3), "1.999");
        assert_eq!(seconds(Micros(10), 6), "0.000010");
        assert_eq!(seconds(Micros(61_500_000), 0), "61");
    }
}
