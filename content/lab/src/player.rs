//! Whoever plays in a scenario, and where: scripts and learners' programs side by side, in a world or on one machine.

use crate::{Action, PeerProgram, Source};
use crate::{BadScenario, Clock, Driver, Limits, Machine, Process, Program, Scenario, ScriptProgram, Seen};
use sim::world::World;
use sockets::{Call, CallId, Event, HostId, Instant, Micros, Network, Outcome, Sight};

/// A program of a scenario.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there are few, and each lives as long as its run")]
pub enum Player {
    /// A script.
    Script(ScriptProgram),
    /// A learner's program.
    Process(Process),
    /// A scripted peer.
    Peer(PeerProgram),
}

impl Player {
    /// The learner's program, if it is one.
    pub const fn process(&self) -> Option<&Process> {
        match self {
            Player::Process(process) => Some(process),
            Player::Script(_) | Player::Peer(_) => None,
        }
    }

    /// As [`Player::process`], to tell it something.
    pub const fn process_mut(&mut self) -> Option<&mut Process> {
        match self {
            Player::Process(process) => Some(process),
            Player::Script(_) | Player::Peer(_) => None,
        }
    }
}

impl Program for Player {
    fn name(&self) -> &str {
        match self {
            Player::Script(script) => script.name(),
            Player::Process(process) => process.name(),
            Player::Peer(peer) => peer.name(),
        }
    }

    fn next(&mut self, seen: &Seen<'_>) -> Action {
        match self {
            Player::Script(script) => script.next(seen),
            Player::Process(process) => process.next(seen),
            Player::Peer(peer) => peer.next(seen),
        }
    }

    fn take(&mut self, call: CallId, outcome: &Outcome) {
        match self {
            Player::Script(script) => script.take(call, outcome),
            Player::Process(process) => process.take(call, outcome),
            Player::Peer(peer) => peer.take(call, outcome),
        }
    }

    fn starts(&self) -> Instant {
        match self {
            Player::Script(script) => script.starts(),
            Player::Peer(peer) => peer.starts(),
            Player::Process(process) => process.starts(),
        }
    }

    fn late(&self) -> Option<Micros> {
        match self {
            Player::Script(script) => script.late(),
            Player::Peer(peer) => peer.late(),
            Player::Process(process) => process.late(),
        }
    }

    fn asks(&self) -> Option<Instant> {
        match self {
            Player::Script(script) => script.asks(),
            Player::Process(process) => process.asks(),
            Player::Peer(peer) => peer.asks(),
        }
    }
}

/// Where a scenario is played: a world of hosts, or one machine with a life line for each program.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one")]
pub enum Ground {
    /// Hosts and what joins them.
    World(World),
    /// One machine.
    Machine(Machine),
}

impl Network for Ground {
    fn sight(&self) -> Sight {
        Sight::Segments
    }

    fn submit(&mut self, now: Instant, call: Call) {
        match self {
            Ground::World(world) => world.submit(now, call),
            Ground::Machine(machine) => machine.submit(now, call),
        }
    }

    fn poll(&mut self, now: Instant) -> Option<Event> {
        match self {
            Ground::World(world) => world.poll(now),
            Ground::Machine(machine) => machine.poll(now),
        }
    }

    fn wakes_at(&self) -> Option<Instant> {
        match self {
            Ground::World(world) => world.wakes_at(),
            Ground::Machine(machine) => machine.wakes_at(),
        }
    }
}

/// The life lines of a scenario's picture, by their [`HostId`]: its hosts; or, where all programs run on one machine, its programs.
pub fn life_lines(scenario: &Scenario) -> Vec<String> {
    if !plays_on_one_machine(scenario) {
        return scenario.world.hosts.iter().map(|host| host.name.clone()).collect();
    }
    let scripts = scenario.programs.iter().map(|program| program.name.clone());
    let processes = scenario.python.iter().map(|source| source.name.clone());
    scripts.chain(processes).chain(scenario.peers.iter().map(|peer| peer.name.clone())).collect()
}

/// Whether each program has a life line of its own: there is one host, and not scripts alone.
fn plays_on_one_machine(scenario: &Scenario) -> bool {
    let scripts_alone = scenario.python.is_empty() && scenario.peers.is_empty();
    !scripts_alone && scenario.world.hosts.len() == 1
}

/// A scenario that is about to begin, in its world. Each of its learners' programs needs an interpreter ([`Process::order`]).
///
/// # Errors
/// A world that cannot be; one that [`Scenario::parse`] has read can.
pub fn begin(scenario: &Scenario) -> Result<Driver<Ground, Player>, BadScenario> {
    let world = World::new(&scenario.world).map_err(BadScenario::in_world)?;
    let bounds = &scenario.world.bounds;
    let limits = Limits {
        actions_at_once: bounds.events_at_once,
        afterwards: scenario.afterwards,
        until: Some(Instant(bounds.time_us)),
        ..Limits::default()
    };
    let one_machine = plays_on_one_machine(scenario);
    let players = players(scenario, one_machine);
    let ground =
        if one_machine { Ground::Machine(Machine::in_world(world, HostId(0))) } else { Ground::World(world) };
    Ok(Driver::new(ground, players, Clock::Virtual, limits))
}

/// A scenario's programs about to begin on a network that has a clock of its own, a life line for each.
pub fn begin_on<N: Network>(network: N, scenario: &Scenario) -> Driver<N, Player> {
    Driver::new(network, players(scenario, true), Clock::Outside, Limits::default())
}

/// The programs: scripts, learners' programs, peers, as in [`life_lines`].
fn players(scenario: &Scenario, one_machine: bool) -> Vec<Player> {
    let hosts = &scenario.world.hosts;
    let lane = |place: usize, host: &str| match hosts.iter().position(|other| other.name == host) {
        Some(host) if !one_machine => HostId(host as u32),
        _ => HostId(place as u32),
    };
    let scripts = scenario.programs.iter().enumerate().map(|(place, program)| {
        let hosts = program.script.hosts.iter().map(|host| lane(place, host)).collect();
        let (name, script, pauses) = (program.name.clone(), program.script.clone(), program.pauses.clone());
        Player::Script(ScriptProgram::new(name, script, hosts, pauses))
    });
    let first = scenario.programs.len();
    let processes = scenario.python.iter().enumerate().map(|(place, source)| {
        let Source { name, host, lines, starts, .. } = source;
        let process = Process::new(name.clone(), lane(first + place, host), lines.clone());
        Player::Process(process.starting_at(*starts))
    });
    let first = first + scenario.python.len();
    let peers =
        scenario.peers.iter().enumerate().map(|(place, peer)| {
            Player::Peer(PeerProgram::new(peer.clone(), lane(first + place, &peer.host)))
        });
    scripts.chain(processes).chain(peers).collect()
}
