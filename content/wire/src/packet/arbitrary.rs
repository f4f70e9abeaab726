//! Datagrams of all kinds, for property tests.

use crate::options::tests::properties::options;
use crate::{Datagram, Ecn, Flags, IcmpMessage, Internet, Segment, Seq, Unreachable, UserDatagram};
use bytes::Bytes;
use core::net::IpAddr;
use proptest::collection::vec;
use proptest::prelude::*;

fn payload() -> impl Strategy<Value = Bytes> {
    prop_oneof![vec(any::<u8>(), 0..4), vec(any::<u8>(), 0..1500)].prop_map(Bytes::from)
}

fn internet() -> impl Strategy<Value = Internet> {
    let addresses = prop_oneof![
        any::<([u8; 4], [u8; 4])>().prop_map(|(a, b)| (IpAddr::from(a), IpAddr::from(b))),
        any::<([u8; 16], [u8; 16])>().prop_map(|(a, b)| (IpAddr::from(a), IpAddr::from(b))),
    ];
    (addresses, any::<u8>(), 0..64u8, 0..4u8, any::<u16>(), any::<bool>()).prop_map(
        |((source, destination), ttl, dscp, ecn, identification, dont_fragment)| {
            let over_ipv6 = source.is_ipv6();
            Internet {
                source,
                destination,
                ttl,
                dscp,
                ecn: Ecn::from_bits(ecn),
                identification: if over_ipv6 { 0 } else { identification },
                dont_fragment: over_ipv6 || dont_fragment,
            }
        },
    )
}

fn tcp() -> impl Strategy<Value = Datagram> {
    let numbers = (any::<[u16; 4]>(), any::<[u32; 2]>(), 0..0x1000u16);
    (internet(), numbers, options(), payload()).prop_map(|(ip, (short, long, flags), options, payload)| {
        Datagram::Tcp(Segment {
            ip,
            source_port: short[0],
            destination_port: short[1],
            seq: Seq(long[0]),
            ack: Seq(long[1]),
            flags: Flags::from_bits(flags),
            window: short[2],
            urgent: short[3],
            options,
            payload,
        })
    })
}

fn udp() -> impl Strategy<Value = Datagram> {
    (internet(), any::<[u16; 2]>(), payload()).prop_map(|(ip, [source_port, destination_port], payload)| {
        Datagram::Udp(UserDatagram { ip, source_port, destination_port, payload })
    })
}

fn icmp() -> impl Strategy<Value = Datagram> {
    let what = prop_oneof![
        Just(Unreachable::Network),
        Just(Unreachable::Host),
        Just(Unreachable::Protocol),
        Just(Unreachable::Port),
        (0..=65535u32).prop_map(|mtu| Unreachable::TooBig { mtu }),
        Just(Unreachable::Prohibited),
        Just(Unreachable::TimeExceeded),
    ];
    let quoted = prop_oneof![payload(), tcp().prop_map(|datagram| datagram.quote())];
    (internet(), what, quoted).prop_map(|(ip, what, quoted)| Datagram::Icmp(IcmpMessage { ip, what, quoted }))
}

/// Any datagram that can be said.
pub(crate) fn datagram() -> impl Strategy<Value = Datagram> {
    prop_oneof![4 => tcp(), 1 => udp(), 1 => icmp()]
}
