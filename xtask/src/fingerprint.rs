//! Tells whether the site on disk is the one that today's sources would give.
//!
//! The stamp holds two digests, one of everything the site is built from and one of the site itself, so that a directory
//! overwritten by a bare `trunk build`, or by another base path, counts as stale. Not a defence against anybody: a 64-bit
//! hash, compared only with our own earlier one.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::{DirEntry, WalkDir};

/// What the site is *not* built from, relative to the root. Whatever is not named here counts as a source: a rebuild too
/// many costs half a minute, one too few costs an evening.
const NOT_SOURCES: &[&str] =
    &["target", "dist", "node_modules", "tests", "bridge/server", "bridge/PROTOCOL.md", "docs", "README.md"];

/// Remembers for which sources and which files the last build was.
pub struct Stamp {
    path: PathBuf,
}

impl Stamp {
    /// The stamp of one output directory.
    pub fn new(target: &Path, dist: &Path) -> Stamp {
        let mut hasher = DefaultHasher::new();
        hasher.write(dist.as_os_str().as_encoded_bytes());
        Stamp { path: target.join("xtask").join(format!("site-{:016x}", hasher.finish())) }
    }

    /// Whether `dist` is what these sources give.
    pub fn holds(&self, sources: u64, dist: &Path) -> Result<bool> {
        match fs::read_to_string(&self.path) {
            Ok(stamped) if dist.is_dir() => Ok(stamped == self.text(sources, dist)?),
            _ => Ok(false),
        }
    }

    /// Records that `dist` was just built from these sources.
    pub fn set(&self, sources: u64, dist: &Path) -> Result<()> {
        let parent = self.path.parent().expect("the path was made by joining");
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        fs::write(&self.path, self.text(sources, dist)?)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn text(&self, sources: u64, dist: &Path) -> Result<String> {
        Ok(format!("{sources:016x} {:016x}\n", digest(dist, |_| true)?))
    }
}

/// A digest of every source under the root, and of the options of the build.
pub fn sources(root: &Path, target: &Path, dist: &Path, options: &[&str]) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for option in options {
        part(&mut hasher, option.as_bytes());
    }
    hasher.write_u64(digest(root, |entry| {
        let path = entry.path();
        let relative = path.strip_prefix(root).unwrap_or(path);
        // Hidden: .git, .ci, editors' files; but .cargo configures the build.
        let hidden =
            entry.file_name().as_encoded_bytes().starts_with(b".") && relative != Path::new(".cargo");
        let named = NOT_SOURCES.iter().any(|name| relative == Path::new(name));
        entry.depth() == 0 || !(hidden || named || path == target || path == dist)
    })?);
    Ok(hasher.finish())
}

/// A digest of the names and contents of a directory's files, in order of their names.
fn digest(directory: &Path, keep: impl Fn(&DirEntry) -> bool) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for entry in WalkDir::new(directory).sort_by_file_name().into_iter().filter_entry(keep) {
        let entry = entry.with_context(|| format!("cannot list {}", directory.display()))?;
        if entry.file_type().is_file() {
            let relative = entry.path().strip_prefix(directory).unwrap_or(entry.path());
            part(&mut hasher, relative.as_os_str().as_encoded_bytes());
            let bytes =
                fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
            part(&mut hasher, &bytes);
        }
    }
    Ok(hasher.finish())
}

/// With its length ahead, so that two parts never look like two others.
fn part(hasher: &mut DefaultHasher, bytes: &[u8]) {
    hasher.write_usize(bytes.len());
    hasher.write(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of its own for one test, under the build directory.
    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tcp-lab-fingerprint-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        for directory in ["web/src", "dist", "tests", ".git"] {
            fs::create_dir_all(path.join(directory)).expect("the temporary directory is writable");
        }
        fs::write(path.join("web/src/lib.rs"), "1").expect("the temporary directory is writable");
        path
    }

    fn digest_of(root: &Path, options: &[&str]) -> u64 {
        sources(root, &root.join("target"), &root.join("dist"), options).expect("the directory is readable")
    }

    #[test]
    fn a_source_or_an_option_changes_it_and_nothing_else_does() {
        let root = scratch("sources");
        let before = digest_of(&root, &["/"]);
        for ignored in ["dist/index.html", "tests/main.rs", ".git/HEAD", "README.md"] {
            fs::write(root.join(ignored), "x").expect("the temporary directory is writable");
        }
        assert_eq!(digest_of(&root, &["/"]), before);
        assert_ne!(digest_of(&root, &["/base/"]), before);
        fs::write(root.join("web/src/lib.rs"), "2").expect("the temporary directory is writable");
        assert_ne!(digest_of(&root, &["/"]), before);
        let _ = fs::remove_dir_all(root);
    }

    #[test]
    fn a_site_that_was_touched_no_longer_holds() {
        let root = scratch("stamp");
        let dist = root.join("dist");
        fs::write(dist.join("index.html"), "built").expect("the temporary directory is writable");
        let stamp = Stamp::new(&root.join("target"), &dist);
        assert!(!stamp.holds(1, &dist).expect("readable"));
        stamp.set(1, &dist).expect("writable");
        assert!(stamp.holds(1, &dist).expect("readable"));
        assert!(!stamp.holds(2, &dist).expect("readable"));
        fs::write(dist.join("index.html"), "overwritten").expect("the temporary directory is writable");
        assert!(!stamp.holds(1, &dist).expect("readable"));
        let _ = fs::remove_dir_all(root);
    }
}
