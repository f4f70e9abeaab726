//! Plays a scenario on a stage: makes its calls in order, waits where it says so, and writes down what came of it.

use crate::kernel::pipe::{Pipe, Seen};
use crate::kernel::scenario::{Called, Does, Scenario, Side, Step};
use sockets::{CallId, Op, Outcome, SocketId, Value};
use std::collections::BTreeMap;

/// How long the story waits for a call or a segment before it goes on without, in microseconds.
const PATIENCE: u64 = 10_000_000;

/// Where a scenario is played: the kernel in real time or the engine in virtual time. Times are microseconds since the beginning.
pub trait Stage {
    /// Makes a call, which comes back by [`Stage::advance`]; it waits unless it is to come back at once.
    fn submit(&mut self, side: Side, call: CallId, op: Op, at_once: bool);
    /// Lets time pass until a call came back (which is answered), or `enough` of the pipe, or the deadline.
    fn advance(&mut self, deadline: u64, enough: &dyn Fn(&Pipe) -> bool) -> Option<(CallId, Outcome)>;
    fn now(&self) -> u64;
    fn with_pipe<T>(&mut self, look: impl FnOnce(&mut Pipe, u64) -> T) -> T;
    /// A host's connections, and its listening sockets with how many connections wait for accept. Connections that have no socket
    /// yet are left out.
    fn states(&mut self, side: Side) -> Vec<State>;
}

/// A socket, or a connection that outlived its socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A listening socket's port, and how many wait.
    Listening(u16, u32),
    /// Own port, peer's port, state.
    Connection(u16, u16, &'static str),
}

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Story {
    /// Every segment that a host sent or that was injected.
    pub seen: Vec<Seen>,
    /// Every call with its outcome, and every note of states, in the order of the steps.
    pub outcomes: Vec<String>,
}

/// Plays it.
pub fn play(scenario: &Scenario, stage: &mut impl Stage) -> Story {
    let mut player = Player { stage, named: BTreeMap::new(), pending: BTreeMap::new(), outcomes: Vec::new() };
    for step in &scenario.steps {
        player.step(step);
    }
    player.states("at the end");
    let seen = player.stage.with_pipe(|pipe, _| pipe.seen().to_vec());
    Story { seen, outcomes: player.outcomes }
}

struct Player<'a, S> {
    stage: &'a mut S,
    named: BTreeMap<&'static str, SocketId>,
    /// Calls that are not back: their line, and the name of the socket that they make.
    pending: BTreeMap<CallId, (usize, Option<&'static str>)>,
    outcomes: Vec<String>,
}

impl<S: Stage> Player<'_, S> {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Call(called) => self.call(called),
            Step::Pause(millis) => {
                let until = self.stage.now() + millis * 1_000;
                while self.advance(until, &|_| false) {}
            }
            Step::Until(side, kind, count) => {
                let enough = |pipe: &Pipe| pipe.count(*side, *kind) >= *count;
                let until = self.stage.now() + PATIENCE;
                while self.advance(until, &enough) {}
            }
            Step::Inject(injection) => self.stage.with_pipe(|pipe, now| pipe.inject(now, injection)),
            Step::States => self.states("now"),
        }
    }

    fn call(&mut self, Called { side, socket, does, behind }: &Called) {
        let until = self.stage.now() + PATIENCE;
        while !matches!(does, Does::Socket)
            && !self.named.contains_key(socket)
            && self.advance(until, &|_| false)
        {}
        let id = self.named.get(socket).copied().unwrap_or(SocketId(u32::MAX));
        let op = does.op(*side, id);
        let call = CallId(self.outcomes.len() as u32);
        self.outcomes.push(format!("{side:?} {socket} {}: pending", told(does)));
        self.pending.insert(call, (call.0 as usize, does.makes(socket)));
        self.stage.submit(*side, call, op, does.at_once());
        while !behind && self.pending.contains_key(&call) && self.advance(until, &|_| false) {}
    }

    /// Whether there is more to wait for.
    fn advance(&mut self, until: u64, enough: &dyn Fn(&Pipe) -> bool) -> bool {
        let Some((call, outcome)) = self.stage.advance(until, enough) else { return false };
        let Some((line, makes)) = self.pending.remove(&call) else { return true };
        if let (Some(name), Ok(Value::Socket { socket } | Value::Accepted { socket, .. })) = (makes, &outcome)
        {
            self.named.insert(name, *socket);
        }
        let line = &mut self.outcomes[line];
        line.truncate(line.len() - "pending".len());
        line.push_str(&result(&outcome));
        true
    }

    fn states(&mut self, when: &str) {
        for side in Side::BOTH {
            let mut states = self.stage.states(side);
            states.sort_unstable();
            let shown = |state: &State| match state {
                State::Listening(own, waiting) => format!("{own} LISTEN with {waiting} waiting"),
                State::Connection(own, peer, state) => format!("{own}-{peer} {state}"),
            };
            let states: Vec<String> = states.iter().map(shown).collect();
            let states = if states.is_empty() { "none".into() } else { states.join(", ") };
            self.outcomes.push(format!("{side:?} sockets {when}: {states}"));
        }
    }
}

fn told(does: &Does) -> String {
    match does {
        Does::Socket => "socket".into(),
        Does::Bind(port) => format!("bind {port}"),
        Does::Listen(backlog) => format!("listen {backlog}"),
        Does::Accept(name) => format!("accept as {name}"),
        Does::Connect(port) => format!("connect {port}"),
        Does::ConnectNow(port) => format!("connect {port} without waiting"),
        Does::Poll(events) => {
            format!("poll {}", events.iter().map(|event| event.name()).collect::<Vec<_>>().join("|"))
        }
        Does::Send(octets, flags) => format!("send {octets}{}", flagged(flags)),
        Does::Recv(max, flags) => format!("recv {max}{}", flagged(flags)),
        Does::Shutdown(how) => format!("shutdown {}", how.name()),
        Does::Close => "close".into(),
        Does::Set(option, value) => format!("setsockopt {option} {value}"),
        Does::Get(option) => format!("getsockopt {option}"),
    }
}

fn flagged(flags: &[sockets::MsgFlag]) -> String {
    flags.iter().map(|flag| format!(" {}", flag.name())).collect()
}

fn result(outcome: &Outcome) -> String {
    match outcome {
        Ok(Value::Socket { .. } | Value::Done {}) => "ok".into(),
        Ok(Value::Accepted { peer, .. }) => format!("peer {}", peer.0),
        Ok(Value::Sent { sent }) => format!("{sent} octets"),
        Ok(Value::Data { data, .. }) => match (data.first(), data.last()) {
            (Some(&first), Some(&last)) => {
                format!("{} octets, {} to {}", data.len(), char::from(first), char::from(last))
            }
            _ => "end of stream".into(),
        },
        Ok(Value::Option { value }) => value.to_string(),
        Ok(Value::Ready { ready }) => {
            let events = ready.iter().flat_map(|watch| &watch.events);
            events.map(|event| event.name()).collect::<Vec<_>>().join("|")
        }
        Ok(other) => format!("{other:?}"),
        Err(failure) => failure.name(),
    }
}
