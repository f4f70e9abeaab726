//! What is to be said to the page and has not gone out yet. Its bound is what keeps a page that does not read from filling
//! memory: while it is full, no request is read and nothing is received from a socket.

use protocol::Frame;
use std::collections::VecDeque;

/// Octets from which on the outbox is full. One message more may come on top.
const FULL: usize = 1 << 20;

/// What a message weighs beside its octets.
const WRAPPING: usize = 128;

/// Octets below which there is room for what may be dropped.
const QUIET: usize = 64 << 10;

/// Messages on their way out, oldest first.
#[derive(Debug, Default)]
pub struct Outbox {
    frames: VecDeque<Frame>,
    octets: usize,
}

impl Outbox {
    /// Whether more may be put.
    pub fn has_room(&self) -> bool {
        self.octets < FULL
    }

    /// Whether the page keeps up, so that states are worth telling.
    pub fn is_quiet(&self) -> bool {
        self.octets < QUIET
    }

    /// Puts a message.
    pub fn push(&mut self, frame: Frame) {
        self.octets += frame.len() + WRAPPING;
        self.frames.push_back(frame);
    }

    /// Takes the oldest message.
    pub fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop_front()?;
        self.octets -= frame.len() + WRAPPING;
        Some(frame)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}
