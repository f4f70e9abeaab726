//! The pages that are mostly words, and the words of those that are mostly picture.

mod gallery;
mod home;
mod not_found;
mod tool;

pub use gallery::gallery;
pub use home::Home;
pub use not_found::not_found;
pub use tool::tool;
