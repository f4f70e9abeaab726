use super::*;
use crate::{Datagram, Flags, Internet, Options, Segment, Seq, TcpOption, UserDatagram};
use bytes::Bytes;
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;

fn segment(payload: &'static [u8]) -> Datagram {
    let mut options = Options::NONE;
    options.push(TcpOption::Mss(1460)).expect("4 octets fit");
    Datagram::Tcp(Segment {
        ip: Internet::between([192, 0, 2, 1].into(), [192, 0, 2, 2].into()),
        source_port: 49152,
        destination_port: 80,
        seq: Seq(1000),
        ack: Seq(0),
        flags: Flags::SYN,
        window: 64240,
        urgent: 0,
        options,
        payload: Bytes::from_static(payload),
    })
}

#[wasm_bindgen_test(unsupported = test)]
fn the_example_of_rfc_1071() {
    let sum = Sum::default().with(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
    assert_eq!((sum.folded(), sum.complement()), (0xddf2, 0x220d));
}

#[wasm_bindgen_test(unsupported = test)]
fn an_odd_last_octet_is_the_high_half_of_a_word() {
    assert_eq!(Sum::default().with(&[0x12, 0x34, 0x56]).folded(), 0x6834);
    assert_eq!(of(&[]), 0xffff);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_steps_name_each_word() {
    let packet = segment(b"abc").emit().expect("it can be said");
    let computation = Computation::of(&packet, Header::Tcp).expect("it is TCP");
    let lines: Vec<String> = computation
        .steps
        .iter()
        .map(|step| {
            let Step { part, offset, word, sum, folded } = step;
            let fields: Vec<&str> = step.fields().map(|field| field.name).collect();
            format!("{part:?}+{offset} {word:04x} -> {sum:05x} {folded:04x} {}", fields.join(", "))
        })
        .collect();
    expect![[r#"
        Pseudo(PseudoIpv4)+0 c000 -> 0c000 c000 source address
        Pseudo(PseudoIpv4)+2 0201 -> 0c201 c201 source address
        Pseudo(PseudoIpv4)+4 c000 -> 18201 8202 destination address
        Pseudo(PseudoIpv4)+6 0202 -> 08404 8404 destination address
        Pseudo(PseudoIpv4)+8 0006 -> 0840a 840a zero, protocol
        Pseudo(PseudoIpv4)+10 001b -> 08425 8425 length
        Header(Tcp)+0 c000 -> 14425 4426 source port
        Header(Tcp)+2 0050 -> 04476 4476 destination port
        Header(Tcp)+4 0000 -> 04476 4476 sequence number
        Header(Tcp)+6 03e8 -> 0485e 485e sequence number
        Header(Tcp)+8 0000 -> 0485e 485e acknowledgment number
        Header(Tcp)+10 0000 -> 0485e 485e acknowledgment number
        Header(Tcp)+12 6002 -> 0a860 a860 data offset, reserved, AE, CWR, ECE, URG, ACK, PSH, RST, SYN, FIN
        Header(Tcp)+14 faf0 -> 1a350 a351 window
        Header(Tcp)+16 0000 -> 0a351 a351 checksum
        Header(Tcp)+18 0000 -> 0a351 a351 urgent pointer
        Options(Tcp)+0 0204 -> 0a555 a555 
        Options(Tcp)+2 05b4 -> 0ab09 ab09 
        Payload+0 6162 -> 10c6b 0c6c 
        Payload+2 6300 -> 06f6c 6f6c "#]]
    .assert_eq(&lines.join("\n"));
    assert_eq!(computation.checksum, computation.present);
}

#[wasm_bindgen_test(unsupported = test)]
fn udp_sends_a_sum_of_zero_as_all_ones() {
    let mut datagram = UserDatagram {
        ip: Internet::between([192, 0, 2, 1].into(), [192, 0, 2, 2].into()),
        source_port: 0,
        destination_port: 53,
        payload: Bytes::from_static(&[0, 0]),
    };
    // The checksum goes into the data, so that the whole sums up to nothing.
    let packet = Datagram::Udp(datagram.clone()).emit().expect("it can be said");
    let first = Check::of(&packet, Header::Udp).expect("it is UDP").checksum;
    datagram.payload = first.to_be_bytes().to_vec().into();
    let packet = Datagram::Udp(datagram).emit().expect("it can be said");
    let computation = Computation::of(&packet, Header::Udp).expect("it is UDP");
    assert_eq!((computation.complement, computation.checksum, computation.present), (0, 0xffff, 0xffff));
}

#[wasm_bindgen_test(unsupported = test)]
fn only_udp_over_ipv4_may_go_without() {
    let datagram = |source: IpAddr, destination: IpAddr| {
        let ip = Internet::between(source, destination);
        let datagram =
            UserDatagram { ip, source_port: 1, destination_port: 2, payload: Bytes::from_static(b"x") };
        let mut packet = Datagram::Udp(datagram).emit().expect("it can be said");
        packet.set(&fields::udp::CHECKSUM, 0).expect("it is UDP");
        packet
    };
    let v4 = datagram([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    let v6 = datagram(std::net::Ipv6Addr::LOCALHOST.into(), std::net::Ipv6Addr::LOCALHOST.into());
    assert!(Check::of(&v4, Header::Udp).expect("it is UDP").right);
    assert!(!Check::of(&v6, Header::Udp).expect("it is UDP").right);
    let mut tcp = segment(b"").emit().expect("it can be said");
    tcp.set(&fields::tcp::CHECKSUM, 0).expect("it is TCP");
    assert!(!Check::of(&tcp, Header::Tcp).expect("it is TCP").right);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_has_no_checksum_has_no_computation() {
    let packet = segment(b"").emit().expect("it can be said");
    for header in [Header::Udp, Header::Icmpv4, Header::Icmpv6, Header::Ipv6, Header::PseudoIpv4] {
        assert_eq!(Computation::of(&packet, header), None);
        assert_eq!(Check::of(&packet, header), None);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_fragment_has_only_its_own_headers_checksum() {
    for (field, value) in [(&fields::ipv4::MORE_FRAGMENTS, 1), (&fields::ipv4::FRAGMENT_OFFSET, 3)] {
        let mut packet = segment(b"").emit().expect("it can be said");
        let of_the_whole = packet.get(&fields::tcp::CHECKSUM);
        packet.set(field, value).expect("it is IPv4");
        packet.renew_checksums();
        assert!(Check::of(&packet, Header::Ipv4).expect("it is IPv4").right);
        assert_eq!((Check::of(&packet, Header::Tcp), Computation::of(&packet, Header::Tcp)), (None, None));
        packet.set(field, 0).expect("it is IPv4");
        assert_eq!(packet.get(&fields::tcp::CHECKSUM), of_the_whole);
    }
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use super::*;
    use crate::packet::arbitrary::datagram;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// RFC 1071 word for word, with the carry added at once.
    fn slowly(octets: &[u8]) -> u16 {
        let mut sum = 0u16;
        for word in octets.chunks(2) {
            let word = u16::from_be_bytes([word[0], *word.get(1).unwrap_or(&0)]);
            let (next, carried) = sum.overflowing_add(word);
            sum = next + u16::from(carried);
        }
        !sum
    }

    proptest! {
        #[test]
        fn the_fast_sum_is_the_slow_one(octets in vec(any::<u8>(), 0..2000)) {
            prop_assert_eq!(of(&octets), slowly(&octets));
        }

        #[test]
        fn the_steps_lead_to_the_fast_sum(octets in vec(any::<u8>(), 0..200), datagram in datagram(), corrupt in any::<bool>()) {
            let mut packet = datagram.emit().expect("it can be said");
            if corrupt {
                packet.octets_mut().iter_mut().zip(octets).for_each(|(octet, other)| *octet = other);
            }
            for header in [Header::Ipv4, Header::Tcp, Header::Udp, Header::Icmpv4, Header::Icmpv6] {
                let steps = Computation::of(&packet, header);
                prop_assert_eq!(steps.is_some(), Check::of(&packet, header).is_some());
                let (Some(steps), Some(check)) = (steps, Check::of(&packet, header)) else { continue };
                prop_assert_eq!((steps.checksum, steps.present), (check.checksum, check.present));
                let mut before = 0;
                for step in &steps.steps {
                    prop_assert_eq!(step.sum, u32::from(before) + u32::from(step.word));
                    prop_assert_eq!(u32::from(step.folded), (step.sum & 0xffff) + (step.sum >> 16));
                    before = step.folded;
                }
                prop_assert_eq!(steps.complement, !before);
                prop_assert!(corrupt || check.right);
            }
        }

        #[test]
        fn a_changed_word_changes_the_checksum(datagram in datagram(), place in any::<prop::sample::Index>(), change in 1..=255u8) {
            let packet = datagram.emit().expect("it can be said");
            let carried = packet.carried().expect("it carries something").len();
            let mut changed = packet.clone();
            let start = packet.octets().len() - carried;
            let place = start + place.index(carried);
            changed.octets_mut()[place] ^= change;
            // A word of zeros and one of ones count alike, and UDP's checksum may be absent.
            let word = |packet: &Packet| {
                let at = start + (place - start) / 2 * 2;
                packet.octets()[at..].iter().take(2).map(|octet| u32::from(*octet)).sum::<u32>()
            };
            prop_assume!(word(&packet) != word(&changed) || change != 0xff);
            prop_assume!(!matches!(datagram, Datagram::Udp(_)) || place < start + 4 || place >= start + 8);
            prop_assume!(!matches!(datagram, Datagram::Tcp(_)) || place != start + 12);
            prop_assert!(changed.parse().is_err());
        }
    }
}
