//! A button that copies a text, and a line of code with such a button.

use crate::browser;
use gloo::timers::callback::Timeout;
use yew::prelude::*;

/// What is copied.
#[derive(Clone, PartialEq, Properties)]
pub struct CopyProps {
    /// The text.
    pub text: AttrValue,
    /// What it is, for those who hear only the button: "the command".
    pub what: AttrValue,
}

/// The button. It says whether the copy was made.
#[component]
pub fn Copy(props: &CopyProps) -> Html {
    let done = use_state(|| None::<bool>);
    let forget = use_mut_ref(|| None::<Timeout>);
    let onclick = {
        let (text, done) = (props.text.clone(), done.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, done, forget) = (text.clone(), done.clone(), forget.clone());
            wasm_bindgen_futures::spawn_local(async move {
                done.set(Some(browser::copy(&text).await));
                *forget.borrow_mut() = Some(Timeout::new(2_500, move || done.set(None)));
            });
        })
    };
    let says = match *done {
        None => "Copy",
        Some(true) => "Copied",
        Some(false) => "Not allowed: select it instead",
    };
    html! {
        <button type="button" class="quiet copy" {onclick} aria-label={format!("{says}: {}", props.what)} aria-live="polite">{ says }</button>
    }
}

/// A line of code with its button.
pub fn command(text: impl Into<AttrValue>, what: &'static str) -> Html {
    let text = text.into();
    html! {
        <span class="command">
            <code>{ text.clone() }</code>
            <Copy {text} {what} />
        </span>
    }
}
