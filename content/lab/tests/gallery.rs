//! Every scenario of the gallery shows what it says that it shows, ends by itself, and gives the same Log natively and in wasm.

use expect_test::{Expect, expect};
use lab::{Ending, Exhibit, Expect as Expected, GALLERY, Run, Scenario, Verdict, exhibit, exhibit_text, run};
use std::collections::BTreeSet;
use wasm_bindgen_test::wasm_bindgen_test;

fn ran(id: &str) -> (Scenario, Run) {
    let text = exhibit_text(id).unwrap_or_else(|| panic!("the gallery has no {id}"));
    let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{id}: {error}"));
    let run = run(&scenario).unwrap_or_else(|error| panic!("{id}: {error}"));
    (scenario, run)
}

/// These texts stand in the Log's lines, each behind the one before, and those nowhere; and the Log has this number.
fn shows(id: &str, digest: Expect, in_order: &[&str], never: &[&str]) {
    let text = ran(id).1.log.text();
    let mut lines = text.lines();
    for wanted in in_order {
        assert!(
            lines.any(|line| line.contains(wanted)),
            "{id}: “{wanted}” is missing, or comes too early\n{text}"
        );
    }
    for unwanted in never {
        assert!(!text.contains(unwanted), "{id}: “{unwanted}” is there\n{text}");
    }
    digest.assert_eq(&format!("{:016x}", ran(id).1.log.digest()));
}

/// The most datagrams on links that a scenario of the gallery may show.
const MOST_DATAGRAMS: usize = 1_500;

#[wasm_bindgen_test(unsupported = test)]
fn every_scenario_ends_by_itself_and_its_moments_are_moments() {
    for Exhibit { id, look_for, title, group, .. } in GALLERY {
        let (scenario, run) = ran(id);
        assert_eq!((run.ending, run.stopped), (Ending::Finished, None), "{id}");
        for (program, verdicts) in scenario.programs.iter().zip(&run.verdicts) {
            for (step, verdict) in program.script.steps.iter().zip(verdicts) {
                let open = step.expect == Expected::Pending && verdict.is_none();
                assert!(
                    open || *verdict == Some(Verdict::Met),
                    "{id}: {} step {}: {verdict:?}",
                    program.name,
                    step.place
                );
            }
        }
        let records = run.log.records();
        let times: BTreeSet<u64> = records.iter().map(|record| record.at.0).collect();
        let moments = &scenario.moments;
        assert!((3..=8).contains(&moments.len()), "{id} has {} moments", moments.len());
        for moment in moments {
            assert!(times.contains(&moment.at_us), "{id}: nothing happens at {} us", moment.at_us);
            assert!(!moment.says.is_empty(), "{id}");
        }
        assert!(moments.is_sorted_by_key(|moment| moment.at_us), "{id}: the moments are out of order");
        let sent = |line: &&str| line.contains(" link ");
        let datagrams = run.log.text().lines().filter(sent).count();
        assert!((2..=MOST_DATAGRAMS).contains(&datagrams), "{id} shows {datagrams} datagrams");
        for text in [look_for, title, group] {
            assert!(!text.is_empty(), "{id}");
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn ids_stand_in_links_and_groups_stand_together() {
    let plain =
        |id: &str| id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let ids: BTreeSet<&str> = GALLERY.iter().map(|exhibit| exhibit.id).collect();
    assert_eq!(ids.len(), GALLERY.len(), "an id is there twice");
    assert!(ids.iter().all(|id| plain(id)), "{ids:?}");
    assert!(GALLERY.iter().all(|one| exhibit(one.id) == Some(one)));
    let mut groups: Vec<&str> = GALLERY.iter().map(|exhibit| exhibit.group).collect();
    groups.dedup();
    assert_eq!(groups.iter().collect::<BTreeSet<_>>().len(), groups.len(), "{groups:?}");
}

#[wasm_bindgen_test(unsupported = test)]
fn every_scenario_is_looked_at_here() {
    let source: String = include_str!("gallery.rs").split_whitespace().collect();
    for Exhibit { id, .. } in GALLERY {
        assert!(source.contains(&["shows(\"", id, "\","].concat()), "nothing says what {id} shows");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn handshake() {
    shows(
        "handshake",
        expect!["f504057de286fc68"],
        &[
            "rule active-open, CLOSED -> SYN-SENT",
            "rule syn-received",
            "SYN-SENT -> ESTABLISHED",
            "-> done, took 40010",
            "SYN-RECEIVED -> ESTABLISHED",
            "-> 5 octets",
        ],
        &["again: ", "dropped"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn syn_lost() {
    shows(
        "syn-lost",
        expect!["fb0d8136003ea38a"],
        &[
            "dropped by a fault",
            "retransmission timer fired",
            "again: ",
            "SYN-SENT -> ESTABLISHED",
            "took 1040000",
        ],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn syn_ack_lost() {
    shows(
        "syn-ack-lost",
        expect!["263fd7db0d0a6f7b"],
        &[
            "rule syn-received",
            "dropped by a fault",
            "retransmission timer fired",
            "rule syn-ack-again",
            "rule syn-repeated",
            "SYN-SENT -> ESTABLISHED",
        ],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn handshake_ack_lost() {
    shows(
        "handshake-ack-lost",
        expect!["79d2724e56f51cc0"],
        &[
            "SYN-SENT -> ESTABLISHED",
            "dropped by a fault",
            "host 0: send(",
            "SYN-RECEIVED -> ESTABLISHED",
            "rule in-order",
        ],
        &["again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn simultaneous_open() {
    shows(
        "simultaneous-open",
        expect!["0a3cb0bbedee69ef"],
        &[
            "rule simultaneous-open",
            "rule simultaneous-open",
            "SYN-RECEIVED -> ESTABLISHED",
            "SYN-RECEIVED -> ESTABLISHED",
            "-> 5 octets",
        ],
        &["LISTEN"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn refused() {
    shows(
        "refused",
        expect!["33bac931461a9b8e"],
        &["rule no-socket", "R. 0:0(0)", "rule refused, SYN-SENT -> CLOSED", "-> ECONNREFUSED, took 40000"],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn filtered() {
    shows(
        "filtered",
        expect!["96f6128207a647c8"],
        &["rule filter-drop", "rule filter-drop", "rule filter-drop", "rule give-up", "-> ETIMEDOUT"],
        &["SYN-RECEIVED", "icmp"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn both_ways() {
    shows(
        "both-ways",
        expect!["b0a7123daec60da0"],
        &["-> 3000 octets", "-> 6000 octets", "-> 2000 octets", "-> 4 octets"],
        &["again: ", "dropped"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn one_recv() {
    shows(
        "one-recv",
        expect!["abeb1fe463ba49e6"],
        &[
            "host 0: send(1, 14 octets)",
            "host 0: send(1, 4 octets)",
            "host 0: send(1, 10 octets)",
            "host 1: recv(",
            "-> 28 octets",
        ],
        &["again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn delayed_ack() {
    shows(
        "delayed-ack",
        expect!["9f7c948872047227"],
        &["rule quick-ack", "rule delayed-ack", "delayed ACK timer fired", "rule ack-due"],
        &["again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn nagle() {
    shows(
        "nagle",
        expect!["4bb19aa72b705e72"],
        &[
            "rule nagle",
            "rule quick-ack",
            "rule nagle",
            "rule delayed-ack",
            "rule ack-due",
            "-> 6 octets, took 80000",
        ],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn wrap_around() {
    shows(
        "wrap-around",
        expect!["6293e2365ce93875"],
        &[
            "S 4294965296:4294965296(0)",
            "4294966745:897(1448)",
            "RCV.NXT 4294966745 -> 897",
            "RCV.NXT 2345 -> 3001",
            "SND.UNA 4294966745 -> 897",
        ],
        &["again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn udp_beside_tcp() {
    shows(
        "udp-beside-tcp",
        expect!["92e8ed8102fda71b"],
        &[
            "dropped by a fault",
            "udp (100) (ttl 64, df), dropped by a fault",
            "rule out-of-order",
            "again: ",
            "rule hole-filled",
            "-> 500 octets",
        ],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn rto() {
    shows(
        "rto",
        expect!["eca907a6735dfe63"],
        &[
            "dropped by a fault",
            "retransmission timer fired",
            "rule backoff, ESTABLISHED, RTO 240000 -> 480000",
            "dropped by a fault",
            "retransmission timer fired",
            "-> 14 octets",
            "rule recovered",
        ],
        &["tail-loss-probe"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn fast_retransmit() {
    shows(
        "fast-retransmit",
        expect!["6c975dc36fc1e5f3"],
        &[
            "dropped by a fault",
            "dropped by a fault",
            "rule out-of-order",
            "<nop,nop,TS val",
            "rule sack",
            "sacked 2 -> 3",
            "rule rack, ESTABLISHED, lost 0 -> 2",
            "rule fast-recovery",
            "again: ",
            "again: ",
            "rule hole-filled",
            "rule recovery-ends",
        ],
        &["retransmission timer fired"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn fast_retransmit_no_sack() {
    shows(
        "fast-retransmit-no-sack",
        expect!["027be4a4e15e75a2"],
        &[
            "dropped by a fault",
            "dropped by a fault",
            "rule out-of-order",
            "rule three-duplicates",
            "rule fast-recovery",
            "again: ",
            "rule hole-filled",
            "rule partial-ack",
            "again: ",
            "rule hole-filled",
        ],
        &["rule sack", "retransmission timer fired"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn tail_loss_probe() {
    shows(
        "tail-loss-probe",
        expect!["5b43e06f9ac001b8"],
        &[
            "dropped by a fault",
            "dropped by a fault",
            "tail loss probe timer fired",
            "rule tail-loss-probe",
            "again: ",
            "rule out-of-order",
            "rule fast-recovery",
            "rule hole-filled",
        ],
        &["retransmission timer fired"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn reordering() {
    shows(
        "reordering",
        expect!["6dd0b60f37434ff1"],
        &["rule out-of-order", "rule out-of-order", "rule hole-filled", "rule disorder", "rule recovered"],
        &["again: ", "dropped", "rule fast-recovery"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn duplicate() {
    shows(
        "duplicate",
        expect!["89dcea58720f33f5"],
        &["copy of #", "rule duplicate-data", "sack "],
        &["again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn corruption() {
    shows(
        "corruption",
        expect!["5e60f8056be3b793"],
        &[
            "corrupted, arrives",
            "rule checksum",
            "rule out-of-order",
            "rule fast-recovery",
            "again: ",
            "rule hole-filled",
        ],
        &["dropped"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn give_up() {
    shows(
        "give-up",
        expect!["40468fbcf2ce1879"],
        &[
            "RTO 240000 -> 480000",
            "RTO 480000 -> 960000",
            "RTO 960000 -> 1920000",
            "RTO 1920000 -> 3840000",
            "RTO 3840000 -> 7680000",
            "rule give-up",
            "-> ETIMEDOUT",
        ],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn keep_alive() {
    shows(
        "keep-alive",
        expect!["4b72017555238643"],
        &[
            "keep-alive timer fired",
            "rule keep-alive, ESTABLISHED, retries 0 -> 1",
            "rule keep-alive",
            "rule keep-alive",
            "rule give-up",
            "-> ETIMEDOUT",
        ],
        &["again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn zero_window() {
    shows(
        "zero-window",
        expect!["89cb108359f4b766"],
        &[
            "rule zero-window,",
            "zero-window probe timer fired",
            "rule zero-window-probe",
            "rule window-update",
            "rule window-opens",
            "-> 60000 octets",
        ],
        &["dropped"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn slow_reader() {
    shows(
        "slow-reader",
        expect!["923cba4eb101ef82"],
        &["-> 2000 octets", "bound by the window", "-> 60000 octets", "-> 0 octets"],
        &["dropped", "again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn no_scaling() {
    shows(
        "no-scaling",
        expect!["1c86daac17b3a138"],
        &["host 0: send(", "bound by the window", "-> 250000 octets", "rule fin-received"],
        &["wscale 10,", "dropped", "again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn slow_start() {
    shows(
        "slow-start",
        expect!["e06268a25988f481"],
        &[
            "rule slow-start",
            "dropped, queue full",
            "rule fast-recovery",
            "rule recovery-ends",
            "rule congestion-avoidance",
            "rule fast-recovery",
            "rule congestion-avoidance",
        ],
        &["retransmission timer fired"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn cubic_reno() {
    shows(
        "cubic-reno",
        expect!["79c22b4dc3ff6832"],
        &[
            "dropped by a fault",
            "ssthresh 2147483647 -> 35",
            "ssthresh 2147483647 -> 25",
            "rule recovery-ends",
            "rule cubic",
            "rule congestion-avoidance",
        ],
        &["retransmission timer fired"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn bufferbloat() {
    shows(
        "bufferbloat",
        expect!["155e033d11d757db"],
        &[
            "octets from 10.0.0.2:7000, took 20",
            "host 0: send(",
            "octets from 10.0.0.2:7000, took 276",
            "octets from 10.0.0.2:7000, took 588",
        ],
        &["dropped", "again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn ecn() {
    shows(
        "ecn",
        expect!["0b188652afd04a5b"],
        &["[ce]", "rule ecn-reduces", "rule recovery-ends", "rule fin-received"],
        &["dropped", "again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn four_way_close() {
    shows(
        "four-way-close",
        expect!["b753bd2b814d3395"],
        &[
            "ESTABLISHED -> FIN-WAIT-1",
            "ESTABLISHED -> CLOSE-WAIT",
            "rule ack-due",
            "FIN-WAIT-1 -> FIN-WAIT-2",
            "CLOSE-WAIT -> LAST-ACK",
            "FIN-WAIT-2 -> TIME-WAIT",
            "LAST-ACK -> CLOSED",
        ],
        &["rule ack-due, ESTABLISHED"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn three_segment_close() {
    shows(
        "three-segment-close",
        expect!["ae9dca2bbe4182b5"],
        &[
            "ESTABLISHED -> FIN-WAIT-1",
            "ESTABLISHED -> CLOSE-WAIT",
            "CLOSE-WAIT -> LAST-ACK",
            "FIN-WAIT-2 -> TIME-WAIT",
            "LAST-ACK -> CLOSED",
        ],
        &["rule ack-due"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn simultaneous_close() {
    shows(
        "simultaneous-close",
        expect!["5b164e69c0f9f96d"],
        &["FIN-WAIT-1 -> CLOSING", "FIN-WAIT-1 -> CLOSING", "CLOSING -> TIME-WAIT", "CLOSING -> TIME-WAIT"],
        &["LAST-ACK"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn half_close() {
    shows(
        "half-close",
        expect!["0cf12b95520fb6ab"],
        &[
            "shutdown(1, SHUT_WR)",
            "ESTABLISHED -> CLOSE-WAIT",
            "host 1: send(",
            "rule in-order, FIN-WAIT-2",
            "FIN-WAIT-2 -> TIME-WAIT",
        ],
        &["R 0:0"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn send_after_close() {
    shows(
        "send-after-close",
        expect!["7c7ed47b86c8922f"],
        &[
            "rule fin-received",
            "host 0: send(1, 6 octets)",
            "-> 6 octets",
            "rule data-after-close",
            "rule reset, CLOSE-WAIT -> CLOSED",
            "host 0: send(1, 6 octets)",
            "-> EPIPE",
        ],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn reset_on_unread() {
    shows(
        "reset-on-unread",
        expect!["d59ceef117c1943e"],
        &["rule reset-unread, ESTABLISHED -> CLOSED", "rule reset, ESTABLISHED -> CLOSED", "-> ECONNRESET"],
        &["FIN-WAIT-1"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn time_wait() {
    shows(
        "time-wait",
        expect!["fdc6ca9f52d90d0f"],
        &[
            "rule tail-loss-probe",
            "FIN-WAIT-2 -> TIME-WAIT",
            "LAST-ACK -> CLOSED",
            "rule time-wait-ack, TIME-WAIT",
            "rule no-socket",
            "TIME-WAIT timer fired",
            "TIME-WAIT -> CLOSED",
        ],
        &["rule time-wait-reset"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn orphan() {
    shows(
        "orphan",
        expect!["60cf745b26b3a14f"],
        &[
            "FIN-WAIT-1 -> FIN-WAIT-2",
            "FIN-WAIT-2 timer fired",
            "rule fin-wait-2-ends, FIN-WAIT-2 -> CLOSED",
            "host 1: send(",
            "rule no-socket",
            "rule reset, CLOSE-WAIT -> CLOSED",
        ],
        &["TIME-WAIT"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn linger_zero() {
    shows(
        "linger-zero",
        expect!["69963c0b4b66d25d"],
        &["rule linger-zero, ESTABLISHED -> CLOSED", "rule reset, ESTABLISHED -> CLOSED", "-> ECONNRESET"],
        &["FIN-WAIT-1", "TIME-WAIT"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn accept_later() {
    shows(
        "accept-later",
        expect!["7c64191268ff9d7b"],
        &["SYN-RECEIVED -> ESTABLISHED", "rule in-order", "host 1: accept(", "took 0"],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn backlog() {
    shows(
        "backlog",
        expect!["86c3723ed8a1a2ce"],
        &[
            "rule handshake-acknowledged",
            "rule handshake-acknowledged",
            "rule accept-queue-full, LISTEN, accept queue 2 -> 2",
            "rule accept-queue-full",
            "host 1: accept(",
            "again: ",
            "rule handshake-acknowledged",
            "again: ",
            "rule handshake-acknowledged",
        ],
        &["ECONNREFUSED"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn syn_flood() {
    shows(
        "syn-flood",
        expect!["771259e85a6ad958"],
        &[
            "SYN queue 3 -> 4",
            "rule syn-queue-full",
            "rule half-open-given-up",
            "SYN-RECEIVED -> ESTABLISHED",
        ],
        &["rule syn-cookie"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn syn_cookies() {
    shows(
        "syn-cookies",
        expect!["a472aa239a92ac71"],
        &[
            "rule syn-cookie,",
            "host 1: connect(",
            "rule syn-cookie,",
            "took 30000",
            "rule syn-cookie-answered, LISTEN -> ESTABLISHED",
        ],
        &["rule syn-queue-full", "again: "],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn nat() {
    shows(
        "nat",
        expect!["8b8433142a33d0a9"],
        &[
            "rule nat-new",
            "rule nat-new",
            "rule nat-inward",
            "from 198.51.100.1:4000",
            "from 198.51.100.1:1024",
        ],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn port_forwarding() {
    shows(
        "port-forwarding",
        expect!["797979cba5193085"],
        &[
            "rule nat-unknown",
            "-> ECONNREFUSED",
            "rule nat-forward",
            "rule nat-outward",
            "took 40000",
            "rule nat-inward",
        ],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn path_mtu() {
    shows(
        "path-mtu",
        expect!["2dd334ab9c80babd"],
        &[
            "rule fragmentation-needed",
            "icmp too big, mtu 1300",
            "rule path-mtu, ESTABLISHED, MSS 1448 -> 1248",
            "again: ",
            "rule hole-filled",
        ],
        &[],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn ipv6() {
    shows("ipv6", expect!["984ab007c74f7cd4"], &["fd00::1", "<mss 1440", "(1428)"], &["again: "]);
}
