//! Reads packets: TCP, UDP and ICMP, with marks of the internet header, ports and TCP options.

use super::Cursor;
use crate::place::Unsupported;
use crate::script::{About, Content, Heading, Icmp, Marks, Packet, Tcp};
use wire::{Ecn, Flags, Options, OptionsFull, SackBlock, Seq, TcpOption, Unreachable};

pub(super) fn read_packet(cursor: &mut Cursor<'_>) -> Result<Packet, Unsupported> {
    let heading = if cursor.eat("<")? {
        Heading::In
    } else {
        cursor.need(">")?;
        Heading::Out
    };
    let marks = read_marks(cursor)?;
    let word = cursor.peek_word()?;
    if matches!(word, "ipv4" | "ipv6" | "gre" | "mpls") {
        return cursor.fail(format!("packets with an outer header (“{word}”)"));
    }
    let socket = if cursor.eat_word("sock")? {
        cursor.need("(")?;
        let fd = cursor.integer("a descriptor")?;
        cursor.need(")")?;
        Some(fd)
    } else {
        None
    };
    if cursor.eat_word("icmp")? {
        return Ok(Packet {
            heading,
            marks,
            ports: None,
            socket,
            content: Content::Icmp(read_icmp(cursor)?),
        });
    }
    let ports = read_ports(cursor)?;
    if cursor.eat_word("udp")? {
        let length = read_udp_length(cursor)?;
        return Ok(Packet { heading, marks, ports, socket, content: Content::Udp(length) });
    }
    Ok(Packet { heading, marks, ports, socket, content: Content::Tcp(read_tcp(cursor, heading)?) })
}

/// `[ce]`, `[ect0, ttl 64]`, `(tos 0x10)`, or `tos 0x10` alone.
fn read_marks(cursor: &mut Cursor<'_>) -> Result<Marks, Unsupported> {
    let mut marks = Marks::default();
    let close = if cursor.eat("[")? {
        "]"
    } else if cursor.eat("(")? {
        ")"
    } else {
        while matches!(cursor.peek_word()?, "tos" | "ttl" | "flowlabel") {
            read_mark(cursor, &mut marks)?;
        }
        return Ok(marks);
    };
    loop {
        read_mark(cursor, &mut marks)?;
        if cursor.eat(close)? {
            return Ok(marks);
        }
        cursor.eat(",")?;
    }
}

fn read_mark(cursor: &mut Cursor<'_>, marks: &mut Marks) -> Result<(), Unsupported> {
    let start = cursor.clone();
    match cursor.word("a mark of the internet header: ect0, ect1, ce, noecn, tos, ttl")? {
        "noecn" => marks.ecn = Some(Ecn::NotCapable),
        "ect0" => marks.ecn = Some(Ecn::Capable0),
        "ect1" => marks.ecn = Some(Ecn::Capable1),
        "ce" => marks.ecn = Some(Ecn::CongestionExperienced),
        "tos" => marks.tos = Some(cursor.number("a type of service, 0 to 255")?),
        "ttl" => marks.ttl = Some(cursor.number("a time to live, 0 to 255")?),
        other => return start.fail(format!("the mark “{other}” of the internet header")),
    }
    Ok(())
}

/// `8080 > 40000:`, the colon may be missing.
fn read_ports(cursor: &mut Cursor<'_>) -> Result<Option<(u16, u16)>, Unsupported> {
    cursor.blanks()?;
    let mut ahead = cursor.clone();
    if !ahead.is_at_digit() {
        return Ok(None);
    }
    ahead.while_in(|c| c.is_ascii_digit());
    if !ahead.eat(">")? {
        return Ok(None);
    }
    let source = cursor.number("a port, 0 to 65535")?;
    cursor.need(">")?;
    let destination = cursor.number("a port, 0 to 65535")?;
    cursor.eat(":")?;
    Ok(Some((source, destination)))
}

fn read_tcp(cursor: &mut Cursor<'_>, heading: Heading) -> Result<Tcp, Unsupported> {
    let flags = read_flags(cursor)?;
    let (seq, length) = read_sequence(cursor)?;
    let ack = cursor.eat_word("ack")?.then(|| cursor.number("an acknowledgment number")).transpose()?;
    let window = cursor.eat_word("win")?.then(|| cursor.number("a window, 0 to 65535")).transpose()?;
    let urgent =
        cursor.eat_word("urg")?.then(|| cursor.number("an urgent pointer, 0 to 65535")).transpose()?;
    let start = cursor.clone();
    let options = read_options(cursor)?;
    if options.is_none() && heading == Heading::In {
        return start
            .fail("<...> stands for any options: a packet that is sent to the machine must name its own");
    }
    if let Some(options) = options.filter(|options| options.octets().len() % 4 != 0) {
        let excess = options.octets().len() % 4;
        return start
            .fail(format!("the options are not padded to a multiple of 4 octets: {excess} too many"));
    }
    Ok(Tcp { flags, seq, length, ack, window, urgent, options })
}

/// Letters for the bits, digits for the ACE field of AccECN, `.` for ACK, `-` for none.
fn read_flags(cursor: &mut Cursor<'_>) -> Result<Flags, Unsupported> {
    cursor.blanks()?;
    let start = cursor.clone();
    let letters = cursor.while_in(|c| !c.is_whitespace());
    if letters == "-" {
        return Ok(Flags::NONE);
    }
    let mut flags = Flags::NONE;
    for letter in letters.chars() {
        flags |= match letter {
            'F' => Flags::FIN,
            'S' => Flags::SYN,
            'R' => Flags::RST,
            'P' => Flags::PSH,
            '.' => Flags::ACK,
            'U' => Flags::URG,
            'E' => Flags::ECE,
            'W' => Flags::CWR,
            'A' => Flags::AE,
            '0'..='7' => {
                let count = letter as u16 - '0' as u16;
                Flags::from_bits(count << 6)
            }
            _ => return start.expected("flags, of F S R P U E W A . or -"),
        };
    }
    if letters.is_empty() { start.expected("flags, of F S R P U E W A . or -") } else { Ok(flags) }
}

/// `seq:end(length)`, checked against each other.
fn read_sequence(cursor: &mut Cursor<'_>) -> Result<(u32, u32), Unsupported> {
    cursor.blanks()?;
    let start = cursor.clone();
    let seq: u32 = cursor.number("a sequence number")?;
    cursor.need(":")?;
    let end: u32 = cursor.number("a sequence number")?;
    cursor.need("(")?;
    let length: u32 = cursor.number("a length")?;
    cursor.need(")")?;
    if length > 0xffff_0000 || seq.wrapping_add(length) != end {
        return start.fail(format!("{seq}:{end}({length}) is inconsistent: {seq} + {length} is not {end}"));
    }
    Ok((seq, length))
}

fn read_udp_length(cursor: &mut Cursor<'_>) -> Result<u16, Unsupported> {
    cursor.need("(")?;
    let length = cursor.number("a length, 0 to 65535")?;
    cursor.need(")")?;
    Ok(length)
}

fn read_options(cursor: &mut Cursor<'_>) -> Result<Option<Options>, Unsupported> {
    let mut options = Options::NONE;
    if !at_options(cursor)? {
        return Ok(Some(options));
    }
    cursor.need("<")?;
    if cursor.eat("...")? {
        cursor.need(">")?;
        return Ok(None);
    }
    loop {
        let start = cursor.clone();
        if read_option(cursor, &mut options)?.is_err() {
            return start.fail("these are more than 40 octets of options");
        }
        if cursor.eat(">")? {
            return Ok(Some(options));
        }
        cursor.need(",")?;
    }
}

/// Whether `<` opens options: the next event may begin with no `<` of its own, since a time comes first.
fn at_options(cursor: &mut Cursor<'_>) -> Result<bool, Unsupported> {
    cursor.blanks()?;
    Ok(cursor.peek() == Some('<'))
}

fn read_option(
    cursor: &mut Cursor<'_>,
    options: &mut Options,
) -> Result<Result<(), OptionsFull>, Unsupported> {
    let start = cursor.clone();
    Ok(match cursor.word("a TCP option")? {
        "mss" => options.push(TcpOption::Mss(cursor.number("an MSS, 0 to 65535")?)),
        "nop" => options.push(TcpOption::Nop),
        "eol" => options.push(TcpOption::End),
        "wscale" => options.push(TcpOption::WindowScale(cursor.number("a shift count, 0 to 255")?)),
        "sackOK" => options.push(TcpOption::SackPermitted),
        "sack" => {
            let mut blocks = Vec::new();
            loop {
                let block_start = Seq(cursor.number("the beginning of a SACK block")?);
                cursor.need(":")?;
                blocks.push(SackBlock {
                    start: block_start,
                    end: Seq(cursor.number("the end of a SACK block")?),
                });
                cursor.blanks()?;
                if !cursor.is_at_digit() {
                    break;
                }
            }
            options.push_sack(&blocks)
        }
        "TS" => {
            if !cursor.eat_word("val")? {
                return cursor.expected("val after TS");
            }
            let value = cursor.number("a timestamp")?;
            if !cursor.eat_word("ecr")? {
                return cursor.expected("ecr");
            }
            options.push(TcpOption::Timestamps { value, echo: cursor.number("a timestamp")? })
        }
        // RFC 2385: a digest of 16 octets.
        "md5" => {
            cursor.eat_word("valid")?;
            let mut digest = read_octets(cursor)?;
            digest.resize(16, 0);
            options.push(TcpOption::Unknown { kind: 19, data: &digest })
        }
        "FO" => options.push(TcpOption::Unknown { kind: 34, data: &read_octets(cursor)? }),
        // RFC 6994: an experiment's number stands before its data; 0xf989 is Fast Open's (RFC 7413, A).
        "FOEXP" => {
            let mut data = vec![0xf9, 0x89];
            data.extend(read_octets(cursor)?);
            options.push(TcpOption::Unknown { kind: 254, data: &data })
        }
        other => return start.fail(format!("the TCP option “{other}”")),
    })
}

/// Hexadecimal digits, perhaps none.
fn read_octets(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Unsupported> {
    cursor.blanks()?;
    let start = cursor.clone();
    let digits = cursor.while_in(|c| c.is_ascii_hexdigit());
    if !digits.len().is_multiple_of(2) {
        return start.fail("an odd number of hexadecimal digits");
    }
    let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("two hexadecimal digits");
    Ok((0..digits.len()).step_by(2).map(pair).collect())
}

fn read_icmp(cursor: &mut Cursor<'_>) -> Result<Icmp, Unsupported> {
    let start = cursor.clone();
    let kind = cursor.word("an ICMP message")?;
    // A code stands between the message and what it is about, by name or by number.
    let named = cursor.peek_word()?;
    let code = if named.is_empty() || named == "mtu" {
        cursor.blanks()?;
        if cursor.is_at_digit() { cursor.while_in(|c| c.is_ascii_digit()) } else { "" }
    } else {
        cursor.word("a code")?
    };
    let mtu: Option<u32> = cursor.eat_word("mtu")?.then(|| cursor.number("an MTU")).transpose()?;
    let what = match (kind, code, mtu) {
        (
            "unreachable",
            ""
            | "0"
            | "net_unreachable"
            | "no_route"
            | "net_unknown"
            | "net_prohibited"
            | "net_unreachable_for_tos",
            None,
        ) => Unreachable::Network,
        (
            "unreachable",
            "1"
            | "host_unreachable"
            | "address_unreachable"
            | "addr_unreachable"
            | "host_unreachable_for_tos",
            None,
        ) => Unreachable::Host,
        ("unreachable", "2" | "protocol_unreachable", None) => Unreachable::Protocol,
        ("unreachable", "3" | "port_unreachable", None) => Unreachable::Port,
        ("unreachable", "13" | "admin_prohibited" | "host_prohibited" | "packet_filtered", None) => {
            Unreachable::Prohibited
        }
        ("unreachable", "4" | "frag_needed", Some(mtu)) | ("packet_too_big", _, Some(mtu)) => {
            Unreachable::TooBig { mtu }
        }
        ("time_exceeded", _, None) => Unreachable::TimeExceeded,
        _ => {
            return start
                .fail(format!("the ICMP message “{}”", start.clone().until("\n").unwrap_or(kind).trim()));
        }
    };
    if !cursor.eat("[")? {
        return cursor.expected("the segment that it is about, [1:1461(1460)]");
    }
    let about = if cursor.eat_word("udp")? {
        About::Udp { length: read_udp_length(cursor)? }
    } else {
        let (seq, length) = read_sequence(cursor)?;
        About::Tcp { seq, length }
    };
    cursor.need("]")?;
    Ok(Icmp { what, about })
}
