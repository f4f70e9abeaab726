//! Calls as the Python that makes them: one line for one call, or a whole program for a Log.

mod line;
mod program;

pub use line::{Names, bytes_literal, line, shown};
pub use program::program;
