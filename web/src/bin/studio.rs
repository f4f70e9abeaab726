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
    use web::captures::work;
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

    /// A capture file that is being gone through: for `web/studio-worker.js`.
    #[wasm_bindgen]
    pub struct CaptureSurvey(work::CaptureSurvey);

    #[wasm_bindgen]
    impl CaptureSurvey {
        /// At the beginning of a file.
        #[wasm_bindgen(constructor)]
        #[allow(clippy::new_without_default, reason = "JavaScript has no Default")]
        pub fn new() -> CaptureSurvey {
            CaptureSurvey(work::CaptureSurvey::default())
        }

        /// Takes the next octets; whether it makes sense to go on.
        pub fn feed(&mut self, octets: &[u8]) -> bool {
            self.0.feed(octets)
        }

        /// How many streams there are so far.
        pub fn streams(&self) -> u32 {
            self.0.streams()
        }

        /// The file has ended: what it holds, as JSON.
        pub fn end(&mut self) -> String {
            self.0.end()
        }

        /// Begins to collect a stream's packets.
        pub fn extract(&self, stream: u32) -> CaptureExtract {
            CaptureExtract(self.0.extract(stream))
        }
    }

    /// One stream's packets, which are being collected.
    #[wasm_bindgen]
    pub struct CaptureExtract(work::CaptureExtract);

    #[wasm_bindgen]
    impl CaptureExtract {
        /// How many parts of the file are to be read.
        pub fn parts(&self) -> u32 {
            self.0.parts()
        }

        /// A part's first octet in the file.
        pub fn from(&self, part: u32) -> f64 {
            self.0.from(part)
        }

        /// The octet after its last.
        pub fn to(&self, part: u32) -> f64 {
            self.0.to(part)
        }

        /// Takes a part's octets; whether more parts are wanted.
        pub fn take(&mut self, part: u32, octets: &[u8]) -> bool {
            self.0.take(part, octets)
        }

        /// The packets as a pcapng file.
        pub fn finish(&mut self) -> Vec<u8> {
            self.0.finish()
        }
    }
}
