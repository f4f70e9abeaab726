//! Draws a sheet: rows of 32 bits (of 16 where there is little room), the octets beside them. Pointing, picking and turning bits over go
//! out as touches; arrow keys walk from field to field.

use super::sheet::{Band, Cell, DATA, Kind, Piece, Row, SHOWN, Sheet, Tone};
use super::state::Writing;
use crate::stage::Role;
use core::ops::Range;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// What a person does in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Points at a bit, or at nothing.
    Over(Option<usize>),
    /// Picks the field of a bit.
    Hold(usize),
    /// Turns a bit over.
    Flip(usize),
}

/// What the picture needs.
#[derive(Clone, PartialEq, Properties)]
pub struct GridProps {
    /// What is drawn.
    pub sheet: Rc<Sheet>,
    /// What the whole is called.
    pub name: AttrValue,
    /// How values are written.
    pub writing: Writing,
    /// Bits that light up.
    pub lit: Vec<Range<usize>>,
    /// Bits that differ from those that were sent.
    pub changed: Vec<usize>,
    /// Bits of the field that is picked.
    pub held: Option<Range<usize>>,
    /// The cells that are filled in by now; all, where there is nothing said.
    pub filled: Option<Rc<Vec<bool>>>,
    /// Whose colours sender and receiver have.
    pub roles: (Role, Role),
    /// Whether a click on a bit turns it over.
    pub editable: bool,
    /// Takes what the person does.
    pub touch: Callback<Touch>,
}

/// The picture.
#[component]
pub fn Grid(props: &GridProps) -> Html {
    let place = use_node_ref();
    let touch = props.touch.clone();
    let over = {
        let touch = touch.clone();
        Callback::from(move |event: MouseEvent| touch.emit(Touch::Over(bit_of(event.target(), "[data-bit]"))))
    };
    let focused = {
        let touch = touch.clone();
        Callback::from(move |event: FocusEvent| touch.emit(Touch::Over(bit_of(event.target(), "[data-bit]"))))
    };
    let leave = {
        let touch = touch.clone();
        Callback::from(move |_: MouseEvent| touch.emit(Touch::Over(None)))
    };
    let blurred = {
        let touch = touch.clone();
        Callback::from(move |_: FocusEvent| touch.emit(Touch::Over(None)))
    };
    let clicked = {
        let (touch, editable) = (touch.clone(), props.editable);
        Callback::from(move |event: MouseEvent| {
            let flip = bit_of(event.target(), "[data-flip]").filter(|_| editable);
            match (flip, bit_of(event.target(), "[data-bit]")) {
                (Some(bit), _) => touch.emit(Touch::Flip(bit)),
                (None, Some(bit)) => touch.emit(Touch::Hold(bit)),
                (None, None) => {}
            }
        })
    };
    let pressed = {
        let (place, sheet, editable) = (place.clone(), props.sheet.clone(), props.editable);
        Callback::from(move |event: KeyboardEvent| {
            let Some(bit) = bit_of(event.target(), "[data-bit]") else { return };
            if event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let Some(cell) = sheet.cell_at(bit) else { return };
            let key = event.key();
            if key == "Enter" || key == " " {
                event.prevent_default();
                event.stop_propagation();
                let single = sheet.cells[cell].width == 1;
                touch.emit(if editable && single && key == " " {
                    Touch::Flip(bit)
                } else {
                    Touch::Hold(bit)
                });
                return;
            }
            let Some(next) = neighbour(&sheet, cell, &key) else { return };
            event.prevent_default();
            event.stop_propagation();
            focus_cell(&place, sheet.cells[next].bit);
        })
    };
    let sheet = &props.sheet;
    let roving = props.held.as_ref().map(|held| held.start).and_then(|bit| sheet.cell_at(bit)).unwrap_or(0);
    html! {
        <div
            ref={place}
            class={classes!("hd-grid", format!("hd-{}", match props.writing { Writing::Decimal => "decimal", Writing::Hex => "hex", Writing::Bits => "binary" }), props.editable.then_some("hd-editable"))}
            role="grid"
            aria-label={props.name.clone()}
            onmouseover={over}
            onmouseleave={leave}
            onfocusin={focused}
            onfocusout={blurred}
            onclick={clicked}
            onkeydown={pressed}
        >
            { ruler() }
            { for sheet.bands.iter().map(|band| draw_band(props, band, roving)) }
        </div>
    }
}

/// Gives the keyboard to the cell that begins at a bit, in the picture that this node is or holds.
pub fn focus_cell(place: &NodeRef, bit: usize) {
    let css = format!("[role=gridcell][data-bit=\"{bit}\"]");
    let found = place.cast::<Element>().and_then(|grid| grid.query_selector(&css).ok().flatten());
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// The bit that an element around an event's target bears.
fn bit_of(target: Option<web_sys::EventTarget>, css: &str) -> Option<usize> {
    let element = target?.dyn_into::<Element>().ok()?.closest(css).ok()??;
    element.get_attribute(css.trim_matches(['[', ']']))?.parse().ok()
}

/// Where an arrow key leads from a cell.
pub fn neighbour(sheet: &Sheet, from: usize, key: &str) -> Option<usize> {
    let last = sheet.cells.len().checked_sub(1)?;
    let cell = &sheet.cells[from];
    // A row's cells lie one above the other by their bits; rows begin anew with each band.
    let middle = cell.bit + cell.width.min(32) / 2;
    match key {
        "ArrowLeft" => Some(from.saturating_sub(1)),
        "ArrowRight" => Some((from + 1).min(last)),
        "ArrowUp" => {
            let above = middle.checked_sub(32).and_then(|bit| sheet.cell_at(bit));
            Some(above.filter(|above| *above < from).unwrap_or(from.saturating_sub(1)))
        }
        "ArrowDown" => {
            let below = (middle + 32..cell.bits().end + 33)
                .step_by(32)
                .find_map(|bit| sheet.cell_at(bit).filter(|below| *below > from));
            Some(below.unwrap_or((from + 1).min(last)))
        }
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

fn ruler() -> Html {
    let tick = |bit: usize| {
        let style = format!("--a:{};--b:{}", bit + 1, bit % 16 + 1);
        let class = classes!(
            "hd-tick",
            bit.is_multiple_of(8).then_some("hd-eighth"),
            (bit >= 16).then_some("hd-second")
        );
        html! { <span {class} {style}>{ bit }</span> }
    };
    html! {
        <div class="hd-row hd-ruler" aria-hidden="true">
            <span class="hd-at"></span>
            <div class="hd-bits">{ for (0..32).map(tick) }</div>
        </div>
    }
}

fn draw_band(props: &GridProps, band: &Band, roving: usize) -> Html {
    let octets = band.octets.len();
    html! {
        <>
            <div class="hd-name" role="row">
                <span role="columnheader">{ &band.name }</span>
                <span role="gridcell" class="hd-soft">{ super::says::count(octets as u64, "octet") }</span>
            </div>
            if band.name == DATA {
                { draw_data(props, band, roving) }
            } else {
                { for band.rows.iter().map(|row| draw_row(props, row, roving)) }
            }
        </>
    }
}

fn draw_row(props: &GridProps, row: &Row, roving: usize) -> Html {
    html! {
        <div class="hd-row" role="row">
            <span class="hd-at" role="rowheader">{ format!("{:04x}", row.octets.start) }</span>
            <div class="hd-bits" role="presentation">
                { for row.pieces.iter().map(|piece| draw_piece(props, row, *piece, roving)) }
            </div>
            <span class="hd-octets" role="gridcell">{ for row.octets.clone().map(|octet| draw_octet(props, octet)) }</span>
            <span class="hd-text" aria-hidden="true">{ text(props, row.octets.clone()) }</span>
        </div>
    }
}

fn is_filled(props: &GridProps, cell: usize) -> bool {
    props.filled.as_ref().is_none_or(|filled| filled.get(cell).copied().unwrap_or(true))
}

fn touches(ranges: &[Range<usize>], bits: &Range<usize>) -> bool {
    ranges.iter().any(|range| range.start < bits.end && bits.start < range.end)
}

fn draw_octet(props: &GridProps, octet: usize) -> Html {
    let bits = 8 * octet..8 * octet + 8;
    let filled = props.sheet.cell_at(bits.start).is_none_or(|cell| is_filled(props, cell));
    let class = classes!(
        "hd-octet",
        touches(&props.lit, &bits).then_some("lit"),
        props
            .held
            .as_ref()
            .is_some_and(|held| touches(core::slice::from_ref(held), &bits))
            .then_some("picked"),
        props.changed.iter().any(|bit| bits.contains(bit)).then_some("hd-changed"),
    );
    let value = props.sheet.packet.octets().get(octet).copied().unwrap_or(0);
    html! { <span {class} data-bit={(8 * octet).to_string()}>{ if filled { format!("{value:02x}") } else { "··".into() } }</span> }
}

/// Octets as text: what is not printable is a dot.
fn text(props: &GridProps, range: Range<usize>) -> String {
    let letter = |octet: usize| {
        let filled = props.sheet.cell_at(8 * octet).is_none_or(|cell| is_filled(props, cell));
        let value = props.sheet.packet.octets().get(octet).copied().unwrap_or(0);
        if filled && (value.is_ascii_graphic() || value == b' ') { char::from(value) } else { '·' }
    };
    range.map(letter).collect()
}

fn draw_piece(props: &GridProps, row: &Row, piece: Piece, roving: usize) -> Html {
    let sheet = &props.sheet;
    let cell = &sheet.cells[piece.cell];
    let filled = is_filled(props, piece.cell);
    let whole = piece.width == 32;
    let style = format!(
        "--a:{};--w:{};--b:{};--v:{};--r:{};--s:{}",
        piece.from + 1,
        piece.width,
        piece.from % 16 + 1,
        if whole { 16 } else { piece.width },
        if piece.from < 16 { 1 } else { 2 },
        if whole { 2 } else { 1 },
    );
    let bits = cell.bits();
    let class = classes!(
        "hd-cell",
        tone(cell.tone, props.roles),
        (piece.width == 1).then_some("hd-thin"),
        (piece.width <= 8).then_some("hd-narrow"),
        matches!(cell.kind, Kind::Option(_)).then_some("hd-option"),
        piece.goes_on.then_some("hd-goes-on"),
        piece.began.then_some("hd-began"),
        (!filled).then_some("hd-empty"),
        touches(&props.lit, &bits).then_some("lit"),
        props.held.as_ref().is_some_and(|held| *held == bits).then_some("picked"),
        props.changed.iter().any(|bit| bits.contains(bit)).then_some("hd-changed"),
    );
    let first = 8 * row.octets.start + piece.from;
    // Of a field over several rows, these are not all of its bits: they are not its name.
    let in_bits = filled && props.writing == Writing::Bits;
    let inside = html! {
        <>
            if piece.named {
                <span class="hd-label" aria-hidden={in_bits.then_some("true")}>{ &cell.label }</span>
                { " " }
            }
            if in_bits {
                <span class="hd-zeros" aria-hidden="true">{ for (first..first + piece.width).map(|bit| draw_bit(props, bit)) }</span>
            } else if piece.named {
                // What is not filled in yet takes its room already.
                <span class="hd-value">{ if filled { value(props, cell) } else { "\u{a0}".to_owned() } }</span>
            }
        </>
    };
    if !piece.named {
        return html! { <div {class} {style} role="presentation" data-bit={cell.bit.to_string()}>{ inside }</div> };
    }
    // The name begins with what is seen, so that whoever speaks to the page can say it.
    let called = if cell.label == cell.name { String::new() } else { format!("{}: ", cell.name) };
    let label = if filled {
        format!("{} {}. {called}{}", cell.label, value(props, cell), cell.says)
    } else {
        format!("{}. {called}not filled in yet", cell.label)
    };
    html! {
        <div
            {class}
            {style}
            role="gridcell"
            data-bit={cell.bit.to_string()}
            data-flip={(cell.width == 1).then(|| cell.bit.to_string())}
            tabindex={if piece.cell == roving { "0" } else { "-1" }}
            aria-label={(!in_bits).then(|| label.clone())}
            aria-selected={props.held.as_ref().is_some_and(|held| *held == bits).to_string()}
        >
            if in_bits { <span class="for-screen-readers">{ label }</span> }
            { inside }
        </div>
    }
}

fn draw_bit(props: &GridProps, bit: usize) -> Html {
    let set = props.sheet.bit(bit);
    let class =
        classes!("hd-bit", set.then_some("hd-one"), props.changed.contains(&bit).then_some("hd-changed"));
    html! { <span {class} data-flip={bit.to_string()}>{ if set { "1" } else { "0" } }</span> }
}

fn value(props: &GridProps, cell: &Cell) -> String {
    match props.writing {
        Writing::Decimal => cell.value.clone(),
        Writing::Hex | Writing::Bits => props.sheet.hex(cell),
    }
}

fn tone(tone: Tone, roles: (Role, Role)) -> Option<String> {
    let of = |role| match role {
        Role::Client => Some("hd-client".to_owned()),
        Role::Server => Some("hd-server".to_owned()),
        Role::Router => None,
    };
    match tone {
        Tone::Plain => None,
        Tone::Sender => of(roles.0),
        Tone::Receiver => of(roles.1),
        Tone::Flag(name) => Some(format!("hd-flag hd-{}", name.to_ascii_lowercase())),
        Tone::Data => Some("hd-data".to_owned()),
    }
}

fn draw_data(props: &GridProps, band: &Band, roving: usize) -> Html {
    let place = props.sheet.cell_at(8 * band.octets.start).unwrap_or(0);
    let cell = &props.sheet.cells[place];
    let shown = band.octets.start..band.octets.end.min(band.octets.start + SHOWN);
    let rows: Vec<Range<usize>> = shown.clone().step_by(8).map(|at| at..shown.end.min(at + 8)).collect();
    let more = band.octets.end - shown.end;
    let row = |(number, range): (usize, &Range<usize>)| {
        let octets = html! { <>{ for range.clone().map(|octet| draw_octet(props, octet)) }</> };
        html! {
            <div class="hd-row" role="row">
                <span class="hd-at" role="rowheader">{ format!("{:04x}", range.start) }</span>
                if number == 0 {
                    <span
                        class="hd-octets"
                        role="gridcell"
                        data-bit={cell.bit.to_string()}
                        tabindex={if place == roving { "0" } else { "-1" }}
                    >
                        <span class="for-screen-readers">{ format!("{}: {} ", cell.name, cell.says) }</span>
                        { octets }
                    </span>
                } else {
                    <span class="hd-octets" role="gridcell">{ octets }</span>
                }
                <span class="hd-text" role="gridcell">{ text(props, range.clone()) }</span>
            </div>
        }
    };
    html! {
        <div class="hd-dump" role="presentation">
            { for rows.iter().enumerate().map(row) }
            if more > 0 {
                <div class="hd-row" role="row"><span role="gridcell" class="hd-more">{ format!("and {}", super::says::count(more as u64, "more octet")) }</span></div>
            }
        </div>
    }
}
