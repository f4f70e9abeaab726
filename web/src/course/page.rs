//! A lesson's page as HTML, whole: words, still pictures, tasks, and folded solutions, so that it is read without any program.

use super::figure::{Figure, story};
use super::solution::solution;
use crate::stage::ladder::{Picture, svg};
use lessons::{Block, Course, Exercise, Kind, Lesson, On, based, escape, line};
use serde::Serialize;
use std::fmt::Write;

/// A lesson's files.
pub struct Page {
    /// Its place on the site: `learn/start/`.
    pub place: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// Its words.
    pub html: String,
    /// Files beside it: their names and texts.
    pub files: Vec<(String, String)>,
}

/// A still picture's width, in sixteenths of the font size.
const WIDTH: f64 = 640.0;

/// The pages of all lessons, of a site under the path `base`.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn pages(course: &Course, base: &str) -> Result<Vec<Page>, String> {
    course.lessons.iter().map(|lesson| page(course, lesson, base)).collect()
}

fn page(course: &Course, lesson: &Lesson, base: &str) -> Result<Page, String> {
    let none = Vec::new();
    let exercises = course.exercises.get(&lesson.name).unwrap_or(&none);
    let json = serde_json::to_string(exercises).map_err(|error| error.to_string())?;
    let mut files = vec![("exercises.json".to_owned(), json)];
    let mut html = String::new();
    let front = &lesson.front;
    write_text(
        &mut html,
        format_args!(
            "<article class=\"course\"><header class=\"prose\"><p class=\"way-back\"><a href=\"{base}learn/\">The course</a>, lesson {}</p><h1>{}</h1><p class=\"opening\">{}</p>",
            lesson.number,
            escape(&front.title),
            escape(&front.summary)
        ),
    );
    let able: String = front.able.iter().map(|item| format!("<li>{}</li>", line(item))).collect();
    write_text(
        &mut html,
        format_args!(
            "<p>About {} minutes. Afterwards you will be able to:</p><ul>{able}</ul>",
            front.minutes
        ),
    );
    let needs: Vec<String> = front.needs.iter().map(|name| link(course, name, base)).collect();
    if !needs.is_empty() {
        write_text(&mut html, format_args!("<p>It builds on {}.</p>", needs.join(", ")));
    }
    html.push_str("</header><section class=\"part prose\" data-prose=\"\">");
    for block in &lesson.blocks {
        match block {
            Block::Html(text) => html.push_str(&based(text, base)),
            Block::Part(heading) => write_text(
                &mut html,
                format_args!(
                    "</section><section class=\"part prose\" data-prose=\"\" aria-labelledby=\"{id}\"><h2 id=\"{id}\">{}</h2>",
                    escape(&heading.text),
                    id = escape(&heading.id)
                ),
            ),
            Block::Figure(shown) => {
                let figure = Figure {
                    scenario: shown.scenario.clone(),
                    moment: shown.moment.clone(),
                    views: shown.views.clone(),
                };
                let name = format!("figure-{}.svg", files.len());
                let story = figure.scenario().and_then(|scenario| story(&scenario))?;
                files.push((name.clone(), svg(&story, Picture { width: WIDTH, ..Picture::default() })));
                let title = lab::exhibit(&shown.scenario).map_or("", |exhibit| exhibit.title);
                write_text(
                    &mut html,
                    format_args!(
                        "<figure class=\"live\"><tcp-studio data-page=\"figure\" data-id=\"{}\"><div class=\"loading\"><img src=\"{base}learn/{}/{name}\" width=\"640\" loading=\"lazy\" alt=\"Ladder diagram: {}\"></div></tcp-studio><figcaption>{} <a href=\"{base}scenarios/{}/\">The whole scenario</a></figcaption></figure>",
                        escape(&figure.write()),
                        lesson.name,
                        escape(title),
                        based(&shown.caption, base),
                        shown.scenario,
                    ),
                );
            }
            Block::Exercise(id) => {
                let exercise = exercises.iter().find(|exercise| exercise.id == *id);
                let exercise = exercise.ok_or_else(|| format!("there is no exercise “{id}”"))?;
                task(&mut html, &lesson.name, exercise, base);
            }
            Block::Kernel(on) => html.push_str(&kernel(on, base)),
        }
    }
    html.push_str("</section>");
    html.push_str(&ways(course, lesson, base));
    html.push_str("</article>");
    let place = format!("learn/{}/", lesson.name);
    Ok(Page { place, title: front.title.clone(), summary: front.summary.clone(), html, files })
}

/// The lessons before and after this one, and the way to all of them.
fn ways(course: &Course, lesson: &Lesson, base: &str) -> String {
    let here = course.lessons.iter().position(|other| other.name == lesson.name).unwrap_or_default();
    let beside = |place: Option<usize>| Some(course.lessons.get(place?)?.name.as_str());
    let next = lesson.front.next.as_deref().or_else(|| beside(here.checked_add(1)));
    let way = |class: &str, label: &str, link: String| {
        format!("<span class=\"{class}\"><span class=\"label\">{label}</span> {link}</span>")
    };
    let before = beside(here.checked_sub(1))
        .map_or_else(String::new, |name| way("before", "Before:", link(course, name, base)));
    let after = next.map_or_else(
        || way("next", "At the end:", format!("<a href=\"{base}learn/done/\">What you have learned</a>")),
        |name| way("next", "Next:", link(course, name, base)),
    );
    format!(
        "<nav class=\"ways\" aria-label=\"Lessons\">{before}<a class=\"all\" href=\"{base}learn/\">All lessons</a>{after}</nav>"
    )
}

/// The place of a live part that is told something as JSON. `without` is there until it is.
pub(super) fn place_of(part: &str, told: &impl Serialize, without: &str) -> String {
    let json = serde_json::to_string(told).expect("lists of texts are JSON");
    format!(
        "<tcp-studio data-page=\"{part}\" data-id=\"{}\"><div class=\"loading\">{without}</div></tcp-studio>",
        escape(&json)
    )
}

pub(super) fn write_text(html: &mut String, text: std::fmt::Arguments<'_>) {
    html.write_fmt(text).expect("a String takes all");
}

fn link(course: &Course, name: &str, base: &str) -> String {
    let title =
        course.lessons.iter().find(|lesson| lesson.name == name).map_or(name, |lesson| &lesson.front.title);
    format!("<a href=\"{base}learn/{name}/\">{}</a>", escape(title))
}

/// An exercise: its task, and in the place of its live part what there is to answer, with the solution folded.
fn task(html: &mut String, lesson: &str, exercise: &Exercise, base: &str) {
    let id = escape(&exercise.id);
    let label = match exercise.label.as_str() {
        "predict" => "Predict first",
        "diagnose" => "Diagnose",
        "compare" => "Compare",
        _ => match exercise.kind {
            Kind::Program(_) => "Write a program",
            Kind::Operate(_) => "By hand",
            _ => "Exercise",
        },
    };
    let list = |items: Vec<String>| {
        format!("<ul>{}</ul>", items.iter().map(|item| format!("<li>{item}</li>")).collect::<String>())
    };
    let asked = match &exercise.kind {
        Kind::Choose(choose) => list(choose.choices.iter().map(|choice| choice.text.clone()).collect()),
        Kind::Order(order) => list(order.mixed().iter().map(|item| escape(item)).collect()),
        Kind::Decode(fill) => format!("<pre tabindex=\"0\">{}</pre>", escape(&fill.hex)),
        Kind::Build(build) => format!("<pre tabindex=\"0\">{}</pre>", escape(&build.start)),
        Kind::Program(program) => program
            .programs
            .iter()
            .map(|source| format!("<pre tabindex=\"0\">{}</pre>", escape(&source.text)))
            .collect(),
        Kind::Operate(operate) => list(operate.goals.iter().map(|goal| escape(&goal.says)).collect()),
        Kind::Fill(_) => String::new(),
    };
    let hints: String = exercise
        .hints
        .iter()
        .map(|hint| format!("<details><summary>A hint</summary>{}</details>", based(hint, base)))
        .collect();
    write_text(
        html,
        format_args!(
            "<section class=\"exercise\" id=\"{id}\" aria-labelledby=\"{id}-title\"><p class=\"label\">{label}</p><h3 id=\"{id}-title\">{}</h3><div class=\"task\">{}</div><tcp-studio data-page=\"task\" data-id=\"{lesson}/{id}\"><div class=\"loading\">{asked}{hints}<details><summary>The solution, and why</summary>{}{}</details></div></tcp-studio></section>",
            escape(&exercise.title),
            based(&exercise.task, base),
            solution(exercise),
            based(&exercise.why, base),
        ),
    );
}

fn kernel(on: &On, base: &str) -> String {
    let way = match (&on.preset, on.page.as_deref()) {
        (Some(preset), _) => {
            let title = lab::presets()
                .into_iter()
                .find(|script| script.id == *preset)
                .map_or_else(String::new, |script| script.title);
            format!(
                "<a href=\"{base}live/?preset={preset}\">Open “{}” in Live sockets</a>: it begins by itself when the bridge is there, and runs on the simulator too.",
                escape(&title)
            )
        }
        (None, Some("lab")) => {
            format!("Open the <a href=\"{base}lab/\">Lab</a> and choose your own machine's sockets.")
        }
        _ => format!("Open <a href=\"{base}live/\">Live sockets</a>."),
    };
    format!(
        "<aside class=\"kernel\"><p class=\"label\">Now on your own kernel</p>{}<p>{way}</p></aside>",
        based(&on.look_for, base)
    )
}
