//! Reads a script's characters one after the other and knows the line; skips blanks and comments.

use crate::place::{Place, Unsupported};
use std::sync::Arc;

/// A position in a text.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    column: u32,
    file: Arc<str>,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(file: &str, text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0, line: 1, column: 1, file: file.into() }
    }

    pub(crate) fn place(&self) -> Place {
        Place { file: self.file.clone(), line: self.line, column: self.column }
    }

    pub(crate) fn fail<T>(&self, what: impl Into<String>) -> Result<T, Unsupported> {
        Err(Unsupported { place: self.place(), what: what.into() })
    }

    /// Fails with what was expected and what stands there.
    pub(crate) fn expected<T>(&self, what: &str) -> Result<T, Unsupported> {
        let rest = self.rest();
        let found: String = rest.lines().next().unwrap_or_default().chars().take(30).collect();
        if found.trim().is_empty() {
            self.fail(format!("expected {what}, found the end of the line"))
        } else {
            self.fail(format!("expected {what}, found “{}”", found.trim_end()))
        }
    }

    /// As [`Cursor::expected`], of a cursor that has skipped blanks since `before`: what is missing at the end of a line is missing there,
    /// and not where the next one begins.
    fn missing<T>(&self, before: &Cursor<'_>, what: &str) -> Result<T, Unsupported> {
        if self.line == before.line { self.expected(what) } else { before.expected(what) }
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// The text from an offset to here.
    pub(crate) fn since(&self, offset: usize) -> &'a str {
        &self.text[offset..self.at]
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        if next == '\n' {
            (self.line, self.column) = (self.line + 1, 1);
        } else {
            self.column += 1;
        }
        Some(next)
    }

    fn skip(&mut self, octets: usize) {
        let end = self.at + octets;
        while self.at < end {
            self.bump();
        }
    }

    /// Skips blanks, line ends and comments.
    pub(crate) fn blanks(&mut self) -> Result<(), Unsupported> {
        loop {
            let rest = self.rest();
            if rest.starts_with("//") || rest.starts_with('#') {
                self.skip(rest.find('\n').unwrap_or(rest.len()));
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) => self.skip(end + 2),
                    None => return self.fail("the comment /* has no end */"),
                }
            } else if rest.starts_with(char::is_whitespace) {
                self.bump();
            } else {
                return Ok(());
            }
        }
    }

    /// Where to read on after something that began here was not understood: the next line that begins as an event or an option does.
    /// Nowhere where the text ends before, or a comment that never ends has begun.
    pub(crate) fn recover(mut self) -> Option<Cursor<'a>> {
        self.blanks().ok()?;
        loop {
            let rest = self.rest();
            self.skip(rest.find('\n')? + 1);
            let line = self.rest().trim_start_matches([' ', '\t']);
            let begins = line.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '*' | '`' | '.'));
            if begins || line.starts_with("--") {
                return Some(self);
            }
        }
    }

    /// Takes this text if it comes next, after blanks.
    pub(crate) fn eat(&mut self, text: &str) -> Result<bool, Unsupported> {
        self.blanks()?;
        let is_next = self.rest().starts_with(text);
        if is_next {
            self.skip(text.len());
        }
        Ok(is_next)
    }

    pub(crate) fn need(&mut self, text: &str) -> Result<(), Unsupported> {
        let before = self.clone();
        if self.eat(text)? { Ok(()) } else { self.missing(&before, &format!("“{text}”")) }
    }

    /// The characters that satisfy the test, from here.
    pub(crate) fn while_in(&mut self, test: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !test(c)).unwrap_or(rest.len());
        self.skip(end);
        &rest[..end]
    }

    /// Everything up to the mark, which is taken as well.
    pub(crate) fn until(&mut self, mark: &str) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find(mark)?;
        self.skip(end + mark.len());
        Some(&rest[..end])
    }

    /// The name that comes next, without taking it; empty where there is none.
    pub(crate) fn peek_word(&mut self) -> Result<&'a str, Unsupported> {
        self.blanks()?;
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Ok("");
        }
        Ok(&rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())])
    }

    pub(crate) fn word(&mut self, what: &str) -> Result<&'a str, Unsupported> {
        let before = self.clone();
        let word = self.peek_word()?;
        if word.is_empty() {
            return self.missing(&before, what);
        }
        self.skip(word.len());
        Ok(word)
    }

    /// Takes this name if it comes next as a whole.
    pub(crate) fn eat_word(&mut self, word: &str) -> Result<bool, Unsupported> {
        let is_next = self.peek_word()? == word;
        if is_next {
            self.skip(word.len());
        }
        Ok(is_next)
    }

    pub(crate) fn is_at_digit(&self) -> bool {
        self.peek().is_some_and(|c| c.is_ascii_digit())
    }

    /// A whole number, decimal, hexadecimal or (as in C) octal, with a sign before it.
    pub(crate) fn integer(&mut self, what: &str) -> Result<i64, Unsupported> {
        let before = self.clone();
        self.blanks()?;
        let minus = self.rest().starts_with('-');
        let start = self.clone();
        if minus {
            self.bump();
        }
        if !self.is_at_digit() {
            return start.missing(&before, what);
        }
        let text = self.while_in(|c| c.is_ascii_alphanumeric());
        let magnitude = if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            u64::from_str_radix(digits, 16).ok()
        } else {
            let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
            digits.parse().ok()
        };
        let number = magnitude.and_then(|number| {
            if minus {
                0i64.checked_sub_unsigned(number)
            } else {
                i64::try_from(number).ok().or(Some(number as i64))
            }
        });
        match number {
            Some(number) => Ok(number),
            None => start.expected(what),
        }
    }

    /// A whole number in a range.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self, what: &str) -> Result<T, Unsupported> {
        let start = self.clone();
        let number = self.integer(what)?;
        match T::try_from(number) {
            Ok(number) => Ok(number),
            Err(_) => start.fail(format!("{number} is out of range for {what}")),
        }
    }
}
