//! The editor of one field: its bits as switches, its value to be typed; checksums renewed, edits taken back.

use super::edit::{self, Edited};
use super::says::count;
use super::sheet::{Cell, Kind, Sheet, spaced};
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
    /// The same with what became of its octets.
    pub now: Rc<Edited>,
    /// How many octets were sent.
    pub sent: usize,
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
    let fitted = props.now.fitted();
    let unfit = fitted.as_ref().map_or(true, |fitted| fitted.packet != props.now.packet);
    let fit = match fitted {
        Ok(fitted) => Do::Edit(fitted),
        Err(why) => Do::Refuse(why),
    };
    html! {
        <div class="hd-editor">
            if let Some(cell) = cell {
                <h3>{ named(cell) }</h3>
                if cell.width <= 128 { { bits(props, cell) } }
                <Field
                    key={cell.bit}
                    sheet={props.sheet.clone()}
                    now={props.now.clone()}
                    cell={cell.clone()}
                    base={props.base}
                    dispatch={props.dispatch.clone()}
                />
                { for edit::beside(&props.sheet.packet, &props.sheet.cells, cell).map(|beside| html! {
                    <Insert now={props.now.clone()} {beside} dispatch={props.dispatch.clone()} />
                }) }
                { take_out(props, cell) }
                if let Some(wrong) = &props.wrong { <p class="hd-wrong" role="alert">{ wrong }</p> }
                <p class="hd-says">{ &cell.says }</p>
            } else {
                <p>{ "Click a bit in the picture to turn it over, or choose a field to type its value. Beside options and data, octets can be put in and taken out." }</p>
                if let Some(wrong) = &props.wrong { <p class="hd-wrong" role="alert">{ wrong }</p> }
            }
            if let Some(says) = length(props, unfit) { <p role="status">{ says }</p> }
            <p>{ verdict(&props.sheet.packet) }</p>
            <div class="hd-switches">
                if unfit {
                    <button type="button" title="Data offset and lengths are set to what is there" onclick={act(fit)}>{ "Make lengths fit" }</button>
                }
                if stale {
                    <button type="button" onclick={act(Do::Edit(props.now.with(renewed)))}>{ "Renew checksums" }</button>
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
fn bits(props: &EditorProps, cell: &Cell) -> Html {
    let EditorProps { sheet, now, dispatch, .. } = props;
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
        let (set, dispatch, now) = (sheet.bit(bit), dispatch.clone(), now.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            dispatch.dispatch(Do::Edit(now.with(edit::flipped(&now.packet, bit))))
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

/// How long the datagram is, where that is not what was sent or not what its lengths say.
fn length(props: &EditorProps, unfit: bool) -> Option<String> {
    let (now, sent) = (props.now.packet.octets().len(), props.sent);
    let counts =
        (now != sent).then(|| format!("The datagram has {}; {sent} were sent.", count(now as u64, "octet")));
    let unfit = unfit.then(|| {
        "Its data offset and lengths do not say what is there: the receiver goes by what they say.".to_owned()
    });
    let both: Vec<String> = counts.into_iter().chain(unfit).collect();
    (!both.is_empty()).then(|| both.join(" "))
}

/// Takes the whole option out, or the data.
fn take_out(props: &EditorProps, cell: &Cell) -> Html {
    let (range, says) = match cell.kind {
        Kind::Option(_) => match edit::option_at(&props.sheet.packet, &props.sheet.cells, cell) {
            Some(range) => (range, "Take the option out"),
            None => return html! {},
        },
        Kind::Data => (cell.octets(), "Take the data out"),
        Kind::Octets => (cell.octets(), "Take these octets out"),
        Kind::Field(_) => return html! {},
    };
    let (now, dispatch) = (props.now.clone(), props.dispatch.clone());
    let many = count(range.len() as u64, "octet");
    let onclick = Callback::from(move |_: MouseEvent| {
        dispatch.dispatch(match now.spliced(range.clone(), &[]) {
            Ok(edited) => Do::Edit(edited),
            Err(why) => Do::Refuse(why),
        });
        dispatch.dispatch(Do::Hold(None));
    });
    html! { <p class="hd-out"><button type="button" {onclick}>{ format!("{says} ({many})") }</button></p> }
}

#[derive(Clone, PartialEq, Properties)]
struct InsertProps {
    now: Rc<Edited>,
    /// Where: before the cell, if that can be, after it; and whether the octets are then of the TCP header.
    beside: (Option<usize>, usize, bool),
    dispatch: UseReducerDispatcher<State>,
}

/// Octets to be put in beside a cell. What cannot be read stays as it was typed.
#[component]
fn Insert(props: &InsertProps) -> Html {
    let InsertProps { beside: (before, after, in_header), .. } = *props;
    let text = use_state_eq(String::new);
    let oninput = {
        let text = text.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                text.set(input.value());
            }
        })
    };
    let put = {
        let (now, dispatch, text) = (props.now.clone(), props.dispatch.clone(), text.clone());
        Callback::from(move |(at, in_header): (usize, bool)| {
            let read = match edit::octets(&text) {
                Ok(octets) if octets.is_empty() => Err("Write the octets first, two hexadecimal digits for each: 01 is a NOP, 02 04 05 b4 an MSS of 1460.".to_owned()),
                other => other,
            };
            dispatch.dispatch(match read.and_then(|octets| now.inserted(at, &octets, in_header)) {
                Ok(edited) => Do::Edit(edited),
                Err(why) => Do::Refuse(why),
            });
        })
    };
    let onsubmit = {
        let put = put.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            put.emit((after, in_header));
        })
    };
    let put_data = put.reform(move |()| (after, false));
    let onkeydown = Callback::from(|event: KeyboardEvent| {
        if event.key() != "Escape" {
            event.stop_propagation();
        }
    });
    html! {
        <form class="hd-typed" {onsubmit} {onkeydown}>
            <label>{ "Put in " }<input type="text" autocomplete="off" spellcheck="false" placeholder={if in_header { "01 01" } else { "\"Hi\"" }} value={(*text).clone()} {oninput} /></label>
            if let Some(before) = before {
                <button type="button" onclick={put.reform(move |_: MouseEvent| (before, in_header))}>{ "before" }</button>
            }
            <button type="submit">{ "after" }</button>
            // Where there is no data yet, there is no cell of it beside which one could put some.
            if in_header && after == props.now.packet.octets().len() {
                <button type="button" onclick={put_data.reform(|_: MouseEvent| ())}>{ "as data" }</button>
            }
        </form>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FieldProps {
    sheet: Rc<Sheet>,
    now: Rc<Edited>,
    cell: Cell,
    base: Seq,
    dispatch: UseReducerDispatcher<State>,
}

/// The value, to be typed. What cannot be stays as it was typed, with what is wrong with it.
#[component]
fn Field(props: &FieldProps) -> Html {
    let FieldProps { cell, sheet, .. } = props;
    let octets = edit::by_octets(cell);
    let shown = match octets {
        true => spaced(&sheet.packet.octets()[cell.octets()]),
        false => cell.value.clone(),
    };
    let text = use_state(|| shown.clone());
    {
        // Another value, by whatever way, is what can be typed over next.
        let text = text.setter();
        use_effect_with(shown, move |shown| text.set(shown.clone()));
    }
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
            let typed = edit::typed(&props.now, &props.cell, &text, props.base);
            props.dispatch.dispatch(match typed {
                Ok(edited) => Do::Edit(edited),
                Err(why) => Do::Refuse(why),
            });
        })
    };
    // Letters that are typed here are no commands of the page.
    let onkeydown = Callback::from(|event: KeyboardEvent| {
        if event.key() != "Escape" {
            event.stop_propagation();
        }
    });
    let (label, hint) = if octets {
        (
            "Octets",
            "Two hexadecimal digits for each, or text in quotation marks; fewer or more than there are, too.",
        )
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
