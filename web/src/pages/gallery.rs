//! The gallery: every scenario with its poster and what to look for.

use crate::Route;
use lab::GALLERY;
use yew::prelude::*;
use yew_router::prelude::*;

/// The page, of a site under the path `base`. The prerenderer writes the posters.
pub fn gallery(base: &str) -> Html {
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
            { for groups.into_iter().map(|name| group(name, base)) }
        </div>
    }
}

fn group(name: &str, base: &str) -> Html {
    let members = GALLERY.iter().filter(|exhibit| exhibit.group == name);
    let cards = members.filter_map(|exhibit| {
        let id = exhibit.id.parse().ok()?;
        Some(html! {
            <li>
                <Link<Route> to={Route::Scenario { id }}>
                    <img src={format!("{base}posters/{}.svg", exhibit.id)} width="320" height="200" loading="lazy" alt="" />
                    { exhibit.title }
                </Link<Route>>
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
