//! What holds the transfer back, as a sentence.

use super::super::story::{EndId, Origin, Story};
use super::spans::{Holds, Span, span_at};
use crate::number::grouped;
use sockets::{Instant, Levels};

impl Holds {
    /// What it is called in few words.
    pub const fn name(self) -> &'static str {
        match self {
            Holds::Opening => "handshake",
            Holds::Application => "application",
            Holds::SendBuffer => "send buffer",
            Holds::SmallSegment => "small segment",
            Holds::CongestionWindow => "congestion window",
            Holds::ReceiveWindow => "receive window",
            Holds::Link => "link",
            Holds::Done => "nothing",
        }
    }

    /// Its style class.
    pub const fn class(self) -> &'static str {
        match self {
            Holds::Opening => "opening",
            Holds::Application => "application",
            Holds::SendBuffer => "send-buffer",
            Holds::SmallSegment => "small-segment",
            Holds::CongestionWindow => "congestion-window",
            Holds::ReceiveWindow => "receive-window",
            Holds::Link => "link",
            Holds::Done => "done",
        }
    }
}

/// The sentence of a moment.
pub fn sentence(story: &Story, end: EndId, spans: &[Span], at: Instant) -> String {
    let host = story.name(story.end_of(end).host);
    if spans.is_empty() {
        return match story.origin {
            Origin::Simulated => format!("{host} has no connection that could send."),
            Origin::Captured => {
                format!(
                    "What holds {host} back is not known: a capture does not show the sender’s variables."
                )
            }
            Origin::Sampled => format!("What holds {host} back is not known: the kernel does not tell it."),
        };
    }
    let Some(span) = span_at(spans, at) else {
        return format!("{host} has not begun to open the connection.");
    };
    let since = format!("Since {}.{:03} s", span.from.0 / 1_000_000, span.from.0 / 1_000 % 1_000);
    let levels = story.levels(end, at);
    match span.holds {
        Holds::Opening => format!("{since} {host} waits for the handshake: no data may be sent before."),
        Holds::Done => format!("{since} nothing holds {host} back: it has no more to send."),
        Holds::Application => {
            let flight = levels.map_or(0, |levels| levels.snd_nxt.since(levels.snd_una));
            let rest = match flight {
                0 => "all that it gave is sent and acknowledged".to_owned(),
                flight => format!("all that it gave is sent, {} not yet acknowledged", octets(flight)),
            };
            format!("{since} the application on {host} holds the transfer back: {rest}.")
        }
        Holds::SendBuffer => {
            format!(
                "{since} {host}’s send buffer holds the transfer back: it is full, and send waits for room."
            )
        }
        Holds::SmallSegment => format!(
            "{since} a small segment waits on {host}{}: Nagle’s algorithm, TCP_CORK or MSG_MORE wants more to go with it, or an acknowledgment first.",
            levels.map_or_else(String::new, |levels| format!(", {}", octets(waiting(levels))))
        ),
        Holds::CongestionWindow => {
            let says = levels.map_or_else(String::new, |levels| {
                format!(
                    ": {} of {} may be in flight, {} are",
                    segments(levels.cwnd),
                    octets(levels.mss),
                    grouped(levels.in_flight.into())
                )
            });
            format!("{since} the congestion window of {host} holds the transfer back{says}.")
        }
        Holds::ReceiveWindow => {
            let says = levels.map_or_else(String::new, |levels| match levels.snd_wnd {
                0 => format!(": it is closed, and {} wait", octets(waiting(levels))),
                window => format!(": {} of room, all in flight", octets(window)),
            });
            format!("{since} the receive window that {host} was given holds the transfer back{says}.")
        }
        Holds::Link => format!(
            "{since} the link holds the transfer of {host} back: its segments wait in the queue, and a larger window would only make that longer."
        ),
    }
}

/// What the program gave and was not sent yet, in octets.
const fn waiting(levels: &Levels) -> u32 {
    levels.snd_end.since(levels.snd_nxt)
}

fn octets(count: u32) -> String {
    crate::live::wording::octets(count.into())
}

fn segments(count: u32) -> String {
    if count == 1 { "1 segment".to_owned() } else { format!("{} segments", grouped(count.into())) }
}
