//! The kernel's stage: real sockets in two namespaces, and a thread that carries packets between their TUN devices.

use crate::kernel::namespace::{Namespace, Wish};
use crate::kernel::pipe::Pipe;
use crate::kernel::play::{Stage, State};
use crate::kernel::scenario::{Scenario, Side};
use crate::kernel::{octets, options};
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::MsgFlags;
use nix::sys::time::TimeSpec;
use socket2::{Domain, SockAddr, Socket, Type};
use sockets::{
    CallId, Direction, Endpoint, Errno, Failure, Host, MsgFlag, Op, Outcome, PyAddr, SocketId, Value, Watch,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tun_rs::SyncDevice;

/// No call blocks longer than this, so that nothing outlives the test.
const LONGEST: Duration = Duration::from_secs(25);

/// Two hosts of the kernel.
pub struct Kernel {
    began: Instant,
    homes: [Namespace; 2],
    pipe: Arc<Mutex<Pipe>>,
    carrier: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    sockets: BTreeMap<SocketId, Arc<Socket>>,
    made: u32,
    back: Receiver<Back>,
    comes_back: Sender<Back>,
}

/// A call that came back: its outcome, or the socket that it made.
type Back = (CallId, io::Result<Made>);

enum Made {
    Value(Value),
    Socket(Socket, Option<SockAddr>),
}

impl Kernel {
    /// Two namespaces with what the scenario sets, and its pipe between them.
    ///
    /// # Errors
    /// Why there are none.
    pub fn new(scenario: &Scenario) -> Result<Kernel, String> {
        let home = |side: Side| {
            let own = scenario.sysctls.iter().filter(|(whose, ..)| *whose == side);
            let own: Vec<(&str, &str)> = own.map(|(_, name, value)| (*name, *value)).collect();
            Namespace::new(Wish { address: Some(side.address()), mtu: 1_500, ipv6: false, settings: &own })
        };
        let homes = [home(Side::A)?, home(Side::B)?];
        let pipe = Arc::new(Mutex::new(Pipe::new(scenario)));
        let stop = Arc::new(AtomicBool::new(false));
        let began = Instant::now();
        let carrier = {
            let (pipe, stop) = (Arc::clone(&pipe), Arc::clone(&stop));
            let devices = [homes[0].device(), homes[1].device()];
            std::thread::spawn(move || carry(&devices, &pipe, began, &stop))
        };
        let (comes_back, back) = channel();
        Ok(Kernel {
            began,
            homes,
            pipe,
            carrier: Some(carrier),
            stop,
            sockets: BTreeMap::new(),
            made: 0,
            back,
            comes_back,
        })
    }

    fn keep(&mut self, socket: Socket) -> SocketId {
        self.made += 1;
        self.sockets.insert(SocketId(self.made), Arc::new(socket));
        SocketId(self.made)
    }

    fn outcome(&mut self, made: io::Result<Made>) -> Outcome {
        match made {
            Ok(Made::Value(value)) => Ok(value),
            Ok(Made::Socket(socket, None)) => Ok(Value::Socket { socket: self.keep(socket) }),
            Ok(Made::Socket(socket, Some(peer))) => {
                let peer = peer.as_socket().unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
                Ok(Value::Accepted { socket: self.keep(socket), peer: PyAddr(peer) })
            }
            Err(error) => Err(Failure::Errno(error.raw_os_error().map_or(Errno::EIO, Errno::from_number))),
        }
    }
}

impl Stage for Kernel {
    fn submit(&mut self, side: Side, call: CallId, op: Op, at_once: bool) {
        let answer = self.comes_back.clone();
        if let Op::Socket { .. } = op {
            let socket = self.homes[side as usize].inside(|| {
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
                // Only a bound on the test: TCP does not know of them.
                socket.set_read_timeout(Some(LONGEST))?;
                socket.set_write_timeout(Some(LONGEST))?;
                // What the kernel begins with is the machine's own choice, and a namespace's sysctl takes only some.
                options::set(&socket, libc::IPPROTO_TCP, libc::TCP_CONGESTION, b"cubic")?;
                Ok(Made::Socket(socket, None))
            });
            drop(answer.send((call, socket)));
            return;
        }
        let Some(id) = op.sockets().next() else { return };
        let socket = match op {
            Op::Close { .. } => self.sockets.remove(&id),
            _ => self.sockets.get(&id).cloned(),
        };
        let Some(socket) = socket else {
            drop(answer.send((call, Err(io::Error::from_raw_os_error(libc::EBADF)))));
            return;
        };
        if at_once {
            // Calls that wait already go on waiting.
            let result = socket.set_nonblocking(true).and_then(|()| carry_out(Arc::clone(&socket), op));
            let back = socket.set_nonblocking(false).and(result);
            drop(answer.send((call, back)));
        } else if op.kind().may_block() || matches!(op, Op::Close { .. }) {
            std::thread::spawn(move || drop(answer.send((call, carry_out(socket, op)))));
        } else {
            drop(answer.send((call, carry_out(socket, op))));
        }
    }

    fn advance(&mut self, deadline: u64, enough: &dyn Fn(&Pipe) -> bool) -> Option<(CallId, Outcome)> {
        loop {
            if enough(&self.pipe.lock().expect("the carrier does not panic")) {
                return None;
            }
            let left = Duration::from_micros(deadline.saturating_sub(self.now()));
            match self.back.recv_timeout(left.min(Duration::from_millis(2))) {
                Ok((call, made)) => return Some((call, self.outcome(made))),
                Err(_) if left.is_zero() => return None,
                Err(_) => {}
            }
        }
    }

    fn now(&self) -> u64 {
        self.began.elapsed().as_micros() as u64
    }

    fn with_pipe<T>(&mut self, look: impl FnOnce(&mut Pipe, u64) -> T) -> T {
        let now = self.now();
        look(&mut self.pipe.lock().expect("the carrier does not panic"), now)
    }

    fn states(&mut self, side: Side) -> Vec<State> {
        let table = self.homes[side as usize].inside(|| std::fs::read_to_string("/proc/thread-self/net/tcp"));
        table.expect("/proc is mounted").lines().skip(1).filter_map(row).collect()
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        for socket in self.sockets.values() {
            let _ = socket.shutdown(std::net::Shutdown::Both);
        }
        self.stop.store(true, Ordering::Relaxed);
        if let Some(carrier) = self.carrier.take() {
            let _ = carrier.join();
        }
    }
}

/// A row of /proc/net/tcp (proc_net_tcp(5)).
fn row(line: &str) -> Option<State> {
    const STATES: [&str; 12] = [
        "ESTABLISHED",
        "SYN-SENT",
        "SYN-RECEIVED",
        "FIN-WAIT-1",
        "FIN-WAIT-2",
        "TIME-WAIT",
        "CLOSED",
        "CLOSE-WAIT",
        "LAST-ACK",
        "LISTEN",
        "CLOSING",
        "SYN-RECEIVED",
    ];
    let columns: Vec<&str> = line.split_whitespace().collect();
    let after_colon = |column: usize| u32::from_str_radix(columns.get(column)?.rsplit(':').next()?, 16).ok();
    let port = |column: usize| u16::try_from(after_colon(column)?).ok();
    let (own, peer) = (port(1)?, port(2)?);
    let state = *STATES.get(usize::from_str_radix(columns.get(3)?, 16).ok()?.checked_sub(1)?)?;
    let has_socket = *columns.get(9)? != "0";
    match state {
        // A socket without a connection.
        "CLOSED" => None,
        "LISTEN" => Some(State::Listening(own, after_colon(4)?)),
        "ESTABLISHED" | "CLOSE-WAIT" | "SYN-RECEIVED" if !has_socket => None,
        _ => Some(State::Connection(own, peer, state)),
    }
}

fn carry(devices: &[Arc<SyncDevice>; 2], pipe: &Mutex<Pipe>, began: Instant, stop: &AtomicBool) {
    let mut packet = [0; 2048];
    while !stop.load(Ordering::Relaxed) {
        let now = || began.elapsed().as_micros() as u64;
        let wakes_at = {
            let mut pipe = pipe.lock().expect("nobody panics with it");
            for side in Side::BOTH {
                while let Ok(length) = devices[side as usize].recv(&mut packet) {
                    if let Some(segment) = octets::parse(&packet[..length]) {
                        pipe.offer(now(), side, segment);
                    }
                }
            }
            while let Some((to, segment)) = pipe.due(now()) {
                if let Some(packet) = octets::emit(&segment) {
                    let _ = devices[to as usize].send(&packet);
                }
            }
            pipe.wakes_at()
        };
        let most = Duration::from_millis(5);
        let wait = wakes_at.map_or(most, |at| Duration::from_micros(at.saturating_sub(now())).min(most));
        let mut watched = devices.each_ref().map(|device| PollFd::new(device.as_fd(), PollFlags::POLLIN));
        let _ = ppoll(&mut watched, Some(TimeSpec::from_duration(wait)), None);
    }
}

fn carry_out(socket: Arc<Socket>, op: Op) -> io::Result<Made> {
    let done = || Ok(Made::Value(Value::Done {}));
    match op {
        Op::Bind { address, .. } => socket.bind(&numbers(&address)).and_then(|()| done()),
        Op::Listen { backlog, .. } => socket.listen(backlog).and_then(|()| done()),
        Op::Connect { address, .. } => socket.connect(&numbers(&address)).and_then(|()| done()),
        Op::Accept { .. } => socket.accept().map(|(made, peer)| Made::Socket(made, Some(peer))),
        Op::Send { data, flags, .. } => {
            socket.send_with_flags(&data, bits(&flags)).map(|sent| Made::Value(Value::Sent { sent }))
        }
        Op::Recv { max, flags, .. } => {
            let mut room = vec![0; max as usize];
            let flags = MsgFlags::from_bits_truncate(bits(&flags));
            let length = nix::sys::socket::recv(socket.as_raw_fd(), &mut room, flags)?;
            room.truncate(length);
            Ok(Made::Value(Value::data(room.into())))
        }
        Op::Poll { watch } => {
            let events = watch.first().map(|watch| watch.events.clone()).unwrap_or_default();
            super::alone::ready(&socket, &events, LONGEST).map(|events| {
                let ready =
                    watch.into_iter().map(|watch| Watch { events: events.clone(), ..watch }).collect();
                Made::Value(Value::Ready { ready })
            })
        }
        Op::Shutdown { how, .. } => socket
            .shutdown(match how {
                Direction::Read => std::net::Shutdown::Read,
                Direction::Write => std::net::Shutdown::Write,
                Direction::Both => std::net::Shutdown::Both,
            })
            .and_then(|()| done()),
        Op::Close { .. } => {
            drop(socket);
            done()
        }
        Op::SetSockOpt { option, value, .. } => {
            options::set_option(&socket, option, &value).and_then(|()| done())
        }
        Op::GetSockOpt { option, .. } => {
            options::get_option(&socket, option).map(|value| Made::Value(Value::Option { value }))
        }
        _ => Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP)),
    }
}

fn numbers(endpoint: &Endpoint) -> SockAddr {
    let address = match endpoint.host {
        Host::Address(address) => address,
        Host::Any | Host::Name(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    };
    SocketAddr::new(address, endpoint.port).into()
}

/// The flags as the kernel has them; never a SIGPIPE.
pub fn bits(flags: &BTreeSet<MsgFlag>) -> i32 {
    flags.iter().fold(libc::MSG_NOSIGNAL, |all, flag| {
        all | match flag {
            MsgFlag::Peek => libc::MSG_PEEK,
            MsgFlag::WaitAll => libc::MSG_WAITALL,
            MsgFlag::More => libc::MSG_MORE,
            MsgFlag::Eor => libc::MSG_EOR,
            MsgFlag::Oob => libc::MSG_OOB,
            MsgFlag::DontWait => libc::MSG_DONTWAIT,
        }
    })
}
