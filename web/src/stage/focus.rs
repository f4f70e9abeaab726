//! What is pointed at, and what lights up with it in every view.

use super::{EndId, Story};
use std::collections::BTreeSet;
use wire::Seq;

/// Something that can be pointed at, in a view or in prose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A datagram on a link.
    Packet(usize),
    /// A call.
    Call(usize),
    /// A rule at work.
    Reaction(usize),
    /// An end of a connection.
    End(EndId),
    /// Octets that an end sends, from the first to the one after the last.
    Octets {
        /// The sender.
        from: EndId,
        /// The first octet's number, absolute.
        first: Seq,
        /// The number after the last.
        end: Seq,
    },
    /// A header's field, by its name in the field tables: every segment has it.
    Field(&'static str),
}

/// What lights up: what is pointed at or picked, and everything that belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// Pointed at, for the moment.
    pub hover: Option<Thing>,
    /// Picked: it stays, and the header view shows it.
    pub picked: Option<Thing>,
    /// Packets that light up.
    pub packets: BTreeSet<usize>,
    /// Calls that light up.
    pub calls: BTreeSet<usize>,
    /// Reactions that light up.
    pub reactions: BTreeSet<usize>,
    /// Octets that light up, each with their sender.
    pub octets: Vec<(EndId, Seq, Seq)>,
    /// The field that lights up.
    pub field: Option<&'static str>,
}

impl Focus {
    /// What lights up when this is pointed at and that is picked.
    pub fn of(story: &Story, hover: Option<Thing>, picked: Option<Thing>) -> Focus {
        let mut focus = Focus { hover, picked, ..Focus::default() };
        for thing in [picked, hover].into_iter().flatten() {
            focus.light(story, thing);
        }
        focus
    }

    /// The packet that is looked at: the one pointed at, else the picked one.
    pub fn packet(&self) -> Option<usize> {
        [self.hover, self.picked].into_iter().flatten().find_map(|thing| match thing {
            Thing::Packet(packet) => Some(packet),
            _ => None,
        })
    }

    fn light(&mut self, story: &Story, thing: Thing) {
        match thing {
            Thing::Packet(packet) => {
                self.packets.extend(story.hops(packet));
                let Some(segment) = story.segment(packet) else { return };
                let source = story.packets[packet].source;
                if let Some(from) = source.filter(|_| segment.sequence_length() > 0) {
                    self.octets.push((from, segment.seq, segment.end()));
                    self.calls.extend(story.writers(from, segment.seq, segment.end()));
                }
                let caused = |cause| cause == Some(super::story::Cause::Packet(packet));
                self.reactions.extend(
                    story
                        .reactions
                        .iter()
                        .enumerate()
                        .filter(|(_, reacted)| caused(reacted.cause))
                        .map(|(place, _)| place),
                );
            }
            Thing::Call(call) => {
                self.calls.insert(call);
                let Some(end) = story.calls[call].end else { return };
                for (from, first, after) in story.octets_of_call(end, call) {
                    self.octets.push((from, first, after));
                    self.packets.extend(story.carriers(from, first, after));
                }
                let caused = |cause| cause == Some(super::story::Cause::Call(call));
                self.reactions.extend(
                    story
                        .reactions
                        .iter()
                        .enumerate()
                        .filter(|(_, reacted)| caused(reacted.cause))
                        .map(|(place, _)| place),
                );
            }
            Thing::Reaction(reaction) => {
                self.reactions.insert(reaction);
                match story.reactions[reaction].cause {
                    Some(super::story::Cause::Packet(packet)) => {
                        self.packets.insert(packet);
                    }
                    Some(super::story::Cause::Call(call)) => {
                        self.calls.insert(call);
                    }
                    Some(super::story::Cause::Timer(_)) | None => {}
                }
            }
            Thing::End(end) => {
                let end = story.end_of(end);
                self.packets.extend(end.sent.iter().chain(&end.received));
            }
            Thing::Octets { from, first, end } => {
                self.octets.push((from, first, end));
                self.packets.extend(story.carriers(from, first, end));
                self.calls.extend(story.writers(from, first, end));
            }
            Thing::Field(name) => self.field = Some(name),
        }
    }
}
