//! The Python of scripts' `%{ }%`: a subset, with exact numbers, evaluated on the values of TCP_INFO.
//!
//! ```text
//!   assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd
//!   cwnd += 1; assert 98000 <= tcpi_rwnd_limited <= 110000
//! ```
//!
//! Knows assert, assignment, print, pass, if/elif/else; numbers, texts, tuples, comparisons, arithmetic, bit operators, not/and/or,
//! `in`, and abs, min, max, int, len, round, str, bool. Whatever else Python has is an error that names it. A number with a point is
//! an exact fraction.

mod eval;
mod syntax;
#[cfg(test)]
mod tests;
mod token;
mod value;

pub(crate) use eval::{Raised, run};
pub(crate) use value::Value;
