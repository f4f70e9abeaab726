//! A peer at play: what it does next, from what came of what it did before.
//!
//! ```text
//!   listens:   Socket > Reuse > Bind > Listen > Accept > Ready > Act 0 .. > Close > Accept ..  > CloseListener > Over
//!   connects:  Socket > Connect > Ready > Act 0 .. > Close > Socket ..  > Over                (Refused > Socket: tries again)
//! ```
//!
//! One that only binds is over then. Between Socket and Bind a peer that listens sets SO_REUSEADDR, as servers do: on a kernel the TIME-WAIT of the run before may still be there.

use super::{Act, Meets, Peer};
use crate::{Action, Program, Seen};
use bytes::Bytes;
use sockets::{
    CallId, Direction, Endpoint, Errno, Failure, Family, HostId, Instant, Micros, Op, OptionName,
    OptionValue, Outcome, SocketId, SocketKind, Value,
};

/// What one recv takes where nothing is said, in octets.
const PIECE: u32 = 65_536;

/// How long a peer tries to connect, and how long after a refusal it tries again.
const PATIENCE: Micros = Micros(2_000_000);
const AGAIN: Micros = Micros(20_000);

/// How often a peer looks whether those that it connects to have begun, on a network that has a clock of its own.
const ANON: Micros = Micros(5_000);

/// How far it is with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It needs a socket: to listen, or to connect.
    Socket,
    Reuse,
    Bind,
    Listen,
    Accept,
    Connect,
    /// A connect was refused: the socket goes.
    Refused,
    /// The connection's TCP_NODELAY is to be set.
    Ready,
    /// At this act.
    Act(usize),
    /// A reset has to be made ready, then the close makes it.
    Reset,
    Close,
    CloseListener,
    Over,
}

/// A peer that plays.
#[derive(Clone, Debug)]
pub struct PeerProgram {
    peer: Peer,
    host: HostId,
    stage: Stage,
    /// The call that is under way, with what it does.
    pending: Option<(CallId, &'static str)>,
    until: Option<Instant>,
    /// Until when it tries to connect.
    patience: Option<Instant>,
    listener: Option<SocketId>,
    connection: Option<SocketId>,
    treated: u32,
    /// Octets of this act that were sent, or came and were not wanted yet.
    given: usize,
    inbox: Vec<u8>,
    /// Octets that the act has taken.
    taken: u32,
    now: Instant,
    /// How late those are that it connects to.
    late: Option<Micros>,
    /// Since when whoever connects to it may do so.
    ready: Option<Instant>,
}

impl PeerProgram {
    /// A peer about to begin, with the life line of its calls.
    pub const fn new(peer: Peer, host: HostId) -> PeerProgram {
        PeerProgram {
            peer,
            host,
            stage: Stage::Socket,
            pending: None,
            until: None,
            patience: None,
            listener: None,
            connection: None,
            treated: 0,
            given: 0,
            inbox: Vec::new(),
            taken: 0,
            now: Instant::START,
            late: None,
            ready: None,
        }
    }

    /// What it does now; `None` when it is over.
    fn op(&mut self) -> Option<(Op, Option<Micros>)> {
        loop {
            let connection = self.connection.unwrap_or_default();
            let listener = self.listener.unwrap_or_default();
            return Some(match self.stage {
                Stage::Socket => {
                    if let Meets::Connects { at_us, .. } = &self.peer.meets {
                        let begins = self.late.map(|late| Instant(*at_us) + late);
                        if begins.is_none_or(|begins| self.now < begins) {
                            self.until = Some(begins.unwrap_or(self.now + ANON));
                            return None;
                        }
                    }
                    (Op::Socket { family: Family::Inet, kind: SocketKind::Stream }, None)
                }
                Stage::Reuse => {
                    let (option, value) = (OptionName::ReuseAddr, OptionValue::Number(1));
                    (Op::SetSockOpt { socket: listener, option, value }, None)
                }
                Stage::Bind => {
                    let (Meets::Listens { port, .. } | Meets::Binds { port }) = self.peer.meets else {
                        return self.over();
                    };
                    let any = Endpoint::from((core::net::Ipv4Addr::UNSPECIFIED, port));
                    (Op::Bind { socket: listener, address: any }, None)
                }
                Stage::Listen => {
                    let Meets::Listens { backlog, .. } = self.peer.meets else { return self.over() };
                    (Op::Listen { socket: listener, backlog }, None)
                }
                Stage::Accept => (Op::Accept { socket: listener }, None),
                Stage::Connect => {
                    let Meets::Connects { to, port, .. } = &self.peer.meets else { return self.over() };
                    let Ok(address) = Endpoint::parse(to, &port.to_string()) else { return self.over() };
                    (Op::Connect { socket: connection, address }, None)
                }
                Stage::Refused | Stage::Close => (Op::Close { socket: connection }, None),
                Stage::Ready => {
                    let (option, value) = (OptionName::NoDelay, OptionValue::Number(1));
                    (Op::SetSockOpt { socket: connection, option, value }, None)
                }
                Stage::Act(place) => match self.act(place, connection) {
                    Some(op) => op,
                    None if self.until.is_some() => return None,
                    None => continue,
                },
                Stage::Reset => {
                    let (option, value) = (OptionName::Linger, OptionValue::Linger { on: true, seconds: 0 });
                    (Op::SetSockOpt { socket: connection, option, value }, None)
                }
                Stage::CloseListener => (Op::Close { socket: listener }, None),
                Stage::Over => return None,
            });
        }
    }

    fn over(&mut self) -> Option<(Op, Option<Micros>)> {
        self.stage = Stage::Over;
        None
    }

    /// The call of an act; `None` when the act is done, or pauses.
    fn act(&mut self, place: usize, socket: SocketId) -> Option<(Op, Option<Micros>)> {
        let Some(act) = self.peer.does.get(place) else {
            self.stage = Stage::Close;
            return None;
        };
        match act {
            Act::Send { text, fill, piece, .. } => {
                let whole = if *fill > 0 { *fill as usize } else { text.len() };
                let end =
                    whole.min(self.given.saturating_add(piece.map_or(usize::MAX, |piece| piece as usize)));
                if self.given >= whole {
                    return self.done();
                }
                let data: Bytes = if *fill > 0 {
                    (self.given..end).map(|index| b'a' + (index % 26) as u8).collect()
                } else {
                    Bytes::copy_from_slice(&text.as_bytes()[self.given..end])
                };
                Some((Op::Send { socket, flags: [].into(), data }, None))
            }
            Act::Read { until, octets, piece, within_us, .. } => {
                let most = piece.unwrap_or(PIECE);
                let max = match (until, octets) {
                    (Some(until), _) => {
                        let until = until.as_bytes();
                        let found = self.inbox.windows(until.len()).position(|window| window == until);
                        if let Some(found) = found {
                            self.inbox.drain(..found + until.len());
                            return self.done();
                        }
                        most
                    }
                    (None, Some(octets)) => {
                        let from_inbox = self.inbox.len().min((octets - self.taken) as usize);
                        self.inbox.drain(..from_inbox);
                        self.taken += from_inbox as u32;
                        if self.taken >= *octets {
                            return self.done();
                        }
                        most.min(octets - self.taken)
                    }
                    (None, None) => {
                        self.inbox.clear();
                        most
                    }
                };
                Some((Op::Recv { socket, max, flags: [].into() }, within_us.map(Micros)))
            }
            Act::Wait(us) => {
                let until = self.now + Micros(*us);
                self.next_act();
                self.until = Some(until);
                None
            }
            Act::Finish => Some((Op::Shutdown { socket, how: Direction::Write }, None)),
            Act::Close => {
                self.stage = Stage::Close;
                None
            }
            Act::Reset => {
                self.stage = Stage::Reset;
                None
            }
        }
    }

    fn done(&mut self) -> Option<(Op, Option<Micros>)> {
        self.next_act();
        None
    }

    fn next_act(&mut self) {
        if let Stage::Act(place) = self.stage {
            self.stage = Stage::Act(place + 1);
            self.given = 0;
            self.taken = 0;
        }
    }

    /// The act's call came back.
    fn acted(&mut self, place: usize, outcome: &Outcome) {
        match (self.peer.does.get(place), outcome) {
            (Some(Act::Send { every_us, .. }), Ok(Value::Sent { sent })) => {
                self.given += sent;
                self.pause(*every_us);
            }
            (Some(Act::Read { every_us, .. }), Ok(Value::Data { data, .. })) => {
                if data.is_empty() {
                    return self.next_act();
                }
                self.inbox.extend_from_slice(data);
                self.pause(*every_us);
            }
            (Some(Act::Read { .. }), Err(Failure::TimedOut | Failure::Errno(Errno::EAGAIN))) => {
                self.next_act();
            }
            (_, Ok(_)) => self.next_act(),
            // The connection is broken: nothing more can be done with it.
            (_, Err(_)) => self.stage = Stage::Close,
        }
    }

    fn pause(&mut self, us: u64) {
        if us > 0 {
            self.until = Some(self.now + Micros(us));
        }
    }

    /// A connection is over.
    fn treated(&mut self) {
        self.connection = None;
        self.inbox.clear();
        self.given = 0;
        self.taken = 0;
        self.patience = None;
        self.treated += 1;
        self.stage = match (self.treated < self.peer.times, self.listener) {
            (true, Some(_)) => Stage::Accept,
            (true, None) => Stage::Socket,
            (false, Some(_)) => Stage::CloseListener,
            (false, None) => Stage::Over,
        };
    }

    fn connected(&mut self, outcome: &Outcome) {
        let patience = *self.patience.get_or_insert(self.now + PATIENCE);
        match outcome {
            Ok(_) => self.stage = Stage::Ready,
            // A bridge lets nobody knock where no listener of the page is.
            Err(Failure::Errno(Errno::ECONNREFUSED) | Failure::Policy(_)) if self.now < patience => {
                self.stage = Stage::Refused;
            }
            Err(_) => {
                // Nobody is there. There is no use in the connections after this one.
                self.treated = self.peer.times - 1;
                self.stage = Stage::Close;
            }
        }
    }
}

impl Program for PeerProgram {
    fn name(&self) -> &str {
        &self.peer.name
    }

    fn next(&mut self, seen: &Seen<'_>) -> Action {
        self.now = seen.now;
        self.late = seen.late;
        if let Some((_, what)) = self.pending {
            return Action::Wait(what.to_owned());
        }
        if let Some(until) = self.until.filter(|until| *until > seen.now) {
            return Action::Sleep(until);
        }
        self.until = None;
        match self.op() {
            Some((op, timeout)) => {
                self.pending = Some((seen.call, op.kind().name()));
                Action::Call { host: self.host, timeout, op, site: None }
            }
            None => self.until.map_or(Action::Finished, Action::Sleep),
        }
    }

    fn take(&mut self, call: CallId, outcome: &Outcome) {
        if self.pending.is_none_or(|(pending, _)| pending != call) {
            return;
        }
        self.pending = None;
        self.stage = match (self.stage, outcome) {
            (Stage::Socket, Ok(Value::Socket { socket })) if self.peer.has_port() => {
                self.listener = Some(*socket);
                Stage::Reuse
            }
            (Stage::Socket, Ok(Value::Socket { socket })) => {
                self.connection = Some(*socket);
                Stage::Connect
            }
            (Stage::Reuse, _) => Stage::Bind,
            (Stage::Bind, Ok(_)) if matches!(self.peer.meets, Meets::Binds { .. }) => Stage::Over,
            (Stage::Bind, Ok(_)) => Stage::Listen,
            (Stage::Listen, Ok(_)) => {
                self.ready = Some(self.now);
                Stage::Accept
            }
            (Stage::Accept, Ok(Value::Accepted { socket, .. })) => {
                self.connection = Some(*socket);
                Stage::Ready
            }
            (Stage::Connect, _) => return self.connected(outcome),
            (Stage::Refused, _) => {
                self.until = Some(self.now + AGAIN);
                Stage::Socket
            }
            (Stage::Ready, _) => Stage::Act(0),
            (Stage::Act(place), _) => return self.acted(place, outcome),
            (Stage::Reset, _) => Stage::Close,
            (Stage::Close, _) => return self.treated(),
            _ => Stage::Over,
        };
    }

    fn starts(&self) -> Instant {
        match &self.peer.meets {
            Meets::Listens { .. } | Meets::Binds { .. } => Instant::START,
            // After whoever begins at the beginning.
            Meets::Connects { at_us, .. } => Instant(*at_us).max(Instant(1)),
        }
    }

    fn late(&self) -> Option<Micros> {
        let waited_for = self.peer.has_port() && self.stage != Stage::Over;
        if waited_for { self.ready.map(|ready| ready.since(Instant::START)) } else { Some(Micros::ZERO) }
    }
}
