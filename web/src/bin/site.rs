//! The program a browser runs: takes over the prerendered page and reports its own panics to it.

#[cfg(target_arch = "wasm32")]
fn main() {
    browser::start();
}

/// Only a browser can run this; natively it exists so that one `cargo clippy --workspace` sees the whole workspace.
#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!(
        "This is the browser's half of the site: build it with `cargo xtask build`, see it with `cargo xtask serve`."
    );
    std::process::exit(2);
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use std::panic::PanicHookInfo;

    use wasm_bindgen::JsValue;
    use web::{App, AppProps};

    /// The event that `web/boot.js` waits for; its `detail` is the text of the panic.
    const PANIC_EVENT: &str = "tcp-lab-panic";

    pub fn start() {
        // Through Yew, which would else put its own hook in this place.
        yew::set_custom_panic_hook(Box::new(report_panic));
        let props = AppProps { base: base().into(), prerender: None };
        let root = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.get_element_by_id("app"))
            .expect("index.html has the element #app");
        yew::Renderer::<App>::with_root_and_props(root, props).hydrate();
    }

    /// The path prefix under which the page was built, written into `<html data-base>` by the prerenderer.
    fn base() -> String {
        web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element())
            .and_then(|html| html.get_attribute("data-base"))
            .unwrap_or_else(|| "/".to_owned())
    }

    /// Tells the console and the page; after the hook returns, the module traps and nothing of it runs again.
    fn report_panic(info: &PanicHookInfo<'_>) {
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
}
