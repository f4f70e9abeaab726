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

/// A line of text as HTML: what stands between two backticks is code, as in Markdown.
pub fn line(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, (inside, after))) =
        rest.split_once('`').and_then(|(before, more)| Some((before, more.split_once('`')?)))
    {
        html += &escape(before);
        html += &code(inside);
        rest = after;
    }
    html + &escape(rest)
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

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn what_stands_between_two_backticks_is_code() {
        for (text, html) in [
            ("no code", "no code"),
            ("one `send` and one `recv`", "one <code>send</code> and one <code>recv</code>"),
            ("`a < b`", "<code>a &lt; b</code>"),
            ("a lone ` is <that>", "a lone ` is &lt;that&gt;"),
        ] {
            assert_eq!(line(text), html);
        }
    }
}
