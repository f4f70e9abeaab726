//! poll(2): what is ready when, by tcp_poll's and datagram_poll's rules, and how the call ends.

use super::{CONNECTED, LISTEN, check, check_after};
use expect_test::expect;

#[test]
fn a_fresh_stream_hangs_up_and_can_be_written_to() {
    check(
        "A socket
        A poll 1 POLLIN|POLLOUT
        A poll 1 -
        A socket udp
        A poll 2 POLLIN|POLLOUT
        A poll 2 POLLIN wait=0",
        expect![[r#"
            0.000 A socket = 1
            0.000 A poll ready [1 POLLOUT|POLLHUP]
            0.000 A poll ready [1 POLLHUP]
            0.000 A socket = 2
            0.000 A poll ready [2 POLLOUT]
            0.000 A poll ready []
        "#]],
    );
}

#[test]
fn what_is_no_socket_is_told_at_once() {
    check(
        "A socket udp
        A poll 9 POLLIN 1 POLLIN
        A close 1
        A poll 1 POLLIN
        B poll 1 POLLIN",
        expect![[r#"
            0.000 A socket = 1
            0.000 A poll ready [9 POLLNVAL]
            0.000 A close ok
            0.000 A poll ready [1 POLLNVAL]
            0.000 B poll ready [1 POLLNVAL]
        "#]],
    );
}

#[test]
fn a_listening_socket_is_ready_when_accept_would_not_wait() {
    check_after(
        LISTEN,
        "B poll 101 POLLIN|POLLOUT wait=0
        B poll 101 POLLIN|POLLOUT
        A connect 1 10.0.0.2 80
        +100
        B accept 101
        B poll 101 POLLIN wait=0",
        expect![[r#"
            0.000 B poll ready []
            20.000 A connect ok
            30.000 B poll ready [101 POLLIN]
            100.000 B accept = 102 from ('10.0.0.1', 36046)
            100.000 B poll ready []
        "#]],
    );
}

#[test]
fn a_connect_that_does_not_wait_is_waited_for() {
    check_after(
        LISTEN,
        "A connect 1 10.0.0.2 80 wait=0
        A poll 1 POLLIN|POLLOUT wait=0
        A poll 1 POLLIN|POLLOUT
        +100
        A getsockopt 1 SO_ERROR
        A socket
        A connect 2 10.0.0.2 81 wait=0
        A poll 2 POLLOUT
        +100
        A getsockopt 2 SO_ERROR
        A poll 2 POLLOUT",
        expect![[r#"
            0.000 A connect EINPROGRESS
            0.000 A poll ready []
            20.000 A poll ready [1 POLLOUT]
            100.000 A getsockopt 0
            100.000 A socket = 2
            100.000 A connect EINPROGRESS
            120.000 A poll ready [2 POLLOUT|POLLERR|POLLHUP]
            200.000 A getsockopt 111
            200.000 A poll ready [2 POLLOUT|POLLHUP]
        "#]],
    );
}

#[test]
fn data_and_its_end_are_told() {
    check_after(
        CONNECTED,
        "B poll 102 POLLIN|POLLRDHUP
        A send 1 hello
        +20
        B recv 102 5
        B poll 102 POLLIN|POLLRDHUP
        A shutdown 1 write
        +20
        B poll 102 POLLOUT wait=0
        B shutdown 102 both
        B poll 102 POLLOUT|POLLIN
        +100
        A poll 1 POLLIN|POLLOUT|POLLRDHUP",
        expect![[r#"
            100.000 A send = 5
            110.000 B poll ready [102 POLLIN]
            120.000 B recv "hello"
            120.000 A shutdown ok
            130.000 B poll ready [102 POLLIN|POLLRDHUP]
            140.000 B poll ready [102 POLLOUT]
            140.000 B shutdown ok
            140.000 B poll ready [102 POLLIN|POLLOUT|POLLHUP]
            240.000 A poll ready [1 POLLIN|POLLOUT|POLLRDHUP|POLLHUP]
        "#]],
    );
}

#[test]
fn a_reset_is_told_unasked() {
    check_after(
        CONNECTED,
        "A poll 1 POLLPRI
        B setsockopt 102 SO_LINGER linger 0
        B close 102
        +20
        A poll 1 POLLIN|POLLOUT|POLLRDHUP
        A recv 1 5
        A poll 1 POLLIN|POLLOUT|POLLRDHUP",
        expect![[r#"
            100.000 B setsockopt ok
            100.000 B close ok
            110.000 A poll ready [1 POLLERR|POLLHUP]
            120.000 A poll ready [1 POLLIN|POLLOUT|POLLRDHUP|POLLERR|POLLHUP]
            120.000 A recv ECONNRESET
            120.000 A poll ready [1 POLLIN|POLLOUT|POLLRDHUP|POLLHUP]
        "#]],
    );
}

#[test]
fn a_low_mark_and_urgent_data_count() {
    check_after(
        CONNECTED,
        "B setsockopt 102 SO_RCVLOWAT 4
        B poll 102 POLLIN
        B poll 102 POLLPRI
        A send 1 abc
        +20
        A send 1 d
        +20
        A send 1 ! flags=MSG_OOB
        +20",
        expect![[r#"
            100.000 B setsockopt ok
            100.000 A send = 3
            120.000 A send = 1
            130.000 B poll ready [102 POLLIN]
            140.000 A send = 1
            150.000 B poll ready [102 POLLPRI]
        "#]],
    );
}

#[test]
fn a_full_send_buffer_is_writable_when_a_third_is_free() {
    check_after(
        CONNECTED,
        "A setsockopt 1 SO_SNDBUF 20000
        A send 1 x2000000 wait=0
        +500
        A send 1 x2000000 wait=0
        +500
        A send 1 x2000000 wait=0
        A poll 1 POLLOUT wait=0
        A poll 1 POLLOUT
        +50
        B recv 102 4000
        +50
        B recv 102 2000000
        +500",
        expect![[r#"
            100.000 A setsockopt ok
            100.000 A send = 46336
            600.000 A send = 52128
            1100.000 A send = 30544
            1100.000 A poll ready []
            1150.000 B recv 4000 octets
            1200.000 B recv 78536 octets
            1483.172 A poll ready [1 POLLOUT]
        "#]],
    );
}

#[test]
fn datagrams_are_told() {
    check(
        "B socket udp
        B bind 101 10.0.0.2 53
        B poll 101 POLLIN
        A socket udp
        A sendto 1 10.0.0.2 53 question
        +20
        B recvfrom 101 3
        A connect 1 10.0.0.2 54
        A poll 1 POLLIN
        A send 1 nobody
        +50
        A poll 1 POLLIN|POLLOUT
        A recv 1 10 wait=0
        A poll 1 POLLIN wait=0",
        expect![[r#"
            0.000 B socket = 101
            0.000 B bind ok
            0.000 A socket = 1
            0.000 A sendto = 8
            10.000 B poll ready [101 POLLIN]
            20.000 B recvfrom "que" from ('10.0.0.1', 49934), cut from 8
            20.000 A connect ok
            20.000 A send = 6
            40.000 A poll ready [1 POLLERR]
            70.000 A poll ready [1 POLLOUT|POLLERR]
            70.000 A recv ECONNREFUSED
            70.000 A poll ready []
        "#]],
    );
}

#[test]
fn the_first_of_several_ends_it() {
    check_after(
        CONNECTED,
        "B poll 101 POLLIN 102 POLLIN 102 POLLPRI|POLLIN
        A send 1 x
        +20
        B poll 101 POLLIN wait=30
        +100",
        expect![[r#"
            100.000 A send = 1
            110.000 B poll ready [102 POLLIN, 102 POLLIN]
            150.000 B poll ready []
        "#]],
    );
}

#[test]
fn it_ends_by_time_by_cancel_and_by_close() {
    check(
        "A socket udp
        A poll 1 POLLIN wait=250
        A poll 1 POLLIN
        A poll 1 POLLIN
        A poll 1 - wait=50
        +300
        A cancel 3
        A close 1
        A poll wait=10
        +10",
        expect![[r#"
            0.000 A socket = 1
            50.000 A poll ready []
            250.000 A poll ready []
            300.000 A poll EINTR
            300.000 A cancel ok
            300.000 A poll ready [1 POLLNVAL]
            300.000 A close ok
            310.000 A poll ready []
        "#]],
    );
}

#[test]
fn names_are_known_both_ways() {
    check(
        "A getnameinfo 10.0.0.1
        A getnameinfo 10.0.0.2
        A getnameinfo ::ffff:10.0.0.2
        A getnameinfo 127.0.0.1
        A getnameinfo ::1
        A getnameinfo 10.0.0.9",
        expect![[r#"
            0.000 A getnameinfo a
            0.000 A getnameinfo b
            0.000 A getnameinfo b
            0.000 A getnameinfo localhost
            0.000 A getnameinfo localhost
            0.000 A getnameinfo EAI_NONAME
        "#]],
    );
}
