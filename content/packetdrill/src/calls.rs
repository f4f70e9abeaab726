//! What a script's system call asks of the machine, and which of its answers are to be checked.

use crate::config::Config;
use crate::constants::{
    MSG_DONTWAIT, MSG_EOR, MSG_MORE, MSG_NOSIGNAL, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, O_NONBLOCK,
    O_RDWR, SOCK_CLOEXEC, SOCK_NONBLOCK,
};
use crate::machine::{Fd, Got, Queue, Setsockopt, Stage, Sys};
use crate::script::{Expr, Field, SystemCall};
use crate::values::{
    Reading, address, contents, describe, family_fits, field, narrow, number, only, option, pointed,
    vector_length,
};
use core::net::SocketAddr;
use sockets::{Direction, Micros, SocketKind};

/// A call, ready to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prepared {
    pub sys: Sys,
    /// The script's number for the descriptor that it works on.
    pub script_fd: Option<i64>,
    pub check: Check,
}

/// What of the answer, beside the value, is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Nothing,
    Option(Setsockopt),
    Address(SocketAddr),
    Events(Vec<i64>),
    /// What TCP_INQ says in a control message: how much is left to read.
    Left(i64),
}

impl Check {
    /// What differs: expected and got, in words.
    pub(crate) fn differs(&self, got: &Got) -> Option<String> {
        match self {
            Check::Nothing => None,
            Check::Option(expected) => (got.option.as_ref() != Some(expected)).then(|| match &got.option {
                Some(value) => format!("the value {} got {}", written(expected), written(value)),
                None => format!("the value {} got none", written(expected)),
            }),
            Check::Address(expected) => (got.address != Some(*expected)).then(|| match got.address {
                Some(address) => format!("the address {expected} got {address}"),
                None => format!("the address {expected} got none"),
            }),
            Check::Left(expected) => (got.left != Some(*expected)).then(|| match got.left {
                Some(left) => format!("TCP_CM_INQ {expected} got {left}"),
                None => format!("TCP_CM_INQ {expected} got none"),
            }),
            Check::Events(expected) => (got.events != *expected).then(|| {
                let hex =
                    |events: &[i64]| events.iter().map(|e| format!("{e:#x}")).collect::<Vec<_>>().join(", ");
                format!("revents {} got {}", hex(expected), hex(&got.events))
            }),
        }
    }
}

fn written(value: &Setsockopt) -> String {
    match value {
        Setsockopt::Number(number) => format!("[{number}]"),
        Setsockopt::Linger { on, seconds } => format!("{{onoff={on}, linger={seconds}}}"),
        Setsockopt::Time(micros) => {
            format!("{{tv_sec={}, tv_usec={}}}", micros / 1_000_000, micros % 1_000_000)
        }
        Setsockopt::Text(text) => format!("\"{text}\""),
    }
}

/// Reads a call. `fds` gives the machine's descriptor for a script's.
///
/// # Errors
/// What is not known, in words.
pub(crate) fn prepare(
    call: &SystemCall,
    config: &Config,
    stage: &Stage,
    fds: &dyn Fn(i64) -> Fd,
) -> Reading<Prepared> {
    let arguments = &call.arguments[..];
    let name = call.name.as_str();
    if name == "socket" {
        return Ok(Prepared { sys: socket(arguments, config)?, script_fd: None, check: Check::Nothing });
    }
    if name == "poll" {
        let (sys, check) = poll(arguments, config, fds)?;
        return Ok(Prepared { sys, script_fd: None, check });
    }
    let Some((first, rest)) = arguments.split_first() else {
        return Err(format!("the call {name}() without arguments"));
    };
    if !KNOWN.contains(&name) {
        return Err(format!("the system call {name}()"));
    }
    let script_fd = number(first, config)?;
    let reader = Reader { config, stage, fd: fds(script_fd), name };
    let (sys, check) = reader.read(rest)?;
    Ok(Prepared { sys, script_fd: Some(script_fd), check })
}

const KNOWN: &[&str] = &[
    "bind",
    "listen",
    "accept",
    "accept4",
    "connect",
    "read",
    "readv",
    "recv",
    "recvfrom",
    "recvmsg",
    "write",
    "writev",
    "send",
    "sendto",
    "sendmsg",
    "shutdown",
    "close",
    "fcntl",
    "ioctl",
    "setsockopt",
    "getsockopt",
    "getsockname",
    "getpeername",
];

fn socket(arguments: &[Expr], config: &Config) -> Reading<Sys> {
    let [family, kind, protocol] = arguments else {
        return Err(format!("socket() with {} arguments", arguments.len()));
    };
    family_fits(family, config)?;
    let flags = number(kind, config)?;
    let nonblocking = flags & SOCK_NONBLOCK != 0;
    let protocol = number(protocol, config)?;
    let kind = match (flags & !(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol) {
        (1, 0 | 6) => SocketKind::Stream,
        (2, 0 | 17) => SocketKind::Datagram,
        _ => return Err("a socket that is neither TCP nor UDP".into()),
    };
    Ok(Sys::Socket { family: config.family(), kind, nonblocking })
}

/// `poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 1000)`
fn poll(arguments: &[Expr], config: &Config, fds: &dyn Fn(i64) -> Fd) -> Reading<(Sys, Check)> {
    let [Expr::List(items), count, timeout] = arguments else {
        return Err("poll() other than poll([{fd=, events=, revents=}], count, timeout)".into());
    };
    if number(count, config)? != items.len() as i64 {
        return Err("poll() with a count that is not the list's length".into());
    }
    let (mut asked, mut expected) = (Vec::new(), Vec::new());
    for item in items {
        let Expr::Struct(fields) = item else {
            return Err(format!("{} where {{fd=, events=, revents=}} is needed", describe(item)));
        };
        only(fields, &["fd", "events", "revents"])?;
        let get = |name| field(fields, name).ok_or_else(|| format!("poll() without {name}"));
        asked.push((fds(number(get("fd")?, config)?), number(get("events")?, config)?));
        expected.push(number(get("revents")?, config)?);
    }
    let timeout = number(timeout, config)?;
    let timeout = u64::try_from(timeout).ok().map(Micros::from_millis);
    Ok((Sys::Poll { fds: asked, timeout }, Check::Events(expected)))
}

struct Reader<'a> {
    config: &'a Config,
    stage: &'a Stage,
    fd: Fd,
    name: &'a str,
}

impl Reader<'_> {
    fn number(&self, expr: &Expr) -> Reading<i64> {
        number(expr, self.config)
    }

    fn read(&self, rest: &[Expr]) -> Reading<(Sys, Check)> {
        let fd = self.fd;
        let plain = |sys| Ok((sys, Check::Nothing));
        match (self.name, rest) {
            ("bind", [to, _length]) => {
                let own = self.config.for_socket(self.stage.local.0, self.config.bind_port);
                plain(Sys::Bind { fd, address: address(to, self.config)?.unwrap_or(own) })
            }
            ("connect", [to, _length]) => {
                let peer = self.config.for_socket(self.stage.remote, self.config.connect_port);
                plain(Sys::Connect { fd, address: address(to, self.config)?.unwrap_or(peer) })
            }
            ("listen", [backlog]) => plain(Sys::Listen { fd, backlog: narrow(backlog, self.config)? }),
            ("accept", [peer, _length]) => Ok((Sys::Accept { fd, nonblocking: false }, self.peer(peer)?)),
            ("accept4", [peer, _length, flags]) => {
                let flags = self.number(flags)?;
                if flags & !(SOCK_NONBLOCK | SOCK_CLOEXEC) != 0 {
                    return Err(format!("accept4() with the flags {flags:#x}"));
                }
                Ok((Sys::Accept { fd, nonblocking: flags & SOCK_NONBLOCK != 0 }, self.peer(peer)?))
            }
            ("getsockname", [name, _length]) => Ok((Sys::GetSockName { fd }, self.peer(name)?)),
            ("getpeername", [name, _length]) => Ok((Sys::GetPeerName { fd }, self.peer(name)?)),
            ("shutdown", [how]) => {
                let how = match self.number(how)? {
                    0 => Direction::Read,
                    1 => Direction::Write,
                    2 => Direction::Both,
                    other => return Err(format!("shutdown() with {other}")),
                };
                plain(Sys::Shutdown { fd, how })
            }
            ("close", []) => plain(Sys::Close { fd }),
            ("fcntl", [command, arguments @ ..]) => self.fcntl(command, arguments),
            ("ioctl", [request, value]) => self.ioctl(request, value),
            ("setsockopt", [level, name, value, length]) => {
                let name = self.option_name(level, name)?;
                let value = option(&name, value, Some(self.number(length)?), self.config)?;
                plain(Sys::SetOption { fd, name, value })
            }
            ("getsockopt", [level, name, value, length]) => {
                let name = self.option_name(level, name)?;
                let check = match value {
                    Expr::Ellipsis => Check::Nothing,
                    Expr::List(items) if items[..] == [Expr::Ellipsis] => Check::Nothing,
                    value => Check::Option(option(&name, value, pointed(length, self.config)?, self.config)?),
                };
                Ok((Sys::GetOption { fd, name }, check))
            }
            (name, rest) if name.starts_with("read") || name.starts_with("recv") => self.receive(name, rest),
            (name, rest) => self.send(name, rest),
        }
    }

    /// The address that a call writes: `...` is not checked.
    fn peer(&self, expr: &Expr) -> Reading<Check> {
        Ok(address(expr, self.config)?.map_or(Check::Nothing, Check::Address))
    }

    fn fcntl(&self, command: &Expr, arguments: &[Expr]) -> Reading<(Sys, Check)> {
        let fd = self.fd;
        match (self.number(command)?, arguments) {
            (3, [] | [_]) => Ok((Sys::Flags { fd }, Check::Nothing)),
            (4, [flags]) => {
                let flags = self.number(flags)?;
                if flags & !(O_RDWR | O_NONBLOCK) != 0 {
                    return Err(format!("fcntl() with the flags {flags:#x}"));
                }
                Ok((Sys::SetFlags { fd, nonblocking: flags & O_NONBLOCK != 0 }, Check::Nothing))
            }
            (command, _) => Err(format!("fcntl() with the command {command}")),
        }
    }

    fn ioctl(&self, request: &Expr, value: &Expr) -> Reading<(Sys, Check)> {
        let queue = match self.number(request)? {
            0x541b => Queue::Unread,
            0x5411 => Queue::Unacknowledged,
            0x894b => Queue::Unsent,
            other => return Err(format!("ioctl() with the request {other:#x}")),
        };
        let check =
            pointed(value, self.config)?.map_or(Check::Nothing, |n| Check::Option(Setsockopt::Number(n)));
        Ok((Sys::Queued { fd: self.fd, queue }, check))
    }

    /// The option's name; its level must be that of the socket API.
    fn option_name(&self, level: &Expr, name: &Expr) -> Reading<String> {
        let level = self.number(level)?;
        let Expr::Word(name) = name else {
            return Err(format!("the option {}", describe(name)));
        };
        let right = match name.split('_').next() {
            Some("SO") => 1,
            Some("TCP") => 6,
            Some("IP") => 0,
            Some("IPV6") => 41,
            _ => return Err(format!("the option {name}")),
        };
        if level == right { Ok(name.clone()) } else { Err(format!("the option {name} at another level")) }
    }

    fn send(&self, name: &str, rest: &[Expr]) -> Reading<(Sys, Check)> {
        let known = MSG_DONTWAIT | MSG_EOR | MSG_MORE | MSG_NOSIGNAL | MSG_OOB;
        let (length, flags, to) = match (name, rest) {
            ("write", [buffer, length]) => (self.buffer(buffer, length)?, 0, None),
            ("writev", [vector, count]) => {
                (vector_length(vector, Some(self.number(count)?), self.config)?, 0, None)
            }
            ("send", [buffer, length, flags]) => (self.buffer(buffer, length)?, self.number(flags)?, None),
            ("sendto", [buffer, length, flags, to, _length]) => {
                (self.buffer(buffer, length)?, self.number(flags)?, address(to, self.config)?)
            }
            ("sendmsg", [message, flags]) => {
                let message = self.message(message)?;
                if message.left.is_some() {
                    return Err("a control message to send".into());
                }
                (message.length, self.number(flags)?, message.address)
            }
            _ => return self.wrong_count(rest),
        };
        if flags & !known != 0 {
            return Err(format!("{name}() with the flags {:#x}", flags & !known));
        }
        Ok((Sys::Send { fd: self.fd, length, flags, to }, Check::Nothing))
    }

    fn receive(&self, name: &str, rest: &[Expr]) -> Reading<(Sys, Check)> {
        let known = MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC | MSG_WAITALL | MSG_OOB | MSG_NOSIGNAL;
        let mut check = Check::Nothing;
        let (max, flags) = match (name, rest) {
            ("read", [buffer, length]) => (self.buffer(buffer, length)?, 0),
            ("readv", [vector, count]) => (vector_length(vector, Some(self.number(count)?), self.config)?, 0),
            ("recv", [buffer, length, flags]) => (self.buffer(buffer, length)?, self.number(flags)?),
            ("recvfrom", [buffer, length, flags, from, _length]) => {
                check = self.peer(from)?;
                (self.buffer(buffer, length)?, self.number(flags)?)
            }
            ("recvmsg", [message, flags]) => {
                let message = self.message(message)?;
                check = match (message.left, message.address) {
                    (Some(left), None) => Check::Left(left),
                    (None, Some(from)) => Check::Address(from),
                    (None, None) => Check::Nothing,
                    (Some(_), Some(_)) => return Err("a control message and an address at once".into()),
                };
                (message.length, self.number(flags)?)
            }
            _ => return self.wrong_count(rest),
        };
        if flags & !known != 0 {
            return Err(format!("{name}() with the flags {:#x}", flags & !known));
        }
        Ok((Sys::Recv { fd: self.fd, max, flags }, check))
    }

    fn wrong_count<T>(&self, rest: &[Expr]) -> Reading<T> {
        Err(format!("{}() with {} arguments", self.name, rest.len() + 1))
    }

    fn buffer(&self, buffer: &Expr, length: &Expr) -> Reading<u32> {
        contents(buffer)?;
        narrow(length, self.config)
    }

    /// `{msg_name(...)=..., msg_iov(2)=[{..., 100}, {..., 200}], msg_flags=0}`, perhaps with what TCP_INQ is to say:
    /// `msg_control=[{cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=500}]`.
    fn message(&self, message: &Expr) -> Reading<Message> {
        let Expr::Struct(fields) = message else {
            return Err(format!("{} where a message {{msg_iov(1)=[…]}} is needed", describe(message)));
        };
        only(fields, &["msg_name", "msg_iov", "msg_flags", "msg_control"])?;
        if let Some(flags) = field(fields, "msg_flags").filter(|flags| **flags != Expr::Ellipsis) {
            // TCP answers no flags but with MSG_OOB and errors' queues, which have none of their own here.
            if self.number(flags)? != 0 {
                return Err("a message with msg_flags".into());
            }
        }
        let left = match field(fields, "msg_control") {
            None | Some(Expr::Ellipsis) => None,
            Some(Expr::List(items)) => match &items[..] {
                [Expr::Struct(control)] => Some(self.left(control)?),
                _ => return Err("more than one control message".into()),
            },
            Some(other) => return Err(format!("{} as control messages", describe(other))),
        };
        let vector = field(fields, "msg_iov").ok_or("a message without msg_iov")?;
        let address = field(fields, "msg_name").map_or(Ok(None), |name| address(name, self.config))?;
        Ok(Message { length: vector_length(vector, None, self.config)?, address, left })
    }

    fn left(&self, control: &[Field]) -> Reading<i64> {
        only(control, &["cmsg_level", "cmsg_type", "cmsg_data"])?;
        let get =
            |name| self.number(field(control, name).ok_or("a control message without level, type or data")?);
        match (get("cmsg_level")?, get("cmsg_type")?) {
            (6, 36) => get("cmsg_data"),
            (level, kind) => Err(format!("a control message of level {level} and type {kind}")),
        }
    }
}

/// A message of sendmsg or recvmsg.
struct Message {
    length: u32,
    address: Option<SocketAddr>,
    left: Option<i64>,
}
