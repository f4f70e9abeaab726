//! The editor: a text field that everybody's keyboard, screen reader and telephone knows, over the same text in colours.
//!
//! Both wrap alike, so each character of the field lies on its painted twin. Marks are painted; the list under the editor says them.

use super::place;
use super::play::{self, Kind, Mark, Moment};
use super::tint::{Inside, Tint, tint};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// What the editor must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct EditorProps {
    /// The text.
    pub text: Rc<str>,
    /// What is to be said of its lines.
    pub marks: Rc<Vec<Mark>>,
    /// When the events of lines happened.
    pub moments: Rc<Vec<Moment>>,
    /// The field, for whoever sends the cursor somewhere.
    pub field: NodeRef,
    /// The text was edited.
    pub edit: Callback<String>,
    /// The text is to be run now.
    pub run: Callback<()>,
    /// The moment of this line is to be shown.
    pub seek: Callback<Moment>,
}

/// The editor.
#[component]
pub fn Editor(props: &EditorProps) -> Html {
    let oninput = {
        let edit = props.edit.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) =
                event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok())
            {
                edit.emit(field.value());
            }
        })
    };
    let onkeydown = {
        let (run, seek, moments, field) =
            (props.run.clone(), props.seek.clone(), props.moments.clone(), props.field.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.key() != "Enter" {
                return;
            }
            if event.ctrl_key() || event.meta_key() {
                event.prevent_default();
                run.emit(());
            } else if event.alt_key() {
                event.prevent_default();
                let line = line_of_cursor(&field);
                if let Some(moment) = moments.iter().find(|moment| Some(moment.line) == line) {
                    seek.emit(*moment);
                }
            }
        })
    };
    let lines = paint(&props.text);
    html! {
        <div class="script">
            <div class="script-sheet">
                <div class="script-paint" aria-hidden="true">
                    { for lines.into_iter().zip(1..).map(|((words, text), number)| {
                        // Both are in the order of lines.
                        let moment = first(&props.moments, number, |moment| moment.line).copied();
                        let mark = first(&props.marks, number, |mark| mark.line).cloned();
                        html! { <Line key={number} {number} {words} {text} {mark} {moment} seek={props.seek.clone()} /> }
                    }) }
                </div>
                <textarea
                    ref={props.field.clone()} class="script-field" value={props.text.to_string()} {oninput} {onkeydown}
                    aria-label="Script" aria-describedby="script-says" aria-invalid={(!props.marks.is_empty()).to_string()}
                    spellcheck="false" autocomplete="off" autocapitalize="off" autocorrect="off" wrap="soft"
                />
            </div>
        </div>
    }
}

/// The first of a line, of things in the order of lines.
fn first<T>(all: &[T], line: u32, line_of: impl Fn(&T) -> u32) -> Option<&T> {
    let place = all.partition_point(|one| line_of(one) < line);
    all.get(place).filter(|one| line_of(one) == line)
}

/// The line of the cursor, from 1.
fn line_of_cursor(field: &NodeRef) -> Option<u32> {
    let field = field.cast::<HtmlTextAreaElement>()?;
    let cursor = field.selection_start().ok()?? as usize;
    // The browser counts in units of UTF-16.
    let before = field.value().encode_utf16().take(cursor).filter(|unit| *unit == u16::from(b'\n')).count();
    Some(before as u32 + 1)
}

/// Sends the cursor to a line, and selects what stands there from this column.
pub fn go_to(field: &NodeRef, line: u32, column: u32) {
    let Some(field) = field.cast::<HtmlTextAreaElement>() else { return };
    let text = field.value();
    let units = |text: &str| text.encode_utf16().count() as u32;
    let before: u32 = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(units).sum();
    let found = text.split('\n').nth(line.saturating_sub(1) as usize).unwrap_or_default();
    let lead: String = found.chars().take(column.saturating_sub(1) as usize).collect();
    let _ = field.focus();
    let _ =
        field.set_selection_range(before + units(&lead), before + units(found.trim_end()).max(units(&lead)));
    place::show_line(&field, line);
}

/// A line's words, each with its kind and length, and the line.
pub(super) type Painted = (Rc<Vec<(Tint, usize)>>, Rc<str>);

/// More lines are painted as one, without numbers: the browser would be busy for half a minute with an element for each of 65,000.
const MOST_LINES: usize = 6_000;

/// A longer line, in octets, has one colour.
const LONGEST_LINE: usize = 4_000;

/// The text's lines in colours; all of it as one plain line where there is too much of it.
pub(super) fn paint(text: &str) -> Vec<Painted> {
    let plain = |text: &str| (Rc::new(vec![(Tint::Plain, text.len())]), Rc::from(text));
    if text.len() > play::LONGEST || text.split('\n').nth(MOST_LINES).is_some() {
        return vec![plain(text)];
    }
    let mut inside = Inside::Nothing;
    let line = |line: &str| {
        let (words, after) = tint(line, inside);
        inside = after;
        if line.len() > LONGEST_LINE {
            return plain(line);
        }
        let words = words.iter().map(|(tint, word)| (*tint, word.len())).collect();
        (Rc::new(words), Rc::from(line))
    };
    text.split('\n').map(line).collect()
}

#[derive(Clone, PartialEq, Properties)]
struct LineProps {
    number: u32,
    words: Rc<Vec<(Tint, usize)>>,
    text: Rc<str>,
    mark: Option<Mark>,
    moment: Option<Moment>,
    seek: Callback<Moment>,
}

/// A painted line with its number. It is drawn again only when something of it changes.
#[component]
fn Line(props: &LineProps) -> Html {
    let class = props.mark.as_ref().map(|mark| match mark.kind {
        Kind::Wrong => "wrong",
        Kind::Unmet => "unmet",
    });
    let number = match props.moment {
        None => html! { <span class="script-number">{ props.number }</span> },
        Some(moment) => {
            let seek = props.seek.clone();
            let title = format!("At {} on the stage", sockets::Micros(moment.at.0));
            let onclick = Callback::from(move |_: MouseEvent| seek.emit(moment));
            html! { <span class="script-number dated" {title} {onclick}>{ props.number }</span> }
        }
    };
    html! {
        <div class={classes!("script-line", class)} title={props.mark.as_ref().map(|mark| mark.says.clone())}>
            { number }
            <span class="script-text">{ for pieces(props).into_iter().map(piece) }{ "\u{200b}" }</span>
        </div>
    }
}

/// The words of a line, cut once more where its mark begins and where its code ends.
fn pieces(props: &LineProps) -> Vec<(Tint, bool, &str)> {
    let line = &*props.text;
    let marked = props.mark.as_ref().map(|mark| {
        let begin = match mark.column {
            0 => line.len() - line.trim_start().len(),
            column => line.char_indices().nth(column as usize - 1).map_or(line.len(), |(at, _)| at),
        };
        let mut at = 0;
        let comment = props.words.iter().find_map(|(tint, length)| {
            at += length;
            (*tint == Tint::Comment).then_some(at - length)
        });
        let end = line[..comment.filter(|comment| *comment > begin).unwrap_or(line.len())].trim_end().len();
        // What is missing at the end is marked on the last word that is there.
        if begin < end {
            (begin, end)
        } else {
            (line.trim_end().rfind(' ').map_or(0, |at| at + 1), line.trim_end().len())
        }
    });
    let (mut pieces, mut at) = (Vec::new(), 0);
    for &(tint, length) in props.words.iter() {
        let end = at + length;
        let cuts = marked.map_or([at, at, end], |(from, to)| [at, from.clamp(at, end), to.clamp(at, end)]);
        let [first, from, to] = cuts;
        let is_marked = marked.is_some();
        for (begin, stop, marked) in [(first, from, false), (from, to, is_marked), (to, end, false)] {
            if begin < stop {
                pieces.push((tint, marked, &line[begin..stop]));
            }
        }
        at = end;
    }
    pieces
}

fn piece((tint, marked, word): (Tint, bool, &str)) -> Html {
    let marked = marked.then_some("marked");
    let bit = |letter: char| match letter {
        'S' => Some("bit-syn"),
        'F' => Some("bit-fin"),
        'R' => Some("bit-rst"),
        'P' => Some("bit-psh"),
        '.' => Some("bit-ack"),
        'U' => Some("bit-urg"),
        _ => None,
    };
    match tint {
        Tint::Bits => word
            .chars()
            .map(|letter| html! { <span class={classes!(marked, tint.class(), bit(letter))}>{ letter }</span> })
            .collect(),
        Tint::Plain if marked.is_none() => html! { word.to_owned() },
        tint => html! { <span class={classes!(marked, tint.class())}>{ word.to_owned() }</span> },
    }
}
