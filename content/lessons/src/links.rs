//! Links of lessons: from `call:listen` to where the reference tells of it. What can be named is what the engine's tables have, and what
//! the reference's files add.

use crate::field;
use crate::markup::{BASE, escape};
use sockets::{Errno, OpKind, State};
use std::collections::{BTreeMap, BTreeSet};

/// What links can lead to.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The lessons, by name.
    pub lessons: BTreeSet<String>,
    /// The reference's entries, by part; a part without a file is not here.
    pub reference: BTreeMap<String, BTreeSet<String>>,
}

/// A link that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// To an address, with what it lights up in figures, if anything.
    To { href: String, thing: Option<String> },
    /// To a thing of the figures' story.
    Thing(String),
    /// Nowhere yet: the reference has no such part.
    Plain,
    /// To a part or an exercise of the lesson itself.
    Here(String),
    /// To a part of another lesson.
    Part { lesson: String, part: String },
}

/// Understands an address of a lesson's link.
///
/// # Errors
/// What leads nowhere, and what could have been meant.
pub fn link(address: &str, known: &Known) -> Result<Link, String> {
    if let Some(mark) = address.strip_prefix('#') {
        return Ok(if mark.contains(':') {
            Link::Thing(mark.to_owned())
        } else {
            Link::Here(mark.to_owned())
        });
    }
    let Some((kind, name)) = address.split_once(':') else {
        return Err(format!("“{address}” is no address: links are kind:name, #part or https://…"));
    };
    let to = |href: String| Ok(Link::To { href, thing: None });
    let lower = name.to_ascii_lowercase();
    match kind {
        "https" | "http" => to(escape(address)),
        "rfc" => {
            let (number, section) = name.split_once('#').unwrap_or((name, ""));
            if number.parse::<u32>().is_err() {
                return Err(format!("“{address}”: an RFC is written rfc:9293 or rfc:9293#3.5"));
            }
            let section = if section.is_empty() { String::new() } else { format!("#section-{section}") };
            to(format!("https://www.rfc-editor.org/rfc/rfc{number}.html{section}"))
        }
        "man" => match name.rsplit_once('.') {
            Some((page, section))
                if section.len() == 1 && section.bytes().all(|octet| octet.is_ascii_digit()) =>
            {
                to(format!("https://man7.org/linux/man-pages/man{section}/{page}.{section}.html"))
            }
            _ => Err(format!("“{address}”: a manual page is written man:listen.2")),
        },
        "scenario" => match lab::exhibit(name) {
            Some(_) => to(format!("{BASE}scenarios/{name}/")),
            None => Err(format!("the gallery has no scenario “{name}”")),
        },
        "lesson" => {
            let (lesson, part) = name.split_once('#').unwrap_or((name, ""));
            if !known.lessons.contains(lesson) {
                let all: Vec<&str> = known.lessons.iter().map(String::as_str).collect();
                return Err(format!("there is no lesson “{lesson}”; the lessons are {}", all.join(", ")));
            }
            if part.is_empty() {
                return to(format!("{BASE}learn/{lesson}/"));
            }
            Ok(Link::Part { lesson: lesson.to_owned(), part: part.to_owned() })
        }
        "field" | "bit" | "state" | "call" | "errno" | "option" | "sysctl" | "term" => {
            term(kind, name, &lower, known)
        }
        _ => Err(format!(
            "“{kind}:” is no kind of link; the kinds are field, bit, state, call, errno, option, sysctl, term, rfc, man, scenario, lesson, and https"
        )),
    }
}

/// The entry of the reference, as (part, id), that an address of [`Link::To`] leads to.
pub fn entry(href: &str) -> Option<(String, String)> {
    let (part, id) = href.strip_prefix(BASE)?.strip_prefix("reference/")?.split_once("/#")?;
    Some((part.to_owned(), id.to_owned()))
}

fn term(kind: &str, name: &str, lower: &str, known: &Known) -> Result<Link, String> {
    // What the engine's own tables know needs no file; what it lights up in figures has their name.
    let row = matches!(kind, "field" | "bit").then(|| field::any(lower)).flatten();
    let (part, entry, there) = match kind {
        "field" => (
            "fields",
            row.map_or_else(|| lower.to_owned(), |row| row.name.replace(' ', "-").to_ascii_lowercase()),
            row.is_some(),
        ),
        "bit" => ("bits", lower.to_owned(), row.is_some_and(|row| row.width == 1)),
        "state" => (
            "states",
            lower.to_owned(),
            State::ALL.iter().any(|state| state.name().eq_ignore_ascii_case(name)),
        ),
        "call" => ("calls", lower.to_owned(), OpKind::ALL.iter().any(|call| call.name() == lower)),
        "errno" => ("errnos", lower.to_owned(), Errno::from_name(&name.to_ascii_uppercase()).is_some()),
        "option" => ("options", lower.to_owned(), false),
        "sysctl" => ("sysctls", lower.to_owned(), false),
        _ => ("glossary", lower.to_owned(), false),
    };
    let file = known.reference.get(part);
    if !file.map_or(there, |entries| entries.contains(&entry)) {
        let near: Vec<&str> = file
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|id| id.starts_with(&entry[..entry.len().min(2)]))
            .collect();
        let hint = match (file, near.is_empty()) {
            (None, _) => format!("there is no content/lessons/reference/{part}.toml that could add it"),
            (Some(_), true) => format!("content/lessons/reference/{part}.toml has no entry of this id"),
            (Some(_), false) => format!("content/lessons/reference/{part}.toml has {}", near.join(", ")),
        };
        return Err(format!("there is no {kind} “{name}”: {hint}"));
    }
    let thing = row.map(|row| format!("field:{}", row.name.replace(' ', "-")));
    // A part of the reference that is not written is no place to lead to.
    if file.is_none() {
        return Ok(thing.map_or(Link::Plain, Link::Thing));
    }
    Ok(Link::To { href: format!("{BASE}reference/{part}/#{entry}"), thing })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expected: &str) {
        let known = Known {
            lessons: BTreeSet::from(["closing".to_owned()]),
            reference: BTreeMap::from([
                ("glossary".to_owned(), BTreeSet::from(["segment".to_owned()])),
                ("fields".to_owned(), BTreeSet::from(["sequence-number".to_owned()])),
            ]),
        };
        let found = match link(address, &known) {
            Ok(Link::To { href, thing }) => format!(
                "{}{}",
                href.replace(BASE, "/"),
                thing.map(|thing| format!(" {thing}")).unwrap_or_default()
            ),
            Ok(other) => format!("{other:?}"),
            Err(why) => why,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn terms_lead_to_the_reference_and_light_fields_up() {
        check("field:seq", "/reference/fields/#sequence-number field:sequence-number");
        check("bit:rst", "Thing(\"field:RST\")");
        check("state:close-wait", "Plain");
        check("term:segment", "/reference/glossary/#segment");
        check("rfc:9293#3.5", "https://www.rfc-editor.org/rfc/rfc9293.html#section-3.5");
        check("man:listen.2", "https://man7.org/linux/man-pages/man2/listen.2.html");
        check("scenario:handshake", "/scenarios/handshake/");
        check("lesson:closing", "/learn/closing/");
    }

    #[test]
    fn what_leads_nowhere_says_what_could_be_meant() {
        check(
            "term:segmant",
            "there is no term “segmant”: content/lessons/reference/glossary.toml has segment",
        );
        check(
            "call:lissen",
            "there is no call “lissen”: there is no content/lessons/reference/calls.toml that could add it",
        );
        check("lesson:opening", "there is no lesson “opening”; the lessons are closing");
        check("scenario:nothing", "the gallery has no scenario “nothing”");
        check("man:listen", "“man:listen”: a manual page is written man:listen.2");
    }
}
