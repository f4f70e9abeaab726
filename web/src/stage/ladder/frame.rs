//! How large the frame is, how it is scrolled and how fast, and what the wheel does in it.

use super::pane::Laid;
use gloo::events::{EventListener, EventListenerOptions, EventListenerPhase};
use gloo::timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, ResizeObserver, WheelEvent};
use yew::prelude::*;

/// What the browser says of the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// In sixteenths of the font size.
    pub width: f64,
    /// The same.
    pub height: f64,
    /// A sixteenth of the font size, in CSS pixels.
    pub unit: f64,
    /// The browser has told; else it is a guess.
    pub told: bool,
}

/// Before the browser has told.
const AT_FIRST: Measured = Measured { width: 640.0, height: 640.0, unit: 1.0, told: false };

/// The frame's size, now and whenever it changes. The ruler is 16 rem wide.
#[hook]
pub fn use_frame(frame: &NodeRef, ruler: &NodeRef) -> Measured {
    let measured = use_state_eq(|| AT_FIRST);
    let (frame, ruler, set) = (frame.clone(), ruler.clone(), measured.clone());
    use_effect_with((), move |()| {
        let of = frame.clone();
        let first = Rc::new(Cell::new(true));
        let measure = move || {
            let (Some(element), Some(rule)) = (of.cast::<Element>(), ruler.cast::<Element>()) else { return };
            let unit = f64::from(rule.client_width()) / 256.0;
            let (width, height) = (f64::from(element.client_width()), f64::from(element.client_height()));
            if unit > 0.0 && width > 0.0 {
                // The frame grows with what is in it up to its largest height, and at first there is nothing.
                let height = if first.replace(false) { AT_FIRST.height } else { height / unit };
                set.set(Measured { width: (width / unit).floor(), height, unit, told: true });
            }
        };
        measure();
        // Not while the browser tells of sizes: what is drawn anew then may have another size, which it would have to tell again.
        let later = Rc::new(RefCell::new(None));
        let call = {
            let (measure, later) = (measure.clone(), later.clone());
            Closure::<dyn FnMut()>::new(move || {
                *later.borrow_mut() = Some(Timeout::new(0, measure.clone()));
            })
        };
        let observer = ResizeObserver::new(call.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, frame.cast::<Element>()) {
            observer.observe(&element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            later.borrow_mut().take();
            drop(call);
        }
    });
    *measured
}

/// So far within so many milliseconds is haste.
const WHILE_MS: u32 = 150;
/// Where time leads: farther than any story goes at its usual speed. In sixteenths of the font size.
const FAR: f64 = 150.0;
/// Where the hand leads that scrolls, and the eye looks for something.
const FAR_BY_HAND: f64 = 600.0;

/// How the ladder goes from place to place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// Faster than anybody can read, as when the bar is dragged.
    pub hasty: bool,
    /// What stood in the frame before was of the same plan.
    pub same: bool,
}

#[derive(Default)]
struct Passed {
    last: Option<(Laid, f64)>,
    /// Where it was when the while began, and how often it has moved since.
    since: Option<(f64, u32, Timeout)>,
    hasty: bool,
}

/// How it goes, when it comes to stand here, led by time or by hand. One jump, however far, is no haste: what is looked at then is wanted whole.
#[hook]
pub fn use_course(plan: &Laid, place: f64, by_time: bool) -> Course {
    let passed = use_mut_ref(Passed::default);
    let rested = use_force_update();
    let before = passed.borrow_mut().last.replace((plan.clone(), place));
    let same = before.as_ref().is_some_and(|(was, _)| was == plan);
    let before = before.filter(|_| same).map_or(place, |(_, before)| before);
    if (before - place).abs() > 0.25 {
        let mut now = passed.borrow_mut();
        let (from, moves, end) = now.since.take().unwrap_or_else(|| (before, 0, look_again(&passed, rested)));
        now.hasty |= moves > 0 && (place - from).abs() > if by_time { FAR } else { FAR_BY_HAND };
        now.since = Some((from, moves + 1, end));
    }
    let hasty = passed.borrow().hasty;
    Course { hasty, same }
}

/// After a while: whether it has come to rest.
fn look_again(passed: &Rc<RefCell<Passed>>, rested: UseForceUpdateHandle) -> Timeout {
    let passed = passed.clone();
    Timeout::new(WHILE_MS, move || {
        let mut now = passed.borrow_mut();
        let Some((from, moves, over)) = now.since.take() else { return };
        if now.hasty {
            let place = now.last.as_ref().map_or(from, |(_, place)| *place);
            // Many small moves are those of a story that plays; of a few, large ones may be about to follow.
            let rests = moves == 0 || moves > 2 && (place - from).abs() < FAR / 2.0;
            if rests {
                now.hasty = false;
                rested.force_update();
            } else {
                now.since = Some((place, 0, look_again(&passed, rested.clone())));
            }
        }
        drop(over);
    })
}

/// Where the ladder itself has scrolled its frame to.
#[derive(Debug, Default)]
pub struct Scrolled {
    /// In sixteenths of the font size.
    pub place: f64,
    /// In CSS pixels.
    pixels: i32,
    /// The browser is yet to tell of it.
    pub awaited: bool,
}

impl Scrolled {
    /// Scrolls, before anything is drawn anew: then the browser need not lay anything out for it.
    pub fn go(&mut self, frame: &NodeRef, place: f64, unit: f64) {
        let pixels = (place * unit).round() as i32;
        if (place - self.place).abs() <= 0.25 || pixels == self.pixels {
            return;
        }
        if let Some(element) = frame.cast::<Element>() {
            element.set_scroll_top(pixels);
            *self = Scrolled { place, pixels, awaited: true };
        }
    }

    /// Scrolls after something has been drawn, and sees how far the browser goes.
    pub fn settle(&mut self, frame: &NodeRef, place: f64, unit: f64) {
        let Some(element) = frame.cast::<Element>() else { return };
        element.set_scroll_top((place * unit).round() as i32);
        let pixels = element.scroll_top();
        *self = Scrolled { place: f64::from(pixels) / unit, pixels, awaited: false };
    }

    /// Whether the ladder itself has brought the frame there, in CSS pixels: what a pixel is in sixteenths may have changed since.
    pub fn was_to(&self, pixels: i32) -> bool {
        (self.pixels - pixels).abs() <= 2
    }

    /// The person has scrolled, to here.
    pub fn moved(&mut self, place: f64, unit: f64) {
        *self = Scrolled { place, pixels: (place * unit).round() as i32, awaited: false };
    }
}

/// The wheel scrolls, and then the ladder no longer follows; with Ctrl it zooms at the pointer.
#[hook]
pub fn use_wheel(frame: &NodeRef, unit: f64, unfollow: &Callback<()>, zoom: &Callback<(i32, Option<f64>)>) {
    let latest = use_mut_ref(|| (unit, unfollow.clone(), zoom.clone()));
    *latest.borrow_mut() = (unit, unfollow.clone(), zoom.clone());
    let frame = frame.clone();
    use_effect_with((), move |()| {
        let element = frame.cast::<Element>();
        // Not passive: a page that zooms as well would go away under the pointer.
        let options = EventListenerOptions { phase: EventListenerPhase::Bubble, passive: false };
        let told = latest.clone();
        let wheel = element.clone().map(|element| {
            let of = element.clone();
            EventListener::new_with_options(&element, "wheel", options, move |event| {
                let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
                let (unit, unfollow, zoom) = told.borrow().clone();
                if event.ctrl_key() {
                    event.prevent_default();
                    let below = f64::from(event.client_y()) - of.get_bounding_client_rect().top();
                    zoom.emit((if event.delta_y() < 0.0 { 1 } else { -1 }, Some(below / unit)));
                } else {
                    unfollow.emit(());
                }
            })
        });
        let touch = element
            .map(|element| EventListener::new(&element, "touchmove", move |_| latest.borrow().1.emit(())));
        move || drop((wheel, touch))
    });
}
