//! The picture of one packet as data: its octets in rows of 32 bits, and the fields that lie in them.
//!
//! ```text
//!   Sheet --- Band "TCP" --- Row 0014 --- Piece: cell 12, bits 0 to 15
//!                                    '--- Piece: cell 13, bits 16 to 31
//!   Cell 12: "source port", first bit 160, 16 bits, what it says in this packet
//! ```
//!
//! The octets may be any: what no table explains is shown as octets.

use super::around::Around;
use super::options;
use super::says;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;
use wire::fields::{Field, Header, ipv4, ipv6, options::OptionKind, tcp};
use wire::{Packet, Seq};

/// The most octets of data that are shown.
pub const SHOWN: usize = 64;

/// A packet, laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its octets.
    pub packet: Packet,
    /// Headers, then data.
    pub bands: Vec<Band>,
    /// Everything that has a meaning of its own, in the order of the octets; together they cover all octets that are shown.
    pub cells: Vec<Cell>,
}

/// A header, or the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// What it is: "IPv4", "TCP", "data".
    pub name: String,
    /// Its octets.
    pub octets: Range<usize>,
    /// Its rows of up to four octets; none for data, which has no fields.
    pub rows: Vec<Row>,
}

/// Up to four octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The first octet.
    pub octets: Range<usize>,
    /// Parts of cells, from left to right, without gaps.
    pub pieces: Vec<Piece>,
}

/// The part of a cell that lies in one row. None crosses the middle of a row unless it fills the row, so that rows can be halved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// A place among the cells.
    pub cell: usize,
    /// The first bit in its row, 0 to 31.
    pub from: usize,
    /// How many bits.
    pub width: usize,
    /// Whether it bears the cell's name.
    pub named: bool,
    /// Whether the cell goes on after it.
    pub goes_on: bool,
    /// Whether the cell began before it.
    pub began: bool,
}

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A field of a header.
    Field(&'static Field),
    /// Part of a TCP option, of this kind if the table has it.
    Option(Option<&'static OptionKind>),
    /// Octets that only the two ends understand.
    Data,
    /// Octets that no table explains.
    Octets,
}

/// Whose colour a cell has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nobody's.
    Plain,
    /// It counts the sender's octets.
    Sender,
    /// It counts the receiver's.
    Receiver,
    /// A control bit that is set, by its name in lower case.
    Flag(&'static str),
    /// Data.
    Data,
}

/// A field, part of an option, or data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What it is called; other views know it by this name.
    pub name: &'static str,
    /// What stands in the picture, where the name is too long for it.
    pub label: String,
    /// Its first bit, counted from the packet's first.
    pub bit: usize,
    /// How many bits.
    pub width: usize,
    /// What it is.
    pub kind: Kind,
    /// Its value, as one writes such a thing: a number, an address, a relative number.
    pub value: String,
    /// What it says in this very packet.
    pub says: String,
    /// Its colour.
    pub tone: Tone,
}

impl Cell {
    /// Its bits.
    pub const fn bits(&self) -> Range<usize> {
        self.bit..self.bit + self.width
    }

    /// The octets that hold bits of it.
    pub const fn octets(&self) -> Range<usize> {
        self.bit / 8..(self.bit + self.width).div_ceil(8)
    }

    /// The field that it is.
    pub const fn field(&self) -> Option<&'static Field> {
        match self.kind {
            Kind::Field(field) => Some(field),
            _ => None,
        }
    }
}

impl Sheet {
    /// Lays a packet out.
    pub fn of(packet: &Packet, around: &Around) -> Sheet {
        let mut layout = Layout { packet, around, cells: Vec::new(), bands: Vec::new() };
        layout.internet();
        let mut sheet = Sheet { packet: packet.clone(), bands: layout.bands, cells: layout.cells };
        sheet.rows();
        sheet
    }

    /// The cell that holds a bit.
    pub fn cell_at(&self, bit: usize) -> Option<usize> {
        let after = self.cells.partition_point(|cell| cell.bit <= bit);
        let place = after.checked_sub(1)?;
        self.cells[place].bits().contains(&bit).then_some(place)
    }

    /// The cell of a field of that name; of several, the one nearest to the data.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.cells.iter().rposition(|cell| cell.name == name)
    }

    /// A bit of the packet.
    pub fn bit(&self, bit: usize) -> bool {
        self.packet.octets().get(bit / 8).is_some_and(|octet| octet >> (7 - bit % 8) & 1 == 1)
    }

    /// The bits of a cell as a number; `None` for more than 128.
    pub fn number(&self, cell: &Cell) -> Option<u128> {
        (cell.width <= 128).then(|| cell.bits().fold(0, |value, bit| value << 1 | u128::from(self.bit(bit))))
    }

    /// A cell's value in hexadecimal.
    pub fn hex(&self, cell: &Cell) -> String {
        match self.number(cell) {
            Some(value) => format!("0x{value:0width$x}", width = cell.width.div_ceil(4)),
            None => spaced(&self.packet.octets()[cell.octets()]),
        }
    }

    /// A cell's bits, in groups of four from the right.
    pub fn binary(&self, cell: &Cell) -> String {
        let mut text = String::new();
        for (place, bit) in cell.bits().enumerate() {
            if place > 0 && (cell.width - place).is_multiple_of(4) {
                text.push(' ');
            }
            text.push(if self.bit(bit) { '1' } else { '0' });
        }
        text
    }

    fn rows(&mut self) {
        for band in &mut self.bands {
            if band.name == DATA {
                continue;
            }
            let mut at = band.octets.start;
            while at < band.octets.end {
                let octets = at..band.octets.end.min(at + 4);
                band.rows.push(Row { pieces: pieces(&self.cells, &octets), octets });
                at += 4;
            }
        }
    }
}

/// The name of the band of data.
pub const DATA: &str = "data";

/// Octets in hexadecimal, with spaces between.
pub fn spaced(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}

fn pieces(cells: &[Cell], octets: &Range<usize>) -> Vec<Piece> {
    let row = 8 * octets.start..8 * octets.end;
    let first = cells.partition_point(|cell| cell.bits().end <= row.start);
    let mut pieces = Vec::new();
    for (place, cell) in cells.iter().enumerate().skip(first).take_while(|(_, cell)| cell.bit < row.end) {
        let (start, end) = (cell.bit.max(row.start), cell.bits().end.min(row.end));
        let middle = row.start + 16;
        let whole = end - start == 32 || end <= middle || start >= middle;
        let parts: &[(usize, usize)] =
            &if whole { vec![(start, end)] } else { vec![(start, middle), (middle, end)] };
        // The widest part in the cell's first row bears its name.
        let widest =
            parts.iter().enumerate().max_by_key(|(place, (start, end))| (end - start, usize::MAX - place));
        let widest = widest.map_or(0, |(place, _)| place);
        for (number, &(start, end)) in parts.iter().enumerate() {
            pieces.push(Piece {
                cell: place,
                from: start - row.start,
                width: end - start,
                named: cell.bit >= row.start && number == widest,
                goes_on: end < cell.bits().end,
                began: start > cell.bit,
            });
        }
    }
    pieces
}

struct Layout<'a> {
    packet: &'a Packet,
    around: &'a Around,
    bands: Vec<Band>,
    cells: Vec<Cell>,
}

impl Layout<'_> {
    fn length(&self) -> usize {
        self.packet.octets().len()
    }

    fn internet(&mut self) {
        let Some(header) = self.packet.internet() else {
            return self.octets("octets", 0..self.length());
        };
        let fixed = header.length().min(self.length());
        let Some(carried) =
            self.packet.carried_range().filter(|range| range.start >= fixed && range.start <= range.end)
        else {
            self.header(header, 0, fixed);
            let end = match header {
                Header::Ipv4 => 4 * ipv4::IHL.get(self.packet.octets()).unwrap_or(5) as usize,
                _ => fixed,
            };
            // A later fragment, a header that is cut off, or one that says that it is shorter than it is.
            let end = end.clamp(fixed, self.length());
            self.raw("options", fixed..end);
            self.bands[0].octets.end = end;
            return self.data(end..self.length());
        };
        self.header(header, 0, fixed);
        self.raw(if header == Header::Ipv4 { "options" } else { "extension headers" }, fixed..carried.start);
        self.bands[0].octets.end = carried.start;
        let carries = [Header::Tcp, Header::Udp, Header::Icmpv4, Header::Icmpv6];
        let end = match carries.into_iter().find(|header| self.packet.find(*header) == Some(carried.start)) {
            Some(Header::Tcp) => self.tcp(&carried),
            Some(header) => {
                let end = carried.end.min(carried.start + header.length());
                self.header(header, carried.start, end);
                end
            }
            None => carried.start,
        };
        self.data(end..carried.end);
        if carried.end < self.length() {
            // Links pad short datagrams; a total length that is too small leaves octets over.
            self.octets("after the datagram", carried.end..self.length());
        }
    }

    fn tcp(&mut self, carried: &Range<usize>) -> usize {
        let at = carried.start;
        let fixed = carried.end.min(at + Header::Tcp.length());
        self.header(Header::Tcp, at, fixed);
        let said = self.packet.get(&tcp::DATA_OFFSET).map_or(0, |words| at + 4 * words as usize);
        let end = said.clamp(fixed, carried.end);
        let cells = options::cells(self.packet, fixed..end, self.around);
        self.cells.extend(cells);
        if let Some(band) = self.bands.last_mut() {
            band.octets.end = end;
        }
        end
    }

    /// The fields of a header that are whole before `end`, and what is left of it as octets.
    fn header(&mut self, header: Header, at: usize, end: usize) {
        self.bands.push(Band { name: header.to_string(), octets: at..end, rows: Vec::new() });
        let mut covered = 8 * at;
        for field in header.fields() {
            let bit = 8 * at + usize::from(field.bit);
            let width = usize::from(field.width);
            if bit + width > 8 * end {
                break;
            }
            covered = bit + width;
            self.cells.push(self.field(field, bit));
        }
        if covered < 8 * end {
            let cell =
                Cell { bit: covered, width: 8 * end - covered, ..self.octets_cell("cut off", at..end) };
            self.cells.push(cell);
        }
    }

    fn field(&self, field: &'static Field, bit: usize) -> Cell {
        let value = field.get(&self.packet.octets()[bit / 8 - field.octet()..]).unwrap_or(0);
        let flag = tcp::CONTROL_BITS.iter().any(|(_, row)| *row == field);
        Cell {
            name: field.name,
            label: label(field).to_owned(),
            bit,
            width: usize::from(field.width),
            kind: Kind::Field(field),
            value: written(field, value, self.around),
            says: says::field(self.packet, field, value, self.around),
            tone: match field.name {
                "sequence number" => Tone::Sender,
                "acknowledgment number" if self.packet.get(&tcp::ACK) == Some(1) => Tone::Receiver,
                name if flag && value == 1 => Tone::Flag(name),
                _ => Tone::Plain,
            },
        }
    }

    /// Octets without fields, within the band that is open.
    fn raw(&mut self, name: &'static str, range: Range<usize>) {
        if !range.is_empty() {
            let cell = self.octets_cell(name, range);
            self.cells.push(cell);
        }
    }

    fn octets(&mut self, name: &'static str, range: Range<usize>) {
        let shown = range.start..range.end.min(range.start + SHOWN);
        self.bands.push(Band { name: name.to_owned(), octets: shown.clone(), rows: Vec::new() });
        self.raw(name, shown);
    }

    fn octets_cell(&self, name: &'static str, range: Range<usize>) -> Cell {
        Cell {
            name,
            label: name.to_owned(),
            bit: 8 * range.start,
            width: 8 * range.len(),
            kind: Kind::Octets,
            value: spaced(&self.packet.octets()[range]),
            says: "Octets that are not taken apart here.".to_owned(),
            tone: Tone::Plain,
        }
    }

    fn data(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.bands.push(Band { name: DATA.to_owned(), octets: range.clone(), rows: Vec::new() });
        let octets = &self.packet.octets()[range.clone()];
        self.cells.push(Cell {
            name: DATA,
            label: DATA.to_owned(),
            bit: 8 * range.start,
            width: 8 * range.len(),
            kind: Kind::Data,
            value: says::count(range.len() as u64, "octet"),
            says: says::data(self.packet, octets, self.around),
            tone: Tone::Data,
        });
    }
}

/// What stands in the picture: the name, or the RFCs' own short form where the field is narrow.
fn label(field: &Field) -> &'static str {
    match (field.name, field.width) {
        ("header length", 4) => "IHL",
        ("reserved", 1) => "R",
        ("reserved", _) => "rsrvd",
        (name, _) => name,
    }
}

/// A value as one writes such a thing.
pub fn written(field: &Field, value: u128, around: &Around) -> String {
    match (field.header, field.name) {
        (Header::Ipv4, "source address" | "destination address") => {
            Ipv4Addr::from_bits(value as u32).to_string()
        }
        (Header::Ipv6, "source address" | "destination address") => Ipv6Addr::from_bits(value).to_string(),
        (Header::Tcp, "sequence number") => around.number(Seq(value as u32)),
        (Header::Tcp, "acknowledgment number") if value != 0 => around.acknowledged(Seq(value as u32)),
        _ => value.to_string(),
    }
}

/// Whether a field's value is an address.
pub fn is_address(field: &Field) -> bool {
    [&ipv4::SOURCE, &ipv4::DESTINATION, &ipv6::SOURCE, &ipv6::DESTINATION].contains(&field)
}
