//! Texts against what is wanted of them, and how both are shown to a person.

/// How much of a text is shown in a sentence, in characters: before where it differs, and from there on.
const BEFORE: usize = 16;
const FROM: usize = 40;

/// What is wanted of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// These octets and no others.
    Exact(&'a [u8]),
    /// Each of these somewhere.
    Contains(&'a [String]),
    /// This pattern: `*` is any run of characters of one line, also none.
    Like(&'a str),
}

/// Where a text first differs from what is wanted, in octets; `None` where it is as wanted.
pub fn differs(wanted: Wanted<'_>, seen: &[u8]) -> Option<usize> {
    match wanted {
        Wanted::Exact(wanted) if wanted == seen => None,
        Wanted::Exact(wanted) => Some(wanted.iter().zip(seen).take_while(|(a, b)| a == b).count()),
        Wanted::Contains(parts) => {
            let there =
                |part: &String| seen.windows(part.len().max(1)).any(|part_of| part_of == part.as_bytes());
            (!parts.iter().all(there)).then_some(seen.len())
        }
        Wanted::Like(pattern) => like(pattern.as_bytes(), seen),
    }
}

/// Where a text leaves a pattern; `None` where it fits.
fn like(pattern: &[u8], seen: &[u8]) -> Option<usize> {
    let (mut p, mut s, mut farthest) = (0, 0, 0);
    // The last star, and how much of the text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    loop {
        farthest = farthest.max(s);
        match (pattern.get(p), seen.get(s)) {
            (None, None) => return None,
            (Some(b'*'), _) => {
                star = Some((p, s));
                p += 1;
            }
            (Some(wanted), Some(is)) if wanted == is => {
                p += 1;
                s += 1;
            }
            _ => match star {
                Some((at, taken)) if seen.get(taken).is_some_and(|octet| *octet != b'\n') => {
                    star = Some((at, taken + 1));
                    (p, s) = (at + 1, taken + 1);
                }
                _ => return Some(farthest),
            },
        }
    }
}

/// A text as a sentence shows it: in quotation marks, what is not to be seen as Python writes it, and of a long text the part around an
/// octet.
pub fn quoted(text: &[u8], around: usize) -> String {
    let text = String::from_utf8_lossy(text);
    let count = text.chars().count();
    if count == 0 {
        return "nothing".to_owned();
    }
    // Octets and characters differ where there is more than ASCII: then the part is a little off, and still readable.
    let first = around.min(count).saturating_sub(BEFORE);
    let first = if count <= BEFORE + FROM { 0 } else { first };
    let part: String = text.chars().skip(first).take(BEFORE + FROM).collect();
    let (before, after) =
        (if first > 0 { "…" } else { "" }, if first + BEFORE + FROM < count { "…" } else { "" });
    let escaped: String = part
        .chars()
        .map(|character| match character {
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\0' => "\\0".to_owned(),
            other => other.to_string(),
        })
        .collect();
    format!("“{before}{escaped}{after}”")
}

/// Octets and their number: `“hello\n” (6 octets)`.
pub fn octets(text: &[u8], around: usize) -> String {
    match text.len() {
        0 => "nothing".to_owned(),
        1 => format!("{} (1 octet)", quoted(text, around)),
        count => format!("{} ({count} octets)", quoted(text, around)),
    }
}

impl Wanted<'_> {
    /// What is wanted, in words, as a sentence goes on after “it should print”.
    pub fn in_words(self, around: usize) -> String {
        match self {
            Wanted::Exact(text) => quoted(text, around),
            Wanted::Contains(parts) => {
                let each: Vec<String> = parts.iter().map(|part| quoted(part.as_bytes(), 0)).collect();
                format!("something with {}", each.join(" and "))
            }
            Wanted::Like(pattern) => format!("something like {}", quoted(pattern.as_bytes(), 0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_differs_where_it_first_does() {
        let check =
            |wanted, seen: &str, expected| assert_eq!(differs(wanted, seen.as_bytes()), expected, "{seen}");
        check(Wanted::Exact(b"one\n"), "one\n", None);
        check(Wanted::Exact(b"one\n"), "on", Some(2));
        check(Wanted::Exact(b"one\n"), "one\ntwo\n", Some(4));
        check(Wanted::Exact(b""), "", None);
        let parts = ["one".to_owned(), "two".to_owned()];
        check(Wanted::Contains(&parts), "two, one", None);
        check(Wanted::Contains(&parts), "one", Some(3));
        check(Wanted::Like("port *\n"), "port 50000\n", None);
        check(Wanted::Like("port *\n"), "port \n", None);
        check(Wanted::Like("port *\n"), "port 1\n2\n", Some(7));
        check(Wanted::Like("a*b*c"), "axxbyybzzc", None);
        check(Wanted::Like("a*b*c"), "axxbyy", Some(6));
    }

    #[test]
    fn a_long_text_is_shown_around_where_it_differs() {
        assert_eq!(quoted(b"hello\n", 0), "“hello\\n”");
        assert_eq!(octets(b"h", 0), "“h” (1 octet)");
        assert_eq!(octets(b"", 0), "nothing");
        let long: Vec<u8> = (0..1_000_u32).map(|index| b'a' + (index % 26) as u8).collect();
        let shown = quoted(&long, 500);
        assert!(shown.starts_with("“…") && shown.ends_with("…”") && shown.chars().count() < 70, "{shown}");
    }
}
