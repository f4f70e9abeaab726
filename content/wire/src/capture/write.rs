//! Writes pcapng (draft-ietf-opsawg-pcapng): one section, interfaces that carry bare IP packets, times in microseconds.

use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::opt_common::CommonOption;
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::pcapng::{PcapNgBlock, PcapNgWriter};
use pcap_file::{DataLink, Endianness};
use std::borrow::Cow;
use std::time::Duration;

/// A pcapng file that is being written.
///
/// ```
/// let mut writer = wire::capture::Writer::new("TCP Lab");
/// let client = writer.interface("client");
/// writer.packet(client, 1_000_000, &[0x45, 0], "the SYN");
/// let file = writer.finish();
/// assert_eq!(file[..4], [0x0a, 0x0d, 0x0d, 0x0a]);
/// ```
pub struct Writer {
    file: PcapNgWriter<Vec<u8>>,
}

/// An interface that a [`Writer`] has described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interface(u32);

/// Octets of text that an option holds; its length is 16 bits, and no option may be longer.
const LONGEST_TEXT: usize = 32_000;
const WRITES: &str = "a vector takes every octet, and the block is whole";

impl Writer {
    /// A file whose section says which application wrote it.
    pub fn new(application: &str) -> Writer {
        let options = vec![SectionHeaderOption::UserApplication(text(application))];
        // Always the same order of octets, so that the same packets give the same file everywhere.
        let section = SectionHeaderBlock { endianness: Endianness::Little, options, ..Default::default() };
        Writer { file: PcapNgWriter::with_section_header(Vec::new(), section).expect(WRITES) }
    }

    /// Describes one more interface; an empty name is left out.
    pub fn interface(&mut self, name: &str) -> Interface {
        let place = Interface(self.file.interfaces().len() as u32);
        let mut block = InterfaceDescriptionBlock::new(DataLink::RAW, 0);
        if !name.is_empty() {
            block.options.push(InterfaceDescriptionOption::IfName(text(name)));
        }
        self.file.write_block(&block.into_block()).expect(WRITES);
        place
    }

    /// Adds a packet: an IP packet's octets, seen at an interface `at` microseconds after 1 January 1970. An empty comment is
    /// left out; one of more than 32,000 octets is cut off. An interface of another writer is taken for the first, and where
    /// this writer has none yet, one without a name is described.
    pub fn packet(&mut self, interface: Interface, at: u64, octets: &[u8], comment: &str) {
        self.packet_of_length(interface, at, octets, octets.len(), comment);
    }

    /// As [`Writer::packet`], for one that had `length` octets, of which only these are known.
    pub fn packet_of_length(
        &mut self,
        interface: Interface,
        at: u64,
        octets: &[u8],
        length: usize,
        comment: &str,
    ) {
        if self.file.interfaces().is_empty() {
            self.interface("");
        }
        let known = (interface.0 as usize) < self.file.interfaces().len();
        let options = if comment.is_empty() {
            Vec::new()
        } else {
            vec![EnhancedPacketOption::Common(CommonOption::Comment(text(comment)))]
        };
        let block = EnhancedPacketBlock {
            interface_id: if known { interface.0 } else { 0 },
            timestamp: Duration::from_micros(at),
            original_len: length.max(octets.len()) as u32,
            data: Cow::Borrowed(octets),
            options,
        };
        self.file.write_block(&block.into_block()).expect(WRITES);
    }

    /// The file's octets.
    pub fn finish(self) -> Vec<u8> {
        self.file.into_inner()
    }
}

fn text(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(&text[..text.floor_char_boundary(LONGEST_TEXT)])
}
