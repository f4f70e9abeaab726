//! What of the list is in sight, and how it is scrolled. The browser is asked only when it may have something new to say: to ask makes it
//! lay out all that has changed since.

use super::window::Window;
use gloo::events::EventListener;
use std::cell::Cell;
use std::rc::Rc;
use web_sys::HtmlElement;
use yew::prelude::*;

/// At most so many rows are printed.
const PRINTED: usize = 2_000;

/// What is in sight.
#[derive(Clone)]
pub struct Seen {
    room: NodeRef,
    ruler: NodeRef,
    now: Rc<Now>,
    anew: UseForceUpdateHandle,
}

struct Now {
    window: Cell<Window>,
    /// That of a row, in CSS pixels.
    height: Cell<i32>,
    /// The browser is yet to tell that the list itself has scrolled.
    awaited: Cell<bool>,
}

impl Seen {
    /// The rows in sight.
    pub fn window(&self) -> Window {
        self.now.window.get()
    }

    /// Asks the browser.
    fn measure(&self) {
        let (Some(room), Some(ruler)) = (self.room.cast::<HtmlElement>(), self.ruler.cast::<HtmlElement>())
        else {
            return;
        };
        let height = ruler.offset_height().max(1);
        let first = usize::try_from(room.scroll_top() / height).unwrap_or(0);
        // The header covers a row.
        let fits = usize::try_from(room.client_height() / height).unwrap_or(0).saturating_sub(1).max(1);
        self.now.height.set(height);
        self.now.window.set(Window { first, fits });
    }

    /// Scrolls so that a row is seen. What is drawn next must take it into account.
    pub fn reveal(&self, row: usize, rows: usize) {
        let window = self.now.window.get();
        let (Some(first), Some(room)) = (window.reveal(row, rows), self.room.cast::<HtmlElement>()) else {
            return;
        };
        room.set_scroll_top(i32::try_from(first).unwrap_or(i32::MAX).saturating_mul(self.now.height.get()));
        self.now.awaited.set(true);
        self.now.window.set(Window { first, ..window });
    }

    /// The same in a list that is drawn already, however long that has become.
    pub fn show(&self, row: usize, rows: usize) {
        let before = self.window();
        self.measure();
        self.reveal(row, rows);
        self.draw(before);
    }

    fn look(&self) {
        let before = self.window();
        self.measure();
        self.draw(before);
    }

    fn draw(&self, before: Window) {
        if self.window() != before {
            self.anew.force_update();
        }
    }
}

/// The rows in sight; measured when the list is shown, scrolled, or the window gets another size.
#[hook]
pub fn use_seen(room: &NodeRef, ruler: &NodeRef) -> Seen {
    let now = use_memo((), |()| Now {
        window: Cell::new(Window { first: 0, fits: 24 }),
        height: Cell::new(1),
        awaited: Cell::new(false),
    });
    let seen = Seen { room: room.clone(), ruler: ruler.clone(), now, anew: use_force_update() };
    let told = seen.clone();
    use_effect_with((), move |()| {
        told.look();
        let mut listeners = Vec::new();
        if let Some(element) = told.room.cast::<HtmlElement>() {
            let seen = told.clone();
            listeners.push(EventListener::new(&element, "scroll", move |_| {
                if !seen.now.awaited.take() {
                    seen.look();
                }
            }));
        }
        if let Some(window) = web_sys::window() {
            let seen = told.clone();
            listeners.push(EventListener::new(&window, "resize", move |_| seen.look()));
            // Paper does not scroll.
            if let Ok(Some(print)) = window.match_media("print") {
                let (asked, seen) = (print.clone(), told);
                listeners.push(EventListener::new(&print, "change", move |_| {
                    if asked.matches() {
                        let before = seen.now.window.replace(Window { first: 0, fits: PRINTED });
                        seen.draw(before);
                    } else {
                        seen.look();
                    }
                }));
            }
        }
        move || drop(listeners)
    });
    seen
}
