//! Polls that wait: what wakes them, and what they are told then.

use super::{CLIENT, PORT, a, b, behind, client, connected, listening, pause};
use crate::kernel::scenario::{Does, Kind, Scenario, Side, Twist, scenario};
use sockets::{Direction, MsgFlag, OptionName, OptionValue, PollEvent};

const IN: &[PollEvent] = &[PollEvent::In];
const OUT: &[PollEvent] = &[PollEvent::Out];
const ALL: &[PollEvent] = &[PollEvent::In, PollEvent::Out, PollEvent::RdHup];
const ENDS: &[PollEvent] = &[PollEvent::RdHup];
const URGENT: &[PollEvent] = &[PollEvent::Pri];

pub fn all() -> Vec<Scenario> {
    let error = || a("c", Does::Get(OptionName::Error));
    vec![
        scenario(
            "poll-for-a-handshake",
            "A connect that does not wait is over when the socket is writable; a second one says so (connect(2)).",
            vec![
                listening(8),
                client("c", CLIENT),
                a("c", Does::ConnectNow(PORT)),
                a("c", Does::ConnectNow(PORT)),
                behind(b("l", Does::Poll(IN))),
                a("c", Does::Poll(ALL)),
                error(),
                a("c", Does::ConnectNow(PORT)),
                a("c", Does::ConnectNow(PORT)),
                pause(50),
                b("l", Does::Accept("x")),
            ],
        ),
        scenario(
            "poll-for-a-refusal",
            "A handshake that was refused is POLLERR and POLLHUP too, and SO_ERROR says why.",
            vec![
                client("c", CLIENT),
                a("c", Does::ConnectNow(PORT)),
                a("c", Does::Poll(OUT)),
                error(),
                error(),
                a("c", Does::Poll(ALL)),
            ],
        ),
        scenario(
            "poll-for-a-refusal-unasked",
            "Errors come unasked (poll(2)).",
            vec![client("c", CLIENT), a("c", Does::ConnectNow(PORT)), a("c", Does::Poll(&[])), error()],
        ),
        scenario(
            "poll-for-data-and-its-end",
            "Data wakes who asked for it; the FIN who asked for that.",
            vec![
                connected(),
                behind(b("x", Does::Poll(IN))),
                behind(b("x", Does::Poll(ENDS))),
                a("c", Does::Send(100, &[])),
                pause(100),
                b("x", Does::Recv(999, &[])),
                a("c", Does::Shutdown(Direction::Write)),
                pause(100),
                b("x", Does::Poll(ALL)),
                b("x", Does::Shutdown(Direction::Write)),
                pause(100),
                b("x", Does::Poll(ALL)),
                a("c", Does::Poll(ALL)),
            ],
        ),
        scenario(
            "poll-for-a-reset",
            "A RST ends every wait.",
            vec![
                connected(),
                behind(b("x", Does::Poll(URGENT))),
                a("c", Does::Set(OptionName::Linger, OptionValue::Linger { on: true, seconds: 0 })),
                a("c", Does::Close),
                pause(100),
                b("x", Does::Poll(ALL)),
                b("x", Does::Recv(10, &[])),
                b("x", Does::Poll(ALL)),
            ],
        ),
        scenario(
            "poll-for-urgent-data",
            "The urgent pointer wakes who asked for it (RFC 6093).",
            vec![
                connected(),
                behind(b("x", Does::Poll(URGENT))),
                a("c", Does::Send(3, &[MsgFlag::Oob])),
                pause(100),
                b("x", Does::Recv(9, &[])),
                b("x", Does::Poll(ALL)),
                b("x", Does::Recv(1, &[MsgFlag::Oob])),
                b("x", Does::Poll(ALL)),
            ],
        ),
        scenario(
            "poll-for-a-low-mark",
            "SO_RCVLOWAT: the first octets do not wake, the rest does (socket(7)).",
            vec![
                connected(),
                b("x", super::set(OptionName::RcvLowAt, 500)),
                behind(b("x", Does::Poll(IN))),
                a("c", Does::Send(300, &[])),
                pause(100),
                b("x", Does::Recv(999, &[MsgFlag::DontWait, MsgFlag::Peek])),
                a("c", Does::Send(300, &[])),
                pause(100),
                b("x", Does::Recv(999, &[])),
            ],
        ),
        scenario(
            "poll-for-a-lost-segment",
            "What came behind a hole is not there to be read.",
            vec![
                connected(),
                behind(b("x", Does::Poll(IN))),
                a("c", Does::Send(1_000, &[])),
                a("c", Does::Send(1_000, &[])),
                pause(600),
                b("x", Does::Recv(9_999, &[])),
            ],
        )
        .fault(Side::A, Kind::Data, 1, Twist::Drop),
    ]
}
