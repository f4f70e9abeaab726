//! Texts in, events out; and each way in which a text is not a script, with its line.

use super::parse;
use crate::notation::of_script;
use crate::place::Source;
use crate::script::{Action, Heading};
use expect_test::{Expect, expect};
#[cfg(not(target_family = "wasm"))]
use proptest::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

fn check(text: &str, expected: Expect) {
    let shown = match parse(&Source { name: "t.pkt".into(), text: text.into() }) {
        Err(unsupported) => format!("UNSUPPORTED {unsupported}"),
        Ok(script) => {
            let mut shown = String::new();
            for option in &script.options {
                shown += &format!("{}: --{} {:?}\n", option.place.line, option.name, option.value);
            }
            for event in &script.events {
                let what = match &event.action {
                    Action::Packet(packet) => {
                        let sign = if packet.heading == Heading::In { '<' } else { '>' };
                        format!("{sign} {}", of_script(packet))
                    }
                    Action::Call(call) => {
                        let end = call.end.map(|end| format!(" until {end}")).unwrap_or_default();
                        let errno = call.errno.as_deref().unwrap_or("");
                        format!("{}{end} {:?} = {:?} {errno}", call.name, call.arguments, call.wanted)
                    }
                    Action::Command(text) => format!("command {text:?}"),
                    Action::Code(text) => format!("code {text:?}"),
                };
                shown += &format!("{}: {:?} {}\n", event.place.line, event.time, what.trim_end());
            }
            shown
        }
    };
    expected.assert_eq(&shown);
}

#[wasm_bindgen_test(unsupported = test)]
fn times_have_their_forms() {
    check(
        "0 close(3) = 0\n1.5 close(3) = 0\n+.1 close(3) = 0\n+0.000001 close(3) = 0",
        expect![[r#"
        1: Absolute(0) close [Int(3)] = Value(Int(0))
        2: Absolute(1500000) close [Int(3)] = Value(Int(0))
        3: Relative(100000) close [Int(3)] = Value(Int(0))
        4: Relative(1) close [Int(3)] = Value(Int(0))
    "#]],
    );
    check(
        "* > . 1:1(0) ack 1\n+0~+0.05 > . 1:1(0) ack 1\n1~2.25 > . 1:1(0) ack 1",
        expect![[r#"
        1: Any > . 1:1(0) ack 1
        2: RelativeRange(0, 50000) > . 1:1(0) ack 1
        3: AbsoluteRange(1000000, 2250000) > . 1:1(0) ack 1
    "#]],
    );
    check(
        "0...0.2 accept(3, ..., ...) = 4\n+0 ... 0.200 accept(3, ..., ...) = 4\n+.1...+.2 close(3) = 0",
        expect![[r#"
            1: Absolute(0) accept until 200000 [Int(3), Ellipsis, Ellipsis] = Value(Int(4))
            2: Relative(0) accept until 200000 [Int(3), Ellipsis, Ellipsis] = Value(Int(4))
            3: Relative(100000) close until 200000 [Int(3)] = Value(Int(0))
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn comments_commands_code_and_options_are_told_apart() {
    check(
        "// a comment\n--tolerance_usecs=7000 --define=A=B\n-D C=\"D E\"\n/* another\none */\n`first\nsecond`\n# a third\n+0 `third`\n+0 %{ assert a\nassert b }%\n`last`",
        expect![[r#"
            2: --tolerance_usecs Some("7000")
            2: --define Some("A=B")
            3: --define Some("C=D E")
            6: Relative(0) command "first\nsecond"
            9: Relative(0) command "third"
            10: Relative(0) code " assert a\nassert b "
            12: Relative(0) command "last"
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn packets_say_all_that_a_header_can() {
    check(
        "0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <...>
+0 < SEWA 0:0(0) win 1 <mss 1,nop,wscale 2,sackOK,TS val 1 ecr 0>
+0 > [ect0] P. 1:11(10) ack 1 win 5 urg 3
+0 < [ce, ttl 3] PU5. 1:11(10) ack 1 win 5 urg 3
+0 < tos 0x10 . 1:1(0) ack 1 win 5 <sack 1:3 5:7,nop,nop>
+0 < - 1:1001(1000) win 20000
+0 < 40001 > 8080 . 1:1(0) ack 1 win 3
+0 > 8080 > 40001: R. 1:1(0) ack 1
+0 < icmp unreachable frag_needed mtu 1200 [1:1461(1460)]
+0 < icmp unreachable port_unreachable [udp (10)]
+0 < udp (1000)
+0 < sock(4) . 1:1(0) ack 1 win 5
+0 < icmp unreachable [1:1461(1460)]
+0 < S 0:0(0) win 1 <mss 1460,FOEXP 0102030405060708>
+0 > R 4294967295:4294967295(0)",
        expect![[r#"
            1: Absolute(0) < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
            2: Relative(0) > S. 0:0(0) ack 1 <...>
            3: Relative(0) < SEWA 0:0(0) win 1 <mss 1,nop,wscale 2,sackOK,TS val 1 ecr 0>
            4: Relative(0) > [ect0] P. 1:11(10) ack 1 win 5 urg 3
            5: Relative(0) < [ce, ttl 3] PUEA. 1:11(10) ack 1 win 5 urg 3
            6: Relative(0) < [tos 0x10] . 1:1(0) ack 1 win 5 <sack 1:3 5:7,nop,nop>
            7: Relative(0) < - 1:1001(1000) win 20000
            8: Relative(0) < 40001 > 8080: . 1:1(0) ack 1 win 3
            9: Relative(0) > 8080 > 40001: R. 1:1(0) ack 1
            10: Relative(0) < icmp unreachable frag_needed mtu 1200 [1:1461(1460)]
            11: Relative(0) < icmp unreachable port_unreachable [udp (10)]
            12: Relative(0) < udp (1000)
            13: Relative(0) < sock(4) . 1:1(0) ack 1 win 5
            14: Relative(0) < icmp unreachable net_unreachable [1:1461(1460)]
            15: Relative(0) < S 0:0(0) win 1 <mss 1460,kind 254 0xf9890102030405060708>
            16: Relative(0) > R 4294967295:4294967295(0)
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn calls_have_arguments_of_every_kind() {
    check(
        "0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 bind(3, {sa_family = AF_INET, sin_port = htons(8080), sin_addr = inet_addr(\"192.0.2.1\")}, 16) = 0
+0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 writev(3, [{..., 10}, {..., 0x20}], 2) = 42
+0 sendmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0}, MSG_EOR) = 10
+0 recvmsg(3, {msg_iov(1)=[{..., 9}], msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=5}]}, 0) = 9
+0 poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, -1) = 1
+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=1}, 8) = 0
+0 setsockopt(3, SOL_TCP, TCP_CONGESTION, \"reno\", 4) = 0 // a comment
+0 read(3, ..., 10) = ?
+0 read(3, ..., ~1) = 1...10",
        expect![[r#"
            1: Absolute(0) socket [Ellipsis, Or([Word("SOCK_STREAM"), Word("SOCK_NONBLOCK")]), Word("IPPROTO_TCP")] = Value(Int(3))
            2: Relative(0) bind [Int(3), Struct([Field { name: Some("sa_family"), value: Word("AF_INET") }, Field { name: Some("sin_port"), value: Call("htons", [Int(8080)]) }, Field { name: Some("sin_addr"), value: Call("inet_addr", [Text("192.0.2.1")]) }]), Int(16)] = Value(Int(0))
            3: Relative(0) fcntl [Int(3), Word("F_GETFL")] = Value(Int(2))
            4: Relative(0) connect [Int(3), Ellipsis, Ellipsis] = Value(Int(-1)) EINPROGRESS
            5: Relative(0) writev [Int(3), List([Struct([Field { name: None, value: Ellipsis }, Field { name: None, value: Int(10) }]), Struct([Field { name: None, value: Ellipsis }, Field { name: None, value: Int(32) }])]), Int(2)] = Value(Int(42))
            6: Relative(0) sendmsg [Int(3), Struct([Field { name: Some("msg_name"), value: Ellipsis }, Field { name: Some("msg_iov"), value: List([Struct([Field { name: None, value: Ellipsis }, Field { name: None, value: Int(10) }])]) }, Field { name: Some("msg_flags"), value: Int(0) }]), Word("MSG_EOR")] = Value(Int(10))
            7: Relative(0) recvmsg [Int(3), Struct([Field { name: Some("msg_iov"), value: List([Struct([Field { name: None, value: Ellipsis }, Field { name: None, value: Int(9) }])]) }, Field { name: Some("msg_control"), value: List([Struct([Field { name: Some("cmsg_level"), value: Word("SOL_TCP") }, Field { name: Some("cmsg_type"), value: Word("TCP_CM_INQ") }, Field { name: Some("cmsg_data"), value: Int(5) }])]) }]), Int(0)] = Value(Int(9))
            8: Relative(0) poll [List([Struct([Field { name: Some("fd"), value: Int(3) }, Field { name: Some("events"), value: Or([Word("POLLIN"), Word("POLLOUT")]) }, Field { name: Some("revents"), value: Word("POLLOUT") }])]), Int(1), Int(-1)] = Value(Int(1))
            9: Relative(0) setsockopt [Int(3), Word("SOL_SOCKET"), Word("SO_LINGER"), Struct([Field { name: Some("onoff"), value: Int(1) }, Field { name: Some("linger"), value: Int(1) }]), Int(8)] = Value(Int(0))
            10: Relative(0) setsockopt [Int(3), Word("SOL_TCP"), Word("TCP_CONGESTION"), Text("reno"), Int(4)] = Value(Int(0))
            11: Relative(0) read [Int(3), Ellipsis, Int(10)] = Anything
            12: Relative(0) read [Int(3), Ellipsis, Not(Int(1))] = Range(1, 10)
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn what_is_not_understood_is_named_with_its_line() {
    check(
        "0 close(3) = 0\n+0 > P. 1:1001(999) ack 1",
        expect!["UNSUPPORTED t.pkt:2: 1:1001(999) is inconsistent: 1 + 999 is not 1001"],
    );
    check(
        "0 < . 1:1(0) ack 1 win 1 <mss 1460,nop>",
        expect!["UNSUPPORTED t.pkt:1: the options are not padded to a multiple of 4 octets: 1 too many"],
    );
    check(
        "0 < . 1:1(0) ack 1 win 1 <...>",
        expect![
            "UNSUPPORTED t.pkt:1: <...> stands for any options: a packet that is sent to the machine must name its own"
        ],
    );
    check(
        "0 < . 1:1(0) ack 1 win 70000",
        expect!["UNSUPPORTED t.pkt:1: 70000 is out of range for a window, 0 to 65535"],
    );
    check(
        "0 < X 1:1(0)",
        expect!["UNSUPPORTED t.pkt:1: expected flags, of F S R P U E W A . or -, found “X 1:1(0)”"],
    );
    check("0 < . 1:1(0) ack 1 win 1 <dragon 7>", expect!["UNSUPPORTED t.pkt:1: the TCP option “dragon”"]);
    check("0 < [hot] . 1:1(0) ack 1", expect!["UNSUPPORTED t.pkt:1: the mark “hot” of the internet header"]);
    check(
        "0 < ipv4 1.2.3.4 > 5.6.7.8: . 1:1(0)",
        expect!["UNSUPPORTED t.pkt:1: packets with an outer header (“ipv4”)"],
    );
    check(
        "0 < icmp source_quench [1:2(1)]",
        expect!["UNSUPPORTED t.pkt:1: the ICMP message “source_quench”"],
    );
    check("0 close(3 = 0", expect!["UNSUPPORTED t.pkt:1: expected “,”, found “= 0”"]);
    check("0 close(3)", expect!["UNSUPPORTED t.pkt:1: expected “=”, found the end of the line"]);
    check("0 dance", expect!["UNSUPPORTED t.pkt:1: expected “(”, found the end of the line"]);
    check(
        "+ close(3) = 0",
        expect!["UNSUPPORTED t.pkt:1: expected a time in seconds, or *, found “close(3) = 0”"],
    );
    check("0\n`sysctl", expect!["UNSUPPORTED t.pkt:2: the command's closing ` is missing"]);
    check("0 %{ assert", expect!["UNSUPPORTED t.pkt:1: the code's closing }% is missing"]);
    check("/* no end", expect!["UNSUPPORTED t.pkt:1: the comment /* has no end */"]);
    check(
        "0.2...0.1 close(3) = 0",
        expect![
            "UNSUPPORTED t.pkt:1: a blocking call needs one time at which it begins, and a later one at which it ends"
        ],
    );
    check("0...0.1 < . 1:1(0) ack 1", expect!["UNSUPPORTED t.pkt:1: only a call can have an end time"]);
    check(
        "+1~2 > . 1:1(0) ack 1",
        expect!["UNSUPPORTED t.pkt:1: both ends of a range are relative (+a~+b), or both absolute (a~b)"],
    );
    check("99999999999999999999 close(3) = 0", expect!["UNSUPPORTED t.pkt:1: the time is too large"]);
    check(
        "0 close(3) = 0\n--mss=1000",
        expect!["UNSUPPORTED t.pkt:2: an option must stand before the first event"],
    );
    check(
        "0 close(99999999999999999999) = 0",
        expect![[
            r#"UNSUPPORTED t.pkt:1: expected an argument: a number, a constant, "text", [list], {struct} or ..., found “99999999999999999999) = 0”"#
        ]],
    );
    check(
        &format!("0 close({}3", "[".repeat(100)),
        expect!["UNSUPPORTED t.pkt:1: arguments are nested too deeply"],
    );
    check(
        "0 write(3, \"abc, 3) = 3",
        expect!["UNSUPPORTED t.pkt:1: the text's closing quotation mark is missing"],
    );
}

#[cfg(not(target_family = "wasm"))]
proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = parse(&Source { name: "t".into(), text });
    }

    /// Texts that look like scripts: pieces of the language in any order.
    #[test]
    fn no_piece_of_the_language_makes_the_parser_panic(
        pieces in proptest::collection::vec(
            prop::sample::select(vec![
                "0", "+0", "+.1", "...", "*", "~", " ", "\n", "<", ">", "S", ".", "P.", "1:1(0)", "ack", "win", "mss 1", "sack 1:2",
                "TS val", "ecr", "nop", ",", "`", "%{", "}%", "icmp", "udp (1)", "[", "]", "{", "}", "(", ")", "=", "-1", "EAGAIN",
                "close", "\"", "\\", "//", "/*", "*/", "0x", "99999999999", "--a=b", "FO 01", "é", "|", "~",
            ]),
            0..40,
        )
    ) {
        let _ = parse(&Source { name: "t".into(), text: pieces.concat() });
    }
}
