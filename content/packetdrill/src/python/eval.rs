//! Runs statements on variables and on the names that stand from outside.

use super::syntax::{Expr, Statement, What, parse};
use super::token::tokens;
use super::value::{Number, Value};
use core::cmp::Ordering;
use std::collections::BTreeMap;

/// Why code did not come to its end; the line counts from 0 at the code's beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Raised {
    /// An assertion does not hold.
    Assertion { line: u32, what: String },
    /// Python that is not known here, a name that nobody defined, or an error of the code itself.
    Unknown { line: u32, what: String },
}

/// Runs code. `names` gives what stands from outside; the variables stay from one piece of code to the next.
pub(crate) fn run(
    code: &str,
    variables: &mut BTreeMap<String, Value>,
    names: &mut dyn FnMut(&str) -> Option<Value>,
) -> Result<Vec<String>, Raised> {
    let statements = tokens(code)
        .and_then(parse)
        .map_err(|(line, what)| Raised::Unknown { line, what: format!("{what} is not known here") })?;
    let held = variables.values().map(|value| value.size().0).sum();
    let mut runner = Runner { variables, names, printed: Vec::new(), rounds: 0, made: held };
    runner.all(&statements, code)?;
    Ok(runner.printed)
}

struct Runner<'a> {
    variables: &'a mut BTreeMap<String, Value>,
    names: &'a mut dyn FnMut(&str) -> Option<Value>,
    printed: Vec<String>,
    /// Rounds of loops so far.
    rounds: u32,
    /// Characters of texts and elements of lists: those that variables held before, and all that were made since.
    made: usize,
}

/// The most rounds that the loops of one piece of code take, and the longest range.
const MOST_ROUNDS: u32 = 10_000;

/// The most characters and elements that the variables and the values of one piece of code are made of, in all.
const MOST_MADE: usize = 1_000_000;

/// Lists in lists are no deeper than this.
const DEEPEST: usize = 50;

impl Runner<'_> {
    fn all(&mut self, statements: &[Statement], code: &str) -> Result<(), Raised> {
        statements.iter().try_for_each(|statement| self.one(statement, code))
    }

    fn one(&mut self, statement: &Statement, code: &str) -> Result<(), Raised> {
        let line = statement.line;
        let unknown = |what: String| Raised::Unknown { line, what };
        match &statement.what {
            What::Pass => {}
            What::Expression(expression) => {
                self.value(expression).map_err(unknown)?;
            }
            What::Assign(name, operator, expression) => {
                let mut value = self.value(expression).map_err(unknown)?;
                if let Some(operator) = operator {
                    let old = self.value(&Expr::Name(name.clone())).map_err(unknown)?;
                    value = binary(operator, old, value).map_err(unknown)?;
                    value = self.kept(value).map_err(unknown)?;
                }
                self.variables.insert(name.clone(), value);
            }
            What::Assert(condition, message) => {
                if self.value(condition).map_err(unknown)?.is_true() {
                    return Ok(());
                }
                let written = code.lines().nth(line as usize).unwrap_or_default().trim();
                let written = written.trim_end_matches('\\').trim_end();
                let mut what = written.to_owned();
                let message = message.as_ref().and_then(|message| self.value(message).ok());
                if let Some(message) = message {
                    what.push_str(&format!(": {message}"));
                } else if let Some(values) = self.operands(condition) {
                    what.push_str(&format!(": {values}"));
                }
                return Err(Raised::Assertion { line, what });
            }
            What::For(name, values, body) => {
                let Value::Tuple(values) = self.value(values).map_err(unknown)? else {
                    return Err(unknown("a loop over what is no list".into()));
                };
                for value in values {
                    self.rounds += 1;
                    if self.rounds > MOST_ROUNDS {
                        return Err(unknown(format!("loops of more than {MOST_ROUNDS} rounds")));
                    }
                    self.variables.insert(name.clone(), value);
                    self.all(body, code)?;
                }
            }
            What::If(branches, otherwise) => {
                for (condition, body) in branches {
                    if self.value(condition).map_err(unknown)?.is_true() {
                        return self.all(body, code);
                    }
                }
                self.all(otherwise, code)?;
            }
        }
        Ok(())
    }

    /// Counts a value that was made.
    fn kept(&mut self, value: Value) -> Result<Value, String> {
        charge(&mut self.made, &value)?;
        Ok(value)
    }

    /// The values that a comparison compared, for the message of an assertion that has none.
    fn operands(&mut self, condition: &Expr) -> Option<String> {
        let Expr::Compare(first, others) = condition else { return None };
        let mut all = vec![self.value(first).ok()?.to_string()];
        for (_, other) in others {
            all.push(self.value(other).ok()?.to_string());
        }
        Some(all.join(", "))
    }

    fn value(&mut self, expression: &Expr) -> Result<Value, String> {
        Ok(match expression {
            Expr::Name(name) => self.name(name)?,
            Expr::Number(above, _, false) => Value::number(*above),
            Expr::Number(above, below, true) => {
                Value::Number(Number::fraction(*above, *below).ok_or("a number too large")?)
            }
            Expr::Text(text) => self.kept(Value::Text(text.clone()))?,
            Expr::Tuple(values) => {
                let values = values.iter().map(|value| self.value(value)).collect::<Result<_, _>>()?;
                self.kept(Value::Tuple(values))?
            }
            Expr::Call(name, arguments) => {
                let values =
                    arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>, _>>()?;
                let made = self.call(name, values)?;
                self.kept(made)?
            }
            Expr::Unary("not", operand) => Value::Bool(!self.value(operand)?.is_true()),
            Expr::Unary(sign, operand) => {
                let operand =
                    self.value(operand)?.as_number().ok_or_else(|| format!("{sign} of what is no number"))?;
                match *sign {
                    "-" => Value::Number(operand.negative()),
                    "+" => Value::Number(operand),
                    _ => Value::number(!operand.as_whole().ok_or("~ of a fraction")?),
                }
            }
            Expr::Binary(sign, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let made = binary(sign, left, right)?;
                self.kept(made)?
            }
            Expr::And(left, right) => {
                let left = self.value(left)?;
                if left.is_true() { self.value(right)? } else { left }
            }
            Expr::Or(left, right) => {
                let left = self.value(left)?;
                if left.is_true() { left } else { self.value(right)? }
            }
            Expr::Choice(value, condition, otherwise) => {
                let chosen = if self.value(condition)?.is_true() { value } else { otherwise };
                self.value(chosen)?
            }
            Expr::Compare(first, others) => {
                let mut left = self.value(first)?;
                for (sign, right) in others {
                    let right = self.value(right)?;
                    if !compare(sign, &left, &right)? {
                        return Ok(Value::Bool(false));
                    }
                    left = right;
                }
                Value::Bool(true)
            }
        })
    }

    fn name(&mut self, name: &str) -> Result<Value, String> {
        match name {
            "True" => return Ok(Value::Bool(true)),
            "False" => return Ok(Value::Bool(false)),
            "None" => return Ok(Value::None),
            _ => {}
        }
        if let Some(value) = self.variables.get(name) {
            // What is counted before it is copied never takes more memory than allowed.
            charge(&mut self.made, value)?;
            return Ok(value.clone());
        }
        (self.names)(name).ok_or_else(|| format!("the name “{name}” is not known here"))
    }

    fn call(&mut self, name: &str, arguments: Vec<Value>) -> Result<Value, String> {
        let number =
            |value: &Value| value.as_number().ok_or_else(|| format!("{name}() of what is no number"));
        Ok(match (name, &arguments[..]) {
            ("print", _) => {
                let line = arguments.iter().map(Value::to_string).collect::<Vec<_>>().join(" ");
                let line = self.kept(Value::Text(line))?.to_string();
                self.printed.push(line);
                Value::None
            }
            ("abs", [value]) => Value::Number(number(value)?.absolute()),
            ("int", [Value::Text(text)]) => {
                Value::number(text.trim().parse().map_err(|_| "int() of a text")?)
            }
            ("int", [value]) => Value::Number(number(value)?.truncated()),
            ("float", [value]) => {
                Value::Number(number(value)?.over(Number::whole(1)).ok_or("a number too large")?)
            }
            ("round", [value]) => Value::Number(number(value)?.rounded().ok_or("a number too large")?),
            ("bool", [value]) => Value::Bool(value.is_true()),
            ("str" | "repr", [value]) => Value::Text(value.to_string()),
            ("range", [_] | [_, _] | [_, _, _]) => range(&arguments)?,
            ("list" | "tuple", [Value::Tuple(values)]) => Value::Tuple(values.clone()),
            ("sum", [Value::Tuple(values)]) => {
                let mut sum = Number::whole(0);
                for value in values {
                    sum = sum.plus(number(value)?).ok_or("a number too large")?;
                }
                Value::Number(sum)
            }
            ("len", [Value::Text(text)]) => Value::number(text.chars().count() as i128),
            ("len", [Value::Tuple(values)]) => Value::number(values.len() as i128),
            ("min" | "max", values @ ([Value::Tuple(_)] | [_, _, ..])) => {
                let values = if let [Value::Tuple(values)] = values { values } else { values };
                let mut best = number(values.first().ok_or("min() or max() of nothing")?)?;
                for value in values {
                    let value = number(value)?;
                    let order = value.compare(best).ok_or("a number too large")?;
                    if (name == "min" && order == Ordering::Less)
                        || (name == "max" && order == Ordering::Greater)
                    {
                        best = value;
                    }
                }
                Value::Number(best)
            }
            _ => {
                return Err(format!(
                    "the call {name}() with {} arguments is not known here",
                    arguments.len()
                ));
            }
        })
    }
}

/// Adds a value to the count of characters and elements.
fn charge(made: &mut usize, value: &Value) -> Result<(), String> {
    let (size, depth) = value.size();
    if depth > DEEPEST {
        return Err(format!("lists in lists deeper than {DEEPEST}"));
    }
    *made = made.saturating_add(size);
    if *made > MOST_MADE {
        return Err(format!("texts and lists of more than {MOST_MADE} characters and elements in all"));
    }
    Ok(())
}

/// `range(end)`, `range(start, end)`, `range(start, end, step)`.
fn range(arguments: &[Value]) -> Result<Value, String> {
    let whole = |value: &Value| {
        let number = value.as_number().and_then(Number::as_whole);
        number.ok_or_else(|| "range() of what is no whole number".to_owned())
    };
    let numbers = arguments.iter().map(whole).collect::<Result<Vec<i128>, _>>()?;
    let (start, end, step) = match numbers[..] {
        [start, end] => (start, end, 1),
        [start, end, step] => (start, end, step),
        _ => (0, numbers.first().copied().unwrap_or(0), 1),
    };
    if step == 0 {
        return Err("range() with steps of 0".into());
    }
    let mut values = Vec::new();
    let mut at = start;
    while if step > 0 { at < end } else { at > end } {
        if values.len() >= MOST_ROUNDS as usize {
            return Err(format!("a range of more than {MOST_ROUNDS} numbers"));
        }
        values.push(Value::number(at));
        at = at.checked_add(step).ok_or("a number too large")?;
    }
    Ok(Value::Tuple(values))
}

fn binary(sign: &str, left: Value, right: Value) -> Result<Value, String> {
    match (sign, &left, &right) {
        ("+", Value::Text(a), Value::Text(b)) => return Ok(Value::Text(format!("{a}{b}"))),
        ("+", Value::Tuple(a), Value::Tuple(b)) => {
            return Ok(Value::Tuple(a.iter().chain(b).cloned().collect()));
        }
        ("%", Value::Text(form), _) => return format(form, right).map(Value::Text),
        _ => {}
    }
    let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else {
        return Err(format!("“{left} {sign} {right}” is not known here"));
    };
    let result = match sign {
        "+" => a.plus(b),
        "-" => a.plus(b.negative()),
        "*" => a.times(b),
        "/" => a.over(b),
        "//" => a.floor_over(b),
        "%" => a.modulo(b),
        "**" => a.power(b),
        _ => match (a.as_whole(), b.as_whole()) {
            (Some(a), Some(b)) => bits(sign, a, b).map(Number::whole),
            _ => None,
        },
    };
    let not_possible =
        || format!("“{left} {sign} {right}” has no value here: a division by zero, or too large");
    result.map(Value::Number).ok_or_else(not_possible)
}

fn bits(sign: &str, a: i128, b: i128) -> Option<i128> {
    match sign {
        "&" => Some(a & b),
        "|" => Some(a | b),
        "^" => Some(a ^ b),
        "<<" => a.checked_mul(1i128.checked_shl(u32::try_from(b).ok().filter(|by| *by < 127)?)?),
        ">>" => Some(a >> u32::try_from(b).ok()?.min(127)),
        _ => None,
    }
}

/// `"%d of %s" % (1, 2)`: d, i, u, s, r and f without widths; f writes as str() does.
fn format(form: &str, values: Value) -> Result<String, String> {
    let mut values = match values {
        Value::Tuple(values) => values.into_iter(),
        one => vec![one].into_iter(),
    };
    let mut text = String::new();
    let mut letters = form.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        // Widths are left out: who reads it is a person.
        let kind = letters.find(|letter| !matches!(letter, '0'..='9' | '.' | '-' | '+' | ' ' | '#' | 'l'));
        match kind {
            Some('%') => text.push('%'),
            Some('d' | 'i' | 'u' | 's' | 'r' | 'f' | 'g') => {
                text.push_str(&values.next().ok_or("a text with more % than values")?.to_string());
            }
            _ => return Err(format!("the format “{form}” is not known here")),
        }
    }
    Ok(text)
}

fn compare(sign: &str, left: &Value, right: &Value) -> Result<bool, String> {
    match sign {
        "==" => return Ok(left.equals(right)),
        "!=" => return Ok(!left.equals(right)),
        "in" | "not in" => {
            let is_in = match (left, right) {
                (_, Value::Tuple(values)) => values.iter().any(|value| value.equals(left)),
                (Value::Text(part), Value::Text(text)) => text.contains(part),
                _ => return Err(format!("“{left} in {right}” is not known here")),
            };
            return Ok(is_in == (sign == "in"));
        }
        _ => {}
    }
    let order = match (left, right) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => left.as_number().zip(right.as_number()).and_then(|(a, b)| a.compare(b)),
    };
    let order = order.ok_or_else(|| format!("“{left} {sign} {right}” is not known here"))?;
    Ok(match sign {
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        ">" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}
