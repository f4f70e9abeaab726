//! Scripts that somebody has spoilt: lines gone, doubled or swapped, words and numbers exchanged. Whatever they say then, they end with a
//! verdict, and nothing panics.

#![cfg(not(target_family = "wasm"))]

use packetdrill::{Engine, Files, Source, parse, run};
use proptest::prelude::*;
use std::sync::LazyLock;
use walkdir::WalkDir;

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str, path: &str) -> Result<Source, String> {
        Err(format!("there is no file {path}"))
    }
}

/// Our own scripts.
static SCRIPTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts");
    let files = WalkDir::new(directory).sort_by_file_name().into_iter().filter_map(Result::ok);
    let scripts = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "pkt"));
    scripts.map(|file| std::fs::read_to_string(file.path()).expect("a script of ours")).collect()
});

/// What takes a word's place.
const WORDS: &[&str] = &[
    "0",
    "1",
    "-1",
    "1:1(0)",
    "1:65000(64999)",
    "4294967295",
    "2147483648",
    "0:0(0)",
    "ack",
    "win",
    "0x7fffffff",
    "S",
    "S.",
    "F.",
    "R.",
    "P.",
    ".",
    "-",
    "SEW",
    "<mss",
    "<...>",
    "...,",
    "NULL,",
    "[1],",
    "close(4)",
    "=",
    "?",
    "+3600",
    "*",
    "+0~+1",
    "`sysctl -q net.ipv4.tcp_sack=0`",
    "%{ assert tcpi_snd_cwnd }%",
    "<sack 1:4294967295,nop,nop>",
    "EAGAIN",
    ">",
    "<",
    "udp (65000)",
    "icmp",
];

/// One change of a script.
#[derive(Clone, Debug)]
enum Change {
    Drop(prop::sample::Index),
    Double(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Word(prop::sample::Index, prop::sample::Index, &'static str),
    Number(prop::sample::Index, prop::sample::Index, u32),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        index().prop_map(Change::Drop),
        index().prop_map(Change::Double),
        (index(), index()).prop_map(|(a, b)| Change::Swap(a, b)),
        (index(), index(), prop::sample::select(WORDS))
            .prop_map(|(line, place, word)| Change::Word(line, place, word)),
        (index(), index(), any::<u32>())
            .prop_map(|(line, place, number)| Change::Number(line, place, number)),
    ]
}

fn spoil(script: &str, changes: Vec<Change>) -> String {
    let mut lines: Vec<String> = script.lines().map(str::to_owned).collect();
    let replace =
        |lines: &mut Vec<String>, line: prop::sample::Index, place: prop::sample::Index, by: &str| {
            let line = line.index(lines.len());
            let mut words: Vec<&str> = lines[line].split(' ').collect();
            let place = place.index(words.len());
            words[place] = by;
            lines[line] = words.join(" ");
        };
    for change in changes {
        match change {
            _ if lines.is_empty() => break,
            Change::Drop(line) => {
                lines.remove(line.index(lines.len()));
            }
            Change::Double(line) => {
                let line = line.index(lines.len());
                lines.insert(line, lines[line].clone());
            }
            Change::Swap(a, b) => {
                let (a, b) = (a.index(lines.len()), b.index(lines.len()));
                lines.swap(a, b);
            }
            Change::Word(line, place, word) => replace(&mut lines, line, place, word),
            Change::Number(line, place, number) => replace(&mut lines, line, place, &number.to_string()),
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000.max(ProptestConfig::default().cases), ..ProptestConfig::default() })]
    #[test]
    fn a_spoilt_script_ends_with_a_verdict(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let script = &SCRIPTS[which.index(SCRIPTS.len())];
        let text = spoil(script, changes);
        if let Ok(script) = parse(&Source { name: "spoilt.pkt".into(), text }) {
            let report = run(&script, &[], &NoFiles, Engine::new);
            prop_assert!(report.trace.len() < 1_000_000);
        }
    }
}
