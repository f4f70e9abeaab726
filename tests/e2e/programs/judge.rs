//! What is the same and what differs: outcomes put into a form in which only what matters differs, and the table of differences that are
//! explained.

use super::case::Case;
use std::collections::BTreeSet;

/// How a program came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its status, or `goes on`.
    pub how: String,
    /// What it wrote to stdout.
    pub out: String,
    /// What it wrote to stderr.
    pub error: String,
}

/// The first and the last port that Linux chooses by itself (ip_local_port_range).
const EPHEMERAL: std::ops::RangeInclusive<u32> = 32_768..=60_999;

/// Between lines that stand in one cell of the table.
const BREAK: char = '⏎';

impl Outcome {
    /// The lines that are compared: the status, what went to stdout, what went to stderr.
    pub fn lines(&self, any_order: bool) -> Vec<String> {
        let mut lines = vec![format!("status {}", self.how)];
        let mut out: Vec<String> = self.out.lines().map(plain).collect();
        if any_order {
            out.sort();
        }
        lines.extend(out);
        let mut error: Vec<String> = without_sources(&self.error).iter().map(|line| plain(line)).collect();
        if any_order {
            error.sort();
        }
        lines.push("stderr:".to_owned());
        lines.extend(error);
        lines
    }
}

/// A traceback's frames by file and line alone: versions of Python differ in how they show the line itself, and in the library's own lines.
fn without_sources(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut depth = None;
    for line in text.lines() {
        let bare = line.trim_start_matches([' ', '|', '+']);
        let indent = line.len() - bare.len();
        if let Some((file, rest)) = bare.strip_prefix("File \"").and_then(|rest| rest.split_once('"')) {
            depth = Some(indent);
            if !file.contains("/lib/python") && !file.starts_with('<') {
                let name = file.rsplit('/').next().unwrap_or(file);
                lines.push(format!("  File \"{name}\"{rest}"));
            }
            continue;
        }
        if depth.is_some_and(|depth| indent > depth) {
            continue;
        }
        depth = None;
        lines.push(line.to_owned());
    }
    lines
}

/// A line without what differs from run to run: ports that the kernel chose, addresses in memory, numbers of threads, dates, the
/// program's directory.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let taken = taken(rest, plain.chars().last());
        match taken {
            Some((length, instead)) => {
                plain.push_str(instead);
                rest = &rest[length..];
            }
            None => {
                plain.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    plain
}

/// How much of the beginning is left out, and what stands for it.
fn taken(rest: &str, before: Option<char>) -> Option<(usize, &'static str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    if before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == '.') {
        return None;
    }
    if let Some(number) = rest.strip_prefix("0x") {
        let length = number.bytes().take_while(u8::is_ascii_hexdigit).count();
        return (length >= 8).then_some((2 + length, "0x…"));
    }
    if rest.starts_with('/') {
        let end = rest.find(['"', ' ', ':', '\'']).unwrap_or(rest.len());
        let slash = rest[..end].rfind('/').filter(|_| rest[..end].ends_with(".py"))?;
        return Some((slash + 1, ""));
    }
    // As http.server logs it: [23/Nov/2026 05:01:49].
    if let Some(date) = rest.strip_prefix('[').and_then(|rest| rest.get(..21))
        && date.as_bytes()[20] == b']'
        && date.as_bytes()[2] == b'/'
        && date.as_bytes()[14] == b':'
    {
        return Some((22, "[date]"));
    }
    let length = digits(rest);
    let number: u32 = rest.get(..length)?.parse().ok()?;
    let after = rest[length..].chars().next();
    let whole = after.is_none_or(|after| !after.is_alphanumeric() && after != '_' && after != '.');
    (length == 5 && whole && EPHEMERAL.contains(&number)).then_some((length, "PORT"))
}

/// A row of the table: where a program's lines differ from python3's, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The case and the file: `refused/program.py`.
    pub program: String,
    /// `page`, `simulator` or `kernel`.
    pub place: String,
    /// Lines of python3 that follow each other.
    pub there: Vec<String>,
    /// What stands for them in the page.
    pub here: Vec<String>,
}

/// The rows of a table in Markdown with the columns program, where, python3, page, why.
pub fn rows(text: &str) -> Vec<Row> {
    let lines = |cell: &str| -> Vec<String> {
        let cell = cell.trim().trim_matches('`').replace("\\|", "|");
        cell.split(BREAK).map(str::to_owned).filter(|line| !line.is_empty()).collect()
    };
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| `")?.strip_suffix(" |")?.split(" | ").collect();
        let [program, place, there, here, why] = cells[..] else {
            panic!("a row has five cells: {line}");
        };
        assert!(why.trim().len() > 10, "a row says why: {line}");
        let program = program.trim_end().trim_end_matches('`').to_owned();
        assert!(program.contains('/'), "a row names a case and a file: {line}");
        Some(Row { program, place: place.trim().to_owned(), there: lines(there), here: lines(here) })
    });
    rows.collect()
}

/// What comes of the comparison of one program in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Output and exceptions are python3's.
    Equal,
    /// They are not, and the table says why.
    Explained,
    /// They are not.
    Differs,
}

/// Compares a program's outcome in `place` with python3's; tells what differs and is not explained, and which rows it took.
pub fn compare(
    case: &Case,
    file: &str,
    place: &str,
    (there, here): (&Outcome, &Outcome),
    table: &[Row],
    used: &mut BTreeSet<usize>,
) -> (Verdict, String) {
    let any_order = case.unsettled.contains(file);
    let (mut there, here) = (there.lines(any_order), here.lines(any_order));
    if there == here {
        return (Verdict::Equal, String::new());
    }
    let program = format!("{}/{file}", case.name);
    for (number, row) in table.iter().enumerate() {
        if row.program != program || row.place != "page" && row.place != place {
            continue;
        }
        let found = there.windows(row.there.len().max(1)).position(|window| window == row.there);
        if let Some(at) = found {
            there.splice(at..at + row.there.len(), row.here.iter().cloned());
            used.insert(number);
        }
    }
    if there == here {
        return (Verdict::Explained, String::new());
    }
    let mut told = format!("{program}, {place}:\n");
    for line in there.iter().filter(|line| !here.contains(line)) {
        told.push_str(&format!("    python3: {line}\n"));
    }
    for line in here.iter().filter(|line| !there.contains(line)) {
        told.push_str(&format!("    page:    {line}\n"));
    }
    if told.lines().count() == 1 {
        told.push_str("    the same lines in another order\n");
    }
    (Verdict::Differs, told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn case() -> Case {
        let (programs, files) = (Vec::new(), BTreeMap::new());
        Case { name: "x".into(), programs, files, goes_on: false, unsettled: BTreeSet::new() }
    }

    fn outcome(out: &str) -> Outcome {
        Outcome { how: "0".into(), out: out.into(), error: String::new() }
    }

    #[test]
    fn only_what_must_is_left_out_of_a_line() {
        for (line, expected) in [
            ("connection from ('127.0.0.1', 40312)", "connection from ('127.0.0.1', PORT)"),
            ("40312 of 140312, x40312, 5000, 1.40312", "PORT of 140312, x40312, 5000, 1.40312"),
            ("<function f at 0x7f08d3a5e7a0>, 0x1f", "<function f at 0x…>, 0x1f"),
            ("127.0.0.1 - - [23/Nov/2026 05:01:49] \"GET /", "127.0.0.1 - - [date] \"GET /"),
            ("/home/server/server.py:7: ResourceWarning", "server.py:7: ResourceWarning"),
            ("GET /a/b HTTP/1.1", "GET /a/b HTTP/1.1"),
        ] {
            assert_eq!(plain(line), expected);
        }
    }

    #[test]
    fn a_traceback_keeps_the_programs_frames() {
        let text = "Traceback (most recent call last):\n  File \"/home/x/a.py\", line 3, in f\n    g(\n    ~^\n  File \"/usr/lib/python3.11/socket.py\", line 9, in g\n    x\nOSError: no\n";
        let expected = ["Traceback (most recent call last):", "  File \"a.py\", line 3, in f", "OSError: no"];
        assert_eq!(without_sources(text), expected);
    }

    #[test]
    fn a_difference_must_be_in_the_table() {
        let table = rows(
            "| program | where | python3 | page | why |\n| --- | --- | --- | --- | --- |\n| `x/a.py` | kernel | `two⏎three` | `2` | digits are shorter |\n",
        );
        let (there, here, more) = (outcome("one\ntwo\nthree\n"), outcome("one\n2\n"), outcome("one\n2\n3\n"));
        let mut used = BTreeSet::new();
        let mut compare =
            |file, place, here| compare(&case(), file, place, (&there, here), &table, &mut used).0;
        assert_eq!(compare("a.py", "kernel", &there), Verdict::Equal);
        assert_eq!(compare("a.py", "simulator", &here), Verdict::Differs);
        assert_eq!(compare("b.py", "kernel", &here), Verdict::Differs);
        assert_eq!(compare("a.py", "kernel", &more), Verdict::Differs);
        assert_eq!(compare("a.py", "kernel", &here), Verdict::Explained);
        assert_eq!(used, BTreeSet::from([0]));
    }
}
