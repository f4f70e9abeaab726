//! What the sandbox remembers, and all that may change it: one pure reducer. It reads and runs texts; it knows no browser.

use super::play::{Outcome, play};
use crate::stage::desk::Subject;
use std::rc::Rc;
use yew::prelude::Reducible;

/// Everything that the sandbox remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The text as it stands in the editor.
    pub text: Rc<str>,
    /// The text that was read last.
    pub ran: Rc<str>,
    /// What became of it.
    pub outcome: Rc<Outcome>,
    /// What the stage shows: the last that could be shown.
    pub shown: Option<Subject>,
    /// The text that the last replacement took away.
    pub before: Option<Rc<str>>,
    /// Something that went wrong beside the text.
    pub notice: Option<Rc<str>>,
}

/// What can happen to it.
#[derive(Clone, Debug)]
pub enum Do {
    /// The text was edited.
    Edit(String),
    /// Another text takes its place; this one can be brought back.
    Replace(String),
    /// The text before the last replacement.
    BringBack,
    /// The text is read, if it was not yet.
    Run,
    /// Something went wrong, or no longer.
    Note(Option<Rc<str>>),
}

impl State {
    /// Begins with a text, which is read at once. `before` can be brought back.
    pub fn begin(text: &str, before: Option<String>, notice: Option<&str>) -> State {
        let outcome = play(text);
        State {
            text: text.into(),
            ran: text.into(),
            shown: outcome.subject.clone(),
            outcome: Rc::new(outcome),
            before: before.filter(|before| before != text).map(Rc::from),
            notice: notice.map(Rc::from),
        }
    }

    /// Whether marks and times are those of the text in the editor.
    pub fn is_current(&self) -> bool {
        self.text == self.ran
    }

    /// Whether the stage shows an older text than the one that was read last.
    pub fn is_of_before(&self) -> bool {
        self.shown.is_some() && self.outcome.subject.is_none()
    }

    fn run(&mut self) {
        if self.is_current() {
            return;
        }
        let outcome = play(&self.text);
        self.ran = self.text.clone();
        if let Some(subject) = &outcome.subject {
            // The same scenario again leaves the stage as it is.
            self.shown = Some(subject.clone());
        }
        self.outcome = Rc::new(outcome);
    }
}

impl Reducible for State {
    type Action = Do;

    fn reduce(self: Rc<State>, action: Do) -> Rc<State> {
        let mut state = (*self).clone();
        match action {
            Do::Edit(text) => state.text = text.into(),
            Do::Replace(text) => {
                if *text != *state.text {
                    state.before = Some(state.text.clone());
                }
                state.text = text.into();
                state.run();
            }
            Do::BringBack => {
                if let Some(before) = state.before.take() {
                    state.before = Some(core::mem::replace(&mut state.text, before));
                    state.run();
                }
            }
            Do::Run => state.run(),
            Do::Note(notice) => state.notice = notice,
        }
        Rc::new(state)
    }
}
