//! How data goes when nothing is lost: when small segments wait, when ACKs wait, how windows close and open.

use super::{CLIENT, PORT, a, b, behind, client, connected, connected_after, listening, pause, set, states};
use crate::kernel::scenario::{Does, Kind, Scenario, Side, Twist, scenario};
use sockets::{MsgFlag, OptionName};
use wire::Ecn;

/// A request and its answer: from then on both know that they talk in turns, and delay ACKs.
fn in_turns() -> Vec<crate::kernel::scenario::Step> {
    [
        a("c", Does::Send(10, &[])),
        b("x", Does::Recv(100, &[])),
        b("x", Does::Send(10, &[])),
        a("c", Does::Recv(100, &[])),
        pause(100),
    ]
    .concat()
}

pub fn all() -> Vec<Scenario> {
    vec![
        scenario(
            "echo",
            "Data there and back; the answer carries the ACK.",
            vec![connected(), in_turns(), in_turns(), a("c", Does::Close), pause(100), b("x", Does::Close), pause(100)],
        ),
        scenario(
            "delayed-ack",
            "Between hosts that talk in turns an ACK waits 40 ms for data to ride on (RFC 9293, 3.8.6.3).",
            vec![connected(), in_turns(), a("c", Does::Send(10, &[])), pause(300)],
        )
        .timed(),
        scenario(
            "quickack",
            "TCP_QUICKACK acknowledges at once (tcp(7)).",
            vec![connected(), in_turns(), b("x", set(OptionName::QuickAck, 1)), a("c", Does::Send(10, &[])), pause(300)],
        )
        .timed(),
        scenario(
            "nagle-and-delayed-ack",
            "Write, write, read: the second write waits for the delayed ACK of the first (RFC 9293, 3.7.4).",
            vec![
                connected(),
                in_turns(),
                a("c", Does::Send(5, &[])),
                a("c", Does::Send(7, &[])),
                pause(300),
                b("x", Does::Recv(100, &[])),
                b("x", Does::Send(10, &[])),
                a("c", Does::Recv(100, &[])),
                pause(100),
            ],
        )
        .timed(),
        scenario(
            "no-delay",
            "With TCP_NODELAY each write goes at once.",
            vec![
                connected(),
                a("c", set(OptionName::NoDelay, 1)),
                a("c", Does::Send(5, &[])),
                a("c", Does::Send(7, &[])),
                pause(100),
                b("x", Does::Recv(100, &[])),
            ],
        ),
        scenario(
            "nagle",
            "Without it the second write waits for the ACK of the first (RFC 9293, 3.7.4).",
            vec![
                connected(),
                a("c", Does::Send(5, &[])),
                a("c", Does::Send(7, &[])),
                a("c", Does::Send(9, &[])),
                pause(100),
                b("x", Does::Recv(100, &[])),
            ],
        ),
        scenario(
            "cork",
            "TCP_CORK gathers small writes until it is taken off (tcp(7)).",
            vec![
                connected(),
                a("c", set(OptionName::Cork, 1)),
                a("c", Does::Send(10, &[])),
                a("c", Does::Send(10, &[])),
                pause(50),
                a("c", set(OptionName::Cork, 0)),
                pause(100),
                b("x", Does::Recv(100, &[])),
            ],
        ),
        scenario(
            "cork-for-too-long",
            "A corked segment goes after 200 ms all the same (tcp(7)).",
            vec![connected(), a("c", set(OptionName::Cork, 1)), a("c", Does::Send(10, &[])), pause(600), b(
                "x",
                Does::Recv(100, &[]),
            )],
        )
        .timed(),
        scenario(
            "msg-more",
            "MSG_MORE holds a write back for the next (send(2)).",
            vec![
                connected(),
                a("c", Does::Send(10, &[MsgFlag::More])),
                pause(50),
                a("c", Does::Send(10, &[])),
                pause(100),
                b("x", Does::Recv(100, &[])),
            ],
        ),
        scenario(
            "peek",
            "MSG_PEEK leaves the data where it is (recv(2)).",
            vec![
                connected(),
                a("c", Does::Send(10, &[])),
                pause(50),
                b("x", Does::Recv(4, &[MsgFlag::Peek])),
                b("x", Does::Recv(100, &[MsgFlag::Peek])),
                b("x", Does::Recv(100, &[])),
                b("x", Does::Recv(100, &[MsgFlag::DontWait])),
            ],
        ),
        scenario(
            "zero-window-and-recovery",
            "A reader that does not read closes the window; probes go until it opens (RFC 9293, 3.8.6.1).",
            vec![
                listening(8),
                b("l", set(OptionName::RcvBuf, 4_096)),
                client("c", CLIENT),
                a("c", Does::Connect(PORT)),
                b("l", Does::Accept("x")),
                behind(a("c", Does::Send(20_000, &[]))),
                pause(2_000),
                b("x", Does::Recv(20_000, &[])),
                pause(150),
                b("x", Does::Recv(20_000, &[])),
                pause(150),
                b("x", Does::Recv(20_000, &[])),
                pause(150),
                b("x", Does::Recv(20_000, &[])),
                pause(150),
            ],
        )
        // A round trip of 80 ms: a tail loss probe waits for two, and would else race with a delayed ACK of 40 ms.
        .slow(40)
        .windowed()
        .timed(),
        scenario(
            "silly-window",
            "Reading a few octets does not open the window; reading much does (RFC 9293, 3.8.6.2.2).",
            vec![
                listening(8),
                b("l", set(OptionName::RcvBuf, 8_192)),
                client("c", CLIENT),
                a("c", Does::Connect(PORT)),
                b("l", Does::Accept("x")),
                behind(a("c", Does::Send(30_000, &[]))),
                pause(300),
                b("x", Does::Recv(100, &[])),
                pause(60),
                b("x", Does::Recv(100, &[])),
                pause(60),
                b("x", Does::Recv(4_000, &[])),
                pause(150),
                b("x", Does::Recv(20_000, &[])),
                pause(300),
            ],
        )
        .slow(40)
        .windowed(),
        scenario(
            "initial-window",
            "Ten segments go before the first ACK (RFC 6928); two more for each that is acknowledged (RFC 5681, 3.1).",
            vec![connected(), pause(50), a("c", Does::Send(60_000, &[])), pause(300), b("x", Does::Recv(99_999, &[]))],
        )
        .slow(30),
        scenario(
            "write-larger-than-a-segment",
            "A write is cut into segments; the last has PSH (RFC 9293, 3.9.1.2).",
            vec![
                connected(),
                a("c", Does::Send(4_000, &[])),
                pause(100),
                b("x", Does::Recv(9_000, &[])),
                b("x", Does::Send(4_344, &[])),
                pause(100),
                a("c", Does::Recv(9_000, &[])),
                pause(50),
            ],
        ),
        scenario(
            "ecn",
            "Both ask for ECN; a mark is echoed until it is answered with CWR (RFC 3168, 6.1).",
            vec![
                connected(),
                a("c", Does::Send(5_000, &[])),
                pause(100),
                a("c", Does::Send(5_000, &[])),
                pause(100),
                b("x", Does::Recv(20_000, &[])),
            ],
        )
        .sysctl(Side::A, "net.ipv4.tcp_ecn", "1")
        .sysctl(Side::B, "net.ipv4.tcp_ecn", "1")
        .fault(Side::A, Kind::Data, 2, Twist::Mark(Ecn::CongestionExperienced)),
        scenario(
            "ecn-asked-of-a-default-server",
            "A server as it comes answers ECN when it is asked (tcp_ecn = 2).",
            vec![connected(), a("c", Does::Send(100, &[])), pause(50), b("x", Does::Send(100, &[])), pause(100)],
        )
        .sysctl(Side::A, "net.ipv4.tcp_ecn", "1"),
        scenario(
            "keep-alive-answered",
            "A probe of an old number is answered by a living peer (RFC 9293, 3.8.4).",
            vec![
                connected_after(
                    [
                        a("c", set(OptionName::KeepAlive, 1)),
                        a("c", set(OptionName::KeepIdle, 1)),
                        a("c", set(OptionName::KeepInterval, 1)),
                        a("c", set(OptionName::KeepCount, 2)),
                    ]
                    .concat(),
                ),
                pause(2_500),
                states(),
            ],
        )
        .timed(),
        scenario(
            "keep-alive-unanswered",
            "Unanswered probes end the connection: ETIMEDOUT (tcp(7)).",
            vec![
                connected_after(
                    [
                        a("c", set(OptionName::KeepAlive, 1)),
                        a("c", set(OptionName::KeepIdle, 1)),
                        a("c", set(OptionName::KeepInterval, 1)),
                        a("c", set(OptionName::KeepCount, 2)),
                    ]
                    .concat(),
                ),
                a("c", Does::Recv(10, &[])),
                a("c", Does::Recv(10, &[])),
            ],
        )
        .faults(Side::B, Kind::Ack, 1, 99, Twist::Drop)
        .timed(),
    ]
}
