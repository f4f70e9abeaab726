//! The way from the page to real sockets: finds the bridge, holds the WebSocket, turns orders into calls and what comes back
//! into acts on the [`Screen`](crate::live::Screen).
//!
//! It knows no socket and no rule: [`protocol::Session`] speaks, this carries.

mod dial;
mod hook;
mod link;
mod simulated;
mod wire;

pub use dial::{Closed, Dialled, dial};
pub use hook::{Bridge, Order, use_bridge, use_token_keeper};
pub use link::{HOME, Link};
pub use simulated::DELAY;
