//! The filter: what a person types, read once, then asked of every row.
//!
//! ```text
//!   filter     = group { "or" group }
//!   group      = [ "not" | "!" ] term { [ "not" | "!" ] term }        all of them
//!   term       = word            lost, syn, retransmission: WORDS
//!              | key ":" value   from:client, port:80, state:FIN-WAIT-1
//!              | key op number   seq>1000, len>=100, time<0.5
//!              | text            any other word, or "words in quotes", in the row's own words
//! ```

use super::super::Numbers;
use super::super::story::Story;
use super::line::{self, Wording, line};
use super::rows::{Kind, Row, Told};
use core::fmt;
use sockets::Fate;
use wire::{Datagram, Flags};

/// A filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of these groups, one must hold; none holds always.
    groups: Vec<Vec<(bool, Term)>>,
}

/// What a filter cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFilter {
    /// The part that is wrong, as it was typed.
    pub term: String,
    /// Why, and what to do.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Word(Word),
    Named(Key, String),
    Number(Quantity, Comparison, u64),
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Flag(Flags),
    Kind(Kind),
    Tcp,
    Udp,
    Icmp,
    Data,
    Lost,
    Corrupted,
    Retransmission,
    Duplicate,
    Forwarded,
    Sack,
    ZeroWindow,
    Failed,
}

/// Words with a meaning, and what it is.
const WORDS: &[(&str, Word, &str)] = &[
    ("syn", Word::Flag(Flags::SYN), "the control bit SYN"),
    ("ack", Word::Flag(Flags::ACK), "the control bit ACK"),
    ("fin", Word::Flag(Flags::FIN), "the control bit FIN"),
    ("rst", Word::Flag(Flags::RST), "the control bit RST"),
    ("psh", Word::Flag(Flags::PSH), "the control bit PSH"),
    ("urg", Word::Flag(Flags::URG), "the control bit URG"),
    ("ece", Word::Flag(Flags::ECE), "the control bit ECE"),
    ("cwr", Word::Flag(Flags::CWR), "the control bit CWR"),
    ("data", Word::Data, "segments with data"),
    ("sack", Word::Sack, "segments with SACK blocks"),
    ("zero-window", Word::ZeroWindow, "segments that announce a window of 0"),
    ("lost", Word::Lost, "what does not arrive"),
    ("corrupted", Word::Corrupted, "what arrives with changed bits"),
    ("retransmission", Word::Retransmission, "what was sent before"),
    ("duplicate", Word::Duplicate, "copies that the link made"),
    ("forwarded", Word::Forwarded, "what a router sends on"),
    ("failed", Word::Failed, "calls that fail"),
    ("tcp", Word::Tcp, "TCP"),
    ("udp", Word::Udp, "UDP"),
    ("icmp", Word::Icmp, "ICMP"),
    ("segment", Word::Kind(Kind::Packets), "rows of this kind"),
    ("call", Word::Kind(Kind::Calls), "rows of this kind"),
    ("state", Word::Kind(Kind::States), "rows of this kind"),
    ("timer", Word::Kind(Kind::Timers), "rows of this kind"),
    ("rule", Word::Kind(Kind::Rules), "rows of this kind"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    From,
    To,
    Host,
    Port,
    Call,
    State,
    Timer,
    Rule,
}

const KEYS: &[(&str, Key)] = &[
    ("from", Key::From),
    ("to", Key::To),
    ("host", Key::Host),
    ("port", Key::Port),
    ("call", Key::Call),
    ("state", Key::State),
    ("timer", Key::Timer),
    ("rule", Key::Rule),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Number,
    Time,
    Seq,
    Ack,
    Win,
    Len,
    Length,
}

const QUANTITIES: &[(&str, Quantity)] = &[
    ("no", Quantity::Number),
    ("time", Quantity::Time),
    ("seq", Quantity::Seq),
    ("ack", Quantity::Ack),
    ("win", Quantity::Win),
    ("len", Quantity::Len),
    ("length", Quantity::Length),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Less,
    AtMost,
    Is,
    AtLeast,
    More,
}

/// The longer first: `>=` begins with `>`.
const COMPARISONS: &[(&str, Comparison)] = &[
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("==", Comparison::Is),
    (">", Comparison::More),
    ("<", Comparison::Less),
    ("=", Comparison::Is),
];

/// The words of [`Filter`] with their meanings, for a help.
pub fn help() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.iter().map(|(word, _, meaning)| (*word, *meaning))
}

impl fmt::Display for BadFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”: {}", self.term, self.why)
    }
}

impl Filter {
    /// Reads a filter. Hosts are those of the story.
    ///
    /// # Errors
    /// The first part that cannot be meant.
    pub fn parse(text: &str, story: &Story) -> Result<Filter, BadFilter> {
        let mut groups: Vec<Vec<(bool, Term)>> = Vec::new();
        let mut group: Vec<(bool, Term)> = Vec::new();
        let mut negated: Option<String> = None;
        for (typed, quoted) in words(text)? {
            let lower = typed.to_lowercase();
            if !quoted && lower == "or" {
                if group.is_empty() || negated.is_some() {
                    return Err(BadFilter {
                        term: typed,
                        why: "nothing stands before it to choose from.".into(),
                    });
                }
                groups.push(core::mem::take(&mut group));
            } else if !quoted && (lower == "not" || lower == "!") {
                negated = Some(typed);
            } else if !quoted && lower == "and" {
                // All terms of a group must hold anyway.
            } else {
                let (bare, not) = match typed.strip_prefix('!').filter(|_| !quoted) {
                    Some(rest) => (rest, true),
                    None => (typed.as_str(), false),
                };
                let not = not != negated.take().is_some();
                group.push((not, if quoted { Term::Text(lower) } else { term(bare, story)? }));
            }
        }
        if let Some(term) = negated {
            return Err(BadFilter {
                term,
                why: "what is not to be shown must follow, as in “not ack”.".into(),
            });
        }
        if group.is_empty() && !groups.is_empty() {
            return Err(BadFilter { term: "or".into(), why: "nothing follows it to choose from.".into() });
        }
        if !group.is_empty() {
            groups.push(group);
        }
        Ok(Filter { groups })
    }

    /// Whether everything is shown.
    pub const fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether a row is to be shown.
    pub fn takes(&self, story: &Story, row: &Row, wording: Wording) -> bool {
        // The words are made only for a row that is asked for its text, and then once.
        let mut text: Option<String> = None;
        let mut holds = |(not, term): &(bool, Term)| *not != term.holds(story, row, wording, &mut text);
        self.is_empty() || self.groups.iter().any(|group| group.iter().all(&mut holds))
    }
}

/// The words of a filter; whether they stood in quotes.
fn words(text: &str) -> Result<Vec<(String, bool)>, BadFilter> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('"') {
            let Some(end) = after.find('"') else {
                return Err(BadFilter { term: rest.to_owned(), why: "the closing quote is missing.".into() });
            };
            found.push((after[..end].to_owned(), true));
            rest = after[end + 1..].trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            found.push((rest[..end].to_owned(), false));
            rest = rest[end..].trim_start();
        }
    }
    found.retain(|(word, _)| !word.is_empty());
    Ok(found)
}

fn term(typed: &str, story: &Story) -> Result<Term, BadFilter> {
    let bad = |why: String| BadFilter { term: typed.to_owned(), why };
    let lower = typed.to_lowercase();
    if lower.is_empty() {
        return Err(BadFilter {
            term: "!".into(),
            why: "what is not to be shown must follow, as in “!ack”.".into(),
        });
    }
    if let Some(at) = lower.find(['<', '>', '=']) {
        let (name, rest) = lower.split_at(at);
        let Some((_, quantity)) = QUANTITIES.iter().find(|(known, _)| *known == name) else {
            return Err(bad(format!(
                "what can be compared is {}.",
                list(QUANTITIES.iter().map(|(name, _)| *name))
            )));
        };
        let (sign, comparison) =
            COMPARISONS.iter().find(|(sign, _)| rest.starts_with(sign)).expect("it begins with <, > or =");
        let value = &rest[sign.len()..];
        return match value_of(*quantity, value) {
            Some(value) => Ok(Term::Number(*quantity, *comparison, value)),
            None if *quantity == Quantity::Time => {
                Err(bad(format!("“{value}” is not a time: write seconds, 0.25, or 250ms, or 250us.")))
            }
            None => Err(bad(format!("“{value}” is not a whole number."))),
        };
    }
    if let Some((name, value)) = lower.split_once(':')
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphabetic())
    {
        let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == name) else {
            let keys = list(KEYS.iter().map(|(name, _)| *name));
            return Err(bad(format!(
                "before a colon can stand {keys}. To search for the text itself, put it in quotes."
            )));
        };
        if value.is_empty() {
            return Err(bad(format!("a value must follow the colon, as in “{name}:{}”.", example(*key))));
        }
        match key {
            Key::From | Key::To | Key::Host
                if !story.players.iter().any(|player| player.name.to_lowercase() == value) =>
            {
                let hosts = list(story.players.iter().map(|player| player.name.as_str()));
                return Err(bad(format!("there is no such host; there is {hosts}.")));
            }
            Key::Port if value.parse::<u16>().is_err() => {
                return Err(bad("a port is a number from 0 to 65535.".into()));
            }
            _ => {}
        }
        return Ok(Term::Named(*key, value.to_owned()));
    }
    Ok(match WORDS.iter().find(|(word, _, _)| *word == lower) {
        Some((_, word, _)) => Term::Word(*word),
        None => Term::Text(lower),
    })
}

const fn example(key: Key) -> &'static str {
    match key {
        Key::From | Key::To | Key::Host => "client",
        Key::Port => "80",
        Key::Call => "recv",
        Key::State => "ESTABLISHED",
        Key::Timer => "retransmission",
        Key::Rule => "fast-recovery",
    }
}

/// A number in its quantity's unit; times in microseconds.
fn value_of(quantity: Quantity, text: &str) -> Option<u64> {
    if quantity != Quantity::Time {
        return text.parse().ok();
    }
    let (number, unit) = [("us", 1), ("ms", 1_000), ("s", 1_000_000)]
        .into_iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))
        .unwrap_or((text, 1_000_000));
    let number: f64 = number.parse().ok()?;
    (number >= 0.0 && number.is_finite()).then(|| (number * f64::from(unit)).round() as u64)
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

impl Term {
    fn holds(&self, story: &Story, row: &Row, wording: Wording, text: &mut Option<String>) -> bool {
        match self {
            Term::Word(word) => word.holds(story, row),
            Term::Named(key, value) => key.holds(story, row, value),
            Term::Number(quantity, comparison, value) => {
                quantity.of(story, row, wording.numbers).is_some_and(|own| match comparison {
                    Comparison::Less => own < *value,
                    Comparison::AtMost => own <= *value,
                    Comparison::Is => own == *value,
                    Comparison::AtLeast => own >= *value,
                    Comparison::More => own > *value,
                })
            }
            Term::Text(wanted) => {
                let text = text.get_or_insert_with(|| line(story, row, wording).text().to_lowercase());
                text.contains(wanted.as_str())
            }
        }
    }
}

impl Word {
    fn holds(self, story: &Story, row: &Row) -> bool {
        match (self, row.told) {
            (Word::Kind(kind), _) => row.kind() == kind,
            (Word::Failed, Told::Call(call) | Told::Returned(call)) => {
                story.outcome(call).is_some_and(|(outcome, _)| outcome.is_err())
            }
            (word, Told::Packet(packet)) => word.holds_of(story, packet),
            _ => false,
        }
    }

    fn holds_of(self, story: &Story, packet: usize) -> bool {
        let segment = story.segment(packet);
        let known = &story.packets[packet];
        match self {
            Word::Flag(flag) => segment.is_some_and(|segment| segment.flags.contains(flag)),
            Word::Tcp => segment.is_some(),
            Word::Udp => matches!(story.datagram(packet), Datagram::Udp(_)),
            Word::Icmp => matches!(story.datagram(packet), Datagram::Icmp(_)),
            Word::Data => segment.is_some_and(|segment| !segment.payload.is_empty()),
            Word::Lost => {
                matches!(story.fate(packet), Fate::Lost | Fate::Dropped | Fate::QueueFull | Fate::TooBig)
            }
            Word::Corrupted => matches!(story.fate(packet), Fate::Corrupted { .. }),
            Word::Retransmission => known.repeats.is_some() || story.transit(packet).retransmission,
            Word::Duplicate => known.copy_of.is_some(),
            Word::Forwarded => known.forwarded.is_some(),
            Word::Sack => segment.is_some_and(|segment| segment.options.sack().next().is_some()),
            Word::ZeroWindow => segment.is_some_and(|segment| segment.window == 0 && !segment.flags.rst()),
            Word::Kind(_) | Word::Failed => false,
        }
    }
}

impl Key {
    fn holds(self, story: &Story, row: &Row, value: &str) -> bool {
        let named =
            |host: Option<sockets::HostId>| host.is_some_and(|host| story.name(host).to_lowercase() == value);
        let (from, to) = row.hosts(story);
        let holds = |name: &str| name.to_lowercase().contains(value);
        match (self, row.told) {
            (Key::From, _) => named(from),
            (Key::To, _) => named(to),
            (Key::Host, _) => named(from) || named(to),
            (Key::Port, _) => {
                let port = value.parse().ok();
                let (source, destination) = match row.told {
                    Told::Packet(packet) => line::ports(story.datagram(packet)),
                    _ => row.end(story).map_or((None, None), |end| {
                        let end = story.end_of(end);
                        (end.local.map(|address| address.port()), end.remote.map(|address| address.port()))
                    }),
                };
                port.is_some() && (source == port || destination == port)
            }
            (Key::Call, Told::Call(call) | Told::Entered(call) | Told::Returned(call)) => {
                story.call(call).op.kind().name() == value
            }
            (Key::State, Told::State(end, change)) => {
                let change = &story.end_of(end).states[change];
                holds(change.after.name()) || holds(change.before.name())
            }
            (Key::Timer, Told::Timer(end, run)) => holds(story.end_of(end).timers[run].timer.name()),
            (Key::Rule, Told::Rule(reaction)) => holds(story.reaction(reaction).rule.name),
            _ => false,
        }
    }
}

impl Quantity {
    fn of(self, story: &Story, row: &Row, numbers: Numbers) -> Option<u64> {
        if self == Quantity::Time {
            return Some(row.at.0);
        }
        let Told::Packet(packet) = row.told else { return None };
        let segment = story.segment(packet);
        let (sender, receiver) = match numbers {
            Numbers::Relative => story.bases(packet),
            Numbers::Absolute => Default::default(),
        };
        match self {
            Quantity::Number => Some(packet as u64 + 1),
            Quantity::Len => match story.datagram(packet) {
                Datagram::Tcp(segment) => Some(segment.payload.len() as u64),
                Datagram::Udp(user) => Some(user.payload.len() as u64),
                Datagram::Icmp(_) => None,
            },
            Quantity::Length => Some(story.datagram(packet).length() as u64),
            Quantity::Seq => segment.map(|segment| u64::from(segment.seq.since(sender))),
            Quantity::Ack => segment
                .filter(|segment| segment.flags.ack())
                .map(|segment| u64::from(segment.ack.since(receiver))),
            Quantity::Win => segment.map(|segment| u64::from(segment.window)),
            Quantity::Time => None,
        }
    }
}
