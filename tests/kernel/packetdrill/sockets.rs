//! The sockets of a script on the kernel, and its system calls.

use super::files;
use crate::kernel::namespace::Namespace;
use crate::kernel::options;
use ::packetdrill::{Fd, Got, Queue, Setsockopt, Sys};
use nix::fcntl::{FcntlArg, fcntl};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use sockets::{Direction, Errno, Family, OptionName, Shape, SocketKind};
use std::collections::BTreeMap;
use std::io;
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;

/// SIOCOUTQNSD (linux/sockios.h), which has no name in `libc`.
const SIOCOUTQNSD: libc::Ioctl = 0x894b;

/// The open sockets, by their descriptors.
pub struct Table {
    sockets: BTreeMap<Fd, Arc<Socket>>,
    /// Descriptors that are no sockets.
    others: BTreeMap<Fd, Arc<OwnedFd>>,
    /// The congestion control of new sockets.
    pub congestion: String,
    /// Whether new sockets are paced.
    pub paces: bool,
}

impl Default for Table {
    fn default() -> Table {
        Table { sockets: BTreeMap::new(), others: BTreeMap::new(), congestion: "cubic".into(), paces: false }
    }
}

/// A system call, looked at.
pub enum Call {
    /// It is done already.
    Done(Done),
    /// It may block.
    Blocks(Box<dyn FnOnce() -> Done + Send>),
}

/// What became of a system call.
pub enum Done {
    Got(Got),
    /// A new socket, and whom it is connected to.
    Made(Socket, Option<SockAddr>),
    Failed(Errno),
}

impl From<io::Result<Done>> for Done {
    fn from(result: io::Result<Done>) -> Done {
        result
            .unwrap_or_else(|error| Done::Failed(error.raw_os_error().map_or(Errno::EIO, Errno::from_number)))
    }
}

fn value(value: i64) -> Done {
    Done::Got(Got { value, ..Got::default() })
}

impl Table {
    /// # Errors
    /// What this backend cannot do, in words.
    pub fn prepare(&mut self, call: &Sys, namespace: &Namespace) -> Result<Call, String> {
        let at_once = |result: io::Result<Done>| Ok(Call::Done(result.into()));
        let Some(fd) = descriptor(call) else {
            if let Some(call) = self.of_another_kind(call)? {
                return Ok(call);
            }
            return match call {
                Sys::Socket { family, kind, nonblocking } => {
                    let (family, kind, nonblocking) = (*family, *kind, *nonblocking);
                    let (congestion, paces) = (self.congestion.clone(), self.paces);
                    at_once(namespace.inside(move || make(family, kind, nonblocking, &congestion, paces)))
                }
                Sys::Poll { fds, timeout } => {
                    if fds.iter().any(|(fd, _)| self.others.contains_key(fd)) {
                        return Err("poll() on a descriptor that is no socket".into());
                    }
                    let watched: Vec<_> = fds
                        .iter()
                        .map(|(fd, events)| (fd.0, self.sockets.get(fd).cloned(), *events as i16))
                        .collect();
                    let millis = timeout.map(|timeout| timeout.0.div_ceil(1_000));
                    Ok(Call::Blocks(Box::new(move || poll_all(&watched, millis).into())))
                }
                other => Err(format!("{other:?}")),
            };
        };
        if let Some(other) = self.others.get(&fd).cloned() {
            return self.on_other(fd, other, call);
        }
        let Some(socket) = self.sockets.get(&fd).cloned() else {
            return Ok(Call::Done(Done::Failed(Errno::EBADF)));
        };
        match call.clone() {
            Sys::Bind { address, .. } => at_once(socket.bind(&address.into()).map(|()| value(0))),
            Sys::Listen { backlog, .. } => at_once(socket.listen(backlog).map(|()| value(0))),
            Sys::Accept { nonblocking, .. } => blocks(move || {
                let (made, peer) = socket.accept()?;
                made.set_nonblocking(nonblocking)?;
                Ok(Done::Made(made, Some(peer)))
            }),
            Sys::Connect { address, .. } => {
                blocks(move || socket.connect(&SockAddr::from(address)).map(|()| value(0)))
            }
            Sys::Send { length, flags, fault: true, .. } => {
                blocks(move || files::send(socket.as_raw_fd(), length, flags, true).map(value))
            }
            Sys::Recv { max, flags, fault: true, .. } => {
                blocks(move || files::receive(socket.as_raw_fd(), max, flags, true).map(value))
            }
            Sys::Send { length, flags, to, .. } => {
                let flags = flags as i32 | libc::MSG_NOSIGNAL;
                let data = vec![b'x'; length as usize];
                blocks(move || {
                    let sent = match to {
                        Some(to) => socket.send_to_with_flags(&data, &to.into(), flags)?,
                        None => socket.send_with_flags(&data, flags)?,
                    };
                    Ok(value(sent as i64))
                })
            }
            Sys::Recv { max, flags, .. } => blocks(move || {
                let mut room = vec![MaybeUninit::uninit(); max as usize];
                let (length, from) = socket.recv_from_with_flags(&mut room, flags as i32)?;
                Ok(Done::Got(Got {
                    value: length as i64,
                    address: from.as_socket(),
                    length: Some(from.len().into()),
                    ..Got::default()
                }))
            }),
            Sys::Shutdown { how, .. } => {
                let how = match how {
                    Direction::Read => Shutdown::Read,
                    Direction::Write => Shutdown::Write,
                    Direction::Both => Shutdown::Both,
                };
                at_once(socket.shutdown(how).map(|()| value(0)))
            }
            Sys::Close { .. } => {
                self.sockets.remove(&fd);
                blocks(move || {
                    drop(socket);
                    Ok(value(0))
                })
            }
            Sys::Flags { .. } => at_once(
                fcntl(&*socket, FcntlArg::F_GETFL).map(|flags| value(flags.into())).map_err(io::Error::from),
            ),
            Sys::SetFlags { nonblocking, .. } => {
                at_once(socket.set_nonblocking(nonblocking).map(|()| value(0)))
            }
            Sys::Queued { queue, .. } => {
                let request = match queue {
                    Queue::Unread => libc::FIONREAD as libc::Ioctl,
                    Queue::Unacknowledged => libc::TIOCOUTQ as libc::Ioctl,
                    Queue::Unsent => SIOCOUTQNSD,
                };
                let octets = options::queued(&socket, request);
                at_once(octets.map(|octets| {
                    Done::Got(Got { option: Some(Setsockopt::Number(octets.into())), ..Got::default() })
                }))
            }
            Sys::SetOption { name, value: option, .. } => {
                let (level, number) = known(&name)?;
                at_once(options::set(&socket, level, number, &octets(&option)).map(|()| value(0)))
            }
            Sys::GetOption { name, .. } => {
                let (level, number) = known(&name)?;
                at_once(options::get(&socket, level, number, 1_024).map(|octets| {
                    let length = Some(octets.len() as i64);
                    Done::Got(Got { option: Some(option(&name, &octets)), length, ..Got::default() })
                }))
            }
            Sys::GetSockName { .. } => at_once(socket.local_addr().map(address)),
            Sys::GetPeerName { .. } => at_once(socket.peer_addr().map(address)),
            // The runner found the argument wrong by itself: it cannot be handed on.
            Sys::Refused { errno, .. } => Ok(Call::Done(Done::Failed(errno))),
            other => Err(format!("{other:?}")),
        }
    }

    /// A call that is of no socket, or of more than one descriptor.
    fn of_another_kind(&mut self, call: &Sys) -> Result<Option<Call>, String> {
        let raw = |fd: Fd| RawFd::from(fd.0);
        let result = match call.clone() {
            Sys::EpollCreate => files::epoll().map(|fd| self.keep_other(fd)),
            Sys::EpollControl { epoll, action, fd, events, data } => {
                files::control(raw(epoll), action, raw(fd), events, data).map(value)
            }
            Sys::EpollWait { epoll, most, timeout } => {
                let Some(epoll) = self.others.get(&epoll).cloned() else {
                    return Err("epoll_wait() on anything but an epoll instance".into());
                };
                let millis = timeout.map_or(-1, |timeout| timeout.0.div_ceil(1_000) as i32);
                return blocks(move || {
                    let ready = files::wait(&*epoll, most, millis)?;
                    Ok(Done::Got(Got { value: ready.len() as i64, ready, ..Got::default() }))
                })
                .map(Some);
            }
            Sys::Pipe => files::pipe().map(|(reads, writes)| {
                let mut keep = |fd: OwnedFd| {
                    let name = Fd(fd.as_raw_fd());
                    self.others.insert(name, Arc::new(fd));
                    name
                };
                Done::Got(Got { pipe: Some((keep(reads), keep(writes))), ..Got::default() })
            }),
            Sys::Open { path } => std::fs::File::open(path).map(|file| self.keep_other(file.into())),
            Sys::SendFile { to, from, offset, count } => {
                return blocks(move || files::send_file(raw(to), raw(from), offset, count).map(value))
                    .map(Some);
            }
            Sys::Splice { from, to, length, flags } => {
                return blocks(move || files::splice(raw(from), raw(to), length, flags).map(value)).map(Some);
            }
            Sys::Refused { fd: None, errno } => return Ok(Some(Call::Done(Done::Failed(errno)))),
            _ => return Ok(None),
        };
        Ok(Some(Call::Done(result.into())))
    }

    fn on_other(&mut self, fd: Fd, other: Arc<OwnedFd>, call: &Sys) -> Result<Call, String> {
        match *call {
            Sys::Close { .. } => {
                self.others.remove(&fd);
                Ok(Call::Done(value(0)))
            }
            Sys::Send { length, flags, fault, .. } => {
                blocks(move || files::send(other.as_raw_fd(), length, flags, fault).map(value))
            }
            Sys::Recv { max, flags, fault, .. } => {
                blocks(move || files::receive(other.as_raw_fd(), max, flags, fault).map(value))
            }
            Sys::Accept { .. } => Ok(Call::Done(Done::Failed(Errno::ENOTSOCK))),
            Sys::Refused { errno, .. } => Ok(Call::Done(Done::Failed(errno))),
            _ => Err("this call on a descriptor that is no socket".into()),
        }
    }

    fn keep_other(&mut self, made: OwnedFd) -> Done {
        let fd = Fd(made.as_raw_fd());
        self.others.insert(fd, Arc::new(made));
        value(fd.0.into())
    }

    /// Takes a new socket in; its number is its descriptor's.
    pub fn keep(&mut self, socket: Socket, peer: Option<SockAddr>) -> Got {
        let fd = Fd(socket.as_raw_fd());
        let length = peer.as_ref().map(|peer| peer.len().into());
        let address = peer.and_then(|peer| peer.as_socket());
        self.sockets.insert(fd, Arc::new(socket));
        Got { value: fd.0.into(), address, length, ..Got::default() }
    }

    /// TCP_INFO as the kernel writes it.
    pub fn info(&self, fd: Fd) -> Option<Vec<u8>> {
        options::get(self.sockets.get(&fd)?, libc::IPPROTO_TCP, libc::TCP_INFO, 512).ok()
    }

    /// Ends all sockets, so that no call on them blocks for ever.
    pub fn shut_down(&mut self) {
        for socket in self.sockets.values() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        self.sockets.clear();
    }
}

fn blocks(job: impl FnOnce() -> io::Result<Done> + Send + 'static) -> Result<Call, String> {
    Ok(Call::Blocks(Box::new(|| job().into())))
}

fn address(address: SockAddr) -> Done {
    Done::Got(Got { address: address.as_socket(), length: Some(address.len().into()), ..Got::default() })
}

/// The descriptor that a call works on.
const fn descriptor(call: &Sys) -> Option<Fd> {
    match *call {
        Sys::Bind { fd, .. }
        | Sys::Listen { fd, .. }
        | Sys::Accept { fd, .. }
        | Sys::Connect { fd, .. }
        | Sys::Send { fd, .. }
        | Sys::Recv { fd, .. }
        | Sys::Shutdown { fd, .. }
        | Sys::Close { fd }
        | Sys::Flags { fd }
        | Sys::SetFlags { fd, .. }
        | Sys::Queued { fd, .. }
        | Sys::SetOption { fd, .. }
        | Sys::GetOption { fd, .. }
        | Sys::GetSockName { fd }
        | Sys::GetPeerName { fd } => Some(fd),
        Sys::Refused { fd, .. } => fd,
        _ => None,
    }
}

fn make(
    family: Family,
    kind: SocketKind,
    nonblocking: bool,
    congestion: &str,
    paces: bool,
) -> io::Result<Done> {
    let domain = match family {
        Family::Inet => Domain::IPV4,
        Family::Inet6 => Domain::IPV6,
    };
    let socket = match kind {
        SocketKind::Stream => {
            let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
            options::set(&socket, libc::IPPROTO_TCP, libc::TCP_CONGESTION, congestion.as_bytes())?;
            socket
        }
        SocketKind::Datagram => Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?,
    };
    if paces {
        let rate = (1_u64 << 40).to_ne_bytes();
        options::set(&socket, libc::SOL_SOCKET, libc::SO_MAX_PACING_RATE, &rate)?;
    }
    socket.set_nonblocking(nonblocking)?;
    Ok(Done::Made(socket, None))
}

/// The sockets are held while the call lasts; what is no socket of the script goes to the kernel as the number that it is.
fn poll_all(watched: &[(RawFd, Option<Arc<Socket>>, i16)], millis: Option<u64>) -> io::Result<Done> {
    let fds: Vec<(RawFd, i16)> = watched.iter().map(|(fd, _, events)| (*fd, *events)).collect();
    let millis = millis.map_or(-1, |millis| i32::try_from(millis).unwrap_or(i32::MAX));
    let (count, events) = files::poll(&fds, millis)?;
    Ok(Done::Got(Got { value: count, events, ..Got::default() }))
}

fn known(name: &str) -> Result<(i32, i32), String> {
    options::by_constant(name).ok_or_else(|| format!("the option {name}"))
}

/// An option's value as the kernel reads it.
fn octets(option: &Setsockopt) -> Vec<u8> {
    match option {
        Setsockopt::Number(number) => (*number as i32).to_ne_bytes().to_vec(),
        Setsockopt::Linger { on, seconds } => {
            [(*on as i32).to_ne_bytes(), (*seconds as i32).to_ne_bytes()].concat()
        }
        Setsockopt::Time(micros) => {
            let (seconds, micros) = ((micros / 1_000_000) as i64, (micros % 1_000_000) as i64);
            [seconds.to_ne_bytes(), micros.to_ne_bytes()].concat()
        }
        Setsockopt::Text(text) => text.clone().into_bytes(),
    }
}

/// An option's value as the kernel writes it.
fn option(name: &str, octets: &[u8]) -> Setsockopt {
    let int = |at: usize| {
        let four = octets.get(at..at + 4).and_then(|four| four.try_into().ok());
        i64::from(four.map_or(0, i32::from_ne_bytes))
    };
    match OptionName::from_constant(name).map(|name| name.row().shape) {
        Some(Shape::Linger) => Setsockopt::Linger { on: int(0), seconds: int(4) },
        Some(Shape::Text) => Setsockopt::Text(
            octets.iter().take_while(|&&octet| octet != 0).map(|&octet| char::from(octet)).collect(),
        ),
        _ if name.ends_with("TIMEO") => {
            let long = |at: usize| {
                let eight = octets.get(at..at + 8).and_then(|eight| eight.try_into().ok());
                eight.map_or(0, u64::from_ne_bytes)
            };
            Setsockopt::Time(long(0) * 1_000_000 + long(8))
        }
        _ => Setsockopt::Number(int(0)),
    }
}
