//! The site's addresses: which pages there are, where each lives, and what its head says.
//!
//! Deliberately ignorant of what a page shows. Every page's address ends with a slash, because a prerendered page is a
//! directory with an `index.html` in it and static hosts would answer the slashless form with a redirect.

use yew_router::prelude::*;

/// A page of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Routable)]
pub enum Route {
    /// What TCP Lab is.
    #[at("/")]
    Home,
    /// Real kernel sockets, driven from the page.
    #[at("/live/")]
    Live,
    /// Any address that is none of the others; prerendered as `404.html`.
    #[not_found]
    #[at("/404.html")]
    NotFound,
}

/// What a page's `<head>` says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The whole `<title>`.
    pub title: &'static str,
    /// The meta description: one or two sentences, as a search result shows them.
    pub description: &'static str,
    /// Whether search engines may list the page.
    pub indexed: bool,
}

impl Route {
    /// Every page, in the order of the navigation; the prerenderer writes exactly these.
    pub const ALL: [Route; 3] = [Route::Home, Route::Live, Route::NotFound];

    /// What this page's `<head>` says.
    pub const fn head(self) -> Head {
        match self {
            Route::Home => Head {
                title: "TCP Lab: learn TCP and sockets by doing",
                description: "Learn TCP and socket programming by driving real sockets: connect, bind, listen and \
                              accept, one call at a time, with the kernel's answer beside each.",
                indexed: true,
            },
            Route::Live => Head {
                title: "Live sockets - TCP Lab",
                description: "Make real sockets on your own machine from this page, call by call, and watch what the \
                              kernel does with each.",
                indexed: true,
            },
            Route::NotFound => Head {
                title: "No such page - TCP Lab",
                description: "There is no page at this address.",
                indexed: false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_again_by_its_own_address() {
        for route in Route::ALL {
            assert_eq!(Route::recognize(&route.to_path()), Some(route));
        }
    }

    #[test]
    fn an_address_without_its_slash_is_the_same_page_and_an_unknown_one_is_not_found() {
        assert_eq!(Route::recognize("/live"), Some(Route::Live));
        assert_eq!(Route::recognize("/live/nothing"), Some(Route::NotFound));
    }

    #[test]
    fn titles_and_descriptions_differ_from_page_to_page() {
        for (i, a) in Route::ALL.iter().enumerate() {
            for b in &Route::ALL[i + 1..] {
                assert_ne!(a.head().title, b.head().title);
                assert_ne!(a.head().description, b.head().description);
            }
        }
    }
}
