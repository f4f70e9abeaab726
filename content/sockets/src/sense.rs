//! Which calls make sense on a socket now, as one table: the phase, the call, and what the kernel would answer.
//!
//! It warns; it does not forbid. A person may make the call all the same and see the errno.

use crate::{Errno, OpKind, Phase, SocketKind, SocketView};

/// Why a call makes no sense yet, or no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The reason, as a sentence without its full stop.
    pub reason: &'static str,
    /// What Linux answers if the call is made all the same; `None` where it would succeed or wait.
    pub errno: Option<Errno>,
}

const fn because(reason: &'static str, errno: Errno) -> Option<Objection> {
    Some(Objection { reason, errno: Some(errno) })
}

const fn pointless(reason: &'static str) -> Option<Objection> {
    Some(Objection { reason, errno: None })
}

/// What speaks against making this call on this socket now; `None` if nothing does.
pub fn objection(view: &SocketView, op: OpKind) -> Option<Objection> {
    if view.phase == Phase::Closed && op == OpKind::Poll {
        return pointless("the socket is closed: poll says POLLNVAL");
    }
    if view.phase == Phase::Closed {
        return because("the socket is closed", Errno::EBADF);
    }
    match view.kind {
        SocketKind::Stream => stream(view, op),
        SocketKind::Datagram => datagram(view, op),
    }
}

fn stream(view: &SocketView, op: OpKind) -> Option<Objection> {
    use OpKind as K;
    use Phase as P;
    match (op, view.phase) {
        (K::Bind, P::Fresh | P::Failed) => None,
        (K::Bind, P::Bound | P::Listening | P::Connecting | P::Connected) => {
            because("it has a local address already", Errno::EINVAL)
        }

        (K::Listen, P::Bound | P::Listening) => None,
        (K::Listen, P::Fresh) => {
            pointless("bind it first: otherwise the kernel picks a port that nobody knows")
        }
        (K::Listen, P::Connecting | P::Connected) => {
            because("it is a connection; only an unconnected socket can listen", Errno::EINVAL)
        }
        (K::Listen, P::Failed) => pointless("make a new socket: this one has failed"),

        (K::Accept, P::Listening) => None,
        (K::Accept, P::Fresh | P::Bound) => because("it does not listen yet", Errno::EINVAL),
        (K::Accept, P::Connecting | P::Connected | P::Failed) => {
            because("it is no listening socket", Errno::EINVAL)
        }

        (K::Connect, P::Fresh | P::Bound | P::Failed) => None,
        (K::Connect, P::Listening) => because("a listening socket cannot connect", Errno::EISCONN),
        (K::Connect, P::Connecting) => because("it is connecting already", Errno::EALREADY),
        (K::Connect, P::Connected) => because("it is connected already", Errno::EISCONN),

        (K::Send, P::Connected) if view.write_shut => {
            because("you shut its sending direction down", Errno::EPIPE)
        }
        (K::Recv, P::Connected) if view.read_shut => pointless("you shut its receiving direction down"),
        (K::Send | K::Recv | K::Shutdown, P::Connected) => None,
        (K::Send, P::Connecting) | (K::Recv, P::Connecting) => {
            pointless("the handshake is not complete: the call would wait for it")
        }
        (K::Send, P::Listening) => {
            because("a listening socket carries no data: use what accept returned", Errno::EPIPE)
        }
        (K::Send, P::Fresh | P::Bound | P::Failed) => because("it is not connected", Errno::EPIPE),
        (K::Recv, P::Listening) => {
            because("a listening socket carries no data: use what accept returned", Errno::ENOTCONN)
        }
        (K::Recv, P::Fresh | P::Bound | P::Failed) => because("it is not connected", Errno::ENOTCONN),
        (K::Shutdown, P::Listening | P::Connecting) => None,
        (K::Shutdown, P::Fresh | P::Bound | P::Failed) => because("it is not connected", Errno::ENOTCONN),

        (K::GetPeerName, P::Connected) => None,
        (K::GetPeerName, _) => because("it has no peer", Errno::ENOTCONN),

        (K::SendTo | K::RecvFrom, _) => {
            pointless("sendto and recvfrom are for datagrams: a stream has send and recv")
        }
        _ => None,
    }
}

fn datagram(view: &SocketView, op: OpKind) -> Option<Objection> {
    use OpKind as K;
    use Phase as P;
    match (op, view.phase) {
        (K::Listen | K::Accept, _) => because("UDP has no connections to wait for", Errno::EOPNOTSUPP),
        (K::Bind, P::Bound | P::Connected) => because("it has a local address already", Errno::EINVAL),
        (K::Send, P::Fresh | P::Bound) => {
            because("a datagram needs an address: use sendto, or connect first", Errno::EDESTADDRREQ)
        }
        (K::Recv | K::RecvFrom, P::Fresh) => {
            pointless("it has no port yet, so nothing can arrive: bind it first")
        }
        (K::GetPeerName | K::Shutdown, P::Fresh | P::Bound) => because("it has no peer", Errno::ENOTCONN),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, CallId, Event, Family, HostId, Instant, Log, Micros, Op, SocketId, Sockets, Value};
    use expect_test::expect;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn fresh(kind: SocketKind) -> SocketView {
        let mut log = Log::new();
        let op = Op::Socket { family: Family::Inet, kind };
        log.enter(Instant::START, Call { id: CallId(1), host: HostId(0), timeout: None, op });
        let outcome = Ok(Value::Socket { socket: SocketId(1) });
        log.observe(
            Instant::START,
            Event::Returned { call: CallId(1), outcome, took: Micros::ZERO, note: None },
        );
        Sockets::of(&log).get(SocketId(1)).expect("it was made").clone()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_table_reads_so() {
        let phases = [
            Phase::Fresh,
            Phase::Bound,
            Phase::Listening,
            Phase::Connecting,
            Phase::Connected,
            Phase::Failed,
            Phase::Closed,
        ];
        let mut table = String::new();
        for op in [
            OpKind::Bind,
            OpKind::Listen,
            OpKind::Accept,
            OpKind::Connect,
            OpKind::Send,
            OpKind::Recv,
            OpKind::Shutdown,
            OpKind::Close,
        ] {
            table += &format!("{:9}", op.name());
            for phase in phases {
                let view = SocketView { phase, ..fresh(SocketKind::Stream) };
                let cell = match objection(&view, op) {
                    None => "yes".to_owned(),
                    Some(Objection { errno: None, .. }) => "pointless".to_owned(),
                    Some(Objection { errno: Some(errno), .. }) => errno.name().into_owned(),
                };
                table += &format!(" {cell:9}");
            }
            table = table.trim_end().to_owned() + "\n";
        }
        expect![[r#"
            bind      yes       EINVAL    EINVAL    EINVAL    EINVAL    yes       EBADF
            listen    pointless yes       yes       EINVAL    EINVAL    pointless EBADF
            accept    EINVAL    EINVAL    yes       EINVAL    EINVAL    EINVAL    EBADF
            connect   yes       yes       EISCONN   EALREADY  EISCONN   yes       EBADF
            send      EPIPE     EPIPE     EPIPE     pointless yes       EPIPE     EBADF
            recv      ENOTCONN  ENOTCONN  ENOTCONN  pointless yes       ENOTCONN  EBADF
            shutdown  ENOTCONN  ENOTCONN  yes       yes       yes       ENOTCONN  EBADF
            close     yes       yes       yes       yes       yes       yes       EBADF
        "#]]
        .assert_eq(&table);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_shut_direction_cannot_send() {
        let view = SocketView { phase: Phase::Connected, write_shut: true, ..fresh(SocketKind::Stream) };
        assert_eq!(objection(&view, OpKind::Send).and_then(|o| o.errno), Some(Errno::EPIPE));
        assert_eq!(objection(&view, OpKind::Recv), None);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn datagrams_have_no_listeners() {
        let view = fresh(SocketKind::Datagram);
        assert_eq!(objection(&view, OpKind::Listen).and_then(|o| o.errno), Some(Errno::EOPNOTSUPP));
        assert_eq!(objection(&view, OpKind::SendTo), None);
    }
}
