//! A scripted peer: a program of a scenario that listens or connects, and treats each connection as its list of acts says.
//!
//! ```text
//!   {"name": "peer", "meets": {"listens": {"port": 5000}},
//!    "does": [{"read": {"until": "\n"}}, {"send": {"text": "hello\n", "piece": 1, "every_us": 30000}}, "reset"]}
//! ```
//!
//! Unlike a [`Script`](crate::Script) it answers what comes, however that is cut into pieces, and nothing that befalls it is a mistake: when a
//! connection breaks it goes on to the next one. So it can stand against any program, also a wrong one.

use crate::{Action, Program, Seen};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sockets::{
    CallId, Direction, Endpoint, Errno, Failure, Family, HostId, Instant, Micros, Op, OptionName,
    OptionValue, Outcome, SocketId, SocketKind, Value,
};

/// A peer, as a scenario holds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Its name: no other program of the scenario has it.
    pub name: String,
    /// The host that it runs on; may be left out where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// How it comes to its connections.
    pub meets: Meets,
    /// How many connections it treats, one after the other; one where it is not given.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
    /// What it does on each; it closes what it has not closed at the end.
    pub does: Vec<Act>,
}

const fn once() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes by reference")]
const fn is_once(times: &u32) -> bool {
    *times == 1
}

/// How a peer comes to its connections.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Meets {
    /// It listens on every address of its host, and accepts.
    Listens {
        /// The port, 1 to 65535.
        port: u16,
        /// As listen(2) takes it; 8 where it is not given.
        #[serde(default = "backlog")]
        backlog: i32,
    },
    /// It connects. Where nobody listens yet it tries again, for two seconds.
    Connects {
        /// To whom: an address or a name.
        to: String,
        /// The port, 1 to 65535.
        port: u16,
        /// Not before this time, in microseconds.
        #[serde(default)]
        at_us: u64,
    },
}

const fn backlog() -> i32 {
    8
}

/// One thing that a peer does on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Sends octets, all at once or in pieces. Each piece goes out at once (TCP_NODELAY).
    Send {
        /// The octets, as text in UTF-8; or `fill`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// So many octets, the small letters over and over.
        #[serde(default, skip_serializing_if = "is_zero")]
        fill: u32,
        /// How many octets one send takes; all where it is not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        piece: Option<u32>,
        /// The time from one piece to the next, in microseconds.
        #[serde(default, skip_serializing_if = "is_none_us")]
        every_us: u64,
    },
    /// Reads until a text has come, or so many octets; to the end of the stream where neither is given.
    Read {
        /// Until this text has come.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<String>,
        /// Until so many octets have come.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        octets: Option<u32>,
        /// How many octets one recv takes at most; 64 KiB where it is not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        piece: Option<u32>,
        /// The time from one recv to the next, in microseconds.
        #[serde(default, skip_serializing_if = "is_none_us")]
        every_us: u64,
        /// It goes on to the next act after so long without any octet, in microseconds; it waits for ever where it is not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within_us: Option<u64>,
    },
    /// Does nothing for so long, in microseconds.
    Wait(u64),
    /// Ends its own direction: a FIN follows what was sent.
    Finish,
    /// Closes the connection. What it has not read makes that a RST.
    Close,
    /// Closes it with a RST at once.
    Reset,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes by reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes by reference")]
const fn is_none_us(us: &u64) -> bool {
    *us == 0
}

/// The most octets of one act: 64 MiB.
const MOST_FILL: u32 = 64 << 20;

/// What one recv takes where nothing is said, in octets.
const PIECE: u32 = 65_536;

/// How long a peer tries to connect, and how long after a refusal it tries again.
const PATIENCE: Micros = Micros(2_000_000);
const AGAIN: Micros = Micros(20_000);

impl Peer {
    /// What is wrong with it, and in which field.
    ///
    /// # Errors
    /// The field's path in the peer, and what is allowed.
    pub fn check(&self) -> Result<(), (String, String)> {
        if self.times == 0 {
            return Err(("times".into(), "a peer treats at least one connection".into()));
        }
        let port = match &self.meets {
            Meets::Listens { port, .. } => *port,
            Meets::Connects { to, port, .. } => {
                Endpoint::parse(to, &port.to_string())
                    .map_err(|bad| ("meets.connects.to".into(), bad.to_string()))?;
                *port
            }
        };
        if port == 0 {
            return Err(("meets".into(), "the port is 1 to 65535".into()));
        }
        for (place, act) in self.does.iter().enumerate() {
            let wrong = |field: &str, why: &str| Err((format!("does[{place}].{field}"), why.into()));
            match act {
                Act::Send { text, fill, .. } if text.is_empty() == (*fill == 0) => {
                    return wrong("send", "it sends either “text” or “fill”, at least one octet");
                }
                Act::Send { fill, .. } if *fill > MOST_FILL => {
                    return wrong("send.fill", "at most 67108864 octets are made");
                }
                Act::Send { piece: Some(0), .. } | Act::Read { piece: Some(0), .. } => {
                    return wrong("piece", "a piece has at least one octet");
                }
                Act::Read { until: Some(_), octets: Some(_), .. } => {
                    return wrong("read", "“until” and “octets” exclude each other");
                }
                Act::Read { until: Some(until), .. } if until.is_empty() => {
                    return wrong("read.until", "it is empty: then nothing is to be read");
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether it listens: whoever meets it connects.
    pub const fn listens(&self) -> bool {
        matches!(self.meets, Meets::Listens { .. })
    }
}

/// How far it is with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It needs a socket: to listen, or to connect.
    Socket,
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
        }
    }

    /// What it does now; `None` when it is over.
    fn op(&mut self) -> Option<(Op, Option<Micros>)> {
        loop {
            let connection = self.connection.unwrap_or_default();
            let listener = self.listener.unwrap_or_default();
            return Some(match self.stage {
                Stage::Socket => {
                    if let Meets::Connects { at_us, .. } = &self.peer.meets
                        && self.now < Instant(*at_us)
                    {
                        self.until = Some(Instant(*at_us));
                        return None;
                    }
                    (Op::Socket { family: Family::Inet, kind: SocketKind::Stream }, None)
                }
                Stage::Bind => {
                    let Meets::Listens { port, .. } = self.peer.meets else { return self.over() };
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
            Err(Failure::Errno(Errno::ECONNREFUSED)) if self.now < patience => self.stage = Stage::Refused,
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
            (Stage::Socket, Ok(Value::Socket { socket })) if self.peer.listens() => {
                self.listener = Some(*socket);
                Stage::Bind
            }
            (Stage::Socket, Ok(Value::Socket { socket })) => {
                self.connection = Some(*socket);
                Stage::Connect
            }
            (Stage::Bind, Ok(_)) => Stage::Listen,
            (Stage::Listen, Ok(_)) => Stage::Accept,
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
}
