//! System calls as calls of the socket API, and their outcomes as Linux's values.

use super::{Engine, Open, Waiting};
use crate::constants::{
    MSG_DONTWAIT, MSG_EOR, MSG_MORE, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, O_NONBLOCK, O_RDWR,
};
use crate::machine::{Fd, Got, Queue, Refusal, Returned, Setsockopt, Sys, Ticket};
use bytes::Bytes;
use sim::Turn;
use sockets::{
    Call, CallId, Errno, Failure, HostId, Micros, MsgFlag, Op, OptionName, OptionValue, Outcome, SocketKind,
    Value,
};
use std::collections::BTreeSet;

/// One call sends no more octets than this: they are held in memory.
const MOST_SENT: u32 = 1 << 28;

impl Engine {
    pub(super) fn begin_call(&mut self, ticket: Ticket, sys: &Sys) -> Result<(), String> {
        if let Sys::Poll { fds, timeout } = sys {
            self.poll(ticket, fds, *timeout);
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
        let (op, timeout) = operation(sys, open)?;
        if let Sys::Close { fd } = sys {
            self.open.remove(fd);
        }
        let timeout =
            if open.nonblocking && !matches!(sys, Sys::Close { .. }) { Some(Micros::ZERO) } else { timeout };
        self.submit(ticket, sys, open.kind, op, timeout);
        Ok(())
    }

    fn submit(&mut self, ticket: Ticket, sys: &Sys, kind: SocketKind, op: Op, timeout: Option<Micros>) {
        self.next_call += 1;
        let id = CallId(self.next_call);
        self.calls.insert(id, Waiting { ticket, sys: sys.clone(), kind });
        let mut turn = Turn::default();
        self.host.submit(self.now, Call { id, host: HostId(0), timeout, op }, &mut turn);
        self.absorb(turn);
    }

    fn fd(&self, sys: &Sys) -> Option<Fd> {
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
            Sys::Socket { .. } | Sys::Poll { .. } => None,
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
            Sys::SetOption { fd, name, value: Setsockopt::Time(micros) } => {
                let timeout = (*micros > 0).then_some(Micros(*micros));
                match name.as_str() {
                    "SO_RCVTIMEO" | "SO_RCVTIMEO_OLD" => {
                        self.change(*fd, |open| open.receive_timeout = timeout)
                    }
                    "SO_SNDTIMEO" | "SO_SNDTIMEO_OLD" => self.change(*fd, |open| open.send_timeout = timeout),
                    _ => return Err(format!("the option {name} with a time")),
                }
                value(0)
            }
            Sys::SetOption { fd, name, value: Setsockopt::Number(number) } if name == "TCP_INQ" => {
                if *number == 0 || *number == 1 {
                    self.change(*fd, |open| open.tells_left = *number == 1);
                    value(0)
                } else {
                    Err(Errno::EINVAL)
                }
            }
            Sys::GetOption { name, .. } if name == "TCP_INQ" => {
                let option = Some(Setsockopt::Number(open.tells_left.into()));
                Ok(Got { option, ..Got::default() })
            }
            Sys::GetOption { name, .. } if name == "SO_RCVTIMEO" || name == "SO_SNDTIMEO" => {
                let timeout = if name == "SO_RCVTIMEO" { open.receive_timeout } else { open.send_timeout };
                let option = Some(Setsockopt::Time(timeout.unwrap_or(Micros::ZERO).0));
                Ok(Got { option, ..Got::default() })
            }
            _ => return Ok(false),
        };
        self.answer(ticket, result);
        Ok(true)
    }

    fn change(&mut self, fd: Fd, how: impl FnOnce(&mut Open)) {
        if let Some(open) = self.open.get_mut(&fd) {
            how(open);
        }
    }

    /// The lowest free number; 0, 1 and 2 are taken, as in every program.
    fn lowest_free(&self) -> Fd {
        (3..).map(Fd).find(|fd| !self.open.contains_key(fd)).unwrap_or(Fd(i32::MAX))
    }

    pub(super) fn host_returned(&mut self, call: CallId, outcome: Outcome) {
        let Some(waiting) = self.calls.remove(&call) else { return };
        let result = match outcome {
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
                self.open.insert(
                    fd,
                    Open {
                        socket,
                        kind,
                        nonblocking,
                        receive_timeout: None,
                        send_timeout: None,
                        tells_left: false,
                    },
                );
                got.value = fd.0.into();
                if let Value::Accepted { peer, .. } = value {
                    got.address = Some(peer.0);
                }
            }
            Value::Sent { sent } => got.value = sent as i64,
            Value::Data { bytes, .. } => {
                got.value = bytes as i64;
                got.left = self.left(&waiting.sys);
            }
            Value::Datagram { bytes, from, .. } => {
                got.value = bytes as i64;
                got.address = Some(from.0);
            }
            Value::Address { address } => got.address = Some(address.0),
            Value::Option { value } => {
                got.option = Some(match value {
                    OptionValue::Number(number) => Setsockopt::Number(number.into()),
                    OptionValue::Linger { on, seconds } => {
                        Setsockopt::Linger { on: on.into(), seconds: seconds.into() }
                    }
                    OptionValue::Text(text) => Setsockopt::Text(text),
                });
            }
            Value::Addresses { .. } | Value::Name { .. } | Value::Done {} => {}
        }
        got
    }
}

fn option_named(name: &str) -> Result<OptionName, String> {
    OptionName::from_constant(name).ok_or_else(|| format!("the option {name}"))
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
        Sys::Send { length, flags, to, .. } => {
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
            let data = Bytes::from(vec![0; *length as usize]);
            match to.filter(|_| !is_stream) {
                Some(to) => (Op::SendTo { socket, address: to.into(), flags, data }, open.send_timeout),
                None => (Op::Send { socket, flags, data }, open.send_timeout),
            }
        }
        Sys::Recv { max, flags, .. } => {
            if flags & MSG_TRUNC != 0 && (!is_stream || flags & MSG_PEEK != 0) {
                return Err("MSG_TRUNC on datagrams, or with MSG_PEEK".into());
            }
            let known = [
                (MSG_PEEK, MsgFlag::Peek),
                (MSG_WAITALL, MsgFlag::WaitAll),
                (MSG_OOB, MsgFlag::Oob),
                (MSG_DONTWAIT, MsgFlag::DontWait),
            ];
            let (max, flags) = (*max, message_flags(*flags, &known));
            let op =
                if is_stream { Op::Recv { socket, max, flags } } else { Op::RecvFrom { socket, max, flags } };
            (op, open.receive_timeout)
        }
        Sys::Socket { .. }
        | Sys::Poll { .. }
        | Sys::Flags { .. }
        | Sys::SetFlags { .. }
        | Sys::Queued { .. } => {
            return Err("a call that needs no host".into());
        }
    })
}

fn message_flags(flags: i64, known: &[(i64, MsgFlag)]) -> BTreeSet<MsgFlag> {
    known.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, flag)| *flag).collect()
}
