//! How programs outside the page join in: what to type in a terminal while a socket listens.

use super::Desk;
use super::copy::command;
use super::screen::Pane;
use sockets::{Phase, SocketKind};
use yew::prelude::*;

/// The hint; nothing while the chosen socket does not listen, and in the simulator, which no program from outside can reach.
pub fn outside(desk: &Desk, pane: &Pane) -> Html {
    if desk.screen.simulated.is_some() {
        return html! {};
    }
    let Some(view) = desk.screen.chosen(pane) else { return html! {} };
    let (Phase::Listening, SocketKind::Stream, Some(local)) = (view.phase, view.kind, view.local) else {
        return html! {};
    };
    let address = local.0;
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip.to_string(),
        ip if ip.is_ipv4() => "127.0.0.1".to_owned(),
        _ => "::1".to_owned(),
    };
    let port = address.port();
    let python = format!(
        "python3 -c 'import socket; s = socket.create_connection((\"{ip}\", {port})); s.sendall(b\"hello\\n\"); print(s.recv(1024))'"
    );
    html! {
        <details class="outside" open=true>
            <summary>{ "Join from a terminal" }</summary>
            <p>{ command(format!("nc {ip} {port}"), "the nc command") }</p>
            <p>{ command(python, "the Python command") }</p>
            <p class="meaning">{ "Then accept: it returns with that program's address." }</p>
        </details>
    }
}
