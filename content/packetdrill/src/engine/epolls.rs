//! epoll(7): who is watched, what woke it, and what is told.
//!
//! ```text
//!   a socket changes --> wake: the events that it brings meet those asked for --> the ready list
//!   epoll_wait --> each of the list is looked at again: what is not so any more falls out,
//!                  level-triggered ones go to the list's end, edge-triggered ones wait for the next wake
//! ```

use super::polls::What;
use super::{Engine, Other};
use crate::constants::{
    EEXIST, EPOLLET, EPOLLONESHOT, POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM,
};
use crate::machine::{Fd, Registration, Ticket};
use sockets::{Errno, Micros};
use std::collections::{BTreeMap, VecDeque};

/// Bits that say how, and no events.
const HOW: i64 = EPOLLET | EPOLLONESHOT | 1 << 28 | 1 << 29;

/// An epoll instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Epoll {
    watched: BTreeMap<Fd, Watched>,
    ready: VecDeque<Fd>,
}

#[derive(Clone, Copy, Debug)]
struct Watched {
    events: i64,
    data: i64,
    seen: Seen,
}

/// What a socket was when it was looked at last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    bits: i64,
    /// Octets that came in order, or connections that wait.
    arrived: u64,
    state: u64,
}

impl Epoll {
    fn wake(&mut self, fd: Fd) {
        if !self.ready.contains(&fd) {
            self.ready.push_back(fd);
        }
    }
}

impl Engine {
    pub(super) fn epoll_control(
        &mut self,
        epoll: Fd,
        action: Registration,
        fd: Fd,
        events: i64,
        data: i64,
    ) -> Result<(), Errno> {
        if !self.open.contains_key(&fd) {
            return Err(match self.others.get(&fd) {
                Some(Other::File { .. }) => Errno::EPERM,
                Some(_) => Errno::EINVAL,
                None => Errno::EBADF,
            });
        }
        let seen = self.look(fd);
        let Some(Other::Epoll(instance)) = self.others.get_mut(&epoll) else { return Err(Errno::EINVAL) };
        let is_known = instance.watched.contains_key(&fd);
        let events = events & 0xffff_ffff;
        match (action, is_known) {
            (Registration::Add, true) => return Err(EEXIST),
            (Registration::Delete | Registration::Modify, false) => return Err(Errno::ENOENT),
            (Registration::Delete, true) => {
                instance.watched.remove(&fd);
                instance.ready.retain(|other| *other != fd);
                return Ok(());
            }
            _ => {}
        }
        let events = events | POLLERR | POLLHUP;
        instance.watched.insert(fd, Watched { events, data, seen });
        if seen.bits & events & !HOW != 0 {
            instance.wake(fd);
        }
        self.poll_again();
        Ok(())
    }

    pub(super) fn epoll_wait(&mut self, ticket: Ticket, epoll: Fd, most: usize, timeout: Option<Micros>) {
        self.watch(ticket, What::Epoll { epoll, most }, timeout);
    }

    fn look(&self, fd: Fd) -> Seen {
        let Some(socket) = self.open.get(&fd).map(|open| open.socket) else { return Seen::default() };
        let (arrived, state) = match self.host.info(self.now, socket) {
            // A listening socket tells how many connections wait.
            Some(info) if info.state == 10 => (info.unacked, info.state),
            Some(info) => (info.bytes_received, info.state),
            None => (self.host.queued(socket).map_or(0, |(unread, ..)| unread.into()), 0),
        };
        Seen { bits: self.bits(fd), arrived, state }
    }

    /// Looks at everything that is watched, and notes what woke.
    pub(super) fn wake_epolls(&mut self) {
        let fds: Vec<Fd> = self
            .others
            .iter()
            .filter(|(_, other)| matches!(other, Other::Epoll(_)))
            .map(|(fd, _)| *fd)
            .collect();
        for epoll in fds {
            let Some(Other::Epoll(mut instance)) = self.others.remove(&epoll) else { continue };
            let watched: Vec<Fd> = instance.watched.keys().copied().collect();
            for fd in watched {
                let now = self.look(fd);
                let Some(item) = instance.watched.get_mut(&fd) else { continue };
                let before = core::mem::replace(&mut item.seen, now);
                let rising = now.bits & !before.bits;
                let mut brought = 0;
                if now.arrived > before.arrived && now.bits & POLLIN != 0 {
                    brought |= POLLIN | POLLRDNORM;
                }
                brought |= rising & (POLLOUT | POLLWRNORM);
                // A change of state wakes whoever watches, whatever for.
                if rising & !(POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM) != 0
                    || now.state != before.state && rising != 0
                {
                    brought = item.events;
                }
                // A one-shot that was told is deaf until it is modified.
                let is_deaf =
                    item.events & !HOW & !(POLLERR | POLLHUP) == 0 && item.events & EPOLLONESHOT != 0;
                if brought & item.events & !HOW != 0 && !is_deaf {
                    instance.wake(fd);
                }
            }
            self.others.insert(epoll, Other::Epoll(instance));
        }
    }

    /// What epoll_wait would tell now; it is taken.
    pub(super) fn gather(&mut self, epoll: Fd, most: usize) -> Option<Vec<(i64, i64)>> {
        let Some(Other::Epoll(mut instance)) = self.others.remove(&epoll) else { return None };
        let mut told = Vec::new();
        let mut again = VecDeque::new();
        while told.len() < most
            && let Some(fd) = instance.ready.pop_front()
        {
            let bits = self.bits(fd);
            let Some(item) = instance.watched.get_mut(&fd) else { continue };
            let events = bits & item.events & !HOW;
            if events == 0 {
                continue;
            }
            told.push((events, item.data));
            if item.events & EPOLLONESHOT != 0 {
                item.events &= HOW;
            } else if item.events & EPOLLET == 0 {
                again.push_back(fd);
            }
        }
        instance.ready.append(&mut again);
        self.others.insert(epoll, Other::Epoll(instance));
        Some(told)
    }

    /// A descriptor is closed: nobody watches it any more.
    pub(super) fn forget(&mut self, fd: Fd) {
        for other in self.others.values_mut() {
            if let Other::Epoll(instance) = other {
                instance.watched.remove(&fd);
                instance.ready.retain(|ready| *ready != fd);
            }
        }
    }
}
