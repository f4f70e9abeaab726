//! What comes back from a call.

use crate::{Errno, Family, OptionValue, PyAddr, SocketId, SocketKind, Watch};
use bytes::Bytes;
use core::fmt;
use serde::de::{self, DeserializeOwned};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

/// A value or a failure.
pub type Outcome = Result<Value, Failure>;

/// What a call that succeeded answers. In JSON an object with the fields below; payload travels beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "the fields say what they are; the calls' docs say the rest")]
pub enum Value {
    Accepted {
        socket: SocketId,
        peer: PyAddr,
    },
    Socket {
        socket: SocketId,
    },
    Sent {
        sent: usize,
    },
    Datagram {
        bytes: usize,
        from: PyAddr,
        /// How many octets the datagram had, where it was longer than what was asked for: the rest is lost (MSG_TRUNC, recv(2)).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        whole: Option<usize>,
        #[serde(skip)]
        data: Bytes,
    },
    Data {
        bytes: usize,
        #[serde(skip)]
        data: Bytes,
    },
    Address {
        address: PyAddr,
    },
    Option {
        value: OptionValue,
    },
    Addresses {
        addresses: Vec<AddrInfo>,
    },
    Name {
        name: String,
    },
    /// The sockets of a poll that have something to say, in the order of the call.
    Ready {
        ready: Vec<Watch>,
    },
    Done {},
}

impl Value {
    /// The answer of a recv.
    pub fn data(data: Bytes) -> Value {
        Value::Data { bytes: data.len(), data }
    }

    /// Reads the fields of a JSON object.
    ///
    /// # Errors
    /// A field of the wrong type, and fields that no answer has.
    pub fn from_json(mut fields: Map<String, Json>) -> Result<Value, serde_json::Error> {
        fn take<T: DeserializeOwned>(
            fields: &mut Map<String, Json>,
            name: &'static str,
        ) -> Result<T, serde_json::Error> {
            serde_json::from_value(fields.remove(name).ok_or_else(|| de::Error::missing_field(name))?)
        }
        let has = |name| fields.contains_key(name);
        let (peer, from, has_whole) = (has("peer"), has("from"), has("whole"));
        let Some(first) = ["socket", "sent", "bytes", "address", "value", "addresses", "ready", "name"]
            .into_iter()
            .find(|name| has(name))
        else {
            return match fields.keys().next() {
                None => Ok(Value::Done {}),
                Some(other) => Err(de::Error::custom(format_args!("no call answers with “{other}”"))),
            };
        };
        Ok(match first {
            "socket" if peer => {
                Value::Accepted { socket: take(&mut fields, "socket")?, peer: take(&mut fields, "peer")? }
            }
            "socket" => Value::Socket { socket: take(&mut fields, "socket")? },
            "sent" => Value::Sent { sent: take(&mut fields, "sent")? },
            "bytes" if from => Value::Datagram {
                bytes: take(&mut fields, "bytes")?,
                from: take(&mut fields, "from")?,
                whole: has_whole.then(|| take(&mut fields, "whole")).transpose()?,
                data: Bytes::new(),
            },
            "bytes" => Value::Data { bytes: take(&mut fields, "bytes")?, data: Bytes::new() },
            "address" => Value::Address { address: take(&mut fields, "address")? },
            "value" => Value::Option { value: take(&mut fields, "value")? },
            "addresses" => Value::Addresses { addresses: take(&mut fields, "addresses")? },
            "ready" => Value::Ready { ready: take(&mut fields, "ready")? },
            _ => Value::Name { name: take(&mut fields, "name")? },
        })
    }

    /// The data that the network hands over, if the call gives any.
    pub const fn payload(&self) -> Option<&Bytes> {
        match self {
            Value::Data { data, .. } | Value::Datagram { data, .. } => Some(data),
            _ => None,
        }
    }

    /// As [`Value::payload`], to be filled in.
    pub const fn payload_mut(&mut self) -> Option<&mut Bytes> {
        match self {
            Value::Data { data, .. } | Value::Datagram { data, .. } => Some(data),
            _ => None,
        }
    }
}

/// One answer of getaddrinfo(3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddrInfo {
    /// AF_INET or AF_INET6.
    pub family: Family,
    /// SOCK_STREAM or SOCK_DGRAM.
    pub kind: SocketKind,
    /// The address and the port that was asked for.
    pub address: PyAddr,
}

/// Why a call failed. In JSON: `{"name": "ECONNREFUSED", "errno": 111, "text": "Connection refused", "meaning": "…"}`; `errno`
/// is null for what is not a kernel's errno.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The kernel (or the simulator in its place) says so.
    Errno(Errno),
    /// The call's own time-out ran out. Python raises `TimeoutError: timed out`.
    TimedOut,
    /// A name could not be resolved. Python raises `socket.gaierror`.
    Resolve(Resolve),
    /// The bridge does not do this; the text says why and what would allow it. Its name is EPOLICY.
    Policy(String),
    /// The request made no sense; the text says what and where. Its name is EPROTOCOL.
    Protocol(String),
    /// The network went away while the call was pending. Its name is EGONE.
    Gone,
}

/// What getaddrinfo(3) answers instead of an errno.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolve {
    /// EAI_NONAME: nobody knows the name.
    NoName,
    /// EAI_AGAIN: the resolver did not answer.
    Again,
    /// EAI_ADDRFAMILY: the name has no address of the family asked for.
    AddrFamily,
    /// EAI_FAIL: the resolver failed.
    Fail,
}

impl Resolve {
    const ALL: [Resolve; 4] = [Resolve::NoName, Resolve::Again, Resolve::AddrFamily, Resolve::Fail];

    const fn name(self) -> &'static str {
        match self {
            Resolve::NoName => "EAI_NONAME",
            Resolve::Again => "EAI_AGAIN",
            Resolve::AddrFamily => "EAI_ADDRFAMILY",
            Resolve::Fail => "EAI_FAIL",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Resolve::NoName => "Name or service not known",
            Resolve::Again => "Temporary failure in name resolution",
            Resolve::AddrFamily => "Address family for hostname not supported",
            Resolve::Fail => "Non-recoverable failure in name resolution",
        }
    }
}

impl Failure {
    /// The failure's name, unique among all failures.
    pub fn name(&self) -> String {
        match self {
            Failure::Errno(errno) => errno.name().into_owned(),
            Failure::TimedOut => "TIMEOUT".into(),
            Failure::Resolve(resolve) => resolve.name().into(),
            Failure::Policy(_) => "EPOLICY".into(),
            Failure::Protocol(_) => "EPROTOCOL".into(),
            Failure::Gone => "EGONE".into(),
        }
    }

    /// Linux's number, for what has one.
    pub const fn errno(&self) -> Option<i32> {
        match self {
            Failure::Errno(errno) => Some(errno.number()),
            _ => None,
        }
    }

    /// The short text, as strerror(3) and Python have it.
    pub fn text(&self) -> &str {
        match self {
            Failure::Errno(errno) => errno.text(),
            Failure::TimedOut => "timed out",
            Failure::Resolve(resolve) => resolve.text(),
            Failure::Policy(_) => "Refused by the bridge",
            Failure::Protocol(_) => "The request makes no sense",
            Failure::Gone => "The network went away",
        }
    }

    /// What it means, for a learner, whatever the call was.
    pub fn meaning(&self) -> &str {
        match self {
            Failure::Errno(errno) => errno.meaning(),
            Failure::TimedOut => {
                "The time that you gave the call ran out before it was done. A handshake that it began goes on in the kernel."
            }
            Failure::Resolve(Resolve::NoName) => "No address is known for this name. Is it spelled right?",
            Failure::Resolve(Resolve::Again) => "The resolver did not answer. Is there a network?",
            Failure::Resolve(Resolve::AddrFamily) => {
                "The name has addresses, but none of the family asked for."
            }
            Failure::Resolve(Resolve::Fail) => "The resolver answered with a failure.",
            Failure::Policy(why) | Failure::Protocol(why) => why,
            Failure::Gone => {
                "The bridge closed or was lost while the call was waiting; its sockets are closed."
            }
        }
    }

    /// The exception that CPython raises for it.
    pub fn python_class(&self) -> &'static str {
        match self {
            Failure::Errno(errno) => errno.python_class(),
            Failure::TimedOut => "TimeoutError",
            Failure::Resolve(_) => "socket.gaierror",
            Failure::Policy(_) => "PermissionError",
            Failure::Protocol(_) => "ValueError",
            Failure::Gone => "ConnectionAbortedError",
        }
    }
}

/// As Python shows an uncaught one: `ConnectionRefusedError: [Errno 111] Connection refused`.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errno() {
            Some(number) => write!(f, "{}: [Errno {number}] {}", self.python_class(), self.text()),
            None => write!(f, "{}: {}", self.python_class(), self.text()),
        }
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Failure {
        Failure::Errno(errno)
    }
}

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Failure", 4)?;
        fields.serialize_field("name", &self.name())?;
        fields.serialize_field("errno", &self.errno())?;
        fields.serialize_field("text", self.text())?;
        fields.serialize_field("meaning", self.meaning())?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Failure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Failure, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            name: String,
            errno: Option<i32>,
            #[serde(default)]
            meaning: String,
        }
        let wire = Wire::deserialize(deserializer)?;
        if let Some(number) = wire.errno {
            return Ok(Failure::Errno(Errno::from_number(number)));
        }
        if let Some(resolve) = Resolve::ALL.into_iter().find(|r| r.name() == wire.name) {
            return Ok(Failure::Resolve(resolve));
        }
        match wire.name.as_str() {
            "TIMEOUT" => Ok(Failure::TimedOut),
            "EPOLICY" => Ok(Failure::Policy(wire.meaning)),
            "EPROTOCOL" => Ok(Failure::Protocol(wire.meaning)),
            "EGONE" => Ok(Failure::Gone),
            other => Err(de::Error::custom(format!("unknown failure “{other}” without an errno"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn failures_survive_json() {
        let all = [
            Failure::Errno(Errno::ECONNREFUSED),
            Failure::Errno(Errno::from_number(9_999)),
            Failure::TimedOut,
            Failure::Resolve(Resolve::NoName),
            Failure::Policy("because".into()),
            Failure::Protocol("at 3".into()),
            Failure::Gone,
        ];
        for failure in all {
            let json = serde_json::to_string(&failure).expect("JSON");
            assert_eq!(serde_json::from_str::<Failure>(&json).expect("reads back"), failure, "{json}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_failure_reads_as_in_python() {
        assert_eq!(
            Failure::from(Errno::ECONNREFUSED).to_string(),
            "ConnectionRefusedError: [Errno 111] Connection refused"
        );
        assert_eq!(
            Failure::from(Errno::EADDRINUSE).to_string(),
            "OSError: [Errno 98] Address already in use"
        );
        assert_eq!(Failure::TimedOut.to_string(), "TimeoutError: timed out");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_no_call_answers_is_named() {
        let error = |json: &str| {
            Value::from_json(serde_json::from_str(json).expect(json)).expect_err(json).to_string()
        };
        assert_eq!(error(r#"{"colour":1}"#), "no call answers with “colour”");
        assert!(error(r#"{"sent":"much"}"#).contains("invalid type"));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn values_survive_json() {
        let check = |json: &str| {
            let value = Value::from_json(serde_json::from_str(json).expect(json)).expect(json);
            assert_eq!(serde_json::to_string(&value).expect("JSON"), json);
            value
        };
        assert!(matches!(check("{}"), Value::Done {}));
        assert!(matches!(check(r#"{"socket":4}"#), Value::Socket { .. }));
        assert!(matches!(check(r#"{"socket":4,"peer":["127.0.0.1",9]}"#), Value::Accepted { .. }));
        assert!(matches!(check(r#"{"bytes":0}"#), Value::Data { .. }));
        assert!(matches!(check(r#"{"bytes":3,"from":["::1",9,0,0]}"#), Value::Datagram { whole: None, .. }));
        assert!(matches!(
            check(r#"{"bytes":3,"from":["::1",9,0,0],"whole":9}"#),
            Value::Datagram { whole: Some(9), .. }
        ));
        assert!(matches!(check(r#"{"ready":[{"socket":3,"events":["POLLIN"]}]}"#), Value::Ready { .. }));
        assert!(matches!(check(r#"{"ready":[]}"#), Value::Ready { .. }));
        assert!(matches!(check(r#"{"value":{"hex":"01ff"}}"#), Value::Option { .. }));
        assert!(matches!(check(r#"{"value":{"on":true,"seconds":0}}"#), Value::Option { .. }));
    }
}
