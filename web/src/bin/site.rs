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
    use web::{App, AppProps};

    pub fn start() {
        web::report_panics();
        let props = AppProps { base: base().into(), prerender: None, words: None };
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
}
