//! Segments that do not belong: old, from the future, forged.

use super::{a, b, connected, inject, pause, states};
use crate::kernel::scenario::{Does, Injection, Scenario, Side, Step, scenario};
use wire::Flags;

/// Connected, with 3,000 octets there and 100 back, all read.
fn talked() -> Vec<Step> {
    [
        connected(),
        pause(50),
        a("c", Does::Send(3_000, &[])),
        pause(100),
        b("x", Does::Recv(9_999, &[])),
        b("x", Does::Send(100, &[])),
        a("c", Does::Recv(999, &[])),
        pause(100),
    ]
    .concat()
}

/// As if A had sent it.
fn forged(flags: Flags) -> Injection {
    Injection::new(Side::A, flags)
}

fn after(injections: &[Injection]) -> Vec<Step> {
    let each = injections.iter().flat_map(|injection| [inject(*injection), pause(60)].concat());
    [talked(), each.collect(), states(), a("c", Does::Send(10, &[])), pause(60)].concat()
}

pub fn all() -> Vec<Scenario> {
    let ack = forged(Flags::ACK);
    let data = Injection { length: 100, ..forged(Flags::PSH_ACK) };
    let reset = forged(Flags::RST);
    let scenario = |name, about, injections: &[Injection]| scenario(name, about, vec![after(injections)]);
    vec![
        scenario(
            "syn-to-established",
            "A SYN in an established connection draws a challenge ACK (RFC 5961, 4).",
            &[Injection { timestamp: None, ..forged(Flags::SYN) }],
        ),
        scenario(
            "syn-far-off-to-established",
            "The same with a number outside the window.",
            &[Injection { seq: 1_000_000, timestamp: None, ..forged(Flags::SYN) }],
        ),
        scenario(
            "old-ack",
            "An ACK of what was acknowledged before is ignored (RFC 9293, 3.10.7.4).",
            &[Injection { ack: -50, ..ack }],
        ),
        scenario(
            "very-old-ack",
            "An ACK from before the largest window draws a challenge ACK (RFC 5961, 5).",
            &[Injection { ack: -1_000_000, ..ack }],
        ),
        scenario(
            "ack-of-the-future",
            "An ACK of what was never sent draws an ACK (RFC 9293, 3.10.7.4).",
            &[Injection { ack: 1_000, ..ack }],
        ),
        scenario(
            "old-data",
            "Data that was received before draws a duplicate ACK (RFC 9293, 3.10.7.4; RFC 2883).",
            &[Injection { seq: -100, ..data }],
        ),
        scenario(
            "data-beyond-the-window",
            "Data beyond the window draws a duplicate ACK (RFC 9293, 3.10.7.4).",
            &[Injection { seq: 1_000_000, ..data }],
        ),
        scenario(
            "data-out-of-order",
            "Data beyond a gap is kept and reported (RFC 2018).",
            &[
                Injection { seq: 500, ..data },
                Injection { seq: 1_000, ..data },
                Injection { seq: 600, ..data },
            ],
        ),
        scenario(
            "old-timestamp",
            "PAWS: data with an older timestamp draws an ACK (RFC 7323, 5.3).",
            &[Injection { timestamp: Some(-10_000), ..data }],
        ),
        scenario(
            "no-timestamp",
            "Data without the agreed timestamp (RFC 7323, 3.2).",
            &[Injection { timestamp: None, ..data }],
        ),
        scenario(
            "reset-exact",
            "A RST with exactly the next number ends the connection (RFC 5961, 3).",
            &[Injection { timestamp: None, ..reset }],
        ),
        scenario(
            "reset-in-the-window",
            "A RST elsewhere in the window draws a challenge ACK (RFC 5961, 3).",
            &[Injection { seq: 100, timestamp: None, ..reset }],
        ),
        scenario(
            "reset-outside-the-window",
            "A RST outside the window is ignored.",
            &[Injection { seq: -1_000, timestamp: None, ..reset }],
        ),
        scenario(
            "no-flags",
            "A segment without ACK is ignored (RFC 9293, 3.10.7.4).",
            &[Injection { length: 100, ..forged(Flags::NONE) }],
        ),
        scenario(
            "challenge-acks-are-limited",
            "One connection answers two forged SYNs within half a second once (tcp_invalid_ratelimit).",
            &[
                Injection { timestamp: None, ..forged(Flags::SYN) },
                Injection { timestamp: None, ..forged(Flags::SYN) },
            ],
        ),
        scenario(
            "syn-ack-to-established",
            "A SYN-ACK in an established connection draws a challenge ACK.",
            &[Injection { seq: -3_001, timestamp: None, ..forged(Flags::SYN_ACK) }],
        ),
        scenario(
            "fin-out-of-order",
            "A FIN beyond a gap waits for what is missing.",
            &[Injection { seq: 10, ..forged(Flags::FIN_ACK) }],
        ),
    ]
}
