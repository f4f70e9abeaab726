use super::*;
use expect_test::{Expect, expect};
use wasm_bindgen_test::wasm_bindgen_test;
use wire::fields::{ipv4, tcp};

fn handshake() -> Scenario {
    let text = r#"{"id":"x","title":"X","world":{
        "hosts":[{"name":"client","interfaces":[{"link":"lan","addresses":["10.0.0.1/24"]}]},
                 {"name":"server","interfaces":[{"link":"lan","addresses":["10.0.0.2/24"]}]}],
        "links":[{"name":"lan","path":{"delay_us":20000}}]},
        "programs":[
            {"host":"server","steps":[
                {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"l"},
                {"call":"bind","socket":"l","address":["",8000]},
                {"call":"listen","socket":"l","backlog":5},
                {"call":"accept","socket":"l","as":"c"},
                {"call":"recv","socket":"c","max":4096}]},
            {"host":"client","steps":[
                {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"},
                {"call":"connect","socket":"s","address":["server",8000]},
                {"sleep_us":60000},
                {"call":"send","socket":"s","text":"hello"}]}]}"#;
    Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// What becomes of a packet of the handshake, changed like that and with its checksums right again.
fn check(packet: u32, change: impl FnOnce(&mut Packet), expected: Expect) {
    check_raw(
        packet,
        |octets| {
            change(octets);
            octets.renew_checksums();
        },
        expected,
    );
}

fn check_raw(packet: u32, change: impl FnOnce(&mut Packet), expected: Expect) {
    let scenario = handshake();
    let log = crate::run(&scenario).expect("it can be").log;
    let sent = transit(&log, PacketId(packet)).expect("there are so many");
    let mut octets = sent.datagram.emit().expect("hosts send what can be said");
    change(&mut octets);
    let received = inject(&scenario, PacketId(packet), arrives(sent), Some(&octets)).expect("it can be");
    expected.assert_eq(&said(&received));
}

fn arrives(sent: &Transit) -> Instant {
    match sent.fate {
        sockets::Fate::Arrives { at } => at,
        other => panic!("all of them arrive, and not {other:?}"),
    }
}

fn said(received: &Received) -> String {
    let taken = match received {
        Received::Taken(taken) => taken,
        Received::Malformed(malformed) => return format!("malformed: {malformed}\n"),
        other => return format!("{other:?}\n"),
    };
    let mut text = format!("host {} at {} us\n", taken.host.0, taken.at.0);
    for reaction in &taken.reactions {
        text += &format!("{}: {} -> {}\n", reaction.rule.name, reaction.before, reaction.after);
    }
    for answer in &taken.answers {
        text += &format!("sends {}\n", answer.datagram);
    }
    for (call, _) in &taken.returned {
        text += &format!("{} returns\n", call.op.kind().name());
    }
    for (before, after) in &taken.levels {
        text += &format!("RCV.NXT {:?} -> {}\n", before.map(|levels| levels.rcv_nxt.0), after.rcv_nxt);
    }
    text
}

fn set(field: &'static wire::fields::Field, value: u128) -> impl FnOnce(&mut Packet) {
    move |octets| octets.set(field, value).expect("the packet has it")
}

#[wasm_bindgen_test(unsupported = test)]
fn what_was_sent_is_taken_as_it_was() {
    let scenario = handshake();
    let unchanged = inject(&scenario, PacketId(3), Instant(120_000), None).expect("it can be");
    expect![[r#"
        host 1 at 120000 us
        in-order: ESTABLISHED -> ESTABLISHED
        quick-ack: ESTABLISHED -> ESTABLISHED
        sends 10.0.0.2.8000 > 10.0.0.1.55468: . 2733967938:2733967938(0) ack 3496170289 win 64 <nop,nop,TS val 1198443734 ecr 4037166290>
        recv returns
        RCV.NXT Some(3496170284) -> 3496170289
    "#]].assert_eq(&said(&unchanged));
    let mut octets = None;
    check_raw(
        3,
        |same| octets = Some(same.clone()),
        expect![[r#"
            host 1 at 120000 us
            in-order: ESTABLISHED -> ESTABLISHED
            quick-ack: ESTABLISHED -> ESTABLISHED
            sends 10.0.0.2.8000 > 10.0.0.1.55468: . 2733967938:2733967938(0) ack 3496170289 win 64 <nop,nop,TS val 1198443734 ecr 4037166290>
            recv returns
            RCV.NXT Some(3496170284) -> 3496170289
        "#]],
    );
    assert_eq!(inject(&scenario, PacketId(3), Instant(120_000), octets.as_ref()), Ok(unchanged));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_wrong_checksum_is_dropped_in_silence() {
    check_raw(
        3,
        set(&tcp::WINDOW, 1),
        expect![[r#"
            host 1 at 120000 us
            checksum: CLOSED -> CLOSED
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_syn_for_another_port_is_answered_with_rst() {
    check(
        0,
        set(&tcp::DESTINATION_PORT, 9),
        expect![[r#"
            host 1 at 20000 us
            no-socket: CLOSED -> CLOSED
            sends 10.0.0.2.9 > 10.0.0.1.55468: R. 0:0(0) ack 3496170284 win 0
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_rst_with_the_expected_number_ends_the_connection() {
    check(
        3,
        set(&tcp::RST, 1),
        expect![[r#"
            host 1 at 120000 us
            reset: ESTABLISHED -> CLOSED
            recv returns
            RCV.NXT Some(3496170284) -> 3496170284
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn an_acknowledgment_of_what_was_never_sent_is_answered() {
    check(
        3,
        |octets| {
            let ack = octets.get(&tcp::ACKNOWLEDGMENT_NUMBER).expect("it is a segment");
            set(&tcp::ACKNOWLEDGMENT_NUMBER, ack + 1000)(octets);
        },
        expect![[r#"
            host 1 at 120000 us
            ack-of-unsent: ESTABLISHED -> ESTABLISHED
            sends 10.0.0.2.8000 > 10.0.0.1.55468: . 2733967938:2733967938(0) ack 3496170284 win 64 <nop,nop,TS val 1198443734 ecr 4037166290>
            RCV.NXT Some(3496170284) -> 3496170284
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn another_host_s_datagram_is_nothing_to_a_host() {
    check(
        3,
        set(&ipv4::DESTINATION, 0x0a00_0009),
        expect![[r#"
            host 1 at 120000 us
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn nonsense_is_named() {
    check(
        3,
        set(&tcp::DATA_OFFSET, 3),
        expect![[r#"
        malformed: TCP data offset at octet 32: 3 words, must be 5 to 15
    "#]],
    );
    assert_eq!(inject(&handshake(), PacketId(99), Instant(120_000), None), Ok(Received::Never));
}
