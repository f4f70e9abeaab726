use super::{Pause, Sort, has_hosts, read_play};
use crate::place::Source;
use expect_test::{Expect, expect};
use sockets::{Errno, Failure, Instant, SocketId, Value};
use wasm_bindgen_test::wasm_bindgen_test;

const CLIENT: &str = "host client\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";
const SERVER: &str = "host server\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 5) = 0\n";

fn source(text: &str) -> Source {
    Source { name: "text".into(), text: text.into() }
}

/// What is wrong with a text: line, column, what.
fn problems(text: &str, expected: Expect) {
    let problems = read_play(&source(text)).expect_err("a text with problems");
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}:{} {}", problem.place.line, problem.place.column, problem.what))
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

/// The calls of a text: host, pauses, time-out, call.
fn calls(text: &str, expected: Expect) {
    let play = read_play(&source(text)).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut lines = Vec::new();
    for program in &play.programs {
        for call in &program.calls {
            let pauses: Vec<String> = call
                .pauses
                .iter()
                .map(|pause| match pause {
                    Pause::For(span) => format!("+{}", span.0),
                    Pause::Until(at) => format!("@{}", at.0),
                })
                .collect();
            let timeout = call.timeout.map_or(String::new(), |timeout| format!(" timeout {}", timeout.0));
            let makes = call.makes.map_or(String::new(), |makes| format!(" -> {makes}"));
            let mut fields = call.op.to_json();
            let name = fields.remove("call").expect("a call's name");
            let fields =
                serde_json::to_string(&fields.into_iter().collect::<std::collections::BTreeMap<_, _>>());
            lines.push(format!(
                "{} {} {} {}{makes}{timeout}",
                program.host,
                pauses.join(" "),
                name.as_str().expect("a text"),
                fields.expect("JSON")
            ));
        }
    }
    expected.assert_eq(&lines.join("\n"));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_text_has_hosts_where_a_line_says_so() {
    for text in ["host a\n", "--seed=1\n  host a: // the first\n", "\u{feff}host a"] {
        assert!(has_hosts(text), "{text}");
    }
    for text in
        ["", "hosts a\n", "host\n", "host a b\n", "/* host a\nhost b\n*/", "+0 close(3) = 0 // host a\n"]
    {
        assert!(!has_hosts(text), "{text}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn three_dots_are_this_host_in_bind_and_the_peer_in_connect() {
    let text = format!(
        "{CLIENT}+.05 connect(3, ..., ...) = 0\n+0 write(3, ..., 10) = 10\n{SERVER}+0...0.2 accept(3, ..., ...) = 4\n"
    );
    calls(
        &text,
        expect![[r#"
        client @0 socket {"family":"AF_INET","kind":"SOCK_STREAM"} -> 3
        client +50000 connect {"address":["10.0.0.2",8080],"socket":3}
        client  send {"socket":3}
        server @0 socket {"family":"AF_INET","kind":"SOCK_STREAM"} -> 3
        server  bind {"address":["10.0.0.2",8080],"socket":3}
        server  listen {"backlog":5,"socket":3}
        server  accept {"socket":3} -> 4"#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn addresses_may_be_written_out_with_names() {
    let connects = "+0 connect(3, \"server:80\", ...) = 0\n\
        +0 connect(3, {sa_family = AF_INET, sin_port = htons(81), sin_addr = inet_addr(\"server\")}, ...) = 0\n\
        +0 connect(3, {sa_family = AF_INET, sin_port = htons(82), sin_addr = inet_addr(\"10.0.0.9\")}, ...) = 0\n";
    calls(
        &format!("--connect_port=99\n{CLIENT}{connects}+0 connect(3, ..., ...) = 0\nhost server\n"),
        expect![[r#"
        client @0 socket {"family":"AF_INET","kind":"SOCK_STREAM"} -> 3
        client  connect {"address":["10.0.0.2",80],"socket":3}
        client  connect {"address":["10.0.0.2",81],"socket":3}
        client  connect {"address":["10.0.0.9",82],"socket":3}
        client  connect {"address":["10.0.0.2",99],"socket":3}"#]],
    );
    problems(
        &format!(
            "{CLIENT}+0 connect(3, \"mars:80\", ...) = 0\n+0 connect(3, \"server\", ...) = 0\nhost server\n"
        ),
        expect![[r#"
            3:4 not known here: the address "mars": it is neither in digits nor one of the hosts client, server
            4:4 not known here: the address "server": write "host:port""#]],
    );
    problems(
        &format!("{CLIENT}+0 connect(3, ..., ...) = 0\nhost a\nhost b\n"),
        expect![[
            r#"3:4 which host? “...” stands for the peer where there are two hosts, or one that listens: write "name:port""#
        ]],
    );
    calls(
        &format!("{CLIENT}+0 connect(3, ..., ...) = 0\nhost a\n{SERVER}"),
        expect![[r#"
        client @0 socket {"family":"AF_INET","kind":"SOCK_STREAM"} -> 3
        client  connect {"address":["10.0.0.3",8080],"socket":3}
        server @0 socket {"family":"AF_INET","kind":"SOCK_STREAM"} -> 3
        server  bind {"address":["10.0.0.3",8080],"socket":3}
        server  listen {"backlog":5,"socket":3}"#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_descriptor_that_does_not_wait_has_a_time_out_of_zero() {
    let text = "host a\n0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n\
        +0 connect(3, ..., ...) = -1 EINPROGRESS\n+.1 fcntl(3, F_SETFL, O_RDWR) = 0\n+.2 read(3, ..., 10) = 10\n\
        +0 setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=2, tv_usec=0}, 16) = 0\n+0 read(3, ..., 10) = -1 EAGAIN\nhost b\n";
    calls(
        text,
        expect![[r#"
        a @0 socket {"family":"AF_INET","kind":"SOCK_STREAM"} -> 3
        a  connect {"address":["10.0.0.2",8080],"socket":3} timeout 0
        a +100000 +200000 recv {"max":10,"socket":3}
        a  recv {"max":10,"socket":3} timeout 2000000"#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn every_problem_has_its_line_and_column_and_they_come_at_once() {
    problems(
        "--delay=20\n--loss=101%\n--drop-to-mars=1\n--colour=red\nhost a\nbind(3, ..., ...) = 0\nhost b\n+0 close(3)\n",
        expect![[r#"
            1:1 --delay=20: write a time with its unit, as 20ms, 500us or 1.5s
            2:1 --loss=101%: write a share, 0% to 100%
            3:1 --drop-to-mars: there is no host “mars”; the hosts are a, b
            6:1 expected a time in seconds, or *, found “bind(3, ..., ...) = 0”
            8:12 expected “=”, found the end of the line"#]],
    );
    problems(
        "--colour=red\nhost a\n+0 fly() = 0\n+0 close(3) = 0\n+0 < S 0:0(0) win 1\n+0~+1 close(3) = 0\n+0 %{ 1 }%\nhost a\n`ls`\n",
        expect![[r#"
            1:1 not known here: the option --colour=red
            3:4 not known here: the call fly() without arguments
            4:4 no call above gives this host a descriptor 3
            5:4 segments are neither injected nor expected where there are hosts, their own engines send them: for a script with < and > take away the lines “host …”
            6:7 a call has one time at which it is made: 0.1, or +.1 after the one before has returned
            7:4 code is not known where there are hosts: a script for one machine, without “host …”, can have it
            8:1 there is a host “a” already: each has a name of its own
            9:1 not known here: the shell command “ls”"#]],
    );
    problems(
        "--mtu=5\n--queue=99999999999999\nhost a\n`sysctl -q net.ipv4.tcp_sak=1`\nhost b\n",
        expect![[r#"
            1:1 5 is no MTU here: it must be from 88 to 65535
            2:1 99999999999999 is no limit in datagrams: it must be from 0 to 1000000
            4:1 “net.ipv4.tcp_sak” is not a setting that the engine knows"#]],
    );
    problems(
        &format!(
            "{CLIENT}+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 write(3, ..., 99999999) = 1\n+0 read(3, ..., 5) = -1 EFLY\nhost ser_ver\n"
        ),
        expect![[r#"
            3:4 the descriptor 3 is open already: give this one another number
            4:4 one call sends at most 16777216 octets
            5:4 the errno EFLY is not known
            6:1 “ser_ver” is no name for a host: write letters, digits and hyphens, a letter first"#]],
    );
    problems(
        "+0 close(3) = 0\nhost a\n",
        expect!["1:4 this stands before the first host: write a line “host NAME” above it"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_call_is_judged_by_its_value_its_errno_and_its_time() {
    let text = format!(
        "{CLIENT}+0...0.1 read(3, ..., 10) = 10\n+0 read(3, ..., 10) = -1 ECONNRESET\n+0 read(3, ..., 10) = ?\n+0 read(3, ..., 10) = 1...5\nhost b\n"
    );
    let play = read_play(&source(&text)).expect("a sound text");
    let calls = &play.programs[0].calls;
    let judge = |call: usize, returned: u64, outcome| {
        calls[call].judge(Instant(1_000_000), Instant(returned), &outcome).err().unwrap_or_default()
    };
    let data = |octets: usize| Ok(Value::data(vec![0; octets].into()));
    assert_eq!([1, 2, 3].map(|call| calls[call].sort()), [Sort::Success, Sort::Failure, Sort::Any]);
    assert_eq!(judge(1, 1_104_000, data(10)), "");
    expect!["expected to return at 1.100000 s, returned at 1.104001 s"].assert_eq(&judge(
        1,
        1_104_001,
        data(10),
    ));
    expect!["expected 10, got 9"].assert_eq(&judge(1, 1_100_000, data(9)));
    expect!["expected -1 ECONNRESET, got -1 EAGAIN (Resource temporarily unavailable)"].assert_eq(&judge(
        2,
        1_000_000,
        Err(Failure::TimedOut),
    ));
    assert_eq!(judge(2, 9_000_000, Err(Failure::Errno(Errno::ECONNRESET))), "");
    assert_eq!(judge(3, 9_000_000, Err(Failure::Errno(Errno::EPIPE))), "");
    expect!["expected 1 to 5, got 6"].assert_eq(&judge(4, 9_000_000, data(6)));
    assert_eq!(judge(0, 1_000_000, Ok(Value::Socket { socket: SocketId(77) })), "");
    expect!["expected 1 to 5, still blocks at the end"].assert_eq(&calls[4].still_blocks());
}
