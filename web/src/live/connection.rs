//! Where the bridge is, in plain words, and what to do when it is not there.

use super::copy::command;
use super::page::close_all;
use super::{Desk, DeskProps, wording};
use crate::bridged::{DELAY, HOME, Link};
use crate::browser::{self, on_chosen, on_typed};
use protocol::{Hello, Policy};
use sockets::{Micros, Sight};
use yew::prelude::*;

/// The connection's panel.
pub fn connection(desk: &Desk) -> Html {
    let (state, inside) = match &desk.screen.link {
        Link::Looking => ("waiting", html! { <p>{ "Looking for the bridge …" }</p> }),
        Link::Open(hello) => ("open", connected(hello)),
        Link::Absent { lost: false } => (
            "gone",
            html! {
                <>
                    <p><strong>{ "No bridge is running." }</strong>{ " " }{ WHAT_IT_IS }</p>
                    { how_to_start() }
                    <p>{ "It opens this page with its token in the address. This page looks for it all the time." }</p>
                </>
            },
        ),
        Link::Absent { lost: true } => (
            "gone",
            html! {
                <>
                    <p>
                        <strong>{ "The bridge has stopped, and its sockets are closed." }</strong>
                        { " What happened so far stays below. Start it again; a new bridge makes a new token, so open the address that it \
                           prints, or paste that address here." }
                    </p>
                    { how_to_start() }
                    <Token desk={desk.clone()} />
                </>
            },
        ),
        Link::NoToken => (
            "gone",
            html! {
                <>
                    <p>
                        <strong>{ "A bridge is running, but this page does not have its token." }</strong>
                        { " Only who holds the token may use the bridge. Open the address that the bridge printed when it started, or \
                           paste that address here." }
                    </p>
                    <Token desk={desk.clone()} />
                </>
            },
        ),
        Link::Refused => (
            "gone",
            html! {
                <>
                    <p>
                        <strong>{ "A bridge is running, but it does not know this page's token." }</strong>
                        { " Each start makes a new token, so this page is from an earlier one. Open the address that the bridge printed, or \
                           paste that address here." }
                    </p>
                    <Token desk={desk.clone()} />
                </>
            },
        ),
        Link::Full => (
            "gone",
            html! {
                <p>
                    <strong>{ "The bridge has as many pages as it takes." }</strong>
                    { " Close another tab with Live sockets; this page then connects by itself." }
                </p>
            },
        ),
        Link::Elsewhere { answered } => ("gone", elsewhere(desk, *answered)),
        Link::Broken(why) => (
            "gone",
            html! {
                <p><strong>{ "The connection to the bridge was closed." }</strong>{ format!(" {why}. The page tries again.") }</p>
            },
        ),
    };
    if let Some(delay) = desk.screen.simulated {
        return simulated(desk, delay, inside);
    }
    html! {
        <section class={classes!("connection", state)} aria-label="Connection to the bridge">
            { inside }
            if desk.screen.link != Link::Looking {
                <p class="other-way">
                    <button type="button" class="quiet" onclick={switch(desk, Some(DELAY))}>{ "Use the simulator instead" }</button>
                </p>
            }
            if let Some(notice) = &desk.screen.notice {
                <p class="meaning">{ "The bridge says: " }{ notice.clone() }</p>
            }
        </section>
    }
}

/// How long a segment may be under way in the simulator, in microseconds, and what a menu calls it.
const DELAYS: [(u64, &str); 4] = [(0, "no time"), (20_000, "20 ms"), (DELAY.0, "0.2 s"), (1_000_000, "1 s")];

/// The panel while calls go to the simulator; `real` says how it is with real sockets.
fn simulated(desk: &Desk, delay: Micros, real: Html) -> Html {
    let open = desk.screen.link.hello().is_some();
    let onchange = {
        let desk = desk.clone();
        on_chosen(Callback::from(move |chosen: String| {
            if let Ok(delay) = chosen.parse() {
                begin_on(&desk, Some(Micros(delay)));
            }
        }))
    };
    html! {
        <section class="connection simulated" aria-label="Where calls go">
            <p>
                <strong>{ "Simulated." }</strong>
                { if open { " Calls" } else { " No bridge is connected, so calls" } }
                { " go to the engine of this page: a machine with a TCP of its own, whose segments you can watch. Each takes " }
                <select class="delay" aria-label="How long a segment is under way" {onchange}>
                    { for DELAYS.map(|(us, name)| html! { <option value={us.to_string()} selected={us == delay.0}>{ name }</option> }) }
                </select>
                { " to the other side; another time begins anew." }
            </p>
            if open {
                <p><button type="button" class="quiet" onclick={switch(desk, None)}>{ "Use real sockets" }</button></p>
            } else {
                <details>
                    <summary>{ "Make the same calls on real sockets" }</summary>
                    { real }
                </details>
            }
        </section>
    }
}

fn switch(desk: &Desk, delay: Option<Micros>) -> Callback<MouseEvent> {
    let desk = desk.clone();
    Callback::from(move |_| begin_on(&desk, delay))
}

/// Begins anew on the simulator or on real sockets, unless the person would rather keep what is open.
fn begin_on(desk: &Desk, delay: Option<Micros>) {
    let open = desk.screen.open_sockets().count();
    let question =
        format!("This starts anew: it closes {} and forgets what happened. Go on?", wording::sockets(open));
    if open == 0 || browser::confirm(&question) {
        close_all(desk);
        desk.bridge.simulate.emit(delay);
    }
}

const WHAT_IT_IS: &str = "A web page cannot open sockets. The bridge can: it is a small program on your own machine that makes the \
                          calls of this page on real sockets. It listens on this machine alone and serves only pages that hold its \
                          token.";

fn how_to_start() -> Html {
    html! {
        <ul class="ways">
            <li>{ "In a clone of TCP Lab: " }{ command("cargo xtask serve", "the command") }</li>
            <li>{ "Where the bridge is installed: " }{ command("bridge", "the command") }</li>
        </ul>
    }
}

fn connected(hello: &Hello) -> Html {
    html! {
        <>
            <p>
                <strong>{ "Connected" }</strong>
                { format!(" to bridge {} on {}. {}", hello.bridge, hello.system, reach(&hello.policy)) }
            </p>
            if hello.sight == Sight::Calls {
                <p>{ "There is no TCP_INFO on this system: you see calls and their results, not the kernel's state." }</p>
            }
        </>
    }
}

/// Where sockets may go, in a sentence.
fn reach(policy: &Policy) -> String {
    let mut places = Vec::new();
    if !policy.allow.is_empty() {
        let ports: Vec<String> = policy.allow.iter().map(u16::to_string).collect();
        places.push(format!("port {} of this machine", ports.join(", ")));
    }
    if policy.lan {
        places.push("private addresses".to_owned());
    }
    if policy.net {
        places.push("public addresses".to_owned());
    }
    let Some(last) = places.pop() else {
        return "Sockets on this page reach each other and nothing else: that is how the bridge was started."
            .to_owned();
    };
    let list = if places.is_empty() { last } else { format!("{} and {last}", places.join(", ")) };
    format!("Sockets on this page reach each other, and {list}.")
}

fn elsewhere(desk: &Desk, answered: Option<bool>) -> Html {
    let page = format!("http://{HOME}/live/");
    let look = desk.bridge.look.reform(|_: MouseEvent| ());
    html! {
        <>
            <p>
                <strong>{ "Live sockets need the bridge." }</strong>{ " " }{ WHAT_IT_IS }
                { " It brings its own copy of this site: start it, and it opens that copy." }
            </p>
            { how_to_start() }
            <p>{ "Is it running? Then go to " }<a href={page.clone()}>{ page }</a>{ "." }</p>
            <details>
                <summary>{ "Use the bridge from this page instead" }</summary>
                <p>
                    { "Browsers ask, or refuse, before a page from the web may talk to a program on your machine. Start the bridge with " }
                    <code>{ "--allow-origin" }</code>
                    { " and the address of this site, then paste the address that it prints." }
                </p>
                <Token desk={desk.clone()} />
                <p>
                    <button type="button" onclick={look}>{ "Look for the bridge" }</button>{ " " }
                    { match answered {
                        None => "",
                        Some(true) => "A bridge answers. Paste its address to connect.",
                        Some(false) => "Nobody answers, or the browser refused to ask.",
                    } }
                </p>
            </details>
        </>
    }
}

/// A field for the token.
#[component]
fn Token(props: &DeskProps) -> Html {
    let text = use_state(String::new);
    let bad = use_state(|| false);
    let onsubmit = {
        let (text, bad, token) = (text.clone(), bad.clone(), props.desk.bridge.token.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            bad.set(!token.emit((*text).clone()));
        })
    };
    let oninput = on_typed(Callback::from({
        let text = text.clone();
        move |typed| text.set(typed)
    }));
    html! {
        <form class="token" {onsubmit}>
            <label>
                <span>{ "The address that the bridge printed" }</span>
                <input type="text" autocomplete="off" spellcheck="false" value={(*text).clone()} {oninput} aria-invalid={bad.to_string()} />
            </label>
            <button type="submit">{ "Connect" }</button>
            if *bad {
                <span class="reason" role="alert">{ "There is no token in this: it ends in #token= and 64 digits and letters." }</span>
            }
        </form>
    }
}
