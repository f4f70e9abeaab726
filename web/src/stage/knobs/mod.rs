//! The knobs: what of a scenario can be turned while it is looked at. What may be turned, how far, and what it means is
//! [`lab::knobs`]' word; here are sliders, fields and menus for it.

mod rows;

use crate::browser::{on_chosen, on_typed, typed};
use lab::{Change, Knob, KnobKind, Scenario, Setting, changed, knobs, turned};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// What the knobs must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct KnobsProps {
    /// The scenario as it was written.
    pub scenario: Rc<Scenario>,
    /// What was changed since, in order.
    pub changes: Rc<Vec<Change>>,
    /// Takes the next change. A change of the same thing as the last one replaces it.
    pub change: Callback<Change>,
    /// A knob is to stand as the scenario has it.
    pub restore: Callback<Knob>,
}

/// The view.
#[component]
pub fn Knobs(props: &KnobsProps) -> Html {
    let KnobsProps { scenario, changes, change, restore } = props;
    let written = use_memo(scenario.clone(), |scenario| knobs(scenario));
    let now = use_memo((scenario.clone(), changes.clone()), |(scenario, changes)| {
        // Changes that cannot be made are the desk's to tell of; the knobs then stand as written.
        changed(scenario, changes).map_or_else(|_| knobs(scenario), |scenario| knobs(&scenario))
    });
    let mut groups: Vec<(&str, Vec<(&Knob, &Knob)>)> = Vec::new();
    for knob in now.iter() {
        // A knob that only a change brought about is as written where it stands.
        let was = written.iter().find(|was| was.id == knob.id).unwrap_or(knob);
        match groups.last_mut() {
            Some((group, members)) if *group == knob.group => members.push((knob, was)),
            _ => groups.push((&knob.group, vec![(knob, was)])),
        }
    }
    html! {
        <section class="view knobs" role="group" aria-label="Knobs">
            if groups.is_empty() {
                <p class="reason">{ "Nothing of this scenario can be turned." }</p>
            }
            { for groups.iter().map(|(group, members)| html! {
                <fieldset key={group.to_string()}>
                    <legend>{ group.to_string() }</legend>
                    { for members.iter().map(|(knob, was)| html! {
                        <OneKnob key={knob.id.clone()} knob={(*knob).clone()} written={was.now.clone()} change={change.clone()} restore={restore.clone()} />
                    }) }
                </fieldset>
            }) }
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct OneProps {
    knob: Knob,
    /// What the scenario's text says.
    written: Setting,
    change: Callback<Change>,
    restore: Callback<Knob>,
}

/// One knob: its name, its slider and field or its menu, and the way back to what the scenario has.
#[component]
fn OneKnob(props: &OneProps) -> Html {
    let OneProps { knob, written, change, restore } = props;
    let why = use_state_eq(|| None::<String>);
    // What is being typed, until it is a value of the knob: a slip loses nothing.
    let draft = use_state_eq(|| None::<String>);
    let turn = {
        let (knob, change, why, draft) = (knob.clone(), change.clone(), why.setter(), draft.setter());
        Callback::from(move |(setting, text): (Setting, Option<String>)| match turned(&knob, &setting) {
            Ok(turned) => {
                why.set(None);
                draft.set(text);
                if setting != knob.now {
                    change.emit(turned);
                }
            }
            Err(wrong) => why.set(Some(wrong)),
        })
    };
    let is_written = knob.now == *written;
    let back = {
        let (knob, restore, why, draft) = (knob.clone(), restore.clone(), why.setter(), draft.setter());
        Callback::from(move |event: MouseEvent| {
            // The button goes away with what it takes back.
            keep_in_knob(&event);
            why.set(None);
            draft.set(None);
            restore.emit(knob.clone());
        })
    };
    let control = match &knob.kind {
        KnobKind::Choice(choices) => menu(knob, choices, &turn),
        KnobKind::Number { .. } => number(knob, &turn, &why, &draft),
    };
    html! {
        <div class={classes!("knob", (!is_written).then_some("turned"))} title={knob.explains}>
            { control }
            <span class="state">
                if is_written {
                    <span class="written">{ "as written" }</span>
                } else {
                    <button type="button" class="quiet" onclick={back}
                        aria-label={format!("{} of {}: back to {}", knob.label, knob.group, knob.write(written))}>
                        { format!("back to {}", knob.write(written)) }
                    </button>
                }
            </span>
            if let Some(why) = &*why {
                <p class="wrong" role="alert">{ why.clone() }</p>
            }
        </div>
    }
}

/// Gives the keyboard to the knob's slider or menu, which stays.
fn keep_in_knob(event: &MouseEvent) {
    let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let knob = pressed.and_then(|pressed| pressed.closest(".knob").ok().flatten());
    let control = knob.and_then(|knob| knob.query_selector("input, select").ok().flatten());
    if let Some(control) = control.and_then(|control| control.dyn_into::<HtmlElement>().ok()) {
        let _ = control.focus();
    }
}

type Turn = Callback<(Setting, Option<String>)>;

fn menu(knob: &Knob, choices: &[(&'static str, &'static str)], turn: &Turn) -> Html {
    let chosen = turn.reform(|value: String| (Setting::Choice(value), None));
    let now = match &knob.now {
        Setting::Choice(value) => value.as_str(),
        _ => "",
    };
    let known = choices.iter().any(|(value, _)| *value == now);
    html! {
        <label class="choice">
            <span class="label">{ knob.label }</span>
            <select title={knob.explains} onchange={on_chosen(chosen)}>
                if !known {
                    <option value={now.to_owned()} selected=true disabled=true>{ knob.write(&knob.now) }</option>
                }
                { for choices.iter().map(|(value, called)| html! {
                    <option value={*value} selected={*value == now}>{ *called }</option>
                }) }
            </select>
        </label>
    }
}

fn number(
    knob: &Knob,
    turn: &Turn,
    why: &UseStateHandle<Option<String>>,
    draft: &UseStateHandle<Option<String>>,
) -> Html {
    let slide = {
        let (turn, kind) = (turn.clone(), knob.kind.clone());
        on_typed(Callback::from(move |text: String| {
            if let Ok(notch) = text.parse() {
                turn.emit((Setting::Number(rows::number(&kind, notch)), None));
            }
        }))
    };
    // What is being typed passes through numbers that nobody means: 5 on the way to 50. It counts when it is done.
    let type_in = {
        let (knob, why, draft) = (knob.clone(), why.setter(), draft.setter());
        on_typed(Callback::from(move |text: String| {
            why.set(rows::read(&knob, &text).err());
            draft.set(Some(text));
        }))
    };
    let take = {
        let (turn, knob) = (turn.clone(), knob.clone());
        on_chosen(Callback::from(move |text: String| {
            if let Ok(setting) = rows::read(&knob, &text) {
                turn.emit((setting, Some(text)));
            }
        }))
    };
    let leave = {
        let (draft, why, knob) = (draft.setter(), why.setter(), knob.clone());
        move |event: FocusEvent| {
            // What was a value is written as the knob writes it; what was none stays to be mended.
            if rows::read(&knob, &typed(event.target())).is_ok() {
                draft.set(None);
                why.set(None);
            }
        }
    };
    let (unit, _) = rows::typed_unit(knob.unit);
    let shown = match (&**draft, &knob.now) {
        (Some(text), _) => text.clone(),
        (None, Setting::Number(number)) => rows::field(knob.unit, *number),
        (None, _) => String::new(),
    };
    let placeholder = match &knob.now {
        Setting::Unset(words) => *words,
        _ => "",
    };
    let at = rows::notch_of(knob);
    html! {
        <>
            <label class="slide">
                <span class="label">{ knob.label }</span>
                <input type="range" min="0" max={rows::NOTCHES.to_string()} step="1" value={at.to_string()}
                    aria-valuetext={knob.write(&knob.now)} title={knob.explains} oninput={slide} />
            </label>
            <label class="field">
                <span class="for-screen-readers">{ format!("{}, in {unit}", knob.label) }</span>
                <input type="text" inputmode="decimal" autocomplete="off" value={shown} {placeholder}
                    aria-invalid={why.is_some().then_some("true")} oninput={type_in} onchange={take} onblur={leave} />
                <span class="unit" aria-hidden="true">{ unit }</span>
            </label>
        </>
    }
}
