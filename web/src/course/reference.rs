//! The reference's pages as HTML: its contents, and each part with its entries, whole without any program.

use super::page::{Page, write_text};
use lessons::{Course, Entry, Part, Taught, based, escape, words};
use std::collections::BTreeMap;

/// Where each entry is taught, as [`Course::taught`] gives it.
type Places = BTreeMap<(String, String), Vec<Taught>>;

/// The pages of the reference, of a site under the path `base`.
pub fn pages(course: &Course, base: &str) -> Vec<Page> {
    let taught = course.taught();
    let parts = course.reference.iter().map(|part| page(course, part, &taught, base));
    [contents(course, base)].into_iter().chain(parts).collect()
}

/// The address of an entry from the site's root.
pub(super) fn place(part: &str, id: &str) -> String {
    format!("reference/{part}/#{}", escape(id))
}

fn contents(course: &Course, base: &str) -> Page {
    let summary =
        "Everything that the lessons name, to look up: what it is, where it is said, and where it is taught.";
    let mut html = format!(
        "<article class=\"reference\"><header class=\"prose\"><h1>Reference</h1><p class=\"opening\">{summary}</p></header>"
    );
    for part in &course.reference {
        write_text(
            &mut html,
            format_args!(
                "<section class=\"part\" aria-labelledby=\"{name}\"><h2 id=\"{name}\"><a href=\"{base}reference/{name}/\">{}</a></h2>{}{}</section>",
                escape(&part.title),
                based(&part.summary, base),
                list(part, &format!("{base}reference/{}/", part.name)),
                name = part.name,
            ),
        );
    }
    html.push_str("</article>");
    Page {
        place: "reference/".into(),
        title: "Reference".into(),
        summary: summary.into(),
        html,
        files: Vec::new(),
    }
}

/// Links to all entries of a part.
fn list(part: &Part, page: &str) -> String {
    let link = |entry: &Entry| {
        format!("<li><a href=\"{page}#{}\">{}</a></li>", escape(&entry.id), escape(&entry.name))
    };
    format!("<ul class=\"entries\">{}</ul>", part.entries.iter().map(link).collect::<String>())
}

fn page(course: &Course, part: &Part, taught: &Places, base: &str) -> Page {
    let mut html = format!(
        "<article class=\"reference\"><header class=\"prose\"><p class=\"way-back\"><a href=\"{base}reference/\">Reference</a></p><h1>{}</h1><div class=\"opening\">{}</div></header><nav aria-label=\"Entries\">{}</nav>",
        escape(&part.title),
        based(&part.summary, base),
        list(part, ""),
    );
    for entry in &part.entries {
        let places = taught.get(&(part.name.clone(), entry.id.clone())).map_or(&[][..], Vec::as_slice);
        html.push_str(&self::entry(course, entry, places, base));
    }
    html.push_str("</article>");
    Page {
        place: format!("reference/{}/", part.name),
        title: format!("{} - Reference", part.title),
        summary: words(&part.summary).0.join(" "),
        html,
        files: Vec::new(),
    }
}

fn entry(course: &Course, entry: &Entry, places: &[Taught], base: &str) -> String {
    let id = escape(&entry.id);
    let mut html = format!(
        "<section class=\"lemma\" id=\"{id}\" aria-labelledby=\"{id}-name\"><h2 id=\"{id}-name\"><a href=\"#{id}\">{}</a></h2>{}",
        escape(&entry.name),
        based(&entry.says, base),
    );
    let rows = |rows: Vec<(String, String)>| {
        let rows: String =
            rows.into_iter().map(|(label, text)| format!("<dt>{label}</dt><dd>{text}</dd>")).collect();
        if rows.is_empty() { rows } else { format!("<dl>{rows}</dl>") }
    };
    let facts = entry.facts.iter().map(|(label, text)| (escape(label), based(text, base))).collect();
    html.push_str(&rows(facts));
    html.push_str(&based(&entry.more, base));
    if !entry.remedy.is_empty() {
        write_text(
            &mut html,
            format_args!("<div class=\"remedy\"><h3>What to do</h3>{}</div>", based(&entry.remedy, base)),
        );
    }
    let see = entry.see.iter().filter_map(|(part, id)| {
        let name = &course.entry(part, id)?.name;
        Some(format!("<a href=\"{base}{}\">{}</a>", place(part, id), escape(name)))
    });
    let about = [
        ("See also", see.collect::<Vec<_>>().join(", ")),
        ("Taught in", taught_in(course, places, base)),
        (if entry.sources.len() == 1 { "Source" } else { "Sources" }, entry.sources.join(", ")),
    ];
    let about = about.into_iter().filter(|(_, text)| !text.is_empty());
    html.push_str(&rows(about.map(|(label, text)| (label.to_owned(), text)).collect()));
    html.push_str("</section>");
    html
}

/// How many places stand there at once; the others are folded.
const AT_ONCE: usize = 3;

fn taught_in(course: &Course, places: &[Taught], base: &str) -> String {
    let link = |place: &Taught| {
        let lesson = course.lessons.iter().find(|lesson| lesson.name == place.lesson)?;
        let title = escape(&lesson.front.title);
        let part = if place.id.is_empty() { String::new() } else { format!(": {}", escape(&place.title)) };
        let fragment = if place.id.is_empty() { String::new() } else { format!("#{}", escape(&place.id)) };
        Some(format!("<a href=\"{base}learn/{}/{fragment}\">{title}{part}</a>", lesson.name))
    };
    let links: Vec<String> = places.iter().filter_map(link).collect();
    let list = |links: &[String]| {
        format!("<ul>{}</ul>", links.iter().map(|link| format!("<li>{link}</li>")).collect::<String>())
    };
    // One more is not worth folding.
    match links.len() {
        0 => String::new(),
        all if all <= AT_ONCE + 1 => list(&links),
        all => format!(
            "{}<details><summary>and in {} more places</summary>{}</details>",
            list(&links[..AT_ONCE]),
            all - AT_ONCE,
            list(&links[AT_ONCE..])
        ),
    }
}
