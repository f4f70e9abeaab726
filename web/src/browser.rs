//! The few things that the page asks of the browser: the time, two stores, the address bar, the clipboard.
//!
//! Everything here may be called from effects and event handlers only: the prerenderer has no browser. Where the browser says no
//! (a full or forbidden store, a clipboard without permission), the answer is `None` or `false`, never a panic.

use js_sys::Promise;
use sockets::{Instant, Micros};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, RequestInit, RequestMode, Response, Storage,
    Window,
};
use yew::prelude::*;

fn window() -> Option<Window> {
    web_sys::window()
}

/// Microseconds since the page was loaded.
pub fn now() -> Instant {
    let millis =
        window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now());
    Instant((millis * 1_000.0) as u64)
}

/// Waits without blocking anything.
pub async fn sleep(span: Micros) {
    let promise = Promise::new(&mut |resolve, _| {
        if let Some(window) = window() {
            let millis = i32::try_from(span.0 / 1_000).unwrap_or(i32::MAX);
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// How long a store keeps what is put into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// As long as this tab lives.
    Tab,
    /// Until it is deleted.
    Ever,
}

fn store(keep: Keep) -> Option<Storage> {
    let window = window()?;
    match keep {
        Keep::Tab => window.session_storage().ok()?,
        Keep::Ever => window.local_storage().ok()?,
    }
}

/// What was stored under this key.
pub fn stored(keep: Keep, key: &str) -> Option<String> {
    store(keep)?.get_item(key).ok()?
}

/// Stores a text, or deletes it; `false` where the browser does not let us.
pub fn put(keep: Keep, key: &str, value: Option<&str>) -> bool {
    store(keep).is_some_and(|store| match value {
        Some(value) => store.set_item(key, value).is_ok(),
        None => store.remove_item(key).is_ok(),
    })
}

/// The day where the person is, counted from 1970-01-01.
pub fn today() -> u32 {
    let now = js_sys::Date::new_0();
    ((now.get_time() - now.get_timezone_offset() * 60_000.0) / 86_400_000.0) as u32
}

/// Prints the page, as far as the person wants it.
pub fn print() {
    if let Some(window) = window() {
        let _ = window.print();
    }
}

/// This page's whole address.
pub fn address() -> Option<String> {
    // Where nothing is drawn by a browser there is no address.
    if cfg!(target_arch = "wasm32") { window()?.location().href().ok() } else { None }
}

/// What an attribute of `<html>` says: where the build left the parts of the page.
pub fn mark_of_page(attribute: &str) -> Option<String> {
    window()?.document()?.document_element()?.get_attribute(attribute)
}

/// The whole address of a file or page of this site, named from the site's root: `sandbox/`.
pub fn of_site(path: &str) -> Option<String> {
    let root = window()?.document()?.document_element()?;
    let place = root.get_attribute("data-base")? + path;
    Some(web_sys::Url::new_with_base(&place, &root.base_uri().ok()??).ok()?.href())
}

/// The text of a file of this site.
///
/// # Errors
/// It cannot be had; why, in a few words.
pub async fn text_of(address: &str) -> Result<String, String> {
    let asked = window().ok_or("there is no window")?.fetch_with_str(address);
    let lost = |_| "the network did not answer".to_owned();
    let answer: Response = JsFuture::from(asked).await.map_err(lost)?.dyn_into().map_err(lost)?;
    if !answer.ok() {
        return Err(format!("the server answered {}", answer.status()));
    }
    let text = JsFuture::from(answer.text().map_err(lost)?).await.map_err(lost)?;
    text.as_string().ok_or_else(|| "it is no text".into())
}

/// Sets or removes an attribute of `<html>`.
pub fn mark_page(attribute: &str, value: Option<&str>) {
    if let Some(root) =
        window().and_then(|window| window.document()).and_then(|document| document.document_element())
    {
        let _ = match value {
            Some(value) => root.set_attribute(attribute, value),
            None => root.remove_attribute(attribute),
        };
    }
}

/// Sets the document's title.
pub fn set_title(title: &str) {
    if let Some(document) = window().and_then(|window| window.document()) {
        document.set_title(title);
    }
}

/// Focuses an element. `only_if_lost`: unless something else of the page has the focus.
pub fn focus(node: &NodeRef, only_if_lost: bool) {
    let Some(document) = window().and_then(|window| window.document()) else { return };
    let lost = document.active_element().is_none_or(|active| active.tag_name() == "BODY");
    if let Some(element) = node.cast::<web_sys::HtmlElement>().filter(|_| lost || !only_if_lost) {
        let _ = element.focus();
    }
}

/// Scrolls to where an element begins, if that is below the window's first quarter.
pub fn bring_into_sight(node: &NodeRef) {
    let quarter = window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or_default() / 4.0;
    let element = node.cast::<web_sys::Element>();
    if let Some(element) = element.filter(|element| element.get_bounding_client_rect().top() > quarter) {
        element.scroll_into_view();
    }
}

/// Scrolls to the top.
pub fn scroll_up() {
    if let Some(window) = window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// The parts of the address bar that tell how this page came here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// `http:` or `https:`.
    pub scheme: String,
    /// Host without port; IPv6 in brackets.
    pub host: String,
    /// Host with port, if it is not the scheme's own.
    pub authority: String,
    /// The fragment with its `#`, or nothing.
    pub fragment: String,
}

/// Where this page is.
pub fn place() -> Place {
    let Some(location) = window().map(|window| window.location()) else { return Place::default() };
    Place {
        scheme: location.protocol().unwrap_or_default(),
        host: location.hostname().unwrap_or_default(),
        authority: location.host().unwrap_or_default(),
        fragment: location.hash().unwrap_or_default(),
    }
}

/// Takes the fragment out of the address bar and out of the history's entry.
pub fn drop_fragment() {
    let Some(window) = window() else { return };
    let location = window.location();
    let address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if let Ok(history) = window.history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(&address));
    }
}

/// What the address says after `name=` in its query.
pub fn query(name: &str) -> Option<String> {
    let query = window()?.location().search().ok()?;
    let mut parts = query.strip_prefix('?')?.split('&');
    parts.find_map(|part| Some(part.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
}

/// Replaces the query of the address and takes its fragment away, without a step in the history.
pub fn set_query(query: Option<&str>) {
    let Some(window) = window() else { return };
    let mut address = window.location().pathname().unwrap_or_default();
    if let Some(query) = query {
        address.push('?');
        address.push_str(query);
    }
    if let Ok(history) = window.history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(&address));
    }
}

/// Copies a text; `false` where the browser does not let us.
pub async fn copy(text: &str) -> bool {
    let Some(window) = window().filter(Window::is_secure_context) else { return false };
    JsFuture::from(window.navigator().clipboard().write_text(text)).await.is_ok()
}

/// Asks the person a question that is answered by yes or no; no where nobody can be asked.
pub fn confirm(question: &str) -> bool {
    window().is_some_and(|window| window.confirm_with_message(question).unwrap_or(false))
}

/// What asking an address gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knock {
    /// Nobody answered, or the browser did not let us ask.
    Nothing,
    /// Somebody answered with this status; 0 where the answer may not be read.
    Status(u16),
}

/// Asks an address, reading no more than the status.
pub async fn knock(address: &str, same_origin: bool) -> Knock {
    let Some(window) = window() else { return Knock::Nothing };
    let how = RequestInit::new();
    how.set_mode(if same_origin { RequestMode::SameOrigin } else { RequestMode::NoCors });
    match JsFuture::from(window.fetch_with_str_and_init(address, &how)).await {
        Ok(answer) => Knock::Status(answer.dyn_into::<Response>().map_or(0, |response| response.status())),
        Err(_) => Knock::Nothing,
    }
}

/// What a text field, a check box or a menu holds after an event of it.
pub fn typed(target: Option<web_sys::EventTarget>) -> String {
    let Some(target) = target else { return String::new() };
    let input = target.dyn_ref().map(HtmlInputElement::value);
    let text = || target.dyn_ref().map(HtmlTextAreaElement::value);
    let menu = || target.dyn_ref().map(HtmlSelectElement::value);
    input.or_else(text).or_else(menu).unwrap_or_default()
}

/// Whether the `<details>` that was folded or unfolded is open now.
pub fn is_unfolded(event: &Event) -> bool {
    event.target_dyn_into::<web_sys::Element>().is_some_and(|details| details.has_attribute("open"))
}

/// Calls back with what was typed or chosen.
pub fn on_typed(then: Callback<String>) -> Callback<InputEvent> {
    Callback::from(move |event: InputEvent| then.emit(typed(event.target())))
}

/// Calls back with what a menu was set to.
pub fn on_chosen(then: Callback<String>) -> Callback<Event> {
    Callback::from(move |event: Event| then.emit(typed(event.target())))
}

/// How wide an element stands on the screen, in CSS pixels.
pub fn width_of(node: &NodeRef) -> Option<i32> {
    node.cast::<web_sys::Element>().map(|element| element.client_width()).filter(|&width| width > 0)
}
