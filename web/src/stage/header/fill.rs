//! A packet as its sender fills it in: the order in which the fields become known, and where each value comes from.

use super::around::Around;
use super::sheet::{Cell, DATA, Kind, Sheet};
use crate::number::grouped;
use wire::fields::{Field, Header, tcp};

/// One step: fields that become known together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Places among the sheet's cells.
    pub cells: Vec<usize>,
    /// What is filled in.
    pub title: String,
    /// Where the value comes from.
    pub from: String,
    /// What it says then.
    pub says: String,
}

/// All steps. Together they fill in every cell once.
pub fn steps(sheet: &Sheet, around: &Around) -> Vec<Step> {
    let mut fill = Fill { sheet, around, done: vec![false; sheet.cells.len()], steps: Vec::new() };
    if sheet.packet.find(Header::Tcp).is_some() {
        fill.segment();
    } else {
        fill.other();
    }
    fill.internet();
    // What no table explains was there before.
    let rest: Vec<usize> = (0..sheet.cells.len()).filter(|&place| !fill.done[place]).collect();
    if !rest.is_empty() {
        fill.add(rest, "the other octets", "They are as they were handed down.".into());
    }
    fill.steps
}

/// Which cells are filled in after a step; before the first, none.
pub fn filled(sheet: &Sheet, steps: &[Step], step: usize) -> Vec<bool> {
    let mut filled = vec![false; sheet.cells.len()];
    for &cell in steps.iter().take(step + 1).flat_map(|step| &step.cells) {
        filled[cell] = true;
    }
    filled
}

struct Fill<'a> {
    sheet: &'a Sheet,
    around: &'a Around,
    done: Vec<bool>,
    steps: Vec<Step>,
}

impl Fill<'_> {
    fn add(&mut self, cells: Vec<usize>, title: &str, from: String) {
        let Some(&first) = cells.iter().find(|&&cell| !self.done[cell]) else { return };
        for &cell in &cells {
            self.done[cell] = true;
        }
        // The last cell of an option holds its value; a lone field speaks for itself.
        let telling = if matches!(self.sheet.cells[first].kind, Kind::Option(_)) {
            cells.last().copied().unwrap_or(first)
        } else {
            first
        };
        let says = if cells.len() == 1 || telling != first {
            self.sheet.cells[telling].says.clone()
        } else {
            String::new()
        };
        self.steps.push(Step { cells, title: title.to_owned(), from, says });
    }

    fn of(&self, header: Header, names: &[&str]) -> Vec<usize> {
        let is = |cell: &Cell| {
            cell.field().is_some_and(|field| field.header == header && names.contains(&field.name))
        };
        (0..self.sheet.cells.len()).filter(|&place| is(&self.sheet.cells[place])).collect()
    }

    fn fields(&mut self, header: Header, names: &[&str], title: &str, from: impl Into<String>) {
        let cells = self.of(header, names);
        self.add(cells, title, from.into());
    }

    fn get(&self, field: &'static Field) -> u128 {
        self.sheet.packet.get(field).unwrap_or(0)
    }

    fn segment(&mut self) {
        let around = self.around;
        let Around { sender, receiver, .. } = around;
        let (syn, ack, rst) = (self.get(&tcp::SYN) == 1, self.get(&tcp::ACK) == 1, self.get(&tcp::RST) == 1);
        let ports = "From the connection: both addresses and both ports are its name.";
        self.fields(Header::Tcp, &["source port", "destination port"], "ports", ports);
        let from = self.sequence(syn);
        self.fields(Header::Tcp, &["sequence number"], "sequence number", from);
        let from = match (ack, around.levels) {
            (false, _) => "Nothing is acknowledged: zero.".to_owned(),
            (true, Some(levels)) if !syn && !rst => {
                let next = around.acknowledged(wire::Seq(self.get(&tcp::ACKNOWLEDGMENT_NUMBER) as u32));
                let told = around.acknowledged(levels.rcv_nxt);
                let grown = if told == next {
                    String::new()
                } else {
                    format!(" (it was {told} before what has just arrived)")
                };
                format!("RCV.NXT of {sender}: {next}{grown}.")
            }
            (true, _) if syn => {
                format!("RCV.NXT of {sender}: one more than the number of the SYN of {receiver}.")
            }
            (true, _) => format!("One more than the last number that came from {receiver}."),
        };
        self.fields(Header::Tcp, &["acknowledgment number"], "acknowledgment number", from);
        let names = ["reserved", "AE", "CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN"];
        let cause = around.why.as_ref().map_or_else(String::new, |why| format!(" It is sent because {why}."));
        let set = self.set();
        self.fields(
            Header::Tcp,
            &names,
            "control bits",
            format!("By what the segment is for: {set}.{cause}"),
        );
        let from = self.window(syn, rst);
        self.fields(Header::Tcp, &["window"], "window", from);
        self.fields(
            Header::Tcp,
            &["urgent pointer"],
            "urgent pointer",
            "Urgent data is all but unknown today.",
        );
        self.options();
        let header = 4 * self.get(&tcp::DATA_OFFSET);
        let from = format!("20 octets and {} of options, in words of 4 octets.", header.saturating_sub(20));
        self.fields(Header::Tcp, &["data offset"], "data offset", from);
        self.data(&format!("From the send buffer of {sender}, where the program's calls have put it."));
        let from = "Last of all, as it covers all that is above, and a pseudo-header with both addresses.";
        self.fields(Header::Tcp, &["checksum"], "checksum", from);
    }

    fn set(&self) -> String {
        let bits =
            tcp::CONTROL_BITS.iter().filter(|(_, field)| self.get(field) == 1).map(|(_, field)| field.name);
        let bits: Vec<&str> = bits.collect();
        if bits.is_empty() { "none is set".to_owned() } else { format!("{} set", bits.join(" and ")) }
    }

    fn sequence(&self, syn: bool) -> String {
        let around = self.around;
        let sender = &around.sender;
        let seq = wire::Seq(self.get(&tcp::SEQUENCE_NUMBER) as u32);
        let number = |seq| around.number(seq);
        if around.repeats {
            let una = around
                .levels
                .map_or_else(String::new, |levels| format!(" (SND.UNA is {})", number(levels.snd_una)));
            return format!("Sent again: the first number that must be repeated{una}.");
        }
        if syn {
            return format!(
                "ISS of {sender}: chosen anew for each connection, from a clock and a secret (RFC 9293, 3.4.1)."
            );
        }
        match around.snd_nxt {
            Some(next) if next == seq => format!("SND.NXT of {sender}: {}.", number(next)),
            Some(next) => format!("Not SND.NXT, which is {}: this segment looks back.", number(next)),
            None => "There is no connection: the number that the answered segment asks for.".to_owned(),
        }
    }

    fn window(&self, syn: bool, rst: bool) -> String {
        let around = self.around;
        let window = self.get(&tcp::WINDOW) as u64;
        match (syn, around.scale) {
            _ if rst => "No connection, no buffer: zero.".to_owned(),
            (true, _) => format!(
                "RCV.WND of {}: the room of the receive buffer, 65,535 at most as no scale counts yet.",
                around.sender
            ),
            (false, Some(scale)) if scale > 0 => format!(
                "RCV.WND of {}: room for {} octets, shifted right by the window scale {scale}: {window}.",
                around.sender,
                grouped(window << scale)
            ),
            _ => format!("RCV.WND of {}: the room that is left in its receive buffer.", around.sender),
        }
    }

    /// Each option is one step.
    fn options(&mut self) {
        let cells = &self.sheet.cells;
        let is_option = |place: &usize| matches!(cells[*place].kind, Kind::Option(_));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for place in (0..cells.len()).filter(is_option) {
            let single = matches!(cells[place].label.as_str(), "nop" | "end" | "padding");
            let padding = |place: usize| matches!(cells[place].label.as_str(), "nop" | "padding");
            let begins = single || cells.get(place + 1).is_some_and(|next| next.label == "length");
            let begins = begins
                && !(padding(place)
                    && groups.last().is_some_and(|group| group.iter().all(|&before| padding(before))));
            match groups.last_mut() {
                Some(group) if !begins => group.push(place),
                _ => groups.push(vec![place]),
            }
        }
        for group in groups {
            let name = cells[group[0]].name;
            let from = match name {
                "maximum segment size" => "From the MTU of the interface, less the headers of IP and TCP.",
                "window scale" => "From the size of the receive buffer.",
                "SACK permitted" => "From the system's settings.",
                "timestamps" => "From the sender's clock, and from the last segment that came.",
                "selective acknowledgment" => "From the octets that wait beyond a gap.",
                "no-operation" | "padding" | "end of option list" => "To fill up.",
                _ => "As the sender's system has it.",
            };
            let title = format!("option: {name}");
            self.add(group, &title, from.to_owned());
        }
    }

    fn data(&mut self, from: &str) {
        let cells =
            (0..self.sheet.cells.len()).filter(|&place| self.sheet.cells[place].name == DATA).collect();
        self.add(cells, DATA, from.to_owned());
    }

    /// UDP and ICMP: the header in its order, then the data, the checksum last.
    fn other(&mut self) {
        for header in [Header::Udp, Header::Icmpv4, Header::Icmpv6] {
            for field in header.fields().iter().filter(|field| field.name != "checksum") {
                let from = super::detail::parties(field);
                self.fields(header, &[field.name], field.name, from);
            }
        }
        let udp = self.sheet.packet.find(Header::Udp).is_some();
        self.data(if udp {
            "As the program gave it."
        } else {
            "The beginning of the datagram that this is about."
        });
        for header in [Header::Udp, Header::Icmpv4, Header::Icmpv6] {
            self.fields(header, &["checksum"], "checksum", "Last, as it covers all that is above.");
        }
    }

    fn internet(&mut self) {
        let v4 = Header::Ipv4;
        let settings = "From the system's settings and the socket's options.";
        self.fields(
            v4,
            &["source address", "destination address"],
            "addresses",
            "From the connection; the route to the destination chose the source.",
        );
        self.fields(v4, &["protocol"], "protocol", "What is carried.");
        self.fields(v4, &["version", "header length"], "version and header length", "IPv4, without options.");
        self.fields(v4, &["total length"], "total length", "This header and everything that it carries.");
        self.fields(v4, &["DSCP", "ECN"], "DSCP and ECN", settings);
        let names = ["identification", "reserved", "DF", "MF", "fragment offset"];
        self.fields(v4, &names, "fragmentation", "TCP wants no fragments: it learns the path's MTU instead.");
        self.fields(v4, &["time to live"], "time to live", settings);
        self.fields(v4, &["header checksum"], "header checksum", "Last, over this header alone.");
        let v6 = Header::Ipv6;
        self.fields(
            v6,
            &["source address", "destination address"],
            "addresses",
            "From the connection; the route to the destination chose the source.",
        );
        self.fields(v6, &["next header"], "next header", "What is carried.");
        self.fields(v6, &["payload length"], "payload length", "Everything after this header.");
        self.fields(
            v6,
            &["version", "DSCP", "ECN", "flow label"],
            "version, DSCP, ECN, flow label",
            settings,
        );
        self.fields(v6, &["hop limit"], "hop limit", settings);
    }
}
