//! Prose beside the stage: terms of a sentence that name things of the story light up with them, and lead to them.
//!
//! ```text
//!   lesson or gallery  --lab::prose-->  <span data-thing="segment:client:SYN">the SYN</span>     readable without any of this
//!                                            |  find: the story has such a thing
//!                                            v
//!                      pointed at, focused, clicked --> Act;    Focus --> class "lit"
//! ```
//!
//! The prose is the page's, not the stage's: every element with `data-thing` in the nearest ancestor of the desk with `data-prose` is
//! one. A term whose thing the story does not have (a change took it away) is plain text.

mod find;
#[cfg(target_arch = "wasm32")]
mod terms;
#[cfg(test)]
mod tests;

pub use find::{Found, find, is_lit};

use super::{Act, Focus, Told};
use std::rc::Rc;
use yew::prelude::*;

/// Joins the prose around `root` to a story for as long as the component lives.
#[hook]
#[cfg_attr(
    not(target_arch = "wasm32"),
    allow(unused_variables, reason = "prose is rendered ahead as plain text")
)]
pub fn use_prose(root: NodeRef, story: &Told, focus: &Rc<Focus>, act: Callback<Act>) {
    #[cfg(target_arch = "wasm32")]
    {
        let terms = use_mut_ref(|| None::<terms::Terms>);
        {
            let terms = terms.clone();
            use_effect_with(story.clone(), move |story| {
                *terms.borrow_mut() = terms::Terms::join(&root, story.clone(), act);
                move || drop(terms.take())
            });
        }
        use_effect_with((story.clone(), focus.clone()), move |(_, focus)| {
            if let Some(terms) = &*terms.borrow() {
                terms.show(focus);
            }
        });
    }
}
