//! Octets there and back.

use crate::client::*;
use sockets::{Op, Value};
use std::io::{Read, Write};

#[test]
fn octets_go_both_ways_between_page_and_outside() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (socket, mut peer) = page.connection();
    assert_eq!(page.call(send(socket, b"hello")), Ok(Value::Sent { sent: 5 }));
    let mut five = [0; 5];
    peer.read_exact(&mut five).expect("five octets");
    assert_eq!(&five, b"hello");
    peer.write_all(b"world").expect("it goes out");
    assert_eq!(data(page.call(recv(socket, 100))), b"world");
    drop(peer);
    assert_eq!(data(page.call(recv(socket, 100))), b"");
    page.done(Op::Close { socket });
}

#[test]
fn a_page_connects_to_its_own_listener() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let (listener, address) = page.listener(1);
    let accept = page.ask(None, Op::Accept { socket: listener });
    let client = page.stream();
    page.done(Op::Connect { socket: client, address: address.into() });
    let server = accepted(page.reply(accept).outcome);
    let waiting = page.ask(None, recv(client, 10));
    assert!(page.is_pending(waiting, std::time::Duration::from_millis(30)));
    page.call(send(server, b"x")).expect("it goes out");
    assert_eq!(data(page.reply(waiting).outcome), b"x");
}
