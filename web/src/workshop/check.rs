//! A learner's programs against an exercise's trials, one after the other, on the simulator. It holds no rule of grading: the checks are
//! `lab::grade`'s.
//!
//! ```text
//!   Checker --trial 1--> Run --over--> judge --trial 2--> Run ... --> done
//!                                        '--> Tried: the run, to be shown, and its findings
//! ```

use super::interpreter::Step;
use super::run::{On, Plan, Run, Stage};
use gloo::timers::callback::Timeout;
use lab::Source;
use lab::grade::{Exercise, Finding, Played, judge};
use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// How long a trial may take for the person, in milliseconds, beside the time in which Python is loaded: a program that computes for ever
/// uses no time of the network.
const PATIENCE_MS: u32 = 15_000;

/// A trial that is over.
#[derive(Clone, Debug)]
pub struct Tried {
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
    done: Vec<Tried>,
    current: Option<Run>,
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
    pub fn begin(exercise: Rc<Exercise>, programs: Vec<Source>, tell: impl Fn() + 'static) -> Checker {
        let checker = Checker(Rc::new(RefCell::new(Inner {
            exercise,
            programs: Rc::new(programs),
            done: Vec::new(),
            current: None,
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

    /// The run of the trial that is under way.
    pub fn current(&self) -> Option<Run> {
        self.0.borrow().current.clone()
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
        inner.done.len() == inner.exercise.trials.len() && inner.done.iter().all(Tried::passed)
    }

    /// Whether every trial passed, when every trial is over.
    pub fn verdict(&self) -> Option<bool> {
        let over = { self.0.borrow().done.len() == self.0.borrow().exercise.trials.len() };
        over.then(|| self.passed())
    }

    /// Ends it where it is.
    pub fn stop(&self) {
        let run = {
            let mut inner = self.0.borrow_mut();
            inner.patience = None;
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
        let scenario = {
            let inner = self.0.borrow();
            let Some(trial) = inner.exercise.trials.get(inner.done.len()) else { return };
            inner.exercise.scenario(trial, &inner.programs)
        };
        match scenario {
            Ok(scenario) => {
                let plan = Plan {
                    scenario: Rc::new(scenario),
                    on: On::Simulator,
                    how: Step::Run,
                    breakpoints: Vec::new(),
                };
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
        let Some(run) = self.current() else { return };
        match run.stage() {
            Stage::Loading(_) => {}
            Stage::Running => self.be_patient(&run),
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
            Stage::Over(_) => {
                let findings = self.judged(&run);
                let mut inner = self.0.borrow_mut();
                inner.done.push(Tried { run, findings: Rc::new(findings) });
                (inner.current, inner.patience) = (None, None);
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

    fn judged(&self, run: &Run) -> Vec<Finding> {
        let inner = self.0.borrow();
        let (Stage::Over(ending), Some(trial)) = (run.stage(), inner.exercise.trials.get(inner.done.len()))
        else {
            return Vec::new();
        };
        let scenario = run.scenario();
        run.with_players(|log, players| {
            judge(&inner.exercise, trial, &Played { scenario: &scenario, log, players, ending: &ending })
        })
        .unwrap_or_default()
    }
}

fn look(checker: &Weak<RefCell<Inner>>) {
    if let Some(checker) = checker.upgrade() {
        Checker(checker).look();
    }
}
