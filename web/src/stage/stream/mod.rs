//! The byte stream: the sequence space of one direction, from what was written to what was read.

use super::ViewProps;
use yew::prelude::*;

/// The view.
#[component]
pub fn Stream(props: &ViewProps) -> Html {
    let _ = props;
    html! { <section class="view stream" aria-label="Byte stream"></section> }
}
