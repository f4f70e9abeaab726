//! Changes to a scenario: "what if this segment were lost", "what if the link were slower". A change is data; the scenario with its
//! changes is run again from its beginning, and what came before the change comes out as it was.

use crate::{BadScenario, Scenario};
use serde::{Deserialize, Serialize};
use sim::world::{FaultPart, PathPart};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Something befalls single datagrams.
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
    /// A host's setting.
    Sysctl {
        /// Which host.
        host: String,
        /// Its sysctl's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Where all chance comes from.
    Seed(u64),
}

impl Change {
    /// Makes the change.
    ///
    /// # Errors
    /// What the scenario cannot be, with the field's path; the scenario is then as it was.
    pub fn apply(&self, scenario: &mut Scenario) -> Result<(), BadScenario> {
        let mut world = scenario.world.clone();
        match self {
            Change::Befall(fault) => world.faults.push(fault.clone()),
            Change::Path { link, toward, path } => {
                for part in world.links.iter_mut().filter(|part| part.name == *link) {
                    match toward {
                        None => part.path = path.or(&part.path),
                        Some(toward) => {
                            let old = part.toward.get(toward).cloned().unwrap_or_default();
                            part.toward.insert(toward.clone(), path.or(&old));
                        }
                    }
                }
            }
            Change::Sysctl { host, name, value } => {
                for part in world.hosts.iter_mut().filter(|part| part.name == *host) {
                    part.sysctl.insert(name.clone(), value.clone());
                }
            }
            Change::Seed(seed) => world.seed = *seed,
        }
        world.check().map_err(BadScenario::in_world)?;
        scenario.world = world;
        Ok(())
    }
}
