//! Tokens as statements and expressions.

use super::token::Token;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub line: u32,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Assert(Expr, Option<Expr>),
    /// `name = value`, or `name += value` with its operator.
    Assign(String, Option<&'static str>, Expr),
    Expression(Expr),
    If(Vec<(Expr, Vec<Statement>)>, Vec<Statement>),
    /// `for name in values:`
    For(String, Expr, Vec<Statement>),
    Pass,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expr {
    Name(String),
    Number(i128, i128, bool),
    Text(String),
    Tuple(Vec<Expr>),
    Call(String, Vec<Expr>),
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `a < b <= c`
    Compare(Box<Expr>, Vec<(&'static str, Expr)>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    /// `a if condition else b`
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
}

type Syntax<T> = Result<T, (u32, String)>;

// Both bound the stack that reading and evaluating an expression take; WebAssembly has one of 1 MiB.
/// Brackets in brackets are no deeper than this.
const DEEPEST: u32 = 25;
/// Words of one statement: `1 + 1 + 1` has five, and its tree is two deep.
const MOST_WORDS: usize = 500;

/// Reads all statements.
pub(super) fn parse(tokens: Vec<(u32, Token)>) -> Syntax<Vec<Statement>> {
    let statement_ends = |(_, token): &(u32, Token)| matches!(token, Token::Newline | Token::Semicolon);
    if let Some(long) = tokens.split(statement_ends).find(|statement| statement.len() > MOST_WORDS) {
        return Err((long[0].0, "a statement of more than 500 words".into()));
    }
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let statements = parser.statements(0)?;
    if parser.at < parser.tokens.len() {
        return parser.unexpected();
    }
    Ok(statements)
}

struct Parser {
    tokens: Vec<(u32, Token)>,
    at: usize,
    depth: u32,
}

/// From loosest to tightest: what stands between two operands. Comparisons and not/and/or stand above.
const LEVELS: &[&[&str]] = &[&["|"], &["^"], &["&"], &["<<", ">>"], &["+", "-"], &["*", "//", "/", "%"]];
const COMPARISONS: &[&str] = &["==", "!=", "<", "<=", ">", ">="];
const AUGMENTED: &[(&str, &str)] = &[
    ("+=", "+"),
    ("-=", "-"),
    ("*=", "*"),
    ("/=", "/"),
    ("//=", "//"),
    ("%=", "%"),
    ("**=", "**"),
    ("&=", "&"),
    ("|=", "|"),
    ("^=", "^"),
    ("<<=", "<<"),
    (">>=", ">>"),
];

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(line, _)| *line)
    }

    fn unexpected<T>(&self) -> Syntax<T> {
        let found = match self.peek() {
            None | Some(Token::Newline) => "the end of the line".to_owned(),
            Some(Token::Name(name)) => format!("“{name}”"),
            Some(Token::Sign(sign)) => format!("“{sign}”"),
            Some(Token::Number(..)) => "a number".to_owned(),
            Some(Token::Text(_)) => "a text".to_owned(),
            Some(Token::Semicolon) => "“;”".to_owned(),
            Some(Token::Indent | Token::Dedent) => "an indentation".to_owned(),
        };
        Err((self.line(), format!("{found} at this point of Python code")))
    }

    fn eat(&mut self, token: &Token) -> bool {
        let is_next = self.peek() == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    fn eat_name(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Name(name)) if name == word);
        self.at += usize::from(is_next);
        is_next
    }

    fn eat_sign(&mut self, among: &[&'static str]) -> Option<&'static str> {
        match self.peek() {
            Some(Token::Sign(sign)) if among.contains(sign) => {
                let sign = *sign;
                self.at += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn need(&mut self, sign: &'static str) -> Syntax<()> {
        if self.eat_sign(&[sign]).is_some() { Ok(()) } else { self.unexpected() }
    }

    fn statements(&mut self, nested: u32) -> Syntax<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            match self.peek() {
                None | Some(Token::Dedent) => return Ok(statements),
                Some(Token::Newline | Token::Semicolon) => self.at += 1,
                Some(_) => {
                    statements.push(self.statement(nested)?);
                    if !matches!(
                        statements.last(),
                        Some(Statement { what: What::If(..) | What::For(..), .. })
                    ) && !self.eat(&Token::Newline)
                        && !self.eat(&Token::Semicolon)
                    {
                        return self.unexpected();
                    }
                }
            }
        }
    }

    fn statement(&mut self, nested: u32) -> Syntax<Statement> {
        let line = self.line();
        let Some(Token::Name(name)) = self.peek().cloned() else {
            let what = What::Expression(self.tuple()?);
            return Ok(Statement { line, what });
        };
        let what = match name.as_str() {
            "assert" => {
                self.at += 1;
                let condition = self.expression()?;
                let message = if self.eat_sign(&[","]).is_some() { Some(self.tuple()?) } else { None };
                What::Assert(condition, message)
            }
            "pass" => {
                self.at += 1;
                What::Pass
            }
            "if" if nested < 20 => self.conditional(nested)?,
            "for" if nested < 20 => self.counted(nested)?,
            // What a module would bring is not known, and said where it is used.
            "import" | "from" => {
                while !matches!(self.peek(), None | Some(Token::Newline | Token::Semicolon)) {
                    self.at += 1;
                }
                What::Pass
            }
            "print" if !matches!(self.tokens.get(self.at + 1), Some((_, Token::Sign("(" | "=")))) => {
                self.at += 1;
                let is_alone = matches!(self.peek(), None | Some(Token::Newline | Token::Semicolon));
                let arguments = if is_alone {
                    Vec::new()
                } else {
                    match self.tuple()? {
                        Expr::Tuple(values) => values,
                        one => vec![one],
                    }
                };
                What::Expression(Expr::Call(name, arguments))
            }
            "for" | "while" | "def" | "class" | "try" | "with" | "return" | "raise" | "del" | "global"
            | "lambda" | "if" => return Err((line, format!("“{name}” in Python code"))),
            _ => self.assignment(name)?,
        };
        Ok(Statement { line, what })
    }

    fn assignment(&mut self, name: String) -> Syntax<What> {
        let after = self.tokens.get(self.at + 1).map(|(_, token)| token);
        if let Some(Token::Sign(sign)) = after {
            if *sign == "=" {
                self.at += 2;
                return Ok(What::Assign(name, None, self.tuple()?));
            }
            if let Some((_, operator)) = AUGMENTED.iter().find(|(augmented, _)| augmented == sign) {
                self.at += 2;
                return Ok(What::Assign(name, Some(operator), self.tuple()?));
            }
        }
        Ok(What::Expression(self.tuple()?))
    }

    fn conditional(&mut self, nested: u32) -> Syntax<What> {
        let mut branches = Vec::new();
        while self.eat_name(if branches.is_empty() { "if" } else { "elif" }) {
            let condition = self.expression()?;
            branches.push((condition, self.block(nested)?));
        }
        let otherwise = if self.eat_name("else") { self.block(nested)? } else { Vec::new() };
        Ok(What::If(branches, otherwise))
    }

    fn counted(&mut self, nested: u32) -> Syntax<What> {
        self.at += 1;
        let Some(Token::Name(name)) = self.peek().cloned() else { return self.unexpected() };
        self.at += 1;
        if !self.eat_name("in") {
            return self.unexpected();
        }
        let values = self.tuple()?;
        Ok(What::For(name, values, self.block(nested)?))
    }

    /// After `:`, statements on the same line or an indented block.
    fn block(&mut self, nested: u32) -> Syntax<Vec<Statement>> {
        self.need(":")?;
        if !self.eat(&Token::Newline) {
            let mut statements = vec![self.statement(20)?];
            while self.eat(&Token::Semicolon) && self.peek() != Some(&Token::Newline) {
                statements.push(self.statement(20)?);
            }
            return if self.eat(&Token::Newline) { Ok(statements) } else { self.unexpected() };
        }
        if !self.eat(&Token::Indent) {
            return self.unexpected();
        }
        let statements = self.statements(nested + 1)?;
        if self.eat(&Token::Dedent) { Ok(statements) } else { self.unexpected() }
    }

    /// One expression, or several with commas: a tuple.
    fn tuple(&mut self) -> Syntax<Expr> {
        let first = self.expression()?;
        if self.peek() != Some(&Token::Sign(",")) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.eat_sign(&[","]).is_some() {
            if matches!(self.peek(), None | Some(Token::Newline | Token::Semicolon | Token::Sign(")" | "]")))
            {
                break;
            }
            all.push(self.expression()?);
        }
        Ok(Expr::Tuple(all))
    }

    fn expression(&mut self) -> Syntax<Expr> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err((self.line(), "Python code that is nested too deeply".into()));
        }
        let value = self.either()?;
        let value = if self.eat_name("if") {
            let condition = self.either()?;
            if !self.eat_name("else") {
                return self.unexpected();
            }
            let otherwise = self.expression()?;
            Expr::Choice(Box::new(value), Box::new(condition), Box::new(otherwise))
        } else {
            value
        };
        self.depth -= 1;
        Ok(value)
    }

    fn either(&mut self) -> Syntax<Expr> {
        let mut value = self.both()?;
        while self.eat_name("or") {
            value = Expr::Or(Box::new(value), Box::new(self.both()?));
        }
        Ok(value)
    }

    fn both(&mut self) -> Syntax<Expr> {
        let mut value = self.negation()?;
        while self.eat_name("and") {
            value = Expr::And(Box::new(value), Box::new(self.negation()?));
        }
        Ok(value)
    }

    fn negation(&mut self) -> Syntax<Expr> {
        let mut negations = 0;
        while self.eat_name("not") {
            negations += 1;
        }
        let mut value = self.comparison()?;
        for _ in 0..negations {
            value = Expr::Unary("not", Box::new(value));
        }
        Ok(value)
    }

    fn comparison(&mut self) -> Syntax<Expr> {
        let first = self.level(0)?;
        let mut others = Vec::new();
        loop {
            let sign = if let Some(sign) = self.eat_sign(COMPARISONS) {
                sign
            } else if self.eat_name("in") {
                "in"
            } else if matches!(self.peek(), Some(Token::Name(name)) if name == "not")
                && matches!(self.tokens.get(self.at + 1), Some((_, Token::Name(name))) if name == "in")
            {
                self.at += 2;
                "not in"
            } else if self.eat_name("is") {
                if self.eat_name("not") { "!=" } else { "==" }
            } else if others.is_empty() {
                return Ok(first);
            } else {
                return Ok(Expr::Compare(Box::new(first), others));
            };
            others.push((sign, self.level(0)?));
        }
    }

    fn level(&mut self, level: usize) -> Syntax<Expr> {
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut value = self.level(level + 1)?;
        while let Some(sign) = self.eat_sign(signs) {
            value = Expr::Binary(sign, Box::new(value), Box::new(self.level(level + 1)?));
        }
        Ok(value)
    }

    fn unary(&mut self) -> Syntax<Expr> {
        let mut signs = Vec::new();
        while let Some(sign) = self.eat_sign(&["-", "+", "~"]) {
            signs.push(sign);
        }
        let base = self.atom()?;
        let mut value = base;
        if self.eat_sign(&["**"]).is_some() {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err((self.line(), "Python code that is nested too deeply".into()));
            }
            value = Expr::Binary("**", Box::new(value), Box::new(self.unary()?));
            self.depth -= 1;
        }
        for sign in signs.into_iter().rev().take(100) {
            value = Expr::Unary(sign, Box::new(value));
        }
        Ok(value)
    }

    fn atom(&mut self) -> Syntax<Expr> {
        match self.peek().cloned() {
            Some(Token::Number(above, below, is_float)) => {
                self.at += 1;
                Ok(Expr::Number(above, below, is_float))
            }
            Some(Token::Text(mut text)) => {
                self.at += 1;
                while let Some(Token::Text(more)) = self.peek() {
                    text.push_str(more);
                    self.at += 1;
                }
                Ok(Expr::Text(text))
            }
            Some(Token::Sign(open @ ("(" | "["))) => {
                self.at += 1;
                let close = if open == "(" { ")" } else { "]" };
                if self.eat_sign(&[close]).is_some() {
                    return Ok(Expr::Tuple(Vec::new()));
                }
                let inner = self.tuple()?;
                self.need(close)?;
                Ok(match inner {
                    Expr::Tuple(_) => inner,
                    one if open == "[" => Expr::Tuple(vec![one]),
                    one => one,
                })
            }
            Some(Token::Name(name)) => {
                if matches!(name.as_str(), "not" | "and" | "or" | "in" | "is" | "if" | "else" | "lambda") {
                    return self.unexpected();
                }
                self.at += 1;
                if self.eat_sign(&["("]).is_none() {
                    return Ok(Expr::Name(name));
                }
                let mut arguments = Vec::new();
                while self.eat_sign(&[")"]).is_none() {
                    arguments.push(self.expression()?);
                    if self.eat_sign(&[","]).is_none() && self.peek() != Some(&Token::Sign(")")) {
                        return self.unexpected();
                    }
                }
                Ok(Expr::Call(name, arguments))
            }
            _ => self.unexpected(),
        }
    }
}
