//! The tools a build needs beyond cargo: found on PATH in the right version, or fetched once into `target/tools`.
//!
//! ```text
//! rustup   -> pinned toolchain with the wasm target     npm ci -> fonts, wasm-opt (binaryen), CodeMirror, esbuild
//! cargo install -> trunk, wasm-bindgen (exactly the version in Cargo.lock)
//! ```
//!
//! Everything here is quick when nothing is missing.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::project::{Project, Task, say};

/// 0.22 and not 0.21: it names each output file by a hash of that file's own bytes, as immutable caching wants, passes a
/// WebSocket's subprotocol through its proxy, and is the series still mended. It costs a quarter more to compile.
const TRUNK: &str = "0.22.1";
/// Firefox's WebDriver; any Firefox since version 128 will do.
const GECKODRIVER: &str = "0.37.1";
/// The oldest Node.js that is still maintained upstream among those that were tried.
const NODE_MAJOR: u32 = 18;
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The tools, ready to be run.
pub struct Toolbox {
    path: OsString,
}

impl Toolbox {
    /// A command with the tools ahead of everything else on its PATH.
    pub fn command(&self, project: &Project, program: &str) -> Task {
        project.task(program).env("PATH", &self.path)
    }
}

/// Fetches what is missing.
pub fn ensure(project: &Project) -> Result<Toolbox> {
    node(project)?;
    toolchain(project)?;
    npm_packages(project)?;
    let tools = project.target.join("tools");
    let path = path_with(&[project.root.join("node_modules/.bin"), tools.join("bin")])?;
    let toolbox = Toolbox { path };
    let wasm_bindgen = project.locked_version("wasm-bindgen")?;
    let bindgen_is = |version: &str| version == wasm_bindgen;
    if !installed(project, &toolbox, "wasm-bindgen", bindgen_is) {
        say(format_args!("wasm-bindgen {wasm_bindgen}: compiled once, about two minutes"));
        // Without --locked: the lock file in the package may name crate versions that were since withdrawn.
        install(project, &tools, "wasm-bindgen-cli", &wasm_bindgen, "1", &[])?;
    }
    if !installed(project, &toolbox, "trunk", trunk_fits) {
        say(format_args!("trunk {TRUNK}: compiled once, about four minutes"));
        // Unoptimised, it compiles in half the time; it spends its own in cargo and wasm-opt, and loses less than a second.
        install(
            project,
            &tools,
            "trunk",
            TRUNK,
            "0",
            &["--locked", "--no-default-features", "--features", "rustls"],
        )?;
    }
    Ok(toolbox)
}

/// Firefox's WebDriver, for a machine that has none: Debian has no package of it.
pub fn geckodriver(project: &Project) -> Result<PathBuf> {
    let tools = project.target.join("tools");
    let toolbox = Toolbox { path: path_with(&[tools.join("bin")])? };
    if !installed(project, &toolbox, "geckodriver", |version| version == GECKODRIVER) {
        say(format_args!("geckodriver {GECKODRIVER}: compiled once, about two minutes"));
        install(project, &tools, "geckodriver", GECKODRIVER, "0", &["--locked"])?;
    }
    Ok(tools.join("bin/geckodriver"))
}

/// Any release of the series we know; a pre-release is not one.
fn trunk_fits(version: &str) -> bool {
    let series = TRUNK.rsplit_once('.').map_or(TRUNK, |(series, _)| series);
    version
        .strip_prefix(series)
        .and_then(|rest| rest.strip_prefix('.'))
        .is_some_and(|patch| patch.parse::<u32>().is_ok())
}

fn node(project: &Project) -> Result<()> {
    let Some(version) = project.task("node").args(["--version"]).output() else {
        bail!(
            "Node.js is missing: install it with npm (Debian: apt-get install nodejs npm), then run this again"
        );
    };
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR) {
        bail!("Node.js {version} is too old: install version {NODE_MAJOR} or later, then run this again");
    }
    if project.task(npm()).args(["--version"]).output().is_none() {
        bail!("npm is missing: install it (Debian: apt-get install npm), then run this again");
    }
    Ok(())
}

fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

/// The pinned toolchain runs this program already; what may be missing is the wasm target, rustfmt or clippy.
pub fn toolchain(project: &Project) -> Result<()> {
    let library = project.task("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]).output();
    let complete = library.is_some_and(|library| Path::new(&library).is_dir())
        && project.task("cargo").args(["fmt", "--version"]).output().is_some()
        && project.task("cargo").args(["clippy", "--version"]).output().is_some();
    if complete {
        return Ok(());
    }
    say("the Rust toolchain of rust-toolchain.toml, with its wasm target");
    if project.task("rustup").args(["--version"]).output().is_none() {
        bail!(
            "rustup is missing: install it, or give your Rust the target {WASM_TARGET}, rustfmt and clippy"
        );
    }
    // rustup's own proxies set RUSTUP_TOOLCHAIN, which would hide the components that rust-toolchain.toml names.
    project.task("rustup").args(["toolchain", "install"]).env_remove("RUSTUP_TOOLCHAIN").run()
}

/// `npm ci`, unless it ran for this very package-lock.json.
fn npm_packages(project: &Project) -> Result<()> {
    let lock_path = project.root.join("package-lock.json");
    let lock = fs::read(&lock_path).with_context(|| format!("cannot read {}", lock_path.display()))?;
    let stamp = project.root.join("node_modules/.tcp-lab-lock");
    if fs::read(&stamp).is_ok_and(|stamped| stamped == lock) {
        return Ok(());
    }
    say("npm packages: fonts, wasm-opt, CodeMirror, esbuild, axe-core");
    project.task(npm()).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).run()?;
    fs::write(&stamp, lock).with_context(|| format!("cannot write {}", stamp.display()))
}

/// `NAME --version` answers "NAME VERSION" in all of them.
fn installed(project: &Project, toolbox: &Toolbox, name: &str, fits: impl Fn(&str) -> bool) -> bool {
    let answer = toolbox.command(project, name).args(["--version"]).output();
    answer.is_some_and(|answer| answer.split_whitespace().nth(1).is_some_and(fits))
}

fn install(
    project: &Project,
    tools: &Path,
    package: &str,
    version: &str,
    optimisation: &str,
    flags: &[&str],
) -> Result<()> {
    let build = tools.join("build");
    let arguments = ["install", package, "--version", version, "--force", "--root"];
    project
        .cargo(arguments)
        .args([tools.as_os_str(), "--target-dir".as_ref(), build.as_os_str()])
        .args(flags)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", optimisation)
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "64")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .run()
        .with_context(|| format!("{package} {version} could not be installed"))?;
    // A leftover costs disk and nothing else.
    let _ = fs::remove_dir_all(build);
    Ok(())
}

fn path_with(first: &[PathBuf]) -> Result<OsString> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    env::join_paths(first.iter().cloned().chain(env::split_paths(&inherited)))
        .context("the project's directory has a character in its name that PATH cannot hold")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_of_the_same_series_fits_and_nothing_else() {
        assert!(trunk_fits("0.22.1"));
        assert!(trunk_fits("0.22.9"));
        for other in ["0.21.14", "0.220.1", "0.22.2-beta.1", "0.22", ""] {
            assert!(!trunk_fits(other), "{other:?} was taken");
        }
    }
}
