//! The course: what lessons and exercises are, the reader that finds every mistake in their files, and the judge of answers.
//!
//! ```text
//!   (path, text) of every file --Course::read--> Course: lessons, exercises, coverage     and Problems: file, line, what, what to do
//!                                                   |
//!   what a learner answered ------judge(exercise, answer)--> Verdict: right, what to say, where on the stage
//!                                                              '--> Progress: what was done, and when it comes back
//! ```
//!
//! This crate opens no file and knows no page: whoever has the files hands them in, and the judge is a pure function. What is true of
//! TCP it never states: it asks the engine (`lab::run`), the field tables (`wire`), or reads a Log. Reading the files needs the feature
//! `course`; a page that only judges takes exercises as JSON and does without.

mod build;
mod choose;
#[cfg(feature = "course")]
mod course;
#[cfg(feature = "course")]
mod coverage;
mod exercise;
mod field;
mod fill;
#[cfg(feature = "course")]
mod lesson;
#[cfg(feature = "course")]
mod links;
mod markup;
mod operate;
mod order;
mod outline;
mod played;
pub mod progress;
#[cfg(feature = "course")]
mod read;
#[cfg(feature = "course")]
mod reference;
#[cfg(feature = "course")]
mod sections;
mod verdict;

pub use build::{Build, Ends};
pub use choose::{Choice, Choose};
#[cfg(feature = "course")]
pub use course::{Course, Problem, Taught};
#[cfg(feature = "course")]
pub use coverage::Row;
pub use exercise::{Answer, Exercise, Kind, Show, judge, prove};
pub use field::{Field, Values};
pub use fill::{Fill, Wrong};
#[cfg(feature = "course")]
pub use lesson::{Block, Figure, Front, Heading, Lesson, On};
pub use markup::{based, escape, line};
pub use operate::{Goal, Handed, Operate};
pub use order::{Misplaced, Order};
pub use outline::{Chapter, Listed, Onward, Outline};
pub use played::Played;
pub use progress::Progress;
#[cfg(feature = "course")]
pub use reference::{Entry, PARTS, Part};
#[cfg(feature = "course")]
pub use sections::{Section, words};
pub use verdict::Verdict;
