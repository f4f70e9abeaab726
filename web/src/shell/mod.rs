//! What surrounds every page: the header with its links and the theme, and the footer.

mod theme;

use crate::{Route, browser};
use theme::ThemeSwitch;
use yew::prelude::*;
use yew_router::prelude::*;

/// What the header must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct HeaderProps {
    /// Path prefix under which the site is hosted.
    pub base: AttrValue,
}

/// The header of every page.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    crate::bridged::use_token_keeper();
    let here = use_route::<Route>();
    let current = |route: Route| {
        let inside = matches!(
            (here, route),
            (Some(Route::Scenario { .. }), Route::Scenarios)
                | (Some(Route::ReferencePart { .. }), Route::Reference)
                | (Some(Route::Learn { .. }), Route::Course)
        );
        if here == Some(route) || inside { classes!("current") } else { classes!() }
    };
    html! {
        <>
            <a class="skip" href="#main">{ "To the content" }</a>
            <header class="site">
                <nav aria-label="Main">
                    <Link<Route> to={Route::Home} classes={classes!("brand", current(Route::Home))}>{ "TCP Lab" }</Link<Route>>
                    <Link<Route> to={Route::Course} classes={current(Route::Course)}>{ "Learn" }</Link<Route>>
                    <Link<Route> to={Route::Scenarios} classes={current(Route::Scenarios)}>{ "Scenarios" }</Link<Route>>
                    <Link<Route> to={Route::Lab} classes={current(Route::Lab)}>{ "Lab" }</Link<Route>>
                    <Link<Route> to={Route::Sandbox} classes={current(Route::Sandbox)}>{ "Sandbox" }</Link<Route>>
                    <Link<Route> to={Route::Captures} classes={current(Route::Captures)}>{ "Captures" }</Link<Route>>
                    <Link<Route> to={Route::Live} classes={current(Route::Live)}>{ "Live sockets" }</Link<Route>>
                    <Link<Route> to={Route::Reference} classes={current(Route::Reference)}>{ "Reference" }</Link<Route>>
                </nav>
                <div class="site-tools">
                    // web/boot.js opens the box over the page; without it this is the way to its page.
                    <a class="to-search" href={format!("{}search/", props.base)} aria-keyshortcuts="/">
                        { "Search " }<kbd aria-hidden="true">{ "/" }</kbd>
                    </a>
                    <ThemeSwitch />
                </div>
            </header>
        </>
    }
}

/// The main part: the page that the address names. Another page begins at its top, with its own title, and a screen reader
/// goes there.
#[component]
pub fn Main(props: &MainProps) -> Html {
    let here = use_route::<Route>();
    let node = use_node_ref();
    let first = use_mut_ref(|| true);
    {
        let node = node.clone();
        use_effect_with(here, move |here| {
            if !first.replace(false) {
                if let Some(route) = here {
                    browser::set_title(route.head().title);
                }
                browser::focus(&node, false);
                browser::scroll_up();
            }
        });
    }
    html! { <main id="main" tabindex="-1" ref={node}>{ props.children.clone() }</main> }
}

/// What [`Main`] holds.
#[derive(Clone, PartialEq, Properties)]
pub struct MainProps {
    /// The page.
    pub children: Html,
}

/// The footer of every page.
pub fn footer() -> Html {
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
