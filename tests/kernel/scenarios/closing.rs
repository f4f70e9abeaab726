//! How connections end.

use super::{CLIENT, PORT, a, b, behind, client, connected, listening, pause, set, states};
use crate::kernel::scenario::{Does, Kind, Scenario, Side, Twist, scenario};
use sockets::{Direction, OptionName, OptionValue};

pub fn all() -> Vec<Scenario> {
    let reset = || Does::Set(OptionName::Linger, OptionValue::Linger { on: true, seconds: 0 });
    vec![
        scenario(
            "client-closes-first",
            "FIN, ACK, FIN, ACK (RFC 9293, 3.6); the client is in TIME-WAIT.",
            vec![
                connected(),
                a("c", Does::Close),
                b("x", Does::Recv(100, &[])),
                pause(100),
                states(),
                b("x", Does::Close),
                pause(100),
            ],
        ),
        scenario(
            "server-closes-first",
            "The same with the roles changed; the server is in TIME-WAIT.",
            vec![
                connected(),
                b("x", Does::Close),
                a("c", Does::Recv(100, &[])),
                pause(100),
                states(),
                a("c", Does::Close),
                pause(100),
            ],
        ),
        scenario(
            "close-at-once",
            "The FIN is answered by a program that closes at once: three segments.",
            vec![connected(), behind(b("x", Does::Recv(100, &[]))), a("c", Does::Send(10, &[])), a("c", Does::Close), pause(
                100,
            ), b("x", Does::Recv(100, &[])), b("x", Does::Close), pause(100)],
        ),
        scenario(
            "simultaneous-close",
            "Both FINs cross (RFC 9293, 3.6, figure 13): CLOSING, then TIME-WAIT at both ends.",
            vec![
                connected(),
                pause(100),
                a("c", Does::Close),
                b("x", Does::Close),
                pause(20),
                states(),
                pause(200),
            ],
        )
        .slow(50),
        scenario(
            "half-close",
            "One direction ends, the other goes on (RFC 9293, 3.6).",
            vec![
                connected(),
                a("c", Does::Send(10, &[])),
                a("c", Does::Shutdown(Direction::Write)),
                pause(100),
                b("x", Does::Recv(100, &[])),
                b("x", Does::Recv(100, &[])),
                states(),
                a("c", Does::Send(1, &[])),
                b("x", Does::Send(5_000, &[])),
                pause(100),
                a("c", Does::Recv(9_000, &[])),
                b("x", Does::Close),
                a("c", Does::Recv(100, &[])),
                a("c", Does::Close),
                pause(100),
            ],
        ),
        scenario(
            "reset-on-unread-data",
            "close with unread data sends RST (RFC 9293, 3.6.1; RFC 2525, 2.17).",
            vec![
                connected(),
                a("c", Does::Send(10, &[])),
                pause(100),
                b("x", Does::Close),
                a("c", Does::Recv(100, &[])),
                a("c", Does::Recv(100, &[])),
                a("c", Does::Send(10, &[])),
            ],
        ),
        scenario(
            "linger-0",
            "SO_LINGER of 0 seconds: RST instead of FIN (socket(7)).",
            vec![
                connected(),
                a("c", Does::Send(10, &[])),
                pause(100),
                a("c", reset()),
                a("c", Does::Close),
                pause(100),
                b("x", Does::Recv(100, &[])),
                b("x", Does::Recv(100, &[])),
                b("x", Does::Recv(100, &[])),
            ],
        ),
        scenario(
            "send-after-reset",
            "The first call after a RST answers the error, the next send EPIPE.",
            vec![
                connected(),
                b("x", reset()),
                b("x", Does::Close),
                pause(100),
                a("c", Does::Send(10, &[])),
                a("c", Does::Send(10, &[])),
                a("c", Does::Recv(10, &[])),
            ],
        ),
        scenario(
            "shutdown-then-reset",
            "A half-closed connection is reset.",
            vec![
                connected(),
                a("c", Does::Shutdown(Direction::Write)),
                b("x", Does::Recv(100, &[])),
                pause(100),
                b("x", reset()),
                b("x", Does::Close),
                a("c", Does::Recv(100, &[])),
                a("c", Does::Recv(100, &[])),
            ],
        ),
        scenario(
            "data-after-close",
            "Data for a socket that nobody has any more is answered with RST (RFC 9293, 3.6.1; RFC 1122, 4.2.2.13).",
            vec![
                connected(),
                b("x", Does::Close),
                pause(100),
                a("c", Does::Send(10, &[])),
                pause(100),
                states(),
                a("c", Does::Send(10, &[])),
                a("c", Does::Recv(10, &[])),
                a("c", Does::Recv(10, &[])),
            ],
        ),
        scenario(
            "data-after-shutdown-both",
            "shutdown of both directions refuses later data with RST.",
            vec![
                connected(),
                b("x", Does::Shutdown(Direction::Both)),
                pause(100),
                a("c", Does::Send(10, &[])),
                pause(100),
                b("x", Does::Recv(10, &[])),
                b("x", Does::Send(10, &[])),
                a("c", Does::Recv(10, &[])),
            ],
        ),
        scenario(
            "shutdown-read",
            "SHUT_RD says nothing to the peer; data still comes and can be read.",
            vec![
                connected(),
                b("x", Does::Shutdown(Direction::Read)),
                b("x", Does::Recv(10, &[])),
                a("c", Does::Send(10, &[])),
                pause(100),
                b("x", Does::Recv(100, &[])),
                b("x", Does::Recv(100, &[])),
            ],
        ),
        scenario(
            "orphan-in-fin-wait-2",
            "A closed socket whose FIN is acknowledged is forgotten after tcp_fin_timeout; later data is answered with RST.",
            vec![
                connected(),
                b("x", Does::Close),
                pause(100),
                states(),
                pause(2_400),
                states(),
                a("c", Does::Send(10, &[])),
                pause(100),
                a("c", Does::Recv(10, &[])),
                a("c", Does::Recv(10, &[])),
            ],
        )
        .sysctl(Side::B, "net.ipv4.tcp_fin_timeout", "1"),
        scenario(
            "lost-fin",
            "A FIN is sent again like data (tail loss probe, RFC 8985, 7).",
            vec![connected(), pause(100), a("c", Does::Close), pause(500), b("x", Does::Recv(10, &[])), b("x", Does::Close), pause(100)],
        )
        .fault(Side::A, Kind::Fin, 1, Twist::Drop)
        .timed(),
        scenario(
            "lost-ack-of-fin",
            "The FIN goes again and is acknowledged again, from CLOSE-WAIT.",
            vec![connected(), pause(100), a("c", Does::Close), pause(500), states()],
        )
        .faults(Side::B, Kind::Ack, 1, 1, Twist::Drop),
        scenario(
            "lost-last-ack",
            "The last FIN goes again; TIME-WAIT acknowledges it again (RFC 9293, 3.10.7.8).",
            vec![connected(), pause(100), a("c", Does::Close), pause(100), b("x", Does::Close), pause(600)],
        )
        .faults(Side::A, Kind::Ack, 2, 2, Twist::Drop),
        scenario(
            "time-wait-reuse-by-the-client",
            "The only port is in TIME-WAIT: connect fails at first, and takes it over after a second (tcp_tw_reuse, RFC 6191).",
            vec![
                listening(8),
                a("c", Does::Socket),
                a("c", Does::Connect(PORT)),
                b("l", Does::Accept("x")),
                a("c", Does::Close),
                b("x", Does::Recv(10, &[])),
                pause(100),
                b("x", Does::Close),
                pause(100),
                states(),
                a("c2", Does::Socket),
                a("c2", Does::Connect(PORT)),
                pause(1_200),
                a("c3", Does::Socket),
                a("c3", Does::Connect(PORT)),
                b("l", Does::Accept("y")),
                pause(100),
            ],
        )
        .sysctl(Side::A, "net.ipv4.ip_local_port_range", "40001 40001")
        .sysctl(Side::A, "net.ipv4.tcp_tw_reuse", "1"),
        scenario(
            "half-open-discovered",
            "A SYN for a connection of which only one end knows: challenge ACK, RST, SYN again (RFC 9293, 3.5.1, figure 9).",
            vec![
                connected(),
                pause(100),
                a("c", reset()),
                a("c", Does::Close),
                // The next connection's numbers begin elsewhere by then.
                pause(400),
                states(),
                client("c2", CLIENT),
                a("c2", Does::Connect(PORT)),
                b("x", Does::Recv(10, &[])),
                b("l", Does::Accept("y")),
                pause(100),
            ],
        )
        .fault(Side::A, Kind::Rst, 1, Twist::Drop),
        scenario(
            "time-wait-reopened-by-a-syn",
            "A SYN with a newer timestamp or number begins anew from TIME-WAIT (RFC 9293, 3.6.1; RFC 6191).",
            vec![
                connected(),
                b("x", Does::Close),
                a("c", Does::Recv(10, &[])),
                pause(100),
                a("c", Does::Close),
                pause(100),
                states(),
                client("c2", CLIENT),
                a("c2", Does::Connect(PORT)),
                b("l", Does::Accept("y")),
                pause(100),
            ],
        ),
        scenario(
            "close-lingers",
            "With SO_LINGER close waits until the data is acknowledged.",
            vec![
                connected(),
                a("c", Does::Set(OptionName::Linger, OptionValue::Linger { on: true, seconds: 5 })),
                a("c", Does::Send(3_000, &[])),
                a("c", Does::Close),
                states(),
                b("x", Does::Recv(5_000, &[])),
                b("x", set(OptionName::NoDelay, 1)),
                b("x", Does::Close),
                pause(100),
            ],
        ),
        scenario(
            "unsent-data-and-close",
            "close sends what is in the send buffer, then FIN.",
            vec![connected(), a("c", Does::Send(30_000, &[])), a("c", Does::Close), pause(200), b("x", Does::Recv(50_000, &[])), b(
                "x",
                Does::Recv(50_000, &[]),
            ), b("x", Does::Close), pause(100)],
        ),
    ]
}
