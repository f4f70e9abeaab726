//! What a program does when it panics: it tells the console and the page.

use std::panic::PanicHookInfo;
use wasm_bindgen::JsValue;

/// The event that `web/boot.js` waits for; its `detail` is the text of the panic.
const PANIC_EVENT: &str = "tcp-lab-panic";

/// To be called first of all.
pub fn report_panics() {
    // Through Yew, which would else put its own hook in this place.
    yew::set_custom_panic_hook(Box::new(report));
}

/// After the hook returns, the module traps and nothing of it runs again.
fn report(info: &PanicHookInfo<'_>) {
    let text = info.to_string();
    web_sys::console::error_1(&JsValue::from_str(&text));
    let init = web_sys::CustomEventInit::new();
    init.set_detail(&JsValue::from_str(&text));
    let event = web_sys::CustomEvent::new_with_event_init_dict(PANIC_EVENT, &init);
    if let (Some(window), Ok(event)) = (web_sys::window(), event) {
        // A failure to dispatch leaves the console's line, which is all that could still be done.
        let _ = window.dispatch_event(&event);
    }
}
