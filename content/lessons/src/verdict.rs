//! What the judge says of an answer.

use crate::Show;

/// What is said of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is right.
    pub right: bool,
    /// The gap between what was answered and what is so, as HTML of a sentence or two; empty where it is right.
    pub says: String,
    /// The parts of the answer that are not right, by their names: fields, choices (their places), items, goals (their places).
    pub wrong: Vec<String>,
    /// Where on the stage it is to be seen.
    pub show: Option<Show>,
}

impl Verdict {
    /// Of a right answer.
    pub fn right() -> Verdict {
        Verdict { right: true, ..Verdict::default() }
    }

    /// Of a wrong one.
    pub fn wrong(says: impl Into<String>, wrong: Vec<String>) -> Verdict {
        Verdict { right: false, says: says.into(), wrong, show: None }
    }
}
