//! A client that sends a stream, ends it and reads what comes back, and a server that sends everything back: programs for tests that
//! look at whole connections.

use bytes::{Bytes, BytesMut};
use sim::world::{Bounds, HostPart, InterfacePart, LinkPart, PathPart, World, WorldSpec};
use sockets::{
    Call, CallId, Direction, Endpoint, Event, Family, HostId, Instant, Log, Network, Op, OptionName,
    OptionValue, SocketId, SocketKind, Value,
};
use std::collections::BTreeMap;

/// A world of a client and a server, and what they do.
#[derive(Clone, Debug)]
pub struct Case {
    pub path: PathPart,
    pub octets: usize,
    pub piece: usize,
    pub read: u32,
    pub buffer: Option<i32>,
    pub sysctl: Vec<(&'static str, &'static str)>,
    pub seed: u64,
}

fn spec(case: &Case) -> WorldSpec {
    let host = |name: &str, address: &str| HostPart {
        name: name.into(),
        interfaces: vec![InterfacePart {
            link: "cable".into(),
            addresses: vec![address.parse().expect("an address with its prefix length")],
            mtu: None,
        }],
        sysctl: case.sysctl.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        ..HostPart::default()
    };
    WorldSpec {
        seed: case.seed,
        hosts: vec![host("client", "10.0.0.1/24"), host("server", "10.0.0.2/24")],
        links: vec![LinkPart {
            name: "cable".into(),
            mtu: 1_500,
            path: case.path.clone(),
            ..LinkPart::default()
        }],
        bounds: Bounds { time_us: 20_000_000_000, ..Bounds::default() },
        ..WorldSpec::default()
    }
}

const CLIENT: HostId = HostId(0);
const SERVER: HostId = HostId(1);

/// Both programs at once: what to do when which call has come back.
pub struct Programs {
    world: World,
    log: Log,
    now: Instant,
    next: u32,
    pending: BTreeMap<CallId, Op>,
    case: Case,
    sent: Bytes,
    offset: usize,
    got: BytesMut,
    client: SocketId,
    ended: bool,
}

impl Programs {
    pub fn new(case: &Case) -> Programs {
        let world = World::new(&spec(case)).expect("the world is sound");
        Programs {
            world,
            log: Log::new(),
            now: Instant::START,
            next: 0,
            pending: BTreeMap::new(),
            case: case.clone(),
            sent: case.data().into(),
            offset: 0,
            got: BytesMut::new(),
            client: SocketId(0),
            ended: false,
        }
    }

    fn call(&mut self, host: HostId, op: Op) {
        self.next += 1;
        let call = Call { id: CallId(self.next), host, timeout: None, op: op.clone() };
        let now = self.now;
        self.log.enter(now, call.clone());
        self.pending.insert(call.id, op);
        self.world.submit(now, call);
    }

    /// Runs until nothing is left to happen: the Log, what came back, and whether the stream ended.
    pub fn run(mut self) -> (Log, Bytes, bool) {
        self.call(SERVER, Op::Socket { family: Family::Inet, kind: SocketKind::Stream });
        loop {
            while let Some(event) = self.world.poll(self.now) {
                self.log.observe(self.now, event.clone());
                self.on(event);
            }
            match self.world.wakes_at() {
                Some(at) => self.now = at.max(self.now),
                None => break,
            }
        }
        (self.log, self.got.freeze(), self.ended)
    }

    fn on(&mut self, event: Event) {
        let Event::Returned { call, outcome, .. } = event else { return };
        let op = self.pending.remove(&call).expect("each call returns once");
        let value = outcome.unwrap_or_else(|failure| panic!("{op:?}: {failure}"));
        let endpoint = || Endpoint::parse("10.0.0.2", "5000").expect("an endpoint");
        match (op, value) {
            (Op::Socket { .. }, Value::Socket { socket }) if self.client == SocketId(0) && self.next == 1 => {
                if let Some(octets) = self.case.buffer {
                    let value = OptionValue::Number(octets);
                    self.call(SERVER, Op::SetSockOpt { socket, option: OptionName::RcvBuf, value });
                }
                self.call(SERVER, Op::Bind { socket, address: endpoint() });
                self.call(SERVER, Op::Listen { socket, backlog: 1 });
                self.call(SERVER, Op::Accept { socket });
                self.call(CLIENT, Op::Socket { family: Family::Inet, kind: SocketKind::Stream });
            }
            (Op::Socket { .. }, Value::Socket { socket }) => {
                self.client = socket;
                self.call(CLIENT, Op::Connect { socket, address: endpoint() });
            }
            (Op::Connect { .. }, _) => {
                self.send_more();
                self.call(CLIENT, Op::Recv { socket: self.client, max: 65_536, flags: [].into() });
            }
            (Op::Send { socket, .. }, Value::Sent { sent }) if socket == self.client => {
                self.offset += sent;
                self.send_more();
            }
            (Op::Accept { .. }, Value::Accepted { socket, .. }) => {
                self.call(SERVER, Op::Recv { socket, max: self.case.read, flags: [].into() });
            }
            (Op::Recv { socket, .. }, Value::Data { data, .. }) if socket == self.client => {
                if data.is_empty() {
                    self.ended = true;
                    self.call(CLIENT, Op::Close { socket });
                } else {
                    self.got.extend_from_slice(&data);
                    self.call(CLIENT, Op::Recv { socket, max: 65_536, flags: [].into() });
                }
            }
            (Op::Recv { socket, .. }, Value::Data { data, .. }) => {
                if data.is_empty() {
                    self.call(SERVER, Op::Close { socket });
                } else {
                    self.call(SERVER, Op::Send { socket, flags: [].into(), data });
                }
            }
            (Op::Send { socket, .. }, _) => {
                self.call(SERVER, Op::Recv { socket, max: self.case.read, flags: [].into() });
            }
            _ => {}
        }
    }

    fn send_more(&mut self) {
        if self.offset == self.sent.len() {
            self.call(CLIENT, Op::Shutdown { socket: self.client, how: Direction::Write });
            return;
        }
        let end = (self.offset + self.case.piece).min(self.sent.len());
        let data = self.sent.slice(self.offset..end);
        self.call(CLIENT, Op::Send { socket: self.client, flags: [].into(), data });
    }
}

impl Case {
    /// What the client sends.
    pub fn data(&self) -> Vec<u8> {
        (0..self.octets).map(|place| (place * 31 % 251) as u8).collect()
    }
}
