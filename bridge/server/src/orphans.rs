//! Connections that a page has closed and the kernel still ends: FIN-WAIT, LAST-ACK, TIME-WAIT. No descriptor refers to them any more, so the
//! kernel is asked by their addresses ([`os::connection_states`]). The newest are followed, until the kernel knows them no more.

use crate::os;
use crate::outbox::Outbox;
use protocol::Message;
use sockets::{PyAddr, Sample, SocketId, State};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The most connections that are followed at a time; the oldest one is let go for one more.
const MOST: usize = 64;

/// While a connection is young its states may follow each other fast.
const YOUNG: Duration = Duration::from_secs(1);

/// The least time between two looks at a young one, and at one that is older.
const REST: Duration = Duration::from_millis(50);
const REST_LATER: Duration = Duration::from_millis(500);

/// One connection without a socket.
#[derive(Debug)]
struct Orphan {
    id: SocketId,
    local: SocketAddr,
    peer: SocketAddr,
    since: Instant,
    looked_at: Option<Instant>,
    told: Option<State>,
}

/// All that are followed, the oldest first.
#[derive(Debug, Default)]
pub struct Orphans(Vec<Orphan>);

impl Orphans {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A socket with these addresses is about to be closed.
    pub fn add(&mut self, id: SocketId, local: SocketAddr, peer: SocketAddr, out: &mut Outbox) {
        if self.0.len() >= MOST {
            let oldest = self.0.remove(0);
            if oldest.told.is_some() {
                // Whatever it is in now, nobody looks any more.
                out.push(Message::State { socket: oldest.id, sample: Sample::default() }.encode());
            }
        }
        self.0.push(Orphan { id, local, peer, since: Instant::now(), looked_at: None, told: None });
    }

    /// Looks at those that are due, and says what changed.
    pub fn look(&mut self, out: &mut Outbox) {
        if self.0.is_empty() || !out.is_quiet() {
            return;
        }
        let now = Instant::now();
        let is_due = |orphan: &Orphan| {
            let rest = if now - orphan.since < YOUNG { REST } else { REST_LATER };
            orphan.looked_at.is_none_or(|at| now - at >= rest)
        };
        let due: Vec<usize> = (0..self.0.len()).filter(|&place| is_due(&self.0[place])).collect();
        if due.is_empty() {
            return;
        }
        let asked: Vec<(SocketAddr, SocketAddr)> =
            due.iter().map(|&place| (self.0[place].local, self.0[place].peer)).collect();
        let Ok(states) = os::connection_states(&asked) else {
            // Nobody can say what becomes of them.
            for orphan in self.0.drain(..).filter(|orphan| orphan.told.is_some()) {
                out.push(Message::State { socket: orphan.id, sample: Sample::default() }.encode());
            }
            return;
        };
        let mut over = Vec::new();
        for (place, state) in due.into_iter().zip(states) {
            let orphan = &mut self.0[place];
            orphan.looked_at = Some(now);
            let now = state.unwrap_or(State::Closed);
            if orphan.told.replace(now) != Some(now) {
                let sample = Sample {
                    state: Some(now),
                    local: Some(PyAddr(orphan.local)),
                    peer: Some(PyAddr(orphan.peer)),
                    ..Sample::default()
                };
                out.push(Message::State { socket: orphan.id, sample }.encode());
            }
            if state.is_none() {
                over.push(orphan.id);
            }
        }
        self.0.retain(|orphan| !over.contains(&orphan.id));
    }
}
