//! Programs' calls: those that are answered on the spot, and those that wait for a socket in one of its two lanes.
//!
//! ```text
//!   call --> tried at once --> Returned
//!               | would have to wait
//!               v
//!            lane of its socket --(segment, timer, other call, time over, cancel, close)--> Returned
//! ```

use super::socket::{Progress, Role, Side, Waiting};
use super::{Host, Turn, is_open};
use sockets::{
    Call, CallId, Errno, Event, Failure, Instant, Micros, MsgFlag, Op, Outcome, SocketId, SocketKind, Value,
};

/// Calls that may wait in one lane of a socket; one more gets EBUSY.
const LANE: usize = 1_024;

/// Where a call is that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Lane(SocketId, Side),
    /// It is a poll, and in no lane.
    Polls,
    /// It is the close of this socket, and lingers.
    Closing(SocketId),
}

/// What came of an attempt.
#[derive(Debug)]
pub(super) enum Step {
    /// It would have to wait.
    Wait,
    Done(Outcome),
}

impl Step {
    pub(super) fn failed(errno: Errno) -> Step {
        Step::Done(Err(errno.into()))
    }
}

impl From<Result<Value, Errno>> for Step {
    fn from(result: Result<Value, Errno>) -> Step {
        Step::Done(result.map_err(Failure::Errno))
    }
}

impl Host {
    pub(super) fn take_call(&mut self, now: Instant, call: Call, turn: &mut Turn) {
        let Call { id, timeout, op, .. } = call;
        if self.waiting.contains_key(&id) {
            // An answer with this number would be taken for the first one's.
            let why = format!("Call {id} is still pending: the second call of that number was not made.");
            turn.events.push(Event::Notice(why));
            return;
        }
        if let Op::Poll { watch } = op {
            return self.poll(id, watch, timeout, now, turn);
        }
        let (Some(socket), Some(side)) = (op.socket(), Side::of(op.kind())) else {
            return self.at_once(id, timeout, op, now, turn);
        };
        let Some(entry) = self.sockets.get(&socket).filter(|entry| is_open(entry)) else {
            return answer(id, now, now, Err(Errno::EBADF.into()), None, turn);
        };
        // No system waits for urgent data; for datagrams MSG_OOB means nothing.
        let urgent = entry.kind == SocketKind::Stream
            && matches!(&op, Op::Recv { flags, .. } | Op::RecvFrom { flags, .. } if flags.contains(&MsgFlag::Oob));
        let blocking = op.may_wait(timeout) && !urgent;
        let deadline = timeout.filter(|_| blocking).map(|timeout| now + timeout);
        let waiting = Waiting { id, op, began: now, deadline, blocking, progress: Progress::Fresh };
        self.enter(socket, side, waiting, now, turn);
        self.settle(socket, now, turn);
    }

    fn enter(&mut self, socket: SocketId, side: Side, mut waiting: Waiting, now: Instant, turn: &mut Turn) {
        let Some(entry) = self.sockets.get_mut(&socket) else { return };
        let queued = waiting.blocking && entry.lane(side).iter().any(|other| waiting.queues_behind(other));
        if !queued && let Some(outcome) = self.attempt(socket, &mut waiting, now, turn) {
            return self.returned(waiting.id, waiting.began, outcome, now, turn);
        }
        let Some(entry) = self.sockets.get_mut(&socket) else { return };
        let lane = entry.lane(side);
        if lane.len() >= LANE {
            let note = format!("The simulator's own limit: {LANE} calls wait on this socket already.");
            return answer(waiting.id, waiting.began, now, Err(Errno::EBUSY.into()), Some(note), turn);
        }
        self.waiting.insert(waiting.id, Place::Lane(socket, side));
        lane.push_back(waiting);
    }

    /// Tries a call; `None` if it has to wait.
    fn attempt(
        &mut self,
        id: SocketId,
        waiting: &mut Waiting,
        now: Instant,
        turn: &mut Turn,
    ) -> Option<Outcome> {
        let Some(socket) = self.sockets.get_mut(&id) else { return Some(Err(Errno::EBADF.into())) };
        let kind = socket.kind;
        let step = match (&waiting.op, kind) {
            (Op::Accept { .. }, _) => self.accept(id, turn),
            (Op::Connect { address, .. }, SocketKind::Stream) => {
                let step = match waiting.progress {
                    Progress::Connecting => self.connecting(id),
                    _ => self.connect(id, address, waiting.blocking, now, turn),
                };
                if matches!(step, Step::Wait) {
                    waiting.progress = Progress::Connecting;
                }
                step
            }
            (Op::Connect { address, .. }, SocketKind::Datagram) => self.connect_datagrams(id, address),
            (Op::Send { flags, data, .. }, SocketKind::Stream) => {
                self.send(id, flags, data, (&mut waiting.progress, waiting.blocking), now, turn)
            }
            (Op::SendTo { address, flags, data, .. }, SocketKind::Stream) => {
                // Linux does not look at the address; but a name in it was resolved before.
                match self.names.address(&address.host, socket.family) {
                    Err(failure) => Step::Done(Err(failure)),
                    Ok(_) => self.send(id, flags, data, (&mut waiting.progress, waiting.blocking), now, turn),
                }
            }
            (Op::Send { flags, data, .. }, SocketKind::Datagram) => {
                self.send_datagram(id, None, flags, data, now, turn)
            }
            (Op::SendTo { address, flags, data, .. }, SocketKind::Datagram) => {
                self.send_datagram(id, Some(address), flags, data, now, turn)
            }
            (Op::Recv { max, flags, .. } | Op::RecvFrom { max, flags, .. }, SocketKind::Stream) => {
                let how = (&mut waiting.progress, waiting.blocking);
                self.receive_stream(id, *max, flags, how, now, turn)
            }
            (Op::Recv { max, flags, .. }, SocketKind::Datagram) => {
                self.receive_datagram(id, *max, flags, false, waiting.blocking)
            }
            (Op::RecvFrom { max, flags, .. }, SocketKind::Datagram) => {
                self.receive_datagram(id, *max, flags, true, waiting.blocking)
            }
            _ => Step::failed(Errno::EOPNOTSUPP),
        };
        match step {
            Step::Done(outcome) => Some(outcome),
            Step::Wait if waiting.blocking => None,
            Step::Wait if matches!(waiting.op, Op::Connect { .. }) => Some(Err(Errno::EINPROGRESS.into())),
            Step::Wait => Some(Err(Errno::EAGAIN.into())),
        }
    }

    /// Lets a lane go on as far as it goes.
    pub(super) fn go_on(&mut self, id: SocketId, side: Side, now: Instant, turn: &mut Turn) {
        loop {
            let Some(socket) = self.sockets.get_mut(&id) else { return };
            let Some(mut waiting) = socket.lane(side).pop_front() else { return };
            match self.attempt(id, &mut waiting, now, turn) {
                Some(outcome) => {
                    self.waiting.remove(&waiting.id);
                    self.returned(waiting.id, waiting.began, outcome, now, turn);
                }
                None => {
                    if let Some(socket) = self.sockets.get_mut(&id) {
                        socket.lane(side).push_front(waiting);
                    }
                    return;
                }
            }
        }
    }

    /// Ends a call that waits from outside. What was done for it already is its answer, as after a signal.
    pub(super) fn give_up(&mut self, call: CallId, failure: Failure, now: Instant, turn: &mut Turn) {
        match self.waiting.remove(&call) {
            Some(Place::Lane(id, side)) => {
                let Some(socket) = self.sockets.get_mut(&id) else { return };
                let lane = socket.lane(side);
                let Some(at) = lane.iter().position(|waiting| waiting.id == call) else { return };
                let Some(mut waiting) = lane.remove(at) else { return };
                let outcome = match core::mem::replace(&mut waiting.progress, Progress::Fresh) {
                    Progress::Sent(sent) if sent > 0 => Ok(Value::Sent { sent }),
                    Progress::Received(gathered) => Ok(Value::data(gathered.join())),
                    // A receive that waits for more than there is takes what is there.
                    _ if at == 0 && side == Side::Read && self.has_some(id) => {
                        waiting.blocking = false;
                        self.attempt(id, &mut waiting, now, turn).unwrap_or(Err(failure))
                    }
                    _ => Err(failure),
                };
                self.returned(call, waiting.began, outcome, now, turn);
                self.settle(id, now, turn);
            }
            Some(Place::Polls) => self.polled(call, Err(failure), now, turn),
            // A close cannot be called back: the connection goes on with it, and only the caller waits no more.
            Some(Place::Closing(id)) => {
                let Some(socket) = self.sockets.get_mut(&id) else { return };
                if let Some(lingering) = socket.lingering.take() {
                    answer(call, lingering.began, now, Err(failure), None, turn);
                }
                self.settle(id, now, turn);
            }
            None => {}
        }
    }

    /// Whether a stream has data that a receive would take if it asked for less.
    pub(super) fn has_some(&self, id: SocketId) -> bool {
        match self.sockets.get(&id).map(|socket| &socket.role) {
            Some(Role::Connection(connected)) => connected.machine.unread() > 0,
            _ => false,
        }
    }

    /// Ends every call that waits on a socket with EBADF: it is being closed.
    pub(super) fn abandon(&mut self, id: SocketId, now: Instant, turn: &mut Turn) {
        for side in [Side::Read, Side::Write] {
            let Some(socket) = self.sockets.get_mut(&id) else { return };
            for waiting in core::mem::take(socket.lane(side)) {
                self.waiting.remove(&waiting.id);
                answer(waiting.id, waiting.began, now, Err(Errno::EBADF.into()), None, turn);
            }
        }
    }

    /// A call is done. A connection that accept gave is told of from now on.
    fn returned(&mut self, id: CallId, began: Instant, outcome: Outcome, now: Instant, turn: &mut Turn) {
        let accepted = match outcome {
            Ok(Value::Accepted { socket, .. }) => Some(socket),
            _ => None,
        };
        answer(id, began, now, outcome, None, turn);
        if let Some(child) = accepted {
            self.conclude(child, now, turn);
        }
    }

    /// Calls that do not wait for a socket.
    fn at_once(&mut self, id: CallId, timeout: Option<Micros>, op: Op, now: Instant, turn: &mut Turn) {
        let socket = op.socket();
        let outcome = match op {
            Op::Socket { family, kind } => Ok(Value::Socket { socket: self.make(family, kind) }),
            Op::GetHostName {} => Ok(Value::Name { name: self.name.clone() }),
            Op::GetAddrInfo { host, port, family, kind } => self.names.infos(&host, port, family, kind),
            Op::GetNameInfo { address } => self.names.name_of(address.0.ip()),
            Op::Cancel { target } => {
                self.give_up(target, Errno::EINTR.into(), now, turn);
                Ok(Value::Done {})
            }
            _ if socket.and_then(|socket| self.open_socket(socket)).is_none() => Err(Errno::EBADF.into()),
            Op::Close { socket } => {
                let polls = self.polls_of(socket);
                let outcome = self.close(socket, id, timeout, now, turn);
                self.poll_again(&polls, now, turn);
                match outcome {
                    Some(outcome) => outcome,
                    None => return self.settle(socket, now, turn),
                }
            }
            Op::Bind { socket, address } => self.bind(socket, &address),
            Op::Listen { socket, backlog } => {
                self.listen(socket, backlog).map(|()| Value::Done {}).map_err(Failure::Errno)
            }
            Op::Shutdown { socket, how } => {
                let result = self.shut_down(socket, how, now, turn);
                result.map(|()| Value::Done {}).map_err(Failure::Errno)
            }
            Op::SetSockOpt { socket, option, value } => self.set_option(socket, option, &value, now, turn),
            Op::GetSockOpt { socket, option } => {
                self.option(socket, option, now).map(|value| Value::Option { value }).map_err(Failure::Errno)
            }
            Op::GetSockName { socket } => self
                .open_socket(socket)
                .map(|socket| Value::Address { address: socket.name() })
                .ok_or(Errno::EBADF.into()),
            Op::GetPeerName { socket } => self
                .open_socket(socket)
                .and_then(|socket| socket.peer())
                .map(|address| Value::Address { address })
                .ok_or(Errno::ENOTCONN.into()),
            _ => Err(Failure::Protocol("the simulator does not know this call".into())),
        };
        let made = match outcome {
            Ok(Value::Socket { socket }) => Some(socket),
            _ => socket,
        };
        answer(id, now, now, outcome, None, turn);
        if let Some(socket) = made {
            self.settle(socket, now, turn);
        }
    }
}

/// Says that a call came back.
pub(super) fn answer(
    call: CallId,
    began: Instant,
    now: Instant,
    outcome: Outcome,
    note: Option<String>,
    turn: &mut Turn,
) {
    turn.events.push(Event::Returned { call, outcome, took: now.since(began), note });
}
