//! Several hosts in one text: a world, and for each host a script of calls. Nobody injects a segment: the other hosts answer.
//!
//! ```text
//!   --delay=20ms --rate=10mbit --loss-to-server=1%      the link, and options that every script has
//!
//!   host client                                         a host; its name resolves in every host
//!   0     socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
//!   +0    connect(3, ..., ...) = 0                      ... is the peer: the other host, port 8080
//!
//!   host server 10.0.0.7                                an address of its own choice
//!   `sysctl -q net.ipv4.tcp_sack=0`                     settings of this host
//!   `ip route change default initcwnd 4`                what its route says
//!   0     socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
//!
//!   program ping on client                              one more program on a host, with descriptors of its own
//! ```
//!
//! What differs from a script for one machine: a program makes its next call when the one before has returned, however long that took, and
//! `+.1` counts from there. A call may always block; only where a time stands behind `...` (`+0...0.2`) is it checked when it returns.
//!
//! This module reads and checks. It runs nothing: [`Play`] is a world of `sim` and calls of `sockets`, for whoever runs those.

mod calls;
mod fault;
mod judge;
#[cfg(test)]
mod tests;
mod world;

use crate::check::Check;
use crate::config::Config;
use crate::place::{Place, Source, Unsupported};
use crate::script::{OptionLine, Wanted};
use core::net::IpAddr;
pub use fault::{fault_line, time_word};
use sim::world::WorldSpec;
use sockets::{Instant, Micros, Op};
use std::sync::Arc;

/// The most hosts that a text may have.
pub const MOST_HOSTS: usize = 16;
/// The most programs that all hosts together may have.
pub const MOST_PROGRAMS: usize = 64;
/// The most calls that one program may make.
pub const MOST_CALLS: usize = 2_000;
/// The most octets that one call may send.
pub const MOST_SENT: u32 = 1 << 24;

/// The most octets that all calls together may send.
pub const MOST_SENT_BY_ALL: u32 = 1 << 25;

/// A world and what its hosts do.
#[derive(Clone, Debug)]
pub struct Play {
    /// The world.
    pub world: WorldSpec,
    /// The programs, in the order of the text: each host's own, and others.
    pub programs: Vec<Calls>,
    /// How long the world goes on after the last program has ended, if the text says so.
    pub afterwards: Option<Micros>,
}

/// What one program does.
#[derive(Clone, Debug)]
pub struct Calls {
    /// The program's name: that of its host, or its own.
    pub name: String,
    /// The host's name.
    pub host: String,
    /// Where its part of the text begins.
    pub place: Place,
    /// Its calls, in order.
    pub calls: Vec<Planned>,
    /// Pauses after the last call.
    pub pauses: Vec<Pause>,
}

/// A time to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// So long after the call before has returned.
    For(Micros),
    /// Until then.
    Until(Instant),
}

/// A call that is to be made.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Where it stands.
    pub place: Place,
    /// The call as the script writes it, without its result.
    pub text: String,
    /// What it waits for, after the call before has returned.
    pub pauses: Vec<Pause>,
    /// The call. Its socket is the script's descriptor.
    pub op: Op,
    /// How long it may block; `None` for ever.
    pub timeout: Option<Micros>,
    /// The script's descriptor for the socket that it makes.
    pub makes: Option<i64>,
    /// When it is to return, if the script says so.
    due: Option<Due>,
    wanted: Wanted,
    errno: Option<String>,
    check: Check,
    length: Option<i64>,
    config: Arc<Config>,
}

#[derive(Clone, Copy, Debug)]
enum Due {
    /// So long after it was made.
    After(u64),
    /// At this time of the world.
    At(u64),
}

/// What sort of result a call is to have: enough to know whether it makes sense to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Any result will do.
    Any,
    /// It succeeds.
    Success,
    /// It fails.
    Failure,
}

/// Whether a text has hosts. One without is a script for one machine, as [`parse`](crate::parse) reads it.
pub fn has_hosts(text: &str) -> bool {
    !sections(text).1.is_empty()
}

/// Reads a text with hosts.
///
/// # Errors
/// Everything that is not understood or cannot be, as far as it can be told at once: at least one, in the order of the text.
pub fn read_play(source: &Source) -> Result<Play, Vec<Unsupported>> {
    let (head, parts) = sections(&source.text);
    let mut problems = Vec::new();
    let head = Source { name: source.name.clone(), text: head };
    let parts: Vec<(Part, Source)> = parts
        .into_iter()
        .map(|part| {
            let text = part.text.clone();
            (part, Source { name: source.name.clone(), text })
        })
        .collect();
    let mut spec = world::Setup::default();
    let hosts: Vec<&str> =
        parts.iter().filter(|(part, _)| part.is_host()).map(|(part, _)| part.name.as_str()).collect();
    let (script, found) = crate::parse::parse_all(&head);
    problems.extend(found);
    if let Some(event) = script.events.first() {
        let what = "this stands before the first host: write a line “host NAME” above it";
        problems.push(Unsupported { place: event.place.clone(), what: what.into() });
    }
    let (world, mut options): (Vec<OptionLine>, Vec<OptionLine>) =
        script.options.into_iter().partition(world::Setup::takes);
    // Sockets must know it as well as the link.
    options.extend(world.iter().filter(|option| option.name == "ip_version").cloned());
    spec.read(&world, &hosts, &mut problems);
    let place = |line| Place { file: source.name.as_str().into(), line, column: 1 };
    for (number, (part, _)) in parts.iter().enumerate() {
        let mut say = |what: String| problems.push(Unsupported { place: place(part.line), what });
        let is_taken = parts[..number].iter().any(|(other, _)| other.name.eq_ignore_ascii_case(&part.name));
        match &part.kind {
            Kind::Host { .. } if let Some(why) = world::bad_name(&part.name) => say(why),
            Kind::Host { .. } if is_taken => {
                say(format!("there is a host “{}” already: each has a name of its own", part.name));
            }
            Kind::Host { address: Some(address) } if address.is_ipv6() != spec.is_v6() => {
                let version = if spec.is_v6() { "IPv6" } else { "IPv4" };
                say(format!("{address}: all hosts have {version} addresses here, see --ip_version"));
            }
            Kind::Host { .. } => {}
            Kind::Program { .. } if is_taken => {
                say(format!("“{}” is there already: each program has a name of its own", part.name));
            }
            Kind::Program { on } if !hosts.contains(&&on[..]) => {
                say(format!("there is no host “{on}”; the hosts are {}", hosts.join(", ")));
            }
            Kind::Program { .. } => {}
        }
    }
    if hosts.len() > MOST_HOSTS {
        let beyond = parts.iter().filter(|(part, _)| part.is_host()).nth(MOST_HOSTS);
        let what = format!("this is host number {}: {MOST_HOSTS} are the most", MOST_HOSTS + 1);
        problems.push(Unsupported { place: place(beyond.map_or(1, |(part, _)| part.line)), what });
        return Err(in_order(problems));
    }
    if let Some((part, _)) = parts.get(MOST_PROGRAMS) {
        let what = format!("this is program number {}: {MOST_PROGRAMS} are the most", MOST_PROGRAMS + 1);
        problems.push(Unsupported { place: place(part.line), what });
        return Err(in_order(problems));
    }
    let mut neighbours: Vec<calls::Neighbour> = Vec::new();
    for (part, _) in parts.iter().filter(|(part, _)| part.is_host()) {
        let address = match part.kind {
            Kind::Host { address: Some(address) } => address,
            _ => world::address(neighbours.len(), spec.is_v6()),
        };
        neighbours.push(calls::Neighbour { name: part.name.clone(), listens: false, address });
    }
    spec.settings = vec![world::Settings::default(); neighbours.len()];
    let mut scripts = Vec::new();
    for (part, text) in &parts {
        let (script, found) = crate::parse::parse_all(text);
        let Some(host) = neighbours.iter().position(|host| host.name == part.host()) else { continue };
        // What could not be read may be a call of listen().
        neighbours[host].listens |=
            calls::listens(&script) || (!found.is_empty() && text.text.contains("listen("));
        scripts.push((part, host, script, found.is_empty()));
        problems.extend(found);
    }
    let mut room = MOST_SENT_BY_ALL;
    let mut programs = Vec::new();
    for (part, host, script, is_whole) in scripts {
        let mut found = Vec::new();
        let reading = calls::read(script, &options, host, &neighbours, &mut room, &mut found);
        // Where a line is missing, others that need what it makes would be blamed for it.
        if !is_whole {
            found.retain(|problem| !calls::is_about_a_line_above(&problem.what));
        }
        problems.extend(found);
        let settings = &mut spec.settings[host];
        settings.sysctls.extend(reading.sysctls);
        settings.route.extend(reading.route);
        settings.iss = reading.iss.or(settings.iss);
        programs.push(Calls {
            name: part.name.clone(),
            host: part.host().to_owned(),
            place: place(part.line),
            calls: reading.calls,
            pauses: reading.pauses,
        });
    }
    if !problems.is_empty() {
        return Err(in_order(problems));
    }
    let hosts: Vec<(String, IpAddr)> =
        neighbours.iter().map(|host| (host.name.clone(), host.address)).collect();
    let world = spec.world(&hosts);
    if let Err(bad) = world.check() {
        let of_hosts = parts.iter().filter(|(part, _)| part.is_host());
        let places: Vec<Place> = of_hosts.map(|(part, _)| place(part.line)).collect();
        return Err(in_order(spec.placed(bad, &places, &place(1))));
    }
    Ok(Play { world, programs, afterwards: spec.afterwards })
}

fn in_order(mut problems: Vec<Unsupported>) -> Vec<Unsupported> {
    problems.sort_by_key(|problem| (problem.place.line, problem.place.column));
    problems.dedup();
    problems
}

/// A program's part of a text.
struct Part {
    name: String,
    kind: Kind,
    /// Where its first line stands, from 1.
    line: u32,
    /// Its script, with an empty line for every line before it, so that places are those of the whole text.
    text: String,
}

/// What a part begins with.
enum Kind {
    /// `host NAME`, with its address if the line has one.
    Host { address: Option<IpAddr> },
    /// `program NAME on HOST`.
    Program { on: String },
}

impl Part {
    fn is_host(&self) -> bool {
        matches!(self.kind, Kind::Host { .. })
    }

    fn host(&self) -> &str {
        match &self.kind {
            Kind::Host { .. } => &self.name,
            Kind::Program { on } => on,
        }
    }
}

/// Takes a text apart at its lines `host NAME` and `program NAME on HOST`: what stands before the first host, and a part for each.
fn sections(text: &str) -> (String, Vec<Part>) {
    let (mut head, mut parts): (String, Vec<Part>) = (String::new(), Vec::new());
    let mut comment = false;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let begins = host_line(line).or_else(|| program_line(line).filter(|_| !parts.is_empty()));
        if let Some((name, kind)) = begins.filter(|_| !comment) {
            let text = "\n".repeat(number + 1);
            parts.push(Part { name: name.to_owned(), kind, line: number as u32 + 1, text });
            continue;
        }
        comment = comment_after(line, comment);
        match parts.last_mut() {
            Some(part) => part.text.push_str(line),
            None => head.push_str(line),
        }
    }
    (head, parts)
}

/// The name and the address in a line `host NAME ADDRESS`, which may end with a colon and a comment.
fn host_line(line: &str) -> Option<(&str, Kind)> {
    let rest = heading(line, "host")?;
    let (name, address) = match rest.split_once([' ', '\t']) {
        None => (rest, None),
        Some((name, address)) => (name, Some(address.trim().parse().ok()?)),
    };
    (!name.is_empty()).then_some((name, Kind::Host { address }))
}

/// The name and the host in a line `program NAME on HOST`; the name may have blanks in it.
fn program_line(line: &str) -> Option<(&str, Kind)> {
    let (name, on) = heading(line, "program")?.rsplit_once(" on ")?;
    let (name, on) = (name.trim(), on.trim());
    let is_one_word = !on.is_empty() && !on.contains(char::is_whitespace);
    (!name.is_empty() && is_one_word).then(|| (name, Kind::Program { on: on.to_owned() }))
}

/// What stands behind a word at the beginning of a line, without colon and comment.
fn heading<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let rest = line.trim_start_matches('\u{feff}').trim_start().strip_prefix(word)?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim();
    let rest = rest.split("//").next()?.split('#').next()?.trim_end();
    Some(rest.strip_suffix(':').unwrap_or(rest).trim_end())
}

/// Whether a comment `/* */` goes on after this line.
fn comment_after(mut line: &str, mut inside: bool) -> bool {
    loop {
        let mark = if inside { "*/" } else { "/*" };
        let found = match (line.find(mark), line.find("//")) {
            // What stands behind // opens nothing.
            (Some(at), Some(slashes)) if !inside && slashes < at => None,
            (found, _) => found,
        };
        let Some(at) = found else { return inside };
        line = &line[at + 2..];
        inside = !inside;
    }
}
