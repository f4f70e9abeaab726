//! From what is typed to a call: one function, so that the button, the Python line and the call itself cannot differ.

use super::field::Field;
use super::payload;
use super::screen::{Pane, Screen};
use sockets::python::{Names, line};
use sockets::{
    Direction, Endpoint, Family, Micros, MsgFlag, Op, OpKind, OptionName, OptionValue, PollEvent, PyAddr,
    Shape, SocketId, SocketKind, Watch,
};
use std::collections::BTreeSet;

/// A call that could be made now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The call.
    pub op: Op,
    /// How long it may block.
    pub timeout: Option<Micros>,
    /// What the socket that it makes will be called.
    pub name: Option<String>,
}

/// The flags that make sense with a call, in the order in which they are shown.
pub const fn flags_of(kind: OpKind) -> &'static [MsgFlag] {
    match kind {
        OpKind::Send => &[MsgFlag::More, MsgFlag::Oob, MsgFlag::DontWait],
        OpKind::Recv => &[MsgFlag::Peek, MsgFlag::WaitAll, MsgFlag::Oob, MsgFlag::DontWait],
        OpKind::SendTo => &[MsgFlag::DontWait],
        OpKind::RecvFrom => &[MsgFlag::Peek, MsgFlag::DontWait],
        _ => &[],
    }
}

/// The events that poll can be asked for here, in the order in which they are shown.
pub const POLLED: &[PollEvent] = &[PollEvent::In, PollEvent::Out, PollEvent::RdHup, PollEvent::Pri];

impl Screen {
    /// The call that a pane's fields describe.
    ///
    /// # Errors
    /// A field that cannot be read: what is wrong with it, for the person who typed it.
    pub fn ready(&self, pane: &Pane, kind: OpKind) -> Result<Ready, String> {
        let op = self.op(pane, kind)?;
        let name = match kind {
            OpKind::Socket => Some(self.text(pane, Field::Name)),
            OpKind::Accept => Some(self.wanted_name(pane.host, &op)),
            _ => None,
        };
        let timeout = if kind.may_block() { self.timeout(pane, kind)? } else { None };
        Ok(Ready { op, timeout, name })
    }

    /// The Python line of a call that was not made yet.
    pub fn preview(&self, ready: &Ready) -> String {
        match &ready.name {
            None => line(&ready.op, &self.names, None),
            Some(name) => {
                let unborn = SocketId(u32::MAX);
                let mut names: Names = self.names.clone();
                names.set(unborn, name);
                line(&ready.op, &names, Some(unborn))
            }
        }
    }

    fn op(&self, pane: &Pane, kind: OpKind) -> Result<Op, String> {
        let text = |field| self.text(pane, field);
        let socket = || pane.chosen.ok_or_else(|| "make a socket first".to_owned());
        let address = || {
            Endpoint::parse(&text(Field::Host(kind)), &text(Field::Port(kind)))
                .map_err(|error| error.to_string())
        };
        let flags = || {
            let on = flags_of(kind).iter().filter(|&&flag| self.is_on(pane, Field::Flag(kind, flag)));
            on.fold(BTreeSet::new(), |mut flags: BTreeSet<MsgFlag>, &flag| {
                flags.insert(flag);
                flags
            })
        };
        let data = || match text(Field::Form(kind)).as_str() {
            "hex" => payload::from_hex(&text(Field::Data(kind))),
            _ => payload::from_text(&text(Field::Data(kind))),
        };
        let max = || number::<u32>(&text(Field::Max(kind)), "number of octets (0 or more)");
        let option = || {
            let constant = text(Field::Option(kind));
            OptionName::from_constant(&constant)
                .ok_or_else(|| format!("“{constant}” is no option of the table"))
        };
        Ok(match kind {
            OpKind::Socket => Op::Socket {
                family: family(&text(Field::Family)).unwrap_or(Family::Inet),
                kind: if text(Field::Kind) == SocketKind::Datagram.name() {
                    SocketKind::Datagram
                } else {
                    SocketKind::Stream
                },
            },
            OpKind::Bind => Op::Bind { socket: socket()?, address: address()? },
            OpKind::Listen => Op::Listen {
                socket: socket()?,
                backlog: number(&text(Field::Backlog), "backlog (a whole number)")?,
            },
            OpKind::Accept => Op::Accept { socket: socket()? },
            OpKind::Connect => Op::Connect { socket: socket()?, address: address()? },
            OpKind::Send => Op::Send { socket: socket()?, flags: flags(), data: data()? },
            OpKind::SendTo => {
                Op::SendTo { socket: socket()?, address: address()?, flags: flags(), data: data()? }
            }
            OpKind::Recv => Op::Recv { socket: socket()?, max: max()?, flags: flags() },
            OpKind::RecvFrom => Op::RecvFrom { socket: socket()?, max: max()?, flags: flags() },
            OpKind::Shutdown => {
                let how = text(Field::How);
                let all = [Direction::Write, Direction::Read, Direction::Both];
                Op::Shutdown {
                    socket: socket()?,
                    how: all.into_iter().find(|it| it.name() == how).unwrap_or(Direction::Write),
                }
            }
            OpKind::Close => Op::Close { socket: socket()? },
            OpKind::SetSockOpt => {
                let option = option()?;
                Op::SetSockOpt { socket: socket()?, option, value: self.value(pane, option)? }
            }
            OpKind::GetSockOpt => Op::GetSockOpt { socket: socket()?, option: option()? },
            OpKind::GetSockName => Op::GetSockName { socket: socket()? },
            OpKind::GetPeerName => Op::GetPeerName { socket: socket()? },
            OpKind::GetAddrInfo => Op::GetAddrInfo {
                host: text(Field::Host(kind)).trim().to_owned(),
                port: number(&text(Field::Port(kind)), "port (0 to 65535)")?,
                family: family(&text(Field::LookupFamily)),
                kind: Some(SocketKind::Stream),
            },
            OpKind::GetNameInfo => {
                let text = text(Field::Host(kind));
                let ip = text
                    .trim()
                    .parse()
                    .map_err(|_| format!("“{}” is not an address: write it as 127.0.0.1", text.trim()))?;
                Op::GetNameInfo { address: PyAddr(std::net::SocketAddr::new(ip, 0)) }
            }
            OpKind::Poll => {
                let asked = |event: &PollEvent| self.is_on(pane, Field::Event(*event));
                let events = POLLED.iter().copied().filter(asked).collect();
                Op::Poll { watch: vec![Watch { socket: socket()?, events }] }
            }
            OpKind::GetHostName => Op::GetHostName {},
            OpKind::Cancel => return Err("cancel belongs to a call that waits".to_owned()),
        })
    }

    fn value(&self, pane: &Pane, option: OptionName) -> Result<OptionValue, String> {
        let text = self.text(pane, Field::Value(option));
        Ok(match option.row().shape {
            Shape::Flag | Shape::Number { .. } => {
                OptionValue::Number(number(&text, "value (a whole number)")?)
            }
            Shape::Linger => OptionValue::Linger {
                on: self.is_on(pane, Field::Linger),
                seconds: number(&text, "number of seconds")?,
            },
            Shape::Text => OptionValue::Text(text.trim().to_owned()),
            Shape::Octets => OptionValue::Octets(payload::from_hex(&text)?.to_vec()),
        })
    }

    fn timeout(&self, pane: &Pane, kind: OpKind) -> Result<Option<Micros>, String> {
        match self.text(pane, Field::Wait(kind)).as_str() {
            "never" => Ok(Some(Micros::ZERO)),
            "for" => seconds(&self.text(pane, Field::WaitSeconds(kind))).map(Some),
            _ => Ok(None),
        }
    }
}

fn family(name: &str) -> Option<Family> {
    [Family::Inet, Family::Inet6].into_iter().find(|family| family.name() == name)
}

fn number<N: std::str::FromStr>(text: &str, what: &str) -> Result<N, String> {
    text.trim().parse().map_err(|_| format!("“{}” is no {what}", text.trim()))
}

/// Seconds with a decimal point, without rounding: at most six digits behind it.
fn seconds(text: &str) -> Result<Micros, String> {
    let text = text.trim();
    let bad = || format!("“{text}” is no number of seconds: write 5 or 0.25");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 6 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let whole: u32 = whole.parse().map_err(|_| bad())?;
    let fraction: u64 = format!("{fraction:0<6}").parse().map_err(|_| bad())?;
    Ok(Micros(u64::from(whole) * 1_000_000 + fraction))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::screen::Act;
    use expect_test::{Expect, expect};
    use sockets::{Call, CallId, Event, HostId, Instant, Sample, State, Value};
    use std::rc::Rc;
    use yew::Reducible;

    const CLIENT: HostId = HostId(1);

    /// A listening socket on the server, a fresh one on the client.
    fn screen() -> Screen {
        let mut screen = Rc::new(Screen::default());
        let mut id = 0;
        let mut does = |host: u32, op: Op, value: Value| {
            id += 1;
            let call = Call { id: CallId(id), host: HostId(host), timeout: None, op };
            let at = Instant(u64::from(id));
            let back =
                Event::Returned { call: CallId(id), outcome: Ok(value), took: Micros::ZERO, note: None };
            [Act::Entered { at, call, name: None, step: None }, Act::Happened { at, events: vec![back] }]
        };
        let socket = || Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
        let anywhere = Endpoint::parse("127.0.0.1", "0").expect("an address");
        let local = Some(sockets::PyAddr(([127, 0, 0, 1], 40_123).into()));
        let sample = Sample { state: Some(State::Listen), local, ..Sample::default() };
        let acts = [
            does(0, socket(), Value::Socket { socket: SocketId(1) }),
            does(0, Op::Bind { socket: SocketId(1), address: anywhere }, Value::Done {}),
            does(0, Op::Listen { socket: SocketId(1), backlog: 1 }, Value::Done {}),
            does(1, socket(), Value::Socket { socket: SocketId(2) }),
        ];
        for act in acts.into_iter().flatten() {
            screen = screen.reduce(act);
        }
        let event = Event::State { socket: SocketId(1), sample };
        Rc::unwrap_or_clone(screen.reduce(Act::Happened { at: Instant(9), events: vec![event] }))
    }

    fn check(edits: &[(Field, &str)], kind: OpKind, expected: Expect) {
        let mut screen = Rc::new(screen());
        for &(field, text) in edits {
            screen = screen.reduce(Act::Edit(CLIENT, field, text.to_owned()));
        }
        let pane = screen.pane(CLIENT).expect("the client is there");
        expected.assert_eq(&match screen.ready(pane, kind) {
            Ok(ready) => match ready.timeout {
                None => screen.preview(&ready),
                Some(timeout) => format!("{} within {timeout}", screen.preview(&ready)),
            },
            Err(why) => why,
        });
    }

    #[test]
    fn clicking_without_typing_makes_sense() {
        check(&[], OpKind::Socket, expect!["client2 = socket.socket(socket.AF_INET, socket.SOCK_STREAM)"]);
        check(&[], OpKind::Bind, expect![[r#"client.bind(("127.0.0.1", 0))"#]]);
        check(&[], OpKind::Connect, expect![[r#"client.connect(("127.0.0.1", 40123))"#]]);
        check(&[], OpKind::Send, expect![[r#"client.sendall(b'hello, server\n')"#]]);
        check(&[], OpKind::Recv, expect!["data = client.recv(1024)"]);
        check(&[], OpKind::Accept, expect!["conn, peer = client.accept()"]);
        check(&[], OpKind::Shutdown, expect!["client.shutdown(socket.SHUT_WR)"]);
        check(
            &[],
            OpKind::SetSockOpt,
            expect!["client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)"],
        );
        check(
            &[],
            OpKind::GetAddrInfo,
            expect![[r#"socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)"#]],
        );
    }

    #[test]
    fn what_is_typed_counts() {
        let hex = [(Field::Form(OpKind::Send), "hex"), (Field::Data(OpKind::Send), "00 0a")];
        check(&hex, OpKind::Send, expect![[r#"client.sendall(b'\x00\n')"#]]);
        let peek = [(Field::Flag(OpKind::Recv, MsgFlag::Peek), "on"), (Field::Max(OpKind::Recv), "7")];
        check(&peek, OpKind::Recv, expect!["data = client.recv(7, socket.MSG_PEEK)"]);
        let wait = [(Field::Wait(OpKind::Accept), "for"), (Field::WaitSeconds(OpKind::Accept), "0.25")];
        check(&wait, OpKind::Accept, expect!["conn, peer = client.accept() within 250.0 ms"]);
        let linger = [(Field::Option(OpKind::SetSockOpt), "SO_LINGER"), (Field::Linger, "on")];
        check(
            &linger,
            OpKind::SetSockOpt,
            expect![[r#"client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))"#]],
        );
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        check(
            &[(Field::Port(OpKind::Connect), "99999")],
            OpKind::Connect,
            expect!["“99999” is not a port: write a whole number from 0 to 65535"],
        );
        check(
            &[(Field::Max(OpKind::Recv), "-1")],
            OpKind::Recv,
            expect!["“-1” is no number of octets (0 or more)"],
        );
        let wait = [(Field::Wait(OpKind::Recv), "for"), (Field::WaitSeconds(OpKind::Recv), "soon")];
        check(&wait, OpKind::Recv, expect!["“soon” is no number of seconds: write 5 or 0.25"]);
        check(
            &[(Field::Data(OpKind::Send), "\\q")],
            OpKind::Send,
            expect!["“\\q” is no escape: there are \\n \\r \\t \\0 \\\\ \\xNN"],
        );
    }
}
