//! A TCP header, written octet by octet. What the octets say, `wire` reads.

use crate::Verdict;
use crate::field::{Field, Values};
use crate::fill::{Given, Wrong, gap, octets, values_of};
use crate::markup::escape;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use wire::checksum::with_pseudo_header;
use wire::fields::Header;

/// The number of TCP in an internet header.
const TCP: u8 = 6;

/// A header that is to be written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// What it must say.
    pub goal: BTreeMap<String, Given>,
    /// What is given: hexadecimal, with `..` for each octet to write.
    #[serde(default)]
    pub start: String,
    /// The addresses between which it travels, where the checksum must be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Ends>,
    /// What people get wrong.
    pub wrong: Vec<Wrong>,
}

/// The addresses of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ends {
    /// The sender's.
    pub source: IpAddr,
    /// The receiver's.
    pub destination: IpAddr,
}

impl Build {
    fn values(&self) -> Result<Values, String> {
        self.goal
            .iter()
            .map(|(key, given)| {
                let field = Field::named(key)?;
                Ok((field, field.read(&given.text())?))
            })
            .collect()
    }

    /// The octets of a header that says this; those of the start where nothing is said of them.
    fn written(&self, values: &Values) -> Result<Vec<u8>, String> {
        let mut header = octets(&self.start.replace("..", "00"))?;
        let words = values.get(&Field::DataOffset).copied().unwrap_or(5) as usize;
        header.resize(
            header.len().max(Header::Tcp.length()).max(if self.start.is_empty() { words * 4 } else { 0 }),
            0,
        );
        for (field, value) in values {
            let row = field.row().ok_or_else(|| format!("the {} are not part of a header", field.label()))?;
            row.set(&mut header, u128::from(*value)).map_err(|error| error.to_string())?;
        }
        if let (Some(ends), false) = (self.checksum, values.contains_key(&Field::Checksum)) {
            let sum = ends.of(&header);
            Field::Checksum
                .row()
                .ok_or("")?
                .set(&mut header, u128::from(sum))
                .map_err(|error| error.to_string())?;
        }
        Ok(header)
    }

    /// The header that is asked for, in hexadecimal.
    ///
    /// # Errors
    /// A goal that no header can say.
    pub fn right(&self) -> Result<String, String> {
        Ok(hex(&self.written(&self.values()?)?))
    }

    #[cfg(feature = "course")]
    pub(crate) fn sense(&self) -> Result<(), String> {
        let goal = self.values()?;
        if goal.is_empty() || goal.contains_key(&Field::Checksum) && self.checksum.is_some() {
            return Err("“goal” names at least one field; the checksum is either there or computed by “checksum”, not both".into());
        }
        self.right()?;
        if self.wrong.len() < 2 {
            return Err("at least two wrong answers are given in “wrong”, each with what it “says”".into());
        }
        for wrong in &self.wrong {
            let values = wrong.values()?;
            if values.is_empty() == wrong.hex.is_empty() || wrong.says.is_empty() {
                return Err("a wrong answer has “give” or “hex”, and “says”".into());
            }
            if let Some(field) = values.keys().find(|field| {
                !goal.contains_key(field) && !(**field == Field::Checksum && self.checksum.is_some())
            }) {
                return Err(format!("“{}” is not in “goal”", field.key()));
            }
            octets(&wrong.hex)?;
        }
        Ok(())
    }

    /// Judges hexadecimal digits.
    pub(crate) fn judge(&self, typed: &str) -> Verdict {
        if typed.contains("..") || typed.trim().is_empty() {
            return Verdict::wrong(
                "Each <code>..</code> stands for an octet that is to be written.",
                Vec::new(),
            );
        }
        let read = octets(typed).and_then(|octets| {
            let said = values_of(&octets).map_err(|why| format!("{why}."))?;
            Ok((octets, said))
        });
        let (octets, said) = match read {
            Ok(read) => read,
            Err(why) => return Verdict::wrong(escape(&why), Vec::new()),
        };
        let Ok(mut goal) = self.values() else {
            return Verdict::wrong("This exercise is broken.", Vec::new());
        };
        if let Some(ends) = self.checksum {
            let mut blank = octets.clone();
            if Field::Checksum.row().is_some_and(|row| row.set(&mut blank, 0).is_ok()) {
                goal.insert(Field::Checksum, ends.of(&blank).into());
            }
        }
        let same = |wrong: &&Wrong| {
            !wrong.hex.is_empty() && self::octets(&wrong.hex).is_ok_and(|known| known == octets)
        };
        if let Some(wrong) = self.wrong.iter().find(same) {
            return Verdict::wrong(wrong.says.clone(), Vec::new());
        }
        let asked: Vec<Field> = goal.keys().copied().collect();
        // A wrong checksum follows from every other mistake: it is said last.
        let (last, first): (Vec<Field>, Vec<Field>) =
            asked.into_iter().partition(|field| *field == Field::Checksum);
        let asked: Vec<Field> = first.into_iter().chain(last).collect();
        if let Some(verdict) = gap(&asked, &said, &goal, &self.wrong, "what is asked for is") {
            return verdict;
        }
        let length = said[&Field::DataOffset] as usize * 4;
        if length != octets.len() {
            let says = format!(
                "The data offset says that the header has {length} octets; these are {}.",
                octets.len()
            );
            return Verdict::wrong(says, vec![Field::DataOffset.key().to_owned()]);
        }
        Verdict::right()
    }

    pub(crate) fn prove(&self) -> Vec<String> {
        let (goal, right) = match self.values().and_then(|goal| Ok((goal, self.right()?))) {
            Ok(known) => known,
            Err(why) => return vec![why],
        };
        let mut broken = Vec::new();
        let verdict = self.judge(&right);
        if !verdict.right {
            broken.push(format!("the header {right} does not pass: {}", verdict.says));
        }
        if self.judge(&self.start).right {
            broken.push("the start is right already".into());
        }
        for wrong in &self.wrong {
            let typed = if wrong.hex.is_empty() {
                let mut values = goal.clone();
                values.extend(wrong.values().unwrap_or_default());
                self.written(&values).map(|octets| hex(&octets))
            } else {
                Ok(wrong.hex.clone())
            };
            let verdict = typed.map(|typed| self.judge(&typed));
            match verdict {
                Ok(verdict) if !verdict.right && verdict.says.contains(&wrong.says) => {}
                Ok(verdict) => broken.push(format!(
                    "the header with {:?} does not get “{}”, but “{}”",
                    wrong.give, wrong.says, verdict.says
                )),
                Err(why) => broken.push(why),
            }
        }
        broken
    }
}

impl Ends {
    /// The checksum of a header whose own is 0.
    fn of(self, header: &[u8]) -> u16 {
        with_pseudo_header(self.source, self.destination, TCP, header)
    }
}

/// Octets as they are shown: `1f 40`.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}
