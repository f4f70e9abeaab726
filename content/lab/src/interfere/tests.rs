//! Every datagram of several scenarios is befallen by everything, and nothing else is.

use super::*;
use crate::{GALLERY, exhibit_text};

const ACTIONS: [FaultAction; 6] = [
    FaultAction::Drop,
    FaultAction::DelayUs(3_333),
    FaultAction::Duplicate,
    FaultAction::Corrupt,
    FaultAction::Swap,
    FaultAction::Mark,
];

/// A datagram as it was sent, apart from what a mark changes.
fn unmarked(datagram: &Datagram) -> Datagram {
    let mut datagram = datagram.clone();
    datagram.ip_mut().ecn = wire::Ecn::default();
    datagram
}

fn check(scenario: &Scenario, packet: PacketId, log: &Log, action: FaultAction) {
    let name = format!("{}: {action:?} of #{packet}", scenario.id);
    let records = log.records();
    let is_it = |what: &What| matches!(what, What::Trace(Trace::Sent(transit)) if transit.packet == packet);
    let place = records.iter().position(|record| is_it(&record.what)).expect("it was seen in this Log");
    let What::Trace(Trace::Sent(was)) = &records[place].what else { unreachable!("it was sent") };
    let Some(change) = befall(scenario, log, packet, action) else {
        assert!(
            was.copy_of.is_some()
                || matches!(was.fate, Fate::Lost | Fate::QueueFull | Fate::TooBig)
                || was.link.0 as usize >= scenario.world.links.len() && !is_machine(scenario),
            "{name}: nothing can befall it, and nobody knows why"
        );
        return;
    };
    let mut changed = scenario.clone();
    change.apply(&mut changed).unwrap_or_else(|error| panic!("{name}: {error}"));
    let again = run(&changed).unwrap_or_else(|error| panic!("{name}: {error}")).log;
    assert_eq!(again.records()[..place], records[..place], "{name}: {}: the past changed", change.says());
    let is = again.records().get(place).map(|record| &record.what);
    if action == FaultAction::Swap {
        // Where one is held back already, a second is not.
        if scenario.world.faults.iter().any(|fault| fault.action == FaultAction::Swap) {
            return;
        }
        // It waits for the next of its direction, and goes right behind it.
        let later = again.records()[place..].iter().find_map(|record| match &record.what {
            What::Trace(Trace::Sent(transit)) if unmarked(&transit.datagram) == unmarked(&was.datagram) => {
                Some(record.at)
            }
            _ => None,
        });
        let other = again.records().get(place).is_none_or(|record| record.at > records[place].at || !matches!(&record.what, What::Trace(Trace::Sent(is)) if is.datagram == was.datagram && is.from == was.from));
        let ended = again.records().last().map(|record| record.at)
            < Some(records[place].at + sockets::Micros(1_000_000));
        assert!(other && (later.is_some() || ended), "{name}: {}: it was not swapped", change.says());
        return;
    }
    let Some(What::Trace(Trace::Sent(is))) = is else { panic!("{name}: {}: it was not sent", change.says()) };
    assert_eq!(unmarked(&is.datagram), unmarked(&was.datagram), "{name}: {}", change.says());
    let arrives = |fate| match fate {
        Fate::Arrives { at } | Fate::Corrupted { at } => Some(at),
        _ => None,
    };
    let twice = again.records()[place + 1..].iter().any(
        |record| matches!(&record.what, What::Trace(Trace::Sent(copy)) if copy.copy_of == Some(is.packet)),
    );
    let done = match action {
        FaultAction::Drop => is.fate == Fate::Dropped,
        // One that was late already is now late by this much instead.
        FaultAction::DelayUs(late) => match (arrives(was.fate), arrives(is.fate)) {
            (Some(was), Some(is)) => is == was + sockets::Micros(late) || scenario.has_reordering(),
            (was, is) => was.is_none() && is.is_some(),
        },
        FaultAction::Duplicate => twice,
        FaultAction::Corrupt => matches!(is.fate, Fate::Corrupted { .. }),
        FaultAction::Mark => is.datagram.ip().ecn == wire::Ecn::CongestionExperienced,
        FaultAction::Swap => true,
    };
    assert!(done, "{name}: {}: it came out as {:?}", change.says(), is.fate);
}

impl Scenario {
    fn has_reordering(&self) -> bool {
        let late = |fault: &FaultPart| matches!(fault.action, FaultAction::DelayUs(_));
        self.world.links.iter().any(|link| link.path.reorder_ppm.is_some())
            || self.world.faults.iter().any(late)
    }
}

/// All of a scenario's datagrams, or a few of them where it has many.
fn check_all(scenario: &Scenario) {
    let log = run(scenario).unwrap_or_else(|error| panic!("{}: {error}", scenario.id)).log;
    let packets: Vec<PacketId> = log
        .records()
        .iter()
        .filter_map(|record| match &record.what {
            What::Trace(Trace::Sent(transit)) => Some(transit.packet),
            _ => None,
        })
        .collect();
    let step = if packets.len() > 60 { packets.len() / 10 } else { 1 };
    for packet in packets.iter().step_by(step) {
        for action in ACTIONS {
            check(scenario, *packet, &log, action);
        }
    }
}

#[test]
fn every_datagram_of_the_gallery_can_be_befallen_and_nothing_before_it_changes() {
    for exhibit in GALLERY {
        let text = exhibit_text(exhibit.id).expect("every exhibit has its text");
        check_all(&Scenario::parse(text).unwrap_or_else(|error| panic!("{}: {error}", exhibit.id)));
    }
}

/// Two hosts behind a translation talk UDP and TCP to a third, over links that lose, repeat, reorder and swap.
const MESSY: &str = r#"{"id":"messy","title":"Messy","world":{"seed":3,
    "hosts":[
        {"name":"pc","interfaces":[{"link":"home","addresses":["192.168.0.2/24"]}],"gateway":"192.168.0.1"},
        {"name":"tv","interfaces":[{"link":"home","addresses":["192.168.0.3/24"]}],"gateway":"192.168.0.1"},
        {"name":"server","interfaces":[{"link":"net","addresses":["198.51.100.7/24"]}]}],
    "routers":[{"name":"box","interfaces":[{"link":"home","addresses":["192.168.0.1/24"]},{"link":"net","addresses":["198.51.100.1/24"]}],
        "nat":{"outside":"net"}}],
    "links":[{"name":"home","path":{"delay_us":300,"duplicate_ppm":100000}},
        {"name":"net","path":{"delay_us":9000,"loss_ppm":50000,"duplicate_ppm":50000,"corrupt_ppm":20000,"reorder_ppm":100000}}],
    "faults":[{"from":"server","flags":"ACK","data":false,"nth":2,"action":"swap"},{"from":"pc","data":true,"nth":3,"action":"drop"}]},
    "programs":[
        {"host":"server","steps":[
            {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"l"},
            {"call":"bind","socket":"l","address":["",5000]},
            {"call":"listen","socket":"l","backlog":5},
            {"call":"accept","socket":"l","as":"c"},
            {"call":"recv","socket":"c","max":1000,"until":"end"},
            {"call":"close","socket":"c"}]},
        {"name":"quiet","host":"server","steps":[
            {"call":"socket","family":"AF_INET","kind":"SOCK_DGRAM","as":"u"},
            {"call":"bind","socket":"u","address":["",5353]},
            {"sleep_us":900000},{"call":"close","socket":"u"}]},
        {"host":"pc","steps":[
            {"sleep_us":1000},
            {"call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"},
            {"call":"connect","socket":"s","address":["server",5000]},
            {"call":"send","socket":"s","fill":20000},
            {"call":"close","socket":"s"}]},
        {"host":"tv","steps":[
            {"call":"socket","family":"AF_INET","kind":"SOCK_DGRAM","as":"s"},
            {"call":"sendto","socket":"s","address":["server",5353],"fill":600,"piece":200,"every_us":4000},
            {"call":"sendto","socket":"s","address":["server",53],"fill":20}]}],
    "afterwards_us":3000000}"#;

#[test]
fn datagrams_over_messy_links_and_through_a_translation_can_be_befallen_too() {
    check_all(&Scenario::parse(MESSY).unwrap_or_else(|error| panic!("{error}")));
}

#[test]
fn what_a_person_did_still_means_the_same_when_the_link_is_slower() {
    let text = exhibit_text("handshake").expect("it is there");
    let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let log = run(&scenario).unwrap_or_else(|error| panic!("{error}")).log;
    let change = befall(&scenario, &log, PacketId(1), FaultAction::Drop).expect("the SYN-ACK can be lost");
    assert_eq!(change.says(), "the 1st SYN-ACK from server is lost");
    let slower = Change::read(r#"[{"path":{"link":"net","path":{"delay_us":70000}}},{"seed":9}]"#);
    let mut changes = slower.unwrap_or_else(|error| panic!("{error}"));
    changes.push(change);
    let changed = crate::changed(&scenario, &changes).unwrap_or_else(|error| panic!("{error}"));
    let log = run(&changed).unwrap_or_else(|error| panic!("{error}")).log;
    let dropped: Vec<String> = log
        .records()
        .iter()
        .filter_map(|record| match &record.what {
            What::Trace(Trace::Sent(transit)) if transit.fate == Fate::Dropped => {
                transit.datagram.segment().map(|segment| format!("{:?}", segment.flags))
            }
            _ => None,
        })
        .collect();
    assert_eq!(dropped.len(), 1, "{dropped:?}");
}

#[test]
fn what_befalls_a_datagram_of_one_machine_befalls_it_alone() {
    for preset in crate::presets()
        .into_iter()
        .filter(|preset| ["echo", "refused", "half-close"].contains(&&preset.id[..]))
    {
        let mut scenario = Scenario::on_one_host(preset, 1);
        let path = sim::world::PathPart { delay_us: Some(20_000), ..Default::default() };
        scenario.world.hosts[0].loopback = Some(path);
        check_all(&scenario);
    }
}
