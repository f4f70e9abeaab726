//! The scenarios, as a table. Each is about one thing.

mod closing;
mod guarding;
mod losing;
mod opening;
mod polling;
mod sending;

use crate::kernel::scenario::{Called, Does, Injection, Kind, Scenario, Side, Step};
use sockets::{OptionName, OptionValue};

/// All of them; names are unique.
pub fn all() -> Vec<Scenario> {
    [opening::all(), closing::all(), sending::all(), losing::all(), guarding::all(), polling::all()].concat()
}

/// The server's port, and the first of the clients'.
const PORT: u16 = 80;
const CLIENT: u16 = 40_001;

type Steps = Vec<Step>;

fn call(side: Side, socket: &'static str, does: Does, behind: bool) -> Steps {
    vec![Step::Call(Called { side, socket, does, behind })]
}

/// A's program calls, and waits.
fn a(socket: &'static str, does: Does) -> Steps {
    call(Side::A, socket, does, false)
}

/// B's program calls, and waits.
fn b(socket: &'static str, does: Does) -> Steps {
    call(Side::B, socket, does, false)
}

/// The call is made and the story goes on.
fn behind(mut steps: Steps) -> Steps {
    for step in &mut steps {
        if let Step::Call(called) = step {
            called.behind = true;
        }
    }
    steps
}

fn pause(millis: u64) -> Steps {
    vec![Step::Pause(millis)]
}

fn until(side: Side, kind: Kind, count: usize) -> Steps {
    vec![Step::Until(side, kind, count)]
}

fn inject(injection: Injection) -> Steps {
    vec![Step::Inject(injection)]
}

fn states() -> Steps {
    vec![Step::States]
}

fn set(option: OptionName, value: i32) -> Does {
    Does::Set(option, OptionValue::Number(value))
}

/// B listens with the socket `l`.
fn listening(backlog: i32) -> Steps {
    let steps = [Does::Socket, set(OptionName::ReuseAddr, 1), Does::Bind(PORT), Does::Listen(backlog)];
    steps.into_iter().flat_map(|does| b("l", does)).collect()
}

/// A socket of A, bound to a port, so that the number is the same everywhere.
fn client(name: &'static str, port: u16) -> Steps {
    let steps = [Does::Socket, set(OptionName::ReuseAddr, 1), Does::Bind(port)];
    steps.into_iter().flat_map(|does| a(name, does)).collect()
}

/// A's `c` and B's `x` are connected; `before` happens before the SYN. The handshake's last ACK has arrived.
fn connected_after(before: Steps) -> Steps {
    [listening(8), client("c", CLIENT), before, a("c", Does::Connect(PORT)), b("l", Does::Accept("x"))]
        .concat()
}

fn connected() -> Steps {
    connected_after(Vec::new())
}
