//! A figure of a lesson: the stage's views of a scenario, small, at the moment that the lesson is about.

use crate::stage::desk::{Desk, Opening, Subject};
use crate::stage::prose::find;
use crate::stage::story::{Cast, Origin};
use crate::stage::{Story, Thing};
use lab::{Scenario, exhibit_text, run};
use sockets::Instant;
use std::rc::Rc;
use yew::prelude::*;

/// What a figure shows, as it stands in a page's `data-id`: `handshake #segment:server:SYN-ACK header states`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// A scenario of the gallery.
    pub scenario: String,
    /// What is picked: a mark, or seconds.
    pub moment: String,
    /// The views beside the ladder.
    pub views: Vec<String>,
}

impl Figure {
    /// From a `data-id`.
    pub fn read(id: &str) -> Figure {
        let mut words = id.split(' ').map(str::to_owned);
        let (scenario, moment) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        Figure { scenario, moment, views: words.filter(|view| !view.is_empty()).collect() }
    }

    /// As a `data-id`.
    pub fn write(&self) -> String {
        let mut all = vec![self.scenario.as_str(), &self.moment];
        all.extend(self.views.iter().map(String::as_str));
        all.join(" ")
    }

    /// The scenario, with these views.
    ///
    /// # Errors
    /// There is no such scenario.
    pub fn scenario(&self) -> Result<Scenario, String> {
        let text = exhibit_text(&self.scenario)
            .ok_or_else(|| format!("There is no scenario “{}”.", self.scenario))?;
        let mut scenario = Scenario::parse(text).map_err(|bad| bad.to_string())?;
        scenario.views.clone_from(&self.views);
        Ok(scenario)
    }

    /// What it opens with, in this story.
    pub fn opening(&self, story: &Story) -> Option<(Instant, Option<Thing>)> {
        if let Some(found) = find(story, &self.moment) {
            return Some((found.at?, Some(found.thing)));
        }
        let (whole, part) = self.moment.split_once('.').unwrap_or((&self.moment, ""));
        let micros: u64 = format!("{part:0<6}").parse().ok()?;
        Some((Instant(whole.parse::<u64>().ok()? * 1_000_000 + micros), None))
    }
}

/// What happens in a scenario.
///
/// # Errors
/// It cannot be run.
pub fn story(scenario: &Scenario) -> Result<Story, String> {
    let run = run(scenario).map_err(|bad| bad.to_string())?;
    Ok(Story::of(Rc::new(run.log), Cast::of(&scenario.world).named(run.names), Origin::Simulated))
}

/// What the component must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct FigureToolProps {
    /// The figure, as a `data-id`.
    pub id: AttrValue,
}

/// The live figure.
#[component]
pub fn FigureTool(props: &FigureToolProps) -> Html {
    let made = use_memo(props.id.clone(), |id| {
        let figure = Figure::read(id);
        let scenario = figure.scenario()?;
        let story = story(&scenario)?;
        let opens = figure.opening(&story).map(|(at, pick)| Opening { at, pick });
        Ok::<_, String>((Rc::new(scenario), opens, figure.views.is_empty()))
    });
    match &*made {
        Ok((scenario, opens, plain)) => html! {
            <Desk subject={Subject::Scenario(scenario.clone())} linked={false} plain={*plain} opens={opens.clone()} />
        },
        Err(why) => html! { <p class="notice" role="alert">{ why }</p> },
    }
}
