//! What a desk is told: what to show, and what the page has to do with it.

use crate::stage::{Thing, Told};
use lab::{Change, Scenario};
use sockets::Instant;
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
    /// What to show. Another one may be given at any time; a story that has grown is followed when its end was being looked at.
    pub subject: Subject,
    /// Whether the desk's state stands in the address. Where the subject cannot be told from the address, it need not.
    #[prop_or(true)]
    pub linked: bool,
    /// What the page adds to the address for itself: keys and values, as [`extra`] reads them again.
    #[prop_or_default]
    pub extra: Rc<Vec<(String, String)>>,
    /// The clock of a story that goes on.
    #[prop_or_default]
    pub live: Option<Live>,
    /// Where it is to be opened, if not at its usual place. Taken as it is at first.
    #[prop_or_default]
    pub opens: Option<Opening>,
    /// Only the ladder, until a person opens other views: for a stage among words. Taken as it is at first.
    #[prop_or_default]
    pub plain: bool,
    /// Who runs the story again with a change, where the desk itself cannot.
    #[prop_or_default]
    pub rerun: Option<Rerun>,
    /// What is pointed at elsewhere on the page.
    #[prop_or_default]
    pub pointed: Option<Thing>,
    /// Is told what is pointed at here.
    #[prop_or_default]
    pub on_point: Callback<Option<Thing>>,
}

/// A moment, and what is picked there.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The moment.
    pub at: Instant,
    /// What is picked.
    pub pick: Option<Thing>,
}

/// Runs a story's scenario again where the desk itself cannot, since programs play in it that run elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Rerun {
    /// The scenario that the story tells.
    pub scenario: Rc<Scenario>,
    /// Is given what shall be different; only what befalls single datagrams.
    pub change: Callback<Change>,
}

/// What follows a story that goes on ([`Story::goes_on`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// Tells what time it is, as the story counts time.
    pub clock: Callback<(), Instant>,
}
