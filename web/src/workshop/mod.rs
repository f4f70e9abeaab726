//! The page "Lab": a learner's Python programs, side by side, on the simulator or on real sockets, and the stage below them.
//!
//! ```text
//!   Project (editors, link, store) --Scenario--> Run: interpreters + driver + network --Log--> Story --> stage
//!                                                  '--> output, state and line of each program
//! ```

mod compare;
mod interpreter;
mod page;
mod pane;
mod project;
mod run;
mod state;
mod told;

pub use page::Workshop;
