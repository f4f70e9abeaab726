//! The text twin of the picture: the same Log as a table, for screen readers and for whoever likes tables.

use super::Cast;
use super::scene::rounded;
use crate::live::wording;
use sockets::{CallLine, Log};
use yew::prelude::*;

/// The table.
pub fn twin(log: &Log, cast: &Cast) -> Html {
    let calls = log.calls();
    let start = calls.first().map(|line| line.entered).unwrap_or_default();
    html! {
        <table>
            <thead>
                <tr>
                    <th scope="col">{ "Time" }</th>
                    <th scope="col">{ "Host" }</th>
                    <th scope="col">{ "Call" }</th>
                    <th scope="col">{ "Came back with" }</th>
                    <th scope="col">{ "After" }</th>
                </tr>
            </thead>
            <tbody>
                { for calls.iter().map(|line| row(line, cast, line.entered.since(start))) }
            </tbody>
        </table>
    }
}

fn row(line: &CallLine<'_>, cast: &Cast, since: sockets::Micros) -> Html {
    let host =
        cast.players.iter().find(|player| player.host == line.host()).map(|player| player.name.clone());
    let made = line.back.and_then(|back| match back.outcome {
        Ok(sockets::Value::Socket { socket } | sockets::Value::Accepted { socket, .. }) => Some(*socket),
        _ => None,
    });
    let (answer, after) = match line.back {
        None => ("waits".to_owned(), String::new()),
        Some(back) => (wording::answer(back.outcome, &cast.names), rounded(back.took)),
    };
    html! {
        <tr>
            <td>{ since.to_string() }</td>
            <td>{ host.unwrap_or_default() }</td>
            <td><code>{ wording::python(&line.call.op, &cast.names, made) }</code></td>
            <td><code>{ answer }</code></td>
            <td>{ after }</td>
        </tr>
    }
}
