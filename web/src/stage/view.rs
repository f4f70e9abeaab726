//! What every view is given, and what it may ask for.

use super::{EndId, Focus, Story, Thing};
use sockets::Instant;
use std::ops::Deref;
use std::rc::Rc;
use yew::prelude::*;

/// A story that is shared by views: equal to itself alone, so that a view need not compare all of it.
#[derive(Clone, Debug)]
pub struct Told(Rc<Story>);

impl Told {
    /// Shares a story.
    pub fn new(story: Story) -> Told {
        Told(Rc::new(story))
    }
}

impl PartialEq for Told {
    fn eq(&self, other: &Told) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Told {
    type Target = Story;
    fn deref(&self) -> &Story {
        &self.0
    }
}

/// A moment as every view writes it, `0.131384 s`: seconds of the story with all six decimals, so that what is the same moment looks the
/// same wherever it stands.
pub fn clock(at: Instant) -> String {
    format!("{}.{:06} s", at.0 / 1_000_000, at.0 % 1_000_000)
}

/// How sequence numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// Counted from the initial sequence numbers: the SYN is 0.
    #[default]
    Relative,
    /// As they stand in the header.
    Absolute,
}

/// What a person does in a view.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Points at something, or no longer.
    Point(Option<Thing>),
    /// Picks something, or nothing.
    Pick(Option<Thing>),
    /// Goes to a moment.
    Seek(Instant),
    /// Wants to see one end of a connection in the views that show one.
    Choose(EndId),
    /// Wants numbers written so.
    Write(Numbers),
}

/// The properties of every view.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ViewProps {
    /// What happened.
    pub story: Told,
    /// The moment that is shown.
    pub at: Instant,
    /// What lights up.
    pub focus: Rc<Focus>,
    /// The end that views of one end show.
    pub end: Option<EndId>,
    /// How sequence numbers are written.
    pub numbers: Numbers,
    /// Takes what the person does.
    pub act: Callback<Act>,
}
