//! Calls that make descriptors of other kinds than sockets, and that join descriptors: epoll, pipes, files, splice, sendfile.

use crate::check::Check;
use crate::config::Config;
use crate::machine::{Fd, Registration, Sys};
use crate::script::Expr;
use crate::values::{Reading, describe, field, is_null, narrow, number, only};
use sockets::{Errno, Micros};

/// Linux moves at most so many octets with one call (MAX_RW_COUNT).
pub(crate) const MOST_AT_ONCE: i64 = 0x7fff_f000;

/// Reads a call, where it is one of these.
pub(crate) fn read(
    name: &str,
    arguments: &[Expr],
    config: &Config,
    fds: &dyn Fn(i64) -> Fd,
) -> Option<Reading<(Sys, Check)>> {
    let reader = Reader { config, fds };
    Some(match (name, arguments) {
        ("epoll_create", [size]) => reader.epoll_create(size),
        ("epoll_create1", [_flags]) => Ok((Sys::EpollCreate, Check::Nothing)),
        ("epoll_ctl", [epoll, action, fd, event]) => reader.epoll_control(epoll, action, fd, event),
        ("epoll_wait", [epoll, events, most, timeout]) => reader.epoll_wait(epoll, events, most, timeout),
        ("epoll_pwait", [epoll, events, most, timeout, mask, ..]) if is_null(mask) => {
            reader.epoll_wait(epoll, events, most, timeout)
        }
        ("pipe", [Expr::List(ends)]) | ("pipe2", [Expr::List(ends), _]) => reader.pipe(ends),
        ("open", [Expr::Text(path), ..]) => Ok((Sys::Open { path: path.clone() }, Check::Nothing)),
        ("splice", [from, from_at, to, to_at, length, flags]) => {
            reader.splice((from, from_at), (to, to_at), length, flags)
        }
        ("sendfile", [to, from, offset, count]) => reader.send_file(to, from, offset, count),
        (
            "epoll_create" | "epoll_create1" | "epoll_ctl" | "epoll_wait" | "epoll_pwait" | "pipe" | "pipe2"
            | "open" | "splice" | "sendfile",
            _,
        ) => Err(format!("{name}() with these arguments")),
        _ => return None,
    })
}

struct Reader<'a> {
    config: &'a Config,
    fds: &'a dyn Fn(i64) -> Fd,
}

impl Reader<'_> {
    fn number(&self, expr: &Expr) -> Reading<i64> {
        number(expr, self.config)
    }

    fn fd(&self, expr: &Expr) -> Reading<Fd> {
        Ok((self.fds)(self.number(expr)?))
    }

    fn epoll_create(&self, size: &Expr) -> Reading<(Sys, Check)> {
        let sys = if self.number(size)? > 0 {
            Sys::EpollCreate
        } else {
            Sys::Refused { fd: None, errno: Errno::EINVAL }
        };
        Ok((sys, Check::Nothing))
    }

    /// `epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4})`
    fn epoll_control(&self, epoll: &Expr, action: &Expr, fd: &Expr, event: &Expr) -> Reading<(Sys, Check)> {
        let epoll = self.fd(epoll)?;
        let refused = |errno| Ok((Sys::Refused { fd: Some(epoll), errno }, Check::Nothing));
        let action = match self.number(action)? {
            1 => Registration::Add,
            2 => Registration::Delete,
            3 => Registration::Modify,
            _ => return refused(Errno::EINVAL),
        };
        let (events, data) = match event {
            _ if action == Registration::Delete => (0, 0),
            event if is_null(event) => return refused(Errno::EFAULT),
            event => self.event(event)?,
        };
        Ok((Sys::EpollControl { epoll, action, fd: self.fd(fd)?, events, data }, Check::Nothing))
    }

    /// `{events=EPOLLIN, fd=4}`: the data that a program gives comes back as it is.
    fn event(&self, event: &Expr) -> Reading<(i64, i64)> {
        let Expr::Struct(fields) = event else {
            return Err(format!("{} where {{events=, fd=}} is needed", describe(event)));
        };
        only(fields, &["events", "fd", "ptr", "u32", "u64"])?;
        let data = ["fd", "ptr", "u32", "u64"].iter().find_map(|name| field(fields, name));
        let events = field(fields, "events").ok_or("an event without events")?;
        Ok((self.number(events)?, data.map_or(Ok(0), |data| self.number(data))?))
    }

    /// `epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0)`, or a list of events.
    fn epoll_wait(&self, epoll: &Expr, events: &Expr, most: &Expr, timeout: &Expr) -> Reading<(Sys, Check)> {
        let epoll = self.fd(epoll)?;
        let check = match events {
            Expr::Ellipsis => Check::Nothing,
            Expr::List(events) if events[..] == [Expr::Ellipsis] => Check::Nothing,
            Expr::List(events) => {
                Check::Ready(events.iter().map(|event| self.event(event)).collect::<Result<_, _>>()?)
            }
            Expr::Struct(fields) if fields.is_empty() => Check::Nothing,
            Expr::Struct(fields) if matches!(&fields[..], [only] if only.value == Expr::Ellipsis) => {
                Check::Nothing
            }
            event if is_null(event) => Check::Nothing,
            event => Check::Ready(vec![self.event(event)?]),
        };
        let most = self.number(most)?;
        let timeout = self.number(timeout)?;
        let sys = match usize::try_from(most) {
            Ok(most) if most > 0 => {
                Sys::EpollWait { epoll, most, timeout: u64::try_from(timeout).ok().map(Micros::from_millis) }
            }
            _ => Sys::Refused { fd: Some(epoll), errno: Errno::EINVAL },
        };
        Ok((sys, check))
    }

    /// `pipe([5, 6])`: the script's numbers for its two ends.
    fn pipe(&self, ends: &[Expr]) -> Reading<(Sys, Check)> {
        match ends {
            [read, write] => Ok((Sys::Pipe, Check::Pipe(self.number(read)?, self.number(write)?))),
            _ => Err("pipe() without the numbers of both ends, [5, 6]".into()),
        }
    }

    fn splice(
        &self,
        from: (&Expr, &Expr),
        to: (&Expr, &Expr),
        length: &Expr,
        flags: &Expr,
    ) -> Reading<(Sys, Check)> {
        if !is_null(from.1) || !is_null(to.1) {
            return Err("splice() with an offset".into());
        }
        let length = self.number(length)?.clamp(0, MOST_AT_ONCE) as u32;
        let flags = self.number(flags)?;
        let (from, to) = (self.fd(from.0)?, self.fd(to.0)?);
        if flags & !0xf != 0 {
            return Ok((Sys::Refused { fd: None, errno: Errno::EINVAL }, Check::Nothing));
        }
        Ok((Sys::Splice { from, to, length, flags }, Check::Nothing))
    }

    /// `sendfile(4, 5, [0], 1000)`
    fn send_file(&self, to: &Expr, from: &Expr, offset: &Expr, count: &Expr) -> Reading<(Sys, Check)> {
        let offset = match offset {
            offset if is_null(offset) => None,
            Expr::List(items) if items.len() == 1 => Some(narrow::<u32>(&items[0], self.config)?),
            other => return Err(format!("{} where [an offset] is needed", describe(other))),
        };
        let count = self.number(count)?.clamp(0, MOST_AT_ONCE) as u32;
        Ok((Sys::SendFile { to: self.fd(to)?, from: self.fd(from)?, offset, count }, Check::Nothing))
    }
}
