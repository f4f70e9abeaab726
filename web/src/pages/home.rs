//! The first page: what this is, one real picture, the way in. It promises nothing that is not there.

use crate::timeline::{Stage, StageScene, twin};
use crate::{Route, recorded};
use lab::GALLERY;
use sockets::{CallId, OpKind};
use std::rc::Rc;
use yew::prelude::*;
use yew_router::prelude::*;

/// What the page must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct HomeProps {
    /// Path prefix under which the site is hosted.
    pub base: AttrValue,
}

/// The scenario that a visitor is shown first.
fn first() -> Route {
    GALLERY
        .first()
        .and_then(|exhibit| exhibit.id.parse().ok())
        .map_or(Route::Scenarios, |id| Route::Scenario { id })
}

/// The page.
#[component]
pub fn Home(props: &HomeProps) -> Html {
    let base = &props.base;
    let echo = use_memo((), |()| recorded::echo());
    let picked = use_state_eq(|| None::<CallId>);
    let pick = {
        let picked = picked.clone();
        Callback::from(move |call| picked.set(call))
    };
    let log = use_memo((), |()| echo.log.read().log().clone());
    let calls = log.calls();
    let call = |kind: OpKind, nth: usize| {
        calls.iter().filter(|line| line.call.op.kind() == kind).nth(nth).map(|line| line.call.id)
    };
    let point = |kind, nth, words: &'static str| html! { <Point call={call(kind, nth)} pick={pick.clone()}>{ words }</Point> };
    let cast = Rc::new(echo.cast());
    let now = log.records().last().map(|record| record.at).unwrap_or_default();
    html! {
        <div class="home">
            <div class="prose">
                <h1>{ "Learn TCP by doing" }</h1>
                <p class="opening">
                    { "See every segment of a connection move. Stop time, go back, lose one, and watch what TCP makes of it. Write a client and a \
                       server in Python and run them in this page. Then drive real sockets, one call at a time, and let your own kernel answer." }
                </p>
                <p class="ways-in">
                    <a class="button way-in" href={format!("{base}learn/start/")}>{ "Start the course" }</a>
                    <Link<Route> to={first()} classes={classes!("button")}>{ "Watch a connection" }</Link<Route>>
                    <Link<Route> to={Route::Scenarios} classes={classes!("button")}>{ "All scenarios" }</Link<Route>>
                    <Link<Route> to={Route::Lab} classes={classes!("button")}>{ "Write programs" }</Link<Route>>
                    <Link<Route> to={Route::Live} classes={classes!("button")}>{ "Live sockets" }</Link<Route>>
                </p>
            </div>
            <figure class="first">
                <Link<Route> to={first()}>
                    <img src={format!("{}pictures/handshake.svg", base)} width="640" height="714" alt="The beginning of a connection: client and server as two life lines, five segments as slanted arrows between them, with the calls and the states of both" />
                </Link<Route>>
                <figcaption>
                    { "The first five segments of a connection: three open it, one carries five octets, one acknowledges them. Time flows \
                       down. Open it to move through all of it." }
                </figcaption>
            </figure>
            <div class="prose">
                <h2>{ "The same as a program sees it" }</h2>
                <p>
                    { "This picture is a recording of fifteen calls on two real sockets. Point at the words to find them in it." }
                </p>
                <p>
                    { "The server called " }{ point(OpKind::Accept, 0, "accept") }
                    { " when there was nobody to accept yet, so the call blocked. It came back when the client's " }
                    { point(OpKind::Connect, 0, "connect") }
                    { " had brought about the handshake, which the two kernels did between themselves." }
                </p>
                <p>
                    { "Six octets then went from " }{ point(OpKind::Send, 0, "send") }{ " to " }{ point(OpKind::Recv, 0, "recv") }
                    { ", and " }{ point(OpKind::Send, 1, "back") }
                    { ". When the client " }{ point(OpKind::Close, 0, "closed") }
                    { ", its kernel sent FIN; the server saw it as " }{ point(OpKind::Recv, 2, "an empty result") }
                    { ", which means the end of the stream and nothing else." }
                </p>
            </div>
            <figure>
                <Stage
                    scene={StageScene { log: log.clone(), cast: cast.clone(), now }}
                    label="Time line of a recorded echo session; the table below tells the same"
                    picked={*picked}
                    on_pick={pick.clone()}
                />
                <figcaption>
                    { "Recorded on Linux, over loopback, with a pause of 0.7 s between calls. Time flows down; the numbers are seconds. \
                       The lines between the hosts follow from the calls and their results: segments were not captured." }
                    <details class="twin">
                        <summary>{ "The same as a table" }</summary>
                        <div class="wide">{ twin(&log, &cast) }</div>
                    </details>
                </figcaption>
            </figure>
            <div class="prose">
                <h2>{ "What you can do here" }</h2>
                <ul>
                    <li>
                        <strong>{ "See what TCP does." }</strong>
                        { " " }<Link<Route> to={Route::Scenarios}>{ "Scenarios" }</Link<Route>>
                        { " show one thing each, played by a real TCP engine in this page: handshakes, losses, windows, congestion control, \
                           closing. Look at any header octet by octet, at the states, the queues and the byte stream, at any moment." }
                    </li>
                    <li>
                        <strong>{ "Ask what if." }</strong>
                        { " Lose a segment, delay it, corrupt it; make the link slower or the window smaller. The future is drawn anew beside \
                           what was." }
                    </li>
                    <li>
                        <strong>{ "Program it." }</strong>
                        { " The " }<Link<Route> to={Route::Lab}>{ "Lab" }</Link<Route>>
                        { " runs Python programs of yours, a client beside a server, and shows what they do to TCP: on the simulator, or on \
                           your own machine's sockets. The same files run in your terminal." }
                    </li>
                    <li>
                        <strong>{ "Write a scenario." }</strong>
                        { " The " }<Link<Route> to={Route::Sandbox}>{ "sandbox" }</Link<Route>>
                        { " plays hosts, links and calls in the notation of packetdrill. " }
                        <Link<Route> to={Route::Captures}>{ "Captures" }</Link<Route>>
                        { " of tcpdump and Wireshark open in the same views." }
                    </li>
                    <li>
                        <strong>{ "Make every call yourself." }</strong>
                        { " socket, bind, listen, accept, connect, send, recv, shutdown, close, options and names; TCP and UDP, IPv4 and \
                           IPv6. Each button shows the Python line that it equals. A call that makes no sense yet says why, and you may \
                           make it all the same to see the errno." }
                    </li>
                    <li>
                        <strong>{ "Look into the kernel." }</strong>
                        { " The state by its name in RFC 9293, the queues, the accept queue against its backlog, round-trip time and \
                           congestion window, while the connection lives." }
                    </li>
                    <li>
                        <strong>{ "Watch what is seldom seen." }</strong>
                        { " A backlog that overflows, a connection reset because data was left unread, a half-closed connection, a \
                           receiver that stops reading. Each preset makes real calls, and hands the sockets over to you at its end." }
                    </li>
                    <li>
                        <strong>{ "Let other programs join." }</strong>
                        { " nc, curl or your own script connect to what you listen on, and accept shows them." }
                    </li>
                    <li>
                        <strong>{ "Take it with you." }</strong>
                        { " The whole session can be copied as one Python program that does the same again." }
                    </li>
                </ul>

                <h2>{ "What it needs" }</h2>
                <p>
                    { "Scenarios, sandbox and captures need nothing but this page. Live sockets run on the engine too; for real ones a web \
                       page is not enough. A small program on your machine, the bridge, does it for this page. It listens on \
                       your machine alone, answers only pages that hold the token of its present start, and connects to nothing that you \
                       have not allowed. Start it with " }<code>{ "cargo xtask serve" }</code>{ " in a clone of TCP Lab, or with " }
                    <code>{ "bridge" }</code>{ " where it is installed." }
                </p>
            </div>
        </div>
    }
}

/// Words that light up their call in the picture.
#[derive(Clone, PartialEq, Properties)]
struct PointProps {
    call: Option<CallId>,
    pick: Callback<Option<CallId>>,
    children: Html,
}

#[component]
fn Point(props: &PointProps) -> Html {
    let (call, pick) = (props.call, &props.pick);
    html! {
        <button
            type="button"
            class="point"
            onmouseenter={pick.reform(move |_: MouseEvent| call)}
            onmouseleave={pick.reform(|_: MouseEvent| None)}
            onfocus={pick.reform(move |_: FocusEvent| call)}
            onblur={pick.reform(|_: FocusEvent| None)}
            onclick={pick.reform(move |_: MouseEvent| call)}
        >{ props.children.clone() }</button>
    }
}
