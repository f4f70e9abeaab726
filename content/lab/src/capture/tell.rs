//! From the packets of one stream to a Log, with what a reader of it must know.

use super::flow::{Flow, Order};
use bytes::Bytes;
use core::net::SocketAddr;
use sockets::{Event, Fate, HostId, Instant, LinkId, Log, PacketId, Trace, Transit};
use wire::capture::{Capture, Captured, Carried, TcpGlance, glance};
use wire::{Datagram, Malformed, Packet};

/// One stream, told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Each segment that could be read, sent from host 0 or host 1 (the stream's first and second end) at the time at which it was seen,
    /// counted from the first one's.
    pub log: Log,
    /// The first packet's time, in microseconds after 1 January 1970.
    pub began: u64,
    /// How many segments are told.
    pub segments: u64,
    /// The octets of each of them as they were captured, in the order of their numbers. What the Log has is their sense, which is not all:
    /// a checksum may be wrong, octets may be missing.
    pub octets: Vec<Bytes>,
    /// What a reader must know: a sentence or two each, none if the Log tells all there is.
    pub notes: Vec<String>,
}

/// The Log of one stream between these ends; packets of other streams are left out.
pub fn tell(capture: &Capture, ends: [SocketAddr; 2]) -> Told {
    let mut packets: Vec<&Captured> = capture.packets.iter().collect();
    let mut notes = Notes {
        backwards: packets.windows(2).filter(|two| two[1].at < two[0].at).count(),
        ..Notes::default()
    };
    // Several interfaces or cores may write to a file out of turn.
    packets.sort_by_key(|packet| packet.at);
    let mut told = Told { began: packets.first().map_or(0, |packet| packet.at), ..Told::default() };
    let mut flows = [Flow::default(), Flow::default()];
    let mut latest = [None; 2];
    for packet in packets {
        let Some((from, identification, tcp)) = whose(packet, ends) else { continue };
        let at = Instant(packet.at - told.began);
        notes.packets += 1;
        let (datagram, octets) = match read(packet, &mut notes) {
            Ok(read) => read,
            Err(why) => {
                let text = format!("Packet {} of this stream could not be read: {why}", notes.packets);
                notes.unread += 1;
                notes.first_unread.get_or_insert_with(|| text.clone());
                told.log.observe(at, Event::Notice(text));
                continue;
            }
        };
        let order = flows[from].see(identification, &tcp);
        notes.copies += usize::from(order == Order::Copy);
        notes.late += usize::from(order == Order::Late);
        let number = PacketId(told.segments as u32);
        let transit = Transit {
            packet: number,
            copy_of: latest[from].filter(|_| order == Order::Copy),
            link: LinkId(0),
            from: HostId(from as u32),
            to: HostId(1 - from as u32),
            socket: None,
            retransmission: order == Order::Again,
            datagram,
            fate: Fate::Seen,
        };
        latest[from] = Some(number);
        told.segments += 1;
        told.octets.push(octets);
        told.log.observe(at, Event::Trace(Trace::Sent(Box::new(transit))));
    }
    if flows.iter().any(|flow| flow.has_begun() && flow.iss.is_none()) {
        notes.without_beginning = true;
    }
    told.notes = notes.sentences();
    told
}

/// From which end a packet of this stream is, its identification, and its segment; `None` for other packets.
fn whose(packet: &Captured, ends: [SocketAddr; 2]) -> Option<(usize, u16, TcpGlance)> {
    let seen = glance(&packet.octets, packet.length)?;
    let Carried::Tcp(tcp) = seen.carried else { return None };
    let source = SocketAddr::new(seen.source, tcp.source_port);
    let destination = SocketAddr::new(seen.destination, tcp.destination_port);
    let from = (0..2).find(|&end| source == ends[end] && destination == ends[1 - end])?;
    Some((from, seen.identification, tcp))
}

/// The packet's sense, in which octets that were not captured, of a packet that was cut off in its data, are zeros; and its octets.
fn read(packet: &Captured, notes: &mut Notes) -> Result<(Datagram, Bytes), Malformed> {
    let mut octets = packet.octets.to_vec();
    let mut as_seen = packet.octets.clone();
    let is_4 = octets.first().is_some_and(|first| first >> 4 == 4);
    let said = match (is_4, octets.get(2..6)) {
        (true, Some(&[high, low, ..])) => usize::from(u16::from_be_bytes([high, low])),
        (false, Some(&[.., high, low])) => 40 + usize::from(u16::from_be_bytes([high, low])),
        (_, _) => 0,
    };
    let unsaid = if is_4 { said == 0 } else { said == 40 };
    if unsaid && let Ok(length) = u16::try_from(packet.length) {
        // The sender's network adapter is to cut a large segment, and fills in the length: until then it is 0.
        let (at, length) = if is_4 { (2, length) } else { (4, length.saturating_sub(40)) };
        if let Some(field) = octets.get_mut(at..at + 2) {
            field.copy_from_slice(&length.to_be_bytes());
            as_seen = octets.clone().into();
        }
    }
    let whole = if unsaid { packet.length.min(usize::from(u16::MAX)) } else { said };
    let cut_off = whole > octets.len() && packet.length > octets.len();
    if cut_off {
        octets.resize(whole.min(packet.length), 0);
    }
    let (datagram, wrong) = Packet::from(octets).parse_captured()?;
    if cut_off {
        notes.cut_off += 1;
    } else if !wrong.is_empty() && !unsaid {
        notes.wrong_checksums += 1;
    }
    Ok((datagram, as_seen))
}

/// What is counted for the notes.
#[derive(Default)]
struct Notes {
    packets: usize,
    backwards: usize,
    copies: usize,
    late: usize,
    cut_off: usize,
    wrong_checksums: usize,
    unread: usize,
    first_unread: Option<String>,
    without_beginning: bool,
}

impl Notes {
    fn sentences(self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.without_beginning {
            notes.push(
                "The beginning was not captured in both directions. Where a SYN is missing, numbers count from the first octet that was \
                 seen, and the window scale is not known."
                    .to_owned(),
            );
        }
        if self.late > 0 {
            notes.push(format!(
                "{} after later octets: overtaken on the way, or sent again after the capture missed the first time. A capture cannot \
                 tell which.",
                came(self.late, "segment")
            ));
        }
        if self.copies > 0 {
            notes.push(format!(
                "{} seen twice, the same octets with the same identification. They are marked as copies.",
                were(self.copies, "packet")
            ));
        }
        if self.cut_off > 0 {
            notes.push(format!(
                "{} captured only in part. Octets of data that are missing in the file are counted; nobody knows what they were.",
                were(self.cut_off, "packet")
            ));
        }
        if self.wrong_checksums > 0 {
            notes.push(format!(
                "In {} a checksum is wrong, most likely because the sender's network adapter computes it after the capture saw the \
                 packet (checksum offload). The header shows what was captured, and what would be right.",
                count(self.wrong_checksums, "packet")
            ));
        }
        if self.backwards > 0 {
            notes.push(format!(
                "The file is not in the order of time: {} back. Here the packets are.",
                match self.backwards {
                    1 => "once its time goes".to_owned(),
                    times => format!("{times} times its time goes"),
                }
            ));
        }
        if let Some(first) = self.first_unread {
            let more = match self.unread {
                1 => String::new(),
                all => format!(" So it is with {} more.", count(all - 1, "packet")),
            };
            notes.push(format!("{first}. It is left out.{more}"));
        }
        notes
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn were(number: usize, what: &str) -> String {
    format!("{} {}", count(number, what), if number == 1 { "was" } else { "were" })
}

fn came(number: usize, what: &str) -> String {
    format!("{} came", count(number, what))
}
