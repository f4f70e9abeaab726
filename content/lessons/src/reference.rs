//! The reference: what can be looked up, part by part, from the tables in `reference/`.
//!
//! ```text
//!   reference/calls.toml --read--> Part { entries }: texts as HTML, sources and neighbours as links      call:listen leads to calls#listen
//! ```

use crate::course::Finding;
use crate::lesson::{Pending, line_at, markdown};
use crate::links::{self, Known, Link};
use crate::sections::words;
use serde::Deserialize;
use std::collections::BTreeSet;
use toml::Spanned;

/// The parts, in the order in which the reference shows them, and the kind of link that leads to each.
pub const PARTS: [(&str, &str); 8] = [
    ("fields", "field"),
    ("bits", "bit"),
    ("options", "option"),
    ("states", "state"),
    ("calls", "call"),
    ("errnos", "errno"),
    ("sysctls", "sysctl"),
    ("glossary", "term"),
];

/// A part of the reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Its name in addresses: `calls`.
    pub name: String,
    /// Its title; plain text.
    pub title: String,
    /// What it has; HTML.
    pub summary: String,
    /// Its entries, in the order of the file; the glossary's by their letters.
    pub entries: Vec<Entry>,
}

/// What can be looked up. Texts are HTML but for the names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its address on the page: `listen`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Other words by which somebody may look for it.
    pub also: Vec<String>,
    /// What it is, in a sentence or two.
    pub says: String,
    /// Short facts: label and text.
    pub facts: Vec<(String, String)>,
    /// More about it; may be nothing.
    pub more: String,
    /// What to do about it; may be nothing.
    pub remedy: String,
    /// Links to where it is said.
    pub sources: Vec<String>,
    /// Other entries, as (part, id).
    pub see: Vec<(String, String)>,
}

impl Entry {
    /// Its words, paragraph by paragraph: plain text.
    pub fn text(&self) -> Vec<String> {
        let facts = self.facts.iter().map(|(label, text)| format!("<p>{label}: {text}</p>"));
        let all: String = [self.says.clone(), self.more.clone(), self.remedy.clone()]
            .into_iter()
            .map(|html| format!("<div>{html}</div>"))
            .chain(facts)
            .collect();
        words(&all).0
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    summary: String,
    #[serde(default)]
    entry: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    name: String,
    #[serde(default)]
    also: Vec<String>,
    says: String,
    #[serde(default)]
    facts: Vec<(String, String)>,
    #[serde(default)]
    more: String,
    #[serde(default, rename = "do")]
    remedy: String,
    sources: Vec<String>,
    #[serde(default)]
    see: Vec<String>,
}

/// The ids of a part's entries: what links can name. Of a file that cannot be read, none.
pub fn ids(text: &str) -> BTreeSet<String> {
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    let entries = table.get("entry").and_then(toml::Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.get("id")?.as_str()?.to_owned())).collect()
}

/// Reads a part. What is wrong with it goes to `found`, and links to parts of lessons to `pending`.
pub fn read(
    name: &str,
    text: &str,
    known: &Known,
    found: &mut Vec<Finding>,
    pending: &mut Vec<Pending>,
) -> Part {
    let Some((_, kind)) = PARTS.iter().find(|(part, _)| *part == name) else {
        let all: Vec<String> = PARTS.iter().map(|(part, _)| format!("{part}.toml")).collect();
        found.push(Finding::new(
            1,
            format!("the reference has no part “{name}”"),
            format!("its files are {}", all.join(", ")),
        ));
        return Part::default();
    };
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            found.push(Finding::new(
                line,
                error.message().to_owned(),
                "a part has title and summary, an [[entry]] has id, name, says, sources, and may have also, facts, more, do, see",
            ));
            return Part::default();
        }
    };
    let mut part = Part {
        name: name.into(),
        title: file.title,
        summary: Reader { text, from: 0, to: text.len(), known, found, pending }.html(&file.summary),
        entries: Vec::new(),
    };
    let begins: Vec<usize> = file.entry.iter().map(|row| row.span().start).chain([text.len()]).collect();
    for (place, row) in file.entry.into_iter().enumerate() {
        let (from, to) = (begins[place], begins[place + 1]);
        let mut reader = Reader { text, from, to, known, found, pending };
        let entry = reader.entry(row.into_inner(), kind);
        if part.entries.iter().any(|other: &Entry| other.id == entry.id) {
            reader.note(
                &entry.id,
                format!("the entry “{}” is there twice", entry.id),
                "take one of the two out, or give it another id",
            );
        }
        part.entries.push(entry);
    }
    // Words are looked up by their letters; the other parts have an order of their own.
    if name == "glossary" {
        part.entries.sort_by_key(|entry| entry.name.to_lowercase());
    }
    part
}

/// Reads what stands in a stretch of a file.
struct Reader<'a> {
    text: &'a str,
    from: usize,
    to: usize,
    known: &'a Known,
    found: &'a mut Vec<Finding>,
    pending: &'a mut Vec<Pending>,
}

const LINKS: &str = "content/README.md lists what a link can be";

impl Reader<'_> {
    /// The line on which a word stands first in this stretch; that of its beginning where it does not.
    fn line_of(&self, word: &str) -> usize {
        let at = if word.is_empty() { None } else { self.text[self.from..self.to].find(word) };
        line_at(self.text, self.from + at.unwrap_or(0))
    }

    fn note(&mut self, word: &str, what: String, remedy: &str) {
        let line = self.line_of(word);
        self.found.push(Finding::new(line, what, remedy));
    }

    fn html(&mut self, text: &str) -> String {
        self.markdown(text, false)
    }

    fn markdown(&mut self, text: &str, inline: bool) -> String {
        let (mut why, mut links) = (Vec::new(), Vec::new());
        let html = markdown(text, self.known, inline, &mut why, &mut links);
        for why in why {
            // A message names the link between quotation marks: there it stands.
            let word =
                why.split('“').nth(1).and_then(|rest| rest.split('”').next()).unwrap_or_default().to_owned();
            self.note(&word, why, LINKS);
        }
        for link in links {
            let line = self.line_of(&format!("#{}", link.part));
            if link.lesson.is_none() {
                let what = format!("“#{}” is no part of a lesson", link.part);
                self.found.push(Finding::new(
                    line,
                    what,
                    "name an entry as kind:id, or a part of a lesson as lesson:name#part",
                ));
            } else {
                self.pending.push(Pending { line, ..link });
            }
        }
        html.replace("<table>", "<div class=\"wide\" tabindex=\"0\"><table>")
            .replace("</table>", "</table></div>")
            .replace("<pre>", "<pre tabindex=\"0\">")
    }

    fn entry(&mut self, row: Row, kind: &str) -> Entry {
        let plain =
            |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || b"-_.".contains(&octet);
        if row.id.is_empty() || !row.id.bytes().all(plain) {
            self.note(
                &row.id,
                format!("“{}” is no id", row.id),
                "use small letters, digits, and - _ . between them",
            );
        }
        for (what, text) in [("name", &row.name), ("says", &row.says)] {
            if text.trim().is_empty() {
                self.note(
                    what,
                    format!("the entry “{}” has an empty {what}", row.id),
                    "write it, or take the entry out",
                );
            }
        }
        if row.sources.is_empty() {
            self.note(
                "sources",
                format!("the entry “{}” names no source", row.id),
                "name an RFC (rfc:9293#3.1), a manual page (man:listen.2) or an https address",
            );
        }
        let sources = row.sources.iter().map(|source| self.source(source)).collect();
        let see = row.see.iter().filter_map(|see| self.neighbour(see, &row.id, kind)).collect();
        Entry {
            says: self.html(&row.says),
            facts: row.facts.iter().map(|(label, text)| (label.clone(), self.markdown(text, true))).collect(),
            more: self.html(&row.more),
            remedy: self.html(&row.remedy),
            id: row.id,
            name: row.name,
            also: row.also,
            sources,
            see,
        }
    }

    /// A source as a link that says what it leads to.
    fn source(&mut self, address: &str) -> String {
        let (kind, name) = address.split_once(':').unwrap_or(("", address));
        let label = match kind {
            "rfc" => match name.split_once('#') {
                Some((number, section)) => format!("RFC {number}, {section}"),
                None => format!("RFC {name}"),
            },
            "man" => match name.rsplit_once('.') {
                Some((page, section)) => format!("{page}({section})"),
                None => name.to_owned(),
            },
            "https" => host(name).to_owned(),
            // With a name of its own.
            _ if address.starts_with('[') => return self.markdown(address, true),
            _ => {
                self.note(address, format!("“{address}” is no source"), "a source is rfc:9293#3.1, man:listen.2, an https address, or one of them with a name: [name](https://…)");
                return String::new();
            }
        };
        self.markdown(&format!("[{label}](<{address}>)"), true)
    }

    /// Another entry: `accept` of this part, or `term:backlog`.
    fn neighbour(&mut self, see: &str, here: &str, kind: &str) -> Option<(String, String)> {
        if see == here {
            self.note(
                "see",
                format!("the entry “{here}” names itself in “see”"),
                "name others, or leave it out",
            );
            return None;
        }
        let address = if see.contains(':') { see.to_owned() } else { format!("{kind}:{see}") };
        let entry = links::link(&address, self.known).map(|link| match link {
            Link::To { href, .. } => links::entry(&href),
            _ => None,
        });
        match entry {
            Ok(Some(entry)) => Some(entry),
            Ok(None) => {
                self.note(
                    see,
                    format!("“{see}” is no entry of the reference"),
                    "name an id of this file, or kind:id of another",
                );
                None
            }
            Err(why) => {
                self.note(see, why, LINKS);
                None
            }
        }
    }
}

fn host(rest: &str) -> &str {
    rest.trim_start_matches('/').split('/').next().unwrap_or(rest)
}
