//! What is drawn, as text: for a story with a loss, for a capture without the sender's variables, for nothing at all.

use super::data::Data;
use super::moving::Lit;
use super::reading::{bar_at, moment_at, reading};
use super::scene::{Scene, scene};
use crate::stage::story::tests::{story_of, text_of};
use crate::stage::story::{EndId, Story};
use crate::stage::{Focus, Thing};
use expect_test::{Expect, expect};
use sockets::{Instant, Micros};
use std::fmt::Write;

/// 20,000 octets over a link of 10 Mbit/s; the third segment of data is lost.
pub fn lossy() -> Story {
    story_of(
        r#"{
  "id": "x", "title": "x",
  "world": {"seed": 1,
    "hosts": [
      {"name": "client", "interfaces": [{"link": "net", "addresses": ["10.0.0.1/24"]}]},
      {"name": "server", "interfaces": [{"link": "net", "addresses": ["10.0.0.2/24"]}]}],
    "faults": [{"from": "client", "nth": 5, "action": "drop"}],
    "links": [{"name": "net", "path": {"delay_us": 20000, "rate_bps": 10000000}}]},
  "programs": [
    {"host": "server", "steps": [
      {"call": "socket", "family": "AF_INET", "kind": "SOCK_STREAM", "as": "listener"},
      {"call": "bind", "socket": "listener", "address": ["", 8000]},
      {"call": "listen", "socket": "listener", "backlog": 5},
      {"call": "accept", "socket": "listener", "as": "connection"},
      {"call": "recv", "socket": "connection", "max": 20000, "flags": ["MSG_WAITALL"]},
      {"call": "close", "socket": "connection"}]},
    {"host": "client", "steps": [
      {"call": "socket", "family": "AF_INET", "kind": "SOCK_STREAM", "as": "s"},
      {"call": "connect", "socket": "s", "address": ["server", 8000]},
      {"call": "send", "socket": "s", "fill": 20000},
      {"call": "close", "socket": "s"}]}],
  "afterwards_us": 300000
}"#,
    )
}

fn opener(story: &Story) -> EndId {
    story.connections().next().expect("there is a connection")
}

fn drawn(data: &Data, width: f64) -> Scene {
    scene(data, data.begin, data.end, width)
}

fn told(scene: &Scene) -> String {
    let mut text = format!("{:.0} x {:.0}\n{}\n", scene.width, scene.height, scene.summary);
    for panel in &scene.panels {
        let ticks: Vec<&str> = panel.ticks.iter().map(|(_, words)| words.as_str()).collect();
        writeln!(text, "{} at {:.0}: {}", panel.title, panel.top, ticks.join(", "))
            .expect("a String takes all");
        for mark in panel.marks.iter().filter(|mark| !mark.path.is_empty()) {
            let path: String = mark.path.chars().take(60).collect();
            writeln!(text, "  {} {path}", mark.class).expect("a String takes all");
        }
        for label in &panel.labels {
            writeln!(text, "  “{}” {:.0} {:.0}", label.words, label.x, label.y).expect("a String takes all");
        }
    }
    text
}

fn check(actual: &str, expected: Expect) {
    expected.assert_eq(actual);
}

#[test]
fn a_loss_in_every_plot() {
    let story = lossy();
    let data = Data::of(&story, opener(&story));
    check(
        &told(&drawn(&data, 720.0)),
        expect![[r#"
        720 x 702
        From 0 s to 0.128674 s: 16 segments sent, 1 of them again, 1 lost. cwnd: 5,360 to 17,376 octets. In flight: 0 to 17,376 octets. The peer’s window: 65,160 to 77,824 octets. SRTT: 40.096 ms to 45.748 ms. RTO: 240.096 ms to 1 s.
        Sequence numbers, in octets from the first at 24: 0, 5,000, 10,000, 15,000, 20,000
          edge M169.5 -476.8V-476.8H344.1V-529.9H349.1V-579.0H359.3V-612.3H
          acked M169.5 230.0V230.0H344.1V214.3H349.1V198.6H543.8V13.0H544.0
          sack M359.3 182.9V167.2M364.4 182.9V151.5M369.5 182.9V135.7M374.5
          sent M0.0 230.0V228.0M169.5 230.0V72.9M344.1 72.9V41.5M349.1 41.5
          again M369.5 198.6V182.9
          lost M165.5 186.7l8 8m0 -8l-8 8
          “window’s edge ↑” 622 33
          “sent” 622 48
          “acknowledged” 622 63
          “lost” 249 239
          “sent again” 448 239
          “SACK” 586 138
        Windows and what is in flight, in octets at 288: 0, 10,000, 20,000
          rwnd M169.5 -283.1V-283.1H344.1V-305.0H349.1V-324.5H359.3V-343.9H
          ssthresh M369.5 56.6V56.6H544.0
          cwnd M0.0 96.0V96.0H169.5V38.2H344.1V29.0H349.1V19.8H369.5V47.4H3
          flight M0.0 126.6V126.6H169.5V38.2H344.1V29.0H349.1V19.8H359.3V29.0
          “rwnd ↑” 622 297
          “ssthresh” 622 349
          “cwnd” 622 364
          “in flight” 622 422
        Round-trip times and time-out, logarithmic at 452: 100 ms, 1 s
          sample M170 91h0M344 91h0M349 90h0M359 88h0M364 88h0M369 87h0M375 8
          srtt M169.5 91.3V91.3H344.1V91.3H349.1V91.1H359.3V90.7H364.4V90.3
          rto M0.0 8.7V8.7H169.5V45.3H344.1V45.3H349.1V45.3H359.3V45.2H364
          “RTO” 622 501
          “SRTT” 622 545
        Newly acknowledged, per second at 586: 0 bit/s, 20 Mbit/s
          goodput M0.0 70.0V70.0H338.2V59.2H359.4V70.0H528.5V6.4H544.0
          “per 5 ms” 622 654
    "#]],
    );
}

#[test]
fn the_values_of_a_moment() {
    let story = lossy();
    let data = Data::of(&story, opener(&story));
    let at = |ms: u64| {
        let values = reading(&data, Instant(ms * 1_000));
        values.into_iter().map(|(_, name, value)| format!("{name} {value}\n")).collect::<String>()
    };
    check(
        &at(0),
        expect![[r#"
        sent up to 1
        acknowledged up to –
        window’s edge –
        cwnd 5,360 (10 seg.)
        ssthresh –
        in flight 536
        rwnd –
        last RTT –
        SRTT –
        RTO 1 s
    "#]],
    );
    check(
        &at(100),
        expect![[r#"
        sent up to 20,002
        acknowledged up to 2,897
        window’s edge 80,721
        cwnd 11,584 (8 seg.)
        ssthresh 11,584
        in flight 7,240
        rwnd 77,824
        last RTT 52.094 ms
        SRTT 45.748 ms
        RTO 245.748 ms
    "#]],
    );
}

#[test]
fn segments_alone_tell_what_a_capture_can() {
    let story = lossy();
    let levels = Data::of(&story, opener(&story));
    // As a capture has it: no record of the connection's variables.
    let mut bare = story.clone();
    for end in &mut bare.ends {
        end.levels.clear();
        end.samples.clear();
    }
    bare.origin = crate::stage::story::Origin::Captured;
    let data = Data::of(&bare, opener(&story));
    assert!(data.cwnd.is_empty() && data.srtt.is_empty() && data.rto.is_empty());
    assert!(data.unknown.is_some_and(|why| why.contains("no capture shows")));
    assert_eq!((&data.bars, &data.acked, &data.samples), (&levels.bars, &levels.acked, &levels.samples));
    let most = |data: &Data| data.flight.extent(data.begin, data.end).map(|(_, most)| most);
    // What SACK reported is still not acknowledged.
    assert_eq!(most(&data), Some(17_105));
    let panels: Vec<&str> = drawn(&data, 720.0).panels.iter().map(|panel| panel.name).collect();
    assert_eq!(panels, ["sequence", "windows", "times", "goodput"]);
}

#[test]
fn every_octet_is_acknowledged_once() {
    let story = lossy();
    let data = Data::of(&story, opener(&story));
    // SYN, octets, FIN.
    assert_eq!(data.acked.last(), Some(20_002));
    let each = Micros(10_000);
    let bits: u64 = {
        let goodput = data.goodput(each);
        let mut at = data.begin;
        let mut sum = 0;
        while at <= data.end {
            sum += goodput.at(at).unwrap_or(0) / 100;
            at = at + each;
        }
        sum
    };
    assert_eq!(bits, 20_001 * 8);
}

#[test]
fn what_is_pointed_at_is_the_nearest_segment() {
    let story = lossy();
    let data = Data::of(&story, opener(&story));
    let picture = drawn(&data, 720.0);
    let panel = &picture.panels[0];
    let bar = data.bars.iter().find(|bar| bar.lost).expect("one is lost");
    let x = picture.left + picture.x.place(bar.at.0 as f64);
    let y = panel.top + panel.y.place((bar.first + bar.end) as f64 / 2.0);
    assert_eq!(bar_at(&data, &picture, x + 1.0, y), Some(bar));
    assert_eq!(bar_at(&data, &picture, x + 40.0, y - 60.0), None);
    assert!(moment_at(&picture, x).since(bar.at).0 < 1_000);
    // Far to the left of everything is the beginning.
    assert_eq!(moment_at(&picture, -500.0), data.begin);
}

#[test]
fn what_is_in_focus_lights_up() {
    let story = lossy();
    let end = opener(&story);
    let data = Data::of(&story, end);
    let picture = drawn(&data, 720.0);
    let lost = data.bars.iter().find(|bar| bar.lost).expect("one is lost");
    let ack = data.came.last().expect("something came").0;
    let lit = |thing| Lit::of(&picture, &data, &Focus::of(&story, Some(thing), None), end);
    assert!(lit(Thing::Packet(lost.packet)).bars.starts_with('M'));
    assert!(!lit(Thing::Packet(lost.packet)).octets.is_empty());
    assert!(lit(Thing::Packet(ack)).acks.starts_with('M'));
    let picked = Focus::of(&story, None, Some(Thing::Packet(lost.packet)));
    assert!(!Lit::of(&picture, &data, &picked, end).picked.is_empty());
    assert_eq!(Lit::of(&picture, &data, &Focus::default(), end), Lit::default());
}

#[test]
fn nothing_to_draw_is_no_panic() {
    let empty = Data::default();
    assert!(drawn(&empty, 720.0).panels.is_empty());
    let story = lossy();
    let data = Data::of(&story, opener(&story));
    for width in [0.0, 40.0, 5_000.0] {
        drawn(&data, width);
        scene(&data, Instant(5), Instant(5), width);
        scene(&data, Instant(u64::MAX - 1), Instant(u64::MAX), width);
    }
}

#[test]
fn the_table_has_every_change_or_an_even_choice() {
    let story = lossy();
    let end = story.connections().next().expect("it has one");
    let data = Data::of(&story, end);
    let (all, count) = super::twin::moments(&data, story.begin, story.end);
    assert_eq!((all.len(), all.is_sorted()), (count, true));
    assert!(all.iter().all(|at| data.sent.at(*at).is_some()), "{all:?}");
    let story = story_of(text_of("slow-start"));
    let end = story.connections().next().expect("it has one");
    let data = Data::of(&story, end);
    let (some, count) = super::twin::moments(&data, story.begin, story.end);
    assert_eq!(some.len(), 60);
    assert!(count > 200 && some.windows(2).all(|two| two[0] < two[1]), "{count}");
    let last = data
        .sent
        .points()
        .last()
        .expect("it sends")
        .0
        .max(data.acked.points().last().expect("it is heard").0);
    assert!(some[59] >= last && story.end >= some[59]);
    // A part of the time has a table of its own.
    let (few, _) = super::twin::moments(&data, some[10], some[11]);
    assert!(few.iter().all(|at| *at > some[10] && *at <= some[11]));
}
