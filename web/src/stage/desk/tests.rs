use super::fold::{Fold, Speed};
use super::keys::Held;
use super::link::Link;
use super::moments::told;
use super::packetdrill::script;
use super::pane::Pane;
use super::state::{Do, Loop, State};
use super::{Subject, export, fold, interfere, keys, link};
use crate::stage::story::tests::story;
use crate::stage::{Act, EndId, Numbers, Thing};
use lab::{Change, Scenario};
use proptest::option;
use proptest::prelude::*;
use sim::world::FaultAction;
use sockets::{Instant, Micros};
use std::rc::Rc;

#[test]
fn a_moment_is_told_in_words() {
    let story = story("handshake", str::to_owned);
    let at = story.stops.iter().map(|at| told(&story, *at)).collect::<Vec<_>>().join("\n");
    expect_test::expect![[r#"
        0 s: server calls socket; server: CLOSED to LISTEN; socket on server returns; server calls bind; bind on server returns; and 3 more
        0.01 s: client calls socket; client: CLOSED to SYN-SENT; socket on client returns; client calls connect; client sends SYN
        0.030005 s: SYN arrives at server; server: LISTEN to SYN-RECEIVED; server sends SYN-ACK
        0.05001 s: SYN-ACK arrives at client; client: SYN-SENT to ESTABLISHED; connect on client returns; client sends ACK 1
        0.070015 s: ACK 1 arrives at server; server: SYN-RECEIVED to ESTABLISHED; accept on server returns; server calls recv
        0.11001 s: client calls send with 5 octets; send on client has taken 5 octets; client sends data 1 to 6
        0.130015 s: data 1 to 6 arrives at server; recv on server returns 5 octets; server sends ACK 6; server calls recv
        0.15002 s: ACK 6 arrives at client
        0.19001 s: client calls close; client: ESTABLISHED to FIN-WAIT-1; close on client returns; client sends FIN-ACK
        0.210015 s: FIN-ACK arrives at server; server: LISTEN to CLOSED; server: ESTABLISHED to CLOSE-WAIT; server: CLOSE-WAIT to LAST-ACK; recv on server tells the end of the stream; and 5 more
        0.23002 s: FIN-ACK arrives at client; client: FIN-WAIT-1 to FIN-WAIT-2; client: FIN-WAIT-2 to TIME-WAIT; client sends ACK 2
        0.250025 s: ACK 2 arrives at server; server: LAST-ACK to CLOSED"#]].assert_eq(&at);
}

#[test]
fn folded_time_goes_forward_and_back_the_same_way() {
    let story =
        story("handshake", |text| text.replace("\"afterwards_us\": 300000", "\"afterwards_us\": 90000000"));
    for fold in [Fold::of(&story), Fold::plain(&story)] {
        for step in 0..=1_000 {
            let at = Instant(story.begin.0 + (story.end.0 - story.begin.0) * step / 1_000);
            let again = fold.moment(fold.place(at) + 0.001);
            assert!(again.0.abs_diff(at.0) <= 10_000, "{at:?} came back as {again:?}");
        }
        assert_eq!(fold.moment(fold.length()), story.end);
        assert_eq!(fold.moment(0.0), story.begin);
    }
    assert!(Fold::of(&story).length() < 1e6);
    assert_eq!(Fold::plain(&story).idle().len(), 0);
}

#[test]
fn speeds_are_said_in_words() {
    let said: Vec<String> =
        Speed::DIGITS.iter().map(|speed| format!("{}, {}", speed.share(), speed.says())).collect();
    expect_test::expect![[r#"
        1/1,000, 1 ms of the network in 1 s
        1/500, 1 ms of the network in 500 ms
        1/200, 1 ms of the network in 200 ms
        1/100, 1 s of the network in 100 s
        1/50, 1 s of the network in 50 s
        1/20, 1 s of the network in 20 s
        1/10, 1 s of the network in 10 s
        1/5, 1 s of the network in 5 s
        real time, as fast as the network's own time"#]]
    .assert_eq(&said.join("\n"));
}

fn scenario(id: &str) -> Rc<Scenario> {
    let text = lab::exhibit_text(id).expect("it is in the gallery");
    Rc::new(Scenario::parse(text).unwrap_or_else(|error| panic!("{error}")))
}

fn desk(fragment: &str) -> State {
    State::open(Subject::Scenario(scenario("handshake")), Link::read(fragment))
}

/// Loses the SYN-ACK, which is packet 1.
fn lose_syn_ack(state: &mut State) {
    let action = interfere::befall(state, 1, FaultAction::Drop);
    state.take(action);
    state.take(Do::Run);
}

#[test]
fn a_lost_segment_is_sent_again_and_undone() {
    let mut state = desk("t=0.04");
    let before = state.story.clone();
    lose_syn_ack(&mut state);
    assert_eq!((state.changes.len(), state.at), (1, Instant(40_000)));
    assert!(state.story.packets.iter().any(|packet| packet.repeats == Some(1)), "it is sent again");
    assert_eq!(state.was, Some(before.clone()));
    state.take(Do::Undo);
    assert!(state.changes.is_empty() && state.was.is_none());
    assert_eq!(state.story.log(), before.log());
    state.take(Do::Redo);
    assert_eq!(state.changes.len(), 1);
    state.take(Do::Unchange(0));
    state.take(Do::Run);
    assert_eq!(state.story.log(), before.log());
    state.take(Do::Undo);
    assert_eq!(state.changes.len(), 1);
}

#[test]
fn a_change_that_cannot_be_is_said_and_not_kept() {
    let mut state = desk("");
    let before = state.story.clone();
    let none = Change::Mtu { link: "nowhere".into(), mtu: 1_500 };
    state.take(Do::Change(Box::new(none)));
    state.take(Do::Run);
    assert!(state.refused.as_ref().is_some_and(|why| why.contains("nowhere")), "{:?}", state.refused);
    assert!(state.changes.is_empty() && state.story == before && !state.can_undo());
}

#[test]
fn turning_a_knob_is_one_change_and_one_step_back() {
    let mut state = desk("");
    for mtu in [1_400, 1_300] {
        state.take(Do::Change(Box::new(Change::Mtu { link: "net".into(), mtu })));
    }
    assert!(state.changes.is_empty(), "nothing is run before the frame comes");
    state.take(Do::Run);
    state.take(Do::Change(Box::new(Change::Mtu { link: "net".into(), mtu: 1_200 })));
    state.take(Do::Run);
    assert_eq!(*state.changes, [Change::Mtu { link: "net".into(), mtu: 1_200 }]);
    state.take(Do::Undo);
    assert!(state.changes.is_empty());
}

#[test]
fn time_passes_to_the_end_and_begins_anew() {
    let mut state = desk("");
    state.take(Do::TogglePlay);
    let mut seconds = 0;
    while state.playing {
        for _ in 0..10 {
            state.take(Do::Tick(Micros(100_000)));
        }
        seconds += 1;
        assert!(seconds < 60, "it never ends");
    }
    assert!((10..=30).contains(&seconds), "{seconds} s");
    assert_eq!(state.at, state.story.end);
    state.take(Do::TogglePlay);
    assert_eq!((state.playing, state.at), (true, state.story.begin));
}

#[test]
fn a_stretch_is_played_again_and_again() {
    let mut state = desk("t=0.03&loop=0.03-0.05");
    state.take(Do::TogglePlay);
    for _ in 0..2_000 {
        state.take(Do::Tick(Micros(16_667)));
        assert!((30_000..=50_000).contains(&state.at.0), "{:?}", state.at);
    }
    assert!(state.playing);
    for _ in 0..3 {
        state.take(Do::Repeat);
    }
    state.take(Do::Begin);
    state.take(Do::Repeat);
    state.take(Do::Finish);
    state.take(Do::Repeat);
    assert_eq!(state.repeat.whole(), Some((state.story.begin, state.story.end)));
}

#[test]
fn steps_say_what_happens() {
    let mut state = desk("");
    state.take(Do::Step(2));
    assert_eq!(
        &*state.said,
        "0.030005 s: SYN arrives at server; server: LISTEN to SYN-RECEIVED; server sends SYN-ACK"
    );
    state.take(Do::Step(-1));
    assert!(state.said.starts_with("0.01 s: client calls"), "{}", state.said);
    state.take(Do::Step(-10));
    assert_eq!(state.at, state.story.begin);
}

#[test]
fn the_same_link_shows_the_same() {
    let mut state = desk("");
    lose_syn_ack(&mut state);
    state.take(Do::Step(3));
    state.take(Do::Act(Act::Pick(Some(Thing::Packet(2)))));
    state.take(Do::Toggle(Pane::Packets));
    state.take(Do::ToggleNumbers);
    state.take(Do::Faster);
    let text = state.link().write([("script", "a&b=c #%")]);
    let again = desk(&text);
    assert_eq!(again.link(), state.link());
    assert_eq!(again.story.log(), state.story.log());
    assert_eq!((again.at, again.speed, &again.panes), (state.at, state.speed, &state.panes));
    assert_eq!(link::extra(&text, "script").as_deref(), Some("a&b=c #%"));
    assert_eq!(again.notice, None);
}

/// Addresses as earlier versions of the page wrote them. They stay readable: a line is added here when the form grows, none is changed.
#[test]
fn addresses_of_earlier_versions_are_read() {
    for (version, address) in [
        (
            1,
            "#t=0.0501&pick=packet-3&end=1&numbers=absolute&views=header,states&speed=20000&idle=show&loop=0.01-0.05&compare=off",
        ),
        (
            1,
            "#changes=[{'befall':{'link':'net','from':'client','flags':'SYN','action':'drop'}},{'path':{'link':'net','path':{'delay_us':40000}}}]",
        ),
        (
            1,
            "#changes=[{'mtu':{'link':'net','mtu':1300}},{'sysctl':{'host':'client','name':'net.ipv4.tcp_sack','value':'0'}}]",
        ),
        (
            1,
            "#changes=[{'route':{'host':'client','name':'initcwnd','value':'4'}},{'option':{'program':'client','socket':'s','option':'TCP_NODELAY','value':1}},{'pace':{'program':'client','step':4,'piece':2}},{'seed':7}]",
        ),
        (1, "#pick=octets-1-1000-2000&views=none"),
        (1, "#v=1&pick=field-sequence%20number"),
    ] {
        let state = desk(address);
        assert_eq!((&state.notice, &state.refused), (&None, &None), "version {version}: {address}");
        let again = desk(&state.link().write([]));
        assert_eq!(again.link(), state.link(), "version {version}: {address}");
        assert!(state.link() != Link::default(), "{address} says something");
    }
}

#[test]
fn an_address_of_a_newer_version_says_so_and_shows_what_is_known() {
    let state = desk("v=2&t=0.03&shoes=7");
    assert!(state.notice.as_ref().is_some_and(|says| says.starts_with("A newer version of this page made")));
    assert_eq!(state.at, Instant(30_000));
    assert!(desk("v=0").notice.is_some() && desk("v=x").notice.is_some());
}

/// As many changes as there may be, and their address is short enough for a chat.
#[test]
fn a_long_list_of_changes_has_an_address_that_can_be_sent() {
    let seed = |seed| Change::Seed(seed);
    let lose = |nth: u64| {
        Change::read(&format!(
            r#"[{{"befall":{{"link":"net","from":"client","data":true,"nth":{nth},"action":"drop"}}}}]"#
        ))
        .expect("a change")
        .remove(0)
    };
    let changes: Vec<Change> = (1..lab::MOST_CHANGES as u64).map(lose).chain([seed(9)]).collect();
    let text = Link { changes: changes.clone(), ..Link::default() }.write([]);
    assert!(text.len() < 2_000, "{} letters", text.len());
    assert_eq!(Link::read(&text).changes, changes);
    let cut = Link::read(&text[..text.len() / 2]);
    assert!(cut.changes.is_empty() && cut.problem.is_some());
    // A small address that would inflate to a huge text is no list of changes.
    let bomb = data_encoding::BASE64URL_NOPAD
        .encode(&miniz_oxide::deflate::compress_to_vec(&vec![b' '; 9_000_000], 9));
    assert!(Link::read(&format!("changes=z.{bomb}")).problem.is_some());
}

#[test]
fn another_address_keeps_what_can_be_undone() {
    let mut state = desk("t=0.02");
    lose_syn_ack(&mut state);
    let lost = state.link();
    let story = state.story.clone();
    // Elsewhere in time: nothing is run again.
    state.take(Do::Restore(Box::new(Link { at: Some(Instant(60_000)), ..lost.clone() })));
    assert!(state.at == Instant(60_000) && state.story == story && state.can_undo());
    // While time passes.
    state.take(Do::TogglePlay);
    state.take(Do::Restore(Box::new(Link::read("t=0.03"))));
    assert!(!state.playing && state.changes.is_empty() && state.at == Instant(30_000));
    state.take(Do::Undo);
    assert_eq!(*state.changes, lost.changes);
}

#[test]
fn a_step_in_the_history_is_a_change_and_not_a_knob_turned_further() {
    let mtu = |mtu| Change::Mtu { link: "net".into(), mtu };
    let seed = || Change::Seed(7);
    assert!(link::is_step(&[], &[mtu(1_400)]) && link::is_step(&[mtu(1_400)], &[]));
    assert!(!link::is_step(&[seed(), mtu(1_400)], &[seed(), mtu(1_300)]));
    assert!(
        link::is_step(&[mtu(1_400)], &[mtu(1_400), seed()])
            && link::is_step(&[mtu(1_400), seed()], &[mtu(1_300), seed()])
    );
    assert!(!link::is_step(&[seed()], &[seed()]) && !link::is_step(&[], &[]));
    let befalls = |action: &str| {
        Change::read(&format!(r#"[{{"befall":{{"from":"client","flags":"SYN","action":"{action}"}}}}]"#))
            .expect("a change")
    };
    assert!(link::is_step(&befalls("drop"), &befalls("duplicate")));
}

#[test]
fn what_an_address_cannot_mean_is_said() {
    let state = desk("#t=soon&pick=packet-900&end=77&views=walls&speed=0&changes=[{'seed':'x'}]&other=1");
    assert_eq!(
        state.notice.as_deref(),
        Some("Part of the address could not be read: t=soon, views=walls, speed=0, changes=[{'seed':'x'}].")
    );
    assert_eq!((state.at, state.focus.picked), (state.story.begin, None));
    let late = desk("t=99999999999");
    assert_eq!(late.at, late.story.end);
    assert!(desk("changes=[{'mtu':{'link':'nowhere','mtu':9000}}]").refused.is_some());
    assert!(link::is_foreign("#token=abc") && !link::is_foreign("#t=1"));
}

proptest! {
    #[test]
    fn addresses_come_back(
        at in option::of(0..u64::MAX / 2),
        packet in option::of(0_usize..100_000),
        end in option::of(0_usize..50),
        absolute in option::of(any::<bool>()),
        panes in option::of(proptest::collection::btree_set(proptest::sample::select(&Pane::ALL[..]), 0..7)),
        speed in option::of(Speed::LEAST.0..Speed::MOST.0),
        stretch in option::of((0_u64..1_000_000_000, option::of(0_u64..1_000_000_000))),
        host in "\\PC{0,12}",
        value in "['\"{}&#%+= a-z]{0,12}",
    ) {
        let link = Link {
            at: at.map(Instant),
            pick: packet.map(Thing::Packet),
            end: end.map(EndId),
            numbers: absolute.map(|yes| if yes { Numbers::Absolute } else { Numbers::Relative }),
            panes,
            speed: speed.map(Speed),
            skip_idle: absolute,
            repeat: stretch.map_or(Loop::default(), |(from, until)| Loop { from: Some(Instant(from)), until: until.map(Instant) }),
            compare: absolute,
            changes: vec![Change::Sysctl { host, name: "net.ipv4.tcp_sack".into(), value }, Change::Seed(7)],
            problem: None,
        };
        let text = link.write([]);
        prop_assert!(text.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'#' && octet != b'"'), "{}", text);
        prop_assert_eq!(Link::read(&text), link);
    }

    #[test]
    fn any_address_opens_the_desk(text in "\\PC{0,60}", key in proptest::sample::select(&["t", "pick", "views", "loop", "changes", "end", "speed"][..])) {
        let state = desk(&format!("{key}={text}"));
        prop_assert!(state.at <= state.story.end);
    }
}

#[test]
fn keys_leave_fields_and_buttons_alone() {
    let does = |key: &str, held| keys::wish(key, false, held).is_some();
    for key in [" ", "ArrowRight", "Home", "5", "?", "u", "Escape"] {
        assert!(does(key, Held::Nothing), "{key}");
        assert!(!does(key, Held::Text), "{key}");
    }
    assert!(!does(" ", Held::Button) && does("ArrowLeft", Held::Button));
    assert!(does("ArrowUp", Held::Bar) && !does("ArrowUp", Held::Nothing));
    assert!(!does("Tab", Held::Nothing) && !does("F5", Held::Nothing) && !does("10", Held::Nothing));
    assert!(matches!(keys::wish("ArrowRight", true, Held::Nothing), Some(keys::Wish::Do(Do::Step(10)))));
}

struct NoFiles;

impl ::packetdrill::Files for NoFiles {
    fn read(&self, _: &str, path: &str) -> Result<::packetdrill::Source, String> {
        Err(format!("there is no file {path}"))
    }
}

/// What an exported script cannot show: it is parsed, and not run.
const NOT_RUN: &[(&str, &str, &str)] = &[
    // packetdrill leaves the port of a connect to the machine, and tells several connections apart by their ports.
    ("udp-beside-tcp", "client", "a connection and datagrams from ports that the machine chooses"),
    ("bufferbloat", "client", "a connection and datagrams from ports that the machine chooses"),
    ("backlog", "client", "four connections from ports that the machine chooses"),
    ("syn-flood", "attacker", "eight connections from ports that the machine chooses"),
    ("syn-cookies", "attacker", "eight connections from ports that the machine chooses"),
    ("port-forwarding", "outside", "two connections from ports that the machine chooses"),
    // A line with udp goes to the port that was bound last, whatever it says.
    ("udp-beside-tcp", "server", "a bound port of TCP and one of UDP"),
    ("bufferbloat", "server", "a bound port of TCP and one of UDP"),
    ("cubic-reno", "server", "two interfaces with an address each"),
    ("syn-flood", "server", "which half-open connections are given up first is left to chance"),
];

/// Every host's script of every scenario is run against the engine, which must do the same again.
#[test]
fn an_exported_script_holds_when_it_is_run() {
    let mut wrong = Vec::new();
    let mut held = 0;
    for exhibit in lab::GALLERY {
        let scenario = scenario(exhibit.id);
        let state = State::open(Subject::Scenario(scenario.clone()), Link::default());
        for host in &scenario.world.hosts {
            let player =
                state.story.players.iter().find(|player| player.name == host.name).expect("it plays");
            let text = script(&state.story, player.host, Some(&scenario));
            if !state.story.calls.iter().any(|call| call.host == player.host) {
                continue;
            }
            let source = ::packetdrill::Source { name: format!("{}-{}", exhibit.id, host.name), text };
            let parsed = ::packetdrill::parse(&source).unwrap_or_else(|error| panic!("{error:?}"));
            let known = NOT_RUN.iter().find(|(id, name, _)| *id == exhibit.id && *name == host.name);
            let verdict = ::packetdrill::tell(&parsed, &NoFiles).0.verdict;
            match (verdict == ::packetdrill::Verdict::Ok, known) {
                (true, None) => held += 1,
                (true, Some(_)) => wrong.push(format!("{}: it holds now: take it off the list", source.name)),
                (false, Some(_)) => {}
                (false, None) => wrong.push(format!("{}: {verdict:?}", source.name)),
            }
        }
    }
    assert!(wrong.is_empty(), "{held} hold, but\n{}", wrong.join("\n"));
}

#[test]
fn the_script_of_a_story_is_packetdrills() {
    let story = story("handshake", str::to_owned);
    let client = story.players[0].host;
    expect_test::expect![[r#"
        // As client sees it.
        --connect_port=8000
        0.010000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        0.010000...0.050010 connect(3, ..., ...) = 0
        0.010000 > S 0:0(0) win 64240 <mss 1460,sackOK,TS val 2107147403 ecr 0,nop,wscale 10>
        0.050010 < S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 3969547709 ecr 2107147403,nop,wscale 10>
        0.050010 > . 1:1(0) ack 1 win 63 <nop,nop,TS val 2107147443 ecr 3969547709>
        0.110010 send(3, ..., 5, 0) = 5
        0.110010 > P. 1:6(5) ack 1 win 63 <nop,nop,TS val 2107147503 ecr 3969547709>
        0.150020 < . 1:1(0) ack 6 win 64 <nop,nop,TS val 3969547809 ecr 2107147503>
        0.190010 close(3) = 0
        0.190010 > F. 6:6(0) ack 1 win 63 <nop,nop,TS val 2107147583 ecr 3969547809>
        0.230020 < F. 1:1(0) ack 7 win 64 <nop,nop,TS val 3969547889 ecr 2107147583>
        0.230020 > . 7:7(0) ack 2 win 63 <nop,nop,TS val 2107147623 ecr 3969547889>
    "#]]
    .assert_eq(&script(&story, client, None));
}

#[test]
fn every_record_is_in_the_json() {
    let story = story("handshake", str::to_owned);
    let json = export::records(&story, lab::exhibit_text("handshake"), &[Change::Seed(3)]);
    assert_eq!(json["records"].as_array().map(Vec::len), Some(story.log().records().len()));
    let sent = json["records"].as_array().into_iter().flatten().find(|record| record["kind"] == "sent");
    assert!(sent.is_some_and(|sent| sent["octets"].as_str().is_some_and(|hex| hex.starts_with("45"))));
    assert_eq!((&json["scenario"]["id"], &json["changes"][0]["seed"]), (&"handshake".into(), &3.into()));
}

#[test]
fn moments_are_written_for_the_eye_and_for_links() {
    let at = Instant(131_584);
    assert_eq!(fold::short_seconds(at), "0.132 s");
    assert_eq!(fold::bare_seconds(at), "0.131584");
    assert_eq!(fold::long_seconds(Instant(1_500_000)), "1.500000 s");
    assert_eq!(fold::short_seconds(Instant(999_600)), "1.000 s");
}
proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_a_person_does_the_desk_stands(
        id in proptest::sample::select(&["handshake", "syn-ack-lost", "nat", "udp-beside-tcp", "syn-flood"][..]),
        deeds in proptest::collection::vec((0_u8..14, any::<usize>()), 1..25),
    ) {
        let mut state = State::open(Subject::Scenario(scenario(id)), Link::read(""));
        for (deed, which) in deeds {
            let packets = state.story.packets.len().max(1);
            let fates = [
                FaultAction::Drop,
                FaultAction::DelayUs([1, 50_000, 600_000_000, u64::MAX][which % 4]),
                FaultAction::Duplicate,
                FaultAction::Corrupt,
                FaultAction::Swap,
            ];
            let action = match deed {
                0..=4 if !state.story.packets.is_empty() => {
                    interfere::befall(&state, which % packets, fates[usize::from(deed)])
                }
                5 => Do::Undo,
                6 => Do::Redo,
                7 => Do::Unchange(which % 30),
                8 => Do::Step((which % 9) as i32 - 4),
                9 => Do::Act(Act::Pick(Some(Thing::Packet(which % (packets + 2))))),
                10 => Do::SeekPlace([f64::NAN, f64::INFINITY, -1.0, which as f64][which % 4]),
                11 => Do::Repeat,
                12 => Do::ToggleIdle,
                _ => Do::Tick(Micros(u64::MAX >> (which % 64))),
            };
            state.take(action);
            state.take(Do::Run);
            prop_assert!((state.story.begin..=state.story.end).contains(&state.at));
        }
        let again = State::open(Subject::Scenario(scenario(id)), Link::read(&state.link().write([])));
        prop_assert_eq!(again.story.log(), state.story.log());
        prop_assert_eq!(again.link(), state.link());
    }

    #[test]
    fn no_number_in_an_address_breaks_the_desk(
        what in proptest::sample::select(&[
            "{'path':{'link':'net','path':{'delay_us':N}}}", "{'path':{'link':'net','path':{'rate_bps':N}}}",
            "{'path':{'link':'net','path':{'jitter_us':N}}}", "{'path':{'link':'net','path':{'loss_ppm':N}}}",
            "{'path':{'link':'net','path':{'queue_packets':N}}}", "{'mtu':{'link':'net','mtu':N}}",
            "{'sysctl':{'host':'server','name':'net.ipv4.tcp_rmem','value':'N N N'}}",
            "{'sysctl':{'host':'client','name':'net.ipv4.tcp_wmem','value':'N N N'}}",
            "{'sysctl':{'host':'client','name':'net.ipv4.tcp_syn_retries','value':'N'}}",
            "{'route':{'host':'client','name':'initcwnd','value':'N'}}", "{'route':{'host':'client','name':'advmss','value':'N'}}",
            "{'pace':{'program':'client','step':N,'every_us':N}}", "{'pace':{'program':'client','step':3,'piece':N,'every_us':N}}", "{'seed':N}",
        ][..]),
        number in proptest::sample::select(&["0", "1", "2147483647", "4294967295", "9223372036854775807", "18446744073709551615", "-1"][..]),
    ) {
        let state = desk(&format!("changes=[{}]", what.replace('N', number)));
        prop_assert!(!state.changes.is_empty() || state.refused.is_some() || state.notice.is_some());
        prop_assert!(!state.story.packets.is_empty() || state.ended.is_some() || !state.changes.is_empty());
    }
}
