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
    height: Cell<f64>,
    /// Where the list is to be scrolled to, in CSS pixels.
    wanted: Cell<Option<i32>>,
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
        // Not in whole pixels: over a thousand rows a part of one is half of a screen.
        let height = ruler.get_bounding_client_rect().height().max(1.0);
        let rows = |pixels: i32| (f64::from(pixels) / height + 0.1) as usize;
        let first = rows(room.scroll_top());
        // The header covers a row.
        let fits = rows(room.client_height()).saturating_sub(1).max(1);
        self.now.height.set(height);
        self.now.window.set(Window { first, fits });
    }

    /// A row is to be seen: what is drawn next takes it into account, and then [`Seen::scroll`] scrolls there.
    pub fn reveal(&self, row: usize, rows: usize) {
        let window = self.now.window.get();
        let Some(first) = window.reveal(row, rows) else { return };
        self.now.wanted.set(Some((first as f64 * self.now.height.get()).round() as i32));
        self.now.window.set(Window { first, ..window });
    }

    /// Scrolls where it is wanted, before anything is drawn anew: then the browser need not lay anything out for it.
    pub fn scroll(&self) {
        if let (Some(top), Some(room)) = (self.now.wanted.take(), self.room.cast::<HtmlElement>()) {
            room.set_scroll_top(top);
            self.now.awaited.set(true);
        }
    }

    /// The same in a list that is drawn already, however long that has become.
    pub fn show(&self, row: usize, rows: usize) {
        let before = self.window();
        self.measure();
        self.reveal(row, rows);
        self.scroll();
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
        height: Cell::new(1.0),
        wanted: Cell::new(None),
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
