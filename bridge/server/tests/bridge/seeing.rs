//! What is told of sockets: options, names, addresses, states; and datagrams.

use crate::client::*;
use sockets::{
    AcceptQueue, Access, Direction, Errno, Failure, Family, MsgFlag, Op, OptionName, OptionValue, PyAddr,
    Resolve, Shape, SocketKind, State, Value,
};
use std::io::Write;
use std::net::{IpAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

fn option(page: &mut Page, socket: sockets::SocketId, option: OptionName) -> OptionValue {
    match page.call(Op::GetSockOpt { socket, option }) {
        Ok(Value::Option { value }) => value,
        other => panic!("{option}: {other:?}"),
    }
}

#[test]
fn every_option_of_the_table_can_be_read_and_set() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let stream = page.socket_of(Family::Inet6, SocketKind::Stream);
    let v4 = page.stream();
    for row in OptionName::TABLE {
        let socket = if row.level == "IPPROTO_IPV6" { stream } else { v4 };
        let value = option(&mut page, socket, row.name);
        assert!(value.fits(row.shape), "{}: {value}", row.constant);
        if row.access == Access::ReadOnly {
            assert_eq!(page.errno(Op::SetSockOpt { socket, option: row.name, value }), Errno::ENOPROTOOPT);
        } else if row.name != OptionName::MaxSeg && row.name != OptionName::WindowClamp {
            page.done(Op::SetSockOpt { socket, option: row.name, value });
        }
        let wrong =
            if row.shape == Shape::Text { OptionValue::Number(1) } else { OptionValue::Text("x".into()) };
        let outcome = page.call(Op::SetSockOpt { socket, option: row.name, value: wrong });
        assert!(matches!(outcome, Err(Failure::Protocol(_))), "{}: {outcome:?}", row.constant);
    }
    for (name, value, expected) in [
        (OptionName::NoDelay, 1, 1),
        (OptionName::Cork, 1, 1),
        (OptionName::ReuseAddr, 1, 1),
        (OptionName::KeepIdle, 77, 77),
        (OptionName::MaxSeg, 1000, 1000),
        (OptionName::RcvBuf, 50_000, 100_000),
        (OptionName::Ttl, 9, 9),
        (OptionName::NotSentLowAt, 4096, 4096),
    ] {
        page.done(Op::SetSockOpt { socket: v4, option: name, value: OptionValue::Number(value) });
        if name != OptionName::MaxSeg {
            assert_eq!(option(&mut page, v4, name), OptionValue::Number(expected), "{name}");
        }
    }
    let linger = OptionValue::Linger { on: true, seconds: 3 };
    page.done(Op::SetSockOpt { socket: v4, option: OptionName::Linger, value: linger.clone() });
    assert_eq!(option(&mut page, v4, OptionName::Linger), linger);
    let reno = OptionValue::Text("reno".into());
    page.done(Op::SetSockOpt { socket: v4, option: OptionName::Congestion, value: reno.clone() });
    assert_eq!(option(&mut page, v4, OptionName::Congestion), reno);
    let bad = Op::SetSockOpt { socket: v4, option: OptionName::KeepIdle, value: OptionValue::Number(-1) };
    assert_eq!(page.errno(bad), Errno::EINVAL);
}

#[test]
fn what_an_option_takes_is_said_in_words() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let socket = page.stream();
    let linger = OptionValue::Linger { on: true, seconds: 3 };
    for (option, value, words) in [
        (
            OptionName::Linger,
            OptionValue::Number(5),
            r#"SO_LINGER does not take the number 5: it is on or off and a time, as in {"on": true, "seconds": 5}"#,
        ),
        (OptionName::NoDelay, linger, "TCP_NODELAY does not take a linger time: it is a flag, 0 or 1"),
        (
            OptionName::KeepIdle,
            OptionValue::Text("x".into()),
            "TCP_KEEPIDLE does not take the text “x”: it is a whole number (seconds) from 1 to 32767",
        ),
        (
            OptionName::Congestion,
            OptionValue::Number(1),
            r#"TCP_CONGESTION does not take the number 1: it is a text, as in "cubic""#,
        ),
    ] {
        let outcome = page.call(Op::SetSockOpt { socket, option, value });
        assert_eq!(outcome, Err(Failure::Protocol(words.into())));
    }
}

#[test]
fn names_are_resolved_as_far_as_allowed() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let Ok(Value::Name { name }) = page.call(Op::GetHostName {}) else { panic!("no name") };
    assert!(!name.is_empty());
    let ask = |host: &str, family, kind| Op::GetAddrInfo { host: host.into(), port: 80, family, kind };
    let addresses = |outcome| match outcome {
        Ok(Value::Addresses { addresses }) => {
            addresses.into_iter().map(|info| info.address.0.to_string()).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        addresses(page.call(ask("localhost", Some(Family::Inet), Some(SocketKind::Stream)))),
        ["127.0.0.1:80"]
    );
    assert_eq!(
        addresses(page.call(ask("localhost", None, Some(SocketKind::Stream)))),
        ["[::1]:80", "127.0.0.1:80"]
    );
    assert_eq!(addresses(page.call(ask("10.0.0.1", None, None))).len(), 2);
    assert_eq!(page.call(ask("::1", Some(Family::Inet), None)), Err(Failure::Resolve(Resolve::AddrFamily)));
    assert_eq!(page.call(ask("", None, None)), Err(Failure::Resolve(Resolve::NoName)));
    // This host's own name goes to the system's resolver, which may or may not know it.
    let outcome = page.call(ask(&name, None, None));
    assert!(matches!(outcome, Ok(Value::Addresses { .. }) | Err(Failure::Resolve(_))), "{outcome:?}");
    let ask = |ip: &str| Op::GetNameInfo {
        address: PyAddr((ip.parse::<IpAddr>().expect("an address"), 80).into()),
    };
    let outcome = page.call(ask("127.0.0.1"));
    assert_eq!(outcome, Ok(Value::Name { name: "localhost".into() }), "as /etc/hosts has it everywhere");
    assert!(matches!(page.call(ask("127.7.7.7")), Err(Failure::Resolve(_))));
    assert!(page.policy(ask("192.168.77.77")).ends_with("start the bridge with --allow-lan."));
}

#[test]
fn r15_a_backlog_of_one_queues_two() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, address) = page.listener(1);
    page.state(listener, "LISTEN", |sample| {
        sample.state == Some(State::Listen) && sample.accept == Some(AcceptQueue { queued: 0, backlog: 1 })
    });
    let clients: Vec<_> = (0..6)
        .map(|_| {
            let socket = page.stream();
            (socket, page.ask(None, Op::Connect { socket, address: address.into() }))
        })
        .collect();
    let sample = page
        .state(listener, "two wait", |sample| sample.accept == Some(AcceptQueue { queued: 2, backlog: 1 }));
    assert_eq!(sample.local.map(|local| local.0), Some(address));
    for (_, connect) in &clients[..2] {
        assert_eq!(page.reply(*connect).outcome, Ok(Value::Done {}));
    }
    for (other, connect) in &clients[2..] {
        page.state(*other, "SYN-SENT", |sample| sample.state == Some(State::SynSent));
        assert!(page.is_pending(*connect, Duration::from_millis(1)));
    }
    let sample = page.state(clients[0].0, "ESTABLISHED", |sample| sample.state == Some(State::Established));
    assert_eq!(sample.peer.map(|peer| peer.0), Some(address));
    assert!(
        sample.path.as_ref().is_some_and(|path| path.mss > 500 && path.cwnd > 0 && path.rto_us >= 200_000),
        "{sample:?}"
    );
    page.accept(listener);
    page.state(listener, "one waits", |sample| sample.accept.is_some_and(|queue| queue.queued <= 2));
    // The others' SYNs are sent again after a second, and there is room for one now.
    let outcome = page.until("one of the others comes in", |page| {
        clients[2..].iter().find_map(|(_, connect)| page.has_replied(*connect)).map(|reply| reply.outcome)
    });
    assert_eq!(outcome, Ok(Value::Done {}));
}

#[test]
fn queues_and_closing_states_are_seen() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    peer.write_all(b"unread").expect("the page listens");
    page.state(socket, "six octets wait", |sample| sample.receive_queue == Some(6));
    page.done(Op::Shutdown { socket, how: Direction::Write });
    page.state(socket, "FIN-WAIT-2", |sample| sample.state == Some(State::FinWait2));
    while page
        .call_within(sockets::Micros::ZERO, recv(socket, 100))
        .is_ok_and(|value| value.payload().is_some_and(|data| !data.is_empty()))
    {}
    page.state(socket, "nothing waits", |sample| sample.receive_queue == Some(0));
}

#[test]
fn states_come_on_change_only_and_not_too_often() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(1_000) {
        peer.write_all(b"x").expect("the kernel has room");
        page.take(Duration::from_millis(2));
        page.call(Op::GetSockName { socket }).expect("it has a name");
    }
    let busy = page.states(socket);
    assert!((5..=22).contains(&busy), "{busy} in a second");
    while page.take(Duration::from_millis(200)) {}
    let quiet = page.states(socket);
    while page.take(Duration::from_millis(400)) {}
    assert_eq!(page.states(socket), quiet, "nothing changes, nothing is said");
}

#[test]
fn r18_two_hundred_idle_sockets_cost_next_to_nothing() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let peers: Vec<_> = (0..200).map(|_| page.connection()).collect();
    while page.take(Duration::from_millis(300)) {}
    let busy = bridge.cpu_time();
    std::thread::sleep(Duration::from_secs(2));
    let share = (bridge.cpu_time() - busy).as_secs_f64() / 2.0;
    // 3 % of a core is the bound of an optimised build; this one may not be.
    let bound = if cfg!(debug_assertions) { 0.15 } else { 0.03 };
    assert!(share < bound, "{:.1} % of a core", share * 100.0);
    drop(peers);
}

/// 200 sockets whose queues change ten times a second each: each look is one more state to tell.
#[test]
fn r18_states_are_dropped_and_not_queued_for_a_page_that_is_slow() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let mut pairs: Vec<_> = (0..200).map(|_| page.connection()).collect();
    while page.take(Duration::from_millis(300)) {}
    let (memory, busy, start) = (bridge.memory(), bridge.cpu_time(), Instant::now());
    let mut rounds = 0_u32;
    // Nobody reads meanwhile: unsent states would be 600 octets each, 2,000 of them a second.
    while start.elapsed() < Duration::from_secs(6) {
        for (_, peer) in &mut pairs {
            peer.write_all(b"x").expect("the kernel has room");
        }
        rounds += 1;
        std::thread::sleep(
            (start + Duration::from_millis(100) * rounds).saturating_duration_since(Instant::now()),
        );
    }
    let share = (bridge.cpu_time() - busy).as_secs_f64() / start.elapsed().as_secs_f64();
    // 3 % of a core is the bound of an optimised build; this one may not be.
    let bound = if cfg!(debug_assertions) { 0.5 } else { 0.03 };
    assert!(share < bound, "{:.1} % of a core", share * 100.0);
    assert!(bridge.memory() < memory + (2 << 20), "{memory} -> {}", bridge.memory());
    // And when it reads again, the newest is among the first things that it hears.
    for (socket, _) in pairs {
        page.state(socket, "all that was written", |sample| sample.receive_queue == Some(rounds));
    }
}

#[test]
fn datagrams_keep_their_edges_and_their_senders() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let socket = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.done(Op::Bind { socket, address: at("127.0.0.1", 0) });
    let address = page.local(socket);
    let outside = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    let their = outside.local_addr().expect("it is bound");
    let recvfrom =
        |max, flags: &[MsgFlag]| Op::RecvFrom { socket, max, flags: flags.iter().copied().collect() };
    let waiting = page.ask(None, recvfrom(100, &[]));
    assert!(page.is_pending(waiting, Duration::from_millis(30)));
    outside.send_to(b"one", address).expect("it goes out");
    let got = |outcome| match outcome {
        Ok(Value::Datagram { data, from, .. }) => (data.to_vec(), from.0),
        other => panic!("{other:?}"),
    };
    assert_eq!(got(page.reply(waiting).outcome), (b"one".to_vec(), their));
    for text in [&b"longer than four"[..], b"", b"last"] {
        outside.send_to(text, address).expect("it goes out");
    }
    assert_eq!(got(page.call(recvfrom(4, &[MsgFlag::Peek]))).0, b"long");
    assert_eq!(got(page.call(recvfrom(4, &[]))).0, b"long", "the rest of a datagram is dropped");
    assert_eq!(got(page.call(recvfrom(4, &[]))).0, b"");
    assert_eq!(data(page.call(recv(socket, 100))), b"last");
    // Outside ports are out of reach unless named; the page's own are not.
    let answer = Op::SendTo { socket, address: their.into(), flags: [].into(), data: b"x".to_vec().into() };
    page.policy(answer);
    let other = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.done(Op::Connect { socket: other, address: address.into() });
    assert_eq!(page.call(send(other, b"connected")), Ok(Value::Sent { sent: 9 }));
    assert_eq!(got(page.call(recvfrom(100, &[]))).0, b"connected");
    let huge = vec![7; 66_000];
    assert_eq!(page.errno(send(other, &huge)), Errno::EMSGSIZE);
    page.done(Op::Close { socket });
    // The port is closed: an ICMP message comes back, and the next call hears of it.
    page.call(send(other, b"x")).expect("it goes out");
    wait_until("ECONNREFUSED", LIMIT, || {
        page.call(send(other, b"x")) == Err(Failure::Errno(Errno::ECONNREFUSED))
    });
}

#[test]
fn recvfrom_on_a_stream_names_nobody() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    peer.write_all(b"abc").expect("the page listens");
    assert_eq!(data(page.call(Op::RecvFrom { socket, max: 10, flags: [].into() })), b"abc");
}

#[test]
fn ipv6_addresses_are_four_tuples() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let listener = page.socket_of(Family::Inet6, SocketKind::Stream);
    page.done(Op::Bind { socket: listener, address: at("::1", 0) });
    page.done(Op::Listen { socket: listener, backlog: 1 });
    let address = page.local(listener);
    assert!(address.is_ipv6());
    let peer = TcpStream::connect(address).expect("the page listens");
    let socket = page.accept(listener);
    match page.call(Op::GetPeerName { socket }) {
        Ok(Value::Address { address }) => assert_eq!(address.0, peer.local_addr().expect("it is connected")),
        other => panic!("{other:?}"),
    }
}
