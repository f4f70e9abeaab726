//! How fast a program reads or writes: a step that is made again and again, with time between.
//!
//! ```text
//!   {"call": "recv", "socket": "c", "max": 512, "until": "end", "every_us": 2000}       512 octets at most, every 2 ms, to the end
//!   {"call": "send", "socket": "s", "fill": 9000, "piece": 1000, "every_us": 5000}      9 times 1,000 octets, every 5 ms
//! ```
//!
//! The time counts from one call to the next: where a call blocks for longer than that, the next follows at once.

use crate::script::{Wrong, optional};
use serde_json::{Map, Value as Json};
use sockets::{Micros, Op};

/// The pace of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many octets one call sends, or takes at most: 1 to 64 MiB.
    pub piece: u32,
    /// The least time from one call to the next, up to an hour.
    pub every: Micros,
}

/// The longest time between two calls: an hour, in microseconds.
pub(crate) const MOST_EVERY_US: u64 = 3_600_000_000;
/// The most octets in one call: 64 MiB.
pub(crate) const MOST_PIECE: u32 = 64 << 20;

/// What a step says of its pace.
#[derive(Debug)]
pub(crate) struct Paced {
    piece: Option<u32>,
    every: Option<u64>,
    until_end: bool,
}

impl Paced {
    /// Takes what there is about pace out of a step's fields.
    pub(crate) fn read(fields: &mut Map<String, Json>) -> Result<Paced, Wrong> {
        let until_end = match fields.remove("until") {
            None => false,
            Some(Json::String(word)) if word == "end" => true,
            Some(other) => {
                return Err(Wrong {
                    field: "until".into(),
                    why: format!("{other} is nothing to read until: write \"end\""),
                });
            }
        };
        Ok(Paced { piece: optional(fields, "piece")?, every: optional(fields, "every_us")?, until_end })
    }

    /// The pace of a step with this call, if it has one.
    pub(crate) fn of(&self, op: &Op, waits: bool) -> Result<Option<Pace>, Wrong> {
        let Paced { piece, every, until_end } = *self;
        if piece.is_none() && every.is_none() && !until_end {
            return Ok(None);
        }
        if waits {
            return Err("a step with a pace is waited for: let another program go on meanwhile".into());
        }
        let pace = match op {
            Op::Recv { max, .. } => {
                if piece.is_some() {
                    let why = "a recv takes “max” octets at a time: leave “piece” out".into();
                    return Err(Wrong { field: "piece".into(), why });
                }
                if !until_end {
                    let why = "a recv with a pace reads to the end: write \"until\": \"end\" with it".into();
                    return Err(Wrong { field: "every_us".into(), why });
                }
                Pace { piece: *max, every: Micros(every.unwrap_or(0)) }
            }
            Op::Send { data, .. } | Op::SendTo { data, .. } => {
                if until_end {
                    return Err(Wrong { field: "until".into(), why: "only recv reads until the end".into() });
                }
                Pace { piece: piece.unwrap_or(data.len() as u32), every: Micros(every.unwrap_or(0)) }
            }
            other => {
                let why = format!("{} has no pace: only recv, send and sendto have one", other.kind().name());
                return Err(why.into());
            }
        };
        pace.check()?;
        Ok(Some(pace))
    }
}

impl Pace {
    /// Whether a step can have this pace.
    pub(crate) fn check(self) -> Result<(), Wrong> {
        if !(1..=MOST_PIECE).contains(&self.piece) {
            let why = format!("{} octets are no piece: it has from 1 to {MOST_PIECE}", self.piece);
            return Err(Wrong { field: "piece".into(), why });
        }
        if self.every.0 > MOST_EVERY_US {
            let why = format!("{} is too long: at most {MOST_EVERY_US} microseconds", self.every.0);
            return Err(Wrong { field: "every_us".into(), why });
        }
        Ok(())
    }
}
