//! What two runs do not have in common: packets that only one of them has, whose fate is another, or that are sent at another time.

use crate::stage::Story;
use sockets::{HostId, Instant};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// How a packet of one story differs from the other story's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The other story has none like it.
    Only,
    /// It is the same, but something else becomes of it.
    Fate,
    /// It is the same, and is sent later than in the other story, by so many microseconds.
    Later(u64),
    /// It is the same, and is sent earlier.
    Earlier(u64),
}

impl Difference {
    /// In words, `other` being what the other story is called.
    pub fn words(self, other: &str) -> String {
        let span = sockets::Micros;
        match self {
            Difference::Only => format!("not in “{other}”"),
            Difference::Fate => format!("comes out otherwise in “{other}”"),
            Difference::Later(us) => format!("{} later than in “{other}”", span(us)),
            Difference::Earlier(us) => format!("{} earlier than in “{other}”", span(us)),
        }
    }
}

/// What makes packets the same: their way and what they say. Numbers that follow from the time alone (a timestamp option, an
/// identification) are not looked at.
fn sense(story: &Story, packet: usize) -> (HostId, HostId, bool, String) {
    let told = &story.packets[packet];
    let mut text = story.datagram(packet).to_string();
    if let Some(begin) = text.find("TS val ") {
        let end = text[begin..].find([',', '>']).map_or(text.len(), |end| begin + end);
        text.replace_range(begin..end, "");
    }
    (told.from, told.to, told.copy_of.is_some(), text)
}

/// The packets of `one` that differ from those of `other`.
pub fn differences(one: &Story, other: &Story) -> BTreeMap<usize, Difference> {
    let mut theirs: HashMap<_, VecDeque<usize>> = HashMap::new();
    for packet in 0..other.packets.len() {
        theirs.entry(sense(other, packet)).or_default().push_back(packet);
    }
    let mut found = BTreeMap::new();
    for packet in 0..one.packets.len() {
        let Some(twin) = theirs.get_mut(&sense(one, packet)).and_then(VecDeque::pop_front) else {
            found.insert(packet, Difference::Only);
            continue;
        };
        let flight = |story: &Story, packet: usize| {
            let told = &story.packets[packet];
            told.arrives.map(|arrives| arrives.since(told.sent))
        };
        let (here, there): (Instant, Instant) = (one.packets[packet].sent, other.packets[twin].sent);
        let same_fate = core::mem::discriminant(&one.fate(packet))
            == core::mem::discriminant(&other.fate(twin))
            && flight(one, packet) == flight(other, twin);
        if !same_fate {
            found.insert(packet, Difference::Fate);
        } else if here > there {
            found.insert(packet, Difference::Later(here.since(there).0));
        } else if here < there {
            found.insert(packet, Difference::Earlier(there.since(here).0));
        }
    }
    found
}
