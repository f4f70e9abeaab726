//! The life of sessions and sockets: cases R1 to R13, F1 to F7.

use crate::client::*;
#[cfg(target_os = "linux")]
use crate::network::{RST, Seen, Tap, in_a_network_of_its_own};
use protocol::{Frame, Request};
use sockets::{CallId, Direction, Errno, Micros, Op, OptionName, OptionValue, State, Value};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::{Error, Message as WsMessage};

#[test]
fn r01_a_session_has_a_bound_on_sockets() {
    let bridge = Bridge::start(&["--max-sockets", "20"]);
    let mut page = bridge.page();
    let mut sockets: Vec<_> = (0..19).map(|_| page.stream()).collect();
    let (listener, address) = {
        let socket = sockets.pop().expect("there are many");
        page.done(Op::Bind { socket, address: at("127.0.0.1", 0) });
        page.done(Op::Listen { socket, backlog: 4 });
        (socket, page.local(socket))
    };
    let last = page.stream();
    let more = Op::Socket { family: sockets::Family::Inet, kind: sockets::SocketKind::Stream };
    let full = page.ask(None, more);
    let full = page.reply(full);
    assert_eq!(errno(full.outcome), Errno::EMFILE);
    let note = full.note.expect("it says that this is the bridge's limit");
    assert!(note.contains("20 open sockets") && note.contains("--max-sockets"), "{note}");
    let _peer = TcpStream::connect(address).expect("the page listens");
    assert_eq!(page.errno(Op::Accept { socket: listener }), Errno::EMFILE);
    page.done(Op::Close { socket: last });
    page.accept(listener);
}

#[test]
fn r01_ten_thousand_sockets_are_256() {
    let bridge = Bridge::start(&[]);
    let (mut page, mut other) = (bridge.page(), bridge.page());
    let before = bridge.descriptors();
    let (mut made, mut full) = (0, 0);
    for _ in 0..100 {
        let more = Op::Socket { family: sockets::Family::Inet, kind: sockets::SocketKind::Stream };
        let ids: Vec<CallId> = (0..100).map(|_| page.ask(None, more.clone())).collect();
        for id in ids {
            match page.reply(id).outcome {
                Ok(Value::Socket { .. }) => made += 1,
                outcome => {
                    assert_eq!(errno(outcome), Errno::EMFILE);
                    full += 1;
                }
            }
        }
    }
    assert_eq!((made, full), (256, 10_000 - 256));
    assert_eq!(bridge.descriptors(), before + 256);
    let (socket, mut peer) = other.connection();
    peer.write_all(b"others work").expect("the page listens");
    assert_eq!(data(other.call(recv(socket, 11))), b"others work");
    page.vanish();
    wait_until("all are closed", LIMIT, || bridge.descriptors() <= before);
}

#[test]
fn r02_without_descriptors_it_says_so_and_recovers() {
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "ulimit -n 64 && exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_bridge"),
        "--port",
        "0",
        "--no-open",
    ]);
    let bridge = Bridge::spawn(&mut command);
    let mut page = bridge.page();
    let mut sockets = Vec::new();
    let failure = loop {
        match page.call(Op::Socket { family: sockets::Family::Inet, kind: sockets::SocketKind::Stream }) {
            Ok(Value::Socket { socket }) => sockets.push(socket),
            other => break errno(other),
        }
    };
    assert_eq!(failure, Errno::EMFILE);
    assert!((20..64).contains(&sockets.len()), "{}", sockets.len());
    // A connection that nobody can accept stays in the queue, and the call says why.
    let listener = sockets[0];
    page.done(Op::Bind { socket: listener, address: at("127.0.0.1", 0) });
    page.done(Op::Listen { socket: listener, backlog: 1 });
    let mut caller = TcpStream::connect(page.local(listener)).expect("the page listens");
    assert_eq!(page.errno(Op::Accept { socket: listener }), Errno::EMFILE);
    let answer = bridge.get("/");
    assert_eq!(answer.status, 503, "{answer:?}");
    let waiting: Vec<TcpStream> = (0..5).map(|_| bridge.connect()).collect();
    let busy = bridge.cpu_time();
    std::thread::sleep(Duration::from_secs(1));
    assert!(bridge.cpu_time() - busy < Duration::from_millis(200), "it does not spin");
    drop(waiting);
    page.done(Op::Close { socket: sockets.pop().expect("there are many") });
    let accepted = page.accept(listener);
    caller.write_all(b"late").expect("it is connected");
    assert_eq!(data(page.call(recv(accepted, 4))), b"late");
    page.done(Op::Close { socket: accepted });
    for socket in sockets {
        page.done(Op::Close { socket });
    }
    wait_until("pages are served again", LIMIT, || bridge.get("/").status == 200);
}

#[test]
fn r03_an_unread_stream_closes_the_real_window_and_takes_no_memory() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    let before = bridge.memory();
    peer.set_write_timeout(Some(Duration::from_millis(500))).expect("a time-out can be set");
    let block = vec![7; 1 << 20];
    let mut sent = 0;
    while sent < 600 << 20 {
        match peer.write(&block) {
            Ok(count) => sent += count,
            Err(_) => break,
        }
    }
    assert!(sent < 100 << 20, "the window closed, but only after {sent} octets");
    #[cfg(target_os = "linux")]
    assert!(unsent(&peer) > 0, "the peer's own kernel holds what the window does not let out");
    let sample = page.state(socket, "a full receive queue", |sample| {
        sample.receive_queue.is_some_and(|octets| octets > 100_000)
    });
    assert!(sample.receive_queue.is_some_and(|octets| octets as usize <= sent));
    assert!(bridge.memory() < before + (4 << 20), "{} -> {}", before, bridge.memory());
    // Nothing was lost on the way.
    drop(peer.shutdown(std::net::Shutdown::Write));
    let mut received = 0;
    loop {
        match data(page.call(recv(socket, 1 << 20))).len() {
            0 => break,
            count => received += count,
        }
    }
    assert_eq!(received, sent);
}

/// SIOCOUTQ: octets that the other side has not acknowledged.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "ioctl has no safe form")]
fn unsent(stream: &TcpStream) -> i32 {
    use std::os::fd::AsRawFd;
    let mut octets = 0;
    // SAFETY: it writes one int (tcp(7)).
    let result = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &mut octets) };
    assert_eq!(result, 0);
    octets
}

#[test]
fn r03_a_page_that_does_not_read_takes_no_memory() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    std::thread::spawn(move || {
        let block = vec![7; 1 << 20];
        while peer.write_all(&block).is_ok() {}
    });
    let before = bridge.memory();
    page.socket.get_ref().set_write_timeout(Some(Duration::from_millis(500))).expect("a time-out can be set");
    // It asks for far more than it takes.
    for id in 1..20_000 {
        let Frame::Text(text) =
            (Request { id: CallId(500_000 + id), timeout: None, continues: false, op: recv(socket, 60_000) })
                .encode()
        else {
            panic!("a text")
        };
        match page.socket.send(WsMessage::Text(text.into())) {
            Ok(()) => {}
            Err(Error::Io(_)) => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(bridge.memory() < before + (6 << 20), "{} -> {}", before, bridge.memory());
    let mut other = bridge.page();
    let start = Instant::now();
    other.stream();
    assert!(start.elapsed() < Duration::from_millis(500), "another page is served all the same");
}

#[test]
fn r04_a_peer_that_does_not_read_holds_up_nobody_else() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (stuck, _peer) = page.connection();
    let (socket, mut echo) = page.connection();
    std::thread::spawn(move || {
        let mut octets = [0; 64];
        while let Ok(count @ 1..) = echo.read(&mut octets) {
            if echo.write_all(&octets[..count]).is_err() {
                return;
            }
        }
    });
    let before = bridge.memory();
    let block = vec![7; 1 << 19];
    let (mut busy, mut times) = (0, Vec::new());
    // 600 MiB in all. What the kernel does not take waits, as far as that goes, and beyond it is refused.
    for _ in 0..60 {
        let ids: Vec<CallId> = (0..20).map(|_| page.ask(None, send(stuck, &block))).collect();
        let start = Instant::now();
        page.call(send(socket, b"x")).expect("it goes out");
        assert_eq!(data(page.call(recv(socket, 64))), b"x");
        times.push(start.elapsed());
        for id in ids {
            let Some(reply) = page.has_replied(id) else { continue };
            if reply.outcome == Ok(Value::Sent { sent: block.len() }) {
                continue;
            }
            assert_eq!(errno(reply.outcome), Errno::ENOBUFS);
            let note = reply.note.expect("it says that this is the bridge's limit");
            assert!(note.contains("16 MiB"), "{note}");
            busy += 1;
        }
    }
    assert!(busy > 1_100, "{busy} of 1,200 were refused");
    let memory = bridge.memory();
    assert!(memory < before + (24 << 20), "{before} -> {memory}");
    // Behind ten megabytes that are on their way to the bridge too an echo has to wait; without them it does not.
    assert!(times.iter().all(|time| *time < Duration::from_millis(500)), "{times:?}");
    let mut times: Vec<Duration> = (0..50)
        .map(|_| {
            let start = Instant::now();
            page.call(send(socket, b"x")).expect("it goes out");
            assert_eq!(data(page.call(recv(socket, 64))), b"x");
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    assert!(times[times.len() * 3 / 4] < Duration::from_millis(10), "{times:?}");
}

/// 100 connections and 100 listeners; all must be gone within a second after `leave`.
fn all_is_gone_after(leave: impl FnOnce(Page, &mut Bridge)) {
    let mut bridge = Bridge::start(&["--max-sockets", "400"]);
    let mut page = bridge.page();
    let descriptors = bridge.descriptors();
    let mut peers = Vec::new();
    let mut listeners = Vec::new();
    for _ in 0..100 {
        peers.push(page.connection().1);
        let (listener, address) = page.listener(1);
        page.ask(None, Op::Accept { socket: listener });
        listeners.push(address);
    }
    leave(page, &mut bridge);
    let start = Instant::now();
    for peer in &mut peers {
        // A FIN or a RST, and both are an end.
        assert!(matches!(peer.read(&mut [0]), Ok(0) | Err(_)));
    }
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    wait_until("the ports are free", Duration::from_secs(1), || {
        listeners.iter().all(|address| TcpListener::bind(address).is_ok())
    });
    if bridge.child.try_wait().expect("it can be asked").is_none() {
        wait_until("the descriptors are closed", Duration::from_secs(1), || {
            bridge.descriptors() <= descriptors
        });
    }
}

#[test]
fn r05_when_the_browser_dies_everything_is_closed_within_a_second() {
    all_is_gone_after(|page, _| page.vanish());
}

/// The page's connection is in the hands of another process, as a browser's is, and that one is killed.
#[test]
fn r05_when_the_browser_is_killed_everything_is_closed_within_a_second() {
    all_is_gone_after(|page, _| {
        let stream = page.socket.get_ref().try_clone().expect("a descriptor is free");
        let mut browser = Command::new("sleep")
            .arg("100")
            .stdin(std::process::Stdio::from(std::os::fd::OwnedFd::from(stream)))
            .spawn()
            .expect("sleep is there");
        drop(page);
        browser.kill().expect("it is ours");
        browser.wait().expect("it is ours");
    });
}

#[test]
fn r06_when_the_page_closes_everything_is_closed_within_a_second() {
    all_is_gone_after(|mut page, _| {
        page.socket.close(None).expect("the bridge reads");
        page.socket.flush().expect("the bridge reads");
        std::mem::forget(page);
    });
}

#[test]
fn r07_half_close_lets_the_peer_go_on() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    page.done(Op::Shutdown { socket, how: Direction::Write });
    page.state(socket, "FIN-WAIT-2", |sample| sample.state == Some(State::FinWait2));
    assert_eq!(peer.read(&mut [0; 8]).expect("the FIN came"), 0);
    let writer = std::thread::spawn(move || {
        peer.write_all(&vec![7; 1 << 20]).expect("the page reads");
        peer.shutdown(std::net::Shutdown::Write).expect("it is connected");
        peer
    });
    let mut received = 0;
    loop {
        match data(page.call(recv(socket, 100_000))).len() {
            0 => break,
            count => received += count,
        }
    }
    assert_eq!(received, 1 << 20);
    assert_eq!(page.errno(send(socket, b"x")), Errno::EPIPE);
    drop(writer.join());
}

#[test]
fn a_connection_is_followed_after_its_socket_was_closed() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    // The page ends first: FIN-WAIT-2 until the peer ends too, then TIME-WAIT.
    let (socket, peer) = page.connection();
    page.done(Op::Close { socket });
    page.state(socket, "FIN-WAIT-2", |sample| sample.state == Some(State::FinWait2));
    drop(peer);
    page.state(socket, "TIME-WAIT", |sample| sample.state == Some(State::TimeWait));
    // The peer ends first: nothing is left of the connection once it has the page's FIN.
    let (socket, peer) = page.connection();
    drop(peer);
    page.state(socket, "CLOSE-WAIT", |sample| sample.state == Some(State::CloseWait));
    page.done(Op::Close { socket });
    page.state(socket, "CLOSED", |sample| sample.state == Some(State::Closed));
    // A socket that is still open while its connection is in TIME-WAIT.
    let (socket, peer) = page.connection();
    page.done(Op::Shutdown { socket, how: Direction::Write });
    drop(peer);
    page.state(socket, "TIME-WAIT, open", |sample| sample.state == Some(State::TimeWait));
    page.done(Op::Close { socket });
    // A reset leaves nothing to wait for.
    let (other, peer) = page.connection();
    page.done(Op::Close { socket: other });
    page.state(other, "FIN-WAIT-2", |sample| sample.state == Some(State::FinWait2));
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).expect("TCP has it");
    drop(peer);
    page.state(other, "CLOSED", |sample| sample.state == Some(State::Closed));
    // Connections without end: the oldest is no longer told of.
    let many: Vec<_> = (0..66)
        .map(|_| {
            let (socket, peer) = page.connection();
            page.done(Op::Close { socket });
            page.state(socket, "FIN-WAIT-2", |sample| sample.state == Some(State::FinWait2));
            (socket, peer)
        })
        .collect();
    page.state(many[0].0, "no state", |sample| sample.state.is_none());
    page.state(many[1].0, "no state", |sample| sample.state.is_none());
}

#[test]
fn r07_both_ends_of_a_half_close_are_seen() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, address) = page.listener(1);
    let client = page.stream();
    page.done(Op::Connect { socket: client, address: address.into() });
    let server = page.accept(listener);
    page.done(Op::Shutdown { socket: client, how: Direction::Write });
    page.state(client, "FIN-WAIT-2", |sample| sample.state == Some(State::FinWait2));
    page.state(server, "CLOSE-WAIT", |sample| sample.state == Some(State::CloseWait));
    assert_eq!(data(page.call(recv(server, 10))), b"");
    page.call(send(server, b"still")).expect("it goes out");
    assert_eq!(data(page.call(recv(client, 10))), b"still");
    page.done(Op::Close { socket: server });
    assert_eq!(data(page.call(recv(client, 10))), b"");
}

#[test]
fn r08_after_the_peers_fin_one_can_still_send() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    page.state(socket, "ESTABLISHED", |sample| sample.state == Some(State::Established));
    peer.shutdown(std::net::Shutdown::Write).expect("it is connected");
    let start = Instant::now();
    page.state(socket, "CLOSE-WAIT, unasked", |sample| sample.state == Some(State::CloseWait));
    assert!(start.elapsed() < Duration::from_millis(300), "{:?}", start.elapsed());
    assert_eq!(data(page.call(recv(socket, 10))), b"");
    assert_eq!(data(page.call(recv(socket, 10))), b"", "the end stays the end");
    page.call(send(socket, b"still here")).expect("it goes out");
    let mut text = [0; 10];
    peer.read_exact(&mut text).expect("it came");
    assert_eq!(&text, b"still here");
}

#[test]
fn r09_a_reset_is_told_once_and_then_the_pipe_is_broken() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, peer) = page.connection();
    let waiting = page.ask(None, recv(socket, 10));
    assert!(page.is_pending(waiting, Duration::from_millis(20)));
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).expect("TCP has it");
    drop(peer);
    assert_eq!(errno(page.reply(waiting).outcome), Errno::ECONNRESET);
    assert_eq!(data(page.call(recv(socket, 10))), b"");
    assert_eq!(page.errno(send(socket, b"x")), Errno::EPIPE);
    page.state(socket, "CLOSED", |sample| sample.state == Some(State::Closed));
}

#[test]
fn r10_linger_of_no_time_resets() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    page.done(Op::SetSockOpt {
        socket,
        option: OptionName::Linger,
        value: OptionValue::Linger { on: true, seconds: 0 },
    });
    page.done(Op::Close { socket });
    assert_eq!(peer.read(&mut [0]).expect_err("a RST").kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
#[cfg(target_os = "linux")]
fn r10_the_reset_is_on_the_wire() {
    if !in_a_network_of_its_own("r10_the_reset_is_on_the_wire") {
        return;
    }
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    for seconds in [Some(0), None] {
        let (socket, peer) = page.connection();
        let own = page.local(socket);
        let mut tap = Tap::new();
        if let Some(seconds) = seconds {
            let value = OptionValue::Linger { on: true, seconds };
            page.done(Op::SetSockOpt { socket, option: OptionName::Linger, value });
        }
        page.done(Op::Close { socket });
        let flags: Vec<u8> = tap
            .seen()
            .into_iter()
            .filter_map(|seen| match seen {
                Seen::Tcp { from, flags, .. } if own == from.into() => Some(flags),
                _ => None,
            })
            .collect();
        let resets = flags.iter().filter(|flags| **flags & RST != 0).count();
        assert_eq!(resets > 0, seconds.is_some(), "{flags:x?}");
        drop(peer);
    }
}

#[test]
fn r10_a_close_that_lingers_holds_up_nobody() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, peer) = page.connection();
    page.done(Op::SetSockOpt {
        socket,
        option: OptionName::Linger,
        value: OptionValue::Linger { on: true, seconds: 2 },
    });
    while page.call_within(Micros::ZERO, send(socket, &vec![7; 1 << 19])).is_ok() {}
    let close = page.ask(None, Op::Close { socket });
    assert!(page.is_pending(close, Duration::from_millis(300)), "unsent data keeps close waiting");
    let start = Instant::now();
    page.stream();
    assert!(start.elapsed() < Duration::from_millis(300), "others go on");
    let reply = page.reply(close);
    assert_eq!(reply.outcome, Ok(Value::Done {}));
    assert!((1_500_000..4_000_000).contains(&reply.took.0), "{}", reply.took);
    drop(peer);
}

#[test]
fn r11_a_signal_ends_everything_in_order() {
    for name in ["TERM", "INT"] {
        let mut bridge = Bridge::start(&["--max-sockets", "400"]);
        let mut page = bridge.page();
        let mut peers: Vec<TcpStream> = (0..100).map(|_| page.connection().1).collect();
        let start = Instant::now();
        bridge.signal(name);
        assert_eq!(close_code(&mut page), 1001);
        for peer in &mut peers {
            assert!(matches!(peer.read(&mut [0]), Ok(0) | Err(_)));
        }
        assert_eq!(bridge.child.wait().expect("it ends").code(), Some(0));
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
}

/// A page that asked for more than it reads, so that the bridge's good-bye does not get through to it.
fn deaf_page(bridge: &Bridge) -> Page {
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    std::thread::spawn(move || while peer.write_all(&[7; 1 << 16]).is_ok() {});
    for _ in 0..50 {
        page.ask(None, recv(socket, 1 << 20));
    }
    wait_until("the bridge has nothing more to do", LIMIT, || {
        let busy = bridge.cpu_time();
        std::thread::sleep(Duration::from_millis(60));
        bridge.cpu_time() == busy
    });
    page
}

#[test]
fn r11_a_deaf_page_does_not_keep_the_bridge() {
    let mut bridge = Bridge::start(&[]);
    let _page = deaf_page(&bridge);
    let start = Instant::now();
    bridge.signal("TERM");
    assert_eq!(bridge.child.wait().expect("it ends").code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn r11_a_second_signal_ends_it_at_once() {
    let mut bridge = Bridge::start(&[]);
    let _page = deaf_page(&bridge);
    bridge.signal("TERM");
    wait_until("the first signal is heard", LIMIT, || bridge.log().contains("stopping"));
    bridge.signal("TERM");
    assert_eq!(bridge.child.wait().expect("it ends").code(), Some(130));
}

#[test]
#[cfg(target_os = "linux")]
fn r16_a_connect_ends_as_the_network_has_it() {
    if !in_a_network_of_its_own("r16_a_connect_ends_as_the_network_has_it") {
        return;
    }
    let bridge = Bridge::start(&["--allow-net", "--allow-lan"]);
    let mut page = bridge.page();
    let nobody = page.listener(1);
    page.done(Op::Close { socket: nobody.0 });
    let before = (bridge.descriptors(), bridge.threads());
    let mut try_it = |host: &str, port, timeout: Option<u64>, option: Option<(OptionName, i32)>| {
        let socket = page.stream();
        if let Some((option, value)) = option {
            page.done(Op::SetSockOpt { socket, option, value: OptionValue::Number(value) });
        }
        let id = page.ask(timeout.map(Micros::from_millis), Op::Connect { socket, address: at(host, port) });
        let reply = page.reply(id);
        page.done(Op::Close { socket });
        (reply.outcome, reply.took.0 / 1_000)
    };
    // Nobody answers: the caller's time-out, and then the kernel's own after one more SYN, a second later, and two seconds of patience.
    for timeout in [100, 700] {
        let (outcome, took) = try_it("192.168.77.9", 80, Some(timeout), None);
        assert_eq!(outcome, Err(sockets::Failure::TimedOut));
        assert!((timeout..timeout + 300).contains(&took), "{took} ms");
    }
    let (outcome, took) = try_it("192.168.77.9", 80, None, Some((OptionName::SynCount, 1)));
    assert_eq!(errno(outcome), Errno::ETIMEDOUT);
    assert!((2_500..6_000).contains(&took), "{took} ms");
    // A RST, a router's word, and no neighbour of that address.
    assert_eq!(errno(try_it("127.0.0.1", nobody.1.port(), None, None).0), Errno::ECONNREFUSED);
    assert_eq!(errno(try_it("10.9.9.9", 80, None, None).0), Errno::EHOSTUNREACH);
    assert_eq!(errno(try_it("192.168.77.5", 80, Some(15_000), None).0), Errno::EHOSTUNREACH);
    // Many at once that end in all ways, and leave nothing behind.
    let sockets: Vec<_> = (0..60).map(|_| page.stream()).collect();
    let ids: Vec<CallId> = sockets
        .iter()
        .enumerate()
        .map(|(number, &socket)| {
            let host = ["192.168.77.9", "10.9.9.9", "127.0.0.1"][number % 3];
            let timeout = (number % 2 == 0).then_some(Micros::from_millis(50));
            page.ask(timeout, Op::Connect { socket, address: at(host, nobody.1.port()) })
        })
        .collect();
    for (id, socket) in ids.into_iter().zip(sockets) {
        page.done(Op::Close { socket });
        page.reply(id).outcome.expect_err("nobody is there");
    }
    assert_eq!((bridge.descriptors(), bridge.threads()), before);
}

#[test]
fn r17_opening_and_closing_leaves_nothing_behind() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let mut cycle = |count: u32| {
        for _ in 0..count {
            let (listener, address) = page.listener(1);
            let accept = page.ask(None, Op::Accept { socket: listener });
            let client = page.stream();
            page.done(Op::SetSockOpt {
                socket: client,
                option: OptionName::Linger,
                value: OptionValue::Linger { on: true, seconds: 0 },
            });
            page.done(Op::Connect { socket: client, address: address.into() });
            let server = accepted(page.reply(accept).outcome);
            for socket in [client, server, listener] {
                page.done(Op::Close { socket });
            }
            page.forget_states();
        }
    };
    cycle(400);
    let (descriptors, threads, memory) = (bridge.descriptors(), bridge.threads(), bridge.memory());
    // Three sockets each.
    cycle(3_400);
    assert_eq!((bridge.descriptors(), bridge.threads()), (descriptors, threads));
    let after = bridge.memory();
    assert!(after < memory + memory / 20, "{memory} -> {after}");
}

/// A bridge whose clock the test turns: after `begin`, 190 times ten seconds. Beside it, the seconds so far.
fn with_quick_clock(begin: tokio::sync::oneshot::Receiver<()>) -> (Door, Arc<AtomicU32>) {
    let seconds = Arc::new(AtomicU32::new(0));
    let passed = seconds.clone();
    let turning = async move {
        begin.await.expect("the test says when");
        tokio::time::pause();
        for _ in 0..190 {
            passed.fetch_add(10, Ordering::SeqCst);
            // A little more, since timers are rounded up to milliseconds.
            tokio::time::advance(Duration::from_millis(10_010)).await;
            // As long as this waits, the clock stands still and the page can answer.
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(20)))
                .await
                .expect("it only sleeps");
        }
        tokio::time::resume();
        std::future::pending().await
    };
    (inside(Box::new(|| Box::<server::System>::default()), turning, &[]), seconds)
}

/// Reads to the end what the bridge says to a page that sends no pongs: two pings and 1008, when 70 seconds have passed.
fn is_left_after_two_pings(page: &mut TcpStream, seconds: &AtomicU32) {
    page.set_read_timeout(Some(LIMIT)).expect("a time-out can be set");
    let (mut said, mut some) = (Vec::new(), [0; 4096]);
    let is_last =
        |said: &[u8]| said.windows(4).any(|four| four[0] == 0x88 && four[2..] == 1008_u16.to_be_bytes());
    let deadline = Instant::now() + LIMIT;
    while !is_last(&said) {
        assert!(Instant::now() < deadline, "it is not left");
        match page.read(&mut some).expect("more comes in time") {
            0 => panic!("it ended without 1008"),
            count => said.extend_from_slice(&some[..count]),
        }
    }
    let when = seconds.load(Ordering::SeqCst);
    assert!((70..=80).contains(&when), "after {when} s");
    assert_eq!(said.windows(2).filter(|two| *two == [0x89, 0]).count(), 2, "two pings went out");
}

#[test]
fn r12_a_page_that_answers_pings_may_be_idle() {
    let (begin, begun) = tokio::sync::oneshot::channel();
    let (door, seconds) = with_quick_clock(begun);
    let mut page = door.page();
    begin.send(()).expect("the bridge waits");
    let end = Instant::now() + LIMIT;
    while seconds.load(Ordering::SeqCst) < 1_830 {
        assert!(Instant::now() < end, "the clock turns");
        page.take(Duration::from_millis(20));
    }
    page.stream();
}

#[test]
fn r12_a_page_that_answers_no_pings_is_left() {
    let (begin, begun) = tokio::sync::oneshot::channel();
    let (door, seconds) = with_quick_clock(begun);
    let mut page = door.page();
    let (_, mut peer) = page.connection();
    begin.send(()).expect("the bridge waits");
    is_left_after_two_pings(page.socket.get_mut(), &seconds);
    assert!(matches!(peer.read(&mut [0]), Ok(0) | Err(_)), "its sockets are closed");
}

#[test]
fn r12_a_page_without_sockets_that_answers_no_pings_is_left() {
    let (begin, begun) = tokio::sync::oneshot::channel();
    let (door, seconds) = with_quick_clock(begun);
    let mut page = door.page();
    begin.send(()).expect("the bridge waits");
    is_left_after_two_pings(page.socket.get_mut(), &seconds);
}

#[test]
fn r12_a_page_that_calls_and_answers_no_pings_is_left() {
    let (begin, begun) = tokio::sync::oneshot::channel();
    let (door, seconds) = with_quick_clock(begun);
    let mut page = door.page();
    let mut reading = page.socket.get_ref().try_clone().expect("a descriptor is free");
    begin.send(()).expect("the bridge waits");
    let calling = std::thread::spawn(move || {
        let call = r#"{"id":1,"call":"gethostname"}"#;
        while page.socket.send(WsMessage::Text(call.into())).is_ok() {
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    is_left_after_two_pings(&mut reading, &seconds);
    drop(reading.shutdown(std::net::Shutdown::Both));
    calling.join().expect("it ends with the connection");
}

/// What of it can be waited for: the first ping, and that neither who answered it nor who did not is sent away for it.
#[test]
fn r12_the_binary_asks_after_half_a_minute() {
    let bridge = Bridge::start(&[]);
    let (mut page, mut deaf) = (bridge.page(), bridge.page());
    let start = Instant::now();
    page.socket.get_ref().set_read_timeout(Some(Duration::from_secs(40))).expect("a time-out can be set");
    match page.socket.read() {
        // What reads a ping also answers it.
        Ok(WsMessage::Ping(_)) => {}
        other => panic!("no ping but {other:?}"),
    }
    let when = start.elapsed();
    assert!((Duration::from_secs(29)..Duration::from_secs(33)).contains(&when), "{when:?}");
    page.socket.flush().expect("the pong goes out");
    page.stream();
    deaf.stream();
}
