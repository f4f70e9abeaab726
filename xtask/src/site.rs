//! Builds the static site: trunk (which prerenders, see Trunk.toml), then the compressed twins, then the weighing.
//!
//! There is one kind of build: what a learner is served, what the tests drive and what a host gets are the same files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::project::{Project, say};
use crate::{compress, fingerprint, shell_size, toolbox};

/// Builds into `dist` unless it is up to date; says where it is, absolute.
pub fn build(project: &Project, dist: &Path, public_url: &str) -> Result<PathBuf> {
    let dist = project.root.join(dist);
    let options = ["site", public_url];
    let sources = fingerprint::sources(&project.root, &project.target, &dist, &options)?;
    let stamp = fingerprint::Stamp::new(&project.target, &dist);
    if stamp.holds(sources, &dist)? {
        say(format_args!("site: {} is up to date", dist.display()));
        return Ok(dist);
    }
    let started = Instant::now();
    let tools = toolbox::ensure(project)?;
    say("crates of the site");
    fetch(project)?;
    say(format_args!("site: building into {}", dist.display()));
    let flags = Project::remap_flag().unwrap_or_default();
    // trunk builds its programs one after the other, and the last minute of each keeps one processor only. Side by side here; trunk then
    // finds them done.
    project
        .cargo(["build", "--package", "web", "--bin", "site", "--bin", "studio"])
        .args(["--profile", "site", "--target", "wasm32-unknown-unknown"])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", &flags)
        .run()?;
    tools
        .command(project, "trunk")
        .args([
            "build",
            "--release",
            "--cargo-profile",
            "site",
            "--offline",
            "--public-url",
            public_url,
            "--dist",
        ])
        .args([&dist])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags)
        // Its own errors say all; the backtraces are for those who mend trunk.
        .env("RUST_BACKTRACE", "0")
        // trunk wants "true" where the rest of the world writes "1".
        .env_remove("NO_COLOR")
        .run()?;
    let _ = fs::remove_file(dist.join(".trunk-lock"));
    for page in ["index.html", "404.html"] {
        let path = dist.join(page);
        let text =
            fs::read_to_string(&path).with_context(|| format!("trunk did not write {}", path.display()))?;
        ensure!(
            !text.contains("{{ app }}"),
            "{} was not prerendered: see the hook in Trunk.toml",
            path.display()
        );
    }
    say("site: compressing");
    let weights = compress::directory(&dist)?;
    eprint!("{}", shell_size::check(&dist, public_url, &weights)?);
    stamp.set(sources, &dist)?;
    say(format_args!("site: built in {} s", started.elapsed().as_secs()));
    Ok(dist)
}

/// Gets the crates ahead of the build, which is offline: trunk would else try to download its own tools.
fn fetch(project: &Project) -> Result<()> {
    let mut task = project.cargo(["fetch", "--target", "wasm32-unknown-unknown"]);
    let host = project.task("rustc").args(["--version", "--verbose"]).output();
    if let Some(host) =
        host.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("host: ")))
    {
        task = task.args(["--target", host]);
    }
    task.run()
}

/// Parses `--public-url`: a path from the host's root; slashes at its ends may be left out.
pub fn public_url(text: &str) -> Result<String, String> {
    let inner = text.trim_matches('/');
    let plain = inner.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b));
    if !plain || inner.contains("//") || inner.split('/').any(|part| part == "." || part == "..") {
        return Err("expected a path such as / or /tcp-lab/, of letters, digits and / - _ . ~".into());
    }
    Ok(if inner.is_empty() { "/".into() } else { format!("/{inner}/") })
}

#[cfg(test)]
mod tests {
    use super::public_url;

    #[test]
    fn a_public_url_is_a_path_with_a_slash_at_both_ends() {
        assert_eq!(public_url("/").as_deref(), Ok("/"));
        assert_eq!(public_url("tcp-lab").as_deref(), Ok("/tcp-lab/"));
        assert_eq!(public_url("/a/b/").as_deref(), Ok("/a/b/"));
        for bad in ["https://example.org/", "/a b/", "/../", "./", "/a//b/"] {
            assert!(public_url(bad).is_err(), "{bad:?} was taken");
        }
    }
}
