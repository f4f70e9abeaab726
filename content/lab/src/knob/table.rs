//! The tables of the knobs of links and hosts: what each is called, what it may be, what it means.

use super::{Field, Scale, Unit};

/// A row of the link's table: field, its name in the scenario, label, unit, least, most, scale, what no value means, explanation.
pub(super) type PathRow =
    (Field, &'static str, &'static str, Unit, u64, u64, Scale, &'static str, &'static str);

pub(super) const PATH: [PathRow; 9] = [
    (
        Field::Delay,
        "delay_us",
        "delay",
        Unit::Micros,
        0,
        1_000_000,
        Scale::Logarithmic,
        "none",
        "How long a datagram is under way; half of the round-trip time.",
    ),
    (
        Field::Rate,
        "rate_bps",
        "rate",
        Unit::BitsPerSecond,
        10_000,
        10_000_000_000,
        Scale::Logarithmic,
        "no limit",
        "How fast the link sends; what comes faster waits in the queue.",
    ),
    (
        Field::Queue,
        "queue_datagrams",
        "queue",
        Unit::Datagrams,
        0,
        2_000,
        Scale::Logarithmic,
        "1000",
        "How many datagrams may wait for the link; one more is thrown away.",
    ),
    (
        Field::Loss,
        "loss_ppm",
        "loss",
        Unit::PartsPerMillion,
        0,
        500_000,
        Scale::Logarithmic,
        "none",
        "How many of the datagrams are lost by chance.",
    ),
    (
        Field::Jitter,
        "jitter_us",
        "jitter",
        Unit::Micros,
        0,
        500_000,
        Scale::Logarithmic,
        "none",
        "How much longer a datagram may take, by chance, without overtaking another.",
    ),
    (
        Field::Reorder,
        "reorder_ppm",
        "reordering",
        Unit::PartsPerMillion,
        0,
        500_000,
        Scale::Logarithmic,
        "none",
        "How many of the datagrams are late by chance, so that others overtake them.",
    ),
    (
        Field::Duplicate,
        "duplicate_ppm",
        "duplication",
        Unit::PartsPerMillion,
        0,
        500_000,
        Scale::Logarithmic,
        "none",
        "How many of the datagrams arrive twice by chance.",
    ),
    (
        Field::Corrupt,
        "corrupt_ppm",
        "corruption",
        Unit::PartsPerMillion,
        0,
        500_000,
        Scale::Logarithmic,
        "none",
        "How many of the datagrams arrive with changed bits by chance; the checksum finds them.",
    ),
    (
        Field::Mark,
        "mark_above_datagrams",
        "marking",
        Unit::Datagrams,
        0,
        2_000,
        Scale::Logarithmic,
        "never",
        "With so many datagrams waiting, the link marks what is ECN-capable instead of waiting until it must drop.",
    ),
];

pub(super) type SysctlRow =
    (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

const ON_OFF: &[(&str, &str)] = &[("1", "on"), ("0", "off")];

pub(super) const SYSCTLS: [SysctlRow; 7] = [
    (
        "net.ipv4.tcp_congestion_control",
        "congestion control",
        &[("cubic", "CUBIC"), ("reno", "Reno")],
        "How the sender's window grows without loss, and shrinks with it.",
    ),
    (
        "net.ipv4.tcp_sack",
        "SACK",
        ON_OFF,
        "Whether the receiver may say which segments beyond a hole have arrived; both sides must want it.",
    ),
    (
        "net.ipv4.tcp_timestamps",
        "timestamps",
        ON_OFF,
        "Whether segments carry timestamps, from which each ACK gives a round-trip time; both sides must want it.",
    ),
    (
        "net.ipv4.tcp_window_scaling",
        "window scaling",
        ON_OFF,
        "Whether windows above 65,535 octets can be announced; both sides must want it.",
    ),
    (
        "net.ipv4.tcp_ecn",
        "ECN",
        &[("1", "ask and answer"), ("2", "answer only"), ("0", "off")],
        "Whether routers may mark a datagram instead of dropping it.",
    ),
    (
        "net.ipv4.tcp_early_retrans",
        "tail loss probe",
        &[("3", "on"), ("0", "off")],
        "Whether the last segment is sent again early when its ACK stays away.",
    ),
    (
        "net.ipv4.tcp_recovery",
        "RACK",
        &[("1", "on"), ("0", "off")],
        "Whether losses are found by time, besides three duplicate ACKs.",
    ),
];
