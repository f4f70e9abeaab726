//! Plays every scenario with both, compares, and reports.

use super::compare::{differences, in_full};
use super::namespace;
use super::on_engine::Engine;
use super::on_kernel::Kernel;
use super::play::{Story, play};
use super::scenario::Scenario;
use super::scenarios;
use std::collections::BTreeSet;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// How many scenarios play at once. They mostly wait; more would disturb each other's times.
const AT_ONCE: usize = 8;

/// How often the kernel plays one before a difference counts: another program's load can upset its times.
const TRIES: usize = 3;

/// Straight to the descriptor: a test that passes shows nothing of what it prints.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// How a scenario came out.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    Differs(String),
    /// There is no story to compare.
    Failed(String),
}

impl Verdict {
    fn of(how: String) -> Verdict {
        if how.is_empty() { Verdict::Same } else { Verdict::Differs(how) }
    }
}

#[test]
fn the_kernel_and_the_engine_tell_the_same_stories() {
    if let Err(why) = namespace::possible() {
        say(&format!("SKIPPED: the engine is not compared with this machine's kernel: {why}"));
        return;
    }
    let verdicts = judge_all(judged);
    let (told, wrong) = report(&verdicts, &explained());
    say(&told);
    assert!(
        wrong.is_empty(),
        "the engine and the kernel disagree, and content/sim/DIFFERENCES.md does not say why:\n{wrong}"
    );
}

/// How steady the judge is: what differs here is another program's load, or a race in the scenario.
#[test]
#[ignore = "measures the judge, not the engine; root and Linux"]
fn the_kernel_tells_the_same_story_twice() {
    namespace::possible().expect("root and /dev/net/tun");
    let verdicts = judge_all(|scenario| {
        let once = || Kernel::new(scenario).map(|mut kernel| play(scenario, &mut kernel));
        match (once(), once()) {
            (Ok(first), Ok(second)) => {
                Verdict::of(differences(scenario, [("first", &first), ("second", &second)]))
            }
            (Err(why), _) | (_, Err(why)) => Verdict::Failed(why),
        }
    });
    let (told, wrong) = report(&verdicts, &BTreeSet::new());
    say(&told);
    assert!(wrong.is_empty(), "{wrong}");
}

/// The verdict on every scenario that TCP_LAB_KERNEL_ONLY chooses, in their order.
fn judge_all(judge: impl Fn(&Scenario) -> Verdict + Sync) -> Vec<(&'static str, Verdict)> {
    let only = std::env::var("TCP_LAB_KERNEL_ONLY").unwrap_or_default();
    let mut chosen = scenarios::all();
    chosen.retain(|scenario| scenario.name.contains(&only));
    let waiting = Mutex::new(chosen.iter().rev().collect::<Vec<_>>());
    let verdicts = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(scenario) = waiting.lock().expect("no lock is held in a panic").pop() else {
                        return;
                    };
                    let verdict = judge(scenario);
                    verdicts.lock().expect("no lock is held in a panic").push((scenario.name, verdict));
                }
            });
        }
    });
    let mut verdicts = verdicts.into_inner().expect("no lock is held in a panic");
    verdicts.sort_by_key(|(name, _)| chosen.iter().position(|scenario| scenario.name == *name));
    verdicts
}

/// What is to be told, and what of it is wrong.
fn report(verdicts: &[(&'static str, Verdict)], explained: &BTreeSet<String>) -> (String, String) {
    let (mut told, mut wrong) = (String::new(), String::new());
    let mut same = 0;
    for (name, verdict) in verdicts {
        match (verdict, explained.contains(*name)) {
            (Verdict::Same, false) => same += 1,
            (Verdict::Same, true) => {
                wrong += &format!(
                    "{name}: the same, although DIFFERENCES.md has a row for it: take the row out\n"
                );
            }
            (Verdict::Differs(_), true) => {
                told += &format!("kernel: {name} differs, as DIFFERENCES.md explains\n")
            }
            (Verdict::Differs(how), false) => wrong += &format!("{name} differs:\n{how}\n"),
            (Verdict::Failed(why), _) => wrong += &format!("{name} could not be played: {why}\n"),
        }
    }
    told += &format!("kernel: {same} of {} scenarios are the same", verdicts.len());
    (told, wrong)
}

fn judged(scenario: &Scenario) -> Verdict {
    let engine = catch_unwind(AssertUnwindSafe(|| {
        Engine::new(scenario).map(|mut engine| play(scenario, &mut engine))
    }));
    let engine = match engine {
        Ok(Ok(story)) => Ok(story),
        Ok(Err(why)) => Err(why),
        Err(_) => Err("the engine panicked".to_owned()),
    };
    if let Ok(story) = &engine {
        keep(scenario, "engine", story);
    }
    let mut how = String::new();
    for _ in 0..TRIES {
        let kernel = match Kernel::new(scenario) {
            Ok(mut kernel) => play(scenario, &mut kernel),
            Err(why) => return Verdict::Failed(why),
        };
        keep(scenario, "kernel", &kernel);
        let engine = match &engine {
            Ok(story) => story,
            Err(why) => return Verdict::Failed(why.clone()),
        };
        how = differences(scenario, [("kernel", &kernel), ("engine", engine)]);
        if how.is_empty() {
            return Verdict::Same;
        }
    }
    Verdict::Differs(how)
}

/// Writes a story down where TCP_LAB_KERNEL_TRACES says.
fn keep(scenario: &Scenario, whose: &str, story: &Story) {
    if let Some(directory) = std::env::var_os("TCP_LAB_KERNEL_TRACES") {
        let file = PathBuf::from(directory).join(format!("{}.{whose}.txt", scenario.name));
        if let Err(error) = std::fs::write(&file, in_full(scenario, story)) {
            say(&format!("{}: {error}", file.display()));
        }
    }
}

/// The scenarios that have a row in the table of differences: the first cell, between backquotes.
fn explained() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content/sim/DIFFERENCES.md");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name.to_owned()))
        .collect()
}

#[test]
fn every_row_of_differences_names_a_scenario() {
    let names: BTreeSet<String> = scenarios::all().iter().map(|scenario| scenario.name.to_owned()).collect();
    assert_eq!(names.len(), scenarios::all().len(), "two scenarios have one name");
    let strays: Vec<_> = explained().difference(&names).cloned().collect();
    assert_eq!(strays, [""; 0], "content/sim/DIFFERENCES.md explains scenarios that there are not");
}

#[test]
fn a_verdict_counts_unless_it_is_explained() {
    let differs = Verdict::Differs("  - kernel   + engine\n".into());
    let explained = BTreeSet::from(["b".to_owned()]);
    let wrong = |verdicts: &[(&'static str, Verdict)]| report(verdicts, &explained).1;
    assert_eq!(wrong(&[("a", Verdict::Same), ("b", differs.clone())]), "");
    assert!(wrong(&[("a", differs)]).contains("a differs"));
    assert!(wrong(&[("b", Verdict::Same)]).contains("take the row out"));
    assert!(wrong(&[("b", Verdict::Failed("no".into()))]).contains("could not be played: no"));
}
