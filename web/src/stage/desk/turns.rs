//! Which views are drawn in which frame, where all of them at once would be too much for one.
//!
//! A long story comes to its views one after the other, a frame for each, so that the page answers meanwhile. While time moves, many views,
//! or those of a long story, are drawn by halves, each in every other frame; when it rests, all show the moment at which it does.

use super::clock;
use super::state::State;
use crate::stage::{Told, ViewProps};
use lab::Scenario;
use sockets::Instant;
use std::rc::Rc;
use yew::prelude::*;

/// A story of fewer datagrams is no trouble.
const LONG: usize = 400;

/// More views than so many beside the ladder are many.
const MANY: usize = 4;

/// Time rests when it has not moved for so many milliseconds: three frames.
const REST_MS: u32 = 50;

/// What a view is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// What there is to see.
    pub view: ViewProps,
    /// What was, before any change.
    pub was: Option<Told>,
    /// The scenario that gave the story.
    pub played: Option<Rc<Scenario>>,
}

/// What each view has been given.
#[derive(Debug, Default)]
struct Turns {
    given: Vec<Option<Given>>,
    /// A frame has come: another view may have its turn.
    turn: bool,
    /// Some have not had theirs.
    waits: bool,
    /// The moment that was given last.
    at: Option<Instant>,
    /// Which half is passed over, while they are drawn by halves.
    odd: bool,
    /// Some were passed over the last time.
    behind: bool,
}

impl Turns {
    /// Gives the views what there is to see, as far as it is their turn. A view that waits goes on showing what it has shown; one that is not
    /// open shows nothing. The first is the ladder; it is never passed over.
    fn give(&mut self, given: &Given, open: &[bool]) {
        self.given.resize(open.len(), None);
        let is_long = given.view.story.packets.len() >= LONG;
        let beside = open.iter().skip(1).filter(|open| **open).count();
        let moves = self.at.replace(given.view.at).is_some_and(|at| at != given.view.at);
        let halves = moves && (beside > MANY || is_long && beside > 1);
        self.odd = halves && !self.odd;
        self.behind = false;
        let mut nth = 0;
        let story = &given.view.story;
        let has_it = |known: &Option<Given>| known.as_ref().is_some_and(|known| known.view.story == *story);
        // A story that goes on changes with every event: it would never be the last view's turn.
        let at_once = !is_long || story.goes_on;
        // Where nothing is shown yet, the first need not wait; nor need one that is opened while nobody waits.
        let mut turn = std::mem::take(&mut self.turn)
            || self.given.iter().all(Option::is_none)
            || !self.waits && self.given.iter().any(has_it);
        self.waits = false;
        for (known, &open) in self.given.iter_mut().zip(open) {
            nth += usize::from(open);
            if !open {
                *known = None;
            } else if halves && nth > 1 && (nth % 2 == 1) == self.odd && has_it(known) {
                self.behind = true;
            } else if at_once || has_it(known) || std::mem::take(&mut turn) {
                *known = Some(given.clone());
            } else {
                self.waits = true;
            }
        }
    }
}

/// What each view is given now, where `open` tells which there are.
#[hook]
pub fn use_turns(state: &State, view: &ViewProps, open: &[bool]) -> Vec<Option<Given>> {
    let turns = use_mut_ref(Turns::default);
    let frames = use_mut_ref(|| 0_u64);
    let anew = use_force_update();
    let given = Given { view: view.clone(), was: state.was.clone(), played: state.played.clone() };
    let (waits, behind, all) = {
        let mut turns = turns.borrow_mut();
        turns.give(&given, open);
        (turns.waits, turns.behind, turns.given.clone())
    };
    let rested = {
        let anew = anew.clone();
        Callback::from(move |()| anew.force_update())
    };
    clock::use_later(behind, view.at, REST_MS, rested);
    let frame = *frames.borrow();
    let next = Callback::from(move |()| {
        turns.borrow_mut().turn = true;
        *frames.borrow_mut() += 1;
        anew.force_update();
    });
    clock::use_next_frame(waits, (frame, view.story.clone()), next);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::story::{Cast, Origin};
    use crate::stage::{Focus, Numbers, Story};

    fn given() -> Given {
        let text = lab::exhibit_text("slow-start").expect("it is in the gallery");
        let scenario = lab::Scenario::parse(text).expect("it is whole");
        let log = lab::run(&scenario).expect("it runs").log;
        let story = Told::new(Story::of(Rc::new(log), Cast::of(&scenario.world), Origin::Simulated));
        let view = ViewProps {
            at: story.begin,
            story,
            focus: Rc::new(Focus::default()),
            end: None,
            numbers: Numbers::default(),
            act: Callback::noop(),
        };
        Given { view, was: None, played: None }
    }

    #[test]
    fn a_long_story_comes_to_one_view_in_each_frame_and_to_all_in_the_end() {
        let (first, second) = (given(), given());
        assert!(first.view.story.packets.len() > LONG && first != second);
        let mut turns = Turns::default();
        let shown = |turns: &Turns, given: &Given| -> Vec<bool> {
            turns.given.iter().map(|known| known.as_ref() == Some(given)).collect()
        };
        let frame = |turns: &mut Turns, given: &Given, open: &[bool]| {
            turns.turn = true;
            turns.give(given, open);
        };
        turns.give(&first, &[true, false, true]);
        assert_eq!(shown(&turns, &first), [true, false, false]);
        turns.give(&first, &[true, false, true]);
        assert_eq!(shown(&turns, &first), [true, false, false], "no frame has come");
        frame(&mut turns, &first, &[true, false, true]);
        assert_eq!((shown(&turns, &first), turns.waits), (vec![true, false, true], false));
        // One that is opened later is there at once, and time goes on in all of them.
        let later =
            Given { view: ViewProps { at: first.view.story.end, ..first.view.clone() }, ..first.clone() };
        turns.give(&later, &[true, true, true]);
        assert_eq!((shown(&turns, &later), turns.waits), (vec![true, true, false], false), "time has moved");
        turns.give(&later, &[true, true, true]);
        assert_eq!((shown(&turns, &later), turns.waits), (vec![true; 3], false));
        // Of another story nothing is seen in the frame that made it; those that wait show what was.
        turns.give(&second, &[true; 3]);
        assert_eq!((shown(&turns, &later), turns.waits), (vec![true; 3], true));
        for seen in 1..=3 {
            frame(&mut turns, &second, &[true; 3]);
            let count = shown(&turns, &second).into_iter().filter(|has| *has).count();
            assert_eq!((count, turns.waits), (seen, seen < 3));
        }
    }
    #[test]
    fn while_time_moves_views_are_drawn_by_halves_and_all_when_it_rests() {
        let long = given();
        let short = {
            let mut story = (*long.view.story).clone();
            story.packets.truncate(3);
            Given { view: ViewProps { story: Told::new(story), ..long.view.clone() }, ..long.clone() }
        };
        let shown = |first: &Given, open: &[bool], moments: &[u64]| -> Vec<String> {
            let mut turns = Turns { given: vec![Some(first.clone()); open.len()], ..Turns::default() };
            let mut frame = |micros: &u64| {
                let at = first.view.story.begin + sockets::Micros(*micros);
                let given = Given { view: ViewProps { at, ..first.view.clone() }, ..first.clone() };
                turns.give(&given, open);
                let has_it = |known: &Option<Given>| if known.as_ref() == Some(&given) { 'x' } else { '.' };
                let behind = if turns.behind { " behind" } else { "" };
                turns.given.iter().map(has_it).collect::<String>() + behind
            };
            moments.iter().map(&mut frame).collect()
        };
        let many = [true, true, false, true, true, true, true];
        let halves = ["xx.xxxx", "xx..x.x behind", "x..x.x. behind", "xx..x.x behind", "xx.xxxx"];
        assert_eq!(shown(&short, &many, &[0, 1, 2, 3, 3]), halves);
        assert_eq!(shown(&short, &many[..5], &[0, 1, 2]), ["xx.xx"; 3], "few of a short story");
        assert_eq!(shown(&long, &many[..4], &[0, 1, 2, 2]), ["xx.x", "xx.. behind", "x..x behind", "xx.x"]);
        assert_eq!(shown(&long, &many[..3], &[0, 1, 2]), ["xx."; 3], "one view beside the ladder");
    }
}
