//! What happens when segments are lost, late, or there twice.

use super::{a, b, behind, connected, connected_after, pause, set, states};
use crate::kernel::scenario::{Does, Kind, Scenario, Side, Step, Twist, scenario};
use sockets::OptionName;

/// A sends at once; B reads when all is over.
fn sends(octets: usize, millis: u64) -> Vec<Step> {
    [a("c", Does::Send(octets, &[])), pause(millis), b("x", Does::Recv(99_999, &[])), pause(50)].concat()
}

pub fn all() -> Vec<Scenario> {
    let steady = || [connected(), pause(50)].concat();
    let without_sack = |scenario: Scenario| scenario.sysctl(Side::B, "net.ipv4.tcp_sack", "0");
    vec![
        scenario(
            "fast-retransmit",
            "SACKs of three later segments send the lost one again at once (RFC 5681, 3.2; RFC 6675; RFC 8985).",
            vec![steady(), sends(10 * 1_448, 300)],
        )
        .fault(Side::A, Kind::Data, 3, Twist::Drop),
        without_sack(
            scenario(
                "fast-retransmit-by-duplicate-acks",
                "Without SACK three duplicate ACKs do the same (RFC 5681, 3.2; RFC 6582).",
                vec![steady(), sends(10 * 1_448, 300)],
            )
            .fault(Side::A, Kind::Data, 3, Twist::Drop),
        ),
        scenario(
            "two-losses-in-a-window",
            "SACK repairs both in one round trip.",
            vec![steady(), sends(10 * 1_448, 300)],
        )
        .fault(Side::A, Kind::Data, 2, Twist::Drop)
        .fault(Side::A, Kind::Data, 5, Twist::Drop),
        without_sack(
            scenario(
                "two-losses-and-partial-ack",
                "Without SACK a partial ACK sends the second lost segment again (RFC 6582, 3.2).",
                vec![steady(), sends(10 * 1_448, 400)],
            )
            .fault(Side::A, Kind::Data, 2, Twist::Drop)
            .fault(Side::A, Kind::Data, 5, Twist::Drop),
        ),
        scenario(
            "limited-transmit",
            "The first two duplicate ACKs let new segments go (RFC 3042).",
            vec![steady(), sends(14 * 1_448, 400)],
        )
        .fault(Side::A, Kind::Data, 1, Twist::Drop)
        .slow(30),
        scenario(
            "recovery-with-new-data",
            "New data goes during recovery as PRR allows (RFC 6937, RFC 9937).",
            vec![steady(), a("c", Does::Send(40 * 1_448, &[])), pause(600), b("x", Does::Recv(99_999, &[])), pause(50)],
        )
        .fault(Side::A, Kind::Data, 4, Twist::Drop)
        .slow(30),
        scenario(
            "retransmission-time-out",
            "The probe is lost too: the time-out sends again, and doubles (RFC 6298, 5).",
            vec![steady(), sends(1_000, 1_500)],
        )
        .faults(Side::A, Kind::Data, 1, 3, Twist::Drop)
        .timed(),
        scenario(
            "time-out-with-more-in-flight",
            "After a time-out slow start begins from one segment (RFC 5681, 3.1).",
            vec![steady(), sends(5 * 1_448, 1_500)],
        )
        .faults(Side::A, Kind::Data, 1, 6, Twist::Drop)
        .timed(),
        scenario(
            "spurious-time-out",
            "All data is late, not lost: F-RTO finds out (RFC 5682).",
            vec![steady(), sends(5 * 1_448, 1_200)],
        )
        .faults(Side::A, Kind::Data, 1, 5, Twist::Delay(400)),
        scenario(
            "tail-loss-probe",
            "The last segment is lost: a probe after two round trips (RFC 8985, 7).",
            vec![steady(), sends(4 * 1_448, 600)],
        )
        .fault(Side::A, Kind::Data, 4, Twist::Drop)
        .timed(),
        scenario(
            "tail-loss-probe-of-one",
            "With one segment in flight the probe waits for a delayed ACK too (RFC 8985, 7.2).",
            vec![steady(), sends(1_000, 600)],
        )
        .fault(Side::A, Kind::Data, 1, Twist::Drop)
        .timed(),
        scenario(
            "reordering",
            "A segment that two overtake and that is a little late is not sent again (RFC 8985, 6.2).",
            vec![steady(), sends(10 * 1_448, 200)],
        )
        .fault(Side::A, Kind::Data, 8, Twist::Delay(2)),
        scenario(
            "reordering-of-many",
            "A segment that seven overtake is taken for lost; the DSACK says that it was not (RFC 8985, 6.2; RFC 2883).",
            vec![steady(), sends(10 * 1_448, 200)],
        )
        .fault(Side::A, Kind::Data, 3, Twist::Delay(3)),
        scenario(
            "reordering-by-a-round-trip",
            "A segment that is very late is sent again; the duplicate is reported (RFC 2883).",
            vec![steady(), sends(10 * 1_448, 300)],
        )
        .fault(Side::A, Kind::Data, 3, Twist::Delay(60)),
        scenario(
            "duplicate-segment",
            "What is there already is acknowledged again with a DSACK (RFC 2883).",
            vec![steady(), sends(3 * 1_448, 200)],
        )
        .fault(Side::A, Kind::Data, 2, Twist::Twice(20)),
        scenario(
            "duplicate-segment-of-a-small-write",
            "The same with one small segment.",
            vec![steady(), sends(10, 200)],
        )
        .fault(Side::A, Kind::Data, 1, Twist::Twice(20)),
        scenario(
            "lost-ack",
            "A later ACK covers a lost one (RFC 9293, 3.4).",
            vec![steady(), sends(4 * 1_448, 300)],
        )
        .fault(Side::B, Kind::Ack, 1, Twist::Drop),
        scenario(
            "lost-only-ack",
            "Nothing covers the only ACK: the probe draws another, with a DSACK.",
            vec![steady(), sends(1_000, 600)],
        )
        .fault(Side::B, Kind::Ack, 1, Twist::Drop)
        .timed(),
        scenario(
            "user-time-out",
            "TCP_USER_TIMEOUT ends a connection whose data is not acknowledged (RFC 5482, tcp(7)).",
            vec![
                connected_after(a("c", set(OptionName::UserTimeout, 700))),
                pause(50),
                a("c", Does::Send(1_000, &[])),
                a("c", Does::Recv(10, &[])),
                states(),
                a("c", Does::Send(10, &[])),
            ],
        )
        .faults(Side::A, Kind::Data, 1, 99, Twist::Drop)
        .timed(),
        scenario(
            "both-send",
            "Data crosses; each direction acknowledges the other.",
            vec![
                steady(),
                behind(a("c", Does::Send(3 * 1_448, &[]))),
                behind(b("x", Does::Send(3 * 1_448, &[]))),
                pause(300),
                a("c", Does::Recv(9_999, &[])),
                b("x", Does::Recv(9_999, &[])),
                states(),
            ],
        )
        .slow(30),
        scenario(
            "wrapped-numbers",
            "Both directions cross 2^32 amid losses (RFC 9293, 3.4).",
            vec![
                steady(),
                sends(10 * 1_448, 300),
                b("x", Does::Send(10 * 1_448, &[])),
                pause(300),
                a("c", Does::Recv(99_999, &[])),
                a("c", Does::Close),
                pause(100),
                b("x", Does::Close),
                pause(50),
            ],
        )
        .fault(Side::A, Kind::Data, 2, Twist::Drop)
        .fault(Side::B, Kind::Data, 4, Twist::Drop)
        .renumbered(),
    ]
}
