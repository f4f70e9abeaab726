//! A scenario: a world, the programs in it, and how far they may go. Running it yields a Log that follows from it alone.
//!
//! ```text
//!   {"id": …, "title": …, "world": {…}, "programs": [{"host": "server", "steps": [{"call": "socket", …}, {"sleep_us": 5000}, …]}, …]}
//! ```
//!
//! Programs run side by side; a program's steps are those of a [`Script`], and besides `sleep_us` and `until_us`. `host` and `say` of a
//! step may be left out where its program names a host.

use crate::script::read_step;
use crate::{Ending, Ground, Limits, Pause, Peer, Player, Script, Source, Verdict, begin, drive};
use core::fmt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sim::world::{BadSpec, Problem, Stopped, World, WorldSpec};
use sockets::{CallId, Instant, Log, Micros, SocketId};
use std::collections::{BTreeMap, BTreeSet};

/// A world and the programs that run in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Short and stable: it stands in links.
    pub id: String,
    /// What a menu shows.
    pub title: String,
    /// What to look for, in a sentence or two, with marks (see [`crate::prose`]); may be empty.
    pub look_for: String,
    /// The heading under which a gallery shows it; may be empty.
    pub group: String,
    /// Moments that are worth a look, in the order of time.
    pub moments: Vec<Marked>,
    /// The views that show its point at once, by their names in links; none for the usual ones.
    pub views: Vec<String>,
    /// The world, with its bounds.
    pub world: WorldSpec,
    /// The programs that are scripts, in the order in which they begin.
    pub programs: Vec<Scripted>,
    /// Learners' programs; they begin after the scripts, in this order.
    pub python: Vec<Source>,
    /// Peers that answer; they begin last, in this order.
    pub peers: Vec<Peer>,
    /// How long the world goes on after the last program has ended.
    pub afterwards: Micros,
}

/// A moment that is worth a look.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Marked {
    /// When, in microseconds.
    pub at_us: u64,
    /// What happens there, in a few words.
    pub says: String,
}

/// A program of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scripted {
    /// Its name, in messages and changes; no other program of the scenario has it.
    pub name: String,
    /// What it does; its hosts are hosts of the world.
    pub script: Script,
    /// The pauses before each step that has some.
    pub pauses: BTreeMap<usize, Vec<Pause>>,
}

impl Scripted {
    /// Whether it listens on a socket.
    pub(crate) fn listens(&self, socket: &str) -> bool {
        let listens =
            |step: &crate::Step| step.kind() == sockets::OpKind::Listen && step.socket() == Some(socket);
        self.script.steps.iter().any(listens)
    }

    /// The value of an option that it sets on a socket.
    pub(crate) fn option(&self, socket: &str, option: sockets::OptionName) -> Option<String> {
        let sets =
            |step: &&crate::Step| step.socket() == Some(socket) && step.sets() == Some(option.row().constant);
        self.script.steps.iter().find(sets)?.set_value()
    }
}

/// What became of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The whole story.
    pub log: Log,
    /// How it ended.
    pub ending: Ending,
    /// How each step of each program came out; `None` for one that has not come back.
    pub verdicts: Vec<Vec<Option<Verdict>>>,
    /// The calls that each program made, in order, each with the place of its step.
    pub made: Vec<Vec<(usize, CallId)>>,
    /// The bound of the world that was reached, if one was.
    pub stopped: Option<Stopped>,
    /// What the programs call their sockets.
    pub names: BTreeMap<SocketId, String>,
}

/// Why a scenario cannot be: one line for each problem, with the field's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadScenario(BadSpec);

impl BadScenario {
    /// Everything that was found; at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    pub(crate) fn at(field: String, why: String) -> BadScenario {
        BadScenario(Problem { field, why }.into())
    }

    /// The same problems, with the path of what they were found in.
    pub(crate) fn inside(mut self, of: &str) -> BadScenario {
        for Problem { field, .. } in &mut self.0.problems {
            let dot = if field.is_empty() || field.starts_with('[') { "" } else { "." };
            *field = format!("{of}{dot}{field}");
        }
        self
    }

    pub(crate) fn from_json(error: serde_path_to_error::Error<serde_json::Error>) -> BadScenario {
        BadScenario(Problem::from_path(error).into())
    }

    pub(crate) fn in_world(mut bad: BadSpec) -> BadScenario {
        for Problem { field, .. } in &mut bad.problems {
            *field = if field.is_empty() { "world".into() } else { format!("world.{field}") };
        }
        BadScenario(bad)
    }
}

impl fmt::Display for BadScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for BadScenario {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    id: String,
    title: String,
    #[serde(default)]
    look_for: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    moments: Vec<Marked>,
    #[serde(default)]
    views: Vec<String>,
    world: WorldSpec,
    #[serde(default)]
    programs: Vec<RawProgram>,
    #[serde(default)]
    python: Vec<Source>,
    #[serde(default)]
    peers: Vec<Peer>,
    #[serde(default = "afterwards")]
    afterwards_us: u64,
}

fn afterwards() -> u64 {
    Limits::default().afterwards.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProgram {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    host: Option<String>,
    steps: Vec<Map<String, Json>>,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// What is not JSON of this form; a world that cannot be; a step that names a host or a socket that there is not, or asks for a call
    /// that does not exist. Each with the field's path: `programs[0].steps[3]`, counted from 0.
    pub fn parse(text: &str) -> Result<Scenario, BadScenario> {
        let mut json = serde_json::Deserializer::from_str(text);
        let raw: RawScenario = serde_path_to_error::deserialize(&mut json).map_err(BadScenario::from_json)?;
        json.end().map_err(|error| BadScenario::at(String::new(), error.to_string()))?;
        raw.world.check().map_err(BadScenario::in_world)?;
        if raw.programs.is_empty() && raw.python.is_empty() && raw.peers.is_empty() {
            return Err(BadScenario::at(
                "programs".into(),
                "there is none: a scenario has at least one program".into(),
            ));
        }
        let hosts: Vec<String> = raw.world.hosts.iter().map(|host| host.name.clone()).collect();
        let mut programs: Vec<Scripted> = Vec::new();
        for (place, program) in raw.programs.into_iter().enumerate() {
            let named = program.name.is_some();
            let mut program = read_program(place, program, &hosts)?;
            let taken = |name: &str| programs.iter().any(|other| other.name == name);
            if taken(&program.name) {
                if named {
                    let why = format!("“{}” is there twice: a program's name is its own", program.name);
                    return Err(BadScenario::at(format!("programs[{place}].name"), why));
                }
                let plain = program.name.clone();
                let mut numbers = 2..;
                while taken(&program.name) {
                    program.name = format!("{plain} {}", numbers.next().unwrap_or(0));
                }
            }
            programs.push(program);
        }
        for (place, source) in raw.python.iter().enumerate() {
            check_source(&raw.python[..place], source, &programs, &hosts)
                .map_err(|(field, why)| BadScenario::at(format!("python[{place}].{field}"), why))?;
        }
        for (place, peer) in raw.peers.iter().enumerate() {
            let others = programs.iter().map(|program| &program.name);
            let others = others.chain(raw.python.iter().map(|source| &source.name));
            let taken = others.chain(raw.peers[..place].iter().map(|peer| &peer.name));
            check_peer(peer, taken, &hosts)
                .map_err(|(field, why)| BadScenario::at(format!("peers[{place}].{field}"), why))?;
        }
        Ok(Scenario {
            programs,
            python: raw.python,
            peers: raw.peers,
            id: raw.id,
            title: raw.title,
            look_for: raw.look_for,
            group: raw.group,
            moments: raw.moments,
            views: raw.views,
            world: raw.world,
            afterwards: Micros(raw.afterwards_us),
        })
    }

    /// Of a script that was written for one machine: every host of the script is the same one host, without a network.
    pub fn on_one_host(script: Script, seed: u64) -> Scenario {
        let host = sim::world::HostPart { name: "machine".into(), ..sim::world::HostPart::default() };
        Scenario {
            id: script.id.clone(),
            title: script.title.clone(),
            look_for: script.look_for.clone(),
            group: String::new(),
            moments: Vec::new(),
            views: Vec::new(),
            world: WorldSpec { seed, hosts: vec![host], ..WorldSpec::default() },
            programs: vec![Scripted { name: script.id.clone(), script, pauses: BTreeMap::new() }],
            python: Vec::new(),
            peers: Vec::new(),
            afterwards: Limits::default().afterwards,
        }
    }
}

/// What is wrong with a learner's program, and where.
fn check_source(
    before: &[Source],
    source: &Source,
    programs: &[Scripted],
    hosts: &[String],
) -> Result<(), (&'static str, String)> {
    let taken = programs.iter().any(|program| program.name == source.name)
        || before.iter().any(|other| other.name == source.name);
    if source.name.is_empty() || taken {
        let why = format!("“{}”: a program has a name, and it is its own", source.name);
        return Err(("name", why));
    }
    let known = hosts.contains(&source.host) || source.host.is_empty() && hosts.len() == 1;
    if !known {
        let why = format!("there is no host “{}”; the hosts are {}", source.host, hosts.join(", "));
        return Err(("host", why));
    }
    let plain = |name: &str| !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0']);
    match core::iter::once(&source.file).chain(source.files.keys()).find(|name| !plain(name)) {
        Some(name) => {
            Err(("file", format!("“{name}” is no file's name: it has at least one letter and no “/”")))
        }
        None => Ok(()),
    }
}

/// What is wrong with a peer, and where.
fn check_peer<'a>(
    peer: &Peer,
    mut taken: impl Iterator<Item = &'a String>,
    hosts: &[String],
) -> Result<(), (String, String)> {
    if peer.name.is_empty() || taken.any(|name| *name == peer.name) {
        let why = format!("“{}”: a program has a name, and it is its own", peer.name);
        return Err(("name".into(), why));
    }
    let known = hosts.contains(&peer.host) || peer.host.is_empty() && hosts.len() == 1;
    if !known {
        let why = format!("there is no host “{}”; the hosts are {}", peer.host, hosts.join(", "));
        return Err(("host".into(), why));
    }
    peer.check()
}

fn read_program(place: usize, raw: RawProgram, hosts: &[String]) -> Result<Scripted, BadScenario> {
    let at = format!("programs[{place}]");
    if let Some(host) = raw.host.as_ref().filter(|host| !hosts.contains(host)) {
        let why = format!("there is no host “{host}”; the hosts are {}", hosts.join(", "));
        return Err(BadScenario::at(format!("{at}.host"), why));
    }
    let name = raw.name.or_else(|| raw.host.clone()).unwrap_or_else(|| format!("program {place}"));
    let mut known = BTreeSet::new();
    let mut steps = Vec::new();
    let mut pauses: BTreeMap<usize, Vec<Pause>> = BTreeMap::new();
    for (number, mut fields) in raw.steps.into_iter().enumerate() {
        let at = format!("{at}.steps[{number}]");
        match read_pause(&mut fields) {
            Ok(Some(pause)) => pauses.entry(steps.len()).or_default().push(pause),
            Ok(None) => {
                if let Some(host) = &raw.host {
                    fields.entry("host").or_insert_with(|| host.clone().into());
                }
                fields.entry("say").or_insert_with(|| "".into());
                let step = read_step(number, fields, hosts, &mut known).map_err(|wrong| {
                    let dot = if wrong.field.is_empty() { "" } else { "." };
                    BadScenario::at(format!("{at}{dot}{}", wrong.field), wrong.why)
                });
                steps.push(step?);
            }
            Err(why) => return Err(BadScenario::at(at, why)),
        }
    }
    let (id, title, look_for) = (name.clone(), name.clone(), String::new());
    Ok(Scripted { name, script: Script { id, title, look_for, hosts: hosts.to_vec(), steps }, pauses })
}

/// The pause that a step is, if it is one.
fn read_pause(fields: &mut Map<String, Json>) -> Result<Option<Pause>, String> {
    for (name, pause) in [
        ("sleep_us", (|us| Pause::For(Micros(us))) as fn(u64) -> Pause),
        ("until_us", |us| Pause::Until(Instant(us))),
    ] {
        let Some(value) = fields.remove(name) else { continue };
        fields.remove("say");
        fields.remove("host");
        if let Some(other) = fields.keys().next() {
            return Err(format!("a step with “{name}” only sleeps: “{other}” does not belong to it"));
        }
        return match value.as_u64() {
            Some(us) => Ok(Some(pause(us))),
            None => Err(format!("“{name}” is {value}: it must be a whole number of microseconds")),
        };
    }
    Ok(None)
}

/// Runs a scenario. The outcome follows from the scenario alone: the same scenario gives the same Run, on every machine.
///
/// # Errors
/// A world that cannot be; one that [`Scenario::parse`] has read can. Learners' programs: they need an interpreter, and [`begin`](crate::begin).
pub fn run(scenario: &Scenario) -> Result<Run, BadScenario> {
    run_with(scenario, |_| {})
}

/// As [`run`], in a world to which something is done before it begins.
pub(crate) fn run_with(scenario: &Scenario, prepare: impl FnOnce(&mut World)) -> Result<Run, BadScenario> {
    if !scenario.python.is_empty() {
        let why = "a Python program runs in an interpreter, and there is none here".into();
        return Err(BadScenario::at("python".into(), why));
    }
    let mut driver = begin(scenario)?;
    if let Ground::World(world) = driver.network_mut() {
        prepare(world);
    }
    let ending = drive(&mut driver);
    let (log, ground, players) = driver.into_parts();
    let verdicts = players.iter().filter_map(|player| match player {
        Player::Script(script) => Some(script.verdicts().to_vec()),
        Player::Process(_) | Player::Peer(_) => None,
    });
    let stopped = match &ground {
        Ground::World(world) => world.stopped(),
        Ground::Machine(_) => None,
    };
    let made = players.iter().filter_map(|player| match player {
        Player::Script(script) => Some(script.made().to_vec()),
        Player::Process(_) | Player::Peer(_) => None,
    });
    let names = players.iter().filter_map(|player| match player {
        Player::Script(script) => Some(script.names()),
        Player::Process(_) | Player::Peer(_) => None,
    });
    let names = names.flatten().collect();
    Ok(Run { log, ending, verdicts: verdicts.collect(), made: made.collect(), stopped, names })
}

#[cfg(test)]
mod tests;
