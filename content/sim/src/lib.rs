//! A TCP that behaves as a current Linux does, in virtual time.
//!
//! ```text
//!   Call --> Host --> Connection --segments--> links --> Host --> ...
//!             |  sockets, ports,      RFC 9293     delay, loss,
//!             |  blocking calls       and Linux    queues, faults
//!             '--> Event
//! ```
//!
//! Nothing here knows a real clock, a thread or a socket of the operating system: time comes from outside, randomness from a seed.
//! The same world with the same calls yields the same events, octet for octet, on every machine.

mod host;
mod metrics;
mod profile;
pub mod rules;
pub mod tcp;
pub mod world;

pub use host::{BadHost, Departure, Host, HostSpec, InterfaceSpec, Looped, Readiness, RouteSpec, Turn};
pub use metrics::{BadAttribute, Metrics};
pub use profile::{Allowed, BadSetting, Profile};
