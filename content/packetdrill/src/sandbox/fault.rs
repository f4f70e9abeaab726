//! What befalls single datagrams, in a line of words: `--fault="drop from=client flags=SYN-ACK"`.

use super::world::scaled;
use core::fmt::Write;
use sim::world::{FaultAction, FaultPart, Protocol};

const ACTIONS: &str = "drop, delay=20ms, duplicate, corrupt, swap or mark";
const WORDS: &str = "from=HOST, to=HOST, protocol=tcp, flags=SYN-ACK, data=yes, again=yes, seq=1-1000, from-port=80, to-port=80, after=0.1s, before=1s, nth=3, times=2 or times=all";

/// Reads a line of words.
///
/// # Errors
/// The first word that is not understood, and what can be written.
pub(super) fn read(text: &str) -> Result<FaultPart, String> {
    let mut words = text.split_whitespace();
    let action = match words.next() {
        Some("drop") => FaultAction::Drop,
        Some("duplicate") => FaultAction::Duplicate,
        Some("corrupt") => FaultAction::Corrupt,
        Some("swap") => FaultAction::Swap,
        Some("mark") => FaultAction::Mark,
        Some(word) => match word.strip_prefix("delay=").and_then(time) {
            Some(us) => FaultAction::DelayUs(us),
            None => return Err(format!("“{word}” is nothing that befalls a datagram: begin with {ACTIONS}")),
        },
        None => return Err(format!("say what befalls which datagrams: {ACTIONS}, then {WORDS}")),
    };
    let mut part = FaultPart::first(action);
    for word in words {
        take(&mut part, word).ok_or_else(|| format!("“{word}” is not understood: write {WORDS}"))?;
    }
    Ok(part)
}

fn take(part: &mut FaultPart, word: &str) -> Option<()> {
    let (key, value) = word.split_once('=').filter(|(_, value)| !value.is_empty())?;
    let yes = || match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    match key {
        "from" => part.from = Some(value.into()),
        "to" => part.to = Some(value.into()),
        "flags" => part.flags = Some(value.into()),
        "protocol" => {
            part.protocol = Some(match value {
                "tcp" => Protocol::Tcp,
                "udp" => Protocol::Udp,
                "icmp" => Protocol::Icmp,
                _ => return None,
            });
        }
        "data" => part.data = Some(yes()?),
        "again" => part.retransmission = Some(yes()?),
        "seq" => {
            let (first, last) = value.split_once('-').unwrap_or((value, value));
            part.seq = Some([first.parse().ok()?, last.parse().ok()?]);
        }
        "from-port" => part.source_port = Some(value.parse().ok()?),
        "to-port" => part.destination_port = Some(value.parse().ok()?),
        "after" => part.from_us = Some(time(value)?),
        "before" => part.until_us = Some(time(value)?),
        "nth" => part.nth = value.parse().ok()?,
        "times" if value == "all" => part.times = 0,
        "times" => part.times = value.parse().ok()?,
        _ => return None,
    }
    Some(())
}

fn time(text: &str) -> Option<u64> {
    scaled(text, &[("us", 1), ("ms", 1_000), ("s", 1_000_000)])
}

/// A fault as a line of words, which [`read`] reads again. Its link is left out: there is one.
pub fn fault_line(part: &FaultPart) -> String {
    let mut text = match part.action {
        FaultAction::Drop => "drop".to_owned(),
        FaultAction::DelayUs(us) => format!("delay={}", time_word(us)),
        FaultAction::Duplicate => "duplicate".to_owned(),
        FaultAction::Corrupt => "corrupt".to_owned(),
        FaultAction::Swap => "swap".to_owned(),
        FaultAction::Mark => "mark".to_owned(),
    };
    let mut say = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            write!(text, " {key}={value}").expect("a String takes all");
        }
    };
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    say("from", part.from.clone());
    say("to", part.to.clone());
    say(
        "protocol",
        part.protocol.map(|protocol| {
            match protocol {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
                Protocol::Icmp => "icmp",
            }
            .to_owned()
        }),
    );
    say("flags", part.flags.clone());
    say("data", part.data.map(yes));
    say("again", part.retransmission.map(yes));
    say(
        "seq",
        part.seq
            .map(|[first, last]| if first == last { first.to_string() } else { format!("{first}-{last}") }),
    );
    say("from-port", part.source_port.map(|port| port.to_string()));
    say("to-port", part.destination_port.map(|port| port.to_string()));
    say("after", part.from_us.map(time_word));
    say("before", part.until_us.map(time_word));
    say("nth", (part.nth != 1).then(|| part.nth.to_string()));
    say(
        "times",
        match part.times {
            1 => None,
            0 => Some("all".into()),
            times => Some(times.to_string()),
        },
    );
    text
}

/// Microseconds with the unit that makes them shortest: `20ms`.
pub fn time_word(us: u64) -> String {
    match us {
        us if us > 0 && us % 1_000_000 == 0 => format!("{}s", us / 1_000_000),
        us if us > 0 && us % 1_000 == 0 => format!("{}ms", us / 1_000),
        us => format!("{us}us"),
    }
}
