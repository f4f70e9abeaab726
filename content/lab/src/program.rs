//! What a program is to whoever drives it: something that says what it does next, and takes what its calls come back with.
//!
//! A script is one ([`ScriptProgram`](crate::ScriptProgram)); a learner's Python is another. A program knows no network and keeps no
//! time; it only does something when it is asked.

use sockets::{CallId, HostId, Instant, Micros, Op, Outcome, Site, Sockets};

/// What a program sees when it is asked what it does next.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The time.
    pub now: Instant,
    /// The number that a call has if it is made now.
    pub call: CallId,
    /// What the Log says of all sockets.
    pub sockets: &'a Sockets,
    /// How late the programs are that begin before this one, at the most; `None` while one of them is not ready.
    pub late: Option<Micros>,
}

/// What a program does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It makes a call, which gets the number [`Seen::call`]. It is asked again at once: a program that has to wait for the outcome
    /// says so then.
    Call {
        /// Where.
        host: HostId,
        /// How long the call may block; `None` for ever.
        timeout: Option<Micros>,
        /// The call.
        op: Op,
        /// Where it stands in the program's text, if that is known.
        site: Option<Box<Site>>,
    },
    /// It waits until one of its calls comes back; the text says for what.
    Wait(String),
    /// It is at work somewhere else, and will say when it is done ([`Driver::rouse`](crate::Driver::rouse)). Virtual time stands still meanwhile.
    Busy,
    /// It sleeps until then; it is asked again before if one of its calls comes back.
    Sleep(Instant),
    /// It has ended.
    Finished,
    /// It has ended because something was not as it had to be; the text says what.
    Failed(String),
}

/// A program.
pub trait Program {
    /// What it is called in messages.
    fn name(&self) -> &str;

    /// What it does next. Once it has said [`Action::Finished`] or [`Action::Failed`] it is not asked again.
    fn next(&mut self, seen: &Seen<'_>) -> Action;

    /// One of its calls came back.
    fn take(&mut self, call: CallId, outcome: &Outcome);

    /// When it is to begin.
    fn starts(&self) -> Instant {
        Instant::START
    }

    /// How long after that it was ready: had begun, and done all that it does before it first waits or calls. `None` before.
    fn late(&self) -> Option<Micros> {
        Some(Micros::ZERO)
    }

    /// Since when it waits for something that a person must say, if it does. Virtual time does not run away from a person: it rests
    /// [`Limits::patience`](crate::Limits) after that.
    fn asks(&self) -> Option<Instant> {
        None
    }
}
