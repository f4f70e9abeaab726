//! The first page: what this is, one real picture, the way in.

use crate::Route;
use yew::prelude::*;
use yew_router::prelude::*;

/// The page.
#[component]
pub fn Home() -> Html {
    html! {
        <div class="prose">
            <h1>{ "Learn TCP by doing" }</h1>
        </div>
    }
}
