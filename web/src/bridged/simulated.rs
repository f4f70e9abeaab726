//! The simulator in the place of a kernel, for a page without a bridge: one machine, whose loopback takes so long that segments can
//! be watched on their way. Virtual time runs as fast as the page's.
//!
//! Which of the page's hosts a call or a datagram belongs to is [`Machine`]'s affair; here the page's time takes the place of the machine's.

use lab::Machine;
use sockets::{Call, Event, Fate, HostId, Instant, Micros, Network, Trace};

/// How long a segment is under way unless the person wants it otherwise.
pub const DELAY: Micros = Micros(200_000);

/// The machine.
pub struct Simulated {
    machine: Machine,
    /// The page's time at the world's beginning.
    began: Instant,
    used: bool,
}

impl Simulated {
    /// A machine whose loopback takes so long, up to 10 s; `other` is the host that answers for ports which nobody has.
    pub fn new(now: Instant, delay: Micros, other: HostId) -> Simulated {
        Simulated { machine: Machine::new(1, delay, other), began: now, used: false }
    }

    /// Whether a call was ever made.
    pub const fn is_used(&self) -> bool {
        self.used
    }

    /// Makes a call of one of the page's hosts.
    pub fn submit(&mut self, now: Instant, call: Call) {
        self.used = true;
        self.machine.submit(self.inside(now), call);
    }

    /// The next thing that has happened up to now, with the page's time of it.
    pub fn poll(&mut self, now: Instant) -> Option<(Instant, Event)> {
        let mut event = self.machine.poll(self.inside(now))?;
        let at = self.began + Micros(self.machine.now().0);
        self.tell_times(&mut event);
        Some((at, event))
    }

    /// When to poll again, in the page's time.
    pub fn wakes_at(&self) -> Option<Instant> {
        self.machine.wakes_at().map(|at| self.began + Micros(at.0))
    }

    fn inside(&self, now: Instant) -> Instant {
        Instant(now.since(self.began).0)
    }

    /// Puts the page's time in the place of the machine's.
    fn tell_times(&self, event: &mut Event) {
        let outside = |at: &mut Instant| *at = self.began + Micros(at.0);
        match event {
            Event::Trace(Trace::Sent(transit)) => {
                if let Fate::Arrives { at } | Fate::Corrupted { at } = &mut transit.fate {
                    outside(at);
                }
            }
            Event::Trace(Trace::Armed { fires: Some(at), .. }) => outside(at),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockets::{CallId, Endpoint, Family, Op, SocketId, SocketKind, Value};

    const SERVER: HostId = HostId(4);
    const CLIENT: HostId = HostId(7);

    /// Everything up to a time, in milliseconds of the page.
    fn until(machine: &mut Simulated, ms: u64) -> Vec<(u64, Event)> {
        let now = Instant(ms * 1_000);
        std::iter::from_fn(|| machine.poll(now)).map(|(at, event)| (at.0 / 1_000, event)).collect()
    }

    fn call(machine: &mut Simulated, ms: u64, id: u32, host: HostId, op: Op) -> Vec<(u64, Event)> {
        machine.submit(Instant(ms * 1_000), Call { id: CallId(id), host, timeout: None, op });
        until(machine, ms)
    }

    fn made(events: &[(u64, Event)]) -> SocketId {
        events
            .iter()
            .find_map(|(_, event)| match event {
                Event::Returned { outcome: Ok(Value::Socket { socket }), .. } => Some(*socket),
                _ => None,
            })
            .expect("socket() made one")
    }

    #[test]
    fn a_handshake_takes_the_time_of_its_segments_and_goes_between_the_pages_hosts() {
        let mut machine = Simulated::new(Instant(5_000_000), DELAY, SERVER);
        assert!(!machine.is_used());
        let socket = Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
        let listener = made(&call(&mut machine, 5_100, 1, SERVER, socket.clone()));
        let address = Endpoint::parse("127.0.0.1", "5000").expect("an address");
        call(&mut machine, 5_100, 2, SERVER, Op::Bind { socket: listener, address: address.clone() });
        call(&mut machine, 5_100, 3, SERVER, Op::Listen { socket: listener, backlog: 1 });
        let client = made(&call(&mut machine, 5_200, 4, CLIENT, socket));
        let mut events = call(&mut machine, 5_200, 5, CLIENT, Op::Connect { socket: client, address });
        assert_eq!(machine.wakes_at(), Some(Instant(5_400_000)));
        events.extend(until(&mut machine, 6_000));
        let mut told = Vec::new();
        for (at, event) in &events {
            match event {
                Event::Trace(Trace::Sent(transit)) => {
                    let flags = transit.datagram.segment().expect("TCP").flags;
                    let Fate::Arrives { at: arrives } = transit.fate else { panic!("it is lost") };
                    assert_eq!(arrives.0 / 1_000, at + 200, "times are the page's");
                    told.push(format!("{at} {} > {} {flags}", transit.from, transit.to));
                }
                Event::Trace(Trace::Arrived { host, .. }) => told.push(format!("{at} arrives at {host}")),
                Event::Returned { call: CallId(5), .. } => told.push(format!("{at} connect is back")),
                _ => {}
            }
        }
        let expected = [
            "5200 7 > 4 S",
            "5400 arrives at 4",
            "5400 4 > 7 S.",
            "5600 arrives at 7",
            "5600 connect is back",
            "5600 7 > 4 .",
            "5800 arrives at 4",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_port_that_nobody_has_is_refused_by_the_other_host() {
        let mut machine = Simulated::new(Instant::START, DELAY, SERVER);
        let socket = Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
        let client = made(&call(&mut machine, 0, 1, CLIENT, socket));
        let address = Endpoint::parse("127.0.0.1", "9").expect("an address");
        let mut events = call(&mut machine, 0, 2, CLIENT, Op::Connect { socket: client, address });
        events.extend(until(&mut machine, 1_000));
        let ways: Vec<_> = events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Trace(Trace::Sent(transit)) => Some((transit.from, transit.to)),
                _ => None,
            })
            .collect();
        assert_eq!(ways, [(CLIENT, SERVER), (SERVER, CLIENT)]);
    }
}
