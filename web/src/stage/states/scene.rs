//! Who is in which state, by which way, and why: the picture of one moment as data.

use super::layout::{HALF, PLACES, Point, ROUTES, SIZE, along, arrival, route};
use crate::stage::story::{Cause, EndKind, Origin, StateChange};
use crate::stage::{EndId, Numbers, Role, Story};
use sockets::{Instant, Micros, State};

/// A change of state on the way of one end, with the end (or the listening socket that it came from) that made it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Whose token walks: 0 or 1.
    pub who: usize,
    /// The change.
    pub change: StateChange,
}

/// One of the two ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Walker {
    /// Which end.
    pub end: EndId,
    /// Its host's name.
    pub name: String,
    /// Its letter.
    pub letter: String,
    /// Whose colour it has.
    pub role: Role,
    /// Its changes of state, in order.
    pub walk: Vec<StateChange>,
}

/// Both ends of a connection, and all their changes: what does not depend on the moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Walks {
    /// The end that is shown and its peer; the one that opened first.
    pub walkers: Vec<Walker>,
    /// All changes in the order of time.
    pub steps: Vec<Step>,
}

impl Walks {
    /// The walks of this end and its peer.
    pub fn of(story: &Story, end: Option<EndId>) -> Walks {
        let Some(end) = end.or_else(|| story.connections().next()) else { return Walks::default() };
        let mut ends: Vec<EndId> = [Some(end), story.end_of(end).peer].into_iter().flatten().collect();
        let role = |id: EndId| {
            let host = story.end_of(id).host;
            story.players.iter().find(|player| player.host == host).map_or(Role::Client, |player| player.role)
        };
        ends.sort_by_key(|&id| (role(id), id));
        let mut walkers: Vec<Walker> = ends
            .iter()
            .map(|&id| {
                let name = story.name(story.end_of(id).host).to_owned();
                let letter = name.chars().find(|letter| letter.is_alphanumeric()).unwrap_or('•');
                let walk = walk(story, id);
                Walker { end: id, letter: letter.to_uppercase().collect(), name, role: role(id), walk }
            })
            .collect();
        if let [first, second] = walkers.as_mut_slice() {
            if first.letter == second.letter {
                (first.letter, second.letter) = ("1".into(), "2".into());
            }
            if first.name == second.name {
                let of = |id: EndId| story.end_of(id).local.map_or(0, |address| address.port());
                first.name = format!("{} port {}", first.name, of(first.end));
                second.name = format!("{} port {}", second.name, of(second.end));
            }
        }
        let mut steps: Vec<Step> = Vec::new();
        for (who, walker) in walkers.iter().enumerate() {
            steps.extend(walker.walk.iter().map(|&change| Step { who, change }));
        }
        steps.sort_by_key(|step| step.change.at);
        Walks { walkers, steps }
    }

    /// How many steps are made at a moment.
    pub fn made(&self, at: Instant) -> usize {
        self.steps.partition_point(|step| step.change.at <= at)
    }

    /// The step on a way, a place among the layout's routes, that was made last; the first one if none was yet.
    pub fn step_on(&self, way: usize, made: usize) -> Option<usize> {
        let way = &ROUTES[way];
        let on = |place: &usize| {
            let change = &self.steps[*place].change;
            change.before == way.from && change.after == way.to
        };
        (0..made).rev().find(on).or_else(|| (made..self.steps.len()).find(on))
    }

    /// The times in which a walker was in a state, up to the story's end.
    pub fn stays(&self, story: &Story, who: usize, state: State) -> Vec<(Instant, Instant)> {
        let walk = &self.walkers[who].walk;
        let until = |place: usize| walk.get(place + 1).map_or(story.end, |next| next.at);
        let stays = walk.iter().enumerate().filter(|(_, change)| change.after == state);
        stays.map(|(place, change)| (change.at, until(place))).collect()
    }
}

/// An end's changes. What comes from a listening socket was in its state before.
fn walk(story: &Story, id: EndId) -> Vec<StateChange> {
    let end = story.end_of(id);
    let first = end.states.first().map_or(end.born, |change| change.at);
    let listener = end.listener.filter(|_| end.kind == EndKind::Connection);
    let before = listener.map(|listener| story.end_of(listener).states.iter()).into_iter().flatten();
    before
        .filter(|change| change.at <= first && change.after == State::Listen)
        .chain(&end.states)
        .copied()
        .collect()
}

/// A token in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Where.
    pub point: Point,
    /// The state that the end is in; on its way it is that to which it goes.
    pub state: State,
    /// The box, a place among [`PLACES`].
    pub place: usize,
}

/// What a moment looks like.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The ends, as [`Walks::walkers`] has them.
    pub tokens: Vec<Token>,
    /// Of each way, which of the two ends have taken it.
    pub taken: Vec<[bool; 2]>,
    /// How many of [`Walks::steps`] are made.
    pub made: usize,
}

/// The picture of a moment.
pub fn scene(story: &Story, walks: &Walks, at: Instant) -> Scene {
    let mut taken = vec![[false; 2]; ROUTES.len()];
    let made = walks.made(at);
    for step in &walks.steps[..made] {
        if let Some(way) = route(step.change.before, step.change.after) {
            taken[way][step.who] = true;
        }
    }
    let tokens =
        walks.walkers.iter().enumerate().map(|(who, walker)| token(story, who, walker, at)).collect();
    Scene { tokens, taken, made }
}

/// Where a token rests at a box: the first end's at its left corner, the second's at its right one, and off the box's name.
fn rest(place: usize, who: usize) -> Point {
    let (x, y) = PLACES[place].middle;
    let x = if who == 0 { x - HALF.0 - 3.0 } else { x + HALF.0 + 3.0 };
    (x.clamp(0.0, SIZE.0), (y - HALF.1 - 4.0).max(0.0))
}

fn token(story: &Story, who: usize, walker: &Walker, at: Instant) -> Token {
    let made = walker.walk.partition_point(|change| change.at <= at);
    let Some(last) = made.checked_sub(1).map(|last| &walker.walk[last]) else {
        return Token { point: rest(0, who), state: State::Closed, place: 0 };
    };
    let place = arrival(last.before, last.after);
    let settled = Token { point: rest(place, who), state: last.after, place };
    let span = glide(story, last.at);
    let passed = at.since(last.at);
    if passed.0 == 0 || passed >= span {
        return settled;
    }
    // What changes twice at one moment walks both ways.
    let first = walker.walk[..made].partition_point(|change| change.at < last.at);
    let begin = first.checked_sub(1).map(|before| &walker.walk[before]);
    let mut line = vec![rest(begin.map_or(0, |change| arrival(change.before, change.after)), who)];
    for change in &walker.walk[first..made] {
        line.extend(route(change.before, change.after).map_or(&[][..], |way| ROUTES[way].points));
    }
    line.push(settled.point);
    let part = passed.0 as f64 / span.0 as f64;
    // Slow at both ends.
    let eased = part * part * (3.0 - 2.0 * part);
    Token { point: along(&line, eased), ..settled }
}

/// How long a token is on its way after a change: it has arrived when the next thing happens, so that it rests at every step.
fn glide(story: &Story, changed: Instant) -> Micros {
    let least = Micros(story.end.since(story.begin).0 / 40);
    story.next_stop(changed).map_or(least, |next| next.since(changed).min(least))
}

/// What made a change happen, in words.
pub fn cause(story: &Story, change: &StateChange, numbers: Numbers) -> String {
    match change.cause {
        Some(Cause::Packet(packet)) => match story.segment(packet) {
            Some(segment) => {
                let bases =
                    if numbers == Numbers::Relative { story.bases(packet) } else { Default::default() };
                let written = segment.relative(bases.0, bases.1).to_string();
                // The window and the options are the header view's.
                written.split(" win ").next().unwrap_or_default().to_owned() + " arrives"
            }
            None => "an ICMP message arrives".to_owned(),
        },
        Some(Cause::Call(call)) => format!("{}() is called", story.call(call).op.kind().name()),
        Some(Cause::Timer(timer)) => format!("the {} timer fires", timer.name()),
        None if story.origin == Origin::Simulated => "no cause is recorded".to_owned(),
        None => "seen in a sample".to_owned(),
    }
}
