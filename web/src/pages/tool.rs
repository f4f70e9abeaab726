//! The pages with moving parts: their words, and the place where the studio (the second program, see `web/boot.js`) puts the rest.

use crate::Route;
use crate::route::ExerciseId;
use lab::prose::Part;
use yew::prelude::*;
use yew_router::prelude::*;

/// The page of a tool.
pub fn tool(route: Route) -> Html {
    let Some((page, id)) = place(route) else { return html! {} };
    html! {
        <div class={classes!("tool", page)} data-prose="">
            <div class="lede">
                { words(route) }
            </div>
            // Another page is another element, so that the studio never has to take one for another.
            <tcp-studio key={format!("{page}/{id}")} data-page={page} data-id={id}>
                <p class="loading">{ "The moving part of this page is being loaded." }</p>
            </tcp-studio>
        </div>
    }
}

/// What the studio is told to show.
fn place(route: Route) -> Option<(&'static str, &'static str)> {
    match route {
        Route::Scenario { id } => Some(("scenario", id.exhibit().id)),
        Route::Sandbox => Some(("sandbox", "")),
        Route::Captures => Some(("captures", "")),
        Route::Live => Some(("live", "")),
        Route::Lab => Some(("lab", "")),
        Route::Exercise { id } => Some(("exercise", id.shelved().id)),
        Route::Home
        | Route::Scenarios
        | Route::Course
        | Route::Learn { .. }
        | Route::Reference
        | Route::ReferencePart { .. }
        | Route::Search
        | Route::NotFound => None,
    }
}

fn words(route: Route) -> Html {
    match route {
        Route::Scenario { id } => html! {
            <>
                <p class="way-back"><Link<Route> to={Route::Scenarios}>{ "All scenarios" }</Link<Route>></p>
                <h1>{ id.exhibit().title }</h1>
                <p>{ for id.exhibit().prose.iter().map(part) }</p>
            </>
        },
        Route::Sandbox => html! {
            <>
                <h1>{ "Sandbox" }</h1>
                <p>
                    { "Hosts, a link, and calls of your own in the notation of packetdrill. The engine plays them in virtual time, and \
                       the stage shows every segment." }
                </p>
            </>
        },
        Route::Captures => html! {
            <>
                <h1>{ "Open a capture" }</h1>
                <p>
                    { "Open a pcap or pcapng file, as tcpdump and Wireshark write them, and see its TCP streams on the stage. The file is \
                       read in this browser and goes nowhere else." }
                </p>
            </>
        },
        Route::Lab => html! {
            <>
                <h1>{ "Lab" }</h1>
                <p>
                    { "Write a client and a server in Python, run them side by side, and see what they do to TCP: on the simulator, or \
                       with the same files on your own machine's sockets." }
                </p>
                <p>
                    { "Exercises: " }
                    { for ExerciseId::all().map(|id| html! { <Link<Route> to={Route::Exercise { id }}>{ id.shelved().title }</Link<Route>> }) }
                </p>
            </>
        },
        Route::Exercise { id } => html! {
            <>
                <p class="way-back"><Link<Route> to={Route::Lab}>{ "Lab" }</Link<Route>></p>
                <h1>{ id.shelved().title }</h1>
                <p>{ id.shelved().summary }</p>
            </>
        },
        Route::Live => html! {
            <>
                <h1>{ "Live sockets" }</h1>
                <p>
                    { "Each button is one call of the socket API. A small program on your own machine, the bridge, makes it on a \
                       real socket, and what comes back is your kernel's own answer. " }
                </p>
            </>
        },
        Route::Home
        | Route::Scenarios
        | Route::Course
        | Route::Learn { .. }
        | Route::Reference
        | Route::ReferencePart { .. }
        | Route::Search
        | Route::NotFound => html! {},
    }
}

/// A piece of prose. What it names is for the studio to find in its story: until then it is plain text.
fn part(part: &Part<'static>) -> Html {
    match part.mark {
        "" => part.text.into(),
        mark => html! { <span data-thing={mark}>{ part.text }</span> },
    }
}
