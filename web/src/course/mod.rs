//! The course's pages: lessons as prerendered words, and among them live figures and exercises, which the studio brings to life.
//!
//! ```text
//!   content/lessons --lessons::Course, natively--> [`page`]: /learn/NAME/index.html, exercises.json, still pictures
//!                                                    | <tcp-studio data-page="figure" …>     [`Figure`]
//!                                                    ' <tcp-studio data-page="task" …>       [`Task`]: exercises.json, lessons::judge
//! ```
//!
//! What came of an exercise goes to `kept`, which has the learner's progress in the browser; a lesson, the course's page and the page at its end
//! show it.
//!
//! Beside them `reference` writes what can be looked up, and `search` the file in which `web/search` looks words up.
//!
//! The first program carries no text of the course: the words are in the page's file, and it leaves them as they stand.

mod answer;
mod completion;
#[cfg(not(target_arch = "wasm32"))]
pub mod contents;
#[cfg(not(target_arch = "wasm32"))]
pub mod done;
mod figure;
mod hands;
mod kept;
mod learner;
mod mark;
mod order;
#[cfg(not(target_arch = "wasm32"))]
pub mod page;
#[cfg(not(target_arch = "wasm32"))]
pub mod reference;
#[cfg(not(target_arch = "wasm32"))]
pub mod search;
mod shelf;
mod solution;
mod task;
mod text;

pub use completion::Completion;
pub use figure::{Figure, FigureTool};
pub use learner::{Learner, LearnerProps};
pub use mark::{ChapterMark, ChapterMarkProps};
pub use task::Task;
pub use text::TextPage;
