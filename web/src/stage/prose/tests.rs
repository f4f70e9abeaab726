//! Every mark of the gallery names something, and what is pointed at comes back to the prose.

use super::{find, is_lit};
use crate::stage::desk::VIEWS;
use crate::stage::story::{Cast, Origin};
use crate::stage::{Focus, Story, Thing};
use lab::{GALLERY, Scenario, exhibit_text, run};
use std::rc::Rc;

fn story(scenario: &Scenario) -> Story {
    let run = run(scenario).unwrap_or_else(|error| panic!("{}: {error}", scenario.id));
    Story::of(Rc::new(run.log), Cast::of(&scenario.world).named(run.names), Origin::Simulated)
}

fn scenario(id: &str) -> Scenario {
    Scenario::parse(exhibit_text(id).expect("the gallery has it")).expect("it is one")
}

#[test]
fn every_mark_of_the_gallery_names_something_in_its_story() {
    let mut wrong = Vec::new();
    for exhibit in GALLERY {
        let scenario = scenario(exhibit.id);
        let story = story(&scenario);
        let marks: Vec<&str> =
            exhibit.prose.iter().map(|part| part.mark).filter(|mark| !mark.is_empty()).collect();
        if marks.len() < 2 {
            wrong.push(format!("{} has {} marks: it needs two or more", exhibit.id, marks.len()));
        }
        for mark in marks {
            if find(&story, mark).is_none() {
                wrong.push(format!("{}: nothing is “{mark}”", exhibit.id));
            }
        }
        for text in [exhibit.look_for, exhibit.title]
            .into_iter()
            .chain(scenario.moments.iter().map(|one| &one.says[..]))
        {
            if text.contains(['[', ']', '#']) {
                wrong.push(format!("{}: “{text}” has a mark that is none", exhibit.id));
            }
        }
        for view in &scenario.views {
            if !VIEWS.contains(&&view[..]) {
                wrong.push(format!("{}: there is no view “{view}”", exhibit.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a mark names in a scenario of the gallery, in words.
fn check(id: &str, mark: &str, expected: &str) {
    let story = story(&scenario(id));
    let found = find(&story, mark).map_or("nothing".to_owned(), |found| {
        let thing = match found.thing {
            Thing::Packet(packet) => crate::stage::desk::packet_name(&story, packet),
            Thing::Call(call) => story.call(call).op.kind().name().to_owned(),
            Thing::Reaction(reaction) => story.reaction(reaction).rule.name.to_owned(),
            Thing::End(end) => format!("{:?}", story.end_of(end).name),
            Thing::Field(name) => name.to_owned(),
            Thing::Octets { .. } => "octets".to_owned(),
        };
        found.at.map_or(thing.clone(), |at| format!("{thing} at {}", sockets::Micros(at.0)))
    });
    assert_eq!(found, expected, "{id}: {mark}");
}

#[test]
fn marks_find_what_they_say() {
    check("handshake", "segment:client:SYN", "SYN at 30.0 ms");
    check("handshake", "segment:server:SYN-ACK", "SYN-ACK at 50.0 ms");
    check("handshake", "call:client:connect", "connect at 50.0 ms");
    check("handshake", "state:server:SYN-RECEIVED", "syn-received at 30.0 ms");
    check("handshake", "socket:server:listener", "Some(\"listener\")");
    check("handshake", "field:sequence-number", "sequence number");
    check("syn-lost", "segment:client:SYN+lost", "SYN at 10.0 ms");
    check("syn-lost", "segment:client:SYN+again", "SYN at 1.03 s");
    check("syn-lost", "timer:client:retransmission", "retransmission at 1.01 s");
    for nothing in [
        "",
        "segment:mars:SYN",
        "segment:client:SYN:3",
        "segment:client:green",
        "state:client:LOST",
        "timer:client:keep-alive",
        "socket:client:listener",
        "field:mood",
        "rule:client:syn-received",
    ] {
        check("syn-lost", nothing, "nothing");
    }
}

#[test]
fn what_lights_up_in_a_view_lights_up_its_term() {
    let story = story(&scenario("nat"));
    let found = find(&story, "segment:pc:SYN").expect("it is sent").thing;
    let Thing::Packet(first) = found else { panic!("it is a packet") };
    let hops = story.hops(first);
    assert!(hops.len() > 1, "it crosses a router");
    for hop in hops {
        assert!(is_lit(&Focus::of(&story, Some(Thing::Packet(hop)), None), found));
    }
    assert!(!is_lit(&Focus::of(&story, Some(Thing::Field("window")), None), found));
    let field = find(&story, "field:window").expect("there is one").thing;
    assert!(is_lit(&Focus::of(&story, Some(Thing::Field("window")), None), field));
}

#[test]
fn what_a_change_took_away_is_named_no_more() {
    let mut without = scenario("syn-lost");
    assert!(find(&story(&without), "segment:client:SYN+lost").is_some());
    without.world.faults.clear();
    assert!(find(&story(&without), "segment:client:SYN+lost").is_none());
}
