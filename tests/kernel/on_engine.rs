//! The engine's stage: two hosts of `sim` in virtual time, with the same pipe between them as the kernel's.

use crate::kernel::pipe::Pipe;
use crate::kernel::play::{Stage, State};
use crate::kernel::scenario::{Scenario, Side};
use sim::{Host, HostSpec, InterfaceSpec, Profile, Turn};
use sockets::{Call, CallId, Event, HostId, Instant, Micros, Op, Outcome, PyAddr, Sample, SocketId};
use std::collections::{BTreeMap, VecDeque};
use wire::Datagram;

/// More turns than this at one moment are an endless loop.
const TURNS_AT_ONCE: u32 = 100_000;

/// Two hosts of the engine.
pub struct Engine {
    now: u64,
    hosts: [Host; 2],
    pipe: Pipe,
    back: VecDeque<(CallId, Outcome)>,
    samples: [BTreeMap<SocketId, Sample>; 2],
}

impl Engine {
    /// Two hosts with what the scenario sets.
    ///
    /// # Errors
    /// What the engine does not take.
    pub fn new(scenario: &Scenario) -> Result<Engine, String> {
        let host = |side: Side| {
            let mut profile = Profile::linux();
            for (_, name, value) in scenario.sysctls.iter().filter(|(whose, ..)| *whose == side) {
                profile.set(name, value).map_err(|error| error.to_string())?;
            }
            let spec = HostSpec {
                name: format!("{side:?}"),
                interfaces: vec![InterfaceSpec { addresses: vec![(side.address().into(), 24)], mtu: 1_500 }],
                routes: Vec::new(),
                profile,
                names: Vec::new(),
                privileged: true,
                ..HostSpec::default()
            };
            Host::new(HostId(side as u32), &spec, 1).map_err(|error| error.to_string())
        };
        Ok(Engine {
            now: 0,
            hosts: [host(Side::A)?, host(Side::B)?],
            pipe: Pipe::new(scenario),
            back: VecDeque::new(),
            samples: [BTreeMap::new(), BTreeMap::new()],
        })
    }

    fn turn(&mut self, side: Side, does: impl FnOnce(&mut Host, Instant, &mut Turn)) {
        let mut turn = Turn::default();
        does(&mut self.hosts[side as usize], Instant(self.now), &mut turn);
        for departure in turn.departures {
            if let Datagram::Tcp(segment) = departure.datagram {
                self.pipe.offer(self.now, side, segment);
            }
        }
        for event in turn.events {
            match event {
                Event::Returned { call, outcome, .. } => self.back.push_back((call, outcome)),
                Event::State { socket, sample } => {
                    self.samples[side as usize].insert(socket, sample);
                }
                _ => {}
            }
        }
    }

    fn wakes_at(&self) -> Option<u64> {
        let hosts = self.hosts.iter().filter_map(Host::wakes_at).map(|at| at.0);
        hosts.chain(self.pipe.wakes_at()).min()
    }
}

impl Stage for Engine {
    fn submit(&mut self, side: Side, call: CallId, op: Op, at_once: bool) {
        let timeout = at_once.then_some(Micros::ZERO);
        let call = Call { id: call, host: HostId(side as u32), timeout, op };
        self.turn(side, |host, now, turn| host.submit(now, call, turn));
    }

    fn advance(&mut self, deadline: u64, enough: &dyn Fn(&Pipe) -> bool) -> Option<(CallId, Outcome)> {
        let mut at_once = 0;
        loop {
            if let Some(back) = self.back.pop_front() {
                return Some(back);
            }
            if enough(&self.pipe) {
                return None;
            }
            let Some(at) = self.wakes_at().filter(|at| *at <= deadline) else {
                self.now = self.now.max(deadline);
                return None;
            };
            at_once = if at > self.now { 0 } else { at_once + 1 };
            assert!(at_once < TURNS_AT_ONCE, "the engine turns in circles at {} µs", self.now);
            self.now = self.now.max(at);
            if let Some((to, segment)) = self.pipe.due(self.now) {
                self.turn(to, |host, now, turn| host.receive(now, 0, Datagram::Tcp(segment), turn));
                continue;
            }
            for side in Side::BOTH {
                if self.hosts[side as usize].wakes_at().is_some_and(|at| at.0 <= self.now) {
                    self.turn(side, Host::on_timer);
                }
            }
        }
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn with_pipe<T>(&mut self, look: impl FnOnce(&mut Pipe, u64) -> T) -> T {
        look(&mut self.pipe, self.now)
    }

    fn states(&mut self, side: Side) -> Vec<State> {
        let port = |address: Option<PyAddr>| address.map_or(0, |address| address.0.port());
        let shown = |sample: &Sample| match (sample.state?, sample.accept) {
            (sockets::State::Closed, _) => None,
            (_, Some(queue)) => Some(State::Listening(port(sample.local), queue.queued)),
            (state, None) => Some(State::Connection(port(sample.local), port(sample.peer), state.name())),
        };
        self.samples[side as usize].values().filter_map(shown).collect()
    }
}
