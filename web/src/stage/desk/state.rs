//! The desk's state and all that may change it: one pure reducer. It runs scenarios (a pure function too); it knows no browser.

mod living;
mod passing;
mod running;

use super::fold::{Fold, Speed};
use super::link::Link;
use super::pane::Pane;
use super::{Subject, Told};
use crate::stage::story::EndKind;
use crate::stage::{Act, EndId, Focus, Numbers, Story, Thing};
use lab::{Change, Marked, Scenario};
use sockets::{Instant, Micros};
use std::collections::BTreeSet;
use std::rc::Rc;
use yew::prelude::Reducible;

use living::Ahead;
pub use living::Pace;
pub use passing::Loop;
use running::{Ran, nothing, run};

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
    /// Whether the moment is now, where the story goes on.
    following: bool,
    ahead: Ahead,
    pace: Pace,
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
    /// A knob stands as the scenario has it.
    AsWritten(Box<lab::Knob>),
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
    /// It is this time now, in a story that goes on.
    Now(Instant),
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
                        let what = "The changes of this address cannot be made to this scenario, so it is shown without them.";
                        refused = Some(format!("{what} {why}."));
                        (plain, None)
                    }
                },
            },
        };
        let story = ran.story;
        let fold = Rc::new(Fold::of(&story));
        let usual = usual_speed(&story);
        let mut state = State {
            end: first_end(&story),
            at: story.begin,
            place: 0.0,
            fold,
            skip_idle: true,
            playing: false,
            following: true,
            ahead: Ahead::of(&story),
            pace: Pace::Glides,
            speed: usual,
            usual,
            repeat: Loop::default(),
            focus: Rc::default(),
            nothing: Rc::default(),
            numbers: Numbers::default(),
            panes: BTreeSet::new(),
            compare: true,
            notice: None,
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
        state.stand(link);
        state
    }

    /// Stands as an address says, but for the changes.
    fn stand(&mut self, link: Link) {
        self.playing = false;
        let skip_idle = link.skip_idle.unwrap_or(true);
        if skip_idle != self.skip_idle {
            self.skip_idle = skip_idle;
            self.refold();
        }
        self.speed = link.speed.unwrap_or(self.usual);
        self.repeat = link.repeat.in_order();
        self.numbers = link.numbers.unwrap_or_default();
        self.panes = link.panes.unwrap_or_else(|| Pane::usual(&self.subject));
        self.compare = link.compare.unwrap_or(true);
        self.notice = link.problem;
        let usual_at = match self.subject {
            Subject::Scenario(_) => self.story.begin,
            Subject::Story(_) => self.story.end,
        };
        self.seek(link.at.unwrap_or(usual_at));
        let end = link.end.filter(|end| is_connection(&self.story, *end));
        self.end = end.or_else(|| first_end(&self.story));
        self.look(None, link.pick.filter(|thing| holds(&self.story, *thing)));
    }

    /// Stands as another address says. What was changed can be undone still; where nothing is changed by it, nothing is run.
    fn restore(&mut self, link: Link) {
        if link.changes == *self.changes {
            (self.wanted, self.refused) = (None, None);
            return self.stand(link);
        }
        let (mut past, before) = (core::mem::take(&mut self.past), self.changes.clone());
        *self = State::open(self.subject.clone(), link);
        if self.changes != before {
            past.push(before);
        }
        self.past = past;
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

    fn seek(&mut self, at: Instant) {
        self.at = at.clamp(self.story.begin, self.story.end);
        self.place = self.fold.place(self.at);
        // Whoever goes to the end of what goes on is there; whoever goes back stays where they look.
        self.following = self.at == self.story.end;
        if self.following {
            self.pace = Pace::Glides;
        }
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

    /// The story is another one: what pointed into the old one is looked at again.
    fn told_anew(&mut self, before: &Told) {
        let was_usual = self.speed == self.usual;
        self.refold();
        self.usual = usual_speed(&self.story);
        // A changed run keeps the speed that the person is used to, unless nothing else is known.
        if was_usual && before.packets.is_empty() {
            self.speed = self.usual;
        }
        self.ahead = Ahead::of(&self.story);
        // What is still under way in a story that goes on is followed from where it is.
        if !self.follows() {
            self.seek(self.at);
        }
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

    fn show(&mut self, subject: Subject) {
        if subject == self.subject {
            return;
        }
        match &subject {
            Subject::Story(told) => {
                let told = told.clone();
                let follow = if self.story.goes_on { self.follows() } else { self.at == self.story.end };
                let before = std::mem::replace(&mut self.story, told.clone());
                (self.subject, self.ended, self.refused) = (subject, None, None);
                self.told_anew(&before);
                let now = self.at;
                if follow {
                    self.follow();
                    // Nothing goes back because more was told.
                    if told.goes_on && before.goes_on && before.begin == told.begin {
                        self.at = self.at.max(now);
                    }
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
            Do::Restore(link) => self.restore(*link),
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
            Do::AsWritten(knob) => self.want(lab::restored(&knob, self.latest())),
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
                self.follow();
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
            Do::Now(now) => self.live_on(now),
        }
    }
}

/// How fast it is played when nobody says: a session as it was lived.
fn usual_speed(story: &Story) -> Speed {
    if story.goes_on { Speed::REAL } else { Speed::for_length(Fold::of(story).length()) }
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
