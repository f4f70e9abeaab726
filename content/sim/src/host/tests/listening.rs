//! Listening sockets: their calls, their accept queue, their ports.

use super::{CONNECTED, LISTEN, Pair, check, check_after, check_link};
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;

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
