//! The page itself: puts the parts together and drives the preset that is being shown.

use super::connection::connection;
use super::onstage::OnStage;
use super::pane::PaneView;
use super::presets::Presets;
use super::program::Program;
use super::session::Session;
use super::{Act, Desk};
use crate::bridged::Order;
use crate::browser;
use gloo::timers::callback::Timeout;
use lab::Next;
use yew::prelude::*;

/// The page "Live sockets".
#[component]
pub fn Live() -> Html {
    let Session { desk, begin } = use_context::<Session>().expect("the root component provides the session");
    use_effect_with((), move |()| begin.emit(()));
    let force = desk.screen.force;
    let work = use_node_ref();
    {
        // Whoever begins a preset wants to see it: its sentences, the calls, and what happens.
        let work = work.clone();
        let shown = desk.screen.show.as_ref().map(|show| show.script().id.clone());
        use_effect_with(shown, move |shown| {
            if shown.is_some() {
                browser::bring_into_sight(&work);
            }
        });
    }
    use_farewell(desk.screen.open_sockets().next().is_some());
    html! {
        <div class="live">
            { connection(&desk) }
            <div ref={work.clone()} class={classes!("work", desk.screen.show.is_some().then_some("showing"), (desk.screen.panes.len() > 2).then_some("many"))}>
                <Presets desk={desk.clone()} />
                <section class="bench" aria-label="Hosts">
                    <div class="bench-tools">
                        <label class="switch">
                            <input type="checkbox" checked={force} onchange={desk.on(move |_: Event| Act::Force(!force))} />
                            { "Try it anyway: make senseless calls and see the errno" }
                        </label>
                        <button type="button" class="quiet" onclick={desk.on(|_: MouseEvent| Act::AddPane)}>{ "Add a host" }</button>
                        <button type="button" class="quiet" onclick={clear(&desk)} disabled={desk.screen.log.is_empty()}>
                            { "Close all and clear" }
                        </button>
                    </div>
                    <div class="panes">
                        { for desk.screen.panes.iter().map(|pane| html! {
                            <PaneView key={pane.host.0} desk={desk.clone()} host={pane.host} />
                        }) }
                    </div>
                </section>
                <OnStage desk={desk.clone()} />
            </div>
            <Program desk={desk.clone()} />
            <p class="for-screen-readers" role="status" aria-live="polite">{ desk.screen.told.clone() }</p>
        </div>
    }
}

/// Asks before the page is left with sockets open: they would be closed, and the session with its Log is nowhere else.
#[hook]
fn use_farewell(open: bool) {
    use_effect_with(open, |&open| {
        let listener = web_sys::window().filter(|_| open).map(|window| {
            let options = gloo::events::EventListenerOptions::enable_prevent_default();
            gloo::events::EventListener::new_with_options(&window, "beforeunload", options, |event| {
                event.prevent_default();
            })
        });
        move || drop(listener)
    });
}

/// Closes every socket and forgets what happened.
pub(super) fn clear(desk: &Desk) -> Callback<MouseEvent> {
    let desk = desk.clone();
    Callback::from(move |_| {
        close_all(&desk);
        desk.act(Act::Clear);
    })
}

/// Closes every socket without a word.
pub(super) fn close_all(desk: &Desk) {
    desk.bridge.close.emit(desk.screen.open_sockets().map(|view| view.id).collect());
}

/// Makes the preset's next call when its time has come.
#[hook]
pub(super) fn use_show(desk: &Desk) {
    let desk = desk.clone();
    use_effect(move || {
        let timer = due_step(&desk).map(|(wait, order)| {
            let make = desk.bridge.order.clone();
            Timeout::new(wait, move || make.emit(order))
        });
        move || drop(timer)
    });
}

fn due_step(desk: &Desk) -> Option<(u32, Order)> {
    if !desk.screen.is_open() {
        return None;
    }
    let wait = desk.screen.show.as_ref()?.due(browser::now())?;
    Some((u32::try_from(wait.0 / 1_000).unwrap_or(u32::MAX), next_step(desk)?))
}

/// The preset's next call, if one can be made now.
pub(super) fn next_step(desk: &Desk) -> Option<Order> {
    let show = desk.screen.show.as_ref()?;
    let Next::Call(ready) = show.next(&desk.screen.sockets) else { return None };
    let host = show.host(ready.host);
    Some(Order { host, op: ready.op, timeout: ready.timeout, name: ready.name, step: Some(ready.step) })
}
