//! Two things that are followed step by step: how the sender fills the packet in, and how a checksum is added up.

use super::fill;
use super::state::{Do, State};
use super::sum::Line;
use wire::fields::Header;
use yew::prelude::*;

/// The buttons that go from step to step.
pub fn controls(state: &UseReducerHandle<State>, count: usize) -> Html {
    let act = |action: Do| {
        let dispatch = state.dispatcher();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(action.clone()))
    };
    let step = state.step.min(count.saturating_sub(1));
    html! {
        <div class="hd-switches">
            <button type="button" onclick={act(Do::Step(step.saturating_sub(1), count))} disabled={step == 0}>{ "Back" }</button>
            <button type="button" onclick={act(Do::Step(step + 1, count))} disabled={step + 1 >= count}>{ "Step" }</button>
            <button type="button" onclick={act(Do::Play(!state.playing, count))}>{ if state.playing { "Pause" } else { "Play" } }</button>
            <span class="hd-soft">{ format!("{} of {count}", step + 1) }</span>
        </div>
    }
}

/// Filling in: the step and where its value comes from, and all steps to choose from.
pub fn filling(state: &UseReducerHandle<State>, steps: &[fill::Step]) -> Html {
    let now = state.step.min(steps.len().saturating_sub(1));
    let Some(step) = steps.get(now) else { return html! {} };
    let line = |(place, step): (usize, &fill::Step)| {
        let (dispatch, count) = (state.dispatcher(), steps.len());
        let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Do::Step(place, count)));
        let class = classes!("quiet", (place > now).then_some("hd-later"));
        html! { <li><button type="button" {class} aria-current={(place == now).then_some("step")} {onclick}>{ &step.title }</button></li> }
    };
    html! {
        <div class="hd-steps">
            <div role="status">
                <h3>{ &step.title }</h3>
                <p class="hd-says">{ &step.from }</p>
                if !step.says.is_empty() { <p>{ &step.says }</p> }
            </div>
            { controls(state, steps.len()) }
            <ol>{ for steps.iter().enumerate().map(line) }</ol>
        </div>
    }
}

/// A checksum: whose, the line that is added now, and all lines up to it.
pub fn summing(state: &UseReducerHandle<State>, headers: &[Header], header: Header, lines: &[Line]) -> Html {
    let now = state.step.min(lines.len().saturating_sub(1));
    let Some(current) = lines.get(now) else { return html! {} };
    let whose = |own: &Header| {
        let (dispatch, own) = (state.dispatcher(), *own);
        let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Do::Sum(own)));
        html! { <button type="button" aria-pressed={(own == header).to_string()} {onclick}>{ own.to_string() }</button> }
    };
    let row = |(place, line): (usize, &Line)| {
        let (dispatch, count) = (state.dispatcher(), lines.len());
        let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Do::Step(place, count)));
        let class = classes!((place == now).then_some("hd-now"), (place > now).then_some("hd-later"));
        let began = place == 0 || lines[place - 1].part != line.part;
        html! {
            <tr {class} {onclick} aria-current={(place == now).then_some("step")}>
                if began { <th scope="row">{ &line.part }</th> } else { <td></td> }
                <td>{ &line.what }</td>
                <td class="hd-mono">{ if place <= now || !line.result { line.word.as_str() } else { "" } }</td>
                <td class="hd-mono">{ if place <= now { format!("{:04x}", line.folded) } else { String::new() } }</td>
            </tr>
        }
    };
    html! {
        <div class="hd-steps">
            if headers.len() > 1 {
                <div class="hd-switches"><span role="group" aria-label="Whose checksum">{ for headers.iter().map(whose) }</span></div>
            }
            <div role="status">
                <h3>{ &current.part }<span class="hd-soft">{ format!(" {}", current.what) }</span></h3>
                <p class="hd-says">{ &current.says }</p>
            </div>
            { controls(state, lines.len()) }
            <table class="hd-sum">
                <caption class="for-screen-readers">{ format!("The {header} checksum, word by word") }</caption>
                <thead><tr><th scope="col">{ "part" }</th><th scope="col">{ "holds" }</th><th scope="col">{ "word" }</th><th scope="col">{ "sum" }</th></tr></thead>
                <tbody>{ for lines.iter().enumerate().map(row) }</tbody>
            </table>
        </div>
    }
}
