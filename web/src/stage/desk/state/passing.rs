//! How time passes on the desk: smoothly, in beats, in steps, over and over.

use super::State;
use crate::stage::desk::moments;
use sockets::{Instant, Micros};

/// A stretch that is played over and over, as far as it is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loop {
    /// Its beginning.
    pub from: Option<Instant>,
    /// Its end.
    pub until: Option<Instant>,
}

impl Loop {
    /// Both ends, when both are set and something lies between.
    pub fn whole(self) -> Option<(Instant, Instant)> {
        let (from, until) = (self.from?, self.until?);
        (from < until).then_some((from, until))
    }

    pub(super) fn in_order(self) -> Loop {
        match (self.from, self.until) {
            (Some(from), Some(until)) if until < from => Loop { from: Some(until), until: Some(from) },
            _ => self,
        }
    }
}

impl State {
    /// How long a step is looked at when playing goes in steps, in milliseconds.
    pub fn beat(&self) -> u32 {
        let next = self.story.next_stop(self.at).unwrap_or(self.at);
        let away = self.fold.place(next) - self.place;
        (away / self.speed.0 as f64 * 1e9 / 1e3).clamp(500.0, 2_000.0) as u32
    }

    pub(super) fn tick(&mut self, real: Micros) {
        if !self.playing {
            return;
        }
        let place = self.place + real.0 as f64 * self.speed.0 as f64 / 1e6;
        if let Some((from, until)) = self.repeat.whole() {
            let (first, last) = (self.fold.place(from), self.fold.place(until));
            // Beyond its end playing goes on: one may look at what comes after, and play.
            if self.place < last && place >= last {
                self.place = first + (place - last) % (last - first).max(1.0);
                self.at = self.fold.moment(self.place);
                return;
            }
        }
        self.place = place.min(self.fold.length());
        self.at = self.fold.moment(self.place);
        if place >= self.fold.length() {
            self.playing = false;
            self.follow();
            self.say();
        }
    }

    pub(super) fn beat_on(&mut self) {
        if !self.playing {
            return;
        }
        let next = self.story.next_stop(self.at);
        match (self.repeat.whole(), next) {
            (Some((from, until)), _) if self.at < until && next.is_none_or(|next| next > until) => {
                self.seek(from)
            }
            (_, Some(next)) => self.seek(next),
            (_, None) => self.playing = false,
        }
        self.say();
    }

    pub(super) fn step(&mut self, steps: i32) {
        self.playing = false;
        for _ in 0..steps.unsigned_abs() {
            let next = match steps > 0 {
                true => self.story.next_stop(self.at),
                false => self.story.previous_stop(self.at),
            };
            let Some(next) = next else { break };
            self.seek(next);
        }
        self.say();
    }

    pub(super) fn say(&mut self) {
        self.said = moments::told(&self.story, self.at).into();
    }

    pub(super) fn toggle_play(&mut self) {
        self.playing = !self.playing;
        if !self.playing {
            self.say();
        } else if self.at >= self.story.end {
            self.seek(self.repeat.whole().map_or(self.story.begin, |(from, _)| from));
        }
    }

    pub(super) fn repeat(&mut self) {
        self.repeat = match self.repeat {
            Loop { from: None, .. } => Loop { from: Some(self.at), until: None },
            Loop { from, until: None } if from != Some(self.at) => {
                Loop { from, until: Some(self.at) }.in_order()
            }
            Loop { .. } => Loop::default(),
        };
        self.said = match self.repeat {
            Loop { until: Some(_), .. } => "This stretch is repeated.".into(),
            Loop { from: Some(_), .. } => "What is repeated begins here. Press l again at its end.".into(),
            Loop { .. } => "Nothing is repeated.".into(),
        };
    }
}
