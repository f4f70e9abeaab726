//! The state machine of RFC 9293, with the positions of both ends on it.

use super::ViewProps;
use yew::prelude::*;

/// The view.
#[component]
pub fn States(props: &ViewProps) -> Html {
    let _ = props;
    html! { <section class="view states" aria-label="State machine"></section> }
}
