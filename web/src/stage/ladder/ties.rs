//! Calls that belong together, where no segment was seen: what a kernel's sockets did, as far as their Log proves it.
//!
//! These are no segments. They say which call's outcome came from which, and are drawn otherwise.

use super::calls::Bar;
use super::columns::Column;
use crate::live::wording;
use crate::stage::Story;
use crate::timeline::{TieKind, ties as proven};
use sockets::CallId;
use std::collections::BTreeMap;

/// One call that another one's outcome came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Tie {
    /// The calls.
    pub calls: (usize, usize),
    /// From the one.
    pub from: (f64, f64),
    /// To the other.
    pub to: (f64, f64),
    /// What passed.
    pub text: String,
}

/// All ties of a story without packets; none of another.
pub fn ties(story: &Story, columns: &[Column], bars: &[Bar]) -> Vec<Tie> {
    if !story.packets.is_empty() {
        return Vec::new();
    }
    let places: BTreeMap<CallId, usize> =
        (0..story.calls.len()).map(|index| (story.call(index).id, index)).collect();
    let bar = |id: CallId| {
        let index = *places.get(&id)?;
        let place = bars.binary_search_by_key(&index, |bar| bar.call).ok()?;
        let column = columns.iter().find(|column| column.host == story.calls[index].host)?;
        Some((index, &bars[place], column))
    };
    let found = proven(story.log()).into_iter().filter_map(|tie| {
        let ((cause, from, here), (effect, to, there)) = (bar(tie.from)?, bar(tie.to)?);
        // A send may still wait for room while the peer takes its first octets.
        let y = if from.bottom <= to.bottom { from.bottom } else { from.top };
        let edge = |column: &Column| column.x - column.side.sign() * column.half;
        let text = match tie.kind {
            TieKind::Handshake => "handshake".to_owned(),
            TieKind::Data { octets } => wording::octets(octets),
            TieKind::End => "end of stream".to_owned(),
        };
        let to = (edge(there), to.bottom);
        Some(Tie { calls: (cause, effect), from: (edge(here), y), to, text })
    });
    found.collect()
}
