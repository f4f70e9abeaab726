//! The packet list: the text twin of the ladder.

use super::ViewProps;
use yew::prelude::*;

/// The view.
#[component]
pub fn Packets(props: &ViewProps) -> Html {
    let _ = props;
    html! { <section class="view packets" aria-label="Packets"></section> }
}
