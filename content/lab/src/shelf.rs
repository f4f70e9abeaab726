//! The exercises that stand by themselves, outside of any lesson: what a list says of each. Their texts are in
//! [`grade::shelved`](crate::grade::shelved).

/// An exercise in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelved {
    /// Short and stable: it stands in links.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it is about, in a sentence or two.
    pub summary: &'static str,
}

/// All of them, in the order of the list.
pub const EXERCISES: &[Shelved] = &[Shelved {
    id: "read-a-line",
    title: "Read until the line ends",
    summary: "A stream has no messages. Write a client that gets whole lines out of it, however they arrive: in pieces, two at once, \
              late, cut off, or not at all.",
}];
