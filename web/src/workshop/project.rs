//! What a person works on: programs and the machine that they run on. It goes into links, files and the browser's store as JSON, packed.

use crate::packed::{self, Broken};
use lab::{Scenario, Source, TEMPLATES};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sim::world::{FaultPart, PathPart};

/// The longest that is put into an address, in characters: browsers and servers take more, chat programs and mail cut what is longer.
pub const LONGEST_LINK: usize = 16_000;

/// The most octets that a packed project may grow to.
const LARGEST: usize = 4 << 20;

/// The most programs, and the fewest.
pub const MOST_PROGRAMS: usize = 6;

/// When a run on the simulator ends at the latest, in microseconds of its own time: sleeping for hours takes no time there.
const DAY_US: u64 = 86_400_000_000;

/// How long a segment is under way unless the person wants it otherwise, in microseconds.
const DELAY_US: u64 = 20_000;

fn is_none(ppm: &u64) -> bool {
    *ppm == 0
}

/// Programs and their machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// How long a segment is under way on the simulated machine, in microseconds; 0 to 10 s.
    #[serde(rename = "delay_us")]
    pub delay: u64,
    /// How fast segments follow each other there, in bits per second; at once where there is none.
    #[serde(default, rename = "rate_bps", skip_serializing_if = "Option::is_none")]
    pub rate: Option<u64>,
    /// How many segments of a million are lost there.
    #[serde(default, rename = "loss_ppm", skip_serializing_if = "is_none")]
    pub loss: u64,
    /// What befalls single segments there; the first that is aimed at one decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultPart>,
    /// The programs, in the order of their columns.
    pub programs: Vec<Source>,
}

impl Default for Project {
    fn default() -> Project {
        Project::of_template(TEMPLATES[0].id).unwrap_or_else(|| Project::of(Vec::new()))
    }
}

impl Project {
    /// Programs on a machine as it usually is.
    pub fn of(programs: Vec<Source>) -> Project {
        Project { delay: DELAY_US, rate: None, loss: 0, faults: Vec::new(), programs }
    }

    /// A template's programs.
    pub fn of_template(id: &str) -> Option<Project> {
        let template = TEMPLATES.iter().find(|template| template.id == id)?;
        Some(Project::of(template.sources()))
    }

    /// The template that it is, unchanged.
    pub fn template(&self) -> Option<&'static str> {
        let same =
            |id: &&str| Project::of_template(id).is_some_and(|template| template.programs == self.programs);
        TEMPLATES.iter().map(|template| template.id).find(same)
    }

    /// As a scenario on one machine.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn scenario(&self) -> Result<Scenario, String> {
        let path = PathPart {
            delay_us: Some(self.delay.min(10_000_000)),
            rate_bps: self.rate,
            loss_ppm: (self.loss > 0).then_some(self.loss),
            ..PathPart::default()
        };
        let host = json!({"name": "machine", "loopback": path});
        let text = json!({
            "id": "lab", "title": "Lab",
            "world": {"seed": 1, "hosts": [host], "faults": self.faults, "bounds": {"time_us": DAY_US}},
            "python": self.programs,
        });
        Scenario::parse(&text.to_string()).map_err(|bad| bad.to_string())
    }

    /// As it stands in an address; `None` where it is too long for one.
    pub fn pack(&self) -> Option<String> {
        packed::pack(&serde_json::to_string(self).ok()?, LONGEST_LINK)
    }

    /// The project that was packed.
    ///
    /// # Errors
    /// That it is none, in words.
    pub fn unpack(text: &str) -> Result<Project, &'static str> {
        let in_words = |broken| match broken {
            Broken::TooLong => "The programs in this address are too long to be read.",
            Broken::Cut => {
                "The programs in this address cannot be read: part of the address is missing or changed."
            }
        };
        let text = packed::unpack(text, LONGEST_LINK, LARGEST).map_err(in_words)?;
        Project::read(&text).map_err(|_| in_words(Broken::Cut))
    }

    /// Reads the JSON of a project.
    ///
    /// # Errors
    /// What is not of this form, and where.
    pub fn read(text: &str) -> Result<Project, String> {
        let project: Project = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if project.programs.is_empty() || project.programs.len() > MOST_PROGRAMS {
            return Err(format!(
                "there are {} programs: one to {MOST_PROGRAMS} can run",
                project.programs.len()
            ));
        }
        project.scenario().map(|_| project)
    }

    /// The same with one program more before the last, under a name of its own; it has the first one's text, to be changed.
    pub fn with_one_more(&self) -> Project {
        let is_taken = |name: &str| self.programs.iter().any(|source| source.name == name);
        let name =
            (2..).map(|number| format!("client{number}")).find(|name| !is_taken(name)).unwrap_or_default();
        let like = self.programs.first();
        let source = Source {
            file: format!("{name}.py"),
            name,
            text: like.map(|source| source.text.clone()).unwrap_or_default(),
            starts: like.map(|source| source.starts).unwrap_or_default(),
            ..Source::default()
        };
        let mut project = self.clone();
        let place = project.programs.len().saturating_sub(1);
        project.programs.insert(place, source);
        project
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        for template in TEMPLATES {
            let project = Project::of_template(template.id).expect("a template");
            let packed = project.pack().expect("templates are short");
            assert_eq!(Project::unpack(&packed).as_ref(), Ok(&project), "{}", template.id);
            assert_eq!(project.template(), Some(template.id));
            assert!(project.scenario().is_ok());
        }
    }

    #[test]
    fn what_is_no_project_is_told() {
        for packed in ["", "%%%", "AAAA", &"A".repeat(50_000)] {
            assert!(Project::unpack(packed).is_err(), "{packed}");
        }
        let packed = Project::default().pack().expect("short");
        assert!(Project::unpack(&packed[..packed.len() / 2]).is_err());
        assert!(Project::read(r#"{"delay_us":1,"programs":[]}"#).is_err());
    }

    #[test]
    fn one_more_has_a_name_of_its_own_and_six_are_enough() {
        let mut project = Project::default();
        while project.programs.len() < MOST_PROGRAMS {
            project = project.with_one_more();
        }
        assert!(project.scenario().is_ok(), "{:?}", project.scenario());
        let text = serde_json::to_string(&project.with_one_more()).expect("JSON");
        assert!(Project::read(&text).expect_err("seven").contains("one to 6"));
    }
}
