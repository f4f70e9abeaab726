use super::{Cast, Cause, EndKind, Origin, Player, Role, Story};
use expect_test::{Expect, expect};
use lab::{Scenario, exhibit_text, run};
use sockets::HostId;
use std::fmt::Write;
use std::rc::Rc;

/// A handshake, five octets and both closes, for tests: the gallery's scenario of this name may become another one.
const PLAIN: &str = include_str!("plain.json");

/// The story of a scenario of the gallery, perhaps after a change of its text.
pub fn story(id: &str, change: impl FnOnce(&str) -> String) -> Story {
    story_of(&change(text_of(id)))
}

pub fn text_of(id: &str) -> &'static str {
    if id == "handshake" { PLAIN } else { exhibit_text(id).expect("it is in the gallery") }
}

/// The story of a scenario that is given as its text.
pub fn story_of(text: &str) -> Story {
    let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let run = run(&scenario).unwrap_or_else(|error| panic!("{error}"));
    Story::of(Rc::new(run.log), Cast::of(&scenario.world).named(run.names), Origin::Simulated)
}

/// What was looked up, one line for each thing.
fn told(story: &Story) -> String {
    let mut text = String::new();
    for (place, end) in story.ends.iter().enumerate() {
        write!(text, "end {place}: {} {:?}", story.name(end.host), end.kind).expect("a String takes all");
        if let Some(peer) = end.peer {
            write!(text, ", peer {}", peer.0).expect("a String takes all");
        }
        if let Some(listener) = end.listener {
            write!(text, ", from {}", listener.0).expect("a String takes all");
        }
        let pieces = |pieces: &[super::Piece]| {
            pieces.iter().map(|piece| format!("{}..{}", piece.first, piece.end)).collect::<Vec<_>>().join(" ")
        };
        writeln!(
            text,
            ", sent {:?}, received {:?}, wrote [{}], read [{}]",
            end.sent,
            end.received,
            pieces(&end.wrote),
            pieces(&end.read)
        )
        .expect("a String takes all");
        for change in &end.states {
            let cause = match change.cause {
                Some(Cause::Packet(packet)) => format!("packet {packet}"),
                Some(Cause::Call(call)) => format!("call {call}"),
                Some(Cause::Timer(timer)) => timer.name().to_owned(),
                None => "nothing".to_owned(),
            };
            let rule = change.reaction.map_or("no rule", |reaction| story.reaction(reaction).rule.name);
            writeln!(text, "  {:.6} {} by {cause}, {rule}", change.at.0 as f64 / 1e6, change.after)
                .expect("a String takes all");
        }
    }
    for (place, packet) in story.packets.iter().enumerate() {
        let (sender, receiver) = story.bases(place);
        let segment = story
            .segment(place)
            .map_or_else(String::new, |segment| segment.relative(sender, receiver).to_string());
        let segment = segment.split(" win").next().unwrap_or_default().to_owned();
        write!(
            text,
            "packet {place}: {segment}, {:?} to {:?}",
            packet.source.map(|id| id.0),
            packet.target.map(|id| id.0)
        )
        .expect("a String takes all");
        if let Some(before) = packet.repeats {
            write!(text, ", repeats {before}").expect("a String takes all");
        }
        text.push('\n');
    }
    text
}

fn check(id: &str, change: impl FnOnce(&str) -> String, expected: Expect) {
    expected.assert_eq(&told(&story(id, change)));
}

#[test]
fn a_connection_from_its_first_segment_to_its_last() {
    check(
        "handshake",
        str::to_owned,
        expect![[r#"
            end 0: server Listener, sent [], received [], wrote [], read []
              0.000000 LISTEN by call 2, no rule
              0.210015 CLOSED by call 11, no rule
            end 1: client Connection, peer 2, sent [0, 2, 3, 5, 7], received [1, 4, 6], wrote [0..5], read []
              0.010000 SYN-SENT by call 5, active-open
              0.050010 ESTABLISHED by packet 1, syn-ack-received
              0.190010 FIN-WAIT-1 by call 9, close-first
              0.230020 FIN-WAIT-2 by packet 6, fin-acknowledged
              0.230020 TIME-WAIT by packet 6, fin-answered
            end 2: server Connection, peer 1, from 0, sent [1, 4, 6], received [0, 2, 3, 5, 7], wrote [], read [0..5 5..5]
              0.030005 SYN-RECEIVED by packet 0, syn-received
              0.070015 ESTABLISHED by packet 2, handshake-acknowledged
              0.210015 CLOSE-WAIT by packet 5, fin-received
              0.210015 LAST-ACK by call 10, close-second
              0.250025 CLOSED by packet 7, fin-acknowledged
            packet 0: S 0:0(0), Some(1) to Some(2)
            packet 1: S. 0:0(0) ack 1, Some(2) to Some(1)
            packet 2: . 1:1(0) ack 1, Some(1) to Some(2)
            packet 3: P. 1:6(5) ack 1, Some(1) to Some(2)
            packet 4: . 1:1(0) ack 6, Some(2) to Some(1)
            packet 5: F. 6:6(0) ack 1, Some(1) to Some(2)
            packet 6: F. 1:1(0) ack 7, Some(2) to Some(1)
            packet 7: . 7:7(0) ack 2, Some(1) to Some(2)
        "#]],
    );
}

#[test]
fn a_lost_syn_ack_is_repeated_for_a_connection_that_nobody_has_accepted() {
    let lose = |text: &str| {
        text.replacen(r#""links":"#, r#""faults": [{"flags": "SYN-ACK", "action": "drop"}], "links":"#, 1)
    };
    check(
        "handshake",
        lose,
        expect![[r#"
            end 0: server Listener, sent [], received [], wrote [], read []
              0.000000 LISTEN by call 2, no rule
              1.210015 CLOSED by call 11, no rule
            end 1: client Connection, peer 2, sent [0, 2, 5, 6, 7, 9, 11], received [3, 4, 8, 10], wrote [0..5], read []
              0.010000 SYN-SENT by call 5, active-open
              1.050010 ESTABLISHED by packet 3, syn-ack-received
              1.190010 FIN-WAIT-1 by call 9, close-first
              1.230020 FIN-WAIT-2 by packet 10, fin-acknowledged
              1.230020 TIME-WAIT by packet 10, fin-answered
            end 2: server Connection, peer 1, from 0, sent [1, 3, 4, 8, 10], received [0, 2, 5, 6, 7, 9, 11], wrote [], read [0..5 5..5]
              0.030005 SYN-RECEIVED by packet 0, syn-received
              1.070015 ESTABLISHED by packet 5, handshake-acknowledged
              1.210015 CLOSE-WAIT by packet 9, fin-received
              1.210015 LAST-ACK by call 10, close-second
              1.250025 CLOSED by packet 11, fin-acknowledged
            packet 0: S 0:0(0), Some(1) to Some(2)
            packet 1: S. 0:0(0) ack 1, Some(2) to Some(1)
            packet 2: S 0:0(0), Some(1) to Some(2), repeats 0
            packet 3: S. 0:0(0) ack 1, Some(2) to Some(1), repeats 1
            packet 4: S. 0:0(0) ack 1, Some(2) to Some(1), repeats 3
            packet 5: . 1:1(0) ack 1, Some(1) to Some(2)
            packet 6: . 1:1(0) ack 1, Some(1) to Some(2)
            packet 7: P. 1:6(5) ack 1, Some(1) to Some(2)
            packet 8: . 1:1(0) ack 6, Some(2) to Some(1)
            packet 9: F. 6:6(0) ack 1, Some(1) to Some(2)
            packet 10: F. 1:1(0) ack 7, Some(2) to Some(1)
            packet 11: . 7:7(0) ack 2, Some(1) to Some(2)
        "#]],
    );
}

#[test]
fn servers_stand_right() {
    let players = [("s", Role::Client), ("r", Role::Router), ("c", Role::Client)];
    let players = players.iter().zip(0..).map(|(&(name, role), host)| Player {
        host: HostId(host),
        name: name.into(),
        role,
    });
    let story = story("handshake", str::to_owned);
    let cast = Cast { players: players.collect(), ..Cast::default() };
    let mut log = sockets::Log::clone(story.log());
    log.observe(story.end, sockets::Event::Notice("x".into()));
    let again = Story::of(Rc::new(log), cast, Origin::Simulated);
    // Host 1 of the scenario is the one that listens, and here the router: it stays what it is.
    assert_eq!(
        again.players.iter().map(|player| player.role).collect::<Vec<_>>(),
        [Role::Client, Role::Client, Role::Router]
    );
    assert!(story.ends.iter().any(|end| end.kind == EndKind::Listener));
    assert_eq!(
        story.players.iter().map(|player| player.role).collect::<Vec<_>>(),
        [Role::Client, Role::Server]
    );
}

#[test]
fn steps_go_from_one_happening_to_the_next_and_back() {
    let story = story("handshake", str::to_owned);
    let mut at = story.begin;
    let mut forward = vec![at];
    while let Some(next) = story.next_stop(at) {
        at = next;
        forward.push(at);
    }
    assert_eq!(at, story.end);
    let mut back = vec![at];
    while let Some(previous) = story.previous_stop(at) {
        at = previous;
        back.push(at);
    }
    back.reverse();
    assert_eq!(forward, back);
}

#[test]
fn levels_before_accept_are_told_and_a_closed_listener_listens_no_more() {
    let late =
        |text: &str| text.replacen(r#"{"call": "accept","#, r#"{"sleep_us": 150000}, {"call": "accept","#, 1);
    let story = story("handshake", late);
    let server = super::EndId(2);
    let end = story.end_of(server);
    assert_eq!(end.accepted, Some(sockets::Instant(150_000)));
    let before = story.levels(server, sockets::Instant(149_999)).expect("its levels are told before accept");
    assert_eq!(before.unread, 5);
    let listener = story.end_of(end.listener.expect("it was accepted"));
    let states: Vec<_> = listener.states.iter().map(|change| change.after.name()).collect();
    assert_eq!(states, ["LISTEN", "CLOSED"]);
}

#[test]
fn a_cookie_opens_a_connection_that_nobody_remembered() {
    let cookies = |text: &str| {
        text.replacen(
            r#"{"name": "server","#,
            r#"{"name": "server", "sysctl": {"net.ipv4.tcp_syncookies": "2"},"#,
            1,
        )
    };
    let story = story("handshake", cookies);
    let server = story.ends.iter().find(|end| end.listener.is_some()).expect("a connection was accepted");
    let first = server.states.first().expect("it was opened");
    assert_eq!((first.before, first.after), (sockets::State::Listen, sockets::State::Established));
    assert_eq!(story.reaction(first.reaction.expect("a rule asked for it")).rule.name, "syn-cookie-answered");
    assert_eq!(server.peer, Some(super::EndId(1)));
    let listener = story.end_of(super::EndId(0));
    assert!(listener.states.iter().all(|change| change.after != sockets::State::Established));
}

/// A story that a capture of the first link of a scenario tells, from this frame on.
pub fn captured(id: &str, skip: usize) -> Story {
    captured_as(id, skip, |_| ())
}

/// The same after something was done to each packet of the file.
pub fn captured_as(id: &str, skip: usize, change: impl Fn(&mut wire::capture::Captured)) -> Story {
    let scenario = Scenario::parse(text_of(id)).expect("it is one");
    let log = run(&scenario).expect("it runs").log;
    let only = sockets::LinkId(0);
    let file = sim::world::capture(&log, &[scenario.world.links[0].name.clone()], Some(only));
    let mut capture = wire::capture::read(&file.into());
    capture.packets.drain(..skip);
    let datagram = capture.packets[0].packet().parse().expect("the engine writes whole datagrams");
    let (ip, segment) = (datagram.ip(), datagram.segment().expect("it is TCP"));
    let ends = [(ip.source, segment.source_port).into(), (ip.destination, segment.destination_port).into()];
    capture.packets.iter_mut().for_each(change);
    let told = lab::capture::tell(&capture, ends);
    Story::of(Rc::new(told.log), Cast { octets: told.octets, ..Cast::default() }, Origin::Captured)
}

#[test]
fn a_capture_tells_of_ends_without_sockets_and_of_inferred_states() {
    expect![[r#"
        end 0:  Connection, peer 1, sent [0, 2, 3, 5, 7], received [1, 4, 6], wrote [], read []
          0.000000 SYN-SENT by packet 0, no rule
          0.020005 ESTABLISHED by packet 1, no rule
          0.180010 FIN-WAIT-1 by packet 5, no rule
          0.200015 FIN-WAIT-2 by packet 6, no rule
          0.200015 TIME-WAIT by packet 6, no rule
        end 1:  Connection, peer 0, sent [1, 4, 6], received [0, 2, 3, 5, 7], wrote [], read []
          0.020005 SYN-RECEIVED by packet 1, no rule
          0.040010 ESTABLISHED by packet 2, no rule
          0.180010 CLOSE-WAIT by packet 5, no rule
          0.200015 LAST-ACK by packet 6, no rule
          0.220020 CLOSED by packet 7, no rule
        packet 0: S 0:0(0), Some(0) to Some(1)
        packet 1: S. 0:0(0) ack 1, Some(1) to Some(0)
        packet 2: . 1:1(0) ack 1, Some(0) to Some(1)
        packet 3: P. 1:6(5) ack 1, Some(0) to Some(1)
        packet 4: . 1:1(0) ack 6, Some(1) to Some(0)
        packet 5: F. 6:6(0) ack 1, Some(0) to Some(1)
        packet 6: F. 1:1(0) ack 7, Some(1) to Some(0)
        packet 7: . 7:7(0) ack 2, Some(0) to Some(1)
    "#]]
    .assert_eq(&told(&captured("handshake", 0)));
}

#[test]
fn a_capture_without_its_beginning_counts_from_what_it_saw() {
    expect![[r#"
        end 0:  Connection, peer 1, sent [0, 2, 4], received [1, 3], wrote [], read []
          0.000000 ESTABLISHED by packet 0, no rule
          0.080000 FIN-WAIT-1 by packet 2, no rule
          0.100005 FIN-WAIT-2 by packet 3, no rule
          0.100005 TIME-WAIT by packet 3, no rule
        end 1:  Connection, peer 0, sent [1, 3], received [0, 2, 4], wrote [], read []
          0.020005 ESTABLISHED by packet 1, no rule
          0.080000 CLOSE-WAIT by packet 2, no rule
          0.100005 LAST-ACK by packet 3, no rule
          0.120010 CLOSED by packet 4, no rule
        packet 0: P. 1:6(5) ack 1, Some(0) to Some(1)
        packet 1: . 1:1(0) ack 6, Some(1) to Some(0)
        packet 2: F. 6:6(0) ack 1, Some(0) to Some(1)
        packet 3: F. 1:1(0) ack 7, Some(1) to Some(0)
        packet 4: . 7:7(0) ack 2, Some(0) to Some(1)
    "#]]
    .assert_eq(&told(&captured("handshake", 3)));
}

#[test]
fn a_connection_that_a_kernel_still_knows_is_seen_after_its_close() {
    use sockets::{
        Call, CallId, Event, Family, Instant, Log, Micros, Op, Sample, SocketId, SocketKind, State, Value,
    };
    let socket = SocketId(1);
    let mut log = Log::new();
    let mut at = 0;
    let mut call = |log: &mut Log, id: u32, op: Op, value: Value| {
        at += 10_000;
        log.enter(Instant(at), Call { id: CallId(id), host: HostId(0), timeout: None, op });
        let event = Event::Returned { call: CallId(id), outcome: Ok(value), took: Micros(5), note: None };
        log.observe(Instant(at + 10), event);
    };
    let made = Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
    call(&mut log, 1, made, Value::Socket { socket });
    call(&mut log, 2, Op::Close { socket }, Value::Done {});
    let mut unseen_after = |at: u64, state: Option<State>| {
        log.observe(Instant(at), Event::State { socket, sample: Sample { state, ..Sample::default() } });
        let story = Story::of(Rc::new(log.clone()), Cast::default(), Origin::Sampled);
        story.ends.iter().find(|end| end.socket == Some(socket)).expect("it is there").unseen
    };
    assert_eq!(unseen_after(30_000, Some(State::TimeWait)), None);
    assert_eq!(unseen_after(90_000, Some(State::Closed)), Some(Instant(90_000)));
    assert_eq!(unseen_after(95_000, Some(State::TimeWait)), None);
    assert_eq!(unseen_after(99_000, None), Some(Instant(99_000)), "it is no longer followed");
}
