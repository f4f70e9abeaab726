//! An exercise as data, read from JSON and checked as a whole.
//!
//! ```text
//!   {"id": …, "title": …, "task": …, "programs": [{"name": "client", "file": "client.py", "text": {"include": "start.py"}}],
//!    "checks": [{"id": "prints", "says": "…", "goal": {"prints": {"exact": "hello\n"}}}],
//!    "trials": [{"id": "pieces", "title": "…", "peers": [{"name": "peer", "meets": {"listens": {"port": 5000}}, "does": […]}]}]}
//! ```
//!
//! `{"include": "FILE"}` in the place of a text is the text of a file beside the exercise's.

use crate::{BadScenario, Line, Peer, Scenario, Source};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sim::world::{HostPart, PathPart, WorldSpec};
use sockets::{Instant, State};
use std::collections::{BTreeMap, BTreeSet};

/// An exercise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// Short and stable: it stands in links.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What is to be done, in paragraphs.
    pub task: Vec<String>,
    /// The learner's programs as they are at the start, in the order of their editors.
    pub programs: Vec<Source>,
    /// What must be so in every trial.
    pub checks: Vec<Check>,
    /// The peers and networks that the programs must stand, in the order in which they are tried.
    pub trials: Vec<Trial>,
    /// Hints, from gentle to telling.
    #[serde(default)]
    pub hints: Vec<String>,
    /// Programs that pass, and some that do not, as people write them.
    #[serde(default)]
    pub answers: Vec<Answer>,
}

/// Something that must be so.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name: no other check of the exercise has it.
    pub id: String,
    /// What must be so, in a few words, for a list.
    pub says: String,
    /// What is looked at.
    pub goal: Goal,
}

/// What a check looks at. `file` names the learner's program; it is the first one where it is not given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Goal {
    /// What a program prints on its standard output. One of the three is given.
    Prints {
        /// The program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// This and nothing else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exact: Option<String>,
        /// Each of these somewhere.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        contains: Vec<String>,
        /// A pattern: `*` is any run of characters of one line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        like: Option<String>,
    },
    /// What a peer reads from all of its connections, one after the other. One of the three is given.
    PeerReads {
        /// The peer; the first one where it is not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peer: Option<String>,
        /// This and nothing else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exact: Option<String>,
        /// So many octets, the small letters over and over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fill: Option<u32>,
        /// Each of these somewhere.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        contains: Vec<String>,
    },
    /// How a program ends. Where nothing is given it ends by itself, with status 0.
    Ends {
        /// The program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// With this status.
        #[serde(default)]
        status: i32,
        /// With an exception of one of these classes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        error: Vec<String>,
        /// Not at all: it waits in this call, as servers do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waits_in: Option<String>,
    },
    /// Which calls a program makes, by their names in C.
    Calls {
        /// The program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// These, in this order, with others between them or not.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        in_order: Vec<String>,
        /// Each at most so many times; 0 is never.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        at_most: BTreeMap<String, u32>,
    },
    /// A state that a connection of a program reaches.
    Reaches {
        /// The program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// The state.
        state: State,
    },
    /// A program closes each of its sockets itself.
    Closes {
        /// The program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
    },
    /// A program waits where there is nothing to do, instead of asking again and again.
    Rests {
        /// The program.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// So many calls may find nothing.
        #[serde(default = "few")]
        at_most: u32,
    },
}

const fn few() -> u32 {
    200
}

/// A world and peers that the programs must stand.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Its name: no other trial of the exercise has it.
    pub id: String,
    /// What befalls the programs, in a few words.
    pub title: String,
    /// What a learner is told whose programs fail it: why such a thing happens, and what helps.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lesson: String,
    /// The world; one machine with 20 ms of delay where it is not given. The learner's programs run on its first host, peers that name
    /// none on its last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<WorldSpec>,
    /// The peers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Peer>,
    /// The programs' arguments, by their files, where they differ.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, Vec<String>>,
    /// The lines typed to the programs at the beginning, by their files.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lines: BTreeMap<String, Vec<String>>,
    /// How long it may take, in microseconds of the network's time.
    #[serde(default = "limit")]
    pub limit_us: u64,
    /// How much may happen: calls, segments, timers. Whatever goes on and on is over soon; a trial that moves much needs more.
    #[serde(default = "events")]
    pub events: u64,
    /// The exercise's checks that do not count here.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub without: BTreeSet<String>,
    /// What must be so here besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
}

/// Twenty seconds.
const fn limit() -> u64 {
    20_000_000
}

/// Ten thousand.
const fn events() -> u64 {
    10_000
}

/// How long what a machine sends to itself is under way, so that it can be seen, in microseconds.
const DELAY_US: u64 = 20_000;

/// When a learner's program starts that meets a peer which listens, in microseconds.
const LATER: Instant = Instant(10_000);

/// An answer that a person may give.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What it is, in a few words.
    pub title: String,
    /// The texts of the programs that differ from the start, by their files.
    pub files: BTreeMap<String, String>,
    /// Why it is right, or what is wrong with it.
    pub why: String,
    /// What it fails; nothing for a solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails: Option<Fails>,
}

/// What a wrong answer fails.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fails {
    /// The first trial that it fails.
    pub trial: String,
    /// A check that it fails there.
    pub check: String,
    /// What the finding says, or a part of it.
    pub says: String,
}

/// Why an exercise cannot be: the field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadExercise {
    /// The field's path; empty for the whole.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub why: String,
}

impl core::fmt::Display for BadExercise {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.field.is_empty() { f.write_str(&self.why) } else { write!(f, "{}: {}", self.field, self.why) }
    }
}

impl core::error::Error for BadExercise {}

fn bad(field: impl Into<String>, why: impl Into<String>) -> BadExercise {
    BadExercise { field: field.into(), why: why.into() }
}

/// Puts the texts of files in the place of `{"include": "FILE"}`.
fn include(json: &mut Json, read: &dyn Fn(&str) -> Option<String>) -> Result<(), BadExercise> {
    match json {
        Json::Object(fields) => {
            if let (1, Some(Json::String(file))) = (fields.len(), fields.get("include")) {
                let text =
                    read(file).ok_or_else(|| bad("", format!("there is no file “{file}” beside it")))?;
                *json = Json::String(text);
                return Ok(());
            }
            fields.values_mut().try_for_each(|value| include(value, read))
        }
        Json::Array(items) => items.iter_mut().try_for_each(|value| include(value, read)),
        _ => Ok(()),
    }
}

impl Exercise {
    /// Reads an exercise; `read` gives the text of a file beside it.
    ///
    /// # Errors
    /// What is not JSON of this form, with the field's path; a file that is not there; and what makes no sense: a name that is there twice or
    /// that nobody has, a check of nothing, a trial that no world can be.
    pub fn parse(text: &str, read: &dyn Fn(&str) -> Option<String>) -> Result<Exercise, BadExercise> {
        let mut json: Json = serde_json::from_str(text).map_err(|error| bad("", error.to_string()))?;
        include(&mut json, read)?;
        let exercise: Exercise = serde_path_to_error::deserialize(json)
            .map_err(|error| bad(error.path().to_string(), error.into_inner().to_string()))?;
        exercise.check()?;
        Ok(exercise)
    }

    fn check(&self) -> Result<(), BadExercise> {
        let mut trials = BTreeSet::new();
        if self.programs.is_empty() || self.trials.is_empty() {
            return Err(bad("", "an exercise has at least one program and one trial"));
        }
        for (place, check) in self.checks.iter().enumerate() {
            if self.checks[..place].iter().any(|other| other.id == check.id) {
                return Err(bad(format!("checks[{place}].id"), format!("“{}” is there twice", check.id)));
            }
            self.makes_sense(check).map_err(|why| bad(format!("checks[{place}].goal"), why))?;
        }
        for (place, trial) in self.trials.iter().enumerate() {
            let at = format!("trials[{place}]");
            if !trials.insert(&trial.id) {
                return Err(bad(format!("{at}.id"), format!("“{}” is there twice", trial.id)));
            }
            for (number, check) in trial.checks.iter().enumerate() {
                let at = format!("{at}.checks[{number}]");
                if self.checks_of(trial).filter(|other| other.id == check.id).count() > 1 {
                    return Err(bad(format!("{at}.id"), format!("“{}” is there twice", check.id)));
                }
                self.makes_sense(check).map_err(|why| bad(format!("{at}.goal"), why))?;
            }
            let known = |file: &&String| self.program(file).is_some();
            if let Some(file) = trial.args.keys().chain(trial.lines.keys()).find(|file| !known(file)) {
                return Err(bad(at, format!("there is no program “{file}”")));
            }
            if let Some(id) =
                trial.without.iter().find(|id| !self.checks.iter().any(|check| check.id == **id))
            {
                return Err(bad(
                    format!("{at}.without"),
                    format!("there is no check “{id}” of the exercise"),
                ));
            }
            for check in self.checks_of(trial) {
                if let Goal::PeerReads { peer, .. } = &check.goal
                    && trial.peer(peer.as_deref()).is_none()
                {
                    return Err(bad(at, format!("the check “{}” is of a peer that there is not", check.id)));
                }
            }
            self.scenario(trial, &self.programs).map_err(|why| bad(at, why.to_string()))?;
        }
        for (place, answer) in self.answers.iter().enumerate() {
            let at = format!("answers[{place}]");
            if let Some(file) = answer.files.keys().find(|file| self.program(file).is_none()) {
                return Err(bad(format!("{at}.files"), format!("there is no program “{file}”")));
            }
            if let Some(Fails { trial, check, .. }) = &answer.fails {
                let there = self.trials.iter().find(|other| other.id == *trial);
                let there = there.map(|trial| self.checks_of(trial).any(|other| other.id == *check));
                if there != Some(true) {
                    return Err(bad(format!("{at}.fails"), format!("“{trial}” has no check “{check}”")));
                }
            }
        }
        Ok(())
    }

    fn makes_sense(&self, check: &Check) -> Result<(), String> {
        let file = match &check.goal {
            Goal::Prints { file, exact, contains, like } => {
                let given = usize::from(exact.is_some())
                    + usize::from(!contains.is_empty())
                    + usize::from(like.is_some());
                if given != 1 {
                    return Err("one of “exact”, “contains” and “like” is given".into());
                }
                file
            }
            Goal::PeerReads { exact, fill, contains, .. } => {
                let given = usize::from(exact.is_some())
                    + usize::from(!contains.is_empty())
                    + usize::from(fill.is_some());
                return if given == 1 {
                    Ok(())
                } else {
                    Err("one of “exact”, “fill” and “contains” is given".into())
                };
            }
            Goal::Calls { file, in_order, at_most } => {
                let known =
                    |name: &&String| sockets::OpKind::ALL.iter().any(|kind| kind.name() == name.as_str());
                if let Some(name) = in_order.iter().chain(at_most.keys()).find(|name| !known(name)) {
                    return Err(format!("“{name}” is no call: calls have their names in C, as recv"));
                }
                if in_order.is_empty() && at_most.is_empty() {
                    return Err("“in_order” or “at_most” is given".into());
                }
                file
            }
            Goal::Ends { file, .. }
            | Goal::Reaches { file, .. }
            | Goal::Closes { file }
            | Goal::Rests { file, .. } => file,
        };
        match file {
            Some(file) if self.program(file).is_none() => Err(format!("there is no program “{file}”")),
            _ => Ok(()),
        }
    }

    /// The place of a program.
    pub fn program(&self, file: &str) -> Option<usize> {
        self.programs.iter().position(|source| source.file == file)
    }

    /// The checks that count in a trial.
    pub fn checks_of<'a>(&'a self, trial: &'a Trial) -> impl Iterator<Item = &'a Check> {
        self.checks.iter().filter(|check| !trial.without.contains(&check.id)).chain(&trial.checks)
    }

    /// The programs of an answer.
    pub fn answered(&self, answer: &Answer) -> Vec<Source> {
        let mut programs = self.programs.clone();
        for source in &mut programs {
            if let Some(text) = answer.files.get(&source.file) {
                source.text.clone_from(text);
            }
        }
        programs
    }

    /// A trial of these programs, ready to begin.
    ///
    /// # Errors
    /// A world that cannot be, or a peer.
    pub fn scenario(&self, trial: &Trial, programs: &[Source]) -> Result<Scenario, BadScenario> {
        let machine = || {
            let loopback = Some(PathPart { delay_us: Some(DELAY_US), ..PathPart::default() });
            let host = HostPart { name: "machine".into(), loopback, ..HostPart::default() };
            WorldSpec { seed: 1, hosts: vec![host], ..WorldSpec::default() }
        };
        let mut world = trial.world.clone().unwrap_or_else(machine);
        world.bounds.time_us = trial.limit_us;
        world.bounds.events = trial.events;
        world.bounds.events_at_once = trial.events;
        let name = |host: Option<&HostPart>| host.map(|host| host.name.clone()).unwrap_or_default();
        let (first, last) = (name(world.hosts.first()), name(world.hosts.last()));
        let meets_listener = trial.peers.iter().any(Peer::has_port);
        let python: Vec<Source> = programs
            .iter()
            .map(|source| {
                let mut source = source.clone();
                source.host.clone_from(&first);
                if meets_listener {
                    source.starts = source.starts.max(LATER);
                }
                if let Some(args) = trial.args.get(&source.file) {
                    source.args.clone_from(args);
                }
                if let Some(lines) = trial.lines.get(&source.file) {
                    let line = |text: &String| Line { at: Instant::START, text: Some(text.clone()) };
                    source.lines = lines.iter().map(line).collect();
                    source.lines.push(Line { at: Instant::START, text: None });
                }
                source
            })
            .collect();
        let peers: Vec<Peer> = trial
            .peers
            .iter()
            .map(|peer| {
                let host = if peer.host.is_empty() { last.clone() } else { peer.host.clone() };
                Peer { host, ..peer.clone() }
            })
            .collect();
        let text = json!({
            "id": self.id, "title": trial.title, "world": world, "python": python, "peers": peers,
            "afterwards_us": 5_000_000,
        });
        Scenario::parse(&text.to_string())
    }
}

impl Trial {
    /// Why a kernel cannot show it; nothing where one can.
    pub fn only_simulated(&self) -> Option<&'static str> {
        let world = self.world.as_ref()?;
        if world.hosts.len() > 1 {
            return Some("It needs several machines, and a kernel is one.");
        }
        (!world.faults.is_empty()).then_some("On a real machine's way to itself nothing is lost or late.")
    }

    /// The place of a peer; of the first one where no name is given.
    pub fn peer(&self, name: Option<&str>) -> Option<usize> {
        self.peers.iter().position(|peer| name.is_none_or(|name| peer.name == name))
    }
}
