//! TCP: one connection and one listening socket, as machines that take segments, calls and the time, and give segments and reactions.
//!
//! ```text
//!            call ------.                       .---> segments
//!    segment arrives ----+--> Connection -------+---> reactions (rule, state before and after)
//!       timer fires ----'     (or Listener)     '---> timers armed, fired
//! ```
//!
//! A machine knows no host, no port table, no blocking: `send` takes what fits and says how much, `recv` gives what is there.

mod info;
mod settings;

pub use info::Info;
pub use settings::Settings;

use crate::Profile;
use crate::Readiness;
use bytes::Bytes;
use core::net::SocketAddr;
use sockets::{Direction, Errno, Instant, Levels, OptionName, OptionValue, Reaction, State, Timer};
use wire::{Segment, Seq, Unreachable};

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

/// One connection, from its first SYN to CLOSED; TIME-WAIT included.
#[derive(Debug)]
pub struct Connection {}

/// What a connection made of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It dealt with it.
    Done,
    /// It was in TIME-WAIT, is CLOSED now, and the SYN is to be given to the listening socket (RFC 9293, 3.10.7.4; RFC 6191). The new
    /// ISS must lie beyond this number.
    Reopen(Seq),
}

impl Connection {
    /// Active open: sends the SYN (RFC 9293, 3.10.1).
    pub fn open(pair: Pair, settings: Settings, choice: Choice, turn: &mut Turning<'_>) -> Connection { todo!() }
    /// A segment for this pair arrived; its checksum was right.
    pub fn on_segment(&mut self, segment: &Segment, turn: &mut Turning<'_>) -> Taken { todo!() }
    /// An ICMP message about a segment that this connection sent with this sequence number.
    pub fn on_icmp(&mut self, what: Unreachable, seq: Seq, turn: &mut Turning<'_>) { todo!() }
    /// Fires whatever is due.
    pub fn on_timer(&mut self, turn: &mut Turning<'_>) { todo!() }
    /// When the next timer is due.
    pub fn wakes_at(&self) -> Option<Instant> { todo!() }
    pub fn pair(&self) -> Pair { todo!() }
    pub fn state(&self) -> State { todo!() }
    /// Takes as much of the data as the send buffer has room for, from the front, and says how many octets; 0 when it would have to wait.
    /// `more` is MSG_MORE, `eor` MSG_EOR, `oob` MSG_OOB. A `send` that is continued after waiting calls it again with the rest.
    ///
    /// # Errors
    /// EPIPE after shutdown or reset, ENOTCONN before the handshake began; while the handshake runs it answers 0.
    pub fn send(&mut self, data: &Bytes, flags: SendFlags, turn: &mut Turning<'_>) -> Result<usize, Errno> { todo!() }
    /// A send that took only part of its data begins to wait for room, or ends: what was taken is pushed.
    pub fn push(&mut self, turn: &mut Turning<'_>) { todo!() }
    /// Up to `max` octets of the stream, in order. `None` when it would have to wait; empty at the end of the stream.
    ///
    /// # Errors
    /// The pending error; ENOTCONN where there never was a connection.
    pub fn recv(&mut self, max: usize, peek: bool, turn: &mut Turning<'_>) -> Result<Option<Bytes>, Errno> { todo!() }
    /// How many octets a recv would give now (SIOCINQ).
    pub fn unread(&self) -> u32 { todo!() }
    /// The urgent octet, if one waits (MSG_OOB). EINVAL where there is none.
    pub fn recv_urgent(&mut self, peek: bool) -> Result<Option<u8>, Errno> { todo!() }
    /// Octets not yet acknowledged (SIOCOUTQ), and not yet sent (SIOCOUTQNSD).
    pub fn unacknowledged(&self) -> (u32, u32) { todo!() }
    /// # Errors
    /// ENOTCONN.
    pub fn shutdown(&mut self, how: Direction, turn: &mut Turning<'_>) -> Result<(), Errno> { todo!() }
    /// The program closes the socket: FIN, or RST with unread data or SO_LINGER 0. The connection lives on as an orphan until CLOSED.
    pub fn close(&mut self, turn: &mut Turning<'_>) { todo!() }
    /// Whether close(2) with SO_LINGER has still to wait: data or FIN not yet acknowledged.
    pub fn lingers(&self) -> bool { todo!() }
    /// RST, and CLOSED at once; for a connection that nobody accepted.
    pub fn abort(&mut self, turn: &mut Turning<'_>) { todo!() }
    /// The pending error, taken away (SO_ERROR).
    pub fn take_error(&mut self) -> Option<Errno> { todo!() }
    /// Whether the handshake is complete (also when the connection is gone again).
    pub fn was_established(&self) -> bool { todo!() }
    pub fn readiness(&self) -> Readiness { todo!() }
    pub fn settings(&self) -> &Settings { todo!() }
    /// # Errors
    /// As setsockopt(2).
    pub fn set_option(&mut self, option: OptionName, value: &OptionValue, turn: &mut Turning<'_>) -> Result<(), Errno> { todo!() }
    /// # Errors
    /// As getsockopt(2).
    pub fn option(&self, option: OptionName, profile: &Profile) -> Result<OptionValue, Errno> { todo!() }
    pub fn levels(&self) -> Levels { todo!() }
    pub fn info(&self, now: Instant) -> Info { todo!() }
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

/// A listening socket: half-open connections (the SYN queue) and how many established ones wait for accept.
#[derive(Debug)]
pub struct Listener {}

/// What a listener made of a segment.
#[derive(Debug)]
pub enum Heard {
    /// It dealt with it.
    Done,
    /// The handshake of this connection is complete; it waits for accept. Its segment has been dealt with.
    Established(Box<Connection>),
}

impl Listener {
    /// backlog as listen(2) has it; it is bounded by net.core.somaxconn.
    pub fn new(local: SocketAddr, settings: Settings, backlog: i32, profile: &Profile) -> Listener { todo!() }
    /// listen(2) again, with another backlog.
    pub fn set_backlog(&mut self, backlog: i32, profile: &Profile) { todo!() }
    /// A segment arrived for this socket that no connection took. `waiting` is how many established connections wait for accept;
    /// `choice` is used when the segment begins a connection.
    pub fn on_segment(&mut self, segment: &Segment, waiting: u32, choice: Choice, turn: &mut Turning<'_>) -> Heard { todo!() }
    pub fn on_timer(&mut self, turn: &mut Turning<'_>) { todo!() }
    pub fn wakes_at(&self) -> Option<Instant> { todo!() }
    /// Half-open connections.
    pub fn half_open(&self) -> u32 { todo!() }
    pub fn backlog(&self) -> u32 { todo!() }
    pub fn local(&self) -> SocketAddr { todo!() }
    pub fn settings(&self) -> &Settings { todo!() }
    /// # Errors
    /// As setsockopt(2).
    pub fn set_option(&mut self, option: OptionName, value: &OptionValue, profile: &Profile) -> Result<(), Errno> { todo!() }
}

/// The answer to a segment for which there is no socket: RST, or nothing to a RST (RFC 9293, 3.5.2 and 3.10.7.1).
pub fn refuse(segment: &Segment, turn: &mut Turning<'_>) { todo!() }
