//! Whatever programs do and whatever comes by the link: nothing panics, every call comes back once, and nothing is left behind.

use super::{Pair, op};
use bytes::Bytes;
use core::net::IpAddr;
use sockets::{Call, CallId, Event, HostId, Instant, Micros, Op, Outcome, SocketId, Value};
use std::collections::{BTreeMap, BTreeSet};
use wasm_bindgen_test::wasm_bindgen_test;
use wire::{Datagram, Flags, IcmpMessage, Internet, Options, Segment, Seq, Unreachable, UserDatagram};

/// Numbers that are spread and always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below.max(1)
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len() as u64) as usize]
    }
}

/// Both hosts with their open sockets and pending calls.
struct Play {
    pair: Pair,
    open: [BTreeSet<SocketId>; 2],
    pending: BTreeMap<CallId, (usize, Op)>,
    done: BTreeSet<CallId>,
}

impl Play {
    fn submit(&mut self, at: usize, timeout: Option<Micros>, op: Op) {
        self.pair.calls += 1;
        let id = CallId(self.pair.calls);
        self.pending.insert(id, (at, op.clone()));
        self.pair.names.insert(id, (at, op.kind().name()));
        let call = Call { id, host: HostId(at as u32), timeout, op };
        let mut turn = super::Turn::default();
        self.pair.hosts[at].submit(self.pair.now, call, &mut turn);
        self.take(at, turn);
    }

    fn take(&mut self, at: usize, turn: super::Turn) {
        for event in &turn.events {
            if let Event::Returned { call, outcome, .. } = event {
                assert!(self.done.insert(*call), "call {call} came back twice");
                let (at, op) = self.pending.remove(call).expect("it was made");
                self.learn(at, &op, outcome);
            }
        }
        self.pair.note(at, turn);
        self.pair.told.clear();
        assert_eq!(self.pair.hosts[at].missed_polls(), [], "they are ready and still wait");
    }

    fn learn(&mut self, at: usize, op: &Op, outcome: &Outcome) {
        match outcome {
            Ok(Value::Socket { socket } | Value::Accepted { socket, .. }) => {
                assert!(self.open[at].insert(*socket), "socket {socket} was given twice");
            }
            _ => {
                if let Op::Close { socket } = op {
                    self.open[at].remove(socket);
                }
            }
        }
    }

    /// Lets time pass, losing some of what is on the link.
    fn pass(&mut self, span: Micros, lost: u64, dice: &mut Dice) {
        let end = self.pair.now + span;
        for _ in 0..200_000 {
            let arrival = self.pair.link.first_key_value().map(|((at, _), _)| *at);
            let timers = [self.pair.hosts[0].wakes_at(), self.pair.hosts[1].wakes_at()];
            let Some(next) = arrival.into_iter().chain(timers.into_iter().flatten()).min() else { break };
            if next > end {
                break;
            }
            self.pair.now = self.pair.now.max(next);
            let mut turn = super::Turn::default();
            let at = if arrival == Some(next) {
                let (_, (to, datagram)) = self.pair.link.pop_first().expect("it was seen just now");
                if dice.roll(100) < lost {
                    continue;
                }
                self.pair.hosts[to].receive(self.pair.now, 0, datagram, &mut turn);
                to
            } else {
                let at = usize::from(timers[0] != Some(next));
                self.pair.hosts[at].on_timer(self.pair.now, &mut turn);
                at
            };
            self.take(at, turn);
        }
        self.pair.now = end;
    }

    fn call(&mut self, at: usize, dice: &mut Dice) {
        let socket = match self.open[at].len() {
            0 => 1,
            count => self.open[at].iter().nth(dice.roll(count as u64) as usize).map_or(1, |id| id.0),
        };
        let host = dice.one(&[
            "10.0.0.1",
            "10.0.0.2",
            "127.0.0.1",
            "::1",
            "fd00::2",
            "b",
            "**",
            "localhost",
            "10.0.0.255",
        ]);
        let port = dice.one(&["80", "80", "80", "0", "5000"]);
        let size = dice.one(&["x0", "x1", "x1000", "x70000", "x3000000"]);
        let max = dice.one(&["0", "1", "1000", "1000000"]);
        let option = dice.one(&[
            "SO_LINGER linger 0",
            "SO_LINGER linger 2",
            "SO_REUSEADDR 1",
            "TCP_NODELAY 1",
            "TCP_CORK 1",
            "SO_RCVBUF 1",
            "SO_SNDBUF 1",
            "SO_RCVLOWAT 5000",
            "TCP_MAXSEG 88",
            "SO_KEEPALIVE 1",
            "TCP_USER_TIMEOUT 500",
            "TCP_LINGER2 -1",
            "TCP_DEFER_ACCEPT 3",
            "TCP_CONGESTION reno",
            "IPV6_V6ONLY 1",
            "SO_REUSEPORT 1",
            "SO_BROADCAST 1",
            "SO_DONTROUTE 1",
            "SO_OOBINLINE 1",
            "TCP_NOTSENT_LOWAT 1",
        ]);
        let read =
            dice.one(&["SO_ERROR", "SO_RCVBUF", "TCP_MAXSEG", "SO_LINGER", "TCP_CONGESTION", "TCP_INFO"]);
        let events = dice.one(&["POLLIN", "POLLOUT", "POLLIN|POLLOUT", "POLLPRI|POLLRDHUP", "-"]);
        let other = dice.roll(4) + 1 + 100 * at as u64;
        let how = dice.one(&["read", "write", "both"]);
        let line = match dice.roll(33) {
            0 => dice.one(&["socket", "socket udp", "socket v6", "socket v6 udp"]).to_owned(),
            1 => "socket".into(),
            2 | 3 => format!("bind {socket} {host} {port}"),
            4 => format!("listen {socket} {}", dice.roll(4) as i64 - 1),
            5 | 6 => format!("accept {socket}"),
            7..=9 => format!("connect {socket} {host} {port}"),
            10 | 11 => format!("send {socket} {size}"),
            12 => format!("sendto {socket} {host} {port} {size}"),
            13 | 14 => format!("recv {socket} {max}"),
            15 => format!("recvfrom {socket} {max}"),
            16 => format!("shutdown {socket} {how}"),
            17 => format!("close {socket}"),
            18 => format!("setsockopt {socket} {option}"),
            19 => format!("getsockopt {socket} {read}"),
            20 => format!("cancel {}", dice.roll(u64::from(self.pair.calls) + 1)),
            21 => format!("{} {socket}", dice.one(&["getsockname", "getpeername"])),
            30..=32 => format!("poll {socket} {events} {other} POLLPRI"),
            22..=25 => format!("send {socket} {size}"),
            _ => format!("recv {socket} {max}"),
        };
        let timeout = match dice.roll(4) {
            0 => None,
            1 => Some(Micros::ZERO),
            _ => Some(Micros(dice.roll(2_000_000))),
        };
        let mut flags = BTreeSet::new();
        if dice.roll(4) == 0 {
            let name =
                dice.one(&["MSG_PEEK", "MSG_WAITALL", "MSG_MORE", "MSG_EOR", "MSG_OOB", "MSG_DONTWAIT"]);
            flags.insert(serde_json::from_value(name.into()).expect("a flag"));
        }
        let words: Vec<&str> = line.split(' ').collect();
        self.submit(at, timeout, op(&words, flags));
        for id in self.open[at].clone() {
            let host = &self.pair.hosts[at];
            let _ = (host.readiness(id), host.info(self.pair.now, id), host.queued(id));
        }
    }

    /// Something that nobody sent.
    fn strange(&mut self, at: usize, dice: &mut Dice) {
        let ip = |text: &str| -> IpAddr { text.parse().expect("an address") };
        let (from, to) = match dice.roll(3) {
            0 => ("10.0.0.2", "10.0.0.1"),
            1 => ("10.0.0.1", "10.0.0.2"),
            _ => ("10.9.9.9", "10.0.0.7"),
        };
        let ip = Internet::between(ip(from), ip(to));
        let mut port = || dice.one(&["80", "81", "5000", "0"]).parse::<u16>().expect("a port");
        let (source_port, destination_port) = (port(), port());
        let payload = Bytes::from(vec![7; dice.roll(40) as usize]);
        let datagram = match dice.roll(4) {
            0 => Datagram::Udp(UserDatagram { ip, source_port, destination_port, payload }),
            1 => Datagram::Icmp(IcmpMessage {
                ip,
                what: Unreachable::TooBig { mtu: dice.roll(2_000) as u32 },
                quoted: payload,
            }),
            _ => Datagram::Tcp(Segment {
                ip,
                source_port,
                destination_port,
                seq: Seq(dice.roll(1 << 32) as u32),
                ack: Seq(dice.roll(1 << 32) as u32),
                flags: Flags::from_bits(dice.roll(1 << 12) as u16),
                window: dice.roll(1 << 16) as u16,
                urgent: dice.roll(1 << 16) as u16,
                options: Options::default(),
                payload,
            }),
        };
        let mut turn = super::Turn::default();
        self.pair.hosts[at].receive(self.pair.now, dice.roll(3) as usize, datagram, &mut turn);
        self.take(at, turn);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn nothing_panics_and_nothing_is_left_behind() {
    for seed in 0..150 {
        let mut dice = Dice(seed);
        let mut play = Play {
            pair: Pair::new(),
            open: [BTreeSet::new(), BTreeSet::new()],
            pending: BTreeMap::new(),
            done: BTreeSet::new(),
        };
        // Something to break: a listening socket, two connections, one of them accepted.
        for (at, line) in [
            (1, "socket v6"),
            (1, "bind 101 ** 80"),
            (1, "listen 101 1"),
            (1, "accept 101"),
            (0, "socket"),
            (0, "connect 1 b 80"),
            (0, "socket v6"),
            (0, "connect 2 fd00::2 80"),
        ] {
            play.submit(at, None, op(&line.split(' ').collect::<Vec<_>>(), BTreeSet::new()));
        }
        play.pass(Micros(dice.roll(50_000)), 0, &mut dice);
        for _ in 0..120 {
            let at = dice.roll(2) as usize;
            match dice.roll(10) {
                0 => play.strange(at, &mut dice),
                1 | 2 => {
                    let span = Micros(dice.roll(300_000));
                    play.pass(span, 10, &mut dice);
                }
                _ => play.call(at, &mut dice),
            }
        }
        for at in [0, 1] {
            for socket in play.open[at].clone() {
                play.submit(at, None, Op::Close { socket });
            }
        }
        play.pass(Micros::from_secs(3_600), 0, &mut dice);
        assert!(play.pending.is_empty(), "seed {seed}: {:?} never came back", play.pending);
        for host in &play.pair.hosts {
            let left = host.sockets.len() + host.connections.len() + host.timers.len() + host.waiting.len();
            assert_eq!(left, 0, "seed {seed}: {:#?}", host.sockets);
            assert!(host.listeners.is_empty() && host.receivers.is_empty(), "seed {seed}");
            assert_eq!(host.wakes_at(), None::<Instant>, "seed {seed}");
        }
    }
}
