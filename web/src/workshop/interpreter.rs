//! A worker with an interpreter in it (web/python/worker.js), as this page speaks to it. Dropping it ends it, in the middle of whatever it
//! does.
//!
//! Python takes seconds to load, so one that is ready is kept in reserve, and the compiled interpreter is handed on from worker to worker.

use super::ability::Ability;
use super::mailbox::Mailbox;
use crate::browser;
use bytes::Bytes;
use js_sys::{Array, JSON, Object, Reflect, Uint8Array};
use lab::{Exit, Order, Reply, Source, Turn};
use sockets::{Instant, Value};
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// What an interpreter says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// So much of the loading is done, from 0 to 1.
    Progress(f64),
    /// It can be given a program.
    Ready,
    /// The program printed something; to the standard error or not.
    Printed(bool, String),
    /// No thread of the program can run any more.
    Turn(Turn),
    /// The program stands still, and is looked at.
    Paused(Paused),
    /// The line that runs now.
    At(u32),
    /// The program is over.
    Ended(Exit),
    /// There is no Python here; why.
    Cannot(String),
}

/// A program that stands still.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Paused {
    /// Why: `breakpoint`, `line`, `call` or `pause`.
    pub why: String,
    /// Which thread, counted from 1, which is the main one.
    pub thread: u32,
    /// What it is in the middle of, the innermost function first.
    #[serde(default)]
    pub frames: Vec<Frame>,
}

/// A function that a thread is in the middle of.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Frame {
    /// Its name.
    pub function: String,
    /// The file of its text.
    pub file: String,
    /// The line that comes next.
    pub line: u32,
    /// Its variables.
    #[serde(default)]
    pub variables: Vec<Variable>,
}

/// A variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The type of what it holds.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// What it holds, as Python's repr tells it.
    pub text: String,
}

/// How a program is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To its end, or the next breakpoint.
    Run,
    /// To the next line.
    Line,
    /// To the next call of the network.
    Call,
    /// Out of this function.
    Out,
}

impl Step {
    /// As the worker knows it.
    pub const fn name(self) -> &'static str {
        match self {
            Step::Run => "run",
            Step::Line => "line",
            Step::Call => "call",
            Step::Out => "out",
        }
    }
}

/// What a program is started with, beside its [`Source`].
#[derive(Clone, Debug)]
pub struct Start {
    /// Whether time is virtual, and then what the clock on the wall says at its beginning, in microseconds since 1970.
    pub epoch: Option<f64>,
    /// What everything random follows from, with virtual time.
    pub seed: u64,
    /// The lines before which it stops.
    pub breakpoints: Vec<u32>,
    /// How it goes on from its beginning.
    pub how: Step,
}

type Heard = Rc<dyn Fn(Said)>;

/// A worker with an interpreter.
pub struct Interpreter {
    worker: Worker,
    /// Where messages go once a program runs, in a browser that cannot switch stacks.
    mailbox: OnceCell<Mailbox>,
    heard: Rc<RefCell<Listener>>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(web_sys::Event)>,
}

/// Who listens, and what was said before anybody did.
#[derive(Default)]
struct Listener {
    then: Option<Heard>,
    before: Vec<Said>,
}

thread_local! {
    /// The compiled interpreter, once one worker has compiled it.
    static COMPILED: RefCell<Option<JsValue>> = const { RefCell::new(None) };
    /// Interpreters that nobody uses yet.
    static RESERVE: RefCell<Vec<Interpreter>> = const { RefCell::new(Vec::new()) };
}

/// Has so many interpreters ready, or on the way to it.
pub fn keep_ready(count: usize) {
    loop {
        let there = RESERVE.with_borrow(Vec::len);
        if there >= count {
            return;
        }
        let Ok(interpreter) = Interpreter::load() else { return };
        RESERVE.with_borrow_mut(|reserve| reserve.push(interpreter));
    }
}

impl Interpreter {
    /// One from the reserve, or a new one.
    ///
    /// # Errors
    /// Why the browser starts none.
    pub fn take(heard: impl Fn(Said) + 'static) -> Result<Interpreter, String> {
        let reserved = RESERVE.with_borrow_mut(|reserve| (!reserve.is_empty()).then(|| reserve.remove(0)));
        let interpreter = match reserved {
            Some(interpreter) => interpreter,
            None => Interpreter::load()?,
        };
        let then: Heard = Rc::new(heard);
        let before = {
            let mut listener = interpreter.heard.borrow_mut();
            listener.then = Some(then.clone());
            core::mem::take(&mut listener.before)
        };
        for said in before {
            then(said);
        }
        Ok(interpreter)
    }

    fn load() -> Result<Interpreter, String> {
        let place = python_place().ok_or("the page does not say where Python lies")?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("python");
        let worker = Worker::new_with_options(&format!("{place}worker.js"), &options)
            .map_err(|error| format!("{error:?}"))?;
        let heard = Rc::new(RefCell::new(Listener::default()));
        let tell = {
            let heard = heard.clone();
            move |said: Said| {
                let then = heard.borrow().then.clone();
                match then {
                    Some(then) => then(said),
                    None => heard.borrow_mut().before.push(said),
                }
            }
        };
        let told = tell.clone();
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match understood(&event.data()) {
                Ok(Some(said)) => told(said),
                Ok(None) => {}
                Err(why) => told(Said::Cannot(why)),
            }
        });
        let error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            event.prevent_default();
            let text = text_of(&event, "message");
            tell(Said::Cannot(
                text.unwrap_or_else(|| "the worker for Python could not be started".to_owned()),
            ));
        });
        worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(error.as_ref().unchecked_ref()));
        let interpreter =
            Interpreter { worker, mailbox: OnceCell::new(), heard, _message: message, _error: error };
        let mut order = Message::new("load")
            .with("pyodide", format!("{place}pyodide/"))
            .with("modules", format!("{place}modules.json"));
        if let Some(module) = COMPILED.with_borrow(Clone::clone) {
            order = order.with("module", module);
        }
        interpreter.say(&order);
        Ok(interpreter)
    }

    /// Begins with a program.
    pub fn run(&self, source: &Source, start: &Start, now: Instant) {
        let list = |texts: &[String]| texts.iter().map(JsValue::from).collect::<Array>();
        let files = Object::new();
        for (name, text) in &source.files {
            put(&files, name, text.into());
        }
        let breakpoints: Array = start.breakpoints.iter().map(|line| JsValue::from(*line)).collect();
        let order = Message::new("run")
            .with("name", &source.name)
            .with("host", if source.host.is_empty() { &source.name } else { &source.host })
            .with("file", &source.file)
            .with("source", &source.text)
            .with("args", list(&source.args))
            .with("files", files)
            .with("lines", Array::new())
            .with("clock", if start.epoch.is_some() { "virtual" } else { "real" })
            .with("epoch_us", start.epoch.unwrap_or(0.0))
            .with("now_us", now.0 as f64)
            .with("seed", start.seed as u32)
            .with("breakpoints", breakpoints)
            .with("how", start.how.name());
        if Ability::now() == Ability::Alone {
            let mailbox = Mailbox::new();
            self.say(&order.with("shared", mailbox.memory().clone()));
            let _ = self.mailbox.set(mailbox);
        } else {
            self.say(&order);
        }
    }

    /// Gives it the turn, or a line; [`Order::Run`] goes by [`Interpreter::run`].
    pub fn order(&self, order: &Order) {
        match order {
            Order::Run { .. } => {}
            Order::Turn { now, replies } => {
                let transfer = Array::new();
                let replies: Array =
                    replies.iter().map(|reply| JsValue::from(told(reply, &transfer))).collect();
                let order = Message::new("turn").with("now_us", now.0 as f64).with("replies", replies);
                if self.mailbox.get().is_some() {
                    return self.say(&order);
                }
                // Octets and plain data can be handed over always.
                let _ = self.worker.post_message_with_transfer(&order.0, &transfer);
            }
            Order::Line { now, text } => {
                let text = text.as_ref().map_or(JsValue::NULL, JsValue::from);
                self.say(&Message::new("line").with("now_us", now.0 as f64).with("text", text));
            }
        }
    }

    /// While it stands still: goes on.
    pub fn step(&self, how: Step) {
        self.say(&Message::new("step").with("how", how.name()));
    }

    /// Stands still before the next line.
    pub fn pause(&self) {
        self.say(&Message::new("pause"));
    }

    /// Stops before these lines from now on.
    pub fn break_at(&self, lines: &[u32]) {
        let lines: Array = lines.iter().map(|line| JsValue::from(*line)).collect();
        self.say(&Message::new("breakpoints").with("lines", lines));
    }

    fn say(&self, message: &Message) {
        if let Some(mailbox) = self.mailbox.get() {
            if let Err(why) = mailbox.send(&message.0) {
                let then = self.heard.borrow().then.clone();
                // Not at once: whoever gives the order is in the middle of something.
                let tell = move || then.iter().for_each(|then| then(Said::Cannot(why.clone())));
                gloo::timers::callback::Timeout::new(0, tell).forget();
            }
            return;
        }
        // Plain data can be handed over always.
        let _ = self.worker.post_message(&message.0);
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// An object that is written field by field.
struct Message(Object);

impl Message {
    fn new(what: &str) -> Message {
        Message(Object::new()).with("do", what)
    }

    fn with(self, name: &str, value: impl Into<JsValue>) -> Message {
        put(&self.0, name, value.into());
        self
    }
}

fn put(object: &Object, name: &str, value: JsValue) {
    // A plain object takes every field.
    let _ = Reflect::set(object, &name.into(), &value);
}

fn field(of: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(of, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

fn text_of(of: &JsValue, name: &str) -> Option<String> {
    field(of, name)?.as_string()
}

/// A call's way back, its octets in `transfer`.
fn told(reply: &Reply, transfer: &Array) -> Object {
    let object = Object::new();
    put(&object, "id", reply.id.into());
    match &reply.outcome {
        Ok(value) => {
            let text = serde_json::to_string(value).unwrap_or_default();
            put(&object, "ok", JSON::parse(&text).unwrap_or(JsValue::NULL));
            if let Some(data) = value.payload() {
                let octets = Uint8Array::from(&data[..]);
                transfer.push(&octets.buffer());
                put(&object, "data", octets.into());
            } else if let Value::Sent { sent } = value {
                let sent_object = Object::new();
                put(&sent_object, "sent", JsValue::from(*sent as f64));
                put(&object, "ok", sent_object.into());
            }
        }
        Err(failure) => {
            let error = Object::new();
            put(&error, "name", failure.name().into());
            put(&error, "errno", failure.errno().map_or(JsValue::NULL, JsValue::from));
            put(&error, "text", failure.text().into());
            put(&error, "meaning", failure.meaning().into());
            put(&object, "error", error.into());
        }
    }
    object
}

/// Where Python lies: a directory, with its slash.
fn python_place() -> Option<String> {
    let hash = browser::mark_of_page("data-python")?;
    browser::of_site(&format!("python-{hash}/"))
}

/// What a message means; nothing for one that is not for the page.
fn understood(message: &JsValue) -> Result<Option<Said>, String> {
    let json = |value: &JsValue| JSON::stringify(value).ok().map(String::from).unwrap_or_default();
    let read = |error: serde_json::Error| format!("Python's worker said what makes no sense: {error}");
    let number = |name: &str| field(message, name).and_then(|value| value.as_f64()).unwrap_or(0.0);
    Ok(Some(match text_of(message, "said").unwrap_or_default().as_str() {
        "progress" => Said::Progress(if number("of") > 0.0 { number("done") / number("of") } else { 0.0 }),
        "ready" => Said::Ready,
        "module" => {
            COMPILED.set(field(message, "module"));
            return Ok(None);
        }
        "output" => Said::Printed(
            text_of(message, "stream").as_deref() == Some("stderr"),
            text_of(message, "text").unwrap_or_default(),
        ),
        "turn" => Said::Turn(turn(message).map_err(read)?),
        "paused" => Said::Paused(serde_json::from_str(&json(message)).map_err(read)?),
        "at" => Said::At(number("line") as u32),
        "ended" => Said::Ended(serde_json::from_str(&json(message)).map_err(read)?),
        "cannot" => Said::Cannot(text_of(message, "why").unwrap_or_default()),
        other => return Err(format!("Python's worker said “{other}”, which this page does not know")),
    }))
}

fn turn(message: &JsValue) -> Result<Turn, serde_json::Error> {
    let calls = field(message, "calls").and_then(|calls| calls.dyn_into::<Array>().ok()).unwrap_or_default();
    // Octets go beside the JSON.
    let mut payloads = Vec::new();
    for call in calls.iter() {
        if let Some(octets) = field(&call, "data").and_then(|data| data.dyn_into::<Uint8Array>().ok()) {
            let id = field(&call, "id").and_then(|id| id.as_f64());
            payloads.push((id, Bytes::from(octets.to_vec())));
            let _ = Reflect::delete_property(call.unchecked_ref::<Object>(), &"data".into());
        }
        // The request may come as text.
        if let Some(request) = text_of(&call, "request") {
            put(call.unchecked_ref::<Object>(), "request", JSON::parse(&request).unwrap_or(JsValue::NULL));
        }
    }
    let mut turn = Turn::from_json(&JSON::stringify(message).map(String::from).unwrap_or_default())?;
    for (id, octets) in payloads {
        let call = turn.calls.iter_mut().find(|call| Some(f64::from(call.id)) == id);
        if let Some(data) = call.and_then(|call| call.op.payload_mut()) {
            *data = octets;
        }
    }
    Ok(turn)
}
