//! A scenario of the gallery on the stage.

use crate::stage::desk::{Desk, Subject};
use lab::{Scenario, exhibit_text};
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
    let scenario = use_memo(props.id.clone(), |id| {
        let text = exhibit_text(id).ok_or_else(|| format!("There is no scenario “{id}”."))?;
        Scenario::parse(text).map(Rc::new).map_err(|bad| bad.to_string())
    });
    match &*scenario {
        Ok(scenario) => html! { <Desk subject={Subject::Scenario(scenario.clone())} /> },
        Err(why) => html! { <p class="notice" role="alert">{ why }</p> },
    }
}
