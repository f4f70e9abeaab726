//! A desk on a story that goes on: the moment is now until somebody looks back.

use super::link::Link;
use super::state::{Do, Pace, State};
use super::{Subject, Told};
use crate::stage::Act;
use crate::stage::story::{Cast, Growing, Origin};
use lab::{Scenario, exhibit_text, run};
use sockets::{Event, Instant, Log, Micros, Record, What};
use std::rc::Rc;

/// A scenario that is told as if it were lived: record by record.
struct Session {
    growing: Growing,
    log: Log,
    rest: std::vec::IntoIter<Record>,
    cast: Cast,
}

impl Session {
    fn of(id: &str) -> Session {
        let scenario = Scenario::parse(exhibit_text(id).expect("it is in the gallery")).expect("it is one");
        let log = run(&scenario).expect("it runs").log;
        Session {
            growing: Growing::new(Origin::Simulated),
            log: Log::new(),
            rest: log.records().to_vec().into_iter(),
            cast: Cast::of(&scenario.world),
        }
    }

    /// The story after one more record that `last` is true for.
    fn until(&mut self, last: impl Fn(&What) -> bool) -> Subject {
        for record in self.rest.by_ref() {
            let done = last(&record.what);
            let event = match record.what {
                What::Entered(call) => {
                    self.log.enter(record.at, *call);
                    if done {
                        break;
                    }
                    continue;
                }
                What::Returned { call, outcome, took, note } => Event::Returned { call, outcome, took, note },
                What::State { socket, sample } => Event::State { socket, sample },
                What::Trace(trace) => Event::Trace(trace),
                What::Notice(text) => Event::Notice(text),
                What::Gone(why) => Event::Gone(why),
            };
            self.log.observe(record.at, event);
            if done {
                break;
            }
        }
        Subject::Story(Told::new(self.growing.tell(Rc::new(self.log.clone()), self.cast.clone())))
    }
}

fn sent(what: &What) -> bool {
    matches!(what, What::Trace(sockets::Trace::Sent(_)))
}

#[test]
fn now_glides_while_a_segment_is_under_way_and_rests_when_all_is_quiet() {
    let mut session = Session::of("handshake");
    let mut desk = State::open(session.until(sent), Link::default());
    let begun = desk.story.end;
    let arrives = desk.story.packets[0].arrives.expect("it arrives");
    assert!(desk.follows() && desk.pace() == Pace::Glides);
    for passed in [3, 2_000, 11_000] {
        desk.take(Do::Now(begun + Micros(passed)));
        assert_eq!((desk.at, desk.pace()), (begun + Micros(passed), Pace::Glides));
    }
    // What was told a little late does not take the moment back.
    let before = desk.at;
    desk.take(Do::Show(session.until(|_| true)));
    assert!((before..=arrives).contains(&desk.at), "{:?}", desk.at);
    desk.take(Do::Show(session.until(|_| false)));
    // TIME-WAIT is over, and nobody tells of it.
    desk.take(Do::Now(desk.story.end + Micros(100_000_000)));
    assert_eq!((desk.at, desk.pace()), (desk.story.end, Pace::Rests));
    let rests = desk.at;
    desk.take(Do::Now(desk.story.end + Micros(900_000_000)));
    assert_eq!(desk.at, rests);
}

#[test]
fn a_call_that_waits_is_followed_smoothly_at_first_and_then_now_and_then() {
    let mut session = Session::of("handshake");
    let accept =
        |what: &What| matches!(what, What::Entered(call) if call.op.kind() == sockets::OpKind::Accept);
    let mut desk = State::open(session.until(accept), Link::default());
    let end = desk.story.end;
    desk.take(Do::Now(end + Micros(400_000)));
    assert_eq!(desk.pace(), Pace::Glides);
    desk.take(Do::Now(end + Micros(4_000_000)));
    assert_eq!((desk.at, desk.pace()), (end + Micros(4_000_000), Pace::Waits));
}

#[test]
fn who_looks_back_stays_there_until_now_is_wanted() {
    let mut session = Session::of("handshake");
    let mut desk = State::open(session.until(sent), Link::default());
    let places: [Do; 3] = [Do::Begin, Do::Act(Act::Seek(Instant(1))), Do::SeekPlace(0.0)];
    for back in places {
        desk.take(back);
        let looked = desk.at;
        assert!(!desk.follows() && desk.pace() == Pace::Rests);
        desk.take(Do::Now(desk.story.end + Micros(5)));
        desk.take(Do::Show(session.until(sent)));
        assert_eq!(desk.at, looked);
        desk.take(Do::Finish);
        assert!(desk.follows() && desk.at == desk.story.end);
    }
    // Played to the end, it is now again.
    desk.take(Do::TogglePlay);
    assert!(desk.playing && !desk.follows());
    desk.take(Do::Tick(Micros(u64::MAX / 2)));
    assert!(!desk.playing && desk.follows());
}
