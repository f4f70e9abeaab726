//! The desk: one clock, one focus, the views of one story around them, and all that a person can do with it.
//!
//! ```text
//!   Subject --run--> Story --+--> views --Act--> State --> address
//!      ^                     '<-- at, focus, end, numbers --'
//!      '------- changes (interference, knobs), undo, redo
//! ```
//!
//! [`state`] is the one reducer; what it asks of the browser is in [`clock`], what it says in the address in [`link`].

mod bar;
mod changes;
mod clock;
mod export;
mod fold;
mod interfere;
mod keys;
mod link;
mod moments;
pub mod notation;
mod packetdrill;
mod pane;
mod props;
mod shelf;
mod state;
mod transport;
mod turns;

#[cfg(test)]
mod live_tests;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use moments::packet_name;

pub use props::{DeskProps, Live, Opening, Rerun, Subject};

use super::{Act, EndId, Story, Told, ViewProps};
use crate::browser;
use crate::stage::story::EndKind;
use changes::Changes;
use export::Export;
use gloo::timers::callback::Timeout;
use interfere::Interfere;
use keys::{Held, Wish};
use lab::{Change, Knob};
use link::Link;
use pane::Pane;
use shelf::Shelf;
use state::{Do, Pace, State};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use transport::Transport;
use turns::{Given, use_turns};
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// The names of the views beside the ladder, as links and scenarios write them.
#[cfg(test)]
pub(super) const VIEWS: [&str; Pane::ALL.len()] = {
    let mut names = [""; Pane::ALL.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = Pane::ALL[place].word();
        place += 1;
    }
    names
};

/// What a page had added to the address for itself, if the address has it.
pub fn extra(key: &str) -> Option<String> {
    link::extra(&browser::place().fragment, key)
}

/// The address is written at most so often, in milliseconds: browsers refuse more than a hundred in half a minute.
const WRITE_AFTER_MS: u32 = 400;

fn fragment() -> String {
    // Where nothing is drawn by a browser there is no address.
    if cfg!(target_arch = "wasm32") { browser::place().fragment } else { String::new() }
}

/// The desk.
#[component]
pub fn Desk(props: &DeskProps) -> Html {
    let state = {
        let subject = props.subject.clone();
        let (linked, opens, plain) = (props.linked, props.opens.clone(), props.plain);
        use_reducer(move || {
            let mut link = if linked { Link::read(&fragment()) } else { Link::default() };
            if let Some(Opening { at, pick }) = opens {
                (link.at, link.pick) = (Some(at), pick);
            }
            if plain && link.panes.is_none() {
                link.panes = Some(BTreeSet::new());
            }
            State::open(subject, link)
        })
    };
    let handle = state;
    // Children compare what was with what is: they are given the state of this moment.
    let state = Rc::new(State::clone(&handle));
    let root = use_node_ref();
    let help = use_node_ref();
    let reduced = clock::use_reduced_motion();
    let stage = use_node_ref();
    let act = {
        let (dispatch, stage) = (handle.dispatcher(), stage.clone());
        use_callback(reduced, move |action: Do, &reduced| {
            // Whoever steps wants to see what happens, as one who plays.
            if matches!(action, Do::Step(_)) {
                clock::show_stage(&stage, reduced);
            }
            dispatch.dispatch(action);
        })
    };
    let view_act = {
        let act = act.clone();
        use_callback((), move |view: Act, ()| act.emit(Do::Act(view)))
    };
    let change = {
        let act = act.clone();
        use_callback((), move |change: Change, ()| act.emit(Do::Change(Box::new(change))))
    };
    let restore = {
        let act = act.clone();
        use_callback((), move |knob: Knob, ()| act.emit(Do::AsWritten(Box::new(knob))))
    };
    let in_sight = clock::use_in_sight(root.clone());
    use_following(&state, props, in_sight, reduced, &act);
    use_pointing(&state, props, &act);
    let moving = state.playing && in_sight;
    clock::use_frames(moving && !reduced, act.reform(Do::Tick));
    clock::use_later(moving && reduced, state.at, state.beat(), act.reform(|()| Do::Beat));
    {
        let stage = stage.clone();
        use_effect_with(state.playing, move |&playing| {
            if playing {
                clock::show_stage(&stage, reduced);
            }
        });
    }
    clock::use_next_frame(state.wanted.is_some(), state.wanted.clone(), act.reform(|()| Do::Run));
    let written = use_address(&state, props);
    {
        let (act, linked, written) = (act.clone(), props.linked, written.clone());
        clock::use_fragment(Callback::from(move |fragment: String| {
            let mut written = written.borrow_mut();
            if linked && fragment.strip_prefix('#').unwrap_or(&fragment) != written.text {
                written.text = fragment.strip_prefix('#').unwrap_or(&fragment).to_owned();
                written.arrived = Some(fragment.clone());
                written.arrivals += 1;
                drop(written);
                act.emit(Do::Restore(Box::new(Link::read(&fragment))));
            }
        }));
    }
    {
        let act = act.clone();
        use_effect_with(props.subject.clone(), move |subject| {
            act.emit(Do::Show(subject.clone()));
            // An address that brought another subject with it speaks of that one.
            let arrived = written.borrow().arrived.clone();
            if let Some(fragment) = arrived {
                act.emit(Do::Restore(Box::new(Link::read(&fragment))));
            }
        });
    }
    let moments = use_memo(props.subject.clone(), |_| state.moments().to_vec());
    let onkeydown = {
        let (act, help) = (act.clone(), help.clone());
        use_callback((), move |event: KeyboardEvent, ()| on_key(&event, &act, &help))
    };
    clock::use_stray_keys(in_sight, onkeydown.clone());
    let show_help = {
        let help = help.clone();
        use_callback((), move |_: MouseEvent, ()| clock::open_dialog(&help))
    };
    let view = ViewProps {
        story: state.story.clone(),
        at: state.at,
        focus: state.focus.clone(),
        end: state.end,
        numbers: state.numbers,
        act: view_act,
    };
    super::prose::use_prose(root.clone(), &state.story, &state.focus, view.act.clone());
    let panes = Pane::of(&state.subject).map(|pane| state.panes.contains(&pane));
    let open: Vec<bool> = std::iter::once(true).chain(panes).collect();
    let given = use_turns(&state, &view, &open);
    let copied = use_state_eq(|| None::<bool>);
    let share = {
        let latest = use_mut_ref(|| (state.clone(), props.extra.clone()));
        *latest.borrow_mut() = (state.clone(), props.extra.clone());
        let copied = copied.setter();
        let act = act.clone();
        use_callback((), move |what: Option<Export>, ()| {
            let (state, extra) = latest.borrow().clone();
            match what {
                Some(what) => {
                    let script = crate::sandbox::script(&extra);
                    if let Err(why) = export::export(&state, what, script.as_deref()) {
                        act.emit(Do::Refuse(why));
                    }
                }
                None => copy_link(address(&state, &extra), copied.clone()),
            }
        })
    };
    // The button says that it has copied until something else is shown.
    {
        let copied = copied.setter();
        use_effect_with(state.link(), move |_| copied.set(None));
    }
    let was_act = {
        let act = act.clone();
        // What is pointed at in another story means nothing in this one; the time is the same.
        use_callback((), move |view: Act, ()| {
            if matches!(view, Act::Seek(_) | Act::Write(_)) {
                act.emit(Do::Act(view));
            }
        })
    };
    html! {
        <div class="desk" ref={root} tabindex="-1" data-packets={state.story.packets.len().to_string()} {onkeydown}>
            { notices(&state, &act) }
            <Shelf state={state.clone()} moments={moments.clone()} act={act.clone()} {share} copied={*copied} linked={props.linked} />
            <Changes state={state.clone()} act={act.clone()} />
            <Interfere state={state.clone()} act={act.clone()} rerun={props.rerun.clone()} />
            <div class="stage" ref={stage}>
                <div class="main">
                    <h2 class="for-screen-readers">{ "Ladder" }</h2>
                    { given[0].as_ref().map(|given| ladder(&state, given, was_act)) }
                </div>
                <div class="column">
                    { for Pane::of(&state.subject).zip(&given[1..]).map(|(pane, given)| pane_of(pane, &state, given.as_ref(), &act, (&change, &restore))) }
                </div>
            </div>
            <Transport state={state.clone()} {moments} {act} help={show_help} />
            <p class="for-screen-readers" aria-live="polite">{ state.said.to_string() }</p>
            { help_dialog(&help) }
        </div>
    }
}

/// The moment of a story that goes on follows its clock: in frames while something moves, now and then while something waits.
#[hook]
fn use_following(state: &Rc<State>, props: &DeskProps, in_sight: bool, reduced: bool, act: &Callback<Do>) {
    let look = {
        let (act, live) = (act.clone(), props.live.clone());
        Callback::from(move |()| {
            if let Some(live) = &live {
                act.emit(Do::Now(live.clock.emit(())));
            }
        })
    };
    let pace = if props.live.is_some() && in_sight { state.pace() } else { Pace::Rests };
    clock::use_frames(pace == Pace::Glides && !reduced, look.reform(|_| ()));
    let waits = pace == Pace::Waits || pace == Pace::Glides && reduced;
    // Whoever wants no motion sees what happens when it does; only the time goes on.
    let millis = if reduced { 1_000 } else { state.look_again() };
    clock::use_later(waits, state.at, millis, look);
}

/// What is pointed at is the same here and elsewhere on the page.
#[hook]
fn use_pointing(state: &Rc<State>, props: &DeskProps, act: &Callback<Do>) {
    let act = act.clone();
    use_effect_with(props.pointed, move |pointed| act.emit(Do::Act(Act::Point(*pointed))));
    let on_point = props.on_point.clone();
    let fresh = use_mut_ref(|| true);
    use_effect_with(state.focus.hover, move |hover| {
        if !fresh.replace(false) {
            on_point.emit(*hover);
        }
    });
}

/// What stands in the address.
#[derive(Default)]
struct Written {
    /// The fragment that was written last.
    text: String,
    /// The changes that it has.
    changes: Rc<Vec<Change>>,
    /// The fragment that came from elsewhere, until it was answered: typed, pasted, or of another step in the history.
    arrived: Option<String>,
    /// How many came.
    arrivals: usize,
}

/// Writes the state into the address, some time after it last changed; the answer is what was written last. A change of the scenario is a
/// step in the browser's history; whatever else is looked at is none.
#[hook]
fn use_address(state: &Rc<State>, props: &DeskProps) -> Rc<RefCell<Written>> {
    let written = use_mut_ref(Written::default);
    let waiting = use_mut_ref(|| None::<Timeout>);
    let latest = use_mut_ref(|| (state.clone(), props.extra.clone()));
    *latest.borrow_mut() = (state.clone(), props.extra.clone());
    let fresh = use_mut_ref(|| true);
    // While time passes, the address waits: what is shown when it stops is worth a link. A change is at once.
    let link = if state.playing || !props.linked { None } else { Some(state.link()) };
    let changes = props.linked.then(|| state.changes.clone());
    let arrivals = written.borrow().arrivals;
    let answer = written.clone();
    use_effect_with((link, changes, props.extra.clone(), arrivals), move |(_, changes, ..)| {
        let Some(changes) = changes else { return };
        if fresh.replace(false) || written.borrow().arrived.is_some() {
            // What an address brought stays in it as it is, even what could not be read.
            written.borrow_mut().changes = changes.clone();
            let written = written.clone();
            *waiting.borrow_mut() = Some(Timeout::new(WRITE_AFTER_MS, move || {
                written.borrow_mut().arrived = None;
            }));
            return;
        }
        *waiting.borrow_mut() = Some(Timeout::new(WRITE_AFTER_MS, move || {
            let (state, extra) = latest.borrow().clone();
            let mut written = written.borrow_mut();
            if link::is_foreign(&fragment()) {
                return;
            }
            let text = address(&state, &extra);
            clock::write_fragment(&text, link::is_step(&written.changes, &state.changes));
            (written.text, written.changes) = (text, state.changes.clone());
        }));
    });
    answer
}

/// The fragment for a state.
fn address(state: &State, extra: &[(String, String)]) -> String {
    state.link().write(extra.iter().map(|(key, value)| (&key[..], &value[..])))
}

/// Puts the address of this very state on the clipboard, and in the address bar.
fn copy_link(fragment: String, copied: UseStateSetter<Option<bool>>) {
    clock::write_fragment(&fragment, false);
    let address = web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    wasm_bindgen_futures::spawn_local(async move {
        copied.set(Some(browser::copy(&address).await));
    });
}

fn on_key(event: &KeyboardEvent, act: &Callback<Do>, help: &NodeRef) {
    // Keys with these are the browser's; a view that has used a key says so; a dialog has its own.
    if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() {
        return;
    }
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
        return;
    };
    if target.closest("dialog").ok().flatten().is_some() {
        return;
    }
    let kind = target.get_attribute("type").unwrap_or_default();
    let held = match (&target.tag_name().to_ascii_lowercase()[..], &kind[..]) {
        ("input", "range") if target.closest(".transport").ok().flatten().is_some() => Held::Bar,
        ("input", "checkbox" | "button") | ("button" | "a" | "summary", _) => Held::Button,
        ("input" | "textarea" | "select", _) => Held::Text,
        _ if target.has_attribute("contenteditable") => Held::Text,
        _ if target.get_attribute("role").is_some_and(|role| role == "button") => Held::Button,
        _ => Held::Nothing,
    };
    match keys::wish(&event.key(), event.shift_key(), held) {
        Some(Wish::Do(action)) => {
            event.prevent_default();
            act.emit(action);
        }
        Some(Wish::Help) => clock::open_dialog(help),
        None => {}
    }
}

fn help_dialog(node: &NodeRef) -> Html {
    html! {
        <dialog class="keys" ref={node} aria-label="Keys">
            <h2>{ "Keys" }</h2>
            <p>{ "They work while the focus is in the picture or nowhere, and not in a field." }</p>
            <dl>
                { for keys::HELP.iter().map(|(keys, what)| html! { <><dt>{ keys }</dt><dd>{ what }</dd></> }) }
            </dl>
            <form method="dialog"><button>{ "Close" }</button></form>
        </dialog>
    }
}

/// What went wrong, where it did.
fn notices(state: &State, act: &Callback<Do>) -> Html {
    let dismiss = act.reform(|event: MouseEvent| {
        clock::keep_keyboard(&event);
        Do::Dismiss
    });
    html! {
        <>
            if let Some(why) = &state.refused {
                <div class="notice" role="alert">
                    <p>{ why.clone() }</p>
                    <button type="button" class="quiet" onclick={dismiss.clone()}>{ "Close" }</button>
                </div>
            }
            if let Some(problem) = &state.notice {
                <div class="remark" role="status">
                    <p>{ problem.clone() }</p>
                    <button type="button" class="quiet" onclick={dismiss}>{ "Close" }</button>
                </div>
            }
            if let Some(ended) = &state.ended {
                <p class="remark">{ ended.clone() }</p>
            }
        </>
    }
}

/// The ladder, beside that of what was where that is wanted.
fn ladder(state: &State, given: &Given, was_act: Callback<Act>) -> Html {
    let view = &given.view;
    match given.was.as_ref().filter(|_| state.compare) {
        None => html! { <super::ladder::Ladder ..view.clone() /> },
        Some(was) => {
            let (story, focus) = (was.clone(), state.nothing.clone());
            let was = ViewProps { story, focus, end: None, act: was_act, ..view.clone() };
            html! { <super::ladder::Compared {was} now={view.clone()} /> }
        }
    }
}

/// A view beside the ladder, with the heading that opens and closes it on a phone.
fn pane_of(
    pane: Pane,
    state: &State,
    given: Option<&Given>,
    act: &Callback<Do>,
    (change, restore): (&Callback<Change>, &Callback<Knob>),
) -> Html {
    let open = state.panes.contains(&pane);
    let name = pane.called(&state.subject);
    let toggle = act.reform(move |_: MouseEvent| Do::Toggle(pane));
    // Knobs are never late: they follow the hand.
    let knobs = || {
        state.scenario().map(|scenario| {
            let (scenario, changes, change) = (scenario.clone(), state.changes.clone(), change.clone());
            let restore = restore.clone();
            html! { <super::knobs::Knobs {scenario} {changes} {change} {restore} /> }
        })
    };
    let content = |Given { view, played, .. }: &Given| match pane {
        Pane::Header => {
            html! { <super::header::Header view={view.clone()} scenario={played.clone()} /> }
        }
        Pane::States => html! { <super::states::States ..view.clone() /> },
        Pane::Stream => html! { <super::stream::Stream ..view.clone() /> },
        Pane::Queues => html! { <super::queues::Queues ..view.clone() /> },
        Pane::Plots => html! { <super::plots::Plots ..view.clone() /> },
        Pane::Packets => html! { <super::packets::Packets ..view.clone() /> },
        // The plots have the line themselves.
        Pane::Knobs if state.panes.contains(&Pane::Plots) || state.scenario().is_none() => html! {},
        Pane::Knobs => html! { <super::bounds::Bounds ..view.clone() /> },
    };
    html! {
        <div key={pane.word()} class={classes!("pane-slot", pane.word(), open.then_some("open"))}>
            // On a phone it folds the view; elsewhere the row above does, and this is a heading.
            <h2 class="fold-heading">
                <button type="button" class="quiet" aria-expanded={open.to_string()} onclick={toggle}>{ name }</button>
                <span>{ name }</span>
            </h2>
            if open { <p class="pane-says">{ pane.says() }</p> }
            if open {
                { given.map(content) }
                if pane == Pane::Knobs { { knobs() } }
            }
        </div>
    }
}

/// What an end is called in a menu.
fn end_name(story: &Story, id: EndId) -> String {
    let end = story.end_of(id);
    let host = story.name(end.host);
    match (end.local, end.remote) {
        (Some(local), Some(remote)) => format!("{host}, port {} with {remote}", local.port()),
        _ => host.to_owned(),
    }
}

/// The ends of connections, in the order of appearing.
fn ends(story: &Story) -> impl Iterator<Item = EndId> {
    let connection = |(_, end): &(usize, &super::story::End)| end.kind == EndKind::Connection;
    story.ends.iter().enumerate().filter(connection).map(|(place, _)| EndId(place))
}
