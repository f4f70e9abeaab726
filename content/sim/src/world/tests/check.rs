//! What a world may not be: each mistake and the sentence about it.

use super::*;
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;

const GOOD: &str = r#"{
    "seed": 1,
    "hosts": [
        {"name": "client", "interfaces": [{"link": "lan", "addresses": ["192.168.0.2/24"]}], "gateway": "192.168.0.1",
         "sysctl": {"net.ipv4.tcp_sack": "0"}},
        {"name": "server", "interfaces": [{"link": "net", "addresses": ["203.0.113.7/24"]}], "privileged": true}],
    "routers": [
        {"name": "box", "interfaces": [{"link": "lan", "addresses": ["192.168.0.1/24"]}, {"link": "net", "addresses": ["203.0.113.1/24"]}],
         "nat": {"outside": "net", "forward": [{"protocol": "tcp", "outside_port": 8080, "to": "192.168.0.2", "port": 80}]},
         "filters": [{"arriving_on": "net", "protocol": "udp", "port": 53, "action": "drop"}]}],
    "links": [
        {"name": "lan", "mtu": 1500, "path": {"rate_bps": 1000000, "loss_ppm": 10}, "toward": {"client": {"delay_us": 5}}},
        {"name": "net"}],
    "faults": [{"flags": "SYN-ACK", "nth": 2, "action": "drop"}],
    "bounds": {"events": 5}}"#;

/// The good world with one text in place of another.
fn check(from: &str, to: &str, expected: Expect) {
    assert!(GOOD.contains(from), "{from}");
    expected.assert_eq(&match WorldSpec::parse(&GOOD.replacen(from, to, 1)) {
        Ok(_) => "good".to_owned(),
        Err(error) => error.to_string(),
    });
}

#[wasm_bindgen_test(unsupported = test)]
fn the_good_world_is_good_and_survives_json() {
    let spec = WorldSpec::parse(GOOD).unwrap_or_else(|error| panic!("{error}"));
    let json = serde_json::to_string(&spec).expect("JSON");
    assert_eq!(WorldSpec::parse(&json), Ok(spec));
}

#[wasm_bindgen_test(unsupported = test)]
fn what_is_no_json_of_this_form_is_named_by_its_path() {
    check(
        r#""seed": 1"#,
        r#""seed": -1"#,
        expect![
            "seed: invalid value: integer `-1`, expected a whole number from 0 to 18446744073709551615 at line 2 column 14"
        ],
    );
    check(
        r#""seed": 1"#,
        r#""seed": 1.5"#,
        expect![
            "seed: invalid type: floating point `1.5`, expected a whole number from 0 to 18446744073709551615 at line 2 column 15"
        ],
    );
    check(
        r#""delay_us""#,
        r#""delay_ms""#,
        expect![
            "links[0].toward.client.delay_ms: unknown field `delay_ms`, expected one of `delay_us`, `jitter_us`, `rate_bps`, `queue_datagrams`, `queue_octets`, `mark_above_datagrams`, `loss_ppm`, `bursts`, `reorder_ppm`, `reorder_by_us`, `duplicate_ppm`, `corrupt_ppm` at line 12 column 116"
        ],
    );
    check(
        r#""name": "net""#,
        r#""colour": "net""#,
        expect![
            "links[1].colour: unknown field `colour`, expected one of `name`, `mtu`, `path`, `toward` at line 13 column 17"
        ],
    );
    check(
        r#""192.168.0.2/24""#,
        r#""192.168.0.2/33""#,
        expect![
            "hosts[0].interfaces[0].addresses[0]: “33” is no prefix length of 192.168.0.2: it is from 0 to 32 at line 4 column 89"
        ],
    );
    check(
        r#""192.168.0.2/24""#,
        r#""192.168.0.2""#,
        expect![
            "hosts[0].interfaces[0].addresses[0]: “192.168.0.2” has no prefix length: write an address and its prefix length, as 10.0.0.1/24 or 2001:db8::1/64 at line 4 column 86"
        ],
    );
    check(
        r#""192.168.0.2/24""#,
        r#""192.168.0/24""#,
        expect![
            "hosts[0].interfaces[0].addresses[0]: “192.168.0” is no address: write an address and its prefix length, as 10.0.0.1/24 or 2001:db8::1/64 at line 4 column 87"
        ],
    );
    check(
        r#""to": "192.168.0.2""#,
        r#""to": "nobody""#,
        expect!["routers[0].nat.forward[0].to: invalid IP address syntax at line 9 column 103"],
    );
    check(
        r#""action": "drop"}],"#,
        r#""action": "explode"}],"#,
        expect![
            "faults[0].action: unknown variant `explode`, expected one of `drop`, `delay_us`, `duplicate`, `corrupt`, `swap`, `mark` at line 14 column 65"
        ],
    );
    check(
        r#""bounds": {"events": 5}}"#,
        r#""bounds": {"events": 5}"#,
        expect!["EOF while parsing an object at line 15 column 27"],
    );
    check(
        r#""bounds": {"events": 5}}"#,
        r#""bounds": {"events": 5}} and more"#,
        expect!["trailing characters at line 15 column 30"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn numbers_out_of_range_say_what_the_range_is() {
    check(
        r#""rate_bps": 1000000"#,
        r#""rate_bps": 0"#,
        expect![
            "links[0].path.rate_bps: 0 is no rate in bits per second: it must be from 1 to 1000000000000"
        ],
    );
    check(
        r#""rate_bps": 1000000"#,
        r#""rate_bps": 1000000000001"#,
        expect![
            "links[0].path.rate_bps: 1000000000001 is no rate in bits per second: it must be from 1 to 1000000000000"
        ],
    );
    check(
        r#""loss_ppm": 10"#,
        r#""loss_ppm": 1000001"#,
        expect![
            "links[0].path.loss_ppm: 1000001 is no chance in parts per million: it must be from 0 to 1000000"
        ],
    );
    check(
        r#""loss_ppm": 10"#,
        r#""bursts": {"enter_ppm": 1, "leave_ppm": 2000000}"#,
        expect![
            "links[0].path.bursts.leave_ppm: 2000000 is no chance in parts per million: it must be from 0 to 1000000"
        ],
    );
    check(
        r#""delay_us": 5"#,
        r#""delay_us": 86400000001"#,
        expect![
            "links[0].toward.client.delay_us: 86400000001 is no delay in microseconds: it must be from 0 to 86400000000"
        ],
    );
    check(
        r#""outside_port": 8080"#,
        r#""outside_port": 70000"#,
        expect!["routers[0].nat.forward[0].outside_port: 70000 is no port: it must be from 1 to 65535"],
    );
    check(
        r#""port": 80}"#,
        r#""port": 0}"#,
        expect!["routers[0].nat.forward[0].port: 0 is no port: it must be from 1 to 65535"],
    );
    check(
        r#""port": 53"#,
        r#""port": 65536"#,
        expect!["routers[0].filters[0].port: 65536 is no port: it must be from 1 to 65535"],
    );
    check(
        r#""mtu": 1500"#,
        r#""mtu": 67"#,
        expect!["links[0].mtu: 67 is no MTU here: it must be from 88 to 65535"],
    );
    check(
        r#""mtu": 1500"#,
        r#""mtu": 65536"#,
        expect!["links[0].mtu: 65536 is no MTU here: it must be from 88 to 65535"],
    );
    check(
        r#""nth": 2"#,
        r#""nth": 0"#,
        expect!["faults[0].nth: 0 is no number of an occurrence: it must be from 1 to 4294967295"],
    );
    check(
        r#""events": 5"#,
        r#""events": 0"#,
        expect!["bounds.events: 0 is no bound in events: it must be from 1 to 1000000000000"],
    );
    check(
        r#""events": 5"#,
        r#""time_us": 0"#,
        expect!["bounds.time_us: 0 is no bound in microseconds: it must be from 1 to 315576000000000"],
    );
    check(
        r#""events": 5"#,
        r#""time_us": 99999999999999999"#,
        expect![
            "bounds.time_us: 99999999999999999 is no bound in microseconds: it must be from 1 to 315576000000000"
        ],
    );
    check(
        r#""events": 5"#,
        r#""log_octets": 10"#,
        expect!["bounds.log_octets: 10 is no bound in octets: it must be from 1000 to 1099511627776"],
    );
    check(
        r#""events": 5"#,
        r#""events_at_once": 0"#,
        expect!["bounds.events_at_once: 0 is no bound in events: it must be from 1 to 1000000000"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn names_that_are_not_there_are_named_with_those_that_are() {
    check(
        r#""link": "lan", "addresses": ["192.168.0.2/24"]"#,
        r#""link": "wan", "addresses": ["192.168.0.2/24"]"#,
        expect![[r#"
            hosts[0].interfaces[0].link: there is no link “wan”; known are lan, net
            links[0]: only “box” is on it: a link has at least two ends
            links[0].toward.client: “client” is not on this link; known are box"#]],
    );
    check(
        r#""name": "net""#,
        r#""name": "lan""#,
        expect![[r#"
        hosts[1].interfaces[0].link: there is no link “net”; known are lan, lan
        routers[0].interfaces[1].link: there is no link “net”; known are lan, lan
        links[1].name: “lan” is there twice: a link's name is its own"#]],
    );
    check(
        r#""name": "server""#,
        r#""name": "client""#,
        expect!["hosts[1].name: “client” is there twice: hosts and routers share one list of names"],
    );
    check(
        r#""name": "server""#,
        r#""name": "the server""#,
        expect!["hosts[1].name: “the server” is no name: write 1 to 63 letters, digits, hyphens, points"],
    );
    check(
        r#""toward": {"client""#,
        r#""toward": {"server""#,
        expect!["links[0].toward.server: “server” is not on this link; known are client, box"],
    );
    check(
        r#""outside": "net""#,
        r#""outside": "moon""#,
        expect!["routers[0].nat.outside: the router is not on “moon”; known are lan, net"],
    );
    check(
        r#""arriving_on": "net""#,
        r#""arriving_on": "moon""#,
        expect!["routers[0].filters[0].arriving_on: the router is not on “moon”; known are lan, net"],
    );
    check(
        r#""flags": "SYN-ACK""#,
        r#""flags": "SYN+ACK""#,
        expect![
            "faults[0].flags: “SYN+ACK” is no control bit: write SYN, ACK, FIN, RST, PSH, URG, ECE, CWR, joined by hyphens, as SYN-ACK"
        ],
    );
    check(
        r#""flags": "SYN-ACK""#,
        r#""from": "mars", "to": "venus", "link": "moon""#,
        expect![[r#"
        faults[0].link: there is no link “moon”; known are lan, net
        faults[0].from: there is no host or router “mars”; known are client, server, box
        faults[0].to: there is no host or router “venus”; known are client, server, box"#]],
    );
    check(
        "net.ipv4.tcp_sack",
        "net.ipv4.tcp_sock",
        expect![
            "hosts[0].sysctl.net.ipv4.tcp_sock: “net.ipv4.tcp_sock” is not a setting that the engine knows"
        ],
    );
    check(
        r#""net.ipv4.tcp_sack": "0""#,
        r#""net.ipv4.tcp_sack": "perhaps""#,
        expect![
            "hosts[0].sysctl.net.ipv4.tcp_sack: net.ipv4.tcp_sack cannot be “perhaps”: it is a whole number from 0 to 255, where 0 is no"
        ],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn addresses_are_one_interfaces_and_lie_where_they_are_used() {
    check(
        "192.168.0.2/24",
        "192.168.0.1/24",
        expect![[r#"
            hosts[0].gateway: 192.168.0.1 is “client” itself: write the address of a router
            routers[0].interfaces[0].addresses[0]: 192.168.0.1 is used twice: hosts[0].interfaces[0].addresses[0] has it"#]],
    );
    check(
        "203.0.113.7/24",
        "203.0.113.1/24",
        expect![
            "routers[0].interfaces[1].addresses[0]: 203.0.113.1 is used twice: hosts[1].interfaces[0].addresses[0] has it"
        ],
    );
    check(
        "192.168.0.2/24",
        "127.0.0.1/8",
        expect![[r#"
        hosts[0].interfaces[0].addresses[0]: 127.0.0.1 cannot be an interface's: write an address of one host on the link
        hosts[0].gateway: 192.168.0.1 is on no link of “client”"#]],
    );
    check(
        "192.168.0.2/24",
        "224.0.0.1/4",
        expect![[r#"
        hosts[0].interfaces[0].addresses[0]: 224.0.0.1 cannot be an interface's: write an address of one host on the link
        hosts[0].gateway: 192.168.0.1 is on no link of “client”"#]],
    );
    check(
        r#""gateway": "192.168.0.1""#,
        r#""gateway": "192.168.1.1""#,
        expect!["hosts[0].gateway: 192.168.1.1 is on no link of “client”"],
    );
    check(
        r#""gateway": "192.168.0.1""#,
        r#""routes": [{"to": "10.0.0.1/8", "via": "192.168.0.1"}, {"to": "10.0.0.0/8", "via": "fe80::1"}]"#,
        expect![[r#"
            hosts[0].routes[0].to: 10.0.0.1/8 has bits after its prefix: write 10.0.0.0/8
            hosts[0].routes[1].via: fe80::1 is of another family than 10.0.0.0/8"#]],
    );
    check(
        r#"["192.168.0.2/24"]"#,
        "[]",
        expect![[r#"
        hosts[0].interfaces[0].addresses: there is none: an interface has at least one address
        hosts[0].gateway: 192.168.0.1 is on no link of “client”"#]],
    );
    check(r#""mtu": 1500"#, r#""mtu": 1279"#, expect!["good"]);
    check(
        "192.168.0.2/24",
        "2001:db8::2/64",
        expect!["hosts[0].gateway: 192.168.0.1 is on no link of “client”"],
    );
    check(
        r#""to": "192.168.0.2""#,
        r#""to": "2001:db8::2""#,
        expect!["routers[0].nat.forward[0].to: 2001:db8::2 is IPv6, and only IPv4 is translated"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_link_has_two_ends_and_a_world_a_host() {
    check(
        r#"{"link": "lan", "addresses": ["192.168.0.1/24"]}, "#,
        "",
        expect!["links[0]: only “client” is on it: a link has at least two ends"],
    );
    check(
        r#"{"name": "net"}]"#,
        r#"{"name": "net"}, {"name": "attic"}]"#,
        expect!["links[2]: no interface is on it: a link has at least two ends"],
    );
    expect!["hosts: there is none: a world has at least one host"]
        .assert_eq(&WorldSpec::parse(r#"{"hosts": []}"#).expect_err("no host").to_string());
    expect!["missing field `hosts` at line 1 column 2"]
        .assert_eq(&WorldSpec::parse("{}").expect_err("no hosts").to_string());
    check(
        r#""links": ["#,
        r#""links": [{"name": "lan"}, "#,
        expect!["links[1].name: “lan” is there twice: a link's name is its own"],
    );
    check(
        r#"{"flags": "SYN-ACK", "nth": 2, "action": "drop"}"#,
        r#"{"seq": [5, 4], "action": "drop"}, {"protocol": "udp", "flags": "SYN", "action": "drop"},
           {"from_us": 5, "until_us": 5, "action": {"delay_us": 0}}"#,
        expect![[r#"
            faults[0].seq: [5, 4] is no range: write the first and the last number, 0 to 4294967295
            faults[1].protocol: only tcp has flags, seq and retransmission
            faults[2].until_us: 5 is not after from_us, which is 5
            faults[2].action.delay_us: 0 is no delay in microseconds: it must be from 1 to 86400000000"#]],
    );
}

/// Private networks may use the same addresses, each on its own link.
#[wasm_bindgen_test(unsupported = test)]
fn a_private_address_may_be_used_on_another_link() {
    let home = |n: u8| {
        format!(
            r#"{{"name":"pc{n}","interfaces":[{{"link":"home{n}","addresses":["192.168.0.2/24"]}}]}},
               {{"name":"tv{n}","interfaces":[{{"link":"home{n}","addresses":["192.168.0.3/24"]}}]}}"#
        )
    };
    let json =
        format!(r#"{{"hosts":[{},{}],"links":[{{"name":"home1"}},{{"name":"home2"}}]}}"#, home(1), home(2));
    assert!(WorldSpec::parse(&json).is_ok());
    let error =
        WorldSpec::parse(&json.replace("192.168.0.2", "9.9.9.9")).expect_err("a public address twice");
    expect!["hosts[2].interfaces[0].addresses[0]: 9.9.9.9 is used twice: hosts[0].interfaces[0].addresses[0] has it"].assert_eq(&error.to_string());
}

#[wasm_bindgen_test(unsupported = test)]
fn what_a_host_would_refuse_is_found_before_and_named_by_the_field() {
    check(
        r#""gateway": "192.168.0.1""#,
        r#""gateway": "192.168.0.2""#,
        expect!["hosts[0].gateway: 192.168.0.2 is “client” itself: write the address of a router"],
    );
    check(
        r#""203.0.113.7/24""#,
        r#""203.0.113.7/24", "::ffff:10.0.0.1/64""#,
        expect![
            "hosts[1].interfaces[0].addresses[1]: ::ffff:10.0.0.1 is an IPv4 address in IPv6's clothes: write 10.0.0.1"
        ],
    );
    check(
        r#""net.ipv4.tcp_sack": "0""#,
        r#""net.ipv4.ip_local_port_range": "5 4""#,
        expect![
            "hosts[0].sysctl.net.ipv4.ip_local_port_range: net.ipv4.ip_local_port_range cannot be “5 4”: it is 2 whole numbers from 1 to 65535, none less than the one before it"
        ],
    );
    check(
        r#""name": "server""#,
        r#""name": "10.0.0""#,
        expect![
            "hosts[1].name: “10.0.0” is no host name: write letters, digits, hyphens and points, and no address"
        ],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_thousand_hosts_are_enough() {
    let world = |hosts: u32| {
        let hosts = (0..hosts).map(|host| HostPart { name: format!("h{host}"), ..HostPart::default() });
        WorldSpec { hosts: hosts.collect(), ..WorldSpec::default() }.check()
    };
    assert_eq!(world(1_000), Ok(()));
    let error = world(1_001).expect_err("one too many");
    expect!["hosts: there are 1001 hosts and routers: at most 1000 are"].assert_eq(&error.to_string());
}
