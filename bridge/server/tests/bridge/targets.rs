//! Where sockets may go: cases T1 to T14.

use crate::client::*;
#[cfg(target_os = "linux")]
use crate::network::{SYN, Seen, Tap, bridge_with_files, in_a_network_of_its_own};
use sockets::{
    Direction, Errno, Failure, Family, Micros, Op, OptionName, OptionValue, Resolve, SocketKind, Value,
};
use std::cell::Cell;
use std::net::{IpAddr, SocketAddr, TcpListener};

fn connect(page: &mut Page, host: &str, port: u16) -> sockets::Outcome {
    let family = if host.contains(':') { Family::Inet6 } else { Family::Inet };
    let socket = page.socket_of(family, SocketKind::Stream);
    page.call_within(Micros::from_millis(500), Op::Connect { socket, address: at(host, port) })
}

fn to(socket: sockets::SocketId, address: sockets::Endpoint) -> Op {
    Op::SendTo { socket, address, flags: [].into(), data: b"x".to_vec().into() }
}

fn refused_by_policy(page: &mut Page, host: &str, port: u16) {
    let outcome = connect(page, host, port);
    assert!(matches!(outcome, Err(Failure::Policy(_))), "{host} {port}: {outcome:?}");
}

#[test]
fn t01_all_of_loopback_is_open_on_the_sessions_own_ports() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    for host in ["127.0.0.1", "127.9.9.9", "::1"] {
        let family = if host.contains(':') { Family::Inet6 } else { Family::Inet };
        let listener = page.socket_of(family, SocketKind::Stream);
        page.done(Op::Bind { socket: listener, address: at(host, 0) });
        page.done(Op::Listen { socket: listener, backlog: 1 });
        let address = page.local(listener);
        assert_eq!(address.ip().to_string(), host);
        let client = page.socket_of(family, SocketKind::Stream);
        page.done(Op::Connect { socket: client, address: address.into() });
    }
}

#[test]
fn t01_a_bound_port_without_listener_is_refused_by_the_kernel() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, address) = page.listener(1);
    assert_eq!(
        errno(connect(&mut page, "127.0.0.2", address.port())),
        Errno::ECONNREFUSED,
        "nobody is at that address"
    );
    page.done(Op::Close { socket: listener });
    assert_eq!(
        errno(connect(&mut page, "127.0.0.1", address.port())),
        Errno::ECONNREFUSED,
        "the port was the page's"
    );
    let foreign = TcpListener::bind(address).expect("it is free again");
    refused_by_policy(&mut page, "127.0.0.1", address.port());
    drop(foreign);
    let bound = page.stream();
    page.done(Op::Bind { socket: bound, address: at("127.0.0.1", 0) });
    let port = page.local(bound).port();
    assert_eq!(errno(connect(&mut page, "127.0.0.1", port)), Errno::ECONNREFUSED, "bound, but not listening");
}

#[test]
fn t02_addresses_beyond_loopback_need_leave() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    for (host, option) in [
        ("192.168.0.1", "--allow-lan"),
        ("10.0.0.1", "--allow-lan"),
        ("fd12::1", "--allow-lan"),
        ("8.8.8.8", "--allow-net"),
        ("2606:4700::1111", "--allow-net"),
    ] {
        let family = if host.contains(':') { Family::Inet6 } else { Family::Inet };
        let socket = page.socket_of(family, SocketKind::Stream);
        let why = page.policy(Op::Connect { socket, address: at(host, 80) });
        assert!(why.contains(option), "{why}");
        let socket = page.socket_of(family, SocketKind::Datagram);
        page.policy(Op::SendTo {
            socket,
            address: at(host, 53),
            flags: [].into(),
            data: b"x".to_vec().into(),
        });
        page.policy(Op::Connect { socket, address: at(host, 53) });
    }
}

#[test]
#[cfg(target_os = "linux")]
fn t11_the_machines_own_lan_address_opens_none_of_its_services() {
    if !in_a_network_of_its_own("t11_the_machines_own_lan_address_opens_none_of_its_services") {
        return;
    }
    let foreign = TcpListener::bind("192.168.77.1:0").expect("a port is free");
    let port = foreign.local_addr().expect("it is bound").port();
    let bridge = Bridge::start(&["--allow-lan"]);
    let mut page = bridge.page();
    refused_by_policy(&mut page, "192.168.77.1", port);
    let listener = page.stream();
    page.done(Op::Bind { socket: listener, address: at("192.168.77.1", 0) });
    page.done(Op::Listen { socket: listener, backlog: 1 });
    let own = page.local(listener).port();
    assert_eq!(connect(&mut page, "192.168.77.1", own), Ok(Value::Done {}), "the page's own is open");
    let neighbour = connect(&mut page, "192.168.77.2", port);
    assert!(
        !matches!(neighbour, Err(Failure::Policy(_))),
        "other machines are what --allow-lan is for: {neighbour:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn t02_no_syn_leaves_for_a_refused_address() {
    if !in_a_network_of_its_own("t02_no_syn_leaves_for_a_refused_address") {
        return;
    }
    let hosts = [
        "192.168.0.1",
        "192.168.77.2",
        "192.168.77.9",
        "10.0.0.1",
        "8.8.8.8",
        "169.254.169.254",
        "0.0.0.0",
        "192.168.77.255",
        "224.0.0.1",
    ];
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let mut tap = Tap::new();
    for host in hosts {
        refused_by_policy(&mut page, host, 80);
        let socket = page.socket_of(Family::Inet, SocketKind::Datagram);
        page.policy(to(socket, at(host, 53)));
    }
    let beyond = |seen: &Seen| match seen {
        Seen::Tcp { to, .. } | Seen::Udp { to } => !to.ip().is_loopback(),
        Seen::WhoHas(_) => true,
    };
    let seen: Vec<Seen> = tap.seen().into_iter().filter(beyond).collect();
    assert_eq!(seen, [], "no SYN, no datagram, and nobody is asked for an address");
    // The measure itself: where it is allowed, both are seen.
    let open = Bridge::start(&["--allow-net"]);
    let mut page = open.page();
    assert_eq!(connect(&mut page, "8.8.8.8", 80), Err(Failure::TimedOut));
    let socket = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.call(to(socket, at("8.8.8.8", 53))).expect("it goes out");
    let seen: Vec<Seen> = tap.seen().into_iter().filter(beyond).collect();
    assert!(
        seen.iter().any(|seen| matches!(seen, Seen::Tcp { to, flags: SYN, .. } if to.port() == 80)),
        "{seen:?}"
    );
    assert!(seen.iter().any(|seen| matches!(seen, Seen::Udp { to } if to.port() == 53)), "{seen:?}");
}

#[test]
fn t03_metadata_is_never_reached() {
    let bridge = Bridge::start(&["--allow-net", "--allow-lan"]);
    let mut page = bridge.page();
    for host in
        ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "100.100.100.200", "168.63.129.16"]
    {
        refused_by_policy(&mut page, host, 80);
        let family = if host.contains(':') { Family::Inet6 } else { Family::Inet };
        let socket = page.socket_of(family, SocketKind::Datagram);
        page.policy(to(socket, at(host, 80)));
        page.policy(Op::Connect { socket, address: at(host, 80) });
        page.policy(Op::Bind { socket, address: at(host, 0) });
        page.policy(Op::GetNameInfo {
            address: sockets::PyAddr((host.parse::<IpAddr>().expect("an address"), 80).into()),
        });
    }
}

#[test]
fn t04_mapped_addresses_are_what_they_map() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (_, address) = page.listener(1);
    assert_eq!(connect(&mut page, "::ffff:127.0.0.1", address.port()), Ok(Value::Done {}));
    refused_by_policy(&mut page, "::ffff:10.0.0.1", 80);
    refused_by_policy(&mut page, "::ffff:8.8.8.8", 80);
}

#[test]
fn t05_nobody_connects_to_unspecified_addresses() {
    for options in [&[][..], &["--allow-lan", "--allow-net"]] {
        let bridge = Bridge::start(options);
        let mut page = bridge.page();
        let (_, address) = page.listener(1);
        for host in ["0.0.0.0", "::", "::ffff:0.0.0.0", "0.0.0.1"] {
            refused_by_policy(&mut page, host, address.port());
            let family = if host.contains(':') { Family::Inet6 } else { Family::Inet };
            let socket = page.socket_of(family, SocketKind::Datagram);
            page.policy(to(socket, at(host, address.port())));
        }
        let socket = page.stream();
        let outcome = page.call(Op::Connect { socket, address: at("", address.port()) });
        assert!(matches!(outcome, Err(Failure::Policy(_))), "{outcome:?}");
        // To bind there is another thing: it stays on loopback, unless others are to be let in.
        for (family, host) in
            [(Family::Inet, "0.0.0.0"), (Family::Inet6, "::"), (Family::Inet6, "::ffff:0.0.0.0")]
        {
            let socket = page.socket_of(family, SocketKind::Stream);
            page.done(Op::Bind { socket, address: at(host, 0) });
            let ip = page.local(socket).ip().to_canonical();
            assert_eq!(ip.is_loopback(), options.is_empty(), "{host}: {ip}");
            page.done(Op::Close { socket });
        }
    }
}

#[test]
fn t06_odd_spellings_are_no_addresses_and_names_need_leave() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (_, address) = page.listener(1);
    for (number, host) in
        ["127.1", "2130706433", "0x7f.1", "017700000001", "::1%lo", "[::1]"].into_iter().enumerate()
    {
        let socket = page.stream();
        let id = 90_000 + number as u32;
        let port = address.port();
        page.put(protocol::Frame::Text(format!(
            r#"{{"id":{id},"call":"connect","socket":{socket},"address":["{host}",{port}]}}"#
        )));
        let outcome = page.reply(sockets::CallId(id)).outcome;
        assert!(matches!(outcome, Err(Failure::Protocol(_))), "{host}: {outcome:?}");
        let outcome = page.call(Op::GetAddrInfo { host: host.into(), port, family: None, kind: None });
        assert!(matches!(outcome, Err(Failure::Protocol(_))), "{host}: {outcome:?}");
    }
    let socket = page.stream();
    let why = page.policy(Op::Connect { socket, address: at("example.org", 80) });
    assert!(why.contains("--allow-host example.org"), "{why}");
    page.policy(Op::GetAddrInfo { host: "example.org".into(), port: 80, family: None, kind: None });
    page.done(Op::Connect { socket, address: at("localhost", address.port()) });
}

#[test]
fn t07_addresses_in_other_clothes_are_refused() {
    let bridge = Bridge::start(&["--allow-net", "--allow-lan"]);
    let mut page = bridge.page();
    for host in [
        "64:ff9b::7f00:1",
        "::127.0.0.1",
        "fe80::1",
        "ff02::1",
        "224.0.0.1",
        "255.255.255.255",
        "2002:7f00:1::1",
    ] {
        refused_by_policy(&mut page, host, 80);
        let family = if host.contains(':') { Family::Inet6 } else { Family::Inet };
        let socket = page.socket_of(family, SocketKind::Datagram);
        page.policy(to(socket, at(host, 80)));
    }
    // A zone is not even an address here.
    let socket = page.socket_of(Family::Inet6, SocketKind::Stream);
    for host in ["fe80::1%lo", "::1%lo", "::1%1"] {
        let id = page.next_id();
        page.put(protocol::Frame::Text(format!(
            r#"{{"id":{id},"call":"connect","socket":{socket},"address":["{host}",80]}}"#
        )));
        let outcome = page.reply(id).outcome;
        assert!(matches!(outcome, Err(Failure::Protocol(_))), "{host}: {outcome:?}");
    }
    let id = page.next_id();
    page.put(protocol::Frame::Text(format!(
        r#"{{"id":{id},"call":"connect","socket":{socket},"address":["fe80::1",80,0,1]}}"#
    )));
    let outcome = page.reply(id).outcome;
    assert!(matches!(outcome, Err(Failure::Protocol(_))), "{outcome:?}");
}

/// Answers a loopback address first and a private one beside or after it.
struct Rebinding {
    asked: Cell<u32>,
}

impl server::Resolver for Rebinding {
    fn resolve(&self, name: &str) -> server::Coming {
        self.asked.set(self.asked.get() + 1);
        let loopback: IpAddr = [127, 0, 0, 1].into();
        let private: IpAddr = [10, 0, 0, 1].into();
        let answer = match (name, self.asked.get()) {
            ("both.example", _) => Ok(vec![loopback, private]),
            ("rebinds.example", 1) => Ok(vec![loopback]),
            ("rebinds.example", _) => Ok(vec![private]),
            ("six.example", _) => Ok(vec!["::1".parse().expect("an address")]),
            _ => Err(Resolve::NoName),
        };
        Box::pin(async move { answer })
    }

    fn name_of(&self, _ip: IpAddr) -> server::Coming<Result<String, Resolve>> {
        Box::pin(async { Err(Resolve::NoName) })
    }
}

#[test]
fn t08_every_answer_of_a_name_is_checked_each_time() {
    let door = inside(
        Box::new(|| Box::new(Rebinding { asked: Cell::new(0) })),
        std::future::pending(),
        &["--allow-host", "rebinds.example", "--allow-host", "both.example", "--allow-host", "six.example"],
    );
    let mut page = door.page();
    let (_, address) = page.listener(4);
    let first = page.stream();
    page.done(Op::Connect { socket: first, address: at("rebinds.example", address.port()) });
    let second = page.stream();
    let why = page.policy(Op::Connect { socket: second, address: at("rebinds.example", address.port()) });
    assert!(why.contains("10.0.0.1"), "{why}");
    page.policy(Op::Connect { socket: second, address: at("both.example", address.port()) });
    let six = Op::Connect { socket: second, address: at("six.example", address.port()) };
    assert_eq!(page.call(six), Err(Failure::Resolve(Resolve::NoName)));
    let datagram = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.policy(Op::SendTo {
        socket: datagram,
        address: at("both.example", 9),
        flags: [].into(),
        data: b"x".to_vec().into(),
    });
    page.policy(Op::Bind { socket: datagram, address: at("rebinds.example", 0) });
}

/// The same against the system's own resolver, whose answers come from a file that this test turns.
#[test]
#[cfg(target_os = "linux")]
fn t08_a_name_that_moves_is_refused_by_the_binary_too() {
    if !in_a_network_of_its_own("t08_a_name_that_moves_is_refused_by_the_binary_too") {
        return;
    }
    let place = Place::new("t08");
    let says = |lines: &str| place.write("hosts", lines);
    says("127.0.0.1 rebinds.example\n");
    let bridge = bridge_with_files(
        &[("/etc/hosts", &place.path("hosts"))],
        &["--allow-host", "rebinds.example", "--allow-net"],
    );
    let mut page = bridge.page();
    let (_, address) = page.listener(4);
    let mut go = || {
        let socket = page.stream();
        let address = at("rebinds.example", address.port());
        page.call_within(Micros::from_millis(300), Op::Connect { socket, address })
    };
    assert_eq!(go(), Ok(Value::Done {}));
    for (lines, why) in [
        ("10.0.0.1 rebinds.example\n", "10.0.0.1"),
        ("127.0.0.1 rebinds.example\n10.0.0.1 rebinds.example\n", "10.0.0.1"),
        ("10.0.0.1 rebinds.example\n127.0.0.1 rebinds.example\n", "10.0.0.1"),
        ("169.254.169.254 rebinds.example\n", "169.254.169.254"),
        ("8.8.8.8 rebinds.example\n169.254.169.254 rebinds.example\n", "169.254.169.254"),
    ] {
        says(lines);
        match go() {
            Err(Failure::Policy(text)) => assert!(text.contains(why), "{lines}: {text}"),
            other => panic!("{lines}: {other:?}"),
        }
    }
    says("8.8.8.8 rebinds.example\n");
    assert_eq!(go(), Err(Failure::TimedOut), "where it may go it goes, and nobody answers");
}

#[test]
fn t09_the_bridge_itself_is_out_of_reach() {
    let bridge = Bridge::start(&["--allow-lan", "--allow-net"]);
    let own = bridge.port;
    let mut page = bridge.page();
    for host in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        refused_by_policy(&mut page, host, own);
    }
    let socket = page.stream();
    page.policy(Op::Connect { socket, address: at("localhost", own) });
    page.policy(Op::Bind { socket, address: at("127.0.0.2", own) });
    // Not even to be named helps.
    let free =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
    let port = free.port().to_string();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bridge"));
    let bridge = Bridge::spawn(command.args(["--no-open", "--port", &port, "--allow", &port]));
    let mut page = bridge.page();
    for host in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        refused_by_policy(&mut page, host, free.port());
    }
}

#[test]
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the bridge shall have no privilege, whoever runs the test")]
fn t10_low_ports_are_the_kernels_business_to_bind_and_ours_to_reach() {
    use std::os::unix::process::CommandExt;
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bridge"));
    command.args(["--port", "0", "--no-open"]);
    const NET_BIND_SERVICE: libc::c_ulong = 10;
    // SAFETY: prctl is safe between fork and exec. It takes the privilege from root; others do not have it.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_CAPBSET_DROP, NET_BIND_SERVICE, 0, 0, 0);
            Ok(())
        });
    }
    let bridge = Bridge::spawn(&mut command);
    let mut page = bridge.page();
    let first =
        std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").expect("Linux has it");
    for port in [1, 80, 443] {
        refused_by_policy(&mut page, "127.0.0.1", port);
        let socket = page.stream();
        if first.trim().parse::<u16>().is_ok_and(|first| port < first) {
            let bind = Op::Bind { socket, address: at("127.0.0.1", port) };
            assert_eq!(page.errno(bind), Errno::EACCES, "{port}");
        }
        refused_by_policy(&mut page, "127.0.0.1", port);
    }
}

/// Where the page may bind a low port it may also go there, and with leave it may go to another's.
#[test]
#[cfg(target_os = "linux")]
fn t10_a_low_port_of_ones_own_or_with_leave_is_reached() {
    if !in_a_network_of_its_own("t10_a_low_port_of_ones_own_or_with_leave_is_reached") {
        return;
    }
    let foreign = TcpListener::bind("127.0.0.1:81").expect("root may");
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    refused_by_policy(&mut page, "127.0.0.1", 81);
    let socket = page.stream();
    page.done(Op::Bind { socket, address: at("127.0.0.1", 80) });
    page.done(Op::Listen { socket, backlog: 1 });
    assert_eq!(connect(&mut page, "127.0.0.1", 80), Ok(Value::Done {}));
    let allowing = Bridge::start(&["--allow", "81"]);
    assert_eq!(connect(&mut allowing.page(), "127.0.0.1", 81), Ok(Value::Done {}));
    drop(foreign);
}

/// Ports that browsers refuse, and some that guard secrets. Whether somebody listens there makes no difference.
#[test]
#[cfg(target_os = "linux")]
fn t11_well_known_services_are_out_of_reach() {
    if !in_a_network_of_its_own("t11_well_known_services_are_out_of_reach") {
        return;
    }
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let ports = [
        1, 7, 21, 22, 23, 25, 53, 110, 111, 139, 143, 389, 445, 514, 587, 631, 873, 993, 2049, 2375, 2376,
        3306, 3389, 5432, 5900, 6000, 6379, 6443, 6667, 8080, 9200, 10250, 11211, 27017,
    ];
    let nobody: Vec<bool> =
        ports.iter().map(|port| connect(&mut page, "127.0.0.1", *port).is_err()).collect();
    assert!(nobody.iter().all(|refused| *refused));
    let services: Vec<TcpListener> =
        ports.iter().map(|port| TcpListener::bind(("0.0.0.0", *port)).expect("root may")).collect();
    let mut tap = Tap::new();
    for port in ports {
        for host in ["127.0.0.1", "127.0.0.53", "::ffff:127.0.0.1"] {
            refused_by_policy(&mut page, host, port);
        }
    }
    let reached = |seen: &Seen| matches!(seen, Seen::Tcp { to, .. } if ports.contains(&to.port()));
    assert_eq!(tap.seen().into_iter().filter(reached).count(), 0, "not even a SYN");
    drop(services);
    let socket = page.stream();
    page.done(Op::Bind { socket, address: at("127.0.0.1", 6379) });
    page.done(Op::Listen { socket, backlog: 1 });
    assert_eq!(connect(&mut page, "127.0.0.1", 6379), Ok(Value::Done {}), "unless it is the page's own");
}

#[test]
fn t11_only_ports_of_this_session_and_named_ones_are_reached() {
    let foreign = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = foreign.local_addr().expect("it is bound").port();
    let bridge = Bridge::start(&[]);
    let (mut page, mut other) = (bridge.page(), bridge.page());
    refused_by_policy(&mut page, "127.0.0.1", port);
    let (_, address) = other.listener(1);
    refused_by_policy(&mut page, "127.0.0.1", address.port());
    // Who binds the same port elsewhere, or for UDP, does not get at the service by that.
    let elsewhere = page.stream();
    page.done(Op::Bind { socket: elsewhere, address: at("127.0.0.77", port) });
    refused_by_policy(&mut page, "127.0.0.1", port);
    let datagram = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.done(Op::Bind { socket: datagram, address: at("127.0.0.1", port) });
    refused_by_policy(&mut page, "127.0.0.1", port);
    let allowing = Bridge::start(&["--allow", &port.to_string()]);
    assert_eq!(allowing.page().hello.policy.allow, [port]);
    assert_eq!(connect(&mut allowing.page(), "127.0.0.1", port), Ok(Value::Done {}));
    let exact = Bridge::start(&["--allow", &format!("127.0.0.9:{port}")]);
    let mut page = exact.page();
    refused_by_policy(&mut page, "127.0.0.1", port);
    assert_eq!(errno(connect(&mut page, "127.0.0.9", port)), Errno::ECONNREFUSED);
}

/// With SO_REUSEADDR two programs may bind one port as long as neither listens; then either may. (std's listeners set it.)
#[test]
fn t11_to_have_bound_a_port_first_opens_nobodys_service() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let squatter = page.stream();
    let reuse =
        |socket| Op::SetSockOpt { socket, option: OptionName::ReuseAddr, value: OptionValue::Number(1) };
    page.done(reuse(squatter));
    page.done(Op::Bind { socket: squatter, address: at("127.0.0.1", 0) });
    let port = page.local(squatter).port();
    assert_eq!(errno(connect(&mut page, "127.0.0.1", port)), Errno::ECONNREFUSED, "nobody listens yet");
    let foreign = TcpListener::bind(("127.0.0.1", port)).expect("Linux allows it");
    refused_by_policy(&mut page, "127.0.0.1", port);
    drop(foreign);
    page.done(Op::Listen { socket: squatter, backlog: 1 });
    assert_eq!(connect(&mut page, "127.0.0.1", port), Ok(Value::Done {}), "now it is the page's own");
    page.done(Op::Shutdown { socket: squatter, how: Direction::Both });
    let foreign = TcpListener::bind(("127.0.0.1", port)).expect("the page's listener is shut down");
    refused_by_policy(&mut page, "127.0.0.1", port);
    drop(foreign);
}

/// The kernel would let any program of the same user in, if both ask for it.
#[test]
fn t11_a_port_is_shared_with_nobody_but_the_session_itself() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let localhost: SocketAddr = ([127, 0, 0, 1], 0).into();
    for (kind, option) in [
        (SocketKind::Datagram, OptionName::ReuseAddr),
        (SocketKind::Datagram, OptionName::ReusePort),
        (SocketKind::Stream, OptionName::ReusePort),
    ] {
        let outside = || {
            let of = if kind == SocketKind::Stream { socket2::Type::STREAM } else { socket2::Type::DGRAM };
            let socket = socket2::Socket::new(socket2::Domain::IPV4, of, None).expect("a socket");
            socket.set_reuse_address(true).and_then(|()| socket.set_reuse_port(true)).expect("it is known");
            socket
        };
        let one = |option| OptionValue::Number(i32::from(option));
        let willing = |page: &mut Page| {
            let socket = page.socket_of(Family::Inet, kind);
            page.done(Op::SetSockOpt { socket, option, value: one(true) });
            assert_eq!(page.call(Op::GetSockOpt { socket, option }), Ok(Value::Option { value: one(true) }));
            socket
        };
        // What is another program's stays that program's.
        let theirs = outside();
        theirs.bind(&localhost.into()).expect("a port is free");
        let port = theirs.local_addr().expect("it is bound").as_socket().expect("an address").port();
        let late = willing(&mut page);
        let there = at("127.0.0.1", port);
        assert_eq!(
            page.errno(Op::Bind { socket: late, address: there.clone() }),
            Errno::EADDRINUSE,
            "{option}"
        );
        drop(theirs);
        // And the page's the page's, which may have it twice.
        page.done(Op::Bind { socket: late, address: there.clone() });
        let busy = outside().bind(&SocketAddr::new([127, 0, 0, 1].into(), port).into());
        assert_eq!(busy.map_err(|error| error.kind()), Err(std::io::ErrorKind::AddrInUse), "{option}");
        let second = willing(&mut page);
        page.done(Op::Bind { socket: second, address: there.clone() });
        let unwilling = page.socket_of(Family::Inet, kind);
        assert_eq!(page.errno(Op::Bind { socket: unwilling, address: there }), Errno::EADDRINUSE);
        if kind == SocketKind::Stream {
            for socket in [late, second] {
                page.done(Op::Listen { socket, backlog: 50 });
            }
            for _ in 0..40 {
                assert_eq!(connect(&mut page, "127.0.0.1", port), Ok(Value::Done {}));
            }
            for socket in [late, second] {
                page.accept(socket);
            }
        }
        for socket in [late, second, unwilling] {
            page.done(Op::Close { socket });
        }
    }
}

#[test]
fn t11_a_listener_for_ipv6_alone_opens_no_ipv4_service() {
    let foreign = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = foreign.local_addr().expect("it is bound").port();
    let bridge = Bridge::start(&["--allow-lan"]);
    let mut page = bridge.page();
    let only = page.socket_of(Family::Inet6, SocketKind::Stream);
    page.done(Op::SetSockOpt { socket: only, option: OptionName::V6Only, value: OptionValue::Number(1) });
    page.done(Op::Bind { socket: only, address: at("::", port) });
    page.done(Op::Listen { socket: only, backlog: 1 });
    assert_eq!(connect(&mut page, "::1", port), Ok(Value::Done {}));
    refused_by_policy(&mut page, "127.0.0.1", port);
}

#[test]
fn t12_nothing_is_opened_to_other_hosts_unasked() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let loopback = |address: SocketAddr| address.ip().to_canonical().is_loopback();
    for (family, host) in [
        (Family::Inet, "0.0.0.0"),
        (Family::Inet, ""),
        (Family::Inet6, "::"),
        (Family::Inet6, ""),
        (Family::Inet6, "::ffff:0.0.0.0"),
    ] {
        let socket = page.socket_of(family, SocketKind::Stream);
        let id = page.ask(None, Op::Bind { socket, address: at(host, 0) });
        let reply = page.reply(id);
        assert_eq!(reply.outcome, Ok(Value::Done {}));
        assert!(reply.note.is_some_and(|note| note.contains("--allow-lan")), "{host}");
        assert!(loopback(page.local(socket)), "{host}");
    }
    let listener = page.stream();
    let id = page.ask(None, Op::Listen { socket: listener, backlog: 1 });
    assert!(page.reply(id).note.is_some_and(|note| note.contains("127.0.0.1")));
    assert!(loopback(page.local(listener)));
    let datagram = page.socket_of(Family::Inet, SocketKind::Datagram);
    let to = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.done(Op::Bind { socket: to, address: at("127.0.0.1", 0) });
    let address = page.local(to).into();
    page.call(Op::SendTo { socket: datagram, address, flags: [].into(), data: b"x".to_vec().into() })
        .expect("it goes out");
    assert!(loopback(page.local(datagram)));
    let socket = page.stream();
    page.policy(Op::Bind { socket, address: at("192.0.2.1", 0) });
    let open = Bridge::start(&["--allow-lan"]);
    let mut page = open.page();
    let socket = page.stream();
    page.done(Op::Bind { socket, address: at("0.0.0.0", 0) });
    assert!(page.local(socket).ip().is_unspecified());
}

#[test]
fn t13_only_options_of_the_table_exist() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let socket = page.stream();
    for (number, option) in
        ["SO_BINDTODEVICE", "IP_TRANSPARENT", "TCP_REPAIR", "SO_MARK", "1"].into_iter().enumerate()
    {
        let id = 90_000 + number as u32;
        page.put(protocol::Frame::Text(format!(
            r#"{{"id":{id},"call":"setsockopt","socket":{socket},"option":"{option}","value":1}}"#
        )));
        let outcome = page.reply(sockets::CallId(id)).outcome;
        assert!(
            matches!(&outcome, Err(Failure::Protocol(why)) if why.contains(option)),
            "{option}: {outcome:?}"
        );
    }
    // Nor is there a way to name one by its numbers.
    for fields in [
        r#""option":25,"value":"lo""#,
        r#""level":1,"option":25,"value":{"hex":"6c6f00"}"#,
        r#""level":0,"option":"SO_MARK","value":1"#,
        r#""level":6,"option":"TCP_NODELAY","value":1"#,
        r#""option":["SO_MARK"],"value":1"#,
    ] {
        for call in ["setsockopt", "getsockopt"] {
            let id = page.next_id();
            page.put(protocol::Frame::Text(format!(
                r#"{{"id":{id},"call":"{call}","socket":{socket},{fields}}}"#
            )));
            let outcome = page.reply(id).outcome;
            assert!(matches!(&outcome, Err(Failure::Protocol(_))), "{fields}: {outcome:?}");
        }
    }
    // What can be set opens nothing.
    let datagram = page.socket_of(Family::Inet, SocketKind::Datagram);
    let on = OptionValue::Number(1);
    page.done(Op::SetSockOpt { socket: datagram, option: OptionName::Broadcast, value: on.clone() });
    let get = Op::GetSockOpt { socket: datagram, option: OptionName::Broadcast };
    assert_eq!(page.call(get), Ok(Value::Option { value: on }));
    for to in ["255.255.255.255", "127.255.255.255", "192.168.0.255"] {
        page.policy(Op::SendTo {
            socket: datagram,
            address: at(to, 5000),
            flags: [].into(),
            data: b"x".to_vec().into(),
        });
    }
}

#[test]
fn t14_each_use_is_checked_anew() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let receiver = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.done(Op::Bind { socket: receiver, address: at("127.0.0.1", 0) });
    let good = page.local(receiver).into();
    let sender = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.done(Op::Connect { socket: sender, address: good });
    page.policy(Op::Connect { socket: sender, address: at("192.168.0.1", 53) });
    page.policy(Op::SendTo {
        socket: sender,
        address: at("192.168.0.1", 53),
        flags: [].into(),
        data: b"x".to_vec().into(),
    });
    let (_, address) = page.listener(1);
    let stream = page.stream();
    page.done(Op::Connect { socket: stream, address: address.into() });
    page.policy(Op::Connect { socket: stream, address: at("192.168.0.1", 80) });
}

#[test]
fn a_port_that_the_kernel_took_back_is_not_the_pages_own() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (closed, nowhere) = page.listener(1);
    page.done(Op::Shutdown { socket: closed, how: sockets::Direction::Both });
    for bound in [false, true] {
        // A busy machine may give the port to somebody else in between: then another one is tried.
        let taken = (0..20).find_map(|_| {
            let socket = page.stream();
            if bound {
                page.done(Op::Bind { socket, address: at("127.0.0.1", 0) });
            }
            assert_eq!(page.errno(Op::Connect { socket, address: nowhere.into() }), Errno::ECONNREFUSED);
            // getsockname still tells the port, but another program can have it.
            let port = page.local(socket).port();
            Some((port, TcpListener::bind(("127.0.0.1", port)).ok()?))
        });
        let (port, _other) = taken.expect("one of twenty ports is still free");
        let client = page.stream();
        page.policy(Op::Connect { socket: client, address: at("127.0.0.1", port) });
    }
    let _other = TcpListener::bind(nowhere).expect("a listener's port too");
    let client = page.stream();
    page.policy(Op::Connect { socket: client, address: nowhere.into() });
}
