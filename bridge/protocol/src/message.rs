//! What the bridge says: hello, replies, states, notices.

use crate::{BadFrame, Frame, PayloadBuffer};
use bytes::Bytes;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sockets::{CallId, Failure, Micros, Outcome, PyAddr, Sample, Sight, SocketId, Value};

/// Anything that the bridge says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The first message of a connection.
    Hello(Hello),
    /// A call came back.
    Reply(Reply),
    /// A message could not be answered to an id: it was no request.
    Complaint(Failure),
    /// The state of a socket changed.
    State {
        /// Which socket.
        socket: SocketId,
        /// What it is now.
        sample: Sample,
    },
    /// Something that a person should know.
    Notice(String),
}

/// Who the bridge is and what it allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of these messages: [`SUBPROTOCOL`](crate::SUBPROTOCOL).
    pub protocol: String,
    /// The bridge's own version.
    pub bridge: String,
    /// The system that it runs on: `linux`, `macos`, `windows`.
    pub system: String,
    /// What it can show of sockets there.
    pub sight: Sight,
    /// What it bounds.
    pub limits: Limits,
    /// Where sockets may go.
    pub policy: Policy,
}

/// Upper bounds of one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Open sockets; one more gets EMFILE.
    pub sockets: usize,
    /// Pending calls; one more gets EBUSY.
    pub pending: usize,
    /// Octets of one message.
    pub message: usize,
}

/// Where sockets may go, beyond what the session itself listens on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Loopback ports that the learner named.
    pub allow: Vec<u16>,
    /// Names that may be resolved, beside `localhost`.
    pub hosts: Vec<String>,
    /// Private addresses too, and binding to all interfaces.
    pub lan: bool,
    /// Public addresses too.
    pub net: bool,
}

/// The reply to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The request's id.
    pub id: CallId,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it was in the bridge's hands.
    pub took: Micros,
    /// What a person should know about how it was carried out.
    pub note: Option<String>,
}

#[derive(Serialize)]
struct WireReply<V, F> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<CallId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<V>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<F>,
    took_us: Micros,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum WireEvent {
    Hello(Hello),
    State {
        socket: SocketId,
        #[serde(flatten)]
        sample: Sample,
    },
    Notice {
        text: String,
    },
}

impl Message {
    /// The WebSocket message that carries it.
    pub fn encode(&self) -> Frame {
        let event = |event: WireEvent| Frame::Text(json(&event));
        match self {
            Message::Hello(hello) => event(WireEvent::Hello(hello.clone())),
            Message::State { socket, sample } => {
                event(WireEvent::State { socket: *socket, sample: sample.clone() })
            }
            Message::Notice(text) => event(WireEvent::Notice { text: text.clone() }),
            Message::Complaint(failure) => Frame::Text(json(&WireReply::<(), _> {
                id: None,
                ok: None,
                error: Some(failure),
                took_us: Micros::ZERO,
                note: None,
            })),
            Message::Reply(Reply { id, outcome, took, note }) => {
                let wire = WireReply {
                    id: Some(*id),
                    ok: outcome.as_ref().ok(),
                    error: outcome.as_ref().err(),
                    took_us: *took,
                    note: note.clone(),
                };
                Frame::new(json(&wire), outcome.as_ref().ok().and_then(Value::payload))
            }
        }
    }

    /// The reply to a recv or recvfrom, its payload already in place; with a datagram's sender, and its length where it was cut.
    pub fn data_reply(
        id: CallId,
        took: Micros,
        from: Option<(PyAddr, Option<usize>)>,
        data: PayloadBuffer,
    ) -> Frame {
        let bytes = data.len();
        let value = match from {
            None => Value::Data { bytes, data: Bytes::new() },
            Some((from, whole)) => Value::Datagram { bytes, from, whole, data: Bytes::new() },
        };
        let wire =
            WireReply::<_, ()> { id: Some(id), ok: Some(value), error: None, took_us: took, note: None };
        data.seal(&json(&wire))
    }

    /// Reads what the bridge said.
    ///
    /// # Errors
    /// What is not one of the bridge's messages: the text says what and where.
    pub fn decode(frame: &Frame) -> Result<Message, BadFrame> {
        let (header, payload) = frame.split()?;
        let read = |header| -> Result<Message, serde_json::Error> {
            let mut fields: Map<String, Json> = serde_json::from_slice(header)?;
            match fields.remove("event") {
                Some(event) => event_from(&event, fields),
                None => reply_from(fields, payload),
            }
        };
        read(header)
            .map_err(|error| BadFrame(format!("the bridge said something that is not understood: {error}")))
    }
}

// Every part is read from one kind of deserializer, serde_json's of a value: tags and flattening by serde would bring two more,
// and the page downloads each.

fn event_from(event: &Json, mut fields: Map<String, Json>) -> Result<Message, serde_json::Error> {
    Ok(match event.as_str() {
        Some("hello") => Message::Hello(serde_json::from_value(Json::Object(fields))?),
        Some("state") => Message::State {
            socket: field(&mut fields, "socket")?.ok_or_else(|| Error::missing_field("socket"))?,
            sample: serde_json::from_value(Json::Object(fields))?,
        },
        Some("notice") => {
            Message::Notice(field(&mut fields, "text")?.ok_or_else(|| Error::missing_field("text"))?)
        }
        _ => return Err(Error::custom(format_args!("{event} is no event"))),
    })
}

fn reply_from(mut fields: Map<String, Json>, payload: Option<Bytes>) -> Result<Message, serde_json::Error> {
    let id: Option<CallId> = field(&mut fields, "id")?;
    let outcome = match (field(&mut fields, "ok")?, field(&mut fields, "error")?) {
        (Some(answer), None) => {
            let mut value = Value::from_json(answer)?;
            if let (Some(data), Some(payload)) = (value.payload_mut(), payload) {
                *data = payload;
            }
            Ok(value)
        }
        (None, Some(failure)) => Err(failure),
        _ => return Err(Error::custom("a reply has either “ok” or “error”; this one has not")),
    };
    match (id, outcome) {
        (Some(id), outcome) => Ok(Message::Reply(Reply {
            id,
            outcome,
            took: field(&mut fields, "took_us")?.unwrap_or_default(),
            note: field(&mut fields, "note")?,
        })),
        (None, Err(failure)) => Ok(Message::Complaint(failure)),
        (None, Ok(_)) => {
            Err(Error::custom("a reply that succeeded names its request by “id”; this one does not"))
        }
    }
}

fn field<T: DeserializeOwned>(
    fields: &mut Map<String, Json>,
    name: &str,
) -> Result<Option<T>, serde_json::Error> {
    fields.remove(name).map(serde_json::from_value).transpose()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("messages have string keys and no floats, so they are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BufMut;
    use expect_test::{Expect, expect};
    use sockets::{AcceptQueue, Errno, State};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn check(message: &Message, expected: Expect) {
        let frame = message.encode();
        assert_eq!(Message::decode(&frame).as_ref(), Ok(message));
        let (header, _) = frame.split().expect("it was just made");
        expected.assert_eq(std::str::from_utf8(header).expect("JSON is UTF-8"));
    }

    fn reply(outcome: Outcome) -> Message {
        Message::Reply(Reply { id: CallId(7), outcome, took: Micros(12), note: None })
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn replies_read_so() {
        check(&reply(Ok(Value::Done {})), expect![[r#"{"id":7,"ok":{},"took_us":12}"#]]);
        check(
            &reply(Ok(Value::data(Bytes::from_static(b"hi")))),
            expect![[r#"{"id":7,"ok":{"bytes":2},"took_us":12}"#]],
        );
        check(
            &reply(Err(Failure::Errno(Errno::ECONNREFUSED))),
            expect![[
                r#"{"id":7,"error":{"name":"ECONNREFUSED","errno":111,"text":"Connection refused","meaning":"Nobody listens there: the host answered the SYN with a RST at once."},"took_us":12}"#
            ]],
        );
        check(
            &Message::Complaint(Failure::Protocol("no id".into())),
            expect![[
                r#"{"error":{"name":"EPROTOCOL","errno":null,"text":"The request makes no sense","meaning":"no id"},"took_us":0}"#
            ]],
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn events_read_so() {
        let accept = Some(AcceptQueue { queued: 2, backlog: 1 });
        let sample = Sample { state: Some(State::Listen), accept, ..Sample::default() };
        check(
            &Message::State { socket: SocketId(3), sample },
            expect![[r#"{"event":"state","socket":3,"state":"LISTEN","accept":{"queued":2,"backlog":1}}"#]],
        );
        check(&Message::Notice("so".into()), expect![[r#"{"event":"notice","text":"so"}"#]]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_data_reply_is_a_reply_with_payload() {
        let mut buffer = PayloadBuffer::new(10);
        buffer.space().put_slice(b"abc");
        let frame = Message::data_reply(CallId(7), Micros(12), None, buffer);
        assert_eq!(Message::decode(&frame), Ok(reply(Ok(Value::data(Bytes::from_static(b"abc"))))));
    }
}
