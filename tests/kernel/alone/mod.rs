//! One host by itself: the same calls, none of which waits, on this machine's kernel over its loopback and on the engine over its
//! own, and what every call comes back with compared. What a program sees of a socket that does not block is judged here: readiness,
//! errnos and their order, options, datagrams. It needs Linux and no privilege.
//!
//! A script has one call a line: `connect 2 @1`, the function, the socket by the order in which they were made, and arguments; `@1`
//! is where socket 1 was bound, `@` the loopback address with any port, `*` the wildcard address. poll takes pairs, and may wait
//! (`wait=20`, in milliseconds). `fill 2` sends until there is no room.

mod datagrams;
mod engine;
mod machine;
mod options;
mod streams;

pub use machine::ready;

use bytes::Bytes;
use sockets::{
    Direction, Endpoint, Family, Host, Micros, MsgFlag, Op, OptionName, OptionValue, Outcome, PollEvent,
    SocketId, SocketKind, Value, Watch,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where a script is played.
trait Stage {
    /// Makes a call that does not wait, or at most so long.
    fn call(&mut self, op: Op, timeout: Micros) -> Outcome;
}

/// Plays a script; what comes of it, with ports that were chosen left out.
fn play(script: &str, stage: &mut dyn Stage) -> String {
    let mut player = Player { made: Vec::new(), bound: BTreeMap::new(), kinds: BTreeMap::new() };
    let mut told = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (op, timeout) = player.read(line);
        let mut outcome = stage.call(op.clone(), timeout);
        // Until the buffers are full; how much that is is their own business.
        while line.starts_with("fill") && outcome.is_ok() {
            outcome = stage.call(op.clone(), timeout);
        }
        let _ = writeln!(told, "{line}: {}", player.note(&op, &outcome, stage));
    }
    told
}

struct Player {
    /// The stage's numbers of the sockets, in the order in which they were made.
    made: Vec<SocketId>,
    /// Where each was bound, by its place.
    bound: BTreeMap<usize, SocketAddr>,
    kinds: BTreeMap<SocketId, (Family, SocketKind)>,
}

impl Player {
    fn socket(&self, word: &str) -> SocketId {
        let place: usize = word.parse().expect("a socket's place");
        self.made.get(place - 1).copied().unwrap_or(SocketId(99_999))
    }

    /// Where a socket was bound; for one that was not, a port where nobody is.
    fn address_of(&self, place: &str) -> SocketAddr {
        let place = place.parse().expect("a socket's place");
        self.bound.get(&place).copied().unwrap_or_else(|| ([127, 0, 0, 1], 1).into())
    }

    fn address(&self, socket: SocketId, word: &str) -> Endpoint {
        let family = self.kinds.get(&socket).map_or(Family::Inet, |(family, _)| *family);
        let (any, own): (IpAddr, IpAddr) = match family {
            Family::Inet => (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::LOCALHOST.into()),
            Family::Inet6 => (Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::LOCALHOST.into()),
        };
        let literal = |text: &str| text.parse::<SocketAddr>().ok();
        let to = match word {
            "*" => SocketAddr::new(any, 0),
            "@" => SocketAddr::new(own, 0),
            word => match word.strip_prefix('@') {
                Some(place) => self.address_of(place),
                None => match word.strip_prefix("*:") {
                    Some(place) => SocketAddr::new(any, self.bound[&place.parse().expect("a place")].port()),
                    None => literal(word).expect("an address"),
                },
            },
        };
        Endpoint { host: Host::Address(to.ip()), port: to.port() }
    }

    fn read(&self, line: &str) -> (Op, Micros) {
        let mut timeout = Micros::ZERO;
        let mut words: Vec<&str> = line.split_whitespace().collect();
        words.retain(|word| match word.strip_prefix("wait=") {
            Some(millis) => {
                timeout = Micros::from_millis(millis.parse().expect("milliseconds"));
                false
            }
            None => true,
        });
        let flags: BTreeSet<MsgFlag> = words
            .iter()
            .filter(|word| word.starts_with("MSG_"))
            .map(|word| serde_json::from_value((*word).into()).expect("a flag"))
            .collect();
        let socket = || self.socket(words[1]);
        let address = |at: usize| self.address(self.socket(words[1]), words[at]);
        let number = |at: usize| words[at].parse::<u32>().expect("a number");
        // `x20` is so many letters.
        let data = |at: usize| {
            let word = words.get(at).copied().unwrap_or_default();
            match word.strip_prefix('x').and_then(|count| count.parse().ok()) {
                Some(count) => vec![b'x'; count].into(),
                None => Bytes::copy_from_slice(word.as_bytes()),
            }
        };
        let event = |name: &str| PollEvent::ALL.into_iter().find(|event| event.name() == name);
        let option = |at: usize| OptionName::from_constant(words[at]).expect("an option");
        let op = match words[0] {
            "socket" => Op::Socket {
                family: if words.contains(&"v6") { Family::Inet6 } else { Family::Inet },
                kind: if words.contains(&"udp") { SocketKind::Datagram } else { SocketKind::Stream },
            },
            "bind" => Op::Bind { socket: socket(), address: address(2) },
            "listen" => Op::Listen { socket: socket(), backlog: words[2].parse().expect("a backlog") },
            "accept" => Op::Accept { socket: socket() },
            "connect" => Op::Connect { socket: socket(), address: address(2) },
            "send" => Op::Send { socket: socket(), flags, data: data(2) },
            "fill" => Op::Send { socket: socket(), flags, data: vec![b'x'; 1_000_000].into() },
            "sendto" => Op::SendTo { socket: socket(), address: address(2), flags, data: data(3) },
            "recv" => Op::Recv { socket: socket(), max: number(2), flags },
            "recvfrom" => Op::RecvFrom { socket: socket(), max: number(2), flags },
            "shutdown" => Op::Shutdown {
                socket: socket(),
                how: [Direction::Read, Direction::Write, Direction::Both]
                    .into_iter()
                    .find(|how| how.name() == words[2])
                    .expect("a direction"),
            },
            "close" => Op::Close { socket: socket() },
            "set" => Op::SetSockOpt {
                socket: socket(),
                option: option(2),
                value: match words[3].split_once(',') {
                    Some((on, seconds)) => {
                        OptionValue::Linger { on: on == "1", seconds: seconds.parse().expect("seconds") }
                    }
                    None => match words[3].parse() {
                        Ok(number) => OptionValue::Number(number),
                        Err(_) => OptionValue::Text(words[3].to_owned()),
                    },
                },
            },
            "get" => Op::GetSockOpt { socket: socket(), option: option(2) },
            "name" => Op::GetSockName { socket: socket() },
            "peer" => Op::GetPeerName { socket: socket() },
            "poll" => Op::Poll {
                watch: words[1..]
                    .chunks(2)
                    .map(|pair| Watch {
                        socket: self.socket(pair[0]),
                        events: pair[1].split('|').filter_map(event).collect(),
                    })
                    .collect(),
            },
            other => panic!("a script has no call {other}"),
        };
        (op, timeout)
    }

    /// Remembers what a call made, and tells what it came back with.
    fn note(&mut self, op: &Op, outcome: &Outcome, stage: &mut dyn Stage) -> String {
        if let (Op::Bind { socket, .. }, Ok(_)) = (op, outcome)
            && let Ok(Value::Address { address }) =
                stage.call(Op::GetSockName { socket: *socket }, Micros::ZERO)
        {
            let place = self.made.iter().position(|made| made == socket).expect("it was made") + 1;
            self.bound.insert(place, address.0);
        }
        let known = |address: SocketAddr| {
            let port = match self.bound.iter().find(|(_, bound)| bound.port() == address.port()) {
                Some((place, _)) => format!("@{place}"),
                None if address.port() == 0 => "0".into(),
                None => "any".into(),
            };
            format!("{} {port}", address.ip())
        };
        match outcome {
            Err(failure) => failure.name(),
            Ok(Value::Socket { socket }) => {
                if let Op::Socket { family, kind } = op {
                    self.kinds.insert(*socket, (*family, *kind));
                }
                self.made.push(*socket);
                format!("= {}", self.made.len())
            }
            Ok(Value::Accepted { socket, peer }) => {
                let peer = known(peer.0);
                let listener = op.socket().and_then(|listener| self.kinds.get(&listener)).copied();
                self.kinds.extend(listener.map(|kind| (*socket, kind)));
                self.made.push(*socket);
                format!("= {} from {peer}", self.made.len())
            }
            Ok(Value::Sent { sent }) => match op.payload() {
                // How much a buffer takes is its own business.
                Some(data) if *sent < data.len() => "= a part".into(),
                _ => format!("= {sent}"),
            },
            // So is how much has come of a great deal.
            Ok(Value::Data { data, .. }) if data.len() > 1_000 => "much".into(),
            Ok(Value::Data { data, .. }) => text(data),
            Ok(Value::Datagram { data, from, whole, .. }) => {
                let cut = whole.map_or(String::new(), |whole| format!(" cut from {whole}"));
                format!("{} from {}{cut}", text(data), known(from.0))
            }
            Ok(Value::Address { address }) => known(address.0),
            Ok(Value::Option { value: OptionValue::Octets(octets) }) => {
                format!("state {}", octets.first().copied().unwrap_or_default())
            }
            Ok(Value::Option { value }) => value.to_string(),
            Ok(Value::Ready { ready }) => {
                let place = |id| self.made.iter().position(|made| *made == id).map_or(0, |place| place + 1);
                let one = |watch: &Watch| {
                    let names: Vec<&str> = watch.events.iter().map(|event| event.name()).collect();
                    format!("{} {}", place(watch.socket), names.join("|"))
                };
                format!("[{}]", ready.iter().map(one).collect::<Vec<_>>().join(", "))
            }
            Ok(Value::Done {}) => "ok".into(),
            Ok(other) => format!("{other:?}"),
        }
    }
}

fn text(data: &Bytes) -> String {
    match data.len() {
        0..=20 => format!("{:?}", String::from_utf8_lossy(data)),
        length => format!("{length} octets"),
    }
}

#[test]
fn a_host_by_itself_does_what_the_kernel_does() {
    let mut wrong = String::new();
    for (name, script) in [streams::ALL, datagrams::ALL, options::ALL].concat() {
        let kernel = play(script, &mut machine::Machine::default());
        let engine = play(script, &mut engine::Engine::new());
        if kernel == engine {
            continue;
        }
        let _ = writeln!(wrong, "{name}:");
        for (kernel, engine) in kernel.lines().zip(engine.lines()) {
            if kernel == engine {
                let _ = writeln!(wrong, "  {kernel}");
            } else {
                let (call, does) = kernel.rsplit_once(": ").unwrap_or((kernel, ""));
                let ours = engine.rsplit_once(": ").map_or(engine, |(_, ours)| ours);
                let _ = writeln!(wrong, "! {call}: kernel {does}, engine {ours}");
            }
        }
    }
    assert!(wrong.is_empty(), "the kernel and the engine disagree:\n{wrong}");
}
