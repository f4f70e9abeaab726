//! Scenarios as text: what they may not be, and what becomes of those that may.

use super::*;
use expect_test::{Expect, expect};
use wasm_bindgen_test::wasm_bindgen_test;

/// Two hosts, 10 ms apart, and these programs.
fn scenario(programs: &str) -> String {
    format!(
        r#"{{"id":"x","title":"X","world":{{
            "hosts":[{{"name":"client","interfaces":[{{"link":"lan","addresses":["10.0.0.1/24"]}}]}},
                     {{"name":"server","interfaces":[{{"link":"lan","addresses":["10.0.0.2/24"]}}]}}],
            "links":[{{"name":"lan","path":{{"delay_us":10000}}}}]}},
            "programs":[{programs}]}}"#
    )
}

fn ran(text: &str) -> Run {
    let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"));
    run(&scenario).unwrap_or_else(|error| panic!("{error}"))
}

/// What was called and what came back, and how it ended; without the segments.
fn check(text: &str, expected: Expect) {
    let run = ran(text);
    let calls: String = run
        .log
        .text()
        .lines()
        .filter(|line| line.contains(" call "))
        .map(|line| format!("{line}\n"))
        .collect();
    expected.assert_eq(&format!("{calls}{}\n", run.ending));
}

const UDP_SERVER: &str = r#"{"host":"server","steps":[
    {"call":"socket","family":"AF_INET","kind":"SOCK_DGRAM","as":"s"},
    {"call":"bind","socket":"s","address":["",5353]},
    {"call":"recvfrom","socket":"s","max":100,"expect":{"text":"hello"}}]}"#;

#[wasm_bindgen_test(unsupported = test)]
fn programs_run_side_by_side_and_sleep() {
    let client = r#"{"name":"asker","host":"client","steps":[
        {"call":"socket","family":"AF_INET","kind":"SOCK_DGRAM","as":"s"},
        {"sleep_us":5000},{"sleep_us":1000},{"until_us":1000},
        {"call":"sendto","socket":"s","address":["server",5353],"text":"hello"},
        {"until_us":70000},
        {"call":"close","socket":"s"}]}"#;
    let server = UDP_SERVER.replace(r#""call":"bind""#, r#""say":"it takes a port","call":"bind""#);
    check(
        &scenario(&format!("{client},{server}")),
        expect![[r#"
            0.000000 call 1, host 0: socket(AF_INET, SOCK_DGRAM)
            0.000000 call 1 -> socket 1, took 0
            0.000000 call 2, host 1: socket(AF_INET, SOCK_DGRAM)
            0.000000 call 2 -> socket 1000001, took 0
            0.000000 call 3, host 1: bind(1000001, ("", 5353))
            0.000000 call 3 -> done, took 0
            0.000000 call 4, host 1: recvfrom(1000001, 100)
            0.006000 call 5, host 0: sendto(1, ("server", 5353), 5 octets)
            0.006000 call 5 -> 5 octets, took 0
            0.016000 call 4 -> 5 octets from 10.0.0.1:52104, took 16000
            0.070000 call 6, host 0: close(1)
            0.070000 call 6 -> done, took 0
            every program has ended
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn what_can_never_go_on_is_said_with_the_calls_that_wait() {
    check(
        &scenario(UDP_SERVER),
        expect![[r#"
        0.000000 call 1, host 1: socket(AF_INET, SOCK_DGRAM)
        0.000000 call 1 -> socket 1000001, took 0
        0.000000 call 2, host 1: bind(1000001, ("", 5353))
        0.000000 call 2 -> done, took 0
        0.000000 call 3, host 1: recvfrom(1000001, 100)
        nothing will ever happen any more: server: recvfrom on server has not come back
    "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn what_was_not_expected_fails_and_names_the_step() {
    let client = r#"{"host":"client","steps":[
        {"call":"socket","family":"AF_INET","kind":"SOCK_DGRAM","as":"s"},
        {"call":"recvfrom","socket":"s","max":1,"timeout_us":0}]}"#;
    check(
        &scenario(client),
        expect![[r#"
        0.000000 call 1, host 0: socket(AF_INET, SOCK_DGRAM)
        0.000000 call 1 -> socket 1, took 0
        0.000000 call 2, host 0: recvfrom(1, 1), timeout 0
        0.000000 call 2 -> EAGAIN, took 0
        client: step 2: success was expected, EAGAIN came
    "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn bounds_end_a_run_and_say_which() {
    let ends = |bounds: &str| {
        let server = UDP_SERVER.replace(r#""max":100"#, r#""max":100,"timeout_us":9000000"#);
        let run = ran(&scenario(&server).replacen(r#""links""#, &format!(r#""bounds":{bounds},"links""#), 1));
        let pending = run.log.calls().iter().filter(|line| line.back.is_none()).count();
        format!("{}; {pending} calls are pending", run.ending)
    };
    expect!["the run was stopped at 5.00 ms: it reached bounds.time_us, which is 5000; 0 calls are pending"]
        .assert_eq(&ends(r#"{"time_us":5000}"#));
    expect!["the run was stopped at 0 µs: it reached bounds.events, which is 2; 0 calls are pending"]
        .assert_eq(&ends(r#"{"events":2}"#));
    expect!["the run was stopped at 0 µs: it reached bounds.log_octets, which is 1000; 0 calls are pending"]
        .assert_eq(&ends(r#"{"log_octets":1000}"#));
    expect!["server made 1 calls at 0 µs without letting time pass: it waits nowhere; 0 calls are pending"]
        .assert_eq(&ends(r#"{"events_at_once":1}"#));
}

fn wrong(text: &str, expected: Expect) {
    expected.assert_eq(&match Scenario::parse(text) {
        Ok(_) => "good".to_owned(),
        Err(error) => error.to_string(),
    });
}

#[wasm_bindgen_test(unsupported = test)]
fn mistakes_are_named_by_their_path() {
    let step = |step: &str| scenario(&format!(r#"{{"host":"server","steps":[{step}]}}"#));
    wrong(&step(r#"{"call":"gethostname"}"#), expect!["good"]);
    wrong(
        &step(r#"{"call":"fly"}"#),
        expect![
            "programs[0].steps[0]: unknown variant `fly`, expected one of `socket`, `bind`, `listen`, `accept`, `connect`, `send`, `sendto`, `recv`, `recvfrom`, `shutdown`, `close`, `setsockopt`, `getsockopt`, `getsockname`, `getpeername`, `getaddrinfo`, `getnameinfo`, `gethostname`, `poll`, `cancel`"
        ],
    );
    wrong(
        &step(r#"{"call":"gethostname"},{"call":"close","socket":"s"}"#),
        expect!["programs[0].steps[1]: no step before it makes a socket “s”"],
    );
    wrong(
        &step(r#"{"sleep_us":-1}"#),
        expect!["programs[0].steps[0]: “sleep_us” is -1: it must be a whole number of microseconds"],
    );
    wrong(
        &step(r#"{"sleep_us":5,"call":"gethostname"}"#),
        expect!["programs[0].steps[0]: a step with “sleep_us” only sleeps: “call” does not belong to it"],
    );
    wrong(
        &step(r#"{"call":"gethostname","host":"mars"}"#),
        expect!["programs[0].steps[0]: there is no host “mars”; the hosts are client, server"],
    );
    wrong(
        &scenario(r#"{"host":"mars","steps":[]}"#),
        expect!["programs[0].host: there is no host “mars”; the hosts are client, server"],
    );
    wrong(
        &scenario(r#"{"steps":[{"call":"gethostname"}]}"#),
        expect!["programs[0].steps[0]: “host” is missing"],
    );
    wrong(
        &scenario(r#"{"steps":[5]}"#),
        expect!["programs[0].steps[0]: invalid type: integer `5`, expected a map at line 5 column 35"],
    );
    wrong(&scenario(""), expect!["programs: there is none: a scenario has at least one program"]);
    wrong(
        &step("").replace("10000", "true"),
        expect![
            "world.links[0].path.delay_us: invalid type: boolean `true`, expected a whole number from 0 to 18446744073709551615 at line 4 column 58"
        ],
    );
    wrong(
        &step("").replace(r#""delay_us":10000"#, r#""rate_bps":0"#),
        expect![
            "world.links[0].path.rate_bps: 0 is no rate in bits per second: it must be from 1 to 1000000000000"
        ],
    );
    wrong(
        &step("").replace("10.0.0.1/24", "10.0.0.2/24"),
        expect![
            "world.hosts[1].interfaces[0].addresses[0]: 10.0.0.2 is used twice: hosts[0].interfaces[0].addresses[0] has it"
        ],
    );
    wrong("{}", expect!["missing field `id` at line 1 column 2"]);
    wrong("", expect!["EOF while parsing a value at line 1 column 0"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn mistakes_inside_a_step_are_named_by_their_field_and_in_words() {
    let step = |step: &str| {
        scenario(&format!(
            r#"{{"host":"server","steps":[{{"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"}},{step}]}}"#
        ))
    };
    wrong(
        &step(r#"{"call":"bind","socket":"s","address":["",70000]}"#),
        expect!["programs[0].steps[1].address[1]: 70000 is no port: a port is 0 to 65535"],
    );
    wrong(
        &step(r#"{"call":"gethostname","expect":"banana"}"#),
        expect![[
            r#"programs[0].steps[1].expect: “banana” is nothing that can come: write success, anything, end, pending, {"text": …}, or a failure's name as ECONNREFUSED or TIMEOUT"#
        ]],
    );
    for name in ["ECONNREFUSED", "TIMEOUT", "EAI_NONAME"] {
        wrong(&step(&format!(r#"{{"call":"gethostname","expect":"{name}"}}"#)), expect!["good"]);
    }
    wrong("[]", expect!["invalid length 0, expected an object at line 1 column 2"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn nothing_is_told_after_the_bound_in_time() {
    for (bound, sleep) in [(1, u64::MAX), (1_000, 5_000), (3_600_000_000, u64::MAX)] {
        let server =
            format!(r#"{{"host":"server","steps":[{{"sleep_us":{sleep}}},{{"call":"gethostname"}}]}}"#);
        let text = scenario(&server).replacen(
            r#""links""#,
            &format!(r#""bounds":{{"time_us":{bound}}},"links""#),
            1,
        );
        let run = ran(&text);
        let last = run.log.records().last().map(|record| record.at.0);
        assert_eq!(last, Some(bound), "{}", run.ending);
        assert!(matches!(run.ending, Ending::Gone(_)), "{}", run.ending);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn data_passes_over_the_least_mtu() {
    let server = r#"{"host":"server","steps":[
        {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"l"},
        {"call":"bind","socket":"l","address":["",8080]},{"call":"listen","socket":"l","backlog":5},
        {"call":"accept","socket":"l","as":"c"},
        {"sleep_us":60000000},{"call":"recv","socket":"c","max":100,"expect":{"text":"hello, small world: here are more than forty octets"}}]}"#;
    let client = r#"{"host":"client","steps":[
        {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"},
        {"call":"connect","socket":"s","address":["server",8080]},
        {"call":"send","socket":"s","text":"hello, small world: here are more than forty octets"}]}"#;
    let text = scenario(&format!("{server},{client}")).replacen(
        r#"{"name":"lan","#,
        r#"{"name":"lan","mtu":88,"#,
        1,
    );
    assert_eq!(ran(&text).ending, Ending::Finished);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_long_program_takes_its_time_once_for_each_step() {
    let steps = vec![r#"{"call":"gethostname"}"#; 30_000].join(",");
    let run = ran(&scenario(&format!(r#"{{"host":"server","steps":[{steps}]}}"#)));
    assert_eq!((run.ending, run.verdicts[0].len()), (Ending::Finished, 30_000));
}
