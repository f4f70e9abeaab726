//! Capture files: which TCP streams one holds, and the Log of one stream.
//!
//! ```text
//!   file, piece by piece --> Survey --> Listing            every stream in a line; memory for streams, not for packets
//!                              '------> Extract --> a small pcapng file of one stream --tell--> Told { Log, notes }
//! ```
//!
//! A capture is what one place saw: each packet once, at one time. When a segment was sent, whether it arrived, which calls made it
//! and in which state its sender was, it does not say, and nothing of that is made up here: a captured segment's fate is
//! [`Seen`](sockets::Fate), and states are [`Inferred`], which has to be said where they are shown.

mod flow;
mod infer;
mod listing;
mod survey;
mod tell;
#[cfg(test)]
mod tests;

pub use infer::{Inferred, Step};
pub use listing::{Closing, Listing, Opening, Stream};
pub use survey::{Extract, Span, Survey, kind_of_file};
pub use tell::{Told, tell};
