//! The built site, served by the bridge as a learner gets it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// A bridge with the site, ended with its value.
pub struct Site {
    child: Child,
    origin: String,
    token: String,
}

impl Site {
    /// Starts it on a port of its own.
    pub fn start() -> Result<Site> {
        let mut child = Command::new(variable("TCP_LAB_BRIDGE")?)
            .args(["--no-open", "--port", "0", "--site", &variable("TCP_LAB_SITE")?])
            // Where the programs meet; a client that comes too early shall be refused, as anywhere, and try again.
            .args(["--allow", "47311"])
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the bridge")?;
        let mut lines = BufReader::new(child.stdout.take().context("it is piped")?).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_whitespace().find(|word| word.contains("/live/#token=")).map(str::to_owned)
            })
            .context("the bridge does not print its address")?;
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let (origin, token) = address.split_once("/live/#token=").context("the address is the page's")?;
        Ok(Site { child, origin: origin.to_owned(), token: token.to_owned() })
    }

    /// The address of a page, without the bridge's token.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The address of a page that may use the bridge.
    pub fn page_with_token(&self, path: &str) -> String {
        format!("{}{path}#token={}", self.origin, self.token)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `cargo xtask bench` tells.
pub fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| {
        format!("{name} is not set: run this by `cargo xtask bench stage` or `cargo xtask bench python`")
    })
}
