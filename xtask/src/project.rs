//! Where the project lies, and how its commands are run. Knows no tool by name except cargo.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The workspace: its root, its build directory and its packages.
pub struct Project {
    /// Directory of the workspace's Cargo.toml.
    pub root: PathBuf,
    /// Cargo's target directory; everything that xtask fetches lies under it.
    pub target: PathBuf,
    /// The workspace's packages.
    pub packages: Vec<Package>,
}

/// A member of the workspace.
pub struct Package {
    /// Its name in Cargo.toml.
    pub name: String,
    /// Directory of its Cargo.toml.
    pub directory: PathBuf,
}

impl Project {
    /// Asks cargo, so that CARGO_TARGET_DIR and cargo's configuration are respected.
    pub fn find() -> Result<Project> {
        // Asked at run time: with a target directory shared between clones, env!() would name another clone.
        let here = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let here = here.map_or_else(env::current_dir, Ok).context("cannot tell the current directory")?;
        let cargo = cargo_program();
        let mut metadata = Command::new(&cargo);
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&here);
        let output = metadata.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
        if !output.status.success() {
            bail!("cargo cannot read the workspace: its message stands above");
        }
        let metadata: Value =
            serde_json::from_slice(&output.stdout).context("cargo metadata wrote no JSON")?;
        let path = |value: &Value| value.as_str().map(PathBuf::from).context("cargo metadata lacks a path");
        let mut packages = Vec::new();
        for package in metadata["packages"].as_array().into_iter().flatten() {
            let manifest = path(&package["manifest_path"])?;
            let name = package["name"].as_str().context("cargo metadata lacks a name")?.to_owned();
            let directory = manifest.parent().context("a manifest lies in a directory")?.to_owned();
            packages.push(Package { name, directory });
        }
        Ok(Project {
            root: path(&metadata["workspace_root"])?,
            target: path(&metadata["target_directory"])?,
            packages,
        })
    }

    /// A cargo command, run in the root.
    pub fn cargo<I, S>(&self, arguments: I) -> Task
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.task(cargo_program()).args(arguments)
    }

    /// A command, run in the root.
    pub fn task(&self, program: impl AsRef<OsStr>) -> Task {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        Task { command }
    }

    /// The compiler's flag that keeps this machine's directories out of what is built for others: panic messages name the
    /// source file. `None` where the flag cannot be written, since cargo splits flags at spaces.
    pub fn remap_flag() -> Option<String> {
        let home = |name: &str| env::var_os(name).map(PathBuf::from);
        let cargo_home = home("CARGO_HOME")
            .or_else(|| Some(home("HOME").or_else(|| home("USERPROFILE"))?.join(".cargo")))?;
        let flag =
            format!("--remap-path-prefix={}=crates", cargo_home.join("registry").join("src").to_str()?);
        (!flag.contains(char::is_whitespace)).then_some(flag)
    }

    /// The version of a crate in Cargo.lock.
    pub fn locked_version(&self, name: &str) -> Result<String> {
        let path = self.root.join("Cargo.lock");
        let lock =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        locked_version(&lock, name).with_context(|| format!("{} does not name {name}", path.display()))
    }
}

/// Under `cargo run` this very cargo; else the one on PATH.
fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn locked_version(lock: &str, name: &str) -> Option<String> {
    let mut lines = lock.lines();
    lines.find(|line| *line == format!("name = \"{name}\""))?;
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

/// Says what comes next; on standard error, so that standard output stays for results.
pub fn say(what: impl fmt::Display) {
    eprintln!("== {what}");
}

/// A command about to be run; its output goes where ours goes.
pub struct Task {
    command: Command,
}

impl Task {
    /// Adds arguments.
    pub fn args<I, S>(mut self, arguments: I) -> Task
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Task {
        self.command.env(name, value);
        self
    }

    /// Takes an environment variable away.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Task {
        self.command.env_remove(name);
        self
    }

    /// Runs it to its end; anything but success is an error.
    pub fn run(mut self) -> Result<()> {
        let text = self.text();
        let status = self.command.status().with_context(|| format!("cannot start `{text}`"))?;
        if status.success() { Ok(()) } else { Err(Failed { text, status }.into()) }
    }

    /// Puts it in this program's place: ctrl-C, signals and the exit code are then its own. Returns only where that cannot be
    /// done, which on Unix means that it could not be started.
    pub fn replace(mut self) -> Result<ExitCode> {
        let text = self.text();
        #[cfg(unix)]
        let status = Err(std::os::unix::process::CommandExt::exec(&mut self.command));
        #[cfg(not(unix))]
        let status = self.command.status();
        status.map(exit_code).with_context(|| format!("cannot start `{text}`"))
    }

    /// What it writes to standard output, or `None` if it cannot be started or fails.
    pub fn output(mut self) -> Option<String> {
        let output = self.command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn text(&self) -> String {
        let program = Path::new(self.command.get_program()).file_name().unwrap_or_default().to_string_lossy();
        let arguments = self.command.get_args().map(|argument| argument.to_string_lossy());
        std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

/// A command ended without success.
#[derive(Debug)]
pub struct Failed {
    text: String,
    status: ExitStatus,
}

impl Failed {
    /// The exit code to pass on: the command's own, or 128 + n after signal n, as a shell does it.
    pub fn exit_code(&self) -> ExitCode {
        exit_code(self.status)
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal).and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed ({}); its own message stands above", self.text, self.status)
    }
}

impl std::error::Error for Failed {}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.60\"\n\n\
                        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";

    #[test]
    fn a_crate_is_found_in_the_lock_by_its_whole_name() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm"), None);
    }

    #[cfg(unix)]
    #[test]
    fn exit_codes_and_signals_are_passed_on() {
        let status =
            |script: &str| Command::new("sh").args(["-c", script]).status().expect("a Unix system has sh");
        let text = |status| format!("{:?}", exit_code(status));
        assert_eq!(text(status("exit 7")), format!("{:?}", ExitCode::from(7)));
        assert_eq!(text(status("kill -TERM $$")), format!("{:?}", ExitCode::from(128 + 15)));
    }
}
