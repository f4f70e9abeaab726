//! The transitions of RFC 9293, figure 5, and those that its text and Linux add: one table, from which pages and tests are made.
//! LISTEN to SYN-SENT (SEND on a listening socket) is not here, for sockets cannot do that; nor SYN-RECEIVED back to LISTEN, for the
//! listening socket stays in LISTEN, and what ends is the half-open connection.
//!
//! Every change of state that a connection tells in a Log is a row here; a test holds the engine to it.

use sockets::State;

/// One way from a state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Where from.
    pub from: State,
    /// What happens.
    pub event: &'static str,
    /// What is sent.
    pub sends: &'static str,
    /// Where to.
    pub to: State,
    /// The clause.
    pub source: &'static str,
}

const fn row(
    from: State,
    event: &'static str,
    sends: &'static str,
    to: State,
    source: &'static str,
) -> Transition {
    Transition { from, event, sends, to, source }
}

use State::{
    CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived, SynSent,
    TimeWait,
};

/// The table.
pub const TABLE: &[Transition] = &[
    row(Closed, "listen", "", Listen, "RFC 9293, 3.10.1"),
    row(Closed, "connect", "SYN", SynSent, "RFC 9293, 3.10.1"),
    row(Listen, "SYN arrives", "SYN, ACK", SynReceived, "RFC 9293, 3.10.7.2"),
    row(Listen, "the ACK of a SYN cookie arrives", "", Established, "RFC 4987, 3.6"),
    row(Listen, "close", "", Closed, "RFC 9293, 3.10.4"),
    row(SynSent, "SYN, ACK arrives", "ACK", Established, "RFC 9293, 3.10.7.3"),
    row(SynSent, "SYN arrives", "SYN, ACK", SynReceived, "RFC 9293, 3.10.7.3"),
    row(
        SynSent,
        "close, RST, ICMP, or nobody answers",
        "",
        Closed,
        "RFC 9293, 3.10.4, 3.10.7.3 and 3.8.3; RFC 5461, 4.1",
    ),
    row(SynReceived, "the ACK of our SYN arrives", "", Established, "RFC 9293, 3.10.7.4, fifth"),
    row(SynReceived, "close", "FIN", FinWait1, "RFC 9293, 3.10.4"),
    row(
        SynReceived,
        "RST, another SYN, abort, or nobody answers",
        "RST on abort",
        Closed,
        "RFC 9293, 3.10.5, 3.10.7.4, second and fourth, and 3.8.3",
    ),
    row(Established, "close", "FIN", FinWait1, "RFC 9293, 3.10.4"),
    row(Established, "FIN arrives", "ACK", CloseWait, "RFC 9293, 3.10.7.4, eighth"),
    row(
        Established,
        "RST, abort, or nobody answers",
        "RST on abort",
        Closed,
        "RFC 9293, 3.10.5, 3.10.7.4, second, and 3.8.3",
    ),
    row(FinWait1, "the ACK of our FIN arrives", "", FinWait2, "RFC 9293, 3.10.7.4, fifth"),
    row(FinWait1, "FIN arrives", "ACK", Closing, "RFC 9293, 3.10.7.4, eighth"),
    row(
        FinWait1,
        "RST, abort, data for nobody, or nobody answers",
        "RST on abort and to data",
        Closed,
        "RFC 9293, 3.10.5, 3.10.7.4, second, 3.6.1 and 3.8.3",
    ),
    row(FinWait2, "FIN arrives", "ACK", TimeWait, "RFC 9293, 3.10.7.4, eighth"),
    row(
        FinWait2,
        "RST, abort, data for nobody, or the orphan's time-out",
        "RST on abort and to data",
        Closed,
        "RFC 9293, 3.10.5, 3.10.7.4, second, and 3.6.1; Linux, tcp_fin_timeout",
    ),
    row(CloseWait, "close", "FIN", LastAck, "RFC 9293, 3.10.4"),
    row(
        CloseWait,
        "RST, abort, or nobody answers",
        "RST on abort",
        Closed,
        "RFC 9293, 3.10.5, 3.10.7.4, second, and 3.8.3",
    ),
    row(Closing, "the ACK of our FIN arrives", "", TimeWait, "RFC 9293, 3.10.7.4, fifth"),
    row(Closing, "RST, or nobody answers", "", Closed, "RFC 9293, 3.10.7.4, second, and 3.8.3"),
    row(LastAck, "the ACK of our FIN arrives", "", Closed, "RFC 9293, 3.10.7.4, fifth"),
    row(LastAck, "RST, or nobody answers", "", Closed, "RFC 9293, 3.10.7.4, second, and 3.8.3"),
    row(TimeWait, "60 s pass, RST, or a newer SYN", "", Closed, "RFC 9293, 3.6.1 and 3.10.8; RFC 6191, 2"),
];

/// The row for a change of state, if the table has one.
pub fn find(from: State, to: State) -> Option<&'static Transition> {
    TABLE.iter().find(|row| row.from == from && row.to == to)
}
