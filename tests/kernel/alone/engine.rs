//! The engine's stage: one host that talks to itself.

use super::Stage;
use sim::{Host, HostSpec, Turn};
use sockets::{Call, CallId, Event, HostId, Instant, Micros, Op, Outcome};

/// How long the host goes on after each call: everything on loopback is done by then, and no timer is due.
const AFTERWARDS: Micros = Micros::from_millis(2);

pub struct Engine {
    host: Host,
    now: Instant,
    calls: u32,
}

impl Engine {
    pub fn new() -> Engine {
        let spec = HostSpec { name: "a".into(), ..HostSpec::default() };
        let host = Host::new(HostId(0), &spec, 1).expect("a sound spec");
        Engine { host, now: Instant::START, calls: 0 }
    }
}

impl Stage for Engine {
    fn call(&mut self, op: Op, timeout: Micros) -> Outcome {
        self.calls += 1;
        let id = CallId(self.calls);
        let mut turn = Turn::default();
        let call = Call { id, host: HostId(0), timeout: Some(timeout), op };
        self.host.submit(self.now, call, &mut turn);
        let mut events = std::mem::take(&mut turn.events);
        let end = self.now + timeout + AFTERWARDS;
        for _ in 0..100_000 {
            let Some(at) = self.host.wakes_at().filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            self.host.on_timer(self.now, &mut turn);
            events.append(&mut turn.events);
        }
        self.now = end;
        let back = events.into_iter().find_map(|event| match event {
            Event::Returned { call, outcome, .. } if call == id => Some(outcome),
            _ => None,
        });
        back.expect("a call that does not wait comes back")
    }
}
