//! Weighs what a browser must load before a page works: the page, and every style sheet, script, wasm module and font
//! that the page or its style sheet names.
//!
//! Reads the built files, so nothing can be forgotten that a page really loads. What a page loads later, when somebody asks
//! for it, is not counted.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::compress::Weight;

/// The most that a first load may weigh, brotli-compressed, in octets.
const LIMIT: u64 = 350_000;

/// A table of all files, and an error if the heaviest page's first load is over the limit.
pub fn check(site: &Path, public_url: &str, weights: &[Weight]) -> Result<String> {
    let mut heaviest: Option<(u64, &Path, BTreeSet<PathBuf>)> = None;
    for page in weights.iter().map(|weight| weight.path.as_path()).filter(|path| extension(path) == "html") {
        let files = first_load(site, public_url, page, weights)?;
        let sum =
            weights.iter().filter(|weight| files.contains(&weight.path)).map(|weight| weight.brotli).sum();
        if heaviest.as_ref().is_none_or(|(most, ..)| sum > *most) {
            heaviest = Some((sum, page, files));
        }
    }
    let (sum, page, files) = heaviest.with_context(|| format!("{} has no page", site.display()))?;
    for kind in ["css", "js", "wasm", "woff2"] {
        let found = files.iter().any(|file| extension(file) == kind);
        ensure!(found, "{} loads no {kind} file: has index.html lost it?", page.display());
    }
    let table = table(weights, &files, page, sum);
    ensure!(sum <= LIMIT, "{table}The first load is {} octets too heavy", sum - LIMIT);
    Ok(table)
}

fn table(weights: &[Weight], files: &BTreeSet<PathBuf>, page: &Path, sum: u64) -> String {
    let mut table = format!(
        "{:>10} {:>10} {:>10}  file (* = first load of {})\n",
        "plain",
        "gzip",
        "brotli",
        page.display()
    );
    for weight in weights {
        let mark = if files.contains(&weight.path) { '*' } else { ' ' };
        let Weight { path, plain, gzip, brotli } = weight;
        writeln!(table, "{plain:>10} {gzip:>10} {brotli:>10} {mark}{}", path.display())
            .expect("a String takes all");
    }
    writeln!(table, "First load, brotli: {sum} octets of {LIMIT} ({} %)", sum * 100 / LIMIT)
        .expect("a String takes all");
    table
}

/// The page itself and what it and its style sheets name, as far as those are files of the site.
fn first_load(site: &Path, public_url: &str, page: &Path, weights: &[Weight]) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::from([page.to_owned()]);
    let text = read(site, page)?;
    let mut named: Vec<&str> = values(&text, "src=").chain(values(&text, "href=")).collect();
    let sheets: Vec<PathBuf> = named
        .iter()
        .filter_map(|name| inside(public_url, name))
        .filter(|path| extension(path) == "css")
        .collect();
    let sheet_texts = sheets.iter().map(|sheet| read(site, sheet)).collect::<Result<Vec<_>>>()?;
    // Fonts that a page does not preload come only when a glyph asks for them; a sheet's own imports come always.
    named.extend(sheet_texts.iter().flat_map(|text| values(text, "@import ")));
    for path in named.iter().filter_map(|name| inside(public_url, name)) {
        let loaded = extension(&path) != "html" && weights.iter().any(|weight| weight.path == path);
        if loaded {
            files.insert(path);
        }
    }
    Ok(files)
}

fn read(site: &Path, path: &Path) -> Result<String> {
    let path = site.join(path);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// The path inside the site that an address names, if it does.
fn inside(public_url: &str, address: &str) -> Option<PathBuf> {
    let path = address.strip_prefix(public_url)?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    (!path.is_empty() && !path.ends_with('/')).then(|| path.into())
}

/// Every value after `key`, quoted or, as minified HTML has it, bare.
fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(key).skip(1).filter_map(|rest| {
        let mut characters = rest.chars();
        match characters.next()? {
            quote @ ('"' | '\'') => characters.as_str().split(quote).next(),
            _ => rest.split([' ', '>', ';', '\n']).next(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<link rel=stylesheet href=/b/s.css><link rel=preload href='/b/f/x.woff2'>\
                        <script src=\"/b/a.js?1\"></script><link href=/b/m.wasm><a href=/b/live/>\
                        <a href=https://example.org/b/a.js>";

    fn weigh(site: &Path, wasm: u64) -> Result<String> {
        let weight = |path: &str, brotli| Weight { path: path.into(), plain: 9, gzip: 9, brotli };
        let later = weight("later.js", 10_000_000);
        let files =
            [weight("index.html", 1), weight("s.css", 10), weight("a.js", 100), weight("f/x.woff2", 1000)];
        let weights: Vec<_> = files.into_iter().chain([weight("m.wasm", wasm), later]).collect();
        check(site, "/b/", &weights)
    }

    #[test]
    fn the_first_load_is_what_the_page_names_and_no_more() {
        let site = std::env::temp_dir().join(format!("tcp-lab-size-{}", std::process::id()));
        fs::create_dir_all(&site).expect("the temporary directory is writable");
        fs::write(site.join("s.css"), "body{}").expect("the temporary directory is writable");
        fs::write(site.join("index.html"), PAGE).expect("the temporary directory is writable");
        let table = weigh(&site, 10_000).expect("it is light enough");
        assert!(table.contains("brotli: 11111 octets of 350000 (3 %)"), "{table}");
        let error = weigh(&site, 350_000).expect_err("it is too heavy").to_string();
        assert!(error.contains("1111 octets too heavy"), "{error}");
        fs::write(site.join("index.html"), PAGE.replace("m.wasm", "gone"))
            .expect("the temporary directory is writable");
        let error = weigh(&site, 1).expect_err("a page without wasm is a mistake").to_string();
        assert!(error.contains("no wasm file"), "{error}");
        let _ = fs::remove_dir_all(site);
    }
}
