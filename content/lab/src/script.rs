//! A script as data, read from JSON and checked as a whole, so that a running one can only fail in its outcome.
//!
//! A step is a call in the bridge's own JSON (`{"call": "bind", …}`) with these differences: a socket is named instead of
//! numbered, an address may be a socket's name (its local address is meant), and `host`, `say`, `as`, `text` or `fill`, `waits`
//! and `expect` tell the rest. How fast a step reads or writes is said in `pace`.

use crate::pace::{Pace, Paced};
use bytes::Bytes;
use core::fmt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};
use sockets::{Errno, Failure, Micros, Op, OpKind, PyAddr, Resolve, SocketId};
use std::collections::BTreeSet;

/// A script: who takes part, what they do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Short and stable: it stands in links.
    pub id: String,
    /// What a menu shows.
    pub title: String,
    /// What to look for, in a sentence or two.
    pub look_for: String,
    /// The hosts' names; a step names its host by the index here.
    pub hosts: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One call of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose call it is: an index into [`Script::hosts`].
    pub host: usize,
    /// What is to be seen, for the person who watches.
    pub say: String,
    /// The name for the socket that the call makes.
    pub name: Option<String>,
    /// How long the call may block; `None` for ever.
    pub timeout: Option<Micros>,
    /// Whether the script goes on while the call is pending.
    pub waits: bool,
    /// What must come back; of a step with a pace, at its end.
    pub expect: Expect,
    /// Its place in the text, counted from 0.
    pub place: usize,
    /// How it is made again and again; `None` where it is made once.
    pub pace: Option<Pace>,
    call: Map<String, Json>,
    data: Bytes,
    kind: OpKind,
}

/// What a step must come back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Any success.
    Success,
    /// Whatever comes.
    Anything,
    /// This failure, by its name: `ECONNREFUSED`.
    Failure(String),
    /// Exactly these octets.
    Text(String),
    /// The end of the stream.
    End,
    /// Nothing: the call is still pending when the script ends.
    Pending,
}

/// What is wrong with a script: where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadScript(String);

impl fmt::Display for BadScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for BadScript {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScript {
    id: String,
    title: String,
    look_for: String,
    hosts: Vec<String>,
    steps: Vec<Map<String, Json>>,
}

/// The most octets that a `fill` makes: 64 MiB.
const MAX_FILL: u32 = 64 << 20;

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// What is not JSON of this form, names a host or a socket that there is not, or asks for a call that does not exist. The text
    /// names the step, counted from 1.
    pub fn parse(text: &str) -> Result<Script, BadScript> {
        let raw: RawScript = serde_json::from_str(text).map_err(|error| BadScript(error.to_string()))?;
        if raw.hosts.is_empty() || raw.steps.is_empty() {
            return Err(BadScript("a script has at least one host and one step".into()));
        }
        let mut known = BTreeSet::new();
        let mut steps = Vec::new();
        for (index, step) in raw.steps.into_iter().enumerate() {
            let read = read_step(index, step, &raw.hosts, &mut known);
            steps.push(read.map_err(|wrong| BadScript(format!("step {}: {wrong}", index + 1)))?);
        }
        Ok(Script { id: raw.id, title: raw.title, look_for: raw.look_for, hosts: raw.hosts, steps })
    }
}

/// What is wrong with a step.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// The field in the step: `address[1]`; empty for the whole.
    pub field: String,
    /// What, and what is allowed.
    pub why: String,
}

impl From<String> for Wrong {
    fn from(why: String) -> Wrong {
        Wrong { field: String::new(), why }
    }
}

impl From<&str> for Wrong {
    fn from(why: &str) -> Wrong {
        why.to_owned().into()
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Wrong { field, why } = self;
        if field.is_empty() { f.write_str(why) } else { write!(f, "{field}: {why}") }
    }
}

/// Reads one step; `known` are the sockets that steps before it made, and take in what this one makes.
pub(crate) fn read_step(
    place: usize,
    mut fields: Map<String, Json>,
    hosts: &[String],
    known: &mut BTreeSet<String>,
) -> Result<Step, Wrong> {
    let wanted: String = required(&mut fields, "host")?;
    let host = hosts
        .iter()
        .position(|name| *name == wanted)
        .ok_or_else(|| format!("there is no host “{wanted}”; the hosts are {}", hosts.join(", ")))?;
    let data = match (optional::<String>(&mut fields, "text")?, optional::<u32>(&mut fields, "fill")?) {
        (Some(_), Some(_)) => return Err("“text” and “fill” exclude each other".into()),
        (Some(text), None) => Bytes::from(text),
        (None, Some(count)) if count <= MAX_FILL => {
            (0..count).map(|index| b'a' + (index % 26) as u8).collect()
        }
        (None, Some(count)) => {
            return Err(format!("“fill” is {count}; at most {MAX_FILL} octets are made").into());
        }
        (None, None) => Bytes::new(),
    };
    let expect = match fields.remove("expect") {
        None => Expect::Success,
        Some(Json::String(word)) => match word.as_str() {
            "success" => Expect::Success,
            "anything" => Expect::Anything,
            "end" => Expect::End,
            "pending" => Expect::Pending,
            _ if is_failure(&word) => Expect::Failure(word),
            _ => {
                let why = format!(
                    "“{word}” is nothing that can come: write success, anything, end, pending, {{\"text\": …}}, or a failure's name as ECONNREFUSED or TIMEOUT"
                );
                return Err(Wrong { field: "expect".into(), why });
            }
        },
        Some(Json::Object(mut text)) => Expect::Text(required(&mut text, "text")?),
        Some(other) => return Err(format!("“expect” is {other}: it is a word or {{\"text\": …}}").into()),
    };
    let paced = Paced::read(&mut fields)?;
    let mut step = Step {
        place,
        pace: None,
        host,
        say: required(&mut fields, "say")?,
        name: optional(&mut fields, "as")?,
        timeout: optional(&mut fields, "timeout_us")?.map(Micros),
        waits: optional(&mut fields, "waits")?.unwrap_or(false) || expect == Expect::Pending,
        expect,
        call: fields,
        data,
        kind: OpKind::GetHostName,
    };
    for name in step.needs() {
        if !known.contains(name) {
            return Err(format!("no step before it makes a socket “{name}”").into());
        }
    }
    if let Some(port) = step.call.get("address").and_then(|address| address.get(1))
        && port.as_u64().is_none_or(|port| port > 65_535)
    {
        let why = format!("{port} is no port: a port is 0 to 65535");
        return Err(Wrong { field: "address[1]".into(), why });
    }
    let anywhere = PyAddr(([127, 0, 0, 1], 1).into());
    let op = step
        .resolve(|_| Some(SocketId(1)), |_| Some(anywhere), 0)
        .map_err(|missing| format!("“{missing}” is unknown"))??;
    step.pace = paced.of(&op, step.waits)?;
    step.kind = op.kind();
    let makes = matches!(step.kind, OpKind::Socket | OpKind::Accept);
    match &step.name {
        Some(name) if makes => {
            known.insert(name.clone());
        }
        Some(_) => return Err(format!("“as” names a new socket, but {} makes none", step.kind.name()).into()),
        None if makes => return Err(format!("{} makes a socket: name it with “as”", step.kind.name()).into()),
        None => {}
    }
    if !step.data.is_empty() && op.payload().is_none() {
        return Err(format!("{} carries no “text” and no “fill”", step.kind.name()).into());
    }
    Ok(step)
}

/// Whether some call can fail under this name.
fn is_failure(name: &str) -> bool {
    let resolve = [Resolve::NoName, Resolve::Again, Resolve::AddrFamily, Resolve::Fail];
    let mut others = resolve.into_iter().map(Failure::Resolve).chain([
        Failure::TimedOut,
        Failure::Policy(String::new()),
        Failure::Protocol(String::new()),
        Failure::Gone,
    ]);
    Errno::from_name(name).is_some() || others.any(|failure| failure.name() == name)
}

/// What serde_json says, in words for people who write JSON rather than Rust.
fn in_words(error: &serde_json::Error) -> String {
    let mut why = error.to_string();
    for (rust, words) in [
        ("expected u64", "expected a whole number from 0 to 18446744073709551615"),
        ("expected u32", "expected a whole number from 0 to 4294967295"),
        ("expected u16", "expected a whole number from 0 to 65535"),
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected i32", "expected a whole number from -2147483648 to 2147483647"),
    ] {
        why = why.replace(rust, words);
    }
    why
}

pub(crate) fn optional<T: DeserializeOwned>(
    fields: &mut Map<String, Json>,
    name: &str,
) -> Result<Option<T>, String> {
    let value = fields.remove(name).map(serde_json::from_value).transpose();
    value.map_err(|error| format!("“{name}”: {}", in_words(&error)))
}

fn required<T: DeserializeOwned>(fields: &mut Map<String, Json>, name: &str) -> Result<T, String> {
    optional(fields, name)?.ok_or_else(|| format!("“{name}” is missing"))
}

impl Step {
    /// The function that it calls.
    pub const fn kind(&self) -> OpKind {
        self.kind
    }

    /// The sockets that it names.
    pub(crate) fn needs(&self) -> impl Iterator<Item = &str> {
        let own = ["socket", "address"].into_iter().filter_map(|field| self.call.get(field));
        let watched = self.call.get("watch").and_then(Json::as_array).into_iter().flatten();
        own.chain(watched.filter_map(|watch| watch.get("socket"))).filter_map(Json::as_str)
    }

    /// The octets that it sends, all together.
    pub const fn data(&self) -> &Bytes {
        &self.data
    }

    /// The pace that it has or, for a send of data that is made at once, could have.
    pub fn own_pace(&self) -> Option<Pace> {
        let sends = matches!(self.kind, OpKind::Send | OpKind::SendTo) && !self.waits;
        let whole = u32::try_from(self.data.len()).ok().filter(|octets| sends && *octets > 0);
        self.pace.or(whole.map(|piece| Pace { piece, every: Micros::ZERO }))
    }

    /// The socket that it names, if it names one.
    pub fn socket(&self) -> Option<&str> {
        self.call.get("socket").and_then(Json::as_str)
    }

    /// The address that it names, if it names one: host and port.
    pub fn port(&self) -> Option<u64> {
        self.call.get("address")?.get(1)?.as_u64()
    }

    /// The call, once each name has a socket and each socket that is named as an address has one; of a step with a pace, what follows
    /// `given` octets.
    ///
    /// # Errors
    /// The outer error is a name that has none yet; the inner one is what is wrong with the call.
    pub(crate) fn resolve(
        &self,
        socket: impl Fn(&str) -> Option<SocketId>,
        address: impl Fn(SocketId) -> Option<PyAddr>,
        given: usize,
    ) -> Result<Result<Op, String>, String> {
        let mut call = self.call.clone();
        if let Some(Json::String(name)) = self.call.get("socket") {
            let id = socket(name).ok_or_else(|| name.clone())?;
            call.insert("socket".into(), id.0.into());
        }
        if let Some(Json::String(name)) = self.call.get("address") {
            let at = socket(name).and_then(&address).ok_or_else(|| name.clone())?;
            call.insert("address".into(), json!([at.0.ip(), at.0.port()]));
        }
        for watch in call.get_mut("watch").and_then(Json::as_array_mut).into_iter().flatten() {
            if let Some(place) = watch.get_mut("socket")
                && let Json::String(name) = place
            {
                *place = socket(name).ok_or_else(|| name.clone())?.0.into();
            }
        }
        let mut op = match Op::from_json(call) {
            Ok(op) => op,
            Err(error) => return Ok(Err(in_words(&error))),
        };
        if let Some(data) = op.payload_mut() {
            let first = given.min(self.data.len());
            let piece = self.pace.map_or(usize::MAX, |pace| pace.piece as usize);
            *data = self.data.slice(first..first.saturating_add(piece).min(self.data.len()));
        }
        if let (Op::Recv { max, .. }, Some(pace)) = (&mut op, self.pace) {
            *max = pace.piece;
        }
        Ok(Ok(op))
    }
}

/// What the knobs of a scenario look at.
#[cfg(feature = "simulator")]
impl Step {
    /// The option that it sets, if it sets one.
    pub(crate) fn sets(&self) -> Option<&str> {
        (self.kind == OpKind::SetSockOpt).then(|| self.call.get("option")?.as_str()).flatten()
    }

    /// The value that it sets its option to, as text.
    pub(crate) fn set_value(&self) -> Option<String> {
        self.call.get("value").map(Json::to_string)
    }

    /// Whether it makes a TCP socket that can carry data.
    pub(crate) fn makes_stream(&self) -> bool {
        let stream = || self.call.get("kind").and_then(Json::as_str) == Some("SOCK_STREAM");
        self.kind == OpKind::Accept || self.kind == OpKind::Socket && stream()
    }

    /// Sets another value.
    pub(crate) fn set(&mut self, value: Json) {
        self.call.insert("value".into(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect as Snapshot, expect};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn check(steps: &str, expected: Snapshot) {
        let text = format!(r#"{{"id":"x","title":"X","look_for":"y","hosts":["server"],"steps":[{steps}]}}"#);
        expected.assert_eq(&match Script::parse(&text) {
            Ok(script) => format!("{} steps", script.steps.len()),
            Err(error) => error.to_string(),
        });
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn mistakes_are_named_by_step() {
        let socket =
            r#"{"host":"server","say":"","call":"socket","family":"AF_INET","kind":"SOCK_STREAM","as":"s"}"#;
        check(socket, expect!["1 steps"]);
        check(
            &format!(r#"{socket},{{"host":"server","say":"","call":"listen","socket":"s"}}"#),
            expect!["step 2: missing field `backlog`"],
        );
        check(
            &format!(r#"{socket},{{"host":"server","say":"","call":"accept","socket":"s"}}"#),
            expect!["step 2: accept makes a socket: name it with “as”"],
        );
        check(
            &format!(r#"{socket},{{"host":"server","say":"","call":"close","socket":"t"}}"#),
            expect!["step 2: no step before it makes a socket “t”"],
        );
        let poll = |name| {
            format!(
                r#"{socket},{{"host":"server","say":"","call":"poll","watch":[{{"socket":"{name}","events":["POLLIN"]}}]}}"#
            )
        };
        check(&poll("s"), expect!["2 steps"]);
        check(&poll("t"), expect!["step 2: no step before it makes a socket “t”"]);
        check(
            &format!(r#"{socket},{{"host":"server","say":"","call":"close","socket":"s","text":"x"}}"#),
            expect!["step 2: close carries no “text” and no “fill”"],
        );
        check(
            r#"{"host":"mars","say":"","call":"gethostname"}"#,
            expect!["step 1: there is no host “mars”; the hosts are server"],
        );
        check(
            r#"{"host":"server","say":"","call":"fly"}"#,
            expect![
                "step 1: unknown variant `fly`, expected one of `socket`, `bind`, `listen`, `accept`, `connect`, `send`, `sendto`, `recv`, `recvfrom`, `shutdown`, `close`, `setsockopt`, `getsockopt`, `getsockname`, `getpeername`, `getaddrinfo`, `getnameinfo`, `gethostname`, `poll`, `cancel`"
            ],
        );
        check("", expect!["a script has at least one host and one step"]);
    }
}
