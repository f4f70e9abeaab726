//! What the search finds, as a file: lessons part by part, exercises' tasks, the reference, scenarios and the site's other pages; and the page
//! of the search box. Looking things up in it is the business of `web/search`.

use super::page::{Page, write_text};
use super::reference::place;
use crate::Route;
use crate::route::ExerciseId;
use lab::GALLERY;
use lessons::{Course, Lesson, escape};
use serde::Serialize;
use yew_router::Routable;

/// Something that can be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// `lesson`, `exercise`, `reference`, `scenario` or `page`.
    kind: &'static str,
    title: String,
    /// Other words for the title, one a line.
    names: String,
    /// Where it stands, for people: “Lesson 3: Opening a connection”.
    path: String,
    /// Its address from the site's root, with its fragment.
    place: String,
    /// Its words, paragraph by paragraph.
    text: Vec<String>,
}

/// All that can be found.
pub fn index(course: &Course) -> Vec<Found> {
    let lessons = course.lessons.iter().flat_map(|lesson| of_lesson(course, lesson));
    lessons.chain(of_reference(course)).chain(of_site()).collect()
}

fn of_lesson(course: &Course, lesson: &Lesson) -> Vec<Found> {
    let exercises = course.exercises.get(&lesson.name).map_or(&[][..], Vec::as_slice);
    let whole = format!("Lesson {}: {}", lesson.number, lesson.front.title);
    let found = |section: lessons::Section| Found {
        kind: if section.exercise { "exercise" } else { "lesson" },
        path: match (section.exercise, section.id.is_empty()) {
            (true, _) => format!("Exercise in lesson {}: {}", lesson.number, lesson.front.title),
            (false, true) => format!("Lesson {}", lesson.number),
            (false, false) => whole.clone(),
        },
        place: match section.id.as_str() {
            "" => format!("learn/{}/", lesson.name),
            id => format!("learn/{}/#{id}", lesson.name),
        },
        title: section.title,
        names: String::new(),
        text: section.text,
    };
    lesson.sections(exercises).into_iter().map(found).collect()
}

fn of_reference(course: &Course) -> impl Iterator<Item = Found> {
    course.reference.iter().flat_map(|part| {
        part.entries.iter().map(|entry| Found {
            kind: "reference",
            title: entry.name.clone(),
            names: [&entry.id].into_iter().chain(&entry.also).cloned().collect::<Vec<_>>().join("\n"),
            path: format!("Reference: {}", part.title),
            place: place(&part.name, &entry.id),
            text: entry.text(),
        })
    })
}

fn of_site() -> impl Iterator<Item = Found> {
    let scenarios = GALLERY.iter().map(|exhibit| Found {
        kind: "scenario",
        title: exhibit.title.to_owned(),
        names: exhibit.id.to_owned(),
        path: format!("Scenario: {}", exhibit.group),
        place: format!("scenarios/{}/", exhibit.id),
        text: vec![exhibit.look_for.to_owned()],
    });
    let exercises = ExerciseId::all().map(|id| Found {
        kind: "exercise",
        title: id.shelved().title.to_owned(),
        names: String::new(),
        path: "Exercise in programming".into(),
        place: Route::Exercise { id }.to_path().trim_start_matches('/').to_owned(),
        text: vec![id.shelved().summary.to_owned()],
    });
    let pages = [Route::Lab, Route::Sandbox, Route::Captures, Route::Live].map(|route| Found {
        kind: "page",
        title: route.head().title.trim_end_matches(" - TCP Lab").to_owned(),
        names: String::new(),
        path: "Page".into(),
        place: route.to_path().trim_start_matches('/').to_owned(),
        text: vec![route.head().description.to_owned()],
    });
    scenarios.chain(exercises).chain(pages)
}

/// The page of the search box, of a site under the path `base`; without JavaScript it lists what there is.
pub fn page(course: &Course, base: &str) -> Page {
    let mut html = "<article class=\"reference\"><header class=\"prose\"><h1>Search</h1></header><tcp-search><noscript><p>The search box needs JavaScript. All that there is to read is listed below; your browser finds words on each page.</p></noscript></tcp-search>".to_owned();
    let link =
        |place: String, title: &str| format!("<li><a href=\"{base}{place}\">{}</a></li>", escape(title));
    let lessons =
        course.lessons.iter().map(|lesson| link(format!("learn/{}/", lesson.name), &lesson.front.title));
    let parts = course.reference.iter().map(|part| link(format!("reference/{}/", part.name), &part.title));
    let scenarios = GALLERY.iter().map(|exhibit| link(format!("scenarios/{}/", exhibit.id), exhibit.title));
    for (title, list) in [
        ("Lessons", lessons.collect::<String>()),
        ("Reference", parts.collect()),
        ("Scenarios", scenarios.collect()),
    ] {
        if !list.is_empty() {
            write_text(
                &mut html,
                format_args!(
                    "<section class=\"part\"><h2>{title}</h2><ul class=\"entries\">{list}</ul></section>"
                ),
            );
        }
    }
    html.push_str("</article>");
    let summary = Route::Search.head().description.to_owned();
    Page { place: "search/".into(), title: "Search".into(), summary, html, files: Vec::new() }
}
