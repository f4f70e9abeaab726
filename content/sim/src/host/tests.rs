//! Two hosts on one link, driven by text: a script of calls goes in, what came back and what was on the link comes out.
//!
//! A script has one step a line: `A connect 1 10.0.0.2 80`, host, call, arguments; `wait=0` and `wait=250` are the call's time-out
//! in milliseconds, `flags=MSG_PEEK,MSG_WAITALL` its flags. `+250` lets so many milliseconds pass. Calls are numbered from 1 as they
//! come, sockets from 1 on A and from 101 on B. The link takes 10 ms each way.

mod addresses;
mod anything;
mod datagrams;
mod listening;
mod opening;
mod options;
mod polling;
mod streams;
mod waiting;

use super::{Host, HostSpec, InterfaceSpec, RouteSpec, Turn};
use bytes::Bytes;
use core::fmt::Write;
use core::net::IpAddr;
use expect_test::Expect;
use sockets::{
    Call, CallId, Direction, Endpoint, Event, Failure, Family, HostId, Instant, Micros, MsgFlag, Op,
    OptionName, OptionValue, Outcome, PollEvent, PyAddr, SocketId, SocketKind, Value, Watch,
};
use std::collections::{BTreeMap, BTreeSet};
use wire::Datagram;

const DELAY: Micros = Micros::from_millis(10);

/// Both hosts and the link between them.
struct Pair {
    hosts: [Host; 2],
    now: Instant,
    /// What is under way: when it arrives, in which order it was sent, to whom.
    link: BTreeMap<(Instant, u32), (usize, Datagram)>,
    sent: u32,
    calls: u32,
    /// Which call belongs to whom, and what it is called.
    names: BTreeMap<CallId, (usize, &'static str)>,
    told: String,
    /// What else to tell, beside calls: segments, states.
    segments: bool,
    states: bool,
}

fn spec(name: &str, last: u8) -> HostSpec {
    let v4 = format!("10.0.0.{last}").parse().expect("an address");
    let v6 = format!("fd00::{last}").parse().expect("an address");
    HostSpec {
        name: name.into(),
        interfaces: vec![InterfaceSpec { addresses: vec![(v4, 24), (v6, 64)], mtu: 1_500 }],
        routes: vec![RouteSpec {
            destination: ("0.0.0.0".parse().expect("an address"), 0),
            via: Some("10.0.0.254".parse().expect("an address")),
            interface: 0,
        }],
        names: vec![("b".into(), "10.0.0.2".parse().expect("an address"))],
        privileged: true,
        ..HostSpec::default()
    }
}

impl Pair {
    fn new() -> Pair {
        Pair::of([spec("a", 1), spec("b", 2)])
    }

    fn of(specs: [HostSpec; 2]) -> Pair {
        let host = |at: u32, spec: &HostSpec| {
            let host = Host::new(HostId(at), spec, 7).expect("a sound spec");
            host.with_first_socket(SocketId(at * 100 + 1))
        };
        Pair {
            hosts: [host(0, &specs[0]), host(1, &specs[1])],
            now: Instant::START,
            link: BTreeMap::new(),
            sent: 0,
            calls: 0,
            names: BTreeMap::new(),
            told: String::new(),
            segments: false,
            states: false,
        }
    }

    fn play(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.strip_prefix('+') {
                Some(millis) => {
                    let span = Micros::from_millis(millis.parse().expect("milliseconds"));
                    self.run_until(self.now + span);
                }
                None => self.call(line),
            }
        }
    }

    fn call(&mut self, line: &str) {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let mut timeout = None;
        let mut flags = BTreeSet::new();
        words.retain(|word| {
            if let Some(millis) = word.strip_prefix("wait=") {
                timeout = Some(Micros::from_millis(millis.parse().expect("milliseconds")));
            } else if let Some(names) = word.strip_prefix("flags=") {
                let flag = |name| serde_json::from_value::<MsgFlag>(name).expect("a flag");
                flags = names.split(',').map(|name| flag(name.into())).collect();
            } else {
                return true;
            }
            false
        });
        let at = usize::from(words[0] == "B");
        let op = op(&words[1..], flags);
        self.calls += 1;
        let id = CallId(self.calls);
        self.names.insert(id, (at, op.kind().name()));
        let call = Call { id, host: HostId(at as u32), timeout, op };
        let mut turn = Turn::default();
        self.hosts[at].submit(self.now, call, &mut turn);
        self.note(at, turn);
    }

    fn note(&mut self, at: usize, turn: Turn) {
        let host = ["A", "B"][at];
        let at_ms = format!("{}.{:03}", self.now.0 / 1_000, self.now.0 % 1_000);
        for event in turn.events {
            match event {
                Event::Returned { call, outcome, note, .. } => {
                    let name = self.names[&call].1;
                    let note = note.map_or(String::new(), |note| format!(" ({note})"));
                    let _ = writeln!(self.told, "{at_ms} {host} {name} {}{note}", shown(&outcome));
                }
                Event::State { socket, sample } if self.states => {
                    let json = serde_json::to_value(&sample).expect("JSON");
                    let parts: Vec<String> =
                        ["state", "local", "peer", "receive_queue", "send_queue", "accept"]
                            .iter()
                            .filter_map(|name| json.get(name).map(|value| format!("{name} {value}")))
                            .collect();
                    let _ = writeln!(self.told, "{at_ms} {host} {socket}: {}", parts.join(", "));
                }
                Event::Notice(text) => {
                    let _ = writeln!(self.told, "{at_ms} {host} notice: {text}");
                }
                _ => {}
            }
        }
        for looped in turn.loopback {
            if self.segments {
                let _ = writeln!(self.told, "{at_ms} {host} > itself {}", written(&looped.datagram));
            }
        }
        for departure in turn.departures {
            if self.segments {
                let again = if departure.retransmission { " again" } else { "" };
                let _ = writeln!(self.told, "{at_ms} {host} > {}{again}", written(&departure.datagram));
            }
            self.sent += 1;
            self.link.insert((self.now + DELAY, self.sent), (1 - at, departure.datagram));
        }
    }

    fn run_until(&mut self, end: Instant) {
        for _ in 0..100_000 {
            let arrival = self.link.first_key_value().map(|((at, _), _)| *at);
            let timers = [self.hosts[0].wakes_at(), self.hosts[1].wakes_at()];
            let Some(next) = arrival.into_iter().chain(timers.into_iter().flatten()).min() else { break };
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            let mut turn = Turn::default();
            if arrival == Some(next) {
                let (_, (to, datagram)) = self.link.pop_first().expect("it was seen just now");
                self.hosts[to].receive(self.now, 0, datagram, &mut turn);
                self.note(to, turn);
            } else {
                let at = usize::from(timers[0] != Some(next));
                self.hosts[at].on_timer(self.now, &mut turn);
                self.note(at, turn);
            }
        }
        self.now = end;
    }
}

/// A listening socket, 101 on B; socket 1 on A.
const LISTEN: &str = "B socket
    B bind 101 10.0.0.2 80
    B listen 101 5
    A socket\n";

/// Both ends connected: socket 1 on A, 102 on B, which 101 has accepted.
const CONNECTED: &str = "B socket
    B bind 101 10.0.0.2 80
    B listen 101 5
    B accept 101
    A socket
    A connect 1 10.0.0.2 80
    +100\n";

/// A script's calls after others whose story is known.
fn check_after(before: &str, script: &str, expected: Expect) {
    let mut pair = Pair::new();
    pair.play(before);
    pair.told.clear();
    pair.play(script);
    expected.assert_eq(&pair.told);
}

/// What a script's calls come back with.
fn check(script: &str, expected: Expect) {
    let mut pair = Pair::new();
    pair.play(script);
    expected.assert_eq(&pair.told);
}

/// The same, with what is on the link.
fn check_link(script: &str, expected: Expect) {
    let mut pair = Pair::new();
    pair.segments = true;
    pair.play(script);
    expected.assert_eq(&pair.told);
}

fn op(words: &[&str], flags: BTreeSet<MsgFlag>) -> Op {
    let number = |at: usize| words[at].parse::<u32>().expect("a number");
    let socket = || SocketId(number(1));
    let address =
        |at: usize| Endpoint::parse(words[at].trim_matches('*'), words[at + 1]).expect("an address");
    let data = |at: usize| match words[at].strip_prefix('x') {
        Some(length) if length.parse::<usize>().is_ok() => {
            Bytes::from(vec![b'x'; length.parse().expect("a length")])
        }
        _ => Bytes::copy_from_slice(words[at].as_bytes()),
    };
    match words[0] {
        "socket" => Op::Socket {
            family: if words.contains(&"v6") { Family::Inet6 } else { Family::Inet },
            kind: if words.contains(&"udp") { SocketKind::Datagram } else { SocketKind::Stream },
        },
        "bind" => Op::Bind { socket: socket(), address: address(2) },
        "listen" => Op::Listen { socket: socket(), backlog: words[2].parse().expect("a backlog") },
        "accept" => Op::Accept { socket: socket() },
        "connect" => Op::Connect { socket: socket(), address: address(2) },
        "send" => Op::Send { socket: socket(), flags, data: data(2) },
        "sendto" => Op::SendTo { socket: socket(), address: address(2), flags, data: data(4) },
        "recv" => Op::Recv { socket: socket(), max: number(2), flags },
        "recvfrom" => Op::RecvFrom { socket: socket(), max: number(2), flags },
        "shutdown" => Op::Shutdown {
            socket: socket(),
            how: match words[2] {
                "read" => Direction::Read,
                "write" => Direction::Write,
                _ => Direction::Both,
            },
        },
        "close" => Op::Close { socket: socket() },
        "setsockopt" => Op::SetSockOpt {
            socket: socket(),
            option: OptionName::from_constant(words[2]).expect("an option"),
            value: match words[3] {
                "linger" => OptionValue::Linger { on: true, seconds: words[4].parse().expect("seconds") },
                text => match text.parse() {
                    Ok(number) => OptionValue::Number(number),
                    Err(_) => OptionValue::Text(text.into()),
                },
            },
        },
        "getsockopt" => Op::GetSockOpt {
            socket: socket(),
            option: OptionName::from_constant(words[2]).expect("an option"),
        },
        "getsockname" => Op::GetSockName { socket: socket() },
        "getpeername" => Op::GetPeerName { socket: socket() },
        "getaddrinfo" => Op::GetAddrInfo {
            host: words[1].trim_matches('*').into(),
            port: words[2].parse().expect("a port"),
            family: words.contains(&"v6").then_some(Family::Inet6),
            kind: Some(SocketKind::Stream),
        },
        // poll 1 POLLIN|POLLOUT 2 - : a number, and what it is asked for.
        "poll" => {
            let event = |name: &str| PollEvent::ALL.into_iter().find(|event| event.name() == name);
            let watch = words[1..].chunks(2).map(|pair| Watch {
                socket: SocketId(pair[0].parse().expect("a number")),
                events: pair[1].split('|').filter_map(event).collect(),
            });
            Op::Poll { watch: watch.collect() }
        }
        "getnameinfo" => {
            Op::GetNameInfo { address: PyAddr((words[1].parse::<IpAddr>().expect("an address"), 80).into()) }
        }
        "gethostname" => Op::GetHostName {},
        "cancel" => Op::Cancel { target: CallId(number(1)) },
        other => panic!("the script has no call {other}"),
    }
}

fn shown(outcome: &Outcome) -> String {
    let text = |data: &Bytes| match data.len() {
        0..=20 => format!("{:?}", String::from_utf8_lossy(data)),
        length => format!("{length} octets"),
    };
    match outcome {
        Ok(Value::Done {}) => "ok".into(),
        Ok(Value::Socket { socket }) => format!("= {socket}"),
        Ok(Value::Accepted { socket, peer }) => format!("= {socket} from {peer}"),
        Ok(Value::Sent { sent }) => format!("= {sent}"),
        Ok(Value::Data { data, .. }) => text(data),
        Ok(Value::Datagram { data, from, whole, .. }) => {
            let cut = whole.map_or(String::new(), |whole| format!(", cut from {whole}"));
            format!("{} from {from}{cut}", text(data))
        }
        Ok(Value::Ready { ready }) => {
            let one = |watch: &Watch| {
                let events: Vec<&str> = watch.events.iter().map(|event| event.name()).collect();
                format!("{} {}", watch.socket, events.join("|"))
            };
            format!("ready [{}]", ready.iter().map(one).collect::<Vec<_>>().join(", "))
        }
        Ok(Value::Address { address }) => address.to_string(),
        Ok(Value::Option { value }) => value.to_string(),
        Ok(Value::Addresses { addresses }) => {
            addresses.iter().map(|info| info.address.to_string()).collect::<Vec<_>>().join(" ")
        }
        Ok(Value::Name { name }) => name.clone(),
        Err(Failure::Protocol(why)) => format!("EPROTOCOL: {why}"),
        Err(failure) => failure.name(),
    }
}

fn written(datagram: &Datagram) -> String {
    match datagram {
        Datagram::Tcp(segment) => format!("{} {}", segment.flags, segment.payload.len()),
        Datagram::Udp(user) => format!(
            "UDP {}:{} > {}:{} {}{}",
            user.ip.source,
            user.source_port,
            user.ip.destination,
            user.destination_port,
            user.payload.len(),
            if user.ip.dont_fragment { "" } else { " may be fragmented" }
        ),
        Datagram::Icmp(message) => {
            format!("ICMP {:?} {} > {}", message.what, message.ip.source, message.ip.destination)
        }
    }
}
