//! Segments follow each other faster than anybody can read a header: it shows one of them for some time before it shows another.

use crate::stage::Told;
use gloo::timers::callback::Timeout;
use yew::prelude::*;

/// Nobody reads a header in so many milliseconds.
const HOLD_MS: u32 = 100;

#[derive(Default)]
struct Held {
    shown: Option<(Told, Option<usize>)>,
    /// While it is held.
    until: Option<Timeout>,
}

/// The packet to show, where `wanted` is the last that was sent. What comes after a pause is shown at once, and so is what stays.
#[hook]
pub fn use_unhurried(story: &Told, wanted: Option<usize>) -> Option<usize> {
    let held = use_mut_ref(Held::default);
    let over = use_force_update();
    let ours = held.clone();
    let mut now = held.borrow_mut();
    match &now.shown {
        Some((told, shown)) if told == story && (*shown == wanted || now.until.is_some()) => *shown,
        before => {
            // The first of all is not followed by others yet.
            let follows = before.as_ref().is_some_and(|(told, _)| told == story);
            now.shown = Some((story.clone(), wanted));
            now.until = follows.then(|| {
                Timeout::new(HOLD_MS, move || {
                    let done = ours.borrow_mut().until.take();
                    over.force_update();
                    drop(done);
                })
            });
            wanted
        }
    }
}
