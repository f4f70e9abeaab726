//! The second program a browser runs, on pages with moving parts. `web/boot.js` fetches it for the first `<tcp-studio>`, and calls
//! `open` for each.

/// Only a browser can run this; natively it exists so that one `cargo clippy --workspace` sees the whole workspace.
#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!(
        "This is the browser's half of the site: build it with `cargo xtask build`, see it with `cargo xtask serve`."
    );
    std::process::exit(2);
}

#[cfg(target_arch = "wasm32")]
fn main() {
    web::report_panics();
}

/// The way in from JavaScript. Here and not in the library, since whatever links an export carries all that it calls.
#[cfg(target_arch = "wasm32")]
mod way_in {
    use wasm_bindgen::prelude::wasm_bindgen;
    use web::studio;
    use web_sys::Element;

    /// A place that is open.
    #[wasm_bindgen]
    pub struct Opened(Option<studio::Opened>);

    /// Shows a page's moving part at the end of `place`: `page` and `id` are its `data-page` and `data-id`.
    #[wasm_bindgen]
    pub fn open(place: &Element, page: &str, id: &str) -> Opened {
        Opened(studio::open(place, page, id))
    }

    #[wasm_bindgen]
    impl Opened {
        /// Takes it away again.
        pub fn close(mut self) {
            if let Some(opened) = self.0.take() {
                opened.close();
            }
        }
    }
}
