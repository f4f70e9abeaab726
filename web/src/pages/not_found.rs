//! The page for addresses that there are none for.

use crate::Route;
use yew::prelude::*;
use yew_router::prelude::*;

/// Says so, and shows the ways on.
pub fn not_found() -> Html {
    html! {
        <div class="prose">
            <h1>{ "There is no page here" }</h1>
            <p>{ "The address is misspelled, or the page has moved." }</p>
            <ul>
                <li><Link<Route> to={Route::Home}>{ "What TCP Lab is" }</Link<Route>></li>
                <li><Link<Route> to={Route::Live}>{ "Live sockets" }</Link<Route>></li>
            </ul>
        </div>
    }
}
