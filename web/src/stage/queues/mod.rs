//! The queues: SYN queue, accept queue, send and receive buffers.

use super::ViewProps;
use yew::prelude::*;

/// The view.
#[component]
pub fn Queues(props: &ViewProps) -> Html {
    let _ = props;
    html! { <section class="view queues" aria-label="Queues"></section> }
}
