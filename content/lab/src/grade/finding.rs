//! What a check found: a sentence, and where to look.

use sockets::{CallId, Instant, PacketId};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check's id.
    pub check: String,
    /// Whether all is as it should be.
    pub passed: bool,
    /// What was expected and what was seen, in a sentence or two.
    pub says: String,
    /// The line of the learner's program that it has to do with.
    pub place: Option<Place>,
    /// When it can be seen in the Log.
    pub moment: Option<Moment>,
}

/// A line of a learner's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The program's place among the exercise's programs.
    pub program: usize,
    /// Its file.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
}

/// A moment of the Log, and what is to be pointed at there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Instant,
    /// What is to be pointed at, what matters most first.
    pub lights: Vec<Light>,
}

/// Something in the Log that can be pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// A call.
    Call(CallId),
    /// A datagram.
    Packet(PacketId),
}
