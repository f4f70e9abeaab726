//! Plots over time: windows, round-trip times, sequence numbers, throughput.

use super::ViewProps;
use yew::prelude::*;

/// The view.
#[component]
pub fn Plots(props: &ViewProps) -> Html {
    let _ = props;
    html! { <section class="view plots" aria-label="Plots"></section> }
}
