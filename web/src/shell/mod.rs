//! What surrounds every page: the header with its links and the theme, and the footer.

mod theme;

use crate::Route;
use theme::ThemeSwitch;
use yew::prelude::*;
use yew_router::prelude::*;

/// The header of every page.
#[component]
pub fn Header() -> Html {
    crate::bridged::use_token_keeper();
    let here = use_route::<Route>();
    let current = |route: Route| if here == Some(route) { classes!("current") } else { classes!() };
    html! {
        <>
            <a class="skip" href="#main">{ "To the content" }</a>
            <header class="site">
                <nav aria-label="Main">
                    <Link<Route> to={Route::Home} classes={classes!("brand", current(Route::Home))}>{ "TCP Lab" }</Link<Route>>
                    <Link<Route> to={Route::Live} classes={current(Route::Live)}>{ "Live sockets" }</Link<Route>>
                </nav>
                <ThemeSwitch />
            </header>
        </>
    }
}

/// The footer of every page.
#[component]
pub fn Footer() -> Html {
    html! {
        <footer class="site">
            <p>
                { "Names of states and control bits follow " }
                <a href="https://www.rfc-editor.org/rfc/rfc9293">{ "RFC 9293" }</a>
                { "; calls and errors follow the manual pages of Linux and " }
                <a href="https://docs.python.org/3/library/socket.html">{ "Python's socket module" }</a>
                { ". No cookies, no trackers; what you do here stays on your machine." }
            </p>
        </footer>
    }
}
