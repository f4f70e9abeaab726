//! The options of a TCP header in their real octets: kind, length, values; whatever no table knows, too.

use super::around::Around;
use super::says::{count, sentence};
use super::sheet::{Cell, Kind, Tone, spaced};
use crate::number::grouped;
use core::ops::Range;
use wire::fields::options::{self as kinds, OptionKind, of_kind};
use wire::{Packet, Seq};

/// The cells of options that lie in `range`.
pub fn cells(packet: &Packet, range: Range<usize>, around: &Around) -> Vec<Cell> {
    let octets = &packet.octets()[..range.end];
    let syn = packet.get(&wire::fields::tcp::SYN) == Some(1);
    let ack = Seq(packet.get(&wire::fields::tcp::ACKNOWLEDGMENT_NUMBER).unwrap_or(0) as u32);
    let mut options = Options { octets, around, syn, ack, cells: Vec::new() };
    let mut at = range.start;
    while at < range.end {
        at = options.one(at);
    }
    options.cells
}

struct Options<'a> {
    octets: &'a [u8],
    around: &'a Around,
    syn: bool,
    ack: Seq,
    cells: Vec<Cell>,
}

impl Options<'_> {
    /// Lays out the option at `at`; says where the next one begins.
    fn one(&mut self, at: usize) -> usize {
        let kind = self.octets[at];
        let row = of_kind(kind);
        let (name, left) = (row.map_or("unknown option", |row| row.name), self.octets.len() - at);
        if kind == kinds::END.kind {
            self.add(row, name, "end".into(), at..at + 1, "0".into(), "The options end here.".into());
            if left > 1 {
                let says = "Nothing: it fills the header up to a multiple of 4 octets.".to_owned();
                self.add(None, "padding", "padding".into(), at + 1..self.octets.len(), "0".into(), says);
            }
            return self.octets.len();
        }
        if kind == kinds::NOP.kind {
            let says = "Nothing: it fills up, so that what follows begins at an even place.".to_owned();
            self.add(row, name, "nop".into(), at..at + 1, "1".into(), says);
            return at + 1;
        }
        let what = row.map_or_else(
            || {
                format!(
                    "Kind {kind}: an option that this table does not know; a receiver skips it by its length."
                )
            },
            |row| format!("Kind {kind}: {name}. {}", row.meaning),
        );
        self.add(row, name, short(row, name), at..at + 1, kind.to_string(), what);
        let Some(&length) = self.octets.get(at + 1) else { return at + 1 };
        let end = at + usize::from(length);
        let mut says =
            format!("The option has {}: kind and length count too.", count(length.into(), "octet"));
        if length < 2 {
            says = format!("{length} cannot be: kind and length themselves are 2 octets.");
        } else if usize::from(length) > left {
            says = format!("{length} cannot be: the header ends after {} more.", count(left as u64, "octet"));
        } else if row.is_some_and(|row| !row.length.allows(length)) {
            let right = row.map_or_else(String::new, |row| row.length.to_string());
            says.push_str(&format!(" The standard says {right}: a receiver ignores this one."));
        }
        self.add(row, name, "length".into(), at + 1..at + 2, length.to_string(), says);
        if length < 2 || end > self.octets.len() {
            self.rest(row, name, at + 2..self.octets.len());
            return self.octets.len();
        }
        if row.is_some_and(|row| row.length.allows(length)) {
            self.values(row, name, at + 2..end);
        } else {
            self.rest(row, name, at + 2..end);
        }
        end
    }

    fn values(&mut self, row: Option<&'static OptionKind>, name: &'static str, range: Range<usize>) {
        let at = range.start;
        let around = self.around;
        let sender = &around.sender;
        match row.map(|row| row.kind) {
            Some(2) => {
                let most = u16::from_be_bytes([self.octets[at], self.octets[at + 1]]);
                let mut says =
                    format!("{sender} takes at most {} of data in one segment.", count(most.into(), "octet"));
                self.only_in_syn(&mut says);
                self.add(row, name, "largest segment".into(), range, most.to_string(), says);
            }
            Some(3) => {
                let shift = self.octets[at];
                let mut says = format!(
                    "Windows of {sender} are to be shifted left by {shift}, that is multiplied by {}, if both SYNs offer it; not the one in this segment.",
                    grouped(1 << shift.min(14))
                );
                if shift > 14 {
                    says.push_str(" More than 14 is taken as 14.");
                }
                self.only_in_syn(&mut says);
                self.add(row, name, "shift".into(), range, shift.to_string(), says);
            }
            Some(5) => {
                for (place, block) in range.step_by(8).enumerate() {
                    self.block(row, name, place, block);
                }
            }
            Some(8) => {
                let word = |at: usize| u32::from_be_bytes([0, 1, 2, 3].map(|place| self.octets[at + place]));
                let (value, echo) = (word(at), word(at + 4));
                let says = format!("The clock of {sender} when it sent this.");
                let receiver = &around.receiver;
                let echoed = match echo {
                    0 if self.syn => {
                        format!("Nothing to echo yet: {sender} has not seen the clock of {receiver}.")
                    }
                    _ => format!(
                        "The clock of {receiver}, as {sender} last saw it, comes back: {receiver} takes the round-trip time from it."
                    ),
                };
                self.add(row, name, "TSval".into(), at..at + 4, value.to_string(), says);
                self.add(row, name, "TSecr".into(), at + 4..at + 8, echo.to_string(), echoed);
            }
            _ => self.rest(row, name, range),
        }
    }

    fn block(&mut self, row: Option<&'static OptionKind>, name: &'static str, place: usize, at: usize) {
        let number = |at: usize| Seq(u32::from_be_bytes([0, 1, 2, 3].map(|place| self.octets[at + place])));
        let (start, end) = (number(at), number(at + 4));
        let (first, after) = (self.around.acknowledged(start), self.around.acknowledged(end));
        let last = self.around.acknowledged(Seq(end.0.wrapping_sub(1)));
        let says = if end.precedes_or_is(self.ack) {
            format!("Block {}: the octets {first} to {last} have arrived once more: a duplicate.", place + 1)
        } else {
            format!("Block {}: the octets {first} to {last} have arrived, beyond a gap.", place + 1)
        };
        let edge = format!("Block {}: it ends before {after}.", place + 1);
        self.add(row, name, format!("from {}", place + 1), at..at + 4, first, says);
        self.add(row, name, format!("to {}", place + 1), at + 4..at + 8, after, edge);
    }

    fn rest(&mut self, row: Option<&'static OptionKind>, name: &'static str, range: Range<usize>) {
        if !range.is_empty() {
            let value = spaced(&self.octets[range.clone()]);
            let says = format!("What the option says, in {}.", count(range.len() as u64, "octet"));
            self.add(row, name, "value".into(), range, value, says);
        }
    }

    fn only_in_syn(&self, says: &mut String) {
        if !self.syn {
            says.push_str(" It counts only in a SYN: here it is ignored.");
        }
    }

    fn add(
        &mut self,
        row: Option<&'static OptionKind>,
        name: &'static str,
        label: String,
        octets: Range<usize>,
        value: String,
        says: String,
    ) {
        let (bit, width) = (8 * octets.start, 8 * octets.len());
        let says = sentence(says);
        self.cells.push(Cell {
            name,
            label,
            bit,
            width,
            kind: Kind::Option(row),
            value,
            says,
            tone: Tone::Plain,
        });
    }
}

/// The kind's name as a narrow cell shows it.
fn short(row: Option<&'static OptionKind>, name: &str) -> String {
    match row {
        Some(row) if !row.notation.is_empty() => row.notation.to_owned(),
        Some(_) => name.to_owned(),
        None => "kind".to_owned(),
    }
}
