//! Values: exact numbers, texts, tuples.

use core::cmp::Ordering;
use core::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Number(Number),
    Text(String),
    /// A tuple or a list.
    Tuple(Vec<Value>),
}

impl Value {
    /// How many characters and elements it is made of (a number and its like of none), and how deep its lists lie in each other.
    pub(crate) fn size(&self) -> (usize, usize) {
        match self {
            Value::Text(text) => (text.len(), 0),
            Value::Tuple(values) => {
                let (size, depth) = values
                    .iter()
                    .map(Value::size)
                    .fold((0, 0), |(size, deepest), (of, depth): (usize, usize)| {
                        (size + of, deepest.max(depth))
                    });
                (size + values.len(), depth + 1)
            }
            Value::None | Value::Bool(_) | Value::Number(_) => (0, 0),
        }
    }
}

/// A fraction in lowest terms; `is_float` where Python would have a float.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number {
    above: i128,
    below: i128,
    is_float: bool,
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.above == other.above && self.below == other.below
    }
}

impl Eq for Number {}

fn divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { divisor(b, a % b) }
}

impl Number {
    pub(crate) const fn whole(above: i128) -> Number {
        Number { above, below: 1, is_float: false }
    }

    /// A fraction; nothing for a division by zero or where it does not fit.
    pub(crate) fn fraction(above: i128, below: i128) -> Option<Number> {
        if below == 0 || above == i128::MIN || below == i128::MIN {
            return None;
        }
        let common = divisor(above, below).abs().max(1) * below.signum();
        Some(Number { above: above / common, below: below / common, is_float: true })
    }

    fn like(self, a: Number, b: Number) -> Number {
        Number { is_float: a.is_float || b.is_float, ..self }
    }

    pub(crate) fn plus(self, other: Number) -> Option<Number> {
        let left = self.above.checked_mul(other.below)?;
        let right = other.above.checked_mul(self.below)?;
        let sum = Number::fraction(left.checked_add(right)?, self.below.checked_mul(other.below)?)?;
        Some(sum.like(self, other))
    }

    pub(crate) fn negative(self) -> Number {
        Number { above: self.above.saturating_neg(), ..self }
    }

    pub(crate) fn times(self, other: Number) -> Option<Number> {
        let above = self.above.checked_mul(other.above)?;
        Some(Number::fraction(above, self.below.checked_mul(other.below)?)?.like(self, other))
    }

    /// `/`: in Python always a float.
    pub(crate) fn over(self, other: Number) -> Option<Number> {
        Number::fraction(self.above.checked_mul(other.below)?, self.below.checked_mul(other.above)?)
    }

    /// The largest whole number that is not larger.
    pub(crate) fn floor(self) -> Number {
        Number { above: self.above.div_euclid(self.below), below: 1, is_float: self.is_float }
    }

    /// `//`
    pub(crate) fn floor_over(self, other: Number) -> Option<Number> {
        Some(self.over(other)?.floor().like(self, other))
    }

    /// `%`, with the divisor's sign.
    pub(crate) fn modulo(self, other: Number) -> Option<Number> {
        self.plus(self.floor_over(other)?.times(other)?.negative())
    }

    pub(crate) fn power(self, other: Number) -> Option<Number> {
        let exponent = u32::try_from(other.as_whole()?).ok().filter(|exponent| *exponent <= 127)?;
        let (above, below) = (self.above.checked_pow(exponent)?, self.below.checked_pow(exponent)?);
        Some(Number::fraction(above, below)?.like(self, other))
    }

    /// Towards zero, as `int()` does.
    pub(crate) fn truncated(self) -> Number {
        Number::whole(self.above / self.below)
    }

    /// To the nearest, ties to even, as `round()` does.
    pub(crate) fn rounded(self) -> Option<Number> {
        let twice = self.times(Number::whole(2))?.plus(Number::whole(1))?;
        let up = twice.above.div_euclid(twice.below.checked_mul(2)?);
        let is_tie = self.below == 2;
        Some(Number::whole(if is_tie && up % 2 != 0 { up - 1 } else { up }))
    }

    pub(crate) fn absolute(self) -> Number {
        Number { above: self.above.saturating_abs(), ..self }
    }

    pub(crate) fn as_whole(self) -> Option<i128> {
        (self.below == 1).then_some(self.above)
    }

    pub(crate) fn compare(self, other: Number) -> Option<Ordering> {
        Some(self.above.checked_mul(other.below)?.cmp(&other.above.checked_mul(self.below)?))
    }
}

impl Value {
    pub(crate) const fn number(whole: i128) -> Value {
        Value::Number(Number::whole(whole))
    }

    pub(crate) fn is_true(&self) -> bool {
        match self {
            Value::None => false,
            Value::Bool(is) => *is,
            Value::Number(number) => number.above != 0,
            Value::Text(text) => !text.is_empty(),
            Value::Tuple(values) => !values.is_empty(),
        }
    }

    /// The number that it is in arithmetic: True is 1.
    pub(crate) fn as_number(&self) -> Option<Number> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Bool(is) => Some(Number::whole(i128::from(*is))),
            _ => None,
        }
    }

    /// `==`
    pub(crate) fn equals(&self, other: &Value) -> bool {
        match (self.as_number(), other.as_number()) {
            (Some(a), Some(b)) => a == b,
            _ => match (self, other) {
                (Value::Tuple(a), Value::Tuple(b)) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
                }
                _ => self == other,
            },
        }
    }
}

/// As `str()` writes it, except that a fraction that has no end in decimals is written as a fraction.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::None => f.write_str("None"),
            Value::Bool(true) => f.write_str("True"),
            Value::Bool(false) => f.write_str("False"),
            Value::Text(text) => f.write_str(text),
            Value::Number(Number { above, below: 1, is_float: false }) => above.fmt(f),
            Value::Number(Number { above, below: 1, is_float: true }) => write!(f, "{above}.0"),
            Value::Number(Number { above, below, .. }) => write!(f, "{above}/{below}"),
            Value::Tuple(values) => {
                f.write_str("(")?;
                for (place, value) in values.iter().enumerate() {
                    if place > 0 {
                        f.write_str(", ")?;
                    }
                    value.fmt(f)?;
                }
                f.write_str(if values.len() == 1 { ",)" } else { ")" })
            }
        }
    }
}
