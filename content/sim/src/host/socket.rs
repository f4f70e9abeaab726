//! One socket of a host: its role, its addresses, the calls that wait on it in two lanes, and what was told of it.
//!
//! ```text
//!             listen
//!   Fresh ------------> Listening          the lanes: accept, recv, recvfrom
//!     |  ^                                            connect, send, sendto
//!     |  '-- the handshake failed
//!     '-- connect --> Connection --- close ---> orphan, until CLOSED
//! ```

use super::Readiness;
use super::datagrams::Datagrams;
use super::generic::Generic;
use super::ports::Claim;
use crate::tcp::{Connection, Gathered, Listener, Settings};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use sockets::{
    CallId, Errno, Family, Instant, Levels, Op, OpKind, PyAddr, Sample, SocketId, SocketKind, State,
};
use std::collections::VecDeque;

/// A lane of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// accept, recv, recvfrom.
    Read,
    /// connect, send, sendto.
    Write,
}

impl Side {
    /// The lane of a call that may wait for a socket.
    pub(super) const fn of(op: OpKind) -> Option<Side> {
        match op {
            OpKind::Accept | OpKind::Recv | OpKind::RecvFrom => Some(Side::Read),
            OpKind::Connect | OpKind::Send | OpKind::SendTo => Some(Side::Write),
            _ => None,
        }
    }
}

/// A call that is being carried out.
#[derive(Debug)]
pub(super) struct Waiting {
    pub id: CallId,
    pub op: Op,
    /// When it came.
    pub began: Instant,
    /// When it ends with a time-out.
    pub deadline: Option<Instant>,
    /// Whether it may wait at all.
    pub blocking: bool,
    /// How far it came.
    pub progress: Progress,
}

/// How far a call came.
#[derive(Debug)]
pub(super) enum Progress {
    /// Nothing was done.
    Fresh,
    /// The handshake is under way.
    Connecting,
    /// So many octets were taken.
    Sent(usize),
    /// MSG_WAITALL has so much already.
    Received(Gathered),
}

impl Waiting {
    /// Calls of one kind keep their order; calls of different kinds do not wait for each other.
    pub(super) fn queues_behind(&self, other: &Waiting) -> bool {
        const fn group(op: OpKind) -> OpKind {
            match op {
                OpKind::RecvFrom => OpKind::Recv,
                OpKind::SendTo => OpKind::Send,
                kind => kind,
            }
        }
        let mine = group(self.op.kind());
        mine != OpKind::Connect && mine == group(other.op.kind())
    }
}

/// A close that lingers for its caller (SO_LINGER, socket(7)).
#[derive(Clone, Copy, Debug)]
pub(super) struct Lingering {
    pub id: CallId,
    pub began: Instant,
    /// When SO_LINGER's time is over.
    pub over: Instant,
    /// When the call's own time is over.
    pub deadline: Option<Instant>,
}

/// What a socket is to TCP or UDP now.
#[derive(Debug)]
pub(super) enum Role {
    /// A stream without a connection.
    Fresh(Box<Settings>),
    /// A listening socket.
    Listening(Box<Listening>),
    /// A connection, from its SYN on; also after it ended.
    Connection(Box<Connected>),
    /// A datagram socket.
    Datagram(Box<Datagrams>),
}

/// A listening socket.
#[derive(Debug)]
pub(super) struct Listening {
    pub machine: Listener,
    /// Established connections that wait for accept, oldest first.
    pub queue: VecDeque<SocketId>,
}

/// A connection and what the host knows of it.
#[derive(Debug)]
pub(super) struct Connected {
    pub machine: Box<Connection>,
    /// The interface that leads to the peer; `None` is loopback.
    pub interface: Option<usize>,
    /// Whether segments for its pair come to it.
    pub registered: bool,
    /// Since when it is in TIME-WAIT.
    pub time_wait: Option<Instant>,
    /// Its variables as they were told last.
    pub levels: Option<Levels>,
}

/// Linux's `socket->state`: what connect makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Unconnected,
    Connecting,
    Connected,
    /// It was shut down after its handshake had failed: nothing can be made of it any more.
    Disconnecting,
}

/// The local address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local {
    /// v4 where it is v4-mapped; unspecified for all.
    pub ip: IpAddr,
    /// 0 before there is one. Linux goes on to tell a port that the socket no longer holds.
    pub port: u16,
    /// Whether it holds the port.
    pub held: bool,
    /// bind named the address: it stays when a connection ends.
    pub address_locked: bool,
    /// bind named the port: it stays when a connection ends.
    pub port_locked: bool,
}

/// What was told of a socket last.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub sample: Sample,
    /// When; `None` before the first time.
    pub at: Option<Instant>,
    /// Something less important changed since.
    pub stale: bool,
}

/// One socket.
#[derive(Debug)]
pub(super) struct Socket {
    pub family: Family,
    pub kind: SocketKind,
    pub role: Role,
    pub phase: Phase,
    pub local: Local,
    pub generic: Generic,
    /// A pending error that no machine holds.
    pub error: Option<Errno>,
    pub read: VecDeque<Waiting>,
    pub write: VecDeque<Waiting>,
    /// Calls of poll that watch it.
    pub polls: Vec<CallId>,
    /// The listening socket whose accept queue it waits in.
    pub parent: Option<SocketId>,
    /// The program has closed it.
    pub orphan: bool,
    pub lingering: Option<Lingering>,
    /// When the host's timers have it.
    pub timer: Option<Instant>,
    pub told: Told,
}

impl Socket {
    pub(super) fn new(family: Family, kind: SocketKind, role: Role) -> Socket {
        let local = Local {
            ip: unspecified(family),
            port: 0,
            held: false,
            address_locked: false,
            port_locked: false,
        };
        Socket {
            family,
            kind,
            role,
            phase: Phase::Unconnected,
            local,
            generic: Generic::default(),
            error: None,
            read: VecDeque::new(),
            write: VecDeque::new(),
            polls: Vec::new(),
            parent: None,
            orphan: false,
            lingering: None,
            timer: None,
            told: Told::default(),
        }
    }

    pub(super) fn lane(&mut self, side: Side) -> &mut VecDeque<Waiting> {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }

    /// The connection's state; `None` for UDP.
    pub(super) fn state(&self) -> Option<State> {
        match &self.role {
            Role::Fresh(_) => Some(State::Closed),
            Role::Listening(_) => Some(State::Listen),
            Role::Connection(connected) => Some(connected.machine.state()),
            Role::Datagram(_) => None,
        }
    }

    /// IPV6_V6ONLY.
    pub(super) fn only_v6(&self) -> bool {
        match &self.role {
            Role::Fresh(settings) => settings.v6_only,
            Role::Listening(listening) => listening.machine.settings().v6_only,
            Role::Connection(connected) => connected.machine.settings().v6_only,
            Role::Datagram(datagrams) => datagrams.options.v6_only,
        }
    }

    /// What it asks for or has, as the table of ports sees it.
    pub(super) fn claim(&self) -> Claim {
        let reuse = match &self.role {
            Role::Fresh(settings) => settings.reuse_addr,
            Role::Listening(listening) => listening.machine.settings().reuse_addr,
            Role::Connection(connected) => connected.machine.settings().reuse_addr,
            Role::Datagram(datagrams) => datagrams.options.reuse_addr,
        };
        let listens = matches!(self.role, Role::Listening(_));
        let shares = self.generic.reuse_port;
        Claim { ip: self.local.ip, only_v6: self.only_v6(), reuse, shares, listens }
    }

    /// An address as this socket's family has it: v4-mapped where that is AF_INET6.
    pub(super) fn shown(&self, address: SocketAddr) -> PyAddr {
        match (self.family, address.ip()) {
            (Family::Inet6, IpAddr::V4(ip)) => {
                PyAddr(SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()))
            }
            _ => PyAddr(address),
        }
    }

    /// getsockname(2).
    pub(super) fn name(&self) -> PyAddr {
        self.shown(SocketAddr::new(self.local.ip, self.local.port))
    }

    /// getpeername(2); `None` where there is no peer (inet_getname).
    pub(super) fn peer(&self) -> Option<PyAddr> {
        let address = match &self.role {
            Role::Connection(connected) => match connected.machine.state() {
                State::Closed | State::SynSent | State::TimeWait => None,
                _ => Some(connected.machine.pair().remote),
            },
            // Linux takes port 0 for no peer here, though it sends there.
            Role::Datagram(datagrams) => datagrams.peer.filter(|peer| peer.port() != 0),
            _ => None,
        };
        address.map(|address| self.shown(address))
    }

    /// poll(2).
    pub(super) fn readiness(&self) -> Readiness {
        let pending = self.error.is_some();
        match &self.role {
            // A stream that never was connected hangs up and can be written to, as far as poll goes.
            Role::Fresh(_) => {
                Readiness { writable: true, hang_up: true, error: pending, ..Readiness::default() }
            }
            Role::Listening(listening) => {
                Readiness { readable: !listening.queue.is_empty(), error: pending, ..Readiness::default() }
            }
            Role::Connection(connected) => {
                let ready = connected.machine.readiness();
                Readiness { error: ready.error || pending, readable: ready.readable || pending, ..ready }
            }
            Role::Datagram(datagrams) => Readiness {
                readable: !datagrams.queue.is_empty() || datagrams.shut_read,
                writable: true,
                error: pending,
                hang_up: datagrams.shut_read && datagrams.shut_write,
                read_hang_up: datagrams.shut_read,
                priority: false,
            },
        }
    }

    /// The next moment at which a call that waits runs out of time.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let lanes = self.read.iter().chain(&self.write).filter_map(|waiting| waiting.deadline);
        let lingering = self.lingering.iter().flat_map(|it| [Some(it.over), it.deadline]).flatten();
        lanes.chain(lingering).min()
    }
}

/// The unspecified address of a family.
pub(super) const fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::Inet => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::Inet6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}
