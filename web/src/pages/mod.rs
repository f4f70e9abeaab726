//! The pages that are mostly words.

mod home;
mod not_found;

pub use home::Home;
pub use not_found::not_found;
