//! Where sockets may go: cases T1 to T14.

use crate::client::*;
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

/// What tells of a SYN and of a datagram: connections that this network namespace has begun, and datagrams that it sent.
#[cfg(target_os = "linux")]
fn begun() -> (u64, u64) {
    let table = std::fs::read_to_string("/proc/thread-self/net/snmp").expect("Linux has it");
    let count = |protocol: &str, name: &str| -> u64 {
        let mut lines = table.lines().filter(|line| line.starts_with(protocol)).map(str::split_whitespace);
        let at =
            lines.next().and_then(|mut names| names.position(|known| known == name)).expect("it is there");
        lines
            .next()
            .and_then(|mut values| values.nth(at))
            .and_then(|value| value.parse().ok())
            .expect("a number")
    };
    (count("Tcp:", "ActiveOpens"), count("Udp:", "OutDatagrams"))
}

/// Moves this thread, and the bridges that it starts, into a network namespace of its own, whose one interface beside loopback is
/// 192.168.77.1/24. False, with a loud word, where that cannot be done.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "a network namespace of this thread's own")]
fn in_a_network_of_its_own(test: &str) -> bool {
    // SAFETY: it takes no memory; it moves this thread into an empty network namespace.
    if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
        eprintln!("SKIPPED: {test} needs root to make a network namespace");
        return false;
    }
    for line in [
        "link set lo up",
        "link add way-out type veth peer name far-end",
        "addr add 192.168.77.1/24 dev way-out",
        "link set way-out up",
        "link set far-end up",
        "route add default dev way-out",
    ] {
        let status = std::process::Command::new("ip").args(line.split(' ')).status();
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: {test} needs the command ip (iproute2): ip {line}");
            return false;
        }
    }
    true
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
    let hosts =
        ["192.168.77.2", "10.0.0.1", "8.8.8.8", "169.254.169.254", "0.0.0.0", "192.168.77.255", "224.0.0.1"];
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let before = begun();
    for host in hosts {
        refused_by_policy(&mut page, host, 80);
        let socket = page.socket_of(Family::Inet, SocketKind::Datagram);
        page.policy(Op::SendTo {
            socket,
            address: at(host, 53),
            flags: [].into(),
            data: b"x".to_vec().into(),
        });
    }
    assert_eq!(begun(), before, "no SYN and no datagram");
    // The measure itself: where it is allowed, both are seen.
    let open = Bridge::start(&["--allow-net"]);
    let mut page = open.page();
    let (opens, datagrams) = begun();
    assert_eq!(connect(&mut page, "8.8.8.8", 80), Err(Failure::TimedOut));
    let socket = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.call(Op::SendTo {
        socket,
        address: at("8.8.8.8", 53),
        flags: [].into(),
        data: b"x".to_vec().into(),
    })
    .expect("it goes out");
    assert_eq!(begun(), (opens + 1, datagrams + 1));
}

#[test]
fn t03_metadata_is_never_reached() {
    let bridge = Bridge::start(&["--allow-net", "--allow-lan"]);
    let mut page = bridge.page();
    for host in
        ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "100.100.100.200", "168.63.129.16"]
    {
        refused_by_policy(&mut page, host, 80);
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
    }
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
fn t10_low_ports_are_the_kernels_business_to_bind_and_ours_to_reach() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    refused_by_policy(&mut page, "127.0.0.1", 80);
    let socket = page.stream();
    // Root may, others may not: either way the kernel has the word.
    match page.call(Op::Bind { socket, address: at("127.0.0.1", 1) }) {
        Ok(Value::Done {}) => {}
        other => assert_eq!(errno(other), Errno::EACCES),
    }
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
