//! Stories in which each thing in turn holds the transfer back.

use super::Strip;
use super::spans::spans;
use super::words::sentence;
use crate::stage::story::Story;
use crate::stage::story::tests::story_of;
use expect_test::{Expect, expect};
use sockets::Instant;
use std::fmt::Write;

/// A client that sends `octets` at once over this path, to a server that reads `read` octets after `sleep` microseconds.
fn transfer(path: &str, settings: &str, octets: u32, sleep: u64) -> Story {
    story_of(&text(path, settings, octets, sleep))
}

fn text(path: &str, settings: &str, octets: u32, sleep: u64) -> String {
    format!(
        r#"{{
  "id": "x", "title": "x",
  "world": {{"seed": 1,
    "hosts": [
      {{"name": "client", "sysctl": {{{settings}}}, "interfaces": [{{"link": "net", "addresses": ["10.0.0.1/24"]}}]}},
      {{"name": "server", "sysctl": {{{settings}}}, "interfaces": [{{"link": "net", "addresses": ["10.0.0.2/24"]}}]}}],
    "links": [{{"name": "net", "path": {path}}}]}},
  "programs": [
    {{"host": "server", "steps": [
      {{"call": "socket", "family": "AF_INET", "kind": "SOCK_STREAM", "as": "listener"}},
      {{"call": "bind", "socket": "listener", "address": ["", 8000]}},
      {{"call": "listen", "socket": "listener", "backlog": 5}},
      {{"call": "accept", "socket": "listener", "as": "connection"}},
      {{"sleep_us": {sleep}}},
      {{"call": "recv", "socket": "connection", "max": {octets}, "flags": ["MSG_WAITALL"]}},
      {{"call": "close", "socket": "connection"}}]}},
    {{"host": "client", "steps": [
      {{"call": "socket", "family": "AF_INET", "kind": "SOCK_STREAM", "as": "s"}},
      {{"call": "connect", "socket": "s", "address": ["server", 8000]}},
      {{"sleep_us": 50000}},
      {{"call": "send", "socket": "s", "fill": {octets}}},
      {{"call": "close", "socket": "s"}}]}}],
  "afterwards_us": 300000
}}"#
    )
}

fn told(story: &Story) -> String {
    let end = story.connections().next().expect("there is a connection");
    let spans = spans(story, end);
    let mut text = String::new();
    for span in &spans {
        writeln!(text, "{}", sentence(story, end, &spans, span.from)).expect("a String takes all");
    }
    text
}

fn check(story: &Story, expected: Expect) {
    expected.assert_eq(&told(story));
}

#[test]
fn slow_start_on_a_fast_link() {
    check(
        &transfer(r#"{"delay_us": 20000}"#, "", 60_000, 0),
        expect![[r#"
        Since 0.000 s client waits for the handshake: no data may be sent before.
        Since 0.040 s the application on client holds the transfer back: all that it gave is sent and acknowledged.
        Since 0.090 s the congestion window of client holds the transfer back: 10 segments of 1,448 octets may be in flight, 10 are.
        Since 0.170 s nothing holds client back: it has no more to send.
    "#]],
    );
}

#[test]
fn a_slow_link() {
    check(
        &transfer(r#"{"delay_us": 5000, "rate_bps": 2000000}"#, "", 60_000, 0),
        expect![[r#"
        Since 0.000 s client waits for the handshake: no data may be sent before.
        Since 0.010 s the application on client holds the transfer back: all that it gave is sent and acknowledged.
        Since 0.060 s the link holds the transfer of client back: its segments wait in the queue, and a larger window would only make that longer.
        Since 0.178 s nothing holds client back: it has no more to send.
    "#]],
    );
}

#[test]
fn a_reader_that_sleeps() {
    check(
        &transfer(r#"{"delay_us": 5000}"#, r#""net.ipv4.tcp_rmem": "4096 16384 16384""#, 60_000, 400_000),
        expect![[r#"
            Since 0.000 s client waits for the handshake: no data may be sent before.
            Since 0.010 s the application on client holds the transfer back: all that it gave is sent and acknowledged.
            Since 0.060 s the receive window that client was given holds the transfer back: 7,240 octets of room, all in flight.
            Since 0.470 s nothing holds client back: it has no more to send.
        "#]],
    );
}

/// Records of two segments: each needs room in the buffer of its own, while one long send may fill up what is there already.
#[test]
fn a_small_send_buffer() {
    let send = r#"{"call": "send", "socket": "s", "fill": 2896, "flags": ["MSG_EOR"]},"#;
    let text = text(r#"{"delay_us": 20000}"#, r#""net.ipv4.tcp_wmem": "4096 4608 4608""#, 43_440, 0);
    let one = r#"{"call": "send", "socket": "s", "fill": 43440},"#;
    assert!(text.contains(one));
    check(
        &story_of(&text.replace(one, &send.repeat(15))),
        expect![[r#"
        Since 0.000 s client waits for the handshake: no data may be sent before.
        Since 0.040 s the application on client holds the transfer back: all that it gave is sent and acknowledged.
        Since 0.090 s client’s send buffer holds the transfer back: it is full, and send waits for room.
        Since 0.370 s nothing holds client back: it has no more to send.
    "#]],
    );
}

#[test]
fn spans_follow_each_other_and_differ() {
    for story in [
        transfer(r#"{"delay_us": 20000, "rate_bps": 2000000, "loss_ppm": 30000}"#, "", 200_000, 100_000),
        transfer(r#"{"delay_us": 5000}"#, r#""net.ipv4.tcp_rmem": "4096 16384 16384""#, 60_000, 400_000),
    ] {
        let end = story.connections().next().expect("there is a connection");
        let spans = spans(&story, end);
        assert!(spans.len() > 3);
        for pair in spans.windows(2) {
            assert_eq!(pair[0].until, pair[1].from);
            assert_ne!(pair[0].holds, pair[1].holds);
        }
        let strip = Strip::of(spans);
        let sum: u64 = strip.lanes.iter().map(|(_, _, share)| share).sum();
        assert!((990..=1_000).contains(&sum), "{sum}");
        assert_eq!(strip.moment(2.0), strip.end);
        assert_eq!(strip.moment(-1.0), strip.begin);
    }
}

#[test]
fn without_levels_nothing_is_claimed() {
    let mut story = transfer(r#"{"delay_us": 20000}"#, "", 1_000, 0);
    let end = story.connections().next().expect("there is a connection");
    for end in &mut story.ends {
        end.levels.clear();
    }
    story.origin = crate::stage::story::Origin::Captured;
    let none = spans(&story, end);
    assert!(none.is_empty());
    assert!(sentence(&story, end, &none, Instant(5)).contains("not known"));
    assert!(Strip::of(none).lanes.is_empty());
}
