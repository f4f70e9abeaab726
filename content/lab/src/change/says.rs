//! A change in words.

use super::Change;
use core::fmt::Write;
use sim::world::{BurstPart, FaultAction, FaultPart, PathPart, Protocol};
use sockets::Micros;

impl Change {
    /// What it changes, in a few words without a full stop: `the 2nd SYN from client is lost`, `link net: delay 40.0 ms`.
    pub fn says(&self) -> String {
        match self {
            Change::Befall(fault) => befalls(fault),
            Change::Path { link, toward, path } => {
                let toward = toward.as_ref().map_or(String::new(), |name| format!(" toward {name}"));
                format!("link {link}{toward}: {}", path_says(path))
            }
            Change::Mtu { link, mtu } => format!("link {link}: MTU {mtu} octets"),
            Change::Sysctl { host, name, value } => {
                let short = name.rsplit('.').next().unwrap_or(name);
                format!("{host}: {short} = {value}")
            }
            Change::Route { host, name, value } => format!("{host}: route {name} {value}"),
            Change::Option { program, socket, option, value } => {
                format!("{program}: {option} of {socket} = {value}")
            }
            Change::Pace { program, step, piece, every_us } => {
                let piece = piece.map(|octets| format!("{octets} octets at a time"));
                let every = every_us.map(|us| match us {
                    0 => "without a pause".to_owned(),
                    us => format!("every {}", Micros(us)),
                });
                let both: Vec<String> = piece.into_iter().chain(every).collect();
                format!("{program}, step {}: {}", step + 1, both.join(", "))
            }
            Change::Seed(seed) => format!("another chance: seed {seed}"),
        }
    }
}

/// A rate in bits per second: `1.5 Mbit/s`.
pub fn rate(bps: u64) -> String {
    let (size, unit) = match bps {
        0..1_000 => return format!("{bps} bit/s"),
        1_000..1_000_000 => (1_000, "kbit/s"),
        1_000_000..1_000_000_000 => (1_000_000, "Mbit/s"),
        _ => (1_000_000_000, "Gbit/s"),
    };
    match bps % size * 10 / size {
        0 => format!("{} {unit}", bps / size),
        tenths => format!("{}.{tenths} {unit}", bps / size),
    }
}

/// Parts per million in per cent: `0.5 %`.
pub fn per_cent(ppm: u64) -> String {
    let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn path_says(path: &PathPart) -> String {
    let PathPart {
        delay_us,
        jitter_us,
        rate_bps,
        queue_datagrams,
        queue_octets,
        mark_above_datagrams,
        loss_ppm,
        bursts,
        reorder_ppm,
        reorder_by_us,
        duplicate_ppm,
        corrupt_ppm,
    } = path;
    let time = |us: &u64| Micros(*us).to_string();
    let chance = |ppm: &u64| per_cent(*ppm);
    let rows = [
        delay_us.as_ref().map(|us| format!("delay {}", time(us))),
        jitter_us.as_ref().map(|us| format!("jitter up to {}", time(us))),
        rate_bps.map(|bps| format!("rate {}", rate(bps))),
        queue_datagrams.map(|count| format!("queue of {count} datagrams")),
        queue_octets.map(|count| format!("queue of {count} octets")),
        mark_above_datagrams.map(|count| format!("marks from {count} waiting datagrams on")),
        loss_ppm.as_ref().map(|ppm| format!("loss {}", chance(ppm))),
        bursts.as_ref().map(|BurstPart { enter_ppm, leave_ppm, loss_ppm }| {
            format!(
                "bursts of loss: begin {}, end {}, loss {}",
                per_cent(*enter_ppm),
                per_cent(*leave_ppm),
                per_cent(*loss_ppm)
            )
        }),
        reorder_ppm.as_ref().map(|ppm| format!("reordering {}", chance(ppm))),
        reorder_by_us.as_ref().map(|us| format!("reordered by {}", time(us))),
        duplicate_ppm.as_ref().map(|ppm| format!("duplication {}", chance(ppm))),
        corrupt_ppm.as_ref().map(|ppm| format!("corruption {}", chance(ppm))),
    ];
    let given: Vec<String> = rows.into_iter().flatten().collect();
    if given.is_empty() { "as it was".into() } else { given.join(", ") }
}

/// 1st, 2nd, 3rd, 4th, 11th, 21st.
fn ordinal(number: u64) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn befalls(fault: &FaultPart) -> String {
    let FaultPart { nth, times, .. } = fault;
    let (which, many) = match (nth, times) {
        (1, 0) => ("every".to_owned(), false),
        (nth, 0) => (format!("from the {} on, every", ordinal(*nth)), false),
        (nth, 1) => (format!("the {}", ordinal(*nth)), false),
        (nth, times) => {
            (format!("the {} to {}", ordinal(*nth), ordinal(nth.saturating_add(times - 1))), true)
        }
    };
    let mut text = which;
    if fault.retransmission == Some(true) {
        text.push_str(" retransmitted");
    } else if fault.retransmission == Some(false) {
        text.push_str(" new");
    }
    let of_tcp = fault.seq.is_some() || fault.retransmission.is_some();
    let noun = match (&fault.flags, fault.protocol) {
        (Some(flags), _) => flags.as_str(),
        (None, Some(Protocol::Udp)) => "UDP datagram",
        (None, Some(Protocol::Icmp)) => "ICMP message",
        (None, Some(Protocol::Tcp)) => "segment",
        (None, None) if of_tcp => "segment",
        (None, None) => "datagram",
    };
    // Writing to a String cannot fail.
    let _ = write!(text, " {noun}{}", if many { "s" } else { "" });
    if let Some(from) = &fault.from {
        let _ = write!(text, " from {from}");
    }
    if let Some(to) = &fault.to {
        let _ = write!(text, " to {to}");
    }
    match (fault.data, fault.seq) {
        (Some(true), Some([first, last])) if first == last => {
            let _ = write!(text, " with octet {first}");
        }
        (data, seq) => {
            match data {
                Some(true) => text.push_str(" with data"),
                Some(false) => text.push_str(" without data"),
                None => {}
            }
            if let Some([first, last]) = seq {
                let _ = write!(text, " within {first} to {last}");
            }
        }
    }
    let ports = [("from port", fault.source_port), ("to port", fault.destination_port)];
    for (word, port) in ports {
        if let Some(port) = port {
            let _ = write!(text, " {word} {port}");
        }
    }
    if let Some(link) = &fault.link {
        let _ = write!(text, " on link {link}");
    }
    if let Some(from) = fault.from_us {
        let _ = write!(text, " after {}", Micros(from));
    }
    if let Some(until) = fault.until_us {
        let _ = write!(text, " before {}", Micros(until));
    }
    let (is, arrives, goes, comes) =
        if many { ("are", "arrive", "go", "come") } else { ("is", "arrives", "goes", "comes") };
    let _ = match fault.action {
        FaultAction::Drop => write!(text, " {is} lost"),
        FaultAction::DelayUs(us) => write!(text, " {comes} {} late", Micros(us)),
        FaultAction::Duplicate => write!(text, " {arrives} twice"),
        FaultAction::Corrupt => write!(text, " {arrives} corrupted"),
        FaultAction::Swap => write!(text, " {goes} behind the next"),
        FaultAction::Mark => write!(text, " {is} marked with congestion"),
    };
    text
}
