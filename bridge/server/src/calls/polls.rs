//! poll(2): calls that wait for any of several sockets.
//!
//! What is ready says the kernel's own poll, asked with a time-out of zero; when to ask again says tokio, which watches both sides
//! of every socket of a call that waits, and otherwise the tick. A poll stands in no lane and takes nothing from its sockets.

use super::{Calls, Place};
use crate::os;
use crate::socket::Side;
use sockets::{CallId, Errno, Failure, Micros, Outcome, PollEvent, SocketId, Value, Watch};
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::time::{Duration, Instant};

/// The polls of a session that wait.
pub(super) type Polls = BTreeMap<CallId, Polling>;

/// One that waits.
pub(super) struct Polling {
    watch: Vec<Watch>,
    began: Instant,
    deadline: Option<tokio::time::Instant>,
}

impl Calls {
    pub(super) fn poll(&mut self, id: CallId, began: Instant, timeout: Option<Micros>, watch: Vec<Watch>) {
        let most = self.setting.max_sockets;
        if watch.len() > most {
            let note =
                format!("The bridge's own limit, not the kernel's: one call watches {most} sockets at most.");
            return self.answer(id, began, Err(Errno::EINVAL.into()), Some(note));
        }
        let ready = self.ready(&watch);
        if !ready.is_empty() || timeout == Some(Micros::ZERO) {
            return self.answer(id, began, Ok(Value::Ready { ready }), None);
        }
        if self.pending.len() >= self.setting.max_pending {
            let note = self.too_many_calls();
            return self.answer(id, began, Err(Errno::EBUSY.into()), Some(note));
        }
        let deadline =
            timeout.and_then(|Micros(us)| tokio::time::Instant::now().checked_add(Duration::from_micros(us)));
        self.deadlines.extend(deadline.map(|at| (at, id)));
        self.pending.insert(id, Place::Polls);
        let sockets: BTreeSet<SocketId> = watch.iter().map(|watch| watch.socket).collect();
        self.polls.insert(id, Polling { watch, began, deadline });
        for &socket in &sockets {
            if let Some(entry) = self.sockets.get_mut(&socket) {
                entry.polls.push(id);
            }
        }
        let watched = |calls: &mut Calls, socket| calls.wait_for(socket, id);
        let unwatched: Vec<SocketId> = sockets.into_iter().filter(|socket| !watched(self, *socket)).collect();
        self.unwatched.extend(unwatched);
        // What became ready since it was asked for is not waited for.
        let ready = self.polls.get(&id).map(|polling| self.ready(&polling.watch)).unwrap_or_default();
        if !ready.is_empty() {
            self.polled(id, Ok(Value::Ready { ready }));
        }
    }

    /// Ends the polls of a socket that have something to say by now; the others wait on.
    pub(super) fn poll_again(&mut self, socket: SocketId) {
        let Some(entry) = self.sockets.get(&socket).filter(|entry| !entry.polls.is_empty()) else { return };
        if !self.out.has_room() {
            self.starved.insert((socket, Side::Read));
            return;
        }
        for call in entry.polls.clone() {
            let Some(polling) = self.polls.get(&call) else { continue };
            let it: Vec<Watch> =
                polling.watch.iter().filter(|watch| watch.socket == socket).cloned().collect();
            // The others have not changed; but where one has something to say, they all may speak.
            if !self.ready(&it).is_empty() {
                let ready = self.ready(&polling.watch);
                self.polled(call, Ok(Value::Ready { ready }));
            } else if !self.wait_for(socket, call) {
                self.unwatched.insert(socket);
            }
        }
    }

    /// Has tokio watch a socket for a poll that found nothing. False if that is not enough, and it has to be tried again after a
    /// while.
    fn wait_for(&mut self, socket: SocketId, call: CallId) -> bool {
        let asked: Vec<&Watch> = self
            .polls
            .get(&call)
            .map(|polling| polling.watch.iter().filter(|watch| watch.socket == socket).collect())
            .unwrap_or_default();
        let Some(entry) = self.sockets.get_mut(&socket) else { return true };
        let nothing = |socket: &socket2::Socket| {
            let ready =
                asked.iter().any(|watch| watch.answered(os::readiness(socket, &watch.events)).is_some());
            // That it would have to wait tells the watch to wake at the next change.
            if ready { Ok(()) } else { Err(std::io::Error::from(ErrorKind::WouldBlock)) }
        };
        // Errors wake either side, whatever was asked for.
        let mut enough = [Side::Read, Side::Write].into_iter().all(|side| {
            // A change between the two makes the first attempt void, but hardly the second too.
            (0..2).any(|_| entry.attempt(side, nothing).is_err() && entry.watch(side))
        });
        // Nobody watches for urgent data.
        enough &= !asked.iter().any(|watch| watch.events.contains(&PollEvent::Pri));
        enough
    }

    /// A poll's time is over, or somebody ends it.
    pub(super) fn give_up_poll(&mut self, call: CallId, failure: Failure) {
        let Some(polling) = self.polls.get(&call) else { return };
        let outcome = match failure {
            Failure::TimedOut => Ok(Value::Ready { ready: self.ready(&polling.watch) }),
            failure => Err(failure),
        };
        self.polled(call, outcome);
    }

    /// A socket that these polls watch is closed.
    pub(super) fn polls_closed(&mut self, calls: Vec<CallId>) {
        for call in calls {
            let Some(polling) = self.polls.get(&call) else { continue };
            let ready = self.ready(&polling.watch);
            self.polled(call, Ok(Value::Ready { ready }));
        }
    }

    fn polled(&mut self, call: CallId, outcome: Outcome) {
        let Some(polling) = self.polls.remove(&call) else { return };
        self.pending.remove(&call);
        if let Some(at) = polling.deadline {
            self.deadlines.remove(&(at, call));
        }
        for watch in &polling.watch {
            if let Some(entry) = self.sockets.get_mut(&watch.socket) {
                entry.polls.retain(|other| *other != call);
            }
        }
        self.answer(call, polling.began, outcome, None);
    }

    fn ready(&self, watch: &[Watch]) -> Vec<Watch> {
        let there = |watch: &Watch| {
            let Some(entry) = self.sockets.get(&watch.socket) else {
                return watch.answered([PollEvent::Nval]);
            };
            let mut there = entry.with(|socket| Ok(os::readiness(socket, &watch.events))).unwrap_or_default();
            if entry.owed.is_some() {
                // The kernel has told the error already, and the program not.
                there.extend([PollEvent::In, PollEvent::Out, PollEvent::Err]);
            }
            watch.answered(there)
        };
        watch.iter().filter_map(there).collect()
    }
}
