//! A preset on its way: which step it is at, how fast it goes. Pure: the page makes the calls and brings the time.

use lab::{Next, Runner, Script, Verdict};
use sockets::{CallId, Event, HostId, Instant, Micros, Sockets};

/// How fast steps follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Only when the person asks for the next.
    ByHand,
    /// A step about every 2 seconds, to read each sentence.
    Slow,
    /// A step about every 0.7 seconds.
    Steady,
    /// As fast as the calls come back.
    AtOnce,
}

impl Pace {
    /// Every pace, from slow to fast.
    pub const ALL: [Pace; 4] = [Pace::ByHand, Pace::Slow, Pace::Steady, Pace::AtOnce];

    /// What a menu calls it, and what it is stored as.
    pub const fn name(self) -> &'static str {
        match self {
            Pace::ByHand => "step by step",
            Pace::Slow => "slowly",
            Pace::Steady => "steadily",
            Pace::AtOnce => "at once",
        }
    }

    /// The time between two steps; `None` where only a person decides.
    pub const fn gap(self) -> Option<Micros> {
        match self {
            Pace::ByHand => None,
            Pace::Slow => Some(Micros(2_000_000)),
            Pace::Steady => Some(Micros(700_000)),
            Pace::AtOnce => Some(Micros::ZERO),
        }
    }
}

/// A change of course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steer {
    /// Another pace.
    Pace(Pace),
    /// End it; what happened stays.
    Leave,
}

/// A preset on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Show {
    runner: Runner,
    hosts: Vec<HostId>,
    pace: Pace,
    last: Option<Instant>,
    left: bool,
}

impl Show {
    /// A preset that has not begun; `hosts` are the page's, in the script's order.
    pub fn new(script: Script, hosts: Vec<HostId>) -> Show {
        Show { runner: Runner::new(script), hosts, pace: Pace::Steady, last: None, left: false }
    }

    /// The preset.
    pub const fn script(&self) -> &Script {
        self.runner.script()
    }

    /// How many steps were made.
    pub const fn made(&self) -> usize {
        self.runner.made()
    }

    /// How each step came out.
    pub fn verdicts(&self) -> &[Option<Verdict>] {
        self.runner.verdicts()
    }

    /// How fast it goes.
    pub const fn pace(&self) -> Pace {
        self.pace
    }

    /// Whether it was ended.
    pub const fn is_left(&self) -> bool {
        self.left
    }

    /// What to do now.
    pub fn next(&self, sockets: &Sockets) -> Next {
        self.runner.next(sockets)
    }

    /// The page's host of one of the script's.
    pub fn host(&self, index: usize) -> HostId {
        self.hosts.get(index).copied().unwrap_or_default()
    }

    /// How long the next step is still to wait, if it is to come by itself.
    pub fn due(&self, now: Instant) -> Option<Micros> {
        let gap = self.pace.gap()?;
        Some(self.last.map_or(Micros::ZERO, |last| (last + gap).since(now)))
    }

    pub(super) fn submitted(&mut self, step: usize, call: CallId, at: Instant) {
        self.last = Some(at);
        self.runner.submitted(step, call);
    }

    pub(super) fn observe(&mut self, event: &Event) {
        self.runner.observe(event);
    }

    pub(super) fn steer(&mut self, steer: Steer) {
        match steer {
            Steer::Pace(pace) => self.pace = pace,
            Steer::Leave => self.left = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show() -> Show {
        let script = lab::presets().into_iter().next().expect("there are presets");
        let hosts = (0..).map(HostId).take(script.hosts.len()).collect();
        Show::new(script, hosts)
    }

    #[test]
    fn steps_keep_the_pace() {
        let mut show = show();
        assert_eq!(show.due(Instant(5)), Some(Micros::ZERO));
        show.submitted(0, CallId(1), Instant(1_000_000));
        assert_eq!(show.due(Instant(1_200_000)), Some(Micros(500_000)));
        show.steer(Steer::Pace(Pace::AtOnce));
        assert_eq!(show.due(Instant(1_200_000)), Some(Micros::ZERO));
        show.steer(Steer::Pace(Pace::ByHand));
        assert_eq!(show.due(Instant(9_000_000)), None);
    }

    #[test]
    fn it_waits_for_its_calls_and_ends_when_told() {
        let mut show = show();
        assert!(matches!(show.next(&Sockets::default()), Next::Call(_)));
        show.submitted(0, CallId(1), Instant(0));
        assert!(matches!(show.next(&Sockets::default()), Next::Wait(_)));
        show.steer(Steer::Leave);
        assert!(show.is_left());
    }
}
