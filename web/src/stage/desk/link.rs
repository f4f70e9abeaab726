//! The desk in the address: `#t=0.0501&pick=packet-3&views=header,states&changes=[{'seed':7}]`.
//!
//! Only what differs from the usual is written. What cannot be read is left out and said; other keys (`token`, which is the bridge's, and
//! those that a page adds for itself) are not touched. JSON stands with its two quotation marks exchanged, since `"` would be written
//! as `%22`; a long list of changes is deflated instead (`changes=z.…`).
//!
//! # Versions
//!
//! An address without `v` is of version 1. Whatever a version wrote, all later ones read: a key keeps its meaning, and what is new gets a new
//! key or a new word. Only where that cannot be, `v=2` is written, and keys are read by the version that they are of. A page that meets
//! a higher version than its own says so, and reads what it knows. The addresses in `tests.rs` were made by earlier versions and stay.

use super::fold::{Speed, bare_seconds};
use super::pane::Pane;
use super::state::Loop;
use crate::stage::{EndId, Numbers, Thing};
use data_encoding::BASE64URL_NOPAD;
use lab::Change;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use sockets::Instant;
use std::collections::BTreeSet;
use std::fmt::Write;
use wire::Seq;
use wire::fields::Header;

/// More is no address: browsers cut them at two million characters, people long before.
const LONGEST: usize = 200_000;

/// The version of addresses that is written, and the highest that is read.
const VERSION: u32 = 1;

/// A list of changes that is longer than this is deflated: mail and chat programs cut addresses of some thousand letters.
const LONGEST_PLAIN: usize = 1_500;

/// What deflated changes begin with, which no JSON does.
const DEFLATED: &str = "z.";

/// The most octets that are inflated: more than any list of changes has.
const LONGEST_INFLATED: usize = 1_000_000;

/// What an address says of the desk; `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    /// `t`: the moment, in seconds.
    pub at: Option<Instant>,
    /// `pick`: what is picked.
    pub pick: Option<Thing>,
    /// `end`: whose view it is.
    pub end: Option<EndId>,
    /// `numbers`: `relative` or `absolute`.
    pub numbers: Option<Numbers>,
    /// `views`: those beside the ladder, or `none`.
    pub panes: Option<BTreeSet<Pane>>,
    /// `speed`: microseconds of the network in a second.
    pub speed: Option<Speed>,
    /// `idle`: `fold` or `show`.
    pub skip_idle: Option<bool>,
    /// `loop`: from and until, in seconds.
    pub repeat: Loop,
    /// `compare`: `on` or `off`.
    pub compare: Option<bool>,
    /// `changes`: as [`Change::write`] has them.
    pub changes: Vec<Change>,
    /// What could not be read.
    pub problem: Option<String>,
}

/// The keys that are the desk's own.
const KEYS: [&str; 11] =
    ["v", "t", "pick", "end", "numbers", "views", "speed", "idle", "loop", "compare", "changes"];

impl Link {
    /// The fragment, without its `#`, with what a page adds for itself. Nothing to say is nothing.
    pub fn write<'a>(&self, extra: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut parts: Vec<(&'a str, String)> = Vec::new();
        let mut say =
            |key: &'static str, value: Option<String>| parts.extend(value.map(|value| (key, value)));
        say("t", self.at.map(bare_seconds));
        say("pick", self.pick.and_then(thing_word));
        say("end", self.end.map(|end| end.0.to_string()));
        say(
            "numbers",
            self.numbers.map(|numbers| match numbers {
                Numbers::Relative => "relative".into(),
                Numbers::Absolute => "absolute".into(),
            }),
        );
        say(
            "views",
            self.panes.as_ref().map(|panes| match panes.is_empty() {
                true => "none".into(),
                false => panes.iter().map(|pane| pane.word()).collect::<Vec<_>>().join(","),
            }),
        );
        say("speed", self.speed.map(|speed| speed.0.to_string()));
        say("idle", self.skip_idle.map(|fold| if fold { "fold" } else { "show" }.into()));
        let Loop { from, until } = self.repeat;
        let stretch =
            |from: Instant| format!("{}-{}", bare_seconds(from), until.map(bare_seconds).unwrap_or_default());
        say("loop", from.map(stretch));
        say("compare", self.compare.map(|on| if on { "on" } else { "off" }.into()));
        let changes = (!self.changes.is_empty()).then(|| changes_word(&self.changes));
        say("changes", changes);
        let mut text = String::new();
        parts.extend(extra.into_iter().map(|(key, value)| (key, value.to_owned())));
        for (key, value) in &parts {
            let gap = if text.is_empty() { "" } else { "&" };
            write!(text, "{gap}{key}={}", escaped(value)).expect("a String takes all");
        }
        text
    }

    /// Reads a fragment, with or without its `#`. What cannot be read is left out; [`Link::problem`] says what.
    pub fn read(fragment: &str) -> Link {
        let mut link = Link::default();
        if fragment.len() > LONGEST {
            link.problem = Some("The address is too long to be read.".into());
            return link;
        }
        let mut wrong = Vec::new();
        let mut newer = false;
        for (key, value) in pairs(fragment) {
            if key == "v" {
                newer |= value.parse::<u32>().is_ok_and(|version| version > VERSION);
            }
            if KEYS.contains(&key) && link.take(key, &value).is_none() {
                let value: String = value.chars().take(40).collect();
                wrong.push(format!("{key}={value}"));
            }
        }
        if !wrong.is_empty() {
            link.problem = Some(format!("Part of the address could not be read: {}.", wrong.join(", ")));
        }
        if newer {
            let says = "A newer version of this page made the address: reload the page to have that version. What this one knows is shown.";
            let rest = link.problem.take().map_or(String::new(), |rest| format!(" {rest}"));
            link.problem = Some(format!("{says}{rest}"));
        }
        link
    }

    fn take(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "v" => drop(value.parse::<u32>().ok().filter(|version| *version > 0)?),
            "t" => self.at = Some(moment(value)?),
            "pick" => self.pick = Some(read_thing(value)?),
            "end" => self.end = Some(EndId(value.parse().ok()?)),
            "numbers" => {
                self.numbers = Some(match value {
                    "relative" => Numbers::Relative,
                    "absolute" => Numbers::Absolute,
                    _ => return None,
                });
            }
            "views" if value == "none" => self.panes = Some(BTreeSet::new()),
            "views" => {
                let pane = |word: &str| Pane::ALL.into_iter().find(|pane| pane.word() == word);
                self.panes = Some(value.split(',').map(pane).collect::<Option<_>>()?);
            }
            "speed" => {
                let speed = Speed(value.parse().ok()?);
                self.speed = Some(speed).filter(|speed| (Speed::LEAST..=Speed::MOST).contains(speed));
                self.speed?;
            }
            "idle" => {
                self.skip_idle = Some(match value {
                    "fold" => true,
                    "show" => false,
                    _ => return None,
                });
            }
            "loop" => {
                let (from, until) = value.split_once('-')?;
                let until = if until.is_empty() { None } else { Some(moment(until)?) };
                self.repeat = Loop { from: Some(moment(from)?), until };
            }
            "compare" => {
                self.compare = Some(match value {
                    "on" => true,
                    "off" => false,
                    _ => return None,
                });
            }
            "changes" => self.changes = read_changes(value)?,
            _ => return None,
        }
        Some(())
    }
}

/// Changes as they stand in an address.
fn changes_word(changes: &[Change]) -> String {
    let plain = exchanged(&Change::write(changes));
    if plain.len() <= LONGEST_PLAIN {
        return plain;
    }
    DEFLATED.to_owned() + &BASE64URL_NOPAD.encode(&compress_to_vec(plain.as_bytes(), 9))
}

fn read_changes(word: &str) -> Option<Vec<Change>> {
    let text = match word.strip_prefix(DEFLATED) {
        None => exchanged(word),
        Some(packed) => {
            let octets = BASE64URL_NOPAD.decode(packed.as_bytes()).ok()?;
            let text = decompress_to_vec_with_limit(&octets, LONGEST_INFLATED).ok()?;
            exchanged(&String::from_utf8(text).ok()?)
        }
    };
    Change::read(&text).ok()
}

/// Whether going from these changes to those is a step that a person may want to go back in the browser's history. Time, what is picked
/// and which views are open are none; nor is one knob that is turned further.
pub fn is_step(before: &[Change], now: &[Change]) -> bool {
    before != now && !is_turning(before, now)
}

/// Whether the only difference is that the last change does more or less of the same: a knob is being turned.
pub fn is_turning(before: &[Change], now: &[Change]) -> bool {
    let (Some((was, first)), Some((is, then))) = (before.split_last(), now.split_last()) else {
        return false;
    };
    // What befalls a packet is no knob: losing it and delaying it are two things.
    first == then && was.same_thing(is) && !matches!(is, Change::Befall(_))
}

/// The value of a key that a page adds for itself.
pub fn extra(fragment: &str, key: &str) -> Option<String> {
    pairs(fragment).find(|(known, _)| *known == key).map(|(_, value)| value)
}

/// Whether the fragment belongs to somebody else: it carries the bridge's token.
pub fn is_foreign(fragment: &str) -> bool {
    pairs(fragment).any(|(key, _)| key == "token")
}

fn pairs(fragment: &str) -> impl Iterator<Item = (&str, String)> {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    fragment.split('&').filter_map(|part| part.split_once('=')).map(|(key, value)| (key, unescaped(value)))
}

/// `packet-3`, `octets-1-1000-2000`, `field-Window`.
fn thing_word(thing: Thing) -> Option<String> {
    Some(match thing {
        Thing::Packet(packet) => format!("packet-{packet}"),
        Thing::Call(call) => format!("call-{call}"),
        Thing::Reaction(reaction) => format!("rule-{reaction}"),
        Thing::End(end) => format!("end-{}", end.0),
        Thing::Octets { from, first, end } => format!("octets-{}-{}-{}", from.0, first.0, end.0),
        Thing::Field(name) => format!("field-{}", known_field(name)?),
    })
}

fn read_thing(word: &str) -> Option<Thing> {
    let (kind, rest) = word.split_once('-')?;
    Some(match kind {
        "packet" => Thing::Packet(rest.parse().ok()?),
        "call" => Thing::Call(rest.parse().ok()?),
        "rule" => Thing::Reaction(rest.parse().ok()?),
        "end" => Thing::End(EndId(rest.parse().ok()?)),
        "octets" => {
            let numbers: Vec<u32> = rest.split('-').map(|n| n.parse().ok()).collect::<Option<_>>()?;
            let [from, first, end] = numbers[..] else { return None };
            Thing::Octets { from: EndId(from as usize), first: Seq(first), end: Seq(end) }
        }
        "field" => Thing::Field(known_field(rest)?),
        _ => return None,
    })
}

/// The name of a header's field as the tables have it.
fn known_field(name: &str) -> Option<&'static str> {
    let tables = [Header::Tcp, Header::Ipv4, Header::Ipv6, Header::Udp];
    tables.into_iter().flat_map(Header::fields).map(|field| field.name).find(|known| *known == name)
}

/// Seconds with up to six decimals.
fn moment(text: &str) -> Option<Instant> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > 6 {
        return None;
    }
    let micros: u64 = format!("{decimals:0<6}").parse().ok()?;
    Some(Instant(whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(micros)?))
}

/// With `"` for `'` and `'` for `"`.
fn exchanged(json: &str) -> String {
    let other = |char| match char {
        '"' => '\'',
        '\'' => '"',
        char => char,
    };
    json.chars().map(other).collect()
}

/// As it may stand in a fragment, and as a person can still read it.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for octet in value.bytes() {
        match octet {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => text.push(octet as char),
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'\'' | b'(' | b')' | b'*' => text.push(octet as char),
            b',' | b';' | b':' | b'@' | b'/' | b'?' | b'[' | b']' | b'{' | b'}' => text.push(octet as char),
            _ => write!(text, "%{octet:02X}").expect("a String takes all"),
        }
    }
    text
}

/// What was escaped; an escape that is none stands for itself.
fn unescaped(text: &str) -> String {
    let octets = text.as_bytes();
    let mut plain = Vec::with_capacity(octets.len());
    let mut place = 0;
    while place < octets.len() {
        let code = text.get(place + 1..place + 3).filter(|_| octets[place] == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(octet) => {
                plain.push(octet);
                place += 3;
            }
            None => {
                plain.push(octets[place]);
                place += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
