//! How much must be there before a receive is content.

use crate::client::*;
use sockets::{Errno, Failure, Micros, MsgFlag, Op, OptionName, OptionValue, SocketId};
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

const SOON: Duration = Duration::from_millis(50);

fn low_mark(page: &mut Page, socket: SocketId, octets: i32) {
    page.done(Op::SetSockOpt { socket, option: OptionName::RcvLowAt, value: OptionValue::Number(octets) });
}

fn peek_all(socket: SocketId, max: u32) -> Op {
    Op::Recv { socket, max, flags: [MsgFlag::Peek, MsgFlag::WaitAll].into() }
}

#[test]
fn a_receive_waits_for_the_low_mark() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    low_mark(&mut page, socket, 10);
    let waiting = page.ask(None, recv(socket, 100));
    peer.write_all(b"abc").expect("the page listens");
    assert!(page.is_pending(waiting, SOON));
    let busy = bridge.cpu_time();
    assert!(page.is_pending(waiting, Duration::from_millis(500)));
    assert!(bridge.cpu_time() - busy < Duration::from_millis(150), "waiting costs nothing");
    peer.write_all(b"defghijk").expect("the page listens");
    assert_eq!(data(page.reply(waiting).outcome), b"abcdefghijk");
    // Who wants less waits for less, and who may not wait takes what is there.
    peer.write_all(b"abcde").expect("the page listens");
    page.state(socket, "five octets", |sample| sample.receive_queue == Some(5));
    assert_eq!(data(page.call(recv(socket, 2))), b"ab");
    assert_eq!(data(page.call_within(Micros::ZERO, recv(socket, 100))), b"cde");
    // When its time is over it takes what is there, and so it does when the mark is lowered.
    peer.write_all(b"abc").expect("the page listens");
    assert_eq!(data(page.call_within(Micros::from_millis(100), recv(socket, 100))), b"abc");
    assert_eq!(page.call_within(Micros::from_millis(50), recv(socket, 100)), Err(Failure::TimedOut));
    let waiting = page.ask(None, recv(socket, 100));
    peer.write_all(b"abc").expect("the page listens");
    assert!(page.is_pending(waiting, SOON));
    low_mark(&mut page, socket, 2);
    assert_eq!(data(page.reply(waiting).outcome), b"abc");
    // The end ends it.
    low_mark(&mut page, socket, 10);
    let waiting = page.ask(None, recv(socket, 100));
    peer.write_all(b"end").expect("the page listens");
    assert!(page.is_pending(waiting, SOON));
    peer.shutdown(Shutdown::Write).expect("it is connected");
    assert_eq!(data(page.reply(waiting).outcome), b"end");
    assert_eq!(data(page.call(recv(socket, 100))), b"");
}

#[test]
fn a_connection_has_the_low_mark_of_its_listener() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, address) = page.listener(1);
    low_mark(&mut page, listener, 4);
    let mut peer = TcpStream::connect(address).expect("the page listens");
    let socket = page.accept(listener);
    let waiting = page.ask(None, recv(socket, 100));
    peer.write_all(b"abc").expect("the page listens");
    assert!(page.is_pending(waiting, SOON));
    peer.write_all(b"d").expect("the page listens");
    assert_eq!(data(page.reply(waiting).outcome), b"abcd");
}

#[test]
fn to_peek_at_all_waits_for_all() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    let waiting = page.ask(None, peek_all(socket, 6));
    peer.write_all(b"abc").expect("the page listens");
    assert!(page.is_pending(waiting, SOON));
    peer.write_all(b"defgh").expect("the page listens");
    assert_eq!(data(page.reply(waiting).outcome), b"abcdef");
    assert_eq!(data(page.call(recv(socket, 100))), b"abcdefgh", "it was only peeked at");
    let waiting = page.ask(None, peek_all(socket, 6));
    peer.write_all(b"abc").expect("the page listens");
    assert!(page.is_pending(waiting, SOON));
    page.done(Op::Cancel { target: waiting });
    assert_eq!(data(page.reply(waiting).outcome), b"abc", "what was there");
    // Urgent data stops a receive short, and so does a reset.
    let waiting = page.ask(None, peek_all(socket, 6));
    socket2::SockRef::from(&peer).send_out_of_band(b"!").expect("TCP has it");
    assert_eq!(data(page.reply(waiting).outcome), b"abc");
    let (socket, mut peer) = page.connection();
    let waiting = page.ask(None, peek_all(socket, 6));
    peer.write_all(b"abc").expect("the page listens");
    assert!(page.is_pending(waiting, SOON));
    socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).expect("TCP has it");
    drop(peer);
    assert_eq!(data(page.reply(waiting).outcome), b"abc");
    assert_eq!(data(page.call(recv(socket, 100))), b"abc");
    assert_eq!(page.errno(peek_all(socket, 6)), Errno::ECONNRESET);
}
