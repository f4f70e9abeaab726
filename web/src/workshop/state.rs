//! What the workshop remembers, and all that may change it.

use super::project::{MOST_PROGRAMS, Project};
use super::run::{On, Run};
use lab::Source;
use sim::world::FaultPart;
use std::rc::Rc;
use yew::prelude::Reducible;

/// Everything that the workshop remembers.
#[derive(Clone, PartialEq)]
pub struct State {
    /// The programs as they stand in the editors.
    pub project: Rc<Project>,
    /// The programs that the last replacement took away.
    pub before: Option<Rc<Project>>,
    /// Which network the next run is on.
    pub on: On,
    /// The lines before which programs stop, by the program's place.
    pub breakpoints: Rc<Vec<Vec<u32>>>,
    /// The run that is shown.
    pub run: Option<Run>,
    /// The run before it, if it had the same number of programs.
    pub earlier: Option<Run>,
    /// The programs of the run that is shown, as they were at its beginning.
    pub ran: Option<Rc<Project>>,
    /// How many runs there have been.
    pub runs: u32,
    /// Counts what has happened in the run, so that it is drawn anew.
    pub happened: u32,
    /// Something that went wrong beside the programs.
    pub notice: Option<Rc<str>>,
}

/// What can happen to it.
#[derive(Clone)]
pub enum Do {
    /// A program is this now.
    Edit(usize, Box<Source>),
    /// Other programs take the place of these; these can be brought back.
    Replace(Box<Project>),
    /// The programs before the last replacement.
    BringBack,
    /// A program is taken away; it can be brought back.
    Remove(usize),
    /// A program more.
    Add,
    /// How long a segment is under way, in microseconds.
    Delay(u64),
    /// How fast segments follow each other, in bits per second.
    Rate(Option<u64>),
    /// How many segments of a million are lost.
    Loss(u64),
    /// What befalls single segments.
    Faults(Vec<FaultPart>),
    /// The next run is on this network.
    On(On),
    /// A program stops before these lines.
    Break(usize, Vec<u32>),
    /// A run has begun.
    Begun(Run),
    /// Something has happened in the run.
    Happened,
    /// Something went wrong, or no longer.
    Note(Option<Rc<str>>),
}

impl State {
    /// Begins with these programs; `before` can be brought back.
    pub fn begin(project: Project, before: Option<Project>, notice: Option<&str>) -> State {
        State {
            before: before.filter(|before| *before != project).map(Rc::new),
            breakpoints: Rc::new(vec![Vec::new(); project.programs.len()]),
            project: Rc::new(project),
            on: On::Simulator,
            run: None,
            earlier: None,
            ran: None,
            runs: 0,
            happened: 0,
            notice: notice.map(Rc::from),
        }
    }

    /// Whether the run that is shown is of the programs as they stand now.
    pub fn is_current(&self) -> bool {
        self.ran.as_ref() == Some(&self.project)
    }

    /// Whether a run goes on.
    pub fn goes_on(&self) -> bool {
        self.run.as_ref().is_some_and(Run::goes_on)
    }

    fn replace(&mut self, project: Project) {
        if project == *self.project {
            return;
        }
        self.breakpoints = Rc::new(vec![Vec::new(); project.programs.len()]);
        self.before = Some(core::mem::replace(&mut self.project, Rc::new(project)));
        // A run of other programs would be shown beside these.
        self.run = None;
        self.earlier = None;
        self.ran = None;
    }
}

impl Reducible for State {
    type Action = Do;

    fn reduce(self: Rc<State>, action: Do) -> Rc<State> {
        let mut state = (*self).clone();
        match action {
            Do::Edit(place, source) => {
                if let Some(program) = Rc::make_mut(&mut state.project).programs.get_mut(place) {
                    *program = *source;
                }
            }
            Do::Replace(project) => state.replace(*project),
            Do::BringBack => {
                if let Some(before) = state.before.take() {
                    state.replace(Rc::unwrap_or_clone(before));
                }
            }
            Do::Remove(place) => {
                let mut project = Project::clone(&state.project);
                if project.programs.len() > 1 && place < project.programs.len() {
                    project.programs.remove(place);
                    state.replace(project);
                }
            }
            Do::Add => {
                if state.project.programs.len() < MOST_PROGRAMS {
                    let more = state.project.with_one_more();
                    state.replace(more);
                }
            }
            Do::Delay(delay) => Rc::make_mut(&mut state.project).delay = delay.min(10_000_000),
            Do::Rate(rate) => Rc::make_mut(&mut state.project).rate = rate,
            Do::Loss(loss) => Rc::make_mut(&mut state.project).loss = loss.min(1_000_000),
            Do::Faults(faults) => Rc::make_mut(&mut state.project).faults = faults,
            Do::On(on) => state.on = on,
            Do::Break(place, lines) => {
                if let Some(of_program) = Rc::make_mut(&mut state.breakpoints).get_mut(place) {
                    *of_program = lines;
                }
            }
            Do::Begun(run) => {
                state.ran = Some(state.project.clone());
                state.earlier = state.run.replace(run);
                state.runs += 1;
                state.notice = None;
            }
            Do::Happened => state.happened = state.happened.wrapping_add(1),
            Do::Note(notice) => state.notice = notice,
        }
        Rc::new(state)
    }
}
