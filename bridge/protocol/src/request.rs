//! What the client asks: a call of the socket API with an id and a time-out.

use crate::Frame;
use serde_json::Value as Json;
use sockets::{CallId, Micros, Op};

/// One call, as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Names the call in its reply; not to be used again while it is pending.
    pub id: CallId,
    /// How long it may block: `None` for ever, zero not at all.
    pub timeout: Option<Micros>,
    /// Whether it is a later piece of a send that is larger than a message. What it meets is not its own affair then: it answers
    /// with the octets that were taken, perhaps none, and an error stays on the socket for the next call.
    pub continues: bool,
    /// The function and its arguments.
    pub op: Op,
}

/// A message that is no request. With the id, if one could be read, the bridge answers to that id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRequest {
    /// The id that the message names.
    pub id: Option<CallId>,
    /// What is wrong and where.
    pub why: String,
}

impl Request {
    /// The message that carries it.
    pub fn encode(&self) -> Frame {
        let mut fields = self.op.to_json();
        fields.insert("id".into(), self.id.0.into());
        if let Some(Micros(us)) = self.timeout {
            fields.insert("timeout_us".into(), us.into());
        }
        if self.continues {
            fields.insert("continues".into(), true.into());
        }
        Frame::new(Json::Object(fields).to_string(), self.op.payload())
    }

    /// Reads a message.
    ///
    /// # Errors
    /// What is not a JSON object with an `id` from 0 to 4294967295 and a known `call` with its arguments; payload with a call that
    /// takes none.
    pub fn decode(frame: &Frame) -> Result<Request, BadRequest> {
        let nameless = |why: String| BadRequest { id: None, why };
        let (header, payload) = frame.split().map_err(|error| nameless(error.to_string()))?;
        let json: Json =
            serde_json::from_slice(header).map_err(|error| nameless(format!("this is not JSON: {error}")))?;
        let Json::Object(mut fields) = json else {
            return Err(nameless(
                "a request is a JSON object, such as {\"id\": 1, \"call\": \"gethostname\"}".into(),
            ));
        };
        let id = match fields.remove("id").map(|id| (id.as_u64().and_then(|id| u32::try_from(id).ok()), id)) {
            Some((Some(id), _)) => CallId(id),
            Some((None, id)) => {
                return Err(nameless(format!(
                    "“id” is {id}: it must be a whole number from 0 to 4294967295"
                )));
            }
            None => return Err(nameless("“id” is missing: give each request a number".into())),
        };
        let named = |why: String| BadRequest { id: Some(id), why };
        let timeout = match fields.remove("timeout_us") {
            None | Some(Json::Null) => None,
            Some(us) => match us.as_u64() {
                Some(us) => Some(Micros(us)),
                None => {
                    return Err(named(format!(
                        "“timeout_us” is {us}: it must be null or a whole number of microseconds, 0 or more"
                    )));
                }
            },
        };
        let continues = match fields.remove("continues") {
            None => false,
            Some(Json::Bool(continues)) => continues,
            Some(other) => return Err(named(format!("“continues” is {other}: it must be true or false"))),
        };
        let mut op = Op::from_json(fields).map_err(|error| named(error.to_string()))?;
        if let Some(payload) = payload {
            match op.payload_mut() {
                Some(data) => *data = payload,
                None if payload.is_empty() => {}
                None => {
                    return Err(named(format!("“{}” takes no payload: send it as text", op.kind().name())));
                }
            }
        }
        if continues && !matches!(op, Op::Send { .. }) {
            return Err(named(format!("“continues” goes with send alone, not with {}", op.kind().name())));
        }
        Ok(Request { id, timeout, continues, op })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use expect_test::{Expect, expect};
    #[cfg(not(target_family = "wasm"))]
    use proptest::prelude::*;
    use sockets::SocketId;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn check(text: &str, expected: Expect) {
        let said = match Request::decode(&Frame::Text(text.into())) {
            Ok(request) => match request.encode() {
                // By name, whatever order serde_json is built to keep.
                Frame::Text(text) => {
                    let fields: std::collections::BTreeMap<String, Json> =
                        serde_json::from_str(&text).expect("JSON");
                    serde_json::to_string(&fields).expect("JSON")
                }
                Frame::Binary(_) => "binary".into(),
            },
            Err(BadRequest { id, why }) => {
                format!("{}: {why}", id.map_or("no id".into(), |id| format!("id {id}")))
            }
        };
        expected.assert_eq(&said);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn requests_are_read_and_written() {
        check(
            r#"{"id":1,"call":"accept","socket":3,"timeout_us":5}"#,
            expect![[r#"{"call":"accept","id":1,"socket":3,"timeout_us":5}"#]],
        );
        check(
            r#"{"id":1,"call":"accept","socket":3,"timeout_us":null}"#,
            expect![[r#"{"call":"accept","id":1,"socket":3}"#]],
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn each_mistake_is_named_and_answered_to_its_id() {
        check("hello", expect!["no id: this is not JSON: expected value at line 1 column 1"]);
        check(
            "[]",
            expect![[r#"no id: a request is a JSON object, such as {"id": 1, "call": "gethostname"}"#]],
        );
        check(r#"{"call":"accept"}"#, expect!["no id: “id” is missing: give each request a number"]);
        check(r#"{"id":-1}"#, expect!["no id: “id” is -1: it must be a whole number from 0 to 4294967295"]);
        check(r#"{"id":1}"#, expect!["id 1: missing field `call`"]);
        check(
            r#"{"id":1,"call":"accept","socket":3,"continues":true}"#,
            expect!["id 1: “continues” goes with send alone, not with accept"],
        );
        check(r#"{"id":1,"call":"accept"}"#, expect!["id 1: missing field `socket`"]);
        check(
            r#"{"id":1,"call":"accept","socket":3,"timeout_us":-4}"#,
            expect!["id 1: “timeout_us” is -4: it must be null or a whole number of microseconds, 0 or more"],
        );
        check(
            r#"{"id":1,"call":"bind","socket":3,"address":["127.1",5]}"#,
            expect![
                "id 1: “127.1” is not an IPv4 address: write all four numbers from 0 to 255, as in 127.0.0.1"
            ],
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn payload_goes_with_sends_alone() {
        let op = Op::Send { socket: SocketId(1), flags: [].into(), data: Bytes::from_static(b"hi") };
        let request = Request { id: CallId(7), timeout: None, continues: true, op };
        assert_eq!(Request::decode(&request.encode()), Ok(request));
        let wrong =
            Frame::new(r#"{"id":2,"call":"close","socket":1}"#.into(), Some(&Bytes::from_static(b"x")));
        assert_eq!(
            Request::decode(&wrong).expect_err("no payload here").why,
            "“close” takes no payload: send it as text"
        );
    }

    #[cfg(not(target_family = "wasm"))]
    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = Request::decode(&Frame::Text(text));
        }
    }
}
