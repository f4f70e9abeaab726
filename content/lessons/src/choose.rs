//! One of several, or some of them.

use crate::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is to be chosen from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Choose {
    /// The choices, in the order in which they are shown.
    pub choices: Vec<Choice>,
    /// Whether several can be right, and all of them must be picked.
    #[serde(default)]
    pub many: bool,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What is to be read: Markdown in files, HTML afterwards.
    pub text: String,
    /// Whether it is right.
    #[serde(default)]
    pub right: bool,
    /// What is said when it is picked wrongly, or left out wrongly.
    #[serde(default)]
    pub says: String,
}

impl Choose {
    /// What is wrong with it, if something is.
    #[cfg(feature = "course")]
    pub(crate) fn sense(&self) -> Result<(), String> {
        let right = self.choices.iter().filter(|choice| choice.right).count();
        if self.many {
            if right == 0 || self.choices.len() < 3 {
                return Err("with “many” there are at least three choices, and at least one is right".into());
            }
        } else if right != 1 || self.choices.len() < 3 {
            return Err(format!(
                "one choice is right and at least two are wrong; here {right} of {} are right (several right ones take many = true)",
                self.choices.len()
            ));
        }
        let silent = |choice: &&Choice| choice.says.is_empty() && (self.many || !choice.right);
        match self.choices.iter().find(silent) {
            Some(choice) => Err(format!(
                "the choice “{}” has no “says”: what is said to who is wrong about it",
                choice.text
            )),
            None => Ok(()),
        }
    }

    /// The places of the right choices.
    pub fn right(&self) -> BTreeSet<usize> {
        (0..self.choices.len()).filter(|&place| self.choices[place].right).collect()
    }

    /// Judges what was picked.
    pub(crate) fn judge(&self, picked: &BTreeSet<usize>) -> Verdict {
        if picked.is_empty() {
            return Verdict::wrong("Nothing is chosen yet.", Vec::new());
        }
        let right = self.right();
        let wrong = |places: Vec<usize>| places.iter().map(ToString::to_string).collect::<Vec<_>>();
        // What was picked wrongly weighs more than what was left out.
        if let Some(&place) = picked.difference(&right).next() {
            let says = self.choices.get(place).map_or("There is no such choice.", |choice| &choice.says);
            return Verdict::wrong(says, wrong(picked.difference(&right).copied().collect()));
        }
        match right.difference(picked).next() {
            Some(&place) => {
                let says = format!("One is missing, or more. {}", self.choices[place].says);
                Verdict::wrong(says, wrong(right.difference(picked).copied().collect()))
            }
            None => Verdict::right(),
        }
    }

    /// What is not as it is said to be.
    pub(crate) fn prove(&self) -> Vec<String> {
        let mut broken = Vec::new();
        if !self.judge(&self.right()).right {
            broken.push("the right choices do not pass".to_owned());
        }
        for (place, choice) in self.choices.iter().enumerate() {
            let mut picked = self.right();
            if self.many && choice.right {
                picked.remove(&place);
            } else if !choice.right {
                picked = if self.many { &picked | &BTreeSet::from([place]) } else { BTreeSet::from([place]) };
            } else {
                continue;
            }
            let verdict = self.judge(&picked);
            if verdict.right || !(picked.is_empty() || verdict.says.contains(&choice.says)) {
                broken.push(format!(
                    "being wrong about “{}” does not get its message, but “{}”",
                    choice.text, verdict.says
                ));
            }
        }
        broken
    }
}
