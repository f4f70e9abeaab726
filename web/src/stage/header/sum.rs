//! A checksum as a computation that one can follow: word by word, with what runs over, to the complement, and the receiver's proof.

use super::sheet::Sheet;
use core::ops::Range;
use wire::checksum::{Computation, Part, Step};
use wire::fields::{Header, ipv4, ipv6, pseudo, tcp};

/// The most words of data that are shown one by one.
const WORDS: usize = 4;

/// One line of the computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What the word is part of.
    pub part: String,
    /// Which fields it holds bits of.
    pub what: String,
    /// The word, or how many words there are in this line.
    pub word: String,
    /// Whether the word comes out of the computation, and is no part of what goes in.
    pub result: bool,
    /// The sum after it, with what ran over added at the right.
    pub folded: u16,
    /// How that came about.
    pub says: String,
    /// Where it lies in the packet, in bits; several places for a word of the pseudo-header.
    pub bits: Vec<Range<usize>>,
}

/// The checksums that a packet has and that can be computed, the inmost first.
pub fn headers(sheet: &Sheet) -> Vec<Header> {
    let all = [Header::Tcp, Header::Udp, Header::Icmpv4, Header::Icmpv6, Header::Ipv4];
    let whole = super::says::missing(&sheet.packet) == 0;
    let can_be = |header: &Header| {
        (whole || *header == Header::Ipv4) && Computation::of(&sheet.packet, *header).is_some()
    };
    all.into_iter().filter(can_be).collect()
}

/// The computation of one checksum: its words, the complement, and what the receiver makes of it. `None` where it cannot be computed.
pub fn lines(sheet: &Sheet, header: Header) -> Option<Vec<Line>> {
    let computation = Computation::of(&sheet.packet, header)?;
    let data = computation.steps.iter().take_while(|step| step.part != Part::Payload).count();
    let shown =
        if computation.steps.len() > data + WORDS + 1 { data + WORDS } else { computation.steps.len() };
    let mut before = 0;
    let mut lines = Vec::new();
    for step in &computation.steps[..shown] {
        lines.push(line(sheet, header, step, before));
        before = step.folded;
    }
    let rest = &computation.steps[shown..];
    if let (Some(first), Some(last)) = (rest.first(), rest.last()) {
        let start = place(sheet, header, first).first().map_or(0, |range| range.start);
        let end = place(sheet, header, last).first().map_or(start, |range| range.end);
        lines.push(Line {
            part: part(header, first.part),
            what: format!("{} more words", rest.len()),
            word: "…".to_owned(),
            result: false,
            folded: last.folded,
            says: format!(
                "The other {} words of data, one after the other: the sum is {:04x}.",
                rest.len(),
                last.folded
            ),
            bits: core::iter::once(start..end).filter(|range| !range.is_empty()).collect(),
        });
    }
    let sum = lines.last().map_or(0, |line| line.folded);
    lines.push(complement(sheet, header, &computation, sum));
    lines.push(proof(sheet, header, &computation, sum));
    Some(lines)
}

fn line(sheet: &Sheet, header: Header, step: &Step, before: u16) -> Line {
    let word = step.word;
    let mut says = format!("{before:04x} + {word:04x} = {:04x}", step.sum);
    if step.sum > 0xffff {
        says.push_str(&format!(
            ". What runs over is added at the right: {:04x} + 1 = {:04x}",
            step.sum & 0xffff,
            step.folded
        ));
    }
    says.push('.');
    let names: Vec<&str> = step.fields().map(|field| field.name).collect();
    let is_checksum =
        header.checksum().is_some_and(|field| names == [field.name]) && step.part == Part::Header(header);
    if is_checksum {
        says.push_str(" The checksum's own field counts as zero.");
    }
    Line {
        part: part(header, step.part),
        what: if names.is_empty() {
            format!("octets {} and {}", step.offset, step.offset + 1)
        } else {
            names.join(", ")
        },
        word: format!("{word:04x}"),
        result: false,
        folded: step.folded,
        says,
        bits: place(sheet, header, step),
    }
}

fn complement(sheet: &Sheet, header: Header, computation: &Computation, sum: u16) -> Line {
    let mut says =
        format!("The complement of {sum:04x}, every bit turned over, is {:04x}.", computation.complement);
    if computation.checksum != computation.complement {
        says.push_str(" Zero would mean that there is none: UDP sends ffff instead.");
    }
    says.push_str(" That is the checksum.");
    Line {
        part: "checksum".to_owned(),
        what: "complement".to_owned(),
        word: format!("{:04x}", computation.checksum),
        result: true,
        folded: computation.checksum,
        says,
        bits: own(sheet, header),
    }
}

fn proof(sheet: &Sheet, header: Header, computation: &Computation, sum: u16) -> Line {
    let present = computation.present;
    let total = u32::from(sum) + u32::from(present);
    let folded = (total & 0xffff) as u16 + (total >> 16) as u16;
    let verdict = match folded {
        0xffff => "All bits are set: nothing has changed on the way, as far as this sum can tell.".to_owned(),
        _ if present == 0 && header == Header::Udp => {
            "But zero stands there: the sender computed no checksum.".to_owned()
        }
        _ => format!(
            "It must be ffff: with this checksum on the wire the datagram is dropped without a word. {:04x} would be right.",
            computation.checksum
        ),
    };
    Line {
        part: "receiver".to_owned(),
        what: "proof".to_owned(),
        word: format!("{present:04x}"),
        result: true,
        folded,
        says: format!(
            "The receiver adds the same words, and the checksum that came with them: {sum:04x} + {present:04x} = {folded:04x}. {verdict}"
        ),
        bits: own(sheet, header),
    }
}

fn part(header: Header, part: Part) -> String {
    match part {
        Part::Pseudo(_) => "pseudo-header".to_owned(),
        Part::Header(header) => format!("{header} header"),
        Part::Options(_) => format!("{header} options"),
        Part::Payload => "data".to_owned(),
    }
}

/// The checksum's field.
fn own(sheet: &Sheet, header: Header) -> Vec<Range<usize>> {
    let found = header.checksum().zip(sheet.packet.find(header));
    found.map(|(field, at)| 8 * at + usize::from(field.bit)).map(|bit| bit..bit + 16).into_iter().collect()
}

/// Where the octets of a word lie in the packet.
fn place(sheet: &Sheet, header: Header, step: &Step) -> Vec<Range<usize>> {
    let Some(at) = sheet.packet.find(header) else { return Vec::new() };
    let total = 8 * sheet.packet.octets().len();
    let begin = match step.part {
        Part::Pseudo(pseudo) => return pseudo_place(pseudo, step),
        Part::Header(_) => at,
        Part::Options(_) => at + header.length(),
        Part::Payload if header == Header::Tcp => {
            let said = 4 * sheet.packet.get(&tcp::DATA_OFFSET).unwrap_or(5) as usize;
            let end = sheet.packet.carried_range().map_or(sheet.packet.octets().len(), |range| range.end);
            at + if said < header.length() || at + said > end { header.length() } else { said }
        }
        Part::Payload => at + header.length(),
    };
    let bit = 8 * (begin + step.offset);
    core::iter::once(bit.min(total)..(bit + 16).min(total)).filter(|range| !range.is_empty()).collect()
}

/// A word of the pseudo-header is taken from the internet header, and the length from nowhere.
fn pseudo_place(header: Header, step: &Step) -> Vec<Range<usize>> {
    let half = |field: &wire::fields::Field, own: &wire::fields::Field| {
        let first = usize::from(own.bit) + 8 * step.offset - usize::from(field.bit);
        first..first + 16
    };
    let (sources, protocol) = match header {
        Header::PseudoIpv4 => (
            [(&pseudo::v4::SOURCE, &ipv4::SOURCE), (&pseudo::v4::DESTINATION, &ipv4::DESTINATION)],
            (&pseudo::v4::PROTOCOL, &ipv4::PROTOCOL),
        ),
        _ => (
            [(&pseudo::v6::SOURCE, &ipv6::SOURCE), (&pseudo::v6::DESTINATION, &ipv6::DESTINATION)],
            (&pseudo::v6::NEXT_HEADER, &ipv6::NEXT_HEADER),
        ),
    };
    for field in step.fields() {
        if let Some((field, own)) = sources.iter().find(|(source, _)| *source == field) {
            return core::iter::once(half(field, own)).collect();
        }
        if field == protocol.0 {
            let bit = usize::from(protocol.1.bit);
            return core::iter::once(bit..bit + usize::from(protocol.1.width)).collect();
        }
    }
    Vec::new()
}
