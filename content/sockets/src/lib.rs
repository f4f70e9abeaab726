//! The socket API as data.
//!
//! What a program asks of TCP is a [`Call`]; what it gets back is an [`Outcome`]; what happens unasked is an [`Event`]; and
//! the whole story, in order, is a [`Log`]. Anything that has sockets, be it a simulated internet or a kernel behind the bridge,
//! is a [`Network`]:
//!
//! ```text
//!   program --Call--> Network --Event--> Log --> pictures, tables, Python, grading
//!      ^                        |
//!      '------- Outcome --------'
//! ```
//!
//! This crate knows the shape of the API (POSIX, with Linux's numbers and names) and nothing else: no segment, no kernel, no
//! browser, no clock. Time is [`Instant`], microseconds since the Log began, and always comes from outside.

mod address;
mod call;
mod errno;
mod event;
mod log;
mod network;
mod option;
mod outcome;
mod poll;
pub mod python;
mod sense;
mod time;
mod trace;
mod view;

pub use address::{BadEndpoint, Endpoint, Host, PyAddr};
pub use call::{Call, CallId, Direction, Family, HostId, MsgFlag, Op, OpKind, SocketId, SocketKind};
pub use errno::Errno;
pub use event::{AcceptQueue, Event, Path, Sample, State};
pub use log::{Back, CallLine, Log, Record, Site, What};
pub use network::{Network, Sight};
pub use option::{Access, OptionName, OptionRow, OptionValue, Shape};
pub use outcome::{AddrInfo, Failure, Outcome, Resolve, Value};
pub use poll::{PollEvent, Watch};
pub use sense::{Objection, objection};
pub use time::{Instant, Micros};
pub use trace::{
    Bound, Change, Congestion, Fate, Levels, LinkId, PacketId, Quantity, Reaction, Rule, Timer, Trace,
    Transit,
};
pub use view::{Phase, SocketView, Sockets};
