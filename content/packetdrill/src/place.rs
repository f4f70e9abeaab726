//! Where something stands in a script, and what can be said of it: not understood, or not met.

use core::fmt;
use std::sync::Arc;

/// A text with a name: a script, or a file of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// How it is called in messages: a path, as a rule.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// A line of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The source's name.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1; 0 for the line as a whole.
    pub column: u32,
}

impl Place {
    /// The first line of a source as a whole.
    pub fn top(source: &str) -> Place {
        Place { file: source.into(), line: 1, column: 0 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Something that this crate, or the machine under test, does not know. A script with it is neither right nor wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub what: String,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl core::error::Error for Unsupported {}

/// How a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that it says was checked and is so.
    Ok,
    /// Something is not as the script says.
    Failed {
        /// Where the script says it.
        place: Place,
        /// What was expected and what came.
        what: String,
    },
    /// The script, or what it asks of the machine, is not known.
    Unsupported(Unsupported),
}

/// Why a script cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Failed(Place, String),
    Unsupported(Unsupported),
}

impl Stop {
    pub(crate) fn failed(place: &Place, what: impl Into<String>) -> Stop {
        Stop::Failed(place.clone(), what.into())
    }

    pub(crate) fn unsupported(place: &Place, what: impl Into<String>) -> Stop {
        Stop::Unsupported(Unsupported { place: place.clone(), what: what.into() })
    }
}

impl From<Unsupported> for Stop {
    fn from(unsupported: Unsupported) -> Stop {
        Stop::Unsupported(unsupported)
    }
}

impl From<Stop> for Verdict {
    fn from(stop: Stop) -> Verdict {
        match stop {
            Stop::Failed(place, what) => Verdict::Failed { place, what },
            Stop::Unsupported(unsupported) => Verdict::Unsupported(unsupported),
        }
    }
}
