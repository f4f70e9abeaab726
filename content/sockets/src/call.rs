//! What a program asks for: one [`Call`] per function of the socket API.
//!
//! A call is plain data. The payload of a send travels beside it ([`Op::payload`]), not in its JSON.

use crate::{Endpoint, Micros, OptionName, OptionValue, PyAddr, Watch};
use bytes::Bytes;
use core::fmt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// One call, chosen by the caller; not to be used again while that call is pending.
    CallId
);
id!(
    /// One socket, chosen by the [`Network`](crate::Network); never used twice in its life.
    SocketId
);
id!(
    /// The host that a program runs on. A kernel behind the bridge is one host, whatever the number.
    HostId
);

/// One call of one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Names the call in its outcome and in the Log.
    pub id: CallId,
    /// Where the program runs.
    pub host: HostId,
    /// How long the call may block: `None` for ever, zero not at all. Calls that never block ignore it.
    pub timeout: Option<Micros>,
    /// The function and its arguments.
    pub op: Op,
}

/// `AF_INET` or `AF_INET6` (socket(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the API's own")]
pub enum Family {
    #[serde(rename = "AF_INET")]
    Inet,
    #[serde(rename = "AF_INET6")]
    Inet6,
}

/// `SOCK_STREAM` (TCP) or `SOCK_DGRAM` (UDP) (socket(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the API's own")]
pub enum SocketKind {
    #[serde(rename = "SOCK_STREAM")]
    Stream,
    #[serde(rename = "SOCK_DGRAM")]
    Datagram,
}

impl Family {
    /// The constant's name in C and Python.
    pub const fn name(self) -> &'static str {
        match self {
            Family::Inet => "AF_INET",
            Family::Inet6 => "AF_INET6",
        }
    }
}

impl SocketKind {
    /// The constant's name in C and Python.
    pub const fn name(self) -> &'static str {
        match self {
            SocketKind::Stream => "SOCK_STREAM",
            SocketKind::Datagram => "SOCK_DGRAM",
        }
    }
}

/// What `shutdown` ends (shutdown(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// No more receiving.
    #[serde(rename = "SHUT_RD")]
    Read,
    /// No more sending: a FIN follows what was sent.
    #[serde(rename = "SHUT_WR")]
    Write,
    /// Neither.
    #[serde(rename = "SHUT_RDWR")]
    Both,
}

impl Direction {
    /// The constant's name in C and Python.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Read => "SHUT_RD",
            Direction::Write => "SHUT_WR",
            Direction::Both => "SHUT_RDWR",
        }
    }
}

/// A flag of send or recv (send(2), recv(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MsgFlag {
    /// recv: look at the data and leave it in the queue.
    #[serde(rename = "MSG_PEEK")]
    Peek,
    /// recv: return only when all that was asked for is there.
    #[serde(rename = "MSG_WAITALL")]
    WaitAll,
    /// send: more follows, hold a partial segment back (Linux).
    #[serde(rename = "MSG_MORE")]
    More,
    /// send: the data ends a record; the next data goes into a segment of its own (Linux).
    #[serde(rename = "MSG_EOR")]
    Eor,
    /// send, recv: urgent data.
    #[serde(rename = "MSG_OOB")]
    Oob,
    /// send, recv: do not block, whatever the time-out says.
    #[serde(rename = "MSG_DONTWAIT")]
    DontWait,
}

impl MsgFlag {
    /// The constant's name in C and Python.
    pub const fn name(self) -> &'static str {
        match self {
            MsgFlag::Peek => "MSG_PEEK",
            MsgFlag::WaitAll => "MSG_WAITALL",
            MsgFlag::More => "MSG_MORE",
            MsgFlag::Eor => "MSG_EOR",
            MsgFlag::Oob => "MSG_OOB",
            MsgFlag::DontWait => "MSG_DONTWAIT",
        }
    }
}

/// A function of the socket API with its arguments. In JSON, by [`Op::to_json`] and [`Op::from_json`]:
/// `{"call": "bind", "socket": 3, "address": ["127.0.0.1", 5000]}`.
//
// Serde's own way to such JSON, an internal tag, costs a browser three times the code for the same errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the arguments have the names and meanings of the functions' manual pages")]
pub enum Op {
    /// socket(2). Answers [`Value::Socket`](crate::Value::Socket).
    Socket { family: Family, kind: SocketKind },
    /// bind(2).
    Bind { socket: SocketId, address: Endpoint },
    /// listen(2). The accept queue holds `backlog + 1` connections on Linux.
    Listen { socket: SocketId, backlog: i32 },
    /// accept(2). Blocks until the handshake of a peer is complete. Answers [`Value::Accepted`](crate::Value::Accepted).
    Accept { socket: SocketId },
    /// connect(2). Blocks until the handshake is complete.
    Connect { socket: SocketId, address: Endpoint },
    /// send(2). Blocks until the network took all of the data, as on a blocking Linux socket.
    /// Answers [`Value::Sent`](crate::Value::Sent).
    Send {
        socket: SocketId,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        flags: BTreeSet<MsgFlag>,
        #[serde(skip)]
        data: Bytes,
    },
    /// sendto(2).
    SendTo {
        socket: SocketId,
        address: Endpoint,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        flags: BTreeSet<MsgFlag>,
        #[serde(skip)]
        data: Bytes,
    },
    /// recv(2) of at most `max` octets. Answers [`Value::Data`](crate::Value::Data), empty at the end of the stream.
    Recv {
        socket: SocketId,
        max: u32,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        flags: BTreeSet<MsgFlag>,
    },
    /// recvfrom(2). Answers [`Value::Datagram`](crate::Value::Datagram).
    RecvFrom {
        socket: SocketId,
        max: u32,
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        flags: BTreeSet<MsgFlag>,
    },
    /// shutdown(2).
    Shutdown { socket: SocketId, how: Direction },
    /// close(2). Calls that are pending on the socket end with EBADF.
    Close { socket: SocketId },
    /// setsockopt(2), by the option's name.
    SetSockOpt { socket: SocketId, option: OptionName, value: OptionValue },
    /// getsockopt(2), by the option's name. Answers [`Value::Option`](crate::Value::Option).
    GetSockOpt { socket: SocketId, option: OptionName },
    /// getsockname(2). Answers [`Value::Address`](crate::Value::Address).
    GetSockName { socket: SocketId },
    /// getpeername(2). Answers [`Value::Address`](crate::Value::Address).
    GetPeerName { socket: SocketId },
    /// getaddrinfo(3). Answers [`Value::Addresses`](crate::Value::Addresses).
    GetAddrInfo {
        host: String,
        port: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        family: Option<Family>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<SocketKind>,
    },
    /// getnameinfo(3): the name of an address. Answers [`Value::Name`](crate::Value::Name), or fails with EAI_NONAME where nobody
    /// knows one; what the port's service is called is not the network's affair.
    GetNameInfo { address: PyAddr },
    /// gethostname(2). Answers [`Value::Name`](crate::Value::Name).
    GetHostName {},
    /// poll(2): waits until one of the sockets has one of its events. Answers [`Value::Ready`](crate::Value::Ready), empty when the
    /// time is over.
    Poll { watch: Vec<Watch> },
    /// Breaks a pending call off as a signal would: that call ends with EINTR. Not of the socket API: it is Ctrl-C.
    Cancel { target: CallId },
}

/// The function alone: the rows of tables that speak of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "as the variants of Op")]
pub enum OpKind {
    Socket,
    Bind,
    Listen,
    Accept,
    Connect,
    Send,
    SendTo,
    Recv,
    RecvFrom,
    Shutdown,
    Close,
    SetSockOpt,
    GetSockOpt,
    GetSockName,
    GetPeerName,
    GetAddrInfo,
    GetNameInfo,
    GetHostName,
    Poll,
    Cancel,
}

impl OpKind {
    /// Every kind, in the order of a manual's table of contents.
    pub const ALL: [OpKind; 20] = [
        OpKind::Socket,
        OpKind::Bind,
        OpKind::Listen,
        OpKind::Accept,
        OpKind::Connect,
        OpKind::Send,
        OpKind::SendTo,
        OpKind::Recv,
        OpKind::RecvFrom,
        OpKind::Shutdown,
        OpKind::Close,
        OpKind::SetSockOpt,
        OpKind::GetSockOpt,
        OpKind::GetSockName,
        OpKind::GetPeerName,
        OpKind::GetAddrInfo,
        OpKind::GetNameInfo,
        OpKind::GetHostName,
        OpKind::Poll,
        OpKind::Cancel,
    ];

    /// The function's name, as C and Python have it.
    pub const fn name(self) -> &'static str {
        match self {
            OpKind::Socket => "socket",
            OpKind::Bind => "bind",
            OpKind::Listen => "listen",
            OpKind::Accept => "accept",
            OpKind::Connect => "connect",
            OpKind::Send => "send",
            OpKind::SendTo => "sendto",
            OpKind::Recv => "recv",
            OpKind::RecvFrom => "recvfrom",
            OpKind::Shutdown => "shutdown",
            OpKind::Close => "close",
            OpKind::SetSockOpt => "setsockopt",
            OpKind::GetSockOpt => "getsockopt",
            OpKind::GetSockName => "getsockname",
            OpKind::GetPeerName => "getpeername",
            OpKind::GetAddrInfo => "getaddrinfo",
            OpKind::GetNameInfo => "getnameinfo",
            OpKind::GetHostName => "gethostname",
            OpKind::Poll => "poll",
            OpKind::Cancel => "cancel",
        }
    }

    /// Whether the function can keep its caller waiting.
    pub const fn may_block(self) -> bool {
        matches!(
            self,
            OpKind::Accept
                | OpKind::Connect
                | OpKind::Send
                | OpKind::SendTo
                | OpKind::Recv
                | OpKind::RecvFrom
                | OpKind::GetAddrInfo
                | OpKind::GetNameInfo
                | OpKind::Poll
        )
    }
}

impl Op {
    /// The function alone.
    pub const fn kind(&self) -> OpKind {
        match self {
            Op::Socket { .. } => OpKind::Socket,
            Op::Bind { .. } => OpKind::Bind,
            Op::Listen { .. } => OpKind::Listen,
            Op::Accept { .. } => OpKind::Accept,
            Op::Connect { .. } => OpKind::Connect,
            Op::Send { .. } => OpKind::Send,
            Op::SendTo { .. } => OpKind::SendTo,
            Op::Recv { .. } => OpKind::Recv,
            Op::RecvFrom { .. } => OpKind::RecvFrom,
            Op::Shutdown { .. } => OpKind::Shutdown,
            Op::Close { .. } => OpKind::Close,
            Op::SetSockOpt { .. } => OpKind::SetSockOpt,
            Op::GetSockOpt { .. } => OpKind::GetSockOpt,
            Op::GetSockName { .. } => OpKind::GetSockName,
            Op::GetPeerName { .. } => OpKind::GetPeerName,
            Op::GetAddrInfo { .. } => OpKind::GetAddrInfo,
            Op::GetNameInfo { .. } => OpKind::GetNameInfo,
            Op::GetHostName {} => OpKind::GetHostName,
            Op::Poll { .. } => OpKind::Poll,
            Op::Cancel { .. } => OpKind::Cancel,
        }
    }

    /// The function and its arguments as the fields of a JSON object.
    pub fn to_json(&self) -> Map<String, Json> {
        let mut fields = Map::new();
        fields.insert("call".into(), self.kind().name().into());
        if let Ok(Json::Object(tagged)) = serde_json::to_value(self) {
            fields.extend(
                tagged
                    .into_iter()
                    .filter_map(|(_, arguments)| match arguments {
                        Json::Object(arguments) => Some(arguments),
                        _ => None,
                    })
                    .flatten(),
            );
        }
        fields
    }

    /// Reads the fields of a JSON object: `call` and the function's arguments, nothing else.
    ///
    /// # Errors
    /// What is missing, unknown or of the wrong type.
    pub fn from_json(mut fields: Map<String, Json>) -> Result<Op, serde_json::Error> {
        use serde::de::Error;
        let call = match fields.remove("call") {
            Some(Json::String(call)) => call,
            Some(other) => {
                return Err(Error::custom(format_args!("“call” is {other}: it must be a function's name")));
            }
            None => return Err(Error::missing_field("call")),
        };
        let tagged: Map<String, Json> = [(call, Json::Object(fields))].into_iter().collect();
        serde_json::from_value(Json::Object(tagged))
    }

    /// The socket that the function is called on.
    pub const fn socket(&self) -> Option<SocketId> {
        match *self {
            Op::Bind { socket, .. }
            | Op::Listen { socket, .. }
            | Op::Accept { socket }
            | Op::Connect { socket, .. }
            | Op::Send { socket, .. }
            | Op::SendTo { socket, .. }
            | Op::Recv { socket, .. }
            | Op::RecvFrom { socket, .. }
            | Op::Shutdown { socket, .. }
            | Op::Close { socket }
            | Op::SetSockOpt { socket, .. }
            | Op::GetSockOpt { socket, .. }
            | Op::GetSockName { socket }
            | Op::GetPeerName { socket } => Some(socket),
            Op::Socket { .. }
            | Op::GetAddrInfo { .. }
            | Op::GetNameInfo { .. }
            | Op::GetHostName {}
            | Op::Poll { .. }
            | Op::Cancel { .. } => None,
        }
    }

    /// The sockets that the function has to do with: its own, or all that it watches.
    pub fn sockets(&self) -> impl Iterator<Item = SocketId> {
        let watched = match self {
            Op::Poll { watch } => watch.as_slice(),
            _ => &[],
        };
        self.socket().into_iter().chain(watched.iter().map(|watch| watch.socket))
    }

    /// Whether the call may block with this time-out: it is of a kind that can, and neither a time-out of zero nor MSG_DONTWAIT
    /// forbids it.
    pub fn may_wait(&self, timeout: Option<Micros>) -> bool {
        let told_not_to = match self {
            Op::Send { flags, .. }
            | Op::SendTo { flags, .. }
            | Op::Recv { flags, .. }
            | Op::RecvFrom { flags, .. } => flags.contains(&MsgFlag::DontWait),
            _ => false,
        };
        self.kind().may_block() && !told_not_to && timeout != Some(Micros::ZERO)
    }

    /// The data that the program hands over, if the function takes any.
    pub const fn payload(&self) -> Option<&Bytes> {
        match self {
            Op::Send { data, .. } | Op::SendTo { data, .. } => Some(data),
            _ => None,
        }
    }

    /// As [`Op::payload`], to be filled in.
    pub const fn payload_mut(&mut self) -> Option<&mut Bytes> {
        match self {
            Op::Send { data, .. } | Op::SendTo { data, .. } => Some(data),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
