//! The row above the stage: which views are open, whose eyes they have, how numbers are written, the moments, the changes.

use super::fold::seconds;
use super::pane::Pane;
use super::state::{Do, State};
use super::{Numbers, end_name, ends};
use crate::browser;
use crate::stage::{Act, EndId};
use lab::Marked;
use sockets::Instant;
use std::rc::Rc;
use yew::prelude::*;

/// What the row must be told.
#[derive(Clone, Properties)]
pub struct ShelfProps {
    /// The desk.
    pub state: UseReducerHandle<State>,
    /// The scenario's moments.
    pub moments: Rc<Vec<Marked>>,
    /// Takes what the person does.
    pub act: Callback<Do>,
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
    let ShelfProps { state, moments, act } = props;
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
                <nav class="moments" aria-label="Marked moments">
                    <ol>
                        { for moments.iter().enumerate().map(|(place, moment)| moment_link(moment, current == Some(place), act)) }
                    </ol>
                </nav>
            }
            <div class="shelf">
                <div class="views" role="group" aria-label="Views">
                    { for Pane::of(&state.subject).map(|pane| html! {
                        <button type="button" class="quiet" aria-pressed={state.panes.contains(&pane).to_string()} onclick={on(Do::Toggle(pane))}>
                            { pane.name() }
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
                    <button
                        type="button"
                        class="quiet"
                        aria-pressed={(state.numbers == Numbers::Absolute).to_string()}
                        title="Sequence numbers as they stand in the header, not counted from the first (n)"
                        onclick={on(Do::ToggleNumbers)}
                    >
                        { "Absolute numbers" }
                    </button>
                </div>
            </div>
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
            <a {href} {onclick} aria-current={current.then_some("step")}><time>{ seconds(at) }</time>{ " " }{ &moment.says }</a>
        </li>
    }
}
