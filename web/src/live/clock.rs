//! The session's clock: the page's time, counted from the session's first record, as everything that is shown counts it.

use crate::browser;
use gloo::timers::callback::Interval;
use sockets::Instant;
use yew::prelude::*;

/// The session's time, if its first record was written at this time of the page.
pub fn now(began: Option<Instant>) -> Instant {
    began.map_or(Instant::START, |began| Instant(browser::now().since(began).0))
}

/// The session's time, again four times a second.
#[hook]
pub fn use_time(began: Option<Instant>) -> Instant {
    let time = use_state_eq(Instant::default);
    let set = time.clone();
    use_effect_with(began, move |&began| {
        set.set(now(began));
        let timer = Interval::new(250, move || set.set(now(began)));
        move || drop(timer)
    });
    *time
}
