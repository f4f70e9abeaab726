//! The page at the course's end as HTML: what it taught, lesson by lesson. What of it is done, the learner's own browser knows.

use super::page::{Page, place_of, write_text};
use lessons::{Course, Outline, escape, line};

/// The page, of a site under the path `base`.
pub fn page(course: &Course, base: &str) -> Page {
    let outline = Outline::of(course);
    let title = "What you have learned";
    let summary = "What the course teaches, and how much of it you have done: to look at, and to print.";
    let mut html = format!(
        "<article class=\"course finished\"><header class=\"prose\"><p class=\"way-back\"><a href=\"{base}learn/\">The course</a></p><h1>{title}</h1><p class=\"of-what\">TCP and socket programming, by doing: the course of TCP Lab</p></header>"
    );
    html.push_str(&place_of(
        "completion",
        &outline,
        "<p>What you have done stands in your own browser: with JavaScript this page says it.</p>",
    ));
    html.push_str("<section class=\"prose\"><h2>What one can do afterwards</h2></section><ol start=\"0\">");
    for (lesson, chapter) in course.lessons.iter().zip(&outline.lessons) {
        let able: String = lesson.front.able.iter().map(|item| format!("<li>{}</li>", line(item))).collect();
        write_text(
            &mut html,
            format_args!(
                "<li><h3><a href=\"{base}learn/{}/\">{}</a></h3>{}<ul>{able}</ul></li>",
                escape(&lesson.name),
                escape(&lesson.front.title),
                place_of("chapter", chapter, ""),
            ),
        );
    }
    html.push_str("</ol></article>");
    Page {
        place: "learn/done/".into(),
        title: title.into(),
        summary: summary.into(),
        html,
        files: Vec::new(),
    }
}
