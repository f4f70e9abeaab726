//! poll: what is told, when the waiting ends, and that it costs nothing meanwhile.

use crate::client::*;
use sockets::{
    Direction, Errno, Family, Micros, Op, OptionName, OptionValue, PollEvent, SocketId, SocketKind, Value,
    Watch,
};
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

const SOON: Duration = Duration::from_millis(50);

/// `3 POLLIN|POLLOUT`, or `3` for errors alone.
fn watch(socket: SocketId, events: &str) -> Watch {
    let event = |name: &str| PollEvent::ALL.into_iter().find(|event| event.name() == name);
    Watch { socket, events: events.split('|').filter_map(event).collect() }
}

fn poll(socket: SocketId, events: &str) -> Op {
    Op::Poll { watch: vec![watch(socket, events)] }
}

/// The events of each socket in turn.
fn told(outcome: sockets::Outcome) -> Vec<String> {
    let Ok(Value::Ready { ready }) = outcome else { panic!("{outcome:?}") };
    let names = |watch: &Watch| watch.events.iter().map(|event| event.name()).collect::<Vec<_>>().join("|");
    ready.iter().map(names).collect()
}

fn now(page: &mut Page, socket: SocketId, events: &str) -> Vec<String> {
    told(page.call_within(Micros::ZERO, poll(socket, events)))
}

#[test]
fn what_is_ready_is_what_the_kernel_says() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let fresh = page.stream();
    assert_eq!(now(&mut page, fresh, "POLLIN|POLLOUT"), ["POLLOUT|POLLHUP"]);
    assert_eq!(told(page.call(poll(fresh, ""))), ["POLLHUP"]);
    assert_eq!(told(page.call(poll(SocketId(99), "POLLIN"))), ["POLLNVAL"]);
    let (listener, _) = page.listener(1);
    assert!(now(&mut page, listener, "POLLIN|POLLOUT").is_empty());
    let (socket, mut peer) = page.connection();
    assert_eq!(now(&mut page, socket, "POLLIN|POLLOUT"), ["POLLOUT"]);
    peer.write_all(b"hello").expect("the page listens");
    assert_eq!(told(page.call(poll(socket, "POLLIN|POLLRDHUP"))), ["POLLIN"]);
    peer.shutdown(std::net::Shutdown::Write).expect("it is connected");
    assert_eq!(told(page.call(poll(socket, "POLLRDHUP"))), ["POLLRDHUP"]);
    page.done(Op::Shutdown { socket, how: Direction::Write });
    assert_eq!(now(&mut page, socket, "POLLIN|POLLOUT|POLLRDHUP"), ["POLLIN|POLLOUT|POLLRDHUP|POLLHUP"]);
}

#[test]
fn the_first_of_many_ends_it() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, address) = page.listener(1);
    let pairs: Vec<(SocketId, TcpStream)> = (0..20).map(|_| page.connection()).collect();
    let mut all: Vec<Watch> = pairs.iter().map(|(socket, _)| watch(*socket, "POLLIN")).collect();
    all.push(watch(listener, "POLLIN"));
    for (socket, mut peer) in pairs.iter().take(3).map(|(socket, peer)| (*socket, peer)) {
        let id = page.ask(None, Op::Poll { watch: all.clone() });
        assert!(page.is_pending(id, SOON), "socket {socket}");
        peer.write_all(b"x").expect("the page listens");
        let ready = vec![watch(socket, "POLLIN")];
        assert_eq!(page.reply(id).outcome, Ok(Value::Ready { ready }));
        assert_eq!(data(page.call(recv(socket, 10))), b"x");
    }
    let id = page.ask(None, Op::Poll { watch: all });
    assert!(page.is_pending(id, SOON));
    let peer = TcpStream::connect(address).expect("the page listens");
    assert_eq!(page.reply(id).outcome, Ok(Value::Ready { ready: vec![watch(listener, "POLLIN")] }));
    drop(peer);
}

#[test]
fn it_ends_by_time_by_cancel_and_by_close() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, _peer) = page.connection();
    let id = page.ask(Some(Micros::from_millis(80)), poll(socket, "POLLIN"));
    let reply = page.reply(id);
    assert!(told(reply.outcome).is_empty(), "no error");
    assert!((80_000..1_000_000).contains(&reply.took.0), "{}", reply.took);
    let id = page.ask(Some(Micros::from_millis(80)), Op::Poll { watch: Vec::new() });
    assert!(told(page.reply(id).outcome).is_empty());
    let id = page.ask(None, poll(socket, "POLLIN"));
    assert!(page.is_pending(id, SOON));
    page.done(Op::Cancel { target: id });
    assert_eq!(errno(page.reply(id).outcome), Errno::EINTR);
    let id = page.ask(None, poll(socket, "POLLIN"));
    assert!(page.is_pending(id, SOON));
    page.done(Op::Close { socket });
    assert_eq!(told(page.reply(id).outcome), ["POLLNVAL"]);
}

#[test]
fn a_handshake_is_waited_for_and_so_is_its_refusal() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, address) = page.listener(1);
    let error = |page: &mut Page, socket| {
        let got = page.call(Op::GetSockOpt { socket, option: OptionName::Error });
        let Ok(Value::Option { value }) = got else { panic!("{got:?}") };
        value
    };
    let socket = page.stream();
    let connect = |socket| Op::Connect { socket, address: address.into() };
    assert_eq!(errno(page.call_within(Micros::ZERO, connect(socket))), Errno::EINPROGRESS);
    assert_eq!(told(page.call(poll(socket, "POLLIN|POLLOUT"))), ["POLLOUT"]);
    assert_eq!(error(&mut page, socket), OptionValue::Number(0));
    // Linux tells one connect of the success, and only the next that it is too late.
    page.call_within(Micros::ZERO, connect(socket)).expect("it is connected");
    assert_eq!(errno(page.call_within(Micros::ZERO, connect(socket))), Errno::EISCONN);
    page.done(Op::Close { socket: listener });
    let socket = page.stream();
    assert_eq!(errno(page.call_within(Micros::ZERO, connect(socket))), Errno::EINPROGRESS);
    assert_eq!(told(page.call(poll(socket, "POLLOUT"))), ["POLLOUT|POLLERR|POLLHUP"]);
    assert_eq!(error(&mut page, socket), OptionValue::Number(111));
    assert_eq!(told(page.call(poll(socket, "POLLOUT"))), ["POLLOUT|POLLHUP"]);
}

#[test]
fn a_poll_and_a_receive_wait_side_by_side() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    let reader = page.ask(None, recv(socket, 3));
    let poller = page.ask(None, poll(socket, "POLLIN"));
    assert!(page.is_pending(reader, SOON) && page.is_pending(poller, SOON));
    // The reader takes all of the first, and there is enough in the second for both.
    peer.write_all(b"abc").expect("the page listens");
    assert_eq!(data(page.reply(reader).outcome), b"abc");
    peer.write_all(b"def").expect("the page listens");
    assert_eq!(told(page.reply(poller).outcome), ["POLLIN"]);
    assert_eq!(data(page.call(recv(socket, 3))), b"def");
}

#[test]
fn room_to_send_a_low_mark_and_urgent_data_are_waited_for() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    while page.call_within(Micros::ZERO, send(socket, &[7; 1 << 19])).is_ok() {}
    let id = page.ask(None, poll(socket, "POLLOUT"));
    assert!(page.is_pending(id, SOON));
    let reader = std::thread::spawn(move || {
        let mut room = vec![0; 1 << 20];
        peer.set_read_timeout(Some(Duration::from_millis(200))).expect("a time");
        while peer.read(&mut room).is_ok_and(|octets| octets > 0) {}
        peer
    });
    assert_eq!(told(page.reply(id).outcome), ["POLLOUT"]);
    let mut peer = reader.join().expect("it does not panic");
    page.done(Op::SetSockOpt { socket, option: OptionName::RcvLowAt, value: OptionValue::Number(4) });
    let id = page.ask(None, poll(socket, "POLLIN"));
    peer.write_all(b"abc").expect("the page listens");
    assert!(page.is_pending(id, SOON));
    peer.write_all(b"d").expect("the page listens");
    assert_eq!(told(page.reply(id).outcome), ["POLLIN"]);
    assert_eq!(data(page.call(recv(socket, 4))), b"abcd");
    if cfg!(target_os = "linux") {
        let id = page.ask(None, poll(socket, "POLLPRI"));
        assert!(page.is_pending(id, SOON));
        socket2::SockRef::from(&peer).send_out_of_band(b"!").expect("it goes out");
        assert_eq!(told(page.reply(id).outcome), ["POLLPRI"]);
    }
}

#[test]
fn datagrams_and_their_errors_are_waited_for() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let socket = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.done(Op::Bind { socket, address: at("127.0.0.1", 0) });
    let address = page.local(socket);
    let id = page.ask(None, poll(socket, "POLLIN"));
    assert!(page.is_pending(id, SOON));
    let outside = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    outside.send_to(b"question", address).expect("it goes out");
    assert_eq!(told(page.reply(id).outcome), ["POLLIN"]);
    match page.call(Op::RecvFrom { socket, max: 3, flags: [].into() }) {
        Ok(Value::Datagram { data, whole, .. }) => {
            assert_eq!(&data[..], b"que");
            assert_eq!(whole, cfg!(target_os = "linux").then_some(8));
        }
        other => panic!("{other:?}"),
    }
    // Nobody is there any more: an ICMP message comes back.
    let other = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.done(Op::Connect { socket: other, address: address.into() });
    page.done(Op::Close { socket });
    let id = page.ask(None, poll(other, "POLLIN"));
    assert!(page.is_pending(id, SOON));
    page.call(send(other, b"x")).expect("it goes out");
    assert_eq!(told(page.reply(id).outcome), ["POLLERR"]);
    assert_eq!(errno(page.call_within(Micros::ZERO, recv(other, 10))), Errno::ECONNREFUSED);
    assert!(now(&mut page, other, "POLLIN").is_empty());
    // And again, with the same socket.
    let id = page.ask(None, poll(other, "POLLIN"));
    let reader = page.ask(None, recv(other, 10));
    assert!(page.is_pending(id, SOON) && page.is_pending(reader, SOON));
    page.call(send(other, b"x")).expect("it goes out");
    assert_eq!(errno(page.reply(reader).outcome), Errno::ECONNREFUSED);
    page.done(Op::Cancel { target: id });
}

#[test]
fn to_wait_costs_nothing() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    let udp = page.socket_of(Family::Inet, SocketKind::Datagram);
    peer.write_all(b"unread").expect("the page listens");
    peer.shutdown(std::net::Shutdown::Write).expect("it is connected");
    assert_eq!(told(page.call(poll(socket, "POLLRDHUP"))), ["POLLRDHUP"]);
    // Data, and the end of it, that nobody asked for; and a socket that can always send.
    let watch = vec![watch(socket, ""), watch(udp, "POLLIN|POLLPRI")];
    let ids: Vec<_> = (0..20).map(|_| page.ask(None, Op::Poll { watch: watch.clone() })).collect();
    assert!(page.is_pending(ids[0], SOON));
    let busy = bridge.cpu_time();
    std::thread::sleep(Duration::from_secs(1));
    let share = (bridge.cpu_time() - busy).as_secs_f64();
    assert!(share < if cfg!(debug_assertions) { 0.15 } else { 0.05 }, "{:.1} % of a core", share * 100.0);
    assert!(page.is_pending(ids[0], SOON));
}

#[test]
fn one_call_watches_as_many_as_there_may_be() {
    let bridge = Bridge::start(&["--max-sockets", "4"]);
    let mut page = bridge.page();
    let watch =
        |count: u32| Op::Poll { watch: (0..count).map(|id| watch(SocketId(id + 100), "POLLIN")).collect() };
    assert_eq!(told(page.call(watch(4))).len(), 4);
    let id = page.ask(None, watch(5));
    let reply = page.reply(id);
    assert_eq!(errno(reply.outcome), Errno::EINVAL);
    let note = "The bridge's own limit, not the kernel's: one call watches 4 sockets at most.";
    assert_eq!(reply.note.as_deref(), Some(note));
}
