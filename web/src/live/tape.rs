//! The session's Log, shared: all states of the page hold the same tape, and only its end grows. So a call costs the same, however
//! many were made before it.

use sockets::{Back, Call, CallId, CallLine, Event, HostId, Instant, Log, Record, What};
use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The Log of a session, and where its calls stand in it.
#[derive(Clone, Debug, Default)]
pub struct Tape(Rc<RefCell<Told>>);

/// What is on a tape.
#[derive(Debug, Default)]
pub struct Told {
    log: Log,
    /// The records of each call, in the order of entering: its entry, and its way back.
    calls: Vec<(usize, Option<usize>)>,
    /// The newest call of each number.
    places: BTreeMap<CallId, usize>,
    of_host: BTreeMap<HostId, Vec<usize>>,
}

impl Tape {
    /// How many records there are.
    pub fn len(&self) -> usize {
        self.read().log.records().len()
    }

    /// Whether nothing has happened.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether they are one tape.
    pub fn is(&self, other: &Tape) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// What is on it.
    pub fn read(&self) -> Ref<'_, Told> {
        self.0.borrow()
    }

    /// Writes down that a program makes a call.
    pub fn enter(&self, at: Instant, call: Call) {
        let mut told = self.0.borrow_mut();
        let (place, record) = (told.calls.len(), told.log.records().len());
        told.calls.push((record, None));
        told.places.insert(call.id, place);
        told.of_host.entry(call.host).or_default().push(place);
        told.log.enter(at, call);
    }

    /// Writes down what the network said.
    pub fn observe(&self, at: Instant, event: Event) {
        let mut told = self.0.borrow_mut();
        let record = told.log.records().len();
        if let Event::Returned { call, .. } = &event
            && let Some(&place) = told.places.get(call)
        {
            told.calls[place].1.get_or_insert(record);
        }
        told.log.observe(at, event);
    }

    /// The newest record, for whoever folds them.
    pub fn last(&self) -> Option<Ref<'_, Record>> {
        Ref::filter_map(self.read(), |told| told.log.records().last()).ok()
    }
}

impl Told {
    /// The Log.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The calls of a host, in the order of entering, as places among all calls.
    pub fn of_host(&self, host: HostId) -> &[usize] {
        self.of_host.get(&host).map_or(&[], |places| places)
    }

    /// The place of a call among all.
    pub fn place(&self, call: CallId) -> Option<usize> {
        self.places.get(&call).copied()
    }

    /// A call by its place.
    pub fn call(&self, place: usize) -> Option<CallLine<'_>> {
        let &(entry, back) = self.calls.get(place)?;
        let records = self.log.records();
        let What::Entered(call) = &records[entry].what else { return None };
        let back = back.and_then(|back| match &records[back].what {
            What::Returned { outcome, took, note, .. } => {
                Some(Back { at: records[back].at, outcome, took: *took, note: note.as_deref() })
            }
            _ => None,
        });
        Some(CallLine { entered: records[entry].at, call, back })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockets::{Family, Micros, Op, SocketId, SocketKind, Value};

    #[test]
    fn a_tape_tells_the_same_calls_as_its_log() {
        let tape = Tape::default();
        let op = || Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
        for id in 0..40_u32 {
            let (call, host) = (CallId(id % 7), HostId(id % 3));
            tape.enter(Instant(u64::from(id)), Call { id: call, host, timeout: None, op: op() });
            // One of five waits for ever, and a number serves again.
            if id % 5 != 0 {
                let outcome = Ok(Value::Socket { socket: SocketId(id) });
                tape.observe(
                    Instant(u64::from(id)),
                    Event::Returned { call, outcome, took: Micros(1), note: None },
                );
            }
        }
        let told = tape.read();
        let lines = told.log().calls();
        assert_eq!(lines.len(), 40);
        for (place, line) in lines.iter().enumerate() {
            let same = told.call(place).expect("it was made");
            assert_eq!(
                (same.entered, same.call, same.back.is_some()),
                (line.entered, line.call, line.back.is_some())
            );
            assert!(told.of_host(line.host()).contains(&place));
        }
        assert_eq!(told.place(CallId(4)), Some(39));
        assert!(told.call(40).is_none() && told.of_host(HostId(9)).is_empty());
    }
}
