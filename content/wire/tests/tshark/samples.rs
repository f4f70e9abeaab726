//! Datagrams of all kinds, always the same.

use bytes::Bytes;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::{
    Datagram, Ecn, Flags, IcmpMessage, Internet, Options, SackBlock, Segment, Seq, TcpOption, Unreachable,
    UserDatagram,
};

/// When the first was captured, in microseconds after 1 January 1970.
pub const FIRST: u64 = 1_700_000_000_000_001;
/// How many microseconds later the next one was.
pub const STEP: u64 = 1_001;

const V4: (IpAddr, IpAddr) =
    (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V4(Ipv4Addr::new(198, 51, 100, 77)));
const V6: (IpAddr, IpAddr) = (
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 1, 2, 3, 4, 0xfffe)),
);

/// Numbers without pattern (a linear congruential generator), the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    fn octets(&mut self, count: usize) -> Bytes {
        (0..count).map(|_| self.next() as u8).collect()
    }

    fn internet(&mut self, (source, destination): (IpAddr, IpAddr)) -> Internet {
        let v4 = source.is_ipv4();
        Internet {
            source,
            destination,
            ttl: (self.next() as u8).max(1),
            dscp: self.next() as u8 & 63,
            ecn: Ecn::from_bits(self.next() as u8),
            identification: if v4 { self.next() as u16 } else { 0 },
            dont_fragment: !v4 || self.next().is_multiple_of(2),
        }
    }

    fn segment(
        &mut self,
        addresses: (IpAddr, IpAddr),
        flags: Flags,
        options: Options,
        data: usize,
    ) -> Datagram {
        Datagram::Tcp(Segment {
            ip: self.internet(addresses),
            source_port: 40_000 + (self.next() % 1000) as u16,
            destination_port: 50_007,
            seq: Seq(self.next()),
            ack: Seq(self.next()),
            flags,
            window: self.next() as u16,
            urgent: self.next() as u16,
            options,
            payload: self.octets(data),
        })
    }

    fn user_datagram(&mut self, addresses: (IpAddr, IpAddr), data: usize) -> Datagram {
        Datagram::Udp(UserDatagram {
            ip: self.internet(addresses),
            source_port: 40_000 + (self.next() % 1000) as u16,
            destination_port: 50_008,
            payload: self.octets(data),
        })
    }
}

/// What tshark's time of a packet looks like.
pub fn epoch(at: u64) -> String {
    format!("{}.{:06}000", at / 1_000_000, at % 1_000_000)
}

/// Octets as tshark writes them.
pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Type, code and MTU of a message, from RFC 792, RFC 1812 and RFC 4443.
pub fn icmp_numbers(message: &IcmpMessage) -> (u8, u8, Option<u32>) {
    if message.ip.source.is_ipv4() {
        return match message.what {
            Unreachable::Network => (3, 0, None),
            Unreachable::Host => (3, 1, None),
            Unreachable::Protocol => (3, 2, None),
            Unreachable::Port => (3, 3, None),
            Unreachable::TooBig { mtu } => (3, 4, Some(mtu)),
            Unreachable::Prohibited => (3, 13, None),
            Unreachable::TimeExceeded => (11, 0, None),
        };
    }
    match message.what {
        Unreachable::Network => (1, 0, None),
        Unreachable::Prohibited => (1, 1, None),
        Unreachable::Host => (1, 3, None),
        Unreachable::Port => (1, 4, None),
        Unreachable::TooBig { mtu } => (2, 0, Some(mtu)),
        Unreachable::TimeExceeded => (3, 0, None),
        Unreachable::Protocol => (4, 1, None),
    }
}

/// Whether an ICMP message has no room for the whole datagram that it is about.
pub fn quotes_in_part(datagram: &Datagram) -> bool {
    matches!(datagram, Datagram::Icmp(message) if message.quoted.len() > 500)
}

fn options(list: &[TcpOption<'_>]) -> Options {
    let mut options = Options::NONE;
    list.iter().for_each(|option| options.push(*option).expect("the lists fit"));
    options
}

fn with_sack(list: &[TcpOption<'_>], blocks: &[SackBlock]) -> Options {
    let mut options = options(list);
    options.push_sack(blocks).expect("the lists fit");
    options
}

fn option_lists() -> Vec<Options> {
    use TcpOption::{End, Mss, Nop, SackPermitted, Timestamps, Unknown, WindowScale};
    let block = |start, end| SackBlock { start: Seq(start), end: Seq(end) };
    let blocks = [block(100, 200), block(u32::MAX - 5, 7), block(300, 400), block(1 << 31, (1 << 31) + 1)];
    let times = Timestamps { value: 0xfedc_ba98, echo: 0x0123_4567 };
    let mut lists = vec![
        Options::NONE,
        options(&[Mss(1460), SackPermitted, times, Nop, WindowScale(8)]),
        options(&[Mss(0)]),
        options(&[Mss(65535), Nop, WindowScale(14)]),
        options(&[WindowScale(0)]),
        options(&[SackPermitted]),
        options(&[Nop]),
        options(&[Nop; 40]),
        options(&[Nop, Nop, times]),
        options(&[times]),
        options(&[Nop, Nop, Nop, End, End, End, End, End]),
        options(&[Unknown { kind: 34, data: &[] }]),
        options(&[Unknown { kind: 34, data: &[1, 2, 3, 4, 5, 6, 7, 8] }]),
        options(&[Unknown { kind: 200, data: &[9; 30] }]),
        with_sack(&[Nop, Nop, times, Nop, Nop], &blocks[..3]),
    ];
    lists.extend((1..=4).map(|count| with_sack(&[Nop, Nop], &blocks[..count])));
    lists
}

/// The datagrams.
pub fn samples() -> Vec<Datagram> {
    let mut numbers = Numbers(3);
    let mut all = Vec::new();
    for bits in 0..0x200 {
        // The three reserved bits as well, each in turn.
        let flags = Flags::from_bits(bits | if bits % 16 == 0 { 0x200 << (bits / 16 % 3) } else { 0 });
        all.push(numbers.segment(if bits % 3 == 0 { V6 } else { V4 }, flags, Options::NONE, 5));
    }
    all.insert(0, numbers.segment(V4, Flags::SYN, option_lists()[1], 0));
    for addresses in [V4, V6] {
        for list in option_lists() {
            let data = numbers.next() as usize % 20;
            all.push(numbers.segment(addresses, Flags::ACK, list, data));
            all.push(numbers.segment(addresses, Flags::SYN, list, 0));
        }
        for data in [0, 1, 2, 3, 536, 1459, 1460, 8960, 65_000] {
            all.push(numbers.segment(addresses, Flags::PSH_ACK, Options::NONE, data));
            all.push(numbers.user_datagram(addresses, data));
        }
        for what in [
            Unreachable::Network,
            Unreachable::Host,
            Unreachable::Protocol,
            Unreachable::Port,
            Unreachable::TooBig { mtu: 1400 },
            Unreachable::Prohibited,
            Unreachable::TimeExceeded,
        ] {
            let lost = [
                numbers.segment(addresses, Flags::SYN, option_lists()[1], 0),
                numbers.segment(addresses, Flags::ACK, Options::NONE, 1460),
                numbers.user_datagram(addresses, 99),
            ];
            for lost in lost {
                let ip = numbers.internet((addresses.1, addresses.0));
                all.push(Datagram::Icmp(IcmpMessage { ip, what, quoted: lost.quote() }));
            }
        }
    }
    all
}
