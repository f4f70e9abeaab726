//! The engine of `sim` as a machine: one host with one interface, `tun0`, in virtual time.
//!
//! What Linux keeps beside the sockets is kept here: descriptors with the lowest free number, O_NONBLOCK, SO_RCVTIMEO and SO_SNDTIMEO,
//! poll. The clock moves only where the script lets it.

mod calls;
mod descriptors;
mod epolls;
mod options;
mod polls;
mod settings;
mod telling;

pub(crate) use calls::call_of;
pub use telling::{MACHINE, SCRIPT};

use crate::machine::{
    Departed, Fd, Got, Machine, Refusal, Returned, Setsockopt, Setting, Stage, Sys, Ticket,
};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use descriptors::Other;
use polls::Polling;
use sim::tcp::Info;
use sim::{Host, HostSpec, InterfaceSpec, Profile, RouteSpec, Turn};
use sockets::{CallId, Errno, Event, HostId, Instant, Micros, SocketId, SocketKind};
use std::collections::{BTreeMap, VecDeque};
use telling::Telling;
use wire::Datagram;

/// More turns than this at one moment are an engine that does not come to rest.
const MOST_TURNS_AT_ONCE: u32 = 100_000;

/// More turns than this are more than any script takes: an hour of segments in the greatest haste.
const MOST_TURNS: u64 = 20_000_000;

/// The engine, ready for one script.
#[derive(Debug)]
pub struct Engine {
    host: Host,
    stage: Stage,
    /// What the interface's queue takes.
    queue_limit: Option<u32>,
    /// Nothing has happened yet.
    is_fresh: bool,
    now: Instant,
    /// How many turns were taken at this moment.
    turns: u32,
    /// How many were taken altogether.
    all_turns: u64,
    departed: VecDeque<Departed>,
    returned: VecDeque<Returned>,
    open: BTreeMap<Fd, Open>,
    /// No descriptor below this one is free.
    free_from: i32,
    /// Descriptors that are no sockets.
    others: BTreeMap<Fd, Other>,
    /// How many octets each pipe holds.
    pipes: Vec<u32>,
    /// Files that the script made: how long they are.
    files: BTreeMap<String, u32>,
    /// Options that are remembered and do nothing here.
    kept: BTreeMap<(Fd, String), Setsockopt>,
    calls: BTreeMap<CallId, Waiting>,
    polling: Vec<Polling>,
    next_call: u32,
    /// The story, where one is told.
    telling: Option<Telling>,
}

/// An open descriptor.
#[derive(Clone, Copy, Debug)]
struct Open {
    socket: SocketId,
    kind: SocketKind,
    nonblocking: bool,
    receive_timeout: Option<Micros>,
    send_timeout: Option<Micros>,
    /// TCP_INQ.
    tells_left: bool,
    is_v6: bool,
}

/// A call that the host has.
#[derive(Clone, Debug)]
struct Waiting {
    ticket: Ticket,
    sys: Sys,
    kind: SocketKind,
}

fn host(stage: &Stage, profile: Profile) -> Result<Host, String> {
    let everywhere: IpAddr = match stage.local.0 {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let spec = HostSpec {
        name: "machine".into(),
        interfaces: vec![InterfaceSpec { addresses: vec![stage.local], mtu: stage.mtu }],
        routes: vec![RouteSpec { destination: (everywhere, 0), via: None, interface: 0 }],
        profile,
        // packetdrill runs as root.
        privileged: true,
        ..HostSpec::default()
    };
    Host::new(HostId(0), &spec, 1).map_err(|why| why.to_string())
}

impl Engine {
    /// A host for this stage, with a current Linux's settings.
    ///
    /// # Errors
    /// Addresses or an MTU that a host cannot have, in words.
    pub fn new(stage: &Stage) -> Result<Engine, String> {
        Ok(Engine {
            host: host(stage, Profile::linux())?,
            stage: stage.clone(),
            queue_limit: None,
            is_fresh: true,
            // As on a machine that has run for a while: some timers tell "never" from "at the beginning".
            now: Instant(1_000_000_000),
            turns: 0,
            all_turns: 0,
            departed: VecDeque::new(),
            returned: VecDeque::new(),
            open: BTreeMap::new(),
            free_from: 3,
            others: BTreeMap::new(),
            pipes: Vec::new(),
            files: BTreeMap::new(),
            kept: BTreeMap::new(),
            calls: BTreeMap::new(),
            polling: Vec::new(),
            next_call: 0,
            telling: None,
        })
    }

    /// Takes what the host did in a turn.
    fn absorb(&mut self, turn: Turn) {
        if let Some(telling) = &mut self.telling {
            turn.events.iter().for_each(|event| telling.observe(self.now, event.clone()));
            turn.loopback.iter().for_each(|looped| telling.looped(self.now, looped));
            turn.departures.iter().for_each(|left| telling.departed(self.now, left));
        }
        self.departed.extend(
            turn.departures.into_iter().map(|left| Departed { at: self.now, datagram: left.datagram }),
        );
        for event in turn.events {
            if let Event::Returned { call, outcome, .. } = event {
                self.host_returned(call, outcome);
            }
        }
        self.poll_again();
    }

    /// Fires what is due at this moment, until the host is at rest.
    fn settle(&mut self) {
        while self.host.wakes_at().is_some_and(|at| at <= self.now) && self.fault().is_none() {
            self.turns += 1;
            self.all_turns += 1;
            if let Some(telling) = &mut self.telling {
                telling.comes_back(self.now);
            }
            let mut turn = Turn::default();
            self.host.on_timer(self.now, &mut turn);
            self.absorb(turn);
        }
        self.poll_again();
    }

    fn move_to(&mut self, at: Instant) {
        if at > self.now {
            self.now = at;
            self.turns = 0;
        }
    }

    fn answer(&mut self, ticket: Ticket, result: Result<Got, Errno>) {
        let result = result.map_err(Refusal::Errno);
        self.returned.push_back(Returned { ticket, at: self.now, result });
    }
}

impl Machine for Engine {
    fn now(&self) -> Instant {
        self.now
    }

    fn advance(&mut self, until: Instant) {
        self.settle();
        while self.departed.is_empty() && self.returned.is_empty() && self.now < until {
            if self.fault().is_some() {
                self.now = until;
                return;
            }
            let polls = self.polling.iter().filter_map(|polling| polling.ends);
            let next = self.host.wakes_at().into_iter().chain(polls).min();
            self.move_to(next.map_or(until, |next| next.clamp(Instant(self.now.0 + 1), until)));
            self.settle();
        }
    }

    fn begin(&mut self, ticket: Ticket, call: &Sys) -> Result<(), String> {
        self.is_fresh = false;
        self.begin_call(ticket, call)?;
        self.settle();
        Ok(())
    }

    fn returned(&mut self) -> Option<Returned> {
        self.returned.pop_front()
    }

    fn inject(&mut self, datagram: Datagram) {
        self.is_fresh = false;
        self.settle();
        if let Some(telling) = &mut self.telling {
            telling.injected(self.now, &datagram);
        }
        let mut turn = Turn::default();
        self.host.receive(self.now, 0, datagram, &mut turn);
        self.absorb(turn);
        self.settle();
    }

    fn departed(&mut self) -> Option<Departed> {
        self.departed.pop_front()
    }

    fn info(&mut self, fd: Fd) -> Option<Info> {
        self.host.info(self.now, self.open.get(&fd)?.socket)
    }

    fn fault(&self) -> Option<String> {
        if self.turns >= MOST_TURNS_AT_ONCE {
            Some(format!("an engine that does not come to rest: {MOST_TURNS_AT_ONCE} turns at one moment"))
        } else if self.all_turns >= MOST_TURNS {
            Some(format!("an engine that does not come to rest: {MOST_TURNS} turns"))
        } else {
            self.telling.as_ref().and_then(Telling::fault)
        }
    }

    fn set(&mut self, setting: &Setting) -> Result<(), String> {
        self.apply(setting)
    }
}
