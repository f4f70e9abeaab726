//! The desk's state and all that may change it: one pure reducer. It runs scenarios (a pure function too); it knows no browser.

use super::fold::{Fold, Speed};
use super::link::Link;
use super::moments;
use super::pane::Pane;
use super::{Subject, Told};
use crate::stage::story::{Cast, EndKind, Origin};
use crate::stage::{Act, EndId, Focus, Numbers, Story, Thing};
use lab::{Change, Ending, Marked, Scenario};
use sockets::{Instant, Micros};
use std::collections::BTreeSet;
use std::rc::Rc;
use yew::prelude::Reducible;

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

    fn in_order(self) -> Loop {
        match (self.from, self.until) {
            (Some(from), Some(until)) if until < from => Loop { from: Some(until), until: Some(from) },
            _ => self,
        }
    }
}

/// Everything that the desk remembers.
#[derive(Clone, Debug)]
pub struct State {
    /// What is shown, without changes.
    pub subject: Subject,
    /// What happened, with the changes.
    pub story: Told,
    /// The scenario with the changes: what was run.
    pub played: Option<Rc<Scenario>>,
    /// What happened without any change; `None` while there is none.
    pub was: Option<Told>,
    /// How the run ended, where it did not end well, and whether it reached a bound.
    pub ended: Option<String>,
    /// The changes that the story was run with.
    pub changes: Rc<Vec<Change>>,
    /// The changes that it is to be run with next.
    pub wanted: Option<Rc<Vec<Change>>>,
    /// Why the last change was not made.
    pub refused: Option<String>,
    past: Vec<Rc<Vec<Change>>>,
    future: Vec<Rc<Vec<Change>>>,
    /// The moment that is shown.
    pub at: Instant,
    /// The same for the eye, between microseconds.
    place: f64,
    /// Time for the eye.
    pub fold: Rc<Fold>,
    /// Whether idle time is folded.
    pub skip_idle: bool,
    /// Whether time passes.
    pub playing: bool,
    /// How fast.
    pub speed: Speed,
    /// How fast when nobody says.
    pub usual: Speed,
    /// What is played over and over.
    pub repeat: Loop,
    /// What lights up.
    pub focus: Rc<Focus>,
    /// What lights up in what was: nothing.
    pub nothing: Rc<Focus>,
    /// The end that views of one end show.
    pub end: Option<EndId>,
    /// How sequence numbers are written.
    pub numbers: Numbers,
    /// The views beside the ladder.
    pub panes: BTreeSet<Pane>,
    /// Whether "what was" stands beside "what if".
    pub compare: bool,
    /// What was not understood in the address.
    pub notice: Option<String>,
    /// What a screen reader says.
    pub said: Rc<str>,
}

/// What can happen to the desk.
#[derive(Clone, Debug)]
pub enum Do {
    /// A person did something in a view.
    Act(Act),
    /// Another subject, or the same with more in it.
    Show(Subject),
    /// What an address says.
    Restore(Box<Link>),
    /// One change more.
    Change(Box<Change>),
    /// One change less.
    Unchange(usize),
    /// No change at all.
    UnchangeAll,
    /// As before the last change.
    Undo,
    /// As before the last [`Do::Undo`].
    Redo,
    /// The changes that are wanted are made.
    Run,
    /// Plays, or stops playing.
    TogglePlay,
    /// So much time has passed for the person.
    Tick(Micros),
    /// Playing in steps: the next happening.
    Beat,
    /// So many happenings on, or back.
    Step(i32),
    /// To the first moment.
    Begin,
    /// To the last moment.
    Finish,
    /// To a place on the scrub bar.
    SeekPlace(f64),
    /// So fast.
    Speed(Speed),
    /// As fast as suits the story.
    UsualSpeed,
    /// A step faster.
    Faster,
    /// A step slower.
    Slower,
    /// Folds idle time, or shows it at its length.
    ToggleIdle,
    /// Sets the beginning of what is repeated, then its end, then repeats nothing.
    Repeat,
    /// Opens or closes a view.
    Toggle(Pane),
    /// Puts "what was" beside "what if", or takes it away.
    ToggleCompare,
    /// Writes numbers the other way.
    ToggleNumbers,
    /// Something cannot be done; this is why.
    Refuse(String),
    /// The notice is read.
    Dismiss,
}

struct Ran {
    scenario: Option<Rc<Scenario>>,
    story: Told,
    ended: Option<String>,
}

/// Runs a scenario with changes.
fn run(scenario: &Scenario, changes: &[Change]) -> Result<Ran, String> {
    let scenario = lab::changed(scenario, changes).map_err(|bad| bad.to_string())?;
    let run = lab::run(&scenario).map_err(|bad| bad.to_string())?;
    let ended = match (run.stopped, run.ending) {
        (Some(stopped), _) => Some(capital(&stopped.to_string())),
        (None, Ending::Finished) => None,
        (None, ending) => Some(capital(&ending.to_string())),
    };
    let story = Story::of(Rc::new(run.log), Cast::of(&scenario.world), Origin::Simulated);
    Ok(Ran { scenario: Some(Rc::new(scenario)), story: Told::new(story), ended })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect::<String>() + ".")
}

/// Nothing at all: what is shown of a scenario that cannot be run.
fn nothing() -> Told {
    Told::new(Story::of(Rc::default(), Cast::default(), Origin::Simulated))
}

impl State {
    /// A desk for a subject, as an address wants it.
    pub fn open(subject: Subject, link: Link) -> State {
        let mut refused = None;
        let mut changes = Rc::new(Vec::new());
        let (ran, was) = match &subject {
            Subject::Story(told) => (Ran { scenario: None, story: told.clone(), ended: None }, None),
            Subject::Scenario(scenario) => match run(scenario, &[]) {
                Err(why) => {
                    refused = Some(why);
                    (Ran { scenario: None, story: nothing(), ended: None }, None)
                }
                Ok(plain) if link.changes.is_empty() => (plain, None),
                Ok(plain) => match run(scenario, &link.changes) {
                    Ok(ran) => {
                        changes = Rc::new(link.changes.clone());
                        (ran, Some(plain.story))
                    }
                    Err(why) => {
                        refused = Some(why);
                        (plain, None)
                    }
                },
            },
        };
        let story = ran.story;
        let skip_idle = link.skip_idle.unwrap_or(true);
        let fold = Rc::new(if skip_idle { Fold::of(&story) } else { Fold::plain(&story) });
        let usual = Speed::for_length(Fold::of(&story).length());
        let mut state = State {
            end: first_end(&story),
            at: story.begin,
            place: 0.0,
            fold,
            skip_idle,
            playing: false,
            speed: link.speed.unwrap_or(usual),
            usual,
            repeat: link.repeat.in_order(),
            focus: Rc::default(),
            nothing: Rc::default(),
            numbers: link.numbers.unwrap_or_default(),
            panes: link.panes.unwrap_or_else(|| Pane::usual(&subject)),
            compare: link.compare.unwrap_or(true),
            notice: link.problem,
            said: "".into(),
            past: Vec::new(),
            future: Vec::new(),
            wanted: None,
            was,
            played: ran.scenario,
            ended: ran.ended,
            changes,
            refused,
            story,
            subject,
        };
        let usual_at = match state.subject {
            Subject::Scenario(_) => state.story.begin,
            Subject::Story(_) => state.story.end,
        };
        state.seek(link.at.unwrap_or(usual_at));
        if let Some(end) = link.end.filter(|end| is_connection(&state.story, *end)) {
            state.end = Some(end);
        }
        state.look(None, link.pick.filter(|thing| holds(&state.story, *thing)));
        state
    }

    /// What the address is to say.
    pub fn link(&self) -> Link {
        let usual_at = match self.subject {
            Subject::Scenario(_) => self.story.begin,
            Subject::Story(_) => self.story.end,
        };
        Link {
            at: (self.at != usual_at).then_some(self.at),
            pick: self.focus.picked,
            end: self.end.filter(|end| Some(*end) != first_end(&self.story)),
            numbers: (self.numbers != Numbers::default()).then_some(self.numbers),
            panes: (self.panes != Pane::usual(&self.subject)).then(|| self.panes.clone()),
            speed: (self.speed != self.usual).then_some(self.speed),
            skip_idle: (!self.skip_idle).then_some(false),
            repeat: self.repeat,
            compare: (!self.compare).then_some(false),
            changes: self.changes.to_vec(),
            problem: None,
        }
    }

    /// The scenario without its changes.
    pub fn scenario(&self) -> Option<&Rc<Scenario>> {
        match &self.subject {
            Subject::Scenario(scenario) => Some(scenario),
            Subject::Story(_) => None,
        }
    }

    /// The moments that are worth a look.
    pub fn moments(&self) -> &[Marked] {
        self.scenario().map_or(&[], |scenario| &scenario.moments)
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Where the shown moment is for the eye.
    pub fn place(&self) -> f64 {
        self.place
    }

    /// How long a step is looked at when playing goes in steps, in milliseconds.
    pub fn beat(&self) -> u32 {
        let next = self.story.next_stop(self.at).unwrap_or(self.at);
        let away = self.fold.place(next) - self.place;
        (away / self.speed.0 as f64 * 1e9 / 1e3).clamp(500.0, 2_000.0) as u32
    }

    fn seek(&mut self, at: Instant) {
        self.at = at.clamp(self.story.begin, self.story.end);
        self.place = self.fold.place(self.at);
    }

    fn look(&mut self, hover: Option<Thing>, picked: Option<Thing>) {
        if (self.focus.hover, self.focus.picked) != (hover, picked) {
            self.focus = Rc::new(Focus::of(&self.story, hover, picked));
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Point(thing) => {
                self.look(thing.filter(|thing| holds(&self.story, *thing)), self.focus.picked)
            }
            Act::Pick(thing) => self.look(None, thing.filter(|thing| holds(&self.story, *thing))),
            Act::Seek(at) => self.seek(at),
            Act::Choose(end) => self.end = Some(end).filter(|end| end.0 < self.story.ends.len()),
            Act::Write(numbers) => self.numbers = numbers,
        }
    }

    /// What is wanted next, so far.
    fn latest(&self) -> &Rc<Vec<Change>> {
        self.wanted.as_ref().unwrap_or(&self.changes)
    }

    fn want(&mut self, changes: Vec<Change>) {
        self.refused = None;
        self.wanted = Some(Rc::new(changes));
    }

    /// Makes the changes that are wanted; what cannot be is said, and not kept.
    fn make(&mut self, remember: bool) {
        let Some(wanted) = self.wanted.take() else { return };
        let Subject::Scenario(scenario) = &self.subject else { return };
        match run(scenario, &wanted) {
            Ok(ran) => {
                if remember {
                    // Turning one knob is one change, however often it moved.
                    let turning = wanted.len() == self.changes.len()
                        && wanted.len().checked_sub(1).is_some_and(|last| {
                            wanted[..last] == self.changes[..last]
                                && wanted[last].same_thing(&self.changes[last])
                        });
                    if !turning && wanted != self.changes {
                        self.past.push(self.changes.clone());
                    }
                    self.future.clear();
                }
                let before = std::mem::replace(&mut self.story, ran.story);
                if self.changes.is_empty() {
                    self.was = Some(before.clone());
                }
                self.changes = wanted;
                if self.changes.is_empty() {
                    self.was = None;
                }
                (self.played, self.ended) = (ran.scenario, ran.ended);
                self.told_anew(&before);
                self.said = match self.changes.len() {
                    0 => "Run again without changes.".into(),
                    1 => "Run again with 1 change.".into(),
                    count => format!("Run again with {count} changes.").into(),
                };
            }
            Err(why) => {
                let why = format!("This change cannot be made, so nothing was changed. {why}");
                self.said = why.as_str().into();
                self.refused = Some(why);
            }
        }
    }

    /// The story is another one: what pointed into the old one is looked at again.
    fn told_anew(&mut self, before: &Told) {
        let was_usual = self.speed == self.usual;
        self.refold();
        self.usual = Speed::for_length(Fold::of(&self.story).length());
        // A changed run keeps the speed that the person is used to, unless nothing else is known.
        if was_usual && before.packets.is_empty() {
            self.speed = self.usual;
        }
        self.seek(self.at);
        let end = self.end.filter(|end| is_connection(&self.story, *end));
        self.end = end.or_else(|| first_end(&self.story));
        let same = |thing: &Thing| match *thing {
            Thing::Packet(packet) => self.story.packets.get(packet).is_some_and(|now| {
                let then = &before.packets[packet];
                (now.sent, now.from, now.to) == (then.sent, then.from, then.to)
            }),
            thing => holds(&self.story, thing),
        };
        let picked = self.focus.picked.filter(same);
        self.focus = Rc::new(Focus::of(&self.story, None, picked));
    }

    fn refold(&mut self) {
        self.fold = Rc::new(if self.skip_idle { Fold::of(&self.story) } else { Fold::plain(&self.story) });
        self.place = self.fold.place(self.at);
    }

    fn tick(&mut self, real: Micros) {
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
            self.at = self.story.end;
            self.playing = false;
            self.say();
        }
    }

    fn beat_on(&mut self) {
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

    fn step(&mut self, steps: i32) {
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

    fn say(&mut self) {
        self.said = moments::told(&self.story, self.at).into();
    }

    fn toggle_play(&mut self) {
        self.playing = !self.playing;
        if !self.playing {
            self.say();
        } else if self.at >= self.story.end {
            self.seek(self.repeat.whole().map_or(self.story.begin, |(from, _)| from));
        }
    }

    fn repeat(&mut self) {
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

    fn show(&mut self, subject: Subject) {
        if subject == self.subject {
            return;
        }
        match &subject {
            Subject::Story(told) => {
                let follow = self.at == self.story.end;
                let before = std::mem::replace(&mut self.story, told.clone());
                (self.subject, self.ended, self.refused) = (subject, None, None);
                self.told_anew(&before);
                if follow {
                    self.seek(self.story.end);
                }
            }
            Subject::Scenario(_) => {
                let link = Link { changes: Vec::new(), pick: None, end: None, ..self.link() };
                *self = State::open(subject, link);
            }
        }
    }
}

impl Reducible for State {
    type Action = Do;

    fn reduce(self: Rc<Self>, action: Do) -> Rc<Self> {
        let mut state = Rc::unwrap_or_clone(self);
        state.take(action);
        Rc::new(state)
    }
}

impl State {
    /// Does it.
    pub fn take(&mut self, action: Do) {
        match action {
            Do::Act(act) => self.act(act),
            Do::Show(subject) => self.show(subject),
            Do::Restore(link) => *self = State::open(self.subject.clone(), *link),
            Do::Change(change) => {
                let mut changes = self.latest().to_vec();
                changes.retain(|known| !known.same_thing(&change));
                changes.push(*change);
                self.want(changes);
            }
            Do::Unchange(place) => {
                let mut changes = self.latest().to_vec();
                if place < changes.len() {
                    changes.remove(place);
                    self.want(changes);
                }
            }
            Do::UnchangeAll => self.want(Vec::new()),
            Do::Undo => {
                if let Some(changes) = self.past.pop() {
                    self.future.push(self.changes.clone());
                    (self.wanted, self.refused) = (Some(changes), None);
                    self.make(false);
                }
            }
            Do::Redo => {
                if let Some(changes) = self.future.pop() {
                    self.past.push(self.changes.clone());
                    (self.wanted, self.refused) = (Some(changes), None);
                    self.make(false);
                }
            }
            Do::Run => self.make(true),
            Do::TogglePlay => self.toggle_play(),
            Do::Tick(real) => self.tick(real),
            Do::Beat => self.beat_on(),
            Do::Step(steps) => self.step(steps),
            Do::Begin => {
                self.seek(self.story.begin);
                self.say();
            }
            Do::Finish => {
                self.playing = false;
                self.seek(self.story.end);
                self.say();
            }
            Do::SeekPlace(place) => self.seek(self.fold.moment(place)),
            Do::Speed(speed) => self.speed = Speed(speed.0.clamp(Speed::LEAST.0, Speed::MOST.0)),
            Do::UsualSpeed => self.speed = self.usual,
            Do::Faster => self.speed = self.speed.faster(),
            Do::Slower => self.speed = self.speed.slower(),
            Do::ToggleIdle => {
                self.skip_idle = !self.skip_idle;
                self.refold();
            }
            Do::Repeat => self.repeat(),
            Do::Toggle(pane) => {
                if !self.panes.remove(&pane) {
                    self.panes.insert(pane);
                }
            }
            Do::ToggleCompare => self.compare = !self.compare,
            Do::ToggleNumbers => {
                self.numbers = match self.numbers {
                    Numbers::Relative => Numbers::Absolute,
                    Numbers::Absolute => Numbers::Relative,
                };
            }
            Do::Refuse(why) => {
                self.said = why.as_str().into();
                self.refused = Some(why);
            }
            Do::Dismiss => (self.notice, self.refused) = (None, None),
        }
    }
}

/// The first connection's end.
fn first_end(story: &Story) -> Option<EndId> {
    story.connections().next()
}

fn is_connection(story: &Story, end: EndId) -> bool {
    story.ends.get(end.0).is_some_and(|end| end.kind == EndKind::Connection)
}

/// Whether a story has such a thing.
fn holds(story: &Story, thing: Thing) -> bool {
    match thing {
        Thing::Packet(packet) => packet < story.packets.len(),
        Thing::Call(call) => call < story.calls.len(),
        Thing::Reaction(reaction) => reaction < story.reactions.len(),
        Thing::End(end) | Thing::Octets { from: end, .. } => end.0 < story.ends.len(),
        Thing::Field(_) => true,
    }
}
