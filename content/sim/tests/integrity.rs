//! Whatever a link does, TCP delivers every octet once, in order, and ends; and whatever the engine tells of it is in its tables.
//!
//! Links lose, delay, reorder, duplicate and corrupt by chance; buffers are small or large; programs read in small or large pieces.
//! A client sends a stream, ends it, and compares what comes back with what it sent.

#![cfg(not(target_family = "wasm"))]

mod echo;

use echo::{Case, Programs};
use proptest::prelude::*;
use sim::rules;
use sim::tcp::transitions;
use sim::world::PathPart;
use sockets::{Log, State, Trace};
use std::collections::BTreeMap;

/// What must hold of every run.
fn check(case: &Case) -> Log {
    let (log, got, ended) = Programs::new(case).run();
    let sent = case.data();
    assert!(ended, "the stream does not end: {:?}", log.records().last());
    assert_eq!(got.len(), sent.len(), "octets are missing or too many");
    assert!(got == sent, "octets are changed or out of order");
    let mut last = BTreeMap::new();
    for record in log.records() {
        match &record.what {
            sockets::What::Trace(Trace::Reaction { reaction, .. }) => {
                assert!(
                    rules::TABLE.iter().any(|rule| core::ptr::eq(*rule, reaction.rule)),
                    "{} is not in the table",
                    reaction.rule.name
                );
                let (before, after) = (reaction.before, reaction.after);
                assert!(
                    before == after || transitions::find(before, after).is_some(),
                    "{before} to {after} by {} is not in the table of transitions",
                    reaction.rule.name
                );
            }
            sockets::What::State { socket, sample } => {
                last.insert(*socket, sample.state);
            }
            sockets::What::Trace(Trace::Levels { levels, .. }) => {
                assert!(levels.snd_una.precedes_or_is(levels.snd_nxt), "SND.UNA is beyond SND.NXT");
                assert!(levels.snd_nxt.precedes_or_is(levels.snd_end), "SND.NXT is beyond the data");
                assert!(levels.cwnd > 0 || levels.state == State::Closed, "the congestion window is empty");
                assert!(
                    levels.sacked + levels.lost <= levels.snd_nxt.since(levels.snd_una),
                    "more is sacked and lost than is in flight"
                );
            }
            sockets::What::Notice(text) => panic!("the run was ended: {text}"),
            _ => {}
        }
    }
    assert!(
        last.values().all(|state| matches!(state, Some(State::Closed | State::Listen) | None)),
        "a connection is left behind: {last:?}"
    );
    log
}

fn path() -> impl Strategy<Value = PathPart> {
    let share = |most: u64| prop_oneof![2 => Just(None), 3 => (0..most).prop_map(Some)];
    (
        0_u64..80_000,
        prop_oneof![Just(None), (0_u64..20_000).prop_map(Some)],
        prop_oneof![Just(None), (200_000_u64..50_000_000).prop_map(Some)],
        prop_oneof![Just(None), (4_u64..60).prop_map(Some)],
        share(100_000),
        share(150_000),
        share(100_000),
        share(50_000),
    )
        .prop_map(
            |(
                delay,
                jitter_us,
                rate_bps,
                queue_datagrams,
                loss_ppm,
                reorder_ppm,
                duplicate_ppm,
                corrupt_ppm,
            )| PathPart {
                delay_us: Some(delay),
                jitter_us,
                rate_bps,
                queue_datagrams: queue_datagrams.filter(|_| rate_bps.is_some()),
                loss_ppm,
                reorder_ppm,
                reorder_by_us: reorder_ppm.map(|_| delay / 2 + 500),
                duplicate_ppm,
                corrupt_ppm,
                ..PathPart::default()
            },
        )
}

fn sysctl() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    proptest::sample::subsequence(
        vec![
            ("net.ipv4.tcp_sack", "0"),
            ("net.ipv4.tcp_timestamps", "0"),
            ("net.ipv4.tcp_window_scaling", "0"),
            ("net.ipv4.tcp_congestion_control", "reno"),
            ("net.ipv4.tcp_ecn", "1"),
            ("net.ipv4.tcp_early_retrans", "0"),
            ("net.ipv4.tcp_frto", "0"),
            ("net.ipv4.tcp_recovery", "4"),
        ],
        0..4,
    )
}

fn case() -> impl Strategy<Value = Case> {
    let octets = prop_oneof![1_usize..5_000, 5_000_usize..200_000];
    let piece = prop_oneof![1_usize..200, 200_usize..100_000];
    let buffer = prop_oneof![2 => Just(None), 1 => (2_000_i32..60_000).prop_map(Some)];
    (path(), octets, piece, prop_oneof![100_u32..2_000, Just(65_536_u32)], buffer, sysctl(), any::<u64>())
        .prop_map(|(path, octets, piece, read, buffer, sysctl, seed)| Case {
            path,
            octets: octets.min(piece.saturating_mul(400)),
            piece,
            read,
            buffer,
            sysctl,
            seed,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_octet_arrives_once_and_in_order(case in case()) {
        check(&case);
    }

    #[test]
    fn the_same_world_tells_the_same_log(case in case()) {
        let case = Case { octets: case.octets.min(20_000), ..case };
        prop_assert_eq!(check(&case).digest(), check(&case).digest());
    }
}

#[test]
fn every_rule_has_a_name_of_its_own_and_a_source() {
    let mut names: Vec<&str> = rules::TABLE.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "two rules have one name");
    for rule in rules::TABLE {
        assert!(rule.says.ends_with('.') && !rule.source.is_empty(), "{}: {}", rule.name, rule.says);
    }
}
