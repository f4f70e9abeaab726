//! The kernel's stage: sockets of this machine that do not block, on loopback.

use super::Stage;
use crate::kernel::on_kernel::bits;
use crate::kernel::options;
use nix::sys::socket::MsgFlags;
use socket2::{Domain, SockAddr, Socket, Type};
use sockets::{
    Direction, Endpoint, Errno, Failure, Family, Host, Micros, Op, Outcome, PollEvent, PyAddr, SocketId,
    SocketKind, Value, Watch,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;

#[derive(Default)]
pub struct Machine {
    sockets: BTreeMap<SocketId, Socket>,
    made: u32,
}

const EVENTS: [(PollEvent, i16); 7] = [
    (PollEvent::In, libc::POLLIN),
    (PollEvent::Pri, libc::POLLPRI),
    (PollEvent::Out, libc::POLLOUT),
    (PollEvent::RdHup, libc::POLLRDHUP),
    (PollEvent::Err, libc::POLLERR),
    (PollEvent::Hup, libc::POLLHUP),
    (PollEvent::Nval, libc::POLLNVAL),
];

impl Machine {
    fn keep(&mut self, socket: Socket) -> io::Result<SocketId> {
        socket.set_nonblocking(true)?;
        self.made += 1;
        self.sockets.insert(SocketId(self.made), socket);
        Ok(SocketId(self.made))
    }

    fn make(&mut self, op: Op, timeout: Micros) -> io::Result<Value> {
        if let Op::Socket { family, kind } = op {
            let family = if family == Family::Inet { Domain::IPV4 } else { Domain::IPV6 };
            let kind = if kind == SocketKind::Stream { Type::STREAM } else { Type::DGRAM };
            let socket = self.keep(Socket::new(family, kind, None)?)?;
            return Ok(Value::Socket { socket });
        }
        if let Op::Poll { watch } = &op {
            return self.poll(watch, timeout);
        }
        let id = op.socket().expect("all others are called on a socket");
        if let Op::Close { .. } = op {
            let closed = self.sockets.remove(&id);
            return closed.map(|_| Value::Done {}).ok_or_else(|| io::Error::from_raw_os_error(libc::EBADF));
        }
        let Some(socket) = self.sockets.get(&id) else {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        };
        let done = |()| Value::Done {};
        match op {
            Op::Bind { address, .. } => socket.bind(&numbers(&address)).map(done),
            Op::Listen { backlog, .. } => socket.listen(backlog).map(done),
            Op::Connect { address, .. } => socket.connect(&numbers(&address)).map(done),
            Op::Accept { .. } => {
                let (made, peer) = socket.accept()?;
                let socket = self.keep(made)?;
                Ok(Value::Accepted { socket, peer: shown(&peer) })
            }
            Op::Send { data, flags, .. } => {
                Ok(Value::Sent { sent: socket.send_with_flags(&data, bits(&flags))? })
            }
            Op::SendTo { address, data, flags, .. } => {
                Ok(Value::Sent { sent: socket.send_to_with_flags(&data, &numbers(&address), bits(&flags))? })
            }
            Op::Recv { max, flags, .. } => {
                let mut room = vec![0; max as usize];
                let flags = MsgFlags::from_bits_truncate(bits(&flags));
                let length = nix::sys::socket::recv(socket.as_raw_fd(), &mut room, flags)?;
                room.truncate(length);
                Ok(Value::data(room.into()))
            }
            Op::RecvFrom { max, flags, .. } => {
                let mut room = vec![std::mem::MaybeUninit::new(0); max as usize];
                let (whole, from) = socket.recv_from_with_flags(&mut room, bits(&flags) | libc::MSG_TRUNC)?;
                let mut data = vec![0; max as usize];
                let again = whole.min(data.len());
                // What was received lies in `room`; a copy of it without its wrapping.
                data.truncate(again);
                data.copy_from_slice(&octets(&room)[..again]);
                let whole = (whole > again).then_some(whole);
                Ok(Value::Datagram { bytes: again, from: shown(&from), whole, data: data.into() })
            }
            Op::Shutdown { how, .. } => socket
                .shutdown(match how {
                    Direction::Read => std::net::Shutdown::Read,
                    Direction::Write => std::net::Shutdown::Write,
                    Direction::Both => std::net::Shutdown::Both,
                })
                .map(done),
            Op::SetSockOpt { option, value, .. } => options::set_option(socket, option, &value).map(done),
            Op::GetSockOpt { option, .. } => {
                options::get_option(socket, option).map(|value| Value::Option { value })
            }
            Op::GetSockName { .. } => Ok(Value::Address { address: shown(&socket.local_addr()?) }),
            Op::GetPeerName { .. } => Ok(Value::Address { address: shown(&socket.peer_addr()?) }),
            _ => Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP)),
        }
    }

    fn poll(&self, watch: &[Watch], timeout: Micros) -> io::Result<Value> {
        // No process has so many descriptors.
        let number = |id| self.sockets.get(&id).map_or(i32::MAX, |socket| socket.as_raw_fd());
        let asked: Vec<_> = watch.iter().map(|watch| (number(watch.socket), &watch.events)).collect();
        let found = poll(&asked, Duration::from_micros(timeout.0))?;
        let told = watch.iter().zip(found).filter(|(_, events)| !events.is_empty());
        Ok(Value::Ready {
            ready: told.map(|(watch, events)| Watch { socket: watch.socket, events }).collect(),
        })
    }
}

/// poll(2) of one socket.
pub fn ready(
    socket: &Socket,
    asked: &BTreeSet<PollEvent>,
    timeout: Duration,
) -> io::Result<BTreeSet<PollEvent>> {
    poll(&[(socket.as_raw_fd(), asked)], timeout).map(|found| found.into_iter().next().unwrap_or_default())
}

/// poll(2): what each descriptor has of what it was asked for, and what comes unasked.
fn poll(asked: &[(i32, &BTreeSet<PollEvent>)], timeout: Duration) -> io::Result<Vec<BTreeSet<PollEvent>>> {
    let bits = |events: &BTreeSet<PollEvent>| {
        EVENTS.iter().filter(|(event, _)| events.contains(event)).fold(0, |all, (_, bit)| all | bit)
    };
    let mut asks: Vec<libc::pollfd> =
        asked.iter().map(|(fd, events)| libc::pollfd { fd: *fd, events: bits(events), revents: 0 }).collect();
    let millis = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: poll gets as many pollfds as it is told, and keeps no pointer to them.
    #[allow(unsafe_code, reason = "nix's form does not know POLLRDHUP")]
    if unsafe { libc::poll(asks.as_mut_ptr(), asks.len() as libc::nfds_t, millis) } < 0 {
        return Err(io::Error::last_os_error());
    }
    let told = |ask: &libc::pollfd| {
        EVENTS.iter().filter(|(_, bit)| ask.revents & bit != 0).map(|(event, _)| *event).collect()
    };
    Ok(asks.iter().map(told).collect())
}

impl Stage for Machine {
    fn call(&mut self, op: Op, timeout: Micros) -> Outcome {
        let failed =
            |error: io::Error| Failure::Errno(error.raw_os_error().map_or(Errno::EIO, Errno::from_number));
        self.make(op, timeout).map_err(failed)
    }
}

fn octets(room: &[std::mem::MaybeUninit<u8>]) -> Vec<u8> {
    // SAFETY: every octet of it was initialised when the room was made.
    #[allow(unsafe_code, reason = "socket2 receives into room that need not be initialised")]
    room.iter().map(|octet| unsafe { octet.assume_init() }).collect()
}

fn numbers(endpoint: &Endpoint) -> SockAddr {
    let Host::Address(address) = endpoint.host else { panic!("scripts have no names") };
    SocketAddr::new(address, endpoint.port).into()
}

fn shown(address: &SockAddr) -> PyAddr {
    PyAddr(address.as_socket().unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0))))
}
