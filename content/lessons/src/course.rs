//! The whole course, read at once: every file, every mistake.

use crate::coverage::{self, Row};
use crate::lesson::{self, Block, Pending};
use crate::links::Known;
use crate::reference::{self, Entry, PARTS, Part};
use crate::{Exercise, Lesson, Played, read};
use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

/// Where the course lies in the repository, for messages.
const ROOT: &str = "content/lessons";

/// Something wrong in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and why.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// Of one line.
    pub fn new(line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { line, what: what.into(), remedy: remedy.into() }
    }
}

/// Something wrong in the course.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, from the repository's root.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and why.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n    To mend it: {}.", self.file, self.line, self.what, self.remedy)
    }
}

/// The course in one language.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// The lessons, in the order of their numbers.
    pub lessons: Vec<Lesson>,
    /// The exercises of each lesson, by its name, in the order in which they stand in it.
    pub exercises: BTreeMap<String, Vec<Exercise>>,
    /// What must be taught, and where it is.
    pub coverage: Vec<Row>,
    /// What can be looked up, in the order of [`PARTS`].
    pub reference: Vec<Part>,
}

/// A part of a lesson that teaches something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taught {
    /// The lesson's name.
    pub lesson: String,
    /// The part's address there; nothing for the lesson's beginning.
    pub id: String,
    /// The part's heading; the lesson's title for its beginning.
    pub title: String,
}

impl Course {
    /// Reads the course in `folder` (`course`, or a translation's) from all files of `content/lessons`, by their paths there.
    pub fn read(folder: &str, files: &BTreeMap<String, String>) -> (Course, Vec<Problem>) {
        let mut problems = Vec::new();
        let prefix = format!("{folder}/");
        let inside = files
            .iter()
            .filter_map(|(path, text)| Some((path.strip_prefix(&prefix)?.split_once('/')?, text)));
        let mut folders: BTreeMap<&str, BTreeMap<&str, &String>> = BTreeMap::new();
        for ((lesson, file), text) in inside {
            folders.entry(lesson).or_default().insert(file, text);
        }
        let name = |folder: &str| folder.split_once('-').map_or(folder, |(_, name)| name).to_owned();
        let reference = reference(folder, files);
        let known = Known {
            lessons: folders.keys().map(|folder| name(folder)).collect(),
            reference: reference
                .iter()
                .map(|(name, (_, text))| ((*name).to_owned(), reference::ids(text)))
                .collect(),
        };
        let mut course = Course::default();
        let mut links: Vec<(String, String, Pending)> = Vec::new();
        for (name, (path, text)) in &reference {
            let (mut found, mut pending) = (Vec::new(), Vec::new());
            course.reference.push(reference::read(name, text, &known, &mut found, &mut pending));
            links.extend(pending.into_iter().map(|link| ((*path).clone(), String::new(), link)));
            note(&mut problems, path, found);
        }
        course.reference.sort_by_key(|part| PARTS.iter().position(|(name, _)| *name == part.name));
        for (lesson, files) in &folders {
            course.add(folder, lesson, files, &known, &mut links, &mut problems);
        }
        course.follow(&links, &mut problems);
        course.order(folder, &mut problems);
        if let Some(text) = files.get("coverage.toml") {
            let mut found = Vec::new();
            course.coverage = coverage::read(text, &course, &mut found);
            note(&mut problems, "coverage.toml", found);
        }
        problems.sort();
        (course, problems)
    }

    fn add(
        &mut self,
        root: &str,
        folder: &str,
        files: &BTreeMap<&str, &String>,
        known: &Known,
        links: &mut Vec<(String, String, Pending)>,
        problems: &mut Vec<Problem>,
    ) {
        let path = format!("{root}/{folder}/lesson.md");
        let Some(text) = files.get("lesson.md") else {
            let what =
                Finding::new(1, "there is no lesson.md", "write it: content/README.md shows how it begins");
            return note(problems, &path, vec![what]);
        };
        let (mut found, mut pending) = (Vec::new(), Vec::new());
        let lesson = lesson::read(folder, text, known, &mut found, &mut pending);
        check_figures(&lesson, text, &mut found);
        links.extend(pending.into_iter().map(|link| (path.clone(), lesson.name.clone(), link)));

        let (mut wrong, mut pending) = (Vec::new(), Vec::new());
        let beside = |name: &str| files.get(name).map(|text| (*text).clone());
        let table = files.get("exercises.toml").map_or("", |text| text.as_str());
        let mut exercises = read::exercises(table, &beside, known, &mut wrong, &mut pending);
        let file = format!("{root}/{folder}/exercises.toml");
        links.extend(pending.into_iter().map(|link| (file.clone(), lesson.name.clone(), link)));
        // One that could not be read is not missing besides.
        let named = |id: &str| table.contains(&format!("\"{id}\""));
        let places: Vec<&str> = lesson.exercises().collect();
        for (place, id) in places.iter().enumerate() {
            if !named(id) {
                found.push(Finding::new(
                    line_of(text, id),
                    format!("there is no exercise “{id}” in exercises.toml"),
                    "write it there, or take its block out",
                ));
            }
            if places[..place].contains(id) {
                found.push(Finding::new(
                    line_of(text, id),
                    format!("the exercise “{id}” stands in the lesson twice"),
                    "take one of the two blocks out",
                ));
            }
            if lesson.headings.iter().any(|heading| heading.id == **id) {
                found.push(Finding::new(
                    line_of(text, id),
                    format!("a part and an exercise have the address “{id}”"),
                    "give the part another: ## Words {#address}",
                ));
            }
        }
        for exercise in &exercises {
            if !places.contains(&exercise.id.as_str()) {
                wrong.push(Finding::new(
                    line_of(table, &exercise.id),
                    format!("the exercise “{}” stands nowhere in lesson.md", exercise.id),
                    "put a block ```exercise with its id there",
                ));
            }
        }
        if !lesson.blocks.iter().any(|block| matches!(block, Block::Kernel(_))) {
            found.push(Finding::new(
                1,
                "the lesson has no way to the learner's own kernel",
                "put a block ```kernel in it",
            ));
        }
        exercises.sort_by_key(|exercise| places.iter().position(|id| *id == exercise.id));
        note(problems, &path, found);
        note(problems, &file, wrong);
        self.exercises.insert(lesson.name.clone(), exercises);
        self.lessons.push(lesson);
    }

    /// Whether a part of a lesson is there: a heading or an exercise.
    pub fn has(&self, lesson: &str, part: &str) -> bool {
        let heading = |lesson: &Lesson| lesson.headings.iter().any(|heading| heading.id == part);
        let here = self.lessons.iter().find(|other| other.name == lesson);
        here.is_some_and(|lesson| heading(lesson) || lesson.exercises().any(|id| id == part))
    }

    /// An exercise, by its lesson and id.
    pub fn exercise(&self, lesson: &str, id: &str) -> Option<&Exercise> {
        self.exercises.get(lesson)?.iter().find(|exercise| exercise.id == id)
    }

    /// Whether a part of a lesson is an exercise.
    pub(crate) fn has_exercise(&self, lesson: &str, id: &str) -> bool {
        self.lessons.iter().any(|other| other.name == lesson && other.exercises().any(|known| known == id))
    }

    /// An entry of the reference.
    pub fn entry(&self, part: &str, id: &str) -> Option<&Entry> {
        self.reference.iter().find(|other| other.name == part)?.entries.iter().find(|entry| entry.id == id)
    }

    /// Where each entry of the reference, as (part, id), is taught: the parts of lessons that link to it, in order.
    pub fn taught(&self) -> BTreeMap<(String, String), Vec<Taught>> {
        let mut taught: BTreeMap<(String, String), Vec<Taught>> = BTreeMap::new();
        for lesson in &self.lessons {
            // An exercise asks for what its part teaches.
            for section in lesson.sections(&[]) {
                let place = Taught { lesson: lesson.name.clone(), id: section.id, title: section.title };
                for entry in section.leads {
                    taught.entry(entry).or_default().push(place.clone());
                }
            }
        }
        taught
    }

    fn follow(&self, links: &[(String, String, Pending)], problems: &mut Vec<Problem>) {
        for (path, here, link) in links {
            let lesson = link.lesson.as_ref().unwrap_or(here);
            if !self.has(lesson, &link.part) {
                let what = format!("the lesson “{lesson}” has no part “{}”", link.part);
                note(
                    problems,
                    path,
                    vec![Finding::new(
                        link.line,
                        what,
                        "a part's address is its heading in small letters with hyphens, or an exercise's id",
                    )],
                );
            }
        }
    }

    /// That ids are there once, and that what is needed and what comes next forms no circle.
    fn order(&self, root: &str, problems: &mut Vec<Problem>) {
        let find = |name: &str| self.lessons.iter().find(|lesson| lesson.name == name);
        let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
        for lesson in &self.lessons {
            let path = format!("{root}/{}/lesson.md", lesson.folder);
            let mut found = Vec::new();
            if lesson.name == "done" {
                found.push(Finding::new(
                    1,
                    "a lesson cannot have the name “done”: the page at the course's end has that address",
                    "give its folder another name",
                ));
            }
            for (field, name) in lesson
                .front
                .needs
                .iter()
                .map(|name| ("needs", name))
                .chain(lesson.front.next.iter().map(|name| ("next", name)))
            {
                if find(name).is_none() {
                    found.push(Finding::new(
                        2,
                        format!("“{field}” names “{name}”, and there is no such lesson"),
                        "name a lesson by its folder without the number",
                    ));
                }
            }
            for (field, next) in [("needs", true), ("next", false)] {
                let mut seen = BTreeSet::new();
                let mut to_follow: Vec<&str> = vec![&lesson.name];
                let mut circle = false;
                while let Some(name) = to_follow.pop() {
                    let Some(other) = find(name) else { continue };
                    let names: Vec<&str> = if next {
                        other.front.needs.iter().map(String::as_str).collect()
                    } else {
                        other.front.next.iter().map(String::as_str).collect()
                    };
                    for name in names {
                        circle |= name == lesson.name;
                        if seen.insert(name) {
                            to_follow.push(name);
                        }
                    }
                }
                if circle {
                    found.push(Finding::new(
                        2,
                        format!("“{field}” leads back to this lesson"),
                        "let every lesson need, and be followed by, others than those before it",
                    ));
                }
            }
            note(problems, &path, found);
            for id in lesson.exercises() {
                if let Some(other) = ids.insert(id, &lesson.name) {
                    let what = format!("the exercise “{id}” is in the lesson “{other}” too");
                    note(
                        problems,
                        &path,
                        vec![Finding::new(
                            1,
                            what,
                            "an exercise's id is its own in the whole course: choose another for the newer one",
                        )],
                    );
                }
            }
        }
    }
}

/// The reference's files by part, with their paths: those beside `course`, and for a translation its own where it has them.
fn reference<'a>(
    folder: &str,
    files: &'a BTreeMap<String, String>,
) -> BTreeMap<&'a str, (&'a String, &'a String)> {
    let own = format!("{}/", folder.replacen("course", "reference", 1));
    let mut parts = BTreeMap::new();
    for shelf in ["reference/", &own] {
        let inside = files.iter().filter_map(|(path, text)| {
            Some((path.strip_prefix(shelf)?.strip_suffix(".toml")?, (path, text)))
        });
        parts.extend(inside);
    }
    parts
}

/// That the scenario of each figure is there, and what it picks.
fn check_figures(lesson: &Lesson, text: &str, found: &mut Vec<Finding>) {
    for block in &lesson.blocks {
        let Block::Figure(figure) = block else { continue };
        let seconds = figure.moment.parse::<Seconds>().is_ok();
        let checked = Played::of(&figure.scenario)
            .and_then(|played| if seconds { Ok(()) } else { played.has(&figure.moment) });
        if let Err(why) = checked {
            let line = line_of(text, &figure.moment);
            found.push(Finding::new(
                line,
                format!("the figure: {why}"),
                "content/lab/gallery has the scenarios, its README.md the marks",
            ));
        }
    }
}

/// Seconds with up to six decimals, as the stage writes them.
struct Seconds;

impl core::str::FromStr for Seconds {
    type Err = ();
    fn from_str(text: &str) -> Result<Seconds, ()> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        if digits(whole) && digits(part) && part.len() <= 6 { Ok(Seconds) } else { Err(()) }
    }
}

/// The line on which a quoted word stands first.
fn line_of(text: &str, word: &str) -> usize {
    let at = text.find(&format!("\"{word}\"")).unwrap_or(0);
    lesson::line_at(text, at)
}

fn note(problems: &mut Vec<Problem>, path: &str, found: Vec<Finding>) {
    let file = format!("{ROOT}/{path}");
    problems.extend(found.into_iter().map(|Finding { line, what, remedy }| Problem {
        file: file.clone(),
        line,
        what,
        remedy,
    }));
}
