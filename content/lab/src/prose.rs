//! Prose with marks: terms in a sentence that name one thing of a story, so that pointing at the word lights up the thing.
//!
//! ```text
//!   The server answers [the SYN](#segment:client:SYN) at once.          a link of Markdown, whose address is a mark
//! ```
//!
//! `content/lab/gallery/README.md` lists the marks. Here they are only read: what they name is looked up in a story, by whoever has
//! one. This module names no other, since the build script uses it too.

/// A piece of prose: plain text, or a term with what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// What is read.
    pub text: &'a str,
    /// The mark, without its `#`; empty for plain text.
    pub mark: &'a str,
}

/// Which of several alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nth {
    /// Counted from 1.
    Number(usize),
    /// The last one.
    Last,
}

impl Nth {
    /// That one of these.
    pub fn of<T>(self, mut all: impl Iterator<Item = T>) -> Option<T> {
        match self {
            Nth::Number(number) => all.nth(number.checked_sub(1)?),
            Nth::Last => all.last(),
        }
    }
}

/// What a term names. Names of hosts, sockets, calls, states, timers, rules and fields are those that the Log shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// A datagram that a host sent: all these words hold of it.
    Segment {
        /// The sender.
        host: &'a str,
        /// Words joined by `+`: `SYN`, `data+again`.
        words: &'a str,
        /// Which of them, in the order of sending.
        nth: Nth,
    },
    /// A call of a host.
    Call {
        /// The host.
        host: &'a str,
        /// The call's name: `connect`.
        name: &'a str,
        /// Which of them, in the order of entering.
        nth: Nth,
    },
    /// A host's socket comes into a state.
    State {
        /// The host.
        host: &'a str,
        /// The state's name: `SYN-RECEIVED`.
        name: &'a str,
        /// Which of them, in the order of time.
        nth: Nth,
    },
    /// A timer of a host fires.
    Timer {
        /// The host.
        host: &'a str,
        /// The timer's name, with `-` for each space: `tail-loss-probe`.
        name: &'a str,
        /// Which of them, in the order of time.
        nth: Nth,
    },
    /// A rule at work on a host.
    Rule {
        /// The host.
        host: &'a str,
        /// The rule's name: `fast-recovery`.
        name: &'a str,
        /// Which of them, in the order of time.
        nth: Nth,
    },
    /// A socket of a host, by its variable in the program.
    Socket {
        /// The host.
        host: &'a str,
        /// The variable.
        name: &'a str,
        /// Which of them, in the order of appearing.
        nth: Nth,
    },
    /// A header's field, in every segment.
    Field(&'a str),
}

impl<'a> Mark<'a> {
    /// Reads a mark, with or without its `#`. `None` for what is none.
    pub fn parse(mark: &'a str) -> Option<Mark<'a>> {
        let mut parts = mark.strip_prefix('#').unwrap_or(mark).split(':');
        let (kind, first) = (parts.next()?, parts.next()?);
        if kind == "field" {
            return (parts.next().is_none() && !first.is_empty()).then_some(Mark::Field(first));
        }
        let (host, name) = (first, parts.next()?);
        let nth = match parts.next() {
            None => Nth::Number(1),
            Some("last") => Nth::Last,
            Some(number) => Nth::Number(number.parse().ok().filter(|number| *number > 0)?),
        };
        if parts.next().is_some() || host.is_empty() || name.is_empty() {
            return None;
        }
        match kind {
            "segment" => Some(Mark::Segment { host, words: name, nth }),
            "call" => Some(Mark::Call { host, name, nth }),
            "state" => Some(Mark::State { host, name, nth }),
            "timer" => Some(Mark::Timer { host, name, nth }),
            "rule" => Some(Mark::Rule { host, name, nth }),
            "socket" => Some(Mark::Socket { host, name, nth }),
            _ => None,
        }
    }
}

/// The pieces of a text with marks, in order. Whatever is not `[…](#…)` is plain text.
pub fn parts(mut text: &str) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find('[').map(|place| place + from) {
        let term = text[open..].find("](#").map(|close| open + close);
        let whole = term.and_then(|close| Some((close, close + text[close..].find(')')?)));
        let Some((close, end)) = whole else { break };
        // A bracket before this one opened nothing.
        if text[open + 1..close].contains('[') {
            from = open + 1;
            continue;
        }
        if open > 0 {
            found.push(Part { text: &text[..open], mark: "" });
        }
        found.push(Part { text: &text[open + 1..close], mark: &text[close + 3..end] });
        text = &text[end + 1..];
        from = 0;
    }
    if !text.is_empty() {
        found.push(Part { text, mark: "" });
    }
    found
}

/// The text without its marks.
pub fn plain(text: &str) -> String {
    parts(text).into_iter().map(|part| part.text).collect()
}
