//! A lesson as who looks something up sees it: part by part, what each is called, its plain words, and the reference's entries that it
//! leads to.

use crate::links;
use crate::markup::{Piece, pieces, unescape};
use crate::{Block, Exercise, Lesson};
use std::collections::BTreeSet;

/// A part of a lesson: what stands below one of its headings, or an exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its address on the page; nothing for what stands before the first heading.
    pub id: String,
    /// Its heading, or the exercise's title; the lesson's title for what stands before the first heading.
    pub title: String,
    /// Whether it is an exercise.
    pub exercise: bool,
    /// Its words, paragraph by paragraph: plain text. Of an exercise its task alone.
    pub text: Vec<String>,
    /// The entries of the reference that it links to, as (part, id).
    pub leads: BTreeSet<(String, String)>,
}

impl Lesson {
    /// Its sections, in order; an exercise comes behind the part in which it stands.
    pub fn sections(&self, exercises: &[Exercise]) -> Vec<Section> {
        let title = self.front.title.clone();
        let mut reader = Reader {
            done: vec![Section { title, text: vec![self.front.summary.clone()], ..Section::default() }],
            ..Reader::default()
        };
        for block in &self.blocks {
            match block {
                Block::Html(html) => reader.read(html),
                Block::Part(heading) => reader.begin(&heading.id, &heading.text),
                Block::Figure(figure) => reader.read(&figure.caption),
                Block::Kernel(on) => reader.read(&on.look_for),
                Block::Exercise(id) => {
                    let Some(exercise) = exercises.iter().find(|exercise| exercise.id == *id) else {
                        continue;
                    };
                    let (text, leads) = words(&exercise.task);
                    let (id, title) = (exercise.id.clone(), exercise.title.clone());
                    reader.aside.push(Section { id, title, exercise: true, text, leads });
                }
            }
        }
        reader.close();
        reader.done
    }
}

/// The plain text of the course's HTML, paragraph by paragraph, and the reference's entries that it leads to.
pub fn words(html: &str) -> (Vec<String>, BTreeSet<(String, String)>) {
    let mut reader = Reader { done: vec![Section::default()], ..Reader::default() };
    reader.read(html);
    let section = reader.done.swap_remove(0);
    (section.text, section.leads)
}

#[derive(Default)]
struct Reader {
    /// Never empty: the last is being read.
    done: Vec<Section>,
    /// Exercises of the part that is being read.
    aside: Vec<Section>,
    paragraph: String,
}

impl Reader {
    fn begin(&mut self, id: &str, title: &str) {
        self.close();
        self.done.push(Section { id: id.into(), title: title.into(), ..Section::default() });
    }

    fn close(&mut self) {
        self.end_paragraph();
        self.done.append(&mut self.aside);
    }

    fn end_paragraph(&mut self) {
        let text = self.paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        self.paragraph.clear();
        if let Some(last) = self.done.last_mut().filter(|_| !text.is_empty()) {
            last.text.push(text);
        }
    }

    fn read(&mut self, html: &str) {
        let mut heading: Option<String> = None;
        for piece in pieces(html) {
            match piece {
                Piece::Text(text) => self.paragraph.push_str(&unescape(text)),
                Piece::Tag(tag) => {
                    let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
                    match name {
                        "h3" if tag.starts_with('/') => {
                            let title = std::mem::take(&mut self.paragraph);
                            self.begin(&heading.take().unwrap_or_default(), title.trim());
                        }
                        "h3" => {
                            self.end_paragraph();
                            heading = attribute(tag, "id");
                        }
                        "a" => self.lead(tag),
                        "td" | "th" | "br" => self.paragraph.push(' '),
                        "p" | "li" | "ul" | "ol" | "tr" | "pre" | "blockquote" | "hr" | "div" | "table"
                        | "thead" | "tbody" => self.end_paragraph(),
                        _ => {}
                    }
                }
            }
        }
        self.end_paragraph();
    }

    fn lead(&mut self, tag: &str) {
        let entry = attribute(tag, "href").and_then(|href| links::entry(&href));
        if let (Some(entry), Some(last)) = (entry, self.done.last_mut()) {
            last.leads.insert(entry);
        }
    }
}

/// An attribute of a tag that this crate has written.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescape(value.split_once('"')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::BASE;
    use crate::{Heading, Kind};

    fn lead(part: &str, id: &str) -> String {
        format!("<a href=\"{BASE}reference/{part}/#{id}\">x</a>")
    }

    #[test]
    fn a_lesson_falls_into_its_parts_with_plain_words_and_where_they_lead() {
        let html = |text: &str| Block::Html(text.to_owned());
        let choose = crate::Choose { many: false, choices: Vec::new() };
        let task = Exercise {
            id: "one".into(),
            label: String::new(),
            title: "Who?".into(),
            task: format!("<p>Say <code>who</code>. {}</p>", lead("calls", "listen")),
            hints: vec!["never here".into()],
            why: "nor this".into(),
            show: None,
            kind: Kind::Choose(choose),
        };
        let mut lesson = Lesson {
            blocks: vec![
                html(
                    "<p>Two\nwords &amp; <em>more</em>.</p>\n<ul>\n<li>a</li>\n<li>b<ul><li>c</li></ul></li>\n</ul>",
                ),
                Block::Part(Heading { level: 2, id: "why".into(), text: "Why?".into() }),
                html(&format!("<p>{}</p>", lead("bits", "syn"))),
                Block::Exercise("one".into()),
                html(&format!(
                    "<h3 id=\"deep\">Deep <code>er</code></h3>\n<table><tr><td>1</td><td>2</td></tr></table>{}",
                    lead("states", "listen")
                )),
            ],
            ..Lesson::default()
        };
        lesson.front.title = "Title".into();
        lesson.front.summary = "Of it.".into();
        let told: Vec<String> = lesson
            .sections(&[task])
            .iter()
            .map(|Section { id, title, text, leads, .. }| {
                format!("{id} {title}: {} {leads:?}", text.join("|"))
            })
            .collect();
        assert_eq!(
            told,
            [
                " Title: Of it.|Two words & more.|a|b|c {}",
                "why Why?: x {(\"bits\", \"syn\")}",
                "one Who?: Say who. x {(\"calls\", \"listen\")}",
                "deep Deep er: 1 2|x {(\"states\", \"listen\")}",
            ]
        );
    }
}
