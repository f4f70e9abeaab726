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
    /// A connection in TIME-WAIT, or a stream that is bound and does not listen, has it: nobody listens at the moment.
    Unheld,
}

impl Free {
    /// Holds a port; `None` if somebody is there.
    pub fn hold(kind: SocketKind, address: SocketAddr) -> Option<Free> {
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
            Err(_) if kind == SocketKind::Stream && os::port_is_listening(address.port()) == Some(false) => {
                Some(Free::Unheld)
            }
            Err(_) => None,
        }
    }
}

/// Whether an attempt at a port that nobody held found somebody there all the same. A socket that found itself is the page's own.
pub fn found_somebody(socket: &Socket, to: SocketAddr) -> bool {
    let gone = matches!(os::sample_tcp(socket).state, Some(State::Closed) | None);
    let itself =
        socket.local_addr().ok().and_then(|local| local.as_socket()).is_some_and(|local| local == to);
    !gone && !itself
}
