//! How a call came out, against what its line says.

use super::{Due, Planned, Sort};
use crate::check::Check;
use crate::constants::errno;
use crate::machine::Setsockopt;
use crate::notation::seconds;
use crate::script::{Expr, Wanted};
use crate::values::number;
use sockets::{Errno, Failure, Instant, OptionValue, Outcome, Value};

impl Planned {
    /// What sort of result it is to have.
    pub fn sort(&self) -> Sort {
        match &self.wanted {
            _ if self.errno.is_some() => Sort::Failure,
            Wanted::Anything => Sort::Any,
            Wanted::Range(least, _) if *least >= 0 => Sort::Success,
            Wanted::Range(..) => Sort::Any,
            Wanted::Value(value) => match number(value, &self.config) {
                Ok(-1) => Sort::Failure,
                _ => Sort::Success,
            },
        }
    }

    /// Whether the call came out as its line says.
    ///
    /// # Errors
    /// What was expected and what came, in a sentence.
    pub fn judge(&self, made: Instant, returned: Instant, outcome: &Outcome) -> Result<(), String> {
        let (value, came) = self.value(outcome);
        let got = match came {
            Some(errno) => format!("-1 {} ({})", errno.name(), errno.text()),
            None => match outcome {
                Err(failure) => failure.to_string(),
                Ok(_) => value.to_string(),
            },
        };
        let right = match &self.wanted {
            Wanted::Anything => true,
            Wanted::Range(least, most) => (*least..=*most).contains(&value),
            Wanted::Value(wanted) => match number(wanted, &self.config) {
                Ok(wanted) if self.makes.is_some() && wanted >= 0 => outcome.is_ok(),
                Ok(wanted) => value == wanted,
                Err(_) => false,
            },
        };
        let right_errno = self.errno.as_deref().is_none_or(|name| came.is_some() && came == errno(name));
        if !right || !right_errno {
            return Err(format!("expected {}, got {got}", self.expected()));
        }
        self.answer(outcome)?;
        let at = returned.0;
        let due = match self.due {
            None => return Ok(()),
            Some(Due::At(due)) => due,
            Some(Due::After(span)) => made.0.saturating_add(span),
        };
        let share = due.saturating_sub(made.0).saturating_mul(self.config.tolerance_percent) / 100;
        if at.abs_diff(due) > self.config.tolerance.max(share) {
            return Err(format!("expected to return at {} s, returned at {} s", seconds(due), seconds(at)));
        }
        Ok(())
    }

    /// What is to be said of a call that has not come back.
    pub fn still_blocks(&self) -> String {
        format!("expected {}, still blocks at the end", self.expected())
    }

    fn expected(&self) -> String {
        let value = match &self.wanted {
            Wanted::Anything => "any result".to_owned(),
            Wanted::Range(least, most) => format!("{least} to {most}"),
            Wanted::Value(Expr::Int(number)) => number.to_string(),
            Wanted::Value(Expr::Word(word)) => word.clone(),
            Wanted::Value(other) => {
                number(other, &self.config).map_or_else(|_| "a number".into(), |number| number.to_string())
            }
        };
        match &self.errno {
            Some(errno) => format!("{value} {errno}"),
            None => value,
        }
    }

    /// The outcome as Linux's return value, and its errno.
    fn value(&self, outcome: &Outcome) -> (i64, Option<Errno>) {
        match outcome {
            Ok(Value::Sent { sent }) => (*sent as i64, None),
            Ok(Value::Data { bytes, .. } | Value::Datagram { bytes, .. }) => (*bytes as i64, None),
            Ok(_) => (0, None),
            Err(Failure::Errno(errno)) => (-1, Some(*errno)),
            // A socket that does not wait, or not long.
            Err(Failure::TimedOut) if matches!(self.op, sockets::Op::Connect { .. }) => {
                (-1, Some(Errno::EINPROGRESS))
            }
            Err(Failure::TimedOut) => (-1, Some(Errno::EAGAIN)),
            Err(_) => (-1, None),
        }
    }

    /// What the call wrote into its arguments.
    fn answer(&self, outcome: &Outcome) -> Result<(), String> {
        let address = match outcome {
            Ok(Value::Accepted { peer, .. }) => Some(peer.0),
            Ok(Value::Datagram { from, .. }) => Some(from.0),
            Ok(Value::Address { address }) => Some(address.0),
            _ => None,
        };
        match (&self.check, outcome) {
            (Check::Address(wanted), Ok(_)) => match address {
                Some(came) if came == *wanted => {}
                Some(came) => return Err(format!("expected the address {wanted}, got {came}")),
                None => return Err(format!("expected the address {wanted}, got none")),
            },
            (Check::Option(wanted), Ok(Value::Option { value })) => {
                let came = match value {
                    OptionValue::Number(number) => Setsockopt::Number((*number).into()),
                    OptionValue::Linger { on, seconds } => {
                        Setsockopt::Linger { on: (*on).into(), seconds: (*seconds).into() }
                    }
                    OptionValue::Text(text) => Setsockopt::Text(text.clone()),
                    OptionValue::Octets(_) => Setsockopt::Text(value.to_string()),
                };
                if came != *wanted {
                    return Err(format!("expected the value {}, got {}", shown(wanted), shown(&came)));
                }
            }
            _ => {}
        }
        let length = address.map(|address| if address.is_ipv4() { 16 } else { 28 });
        match (self.length, length) {
            (Some(wanted), Some(came)) if wanted != came => {
                Err(format!("expected the length [{wanted}], got [{came}]"))
            }
            _ => Ok(()),
        }
    }
}

fn shown(value: &Setsockopt) -> String {
    match value {
        Setsockopt::Number(number) => format!("[{number}]"),
        Setsockopt::Linger { on, seconds } => format!("{{onoff={on}, linger={seconds}}}"),
        Setsockopt::Time(micros) => format!("{} s", seconds(*micros)),
        Setsockopt::Text(text) => format!("\"{text}\""),
    }
}
