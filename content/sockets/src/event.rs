//! What a [`Network`](crate::Network) says: outcomes of calls, and what happens unasked.

use crate::{CallId, Micros, Outcome, PyAddr, SocketId, Trace};
use core::fmt;
use serde::{Deserialize, Serialize};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A call came back.
    Returned {
        /// Which.
        call: CallId,
        /// With what.
        outcome: Outcome,
        /// How long it was inside the network: the time it blocked, without the way there and back.
        took: Micros,
        /// Something that a person should know about how it was carried out.
        note: Option<String>,
    },
    /// The state of a socket changed, as far as the network's sight goes.
    State {
        /// Of which.
        socket: SocketId,
        /// What it is now.
        sample: Sample,
    },
    /// A segment, a timer, a rule at work: what a network tells whose sight reaches so far.
    Trace(Trace),
    /// Something that a person should know.
    Notice(String),
    /// The network is gone, and all its sockets with it. Every pending call has been answered before.
    Gone(String),
}

/// The eleven states of RFC 9293, 3.3.2 (`CLOSED` is the absence of a connection).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
#[allow(missing_docs, reason = "the names are the RFC's own")]
pub enum State {
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    #[serde(rename = "FIN-WAIT-1")]
    FinWait1,
    #[serde(rename = "FIN-WAIT-2")]
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}

impl State {
    /// Every state, in the RFC's order of life.
    pub const ALL: [State; 11] = [
        State::Closed,
        State::Listen,
        State::SynSent,
        State::SynReceived,
        State::Established,
        State::FinWait1,
        State::FinWait2,
        State::CloseWait,
        State::Closing,
        State::LastAck,
        State::TimeWait,
    ];

    /// The RFC's name.
    pub const fn name(self) -> &'static str {
        match self {
            State::Closed => "CLOSED",
            State::Listen => "LISTEN",
            State::SynSent => "SYN-SENT",
            State::SynReceived => "SYN-RECEIVED",
            State::Established => "ESTABLISHED",
            State::FinWait1 => "FIN-WAIT-1",
            State::FinWait2 => "FIN-WAIT-2",
            State::CloseWait => "CLOSE-WAIT",
            State::Closing => "CLOSING",
            State::LastAck => "LAST-ACK",
            State::TimeWait => "TIME-WAIT",
        }
    }

    /// What the state means, in one sentence, after RFC 9293, 3.3.2.
    pub const fn meaning(self) -> &'static str {
        match self {
            State::Closed => "no connection",
            State::Listen => "waiting for any peer's SYN",
            State::SynSent => "a SYN went out; waiting for the peer's SYN",
            State::SynReceived => "SYNs went both ways; waiting for the ACK of ours",
            State::Established => "open: data can go both ways",
            State::FinWait1 => "our FIN went out; waiting for its ACK or the peer's FIN",
            State::FinWait2 => "our FIN is acknowledged; the peer may still send; waiting for its FIN",
            State::CloseWait => "the peer sent FIN; waiting for our program to close",
            State::Closing => "both sent FIN at once; waiting for the ACK of ours",
            State::LastAck => "the peer's FIN came first, ours went out; waiting for its ACK",
            State::TimeWait => "closed by us first; waiting until old segments have died out",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a network can tell of a socket at one moment. What it cannot see is `None`, never guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The connection's state; `None` for UDP and where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// The local address, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<PyAddr>,
    /// The peer's address, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<PyAddr>,
    /// Octets that arrived and were not yet received by the program (SIOCINQ, tcp(7)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receive_queue: Option<u32>,
    /// Octets that the program sent and the peer has not yet acknowledged (SIOCOUTQ, tcp(7)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_queue: Option<u32>,
    /// A listening socket's queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<AcceptQueue>,
    /// What the connection knows of its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Box<Path>>,
}

/// The accept queue of a listening socket, in connections (listen(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptQueue {
    /// Connections whose handshake is complete and that wait for `accept`.
    pub queued: u32,
    /// The backlog in force. Linux admits one more than this.
    pub backlog: u32,
}

/// A connection's view of its path, from Linux's TCP_INFO (tcp(7)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// Smoothed round-trip time in microseconds (RFC 6298, SRTT); 0 before the first measurement.
    pub rtt_us: u32,
    /// Round-trip time variation in microseconds (RFC 6298, RTTVAR).
    pub rttvar_us: u32,
    /// Retransmission time-out in microseconds (RFC 6298, RTO).
    pub rto_us: u32,
    /// Congestion window in segments (RFC 5681, cwnd).
    pub cwnd: u32,
    /// Slow-start threshold in segments (RFC 5681, ssthresh); `None` while the kernel has not set one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssthresh: Option<u32>,
    /// Segments sent and not yet acknowledged.
    pub unacked: u32,
    /// Consecutive retransmissions of the segment at the head of the queue.
    pub retransmits: u32,
    /// Segments retransmitted in the connection's life.
    pub total_retransmits: u32,
    /// Octets of payload in a full segment sent (MSS).
    pub mss: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn states_have_the_rfcs_names_in_json_too() {
        for state in State::ALL {
            assert_eq!(serde_json::to_string(&state).expect("JSON"), format!("\"{}\"", state.name()));
        }
    }
}
