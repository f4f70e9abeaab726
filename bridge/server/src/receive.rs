//! recv and recvfrom: what is there, and how much must be there before a call that waits is content.

use crate::attempt::{Step, done, owe, shown, would_block};
use crate::os;
use crate::socket::{Entry, Progress, Side};
use protocol::{MAX_PAYLOAD, PayloadBuffer};
use sockets::{MsgFlag, Op, SocketKind};
use std::collections::BTreeSet;
use std::io::ErrorKind;

/// Whether a call asks a stream for its urgent octet. No system waits for that; for datagrams MSG_OOB means nothing.
pub fn is_urgent(kind: SocketKind, op: &Op) -> bool {
    let (Op::Recv { flags, .. } | Op::RecvFrom { flags, .. }) = op else { return false };
    kind == SocketKind::Stream && flags.contains(&MsgFlag::Oob)
}

/// Octets that must be there before a call that waits takes any, as in Linux's sock_rcvlowat: MSG_WAITALL wants all, and what is
/// peeked at stays in the queue, so that it cannot be gathered bit by bit; else SO_RCVLOWAT counts. The end of the stream, an
/// error and urgent data end the waiting too: see [`os::has`].
pub fn least(entry: &Entry, op: &Op) -> usize {
    let (Op::Recv { max, flags, .. } | Op::RecvFrom { max, flags, .. }) = op else { return 1 };
    wanted(entry, (*max as usize).min(MAX_PAYLOAD), flags)
}

fn wanted(entry: &Entry, max: usize, flags: &BTreeSet<MsgFlag>) -> usize {
    if entry.kind == SocketKind::Datagram || flags.contains(&MsgFlag::Oob) {
        return 1;
    }
    match (flags.contains(&MsgFlag::WaitAll), flags.contains(&MsgFlag::Peek)) {
        (true, true) => max,
        (true, false) => 1,
        (false, _) => max.min(entry.low_mark),
    }
}

/// recv, and recvfrom on a stream. A call that may not wait answers what is there, MSG_WAITALL or not: what was taken from the
/// kernel must reach the page.
pub fn receive(
    entry: &mut Entry,
    max: u32,
    flags: &BTreeSet<MsgFlag>,
    progress: &mut Progress,
    blocking: bool,
) -> Step {
    let max = (max as usize).min(MAX_PAYLOAD);
    let gathers = entry.kind == SocketKind::Stream
        && flags.contains(&MsgFlag::WaitAll)
        && !flags.contains(&MsgFlag::Peek)
        && !flags.contains(&MsgFlag::Oob);
    let least = if blocking { wanted(entry, max, flags) } else { 1 };
    let mut buffer = match std::mem::replace(progress, Progress::Fresh) {
        Progress::Received(buffer) => buffer,
        _ => PayloadBuffer::new(max),
    };
    let numbers = os::message_flags(flags);
    loop {
        let before = buffer.len();
        let result = entry.attempt(Side::Read, |socket| match os::has(socket, least) {
            true => os::receive(socket, &mut buffer.space(), numbers),
            false => Err(ErrorKind::WouldBlock.into()),
        });
        match result {
            Ok(_) if gathers && buffer.len() > before && buffer.len() < max => {}
            Ok(_) => return Step::Data(buffer, None),
            Err(error) if would_block(&error) && (blocking || buffer.is_empty()) => {
                if !buffer.is_empty() {
                    *progress = Progress::Received(buffer);
                }
                return Step::Wait;
            }
            Err(error) if !buffer.is_empty() => {
                owe(entry, error);
                return Step::Data(buffer, None);
            }
            Err(error) => return done(Err(error)),
        }
    }
}

/// recvfrom on a datagram socket. (A stream's octets have no sender's address, CPython shows None there: [`receive`] does it.)
pub fn receive_from(entry: &Entry, max: u32, flags: &BTreeSet<MsgFlag>) -> Step {
    let mut buffer = PayloadBuffer::new(max as usize);
    let numbers = os::message_flags(flags);
    match entry.attempt(Side::Read, |socket| os::receive_from(socket, &mut buffer.space(), numbers)) {
        Ok((from, whole)) => Step::Data(buffer, shown(&from).map(|from| (from, whole))),
        Err(error) if would_block(&error) => Step::Wait,
        Err(error) => done(Err(error)),
    }
}
