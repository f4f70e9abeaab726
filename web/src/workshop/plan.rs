//! What is to be run, and how far it is.

use super::interpreter::{Paused, Step};
use lab::{Ending, Order, Scenario, Waiting};
use std::rc::Rc;

/// A program that computes without end is waited for no longer by those that begin after it: each turn is some 40 ms.
const TURNS_AT_MOST: u32 = 50;

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The simulator.
    Simulator,
    /// Real sockets, through the bridge.
    Kernel,
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The programs and their world.
    pub scenario: Rc<Scenario>,
    /// On which network.
    pub on: On,
    /// How it begins: at once, or step by step.
    pub how: Step,
    /// The lines before which each program stops.
    pub breakpoints: Vec<Vec<u32>>,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Python is being loaded: so much of it, from 0 to 1.
    Loading(f64),
    /// Programs run, or wait.
    Running,
    /// Nothing happens before a person has typed a line.
    Asks,
    /// It is over.
    Over(Ending),
    /// It could not begin, or go on.
    Failed(String),
}

impl Stage {
    /// In a word.
    pub const fn name(&self) -> &'static str {
        match self {
            Stage::Loading(_) => "loading",
            Stage::Running => "running",
            Stage::Asks => "asks",
            Stage::Over(_) => "over",
            Stage::Failed(_) => "failed",
        }
    }
}

/// What a page shows of one program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// It stands still here.
    pub paused: Option<Paused>,
    /// The line that runs now, while it is stepped through.
    pub line: Option<u32>,
    /// It can be given a program.
    pub(super) ready: bool,
    /// How much of it is loaded.
    pub(super) loaded: f64,
    /// How often it has said that it goes on, or waits.
    turns: u32,
    /// It has come so far that it waits for something, or has ended: what others need of it is there.
    pub(super) settled: bool,
    /// Its order to begin, while it waits for those that begin before it.
    pub(super) held: Option<Order>,
}

impl Shown {
    /// Its turn is over, and its threads wait for this.
    pub(super) fn note_turn(&mut self, waits: &[Waiting]) {
        self.turns += 1;
        self.settled |= self.turns > TURNS_AT_MOST || waits.iter().any(|wait| wait.what != "running");
    }
}

impl Plan {
    /// Whether a program's time has come as far as the others go. On a real network those that begin before it are to be as far as they get
    /// by themselves: a server that listens, on however slow a machine. On the simulator time waits for them.
    pub(super) fn may_begin(&self, place: usize, shown: &[Shown]) -> bool {
        let python = &self.scenario.python;
        self.on == On::Simulator
            || python
                .iter()
                .zip(shown)
                .all(|(other, shown)| other.starts >= python[place].starts || shown.settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workshop::project::Project;
    use sockets::Instant;

    fn wait(what: &str) -> Waiting {
        Waiting { thread: 1, what: what.into(), file: None, line: 1, since: Instant::START, until: None }
    }

    #[test]
    fn on_a_kernel_a_client_waits_until_the_server_waits() {
        let scenario = Rc::new(Project::default().scenario().expect("the first template"));
        let server = scenario.python.iter().position(|source| source.starts == Instant::START);
        let server = server.expect("a program begins at once");
        let client = 1 - server;
        let mut shown = [Shown::default(), Shown::default()];
        let mut plan = Plan { scenario, on: On::Kernel, how: Step::Run, breakpoints: Vec::new() };
        assert!(plan.may_begin(server, &shown) && !plan.may_begin(client, &shown));
        shown[server].note_turn(&[wait("running")]);
        assert!(!plan.may_begin(client, &shown), "it computes");
        plan.on = On::Simulator;
        assert!(plan.may_begin(client, &shown));
        plan.on = On::Kernel;
        shown[server].note_turn(&[wait("accept")]);
        assert!(plan.may_begin(client, &shown));
        let mut endless = [Shown::default(), Shown::default()];
        for _ in 0..=TURNS_AT_MOST {
            endless[server].note_turn(&[wait("running")]);
        }
        assert!(plan.may_begin(client, &endless), "it computes for ever");
    }
}
