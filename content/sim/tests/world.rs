//! Worlds with hosts, driven call by call: what programs see of links, routers and bounds.

use expect_test::{Expect, expect};
use sim::world::{Bound, World, WorldSpec};
use sockets::{
    Call, CallId, Endpoint, Errno, Event, Failure, Family, HostId, Instant, Log, Micros, Network, Op,
    OptionName, OptionValue, Outcome, SocketId, SocketKind, Trace, Value,
};
use wasm_bindgen_test::wasm_bindgen_test;

/// A world under way.
struct Lab {
    world: World,
    log: Log,
    now: Instant,
    calls: u32,
}

const HOME: &str = r#"{
    "hosts":[
        {"name":"pc","interfaces":[{"link":"home","addresses":["192.168.0.2/24"]}],"gateway":"192.168.0.1"},
        {"name":"server","interfaces":[{"link":"net","addresses":["198.51.100.7/24"]}]}],
    "routers":[{"name":"box","interfaces":[{"link":"home","addresses":["192.168.0.1/24"]},{"link":"net","addresses":["198.51.100.1/24"]}],
        "nat":{"outside":"net"},
        "filters":[{"protocol":"udp","port":9,"action":"prohibit"}]}],
    "links":[{"name":"home","path":{"delay_us":100}},{"name":"net","path":{"delay_us":1000}}]}"#;

impl Lab {
    fn new(json: &str) -> Lab {
        let spec = WorldSpec::parse(json).unwrap_or_else(|error| panic!("{error}"));
        let world = World::new(&spec).unwrap_or_else(|error| panic!("{error}"));
        Lab { world, log: Log::new(), now: Instant::START, calls: 0 }
    }

    fn submit(&mut self, host: u32, timeout: Option<Micros>, op: Op) -> CallId {
        self.calls += 1;
        let call = Call { id: CallId(self.calls), host: HostId(host), timeout, op };
        self.log.enter(self.now, call.clone());
        self.world.submit(self.now, call);
        CallId(self.calls)
    }

    /// Makes a call and lets time pass until it comes back.
    fn call(&mut self, host: u32, op: Op) -> Outcome {
        let id = self.submit(host, None, op);
        self.back(id).unwrap_or_else(|| panic!("call {id} never comes back:\n{}", self.log.text()))
    }

    /// Lets time pass until the call comes back, or nothing more happens.
    fn back(&mut self, id: CallId) -> Option<Outcome> {
        loop {
            let mut back = None;
            while let Some(event) = self.world.poll(self.now) {
                if let Event::Returned { call, outcome, .. } = &event {
                    back = back.or((*call == id).then(|| outcome.clone()));
                }
                self.log.observe(self.now, event);
            }
            if back.is_some() {
                return back;
            }
            self.now = self.world.wakes_at()?;
        }
    }

    fn udp(&mut self, host: u32) -> SocketId {
        match self.call(host, Op::Socket { family: Family::Inet, kind: SocketKind::Datagram }) {
            Ok(Value::Socket { socket }) => socket,
            other => panic!("{other:?}"),
        }
    }

    /// Connects a UDP socket of the first host, sends one octet, and says what recv then gives, and when.
    fn probe(&mut self, to: &str, port: &str) -> String {
        let socket = self.udp(0);
        let address = Endpoint::parse(to, port).expect("an endpoint");
        if let Err(failure) = self.call(0, Op::Connect { socket, address }) {
            return failure.name();
        }
        let data = "x".into();
        self.call(0, Op::Send { socket, flags: [].into(), data }).expect("there is room");
        let id = self.submit(0, Some(Micros::from_secs(10)), Op::Recv { socket, max: 9, flags: [].into() });
        match self.back(id) {
            Some(Err(failure)) => format!("{} at {}", failure.name(), Micros(self.now.0)),
            other => format!("{other:?}"),
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn programs_learn_from_icmp_why_nothing_arrives() {
    let check = |to: &str, port: &str, expected: Expect| expected.assert_eq(&Lab::new(HOME).probe(to, port));
    // Nobody has the port; the answer goes back through the translation: 2 * 1.1 ms.
    check("server", "5", expect!["ECONNREFUSED at 2.20 ms"]);
    check("198.51.100.1", "5", expect!["ECONNREFUSED at 200 µs"]);
    check("198.51.100.7", "9", expect!["EHOSTUNREACH at 200 µs"]);
    check("203.0.113.1", "5", expect!["TIMEOUT at 10.00 s"]);
    // Nobody on the link has the address, here and behind the router.
    check("192.168.0.77", "5", expect!["TIMEOUT at 10.00 s"]);
    check("198.51.100.77", "5", expect!["TIMEOUT at 10.00 s"]);
    let alone = r#"{"hosts":[{"name":"a"}]}"#;
    expect!["ENETUNREACH"].assert_eq(&Lab::new(alone).probe("192.0.2.1", "5"));
    expect!["ECONNREFUSED at 0 µs"].assert_eq(&Lab::new(alone).probe("127.0.0.1", "5"));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_datagram_and_its_way_back_through_the_box() {
    let mut lab = Lab::new(HOME);
    let (pc, server) = (lab.udp(0), lab.udp(1));
    let bind =
        |socket, port: &str| Op::Bind { socket, address: Endpoint::parse("", port).expect("an endpoint") };
    lab.call(0, bind(pc, "4000")).expect("a free port");
    lab.call(1, bind(server, "5353")).expect("a free port");
    let address = Endpoint::parse("server", "5353").expect("an endpoint");
    lab.call(0, Op::SendTo { socket: pc, address, flags: [].into(), data: "ping".into() })
        .expect("there is room");
    let Ok(Value::Datagram { from, .. }) =
        lab.call(1, Op::RecvFrom { socket: server, max: 9, flags: [].into() })
    else {
        panic!("{}", lab.log.text())
    };
    let address = Endpoint::from(from.0);
    lab.call(1, Op::SendTo { socket: server, address, flags: [].into(), data: "pong".into() }).expect("room");
    lab.call(0, Op::RecvFrom { socket: pc, max: 9, flags: [].into() }).expect("an answer");
    expect![[r#"
        0.000000 call 1, host 0: socket(AF_INET, SOCK_DGRAM)
        0.000000 call 1 -> socket 1, took 0
        0.000000 socket 1: inq 0
        0.000000 call 2, host 1: socket(AF_INET, SOCK_DGRAM)
        0.000000 call 2 -> socket 1000001, took 0
        0.000000 socket 1000001: inq 0
        0.000000 call 3, host 0: bind(1, ("", 4000))
        0.000000 call 3 -> done, took 0
        0.000000 socket 1: local 0.0.0.0:4000 inq 0
        0.000000 call 4, host 1: bind(1000001, ("", 5353))
        0.000000 call 4 -> done, took 0
        0.000000 socket 1000001: local 0.0.0.0:5353 inq 0
        0.000000 call 5, host 0: sendto(1, ("server", 5353), 4 octets)
        0.000000 call 5 -> 4 octets, took 0
        0.000000 #0 link 0, host 0 > host 2, socket 1: 192.168.0.2.4000 > 198.51.100.7.5353: udp (4) (ttl 64, df), arrives 0.000100
        0.000000 call 6, host 1: recvfrom(1000001, 9)
        0.000100 #0 arrived at host 2
        0.000100 no socket: rule nat-new, CLOSED
        0.000100 #1 link 1, host 2 > host 1: 198.51.100.1.4000 > 198.51.100.7.5353: udp (4) (ttl 63, df), arrives 0.001100
        0.001100 #1 arrived at host 1
        0.001100 call 6 -> 4 octets from 198.51.100.1:4000, took 1100
        0.001100 call 7, host 1: sendto(1000001, ("198.51.100.1", 4000), 4 octets)
        0.001100 call 7 -> 4 octets, took 0
        0.001100 #2 link 1, host 1 > host 2, socket 1000001: 198.51.100.7.5353 > 198.51.100.1.4000: udp (4) (ttl 64, df), arrives 0.002100
        0.001100 call 8, host 0: recvfrom(1, 9)
        0.002100 #2 arrived at host 2
        0.002100 no socket: rule nat-inward, CLOSED
        0.002100 #3 link 0, host 2 > host 0: 198.51.100.7.5353 > 192.168.0.2.4000: udp (4) (ttl 63, df), arrives 0.002200
        0.002200 #3 arrived at host 0
        0.002200 call 8 -> 4 octets from 198.51.100.7:5353, took 1100
    "#]].assert_eq(&lab.log.text());
    assert_eq!(lab.world.host("server"), Some(HostId(1)));
    assert_eq!(lab.world.host("box"), None);
    assert_eq!(lab.world.name(HostId(2)), Some("box"));
    assert_eq!(lab.world.readiness(server).map(|ready| ready.writable), Some(true));
    assert_eq!(lab.world.readiness(SocketId(0)), None);
}

/// Connects by TCP from a host, and says how it came out and when.
fn connect(lab: &mut Lab, host: u32, to: &str, port: &str) -> String {
    let Ok(Value::Socket { socket }) =
        lab.call(host, Op::Socket { family: Family::Inet, kind: SocketKind::Stream })
    else {
        panic!("{}", lab.log.text())
    };
    let address = Endpoint::parse(to, port).expect("an endpoint");
    let outcome = match lab.call(host, Op::Connect { socket, address }) {
        Ok(_) => "connected".to_owned(),
        Err(failure) => failure.name(),
    };
    format!("{outcome} at {}", Micros(lab.now.0))
}

#[wasm_bindgen_test(unsupported = test)]
fn a_connect_learns_from_routers_and_links_too() {
    let check = |to: &str, port: &str, expected: Expect| {
        expected.assert_eq(&connect(&mut Lab::new(HOME), 0, to, port));
    };
    check("server", "5", expect!["ECONNREFUSED at 2.20 ms"]);
    check("198.51.100.1", "5", expect!["ECONNREFUSED at 200 µs"]);
    check("203.0.113.1", "5", expect!["ENETUNREACH at 200 µs"]);
    check("192.168.0.77", "5", expect!["EHOSTUNREACH at 3.00 s"]);
    check("198.51.100.77", "5", expect!["EHOSTUNREACH at 3.00 s"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_forwarded_port_connects_from_outside() {
    let forward = r#""nat":{"outside":"net","forward":[{"protocol":"tcp","outside_port":8080,"to":"192.168.0.2","port":80}]}"#;
    let mut lab = Lab::new(
        &HOME
            .replace(r#""nat":{"outside":"net"}"#, forward)
            .replace(r#""name":"pc""#, r#""name":"pc","privileged":true"#),
    );
    let Ok(Value::Socket { socket }) =
        lab.call(0, Op::Socket { family: Family::Inet, kind: SocketKind::Stream })
    else {
        panic!("{}", lab.log.text())
    };
    lab.call(0, Op::Bind { socket, address: Endpoint::parse("", "80").expect("an endpoint") })
        .expect("privileged");
    lab.call(0, Op::Listen { socket, backlog: 1 }).expect("it is bound");
    expect!["connected at 2.20 ms"].assert_eq(&connect(&mut lab, 1, "198.51.100.1", "8080"));
    expect!["ECONNREFUSED at 4.20 ms"].assert_eq(&connect(&mut lab, 1, "198.51.100.1", "8081"));
    expect!["ENETUNREACH at 4.20 ms"].assert_eq(&connect(&mut lab, 1, "192.168.0.2", "80"));
    let Ok(Value::Accepted { peer, .. }) = lab.call(0, Op::Accept { socket }) else {
        panic!("{}", lab.log.text())
    };
    assert_eq!(peer.0.ip().to_string(), "198.51.100.7");
}

#[wasm_bindgen_test(unsupported = test)]
fn without_telling_there_are_no_traces_and_everything_else_is_the_same() {
    let told = |telling| {
        let mut lab = Lab::new(HOME);
        lab.world.set_telling(telling);
        let outcome = lab.probe("server", "5");
        let traces =
            lab.log.text().lines().filter(|line| line.contains(" #") || line.contains(" rule ")).count();
        (outcome, traces)
    };
    let ((with, traces), (without, none)) = (told(true), told(false));
    assert_eq!((with, none), (without, 0));
    assert!(traces > 8, "{traces}");
}

#[wasm_bindgen_test(unsupported = test)]
fn wrong_bits_are_thrown_away_by_the_host() {
    let json = HOME.replacen(r#""links""#, r#""faults":[{"link":"net","action":"corrupt"}],"links""#, 1);
    let mut lab = Lab::new(&json);
    expect!["TIMEOUT at 10.00 s"].assert_eq(&lab.probe("server", "5"));
    let rules: Vec<String> =
        lab.log.text().lines().filter(|line| line.contains(" rule ")).map(str::to_owned).collect();
    expect![[r#"
        0.000100 no socket: rule nat-new, CLOSED
        0.001100 no socket: rule checksum, CLOSED"#]]
    .assert_eq(&rules.join("\n"));
}

/// A program that asks again and again and never lets time pass.
fn spin(bounds: &str) -> (Lab, SocketId) {
    let mut lab = Lab::new(&format!(r#"{{"hosts":[{{"name":"a"}}],"bounds":{bounds}}}"#));
    let socket = lab.udp(0);
    let waiting = lab.submit(0, None, Op::Recv { socket, max: 1, flags: [].into() });
    for _ in 0..1_000 {
        let id = lab.submit(0, Some(Micros::ZERO), Op::GetSockName { socket });
        if matches!(lab.back(id), Some(Err(Failure::Gone)) | None) {
            break;
        }
    }
    assert!(lab.calls < 1_000, "nothing stopped it");
    let waited = lab.log.calls().into_iter().find(|line| line.call.id == waiting).expect("it was made");
    assert_eq!(waited.back.expect("it came back").outcome, &Err(Failure::Gone));
    (lab, socket)
}

#[wasm_bindgen_test(unsupported = test)]
fn each_bound_ends_the_world_and_says_so() {
    for (bounds, bound) in [
        (r#"{"events":50}"#, Bound::Events),
        (r#"{"events_at_once":50}"#, Bound::EventsAtOnce),
        (r#"{"log_octets":10000}"#, Bound::LogOctets),
    ] {
        let (mut lab, socket) = spin(bounds);
        let stopped = lab.world.stopped().expect("it stopped");
        assert_eq!(stopped.bound, bound);
        let text = lab.log.text();
        assert!(
            text.contains(&format!("notice \"{stopped}\"")) && text.contains(&format!("gone \"{stopped}\"")),
            "{text}"
        );
        // Nothing happens any more, and calls come back at once.
        assert_eq!(lab.world.wakes_at(), None);
        assert_eq!(lab.call(0, Op::Close { socket }), Err(Failure::Gone));
    }
    let mut lab = Lab::new(r#"{"hosts":[{"name":"a"}],"bounds":{"time_us":5000}}"#);
    let socket = lab.udp(0);
    let id = lab.submit(0, Some(Micros(9_000)), Op::Recv { socket, max: 1, flags: [].into() });
    assert_eq!(lab.back(id), Some(Err(Failure::Gone)));
    expect!["the run was stopped at 5.00 ms: it reached bounds.time_us, which is 5000"]
        .assert_eq(&lab.world.stopped().expect("it stopped").to_string());
    assert_eq!(lab.now, Instant(5_000));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_call_of_a_host_that_is_not_there_is_answered() {
    let mut lab = Lab::new(HOME);
    let Err(failure) = lab.call(2, Op::GetHostName {}) else { panic!("the box is no host") };
    expect!["there is no host 2: the hosts are 0 to 1"].assert_eq(failure.meaning());
}

#[wasm_bindgen_test(unsupported = test)]
fn packet_numbers_are_used_once_on_loopback_too() {
    let mut lab = Lab::new(r#"{"hosts":[{"name":"a"}]}"#);
    expect!["ECONNREFUSED at 0 µs"].assert_eq(&lab.probe("localhost", "5"));
    let mut sent = Vec::new();
    let mut arrived = Vec::new();
    for record in lab.log.records() {
        match &record.what {
            sockets::What::Trace(Trace::Sent(transit)) => {
                assert_eq!(transit.link, lab.world.loopback(HostId(0)));
                sent.push(transit.packet);
            }
            sockets::What::Trace(Trace::Arrived { packet, .. }) => arrived.push(*packet),
            _ => {}
        }
    }
    assert_eq!(sent, arrived);
    assert_eq!(sent.len(), 2);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_broadcast_reaches_every_host_of_a_link_and_no_other() {
    let mut lab = Lab::new(
        r#"{
        "hosts":[
            {"name":"a","interfaces":[{"link":"home","addresses":["192.168.0.2/24"]}],"gateway":"192.168.0.1"},
            {"name":"b","interfaces":[{"link":"home","addresses":["192.168.0.3/24"]}]},
            {"name":"c","interfaces":[{"link":"home","addresses":["192.168.0.4/24"]}]},
            {"name":"far","interfaces":[{"link":"net","addresses":["198.51.100.7/24"]}]}],
        "routers":[{"name":"box","interfaces":[{"link":"home","addresses":["192.168.0.1/24"]},{"link":"net","addresses":["198.51.100.1/24"]}]}],
        "links":[{"name":"home","path":{"delay_us":100}},{"name":"net","path":{"delay_us":1000}}]}"#,
    );
    let sockets: Vec<SocketId> = (0..4).map(|host| lab.udp(host)).collect();
    for (host, socket) in (0..).zip(&sockets) {
        let address = Endpoint::parse("", "5000").expect("an endpoint");
        lab.call(host, Op::Bind { socket: *socket, address }).expect("a free port");
    }
    let say = |lab: &mut Lab, to: &str| {
        let address = Endpoint::parse(to, "5000").expect("an endpoint");
        lab.call(0, Op::SendTo { socket: sockets[0], address, flags: [].into(), data: "who?".into() })
    };
    assert_eq!(say(&mut lab, "192.168.0.255"), Err(Failure::Errno(Errno::EACCES)));
    let value = OptionValue::Number(1);
    lab.call(0, Op::SetSockOpt { socket: sockets[0], option: OptionName::Broadcast, value }).expect("a flag");
    for to in ["192.168.0.255", "255.255.255.255"] {
        say(&mut lab, to).expect("it goes out");
        let mut heard = String::new();
        for (host, socket) in (0..).zip(&sockets) {
            let op = Op::RecvFrom { socket: *socket, max: 9, flags: [].into() };
            let id = lab.submit(host, Some(Micros::from_millis(50)), op);
            heard += match lab.back(id) {
                Some(Ok(Value::Datagram { from, .. })) if from.0.to_string() == "192.168.0.2:5000" => "yes ",
                Some(Err(Failure::TimedOut)) => "no ",
                other => panic!("{other:?}"),
            };
        }
        // The host itself is one of them.
        assert_eq!(heard, "yes yes yes no ", "{to}");
    }
}
