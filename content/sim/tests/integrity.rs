//! Whatever a link does, TCP delivers every octet once, in order, and ends; and whatever the engine tells of it is in its tables.
//!
//! Links lose, delay, reorder, duplicate and corrupt by chance; buffers are small or large; programs read in small or large pieces.
//! A client sends a stream, ends it, and compares what comes back with what it sent.

#![cfg(not(target_family = "wasm"))]

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use sim::rules;
use sim::tcp::transitions;
use sim::world::{Bounds, HostPart, InterfacePart, LinkPart, PathPart, World, WorldSpec};
use sockets::{
    Call, CallId, Direction, Endpoint, Event, Family, HostId, Instant, Log, Network, Op, OptionName,
    OptionValue, SocketId, SocketKind, State, Trace, Value,
};
use std::collections::BTreeMap;

/// A world of a client and a server, and what they do.
#[derive(Clone, Debug)]
struct Case {
    path: PathPart,
    octets: usize,
    piece: usize,
    read: u32,
    buffer: Option<i32>,
    sysctl: Vec<(&'static str, &'static str)>,
    seed: u64,
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
struct Programs {
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
    fn new(case: &Case) -> Programs {
        let world = World::new(&spec(case)).expect("the world is sound");
        let sent: Vec<u8> = (0..case.octets).map(|place| (place * 31 % 251) as u8).collect();
        Programs {
            world,
            log: Log::new(),
            now: Instant::START,
            next: 0,
            pending: BTreeMap::new(),
            case: case.clone(),
            sent: sent.into(),
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
    fn run(mut self) -> (Log, Bytes, bool) {
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

/// What must hold of every run.
fn check(case: &Case) -> Log {
    let (log, got, ended) = Programs::new(case).run();
    let sent: Vec<u8> = (0..case.octets).map(|place| (place * 31 % 251) as u8).collect();
    assert!(ended, "the stream does not end: {:?}", log.records().last());
    assert_eq!(got.len(), sent.len(), "octets are missing or too many");
    assert!(got == sent, "octets are changed or out of order");
    let mut last = BTreeMap::new();
    for record in log.records() {
        match &record.what {
            sockets::What::Trace(Trace::Reaction { reaction, .. }) => {
                assert!(
                    rules::TABLE.iter().any(|rule| core::ptr::eq(*rule, reaction.rule)),
                    "{} is not in the table",
                    reaction.rule.name
                );
                let (before, after) = (reaction.before, reaction.after);
                assert!(
                    before == after || transitions::find(before, after).is_some(),
                    "{before} to {after} by {} is not in the table of transitions",
                    reaction.rule.name
                );
            }
            sockets::What::State { socket, sample } => {
                last.insert(*socket, sample.state);
            }
            sockets::What::Trace(Trace::Levels { levels, .. }) => {
                assert!(levels.snd_una.precedes_or_is(levels.snd_nxt), "SND.UNA is beyond SND.NXT");
                assert!(levels.snd_nxt.precedes_or_is(levels.snd_end), "SND.NXT is beyond the data");
                assert!(levels.cwnd > 0 || levels.state == State::Closed, "the congestion window is empty");
                assert!(
                    levels.sacked + levels.lost <= levels.snd_nxt.since(levels.snd_una),
                    "more is sacked and lost than is in flight"
                );
            }
            sockets::What::Notice(text) => panic!("the run was ended: {text}"),
            _ => {}
        }
    }
    assert!(
        last.values().all(|state| matches!(state, Some(State::Closed | State::Listen) | None)),
        "a connection is left behind: {last:?}"
    );
    log
}

fn path() -> impl Strategy<Value = PathPart> {
    let share = |most: u64| prop_oneof![2 => Just(None), 3 => (0..most).prop_map(Some)];
    (
        0_u64..80_000,
        prop_oneof![Just(None), (0_u64..20_000).prop_map(Some)],
        prop_oneof![Just(None), (200_000_u64..50_000_000).prop_map(Some)],
        prop_oneof![Just(None), (4_u64..60).prop_map(Some)],
        share(100_000),
        share(150_000),
        share(100_000),
        share(50_000),
    )
        .prop_map(
            |(
                delay,
                jitter_us,
                rate_bps,
                queue_datagrams,
                loss_ppm,
                reorder_ppm,
                duplicate_ppm,
                corrupt_ppm,
            )| PathPart {
                delay_us: Some(delay),
                jitter_us,
                rate_bps,
                queue_datagrams: queue_datagrams.filter(|_| rate_bps.is_some()),
                loss_ppm,
                reorder_ppm,
                reorder_by_us: reorder_ppm.map(|_| delay / 2 + 500),
                duplicate_ppm,
                corrupt_ppm,
                ..PathPart::default()
            },
        )
}

fn sysctl() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    proptest::sample::subsequence(
        vec![
            ("net.ipv4.tcp_sack", "0"),
            ("net.ipv4.tcp_timestamps", "0"),
            ("net.ipv4.tcp_window_scaling", "0"),
            ("net.ipv4.tcp_congestion_control", "reno"),
            ("net.ipv4.tcp_ecn", "1"),
            ("net.ipv4.tcp_early_retrans", "0"),
            ("net.ipv4.tcp_frto", "0"),
            ("net.ipv4.tcp_recovery", "4"),
        ],
        0..4,
    )
}

fn case() -> impl Strategy<Value = Case> {
    let octets = prop_oneof![1_usize..5_000, 5_000_usize..200_000];
    let piece = prop_oneof![1_usize..200, 200_usize..100_000];
    let buffer = prop_oneof![2 => Just(None), 1 => (2_000_i32..60_000).prop_map(Some)];
    (path(), octets, piece, prop_oneof![100_u32..2_000, Just(65_536_u32)], buffer, sysctl(), any::<u64>())
        .prop_map(|(path, octets, piece, read, buffer, sysctl, seed)| Case {
            path,
            octets: octets.min(piece.saturating_mul(400)),
            piece,
            read,
            buffer,
            sysctl,
            seed,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_octet_arrives_once_and_in_order(case in case()) {
        check(&case);
    }

    #[test]
    fn the_same_world_tells_the_same_log(case in case()) {
        let case = Case { octets: case.octets.min(20_000), ..case };
        prop_assert_eq!(check(&case).digest(), check(&case).digest());
    }
}

#[test]
fn every_rule_has_a_name_of_its_own_and_a_source() {
    let mut names: Vec<&str> = rules::TABLE.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "two rules have one name");
    for rule in rules::TABLE {
        assert!(rule.says.ends_with('.') && !rule.source.is_empty(), "{}: {}", rule.name, rule.says);
    }
}
