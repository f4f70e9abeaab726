use super::arrows::Tip;
use super::axis::Scale;
use super::differ::differences;
use super::draw::inside;
use super::hit::{hit, neighbour};
use super::moment::moment;
use super::passing::{dots, passing};
use super::plan::{Look, Plan};
use super::{Picture, beside, poster, svg};
use crate::stage::story::tests::story;
use crate::stage::{Numbers, Story, Thing};
use expect_test::{Expect, expect};
use sockets::Instant;
use std::fmt::Write;

const LOOK: Look =
    Look { width: 900.0, zoom: 1.0, scale: Scale::Time, numbers: Numbers::Relative, calls: true };

/// The static part of a scene, one line for each thing.
fn drawn(story: &Story, look: Look) -> String {
    let plan = Plan::of(story, look);
    let mut text = String::new();
    let mut line = |it: String| {
        text += &it;
        text.push('\n');
    };
    for column in &plan.columns {
        line(format!("{} at {}", column.name, column.x));
    }
    for fold in &plan.axis.folds {
        line(format!("{:4.0} to {:4.0} fold of {}", fold.top, fold.bottom, fold.span));
    }
    for band in &plan.bands {
        line(format!("{:4.0} to {:4.0} at {} {}", band.top, band.bottom, band.x, band.state));
    }
    for bar in &plan.bars {
        let words: Vec<&str> = bar.words.iter().map(|words| words.text.as_str()).collect();
        let state = if bar.failed {
            ", failed"
        } else if bar.open {
            ", waits"
        } else {
            ""
        };
        line(format!("{:4.0} to {:4.0} at {:.0} {}{state}", bar.top, bar.bottom, bar.x, words.join(" ")));
    }
    for alarm in &plan.alarms {
        line(format!("{:4.0} to {:4.0} {} timer fires", alarm.top, alarm.bottom, alarm.timer.name()));
    }
    for arrow in &plan.arrows {
        let tip = match arrow.tip {
            Tip::Whole => String::new(),
            Tip::Corrupted => ", corrupted".to_owned(),
            Tip::Broken(word) => format!(", {word}"),
        };
        let label = arrow
            .label
            .as_ref()
            .map_or_else(String::new, |label| format!("{} {}", label.bits, label.rest.trim()));
        let ((x0, y0), (x1, y1)) = (arrow.from, arrow.to);
        let kind = arrow.kind;
        line(format!("{y0:4.0} to {y1:4.0} from {x0:.0} to {x1:.0} {kind:?} “{label}”{tip}"));
    }
    text
}

/// Moments of a scene.
fn moving(story: &Story, moments: &[u64]) -> String {
    let plan = Plan::of(story, LOOK);
    let mut text = String::new();
    for &at in moments {
        let moment = moment(story, &plan, Instant(at));
        write!(text, "{at}: now at {:.0}", moment.y).expect("a String takes all");
        for head in &moment.heads {
            write!(text, "; {} at {:.0}, {:.0}", head.letter, head.x, head.y).expect("a String takes all");
        }
        for run in &moment.timers {
            write!(text, "; {} from {:.0} to {:.0}", run.timer.name(), run.top, run.due)
                .expect("a String takes all");
        }
        text.push('\n');
    }
    text
}

fn lossy() -> Story {
    let lose = |text: &str| {
        text.replacen(r#""links":"#, r#""faults": [{"flags": "SYN-ACK", "action": "drop"}], "links":"#, 1)
    };
    story("handshake", lose)
}

fn check(actual: &str, expected: Expect) {
    expected.assert_eq(actual);
}

#[test]
fn the_handshake() {
    check(
        &drawn(&story("handshake", str::to_owned), LOOK),
        expect![[r#"
            client at 231
            server at 709
              48 to  894 at 727 LISTEN
             114 to  258 at 231 SYN-SENT
             186 to  330 at 709 SYN-RECEIVED
             258 to  792 at 231 ESTABLISHED
             330 to  864 at 709 ESTABLISHED
             792 to  966 at 231 FIN-WAIT-1
             864 to  879 at 709 CLOSE-WAIT
             879 to 1038 at 709 LAST-ACK
             966 to 1038 at 231 TIME-WAIT
              18 to   18 at 742 socket
              33 to   33 at 742 bind :8000
              48 to   48 at 742 listen 5
              63 to  330 at 742 accept → connection
              99 to   99 at 216 socket
             114 to  258 at 216 connect :8000
             345 to  561 at 742 recv → b'hello'
             489 to  489 at 216 send 5 octets
             576 to  864 at 742 recv → b''
             792 to  792 at 216 close
             879 to  879 at 742 close
             894 to  894 at 742 close
             114 to  186 from 239 to 701 Syn “S 0:0(0)”
             186 to  258 from 701 to 239 Syn “S. 0:0(0) ack 1”
             258 to  330 from 239 to 701 Ack “. 1:1(0) ack 1”
             489 to  561 from 239 to 701 Data “P. 1:6(5) ack 1”
             561 to  648 from 701 to 239 Ack “. 1:1(0) ack 6”
             792 to  864 from 239 to 701 Fin “F. 6:6(0) ack 1”
             879 to  966 from 701 to 239 Fin “F. 1:1(0) ack 7”
             966 to 1038 from 239 to 701 Ack “. 7:7(0) ack 2”
        "#]],
    );
}

#[test]
fn the_handshake_at_some_moments() {
    let times = [0, 10_000, 20_000, 40_000, 50_010, 120_000, 240_000, 250_025];
    check(
        &moving(&story("handshake", str::to_owned), &times),
        expect![[r#"
            0: now at 63
            10000: now at 114; S at 239, 114; retransmission from 114 to 1084
            20000: now at 150; S at 470, 150; retransmission from 114 to 1084
            40000: now at 222; S at 470, 222; retransmission from 114 to 1084; SYN-ACK from 186 to 1084
            50010: now at 258; A at 239, 258; SYN-ACK from 186 to 1084
            120000: now at 525; P at 470, 525; retransmission from 489 to 1084; tail loss probe from 489 to 1084
            240000: now at 1002; A at 469, 1002; retransmission from 792 to 1084; FIN-WAIT-2 from 966 to 1084; TIME-WAIT from 966 to 1084; retransmission from 894 to 1084; tail loss probe from 894 to 1084
            250025: now at 1038
        "#]],
    );
}

#[test]
fn a_lost_syn_ack() {
    check(
        &drawn(&lossy(), LOOK),
        expect![[r#"
            client at 231
            server at 709
             258 to  304 fold of 959.9 ms
              48 to 1084 at 727 LISTEN
             114 to  448 at 231 SYN-SENT
             186 to  520 at 709 SYN-RECEIVED
             448 to  982 at 231 ESTABLISHED
             520 to 1054 at 709 ESTABLISHED
             982 to 1156 at 231 FIN-WAIT-1
            1054 to 1069 at 709 CLOSE-WAIT
            1069 to 1228 at 709 LAST-ACK
            1156 to 1228 at 231 TIME-WAIT
              18 to   18 at 742 socket
              33 to   33 at 742 bind :8000
              48 to   48 at 742 listen 5
              63 to  520 at 742 accept → connection
              99 to   99 at 216 socket
             114 to  448 at 216 connect :8000
             535 to  751 at 742 recv → b'hello'
             679 to  679 at 216 send 5 octets
             766 to 1054 at 742 recv → b''
             982 to  982 at 216 close
            1069 to 1069 at 742 close
            1084 to 1084 at 742 close
             114 to  304 retransmission timer fires
             114 to  186 from 239 to 701 Syn “S 0:0(0)”
             186 to  226 from 701 to 447 Syn “S. 0:0(0) ack 1”, dropped
             304 to  376 from 239 to 701 Syn “S 0:0(0) again”
             376 to  448 from 701 to 239 Syn “S. 0:0(0) ack 1 again”
             376 to  448 from 701 to 239 Syn “S. 0:0(0) again”
             448 to  520 from 239 to 701 Ack “. 1:1(0) ack 1”
             448 to  535 from 239 to 701 Ack “”
             679 to  751 from 239 to 701 Data “P. 1:6(5) ack 1”
             751 to  838 from 701 to 239 Ack “. 1:1(0) ack 6”
             982 to 1054 from 239 to 701 Fin “F. 6:6(0) ack 1”
            1069 to 1156 from 701 to 239 Fin “F. 1:1(0) ack 7”
            1156 to 1228 from 239 to 701 Ack “. 7:7(0) ack 2”
        "#]],
    );
    check(
        &moving(&lossy(), &[35_000, 45_000, 500_000, 1_020_000]),
        expect![[r#"
            35000: now at 204; S at 586, 204; retransmission from 114 to 304; SYN-ACK from 186 to 376
            45000: now at 240; retransmission from 114 to 304; SYN-ACK from 186 to 376
            500000: now at 280; retransmission from 114 to 304; SYN-ACK from 186 to 376
            1020000: now at 340; S at 470, 340; retransmission from 304 to 1274; SYN-ACK from 186 to 376
        "#]],
    );
}

#[test]
fn event_by_event_each_moment_has_its_row() {
    let story = lossy();
    let plan = Plan::of(&story, Look { scale: Scale::Events, ..LOOK });
    for (one, other) in story.stops.iter().zip(&story.stops[1..]) {
        let told = |at: &&Instant| story.packets.iter().any(|packet| packet.sent == **at);
        if told(&one) && told(&other) {
            assert!(plan.axis.y(*other) - plan.axis.y(*one) >= 20.0, "{one:?} and {other:?}");
        }
    }
    let mute: Vec<_> = plan.arrows.iter().filter(|arrow| arrow.label.is_none()).collect();
    assert!(mute.is_empty(), "every arrow has its words, but not {mute:?}");
}

/// A transfer of a long file over a slow link that loses some of it.
fn transfer(octets: u32) -> Story {
    let recv = r#"{"call": "recv", "socket": "connection", "max": 65536},"#;
    story("handshake", |text| {
        text.replace(r#""rate_bps": 100000000"#, r#""rate_bps": 10000000, "loss_ppm": 8000"#)
            .replace(r#""text": "hello""#, &format!(r#""fill": {octets}"#))
            .replace(r#"{"call": "recv", "socket": "connection", "max": 4096},"#, &recv.repeat(2_000))
    })
}

#[test]
fn what_is_one_line_to_the_eye_is_named_once() {
    let story = story("cubic-reno", str::to_owned);
    let plan = Plan::of(&story, LOOK);
    let labels = || plan.arrows.iter().filter_map(|arrow| arrow.label.as_ref());
    let bursts: Vec<&str> =
        labels().filter(|label| label.bits.is_empty()).map(|label| &label.rest[..]).take(3).collect();
    expect![[r#"
        [
            "1:14481, 10 segments",
            "1:14481, 10 segments",
            "ack 1449 … 14481, 10 ACKs",
        ]
    "#]]
    .assert_debug_eq(&bursts);
    assert!(labels().all(|label| label.bits != "." || !label.rest.is_empty()), "a dot alone says nothing");
}

#[test]
fn words_never_stand_on_words() {
    let story = transfer(200_000);
    for width in [328.0, 900.0] {
        let plan = Plan::of(&story, Look { width, ..LOOK });
        let labels: Vec<_> = plan.arrows.iter().filter_map(|arrow| arrow.label.as_ref()).collect();
        assert!(labels.len() > 15, "{} have words", labels.len());
        let mut taken = super::free::Taken::default();
        for label in labels {
            assert!(taken.take(label.patch), "{} {} stands on others", label.bits, label.rest);
        }
    }
}

#[test]
fn a_part_of_a_long_trace_costs_no_more_than_a_part() {
    let story = transfer(3_000_000);
    assert!(story.packets.len() > 3_000, "{} packets", story.packets.len());
    let plan = Plan::of(&story, LOOK);
    let (all, one) = (plan.height, inside(&story, &plan, plan.height / 2.0, plan.height / 2.0 + 640.0));
    assert!(all > 5_000.0, "{all}");
    assert!(one.len() < 120_000, "{} octets of SVG", one.len());
    // Seen from far away, lines are merged.
    let far = Plan::of(&story, Look { zoom: 1.0 / 64.0, ..LOOK });
    let text = inside(&story, &far, far.height / 2.0, far.height / 2.0 + 640.0);
    assert!(text.contains("dense") && text.len() < 120_000, "{} octets of SVG", text.len());
}

#[test]
fn in_haste_every_arrow_is_a_line_where_it_stands() {
    let story = transfer(200_000);
    let plan = Plan::of(&story, LOOK);
    let all = passing(&story, &plan, 0.0, plan.height);
    let lines: usize = all.arrows.iter().map(|(_, path)| path.matches('M').count()).sum();
    assert_eq!(lines, plan.arrows.len());
    assert_eq!((all.bands.len(), all.calls.matches('M').count()), (plan.bands.len(), plan.bars.len()));
    let lost = plan.arrows.iter().filter(|arrow| matches!(arrow.tip, super::arrows::Tip::Broken(_))).count();
    assert_eq!(all.crosses.matches('M').count(), lost);
    // A part has what crosses it, and little else.
    let (top, bottom) = (plan.height / 2.0, plan.height / 2.0 + 100.0);
    let part = passing(&story, &plan, top, bottom);
    let crossing = plan.arrows.iter().filter(|arrow| arrow.to.1 >= top && arrow.from.1 <= bottom).count();
    let lines: usize = part.arrows.iter().map(|(_, path)| path.matches('M').count()).sum();
    assert!(
        crossing > 0 && (crossing..lines.max(crossing) + 1).contains(&lines) && lines < plan.arrows.len()
    );
    // What is under way is as many dots as there are letters else.
    let moment = super::moment::moment(&story, &plan, story.packets[plan.arrows.len() / 2].sent);
    let drawn: usize = dots(&moment.heads, moment.y).iter().map(|(_, path)| path.matches("h0").count()).sum();
    assert!(drawn > 0 && drawn == moment.heads.len());
}

#[test]
fn what_is_under_a_pointer() {
    let story = story("handshake", str::to_owned);
    let plan = Plan::of(&story, LOOK);
    let arrow = &plan.arrows[0];
    let (x, y) = (f64::midpoint(arrow.from.0, arrow.to.0), f64::midpoint(arrow.from.1, arrow.to.1));
    assert_eq!(hit(&story, &plan, x, y + 3.0), Some(Thing::Packet(0)));
    assert_eq!(hit(&story, &plan, x, y + 30.0), None);
    let label = arrow.label.as_ref().expect("the SYN has words");
    assert_eq!(hit(&story, &plan, label.patch.x, label.patch.y), Some(Thing::Packet(0)));
    let bar = plan.bars.iter().find(|bar| bar.bottom > bar.top + 20.0).expect("a call blocks");
    assert_eq!(hit(&story, &plan, bar.x, bar.top + 15.0), Some(Thing::Call(bar.call)));
    let band = plan.bands.last().expect("there are states");
    assert_eq!(hit(&story, &plan, band.x, f64::midpoint(band.top, band.bottom)), Some(Thing::End(band.end)));
    assert_eq!(neighbour(&story, &plan, Some(0), Instant(0), true), Some(1));
    assert_eq!(neighbour(&story, &plan, Some(0), Instant(0), false), None);
    let next = neighbour(&story, &plan, None, Instant(120_000), true);
    assert!(next.is_some_and(|packet| story.packets[packet].sent > Instant(120_000)));
}

#[test]
fn two_runs_stand_on_one_axis_and_their_differences_are_told() {
    let (was, now) = (story("handshake", str::to_owned), lossy());
    let (left, right) = Plan::pair(&was, &now, LOOK);
    for at in [0, 10_000, 30_005, 250_025] {
        assert_eq!(left.axis.y(Instant(at)), right.axis.y(Instant(at)));
    }
    let told: Vec<String> =
        right.differs.iter().map(|(packet, it)| format!("{packet}: {}", it.words("was"))).collect();
    check(
        &told.join("\n"),
        expect![[r#"
        1: comes out otherwise in “was”
        2: not in “was”
        3: not in “was”
        4: not in “was”
        5: 1.00 s later than in “was”
        6: not in “was”
        7: 1.00 s later than in “was”
        8: 1.00 s later than in “was”
        9: 1.00 s later than in “was”
        10: 1.00 s later than in “was”
        11: 1.00 s later than in “was”"#]],
    );
    assert!(differences(&was, &was).is_empty());
}

#[test]
fn pictures_stand_alone_and_are_well_formed() {
    for exhibit in lab::GALLERY {
        let story = story(exhibit.id, str::to_owned);
        for text in [poster(&story), svg(&story, Picture::default())] {
            let id = exhibit.id;
            assert!(text.starts_with(r#"<svg xmlns="http://www.w3.org/2000/svg""#), "{id}");
            let count = |what: &str| text.matches(what).count();
            assert_eq!(count("<g"), count("</g>"), "{id}: every group is closed");
            assert_eq!(count("<text"), count("</text>"), "{id}: every text is closed");
            assert!(!text.contains("NaN") && !text.contains("inf "), "{id}: every number is one");
        }
        assert!(poster(&story).len() < 9_000, "{} has a small poster", exhibit.id);
    }
}

#[test]
fn an_empty_story_is_no_trouble() {
    let story = Story::of(Default::default(), Default::default(), crate::stage::story::Origin::Sampled);
    let plan = Plan::of(&story, LOOK);
    assert_eq!(hit(&story, &plan, 5.0, 5.0), None);
    assert!(moment(&story, &plan, Instant(7)).heads.is_empty());
    assert!(svg(&story, Picture::default()).ends_with("</svg>"));
    // Two in one file: each keeps its own clip, both are inside, and both are titled.
    let both = beside(&story, &story, Picture { width: 760.0, ..Picture::default() });
    assert_eq!((both.matches("<svg").count(), both.matches("</svg>").count()), (3, 3));
    assert!(both.contains("What was") && both.contains("What if") && both.contains(r#"width="1560""#));
    for id in ["was", "if"] {
        let (made, used) = (format!(r#"<clipPath id="{id}">"#), format!("url(#{id})"));
        assert_eq!((both.matches(&made).count(), both.matches(&used).count()), (1, 1), "{id}");
    }
}
