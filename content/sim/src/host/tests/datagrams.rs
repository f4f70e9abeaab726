//! UDP: what is sent, what is received, what is lost, and which error comes when.

use super::{Pair, check, check_link};
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn a_datagram_comes_whole_with_its_senders_address() {
    check_link(
        "B socket udp
         B bind 101 0.0.0.0 5000
         B recvfrom 101 100
         A socket udp
         A sendto 1 10.0.0.2 5000 hello
         A getsockname 1
         +20
         A sendto 1 b 5000 again
         A sendto 1 10.0.0.2 5000 abc
         +20
         B recv 101 3
         B recvfrom 101 100 flags=MSG_PEEK
         B recvfrom 101 100
         B recvfrom 101 100 wait=0",
        expect![[r#"
            0.000 B socket = 101
            0.000 B bind ok
            0.000 A socket = 1
            0.000 A sendto = 5
            0.000 A > UDP 10.0.0.1:49934 > 10.0.0.2:5000 5
            0.000 A getsockname ('0.0.0.0', 49934)
            10.000 B recvfrom "hello" from ('10.0.0.1', 49934)
            20.000 A sendto = 5
            20.000 A > UDP 10.0.0.1:49934 > 10.0.0.2:5000 5
            20.000 A sendto = 3
            20.000 A > UDP 10.0.0.1:49934 > 10.0.0.2:5000 3
            40.000 B recv "aga"
            40.000 B recvfrom "abc" from ('10.0.0.1', 49934)
            40.000 B recvfrom "abc" from ('10.0.0.1', 49934)
            40.000 B recvfrom EAGAIN
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn errors_come_in_linuxs_order() {
    check(
        "A socket udp
         A send 1 x5
         A sendto 1 10.0.0.2 0 x5
         A sendto 1 10.0.0.2 7 x65536
         A sendto 1 10.0.0.2 7 x65508
         A sendto 1 10.0.0.255 7 x5
         A sendto 1 255.255.255.255 7 x5
         A sendto 1 fd00::2 7 x5
         A sendto 1 nobody 7 x5
         A sendto 1 10.0.0.2 7 x5 flags=MSG_OOB
         A listen 1 5
         A accept 1
         A getpeername 1
         A shutdown 1 both
         A send 1 x5
         A sendto 1 10.0.0.2 7 x5
         A getsockopt 1 SO_TYPE
         A getsockopt 1 TCP_NODELAY
         A setsockopt 1 TCP_NODELAY 1
         A setsockopt 1 SO_ERROR 1
         A setsockopt 1 SO_RCVBUF reno
         A getsockopt 1 IPV6_V6ONLY
         A connect 1 10.0.0.2 7
         A getpeername 1
         A getsockname 1
         A close 1
         A close 1",
        expect![[r#"
            0.000 A socket = 1
            0.000 A send EDESTADDRREQ
            0.000 A sendto EINVAL
            0.000 A sendto EMSGSIZE
            0.000 A sendto EMSGSIZE
            0.000 A sendto EACCES
            0.000 A sendto EACCES
            0.000 A sendto EAI_ADDRFAMILY
            0.000 A sendto EAI_NONAME
            0.000 A sendto EOPNOTSUPP
            0.000 A listen EOPNOTSUPP
            0.000 A accept EOPNOTSUPP
            0.000 A getpeername ENOTCONN
            0.000 A shutdown ENOTCONN
            0.000 A send EDESTADDRREQ
            0.000 A sendto EPIPE
            0.000 A getsockopt 2
            0.000 A getsockopt EOPNOTSUPP
            0.000 A setsockopt ENOPROTOOPT
            0.000 A setsockopt ENOPROTOOPT
            0.000 A setsockopt EPROTOCOL: SO_RCVBUF does not take the text “reno”: it is a whole number (octets), 0 or more
            0.000 A getsockopt EOPNOTSUPP
            0.000 A connect ok
            0.000 A getpeername ('10.0.0.2', 7)
            0.000 A getsockname ('10.0.0.1', 49934)
            0.000 A close ok
            0.000 A close EBADF
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn nobody_there_is_told_to_connected_sockets_once() {
    check_link(
        "A socket udp
         A sendto 1 10.0.0.2 9 x5
         +30
         A recv 1 10 wait=0
         A connect 1 10.0.0.2 9
         A send 1 x5
         A recv 1 10
         +30
         A recv 1 10 wait=0
         A send 1 x5
         +30
         A send 1 x5
         A send 1 x5
         +30
         A getsockopt 1 SO_ERROR
         A getsockopt 1 SO_ERROR",
        expect![[r#"
            0.000 A socket = 1
            0.000 A sendto = 5
            0.000 A > UDP 10.0.0.1:49934 > 10.0.0.2:9 5
            10.000 B > ICMP Port 10.0.0.2 > 10.0.0.1
            30.000 A recv EAGAIN
            30.000 A connect ok
            30.000 A send = 5
            30.000 A > UDP 10.0.0.1:49934 > 10.0.0.2:9 5
            40.000 B > ICMP Port 10.0.0.2 > 10.0.0.1
            50.000 A recv ECONNREFUSED
            60.000 A recv EAGAIN
            60.000 A send = 5
            60.000 A > UDP 10.0.0.1:49934 > 10.0.0.2:9 5
            70.000 B > ICMP Port 10.0.0.2 > 10.0.0.1
            90.000 A send ECONNREFUSED
            90.000 A send = 5
            90.000 A > UDP 10.0.0.1:49934 > 10.0.0.2:9 5
            100.000 B > ICMP Port 10.0.0.2 > 10.0.0.1
            120.000 A getsockopt 111
            120.000 A getsockopt 0
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_full_buffer_loses_datagrams_in_silence() {
    let mut pair = Pair::new();
    pair.play(
        "B socket udp
         B setsockopt 101 SO_RCVBUF 3000
         B getsockopt 101 SO_RCVBUF
         B bind 101 10.0.0.2 5000
         A socket udp
         A connect 1 10.0.0.2 5000",
    );
    pair.play(&"A send 1 x1000\n".repeat(5));
    pair.play("+20");
    pair.told.clear();
    pair.play(&"B recv 101 2000 wait=0\n".repeat(5));
    expect![[r#"
        20.000 B recv 1000 octets
        20.000 B recv 1000 octets
        20.000 B recv EAGAIN
        20.000 B recv EAGAIN
        20.000 B recv EAGAIN
    "#]]
    .assert_eq(&pair.told);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_host_talks_to_itself_in_turns_and_in_order() {
    check_link(
        "A socket udp
         A bind 1 127.0.0.1 5000
         A recvfrom 1 10
         A socket udp
         A sendto 2 127.0.0.1 5000 one
         A sendto 2 localhost 5000 two
         A sendto 2 127.0.0.1 5001 lost
         +0
         A recvfrom 1 10 wait=0
         A recvfrom 1 10 wait=0
         A socket udp v6
         A sendto 3 ::1 7 x5
         A connect 3 ::1 7
         A send 3 x5
         +0
         A send 3 x5",
        expect![[r#"
            0.000 A socket = 1
            0.000 A bind ok
            0.000 A socket = 2
            0.000 A sendto = 3
            0.000 A > itself UDP 127.0.0.1:49934 > 127.0.0.1:5000 3
            0.000 A sendto = 3
            0.000 A > itself UDP 127.0.0.1:49934 > 127.0.0.1:5000 3
            0.000 A sendto = 4
            0.000 A > itself UDP 127.0.0.1:49934 > 127.0.0.1:5001 4
            0.000 A recvfrom "one" from ('127.0.0.1', 49934)
            0.000 A > itself ICMP Port 127.0.0.1 > 127.0.0.1
            0.000 A recvfrom "two" from ('127.0.0.1', 49934)
            0.000 A recvfrom EAGAIN
            0.000 A socket = 3
            0.000 A sendto = 5
            0.000 A > itself UDP ::1:35922 > ::1:7 5
            0.000 A connect ok
            0.000 A send = 5
            0.000 A > itself UDP ::1:35922 > ::1:7 5
            0.000 A > itself ICMP Port ::1 > ::1
            0.000 A > itself ICMP Port ::1 > ::1
            0.000 A send ECONNREFUSED
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn dual_stack_sockets_see_mapped_addresses() {
    check(
        "B socket udp v6
         B bind 101 :: 5000
         A socket udp
         A sendto 1 10.0.0.2 5000 four
         A socket udp v6
         A sendto 2 fd00::2 5000 six
         A sendto 2 ::ffff:10.0.0.2 5000 mapped
         +20
         B recvfrom 101 10
         B recvfrom 101 10
         B recvfrom 101 10
         B socket udp v6
         B setsockopt 102 IPV6_V6ONLY 1
         B bind 102 :: 5001
         B setsockopt 102 IPV6_V6ONLY 0
         B sendto 102 ::ffff:10.0.0.1 9 x5
         B bind 102 :: 5002
         B socket udp
         B bind 103 0.0.0.0 5001
         B socket udp
         B bind 104 0.0.0.0 5000",
        expect![[r#"
            0.000 B socket = 101
            0.000 B bind ok
            0.000 A socket = 1
            0.000 A sendto = 4
            0.000 A socket = 2
            0.000 A sendto = 3
            0.000 A sendto = 6
            20.000 B recvfrom "four" from ('::ffff:10.0.0.1', 49934, 0, 0)
            20.000 B recvfrom "six" from ('fd00::1', 35922, 0, 0)
            20.000 B recvfrom "mapped" from ('::ffff:10.0.0.1', 35922, 0, 0)
            20.000 B socket = 102
            20.000 B setsockopt ok
            20.000 B bind ok
            20.000 B setsockopt EINVAL
            20.000 B sendto ENETUNREACH
            20.000 B bind EINVAL
            20.000 B socket = 103
            20.000 B bind ok
            20.000 B socket = 104
            20.000 B bind EADDRINUSE
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn shutdown_wakes_who_waits_for_a_datagram() {
    check(
        "A socket udp
         A connect 1 10.0.0.2 9
         A recv 1 10
         A shutdown 1 read
         A recv 1 10 wait=0
         A recv 1 10
         A shutdown 1 write
         A send 1 x5",
        expect![[r#"
            0.000 A socket = 1
            0.000 A connect ok
            0.000 A shutdown ok
            0.000 A recv ""
            0.000 A recv EAGAIN
            0.000 A recv ""
            0.000 A shutdown ok
            0.000 A send EPIPE
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn the_best_socket_gets_the_datagram() {
    check(
        "B socket udp
         B bind 101 0.0.0.0 5000
         B socket udp
         B bind 102 10.0.0.2 5000
         B setsockopt 101 SO_REUSEADDR 1
         B setsockopt 102 SO_REUSEADDR 1
         B bind 102 10.0.0.2 5000
         B socket udp
         B setsockopt 103 SO_REUSEADDR 1
         B bind 103 10.0.0.2 5000
         B connect 103 10.0.0.1 6000
         A socket udp
         A bind 1 10.0.0.1 6000
         A sendto 1 10.0.0.2 5000 peer
         A socket udp
         A sendto 2 10.0.0.2 5000 other
         +20
         B recv 101 10 wait=0
         B recv 102 10 wait=0
         B recv 103 10 wait=0",
        expect![[r#"
            0.000 B socket = 101
            0.000 B bind ok
            0.000 B socket = 102
            0.000 B bind EADDRINUSE
            0.000 B setsockopt ok
            0.000 B setsockopt ok
            0.000 B bind ok
            0.000 B socket = 103
            0.000 B setsockopt ok
            0.000 B bind ok
            0.000 B connect ok
            0.000 A socket = 1
            0.000 A bind ok
            0.000 A sendto = 4
            0.000 A socket = 2
            0.000 A sendto = 5
            20.000 B recv EAGAIN
            20.000 B recv "other"
            20.000 B recv "peer"
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn what_is_larger_than_the_interface_may_be_fragmented() {
    check_link(
        "A socket udp
         A sendto 1 10.0.0.2 9 x1472
         A sendto 1 10.0.0.2 9 x1473
         A sendto 1 10.0.0.2 9 x65507",
        expect![[r#"
            0.000 A socket = 1
            0.000 A sendto = 1472
            0.000 A > UDP 10.0.0.1:49934 > 10.0.0.2:9 1472
            0.000 A sendto = 1473
            0.000 A > UDP 10.0.0.1:49934 > 10.0.0.2:9 1473 may be fragmented
            0.000 A sendto = 65507
            0.000 A > UDP 10.0.0.1:49934 > 10.0.0.2:9 65507 may be fragmented
        "#]],
    );
}

/// Measured on Linux 6.18 with a buffer of 20,000 octets.
#[wasm_bindgen_test(unsupported = test)]
fn a_buffer_holds_as_many_datagrams_as_linuxs() {
    for (size, holds) in [(1, 24), (100, 24), (500, 15), (1_000, 8), (1_472, 8), (3_000, 4)] {
        let mut pair = Pair::new();
        pair.play(
            "B socket udp
             B setsockopt 101 SO_RCVBUF 10000
             B bind 101 10.0.0.2 5000
             A socket udp
             A connect 1 10.0.0.2 5000",
        );
        pair.play(&format!("A send 1 x{size}\n").repeat(40));
        pair.play("+20");
        pair.told.clear();
        pair.play(&"B recv 101 10000 wait=0\n".repeat(40));
        assert_eq!(40 - pair.told.matches("EAGAIN").count(), holds, "of {size} octets");
    }
}
