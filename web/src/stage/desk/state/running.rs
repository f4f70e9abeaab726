//! Runs of a scenario with changes, and what they do to the desk's state.

use super::State;
use crate::stage::Story;
use crate::stage::desk::link::is_step;
use crate::stage::desk::{Subject, Told};
use crate::stage::story::{Cast, Origin};
use lab::{Change, Ending, Scenario};
use std::rc::Rc;

/// What came of a run.
pub(super) struct Ran {
    pub(super) scenario: Option<Rc<Scenario>>,
    pub(super) story: Told,
    pub(super) ended: Option<String>,
}

/// Runs a scenario with changes.
pub(super) fn run(scenario: &Scenario, changes: &[Change]) -> Result<Ran, String> {
    let scenario = lab::changed(scenario, changes).map_err(|bad| bad.to_string())?;
    let run = lab::run(&scenario).map_err(|bad| bad.to_string())?;
    let ended = match (run.stopped, run.ending) {
        (Some(stopped), _) => Some(capital(&stopped.to_string())),
        (None, Ending::Finished) => None,
        (None, ending) => Some(capital(&ending.to_string())),
    };
    let story = Story::of(Rc::new(run.log), Cast::of(&scenario.world).named(run.names), Origin::Simulated);
    Ok(Ran { scenario: Some(Rc::new(scenario)), story: Told::new(story), ended })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect::<String>() + ".")
}

/// Nothing at all: what is shown of a scenario that cannot be run.
pub(super) fn nothing() -> Told {
    Told::new(Story::of(Rc::default(), Cast::default(), Origin::Simulated))
}

impl State {
    /// What is wanted next, so far.
    pub(super) fn latest(&self) -> &Rc<Vec<Change>> {
        self.wanted.as_ref().unwrap_or(&self.changes)
    }

    pub(super) fn want(&mut self, changes: Vec<Change>) {
        self.refused = None;
        self.wanted = Some(Rc::new(changes));
    }

    /// Makes the changes that are wanted; what cannot be is said, and not kept.
    pub(super) fn make(&mut self, remember: bool) {
        let Some(wanted) = self.wanted.take() else { return };
        let Subject::Scenario(scenario) = &self.subject else { return };
        match run(scenario, &wanted) {
            Ok(ran) => {
                if remember {
                    // Turning one knob is one change, however often it moved.
                    if is_step(&self.changes, &wanted) {
                        self.past.push(self.changes.clone());
                    }
                    self.future.clear();
                }
                let before = std::mem::replace(&mut self.story, ran.story);
                if self.changes.is_empty() {
                    self.was = Some(before.clone());
                }
                self.changes = wanted;
                if self.changes.is_empty() {
                    self.was = None;
                }
                (self.played, self.ended) = (ran.scenario, ran.ended);
                self.told_anew(&before);
                self.said = match self.changes.len() {
                    0 => "Run again without changes.".into(),
                    1 => "Run again with 1 change.".into(),
                    count => format!("Run again with {count} changes.").into(),
                };
            }
            Err(why) => {
                let why = format!("This change cannot be made, so nothing was changed. {why}");
                self.said = why.as_str().into();
                self.refused = Some(why);
            }
        }
    }
}
