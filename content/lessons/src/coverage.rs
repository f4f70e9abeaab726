//! What the course must teach, row by row, and where it does.

use crate::Course;
use crate::course::Finding;
use serde::Deserialize;
use std::collections::BTreeSet;

/// One thing that must be taught.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name.
    pub id: String,
    /// What it is.
    pub what: String,
    /// `source` (an item of the text that the course grew from), `correction` (where that text is loose or wrong), or `misconception`.
    pub kind: String,
    /// Parts of lessons and exercises: `opening#why-three`; `missing` while there is none.
    #[serde(rename = "in")]
    pub places: Vec<String>,
}

impl Row {
    /// Whether nothing teaches it yet.
    pub fn is_missing(&self) -> bool {
        self.places == ["missing"]
    }
}

/// Reads the table.
pub fn read(text: &str, course: &Course, found: &mut Vec<Finding>) -> Vec<Row> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        row: Vec<Row>,
    }
    let rows = match toml::from_str::<File>(text) {
        Ok(file) => file.row,
        Err(error) => {
            let line = error.span().map_or(1, |span| crate::lesson::line_at(text, span.start));
            found.push(Finding::new(line, error.message().to_owned(), "a [[row]] has id, what, kind, in"));
            return Vec::new();
        }
    };
    let mut ids = BTreeSet::new();
    for row in &rows {
        let at = text.find(&format!("id = \"{}\"", row.id)).unwrap_or(0);
        let mut wrong = |what: String, remedy: &str| {
            found.push(Finding::new(
                crate::lesson::line_at(text, at),
                format!("the row “{}”: {what}", row.id),
                remedy,
            ));
        };
        if !ids.insert(&row.id) {
            wrong("it is there twice".into(), "take one of the two out");
        }
        if !["source", "correction", "misconception"].contains(&row.kind.as_str()) {
            wrong(format!("there is no kind “{}”", row.kind), "it is source, correction or misconception");
        }
        if row.places.is_empty() {
            wrong("it is nowhere".into(), "name where it is taught, or write [\"missing\"]");
        }
        if row.is_missing() {
            continue;
        }
        let places: Vec<(&str, &str)> =
            row.places.iter().map(|place| place.split_once('#').unwrap_or((place, ""))).collect();
        for (lesson, part) in &places {
            if !course.has(lesson, part) {
                wrong(
                    format!("“{lesson}#{part}” is not there"),
                    "write lesson#part, with a heading's address or an exercise's id; or [\"missing\"]",
                );
            }
        }
        if row.kind == "misconception"
            && !places.iter().any(|(lesson, part)| course.has_exercise(lesson, part))
        {
            wrong("a misconception needs an exercise".into(), "name an exercise in which people meet it");
        }
    }
    rows
}
