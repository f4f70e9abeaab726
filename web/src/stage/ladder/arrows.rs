//! Segments and other datagrams as arrows: where they begin and end, what becomes of them, and their words.

use super::axis::{Axis, Scale};
use super::calls::CallRows;
use super::columns::Column;
use super::free::{Patch, Taken};
use crate::stage::{Numbers, Story};
use sockets::{Fate, HostId, Instant};
use std::collections::{BTreeMap, HashMap};
use wire::{Datagram, Flags};

/// A character of a label.
pub const LETTER: f64 = 7.25;

/// Whose colour an arrow has: that of what it does first of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    Syn,
    Fin,
    Rst,
    Urg,
    Data,
    Ack,
    Udp,
    Icmp,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 8] =
        [Kind::Syn, Kind::Fin, Kind::Rst, Kind::Urg, Kind::Data, Kind::Ack, Kind::Udp, Kind::Icmp];

    /// Of a datagram.
    pub fn of(datagram: &Datagram) -> Kind {
        match datagram {
            Datagram::Udp(_) => Kind::Udp,
            Datagram::Icmp(_) => Kind::Icmp,
            Datagram::Tcp(segment) => match segment.flags {
                flags if flags.rst() => Kind::Rst,
                flags if flags.syn() => Kind::Syn,
                flags if flags.fin() => Kind::Fin,
                flags if flags.contains(Flags::URG) => Kind::Urg,
                _ if !segment.payload.is_empty() => Kind::Data,
                _ => Kind::Ack,
            },
        }
    }

    /// Its class in the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Kind::Syn => "syn",
            Kind::Fin => "fin",
            Kind::Rst => "rst",
            Kind::Urg => "urg",
            Kind::Data => "data",
            Kind::Ack => "ack",
            Kind::Udp => "udp",
            Kind::Icmp => "icmp",
        }
    }
}

/// How an arrow ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tip {
    /// It arrives.
    Whole,
    /// It arrives with changed bits.
    Corrupted,
    /// It is broken off: the word.
    Broken(&'static str),
}

/// Words along an arrow. The control bits come first, each in its colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The room that they take: their middle and their slope.
    pub patch: Patch,
    /// The control bits' letters; empty for what has none.
    pub bits: String,
    /// The rest.
    pub rest: String,
}

/// A datagram's way.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Which.
    pub packet: usize,
    /// Where and when it is sent.
    pub from: (f64, f64),
    /// Where it turns, on a host's way to itself.
    pub via: Option<(f64, f64)>,
    /// Where it arrives, or breaks off.
    pub to: (f64, f64),
    /// Whose colour it has.
    pub kind: Kind,
    /// How it ends.
    pub tip: Tip,
    /// It is a copy that the link made.
    pub copy: bool,
    /// Its octets were sent before.
    pub again: bool,
    /// What stands on it; `None` where there is no room.
    pub label: Option<Label>,
}

impl Arrow {
    /// The point of it at a height, if it is there at all.
    pub fn at(&self, y: f64) -> Option<(f64, f64)> {
        let (first, last) = (self.from.1, self.to.1);
        if y < first || y > last {
            return None;
        }
        let ((x0, y0), (x1, y1)) = match self.via {
            Some(via) if y < via.1 => (self.from, via),
            Some(via) => (via, self.to),
            None => (self.from, self.to),
        };
        let part = if y1 > y0 { (y - y0) / (y1 - y0) } else { 1.0 };
        Some((x0 + (x1 - x0) * part, y))
    }

    /// How far a point is from it.
    pub fn distance(&self, x: f64, y: f64) -> f64 {
        let squared = match self.via {
            Some(via) => off_line((self.from, via), x, y).min(off_line((via, self.to), x, y)),
            None => off_line((self.from, self.to), x, y),
        };
        squared.sqrt()
    }
}

/// How far a point is from a line between two points, squared: a root for each would be most of what drawing a long story costs.
fn off_line(((x0, y0), (x1, y1)): ((f64, f64), (f64, f64)), x: f64, y: f64) -> f64 {
    let (dx, dy) = (x1 - x0, y1 - y0);
    let long = dx * dx + dy * dy;
    let part = if long > 0.0 { (((x - x0) * dx + (y - y0) * dy) / long).clamp(0.0, 1.0) } else { 0.0 };
    let (across, down) = (x0 + dx * part - x, y0 + dy * part - y);
    across * across + down * down
}

/// How long datagrams are under way between hosts, typically, in microseconds.
#[derive(Debug, Default)]
pub struct Flights {
    by_way: BTreeMap<(HostId, HostId), u64>,
    /// On any way; 0 if nothing ever arrived.
    pub typical: u64,
}

impl Flights {
    /// Of a story.
    pub fn of(story: &Story) -> Flights {
        let mut by_way: BTreeMap<(HostId, HostId), Vec<u64>> = BTreeMap::new();
        for packet in &story.packets {
            if let Some(arrives) = packet.arrives {
                by_way.entry((packet.from, packet.to)).or_default().push(arrives.since(packet.sent).0);
            }
        }
        let median = |spans: &mut Vec<u64>| {
            spans.sort_unstable();
            spans.get(spans.len() / 2).copied().unwrap_or(0)
        };
        // Queues lengthen flights; how steep arrows are should follow from the link.
        let mut all: Vec<u64> = by_way.values().flatten().copied().collect();
        all.sort_unstable();
        let typical = all.get(all.len() / 4).copied().unwrap_or(0);
        Flights {
            by_way: by_way.into_iter().map(|(way, mut spans)| (way, median(&mut spans))).collect(),
            typical,
        }
    }

    /// When a packet that never arrives would have arrived, as others did.
    pub fn would_arrive(&self, story: &Story, packet: usize) -> Instant {
        let packet = &story.packets[packet];
        let way =
            self.by_way.get(&(packet.from, packet.to)).or_else(|| self.by_way.get(&(packet.to, packet.from)));
        let usual = if self.typical > 0 { self.typical } else { 20_000 };
        packet.sent + sockets::Micros(way.copied().unwrap_or(usual))
    }
}

/// What a fate is called, and what part of its way a datagram has behind it then.
pub const fn broken(fate: Fate) -> Option<(&'static str, f64)> {
    match fate {
        Fate::Arrives { .. } | Fate::Corrupted { .. } | Fate::Seen => None,
        Fate::Lost => Some(("lost", 0.55)),
        Fate::Dropped => Some(("dropped", 0.55)),
        Fate::QueueFull => Some(("queue full", 0.16)),
        Fate::TooBig => Some(("too big", 0.16)),
    }
}

/// All arrows, without words.
pub fn arrows(
    story: &Story,
    axis: &Axis,
    columns: &[Column],
    rows: &CallRows,
    scale: Scale,
    flights: &Flights,
) -> Vec<Arrow> {
    let place: BTreeMap<HostId, usize> =
        columns.iter().enumerate().map(|(place, column)| (column.host, place)).collect();
    let mut sent: HashMap<(HostId, Instant), u16> = HashMap::new();
    let found = story.packets.iter().enumerate().filter_map(|(index, packet)| {
        let (from, to) = (&columns[*place.get(&packet.from)?], &columns[*place.get(&packet.to)?]);
        let row = sent.entry((packet.from, packet.sent)).or_default();
        let below = if scale == Scale::Events { f64::from(*row) } else { 0.0 };
        *row += 1;
        let ahead = if packet.from == packet.to { -from.side.sign() } else { (to.x - from.x).signum() };
        let top = axis.top(packet.sent);
        let room = axis.y(packet.sent) - top;
        // What a call sends begins where the call stands.
        let called = rows.before(packet.from, packet.sent, packet.record).unwrap_or(top);
        let y = called.max(top + (below * axis.row).min(room.max(0.0)));
        let start = (from.x + ahead * from.half, y);
        let fate = story.fate(index);
        let arrives = packet.arrives.unwrap_or_else(|| flights.would_arrive(story, index));
        let there = axis.top(arrives).max(start.1);
        let (via, end) = if packet.from == packet.to {
            let wide = (columns.last().map_or(0.0, |last| last.x) - columns[0].x).abs().clamp(110.0, 180.0);
            (Some((start.0 + ahead * wide, f64::midpoint(start.1, there))), (start.0, there))
        } else {
            (None, (to.x - ahead * to.half, there))
        };
        let mut arrow = Arrow {
            packet: index,
            from: start,
            via,
            to: end,
            kind: Kind::of(story.datagram(index)),
            tip: if matches!(fate, Fate::Corrupted { .. }) { Tip::Corrupted } else { Tip::Whole },
            copy: packet.copy_of.is_some(),
            again: packet.repeats.is_some(),
            label: None,
        };
        if let Some((word, part)) = broken(fate) {
            let y = start.1 + (there - start.1) * part;
            let x = match via {
                Some(via) => start.0 + (via.0 - start.0) * part,
                None => start.0 + (end.0 - start.0) * part,
            };
            (arrow.via, arrow.to, arrow.tip) = (None, (x, y), Tip::Broken(word));
        }
        Some(arrow)
    });
    found.collect()
}

/// Short words for a datagram, from the longest form to the shortest, each as control bits and rest.
fn forms(story: &Story, packet: usize, numbers: Numbers) -> Vec<(String, String)> {
    let datagram = story.datagram(packet);
    let segment = match datagram {
        Datagram::Tcp(segment) => segment,
        Datagram::Udp(datagram) => {
            return vec![
                (String::new(), format!("udp ({})", datagram.payload.len())),
                (String::new(), "udp".to_owned()),
            ];
        }
        Datagram::Icmp(message) => {
            return vec![
                (String::new(), format!("icmp {}", message.what)),
                (String::new(), "icmp".to_owned()),
            ];
        }
    };
    let bits = segment.flags.to_string();
    let whole = match numbers {
        Numbers::Relative => {
            let (sender, receiver) = story.bases(packet);
            segment.relative(sender, receiver).to_string()
        }
        Numbers::Absolute => segment.to_string(),
    };
    let whole = whole.split_once(&bits).map_or("", |(_, rest)| rest);
    let full = whole.split(" win ").next().unwrap_or_default().trim();
    let (range, ack) = full.split_once(" ack ").unwrap_or((full, ""));
    let mut forms = Vec::with_capacity(4);
    // Of an empty segment, what it acknowledges says most.
    let empty = segment.sequence_length() == 0 && !ack.is_empty();
    forms.push((bits.clone(), full.to_owned()));
    forms.push((bits.clone(), if empty { format!("ack {ack}") } else { range.to_owned() }));
    if !segment.payload.is_empty() {
        forms.push((bits.clone(), format!("({})", segment.payload.len())));
    }
    // A dot alone says nothing that its colour does not.
    if bits != "." {
        forms.push((bits, String::new()));
    }
    forms
}

/// Gives arrows their words, where there is room; what is rare comes first.
pub fn label(story: &Story, arrows: &mut [Arrow], numbers: Numbers, taken: &mut Taken) {
    let rare = |arrow: &Arrow| {
        arrow.tip != Tip::Whole || arrow.again || arrow.copy || !matches!(arrow.kind, Kind::Data | Kind::Ack)
    };
    let lines = Beside::of(story, arrows);
    let bundles = lines.bundles(arrows);
    for first in [true, false] {
        for (index, arrow) in arrows.iter_mut().enumerate().filter(|(_, arrow)| rare(arrow) == first) {
            let extra = match (arrow.tip, arrow.copy, arrow.again) {
                (Tip::Corrupted, ..) => " corrupted",
                (_, true, _) => " copy",
                (_, _, true) => " again",
                _ => "",
            };
            if let Tip::Broken(word) = arrow.tip {
                let (x, y) = arrow.to;
                let width = word.len() as f64 * LETTER + 16.0;
                let onward = (arrow.to.0 - arrow.from.0).signum();
                let (left, right) = if onward >= 0.0 { (x, x + width) } else { (x - width, x) };
                taken.take(Patch::straight(left, right, y - 8.0, y + 8.0));
            }
            let forms = match bundles.get(&index) {
                Some(None) => continue,
                Some(&Some((last, count))) => together(story, [arrow.packet, last], count, numbers),
                None => forms(story, arrow.packet, numbers),
            };
            arrow.label = forms.into_iter().find_map(|(bits, rest)| {
                let rest = if rest.is_empty() { rest } else { rest + extra };
                place(arrow, bits, rest, taken, |x, y| lines.clear(index, x, y))
            });
        }
    }
}

/// So many lines to either side are looked at, at most.
const BESIDE: usize = 12;
/// Arrows of a bundle are so close, at both ends.
const CLOSE: f64 = 4.5;
/// So many make a bundle.
const LEAST: usize = 3;

/// Short words for a bundle of data or of ACKs: from the first one's numbers to the last one's.
fn together(story: &Story, packets: [usize; 2], count: usize, numbers: Numbers) -> Vec<(String, String)> {
    let [first, last] = packets.map(|packet| {
        let words = forms(story, packet, numbers).swap_remove(0).1;
        let (range, ack) = words.split_once(" ack ").unwrap_or((&words, ""));
        let (begin, end) =
            range.split('(').next().and_then(|range| range.split_once(':')).unwrap_or((range, ""));
        (begin.to_owned(), end.to_owned(), ack.to_owned())
    });
    let (words, what) = if matches!(Kind::of(story.datagram(packets[0])), Kind::Data) {
        (format!("{}:{}", first.0, last.1), "segments")
    } else {
        (format!("ack {} … {}", first.2, last.2), "ACKs")
    };
    vec![(String::new(), format!("{words}, {count} {what}")), (String::new(), format!("{count} {what}"))]
}

/// The arrows of each way in their order, so that words do not stand on the line beside their own.
struct Beside {
    lines: Vec<((f64, f64), (f64, f64))>,
    /// Of each arrow, the one before and the one after on its way.
    next: Vec<(Option<usize>, Option<usize>)>,
}

impl Beside {
    fn of(story: &Story, arrows: &[Arrow]) -> Beside {
        let mut last: HashMap<(HostId, HostId), usize> = HashMap::new();
        let mut next = vec![(None, None); arrows.len()];
        for (index, arrow) in arrows.iter().enumerate() {
            let packet = &story.packets[arrow.packet];
            if let Some(before) = last.insert((packet.from, packet.to), index) {
                next[before].1 = Some(index);
                next[index].0 = Some(before);
            }
        }
        Beside { lines: arrows.iter().map(|arrow| (arrow.from, arrow.to)).collect(), next }
    }

    /// Whether a point of an arrow's words keeps clear of the lines beside it.
    fn clear(&self, index: usize, x: f64, y: f64) -> bool {
        let clear = |step: &dyn Fn(usize) -> Option<usize>| {
            let mut other = step(index);
            // In a fan lines come near again; but none does beyond one that is far away.
            for _ in 0..BESIDE {
                let Some(place) = other else { break };
                match off_line(self.lines[place], x, y) {
                    far if far > FAR * FAR => break,
                    near if near < NEAR * NEAR => return false,
                    _ => other = step(place),
                }
            }
            true
        };
        clear(&|place| self.next[place].0) && clear(&|place| self.next[place].1)
    }

    /// Of arrows that are one thick line to the eye, the first speaks for all: it has the last one's packet and how many they are, the
    /// others have nothing. What is alone is not among them.
    fn bundles(&self, arrows: &[Arrow]) -> HashMap<usize, Option<(usize, usize)>> {
        let usual = |place: usize| {
            let Arrow { tip, again, copy, via, .. } = &arrows[place];
            *tip == Tip::Whole && !again && !copy && via.is_none()
        };
        let close = |one: usize, other: usize| {
            let near = |(_, y): (f64, f64), (_, below): (f64, f64)| (below - y).abs() < CLOSE;
            usual(one)
                && usual(other)
                && arrows[one].kind == arrows[other].kind
                && matches!(arrows[one].kind, Kind::Data | Kind::Ack)
                && near(arrows[one].from, arrows[other].from)
                && near(arrows[one].to, arrows[other].to)
        };
        let mut bundles = HashMap::new();
        for first in 0..arrows.len() {
            if self.next[first].0.is_some_and(|before| close(before, first)) {
                continue;
            }
            let mut all = vec![first];
            while let Some(next) =
                self.next[all[all.len() - 1]].1.filter(|next| close(all[all.len() - 1], *next))
            {
                all.push(next);
            }
            if all.len() >= LEAST {
                bundles.extend(all[1..].iter().map(|&place| (place, None)));
                bundles.insert(first, Some((arrows[all[all.len() - 1]].packet, all.len())));
            }
        }
        bundles
    }
}

/// Words come no nearer to another arrow's line, and beyond one that is farther away there is none that is nearer.
const NEAR: f64 = 5.5;
const FAR: f64 = 40.0;

/// Where along an arrow words may have their middle, best first: not at its ends, where arrows meet.
const PLACES: [f64; 6] = [0.4, 0.56, 0.26, 0.7, 0.16, 0.84];

fn place(
    arrow: &Arrow,
    bits: String,
    rest: String,
    taken: &mut Taken,
    clear: impl Fn(f64, f64) -> bool,
) -> Option<Label> {
    let letters = bits.chars().count()
        + rest.chars().count()
        + usize::from(!bits.is_empty() && !rest.is_empty() && !rest.starts_with(' '));
    let half = letters as f64 * LETTER / 2.0;
    let goal = arrow.via.unwrap_or(arrow.to);
    let (dx, dy) = (goal.0 - arrow.from.0, goal.1 - arrow.from.1);
    let long = (dx * dx + dy * dy).sqrt().max(1.0);
    let onward = if dx < 0.0 { -1.0 } else { 1.0 };
    // Words go from left to right, whichever way the arrow goes, and not steeper than one can read.
    let steep = (dy / dx.abs().max(1.0)).abs() > 1.6;
    let way = if steep { (1.0, 0.0) } else { (dx * onward / long, dy * onward / long) };
    // Words on a short arrow may reach beyond its break.
    let end = if matches!(arrow.tip, Tip::Broken(_)) { long + 60.0 } else { long - 8.0 };
    PLACES.into_iter().find_map(|part| {
        let middle = (long * part).max(half + 9.0);
        if middle + half > end {
            return None;
        }
        let part = middle / long;
        // Above the line, at right angles to it.
        let away = 7.5;
        let x = arrow.from.0 + dx * part + way.1 * away;
        let y = arrow.from.1 + dy * part - way.0 * away;
        // Level words stay between the life lines.
        let (left, right) = (arrow.from.0.min(goal.0), arrow.from.0.max(goal.0));
        if steep && (x - half < left || x + half > right) {
            return None;
        }
        let patch = Patch { x, y, along: half + 3.0, aside: 6.4, way };
        let ends = [-half, 0.0, half].map(|along| (x + way.0 * along, y + way.1 * along));
        let free = ends.into_iter().all(|(x, y)| clear(x, y)) && taken.take(patch);
        free.then(|| Label { patch, bits: bits.clone(), rest: rest.clone() })
    })
}
