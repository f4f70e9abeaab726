//! The root component: router, navigation and the page that the address names.
//!
//! Rendered twice: natively by the prerenderer, for each [`Route`] in turn, and in the browser, which hydrates what the
//! prerenderer wrote. The two differ only in where the address comes from.

use yew::prelude::*;
use yew_router::history::{AnyHistory, BrowserHistory, History, MemoryHistory};
use yew_router::prelude::*;

use crate::Route;
use crate::course::TextPage;
use crate::pages::{Home, gallery, not_found, tool};
use crate::shell::{Header, Main, footer};

/// What the root component must be told.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AppProps {
    /// Path prefix under which the site is hosted, with a slash at both ends: `/` or `/tcp-lab/`.
    pub base: AttrValue,
    /// The page to prerender; `None` in the browser, where the address bar says it.
    #[prop_or_default]
    pub prerender: Option<Route>,
    /// The words of a page of the course, where they are being written; nothing in the browser.
    #[prop_or_default]
    pub words: Option<AttrValue>,
}

/// The whole site.
#[component]
pub fn App(props: &AppProps) -> Html {
    let history = use_memo((props.base.clone(), props.prerender), |(base, prerender)| match prerender {
        None => AnyHistory::from(BrowserHistory::new()),
        Some(route) => {
            let history = MemoryHistory::new();
            history.replace(format!("{}{}", base.trim_end_matches('/'), route.to_path()));
            AnyHistory::from(history)
        }
    });
    let (base, words) = (props.base.clone(), props.words.clone());
    html! {
        <Router history={(*history).clone()} basename={props.base.clone()}>
            <Header base={props.base.clone()} />
            <Main>
                <Switch<Route> render={move |route| page(route, &base, words.as_ref())} />
            </Main>
            { footer() }
        </Router>
    }
}

fn page(route: Route, base: &str, words: Option<&AttrValue>) -> Html {
    match route {
        Route::Home => html! { <Home base={base.to_owned()} /> },
        Route::Scenarios => gallery(base),
        Route::Scenario { .. }
        | Route::Exercise { .. }
        | Route::Lab
        | Route::Sandbox
        | Route::Captures
        | Route::Live => tool(route),
        // Another page is another element: its words are its own.
        Route::Learn { page } | Route::ReferencePart { page } => {
            html! { <TextPage key={page.to_string()} words={words.cloned()} /> }
        }
        Route::Course => html! { <TextPage key="/learn" words={words.cloned()} /> },
        Route::Reference => html! { <TextPage key="/reference" words={words.cloned()} /> },
        Route::Search => html! { <TextPage key="/search" words={words.cloned()} /> },
        Route::NotFound => not_found(),
    }
}
