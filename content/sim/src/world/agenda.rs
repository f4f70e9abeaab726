//! What is to happen, by time; of what is to happen at one time, what was put down first comes first.

use core::cmp::Ordering;
use sockets::Instant;
use std::collections::BinaryHeap;

/// Things and their times.
#[derive(Clone, Debug)]
pub(super) struct Agenda<T> {
    entries: BinaryHeap<Entry<T>>,
    put_down: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    at: Instant,
    order: u64,
    what: T,
}

impl<T> Default for Agenda<T> {
    fn default() -> Agenda<T> {
        Agenda { entries: BinaryHeap::new(), put_down: 0 }
    }
}

impl<T: Copy> Agenda<T> {
    pub fn put(&mut self, at: Instant, what: T) {
        let order = self.number();
        self.put_numbered(at, order, what);
    }

    /// The number of something that is put down now but kept elsewhere, until everything before it in its queue has been taken.
    pub fn number(&mut self) -> u64 {
        self.put_down += 1;
        self.put_down - 1
    }

    /// Puts down what has its number already.
    pub fn put_numbered(&mut self, at: Instant, order: u64, what: T) {
        self.entries.push(Entry { at, order, what });
    }

    pub fn first(&self) -> Option<(Instant, T)> {
        self.entries.peek().map(|entry| (entry.at, entry.what))
    }

    pub fn take(&mut self) -> Option<(Instant, T)> {
        self.entries.pop().map(|entry| (entry.at, entry.what))
    }

    /// Puts down what has its number already, in the place of what comes first, which is done with.
    pub fn replace_first(&mut self, at: Instant, order: u64, what: T) {
        if let Some(mut first) = self.entries.peek_mut() {
            *first = Entry { at, order, what };
        }
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Entry<T>) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Entry<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The earliest is the greatest, since a heap gives its greatest first.
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Entry<T>) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_earliest_comes_first_and_ties_keep_their_order() {
        let mut agenda = Agenda::default();
        for (at, what) in [(5, 'c'), (1, 'a'), (5, 'd'), (3, 'b'), (5, 'e')] {
            agenda.put(Instant(at), what);
        }
        assert_eq!(agenda.first(), Some((Instant(1), 'a')));
        let order: String = core::iter::from_fn(|| agenda.take()).map(|(_, what)| what).collect();
        assert_eq!(order, "abcde");
    }
}
