//! What the tests need on the machine: Chromium and Firefox with their drivers, Python as a peer from outside, and tshark as a judge of
//! packets.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::project::{Project, say};
use crate::toolbox;

/// Where the programs lie.
pub struct Browser {
    /// The browser.
    pub chromium: PathBuf,
    /// Its WebDriver.
    pub chromedriver: PathBuf,
    /// CPython 3.
    pub python: PathBuf,
}

const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROMEDRIVER: &[&str] = &["chromedriver"];

/// Finds what Chromium needs, or installs Debian's packages where that is allowed.
pub fn ensure(project: &Project) -> Result<Browser> {
    let Some(python) = find(&["python3"]) else {
        bail!("python3 is missing: install it (Debian: apt-get install python3), then run this again");
    };
    if find(CHROMIUM).is_none() || find(CHROMEDRIVER).is_none() {
        install(project, "Chromium and its driver", &["chromium", "chromium-driver"])?;
    }
    match (find(CHROMIUM), find(CHROMEDRIVER)) {
        (Some(chromium), Some(chromedriver)) => Ok(Browser { chromium, chromedriver, python }),
        _ => bail!(
            "Chromium or chromedriver is missing: install both \
             (Debian: apt-get install chromium chromium-driver), then run this again"
        ),
    }
}

/// Firefox and its driver.
pub struct Firefox {
    /// The browser.
    pub firefox: PathBuf,
    /// Its WebDriver.
    pub geckodriver: PathBuf,
}

const FIREFOX: &[&str] = &["firefox-esr", "firefox"];

/// Finds Firefox, or installs Debian's package where that is allowed; its driver is compiled once where there is none.
pub fn ensure_firefox(project: &Project) -> Result<Firefox> {
    if find(FIREFOX).is_none() {
        install(project, "Firefox", &["firefox-esr"])?;
    }
    let Some(firefox) = find(FIREFOX) else {
        bail!("Firefox is missing: install it (Debian: apt-get install firefox-esr), then run this again");
    };
    let geckodriver = match find(&["geckodriver"]) {
        Some(geckodriver) => geckodriver,
        None => toolbox::geckodriver(project)?,
    };
    Ok(Firefox { firefox, geckodriver })
}

/// Finds tshark, or installs Debian's package where that is allowed; without it the tests that need it say that they were skipped.
pub fn ensure_tshark(project: &Project) -> Result<()> {
    if find(&["tshark"]).is_none() {
        install(project, "tshark", &["tshark"])?;
    }
    if find(&["tshark"]).is_none() {
        say(
            "tshark is missing: the tests in which it judges our packets will be skipped (Debian: apt-get install tshark)",
        );
    }
    Ok(())
}

/// Installs Debian's packages as root; does nothing elsewhere.
fn install(project: &Project, what: &str, packages: &[&str]) -> Result<()> {
    let root = project.task("id").args(["-u"]).output().is_some_and(|user| user == "0");
    if !root || find(&["apt-get"]).is_none() {
        return Ok(());
    }
    say(format_args!("{what}: installing Debian's packages"));
    let apt =
        |arguments: &[&str]| project.task("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
    apt(&["update", "--quiet"]).run()?;
    apt(&["install", "--quiet", "--yes", "--no-install-recommends"]).args(packages).run()
}

fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let candidates =
        std::env::split_paths(&path).flat_map(|directory| names.iter().map(move |name| directory.join(name)));
    candidates.into_iter().find(|candidate| is_program(candidate))
}

fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        path.with_extension("exe").is_file()
    }
}
