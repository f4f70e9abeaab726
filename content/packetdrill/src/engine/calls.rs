//! System calls as calls of the socket API, and their outcomes as Linux's values.

use super::options::option_length;
use super::{Engine, Open, Waiting};
use crate::constants::{
    MSG_DONTWAIT, MSG_EOR, MSG_MORE, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, O_NONBLOCK, O_RDWR,
};
use crate::machine::{Fd, Got, Queue, Refusal, Returned, Setsockopt, Sys, Ticket};
use bytes::Bytes;
use core::net::SocketAddr;
use sim::Turn;
use sockets::{
    Call, CallId, Errno, Event, Failure, Family, HostId, Micros, MsgFlag, Op, OptionName, OptionValue,
    Outcome, SocketId, SocketKind, Value,
};
use std::collections::BTreeSet;

/// One call sends no more octets than this: they are held in memory.
pub(super) const MOST_SENT: u32 = 1 << 28;

impl Engine {
    pub(super) fn begin_call(&mut self, ticket: Ticket, sys: &Sys) -> Result<(), String> {
        if self.of_another_kind(ticket, sys)? {
            return Ok(());
        }
        if let Sys::Socket { family, kind, .. } = sys {
            let op = Op::Socket { family: *family, kind: *kind };
            self.submit(ticket, sys, *kind, op, None);
            return Ok(());
        }
        let Some(open) = self.fd(sys).and_then(|fd| self.open.get(&fd).copied()) else {
            self.answer(ticket, Err(Errno::EBADF));
            return Ok(());
        };
        if self.at_once(ticket, sys, open)? {
            return Ok(());
        }
        if let Sys::Send { length, .. } = sys {
            self.room_for(*length)?;
        }
        let (op, timeout) = operation(sys, open)?;
        if let Sys::Close { fd } = sys {
            self.open.remove(fd);
            self.released(*fd);
            self.kept.retain(|(of, _), _| of != fd);
            self.forget(*fd);
        }
        let timeout =
            if open.nonblocking && !matches!(sys, Sys::Close { .. }) { Some(Micros::ZERO) } else { timeout };
        self.submit(ticket, sys, open.kind, op, timeout);
        Ok(())
    }

    pub(super) fn submit(
        &mut self,
        ticket: Ticket,
        sys: &Sys,
        kind: SocketKind,
        op: Op,
        timeout: Option<Micros>,
    ) {
        self.next_call += 1;
        let id = CallId(self.next_call);
        self.calls.insert(id, Waiting { ticket, sys: sys.clone(), kind });
        let mut turn = Turn::default();
        let call = Call { id, host: HostId(0), timeout, op };
        if let Some(telling) = &mut self.telling {
            telling.enter(self.now, &call);
        }
        self.host.submit(self.now, call, &mut turn);
        self.absorb(turn);
    }

    /// Sets an option of the host's at once.
    pub(super) fn set_now(
        &mut self,
        socket: SocketId,
        option: OptionName,
        value: OptionValue,
    ) -> Result<(), Errno> {
        self.next_call += 1;
        let id = CallId(self.next_call);
        let op = Op::SetSockOpt { socket, option, value };
        let mut turn = Turn::default();
        let call = Call { id, host: HostId(0), timeout: None, op };
        if let Some(telling) = &mut self.telling {
            telling.enter(self.now, &call);
        }
        self.host.submit(self.now, call, &mut turn);
        let refused = turn.events.iter().find_map(|event| match event {
            Event::Returned { call, outcome: Err(Failure::Errno(errno)), .. } if *call == id => Some(*errno),
            _ => None,
        });
        self.absorb(turn);
        refused.map_or(Ok(()), Err)
    }

    pub(super) fn fd(&self, sys: &Sys) -> Option<Fd> {
        match sys {
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
            | Sys::GetPeerName { fd } => Some(*fd),
            Sys::Refused { fd, .. } => *fd,
            _ => None,
        }
    }

    /// Answers what is kept beside the host; whether it was such a call.
    fn at_once(&mut self, ticket: Ticket, sys: &Sys, open: Open) -> Result<bool, String> {
        let value = |value| Ok(Got { value, ..Got::default() });
        let result = match sys {
            Sys::Flags { .. } => value(O_RDWR | if open.nonblocking { O_NONBLOCK } else { 0 }),
            Sys::SetFlags { fd, nonblocking } => {
                self.change(*fd, |open| open.nonblocking = *nonblocking);
                value(0)
            }
            Sys::Queued { queue, .. } => match self.host.queued(open.socket) {
                Some((unread, unacknowledged, unsent)) => {
                    let octets = match queue {
                        Queue::Unread => unread,
                        Queue::Unacknowledged => unacknowledged,
                        Queue::Unsent => unsent,
                    };
                    let option = Some(Setsockopt::Number(octets.into()));
                    Ok(Got { option, ..Got::default() })
                }
                None => Err(Errno::EINVAL),
            },
            Sys::Refused { errno, .. } => Err(*errno),
            Sys::SetOption { fd, name, value } => match self.set_beside(*fd, name, value)? {
                Some(result) => result.map(|()| Got::default()),
                None => return Ok(false),
            },
            Sys::GetOption { fd, name } => match self.get_beside(*fd, name, open)? {
                Some(option) => {
                    let length = Some(option_length(name, option.as_ref()));
                    Ok(Got { option, length, ..Got::default() })
                }
                None => return Ok(false),
            },
            _ => return Ok(false),
        };
        self.answer(ticket, result);
        Ok(true)
    }

    pub(super) fn change(&mut self, fd: Fd, how: impl FnOnce(&mut Open)) {
        if let Some(open) = self.open.get_mut(&fd) {
            how(open);
        }
    }

    /// The lowest free number; 0, 1 and 2 are taken, as in every program.
    pub(super) fn lowest_free(&mut self) -> Fd {
        let is_taken = |fd: &Fd| self.open.contains_key(fd) || self.others.contains_key(fd);
        let free = (self.free_from..).map(Fd).find(|fd| !is_taken(fd)).unwrap_or(Fd(i32::MAX));
        self.free_from = free.0;
        free
    }

    /// A descriptor was closed: its number is free again.
    pub(super) fn released(&mut self, fd: Fd) {
        self.free_from = self.free_from.min(fd.0);
    }

    pub(super) fn host_returned(&mut self, call: CallId, outcome: Outcome) {
        let Some(waiting) = self.calls.remove(&call) else { return };
        let result = match outcome {
            // There was something to do, and then the memory was none.
            Ok(value) if is_fault(&waiting.sys, &value) => Err(Refusal::Errno(Errno::EFAULT)),
            Ok(value) => Ok(self.got(&waiting, value)),
            Err(Failure::Errno(errno)) => Err(Refusal::Errno(errno)),
            // A time-out is the program's own invention; Linux has only sockets that do not wait, or not long.
            Err(Failure::TimedOut) if matches!(waiting.sys, Sys::Connect { .. }) => {
                Err(Refusal::Errno(Errno::EINPROGRESS))
            }
            Err(Failure::TimedOut) => Err(Refusal::Errno(Errno::EAGAIN)),
            Err(other) => Err(Refusal::Unsupported(other.to_string())),
        };
        self.returned.push_back(Returned { ticket: waiting.ticket, at: self.now, result });
    }

    /// tcp(7), TCP_INQ: what is left to read; 1 where only the end of the stream is left.
    fn left(&self, sys: &Sys) -> Option<i64> {
        let open = self.open.get(&self.fd(sys)?).filter(|open| open.tells_left)?;
        match self.host.queued(open.socket)?.0 {
            0 => self.host.readiness(open.socket).map(|ready| ready.read_hang_up.into()),
            octets => Some(octets.into()),
        }
    }

    fn got(&mut self, waiting: &Waiting, value: Value) -> Got {
        let mut got = Got::default();
        match value {
            Value::Socket { socket } | Value::Accepted { socket, .. } => {
                let fd = self.lowest_free();
                let nonblocking = matches!(
                    waiting.sys,
                    Sys::Socket { nonblocking: true, .. } | Sys::Accept { nonblocking: true, .. }
                );
                let kind = waiting.kind;
                let is_v6 = match waiting.sys {
                    Sys::Socket { family, .. } => family == Family::Inet6,
                    _ => {
                        self.fd(&waiting.sys).and_then(|fd| self.open.get(&fd)).is_some_and(|open| open.is_v6)
                    }
                };
                self.open.insert(
                    fd,
                    Open {
                        socket,
                        kind,
                        nonblocking,
                        receive_timeout: None,
                        send_timeout: None,
                        tells_left: false,
                        is_v6,
                    },
                );
                got.value = fd.0.into();
                if let Value::Accepted { peer, .. } = value {
                    got.address = Some(peer.0);
                    got.length = Some(address_length(&peer.0));
                    self.inherit(&waiting.sys, fd);
                }
            }
            Value::Sent { sent } => {
                got.value = sent as i64;
                self.moved(&waiting.sys, sent as u32);
            }
            Value::Data { bytes, .. } => {
                got.value = bytes as i64;
                self.moved(&waiting.sys, bytes as u32);
                got.left = self.left(&waiting.sys);
                // A stream's octets come without an address.
                got.length = Some(0);
            }
            Value::Datagram { bytes, from, .. } => {
                got.value = bytes as i64;
                got.address = Some(from.0);
                got.length = Some(address_length(&from.0));
            }
            Value::Address { address } => {
                got.address = Some(address.0);
                got.length = Some(address_length(&address.0));
            }
            Value::Option { value } => {
                got.option = Some(match value {
                    OptionValue::Number(number) => Setsockopt::Number(number.into()),
                    OptionValue::Linger { on, seconds } => {
                        Setsockopt::Linger { on: on.into(), seconds: seconds.into() }
                    }
                    OptionValue::Text(text) => Setsockopt::Text(text),
                    octets @ OptionValue::Octets(_) => Setsockopt::Text(octets.to_string()),
                });
                if let Sys::GetOption { name, .. } = &waiting.sys {
                    got.length = Some(option_length(name, got.option.as_ref()));
                }
            }
            Value::Addresses { .. } | Value::Name { .. } | Value::Ready { .. } | Value::Done {} => {}
        }
        got
    }
}

/// `struct sockaddr_in` and `struct sockaddr_in6`, in octets.
fn address_length(address: &SocketAddr) -> i64 {
    if address.is_ipv4() { 16 } else { 28 }
}

pub(super) fn option_named(name: &str) -> Result<OptionName, String> {
    OptionName::from_constant(super::options::alias(name)).ok_or_else(|| format!("the option {name}"))
}

/// The call of the socket API on a socket of this kind with these time-outs for receiving and sending; how long it may wait.
///
/// # Errors
/// What is no call of the socket API, or not known, in words.
pub(crate) fn call_of(
    sys: &Sys,
    socket: SocketId,
    kind: SocketKind,
    (receive_timeout, send_timeout): (Option<Micros>, Option<Micros>),
) -> Result<(Op, Option<Micros>), String> {
    let open = Open {
        socket,
        kind,
        nonblocking: false,
        receive_timeout,
        send_timeout,
        tells_left: false,
        is_v6: false,
    };
    operation(sys, open)
}

/// The call of the socket API, and how long the socket's own time-out lets it wait.
fn operation(sys: &Sys, open: Open) -> Result<(Op, Option<Micros>), String> {
    let socket = open.socket;
    let is_stream = open.kind == SocketKind::Stream;
    Ok(match sys {
        Sys::Bind { address, .. } => (Op::Bind { socket, address: (*address).into() }, None),
        Sys::Listen { backlog, .. } => (Op::Listen { socket, backlog: *backlog }, None),
        Sys::Accept { .. } => (Op::Accept { socket }, open.receive_timeout),
        Sys::Connect { address, .. } => {
            (Op::Connect { socket, address: (*address).into() }, open.send_timeout)
        }
        Sys::Shutdown { how, .. } => (Op::Shutdown { socket, how: *how }, None),
        Sys::Close { .. } => (Op::Close { socket }, None),
        Sys::GetSockName { .. } => (Op::GetSockName { socket }, None),
        Sys::GetPeerName { .. } => (Op::GetPeerName { socket }, None),
        Sys::GetOption { name, .. } => (Op::GetSockOpt { socket, option: option_named(name)? }, None),
        Sys::SetOption { name, value, .. } => {
            let value = match value {
                Setsockopt::Number(number) => {
                    // An option is an int: a program that writes more hands over its low half.
                    OptionValue::Number(*number as i32)
                }
                Setsockopt::Linger { on, seconds } => OptionValue::Linger {
                    on: *on != 0,
                    seconds: u16::try_from(*seconds).map_err(|_| format!("a linger of {seconds} s"))?,
                },
                Setsockopt::Text(text) => OptionValue::Text(text.clone()),
                Setsockopt::Time(_) => return Err(format!("the option {name} with a time")),
            };
            (Op::SetSockOpt { socket, option: option_named(name)?, value }, None)
        }
        Sys::Send { length, flags, to, fault, .. } => {
            let known = [
                (MSG_MORE, MsgFlag::More),
                (MSG_EOR, MsgFlag::Eor),
                (MSG_OOB, MsgFlag::Oob),
                (MSG_DONTWAIT, MsgFlag::DontWait),
            ];
            let flags = message_flags(*flags, &known);
            if *length > MOST_SENT {
                return Err(format!("sending {length} octets at once: {MOST_SENT} are the most"));
            }
            // Without memory nothing is sent, but what stands against sending comes first.
            let data = Bytes::from(vec![0; if *fault { 0 } else { *length as usize }]);
            match to.filter(|_| !is_stream) {
                Some(to) => (Op::SendTo { socket, address: to.into(), flags, data }, open.send_timeout),
                None => (Op::Send { socket, flags, data }, open.send_timeout),
            }
        }
        Sys::Recv { max, flags, fault, .. } => {
            if flags & MSG_TRUNC != 0 && !is_stream {
                return Err("MSG_TRUNC on datagrams".into());
            }
            let known = [
                (MSG_PEEK, MsgFlag::Peek),
                (MSG_WAITALL, MsgFlag::WaitAll),
                (MSG_OOB, MsgFlag::Oob),
                (MSG_DONTWAIT, MsgFlag::DontWait),
            ];
            // Without memory what is there stays there; a stream's octets may be thrown away without any.
            let peek = if *fault && flags & MSG_TRUNC == 0 { MSG_PEEK } else { 0 };
            let (max, flags) = (*max, message_flags(*flags | peek, &known));
            let op =
                if is_stream { Op::Recv { socket, max, flags } } else { Op::RecvFrom { socket, max, flags } };
            (op, open.receive_timeout)
        }
        _ => return Err("a call that needs no host".into()),
    })
}

/// Whether a call succeeded but for its memory.
fn is_fault(sys: &Sys, value: &Value) -> bool {
    match (sys, value) {
        (Sys::Send { fault, .. }, _) => *fault,
        (Sys::Recv { fault: true, flags, .. }, Value::Data { bytes, .. } | Value::Datagram { bytes, .. }) => {
            flags & MSG_TRUNC == 0 && *bytes > 0
        }
        _ => false,
    }
}

pub(super) fn message_flags(flags: i64, known: &[(i64, MsgFlag)]) -> BTreeSet<MsgFlag> {
    known.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, flag)| *flag).collect()
}
