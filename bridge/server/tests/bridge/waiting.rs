//! Calls that wait: for how long, in what order, and what ends them.

use crate::client::*;
use sockets::{
    CallId, Direction, Errno, Failure, Family, Micros, MsgFlag, Op, OptionName, OptionValue, SocketKind,
    Value,
};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

const SOON: Duration = Duration::from_millis(50);

#[test]
fn accept_waits_and_cancel_ends_it() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, address) = page.listener(1);
    let accept = page.ask(None, Op::Accept { socket: listener });
    assert!(page.is_pending(accept, SOON));
    page.done(Op::Cancel { target: accept });
    let reply = page.reply(accept);
    assert_eq!(errno(reply.outcome), Errno::EINTR);
    assert!(reply.took >= Micros::from_millis(50), "{}", reply.took);
    page.done(Op::Cancel { target: CallId(77_777) });
    let peer = TcpStream::connect(address).expect("the page listens");
    match page.call(Op::Accept { socket: listener }) {
        Ok(Value::Accepted { peer: shown, .. }) => {
            assert_eq!(shown.0, peer.local_addr().expect("it is connected"))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn close_wakes_the_reader_and_the_writer() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, peer) = page.connection();
    while page.call_within(Micros::ZERO, send(socket, &[7; 1 << 19])).is_ok() {}
    let writer = page.ask(None, send(socket, b"more"));
    let reader = page.ask(None, recv(socket, 10));
    assert!(page.is_pending(writer, SOON) && page.is_pending(reader, SOON), "one of each may wait");
    page.done(Op::Close { socket });
    assert_eq!(errno(page.reply(writer).outcome), Errno::EBADF);
    assert_eq!(errno(page.reply(reader).outcome), Errno::EBADF);
    assert_eq!(page.errno(recv(socket, 10)), Errno::EBADF);
    drop(peer);
}

#[test]
fn time_outs_are_kept() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, _) = page.listener(1);
    let (socket, mut peer) = page.connection();
    for op in [
        Op::Accept { socket: listener },
        recv(socket, 10),
        Op::RecvFrom { socket, max: 10, flags: [].into() },
    ] {
        assert_eq!(errno(page.call_within(Micros::ZERO, op.clone())), Errno::EAGAIN);
        let id = page.ask(Some(Micros::from_millis(80)), op);
        let reply = page.reply(id);
        assert_eq!(reply.outcome, Err(Failure::TimedOut));
        assert!((80_000..1_000_000).contains(&reply.took.0), "{}", reply.took);
    }
    let dont_wait = Op::Recv { socket, max: 10, flags: [MsgFlag::DontWait].into() };
    assert_eq!(page.errno(dont_wait), Errno::EAGAIN);
    let recv = page.ask(Some(Micros::from_secs(10)), recv(socket, 10));
    peer.write_all(b"in time").expect("the page listens");
    assert_eq!(data(page.reply(recv).outcome), b"in time");
    // A send that was stopped in the middle tells how far it came.
    let long = vec![7; 1_000_000];
    let mut last = Ok(Value::Done {});
    while last == Ok(Value::Done {}) || matches!(last, Ok(Value::Sent { sent }) if sent == long.len()) {
        last = page.call_within(Micros::from_millis(80), send(socket, &long));
    }
    assert!(matches!(last, Ok(Value::Sent { sent }) if sent > 0), "{last:?}");
    // The kernel may find a little more room yet; in the end it has none.
    while last.is_ok() {
        last = page.call_within(Micros::from_millis(80), send(socket, &long));
    }
    assert_eq!(last, Err(Failure::TimedOut));
}

#[test]
fn a_blocking_send_ends_when_the_kernel_has_all() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    let block = vec![7; 1_000_000];
    let ids: Vec<CallId> = (0..10).map(|_| page.ask(None, send(socket, &block))).collect();
    assert!(page.is_pending(ids[9], SOON));
    let reader = std::thread::spawn(move || {
        let mut all = vec![0; 10_000_000];
        peer.read_exact(&mut all).map(|()| all.iter().all(|&octet| octet == 7))
    });
    for id in ids {
        assert_eq!(page.reply(id).outcome, Ok(Value::Sent { sent: block.len() }));
    }
    assert!(reader.join().expect("no panic").expect("all came"));
}

#[test]
fn calls_of_one_kind_keep_their_order() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    let ids: Vec<CallId> = (0..20).map(|_| page.ask(None, recv(socket, 1))).collect();
    assert!(page.is_pending(ids[0], SOON));
    peer.write_all(b"abcdefghijklmnopqrst").expect("the page listens");
    let text: Vec<u8> = ids.into_iter().flat_map(|id| data(page.reply(id).outcome)).collect();
    assert_eq!(text, b"abcdefghijklmnopqrst");
    let sends: Vec<CallId> = (b'a'..=b'z').map(|letter| page.ask(None, send(socket, &[letter]))).collect();
    for id in sends {
        assert_eq!(page.reply(id).outcome, Ok(Value::Sent { sent: 1 }));
    }
    let mut letters = [0; 26];
    peer.read_exact(&mut letters).expect("all came");
    assert_eq!(&letters, b"abcdefghijklmnopqrstuvwxyz");
}

#[test]
fn a_lane_holds_64_calls() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    let ids: Vec<CallId> = (0..64).map(|_| page.ask(None, recv(socket, 1))).collect();
    let id = page.ask(None, recv(socket, 1));
    let reply = page.reply(id);
    assert_eq!(errno(reply.outcome), Errno::EBUSY);
    let note = "The bridge's own limit, not the kernel's: 64 calls wait for reading on this socket.";
    assert_eq!(reply.note.as_deref(), Some(note));
    peer.write_all(&[7; 64]).expect("the page listens");
    for id in ids {
        assert_eq!(data(page.reply(id).outcome), [7]);
    }
}

#[test]
fn the_kernel_answers_what_makes_no_sense() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let fresh = page.stream();
    assert_eq!(page.errno(Op::Accept { socket: fresh }), Errno::EINVAL);
    assert_eq!(page.errno(send(fresh, b"x")), Errno::EPIPE);
    assert_eq!(page.errno(recv(fresh, 1)), Errno::ENOTCONN);
    assert_eq!(page.errno(Op::GetPeerName { socket: fresh }), Errno::ENOTCONN);
    assert_eq!(page.errno(Op::Shutdown { socket: fresh, how: Direction::Write }), Errno::ENOTCONN);
    let (listener, address) = page.listener(1);
    assert_eq!(page.errno(recv(listener, 1)), Errno::ENOTCONN);
    assert_eq!(page.errno(send(listener, b"x")), Errno::EPIPE);
    assert_eq!(page.errno(Op::Connect { socket: listener, address: address.into() }), Errno::EISCONN);
    assert_eq!(page.errno(Op::Bind { socket: listener, address: at("127.0.0.1", 0) }), Errno::EINVAL);
    let (socket, _peer) = page.connection();
    assert_eq!(page.errno(Op::Connect { socket, address: address.into() }), Errno::EISCONN);
    assert_eq!(page.errno(Op::Listen { socket, backlog: 1 }), Errno::EINVAL);
    assert_eq!(page.errno(Op::Accept { socket }), Errno::EINVAL);
    let datagram = page.socket_of(Family::Inet, SocketKind::Datagram);
    assert_eq!(page.errno(Op::Listen { socket: datagram, backlog: 1 }), Errno::EOPNOTSUPP);
    assert_eq!(page.errno(send(datagram, b"x")), Errno::EDESTADDRREQ);
    let six = page.socket_of(Family::Inet6, SocketKind::Stream);
    let outcome = page.call(Op::Connect { socket: six, address: address.into() });
    assert_eq!(outcome, Err(Failure::Resolve(sockets::Resolve::AddrFamily)), "as CPython has it");
}

#[test]
fn a_port_is_taken_once() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (_, address) = page.listener(1);
    let second = page.stream();
    assert_eq!(page.errno(Op::Bind { socket: second, address: address.into() }), Errno::EADDRINUSE);
}

/// A listener with a full queue, whose kernel ignores further SYNs, and the connection that fills it.
fn full_listener() -> (socket2::Socket, TcpStream, std::net::SocketAddr) {
    let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    full.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port is free");
    full.listen(0).expect("it is bound");
    let address = full.local_addr().expect("it is bound").as_socket().expect("IPv4");
    let fills = TcpStream::connect(address).expect("one fits");
    (full, fills, address)
}

#[test]
fn connect_waits_times_out_and_goes_on_in_the_kernel() {
    let (full, _fills, address) = full_listener();
    let bridge = Bridge::start(&["--allow", &address.port().to_string()]);
    let mut page = bridge.page();
    let socket = page.stream();
    let connect = Op::Connect { socket, address: address.into() };
    assert_eq!(page.call_within(Micros::from_millis(100), connect.clone()), Err(Failure::TimedOut));
    assert_eq!(errno(page.call_within(Micros::ZERO, connect.clone())), Errno::EALREADY);
    let again = page.ask(None, connect.clone());
    assert!(page.is_pending(again, SOON), "a blocking connect waits for the handshake that is under way");
    page.state(socket, "SYN-SENT", |sample| sample.state == Some(sockets::State::SynSent));
    let sent = page.ask(None, send(socket, b"early"));
    assert!(page.is_pending(sent, SOON), "send waits for the handshake");
    let (first, _) = full.accept().expect("one is waiting");
    let second = full.accept().expect("the SYN comes again").0;
    assert_eq!(page.reply(sent).outcome, Ok(Value::Sent { sent: 5 }));
    let mut text = [0; 5];
    (&second).read_exact(&mut text).expect("it came");
    assert_eq!(&text, b"early");
    assert_eq!(page.reply(again).outcome, Ok(Value::Done {}));
    drop(first);
    let other = page.stream();
    let outcome = page.call_within(Micros::ZERO, Op::Connect { socket: other, address: address.into() });
    assert_eq!(errno(outcome), Errno::EINPROGRESS);
}

#[test]
fn shutdown_ends_a_connect_that_waits_and_no_other_handshake_begins() {
    let (full, _fills, address) = full_listener();
    let bridge = Bridge::start(&["--allow", &address.port().to_string()]);
    let mut page = bridge.page();
    for how in [Direction::Both, Direction::Read, Direction::Write] {
        let socket = page.stream();
        let connect = Op::Connect { socket, address: address.into() };
        let (first, second) = (page.ask(None, connect.clone()), page.ask(None, connect.clone()));
        let early = page.ask(None, send(socket, b"early"));
        assert!(page.is_pending(first, SOON) && page.is_pending(second, SOON));
        page.done(Op::Shutdown { socket, how });
        assert_eq!(errno(page.reply(first).outcome), Errno::ECONNRESET, "{how:?}");
        assert_eq!(errno(page.reply(second).outcome), Errno::EPIPE, "{how:?}");
        assert_eq!(errno(page.reply(early).outcome), Errno::EPIPE, "{how:?}");
        assert!(page.local(socket).ip().is_unspecified(), "no new handshake is under way");
        // Who wants a new one says so.
        let outcome = page.call_within(Micros::from_millis(50), connect);
        assert_eq!(outcome, Err(Failure::TimedOut), "{how:?}");
        page.done(Op::Close { socket });
    }
    drop(full);
}

#[test]
fn who_waits_for_one_handshake_learns_that_it_failed() {
    let (full, _fills, address) = full_listener();
    let bridge = Bridge::start(&["--allow", &address.port().to_string()]);
    let mut page = bridge.page();
    let socket = page.stream();
    let connect = Op::Connect { socket, address: address.into() };
    let (first, second) = (page.ask(None, connect.clone()), page.ask(None, connect));
    assert!(page.is_pending(first, SOON) && page.is_pending(second, SOON));
    // Nobody listens any more: the SYN that comes again is answered with a RST.
    drop(full);
    assert_eq!(errno(page.reply(first).outcome), Errno::ECONNREFUSED);
    assert_eq!(errno(page.reply(second).outcome), Errno::EPIPE);
}

#[test]
fn a_socket_can_try_again_after_a_refusal() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let bound = page.stream();
    page.done(Op::Bind { socket: bound, address: at("127.0.0.1", 0) });
    let address = page.local(bound);
    let client = page.stream();
    for _ in 0..3 {
        assert_eq!(page.errno(Op::Connect { socket: client, address: address.into() }), Errno::ECONNREFUSED);
    }
    page.done(Op::Listen { socket: bound, backlog: 1 });
    let accept = page.ask(None, Op::Accept { socket: bound });
    page.done(Op::Connect { socket: client, address: address.into() });
    let server = accepted(page.reply(accept).outcome);
    let busy = bridge.cpu_time();
    let waiting = page.ask(None, recv(client, 5));
    assert!(page.is_pending(waiting, Duration::from_millis(500)));
    assert!(bridge.cpu_time() - busy < Duration::from_millis(150), "waiting costs nothing");
    page.call(send(server, b"at last")).expect("it goes out");
    assert_eq!(data(page.reply(waiting).outcome), b"at la");
}

#[test]
fn peek_leaves_and_wait_all_waits() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    peer.write_all(b"abc").expect("the page listens");
    let peek = Op::Recv { socket, max: 10, flags: [MsgFlag::Peek].into() };
    assert_eq!(data(page.call(peek.clone())), b"abc");
    assert_eq!(data(page.call(peek)), b"abc");
    let all = |max| Op::Recv { socket, max, flags: [MsgFlag::WaitAll].into() };
    let waiting = page.ask(None, all(6));
    assert!(page.is_pending(waiting, SOON));
    peer.write_all(b"defgh").expect("the page listens");
    assert_eq!(data(page.reply(waiting).outcome), b"abcdef");
    let waiting = page.ask(Some(Micros::from_millis(50)), all(6));
    assert_eq!(data(page.reply(waiting).outcome), b"gh", "what was there when the time was over");
    let waiting = page.ask(None, all(6));
    peer.write_all(b"ij").expect("the page listens");
    drop(peer);
    assert_eq!(data(page.reply(waiting).outcome), b"ij", "the end ends it");
}

#[test]
fn wait_all_that_may_not_wait_answers_what_is_there() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    let dont_wait = Op::Recv { socket, max: 10, flags: [MsgFlag::WaitAll, MsgFlag::DontWait].into() };
    let all = Op::Recv { socket, max: 10, flags: [MsgFlag::WaitAll].into() };
    let from = Op::RecvFrom { socket, max: 10, flags: [MsgFlag::WaitAll].into() };
    for (timeout, op) in [(None, dont_wait), (Some(Micros::ZERO), all), (Some(Micros::ZERO), from.clone())] {
        let ask = |page: &mut Page| {
            let id = page.ask(timeout, op.clone());
            page.reply(id).outcome
        };
        assert_eq!(errno(ask(&mut page)), Errno::EAGAIN, "nothing is there");
        peer.write_all(b"abc").expect("the page listens");
        page.state(socket, "three octets", |sample| sample.receive_queue == Some(3));
        assert_eq!(data(ask(&mut page)), b"abc", "{op:?}");
    }
    let waiting = page.ask(None, from);
    peer.write_all(b"abc").expect("the page listens");
    assert!(page.is_pending(waiting, SOON), "recvfrom knows MSG_WAITALL too");
    peer.write_all(b"defghij").expect("the page listens");
    assert_eq!(data(page.reply(waiting).outcome), b"abcdefghij");
}

#[test]
fn urgent_data_goes_out_of_band() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, peer) = page.connection();
    let urgent = |max| Op::Recv { socket, max, flags: [MsgFlag::Oob].into() };
    assert_eq!(page.errno(urgent(1)), Errno::EINVAL);
    socket2::SockRef::from(&peer).send_out_of_band(b"!").expect("TCP has it");
    wait_until("urgent data", LIMIT, || {
        page.call(urgent(1)).is_ok_and(|value| value.payload().is_some_and(|data| data[..] == b"!"[..]))
    });
    // It is not held up by a call that waits for ordinary data.
    let waiting = page.ask(None, recv(socket, 10));
    assert!(page.is_pending(waiting, SOON));
    assert_eq!(page.errno(urgent(1)), Errno::EINVAL, "it is taken already");
    let from = Op::RecvFrom { socket, max: 1, flags: [MsgFlag::Oob, MsgFlag::WaitAll].into() };
    assert_eq!(page.errno(from), Errno::EINVAL);
    assert!(page.is_pending(waiting, Duration::from_millis(1)));
}

#[test]
fn shutting_a_listener_down_wakes_accept() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, _) = page.listener(1);
    let accept = page.ask(None, Op::Accept { socket: listener });
    page.done(Op::Shutdown { socket: listener, how: Direction::Both });
    assert_eq!(errno(page.reply(accept).outcome), Errno::EINVAL);
    page.done(Op::Listen { socket: listener, backlog: 1 });
    let accept = page.ask(None, Op::Accept { socket: listener });
    assert!(page.is_pending(accept, SOON));
    // Linux has given it another port meanwhile, and its own program may go there.
    let (address, client) = (page.local(listener), page.stream());
    page.done(Op::Connect { socket: client, address: address.into() });
    accepted(page.reply(accept).outcome);
}

#[test]
fn shutting_reading_down_wakes_who_waits_for_a_datagram() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    for connected in [false, true] {
        let socket = page.socket_of(Family::Inet, SocketKind::Datagram);
        page.done(Op::Bind { socket, address: at("127.0.0.1", 0) });
        let address = page.local(socket);
        if connected {
            page.done(Op::Connect { socket, address: address.into() });
        }
        let from = Op::RecvFrom { socket, max: 10, flags: [].into() };
        let waiting = [page.ask(None, recv(socket, 10)), page.ask(None, from.clone())];
        assert!(page.is_pending(waiting[1], SOON));
        let outcome = page.call(Op::Shutdown { socket, how: Direction::Read });
        match connected {
            true => assert_eq!(outcome, Ok(Value::Done {})),
            false => assert_eq!(errno(outcome), Errno::ENOTCONN),
        }
        for id in waiting {
            assert_eq!(data(page.reply(id).outcome), b"");
        }
        assert_eq!(data(page.call(from.clone())), b"", "later ones too");
        assert_eq!(errno(page.call_within(Micros::ZERO, from)), Errno::EAGAIN);
        // What comes is there all the same.
        let to = Op::SendTo { socket, address: address.into(), flags: [].into(), data: b"late"[..].into() };
        assert_eq!(page.call(to), Ok(Value::Sent { sent: 4 }));
        page.state(socket, "a datagram", |sample| sample.receive_queue == Some(4));
        assert_eq!(data(page.call(recv(socket, 10))), b"late");
    }
}

#[test]
fn a_close_that_lingers_ends_with_cancel_and_with_its_time() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    // A connection whose peer does not read, with data that is not sent yet.
    let mut stuck = || {
        let (socket, peer) = page.connection();
        let linger = OptionValue::Linger { on: true, seconds: 30 };
        page.done(Op::SetSockOpt { socket, option: OptionName::Linger, value: linger });
        let mut octets = 0;
        while let Ok(Value::Sent { sent }) = page.call_within(Micros::ZERO, send(socket, &[7; 1 << 19])) {
            octets += sent;
        }
        (socket, peer, octets)
    };
    let (waits, hurries, runs_out) = (stuck(), stuck(), stuck());
    let id = page.ask(None, Op::Close { socket: waits.0 });
    assert!(page.is_pending(id, SOON));
    page.done(Op::Cancel { target: id });
    assert_eq!(errno(page.reply(id).outcome), Errno::EINTR);
    let close = |socket| Op::Close { socket };
    assert_eq!(page.call_within(Micros::from_millis(50), close(runs_out.0)), Err(Failure::TimedOut));
    assert_eq!(page.call_within(Micros::ZERO, close(hurries.0)), Ok(Value::Done {}));
    // The sockets are closed, and the kernel brings over what they had.
    for (socket, mut peer, octets) in [waits, hurries, runs_out] {
        assert_eq!(page.errno(recv(socket, 1)), Errno::EBADF);
        let mut all = Vec::new();
        assert_eq!(peer.read_to_end(&mut all).expect("a FIN ends it"), octets);
    }
}

#[test]
fn outside_programs_are_reached_and_reach_in() {
    let outside = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = outside.local_addr().expect("it is bound").port();
    let bridge = Bridge::start(&["--allow", &port.to_string()]);
    let mut page = bridge.page();
    let socket = page.stream();
    page.done(Op::Connect { socket, address: at("127.0.0.1", port) });
    let (mut server, client) = outside.accept().expect("one is waiting");
    assert_eq!(page.local(socket), client);
    page.call(send(socket, b"hello")).expect("it goes out");
    let mut text = [0; 5];
    server.read_exact(&mut text).expect("it came");
    assert_eq!(&text, b"hello");
}

#[test]
fn two_pages_wait_without_holding_each_other_up() {
    let bridge = Bridge::start(&[]);
    let (mut first, mut second) = (bridge.page(), bridge.page());
    let (listener, _) = first.listener(1);
    let accept = first.ask(None, Op::Accept { socket: listener });
    let (socket, mut peer) = second.connection();
    peer.write_all(b"x").expect("the page listens");
    assert_eq!(data(second.call(recv(socket, 1))), b"x");
    assert!(first.is_pending(accept, Duration::from_millis(1)));
}

#[test]
fn a_send_that_was_cut_short_spoils_nothing() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    // Buffers of fixed size, so that the kernel does not find room for all of it.
    socket2::SockRef::from(&peer).set_recv_buffer_size(50_000).expect("TCP has it");
    page.done(Op::SetSockOpt { socket, option: OptionName::SndBuf, value: OptionValue::Number(50_000) });
    let long = vec![7; 1_000_000];
    let mut sent = long.len();
    while sent == long.len() {
        sent = match page.call_within(Micros::ZERO, send(socket, &long)) {
            Ok(Value::Sent { sent }) => sent,
            other => panic!("it should stop in the middle first: {other:?}"),
        };
    }
    peer.write_all(b"abc").expect("the page listens");
    assert_eq!(data(page.call(recv(socket, 10))), b"abc");
    // A RST in the middle of a send: its count first, the error at the next call.
    let waiting = page.ask(None, send(socket, &long));
    assert!(page.is_pending(waiting, SOON));
    let mut some = vec![0; 400_000];
    peer.read_exact(&mut some).expect("there is more than that");
    drop(peer);
    match page.reply(waiting).outcome {
        Ok(Value::Sent { sent }) => {
            assert!(sent < long.len());
            assert_eq!(page.errno(recv(socket, 10)), Errno::ECONNRESET);
        }
        other => assert_eq!(errno(other), Errno::ECONNRESET, "nothing of it had gone out"),
    }
}
