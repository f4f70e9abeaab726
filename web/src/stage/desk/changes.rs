//! What was changed, in words: each can be taken back, all can be undone and made again.

use super::state::{Do, State};
use lab::Change;
use std::rc::Rc;
use yew::prelude::*;

/// What the list must be told.
#[derive(Clone, Properties)]
pub struct ChangesProps {
    /// The desk as it is now: the reducer's handle would show what comes later, and nothing could be compared.
    pub state: Rc<State>,
    /// Takes what the person does.
    pub act: Callback<Do>,
}

/// Time does not change it.
impl PartialEq for ChangesProps {
    fn eq(&self, other: &ChangesProps) -> bool {
        let (one, two) = (&*self.state, &*other.state);
        Rc::ptr_eq(&one.changes, &two.changes)
            && one.compare == two.compare
            && (one.can_undo(), one.can_redo()) == (two.can_undo(), two.can_redo())
    }
}

/// The list; nothing while nothing was changed.
#[component]
pub fn Changes(props: &ChangesProps) -> Html {
    let ChangesProps { state, act } = props;
    if state.changes.is_empty() && !state.can_undo() && !state.can_redo() {
        return html! {};
    }
    let on = |action: Do| act.reform(move |_: MouseEvent| action.clone());
    // The buttons that go away with what they take back, or can be pressed no more.
    let gone = |action: Do| {
        act.reform(move |event: MouseEvent| {
            super::clock::keep_keyboard(&event);
            action.clone()
        })
    };
    let change = |(place, change): (usize, &Change)| {
        let says = change.says();
        html! {
            <li>
                <span>{ &says }</span>
                <button type="button" class="quiet" aria-label={format!("Take back: {says}")} onclick={gone(Do::Unchange(place))}>{ "Take back" }</button>
            </li>
        }
    };
    html! {
        <section class="changes" role="group" aria-label="What if">
            <h2>{ "What if" }</h2>
            if state.changes.is_empty() {
                <p>{ "Nothing is changed." }</p>
            }
            <ol>{ for state.changes.iter().enumerate().map(change) }</ol>
            <div class="undo">
                <button type="button" class="quiet" title="Undo (u)" disabled={!state.can_undo()} onclick={on(Do::Undo)}>{ "Undo" }</button>
                <button type="button" class="quiet" title="Make it again (r)" disabled={!state.can_redo()} onclick={on(Do::Redo)}>{ "Redo" }</button>
                if state.changes.len() > 1 {
                    <button type="button" class="quiet" onclick={gone(Do::UnchangeAll)}>{ "Take all back" }</button>
                }
                if !state.changes.is_empty() {
                    <button type="button" class="quiet" aria-pressed={state.compare.to_string()} title="Two ladders, side by side (c)" onclick={on(Do::ToggleCompare)}>
                        { "Beside what was" }
                    </button>
                }
            </div>
        </section>
    }
}
