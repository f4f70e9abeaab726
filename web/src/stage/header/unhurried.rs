//! Segments follow each other faster than anybody can read a header: while they do, it shows one of them for some time before it shows
//! another.

use crate::stage::Told;
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// What stays for so many milliseconds is shown.
const STAYS_MS: u32 = 100;
/// What goes by is shown after so many of these stretches all the same.
const STRETCHES: u32 = 5;

#[derive(Default)]
struct Held {
    shown: Option<(Told, Option<usize>)>,
    /// The last that was wanted, and whether that has changed in this stretch.
    wanted: Option<usize>,
    changed: bool,
    /// How many stretches it is shown for, and the end of this one.
    stretches: u32,
    until: Option<Timeout>,
}

/// The packet to show, where `wanted` is the last that was sent. What comes after a pause is shown at once, and so is what stays.
#[hook]
pub fn use_unhurried(story: &Told, wanted: Option<usize>) -> Option<usize> {
    let held = use_mut_ref(Held::default);
    let over = use_force_update();
    let mut now = held.borrow_mut();
    let same_story = now.shown.as_ref().is_some_and(|(told, _)| told == story);
    now.changed |= now.wanted != wanted;
    now.wanted = wanted;
    match &now.shown {
        Some((_, shown)) if same_story && (*shown == wanted || now.until.is_some()) => *shown,
        _ => {
            now.shown = Some((story.clone(), wanted));
            (now.changed, now.stretches) = (false, 0);
            // The first of all is not followed by others yet.
            now.until = same_story.then(|| stretch(&held, over));
            wanted
        }
    }
}

fn stretch(held: &Rc<RefCell<Held>>, over: UseForceUpdateHandle) -> Timeout {
    let held = held.clone();
    Timeout::new(STAYS_MS, move || {
        let mut now = held.borrow_mut();
        let done = now.until.take();
        now.stretches += 1;
        if std::mem::take(&mut now.changed) && now.stretches < STRETCHES {
            now.until = Some(stretch(&held, over));
        } else {
            over.force_update();
        }
        drop(done);
    })
}
