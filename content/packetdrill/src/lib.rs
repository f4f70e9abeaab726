//! packetdrill scripts, parsed and run in virtual time.
//!
//! ```text
//!   text --parse--> Script --run--> Machine (the engine of `sim`, or anything else with sockets and a clock)
//!                              '--> Report: ok, FAILED with what was expected and what came, UNSUPPORTED with what is not known
//! ```
//!
//! The language is packetdrill's (Cardwell et al., "packetdrill: Scriptable Network Stack Testing, from Sockets to Packets", USENIX ATC
//! 2013). This crate knows no file, no process and no clock: shell lines are read as settings, Python in `%{ }%` is evaluated here, and
//! time is the machine's. What it does not understand it says; it never lets a line pass that it did not check.

mod calls;
mod check;
mod compare;
mod config;
mod constants;
mod descriptors;
mod engine;
mod flow;
mod machine;
mod notation;
mod parse;
mod place;
mod python;
mod run;
mod sandbox;
mod script;
mod shell;
mod values;

pub use engine::{Engine, MACHINE, SCRIPT};
pub use machine::{
    Departed, Fd, Got, Machine, Queue, Refusal, Registration, Returned, Setsockopt, Setting, Stage, Sys,
    Ticket,
};
pub use notation::unreachable;
pub use parse::{parse, parse_all};
pub use place::{Place, Source, Unsupported, Verdict};
pub use run::{Report, run, tell};
pub use sandbox::{
    Calls, MOST_CALLS, MOST_HOSTS, MOST_PROGRAMS, MOST_SENT, Pause, Planned, Play, Sort, fault_line,
    has_hosts, read_play, time_word,
};
pub use script::Script;
pub use shell::Files;
