//! What is to be run, and how far it is.

use super::interpreter::{Paused, Step};
use lab::{Ending, Scenario};
use std::rc::Rc;

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
}
