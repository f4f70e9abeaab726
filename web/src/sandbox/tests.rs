use super::editor::paint;
use super::examples;
use super::link::{LONGEST_LINK, pack, unpack};
use super::options::{FIELDS, value, with};
use super::place::fragment_with;
use super::play::{Kind, LONGEST, Outcome, play};
use super::state::{Do, State};
use super::tint::{Inside, tint};
use crate::stage::Story;
use crate::stage::desk::Subject;
use crate::stage::story::{Cast, Origin};
use expect_test::{Expect, expect};
use std::rc::Rc;
use yew::prelude::Reducible;

fn story(outcome: &Outcome) -> Option<Story> {
    match outcome.subject.as_ref()? {
        Subject::Scenario(scenario) => {
            let run = lab::run(scenario).expect("it ran before");
            Some(Story::of(Rc::new(run.log), Cast::of(&scenario.world).named(run.names), Origin::Simulated))
        }
        Subject::Story(told) => Some((**told).clone()),
    }
}

/// Marks, how it went, and the segments: time, sender, notation.
fn told(text: &str) -> String {
    let outcome = play(text);
    let mut lines = vec![outcome.says.clone()];
    for mark in &outcome.marks {
        lines.push(format!("{}:{} {:?} {}", mark.line, mark.column, mark.kind, mark.says));
    }
    let Some(story) = story(&outcome) else { return lines.join("\n") };
    for (place, packet) in story.packets.iter().enumerate() {
        let (sender, receiver) = story.bases(place);
        let Some(segment) = story.segment(place) else { continue };
        let arrives = if packet.arrives.is_some() { "" } else { " lost" };
        lines.push(format!(
            "{:>9} {:<7} {} {}:{}({}) ack {}{arrives}",
            packet.sent.0,
            story.name(packet.from),
            segment.flags,
            segment.seq.0.wrapping_sub(sender.0),
            segment.end().0.wrapping_sub(sender.0),
            segment.payload.len(),
            if segment.flags.ack() { segment.ack.0.wrapping_sub(receiver.0) } else { 0 },
        ));
    }
    lines.join("\n")
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&told(text));
}

#[test]
fn every_example_runs_as_it_says_and_fits_a_link() {
    for example in examples::all() {
        let outcome = play(example.text);
        assert_eq!(outcome.marks, [], "{}: {}", example.id, outcome.says);
        let story = story(&outcome).expect("a story");
        assert!(story.packets.len() >= 4, "{}: {} packets", example.id, story.packets.len());
        assert!(!outcome.moments.is_empty());
        assert_eq!(unpack(&pack(example.text).expect("short enough")).as_deref(), Ok(example.text));
        assert!(example.text.lines().all(|line| line.chars().count() <= 84), "{}", example.id);
    }
}

#[test]
fn hosts_answer_each_other() {
    check(
        examples::first().text,
        expect![[r#"
        Every call came out as its line says.
            10000 client  S 0:1(0) ack 0
            30000 server  S. 0:1(0) ack 1
            50000 client  . 1:1(0) ack 1
            50000 client  P. 1:101(100) ack 1
            70000 server  . 1:1(0) ack 101
           120000 server  . 1:1449(1448) ack 101
           120000 server  P. 1449:2897(1448) ack 101
           120000 server  P. 2897:3001(104) ack 101
           120000 server  F. 3001:3002(0) ack 101
           140000 client  . 101:101(0) ack 1449
           140000 client  . 101:101(0) ack 2897
           140000 client  . 101:101(0) ack 3001
           140000 client  F. 101:102(0) ack 3002
           160000 server  . 3002:3002(0) ack 102"#]],
    );
    check(
        "--delay=5ms\nhost a\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+.01 connect(3, ..., ...) = -1 ECONNREFUSED\nhost b\n",
        expect![[r#"
            Every call came out as its line says.
                10000 a       S 0:1(0) ack 0
                15000 b       R. 0:0(0) ack 1"#]],
    );
}

#[test]
fn the_examples_show_what_they_promise() {
    let of = |id: &str| examples::all().find(|example| example.id == id).expect("an example").text;
    check(
        of("loss"),
        expect![[r#"
        Every call came out as its line says.
            10000 client  S 0:1(0) ack 0
            30096 server  S. 0:1(0) ack 1
            50192 client  . 1:1(0) ack 1
            50192 client  . 1:1449(1448) ack 1
            50192 client  P. 1449:2897(1448) ack 1
            50192 client  . 2897:4345(1448) ack 1
            50192 client  P. 4345:5793(1448) ack 1
            50192 client  . 5793:7241(1448) ack 1 lost
            50192 client  P. 7241:8689(1448) ack 1
            50192 client  . 8689:10137(1448) ack 1
            50192 client  P. 10137:11585(1448) ack 1
            50192 client  . 11585:13033(1448) ack 1
            50192 client  P. 13033:14481(1448) ack 1
            72676 server  . 1:1(0) ack 1449
            75076 server  . 1:1(0) ack 2897
            77476 server  . 1:1(0) ack 4345
            79876 server  . 1:1(0) ack 5793
            84676 server  . 1:1(0) ack 5793
            87076 server  . 1:1(0) ack 5793
            89476 server  . 1:1(0) ack 5793
            91876 server  . 1:1(0) ack 5793
            92760 client  . 14481:15929(1448) ack 1
            92760 client  P. 15929:17377(1448) ack 1
            94276 server  . 1:1(0) ack 5793
            95160 client  . 17377:18825(1448) ack 1
            95160 client  P. 18825:20273(1448) ack 1
            97560 client  . 20273:21721(1448) ack 1
            97560 client  P. 21721:23169(1448) ack 1
            99960 client  . 23169:24617(1448) ack 1
            99960 client  P. 24617:26065(1448) ack 1
           104779 client  . 26065:27513(1448) ack 1
           107179 client  FP. 27513:28962(1448) ack 1
           109579 client  . 5793:7241(1448) ack 1
           115160 server  . 1:1(0) ack 5793
           117560 server  . 1:1(0) ack 5793
           119960 server  . 1:1(0) ack 5793
           122360 server  . 1:1(0) ack 5793
           124760 server  . 1:1(0) ack 5793
           127160 server  . 1:1(0) ack 5793
           129560 server  . 1:1(0) ack 5793
           131960 server  . 1:1(0) ack 5793
           134360 server  . 1:1(0) ack 5793
           136760 server  . 1:1(0) ack 5793
           139160 server  . 1:1(0) ack 28962
           139160 server  F. 1:2(0) ack 28962
           159327 client  . 28962:28962(0) ack 2"#]],
    );
    check(
        of("simultaneous"),
        expect![[r#"
        Every call came out as its line says.
            10000 left    S 0:1(0) ack 0
            10000 right   S 0:1(0) ack 0
            35000 right   S. 0:1(0) ack 1
            35000 left    S. 0:1(0) ack 1
            60000 left    . 1:1(0) ack 1
            60000 right   . 1:1(0) ack 1
            60000 left    P. 1:501(500) ack 1
            60000 right   P. 1:501(500) ack 1
           125000 left    . 501:501(0) ack 501
           125000 right   . 501:501(0) ack 501
           185000 left    F. 501:502(0) ack 501
           185000 right   F. 501:502(0) ack 501
           210000 right   . 502:502(0) ack 502
           210000 left    . 502:502(0) ack 502"#]],
    );
    let window = story(&play(of("window"))).expect("a story");
    let zero = (0..window.packets.len()).filter(|&packet| {
        window.segment(packet).is_some_and(|segment| segment.window == 0 && !segment.flags.rst())
    });
    assert!(zero.count() >= 2, "the window closes, and a probe is answered");
}

#[test]
fn a_machine_is_given_what_its_script_says() {
    check(
        examples::MACHINE[2].text,
        expect![[r#"
            Everything is as the script says.
               100000 script  S 0:1(0) ack 0
               100000 machine S. 0:1(0) ack 1
               150000 script  . 1:1(0) ack 1
               250000 script  R 100:100(0) ack 0
               250000 machine . 1:1(0) ack 1
               300000 script  R 1:1(0) ack 0"#]],
    );
}

#[test]
fn what_does_not_come_is_marked_at_its_line() {
    let text = examples::first()
        .text
        .replace("= 3000", "= 2999")
        .replace("3(3, ..., 5000) = 0", "read(3, ..., 5000) = 0");
    let text = text.replace("+0    close(4) = 0", "+.5 read(4, ..., 10) = 10");
    let outcome = play(&text);
    let marks: Vec<String> = outcome
        .marks
        .iter()
        .map(|mark| format!("{}:{} {:?} {}", mark.line, mark.column, mark.kind, mark.says))
        .collect();
    expect![[r#"
        4 calls came out otherwise than their lines say. One call was never made.
        12:7 Unmet Expected 2999, got 3000.
        13:7 Unmet Expected 0, still blocks at the end.
        22:7 Unmet Expected 2999, got 3000.
        23:5 Unmet Expected 10, still blocks at the end."#]]
    .assert_eq(&format!("{}\n{}", outcome.says, marks.join("\n")));
    let text = examples::MACHINE[0].text.replace("ack 1001\n+0    read", "ack 1002\n+0    read");
    let outcome = play(&text);
    expect![[r#"
        Line 15 is not met. The story ends there.
        [Mark { line: 15, column: 7, kind: Unmet, says: "Expected > . 1:1(0) ack 1002 at 0.250000, got > . 1:1(0) ack 1001 win 62 at 0.250000: acknowledgment number." }]"#]].assert_eq(&format!("{}\n{:?}", outcome.says, outcome.marks));
    assert!(outcome.subject.is_some());
}

#[test]
fn what_is_not_understood_is_marked_and_nothing_runs() {
    for (text, expected) in [
        (
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\nbind(3, ..., ...) = 0\n",
            expect![[r#"
            One line is not understood, so nothing was run.
            2:1 Wrong Expected a time in seconds, or *, found “bind(3, ..., ...) = 0”."#]],
        ),
        (
            "+0 < S 0:0(0) win\n",
            expect![[r#"
                One line is not understood, so nothing was run.
                1:18 Wrong Expected a window, 0 to 65535, found the end of the line."#]],
        ),
        (
            "+0 fly(3) = 0\n",
            expect![[r#"
            Line 1 cannot be run. The story ends there.
            1:4 Wrong Cannot be run: the system call fly()."#]],
        ),
        (
            "0 `cat /etc/passwd`\n",
            expect![[r#"
            Line 1 cannot be run. The story ends there.
            1:3 Wrong Cannot be run: the shell command “cat /etc/passwd”."#]],
        ),
        ("", expect!["There is nothing to run yet: begin with an example, or write a call."]),
        (
            "// nothing\n",
            expect![[r#"
            Line 2 cannot be run. The story ends there.
            2:1 Wrong Cannot be run: no event: there is nothing that could be ok."#]],
        ),
    ] {
        check(text, expected);
    }
    let outcome = play(&"+0 close(3) = 0\n".repeat(LONGEST));
    assert!(outcome.subject.is_none() && outcome.says.contains("At most 100000"), "{}", outcome.says);
    assert!(play("x").marks.iter().all(|mark| mark.kind == Kind::Wrong));
}

#[test]
fn a_text_comes_back_out_of_its_link() {
    for text in ["", "a", "é\n\t\"x\"", &"+0 close(3) = 0 // again\n".repeat(2_000)] {
        let packed = pack(text).expect("short enough");
        assert!(packed.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_'));
        assert_eq!(unpack(&packed).as_deref(), Ok(text));
    }
    // What chance wrote cannot be made shorter.
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + ((state >> 33) % 90) as u8)
    };
    let noise: String = (0..20_000).map(|_| next()).collect();
    assert_eq!(pack(&noise), None);
    let cut = pack(examples::first().text).expect("short enough");
    for wrong in ["%", "A", &cut[..cut.len() - 3], &"A".repeat(3 * LONGEST_LINK)] {
        assert!(unpack(wrong).is_err(), "{wrong}");
    }
    // A small text that would become a huge one.
    let bomb = data_encoding::BASE64URL_NOPAD
        .encode(&miniz_oxide::deflate::compress_to_vec(&vec![b'a'; LONGEST + 1], 9));
    assert!(unpack(&bomb).is_err());
}

#[test]
fn the_form_changes_the_text_and_reads_it() {
    let text = "--delay=20ms --rate=5mbit\n\nhost a\n--delay=9ms\n";
    assert_eq!(value(text, "delay"), Some("20ms"));
    assert_eq!(value(text, "loss"), None);
    assert_eq!(with(text, "delay", "1 s"), text.replace("20ms", "1s"));
    assert_eq!(with(text, "delay", ""), text.replace("--delay=20ms ", ""));
    assert_eq!(with(text, "rate", ""), text.replace(" --rate=5mbit", ""));
    assert_eq!(with(text, "loss", "1%"), text.replace("5mbit", "5mbit --loss=1%"));
    assert_eq!(with("host a\n", "loss", "1%"), "--loss=1%\nhost a\n");
    assert_eq!(with("--loss=1%\nhost a\n", "loss", ""), "host a\n");
    assert_eq!(with("--loss-to-a=1%\nhost a\n", "loss", "2%"), "--loss-to-a=1% --loss=2%\nhost a\n");
    assert_eq!(with("--loss\r\nhost a\r\n", "loss", "2%"), "--loss=2%\r\nhost a\r\n");
    assert_eq!(value("// --loss=1%\nhost a\n", "loss"), None);
    for field in FIELDS {
        let text = with(examples::first().text, field.option, field.example);
        assert_eq!(value(&text, field.option), Some(field.example));
        assert_ne!(play(&text).subject, None, "{}", field.option);
    }
}

#[test]
fn colours_lose_no_character() {
    let show = |line: &str| {
        let (words, after) = tint(line, Inside::Nothing);
        assert_eq!(words.iter().map(|(_, word)| *word).collect::<String>(), line);
        let shown: Vec<String> = words
            .iter()
            .filter(|(_, word)| !word.trim().is_empty())
            .map(|(tint, word)| format!("{tint:?} {word}"))
            .collect();
        format!("{} / {after:?}", shown.join(" | "))
    };
    expect!["Time +0...0.2 | Call accept | Plain ( | Number 3 | Plain , ..., ...) =  | Number 4 | Comment // waits / Nothing"].assert_eq(&show("+0...0.2 accept(3, ..., ...) = 4 // waits"));
    expect!["Time +.1 | Bits < P. | Number 1 | Plain : | Number 1001 | Plain ( | Number 1000 | Plain ) ack  | Number 1 | Plain  win  | Number 257 | Bits < | Plain nop, | Constant TS | Plain  val  | Number 1 | Plain  ecr  | Number 2 | Bits > / Nothing"].assert_eq(&show("+.1  < P. 1:1001(1000) ack 1 win 257 <nop,TS val 1 ecr 2>"));
    expect!["Time 0 | Call socket | Plain (...,  | Constant SOCK_STREAM | Plain ,  | Constant IPPROTO_TCP | Plain ) =  | Number 3 | Comment /* one / Comment"].assert_eq(&show("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3 /* one"));
    expect!["Setting --delay=20ms  | Comment // one way / Nothing"]
        .assert_eq(&show("  --delay=20ms // one way"));
    expect!["Time +0 | Setting %{ assert tcpi_snd_cwnd == 10 }% / Nothing"]
        .assert_eq(&show("+0 %{ assert tcpi_snd_cwnd == 10 }%"));
    for example in examples::all() {
        let mut inside = Inside::Nothing;
        for line in example.text.lines() {
            let (words, after) = tint(line, inside);
            assert_eq!(words.iter().map(|(_, word)| *word).collect::<String>(), line);
            inside = after;
        }
        assert_eq!(inside, Inside::Nothing);
    }
}

#[test]
fn a_spoilt_text_is_marked_or_runs_and_nothing_panics() {
    for example in examples::all() {
        let lines: Vec<&str> = example.text.lines().collect();
        for place in 0..lines.len() {
            let without: Vec<&str> = lines
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != place)
                .map(|(_, line)| *line)
                .collect();
            let mut swapped = lines.clone();
            swapped.swap(place, (place + 1) % lines.len());
            let mut cut = lines.clone();
            cut[place] = &cut[place][..cut[place].len() / 2];
            for spoilt in [without, swapped, cut] {
                let text = spoilt.join("\n");
                let outcome = play(&text);
                let last = spoilt.len() as u32;
                assert!(
                    outcome.marks.iter().all(|mark| (1..=last).contains(&mark.line)),
                    "{text}\n{:?}",
                    outcome.marks
                );
                assert!(outcome.subject.is_some() || !outcome.marks.is_empty(), "{text}\n{}", outcome.says);
            }
        }
    }
}

#[test]
fn the_last_good_story_stays_and_a_text_can_be_brought_back() {
    let good = examples::first().text;
    let state = Rc::new(State::begin(good, None, None));
    let shown = state.shown.clone();
    assert!(state.is_current() && !state.is_of_before() && shown.is_some());
    let state = state.reduce(Do::Edit(good.replace("close(4) = 0", "close(4) =")));
    assert!(!state.is_current() && !state.is_of_before());
    let state = state.reduce(Do::Run);
    assert!(state.is_current() && state.is_of_before());
    assert_eq!(state.shown, shown);
    let spoilt = state.text.clone();
    let state = state.reduce(Do::Replace(examples::MACHINE[0].text.into()));
    assert!(state.is_current() && !state.is_of_before() && state.shown != shown);
    assert_eq!(state.before.as_deref(), Some(&*spoilt));
    let state = state.reduce(Do::BringBack);
    assert_eq!((&*state.text, state.before.as_deref()), (&*spoilt, Some(examples::MACHINE[0].text)));
    // The same text again takes nothing away.
    let before = state.before.clone();
    assert_eq!(state.clone().reduce(Do::Replace(spoilt.to_string())).before, before);
}

#[test]
fn the_address_keeps_what_is_not_ours() {
    assert_eq!(fragment_with("", "script", Some("x")), "script=x");
    assert_eq!(fragment_with("#t=0.5&script=x&views=none", "script", Some("y")), "t=0.5&views=none&script=y");
    assert_eq!(fragment_with("#t=0.5&script=x", "script", None), "t=0.5");
    assert_eq!(fragment_with("#script=x", "script", None), "");
}

#[test]
fn a_text_of_any_length_is_painted_with_few_elements() {
    let line = "+0 close(3) = 0\n";
    assert_eq!(paint(&line.repeat(100)).len(), 101);
    for text in [line.repeat(65_000), "\n".repeat(90_000), "0 ".repeat(40_000)] {
        let painted = paint(&text);
        assert!(painted.iter().map(|(words, _)| words.len()).sum::<usize>() <= 1);
        assert_eq!(painted.iter().map(|(_, line)| line.len()).sum::<usize>(), text.len());
    }
}

/// Scenarios that a text cannot say: they have routers, or more than one link.
const BEYOND: [&str; 5] = ["filtered", "cubic-reno", "nat", "port-forwarding", "path-mtu"];

/// Scenarios whose text sends other letters, and is the same otherwise.
const OTHER_LETTERS: &[&str] = &[];

#[test]
fn a_scenario_as_a_text_runs_to_the_same_log() {
    let mut wrong = Vec::new();
    for exhibit in lab::GALLERY {
        let scenario = lab::Scenario::parse(lab::exhibit_text(exhibit.id).expect("it is there"))
            .unwrap_or_else(|error| panic!("{error}"));
        let said = match super::write::write(&scenario) {
            Err(_) if BEYOND.contains(&exhibit.id) => continue,
            Err(reasons) => reasons.join(" "),
            Ok(_) if BEYOND.contains(&exhibit.id) => "it can be written now".to_owned(),
            Ok(written) => {
                let letters = OTHER_LETTERS.contains(&exhibit.id);
                match written.note {
                    None if !letters => continue,
                    Some(note) if letters && note.contains("letters") => continue,
                    note => {
                        let outcome = play(&written.text);
                        let again = match &outcome.subject {
                            Some(Subject::Scenario(again)) => lab::run(again)
                                .expect("it runs")
                                .log
                                .records()
                                .iter()
                                .map(ToString::to_string)
                                .collect(),
                            _ => Vec::new(),
                        };
                        let was: Vec<String> = lab::run(&scenario)
                            .expect("it runs")
                            .log
                            .records()
                            .iter()
                            .map(ToString::to_string)
                            .collect();
                        let at = was.iter().zip(&again).position(|(one, two)| one != two);
                        format!(
                            "{note:?} {} {:?} first other at {at:?} of {}/{}: {:?} {:?}",
                            outcome.says,
                            outcome.marks.first(),
                            was.len(),
                            again.len(),
                            at.map(|at| &was[at]),
                            at.map(|at| &again[at])
                        )
                    }
                }
            }
        };
        wrong.push(format!("{}: {said}", exhibit.id));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
