//! Splits shell text into words and separators, as far as scripts need a shell: quotes, `$(( ))`, comments, redirections to nowhere,
//! lines continued with a backslash.

use super::arithmetic;
use crate::place::{Place, Unsupported};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    End(Separator),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// A line end, `;` or `&&`.
    Then,
    /// `||`
    Or,
}

pub(super) fn tokens(text: &str, place: &Place) -> Result<Vec<(Place, Token)>, Unsupported> {
    let mut reader = Reader { rest: text, place: place.clone() };
    let mut tokens = Vec::new();
    while let Some(token) = reader.next()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Reader<'a> {
    rest: &'a str,
    place: Place,
}

impl<'a> Reader<'a> {
    fn fail<T>(&self, what: impl Into<String>) -> Result<T, Unsupported> {
        Err(Unsupported { place: self.place.clone(), what: what.into() })
    }

    fn skip(&mut self, octets: usize) {
        let (taken, rest) = self.rest.split_at(octets);
        self.place.line += taken.matches('\n').count() as u32;
        self.rest = rest;
    }

    fn next(&mut self) -> Result<Option<(Place, Token)>, Unsupported> {
        loop {
            let place = self.place.clone();
            let rest = self.rest;
            let Some(first) = rest.chars().next() else { return Ok(None) };
            let separator = |token| Ok(Some((place.clone(), Token::End(token))));
            if rest.starts_with("\\\n") {
                self.skip(2);
            } else if first == '\n' || first == ';' {
                self.skip(1);
                return separator(Separator::Then);
            } else if first.is_whitespace() {
                self.skip(first.len_utf8());
            } else if first == '#' {
                self.skip(rest.find('\n').unwrap_or(rest.len()));
            } else if rest.starts_with("&&") {
                self.skip(2);
                return separator(Separator::Then);
            } else if rest.starts_with("||") {
                self.skip(2);
                return separator(Separator::Or);
            } else if matches!(first, '|' | '&' | '(' | ')' | '<') && !rest.starts_with("&>") {
                return self.fail(format!("“{first}” in a shell line"));
            } else if self.redirection()? {
                // What a command prints is of no interest.
            } else {
                return Ok(Some((place, Token::Word(self.word()?))));
            }
        }
    }

    /// `> /dev/null`, `2>&1`, `&> /dev/null`. A redirection into a setting stays a word for echo: `>`.
    fn redirection(&mut self) -> Result<bool, Unsupported> {
        for sign in ["2>&1", "1>&2", ">&2"] {
            if self.rest.starts_with(sign) {
                self.skip(sign.len());
                return Ok(true);
            }
        }
        for sign in ["2>", "1>", "&>", ">>", ">"] {
            let Some(after) = self.rest.strip_prefix(sign) else { continue };
            let target = after.trim_start_matches([' ', '\t']);
            let skipped = self.rest.len() - target.len();
            if target.starts_with("/dev/null") {
                self.skip(skipped + "/dev/null".len());
                return Ok(true);
            }
            if sign == ">" && target.starts_with("/proc/sys/") {
                return Ok(false);
            }
            return self
                .fail(format!("redirecting into “{}”", target.split_whitespace().next().unwrap_or("")));
        }
        Ok(false)
    }

    fn word(&mut self) -> Result<String, Unsupported> {
        if self.rest.starts_with('>') {
            self.skip(1);
            return Ok(">".into());
        }
        let mut word = String::new();
        while let Some(first) = self.rest.chars().next() {
            match first {
                '\'' => {
                    let Some(end) = self.rest[1..].find('\'') else {
                        return self.fail("a quotation mark is not closed");
                    };
                    word.push_str(&self.rest[1..1 + end]);
                    self.skip(end + 2);
                }
                '"' => {
                    self.skip(1);
                    self.quoted(&mut word)?;
                }
                '$' => self.dollar(&mut word)?,
                '\\' if self.rest.starts_with("\\\n") => self.skip(2),
                '\\' => {
                    self.skip(1);
                    let Some(next) = self.rest.chars().next() else { break };
                    word.push(next);
                    self.skip(next.len_utf8());
                }
                ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                blank if blank.is_whitespace() => break,
                other => {
                    word.push(other);
                    self.skip(other.len_utf8());
                }
            }
        }
        Ok(word)
    }

    fn quoted(&mut self, word: &mut String) -> Result<(), Unsupported> {
        loop {
            match self.rest.chars().next() {
                None => return self.fail("a quotation mark is not closed"),
                Some('"') => {
                    self.skip(1);
                    return Ok(());
                }
                Some('$') => self.dollar(word)?,
                Some('\\') if self.rest.starts_with("\\\n") => self.skip(2),
                Some('\\') if self.rest.len() > 1 => {
                    self.skip(1);
                    let next = self.rest.chars().next().expect("the text goes on after the backslash");
                    word.push(next);
                    self.skip(next.len_utf8());
                }
                Some(other) => {
                    word.push(other);
                    self.skip(other.len_utf8());
                }
            }
        }
    }

    fn dollar(&mut self, word: &mut String) -> Result<(), Unsupported> {
        if let Some(inner) = self.rest.strip_prefix("$((") {
            let Some(end) = inner.find("))") else { return self.fail("$(( has no ))") };
            match arithmetic::evaluate(&inner[..end]) {
                Some(value) => word.push_str(&value.to_string()),
                None => return self.fail(format!("the arithmetic $(({}))", &inner[..end])),
            }
            self.skip("$((".len() + end + "))".len());
            return Ok(());
        }
        // The number of a process stands in the name of the file that restores settings; its value is of no interest.
        for variable in ["${PPID}", "$PPID", "$$"] {
            if self.rest.starts_with(variable) {
                word.push_str("PPID");
                self.skip(variable.len());
                return Ok(());
            }
        }
        let name: String =
            self.rest.chars().take_while(|c| !c.is_whitespace() && *c != '"').take(30).collect();
        self.fail(format!("“{name}” in a shell line: variables and substitutions are not known here"))
    }
}
