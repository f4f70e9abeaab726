//! The options of the link at the top of a text with hosts, read and written one by one: the small form beside the text works on the text.

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The option's name in the text.
    pub option: &'static str,
    /// What the form calls it.
    pub label: &'static str,
    /// A value, to show how one is written.
    pub example: &'static str,
    /// What it means where nothing is said.
    pub otherwise: &'static str,
}

/// The fields, in the order of the form.
pub const FIELDS: &[Field] = &[
    Field { option: "delay", label: "Delay, each way", example: "20ms", otherwise: "none" },
    Field { option: "rate", label: "Rate", example: "10mbit", otherwise: "no limit" },
    Field { option: "queue", label: "Queue, datagrams", example: "20", otherwise: "1000" },
    Field { option: "loss", label: "Loss", example: "1%", otherwise: "none" },
    Field { option: "drop", label: "Lost datagrams", example: "3,7", otherwise: "none" },
    Field { option: "reorder", label: "Reordering", example: "2%", otherwise: "none" },
    Field { option: "mtu", label: "MTU, octets", example: "1500", otherwise: "1500" },
    Field { option: "seed", label: "Seed of chance", example: "7", otherwise: "0" },
];

/// Where an option's value stands in a text: before it, and after it.
fn find(text: &str, option: &str) -> Option<(usize, usize)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        if trimmed.starts_with("host ") || trimmed.starts_with("host\t") {
            return None;
        }
        let code = line.split("//").next().unwrap_or_default();
        let mut from = 0;
        while let Some(at) = code[from..].find("--").map(|at| from + at) {
            let name = code[at + 2..].find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
            let name_end = name.map_or(code.len(), |end| at + 2 + end);
            let value = match code[name_end..].strip_prefix('=') {
                Some(value) => {
                    let end = value.find(char::is_whitespace).unwrap_or(value.len());
                    (name_end + 1, name_end + 1 + end)
                }
                None => (name_end, name_end),
            };
            if &code[at + 2..name_end] == option {
                return Some((start + value.0, start + value.1));
            }
            from = value.1.max(at + 2);
        }
        start += line.len();
    }
    None
}

/// The value of an option.
pub fn value<'a>(text: &'a str, option: &str) -> Option<&'a str> {
    find(text, option).map(|(from, to)| &text[from..to])
}

/// The text with another value, or without the option where the value is empty.
pub fn with(text: &str, option: &str, value: &str) -> String {
    // A value ends at a blank.
    let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    match find(text, option) {
        Some((from, to)) if value.is_empty() => {
            let begin = text[..from].rfind("--").unwrap_or(from);
            let after = &text[to..];
            // Its blank goes with it, and its line if nothing else stands there.
            let line_is_its_own = text[..begin].rsplit('\n').next().unwrap_or_default().trim().is_empty();
            let after = match after.strip_prefix(' ') {
                Some(rest) => rest,
                None if line_is_its_own => {
                    after.strip_prefix("\r\n").or(after.strip_prefix('\n')).unwrap_or(after)
                }
                None => after,
            };
            let before =
                if after.starts_with('\n') { text[..begin].trim_end_matches(' ') } else { &text[..begin] };
            format!("{before}{after}")
        }
        Some((from, to)) => {
            let sign = if text[..from].ends_with('=') { "" } else { "=" };
            format!("{}{sign}{value}{}", &text[..from], &text[to..])
        }
        None if value.is_empty() => text.to_owned(),
        None => {
            let option = format!("--{option}={value}");
            // Beside the other options, if the text begins with some.
            let first = text.lines().next().unwrap_or_default();
            if first.starts_with("--") && !first.contains("//") && first.len() + option.len() < 80 {
                let first = first.trim_end();
                format!("{first} {option}{}", text[first.len()..].trim_start_matches(' '))
            } else {
                format!("{option}\n{text}")
            }
        }
    }
}
