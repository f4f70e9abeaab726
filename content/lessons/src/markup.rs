//! HTML that is put together by hand: sentences of the judge, between texts that were Markdown.

/// Text as it stands in HTML, inside an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Stands in HTML of the course for the path prefix under which the site is hosted.
pub(crate) const BASE: char = '\u{e000}';

/// HTML of the course with this path prefix.
pub fn based(html: &str, base: &str) -> String {
    html.replace(BASE, base)
}

/// Text as code.
pub(crate) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// Sentences one after the other; empty ones leave no trace.
pub(crate) fn sentences(all: &[&str]) -> String {
    all.iter().filter(|text| !text.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// A piece of HTML that this crate has written: there is no `<` or `>` in it but those of tags.
#[cfg(feature = "course")]
pub(crate) enum Piece<'a> {
    /// What stands between `<` and `>`.
    Tag(&'a str),
    /// What stands between tags; escaped.
    Text(&'a str),
}

/// HTML of this crate, piece by piece.
#[cfg(feature = "course")]
pub(crate) fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    html.split('<').enumerate().flat_map(|(place, part)| {
        let (tag, text) = if place == 0 {
            (None, part)
        } else {
            part.split_once('>').map_or((None, part), |(tag, text)| (Some(tag), text))
        };
        tag.map(Piece::Tag).into_iter().chain([Piece::Text(text)])
    })
}

/// What was [`escape`]d, as text.
#[cfg(feature = "course")]
pub(crate) fn unescape(text: &str) -> String {
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'");
    text.replace("&amp;", "&")
}
