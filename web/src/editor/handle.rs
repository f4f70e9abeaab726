//! An editor made by `web/editor/editor.js`, as this page speaks to it. Dropping it takes the editor away.

use super::{CodeEditorProps, Marks, Pointed, Spot};
use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use serde_json::json;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;
use yew::Callback;

/// What `web/editor` exports.
pub struct Module(JsValue);

/// Whom the editor calls.
pub struct Listeners {
    pub change: Callback<Rc<str>>,
    pub breakpoints: Callback<Vec<u32>>,
    pub pointed: Callback<Option<Pointed>>,
    pub run: Callback<()>,
}

type Listener = Closure<dyn FnMut(JsValue, JsValue)>;

/// An editor.
pub struct Handle {
    editor: JsValue,
    _listeners: [Listener; 4],
}

/// Fetches the editor's program; `web/boot.js` knows where it lies, and the browser fetches it once.
pub async fn fetch() -> Option<Module> {
    let parts = Reflect::get(&js_sys::global(), &"tcpLab".into()).ok()?;
    let import = method(&parts, "editor")?;
    let module = JsFuture::from(import.call0(&parts).ok()?.dyn_into::<Promise>().ok()?).await.ok()?;
    Some(Module(module))
}

fn method(object: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
}

/// Data as JavaScript has it.
fn data(json: &serde_json::Value) -> JsValue {
    JSON::parse(&json.to_string()).expect("serde_json writes JSON")
}

fn number(value: &JsValue) -> Option<u32> {
    value.as_f64().map(|number| number as u32)
}

impl Handle {
    /// Makes an editor at the end of `place`; `None` if that fails.
    pub fn create(
        module: &Module,
        place: &Element,
        text: &str,
        props: &CodeEditorProps,
        listeners: Listeners,
    ) -> Option<Handle> {
        let options = data(&json!({
            "text": text,
            "label": &*props.label,
            "readOnly": props.read_only,
            "breakpoints": props.breakpoints,
            "fill": props.fill,
            "marks": props.marks.json(),
        }));
        let Listeners { change, breakpoints, pointed, run } = listeners;
        let listeners: [(&str, Listener); 4] = [
            (
                "change",
                Closure::new(move |text: JsValue, _| {
                    change.emit(text.as_string().unwrap_or_default().into());
                }),
            ),
            (
                "breakpoints",
                Closure::new(move |lines: JsValue, _| {
                    breakpoints.emit(Array::from(&lines).iter().filter_map(|line| number(&line)).collect());
                }),
            ),
            (
                "pointed",
                Closure::new(move |line: JsValue, how: JsValue| {
                    let by_cursor = how.as_string().is_some_and(|how| how == "cursor");
                    pointed.emit(number(&line).map(|line| Pointed { line, by_cursor }));
                }),
            ),
            ("run", Closure::new(move |_, _| run.emit(()))),
        ];
        let on = Object::new();
        for (event, listener) in &listeners {
            Reflect::set(&on, &(*event).into(), listener.as_ref()).ok()?;
        }
        Reflect::set(&options, &"on".into(), &on).ok()?;
        let editor = method(&module.0, "create")?.call2(&JsValue::UNDEFINED, place, &options).ok()?;
        Some(Handle { editor, _listeners: listeners.map(|(_, listener)| listener) })
    }

    /// The editor's own mistakes go to the console and stop nothing.
    fn call(&self, name: &str, first: &JsValue, second: &JsValue) {
        if let Some(method) = method(&self.editor, name)
            && let Err(error) = method.call2(&self.editor, first, second)
        {
            web_sys::console::error_1(&error);
        }
    }

    /// Puts another text there.
    pub fn set(&self, text: &str) {
        self.call("set", &text.into(), &JsValue::UNDEFINED);
    }

    /// Shows these marks and no others.
    pub fn mark(&self, marks: &Marks) {
        self.call("mark", &data(&marks.json()), &JsValue::UNDEFINED);
    }

    /// Names it anew, and locks or unlocks it.
    pub fn configure(&self, label: &str, read_only: bool) {
        self.call("configure", &data(&json!({ "label": label, "readOnly": read_only })), &JsValue::UNDEFINED);
    }

    /// Puts the cursor there, and the keyboard.
    pub fn go(&self, spot: Spot) {
        self.call("go", &spot.line.into(), &spot.column.into());
    }

    /// Selects from one offset to the other, in units of UTF-16, and takes the keyboard.
    pub fn select(&self, from: u32, to: u32) {
        self.call("select", &from.into(), &to.into());
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.call("destroy", &JsValue::UNDEFINED, &JsValue::UNDEFINED);
    }
}
