//! The studio: the moving parts of pages, each a Yew application of its own in the place that the page has for it.
//!
//! ```text
//!   site (first load): header, words, <tcp-studio data-page data-id>
//!                                          |  web/boot.js: fetch, open()
//!   studio: [`Tool`] -> the component that shows it
//! ```
//!
//! Live sockets are the exception: there is one application for all visits to their page, so that sockets outlive a walk to another
//! page and back.

mod scenario;

use crate::captures::Captures;
use crate::course::{ChapterMark, Completion, FigureTool, Learner, Task};
use crate::live::{Live, SessionProvider};
use crate::sandbox::Sandbox;
use crate::workshop::{Lesson, LessonProps, Project, Workshop};
use lessons::{Chapter, Outline};
use scenario::ScenarioTool;
use std::rc::Rc;
use yew::prelude::*;

/// What can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tool {
    /// A scenario of the gallery, by its id.
    Scenario(String),
    /// A scenario of the reader's own.
    Sandbox,
    /// A capture file.
    Captures,
    /// Real sockets.
    Live,
    /// Python programs.
    Workshop,
    /// Programs among words, by the id of a template.
    Programs(String),
    /// An exercise in programming, by its id.
    Exercise(String),
    /// A figure of a lesson: what it shows, as [`Figure`](crate::course::Figure) reads it.
    Figure(String),
    /// An exercise of a lesson: `start/promises`.
    Task(String),
    /// How far a learner is in the course: its [`Outline`] as JSON.
    Learner(String),
    /// How far a learner is in a lesson: the [`Chapter`] as JSON.
    Chapter(String),
    /// What a learner has finished: the [`Outline`] as JSON.
    Completion(String),
}

impl Tool {
    /// From what the page says in `data-page` and `data-id`.
    pub fn named(page: &str, id: &str) -> Option<Tool> {
        match page {
            "scenario" => Some(Tool::Scenario(id.to_owned())),
            "sandbox" => Some(Tool::Sandbox),
            "captures" => Some(Tool::Captures),
            "live" => Some(Tool::Live),
            "lab" => Some(Tool::Workshop),
            "programs" => Some(Tool::Programs(id.to_owned())),
            "exercise" => Some(Tool::Exercise(id.to_owned())),
            "figure" => Some(Tool::Figure(id.to_owned())),
            "task" => Some(Tool::Task(id.to_owned())),
            "learner" => Some(Tool::Learner(id.to_owned())),
            "chapter" => Some(Tool::Chapter(id.to_owned())),
            "completion" => Some(Tool::Completion(id.to_owned())),
            _ => None,
        }
    }
}

/// What an application must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct StudioProps {
    /// What to show.
    pub tool: Tool,
}

/// The application of one place.
#[component]
pub fn Studio(props: &StudioProps) -> Html {
    match &props.tool {
        Tool::Scenario(id) => html! { <ScenarioTool id={id.clone()} /> },
        Tool::Sandbox => html! { <Sandbox /> },
        Tool::Captures => html! { <Captures /> },
        Tool::Workshop => html! { <Workshop /> },
        Tool::Programs(id) => match Project::of_template(id) {
            Some(project) => html! { <Lesson name={id.clone()} project={Rc::new(project)} /> },
            None => sorry(format!("There are no programs “{id}”.")),
        },
        Tool::Exercise(id) => match lab::grade::shelved(id) {
            Some(Ok(exercise)) => html! { <Lesson ..LessonProps::of_exercise(exercise) /> },
            Some(Err(bad)) => sorry(bad.to_string()),
            None => sorry(format!("There is no exercise “{id}”.")),
        },
        Tool::Figure(id) => html! { <FigureTool id={id.clone()} /> },
        Tool::Task(id) => html! { <Task id={id.clone()} /> },
        Tool::Learner(json) => match serde_json::from_str::<Outline>(json) {
            Ok(outline) => html! { <Learner outline={Rc::new(outline)} /> },
            Err(bad) => sorry(bad.to_string()),
        },
        Tool::Chapter(json) => match serde_json::from_str::<Chapter>(json) {
            Ok(chapter) => html! { <ChapterMark chapter={Rc::new(chapter)} /> },
            Err(bad) => sorry(bad.to_string()),
        },
        Tool::Completion(json) => match serde_json::from_str::<Outline>(json) {
            Ok(outline) => html! { <Completion outline={Rc::new(outline)} /> },
            Err(bad) => sorry(bad.to_string()),
        },
        Tool::Live => html! { <SessionProvider><Live /></SessionProvider> },
    }
}

fn sorry(why: String) -> Html {
    html! { <p class="notice" role="alert">{ why }</p> }
}

#[cfg(target_arch = "wasm32")]
pub use place::{Opened, open};

#[cfg(target_arch = "wasm32")]
mod place {
    use super::{Studio, StudioProps, Tool};
    use std::cell::RefCell;
    use web_sys::Element;
    use yew::AppHandle;

    thread_local! {
        /// The element of the application for live sockets, once there is one.
        static LIVE: RefCell<Option<Element>> = const { RefCell::new(None) };
    }

    /// An application in its place.
    pub struct Opened {
        element: Element,
        /// `None` for the application that stays.
        app: Option<AppHandle<Studio>>,
    }

    /// Shows a tool at the end of `place`; `None` if there is no such tool.
    pub fn open(place: &Element, page: &str, id: &str) -> Option<Opened> {
        let tool = Tool::named(page, id)?;
        if tool == Tool::Live
            && let Some(element) = LIVE.with_borrow(Clone::clone)
        {
            place.append_child(&element).ok()?;
            return Some(Opened { element, app: None });
        }
        let element = place.owner_document()?.create_element("div").ok()?;
        element.set_class_name("studio");
        place.append_child(&element).ok()?;
        let stays = tool == Tool::Live;
        let props = StudioProps { tool };
        let app = yew::Renderer::<Studio>::with_root_and_props(element.clone(), props).render();
        if stays {
            LIVE.set(Some(element.clone()));
        }
        Some(Opened { element, app: (!stays).then_some(app) })
    }

    impl Opened {
        /// Takes it away; the application for live sockets goes on unseen.
        pub fn close(self) {
            if let Some(app) = self.app {
                app.destroy();
            }
            self.element.remove();
        }
    }
}
