//! What a person types as data, as octets: text with Python's escapes, or hexadecimal digits.

use bytes::Bytes;

/// Reads text: UTF-8, with the escapes `\n \r \t \0 \\ \' \" \xNN` of Python's bytes.
///
/// # Errors
/// An escape that Python does not have, or one that is cut short.
pub fn from_text(text: &str) -> Result<Bytes, String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match rest.next() {
            Some('n') => octets.push(b'\n'),
            Some('r') => octets.push(b'\r'),
            Some('t') => octets.push(b'\t'),
            Some('0') => octets.push(0),
            Some(c @ ('\\' | '\'' | '"')) => octets.push(c as u8),
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                let octet = Some(&digits)
                    .filter(|digits| digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                octets.push(
                    octet
                        .ok_or_else(|| format!("“\\x{digits}” needs two hexadecimal digits, as in \\x0a"))?,
                );
            }
            Some(c) => return Err(format!("“\\{c}” is no escape: there are \\n \\r \\t \\0 \\\\ \\xNN")),
            None => {
                return Err("the text ends in the middle of an escape: write \\\\ for a backslash".to_owned());
            }
        }
    }
    Ok(octets.into())
}

/// Reads hexadecimal digits, two for an octet; spaces may stand anywhere between octets.
///
/// # Errors
/// A character that is no digit, or an odd number of digits.
pub fn from_hex(text: &str) -> Result<Bytes, String> {
    let mut octets = Vec::new();
    for word in text.split_whitespace() {
        if let Some(c) = word.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(format!("“{c}” is no hexadecimal digit"));
        }
        if word.len() % 2 == 1 {
            return Err(format!("“{word}” has an odd number of digits: an octet is two"));
        }
        for at in (0..word.len()).step_by(2) {
            octets.extend(u8::from_str_radix(&word[at..at + 2], 16));
        }
    }
    Ok(octets.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_pythons_escapes() {
        assert_eq!(
            from_text(r"GET /\r\n\x00\xffä\\").expect("it is sound"),
            Bytes::from_static(b"GET /\r\n\0\xff\xc3\xa4\\")
        );
        assert_eq!(
            from_text(r"a\q").expect_err("no escape"),
            "“\\q” is no escape: there are \\n \\r \\t \\0 \\\\ \\xNN"
        );
        assert_eq!(
            from_text(r"\x4").expect_err("cut short"),
            "“\\x4” needs two hexadecimal digits, as in \\x0a"
        );
        assert!(from_text("\\").is_err());
        assert!(from_text(r"\xé1").is_err());
        assert!(from_text(r"\x+f").is_err());
    }

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(from_hex("00 ff0A").expect("three octets"), Bytes::from_static(b"\0\xff\n"));
        assert_eq!(from_hex("0").expect_err("odd"), "“0” has an odd number of digits: an octet is two");
        assert_eq!(from_hex("zz").expect_err("no digit"), "“z” is no hexadecimal digit");
        assert!(from_hex("").expect("nothing is allowed").is_empty());
    }
}
