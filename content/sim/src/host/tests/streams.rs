//! TCP over two hosts that are connected: talking, closing, and what each call gets while that goes on.

use super::{CONNECTED, Pair, check_after};
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;

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
    // How much there is room for is the machine's business.
    let mut pair = Pair::new();
    pair.play(CONNECTED);
    pair.told.clear();
    pair.play(
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
    );
    let told: String = pair.told.chars().filter(|c| !c.is_ascii_digit()).collect();
    expect![[r#"
        . A send = 
        . A send EAGAIN
        . A send = 
        . A send EINTR
        . A cancel ok
        . A send EINTR
        . A cancel ok
    "#]]
    .assert_eq(&told);
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

/// Each answer was measured on Linux 6.18.
#[wasm_bindgen_test(unsupported = test)]
fn a_connection_that_was_reset_before_accept_is_accepted_all_the_same() {
    check_after(
        CONNECTED,
        "A socket
         A connect 2 b 80
         +50
         A setsockopt 2 SO_LINGER linger 0
         A close 2
         +50
         B accept 101
         B getpeername 103
         B recv 103 1
         B recv 103 1
         B send 103 x
         B shutdown 103 both
         B bind 103 10.0.0.2 0
         B connect 103 10.0.0.1 9",
        expect![[r#"
            100.000 A socket = 2
            120.000 A connect ok
            150.000 A setsockopt ok
            150.000 A close ok
            200.000 B accept = 103 from ('10.0.0.1', 36048)
            200.000 B getpeername ENOTCONN
            200.000 B recv ECONNRESET
            200.000 B recv ""
            200.000 B send EPIPE
            200.000 B shutdown ENOTCONN
            200.000 B bind ok
            200.000 B connect EISCONN
        "#]],
    );
}

/// Each answer was measured on Linux 6.18.
#[wasm_bindgen_test(unsupported = test)]
fn shutting_down_by_halves() {
    check_after(
        CONNECTED,
        "A shutdown 1 write
         A shutdown 1 write
         +50
         A shutdown 1 read
         A recv 1 1
         A getpeername 1
         B send 102 xy
         +50
         A recv 1 5
         B shutdown 102 write
         B send 102 x
         A shutdown 1 read",
        expect![[r#"
            100.000 A shutdown ok
            100.000 A shutdown ok
            150.000 A shutdown ok
            150.000 A recv ""
            150.000 A getpeername ('10.0.0.2', 80)
            150.000 B send = 2
            200.000 A recv ECONNRESET
            200.000 B shutdown ENOTCONN
            200.000 B send EPIPE
            200.000 A shutdown ENOTCONN
        "#]],
    );
}

/// Each answer was measured on Linux 6.18.
#[wasm_bindgen_test(unsupported = test)]
fn a_socket_in_time_wait_has_no_peer() {
    check_after(
        CONNECTED,
        "A shutdown 1 both
         +50
         B close 102
         +50
         A getpeername 1
         A shutdown 1 both
         A send 1 x
         A recv 1 1
         A connect 1 b 80
         A setsockopt 1 TCP_NODELAY 1
         A getsockopt 1 SO_ERROR",
        expect![[r#"
            100.000 A shutdown ok
            150.000 B close ok
            200.000 A getpeername ENOTCONN
            200.000 A shutdown ENOTCONN
            200.000 A send EPIPE
            200.000 A recv ""
            200.000 A connect EISCONN
            200.000 A setsockopt ok
            200.000 A getsockopt 0
        "#]],
    );
}

/// Each answer was measured on Linux 6.18.
#[wasm_bindgen_test(unsupported = test)]
fn urgent_data_is_apart_and_reading_stops_at_it() {
    check_after(
        CONNECTED,
        "A send 1 abc flags=MSG_OOB
         +50
         B recv 102 9 wait=0
         B recv 102 9 flags=MSG_OOB,MSG_PEEK
         B recv 102 9 flags=MSG_OOB
         B recv 102 9 flags=MSG_OOB
         B recv 102 9 wait=0
         A send 1 def flags=MSG_OOB
         A send 1 ghi
         +50
         B recv 102 6 flags=MSG_WAITALL wait=0
         B recv 102 5 flags=MSG_WAITALL wait=0
         B recv 102 5 wait=0
         B setsockopt 102 SO_OOBINLINE 1
         A send 1 jkl flags=MSG_OOB
         +50
         B recv 102 1 flags=MSG_OOB",
        expect![[r#"
            100.000 A send = 3
            150.000 B recv "ab"
            150.000 B recv "c"
            150.000 B recv "c"
            150.000 B recv EINVAL
            150.000 B recv EAGAIN
            150.000 A send = 3
            150.000 A send = 3
            200.000 B recv "de"
            200.000 B recv "ghi"
            200.000 B recv EAGAIN
            200.000 B setsockopt ok
            200.000 A send = 3
            250.000 B recv EINVAL
        "#]],
    );
}
