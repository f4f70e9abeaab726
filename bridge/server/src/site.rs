//! The static site: from the archive inside this program, or from a directory. Knows files, not who asks for them.
//!
//! Only paths that were found by walking the directory exist, so no spelling of a path leads out of it.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_NONE_MATCH, LOCATION, VARY,
};
use hyper::{Method, Response, StatusCode};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

mod archive {
    include!(concat!(env!("OUT_DIR"), "/archive.rs"));
}

/// What is sent.
pub type Body = Full<Bytes>;

/// Encodings of which a file may lie beside the plain one, best first: ending, name.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gz", "gzip")];

#[derive(Clone, Debug)]
struct File {
    content: Bytes,
    etag: HeaderValue,
}

impl File {
    fn new(content: Bytes) -> File {
        // SipHash with fixed keys: the same content has the same tag in every run.
        let mut hasher = DefaultHasher::new();
        hasher.write(&content);
        let etag = format!("\"{:x}-{:016x}\"", content.len(), hasher.finish());
        File {
            content,
            etag: HeaderValue::try_from(etag).expect("hex digits and quotes are a header's value"),
        }
    }
}

#[derive(Debug)]
struct OnDisk {
    path: PathBuf,
    seen: Option<(SystemTime, u64, File)>,
}

#[derive(Debug)]
enum Source {
    Archive(BTreeMap<&'static str, File>),
    Directory { root: PathBuf, files: RefCell<BTreeMap<String, OnDisk>> },
}

/// A site.
#[derive(Debug)]
pub struct Site(Source);

impl Site {
    /// The site inside this program; it may have none.
    pub fn embedded() -> Site {
        let files =
            archive::FILES.iter().map(|(path, content)| (*path, File::new(Bytes::from_static(content))));
        Site(Source::Archive(files.collect()))
    }

    /// The site in a directory. Files that change, come or go later are noticed.
    ///
    /// # Errors
    /// The directory cannot be read, or has no index.html.
    pub fn directory(root: &Path) -> io::Result<Site> {
        let root = root.canonicalize()?;
        let files = walk(&root)?;
        if !files.contains_key("index.html") {
            return Err(io::Error::new(io::ErrorKind::NotFound, "there is no index.html in it"));
        }
        Ok(Site(Source::Directory { root, files: RefCell::new(files) }))
    }

    /// Whether there is any page.
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Source::Archive(files) if files.is_empty())
    }

    /// The page to open: the one that drives sockets, where the site has it, else its first.
    pub fn entrance(&self) -> &'static str {
        if self.file("live/index.html").is_some() { "/live/" } else { "/" }
    }

    fn file(&self, path: &str) -> Option<File> {
        match &self.0 {
            Source::Archive(files) => files.get(path).cloned(),
            Source::Directory { files, .. } => files.borrow_mut().get_mut(path).and_then(OnDisk::read),
        }
    }

    /// As `file`, and if it is not there, looks whether the site was built again a moment ago.
    fn file_or_new(&self, path: &str) -> Option<File> {
        let known = self.file(path);
        if known.is_none()
            && let Source::Directory { root, files } = &self.0
        {
            let mut old = files.replace(walk(root).ok()?);
            for (path, file) in files.borrow_mut().iter_mut() {
                file.seen = old.remove(path).and_then(|old| old.seen);
            }
            return self.file(path);
        }
        known
    }

    /// Answers a request for a file.
    pub fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response<Body> {
        if method != Method::GET && method != Method::HEAD {
            let mut response =
                text(StatusCode::METHOD_NOT_ALLOWED, "Here is nothing but pages to read: GET or HEAD.\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let mut response = if self.is_empty() {
            page(StatusCode::OK, WITHOUT_SITE)
        } else {
            match decode(path) {
                None => text(StatusCode::BAD_REQUEST, "This is not a path.\n"),
                Some(path) => self.find(&path, headers),
            }
        };
        if method == Method::HEAD {
            let length = hyper::body::Body::size_hint(response.body()).exact();
            *response.body_mut() = Full::default();
            if let Some(length) = length {
                response.headers_mut().insert(hyper::header::CONTENT_LENGTH, length.into());
            }
        }
        response
    }

    fn find(&self, path: &str, headers: &HeaderMap) -> Response<Body> {
        if let Some(directory) = path.strip_suffix('/').or(path.is_empty().then_some("")) {
            let index = if directory.is_empty() {
                "index.html".to_owned()
            } else {
                format!("{directory}/index.html")
            };
            if let Some(response) = self.send(&index, headers, StatusCode::OK) {
                return response;
            }
        } else if let Some(response) = self.send(path, headers, StatusCode::OK) {
            return response;
        } else if self.file_or_new(&format!("{path}/index.html")).is_some()
            && let Ok(location) = HeaderValue::try_from(format!("/{path}/"))
        {
            let mut response =
                text(StatusCode::PERMANENT_REDIRECT, "This page's address ends with a slash.\n");
            response.headers_mut().insert(LOCATION, location);
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            return response;
        }
        self.send("404.html", headers, StatusCode::NOT_FOUND)
            .unwrap_or_else(|| text(StatusCode::NOT_FOUND, "There is no such page.\n"))
    }

    fn send(&self, path: &str, headers: &HeaderMap, status: StatusCode) -> Option<Response<Body>> {
        let plain = self.file_or_new(path)?;
        let packed = ENCODINGS
            .into_iter()
            .filter(|(_, name)| accepts(headers, name))
            .find_map(|(ending, name)| Some((self.file(&format!("{path}.{ending}"))?, name)));
        let (file, encoding) = packed.map_or((plain, None), |(file, name)| (file, Some(name)));
        let unchanged = status == StatusCode::OK
            && headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|tags| {
                tags.split(',').map(str::trim).any(|tag| {
                    tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == file.etag.as_bytes()
                })
            });
        let mut response = if unchanged {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            let mut response = Response::new(Full::new(file.content));
            *response.status_mut() = status;
            response.headers_mut().insert(CONTENT_TYPE, media_type(path));
            if let Some(encoding) = encoding {
                response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            response
        };
        let caching = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let fields = response.headers_mut();
        fields.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        fields.insert(VARY, HeaderValue::from_static("accept-encoding"));
        fields.insert(ETAG, file.etag);
        Some(response)
    }
}

impl OnDisk {
    fn read(&mut self) -> Option<File> {
        let metadata = fs::metadata(&self.path).ok()?;
        let (changed, length) = (metadata.modified().ok()?, metadata.len());
        if let Some((at, octets, file)) = &self.seen
            && (*at, *octets) == (changed, length)
        {
            return Some(file.clone());
        }
        let file = File::new(fs::read(&self.path).ok()?.into());
        self.seen = Some((changed, length, file.clone()));
        Some(file)
    }
}

/// Every file below `root` by its path with slashes. A link that leads out of `root` is left out.
fn walk(root: &Path) -> io::Result<BTreeMap<String, OnDisk>> {
    let mut files = BTreeMap::new();
    let mut directories = vec![(root.to_owned(), String::new(), 0)];
    while let Some((directory, prefix, depth)) = directories.pop() {
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(path) = entry.path().canonicalize() else { continue };
            if !path.starts_with(root) {
                tracing::warn!(
                    "{} leads out of the site's directory and is not served",
                    entry.path().display()
                );
                continue;
            }
            let key = format!("{prefix}{name}");
            if path.is_dir() && depth < 16 {
                directories.push((path, format!("{key}/"), depth + 1));
            } else if path.is_file() {
                files.insert(key, OnDisk { path, seen: None });
            }
        }
    }
    Ok(files)
}

/// The path without its leading slash, percent-decoded; `None` for what no file of a site is called.
fn decode(path: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(path.len());
    let mut rest = path.strip_prefix('/')?.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    let path = String::from_utf8(octets).ok()?;
    let odd = path.contains(['\0', '\\'])
        || path.split('/').any(|part| part == ".." || part == ".")
        || path.contains("//");
    (!odd && !path.starts_with('/')).then_some(path)
}

/// Whether a client takes an encoding (RFC 9110, 12.5.3); `*` is not taken for it.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let mut parts = item.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
            let refused = parts.any(|part| {
                part.strip_prefix("q=")
                    .is_some_and(|weight| weight.parse::<f32>().is_ok_and(|weight| weight == 0.0))
            });
            named && !refused
        })
}

/// Whether the name holds trunk's hash of the content: up to 16 hex digits (it drops leading zeros) after a hyphen
/// and before the ending (`_bg` in between for wasm).
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let hash = stem.rsplit('-').next().unwrap_or_default();
    (12..=16).contains(&hash.len())
        && hash.len() < stem.len()
        && hash.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'))
}

fn media_type(path: &str) -> HeaderValue {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    let textual = guess.type_() == mime_guess::mime::TEXT
        || matches!(
            guess.essence_str(),
            "application/javascript" | "application/json" | "image/svg+xml" | "application/xml"
        );
    let value = if textual {
        format!("{}; charset=utf-8", guess.essence_str())
    } else {
        guess.essence_str().to_owned()
    };
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

/// A short answer in plain text.
pub fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn page(status: StatusCode, html: &'static str) -> Response<Body> {
    let mut response = text(status, html);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

const WITHOUT_SITE: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>TCP Lab's bridge</title>
<h1>The bridge runs, but it was built without the site</h1>
<p>In the source of TCP Lab, <code>cargo xtask serve</code> builds the site and starts the bridge with it.
<p>A site that was built already can be named: <code>bridge --site DIR</code>, where DIR holds its <code>index.html</code>.
</html>
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once_and_strictly() {
        assert_eq!(decode("/"), Some(String::new()));
        assert_eq!(decode("/a%20b/c.js"), Some("a b/c.js".into()));
        for wrong in [
            "",
            "x",
            "/../a",
            "/a/../b",
            "/%2e%2e/a",
            "/a\\b",
            "/a%5cb",
            "/%00",
            "/%",
            "/%4",
            "/%zz",
            "//etc/passwd",
            "/a//b",
            "/%ff",
            "/./a",
        ] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn trunks_hashes_are_known() {
        for hashed in
            ["site-0123456789abcdef.js", "site-db4504a5e279306_bg.wasm", "a/style-0123456789abcdef.css"]
        {
            assert!(is_hashed(hashed), "{hashed}");
        }
        for plain in
            ["index.html", "0123456789abcdef.js", "site-0123456789a.js", "fonts/source-sans-3-latin.woff2"]
        {
            assert!(!is_hashed(plain), "{plain}");
        }
    }

    #[test]
    fn encodings_are_read_as_the_rfc_says() {
        let accepted = |value: &'static str| {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            (accepts(&headers, "br"), accepts(&headers, "gzip"))
        };
        assert_eq!(accepted("gzip, deflate, br;q=0.5"), (true, true));
        assert_eq!(accepted("br;q=0, GZIP"), (false, true));
        assert_eq!(accepted("identity"), (false, false));
    }
}
