//! Compresses a site's files ahead of time, as strongly as it goes: `app.js` gets `app.js.br` and `app.js.gz` beside it.
//!
//! A server sends these instead of compressing at each request. Knows nothing of which file is needed when.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result};
use walkdir::WalkDir;

/// Kinds of file that shrink; the others (woff2, png) are compressed already.
const COMPRESSIBLE: &[&str] =
    &["css", "html", "js", "json", "map", "md", "mjs", "py", "svg", "toml", "txt", "wasm", "xml"];

/// One file of the site and what it weighs, in octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// Path relative to the site's directory.
    pub path: PathBuf,
    /// As it is.
    pub plain: u64,
    /// With gzip, or as it is where that is smaller.
    pub gzip: u64,
    /// With brotli, or as it is where that is smaller.
    pub brotli: u64,
}

/// Writes the compressed twins of every file that shrinks, and weighs all files, in order of their paths.
pub fn directory(site: &Path) -> Result<Vec<Weight>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(site).sort_by_file_name() {
        let entry = entry.with_context(|| format!("cannot list {}", site.display()))?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    let next = AtomicUsize::new(0);
    let weights = Mutex::new(Vec::new());
    let work = || -> Result<()> {
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let weight = file(site, path)?;
            weights.lock().expect("no thread panics while it holds the lock").push(weight);
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker returns its errors"))
    })?;
    let mut weights = weights.into_inner().expect("no thread panics while it holds the lock");
    weights.sort_by(|a: &Weight, b: &Weight| a.path.cmp(&b.path));
    Ok(weights)
}

fn file(site: &Path, path: &Path) -> Result<Weight> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let relative = path.strip_prefix(site).unwrap_or(path).to_owned();
    let plain = bytes.len() as u64;
    let mut weight = Weight { path: relative, plain, gzip: plain, brotli: plain };
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if COMPRESSIBLE.contains(&extension) {
        weight.brotli = twin(path, "br", &bytes, brotli(&bytes)?)?;
        weight.gzip = twin(path, "gz", &bytes, gzip(&bytes)?)?;
    }
    Ok(weight)
}

/// Writes the twin if it is smaller; says how many octets a browser would be sent.
fn twin(path: &Path, extension: &str, plain: &[u8], compressed: Vec<u8>) -> Result<u64> {
    if compressed.len() >= plain.len() {
        return Ok(plain.len() as u64);
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    let twin = PathBuf::from(name);
    fs::write(&twin, &compressed).with_context(|| format!("cannot write {}", twin.display()))?;
    Ok(compressed.len() as u64)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &parameters).context("brotli failed")?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).context("gzip failed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn twins_unpack_to_the_original_and_only_files_that_shrink_get_any() {
        let site = std::env::temp_dir().join(format!("tcp-lab-compress-{}", std::process::id()));
        fs::create_dir_all(site.join("fonts")).expect("the temporary directory is writable");
        let text = "SYN, SYN-ACK, ACK. ".repeat(100);
        for (name, bytes) in [("a.js", text.as_bytes()), ("b.css", b"x"), ("fonts/c.woff2", text.as_bytes())]
        {
            fs::write(site.join(name), bytes).expect("the temporary directory is writable");
        }
        let weights = directory(&site).expect("the site is readable");
        let paths: Vec<_> = weights.iter().map(|weight| weight.path.to_string_lossy().into_owned()).collect();
        assert_eq!(paths, ["a.js", "b.css", "fonts/c.woff2"]);
        assert!(
            weights[0].brotli < weights[0].gzip && weights[0].gzip < weights[0].plain,
            "{:?}",
            weights[0]
        );
        assert_eq!((weights[1].gzip, weights[1].brotli), (1, 1));
        assert_eq!(weights[2].brotli, weights[2].plain);
        assert!(!site.join("b.css.br").exists() && !site.join("fonts/c.woff2.gz").exists());

        let mut unpacked = Vec::new();
        let twin = fs::read(site.join("a.js.br")).expect("it was written");
        brotli::BrotliDecompress(&mut &twin[..], &mut unpacked).expect("it is brotli");
        assert_eq!(unpacked, text.as_bytes());
        let twin = fs::read(site.join("a.js.gz")).expect("it was written");
        let mut unpacked = String::new();
        flate2::read::GzDecoder::new(&twin[..]).read_to_string(&mut unpacked).expect("it is gzip");
        assert_eq!(unpacked, text);
        let _ = fs::remove_dir_all(site);
    }
}
