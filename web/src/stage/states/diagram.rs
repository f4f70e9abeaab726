//! The diagram itself: boxes and ways, marked by who took them. It is drawn anew when that changes, not on every frame.

use super::layout::{Anchor, HALF, PLACES, ROUTES, Route, head, path};
use super::scene::Walks;
use super::{Spot, is_lit, role_class, thing};
use crate::stage::{Act, Focus, Told};
use sim::tcp::transitions;
use sockets::State;
use std::rc::Rc;
use yew::prelude::*;

/// What the diagram must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct DiagramProps {
    /// The story.
    pub story: Told,
    /// The walks of both ends.
    pub walks: Rc<Walks>,
    /// How many steps are made.
    pub made: usize,
    /// The boxes in which the ends are.
    pub now: Vec<usize>,
    /// What lights up.
    pub focus: Rc<Focus>,
    /// What is pointed at.
    pub spot: Option<Spot>,
    /// Takes what is pointed at.
    pub point: Callback<Option<Spot>>,
    /// Takes what the person does.
    pub act: Callback<Act>,
}

/// The diagram.
#[component]
pub fn Diagram(props: &DiagramProps) -> Html {
    let made = &props.walks.steps[..props.made];
    let ways = ROUTES.iter().enumerate().filter_map(|(place, way)| {
        let on = |step: &&super::scene::Step| step.change.before == way.from && step.change.after == way.to;
        let taken: Vec<usize> = made.iter().filter(on).map(|step| step.who).collect();
        let ever = props.walks.steps.iter().any(|step| on(&step));
        let lit = props.walks.steps.iter().filter(on).any(|step| is_lit(&props.focus, &step.change));
        if !way.figure && taken.is_empty() && !lit {
            return None;
        }
        let last = made.last().is_some_and(|step| on(&step));
        Some(draw_way(props, place, way, &taken, ever, last, lit))
    });
    let boxes = PLACES.iter().enumerate().map(|(place, _)| draw_box(props, place));
    html! {
        <>
            <g class="routes">{ for ways }</g>
            <g class="boxes">{ for boxes }</g>
        </>
    }
}

fn draw_way(
    props: &DiagramProps,
    place: usize,
    way: &Route,
    taken: &[usize],
    ever: bool,
    last: bool,
    lit: bool,
) -> Html {
    let line = path(way.points);
    let spot = Spot::Way(place);
    let enter = props.point.reform(move |_: PointerEvent| Some(spot));
    let leave = props.point.reform(|_: PointerEvent| None);
    let click = ever.then(|| {
        let (walks, act, made) = (props.walks.clone(), props.act.clone(), props.made);
        Callback::from(move |_: MouseEvent| {
            if let Some(step) = walks.step_on(place, made) {
                act.emit(Act::Seek(walks.steps[step].change.at));
                act.emit(Act::Pick(thing(&walks.steps[step].change)));
            }
        })
    });
    let takers = props.walks.walkers.iter().enumerate().filter(|(who, _)| taken.contains(who)).map(|(who, walker)| {
        html! { <path class={classes!("trace", role_class(walker.role), (who == 1).then_some("second"))} d={line.clone()} /> }
    });
    let pointed = props.spot == Some(spot);
    let class = classes!(
        "way",
        (!taken.is_empty()).then_some("taken"),
        last.then_some("last"),
        lit.then_some("lit"),
        pointed.then_some("pointed"),
        ever.then_some("ever")
    );
    html! {
        <g key={place} {class} onpointerenter={enter} onpointerleave={leave} onclick={click}>
            <path class="hit" d={line.clone()} />
            <path class="line" d={line.clone()} />
            { for takers }
            <path class="head" d={head(way.points)} />
            { label(way) }
        </g>
    }
}

fn label(way: &Route) -> Html {
    let (Some(((x, y), anchor)), Some(row)) = (way.label, transitions::find(way.from, way.to)) else {
        return html! {};
    };
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let mut lines = folded(row.event);
    if !row.sends.is_empty() {
        lines.push(format!("sends {}", row.sends));
    }
    let one_line = anchor == "middle";
    let lines = if one_line { vec![lines.join(", ")] } else { lines };
    let lines = lines.into_iter().enumerate().map(|(place, line)| {
        let y = y + 14.0 * place as f64;
        html! { <tspan x={x.to_string()} y={y.to_string()}>{ line }</tspan> }
    });
    html! { <text class="label" text-anchor={anchor} aria-hidden="true">{ for lines }</text> }
}

/// An event in lines of a label; of many events the first.
fn folded(event: &str) -> Vec<String> {
    const LINE: usize = 16;
    let short = if event.len() > 28 {
        event.split(',').next().unwrap_or(event).to_owned() + " …"
    } else {
        event.to_owned()
    };
    let mut lines: Vec<String> = Vec::new();
    for word in short.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < LINE => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn draw_box(props: &DiagramProps, place: usize) -> Html {
    let state = PLACES[place].state;
    let (x, y) = PLACES[place].middle;
    let spot = Spot::State(state);
    let here: Vec<usize> = (0..props.now.len()).filter(|&who| props.now[who] == place).collect();
    let visited = |who: usize| {
        props.walks.steps[..props.made].iter().any(|step| {
            step.who == who && super::layout::arrival(step.change.before, step.change.after) == place
        })
    };
    let visited = (0..props.now.len()).any(visited);
    let names: Vec<&str> = here.iter().map(|&who| props.walks.walkers[who].name.as_str()).collect();
    let who = match names[..] {
        [] => String::new(),
        [name] => format!("; {name} is here"),
        _ => format!("; {} are here", names.join(" and ")),
    };
    let second = state == State::Closed && place > 0;
    let enter = props.point.reform(move |_: PointerEvent| Some(spot));
    let leave = props.point.reform(|_: PointerEvent| None);
    let focus = props.point.reform(move |_: FocusEvent| Some(spot));
    let blur = props.point.reform(|_: FocusEvent| None);
    let class = classes!(
        "state",
        visited.then_some("visited"),
        (!here.is_empty()).then_some("here"),
        here.iter().map(|&who| role_class(props.walks.walkers[who].role)).collect::<Vec<_>>(),
        (props.spot == Some(spot)).then_some("pointed")
    );
    html! {
        <g key={format!("box {place}")} {class} role="img" aria-label={format!("{state}: {}{who}", state.meaning())}
            tabindex={if second { None } else { Some("0") }} style={format!("transform:translate({x}px,{y}px)")}
            onpointerenter={enter} onpointerleave={leave} onfocus={focus} onblur={blur}>
            <rect x={(-HALF.0).to_string()} y={(-HALF.1).to_string()} width={(2.0 * HALF.0).to_string()} height={(2.0 * HALF.1).to_string()} rx="3" />
            <text dy="0.35em" text-anchor="middle">{ state.name() }</text>
        </g>
    }
}
