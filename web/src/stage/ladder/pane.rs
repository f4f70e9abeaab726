//! One ladder in a frame that scrolls: parts of the drawing that are built once, what is lit, the veil over the future, and now.

use super::draw::{N, bit, head, inside, phase, role};
use super::moment::{Head, Moment, moment};
use super::passing::{Passing, dots, passing};
use super::plan::Plan;
use super::stamps::seconds;
use crate::stage::{Focus, Told};
use sockets::Instant;
use std::ops::Deref;
use std::rc::Rc;
use yew::prelude::*;

/// A plan that is shared: equal to itself alone.
#[derive(Clone, Debug)]
pub struct Laid(Rc<Plan>);

impl Laid {
    /// Shares a plan.
    pub fn new(plan: Plan) -> Laid {
        Laid(Rc::new(plan))
    }
}

impl PartialEq for Laid {
    fn eq(&self, other: &Laid) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Laid {
    type Target = Plan;
    fn deref(&self) -> &Plan {
        &self.0
    }
}

/// The height of a part that is built at once.
pub const TILE: f64 = 320.0;

/// Sixteenths of the font size, as a length of the style sheet.
pub fn rem(units: f64) -> String {
    format!("{}rem", (units * 62.5).round() / 1_000.0)
}

#[derive(Clone, PartialEq, Properties)]
pub struct TileProps {
    pub told: Told,
    pub laid: Laid,
    /// Which part, from the top.
    pub place: usize,
}

/// A part of the drawing.
#[component]
pub fn Tile(props: &TileProps) -> Html {
    let TileProps { told, laid, place } = props;
    let top = *place as f64 * TILE;
    let high = (laid.height - top).min(TILE);
    let drawn = use_memo((told.clone(), laid.clone(), *place), |_| {
        let width = N(laid.look.width);
        let body = inside(told, laid, top, top + high);
        AttrValue::from(format!(
            r#"<svg class="ladder-drawing" aria-hidden="true" viewBox="0 {top} {width} {}" style="top:{};height:{}">{body}</svg>"#,
            N(high),
            rem(top),
            rem(high)
        ))
    });
    Html::from_html_unchecked((*drawn).clone())
}

#[derive(Clone, PartialEq, Properties)]
pub struct LitProps {
    pub told: Told,
    pub laid: Laid,
    pub focus: Rc<Focus>,
    /// From this height to that one.
    pub seen: (usize, usize),
}

/// What lights up, drawn over what stands there.
#[component]
pub fn Lit(props: &LitProps) -> Html {
    let LitProps { told, laid, focus, seen } = props;
    let (top, bottom) = (seen.0 as f64 * TILE, seen.1 as f64 * TILE);
    let drawn = use_memo((told.clone(), laid.clone(), focus.clone(), *seen), |_| {
        let body = super::lit::inside(told, laid, focus, top, bottom);
        let (width, high) = (N(laid.look.width), bottom - top);
        (!body.is_empty()).then(|| {
            AttrValue::from(format!(
                r#"<svg class="ladder-drawing lit" aria-hidden="true" viewBox="0 {top} {width} {high}" style="top:{};height:{}">{body}</svg>"#,
                rem(top),
                rem(high)
            ))
        })
    });
    match &*drawn {
        Some(drawn) => Html::from_html_unchecked(drawn.clone()),
        None => html! {},
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct RacingProps {
    pub told: Told,
    pub laid: Laid,
    /// From this height on.
    pub top: f64,
    /// So much of it.
    pub height: f64,
}

/// What stands in the frame while the ladder races past: the same few elements, jump after jump.
#[component]
pub fn Racing(props: &RacingProps) -> Html {
    let RacingProps { told, laid, top, height } = props;
    let Passing { bands, folds, calls, arrows, crosses } = passing(told, laid, *top, top + height);
    let rect = |(x, y, wide, high): (f64, f64, f64, f64)| {
        let [x, y, width, height] = [x, y, wide, high].map(|length| N(length).to_string());
        html! { <rect {x} {y} {width} {height} /> }
    };
    let (first, last) = (N(*top).to_string(), N(top + height).to_string());
    html! {
        <svg class="ladder-drawing" aria-hidden="true" viewBox={format!("0 {} {} {}", N(*top), N(laid.look.width), N(*height))}
            style={format!("top:{};height:{}", rem(*top), rem(*height))}>
            { for laid.columns.iter().map(|column| {
                let x = N(column.x).to_string();
                html! { <line class={classes!("life", role(column.role))} x1={x.clone()} x2={x} y1={first.clone()} y2={last.clone()} /> }
            }) }
            <g>{ for bands.into_iter().map(|(state, who, place)| html! {
                <g class={classes!("band", phase(state), role(who))}>{ rect(place) }</g>
            }) }</g>
            <g class="call many"><path d={calls} /></g>
            <g>{ for folds.into_iter().map(|place| html! { <g class="fold">{ rect(place) }</g> }) }</g>
            { for arrows.into_iter().map(|(kind, path)| html! {
                <g class={classes!("arrow", "dense", kind.class())}><path d={path} /></g>
            }) }
            <g class="arrow"><path class="cross" d={crosses} /></g>
        </svg>
    }
}

/// The veil over the future, and what moves with time; in haste, what is under way has no letters.
pub fn now(told: &Told, laid: &Laid, at: Instant, hasty: bool) -> Html {
    let Moment { y, heads, timers } = moment(told, laid, at);
    let width = laid.look.width;
    let place = format!("transform:translateY({})", rem(y));
    let stamp = format!("{} s", seconds(at.since(told.begin), 6));
    // Of a story that goes on nobody knows what comes next, though some of it is under way.
    let unknown = told.goes_on.then(|| y.max(laid.axis.y(told.end)));
    let lettered = |head: Head| {
        html! {
            <g class={classes!("head", head.kind.class())} transform={format!("translate({} {})", N(head.x), N(head.y - y))}>
                <circle r="8" />
                <text class={bit(head.letter)} y="4" text-anchor="middle">{ head.letter.to_string() }</text>
            </g>
        }
    };
    html! {
        <>
            // As high as all there is, wherever it stands: to move it is not to lay anything out.
            <div class="veil" style={format!("{place};height:{}", rem(laid.height))}></div>
            if let Some(unknown) = unknown {
                <div class="veil unknown" style={format!("transform:translateY({});height:{}", rem(unknown), rem(laid.height))}></div>
            }
            <svg class="ladder-drawing now" aria-hidden="true" viewBox={format!("0 0 {} 1", N(width))} style={format!("{place};height:{}", rem(1.0))}>
                { for timers.into_iter().map(|run| {
                    let (x, top) = (N(run.x).to_string(), N(run.top - y).to_string());
                    let due = N((run.due - y).max(0.0)).to_string();
                    html! {
                        <g class="timer">
                            <path d={format!("M{x} {top}V0")} />
                            <path class="ahead" d={format!("M{x} 0V{due}m-4 0h8")} />
                        </g>
                    }
                }) }
                <line class="now-line" x1="0" x2={N(width).to_string()} y1="0" y2="0" />
                <text class="now-time" x="2" y="-4">{ stamp }</text>
                if hasty {
                    { for dots(&heads, y).into_iter().map(|(kind, path)| html! {
                        <g class={classes!("dots", kind.class())}><path d={path} /></g>
                    }) }
                } else {
                    <g>{ for heads.into_iter().map(lettered) }</g>
                }
            </svg>
        </>
    }
}

/// A curved bracket from one arrow's beginning to another's, on the side where calls stand.
pub fn bracket(from: (f64, f64), to: (f64, f64), away: f64) -> String {
    let bulge = away * (14.0 + ((to.1 - from.1).abs() * 0.12).min(60.0));
    let side = from.0 + bulge;
    let tip = head((side, f64::midpoint(from.1, to.1)), to, 6.0);
    format!(
        "M{} {}C{} {} {} {} {} {}{tip}",
        N(from.0),
        N(from.1),
        N(side),
        N(from.1),
        N(side),
        N(to.1),
        N(to.0),
        N(to.1)
    )
}
