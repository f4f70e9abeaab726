//! The knobs: what of a scenario can be turned while it is looked at, and what bounds the transfer.

use lab::{Change, Scenario};
use std::rc::Rc;
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
}

/// The view.
#[component]
pub fn Knobs(props: &KnobsProps) -> Html {
    let _ = props;
    html! { <section class="view knobs" aria-label="Knobs"></section> }
}
