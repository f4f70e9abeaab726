//! Names, addresses, ports, and specs that no host can be made from.

use super::super::{Host, HostSpec, InterfaceSpec, RouteSpec};
use super::{Pair, check, spec};
use core::net::IpAddr;
use expect_test::{Expect, expect};
use sockets::HostId;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn names_are_resolved_as_everywhere() {
    check(
        "A gethostname
         A getaddrinfo localhost 80
         A getaddrinfo b 80
         A getaddrinfo B. 80
         A getaddrinfo a 80
         A getaddrinfo b 80 v6
         A getaddrinfo nobody 80
         A getaddrinfo ** 80
         A getaddrinfo 127.1 80
         A getaddrinfo 192.0.2.1 80",
        expect![[r#"
            0.000 A gethostname a
            0.000 A getaddrinfo ('::1', 80, 0, 0) ('127.0.0.1', 80)
            0.000 A getaddrinfo ('10.0.0.2', 80)
            0.000 A getaddrinfo ('10.0.0.2', 80)
            0.000 A getaddrinfo ('10.0.0.1', 80) ('fd00::1', 80, 0, 0)
            0.000 A getaddrinfo EAI_NONAME
            0.000 A getaddrinfo EAI_NONAME
            0.000 A getaddrinfo EAI_NONAME
            0.000 A getaddrinfo EPROTOCOL: “127.1” is not an IPv4 address: write all four numbers from 0 to 255, as in 127.0.0.1
            0.000 A getaddrinfo ('192.0.2.1', 80)
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn bind_objects_in_linuxs_order() {
    let mut a = spec("a", 1);
    a.privileged = false;
    let mut pair = Pair::of([a, spec("b", 2)]);
    pair.play(
        "A socket udp
         A bind 1 10.0.0.9 80
         A bind 1 10.0.0.1 80
         A bind 1 10.0.0.1 0
         A bind 1 10.0.0.1 5000
         A bind 1 10.0.0.9 5000
         A bind 1 10.0.0.1 80
         A getsockname 1
         A socket udp v6
         A bind 2 2001:db8::1 80
         A bind 2 2001:db8::1 5000
         A bind 2 10.0.0.1 5000
         A bind 2 ::ffff:10.0.0.1 5000
         A getsockname 2
         A bind 99 10.0.0.1 5000
         A socket udp
         A bind 3 10.0.0.1 5000
         A bind 3 ** 5001
         A getsockname 3",
    );
    expect![[r#"
        0.000 A socket = 1
        0.000 A bind EADDRNOTAVAIL
        0.000 A bind EACCES
        0.000 A bind ok
        0.000 A bind EINVAL
        0.000 A bind EADDRNOTAVAIL
        0.000 A bind EACCES
        0.000 A getsockname ('10.0.0.1', 49934)
        0.000 A socket = 2
        0.000 A bind EACCES
        0.000 A bind EADDRNOTAVAIL
        0.000 A bind EAI_ADDRFAMILY
        0.000 A bind ok
        0.000 A getsockname ('::ffff:10.0.0.1', 5000, 0, 0)
        0.000 A bind EBADF
        0.000 A socket = 3
        0.000 A bind EADDRINUSE
        0.000 A bind ok
        0.000 A getsockname ('0.0.0.0', 5001)
    "#]]
    .assert_eq(&pair.told);
}

#[wasm_bindgen_test(unsupported = test)]
fn ports_run_out() {
    let mut a = spec("a", 1);
    a.profile.local_port_range = [50_000, 50_001];
    let mut pair = Pair::of([a, spec("b", 2)]);
    pair.play(
        "A socket udp
         A bind 1 ** 0
         A socket udp
         A sendto 2 10.0.0.2 9 x
         A socket udp
         A sendto 3 10.0.0.2 9 x
         A bind 3 ** 0
         A connect 3 10.0.0.2 9
         A close 1
         A bind 3 ** 0",
    );
    expect![[r#"
        0.000 A socket = 1
        0.000 A bind ok
        0.000 A socket = 2
        0.000 A sendto = 1
        0.000 A socket = 3
        0.000 A sendto EAGAIN
        0.000 A bind EADDRINUSE
        0.000 A connect EAGAIN
        0.000 A close ok
        0.000 A bind ok
    "#]]
    .assert_eq(&pair.told);
}

fn refused(change: impl FnOnce(&mut HostSpec), expected: Expect) {
    let mut spec = spec("a", 1);
    change(&mut spec);
    let error = Host::new(HostId(0), &spec, 7).map(|_| ()).expect_err("no host can be made from it");
    expected.assert_eq(&error.to_string());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_spec_that_cannot_be_is_refused_by_its_field() {
    let ip = |text: &str| -> IpAddr { text.parse().expect("an address") };
    let interface =
        |address: &str, length, mtu| InterfaceSpec { addresses: vec![(ip(address), length)], mtu };
    let route = |to: &str, length, via: Option<&str>, interface| RouteSpec {
        destination: (ip(to), length),
        via: via.map(ip),
        interface,
    };
    refused(
        |spec| spec.name = "a b".into(),
        expect!["name: “a b” is no host name: write 1 to 64 letters, digits, hyphens and dots"],
    );
    refused(
        |spec| spec.name = String::new(),
        expect!["name: “” is no host name: write 1 to 64 letters, digits, hyphens and dots"],
    );
    refused(
        |spec| spec.interfaces[0].addresses[0].1 = 33,
        expect!["interfaces[0].addresses: a prefix of 10.0.0.1 has 0 to 32 bits, not 33"],
    );
    refused(
        |spec| spec.interfaces.push(interface("10.0.0.1", 24, 1_500)),
        expect![
            "interfaces[1].addresses: 10.0.0.1 cannot be an interface's address: the host has it already"
        ],
    );
    refused(
        |spec| spec.interfaces.push(interface("127.0.0.9", 8, 1_500)),
        expect![
            "interfaces[1].addresses: 127.0.0.9 cannot be an interface's address: every host has the loopback addresses by itself"
        ],
    );
    refused(
        |spec| spec.interfaces.push(interface("0.0.0.0", 8, 1_500)),
        expect![
            "interfaces[1].addresses: 0.0.0.0 cannot be an interface's address: it stands for no address or for all"
        ],
    );
    refused(
        |spec| spec.interfaces.push(interface("10.0.1.1", 24, 67)),
        expect!["interfaces[1].mtu: 67 octets is not from 68 to 65535"],
    );
    refused(
        |spec| spec.interfaces[0].mtu = 576,
        expect!["interfaces[0].mtu: 576 octets is not from 1280 to 65535"],
    );
    refused(
        |spec| spec.routes.push(route("10.9.0.0", 16, None, 1)),
        expect!["routes[1].interface: there is no interface 1: they go from 0 to 0"],
    );
    refused(
        |spec| spec.routes.push(route("10.9.0.0", 40, None, 0)),
        expect!["routes[1].destination: a prefix of 10.9.0.0 has 0 to 32 bits, not 40"],
    );
    refused(
        |spec| spec.routes.push(route("10.9.0.0", 16, Some("fd00::9"), 0)),
        expect![
            "routes[1].via: fd00::9 cannot be the next router: it is of another family than the destination"
        ],
    );
    refused(
        |spec| spec.routes.push(route("10.9.0.0", 16, Some("10.0.0.1"), 0)),
        expect!["routes[1].via: 10.0.0.1 cannot be the next router: it is this host"],
    );
    refused(
        |spec| spec.names.push(("10.0.0.7".into(), ip("10.0.0.7"))),
        expect!["names[1]: “10.0.0.7” is no host name: write letters, digits, hyphens and dots"],
    );
    refused(
        |spec| spec.profile.local_port_range = [9, 8],
        expect!["profile.local_port_range (net.ipv4.ip_local_port_range): 9 to 8 is no range of ports"],
    );
}
