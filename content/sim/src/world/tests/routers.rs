//! Routers: translation, forwarded ports, filters, and what they tell the sender.

use super::*;
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;
use wire::IcmpMessage;

/// A home (192.168.0.2 and .3) behind a router that translates, behind a provider's router that translates once more, before a
/// server in public.
const CGNAT: &str = r#"{
    "hosts":[
        {"name":"pc","interfaces":[{"link":"home","addresses":["192.168.0.2/24"]}],"gateway":"192.168.0.1"},
        {"name":"tv","interfaces":[{"link":"home","addresses":["192.168.0.3/24"]}],"gateway":"192.168.0.1"},
        {"name":"server","interfaces":[{"link":"public","addresses":["198.51.100.7/24"]}],"gateway":"198.51.100.1"}],
    "routers":[
        {"name":"box","interfaces":[{"link":"home","addresses":["192.168.0.1/24"]},{"link":"isp","addresses":["100.64.0.2/24"]}],
         "gateway":"100.64.0.1",
         "nat":{"outside":"isp","udp_idle_s":120,"forward":[{"protocol":"tcp","outside_port":8080,"to":"192.168.0.3","port":80}]}},
        {"name":"isp","interfaces":[{"link":"isp","addresses":["100.64.0.1/24"]},{"link":"public","addresses":["198.51.100.1/24"]}],
         "nat":{"outside":"public","forward":[{"protocol":"tcp","outside_port":9090,"to":"100.64.0.2","port":8080}]}}],
    "links":[{"name":"home"},{"name":"isp"},{"name":"public"}]}"#;

#[wasm_bindgen_test(unsupported = test)]
fn two_hosts_with_one_port_are_told_apart_behind_two_translations() {
    let mut bench = Bench::new(CGNAT);
    bench.send(0, 0, udp("192.168.0.2:5000", "198.51.100.7:53", 1));
    bench.send(1, 1, udp("192.168.0.3:5000", "198.51.100.7:53", 2));
    bench.send(2, 2, udp("198.51.100.7:53", "198.51.100.1:5000", 3));
    bench.send(3, 2, udp("198.51.100.7:53", "198.51.100.1:1024", 4));
    bench.check(expect![[r#"
        0.000000 #0 link 0, pc > box: 192.168.0.2.5000 > 198.51.100.7.53: udp (1) (ttl 64), arrives 0.000000
        0.000000 #0 arrived at box
        0.000000 no socket: rule nat-new, CLOSED
        0.000000 #1 link 1, box > isp: 100.64.0.2.5000 > 198.51.100.7.53: udp (1) (ttl 63), arrives 0.000000
        0.000000 #1 arrived at isp
        0.000000 no socket: rule nat-new, CLOSED
        0.000000 #2 link 2, isp > server: 198.51.100.1.5000 > 198.51.100.7.53: udp (1) (ttl 62), arrives 0.000000
        0.000000 #2 arrived at server
        0.000001 #3 link 0, tv > box: 192.168.0.3.5000 > 198.51.100.7.53: udp (2) (ttl 64), arrives 0.000001
        0.000001 #3 arrived at box
        0.000001 no socket: rule nat-new, CLOSED
        0.000001 #4 link 1, box > isp: 100.64.0.2.1024 > 198.51.100.7.53: udp (2) (ttl 63), arrives 0.000001
        0.000001 #4 arrived at isp
        0.000001 no socket: rule nat-new, CLOSED
        0.000001 #5 link 2, isp > server: 198.51.100.1.1024 > 198.51.100.7.53: udp (2) (ttl 62), arrives 0.000001
        0.000001 #5 arrived at server
        0.000002 #6 link 2, server > isp: 198.51.100.7.53 > 198.51.100.1.5000: udp (3) (ttl 64), arrives 0.000002
        0.000002 #6 arrived at isp
        0.000002 no socket: rule nat-inward, CLOSED
        0.000002 #7 link 1, isp > box: 198.51.100.7.53 > 100.64.0.2.5000: udp (3) (ttl 63), arrives 0.000002
        0.000002 #7 arrived at box
        0.000002 no socket: rule nat-inward, CLOSED
        0.000002 #8 link 0, box > pc: 198.51.100.7.53 > 192.168.0.2.5000: udp (3) (ttl 62), arrives 0.000002
        0.000002 #8 arrived at pc
        0.000003 #9 link 2, server > isp: 198.51.100.7.53 > 198.51.100.1.1024: udp (4) (ttl 64), arrives 0.000003
        0.000003 #9 arrived at isp
        0.000003 no socket: rule nat-inward, CLOSED
        0.000003 #10 link 1, isp > box: 198.51.100.7.53 > 100.64.0.2.1024: udp (4) (ttl 63), arrives 0.000003
        0.000003 #10 arrived at box
        0.000003 no socket: rule nat-inward, CLOSED
        0.000003 #11 link 0, box > tv: 198.51.100.7.53 > 192.168.0.3.5000: udp (4) (ttl 62), arrives 0.000003
        0.000003 #11 arrived at tv
    "#]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_translation_ends_with_its_silence() {
    let ports = |pause: u64| {
        let mut bench = Bench::new(CGNAT);
        bench.send(0, 0, udp("192.168.0.2:5000", "198.51.100.7:53", 1));
        bench.send(pause, 2, udp("198.51.100.7:53", "198.51.100.1:5000", 3));
        bench.run(pause).arrived.iter().filter(|(_, node, _)| *node == 0).count()
    };
    assert_eq!(ports(120_000_000), 1);
    assert_eq!(ports(120_000_001), 0);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_forwarded_port_reaches_the_inside_and_its_answer_the_outside() {
    let mut bench = Bench::new(CGNAT);
    bench.send(0, 2, segment("198.51.100.7:40000", "198.51.100.1:9090", Flags::SYN, 7, 0));
    bench.send(1, 1, segment("192.168.0.3:80", "198.51.100.7:40000", Flags::SYN_ACK, 9, 0));
    bench.check(expect![[r#"
        0.000000 #0 link 2, server > isp: 198.51.100.7.40000 > 198.51.100.1.9090: S 7:7(0) win 1000 (ttl 64, df), arrives 0.000000
        0.000000 #0 arrived at isp
        0.000000 no socket: rule nat-forward, CLOSED
        0.000000 #1 link 1, isp > box: 198.51.100.7.40000 > 100.64.0.2.8080: S 7:7(0) win 1000 (ttl 63, df), arrives 0.000000
        0.000000 #1 arrived at box
        0.000000 no socket: rule nat-forward, CLOSED
        0.000000 #2 link 0, box > tv: 198.51.100.7.40000 > 192.168.0.3.80: S 7:7(0) win 1000 (ttl 62, df), arrives 0.000000
        0.000000 #2 arrived at tv
        0.000001 #3 link 0, tv > box: 192.168.0.3.80 > 198.51.100.7.40000: S. 9:9(0) ack 0 win 1000 (ttl 64, df), arrives 0.000001
        0.000001 #3 arrived at box
        0.000001 no socket: rule nat-outward, CLOSED
        0.000001 #4 link 1, box > isp: 100.64.0.2.8080 > 198.51.100.7.40000: S. 9:9(0) ack 0 win 1000 (ttl 63, df), arrives 0.000001
        0.000001 #4 arrived at isp
        0.000001 no socket: rule nat-outward, CLOSED
        0.000001 #5 link 2, isp > server: 198.51.100.1.9090 > 198.51.100.7.40000: S. 9:9(0) ack 0 win 1000 (ttl 62, df), arrives 0.000001
        0.000001 #5 arrived at server
    "#]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn icmp_finds_its_way_through_translations_both_ways() {
    let mut bench = Bench::new(CGNAT);
    bench.send(0, 0, udp("192.168.0.2:5000", "198.51.100.7:53", 1));
    let lost = bench.run(0).arrived[0].2.clone();
    let ip = Internet::between(lost.ip().destination, lost.ip().source);
    let what = Unreachable::Port;
    bench.send(1, 2, Datagram::Icmp(IcmpMessage { ip, what, quoted: lost.quote() }));
    bench.run(1);
    let Datagram::Icmp(message) = &bench.arrived[1].2 else { panic!("{:?}", bench.arrived) };
    expect!["192.168.0.2 198.51.100.7 icmp port unreachable about 192.168.0.2.5000 > 198.51.100.7.53"]
        .assert_eq(&format!("{} {} {message}", message.ip.destination, message.ip.source));
    // And from inside: the forwarded port's host says that nobody is there.
    bench.send(2, 2, segment("198.51.100.7:40000", "198.51.100.1:9090", Flags::SYN, 7, 0));
    let lost = bench.run(2).arrived[2].2.clone();
    let ip = Internet::between(lost.ip().destination, lost.ip().source);
    bench.send(3, 1, Datagram::Icmp(IcmpMessage { ip, what, quoted: lost.quote() }));
    bench.run(3);
    let Datagram::Icmp(message) = &bench.arrived[3].2 else { panic!("{:?}", bench.arrived) };
    expect![
        "198.51.100.7 198.51.100.1 icmp port unreachable about 198.51.100.7.40000 > 198.51.100.1.9090, seq 7"
    ]
    .assert_eq(&format!("{} {} {message}", message.ip.destination, message.ip.source));
}

/// Two networks and a router between them, with a narrow second link.
fn routed(filters: &str) -> Bench {
    Bench::new(&format!(
        r#"{{"hosts":[
            {{"name":"a","interfaces":[{{"link":"one","addresses":["10.1.0.2/24","2001:db8:1::2/64"]}}],"gateway":"10.1.0.1"}},
            {{"name":"b","interfaces":[{{"link":"two","addresses":["10.2.0.2/24"]}}],"gateway":"10.2.0.1"}}],
        "routers":[{{"name":"r","interfaces":[
            {{"link":"one","addresses":["10.1.0.1/24","2001:db8:1::1/64"]}},{{"link":"two","addresses":["10.2.0.1/24"]}}],
            "filters":[{filters}]}}],
        "links":[{{"name":"one"}},{{"name":"two","mtu":1000}}]}}"#
    ))
}

#[wasm_bindgen_test(unsupported = test)]
fn a_router_says_why_it_does_not_forward() {
    let mut bench = routed("");
    let mut spent = udp("10.1.0.2:1", "10.2.0.2:2", 1);
    spent.ip_mut().ttl = 1;
    bench.send(0, 0, spent);
    bench.send(1, 0, udp("10.1.0.2:1", "10.9.0.2:2", 1));
    bench.send(2, 0, segment("10.1.0.2:1", "10.2.0.2:2", Flags::ACK, 7, 961));
    bench.send(3, 0, segment("10.1.0.2:1", "10.2.0.2:2", Flags::ACK, 7, 960));
    bench.send(4, 0, udp("10.1.0.2:1", "10.2.0.2:2", 2_000));
    bench.send(5, 0, udp("10.1.0.2:1", "10.2.0.1:2", 1));
    bench.send(6, 0, udp("[2001:db8:1::2]:1", "[2001:db8:1::1]:2", 1));
    bench.check(expect![[r#"
        0.000000 #0 link 0, a > r: 10.1.0.2.1 > 10.2.0.2.2: udp (1) (ttl 1), arrives 0.000000
        0.000000 #0 arrived at r
        0.000000 no socket: rule hops-spent, CLOSED
        0.000000 #1 link 0, r > a: 10.1.0.1 > 10.1.0.2: icmp time exceeded about 10.1.0.2.1 > 10.2.0.2.2 (ttl 64, df), arrives 0.000000
        0.000000 #1 arrived at a
        0.000001 #2 link 0, a > r: 10.1.0.2.1 > 10.9.0.2.2: udp (1) (ttl 64), arrives 0.000001
        0.000001 #2 arrived at r
        0.000001 no socket: rule no-route, CLOSED
        0.000001 #3 link 0, r > a: 10.1.0.1 > 10.1.0.2: icmp network unreachable about 10.1.0.2.1 > 10.9.0.2.2 (ttl 64, df), arrives 0.000001
        0.000001 #3 arrived at a
        0.000002 #4 link 0, a > r: 10.1.0.2.1 > 10.2.0.2.2: . 7:968(961) ack 0 win 1000 (ttl 64, df), arrives 0.000002
        0.000002 #4 arrived at r
        0.000002 no socket: rule fragmentation-needed, CLOSED
        0.000002 #5 link 0, r > a: 10.1.0.1 > 10.1.0.2: icmp too big, mtu 1000 about 10.1.0.2.1 > 10.2.0.2.2, seq 7 (ttl 64, df), arrives 0.000002
        0.000002 #5 arrived at a
        0.000003 #6 link 0, a > r: 10.1.0.2.1 > 10.2.0.2.2: . 7:967(960) ack 0 win 1000 (ttl 64, df), arrives 0.000003
        0.000003 #6 arrived at r
        0.000003 #7 link 1, r > b: 10.1.0.2.1 > 10.2.0.2.2: . 7:967(960) ack 0 win 1000 (ttl 63, df), arrives 0.000003
        0.000003 #7 arrived at b
        0.000004 #8 link 0, a > r: 10.1.0.2.1 > 10.2.0.2.2: udp (2000) (ttl 64), arrives 0.000004
        0.000004 #8 arrived at r
        0.000004 #9 link 1, r > b: 10.1.0.2.1 > 10.2.0.2.2: udp (2000) (ttl 63), arrives 0.000004
        0.000004 #9 arrived at b
        0.000005 #10 link 0, a > r: 10.1.0.2.1 > 10.2.0.1.2: udp (1) (ttl 64), arrives 0.000005
        0.000005 #10 arrived at r
        0.000005 no socket: rule no-port, CLOSED
        0.000005 #11 link 0, r > a: 10.1.0.1 > 10.1.0.2: icmp port unreachable about 10.1.0.2.1 > 10.2.0.1.2 (ttl 64, df), arrives 0.000005
        0.000005 #11 arrived at a
        0.000006 #12 link 0, a > r: 2001:db8:1::2.1 > 2001:db8:1::1.2: udp (1) (ttl 64), arrives 0.000006
        0.000006 #12 arrived at r
        0.000006 no socket: rule no-port, CLOSED
        0.000006 #13 link 0, r > a: 2001:db8:1::1 > 2001:db8:1::2: icmp port unreachable about 2001:db8:1::2.1 > 2001:db8:1::1.2 (ttl 64, df), arrives 0.000006
        0.000006 #13 arrived at a
    "#]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_filter_drops_prohibits_and_accepts() {
    let mut bench = routed(
        r#"{"source":"10.1.0.2/32","port":80,"action":"accept"},
           {"arriving_on":"one","protocol":"tcp","action":"prohibit"},
           {"destination":"10.2.0.0/24","protocol":"udp","action":"drop"}"#,
    );
    for (time, datagram) in [
        segment("10.1.0.2:1", "10.2.0.2:80", Flags::SYN, 7, 0),
        segment("10.1.0.2:1", "10.2.0.2:81", Flags::SYN, 7, 0),
        udp("10.1.0.2:1", "10.2.0.2:53", 1),
    ]
    .into_iter()
    .enumerate()
    {
        bench.send(time as u64, 0, datagram);
    }
    bench.send(9, 1, segment("10.2.0.2:80", "10.1.0.2:1", Flags::SYN_ACK, 7, 0));
    bench.check(expect![[r#"
        0.000000 #0 link 0, a > r: 10.1.0.2.1 > 10.2.0.2.80: S 7:7(0) win 1000 (ttl 64, df), arrives 0.000000
        0.000000 #0 arrived at r
        0.000000 #1 link 1, r > b: 10.1.0.2.1 > 10.2.0.2.80: S 7:7(0) win 1000 (ttl 63, df), arrives 0.000000
        0.000000 #1 arrived at b
        0.000001 #2 link 0, a > r: 10.1.0.2.1 > 10.2.0.2.81: S 7:7(0) win 1000 (ttl 64, df), arrives 0.000001
        0.000001 #2 arrived at r
        0.000001 no socket: rule filter-prohibit, CLOSED
        0.000001 #3 link 0, r > a: 10.1.0.1 > 10.1.0.2: icmp prohibited about 10.1.0.2.1 > 10.2.0.2.81, seq 7 (ttl 64, df), arrives 0.000001
        0.000001 #3 arrived at a
        0.000002 #4 link 0, a > r: 10.1.0.2.1 > 10.2.0.2.53: udp (1) (ttl 64), arrives 0.000002
        0.000002 #4 arrived at r
        0.000002 no socket: rule filter-drop, CLOSED
        0.000009 #5 link 1, b > r: 10.2.0.2.80 > 10.1.0.2.1: S. 7:7(0) ack 0 win 1000 (ttl 64, df), arrives 0.000009
        0.000009 #5 arrived at r
        0.000009 #6 link 0, r > a: 10.2.0.2.80 > 10.1.0.2.1: S. 7:7(0) ack 0 win 1000 (ttl 63, df), arrives 0.000009
        0.000009 #6 arrived at a
    "#]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_router_forwards_wrong_payload_and_takes_none_for_itself() {
    let mut bench = Bench::new(
        r#"{"hosts":[
            {"name":"a","interfaces":[{"link":"one","addresses":["10.1.0.2/24"]}],"gateway":"10.1.0.1"},
            {"name":"b","interfaces":[{"link":"two","addresses":["10.2.0.2/24"]}],"gateway":"10.2.0.1"}],
        "routers":[{"name":"r","interfaces":[
            {"link":"one","addresses":["10.1.0.1/24"]},{"link":"two","addresses":["10.2.0.1/24"]}]}],
        "links":[{"name":"one"},{"name":"two"}],
        "faults":[{"link":"one","times":0,"action":"corrupt"}]}"#,
    );
    bench.send(0, 0, udp("10.1.0.2:1", "10.2.0.2:2", 1)).send(1, 0, udp("10.1.0.2:1", "10.1.0.1:2", 1));
    bench.check(expect![[r#"
        0.000000 #0 link 0, a > r: 10.1.0.2.1 > 10.2.0.2.2: udp (1) (ttl 64), corrupted, arrives 0.000000
        0.000000 #0 arrived at r
        0.000000 #1 link 1, r > b: 10.1.0.2.1 > 10.2.0.2.2: udp (1) (ttl 63), corrupted, arrives 0.000000
        0.000000 #1 arrived at b
        0.000001 #2 link 0, a > r: 10.1.0.2.1 > 10.1.0.1.2: udp (1) (ttl 64), corrupted, arrives 0.000001
        0.000001 #2 arrived at r
        0.000001 no socket: rule checksum, CLOSED
    "#]]);
}

/// Two routers that send everything to each other, over a link that doubles everything.
#[wasm_bindgen_test(unsupported = test)]
fn what_is_on_its_way_counts_for_the_bound_in_memory() {
    let spec = WorldSpec::parse(
        r#"{"hosts":[{"name":"a","interfaces":[{"link":"lan","addresses":["10.0.0.2/24"]}],"gateway":"10.0.0.1"}],
            "routers":[
                {"name":"r","interfaces":[{"link":"lan","addresses":["10.0.0.1/24"]},{"link":"loop","addresses":["10.0.1.1/24"]}],"gateway":"10.0.1.2"},
                {"name":"s","interfaces":[{"link":"loop","addresses":["10.0.1.2/24"]}],"gateway":"10.0.1.1"}],
            "links":[{"name":"lan"},{"name":"loop","path":{"delay_us":1000,"duplicate_ppm":1000000}}],
            "bounds":{"log_octets":1000000,"events":200000}}"#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let mut world = World::new(&spec).unwrap_or_else(|error| panic!("{error}"));
    world.set_telling(false);
    let mut call = |op| {
        world.submit(Instant(0), Call { id: sockets::CallId(1), host: HostId(0), timeout: None, op });
        while world.poll(Instant(0)).is_some() {}
    };
    call(sockets::Op::Socket { family: sockets::Family::Inet, kind: sockets::SocketKind::Datagram });
    let host = sockets::Host::parse("192.0.2.1").expect("an address");
    let address = sockets::Endpoint { host, port: 9 };
    call(sockets::Op::SendTo {
        socket: SocketId(1),
        address,
        flags: Default::default(),
        data: Bytes::from("x"),
    });
    while world.poll(Instant(1_000_000)).is_some() {}
    assert_eq!(world.stopped().map(|stopped| stopped.bound), Some(Bound::LogOctets));
}
