//! The Log's calls, its text and its number.

use super::*;
use crate::{
    Change, Endpoint, Errno, Failure, Family, Fate, LinkId, MsgFlag, Op, OptionName, OptionValue, PacketId,
    Quantity, Reaction, Rule, SocketKind, State, Timer, Transit, Value,
};
use bytes::Bytes;
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;
use wire::{Datagram, Flags, Internet, Options, Segment, Seq, TcpOption};

fn call(id: u32, op: Op) -> Call {
    Call { id: CallId(id), host: HostId(0), timeout: None, op }
}

fn returned(id: u32, outcome: Outcome) -> Event {
    Event::Returned { call: CallId(id), outcome, took: Micros(3), note: None }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_call_meets_its_return_and_time_never_goes_back() {
    let mut log = Log::new();
    log.enter(Instant(10), call(1, Op::GetHostName {}));
    log.enter(Instant(20), call(2, Op::GetHostName {}));
    log.observe(Instant(15), returned(1, Ok(Value::Done {})));
    let lines = log.calls();
    assert_eq!(lines[0].back.expect("call 1 is back").at, Instant(20));
    assert!(lines[1].back.is_none());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_number_may_serve_again_once_its_call_is_back() {
    let mut log = Log::new();
    for at in [1, 3] {
        log.enter(Instant(at), call(7, Op::GetHostName {}));
        log.observe(Instant(at + 1), returned(7, Ok(Value::Done {})));
    }
    log.observe(Instant(9), returned(7, Ok(Value::Done {})));
    let back: Vec<u64> = log.calls().iter().filter_map(|line| line.back).map(|back| back.at.0).collect();
    assert_eq!(back, [2, 4]);
}

fn story(payload: &'static [u8]) -> Log {
    static RULE: Rule = Rule { name: "slow-start", says: "", source: "" };
    let socket = SocketId(1);
    let mut log = Log::new();
    let family = Family::Inet;
    log.enter(Instant(0), call(1, Op::Socket { family, kind: SocketKind::Stream }));
    log.observe(Instant(0), returned(1, Ok(Value::Socket { socket })));
    let option = OptionName::NoDelay;
    log.enter(Instant(5), call(2, Op::SetSockOpt { socket, option, value: OptionValue::Number(1) }));
    log.observe(Instant(5), returned(2, Err(Failure::Errno(Errno::EBADF))));
    let address = Endpoint::parse("10.0.0.2", "80").expect("an endpoint");
    let timeout = Some(Micros(9));
    log.enter(Instant(6), Call { timeout, ..call(3, Op::Connect { socket, address }) });
    let flags = [MsgFlag::More, MsgFlag::DontWait].into();
    log.enter(Instant(7), call(4, Op::Send { socket, flags, data: Bytes::from_static(payload) }));
    let mut options = Options::NONE;
    options.push(TcpOption::Mss(1_460)).expect("there is room");
    let ip = Internet::between([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
    let mut transit = Transit {
        packet: PacketId(0),
        copy_of: None,
        link: LinkId(0),
        from: HostId(0),
        to: HostId(1),
        socket: Some(socket),
        retransmission: true,
        datagram: Datagram::Tcp(Segment {
            ip,
            source_port: 32_768,
            destination_port: 80,
            seq: Seq(7),
            ack: Seq(0),
            flags: Flags::SYN,
            window: 64_240,
            urgent: 0,
            options,
            payload: Bytes::from_static(payload),
        }),
        fate: Fate::Arrives { at: Instant(1_234_567) },
    };
    log.observe(Instant(8), Event::Trace(Trace::Sent(Box::new(transit.clone()))));
    transit.copy_of = Some(PacketId(0));
    transit.socket = None;
    transit.retransmission = false;
    transit.fate = Fate::QueueFull;
    log.observe(Instant(8), Event::Trace(Trace::Sent(Box::new(transit))));
    log.observe(Instant(9), Event::Trace(Trace::Arrived { packet: PacketId(0), host: HostId(1) }));
    let timer = Timer::Retransmission;
    log.observe(Instant(9), Event::Trace(Trace::Armed { socket, timer, fires: Some(Instant(1_000_009)) }));
    log.observe(Instant(9), Event::Trace(Trace::Armed { socket, timer, fires: None }));
    let change = Some(Change { quantity: Quantity::CongestionWindow, before: 10, after: 11 });
    let (before, after) = (State::SynSent, State::Established);
    let reaction = Reaction { rule: &RULE, before, after, change };
    log.observe(Instant(9), Event::Trace(Trace::Reaction { socket: None, reaction }));
    log.observe(Instant(9), Event::Notice("two\nlines".into()));
    log
}

#[wasm_bindgen_test(unsupported = test)]
fn a_log_reads_as_one_line_for_each_record() {
    expect![[r#"
        0.000000 call 1, host 0: socket(AF_INET, SOCK_STREAM)
        0.000000 call 1 -> socket 1, took 3
        0.000005 call 2, host 0: setsockopt(1, TCP_NODELAY, 1)
        0.000005 call 2 -> EBADF, took 3
        0.000006 call 3, host 0: connect(1, ("10.0.0.2", 80)), timeout 9
        0.000007 call 4, host 0: send(1, 5 octets, MSG_MORE|MSG_DONTWAIT)
        0.000008 #0 link 0, host 0 > host 1, socket 1, again: 10.0.0.1.32768 > 10.0.0.2.80: S 7:12(5) win 64240 <mss 1460> (ttl 64, df), arrives 1.234567
        0.000008 #0 link 0, host 0 > host 1, copy of #0: 10.0.0.1.32768 > 10.0.0.2.80: S 7:12(5) win 64240 <mss 1460> (ttl 64, df), dropped, queue full
        0.000009 #0 arrived at host 1
        0.000009 socket 1: retransmission timer set to 1.000009
        0.000009 socket 1: retransmission timer stopped
        0.000009 no socket: rule slow-start, SYN-SENT -> ESTABLISHED, cwnd 10 -> 11
        0.000009 notice "two\nlines"
    "#]].assert_eq(&story(b"hello").text());
}

#[wasm_bindgen_test(unsupported = test)]
fn the_number_knows_every_octet_and_every_machine_finds_it() {
    assert_eq!(story(b"hello").digest(), story(b"hello").digest());
    assert_ne!(story(b"hello").digest(), story(b"hellp").digest());
    assert_eq!(story(b"hello").digest(), 1_334_432_182_235_185_830);
    assert_eq!(Log::new().digest(), 9_389_724_635_541_708_618);
}
