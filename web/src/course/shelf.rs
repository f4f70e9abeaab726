//! The exercises of a lesson's page: one file beside it, fetched once.

use crate::browser;
use lessons::Exercise;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use yew::prelude::*;

/// What came of fetching a lesson's exercises.
pub type Fetched = Result<Rc<Vec<Rc<Exercise>>>, String>;

thread_local! {
    static SHELVES: RefCell<BTreeMap<String, Shelf>> = const { RefCell::new(BTreeMap::new()) };
}

enum Shelf {
    /// These want to know.
    Coming(Vec<Callback<Fetched>>),
    There(Rc<Vec<Rc<Exercise>>>),
}

/// Hands a lesson's exercises to whoever asks, when they are there.
pub fn ask(lesson: &str, then: Callback<Fetched>) {
    let begins = SHELVES.with_borrow_mut(|shelves| match shelves.get_mut(lesson) {
        Some(Shelf::There(all)) => {
            then.emit(Ok(all.clone()));
            false
        }
        Some(Shelf::Coming(waiting)) => {
            waiting.push(then);
            false
        }
        None => {
            shelves.insert(lesson.to_owned(), Shelf::Coming(vec![then]));
            true
        }
    });
    if !begins {
        return;
    }
    let lesson = lesson.to_owned();
    wasm_bindgen_futures::spawn_local(async move {
        let text = match browser::of_site(&format!("learn/{lesson}/exercises.json")) {
            Some(address) => browser::text_of(&address).await,
            None => Err("this page does not know where it lies".into()),
        };
        let read =
            |text: String| serde_json::from_str::<Vec<Exercise>>(&text).map_err(|error| error.to_string());
        let fetched: Fetched = text.and_then(read).map(|all| Rc::new(all.into_iter().map(Rc::new).collect()));
        let shelf = SHELVES.with_borrow_mut(|shelves| match &fetched {
            Ok(all) => shelves.insert(lesson, Shelf::There(all.clone())),
            // Whoever asks again tries again.
            Err(_) => shelves.remove(&lesson),
        });
        if let Some(Shelf::Coming(waiting)) = shelf {
            waiting.iter().for_each(|then| then.emit(fetched.clone()));
        }
    });
}
