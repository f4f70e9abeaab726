//! exercises.toml: from a table to an exercise that makes sense, or to what is wrong with it.

use crate::course::Finding;
use crate::lesson::{Pending, line_at, markdown};
use crate::links::Known;
use crate::{Exercise, Kind, Played, Show};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use toml::{Table, Value};

/// What every exercise has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    id: String,
    kind: String,
    #[serde(default)]
    label: String,
    title: String,
    task: String,
    hints: Vec<String>,
    why: String,
    #[serde(default)]
    show: Option<Show>,
}

const COMMON: [&str; 8] = ["id", "kind", "label", "title", "task", "hints", "why", "show"];
const KINDS: &str = "choose, fill, order, decode, build, program, operate";

/// Where an exercise stands in its file, and what is wrong with it.
struct Place<'a> {
    text: &'a str,
    /// Of its `[[exercise]]`, and where the next begins.
    from: usize,
    to: usize,
}

impl Place<'_> {
    /// The line on which a word stands first in this exercise; that of its beginning where it does not.
    fn line_of(&self, word: &str) -> usize {
        let here = &self.text[self.from..self.to];
        let part = |letter: Option<char>| {
            letter.is_some_and(|letter| letter.is_alphanumeric() || "-_".contains(letter))
        };
        // The word itself rather than one that it is part of.
        let whole = |at: &usize| {
            !part(here[..*at].chars().next_back()) && !part(here[at + word.len()..].chars().next())
        };
        let all = || here.match_indices(word).map(|(at, _)| at).filter(|_| !word.is_empty());
        line_at(self.text, self.from + all().find(whole).or_else(|| all().next()).unwrap_or(0))
    }

    fn finding(&self, word: &str, what: String) -> Finding {
        Finding::new(self.line_of(word), what, "content/README.md shows this kind of exercise")
    }
}

/// Reads a whole file; `read` gives the texts of files beside it.
pub fn exercises(
    text: &str,
    read: &dyn Fn(&str) -> Option<String>,
    known: &Known,
    found: &mut Vec<Finding>,
    pending: &mut Vec<Pending>,
) -> Vec<Exercise> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        exercise: Vec<Table>,
    }
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            found.push(Finding::new(
                line,
                error.message().to_owned(),
                "it is TOML with a table [[exercise]] for each exercise",
            ));
            return Vec::new();
        }
    };
    let mut begins: Vec<usize> = text
        .match_indices("[[exercise]]")
        .map(|(at, _)| at)
        .filter(|&at| at == 0 || text.as_bytes()[at - 1] == b'\n')
        .collect();
    begins.push(text.len());
    let mut all: Vec<Exercise> = Vec::new();
    for (number, table) in file.exercise.into_iter().enumerate() {
        let from = begins.get(number).copied().unwrap_or(0);
        let place = Place { text, from, to: begins.get(number + 1).copied().unwrap_or(text.len()) };
        let id = table.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        match exercise(table, read, known, &place, found, pending) {
            Ok(exercise) if all.iter().any(|other| other.id == exercise.id) => {
                found.push(
                    place.finding(&exercise.id, format!("the exercise “{}” is there twice", exercise.id)),
                );
            }
            Ok(exercise) => {
                let broken = crate::prove(&exercise);
                found.extend(broken.into_iter().map(|why| {
                    Finding::new(place.line_of("wrong"), format!("the exercise “{id}”: {why}"), "what the judge says follows from this file and from the engine: mend the answer, or what it is said to get")
                }));
                all.push(exercise);
            }
            Err((word, why)) => {
                let name = if id.is_empty() { String::new() } else { format!("the exercise “{id}”: ") };
                found.push(place.finding(&word, format!("{name}{why}")));
            }
        }
    }
    all
}

/// A table as a type, with the path of what does not fit.
fn typed<T: DeserializeOwned>(table: Table) -> Result<T, (String, String)> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let message = inner.message().to_owned();
        // Where the message quotes a field, the field's line is the one to show.
        let word = message
            .split('`')
            .nth(1)
            .filter(|_| message.contains("unknown"))
            .unwrap_or_else(|| path.rsplit('.').next().unwrap_or(""))
            .split('[')
            .next()
            .unwrap_or("")
            .to_owned();
        let at = if path == "." { String::new() } else { format!("{path}: ") };
        (word, format!("{at}{message}"))
    })
}

fn exercise(
    mut table: Table,
    read: &dyn Fn(&str) -> Option<String>,
    known: &Known,
    place: &Place<'_>,
    found: &mut Vec<Finding>,
    pending: &mut Vec<Pending>,
) -> Result<Exercise, (String, String)> {
    let mut common = Table::new();
    for key in COMMON {
        if let Some(value) = table.remove(key) {
            common.insert(key.into(), value);
        }
    }
    let common: Common = typed(common)?;
    let plain = |id: &str| {
        !id.is_empty()
            && id.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-')
    };
    if !plain(&common.id) {
        return Err((
            "id".into(),
            format!("the id “{}” has other letters than a to z, digits and hyphens", common.id),
        ));
    }
    if !["", "predict", "diagnose", "compare"].contains(&common.label.as_str()) {
        return Err((
            "label".into(),
            format!("there is no label “{}”; there are predict, diagnose, compare", common.label),
        ));
    }
    if common.hints.is_empty() || common.why.is_empty() || common.task.is_empty() {
        return Err(("hints".into(), "task, why and at least one of hints are not empty".into()));
    }
    if let Some(show) = &common.show {
        Played::of(&show.scenario)
            .and_then(|played| played.has(&show.at))
            .map_err(|why| ("show".to_owned(), why))?;
    }
    let faults = RefCell::new(Vec::new());
    let lines = RefCell::new(Vec::new());
    let html = |text: &str, inline: bool| {
        let (mut why, mut links) = (Vec::new(), Vec::new());
        let html = markdown(text, known, inline, &mut why, &mut links);
        let line = place.line_of(text.lines().next().unwrap_or_default().trim());
        faults.borrow_mut().extend(
            why.into_iter().map(|why| Finding::new(line, why, "content/README.md lists what a link can be")),
        );
        lines.borrow_mut().extend(links.into_iter().map(|link| Pending { line, ..link }));
        html
    };
    let sense = |made: Result<(), String>| made.map_err(|why| (common.kind.clone(), why));
    let kind = match common.kind.as_str() {
        "choose" => {
            let mut choose: crate::Choose = typed(table)?;
            sense(choose.sense())?;
            for choice in &mut choose.choices {
                choice.text = html(&choice.text, true);
                choice.says = html(&choice.says, true);
            }
            Kind::Choose(choose)
        }
        "order" => {
            let mut order: crate::Order = typed(table)?;
            sense(order.sense())?;
            for wrong in &mut order.wrong {
                wrong.says = html(&wrong.says, true);
            }
            Kind::Order(order)
        }
        "fill" | "decode" => {
            let mut fill: crate::Fill = typed(table)?;
            if common.kind == "decode" {
                (fill.octets, fill.absolute) = (true, true);
            }
            sense(fill.sense())?;
            for wrong in &mut fill.wrong {
                wrong.says = html(&wrong.says, true);
            }
            if common.kind == "decode" { Kind::Decode(fill) } else { Kind::Fill(fill) }
        }
        "build" => {
            let mut build: crate::Build = typed(table)?;
            sense(build.sense())?;
            for wrong in &mut build.wrong {
                wrong.says = html(&wrong.says, true);
            }
            Kind::Build(build)
        }
        "operate" => {
            let mut operate: crate::Operate = typed(table)?;
            sense(operate.sense())?;
            for goal in &mut operate.goals {
                goal.hint = html(&goal.hint, true);
            }
            Kind::Operate(operate)
        }
        "program" => {
            // The frame shows task and hints; what is graded knows the rest.
            table.insert("id".into(), common.id.clone().into());
            table.insert("title".into(), common.title.clone().into());
            table.insert("task".into(), Value::Array(Vec::new()));
            let json = serde_json::to_string(&table).map_err(|error| (String::new(), error.to_string()))?;
            let program = lab::grade::Exercise::parse(&json, read).map_err(|bad| {
                let word = bad.field.split(['[', '.']).next().unwrap_or_default().to_owned();
                (word, bad.to_string())
            })?;
            Kind::Program(Box::new(program))
        }
        other => return Err(("kind".into(), format!("there is no kind “{other}”; the kinds are {KINDS}"))),
    };
    let exercise = Exercise {
        task: html(&common.task, false),
        hints: common.hints.iter().map(|hint| html(hint, false)).collect(),
        why: html(&common.why, false),
        id: common.id.clone(),
        label: common.label.clone(),
        title: common.title.clone(),
        show: common.show.clone(),
        kind,
    };
    found.extend(faults.into_inner());
    pending.extend(lines.into_inner());
    Ok(exercise)
}
