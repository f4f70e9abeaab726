//! The benchmarks. Each prints a table; none of them passes or fails by the time it takes.

use std::ffi::OsString;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use crate::project::{Project, say};
use crate::{bridge, browser, site, toolbox};

/// A benchmark.
#[derive(Clone, Copy, ValueEnum)]
pub enum Bench {
    /// The bridge against direct TCP, on loopback
    Bridge,
    /// The engine, natively and as wasm, beside smoltcp
    Sim,
    /// The stage in headless Chromium: frames while it plays and while it is scrubbed
    Stage,
    /// Python programs in the page, on either network: start, calls, transfers, the page's frames meanwhile
    Python,
    /// What parses octets, by random input: no time, but faults. Seconds for each target after `--`, 60 if none are given
    Fuzz,
}

/// Runs one.
pub fn run(project: &Project, name: Bench, options: &[OsString]) -> Result<()> {
    match name {
        Bench::Bridge => {
            project.cargo(["bench", "--package", "server", "--bench", "bridge", "--"]).args(options).run()
        }
        Bench::Sim => sim(project, options),
        Bench::Stage => page(project, "stage", options),
        Bench::Python => page(project, "python", options),
        Bench::Fuzz => fuzz(project, options),
    }
}

/// The rows named, or all; growth and wasm only where all are wanted.
fn sim(project: &Project, rows: &[OsString]) -> Result<()> {
    project.cargo(["bench", "--package", "sim", "--bench", "speed", "--"]).args(rows).run()?;
    if !rows.is_empty() {
        return Ok(());
    }
    project.cargo(["bench", "--package", "sim", "--bench", "growth"]).run()?;
    let tools = toolbox::ensure(project)?;
    // The site is built for size; what the same code does when it is built for speed is what to compare with.
    for level in ["\"z\"", "3"] {
        tools
            .command(project, "cargo")
            .args(["bench", "--package", "sim", "--bench", "speed", "--target", "wasm32-unknown-unknown"])
            .args(["--profile", "site", "--config", &format!("profile.site.opt-level={level}")])
            // Cargo starts it in the package's directory.
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "node benches/wasm.mjs")
            .env("TCP_LAB_WHERE", format!("wasm, opt-level {}", level.trim_matches('"')))
            .run()?;
    }
    Ok(())
}

/// The site as it is built, served by the bridge as it is built.
fn page(project: &Project, what: &str, options: &[OsString]) -> Result<()> {
    let browser = browser::ensure(project)?;
    let dist = site::build(project, "dist".as_ref(), "/")?;
    let binary = bridge::build(project)?;
    project
        .cargo(["bench", "--package", "tests", "--bench", "page", "--", what])
        .args(options)
        .env("TCP_LAB_SITE", dist)
        .env("TCP_LAB_BRIDGE", binary)
        .env("TCP_LAB_CHROMIUM", browser.chromium)
        .env("TCP_LAB_PYTHON", browser.python)
        .run()
}

/// Runs every fuzz target of `content/wire/fuzz` for some time.
fn fuzz(project: &Project, options: &[OsString]) -> Result<()> {
    let seconds = match options {
        [] => 60,
        [seconds] => seconds
            .to_str()
            .and_then(|text| text.parse::<u32>().ok())
            .filter(|seconds| *seconds > 0)
            .with_context(|| format!("{} is no number of seconds", seconds.display()))?,
        _ => bail!("bench fuzz takes one option, the seconds for each target: cargo xtask bench fuzz -- 60"),
    };
    ensure!(
        project.cargo(["fuzz", "--version"]).output().is_some(),
        "cargo-fuzz is missing: `cargo install cargo-fuzz` (it needs a C++ compiler, and no nightly Rust), then run this again"
    );
    let directory = "content/wire/fuzz";
    let targets = project
        .cargo(["fuzz", "list", "--fuzz-dir", directory])
        .output()
        .with_context(|| format!("`cargo fuzz list` cannot read {directory}"))?;
    for target in targets.lines() {
        say(format_args!("fuzz: {target}, {seconds} s"));
        // The code has no unsafe, so an address sanitizer, which would need a nightly Rust, has nothing to find.
        project
            .cargo(["fuzz", "run", "--fuzz-dir", directory, "--sanitizer", "none", target, "--"])
            .args([format!("-max_total_time={seconds}"), "-print_final_stats=1".to_owned()])
            .run()
            .with_context(|| {
                format!("{target} found a fault: its input is kept under {directory}/artifacts/{target}")
            })?;
    }
    Ok(())
}
