//! The editor of one field: its bits as switches, its value to be typed; checksums renewed, edits taken back.

use super::edit;
use super::sheet::{Cell, Kind, Sheet};
use super::state::{Do, State};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use wire::{Packet, Seq};
use yew::prelude::*;

/// The properties of the editor.
#[derive(Clone, PartialEq, Properties)]
pub struct EditorProps {
    /// The packet as it is now.
    pub sheet: Rc<Sheet>,
    /// The field that is edited, a place among the cells.
    pub cell: Option<usize>,
    /// From which number a typed sequence number counts.
    pub base: Seq,
    /// How many edits can be taken back.
    pub edits: usize,
    /// What was wrong with what was typed.
    pub wrong: Option<String>,
    /// Takes what the person does.
    pub dispatch: UseReducerDispatcher<State>,
}

/// The editor.
#[component]
pub fn Editor(props: &EditorProps) -> Html {
    let act = |action: Do| {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(action.clone()))
    };
    let cell = props.cell.and_then(|place| props.sheet.cells.get(place));
    let renewed = edit::renewed(&props.sheet.packet);
    let stale = renewed != props.sheet.packet;
    html! {
        <div class="hd-editor">
            if let Some(cell) = cell {
                <h3>{ named(cell) }</h3>
                if cell.width <= 128 { { bits(&props.sheet, cell, &props.dispatch) } }
                <Field
                    key={format!("{} {}", cell.bit, cell.value)}
                    sheet={props.sheet.clone()}
                    cell={cell.clone()}
                    base={props.base}
                    dispatch={props.dispatch.clone()}
                />
                if let Some(wrong) = &props.wrong { <p class="hd-wrong" role="alert">{ wrong }</p> }
                <p class="hd-says">{ &cell.says }</p>
            } else {
                <p>{ "Click a bit in the picture to turn it over, or choose a field to type its value." }</p>
            }
            <p>{ verdict(&props.sheet.packet) }</p>
            <div class="hd-switches">
                if stale {
                    <button type="button" onclick={act(Do::Edit(renewed))}>{ "Renew checksums" }</button>
                }
                if props.edits > 0 {
                    <button type="button" onclick={act(Do::Undo)}>{ "Undo" }</button>
                    <button type="button" onclick={act(Do::Reset)}>{ "As it was sent" }</button>
                }
            </div>
        </div>
    }
}

/// Whether the octets make sense, and if not, where they do not.
pub fn verdict(packet: &Packet) -> String {
    match packet.parse() {
        Ok(_) => "The octets make sense, and the checksums are right.".to_owned(),
        Err(malformed) => format!("{malformed}."),
    }
}

fn named(cell: &Cell) -> String {
    match cell.kind {
        Kind::Option(_) => format!("{}, {}", cell.name, cell.label),
        _ => cell.name.to_owned(),
    }
}

/// The bits as switches; left and right go from one to the next.
fn bits(sheet: &Rc<Sheet>, cell: &Cell, dispatch: &UseReducerDispatcher<State>) -> Html {
    let pressed = Callback::from(|event: KeyboardEvent| {
        let Some(button) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
            return;
        };
        let next = match event.key().as_str() {
            "ArrowLeft" => button.previous_element_sibling(),
            "ArrowRight" => button.next_element_sibling(),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
            let _ = next.focus();
        }
    });
    let bit = |(place, bit): (usize, usize)| {
        let (set, dispatch, sheet) = (sheet.bit(bit), dispatch.clone(), sheet.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            dispatch.dispatch(Do::Edit(edit::flipped(&sheet.packet, bit)))
        });
        let worth = cell.width - 1 - place;
        let group = (place > 0 && (cell.width - place).is_multiple_of(8)).then_some("hd-group");
        html! {
            <button
                type="button"
                class={classes!("hd-switch", group)}
                tabindex={if place == 0 { "0" } else { "-1" }}
                aria-pressed={set.to_string()}
                aria-label={format!("{}: bit {place}, worth 2 to the {worth}", u8::from(set))}
                {onclick}
            >{ if set { "1" } else { "0" } }</button>
        }
    };
    html! {
        <div class="hd-bitrow" role="group" aria-label={format!("Bits of {}", named(cell))} onkeydown={pressed}>
            { for cell.bits().enumerate().map(bit) }
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FieldProps {
    sheet: Rc<Sheet>,
    cell: Cell,
    base: Seq,
    dispatch: UseReducerDispatcher<State>,
}

/// The value, to be typed. What cannot be stays as it was typed, with what is wrong with it.
#[component]
fn Field(props: &FieldProps) -> Html {
    let FieldProps { cell, sheet, .. } = props;
    let octets = edit::by_octets(cell);
    let text = use_state(|| {
        if octets { sheet.hex(cell).trim_start_matches("0x").to_owned() } else { cell.value.clone() }
    });
    let oninput = {
        let text = text.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                text.set(input.value());
            }
        })
    };
    let onsubmit = {
        let (props, text) = (props.clone(), text.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let typed = edit::typed(&props.sheet.packet, &props.cell, &text, props.base);
            props.dispatch.dispatch(match typed {
                Ok(packet) => Do::Edit(packet),
                Err(why) => Do::Refuse(why),
            });
        })
    };
    // Letters that are typed here are no commands of the page.
    let onkeydown = Callback::from(|event: KeyboardEvent| event.stop_propagation());
    let (label, hint) = if octets {
        ("Octets", "Two hexadecimal digits for each, or text in quotation marks.")
    } else {
        ("Value", "Decimal, hexadecimal (0x5b4) or bits (0b101).")
    };
    html! {
        <form class="hd-typed" {onsubmit} {onkeydown}>
            <label>{ label }{ " " }<input type="text" autocomplete="off" spellcheck="false" value={(*text).clone()} {oninput} /></label>
            <button type="submit">{ "Set" }</button>
            <p class="hd-soft">{ hint }</p>
        </form>
    }
}
