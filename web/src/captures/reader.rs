//! The worker that reads a file, as this page speaks to it. Dropping it ends it, in the middle of whatever it does.

use crate::browser;
use js_sys::{Object, Reflect, Uint8Array};
use lab::capture::Listing;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

/// What the worker says.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// So many octets of the file were gone through (or parts of it, while packets are collected), and so many streams found (or parts
    /// there are).
    Progress(f64, f64),
    /// The file was gone through: what it holds, and its first octets.
    Listed(Box<Listing>, Vec<u8>),
    /// A stream's packets, as a pcapng file.
    Packets(usize, Vec<u8>),
    /// The file cannot be read any more.
    Lost,
    /// Something that must not happen.
    Failed(String),
}

/// A worker with a file.
pub struct Reader {
    worker: Worker,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(web_sys::Event)>,
}

impl Reader {
    /// Starts a worker that goes through the file.
    ///
    /// # Errors
    /// Why the browser starts none.
    pub fn open(file: &File, heard: Callback<Heard>) -> Result<Reader, String> {
        let name = |part: &str, extension: &str| {
            let studio = browser::mark_of_page("data-studio")?;
            browser::of_site(&format!("{part}-{studio}.{extension}"))
        };
        let addresses = (name("studio-worker", "js"), name("studio", "js"), name("studio", "wasm"));
        let (Some(worker), Some(module), Some(wasm)) = addresses else {
            return Err("the page does not say where its parts lie".to_owned());
        };
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&worker, &options).map_err(|error| format!("{error:?}"))?;
        let tell = heard.clone();
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            tell.emit(
                understood(&event.data()).unwrap_or_else(|| Heard::Failed("an unknown message".to_owned())),
            );
        });
        let error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            event.prevent_default();
            let said = Reflect::get(&event, &"message".into()).ok().and_then(|text| text.as_string());
            heard.emit(Heard::Failed(said.unwrap_or_else(|| "the worker could not be started".to_owned())));
        });
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        let reader = Reader { worker, _message: message, _error: error };
        reader.say(&[("open", file.into()), ("module", module.into()), ("wasm", wasm.into())]);
        Ok(reader)
    }

    /// Asks for the packets of a stream.
    pub fn take(&self, stream: usize) {
        self.say(&[("take", (stream as u32).into())]);
    }

    fn say(&self, fields: &[(&str, JsValue)]) {
        let message = Object::new();
        for (name, value) in fields {
            let _ = Reflect::set(&message, &(*name).into(), value);
        }
        // A file can be handed over, and numbers and text always.
        let _ = self.worker.post_message(&message);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn understood(message: &JsValue) -> Option<Heard> {
    let field = |name: &str| Reflect::get(message, &name.into()).ok().filter(|value| !value.is_undefined());
    let octets = |name: &str| Some(field(name)?.dyn_into::<Uint8Array>().ok()?.to_vec());
    if let Some(failed) = field("failed") {
        let lost = field("lost").is_some_and(|lost| lost.is_truthy());
        return Some(if lost { Heard::Lost } else { Heard::Failed(failed.as_string()?) });
    }
    if let Some(done) = field("progress") {
        return Some(Heard::Progress(done.as_f64()?, field("streams")?.as_f64()?));
    }
    if let Some(listing) = field("listing") {
        let listing = serde_json::from_str(&listing.as_string()?).ok()?;
        return Some(Heard::Listed(Box::new(listing), octets("begins")?));
    }
    Some(Heard::Packets(field("taken")?.as_f64()? as usize, octets("packets")?))
}
