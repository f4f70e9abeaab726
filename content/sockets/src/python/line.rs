//! The Python line that equals a call.

use crate::{
    AddrInfo, Direction, Failure, Family, Micros, MsgFlag, Op, OptionName, OptionValue, Outcome, PollEvent,
    Shape, SocketId, SocketKind, Value, Watch,
};
use std::collections::{BTreeMap, BTreeSet};

/// The variables that sockets are bound to. A socket without a name of its own is `s` and its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<SocketId, String>);

impl Names {
    /// Gives a socket's variable a name. What Python does not take as a name, or has as a keyword, is changed until it does;
    /// a name that another socket has gets a number behind it.
    pub fn set(&mut self, socket: SocketId, wanted: &str) {
        let mut name: String = wanted
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        if name.is_empty()
            || name.starts_with(|c: char| c.is_ascii_digit())
            || RESERVED.contains(&name.as_str())
        {
            name.insert(0, '_');
        }
        let taken = |name: &str| self.0.iter().any(|(&other, used)| other != socket && used == name);
        let mut unique = name.clone();
        let mut number = 2;
        while taken(&unique) {
            unique = format!("{name}{number}");
            number += 1;
        }
        self.0.insert(socket, unique);
    }

    /// The socket's variable.
    pub fn get(&self, socket: SocketId) -> String {
        self.0.get(&socket).cloned().unwrap_or_else(|| format!("s{socket}"))
    }
}

const RESERVED: &[&str] = &[
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "print",
    "socket",
    "struct",
    "threading",
];

/// The line of Python that makes this call. `made` is the socket that it gave, once it has come back; the variables of a call that
/// is still pending are named by what they will hold.
pub fn line(op: &Op, names: &Names, made: Option<SocketId>) -> String {
    let target = |fallback: &str| made.map_or_else(|| fallback.to_owned(), |socket| names.get(socket));
    let on = |socket: &SocketId| names.get(*socket);
    match op {
        Op::Socket { family, kind } => {
            format!("{} = socket.socket(socket.{}, socket.{})", target("s"), family.name(), kind.name())
        }
        Op::Bind { socket, address } => format!("{}.bind({address})", on(socket)),
        Op::Listen { socket, backlog } => format!("{}.listen({backlog})", on(socket)),
        Op::Accept { socket } => format!("{}, peer = {}.accept()", target("conn"), on(socket)),
        Op::Connect { socket, address } => format!("{}.connect({address})", on(socket)),
        Op::Send { socket, flags, data } if flags.is_empty() => {
            format!("{}.sendall({})", on(socket), bytes_literal(data))
        }
        Op::Send { socket, flags, data } => {
            format!("{}.send({}{})", on(socket), bytes_literal(data), flag_argument(flags))
        }
        Op::SendTo { socket, address, flags, data } => {
            format!("{}.sendto({}{}, {address})", on(socket), bytes_literal(data), flag_argument(flags))
        }
        Op::Recv { socket, max, flags } => {
            format!("data = {}.recv({max}{})", on(socket), flag_argument(flags))
        }
        Op::RecvFrom { socket, max, flags } => {
            format!("data, peer = {}.recvfrom({max}{})", on(socket), flag_argument(flags))
        }
        Op::Shutdown { socket, how } => format!("{}.shutdown(socket.{})", on(socket), Direction::name(*how)),
        Op::Close { socket } => format!("{}.close()", on(socket)),
        Op::SetSockOpt { socket, option, value } => {
            format!("{}.setsockopt({}, {})", on(socket), option_arguments(*option), option_value(value))
        }
        Op::GetSockOpt { socket, option } => match option {
            OptionName::Linger => {
                format!("struct.unpack(\"ii\", {}.getsockopt({}, 8))", on(socket), option_arguments(*option))
            }
            option if option.row().shape == Shape::Octets => {
                format!("{}.getsockopt({}, {MOST_OCTETS})", on(socket), option_arguments(*option))
            }
            OptionName::Congestion => format!("{}.getsockopt({}, 16)", on(socket), option_arguments(*option)),
            _ => format!("{}.getsockopt({})", on(socket), option_arguments(*option)),
        },
        Op::GetSockName { socket } => format!("{}.getsockname()", on(socket)),
        Op::GetPeerName { socket } => format!("{}.getpeername()", on(socket)),
        Op::GetAddrInfo { host, port, family, kind } => {
            let family =
                family.map(|family| format!(", family=socket.{}", Family::name(family))).unwrap_or_default();
            let kind =
                kind.map(|kind| format!(", type=socket.{}", SocketKind::name(kind))).unwrap_or_default();
            format!("socket.getaddrinfo(\"{}\", {port}{family}{kind})", host.escape_default())
        }
        Op::GetNameInfo { address } => format!("socket.getnameinfo({address}, socket.NI_NAMEREQD)"),
        Op::GetHostName {} => "socket.gethostname()".to_owned(),
        Op::Poll { watch } => polled(watch, names),
        Op::Cancel { .. } => "# Ctrl-C breaks the waiting call off".to_owned(),
    }
}

/// The most octets of an option that is a C structure.
const MOST_OCTETS: usize = 512;

/// What a call's line has to be made with, beside the socket module.
pub(super) fn module(op: &Op) -> Option<&'static str> {
    match op {
        Op::Poll { .. } => Some("select"),
        Op::SetSockOpt { option: OptionName::Linger, .. }
        | Op::GetSockOpt { option: OptionName::Linger, .. } => Some("struct"),
        _ => None,
    }
}

/// A poll as Python's select where that can say it, else as the poll object. Its time-out is the variable `timeout`, in seconds:
/// see [`timeout_line`].
fn polled(watches: &[Watch], names: &Names) -> String {
    let asked = |event: PollEvent| {
        let sockets = watches.iter().filter(|watch| watch.events.contains(&event));
        sockets.map(|watch| names.get(watch.socket)).collect::<Vec<_>>().join(", ")
    };
    let selects = [PollEvent::In, PollEvent::Out, PollEvent::Pri];
    let plain =
        |watch: &Watch| !watch.events.is_empty() && watch.events.iter().all(|event| selects.contains(event));
    if watches.iter().all(plain) {
        let lists = selects.map(asked);
        return format!("ready = select.select([{}], [{}], [{}], timeout)", lists[0], lists[1], lists[2]);
    }
    let mut line = "poller = select.poll()".to_owned();
    for watch in watches {
        let events: Vec<String> =
            watch.events.iter().map(|event| format!("select.{}", event.name())).collect();
        let events = if events.is_empty() { "0".to_owned() } else { events.join(" | ") };
        line += &format!("; poller.register({}, {events})", names.get(watch.socket));
    }
    line + "; ready = poller.poll(timeout and timeout * 1000)"
}

/// The line that sets a call's time-out, when it is not to wait for ever.
pub(super) fn timeout_line(op: &Op, names: &Names, timeout: Option<Micros>) -> Option<String> {
    if matches!(op, Op::Poll { .. }) {
        return Some(format!("timeout = {}", timeout.map_or("None".to_owned(), |Micros(us)| seconds(us))));
    }
    let socket = op.socket()?;
    Some(match timeout {
        None => format!("{}.settimeout(None)", names.get(socket)),
        Some(Micros(0)) => format!("{}.setblocking(False)", names.get(socket)),
        Some(Micros(us)) => format!("{}.settimeout({})", names.get(socket), seconds(us)),
    })
}

fn seconds(us: u64) -> String {
    let fraction = format!("{:06}", us % 1_000_000);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { (us / 1_000_000).to_string() } else { format!("{}.{fraction}", us / 1_000_000) }
}

fn flag_argument(flags: &BTreeSet<MsgFlag>) -> String {
    if flags.is_empty() {
        return String::new();
    }
    let names: Vec<String> = flags.iter().map(|flag| format!("socket.{}", flag.name())).collect();
    format!(", {}", names.join(" | "))
}

fn option_arguments(option: OptionName) -> String {
    let row = option.row();
    format!("socket.{}, socket.{}", row.level, row.constant)
}

fn option_value(value: &OptionValue) -> String {
    match value {
        OptionValue::Number(number) => number.to_string(),
        OptionValue::Linger { on, seconds } => format!("struct.pack(\"ii\", {}, {seconds})", u8::from(*on)),
        OptionValue::Text(text) => bytes_literal(text.as_bytes()),
        OptionValue::Octets(octets) => bytes_literal(octets),
    }
}

/// The longest pattern that a literal is looked through for, in octets.
const PATTERN: usize = 64;

/// Octets as a Python expression: what repr shows, `b'hello\r\n'`, or for a long run of one short pattern a product,
/// `b'ab' * 500`.
pub fn bytes_literal(data: &[u8]) -> String {
    let repeats = |period: &usize| data.iter().zip(&data[*period..]).all(|(one, next)| one == next);
    let period = if data.len() > 4 * PATTERN { (1..=PATTERN).find(repeats) } else { None };
    match period {
        None => spelled(data),
        Some(period) => {
            let (times, rest) = (data.len() / period, data.len() % period);
            let product = format!("{} * {times}", spelled(&data[..period]));
            if rest == 0 { product } else { format!("{product} + {}", spelled(&data[..rest])) }
        }
    }
}

fn spelled(data: &[u8]) -> String {
    let quote = if data.contains(&b'\'') && !data.contains(&b'"') { '"' } else { '\'' };
    let mut text = format!("b{quote}");
    for &byte in data {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            _ if char::from(byte) == quote => {
                text.push('\\');
                text.push(quote);
            }
            0x20..=0x7e => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}

/// What Python's prompt would show for an outcome; empty for None.
pub fn shown(outcome: &Outcome, names: &Names) -> String {
    match outcome {
        Ok(Value::Accepted { socket, peer }) => format!("{}, {peer}", names.get(*socket)),
        Ok(Value::Socket { socket }) => names.get(*socket),
        Ok(Value::Sent { sent }) => sent.to_string(),
        Ok(Value::Datagram { data, from, .. }) => format!("({}, {from})", bytes_literal(data)),
        Ok(Value::Data { data, .. }) => bytes_literal(data),
        Ok(Value::Address { address }) => address.to_string(),
        Ok(Value::Option { value: OptionValue::Octets(octets) }) => bytes_literal(octets),
        Ok(Value::Option { value }) => value.to_string(),
        Ok(Value::Ready { ready }) => {
            let one = |watch: &Watch| {
                let events: Vec<&str> = watch.events.iter().map(|event| event.name()).collect();
                format!("({}, {})", names.get(watch.socket), events.join(" | "))
            };
            format!("[{}]", ready.iter().map(one).collect::<Vec<_>>().join(", "))
        }
        Ok(Value::Addresses { addresses }) => addresses.iter().map(shown_info).collect::<Vec<_>>().join("\n"),
        Ok(Value::Name { name }) => format!("'{}'", name.escape_default()),
        Ok(Value::Done {}) => String::new(),
        Err(failure) => Failure::to_string(failure),
    }
}

fn shown_info(info: &AddrInfo) -> String {
    format!("{} {} {}", info.family.name(), info.kind.name(), info.address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Endpoint, Host};
    use bytes::Bytes;
    use expect_test::{Expect, expect};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn check(op: Op, expected: Expect) {
        let mut names = Names::default();
        names.set(SocketId(1), "server");
        expected.assert_eq(&line(&op, &names, None));
    }

    const S: SocketId = SocketId(1);

    #[wasm_bindgen_test(unsupported = test)]
    fn each_call_is_its_line() {
        let address = Endpoint { host: Host::Any, port: 5000 };
        check(
            Op::Socket { family: Family::Inet6, kind: SocketKind::Stream },
            expect!["s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)"],
        );
        check(Op::Bind { socket: S, address: address.clone() }, expect![[r#"server.bind(("", 5000))"#]]);
        check(Op::Accept { socket: S }, expect!["conn, peer = server.accept()"]);
        check(
            Op::Send { socket: S, flags: [].into(), data: Bytes::from_static(b"it's\n\xff") },
            expect![[r#"server.sendall(b"it's\n\xff")"#]],
        );
        check(
            Op::Recv { socket: S, max: 1024, flags: [MsgFlag::Peek, MsgFlag::DontWait].into() },
            expect!["data = server.recv(1024, socket.MSG_PEEK | socket.MSG_DONTWAIT)"],
        );
        check(
            Op::SetSockOpt {
                socket: S,
                option: OptionName::Linger,
                value: OptionValue::Linger { on: true, seconds: 0 },
            },
            expect![[r#"server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))"#]],
        );
        let watch = |events: &[PollEvent]| Watch { socket: S, events: events.iter().copied().collect() };
        check(
            Op::Poll { watch: vec![watch(&[PollEvent::In, PollEvent::Out])] },
            expect!["ready = select.select([server], [server], [], timeout)"],
        );
        check(
            Op::Poll {
                watch: vec![
                    watch(&[PollEvent::In, PollEvent::RdHup]),
                    Watch { socket: SocketId(2), ..watch(&[]) },
                ],
            },
            expect![
                "poller = select.poll(); poller.register(server, select.POLLIN | select.POLLRDHUP); poller.register(s2, 0); ready = poller.poll(timeout and timeout * 1000)"
            ],
        );
        check(
            Op::GetNameInfo { address: crate::PyAddr(([10, 0, 0, 2], 80).into()) },
            expect!["socket.getnameinfo(('10.0.0.2', 80), socket.NI_NAMEREQD)"],
        );
        check(
            Op::GetAddrInfo {
                host: "localhost".into(),
                port: 80,
                family: None,
                kind: Some(SocketKind::Stream),
            },
            expect![[r#"socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)"#]],
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_long_run_of_a_short_pattern_is_a_product() {
        assert_eq!(bytes_literal(&[b'x'; 256]).len(), 259);
        assert_eq!(bytes_literal(&[b'x'; 1_000_000]), "b'x' * 1000000");
        assert_eq!(bytes_literal(&b"abc".repeat(200)[..599]), "b'abc' * 199 + b'ab'");
        let mut other = b"abc".repeat(200);
        other[300] = b'!';
        assert!(bytes_literal(&other).starts_with("b'abcabc"));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn names_are_pythons() {
        let mut names = Names::default();
        names.set(SocketId(1), "class");
        names.set(SocketId(2), "my socket");
        names.set(SocketId(3), "my-socket");
        assert_eq!(
            [names.get(SocketId(1)), names.get(SocketId(2)), names.get(SocketId(3)), names.get(SocketId(9))],
            ["_class", "my_socket", "my_socket2", "s9"]
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn seconds_have_no_rounding() {
        assert_eq!(seconds(2_000_000), "2");
        assert_eq!(seconds(1_250_000), "1.25");
        assert_eq!(seconds(1), "0.000001");
    }
}
