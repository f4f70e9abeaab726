//! Changes: what they say, how they are written, what they do, and what they cannot do.

use super::*;
use crate::run;
use expect_test::{Expect, expect};
use wasm_bindgen_test::wasm_bindgen_test;

const SCENARIO: &str = r#"{"id":"x","title":"X","world":{
    "hosts":[{"name":"client","interfaces":[{"link":"net","addresses":["10.0.0.1/24"]}]},
             {"name":"server","interfaces":[{"link":"net","addresses":["10.0.0.2/24"]}]}],
    "links":[{"name":"net","path":{"delay_us":10000}}]},
    "programs":[
        {"host":"server","steps":[
            {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"l"},
            {"call":"bind","socket":"l","address":["",8000]},
            {"call":"listen","socket":"l","backlog":1},
            {"call":"accept","socket":"l","as":"c"},
            {"call":"recv","socket":"c","max":500,"until":"end","every_us":3000},
            {"call":"close","socket":"c"}]},
        {"host":"client","steps":[
            {"sleep_us":1000},
            {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"},
            {"sleep_us":1000},
            {"call":"connect","socket":"s","address":["server",8000]},
            {"call":"send","socket":"s","fill":3000,"piece":1000,"every_us":7000},
            {"call":"close","socket":"s"}]}],
    "afterwards_us":200000}"#;

fn scenario() -> Scenario {
    Scenario::parse(SCENARIO).unwrap_or_else(|error| panic!("{error}"))
}

fn read(json: &str) -> Change {
    let changes = Change::read(&format!("[{json}]")).unwrap_or_else(|error| panic!("{json}: {error}"));
    // What is written is what was read.
    assert_eq!(Change::read(&Change::write(&changes)).as_ref(), Ok(&changes));
    changes[0].clone()
}

fn says(json: &str, expected: Expect) {
    expected.assert_eq(&read(json).says());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_change_says_what_it_changes() {
    says(
        r#"{"befall":{"from":"client","data":true,"seq":[1001,1001],"nth":2,"action":"drop"}}"#,
        expect!["the 2nd segment from client with octet 1001 is lost"],
    );
    says(
        r#"{"befall":{"from":"server","flags":"SYN-ACK","action":{"delay_us":5000}}}"#,
        expect!["the 1st SYN-ACK from server comes 5.00 ms late"],
    );
    says(
        r#"{"befall":{"link":"net","protocol":"udp","destination_port":53,"nth":11,"times":0,"action":"duplicate"}}"#,
        expect!["from the 11th on, every UDP datagram to port 53 on link net arrives twice"],
    );
    says(
        r#"{"befall":{"flags":"ACK","times":3,"action":"corrupt"}}"#,
        expect!["the 1st to 3rd ACKs arrive corrupted"],
    );
    says(
        r#"{"path":{"link":"net","path":{"delay_us":40000,"rate_bps":1500000,"loss_ppm":5000}}}"#,
        expect!["link net: delay 40.0 ms, rate 1.5 Mbit/s, loss 0.5 %"],
    );
    says(
        r#"{"path":{"link":"net","toward":"server","path":{"queue_datagrams":10}}}"#,
        expect!["link net toward server: queue of 10 datagrams"],
    );
    says(r#"{"mtu":{"link":"net","mtu":576}}"#, expect!["link net: MTU 576 octets"]);
    says(
        r#"{"sysctl":{"host":"client","name":"net.ipv4.tcp_sack","value":"0"}}"#,
        expect!["client: tcp_sack = 0"],
    );
    says(r#"{"route":{"host":"client","name":"initcwnd","value":"2"}}"#, expect!["client: route initcwnd 2"]);
    says(
        r#"{"option":{"program":"client","socket":"s","option":"TCP_NODELAY","value":1}}"#,
        expect!["client: TCP_NODELAY of s = 1"],
    );
    says(
        r#"{"pace":{"program":"server","step":4,"piece":100,"every_us":2000}}"#,
        expect!["server, step 5: 100 octets at a time, every 2.00 ms"],
    );
    says(r#"{"seed":7}"#, expect!["another chance: seed 7"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_later_of_two_changes_of_one_thing_counts() {
    let same = |one: &str, two: &str| read(one).same_thing(&read(two));
    let path = |fields: &str| format!(r#"{{"path":{{"link":"net","path":{{{fields}}}}}}}"#);
    assert!(same(&path(r#""delay_us":1"#), &path(r#""delay_us":2"#)));
    assert!(!same(&path(r#""delay_us":1"#), &path(r#""loss_ppm":1"#)));
    let befall =
        |nth: u64, action: &str| format!(r#"{{"befall":{{"flags":"SYN","nth":{nth},"action":"{action}"}}}}"#);
    assert!(same(&befall(1, "drop"), &befall(1, "corrupt")));
    assert!(!same(&befall(1, "drop"), &befall(2, "drop")));
    let pace =
        |step: u64, field: &str| format!(r#"{{"pace":{{"program":"server","step":{step},"{field}":1}}}}"#);
    assert!(same(&pace(4, "piece"), &pace(4, "piece")));
    assert!(!same(&pace(4, "piece"), &pace(4, "every_us")));
    assert!(!same(&pace(4, "piece"), &pace(3, "piece")));
    assert!(same(r#"{"seed":1}"#, r#"{"seed":2}"#));
    assert!(!same(r#"{"seed":1}"#, &pace(4, "piece")));
}

fn fails(json: &str, expected: Expect) {
    let before = scenario();
    let mut after = before.clone();
    let error = read(json).apply(&mut after).expect_err("it cannot be made");
    assert_eq!(after, before, "a change that fails changes nothing");
    expected.assert_eq(&error.to_string());
}

#[wasm_bindgen_test(unsupported = test)]
fn what_cannot_be_changed_is_named_with_its_path() {
    fails(
        r#"{"path":{"link":"wire","path":{"delay_us":1}}}"#,
        expect!["link: there is no link “wire”; known are net"],
    );
    fails(
        r#"{"path":{"link":"net","toward":"mars","path":{"delay_us":1}}}"#,
        expect!["world.links[0].toward.mars: “mars” is not on this link; known are client, server"],
    );
    fails(
        r#"{"mtu":{"link":"net","mtu":20}}"#,
        expect!["world.links[0].mtu: 20 is no MTU here: it must be from 88 to 65535"],
    );
    fails(
        r#"{"sysctl":{"host":"mars","name":"net.ipv4.tcp_sack","value":"0"}}"#,
        expect!["host: there is no host “mars”; known are client, server"],
    );
    fails(
        r#"{"route":{"host":"client","name":"initcwnd","value":"x"}}"#,
        expect![
            "world.hosts[0].route_attributes.initcwnd: “x” is no value of a route's attribute “initcwnd”: the engine has initcwnd, initrwnd, quickack, rto_min, mtu, advmss, features, congctl and window, with values as ip-route(8) has them"
        ],
    );
    fails(
        r#"{"option":{"program":"client","socket":"t","option":"TCP_NODELAY","value":1}}"#,
        expect!["socket: “client” has no socket “t”"],
    );
    fails(
        r#"{"option":{"program":"client","socket":"s","option":"TCP_NODELAY","value":"yes"}}"#,
        expect!["value: yes is no value of TCP_NODELAY"],
    );
    fails(
        r#"{"pace":{"program":"server","step":5,"piece":1}}"#,
        expect![
            "step: the close at place 5 of “server” has no pace: only a send of data and a recv until the end have one"
        ],
    );
    fails(
        r#"{"pace":{"program":"client","step":0,"piece":1}}"#,
        expect!["step: “client” has no call at place 0"],
    );
    fails(
        r#"{"pace":{"program":"server","step":4,"piece":0}}"#,
        expect!["piece: 0 octets are no piece: it has from 1 to 67108864"],
    );
    let unknown = Change::read(r#"[{"seed":1},{"mtu":{"link":"net","mtu":1500,"more":1}}]"#);
    expect!["changes[1].mtu.more: unknown field `more`, expected `link` or `mtu` at line 1 column 50"]
        .assert_eq(&unknown.expect_err("a field too many").to_string());
    let third = [read(r#"{"seed":1}"#), read(r#"{"seed":1}"#), read(r#"{"mtu":{"link":"x","mtu":99}}"#)];
    expect!["changes[2].link: there is no link “x”; known are net"]
        .assert_eq(&changed(&scenario(), &third).expect_err("no such link").to_string());
}

/// When each call of this kind was made, and with how many octets or what else it came back.
fn calls(changes: &[&str], kind: &str) -> Vec<String> {
    let changes: Vec<Change> = changes.iter().map(|json| read(json)).collect();
    let scenario = changed(&scenario(), &changes).unwrap_or_else(|error| panic!("{error}"));
    let run = run(&scenario).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(run.ending, crate::Ending::Finished, "{}", run.log.text());
    let calls = run.log.calls();
    let calls = calls.iter().filter(|line| line.call.op.kind().name() == kind);
    calls
        .map(|line| {
            let back = line.back.map(|back| match back.outcome {
                Ok(sockets::Value::Data { bytes, .. }) => bytes.to_string(),
                Ok(sockets::Value::Sent { sent }) => sent.to_string(),
                other => format!("{other:?}"),
            });
            format!("{}: {}", line.entered.0, back.unwrap_or_default())
        })
        .collect()
}

#[wasm_bindgen_test(unsupported = test)]
fn a_pace_is_kept_and_can_be_changed() {
    expect!["22000: 1000; 29000: 1000; 36000: 1000"].assert_eq(&calls(&[], "send").join("; "));
    expect!["32000: 500; 35000: 500; 38000: 500; 46000: 500; 49000: 500; 52000: 500; 55000: 0"]
        .assert_eq(&calls(&[], "recv").join("; "));
    let all_at_once = r#"{"pace":{"program":"client","step":4,"piece":5000}}"#;
    let slowly = r#"{"pace":{"program":"server","step":4,"piece":2000,"every_us":30000}}"#;
    expect!["22000: 3000"].assert_eq(&calls(&[all_at_once], "send").join("; "));
    expect!["32000: 2000; 62000: 1000; 92000: 0"]
        .assert_eq(&calls(&[all_at_once, slowly], "recv").join("; "));
}

#[wasm_bindgen_test(unsupported = test)]
fn an_option_is_set_as_soon_as_there_is_a_socket_and_only_once() {
    let option = |value: u32| {
        format!(r#"{{"option":{{"program":"client","socket":"s","option":"TCP_NODELAY","value":{value}}}}}"#)
    };
    expect!["1000: Ok(Done)"].assert_eq(&calls(&[&option(1), &option(0)], "setsockopt").join("; "));
    // The pause before connect is still one.
    expect!["2000: Ok(Done)"].assert_eq(&calls(&[&option(1)], "connect").join("; "));
}

#[wasm_bindgen_test(unsupported = test)]
fn the_newest_of_two_faults_on_one_datagram_decides() {
    let befall = |action: &str| {
        read(&format!(r#"{{"befall":{{"from":"client","flags":"SYN","action":"{action}"}}}}"#))
    };
    let changed = changed(&scenario(), &[befall("drop"), befall("duplicate")])
        .unwrap_or_else(|error| panic!("{error}"));
    let log = run(&changed).unwrap_or_else(|error| panic!("{error}")).log.text();
    assert!(log.contains("copy of #0") && !log.contains("dropped"), "{log}");
}
