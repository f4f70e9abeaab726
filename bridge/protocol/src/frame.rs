//! One message on the WebSocket: JSON as text, or JSON and payload as binary.
//!
//! ```text
//!   text     {"id":7,"call":"accept","socket":3}
//!
//!            0      2                    2 + n
//!   binary   | n    | JSON of n octets   | payload …
//!             big-endian, n <= 4096
//! ```

use bytes::{BufMut, Bytes, BytesMut, buf::Limit};
use core::fmt;

/// The largest JSON header of a binary message, in octets.
pub(crate) const MAX_HEADER: usize = 4_096;

/// What [`PayloadBuffer`] keeps free for the header: enough for the longest reply to a recv.
const HEADROOM: usize = 254;

/// One WebSocket message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// JSON alone.
    Text(String),
    /// JSON and payload.
    Binary(Bytes),
}

/// Why a binary message could not be taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFrame(pub(crate) String);

impl fmt::Display for BadFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for BadFrame {}

impl Frame {
    /// A message of this header, with payload behind it if there is any to carry.
    pub fn new(header: String, payload: Option<&Bytes>) -> Frame {
        match payload {
            None => Frame::Text(header),
            Some(payload) => {
                debug_assert!(header.len() <= MAX_HEADER, "headers are built by this crate and are short");
                let mut message = BytesMut::with_capacity(2 + header.len() + payload.len());
                message.put_u16(header.len() as u16);
                message.put_slice(header.as_bytes());
                message.put_slice(payload);
                Frame::Binary(message.freeze())
            }
        }
    }

    /// The JSON and the payload; a text has none.
    ///
    /// # Errors
    /// A binary message whose header is longer than the message or than 4096 octets.
    pub fn split(&self) -> Result<(&[u8], Option<Bytes>), BadFrame> {
        match self {
            Frame::Text(text) => Ok((text.as_bytes(), None)),
            Frame::Binary(message) => {
                let Some((&[high, low], rest)) = message.split_first_chunk::<2>() else {
                    return Err(BadFrame(format!(
                        "a binary message begins with two octets of header length; this one has {}",
                        message.len()
                    )));
                };
                let length = usize::from(u16::from_be_bytes([high, low]));
                if length > MAX_HEADER {
                    return Err(BadFrame(format!(
                        "the header is said to be {length} octets long; at most {MAX_HEADER} are allowed"
                    )));
                }
                if length > rest.len() {
                    return Err(BadFrame(format!(
                        "the header is said to be {length} octets long, but only {} follow",
                        rest.len()
                    )));
                }
                Ok((&rest[..length], Some(message.slice(2 + length..))))
            }
        }
    }

    /// The message's size in octets.
    pub fn len(&self) -> usize {
        match self {
            Frame::Text(text) => text.len(),
            Frame::Binary(message) => message.len(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Room for a payload of unknown size with its header in front, so that what the kernel gives is copied once: octets are put
/// behind a gap, then the header is written into the gap and padded with spaces, which JSON allows.
#[derive(Debug)]
pub struct PayloadBuffer {
    message: BytesMut,
    max: usize,
}

impl PayloadBuffer {
    /// Room for at most `max` octets, 0 to [`MAX_PAYLOAD`](crate::MAX_PAYLOAD).
    pub fn new(max: usize) -> PayloadBuffer {
        let max = max.min(crate::MAX_PAYLOAD);
        let mut message = BytesMut::with_capacity(2 + HEADROOM + max);
        message.put_u16(HEADROOM as u16);
        message.put_bytes(b' ', HEADROOM);
        PayloadBuffer { message, max }
    }

    /// Where to put the octets.
    pub fn space(&mut self) -> Limit<&mut BytesMut> {
        let left = self.max - self.len();
        (&mut self.message).limit(left)
    }

    /// How many octets were put.
    pub fn len(&self) -> usize {
        self.message.len() - 2 - HEADROOM
    }

    /// Whether none was put.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The message, with this header.
    pub(crate) fn seal(mut self, header: &str) -> Frame {
        if header.len() > HEADROOM {
            let payload = Bytes::copy_from_slice(&self.message[2 + HEADROOM..]);
            return Frame::new(header.to_owned(), Some(&payload));
        }
        self.message[2..2 + header.len()].copy_from_slice(header.as_bytes());
        Frame::Binary(self.message.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(not(target_family = "wasm"))]
    use proptest::prelude::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_header_and_a_payload_come_apart_again() {
        let frame = Frame::new("{}".into(), Some(&Bytes::from_static(b"abc")));
        assert_eq!(frame, Frame::Binary(Bytes::from_static(b"\0\x02{}abc")));
        assert_eq!(frame.split(), Ok((&b"{}"[..], Some(Bytes::from_static(b"abc")))));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_sealed_buffer_is_a_message_with_a_padded_header() {
        let mut buffer = PayloadBuffer::new(3);
        buffer.space().put_slice(b"abc");
        assert_eq!(buffer.space().remaining_mut(), 0);
        let frame = buffer.seal(r#"{"id":1}"#);
        let (header, payload) = frame.split().expect("it was just made");
        assert_eq!(std::str::from_utf8(header).expect("ASCII").trim_end(), r#"{"id":1}"#);
        assert_eq!(payload, Some(Bytes::from_static(b"abc")));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn lies_about_the_length_are_named() {
        let error = |octets: &'static [u8]| {
            Frame::Binary(Bytes::from_static(octets)).split().expect_err("a lie").to_string()
        };
        assert_eq!(error(b"\0"), "a binary message begins with two octets of header length; this one has 1");
        assert_eq!(error(b"\0\x05{}"), "the header is said to be 5 octets long, but only 2 follow");
        assert_eq!(
            error(b"\xff\xff{}"),
            "the header is said to be 65535 octets long; at most 4096 are allowed"
        );
    }

    #[cfg(not(target_family = "wasm"))]
    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets: Vec<u8>) {
            let _ = Frame::Binary(octets.into()).split();
        }
    }
}
