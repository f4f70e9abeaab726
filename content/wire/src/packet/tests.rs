use super::*;
use crate::fields::{icmpv4, tcp};
use crate::{
    Datagram, Flags, IcmpMessage, Internet, Options, Segment, Seq, TcpOption, Unreachable, UserDatagram,
};
use bytes::Bytes;
use expect_test::{Expect, expect};
use wasm_bindgen_test::wasm_bindgen_test;

const V4: (IpAddr, IpAddr) =
    (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)));
const V6: (IpAddr, IpAddr) = (
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2)),
);

fn segment((source, destination): (IpAddr, IpAddr)) -> Datagram {
    let mut options = Options::NONE;
    options.push(TcpOption::Mss(1460)).expect("4 octets fit");
    Datagram::Tcp(Segment {
        ip: Internet::between(source, destination),
        source_port: 49152,
        destination_port: 80,
        seq: Seq(1000),
        ack: Seq(7),
        flags: Flags::SYN_ACK,
        window: 64240,
        urgent: 0,
        options,
        payload: Bytes::from_static(b"hello"),
    })
}

fn emitted(datagram: &Datagram) -> Packet {
    datagram.emit().expect("it can be said")
}

/// A segment with one field changed, and what is wrong then; checksums are renewed unless it is one that was changed.
fn check_field(addresses: (IpAddr, IpAddr), field: &Field, value: u128, expected: Expect) {
    let mut packet = emitted(&segment(addresses));
    packet.set(field, value).expect("the segment has the field");
    if field.header.checksum() != Some(field) {
        packet.renew_checksums();
    }
    check(&packet, expected);
}

fn check(packet: &Packet, expected: Expect) {
    expected.assert_eq(&match packet.parse() {
        Ok(datagram) => datagram.to_string(),
        Err(malformed) => malformed.to_string(),
    });
}

#[wasm_bindgen_test(unsupported = test)]
fn a_segment_octet_by_octet() {
    let packet = emitted(&segment(V4));
    expect!["45000031 00004000 4006b6c3 c0000201 c0000202 c0000050 000003e8 00000007 6012faf0 110b0000 020405b4 68656c6c 6f"].assert_eq(&hex(packet.octets()));
    let packet = emitted(&segment(V6));
    expect!["60000000 001d0640 20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002 c0000050 000003e8 00000007 6012faf0 399a0000 020405b4 68656c6c 6f"].assert_eq(&hex(packet.octets()));
}

fn hex(octets: &[u8]) -> String {
    let lines = octets.chunks(4).map(|word| word.iter().map(|octet| format!("{octet:02x}")).collect());
    lines.collect::<Vec<String>>().join(" ")
}

#[wasm_bindgen_test(unsupported = test)]
fn a_wrong_field_is_named_with_its_octet_and_why() {
    check_field(V4, &ipv4::VERSION, 5, expect!["IPv4 version at octet 0: 5, must be 4 or 6"]);
    check_field(V4, &ipv4::IHL, 4, expect!["IPv4 header length at octet 0: 4 words, must be 5 to 15"]);
    check_field(V4, &ipv4::IHL, 15, expect!["IPv4 header at octet 0: 49 octets, must be 60 at least"]);
    check_field(
        V4,
        &ipv4::TOTAL_LENGTH,
        19,
        expect!["IPv4 total length at octet 2: 19 octets, must be 20 to 49"],
    );
    check_field(
        V4,
        &ipv4::TOTAL_LENGTH,
        50,
        expect!["IPv4 total length at octet 2: 50 octets, must be 20 to 49"],
    );
    check_field(
        V4,
        &ipv4::TOTAL_LENGTH,
        30,
        expect!["TCP header at octet 20: 10 octets, must be 20 at least"],
    );
    check_field(
        V4,
        &ipv4::MORE_FRAGMENTS,
        1,
        expect!["IPv4 MF at octet 6: 1, must be 0: this is a fragment, and only whole datagrams are read"],
    );
    check_field(
        V4,
        &ipv4::FRAGMENT_OFFSET,
        185,
        expect![
            "IPv4 fragment offset at octet 6: 185 times 8 octets, must be 0: this is a fragment, and only whole datagrams are read"
        ],
    );
    check_field(
        V4,
        &ipv4::PROTOCOL,
        132,
        expect!["IPv4 protocol at octet 9: 132, must be 1 (ICMP), 6 (TCP) or 17 (UDP)"],
    );
    check_field(
        V4,
        &ipv4::CHECKSUM,
        0x1234,
        expect!["IPv4 header checksum at octet 10: 0x1234, must be 0xb6c3"],
    );
    check_field(V4, &tcp::DATA_OFFSET, 3, expect!["TCP data offset at octet 32: 3 words, must be 5 to 15"]);
    check_field(V4, &tcp::DATA_OFFSET, 15, expect!["TCP header at octet 20: 29 octets, must be 60 at least"]);
    check_field(V4, &tcp::CHECKSUM, 1, expect!["TCP checksum at octet 36: 0x0001, must be 0x110b"]);
    check_field(
        V6,
        &ipv6::PAYLOAD_LENGTH,
        1000,
        expect!["IPv6 payload length at octet 4: 1000 octets, must be 0 to 29"],
    );
    check_field(
        V6,
        &ipv6::PAYLOAD_LENGTH,
        8,
        expect!["TCP header at octet 40: 8 octets, must be 20 at least"],
    );
    check_field(
        V6,
        &ipv6::NEXT_HEADER,
        1,
        expect!["IPv6 next header at octet 6: 1, must be 6 (TCP), 17 (UDP) or 58 (ICMPv6) in the end"],
    );
    check_field(V6, &tcp::CHECKSUM, 1, expect!["TCP checksum at octet 56: 0x0001, must be 0x399a"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_packet_that_is_cut_off_anywhere_says_where() {
    check(&Packet::default(), expect!["the packet is empty"]);
    check(&Packet::from(vec![0x45; 19]), expect!["IPv4 header at octet 0: 19 octets, must be 20 at least"]);
    check(&Packet::from(vec![0x60; 39]), expect!["IPv6 header at octet 0: 39 octets, must be 40 at least"]);
    for whole in [emitted(&segment(V4)), emitted(&segment(V6))] {
        for length in 0..whole.octets().len() {
            assert!(Packet::from(&whole.octets()[..length]).parse().is_err(), "{length}");
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn options_that_do_not_fit_are_told() {
    let with = |place: usize, octet: u8| {
        let mut packet = emitted(&segment(V4));
        packet.octets_mut()[40 + place] = octet;
        packet.renew_checksums();
        packet
    };
    check(
        &with(1, 5),
        expect![
            "TCP option 2 (maximum segment size) at octet 40: length 5, must be at most 4, since the header ends there"
        ],
    );
    check(
        &with(1, 1),
        expect![
            "TCP option 2 (maximum segment size) at octet 40: length 1, must be 2 at least, since it counts kind and length"
        ],
    );
    check(
        &with(0, 77),
        expect!["192.0.2.1.49152 > 192.0.2.2.80: S. 1000:1005(5) ack 7 win 64240 <kind 77 0x05b4>"],
    );
    let mut packet = with(1, 3);
    packet.octets_mut()[43] = 19;
    packet.renew_checksums();
    check(&packet, expect!["TCP option 19 (MD5 signature) at octet 43: the header ends before its length"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn wrong_checksums_of_a_capture_are_only_reported() {
    let mut packet = emitted(&segment(V4));
    packet.set(&ipv4::CHECKSUM, 0).expect("it is IPv4");
    packet.set(&tcp::CHECKSUM, 0).expect("it is TCP");
    let (datagram, wrong) = packet.parse_captured().expect("only checksums are wrong");
    assert_eq!(datagram, segment(V4));
    assert_eq!(
        wrong.iter().map(|wrong| (wrong.field, wrong.at)).collect::<Vec<_>>(),
        [(&ipv4::CHECKSUM, 10), (&tcp::CHECKSUM, 36)]
    );
    assert_eq!(packet.parse(), Err(Malformed::Checksum(wrong[0])));
    packet.renew_checksums();
    assert_eq!(packet.parse(), Ok(segment(V4)));
}

#[wasm_bindgen_test(unsupported = test)]
fn nonsense_can_be_said_field_by_field() {
    let mut packet = emitted(&segment(V4));
    for field in Header::Tcp.fields().iter().chain(Header::Ipv4.fields()) {
        if ["version", "header length", "protocol"].contains(&field.name) {
            continue;
        }
        packet.set(field, field.most()).expect("the packet has the field");
        assert_eq!(packet.get(field), Some(field.most()), "{field}");
    }
    assert_eq!(packet.get(&ipv6::HOP_LIMIT), None);
    assert_eq!(packet.get(&udp::LENGTH), None);
    assert_eq!(packet.set(&udp::LENGTH, 8), Err(CannotSet::NoRoom("length")));
    packet.set(&ipv4::IHL, 15).expect("it is IPv4");
    assert_eq!(packet.get(&tcp::SOURCE_PORT), None);
    packet.renew_checksums();
}

#[wasm_bindgen_test(unsupported = test)]
fn what_a_link_pads_is_ignored_and_ipv4_options_are_skipped() {
    let mut packet = emitted(&segment(V4));
    packet.octets_mut().extend([0xaa; 7]);
    assert_eq!(packet.parse(), Ok(segment(V4)));
    packet.octets_mut().splice(20..20, [1; 4]);
    packet.set(&ipv4::IHL, 6).expect("it is IPv4");
    packet.set(&ipv4::TOTAL_LENGTH, 53).expect("it is IPv4");
    packet.renew_checksums();
    assert_eq!(packet.parse(), Ok(segment(V4)));
    assert_eq!(packet.find(Header::Tcp), Some(24));
}

/// An IPv6 segment behind extension headers, each with its number.
fn behind(extensions: &[(u8, &[u8])]) -> Packet {
    let mut packet = emitted(&segment(V6));
    let mut next = TCP;
    for (kind, octets) in extensions.iter().rev() {
        packet.octets_mut().splice(40..40, [&[next][..], octets].concat());
        next = *kind;
    }
    let length = packet.octets().len() - 40;
    packet.set(&ipv6::NEXT_HEADER, next.into()).expect("it is IPv6");
    packet.set(&ipv6::PAYLOAD_LENGTH, length as u128).expect("it is IPv6");
    packet
}

#[wasm_bindgen_test(unsupported = test)]
fn ipv6_extension_headers_are_skipped() {
    let options: &[u8] = &[0, 1, 4, 0, 0, 0, 0];
    let longer: &[u8] = &[1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let whole: &[u8] = &[0, 0, 0, 0, 0, 0, 9];
    let extensions = [(0, options), (60, longer), (43, &[0, 4, 0, 0, 0, 0, 0]), (44, whole), (51, longer)];
    // The authentication header counts in words, and less two.
    let authentication: &[u8] = &[2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(behind(&extensions[..4]).parse(), Ok(segment(V6)));
    assert_eq!(behind(&[(51, authentication)]).parse(), Ok(segment(V6)));
    check(
        &behind(&[(44, &[0, 0, 8, 0, 0, 0, 9])]),
        expect![
            "IPv6 next header at octet 40: 44, must be no fragment header: this is a fragment, and only whole datagrams are read"
        ],
    );
    check(
        &behind(&[(44, &[0, 0, 1, 0, 0, 0, 9])]),
        expect![
            "IPv6 next header at octet 40: 44, must be no fragment header: this is a fragment, and only whole datagrams are read"
        ],
    );
    check(
        &behind(&[(43, &[0, 4, 1, 0, 0, 0, 0])]),
        expect![
            "IPv6 next header at octet 40: 43, must be a routing header without segments left: else the last address is not in the IPv6 header"
        ],
    );
    check(
        &behind(&[(0, &[200, 1, 4, 0, 0, 0, 0])]),
        expect!["IPv6 extension header at octet 40: 37 octets, must be 1608 at least"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn what_cannot_be_said_is_refused() {
    let mut datagram = segment(V4);
    datagram.ip_mut().destination = V6.1;
    assert_eq!(datagram.emit(), Err(Unsayable::Families));
    assert_eq!(datagram.quote(), Bytes::new());
    let mut datagram = segment(V4);
    datagram.ip_mut().dscp = 64;
    assert_eq!(datagram.emit(), Err(Unsayable::Field(CannotSet::TooWide("DSCP", 64))));
    for (addresses, field, length) in [(V4, "total length", 65536), (V6, "payload length", 65536)] {
        let Datagram::Tcp(mut segment) = segment(addresses) else { unreachable!("it is a segment") };
        let headers = 24 + if addresses == V4 { 20 } else { 0 };
        segment.payload = vec![0; length - headers].into();
        let refused = Err(Unsayable::Field(CannotSet::TooWide(field, length as u128)));
        assert_eq!(Datagram::Tcp(segment.clone()).emit(), refused);
        segment.payload.truncate(length - headers - 1);
        assert_eq!(emitted(&Datagram::Tcp(segment.clone())).parse(), Ok(Datagram::Tcp(segment)));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn udp_datagrams_carry_their_length() {
    for (source, destination) in [V4, V6] {
        let ip = Internet::between(source, destination);
        let payload = Bytes::from_static(b"question");
        let datagram = Datagram::Udp(UserDatagram { ip, source_port: 5353, destination_port: 53, payload });
        let packet = emitted(&datagram);
        assert_eq!((packet.parse(), packet.octets().len()), (Ok(datagram.clone()), datagram.length()));
        let mut wrong = packet.clone();
        wrong.set(&udp::LENGTH, 7).expect("it is UDP");
        let at = packet.octets().len() - 16 + 4;
        assert_eq!(wrong.parse().map_err(|malformed| malformed.at()), Err(at));
        wrong.set(&udp::LENGTH, 17).expect("it is UDP");
        assert_eq!(wrong.parse().map_err(|malformed| malformed.field()), Err(Some(&udp::LENGTH)));
        // What follows the datagram's own end is no data (RFC 768 knows no such octets).
        let Datagram::Udp(mut shorter) = datagram else { unreachable!("it is UDP") };
        let mut followed = packet.clone();
        followed.set(&udp::LENGTH, 12).expect("it is UDP");
        followed.renew_checksums();
        shorter.payload.truncate(4);
        assert_eq!(followed.parse(), Ok(Datagram::Udp(shorter)));
    }
}

const ALL: [Unreachable; 7] = [
    Unreachable::Network,
    Unreachable::Host,
    Unreachable::Protocol,
    Unreachable::Port,
    Unreachable::TooBig { mtu: 1400 },
    Unreachable::Prohibited,
    Unreachable::TimeExceeded,
];

#[wasm_bindgen_test(unsupported = test)]
fn icmp_messages_have_the_types_and_codes_of_their_rfc() {
    let mut lines = Vec::new();
    for addresses in [V4, V6] {
        for what in ALL {
            let (quoted, ip) = (segment(addresses).quote(), Internet::between(addresses.1, addresses.0));
            let datagram = Datagram::Icmp(IcmpMessage { ip, what, quoted });
            let packet = emitted(&datagram);
            let at = ip.header_length();
            lines.push(format!("{} {what}", hex(&packet.octets()[at..at + 8])));
            assert_eq!(packet.parse(), Ok(datagram));
        }
    }
    expect![[r#"
        03008127 00000000 network unreachable
        03018126 00000000 host unreachable
        03028125 00000000 protocol unreachable
        03038124 00000000 port unreachable
        03047bab 00000578 too big, mtu 1400
        030d811a 00000000 prohibited
        0b007927 00000000 time exceeded
        01003cc9 00000000 network unreachable
        01033cc6 00000000 host unreachable
        040139c2 00000006 protocol unreachable
        01043cc5 00000000 port unreachable
        02003651 00000578 too big, mtu 1400
        01013cc8 00000000 prohibited
        03003ac9 00000000 time exceeded"#]]
    .assert_eq(&lines.join("\n"));
}

#[wasm_bindgen_test(unsupported = test)]
fn other_icmp_is_refused_by_type_and_code() {
    let ip = Internet::between(V4.0, V4.1);
    let message = IcmpMessage { ip, what: Unreachable::Port, quoted: Bytes::new() };
    let with = |field: &Field, value| {
        let mut packet = emitted(&Datagram::Icmp(message.clone()));
        packet.set(field, value).expect("it is ICMP");
        packet.renew_checksums();
        packet
    };
    check(
        &with(&icmpv4::TYPE, 8),
        expect!["ICMP type at octet 20: 8, must be 3 or 11: of ICMP only errors about datagrams are read"],
    );
    check(
        &with(&icmpv4::CODE, 5),
        expect!["ICMP code at octet 21: 5, must be 0 to 4 or 6 to 13 for this type"],
    );
    check(&with(&icmpv4::CODE, 10), expect!["192.0.2.1 > 192.0.2.2: icmp prohibited"]);
    check(&with(&icmpv4::CHECKSUM, 10), expect!["192.0.2.1 > 192.0.2.2: icmp port unreachable"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_quotation_names_whom_it_is_for() {
    for addresses in [V4, V6] {
        let ip = Internet::between(addresses.1, addresses.0);
        let quoted = segment(addresses).quote();
        let quotation = |quoted: Bytes| IcmpMessage { ip, what: Unreachable::Port, quoted }.quotation();
        let expected = Quotation {
            source: (addresses.0, 49152).into(),
            destination: (addresses.1, 80).into(),
            seq: Some(Seq(1000)),
        };
        // The internet header and 8 octets are enough.
        let enough = ip.header_length() + 8;
        assert_eq!(quotation(quoted.slice(..enough)), Ok(expected));
        assert_eq!(quotation(quoted.clone()), Ok(expected));
        for length in 0..enough {
            assert!(quotation(quoted.slice(..length)).is_err(), "{length}");
        }
        let payload = Bytes::from_static(&[0; 2000]);
        let ip = Internet::between(addresses.0, addresses.1);
        let large = Datagram::Udp(UserDatagram { ip, source_port: 49152, destination_port: 80, payload });
        let most = if addresses == V4 { 576 } else { 1280 };
        assert_eq!(large.quote().len() + ip.header_length() + 8, most);
        assert_eq!(quotation(large.quote()), Ok(Quotation { seq: None, ..expected }));
    }
    let message = IcmpMessage {
        ip: Internet::between(V4.0, V4.1),
        what: Unreachable::Host,
        quoted: emitted(&segment(V4)).octets()[..27].to_vec().into(),
    };
    expect!["TCP header at octet 20: 7 octets, must be 8 at least"]
        .assert_eq(&message.quotation().expect_err("it is cut off").to_string());
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use super::arbitrary::datagram;
    use super::*;
    use crate::checksum::Computation;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_said_is_what_is_read(datagram in datagram()) {
            let packet = datagram.emit().expect("it can be said");
            prop_assert_eq!(packet.octets().len(), datagram.length());
            prop_assert_eq!(packet.parse(), Ok(datagram));
        }

        #[test]
        fn any_octets_are_a_datagram_or_an_error_within_them(octets in vec(any::<u8>(), 0..200)) {
            prop_any(Packet::from(octets))?;
        }

        #[test]
        fn so_are_datagrams_of_which_some_octets_changed(
            datagram in datagram(),
            changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
            renew in any::<bool>(),
        ) {
            let mut packet = datagram.emit().expect("it can be said");
            for (place, octet) in changes {
                // The headers are what matters.
                let places = packet.octets().len().min(80);
                packet.octets_mut()[place.index(places)] = octet;
            }
            if renew {
                packet.renew_checksums();
            } else {
                let length = cut.index(packet.octets().len() + 1);
                packet.octets_mut().truncate(length);
            }
            prop_any(packet)?;
        }
    }

    fn prop_any(packet: Packet) -> Result<(), TestCaseError> {
        match packet.parse_captured() {
            Ok((datagram, _)) => {
                let _ = datagram.to_string();
                // What was read can be said, and is read the same again.
                let again = datagram.emit().map(|packet| packet.parse());
                prop_assert_eq!(again, Ok(Ok(datagram)));
            }
            Err(malformed) => {
                prop_assert!(malformed.at() <= packet.octets().len());
                let _ = malformed.to_string();
            }
        }
        for header in [Header::Ipv4, Header::Ipv6, Header::Tcp, Header::Udp, Header::Icmpv4, Header::Icmpv6] {
            let _ = Computation::of(&packet, header);
            header.fields().iter().for_each(|field| assert!(packet.get(field) <= Some(field.most())));
        }
        Ok(())
    }
}
