//! Changes to a scenario: "what if this segment were lost", "what if the link were slower". A change is data; the scenario with its
//! changes is run again from its beginning, and what came before the change comes out as it was.
//!
//! Changes stand in links, so their text is short and stays readable: a field that is not known is an error, never overlooked.

use crate::scenario::Scripted;
use crate::script::read_step;
use crate::{BadScenario, Pause, Scenario};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use sim::world::{FaultPart, HostPart, PathPart};
use sockets::{Micros, OptionName, OptionValue};
use std::collections::{BTreeMap, BTreeSet};

mod says;

pub use says::{per_cent, rate};

/// The most changes of one scenario.
pub const MOST_CHANGES: usize = 200;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Something befalls single datagrams; of two changes that are aimed at one datagram, the later decides.
    Befall(FaultPart),
    /// A link's way is different; the fields that are given replace those that were.
    Path {
        /// Which link.
        link: String,
        /// On the way to this host or router only; on every way where none is given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        toward: Option<String>,
        /// What is different.
        path: PathPart,
    },
    /// A link takes other datagrams.
    Mtu {
        /// Which link.
        link: String,
        /// The largest, in octets.
        mtu: u32,
    },
    /// A host's setting.
    Sysctl {
        /// Which host.
        host: String,
        /// Its sysctl's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// An attribute of a host's routes (ip-route(8)): `initcwnd`.
    Route {
        /// Which host.
        host: String,
        /// The attribute's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// An option that a program sets as soon as it has the socket.
    Option {
        /// Which program, by its name.
        program: String,
        /// What the program calls the socket.
        socket: String,
        /// Which option.
        option: OptionName,
        /// Its value.
        value: OptionValue,
    },
    /// How fast a program makes a step; what is not given stays.
    Pace {
        /// Which program, by its name.
        program: String,
        /// Which step, by its place in the scenario's text, counted from 0: a recv until the end, or a send.
        step: usize,
        /// How many octets at a time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        piece: Option<u32>,
        /// The least time from one call to the next, in microseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        every_us: Option<u64>,
    },
    /// Where all chance comes from.
    Seed(u64),
}

/// The scenario with these changes, in their order.
///
/// # Errors
/// The first change that cannot be made, with the field's path: `changes[2].link`.
pub fn changed(scenario: &Scenario, changes: &[Change]) -> Result<Scenario, BadScenario> {
    let mut scenario = scenario.clone();
    if changes.len() > MOST_CHANGES {
        let why = format!("there are {}: at most {MOST_CHANGES} are made", changes.len());
        return Err(BadScenario::at("changes".into(), why));
    }
    for (place, change) in changes.iter().enumerate() {
        change.apply(&mut scenario).map_err(|bad| bad.inside(&format!("changes[{place}]")))?;
    }
    Ok(scenario)
}

impl Change {
    /// Changes as text, to stand in a link.
    pub fn write(changes: &[Change]) -> String {
        serde_json::to_string(changes).expect("every field of a change has a form in JSON")
    }

    /// Reads what [`Change::write`] wrote.
    ///
    /// # Errors
    /// What is no list of changes, with the path of the field.
    pub fn read(text: &str) -> Result<Vec<Change>, BadScenario> {
        let mut json = serde_json::Deserializer::from_str(text);
        let read = serde_path_to_error::deserialize(&mut json);
        let changes: Vec<Change> = read.map_err(|error| BadScenario::from_json(error).inside("changes"))?;
        json.end().map_err(|error| BadScenario::at("changes".into(), error.to_string()))?;
        Ok(changes)
    }

    /// Whether both change the same thing, so that only the later counts.
    pub fn same_thing(&self, other: &Change) -> bool {
        match (self, other) {
            (Change::Befall(one), Change::Befall(two)) => {
                FaultPart { action: two.action, ..one.clone() } == *two
            }
            (
                Change::Path { link, toward, path },
                Change::Path { link: other_link, toward: other_toward, path: other_path },
            ) => {
                let fields = |path: &PathPart| -> Vec<String> {
                    let given = serde_json::to_value(path).ok();
                    given
                        .and_then(|given| Some(given.as_object()?.keys().cloned().collect()))
                        .unwrap_or_default()
                };
                link == other_link && toward == other_toward && fields(path) == fields(other_path)
            }
            (Change::Mtu { link, .. }, Change::Mtu { link: other, .. }) => link == other,
            (
                Change::Sysctl { host, name, .. },
                Change::Sysctl { host: other_host, name: other_name, .. },
            )
            | (Change::Route { host, name, .. }, Change::Route { host: other_host, name: other_name, .. }) => {
                host == other_host && name == other_name
            }
            (
                Change::Option { program, socket, option, .. },
                Change::Option { program: other_program, socket: other_socket, option: other_option, .. },
            ) => program == other_program && socket == other_socket && option == other_option,
            (
                Change::Pace { program, step, piece, every_us },
                Change::Pace {
                    program: other_program,
                    step: other_step,
                    piece: other_piece,
                    every_us: other_every_us,
                },
            ) => {
                program == other_program
                    && step == other_step
                    && piece.is_some() == other_piece.is_some()
                    && every_us.is_some() == other_every_us.is_some()
            }
            (Change::Seed(_), Change::Seed(_)) => true,
            _ => false,
        }
    }

    /// Makes the change.
    ///
    /// # Errors
    /// What there is not, or what the scenario cannot be, with the field's path; the scenario is then as it was.
    pub fn apply(&self, scenario: &mut Scenario) -> Result<(), BadScenario> {
        match self {
            Change::Option { program, socket, option, value } => {
                let program = program_of(scenario, program)?;
                return set_option(program, socket, *option, value);
            }
            Change::Pace { program, step, piece, every_us } => {
                let program = program_of(scenario, program)?;
                return set_pace(program, *step, *piece, *every_us);
            }
            _ => {}
        }
        let mut world = scenario.world.clone();
        match self {
            // Before all others, since the first that is aimed at a datagram decides.
            Change::Befall(fault) => world.faults.insert(0, fault.clone()),
            Change::Path { link, toward, path } => {
                let part = named(&mut world.links, "link", link, |part| &part.name)?;
                match toward {
                    None => part.path = path.or(&part.path),
                    Some(toward) => {
                        let old = part.toward.get(toward).cloned().unwrap_or_default();
                        part.toward.insert(toward.clone(), path.or(&old));
                    }
                }
            }
            Change::Mtu { link, mtu } => named(&mut world.links, "link", link, |part| &part.name)?.mtu = *mtu,
            Change::Sysctl { host, name, value } => {
                host_of(&mut world.hosts, host)?.sysctl.insert(name.clone(), value.clone());
            }
            Change::Route { host, name, value } => {
                host_of(&mut world.hosts, host)?.route_attributes.insert(name.clone(), value.clone());
            }
            Change::Seed(seed) => world.seed = *seed,
            Change::Option { .. } | Change::Pace { .. } => {}
        }
        world.check().map_err(BadScenario::in_world)?;
        scenario.world = world;
        Ok(())
    }
}

fn host_of<'w>(hosts: &'w mut [HostPart], name: &str) -> Result<&'w mut HostPart, BadScenario> {
    named(hosts, "host", name, |host| &host.name)
}

fn program_of<'s>(scenario: &'s mut Scenario, name: &str) -> Result<&'s mut Scripted, BadScenario> {
    named(&mut scenario.programs, "program", name, |program| &program.name)
}

/// The one with this name.
fn named<'w, T>(
    all: &'w mut [T],
    kind: &str,
    name: &str,
    name_of: impl Fn(&T) -> &String,
) -> Result<&'w mut T, BadScenario> {
    match all.iter().position(|one| name_of(one) == name) {
        Some(place) => Ok(&mut all[place]),
        None => {
            let known: Vec<&str> = all.iter().map(|one| &name_of(one)[..]).collect();
            let known = if known.is_empty() {
                "there is none at all".into()
            } else {
                format!("known are {}", known.join(", "))
            };
            Err(BadScenario::at(kind.into(), format!("there is no {kind} “{name}”; {known}")))
        }
    }
}

fn set_option(
    program: &mut Scripted,
    socket: &str,
    option: OptionName,
    value: &OptionValue,
) -> Result<(), BadScenario> {
    if !value.fits(option.row().shape) {
        return Err(BadScenario::at("value".into(), format!("{value} is no value of {option}")));
    }
    let steps = &mut program.script.steps;
    let value = json!(value);
    let known = steps
        .iter_mut()
        .find(|step| step.socket() == Some(socket) && step.sets() == Some(option.row().constant));
    if let Some(step) = known {
        step.set(value);
        return Ok(());
    }
    let Some(maker) = steps.iter().position(|step| step.name.as_deref() == Some(socket)) else {
        let why = format!("“{}” has no socket “{socket}”", program.name);
        return Err(BadScenario::at("socket".into(), why));
    };
    let mut fields = Map::new();
    for (name, value) in [
        ("host", json!(program.script.hosts[steps[maker].host])),
        ("say", json!("")),
        ("call", json!("setsockopt")),
        ("socket", json!(socket)),
        ("option", json!(option)),
        ("value", value),
    ] {
        fields.insert(name.into(), value);
    }
    let mut sockets = BTreeSet::from([socket.to_owned()]);
    let place = steps[maker].place;
    let step = read_step(place, fields, &program.script.hosts, &mut sockets)
        .map_err(|wrong| BadScenario::at(wrong.field, wrong.why))?;
    steps.insert(maker + 1, step);
    // What pauses before the next step still does.
    let pauses: BTreeMap<usize, Vec<Pause>> = core::mem::take(&mut program.pauses);
    program.pauses = pauses
        .into_iter()
        .map(|(place, pauses)| (if place > maker { place + 1 } else { place }, pauses))
        .collect();
    Ok(())
}

fn set_pace(
    program: &mut Scripted,
    place: usize,
    piece: Option<u32>,
    every_us: Option<u64>,
) -> Result<(), BadScenario> {
    let name = &program.name;
    let Some(step) = program.script.steps.iter_mut().find(|step| step.place == place) else {
        return Err(BadScenario::at("step".into(), format!("“{name}” has no call at place {place}")));
    };
    let Some(mut pace) = step.own_pace() else {
        let why = format!(
            "the {} at place {place} of “{name}” has no pace: only a send of data and a recv until the end have one",
            step.kind().name()
        );
        return Err(BadScenario::at("step".into(), why));
    };
    pace.piece = piece.unwrap_or(pace.piece);
    pace.every = every_us.map_or(pace.every, Micros);
    pace.check().map_err(|wrong| BadScenario::at(wrong.field, wrong.why))?;
    step.pace = Some(pace);
    Ok(())
}

#[cfg(test)]
mod tests;
