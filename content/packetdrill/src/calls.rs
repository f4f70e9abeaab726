//! What a script's system call asks of the machine, and which of its answers are to be checked.

use crate::check::Check;
use crate::config::Config;
use crate::constants::{
    MSG_CMSG_CLOEXEC, MSG_DONTWAIT, MSG_EOR, MSG_ERRQUEUE, MSG_MORE, MSG_NOSIGNAL, MSG_OOB, MSG_PEEK,
    MSG_TRUNC, MSG_WAITALL, O_NONBLOCK, O_RDWR, SOCK_CLOEXEC, SOCK_NONBLOCK,
};
use crate::descriptors::{self, MOST_AT_ONCE};
use crate::machine::{Fd, Queue, Setsockopt, Stage, Sys};
use crate::script::{Expr, Field, SystemCall};
use crate::values::{
    Buffer, Reading, address, describe, family_fits, field, is_bad, is_null, least_length, narrow, number,
    only, option, pointed, vector,
};
use core::net::SocketAddr;
use sockets::{Direction, Errno, Micros, SocketKind};

/// A call, ready to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prepared {
    pub sys: Sys,
    /// The script's number for the descriptor that it works on.
    pub script_fd: Option<i64>,
    pub check: Check,
    /// The script's number for the length that the call writes back, `[4]`.
    pub length: Option<i64>,
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
        return Ok(Prepared {
            sys: socket(arguments, config)?,
            script_fd: None,
            check: Check::Nothing,
            length: None,
        });
    }
    if name == "poll" {
        let (sys, check) = poll(arguments, config, fds)?;
        return Ok(Prepared { sys, script_fd: None, check, length: None });
    }
    if let Some(read) = descriptors::read(name, arguments, config, fds) {
        let (sys, check) = read?;
        return Ok(Prepared { sys, script_fd: None, check, length: None });
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
    let length = written_back(name, rest, config)?;
    Ok(Prepared { sys, script_fd: Some(script_fd), check, length })
}

/// The length that a call takes and writes back, as the script has it; nothing where it says `...` or no place for it.
fn written_back(name: &str, rest: &[Expr], config: &Config) -> Reading<Option<i64>> {
    match (name, rest) {
        ("getsockopt", [_, _, value, length]) if !is_null(value) && !is_null(length) => {
            pointed(length, config)
        }
        ("accept" | "getsockname" | "getpeername", [address, length])
        | ("accept4", [address, length, _])
        | ("recvfrom", [_, _, _, address, length])
            if !is_null(address) && !is_null(length) =>
        {
            pointed(length, config)
        }
        _ => Ok(None),
    }
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
    if let [null, count, _] = arguments
        && is_null(null)
        && number(count, config)? > 0
    {
        return Ok((Sys::Refused { fd: None, errno: Errno::EFAULT }, Check::Nothing));
    }
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
        let script_fd = number(get("fd")?, config)?;
        // poll(2): a negative number is passed over, one that is not open is POLLNVAL.
        let fd = match fds(script_fd) {
            Fd(..0) if script_fd >= 0 => Fd(i32::MAX),
            fd => fd,
        };
        asked.push((fd, number(get("events")?, config)?));
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
        if let Some(errno) = self.refusal(rest)? {
            return plain(Sys::Refused { fd: Some(fd), errno });
        }
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
                    _ => return plain(Sys::Refused { fd: Some(fd), errno: Errno::EINVAL }),
                };
                plain(Sys::Shutdown { fd, how })
            }
            ("close", []) => plain(Sys::Close { fd }),
            ("fcntl", [command, arguments @ ..]) => self.fcntl(command, arguments),
            ("ioctl", [request, value]) => self.ioctl(request, value),
            ("setsockopt", [level, name, value, length]) => {
                let name = self.option_name(level, name)?;
                let length = self.number(length)?;
                if is_null(value) && length > 0 {
                    return plain(Sys::Refused { fd: Some(fd), errno: Errno::EFAULT });
                }
                if length < least_length(&name, value) {
                    return plain(Sys::Refused { fd: Some(fd), errno: Errno::EINVAL });
                }
                let value = option(&name, value, Some(length), self.config)?;
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
        let request = self.number(request)?;
        if is_null(value) {
            return Ok((Sys::Refused { fd: Some(self.fd), errno: Errno::EFAULT }, Check::Nothing));
        }
        let queue = match request {
            0x5421 => {
                let nonblocking = pointed(value, self.config)?.ok_or("FIONBIO without its value")? != 0;
                return Ok((Sys::SetFlags { fd: self.fd, nonblocking }, Check::Nothing));
            }
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
        let (buffer, flags, to) = match (name, rest) {
            ("write", [buffer, length]) => (self.buffer(buffer, length)?, 0, None),
            ("writev", [buffers, count]) => {
                (vector(buffers, Some(self.number(count)?), self.config)?, 0, None)
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
                (message.buffer, self.number(flags)?, message.address)
            }
            _ => return self.wrong_count(rest),
        };
        if flags & !known != 0 {
            return Err(format!("{name}() with the flags {:#x}", flags & !known));
        }
        let Buffer { length, fault } = buffer;
        Ok((Sys::Send { fd: self.fd, length, flags, to, fault }, Check::Nothing))
    }

    fn receive(&self, name: &str, rest: &[Expr]) -> Reading<(Sys, Check)> {
        let known =
            MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC | MSG_WAITALL | MSG_OOB | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC;
        let mut check = Check::Nothing;
        let (buffer, flags) = match (name, rest) {
            ("read", [buffer, length]) => (self.buffer(buffer, length)?, 0),
            ("readv", [buffers, count]) => (vector(buffers, Some(self.number(count)?), self.config)?, 0),
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
                (message.buffer, self.number(flags)?)
            }
            _ => return self.wrong_count(rest),
        };
        if flags & !known != 0 {
            return Err(format!("{name}() with the flags {:#x}", flags & !known));
        }
        let Buffer { length: max, fault } = buffer;
        Ok((Sys::Recv { fd: self.fd, max, flags, fault }, check))
    }

    fn wrong_count<T>(&self, rest: &[Expr]) -> Reading<T> {
        Err(format!("{}() with {} arguments", self.name, rest.len() + 1))
    }

    fn buffer(&self, buffer: &Expr, length: &Expr) -> Reading<Buffer> {
        let length = u32::try_from(self.number(length)?.min(MOST_AT_ONCE)).unwrap_or(MOST_AT_ONCE as u32);
        Ok(Buffer { length, fault: is_bad(buffer)? && length > 0 })
    }

    /// The errno of an argument that no machine takes, whatever the descriptor is.
    fn refusal(&self, rest: &[Expr]) -> Reading<Option<Errno>> {
        Ok(match (self.name, rest) {
            // The memory from the buffer's address on ends before that.
            ("read" | "write", [_, length]) if self.number(length)? < 0 => Some(Errno::EFAULT),
            ("readv" | "writev", [_, count]) if !(0..=1_024).contains(&self.number(count)?) => {
                Some(Errno::EINVAL)
            }
            ("readv" | "writev", [vector, count]) if is_null(vector) && self.number(count)? > 0 => {
                Some(Errno::EFAULT)
            }
            ("readv" | "writev", [Expr::List(items), _]) if self.has_negative(items)? => Some(Errno::EINVAL),
            ("sendmsg" | "recvmsg", [message, _]) if is_null(message) => Some(Errno::EFAULT),
            // Nothing here lets the kernel put an error into the socket's queue of errors (IP_RECVERR and its like are not known).
            ("recvmsg", [_, flags]) if self.number(flags)? & MSG_ERRQUEUE != 0 => Some(Errno::EAGAIN),
            ("sendmsg" | "recvmsg", [Expr::Struct(fields), _]) => match field(fields, "msg_iov") {
                Some(Expr::List(items)) if self.has_negative(items)? => Some(Errno::EINVAL),
                _ => None,
            },
            ("bind" | "connect", [address, length]) if is_null(address) && *length != Expr::Ellipsis => {
                Some(match self.number(length)? {
                    ..=0 => Errno::EINVAL,
                    _ => Errno::EFAULT,
                })
            }
            ("bind" | "connect", [_, Expr::Int(..0)]) => Some(Errno::EINVAL),
            ("getsockopt", [_, _, value, length]) if is_null(value) || is_null(length) => Some(Errno::EFAULT),
            ("getsockopt", [_, _, _, Expr::List(length)]) if self.has_negative_number(length)? => {
                Some(Errno::EINVAL)
            }
            _ => None,
        })
    }

    /// Whether a buffer's length is negative.
    fn has_negative(&self, buffers: &[Expr]) -> Reading<bool> {
        let lengths = buffers.iter().filter_map(|buffer| match buffer {
            Expr::Struct(fields) => fields.get(1).map(|field| &field.value),
            _ => None,
        });
        lengths
            .map(|length| Ok(self.number(length)? < 0))
            .try_fold(false, |any, is: Reading<bool>| Ok(any | is?))
    }

    fn has_negative_number(&self, list: &[Expr]) -> Reading<bool> {
        match list {
            [Expr::Ellipsis] => Ok(false),
            [one] => Ok(self.number(one)? < 0),
            _ => Ok(false),
        }
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
        let buffers = field(fields, "msg_iov").ok_or("a message without msg_iov")?;
        let address = field(fields, "msg_name").map_or(Ok(None), |name| address(name, self.config))?;
        Ok(Message { buffer: vector(buffers, None, self.config)?, address, left })
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
    buffer: Buffer,
    address: Option<SocketAddr>,
    left: Option<i64>,
}
