//! What comes over the WebSocket, sound or not: cases F1 to F6 and R13.

use crate::client::*;
use protocol::{Frame, Request};
use sockets::{CallId, Errno, Failure, Op};
use std::io::Write;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message as WsMessage;

#[test]
fn r13_pings_are_answered_also_in_the_middle_of_work() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    std::thread::spawn(move || while peer.write_all(&[7; 1 << 16]).is_ok() {});
    page.socket.get_ref().set_read_timeout(Some(LIMIT)).expect("a time-out can be set");
    let (mut times, mut data) = (Vec::new(), 0);
    for round in 0..40_u8 {
        let payload = vec![round; 125];
        // Always some receives of 64 KiB ahead of the ping.
        for _ in 0..4 {
            page.ask(None, recv(socket, 1 << 16));
        }
        let start = std::time::Instant::now();
        page.socket.send(WsMessage::Ping(payload.clone().into())).expect("the bridge reads");
        loop {
            match page.socket.read().expect("the bridge answers") {
                WsMessage::Pong(octets) => break assert_eq!(octets, payload, "the very same octets"),
                WsMessage::Binary(octets) => data += octets.len(),
                _ => continue,
            }
        }
        times.push(start.elapsed());
    }
    assert!(data > 1 << 20, "the bulk went on: {data}");
    times.sort_unstable();
    // A busy machine may hold one up, and not most of them.
    assert!(times[times.len() * 3 / 4] < Duration::from_millis(50), "{times:?}");
}

const MASK: [u8; 4] = [0; 4];

fn masked(head: &[u8], body: &[u8]) -> Vec<u8> {
    [head, &MASK, body].concat()
}

/// Sends octets on a session of their own; how it ends.
fn ends_with(bridge: &Bridge, octets: &[u8]) -> u16 {
    let mut page = bridge.page();
    let _ = page.socket.get_mut().write_all(octets);
    close_code(&mut page)
}

/// A text or binary message in fragments of 65,535 octets at most, `length` in all.
fn fragments(length: usize) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut left = length;
    while left > 0 {
        let size = left.min(65_535);
        let first = if left == length { 0x02 } else { 0x00 };
        left -= size;
        let last = if left == 0 { 0x80 } else { 0x00 };
        let [high, low] = (size as u16).to_be_bytes();
        octets.extend(masked(&[first | last, 0xfe, high, low], &vec![b'x'; size]));
    }
    octets
}

#[test]
fn f01_what_is_announced_too_large_takes_no_memory() {
    let bridge = Bridge::start(&[]);
    let huge = |length: u64| masked(&[&[0x82, 0xff][..], &length.to_be_bytes()].concat(), &[]);
    // The first session has its own costs.
    assert_eq!(ends_with(&bridge, &huge((1 << 20) + 1)), 1009);
    let before = bridge.memory();
    for length in [1 << 62, 1 << 40, 1 << 30, 1 << 21, (1 << 20) + 1] {
        assert_eq!(ends_with(&bridge, &huge(length)), 1009, "{length}");
        assert!(bridge.memory() < before + (1 << 20), "{length}: {before} -> {}", bridge.memory());
    }
    // A length that uses the sign bit is none (RFC 6455, 5.2).
    assert!(matches!(ends_with(&bridge, &huge(1 << 63)), 1002 | 1009));
    bridge.page();
}

#[test]
fn f02_what_is_too_large_in_fragments_is_refused_to_the_octet() {
    let bridge = Bridge::start(&[]);
    assert_eq!(ends_with(&bridge, &fragments((1 << 20) + 1)), 1009);
    let mut page = bridge.page();
    page.socket.get_mut().write_all(&fragments(1 << 20)).expect("the bridge reads");
    page.until("a complaint about what is in it", |page| page.complaints.pop());
    page.stream();
    // Without an end it is refused as soon as it is too large.
    let endless: Vec<u8> = fragments(64 << 20).split_off(0);
    let mut page = bridge.page();
    let before = bridge.memory();
    let _ = page.socket.get_mut().write_all(&endless[..20 << 20]);
    assert!(bridge.memory() < before + (8 << 20), "{before} -> {}", bridge.memory());
}

#[test]
fn f03_an_unmasked_frame_ends_the_session() {
    let bridge = Bridge::start(&[]);
    for frame in [&[0x81, 0x02, b'{', b'}'][..], &[0x82, 0x00], &[0x89, 0x00], &[0x88, 0x02, 0x03, 0xe8]] {
        assert_eq!(ends_with(&bridge, frame), 1002, "{frame:x?}");
    }
    bridge.page();
}

#[test]
fn f04_what_is_no_frame_ends_the_session_with_the_right_code() {
    let bridge = Bridge::start(&[]);
    for opcode in [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf] {
        assert_eq!(ends_with(&bridge, &masked(&[0x80 | opcode, 0x80], &[])), 1002, "opcode {opcode}");
    }
    for reserved in [0x40, 0x20, 0x10, 0x70] {
        assert_eq!(ends_with(&bridge, &masked(&[0x81 | reserved, 0x80], &[])), 1002, "bits {reserved:x}");
    }
    for (what, octets, expected) in [
        ("a ping in fragments", masked(&[0x09, 0x80], &[]), 1002),
        ("a close in fragments", masked(&[0x08, 0x80], &[]), 1002),
        ("a ping of 126 octets", masked(&[0x89, 0xfe, 0, 126], &[0; 126]), 1002),
        ("a continuation of nothing", masked(&[0x80, 0x80], &[]), 1002),
        (
            "a message within a message",
            [masked(&[0x01, 0x80], &[]), masked(&[0x81, 0x80], &[])].concat(),
            1002,
        ),
        ("no UTF-8", masked(&[0x81, 0x82], &[0xc3, 0x28]), 1007),
        ("UTF-8 that is cut short", masked(&[0x81, 0x81], &[0xc3]), 1007),
        ("a surrogate", masked(&[0x81, 0x83], &[0xed, 0xa0, 0x80]), 1007),
        ("an overlong slash", masked(&[0x81, 0x82], &[0xc0, 0xaf]), 1007),
    ] {
        assert_eq!(ends_with(&bridge, &octets), expected, "{what}");
    }
    bridge.page();
}

#[test]
fn f07_a_flood_of_requests_is_read_as_far_as_it_is_answered() {
    const REQUESTS: u32 = 100_000;
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, _) = page.listener(1);
    let before = bridge.memory();
    let writer = page.socket.get_ref().try_clone().expect("a descriptor is free");
    // 100,000 calls of which each waits; the spaces make 40 MB of them, more than any socket's buffers.
    let mut flood = Vec::new();
    for id in 0..REQUESTS {
        let text = format!(r#"{{"id":{},"call":"accept","socket":{listener}}}"#, 1_000_000 + id);
        let [high, low] = 400_u16.to_be_bytes();
        flood.extend(masked(&[0x81, 0xfe, high, low], format!("{text:<400}").as_bytes()));
    }
    let sent = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for piece in flood.chunks(1 << 16) {
                if (&writer).write_all(piece).is_err() {
                    return;
                }
                sent.fetch_add(piece.len(), std::sync::atomic::Ordering::Relaxed);
            }
        });
        let sent = || sent.load(std::sync::atomic::Ordering::Relaxed);
        // Nobody reads the answers, and so after a while nobody reads the requests.
        let mut last = usize::MAX;
        wait_until("the flood stands still", LIMIT, || {
            std::thread::sleep(Duration::from_millis(300));
            std::mem::replace(&mut last, sent()) == sent()
        });
        assert!(sent() < flood.len(), "all of it was read");
        let memory = bridge.memory();
        assert!(memory < before + (8 << 20), "{before} -> {memory}");
        let start = std::time::Instant::now();
        bridge.page().stream();
        assert!(start.elapsed() < Duration::from_millis(500), "another page is served all the same");
        // Who reads gets an answer to each: 64 wait, which is what a lane holds.
        let mut busy = 0;
        while busy < REQUESTS - 64 {
            page.take(LIMIT);
            busy += page.taken(|reply| errno(reply.outcome) == Errno::EBUSY);
        }
    });
    page.done(Op::Close { socket: listener });
    assert!(bridge.memory() < before + (8 << 20));
}

#[test]
fn f05_a_bad_request_is_answered_and_the_session_goes_on() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    for (number, text) in [
        r#""call":"forkbomb""#,
        r#""call":"recv","socket":1,"max":-5"#,
        r#""call":"recv","socket":1,"max":5000000000"#,
        r#""call":"recv","socket":"one","max":5"#,
        r#""call":"bind","socket":1,"address":["127.0.0.1",70000]"#,
        r#""call":"close""#,
        r#""call":"accept","socket":1,"timeout_us":-1"#,
        r#""call":"accept","socket":1,"timeout_us":1e300"#,
        r#""call":"accept","socket":-1"#,
        r#""call":"accept","socket":4294967296"#,
        r#""call":"accept","socket":1,"more":1"#,
        r#""call":"listen","socket":1,"backlog":99999999999"#,
        r#""call":"poll","watch":[{"socket":1,"events":["POLLEVERYTHING"]}]"#,
        r#""call":["accept"],"socket":1"#,
    ]
    .into_iter()
    .enumerate()
    {
        let id = CallId(90_000 + number as u32);
        page.put(Frame::Text(format!(r#"{{"id":{id},{text}}}"#)));
        let outcome = page.reply(id).outcome;
        assert!(matches!(outcome, Err(Failure::Protocol(_))), "{text}: {outcome:?}");
    }
    for (number, frame) in [
        Frame::Text("hello".into()),
        Frame::Text("[]".into()),
        Frame::Text(String::new()),
        Frame::Text(r#"{"id":-1,"call":"gethostname"}"#.into()),
        Frame::Text("[".repeat(100_000)),
        Frame::Text(r#"{"id":1,"call":"getho"#.into()),
        Frame::Text(r#"{"id":1e400,"call":"gethostname"}"#.into()),
        Frame::Text(r#"{"id":4294967296,"call":"gethostname"}"#.into()),
        Frame::Text(r#"{"id":{},"call":"gethostname"}"#.into()),
        Frame::Binary([&[0, 40][..], br#"{"id":1,"call":"send","#].concat().into()),
        Frame::Binary(vec![0].into()),
        Frame::Binary(vec![0xff; 100].into()),
    ]
    .into_iter()
    .enumerate()
    {
        page.put(frame);
        page.until("a complaint", |page| (page.complaints.len() > number).then_some(()));
    }
    let unknown = sockets::SocketId(4_000_000_000);
    assert_eq!(page.errno(Op::Close { socket: unknown }), Errno::EBADF);
    assert_eq!(page.errno(recv(unknown, 1)), Errno::EBADF);
    let (listener, _) = page.listener(1);
    let first = page.ask(None, Op::Accept { socket: listener });
    let complaints = page.complaints.len();
    page.put(Request { id: first, timeout: None, continues: false, op: Op::GetHostName {} }.encode());
    page.until("a complaint", |page| (page.complaints.len() > complaints).then_some(()));
    assert!(page.is_pending(first, Duration::from_millis(30)), "the first request is not touched");
}

#[test]
fn f06_random_requests_leave_nothing_behind() {
    let bridge = Bridge::start(&[]);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    drop(bridge.page());
    wait_until("the first page left", LIMIT, || bridge.log().contains("the page left"));
    let descriptors = bridge.descriptors();
    for _ in 0..4 {
        let mut page = bridge.page();
        let calls = [
            "socket",
            "bind",
            "listen",
            "accept",
            "connect",
            "send",
            "sendto",
            "recv",
            "recvfrom",
            "shutdown",
            "close",
            "setsockopt",
            "getsockopt",
            "getsockname",
            "getpeername",
            "getaddrinfo",
            "cancel",
        ];
        for id in 1..1_000_u32 {
            let call = calls[random(calls.len() as u64) as usize];
            let socket = random(12);
            let mut text = format!(
                r#"{{"id":{id},"call":"{call}","socket":{socket},"family":"AF_INET{}","kind":"SOCK_{}","address":["127.0.0.1",{}],"backlog":{},"max":{},"how":"SHUT_WR","option":"SO_LINGER","host":"localhost","port":1,"target":{},"timeout_us":{}}}"#,
                ["", "6"][random(2) as usize],
                ["STREAM", "DGRAM"][random(2) as usize],
                random(3) * 40_000,
                random(5),
                random(70_000),
                random(1_000),
                random(3) * 1_000,
            );
            // Each call knows only its own fields; the others are taken out for it most of the time.
            if random(10) > 0 {
                let wanted: &[&str] = match call {
                    "socket" => &["family", "kind"],
                    "bind" | "connect" => &["socket", "address"],
                    "listen" => &["socket", "backlog"],
                    "recv" | "recvfrom" => &["socket", "max"],
                    "shutdown" => &["socket", "how"],
                    "setsockopt" | "getsockopt" => &["socket", "option"],
                    "sendto" => &["socket", "address"],
                    "getaddrinfo" => &["host", "port"],
                    "cancel" => &["target"],
                    _ => &["socket"],
                };
                let mut json: serde_json::Map<String, serde_json::Value> =
                    serde_json::from_str(&text).expect("it is JSON");
                json.retain(|name, _| {
                    ["id", "call", "timeout_us"].contains(&name.as_str()) || wanted.contains(&name.as_str())
                });
                text = serde_json::Value::Object(json).to_string();
            }
            page.put(Frame::Text(text));
            if id % 100 == 0 {
                while page.take(Duration::from_millis(1)) {}
            }
        }
        let alive = page.ask(None, Op::GetHostName {});
        page.reply(alive);
    }
    wait_until("all descriptors are closed", LIMIT, || bridge.descriptors() <= descriptors);
    assert!(!bridge.log().contains("panicked"), "{}", bridge.log());
}
