//! packetdrill scripts against this machine's kernel, with the runner that the engine has: what a script says is checked on both.
//!
//! Our own suite runs as a test. Any others: `PACKETDRILL_SCRIPTS="a.pkt directory" cargo test -p tests kernel::packetdrill --
//! --ignored --nocapture`. Times are real, so the tolerance is at least TCP_LAB_KERNEL_TOLERANCE_USECS, 30,000 unless it is set.

mod files;
mod info;
mod machine;
mod sockets;

use super::judge::say;
use super::namespace;
use ::packetdrill::{Files, Report, Source, Verdict, parse, run};
use ::sockets::Micros;
use machine::Kernel;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use walkdir::WalkDir;

/// Scripts of our suite that take longer than this are passed by, in microseconds.
const LONGEST: u64 = 5_000_000;

/// No script takes longer than this, in microseconds.
const LONGEST_OF_ALL: u64 = 120_000_000;

/// How many scripts run at once: more would disturb each other's times.
const AT_ONCE: usize = 4;

/// How often a script that fails is tried: other programs' load can upset its times.
const TRIES: usize = 2;

/// What failed beside others is tried again alone, with so many times the tolerance. What is wrong otherwise than in time stays wrong.
const ALONE: u64 = 5;

/// A script with this in it, and a reason after it, is not run on a kernel.
const MARK: &str = "// not on a kernel:";

/// How a script came out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tried {
    Ok,
    PassedBy(String),
    Failed(String, Vec<String>),
}

/// Files beside a script, or beside a directory above it.
struct Disk;

impl Files for Disk {
    fn read(&self, from: &str, path: &str) -> Result<Source, String> {
        let plain = path.trim_start_matches("../");
        let beside = Path::new(from).parent().unwrap_or(Path::new(""));
        let here = [beside.join(path)];
        let above = beside.ancestors().map(|directory| directory.join(plain));
        for candidate in here.into_iter().chain(above) {
            if let Ok(text) = std::fs::read_to_string(&candidate) {
                return Ok(Source { name: candidate.display().to_string(), text });
            }
        }
        Err(format!("there is no file {path}"))
    }
}

fn tried(path: &Path, longest: u64, tolerance: u64) -> Tried {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Tried::Failed(error.to_string(), Vec::new()),
    };
    if let Some((_, after)) = text.split_once(MARK) {
        return Tried::PassedBy(after.lines().next().unwrap_or_default().trim().to_owned());
    }
    let micros = takes(&text);
    if micros > longest {
        return Tried::PassedBy(format!("it takes {} s", micros / 1_000_000));
    }
    let text = tolerant(&text, tolerance);
    let script = match parse(&Source { name: path.display().to_string(), text }) {
        Ok(script) => script,
        Err(unsupported) => return Tried::PassedBy(unsupported.to_string()),
    };
    let mut last = Tried::Ok;
    for _ in 0..TRIES {
        let limit = Micros(micros + 2 * LONGEST);
        let Report { verdict, trace, .. } = run(&script, &[], &Disk, |stage| Kernel::new(stage, limit));
        match verdict {
            Verdict::Ok => return Tried::Ok,
            Verdict::Unsupported(unsupported) => return Tried::PassedBy(unsupported.to_string()),
            Verdict::Failed { place, what } => last = Tried::Failed(format!("{place}: {what}"), trace),
        }
    }
    last
}

/// About how long a script takes: the sum of what its events are apart, in microseconds.
fn takes(text: &str) -> u64 {
    let micros = |number: &str| {
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let part: String = part.chars().chain("000000".chars()).take(6).collect();
        whole.parse::<u64>().unwrap_or(0) * 1_000_000 + part.parse::<u64>().unwrap_or(0)
    };
    let mut relative = 0;
    let mut absolute = 0;
    for line in text.lines() {
        let line = line.trim_start();
        let is_of_number = |c: &char| c.is_ascii_digit() || *c == '.';
        let number: String = line.trim_start_matches('+').chars().take_while(is_of_number).collect();
        // `0.1...0.5` and `.1~.2`: the later counts.
        let number = number.split("...").last().unwrap_or_default();
        match line.starts_with('+') {
            true => relative += micros(number),
            false => absolute = absolute.max(micros(number)),
        }
    }
    relative + absolute
}

fn tolerance() -> u64 {
    std::env::var("TCP_LAB_KERNEL_TOLERANCE_USECS").ok().and_then(|text| text.parse().ok()).unwrap_or(30_000)
}

/// The script with at least this tolerance, its lines where they were.
fn tolerant(text: &str, tolerance: u64) -> String {
    const OPTION: &str = "--tolerance_usecs=";
    let Some((before, after)) = text.split_once(OPTION) else {
        return format!("{OPTION}{tolerance} {text}");
    };
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let wider = digits.parse().unwrap_or(0).max(tolerance);
    format!("{before}{OPTION}{wider}{}", &after[digits.len()..])
}

/// Runs scripts side by side, tells how each came out, and gives those that fail alone, too.
fn run_all(paths: &[PathBuf], longest: u64) -> Vec<String> {
    let waiting = Mutex::new(paths.iter().rev().collect::<Vec<_>>());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(path) = waiting.lock().expect("no lock is held in a panic").pop() else {
                        return;
                    };
                    let name = path.display();
                    match tried(path, longest, tolerance()) {
                        Tried::Ok => say(&format!("ok {name}")),
                        Tried::PassedBy(why) => say(&format!("SKIPPED on the kernel: {name}: {why}")),
                        Tried::Failed(how, _) => {
                            say(&format!("failed beside others, tried again later: {how}"));
                            failed.lock().expect("no lock is held in a panic").push(path);
                        }
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no lock is held in a panic");
    let alone = failed.into_iter().filter_map(|path| match tried(path, longest, tolerance() * ALONE) {
        Tried::Ok | Tried::PassedBy(_) => {
            say(&format!("ok {}, alone", path.display()));
            None
        }
        Tried::Failed(how, trace) => {
            say(&format!("FAILED on the kernel: {how}"));
            Some(format!("{how}\n    {}", trace.join("\n    ")))
        }
    });
    alone.collect()
}

/// The scripts in a directory, or the one file, in order.
fn scripts(path: &Path) -> Vec<PathBuf> {
    let files = WalkDir::new(path).sort_by_file_name().into_iter().filter_map(Result::ok);
    let is_script = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "pkt");
    files.map(walkdir::DirEntry::into_path).filter(is_script).collect()
}

#[test]
fn our_own_scripts_hold_on_the_kernel() {
    if let Err(why) = namespace::possible() {
        say(&format!("SKIPPED: no packetdrill script is tried on this machine's kernel: {why}"));
        return;
    }
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content/packetdrill/scripts");
    let found = scripts(&suite);
    assert!(!found.is_empty(), "{} holds no script", suite.display());
    let failed = run_all(&found, LONGEST);
    assert!(failed.is_empty(), "scripts that do not hold on the kernel:\n{}", failed.join("\n"));
}

#[test]
#[ignore = "needs PACKETDRILL_SCRIPTS, the paths of scripts or directories; root and Linux"]
fn scripts_of_the_environment() {
    let paths =
        std::env::var("PACKETDRILL_SCRIPTS").expect("PACKETDRILL_SCRIPTS names scripts or directories");
    namespace::possible().expect("root and /dev/net/tun");
    let found: Vec<PathBuf> = paths.split_whitespace().flat_map(|path| scripts(Path::new(path))).collect();
    let failed = run_all(&found, LONGEST_OF_ALL);
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), found.len(), failed.join("\n"));
}

#[test]
fn a_script_gets_a_wider_tolerance_and_keeps_its_lines() {
    assert_eq!(tolerant("0 close(3) = 0\n", 7), "--tolerance_usecs=7 0 close(3) = 0\n");
    assert_eq!(tolerant("--tolerance_usecs=5\n0 x", 7), "--tolerance_usecs=7\n0 x");
    assert_eq!(tolerant("--tolerance_usecs=50\n0 x", 7), "--tolerance_usecs=50\n0 x");
}

#[test]
fn how_long_a_script_takes_is_known_before() {
    assert_eq!(takes("0 socket()\n +.1 < S\n  +2 > .\n"), 2_100_000);
    assert_eq!(takes("0.5 a\n1.25 b\n+0...0.200 accept()\n"), 1_250_000 + 200_000);
    assert_eq!(takes("// +9 seconds\n\n`tc qdisc`\n"), 0);
}
