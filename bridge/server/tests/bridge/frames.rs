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
    let payload = vec![9; 125];
    for _ in 0..4 {
        page.ask(None, recv(socket, 1 << 16));
    }
    page.socket.send(WsMessage::Ping(payload.clone().into())).expect("the bridge reads");
    page.socket.get_ref().set_read_timeout(Some(LIMIT)).expect("a time-out can be set");
    loop {
        match page.socket.read().expect("the bridge answers") {
            WsMessage::Pong(octets) => break assert_eq!(octets, payload),
            _ => continue,
        }
    }
}

#[test]
fn f01_to_f04_what_is_no_frame_ends_the_session_with_the_right_code() {
    let bridge = Bridge::start(&[]);
    let mask = [0; 4];
    let masked = |head: &[u8], body: &[u8]| [head, &mask, body].concat();
    let huge = |length: u64| masked(&[&[0x82, 0xff][..], &length.to_be_bytes()].concat(), &[]);
    let fragments: Vec<u8> = (0..17)
        .flat_map(|number| {
            masked(&[if number == 0 { 0x02 } else { 0x00 }, 0xfe, 0xff, 0xff], &vec![b'x'; 65_535])
        })
        .collect();
    let before = bridge.memory();
    for (what, octets, expected) in [
        ("2^62 octets announced", huge(1 << 62), 1009),
        ("1 GiB announced", huge(1 << 30), 1009),
        ("1 MiB + 1 announced", huge((1 << 20) + 1), 1009),
        ("too much in fragments", fragments, 1009),
        ("no mask", vec![0x81, 0x02, b'{', b'}'], 1002),
        ("a reserved opcode", masked(&[0x83, 0x80], &[]), 1002),
        ("a reserved bit", masked(&[0xc1, 0x80], &[]), 1002),
        ("a ping in fragments", masked(&[0x09, 0x80], &[]), 1002),
        ("a ping of 126 octets", masked(&[0x89, 0xfe, 0, 126], &[0; 126]), 1002),
        ("no UTF-8", masked(&[0x81, 0x82], &[0xc3, 0x28]), 1007),
    ] {
        let mut page = bridge.page();
        let _ = page.socket.get_mut().write_all(&octets);
        assert_eq!(close_code(&mut page), expected, "{what}");
    }
    assert!(bridge.memory() < before + (4 << 20));
    bridge.page();
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
