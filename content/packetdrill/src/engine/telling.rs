//! The story of a run: what the host and the script did, as a Log in which the script is the host at the other end of the interface.
//!
//! A datagram between them takes no time, as on packetdrill's own tunnel. Time 0 is the first event's.

use super::Engine;
use crate::machine::Stage;
use sockets::{Call, Event, Fate, HostId, Instant, LinkId, Log, PacketId, SocketId, Trace, Transit};
use wire::Datagram;

/// The host under test in the Log.
pub const MACHINE: HostId = HostId(0);
/// The script's side in the Log.
pub const SCRIPT: HostId = HostId(1);

/// Further than this a story is not told.
const MOST_RECORDS: usize = 400_000;
/// So many octets may be sent by all calls together: they stay in the Log.
const MOST_SENT: u64 = 64 << 20;

/// The interface, and the host's way to itself.
const INTERFACE: LinkId = LinkId(0);
const LOOPBACK: LinkId = LinkId(1);

/// The story so far.
#[derive(Debug, Default)]
pub(super) struct Telling {
    log: Log,
    /// The host's time at which the story begins.
    begin: Instant,
    packets: u32,
    /// What the host sent to itself and has not taken yet.
    looped: Vec<PacketId>,
    /// What calls gave to send, in octets.
    sent: u64,
}

/// Who sends what to whom.
struct Way {
    from: HostId,
    to: HostId,
    link: LinkId,
    socket: Option<SocketId>,
    retransmission: bool,
}

impl Telling {
    fn time(&self, at: Instant) -> Instant {
        Instant(at.0.saturating_sub(self.begin.0))
    }

    pub fn enter(&mut self, now: Instant, call: &Call) {
        self.sent += call.op.payload().map_or(0, |data| data.len() as u64);
        self.log.enter(self.time(now), call.clone());
    }

    pub fn observe(&mut self, now: Instant, mut event: Event) {
        if let Event::Trace(Trace::Armed { fires: Some(fires), .. }) = &mut event {
            *fires = self.time(*fires);
        }
        self.log.observe(self.time(now), event);
    }

    fn sent(&mut self, now: Instant, datagram: Datagram, way: &Way) -> PacketId {
        let packet = PacketId(self.packets);
        self.packets += 1;
        let transit = Transit {
            packet,
            copy_of: None,
            link: way.link,
            from: way.from,
            to: way.to,
            socket: way.socket,
            retransmission: way.retransmission,
            datagram,
            fate: Fate::Arrives { at: self.time(now) },
        };
        self.observe(now, Event::Trace(Trace::Sent(Box::new(transit))));
        packet
    }

    fn arrived(&mut self, now: Instant, packet: PacketId, host: HostId) {
        self.observe(now, Event::Trace(Trace::Arrived { packet, host }));
    }

    pub fn injected(&mut self, now: Instant, datagram: &Datagram) {
        let way = Way { from: SCRIPT, to: MACHINE, link: INTERFACE, socket: None, retransmission: false };
        let packet = self.sent(now, datagram.clone(), &way);
        self.arrived(now, packet, MACHINE);
    }

    pub fn departed(&mut self, now: Instant, left: &sim::Departure) {
        let (socket, retransmission) = (left.socket, left.retransmission);
        let way = Way { from: MACHINE, to: SCRIPT, link: INTERFACE, socket, retransmission };
        let packet = self.sent(now, left.datagram.clone(), &way);
        self.arrived(now, packet, SCRIPT);
    }

    pub fn looped(&mut self, now: Instant, looped: &sim::Looped) {
        let (socket, retransmission) = (looped.socket, looped.retransmission);
        let way = Way { from: MACHINE, to: MACHINE, link: LOOPBACK, socket, retransmission };
        let packet = self.sent(now, looped.datagram.clone(), &way);
        self.looped.push(packet);
    }

    /// The host takes what it sent to itself.
    pub fn comes_back(&mut self, now: Instant) {
        for packet in core::mem::take(&mut self.looped) {
            self.arrived(now, packet, MACHINE);
        }
    }

    /// Why the story cannot go on.
    pub fn fault(&self) -> Option<String> {
        if self.log.records().len() > MOST_RECORDS {
            Some(format!("a story of more than {MOST_RECORDS} records, which is too long to be shown"))
        } else {
            None
        }
    }
}

impl Engine {
    /// An engine that tells its story, in which [`MACHINE`] is the host and [`SCRIPT`] is the other end. It goes less far than one that
    /// tells nothing: a story that is too long is the fault of the run.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn telling(stage: &Stage) -> Result<Engine, String> {
        let mut engine = Engine::new(stage)?;
        engine.telling = Some(Telling { begin: engine.now, ..Telling::default() });
        Ok(engine)
    }

    /// The story so far; empty where none is told.
    pub fn story(self) -> Log {
        self.telling.map(|telling| telling.log).unwrap_or_default()
    }

    /// Whether the story can take so many octets more.
    ///
    /// # Errors
    /// That it cannot, in words.
    pub(super) fn room_for(&self, octets: u32) -> Result<(), String> {
        match &self.telling {
            Some(telling) if telling.sent.saturating_add(octets.into()) > MOST_SENT => Err(format!(
                "calls that send more than {MOST_SENT} octets together, which is too much to be shown"
            )),
            _ => Ok(()),
        }
    }
}
