use super::scene::{Index, scene};
use crate::stage::Story;
use crate::stage::story::tests::{story, story_of};
use expect_test::{Expect, expect};
use sockets::Instant;

/// Everything that waits at a moment.
fn shown(story: &Story, at: u64) -> String {
    let scene = scene(story, &Index::of(story, None), Instant(at));
    let mut text = String::new();
    for door in &scene.listening {
        let half: Vec<&str> = door.half_open.iter().flatten().map(|token| token.label.as_str()).collect();
        let waiting: Vec<&str> = door
            .waiting
            .iter()
            .map(|token| token.as_ref().map_or("?", |token| token.label.as_str()))
            .collect();
        let slots = door.slots.map_or_else(|| "?".to_owned(), |slots| slots.to_string());
        let open = if door.open { "listens" } else { "closed" };
        text += &format!("{} {open}: half open {half:?}, waiting {waiting:?} of {slots}, ", door.name);
        text += &format!("accepted {}, ignored {}, cookies {}\n", door.accepted, door.ignored, door.cookies);
        for overflow in &door.overflows {
            text += &format!("  {} {}\n", overflow.at.0, overflow.rule);
        }
    }
    for buffer in &scene.buffers {
        let parts: Vec<String> =
            buffer.parts.iter().map(|part| format!("{} {}", part.octets, part.says)).collect();
        text += &format!("{} {}: {}\n", buffer.host, buffer.name, parts.join(", "));
    }
    text
}

fn check(story: &Story, at: u64, expected: Expect) {
    expected.assert_eq(&shown(story, at));
}

/// Two clients at a listening socket with a backlog of 0, which is accepted from after 2 s.
fn crowd(sysctl: &str) -> Story {
    let client = |name: &str, after: u64| {
        format!(
            r#"{{"host":"client","name":"{name}","steps":[{{"sleep_us":{after}}},
                {{"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"}},
                {{"call":"connect","socket":"s","address":["server",5000]}},
                {{"call":"send","socket":"s","fill":3000}}]}}"#
        )
    };
    story_of(&format!(
        r#"{{"id":"x","title":"X","world":{{"seed":7,
            "hosts":[{{"name":"client","interfaces":[{{"link":"lan","addresses":["10.0.0.1/24"]}}]}},
                     {{"name":"server","sysctl":{{{sysctl}}},"interfaces":[{{"link":"lan","addresses":["10.0.0.2/24"]}}]}}],
            "links":[{{"name":"lan","path":{{"delay_us":10000,"rate_bps":10000000}}}}]}},
            "programs":[{{"host":"server","steps":[
                {{"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"l"}},
                {{"call":"bind","socket":"l","address":["",5000]}},
                {{"call":"listen","socket":"l","backlog":0}},
                {{"sleep_us":2000000}},
                {{"call":"accept","socket":"l","as":"c"}},
                {{"sleep_us":100000}},
                {{"call":"close","socket":"l"}}]}},{},{}]}}"#,
        client("a", 1_000),
        client("b", 100_000)
    ))
}

#[test]
fn a_full_accept_queue_turns_a_syn_away() {
    let story = crowd("");
    check(
        &story,
        0,
        expect![[r#"
        server, 0.0.0.0:5000 listens: half open [], waiting [] of 1, accepted 0, ignored 0, cookies 0
    "#]],
    );
    check(
        &story,
        20_000,
        expect![[r#"
        server, 0.0.0.0:5000 listens: half open ["10.0.0.1:33504"], waiting [] of 1, accepted 0, ignored 0, cookies 0
        client send buffer: 
        client receive buffer: 
    "#]],
    );
    check(
        &story,
        35_000,
        expect![[r#"
        server, 0.0.0.0:5000 listens: half open [], waiting ["10.0.0.1:33504"] of 1, accepted 0, ignored 0, cookies 0
        client send buffer: 0 not sent, 3000 in flight
        client receive buffer: 0 out of order, 0 unread, 64512 window
        server send buffer: 0 not sent, 0 in flight
        server receive buffer: 0 out of order, 3000 unread, 71680 window
    "#]],
    );
    check(
        &story,
        1_200_000,
        expect![[r#"
        server, 0.0.0.0:5000 listens: half open [], waiting ["10.0.0.1:33504"] of 1, accepted 0, ignored 2, cookies 0
          1110048 accept-queue-full
          110048 accept-queue-full
        client send buffer: 0 not sent, 0 in flight
        client receive buffer: 0 out of order, 0 unread, 64512 window
        server send buffer: 0 not sent, 0 in flight
        server receive buffer: 0 out of order, 3000 unread, 71680 window
    "#]],
    );
    check(
        &story,
        2_050_000,
        expect![[r#"
        server, 0.0.0.0:5000 listens: half open [], waiting [] of 1, accepted 1, ignored 2, cookies 0
          1110048 accept-queue-full
          110048 accept-queue-full
        client send buffer: 0 not sent, 0 in flight
        client receive buffer: 0 out of order, 0 unread, 64512 window
        server send buffer: 0 not sent, 0 in flight
        server receive buffer: 0 out of order, 3000 unread, 71680 window
    "#]],
    );
    check(
        &story,
        2_100_000,
        expect![[r#"
        server, 0.0.0.0:5000 closed: half open [], waiting [] of 1, accepted 1, ignored 2, cookies 0
          1110048 accept-queue-full
          110048 accept-queue-full
        client send buffer: 0 not sent, 0 in flight
        client receive buffer: 0 out of order, 0 unread, 64512 window
        server send buffer: 0 not sent, 0 in flight
        server receive buffer: 0 out of order, 3000 unread, 71680 window
    "#]],
    );
}

#[test]
fn cookies_fill_no_queue() {
    let story = crowd(r#""net.ipv4.tcp_syncookies":"2""#);
    check(
        &story,
        20_000,
        expect![[r#"
        server, 0.0.0.0:5000 listens: half open [], waiting [] of 1, accepted 0, ignored 0, cookies 1
          11048 syn-cookie
        client send buffer: 
        client receive buffer: 
    "#]],
    );
    check(
        &story,
        35_000,
        expect![[r#"
        server, 0.0.0.0:5000 listens: half open [], waiting ["10.0.0.1:33504"] of 1, accepted 0, ignored 0, cookies 1
          11048 syn-cookie
        client send buffer: 0 not sent, 3000 in flight
        client receive buffer: 0 out of order, 0 unread, 64512 window
        server send buffer: 0 not sent, 0 in flight
        server receive buffer: 0 out of order, 3000 unread, 70656 window
    "#]],
    );
}

#[test]
fn the_numbers_agree_with_the_samples() {
    for id in ["handshake", "backlog", "accept-later"] {
        assert!(lab::exhibit(id).is_some(), "{id}");
        let story = story(id, str::to_owned);
        let index = Index::of(&story, None);
        for &stop in &story.stops {
            for door in scene(&story, &index, stop).listening.iter().filter(|door| door.open) {
                let Some(told) = story.sample(door.end, stop).and_then(|sample| sample.accept) else {
                    continue;
                };
                assert_eq!(door.waiting.len(), told.queued as usize, "{id} at {stop:?}");
            }
        }
    }
}
