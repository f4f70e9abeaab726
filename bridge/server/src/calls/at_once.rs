//! Calls that the kernel answers on the spot, and the few that are worked on apart from any socket's lane: getaddrinfo,
//! getnameinfo, and a close that lingers.

use super::sharing;
use super::{Apart, Calls, Query};
use crate::attempt::{self, Around};
use crate::socket::{Side, Waiting};
use socket2::Socket;
use sockets::{
    Access, CallId, Errno, Failure, Micros, Op, OptionName, OptionValue, Outcome, Shape, SocketId,
    SocketKind, Value,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Closes of one session that may linger at a time; each holds a thread. Further ones do not linger.
const LINGERING: usize = 16;

impl Calls {
    /// Calls that do not wait for a socket. `None` if the answer comes later.
    pub(super) fn at_once(
        &mut self,
        id: CallId,
        began: Instant,
        timeout: Option<Micros>,
        op: &Op,
    ) -> Option<(Outcome, Option<String>)> {
        let setting = self.setting.clone();
        let io =
            |result: std::io::Result<Value>| Some((result.map_err(|error| attempt::failed(&error)), None));
        if let Op::Shutdown { socket, .. } = op {
            // A handshake may have ended just now: who waits for it learns that before the shutdown changes it.
            self.go_on_with(*socket, Side::Write);
        }
        match op {
            Op::Socket { family, kind } => {
                if self.sockets.len() >= setting.max_sockets {
                    return Some((Err(Errno::EMFILE.into()), Some(self.too_many_sockets())));
                }
                return io(attempt::make(*family, *kind)
                    .map(|socket| Value::Socket { socket: self.adopt(socket, *family, *kind) }));
            }
            Op::GetHostName {} => return Some((Ok(Value::Name { name: setting.host_name.clone() }), None)),
            Op::Cancel { target } => {
                self.give_up(*target, Errno::EINTR.into());
                return Some((Ok(Value::Done {}), None));
            }
            Op::GetAddrInfo { host, port, family, kind } => {
                return self.get_addr_info(id, began, timeout, host, (*port, *family, *kind)).map(
                    |outcome| {
                        let busy = outcome == Err(Errno::EBUSY.into());
                        (outcome, busy.then(|| self.too_busy()))
                    },
                );
            }
            Op::GetNameInfo { address } => {
                return self.get_name_info(id, began, timeout, address.0.ip()).map(|failure| {
                    let busy = failure == Errno::EBUSY.into();
                    (Err(failure), busy.then(|| self.too_busy()))
                });
            }
            Op::Close { socket } => {
                return self.close(id, began, timeout, *socket).map(|outcome| (outcome, None));
            }
            _ => {}
        }
        let Some(entry) = op.socket().and_then(|socket| self.sockets.get_mut(&socket)) else {
            return Some((Err(Errno::EBADF.into()), None));
        };
        let mut around = Around::new(&setting, &mut self.own);
        match op {
            Op::Listen { backlog, .. } => {
                let mut around = Around::new(&setting, &mut self.own);
                Some(attempt::listen(entry, *backlog, &mut around))
            }
            Op::Shutdown { how, .. } => {
                let how = match how {
                    sockets::Direction::Read => std::net::Shutdown::Read,
                    sockets::Direction::Write => std::net::Shutdown::Write,
                    sockets::Direction::Both => std::net::Shutdown::Both,
                };
                Some((attempt::shut_down(entry, how, &mut around), None))
            }
            Op::SetSockOpt { option, value, .. } => {
                let row = option.row();
                if !value.fits(row.shape) {
                    let why = format!("{option} does not take {}: {}", given(value), wanted(row.shape));
                    return Some((Err(Failure::Protocol(why)), None));
                }
                if row.access == Access::ReadOnly {
                    return Some((Err(Errno::ENOPROTOOPT.into()), None));
                }
                // To reach all of a network at once takes leave to reach any of it.
                let aloud = *option == OptionName::Broadcast && !setting.rules.lan;
                if (aloud || sharing::is_wish(entry.kind, *option))
                    && let (OptionValue::Number(number), Some(id)) = (value, op.socket())
                {
                    return io(self.wish(id, *option, *number != 0).map(|()| Value::Done {}));
                }
                let result = entry.with(|socket| crate::os::set_option(socket, *option, value));
                if *option == OptionName::RcvLowAt {
                    entry.note_low_mark();
                    entry.wake(Side::Read);
                }
                io(result.map(|()| Value::Done {}))
            }
            Op::GetSockOpt { option: OptionName::Error, .. } if entry.owed.is_some() => {
                let number = entry.owed.take().map_or(0, |error| crate::os::errno(&error).number());
                Some((Ok(Value::Option { value: OptionValue::Number(number) }), None))
            }
            Op::GetSockOpt { option, .. } if entry.wishes.contains(option) => {
                Some((Ok(Value::Option { value: OptionValue::Number(1) }), None))
            }
            Op::GetSockOpt { option, .. } => io(entry
                .with(|socket| crate::os::get_option(socket, *option))
                .map(|value| Value::Option { value })),
            Op::GetSockName { .. } => {
                io(entry.with(Socket::local_addr).and_then(|address| address_value(&address)))
            }
            Op::GetPeerName { .. } => {
                io(entry.with(Socket::peer_addr).and_then(|address| address_value(&address)))
            }
            _ => Some((Err(Failure::Protocol("the bridge does not know this call".into())), None)),
        }
    }

    fn close(
        &mut self,
        id: CallId,
        began: Instant,
        timeout: Option<Micros>,
        socket: SocketId,
    ) -> Option<Outcome> {
        let Some(mut entry) = self.sockets.remove(&socket) else { return Some(Err(Errno::EBADF.into())) };
        if let Some(bound) = entry.bound {
            self.own.remove(bound);
        }
        let waiting: Vec<Waiting> =
            [Side::Read, Side::Write].into_iter().flat_map(|side| std::mem::take(entry.lane(side))).collect();
        for waiting in waiting {
            self.left(&waiting);
            self.answer(waiting.id, waiting.began, Err(Errno::EBADF.into()), None);
        }
        self.polls_closed(std::mem::take(&mut entry.polls));
        let mut lingers = entry.kind == SocketKind::Stream
            && entry.with(Socket::linger).is_ok_and(|linger| linger.is_some_and(|time| !time.is_zero()));
        if lingers && (self.lingering >= LINGERING || timeout == Some(Micros::ZERO)) {
            // The kernel then sends the rest in the background, as without SO_LINGER. Linux's close would linger even on a socket
            // that does not block; but a time-out of zero is a wish of this very call, and it is done: the socket is closed.
            lingers = entry.with(|socket| socket.set_linger(None)).is_err();
        }
        let addresses = [Socket::local_addr, Socket::peer_addr];
        let addresses = addresses.map(|get| entry.with(get).ok().and_then(|address| address.as_socket()));
        let connection = match addresses {
            [Some(local), Some(peer)] => Some((local, peer)),
            _ => entry.connection,
        };
        if let (SocketKind::Stream, Some((local, peer))) = (entry.kind, connection) {
            self.orphans.add(socket, local, peer, &mut self.out);
        }
        let socket = entry.into_socket();
        if !lingers {
            return Some(Ok(Value::Done {}));
        }
        // Linux's close waits for SO_LINGER's time even on a descriptor that never blocks. Nobody else shall wait with it.
        let shared = Arc::new(Mutex::new(socket));
        let closes = shared.clone();
        let close = move || drop(closes.lock().unwrap_or_else(PoisonError::into_inner).take());
        let Ok(closed) = self.setting.threads.run(close) else {
            // Without a thread it cannot linger.
            let socket = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
            let _ = socket.map(|socket| socket.set_linger(None));
            return Some(Ok(Value::Done {}));
        };
        let number = self.set_apart(id, Query { id, began, ask: None });
        self.lingering += 1;
        self.until(id, timeout);
        self.apart.push(Box::pin(async move {
            let _ = closed.await;
            (number, Apart::Closed)
        }));
        None
    }
}

/// What an option takes, in words.
fn wanted(shape: Shape) -> String {
    match shape {
        Shape::Flag => "it is a flag, 0 or 1".into(),
        Shape::Number { least, most: i32::MAX, unit } => {
            format!("it is a whole number ({unit}), {least} or more")
        }
        Shape::Number { least, most, unit } => {
            format!("it is a whole number ({unit}) from {least} to {most}")
        }
        Shape::Linger => r#"it is on or off and a time, as in {"on": true, "seconds": 5}"#.into(),
        Shape::Text => r#"it is a text, as in "cubic""#.into(),
        Shape::Octets => r#"it is octets, as in {"hex": "0700"}"#.into(),
    }
}

/// What it was given, in words.
fn given(value: &OptionValue) -> String {
    match value {
        OptionValue::Number(number) => format!("the number {number}"),
        OptionValue::Linger { .. } => "a linger time".into(),
        OptionValue::Text(text) => format!("the text “{text}”"),
        OptionValue::Octets(octets) => format!("{} octets", octets.len()),
    }
}

fn address_value(address: &socket2::SockAddr) -> std::io::Result<Value> {
    match attempt::shown(address) {
        Some(address) => Ok(Value::Address { address }),
        None => Err(std::io::ErrorKind::Unsupported.into()),
    }
}
