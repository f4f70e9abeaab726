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
