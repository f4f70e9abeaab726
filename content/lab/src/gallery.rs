//! The gallery: scenarios that show one thing each. The files lie in `gallery/`, in the order of their names.

use crate::prose::Part;

/// One scenario of the gallery, as lists show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// Short and stable: it stands in links.
    pub id: &'static str,
    /// The heading under which it stands.
    pub group: &'static str,
    /// What a menu shows.
    pub title: &'static str,
    /// What to look for, in a sentence or two.
    pub look_for: &'static str,
    /// The same with its marks, as [`crate::prose::parts`] gives them: each term with what it names, and the text between.
    pub prose: &'static [Part<'static>],
}

include!(concat!(env!("OUT_DIR"), "/gallery.rs"));

/// The one with this id.
pub fn exhibit(id: &str) -> Option<&'static Exhibit> {
    GALLERY.iter().find(|exhibit| exhibit.id == id)
}

/// The whole text of the one with this id, as `Scenario::parse` reads it.
pub fn exhibit_text(id: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(known, _)| *known == id).map(|&(_, text)| text)
}
