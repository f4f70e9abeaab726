//! Runs Wireshark's programs and reads tshark's tables.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

/// Whether a program is there; if not, says past the test's captured output that a test is skipped.
pub fn installed(program: &str) -> bool {
    let silent = || Stdio::null();
    let found = Command::new(program).arg("--version").stdout(silent()).stderr(silent()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        let text = format!(
            "\n*** SKIPPED: {program} is not installed (apt-get install tshark): nothing judges our captures\n\n"
        );
        io::stderr().write_all(text.as_bytes()).expect("standard error can be written");
    }
    found
}

/// Writes a file where cargo keeps what tests write.
pub fn file(name: &str, octets: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, octets).expect("cargo's directory for tests can be written");
    path
}

/// Runs a program to its end and gives what it printed.
pub fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("the program is installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("the program prints UTF-8")
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("cargo's directory for tests has a UTF-8 name")
}

/// What tshark says of each packet.
pub struct Rows {
    columns: BTreeMap<&'static str, usize>,
    rows: Vec<Vec<String>>,
}

/// Between the values of a field that a packet has several times.
const BETWEEN: char = '|';

/// The fields of every packet of a capture, with all checksums verified and with the numbers as they stand in the header.
pub fn table(capture: &Path, fields: &'static [&'static str]) -> Rows {
    let between = format!("aggregator={BETWEEN}");
    let mut arguments = vec!["-r", text(capture), "-n", "-T", "fields", "-E", "occurrence=a", "-E", &between];
    for preference in [
        "tcp.check_checksum:TRUE",
        "ip.check_checksum:TRUE",
        "udp.check_checksum:TRUE",
        "tcp.relative_sequence_numbers:FALSE",
    ] {
        arguments.extend(["-o", preference]);
    }
    fields.iter().for_each(|field| arguments.extend(["-e", field]));
    let printed = run("tshark", &arguments);
    let rows = printed.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    Rows { columns: fields.iter().copied().zip(0..).collect(), rows }
}

impl Rows {
    /// How many packets there are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// The first value of a packet's field; the outermost header comes first. Empty where it has none.
    pub fn first(&self, place: usize, field: &str) -> String {
        self.all(place, field).into_iter().next().unwrap_or_default()
    }

    /// All values of a packet's field.
    pub fn all(&self, place: usize, field: &str) -> Vec<String> {
        let text = &self.rows[place][self.columns[field]];
        text.split(BETWEEN).filter(|value| !value.is_empty()).map(str::to_owned).collect()
    }
}
