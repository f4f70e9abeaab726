//! How programs outside the page join in: what to type in a terminal while a socket listens.

use super::PaneProps;
use super::copy::Command;
use sockets::{Phase, SocketKind};
use yew::prelude::*;

/// The hint; nothing while the chosen socket does not listen.
#[component]
pub fn Outside(props: &PaneProps) -> Html {
    let desk = &props.desk;
    let Some(view) = desk.screen.pane(props.host).and_then(|pane| desk.screen.chosen(pane)) else {
        return html! {};
    };
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
            <p><Command text={format!("nc {ip} {port}")} what="the nc command" /></p>
            <p><Command text={python} what="the Python command" /></p>
            <p class="meaning">{ "Then accept: it returns with that program's address." }</p>
        </details>
    }
}
