//! Stories as text: every number for a person, and what must be the same for the comparison.

use crate::kernel::pipe::{Number, Seen};
use crate::kernel::play::Story;
use crate::kernel::scenario::{Scenario, Side};
use std::fmt::Write;
use wire::{Ecn, TcpOption};

/// What spans of time may differ by besides 20 %, in microseconds: the kernel's timers are rounded up, and other programs run.
const SLACK: u64 = 40_000;

/// A story with every number, in packetdrill's notation with relative numbers.
pub fn in_full(scenario: &Scenario, story: &Story) -> String {
    let mut text = format!("# {}: {}\n", scenario.name, scenario.about);
    for (side, name, value) in &scenario.sysctls {
        let _ = writeln!(text, "# {side:?}: {name} = {value}");
    }
    let _ = writeln!(text, "# one way {} ms; faults: {:?}", scenario.delay / 1_000, scenario.faults);
    text.push_str("# milliseconds, who sends, flags, first:after last(octets), options (numbers and timestamps relative)\n");
    for seen in &story.seen {
        let millis = format!("{}.{:03}", seen.at / 1_000, seen.at % 1_000);
        let _ = writeln!(text, "{millis:>10}  {}", line(seen, true, true));
    }
    text.push('\n');
    for outcome in &story.outcomes {
        let _ = writeln!(text, "{outcome}");
    }
    text
}

/// A segment as a line. Without `exact` only what two runs of the same thing share.
fn line(seen: &Seen, windows: bool, exact: bool) -> String {
    let segment = &seen.segment;
    let mut text = format!(
        "{:?}:{}",
        seen.from,
        match seen.from {
            Side::A => seen.ports.0,
            Side::B => seen.ports.1,
        }
    );
    let octets = segment.payload.len() as u32;
    let _ = write!(text, " {} {}:{}({octets})", segment.flags, number(seen.seq, 0), number(seen.seq, octets));
    if segment.flags.ack() {
        let _ = write!(text, " ack {}", number(seen.ack, 0));
    }
    if windows || exact {
        let _ = write!(text, " win {}", segment.window);
    }
    let mut options = Vec::new();
    for option in segment.options.iter() {
        options.push(match option {
            TcpOption::Timestamps { .. } => match seen.stamps {
                Some((value, echo)) if exact => format!("TS val {value} ecr {echo}"),
                _ => "TS".into(),
            },
            TcpOption::Sack(_) => {
                let blocks = seen
                    .sack
                    .iter()
                    .map(|(start, end)| format!(" {}:{}", number(*start, 0), number(*end, 0)));
                format!("sack{}", blocks.collect::<String>())
            }
            TcpOption::Mss(octets) => format!("mss {octets}"),
            TcpOption::WindowScale(shift) => format!("wscale {shift}"),
            TcpOption::SackPermitted => "sackOK".into(),
            TcpOption::Nop => "nop".into(),
            TcpOption::End => "eol".into(),
            TcpOption::Unknown { kind, data } => format!("kind {kind} {data:02x?}"),
        });
    }
    if !options.is_empty() {
        let _ = write!(text, " <{}>", options.join(","));
    }
    text.push_str(match segment.ip.ecn {
        Ecn::NotCapable => "",
        Ecn::Capable1 => " [ECT(1)]",
        Ecn::Capable0 => " [ECT(0)]",
        Ecn::CongestionExperienced => " [CE]",
    });
    if !seen.fate.is_empty() {
        let _ = write!(text, " [{}]", seen.fate);
    }
    text
}

fn number(number: Number, add: u32) -> String {
    match number {
        Number::Here(here) => here.wrapping_add(add).to_string(),
        Number::Before(before) => format!("{}(before)", before.wrapping_add(add)),
        Number::Elsewhere => "elsewhere".into(),
    }
}

/// Where two stories differ; empty where they are the same. `first` and `second` say whose they are.
pub fn differences(scenario: &Scenario, [first, second]: [(&str, &Story); 2]) -> String {
    let mut text = String::new();
    for side in Side::BOTH {
        let lines = |story: &Story| -> Vec<String> {
            story
                .seen
                .iter()
                .filter(|seen| seen.from == side)
                .map(|seen| line(seen, scenario.windows, false))
                .collect()
        };
        beside(&mut text, &format!("{side:?} sends"), [lines(first.1), lines(second.1)]);
    }
    beside(&mut text, "outcomes", [first.1.outcomes.clone(), second.1.outcomes.clone()]);
    if scenario.times && text.is_empty() {
        for side in Side::BOTH {
            times(&mut text, scenario, side, [first.1, second.1]);
        }
    }
    if !text.is_empty() {
        text = format!("  - {}   + {}\n{text}", first.0, second.0);
    }
    text
}

/// The lines of both, where they differ: `-` for what only the first has, `+` for what only the second has.
fn beside(text: &mut String, title: &str, [first, second]: [Vec<String>; 2]) {
    if first == second {
        return;
    }
    let _ = writeln!(text, "  {title}:");
    // The longest common subsequence, from the back.
    let mut longest = vec![vec![0_usize; second.len() + 1]; first.len() + 1];
    for i in (0..first.len()).rev() {
        for j in (0..second.len()).rev() {
            longest[i][j] = match first[i] == second[j] {
                true => longest[i + 1][j + 1] + 1,
                false => longest[i + 1][j].max(longest[i][j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < first.len() || j < second.len() {
        if i < first.len() && j < second.len() && first[i] == second[j] {
            let _ = writeln!(text, "      {}", first[i]);
            i += 1;
            j += 1;
        } else if j == second.len() || i < first.len() && longest[i + 1][j] >= longest[i][j + 1] {
            let _ = writeln!(text, "    - {}", first[i]);
            i += 1;
        } else {
            let _ = writeln!(text, "    + {}", second[j]);
            j += 1;
        }
    }
}

/// The spans between a host's segments, of which each may differ by 20 % and [`SLACK`].
fn times(text: &mut String, scenario: &Scenario, side: Side, stories: [&Story; 2]) {
    let [first, second] = stories.map(|story| {
        let at: Vec<u64> = story.seen.iter().filter(|seen| seen.from == side).map(|seen| seen.at).collect();
        at.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<u64>>()
    });
    for (index, (one, other)) in first.iter().zip(&second).enumerate() {
        if one.abs_diff(*other) > SLACK + one.max(other) / 5 {
            let of = |story: &Story| {
                let seen = story.seen.iter().filter(|seen| seen.from == side).nth(index + 1);
                seen.map(|seen| line(seen, scenario.windows, false)).unwrap_or_default()
            };
            let _ =
                writeln!(text, "    - {} ms, + {} ms before {}", one / 1_000, other / 1_000, of(stories[0]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::scenario::scenario;
    use wire::{Flags, Internet, Options, Segment, Seq};

    fn story(sent: &[(u64, Flags)], outcomes: &[&str]) -> Story {
        let seen = |(at, flags): &(u64, Flags)| Seen {
            at: *at,
            from: Side::A,
            segment: Segment {
                ip: Internet::between(Side::A.address().into(), Side::B.address().into()),
                source_port: 1,
                destination_port: 2,
                seq: Seq(7),
                ack: Seq(0),
                flags: *flags,
                window: 100,
                urgent: 0,
                options: Options::NONE,
                payload: bytes::Bytes::new(),
            },
            fate: "",
            ports: (1, 2),
            seq: Number::Here(0),
            ack: Number::Here(1),
            sack: Vec::new(),
            stamps: None,
        };
        Story {
            seen: sent.iter().map(seen).collect(),
            outcomes: outcomes.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[track_caller]
    fn check(first: &Story, second: &Story, expected: &str) {
        let scenario = scenario("a", "b", Vec::new()).timed();
        assert_eq!(differences(&scenario, [("kernel", first), ("engine", second)]), expected);
    }

    #[test]
    fn what_differs_is_found_and_told() {
        let usual = story(&[(0, Flags::SYN), (20_000, Flags::ACK)], &["connect: ok"]);
        check(&usual, &usual, "");
        check(
            &usual,
            &story(&[(0, Flags::SYN)], &["connect: ok"]),
            "  - kernel   + engine\n  A sends:\n      A:1 S 0:0(0)\n    - A:1 . 0:0(0) ack 1\n",
        );
        check(
            &usual,
            &story(&[(0, Flags::SYN), (20_000, Flags::FIN_ACK)], &["connect: ok"]),
            "  - kernel   + engine\n  A sends:\n      A:1 S 0:0(0)\n    - A:1 . 0:0(0) ack 1\n    + A:1 F. 0:0(0) ack 1\n",
        );
        check(
            &usual,
            &story(&[(0, Flags::SYN), (20_000, Flags::ACK)], &["connect: ETIMEDOUT"]),
            "  - kernel   + engine\n  outcomes:\n    - connect: ok\n    + connect: ETIMEDOUT\n",
        );
        check(&usual, &story(&[(0, Flags::SYN), (59_000, Flags::ACK)], &["connect: ok"]), "");
        check(
            &usual,
            &story(&[(0, Flags::SYN), (220_000, Flags::ACK)], &["connect: ok"]),
            "  - kernel   + engine\n    - 20 ms, + 220 ms before A:1 . 0:0(0) ack 1\n",
        );
    }
}
