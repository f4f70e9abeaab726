//! Options of every socket: what they answer, and what they do.

use super::{CONNECTED, Pair, check, check_after};
use expect_test::expect;

#[test]
fn a_socket_tells_what_it_is() {
    check(
        "A socket
        A getsockopt 1 SO_DOMAIN
        A getsockopt 1 SO_TYPE
        A getsockopt 1 SO_PROTOCOL
        A socket udp v6
        A getsockopt 2 SO_DOMAIN
        A getsockopt 2 SO_TYPE
        A getsockopt 2 SO_PROTOCOL
        A getsockopt 2 SO_SNDLOWAT
        A setsockopt 2 SO_SNDLOWAT 5
        A setsockopt 2 SO_DOMAIN 2",
        expect![[r#"
            0.000 A socket = 1
            0.000 A getsockopt 2
            0.000 A getsockopt 1
            0.000 A getsockopt 6
            0.000 A socket = 2
            0.000 A getsockopt 10
            0.000 A getsockopt 2
            0.000 A getsockopt 17
            0.000 A getsockopt 1
            0.000 A setsockopt ENOPROTOOPT
            0.000 A setsockopt ENOPROTOOPT
        "#]],
    );
}

#[test]
fn what_is_for_ipv6_is_not_for_ipv4() {
    check(
        "A socket
        A setsockopt 1 IPV6_UNICAST_HOPS 9
        A getsockopt 1 IPV6_TCLASS
        A socket v6
        A getsockopt 2 IPV6_UNICAST_HOPS
        A setsockopt 2 IPV6_UNICAST_HOPS 9
        A setsockopt 2 IPV6_UNICAST_HOPS 256
        A getsockopt 2 IPV6_UNICAST_HOPS
        A setsockopt 2 IPV6_UNICAST_HOPS -1
        A getsockopt 2 IPV6_UNICAST_HOPS
        A setsockopt 2 IPV6_TCLASS 255
        A getsockopt 2 IPV6_TCLASS
        A socket udp v6
        A setsockopt 3 IPV6_TCLASS 255
        A getsockopt 3 IPV6_TCLASS
        A setsockopt 3 IPV6_TCLASS -2",
        expect![[r#"
            0.000 A socket = 1
            0.000 A setsockopt ENOPROTOOPT
            0.000 A getsockopt EOPNOTSUPP
            0.000 A socket = 2
            0.000 A getsockopt 64
            0.000 A setsockopt ok
            0.000 A setsockopt EINVAL
            0.000 A getsockopt 9
            0.000 A setsockopt ok
            0.000 A getsockopt 64
            0.000 A setsockopt ok
            0.000 A getsockopt 252
            0.000 A socket = 3
            0.000 A setsockopt ok
            0.000 A getsockopt 255
            0.000 A setsockopt EINVAL
        "#]],
    );
}

#[test]
fn a_type_of_service_has_its_priority() {
    check(
        "A socket
        A setsockopt 1 SO_PRIORITY 5
        A getsockopt 1 SO_PRIORITY
        A setsockopt 1 IP_TOS 16
        A getsockopt 1 SO_PRIORITY
        A setsockopt 1 SO_PRIORITY 7",
        expect![[r#"
            0.000 A socket = 1
            0.000 A setsockopt ok
            0.000 A getsockopt 5
            0.000 A setsockopt ok
            0.000 A getsockopt 6
            0.000 A setsockopt ok
        "#]],
    );
}

#[test]
fn ports_are_shared_by_who_asks_for_it() {
    let mut pair = Pair::new();
    pair.play(
        "B socket
        B setsockopt 101 SO_REUSEPORT 1
        B bind 101 10.0.0.2 80
        B listen 101 50
        B socket
        B bind 102 10.0.0.2 80
        B setsockopt 102 SO_REUSEPORT 1
        B bind 102 10.0.0.2 80
        B listen 102 50",
    );
    expect![[r#"
        0.000 B socket = 101
        0.000 B setsockopt ok
        0.000 B bind ok
        0.000 B listen ok
        0.000 B socket = 102
        0.000 B bind EADDRINUSE
        0.000 B setsockopt ok
        0.000 B bind ok
        0.000 B listen ok
    "#]]
    .assert_eq(&std::mem::take(&mut pair.told));
    for number in 1..=40 {
        pair.play(&format!("A socket\nA connect {number} 10.0.0.2 80\n+100"));
    }
    pair.told.clear();
    // Both have got some; a peer that comes again with the same port would come to the same one.
    pair.play("B poll 101 POLLIN 102 POLLIN");
    expect![[r#"
        4000.000 B poll ready [101 POLLIN, 102 POLLIN]
    "#]]
    .assert_eq(&pair.told);
}

#[test]
fn a_broadcast_takes_an_option() {
    check(
        "B socket udp
        B bind 101 0.0.0.0 67
        B socket udp
        B bind 102 10.0.0.255 67
        B socket udp
        B bind 103 10.0.0.2 67
        A socket udp
        A bind 1 0.0.0.0 67
        A sendto 1 10.0.0.255 67 anybody?
        A setsockopt 1 SO_BROADCAST 1
        A sendto 1 10.0.0.255 67 anybody?
        +20
        B recvfrom 101 20 wait=0
        B recvfrom 102 20 wait=0
        B recvfrom 103 20 wait=0
        A recvfrom 1 20 wait=0
        A connect 1 10.0.0.255 67",
        expect![[r#"
            0.000 B socket = 101
            0.000 B bind ok
            0.000 B socket = 102
            0.000 B bind EADDRINUSE
            0.000 B socket = 103
            0.000 B bind EADDRINUSE
            0.000 A socket = 1
            0.000 A bind ok
            0.000 A sendto EACCES
            0.000 A setsockopt ok
            0.000 A sendto = 8
            20.000 B recvfrom "anybody?" from ('10.0.0.1', 67)
            20.000 B recvfrom EAGAIN
            20.000 B recvfrom EAGAIN
            20.000 A recvfrom "anybody?" from ('10.0.0.1', 67)
            20.000 A connect ok
        "#]],
    );
}

#[test]
fn without_routers_only_the_own_links_are_reached() {
    check(
        "A socket udp
        A setsockopt 1 SO_DONTROUTE 1
        A sendto 1 10.0.0.2 9 near
        A sendto 1 8.8.8.8 9 far
        A sendto 1 127.0.0.1 9 here
        A setsockopt 1 SO_DONTROUTE 0
        A sendto 1 8.8.8.8 9 far",
        expect![[r#"
            0.000 A socket = 1
            0.000 A setsockopt ok
            0.000 A sendto = 4
            0.000 A sendto ENETUNREACH
            0.000 A sendto = 4
            0.000 A setsockopt ok
            0.000 A sendto = 3
        "#]],
    );
}

#[test]
fn tcp_info_is_octets() {
    let mut pair = Pair::new();
    pair.play(CONNECTED);
    pair.told.clear();
    pair.play("A getsockopt 1 TCP_INFO\nA socket udp\nA getsockopt 2 TCP_INFO\nA setsockopt 1 TCP_INFO 1");
    let told = pair
        .told
        .lines()
        .next()
        .expect("the first call came back")
        .rsplit(' ')
        .next()
        .expect("a value")
        .to_owned();
    assert_eq!((told.len(), &told[..2]), (2 * 248, "01"), "ESTABLISHED");
    expect![[r#"
        100.000 A socket = 2
        100.000 A getsockopt EOPNOTSUPP
        100.000 A setsockopt EPROTOCOL: TCP_INFO does not take the number 1: it is octets, as in {"hex": "0700"}
    "#]].assert_eq(pair.told.split_once('\n').expect("there are more").1);
}

#[test]
fn what_a_listening_socket_has_its_connections_have() {
    check_after(
        "B socket
        B setsockopt 101 SO_PRIORITY 3
        B setsockopt 101 SO_REUSEPORT 1
        B bind 101 10.0.0.2 80
        B listen 101 5
        B accept 101
        A socket
        A connect 1 10.0.0.2 80
        +100",
        "B getsockopt 102 SO_PRIORITY
        B getsockopt 102 SO_REUSEPORT",
        expect![[r#"
            100.000 B getsockopt 3
            100.000 B getsockopt 1
        "#]],
    );
}
