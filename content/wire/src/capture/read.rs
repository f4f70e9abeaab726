//! Reads pcapng and pcap, in both orders of octets and both resolutions of time.

use super::link::Link;
use crate::Packet;
use bytes::Bytes;
use core::fmt;
use pcap_file::Endianness;
use pcap_file::pcap::{PcapParseError, PcapParser, PcapTsResolution};
use pcap_file::pcapng::blocks::block_common::{
    Block, ENHANCED_PACKET_BLOCK, INTERFACE_DESCRIPTION_BLOCK, PACKET_BLOCK, RawBlock, SECTION_HEADER_BLOCK,
    SIMPLE_PACKET_BLOCK,
};
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption;
use pcap_file::pcapng::blocks::opt_common::CommonOption;
use pcap_file::pcapng::{PcapNgParseError, PcapNgParser};
use std::error::Error;
use std::time::Duration;

/// What a capture file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// The interfaces, in the order in which the file describes them; a pcap file has one, without a name.
    pub interfaces: Vec<Interface>,
    /// The IP packets, in the order of the file.
    pub packets: Vec<Captured>,
    /// How many frames carried something else (ARP, for one) or came from a link whose headers are not known.
    pub others: usize,
    /// Where and why reading ended before the file did.
    pub broken: Option<Break>,
}

/// An interface at which packets were captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its name, if the file gives one.
    pub name: Option<String>,
    /// The number of its link type in the registry of link-layer header types: 1 is Ethernet, 101 bare IP.
    pub link: u32,
}

/// One captured IP packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// When, in microseconds after 1 January 1970. What is finer in the file is cut off; pcapng's simple packets have no time
    /// and get that of the packet before.
    pub at: u64,
    /// Where, as a place in [`Capture::interfaces`].
    pub interface: usize,
    /// The octets from the internet header on, as far as they were captured; the link may have padded them.
    pub octets: Bytes,
    /// How many octets there were, counted alike; more than were captured if the capture was limited.
    pub length: usize,
    /// The comment; empty for none.
    pub comment: String,
}

/// Where a capture file cannot be read further, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The octet of the file at which the header, packet or block begins that cannot be read.
    pub at: usize,
    /// Why.
    pub why: Why,
}

/// Why a capture file cannot be read further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The file begins neither as pcapng nor as pcap.
    Unknown,
    /// The file ends before what begins there does.
    CutOff {
        /// How many octets there are from there on.
        present: usize,
    },
    /// It is not as the format wants it.
    Broken(String),
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Unknown => f.write_str("this is no capture: a pcapng file begins with 0a0d0d0a, a pcap file with a1b2c3d4 or a1b23c4d in either order"),
            Why::CutOff { present } => {
                write!(f, "the file is cut off: what begins at octet {} has only {present} octets", self.at)
            }
            Why::Broken(why) => write!(f, "the file is broken at octet {}: {why}", self.at),
        }
    }
}

impl Error for Break {}

impl Captured {
    /// The packet, to be parsed.
    pub fn packet(&self) -> Packet {
        Packet::from(&self.octets[..])
    }
}

/// Reads a capture file. What it gives takes memory in proportion to the file; the packets share the file's octets.
pub fn read(file: &Bytes) -> Capture {
    let mut capture = Capture::default();
    let outcome = match file.first_chunk::<4>() {
        Some([0x0a, 0x0d, 0x0d, 0x0a]) => read_pcapng(file, &mut capture),
        Some(
            [0xa1, 0xb2, 0xc3, 0xd4]
            | [0xd4, 0xc3, 0xb2, 0xa1]
            | [0xa1, 0xb2, 0x3c, 0x4d]
            | [0x4d, 0x3c, 0xb2, 0xa1],
        ) => read_pcap(file, &mut capture),
        _ => Err(Break { at: 0, why: Why::Unknown }),
    };
    capture.broken = outcome.err();
    capture
}

impl Capture {
    /// Adds a frame, if it carries an IP packet.
    fn take(&mut self, file: &Bytes, interface: usize, at: u64, frame: &[u8], length: u32, comment: String) {
        let link = self.interfaces.get(interface).and_then(|interface| Link::of(interface.link));
        let Some(start) = link.and_then(|link| link.internet_at(frame)) else {
            self.others += 1;
            return;
        };
        let octets = file.slice_ref(&frame[start..]);
        let length = (length as usize).saturating_sub(start).max(octets.len());
        self.packets.push(Captured { at, interface, octets, length, comment });
    }
}

fn micros(time: Duration) -> u64 {
    time.as_micros().try_into().unwrap_or(u64::MAX)
}

/// An error with what lies beneath it, in one line.
fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut beneath = error.source();
    while let Some(error) = beneath {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        beneath = error.source();
    }
    text
}

fn read_pcap(file: &Bytes, capture: &mut Capture) -> Result<(), Break> {
    let why = |rest: &[u8], error: PcapParseError| {
        let why = match error {
            PcapParseError::IncompleteBuffer(..) => Why::CutOff { present: rest.len() },
            error => Why::Broken(in_full(&error)),
        };
        Break { at: file.len() - rest.len(), why }
    };
    let (mut rest, parser) = PcapParser::new(file).map_err(|error| why(file, error))?;
    let header = parser.header();
    // The upper bits say whether frames end with a check sequence.
    let link = u32::from(header.datalink) & 0x0fff_ffff;
    capture.interfaces.push(Interface { name: None, link });
    while !rest.is_empty() {
        let (after, packet) = parser.next_raw_packet(rest).map_err(|error| why(rest, error))?;
        let fraction = match header.ts_resolution {
            PcapTsResolution::MicroSecond => packet.ts_frac,
            PcapTsResolution::NanoSecond => packet.ts_frac / 1000,
        };
        let at = u64::from(packet.ts_sec) * 1_000_000 + u64::from(fraction);
        capture.take(file, 0, at, &rest[16..][..packet.data.len()], packet.orig_len, String::new());
        rest = after;
    }
    Ok(())
}

fn read_pcapng(file: &Bytes, capture: &mut Capture) -> Result<(), Break> {
    let why = |rest: &[u8], error: PcapNgParseError| {
        let why = match error {
            PcapNgParseError::IncompleteBuffer(..) => Why::CutOff { present: rest.len() },
            // What the parser keeps of a block is no matter to who reads the file: the block is at fault.
            PcapNgParseError::StateUpdate(error) => Why::Broken(in_full(error.source().unwrap_or(&error))),
            error => Why::Broken(in_full(&error)),
        };
        Break { at: file.len() - rest.len(), why }
    };
    let (mut rest, mut parser) = PcapNgParser::new(file).map_err(|error| why(file, error))?;
    // Interfaces are numbered anew in each section.
    let mut first_of_section = 0;
    let mut last_time = 0;
    while !rest.is_empty() {
        let (after, block) = parser.next_raw_block(rest).map_err(|error| why(rest, error))?;
        // What else a file may hold (names, statistics, keys) is not looked into, and so cannot break the reading.
        if !matches!(
            block.type_,
            SECTION_HEADER_BLOCK
                | INTERFACE_DESCRIPTION_BLOCK
                | ENHANCED_PACKET_BLOCK
                | PACKET_BLOCK
                | SIMPLE_PACKET_BLOCK
        ) {
            rest = after;
            continue;
        }
        if let Some(octets) =
            captured_octets(&block, &parser).filter(|octets| *octets as usize > block.body.len())
        {
            let why =
                format!("the packet is to have {octets} octets, and its block has only {}", block.body.len());
            return Err(Break { at: file.len() - rest.len(), why: Why::Broken(why) });
        }
        let block = block.try_into_block(parser.state()).map_err(|error| why(rest, error.into()))?;
        match &block {
            Block::SectionHeader(_) => first_of_section = capture.interfaces.len(),
            Block::InterfaceDescription(interface) => {
                let name = interface.options.iter().find_map(|option| match option {
                    InterfaceDescriptionOption::IfName(name) => Some(name.to_string()),
                    _ => None,
                });
                capture.interfaces.push(Interface { name, link: interface.linktype.into() });
            }
            Block::EnhancedPacket(packet) => {
                let comment = packet.options.iter().find_map(|option| match option {
                    EnhancedPacketOption::Common(CommonOption::Comment(comment)) => Some(comment.to_string()),
                    _ => None,
                });
                last_time = micros(packet.timestamp);
                let interface = first_of_section + packet.interface_id as usize;
                let comment = comment.unwrap_or_default();
                capture.take(file, interface, last_time, &packet.data, packet.original_len, comment);
            }
            Block::Packet(packet) => {
                last_time = micros(packet.timestamp);
                let interface = first_of_section + usize::from(packet.interface_id);
                capture.take(file, interface, last_time, &packet.data, packet.original_len, String::new());
            }
            Block::SimplePacket(packet) => {
                capture.take(
                    file,
                    first_of_section,
                    last_time,
                    &packet.data,
                    packet.original_len,
                    String::new(),
                );
            }
            _ => {}
        }
        rest = after;
    }
    Ok(())
}

/// How many octets of a packet a block says that it holds. The parser rounds the number up to a whole word, which can overflow
/// where addresses have 32 bits, as in a browser; so it is looked at before.
fn captured_octets(block: &RawBlock<'_>, parser: &PcapNgParser) -> Option<u32> {
    let word = |at: usize| {
        let octets = *block.body.get(at..)?.first_chunk::<4>()?;
        Some(match parser.section().endianness {
            Endianness::Big => u32::from_be_bytes(octets),
            Endianness::Little => u32::from_le_bytes(octets),
        })
    };
    match block.type_ {
        ENHANCED_PACKET_BLOCK | PACKET_BLOCK => word(12),
        SIMPLE_PACKET_BLOCK => {
            let limit = parser.interfaces().first().map_or(0, |interface| interface.snaplen);
            word(0).map(|octets| if limit == 0 { octets } else { octets.min(limit) })
        }
        _ => None,
    }
}
