//! The site's addresses: which pages there are, where each lives, and what its head says.
//!
//! Deliberately ignorant of what a page shows. Every page's address ends with a slash, because a prerendered page is a
//! directory with an `index.html` in it and static hosts would answer the slashless form with a redirect.

use core::fmt;
use core::str::FromStr;
use lab::{EXERCISES, Exhibit, GALLERY, Shelved, exhibit};
use std::cell::RefCell;
use std::collections::BTreeSet;
use yew_router::prelude::*;

/// A page of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Routable)]
pub enum Route {
    /// What TCP Lab is.
    #[at("/")]
    Home,
    /// The gallery of scenarios.
    #[at("/scenarios/")]
    Scenarios,
    /// One scenario of the gallery, on the stage.
    #[at("/scenarios/:id/")]
    Scenario {
        /// Which.
        id: ScenarioId,
    },
    /// Python programs on the simulator and on real sockets.
    #[at("/lab/")]
    Lab,
    /// The lessons of the course.
    #[at("/learn/")]
    Course,
    /// A lesson of the course.
    #[at("/learn/:page/")]
    Learn {
        /// Which.
        page: TextName,
    },
    /// What the reference has.
    #[at("/reference/")]
    Reference,
    /// A part of the reference.
    #[at("/reference/:page/")]
    ReferencePart {
        /// Which.
        page: TextName,
    },
    /// The search box, with what is asked in the address.
    #[at("/search/")]
    Search,
    /// An exercise in programming.
    #[at("/exercises/:id/")]
    Exercise {
        /// Which.
        id: ExerciseId,
    },
    /// A scenario of the reader's own.
    #[at("/sandbox/")]
    Sandbox,
    /// A capture file from the reader's disk.
    #[at("/captures/")]
    Captures,
    /// Real kernel sockets, driven from the page.
    #[at("/live/")]
    Live,
    /// Any address that is none of the others; prerendered as `404.html`.
    #[not_found]
    #[at("/404.html")]
    NotFound,
}

/// A scenario of the gallery, as it stands in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScenarioId(&'static Exhibit);

impl ScenarioId {
    /// What the gallery says of it.
    pub const fn exhibit(self) -> &'static Exhibit {
        self.0
    }
}

impl fmt::Display for ScenarioId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

impl FromStr for ScenarioId {
    type Err = ();

    fn from_str(text: &str) -> Result<ScenarioId, ()> {
        exhibit(text).map(ScenarioId).ok_or(())
    }
}

/// An exercise, as it stands in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExerciseId(&'static Shelved);

impl ExerciseId {
    /// All exercises.
    pub fn all() -> impl Iterator<Item = ExerciseId> {
        EXERCISES.iter().map(ExerciseId)
    }

    /// What a list says of it.
    pub const fn shelved(self) -> &'static Shelved {
        self.0
    }
}

impl fmt::Display for ExerciseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

impl FromStr for ExerciseId {
    type Err = ();

    fn from_str(text: &str) -> Result<ExerciseId, ()> {
        ExerciseId::all().find(|exercise| exercise.0.id == text).ok_or(())
    }
}

/// The name of a page whose words are in its file alone, as it stands in an address. That there is such a page is known where the
/// pages lie, and not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextName(&'static str);

thread_local! {
    /// The names that have been met: as many as a person has visited pages.
    static NAMES: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

impl fmt::Display for TextName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for TextName {
    type Err = ();

    fn from_str(text: &str) -> Result<TextName, ()> {
        let plain = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
        if text.is_empty() || text.len() > 64 || !text.bytes().all(plain) {
            return Err(());
        }
        Ok(NAMES.with_borrow_mut(|names| {
            let name =
                names.get(text).copied().unwrap_or_else(|| Box::leak(text.to_owned().into_boxed_str()));
            names.insert(name);
            TextName(name)
        }))
    }
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
    /// Every page that the program knows by itself; the prerenderer writes these, and those whose words are in the course.
    pub fn all() -> impl Iterator<Item = Route> {
        let pages = [
            Route::Home,
            Route::Scenarios,
            Route::Lab,
            Route::Sandbox,
            Route::Captures,
            Route::Live,
            Route::NotFound,
        ];
        let scenarios = GALLERY.iter().map(|exhibit| Route::Scenario { id: ScenarioId(exhibit) });
        pages.into_iter().chain(ExerciseId::all().map(|id| Route::Exercise { id })).chain(scenarios)
    }

    /// What this page's `<head>` says.
    pub const fn head(self) -> Head {
        match self {
            Route::Home => Head {
                title: "TCP Lab: learn TCP and sockets by doing",
                description: "Learn TCP and socket programming by doing: see every segment of a connection move, change what \
                              befalls it, and drive real sockets call by call.",
                indexed: true,
            },
            Route::Scenarios => Head {
                title: "Scenarios - TCP Lab",
                description: "TCP at work, one thing at a time: handshake, loss, retransmission, windows, congestion control, \
                              closing. Play each, scrub it, and change what happens.",
                indexed: true,
            },
            Route::Scenario { id } => {
                let Exhibit { title, look_for, .. } = *id.exhibit();
                Head { title, description: look_for, indexed: true }
            }
            Route::Lab => Head {
                title: "Lab - TCP Lab",
                description: "Write TCP clients and servers in Python and run them side by side in this page: on a simulated network \
                    that shows every segment, or on your own machine's sockets.",
                indexed: true,
            },
            // The page's file says it better.
            Route::Learn { .. } => Head {
                title: "Learn - TCP Lab",
                description: "TCP and socket programming, lesson by lesson.",
                indexed: true,
            },
            Route::Course => Head {
                title: "The course - TCP Lab",
                description: "Learn TCP and socket programming from the first connection to an HTTP server of your own, lesson by lesson, \
                              with exercises that are checked.",
                indexed: true,
            },
            Route::Reference | Route::ReferencePart { .. } => Head {
                title: "Reference - TCP Lab",
                description: "Header fields, control bits, states, socket calls, errors, options, sysctls and terms of TCP.",
                indexed: true,
            },
            Route::Search => Head {
                title: "Search - TCP Lab",
                description: "Search the lessons, the reference and the scenarios, in this page and without a server.",
                indexed: true,
            },
            Route::Exercise { id } => {
                let Shelved { title, summary, .. } = *id.shelved();
                Head { title, description: summary, indexed: true }
            }
            Route::Sandbox => Head {
                title: "Sandbox - TCP Lab",
                description: "Hosts, a link and calls of your own, in packetdrill's notation; the engine plays them and the \
                              stage shows every segment.",
                indexed: true,
            },
            Route::Captures => Head {
                title: "Open a capture - TCP Lab",
                description: "Open a pcap or pcapng file from your disk and see its TCP streams on the stage. The file never \
                              leaves your browser.",
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
        for route in Route::all() {
            assert_eq!(Route::recognize(&route.to_path()), Some(route));
        }
    }

    #[test]
    fn an_address_without_its_slash_is_the_same_page_and_an_unknown_one_is_not_found() {
        assert_eq!(Route::recognize("/live"), Some(Route::Live));
        assert_eq!(Route::recognize("/live/nothing"), Some(Route::NotFound));
        assert_eq!(Route::recognize("/scenarios/no-such-thing/"), Some(Route::NotFound));
    }

    #[test]
    fn titles_and_descriptions_differ_from_page_to_page() {
        let all: Vec<Route> = Route::all().collect();
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                assert_ne!(a.head().title, b.head().title);
                assert_ne!(a.head().description, b.head().description);
            }
        }
    }
}
