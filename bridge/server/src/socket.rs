//! One kernel socket and the calls that wait on it, in two lanes: who reads, and who writes.
//!
//! The descriptor never blocks. Tokio watches it only while a call has to wait, because a fresh socket polls as hung up, which
//! tokio takes for final; after the socket changed its nature ([`Entry::unwatch`]) it is watched anew. Tokio's `TcpStream` is a
//! mere watcher here, for listeners and UDP too: it is the one that works the same on every system.

use crate::os;
use crate::policy::Bound;
use protocol::PayloadBuffer;
use socket2::{SockRef, Socket};
use sockets::{CallId, Errno, Family, Op, OpKind, OptionName, OptionValue, PyAddr, Sample, SocketKind};
use std::collections::{BTreeSet, VecDeque};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use tokio::io::Interest;
use tokio::net::TcpStream;

/// A lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// accept, recv, recvfrom.
    Read,
    /// connect, send, sendto, and bind to a name.
    Write,
}

impl Side {
    /// The lane that a call waits in, if it is one that waits.
    pub fn of(op: &Op) -> Option<Side> {
        match op.kind() {
            OpKind::Accept | OpKind::Recv | OpKind::RecvFrom => Some(Side::Read),
            OpKind::Connect | OpKind::Send | OpKind::SendTo | OpKind::Bind => Some(Side::Write),
            _ => None,
        }
    }
}

/// A call that the kernel could not answer at once.
#[derive(Debug)]
pub struct Waiting {
    /// Its id.
    pub id: CallId,
    /// What was asked.
    pub op: Op,
    /// When it came.
    pub began: Instant,
    /// When it ends with a time-out.
    pub deadline: Option<tokio::time::Instant>,
    /// Whether it may wait for the kernel at all.
    pub blocking: bool,
    /// Whether it is a later piece of a larger send ([`protocol::Request::continues`]).
    pub continues: bool,
    /// How far it came.
    pub progress: Progress,
}

/// How far a call came.
#[derive(Debug)]
pub enum Progress {
    /// Nothing was done.
    Fresh,
    /// Its name is being looked up, under this number.
    Resolving(u64),
    /// Its name stands for these addresses.
    Resolved(Vec<IpAddr>),
    /// The kernel is at the handshake with this address.
    Connecting(SocketAddr),
    /// The handshake that it waited for failed, and this is what it has to tell.
    Ended(Errno),
    /// So many octets were taken by the kernel.
    Sent(usize),
    /// MSG_WAITALL has so much already.
    Received(PayloadBuffer),
}

impl Waiting {
    /// Calls of one kind keep their order; calls of different kinds do not wait for each other.
    pub fn queues_behind(&self, other: &Waiting) -> bool {
        let group = |op: &Op| match op.kind() {
            OpKind::RecvFrom => OpKind::Recv,
            OpKind::SendTo => OpKind::Send,
            kind => kind,
        };
        group(&self.op) == group(&other.op) && self.op.kind() != OpKind::Connect
    }
}

#[derive(Debug)]
enum Handle {
    Plain(Socket),
    Watched(TcpStream),
    /// Between two states, or lost because the system had no memory to watch it.
    Gone,
}

/// One socket of a session.
#[derive(Debug)]
pub struct Entry {
    handle: Handle,
    /// AF_INET or AF_INET6.
    pub family: Family,
    /// Stream or datagram.
    pub kind: SocketKind,
    /// The local address that it was bound to, in so many words or by listen.
    pub bound: Option<Bound>,
    /// It takes connections.
    pub listens: bool,
    /// It was bound to a port that the program named, which Linux leaves to it until it is closed.
    pub chose_port: bool,
    /// A datagram socket whose reading was shut down: nobody waits there any more, but what comes is received.
    pub no_datagrams: bool,
    /// Flags that the program set and the kernel does not have: SO_REUSEPORT and the like, which it has while the socket shares its
    /// port, and SO_BROADCAST where the policy is against it.
    pub wishes: BTreeSet<OptionName>,
    /// SO_RCVLOWAT.
    pub low_mark: usize,
    /// An error that a call met after it had got something done, for the next call.
    pub owed: Option<io::Error>,
    /// Calls of poll that watch it.
    pub polls: Vec<CallId>,
    read: VecDeque<Waiting>,
    write: VecDeque<Waiting>,
    wakers: [Waker; 2],
    /// The newest state that the page was told.
    pub told: Option<Sample>,
    /// When its state was looked at.
    pub looked_at: Option<Instant>,
    /// A call touched it since.
    pub touched: bool,
    /// Its addresses as of the last look, while no call touched it.
    pub addresses: (Option<PyAddr>, Option<PyAddr>),
    /// The addresses of its connection, local and peer, as long as the kernel may know it.
    pub connection: Option<(SocketAddr, SocketAddr)>,
}

impl Entry {
    /// Takes a socket over; it must not block. The wakers are called when a call of their lane may go on.
    pub fn new(socket: Socket, family: Family, kind: SocketKind, read: Waker, write: Waker) -> Entry {
        Entry {
            handle: Handle::Plain(socket),
            family,
            kind,
            bound: None,
            listens: false,
            chose_port: false,
            no_datagrams: false,
            wishes: BTreeSet::new(),
            low_mark: 1,
            owed: None,
            polls: Vec::new(),
            read: VecDeque::new(),
            write: VecDeque::new(),
            wakers: [read, write],
            told: None,
            looked_at: None,
            touched: false,
            addresses: (None, None),
            connection: None,
        }
    }

    /// The calls that wait in a lane, oldest first.
    pub fn lane(&mut self, side: Side) -> &mut VecDeque<Waiting> {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }

    /// Lets the socket share its port, as far as it wishes to, or keeps it from that.
    pub fn share(&self, on: bool) {
        for option in self.wishes.iter().filter(|option| **option != OptionName::Broadcast) {
            // The kernel knows the option: it was asked when the wish came.
            let _ = self.with(|socket| os::set_option(socket, *option, &OptionValue::Number(on.into())));
        }
    }

    /// Asks the kernel for SO_RCVLOWAT, after it may have changed.
    pub fn note_low_mark(&mut self) {
        if let Ok(OptionValue::Number(octets)) =
            self.with(|socket| os::get_option(socket, OptionName::RcvLowAt))
        {
            self.low_mark = usize::try_from(octets).unwrap_or_default().max(1);
        }
    }

    /// Lets a lane's calls, if there are any, be tried again soon.
    pub fn wake(&mut self, side: Side) {
        if !self.lane(side).is_empty() {
            self.wakers[usize::from(side == Side::Write)].wake_by_ref();
        }
    }

    /// Whether no call waits.
    pub fn is_idle(&self) -> bool {
        self.read.is_empty() && self.write.is_empty()
    }

    /// Does something with the socket.
    ///
    /// # Errors
    /// What `f` answers; EIO when the socket was lost.
    pub fn with<T>(&self, f: impl FnOnce(&Socket) -> io::Result<T>) -> io::Result<T> {
        match &self.handle {
            Handle::Plain(socket) => f(socket),
            Handle::Watched(stream) => f(&SockRef::from(stream)),
            Handle::Gone => Err(io::Error::from(ErrorKind::Other)),
        }
    }

    /// Asks the kernel for something that may have to wait. When it has, the watch on that side is told, so that it wakes at
    /// the next change and not at the last one.
    ///
    /// # Errors
    /// What `f` answers.
    pub fn attempt<T>(&self, side: Side, mut f: impl FnMut(&Socket) -> io::Result<T>) -> io::Result<T> {
        let Handle::Watched(stream) = &self.handle else { return self.with(f) };
        let mut asked = false;
        let interest = if side == Side::Read { Interest::READABLE } else { Interest::WRITABLE };
        let answer = stream.try_io(interest, || {
            asked = true;
            f(&SockRef::from(stream))
        });
        // Tokio does not ask while it believes the socket is not ready. The kernel may know better by now.
        if asked { answer } else { f(&SockRef::from(stream)) }
    }

    /// Watches one side, after an attempt had to wait. False when tokio believes that the side is ready all the same, as it
    /// does for ever once a socket hung up: then watching does not help, and the caller has to try again after a while.
    pub fn watch(&mut self, side: Side) -> bool {
        if let Handle::Plain(_) = self.handle {
            let Handle::Plain(socket) = std::mem::replace(&mut self.handle, Handle::Gone) else {
                return false;
            };
            match TcpStream::from_std(socket.into()) {
                Ok(stream) => self.handle = Handle::Watched(stream),
                Err(error) => {
                    tracing::warn!("the system does not watch a socket, which is lost by that: {error}")
                }
            }
        }
        let Handle::Watched(stream) = &self.handle else { return false };
        let mut cx = Context::from_waker(&self.wakers[usize::from(side == Side::Write)]);
        let ready = match side {
            Side::Read => stream.poll_read_ready(&mut cx),
            Side::Write => stream.poll_write_ready(&mut cx),
        };
        matches!(ready, Poll::Pending)
    }

    /// As [`Entry::watch`], for what the system reports to those who write though it concerns those who read: a datagram socket's
    /// error (epoll has it beside EPOLLOUT alone).
    pub fn watch_for_errors(&mut self) -> bool {
        if self.kind == SocketKind::Stream {
            return true;
        }
        let none = |socket: &Socket| match os::readiness(socket, &BTreeSet::new()).is_empty() {
            true => Err::<(), _>(ErrorKind::WouldBlock.into()),
            false => Ok(()),
        };
        self.attempt(Side::Write, none).is_err() && self.watch(Side::Write)
    }

    /// Forgets what tokio believes of the socket; both sides must be watched again if calls wait.
    pub fn unwatch(&mut self) {
        if let Handle::Watched(_) = self.handle
            && let Handle::Watched(stream) = std::mem::replace(&mut self.handle, Handle::Gone)
        {
            match stream.into_std() {
                Ok(stream) => self.handle = Handle::Plain(stream.into()),
                Err(error) => tracing::warn!("cannot stop watching a socket: {error}"),
            }
        }
    }

    /// The socket itself, to be closed elsewhere.
    pub fn into_socket(mut self) -> Option<Socket> {
        self.unwatch();
        match self.handle {
            Handle::Plain(socket) => Some(socket),
            _ => None,
        }
    }
}
