//! TCP over two hosts: opening, talking, closing, and what each call gets while that goes on.

use super::{Pair, check, check_link, spec};
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;

const LISTEN: &str = "B socket
    B bind 101 10.0.0.2 80
    B listen 101 5
    A socket\n";

/// Both ends connected: socket 1 on A, 102 on B, which 101 has accepted.
const CONNECTED: &str = "B socket
    B bind 101 10.0.0.2 80
    B listen 101 5
    B accept 101
    A socket
    A connect 1 10.0.0.2 80
    +100\n";

/// A script's calls after others whose story is known.
fn check_after(before: &str, script: &str, expected: expect_test::Expect) {
    let mut pair = Pair::new();
    pair.play(before);
    pair.told.clear();
    pair.play(script);
    expected.assert_eq(&pair.told);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_handshake_and_an_echo() {
    check_link(
        &format!(
            "{LISTEN}
             B accept 101
             A connect 1 b 80
             +100
             B recv 102 100
             A send 1 hello
             A recv 1 100
             +50
             B send 102 HELLO
             +100
             A getsockname 1
             A getpeername 1
             B getsockname 102
             B getpeername 102"
        ),
        expect![[r#"
            0.000 B socket = 101
            0.000 B bind ok
            0.000 B listen ok
            0.000 A socket = 1
            0.000 A > S 0
            10.000 B > S. 0
            20.000 A connect ok
            20.000 A > . 0
            30.000 B accept = 102 from ('10.0.0.1', 36046)
            100.000 A send = 5
            100.000 A > P. 5
            110.000 B recv "hello"
            110.000 B > . 0
            150.000 B send = 5
            150.000 B > P. 5
            160.000 A recv "HELLO"
            160.000 A > . 0
            250.000 A getsockname ('10.0.0.1', 36046)
            250.000 A getpeername ('10.0.0.2', 80)
            250.000 B getsockname ('10.0.0.2', 80)
            250.000 B getpeername ('10.0.0.1', 36046)
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_fresh_stream_answers_as_linux_does() {
    check(
        "A socket
         A send 1 x
         A recv 1 1
         A shutdown 1 both
         A accept 1
         A recv 1 1 flags=MSG_OOB
         A getpeername 1
         A getsockname 1
         A getsockopt 1 SO_ACCEPTCONN
         A getsockopt 1 IPV6_V6ONLY
         A connect 1 224.0.0.1 5
         A connect 1 255.255.255.255 5
         A connect 1 2001:db8::1 5
         A bind 1 127.0.0.1 0
         A connect 1 8.8.8.8 5
         A socket v6
         A connect 2 2001:db8::1 5
         A setsockopt 2 IPV6_V6ONLY 1
         A connect 2 ::ffff:10.0.0.2 5
         A socket v6
         A bind 3 ::1 0
         A connect 3 ::ffff:127.0.0.1 5
         A socket v6
         A bind 4 ::ffff:127.0.0.1 0
         A connect 4 ::1 5",
        expect![[r#"
            0.000 A socket = 1
            0.000 A send EPIPE
            0.000 A recv ENOTCONN
            0.000 A shutdown ENOTCONN
            0.000 A accept EINVAL
            0.000 A recv EINVAL
            0.000 A getpeername ENOTCONN
            0.000 A getsockname ('0.0.0.0', 0)
            0.000 A getsockopt 0
            0.000 A getsockopt EOPNOTSUPP
            0.000 A connect ENETUNREACH
            0.000 A connect ENETUNREACH
            0.000 A connect EAI_ADDRFAMILY
            0.000 A bind ok
            0.000 A connect EINVAL
            0.000 A socket = 2
            0.000 A connect ENETUNREACH
            0.000 A setsockopt ok
            0.000 A connect ENETUNREACH
            0.000 A socket = 3
            0.000 A bind ok
            0.000 A connect ENETUNREACH
            0.000 A socket = 4
            0.000 A bind ok
            0.000 A connect EAFNOSUPPORT
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_listening_socket_answers_as_linux_does() {
    check_after(
        LISTEN,
        "B connect 101 10.0.0.1 9
         B send 101 x
         B recv 101 1
         B bind 101 10.0.0.2 81
         B getsockopt 101 SO_ACCEPTCONN
         B shutdown 101 write
         B accept 101 wait=0
         B accept 101
         B shutdown 101 read
         B accept 101
         B getsockname 101
         B listen 101 1
         B accept 101 wait=0",
        expect![[r#"
            0.000 B connect EISCONN
            0.000 B send EPIPE
            0.000 B recv ENOTCONN
            0.000 B bind EINVAL
            0.000 B getsockopt 1
            0.000 B shutdown ok
            0.000 B accept EAGAIN
            0.000 B shutdown ok
            0.000 B accept EINVAL
            0.000 B accept EINVAL
            0.000 B getsockname ('10.0.0.2', 80)
            0.000 B listen ok
            0.000 B accept EAGAIN
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn refused_and_what_the_next_calls_get() {
    check(
        "A socket
         A connect 1 10.0.0.2 9
         +50
         A getsockname 1
         A connect 1 10.0.0.2 9 wait=0
         A connect 1 10.0.0.2 9 wait=0
         +50
         A connect 1 10.0.0.2 9 wait=0
         A connect 1 10.0.0.2 9 wait=0
         +50
         A getsockopt 1 SO_ERROR
         A connect 1 10.0.0.2 9 wait=0
         A connect 1 10.0.0.2 9 wait=0
         +50
         A send 1 x
         A send 1 x
         A recv 1 1
         A listen 1 5
         A bind 1 10.0.0.1 0
         A shutdown 1 both",
        expect![[r#"
            0.000 A socket = 1
            20.000 A connect ECONNREFUSED
            50.000 A getsockname ('0.0.0.0', 55946)
            50.000 A connect EINPROGRESS
            50.000 A connect EALREADY
            100.000 A connect ECONNREFUSED
            100.000 A connect EINPROGRESS
            150.000 A getsockopt 111
            150.000 A connect ECONNABORTED
            150.000 A connect EINPROGRESS
            200.000 A send ECONNREFUSED
            200.000 A send EPIPE
            200.000 A recv ""
            200.000 A listen EINVAL
            200.000 A bind ok
            200.000 A shutdown ENOTCONN
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_second_connect_waits_for_the_first_ones_handshake() {
    check_after(
        LISTEN,
        "A connect 1 10.0.0.2 80 wait=0
         A getpeername 1
         A connect 1 10.0.0.2 80 wait=0
         A connect 1 10.0.0.2 80
         A connect 1 10.0.0.2 80 wait=5
         A send 1 x wait=0
         A send 1 early
         A recv 1 1 wait=0
         +50
         A connect 1 10.0.0.2 80
         A listen 1 5
         A bind 1 10.0.0.1 0",
        expect![[r#"
            0.000 A connect EINPROGRESS
            0.000 A getpeername ENOTCONN
            0.000 A connect EALREADY
            0.000 A send EAGAIN
            0.000 A recv EAGAIN
            5.000 A connect TIMEOUT
            20.000 A connect ok
            20.000 A send = 5
            50.000 A connect EISCONN
            50.000 A listen EINVAL
            50.000 A bind EINVAL
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn shutdown_gives_a_handshake_up() {
    check(
        "A socket
         A connect 1 10.0.0.77 80
         A connect 1 10.0.0.77 80
         A send 1 early
         A shutdown 1 read
         A getsockopt 1 SO_ERROR
         A connect 1 10.0.0.77 80
         A cancel 9
         A connect 1 10.0.0.77 80 wait=0
         A close 1",
        expect![[r#"
            0.000 A socket = 1
            0.000 A shutdown ok
            0.000 A connect ECONNRESET
            0.000 A connect EPIPE
            0.000 A send EPIPE
            0.000 A getsockopt 0
            0.000 A cancel ok
            0.000 A connect EALREADY
            0.000 A connect EBADF
            0.000 A close ok
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_connection_answers_calls_that_make_no_sense() {
    check_after(
        CONNECTED,
        "A connect 1 10.0.0.2 80
         A listen 1 5
         A accept 1
         A bind 1 10.0.0.1 0
         A sendto 1 10.9.9.9 1 x
         A sendto 1 nobody 1 x
         A recv 1 1 flags=MSG_OOB
         A recv 1 1 wait=0
         A recv 1 1 flags=MSG_DONTWAIT
         A getsockopt 1 SO_ERROR
         +50
         B recvfrom 102 10
         B recv 102 0 wait=0",
        expect![[r#"
            100.000 A connect EISCONN
            100.000 A listen EINVAL
            100.000 A accept EINVAL
            100.000 A bind EINVAL
            100.000 A sendto = 1
            100.000 A sendto EAI_NONAME
            100.000 A recv EINVAL
            100.000 A recv EAGAIN
            100.000 A recv EAGAIN
            100.000 A getsockopt 0
            150.000 B recvfrom "x"
            150.000 B recv EAGAIN
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_reset_is_told_once() {
    check_after(
        CONNECTED,
        "A send 1 x5
         A recv 1 10
         +50
         B setsockopt 102 SO_LINGER linger 0
         B close 102
         +50
         A send 1 x
         A recv 1 1
         A connect 1 10.0.0.2 80
         A getpeername 1
         A shutdown 1 both
         A close 1",
        expect![[r#"
            100.000 A send = 5
            150.000 B setsockopt ok
            150.000 B close ok
            160.000 A recv ECONNRESET
            200.000 A send EPIPE
            200.000 A recv ""
            200.000 A connect EISCONN
            200.000 A getpeername ENOTCONN
            200.000 A shutdown ENOTCONN
            200.000 A close ok
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn the_end_of_the_stream_and_both_orders_of_close() {
    let mut pair = Pair::new();
    pair.play(CONNECTED);
    pair.told.clear();
    (pair.segments, pair.states) = (true, true);
    pair.play(
        "B recv 102 10
         A shutdown 1 write
         +100
         A send 1 x
         B send 102 late
         B close 102
         +100
         A recv 1 10
         A recv 1 10
         A close 1
         +61000",
    );
    expect![[r#"
        100.000 A shutdown ok
        100.000 A 1: state "FIN-WAIT-1", local ["10.0.0.1",36046], peer ["10.0.0.2",80], receive_queue 0, send_queue 1
        100.000 A > F. 0
        110.000 B recv ""
        110.000 B 102: state "CLOSE-WAIT", local ["10.0.0.2",80], peer ["10.0.0.1",36046], receive_queue 0, send_queue 0
        110.001 B > . 0
        120.001 A 1: state "FIN-WAIT-2", local ["10.0.0.1",36046], peer ["10.0.0.2",80], receive_queue 0, send_queue 0
        200.000 A send EPIPE
        200.000 B send = 4
        200.000 B 102: state "CLOSE-WAIT", local ["10.0.0.2",80], peer ["10.0.0.1",36046], receive_queue 0, send_queue 4
        200.000 B > P. 4
        200.000 B close ok
        200.000 B 102: state "LAST-ACK", local ["10.0.0.2",80], peer ["10.0.0.1",36046], receive_queue 0, send_queue 5
        200.000 B > F. 0
        210.000 A 1: state "FIN-WAIT-2", local ["10.0.0.1",36046], peer ["10.0.0.2",80], receive_queue 4, send_queue 0
        210.000 A > . 0
        210.000 A 1: state "TIME-WAIT", local ["10.0.0.1",36046], peer ["10.0.0.2",80], receive_queue 4, send_queue 0
        210.000 A > . 0
        220.000 B 102: state "CLOSED", local ["10.0.0.2",80]
        300.000 A recv "late"
        300.000 A 1: state "TIME-WAIT", local ["10.0.0.1",36046], peer ["10.0.0.2",80], receive_queue 0, send_queue 0
        300.000 A recv ""
        300.000 A close ok
        60210.000 A 1: state "CLOSED", local ["10.0.0.1",36046]
    "#]].assert_eq(&pair.told);
}

#[wasm_bindgen_test(unsupported = test)]
fn waiting_for_all_gathers_and_time_outs_give_what_there_is() {
    check_after(
        CONNECTED,
        "B recv 102 10 flags=MSG_WAITALL
         A send 1 hello
         +50
         A send 1 world
         +50
         B recv 102 10 flags=MSG_WAITALL wait=70
         A send 1 abc
         +100
         B recv 102 10 flags=MSG_WAITALL,MSG_PEEK wait=70
         A send 1 de
         +100
         B setsockopt 102 SO_RCVLOWAT 4
         B recv 102 10
         A send 1 fg
         +50
         A send 1 hi
         +50
         B recv 102 10 flags=MSG_WAITALL
         A send 1 end
         A close 1
         +50
         B recv 102 10",
        expect![[r#"
            100.000 A send = 5
            150.000 A send = 5
            160.000 B recv "helloworld"
            200.000 A send = 3
            270.000 B recv "abc"
            300.000 A send = 2
            370.000 B recv "de"
            400.000 B setsockopt ok
            400.000 A send = 2
            410.000 B recv "defg"
            450.000 A send = 2
            500.000 A send = 3
            500.000 A close ok
            510.000 B recv "hiend"
            550.000 B recv ""
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_send_waits_for_room_and_says_how_far_it_came() {
    check_after(
        CONNECTED,
        "A send 1 x9000000 wait=0
         A send 1 x10 wait=0
         A send 1 x9000000 wait=1000
         +2000
         A send 1 x9000000
         A send 1 x7
         +100
         A cancel 10
         +100
         A cancel 11",
        expect![[r#"
            100.000 A send = 78192
            100.000 A send EAGAIN
            1100.000 A send = 93552
            2200.000 A send EINTR
            2200.000 A cancel ok
            2300.000 A send EINTR
            2300.000 A cancel ok
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn the_accept_queue_is_first_in_first_out_and_ends_with_the_listener() {
    let mut pair = Pair::new();
    pair.play(LISTEN);
    pair.play(
        "A socket
         A socket
         A connect 1 b 80
         +5
         A connect 2 b 80
         +5
         A connect 3 b 80
         +100
         A send 2 second
         +50",
    );
    pair.told.clear();
    pair.play(
        "B accept 101
         B accept 101
         B recv 103 10
         B close 101
         +100
         A recv 1 1 wait=0
         A recv 3 1
         A socket
         A connect 4 b 80
         +50",
    );
    expect![[r#"
        160.000 B accept = 102 from ('10.0.0.1', 36046)
        160.000 B accept = 103 from ('10.0.0.1', 36048)
        160.000 B recv "second"
        160.000 B close ok
        260.000 A recv EAGAIN
        260.000 A recv ECONNRESET
        260.000 A socket = 4
        280.000 A connect ECONNREFUSED
    "#]]
    .assert_eq(&pair.told);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_full_accept_queue_keeps_others_waiting() {
    let mut pair = Pair::new();
    pair.play(
        "B socket
         B bind 101 10.0.0.2 80
         B listen 101 0",
    );
    pair.states = true;
    pair.play(
        "A socket
         A socket
         A connect 1 b 80 wait=500
         +50
         A connect 2 b 80 wait=500
         +600
         B accept 101
         +3000
         B accept 101 wait=0
         A connect 2 b 80 wait=0",
    );
    expect![[r#"
        0.000 B socket = 101
        0.000 B bind ok
        0.000 B listen ok
        0.000 A socket = 1
        0.000 A 1: state "CLOSED"
        0.000 A socket = 2
        0.000 A 2: state "CLOSED"
        0.000 A 1: state "SYN-SENT", local ["10.0.0.1",36046], peer ["10.0.0.2",80], receive_queue 0, send_queue 0
        20.000 A connect ok
        20.000 A 1: state "ESTABLISHED", local ["10.0.0.1",36046], peer ["10.0.0.2",80], receive_queue 0, send_queue 0
        30.000 B 101: state "LISTEN", local ["10.0.0.2",80], accept {"backlog":0,"queued":1}
        50.000 A 2: state "SYN-SENT", local ["10.0.0.1",36048], peer ["10.0.0.2",80], receive_queue 0, send_queue 0
        550.000 A connect TIMEOUT
        650.000 B accept = 102 from ('10.0.0.1', 36046)
        650.000 B 102: state "ESTABLISHED", local ["10.0.0.2",80], peer ["10.0.0.1",36046], receive_queue 0, send_queue 0
        650.000 B 101: state "LISTEN", local ["10.0.0.2",80], accept {"backlog":0,"queued":0}
        1050.000 A 2: state "SYN-SENT", local ["10.0.0.1",36048], peer ["10.0.0.2",80], receive_queue 0, send_queue 0
        1070.000 A 2: state "ESTABLISHED", local ["10.0.0.1",36048], peer ["10.0.0.2",80], receive_queue 0, send_queue 0
        1080.000 B 101: state "LISTEN", local ["10.0.0.2",80], accept {"backlog":0,"queued":1}
        3650.000 B accept = 103 from ('10.0.0.1', 36048)
        3650.000 B 103: state "ESTABLISHED", local ["10.0.0.2",80], peer ["10.0.0.1",36048], receive_queue 0, send_queue 0
        3650.000 B 101: state "LISTEN", local ["10.0.0.2",80], accept {"backlog":0,"queued":0}
        3650.000 A connect ok
    "#]].assert_eq(&pair.told);
}

#[wasm_bindgen_test(unsupported = test)]
fn ports_are_shared_by_linuxs_rules() {
    check_after(
        CONNECTED,
        "B socket
         B bind 103 10.0.0.2 80
         B setsockopt 103 SO_REUSEADDR 1
         B bind 103 10.0.0.2 80
         B close 101
         B bind 103 10.0.0.2 80
         B setsockopt 102 SO_REUSEADDR 1
         B bind 103 10.0.0.2 80
         B socket
         B setsockopt 104 SO_REUSEADDR 1
         B bind 104 ** 80
         B listen 103 5
         B listen 104 5
         B socket v6
         B bind 105 :: 80
         B setsockopt 105 IPV6_V6ONLY 1
         B bind 105 :: 80",
        expect![[r#"
            100.000 B socket = 103
            100.000 B bind EADDRINUSE
            100.000 B setsockopt ok
            100.000 B bind EADDRINUSE
            100.000 B close ok
            100.000 B bind EADDRINUSE
            100.000 B setsockopt ok
            100.000 B bind ok
            100.000 B socket = 104
            100.000 B setsockopt ok
            100.000 B bind ok
            100.000 B listen ok
            100.000 B listen EADDRINUSE
            100.000 B socket = 105
            100.000 B bind EADDRINUSE
            100.000 B setsockopt ok
            100.000 B bind ok
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn closing_with_linger_waits_until_the_peer_has_all() {
    check_after(
        CONNECTED,
        "A setsockopt 1 SO_LINGER linger 5
         A send 1 x5000
         A close 1
         +100
         B recv 102 10000
         B recv 102 1",
        expect![[r#"
            100.000 A setsockopt ok
            100.000 A send = 5000
            160.000 A close ok
            200.000 B recv 5000 octets
            200.000 B recv ""
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_pair_is_taken_over_from_time_wait() {
    let mut pair = Pair::new();
    pair.play(
        "B socket
         B setsockopt 101 SO_REUSEADDR 1
         B bind 101 10.0.0.2 80
         B listen 101 5
         B accept 101
         B accept 101
         A socket
         A setsockopt 1 SO_REUSEADDR 1
         A bind 1 10.0.0.1 4000
         A connect 1 b 80
         +50
         A close 1
         +50
         B close 102
         +2000",
    );
    pair.told.clear();
    pair.play(
        "A socket
         A bind 2 10.0.0.1 4000
         A setsockopt 2 SO_REUSEADDR 1
         A bind 2 10.0.0.1 4000
         A connect 2 b 80
         +100",
    );
    expect![[r#"
        2100.000 A socket = 2
        2100.000 A bind EADDRINUSE
        2100.000 A setsockopt ok
        2100.000 A bind ok
        2120.000 A connect ok
        2130.000 B accept = 103 from ('10.0.0.1', 4000)
    "#]]
    .assert_eq(&pair.told);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_host_connects_to_itself() {
    check_link(
        "A socket
         A bind 1 ** 80
         A listen 1 5
         A socket
         A connect 2 127.0.0.1 80
         A connect 2 127.0.0.1 80
         +10
         A accept 1
         A send 2 hi
         A recv 3 10
         +0
         A socket
         A connect 4 localhost 81
         +0",
        expect![[r#"
            0.000 A socket = 1
            0.000 A bind ok
            0.000 A listen ok
            0.000 A socket = 2
            0.000 A > itself S 0
            0.000 A > itself S. 0
            0.000 A connect ok
            0.000 A connect ok
            0.000 A > itself . 0
            10.000 A accept = 3 from ('127.0.0.1', 42746)
            10.000 A send = 2
            10.000 A > itself P. 2
            10.000 A recv "hi"
            10.000 A > itself . 0
            10.000 A socket = 4
            10.000 A > itself S 0
            10.000 A > itself R. 0
            10.000 A connect ECONNREFUSED
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn ipv6_listeners_take_both_families() {
    check(
        "B socket v6
         B bind 101 ** 80
         B listen 101 5
         B accept 101
         B accept 101
         A socket
         A connect 1 10.0.0.2 80
         +50
         A socket v6
         A connect 2 fd00::2 80
         +50
         B getsockname 102
         B getpeername 103",
        expect![[r#"
            0.000 B socket = 101
            0.000 B bind ok
            0.000 B listen ok
            0.000 A socket = 1
            20.000 A connect ok
            30.000 B accept = 102 from ('::ffff:10.0.0.1', 36046, 0, 0)
            50.000 A socket = 2
            70.000 A connect ok
            80.000 B accept = 103 from ('fd00::1', 58246, 0, 0)
            100.000 B getsockname ('::ffff:10.0.0.2', 80, 0, 0)
            100.000 B getpeername ('fd00::1', 58246, 0, 0)
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn an_interface_that_takes_nothing_loses_segments_here() {
    let mut pair = Pair::new();
    pair.segments = true;
    pair.hosts[0].limit_interface(0, Some(0));
    pair.play(
        "A socket
         A connect 1 b 80 wait=500
         +600",
    );
    pair.hosts[0].limit_interface(0, None);
    pair.play("+1000");
    expect![[r#"
        0.000 A socket = 1
        500.000 A connect TIMEOUT
        1000.000 A > S 0 again
        1010.000 B > R. 0
    "#]]
    .assert_eq(&pair.told);
}

#[wasm_bindgen_test(unsupported = test)]
fn connects_without_a_port_share_ports_among_peers_only() {
    let mut a = spec("a", 1);
    a.profile.local_port_range = [50_000, 50_001];
    let mut pair = Pair::of([a, spec("b", 2)]);
    pair.play(
        "A socket
         A socket
         A socket
         A socket
         A connect 1 10.0.0.2 80 wait=0
         A connect 2 10.0.0.2 80 wait=0
         A connect 3 10.0.0.2 80 wait=0
         A connect 3 10.0.0.2 81 wait=0
         A bind 4 10.0.0.1 50001",
    );
    expect![[r#"
        0.000 A socket = 1
        0.000 A socket = 2
        0.000 A socket = 3
        0.000 A socket = 4
        0.000 A connect EINPROGRESS
        0.000 A connect EINPROGRESS
        0.000 A connect EADDRNOTAVAIL
        0.000 A connect EINPROGRESS
        0.000 A bind EADDRINUSE
    "#]]
    .assert_eq(&pair.told);
}
