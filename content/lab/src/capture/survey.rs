//! Goes once through a capture file, however large, and remembers its streams and where their packets lie.

use super::flow::{Flow, Order};
use super::listing::{Closing, Listing, Opening, Stream};
use core::net::{IpAddr, SocketAddr};
use core::ops::RangeInclusive;
use std::collections::BTreeMap;
use std::rc::Rc;
use wire::capture::{
    Break, Carried, Frame, Glance, Reader, Step, TcpGlance, Why, Writer, WrittenInterface, glance,
};

/// The file is remembered in spans of so many octets: to find a stream's packets again, the spans that have some are read again.
const SPAN: u64 = 1 << 20;
/// Nothing in a capture file is larger than this: a length that says so is wrong.
const LARGEST: usize = 16 << 20;
/// What the file may say of its interfaces, in octets; it is remembered with each span.
const LARGEST_PREAMBLE: usize = 1 << 20;
/// How many streams are listed. A capture of a scan or of a flood may have any number.
const STREAMS: usize = 20_000;
/// How much of one stream is taken: packets, and octets of them.
const PACKETS: u64 = 20_000;
const OCTETS: u64 = 64 << 20;

/// An address with a port, and the other; the lower one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    interface: u32,
    low: (IpAddr, u16),
    high: (IpAddr, u16),
}

/// A stream that is being counted.
#[derive(Clone, Debug)]
struct Tracked {
    stream: Stream,
    key: Key,
    flows: [Flow; 2],
    syn_ack: bool,
    fins: [bool; 2],
    reset: Option<u8>,
    /// Where its first and its last packet lie in the file.
    records: RangeInclusive<u64>,
    /// The spans that have packets of it, in order.
    spans: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Mark {
    from: u64,
    preamble: Rc<Vec<u8>>,
    interfaces_before: u32,
}

/// A part of the file that is to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first octet.
    pub from: u64,
    /// The octet after the last.
    pub to: u64,
    preamble: Rc<Vec<u8>>,
    /// How many interfaces earlier sections described, which a reader that goes on here does not know.
    interfaces_before: u32,
}

/// A file that is being gone through.
#[derive(Debug, Default)]
pub struct Survey {
    reader: Reader,
    /// Octets that are not used yet.
    rest: Vec<u8>,
    marks: Vec<Mark>,
    streams: Vec<Tracked>,
    /// The latest stream between two addresses.
    newest: BTreeMap<Key, usize>,
    /// That of the packet before: most follow one of their own stream.
    last: Option<(Key, usize)>,
    unknown_links: BTreeMap<u32, u64>,
    listing: Listing,
    broken: Option<Break>,
}

impl Survey {
    /// At the beginning of a file.
    pub fn new() -> Survey {
        Survey::default()
    }

    /// Takes the next octets of the file. Says whether it makes sense to go on: not after a break.
    pub fn feed(&mut self, octets: &[u8]) -> bool {
        if self.broken.is_some() {
            return false;
        }
        if self.rest.is_empty() {
            let used = self.read(octets);
            self.rest.extend(&octets[used..]);
        } else {
            let mut rest = core::mem::take(&mut self.rest);
            rest.extend(octets);
            let used = self.read(&rest);
            rest.drain(..used);
            self.rest = rest;
        }
        if self.broken.is_none() && self.rest.len() > LARGEST {
            let why = Why::Broken(format!(
                "what begins there says that it is longer than {} MiB, which no captured packet is",
                LARGEST >> 20
            ));
            self.broken = Some(Break { at: self.reader.position(), why });
        }
        if self.broken.is_none() && self.reader.preamble().len() > LARGEST_PREAMBLE {
            let why = Why::Broken("it describes more interfaces than can be kept in mind".to_owned());
            self.broken = Some(Break { at: self.reader.position(), why });
        }
        self.broken.is_none()
    }

    /// How many streams there are so far.
    pub fn streams(&self) -> usize {
        self.streams.len()
    }

    /// How many octets were read so far.
    pub fn octets(&self) -> u64 {
        self.reader.position()
    }

    /// The file has ended: what it holds.
    pub fn end(&mut self) -> Listing {
        if self.broken.is_none() {
            self.broken = self.reader.end(self.rest.len());
        }
        self.rest = Vec::new();
        let mut listing = core::mem::take(&mut self.listing);
        listing.octets = self.reader.position();
        listing.broken = self.broken.as_ref().map(ToString::to_string);
        listing.unknown_links = core::mem::take(&mut self.unknown_links).into_iter().collect();
        let name = |interface: &wire::capture::Interface| interface.name.clone().unwrap_or_default();
        listing.interfaces = self.reader.interfaces().iter().map(name).collect();
        listing.streams = self.streams.iter().map(Tracked::finished).collect();
        listing
    }

    /// What begins the reading of one stream's packets: the parts of the file that have some, and what takes them.
    pub fn extract(&self, stream: usize) -> Option<(Vec<Span>, Extract)> {
        let tracked = self.streams.get(stream)?;
        let span = |place: &u32| {
            let mark = &self.marks[*place as usize];
            let to = self.marks.get(*place as usize + 1).map_or(self.reader.position(), |next| next.from);
            let Mark { from, preamble, interfaces_before } = mark.clone();
            Span { from, to, preamble, interfaces_before }
        };
        let mut writer = Writer::new("TCP Lab");
        let interface = self.reader.interfaces().get(tracked.key.interface as usize);
        let interface =
            writer.interface(interface.and_then(|interface| interface.name.as_deref()).unwrap_or(""));
        let extract = Extract {
            key: tracked.key,
            records: tracked.records.clone(),
            writer,
            interface,
            packets: 0,
            octets: 0,
        };
        Some((tracked.spans.iter().map(span).collect(), extract))
    }

    /// Reads what is whole; says how many octets that took.
    fn read(&mut self, octets: &[u8]) -> usize {
        let mut used_all = 0;
        loop {
            let at = self.reader.position();
            if self.marks.last().is_none_or(|mark| at >= mark.from + SPAN) {
                let preamble = self.reader.preamble();
                let same = self.marks.last().filter(|mark| mark.preamble[..] == *preamble);
                let preamble = same.map_or_else(|| Rc::new(preamble.to_vec()), |mark| mark.preamble.clone());
                let interfaces_before = self.reader.first_of_section() as u32;
                self.marks.push(Mark { from: at, preamble, interfaces_before });
            }
            match self.reader.next(&octets[used_all..]) {
                Ok(Step::More) => return used_all,
                Ok(Step::Read { used, frame }) => {
                    used_all += used;
                    if let Some(frame) = frame {
                        self.take(at, &frame);
                    }
                }
                Err(broken) => {
                    self.broken = Some(broken);
                    return used_all;
                }
            }
        }
    }

    fn take(&mut self, record: u64, frame: &Frame<'_>) {
        let listing = &mut self.listing;
        listing.frames += 1;
        let (first, last) = listing.between.unwrap_or((frame.at, frame.at));
        listing.between = Some((first.min(frame.at), last.max(frame.at)));
        let Some(octets) = frame.octets else {
            match self.reader.interfaces().get(frame.interface).filter(|one| !one.is_known()) {
                Some(unknown) => *self.unknown_links.entry(unknown.link).or_default() += 1,
                None => listing.not_ip += 1,
            }
            return;
        };
        let Some(seen) = glance(octets, frame.length) else {
            listing.cut_off += 1;
            return;
        };
        match seen.carried {
            Carried::Tcp(tcp) => self.count(record, frame, &seen, &tcp),
            Carried::Udp => listing.udp += 1,
            Carried::Icmp => listing.icmp += 1,
            Carried::Fragment => listing.fragments += 1,
            Carried::Other(_) => listing.other_ip += 1,
            Carried::CutOff => listing.cut_off += 1,
        }
    }

    fn count(&mut self, record: u64, frame: &Frame<'_>, seen: &Glance, tcp: &TcpGlance) {
        self.listing.tcp += 1;
        let (key, source, destination) = addresses(frame.interface as u32, seen, tcp);
        let known = self.last.filter(|(last, _)| *last == key).map(|(_, place)| place);
        let known = known.or_else(|| self.newest.get(&key).copied());
        let place = match known.filter(|place| !self.streams[*place].is_begun_anew(source, tcp)) {
            Some(place) => place,
            None if self.streams.len() == STREAMS => {
                self.listing.unlisted += 1;
                self.listing.tcp -= 1;
                return;
            }
            None => {
                self.streams.push(Tracked::new(key, source, destination, frame.at, record, tcp));
                self.newest.insert(key, self.streams.len() - 1);
                self.streams.len() - 1
            }
        };
        self.last = Some((key, place));
        let span = self.marks.len() as u32 - 1;
        self.streams[place].take(record, span, frame.at, source, seen.identification, tcp);
    }
}

/// The key of a segment's stream, its source, and its destination.
fn addresses(interface: u32, seen: &Glance, tcp: &TcpGlance) -> (Key, SocketAddr, SocketAddr) {
    let (source, destination) = ((seen.source, tcp.source_port), (seen.destination, tcp.destination_port));
    let key = Key { interface, low: source.min(destination), high: source.max(destination) };
    (key, source.into(), destination.into())
}

impl Tracked {
    fn new(
        key: Key,
        source: SocketAddr,
        destination: SocketAddr,
        at: u64,
        record: u64,
        tcp: &TcpGlance,
    ) -> Tracked {
        // A SYN-ACK comes from who did not open it.
        let answers = tcp.flags.syn() && tcp.flags.ack();
        let stream = Stream {
            interface: key.interface,
            ends: if answers { [destination, source] } else { [source, destination] },
            opening: Opening::Middle,
            closing: Closing::Open,
            packets: [0; 2],
            octets: [0; 2],
            again: [0; 2],
            late: [0; 2],
            copies: 0,
            first: at,
            last: at,
        };
        Tracked {
            stream,
            key,
            flows: [Flow::default(), Flow::default()],
            syn_ack: false,
            fins: [false; 2],
            reset: None,
            records: record..=record,
            spans: Vec::new(),
        }
    }

    /// Which end has this address.
    fn side(&self, source: SocketAddr) -> usize {
        usize::from(self.stream.ends[0] != source)
    }

    /// Whether the segment begins another stream between the same addresses: a SYN with another number than this one's, or after both
    /// ends have closed it.
    fn is_begun_anew(&self, source: SocketAddr, tcp: &TcpGlance) -> bool {
        if !tcp.flags.syn() || tcp.flags.ack() || tcp.flags.rst() {
            return false;
        }
        let flow = &self.flows[self.side(source)];
        match flow.iss {
            Some(iss) => iss != tcp.seq || self.fins == [true; 2],
            None => flow.has_begun() || self.fins != [false; 2] || self.reset.is_some(),
        }
    }

    fn take(
        &mut self,
        record: u64,
        span: u32,
        at: u64,
        source: SocketAddr,
        identification: u16,
        tcp: &TcpGlance,
    ) {
        let side = self.side(source);
        self.records = *self.records.start()..=record;
        if self.spans.last() != Some(&span) {
            self.spans.push(span);
        }
        let stream = &mut self.stream;
        stream.first = stream.first.min(at);
        stream.last = stream.last.max(at);
        stream.packets[side] += 1;
        stream.octets[side] += u64::from(tcp.data);
        match self.flows[side].see(identification, tcp) {
            Order::New => {}
            Order::Again => stream.again[side] += 1,
            Order::Late => stream.late[side] += 1,
            Order::Copy => stream.copies += 1,
        }
        self.syn_ack |= tcp.flags.syn() && tcp.flags.ack();
        self.fins[side] |= tcp.flags.fin();
        if tcp.flags.rst() {
            self.reset.get_or_insert(side as u8);
        }
    }

    fn finished(&self) -> Stream {
        let mut stream = self.stream.clone();
        stream.opening = match (self.flows[0].iss.is_some(), self.syn_ack) {
            (true, true) => Opening::Handshake,
            (true, false) => Opening::Syn,
            (false, true) => Opening::SynAck,
            (false, false) => Opening::Middle,
        };
        stream.closing = match (self.reset, self.fins) {
            (Some(side), _) => Closing::Reset(side),
            (None, [true, true]) => Closing::Fins,
            (None, [true, false]) => Closing::HalfClosed(0),
            (None, [false, true]) => Closing::HalfClosed(1),
            (None, [false, false]) => Closing::Open,
        };
        stream
    }
}

/// Takes the packets of one stream out of the parts of a file that have some.
pub struct Extract {
    key: Key,
    records: RangeInclusive<u64>,
    writer: Writer,
    interface: WrittenInterface,
    packets: u64,
    octets: u64,
}

impl Extract {
    /// Takes a part: the octets of this span. Says whether more parts are wanted: not once there is as much as can be shown.
    pub fn take(&mut self, span: &Span, octets: &[u8]) -> bool {
        let reader =
            if span.preamble.is_empty() { Ok(Reader::new()) } else { Reader::resume(&span.preamble) };
        // Both were read before without an error; a file that has changed since may end anywhere.
        let Ok(mut reader) = reader else { return false };
        let base = reader.position();
        let mut rest = octets;
        loop {
            let at = span.from + (reader.position() - base);
            let Ok(Step::Read { used, frame }) = reader.next(rest) else { return true };
            rest = &rest[used..];
            let Some(frame) = frame.filter(|_| self.records.contains(&at)) else { continue };
            let Some(packet) = frame.octets else { continue };
            let Some(seen) = glance(packet, frame.length) else { continue };
            let Carried::Tcp(tcp) = seen.carried else { continue };
            let (key, ..) = addresses(span.interfaces_before + frame.interface as u32, &seen, &tcp);
            if key != self.key {
                continue;
            }
            self.packets += 1;
            self.octets += frame.length as u64;
            if self.packets > PACKETS || self.octets > OCTETS {
                return false;
            }
            self.writer.packet_of_length(self.interface, frame.at, packet, frame.length, &frame.comment);
        }
    }

    /// The packets as a pcapng file: all of the stream's, or as many as can be shown.
    pub fn finish(self) -> Vec<u8> {
        self.writer.finish()
    }
}

/// What a file that is no capture seems to be, by its first octets, in words that go on "this is".
pub fn kind_of_file(octets: &[u8]) -> Option<&'static str> {
    const KINDS: &[(&[u8], &str)] = &[
        (&[0x1f, 0x8b], "compressed with gzip: unpack it first (gunzip)"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "compressed with Zstandard: unpack it first (unzstd)"),
        (&[0xfd, b'7', b'z', b'X', b'Z', 0], "compressed with xz: unpack it first (unxz)"),
        (b"BZh", "compressed with bzip2: unpack it first (bunzip2)"),
        (&[0x04, 0x22, 0x4d, 0x18], "compressed with LZ4: unpack it first (unlz4)"),
        (b"PK\x03\x04", "a ZIP archive: unpack it first"),
        (b"snoop\0\0\0", "a snoop capture: Wireshark or editcap can save it as pcapng"),
        (b"GMBU", "a Network Monitor capture: Wireshark or editcap can save it as pcapng"),
        (b"RTSS", "a Network Monitor capture: Wireshark or editcap can save it as pcapng"),
        (&[0xa1, 0xb2, 0xcd, 0x34], "a patched variant of pcap: editcap can save it as pcapng"),
        (&[0x34, 0xcd, 0xb2, 0xa1], "a patched variant of pcap: editcap can save it as pcapng"),
        (b"\x89PNG", "a picture"),
        (b"%PDF", "a PDF document"),
        (b"{", "text, perhaps JSON"),
        (b"<", "text, perhaps XML"),
    ];
    KINDS.iter().find(|(begins, _)| octets.starts_with(begins)).map(|(_, what)| *what)
}
