//! Runs programs on a network in virtual time: makes their calls, hands outcomes back, moves time to where something happens next.
//!
//! ```text
//!   Program --next()--> Action: call --submit--> Network          when nobody does anything now, time moves on to
//!      ^                                            |             whatever comes first: the network or a sleeper
//!      '----take()---- outcome <----- poll ---------'
//! ```
//!
//! In virtual time the order in which things happen follows from the programs' order and from the network, and from nothing else. On a
//! network that has a clock of its own, a kernel behind the bridge, time comes from outside ([`Pace::Outside`]).

use crate::{Action, Program, Seen};
use core::fmt;
use sockets::{Call, CallId, Event, Instant, Log, Micros, Network, Sockets, What};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How far programs may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most actions of all programs at one instant of virtual time.
    pub actions_at_once: u64,
    /// How long the network goes on after the last program has ended, so that connections can close.
    pub afterwards: Micros,
    /// When the network ends by itself, if it does: no program sleeps beyond.
    pub until: Option<Instant>,
    /// How far virtual time goes on after a program has asked a person for something.
    pub patience: Micros,
}

impl Default for Limits {
    /// A million actions; two minutes, in which TIME-WAIT ends; five seconds for a person.
    fn default() -> Limits {
        Limits {
            actions_at_once: 1_000_000,
            afterwards: Micros::from_secs(120),
            until: None,
            patience: Micros::from_secs(5),
        }
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

/// Whose time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The driver's: it moves on to whatever comes next. One program is at work at a time.
    Virtual,
    /// A clock outside, which [`Driver::go`] is told. Programs are at work side by side.
    Outside,
}

/// Why [`Driver::go`] came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The slice is used up: go on soon.
    More,
    /// Programs are at work somewhere else: go on when one has said something ([`Driver::rouse`]).
    Busy,
    /// A person is asked for something, and nothing else happens before they have said it.
    Asks,
    /// Nothing happens before then, unless something comes from outside; for ever, without a time.
    Rests(Option<Instant>),
    /// All is over.
    Ended(Ending),
}

#[derive(Clone, Debug)]
enum Phase {
    Running,
    /// The programs have ended so; the network goes on until then.
    Afterwards(Ending, Instant),
    Over(Ending),
}

/// Runs programs on a network, a slice at a time.
#[derive(Debug)]
pub struct Driver<N, P> {
    network: N,
    programs: Vec<P>,
    clock: Clock,
    limits: Limits,
    phase: Phase,
    log: Log,
    sockets: Sockets,
    now: Instant,
    next_call: u32,
    /// Actions at this instant.
    actions: u64,
    /// Whose each call is that is under way.
    owners: BTreeMap<CallId, usize>,
    /// Who is to be asked, and who of them in this round.
    ready: BTreeSet<usize>,
    round: VecDeque<usize>,
    /// Who is at work somewhere else.
    busy: BTreeSet<usize>,
    /// Who sleeps until when; and until when each program sleeps.
    sleeping: BTreeSet<(Instant, usize)>,
    until: Vec<Option<Instant>>,
    waiting: BTreeMap<usize, String>,
    ended: Vec<bool>,
    failed: Option<(usize, String)>,
    gone: Option<String>,
}

/// Runs programs on a network in virtual time until all have ended, or nothing more can come, or a limit is reached. Gives the whole story.
pub fn drive<N: Network, P: Program>(driver: &mut Driver<N, P>) -> Ending {
    loop {
        match driver.go(Instant::START, u64::MAX) {
            Progress::Ended(ending) => return ending,
            Progress::More => {}
            Progress::Busy | Progress::Asks | Progress::Rests(_) => {
                return Ending::Stalled(vec!["a program waits for something outside of the run".into()]);
            }
        }
    }
}

impl<N: Network, P: Program> Driver<N, P> {
    /// Programs that are about to begin, in this order.
    pub fn new(network: N, programs: Vec<P>, clock: Clock, limits: Limits) -> Driver<N, P> {
        let count = programs.len();
        Driver {
            network,
            programs,
            clock,
            limits,
            phase: Phase::Running,
            log: Log::new(),
            sockets: Sockets::default(),
            now: Instant::START,
            next_call: 1,
            actions: 0,
            owners: BTreeMap::new(),
            ready: (0..count).collect(),
            round: VecDeque::new(),
            busy: BTreeSet::new(),
            sleeping: BTreeSet::new(),
            until: vec![None; count],
            waiting: BTreeMap::new(),
            ended: vec![false; count],
            failed: None,
            gone: None,
        }
    }

    /// The story up to now.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The time.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The network.
    pub const fn network(&self) -> &N {
        &self.network
    }

    /// The network, to carry what comes from outside.
    pub const fn network_mut(&mut self) -> &mut N {
        &mut self.network
    }

    /// The programs, in their order.
    pub fn programs(&self) -> &[P] {
        &self.programs
    }

    /// A program, to tell it something from outside; [`Driver::rouse`] it afterwards.
    pub fn program_mut(&mut self, program: usize) -> Option<&mut P> {
        self.programs.get_mut(program)
    }

    /// Each program that waits, and for what.
    pub fn waiting(&self) -> Vec<String> {
        let waiting = self.waiting.iter();
        waiting.map(|(place, what)| format!("{}: {what}", self.programs[*place].name())).collect()
    }

    /// The story, the network and the programs.
    pub fn into_parts(self) -> (Log, N, Vec<P>) {
        (self.log, self.network, self.programs)
    }

    /// Goes on until nothing more happens by itself, or `slice` actions and instants are over. `now` counts with [`Clock::Outside`] alone.
    pub fn go(&mut self, now: Instant, mut slice: u64) -> Progress {
        if self.clock == Clock::Outside {
            self.now = self.now.max(now);
        }
        loop {
            match &self.phase {
                Phase::Running => {}
                Phase::Over(ending) => return Progress::Ended(ending.clone()),
                Phase::Afterwards(ending, end) => {
                    let (ending, end) = (ending.clone(), *end);
                    match self.go_on(end, &mut slice) {
                        Progress::Rests(None) => self.phase = Phase::Over(ending),
                        progress => return progress,
                    }
                    continue;
                }
            }
            if slice == 0 {
                return Progress::More;
            }
            slice -= 1;
            if let Err(progress) = self.step() {
                match progress {
                    Progress::Ended(ending @ (Ending::Finished | Ending::Failed { .. })) => {
                        self.phase = Phase::Afterwards(ending, self.now + self.limits.afterwards);
                    }
                    Progress::Ended(ending) => self.phase = Phase::Over(ending),
                    progress => return progress,
                }
            }
        }
    }

    /// One round of actions, or one step of time; or why there is none.
    fn step(&mut self) -> Result<(), Progress> {
        if self.clock == Clock::Virtual && !self.busy.is_empty() {
            return Err(Progress::Busy);
        }
        self.listen();
        if let Some(why) = self.gone.take() {
            return Err(Progress::Ended(Ending::Gone(why)));
        }
        if self.round.is_empty() {
            // One action of each in turn.
            self.round.extend(core::mem::take(&mut self.ready));
            if let Some(&program) = self.round.front()
                && self.actions >= self.limits.actions_at_once
            {
                let (program, actions) = (self.programs[program].name().to_owned(), self.actions);
                return Err(Progress::Ended(Ending::Runaway { program, actions, at: self.now }));
            }
            self.actions += self.round.len() as u64;
        }
        if let Some(program) = self.round.pop_front() {
            self.act(program);
            while self.clock == Clock::Outside || self.busy.is_empty() {
                let Some(program) = self.round.pop_front() else { break };
                self.act(program);
            }
            return Ok(());
        }
        self.move_on()
    }

    /// Moves time on to where something happens next.
    fn move_on(&mut self) -> Result<(), Progress> {
        let sleeper = self.sleeping.first().map(|(at, _)| *at);
        if self.waiting.is_empty() && sleeper.is_none() && self.busy.is_empty() {
            return Err(Progress::Ended(self.end()));
        }
        let sleeper = sleeper.map(|at| at.min(self.limits.until.unwrap_or(at)));
        let next = self.network.wakes_at().into_iter().chain(sleeper).min();
        if self.clock == Clock::Outside {
            return match next {
                Some(at) if at <= self.now => self.arrive(self.now),
                _ => Err(Progress::Rests(next)),
            };
        }
        let asked = self.programs.iter().zip(&self.ended).filter(|(_, ended)| !**ended);
        let asked = asked.filter_map(|(program, _)| program.asks()).max();
        match (next, asked) {
            (None, Some(_)) => Err(Progress::Asks),
            (Some(at), Some(asked)) if at > self.now.max(asked + self.limits.patience) => Err(Progress::Asks),
            (None, None) => Err(Progress::Ended(self.end())),
            (Some(at), _) => self.arrive(at),
        }
    }

    /// It is that time.
    fn arrive(&mut self, at: Instant) -> Result<(), Progress> {
        if at > self.now {
            self.now = at;
            self.actions = 0;
        } else {
            // The network wants to be asked again at this very instant.
            self.actions += 1;
            if self.actions > self.limits.actions_at_once {
                let (program, actions) = ("the network".to_owned(), self.actions);
                return Err(Progress::Ended(Ending::Runaway { program, actions, at: self.now }));
            }
        }
        while let Some((_, program)) = self.sleeping.first().copied().filter(|(at, _)| *at <= self.now) {
            self.rouse(program);
        }
        Ok(())
    }

    /// The program is to be asked what it does now.
    pub fn rouse(&mut self, program: usize) {
        if let Some(until) = self.until.get_mut(program).and_then(Option::take) {
            self.sleeping.remove(&(until, program));
        }
        self.waiting.remove(&program);
        self.busy.remove(&program);
        if self.ended.get(program) == Some(&false) {
            self.ready.insert(program);
        }
    }

    fn end(&mut self) -> Ending {
        if let Some((place, why)) = self.failed.take() {
            return Ending::Failed { program: (place, self.programs[place].name().to_owned()), why };
        }
        match self.waiting() {
            waiting if waiting.is_empty() => Ending::Finished,
            waiting => Ending::Stalled(waiting),
        }
    }

    /// The network alone, for as long as something happens and time is left. [`Progress::Rests`] for ever: nothing does any more.
    fn go_on(&mut self, end: Instant, slice: &mut u64) -> Progress {
        while let Some(at) = self.network.wakes_at().filter(|at| *at <= end) {
            if self.clock == Clock::Outside && at > self.now {
                return Progress::Rests(Some(at));
            }
            if *slice == 0 {
                return Progress::More;
            }
            *slice -= 1;
            self.now = self.now.max(at);
            let before = self.log.records().len();
            self.listen();
            let silent = self.log.records().len() == before;
            if self.gone.is_some() || silent && self.network.wakes_at().is_some_and(|next| next <= self.now) {
                break;
            }
        }
        Progress::Rests(None)
    }

    fn act(&mut self, program: usize) {
        let call = CallId(self.next_call);
        let late = self.late(program);
        let seen = Seen { now: self.now, call, sockets: &self.sockets, late };
        match self.programs[program].next(&seen) {
            Action::Call { host, timeout, op, site } => {
                self.next_call += 1;
                self.owners.insert(call, program);
                self.ready.insert(program);
                if let Some(site) = site {
                    self.log.place(call, *site);
                }
                self.enter(Call { id: call, host, timeout, op });
            }
            Action::Wait(what) => {
                self.waiting.insert(program, what);
            }
            Action::Busy => {
                self.busy.insert(program);
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

    /// How late those are that begin before this one. In virtual time an interpreter takes none for its own beginning.
    fn late(&self, program: usize) -> Option<Micros> {
        if self.clock == Clock::Virtual {
            return Some(Micros::ZERO);
        }
        let starts = self.programs[program].starts();
        let before = self.programs.iter().filter(|other| other.starts() < starts);
        before.map(Program::late).try_fold(Micros::ZERO, |most, late| Some(most.max(late?)))
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
                // A program that is at work is asked when it has done it.
                if !self.busy.contains(&owner) {
                    self.rouse(owner);
                }
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
