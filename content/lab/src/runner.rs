//! A script that is being run: which call comes next, what came back, whether it was as expected.

use crate::{Expect, Script, Step};
use sockets::{CallId, Event, Micros, Op, Outcome, SocketId, Sockets, Value};
use std::collections::BTreeMap;

/// A script under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    script: Script,
    next: usize,
    /// How many octets the step with a pace has sent that is being made.
    given: usize,
    running: BTreeMap<CallId, usize>,
    bound: BTreeMap<String, SocketId>,
    /// Every socket that was ever bound to a name, with that name.
    names: BTreeMap<SocketId, String>,
    verdicts: Vec<Option<Verdict>>,
    /// The first step that came out otherwise than expected.
    unmet: Option<usize>,
}

/// How a step came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Met,
    /// Not as expected; the text says what was expected and what came.
    Unmet(String),
}

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Make this call.
    Call(Ready),
    /// Wait; the text says for what.
    Wait(String),
    /// A step came out otherwise than expected, and those after it would mean nothing; the text says which and how.
    Stopped(String),
    /// All is done.
    Finished,
}

/// A call that can be made now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Which step of the script it is.
    pub step: usize,
    /// Whose call it is: an index into [`Script::hosts`].
    pub host: usize,
    /// The call.
    pub op: Op,
    /// How long it may block.
    pub timeout: Option<Micros>,
    /// The name for the socket that it makes.
    pub name: Option<String>,
}

impl Runner {
    /// A run that has not begun.
    pub fn new(script: Script) -> Runner {
        let verdicts = vec![None; script.steps.len()];
        Runner {
            script,
            next: 0,
            given: 0,
            running: BTreeMap::new(),
            bound: BTreeMap::new(),
            names: BTreeMap::new(),
            verdicts,
            unmet: None,
        }
    }

    /// What is being run.
    pub const fn script(&self) -> &Script {
        &self.script
    }

    /// How many steps have been made.
    pub const fn made(&self) -> usize {
        self.next
    }

    /// How each step came out; `None` for one that has not come back.
    pub fn verdicts(&self) -> &[Option<Verdict>] {
        &self.verdicts
    }

    /// The names of all sockets that had one, also of those whose name is another's by now.
    pub const fn names(&self) -> &BTreeMap<SocketId, String> {
        &self.names
    }

    /// The step that a call belongs to.
    pub fn step_of(&self, call: CallId) -> Option<usize> {
        self.running.get(&call).copied()
    }

    /// What to do now. `sockets` is what the Log says up to now: it knows the addresses.
    pub fn next(&self, sockets: &Sockets) -> Next {
        if let Some(step) = self.unmet
            && let Some(Verdict::Unmet(why)) = &self.verdicts[step]
        {
            return Next::Stopped(format!("step {}: {why}", step + 1));
        }
        let waiting = |step: usize| {
            let Step { host, .. } = self.script.steps[step];
            Next::Wait(format!(
                "{} on {} has not come back",
                self.script.steps[step].kind().name(),
                self.script.hosts[host]
            ))
        };
        if let Some(step) = self.running.values().copied().find(|&step| !self.script.steps[step].waits) {
            return waiting(step);
        }
        let Some(step) = self.script.steps.get(self.next) else {
            return match self
                .running
                .values()
                .copied()
                .find(|&step| self.script.steps[step].expect != Expect::Pending)
            {
                Some(step) => waiting(step),
                None => Next::Finished,
            };
        };
        let address = |id: SocketId| sockets.get(id).and_then(|view| view.local);
        match step.resolve(|name| self.bound.get(name).copied(), address, self.given) {
            Err(missing) => Next::Wait(format!("“{missing}” is not there yet")),
            Ok(Err(why)) => Next::Stopped(format!("step {}: {why}", self.next + 1)),
            Ok(Ok(op)) => Next::Call(Ready {
                step: self.next,
                host: step.host,
                op,
                timeout: step.timeout,
                name: step.name.clone(),
            }),
        }
    }

    /// The call of this step was made under this id.
    pub fn submitted(&mut self, step: usize, call: CallId) {
        self.running.insert(call, step);
        // A step with a pace is made again until it is done.
        if self.script.steps[step].pace.is_none() {
            self.next = self.next.max(step + 1);
        }
    }

    /// Takes what the network said.
    pub fn observe(&mut self, event: &Event) {
        let Event::Returned { call, outcome, .. } = event else { return };
        let Some(index) = self.running.remove(call) else { return };
        let step = &self.script.steps[index];
        if let (Some(name), Ok(Value::Socket { socket } | Value::Accepted { socket, .. })) =
            (&step.name, outcome)
        {
            self.bound.insert(name.clone(), *socket);
            self.names.insert(*socket, name.clone());
        }
        if step.pace.is_some() {
            let more = match outcome {
                Ok(Value::Data { data, .. }) => !data.is_empty(),
                Ok(Value::Sent { sent }) => {
                    self.given += sent;
                    *sent > 0 && self.given < step.data().len()
                }
                _ => false,
            };
            if more {
                return;
            }
            (self.next, self.given) = (index + 1, 0);
        }
        let verdict = step.expect.judge(outcome);
        if verdict != Verdict::Met {
            self.unmet = Some(self.unmet.map_or(index, |first| first.min(index)));
        }
        self.verdicts[index] = Some(verdict);
    }
}

impl Expect {
    /// Whether an outcome is what was expected.
    pub fn judge(&self, outcome: &Outcome) -> Verdict {
        let came = || match outcome {
            Err(failure) => failure.name(),
            Ok(Value::Data { data, .. } | Value::Datagram { data, .. }) => format!("{} octets", data.len()),
            Ok(_) => "success".into(),
        };
        let (met, wanted) = match (self, outcome) {
            // A call that was to wait for ever ends when the run is cleared away; that is no surprise.
            (Expect::Success, Ok(_)) | (Expect::Pending | Expect::Anything, _) => (true, String::new()),
            (Expect::Success, Err(_)) => (false, "success".into()),
            (Expect::Failure(name), outcome) => {
                (outcome.as_ref().is_err_and(|failure| failure.name() == *name), name.clone())
            }
            (Expect::Text(text), Ok(Value::Data { data, .. } | Value::Datagram { data, .. })) => {
                (data.as_ref() == text.as_bytes(), format!("“{}”", text.escape_debug()))
            }
            (Expect::Text(text), _) => (false, format!("“{}”", text.escape_debug())),
            (Expect::End, outcome) => (
                matches!(outcome, Ok(Value::Data { data, .. }) if data.is_empty()),
                "the end of the stream".into(),
            ),
        };
        if met { Verdict::Met } else { Verdict::Unmet(format!("{wanted} was expected, {} came", came())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockets::{Errno, Failure, Log};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn runner() -> Runner {
        let text = r#"{"id":"x","title":"X","look_for":"y","hosts":["a","b"],"steps":[
            {"host":"a","say":"","call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"l"},
            {"host":"a","say":"","call":"accept","socket":"l","as":"conn","waits":true},
            {"host":"b","say":"","call":"connect","socket":"l","address":["127.0.0.1",9],"expect":"ECONNREFUSED"},
            {"host":"a","say":"","call":"close","socket":"conn"}]}"#;
        Runner::new(Script::parse(text).expect("a sound script"))
    }

    fn step(runner: &mut Runner, id: u32) -> Ready {
        let Next::Call(ready) = runner.next(&Sockets::of(&Log::new())) else {
            panic!("a call is due: {:?}", runner.next(&Sockets::default()))
        };
        runner.submitted(ready.step, CallId(id));
        ready
    }

    fn returned(runner: &mut Runner, id: u32, outcome: Outcome) {
        runner.observe(&Event::Returned { call: CallId(id), outcome, took: Micros::ZERO, note: None });
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn steps_follow_each_other_and_a_waiting_one_does_not_hold_them_up() {
        let mut run = runner();
        let nothing = Sockets::default();
        step(&mut run, 1);
        assert_eq!(run.next(&nothing), Next::Wait("socket on a has not come back".into()));
        returned(&mut run, 1, Ok(Value::Socket { socket: SocketId(7) }));
        assert_eq!(step(&mut run, 2).op, Op::Accept { socket: SocketId(7) });
        step(&mut run, 3);
        returned(&mut run, 3, Err(Failure::Errno(Errno::ECONNREFUSED)));
        assert_eq!(run.next(&nothing), Next::Wait("“conn” is not there yet".into()));
        let peer = sockets::PyAddr(([127, 0, 0, 1], 9).into());
        returned(&mut run, 2, Ok(Value::Accepted { socket: SocketId(8), peer }));
        step(&mut run, 4);
        returned(&mut run, 4, Ok(Value::Done {}));
        assert_eq!(run.next(&nothing), Next::Finished);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_was_not_expected_stops_the_run() {
        let mut run = runner();
        step(&mut run, 1);
        returned(&mut run, 1, Err(Failure::Errno(Errno::EMFILE)));
        assert_eq!(
            run.next(&Sockets::default()),
            Next::Stopped("step 1: success was expected, EMFILE came".into())
        );
    }
}
