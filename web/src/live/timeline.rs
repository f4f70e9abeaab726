//! The time line of the page: measures its room, keeps time while something waits, and draws.

use super::{Act, DeskProps, Screen};
use crate::browser;
use crate::stage::{Cast, Picture, Player, Twin, scene};
use gloo::events::EventListener;
use gloo::timers::callback::Interval;
use std::rc::Rc;
use yew::prelude::*;

/// The width before the browser has told its own.
const WIDTH: i32 = 520;

/// The picture and its table.
#[component]
pub fn TimeLine(props: &DeskProps) -> Html {
    let screen = &props.desk.screen;
    let room = use_node_ref();
    let width = use_width(&room);
    let waiting = screen.sockets.pending().next().is_some();
    let now = use_time(waiting);
    let cast = Rc::new(cast(screen));
    let on_pick = props.desk.on(Act::Pick);
    let empty = screen.log.records().is_empty();
    html! {
        <section class="stage" aria-labelledby="time-line-title">
            <h2 id="time-line-title">{ "Time line" }</h2>
            <div class="room" ref={room}>
                if empty {
                    <p class="hint">
                        { "Nothing has happened yet. Make a socket on the server: socket, bind, listen, accept; then one on the client: \
                           socket, connect. Each call appears here, time flowing down." }
                    </p>
                } else {
                    <Picture
                        scene={Rc::new(scene(&screen.log, now, &cast, width))}
                        label="Time line of all calls; the table below tells the same"
                        picked={screen.picked}
                        {on_pick}
                    />
                }
            </div>
            if !empty {
                <p class="legend">
                    <span class="key bar">{ "blocked" }</span>
                    <span class="key hatch">{ "waits" }</span>
                    <span class="key failed">{ "failed" }</span>
                    <span class="key syn">{ "handshake" }</span>
                    <span class="key data">{ "octets" }</span>
                    <span class="key fin">{ "end of stream" }</span>
                    { " Long silences are folded. Segments are not captured here: what you see are calls, and states that the kernel \
                       was asked for." }
                </p>
                <details class="twin">
                    <summary>{ "The same as a table" }</summary>
                    <div class="wide"><Twin log={Rc::new(screen.log.clone())} {cast} /></div>
                </details>
            }
        </section>
    }
}

fn cast(screen: &Screen) -> Cast {
    let player = |pane: &super::screen::Pane| Player { host: pane.host, name: pane.name.clone(), role: pane.role };
    Cast { players: screen.panes.iter().map(player).collect(), names: screen.names.clone() }
}

/// The width of an element, and again whenever the window changes.
#[hook]
fn use_width(room: &NodeRef) -> i32 {
    let width = use_state_eq(|| WIDTH);
    let (room, set) = (room.clone(), width.clone());
    use_effect_with((), move |()| {
        let measure = move || {
            if let Some(width) = browser::width_of(&room) {
                set.set(width);
            }
        };
        measure();
        let listener = web_sys::window().map(|window| EventListener::new(&window, "resize", move |_| measure()));
        move || drop(listener)
    });
    *width
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
