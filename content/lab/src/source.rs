//! A learner's program as a scenario holds it: its text, and what it is started with.

use crate::Line;
use serde::{Deserialize, Serialize};
use sockets::Instant;
use std::collections::BTreeMap;

/// A Python program of a scenario. In JSON:
///
/// ```text
///   {"name": "server", "host": "machine", "file": "server.py", "text": "import socket\n…", "args": ["5000"],
///    "lines": [{"at_us": 0, "text": "hello"}], "files": {"page.html": "…"}}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name: no other program of the scenario has it.
    pub name: String,
    /// The host that it runs on; may be left out where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// The file's name, as tracebacks show it.
    pub file: String,
    /// The program.
    pub text: String,
    /// When it is started, in microseconds; where another one must be there first.
    #[serde(default, rename = "starts_us", skip_serializing_if = "is_start")]
    pub starts: Instant,
    /// What follows the file's name on its command line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// The lines that are typed to it, in the order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "typed")]
    pub lines: Vec<Line>,
    /// Files beside it, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

fn is_start(at: &Instant) -> bool {
    *at == Instant::START
}

mod typed {
    use super::{Instant, Line};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        #[serde(default)]
        at_us: u64,
        text: Option<String>,
    }

    pub fn serialize<S: Serializer>(lines: &[Line], serializer: S) -> Result<S::Ok, S::Error> {
        let raw: Vec<Raw> =
            lines.iter().map(|line| Raw { at_us: line.at.0, text: line.text.clone() }).collect();
        raw.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Line>, D::Error> {
        let raw = Vec::<Raw>::deserialize(deserializer)?;
        Ok(raw.into_iter().map(|Raw { at_us, text }| Line { at: Instant(at_us), text }).collect())
    }
}
