//! The state machine of RFC 9293, figure 5, with the positions of both ends of a connection on it, the way that they took, and why.
//!
//! ```text
//!   sim's table of transitions + layout's table of places --> the diagram, drawn when something is taken or pointed at
//!   Story + end --> Walks --scene(at)--> tokens, moved on every frame
//! ```

mod diagram;
mod layout;
mod scene;
mod tale;
#[cfg(test)]
mod tests;

use super::{Act, Focus, Role, Story, Thing, ViewProps, clock};
use crate::stage::story::{Cause, StateChange};
use diagram::Diagram;
use scene::{Walks, scene};
use sockets::State;
use std::rc::Rc;
use tale::Tale;
use yew::prelude::*;

/// What of the diagram is pointed at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spot {
    /// A state.
    State(State),
    /// A way, a place among the layout's routes.
    Way(usize),
}

/// The view.
#[component]
pub fn States(props: &ViewProps) -> Html {
    let walks = use_memo((props.story.clone(), props.end), |(story, end)| Walks::of(story, *end));
    let spot = use_state_eq(|| None::<Spot>);
    let drawn = scene(&props.story, &walks, props.at);
    let point = use_callback(
        (walks.clone(), drawn.made, spot.clone(), props.act.clone()),
        |pointed: Option<Spot>, (walks, made, spot, act)| {
            spot.set(pointed);
            let step = pointed.and_then(|spot| match spot {
                Spot::Way(way) => walks.step_on(way, *made),
                Spot::State(_) => None,
            });
            act.emit(Act::Point(step.and_then(|step| thing(&walks.steps[step].change))));
        },
    );
    let gone = |walker: &scene::Walker| {
        props.story.end_of(walker.end).unseen.is_some_and(|unseen| unseen <= props.at)
    };
    let tokens = drawn.tokens.iter().zip(&walks.walkers).enumerate().map(|(who, (token, walker))| {
        let (x, y) = token.point;
        html! {
            <g key={who} class={classes!("pawn", role_class(walker.role), gone(walker).then_some("unseen-end"))} style={format!("transform:translate({x:.1}px,{y:.1}px)")}>
                { shape(who) }
                <text dy="0.35em" text-anchor="middle">{ walker.letter.clone() }</text>
            </g>
        }
    });
    // Of one that is known to be over there is nothing left to ask.
    let is_over = |who: usize| {
        let last = walks.steps[..drawn.made].iter().rev().find(|step| step.who == who);
        last.is_some_and(|step| step.change.after == State::Closed)
    };
    let unseen: Vec<bool> =
        walks.walkers.iter().enumerate().map(|(who, walker)| gone(walker) && !is_over(who)).collect();
    let now: Vec<usize> = drawn.tokens.iter().map(|token| token.place).collect();
    let (width, height) = layout::SIZE;
    html! {
        <section class="view states" role="group" aria-label="State machine">
            <div class="split">
            <div class="machine">
                <svg viewBox={format!("-12 -12 {} {}", width + 20.0, height + 14.0)} role="group" aria-label="The states of TCP and the ways between them">
                    <Diagram story={props.story.clone()} walks={walks.clone()} made={drawn.made} {now}
                        focus={props.focus.clone()} spot={*spot} point={point.clone()} act={props.act.clone()} />
                    { for tokens }
                </svg>
            </div>
            <Tale story={props.story.clone()} {walks} {unseen} made={drawn.made} numbers={props.numbers}
                focus={props.focus.clone()} spot={*spot} act={props.act.clone()} />
            </div>
        </section>
    }
}

/// The mark of the first end is round, that of the second square: who is who is told without colour too.
fn shape(who: usize) -> Html {
    match who {
        0 => html! { <circle r="12" /> },
        _ => html! { <rect x="-11" y="-11" width="22" height="22" rx="2" /> },
    }
}

const fn role_class(role: Role) -> &'static str {
    match role {
        Role::Client => "client",
        Role::Server => "server",
        Role::Router => "router",
    }
}

/// What lights up in other views when a change of state is pointed at.
fn thing(change: &StateChange) -> Option<Thing> {
    match (change.reaction, change.cause) {
        (_, Some(Cause::Packet(packet))) => Some(Thing::Packet(packet)),
        (Some(reaction), _) => Some(Thing::Reaction(reaction)),
        (None, Some(Cause::Call(call))) => Some(Thing::Call(call)),
        (None, _) => None,
    }
}

/// Whether a change of state is among what lights up.
fn is_lit(focus: &Focus, change: &StateChange) -> bool {
    change.reaction.is_some_and(|reaction| focus.reactions.contains(&reaction))
        || match change.cause {
            Some(Cause::Packet(packet)) => focus.packet() == Some(packet),
            Some(Cause::Call(call)) => focus.calls.contains(&call),
            _ => false,
        }
}

/// The meaning of what is pointed at, and when each end was there.
fn meaning(story: &Story, walks: &Rc<Walks>, spot: Spot) -> (String, String) {
    match spot {
        Spot::State(state) => {
            let stays = walks.walkers.iter().enumerate().filter_map(|(who, walker)| {
                let stays: Vec<String> = walks
                    .stays(story, who, state)
                    .iter()
                    .map(|(from, to)| format!("{} to {}", clock(*from), clock(*to)))
                    .collect();
                (!stays.is_empty()).then(|| format!("{}: {}", walker.name, stays.join(", ")))
            });
            let stays: Vec<String> = stays.collect();
            let told = if stays.is_empty() {
                "Nobody here is ever in it.".to_owned()
            } else {
                stays.join("; ") + "."
            };
            (state.name().to_owned(), format!("{}. {told}", sentence(state.meaning())))
        }
        Spot::Way(way) => {
            let way = &layout::ROUTES[way];
            let Some(row) = sim::tcp::transitions::find(way.from, way.to) else {
                return (way.from.name().to_owned(), String::new());
            };
            let sends = if row.sends.is_empty() { String::new() } else { format!("; sends {}", row.sends) };
            (
                format!("{} → {}", row.from, row.to),
                format!("{}{sends} ({}).", sentence(row.event), row.source),
            )
        }
    }
}

/// With a capital letter.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
