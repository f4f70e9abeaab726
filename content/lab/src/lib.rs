//! Programs for the laboratory: scripts of socket calls that run on any [`Network`](sockets::Network).
//!
//! A [`Script`] is data: hosts, and steps that each make one call. A [`Runner`] hands the calls out one by one and takes what
//! comes back, so the same script runs on a kernel behind the bridge and wherever else sockets live. It knows no network, no
//! page and no clock; whoever drives it decides how fast.
//!
//! ```text
//!            next()                   submit
//!   Runner ----------> whoever drives --------> Network
//!      ^                                           |
//!      '------------- observe(Event) --------------'
//! ```

mod preset;
mod runner;
mod script;

pub use preset::presets;
pub use runner::{Next, Ready, Runner, Verdict};
pub use script::{BadScript, Expect, Script, Step};
