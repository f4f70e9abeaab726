//! The sandbox: a text in packetdrill's language, an editor that marks what is wrong in place, and the stage beside it.
//!
//! ```text
//!   text --play--> Outcome: subject for the desk, marks for lines, moments of lines
//!     ^  \--link-> address
//!     '--- editor, form of the link's options, examples, files
//! ```
//!
//! The text is the only state that is kept: in the address, and in the browser's store. Two kinds of text are told apart by their lines
//! `host NAME`: hosts that answer each other, and a script for one machine, whose segments are injected and expected.

mod editor;
mod examples;
mod help;
mod link;
mod options;
mod page;
pub(crate) mod place;
mod play;
mod state;
#[cfg(test)]
mod tests;
mod tint;
mod write;

pub use link::script;
pub use page::{Sandbox, open};
