//! Several hosts in one text: a world, and for each host a script of calls. Nobody injects a segment: the other hosts answer.
//!
//! ```text
//!   --delay=20ms --rate=10mbit --loss-to-server=1%      the link, and options that every script has
//!
//!   host client                                         a host; its name resolves in every host
//!   0     socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
//!   +0    connect(3, ..., ...) = 0                      ... is the peer: the other host, port 8080
//!
//!   host server
//!   `sysctl -q net.ipv4.tcp_sack=0`                     settings of this host
//!   0     socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
//! ```
//!
//! What differs from a script for one machine: a program makes its next call when the one before has returned, however long that took, and
//! `+.1` counts from there. A call may always block; only where a time stands behind `...` (`+0...0.2`) is it checked when it returns.
//!
//! This module reads and checks. It runs nothing: [`Play`] is a world of `sim` and calls of `sockets`, for whoever runs those.

mod calls;
mod judge;
#[cfg(test)]
mod tests;
mod world;

use crate::check::Check;
use crate::config::Config;
use crate::place::{Place, Source, Unsupported};
use crate::script::{OptionLine, Wanted};
use sim::world::WorldSpec;
use sockets::{Instant, Micros, Op};
use std::sync::Arc;

/// The most hosts that a text may have.
pub const MOST_HOSTS: usize = 16;
/// The most calls that one host may make.
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
    /// A program for each host, in the order of the hosts.
    pub programs: Vec<Calls>,
}

/// What one host does.
#[derive(Clone, Debug)]
pub struct Calls {
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
    let options = match crate::parse(&head) {
        Ok(script) => {
            if let Some(event) = script.events.first() {
                let what = "this stands before the first host: write a line “host NAME” above it";
                problems.push(Unsupported { place: event.place.clone(), what: what.into() });
            }
            let (world, mut others): (Vec<OptionLine>, Vec<OptionLine>) =
                script.options.into_iter().partition(world::Setup::takes);
            // Sockets must know it as well as the link.
            others.extend(world.iter().filter(|option| option.name == "ip_version").cloned());
            spec.read(
                &world,
                &parts.iter().map(|(part, _)| part.name.as_str()).collect::<Vec<_>>(),
                &mut problems,
            );
            others
        }
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
    };
    let place = |line| Place { file: source.name.as_str().into(), line, column: 1 };
    for (number, (part, _)) in parts.iter().enumerate() {
        if let Some(why) = world::bad_name(&part.name) {
            problems.push(Unsupported { place: place(part.line), what: why });
        } else if parts[..number].iter().any(|(other, _)| other.name.eq_ignore_ascii_case(&part.name)) {
            let what = format!("there is a host “{}” already: each has a name of its own", part.name);
            problems.push(Unsupported { place: place(part.line), what });
        }
    }
    if let Some((part, _)) = parts.get(MOST_HOSTS) {
        let what = format!("this is host number {}: {MOST_HOSTS} are the most", MOST_HOSTS + 1);
        problems.push(Unsupported { place: place(part.line), what });
        return Err(in_order(problems));
    }
    let mut scripts = Vec::new();
    for (part, text) in &parts {
        match crate::parse(text) {
            Ok(script) => scripts.push((part, script)),
            Err(problem) => problems.push(problem),
        }
    }
    if scripts.len() < parts.len() {
        return Err(in_order(problems));
    }
    let hosts: Vec<calls::Neighbour> = scripts
        .iter()
        .map(|(part, script)| calls::Neighbour { name: part.name.clone(), listens: calls::listens(script) })
        .collect();
    let mut room = MOST_SENT_BY_ALL;
    let mut programs = Vec::new();
    for (number, (part, script)) in scripts.into_iter().enumerate() {
        let reading = calls::read(script, &options, number, &hosts, &mut room, &mut problems);
        spec.sysctls.push(reading.sysctls);
        programs.push(Calls {
            host: part.name.clone(),
            place: place(part.line),
            calls: reading.calls,
            pauses: reading.pauses,
        });
    }
    if !problems.is_empty() {
        return Err(in_order(problems));
    }
    let names: Vec<String> = programs.iter().map(|program| program.host.clone()).collect();
    let world = spec.world(&names);
    if let Err(bad) = world.check() {
        let places: Vec<Place> = programs.iter().map(|program| program.place.clone()).collect();
        return Err(in_order(spec.placed(bad, &places, &place(1))));
    }
    Ok(Play { world, programs })
}

fn in_order(mut problems: Vec<Unsupported>) -> Vec<Unsupported> {
    problems.sort_by_key(|problem| (problem.place.line, problem.place.column));
    problems.dedup();
    problems
}

/// One host's part of a text.
struct Part {
    name: String,
    /// Where its line `host NAME` stands, from 1.
    line: u32,
    /// Its script, with an empty line for every line before it, so that places are those of the whole text.
    text: String,
}

/// Takes a text apart at its lines `host NAME`: what stands before the first, and a part for each host.
fn sections(text: &str) -> (String, Vec<Part>) {
    let (mut head, mut parts): (String, Vec<Part>) = (String::new(), Vec::new());
    let mut comment = false;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if let Some(name) = host_line(line).filter(|_| !comment) {
            let text = "\n".repeat(number + 1);
            parts.push(Part { name: name.to_owned(), line: number as u32 + 1, text });
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

/// The name in a line `host NAME`, which may end with a colon and a comment.
fn host_line(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('\u{feff}').trim_start().strip_prefix("host")?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim();
    let rest = rest.split("//").next()?.split('#').next()?.trim_end();
    let name = rest.strip_suffix(':').unwrap_or(rest).trim_end();
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
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
