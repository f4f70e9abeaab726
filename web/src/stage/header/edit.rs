//! Edits of a packet: a bit turned over, a field's value typed, octets typed. Lengths and checksums stay as they are, unless they are
//! what is edited; so nonsense can be said, and is then explained.

use super::says::count;
use super::sheet::{Cell, Kind, is_address};
use core::net::{Ipv4Addr, Ipv6Addr};
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
pub fn typed(packet: &Packet, cell: &Cell, text: &str, relative: Seq) -> Result<Packet, String> {
    let text = text.trim();
    if by_octets(cell) {
        return octets(packet, cell, text);
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
    let mut packet = packet.clone();
    for (place, bit) in cell.bits().enumerate() {
        let set = value >> (cell.width - 1 - place) & 1 == 1;
        let mask = 0x80u8 >> (bit % 8);
        if let Some(octet) = packet.octets_mut().get_mut(bit / 8) {
            *octet = if set { *octet | mask } else { *octet & !mask };
        }
    }
    Ok(packet)
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

/// As many octets as there are now, in hexadecimal; or text in double quotation marks.
fn octets(packet: &Packet, cell: &Cell, text: &str) -> Result<Packet, String> {
    let wanted = cell.octets().len();
    let octets = match text.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').unwrap_or(quoted).as_bytes().to_vec(),
        None => from_hex(text)?,
    };
    if octets.len() != wanted {
        return Err(format!(
            "That is {}, and {} has {wanted}: the datagram keeps its length.",
            count(octets.len() as u64, "octet"),
            cell.name
        ));
    }
    let mut packet = packet.clone();
    packet.octets_mut()[cell.octets()].copy_from_slice(&octets);
    Ok(packet)
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
