//! The page "Live sockets": real sockets on the learner's own machine, call by call.

mod calls;
mod clock;
mod connection;
pub(crate) mod copy;
mod field;
mod form;
mod kernel;
mod onstage;
mod outside;
mod page;
mod pane;
mod payload;
mod presets;
mod program;
mod screen;
mod session;
mod show;
mod tape;
mod transcript;
pub mod wording;

pub use page::Live;
pub use screen::{Act, Screen};
pub use session::{Session, SessionProvider};

use crate::bridged::Bridge;
use yew::prelude::*;

/// What every part of the page is given: the state, and the two ways to change it.
#[derive(Clone)]
pub struct Desk {
    screen: UseReducerHandle<Screen>,
    bridge: Bridge,
}

/// A part is drawn anew whenever the page is: the page is drawn only when something happened.
impl PartialEq for Desk {
    fn eq(&self, _: &Desk) -> bool {
        false
    }
}

impl Desk {
    /// A callback that makes a change.
    fn on<E>(&self, act: impl Fn(E) -> Act + 'static) -> Callback<E> {
        let dispatcher = self.screen.dispatcher();
        Callback::from(move |event| dispatcher.dispatch(act(event)))
    }

    /// The state.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// Makes a change.
    pub fn act(&self, act: Act) {
        self.screen.dispatch(act);
    }
}

/// The properties of a part that needs nothing but the desk.
#[derive(Clone, PartialEq, Properties)]
pub struct DeskProps {
    /// The page's state and the ways to change it.
    pub desk: Desk,
}

/// The properties of a part of one host's pane.
#[derive(Clone, PartialEq, Properties)]
pub struct PaneProps {
    /// The page's state and the ways to change it.
    pub desk: Desk,
    /// Whose pane it is.
    pub host: sockets::HostId,
}
