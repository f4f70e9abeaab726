//! Reads pcapng and pcap piece by piece, in both orders of octets and both resolutions of time.
//!
//! ```text
//!   octets --next--> Step::Read { used, frame }   go on after `used` octets
//!                    Step::More                   ask again with more octets; at the file's end: end()
//! ```

use super::link::Link;
use super::{Break, Interface, Why};
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

/// A capture file that is being read. It holds what the file said of its interfaces, and no packet.
#[derive(Debug, Default)]
pub struct Reader {
    format: Format,
    /// How many octets of the file were used so far.
    position: u64,
    interfaces: Vec<Interface>,
    /// Interfaces are numbered anew in each section: the number of its first one.
    first_of_section: usize,
    last_time: u64,
    /// What must be known to go on from here: see [`Reader::resume`].
    preamble: Vec<u8>,
}

#[derive(Debug, Default)]
enum Format {
    #[default]
    Unknown,
    Pcap(PcapParser),
    Pcapng(Box<PcapNgParser>),
}

/// What stands at the beginning of octets.
#[derive(Debug)]
pub enum Step<'a> {
    /// Nothing whole: more octets are needed.
    More,
    /// A header, a block or a frame.
    Read {
        /// How many octets it takes.
        used: usize,
        /// The frame, if it is one.
        frame: Option<Frame<'a>>,
    },
}

/// One captured frame.
#[derive(Debug)]
pub struct Frame<'a> {
    /// When: as in [`Captured::at`](super::Captured::at).
    pub at: u64,
    /// Where, as a place in [`Reader::interfaces`].
    pub interface: usize,
    /// The IP packet in it, as far as it was captured; `None` where it carries something else, or where the link's headers are not
    /// known.
    pub octets: Option<&'a [u8]>,
    /// How many octets the packet has (with what the link padded); more than were captured if the capture was limited.
    pub length: usize,
    /// The comment; empty for none.
    pub comment: String,
}

impl Reader {
    /// At the beginning of a file.
    pub fn new() -> Reader {
        Reader::default()
    }

    /// A reader that goes on where another one, whose preamble this is, stood.
    ///
    /// # Errors
    /// If this is no preamble.
    pub fn resume(preamble: &[u8]) -> Result<Reader, Break> {
        let mut reader = Reader::new();
        let mut rest = preamble;
        while let Step::Read { used, .. } = reader.next(rest)? {
            rest = &rest[used..];
        }
        reader.end(rest.len()).map_or(Ok(reader), Err)
    }

    /// The headers and descriptions of interfaces that are in force here, as the file has them.
    pub fn preamble(&self) -> &[u8] {
        &self.preamble
    }

    /// The interfaces that were described so far.
    pub fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// How many of them earlier sections described: each section of a pcapng file numbers its own from 0.
    pub const fn first_of_section(&self) -> usize {
        self.first_of_section
    }

    /// As [`Reader::interfaces`], at the end.
    pub fn into_interfaces(self) -> Vec<Interface> {
        self.interfaces
    }

    /// Reads what the octets begin with; they follow what was used of those before.
    ///
    /// # Errors
    /// Where it is not as the format wants it. Nothing after that can be read.
    pub fn next<'a>(&mut self, octets: &'a [u8]) -> Result<Step<'a>, Break> {
        let step = match &self.format {
            Format::Unknown => self.begin(octets),
            _ if octets.is_empty() => Ok(Step::More),
            Format::Pcap(_) => self.next_of_pcap(octets),
            Format::Pcapng(_) => self.next_of_pcapng(octets),
        };
        match step {
            Ok(step) => {
                if let Step::Read { used, .. } = step {
                    self.position += used as u64;
                }
                Ok(step)
            }
            Err(why) => Err(Break { at: self.position, why }),
        }
    }

    /// What the end of the file means when `present` octets of it are not used: `None` if it ends where it may.
    pub fn end(&self, present: usize) -> Option<Break> {
        let why = match self.format {
            Format::Unknown if present < 4 => Why::Unknown,
            _ if present == 0 => return None,
            _ => Why::CutOff { present },
        };
        Some(Break { at: self.position, why })
    }

    /// How many octets of the file were used so far.
    pub const fn position(&self) -> u64 {
        self.position
    }

    fn begin<'a>(&mut self, octets: &'a [u8]) -> Result<Step<'a>, Why> {
        let rest = match octets.first_chunk::<4>() {
            None => return Ok(Step::More),
            Some([0x0a, 0x0d, 0x0d, 0x0a]) => match PcapNgParser::new(octets) {
                Err(PcapNgParseError::IncompleteBuffer(..)) => return Ok(Step::More),
                Err(error) => return Err(why(error)),
                Ok((rest, parser)) => {
                    self.format = Format::Pcapng(Box::new(parser));
                    rest
                }
            },
            Some(
                [0xa1, 0xb2, 0xc3, 0xd4]
                | [0xd4, 0xc3, 0xb2, 0xa1]
                | [0xa1, 0xb2, 0x3c, 0x4d]
                | [0x4d, 0x3c, 0xb2, 0xa1],
            ) => match PcapParser::new(octets) {
                Err(PcapParseError::IncompleteBuffer(..)) => return Ok(Step::More),
                Err(error) => return Err(Why::Broken(in_full(&error))),
                Ok((rest, parser)) => {
                    // The upper bits say whether frames end with a check sequence.
                    let link = u32::from(parser.header().datalink) & 0x0fff_ffff;
                    self.interfaces.push(Interface { name: None, link });
                    self.format = Format::Pcap(parser);
                    rest
                }
            },
            Some(_) => return Err(Why::Unknown),
        };
        let used = octets.len() - rest.len();
        self.preamble = octets[..used].to_vec();
        Ok(Step::Read { used, frame: None })
    }

    fn next_of_pcap<'a>(&mut self, octets: &'a [u8]) -> Result<Step<'a>, Why> {
        let Format::Pcap(parser) = &self.format else { return Ok(Step::More) };
        let (rest, packet) = match parser.next_raw_packet(octets) {
            Ok(read) => read,
            Err(PcapParseError::IncompleteBuffer(..)) => return Ok(Step::More),
            Err(error) => return Err(Why::Broken(in_full(&error))),
        };
        let fraction = match parser.header().ts_resolution {
            PcapTsResolution::MicroSecond => packet.ts_frac,
            PcapTsResolution::NanoSecond => packet.ts_frac / 1000,
        };
        let at = u64::from(packet.ts_sec) * 1_000_000 + u64::from(fraction);
        let data = &octets[16..][..packet.data.len()];
        let frame = self.frame(at, 0, data, packet.orig_len, String::new());
        Ok(Step::Read { used: octets.len() - rest.len(), frame: Some(frame) })
    }

    fn next_of_pcapng<'a>(&mut self, octets: &'a [u8]) -> Result<Step<'a>, Why> {
        let Format::Pcapng(parser) = &mut self.format else { return Ok(Step::More) };
        let (rest, block) = match parser.next_raw_block(octets) {
            Ok(read) => read,
            Err(PcapNgParseError::IncompleteBuffer(..)) => return Ok(Step::More),
            Err(error) => return Err(why(error)),
        };
        let used = octets.len() - rest.len();
        // What else a file may hold (names, statistics, keys) is not looked into, and so cannot break the reading.
        if !matches!(
            block.type_,
            SECTION_HEADER_BLOCK
                | INTERFACE_DESCRIPTION_BLOCK
                | ENHANCED_PACKET_BLOCK
                | PACKET_BLOCK
                | SIMPLE_PACKET_BLOCK
        ) {
            return Ok(Step::Read { used, frame: None });
        }
        let captured = captured_octets(&block, parser);
        if let Some(said) = captured.filter(|said| *said as usize > block.body.len()) {
            return Err(Why::Broken(format!(
                "the packet is to have {said} octets, and its block has only {}",
                block.body.len()
            )));
        }
        // Where the frame begins, counted from the block's first octet: the block's own copy of it does not outlive this function.
        let starts = match block.type_ {
            SIMPLE_PACKET_BLOCK => 12,
            _ => 28,
        };
        let data = octets.get(starts..).and_then(|data| data.get(..captured? as usize)).unwrap_or_default();
        let block = block.try_into_block(parser.state()).map_err(|error| why(error.into()))?;
        let frame = match &block {
            Block::SectionHeader(_) => {
                self.first_of_section = self.interfaces.len();
                self.preamble = octets[..used].to_vec();
                None
            }
            Block::InterfaceDescription(interface) => {
                let name = interface.options.iter().find_map(|option| match option {
                    InterfaceDescriptionOption::IfName(name) => Some(name.to_string()),
                    _ => None,
                });
                self.interfaces.push(Interface { name, link: interface.linktype.into() });
                self.preamble.extend(&octets[..used]);
                None
            }
            Block::EnhancedPacket(packet) => {
                let comment = packet.options.iter().find_map(|option| match option {
                    EnhancedPacketOption::Common(CommonOption::Comment(comment)) => Some(comment.to_string()),
                    _ => None,
                });
                self.last_time = micros(packet.timestamp);
                Some((packet.interface_id as usize, packet.original_len, comment.unwrap_or_default()))
            }
            Block::Packet(packet) => {
                self.last_time = micros(packet.timestamp);
                Some((usize::from(packet.interface_id), packet.original_len, String::new()))
            }
            Block::SimplePacket(packet) => Some((0, packet.original_len, String::new())),
            _ => None,
        };
        let frame = frame.map(|(interface, length, comment)| {
            self.frame(self.last_time, self.first_of_section + interface, data, length, comment)
        });
        Ok(Step::Read { used, frame })
    }

    fn frame<'a>(
        &self,
        at: u64,
        interface: usize,
        data: &'a [u8],
        length: u32,
        comment: String,
    ) -> Frame<'a> {
        let link = self.interfaces.get(interface).and_then(|interface| Link::of(interface.link));
        let start = link.and_then(|link| link.internet_at(data));
        let octets = start.map(|start| &data[start..]);
        let captured = octets.map_or(0, <[u8]>::len);
        let length = (length as usize).saturating_sub(start.unwrap_or(0)).max(captured);
        Frame { at, interface, octets, length, comment }
    }
}

fn why(error: PcapNgParseError) -> Why {
    match error {
        // What the parser keeps of a block is no matter to who reads the file: the block is at fault.
        PcapNgParseError::StateUpdate(error) => Why::Broken(in_full(error.source().unwrap_or(&error))),
        error => Why::Broken(in_full(&error)),
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
