//! A scenario as a text of the sandbox: its hosts, its link, what befalls datagrams, and the calls of its programs as they came out.
//!
//! ```text
//!   Scenario --run--> calls with times and results --write--> text --play--> the same Log, or what is not the same is said
//! ```
//!
//! The text is run before it is given away. What the language has no words for is told: as reasons where nothing can be written, else as
//! notes.

use super::play::play;
use crate::stage::desk::Subject;
use crate::stage::desk::notation::{Words, call_line, result, seconds, settings};
use bytes::Bytes;
use core::fmt::Write;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use lab::{Pause, Run, Scenario, Scripted};
use packetdrill::{fault_line, time_word};
use sim::world::{PathPart, WorldSpec};
use sockets::{CallId, CallLine, Endpoint, Failure, Instant, Log, Micros, Op, SocketId, Value};
use std::collections::BTreeMap;

/// A scenario as a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// What is not as in the scenario, in sentences; nothing where the text runs to the same Log.
    pub note: Option<String>,
}

/// Writes a scenario, with the changes that it was given.
///
/// # Errors
/// What a text cannot say, in a sentence each.
pub fn write(scenario: &Scenario) -> Result<Written, Vec<String>> {
    let mut reasons = reasons(&scenario.world);
    if !scenario.python.is_empty() {
        reasons.push("It has programs in Python; a text of the sandbox has calls.".into());
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let run = lab::run(scenario).map_err(|bad| vec![format!("The scenario cannot be run: {bad}.")])?;
    let mut plain = None;
    // A host's own program stands in the host's part. Where programs must begin in another order, each has a part of its own.
    for apart in [false, true] {
        let text = text_of(scenario, &run, apart);
        let same = match &play(&text).subject {
            Some(Subject::Scenario(again)) => lab::run(again).is_ok_and(|again| again.log == run.log),
            _ => false,
        };
        if same {
            return Ok(Written { text, note: None });
        }
        plain.get_or_insert(text);
    }
    let text = plain.unwrap_or_default();
    let note = match &play(&text).subject {
        Some(Subject::Scenario(again)) if lab::run(again).is_ok_and(|again| alike(&again.log, &run.log)) => {
            "Times, segments and results are those of the scenario. The letters that are sent are others."
        }
        _ => "Not everything comes out as in the scenario: compare the two before you rely on it.",
    };
    Ok(Written { text, note: Some(note.into()) })
}

/// Whether two Logs tell the same but for the octets of data.
fn alike(one: &Log, two: &Log) -> bool {
    let told = |log: &Log| log.records().iter().map(ToString::to_string).collect::<Vec<_>>();
    told(one) == told(two)
}

/// What a text cannot say of a world.
fn reasons(world: &WorldSpec) -> Vec<String> {
    let mut reasons = Vec::new();
    if let [router, ..] = &world.routers[..] {
        reasons
            .push(format!("It has a router (“{}”); in the sandbox all hosts are on one link.", router.name));
    }
    if world.links.len() > 1 {
        reasons.push(format!("It has {} links; a text of the sandbox has one.", world.links.len()));
    }
    if world.hosts.len() > packetdrill::MOST_HOSTS {
        reasons.push(format!(
            "It has {} hosts; {} are the most.",
            world.hosts.len(),
            packetdrill::MOST_HOSTS
        ));
    }
    for host in &world.hosts {
        let on = &host.interfaces[..];
        if !host.routes.is_empty() || on.len() != 1 || on[0].addresses.len() != 1 || on[0].mtu.is_some() {
            reasons.push(format!(
                "“{}” has more or less than one interface with one address, or routes of its own.",
                host.name
            ));
        }
    }
    for link in &world.links {
        if core::iter::once(&link.path).chain(link.toward.values()).any(is_beyond_words) {
            reasons.push(format!(
                "The link “{}” has a queue that is counted in octets, losses in bursts, or its own time for what comes late.",
                link.name
            ));
        }
    }
    reasons
}

fn is_beyond_words(path: &PathPart) -> bool {
    path.queue_octets.is_some() || path.bursts.is_some() || path.reorder_by_us.is_some()
}

fn text_of(scenario: &Scenario, run: &Run, apart: bool) -> String {
    let world = &scenario.world;
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    head(scenario, &mut line);
    let lines: BTreeMap<CallId, CallLine<'_>> =
        run.log.calls().into_iter().map(|line| (line.call.id, line)).collect();
    let on = |program: &Scripted| {
        let step = program.script.steps.first();
        step.and_then(|step| program.script.hosts.get(step.host)).cloned().unwrap_or_default()
    };
    let is_own = |program: &Scripted, host: &str| !apart && program.name == host && on(program) == host;
    for (number, host) in world.hosts.iter().enumerate() {
        line(String::new());
        let address = host.interfaces.first().and_then(|on| on.addresses.first()).map(|at| at.address());
        let usual: IpAddr = match address {
            Some(IpAddr::V6(_)) => Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, number as u16 + 1).into(),
            _ => Ipv4Addr::new(10, 0, 0, number as u8 + 1).into(),
        };
        match address.filter(|address| *address != usual) {
            Some(address) => line(format!("host {} {address}", host.name)),
            None => line(format!("host {}", host.name)),
        }
        if let Some(iss) = host.iss {
            line(format!("--iss={iss}"));
        }
        settings(host).into_iter().for_each(&mut line);
        for (program, made) in scenario.programs.iter().zip(&run.made) {
            if is_own(program, &host.name) {
                calls(program, made, &lines, &mut line);
            }
        }
    }
    for (program, made) in scenario.programs.iter().zip(&run.made) {
        let host = on(program);
        if !is_own(program, &host) {
            line(String::new());
            // A host's name is taken by its own part.
            let is_taken = world.hosts.iter().any(|host| host.name == program.name);
            let name = if is_taken { format!("{} itself", program.name) } else { program.name.clone() };
            line(format!("program {name} on {host}"));
            calls(program, made, &lines, &mut line);
        }
    }
    text
}

/// The options at the top.
fn head(scenario: &Scenario, line: &mut impl FnMut(String)) {
    let world = &scenario.world;
    let mut options = Vec::new();
    let mut say = |name: &str, to: Option<&String>, value: Option<String>| {
        let to = to.map_or(String::new(), |to| format!("-to-{to}"));
        options.extend(value.map(|value| format!("--{name}{to}={value}")));
    };
    let is_v6 = |host: &sim::world::HostPart| {
        host.interfaces.iter().flat_map(|on| &on.addresses).any(|at| at.address().is_ipv6())
    };
    say("ip_version", None, world.hosts.iter().any(is_v6).then(|| "ipv6".into()));
    for link in &world.links {
        let ways = core::iter::once((None, &link.path));
        for (to, path) in ways.chain(link.toward.iter().map(|(to, path)| (Some(to), path))) {
            say("delay", to, path.delay_us.map(time_word));
            say("jitter", to, path.jitter_us.map(time_word));
            say("rate", to, path.rate_bps.map(rate_word));
            say("queue", to, path.queue_datagrams.map(|count| count.to_string()));
            say("mark", to, path.mark_above_datagrams.map(|count| count.to_string()));
            say("loss", to, path.loss_ppm.map(share_word));
            say("reorder", to, path.reorder_ppm.map(share_word));
            say("duplicate", to, path.duplicate_ppm.map(share_word));
            say("corrupt", to, path.corrupt_ppm.map(share_word));
        }
        say("mtu", None, (link.mtu != 1_500).then(|| link.mtu.to_string()));
    }
    say("seed", None, (world.seed != 0).then(|| world.seed.to_string()));
    say("afterwards", None, Some(time_word(scenario.afterwards.0)));
    let mut row = String::new();
    for option in options {
        if !row.is_empty() && row.len() + option.len() > 76 {
            line(core::mem::take(&mut row));
        }
        let gap = if row.is_empty() { "" } else { " " };
        write!(row, "{gap}{option}").expect("a String takes all");
    }
    if !row.is_empty() {
        line(row);
    }
    for fault in &world.faults {
        line(format!("--fault=\"{}\"", fault_line(fault)));
    }
    line(String::new());
    line(format!("// {}", scenario.title));
    for words in wrapped(&scenario.look_for, 58) {
        line(format!("// {words}"));
    }
}

fn rate_word(bps: u64) -> String {
    match bps {
        bps if bps > 0 && bps % 1_000_000 == 0 => format!("{}mbit", bps / 1_000_000),
        bps if bps > 0 && bps % 1_000 == 0 => format!("{}kbit", bps / 1_000),
        bps => format!("{bps}bit"),
    }
}

fn share_word(ppm: u64) -> String {
    let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match rows.last_mut() {
            Some(row) if row.len() + word.len() < width => {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(word.to_owned()),
        }
    }
    rows
}

/// A program's calls as they were made, with their results.
fn calls(
    program: &Scripted,
    made: &[(usize, CallId)],
    lines: &BTreeMap<CallId, CallLine<'_>>,
    line: &mut impl FnMut(String),
) {
    let mut hand = Hand { descriptors: BTreeMap::new(), time_outs: BTreeMap::new() };
    // When the call before returned, and its step.
    let mut free = Instant::START;
    let mut begun = None;
    for (step, id) in made {
        let Some(call) = lines.get(id) else { continue };
        let before = begun.replace(*step);
        let again = before == Some(*step);
        let until = program.pauses.get(step).and_then(|pauses| pauses.last()).filter(|_| !again);
        let time = match until {
            _ if before.is_none() => seconds(call.entered.0),
            Some(Pause::Until(_)) => seconds(call.entered.0),
            _ => format!("+{}", seconds(call.entered.since(free).0)),
        };
        for setting in hand.time_out(call) {
            line(format!("{:<5} {setting}", "+0"));
        }
        let back = call.back.as_ref().map(|back| back.outcome);
        let next = 3 + hand.descriptors.len();
        let made = match back {
            Some(Ok(Value::Socket { socket } | Value::Accepted { socket, .. })) => {
                Some(*hand.descriptors.entry(*socket).or_insert(next))
            }
            _ => None,
        };
        let result = match back {
            // A time-out has another name for each call.
            Some(Err(Failure::TimedOut)) => "?".to_owned(),
            back => result(back, made),
        };
        if let Some(call) = call_line(&call.call.op, &hand) {
            line(format!("{time:<5} {call} = {result}"));
        }
        free = call.back.as_ref().map_or(free, |back| back.at);
    }
    if let Some(pauses) = program.pauses.get(&program.script.steps.len()) {
        let waits: u64 = pauses
            .iter()
            .map(|pause| match pause {
                Pause::For(span) => span.0,
                Pause::Until(at) => at.since(free).0,
            })
            .sum();
        if let Some(fd) = hand.descriptors.values().next_back() {
            line(format!("{:<5} fcntl({fd}, F_SETFL, O_RDWR) = 0", format!("+{}", seconds(waits))));
        }
    }
}

/// How a program's script writes things.
struct Hand {
    descriptors: BTreeMap<SocketId, usize>,
    time_outs: BTreeMap<SocketId, Option<Micros>>,
}

impl Hand {
    /// How long a call may block is what its socket says: the lines that make it so.
    fn time_out(&mut self, call: &CallLine<'_>) -> Vec<String> {
        let Some(socket) = call.call.op.socket() else { return Vec::new() };
        let wanted = call.call.timeout;
        let before = self.time_outs.insert(socket, wanted).flatten();
        let Some(fd) = self.descriptor(socket).filter(|_| before != wanted) else { return Vec::new() };
        let mut lines = Vec::new();
        let waits =
            |on: bool| format!("fcntl({fd}, F_SETFL, O_RDWR{}) = 0", if on { "" } else { "|O_NONBLOCK" });
        if wanted == Some(Micros::ZERO) {
            return vec![waits(false)];
        }
        if before == Some(Micros::ZERO) {
            lines.push(waits(true));
        }
        let micros = wanted.map_or(0, |micros| micros.0);
        let value = format!("{{tv_sec={}, tv_usec={}}}, 16", micros / 1_000_000, micros % 1_000_000);
        let option = match call.call.op {
            Op::Recv { .. } | Op::RecvFrom { .. } | Op::Accept { .. } => "SO_RCVTIMEO",
            _ => "SO_SNDTIMEO",
        };
        lines.push(format!("setsockopt({fd}, SOL_SOCKET, {option}, {value}) = 0"));
        lines
    }
}

impl Words for Hand {
    fn descriptor(&self, socket: SocketId) -> Option<String> {
        self.descriptors.get(&socket).map(usize::to_string)
    }

    fn address(&self, _: &Op, address: &Endpoint) -> String {
        let host = address.host.to_string();
        if host.contains(':') {
            format!("\"[{host}]:{}\"", address.port)
        } else {
            format!("\"{host}:{}\"", address.port)
        }
    }

    /// What a person can read is written out; the rest is as much of something else.
    fn payload(&self, data: &Bytes) -> String {
        let plain = |octet: &u8| (b' '..=b'~').contains(octet) || b"\n\t".contains(octet);
        let filled = data.iter().enumerate().all(|(place, octet)| *octet == b'a' + (place % 26) as u8);
        let readable = !filled && data.len() <= 200 && data.iter().all(plain);
        match core::str::from_utf8(data) {
            Ok(text) if readable => {
                let text = text.replace('\\', "\\\\").replace('"', "\\\"");
                format!("\"{}\"", text.replace('\n', "\\n").replace('\t', "\\t"))
            }
            _ => "...".into(),
        }
    }
}
