//! What a script is run against: anything with sockets, an interface and a clock.
//!
//! ```text
//!   script --> runner --begin, inject, set--> Machine (the engine here, a kernel elsewhere)
//!                 ^----- returned, departed, info ---'
//! ```
//!
//! The runner knows no socket: file descriptors, addresses and options are data here, with the machine's own numbers.

use core::net::{IpAddr, SocketAddr};
use sim::tcp::Info;
use sockets::{Direction, Errno, Family, Instant, Micros, SocketKind};
use wire::Datagram;

/// A file descriptor of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fd(pub i32);

/// Numbers a call that the runner began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u32);

/// A machine under test. Its interface is `tun0`; whatever it sends there goes to the script.
pub trait Machine {
    /// The time, from any beginning.
    fn now(&self) -> Instant;
    /// Lets time pass until `until`; stops at the first moment at which something departed or a call returned that was not taken
    /// yet, and does not move when there is such a thing already.
    fn advance(&mut self, until: Instant);
    /// Begins a call. It may return at once, later, or never.
    ///
    /// # Errors
    /// What the machine cannot do at all, in words: the script is unsupported.
    fn begin(&mut self, ticket: Ticket, call: &Sys) -> Result<(), String>;
    /// The next call that returned.
    fn returned(&mut self) -> Option<Returned>;
    /// Gives the machine a packet, now.
    fn inject(&mut self, datagram: Datagram);
    /// The next packet that the machine sent, in order.
    fn departed(&mut self) -> Option<Departed>;
    /// TCP_INFO of a socket, now.
    fn info(&mut self, fd: Fd) -> Option<Info>;
    /// Why the machine cannot go on, in words: it does not come to rest.
    fn fault(&self) -> Option<String> {
        None
    }
    /// Changes a setting.
    ///
    /// # Errors
    /// What the machine cannot set, in words: the script is unsupported.
    fn set(&mut self, setting: &Setting) -> Result<(), String>;
}

impl<M: Machine> Machine for &mut M {
    fn now(&self) -> Instant {
        (**self).now()
    }
    fn advance(&mut self, until: Instant) {
        (**self).advance(until);
    }
    fn begin(&mut self, ticket: Ticket, call: &Sys) -> Result<(), String> {
        (**self).begin(ticket, call)
    }
    fn returned(&mut self) -> Option<Returned> {
        (**self).returned()
    }
    fn inject(&mut self, datagram: Datagram) {
        (**self).inject(datagram);
    }
    fn departed(&mut self) -> Option<Departed> {
        (**self).departed()
    }
    fn info(&mut self, fd: Fd) -> Option<Info> {
        (**self).info(fd)
    }
    fn fault(&self) -> Option<String> {
        (**self).fault()
    }
    fn set(&mut self, setting: &Setting) -> Result<(), String> {
        (**self).set(setting)
    }
}

/// A call that returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// Which.
    pub ticket: Ticket,
    /// When.
    pub at: Instant,
    /// With what.
    pub result: Result<Got, Refusal>,
}

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// -1 and this errno.
    Errno(Errno),
    /// The machine cannot do it, which it found out late; in words.
    Unsupported(String),
}

/// What a call answers: its value, and what it wrote into its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Got {
    /// The value returned.
    pub value: i64,
    /// An address: accept's and recvfrom's peer, getsockname's own.
    pub address: Option<SocketAddr>,
    /// An option's value, or the number that an ioctl writes.
    pub option: Option<Setsockopt>,
    /// How many octets an option or an address takes (`socklen_t`), where the program has room for all of it.
    pub length: Option<i64>,
    /// For poll: the events of each descriptor, in the order of the call.
    pub events: Vec<i64>,
    /// For epoll_wait: the events and the data of each descriptor that has something.
    pub ready: Vec<(i64, i64)>,
    /// For pipe: the end that reads, and the one that writes.
    pub pipe: Option<(Fd, Fd)>,
    /// For recvmsg with TCP_INQ: how many octets are left to read.
    pub left: Option<i64>,
}

/// A packet that the machine sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departed {
    /// When.
    pub at: Instant,
    /// What.
    pub datagram: Datagram,
}

/// A system call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names and arguments are the system calls' own")]
pub enum Sys {
    Socket {
        family: Family,
        kind: SocketKind,
        nonblocking: bool,
    },
    Bind {
        fd: Fd,
        address: SocketAddr,
    },
    Listen {
        fd: Fd,
        backlog: i32,
    },
    Accept {
        fd: Fd,
        nonblocking: bool,
    },
    Connect {
        fd: Fd,
        address: SocketAddr,
    },
    /// write, send, sendto and sendmsg: so many octets, MSG_* as Linux numbers them.
    Send {
        fd: Fd,
        length: u32,
        flags: i64,
        to: Option<SocketAddr>,
        /// The buffer is no memory of the program.
        fault: bool,
    },
    /// read, recv, recvfrom and recvmsg: at most so many octets.
    Recv {
        fd: Fd,
        max: u32,
        flags: i64,
        /// The buffer is no memory of the program.
        fault: bool,
    },
    Shutdown {
        fd: Fd,
        how: Direction,
    },
    Close {
        fd: Fd,
    },
    /// F_GETFL.
    Flags {
        fd: Fd,
    },
    /// F_SETFL: the only flag that matters is O_NONBLOCK.
    SetFlags {
        fd: Fd,
        nonblocking: bool,
    },
    /// SIOCINQ, SIOCOUTQ or SIOCOUTQNSD.
    Queued {
        fd: Fd,
        queue: Queue,
    },
    /// An option by its constant's name, without its level.
    SetOption {
        fd: Fd,
        name: String,
        value: Setsockopt,
    },
    GetOption {
        fd: Fd,
        name: String,
    },
    GetSockName {
        fd: Fd,
    },
    GetPeerName {
        fd: Fd,
    },
    /// Descriptors with the events asked for, POLL* as Linux numbers them; no time-out is for ever.
    Poll {
        fds: Vec<(Fd, i64)>,
        timeout: Option<Micros>,
    },
    EpollCreate,
    /// Events as Linux numbers them, EPOLLET and EPOLLONESHOT among them; `data` comes back with them.
    EpollControl {
        epoll: Fd,
        action: Registration,
        fd: Fd,
        events: i64,
        data: i64,
    },
    EpollWait {
        epoll: Fd,
        most: usize,
        timeout: Option<Micros>,
    },
    Pipe,
    /// A file, to read.
    Open {
        path: String,
    },
    SendFile {
        to: Fd,
        from: Fd,
        offset: Option<u32>,
        count: u32,
    },
    /// SPLICE_F_* as Linux numbers them.
    Splice {
        from: Fd,
        to: Fd,
        length: u32,
        flags: i64,
    },
    /// A call with an argument that every machine refuses, whatever the state of the descriptor; only a closed one is EBADF first.
    Refused {
        fd: Option<Fd>,
        errno: Errno,
    },
}

/// What epoll_ctl does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are EPOLL_CTL_*")]
pub enum Registration {
    Add,
    Delete,
    Modify,
}

/// Which queue an ioctl measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// SIOCINQ: received and not read.
    Unread,
    /// SIOCOUTQ: not acknowledged.
    Unacknowledged,
    /// SIOCOUTQNSD: not sent.
    Unsent,
}

/// An option's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setsockopt {
    /// An `int`.
    Number(i64),
    /// `struct linger`.
    Linger {
        /// Whether close lingers.
        on: i64,
        /// For how long, in seconds.
        seconds: i64,
    },
    /// `struct timeval`, in microseconds.
    Time(u64),
    /// A name.
    Text(String),
}

/// A setting, as scripts make them in shell lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A sysctl by its name with points, and its value.
    Sysctl {
        /// `net.ipv4.tcp_sack`
        name: String,
        /// `0`
        value: String,
    },
    /// How many packets the interface's queue takes; `None` is as many as usual.
    QueueLimit(Option<u32>),
    /// The queueing discipline paces flows (`fq`), or it does not.
    Pacing(bool),
    /// A file of so many octets, for open.
    File {
        /// Its path.
        path: String,
        /// How long it is, in octets.
        length: u32,
    },
    /// The interface's MTU, in octets.
    Mtu(u32),
    /// The attributes of the route to the peer, `initcwnd 20` and `rto_min 5ms`; those that it had before are gone.
    Route(Vec<(String, String)>),
}

/// The machine as the script finds it: its addresses and what is fixed before the first event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The machine's own address, with its prefix length.
    pub local: (IpAddr, u8),
    /// The script's address.
    pub remote: IpAddr,
    /// The interface's MTU, in octets.
    pub mtu: u32,
}
