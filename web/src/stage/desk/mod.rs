//! The desk: one clock, one focus, the views of one story around them, and all that a person can do with it.
//!
//! ```text
//!   Subject --run--> Story --+--> views --Act--> Desk state --> URL
//!      ^                     '<-- at, focus, end, numbers --'
//!      '------- changes (interference, knobs), undo, redo
//! ```

use super::{Focus, Numbers, Story, Told, ViewProps};
use crate::stage::story::{Cast, Origin};
use lab::Scenario;
use std::rc::Rc;
use yew::prelude::*;

/// What a desk shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A scenario: it can be changed and run again.
    Scenario(Rc<Scenario>),
    /// A story that is as it is: a capture, a session with real sockets.
    Story(Told),
}

/// What a desk must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct DeskProps {
    /// What to show.
    pub subject: Subject,
}

/// The desk.
#[component]
pub fn Desk(props: &DeskProps) -> Html {
    let story = use_memo(props.subject.clone(), |subject| match subject {
        Subject::Story(told) => Some(told.clone()),
        Subject::Scenario(scenario) => {
            let run = lab::run(scenario).ok()?;
            Some(Told::new(Story::of(Rc::new(run.log), Cast::of(&scenario.world), Origin::Simulated)))
        }
    });
    let Some(story) = (*story).clone() else { return html! {} };
    let end = story.connections().next();
    let view = ViewProps {
        at: story.end,
        focus: Rc::new(Focus::default()),
        end,
        numbers: Numbers::Relative,
        act: Callback::noop(),
        story,
    };
    let scenario = match &props.subject {
        Subject::Scenario(scenario) => Some(scenario.clone()),
        Subject::Story(_) => None,
    };
    html! {
        <div class="desk">
            <super::ladder::Ladder ..view.clone() />
            <super::header::Header view={view.clone()} {scenario} />
            <super::states::States ..view.clone() />
            <super::stream::Stream ..view.clone() />
            <super::queues::Queues ..view.clone() />
            <super::plots::Plots ..view.clone() />
            <super::packets::Packets ..view />
        </div>
    }
}
