//! A story that grew is the same as one that was told at once.

use super::{Cast, Growing, Origin, Story};
use lab::{Scenario, run};
use sockets::{Event, Log, Record, What};
use std::rc::Rc;

fn write(log: &mut Log, record: &Record) {
    let event = match record.what.clone() {
        What::Entered(call) => return log.enter(record.at, *call),
        What::Returned { call, outcome, took, note } => Event::Returned { call, outcome, took, note },
        What::State { socket, sample } => Event::State { socket, sample },
        What::Trace(trace) => Event::Trace(trace),
        What::Notice(text) => Event::Notice(text),
        What::Gone(why) => Event::Gone(why),
    };
    log.observe(record.at, event);
}

/// Tells a Log's story as it grows, and compares it with the whole at some of the cuts: all of them in a short one.
fn grow(name: &str, whole: &Log, cast: &Cast, origin: Origin, cuts: usize) {
    let mut growing = Growing::new(origin);
    let mut log = Log::new();
    let count = whole.records().len();
    let every = count.div_ceil(cuts).max(1);
    for (place, record) in whole.records().iter().enumerate() {
        write(&mut log, record);
        // Uneven steps, so that what belongs together is cut in different places.
        if place % every != (place / every) % every && place + 1 != count {
            continue;
        }
        let log = Rc::new(log.clone());
        let grown = growing.tell(log.clone(), cast.clone());
        let told = Story::of(log, cast.clone(), origin);
        assert!(grown.goes_on);
        same(&grown, &told, &format!("{name} after {} of {count} records", place + 1));
    }
    let log = Rc::new(log);
    let ended = growing.end(log.clone(), cast.clone());
    assert!(!ended.goes_on);
    same(&ended, &Story::of(log, cast.clone(), origin), &format!("{name}, its end"));
}

fn same(grown: &Story, told: &Story, at: &str) {
    assert_eq!(grown.packets, told.packets, "{at}");
    assert_eq!(grown.calls, told.calls, "{at}");
    assert_eq!(grown.ends, told.ends, "{at}");
    assert_eq!((&grown.reactions, &grown.stops), (&told.reactions, &told.stops), "{at}");
    assert_eq!((&grown.players, &grown.links), (&told.players, &told.links), "{at}");
    assert_eq!((grown.begin, grown.end), (told.begin, told.end), "{at}");
}

#[test]
fn a_story_that_grew_is_the_same_as_one_that_was_told_at_once() {
    for exhibit in lab::GALLERY {
        let scenario = Scenario::parse(lab::exhibit_text(exhibit.id).expect("it is in the gallery"))
            .unwrap_or_else(|error| panic!("{error}"));
        let log = run(&scenario).unwrap_or_else(|error| panic!("{error}")).log;
        grow(exhibit.id, &log, &Cast::of(&scenario.world), Origin::Simulated, 150_000 / log.records().len());
    }
}

#[test]
fn so_is_a_capture_and_what_a_kernel_told() {
    for id in ["handshake", "simultaneous-open", "refused", "rst-on-unread"] {
        let Some(text) = lab::exhibit_text(id) else { continue };
        let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let log = run(&scenario).unwrap_or_else(|error| panic!("{error}")).log;
        let mut sampled = Log::new();
        let calls = |record: &&Record| !matches!(record.what, What::Trace(_));
        log.records().iter().filter(calls).for_each(|record| write(&mut sampled, record));
        grow(id, &sampled, &Cast::of(&scenario.world), Origin::Sampled, usize::MAX);
    }
    let mut seen = super::tests::captured("handshake", 0).log().records().to_vec();
    let mut captured = Log::new();
    seen.drain(..2);
    seen.iter().for_each(|record| write(&mut captured, record));
    grow("a capture", &captured, &Cast::default(), Origin::Captured, usize::MAX);
}
