//! Segments and datagrams as one line of a trace, in the notation of packetdrill and tcpdump:
//! `P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>`.

use crate::{Datagram, Ecn, IcmpMessage, Internet, Segment, Seq, Unreachable, UserDatagram};
use core::fmt;

/// A segment whose numbers count from the initial sequence numbers, as packetdrill and Wireshark show them. Made by
/// [`Segment::relative`].
#[derive(Clone, Copy, Debug)]
pub struct Relative<'a> {
    segment: &'a Segment,
    sender: Seq,
    receiver: Seq,
}

impl Segment {
    /// To be shown with numbers that count from the initial sequence number of its `sender`, and acknowledgment and SACK
    /// blocks from that of its `receiver`: the SYN has number 0, the first octet 1.
    pub const fn relative(&self, sender: Seq, receiver: Seq) -> Relative<'_> {
        Relative { segment: self, sender, receiver }
    }
}

/// With the numbers as they stand in the header; an ECN mark comes first, as in `[ce] . 1:1001(1000) ...`.
impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.relative(Seq(0), Seq(0)).fmt(f)
    }
}

impl fmt::Display for Relative<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Relative { segment, sender, receiver } = self;
        match segment.ip.ecn {
            Ecn::NotCapable => {}
            Ecn::Capable1 => f.write_str("[ect1] ")?,
            Ecn::Capable0 => f.write_str("[ect0] ")?,
            Ecn::CongestionExperienced => f.write_str("[ce] ")?,
        }
        let octets = segment.payload.len();
        let first = segment.seq.since(*sender);
        let end = first.wrapping_add(octets as u32);
        write!(f, "{} {first}:{end}({octets})", segment.flags)?;
        if segment.flags.ack() {
            write!(f, " ack {}", segment.ack.since(*receiver))?;
        }
        write!(f, " win {}", segment.window)?;
        if segment.flags.contains(crate::Flags::URG) {
            write!(f, " urg {}", segment.urgent)?;
        }
        if !segment.options.is_empty() {
            f.write_str(" <")?;
            segment.options.write(f, *receiver)?;
            f.write_str(">")?;
        }
        Ok(())
    }
}

/// `192.0.2.1.49152 > 192.0.2.2.80: S 0:0(0) win 64240`, as tcpdump writes the addresses and ports; without what the internet
/// header says besides.
impl fmt::Display for Datagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Internet { source, destination, .. } = self.ip();
        match self {
            Datagram::Tcp(segment) => {
                let Segment { source_port, destination_port, .. } = segment;
                write!(f, "{source}.{source_port} > {destination}.{destination_port}: {segment}")
            }
            Datagram::Udp(UserDatagram { source_port, destination_port, payload, .. }) => {
                let octets = payload.len();
                write!(f, "{source}.{source_port} > {destination}.{destination_port}: udp ({octets})")
            }
            Datagram::Icmp(message) => write!(f, "{source} > {destination}: {message}"),
        }
    }
}

/// `icmp port unreachable about 192.0.2.1.49152 > 192.0.2.2.80, seq 1000`.
impl fmt::Display for IcmpMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "icmp {}", self.what)?;
        let Ok(quotation) = self.quotation() else { return Ok(()) };
        let (source, destination) = (quotation.source, quotation.destination);
        write!(f, " about {}.{} > {}.{}", source.ip(), source.port(), destination.ip(), destination.port())?;
        quotation.seq.map_or(Ok(()), |seq| write!(f, ", seq {seq}"))
    }
}

/// `port unreachable`, `too big, mtu 1400` ...
impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreachable::Network => f.write_str("network unreachable"),
            Unreachable::Host => f.write_str("host unreachable"),
            Unreachable::Protocol => f.write_str("protocol unreachable"),
            Unreachable::Port => f.write_str("port unreachable"),
            Unreachable::TooBig { mtu } => write!(f, "too big, mtu {mtu}"),
            Unreachable::Prohibited => f.write_str("prohibited"),
            Unreachable::TimeExceeded => f.write_str("time exceeded"),
        }
    }
}

#[cfg(test)]
mod tests;
