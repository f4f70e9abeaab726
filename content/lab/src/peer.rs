//! A scripted peer: a program of a scenario that listens or connects, and treats each connection as its list of acts says.
//!
//! ```text
//!   {"name": "peer", "meets": {"listens": {"port": 5000}},
//!    "does": [{"read": {"until": "\n"}}, {"send": {"text": "hello\n", "piece": 1, "every_us": 30000}}, "reset"]}
//! ```
//!
//! Unlike a [`Script`](crate::Script) it answers what comes, however that is cut into pieces, and nothing that befalls it is a mistake: when a
//! connection breaks it goes on to the next one. So it can stand against any program, also a wrong one.

mod play;

pub use play::PeerProgram;

use serde::{Deserialize, Serialize};
use sockets::Endpoint;

/// A peer, as a scenario holds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Its name: no other program of the scenario has it.
    pub name: String,
    /// The host that it runs on; may be left out where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// How it comes to its connections.
    pub meets: Meets,
    /// How many connections it treats, one after the other; one where it is not given.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
    /// What it does on each; it closes what it has not closed at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub does: Vec<Act>,
}

const fn once() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes by reference")]
const fn is_once(times: &u32) -> bool {
    *times == 1
}

/// How a peer comes to its connections.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Meets {
    /// It listens on every address of its host, and accepts.
    Listens {
        /// The port, 1 to 65535.
        port: u16,
        /// As listen(2) takes it; 8 where it is not given.
        #[serde(default = "backlog")]
        backlog: i32,
    },
    /// It holds a port of its host and takes no connections there: whoever connects is refused.
    Binds {
        /// The port, 1 to 65535.
        port: u16,
    },
    /// It connects. Where nobody listens yet it tries again, for two seconds.
    Connects {
        /// To whom: an address or a name.
        to: String,
        /// The port, 1 to 65535.
        port: u16,
        /// Not before this time, in microseconds.
        #[serde(default)]
        at_us: u64,
    },
}

const fn backlog() -> i32 {
    8
}

/// One thing that a peer does on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Sends octets, all at once or in pieces. Each piece goes out at once (TCP_NODELAY).
    Send {
        /// The octets, as text in UTF-8; or `fill`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// So many octets, the small letters over and over.
        #[serde(default, skip_serializing_if = "is_zero")]
        fill: u32,
        /// How many octets one send takes; all where it is not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        piece: Option<u32>,
        /// The time from one piece to the next, in microseconds.
        #[serde(default, skip_serializing_if = "is_none_us")]
        every_us: u64,
    },
    /// Reads until a text has come, or so many octets; to the end of the stream where neither is given.
    Read {
        /// Until this text has come.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<String>,
        /// Until so many octets have come.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        octets: Option<u32>,
        /// How many octets one recv takes at most; 64 KiB where it is not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        piece: Option<u32>,
        /// The time from one recv to the next, in microseconds.
        #[serde(default, skip_serializing_if = "is_none_us")]
        every_us: u64,
        /// It goes on to the next act after so long without any octet, in microseconds; it waits for ever where it is not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within_us: Option<u64>,
    },
    /// Does nothing for so long, in microseconds.
    Wait(u64),
    /// Ends its own direction: a FIN follows what was sent.
    Finish,
    /// Closes the connection. What it has not read makes that a RST.
    Close,
    /// Closes it with a RST at once.
    Reset,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes by reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes by reference")]
const fn is_none_us(us: &u64) -> bool {
    *us == 0
}

/// The most octets of one act: 64 MiB.
const MOST_FILL: u32 = 64 << 20;

impl Peer {
    /// What is wrong with it, and in which field.
    ///
    /// # Errors
    /// The field's path in the peer, and what is allowed.
    pub fn check(&self) -> Result<(), (String, String)> {
        if self.times == 0 {
            return Err(("times".into(), "a peer treats at least one connection".into()));
        }
        let port = match &self.meets {
            Meets::Listens { port, .. } | Meets::Binds { port } => *port,
            Meets::Connects { to, port, .. } => {
                Endpoint::parse(to, &port.to_string())
                    .map_err(|bad| ("meets.connects.to".into(), bad.to_string()))?;
                *port
            }
        };
        if port == 0 {
            return Err(("meets".into(), "the port is 1 to 65535".into()));
        }
        if matches!(self.meets, Meets::Binds { .. }) && !self.does.is_empty() {
            return Err(("does".into(), "a peer that only binds has no connection to do anything on".into()));
        }
        for (place, act) in self.does.iter().enumerate() {
            let wrong = |field: &str, why: &str| Err((format!("does[{place}].{field}"), why.into()));
            match act {
                Act::Send { text, fill, .. } if text.is_empty() == (*fill == 0) => {
                    return wrong("send", "it sends either “text” or “fill”, at least one octet");
                }
                Act::Send { fill, .. } if *fill > MOST_FILL => {
                    return wrong("send.fill", "at most 67108864 octets are made");
                }
                Act::Send { piece: Some(0), .. } | Act::Read { piece: Some(0), .. } => {
                    return wrong("piece", "a piece has at least one octet");
                }
                Act::Read { until: Some(_), octets: Some(_), .. } => {
                    return wrong("read", "“until” and “octets” exclude each other");
                }
                Act::Read { until: Some(until), .. } if until.is_empty() => {
                    return wrong("read.until", "it is empty: then nothing is to be read");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether it has a port: whoever meets it connects.
    pub const fn has_port(&self) -> bool {
        matches!(self.meets, Meets::Listens { .. } | Meets::Binds { .. })
    }
}
