//! One host's script, read as calls of the socket API.

use super::{Due, MOST_CALLS, MOST_SENT, MOST_SENT_BY_ALL, Pause, Planned};
use crate::calls::prepare;
use crate::check::Check;
use crate::config::{Config, Version};
use crate::constants::errno;
use crate::engine::call_of;
use crate::machine::{Fd, Setsockopt, Setting, Stage, Sys};
use crate::place::{Place, Source, Unsupported};
use crate::script::{Action, Event, EventTime, OptionLine, Script, SystemCall, Wanted};
use crate::shell::{self, Files};
use crate::values::number;
use core::net::{IpAddr, Ipv4Addr};
use sockets::{Endpoint, Host, Instant, Micros, Op, SocketId, SocketKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a script must know of the hosts.
pub(super) struct Neighbour {
    pub name: String,
    /// Whether one of its programs listens.
    pub listens: bool,
    /// Its address.
    pub address: IpAddr,
}

/// What a script comes to.
#[derive(Default)]
pub(super) struct Reading {
    pub calls: Vec<Planned>,
    pub pauses: Vec<Pause>,
    pub sysctls: Vec<(Place, String, String)>,
    pub route: Vec<(String, String)>,
    /// The initial sequence number of the host's connections.
    pub iss: Option<u32>,
}

/// Whether a script listens.
pub(super) fn listens(script: &Script) -> bool {
    script.events.iter().any(|event| matches!(&event.action, Action::Call(call) if call.name == "listen"))
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str, path: &str) -> Result<Source, String> {
        Err(format!("the file “{path}”: there are no files here, write its lines themselves"))
    }
}

/// A descriptor of the script.
#[derive(Clone, Copy)]
struct Open {
    kind: SocketKind,
    nonblocking: bool,
    receive_timeout: Option<Micros>,
    send_timeout: Option<Micros>,
}

struct Reader<'a> {
    config: Arc<Config>,
    stage: Stage,
    /// Why there is no peer for `...`, if there is none.
    no_peer: Option<String>,
    open: BTreeMap<i64, Open>,
    closed: BTreeMap<i64, Open>,
    pauses: Vec<Pause>,
    unnamed: i64,
    reading: Reading,
    /// How many octets may still be sent.
    room: &'a mut u32,
    problems: &'a mut Vec<Unsupported>,
}

/// Reads the script of the host in this place.
pub(super) fn read(
    script: Script,
    options: &[OptionLine],
    place: usize,
    hosts: &[Neighbour],
    room: &mut u32,
    problems: &mut Vec<Unsupported>,
) -> Reading {
    let (own, others): (Vec<OptionLine>, Vec<OptionLine>) =
        script.options.into_iter().partition(|option| option.name == "iss");
    let mut iss = None;
    for option in own {
        iss = option.value.as_deref().and_then(|value| value.parse().ok());
        if iss.is_none() {
            let what = "--iss: write the first sequence number, 0 to 4294967295".to_owned();
            problems.push(Unsupported { place: option.place, what });
        }
    }
    let options: Vec<OptionLine> = options.iter().cloned().chain(others).collect();
    let (mut config, found) = Config::read_all(&options);
    problems.extend(
        found.into_iter().map(|Unsupported { place, what }| Unsupported { place, what: not_known(what) }),
    );
    let is_v6 = config.version == Version::V6;
    config.names = hosts.iter().map(|host| (host.name.clone(), host.address)).collect();
    let others = || hosts.iter().enumerate().filter(|(other, _)| *other != place);
    let mut listeners = others().filter(|(_, host)| host.listens);
    let peer = match (others().next(), others().nth(1), listeners.next(), listeners.next()) {
        (Some((only, _)), None, ..) => Ok(only),
        (_, _, Some((listener, _)), None) => Ok(listener),
        (None, ..) => Err("there is no other host: “...” stands for the peer".to_owned()),
        _ => Err("which host? “...” stands for the peer where there are two hosts, or one that listens: write \"name:port\"".to_owned()),
    };
    let unspecified = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let stage = Stage {
        local: (hosts[place].address, if is_v6 { 64 } else { 24 }),
        remote: peer.as_ref().map_or(unspecified, |peer| hosts[*peer].address),
        mtu: 1_500,
    };
    for option in &options {
        let what = match option.name.as_str() {
            "local_ip" | "remote_ip" | "netmask_ip" => {
                "write a host's address behind its name, host NAME 10.0.0.7; without one it is 10.0.0.1, 10.0.0.2 and so on (fd00::1 with IPv6)"
            }
            "init_scripts" => "there are no files here, write the settings themselves",
            _ => continue,
        };
        problems
            .push(Unsupported { place: option.place.clone(), what: format!("--{}: {what}", option.name) });
    }
    let mut reader = Reader {
        config: Arc::new(config),
        stage,
        no_peer: peer.err(),
        open: BTreeMap::new(),
        closed: BTreeMap::new(),
        pauses: Vec::new(),
        unnamed: -1,
        reading: Reading { iss, ..Reading::default() },
        room,
        problems,
    };
    for event in script.events {
        if let Err(what) = reader.event(&event) {
            reader.make_do(&event);
            reader.problems.push(Unsupported { place: event.place, what });
        }
    }
    reader.reading.pauses = reader.pauses;
    reader.reading
}

impl Reader<'_> {
    fn event(&mut self, event: &Event) -> Result<(), String> {
        match &event.action {
            Action::Command(text) => self.command(text, &event.place),
            Action::Packet(_) => {
                Err("segments are neither injected nor expected where there are hosts, their own engines send them: \
                            for a script with < and > take away the lines “host …”"
                    .into())
            }
            Action::Code(_) => {
                Err("code is not known where there are hosts: a script for one machine, without “host …”, can have it".into())
            }
            Action::Call(call) => self.pause(event.time)?.call(event, call),
        }
    }

    fn pause(&mut self, time: EventTime) -> Result<&mut Self, String> {
        match time {
            EventTime::Absolute(at) => self.pauses.push(Pause::Until(Instant(at))),
            EventTime::Relative(0) => {}
            EventTime::Relative(span) => self.pauses.push(Pause::For(Micros(span))),
            _ => {
                return Err(
                    "a call has one time at which it is made: 0.1, or +.1 after the one before has returned"
                        .into(),
                );
            }
        }
        Ok(self)
    }

    fn command(&mut self, text: &str, place: &Place) -> Result<(), String> {
        if !self.reading.calls.is_empty() {
            return Err("settings stand before the host's first call".into());
        }
        for (place, setting) in
            shell::read(text, place, &NoFiles).map_err(|problem| not_known(problem.what))?
        {
            match setting {
                Setting::Sysctl { name, value } => self.reading.sysctls.push((place, name, value)),
                Setting::Route(said) => self.reading.route.extend(said),
                _ => return Err("here a command can set a sysctl or what the route says (ip route change default initcwnd 4); the link stands at the top: --rate, --queue, --mtu".into()),
            }
        }
        Ok(())
    }

    fn call(&mut self, event: &Event, call: &SystemCall) -> Result<(), String> {
        if self.reading.calls.len() >= MOST_CALLS {
            // Said once.
            let more = self.reading.calls.len() > MOST_CALLS;
            return if more { Ok(()) } else { Err(format!("a host makes at most {MOST_CALLS} calls")) };
        }
        if call.errno.as_deref().is_some_and(|name| errno(name).is_none()) {
            return Err(format!("the errno {} is not known", call.errno.as_deref().unwrap_or_default()));
        }
        let fds = |script: i64| Fd(i32::try_from(script).unwrap_or(-1));
        // What is sent may be written out here: hosts answer each other, and one may want to read it.
        let written = written_out(call);
        let prepared = match &written {
            None => prepare(call, &self.config, &self.stage, &fds),
            Some(_) => {
                let mut plain = call.clone();
                plain.arguments[1] = crate::script::Expr::Ellipsis;
                prepare(&plain, &self.config, &self.stage, &fds)
            }
        };
        let prepared = prepared.map_err(not_known)?;
        let sys = prepared.sys;
        if let (Sys::Connect { .. }, Some(why)) = (&sys, &self.no_peer)
            && call.arguments.get(1).is_some_and(|argument| *argument == crate::script::Expr::Ellipsis)
        {
            return Err(why.clone());
        }
        let open = match prepared.script_fd {
            None => None,
            Some(fd) => Some((fd, self.known(fd)?)),
        };
        if let Some((fd, _)) = open
            && self.without_network(fd, &sys)?
        {
            return match &call.wanted {
                Wanted::Anything => Ok(()),
                Wanted::Value(value) if number(value, &self.config).map_err(not_known)? == 0 => Ok(()),
                _ => Err(format!("{} returns 0", call.text)),
            };
        }
        if let Sys::Send { length, .. } = &sys
            && *length > MOST_SENT
        {
            return Err(format!("one call sends at most {MOST_SENT} octets"));
        }
        if let Sys::Send { length, .. } = &sys {
            *self.room = self.room.checked_sub(*length).ok_or_else(|| {
                format!("all calls of a text together send at most {MOST_SENT_BY_ALL} octets")
            })?;
        }
        self.note_checks(&prepared.check)?;
        let (op, timeout) = match (&sys, open) {
            (Sys::Socket { family, kind, .. }, _) => (Op::Socket { family: *family, kind: *kind }, None),
            (sys, Some((fd, open))) => {
                let socket = SocketId(u32::try_from(fd).map_err(|_| format!("{fd} is no descriptor"))?);
                let (op, timeout) =
                    call_of(sys, socket, open.kind, (open.receive_timeout, open.send_timeout))
                        .map_err(|_| unknown(call))?;
                (op, if open.nonblocking { Some(Micros::ZERO) } else { timeout })
            }
            _ => return Err(unknown(call)),
        };
        let mut op = op;
        if let (Some(text), Some(data)) = (written, op.payload_mut()) {
            if text.len() != data.len() {
                let (has, says) = (text.len(), data.len());
                return Err(format!("the text has {has} octets, and the call sends {says}: write {has}"));
            }
            *data = text.to_owned().into();
        }
        if let Some(named) = named_address(&op, call) {
            match &mut op {
                Op::Bind { address, .. } | Op::Connect { address, .. } | Op::SendTo { address, .. } => {
                    *address = named;
                }
                _ => {}
            }
        }
        let due = call.end.map(|end| match event.time {
            EventTime::Absolute(_) => Due::At(end),
            EventTime::Relative(begin) => Due::After(end - begin),
            // Not read as a time of a blocking call.
            _ => Due::After(0),
        });
        let makes = self.makes(&sys, open.map(|(_, open)| open), call)?;
        if let (Sys::Close { .. }, Some((fd, open))) = (&sys, open) {
            self.open.remove(&fd);
            self.closed.insert(fd, open);
        }
        self.reading.calls.push(Planned {
            place: event.place.clone(),
            text: call.text.clone(),
            pauses: core::mem::take(&mut self.pauses),
            op,
            timeout,
            makes,
            due,
            wanted: call.wanted.clone(),
            errno: call.errno.clone(),
            check: prepared.check,
            length: prepared.length,
            config: self.config.clone(),
        });
        Ok(())
    }

    /// A call that is wrong makes its descriptor all the same: the lines that use it are not to blame.
    fn make_do(&mut self, event: &Event) {
        let Action::Call(SystemCall { name, wanted: Wanted::Value(wanted), .. }) = &event.action else {
            return;
        };
        if let "socket" | "accept" | "accept4" = name.as_str()
            && let Ok(fd @ 0..) = number(wanted, &self.config)
        {
            let kind = SocketKind::Stream;
            let open = Open { kind, nonblocking: false, receive_timeout: None, send_timeout: None };
            self.open.entry(fd).or_insert(open);
        }
    }

    /// A descriptor that a call above makes; it may be closed again, which is EBADF.
    fn known(&self, fd: i64) -> Result<Open, String> {
        match self.open.get(&fd).or(self.closed.get(&fd)) {
            Some(open) => Ok(*open),
            None => Err(format!("{NO_CALL_ABOVE} {fd}")),
        }
    }

    /// Does what no network sees: whether a descriptor waits, and how long.
    fn without_network(&mut self, fd: i64, sys: &Sys) -> Result<bool, String> {
        let Some(open) = self.open.get_mut(&fd) else { return Ok(false) };
        match sys {
            Sys::SetFlags { nonblocking, .. } => open.nonblocking = *nonblocking,
            Sys::SetOption { name, value: Setsockopt::Time(micros), .. } => {
                let timeout = (*micros > 0).then_some(Micros(*micros));
                match name.as_str() {
                    "SO_RCVTIMEO" | "SO_RCVTIMEO_OLD" | "SO_RCVTIMEO_NEW" => open.receive_timeout = timeout,
                    "SO_SNDTIMEO" | "SO_SNDTIMEO_OLD" | "SO_SNDTIMEO_NEW" => open.send_timeout = timeout,
                    _ => return Err(format!("not known here: the option {name} with a time")),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn note_checks(&self, check: &Check) -> Result<(), String> {
        match check {
            Check::Nothing | Check::Option(_) | Check::Address(_) => Ok(()),
            Check::Events(_) | Check::Ready(_) | Check::Pipe(..) | Check::Left(_) => Err(
                "not known where there are hosts: a script for one machine, without “host …”, can have it"
                    .into(),
            ),
        }
    }

    /// The descriptor that a call makes, by the script's number for it.
    fn makes(&mut self, sys: &Sys, on: Option<Open>, call: &SystemCall) -> Result<Option<i64>, String> {
        let (kind, nonblocking) = match sys {
            Sys::Socket { kind, nonblocking, .. } => (*kind, *nonblocking),
            Sys::Accept { nonblocking, .. } => {
                (on.map_or(SocketKind::Stream, |open| open.kind), *nonblocking)
            }
            _ => return Ok(None),
        };
        let named = match &call.wanted {
            Wanted::Value(value) => {
                Some(number(value, &self.config).map_err(not_known)?).filter(|fd| *fd >= 0)
            }
            Wanted::Anything | Wanted::Range(..) => None,
        };
        let Some(fd) = named else {
            // It fails, or nobody can use what it gives.
            self.unnamed -= 1;
            return Ok(Some(self.unnamed));
        };
        if i32::try_from(fd).is_err() {
            return Err(format!("{fd} is no descriptor"));
        }
        if self.open.contains_key(&fd) {
            return Err(format!("the descriptor {fd} is open already: give this one another number"));
        }
        self.closed.remove(&fd);
        self.open.insert(fd, Open { kind, nonblocking, receive_timeout: None, send_timeout: None });
        Ok(Some(fd))
    }
}

/// The text that a call sends, where it is written in place of `...`.
fn written_out(call: &SystemCall) -> Option<&str> {
    match (call.name.as_str(), call.arguments.get(1)) {
        ("write" | "send" | "sendto", Some(crate::script::Expr::Text(text))) => Some(text),
        _ => None,
    }
}

/// An address that is written as "host:port" keeps its host's name, as a program says it.
fn named_address(op: &Op, call: &SystemCall) -> Option<Endpoint> {
    let argument = match op {
        Op::Bind { .. } | Op::Connect { .. } => call.arguments.get(1)?,
        Op::SendTo { .. } => call.arguments.get(4)?,
        _ => return None,
    };
    let crate::script::Expr::Text(text) = argument else { return None };
    let (host, port) = text.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some(Endpoint { host: Host::parse(host).ok()?, port: port.parse().ok()? })
}

const NO_CALL_ABOVE: &str = "no call above gives this program a descriptor";

/// Whether a problem may come of a line that could not be read, and not of its own.
pub(super) fn is_about_a_line_above(what: &str) -> bool {
    what.starts_with(NO_CALL_ABOVE)
}

fn not_known(what: String) -> String {
    format!("not known here: {what}")
}

fn unknown(call: &SystemCall) -> String {
    format!(
        "{}() in this form is not known where there are hosts: a script for one machine, without “host …”, can have it",
        call.name
    )
}
