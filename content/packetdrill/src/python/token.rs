//! Splits Python into tokens, with indentation as tokens of its own.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    /// A number's digits as a fraction: above and below the line, and whether it had a point.
    Number(i128, i128, bool),
    Text(String),
    Sign(&'static str),
    /// The end of a statement: a line end or `;`.
    Newline,
    Semicolon,
    Indent,
    Dedent,
}

const SIGNS: &[&str] = &[
    "**=", "//=", "<<=", ">>=", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+=", "-=", "*=", "/=", "%=",
    "&=", "|=", "^=", "+", "-", "*", "/", "%", "<", ">", "=", "(", ")", "[", "]", ",", ":", "&", "|", "^",
    "~", ".",
];

/// The tokens, each with its line, counted from 0 at the text's beginning.
///
/// # Errors
/// What Python does not have, or this subset, and its line.
pub(super) fn tokens(text: &str) -> Result<Vec<(u32, Token)>, (u32, String)> {
    let mut tokens = Vec::new();
    let mut indents: Vec<usize> = vec![0];
    let (mut rest, mut line, mut brackets) = (text, 0u32, 0u32);
    // What stands behind %{ on its line begins at the margin, however far to the right that is.
    rest = rest.trim_start_matches([' ', '\t']);
    let mut at_line_start = false;
    if rest.starts_with('\n') {
        at_line_start = true;
    }
    let mut margin: Option<usize> = if at_line_start { None } else { Some(0) };
    while let Some(first) = rest.chars().next() {
        if at_line_start && brackets == 0 {
            let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let after = &rest[blank..];
            if after.is_empty() || after.starts_with(['\n', '\r', '#']) {
                rest = after;
                at_line_start = after.starts_with(['\n', '\r']);
                if after.starts_with('#') {
                    rest = &after[after.find('\n').unwrap_or(after.len())..];
                    at_line_start = true;
                }
                if let Some(next) = rest.strip_prefix('\n') {
                    rest = next;
                    line += 1;
                } else if let Some(next) = rest.strip_prefix('\r') {
                    rest = next;
                }
                continue;
            }
            let indent = blank.saturating_sub(*margin.get_or_insert(blank));
            let innermost = *indents.last().expect("the margin is never left");
            if indent > innermost {
                indents.push(indent);
                tokens.push((line, Token::Indent));
            }
            while indent < *indents.last().expect("the margin is never left") {
                indents.pop();
                tokens.push((line, Token::Dedent));
            }
            if indent != *indents.last().expect("the margin is never left") {
                return Err((line, "the indentation fits no line before it".into()));
            }
            at_line_start = false;
            rest = after;
            continue;
        }
        match first {
            '\n' => {
                if brackets == 0 {
                    tokens.push((line, Token::Newline));
                    at_line_start = true;
                }
                line += 1;
                rest = &rest[1..];
            }
            ';' => {
                tokens.push((line, Token::Semicolon));
                rest = &rest[1..];
            }
            '\\' => {
                // The line goes on. Blanks behind the backslash are let pass.
                let Some(end) = rest.find('\n').filter(|end| rest[1..*end].trim().is_empty()) else {
                    return Err((line, "a backslash that is not at the end of a line".into()));
                };
                line += 1;
                rest = &rest[end + 1..];
            }
            '#' => rest = &rest[rest.find('\n').unwrap_or(rest.len())..],
            blank if blank.is_whitespace() => rest = &rest[blank.len_utf8()..],
            '"' | '\'' => {
                let (text, after) =
                    quoted(rest, first).ok_or((line, "a text's end is missing".to_owned()))?;
                tokens.push((line, Token::Text(text)));
                rest = after;
            }
            '0'..='9' => {
                let (token, after) = number(rest).ok_or((line, "a number that cannot be read".to_owned()))?;
                tokens.push((line, token));
                rest = after;
            }
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let (token, after) = number(rest).ok_or((line, "a number that cannot be read".to_owned()))?;
                tokens.push((line, token));
                rest = after;
            }
            letter if letter.is_ascii_alphabetic() || letter == '_' => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                tokens.push((line, Token::Name(rest[..end].into())));
                rest = &rest[end..];
            }
            _ => {
                let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
                    return Err((line, format!("“{first}” in Python code")));
                };
                match *sign {
                    "(" | "[" => brackets += 1,
                    ")" | "]" => brackets = brackets.saturating_sub(1),
                    _ => {}
                }
                tokens.push((line, Token::Sign(sign)));
                rest = &rest[sign.len()..];
            }
        }
    }
    tokens.push((line, Token::Newline));
    tokens.extend(indents.iter().skip(1).map(|_| (line, Token::Dedent)));
    Ok(tokens)
}

/// A text in quotation marks, as far as escapes are simple, and what follows it.
fn quoted(text: &str, mark: char) -> Option<(String, &str)> {
    let mut read = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == mark => return Some((read, &text[at + 1..])),
            '\n' => return None,
            '\\' => match letters.next()?.1 {
                'n' => read.push('\n'),
                't' => read.push('\t'),
                same @ ('\\' | '\'' | '"') => read.push(same),
                other => read.extend(['\\', other]),
            },
            _ => read.push(letter),
        }
    }
    None
}

fn number(text: &str) -> Option<(Token, &str)> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let end = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
        return Some((
            Token::Number(i128::from_str_radix(&digits[..end], 16).ok()?, 1, false),
            &digits[end..],
        ));
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (whole, mut rest) = text.split_at(end);
    let mut digits: String = whole.chars().filter(|c| *c != '_').collect();
    let (mut below, mut is_float) = (1i128, false);
    if let Some(after) = rest.strip_prefix('.') {
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        digits.push_str(&after[..end]);
        below = 10i128.checked_pow(u32::try_from(end).ok()?)?;
        is_float = true;
        rest = &after[end..];
    }
    if let Some(after) = rest.strip_prefix(['e', 'E']) {
        let (negative, after) = match after.strip_prefix('-') {
            Some(after) => (true, after),
            None => (false, after.strip_prefix('+').unwrap_or(after)),
        };
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let power = 10i128.checked_pow(after[..end].parse().ok()?)?;
        let above = digits.parse::<i128>().ok()?;
        let (above, below) =
            if negative { (above, below.checked_mul(power)?) } else { (above.checked_mul(power)?, below) };
        return Some((Token::Number(above, below, true), &after[end..]));
    }
    Some((Token::Number(digits.parse().ok()?, below, is_float), rest))
}
