//! A TCP segment in IPv4, to octets and back: all that a TUN device of this test carries.
//!
//! This is written apart from the `wire` crate's codec on purpose: a judge does not read with the accused's eyes.

use bytes::Bytes;
use std::net::{IpAddr, Ipv4Addr};
use wire::{Ecn, Flags, Internet, Options, SackBlock, Segment, Seq, TcpOption};

const TCP: u8 = 6;

/// The segment in a packet; `None` for anything but whole, unfragmented, well-formed TCP in IPv4.
pub fn parse(packet: &[u8]) -> Option<Segment> {
    let header = usize::from(packet.first()? & 0x0f) * 4;
    let total = usize::from(u16_at(packet, 2)?);
    let fragment = u16_at(packet, 6)?;
    if packet[0] >> 4 != 4 || *packet.get(9)? != TCP || fragment & 0x3fff != 0 {
        return None;
    }
    let address = |at: usize| {
        let octets: [u8; 4] = packet.get(at..at + 4)?.try_into().ok()?;
        Some(IpAddr::V4(Ipv4Addr::from(octets)))
    };
    let tcp = packet.get(header..total)?;
    let offset = usize::from(tcp.get(12)? >> 4) * 4;
    Some(Segment {
        ip: Internet {
            source: address(12)?,
            destination: address(16)?,
            ttl: packet[8],
            dscp: packet[1] >> 2,
            ecn: Ecn::from_bits(packet[1]),
            identification: u16_at(packet, 4)?,
            dont_fragment: fragment & 0x4000 != 0,
        },
        source_port: u16_at(tcp, 0)?,
        destination_port: u16_at(tcp, 2)?,
        seq: Seq(u32_at(tcp, 4)?),
        ack: Seq(u32_at(tcp, 8)?),
        flags: Flags::from_bits(u16_at(tcp, 12)?),
        window: u16_at(tcp, 14)?,
        urgent: u16_at(tcp, 18)?,
        options: options(tcp.get(20..offset)?)?,
        payload: Bytes::copy_from_slice(tcp.get(offset..)?),
    })
}

fn options(mut octets: &[u8]) -> Option<Options> {
    let mut options = Options::NONE;
    while let Some((&kind, after)) = octets.split_first() {
        if kind < 2 {
            options.push(if kind == 0 { TcpOption::End } else { TcpOption::Nop }).ok()?;
            octets = if kind == 0 { &[] } else { after };
            continue;
        }
        let length = usize::from(*after.first()?);
        let data = octets.get(2..length)?;
        match (kind, data.len()) {
            (2, 2) => options.push(TcpOption::Mss(u16_at(data, 0)?)),
            (3, 1) => options.push(TcpOption::WindowScale(data[0])),
            (4, 0) => options.push(TcpOption::SackPermitted),
            (5, 8 | 16 | 24 | 32) => {
                let edge = |octets: &[u8]| u32_at(octets, 0).map(Seq);
                let block =
                    |octets: &[u8]| Some(SackBlock { start: edge(octets)?, end: edge(&octets[4..])? });
                let blocks: Option<Vec<_>> = data.chunks(8).map(block).collect();
                options.push_sack(&blocks?)
            }
            (8, 8) => options.push(TcpOption::Timestamps { value: u32_at(data, 0)?, echo: u32_at(data, 4)? }),
            _ => options.push(TcpOption::Unknown { kind, data }),
        }
        .ok()?;
        octets = &octets[length..];
    }
    Some(options)
}

/// The segment as a packet, with both checksums; `None` where the addresses are not IPv4 or it is longer than a packet can be.
pub fn emit(segment: &Segment) -> Option<Vec<u8>> {
    let (IpAddr::V4(source), IpAddr::V4(destination)) = (segment.ip.source, segment.ip.destination) else {
        return None;
    };
    let header = segment.header_length();
    let total = u16::try_from(20 + header + segment.payload.len()).ok()?;
    let ip = segment.ip;
    let mut packet = vec![0x45, ip.dscp << 2 | ip.ecn.bits()];
    packet.extend(total.to_be_bytes());
    packet.extend(ip.identification.to_be_bytes());
    packet.extend([u8::from(ip.dont_fragment) << 6, 0, ip.ttl, TCP, 0, 0]);
    packet.extend(source.octets());
    packet.extend(destination.octets());
    let sum = checksum(&packet, 0);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());

    let mut tcp = Vec::with_capacity(header + segment.payload.len());
    tcp.extend(segment.source_port.to_be_bytes());
    tcp.extend(segment.destination_port.to_be_bytes());
    tcp.extend(segment.seq.0.to_be_bytes());
    tcp.extend(segment.ack.0.to_be_bytes());
    tcp.extend((((header as u16) / 4) << 12 | segment.flags.bits()).to_be_bytes());
    tcp.extend(segment.window.to_be_bytes());
    tcp.extend([0, 0]);
    tcp.extend(segment.urgent.to_be_bytes());
    tcp.extend(segment.options.octets());
    tcp.resize(header, 0);
    tcp.extend(&segment.payload);
    let pseudo = [&packet[12..20], &[0, TCP], &(tcp.len() as u16).to_be_bytes()].concat();
    let pseudo = pseudo.chunks(2).map(|pair| u32::from(u16_at(pair, 0).expect("it is pairs"))).sum();
    let sum = checksum(&tcp, pseudo);
    tcp[16..18].copy_from_slice(&sum.to_be_bytes());
    packet.extend(tcp);
    Some(packet)
}

/// The internet checksum (RFC 1071) of octets, begun with a sum of 16-bit words.
fn checksum(octets: &[u8], begun: u32) -> u16 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | pair.get(1).copied().map_or(0, u32::from);
    let mut sum = octets.chunks(2).map(word).sum::<u32>() + begun;
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(octets.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(octets.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A SYN as Wireshark's sample captures have them: every field by hand.
    const SYN: [u8; 60] = [
        0x45, 0x00, 0x00, 0x3c, 0x1c, 0x46, 0x40, 0x00, 0x40, 0x06, 0x00, 0x00, 10, 77, 0, 1, 10, 77, 0,
        2, //
        0x9c, 0x41, 0x00, 0x50, 0x01, 0x02, 0x03, 0x04, 0, 0, 0, 0, 0xa0, 0x02, 0xfa, 0xf0, 0, 0, 0,
        0, //
        2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 100, 0, 0, 0, 0, 1, 3, 3, 7,
    ];

    #[test]
    fn a_segment_is_read_and_written() {
        let segment = parse(&SYN).expect("a SYN");
        assert_eq!(segment.flags, Flags::SYN);
        assert_eq!((segment.source_port, segment.destination_port), (40_001, 80));
        assert_eq!((segment.seq, segment.window), (Seq(0x0102_0304), 64_240));
        assert_eq!(segment.options.to_string(), "mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7");
        let packet = emit(&segment).expect("it is IPv4");
        assert_eq!(parse(&packet).as_ref(), Some(&segment));
        // With its checksum, a header (or segment with its pseudo-header) sums to nothing.
        assert_eq!(checksum(&packet[..20], 0), 0);
        let pseudo =
            packet[12..20].chunks(2).map(|pair| u32::from(u16_at(pair, 0).expect("pairs"))).sum::<u32>();
        assert_eq!(checksum(&packet[20..], pseudo + u32::from(TCP) + 40), 0);
    }

    #[test]
    fn what_is_no_whole_segment_is_left_alone() {
        for length in 0..SYN.len() {
            assert_eq!(parse(&SYN[..length]), None, "{length} octets");
        }
        let with = |at: usize, octet: u8| {
            let mut packet = SYN;
            packet[at] = octet;
            parse(&packet)
        };
        assert_eq!(with(0, 0x65), None);
        assert_eq!(with(9, 17), None);
        assert_eq!(with(6, 0x20), None);
        assert_eq!(with(32, 0x40), None);
        assert_eq!(with(41, 40), None);
    }
}
