//! The site in headless Chromium, by the browser's own tracing. Run it by `cargo xtask bench stage` or `cargo xtask bench python`. It
//! measures; it does not judge.

mod devtools;
mod frames;
mod python;
mod site;
mod stage;

use anyhow::{Result, bail};
use site::{Site, variable};

fn main() -> Result<()> {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let site = Site::start()?;
    let chromium = variable("TCP_LAB_CHROMIUM")?;
    match wanted.as_deref() {
        Some("stage") => stage::measure(&site, &chromium),
        Some("python") => python::measure(&site, &chromium),
        _ => bail!("say what to measure: stage or python"),
    }
}
