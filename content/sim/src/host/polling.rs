//! poll(2): calls that wait for any of several sockets.
//!
//! A poll stands in no lane: it takes nothing from its sockets, and other calls do not wait for it. It is looked at again whenever a
//! turn of one of its sockets ends, and that is when something may have become ready.

use super::calls::{Place, answer};
use super::{Host, Readiness, Turn};
use sockets::{CallId, Errno, Instant, Micros, Outcome, PollEvent, SocketId, Value, Watch};
use std::collections::{BTreeMap, BTreeSet};

/// The most sockets of one call (poll(2): RLIMIT_NOFILE, which is so much by default); more are EINVAL.
const MOST_WATCHED: usize = 1_024;

/// The most calls that may wait on a host; one more gets EBUSY.
const MOST_WAITING: usize = 1_024;

/// The polls of a host that wait.
#[derive(Debug, Default)]
pub(super) struct Polls {
    waiting: BTreeMap<CallId, Polling>,
    /// When which of them ends.
    deadlines: BTreeSet<(Instant, CallId)>,
}

#[derive(Debug)]
struct Polling {
    watch: Vec<Watch>,
    began: Instant,
    deadline: Option<Instant>,
}

impl Polls {
    /// When the next one's time is over.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }
}

impl Host {
    pub(super) fn poll(
        &mut self,
        id: CallId,
        watch: Vec<Watch>,
        timeout: Option<Micros>,
        now: Instant,
        turn: &mut Turn,
    ) {
        if watch.len() > MOST_WATCHED {
            return answer(id, now, now, Err(Errno::EINVAL.into()), None, turn);
        }
        let ready = self.ready(&watch);
        if !ready.is_empty() || timeout == Some(Micros::ZERO) {
            return answer(id, now, now, Ok(Value::Ready { ready }), None, turn);
        }
        if self.polls.waiting.len() >= MOST_WAITING {
            let note = format!("The simulator's own limit: {MOST_WAITING} polls wait on this host already.");
            return answer(id, now, now, Err(Errno::EBUSY.into()), Some(note), turn);
        }
        for socket in watch.iter().map(|watch| watch.socket) {
            if let Some(socket) = self.sockets.get_mut(&socket)
                && !socket.polls.contains(&id)
            {
                socket.polls.push(id);
            }
        }
        let deadline = timeout.map(|timeout| now + timeout);
        self.polls.deadlines.extend(deadline.map(|at| (at, id)));
        self.polls.waiting.insert(id, Polling { watch, began: now, deadline });
        self.waiting.insert(id, Place::Polls);
    }

    /// The polls that watch a socket.
    pub(super) fn polls_of(&self, id: SocketId) -> Vec<CallId> {
        // Mostly nobody polls, and then no socket is looked up.
        match self.polls.waiting.is_empty() {
            true => Vec::new(),
            false => self.sockets.get(&id).map_or(Vec::new(), |socket| socket.polls.clone()),
        }
    }

    /// Ends those of these polls that have something to say by now.
    pub(super) fn poll_again(&mut self, calls: &[CallId], now: Instant, turn: &mut Turn) {
        for &call in calls {
            let Some(polling) = self.polls.waiting.get(&call) else { continue };
            let ready = self.ready(&polling.watch);
            if !ready.is_empty() {
                self.polled(call, Ok(Value::Ready { ready }), now, turn);
            }
        }
    }

    /// Ends those whose time is over.
    pub(super) fn polls_over(&mut self, now: Instant, turn: &mut Turn) {
        while let Some(&(_, call)) = self.polls.deadlines.first().filter(|(at, _)| *at <= now) {
            self.polled(call, Ok(Value::Ready { ready: Vec::new() }), now, turn);
        }
    }

    /// Ends one.
    pub(super) fn polled(&mut self, call: CallId, outcome: Outcome, now: Instant, turn: &mut Turn) {
        let Some(polling) = self.polls.waiting.remove(&call) else { return };
        self.waiting.remove(&call);
        if let Some(at) = polling.deadline {
            self.polls.deadlines.remove(&(at, call));
        }
        for watch in &polling.watch {
            if let Some(socket) = self.sockets.get_mut(&watch.socket) {
                socket.polls.retain(|other| *other != call);
            }
        }
        answer(call, polling.began, now, outcome, None, turn);
    }

    /// Calls that wait although they have something to say: there must never be any.
    #[cfg(test)]
    pub(super) fn missed_polls(&self) -> Vec<CallId> {
        let waiting = self.polls.waiting.iter();
        waiting.filter(|(_, polling)| !self.ready(&polling.watch).is_empty()).map(|(call, _)| *call).collect()
    }

    fn ready(&self, watch: &[Watch]) -> Vec<Watch> {
        let there = |watch: &Watch| match self.readiness(watch.socket) {
            Some(ready) => watch.answered(ready.events()),
            None => watch.answered([PollEvent::Nval]),
        };
        watch.iter().filter_map(there).collect()
    }
}

impl Readiness {
    /// As poll(2) names it.
    pub fn events(self) -> impl Iterator<Item = PollEvent> {
        let all = [
            (self.readable, PollEvent::In),
            (self.priority, PollEvent::Pri),
            (self.writable, PollEvent::Out),
            (self.read_hang_up, PollEvent::RdHup),
            (self.error, PollEvent::Err),
            (self.hang_up, PollEvent::Hup),
        ];
        all.into_iter().filter(|(is, _)| *is).map(|(_, event)| event)
    }
}
