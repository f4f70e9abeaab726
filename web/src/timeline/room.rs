//! The picture in its room: measures how wide it may be, and draws it so.

use super::draw::picture;
use super::{Cast, scene};
use crate::browser;
use gloo::events::EventListener;
use sockets::{CallId, Instant, Log};
use std::rc::Rc;
use yew::prelude::*;

/// The width before the browser has told its own.
const WIDTH: i32 = 520;

/// What the picture is of.
#[derive(Clone, Debug, PartialEq)]
pub struct StageScene {
    /// What happened.
    pub log: Rc<Log>,
    /// Who took part.
    pub cast: Rc<Cast>,
    /// Up to when; a call that waits reaches to here.
    pub now: Instant,
}

/// What [`Stage`] must be told.
#[derive(Clone, PartialEq, Properties)]
pub struct StageProps {
    /// What the picture is of.
    pub scene: StageScene,
    /// What it is, for those who do not see it.
    pub label: AttrValue,
    /// The call that is marked.
    #[prop_or_default]
    pub picked: Option<CallId>,
    /// A call is pointed at, or none any more.
    #[prop_or_default]
    pub on_pick: Option<Callback<Option<CallId>>>,
}

/// The picture, as wide as its room.
#[component]
pub fn Stage(props: &StageProps) -> Html {
    let room = use_node_ref();
    let ruler = use_node_ref();
    let width = use_width(&room, &ruler);
    let StageScene { log, cast, now } = &props.scene;
    html! {
        <div class="room" ref={room}>
            <span class="ruler" ref={ruler}></span>
            { picture(&scene(log, *now, cast, width), props) }
        </div>
    }
}

/// The width of an element in sixteenths of the font size, and again whenever the window changes. The ruler is 16 rem wide.
#[hook]
fn use_width(room: &NodeRef, ruler: &NodeRef) -> i32 {
    let width = use_state_eq(|| WIDTH);
    let (room, ruler, set) = (room.clone(), ruler.clone(), width.clone());
    use_effect_with((), move |()| {
        let measure = move || {
            if let (Some(width), Some(unit)) = (browser::width_of(&room), browser::width_of(&ruler)) {
                set.set(width * 256 / unit);
            }
        };
        measure();
        let listener =
            web_sys::window().map(|window| EventListener::new(&window, "resize", move |_| measure()));
        move || drop(listener)
    });
    *width
}
