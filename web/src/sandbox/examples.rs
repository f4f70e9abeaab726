//! Texts to begin with.

/// A text to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// Short and stable.
    pub id: &'static str,
    /// What a menu shows.
    pub title: &'static str,
    /// The text.
    pub text: &'static str,
}

/// Those where hosts answer each other.
pub const HOSTS: &[Example] = &[
    Example { id: "request", title: "A request and an answer", text: include_str!("examples/request.pkt") },
    Example { id: "loss", title: "One segment lost", text: include_str!("examples/loss.pkt") },
    Example {
        id: "window",
        title: "Nobody reads: the window closes",
        text: include_str!("examples/window.pkt"),
    },
    Example {
        id: "simultaneous",
        title: "Both open at once",
        text: include_str!("examples/simultaneous.pkt"),
    },
    Example { id: "refused", title: "Three hosts, one refusal", text: include_str!("examples/refused.pkt") },
];

/// Those for one machine, whose segments are injected and expected.
pub const MACHINE: &[Example] = &[
    Example {
        id: "machine",
        title: "Handshake, data, close, by hand",
        text: include_str!("examples/machine.pkt"),
    },
    Example {
        id: "timeout",
        title: "No answer: the time-out doubles",
        text: include_str!("examples/timeout.pkt"),
    },
    Example { id: "reset", title: "Which RST is believed", text: include_str!("examples/reset.pkt") },
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Example> {
    HOSTS.iter().chain(MACHINE)
}

/// The one that a first visit shows.
pub fn first() -> &'static Example {
    &HOSTS[0]
}
