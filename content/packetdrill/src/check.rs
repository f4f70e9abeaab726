//! Which of a call's answers are compared with the script, and how what differs is told. Knows no arguments.

use crate::calls::Prepared;
use crate::machine::{Got, Setsockopt, Sys};
use core::net::SocketAddr;

/// What of the answer, beside the value, is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Nothing,
    Option(Setsockopt),
    Address(SocketAddr),
    Events(Vec<i64>),
    /// The events of epoll_wait, with their data, in their order.
    Ready(Vec<(i64, i64)>),
    /// The script's numbers for both ends of a pipe.
    Pipe(i64, i64),
    /// What TCP_INQ says in a control message: how much is left to read.
    Left(i64),
}

impl Check {
    /// What differs: expected and got, in words.
    pub(crate) fn differs(&self, got: &Got) -> Option<String> {
        match self {
            Check::Nothing | Check::Pipe(..) => None,
            Check::Ready(expected) => {
                let show = |events: &[(i64, i64)]| {
                    let one = |(events, data): &(i64, i64)| format!("{{events={events:#x}, fd={data}}}");
                    events.iter().map(one).collect::<Vec<_>>().join(", ")
                };
                let count = got.ready.len();
                (expected.get(..count) != Some(&got.ready[..]))
                    .then(|| format!("{} got {}", show(expected), show(&got.ready)))
            }
            Check::Option(expected) => (got.option.as_ref() != Some(expected)).then(|| match &got.option {
                Some(value) => format!("the value {} got {}", written(expected), written(value)),
                None => format!("the value {} got none", written(expected)),
            }),
            Check::Address(expected) => (got.address != Some(*expected)).then(|| match got.address {
                Some(address) => format!("the address {expected} got {address}"),
                None => format!("the address {expected} got none"),
            }),
            Check::Left(expected) => (got.left != Some(*expected)).then(|| match got.left {
                Some(left) => format!("TCP_CM_INQ {expected} got {left}"),
                None => format!("TCP_CM_INQ {expected} got none"),
            }),
            Check::Events(expected) => (got.events != *expected).then(|| {
                let hex =
                    |events: &[i64]| events.iter().map(|e| format!("{e:#x}")).collect::<Vec<_>>().join(", ");
                format!("revents {} got {}", hex(expected), hex(&got.events))
            }),
        }
    }
}

fn written(value: &Setsockopt) -> String {
    match value {
        Setsockopt::Number(number) => format!("[{number}]"),
        Setsockopt::Linger { on, seconds } => format!("{{onoff={on}, linger={seconds}}}"),
        Setsockopt::Time(micros) => {
            format!("{{tv_sec={}, tv_usec={}}}", micros / 1_000_000, micros % 1_000_000)
        }
        Setsockopt::Text(text) => format!("\"{text}\""),
    }
}

impl Prepared {
    /// What of the answer to a call that succeeded differs, expected and got, in words.
    pub(crate) fn differs(&self, got: &Got) -> Option<String> {
        self.check.differs(got).or_else(|| {
            let (asked, whole) = (self.length?, got.length);
            // An option is cut to the room that the program has; of an address the whole length is told.
            let came = match self.sys {
                Sys::GetOption { .. } => whole.map(|whole| whole.min(asked)),
                _ => whole,
            };
            (came != Some(asked)).then(|| match came {
                Some(came) => format!("the length [{asked}] got [{came}]"),
                None => format!("the length [{asked}] got none"),
            })
        })
    }
}
