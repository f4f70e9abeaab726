//! A port of loopback that nobody has, kept so while the kernel is asked to go there.
//!
//! A page may try ports that were its own once, so that it sees the kernel's ECONNREFUSED. Between the look whether somebody else has
//! the port by now and the attempt itself, somebody else could take it. So the look is a bind, and the bound socket stays until the
//! attempt is over: it takes no connection and no datagram, and nobody else can be bound there.

use crate::os;
use socket2::{Domain, Socket, Type};
use sockets::{SocketKind, State};
use std::net::SocketAddr;

/// That a port is free.
#[derive(Debug)]
pub enum Free {
    /// And stays so as long as this socket is open.
    Held {
        /// Bound there; nobody reads it, it is only kept.
        _socket: Socket,
    },
    /// A connection, perhaps in TIME-WAIT, or a stream of the page that is bound and does not listen has it: nobody listens at the
    /// moment.
    Unheld,
}

impl Free {
    /// Holds a port; `None` if somebody is there. `ours`: a stream of the session is bound to that port.
    pub fn hold(kind: SocketKind, address: SocketAddr, ours: bool) -> Option<Free> {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        let of = if kind == SocketKind::Stream { Type::STREAM } else { Type::DGRAM };
        let bound = || {
            let socket = Socket::new(Domain::for_address(address), of, None)?;
            socket.bind(&address.into())?;
            if kind == SocketKind::Datagram {
                // It takes datagrams from itself alone: for all others the kernel goes on to say that nobody is there.
                socket.connect(&address.into())?;
            }
            Ok::<_, std::io::Error>(socket)
        };
        match bound() {
            Ok(_socket) => Some(Free::Held { _socket }),
            Err(_) if kind == SocketKind::Datagram => None,
            // A stranger that is bound and does not listen yet is in no table, and will listen in a moment.
            Err(_) => os::tcp_port(address.port())
                .filter(|port| !port.listens && (port.connected || ours))
                .map(|_| Free::Unheld),
        }
    }
}

/// What an attempt at a port that nobody held found there.
#[derive(Debug)]
pub enum Found {
    /// Nobody any more: the kernel has an error for the next connect, which is not to be taken off the socket.
    Nobody,
    /// The socket itself, which is bound there.
    Itself,
    /// Somebody, who came in between. The connection is gone already.
    Somebody,
}

/// Looks at what an attempt found. On loopback the answer is there by the time that connect comes back.
pub fn found(socket: &Socket, to: SocketAddr) -> Found {
    if os::sample_tcp(socket).state == Some(State::Closed) {
        return Found::Nobody;
    }
    if socket.local_addr().ok().and_then(|local| local.as_socket()) == Some(to) {
        return Found::Itself;
    }
    // Whatever comes of it, the program is told that it may not go there.
    let _ = os::disconnect(socket).and_then(|()| socket.take_error());
    Found::Somebody
}
