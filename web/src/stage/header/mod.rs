//! The header: the 32-bit-wide picture of one segment, octet by octet.

use super::ViewProps;
use yew::prelude::*;

/// The view.
#[component]
pub fn Header(props: &ViewProps) -> Html {
    let _ = props;
    html! { <section class="view header" aria-label="Header"></section> }
}
