//! A script as a program: its steps one after the other, with pauses between them.

use crate::{Action, Next, Program, Ready, Runner, Script, Seen, Verdict};
use sockets::{CallId, Event, HostId, Instant, Micros, Outcome, SocketId};
use std::collections::BTreeMap;

/// A pause in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// For so long.
    For(Micros),
    /// Until then; none at all if that is past.
    Until(Instant),
}

/// A script that is driven.
#[derive(Clone, Debug)]
pub struct ScriptProgram {
    name: String,
    runner: Runner,
    hosts: Vec<HostId>,
    /// The pauses before each step that has some, by its place; after the last step, by the number of steps.
    pauses: BTreeMap<usize, Vec<Pause>>,
    /// Until when it pauses now.
    until: Option<Instant>,
    /// The step with a pace that was made last, and when it may be made again.
    again: Option<(usize, Instant)>,
    /// Every call that was made, with its step.
    made: Vec<(usize, CallId)>,
}

impl ScriptProgram {
    /// A script under a name, whose hosts are these hosts of the network, in the script's order; a host for which there is none here is the
    /// last of these, or the network's first. `pauses` come before the step at their place.
    pub fn new(
        name: String,
        script: Script,
        hosts: Vec<HostId>,
        pauses: BTreeMap<usize, Vec<Pause>>,
    ) -> ScriptProgram {
        ScriptProgram {
            name,
            runner: Runner::new(script),
            hosts,
            pauses,
            until: None,
            again: None,
            made: Vec::new(),
        }
    }

    /// How each step came out; `None` for one that has not come back.
    pub fn verdicts(&self) -> &[Option<Verdict>] {
        self.runner.verdicts()
    }

    /// Every call that was made, in order, with the place of its step.
    pub fn made(&self) -> &[(usize, CallId)] {
        &self.made
    }

    /// What it calls its sockets.
    pub fn names(&self) -> impl Iterator<Item = (SocketId, String)> {
        self.runner.names().iter().map(|(socket, name)| (*socket, name.clone()))
    }

    /// The end of the pause that comes before the next step, if there is one that is not over.
    fn pause(&mut self, now: Instant) -> Option<Instant> {
        loop {
            match self.until {
                Some(until) if until > now => return Some(until),
                _ => self.until = None,
            }
            let pauses = self.pauses.get_mut(&self.runner.made())?;
            if pauses.is_empty() {
                return None;
            }
            self.until = Some(match pauses.remove(0) {
                Pause::For(span) => now + span,
                Pause::Until(then) => then,
            });
        }
    }
}

impl Program for ScriptProgram {
    fn name(&self) -> &str {
        &self.name
    }

    fn next(&mut self, seen: &Seen<'_>) -> Action {
        let next = self.runner.next(seen.sockets);
        if matches!(next, Next::Call(_) | Next::Finished)
            && let Some(until) = self.pause(seen.now)
        {
            return Action::Sleep(until);
        }
        match next {
            Next::Call(Ready { step, .. })
                if let Some((_, at)) = self.again.filter(|(again, at)| *again == step && *at > seen.now) =>
            {
                Action::Sleep(at)
            }
            Next::Call(ready) => {
                let pace = self.runner.script().steps[ready.step].pace;
                self.again = pace.map(|pace| (ready.step, seen.now + pace.every));
                self.runner.submitted(ready.step, seen.call);
                self.made.push((ready.step, seen.call));
                let host = self.hosts.get(ready.host).or(self.hosts.last()).copied().unwrap_or_default();
                Action::Call { host, timeout: ready.timeout, op: ready.op, site: None }
            }
            Next::Wait(what) => Action::Wait(what),
            Next::Stopped(why) => Action::Failed(why),
            Next::Finished => Action::Finished,
        }
    }

    fn take(&mut self, call: CallId, outcome: &Outcome) {
        let (outcome, took) = (outcome.clone(), Micros::ZERO);
        self.runner.observe(&Event::Returned { call, outcome, took, note: None });
    }
}
