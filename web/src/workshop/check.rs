//! A learner's programs against an exercise's trials, one after the other, on the simulator or on real sockets. It holds no rule of grading:
//! the checks are `lab::grade`'s.
//!
//! ```text
//!   Checker --trial 1--> Run --over--> judge --its sockets are gone--> trial 2--> Run ... --> done
//!                                        '--> Tried: the run, to be shown, and its findings
//! ```
//!
//! On a kernel a trial is over, too, when nothing has happened for a moment; trials that only the simulator can show are left out.

use super::interpreter::Step;
use super::run::{On, Plan, Run, Stage};
use gloo::timers::callback::Timeout;
use lab::grade::{Exercise, Finding, Played, judge};
use lab::{Ending, Source};
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// How long a trial may take for the person, in milliseconds, beside the time in which Python is loaded: a program that computes for ever
/// uses no time of the network.
const PATIENCE_MS: u32 = 15_000;

/// A trial that is over.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Its place among the exercise's trials.
    pub trial: usize,
    /// Its run.
    pub run: Run,
    /// What its checks found.
    pub findings: Rc<Vec<Finding>>,
}

impl Tried {
    /// Whether every check passed.
    pub fn passed(&self) -> bool {
        self.findings.iter().all(|finding| finding.passed)
    }
}

struct Inner {
    exercise: Rc<Exercise>,
    programs: Rc<Vec<Source>>,
    on: On,
    /// The trials that are tried there, by their places.
    trials: Vec<usize>,
    done: Vec<Tried>,
    current: Option<Run>,
    /// The run before: its ports have to be free before the next one begins.
    leaving: Option<Run>,
    /// Ends a trial that takes too long; only set while programs run.
    patience: Option<Timeout>,
    broken: Option<String>,
    tell: Rc<dyn Fn()>,
}

/// Trials under way, or over. Dropping it ends them.
#[derive(Clone)]
pub struct Checker(Rc<RefCell<Inner>>);

impl PartialEq for Checker {
    fn eq(&self, other: &Checker) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Checker {
    /// Begins with the first trial. `tell` is called when there is something new to show.
    pub fn begin(
        exercise: Rc<Exercise>,
        programs: Vec<Source>,
        on: On,
        tell: impl Fn() + 'static,
    ) -> Checker {
        let trials = exercise.trials.iter().enumerate();
        let trials = trials.filter(|(_, trial)| on == On::Simulator || trial.only_simulated().is_none());
        let checker = Checker(Rc::new(RefCell::new(Inner {
            trials: trials.map(|(place, _)| place).collect(),
            exercise,
            programs: Rc::new(programs),
            on,
            done: Vec::new(),
            current: None,
            leaving: None,
            patience: None,
            broken: None,
            tell: Rc::new(tell),
        })));
        checker.next();
        checker
    }

    /// The trials that are over.
    pub fn done(&self) -> Vec<Tried> {
        self.0.borrow().done.clone()
    }

    /// Which network it is on.
    pub fn on(&self) -> On {
        self.0.borrow().on
    }

    /// How many trials are tried there.
    pub fn count(&self) -> usize {
        self.0.borrow().trials.len()
    }

    /// Whether a trial is under way, or the next one about to begin.
    pub fn goes_on(&self) -> bool {
        let inner = self.0.borrow();
        inner.current.is_some() || inner.leaving.is_some()
    }

    /// The place of the trial that is under way, or the next; and its run.
    pub fn current(&self) -> Option<(usize, Option<Run>)> {
        let inner = self.0.borrow();
        let place = inner.trials.get(inner.done.len())?;
        (inner.current.is_some() || inner.leaving.is_some()).then(|| (*place, inner.current.clone()))
    }

    /// Why it did not come to its end, if it did not.
    pub fn broken(&self) -> Option<String> {
        self.0.borrow().broken.clone()
    }

    /// The programs as they were at the beginning.
    pub fn programs(&self) -> Rc<Vec<Source>> {
        self.0.borrow().programs.clone()
    }

    /// Whether every trial is over and passed.
    pub fn passed(&self) -> bool {
        let inner = self.0.borrow();
        inner.done.len() == inner.trials.len() && inner.done.iter().all(Tried::passed)
    }

    /// Whether the programs are right, once that is known: on a kernel only where it can show every trial and every one passed, for there
    /// others may stand in the way.
    pub fn verdict(&self) -> Option<bool> {
        let (over, all, on) = {
            let inner = self.0.borrow();
            let over = inner.done.len() == inner.trials.len();
            (over, inner.trials.len() == inner.exercise.trials.len(), inner.on)
        };
        let passed = self.passed();
        (over && (on == On::Simulator || all && passed)).then_some(passed)
    }

    /// Ends it where it is.
    pub fn stop(&self) {
        let run = {
            let mut inner = self.0.borrow_mut();
            inner.patience = None;
            inner.leaving = None;
            inner.broken = Some("The check was stopped.".into());
            inner.current.take()
        };
        if let Some(run) = run {
            run.stop();
        }
        self.say();
    }

    fn say(&self) {
        let tell = self.0.borrow().tell.clone();
        tell();
    }

    /// Begins the next trial, if there is one.
    fn next(&self) {
        let (scenario, on) = {
            let inner = self.0.borrow();
            let Some(&place) = inner.trials.get(inner.done.len()) else { return };
            (inner.exercise.scenario(&inner.exercise.trials[place], &inner.programs), inner.on)
        };
        match scenario {
            Ok(scenario) => {
                let plan = Plan { scenario: Rc::new(scenario), on, how: Step::Run, breakpoints: Vec::new() };
                let weak = Rc::downgrade(&self.0);
                let run = Run::begin(plan, move || look(&weak));
                self.0.borrow_mut().current = Some(run);
                // It may be over already, where Python cannot run.
                self.look();
            }
            Err(bad) => {
                self.0.borrow_mut().broken = Some(bad.to_string());
                self.say();
            }
        }
    }

    /// Something happened in the run.
    fn look(&self) {
        let leaving = { self.0.borrow_mut().leaving.take_if(|run| run.is_gone()) };
        if leaving.is_some() {
            self.next();
        }
        let Some(run) = ({ self.0.borrow().current.clone() }) else { return };
        match run.stage() {
            Stage::Loading(_) => {}
            Stage::Running => match run.rests() {
                Some(waiting) => run.end(Ending::Stalled(waiting)),
                None => self.be_patient(&run),
            },
            // Nobody types anything: the input is at its end.
            Stage::Asks => {
                for place in 0..run.scenario().python.len() {
                    run.type_line(place, None);
                }
            }
            Stage::Failed(why) => {
                let mut inner = self.0.borrow_mut();
                (inner.broken, inner.current, inner.patience) = (Some(why), None, None);
            }
            Stage::Over(_) => {}
        }
        // It may have come to its end just now.
        if let Stage::Over(ending) = run.stage() {
            let findings = self.judged(&run, &ending);
            let mut inner = self.0.borrow_mut();
            let Some(&trial) = inner.trials.get(inner.done.len()) else { return };
            inner.done.push(Tried { trial, run: run.clone(), findings: Rc::new(findings) });
            (inner.current, inner.patience) = (None, None);
            if inner.done.len() < inner.trials.len() && !run.is_gone() {
                inner.leaving = Some(run);
            } else {
                drop(inner);
                self.next();
            }
        }
        self.say();
    }

    fn be_patient(&self, run: &Run) {
        let mut inner = self.0.borrow_mut();
        if inner.patience.is_none() {
            let run = run.clone();
            inner.patience = Some(Timeout::new(PATIENCE_MS, move || run.stop()));
        }
    }

    fn judged(&self, run: &Run, ending: &Ending) -> Vec<Finding> {
        let inner = self.0.borrow();
        let Some(&place) = inner.trials.get(inner.done.len()) else { return Vec::new() };
        let trial = &inner.exercise.trials[place];
        let scenario = run.scenario();
        run.with_players(|log, players| {
            judge(&inner.exercise, trial, &Played { scenario: &scenario, log, players, ending })
        })
        .unwrap_or_default()
    }
}

fn look(checker: &Weak<RefCell<Inner>>) {
    if let Some(checker) = checker.upgrade() {
        Checker(checker).look();
    }
}
