//! A scenario of the gallery on the stage.

use crate::stage::story::{Cast, Origin};
use crate::stage::{Focus, Numbers, Story, Told, ViewProps};
use lab::{Scenario, exhibit_text, run};
use sockets::Instant;
use std::rc::Rc;
use yew::prelude::*;

/// What to show.
#[derive(Clone, PartialEq, Properties)]
pub struct ScenarioToolProps {
    /// The scenario's id.
    pub id: AttrValue,
}

/// The desk of a scenario.
#[component]
pub fn ScenarioTool(props: &ScenarioToolProps) -> Html {
    let story = use_memo(props.id.clone(), |id| {
        let scenario = Scenario::parse(exhibit_text(id)?).ok()?;
        let run = run(&scenario).ok()?;
        Some(Told::new(Story::of(Rc::new(run.log), Cast::of(&scenario.world), Origin::Simulated)))
    });
    let at = use_state(|| Instant::START);
    let Some(story) = (*story).clone() else { return html! { <p>{ "There is no such scenario." }</p> } };
    let view = ViewProps {
        story: story.clone(),
        at: *at,
        focus: Rc::new(Focus::default()),
        end: story.connections().next(),
        numbers: Numbers::Relative,
        act: Callback::noop(),
    };
    html! { <p>{ format!("{} segments, {} ends", view.story.packets.len(), view.story.ends.len()) }</p> }
}
