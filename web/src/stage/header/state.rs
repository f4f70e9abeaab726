//! What a person has done in the view: what is pointed at, which activity is on, and all edits. A pure reducer.

use super::edit::{self, Edited};
use std::rc::Rc;
use wire::fields::Header;
use yew::prelude::*;

/// What the view is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// To be read.
    #[default]
    Read,
    /// The sender fills it in, field by field.
    FillIn,
    /// A checksum is computed.
    Sum,
    /// Bits are changed.
    Edit,
}

/// How values are written in the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// As one writes such a thing: decimal, addresses with dots or colons.
    #[default]
    Decimal,
    /// Hexadecimal.
    Hex,
    /// Every bit in its column.
    Bits,
}

/// The state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What it is used for.
    pub mode: Mode,
    /// How values are written.
    pub writing: Writing,
    /// How they were written before editing began.
    pub written: Option<Writing>,
    /// The bit that is pointed at.
    pub over: Option<usize>,
    /// A bit of the field that is picked.
    pub held: Option<usize>,
    /// The packet that stays while it is worked on.
    pub packet: Option<usize>,
    /// The step of filling in, or of the checksum.
    pub step: usize,
    /// Whether steps follow by themselves.
    pub playing: bool,
    /// Whose checksum is computed; the inmost header's where none is said.
    pub summed: Option<Header>,
    /// The packet after each edit.
    pub edits: Vec<Edited>,
    /// What was wrong with what was typed.
    pub wrong: Option<String>,
}

/// What a person does.
#[derive(Clone, Debug, PartialEq)]
pub enum Do {
    /// Uses the view for this, with this packet; again, and it is read again.
    Use(Mode, usize),
    /// Writes values so.
    Write(Writing),
    /// Points at a bit, or at nothing.
    Over(Option<usize>),
    /// Picks the field of a bit, or nothing.
    Hold(Option<usize>),
    /// Goes to a step of so many.
    Step(usize, usize),
    /// The next step of so many, by itself; it stops at the last.
    Tick(usize),
    /// Lets steps follow by themselves, or no longer, from a step of so many.
    Play(bool, usize),
    /// Computes that header's checksum.
    Sum(Header),
    /// Looks at another packet, unless this one is edited.
    Follow(usize),
    /// The packet is now this.
    Edit(Edited),
    /// What was typed cannot be.
    Refuse(String),
    /// Takes the last edit back.
    Undo,
    /// Takes all edits back.
    Reset,
}

impl Reducible for State {
    type Action = Do;

    fn reduce(self: Rc<Self>, action: Do) -> Rc<Self> {
        let mut state = (*self).clone();
        state.apply(action);
        Rc::new(state)
    }
}

impl State {
    /// Does it.
    pub fn apply(&mut self, action: Do) {
        match action {
            Do::Use(mode, packet) => {
                self.mode = if self.mode == mode { Mode::Read } else { mode };
                // Who edits wants to see bits; afterwards values are written as they were.
                match (self.mode, self.written.take()) {
                    (Mode::Edit, _) => {
                        self.written = Some(core::mem::replace(&mut self.writing, Writing::Bits))
                    }
                    (_, Some(written)) if self.writing == Writing::Bits => self.writing = written,
                    _ => {}
                }
                self.packet = (self.mode != Mode::Read || !self.edits.is_empty())
                    .then_some(self.packet.unwrap_or(packet));
                (self.step, self.playing, self.wrong) = (0, false, None);
            }
            Do::Write(writing) => self.writing = writing,
            Do::Over(bit) => self.over = bit,
            Do::Hold(bit) => {
                self.held = bit;
                self.wrong = None;
            }
            Do::Step(step, count) => {
                self.step = step.min(count.saturating_sub(1));
                self.playing = false;
            }
            Do::Tick(count) => {
                self.step = (self.step + 1).min(count.saturating_sub(1));
                self.playing = self.playing && self.step + 1 < count;
            }
            Do::Play(playing, count) => {
                if playing && self.step + 1 >= count {
                    self.step = 0;
                }
                self.playing = playing;
            }
            Do::Sum(header) => {
                (self.summed, self.step, self.playing) = (Some(header), 0, false);
            }
            Do::Follow(packet) => {
                if self.packet.is_some() && self.packet != Some(packet) && self.edits.is_empty() {
                    self.packet = Some(packet);
                    (self.step, self.playing) = (0, false);
                }
            }
            Do::Edit(edited) => {
                self.wrong = None;
                if self.edits.len() == edit::MOST {
                    self.edits.remove(0);
                }
                self.edits.push(edited);
            }
            Do::Refuse(why) => self.wrong = Some(why),
            Do::Undo => {
                self.wrong = None;
                self.edits.pop();
                self.release();
            }
            Do::Reset => {
                self.wrong = None;
                self.edits.clear();
                self.release();
            }
        }
    }

    /// Nothing keeps a packet that is only read.
    fn release(&mut self) {
        if self.mode == Mode::Read && self.edits.is_empty() {
            self.packet = None;
        }
    }
}
