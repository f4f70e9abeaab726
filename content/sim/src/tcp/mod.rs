//! TCP: one connection and one listening socket, as machines that take segments, calls and the time, and give segments and reactions.
//!
//! ```text
//!            call ------.                       .---> segments
//!    segment arrives ----+--> Connection -------+---> reactions (rule, state before and after)
//!       timer fires ----'     (or Listener)     '---> timers armed, fired
//! ```
//!
//! A machine knows no host, no port table, no blocking: `send` takes what fits and says how much, `recv` gives what is there.

mod ack;
mod calls;
mod closing;
mod congestion;
mod connection;
mod data;
mod emit;
mod gathered;
mod icmp;
mod info;
mod input;
mod islands;
mod listen;
mod loss;
mod mss;
mod output;
mod pacing;
mod queue;
mod rack;
mod rate;
mod receive;
mod recovery;
mod refuse;
mod resend;
mod rtt;
mod sack;
mod settings;
mod stream;
mod timers;
pub mod transitions;
mod undo;
mod usage;

pub use connection::Connection;
pub use gathered::Gathered;
pub use info::Info;
pub use listen::Listener;
pub use refuse::refuse;
pub use settings::{Algorithm, HOPS, Settings, hops, traffic_class};

use crate::Profile;
use core::net::SocketAddr;
use sockets::{Instant, Reaction, Timer};
use wire::{Segment, Seq};

/// What a machine works with in one turn.
pub struct Turning<'a> {
    /// The time.
    pub now: Instant,
    /// The host's settings.
    pub profile: &'a Profile,
    /// Where it puts what it does.
    pub effects: &'a mut Effects,
}

/// What a machine did in one turn.
#[derive(Debug, Default)]
pub struct Effects {
    /// Segments to send, in order.
    pub segments: Vec<Sending>,
    /// Rules that acted, timers that were set, stopped or fired; in order.
    pub story: Vec<Told>,
    /// Whether anybody reads the story; where not, none is written.
    pub telling: bool,
    /// The interface's queue takes nothing now: segments are lost here, and the machine is to know it.
    pub interface_full: bool,
}

/// A segment to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// The segment.
    pub segment: Segment,
    /// Whether any of it was sent before.
    pub retransmission: bool,
}

/// A part of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A rule acted.
    Reaction(Reaction),
    /// A timer was set (or stopped).
    Armed(Timer, Option<Instant>),
    /// A timer fired.
    Fired(Timer),
}

/// Both ends' addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// This host's.
    pub local: SocketAddr,
    /// The peer's.
    pub remote: SocketAddr,
}

/// What is chosen for a connection by the host: from its secrets and its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// ISS (RFC 9293, 3.4.1).
    pub iss: Seq,
    /// What is added to the millisecond clock for TSval (RFC 7323, 5.4), in milliseconds.
    pub timestamp_offset: u32,
    /// The MTU of the interface that leads to the peer, in octets.
    pub mtu: u32,
    /// Whether the peer is this host, or reached through the loopback interface.
    pub loopback: bool,
}

/// What a connection made of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It dealt with it.
    Done,
    /// It was in TIME-WAIT, is CLOSED now, and the SYN is to be given to the listening socket (RFC 9293, 3.10.7.4; RFC 6191). The new
    /// ISS must lie beyond this number.
    Reopen(Seq),
}

/// Flags of a send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendFlags {
    /// MSG_MORE.
    pub more: bool,
    /// MSG_EOR.
    pub eor: bool,
    /// MSG_OOB.
    pub oob: bool,
}

/// What a listener made of a segment.
#[derive(Debug)]
pub enum Heard {
    /// It dealt with it.
    Done,
    /// The handshake of this connection is complete; it waits for accept. Its segment has been dealt with.
    Established(Box<Connection>),
}
