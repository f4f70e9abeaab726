//! The gallery: every scenario with its poster and what to look for.

use crate::Route;
use lab::GALLERY;
use yew::prelude::*;
use yew_router::prelude::*;

/// The page.
pub fn gallery() -> Html {
    let mut groups: Vec<&str> = GALLERY.iter().map(|exhibit| exhibit.group).collect();
    groups.dedup();
    html! {
        <div class="gallery">
            <div class="lede">
                <h1>{ "Scenarios" }</h1>
                <p>
                    { "Each shows one thing that TCP does. Play it, step through it, scrub back; then lose a segment, or change the link, \
                       and see what would have been." }
                </p>
            </div>
            { for groups.into_iter().map(group) }
        </div>
    }
}

fn group(name: &str) -> Html {
    let members = GALLERY.iter().filter(|exhibit| exhibit.group == name);
    let cards = members.filter_map(|exhibit| {
        let id = exhibit.id.parse().ok()?;
        Some(html! {
            <li>
                <Link<Route> to={Route::Scenario { id }}>{ exhibit.title }</Link<Route>>
                <p>{ exhibit.look_for }</p>
            </li>
        })
    });
    html! {
        <section>
            <h2>{ name }</h2>
            <ul class="exhibits">{ for cards }</ul>
        </section>
    }
}
