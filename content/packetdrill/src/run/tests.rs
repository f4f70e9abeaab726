//! The runner against a machine that plays a recording: another script says what the machine sends and answers. Each kind of check is
//! seen to fail.

use super::recording::{CLOCK, ISS, Recording, script};
use super::run;
use crate::place::{Source, Verdict};
use crate::shell::Files;
use core::cell::RefCell;
use expect_test::{Expect, expect};
use std::rc::Rc;
use wasm_bindgen_test::wasm_bindgen_test;
use wire::{Datagram, Seq};

struct Nowhere;

impl Files for Nowhere {
    fn read(&self, _: &str, path: &str) -> Result<Source, String> {
        Err(format!("the file “{path}”"))
    }
}

fn play(recording: &str, text: &str) -> (Verdict, Vec<Datagram>) {
    let injected = Rc::new(RefCell::new(Vec::new()));
    let report =
        run(&script(text), &[], &Nowhere, |stage| Ok(Recording::new(recording, stage, injected.clone())));
    (report.verdict, injected.take())
}

/// Plays the recording to the script.
fn check(recording: &str, text: &str, expected: Expect) {
    expected.assert_eq(&match play(recording, text).0 {
        Verdict::Ok => "ok".to_owned(),
        Verdict::Failed { place, what } => format!("FAILED {place}: {what}"),
        Verdict::Unsupported(unsupported) => format!("UNSUPPORTED {unsupported}"),
    });
}

/// A server's handshake, in which the machine answers at once; then it sends 2,000 octets in two segments.
const SERVER: &str = "
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5
0 bind(3, ..., ...) = 0
0 listen(3, 1) = 0
0.1 > S. 0:0(0) ack 1 win 65535 <mss 1460>
0 accept(3, ..., ...) = 6
0 write(4, ..., 2000) = 2000
0.2 > . 1:1001(1000) ack 1 win 256
0.2 > P. 1001:2001(1000) ack 1 win 256
";

const OPENING: &str = "
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+.1 < S 0:0(0) win 1000 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 257
+0 accept(3, ..., ...) = 4
+0 write(4, ..., 2000) = 2000
";

/// Plays [`SERVER`] to [`OPENING`] and these lines.
fn check_after_opening(lines: &str, expected: Expect) {
    check(SERVER, &format!("{OPENING}{lines}"), expected);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_burst_may_be_one_line_or_several() {
    check_after_opening("+0 > P. 1:2001(2000) ack 1", expect!["ok"]);
    check_after_opening("+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:2001(1000) ack 1 win 256", expect!["ok"]);
    check_after_opening("* > P. 1:2001(2000) ack 1 <...>", expect!["ok"]);
    check_after_opening("+0~+.01 > P. 1:2001(2000) ack 1", expect!["ok"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_wrong_packet_fails() {
    check_after_opening(
        "+0 > sock(9) P. 1:2001(2000) ack 1",
        expect![
            "FAILED t.pkt:10: expected > sock(9) P. 1:2001(2000) ack 1 at 0.200000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: of another connection, 8080 > 40000"
        ],
    );
    check_after_opening("+0 > sock(4) P. 1:2001(2000) ack 1", expect!["ok"]);
    check_after_opening(
        "+0 > F. 1:2001(2000) ack 1",
        expect![
            "FAILED t.pkt:10: expected > F. 1:2001(2000) ack 1 at 0.200000 got > P. 1001:2001(1000) ack 1 win 256 at 0.200000 after 1000 octets of it: flags"
        ],
    );
    check_after_opening(
        "+0 > . 1:2001(2000) ack 1",
        expect![
            "FAILED t.pkt:10: expected > . 1:2001(2000) ack 1 at 0.200000 got > P. 1001:2001(1000) ack 1 win 256 at 0.200000 after 1000 octets of it: flags"
        ],
    );
    check_after_opening(
        "+0 > P. 2:2002(2000) ack 1",
        expect![
            "FAILED t.pkt:10: expected > P. 2:2002(2000) ack 1 at 0.200000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: sequence number"
        ],
    );
    check_after_opening(
        "+0 > P. 1:2001(2000) ack 2",
        expect![
            "FAILED t.pkt:10: expected > P. 1:2001(2000) ack 2 at 0.200000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: acknowledgment number"
        ],
    );
    check_after_opening(
        "+0 > P. 1:2001(2000) ack 1 win 257",
        expect![
            "FAILED t.pkt:10: expected > P. 1:2001(2000) ack 1 win 257 at 0.200000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: window"
        ],
    );
    check_after_opening(
        "+0 > P. 1:2001(2000) ack 1 <nop,nop,nop,nop>",
        expect![
            "FAILED t.pkt:10: expected > P. 1:2001(2000) ack 1 <nop,nop,nop,nop> at 0.200000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: options"
        ],
    );
    check_after_opening(
        "+0 > [ect0] P. 1:2001(2000) ack 1",
        expect![
            "FAILED t.pkt:10: expected > [ect0] P. 1:2001(2000) ack 1 at 0.200000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: ECN mark"
        ],
    );
    check_after_opening(
        "+0 > P. 1:901(900) ack 1",
        expect![
            "FAILED t.pkt:10: expected > P. 1:901(900) ack 1 at 0.200000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: flags, length"
        ],
    );
    check_after_opening(
        "+0 > P. 1:1901(1900) ack 1",
        expect![
            "FAILED t.pkt:10: expected > P. 1:1901(1900) ack 1 at 0.200000 got > P. 1001:2001(1000) ack 1 win 256 at 0.200000 after 1000 octets of it: length"
        ],
    );
    check_after_opening(
        "+0 > P. 1:3001(3000) ack 1",
        expect![
            "FAILED t.pkt:10: expected > P. 1:3001(3000) ack 1 at 0.200000 got only the first 2000 octets of it until 0.204000"
        ],
    );
    check_after_opening(
        "+0 > 8080 > 1: P. 1:2001(2000) ack 1",
        expect![
            "FAILED t.pkt:10: expected > 8080 > 1: P. 1:2001(2000) ack 1 at 0.200000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: of another connection, 8080 > 40000"
        ],
    );
    check_after_opening(
        "+0 > udp (1000)",
        expect![
            "FAILED t.pkt:10: expected > udp (1000) at 0.200000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: protocol"
        ],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_wrong_time_fails() {
    check_after_opening(
        "+.01 > P. 1:2001(2000) ack 1",
        expect![
            "FAILED t.pkt:10: expected > P. 1:2001(2000) ack 1 at 0.210000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: time"
        ],
    );
    check_after_opening("+.004 > P. 1:2001(2000) ack 1", expect!["ok"]);
    check(
        &SERVER.replace("0.2 >", "0.2041 >"),
        &format!("{OPENING}+0 > P. 1:2001(2000) ack 1"),
        expect!["FAILED t.pkt:10: expected > P. 1:2001(2000) ack 1 at 0.200000 got nothing until 0.204000"],
    );
    check(
        &SERVER.replace("0.2 > P", "0.21 > P"),
        &format!("{OPENING}+0~+.02 > P. 1:2001(2000) ack 1"),
        expect![
            "FAILED t.pkt:10: expected > P. 1:2001(2000) ack 1 at 0.200000 to 0.220000 got only the first 1000 octets of it until 0.204000"
        ],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_missing_packet_fails_and_so_does_one_too_many() {
    check_after_opening(
        "+0 > P. 1:2001(2000) ack 1\n+.1 > . 2001:2001(0) ack 1",
        expect!["FAILED t.pkt:11: expected > . 2001:2001(0) ack 1 at 0.300000 got nothing until 0.304000"],
    );
    check_after_opening(
        "* > P. 1:2001(2000) ack 1\n* > . 2001:2001(0) ack 1",
        expect![
            "FAILED t.pkt:11: expected > . 2001:2001(0) ack 1 at any time got nothing until 10800.200000"
        ],
    );
    check_after_opening(
        "+0 > P. 1001:2001(1000) ack 1",
        expect![
            "FAILED t.pkt:10: expected > P. 1001:2001(1000) ack 1 at 0.200000 got > . 1:1001(1000) ack 1 win 256 at 0.200000: flags, sequence number"
        ],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn what_comes_after_the_last_line_is_not_the_scripts_business() {
    check_after_opening("+0 > . 1:1001(1000) ack 1", expect!["ok"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_wrong_result_fails() {
    let socket = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";
    let refused = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0 write(3, ..., 10) = -1 EPIPE (Broken pipe)";
    check(refused, &format!("{socket}+0 write(3, ..., 10) = -1 EPIPE (Broken pipe)"), expect!["ok"]);
    check(refused, &format!("{socket}+0 write(3, ..., 10) = ?"), expect!["ok"]);
    check(
        refused,
        &format!("{socket}+0 write(3, ..., 10) = 10"),
        expect!["FAILED t.pkt:2: expected write(3, ..., 10) = 10 got -1 EPIPE (Broken pipe)"],
    );
    check(
        refused,
        &format!("{socket}+0 write(3, ..., 10) = -1 EAGAIN (Try again)"),
        expect!["FAILED t.pkt:2: expected write(3, ..., 10) = -1 EAGAIN got -1 EPIPE (Broken pipe)"],
    );
    check(
        refused,
        &format!("{socket}+0 write(3, ..., 10) = -1 EDRAGON (Here be dragons)"),
        expect!["UNSUPPORTED t.pkt:2: the errno EDRAGON"],
    );
    let five = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n0 read(3, ..., 10) = 5";
    check(five, &format!("{socket}+0 read(3, ..., 10) = 1...5"), expect!["ok"]);
    check(
        five,
        &format!("{socket}+0 read(3, ..., 10) = 6...10"),
        expect!["FAILED t.pkt:2: expected read(3, ..., 10) = 6...10 got 5"],
    );
    check(
        five,
        &format!("{socket}+0 read(3, ..., 10) = -1 EAGAIN (Try again)"),
        expect!["FAILED t.pkt:2: expected read(3, ..., 10) = -1 EAGAIN got 5"],
    );
    check(five, socket, expect!["ok"]);
    check(
        five,
        &format!("{socket}{socket}"),
        expect!["FAILED t.pkt:2: expected a new descriptor 3 got one that is open already"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn what_a_call_writes_is_compared() {
    let socket = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";
    let compare = |recorded: &str, expected: &str, verdict| {
        check(&format!("{socket}0 {recorded}"), &format!("{socket}+0 {expected}"), verdict);
    };
    let option = "getsockopt(3, SOL_TCP, TCP_MAXSEG, [1100], [4]) = 0";
    compare(option, option, expect!["ok"]);
    compare(option, &option.replace("1100", "..."), expect!["ok"]);
    compare(
        option,
        &option.replace("1100", "1000"),
        expect![
            "FAILED t.pkt:2: expected getsockopt(3, SOL_TCP, TCP_MAXSEG, [1000], [4]) to give the value [1000] got [1100]"
        ],
    );
    compare(
        "ioctl(3, SIOCINQ, [1000]) = 0",
        "ioctl(3, SIOCINQ, [0]) = 0",
        expect!["FAILED t.pkt:2: expected ioctl(3, SIOCINQ, [0]) to give the value [0] got [1000]"],
    );
    let linger = "getsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=5}, [8]) = 0";
    compare(linger, linger, expect!["ok"]);
    let left = "recvmsg(3, {msg_iov(1)=[{..., 9}], msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=5}]}, 0) = 9";
    compare(left, left, expect!["ok"]);
    compare(
        left,
        &left.replace("data=5", "data=6"),
        expect![
            "FAILED t.pkt:2: expected recvmsg(3, {msg_iov(1)=[{..., 9}], msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=6}]}, 0) to give TCP_CM_INQ 6 got 5"
        ],
    );
    compare(
        option,
        "getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0",
        expect![
            "FAILED t.pkt:2: expected getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) to give the value [104] got [1100]"
        ],
    );
    compare(
        linger,
        &linger.replace("=5", "=6"),
        expect![
            "FAILED t.pkt:2: expected getsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=6}, [8]) to give the value {onoff=1, linger=6} got {onoff=1, linger=5}"
        ],
    );
    let poll = "poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1";
    compare(poll, poll, expect!["ok"]);
    compare(
        poll,
        &poll.replace("revents=POLLOUT", "revents=POLLIN"),
        expect![
            "FAILED t.pkt:2: expected poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) to give revents 0x1 got 0x4"
        ],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_call_blocks_as_long_as_it_is_said_to() {
    let socket = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";
    let blocks = format!("{socket}0...0.3 read(3, ..., 10) = 5");
    let compare = |line: &str, verdict| check(&blocks, &format!("{socket}{line}"), verdict);
    compare("+0...0.3 read(3, ..., 10) = 5", expect!["ok"]);
    compare("+0...0.302 read(3, ..., 10) = 5", expect!["ok"]);
    compare(
        "+0...0.3 read(3, ..., 10) = 5\n+.1 < . 1:1(0) ack 1 win 10\n+.1 < . 1:1(0) ack 1 win 10",
        expect!["ok"],
    );
    compare(
        "+0...0.31 read(3, ..., 10) = 5",
        expect!["FAILED t.pkt:2: expected read(3, ..., 10) = 5 at 0.310000 got it at 0.300000"],
    );
    compare(
        "+0...0.2 read(3, ..., 10) = 5",
        expect!["FAILED t.pkt:2: expected read(3, ..., 10) = 5 at 0.200000 got a call that still blocks"],
    );
    compare(
        "+0 read(3, ..., 10) = 5",
        expect!["FAILED t.pkt:2: expected read(3, ..., 10) = 5 at 0.000000 got a call that still blocks"],
    );
    compare(
        "+0...0.3 read(3, ..., 10) = 5\n+.1 close(3) = 0",
        expect![
            "FAILED t.pkt:3: expected close(3) at 0.100000 got it at 0.300000: the call before it still blocked"
        ],
    );
    check(
        &format!("{socket}0 read(3, ..., 10) = 5"),
        &format!("{socket}+0...0.3 read(3, ..., 10) = 5"),
        expect!["FAILED t.pkt:2: expected read(3, ..., 10) = 5 at 0.300000 got it at 0.000000"],
    );
    check(
        socket,
        &format!("{socket}+0 read(3, ..., 10) = 5"),
        expect!["FAILED t.pkt:2: expected read(3, ..., 10) = 5 at 0.000000 got a call that still blocks"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn assertions_are_asked_of_the_connection() {
    check_after_opening(
        "+0 %{ assert tcpi_snd_cwnd == 10; assert tcpi_ca_state == TCP_CA_Recovery }%",
        expect!["ok"],
    );
    check_after_opening(
        "+0 %{ assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd }%",
        expect!["FAILED t.pkt:10: expected assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd got 10 (at 0.200000)"],
    );
    check_after_opening(
        "+0 %{\nassert 11 < tcpi_snd_cwnd\n}%",
        expect!["FAILED t.pkt:11: expected assert 11 < tcpi_snd_cwnd got 11, 10 (at 0.200000)"],
    );
    check_after_opening(
        "+0 %{ assert tcpi_dragons == 0 }%",
        expect!["UNSUPPORTED t.pkt:10: the name “tcpi_dragons” is not known here"],
    );
    check_after_opening("+0 %{ cwnd = 9 }%\n+0 %{ cwnd += 1; assert tcpi_snd_cwnd == cwnd }%", expect!["ok"]);
    check(
        "",
        "+0 %{ assert tcpi_snd_cwnd == 10 }%",
        expect![
            "FAILED t.pkt:1: expected TCP_INFO of the connection got none: the script has no open descriptor of it"
        ],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn settings_that_the_machine_lacks_are_unsupported() {
    check("", "`sysctl -q net.ipv4.tcp_sack=0`", expect!["ok"]);
    check(
        "",
        "`sysctl -q net.ipv4.tcp_sack=0\nsysctl -q net.ipv4.unknown=0`",
        expect!["UNSUPPORTED t.pkt:2: the setting net.ipv4.unknown"],
    );
    check("", "`../common/defaults.sh`", expect!["UNSUPPORTED t.pkt:1: the file “../common/defaults.sh”"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn numbers_of_the_machine_are_shifted_both_ways() {
    let lines = "+0 < . 1:1(0) ack 1001 win 257 <sack 1:1001,nop,nop>\n+0 < icmp unreachable frag_needed mtu 1200 [1:1001(1000)]";
    let (verdict, injected) = play(SERVER, &format!("{OPENING}{lines}"));
    assert_eq!(verdict, Verdict::Ok);
    let [.., Datagram::Tcp(segment), Datagram::Icmp(message)] = &injected[..] else { panic!("{injected:?}") };
    let wire = |number: u32| Seq(ISS.wrapping_add(number));
    assert_eq!((segment.seq, segment.ack), (Seq(1), wire(1_001)));
    let block = segment.options.sack().next().expect("a block");
    assert_eq!((block.start, block.end), (wire(1), wire(1_001)));
    assert_eq!(message.quoted[20..24], [0x1f, 0x90, 0x9c, 0x40]);
    assert_eq!(message.quoted[24..28], wire(1).0.to_be_bytes());
}

/// A server whose clock is at 77,100 with its SYN-ACK, and a second later a thousand steps further.
const CLOCKED: &str = "
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5
0 bind(3, ..., ...) = 0
0 listen(3, 1) = 0
0.1 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 7>
1.1 > F. 1:1(0) ack 1 <nop,nop,TS val 1100 ecr 8>
";

#[wasm_bindgen_test(unsupported = test)]
fn timestamps_are_relative_and_compared_where_the_clock_is_known() {
    let opening = "
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+.1 < S 0:0(0) win 1000 <mss 1000,sackOK,TS val 7 ecr 0>
+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 500 ecr 7>
+0 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 8 ecr 500>
";
    let compare = |line: &str, expected| {
        check(CLOCKED, &format!("--tcp_ts_tick_usecs=1000\n{opening}{line}"), expected);
    };
    compare("+1 > F. 1:1(0) ack 1 <nop,nop,TS val 1500 ecr 8>", expect!["ok"]);
    compare("+1 > F. 1:1(0) ack 1 <nop,nop,TS val 1504 ecr 8>", expect!["ok"]);
    compare(
        "+1 > F. 1:1(0) ack 1 <nop,nop,TS val 1505 ecr 8>",
        expect![
            "FAILED t.pkt:9: expected > F. 1:1(0) ack 1 <nop,nop,TS val 1505 ecr 8> at 1.100000 got > F. 1:1(0) ack 1 win 0 <nop,nop,TS val 1500 ecr 8> at 1.100000: options"
        ],
    );
    compare(
        "+1 > F. 1:1(0) ack 1 <nop,nop,TS val 1500 ecr 9>",
        expect![
            "FAILED t.pkt:9: expected > F. 1:1(0) ack 1 <nop,nop,TS val 1500 ecr 9> at 1.100000 got > F. 1:1(0) ack 1 win 0 <nop,nop,TS val 1500 ecr 8> at 1.100000: options"
        ],
    );
    compare(
        "+1 > F. 1:1(0) ack 1",
        expect![
            "FAILED t.pkt:9: expected > F. 1:1(0) ack 1 at 1.100000 got > F. 1:1(0) ack 1 win 0 <nop,nop,TS val 1500 ecr 8> at 1.100000: options"
        ],
    );
    check(CLOCKED, &format!("{opening}+1 > F. 1:1(0) ack 1 <nop,nop,TS val 9 ecr 8>"), expect!["ok"]);
    let (_, injected) = play(CLOCKED, opening);
    let echo = injected.last().and_then(Datagram::segment).and_then(|segment| segment.options.timestamps());
    assert_eq!(echo, Some((8, 100 + CLOCK)));
}

#[wasm_bindgen_test(unsupported = test)]
fn times_that_make_no_sense_are_unsupported() {
    check(
        "",
        "1 < . 1:1(0) ack 1 win 10\n0.5 < . 1:1(0) ack 1 win 10",
        expect!["UNSUPPORTED t.pkt:2: the event is to happen at 0.500000 s, before the event above it"],
    );
    check(
        "",
        "* < . 1:1(0) ack 1 win 10",
        expect!["UNSUPPORTED t.pkt:1: a range of times or * for anything but a packet that is expected"],
    );
    check(
        "",
        "--speed=1000\n--dragons=1\n0 < . 1:1(0) ack 1 win 10",
        expect!["UNSUPPORTED t.pkt:2: the option --dragons=1"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn times_beyond_all_numbers_do_not_overflow() {
    let line = "+31557599999 < . 1:1(0) ack 1 win 10\n";
    check("", &line.repeat(700), expect!["ok"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_script_without_an_event_is_not_ok() {
    check(
        "",
        "--mtu=1000\n// nothing\n",
        expect!["UNSUPPORTED t.pkt:3: no event: there is nothing that could be ok"],
    );
    check("", "", expect!["UNSUPPORTED t.pkt:1: no event: there is nothing that could be ok"]);
}
