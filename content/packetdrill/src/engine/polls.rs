//! poll(2) and epoll_wait(2), of what the host says about its sockets.

use super::{Engine, Open};
use crate::constants::{
    POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRNORM,
};
use crate::machine::{Fd, Got, Ticket};
use sockets::{Instant, Micros};

/// A call that waits for events.
#[derive(Clone, Debug)]
pub(super) struct Polling {
    ticket: Ticket,
    what: What,
    pub ends: Option<Instant>,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// Descriptors, each with what is asked.
    Poll(Vec<(Fd, i64)>),
    Epoll {
        epoll: Fd,
        most: usize,
    },
}

impl Engine {
    pub(super) fn poll(&mut self, ticket: Ticket, fds: &[(Fd, i64)], timeout: Option<Micros>) {
        self.watch(ticket, What::Poll(fds.to_vec()), timeout);
    }

    pub(super) fn watch(&mut self, ticket: Ticket, what: What, timeout: Option<Micros>) {
        let ends = timeout.map(|timeout| self.now + timeout);
        self.polling.push(Polling { ticket, what, ends });
        self.poll_again();
    }

    /// Answers the calls that have something to say, or whose time is over.
    pub(super) fn poll_again(&mut self) {
        self.wake_epolls();
        if self.polling.is_empty() {
            return;
        }
        let mut waiting = Vec::new();
        for polling in core::mem::take(&mut self.polling) {
            let mut got = Got::default();
            match &polling.what {
                What::Poll(fds) => {
                    got.events = fds.iter().map(|(fd, asked)| self.events(*fd, *asked)).collect();
                    got.value = got.events.iter().filter(|events| **events != 0).count() as i64;
                }
                What::Epoll { epoll, most } => {
                    got.ready = self.gather(*epoll, *most).unwrap_or_default();
                    got.value = got.ready.len() as i64;
                }
            }
            if got.value > 0 || polling.ends.is_some_and(|ends| ends <= self.now) {
                self.answer(polling.ticket, Ok(got));
            } else {
                waiting.push(polling);
            }
        }
        self.polling = waiting;
    }

    fn events(&self, fd: Fd, asked: i64) -> i64 {
        if fd.0 < 0 { 0 } else { self.bits(fd) & (asked | POLLERR | POLLHUP | POLLNVAL) }
    }

    /// What is so of a descriptor.
    pub(super) fn bits(&self, fd: Fd) -> i64 {
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
        bits.iter().filter(|(is, _)| *is).fold(0, |all, (_, bits)| all | bits)
    }
}
