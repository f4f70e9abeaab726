//! A script as sense: options, and events in their order. Knows nothing of how they are run.

use crate::place::Place;
use wire::{Ecn, Flags, Options, Unreachable};

/// A packetdrill script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The lines `--name=value` at its top.
    pub(crate) options: Vec<OptionLine>,
    /// What happens, in the order of the text.
    pub(crate) events: Vec<Event>,
    /// Where its text ends.
    pub(crate) end: Place,
}

/// One `--name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OptionLine {
    pub place: Place,
    pub name: String,
    pub value: Option<String>,
}

/// One line of a script: when, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub place: Place,
    pub time: EventTime,
    pub action: Action,
}

/// When an event is to happen, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventTime {
    /// Since the script began.
    Absolute(u64),
    /// After the event before it.
    Relative(u64),
    /// Whenever it comes.
    Any,
    /// Between two moments since the script began.
    AbsoluteRange(u64, u64),
    /// Between two moments after the event before it.
    RelativeRange(u64, u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A packet that is injected or expected.
    Packet(Packet),
    /// A system call.
    Call(SystemCall),
    /// What stands in backquotes.
    Command(String),
    /// What stands in `%{ }%`.
    Code(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heading {
    /// `<`: to the machine.
    In,
    /// `>`: from the machine.
    Out,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub heading: Heading,
    pub marks: Marks,
    /// `source > destination`, where the script names them.
    pub ports: Option<(u16, u16)>,
    /// `sock(4)`: the descriptor of the connection.
    pub socket: Option<i64>,
    pub content: Content,
}

/// What the script says of the internet header; the rest is not checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub ecn: Option<Ecn>,
    pub tos: Option<u8>,
    pub ttl: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Tcp(Tcp),
    /// A UDP datagram of so many octets.
    Udp(u16),
    Icmp(Icmp),
}

/// A segment; numbers relative to each side's initial sequence number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tcp {
    pub flags: Flags,
    pub seq: u32,
    pub length: u32,
    pub ack: Option<u32>,
    pub window: Option<u16>,
    pub urgent: Option<u16>,
    /// `None` stands for `<...>`.
    pub options: Option<Options>,
}

/// An ICMP message about a segment (or datagram) that the machine sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Icmp {
    pub what: Unreachable,
    pub about: About,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// `[1:1461(1460)]`: a segment from this relative number.
    Tcp { seq: u32, length: u32 },
    /// `[udp (1000)]`.
    Udp { length: u16 },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SystemCall {
    /// For a call that is to block: when it is to end, in microseconds; relative like the event's time.
    pub end: Option<u64>,
    pub name: String,
    pub arguments: Vec<Expr>,
    pub wanted: Wanted,
    /// The errno's name that is to come with -1.
    pub errno: Option<String>,
    /// The call as the script writes it.
    pub text: String,
}

/// What a call is to return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// `?`
    Anything,
    Value(Expr),
    Range(i64, i64),
}

/// An argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expr {
    /// `...`
    Ellipsis,
    Int(i64),
    /// A constant's name.
    Word(String),
    Text(String),
    /// `htons(8080)`
    Call(String, Vec<Expr>),
    List(Vec<Expr>),
    Struct(Vec<Field>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
}

/// `name = value`, `name(argument) = value`, or a value alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub name: Option<String>,
    pub value: Expr,
}
