//! The page “Open a capture”: a file from the reader's disk, its TCP streams in a table, and one of them on the stage.
//!
//! ```text
//!   File --> worker (web/studio-worker.js, work.rs): lab::capture::Survey --> Listing --> table.rs
//!                                                                                            | one is chosen
//!   Desk <-- Story <-- lab::capture::tell <-- its packets, as a small pcapng file <-- worker <-'
//! ```
//!
//! What the file says is found by `lab::capture`; nothing here knows TCP or a file format. The file is read in this browser and goes
//! nowhere else.

mod page;
mod reader;
mod rows;
mod sample;
mod shown;
mod table;
mod words;
pub mod work;

pub use page::Captures;
