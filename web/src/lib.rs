//! TCP Lab's site: Yew components, the same for the browser (hydration) and for the prerenderer.
//!
//! Knows no rule of TCP (it asks the crates under `content/`) and no socket (those live behind the bridge). Nothing here may
//! depend on the browser before an effect runs: the first render must give the same HTML natively and in wasm, or
//! hydration fails.

mod app;
mod bridged;
mod browser;
pub mod captures;
pub mod course;
pub mod editor;
mod live;
mod number;
mod packed;
mod pages;
#[cfg(target_arch = "wasm32")]
mod panic;
mod recorded;
mod route;
mod sandbox;
mod shell;
pub mod stage;
pub mod studio;
mod timeline;
mod workshop;

pub use app::{App, AppProps};
#[cfg(target_arch = "wasm32")]
pub use panic::report_panics;
pub use route::{Head, Route};
