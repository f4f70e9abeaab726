//! A whole capture file at once.

use super::link::Link;
use super::reader::{Reader, Step};
use crate::Packet;
use bytes::Bytes;
use core::fmt;
use std::error::Error;

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
    pub at: u64,
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

impl Interface {
    /// Whether packets from this link type can be read.
    pub const fn is_known(&self) -> bool {
        Link::of(self.link).is_some()
    }
}

impl Captured {
    /// The packet, to be parsed.
    pub fn packet(&self) -> Packet {
        Packet::from(&self.octets[..])
    }
}

/// Reads a capture file. What it gives takes memory in proportion to the file; the packets share the file's octets. For a file that is
/// too large for that there is [`Reader`].
pub fn read(file: &Bytes) -> Capture {
    let mut capture = Capture::default();
    let mut reader = Reader::new();
    let mut rest = &file[..];
    capture.broken = loop {
        match reader.next(rest) {
            Err(broken) => break Some(broken),
            Ok(Step::More) => break reader.end(rest.len()),
            Ok(Step::Read { used, frame }) => {
                if let Some(frame) = frame {
                    match frame.octets {
                        None => capture.others += 1,
                        Some(octets) => capture.packets.push(Captured {
                            at: frame.at,
                            interface: frame.interface,
                            octets: file.slice_ref(octets),
                            length: frame.length,
                            comment: frame.comment,
                        }),
                    }
                }
                rest = &rest[used..];
            }
        }
    };
    capture.interfaces = reader.into_interfaces();
    capture
}
