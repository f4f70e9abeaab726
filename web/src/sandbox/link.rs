//! A text in the address: deflated, in letters that an address may have.

use super::play::LONGEST;
use data_encoding::BASE64URL_NOPAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// The longest that is put into an address, in characters: chat programs and mail cut what is much longer.
pub const LONGEST_LINK: usize = 8_000;

/// The key under which it stands.
pub const KEY: &str = "script";

/// A text as it stands in an address; `None` where it is too long for one.
pub fn pack(text: &str) -> Option<String> {
    let packed = BASE64URL_NOPAD.encode(&compress_to_vec(text.as_bytes(), 9));
    (packed.len() <= LONGEST_LINK).then_some(packed)
}

/// The text that was packed.
///
/// # Errors
/// That it is none, in words.
pub fn unpack(packed: &str) -> Result<String, &'static str> {
    const CUT: &str = "The script in this address cannot be read: part of the address is missing or changed.";
    if packed.len() > 2 * LONGEST_LINK {
        return Err("The script in this address is too long to be read.");
    }
    let octets = BASE64URL_NOPAD.decode(packed.as_bytes()).map_err(|_| CUT)?;
    let text = decompress_to_vec_with_limit(&octets, LONGEST).map_err(|_| CUT)?;
    String::from_utf8(text).map_err(|_| CUT)
}

/// The text among what a page adds to an address.
pub fn script(extra: &[(String, String)]) -> Option<String> {
    let (_, packed) = extra.iter().find(|(key, _)| key == KEY)?;
    unpack(packed).ok()
}
