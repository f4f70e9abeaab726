//! The row above the stage: which views are open, whose eyes they have, how numbers are written, the moments, the changes.

use super::export::Export;
use super::fold::short_seconds;
use super::pane::Pane;
use super::state::{Do, State};
use super::{end_name, ends};
use crate::browser;
use crate::stage::story::Origin;
use crate::stage::{Act, EndId, Numbers, Role};
use lab::Marked;
use sockets::Instant;
use std::rc::Rc;
use yew::prelude::*;

/// What the row must be told.
#[derive(Clone, Properties)]
pub struct ShelfProps {
    /// The desk as it is now: the reducer's handle would show what comes later, and nothing could be compared.
    pub state: Rc<State>,
    /// The scenario's moments.
    pub moments: Rc<Vec<Marked>>,
    /// Takes what the person does.
    pub act: Callback<Do>,
    /// Makes a file, or copies the link.
    pub share: Callback<Option<Export>>,
    /// Whether the link was copied just now.
    pub copied: Option<bool>,
    /// Whether the address holds the desk's state.
    pub linked: bool,
}

/// All but the time: the row does not change while time passes.
impl PartialEq for ShelfProps {
    fn eq(&self, other: &ShelfProps) -> bool {
        let (one, two) = (&*self.state, &*other.state);
        one.story == two.story
            && one.panes == two.panes
            && one.end == two.end
            && one.numbers == two.numbers
            && one.compare == two.compare
            && Rc::ptr_eq(&one.changes, &two.changes)
            && (one.can_undo(), one.can_redo()) == (two.can_undo(), two.can_redo())
            && one.moments().len() == two.moments().len()
            && self.copied == other.copied
            && self.current() == other.current()
    }
}

impl ShelfProps {
    /// The moment that was last passed.
    fn current(&self) -> Option<usize> {
        let count = self.moments.iter().take_while(|moment| moment.at_us <= self.state.at.0).count();
        count.checked_sub(1)
    }
}

/// The row.
#[component]
pub fn Shelf(props: &ShelfProps) -> Html {
    let ShelfProps { state, moments, act, .. } = props;
    let on = |action: Do| act.reform(move |_: MouseEvent| action.clone());
    let current = props.current();
    let choose = {
        let act = act.clone();
        browser::on_chosen(Callback::from(move |value: String| {
            if let Ok(end) = value.parse() {
                act.emit(Do::Act(Act::Choose(EndId(end))));
            }
        }))
    };
    let all: Vec<EndId> = ends(&state.story).collect();
    html! {
        <>
            if !moments.is_empty() {
                <div class="moments" role="group" aria-label="Marked moments">
                    <ol>
                        { for moments.iter().enumerate().map(|(place, moment)| moment_link(moment, current == Some(place), act)) }
                    </ol>
                </div>
            }
            <div class="shelf">
                <div class="views" role="group" aria-label="Views">
                    { for Pane::of(&state.subject).map(|pane| html! {
                        <button type="button" class="quiet" aria-pressed={state.panes.contains(&pane).to_string()} onclick={on(Do::Toggle(pane))}>
                            { pane.called(&state.subject) }
                        </button>
                    }) }
                </div>
                <div class="eyes">
                    if all.len() > 1 {
                        <label>
                            <span>{ "Seen by" }</span>
                            <select onchange={choose}>
                                { for all.into_iter().map(|end| html! {
                                    <option value={end.0.to_string()} selected={state.end == Some(end)}>{ end_name(&state.story, end) }</option>
                                }) }
                            </select>
                        </label>
                    }
                    // Where no segment is seen there is no number to write.
                    if state.story.origin != Origin::Sampled {
                        <button
                            type="button"
                            class="quiet"
                            aria-pressed={(state.numbers == Numbers::Absolute).to_string()}
                            title="Sequence numbers as they stand in the header, not counted from the first (n)"
                            onclick={on(Do::ToggleNumbers)}
                        >
                            { "Absolute numbers" }
                        </button>
                    }
                    { sharing(props) }
                </div>
            </div>
        </>
    }
}

/// The link, and the files.
fn sharing(props: &ShelfProps) -> Html {
    let ShelfProps { state, share, copied, .. } = props;
    let file = |what: Export, name: String, says: &'static str| {
        let onclick = share.reform(move |_: MouseEvent| Some(what));
        html! { <li><button type="button" class="quiet" {onclick}>{ name }</button><span>{ says }</span></li> }
    };
    let picture = match state.was.is_some() && state.compare {
        true => "both ladders up to this moment",
        false => "the ladder up to this moment",
    };
    let hosts = state.story.players.iter().filter(|player| player.role != Role::Router);
    html! {
        <>
            if props.linked {
                <button type="button" class="quiet" title="The address of exactly what is shown" onclick={share.reform(|_: MouseEvent| None)}>
                    <span aria-live="polite">
                        { match copied {
                            None => "Copy link",
                            Some(true) => "Copied",
                            Some(false) => "Copy it from the address bar",
                        } }
                    </span>
                </button>
            }
            // What the sandbox plays is a text already.
            if state.scenario().is_some_and(|scenario| scenario.id != "sandbox") {
                <button type="button" class="quiet" title="This scenario, with its changes, as a text that you can rewrite"
                    onclick={share.reform(|_: MouseEvent| Some(Export::Sandbox))}>
                    { "Open in the sandbox" }
                </button>
            }
            <details class="export">
                <summary>{ "Export" }</summary>
                <ul>
                    { file(Export::Svg, "SVG".into(), picture) }
                    { file(Export::Png, "PNG".into(), "the same as an image") }
                    if state.story.origin != Origin::Sampled {
                        { file(Export::Pcapng, "pcapng".into(), "every link, for Wireshark") }
                    }
                    { for hosts.map(|player| file(Export::Packetdrill(player.host), format!("packetdrill, {}", player.name), "its calls and segments")) }
                    { file(Export::Json, "JSON".into(), "every record") }
                </ul>
            </details>
        </>
    }
}

fn moment_link(moment: &Marked, current: bool, act: &Callback<Do>) -> Html {
    let at = Instant(moment.at_us);
    let onclick = {
        let act = act.clone();
        Callback::from(move |event: MouseEvent| {
            // Whoever wants a new tab, or the address, gets the link.
            if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                event.prevent_default();
                act.emit(Do::Act(Act::Seek(at)));
            }
        })
    };
    let href = format!("#t={}", super::fold::bare_seconds(at));
    html! {
        <li>
            <a {href} {onclick} aria-current={current.then_some("step")}><time>{ short_seconds(at) }</time>{ " " }<span>{ &moment.says }</span></a>
        </li>
    }
}
