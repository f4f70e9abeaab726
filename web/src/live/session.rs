//! The session with the bridge, above the pages: it begins when the page "Live sockets" is first opened, and outlives a walk to
//! another page and back, sockets and all.

use super::page::use_show;
use super::{Desk, Screen};
use crate::bridged::use_bridge;
use yew::prelude::*;

/// What the page asks the session for.
#[derive(Clone, PartialEq)]
pub struct Session {
    /// The state and the ways to change it.
    pub desk: Desk,
    /// Says that the page is open, and with it the session.
    pub begin: Callback<()>,
}

/// What has the session.
#[derive(Clone, PartialEq, Properties)]
pub struct SessionProps {
    /// The pages.
    pub children: Html,
}

/// Holds the session for whatever is inside.
#[component]
pub fn SessionProvider(props: &SessionProps) -> Html {
    let begun = use_state(|| false);
    let screen = use_reducer(Screen::default);
    let bridge = use_bridge(screen.dispatcher(), *begun);
    let desk = Desk { screen, bridge };
    use_show(&desk);
    let begin = use_callback((), {
        let begun = begun.setter();
        move |(), ()| begun.set(true)
    });
    html! {
        <ContextProvider<Session> context={Session { desk, begin }}>
            { props.children.clone() }
        </ContextProvider<Session>>
    }
}
