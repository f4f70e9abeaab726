//! What the page says about calls: short labels, results, announcements. Long data is cut, never the meaning.

use crate::number::grouped;
use bytes::Bytes;
use sockets::python::{Names, bytes_literal, line, shown};
use sockets::{Call, Endpoint, Micros, Op, Outcome, PollEvent, SocketId, Value, Watch};
use std::net::IpAddr;

/// The most octets of a payload that a line shows.
const SHOWN: usize = 48;

/// The Python line of a call that was made, its payload cut if it is long.
pub fn python(op: &Op, names: &Names, made: Option<SocketId>) -> String {
    match op.payload() {
        Some(data) if data.len() > SHOWN => {
            let mut short = op.clone();
            if let Some(payload) = short.payload_mut() {
                *payload = data.slice(..SHOWN);
            }
            format!(
                "{}  # the first {SHOWN} of {} octets",
                line(&short, names, made),
                grouped(data.len() as u64)
            )
        }
        _ => line(op, names, made),
    }
}

/// What Python's prompt shows for an outcome, data cut if it is long.
pub fn answer(outcome: &Outcome, names: &Names) -> String {
    match outcome {
        Ok(Value::Data { data, .. }) if data.len() > SHOWN => cut(data),
        Ok(Value::Ready { ready }) if ready.is_empty() => "nothing is ready".to_owned(),
        Ok(Value::Datagram { data, from, .. }) if data.len() > SHOWN => format!("({}, {from})", cut(data)),
        Ok(Value::Done {}) => "None".to_owned(),
        outcome => shown(outcome, names),
    }
}

fn cut(data: &Bytes) -> String {
    format!("{}…  ({} octets)", bytes_literal(&data[..SHOWN]), grouped(data.len() as u64))
}

/// What a result means where its value alone does not say it. `broken`, which takes a walk
/// through the Log, tells whether an earlier send on the socket already met a failure.
pub fn remark(call: &Call, outcome: &Outcome, broken: impl FnOnce() -> bool) -> Option<String> {
    Some(match (&call.op, outcome) {
        (Op::Recv { max, .. }, Ok(Value::Data { data, .. })) if data.is_empty() && *max > 0 => match broken() {
            false => "The end of the stream: the peer's FIN has arrived and everything before it has been received.".to_owned(),
            true => "The connection is over: nothing more will come. An earlier send has already met the failure.".to_owned(),
        },
        (Op::Recv { .. }, Ok(Value::Data { data, .. })) => octets(data.len() as u64),
        (Op::RecvFrom { .. }, Ok(Value::Datagram { data, whole: Some(whole), .. })) => {
            let lost = whole.saturating_sub(data.len()) as u64;
            format!("The datagram had {}: {} did not fit and are lost.", octets(*whole as u64), grouped(lost))
        }
        (Op::Poll { .. }, Ok(Value::Ready { ready })) if ready.is_empty() => "Its time is over: nothing was ready.".to_owned(),
        (Op::Send { data, .. }, Ok(Value::Sent { sent })) => {
            let (taken, of) = (grouped(*sent as u64), grouped(data.len() as u64));
            match (*sent == data.len(), call.op.may_wait(call.timeout)) {
                (true, _) => {
                    format!("{} went into the send buffer. Whether the peer has read them, send does not tell.", octets(*sent as u64))
                }
                (false, false) => format!("Only {taken} of {of} octets were taken: the send buffer is full."),
                (false, true) => format!("{taken} of {of} octets were taken; then the waiting was broken off."),
            }
        }
        _ => return None,
    })
}

/// A count of open sockets.
pub fn sockets(count: usize) -> String {
    if count == 1 { "the open socket".to_owned() } else { format!("the {count} open sockets") }
}

/// What a screen reader says when a call comes back.
pub fn announcement(host: &str, op: &Op, outcome: &Outcome, took: Micros, names: &Names) -> String {
    let call = op.kind().name();
    let what = match outcome {
        Err(failure) => format!("failed: {}, {}", failure.name(), failure.text()),
        Ok(Value::Done {}) => "done".to_owned(),
        Ok(_) => format!("returned {}", answer(outcome, names)),
    };
    if took.0 >= 100_000 {
        format!("{host}: {call} {what}, after {took}")
    } else {
        format!("{host}: {call} {what}")
    }
}

/// A call in a few characters, for pictures: `bind 127.0.0.1:5000`.
pub fn label(op: &Op) -> String {
    let name = op.kind().name();
    match op {
        Op::Bind { address, .. } | Op::Connect { address, .. } => format!("{name} {}", place(address)),
        Op::SendTo { data, .. } | Op::Send { data, .. } => format!("{name} {}", literal(data)),
        Op::Listen { backlog, .. } => format!("{name} {backlog}"),
        Op::Shutdown { how, .. } => format!("{name} {}", how.name()),
        Op::SetSockOpt { option, value, .. } => format!("{option} = {value}"),
        Op::GetSockOpt { option, .. } => format!("{name} {option}"),
        Op::GetAddrInfo { host, .. } => format!("{name} {host}"),
        Op::GetNameInfo { address } => format!("{name} {}", address.0.ip()),
        Op::Poll { watch } if watch.len() > 1 => format!("{name} {} sockets", watch.len()),
        Op::Poll { watch } => match watch.first() {
            Some(watch) => format!("{name} {}", events(watch)),
            None => name.to_owned(),
        },
        Op::Socket { kind, .. } => format!("{name} {}", kind.name()),
        _ => name.to_owned(),
    }
}

/// The same where there is less room: `bind :5000`.
pub fn short_label(op: &Op) -> String {
    let name = op.kind().name();
    match op {
        Op::Bind { address, .. } | Op::Connect { address, .. } => format!("{name} :{}", address.port),
        Op::SendTo { data, .. } | Op::Send { data, .. } => format!("{name} {}", octets(data.len() as u64)),
        Op::Listen { backlog, .. } => format!("{name} {backlog}"),
        Op::Shutdown { how, .. } => how.name().to_owned(),
        Op::SetSockOpt { option, .. } => option.to_string(),
        _ => name.to_owned(),
    }
}

/// An outcome in a few characters; `None` where a success says nothing more than that.
pub fn result(outcome: &Outcome, names: &Names) -> Option<String> {
    match outcome {
        Err(failure) => Some(failure.name()),
        Ok(Value::Accepted { socket, .. }) => Some(names.get(*socket)),
        Ok(Value::Data { data, .. } | Value::Datagram { data, .. }) => Some(literal(data)),
        Ok(Value::Option { value }) => Some(value.to_string()),
        Ok(Value::Address { address }) => Some(address.0.to_string()),
        Ok(Value::Name { name }) => Some(name.clone()),
        Ok(Value::Ready { ready }) => Some(match ready.as_slice() {
            [] => "nothing".to_owned(),
            [one] => format!("{} {}", names.get(one.socket), events(one)),
            several => format!("{} sockets", several.len()),
        }),
        Ok(Value::Addresses { addresses }) => Some(format!("{} addresses", addresses.len())),
        Ok(Value::Sent { .. } | Value::Socket { .. } | Value::Done {}) => None,
    }
}

/// The events of a poll without what they all begin with: `IN, OUT`.
fn events(watch: &Watch) -> String {
    let short = |event: &PollEvent| event.name().trim_start_matches("POLL");
    watch.events.iter().map(short).collect::<Vec<_>>().join(", ")
}

fn literal(data: &Bytes) -> String {
    if data.len() > 20 { octets(data.len() as u64) } else { bytes_literal(data) }
}

fn place(address: &Endpoint) -> String {
    match &address.host {
        sockets::Host::Address(IpAddr::V6(ip)) => format!("[{ip}]:{}", address.port),
        host => format!("{host}:{}", address.port),
    }
}

/// A count of octets.
pub fn octets(count: u64) -> String {
    if count == 1 { "1 octet".to_owned() } else { format!("{} octets", grouped(count)) }
}

/// A host's name as a variable may be called: `client 2` gives `client_2`.
pub fn variable(host: &str) -> String {
    let mut names = Names::default();
    names.set(SocketId(0), host);
    names.get(SocketId(0))
}

/// An address without the brackets and quotes of Python's tuple: `127.0.0.1:5000`, `[::1]:5000`.
pub fn place_of(address: sockets::PyAddr) -> String {
    address.0.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use sockets::{Errno, Failure};

    fn send(data: &'static [u8]) -> Op {
        Op::Send { socket: SocketId(1), flags: [].into(), data: Bytes::from_static(data) }
    }

    #[test]
    fn long_data_is_cut_and_says_so() {
        let names = Names::default();
        expect![
            "s1.sendall(b'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')  # the first 48 of 2,000 octets"
        ]
        .assert_eq(&python(&send(&[b'x'; 2_000]), &names, None));
        let data = Bytes::from_static(&[b'y'; 1_234_567]);
        expect!["b'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy'…  (1,234,567 octets)"]
            .assert_eq(&answer(&Ok(Value::data(data)), &names));
        expect!["send 2,000 octets"].assert_eq(&label(&send(&[b'x'; 2_000])));
    }

    fn check(op: Op, timeout: Option<Micros>, outcome: Value, broken: bool, expected: expect_test::Expect) {
        let call = Call { id: sockets::CallId(1), host: sockets::HostId(0), timeout, op };
        expected.assert_eq(&remark(&call, &Ok(outcome), || broken).expect("there is something to say"));
    }

    #[test]
    fn results_say_what_their_value_does_not() {
        let recv = || Op::Recv { socket: SocketId(1), max: 10, flags: [].into() };
        let nothing = || Value::data(Bytes::new());
        check(
            recv(),
            None,
            nothing(),
            false,
            expect![
                "The end of the stream: the peer's FIN has arrived and everything before it has been received."
            ],
        );
        check(
            recv(),
            None,
            nothing(),
            true,
            expect![
                "The connection is over: nothing more will come. An earlier send has already met the failure."
            ],
        );
        let sent = |sent| Value::Sent { sent };
        check(
            send(b"abc"),
            Some(Micros::ZERO),
            sent(1),
            false,
            expect!["Only 1 of 3 octets were taken: the send buffer is full."],
        );
        check(
            send(b"abc"),
            None,
            sent(1),
            false,
            expect!["1 of 3 octets were taken; then the waiting was broken off."],
        );
    }

    #[test]
    fn polls_are_told_in_few_words() {
        let watch =
            |events: &[PollEvent]| Watch { socket: SocketId(1), events: events.iter().copied().collect() };
        let both = watch(&[PollEvent::In, PollEvent::Out]);
        let one = Op::Poll { watch: vec![both.clone()] };
        expect!["poll IN, OUT"].assert_eq(&label(&one));
        expect!["poll"].assert_eq(&short_label(&one));
        expect!["poll 2 sockets"].assert_eq(&label(&Op::Poll { watch: vec![both.clone(), watch(&[])] }));
        let names = Names::default();
        let shown = |ready| result(&Ok(Value::Ready { ready }), &names).expect("a result");
        expect!["s1 IN, OUT"].assert_eq(&shown(vec![both.clone()]));
        expect!["nothing"].assert_eq(&shown(Vec::new()));
        expect!["[(s1, POLLIN | POLLOUT)]"]
            .assert_eq(&answer(&Ok(Value::Ready { ready: vec![both] }), &names));
        let nothing = Value::Ready { ready: Vec::new() };
        check(one, Some(Micros(5)), nothing, false, expect!["Its time is over: nothing was ready."]);
        let cut = Value::Datagram {
            bytes: 3,
            from: sockets::PyAddr(([127, 0, 0, 1], 9).into()),
            whole: Some(2_000),
            data: Bytes::from_static(b"abc"),
        };
        let recvfrom = Op::RecvFrom { socket: SocketId(1), max: 3, flags: [].into() };
        check(
            recvfrom,
            None,
            cut,
            false,
            expect!["The datagram had 2,000 octets: 1,997 did not fit and are lost."],
        );
    }

    #[test]
    fn announcements_are_sentences() {
        let refused = Err(Failure::Errno(Errno::ECONNREFUSED));
        let connect = Op::Connect {
            socket: SocketId(1),
            address: Endpoint::parse("127.0.0.1", "9").expect("an address"),
        };
        expect!["client: connect failed: ECONNREFUSED, Connection refused"].assert_eq(&announcement(
            "client",
            &connect,
            &refused,
            Micros(80),
            &Names::default(),
        ));
        let accept = Op::Accept { socket: SocketId(1) };
        let got =
            Ok(Value::Accepted { socket: SocketId(2), peer: sockets::PyAddr(([127, 0, 0, 1], 9).into()) });
        expect!["server: accept returned s2, ('127.0.0.1', 9), after 2.00 s"].assert_eq(&announcement(
            "server",
            &accept,
            &got,
            Micros(2_000_000),
            &Names::default(),
        ));
    }
}
