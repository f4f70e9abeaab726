//! The page "Lab": a learner's Python programs, side by side, on the simulator or on real sockets, and the stage below them.
//!
//! ```text
//!   Project (editors, link, store) --Scenario--> Run: interpreters + driver + network --Log--> Story --> stage
//!                                                  '--> output, state and line of each program
//! ```

mod ability;
mod check;
mod compare;
mod interpreter;
mod lesson;
mod mailbox;
mod network;
mod output;
mod page;
mod pane;
mod plan;
mod project;
mod results;
mod run;
mod state;
mod told;

pub use lesson::{Lesson, LessonProps};
pub use page::Workshop;
pub use project::Project;
