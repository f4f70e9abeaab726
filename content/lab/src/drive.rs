//! Runs programs on a network in virtual time: makes their calls, hands outcomes back, moves time to where something happens next.
//!
//! ```text
//!   Program --next()--> Action: call --submit--> Network          when nobody does anything now, time moves on to
//!      ^                                            |             whatever comes first: the network or a sleeper
//!      '----take()---- outcome <----- poll ---------'
//! ```
//!
//! It works with any [`Network`] that keeps no clock of its own. The order in which things happen follows from the programs' order and
//! from the network, and from nothing else.

use crate::{Action, Program, Seen};
use core::fmt;
use sockets::{Call, CallId, Event, Instant, Log, Micros, Network, Sockets, What};
use std::collections::{BTreeMap, BTreeSet};

/// How far programs may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most actions of all programs at one instant of virtual time.
    pub actions_at_once: u64,
    /// How long the network goes on after the last program has ended, so that connections can close.
    pub afterwards: Micros,
    /// When the network ends by itself, if it does: no program sleeps beyond.
    pub until: Option<Instant>,
}

impl Default for Limits {
    /// A million actions; two minutes, in which TIME-WAIT ends.
    fn default() -> Limits {
        Limits { actions_at_once: 1_000_000, afterwards: Micros::from_secs(120), until: None }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every program ended.
    Finished,
    /// A program ended because something was not as it had to be; the others went on as far as they could.
    Failed {
        /// Which: its place among the programs, and its name.
        program: (usize, String),
        /// What was not as it had to be.
        why: String,
    },
    /// Programs wait, and nothing will ever come: each with what it waits for.
    Stalled(Vec<String>),
    /// A program does one thing after the other and lets no time pass.
    Runaway {
        /// Its name.
        program: String,
        /// How many actions there were at one instant.
        actions: u64,
        /// When.
        at: Instant,
    },
    /// The network is gone, or has reached a bound; the text says which.
    Gone(String),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Finished => f.write_str("every program has ended"),
            Ending::Failed { program: (_, name), why } => write!(f, "{name}: {why}"),
            Ending::Stalled(waiting) => {
                write!(f, "nothing will ever happen any more: {}", waiting.join("; "))
            }
            Ending::Runaway { program, actions, at } => write!(
                f,
                "{program} made {actions} calls at {} without letting time pass: it waits nowhere",
                Micros(at.0)
            ),
            Ending::Gone(why) => f.write_str(why),
        }
    }
}

struct Driver<'a, N> {
    network: &'a mut N,
    programs: &'a mut [&'a mut dyn Program],
    log: Log,
    sockets: Sockets,
    now: Instant,
    next_call: u32,
    /// Whose each call is that is under way.
    owners: BTreeMap<CallId, usize>,
    /// Who is to be asked.
    ready: BTreeSet<usize>,
    /// Who sleeps until when; and until when each program sleeps.
    sleeping: BTreeSet<(Instant, usize)>,
    until: Vec<Option<Instant>>,
    waiting: BTreeMap<usize, String>,
    ended: Vec<bool>,
    failed: Option<(usize, String)>,
    gone: Option<String>,
}

/// Runs programs on a network until all have ended, or nothing more can come, or a limit is reached. Gives the whole story.
pub fn drive<'a, N: Network>(
    network: &'a mut N,
    programs: &'a mut [&'a mut dyn Program],
    limits: Limits,
) -> (Log, Ending) {
    let count = programs.len();
    let mut driver = Driver {
        network,
        programs,
        log: Log::new(),
        sockets: Sockets::default(),
        now: Instant::START,
        next_call: 1,
        owners: BTreeMap::new(),
        ready: (0..count).collect(),
        sleeping: BTreeSet::new(),
        until: vec![None; count],
        waiting: BTreeMap::new(),
        ended: vec![false; count],
        failed: None,
        gone: None,
    };
    let ending = driver.run(limits);
    if matches!(ending, Ending::Finished | Ending::Failed { .. }) {
        driver.go_on(limits.afterwards);
    }
    (driver.log, ending)
}

impl<N: Network> Driver<'_, N> {
    fn run(&mut self, limits: Limits) -> Ending {
        let mut actions = 0;
        loop {
            self.listen();
            if let Some(why) = self.gone.take() {
                return Ending::Gone(why);
            }
            if let Some(program) = self.ready.pop_first() {
                if actions >= limits.actions_at_once {
                    let program = self.programs[program].name().to_owned();
                    return Ending::Runaway { program, actions, at: self.now };
                }
                // One action of each in turn.
                let mut turn = vec![program];
                turn.extend(core::mem::take(&mut self.ready));
                actions += turn.len() as u64;
                for program in turn {
                    self.act(program);
                }
                continue;
            }
            let sleeper = self.sleeping.first().map(|(at, _)| *at);
            if self.waiting.is_empty() && sleeper.is_none() {
                return self.end();
            }
            let sleeper = sleeper.map(|at| at.min(limits.until.unwrap_or(at)));
            let Some(at) = self.network.wakes_at().into_iter().chain(sleeper).min() else {
                return self.end();
            };
            if at > self.now {
                self.now = at;
                actions = 0;
            } else {
                // The network wants to be asked again at this very instant.
                actions += 1;
                if actions > limits.actions_at_once {
                    return Ending::Runaway { program: "the network".to_owned(), actions, at: self.now };
                }
            }
            while let Some((_, program)) = self.sleeping.first().copied().filter(|(at, _)| *at <= self.now) {
                self.rouse(program);
            }
        }
    }

    /// The program is to be asked what it does now.
    fn rouse(&mut self, program: usize) {
        if let Some(until) = self.until[program].take() {
            self.sleeping.remove(&(until, program));
        }
        self.waiting.remove(&program);
        if !self.ended[program] {
            self.ready.insert(program);
        }
    }

    fn end(&mut self) -> Ending {
        if let Some((place, why)) = self.failed.take() {
            return Ending::Failed { program: (place, self.programs[place].name().to_owned()), why };
        }
        if self.waiting.is_empty() {
            return Ending::Finished;
        }
        let waiting = self.waiting.iter();
        Ending::Stalled(
            waiting.map(|(place, what)| format!("{}: {what}", self.programs[*place].name())).collect(),
        )
    }

    /// The network alone, for as long as something happens and time is left.
    fn go_on(&mut self, time: Micros) {
        let end = self.now + time;
        while let Some(at) = self.network.wakes_at().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            let before = self.log.records().len();
            self.listen();
            let silent = self.log.records().len() == before;
            if self.gone.is_some() || silent && self.network.wakes_at().is_some_and(|next| next <= self.now) {
                return;
            }
        }
    }

    fn act(&mut self, program: usize) {
        let call = CallId(self.next_call);
        let seen = Seen { now: self.now, call, sockets: &self.sockets };
        match self.programs[program].next(&seen) {
            Action::Call { host, timeout, op } => {
                self.next_call += 1;
                self.owners.insert(call, program);
                self.ready.insert(program);
                self.enter(Call { id: call, host, timeout, op });
            }
            Action::Wait(what) => {
                self.waiting.insert(program, what);
            }
            Action::Sleep(until) => {
                self.until[program] = Some(until);
                self.sleeping.insert((until, program));
            }
            Action::Finished => self.ended[program] = true,
            Action::Failed(why) => {
                self.ended[program] = true;
                self.failed = self.failed.take().or(Some((program, why)));
            }
        }
    }

    fn enter(&mut self, call: Call) {
        self.log.enter(self.now, call.clone());
        self.learn();
        self.network.submit(self.now, call);
        self.listen();
    }

    /// Takes everything that the network has to say up to now.
    fn listen(&mut self) {
        while let Some(event) = self.network.poll(self.now) {
            if let Event::Gone(why) = &event {
                self.gone = Some(why.clone());
            }
            self.log.observe(self.now, event);
            self.learn();
            let Some(What::Returned { call, outcome, .. }) =
                self.log.records().last().map(|record| &record.what)
            else {
                continue;
            };
            if let Some(owner) = self.owners.remove(call) {
                self.programs[owner].take(*call, outcome);
                self.rouse(owner);
            }
        }
    }

    fn learn(&mut self) {
        if let Some(record) = self.log.records().last() {
            self.sockets.apply(record);
        }
    }
}

#[cfg(test)]
mod tests;
