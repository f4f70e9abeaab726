//! How connections begin, or do not.

use super::{
    CLIENT, PORT, a, b, behind, client, connected, connected_after, listening, pause, set, states, until,
};
use crate::kernel::scenario::{Does, Kind, Scenario, Side, Step, Twist, scenario};
use sockets::OptionName;

/// Two connections wait in a queue for three, and two more begin at once: only one can end its handshake.
fn overflowing() -> Vec<Step> {
    [
        listening(2),
        client("c1", CLIENT),
        client("c2", CLIENT + 1),
        client("c3", CLIENT + 2),
        client("c4", CLIENT + 3),
        a("c1", Does::Connect(PORT)),
        a("c2", Does::Connect(PORT)),
        pause(50),
        behind(a("c3", Does::Connect(PORT))),
        pause(4),
        behind(a("c4", Does::Connect(PORT))),
        pause(200),
    ]
    .concat()
}

pub fn all() -> Vec<Scenario> {
    vec![
        scenario("handshake", "Three segments (RFC 9293, 3.5).", vec![connected(), pause(50), states()])
            .windowed(),
        scenario(
            "lost-syn",
            "The SYN goes again after a second (RFC 6298, 2.1).",
            vec![connected(), pause(50)],
        )
        .fault(Side::A, Kind::Syn, 1, Twist::Drop)
        .timed(),
        scenario(
            "lost-syns",
            "Linux sends the first SYNs again a second apart (tcp_syn_linear_timeouts), then backs off.",
            vec![connected(), pause(50)],
        )
        .sysctl(Side::A, "net.ipv4.tcp_syn_linear_timeouts", "1")
        .faults(Side::A, Kind::Syn, 1, 3, Twist::Drop)
        .timed(),
        scenario(
            "lost-syn-ack-and-another-syn",
            "The client's SYN goes again and is answered again (RFC 9293, 3.10.7.4).",
            vec![connected(), pause(1_000)],
        )
        // Late, so that the server's own timer is not the first to fire.
        .fault(Side::A, Kind::Syn, 1, Twist::Delay(400))
        .fault(Side::B, Kind::SynAck, 1, Twist::Drop),
        scenario(
            "lost-syn-ack",
            "The server's timer sends the SYN-ACK again (RFC 9293, 3.8.1).",
            vec![connected(), pause(500)],
        )
        // The client's SYN goes again at the same time; it is late, so that the SYN-ACK is the first.
        .fault(Side::A, Kind::Syn, 2, Twist::Delay(300))
        .fault(Side::B, Kind::SynAck, 1, Twist::Drop),
        scenario(
            "lost-ack-of-handshake",
            "The SYN-ACK goes again, and the established client acknowledges it.",
            vec![
                listening(8),
                client("c", CLIENT),
                a("c", Does::Connect(PORT)),
                pause(100),
                states(),
                b("l", Does::Accept("x")),
            ],
        )
        .fault(Side::A, Kind::Ack, 1, Twist::Drop),
        scenario(
            "lost-ack-then-data",
            "Data completes the handshake whose ACK was lost.",
            vec![
                listening(8),
                client("c", CLIENT),
                a("c", Does::Connect(PORT)),
                a("c", Does::Send(10, &[])),
                b("l", Does::Accept("x")),
                b("x", Does::Recv(100, &[])),
                pause(100),
            ],
        )
        .fault(Side::A, Kind::Ack, 1, Twist::Drop),
        scenario(
            "refused",
            "Nobody listens: RST (RFC 9293, 3.10.7.1).",
            vec![client("c", CLIENT), a("c", Does::Connect(PORT)), a("c", Does::Get(OptionName::Error))],
        ),
        scenario(
            "simultaneous-open",
            "Both connect to each other (RFC 9293, 3.5, figure 7).",
            vec![
                client("c", CLIENT),
                b("x", Does::Socket),
                b("x", Does::Bind(PORT)),
                behind(a("c", Does::Connect(PORT))),
                behind(b("x", Does::Connect(CLIENT))),
                pause(300),
                states(),
                a("c", Does::Send(10, &[])),
                b("x", Does::Recv(100, &[])),
                pause(100),
            ],
        )
        .slow(50),
        scenario(
            "backlog-overflow",
            "The accept queue holds backlog + 1; a SYN that finds it full is ignored (listen(2)).",
            vec![
                listening(1),
                client("c1", CLIENT),
                client("c2", CLIENT + 1),
                client("c3", CLIENT + 2),
                a("c1", Does::Connect(PORT)),
                a("c2", Does::Connect(PORT)),
                pause(50),
                behind(a("c3", Does::Connect(PORT))),
                pause(500),
                states(),
                b("l", Does::Accept("x1")),
                pause(1_000),
                b("l", Does::Accept("x2")),
                b("l", Does::Accept("x3")),
            ],
        ),
        scenario(
            "backlog-overflow-at-the-ack",
            "Two handshakes for one place: an ACK that finds the queue full is ignored, and the SYN-ACK goes again.",
            vec![
                overflowing(),
                states(),
                b("l", Does::Accept("x1")),
                pause(1_500),
                states(),
                b("l", Does::Accept("x2")),
                b("l", Does::Accept("x3")),
                b("l", Does::Accept("x4")),
            ],
        ),
        scenario(
            "abort-on-overflow",
            "With tcp_abort_on_overflow a full accept queue answers the last ACK with RST.",
            vec![overflowing(), states(), a("c4", Does::Recv(10, &[]))],
        )
        .sysctl(Side::B, "net.ipv4.tcp_abort_on_overflow", "1"),
        scenario(
            "backlog-of-zero",
            "A backlog of 0 holds one connection, and every SYN gets a cookie (tcp_syncookies).",
            vec![
                listening(0),
                client("c1", CLIENT),
                a("c1", Does::Connect(PORT)),
                a("c1", Does::Send(10, &[])),
                pause(100),
                states(),
                b("l", Does::Accept("x1")),
                b("x1", Does::Recv(100, &[])),
            ],
        ),
        scenario(
            "connect-time-out",
            "TCP_SYNCNT retransmissions, then ETIMEDOUT (tcp(7)).",
            vec![client("c", CLIENT), a("c", set(OptionName::SynCount, 2)), a("c", Does::Connect(PORT))],
        )
        .faults(Side::A, Kind::Syn, 1, 99, Twist::Drop)
        .timed(),
        scenario(
            "data-before-accept",
            "The handshake and the data need no accept.",
            vec![
                listening(8),
                client("c", CLIENT),
                a("c", Does::Connect(PORT)),
                a("c", Does::Send(3_000, &[])),
                pause(100),
                b("l", Does::Accept("x")),
                b("x", Does::Recv(5_000, &[])),
                pause(50),
            ],
        ),
        scenario(
            "small-segments-agreed",
            "TCP_MAXSEG before the handshake is announced and kept (tcp(7)).",
            vec![
                connected_after(a("c", set(OptionName::MaxSeg, 536))),
                b("x", Does::Send(2_000, &[])),
                pause(100),
                a("c", Does::Recv(5_000, &[])),
                a("c", Does::Send(2_000, &[])),
                pause(100),
                a("c", Does::Get(OptionName::MaxSeg)),
                b("x", Does::Get(OptionName::MaxSeg)),
            ],
        ),
        scenario(
            "no-options",
            "Neither timestamps nor SACK nor window scaling: the server agrees to none.",
            vec![connected(), a("c", Does::Send(3_000, &[])), pause(100), b("x", Does::Recv(5_000, &[]))],
        )
        .sysctl(Side::B, "net.ipv4.tcp_timestamps", "0")
        .sysctl(Side::B, "net.ipv4.tcp_sack", "0")
        .sysctl(Side::B, "net.ipv4.tcp_window_scaling", "0")
        .windowed(),
        scenario(
            "no-options-asked",
            "Neither timestamps nor SACK nor window scaling: the client asks for none.",
            vec![connected(), a("c", Does::Send(3_000, &[])), pause(100), b("x", Does::Recv(5_000, &[]))],
        )
        .sysctl(Side::A, "net.ipv4.tcp_timestamps", "0")
        .sysctl(Side::A, "net.ipv4.tcp_sack", "0")
        .sysctl(Side::A, "net.ipv4.tcp_window_scaling", "0")
        .windowed(),
        scenario(
            "defer-accept",
            "With TCP_DEFER_ACCEPT the handshake's last ACK alone makes no connection (tcp(7)).",
            vec![
                listening(8),
                b("l", set(OptionName::DeferAccept, 5)),
                client("c", CLIENT),
                a("c", Does::Connect(PORT)),
                pause(100),
                states(),
                a("c", Does::Send(10, &[])),
                b("l", Does::Accept("x")),
                until(Side::B, Kind::Ack, 1),
                pause(50),
            ],
        ),
        scenario(
            "duplicate-syn",
            "A SYN that comes twice is answered twice, and makes one connection.",
            vec![connected(), pause(100)],
        )
        .fault(Side::A, Kind::Syn, 1, Twist::Twice(3)),
        scenario(
            "duplicate-syn-ack",
            "A SYN-ACK that comes twice is acknowledged twice.",
            vec![connected(), pause(100)],
        )
        .fault(Side::B, Kind::SynAck, 1, Twist::Twice(3)),
    ]
}
