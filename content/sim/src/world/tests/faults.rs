//! Faults that are aimed at single datagrams.

use super::*;
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;

fn faults(rows: &str) -> Bench {
    pair(r#"{"delay_us":100}"#, &format!(r#","faults":[{rows}]"#))
}

#[wasm_bindgen_test(unsupported = test)]
fn the_second_syn_ack_is_dropped() {
    let mut bench = faults(r#"{"from":"b","flags":"SYN-ACK","nth":2,"action":"drop"}"#);
    bench.send(0, 0, segment(A, B, Flags::SYN, 7, 0));
    for time in [1, 2, 3] {
        bench.send(time, 1, segment(B, A, Flags::SYN_ACK.with(Flags::ECE), 9, 0));
    }
    bench.check(expect![[r#"
        0.000000 #0 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: S 7:7(0) win 1000 (ttl 64, df), arrives 0.000100
        0.000001 #1 link 0, b > a: 10.0.0.2.2 > 10.0.0.1.1: SE. 9:9(0) ack 0 win 1000 (ttl 64, df), arrives 0.000101
        0.000002 #2 link 0, b > a: 10.0.0.2.2 > 10.0.0.1.1: SE. 9:9(0) ack 0 win 1000 (ttl 64, df), dropped by a fault
        0.000003 #3 link 0, b > a: 10.0.0.2.2 > 10.0.0.1.1: SE. 9:9(0) ack 0 win 1000 (ttl 64, df), arrives 0.000103
        0.000100 #0 arrived at b
        0.000101 #1 arrived at a
        0.000103 #3 arrived at a
    "#]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn faults_delay_repeat_corrupt_swap_and_mark() {
    let row = |nth: u32, action: &str| format!(r#"{{"data":true,"nth":{nth},"action":{action}}}"#);
    let rows = [
        row(1, r#"{"delay_us":1000}"#),
        row(2, r#""duplicate""#),
        row(3, r#""corrupt""#),
        row(4, r#""swap""#),
        row(6, r#""mark""#),
        row(7, r#""swap""#),
    ];
    let mut bench = faults(&rows.join(","));
    for number in 0..7 {
        bench.send(number * 10, 0, segment(A, B, Flags::ACK, number as u32, 1));
    }
    bench.check(expect![[r#"
        0.000000 #0 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: . 0:1(1) ack 0 win 1000 (ttl 64, df), arrives 0.001100
        0.000010 #1 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: . 1:2(1) ack 0 win 1000 (ttl 64, df), arrives 0.000110
        0.000010 #2 link 0, a > b, copy of #1: 10.0.0.1.1 > 10.0.0.2.2: . 1:2(1) ack 0 win 1000 (ttl 64, df), arrives 0.000110
        0.000020 #3 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: . 2:3(1) ack 0 win 1000 (ttl 64, df), corrupted, arrives 0.000120
        0.000040 #4 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: . 4:5(1) ack 0 win 1000 (ttl 64, df), arrives 0.000140
        0.000040 #5 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: . 3:4(1) ack 0 win 1000 (ttl 64, df), arrives 0.000140
        0.000050 #6 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: [ce] . 5:6(1) ack 0 win 1000 (ttl 64, df), arrives 0.000150
        0.000110 #1 arrived at b
        0.000110 #2 arrived at b
        0.000120 #3 arrived at b
        0.000140 #4 arrived at b
        0.000140 #5 arrived at b
        0.000150 #6 arrived at b
        0.001100 #0 arrived at b
        1.000060 #7 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: . 6:7(1) ack 0 win 1000 (ttl 64, df), arrives 1.000160
        1.000160 #7 arrived at b
    "#]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_fault_finds_its_segment_by_relative_number_port_and_time() {
    let first_of = |rows: &str| {
        let mut bench = faults(rows);
        bench.send(0, 0, segment(A, B, Flags::SYN, 4_294_967_290, 0));
        for number in 0..6_u32 {
            let seq = 4_294_967_291_u32.wrapping_add(number * 10);
            bench.send(u64::from(number) * 10 + 10, 0, segment(A, B, Flags::ACK, seq, 10));
        }
        let mut dropped = Vec::new();
        for record in bench.run(u64::MAX).log.records() {
            if let sockets::What::Trace(Trace::Sent(transit)) = &record.what
                && transit.fate == Fate::Dropped
            {
                dropped.push(record.at.0);
            }
        }
        dropped
    };
    assert_eq!(first_of(r#"{"seq":[1,1],"action":"drop"}"#), [10]);
    assert_eq!(first_of(r#"{"seq":[10,11],"times":0,"action":"drop"}"#), [10, 20]);
    assert_eq!(first_of(r#"{"seq":[0,0],"times":0,"action":"drop"}"#), [0]);
    assert_eq!(first_of(r#"{"flags":"ACK","nth":2,"times":3,"action":"drop"}"#), [20, 30, 40]);
    assert_eq!(first_of(r#"{"from_us":30,"until_us":50,"times":0,"action":"drop"}"#), [30, 40]);
    assert_eq!(first_of(r#"{"to":"a","times":0,"action":"drop"}"#), [0_u64; 0]);
    assert_eq!(first_of(r#"{"source_port":2,"times":0,"action":"drop"}"#), [0_u64; 0]);
    assert_eq!(first_of(r#"{"destination_port":2,"protocol":"tcp","data":false,"action":"drop"}"#), [0]);
    assert_eq!(first_of(r#"{"retransmission":true,"action":"drop"}"#), [0_u64; 0]);
}
