//! Whole scenarios, natively and in wasm: the same scenario gives the same Log, octet for octet, and another seed another one.

use expect_test::{Expect, expect};
use lab::{Ending, Scenario, Verdict, presets, run};
use sim::world::PathPart;
use sockets::{Fate, Instant, Trace, What};
use wasm_bindgen_test::wasm_bindgen_test;

/// A client and a server on one link with this path, and what more there is to say of the world.
fn pair(path: &str, more: &str, programs: &str) -> String {
    format!(
        r#"{{"id":"x","title":"X","world":{{"seed":7,
            "hosts":[{{"name":"client","interfaces":[{{"link":"lan","addresses":["10.0.0.1/24","fd00::1/64"]}}]}},
                     {{"name":"server","interfaces":[{{"link":"lan","addresses":["10.0.0.2/24","fd00::2/64"]}}]}}],
            "links":[{{"name":"lan","path":{path}}}]{more}}},
            "programs":[{programs}]}}"#
    )
}

/// A server that takes one connection, and a client that sends it so many octets.
fn transfer(octets: u32) -> String {
    format!(
        r#"{{"host":"server","steps":[
            {{"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"l"}},
            {{"call":"bind","socket":"l","address":["",5000]}},
            {{"call":"listen","socket":"l","backlog":1}},
            {{"call":"accept","socket":"l","as":"c"}},
            {{"call":"recv","socket":"c","max":{octets},"flags":["MSG_WAITALL"]}},
            {{"call":"recv","socket":"c","max":1,"expect":"end"}},
            {{"call":"close","socket":"c"}},{{"call":"close","socket":"l"}}]}},
        {{"host":"client","steps":[
            {{"sleep_us":1000}},
            {{"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"}},
            {{"call":"connect","socket":"s","address":["server",5000]}},
            {{"call":"send","socket":"s","fill":{octets}}},
            {{"call":"close","socket":"s"}}]}}"#
    )
}

/// UDP from two hosts behind one translation, over a link that loses, repeats and reorders.
const TRANSLATED: &str = r#"{"id":"nat","title":"NAT","world":{"seed":3,
    "hosts":[
        {"name":"pc","interfaces":[{"link":"home","addresses":["192.168.0.2/24"]}],"gateway":"192.168.0.1"},
        {"name":"tv","interfaces":[{"link":"home","addresses":["192.168.0.3/24"]}],"gateway":"192.168.0.1"},
        {"name":"server","interfaces":[{"link":"net","addresses":["198.51.100.7/24"]}]}],
    "routers":[{"name":"box","interfaces":[{"link":"home","addresses":["192.168.0.1/24"]},{"link":"net","addresses":["198.51.100.1/24"]}],
        "nat":{"outside":"net"}}],
    "links":[{"name":"home","path":{"delay_us":300}},
        {"name":"net","path":{"delay_us":9000,"jitter_us":4000,"loss_ppm":100000,"duplicate_ppm":100000,"corrupt_ppm":50000,"reorder_ppm":200000}}]},
    "programs":[
        {"host":"server","steps":[
            {"call":"socket","family":"AF_INET","kind":"SOCK_DGRAM","as":"s"},
            {"call":"bind","socket":"s","address":["",5353]},
            {"call":"recvfrom","socket":"s","max":2000},{"call":"recvfrom","socket":"s","max":2000},
            {"call":"recvfrom","socket":"s","max":2000},{"call":"recvfrom","socket":"s","max":2000},
            {"call":"recvfrom","socket":"s","max":2000},{"call":"recvfrom","socket":"s","max":2000}]},
        {"host":"pc","steps":[
            {"call":"socket","family":"AF_INET","kind":"SOCK_DGRAM","as":"s"},
            {"call":"bind","socket":"s","address":["",4000]},
            {"call":"sendto","socket":"s","address":["server",5353],"fill":500},{"call":"sendto","socket":"s","address":["server",5353],"fill":501},
            {"call":"sendto","socket":"s","address":["server",5353],"fill":502},{"call":"sendto","socket":"s","address":["server",5353],"fill":503},
            {"call":"sendto","socket":"s","address":["server",5353],"fill":504},{"call":"sendto","socket":"s","address":["server",5353],"fill":505}]},
        {"host":"tv","steps":[
            {"call":"socket","family":"AF_INET","kind":"SOCK_DGRAM","as":"s"},
            {"call":"bind","socket":"s","address":["",4000]},
            {"sleep_us":100},
            {"call":"sendto","socket":"s","address":["server",5353],"fill":600},{"call":"sendto","socket":"s","address":["server",5353],"fill":601},
            {"call":"sendto","socket":"s","address":["server",5353],"fill":602},{"call":"sendto","socket":"s","address":["server",5353],"fill":603}]}]}"#;

const PERFECT: &str = r#"{"delay_us":10000,"rate_bps":10000000}"#;
const LOSSY: &str =
    r#"{"delay_us":10000,"rate_bps":10000000,"queue_datagrams":50,"loss_ppm":20000,"jitter_us":500}"#;
const MESSY: &str = r#"{"delay_us":5000,"rate_bps":20000000,"loss_ppm":5000,"reorder_ppm":20000,"reorder_by_us":3000,
    "duplicate_ppm":10000,"corrupt_ppm":10000,"bursts":{"enter_ppm":2000,"leave_ppm":300000}}"#;

/// The scenario's digest, after it has been run twice with one result, and every step came out as it was to.
fn digest(text: &str) -> u64 {
    let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let first = run(&scenario).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(first.ending, Ending::Finished, "{}\n{}", first.ending, first.log.text());
    assert!(
        first.verdicts.iter().flatten().all(|verdict| *verdict == Some(Verdict::Met)),
        "{:?}",
        first.verdicts
    );
    let again = run(&scenario).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(first.log.text(), again.log.text(), "a run follows from its scenario alone");
    assert_eq!(first, again);
    first.log.digest()
}

/// The Log's number. It changes when the engine does; UPDATE_EXPECT=1 writes it anew, and natively and in wasm it must be the same.
fn check(text: &str, expected: Expect) {
    let number = digest(text);
    expected.assert_eq(&format!("{number:016x}"));
    assert_ne!(digest(&text.replacen(r#""seed":"#, r#""seed":1"#, 1)), number, "the seed changes nothing");
}

#[wasm_bindgen_test(unsupported = test)]
fn datagrams_through_a_translation() {
    check(TRANSLATED, expect!["534974dfc36006f4"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_transfer_over_a_perfect_link() {
    check(&pair(PERFECT, "", &transfer(100_000)), expect!["6855a82a63c1ad4c"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_transfer_over_a_lossy_link() {
    check(&pair(LOSSY, "", &transfer(500_000)), expect!["f86d2084b534806d"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_transfer_over_a_messy_link() {
    check(&pair(MESSY, "", &transfer(300_000)), expect!["fa85afc3263622eb"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_handshake_whose_second_syn_ack_is_lost_too() {
    let faults = r#","faults":[{"from":"server","flags":"SYN-ACK","times":2,"action":"drop"}]"#;
    check(&pair(PERFECT, faults, &transfer(10)), expect!["48c7556ed1af7fc3"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_transfer_over_ipv6() {
    let programs =
        transfer(5_000).replace("AF_INET", "AF_INET6").replace(r#"["server",5000]"#, r#"["fd00::2",5000]"#);
    check(&pair(PERFECT, "", &programs), expect!["af7b0f0ebe7b4031"]);
}

/// Two that send and do not read fill all buffers. Their windows are closed, and nobody gives up: each is answered.
#[wasm_bindgen_test(unsupported = test)]
fn two_that_only_send_wait_for_ever() {
    let text = r#"{"id":"x","title":"X","world":{"seed":1,"hosts":[{"name":"machine","loopback":{"delay_us":20000}}]},"programs":[
        {"host":"machine","steps":[
            {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"l"},
            {"call":"bind","socket":"l","address":["127.0.0.1",5000]},
            {"call":"listen","socket":"l","backlog":1},
            {"call":"accept","socket":"l","as":"c"},
            {"call":"send","socket":"c","fill":30000000}]},
        {"host":"machine","name":"client","steps":[
            {"sleep_us":1000},
            {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"},
            {"call":"connect","socket":"s","address":["127.0.0.1",5000]},
            {"call":"send","socket":"s","fill":30000000}]}]}"#;
    let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let run = run(&scenario).unwrap_or_else(|error| panic!("{error}"));
    let hour = Instant(3_600_000_000);
    let of_calls = run.log.records().iter().filter(|record| matches!(record.what, What::Returned { .. }));
    // All calls but the two sends, before the world ends.
    assert_eq!(of_calls.filter(|record| record.at < hour).count(), 6, "{}", run.ending);
}

/// Each preset, whose outcomes real kernels gave, with all its hosts on one machine.
#[wasm_bindgen_test(unsupported = test)]
fn every_preset_comes_out_as_on_a_kernel() {
    for script in presets() {
        let id = script.id.clone();
        let run = run(&Scenario::on_one_host(script, 1)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(run.ending, Ending::Finished, "{id}: {}\n{}", run.ending, run.log.text());
    }
}

/// Whatever arrives was sent before, at the time that its fate says; and nothing else does.
#[wasm_bindgen_test(unsupported = test)]
fn what_arrives_is_what_was_said_to_arrive() {
    let scenario =
        Scenario::parse(&pair(MESSY, "", &transfer(100_000))).unwrap_or_else(|error| panic!("{error}"));
    let run = run(&scenario).unwrap_or_else(|error| panic!("{error}"));
    let mut under_way = std::collections::BTreeMap::new();
    for record in run.log.records() {
        match &record.what {
            What::Trace(Trace::Sent(transit)) => {
                if let Fate::Arrives { at } | Fate::Corrupted { at } = transit.fate {
                    assert!(at >= record.at);
                    assert_eq!(
                        under_way.insert(transit.packet, (at, transit.to)),
                        None,
                        "a number is used twice"
                    );
                }
            }
            What::Trace(Trace::Arrived { packet, host }) => {
                assert_eq!(under_way.remove(packet), Some((record.at, *host)));
            }
            _ => {}
        }
    }
    assert!(under_way.is_empty(), "{under_way:?}");
}

/// What a host sends to itself takes as long as the world says, and comes in the order of sending.
#[wasm_bindgen_test(unsupported = test)]
fn a_slow_loopback_shows_every_segment_under_way() {
    let echo = presets().into_iter().find(|script| script.id == "echo").expect("there is such a preset");
    let mut scenario = Scenario::on_one_host(echo, 1);
    scenario.world.hosts[0].loopback = Some(PathPart { delay_us: Some(200_000), ..PathPart::default() });
    let run = run(&scenario).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(run.ending, Ending::Finished, "{}", run.log.text());
    let mut under_way = std::collections::VecDeque::new();
    for record in run.log.records() {
        match &record.what {
            What::Trace(Trace::Sent(transit)) => {
                let arrives = record.at + sockets::Micros(200_000);
                assert_eq!(transit.fate, Fate::Arrives { at: arrives });
                assert!(!transit.retransmission, "a round trip of 0.4 s is shorter than any time-out");
                under_way.push_back((arrives, transit.packet));
            }
            What::Trace(Trace::Arrived { packet, .. }) => {
                assert_eq!(under_way.pop_front(), Some((record.at, *packet)));
            }
            _ => {}
        }
    }
    assert!(under_way.is_empty(), "{under_way:?}");
    scenario.world.hosts[0].loopback = Some(PathPart { loss_ppm: Some(1_000_001), ..PathPart::default() });
    let error = lab::run(&scenario).expect_err("it is too long").to_string();
    assert_eq!(
        error,
        "world.hosts[0].loopback.loss_ppm: 1000001 is no chance in parts per million: it must be from 0 to 1000000"
    );
}
