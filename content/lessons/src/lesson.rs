//! A lesson: its front matter, its words as HTML, and the places among them where figures, exercises and ways to the kernel stand.

use crate::course::Finding;
use crate::links::{self, Known, Link};
use crate::markup::{BASE, escape};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use serde::Deserialize;
use std::ops::Range;

/// What stands before the words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// The title.
    pub title: String,
    /// What it is about, in a sentence.
    pub summary: String,
    /// What a learner is able to do afterwards.
    pub able: Vec<String>,
    /// How long it takes.
    pub minutes: u32,
    /// The lessons that come before it, by name.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The lesson after it.
    #[serde(default)]
    pub next: Option<String>,
}

/// A lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    /// The folder: `03-opening`.
    pub folder: String,
    /// The chapter's number.
    pub number: u32,
    /// The name in links: `opening`.
    pub name: String,
    /// What stands before the words.
    pub front: Front,
    /// Its parts.
    pub headings: Vec<Heading>,
    /// Its words, and what stands among them, in order.
    pub blocks: Vec<Block>,
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 2 or 3.
    pub level: u8,
    /// Its address on the page.
    pub id: String,
    /// Its words.
    pub text: String,
}

/// A piece of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Words. [`based`](crate::based) puts the site's path in.
    Html(String),
    /// A part begins: a heading of level 2.
    Part(Heading),
    /// A live picture.
    Figure(Figure),
    /// An exercise, by its id.
    Exercise(String),
    /// A way to the learner's own kernel.
    Kernel(On),
}

/// A live picture.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// A scenario of the gallery.
    pub scenario: String,
    /// The views beside the ladder.
    #[serde(default)]
    pub views: Vec<String>,
    /// What is picked, and when the still picture is: a mark, or seconds.
    pub moment: String,
    /// What it shows.
    pub caption: String,
}

/// A way to the learner's own kernel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct On {
    /// A preset of the page “Live sockets”.
    #[serde(default)]
    pub preset: Option<String>,
    /// Or a page: `live` or `lab`.
    #[serde(default)]
    pub page: Option<String>,
    /// What to look for there; Markdown, HTML afterwards.
    pub look_for: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    id: String,
}

/// The views that a figure can have beside its ladder.
const VIEWS: [&str; 6] = ["header", "states", "stream", "queues", "plots", "packets"];

/// A link to a part of a page, to be checked when all is read.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The lesson; the one itself where it is `None`.
    pub lesson: Option<String>,
    /// The part.
    pub part: String,
    /// Where it stands.
    pub line: usize,
}

impl Lesson {
    /// The ids of the exercises that stand in it.
    pub fn exercises(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Exercise(id) => Some(id.as_str()),
            _ => None,
        })
    }
}

/// The line of an octet, counted from 1.
pub fn line_at(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|octet| **octet == b'\n').count() + 1
}

/// Reads a lesson's text. What is wrong with it goes to `found`, and links to parts of pages to `pending`.
pub fn read(
    folder: &str,
    text: &str,
    known: &Known,
    found: &mut Vec<Finding>,
    pending: &mut Vec<Pending>,
) -> Lesson {
    let (number, name) = folder.split_once('-').unwrap_or(("", folder));
    let mut lesson = Lesson {
        folder: folder.into(),
        number: number.parse().unwrap_or(0),
        name: name.into(),
        ..Lesson::default()
    };
    if number.len() != 2 || number.parse::<u32>().is_err() || name.is_empty() {
        found.push(Finding::new(
            1,
            format!("the folder “{folder}” is no lesson's"),
            "name it as 03-opening: two digits, a hyphen, the lesson's name",
        ));
    }
    let Some((front, at)) = front(text) else {
        found.push(Finding::new(
            1,
            "there is no front matter",
            "begin with a line +++, then title, summary, able, minutes as TOML, then a line +++",
        ));
        return lesson;
    };
    match toml::from_str::<Front>(&text[front.clone()]) {
        Ok(read) => lesson.front = read,
        Err(error) => {
            let line = error.span().map_or(1, |span| line_at(text, front.start + span.start));
            found.push(Finding::new(
                line,
                format!("the front matter: {}", error.message()),
                "it has title, summary, able, minutes, and needs and next where there are such lessons",
            ));
        }
    }
    if lesson.front.able.is_empty() && found.is_empty() {
        found.push(Finding::new(1, "“able” is empty", "say what a learner is able to do afterwards"));
    }
    words(&mut lesson, text, at, known, found, pending);
    lesson
}

/// Where the front matter lies, and where the words begin.
fn front(text: &str) -> Option<(Range<usize>, usize)> {
    let rest = text.strip_prefix("+++\n")?;
    let end = rest.find("\n+++\n")?;
    Some((4..4 + end + 1, 4 + end + 5))
}

/// A piece of Markdown as HTML: what stands in an exercise.
pub fn markdown(
    text: &str,
    known: &Known,
    inline: bool,
    why: &mut Vec<String>,
    pending: &mut Vec<Pending>,
) -> String {
    let mut found = Vec::new();
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter();
    let events: Vec<Event<'_>> =
        events.map(|(event, span)| linked(event, &span, text, 0, known, &mut found, pending)).collect();
    let plain =
        |event: &Event<'_>| matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph));
    let mut html = String::new();
    html::push_html(&mut html, events.into_iter().filter(|event| !(inline && plain(event))));
    why.extend(found.into_iter().map(|finding| finding.what));
    html.trim_end().to_owned()
}

/// A link in its final form; whatever a lesson may not hold is noted.
fn linked<'a>(
    event: Event<'a>,
    span: &Range<usize>,
    text: &str,
    skipped: usize,
    known: &Known,
    found: &mut Vec<Finding>,
    pending: &mut Vec<Pending>,
) -> Event<'a> {
    let line = line_at(text, skipped + span.start);
    match event {
        Event::Start(Tag::Link { dest_url, .. }) => {
            let html = match links::link(&dest_url, known) {
                Ok(Link::To { href, thing }) => {
                    let thing =
                        thing.map(|thing| format!(" data-thing=\"{}\"", escape(&thing))).unwrap_or_default();
                    let outside = if href.starts_with("http") { " rel=\"external\"" } else { "" };
                    format!("<a href=\"{href}\"{thing}{outside}>")
                }
                Ok(Link::Thing(mark)) => format!("<a data-thing=\"{}\">", escape(&mark)),
                Ok(Link::Plain) => "<a>".into(),
                Ok(Link::Here(part)) => {
                    let html = format!("<a href=\"#{}\">", escape(&part));
                    pending.push(Pending { lesson: None, part, line });
                    html
                }
                Ok(Link::Part { lesson, part }) => {
                    let html = format!("<a href=\"{BASE}learn/{lesson}/#{}\">", escape(&part));
                    pending.push(Pending { lesson: Some(lesson), part, line });
                    html
                }
                Err(why) => {
                    found.push(Finding::new(line, why, "content/README.md lists what a link can be"));
                    "<a>".into()
                }
            };
            Event::InlineHtml(html.into())
        }
        Event::End(TagEnd::Link) => Event::InlineHtml("</a>".into()),
        Event::Html(_) | Event::InlineHtml(_) => {
            found.push(Finding::new(line, "HTML stands among the words", "write it as Markdown"));
            Event::Text("".into())
        }
        Event::Start(Tag::Image { .. }) => {
            found.push(Finding::new(
                line,
                "a picture stands among the words",
                "pictures are figures: a block ```figure",
            ));
            Event::Start(Tag::Emphasis)
        }
        Event::End(TagEnd::Image) => Event::End(TagEnd::Emphasis),
        other => other,
    }
}

fn words(
    lesson: &mut Lesson,
    text: &str,
    at: usize,
    known: &Known,
    found: &mut Vec<Finding>,
    pending: &mut Vec<Pending>,
) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut plain: Vec<Event<'_>> = Vec::new();
    let mut heading: Option<(HeadingLevel, Option<CowStr<'_>>, String, Vec<Event<'_>>)> = None;
    let mut directive: Option<(String, String, usize)> = None;
    let mut depth = 0_usize;
    for (event, span) in Parser::new_ext(&text[at..], options).into_offset_iter() {
        let line = line_at(text, at + span.start);
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(ref info))) if is_directive(info) => {
                if depth > 0 {
                    found.push(Finding::new(
                        line,
                        format!("the {info} stands inside of a list or a quotation"),
                        "begin its fence at the first column",
                    ));
                }
                directive = Some((info.to_string(), String::new(), line));
            }
            Event::Text(ref body) if directive.is_some() => {
                if let Some((_, text, _)) = &mut directive {
                    text.push_str(body);
                }
            }
            Event::End(TagEnd::CodeBlock) if directive.is_some() => {
                flush(lesson, &mut plain);
                if let Some((name, body, line)) = directive.take() {
                    direct(lesson, &name, &body, line, known, found, pending);
                }
            }
            Event::Start(Tag::Heading { level, id, .. }) => {
                if !matches!(level, HeadingLevel::H2 | HeadingLevel::H3) {
                    found.push(Finding::new(
                        line,
                        "a heading is neither ## nor ###",
                        "the title stands in the front matter; its parts are ##, parts of those ###",
                    ));
                }
                heading = Some((level, id, String::new(), Vec::new()));
            }
            Event::End(TagEnd::Heading(_)) => {
                let Some((level, id, text, events)) = heading.take() else { continue };
                let id = id.map_or_else(|| slug(&text), |id| id.to_string());
                if lesson.headings.iter().any(|other| other.id == id) {
                    found.push(Finding::new(
                        line,
                        format!("the part “{id}” is there twice"),
                        "give one of them another address: ## Words {#address}",
                    ));
                }
                let part = Heading { level: if level == HeadingLevel::H3 { 3 } else { 2 }, id, text };
                lesson.headings.push(part.clone());
                if part.level == 2 {
                    flush(lesson, &mut plain);
                    lesson.blocks.push(Block::Part(part));
                } else {
                    plain.push(Event::Html(format!("<h3 id=\"{}\">", escape(&part.id)).into()));
                    plain.extend(events);
                    plain.push(Event::Html("</h3>\n".into()));
                }
            }
            event => {
                match event {
                    Event::Start(Tag::List(_) | Tag::BlockQuote(_)) => depth += 1,
                    Event::End(TagEnd::List(_) | TagEnd::BlockQuote(_)) => depth -= 1,
                    _ => {}
                }
                if let Some((_, _, words, _)) = &mut heading
                    && let Event::Text(text) | Event::Code(text) = &event
                {
                    words.push_str(text);
                }
                let event = linked(event, &span, text, at, known, found, pending);
                match &mut heading {
                    Some((.., events)) => events.push(event),
                    None => plain.push(event),
                }
            }
        }
    }
    flush(lesson, &mut plain);
}

fn flush(lesson: &mut Lesson, plain: &mut Vec<Event<'_>>) {
    let mut text = String::new();
    html::push_html(&mut text, plain.drain(..));
    if !text.trim().is_empty() {
        // Wide tables and long lines scroll by themselves, by keyboard too.
        let text = text
            .replace("<table>", "<div class=\"wide\" tabindex=\"0\"><table>")
            .replace("</table>", "</table></div>")
            .replace("<pre>", "<pre tabindex=\"0\">");
        lesson.blocks.push(Block::Html(text));
    }
}

fn is_directive(info: &str) -> bool {
    matches!(info, "figure" | "predict" | "quiz" | "exercise" | "kernel")
}

fn direct(
    lesson: &mut Lesson,
    name: &str,
    body: &str,
    line: usize,
    known: &Known,
    found: &mut Vec<Finding>,
    pending: &mut Vec<Pending>,
) {
    let mut wrong = |error: toml::de::Error| {
        let line = line + error.span().map_or(0, |span| line_at(body, span.start));
        found.push(Finding::new(
            line,
            format!("the {name}: {}", error.message()),
            "content/README.md shows what it can hold",
        ));
    };
    match name {
        "figure" => match toml::from_str::<Figure>(body) {
            Ok(mut figure) => {
                if let Some(view) = figure.views.iter().find(|view| !VIEWS.contains(&view.as_str())) {
                    found.push(Finding::new(
                        line,
                        format!("there is no view “{view}”"),
                        format!("the views beside the ladder are {}", VIEWS.join(", ")),
                    ));
                }
                let mut why = Vec::new();
                figure.caption = markdown(&figure.caption, known, true, &mut why, pending);
                found.extend(
                    why.into_iter()
                        .map(|why| Finding::new(line, why, "content/README.md lists what a link can be")),
                );
                lesson.blocks.push(Block::Figure(figure));
            }
            Err(error) => wrong(error),
        },
        "kernel" => match toml::from_str::<On>(body) {
            Ok(mut on) => {
                match (&on.preset, on.page.as_deref()) {
                    (Some(preset), None) => {
                        let known: Vec<String> = lab::presets().into_iter().map(|script| script.id).collect();
                        if !known.contains(preset) {
                            found.push(Finding::new(
                                line,
                                format!("there is no preset “{preset}”"),
                                format!("the presets are {}", known.join(", ")),
                            ));
                        }
                    }
                    (None, Some("live" | "lab")) => {}
                    _ => found.push(Finding::new(
                        line,
                        "the kernel has neither a preset nor a page",
                        "give one of the two: preset = \"…\" or page = \"live\" or \"lab\"",
                    )),
                }
                let mut why = Vec::new();
                on.look_for = markdown(&on.look_for, known, false, &mut why, pending);
                found.extend(
                    why.into_iter()
                        .map(|why| Finding::new(line, why, "content/README.md lists what a link can be")),
                );
                lesson.blocks.push(Block::Kernel(on));
            }
            Err(error) => wrong(error),
        },
        _ => match toml::from_str::<Named>(body) {
            Ok(Named { id }) => lesson.blocks.push(Block::Exercise(id)),
            Err(error) => wrong(error),
        },
    }
}

/// A heading's address: its words, small, joined by hyphens.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars() {
        if letter.is_alphanumeric() {
            slug.extend(letter.to_lowercase());
        } else if !matches!(letter, '\'' | '’') && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
