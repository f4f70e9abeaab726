use super::index::Index;
use super::marks::ticks;
use super::scene::{Row, Sides, flights, follow, scene};
use crate::number::grouped;
use crate::stage::story::tests::story_of;
use crate::stage::{EndId, Focus, Story};
use expect_test::{Expect, expect};
use sockets::Instant;

/// A client that sends 1,000 and 7,000 octets to a server that reads 3,000 at a time, a while later; faults of the link.
fn transfer(faults: &str) -> Story {
    story_of(&format!(
        r#"{{"id":"x","title":"X","world":{{"seed":7,"faults":[{faults}],
            "hosts":[{{"name":"client","interfaces":[{{"link":"lan","addresses":["10.0.0.1/24"]}}]}},
                     {{"name":"server","interfaces":[{{"link":"lan","addresses":["10.0.0.2/24"]}}]}}],
            "links":[{{"name":"lan","path":{{"delay_us":10000,"rate_bps":10000000}}}}]}},
            "programs":[{{"host":"server","steps":[
                {{"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"l"}},
                {{"call":"bind","socket":"l","address":["",5000]}},
                {{"call":"listen","socket":"l","backlog":1}},
                {{"call":"accept","socket":"l","as":"c"}},
                {{"sleep_us":60000}},
                {{"call":"recv","socket":"c","max":3000}},{{"call":"recv","socket":"c","max":3000}},
                {{"call":"recv","socket":"c","max":3000}}]}},
            {{"host":"client","steps":[
                {{"sleep_us":1000}},
                {{"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"}},
                {{"call":"connect","socket":"s","address":["server",5000]}},
                {{"call":"send","socket":"s","fill":1000}},
                {{"call":"send","socket":"s","fill":7000}}]}}]}}"#
    ))
}

fn sender(story: &Story) -> EndId {
    story.connections().next().expect("a connection was opened")
}

/// Everything that is to be seen at a moment.
fn shown(story: &Story, at: u64) -> String {
    let index = Index::of(story, sender(story));
    let at = Instant(at);
    let sides = Sides::at(story, &index, at);
    let run = follow(&index, &sides);
    let scene = scene(story, &index, &sides, run, at, &Focus::default());
    let mut text = format!("shown {}..{}\n", run.0, run.1);
    for row in [Row::Sends, Row::Sender, Row::Segments, Row::Receiver, Row::Reads] {
        for block in scene.blocks.iter().filter(|block| block.row == row) {
            let (first, end) = block.run;
            text += &format!("{row:?}.{} {first}..{end} {}: {}\n", block.lane, block.class, block.label);
        }
    }
    for mark in &scene.marks {
        text += &format!("{} = {}\n", mark.name, mark.at);
    }
    for flight in flights(&index, run, at) {
        let what = if flight.ack { "ACK" } else { "segment" };
        let lost = if flight.lost { ", lost" } else { "" };
        text += &format!("{what} {}..{} has gone {:.2}{lost}\n", flight.run.0, flight.run.1, flight.part);
    }
    text
}

fn check(story: &Story, at: u64, expected: Expect) {
    expected.assert_eq(&shown(story, at));
}

#[test]
fn segments_and_calls_have_bounds_of_their_own() {
    let story = transfer("");
    check(
        &story,
        25_000,
        expect![[r#"
        shown 0..8668
        Sends.0 1..1001 piece: send 1000
        Sends.0 1001..8001 piece: send 7000
        Sender.0 0..1 acked: acknowledged
        Sender.0 1..6793 flight: in flight
        Sender.0 6793..8668 may: may be sent
        Sender.0 6793..8001 written: written
        Segments.0 0..1 segment done: SYN
        Segments.0 1..1001 segment away: 1000
        Segments.0 1001..2449 segment away: 1448
        Segments.0 2449..3897 segment away: 1448
        Segments.0 3897..5345 segment away: 1448
        Segments.0 5345..6793 segment away: 1448
        Receiver.0 0..1 read: read by the program
        SND.UNA = 1
        SND.NXT = 6793
        SND.UNA + SND.WND = 65161
        SND.UNA + cwnd = 14481
        RCV.NXT = 1
        segment 1..1001 has gone 0.36
        segment 1001..2449 has gone 0.32
        segment 2449..3897 has gone 0.29
        segment 3897..5345 has gone 0.27
        segment 5345..6793 has gone 0.25
    "#]],
    );
    check(
        &story,
        200_000,
        expect![[r#"
        shown 0..8668
        Sends.0 1..1001 piece: send 1000
        Sends.0 1001..8001 piece: send 7000
        Sender.0 0..8001 acked: acknowledged
        Sender.0 8001..8668 may: may be sent
        Segments.0 0..1 segment done: SYN
        Segments.0 1..1001 segment done: 1000
        Segments.0 1001..2449 segment done: 1448
        Segments.0 2449..3897 segment done: 1448
        Segments.0 3897..5345 segment done: 1448
        Segments.0 5345..6793 segment done: 1448
        Segments.0 6793..8001 segment done: 1208
        Receiver.0 0..8001 read: read by the program
        Receiver.0 8001..8668 may: window
        Reads.0 1..3001 piece: recv 3000
        Reads.0 3001..6001 piece: recv 3000
        Reads.0 6001..8001 piece: recv 2000
        SND.UNA = 8001
        SND.NXT = 8001
        SND.UNA + SND.WND = 81729
        SND.UNA + cwnd = 22481
        RCV.NXT = 8001
        RCV.NXT + RCV.WND = 81729
    "#]],
    );
}

#[test]
fn a_lost_segment_leaves_an_island_and_sack_tells_of_it() {
    let story = transfer(r#"{"from":"client","data":true,"nth":2,"action":"drop"}"#);
    check(
        &story,
        35_000,
        expect![[r#"
        shown 0..8668
        Sends.0 1..1001 piece: send 1000
        Sends.0 1001..8001 piece: send 7000
        Sender.0 0..1 acked: acknowledged
        Sender.0 1..6793 flight: in flight
        Sender.0 6793..8668 may: may be sent
        Sender.0 6793..8001 written: written
        Segments.0 0..1 segment done: SYN
        Segments.0 1..1001 segment there: 1000
        Segments.0 1001..2449 segment lost: 1448
        Segments.0 2449..3897 segment there: 1448
        Segments.0 3897..5345 segment away: 1448
        Segments.0 5345..6793 segment away: 1448
        Receiver.0 0..1 read: read by the program
        Receiver.0 1..1001 unread: unread
        Receiver.0 1001..8668 may: window
        Receiver.0 2449..3897 island: out of order
        SND.UNA = 1
        SND.NXT = 6793
        SND.UNA + SND.WND = 65161
        SND.UNA + cwnd = 14481
        RCV.NXT = 1001
        RCV.NXT + RCV.WND = 68585
        segment 3897..5345 has gone 0.96
        segment 5345..6793 has gone 0.89
        ACK 1001..1001 has gone 0.30
        ACK 1001..1001 has gone 0.06
    "#]],
    );
    check(
        &story,
        50_000,
        expect![[r#"
        shown 0..8668
        Sends.0 1..1001 piece: send 1000
        Sends.0 1001..8001 piece: send 7000
        Sender.0 0..1001 acked: acknowledged
        Sender.0 1001..8001 flight: in flight
        Sender.0 8001..8668 may: may be sent
        Sender.0 2449..6793 sacked: SACK
        Segments.0 0..1 segment done: SYN
        Segments.0 1..1001 segment done: 1000
        Segments.0 1001..2449 segment lost: 1448
        Segments.1 1001..2449 segment away: 1448
        Segments.0 2449..3897 segment there: 1448
        Segments.0 3897..5345 segment there: 1448
        Segments.0 5345..6793 segment there: 1448
        Segments.0 6793..8001 segment away: 1208
        Receiver.0 0..1 read: read by the program
        Receiver.0 1..1001 unread: unread
        Receiver.0 1001..8668 may: window
        Receiver.0 2449..6793 island: out of order
        SND.UNA = 1001
        SND.NXT = 8001
        SND.UNA + SND.WND = 74729
        SND.UNA + cwnd = 3897
        RCV.NXT = 1001
        RCV.NXT + RCV.WND = 74729
        segment 6793..8001 has gone 0.72
        segment 1001..2449 has gone 0.28
    "#]],
    );
}

#[test]
fn what_came_agrees_with_the_engine_at_every_moment() {
    for faults in ["", r#"{"from":"client","data":true,"nth":2,"action":"drop"}"#] {
        let story = transfer(faults);
        let index = Index::of(&story, sender(&story));
        let to = index.to.expect("both ends are there");
        for &stop in &story.stops {
            let Some(levels) = story.levels(to, stop).filter(|levels| levels.state.name() != "CLOSED") else {
                continue;
            };
            let (next, islands) = index.held(stop);
            assert_eq!(Some(next), index.counted(levels.rcv_nxt), "RCV.NXT at {stop:?}");
            let beyond: u64 = islands.iter().map(|run| run.1 - run.0).sum();
            assert_eq!(beyond, u64::from(levels.out_of_order), "out of order at {stop:?}");
            let sent = story.levels(index.from, stop).and_then(|levels| index.counted(levels.snd_nxt));
            assert_eq!(sent, Some(index.sent_until(stop)), "SND.NXT at {stop:?}");
        }
    }
}

#[test]
fn a_story_without_segments_shows_what_calls_tell() {
    let story = transfer("");
    let index = Index::of(&story, EndId(0));
    let sides = Sides::at(&story, &index, story.end);
    let drawn = scene(&story, &index, &sides, follow(&index, &sides), story.end, &Focus::default());
    assert!(drawn.blocks.is_empty() && index.sent.is_empty());
}

#[test]
fn the_ruler_has_round_numbers() {
    assert_eq!(ticks((0, 10)), [0, 2, 4, 6, 8, 10]);
    assert_eq!(ticks((1_300, 9_000)), [2_000, 4_000, 6_000, 8_000]);
    assert_eq!(ticks((5, 6)), [5, 6]);
    assert_eq!(grouped(1_234_567), "1,234,567");
    assert_eq!(grouped(12), "12");
}
