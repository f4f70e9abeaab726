use super::*;
use crate::{Flags, Options, SackBlock, TcpOption};
use bytes::Bytes;
use expect_test::{Expect, expect};
use wasm_bindgen_test::wasm_bindgen_test;

fn segment(flags: Flags, seq: u32, ack: u32, payload: usize) -> Segment {
    Segment {
        ip: Internet::between([192, 0, 2, 1].into(), [192, 0, 2, 2].into()),
        source_port: 49152,
        destination_port: 80,
        seq: Seq(seq),
        ack: Seq(ack),
        flags,
        window: 257,
        urgent: 9,
        options: Options::NONE,
        payload: vec![0; payload].into(),
    }
}

fn check(shown: impl fmt::Display, expected: Expect) {
    expected.assert_eq(&shown.to_string());
}

#[wasm_bindgen_test(unsupported = test)]
fn segments_read_as_in_packetdrill() {
    check(segment(Flags::SYN, 0, 0, 0), expect!["S 0:0(0) win 257"]);
    check(segment(Flags::SYN_ACK, 5, 1, 0), expect!["S. 5:5(0) ack 1 win 257"]);
    check(segment(Flags::FIN_ACK, 5, 1, 3), expect!["F. 5:8(3) ack 1 win 257"]);
    check(segment(Flags::RST, 5, 1, 0), expect!["R 5:5(0) win 257"]);
    check(segment(Flags::NONE, 5, 1, 0), expect!["- 5:5(0) win 257"]);
    check(segment(Flags::ACK | Flags::URG, 5, 1, 1), expect!["U. 5:6(1) ack 1 win 257 urg 9"]);
    check(segment(Flags::SYN | Flags::ECE | Flags::CWR | Flags::AE, 0, 0, 0), expect!["SEWA 0:0(0) win 257"]);
    let mut data = segment(Flags::PSH_ACK, 1, 1, 1000);
    for option in [TcpOption::Nop, TcpOption::Nop, TcpOption::Timestamps { value: 1, echo: 2 }] {
        data.options.push(option).expect("12 octets fit");
    }
    check(&data, expect!["P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>"]);
    data.ip.ecn = Ecn::CongestionExperienced;
    check(&data, expect!["[ce] P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>"]);
    check(
        Datagram::Tcp(data),
        expect![
            "192.0.2.1.49152 > 192.0.2.2.80: [ce] P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>"
        ],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn numbers_count_from_the_initial_ones_also_over_the_seam() {
    let mut data = segment(Flags::ACK, 4, u32::MAX, 10);
    data.options.push_sack(&[SackBlock { start: Seq(2), end: Seq(12) }]).expect("10 octets fit");
    check(
        data.relative(Seq(u32::MAX), Seq(u32::MAX - 10)),
        expect![". 5:15(10) ack 10 win 257 <sack 13:23>"],
    );
    check(&data, expect![". 4:14(10) ack 4294967295 win 257 <sack 2:12>"]);
    let across = segment(Flags::ACK, u32::MAX, 0, 2);
    check(&across, expect![". 4294967295:1(2) ack 0 win 257"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn udp_and_icmp_have_a_line_too() {
    let ip = Internet::between(std::net::Ipv6Addr::LOCALHOST.into(), std::net::Ipv6Addr::LOCALHOST.into());
    let payload = Bytes::from_static(b"abc");
    let udp = Datagram::Udp(UserDatagram { ip, source_port: 1, destination_port: 2, payload });
    check(&udp, expect!["::1.1 > ::1.2: udp (3)"]);
    let quoted = Datagram::Tcp(segment(Flags::SYN, 1000, 0, 0)).quote();
    let ip = Internet::between([192, 0, 2, 9].into(), [192, 0, 2, 1].into());
    let message = |what, quoted| Datagram::Icmp(IcmpMessage { ip, what, quoted });
    check(
        message(Unreachable::TooBig { mtu: 1400 }, quoted),
        expect![
            "192.0.2.9 > 192.0.2.1: icmp too big, mtu 1400 about 192.0.2.1.49152 > 192.0.2.2.80, seq 1000"
        ],
    );
    check(
        message(Unreachable::Port, udp.quote()),
        expect!["192.0.2.9 > 192.0.2.1: icmp port unreachable about ::1.1 > ::1.2"],
    );
    check(message(Unreachable::Host, Bytes::new()), expect!["192.0.2.9 > 192.0.2.1: icmp host unreachable"]);
}
