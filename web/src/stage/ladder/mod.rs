//! The ladder: hosts as life lines, time flows down, segments as slanted arrows at their true times.
//!
//! ```text
//!   Story --Plan::of(look)--> Plan --draw::inside(top, bottom)--> SVG text, built once for each part
//!                               '----moment(at)--> Moment: now, what is under way; drawn for every frame
//! ```
//!
//! The whole drawing never changes while time passes: a veil over what is to come moves down, and cuts an arrow where its segment is.
//!
//! Beside [`Ladder`] there is [`Compared`], two stories on one axis ("what was", "what if"); [`svg`] and [`poster`] give pictures
//! that stand alone, natively too.

mod arrows;
mod axis;
mod calls;
mod columns;
mod differ;
mod draw;
mod export;
mod frame;
mod free;
mod hit;
mod lit;
mod minimap;
mod moment;
mod pane;
mod passing;
mod plan;
mod poster;
mod stamps;
mod ties;
mod view;
mod words;

pub use axis::Scale;
pub use export::{Picture, beside, svg};
pub use poster::poster;

#[cfg(test)]
mod tests;

use super::ViewProps;
use view::Frame;
use yew::prelude::*;

/// The view of one story.
#[component]
pub fn Ladder(props: &ViewProps) -> Html {
    html! {
        <section class="view ladder" role="group" aria-label="Ladder">
            <Frame panes={vec![(AttrValue::from("Segments"), props.clone())]} />
        </section>
    }
}

/// What two ladders beside each other are given.
#[derive(Clone, PartialEq, Properties)]
pub struct ComparedProps {
    /// What was: the story before a change; stands left.
    pub was: ViewProps,
    /// What is if the change is made; stands right.
    pub now: ViewProps,
}

/// Two stories, moment by moment on one axis: the same times stand at the same height. Each side has its own focus, so `act` of each
/// should lead to its own story.
#[component]
pub fn Compared(props: &ComparedProps) -> Html {
    let ComparedProps { was, now } = props;
    html! {
        <section class="view ladder compared" role="group" aria-label="What was and what if">
            <Frame panes={vec![(AttrValue::from("What was"), was.clone()), (AttrValue::from("What if"), now.clone())]} />
        </section>
    }
}
