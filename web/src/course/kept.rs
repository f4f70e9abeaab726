//! A learner's progress, kept in this browser and nowhere else.
//!
//! ```text
//!   an answer --change--> read the store, change, write the store --tell--> every part of the page that shows it
//!                                                     '--the browser's "storage" event--> the same page in other tabs
//! ```
//!
//! What is kept is read again before each change, so that two tabs do not lose each other's. Where the browser keeps nothing, or holds
//! what cannot be read, nothing is written over it: the page goes on with what it remembers, and says so.

use crate::browser::{self, Keep};
use gloo::events::EventListener;
use lessons::Progress;
use lessons::progress::{BadProgress, Day};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// Where the browser keeps it.
const KEY: &str = "tcp-lab-progress";

/// Why what is done now will not be there the next time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The browser's store is full or forbidden.
    NotKept,
    /// What it holds cannot be read.
    Unreadable(BadProgress),
}

impl Trouble {
    /// In words.
    pub fn says(&self) -> String {
        match self {
            Trouble::NotKept => "Your browser keeps nothing for this page: its store is full, or forbidden. What you do is remembered until you leave \
                                 or reload the page. The course works all the same; to keep it, save it to a file on the page of the course."
                .into(),
            Trouble::Unreadable(why) => format!(
                "What your browser has kept of your progress cannot be read. {why} It is left as it is, and what you do now is remembered only until \
                 you leave or reload the page."
            ),
        }
    }
}

/// What is known now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// What was done.
    pub progress: Rc<Progress>,
    /// The day, where the learner is.
    pub today: Day,
    /// Why it will not last.
    pub trouble: Option<Trouble>,
}

/// What came of an exercise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// It was begun, and has no wrong answers.
    Begun,
    /// The answer was wrong.
    Wrong,
    /// The answer was right.
    Right,
}

#[derive(Default)]
struct Here {
    /// What could not be written.
    unwritten: Option<Progress>,
    listeners: Vec<(u32, Callback<()>)>,
    /// The number of the next listener.
    next: u32,
    /// The browser's own news.
    news: Vec<EventListener>,
    /// Whether somebody was told of a trouble.
    told: bool,
}

thread_local! {
    static HERE: RefCell<Here> = RefCell::default();
}

/// What is known from what the browser has, and from what could not be written.
fn together(stored: Option<&str>, unwritten: Option<&Progress>, today: Day) -> Kept {
    let (mut progress, mut trouble) = match stored.map(Progress::read) {
        None => (Progress::default(), None),
        Some(Ok(progress)) => (progress, None),
        Some(Err(bad)) => (Progress::default(), Some(Trouble::Unreadable(bad))),
    };
    if let Some(unwritten) = unwritten {
        // It is the newer one.
        let mut both = unwritten.clone();
        both.merge(&progress);
        progress = both;
        trouble = trouble.or(Some(Trouble::NotKept));
    }
    Kept { progress: Rc::new(progress), today, trouble }
}

/// What is known now.
pub fn now() -> Kept {
    let stored = stored();
    HERE.with_borrow(|here| together(stored.as_deref(), here.unwritten.as_ref(), browser::today()))
}

/// What the browser has, as it stands there.
pub fn stored() -> Option<String> {
    browser::stored(Keep::Ever, KEY)
}

/// Changes what was done. Whether somebody is to be told that it will not last: once.
pub fn change(how: impl FnOnce(&mut Progress, Day)) -> Option<Trouble> {
    let before = now();
    let mut progress = Progress::clone(&before.progress);
    how(&mut progress, before.today);
    if progress != *before.progress {
        let unreadable = matches!(before.trouble, Some(Trouble::Unreadable(_)));
        let written = !unreadable && browser::put(Keep::Ever, KEY, Some(&progress.to_json()));
        HERE.with_borrow_mut(|here| here.unwritten = (!written).then_some(progress));
        tell();
    }
    let trouble = now().trouble?;
    HERE.with_borrow_mut(|here| !std::mem::replace(&mut here.told, true)).then_some(trouble)
}

/// Puts another in the place of what is kept. Whether it could be: what is kept stays where the browser has no room for the other.
pub fn replace(progress: &Progress) -> bool {
    let done = browser::put(Keep::Ever, KEY, Some(&progress.to_json()));
    // Where nothing is kept, nothing can be lost.
    let remembered = !done && stored().is_none();
    if done || remembered {
        HERE.with_borrow_mut(|here| here.unwritten = remembered.then(|| progress.clone()));
        tell();
    }
    done || remembered
}

/// Forgets everything.
pub fn forget() {
    browser::put(Keep::Ever, KEY, None);
    HERE.with_borrow_mut(|here| here.unwritten = None);
    tell();
}

/// An exercise was answered.
pub fn answered(lesson: &str, exercise: &str, came: Came) -> Option<Trouble> {
    change(|progress, today| {
        progress.visited(lesson);
        match came {
            Came::Begun => progress.begun(lesson, exercise, today),
            Came::Wrong | Came::Right => progress.answered(lesson, exercise, came == Came::Right, today),
        }
    })
}

/// A lesson was opened. Whoever only looks is told of no trouble.
pub fn visited(lesson: &str) {
    if now().progress.last() != Some(lesson) {
        let told = HERE.with_borrow(|here| here.told);
        change(|progress, _| progress.visited(lesson));
        HERE.with_borrow_mut(|here| here.told = told);
    }
}

fn tell() {
    let listeners: Vec<Callback<()>> =
        HERE.with_borrow(|here| here.listeners.iter().map(|(_, listener)| listener.clone()).collect());
    listeners.iter().for_each(|listener| listener.emit(()));
}

/// Whoever holds it is told of changes.
struct Listening(u32);

impl Drop for Listening {
    fn drop(&mut self) {
        HERE.with_borrow_mut(|here| here.listeners.retain(|(number, _)| *number != self.0));
    }
}

fn listen(listener: Callback<()>) -> Listening {
    HERE.with_borrow_mut(|here| {
        if here.news.is_empty()
            && let Some(window) = web_sys::window()
        {
            // Another tab has written; and a page that comes out of the history has heard nothing meanwhile.
            here.news =
                ["storage", "pageshow"].map(|news| EventListener::new(&window, news, |_| tell())).into();
        }
        here.next += 1;
        here.listeners.push((here.next, listener));
        Listening(here.next)
    })
}

/// What is known, always the newest.
#[hook]
pub fn use_kept() -> Kept {
    let kept = use_state_eq(now);
    {
        let setter = kept.setter();
        use_effect_with((), move |()| {
            let again = setter.clone();
            let listening = listen(Callback::from(move |()| again.set(now())));
            // What has happened since it was drawn.
            setter.set(now());
            move || drop(listening)
        });
    }
    (*kept).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(lesson: &str, exercise: &str, day: Day) -> Progress {
        let mut progress = Progress::default();
        progress.answered(lesson, exercise, true, day);
        progress
    }

    #[test]
    fn what_could_not_be_written_is_shown_with_what_was_and_said_not_to_last() {
        let (old, new) = (solved("a", "old", 1), solved("a", "new", 2));
        let kept = together(Some(&old.to_json()), Some(&new), 2);
        assert_eq!((kept.progress.count(), kept.trouble), ((2, 0), Some(Trouble::NotKept)));
        let kept = together(Some(&old.to_json()), None, 2);
        assert_eq!((kept.progress.count(), kept.trouble), ((1, 0), None));
        assert_eq!(together(None, None, 2).trouble, None, "that nothing is kept yet is no trouble");
    }

    #[test]
    fn what_cannot_be_read_is_said_and_hides_nothing_that_is_remembered() {
        let kept = together(Some("{"), Some(&solved("a", "new", 2)), 2);
        assert_eq!(kept.progress.count(), (1, 0));
        assert!(matches!(&kept.trouble, Some(Trouble::Unreadable(_))));
        assert!(kept.trouble.expect("there is one").says().contains("left as it is"));
    }
}
