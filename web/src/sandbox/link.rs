//! A script in the address.

use super::play::LONGEST;
use crate::packed::{self, Broken};

/// The longest that is put into an address, in characters: chat programs and mail cut what is much longer.
pub const LONGEST_LINK: usize = 8_000;

/// The key under which it stands.
pub const KEY: &str = "script";

/// A script as it stands in an address; `None` where it is too long for one.
pub fn pack(text: &str) -> Option<String> {
    packed::pack(text, LONGEST_LINK)
}

/// The script that was packed.
///
/// # Errors
/// That it is none, in words.
pub fn unpack(text: &str) -> Result<String, &'static str> {
    packed::unpack(text, LONGEST_LINK, LONGEST).map_err(|broken| match broken {
        Broken::TooLong => "The script in this address is too long to be read.",
        Broken::Cut => {
            "The script in this address cannot be read: part of the address is missing or changed."
        }
    })
}

/// The text among what a page adds to an address.
pub fn script(extra: &[(String, String)]) -> Option<String> {
    let (_, packed) = extra.iter().find(|(key, _)| key == KEY)?;
    unpack(packed).ok()
}
