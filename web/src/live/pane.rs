//! One host: its name, its sockets, the calls on the chosen one, and what they gave.

use super::calls::{calls, host_calls, new_socket};
use super::kernel::{kernel, state_word};
use super::outside::outside;
use super::transcript::Transcript;
use super::{Act, Desk, PaneProps, wording};
use crate::browser::{self, typed};
use sockets::{Phase, SocketView, State};
use yew::prelude::*;

/// The pane.
#[component]
pub fn PaneView(props: &PaneProps) -> Html {
    let (desk, host) = (&props.desk, props.host);
    let tab_ref = use_node_ref();
    let chosen = desk
        .screen
        .pane(host)
        .and_then(|pane| desk.screen.chosen(pane))
        .map(|view| (view.id, view.phase == Phase::Closed));
    {
        // The button that made or closed the socket is gone: whoever uses the keyboard goes on at the socket.
        let tab_ref = tab_ref.clone();
        use_effect_with(chosen, move |chosen| {
            if chosen.is_some() {
                browser::focus(&tab_ref, true);
            }
        });
    }
    let Some(pane) = desk.screen.pane(host) else { return html! {} };
    let busy = desk.screen.open_sockets().any(|view| view.host == host);
    let removable = desk.screen.panes.len() > 2;
    let rename = desk.on(move |event: Event| Act::Rename(host, typed(event.target())));
    let views: Vec<&SocketView> = desk.screen.sockets.of_host(host).collect();
    html! {
        <section class={classes!("pane", pane.role.class())} aria-label={pane.name.clone()}>
            <header>
                <h2>
                    <input class="host-name" aria-label="Name of this host" value={pane.name.clone()} onchange={rename} maxlength="24" spellcheck="false" />
                </h2>
                if removable {
                    <button
                        type="button"
                        class="quiet"
                        aria-disabled={busy.to_string()}
                        title={busy.then_some("close its sockets first")}
                        onclick={desk.on(move |_: MouseEvent| if busy { Act::Tell("Close its sockets first.".into()) } else { Act::RemovePane(host) })}
                    >{ "Remove" }</button>
                }
            </header>
            if !views.is_empty() {
                <ul class="sockets" aria-label="Sockets">
                    { for views.iter().filter(|view| keep(desk, view)).map(|view| tab(desk, view, pane.chosen == Some(view.id), &tab_ref)) }
                </ul>
            }
            { new_socket(desk, pane) }
            { kernel(desk, pane) }
            { outside(desk, pane) }
            { calls(desk, pane) }
            { host_calls(desk, pane) }
            <Transcript desk={desk.clone()} {host} />
        </section>
    }
}

/// Closed sockets go from the row of tabs, except the one that is looked at and those whose connection is not over: TIME-WAIT and the like.
fn keep(desk: &Desk, view: &SocketView) -> bool {
    let chosen = desk.screen.pane(view.host).and_then(|pane| pane.chosen);
    let state = view.sample.as_ref().and_then(|sample| sample.state);
    let goes_on = state.is_some_and(|state| state != State::Closed);
    view.phase != Phase::Closed || chosen == Some(view.id) || goes_on
}

fn tab(desk: &Desk, view: &SocketView, chosen: bool, tab_ref: &NodeRef) -> Html {
    let (host, id) = (view.host, view.id);
    let waits = !view.pending.is_empty();
    html! {
        <li key={id.0}>
            <button
                type="button"
                ref={if chosen { tab_ref.clone() } else { NodeRef::default() }}
                aria-pressed={chosen.to_string()}
                class={classes!(waits.then_some("waits"))}
                onclick={desk.on(move |_: MouseEvent| Act::Choose(host, id))}
            >
                <code>{ desk.screen.names.get(id) }</code>
                <span class="state">{ state_word(view) }</span>
                if let Some(address) = view.peer.or(view.local) {
                    <span class="address">{ wording::place_of(address) }</span>
                }
                if waits { <span class="for-screen-readers">{ ", a call waits on it" }</span> }
            </button>
        </li>
    }
}
