//! The time line: what all hosts did, as a picture. Time flows down, one column for each host, one lane for each socket.
//!
//! ```text
//!   Log --scene()--> Scene --Picture--> SVG
//!                      '-----Twin-----> table
//! ```
//!
//! [`scene`] is pure and knows no browser; what is drawn is in the [`Scene`] and nowhere else. It invents nothing: a line from one
//! call to another stands only where the Log proves that they belong together ([`ties`]).

mod axis;
mod draw;
mod lanes;
mod room;
mod scene;
mod table;
mod ties;

pub use room::{Stage, StageScene};
pub use scene::scene;
pub use table::twin;
pub use ties::{TieKind, ties};

use sockets::HostId;
use sockets::python::Names;

/// Whose colour something has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A host that opens connections.
    Client,
    /// A host that waits for them.
    Server,
}

impl Role {
    /// The class that carries its colour.
    pub const fn class(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Server => "server",
        }
    }
}

/// One host of the cast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// Which host.
    pub host: HostId,
    /// What it is called.
    pub name: String,
    /// Whose colour it has.
    pub role: Role,
}

/// Who takes part, in the order of the columns, and what their sockets are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
    /// The hosts.
    pub players: Vec<Player>,
    /// The sockets' variables.
    pub names: Names,
}
