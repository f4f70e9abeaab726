//! The options of a TCP header: at most 40 octets, in the order in which they were written (RFC 9293, 3.2).
//!
//! The order and the padding are kept, since a trace shows them; the iterator makes sense of them.

use crate::fields::options as kinds;
use crate::{OptionFault, Seq};
use core::fmt;

/// One option. What this crate does not know is kept as octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpOption<'a> {
    /// Kind 0: the list ends here (RFC 9293, 3.2).
    End,
    /// Kind 1: padding (RFC 9293, 3.2).
    Nop,
    /// Kind 2: the largest payload that the sender of this SYN takes, in octets (RFC 9293, 3.7.1).
    Mss(u16),
    /// Kind 3: windows are shifted left by this count, 0 to 14 (RFC 7323, 2).
    WindowScale(u8),
    /// Kind 4: SACK may be used (RFC 2018, 2).
    SackPermitted,
    /// Kind 5: what arrived beyond the acknowledgment number (RFC 2018, 3; RFC 2883 for a duplicate in the first block).
    Sack(Sacks<'a>),
    /// Kind 8: the sender's clock, and the newest that it saw of the peer's (RFC 7323, 3).
    Timestamps {
        /// TSval.
        value: u32,
        /// TSecr.
        echo: u32,
    },
    /// Any other: its kind and the octets after kind and length.
    Unknown {
        /// The kind.
        kind: u8,
        /// What follows the length.
        data: &'a [u8],
    },
}

/// A range of octets that arrived: `start` to before `end` (RFC 2018, 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SackBlock {
    /// The first octet's number.
    pub start: Seq,
    /// The number after the last octet's.
    pub end: Seq,
}

/// The blocks of one SACK option, one to four.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sacks<'a>(&'a [u8]);

impl<'a> Sacks<'a> {
    /// The blocks in their order.
    pub fn blocks(self) -> impl Iterator<Item = SackBlock> + 'a {
        self.0.as_chunks::<8>().0.iter().map(|&[a, b, c, d, e, f, g, h]| SackBlock {
            start: Seq(u32::from_be_bytes([a, b, c, d])),
            end: Seq(u32::from_be_bytes([e, f, g, h])),
        })
    }
}

impl fmt::Debug for Sacks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.blocks()).finish()
    }
}

/// The options of one segment, as octets that are known to be well formed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Options {
    length: u8,
    octets: [u8; Options::MOST],
}

/// The option does not fit into the 40 octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionsFull;

impl Default for Options {
    fn default() -> Options {
        Options::NONE
    }
}

impl Options {
    /// The most octets that the data offset leaves for options (RFC 9293, 3.1).
    pub const MOST: usize = 40;
    /// No options.
    pub const NONE: Options = Options { length: 0, octets: [0; Options::MOST] };

    /// What stands between the fixed header and the data: at most [`Options::MOST`] octets. Zeros that only fill up the header
    /// are left out; an earlier end of the list is kept with all that follows it. An option that this crate knows but that has
    /// another length than it should is kept as [`TcpOption::Unknown`] (RFC 9293, 3.1: it must not do harm).
    ///
    /// # Errors
    /// The kind of the first option that does not fit, at which octet it begins, and why.
    pub fn from_octets(octets: &[u8]) -> Result<Options, (u8, usize, OptionFault)> {
        let mut at = 0;
        let mut end = octets.len();
        while let Some(&kind) = octets.get(at) {
            if kind == kinds::END.kind {
                let filling = &octets[at..];
                if filling.len() < 4 && filling.iter().all(|octet| *octet == 0) {
                    end = at;
                }
                break;
            }
            if kind == kinds::NOP.kind {
                at += 1;
                continue;
            }
            let left = octets.len() - at;
            let length = *octets.get(at + 1).ok_or((kind, at, OptionFault::NoLength))?;
            if length < 2 {
                return Err((kind, at, OptionFault::TooShort(length)));
            }
            if usize::from(length) > left {
                return Err((kind, at, OptionFault::TooLong { length, left }));
            }
            at += usize::from(length);
        }
        let mut options = Options::NONE;
        let too_long = |OptionsFull| {
            let (length, left) = (octets.len().try_into().unwrap_or(u8::MAX), Options::MOST);
            (octets[0], 0, OptionFault::TooLong { length, left })
        };
        options.append(&octets[..end]).map_err(too_long)?;
        Ok(options)
    }

    /// The options' octets, without the padding that fills the header up to a multiple of 4.
    pub fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.length)]
    }

    /// How many octets they take in the header: the length rounded up to a multiple of 4.
    pub const fn padded_length(&self) -> usize {
        (self.length as usize).next_multiple_of(4)
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds one option at the end.
    ///
    /// # Errors
    /// When the 40 octets are not enough.
    pub fn push(&mut self, option: TcpOption<'_>) -> Result<(), OptionsFull> {
        match option {
            TcpOption::End => self.append(&[0]),
            TcpOption::Nop => self.append(&[1]),
            TcpOption::Mss(octets) => {
                let [high, low] = octets.to_be_bytes();
                self.append(&[2, 4, high, low])
            }
            TcpOption::WindowScale(shift) => self.append(&[3, 3, shift]),
            TcpOption::SackPermitted => self.append(&[4, 2]),
            TcpOption::Sack(Sacks(octets)) => self.append_kind(5, octets),
            TcpOption::Timestamps { value, echo } => {
                let mut data = [0; 8];
                data[..4].copy_from_slice(&value.to_be_bytes());
                data[4..].copy_from_slice(&echo.to_be_bytes());
                self.append_kind(8, &data)
            }
            TcpOption::Unknown { kind, data } => self.append_kind(kind, data),
        }
    }

    /// NOP, NOP, timestamps: what a Linux puts into every segment once both ends have agreed on timestamps (RFC 7323, appendix A).
    pub fn of_timestamps(value: u32, echo: u32) -> Options {
        let mut options = Options { length: 12, ..Options::NONE };
        options.octets[..4].copy_from_slice(&[1, 1, 8, 10]);
        options.octets[4..8].copy_from_slice(&value.to_be_bytes());
        options.octets[8..12].copy_from_slice(&echo.to_be_bytes());
        options
    }

    /// Adds a SACK option of these blocks.
    ///
    /// # Errors
    /// When the 40 octets are not enough.
    pub fn push_sack(&mut self, blocks: &[SackBlock]) -> Result<(), OptionsFull> {
        let mut data = [0; 32];
        if blocks.len() > 4 {
            return Err(OptionsFull);
        }
        for (octets, block) in data.as_chunks_mut::<8>().0.iter_mut().zip(blocks) {
            octets[..4].copy_from_slice(&block.start.0.to_be_bytes());
            octets[4..].copy_from_slice(&block.end.0.to_be_bytes());
        }
        self.append_kind(5, &data[..blocks.len() * 8])
    }

    /// The options in their order. Ends before what is not well formed, which [`Options::push`] cannot make.
    pub fn iter(&self) -> impl Iterator<Item = TcpOption<'_>> {
        let mut rest = self.octets();
        core::iter::from_fn(move || {
            let (option, after) = first_option(rest)?;
            rest = if option == TcpOption::End { &[] } else { after };
            Some(option)
        })
    }

    /// The largest payload that the sender takes, if it says so.
    pub fn mss(&self) -> Option<u16> {
        self.iter().find_map(|option| if let TcpOption::Mss(octets) = option { Some(octets) } else { None })
    }

    /// The window's shift count, if it is given.
    pub fn window_scale(&self) -> Option<u8> {
        self.iter()
            .find_map(|option| if let TcpOption::WindowScale(shift) = option { Some(shift) } else { None })
    }

    /// Whether SACK is permitted.
    pub fn sack_permitted(&self) -> bool {
        self.iter().any(|option| option == TcpOption::SackPermitted)
    }

    /// TSval and TSecr, if they are given.
    pub fn timestamps(&self) -> Option<(u32, u32)> {
        // By far the most frequent case in a long transfer: NOP, NOP, timestamps first.
        if let [1, 1, 8, 10, a, b, c, d, e, f, g, h, ..] = *self.octets() {
            return Some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])));
        }
        self.iter().find_map(|option| match option {
            TcpOption::Timestamps { value, echo } => Some((value, echo)),
            _ => None,
        })
    }

    /// The SACK blocks in their order; none where there is no such option.
    pub fn sack(&self) -> impl Iterator<Item = SackBlock> + '_ {
        self.iter()
            .find_map(|option| if let TcpOption::Sack(blocks) = option { Some(blocks) } else { None })
            .into_iter()
            .flat_map(Sacks::blocks)
    }

    fn append_kind(&mut self, kind: u8, data: &[u8]) -> Result<(), OptionsFull> {
        if usize::from(self.length) + 2 + data.len() > Options::MOST {
            return Err(OptionsFull);
        }
        self.append(&[kind, data.len() as u8 + 2])?;
        self.append(data)
    }

    fn append(&mut self, octets: &[u8]) -> Result<(), OptionsFull> {
        let start = usize::from(self.length);
        let room = self.octets.get_mut(start..start + octets.len()).ok_or(OptionsFull)?;
        room.copy_from_slice(octets);
        self.length += octets.len() as u8;
        Ok(())
    }
}

/// The option at the front of the octets, and what follows it; `None` where nothing well formed is left.
fn first_option(octets: &[u8]) -> Option<(TcpOption<'_>, &[u8])> {
    let (&kind, after) = octets.split_first()?;
    match kind {
        0 => return Some((TcpOption::End, after)),
        1 => return Some((TcpOption::Nop, after)),
        _ => {}
    }
    let length = usize::from(*after.first()?);
    let data = octets.get(2..length)?;
    let option = match (kind, data) {
        (2, &[high, low]) => TcpOption::Mss(u16::from_be_bytes([high, low])),
        (3, &[shift]) => TcpOption::WindowScale(shift),
        (4, []) => TcpOption::SackPermitted,
        (5, blocks) if !blocks.is_empty() && blocks.len() % 8 == 0 => TcpOption::Sack(Sacks(blocks)),
        (8, &[a, b, c, d, e, f, g, h]) => TcpOption::Timestamps {
            value: u32::from_be_bytes([a, b, c, d]),
            echo: u32::from_be_bytes([e, f, g, h]),
        },
        _ => TcpOption::Unknown { kind, data },
    };
    Some((option, &octets[length..]))
}

/// As packetdrill writes them: `mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 8`.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, Seq(0))
    }
}

impl Options {
    /// As [`fmt::Display`] does, with SACK blocks counted from `first`: the initial sequence number of who receives this.
    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, first: Seq) -> fmt::Result {
        for (place, option) in self.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            match option {
                TcpOption::End => f.write_str(kinds::END.notation)?,
                TcpOption::Nop => f.write_str(kinds::NOP.notation)?,
                TcpOption::Mss(octets) => write!(f, "{} {octets}", kinds::MSS.notation)?,
                TcpOption::WindowScale(shift) => write!(f, "{} {shift}", kinds::WINDOW_SCALE.notation)?,
                TcpOption::SackPermitted => f.write_str(kinds::SACK_PERMITTED.notation)?,
                TcpOption::Sack(blocks) => {
                    f.write_str(kinds::SACK.notation)?;
                    blocks.blocks().try_for_each(|block| {
                        write!(f, " {}:{}", block.start.since(first), block.end.since(first))
                    })?;
                }
                TcpOption::Timestamps { value, echo } => {
                    write!(f, "{} val {value} ecr {echo}", kinds::TIMESTAMPS.notation)?;
                }
                TcpOption::Unknown { kind, data } => {
                    write!(f, "kind {kind}")?;
                    if !data.is_empty() {
                        f.write_str(" 0x")?;
                    }
                    data.iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{self}>")
    }
}

#[cfg(test)]
pub(crate) mod tests;
