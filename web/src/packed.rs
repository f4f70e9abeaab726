//! A text in the address: deflated (RFC 1951), in letters that an address may have (base64url, RFC 4648 section 5).

use data_encoding::BASE64URL_NOPAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// Why there is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It has more letters than were ever put into an address.
    TooLong,
    /// Letters of it are missing or changed, or it would grow beyond the limit.
    Cut,
}

/// A text as it stands in an address; `None` where it would take more letters than `most`.
pub fn pack(text: &str, most: usize) -> Option<String> {
    let packed = BASE64URL_NOPAD.encode(&compress_to_vec(text.as_bytes(), 9));
    (packed.len() <= most).then_some(packed)
}

/// The text that was packed into at most so many letters, of at most so many octets. Addresses of earlier versions may be twice as long.
///
/// # Errors
/// [`Broken`].
pub fn unpack(packed: &str, most: usize, largest: usize) -> Result<String, Broken> {
    if packed.len() > 2 * most {
        return Err(Broken::TooLong);
    }
    let octets = BASE64URL_NOPAD.decode(packed.as_bytes()).map_err(|_| Broken::Cut)?;
    let text = decompress_to_vec_with_limit(&octets, largest).map_err(|_| Broken::Cut)?;
    String::from_utf8(text).map_err(|_| Broken::Cut)
}
