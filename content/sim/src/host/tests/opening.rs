//! Streams without a connection, and the ways to one: connect, what it gets when it is called again, where it comes from.

use super::{LISTEN, Pair, check, check_after, check_link, spec};
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;

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

/// Each answer was measured on Linux 6.18.
#[wasm_bindgen_test(unsupported = test)]
fn what_a_failed_connect_leaves_of_the_address() {
    check(
        "A socket
         A bind 1 10.0.0.1 0
         A bind 1 10.0.0.1 0
         A connect 1 10.0.0.2 9
         +50
         A listen 1 1
         A accept 1 wait=0
         A socket
         A bind 2 10.0.0.1 45999
         A connect 2 10.0.0.2 9
         +50
         A getsockname 2
         A bind 2 10.0.0.1 45998
         A socket
         A bind 3 ** 45997
         A connect 3 10.0.0.2 9
         A getsockname 3
         +50
         A getsockname 3",
        expect![[r#"
            0.000 A socket = 1
            0.000 A bind ok
            0.000 A bind EINVAL
            20.000 A connect ECONNREFUSED
            50.000 A listen ok
            50.000 A accept EAGAIN
            50.000 A socket = 2
            50.000 A bind ok
            70.000 A connect ECONNREFUSED
            100.000 A getsockname ('10.0.0.1', 45999)
            100.000 A bind EINVAL
            100.000 A socket = 3
            100.000 A bind ok
            100.000 A getsockname ('10.0.0.1', 45997)
            120.000 A connect ECONNREFUSED
            150.000 A getsockname ('0.0.0.0', 45997)
        "#]],
    );
}

/// Each answer was measured on Linux 6.18.
#[wasm_bindgen_test(unsupported = test)]
fn a_pair_is_used_once_and_a_socket_may_connect_to_itself() {
    check(
        "A socket
         A setsockopt 1 SO_REUSEADDR 1
         A bind 1 10.0.0.1 45990
         A socket
         A setsockopt 2 SO_REUSEADDR 1
         A bind 2 10.0.0.1 45990
         A connect 1 b 80 wait=0
         A connect 2 b 80 wait=0
         A getsockname 2
         A socket
         A bind 3 127.0.0.1 45980
         A connect 3 127.0.0.1 45980
         +0
         A send 3 me
         +0
         A recv 3 9",
        expect![[r#"
            0.000 A socket = 1
            0.000 A setsockopt ok
            0.000 A bind ok
            0.000 A socket = 2
            0.000 A setsockopt ok
            0.000 A bind ok
            0.000 A connect EINPROGRESS
            0.000 A connect EADDRNOTAVAIL
            0.000 A getsockname ('10.0.0.1', 45990)
            0.000 A socket = 3
            0.000 A bind ok
            0.000 A connect ok
            0.000 A send = 2
            0.000 A recv "me"
        "#]],
    );
}
