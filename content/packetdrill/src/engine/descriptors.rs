//! Descriptors that are no sockets: epoll instances, pipes, files; and what moves octets between them and sockets.
//!
//! Contents are of no interest: a pipe is a count of octets, a file a length.

use super::calls::message_flags;
use super::epolls::Epoll;
use super::{Engine, Open};
use crate::constants::{MSG_MORE, SPLICE_F_MORE, SPLICE_F_NONBLOCK};
use crate::machine::{Fd, Got, Sys, Ticket};
use bytes::Bytes;
use sockets::{Errno, Micros, MsgFlag, Op, SocketKind};
use std::collections::BTreeSet;

/// What a pipe holds, in octets (pipe(7)).
const PIPE: u32 = 65_536;

/// A descriptor that is no socket.
#[derive(Clone, Debug)]
pub(super) enum Other {
    Epoll(Epoll),
    /// The end of a pipe that reads, or writes.
    Pipe {
        pipe: usize,
        reads: bool,
        nonblocking: bool,
    },
    /// An open file: how long it is, `None` without an end, and where it is read. It may be longer than is known.
    File {
        length: Option<u32>,
        at: u32,
        may_be_longer: bool,
    },
}

/// The files that every machine has: how long they are, and whether they may be longer than is known.
fn length_of(path: &str) -> Result<(Option<u32>, bool), String> {
    let is_program = path == "/proc/self/exe" || path.starts_with("/bin/") || path.starts_with("/usr/bin/");
    match path {
        "/dev/zero" | "/dev/urandom" | "/dev/random" => Ok((None, false)),
        "/dev/null" => Ok((Some(0), false)),
        _ if is_program => Ok((Some(KNOWN_OF_A_PROGRAM), true)),
        _ => Err(format!(
            "the file “{path}”: there are /dev/zero, /dev/urandom, /dev/null, programs, and what dd and truncate made"
        )),
    }
}

/// Every program is longer than that, in octets; how much is not known.
const KNOWN_OF_A_PROGRAM: u32 = 16_384;

impl Engine {
    /// Does a call that is of no socket, or of more than one descriptor; whether it was such a call.
    pub(super) fn of_another_kind(&mut self, ticket: Ticket, sys: &Sys) -> Result<bool, String> {
        let result = match sys {
            Sys::Poll { fds, timeout } => {
                if fds.iter().any(|(fd, _)| self.others.contains_key(fd)) {
                    return Err("poll() on a descriptor that is no socket".into());
                }
                self.poll(ticket, fds, *timeout);
                return Ok(true);
            }
            Sys::EpollWait { epoll, most, timeout } => match self.others.get(epoll) {
                Some(Other::Epoll(_)) => {
                    self.epoll_wait(ticket, *epoll, *most, *timeout);
                    return Ok(true);
                }
                _ => Err(self.not_of_kind(*epoll)),
            },
            Sys::EpollControl { epoll, action, fd, events, data } => match self.others.get(epoll) {
                Some(Other::Epoll(_)) => {
                    self.epoll_control(*epoll, *action, *fd, *events, *data).map(|()| Got::default())
                }
                _ => Err(self.not_of_kind(*epoll)),
            },
            Sys::EpollCreate => Ok(self.made(Other::Epoll(Epoll::default()))),
            Sys::Pipe => {
                self.pipes.push(0);
                let pipe = self.pipes.len() - 1;
                let ends = [true, false].map(|reads| {
                    let made = self.made(Other::Pipe { pipe, reads, nonblocking: false });
                    Fd(made.value as i32)
                });
                Ok(Got { pipe: Some((ends[0], ends[1])), ..Got::default() })
            }
            Sys::Open { path } => {
                let (length, may_be_longer) = match self.files.get(path) {
                    Some(length) => (Some(*length), false),
                    None => length_of(path)?,
                };
                Ok(self.made(Other::File { length, at: 0, may_be_longer }))
            }
            Sys::Refused { fd: None, errno } => Err(*errno),
            Sys::SendFile { to, from, offset, count } => {
                return self.send_file(ticket, sys, (*to, *from), *offset, *count).map(|()| true);
            }
            Sys::Splice { from, to, length, flags } => {
                return self.splice(ticket, sys, (*from, *to), *length, *flags).map(|()| true);
            }
            _ => match self.fd(sys).and_then(|fd| Some((fd, self.others.get(&fd)?.clone()))) {
                Some((fd, other)) => self.on_other(fd, other, sys)?,
                None => return Ok(false),
            },
        };
        self.answer(ticket, result);
        Ok(true)
    }

    /// A new descriptor.
    fn made(&mut self, other: Other) -> Got {
        let fd = self.lowest_free();
        self.others.insert(fd, other);
        Got { value: fd.0.into(), ..Got::default() }
    }

    /// EINVAL for an open descriptor of another kind, EBADF for a closed one.
    fn not_of_kind(&self, fd: Fd) -> Errno {
        if self.open.contains_key(&fd) || self.others.contains_key(&fd) {
            Errno::EINVAL
        } else {
            Errno::EBADF
        }
    }

    /// A call on what is no socket.
    fn on_other(&mut self, fd: Fd, other: Other, sys: &Sys) -> Result<Result<Got, Errno>, String> {
        let value = |value: u32| Ok(Ok(Got { value: value.into(), ..Got::default() }));
        match (sys, other) {
            (Sys::Close { .. }, _) => {
                self.others.remove(&fd);
                self.released(fd);
                self.forget(fd);
                value(0)
            }
            (Sys::SetFlags { nonblocking: wanted, .. }, Other::Pipe { .. }) => {
                if let Some(Other::Pipe { nonblocking, .. }) = self.others.get_mut(&fd) {
                    *nonblocking = *wanted;
                }
                value(0)
            }
            (Sys::Send { length, .. }, Other::Pipe { pipe, reads: false, .. }) => {
                match (PIPE - self.pipes[pipe]).min(*length) {
                    0 if *length > 0 => self.would_block(fd, "a write to a full pipe"),
                    taken => {
                        self.pipes[pipe] += taken;
                        value(taken)
                    }
                }
            }
            (Sys::Recv { max, .. }, Other::Pipe { pipe, reads: true, .. }) => {
                match self.pipes[pipe].min(*max) {
                    0 if *max > 0 => self.would_block(fd, "a read of an empty pipe"),
                    taken => {
                        self.pipes[pipe] -= taken;
                        value(taken)
                    }
                }
            }
            (Sys::Send { .. } | Sys::Recv { .. }, Other::Pipe { .. }) => Ok(Err(Errno::EBADF)),
            (Sys::Recv { max, .. }, Other::File { length, at, .. }) => {
                let taken = length.map_or(*max, |length| length.saturating_sub(at).min(*max));
                self.read_on(fd, taken);
                value(taken)
            }
            (Sys::Send { .. }, Other::File { .. }) => Ok(Err(Errno::EBADF)),
            (Sys::Refused { errno, .. }, _) => Ok(Err(*errno)),
            (Sys::Flags { .. } | Sys::SetFlags { .. } | Sys::Queued { .. }, _) => {
                Err("this call on a descriptor that is no socket".into())
            }
            _ => Ok(Err(Errno::ENOTSOCK)),
        }
    }

    fn read_on(&mut self, fd: Fd, octets: u32) {
        if let Some(Other::File { at, .. }) = self.others.get_mut(&fd) {
            *at = at.saturating_add(octets);
        }
    }

    /// EAGAIN, where the descriptor does not wait.
    fn would_block(&self, fd: Fd, what: &str) -> Result<Result<Got, Errno>, String> {
        match self.others.get(&fd) {
            Some(Other::Pipe { nonblocking: true, .. }) => Ok(Err(Errno::EAGAIN)),
            _ => Err(format!("{what}, which would wait for ever")),
        }
    }

    /// sendfile(2), from a file into a socket.
    fn send_file(
        &mut self,
        ticket: Ticket,
        sys: &Sys,
        (to, from): (Fd, Fd),
        offset: Option<u32>,
        count: u32,
    ) -> Result<(), String> {
        let (length, at, may_be_longer) = match self.others.get(&from) {
            Some(Other::File { length, at, may_be_longer }) => {
                (*length, offset.unwrap_or(*at), *may_be_longer)
            }
            Some(_) => return Err("sendfile() from anything but a file".into()),
            None if self.open.contains_key(&from) => return Err("sendfile() from a socket".into()),
            None => {
                self.answer(ticket, Err(Errno::EBADF));
                return Ok(());
            }
        };
        let left = length.map_or(u32::MAX, |length| length.saturating_sub(at));
        if may_be_longer && count > left {
            return Err(format!("more than the first {KNOWN_OF_A_PROGRAM} octets of a program"));
        }
        let count = count.min(left);
        match self.open.get(&to).copied() {
            Some(_) if count == 0 => self.answer(ticket, Ok(Got::default())),
            Some(open) => self.send_octets(ticket, sys, open, count, 0, false)?,
            None if self.others.contains_key(&to) => {
                return Err("sendfile() into anything but a socket".into());
            }
            None => self.answer(ticket, Err(Errno::EBADF)),
        }
        Ok(())
    }

    /// splice(2): between a pipe and a socket, a file or another pipe.
    fn splice(
        &mut self,
        ticket: Ticket,
        sys: &Sys,
        (from, to): (Fd, Fd),
        length: u32,
        flags: i64,
    ) -> Result<(), String> {
        enum End {
            Socket(Open),
            Pipe(usize),
            File(Option<u32>),
        }
        let end = |fd: Fd, reads: bool| match (self.open.get(&fd), self.others.get(&fd)) {
            (Some(open), _) => Ok(End::Socket(*open)),
            (_, Some(Other::Pipe { pipe, reads: does, .. })) if *does == reads => Ok(End::Pipe(*pipe)),
            (_, Some(Other::File { length, at, .. })) if reads => {
                Ok(End::File(length.map(|length| length.saturating_sub(*at))))
            }
            (_, Some(Other::Epoll(_))) => Err(Errno::EINVAL),
            _ => Err(Errno::EBADF),
        };
        let waits = flags & SPLICE_F_NONBLOCK == 0;
        let nothing = |engine: &mut Engine, what: &str| {
            if waits {
                return Err(format!("splice() with {what}, which would wait for ever"));
            }
            engine.answer(ticket, Err(Errno::EAGAIN));
            Ok(())
        };
        let ends = end(from, true).and_then(|from| Ok((from, end(to, false)?)));
        if length == 0 {
            self.answer(ticket, Ok(Got::default()));
            return Ok(());
        }
        match ends {
            Err(errno) => self.answer(ticket, Err(errno)),
            Ok((End::Socket(open), End::Pipe(pipe))) => {
                let room = PIPE - self.pipes[pipe];
                if room == 0 {
                    return nothing(self, "a full pipe");
                }
                let socket = open.socket;
                let flags = if waits { BTreeSet::new() } else { [MsgFlag::DontWait].into() };
                let op = Op::Recv { socket, max: length.min(room), flags };
                let timeout = if open.nonblocking { Some(Micros::ZERO) } else { open.receive_timeout };
                self.submit(ticket, sys, open.kind, op, timeout);
            }
            Ok((End::Pipe(pipe), End::Socket(open))) => {
                let count = self.pipes[pipe].min(length);
                if count == 0 {
                    return nothing(self, "an empty pipe");
                }
                let more = if flags & SPLICE_F_MORE != 0 { MSG_MORE } else { 0 };
                self.send_octets(ticket, sys, open, count, more, !waits)?;
            }
            Ok((End::Pipe(one), End::Pipe(other))) if one != other => {
                let count = self.pipes[one].min(length).min(PIPE - self.pipes[other]);
                if count == 0 {
                    return nothing(self, "an empty or a full pipe");
                }
                self.pipes[one] -= count;
                self.pipes[other] += count;
                self.answer(ticket, Ok(Got { value: count.into(), ..Got::default() }));
            }
            Ok((End::File(left), End::Pipe(pipe))) => {
                if left.is_some_and(|left| left < length && left > 0) {
                    return Err("splice() to the end of a file".into());
                }
                let room = PIPE - self.pipes[pipe];
                let count = left.map_or(length, |left| left.min(length)).min(room);
                if room == 0 {
                    return nothing(self, "a full pipe");
                }
                self.pipes[pipe] += count;
                self.read_on(from, count);
                self.answer(ticket, Ok(Got { value: count.into(), ..Got::default() }));
            }
            Ok(_) => self.answer(ticket, Err(Errno::EINVAL)),
        }
        Ok(())
    }

    fn send_octets(
        &mut self,
        ticket: Ticket,
        sys: &Sys,
        open: Open,
        count: u32,
        flags: i64,
        at_once: bool,
    ) -> Result<(), String> {
        if open.kind != SocketKind::Stream {
            return Err("sendfile() or splice() into a datagram socket".into());
        }
        self.room_for(count)?;
        if count > super::calls::MOST_SENT {
            return Err(format!("sending {count} octets at once"));
        }
        let flags = message_flags(flags, &[(MSG_MORE, MsgFlag::More)]);
        let op = Op::Send { socket: open.socket, flags, data: Bytes::from(vec![0; count as usize]) };
        let timeout = if open.nonblocking || at_once { Some(Micros::ZERO) } else { open.send_timeout };
        self.submit(ticket, sys, open.kind, op, timeout);
        Ok(())
    }

    /// A call moved so many octets: pipes and files go on by as many.
    pub(super) fn moved(&mut self, sys: &Sys, octets: u32) {
        match *sys {
            Sys::Splice { from, to, .. } => {
                if let Some(Other::Pipe { pipe, .. }) = self.others.get(&from) {
                    let held = &mut self.pipes[*pipe];
                    *held = held.saturating_sub(octets);
                } else if let Some(Other::Pipe { pipe, .. }) = self.others.get(&to) {
                    self.pipes[*pipe] += octets;
                }
            }
            Sys::SendFile { from, offset: None, .. } => self.read_on(from, octets),
            _ => {}
        }
    }
}
