//! Programs for the laboratory, and what runs them on any [`Network`](sockets::Network).
//!
//! A [`Script`] is data: hosts, and steps that each make one call. A [`Runner`] hands the calls out one by one and takes what
//! comes back, so the same script runs on a kernel behind the bridge and wherever else sockets live. It knows no network, no
//! page and no clock; whoever drives it decides how fast. A [`Program`] is whatever makes calls, a script among others, and
//! [`drive`] runs several of them on a network in virtual time. With the feature `simulator`, a `Scenario` is programs and the world
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
mod inject;
#[cfg(feature = "simulator")]
mod interfere;
#[cfg(feature = "simulator")]
mod knob;
mod pace;
mod preset;
mod program;
mod runner;
#[cfg(feature = "simulator")]
mod scenario;
mod script;
mod scripted;

#[cfg(feature = "simulator")]
pub use change::{Change, MOST_CHANGES, changed};
pub use drive::{Ending, Limits, drive};
pub use gallery::{Exhibit, GALLERY, exhibit, exhibit_text};
#[cfg(feature = "simulator")]
pub use inject::{Received, Reception, inject};
#[cfg(feature = "simulator")]
pub use interfere::befall;
#[cfg(feature = "simulator")]
pub use knob::{Knob, KnobKind, Scale, Setting, Unit, knobs, turned};
pub use pace::Pace;
pub use preset::presets;
pub use program::{Action, Program, Seen};
pub use runner::{Next, Ready, Runner, Verdict};
#[cfg(feature = "simulator")]
pub use scenario::{BadScenario, Marked, Run, Scenario, run};
pub use script::{BadScript, Expect, Script, Step};
pub use scripted::{Pause, ScriptProgram};
