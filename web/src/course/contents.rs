//! The page of the course as HTML: what its lessons are about, how long they take, and what one can do afterwards.

use super::page::{Page, place_of, write_text};
use lessons::{Chapter, Course, Lesson, Outline, escape, line};

/// The page, of a site under the path `base`.
pub fn page(course: &Course, base: &str) -> Page {
    let outline = Outline::of(course);
    let exercises = outline.exercises();
    let hours = course.lessons.iter().map(|lesson| lesson.front.minutes).sum::<u32>().div_ceil(60);
    let summary = format!(
        "{} lessons and {exercises} exercises, about {hours} hours: from a first connection to an HTTP server of your own.",
        course.lessons.len(),
    );
    let mut html = format!(
        "<article class=\"contents\"><header class=\"prose\"><h1>The course</h1><p class=\"opening\">{summary}</p><p>You need a little Python, and nothing to install: everything runs in this page. With the bridge you try it on your own machine’s TCP as well. The lessons build on each other, but each can be read by itself.</p></header>{}<ol start=\"0\">",
        place_of("learner", &outline, ""),
    );
    for (lesson, chapter) in course.lessons.iter().zip(&outline.lessons) {
        html.push_str(&entry(lesson, chapter, base));
    }
    write_text(
        &mut html,
        format_args!(
            "</ol><p><a href=\"{base}learn/done/\">What you have learned, to print</a></p></article>"
        ),
    );
    Page { place: "learn/".into(), title: "The course".into(), summary, html, files: Vec::new() }
}

fn entry(lesson: &Lesson, chapter: &Chapter, base: &str) -> String {
    let front = &lesson.front;
    let exercises = chapter.exercises.len();
    let able: String = front.able.iter().map(|item| format!("<li>{}</li>", line(item))).collect();
    let mut html = String::new();
    write_text(
        &mut html,
        format_args!(
            "<li><h2><a href=\"{base}learn/{}/\">{}</a></h2><p>{}</p><p class=\"meaning\">{exercises} exercises, about {} minutes</p>{}<details><summary>What you will be able to do</summary><ul>{able}</ul></details></li>",
            escape(&lesson.name),
            escape(&front.title),
            escape(&front.summary),
            front.minutes,
            place_of("chapter", chapter, ""),
        ),
    );
    html
}
