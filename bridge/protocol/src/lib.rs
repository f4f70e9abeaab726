//! What the page and the bridge say to each other. PROTOCOL.md, one directory up, tells it to people; this crate to programs.
//!
//! ```text
//!   page                                        bridge
//!   Session --- Request: id, call, arguments --> kernel
//!           <-- Message: reply to an id, hello, state, notice
//! ```
//!
//! Every message is one WebSocket message: a text of JSON, or, where payload goes with it, a binary that carries the same JSON
//! and the payload behind it ([`Frame`]). [`Session`] is the client's side: a [`Network`](sockets::Network) without I/O. The
//! crate knows no WebSocket, no kernel, no browser.

mod frame;
mod message;
mod request;
mod session;

pub use frame::{BadFrame, Frame, PayloadBuffer};
pub use message::{Hello, Limits, Message, Policy, Reply};
pub use request::{BadRequest, Request};
pub use session::{Session, Unexpected};

/// The WebSocket subprotocol, and with it the version of everything here. A client offers it beside `tok.` and the token in hex;
/// the bridge answers with it alone.
pub const SUBPROTOCOL: &str = "tcpb.v1";

/// What the token's subprotocol begins with.
pub const TOKEN_PREFIX: &str = "tok.";

/// The largest message in octets, header and payload, in either direction. A larger one closes the WebSocket with code 1009.
pub const MAX_MESSAGE: usize = 1 << 20;

/// The most octets that one send or recv carries: what [`MAX_MESSAGE`] leaves after the largest header.
pub const MAX_PAYLOAD: usize = MAX_MESSAGE - 2 - frame::MAX_HEADER;

#[cfg(test)]
mod tests {
    use sockets::{OpKind, OptionName};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_protocols_page_names_every_call_and_every_option() {
        let page = include_str!("../../PROTOCOL.md");
        for kind in OpKind::ALL {
            assert!(page.contains(&format!("| `{}` |", kind.name())), "{} is missing", kind.name());
        }
        for row in OptionName::TABLE {
            assert!(
                page.contains(&format!("| `{}` | `{}` |", row.constant, row.level)),
                "{} is missing",
                row.constant
            );
            assert!(page.contains(row.meaning), "{} is described otherwise", row.constant);
        }
        assert!(
            page.contains(super::SUBPROTOCOL)
                && page.contains("1,048,576")
                && super::MAX_MESSAGE == 1_048_576
        );
    }
}
