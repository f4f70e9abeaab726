//! Every knob of every scenario can be turned, and says what it cannot be.

use super::*;
use crate::{GALLERY, exhibit_text};
use expect_test::expect;
use std::collections::BTreeSet;
use wasm_bindgen_test::wasm_bindgen_test;

fn scenario(id: &str) -> Scenario {
    let text = exhibit_text(id).unwrap_or_else(|| panic!("there is no {id}"));
    Scenario::parse(text).unwrap_or_else(|error| panic!("{id}: {error}"))
}

#[wasm_bindgen_test(unsupported = test)]
fn what_can_be_turned_is_listed_with_what_it_is_now() {
    let knobs = knobs(&scenario("handshake"));
    let listed: String =
        knobs.iter().map(|knob| format!("{}: {}\n", knob.id, knob.write(&knob.now))).collect();
    expect![[r#"
        link/net/delay_us: 20.0 ms
        link/net/rate_bps: 100 Mbit/s
        link/net/queue_datagrams: 1000
        link/net/loss_ppm: none
        link/net/jitter_us: none
        link/net/reorder_ppm: none
        link/net/duplicate_ppm: none
        link/net/corrupt_ppm: none
        link/net/mark_above_datagrams: never
        link/net/mtu: 1500 octets
        host/client/tcp_congestion_control: CUBIC
        host/client/tcp_sack: on
        host/client/tcp_timestamps: on
        host/client/tcp_window_scaling: on
        host/client/tcp_ecn: answer only
        host/client/tcp_early_retrans: on
        host/client/tcp_recovery: on
        host/client/initcwnd: 10 segments
        host/client/advmss: the MTU's
        host/client/tcp_rmem: grows by itself
        host/client/tcp_wmem: grows by itself
        host/server/tcp_congestion_control: CUBIC
        host/server/tcp_sack: on
        host/server/tcp_timestamps: on
        host/server/tcp_window_scaling: on
        host/server/tcp_ecn: answer only
        host/server/tcp_early_retrans: on
        host/server/tcp_recovery: on
        host/server/initcwnd: 10 segments
        host/server/advmss: the MTU's
        host/server/tcp_rmem: grows by itself
        host/server/tcp_wmem: grows by itself
        program/server/connection/nodelay: off
        program/client/s/nodelay: off
        program/client/4/piece: 5 octets
        program/client/4/every: 0 µs
    "#]]
    .assert_eq(&listed);
}

/// Every knob of every exhibit, turned to its ends and back to what it is, gives a scenario that can be.
#[wasm_bindgen_test(unsupported = test)]
fn every_knob_can_be_turned_to_its_ends() {
    for exhibit in GALLERY {
        let scenario = scenario(exhibit.id);
        let mut ids = BTreeSet::new();
        for knob in knobs(&scenario) {
            assert!(ids.insert(knob.id.clone()), "{}: {} is there twice", exhibit.id, knob.id);
            let ends = match &knob.kind {
                KnobKind::Number { least, most, .. } => {
                    vec![Setting::Number(*least), Setting::Number(*most)]
                }
                KnobKind::Choice(choices) => {
                    choices.iter().map(|(value, _)| Setting::Choice((*value).into())).collect()
                }
            };
            for end in ends {
                let at = format!("{}: {} at {}", exhibit.id, knob.id, knob.write(&end));
                let change = turned(&knob, &end).unwrap_or_else(|why| panic!("{at}: {why}"));
                let mut changed = scenario.clone();
                change.apply(&mut changed).unwrap_or_else(|why| panic!("{at}: {why}"));
                let again = self::knobs(&changed);
                let after =
                    again.iter().find(|after| after.id == knob.id).unwrap_or_else(|| panic!("{at}: gone"));
                assert_eq!(after.now, end, "{at}");
                // Turned twice, the later counts.
                assert!(
                    change.same_thing(&turned(after, &end).unwrap_or_else(|why| panic!("{at}: {why}"))),
                    "{at}"
                );
            }
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn what_a_knob_cannot_be_is_said() {
    let knobs = knobs(&scenario("handshake"));
    let wrong = |id: &str, value: Setting| {
        let knob = knobs.iter().find(|knob| knob.id == id).unwrap_or_else(|| panic!("no {id}"));
        turned(knob, &value).expect_err("it cannot be")
    };
    expect!["delay cannot be 9.00 s: it is from 0 µs to 1.00 s"]
        .assert_eq(&wrong("link/net/delay_us", Setting::Number(9_000_000)));
    expect!["SACK cannot be 2: it is on or off"]
        .assert_eq(&wrong("host/client/tcp_sack", Setting::Choice("2".into())));
    expect!["MTU cannot be none: it is from 1280 octets to 9000 octets"]
        .assert_eq(&wrong("link/net/mtu", Setting::Unset("none")));
}

/// Whatever was turned besides: a knob that is let go stands as the scenario has it, and only it.
#[wasm_bindgen_test(unsupported = test)]
fn a_knob_can_be_as_the_scenario_has_it_again_even_where_that_is_unset() {
    for exhibit in GALLERY {
        let scenario = scenario(exhibit.id);
        let written = knobs(&scenario);
        let another = |knob: &Knob| match &knob.kind {
            KnobKind::Number { least, most, .. } => {
                Setting::Number(if knob.now == Setting::Number(*most) { *least } else { *most })
            }
            KnobKind::Choice(choices) => {
                let other = choices.iter().find(|(value, _)| knob.now != Setting::Choice((*value).into()));
                Setting::Choice(other.expect("a choice has two").0.into())
            }
        };
        let changes: Vec<Change> =
            written.iter().map(|knob| turned(knob, &another(knob)).expect("it can be")).collect();
        let now = |changes: &[Change]| {
            let mut changed = scenario.clone();
            changes.iter().for_each(|change| change.apply(&mut changed).expect("it can be"));
            knobs(&changed)
        };
        let all = now(&changes);
        for (place, knob) in written.iter().enumerate() {
            let let_go = now(&restored(knob, &changes));
            let find =
                |of: &[Knob]| of.iter().find(|other| other.id == knob.id).expect("it stays").now.clone();
            assert_eq!(find(&let_go), knob.now, "{}: {}", exhibit.id, knob.id);
            for (other, then) in all.iter().enumerate().filter(|(other, _)| *other != place) {
                assert_eq!(then.now, let_go[other].now, "{}: {} moved {}", exhibit.id, knob.id, then.id);
            }
        }
    }
}

/// A change that does several things loses only what the knob is about.
#[wasm_bindgen_test(unsupported = test)]
fn what_else_a_change_does_stays() {
    let knobs = knobs(&scenario("handshake"));
    let rate = knobs.iter().find(|knob| knob.id == "link/net/rate_bps").expect("links have a rate");
    let left = |text: &str| Change::write(&restored(rate, &Change::read(text).expect("changes")));
    expect![[r#"[{"path":{"link":"net","path":{"delay_us":7}}},{"seed":3}]"#]].assert_eq(&left(
        r#"[{"path": {"link": "net", "path": {"rate_bps": 10000, "delay_us": 7}}}, {"seed": 3}]"#,
    ));
    expect!["[]"].assert_eq(&left(r#"[{"path": {"link": "net", "path": {"rate_bps": 10000}}}]"#));
}
