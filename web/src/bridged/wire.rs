//! One WebSocket of the browser, with its handlers; dropping it closes it and takes the handlers off.

use bytes::Bytes;
use js_sys::{Array, ArrayBuffer, Function, Promise, Uint8Array};
use protocol::{Frame, SUBPROTOCOL, TOKEN_PREFIX};
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

/// An open or opening WebSocket.
pub struct Wire {
    socket: WebSocket,
    _open: Closure<dyn FnMut()>,
    _close: Closure<dyn FnMut(CloseEvent)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
}

/// What becomes of a [`Wire`].
pub struct Fate {
    /// Resolves to whether the handshake succeeded.
    pub opened: JsFuture,
    /// Resolves when it is closed, to the reason that the other side gave, if any.
    pub closed: JsFuture,
}

/// A promise and the function that keeps it.
fn promise() -> (JsFuture, Function) {
    let mut keep = None;
    let promise = Promise::new(&mut |resolve, _| keep = Some(resolve));
    (promise.into(), keep.unwrap_or_default())
}

impl Wire {
    /// Begins a handshake. `None` where the browser forbids it outright.
    pub fn open(address: &str, token: &str, on_frame: Rc<dyn Fn(Frame)>) -> Option<(Wire, Fate)> {
        let protocols = Array::of2(
            &JsValue::from_str(SUBPROTOCOL),
            &JsValue::from_str(&format!("{TOKEN_PREFIX}{token}")),
        );
        let socket = WebSocket::new_with_str_sequence(address, &protocols).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (opened, tell_opened) = promise();
        let (closed, tell_closed) = promise();

        let tell = tell_opened.clone();
        let open = Closure::<dyn FnMut()>::new(move || {
            let _ = tell.call1(&JsValue::NULL, &JsValue::TRUE);
        });
        let close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            let _ = tell_opened.call1(&JsValue::NULL, &JsValue::FALSE);
            let _ = tell_closed.call1(&JsValue::NULL, &JsValue::from_str(&event.reason()));
        });
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            if let Some(text) = data.as_string() {
                on_frame(Frame::Text(text));
            } else if let Ok(buffer) = data.dyn_into::<ArrayBuffer>() {
                on_frame(Frame::Binary(Bytes::from(Uint8Array::new(&buffer).to_vec())));
            }
        });
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        Some((Wire { socket, _open: open, _close: close, _message: message }, Fate { opened, closed }))
    }

    /// Hands a frame to the browser. What cannot be sent any more is dropped: `closed` tells of the loss.
    pub fn send(&self, frame: &Frame) {
        let _ = match frame {
            Frame::Text(text) => self.socket.send_with_str(text),
            Frame::Binary(octets) => self.socket.send_with_u8_array(octets),
        };
    }

    /// Begins to close it; `closed` resolves when it is done.
    pub fn close(&self) {
        let _ = self.socket.close();
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onmessage(None);
        self.close();
    }
}
