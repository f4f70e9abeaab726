//! The calls of one host, newest first: the Python line, what came back, what it means, how long it blocked.

use super::clock::use_time;
use super::copy::command;
use super::{Act, Desk, PaneProps, wording};
use crate::bridged::Order;
use sockets::{Back, Call, CallId, CallLine, Errno, Failure, HostId, Instant, Micros, Op, Value};
use yew::prelude::*;

/// How many calls are shown until more are asked for.
const SHOWN: usize = 30;

/// The list.
#[component]
pub fn Transcript(props: &PaneProps) -> Html {
    let desk = &props.desk;
    let all = use_state(|| false);
    let told = desk.screen.log.read();
    let places = told.of_host(props.host);
    if places.is_empty() {
        return html! {};
    }
    // What waits stands first; only what is shown is looked up.
    let mut waiting: Vec<usize> = desk
        .screen
        .sockets
        .pending()
        .filter(|(_, host, _)| *host == props.host)
        .filter_map(|(call, ..)| told.place(call))
        .collect();
    waiting.sort_unstable_by(|one, other| other.cmp(one));
    let back = places.iter().rev().copied().filter(|place| !waiting.contains(place));
    let left = if *all { 0 } else { places.len().saturating_sub(SHOWN) };
    let shown = places.len() - left;
    let own = waiting.iter().copied().chain(back).take(shown).filter_map(|place| told.call(place));
    html! {
        <section class="transcript" aria-label={format!("Calls of {}, newest first", desk.screen.host_name(props.host))}>
            <h3>{ "Calls, newest first" }</h3>
            <ol reversed=true>
                { for own.map(|line| entry(desk, &line)) }
            </ol>
            if left > 0 {
                <button type="button" class="quiet" onclick={Callback::from(move |_: MouseEvent| all.set(true))}>
                    { format!("Show {left} earlier calls") }
                </button>
            }
        </section>
    }
}

fn entry(desk: &Desk, line: &CallLine<'_>) -> Html {
    let id = line.call.id;
    let names = &desk.screen.names;
    let made = line.back.and_then(|back| match back.outcome {
        Ok(Value::Socket { socket } | Value::Accepted { socket, .. }) => Some(*socket),
        _ => None,
    });
    let state = match line.back {
        None => "waiting",
        Some(back) if back.outcome.is_ok() => "fine",
        Some(_) => "failed",
    };
    let picked = (desk.screen.picked == Some(id)).then_some("picked");
    html! {
        <li
            key={id.0}
            class={classes!("entry", state, picked)}
            onmouseenter={desk.on(move |_: MouseEvent| Act::Pick(Some(id)))}
            onmouseleave={desk.on(|_: MouseEvent| Act::Pick(None))}
        >
            <code class="line">
                if !matches!(line.call.op, Op::Cancel { .. }) {
                    <span class="prompt" aria-hidden="true">{ ">>> " }</span>
                }
                { wording::python(&line.call.op, names, made) }</code>
            { match line.back {
                None => html! { <Waiting desk={desk.clone()} host={line.call.host} call={id} since={line.entered} /> },
                Some(back) => html! { <div class="back">{ came_back(desk, line.call, &back) }</div> },
            } }
        </li>
    }
}

fn came_back(desk: &Desk, call: &Call, back: &Back<'_>) -> Html {
    let op = &call.op;
    let took = html! { <span class="took">{ blocked(back.took) }</span> };
    match back.outcome {
        Ok(value) => {
            // Where Python's call returns None or a value that the line names, the line says it all.
            let sent_all = matches!((op, value), (Op::Send { flags, data, .. }, Value::Sent { sent }) if flags.is_empty() && *sent == data.len());
            let silent = sent_all || matches!(value, Value::Done {} | Value::Socket { .. });
            html! {
                <>
                    <p>
                        if silent {
                            <span class="ok">{ "done" }</span>
                        } else {
                            <code>{ wording::answer(back.outcome, &desk.screen.names) }</code>
                        }
                        { " " }{ took }
                    </p>
                    if let Some(remark) = wording::remark(call, back.outcome, || broken(desk, call)) {
                        <p class="meaning">{ remark }</p>
                    }
                    if let Some(note) = back.note {
                        <p class="meaning">{ note }</p>
                    }
                </>
            }
        }
        Err(failure) => html! {
            <>
                <p>
                    <strong class="errno">
                        { failure.name() }
                        if let Some(number) = failure.errno() { { format!(" ({number})") } }
                    </strong>
                    { format!(" {} ", failure.text()) }{ took }
                </p>
                <p class="meaning">{ failure.meaning() }</p>
                if matches!(failure, Failure::Policy(_)) {
                    <p class="meaning">{ "This is a rule of the bridge. The kernel was not asked, and a Python program of yours would not be stopped." }</p>
                } else if *failure == Failure::Errno(Errno::EINTR) {
                    <p class="meaning">{ "Python, on Ctrl-C, raises " }<code>{ "KeyboardInterrupt" }</code>{ " here." }</p>
                } else {
                    <p class="meaning">{ "Python raises " }<code>{ failure.to_string() }</code></p>
                }
                if let Some(note) = back.note {
                    <p class="meaning">{ note }</p>
                }
                { way_out(op, failure) }
            </>
        },
    }
}

/// Whether a send on the same socket failed, or was cut short, before this call was made.
fn broken(desk: &Desk, call: &Call) -> bool {
    let view = call.op.socket().and_then(|socket| desk.screen.sockets.get(socket));
    let shut = view.is_some_and(|view| view.write_shut);
    let told = desk.screen.log.read();
    let before = told.of_host(call.host).iter().filter_map(|place| told.call(*place));
    before.take_while(|line| line.call.id != call.id).any(|line| {
        match (&line.call.op, line.back) {
            (Op::Send { socket, data, .. }, Some(back)) if Some(*socket) == call.op.socket() => {
                match back.outcome {
                    Ok(Value::Sent { sent }) => {
                        *sent < data.len() && line.call.op.may_wait(line.call.timeout)
                    }
                    Ok(_) => false,
                    // EPIPE after one's own shutdown says nothing of the connection.
                    Err(Failure::Errno(Errno::EPIPE)) if shut => false,
                    Err(failure) => {
                        !matches!(failure, Failure::TimedOut | Failure::Errno(Errno::EAGAIN | Errno::EINTR))
                    }
                }
            }
            _ => false,
        }
    })
}

/// What would make the bridge allow it.
fn way_out(op: &Op, failure: &Failure) -> Html {
    let (Op::Connect { address, .. } | Op::SendTo { address, .. }, Failure::Policy(why)) = (op, failure)
    else {
        return html! {};
    };
    // Of the options that the bridge names, a port is the one that is safe to hand out ready-made.
    let option = format!("--allow {}", address.port);
    if !why.contains(&option) {
        return html! {};
    }
    html! {
        <p class="meaning">
            { "To allow it: " }{ command(format!("bridge {option}"), "the command") }
            { " or, in a clone, " }{ command(format!("cargo xtask serve -- {option}"), "the command") }
        </p>
    }
}

fn blocked(took: Micros) -> String {
    if took.0 < 1_000 { format!("in {took}") } else { format!("after {took}") }
}

/// A call that waits.
#[derive(Clone, PartialEq, Properties)]
struct WaitingProps {
    desk: Desk,
    host: HostId,
    call: CallId,
    since: Instant,
}

#[component]
fn Waiting(props: &WaitingProps) -> Html {
    let now = use_time(props.desk.screen.began);
    let (host, target) = (props.host, props.call);
    let cancel = props.desk.bridge.order.reform(move |_: MouseEvent| Order {
        host,
        op: Op::Cancel { target },
        timeout: None,
        name: None,
        step: None,
    });
    let seconds = now.since(props.since).0 / 1_000_000;
    html! {
        <div class="back">
            <p>
                <span class="waits">{ format!("waits, {seconds} s") }</span>
                <button type="button" class="quiet" onclick={cancel}>{ "Cancel" }</button>
                <span class="hint">{ "as Ctrl-C would" }</span>
            </p>
        </div>
    }
}
