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
            client  connect {"address":["server",80],"socket":3}
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
            4:1 not known here: the option --colour=red
            6:1 expected a time in seconds, or *, found “bind(3, ..., ...) = 0”
            8:12 expected “=”, found the end of the line"#]],
    );
    problems(
        "--colour=red\nhost a\n+0 fly() = 0\n+0 close(3) = 0\n+0 < S 0:0(0) win 1\n+0~+1 close(3) = 0\n+0 %{ 1 }%\nhost a\n`ls`\n",
        expect![[r#"
            1:1 not known here: the option --colour=red
            3:4 not known here: the call fly() without arguments
            4:4 no call above gives this program a descriptor 3
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

#[wasm_bindgen_test(unsupported = test)]
fn every_line_that_is_wrong_is_told_at_once_and_no_other_is_blamed_for_it() {
    problems(
        "host client\n0 socket(..., SOCK_STREAM, IPPROTO_TCP = 3\n+0 connect(3, ..., ...) = 0\n+0 wrte(3, ..., 10) = 10\n\n\
         nonsense here\n+0 close(3) 0\n+x close(3) = 0\nhost server\n0 socket(..., SOCK_STRAM, IPPROTO_TCP) = 3\n\
         +0 bind(3, ..., ...) = 0\n+0 listen(3) = 0\n+0 read(9, ..., 5) = 5\n",
        expect![[r#"
            2:40 expected “,”, found “= 3”
            4:4 not known here: the system call wrte()
            6:1 expected a time in seconds, or *, found “nonsense here”
            7:13 expected “=”, found “0”
            8:2 expected a time in seconds, or *, found “x close(3) = 0”
            10:3 not known here: the constant “SOCK_STRAM”
            12:4 not known here: listen() with 1 arguments
            13:4 no call above gives this program a descriptor 9"#]],
    );
    // A comment that never ends takes the rest with it.
    problems(
        "host a\n+0 close(3\n/* and so on\n+0 fly(\n",
        expect![[r#"
        3:1 the comment /* has no end */
        5:1 expected an argument: a number, a constant, "text", [list], {struct} or ..., found the end of the line"#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn hosts_have_addresses_routes_and_numbers_of_their_own_and_more_than_one_program() {
    let text = "--afterwards=62s --mark=8 --fault=\"delay=900ms from=a data=yes nth=2\"\nhost a 10.0.0.9: // first\n--iss=7\n`ip route change default initcwnd 4`\n\
        0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 connect(3, \"b:80\", ...) = 0\n+0 write(3, \"hello\", 5) = 5\n\
        host b\nprogram ping 1 on b\n0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, \":53\", ...) = 0\n";
    let play = read_play(&source(text)).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(play.afterwards, Some(sockets::Micros::from_secs(62)));
    let [a, b] = &play.world.hosts[..] else { panic!("two hosts") };
    assert_eq!((a.iss, a.interfaces[0].addresses[0].to_string()), (Some(7), "10.0.0.9/24".into()));
    assert_eq!(
        (a.route_attributes["initcwnd"].as_str(), b.interfaces[0].addresses[0].to_string()),
        ("4", "10.0.0.2/24".into())
    );
    assert_eq!(play.world.links[0].path.mark_above_datagrams, Some(8));
    let names: Vec<(&str, &str, usize)> =
        play.programs.iter().map(|of| (&*of.name, &*of.host, of.calls.len())).collect();
    assert_eq!(names, [("a", "a", 3), ("b", "b", 0), ("ping 1", "b", 2)]);
    assert_eq!(play.programs[0].calls[2].op.payload().map(|data| &data[..]), Some(&b"hello"[..]));
    calls(
        text,
        expect![[r#"
        a @0 socket {"family":"AF_INET","kind":"SOCK_STREAM"} -> 3
        a  connect {"address":["b",80],"socket":3}
        a  send {"socket":3}
        b @0 socket {"family":"AF_INET","kind":"SOCK_DGRAM"} -> 3
        b  bind {"address":["",53],"socket":3}"#]],
    );
    problems(
        "--afterwards=soon --fault=fly\n--fault=\"drop from=mars\"\n--fault=\"drop colour=red\"\nhost a fd00::7\n--iss=x\nhost b\nprogram p on mars\nprogram a on b\n\
         0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 write(3, \"hello\", 6) = 6\n",
        expect![[r#"
            1:1 --afterwards=soon: write a time with its unit, as 500ms or 60s, up to 4 hours
            1:19 --fault: “fly” is nothing that befalls a datagram: begin with drop, delay=20ms, duplicate, corrupt, swap or mark
            3:1 --fault: “colour=red” is not understood: write from=HOST, to=HOST, protocol=tcp, flags=SYN-ACK, data=yes, again=yes, seq=1-1000, from-port=80, to-port=80, after=0.1s, before=1s, nth=3, times=2 or times=all
            4:1 fd00::7: all hosts have IPv4 addresses here, see --ip_version
            5:1 --iss: write the first sequence number, 0 to 4294967295
            7:1 there is no host “mars”; the hosts are a, b
            8:1 “a” is there already: each program has a name of its own
            10:4 the text has 5 octets, and the call sends 6: write 5"#]],
    );
    problems(
        "--fault=\"drop from=mars\"\n--drop-to-b=3\nhost a\nhost b\n",
        expect!["1:1 there is no host or router “mars”; known are a, b"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn what_befalls_a_datagram_is_read_as_it_was_written() {
    for line in [
        "drop",
        "delay=900ms from=client data=yes nth=2",
        "duplicate to=server protocol=udp",
        "corrupt flags=SYN-ACK data=no again=yes seq=1-1000",
        "swap from-port=1 to-port=65535 after=1us before=20s times=all",
        "mark seq=7 times=3",
    ] {
        let part = super::fault::read(line).unwrap_or_else(|why| panic!("{line}: {why}"));
        assert_eq!(super::fault_line(&part), line);
    }
    let wrong = ["", "lose", "delay=20", "drop data", "drop data=maybe", "drop nth=x", "drop seq=1-"]
        .map(|line| super::fault::read(line).expect_err("nothing that befalls"))
        .map(|why| why.chars().take(60).collect::<String>())
        .join("\n");
    expect![[r#"
        say what befalls which datagrams: drop, delay=20ms, duplicat
        “lose” is nothing that befalls a datagram: begin with drop, 
        “delay=20” is nothing that befalls a datagram: begin with dr
        “data” is not understood: write from=HOST, to=HOST, protocol
        “data=maybe” is not understood: write from=HOST, to=HOST, pr
        “nth=x” is not understood: write from=HOST, to=HOST, protoco
        “seq=1-” is not understood: write from=HOST, to=HOST, protoc"#]]
    .assert_eq(&wrong);
}
