//! Looks at the sockets' kernel state and tells the page what changed.
//!
//! A socket is looked at after each call on it, and otherwise in turns, never more than once in 50 ms; at most [`TURN`] sockets
//! in one tick, so that many sockets cost no more than a few. While the page does not keep up nothing is looked at: it gets the
//! newest state later, and nothing is queued for it.

use crate::attempt;
use crate::os;
use crate::outbox::Outbox;
use crate::socket::Entry;
use protocol::Message;
use socket2::Socket;
use sockets::{Sample, SocketId, SocketKind, State};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::{Duration, Instant};

/// How often sockets get their turn.
pub const TICK: Duration = Duration::from_millis(25);

/// The least time between two looks at one socket.
const REST: Duration = Duration::from_millis(50);

/// The most sockets that are looked at in one tick because it is their turn.
const TURN: usize = 48;

/// Whose turn it is.
#[derive(Debug, Default)]
pub struct Sampler {
    last: SocketId,
    touched: Vec<SocketId>,
}

impl Sampler {
    /// A call touched this socket.
    pub fn touch(&mut self, id: SocketId, entry: &mut Entry) {
        if !std::mem::replace(&mut entry.touched, true) {
            self.touched.push(id);
        }
    }

    /// Looks at what is due, and says what changed.
    pub fn look(&mut self, sockets: &mut BTreeMap<SocketId, Entry>, out: &mut Outbox, tick: bool) {
        if self.touched.is_empty() && !tick || !out.is_quiet() {
            return;
        }
        let now = Instant::now();
        self.touched.retain(|&id| {
            let Some(entry) = sockets.get_mut(&id) else { return false };
            if entry.looked_at.is_some_and(|at| now - at < REST) || !out.is_quiet() {
                return true;
            }
            tell(id, entry, now, out);
            false
        });
        if !tick {
            return;
        }
        let mut turns = TURN.min(sockets.len());
        while turns > 0 && out.is_quiet() {
            turns -= 1;
            let next = sockets.range_mut((Bound::Excluded(self.last), Bound::Unbounded)).next();
            let Some((&id, entry)) = next else {
                self.last = SocketId(0);
                continue;
            };
            self.last = id;
            if entry.looked_at.is_none_or(|at| now - at >= REST) {
                tell(id, entry, now, out);
            }
        }
    }
}

fn tell(id: SocketId, entry: &mut Entry, now: Instant, out: &mut Outbox) {
    let sample = sample(entry);
    entry.looked_at = Some(now);
    entry.touched = false;
    if entry.told.as_ref() != Some(&sample) {
        out.push(Message::State { socket: id, sample: sample.clone() }.encode());
        entry.told = Some(sample);
    }
}

fn sample(entry: &mut Entry) -> Sample {
    let mut sample = match entry.kind {
        SocketKind::Stream => entry.with(|socket| Ok(os::sample_tcp(socket))).unwrap_or_default(),
        SocketKind::Datagram => Sample {
            receive_queue: entry.with(|socket| Ok(os::unread(socket))).ok().flatten(),
            ..Sample::default()
        },
    };
    // Addresses change by calls, and with the state.
    if entry.touched || entry.told.as_ref().is_none_or(|told| told.state != sample.state) {
        let address = |get: fn(&Socket) -> std::io::Result<socket2::SockAddr>| {
            entry
                .with(get)
                .ok()
                .and_then(|address| attempt::shown(&address))
                .filter(|address| address.0.port() != 0)
        };
        entry.addresses = (address(Socket::local_addr), address(Socket::peer_addr));
    }
    (sample.local, sample.peer) = entry.addresses;
    match (sample.state, entry.addresses) {
        // The kernel takes a connection in TIME-WAIT off its socket, which is CLOSED from then on.
        (Some(State::Closed), _) => {
            let left =
                entry.connection.and_then(|connection| os::connection_states(&[connection]).ok()?.pop()?);
            match left {
                Some(_) => sample.state = left,
                None => entry.connection = None,
            }
        }
        (Some(state), (Some(local), Some(peer))) if state != State::SynSent => {
            entry.connection = Some((local.0, peer.0));
        }
        _ => {}
    }
    sample
}
