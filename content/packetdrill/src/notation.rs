//! Writes packets as packetdrill does: `P. 1:1001(1000) ack 1 win 256 <nop,nop,TS val 100 ecr 200>`.

use crate::flow::Flow;
use crate::script::{About, Content, Icmp, Marks, Packet, Tcp};
use wire::{Datagram, Ecn, Options, SackBlock, Segment, TcpOption, Unreachable};

/// Microseconds as seconds with six decimals.
pub(crate) fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// A packet of the script.
pub(crate) fn of_script(packet: &Packet) -> String {
    let mut text = marks(&packet.marks);
    if let Some((source, destination)) = packet.ports {
        text += &format!("{source} > {destination}: ");
    }
    if let Some(fd) = packet.socket {
        text += &format!("sock({fd}) ");
    }
    match &packet.content {
        Content::Tcp(tcp) => text += &of_tcp(tcp),
        Content::Udp(length) => text += &format!("udp ({length})"),
        Content::Icmp(icmp) => text += &of_icmp(icmp),
    }
    text
}

fn ecn(ecn: Ecn) -> &'static str {
    match ecn {
        Ecn::NotCapable => "noecn",
        Ecn::Capable0 => "ect0",
        Ecn::Capable1 => "ect1",
        Ecn::CongestionExperienced => "ce",
    }
}

fn marks(marks: &Marks) -> String {
    let parts = [
        marks.ecn.map(|mark| ecn(mark).to_owned()),
        marks.tos.map(|tos| format!("tos {tos:#x}")),
        marks.ttl.map(|ttl| format!("ttl {ttl}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("[{}] ", parts.join(", ")) }
}

fn of_tcp(tcp: &Tcp) -> String {
    let mut text = format!("{} {}:{}({})", tcp.flags, tcp.seq, tcp.seq.wrapping_add(tcp.length), tcp.length);
    if let Some(ack) = tcp.ack {
        text += &format!(" ack {ack}");
    }
    if let Some(window) = tcp.window {
        text += &format!(" win {window}");
    }
    if let Some(urgent) = tcp.urgent {
        text += &format!(" urg {urgent}");
    }
    match &tcp.options {
        None => text += " <...>",
        Some(options) if options.is_empty() => {}
        Some(options) => text += &format!(" <{options}>"),
    }
    text
}

/// What a message of ICMP says, in the words of the language.
pub fn unreachable(what: Unreachable) -> String {
    match what {
        Unreachable::Network => "unreachable net_unreachable".to_owned(),
        Unreachable::Host => "unreachable host_unreachable".to_owned(),
        Unreachable::Protocol => "unreachable protocol_unreachable".to_owned(),
        Unreachable::Port => "unreachable port_unreachable".to_owned(),
        Unreachable::TooBig { mtu } => format!("unreachable frag_needed mtu {mtu}"),
        Unreachable::Prohibited => "unreachable admin_prohibited".to_owned(),
        Unreachable::TimeExceeded => "time_exceeded".to_owned(),
    }
}

fn of_icmp(icmp: &Icmp) -> String {
    let what = unreachable(icmp.what);
    match icmp.about {
        About::Tcp { seq, length } => format!("icmp {what} [{seq}:{}({length})]", seq.wrapping_add(length)),
        About::Udp { length } => format!("icmp {what} [udp ({length})]"),
    }
}

/// A packet that the machine sent; numbers relative to what is known of its connection.
pub(crate) fn of_machine(datagram: &Datagram, flow: Option<&Flow>) -> String {
    let ip = datagram.ip();
    let mark = if ip.ecn == Ecn::NotCapable { String::new() } else { format!("[{}] ", ecn(ip.ecn)) };
    match datagram {
        Datagram::Tcp(segment) => mark + &of_segment(segment, flow, segment.payload.len() as u32),
        Datagram::Udp(datagram) => mark + &format!("udp ({})", datagram.payload.len()),
        Datagram::Icmp(message) => mark + &format!("icmp {:?}", message.what),
    }
}

/// A segment of the machine, as if it carried so much.
pub(crate) fn of_segment(segment: &Segment, flow: Option<&Flow>, length: u32) -> String {
    // Before its first SYN was compared, a machine's stream begins wherever that SYN begins.
    let seq = match flow {
        Some(flow) if !(segment.flags.syn() && flow.is_fresh) => flow.of_machine(segment.seq),
        _ if segment.flags.syn() => 0,
        _ => segment.seq.0,
    };
    let tcp = Tcp {
        flags: segment.flags,
        seq,
        length,
        ack: segment.flags.ack().then_some(segment.ack.0),
        window: Some(segment.window),
        urgent: (segment.urgent != 0).then_some(segment.urgent),
        options: Some(match flow {
            Some(flow) => with_timestamps(&segment.options, flow),
            None => segment.options,
        }),
    };
    of_tcp(&tcp)
}

/// The options with the machine's timestamps as the script counts them.
fn with_timestamps(options: &Options, flow: &Flow) -> Options {
    let mut flow = flow.clone();
    let mut relative = Options::NONE;
    for option in options.iter() {
        let pushed = match option {
            TcpOption::Timestamps { value, echo } => {
                relative.push(TcpOption::Timestamps { value: flow.timestamp(None, value), echo })
            }
            TcpOption::Sack(blocks) => relative.push_sack(&blocks.blocks().collect::<Vec<SackBlock>>()),
            other => relative.push(other),
        };
        pushed.expect("as long as the options that were sent");
    }
    relative
}
