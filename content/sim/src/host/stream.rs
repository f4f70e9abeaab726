//! send and recv on a stream: how much is taken or given at once, what waits, and which error the program learns when.

use super::calls::Step;
use super::socket::{Progress, Role};
use super::{Host, Turn};
use crate::tcp::{Gathered, SendFlags};
use bytes::Bytes;
use sockets::{Errno, Instant, MsgFlag, SocketId, Value};
use std::collections::BTreeSet;

impl Host {
    /// send(2). Comes back when all of the data was taken; or, if it may not wait or is broken off, with how much was.
    pub(super) fn send(
        &mut self,
        id: SocketId,
        flags: &BTreeSet<MsgFlag>,
        data: &Bytes,
        (progress, blocking): (&mut Progress, bool),
        now: Instant,
        turn: &mut Turn,
    ) -> Step {
        let Some(socket) = self.sockets.get_mut(&id) else { return Step::failed(Errno::EBADF) };
        let mut sent = if let Progress::Sent(sent) = *progress { sent } else { 0 };
        if sent == 0
            && let Some(errno) = socket.error.take()
        {
            return Step::failed(errno);
        }
        let Role::Connection(connected) = &socket.role else { return Step::failed(Errno::EPIPE) };
        let established = connected.machine.was_established();
        let flags = SendFlags {
            more: flags.contains(&MsgFlag::More),
            eor: flags.contains(&MsgFlag::Eor),
            oob: flags.contains(&MsgFlag::Oob),
        };
        let rest = data.slice(sent..);
        let taken = self.machine(id, now, turn, |machine, turning| {
            let taken = machine.send(&rest, flags, turning);
            if taken.is_ok_and(|taken| 0 < taken && taken < rest.len()) {
                machine.push(turning);
            }
            taken
        });
        match taken.unwrap_or(Err(Errno::EPIPE)) {
            Ok(taken) => {
                sent += taken;
                let all = sent >= data.len() && (established || !data.is_empty());
                if all || sent > 0 && !blocking {
                    return Step::Done(Ok(Value::Sent { sent }));
                }
                *progress = Progress::Sent(sent);
                Step::Wait
            }
            // What went out counts. The next call must still meet the error; EPIPE comes again by itself.
            Err(errno) if sent > 0 => {
                if errno != Errno::EPIPE
                    && let Some(socket) = self.sockets.get_mut(&id)
                {
                    socket.error = Some(errno);
                }
                Step::Done(Ok(Value::Sent { sent }))
            }
            Err(errno) => Step::failed(errno),
        }
    }

    /// recv(2), and recvfrom(2) on a stream.
    pub(super) fn receive_stream(
        &mut self,
        id: SocketId,
        max: u32,
        flags: &BTreeSet<MsgFlag>,
        (progress, blocking): (&mut Progress, bool),
        now: Instant,
        turn: &mut Turn,
    ) -> Step {
        let has = |flag| flags.contains(&flag);
        let (peek, all) = (has(MsgFlag::Peek), has(MsgFlag::WaitAll));
        let Some(socket) = self.sockets.get_mut(&id) else { return Step::failed(Errno::EBADF) };
        let mut gathered = match core::mem::replace(progress, Progress::Fresh) {
            Progress::Received(gathered) => gathered,
            _ => Gathered::default(),
        };
        if gathered.octets() == 0
            && let Some(errno) = socket.error.take()
        {
            return Step::failed(errno);
        }
        let connected = match &mut socket.role {
            Role::Connection(connected) => connected,
            Role::Fresh(_) if has(MsgFlag::Oob) => return Step::failed(Errno::EINVAL),
            _ => return Step::failed(Errno::ENOTCONN),
        };
        if has(MsgFlag::Oob) {
            return match connected.machine.recv_urgent(peek) {
                Ok(Some(octet)) if max > 0 => Step::Done(Ok(Value::data(Bytes::copy_from_slice(&[octet])))),
                Ok(Some(_)) => Step::Done(Ok(Value::data(Bytes::new()))),
                Ok(None) => Step::failed(Errno::EAGAIN),
                Err(errno) => Step::failed(errno),
            };
        }
        // How much must be there before any is taken (sock_rcvlowat). What is peeked at stays in the queue, so that it cannot be
        // gathered bit by bit; who may not wait takes what is there.
        let least = match (blocking, all, peek) {
            (false, ..) | (_, true, false) => 1,
            (_, true, true) => max,
            (_, false, _) => max.min(connected.machine.settings().receive_low_at),
        };
        let gathers = all && !peek;
        loop {
            let Some(Role::Connection(connected)) = self.sockets.get(&id).map(|socket| &socket.role) else {
                return Step::failed(Errno::EBADF);
            };
            let got = gathered.octets();
            let ready = connected.machine.readiness();
            let at_an_end = ready.read_hang_up || ready.hang_up || ready.error || ready.priority;
            let unread = connected.machine.unread();
            if unread < least.max(1) && !at_an_end {
                return wait(progress, gathered, blocking);
            }
            if got > 0 && unread == 0 && ready.error {
                // What came counts; the next call meets the error.
                return data(gathered);
            }
            let room = max as usize - got;
            let answer = self
                .machine(id, now, turn, |machine, turning| machine.recv(room, peek, &mut gathered, turning));
            match answer.unwrap_or(Err(Errno::ENOTCONN)) {
                Ok(None) => return wait(progress, gathered, blocking),
                Ok(Some(octets)) => {
                    let ended = octets == 0;
                    let enough = got + octets >= max as usize;
                    // Where data is left, the machine stopped at the urgent mark, and so does the call.
                    let more = gathers && !ended && !enough && !self.has_some(id);
                    if !more {
                        return data(gathered);
                    }
                }
                Err(errno) if got > 0 => {
                    if let Some(socket) = self.sockets.get_mut(&id) {
                        socket.error = Some(errno);
                    }
                    return data(gathered);
                }
                Err(errno) => return Step::failed(errno),
            }
        }
    }
}

fn data(gathered: Gathered) -> Step {
    Step::Done(Ok(Value::data(gathered.join())))
}

/// Nothing (more) is there. Who may not wait gets what there was.
fn wait(progress: &mut Progress, gathered: Gathered, blocking: bool) -> Step {
    if gathered.octets() == 0 {
        return Step::Wait;
    }
    if !blocking {
        return data(gathered);
    }
    *progress = Progress::Received(gathered);
    Step::Wait
}
