//! Builds the bridge and becomes it.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::project::{Project, say};

/// Builds the bridge for this machine, quickly; it takes the site from a directory.
pub fn build(project: &Project) -> Result<PathBuf> {
    say("bridge: building");
    project.cargo(["build", "--package", "server", "--bin", "bridge"]).run()?;
    Ok(project.target.join("debug").join(format!("bridge{EXE_SUFFIX}")))
}

/// Builds the bridge to hand on: optimised, and with the site inside.
pub fn build_with_site(project: &Project, site: &Path, public_url: &str) -> Result<PathBuf> {
    ensure!(
        public_url == "/",
        "the bridge serves its site at /: leave out --public-url to build it with --bridge"
    );
    say("bridge: building, optimised, with the site inside");
    project
        .cargo(["build", "--release", "--package", "server", "--bin", "bridge"])
        .env("TCP_LAB_SITE", site)
        .run()?;
    Ok(project.target.join("release").join(format!("bridge{EXE_SUFFIX}")))
}

/// Starts the bridge in this program's place.
pub fn start(project: &Project, binary: &Path, site: &Path, options: &[OsString]) -> Result<ExitCode> {
    project.task(binary).args(["--site".as_ref(), site.as_os_str()]).args(options).replace()
}
