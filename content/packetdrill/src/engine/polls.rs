//! poll(2), of what the host says about its sockets.

use super::{Engine, Open};
use crate::constants::{
    POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRNORM,
};
use crate::machine::{Fd, Got, Ticket};
use sockets::{Instant, Micros};

/// A poll that waits.
#[derive(Clone, Debug)]
pub(super) struct Polling {
    ticket: Ticket,
    fds: Vec<(Fd, i64)>,
    pub ends: Option<Instant>,
}

impl Engine {
    pub(super) fn poll(&mut self, ticket: Ticket, fds: &[(Fd, i64)], timeout: Option<Micros>) {
        let ends = timeout.map(|timeout| self.now + timeout);
        self.polling.push(Polling { ticket, fds: fds.to_vec(), ends });
        self.poll_again();
    }

    /// Answers the polls that have something to say, or whose time is over.
    pub(super) fn poll_again(&mut self) {
        if self.polling.is_empty() {
            return;
        }
        let mut waiting = Vec::new();
        for polling in core::mem::take(&mut self.polling) {
            let events: Vec<i64> = polling.fds.iter().map(|(fd, asked)| self.events(*fd, *asked)).collect();
            let ready = events.iter().filter(|events| **events != 0).count() as i64;
            if ready > 0 || polling.ends.is_some_and(|ends| ends <= self.now) {
                self.answer(polling.ticket, Ok(Got { value: ready, events, ..Got::default() }));
            } else {
                waiting.push(polling);
            }
        }
        self.polling = waiting;
    }

    fn events(&self, fd: Fd, asked: i64) -> i64 {
        if fd.0 < 0 {
            return 0;
        }
        let Some(Open { socket, .. }) = self.open.get(&fd) else { return POLLNVAL };
        let Some(ready) = self.host.readiness(*socket) else { return POLLNVAL };
        let bits = [
            (ready.readable, POLLIN | POLLRDNORM),
            (ready.writable, POLLOUT | POLLWRNORM),
            (ready.priority, POLLPRI),
            (ready.read_hang_up, POLLRDHUP),
            (ready.error, POLLERR),
            (ready.hang_up, POLLHUP),
        ];
        let all = bits.iter().filter(|(is, _)| *is).fold(0, |all, (_, bits)| all | bits);
        all & (asked | POLLERR | POLLHUP)
    }
}
