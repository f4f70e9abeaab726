//! Ports that were the page's and are somebody else's by now: T11 and T14 where time passes in between.

use crate::client::*;
use sockets::{Errno, Failure, Family, Micros, Op, SocketKind};
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A port that the page has bound once, and has no more.
fn left_port(page: &mut Page, kind: SocketKind) -> SocketAddr {
    let socket = page.socket_of(Family::Inet, kind);
    page.done(Op::Bind { socket, address: at("127.0.0.1", 0) });
    let address = page.local(socket);
    page.done(Op::Close { socket });
    address
}

/// Somebody else opens and closes the port as fast as it goes, while the page tries it as fast as it goes.
#[test]
fn t11_nobody_slips_in_between_the_look_and_the_connect() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let address = left_port(&mut page, SocketKind::Stream);
    let (done, accepted, opened) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    let (refused, forbidden) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let Ok(service) = TcpListener::bind(address) else { continue };
                opened.fetch_add(1, Ordering::Relaxed);
                service.set_nonblocking(true).expect("it is known");
                for _ in 0..20 {
                    accepted.fetch_add(u32::from(service.accept().is_ok()), Ordering::Relaxed);
                }
            }
        });
        let (mut refused, mut forbidden) = (0, 0);
        let end = Instant::now() + Duration::from_secs(4);
        while Instant::now() < end {
            let socket = page.stream();
            match page.call(Op::Connect { socket, address: address.into() }) {
                Err(Failure::Errno(Errno::ECONNREFUSED)) => refused += 1,
                Err(Failure::Policy(_)) => forbidden += 1,
                other => {
                    done.store(true, Ordering::Relaxed);
                    panic!("{other:?}");
                }
            }
            page.done(Op::Close { socket });
        }
        done.store(true, Ordering::Relaxed);
        (refused, forbidden)
    });
    assert!(refused > 20 && forbidden > 20, "both were tried: {refused} {forbidden}");
    assert!(opened.load(Ordering::Relaxed) > 20);
    assert_eq!(accepted.load(Ordering::Relaxed), 0, "nobody's service had a visitor");
}

/// As above with a port that cannot be held: a stream of the page has it that shares, as the other's listener does.
#[test]
fn t11_who_slips_in_all_the_same_hears_nothing() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let squatter = page.stream();
    let reuse = sockets::OptionValue::Number(1);
    page.done(Op::SetSockOpt { socket: squatter, option: sockets::OptionName::ReuseAddr, value: reuse });
    page.done(Op::Bind { socket: squatter, address: at("127.0.0.1", 0) });
    let address = page.local(squatter);
    let done = AtomicBool::new(false);
    let (tried, heard) = std::thread::scope(|scope| {
        let service = scope.spawn(|| {
            let mut heard = 0;
            while !done.load(Ordering::Relaxed) {
                let Ok(service) = TcpListener::bind(address) else { continue };
                service.set_nonblocking(true).expect("it is known");
                for _ in 0..20 {
                    let Ok((mut visitor, _)) = service.accept() else { continue };
                    visitor.set_read_timeout(Some(Duration::from_millis(200))).expect("it is known");
                    let end = visitor.read(&mut [0; 8]).map_err(|error| error.kind());
                    heard += u32::from(end != Err(ErrorKind::ConnectionReset));
                }
            }
            heard
        });
        let mut tried = 0;
        let end = Instant::now() + Duration::from_secs(3);
        while Instant::now() < end {
            let socket = page.stream();
            for timeout in [Some(Micros::ZERO), None] {
                let id = page.ask(timeout, Op::Connect { socket, address: address.into() });
                let outcome = page.reply(id).outcome;
                // What a call that did not wait began may have ended in either way by the next.
                let over = matches!(
                    outcome,
                    Err(Failure::Policy(_)
                        | Failure::Errno(Errno::ECONNREFUSED | Errno::ECONNRESET | Errno::EINPROGRESS))
                );
                if !over {
                    done.store(true, Ordering::Relaxed);
                    panic!("{outcome:?}");
                }
            }
            assert!(page.call(send(socket, b"secret")).is_err(), "there is no connection");
            page.done(Op::Close { socket });
            tried += 1;
        }
        done.store(true, Ordering::Relaxed);
        (tried, service.join().expect("it does not panic"))
    });
    assert!(tried > 20);
    assert_eq!(heard, 0, "whoever was reached was reset at once");
}

#[test]
fn t14_a_connected_datagram_socket_is_checked_at_each_send() {
    let bridge = Bridge::start(&[]);
    let mut page = bridge.page();
    let receiver = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.done(Op::Bind { socket: receiver, address: at("127.0.0.1", 0) });
    let address = page.local(receiver);
    let sender = page.socket_of(Family::Inet, SocketKind::Datagram);
    page.done(Op::Connect { socket: sender, address: address.into() });
    page.call(send(sender, b"to oneself")).expect("it goes out");
    page.done(Op::Close { socket: receiver });
    let other = UdpSocket::bind(address).expect("the port is free");
    other.set_read_timeout(Some(Duration::from_millis(200))).expect("it is known");
    page.policy(send(sender, b"to somebody else"));
    page.policy(Op::SendTo {
        socket: sender,
        address: address.into(),
        flags: [].into(),
        data: b"x"[..].into(),
    });
    assert!(other.recv(&mut [0; 32]).is_err(), "nothing came");
    drop(other);
    // Nobody is there again, and that is for the kernel to say.
    page.call(send(sender, b"to nobody")).expect("it goes out");
    wait_until("ECONNREFUSED", LIMIT, || {
        page.call(send(sender, b"to nobody")) == Err(Failure::Errno(Errno::ECONNREFUSED))
    });
}
