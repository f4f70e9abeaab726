//! A scenario as data: two hosts, what their programs call, what the path does to which segment.
//!
//! ```text
//!   A 10.77.0.1  ---- pipe: delay, faults, injected segments ----  B 10.77.0.2
//! ```
//!
//! It does not know who plays it: the kernel in real time, or the engine in virtual time.

use bytes::Bytes;
use sockets::{
    Direction, Endpoint, Family, Host, MsgFlag, Op, OptionName, OptionValue, PollEvent, SocketId, SocketKind,
    Watch,
};
use std::net::{IpAddr, Ipv4Addr};
use wire::{Ecn, Flags, Segment};

/// One of the two hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    A,
    B,
}

impl Side {
    pub const BOTH: [Side; 2] = [Side::A, Side::B];

    pub const fn address(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 77, 0, 1 + self as u8)
    }

    pub const fn other(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }
}

/// A scenario: what is set, what happens, what of it is compared.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Short and unique; files and output are named after it.
    pub name: &'static str,
    /// What it shows, and the clause.
    pub about: &'static str,
    /// Settings by sysctl(8)'s names.
    pub sysctls: Vec<(Side, &'static str, &'static str)>,
    /// How long the pipe takes, one way, in microseconds.
    pub delay: u64,
    /// What the pipe does to single segments.
    pub faults: Vec<Fault>,
    /// Renumbers both directions on their way, so that each host receives numbers that begin shortly before 2^32.
    pub renumber: bool,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// Whether windows are compared.
    pub windows: bool,
    /// Whether the times of segments are compared: a timer is the point.
    pub times: bool,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    /// A program calls.
    Call(Called),
    /// Nothing, for so many milliseconds.
    Pause(u64),
    /// Until this host has sent so many segments of this kind.
    Until(Side, Kind, usize),
    /// A segment that none of the hosts sent, as if it came from this one.
    Inject(Injection),
    /// Notes in which states the connections of both hosts are.
    States,
}

/// A call of a program.
#[derive(Clone, Debug)]
pub struct Called {
    pub side: Side,
    /// The socket's name.
    pub socket: &'static str,
    pub does: Does,
    /// Whether the story goes on while the call is pending.
    pub behind: bool,
}

/// The function and its arguments.
#[derive(Clone, Debug)]
pub enum Does {
    Socket,
    Bind(u16),
    Listen(i32),
    /// Accept, and the name for the new socket.
    Accept(&'static str),
    Connect(u16),
    /// Connect on a socket that does not block.
    ConnectNow(u16),
    /// Poll of this one socket, for as long as it takes.
    Poll(&'static [PollEvent]),
    Send(usize, &'static [MsgFlag]),
    Recv(u32, &'static [MsgFlag]),
    Shutdown(Direction),
    Close,
    Set(OptionName, OptionValue),
    Get(OptionName),
}

/// A kind of segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Syn,
    SynAck,
    /// With data.
    Data,
    /// Neither data nor SYN, FIN, RST.
    Ack,
    Fin,
    Rst,
}

impl Kind {
    pub fn is(self, segment: &Segment) -> bool {
        let flags = segment.flags;
        let control = flags.intersects(Flags::SYN | Flags::FIN | Flags::RST);
        match self {
            Kind::Syn => flags.syn() && !flags.ack(),
            Kind::SynAck => flags.syn() && flags.ack(),
            Kind::Data => !segment.payload.is_empty(),
            Kind::Ack => segment.payload.is_empty() && !control,
            Kind::Fin => flags.fin(),
            Kind::Rst => flags.rst(),
        }
    }
}

/// What the pipe does to the `first`-th to `last`-th segment of a kind that a host sends, counted from 1.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub from: Side,
    pub kind: Kind,
    pub first: usize,
    pub last: usize,
    pub what: Twist,
}

/// What becomes of a segment.
#[derive(Clone, Copy, Debug)]
pub enum Twist {
    Drop,
    /// It takes so many milliseconds longer; others overtake it.
    Delay(u64),
    /// A second one comes so many milliseconds later.
    Twice(u64),
    /// The congestion mark of a router (RFC 3168, 5).
    Mark(Ecn),
}

/// A segment by its place in a connection that the pipe has seen.
#[derive(Clone, Copy, Debug)]
pub struct Injection {
    pub from: Side,
    pub flags: Flags,
    /// Relative to the next number that `from` will send.
    pub seq: i64,
    /// Relative to the next number that `from` expects.
    pub ack: i64,
    pub length: usize,
    /// Added to the newest timestamp of `from`; `None` leaves the option out.
    pub timestamp: Option<i32>,
}

impl Injection {
    pub const fn new(from: Side, flags: Flags) -> Injection {
        Injection { from, flags, seq: 0, ack: 0, length: 0, timestamp: Some(0) }
    }
}

impl Does {
    /// The call on a socket; B is the server.
    pub fn op(&self, side: Side, socket: SocketId) -> Op {
        let endpoint = |side: Side, port| Endpoint { host: Host::Address(IpAddr::V4(side.address())), port };
        match self {
            Does::Socket => Op::Socket { family: Family::Inet, kind: SocketKind::Stream },
            Does::Bind(port) => Op::Bind { socket, address: endpoint(side, *port) },
            Does::Listen(backlog) => Op::Listen { socket, backlog: *backlog },
            Does::Accept(_) => Op::Accept { socket },
            Does::Connect(port) | Does::ConnectNow(port) => {
                Op::Connect { socket, address: endpoint(side.other(), *port) }
            }
            Does::Poll(events) => {
                Op::Poll { watch: vec![Watch { socket, events: events.iter().copied().collect() }] }
            }
            Does::Send(octets, flags) => {
                Op::Send { socket, flags: flags.iter().copied().collect(), data: pattern(*octets) }
            }
            Does::Recv(max, flags) => Op::Recv { socket, max: *max, flags: flags.iter().copied().collect() },
            Does::Shutdown(how) => Op::Shutdown { socket, how: *how },
            Does::Close => Op::Close { socket },
            Does::Set(option, value) => Op::SetSockOpt { socket, option: *option, value: value.clone() },
            Does::Get(option) => Op::GetSockOpt { socket, option: *option },
        }
    }

    /// Whether the call must not wait.
    pub const fn at_once(&self) -> bool {
        matches!(self, Does::ConnectNow(_))
    }

    /// The name of the socket that it makes.
    pub fn makes(&self, own: &'static str) -> Option<&'static str> {
        match self {
            Does::Socket => Some(own),
            Does::Accept(name) => Some(name),
            _ => None,
        }
    }
}

/// So many octets: the alphabet over and over.
pub fn pattern(octets: usize) -> Bytes {
    (b'a'..=b'z').cycle().take(octets).collect()
}

/// The beginning of a scenario; [`Scenario::with`] and its sisters add to it.
pub fn scenario(name: &'static str, about: &'static str, steps: Vec<Vec<Step>>) -> Scenario {
    Scenario {
        name,
        about,
        sysctls: Vec::new(),
        delay: 10_000,
        faults: Vec::new(),
        renumber: false,
        steps: steps.concat(),
        windows: false,
        times: false,
    }
}

impl Scenario {
    /// Adds a fault to one segment: the `nth` of its kind.
    pub fn fault(self, from: Side, kind: Kind, nth: usize, what: Twist) -> Scenario {
        self.faults(from, kind, nth, nth, what)
    }

    /// Adds a fault to a run of segments.
    pub fn faults(mut self, from: Side, kind: Kind, first: usize, last: usize, what: Twist) -> Scenario {
        self.faults.push(Fault { from, kind, first, last, what });
        self
    }

    /// Sets a sysctl of a host.
    pub fn sysctl(mut self, side: Side, name: &'static str, value: &'static str) -> Scenario {
        self.sysctls.push((side, name, value));
        self
    }

    /// Compares times too.
    pub fn timed(mut self) -> Scenario {
        self.times = true;
        self
    }

    /// Compares windows too.
    pub fn windowed(mut self) -> Scenario {
        self.windows = true;
        self
    }

    /// Another delay, one way, in milliseconds.
    pub fn slow(mut self, millis: u64) -> Scenario {
        self.delay = millis * 1_000;
        self
    }

    /// Renumbers both directions: see [`Scenario::renumber`].
    pub fn renumbered(mut self) -> Scenario {
        self.renumber = true;
        self
    }
}
