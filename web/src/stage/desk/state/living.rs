//! A story that goes on: the desk's moment follows it, smoothly while something moves, and rests with it. Whoever looks back stays
//! where they look.

use super::State;
use crate::stage::Story;
use crate::stage::story::TimerEnd;
use sockets::{Instant, Micros};

/// How the moment follows a story that goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Not at all: nothing moves, or a person looks back.
    #[default]
    Rests,
    /// Now and then: a call waits, a timer runs, and the picture stands still.
    Waits,
    /// In each frame.
    Glides,
}

/// What of a story is still to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Until when segments are under way.
    flights: Instant,
    /// Until when timers run that a person may wait for.
    timers: Instant,
    /// A call has not come back.
    calls: bool,
}

/// What was to happen may be told a little later; and so long one sees how a call begins to wait.
const GRACE: Micros = Micros(1_000_000);

/// Timers that run longer are waited for by nobody.
const PATIENCE: Micros = Micros(120_000_000);

impl Ahead {
    /// What of this story is still to come.
    pub fn of(story: &Story) -> Ahead {
        let soon = story.end + PATIENCE;
        let runs = story.ends.iter().flat_map(|end| &end.timers);
        let running = runs.filter(|run| run.end == TimerEnd::Running && run.due <= soon);
        Ahead {
            flights: story.packets.iter().filter_map(|packet| packet.arrives).max().unwrap_or_default(),
            timers: running.map(|run| run.due).max().unwrap_or_default(),
            calls: story.calls.iter().any(|call| call.returned.is_none()),
        }
    }

    /// How to follow it now, if its last record was written then.
    fn pace(self, now: Instant, end: Instant) -> Pace {
        let waits = self.calls || (self.timers > end && now < self.timers + GRACE);
        match () {
            () if self.flights > end && now < self.flights + GRACE => Pace::Glides,
            () if waits && now < end + GRACE => Pace::Glides,
            () if waits => Pace::Waits,
            () => Pace::Rests,
        }
    }
}

impl State {
    /// How the moment is to follow now.
    pub fn pace(&self) -> Pace {
        if self.follows() && !self.playing { self.pace } else { Pace::Rests }
    }

    /// Whether the moment is now.
    pub fn follows(&self) -> bool {
        self.story.goes_on && self.following
    }

    /// The moment is now, from here on.
    pub(super) fn follow(&mut self) {
        self.seek(self.story.end);
        if self.story.goes_on {
            (self.following, self.pace) = (true, Pace::Glides);
        }
    }

    /// It is this time now.
    pub(super) fn live_on(&mut self, now: Instant) {
        if self.pace() == Pace::Rests {
            return;
        }
        self.pace = self.ahead.pace(now, self.story.end);
        let last = self.story.end.max(self.ahead.flights.min(now));
        self.at = if self.pace == Pace::Rests { last } else { last.max(now) };
        self.place = self.fold.place(self.at);
    }

    /// How long to wait for the next look while something waits, in milliseconds.
    pub fn look_again(&self) -> u32 {
        if self.at.since(self.story.end) < Micros(10_000_000) { 250 } else { 1_000 }
    }
}
