//! Programs for the laboratory, and what runs them on any [`Network`](sockets::Network).
//!
//! A [`Script`] is data: hosts, and steps that each make one call. A [`Runner`] hands the calls out one by one and takes what
//! comes back, so the same script runs on a kernel behind the bridge and wherever else sockets live. It knows no network, no
//! page and no clock; whoever drives it decides how fast. A [`Program`] is whatever makes calls: a script, or a learner's program that
//! runs in an interpreter somewhere else and has a [`Process`] to stand for it. A [`Driver`] runs several of them on a network. With the feature `simulator`, a `Scenario` is programs and the world
//! that they run in, and `run` gives its Log.
//!
//! ```text
//!            next()                   submit
//!   Runner ----------> whoever drives --------> Network
//!      ^                                           |
//!      '------------- observe(Event) --------------'
//! ```

pub mod capture;
#[cfg(feature = "simulator")]
mod change;
mod drive;
mod gallery;
#[cfg(feature = "simulator")]
pub mod grade;
#[cfg(feature = "simulator")]
mod inject;
#[cfg(feature = "simulator")]
mod interfere;
#[cfg(feature = "simulator")]
mod knob;
#[cfg(feature = "simulator")]
mod machine;
mod pace;
#[cfg(feature = "simulator")]
mod peer;
#[cfg(feature = "simulator")]
mod player;
mod preset;
mod process;
mod program;
pub mod prose;
mod runner;
#[cfg(feature = "simulator")]
mod scenario;
mod script;
mod scripted;
mod shelf;
#[cfg(feature = "simulator")]
mod source;
#[cfg(feature = "simulator")]
mod template;

#[cfg(feature = "simulator")]
pub use change::{Change, MOST_CHANGES, changed, per_cent, rate};
pub use drive::{Clock, Driver, Ending, Limits, Progress, drive};
pub use gallery::{Exhibit, GALLERY, exhibit, exhibit_text};
#[cfg(feature = "simulator")]
pub use inject::{Received, Reception, inject};
#[cfg(feature = "simulator")]
pub use interfere::befall;
#[cfg(feature = "simulator")]
pub use knob::{Knob, KnobKind, Scale, Setting, Unit, knobs, restored, turned};
#[cfg(feature = "simulator")]
pub use machine::Machine;
pub use pace::Pace;
#[cfg(feature = "simulator")]
pub use peer::{Act, Meets, Peer, PeerProgram};
#[cfg(feature = "simulator")]
pub use player::{Ground, Player, begin, begin_on, life_lines};
pub use preset::presets;
pub use process::{Exit, Failed, Line, Order, Printed, Process, Reply, Request, Standing, Turn, Waiting};
pub use program::{Action, Program, Seen};
pub use runner::{Next, Ready, Runner, Verdict};
#[cfg(feature = "simulator")]
pub use scenario::{BadScenario, Marked, Run, Scenario, Scripted, run};
pub use script::{BadScript, Expect, Script, Step};
pub use scripted::{Pause, ScriptProgram};
pub use shelf::{EXERCISES, Shelved};
#[cfg(feature = "simulator")]
pub use source::Source;
#[cfg(feature = "simulator")]
pub use template::{TEMPLATES, Template};
