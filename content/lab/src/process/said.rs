//! What an interpreter says at the end of a turn, as data; web/python speaks the same in JSON.

use core::fmt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sockets::{Failure, Instant, Micros, Op, Outcome, Site};

/// A call that a thread makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The interpreter's number of it.
    pub id: u32,
    /// The function and its arguments.
    pub op: Op,
    /// How long it may block: `None` for ever, zero not at all.
    pub timeout: Option<Micros>,
    /// Where it stands in the program's text.
    pub site: Option<Site>,
    /// Whether a thread waits for the outcome.
    pub wanted: bool,
}

/// A call that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The interpreter's number of it.
    pub id: u32,
    /// With what.
    pub outcome: Outcome,
}

/// What a thread waits for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Waiting {
    /// Which thread, counted from 1, which is the main one.
    pub thread: u32,
    /// For what, in a few words: `recv`, `accept`, `lock`.
    pub what: String,
    /// The file of the line that waits.
    #[serde(default)]
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: u32,
    /// Since when, in microseconds of the network's time.
    #[serde(rename = "since_us")]
    pub since: Instant,
    /// Until when at the longest; `None` for ever.
    #[serde(rename = "until_us", default)]
    pub until: Option<Instant>,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if self.line > 0 {
            write!(f, " in line {}", self.line)?;
        }
        if self.thread > 1 {
            write!(f, " (thread {})", self.thread)?;
        }
        Ok(())
    }
}

/// The end of a turn: no thread can run any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// How long the turn's work took, in the network's time.
    pub spent: Micros,
    /// The calls that its threads make, in that order.
    pub calls: Vec<Request>,
    /// The outcome of each call that no network knows: of an option with no name, say.
    pub senseless: Vec<Reply>,
    /// When the first of its own timers is due.
    pub wakes_at: Option<Instant>,
    /// What each thread waits for.
    pub waits: Vec<Waiting>,
    /// Whether one waits for a line on the standard input.
    pub asks: bool,
}

/// How a program ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Exit {
    /// As a shell sees it: 0, 1 after an exception, what sys.exit was given; minus the signal's number if it was ended from outside.
    pub status: i32,
    /// The exception that ended it.
    #[serde(default)]
    pub error: Option<Failed>,
}

impl Exit {
    /// It was ended from outside, as by SIGKILL (signal(7)).
    pub const KILLED: Exit = Exit { status: -9, error: None };
}

/// An exception that ended a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Failed {
    /// Its class, as a traceback names it.
    pub class: String,
    /// Its text.
    pub text: String,
    /// The file of the learner's line that it came from.
    #[serde(default)]
    pub file: Option<String>,
    /// The line, counted from 1.
    #[serde(default)]
    pub line: Option<u32>,
    /// The column, counted from 1, of a syntax error.
    #[serde(default)]
    pub column: Option<u32>,
    /// The whole traceback, as it was printed.
    #[serde(default)]
    pub traceback: String,
}

#[derive(Deserialize)]
struct RawRequest {
    id: u32,
    request: Map<String, Json>,
    #[serde(default)]
    timeout_us: Option<u64>,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    line: u32,
    #[serde(default)]
    thread: u32,
    #[serde(default = "yes")]
    wanted: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct RawTurn {
    #[serde(default)]
    spent_us: u64,
    #[serde(default)]
    calls: Vec<RawRequest>,
    #[serde(default)]
    wakes_at_us: Option<u64>,
    #[serde(default)]
    waits: Vec<Waiting>,
    #[serde(default)]
    asks: bool,
}

impl Turn {
    /// Reads the JSON of a turn. Payload is not in it: it is put into the calls' [`Op::payload_mut`] afterwards.
    ///
    /// # Errors
    /// What is not of this form, and where.
    pub fn from_json(text: &str) -> Result<Turn, serde_json::Error> {
        let raw: RawTurn = serde_json::from_str(text)?;
        let mut turn = Turn {
            spent: Micros(raw.spent_us),
            wakes_at: raw.wakes_at_us.map(Instant),
            waits: raw.waits,
            asks: raw.asks,
            ..Turn::default()
        };
        for RawRequest { id, request, timeout_us, file, line, thread, wanted } in raw.calls {
            let site = file.map(|file| Site { file, line, thread });
            match Op::from_json(request) {
                Ok(op) => turn.calls.push(Request { id, op, timeout: timeout_us.map(Micros), site, wanted }),
                Err(error) => {
                    turn.senseless.push(Reply { id, outcome: Err(Failure::Protocol(error.to_string())) })
                }
            }
        }
        Ok(turn)
    }
}
