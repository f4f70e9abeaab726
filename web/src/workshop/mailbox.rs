//! Messages to a program that stands still while it waits, in a browser that cannot switch stacks: they go through memory that the page
//! shares with the program's worker. web/python/lone.js draws that memory. One message fits in at a time; the others wait here.

use gloo::timers::callback::Timeout;
use js_sys::{Array, Atomics, Int32Array, JSON, Object, Reflect, SharedArrayBuffer, Uint8Array};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// Octets of the memory: more than a socket's buffer gives with one call. What is never written costs nothing.
const SIZE: u32 = 16 << 20;

/// Octets before the first message.
const HEAD: u32 = 16;

/// After which time to look again whether there is room, in milliseconds.
const AGAIN_MS: u32 = 2;

/// A message, and the octets of its replies, one after the other.
type Letter = (Vec<u8>, Vec<Uint8Array>);

/// The way to one program.
pub struct Mailbox {
    memory: SharedArrayBuffer,
    inner: Rc<Inner>,
}

struct Inner {
    state: Int32Array,
    octets: Uint8Array,
    waiting: RefCell<VecDeque<Letter>>,
    alarm: Cell<Option<Timeout>>,
}

impl Mailbox {
    /// An empty one. Only on a page that is isolated from other sites: elsewhere no memory can be shared.
    pub fn new() -> Mailbox {
        let memory = SharedArrayBuffer::new(SIZE);
        let inner = Inner {
            state: Int32Array::new(&memory),
            octets: Uint8Array::new(&memory),
            waiting: RefCell::default(),
            alarm: Cell::new(None),
        };
        Mailbox { memory, inner: Rc::new(inner) }
    }

    /// What the worker must be given.
    pub fn memory(&self) -> &SharedArrayBuffer {
        &self.memory
    }

    /// Sends a message, as soon as the one before has been read.
    ///
    /// # Errors
    /// It is larger than the memory.
    pub fn send(&self, message: &Object) -> Result<(), String> {
        let data = take_data(message);
        let json = JSON::stringify(message).map(String::from).unwrap_or_default().into_bytes();
        let length = json.len() as f64 + data.iter().map(|octets| f64::from(octets.length())).sum::<f64>();
        if length > f64::from(SIZE - HEAD) {
            return Err(format!(
                "In this browser a program cannot receive {length} octets with one call: at most 16 MB fit."
            ));
        }
        self.inner.waiting.borrow_mut().push_back((json, data));
        self.inner.deliver();
        Ok(())
    }
}

impl Inner {
    /// Puts the next message into the memory if that is empty, and looks again later for those that are left.
    fn deliver(self: &Rc<Inner>) {
        let empty = Atomics::load(&self.state, 0).is_ok_and(|state| state == 0);
        if empty && let Some((json, data)) = self.waiting.borrow_mut().pop_front() {
            let mut at = HEAD;
            for part in core::iter::once(Uint8Array::from(&json[..])).chain(data) {
                self.octets.set(&part, at);
                at += part.length();
            }
            let json = json.len() as i32;
            self.state.set_index(1, json);
            self.state.set_index(2, at as i32 - HEAD as i32 - json);
            // The array is one that can be waited on: neither can fail.
            let _ = Atomics::store(&self.state, 0, 1);
            let _ = Atomics::notify(&self.state, 0);
        }
        let again = (!self.waiting.borrow().is_empty()).then(|| {
            let inner = Rc::downgrade(self);
            Timeout::new(AGAIN_MS, move || {
                if let Some(inner) = inner.upgrade() {
                    inner.deliver();
                }
            })
        });
        self.alarm.set(again);
    }
}

/// Takes the octets out of a message's replies, and puts their lengths there.
fn take_data(message: &Object) -> Vec<Uint8Array> {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let replies = get(message, "replies").and_then(|replies| replies.dyn_into::<Array>().ok());
    let mut all = Vec::new();
    for reply in replies.iter().flat_map(Array::iter) {
        let data = get(&reply, "data").and_then(|data| data.dyn_into::<Uint8Array>().ok());
        if let (Some(data), Some(reply)) = (data, reply.dyn_ref::<Object>()) {
            let _ = Reflect::delete_property(reply, &"data".into());
            let _ = Reflect::set(reply, &"length".into(), &data.length().into());
            all.push(data);
        }
    }
    all
}
