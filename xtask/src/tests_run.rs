//! `cargo xtask test`: every check there is, in stages, quick ones first; stops at the first that fails.
//!
//! ```text
//! format  lint  unit (with properties, invariants, doc tests)  wasm  site (with its size)  e2e
//! ```
//!
//! Each stage shows its tool's own output; the summary at the end says how each ended and how long it took.

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;
use walkdir::WalkDir;

use crate::project::{Failed, Package, Project, say};
use crate::{bridge, browser, site, toolbox};

/// A part of the tests that can be asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// `cargo fmt --check`
    Format,
    /// clippy, for this machine and for wasm; warnings are errors
    Lint,
    /// Unit, property and documentation tests, and the workspace's invariants
    Unit,
    /// The tests that run as wasm, under Node.js
    Wasm,
    /// Builds the site and weighs it
    Site,
    /// End to end: the built site and the real bridge in headless Chromium and Firefox
    E2e,
}

/// How a stage ended.
struct Ended {
    stage: Stage,
    result: Result<()>,
    took: Duration,
}

/// Runs the named stages, or all; the exit code says whether all passed.
pub fn run(project: &Project, named: &[Stage]) -> Result<ExitCode> {
    let stages: Vec<Stage> = Stage::value_variants()
        .iter()
        .copied()
        .filter(|stage| named.is_empty() || named.contains(stage))
        .collect();
    let mut ended = Vec::new();
    for &stage in &stages {
        say(format_args!("test: {}", name(stage)));
        let started = Instant::now();
        let result = run_stage(project, stage);
        let failed = result.is_err();
        ended.push(Ended { stage, result, took: started.elapsed() });
        if failed {
            break;
        }
    }
    eprint!("{}", summary(&stages, &ended));
    let Some(Err(error)) = ended.pop().map(|last| last.result) else { return Ok(ExitCode::SUCCESS) };
    Ok(error.downcast_ref::<Failed>().map_or(ExitCode::FAILURE, Failed::exit_code))
}

fn name(stage: Stage) -> String {
    stage.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

fn summary(stages: &[Stage], ended: &[Ended]) -> String {
    let mut text = String::from("== summary\n");
    for stage in stages {
        let line = match ended.iter().find(|ended| ended.stage == *stage) {
            Some(Ended { result: Ok(()), took, .. }) => format!("passed  {:>5} s", took.as_secs()),
            Some(Ended { result: Err(error), took, .. }) => {
                format!("FAILED  {:>5} s  {error:#}", took.as_secs())
            }
            None => "not run".to_owned(),
        };
        text.push_str(&format!("   {:<7} {line}\n", name(*stage)));
    }
    text
}

fn run_stage(project: &Project, stage: Stage) -> Result<()> {
    match stage {
        Stage::Format => {
            toolbox::toolchain(project)?;
            project.cargo(["fmt", "--all", "--check"]).run()
        }
        Stage::Lint => lint(project),
        Stage::Unit => {
            browser::ensure_tshark(project)?;
            // Apart from each other, as they are built: the browser's driver in `tests` would switch on features of shared
            // crates (serde_json's preserve_order) that neither site nor bridge have.
            project.cargo(["test", "--workspace", "--exclude", "tests"]).run()?;
            project.cargo(["test", "--package", "tests"]).run()
        }
        Stage::Wasm => wasm(project),
        Stage::Site => site::build(project, "dist".as_ref(), "/").map(drop),
        Stage::E2e => end_to_end(project),
    }
}

fn lint(project: &Project) -> Result<()> {
    let deny = ["--", "--deny", "warnings"];
    project.cargo(["clippy", "--workspace", "--all-targets"]).args(deny).run()?;
    project.cargo(["clippy", "--package", "web", "--target", "wasm32-unknown-unknown"]).args(deny).run()
}

/// Runs the packages that hold wasm tests; which those are is read from the sources, so that none is forgotten.
fn wasm(project: &Project) -> Result<()> {
    let packages: Vec<&Package> =
        project.packages.iter().filter(|package| holds_wasm_tests(package)).collect();
    if packages.is_empty() {
        say("no package holds tests for wasm yet");
        return Ok(());
    }
    let tools = toolbox::ensure(project)?;
    tools
        .command(project, "cargo")
        .args(["test", "--lib", "--tests", "--target", "wasm32-unknown-unknown"])
        .args(packages.iter().flat_map(|package| ["--package", &package.name]))
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
        .run()
}

fn holds_wasm_tests(package: &Package) -> bool {
    // Split, so that this very line does not count.
    let attribute = concat!("#[wasm_bindgen_", "test");
    let sources = WalkDir::new(&package.directory).into_iter().filter_map(Result::ok);
    let mut rust =
        sources.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
    rust.any(|entry| fs::read_to_string(entry.path()).is_ok_and(|text| text.contains(attribute)))
}

/// The tests that need the built site, the bridge and a browser are marked `#[ignore]`, so that a bare `cargo test` passes
/// them by; here nothing else is run. They find what they need through the variables below.
fn end_to_end(project: &Project) -> Result<()> {
    let browser = browser::ensure(project)?;
    let firefox = browser::ensure_firefox(project)?;
    let dist = site::build(project, "dist".as_ref(), "/")?;
    let binary = bridge::build(project)?;
    project
        .cargo(["test", "--package", "tests", "e2e::", "--", "--ignored"])
        .env("TCP_LAB_SITE", dist)
        .env("TCP_LAB_BRIDGE", binary)
        .env("TCP_LAB_CHROMIUM", browser.chromium)
        .env("TCP_LAB_CHROMEDRIVER", browser.chromedriver)
        .env("TCP_LAB_FIREFOX", firefox.firefox)
        .env("TCP_LAB_GECKODRIVER", firefox.geckodriver)
        .env("TCP_LAB_PYTHON", browser.python)
        // The frames are all the runtime's; what tells is the message, with the page's text.
        .env("RUST_BACKTRACE", "0")
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_what_failed_and_what_was_not_run() {
        let ended = [
            Ended { stage: Stage::Format, result: Ok(()), took: Duration::from_secs(2) },
            Ended {
                stage: Stage::Lint,
                result: Err(anyhow::anyhow!("a lint")),
                took: Duration::from_secs(61),
            },
        ];
        let text = summary(&[Stage::Format, Stage::Lint, Stage::Unit], &ended);
        let expected = "== summary\n   format  passed      2 s\n   lint    FAILED     61 s  a lint\n   unit    not run\n";
        assert_eq!(text, expected);
    }
}
