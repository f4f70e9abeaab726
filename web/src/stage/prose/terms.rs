//! The terms on the page: elements that a person can point at, focus and press while their story has what they name.

use super::find::{Found, find, is_lit};
use crate::stage::{Act, Focus, Told};
use gloo::events::{EventListener, EventListenerOptions};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};
use yew::prelude::*;

/// The terms of one story; when it is dropped, they are plain text again.
pub struct Terms {
    terms: Rc<Vec<(Element, Found)>>,
    _listeners: Vec<EventListener>,
}

impl Terms {
    /// Joins the prose around an element to a story. `None` where there is no prose.
    pub fn join(root: &NodeRef, story: Told, act: Callback<Act>) -> Option<Terms> {
        let prose = root.cast::<Element>()?.closest("[data-prose]").ok()??;
        let marked = prose.query_selector_all("[data-thing]").ok()?;
        let elements = (0..marked.length()).filter_map(|place| marked.get(place)?.dyn_into::<Element>().ok());
        let found = |element: Element| {
            let found = find(&story, &element.get_attribute("data-thing")?)?;
            Some((element, found))
        };
        let terms: Rc<Vec<(Element, Found)>> = Rc::new(elements.filter_map(found).collect());
        for (element, _) in &*terms {
            let _ = element.set_attribute("class", "term");
            // A link stays one: pointing at it lights up what it names, and following it leads to where it leads.
            if !is_link(element) {
                for (name, value) in [("role", "button"), ("tabindex", "0")] {
                    let _ = element.set_attribute(name, value);
                }
            }
        }
        let mut listeners = Vec::new();
        for name in ["pointerover", "focusin"] {
            let (terms, act) = (terms.clone(), act.clone());
            listeners.push(EventListener::new(&prose, name, move |event| {
                if let Some((_, found)) = of(&terms, event) {
                    act.emit(Act::Point(Some(found.thing)));
                }
            }));
        }
        for name in ["pointerout", "focusout"] {
            let (terms, act) = (terms.clone(), act.clone());
            listeners.push(EventListener::new(&prose, name, move |event| {
                if of(&terms, event).is_some() {
                    act.emit(Act::Point(None));
                }
            }));
        }
        {
            let (terms, act) = (terms.clone(), act.clone());
            listeners.push(EventListener::new(&prose, "click", move |event| pick(&terms, event, &act)));
        }
        {
            let (terms, act) = (terms.clone(), act);
            let options = EventListenerOptions::enable_prevent_default();
            listeners.push(EventListener::new_with_options(&prose, "keydown", options, move |event| {
                let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key).unwrap_or_default();
                if matches!(&key[..], "Enter" | " ")
                    && of(&terms, event).is_some_and(|(element, _)| !is_link(&element))
                {
                    event.prevent_default();
                    pick(&terms, event, &act);
                }
            }));
        }
        Some(Terms { terms, _listeners: listeners })
    }

    /// Lights up those whose thing does.
    pub fn show(&self, focus: &Focus) {
        for (element, found) in &*self.terms {
            let picked = focus.picked == Some(found.thing);
            let class = match (picked, is_lit(focus, found.thing)) {
                (true, _) => "term lit picked",
                (false, true) => "term lit",
                (false, false) => "term",
            };
            let _ = element.set_attribute("class", class);
            if !is_link(element) {
                let _ = element.set_attribute("aria-pressed", if picked { "true" } else { "false" });
            }
        }
    }
}

impl Drop for Terms {
    fn drop(&mut self) {
        for (element, _) in &*self.terms {
            for name in ["class", "role", "tabindex", "aria-pressed"] {
                let _ = element.remove_attribute(name);
            }
        }
    }
}

/// The term in which an event happened.
fn of(terms: &[(Element, Found)], event: &Event) -> Option<(Element, Found)> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let element = target.closest("[data-thing]").ok()??;
    terms.iter().find(|(one, _)| *one == element).cloned()
}

/// Whether a term leads somewhere by itself.
fn is_link(element: &Element) -> bool {
    element.has_attribute("href")
}

/// Picks what a term names, and goes to where it is best seen; what is picked already is let go.
fn pick(terms: &[(Element, Found)], event: &Event, act: &Callback<Act>) {
    let Some((element, found)) = of(terms, event).filter(|(element, _)| !is_link(element)) else { return };
    if element.get_attribute("aria-pressed").as_deref() == Some("true") {
        act.emit(Act::Pick(None));
        return;
    }
    if let Some(at) = found.at {
        act.emit(Act::Seek(at));
    }
    act.emit(Act::Pick(Some(found.thing)));
}
