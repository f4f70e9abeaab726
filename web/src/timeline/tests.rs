//! The picture as text: what stands where, for stories told in a few lines.

use super::*;
use crate::timeline::Player;
use bytes::Bytes;
use expect_test::{Expect, expect};
use sockets::{Call, Endpoint, Errno, Event, Failure, Family, HostId, PyAddr, Sample, SocketKind, Value};

/// A story as it is told to the Log.
struct Story {
    log: Log,
    now: u64,
    next: u32,
    names: sockets::python::Names,
}

impl Story {
    fn new() -> Story {
        Story { log: Log::new(), now: 1_000_000, next: 0, names: sockets::python::Names::default() }
    }

    fn after(&mut self, micros: u64) -> &mut Story {
        self.now += micros;
        self
    }

    fn enters(&mut self, host: u32, op: Op) -> CallId {
        self.next += 1;
        let id = CallId(self.next);
        self.log.enter(Instant(self.now), Call { id, host: HostId(host), timeout: None, op });
        id
    }

    fn returns(&mut self, call: CallId, took: u64, outcome: Outcome) {
        self.log
            .observe(Instant(self.now), Event::Returned { call, outcome, took: Micros(took), note: None });
    }

    fn does(&mut self, host: u32, op: Op, value: Value) -> &mut Story {
        let id = self.enters(host, op);
        self.now += 80;
        self.returns(id, 40, Ok(value));
        self
    }

    fn socket(&mut self, host: u32, id: u32, name: &str) -> &mut Story {
        self.names.set(SocketId(id), name);
        self.does(
            host,
            Op::Socket { family: Family::Inet, kind: SocketKind::Stream },
            Value::Socket { socket: SocketId(id) },
        )
    }

    fn becomes(&mut self, id: u32, state: State, local: u16, peer: Option<u16>) -> &mut Story {
        let address = |port: u16| PyAddr(([127, 0, 0, 1], port).into());
        let sample = Sample {
            state: Some(state),
            local: Some(address(local)),
            peer: peer.map(address),
            ..Sample::default()
        };
        self.log.observe(Instant(self.now), Event::State { socket: SocketId(id), sample });
        self
    }

    fn scene(&self, width: i32) -> Scene {
        let player = |host, name: &str, role| Player { host: HostId(host), name: name.into(), role };
        let players = vec![player(1, "client", Role::Client), player(0, "server", Role::Server)];
        scene(&self.log, Instant(self.now), &Cast { players, names: self.names.clone() }, width)
    }
}

fn endpoint(port: u16) -> Endpoint {
    Endpoint::parse("127.0.0.1", &port.to_string()).expect("an address")
}

fn send(id: u32, text: &'static str) -> Op {
    Op::Send { socket: SocketId(id), flags: [].into(), data: Bytes::from_static(text.as_bytes()) }
}

fn recv(id: u32) -> Op {
    Op::Recv { socket: SocketId(id), max: 99, flags: [].into() }
}

fn got(text: &'static str) -> Value {
    Value::data(Bytes::from_static(text.as_bytes()))
}

/// A connection from socket 2 of the client to socket 3 of the server, which accepted it after 2.5 s of waiting.
fn connected() -> Story {
    let mut story = Story::new();
    let peer = PyAddr(([127, 0, 0, 1], 40_000).into());
    story.socket(0, 1, "listener");
    story.does(0, Op::Bind { socket: SocketId(1), address: endpoint(5000) }, Value::Done {});
    story.does(0, Op::Listen { socket: SocketId(1), backlog: 1 }, Value::Done {}).becomes(
        1,
        State::Listen,
        5_000,
        None,
    );
    let accept = story.enters(0, Op::Accept { socket: SocketId(1) });
    story.after(2_500_000).socket(1, 2, "client");
    story.does(1, Op::Connect { socket: SocketId(2), address: endpoint(5000) }, Value::Done {});
    story.becomes(2, State::Established, 40_000, Some(5_000));
    story.names.set(SocketId(3), "conn");
    story.returns(accept, 2_500_100, Ok(Value::Accepted { socket: SocketId(3), peer }));
    story.becomes(3, State::Established, 5_000, Some(40_000));
    story
}

fn check(scene: &Scene, expected: Expect) {
    let mut text = format!("{} x {}\n", scene.width, scene.height);
    for fold in &scene.folds {
        text += &format!("fold   {:4} {}\n", fold.y, fold.text);
    }
    for life in &scene.lives {
        let end = if life.closed { "closed" } else { "open" };
        text += &format!("life   {:4} to {:4} at {:3} {} {end}\n", life.top, life.bottom, life.x, life.name);
    }
    for mark in &scene.marks {
        text +=
            &format!("{:7?}{:4} to {:4} at {:3} {}", mark.shape, mark.top, mark.bottom, mark.x, mark.label);
        if let Some((y, result)) = &mark.result {
            text += &format!(" | {y} {result}");
        }
        text += "\n";
    }
    for note in &scene.notes {
        text += &format!("note   {:4} {}\n", note.y, note.text);
    }
    for line in &scene.lines {
        text += &format!("line   {:?} to {:?} {}\n", line.from, line.to, line.text);
    }
    expected.assert_eq(&text);
}

#[test]
fn an_empty_story_has_its_columns() {
    let scene = Story::new().scene(500);
    assert_eq!(scene.columns.len(), 2);
    assert!(scene.marks.is_empty() && scene.lines.is_empty());
    assert_eq!(scene.width, 500);
}

#[test]
fn accept_waits_and_meets_its_connect() {
    check(
        &connected().scene(500),
        expect![[r#"
        500 x 276
        fold    154 2.5 s
        life     54 to  264 at 316 listener open
        life    194 to  264 at 217 client open
        life    234 to  264 at 329 conn open
        Dot  54 to   54 at 316 socket SOCK_STREAM
        Dot  74 to   74 at 316 bind 127.0.0.1:5000
        Dot  94 to   94 at 316 listen 1
        Bar 134 to  234 at 316 accept | 234 → conn, 2.5 s
        Dot 194 to  194 at 217 socket SOCK_STREAM
        Dot 214 to  214 at 217 connect 127.0.0.1:5000
        note    114 LISTEN
        note    234 ESTABLISHED
        note    254 ESTABLISHED
        line   (217, 214) to (316, 234) handshake
    "#]],
    );
}

#[test]
fn octets_are_tied_to_the_sends_they_came_from() {
    let mut story = connected();
    story.does(1, send(2, "ab"), Value::Sent { sent: 2 }).does(1, send(2, "cd"), Value::Sent { sent: 2 });
    story.does(0, recv(3), got("abc")).does(0, recv(3), got("d"));
    story.does(1, Op::Close { socket: SocketId(2) }, Value::Done {}).does(0, recv(3), got(""));
    let told: Vec<String> =
        ties(&story.log).iter().map(|tie| format!("{} -> {} {:?}", tie.from, tie.to, tie.kind)).collect();
    expect![[r#"
        6 -> 4 Handshake
        7 -> 9 Data { octets: 2 }
        8 -> 9 Data { octets: 1 }
        8 -> 10 Data { octets: 1 }
        11 -> 12 End"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn a_close_with_unread_data_sends_no_fin() {
    let ends = |unread: bool| {
        let mut story = connected();
        story.does(1, send(2, "ab"), Value::Sent { sent: 2 });
        if !unread {
            story.does(0, recv(3), got("ab"));
        }
        story.does(0, Op::Close { socket: SocketId(3) }, Value::Done {}).does(1, recv(2), got(""));
        ties(&story.log).iter().any(|tie| tie.kind == TieKind::End)
    };
    assert!(ends(false) && !ends(true));
}

#[test]
fn a_peek_takes_nothing_and_ties_nothing() {
    let mut story = connected();
    story.does(1, send(2, "ab"), Value::Sent { sent: 2 });
    let peek = Op::Recv { socket: SocketId(3), max: 99, flags: [sockets::MsgFlag::Peek].into() };
    story.does(0, peek, got("ab"));
    assert_eq!(ties(&story.log).len(), 1, "only the handshake");
    story.does(0, recv(3), got("ab"));
    assert_eq!(ties(&story.log).len(), 2);
}

#[test]
fn a_failure_shows_its_name_and_a_waiting_call_reaches_to_now() {
    let mut story = Story::new();
    story.socket(1, 1, "client");
    let connect = story.enters(1, Op::Connect { socket: SocketId(1), address: endpoint(9) });
    story.after(90);
    story.returns(connect, 60, Err(Failure::Errno(Errno::ECONNREFUSED)));
    story.socket(0, 2, "server");
    story.enters(0, Op::Accept { socket: SocketId(2) });
    story.after(1_000_000);
    check(
        &story.scene(640),
        expect![[r#"
        640 x 129
        life     54 to  117 at 281 client open
        life     75 to  117 at 403 server open
        Dot  54 to   54 at 281 socket SOCK_STREAM
        Dot  74 to   74 at 281 connect :9 → ECONNREFUSED
        Dot  75 to   75 at 403 socket SOCK_STREAM
        Waiting  95 to  117 at 403 accept
    "#]],
    );
}

#[test]
fn on_a_phone_labels_are_cut_and_nothing_leaves_its_column() {
    let scene = connected().scene(328);
    for mark in &scene.marks {
        let column =
            scene.columns.iter().rev().find(|column| column.left <= mark.x).expect("every mark has a column");
        let width = 7 * i32::try_from(mark.label.chars().count()).expect("labels are short");
        let (left, right) = if mark.mirrored {
            (mark.label_x - width, mark.label_x)
        } else {
            (mark.label_x, mark.label_x + width)
        };
        assert!(
            column.left <= left && right <= column.left + column.width,
            "{} stands from {left} to {right}",
            mark.label
        );
    }
}

#[test]
fn the_same_log_gives_the_same_scene_and_time_never_goes_up() {
    let story = connected();
    assert_eq!(story.scene(500), story.scene(500));
    let scene = story.scene(500);
    assert!(scene.marks.windows(2).all(|pair| pair[0].top <= pair[1].top), "{:?}", scene.marks);
}

#[test]
fn spans_are_short() {
    let said =
        [0, 999, 1_500, 99_999, 700_000, 9_990_000, 12_345_678, 200_000_000].map(|us| rounded(Micros(us)));
    assert_eq!(said, ["0 µs", "999 µs", "1 ms", "99 ms", "0.7 s", "9.9 s", "12 s", "3 min 20 s"]);
    assert_eq!([0, 12_310_000, 125_000_000].map(|us| clock(Micros(us))), ["0.00", "12.31", "2:05.0"]);
}
