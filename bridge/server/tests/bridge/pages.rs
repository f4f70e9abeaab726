//! The site over HTTP: media types, encodings, caching, errors.

use crate::client::*;

const HASHED: &str = "app-0123456789abcdef.js";

fn site(name: &str) -> (Place, Bridge) {
    let place = Place::new(name);
    place.write("index.html", "<p>first");
    place.write("live/index.html", "<p>live");
    place.write("404.html", "<p>nothing here");
    place.write(HASHED, "plain");
    place.write(&format!("{HASHED}.br"), "brotli");
    place.write(&format!("{HASHED}.gz"), "gzip");
    place.write("app-0123456789abcdef_bg.wasm", "\0asm");
    place.write("font.woff2", "font");
    let bridge = Bridge::start(&["--site", place.path("").to_str().expect("UTF-8")]);
    (place, bridge)
}

fn asking(bridge: &Bridge, path: &str, name: &str, value: &str) -> Answer {
    bridge.ask(&Head::get(path).with("Host", &format!("127.0.0.1:{}", bridge.port)).with(name, value))
}

#[test]
fn files_have_their_types_and_routes_their_pages() {
    let (_place, bridge) = site("types");
    let kind = |path: &str| bridge.get(path).field("content-type").map(str::to_owned);
    assert_eq!(kind("/").as_deref(), Some("text/html; charset=utf-8"));
    assert_eq!(kind("/app-0123456789abcdef_bg.wasm").as_deref(), Some("application/wasm"));
    assert_eq!(kind(&format!("/{HASHED}")).as_deref(), Some("text/javascript; charset=utf-8"));
    assert_eq!(kind("/font.woff2").as_deref(), Some("font/woff2"));
    assert_eq!(bridge.get("/live/").text(), "<p>live");
    assert_eq!(bridge.get("/live/?a=b").text(), "<p>live");
    let answer = bridge.get("/live");
    assert_eq!((answer.status, answer.field("location")), (308, Some("/live/")));
    let answer = bridge.get("/nowhere/at/all");
    assert_eq!((answer.status, answer.text().as_str()), (404, "<p>nothing here"));
}

#[test]
fn the_best_encoding_is_sent_and_tagged() {
    let (_place, bridge) = site("encodings");
    let path = format!("/{HASHED}");
    for (accepted, encoding, body) in [
        ("gzip, deflate, br", Some("br"), "brotli"),
        ("gzip", Some("gzip"), "gzip"),
        ("identity", None, "plain"),
    ] {
        let answer = asking(&bridge, &path, "Accept-Encoding", accepted);
        assert_eq!((answer.field("content-encoding"), answer.text().as_str()), (encoding, body));
        assert_eq!(answer.field("vary"), Some("accept-encoding"));
        assert_eq!(answer.field("content-type"), Some("text/javascript; charset=utf-8"));
    }
    let plain = bridge.get(&path);
    let tag = plain.field("etag").expect("there is one").to_owned();
    let again = asking(&bridge, &path, "If-None-Match", &format!("\"other\", {tag}"));
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(asking(&bridge, &path, "If-None-Match", "\"other\"").status, 200);
    assert_ne!(asking(&bridge, &path, "Accept-Encoding", "br").field("etag"), Some(tag.as_str()));
}

#[test]
fn only_hashed_names_are_kept_for_ever() {
    let (_place, bridge) = site("caching");
    let caching = |path: &str| bridge.get(path).field("cache-control").map(str::to_owned);
    assert_eq!(caching(&format!("/{HASHED}")).as_deref(), Some("public, max-age=31536000, immutable"));
    assert_eq!(
        caching("/app-0123456789abcdef_bg.wasm").as_deref(),
        Some("public, max-age=31536000, immutable")
    );
    for path in ["/", "/live/", "/font.woff2", "/nowhere"] {
        assert_eq!(caching(path).as_deref(), Some("no-cache"), "{path}");
    }
}

#[test]
fn there_is_nothing_but_reading() {
    let (_place, bridge) = site("methods");
    let host = format!("127.0.0.1:{}", bridge.port);
    let mut head = bridge.connect();
    std::io::Write::write_all(
        &mut head,
        &Head::get("/").line("HEAD / HTTP/1.1").with("Host", &host).with("Connection", "close").octets(),
    )
    .expect("the bridge reads");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut head, &mut answer).expect("text");
    assert!(
        answer.starts_with("HTTP/1.1 200")
            && answer.contains("content-length: 8\r\n")
            && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    let answer =
        bridge.ask(&Head::get("/").line("POST / HTTP/1.1").with("Host", &host).with("Content-Length", "0"));
    assert_eq!((answer.status, answer.field("allow")), (405, Some("GET, HEAD")));
}

#[test]
fn a_rebuilt_site_is_noticed() {
    let (place, bridge) = site("rebuilt");
    assert_eq!(bridge.get("/new.txt").status, 404);
    place.write("new.txt", "new");
    assert_eq!(bridge.get("/new.txt").text(), "new");
    place.write("index.html", "<p>second page");
    assert_eq!(bridge.get("/").text(), "<p>second page");
    std::fs::remove_file(place.path("new.txt")).expect("it is there");
    assert_eq!(bridge.get("/new.txt").status, 404);
}

#[test]
fn without_a_site_the_bridge_says_how_to_get_one() {
    let bridge = Bridge::start(&[]);
    let answer = bridge.get("/");
    if answer.text().contains("built without the site") {
        assert!(answer.text().contains("cargo xtask serve") && answer.text().contains("--site"));
    }
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_bridge"))
        .args(["--site", "/nowhere"])
        .output()
        .expect("it runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("/nowhere") && said.contains("site was built"), "{said}");
}
