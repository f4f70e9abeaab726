//! The stage: pictures of what happened, drawn from a [`Story`] and a time, and from nothing else.
//!
//! ```text
//!   Log + Cast --Story::of--> Story --scene(story, at, ...)--> Scene --> SVG, text, export
//!                               |                                ^
//!                               '------ Focus: what lights up ---'
//! ```
//!
//! [`Story`] is a Log with everything looked up once: which segment repeats which, who acknowledged it, which timers ran, what a call
//! waited for. A view is a pure function from it to a scene (plain data, tested as such), and a component that draws the scene. Views do
//! not know each other: what is pointed at goes to the desk as an [`Act`], and comes back to all as a [`Focus`].
//!
//! Nothing here runs a simulator or knows a rule of TCP (invariant 3).

pub mod bounds;
pub mod desk;
pub mod focus;
pub mod header;
pub mod knobs;
pub mod ladder;
pub mod packets;
pub mod plots;
pub mod prose;
pub mod queues;
pub mod states;
pub mod story;
pub mod stream;
mod view;

pub use focus::{Focus, Thing};
pub use story::{EndId, Player, Role, Story};
pub use view::{Act, Numbers, Told, ViewProps, clock};
