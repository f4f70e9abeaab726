//! Edits of a packet: a bit turned over, a field's value typed, octets typed, put in, taken out. Lengths and checksums stay as they are,
//! unless they are what is edited; so nonsense can be said, and is then explained. Each can be made to fit afterwards.
//!
//! ```text
//!   as it was sent   … 0a 0b │ 0c 0d │ …      Edited: packet, and for each octet where it came from
//!   put in           … 0a 0b │ 01 01 │ 0c 0d …         origin: … 10 11 · · 12 13 …
//! ```

use super::says::count;
use super::sheet::{Cell, Kind, is_address};
use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;
use std::rc::Rc;
use wire::fields::{Header, tcp};
use wire::{Packet, Seq};

/// The most edits that can be taken back.
pub const MOST: usize = 200;

/// The packet with one bit turned over.
pub fn flipped(packet: &Packet, bit: usize) -> Packet {
    let mut packet = packet.clone();
    if let Some(octet) = packet.octets_mut().get_mut(bit / 8) {
        *octet ^= 0x80 >> (bit % 8);
    }
    packet
}

/// Whether a cell is edited as octets, since it is no number.
pub fn by_octets(cell: &Cell) -> bool {
    let opaque = matches!(cell.kind, Kind::Option(_)) && cell.label == "value";
    cell.width > 128 || opaque || matches!(cell.kind, Kind::Data | Kind::Octets)
}

/// A packet after an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The packet.
    pub packet: Packet,
    /// Where each octet stood in the packet that was sent; `None` for one that was put in.
    pub origin: Rc<[Option<usize>]>,
    /// Where the TCP header is to end: its options may have grown, while its data offset says what it said.
    pub head: Option<usize>,
}

impl Edited {
    /// A packet as it was sent.
    pub fn sent(packet: &Packet) -> Edited {
        let head = packet.find(Header::Tcp).map(|at| {
            let words = packet.get(&tcp::DATA_OFFSET).unwrap_or(5) as usize;
            (at + 4 * words).clamp(at, packet.octets().len().max(at))
        });
        Edited { packet: packet.clone(), origin: (0..packet.octets().len()).map(Some).collect(), head }
    }

    /// The same with another packet: of the same length, its octets stand where they stood.
    pub fn with(&self, packet: Packet) -> Edited {
        let origin = if packet.octets().len() == self.origin.len() {
            self.origin.clone()
        } else {
            (0..packet.octets().len()).map(|place| self.origin.get(place).copied().flatten()).collect()
        };
        Edited { packet, origin, head: self.head }
    }

    /// With other octets, fewer or more, in place of these.
    ///
    /// # Errors
    /// That a datagram cannot be so long.
    pub fn spliced(&self, range: Range<usize>, octets: &[u8]) -> Result<Edited, String> {
        let old = self.packet.octets();
        let range = range.start.min(old.len())..range.end.min(old.len());
        let length = old.len() - range.len() + octets.len();
        if length > LONGEST {
            return Err(format!("The datagram would have {length} octets: {LONGEST} are the most."));
        }
        let mut new = old.to_vec();
        new.splice(range.clone(), octets.iter().copied());
        let mut origin = self.origin.to_vec();
        // What is overwritten one by one is changed, and not put in.
        let kept: Vec<Option<usize>> = match octets.len() == range.len() {
            true => origin[range.clone()].to_vec(),
            false => vec![None; octets.len()],
        };
        origin.splice(range.clone(), kept);
        let moved = |head: usize| match head {
            head if head <= range.start => head,
            head if head >= range.end => head - range.len() + octets.len(),
            _ => range.start,
        };
        Ok(Edited { packet: Packet::from(new), origin: origin.into(), head: self.head.map(moved) })
    }

    /// With octets put in at a place, as part of the TCP header or behind it.
    ///
    /// # Errors
    /// As [`Edited::spliced`].
    pub fn inserted(&self, at: usize, octets: &[u8], in_header: bool) -> Result<Edited, String> {
        let mut edited = self.spliced(at..at, octets)?;
        if in_header && self.head == Some(at) {
            edited.head = Some(at + octets.len());
        }
        Ok(edited)
    }

    /// The bits that are not as they were sent.
    pub fn changed(&self, sent: &Packet) -> Vec<usize> {
        let of = |(place, origin): (usize, &Option<usize>)| {
            let now = self.packet.octets().get(place).copied().unwrap_or(0);
            let was = origin.and_then(|origin| sent.octets().get(origin).copied());
            let differs = was.map_or(0xff, |was| now ^ was);
            (0..8).filter(move |bit| differs >> (7 - bit) & 1 == 1).map(move |bit| 8 * place + bit)
        };
        self.origin.iter().enumerate().flat_map(of).collect()
    }

    /// With lengths that fit: the data offset, which counts in units of 4 octets (zeros fill the options up), and the lengths of the
    /// internet header and of UDP.
    ///
    /// # Errors
    /// That no data offset says so much.
    pub fn fitted(&self) -> Result<Edited, String> {
        let mut edited = self.clone();
        let tcp = self.packet.find(Header::Tcp);
        if let (Some(at), Some(head)) = (tcp, self.head) {
            let length = head.saturating_sub(at);
            if length > 60 {
                return Err(format!(
                    "The TCP header would have {length} octets, and its 4 bits of data offset say 60 at most: take {} out.",
                    count((length - 60) as u64, "octet")
                ));
            }
            let missing = length.next_multiple_of(4) - length;
            edited = edited.inserted(head, &vec![0; missing], true)?;
            let words = (length + missing).max(20) / 4;
            if let Some(octet) = edited.packet.octets_mut().get_mut(at + 12) {
                *octet = (words as u8) << 4 | *octet & 0x0f;
            }
        }
        let length = edited.packet.octets().len();
        let internet = edited.packet.internet();
        let udp = edited.packet.find(Header::Udp);
        let mut put = |at: usize, value: usize| {
            if let Some(octets) = edited.packet.octets_mut().get_mut(at..at + 2) {
                octets.copy_from_slice(&(value as u16).to_be_bytes());
            }
        };
        match internet {
            Some(Header::Ipv4) => put(2, length),
            Some(Header::Ipv6) => put(4, length.saturating_sub(40)),
            _ => {}
        }
        if let Some(at) = udp {
            put(at + 4, length - at);
        }
        Ok(edited)
    }
}

/// The longest datagram, in octets: its length has 16 bits.
const LONGEST: usize = 65_535;

/// The octets of the whole option that a cell is part of; `None` for what is no option.
pub fn option_at(packet: &Packet, cells: &[Cell], cell: &Cell) -> Option<Range<usize>> {
    if !matches!(cell.kind, Kind::Option(_)) {
        return None;
    }
    let place = cells.iter().position(|other| other == cell)?;
    let is_kind = |cell: &Cell| {
        matches!(cell.kind, Kind::Option(_))
            && cell.width == 8
            && !matches!(&cell.label[..], "length" | "shift" | "value")
    };
    let first = cells[..=place].iter().rposition(is_kind)?;
    let start = cells[first].octets().start;
    let length = match packet.octets().get(start).copied()? {
        0 | 1 => 1,
        _ => usize::from(packet.octets().get(start + 1).copied().unwrap_or(1)).max(1),
    };
    let end = cells
        .iter()
        .filter(|cell| matches!(cell.kind, Kind::Option(_)))
        .map(|cell| cell.octets().end)
        .max()?;
    Some(start..(start + length).min(end).max(cell.octets().end))
}

/// The packet with its checksums computed anew.
pub fn renewed(packet: &Packet) -> Packet {
    let mut packet = packet.clone();
    packet.renew_checksums();
    packet
}

/// The packet with what was typed in a cell's place. `relative` is the number from which typed sequence numbers count.
///
/// # Errors
/// What cannot be read, or does not fit, and what can be written instead.
pub fn typed(edited: &Edited, cell: &Cell, text: &str, relative: Seq) -> Result<Edited, String> {
    let text = text.trim();
    if by_octets(cell) {
        return edited.spliced(cell.octets(), &octets(text)?);
    }
    let value = match cell.field() {
        Some(field) if is_address(field) => address(text, cell.width),
        Some(field) if matches!(field.name, "sequence number" | "acknowledgment number") => {
            // A number that is written otherwise than as in the header is one as it is shown.
            let value = number(text)?;
            let shown = u32::try_from(value).map_err(|_| too_wide(text, cell))?;
            let is_bits = text.starts_with("0x") || text.starts_with("0b");
            Ok(u128::from(if is_bits { shown } else { (relative + shown).0 }))
        }
        _ => number(text),
    }?;
    if cell.width < 128 && value >> cell.width != 0 {
        return Err(too_wide(text, cell));
    }
    let mut packet = edited.packet.clone();
    for (place, bit) in cell.bits().enumerate() {
        let set = value >> (cell.width - 1 - place) & 1 == 1;
        let mask = 0x80u8 >> (bit % 8);
        if let Some(octet) = packet.octets_mut().get_mut(bit / 8) {
            *octet = if set { *octet | mask } else { *octet & !mask };
        }
    }
    Ok(edited.with(packet))
}

fn too_wide(text: &str, cell: &Cell) -> String {
    let most = u128::MAX >> (128 - cell.width.min(128));
    let bits = if cell.width == 1 { "1 bit".to_owned() } else { format!("{} bits", cell.width) };
    format!("{text} does not fit: {} has {bits}, so {most} ({most:#x}) is the most.", cell.name)
}

fn number(text: &str) -> Result<u128, String> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ' ' | '_' | ',')).collect();
    let lower = digits.to_ascii_lowercase();
    let read = match (lower.strip_prefix("0x"), lower.strip_prefix("0b")) {
        (Some(hex), _) => u128::from_str_radix(hex, 16),
        (_, Some(bits)) => u128::from_str_radix(bits, 2),
        _ => lower.parse(),
    };
    read.map_err(|_| {
        format!("“{text}” is no number: write decimal (1460), hexadecimal (0x5b4) or bits (0b101).")
    })
}

fn address(text: &str, width: usize) -> Result<u128, String> {
    if width == 32 {
        let read = text.parse::<Ipv4Addr>().map(|address| u128::from(address.to_bits()));
        return read.or_else(|_| number(text)).map_err(|_| {
            format!(
                "“{text}” is no IPv4 address: write four numbers up to 255 with dots between, as 10.0.0.2."
            )
        });
    }
    let read = text.parse::<Ipv6Addr>().map(Ipv6Addr::to_bits);
    read.map_err(|_| format!("“{text}” is no IPv6 address: write it with colons, as 2001:db8::2."))
}

/// Octets in hexadecimal, or text in double quotation marks.
///
/// # Errors
/// What are no octets, and how they are written.
pub fn octets(text: &str) -> Result<Vec<u8>, String> {
    let text = text.trim();
    match text.strip_prefix('"') {
        Some(quoted) => Ok(quoted.strip_suffix('"').unwrap_or(quoted).as_bytes().to_vec()),
        None => from_hex(text),
    }
}

fn from_hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bad = || {
        format!(
            "“{text}” are no octets: write two hexadecimal digits for each, as 48 69, or text in quotation marks, as \"Hi\"."
        )
    };
    if !digits.len().is_multiple_of(2) {
        return Err(bad());
    }
    let digit = |digit: &u8| char::from(*digit).to_digit(16).map(|digit| digit as u8);
    let octets = digits.chunks(2).map(|pair| Some(digit(&pair[0])? << 4 | digit(&pair[1])?));
    octets.collect::<Option<Vec<u8>>>().ok_or_else(bad)
}

/// Where octets can be put in beside a cell: before it, if they can, and after it; and whether they are then of the TCP header.
pub fn beside(packet: &Packet, cells: &[Cell], cell: &Cell) -> Option<(Option<usize>, usize, bool)> {
    let own = cell.octets();
    match cell.kind {
        Kind::Option(_) => {
            option_at(packet, cells, cell).map(|option| (Some(option.start), option.end, true))
        }
        Kind::Data | Kind::Octets => Some((Some(own.start), own.end, false)),
        // The last field before the options, and the last before the data of UDP.
        Kind::Field(field) if *field == tcp::URGENT_POINTER => Some((None, own.end, true)),
        Kind::Field(field) if field.header == Header::Udp && field.name == "checksum" => {
            Some((None, own.end, false))
        }
        Kind::Field(_) => None,
    }
}
