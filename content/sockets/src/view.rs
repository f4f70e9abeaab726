//! What a Log says of each socket up to now: its phase, addresses, peers, what is pending.
//!
//! [`Sockets`] is a fold over records. It knows what programs did and what came back; for the connection's state it has only
//! what the network sampled.

use crate::{
    CallId, Direction, Family, HostId, Log, MsgFlag, Op, Outcome, PyAddr, Record, Sample, SocketId,
    SocketKind, Value, What,
};
use std::collections::BTreeMap;

/// Where a socket stands in its life, as its program's calls tell it.
///
/// ```text
///  socket        bind           listen
///  -----> Fresh -----> Bound ----------> Listening
///           |            |
///           '------------+--connect--> Connecting --> Connected --> Closed
///                                         |   ^            ^
///                                    Failed <-'     accept '
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Made, nothing done with it.
    Fresh,
    /// Has a local address.
    Bound,
    /// Takes connections.
    Listening,
    /// connect is under way.
    Connecting,
    /// Has a peer.
    Connected,
    /// A connect failed, or the connection was reset.
    Failed,
    /// Closed by its program, or gone with its network.
    Closed,
}

/// What is known of one socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketView {
    /// The socket.
    pub id: SocketId,
    /// Whose it is.
    pub host: HostId,
    /// AF_INET or AF_INET6.
    pub family: Family,
    /// Stream or datagram.
    pub kind: SocketKind,
    /// Where it stands in its life.
    pub phase: Phase,
    /// The listening socket that it was accepted from.
    pub accepted_from: Option<SocketId>,
    /// Its own address, as far as it was told.
    pub local: Option<PyAddr>,
    /// Its peer's address, as far as it was told.
    pub peer: Option<PyAddr>,
    /// The newest sample of its kernel state.
    pub sample: Option<Sample>,
    /// Calls that wait on it.
    pub pending: Vec<CallId>,
    /// Octets that the network took from the program.
    pub sent: u64,
    /// Octets that the program received.
    pub received: u64,
    /// recv answered the end of the stream.
    pub ended: bool,
    /// The program has shut its sending direction down.
    pub write_shut: bool,
    /// The program has shut its receiving direction down.
    pub read_shut: bool,
}

impl SocketView {
    fn new(id: SocketId, host: HostId, family: Family, kind: SocketKind, phase: Phase) -> SocketView {
        SocketView {
            id,
            host,
            family,
            kind,
            phase,
            accepted_from: None,
            local: None,
            peer: None,
            sample: None,
            pending: Vec::new(),
            sent: 0,
            received: 0,
            ended: false,
            write_shut: false,
            read_shut: false,
        }
    }
}

/// All sockets of a Log, and the calls that are pending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sockets {
    sockets: BTreeMap<SocketId, SocketView>,
    pending: BTreeMap<CallId, (HostId, Op)>,
}

impl Sockets {
    /// What a whole Log says.
    pub fn of(log: &Log) -> Sockets {
        let mut sockets = Sockets::default();
        for record in log.records() {
            sockets.apply(record);
        }
        sockets
    }

    /// One socket.
    pub fn get(&self, id: SocketId) -> Option<&SocketView> {
        self.sockets.get(&id)
    }

    /// All sockets, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &SocketView> {
        self.sockets.values()
    }

    /// The sockets of one host, oldest first.
    pub fn of_host(&self, host: HostId) -> impl Iterator<Item = &SocketView> {
        self.sockets.values().filter(move |view| view.host == host)
    }

    /// The pending calls, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = (CallId, HostId, &Op)> {
        self.pending.iter().map(|(&id, (host, op))| (id, *host, op))
    }

    /// Takes the next record of the story in.
    pub fn apply(&mut self, record: &Record) {
        match &record.what {
            What::Entered(call) => {
                if let Some(view) = self.view(&call.op) {
                    view.pending.push(call.id);
                    if matches!(call.op, Op::Connect { .. })
                        && matches!(view.phase, Phase::Fresh | Phase::Bound | Phase::Failed)
                        && view.kind == SocketKind::Stream
                    {
                        view.phase = Phase::Connecting;
                    }
                }
                self.pending.insert(call.id, (call.host, call.op.clone()));
            }
            What::Returned { call, outcome, .. } => {
                if let Some((host, op)) = self.pending.remove(call) {
                    if let Some(view) = self.view(&op) {
                        view.pending.retain(|id| id != call);
                    }
                    self.returned(host, &op, outcome);
                }
            }
            What::State { socket, sample } => {
                if let Some(view) = self.sockets.get_mut(socket) {
                    view.local = sample.local.or(view.local);
                    view.peer = sample.peer.or(view.peer);
                    view.sample = Some(sample.clone());
                }
            }
            What::Gone(_) => {
                for view in self.sockets.values_mut() {
                    view.phase = Phase::Closed;
                    view.sample = None;
                }
            }
            What::Trace(_) | What::Notice(_) => {}
        }
    }

    fn view(&mut self, op: &Op) -> Option<&mut SocketView> {
        op.socket().and_then(|id| self.sockets.get_mut(&id))
    }

    fn returned(&mut self, host: HostId, op: &Op, outcome: &Outcome) {
        match (op, outcome) {
            (Op::Socket { family, kind }, Ok(Value::Socket { socket })) => {
                self.sockets.insert(*socket, SocketView::new(*socket, host, *family, *kind, Phase::Fresh));
            }
            (Op::Accept { socket: listener }, Ok(Value::Accepted { socket, peer })) => {
                let family = self.sockets.get(listener).map_or(Family::Inet, |view| view.family);
                let mut view = SocketView::new(*socket, host, family, SocketKind::Stream, Phase::Connected);
                view.accepted_from = Some(*listener);
                view.peer = Some(*peer);
                self.sockets.insert(*socket, view);
            }
            _ => {
                if let Some(view) = self.view(op) {
                    match outcome {
                        Ok(value) => view.succeeded(op, value),
                        Err(failure) => view.failed(op, failure.errno()),
                    }
                }
            }
        }
    }
}

impl SocketView {
    fn succeeded(&mut self, op: &Op, value: &Value) {
        match (op, value) {
            (Op::Bind { .. }, _) => self.phase = Phase::Bound,
            (Op::Listen { .. }, _) => self.phase = Phase::Listening,
            (Op::Connect { .. }, _) => self.phase = Phase::Connected,
            (Op::Close { .. }, _) => {
                self.phase = Phase::Closed;
                self.sample = None;
            }
            (Op::Shutdown { how, .. }, _) => {
                self.write_shut |= matches!(how, Direction::Write | Direction::Both);
                self.read_shut |= matches!(how, Direction::Read | Direction::Both);
            }
            (Op::Send { .. } | Op::SendTo { .. }, Value::Sent { sent }) => self.sent += *sent as u64,
            (Op::Recv { max, flags, .. }, Value::Data { data, .. }) => {
                if !flags.contains(&MsgFlag::Peek) {
                    self.received += data.len() as u64;
                }
                self.ended |= data.is_empty() && *max > 0 && self.kind == SocketKind::Stream;
            }
            (Op::RecvFrom { flags, .. }, Value::Datagram { data, .. }) if !flags.contains(&MsgFlag::Peek) => {
                self.received += data.len() as u64;
            }
            (Op::GetSockName { .. }, Value::Address { address }) => self.local = Some(*address),
            (Op::GetPeerName { .. }, Value::Address { address }) => self.peer = Some(*address),
            _ => {}
        }
    }

    fn failed(&mut self, op: &Op, errno: Option<i32>) {
        use crate::Errno;
        let errno = errno.map(Errno::from_number);
        match op {
            // A connect that was told not to wait, or was broken off, goes on in the kernel.
            Op::Connect { .. }
                if matches!(errno, Some(Errno::EINPROGRESS | Errno::EALREADY | Errno::EINTR)) => {}
            Op::Connect { .. } if errno == Some(Errno::EISCONN) => {
                self.phase = if self.phase == Phase::Connecting { Phase::Connected } else { self.phase };
            }
            Op::Connect { .. } if self.phase == Phase::Connecting => self.phase = Phase::Failed,
            Op::Send { .. } | Op::Recv { .. }
                if matches!(errno, Some(Errno::ECONNRESET | Errno::ETIMEDOUT)) =>
            {
                self.phase = Phase::Failed;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, Endpoint, Errno, Event, Failure, Host, Instant, Micros};
    use bytes::Bytes;
    use wasm_bindgen_test::wasm_bindgen_test;

    struct Story(Log, u32);

    impl Story {
        fn new() -> Story {
            Story(Log::new(), 0)
        }
        fn did(&mut self, op: Op, outcome: Outcome) -> &mut Story {
            self.1 += 1;
            let id = CallId(self.1);
            self.0.enter(Instant::START, Call { id, host: HostId(1), timeout: None, op });
            self.0.observe(
                Instant::START,
                Event::Returned { call: id, outcome, took: Micros::ZERO, note: None },
            );
            self
        }
    }

    const S: SocketId = SocketId(1);

    fn fresh() -> Story {
        let mut story = Story::new();
        story.did(
            Op::Socket { family: Family::Inet, kind: SocketKind::Stream },
            Ok(Value::Socket { socket: S }),
        );
        story
    }

    fn somewhere() -> Endpoint {
        Endpoint { host: Host::parse("127.0.0.1").expect("an address"), port: 5000 }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_socket_goes_through_its_phases() {
        let mut story = fresh();
        story.did(Op::Bind { socket: S, address: somewhere() }, Ok(Value::Done {}));
        assert_eq!(Sockets::of(&story.0).get(S).expect("it is there").phase, Phase::Bound);
        story.did(Op::Listen { socket: S, backlog: 1 }, Ok(Value::Done {}));
        let peer = PyAddr(([127, 0, 0, 1], 40_000).into());
        story.did(Op::Accept { socket: S }, Ok(Value::Accepted { socket: SocketId(2), peer }));
        let conn = Sockets::of(&story.0).get(SocketId(2)).expect("the connection is there").clone();
        assert_eq!((conn.phase, conn.peer, conn.accepted_from), (Phase::Connected, Some(peer), Some(S)));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn an_empty_recv_is_the_end_and_a_peek_takes_nothing() {
        let mut story = fresh();
        story.did(Op::Connect { socket: S, address: somewhere() }, Ok(Value::Done {}));
        let recv = |flags| Op::Recv { socket: S, max: 10, flags };
        story.did(recv([MsgFlag::Peek].into()), Ok(Value::data(Bytes::from_static(b"abc"))));
        story.did(recv([].into()), Ok(Value::data(Bytes::from_static(b"abc"))));
        let view = Sockets::of(&story.0).get(S).expect("it is there").clone();
        assert_eq!((view.received, view.ended), (3, false));
        story.did(recv([].into()), Ok(Value::data(Bytes::new())));
        assert!(Sockets::of(&story.0).get(S).expect("it is there").ended);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_refused_connect_fails_the_socket_and_one_that_goes_on_does_not() {
        let mut story = fresh();
        let connect = Op::Connect { socket: S, address: somewhere() };
        story.did(connect.clone(), Err(Failure::Errno(Errno::EINPROGRESS)));
        assert_eq!(Sockets::of(&story.0).get(S).expect("it is there").phase, Phase::Connecting);
        story.did(connect, Err(Failure::Errno(Errno::ECONNREFUSED)));
        assert_eq!(Sockets::of(&story.0).get(S).expect("it is there").phase, Phase::Failed);
    }
}
