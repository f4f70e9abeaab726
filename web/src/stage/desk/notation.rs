//! Calls as C has them in packetdrill's notation. It knows no script: who writes one says what a socket, an address and a payload look like.

use bytes::Bytes;
use sockets::{Endpoint, MsgFlag, Op, OptionName, OptionValue, Outcome, SocketId, SocketKind, Value};
use std::collections::BTreeSet;

/// How a script writes what calls are about.
pub trait Words {
    /// The descriptor of a socket; `None` for one that the script does not know.
    fn descriptor(&self, socket: SocketId) -> Option<String>;
    /// An address, as the second argument of bind and connect.
    fn address(&self, op: &Op, address: &Endpoint) -> String;
    /// What is sent.
    fn payload(&self, data: &Bytes) -> String;
}

/// A call; `None` for one that packetdrill has no words for.
pub fn call_line(op: &Op, words: &dyn Words) -> Option<String> {
    let name = op.kind().name();
    let fd = match op.socket() {
        Some(socket) => words.descriptor(socket)?,
        None => String::new(),
    };
    let flags = |flags: &BTreeSet<MsgFlag>| match flags.is_empty() {
        true => "0".to_owned(),
        false => flags.iter().map(|flag| flag.name()).collect::<Vec<_>>().join("|"),
    };
    Some(match op {
        Op::Socket { kind: SocketKind::Stream, .. } => "socket(..., SOCK_STREAM, IPPROTO_TCP)".into(),
        Op::Socket { kind: SocketKind::Datagram, .. } => "socket(..., SOCK_DGRAM, IPPROTO_UDP)".into(),
        Op::Bind { address, .. } | Op::Connect { address, .. } => {
            format!("{name}({fd}, {}, ...)", words.address(op, address))
        }
        Op::Accept { .. } | Op::GetSockName { .. } | Op::GetPeerName { .. } => {
            format!("{name}({fd}, ..., ...)")
        }
        Op::Listen { backlog, .. } => format!("listen({fd}, {backlog})"),
        Op::Send { flags: set, data, .. } => {
            format!("send({fd}, {}, {}, {})", words.payload(data), data.len(), flags(set))
        }
        Op::SendTo { address, flags: set, data, .. } => {
            let (data, length) = (words.payload(data), data.len());
            format!("sendto({fd}, {data}, {length}, {}, {}, ...)", flags(set), words.address(op, address))
        }
        Op::Recv { max, flags: set, .. } => format!("recv({fd}, ..., {max}, {})", flags(set)),
        Op::RecvFrom { max, flags: set, .. } => {
            format!("recvfrom({fd}, ..., {max}, {}, ..., ...)", flags(set))
        }
        Op::Shutdown { how, .. } => format!("shutdown({fd}, {})", how.name()),
        Op::Close { .. } => format!("close({fd})"),
        Op::SetSockOpt { option, value, .. } => {
            format!("setsockopt({fd}, {}, {option}, {})", level(*option), value_of(value)?)
        }
        Op::GetSockOpt { option, .. } => format!("getsockopt({fd}, {}, {option}, ..., ...)", level(*option)),
        Op::GetAddrInfo { .. }
        | Op::GetNameInfo { .. }
        | Op::GetHostName {}
        | Op::Poll { .. }
        | Op::Cancel { .. } => return None,
    })
}

/// The level at which an option is, as packetdrill's scripts name it.
fn level(option: OptionName) -> &'static str {
    match option.row().level {
        "IPPROTO_TCP" => "SOL_TCP",
        other => other,
    }
}

/// An option's value, and its length in octets; `None` for octets, which packetdrill has no words for.
fn value_of(value: &OptionValue) -> Option<String> {
    Some(match value {
        OptionValue::Number(number) => format!("[{number}], 4"),
        OptionValue::Linger { on, seconds } => {
            format!("{{onoff={}, linger={seconds}}}, 8", u8::from(*on))
        }
        OptionValue::Text(text) => format!("\"{text}\", {}", text.len()),
        OptionValue::Octets(_) => return None,
    })
}

/// What a call returned: the descriptor that it made, a number, -1 with the errno; `?` where there is nothing that a script could say.
pub fn result(back: Option<&Outcome>, made: Option<usize>) -> String {
    match (back, made) {
        (_, Some(descriptor)) => descriptor.to_string(),
        (None, _) => "?".into(),
        (Some(Ok(Value::Sent { sent })), _) => sent.to_string(),
        (Some(Ok(Value::Data { bytes, .. } | Value::Datagram { bytes, .. })), _) => bytes.to_string(),
        (Some(Ok(_)), _) => "0".into(),
        (Some(Err(failure)), _) => match failure.errno() {
            Some(_) => format!("-1 {} ({})", failure.name(), failure.text()),
            None => "?".into(),
        },
    }
}

/// Microseconds as seconds with as many decimals as are needed.
pub fn seconds(us: u64) -> String {
    let text = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The settings of a host, as lines that set them: its sysctls, and what its routes say.
pub fn settings(host: &sim::world::HostPart) -> Vec<String> {
    let sysctl = |(name, value): (&String, &String)| match value.contains(char::is_whitespace) {
        true => format!("`sysctl -q {name}=\"{value}\"`"),
        false => format!("`sysctl -q {name}={value}`"),
    };
    let route = (!host.route_attributes.is_empty()).then(|| {
        let said: Vec<String> =
            host.route_attributes.iter().map(|(name, value)| format!("{name} {value}")).collect();
        format!("`ip route change default {}`", said.join(" "))
    });
    host.sysctl.iter().map(sysctl).chain(route).collect()
}
