//! What keys do on the desk, as one table: the help lists its rows, and the desk asks it.

use super::fold::Speed;
use super::state::Do;
use crate::stage::Act;

/// What has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Something that takes letters, or a menu: the desk keeps out of its way.
    Text,
    /// A button, a link, something that folds: space and Enter are its own.
    Button,
    /// The scrub bar: arrows up and down step as well.
    Bar,
    /// Something that the keyboard scrolls or nothing at all.
    Nothing,
}

/// What a key asks for.
#[derive(Clone, Debug)]
pub enum Wish {
    /// A change of the desk.
    Do(Do),
    /// The list of keys.
    Help,
}

/// The keys and what they do, for people.
pub const HELP: [(&str, &str); 15] = [
    ("space", "play or pause"),
    ("→ or .", "the next event"),
    ("← or ,", "the event before"),
    ("shift →, shift ←", "ten events on, ten back"),
    ("Home, End", "the first moment, the last; in a session that goes on: now"),
    ("1 … 9", "speed from a thousandth of real time (1) to real time (9)"),
    ("0", "the speed that suits this scenario"),
    ("+ and −", "faster, slower"),
    ("i", "fold idle time, or show it at its length"),
    ("l", "repeat: from here, until here, no longer"),
    ("n", "sequence numbers relative or absolute"),
    ("u, r", "undo the last change, make it again"),
    ("c", "what was beside what if"),
    ("Esc", "pick nothing"),
    ("?", "this list"),
];

/// What a key asks for, if it is one of ours.
pub fn wish(key: &str, shift: bool, held: Held) -> Option<Wish> {
    if held == Held::Text {
        return None;
    }
    let speed = |digit: usize| Speed::DIGITS.get(digit.checked_sub(1)?).copied();
    Some(Wish::Do(match key {
        " " if held != Held::Button => Do::TogglePlay,
        "ArrowRight" | "." => Do::Step(if shift { 10 } else { 1 }),
        "ArrowLeft" | "," => Do::Step(if shift { -10 } else { -1 }),
        "ArrowDown" | "ArrowUp" if held == Held::Bar => {
            Do::Step(if key == "ArrowDown" { -1 } else { 1 } * if shift { 10 } else { 1 })
        }
        "PageUp" | "PageDown" if held == Held::Bar => Do::Step(if key == "PageDown" { -10 } else { 10 }),
        "Home" => Do::Begin,
        "End" => Do::Finish,
        "0" => Do::UsualSpeed,
        "+" | "=" => Do::Faster,
        "-" | "−" => Do::Slower,
        "i" => Do::ToggleIdle,
        "l" => Do::Repeat,
        "n" => Do::ToggleNumbers,
        "u" => Do::Undo,
        "r" => Do::Redo,
        "c" => Do::ToggleCompare,
        "Escape" => Do::Act(Act::Pick(None)),
        "?" => return Some(Wish::Help),
        digit => Do::Speed(speed(digit.parse().ok()?)?),
    }))
}
