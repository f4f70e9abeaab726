//! System calls of a script: begun when they are due, checked when they return.

use super::{Runner, Window};
use crate::calls::{Prepared, prepare};
use crate::check::Check;
use crate::constants::{O_NONBLOCK, errno};
use crate::flow::Flow;
use crate::machine::{Fd, Got, Machine, Refusal, Returned, Sys, Ticket};
use crate::notation::seconds;
use crate::place::{Place, Stop};
use crate::script::{Event, EventTime, Expr, SystemCall, Wanted};
use crate::values::number;
use core::net::SocketAddr;
use sockets::Errno;

/// A call that was begun and did not return yet.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    ticket: Ticket,
    place: Place,
    call: SystemCall,
    prepared: Prepared,
    /// When it is to return, in microseconds of the script.
    due: u64,
    /// How far from that it may return.
    tolerance: u64,
}

impl Pending {
    fn expected(&self) -> String {
        let wanted = match &self.call.wanted {
            Wanted::Anything => "?".to_owned(),
            Wanted::Value(value) => match value {
                Expr::Int(number) if matches!(self.prepared.sys, Sys::Flags { .. }) => flags_written(*number),
                Expr::Int(number) => number.to_string(),
                other => written_as(other),
            },
            Wanted::Range(least, most) => format!("{least}...{most}"),
        };
        match &self.call.errno {
            Some(errno) => format!("expected {} = {wanted} {errno}", self.call.text),
            None => format!("expected {} = {wanted}", self.call.text),
        }
    }
}

/// The flags of F_GETFL by their names and as a number: `O_RDWR|O_NONBLOCK (0x802)`.
fn flags_written(flags: i64) -> String {
    let mut names = vec![match flags & 3 {
        0 => "O_RDONLY",
        1 => "O_WRONLY",
        _ => "O_RDWR",
    }];
    if flags & O_NONBLOCK != 0 {
        names.push("O_NONBLOCK");
    }
    let mut text = names.join("|");
    match flags & !(3 | O_NONBLOCK) {
        0 => {}
        others => text.push_str(&format!("|{others:#x}")),
    }
    text.push_str(&format!(" ({flags:#x})"));
    text
}

/// What a script wants, as it writes it.
fn written_as(wanted: &Expr) -> String {
    match wanted {
        Expr::Word(name) => name.clone(),
        Expr::Int(number) => number.to_string(),
        Expr::Or(parts) => parts.iter().map(written_as).collect::<Vec<_>>().join("|"),
        Expr::Not(inner) => format!("~{}", written_as(inner)),
        other => crate::values::describe(other),
    }
}

fn written(errno: Errno) -> String {
    format!("-1 {} ({})", errno.name(), errno.text())
}

/// An IPv4 address in IPv6 clothes is the same peer.
fn same_peer(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() == b.port() && a.ip().to_canonical() == b.ip().to_canonical()
}

/// Whether a call answers with a new descriptor.
fn makes_descriptor(sys: &Sys) -> bool {
    matches!(sys, Sys::Socket { .. } | Sys::Accept { .. } | Sys::EpollCreate | Sys::Open { .. })
}

impl<M: Machine> Runner<'_, M> {
    pub(super) fn call(&mut self, call: &SystemCall, event: &Event, window: Window) -> Result<(), Stop> {
        // As in packetdrill there is one program: it makes its next call after the last one returned.
        while !self.pending.is_empty() {
            let deadline = self
                .pending
                .iter()
                .map(|pending| pending.due.saturating_add(pending.tolerance))
                .max()
                .unwrap_or(0);
            self.machine.advance(self.at(deadline.saturating_add(1)));
            self.drain()?;
        }
        let begun = self.script_time(self.machine.now());
        if begun > window.from.saturating_add(self.tolerance(window.from)) {
            let what = format!(
                "expected {} at {} got it at {}: the call before it still blocked",
                call.text,
                seconds(window.from),
                seconds(begun)
            );
            return Err(Stop::failed(&event.place, what));
        }
        let unsupported = |what| Stop::unsupported(&event.place, what);
        let fds = |script: i64| self.fds.get(&script).copied().unwrap_or(Fd(-1));
        let prepared = prepare(call, &self.config, &self.stage, &fds).map_err(unsupported)?;
        if let Some(name) = call.errno.as_deref().filter(|name| errno(name).is_none()) {
            return Err(unsupported(format!("the errno {name}")));
        }
        let due = match (call.end, event.time) {
            (Some(end), EventTime::Absolute(_)) => end,
            (Some(end), _) => self.last.saturating_add(end),
            (None, _) => begun.max(window.from),
        };
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.before(&prepared.sys);
        self.machine.begin(ticket, &prepared.sys).map_err(unsupported)?;
        self.pending.push(Pending {
            ticket,
            place: event.place.clone(),
            call: call.clone(),
            prepared,
            due,
            tolerance: self.tolerance(due),
        });
        self.drain()?;
        if call.end.is_none() {
            while self.pending.iter().any(|pending| pending.ticket == ticket) {
                // Past the moment at which it counts as blocked, so that this ends.
                self.machine.advance(self.at(due.saturating_add(self.tolerance(due)).saturating_add(1)));
                self.drain()?;
            }
        }
        Ok(())
    }

    /// What a call changes of the script's view when it begins.
    fn before(&mut self, sys: &Sys) {
        if let Sys::Connect { fd, address } = sys {
            let remote = SocketAddr::new(address.ip().to_canonical(), address.port());
            let known = self.flows.iter().position(|flow| flow.fd == Some(*fd) && flow.remote == remote);
            let flow = known.unwrap_or_else(|| {
                let mut flow = Flow::new(self.bound.get(fd).copied(), remote);
                flow.fd = Some(*fd);
                self.flows.push(flow);
                self.flows.len() - 1
            });
            // A second attempt chooses a new port and a new number; asking again how the first one goes does not.
            self.flows[flow].is_fresh = true;
            self.current = Some(flow);
        }
    }

    /// A call that is to have returned by now, and did not.
    pub(super) fn check_blocked(&self) -> Result<(), Stop> {
        let now = self.script_time(self.machine.now());
        match self.pending.iter().find(|pending| now > pending.due.saturating_add(pending.tolerance)) {
            None => Ok(()),
            Some(late) => {
                let what =
                    format!("{} at {} got a call that still blocks", late.expected(), seconds(late.due));
                Err(Stop::failed(&late.place, what))
            }
        }
    }

    pub(super) fn wait_for_calls(&mut self) -> Result<(), Stop> {
        self.drain()?;
        while let Some(deadline) =
            self.pending.iter().map(|pending| pending.due.saturating_add(pending.tolerance)).max()
        {
            self.machine.advance(self.at(deadline.saturating_add(1)));
            self.drain()?;
        }
        Ok(())
    }

    pub(super) fn returned(&mut self, returned: Returned) -> Result<(), Stop> {
        let Some(place) = self.pending.iter().position(|pending| pending.ticket == returned.ticket) else {
            return Ok(());
        };
        let pending = self.pending.remove(place);
        let got = match &returned.result {
            Ok(got) if matches!(pending.prepared.sys, Sys::Flags { .. }) => flags_written(got.value),
            Ok(got) => got.value.to_string(),
            Err(Refusal::Errno(errno)) => written(*errno),
            Err(Refusal::Unsupported(what)) => return Err(Stop::unsupported(&pending.place, what.clone())),
        };
        self.note(returned.at, &format!("{} = {got}", pending.call.text));
        self.check_value(&pending, &returned.result, &got)?;
        let at = self.script_time(returned.at);
        if at.abs_diff(pending.due) > pending.tolerance {
            let what =
                format!("{} at {} got it at {}", pending.expected(), seconds(pending.due), seconds(at));
            return Err(Stop::failed(&pending.place, what));
        }
        if let Ok(got) = &returned.result {
            self.after(&pending, got)?;
        }
        Ok(())
    }

    fn check_value(&self, pending: &Pending, result: &Result<Got, Refusal>, got: &str) -> Result<(), Stop> {
        let value = match result {
            Ok(got) => got.value,
            Err(_) => -1,
        };
        // Which number a new descriptor has is the script's to say: it is a name.
        let is_descriptor = makes_descriptor(&pending.prepared.sys);
        let right = match &pending.call.wanted {
            Wanted::Anything => true,
            Wanted::Range(least, most) => (*least..=*most).contains(&value),
            Wanted::Value(wanted) => {
                let wanted =
                    number(wanted, &self.config).map_err(|what| Stop::unsupported(&pending.place, what))?;
                if is_descriptor && wanted >= 0 { value >= 0 } else { value == wanted }
            }
        };
        let came = match result {
            Err(Refusal::Errno(errno)) => Some(*errno),
            _ => None,
        };
        let right_errno = match &pending.call.errno {
            Some(name) => came == errno(name),
            None => true,
        };
        if !right || !right_errno {
            return Err(Stop::failed(&pending.place, format!("{} got {got}", pending.expected())));
        }
        if let Ok(got) = result
            && let Some(differs) = pending.prepared.differs(got)
        {
            return Err(Stop::failed(
                &pending.place,
                format!("expected {} to give {differs}", pending.call.text),
            ));
        }
        Ok(())
    }

    /// The script's number for a new descriptor.
    fn name_descriptor(&mut self, script: i64, live: Fd, place: &Place) -> Result<(), Stop> {
        match self.fds.insert(script, live) {
            None => Ok(()),
            Some(_) => {
                let what = format!("expected a new descriptor {script} got one that is open already");
                Err(Stop::failed(place, what))
            }
        }
    }

    /// What a call that succeeded changes of the script's view.
    fn after(&mut self, pending: &Pending, got: &Got) -> Result<(), Stop> {
        match &pending.prepared.sys {
            sys if makes_descriptor(sys) => {
                let live = Fd(i32::try_from(got.value).unwrap_or(-1));
                if let Wanted::Value(wanted) = &pending.call.wanted {
                    let script = number(wanted, &self.config)
                        .map_err(|what| Stop::unsupported(&pending.place, what))?;
                    self.name_descriptor(script, live, &pending.place)?;
                }
                if let Some(peer) = got.address.filter(|_| matches!(pending.prepared.sys, Sys::Accept { .. }))
                {
                    for flow in self.flows.iter_mut().filter(|flow| same_peer(flow.remote, peer)) {
                        flow.fd = Some(live);
                    }
                }
            }
            Sys::Pipe => {
                if let (Check::Pipe(read, write), Some((reads, writes))) = (&pending.prepared.check, got.pipe)
                {
                    self.name_descriptor(*read, reads, &pending.place)?;
                    self.name_descriptor(*write, writes, &pending.place)?;
                }
            }
            Sys::Bind { fd, address } => {
                self.bound.insert(*fd, SocketAddr::new(address.ip().to_canonical(), address.port()));
            }
            Sys::Listen { fd, .. } => {
                let own = SocketAddr::new(self.stage.local.0, self.config.bind_port);
                let bound = self.bound.get(fd).copied().unwrap_or(own);
                if self.listening.insert(*fd, bound).is_none() {
                    self.current = None;
                }
            }
            Sys::Close { fd } => {
                if let Some(script) = pending.prepared.script_fd {
                    self.fds.remove(&script);
                }
                self.bound.remove(fd);
                self.listening.remove(fd);
                for flow in self.flows.iter_mut().filter(|flow| flow.fd == Some(*fd)) {
                    flow.fd = None;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
