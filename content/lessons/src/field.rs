//! The fields of a TCP header that exercises ask for: their names, how a person writes their values, and how they are read from octets.
//! Where they lie is the business of `wire`'s table.

use std::collections::BTreeMap;
use wire::Flags;
use wire::fields::{Field as Row, Header, tcp};

/// A field that an exercise asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The source port.
    SourcePort,
    /// The destination port.
    DestinationPort,
    /// The sequence number.
    Seq,
    /// The acknowledgment number.
    Ack,
    /// The data offset, in words.
    DataOffset,
    /// The control bits.
    Flags,
    /// The window as it stands in the header.
    Window,
    /// The checksum.
    Checksum,
    /// The urgent pointer.
    UrgentPointer,
    /// How many octets of data follow: no field of the header.
    Length,
}

/// Values by their fields; of flags, the bits.
pub type Values = BTreeMap<Field, u32>;

impl Field {
    /// All, in the order of the header.
    pub const ALL: [Field; 10] = [
        Field::SourcePort,
        Field::DestinationPort,
        Field::Seq,
        Field::Ack,
        Field::DataOffset,
        Field::Flags,
        Field::Window,
        Field::Checksum,
        Field::UrgentPointer,
        Field::Length,
    ];

    /// The name in files.
    pub const fn key(self) -> &'static str {
        match self {
            Field::SourcePort => "source-port",
            Field::DestinationPort => "destination-port",
            Field::Seq => "seq",
            Field::Ack => "ack",
            Field::DataOffset => "data-offset",
            Field::Flags => "flags",
            Field::Window => "window",
            Field::Checksum => "checksum",
            Field::UrgentPointer => "urgent-pointer",
            Field::Length => "length",
        }
    }

    /// The field of this name: `seq`, and also `sequence-number`.
    ///
    /// # Errors
    /// A name that no field has; the text lists them.
    pub fn named(key: &str) -> Result<Field, String> {
        let known =
            Field::ALL.into_iter().find(|field| field.key() == key || field.label().replace(' ', "-") == key);
        known.ok_or_else(|| {
            let all: Vec<&str> = Field::ALL.iter().map(|field| field.key()).collect();
            format!("there is no field “{key}”; the fields are {}", all.join(", "))
        })
    }

    /// The name in a sentence.
    pub fn label(self) -> &'static str {
        self.row().map_or("octets of data", |row| row.name)
    }

    /// The row of the header's table; the flags are nine bits of it.
    pub const fn row(self) -> Option<&'static Row> {
        match self {
            Field::SourcePort => Some(&tcp::SOURCE_PORT),
            Field::DestinationPort => Some(&tcp::DESTINATION_PORT),
            Field::Seq => Some(&tcp::SEQUENCE_NUMBER),
            Field::Ack => Some(&tcp::ACKNOWLEDGMENT_NUMBER),
            Field::DataOffset => Some(&tcp::DATA_OFFSET),
            Field::Flags => Some(&tcp::FLAGS),
            Field::Window => Some(&tcp::WINDOW),
            Field::Checksum => Some(&tcp::CHECKSUM),
            Field::UrgentPointer => Some(&tcp::URGENT_POINTER),
            Field::Length => None,
        }
    }

    /// A value as a person writes it: a number, decimal or `0x…`, with or without separators; of flags, names.
    ///
    /// # Errors
    /// What is none, in a sentence.
    pub fn read(self, text: &str) -> Result<u32, String> {
        if self == Field::Flags {
            return flags(text).map(|flags| flags.bits().into());
        }
        let plain: String = text
            .chars()
            .filter(|letter| !letter.is_whitespace() && !matches!(letter, ',' | '_' | '\''))
            .collect();
        let number = match plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X")) {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => plain.parse(),
        };
        let number = number.map_err(|_| {
            format!("“{}” is no number: write digits, or 0x and hexadecimal digits.", text.trim())
        })?;
        let most = self.row().map_or(u128::from(u32::MAX), Row::most);
        match u32::try_from(number) {
            Ok(value) if u128::from(value) <= most => Ok(value),
            _ => Err(format!("{number} does not fit: the {} holds at most {most}.", self.label())),
        }
    }

    /// A value as it is shown.
    pub fn write(self, value: u32) -> String {
        match self {
            Field::Flags => names(value),
            Field::Checksum => format!("0x{value:04x}"),
            _ => value.to_string(),
        }
    }

    /// The value in a TCP header of these octets; `None` where it is not whole, and of the length.
    pub fn of(self, header: &[u8]) -> Option<u32> {
        let value = u32::try_from(self.row()?.get(header)?).ok()?;
        Some(value)
    }
}

/// The row of a field of any header, by its name with `-` for each space; also by the short names of exercises.
pub(crate) fn any(name: &str) -> Option<&'static Row> {
    let short = Field::ALL.into_iter().find(|field| field.key() == name).and_then(Field::row);
    let name = name.replace('-', " ");
    let mut all = [Header::Tcp, Header::Ipv4, Header::Ipv6, Header::Udp].into_iter().flat_map(Header::fields);
    short.or_else(|| all.find(|row| row.name.eq_ignore_ascii_case(&name)))
}

/// Flags by their names: `SYN ACK`, `syn, ack`, `SYN-ACK`; nothing or `none` for none.
fn flags(text: &str) -> Result<Flags, String> {
    let mut all = Flags::NONE;
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    for word in words.filter(|word| !word.eq_ignore_ascii_case("none")) {
        let known = tcp::CONTROL_BITS.iter().find(|(_, row)| row.name.eq_ignore_ascii_case(word));
        let names: Vec<&str> = tcp::CONTROL_BITS.iter().map(|(_, row)| row.name).collect();
        let (bit, _) =
            known.ok_or_else(|| format!("“{word}” is no control bit; they are {}.", names.join(", ")))?;
        all = all.with(*bit);
    }
    Ok(all)
}

/// The names of flags: `SYN ACK`.
fn names(bits: u32) -> String {
    let set = tcp::CONTROL_BITS.iter().filter(|(bit, _)| bits & u32::from(bit.bits()) != 0);
    let mut names: Vec<&str> = set.map(|(_, row)| row.name).collect();
    // SYN ACK, as people say it.
    names.sort_by_key(|name| {
        ["SYN", "FIN", "RST", "PSH", "URG", "ECE", "CWR", "AE", "ACK"].iter().position(|known| known == name)
    });
    if names.is_empty() { "none".into() } else { names.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_people_write_them() {
        assert_eq!(Field::Window.read(" 64,240 "), Ok(64240));
        assert_eq!(Field::DestinationPort.read("0x1f40"), Ok(8000));
        assert_eq!(Field::Flags.read("ack + syn"), Ok(0x12));
        assert_eq!(Field::Flags.read("none"), Ok(0));
        assert_eq!(Field::Flags.write(0x12), "SYN ACK");
        assert!(Field::DataOffset.read("20").is_err_and(|why| why.contains("at most 15")));
        assert!(Field::Seq.read("one").is_err_and(|why| why.contains("no number")));
        assert!(Field::Flags.read("SIN").is_err_and(|why| why.contains("SIN")));
        for field in Field::ALL {
            assert_eq!(Field::named(field.key()), Ok(field));
        }
        assert_eq!(Field::named("acknowledgment-number"), Ok(Field::Ack));
    }
}
