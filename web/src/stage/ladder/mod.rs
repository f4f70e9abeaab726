//! The ladder: hosts as life lines, segments as slanted arrows at their true times.

use super::ViewProps;
use yew::prelude::*;

/// The view.
#[component]
pub fn Ladder(props: &ViewProps) -> Html {
    let _ = props;
    html! { <section class="view ladder" aria-label="Ladder"></section> }
}
