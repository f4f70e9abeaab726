//! A line of a script cut into words of one kind each, for their colours. It reads no sense: a line that is wrong has colours too.

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tint {
    /// Nothing in particular.
    Plain,
    /// A time at the line's beginning.
    Time,
    /// The name of a call.
    Call,
    /// `<` or `>`, and the control bits after it.
    Bits,
    /// A constant: SOCK_STREAM.
    Constant,
    /// A number.
    Number,
    /// A text in quotation marks.
    Text,
    /// A comment.
    Comment,
    /// A setting, an option, code.
    Setting,
    /// A line `host NAME`.
    Host,
}

impl Tint {
    /// The class in the style sheet; nothing for plain words.
    pub const fn class(self) -> Option<&'static str> {
        match self {
            Tint::Plain => None,
            Tint::Time => Some("tint-time"),
            Tint::Call => Some("tint-call"),
            Tint::Bits => Some("tint-bits"),
            Tint::Constant => Some("tint-constant"),
            Tint::Number => Some("tint-number"),
            Tint::Text => Some("tint-text"),
            Tint::Comment => Some("tint-comment"),
            Tint::Setting => Some("tint-setting"),
            Tint::Host => Some("tint-host"),
        }
    }
}

/// What a line begins inside of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Inside {
    /// Nothing.
    #[default]
    Nothing,
    /// A comment `/* */`.
    Comment,
    /// Code `%{ }%`.
    Code,
    /// A command in backquotes.
    Command,
}

/// Cuts a line, without its end. Answers the words with what they are, all characters in their order, and what the next line begins inside
/// of.
pub fn tint(line: &str, mut inside: Inside) -> (Vec<(Tint, &str)>, Inside) {
    let mut words = Vec::new();
    let mut rest = line;
    let first = line.trim_start();
    if inside == Inside::Nothing && (first.starts_with("--") || first.starts_with("-D ") || is_host(first)) {
        let end = first.find("//").unwrap_or(first.len());
        let blank = line.len() - first.len();
        push(&mut words, Tint::Plain, &line[..blank]);
        push(&mut words, if is_host(first) { Tint::Host } else { Tint::Setting }, &first[..end]);
        push(&mut words, Tint::Comment, &first[end..]);
        return (words, inside);
    }
    let mut begins = true;
    while !rest.is_empty() {
        let (tint, length) = match inside {
            Inside::Comment => closes(rest, "*/", Tint::Comment, &mut inside),
            Inside::Code => closes(rest, "}%", Tint::Setting, &mut inside),
            Inside::Command => closes(rest, "`", Tint::Setting, &mut inside),
            Inside::Nothing => word(rest, begins, &mut inside),
        };
        let length = length.max(rest.chars().next().map_or(1, char::len_utf8));
        begins = begins && rest[..length].trim().is_empty();
        let at = line.len() - rest.len();
        match words.last_mut() {
            Some((last, word)) if *last == tint => *word = &line[at - word.len()..at + length],
            _ => words.push((tint, &rest[..length])),
        }
        rest = &rest[length..];
    }
    (words, inside)
}

fn is_host(text: &str) -> bool {
    let begins = |word: &str| text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '\t']));
    begins("host") || begins("program") && text.contains(" on ")
}

fn push<'a>(words: &mut Vec<(Tint, &'a str)>, tint: Tint, word: &'a str) {
    if !word.is_empty() {
        words.push((tint, word));
    }
}

/// Up to the mark that ends what the line is inside of.
fn closes(rest: &str, mark: &str, tint: Tint, inside: &mut Inside) -> (Tint, usize) {
    match rest.find(mark) {
        Some(at) => {
            *inside = Inside::Nothing;
            (tint, at + mark.len())
        }
        None => (tint, rest.len()),
    }
}

fn word(rest: &str, begins: bool, inside: &mut Inside) -> (Tint, usize) {
    let span = |test: fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
    let next = rest.chars().next().unwrap_or(' ');
    for (mark, state) in [("/*", Inside::Comment), ("%{", Inside::Code), ("`", Inside::Command)] {
        if rest.starts_with(mark) {
            *inside = state;
            let tint = if state == Inside::Comment { Tint::Comment } else { Tint::Setting };
            return (tint, mark.len());
        }
    }
    if rest.starts_with("//") || next == '#' {
        return (Tint::Comment, rest.len());
    }
    if next.is_whitespace() {
        return (Tint::Plain, span(char::is_whitespace));
    }
    if begins && (next.is_ascii_digit() || matches!(next, '+' | '*' | '.')) {
        return (Tint::Time, span(|c| c.is_ascii_digit() || matches!(c, '+' | '.' | '~' | '*')));
    }
    if next == '"' {
        let end = rest[1..].find('"').map_or(rest.len(), |at| at + 2);
        return (Tint::Text, end);
    }
    if matches!(next, '<' | '>') {
        let after = &rest[1..];
        let blank = after.len() - after.trim_start().len();
        let bits = after[blank..].find(|c: char| !"SFRPUEWA.-".contains(c)).unwrap_or(after.len() - blank);
        let ends = after[blank + bits..].chars().next().is_none_or(char::is_whitespace);
        let is_packet = blank > 0 && bits > 0 && ends;
        return (Tint::Bits, if is_packet { 1 + blank + bits } else { 1 });
    }
    if next.is_ascii_digit() {
        return (Tint::Number, span(|c| c.is_ascii_alphanumeric()));
    }
    if next.is_ascii_alphabetic() || next == '_' {
        let end = span(|c| c.is_ascii_alphanumeric() || c == '_');
        let name = &rest[..end];
        let is_constant =
            name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        let tint = if rest[end..].starts_with('(') {
            Tint::Call
        } else if is_constant {
            Tint::Constant
        } else {
            Tint::Plain
        };
        return (tint, end);
    }
    (Tint::Plain, next.len_utf8())
}
