//! What stands in a packet: foretold, or read from its octets. What is true is what the engine sends, or what the octets say.

use crate::field::{Field, Values};
use crate::markup::{code, escape, sentences};
use crate::{Played, Show, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wire::fields::Header;

/// Fields that are to be filled in. Either `scenario` and `packet` are given, or `hex`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fill {
    /// A scenario of the gallery.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scenario: String,
    /// The mark of a segment in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub packet: String,
    /// The octets of a TCP header, and of data if there is any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hex: String,
    /// What is asked, by name.
    pub fields: Vec<String>,
    /// What is shown as it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
    /// Whether numbers are those of the header, and not counted from the initial ones.
    pub absolute: bool,
    /// Whether the octets are shown: it is read, not foretold.
    pub octets: bool,
    /// What people get wrong.
    pub wrong: Vec<Wrong>,
}

/// Values that are wrong, and what is said of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// The fields that are wrong, with what they are taken for.
    #[serde(default)]
    pub give: BTreeMap<String, Given>,
    /// All octets of a header (`build` alone).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hex: String,
    /// What is said.
    pub says: String,
}

/// A value in a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Given {
    /// A number.
    Number(u32),
    /// As a person writes it.
    Text(String),
}

impl Given {
    /// As a person writes it.
    pub fn text(&self) -> String {
        match self {
            Given::Number(number) => number.to_string(),
            Given::Text(text) => text.clone(),
        }
    }
}

impl Wrong {
    /// The wrong values.
    pub(crate) fn values(&self) -> Result<Values, String> {
        self.give
            .iter()
            .map(|(key, given)| {
                let field = Field::named(key)?;
                Ok((field, field.read(&given.text())?))
            })
            .collect()
    }
}

/// Fields by their names.
pub(crate) fn named(keys: &[String]) -> Result<Vec<Field>, String> {
    keys.iter().map(|key| Field::named(key)).collect()
}

/// Octets from hexadecimal digits; white space counts for nothing.
///
/// # Errors
/// What is not hexadecimal.
pub(crate) fn octets(hex: &str) -> Result<Vec<u8>, String> {
    let digits: String = hex.chars().filter(|letter| !letter.is_whitespace()).collect();
    if let Some(other) = digits.chars().find(|letter| !letter.is_ascii_hexdigit()) {
        return Err(format!("“{other}” is no hexadecimal digit: octets are written with 0 to 9 and a to f."));
    }
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .map_err(|_| format!("{} digits are no whole octets: an octet has two.", digits.len()))
}

/// The fields of a header of these octets.
pub(crate) fn values_of(octets: &[u8]) -> Result<Values, String> {
    if octets.len() < Header::Tcp.length() {
        return Err(format!("a TCP header has at least 20 octets; these are {}", octets.len()));
    }
    let mut values: Values =
        Field::ALL.into_iter().filter_map(|field| Some((field, field.of(octets)?))).collect();
    let header = values[&Field::DataOffset] as usize * 4;
    if header >= Header::Tcp.length() && header <= octets.len() {
        values.insert(Field::Length, (octets.len() - header) as u32);
    }
    Ok(values)
}

impl Fill {
    /// The octets of the TCP header and its data, as they are sent.
    ///
    /// # Errors
    /// No such scenario or packet, or octets that are none.
    pub fn header(&self) -> Result<Vec<u8>, String> {
        if !self.hex.is_empty() {
            return octets(&self.hex);
        }
        let played = Played::of(&self.scenario)?;
        let segment = played.segment(&self.packet)?.clone();
        let packet = wire::Datagram::Tcp(segment).emit().map_err(|unsayable| unsayable.to_string())?;
        let at = packet.find(Header::Tcp).ok_or("the packet has no TCP header")?;
        Ok(packet.octets()[at..].to_vec())
    }

    /// What is so.
    ///
    /// # Errors
    /// As of [`header`](Fill::header).
    pub fn truth(&self) -> Result<Values, String> {
        let mut values = values_of(&self.header()?)?;
        if self.hex.is_empty() && !self.absolute {
            let played = Played::of(&self.scenario)?;
            let segment = played.segment(&self.packet)?;
            let (sender, receiver) = played.bases(segment);
            values.insert(Field::Seq, segment.seq.since(sender));
            // Without the bit the field does not count, and is sent as 0.
            values.insert(Field::Ack, if segment.flags.ack() { segment.ack.since(receiver) } else { 0 });
        }
        Ok(values)
    }

    #[cfg(feature = "course")]
    pub(crate) fn sense(&self) -> Result<(), String> {
        if self.hex.is_empty() == (self.scenario.is_empty() || self.packet.is_empty()) {
            return Err("“scenario” with “packet” is given, or “hex”: one of the two".into());
        }
        if self.fields.is_empty() {
            return Err("“fields” names at least one field that is asked".into());
        }
        if self.wrong.len() < 2 {
            return Err("at least two wrong answers are given in “wrong”, each with what it “says”".into());
        }
        let asked = named(&self.fields)?;
        named(&self.given)?;
        let truth = self.truth()?;
        for field in &asked {
            if !truth.contains_key(field) {
                return Err(format!("the packet has no {}", field.label()));
            }
        }
        for wrong in &self.wrong {
            let values = wrong.values()?;
            if values.is_empty() || wrong.says.is_empty() || !wrong.hex.is_empty() {
                return Err("a wrong answer has “give” with at least one field, and “says”".into());
            }
            if let Some(field) = values.keys().find(|field| !asked.contains(field)) {
                return Err(format!("“{}” is not asked: it is not in “fields”", field.key()));
            }
            if values.iter().all(|(field, value)| truth.get(field) == Some(value)) {
                return Err(format!("what “{}” is said of is right", wrong.says));
            }
        }
        Ok(())
    }

    /// Judges what was typed, by the fields' names.
    pub(crate) fn judge(&self, typed: &BTreeMap<String, String>) -> Verdict {
        let (asked, truth) = match named(&self.fields).and_then(|asked| Ok((asked, self.truth()?))) {
            Ok(known) => known,
            Err(why) => return Verdict::wrong(escape(&why), Vec::new()),
        };
        let mut said = Values::new();
        let blank = |field: &&Field| typed.get(field.key()).is_none_or(|text| text.trim().is_empty());
        // No flag at all is something that can be said.
        let empty: Vec<Field> = asked.iter().filter(blank).copied().collect();
        if let Some(first) = empty.first() {
            let says = format!("The {} is not filled in yet.", escape(first.label()));
            return Verdict::wrong(says, empty.iter().map(|field| field.key().to_owned()).collect());
        }
        for field in &asked {
            match field.read(&typed[field.key()]) {
                Ok(value) => drop(said.insert(*field, value)),
                Err(why) => return Verdict::wrong(escape(&why), vec![field.key().to_owned()]),
            }
        }
        gap(
            &asked,
            &said,
            &truth,
            &self.wrong,
            if self.octets { "the octets say" } else { "the segment carries" },
        )
        .map_or_else(Verdict::right, |mut verdict| {
            if self.hex.is_empty() {
                verdict.show = Some(Show { scenario: self.scenario.clone(), at: self.packet.clone() });
            }
            verdict
        })
    }

    /// The right answer, as a person would type it.
    ///
    /// # Errors
    /// As of [`header`](Fill::header).
    pub fn right(&self) -> Result<BTreeMap<String, String>, String> {
        let truth = self.truth()?;
        Ok(named(&self.fields)?
            .into_iter()
            .filter_map(|field| Some((field.key().to_owned(), field.write(*truth.get(&field)?))))
            .collect())
    }

    pub(crate) fn prove(&self) -> Vec<String> {
        let right = match self.right() {
            Ok(right) => right,
            Err(why) => return vec![why],
        };
        let mut broken = Vec::new();
        let verdict = self.judge(&right);
        if !verdict.right {
            broken.push(format!("what the packet has does not pass: {}", verdict.says));
        }
        if self.judge(&BTreeMap::new()).right {
            broken.push("the empty start passes".into());
        }
        for wrong in &self.wrong {
            let mut typed = right.clone();
            for (key, given) in &wrong.give {
                if let Ok(field) = Field::named(key) {
                    typed.insert(
                        field.key().to_owned(),
                        field.read(&given.text()).map_or_else(|_| given.text(), |value| field.write(value)),
                    );
                }
            }
            let verdict = self.judge(&typed);
            if verdict.right || !verdict.says.contains(&wrong.says) {
                broken.push(format!(
                    "the answer {:?} does not get “{}”, but “{}”",
                    wrong.give, wrong.says, verdict.says
                ));
            }
        }
        broken
    }
}

/// The gap between what was said and what is so; `None` where there is none.
pub(crate) fn gap(
    asked: &[Field],
    said: &Values,
    truth: &Values,
    wrong: &[Wrong],
    so: &str,
) -> Option<Verdict> {
    let off: Vec<Field> = asked.iter().copied().filter(|field| said.get(field) != truth.get(field)).collect();
    let first = off.first()?;
    // The message that explains most of what is wrong, and nothing that is right.
    let fits = |wrong: &&Wrong| {
        wrong.values().is_ok_and(|values| {
            !values.is_empty()
                && values.iter().all(|(field, value)| {
                    said.get(field) == Some(value) && (truth.get(field) != Some(value) || values.len() > 1)
                })
        })
    };
    let known = wrong.iter().filter(fits).max_by_key(|wrong| wrong.give.len());
    let field = known
        .and_then(|wrong| {
            off.iter().find(|field| wrong.give.keys().any(|key| Field::named(key) == Ok(**field)))
        })
        .unwrap_or(first);
    let value =
        |values: &Values| values.get(field).map_or_else(|| "nothing".to_owned(), |value| field.write(*value));
    let says = match known {
        Some(wrong) => {
            sentences(&[&format!("You say {} {}.", escape(field.label()), code(&value(said))), &wrong.says])
        }
        None => {
            let (label, said, so_it_is) = (escape(field.label()), code(&value(said)), code(&value(truth)));
            format!("You say {label} {said}; {so} {so_it_is}.")
        }
    };
    Some(Verdict::wrong(says, off.iter().map(|field| field.key().to_owned()).collect()))
}
