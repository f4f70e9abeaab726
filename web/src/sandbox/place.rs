//! What the sandbox asks of the browser: its own part of the address, files, and to scroll to a line.
//!
//! As in [`crate::browser`]: where the browser says no, nothing happens. Natively there is no browser, and nothing to answer.

use crate::browser;
use gloo::events::EventListener;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Element, HtmlAnchorElement, HtmlInputElement, HtmlTextAreaElement, Url, Window};
use yew::prelude::*;

fn window() -> Option<Window> {
    if cfg!(target_arch = "wasm32") { web_sys::window() } else { None }
}

fn fragment() -> String {
    window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

fn parts(fragment: &str) -> impl Iterator<Item = (&str, &str)> {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    fragment.split('&').filter(|part| !part.is_empty()).map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// The fragment with another value under this key, or without it.
pub(super) fn fragment_with(fragment: &str, key: &str, value: Option<&str>) -> String {
    let others =
        parts(fragment).filter(|(known, _)| *known != key).map(|(key, value)| format!("{key}={value}"));
    let own = value.map(|value| format!("{key}={value}"));
    // What a person may want to read comes first.
    others.chain(own).collect::<Vec<_>>().join("&")
}

/// What stands under a key in the address.
pub fn fragment_value(key: &str) -> Option<String> {
    parts(&fragment()).find(|(known, _)| *known == key).map(|(_, value)| value.to_owned())
}

/// Goes to the address with this value, so that whoever listens to the address learns of it; no page is added to the history.
pub fn tell_fragment(key: &str, value: &str) {
    if let Some(window) = window() {
        let text = fragment_with(&fragment(), key, Some(value));
        let _ = window.location().replace(&format!("#{text}"));
    }
}

/// Writes a value into the address, in silence.
pub fn write_fragment(key: &str, value: Option<&str>) {
    let Some(window) = window() else { return };
    let old = fragment();
    let text = fragment_with(&old, key, value);
    if old.strip_prefix('#').unwrap_or(&old) == text {
        return;
    }
    let location = window.location();
    let mut address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if !text.is_empty() {
        address += &format!("#{text}");
    }
    if let Ok(history) = window.history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(&address));
    }
}

/// Calls back with what stands under a key whenever the address changes.
#[hook]
pub fn use_fragment_value(key: &'static str, then: Callback<String>) {
    use_effect_with(then, move |then| {
        let then = then.clone();
        let listener = window().map(|window| {
            EventListener::new(&window, "hashchange", move |_| {
                if let Some(value) = fragment_value(key) {
                    then.emit(value);
                }
            })
        });
        move || drop(listener)
    });
}

/// Goes to the sandbox's page, as a step in the history, with this fragment.
pub fn visit(fragment: &str) {
    let Some(window) = window() else { return };
    let Some(page) = browser::of_site("sandbox/") else { return };
    let mark = if fragment.is_empty() { "" } else { "#" };
    let _ = window.location().assign(&format!("{page}{mark}{fragment}"));
}

/// Lets the person save a text as a file.
pub fn save(name: &str, text: &str) {
    let made = || -> Option<()> {
        let blob = Blob::new_with_str_sequence(&Array::of1(&JsValue::from_str(text))).ok()?;
        let address = Url::create_object_url_with_blob(&blob).ok()?;
        let document = window()?.document()?;
        let link = document.create_element("a").ok()?.dyn_into::<HtmlAnchorElement>().ok()?;
        link.set_href(&address);
        link.set_download(name);
        link.click();
        Url::revoke_object_url(&address).ok()
    };
    made();
}

/// Reads the file that was chosen in a field, if it is a text of at most so many octets.
pub fn read_chosen(event: &Event, longest: usize, then: Callback<Result<String, String>>) {
    let Some(field) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    let Some(file) = field.files().and_then(|files| files.get(0)) else { return };
    // The same file may be chosen again.
    field.set_value("");
    let (name, size) = (file.name(), file.size());
    if size > longest as f64 {
        then.emit(Err(format!(
            "“{name}” has {size} octets, and at most {longest} are read here: choose a shorter one."
        )));
        return;
    }
    wasm_bindgen_futures::spawn_local(async move {
        let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
        then.emit(match text {
            Some(text) if text.contains('\0') => Err(format!("“{name}” is no text.")),
            Some(text) => Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n")),
            None => Err(format!("“{name}” could not be read.")),
        });
    });
}

/// Scrolls so that a line of the field is in sight.
pub fn show_line(field: &HtmlTextAreaElement, line: u32) {
    let sheet: Option<Element> = field.parent_element();
    let lines = sheet.and_then(|sheet| sheet.query_selector(".script-paint").ok().flatten());
    let found = lines.and_then(|lines| lines.children().item(line.saturating_sub(1)));
    if let Some(line) = found {
        let how = web_sys::ScrollIntoViewOptions::new();
        how.set_block(web_sys::ScrollLogicalPosition::Nearest);
        line.scroll_into_view_with_scroll_into_view_options(&how);
    }
}
