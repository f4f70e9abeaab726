//! Compares a segment of the machine with a line of the script, field by field.

use crate::config::Config;
use crate::flow::Flow;
use crate::script::{Marks, Tcp};
use wire::{Flags, Internet, Options, Segment, TcpOption};

/// Which part of what the script expects a segment is: Linux hands several segments of one burst to its interface as one, and the
/// script was written for that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// How many octets of the line came before it.
    pub offset: u32,
    /// Whether it is the last.
    pub is_last: bool,
}

/// What differs, in words; nothing where all is as the script says.
pub(crate) fn differences(
    segment: &Segment,
    expected: &Tcp,
    marks: &Marks,
    part: Part,
    flow: &mut Flow,
    config: &Config,
) -> Vec<&'static str> {
    let mut differences = Vec::new();
    let mut check = |holds: bool, what| {
        if !holds {
            differences.push(what);
        }
    };
    // PSH and FIN stand on the last segment of a burst; CWR on the first. Elsewhere PSH and CWR may stand or not.
    let mut ignored = Flags::NONE;
    let mut flags = expected.flags;
    if !part.is_last {
        ignored |= Flags::PSH;
        flags = flags.without(Flags::FIN);
    }
    if part.offset > 0 && expected.flags.contains(Flags::CWR) {
        ignored |= Flags::CWR;
    }
    check(segment.flags.without(ignored) == flags.without(ignored), "flags");
    check(flow.of_machine(segment.seq) == expected.seq.wrapping_add(part.offset), "sequence number");
    if expected.flags.ack() {
        check(segment.ack.0 == expected.ack.unwrap_or(0), "acknowledgment number");
    }
    if let Some(window) = expected.window {
        check(segment.window == window, "window");
    }
    if expected.flags.contains(Flags::URG) || expected.urgent.is_some() {
        check(segment.urgent == expected.urgent.unwrap_or(0), "urgent pointer");
    }
    if let Some(options) = &expected.options {
        check(same_options(&segment.options, options, flow, config), "options");
    }
    for difference in marks_differ(&segment.ip, marks) {
        check(false, difference);
    }
    differences
}

/// Which marks of the internet header differ.
pub(crate) fn marks_differ(ip: &Internet, marks: &Marks) -> Vec<&'static str> {
    let mut differences = Vec::new();
    if marks.ecn.is_some_and(|ecn| ecn != ip.ecn) {
        differences.push("ECN mark");
    }
    if marks.tos.is_some_and(|tos| tos != ip.dscp << 2 | ip.ecn.bits()) {
        differences.push("type of service");
    }
    if marks.ttl.is_some_and(|ttl| ttl != ip.ttl) {
        differences.push("time to live");
    }
    differences
}

/// Same options in the same order with the same padding. The machine's timestamp is taken relative to the first that the script named
/// and compared only where the script says how fast the clock goes.
fn same_options(sent: &Options, expected: &Options, flow: &mut Flow, config: &Config) -> bool {
    let mut same = sent.octets().len() == expected.octets().len();
    let (mut sent, mut expected) = (sent.iter(), expected.iter());
    loop {
        match (sent.next(), expected.next()) {
            (None, None) => return same,
            (
                Some(TcpOption::Timestamps { value, echo }),
                Some(TcpOption::Timestamps { value: expected_value, echo: expected_echo }),
            ) => {
                let relative = flow.timestamp(Some(expected_value), value);
                let off = relative.wrapping_sub(expected_value) as i32;
                let is_close =
                    u64::from(off.unsigned_abs()).saturating_mul(config.timestamp_tick) <= config.tolerance;
                same &= is_close && echo == expected_echo;
            }
            (sent, expected) if sent == expected => {}
            _ => return false,
        }
    }
}
