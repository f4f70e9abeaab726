//! The time line of the page: keeps time while something waits, and shows the picture with its table.

use super::{Act, DeskProps};
use crate::browser;
use crate::timeline::{Stage, StageScene, twin};
use gloo::timers::callback::Interval;
use std::rc::Rc;
use yew::prelude::*;

/// The picture and its table.
#[component]
pub fn TimeLine(props: &DeskProps) -> Html {
    let screen = &props.desk.screen;
    let log = Rc::new(screen.log.clone());
    let waiting = screen.sockets.pending().next().is_some();
    let now = use_time(waiting);
    let cast = Rc::new(screen.cast());
    let on_pick = props.desk.on(Act::Pick);
    let empty = screen.log.records().is_empty();
    html! {
        <section class="stage" aria-labelledby="time-line-title">
            <h2 id="time-line-title">{ "Time line" }</h2>
            if empty {
                <p class="hint">
                    { "Nothing has happened yet. Make a socket on the server: socket, bind, listen, accept; then one on the client: \
                       socket, connect. Each call appears here, time flowing down." }
                </p>
            } else {
                <Stage
                    scene={StageScene { log: log.clone(), cast: cast.clone(), now }}
                    label="Time line of all calls; the table below tells the same"
                    picked={screen.picked}
                    {on_pick}
                />
                <p class="legend">
                    <span class="key bar">{ "blocked" }</span>
                    <span class="key hatch">{ "waits" }</span>
                    <span class="key failed">{ "failed" }</span>
                    <span class="key syn">{ "handshake" }</span>
                    <span class="key data">{ "octets" }</span>
                    <span class="key fin">{ "end of stream" }</span>
                    { " Long silences are folded. " }
                    if screen.simulated.is_some() {
                        { "Here are the calls; the segments are on the stage below." }
                    } else {
                        { "Segments are not captured here: what you see are calls, and states that the kernel was asked for." }
                    }
                </p>
                <details class="twin">
                    <summary>{ "The same as a table" }</summary>
                    <div class="wide">{ twin(&log, &cast) }</div>
                </details>
            }
        </section>
    }
}

/// The time, four times a second while something waits.
#[hook]
pub(super) fn use_time(running: bool) -> sockets::Instant {
    let now = use_state_eq(sockets::Instant::default);
    let set = now.clone();
    use_effect_with(running, move |&running| {
        let timer = running.then(|| {
            set.set(browser::now());
            Interval::new(250, move || set.set(browser::now()))
        });
        move || drop(timer)
    });
    *now
}
