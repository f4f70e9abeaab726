//! Driving programs on a network that is made for the test: calls come back after as many microseconds as their time-out says.

use super::*;
use crate::Action;
use sockets::{HostId, Op, Outcome, Sight, Value};
use std::collections::BTreeMap;
use wasm_bindgen_test::wasm_bindgen_test;

#[derive(Default)]
struct Echo(BTreeMap<(Instant, CallId), ()>);

impl Network for Echo {
    fn sight(&self) -> Sight {
        Sight::Calls
    }
    fn submit(&mut self, now: Instant, call: Call) {
        if let Some(time) = call.timeout {
            self.0.insert((now + time, call.id), ());
        }
    }
    fn poll(&mut self, now: Instant) -> Option<Event> {
        let first = self.0.first_entry().filter(|first| first.key().0 <= now)?;
        let ((_, call), ()) = first.remove_entry();
        Some(Event::Returned { call, outcome: Ok(Value::Done {}), took: Micros::ZERO, note: None })
    }
    fn wakes_at(&self) -> Option<Instant> {
        self.0.first_key_value().map(|((at, _), ())| *at)
    }
}

/// Makes so many calls, one after the other, each of which takes so long.
struct Caller {
    name: &'static str,
    left: u32,
    takes: Option<u64>,
    under_way: bool,
}

impl Program for Caller {
    fn name(&self) -> &str {
        self.name
    }
    fn next(&mut self, _seen: &Seen<'_>) -> Action {
        if self.under_way {
            return Action::Wait("gethostname has not come back".into());
        }
        if self.left == 0 {
            return Action::Finished;
        }
        self.left -= 1;
        self.under_way = true;
        Action::Call { host: HostId(0), timeout: self.takes.map(Micros), op: Op::GetHostName {}, site: None }
    }
    fn take(&mut self, _call: CallId, _outcome: &Outcome) {
        self.under_way = false;
    }
}

fn driven(callers: &[(&'static str, u32, Option<u64>)]) -> (Log, Ending) {
    let make = |&(name, left, takes): &_| Caller { name, left, takes, under_way: false };
    let limits = Limits { actions_at_once: 100, ..Limits::default() };
    let callers = callers.iter().map(make).collect();
    let mut driver = Driver::new(Echo::default(), callers, Clock::Virtual, limits);
    let ending = drive(&mut driver);
    (driver.into_parts().0, ending)
}

#[wasm_bindgen_test(unsupported = test)]
fn programs_take_turns_and_time_moves_to_what_comes_next() {
    let (log, ending) = driven(&[("a", 2, Some(10)), ("b", 3, Some(4))]);
    assert_eq!(ending, Ending::Finished);
    let back: Vec<u64> = log.calls().iter().filter_map(|line| line.back).map(|back| back.at.0).collect();
    assert_eq!(back, [10, 4, 8, 12, 20]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_program_that_never_lets_time_pass_is_stopped_by_name() {
    let (log, ending) = driven(&[("quiet", 1, Some(7)), ("busy", 1_000_000, Some(0))]);
    let Ending::Runaway { program, at, .. } = &ending else { panic!("{ending}") };
    assert_eq!((&program[..], *at), ("busy", Instant::START));
    assert!(log.records().len() < 500);
    assert!(ending.to_string().contains("without letting time pass"), "{ending}");
}

#[wasm_bindgen_test(unsupported = test)]
fn those_that_wait_for_ever_are_named() {
    let (_, ending) = driven(&[("a", 1, Some(5)), ("b", 1, None), ("c", 1, None)]);
    assert_eq!(
        ending.to_string(),
        "nothing will ever happen any more: b: gethostname has not come back; c: gethostname has not come back"
    );
}
