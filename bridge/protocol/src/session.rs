//! The client's side of a connection to the bridge, as a [`Network`]: calls in, frames out; frames in, events out. No I/O.

use crate::{BadFrame, Frame, Hello, MAX_PAYLOAD, Message, Reply, Request};
use bytes::Bytes;
use sockets::{Call, CallId, Event, Failure, Instant, Micros, Network, Op, Outcome, Sight, Value};
use std::collections::{BTreeMap, VecDeque};

/// One connection to the bridge.
#[derive(Debug, Default)]
pub struct Session {
    hello: Option<Hello>,
    next: u32,
    pending: BTreeMap<CallId, Pending>,
    outbox: VecDeque<Frame>,
    events: VecDeque<Event>,
    gone: Option<String>,
}

/// A call that is under way; its key is the id on the wire. A send that is larger than a message goes in pieces, one after the
/// other, and comes back as one.
#[derive(Debug)]
struct Pending {
    call: CallId,
    op: Op,
    deadline: Option<Instant>,
    blocking: bool,
    sent: usize,
    took: Micros,
    rest: Bytes,
}

/// The bridge said something that it must not; the connection should be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexpected(pub String);

impl core::fmt::Display for Unexpected {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Unexpected {}

impl From<BadFrame> for Unexpected {
    fn from(error: BadFrame) -> Unexpected {
        Unexpected(error.to_string())
    }
}

impl Session {
    /// A session whose WebSocket is about to open.
    pub fn new() -> Session {
        Session::default()
    }

    /// Who the bridge is, once it has said so.
    pub fn hello(&self) -> Option<&Hello> {
        self.hello.as_ref()
    }

    /// The next frame to put on the WebSocket.
    pub fn transmit(&mut self) -> Option<Frame> {
        self.outbox.pop_front()
    }

    /// Takes what came from the WebSocket.
    ///
    /// # Errors
    /// What is not a message of the bridge, a reply to no request, another version. Close the WebSocket then.
    pub fn receive(&mut self, now: Instant, frame: &Frame) -> Result<(), Unexpected> {
        match Message::decode(frame)? {
            Message::Hello(hello) if hello.protocol == crate::SUBPROTOCOL => self.hello = Some(hello),
            Message::Hello(hello) => {
                return Err(Unexpected(format!(
                    "the bridge speaks {}, this page {}: reload the page from the bridge, or update the bridge",
                    hello.protocol,
                    crate::SUBPROTOCOL
                )));
            }
            Message::Reply(reply) => self.reply(now, reply)?,
            Message::Complaint(failure) => {
                return Err(Unexpected(format!(
                    "the bridge could not read a request: {}",
                    failure.meaning()
                )));
            }
            Message::State { socket, sample } => self.events.push_back(Event::State { socket, sample }),
            Message::Notice(text) => self.events.push_back(Event::Notice(text)),
        }
        Ok(())
    }

    /// The WebSocket is closed: every pending call fails with [`Failure::Gone`], then the network is gone.
    pub fn close(&mut self, why: &str) {
        if self.gone.is_some() {
            return;
        }
        for (_, pending) in std::mem::take(&mut self.pending) {
            self.answer(pending.call, Err(Failure::Gone), pending.took, None);
        }
        self.outbox.clear();
        self.events.push_back(Event::Gone(why.to_owned()));
        self.gone = Some(why.to_owned());
    }

    fn answer(&mut self, call: CallId, outcome: Outcome, took: Micros, note: Option<String>) {
        self.events.push_back(Event::Returned { call, outcome, took, note });
    }

    fn reply(&mut self, now: Instant, reply: Reply) -> Result<(), Unexpected> {
        let Some(mut pending) = self.pending.remove(&reply.id) else {
            return Err(Unexpected(format!(
                "the bridge answered request {}, which is not pending",
                reply.id
            )));
        };
        pending.took = Micros(pending.took.0.saturating_add(reply.took.0));
        let outcome = match reply.outcome {
            Ok(Value::Sent { sent }) => {
                pending.sent += sent;
                let complete = sent == pending.op.payload().map_or(0, Bytes::len);
                if complete && !pending.rest.is_empty() {
                    self.send_piece(now, pending);
                    return Ok(());
                }
                Ok(Value::Sent { sent: pending.sent })
            }
            // What went before counts: the piece had no time left, or would have had to wait. The socket's own errors do not come
            // here, since the bridge keeps those for the next call.
            Err(_) if pending.sent > 0 => Ok(Value::Sent { sent: pending.sent }),
            outcome => outcome,
        };
        self.answer(pending.call, outcome, pending.took, reply.note);
        Ok(())
    }

    fn send_piece(&mut self, now: Instant, mut pending: Pending) {
        let piece = pending.rest.split_to(pending.rest.len().min(MAX_PAYLOAD));
        if let Some(data) = pending.op.payload_mut() {
            *data = piece;
        }
        self.put(now, pending);
    }

    fn put(&mut self, now: Instant, pending: Pending) {
        self.next = self.next.wrapping_add(1);
        let id = CallId(self.next);
        let timeout = match pending.deadline {
            _ if !pending.op.kind().may_block() => None,
            _ if !pending.blocking => Some(Micros::ZERO),
            deadline => deadline.map(|deadline| deadline.since(now)),
        };
        let request = Request { id, timeout, continues: pending.sent > 0, op: pending.op.clone() };
        self.outbox.push_back(request.encode());
        self.pending.insert(id, pending);
    }
}

impl Network for Session {
    fn sight(&self) -> Sight {
        self.hello.as_ref().map_or(Sight::Calls, |hello| hello.sight)
    }

    fn submit(&mut self, now: Instant, call: Call) {
        if self.gone.is_some() {
            return self.answer(call.id, Err(Failure::Gone), Micros::ZERO, None);
        }
        if self.pending.values().any(|pending| pending.call == call.id) {
            let why = format!("call {} is still pending: give each call its own id", call.id);
            return self.answer(call.id, Err(Failure::Protocol(why)), Micros::ZERO, None);
        }
        let mut op = call.op;
        match &mut op {
            Op::Cancel { target } => match self.pending.iter().find(|(_, pending)| pending.call == *target) {
                Some((&wire, _)) => *target = wire,
                None => return self.answer(call.id, Ok(Value::Done {}), Micros::ZERO, None),
            },
            Op::Recv { max, .. } | Op::RecvFrom { max, .. } => *max = (*max).min(MAX_PAYLOAD as u32),
            _ => {}
        }
        let blocking = op.may_wait(call.timeout);
        let deadline = call.timeout.map(|timeout| now + timeout);
        let mut pending = Pending {
            call: call.id,
            op,
            deadline,
            blocking,
            sent: 0,
            took: Micros::ZERO,
            rest: Bytes::new(),
        };
        match &mut pending.op {
            Op::Send { data, .. } if data.len() > MAX_PAYLOAD => {
                pending.rest = std::mem::take(data);
                self.send_piece(now, pending);
            }
            _ => self.put(now, pending),
        }
    }

    fn poll(&mut self, _now: Instant) -> Option<Event> {
        self.events.pop_front()
    }

    fn wakes_at(&self) -> Option<Instant> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sockets::{HostId, SocketId};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn call(id: u32, op: Op) -> Call {
        Call { id: CallId(id), host: HostId(0), timeout: None, op }
    }

    fn said(session: &mut Session) -> Request {
        Request::decode(&session.transmit().expect("a frame is waiting")).expect("the session's own frame")
    }

    fn answer(session: &mut Session, id: CallId, outcome: Outcome) {
        let reply = Message::Reply(Reply { id, outcome, took: Micros(5), note: None });
        session.receive(Instant(9), &reply.encode()).expect("a reply to a pending request");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_large_send_goes_in_pieces_and_comes_back_as_one() {
        let mut session = Session::new();
        let data = Bytes::from(vec![7; MAX_PAYLOAD * 2 + 3]);
        session.submit(Instant(0), call(40, Op::Send { socket: SocketId(1), flags: [].into(), data }));
        for expected in [MAX_PAYLOAD, MAX_PAYLOAD, 3] {
            let request = said(&mut session);
            assert_eq!(request.continues, request.id != CallId(1), "later pieces say so");
            assert_eq!(request.op.payload().map(Bytes::len), Some(expected));
            assert!(session.transmit().is_none(), "one piece at a time");
            answer(&mut session, request.id, Ok(Value::Sent { sent: expected }));
        }
        let sent = MAX_PAYLOAD * 2 + 3;
        assert_eq!(
            session.poll(Instant(9)),
            Some(Event::Returned {
                call: CallId(40),
                outcome: Ok(Value::Sent { sent }),
                took: Micros(15),
                note: None
            })
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_short_piece_ends_a_large_send() {
        let mut session = Session::new();
        let data = Bytes::from(vec![7; MAX_PAYLOAD + 1]);
        session.submit(
            Instant(0),
            Call {
                timeout: Some(Micros::ZERO),
                ..call(1, Op::Send { socket: SocketId(1), flags: [].into(), data })
            },
        );
        let request = said(&mut session);
        assert_eq!(request.timeout, Some(Micros::ZERO));
        answer(&mut session, request.id, Ok(Value::Sent { sent: 10 }));
        assert!(matches!(
            session.poll(Instant(9)),
            Some(Event::Returned { outcome: Ok(Value::Sent { sent: 10 }), .. })
        ));
        assert!(session.transmit().is_none());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_cancel_names_the_request_on_the_wire() {
        let mut session = Session::new();
        session.submit(Instant(0), call(100, Op::Accept { socket: SocketId(1) }));
        let accept = said(&mut session);
        session.submit(Instant(0), call(101, Op::Cancel { target: CallId(100) }));
        assert_eq!(said(&mut session).op, Op::Cancel { target: accept.id });
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn when_the_bridge_goes_nobody_waits_for_ever() {
        let mut session = Session::new();
        session.submit(Instant(0), call(1, Op::Accept { socket: SocketId(1) }));
        session.close("lost");
        session.submit(Instant(1), call(2, Op::GetHostName {}));
        let events: Vec<_> = std::iter::from_fn(|| session.poll(Instant(1))).collect();
        assert!(matches!(&events[0], Event::Returned { call: CallId(1), outcome: Err(Failure::Gone), .. }));
        assert!(matches!(&events[1], Event::Gone(why) if why == "lost"));
        assert!(matches!(&events[2], Event::Returned { call: CallId(2), outcome: Err(Failure::Gone), .. }));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_reply_to_nothing_is_an_error() {
        let reply =
            Message::Reply(Reply { id: CallId(5), outcome: Ok(Value::Done {}), took: Micros(0), note: None });
        assert!(Session::new().receive(Instant(0), &reply.encode()).is_err());
    }
}
