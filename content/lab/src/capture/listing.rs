//! What a capture file holds, as a table shows it.

use core::net::SocketAddr;
use serde::{Deserialize, Serialize};

/// What a file holds. Times are microseconds after 1 January 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// How many of the file's octets were read.
    pub octets: u64,
    /// The earliest and the latest packet's time; `None` if there is no packet.
    pub between: Option<(u64, u64)>,
    /// Frames of every kind.
    pub frames: u64,
    /// Whole TCP segments: those that belong to a stream.
    pub tcp: u64,
    /// UDP datagrams.
    pub udp: u64,
    /// ICMP and ICMPv6 messages.
    pub icmp: u64,
    /// Fragments of larger datagrams, whose ports only the first one has.
    pub fragments: u64,
    /// IP packets that carry another protocol.
    pub other_ip: u64,
    /// IP packets that were cut off within their headers, or whose headers make no sense.
    pub cut_off: u64,
    /// Frames that carry something else than IP, such as ARP.
    pub not_ip: u64,
    /// Frames from links whose headers are not known: the link type's number, and how many.
    pub unknown_links: Vec<(u32, u64)>,
    /// The streams in the order of their first segments.
    pub streams: Vec<Stream>,
    /// TCP segments of further streams, after the table was full.
    pub unlisted: u64,
    /// The interfaces' names; empty where the file has none.
    pub interfaces: Vec<String>,
    /// Why reading ended before the file did.
    pub broken: Option<String>,
}

/// One TCP stream. Of what is said twice, the first is for what the first end sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// The interface at which it was seen, a place in [`Listing::interfaces`].
    pub interface: u32,
    /// The ends: that which opened it first, where the beginning was captured; else that which was seen to send first.
    pub ends: [SocketAddr; 2],
    /// How it began.
    pub opening: Opening,
    /// How it ended.
    pub closing: Closing,
    /// Segments.
    pub packets: [u64; 2],
    /// Octets of data, repeated ones each time.
    pub octets: [u64; 2],
    /// Segments with numbers that were seen before: retransmissions.
    pub again: [u64; 2],
    /// Segments that came after later ones: overtaken, or retransmitted after the capture missed them.
    pub late: [u64; 2],
    /// Packets that were seen twice.
    pub copies: u64,
    /// When its first segment was seen.
    pub first: u64,
    /// When its last one was.
    pub last: u64,
}

/// How a stream begins in the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// With SYN and SYN-ACK.
    Handshake,
    /// With a SYN that nobody answered, or was answered by a RST.
    Syn,
    /// With the SYN-ACK; the SYN was not captured.
    SynAck,
    /// In the middle.
    Middle,
}

/// How a stream ends in the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// Both ends sent a FIN.
    Fins,
    /// Only the end with this number (0 or 1) sent a FIN.
    HalfClosed(u8),
    /// The end with this number was the first to send a RST.
    Reset(u8),
    /// It does not.
    Open,
}

impl Stream {
    /// Segments both ways.
    pub fn all_packets(&self) -> u64 {
        self.packets.iter().sum()
    }

    /// Octets of data both ways.
    pub fn all_octets(&self) -> u64 {
        self.octets.iter().sum()
    }

    /// Retransmissions and late segments both ways.
    pub fn trouble(&self) -> u64 {
        self.again.iter().chain(&self.late).sum()
    }
}
