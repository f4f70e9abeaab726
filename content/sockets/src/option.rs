//! Socket options as one table. What is not in the table does not exist for a program: there are no raw numbers.

use crate::SocketKind;
use core::fmt;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value as Json;

/// What an option holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// On or off; 0 or 1 in JSON.
    Flag,
    /// A whole number from `least` to `most`, in `unit`.
    Number {
        /// Smallest value that makes sense.
        least: i32,
        /// Largest value that makes sense.
        most: i32,
        /// What is counted: "octets", "seconds", …
        unit: &'static str,
    },
    /// On or off and a number of seconds: `struct linger` of socket(7).
    Linger,
    /// A name.
    Text,
    /// Octets in the system's own order: a C structure.
    Octets,
}

/// Whether an option can be read, set, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Access {
    ReadWrite,
    ReadOnly,
}

/// One row of the table of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionRow {
    /// The option.
    pub name: OptionName,
    /// The constant's name in C and Python.
    pub constant: &'static str,
    /// The level's constant: SOL_SOCKET, IPPROTO_TCP, …
    pub level: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Read, set, or both.
    pub access: Access,
    /// The only kind of socket that has it, if it is one kind's.
    pub only: Option<SocketKind>,
    /// What it does, in one sentence, with the source.
    pub meaning: &'static str,
}

macro_rules! options {
    ($($variant:ident $constant:literal $level:literal $shape:expr, $access:ident, $only:expr, $meaning:literal;)*) => {
        /// A socket option that programs may use.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum OptionName {
            $(
                #[doc = $meaning]
                #[serde(rename = $constant)]
                $variant,
            )*
        }

        impl OptionName {
            /// The whole table, in the order in which a menu shows it.
            pub const TABLE: &'static [OptionRow] = &[$(OptionRow {
                name: OptionName::$variant,
                constant: $constant,
                level: $level,
                shape: $shape,
                access: Access::$access,
                only: $only,
                meaning: $meaning,
            }),*];
        }
    };
}

const STREAM: Option<SocketKind> = Some(SocketKind::Stream);
const BOTH: Option<SocketKind> = None;
const fn number(least: i32, most: i32, unit: &'static str) -> Shape {
    Shape::Number { least, most, unit }
}

options! {
    ReuseAddr "SO_REUSEADDR" "SOL_SOCKET" Shape::Flag, ReadWrite, BOTH,
        "Lets bind take a port that only connections in TIME-WAIT still hold; Linux asks it of the old socket and of the new one (socket(7)).";
    ReusePort "SO_REUSEPORT" "SOL_SOCKET" Shape::Flag, ReadWrite, BOTH,
        "Lets sockets that all have it share one address and port; each connection, and each datagram, goes to one of them (socket(7)).";
    NoDelay "TCP_NODELAY" "IPPROTO_TCP" Shape::Flag, ReadWrite, STREAM,
        "Sends small segments at once: switches Nagle's algorithm off (tcp(7); RFC 9293, 3.7.4).";
    Cork "TCP_CORK" "IPPROTO_TCP" Shape::Flag, ReadWrite, STREAM,
        "Holds partial segments back, for at most 200 ms, until it is taken off (tcp(7), Linux).";
    Linger "SO_LINGER" "SOL_SOCKET" Shape::Linger, ReadWrite, STREAM,
        "What close does with unsent data; on with 0 seconds, close sends RST instead of FIN (socket(7)).";
    RcvBuf "SO_RCVBUF" "SOL_SOCKET" number(0, i32::MAX, "octets"), ReadWrite, BOTH,
        "The receive buffer's size; Linux doubles what is set, for its own bookkeeping (socket(7)).";
    SndBuf "SO_SNDBUF" "SOL_SOCKET" number(0, i32::MAX, "octets"), ReadWrite, BOTH,
        "The send buffer's size; Linux doubles what is set, for its own bookkeeping (socket(7)).";
    Error "SO_ERROR" "SOL_SOCKET" number(0, i32::MAX, "errno"), ReadOnly, BOTH,
        "The error that is pending on the socket, as an errno; reading clears it (socket(7)).";
    KeepAlive "SO_KEEPALIVE" "SOL_SOCKET" Shape::Flag, ReadWrite, STREAM,
        "Probes a silent peer from time to time (socket(7); RFC 9293, 3.8.4).";
    KeepIdle "TCP_KEEPIDLE" "IPPROTO_TCP" number(1, 32_767, "seconds"), ReadWrite, STREAM,
        "Silence before the first keep-alive probe (tcp(7)).";
    KeepInterval "TCP_KEEPINTVL" "IPPROTO_TCP" number(1, 32_767, "seconds"), ReadWrite, STREAM,
        "Time between keep-alive probes (tcp(7)).";
    KeepCount "TCP_KEEPCNT" "IPPROTO_TCP" number(1, 127, "probes"), ReadWrite, STREAM,
        "Unanswered keep-alive probes before the connection is given up (tcp(7)).";
    MaxSeg "TCP_MAXSEG" "IPPROTO_TCP" number(88, 32_767, "octets"), ReadWrite, STREAM,
        "The largest payload of a segment; set before the handshake it is also what the SYN announces (tcp(7)).";
    UserTimeout "TCP_USER_TIMEOUT" "IPPROTO_TCP" number(0, i32::MAX, "milliseconds"), ReadWrite, STREAM,
        "How long sent data may stay unacknowledged before the connection is given up; 0 is the system's own limit (tcp(7); RFC 5482).";
    SynCount "TCP_SYNCNT" "IPPROTO_TCP" number(1, 127, "retransmissions"), ReadWrite, STREAM,
        "How often connect sends its SYN again before it gives up (tcp(7)).";
    QuickAck "TCP_QUICKACK" "IPPROTO_TCP" Shape::Flag, ReadWrite, STREAM,
        "Acknowledges at once instead of delaying; the kernel may fall back by itself (tcp(7)).";
    DeferAccept "TCP_DEFER_ACCEPT" "IPPROTO_TCP" number(0, 32_767, "seconds"), ReadWrite, STREAM,
        "accept waits until the peer has sent data (tcp(7)).";
    Linger2 "TCP_LINGER2" "IPPROTO_TCP" number(-1, 32_767, "seconds"), ReadWrite, STREAM,
        "How long an orphaned socket stays in FIN-WAIT-2 (tcp(7)).";
    WindowClamp "TCP_WINDOW_CLAMP" "IPPROTO_TCP" number(0, i32::MAX, "octets"), ReadWrite, STREAM,
        "An upper bound on the window that is announced (tcp(7)).";
    NotSentLowAt "TCP_NOTSENT_LOWAT" "IPPROTO_TCP" number(0, i32::MAX, "octets"), ReadWrite, STREAM,
        "How much unsent data may wait in the send buffer before the socket counts as not writable (tcp(7)).";
    Congestion "TCP_CONGESTION" "IPPROTO_TCP" Shape::Text, ReadWrite, STREAM,
        "The congestion control algorithm: cubic, reno, … (tcp(7)).";
    Info "TCP_INFO" "IPPROTO_TCP" Shape::Octets, ReadOnly, STREAM,
        "What the kernel knows of the connection: struct tcp_info (tcp(7), linux/tcp.h).";
    RcvLowAt "SO_RCVLOWAT" "SOL_SOCKET" number(1, i32::MAX, "octets"), ReadWrite, BOTH,
        "How much must have arrived before the socket counts as readable (socket(7)).";
    SndLowAt "SO_SNDLOWAT" "SOL_SOCKET" number(1, 1, "octets"), ReadOnly, BOTH,
        "How much room there must be before the socket counts as writable; on Linux it is always 1 (socket(7)).";
    Broadcast "SO_BROADCAST" "SOL_SOCKET" Shape::Flag, ReadWrite, BOTH,
        "Lets a datagram socket send to broadcast addresses (socket(7)).";
    DontRoute "SO_DONTROUTE" "SOL_SOCKET" Shape::Flag, ReadWrite, BOTH,
        "Sends only to hosts on the socket's own links, never by a router (socket(7)).";
    Priority "SO_PRIORITY" "SOL_SOCKET" number(0, 6, "class"), ReadWrite, BOTH,
        "The class of the packets in queues that know classes; above 6 it takes a privilege (socket(7), Linux).";
    OobInline "SO_OOBINLINE" "SOL_SOCKET" Shape::Flag, ReadWrite, STREAM,
        "Leaves urgent data in the stream (socket(7); RFC 6093).";
    Type "SO_TYPE" "SOL_SOCKET" number(1, 10, "type"), ReadOnly, BOTH,
        "The socket's type: 1 is SOCK_STREAM, 2 is SOCK_DGRAM (socket(7)).";
    Domain "SO_DOMAIN" "SOL_SOCKET" number(2, 10, "family"), ReadOnly, BOTH,
        "The socket's address family: 2 is AF_INET, 10 is AF_INET6 (socket(7), Linux).";
    Protocol "SO_PROTOCOL" "SOL_SOCKET" number(6, 17, "protocol"), ReadOnly, BOTH,
        "The socket's protocol: 6 is TCP, 17 is UDP (socket(7), Linux).";
    AcceptConn "SO_ACCEPTCONN" "SOL_SOCKET" Shape::Flag, ReadOnly, BOTH,
        "Whether the socket listens (socket(7)).";
    V6Only "IPV6_V6ONLY" "IPPROTO_IPV6" Shape::Flag, ReadWrite, BOTH,
        "An AF_INET6 socket takes no IPv4 peers (ipv6(7)).";
    Ttl "IP_TTL" "IPPROTO_IP" number(1, 255, "hops"), ReadWrite, BOTH,
        "The time to live of the packets that are sent (ip(7)).";
    Tos "IP_TOS" "IPPROTO_IP" number(0, 255, "bits"), ReadWrite, BOTH,
        "The traffic class of the packets that are sent; its last two bits are ECN's (ip(7)).";
    UnicastHops "IPV6_UNICAST_HOPS" "IPPROTO_IPV6" number(-1, 255, "hops"), ReadWrite, BOTH,
        "The hop limit of the IPv6 packets that are sent; -1 is the system's (ipv6(7)).";
    TrafficClass "IPV6_TCLASS" "IPPROTO_IPV6" number(-1, 255, "bits"), ReadWrite, BOTH,
        "The traffic class of the IPv6 packets that are sent; its last two bits are ECN's (ipv6(7); RFC 3542, 6.5).";
}

impl OptionName {
    /// The option's row in the table.
    pub fn row(self) -> &'static OptionRow {
        OptionName::TABLE.iter().find(|row| row.name == self).expect("the macro gives every variant a row")
    }

    /// The option with this constant's name.
    pub fn from_constant(constant: &str) -> Option<OptionName> {
        OptionName::TABLE.iter().find(|row| row.constant == constant).map(|row| row.name)
    }
}

impl fmt::Display for OptionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().constant)
    }
}

/// The value of an option. In JSON: `1`, `{"on": true, "seconds": 0}`, `"cubic"` or `{"hex": "0700"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionValue {
    /// A flag (0 or 1) or a number.
    Number(i32),
    /// The value of SO_LINGER.
    Linger {
        /// Whether close lingers at all.
        on: bool,
        /// For how long, in seconds; 0 to 65,535.
        seconds: u16,
    },
    /// A name.
    Text(String),
    /// A C structure.
    Octets(Vec<u8>),
}

impl Serialize for OptionValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            OptionValue::Number(number) => serializer.serialize_i32(*number),
            OptionValue::Linger { on, seconds } => {
                let mut fields = serializer.serialize_struct("Linger", 2)?;
                fields.serialize_field("on", on)?;
                fields.serialize_field("seconds", seconds)?;
                fields.end()
            }
            OptionValue::Text(text) => serializer.serialize_str(text),
            OptionValue::Octets(octets) => {
                let mut fields = serializer.serialize_struct("Octets", 1)?;
                fields.serialize_field("hex", &hex(octets))?;
                fields.end()
            }
        }
    }
}

/// Octets as pairs of hexadecimal digits, `0700ff`.
fn hex(octets: &[u8]) -> String {
    use fmt::Write;
    octets.iter().fold(String::with_capacity(2 * octets.len()), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|digit| Some(digit.to_digit(16)? as u8)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

impl<'de> Deserialize<'de> for OptionValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OptionValue, D::Error> {
        const SHAPES: &str = "a number, a text, {\"on\": true, \"seconds\": 0}, or {\"hex\": \"0700\"}";
        let json = Json::deserialize(deserializer)?;
        let number = |json: &Json| json.as_i64().and_then(|number| i32::try_from(number).ok());
        let value = match &json {
            Json::Number(_) => number(&json).map(OptionValue::Number),
            Json::String(text) => Some(OptionValue::Text(text.clone())),
            Json::Object(fields) if fields.len() == 1 => {
                fields.get("hex").and_then(Json::as_str).and_then(from_hex).map(OptionValue::Octets)
            }
            Json::Object(fields) => match (fields.get("on"), fields.get("seconds").and_then(Json::as_u64)) {
                (Some(Json::Bool(on)), Some(seconds)) if fields.len() == 2 => {
                    u16::try_from(seconds).ok().map(|seconds| OptionValue::Linger { on: *on, seconds })
                }
                _ => None,
            },
            _ => None,
        };
        value.ok_or_else(|| de::Error::custom(format_args!("an option's value is {SHAPES}, not {json}")))
    }
}

impl OptionValue {
    /// Whether a value of this kind fits the option's shape. It says nothing of ranges: the kernel judges those.
    pub fn fits(&self, shape: Shape) -> bool {
        matches!(
            (self, shape),
            (OptionValue::Number(_), Shape::Flag | Shape::Number { .. })
                | (OptionValue::Linger { .. }, Shape::Linger)
                | (OptionValue::Text(_), Shape::Text)
                | (OptionValue::Octets(_), Shape::Octets)
        )
    }
}

impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionValue::Number(number) => number.fmt(f),
            OptionValue::Linger { on: false, .. } => f.write_str("off"),
            OptionValue::Linger { on: true, seconds } => write!(f, "on, {seconds} s"),
            OptionValue::Text(text) => f.write_str(text),
            OptionValue::Octets(octets) => f.write_str(&hex(octets)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn constants_go_both_ways() {
        for row in OptionName::TABLE {
            assert_eq!(OptionName::from_constant(row.constant), Some(row.name));
            assert_eq!(serde_json::to_string(&row.name).expect("JSON"), format!("\"{}\"", row.constant));
        }
        assert_eq!(OptionName::from_constant("SO_BINDTODEVICE"), None);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn values_have_four_shapes() {
        let value = |json| serde_json::from_str::<OptionValue>(json);
        assert_eq!(value("1").expect("a number"), OptionValue::Number(1));
        assert_eq!(
            value(r#"{"on":true,"seconds":0}"#).expect("a linger"),
            OptionValue::Linger { on: true, seconds: 0 }
        );
        assert_eq!(value(r#""reno""#).expect("a text"), OptionValue::Text("reno".into()));
        let octets = OptionValue::Octets(vec![7, 0, 255]);
        assert_eq!(value(r#"{"hex":"0700ff"}"#).expect("octets"), octets);
        assert_eq!(serde_json::to_string(&octets).expect("JSON"), r#"{"hex":"0700ff"}"#);
        for bad in [r#"{"hex":"070"}"#, r#"{"hex":"0x"}"#, r#"{"hex":7}"#, r#"{"hex":"07","on":true}"#] {
            assert!(value(bad).is_err(), "{bad}");
        }
        assert!(value("[1]").is_err());
        assert!(value("99999999999").is_err());
        assert!(!OptionValue::Number(1).fits(Shape::Linger));
    }
}
