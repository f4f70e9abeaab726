//! What a field says in this very packet, as a sentence. The numbers come from the octets, so an edited packet is explained as well.

use super::around::Around;
use crate::number::grouped;
use wire::checksum::Check;
use wire::fields::{Field, Header, ipv4, ipv6, tcp, udp};
use wire::{Packet, Seq};

/// `1 octet`, `65,535 octets`.
pub fn count(number: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A sentence begins with a capital letter: who sends may stand first in it.
pub fn sentence(text: String) -> String {
    match text.strip_prefix("the ") {
        Some(rest) => format!("The {rest}"),
        None => text,
    }
}

/// Numbers of a TCP segment that sentences need, read from the octets.
struct Read<'a> {
    packet: &'a Packet,
    around: &'a Around,
}

impl Read<'_> {
    fn get(&self, field: &'static Field) -> u128 {
        self.packet.get(field).unwrap_or(0)
    }

    fn set(&self, field: &'static Field) -> bool {
        self.get(field) == 1
    }

    fn seq(&self) -> Seq {
        Seq(self.get(&tcp::SEQUENCE_NUMBER) as u32)
    }

    fn ack(&self) -> Seq {
        Seq(self.get(&tcp::ACKNOWLEDGMENT_NUMBER) as u32)
    }

    /// How many octets of data it has.
    fn octets(&self) -> u32 {
        let length = self.packet.carried_range().map_or(0, |range| range.len());
        length.saturating_sub((4 * self.get(&tcp::DATA_OFFSET) as usize).max(20)) as u32
    }
}

/// What a field says in a packet.
pub fn field(packet: &Packet, field: &'static Field, value: u128, around: &Around) -> String {
    let read = Read { packet, around };
    sentence(match field.header {
        Header::Tcp => of_tcp(&read, field, value),
        Header::Ipv4 | Header::Ipv6 => of_internet(&read, field, value),
        Header::Udp => of_udp(&read, field, value),
        Header::Icmpv4 | Header::Icmpv6 => of_icmp(&read, field, value),
        Header::PseudoIpv4 | Header::PseudoIpv6 => field.meaning.to_owned(),
    })
}

/// What the data is.
pub fn data(packet: &Packet, octets: &[u8], around: &Around) -> String {
    let read = Read { packet, around };
    if packet.find(Header::Tcp).is_none() {
        let what = if packet.find(Header::Udp).is_some() {
            "The datagram's data"
        } else {
            "The beginning of the datagram that this is about"
        };
        return format!("{what}: {}.", count(octets.len() as u64, "octet"));
    }
    let first = read.seq() + u32::from(read.set(&tcp::SYN));
    format!(
        "{} of the stream of {}: {}.",
        count(octets.len() as u64, "octet"),
        around.sender,
        span(&read, first, octets.len() as u32)
    )
}

/// `number 1`, `numbers 1 to 1000`.
fn span(read: &Read<'_>, first: Seq, octets: u32) -> String {
    let around = read.around;
    match octets {
        1 => format!("number {}", around.number(first)),
        _ => format!("numbers {} to {}", around.number(first), around.number(first + octets.wrapping_sub(1))),
    }
}

fn of_tcp(read: &Read<'_>, field: &'static Field, value: u128) -> String {
    let Around { sender, receiver, .. } = read.around;
    match field.name {
        "source port" => format!("The port of {sender}: answers go there."),
        "destination port" => {
            format!(
                "The port of {receiver} that this is for. Both addresses and both ports name the connection."
            )
        }
        "sequence number" => sequence(read),
        "acknowledgment number" => acknowledgment(read),
        "data offset" => match value {
            0..5 => format!("{value} cannot be: the header has 5 words at least, so a receiver drops this."),
            5 => "5 words of 4 octets: a header of 20 octets, without options.".to_owned(),
            _ => format!(
                "{value} words of 4 octets: a header of {} octets, {} of them options.",
                4 * value,
                4 * value - 20
            ),
        },
        "reserved" if value == 0 => "Zero, as it is to be.".to_owned(),
        "reserved" => "Not zero: a receiver ignores that.".to_owned(),
        "window" => window(read, value as u64),
        "checksum" => checksum(read, Header::Tcp),
        "urgent pointer" if !read.set(&tcp::URG) => "Does not count: URG is not set.".to_owned(),
        "urgent pointer" => {
            format!("The urgent data ends at {}.", read.around.number(read.seq() + value as u32))
        }
        name => control_bit(read, name, value == 1),
    }
}

fn sequence(read: &Read<'_>) -> String {
    let around = read.around;
    let Around { sender, .. } = around;
    let (seq, octets) = (read.seq(), read.octets());
    let number = |seq| around.number(seq);
    if read.set(&tcp::SYN) {
        let first = if octets == 0 {
            "its first octet of data will be"
        } else {
            "its first octet of data, in this segment, is"
        };
        return format!(
            "The initial sequence number of {sender}: the SYN takes number {}, and {first} {}.",
            number(seq),
            number(seq + 1)
        );
    }
    let mut says = match octets {
        0 => String::new(),
        1 => format!("The octet {} of the stream of {sender}.", number(seq)),
        _ => {
            format!("The octets {} to {} of the stream of {sender}.", number(seq), number(seq + (octets - 1)))
        }
    };
    if read.set(&tcp::RST) && octets == 0 {
        return "For the RST to be believed this must be exactly the number that the receiver expects next."
            .to_owned();
    }
    if read.set(&tcp::FIN) {
        let space = if octets > 0 { " " } else { "" };
        says.push_str(&format!(
            "{space}The FIN takes number {}: after it {sender} sends no more.",
            number(seq + octets)
        ));
    } else if octets == 0 {
        says = match around.snd_nxt {
            Some(next) if seq == Seq(next.0.wrapping_sub(1)) => format!(
                "One less than the number that is next ({}), so that the receiver must answer: a probe.",
                number(next)
            ),
            _ => format!(
                "Nothing in this segment takes a number; the next octet of {sender} has number {}.",
                number(seq)
            ),
        };
    }
    says
}

fn acknowledgment(read: &Read<'_>) -> String {
    let around = read.around;
    let Around { sender, receiver, .. } = around;
    if !read.set(&tcp::ACK) {
        return "Does not count: ACK is not set.".to_owned();
    }
    let ack = around.acknowledged(read.ack());
    let known = around.bases.1 != Seq(0);
    if known && read.ack() == around.bases.1 + 1 {
        let before = around.acknowledged(around.bases.1);
        return format!(
            "Acknowledges everything before {ack}: that is the SYN of {receiver}, number {before}. It expects {ack} next."
        );
    }
    format!("Acknowledges everything before {ack}: {sender} has it, and expects {ack} next.")
}

fn window(read: &Read<'_>, value: u64) -> String {
    let around = read.around;
    let Around { sender, receiver, .. } = around;
    if read.set(&tcp::RST) {
        return "Says nothing: the connection ends.".to_owned();
    }
    if value == 0 {
        return format!("No room: {receiver} may send nothing but probes until a window opens.");
    }
    let from = if read.set(&tcp::ACK) {
        format!(" from {} on", around.acknowledged(read.ack()))
    } else {
        String::new()
    };
    if read.set(&tcp::SYN) {
        return format!("Announces room for {}{from}. In a SYN it is never scaled.", count(value, "octet"));
    }
    match around.scale {
        Some(0) => format!("Announces room for {}{from}. No scale was agreed.", count(value, "octet")),
        Some(shift) => format!(
            "Announces room for {}{from}: {value} << {shift}, by the scale that {sender} gave in its SYN.",
            count(value << shift, "octet")
        ),
        None => {
            format!("Announces room: {value}, shifted left by the scale of the SYNs, which were not seen.")
        }
    }
}

fn checksum(read: &Read<'_>, header: Header) -> String {
    let Some(check) = Check::of(read.packet, header) else {
        return "It cannot be computed: the octets that it covers are not all there.".to_owned();
    };
    let missing = missing(read.packet);
    if header != Header::Ipv4 && missing > 0 {
        let present = check.present;
        let octets = count(missing as u64, "octet");
        return format!("{present:#06x}, which cannot be checked: it covers {octets} that are not here.");
    }
    let over = match header {
        Header::Ipv4 => "the 16-bit words of this header",
        Header::Icmpv4 => "the 16-bit words of the message",
        _ => "pseudo-header, header and data",
    };
    if header == Header::Udp && check.present == 0 && check.right {
        return "Zero: the sender computed none, which UDP over IPv4 allows.".to_owned();
    }
    if check.right {
        return format!("Right: {over} sum up to ffff with it.");
    }
    let wrong = format!("Wrong: {over} ask for {:#06x}", check.checksum);
    if read.around.captured {
        return format!(
            "{wrong}, and {:#06x} was captured. Most likely the sender's network adapter computes it, after the capture has seen the \
             packet (checksum offload). With this one on the wire the receiver would have dropped it without a word.",
            check.present
        );
    }
    format!("{wrong}. A receiver drops the datagram without a word.")
}

/// How many octets of a packet are not here: the capture has cut them off, or the internet header's length is a lie.
pub fn missing(packet: &Packet) -> usize {
    let get = |field| packet.get(field).unwrap_or(0) as usize;
    let said = match packet.internet() {
        Some(Header::Ipv4) => get(&ipv4::TOTAL_LENGTH),
        Some(_) => Header::Ipv6.length() + get(&ipv6::PAYLOAD_LENGTH),
        None => 0,
    };
    said.saturating_sub(packet.octets().len())
}

fn control_bit(read: &Read<'_>, name: &str, set: bool) -> String {
    let Around { sender, receiver, .. } = read.around;
    let syn = read.set(&tcp::SYN);
    let says = match (name, set) {
        ("SYN", true) if read.set(&tcp::ACK) => {
            return format!(
                "Set: {sender} begins its numbering too, and with ACK it answers the SYN of {receiver}."
            );
        }
        ("SYN", true) => return format!("Set: {sender} wants a connection and begins its numbering."),
        ("SYN", false) => "numbering has begun before this segment",
        ("ACK", true) => "the acknowledgment number counts",
        ("ACK", false) if syn => "nothing has come yet that could be acknowledged",
        ("ACK", false) => "the acknowledgment number does not count",
        ("FIN", true) => return format!("Set: {sender} has no more data; {receiver} may go on sending."),
        ("FIN", false) => "this is not the end of the stream",
        ("RST", true) => {
            return format!("Set: for {sender} the connection does not exist, or ends here and now.");
        }
        ("RST", false) => "the connection goes on",
        ("PSH", true) => {
            return format!(
                "Set: {sender} has nothing more to send right now; hand the data to the program."
            );
        }
        ("PSH", false) if read.octets() > 0 => "more data follows at once",
        ("PSH", false) => "there is no data to hand on",
        ("URG", true) => "the urgent pointer counts",
        ("URG", false) => "nothing is urgent",
        ("ECE", true) if syn => "it offers or accepts explicit congestion notification",
        ("ECE", true) => "a packet arrived with a congestion mark: send less",
        ("ECE", false) => "no congestion mark is reported",
        ("CWR", true) if syn => "with ECE it offers explicit congestion notification",
        ("CWR", true) => "the congestion window was reduced, as ECE asked",
        ("CWR", false) => "no reduction is reported",
        ("AE", true) => "accurate ECN: part of a count",
        ("AE", false) => "accurate ECN is not used, or this bit of its count is 0",
        _ => return String::new(),
    };
    format!("{}: {says}.", if set { "Set" } else { "Not set" })
}

fn of_internet(read: &Read<'_>, field: &'static Field, value: u128) -> String {
    let Around { sender, receiver, .. } = read.around;
    let v4 = field.header == Header::Ipv4;
    match field.name {
        "version" => format!("Version {value}: {}.", field.header),
        "header length" if value < 5 => format!("{value} cannot be: the header has 5 words at least."),
        "header length" => format!("{value} words of 4 octets: the header has {} octets.", 4 * value),
        "DSCP" if value == 0 => "Best effort: no special treatment is asked for.".to_owned(),
        "DSCP" => format!("Code point {value}: routers that know it treat the datagram so."),
        "ECN" => match value {
            0 => "Not ECN-capable: routers can only drop it.".to_owned(),
            1 => "ECT(1): ECN-capable, a router may mark it instead of dropping it.".to_owned(),
            2 => "ECT(0): ECN-capable, a router may mark it instead of dropping it.".to_owned(),
            _ => "CE: a router met congestion and marked it.".to_owned(),
        },
        "total length" => {
            let header = 4 * u64::from(read.get(&ipv4::IHL) as u16);
            let rest = (value as u64).saturating_sub(header);
            format!(
                "{}: {header} of this header and {} that it carries.",
                count(value as u64, "octet"),
                grouped(rest)
            )
        }
        "payload length" => format!("{} follow this header.", count(value as u64, "octet")),
        "identification" if read.set(&ipv4::DONT_FRAGMENT) => {
            "Counts only in fragments, and this datagram must not be fragmented.".to_owned()
        }
        "identification" => {
            "Should the datagram be fragmented, all its fragments bear this number.".to_owned()
        }
        "reserved" if value == 0 => "Zero, as it is to be.".to_owned(),
        "reserved" => "Not zero, as it should be.".to_owned(),
        "DF" if value == 1 => {
            "Set: a router whose link takes less drops it and says so; so the sender learns the path's MTU."
                .to_owned()
        }
        "DF" => "Not set: routers may cut the datagram into fragments.".to_owned(),
        "MF" if value == 1 => "Set: more fragments of this datagram follow.".to_owned(),
        "MF" => "Not set: this is the whole datagram, or its last fragment.".to_owned(),
        "fragment offset" if value == 0 => "0: the datagram's beginning.".to_owned(),
        "fragment offset" => format!("A fragment that belongs at octet {} of its datagram.", 8 * value),
        "time to live" | "hop limit" if value == 0 => "0: it should have been dropped by now.".to_owned(),
        "time to live" | "hop limit" => {
            format!("It may still pass {}, each of which takes one off.", count((value - 1) as u64, "router"))
        }
        "protocol" | "next header" => {
            let carried = match (value, v4) {
                (6, _) => "TCP follows",
                (17, _) => "UDP follows",
                (1, true) => "ICMP follows",
                (58, false) => "ICMPv6 follows",
                (0 | 43 | 44 | 60, false) => "an extension header follows",
                _ => "nothing that is taken apart here follows",
            };
            format!("{value}: {carried}.")
        }
        "header checksum" => checksum(read, Header::Ipv4),
        "flow label" if value == 0 => "0: the sender does not label its flows.".to_owned(),
        "flow label" => "Datagrams with this label take one path.".to_owned(),
        "source address" => format!("The address of {sender}."),
        "destination address" => format!("Where it goes: on this link, to {receiver}."),
        _ => field.meaning.to_owned(),
    }
}

fn of_udp(read: &Read<'_>, field: &'static Field, value: u128) -> String {
    let Around { sender, receiver, .. } = read.around;
    match field.name {
        "source port" => format!("The port of {sender}: answers go there."),
        "destination port" => format!("The port of {receiver} that this is for."),
        "length" if value < 8 => format!("{value} cannot be: the header alone has 8 octets."),
        "length" => format!("8 octets of header and {} of data.", grouped(value as u64 - 8)),
        _ if field == &udp::CHECKSUM => checksum(read, Header::Udp),
        _ => field.meaning.to_owned(),
    }
}

fn of_icmp(read: &Read<'_>, field: &'static Field, value: u128) -> String {
    match field.name {
        "checksum" => checksum(read, field.header),
        "unused" if value == 0 => "Zero, as it is to be.".to_owned(),
        "next-hop MTU" if value == 0 => "0: this is not about the datagram's size.".to_owned(),
        "next-hop MTU" => {
            format!("The next link takes datagrams of {} at most.", count(value as u64, "octet"))
        }
        "type" | "code" => match read.packet.parse_captured() {
            Ok((wire::Datagram::Icmp(message), _)) => format!("{value}: {}.", message.what),
            _ => field.meaning.to_owned(),
        },
        _ => field.meaning.to_owned(),
    }
}

/// Who reads a field and acts on it.
pub fn readers(field: &Field) -> &'static str {
    match (field.header, field.name) {
        (Header::Ipv4 | Header::Ipv6, "DSCP" | "flow label") => "routers on the way",
        (Header::Ipv4 | Header::Ipv6, "ECN") => "routers on the way, and the receiver",
        (Header::Ipv4, "identification" | "MF" | "fragment offset" | "DF") => {
            "routers that fragment, and the receiver's internet layer that puts fragments together"
        }
        (
            Header::Ipv4 | Header::Ipv6,
            "time to live" | "hop limit" | "destination address" | "version" | "header checksum",
        ) => "routers on the way, and the receiver's internet layer",
        (Header::Ipv4 | Header::Ipv6, _) => "the receiver's internet layer",
        (Header::Tcp, "PSH" | "URG" | "FIN") => "the receiver's TCP, and by it the application",
        (Header::Tcp, "reserved") => "nobody",
        (Header::Tcp, _) => "the receiver's TCP",
        (Header::Udp, _) => "the receiver's UDP",
        (Header::Icmpv4 | Header::Icmpv6, _) => "the sender of the datagram that this is about",
        (Header::PseudoIpv4 | Header::PseudoIpv6, _) => "nobody: it does not travel",
    }
}
