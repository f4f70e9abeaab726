//! Which network the programs run on, and what happens on the way between them on the simulated one.

use super::run::On;
use super::state::{Do, State};
use crate::browser;
use lab::Change;
use std::rc::Rc;
use yew::prelude::*;

/// Delays of one way that can be chosen, in microseconds.
const DELAYS: [u64; 5] = [0, 1_000, 20_000, 100_000, 500_000];

/// Rates that can be chosen, in bits per second.
const RATES: [u64; 4] = [100_000_000, 10_000_000, 1_000_000, 100_000];

/// Losses that can be chosen, in segments of a million.
const LOSSES: [u64; 5] = [0, 10_000, 50_000, 100_000, 300_000];

/// What the choice must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct NetworkProps {
    /// Takes what the person does.
    pub act: Callback<Do>,
    /// As it is.
    pub state: State,
}

/// A choice among some values and the one that is.
fn choice<T: Copy + PartialEq + 'static>(
    label: &'static str,
    values: impl Iterator<Item = T>,
    is: T,
    in_words: fn(T) -> String,
    chosen: Callback<T>,
) -> Html {
    let mut values: Vec<T> = values.collect();
    if !values.contains(&is) {
        values.push(is);
    }
    let options: Html = values
        .iter()
        .enumerate()
        .map(|(place, value)| {
            html! { <option value={place.to_string()} selected={*value == is}>{ in_words(*value) }</option> }
        })
        .collect();
    let onchange = browser::on_chosen(Callback::from(move |place: String| {
        if let Some(value) = place.parse().ok().and_then(|place: usize| values.get(place)) {
            chosen.emit(*value);
        }
    }));
    html! { <label><span>{ label }</span><select {onchange}>{ options }</select></label> }
}

/// The switch between simulator and kernel. `group` tells it from others of the page.
pub fn switch(group: &AttrValue, is: On, act: &Callback<Do>) -> Html {
    let on = |on: On, label: &'static str| {
        let onchange = act.reform(move |_: Event| Do::On(on));
        html! { <label><input type="radio" name={group.clone()} checked={is == on} {onchange} />{ label }</label> }
    };
    html! {
        <fieldset class="on">
            <legend class="for-screen-readers">{ "Network" }</legend>
            { on(On::Simulator, "Simulator") }
            { on(On::Kernel, "My kernel") }
        </fieldset>
    }
}

/// The switch between simulator and kernel, and what the simulated way is like.
#[component]
pub fn Network(props: &NetworkProps) -> Html {
    let NetworkProps { act, state } = props;
    let project = &state.project;
    let rates = core::iter::once(None).chain(RATES.into_iter().map(Some));
    let in_words = |rate: Option<u64>| rate.map_or_else(|| "no limit".to_owned(), lab::rate);
    html! {
        <>
            { switch(&AttrValue::from("on"), state.on, act) }
            if state.on == On::Simulator {
                { choice("one way", DELAYS.into_iter(), project.delay, |us| sockets::Micros(us).to_string(), act.reform(Do::Delay)) }
                { choice("rate", rates, project.rate, in_words, act.reform(Do::Rate)) }
                { choice("loss", LOSSES.into_iter(), project.loss, lab::per_cent, act.reform(Do::Loss)) }
            }
        </>
    }
}

/// What befalls single segments of the next run, each to be taken back.
#[component]
pub fn Befallen(props: &NetworkProps) -> Html {
    let NetworkProps { act, state } = props;
    let faults = &state.project.faults;
    if faults.is_empty() || state.on == On::Kernel {
        return html! {};
    }
    let rows = faults.iter().enumerate().map(|(place, fault)| {
        let says = Change::Befall(fault.clone()).says();
        let undo = {
            let (act, project) = (act.clone(), Rc::clone(&state.project));
            Callback::from(move |_: MouseEvent| {
                let mut faults = project.faults.clone();
                faults.remove(place);
                act.emit(Do::Faults(faults));
            })
        };
        let label = format!("Take back: {says}");
        html! {
            <li>{ says }{ " " }<button type="button" class="quiet" aria-label={label} onclick={undo}>{ "Take back" }</button></li>
        }
    });
    html! {
        <div class="befallen">
            <p class="meaning">{ "On the way, in the next run:" }</p>
            <ul>{ for rows }</ul>
        </div>
    }
}
