//! Numbers on the ruler, and where the names of the variables stand so that they do not cover each other.

use super::index::Run;
use super::scene::{Mark, Row};
use crate::number::grouped;
use crate::stage::Numbers;
use wire::Seq;

/// The part of the width (0 to 100) at which a number lies.
pub fn part(shown: Run, number: u64) -> f64 {
    let span = (shown.1 - shown.0).max(1) as f64;
    (number as f64 - shown.0 as f64) / span * 100.0
}

/// A number as people want numbers written.
pub fn written(number: u64, base: Option<Seq>, numbers: Numbers) -> String {
    match (base, numbers) {
        (Some(base), Numbers::Absolute) => grouped(u64::from(base.0.wrapping_add(number as u32))),
        _ => grouped(number),
    }
}

/// The numbers at which the ruler has ticks: about five, at round numbers.
pub fn ticks(shown: Run) -> Vec<u64> {
    let span = shown.1.saturating_sub(shown.0).max(1);
    let mut step = 1;
    while span / step > 6 {
        step = match step.to_string().as_bytes()[0] {
            b'1' => step * 2,
            b'2' => step / 2 * 5,
            _ => step * 2,
        };
    }
    let begin = shown.0.div_ceil(step) * step;
    (0..8).map(|count| begin + count * step).take_while(|tick| *tick <= shown.1).collect()
}

/// A name of a variable in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Where the variable points, 0 to 100; at the edge if it points beyond.
    pub x: f64,
    /// Which line the name stands on, from the band upwards.
    pub line: u8,
    /// Whether the name ends at its place.
    pub ends: bool,
    /// The words.
    pub words: String,
}

/// The most lines of names.
pub const LINES: u8 = 3;

/// How wide a letter is, in CSS pixels at the usual size.
const LETTER: f64 = 7.2;

/// The part (0 to 100) of a picture, so many CSS pixels wide, that so many letters take.
pub fn letters(count: usize, wide: i32) -> f64 {
    count as f64 * LETTER / f64::from(wide.max(100)) * 100.0
}

/// Puts the names of a row's variables so that they do not cover each other, in a picture so many CSS pixels wide.
pub fn place(
    marks: &[Mark],
    row: Row,
    shown: Run,
    (base, numbers): (Option<Seq>, Numbers),
    wide: i32,
) -> Vec<Placed> {
    let mut placed: Vec<Placed> = Vec::new();
    let mut filled: Vec<(u8, f64, f64)> = Vec::new();
    for mark in marks.iter().filter(|mark| mark.row == row) {
        let exact = part(shown, mark.at);
        let x = exact.clamp(0.0, 100.0);
        let words = match exact {
            exact if exact > 100.0 => format!("{} {} →", mark.name, written(mark.at, base, numbers)),
            exact if exact < 0.0 => format!("← {} {}", mark.name, written(mark.at, base, numbers)),
            _ => mark.name.to_owned(),
        };
        let length = letters(words.chars().count() + 1, wide);
        let ways = [(false, x, x + length), (true, x - length, x)];
        let free = |line: u8, from: f64, to: f64| {
            from >= 0.0
                && to <= 100.0
                && filled.iter().all(|&(other, begin, end)| other != line || to < begin || from > end)
        };
        let best = (0..LINES)
            .flat_map(|line| ways.map(|way| (line, way)))
            .find(|&(line, (_, from, to))| free(line, from, to));
        let (line, (ends, from, to)) = best.unwrap_or((LINES - 1, if x > 50.0 { ways[1] } else { ways[0] }));
        filled.push((line, from, to));
        placed.push(Placed { x, line, ends, words });
    }
    placed
}
