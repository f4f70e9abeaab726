//! The state machine in words: where both ends are, the last and the next change with its cause and clause, and all changes as a list.

use super::scene::{Step, Walks, cause};
use super::{Spot, is_lit, meaning, role_class, shape, thing};
use crate::stage::{Act, Focus, Numbers, Told, clock};
use sockets::State;
use std::rc::Rc;
use yew::prelude::*;

/// What the words must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct TaleProps {
    /// The story.
    pub story: Told,
    /// The walks of both ends.
    pub walks: Rc<Walks>,
    /// Which of the ends nobody sees any more.
    pub unseen: Vec<bool>,
    /// How many steps are made.
    pub made: usize,
    /// How sequence numbers are written.
    pub numbers: Numbers,
    /// What lights up.
    pub focus: Rc<Focus>,
    /// What is pointed at.
    pub spot: Option<Spot>,
    /// Takes what the person does.
    pub act: Callback<Act>,
}

/// The words.
#[component]
pub fn Tale(props: &TaleProps) -> Html {
    let walks = &props.walks;
    if walks.walkers.is_empty() {
        return html! { <p class="empty">{ "No connection is opened in this story: nobody has a state." }</p> };
    }
    let made = &walks.steps[..props.made];
    let stands = walks.walkers.iter().enumerate().map(|(who, walker)| {
        let last = made.iter().rev().find(|step| step.who == who);
        let state = last.map_or(State::Closed, |step| step.change.after);
        html! {
            <p class={classes!("stand", role_class(walker.role))}>
                { mark(who, &walker.letter) }
                <span><b>{ format!("{} ", walker.name) }</b><span class="name">{ state.name() }</span>{
                    match props.unseen.get(who) {
                        Some(true) => " when its program closed it. What became of it since, nobody asked.".to_owned(),
                        _ => format!(": {}", state.meaning()),
                    }
                }</span>
            </p>
        }
    });
    let last = made.last().map(|step| explain(props, step, "Last"));
    let next = walks.steps.get(props.made).map(|step| explain(props, step, "Next"));
    let pointed = props.spot.map(|spot| meaning(&props.story, walks, spot));
    let rows = walks.steps.iter().enumerate().map(|(place, step)| row(props, place, step));
    html! {
        <div class="tale">
            { for stands }
            <div class="why">
                if let Some((what, says)) = pointed {
                    <p><b>{ what }</b>{ format!(" {says}") }</p>
                } else {
                    { for last }
                    { for next }
                }
            </div>
            <ol class="turns" aria-label="Changes of state, in order">{ for rows }</ol>
        </div>
    }
}

fn mark(who: usize, letter: &str) -> Html {
    html! {
        <svg class="mark" viewBox="-13 -13 26 26" aria-hidden="true"><g class="pawn">
            { shape(who) }
            <text dy="0.35em" text-anchor="middle">{ letter.to_owned() }</text>
        </g></svg>
    }
}

/// A change with its cause, rule and clause.
fn explain(props: &TaleProps, step: &Step, when: &str) -> Html {
    let change = &step.change;
    let name = &props.walks.walkers[step.who].name;
    let rule = change.reaction.map(|reaction| props.story.reaction(reaction).rule);
    html! {
        <p>
            <b>{ format!("{when}, {}: ", clock(change.at)) }</b>
            { format!("{name} goes from {} to {}: ", change.before, change.after) }
            <code>{ cause(&props.story, change, props.numbers) }</code>
            { ". " }
            if let Some(rule) = rule {
                { rule.says }
                <span class="source">{ format!(" {}", rule.source) }</span>
            }
        </p>
    }
}

fn row(props: &TaleProps, place: usize, step: &Step) -> Html {
    let change = step.change;
    let walker = &props.walks.walkers[step.who];
    let seek = props.act.reform(move |_: MouseEvent| Act::Seek(change.at));
    let enter = props.act.reform(move |_: PointerEvent| Act::Point(thing(&change)));
    let leave = props.act.reform(|_: PointerEvent| Act::Point(None));
    let (focus, blur) = (
        props.act.reform(move |_: FocusEvent| Act::Point(thing(&change))),
        props.act.reform(|_: FocusEvent| Act::Point(None)),
    );
    let stays = matches!(props.spot, Some(Spot::State(state)) if state == change.after);
    let class = classes!(
        role_class(walker.role),
        (place < props.made).then_some("made"),
        (is_lit(&props.focus, &change) || stays).then_some("lit")
    );
    let now = (place + 1 == props.made).then_some("step");
    html! {
        <li key={place} {class}>
            <button type="button" aria-current={now} onclick={seek} onpointerenter={enter} onpointerleave={leave} onfocus={focus} onblur={blur}>
                <span class="when">{ clock(change.at) }</span>
                { mark(step.who, &walker.letter) }
                <span class="what">
                    <span class="unseen">{ format!("{}: {} to ", walker.name, change.before) }</span>
                    { change.after.name() }
                </span>
                <code>{ cause(&props.story, &change, props.numbers) }</code>
            </button>
        </li>
    }
}
