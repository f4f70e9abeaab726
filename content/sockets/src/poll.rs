//! Readiness: what poll(2) is asked, and what it says. A network decides what is ready; here are only the words for it.

use crate::SocketId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One event of poll(2). `POLLERR`, `POLLHUP` and `POLLNVAL` come unasked; to ask for them changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PollEvent {
    /// A receive would not wait: there is data, a connection to accept, the end of the stream, or an error.
    #[serde(rename = "POLLIN")]
    In,
    /// There is urgent data.
    #[serde(rename = "POLLPRI")]
    Pri,
    /// A send would not wait, or a handshake is over, well or badly.
    #[serde(rename = "POLLOUT")]
    Out,
    /// The peer has shut its sending direction down (Linux).
    #[serde(rename = "POLLRDHUP")]
    RdHup,
    /// An error is pending: SO_ERROR, or the next call, tells which.
    #[serde(rename = "POLLERR")]
    Err,
    /// Both directions are over, or there never was a connection.
    #[serde(rename = "POLLHUP")]
    Hup,
    /// There is no such socket (any more).
    #[serde(rename = "POLLNVAL")]
    Nval,
}

impl PollEvent {
    /// Every event, in the order in which answers name them.
    pub const ALL: [PollEvent; 7] = [
        PollEvent::In,
        PollEvent::Pri,
        PollEvent::Out,
        PollEvent::RdHup,
        PollEvent::Err,
        PollEvent::Hup,
        PollEvent::Nval,
    ];

    /// The constant's name in C and Python.
    pub const fn name(self) -> &'static str {
        match self {
            PollEvent::In => "POLLIN",
            PollEvent::Pri => "POLLPRI",
            PollEvent::Out => "POLLOUT",
            PollEvent::RdHup => "POLLRDHUP",
            PollEvent::Err => "POLLERR",
            PollEvent::Hup => "POLLHUP",
            PollEvent::Nval => "POLLNVAL",
        }
    }

    /// Whether poll tells of it also when nobody asked.
    pub const fn comes_unasked(self) -> bool {
        matches!(self, PollEvent::Err | PollEvent::Hup | PollEvent::Nval)
    }
}

/// A socket and events: in a call those that are waited for, in an answer those that are there. A `struct pollfd`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Which socket. The same one may be there twice.
    pub socket: SocketId,
    /// Which events.
    pub events: BTreeSet<PollEvent>,
}

impl Watch {
    /// What poll answers for this socket, of which all of `there` holds; `None` if there is nothing to say.
    pub fn answered(&self, there: impl IntoIterator<Item = PollEvent>) -> Option<Watch> {
        let told = |event: &PollEvent| event.comes_unasked() || self.events.contains(event);
        let events: BTreeSet<PollEvent> = there.into_iter().filter(told).collect();
        (!events.is_empty()).then_some(Watch { socket: self.socket, events })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn errors_come_unasked_and_the_rest_does_not() {
        let watch =
            |events: &[PollEvent]| Watch { socket: SocketId(3), events: events.iter().copied().collect() };
        let there = [PollEvent::Out, PollEvent::Hup];
        assert_eq!(watch(&[]).answered(there), Some(watch(&[PollEvent::Hup])));
        assert_eq!(watch(&[PollEvent::Out, PollEvent::In]).answered(there), Some(watch(&there)));
        assert_eq!(watch(&[PollEvent::In]).answered([PollEvent::Out]), None);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn events_have_their_constants_in_json_too() {
        for event in PollEvent::ALL {
            assert_eq!(serde_json::to_string(&event).expect("JSON"), format!("\"{}\"", event.name()));
        }
        let watch = r#"{"socket":3,"events":["POLLIN","POLLOUT"]}"#;
        let read: Watch = serde_json::from_str(watch).expect("a watch");
        assert_eq!(serde_json::to_string(&read).expect("JSON"), watch);
    }
}
