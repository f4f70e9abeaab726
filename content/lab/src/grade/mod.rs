//! Exercises in programming: a learner's programs against scripted peers, and what is to be seen afterwards.
//!
//! ```text
//!   Exercise (data) --trial, programs--> Scenario --whoever has an interpreter--> Log, players, Ending
//!       '--- checks ------------------------------ judge(...) <--------------------------'
//!                                                     '--> Finding: passed, sentence, line, moment, what to light up
//! ```
//!
//! A trial is a world and peers ([`Peer`](crate::Peer)); the learner's programs are [`Process`](crate::Process)es in it, so nothing here
//! knows their language. A check is a pure function of what has happened.

mod exercise;
mod finding;
mod judge;
mod shelf;
mod tale;
mod text;

pub use exercise::{Answer, BadExercise, Check, Exercise, Fails, Goal, Trial};
pub use finding::{Finding, Light, Moment, Place};
pub use judge::{Played, judge};
pub use shelf::shelved;
