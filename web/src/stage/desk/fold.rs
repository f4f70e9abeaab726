//! How long moments take on the desk: time with its idle stretches folded, and the speed at which it passes.
//!
//! ```text
//!   the network   |--busy--|------------ idle, 60 s ------------|-busy-|
//!   the desk      |--busy--|--|-busy-|
//! ```
//!
//! A stretch is idle when nothing happens and nothing is under way. Places are microseconds, as floats: they are only for the eye; the
//! clock itself stays a whole number.

use crate::number::grouped;
use crate::stage::Story;
use sockets::{Instant, Micros};

/// A stretch of idle time, and how long it is for the eye.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Idle {
    /// Its beginning.
    pub from: Instant,
    /// Its end.
    pub until: Instant,
    /// Its length for the eye, in microseconds.
    pub shown: f64,
    /// Its beginning for the eye.
    place: f64,
}

/// Time for the eye: from the story's beginning to its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fold {
    begin: Instant,
    end: Instant,
    idle: Vec<Idle>,
}

impl Fold {
    /// Time as it is.
    pub fn plain(story: &Story) -> Fold {
        Fold { begin: story.begin, end: story.end, idle: Vec::new() }
    }

    /// Time with long idle stretches made short.
    pub fn of(story: &Story) -> Fold {
        let mut stretches = Vec::new();
        let mut busy = 0;
        let mut packets = story.packets.iter().peekable();
        // Until when something is under way.
        let mut under_way = story.begin;
        for pair in story.stops.windows(2) {
            let [from, until] = [pair[0], pair[1]];
            while let Some(packet) = packets.next_if(|packet| packet.sent <= from) {
                under_way = under_way.max(packet.arrives.unwrap_or(packet.sent));
            }
            match under_way > from {
                true => busy += until.since(from).0,
                false => stretches.push((from, until)),
            }
        }
        let all = story.end.since(story.begin).0;
        let short = (if busy == 0 { all / 20 } else { busy / 4 }).max(1_000);
        let mut fold = Fold { begin: story.begin, end: story.end, idle: Vec::new() };
        let mut saved = 0.0;
        for (from, until) in stretches {
            let long = until.since(from).0;
            if long > short * 2 {
                let (long, shown) = (long as f64, short as f64);
                let place = from.since(story.begin).0 as f64 - saved;
                fold.idle.push(Idle { from, until, shown, place });
                saved += long - shown;
            }
        }
        fold
    }

    /// The stretches that are folded, in order.
    pub fn idle(&self) -> &[Idle] {
        &self.idle
    }

    /// How long it all is for the eye; at least one microsecond.
    pub fn length(&self) -> f64 {
        self.place(self.end).max(1.0)
    }

    /// Where a moment is for the eye.
    pub fn place(&self, at: Instant) -> f64 {
        let at = at.clamp(self.begin, self.end);
        let count = self.idle.partition_point(|idle| idle.from <= at);
        let Some(last) = count.checked_sub(1).map(|last| &self.idle[last]) else {
            return at.since(self.begin).0 as f64;
        };
        if at < last.until {
            let part = at.since(last.from).0 as f64 / last.until.since(last.from).0 as f64;
            return last.place + part * last.shown;
        }
        last.place + last.shown + at.since(last.until).0 as f64
    }

    /// The moment at a place: the latest that is not beyond it.
    pub fn moment(&self, place: f64) -> Instant {
        let place = place.clamp(0.0, self.length());
        let count = self.idle.partition_point(|idle| idle.place <= place);
        let at = match count.checked_sub(1).map(|last| &self.idle[last]) {
            None => self.begin + Micros(place as u64),
            Some(last) if place < last.place + last.shown => {
                let part = (place - last.place) / last.shown;
                last.from + Micros((part * last.until.since(last.from).0 as f64) as u64)
            }
            Some(last) => last.until + Micros((place - last.place - last.shown) as u64),
        };
        at.clamp(self.begin, self.end)
    }
}

/// How fast time passes: so many microseconds of the network in one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(pub u64);

impl Speed {
    /// As the network's own time.
    pub const REAL: Speed = Speed(1_000_000);
    /// The slowest.
    pub const LEAST: Speed = Speed(10);
    /// The fastest.
    pub const MOST: Speed = Speed(1_000_000_000);
    /// What the digits 1 to 9 set.
    pub const DIGITS: [Speed; 9] = [
        Speed(1_000),
        Speed(2_000),
        Speed(5_000),
        Speed(10_000),
        Speed(20_000),
        Speed(50_000),
        Speed(100_000),
        Speed(200_000),
        Speed::REAL,
    ];

    /// One that plays so much time in about twenty seconds.
    pub fn for_length(length: f64) -> Speed {
        let wanted = (length / 20.0).clamp(Speed::LEAST.0 as f64, Speed::MOST.0 as f64) as u64;
        Speed::steps().min_by_key(|speed| speed.ratio(wanted)).unwrap_or(Speed::REAL)
    }

    /// 1, 2, 5, 10, 20, 50 ... of the slowest.
    pub fn steps() -> impl Iterator<Item = Speed> {
        let tens = core::iter::successors(Some(Speed::LEAST.0), |ten| ten.checked_mul(10));
        tens.flat_map(|ten| [1, 2, 5].map(|times| Speed(ten * times)))
            .take_while(|speed| *speed <= Speed::MOST)
    }

    /// The next faster step.
    pub fn faster(self) -> Speed {
        Speed::steps().find(|step| *step > self).unwrap_or(Speed::MOST)
    }

    /// The next slower step.
    pub fn slower(self) -> Speed {
        Speed::steps().take_while(|step| *step < self).last().unwrap_or(Speed::LEAST)
    }

    /// How far apart two speeds are, in thousandths of the lesser.
    fn ratio(self, other: u64) -> u64 {
        let (most, least) = (self.0.max(other), self.0.min(other).max(1));
        most.saturating_mul(1_000) / least
    }

    /// As a share of the network's own time: `1/50`, `×2`, `real time`.
    pub fn share(self) -> String {
        match self.0 {
            1_000_000 => "real time".into(),
            us if us < 1_000_000 => format!("1/{}", grouped(1_000_000 / us.max(1))),
            us => format!("×{}", grouped(us / 1_000_000)),
        }
    }

    /// In words: `1 s of the network takes 50 s`.
    pub fn says(self) -> String {
        match self.0 {
            1_000_000 => "as fast as the network's own time".into(),
            us if us > 1_000_000 => format!("{} of the network in 1 s", whole(us)),
            // What is longer than a few minutes is better said of a smaller piece.
            us if us >= 10_000 => format!("1 s of the network in {}", whole(1_000_000_000_000 / us)),
            us => format!("1 ms of the network in {}", whole(1_000_000_000 / us.max(1))),
        }
    }
}

/// A span that needs no decimals: `50 s`, `100 ms`, `2 min`.
fn whole(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{} ms", us / 1_000),
        1_000_000..120_000_000 => format!("{} s", us / 1_000_000),
        _ => format!("{} min", grouped(us / 60_000_000)),
    }
}

/// A moment in seconds, as short as it can be without saying less: `0.0501 s`, `60 s`.
pub fn seconds(at: Instant) -> String {
    format!("{} s", bare_seconds(at))
}

/// A moment in seconds to the nearest millisecond, `0.131 s`: for a person's eye, not for a link.
pub fn short_seconds(at: Instant) -> String {
    let millis = at.0.saturating_add(500) / 1_000;
    format!("{}.{:03} s", millis / 1_000, millis % 1_000)
}

/// A moment in seconds with all six decimals: digits that change while time passes stay in their places.
pub fn long_seconds(at: Instant) -> String {
    crate::stage::clock(at)
}

/// As [`seconds`], without the unit: at least three decimals when there are any.
pub fn bare_seconds(at: Instant) -> String {
    let text = format!("{}.{:06}", at.0 / 1_000_000, at.0 % 1_000_000);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}
