//! What moves the desk's clock: animation frames while it plays and can be seen, beats for those who want no motion, one frame of delay
//! for changes that come in quick succession. Each hook owns what it asks of the browser, and gives it back.

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::Array;
use sockets::Micros;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};
use web_sys::{ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

/// A longer pause between two frames was none that anybody watched.
const LONGEST_FRAME_MS: f64 = 100.0;

/// Asks for the next animation frame; the answer cancels it.
struct Frame {
    number: i32,
    _closure: Closure<dyn FnMut(f64)>,
}

impl Frame {
    fn next(then: impl FnOnce(f64) + 'static) -> Option<Frame> {
        let closure = Closure::once(then);
        let number = web_sys::window()?.request_animation_frame(closure.as_ref().unchecked_ref()).ok()?;
        Some(Frame { number, _closure: closure })
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            let _ = window.cancel_animation_frame(self.number);
        }
    }
}

/// Frames one after the other, until it is dropped.
struct Frames {
    next: Rc<RefCell<Option<Frame>>>,
    goes: Rc<Cell<bool>>,
}

impl Frames {
    fn start(each: Callback<Micros>) -> Frames {
        let frames = Frames { next: Rc::default(), goes: Rc::new(Cell::new(true)) };
        ask(frames.next.clone(), frames.goes.clone(), None, each);
        frames
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.goes.set(false);
        self.next.take();
    }
}

fn ask(next: Rc<RefCell<Option<Frame>>>, goes: Rc<Cell<bool>>, last: Option<f64>, each: Callback<Micros>) {
    let again = next.clone();
    let frame = Frame::next(move |now| {
        // The frame that runs now may not be dropped while it runs.
        let running = again.take();
        if let Some(last) = last {
            let passed = (now - last).clamp(0.0, LONGEST_FRAME_MS);
            each.emit(Micros((passed * 1_000.0) as u64));
        }
        if goes.get() {
            ask(again, goes, Some(now), each);
        }
        drop(running);
    });
    *next.borrow_mut() = frame;
}

/// Calls with the time that passed, once in every frame, while `on`.
#[hook]
pub fn use_frames(on: bool, each: Callback<Micros>) {
    let latest = use_mut_ref(|| each.clone());
    *latest.borrow_mut() = each;
    use_effect_with(on, move |&on| {
        let frames = on.then(|| {
            Frames::start(Callback::from(move |passed| {
                let each = latest.borrow().clone();
                each.emit(passed);
            }))
        });
        move || drop(frames)
    });
}

/// Calls once in the next frame after `key` has become another one, if `on`.
#[hook]
pub fn use_next_frame<K: PartialEq + 'static>(on: bool, key: K, then: Callback<()>) {
    use_effect_with((on, key), move |(on, _)| {
        let frame = on.then(|| Frame::next(move |_| then.emit(()))).flatten();
        move || drop(frame)
    });
}

/// Calls after so many milliseconds, once for each `key`, while `on`.
#[hook]
pub fn use_later<K: PartialEq + 'static>(on: bool, key: K, millis: u32, then: Callback<()>) {
    use_effect_with((on, key), move |(on, _)| {
        let timeout = on.then(|| Timeout::new(millis, move || then.emit(())));
        move || drop(timeout)
    });
}

/// Whether the element is on the screen: its page is shown, and it is not scrolled away.
#[hook]
pub fn use_in_sight(node: NodeRef) -> bool {
    let near = use_state_eq(|| true);
    let shown = use_state_eq(|| true);
    {
        let near = near.clone();
        use_effect_with((), move |()| {
            let answer: Closure<dyn FnMut(Array)> = Closure::new(move |entries: Array| {
                let last = entries.at(-1).dyn_into::<IntersectionObserverEntry>();
                near.set(last.is_ok_and(|entry| entry.is_intersecting()));
            });
            let observer = IntersectionObserver::new(answer.as_ref().unchecked_ref()).ok();
            if let (Some(observer), Some(element)) = (&observer, node.cast::<Element>()) {
                observer.observe(&element);
            }
            move || {
                if let Some(observer) = observer {
                    observer.disconnect();
                }
                drop(answer);
            }
        });
    }
    {
        let shown = shown.clone();
        use_effect_with((), move |()| {
            let listener = web_sys::window().and_then(|window| window.document()).map(|document| {
                let page = document.clone();
                EventListener::new(&document, "visibilitychange", move |_| shown.set(!page.hidden()))
            });
            move || drop(listener)
        });
    }
    *near && *shown
}

/// Whether the person wants no motion.
#[hook]
pub fn use_reduced_motion() -> bool {
    let reduced = use_state_eq(|| false);
    {
        let reduced = reduced.clone();
        use_effect_with((), move |()| {
            let query = web_sys::window()
                .and_then(|window| window.match_media("(prefers-reduced-motion: reduce)").ok()?);
            let listener = query.map(|query| {
                reduced.set(query.matches());
                let asked = query.clone();
                EventListener::new(&query, "change", move |_| reduced.set(asked.matches()))
            });
            move || drop(listener)
        });
    }
    *reduced
}

/// Calls when the fragment of the address has become another one.
#[hook]
pub fn use_fragment(then: Callback<String>) {
    use_effect_with((), move |()| {
        let listener = web_sys::window().map(|window| {
            EventListener::new(&window, "hashchange", move |_| {
                then.emit(crate::browser::place().fragment);
            })
        });
        move || drop(listener)
    });
}

/// Brings the stage into sight where it is not: its top to the window's, so that the ladder ends above the transport. Whoever looks
/// at a view farther down the stage stays there.
pub fn show_stage(stage: &NodeRef, reduced: bool) {
    let (Some(stage), Some(window)) = (stage.cast::<Element>(), web_sys::window()) else { return };
    let height = window.inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    let place = stage.get_bounding_client_rect();
    // Where the ladder ends is where now may stand; the transport covers what is behind it.
    let place_of = |css: &str, of: &Element| {
        of.query_selector(css).ok().flatten().map(|found| found.get_bounding_client_rect())
    };
    let ladder = place_of(".ladder-frame", &stage).map_or(place.bottom(), |frame| frame.bottom());
    let covered = stage.parent_element().and_then(|desk| place_of(".transport", &desk));
    let floor = covered.map_or(height, |transport| transport.top().min(height));
    if (place.top() > 8.0 && ladder > floor + 1.0) || place.bottom() < floor / 4.0 {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Start);
        options.set_behavior(if reduced { ScrollBehavior::Instant } else { ScrollBehavior::Smooth });
        stage.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Opens a native dialog that is closed.
pub fn open_dialog(node: &NodeRef) {
    if let Some(dialog) = node.cast::<web_sys::HtmlDialogElement>().filter(|dialog| !dialog.open()) {
        let _ = dialog.show_modal();
    }
}

/// Gives the keyboard to an element.
pub fn focus(node: &NodeRef) {
    if let Some(element) = node.cast::<web_sys::HtmlElement>() {
        let _ = element.focus();
    }
}

/// Before what was pressed goes away: the keyboard stays with the desk around it, and does not fall back to the page's beginning.
pub fn keep_keyboard(event: &MouseEvent) {
    use wasm_bindgen::JsCast;
    let pressed = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let desk = pressed.and_then(|pressed| pressed.closest(".desk").ok().flatten());
    if let Some(desk) = desk.and_then(|desk| desk.dyn_into::<web_sys::HtmlElement>().ok()) {
        let scrolled = web_sys::window().and_then(|window| Some((window.clone(), window.scroll_y().ok()?)));
        let _ = desk.focus();
        // The desk begins above what is looked at.
        if let Some((window, top)) = scrolled {
            window.scroll_to_with_x_and_y(0.0, top);
        }
    }
}

/// Keys that are pressed while nothing has the keyboard: they are the desk's where it is in sight and the only one.
#[hook]
pub fn use_stray_keys(in_sight: bool, then: Callback<KeyboardEvent>) {
    use_effect_with((in_sight, then), move |(in_sight, then)| {
        let (in_sight, then) = (*in_sight, then.clone());
        let document = web_sys::window().and_then(|window| window.document()).filter(|_| in_sight);
        let listener = document.map(|document| {
            let options = gloo::events::EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&document.clone(), "keydown", options, move |event| {
                use wasm_bindgen::JsCast;
                let nobody = document.active_element().is_none_or(|it| it.tag_name() == "BODY");
                let alone = document.get_elements_by_class_name("desk").length() == 1;
                if let Some(event) = event.dyn_ref::<KeyboardEvent>().filter(|_| nobody && alone) {
                    then.emit(event.clone());
                }
            })
        });
        move || drop(listener)
    });
}

/// Writes the fragment into the address bar, as a step in the history or without one. Nothing takes it away.
pub fn write_fragment(fragment: &str, step: bool) {
    let Some(window) = web_sys::window() else { return };
    let location = window.location();
    let mut address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if !fragment.is_empty() {
        address = address + "#" + fragment;
    }
    if let Ok(history) = window.history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = match step {
            true => history.push_state_with_url(&state, "", Some(&address)),
            false => history.replace_state_with_url(&state, "", Some(&address)),
        };
    }
}
