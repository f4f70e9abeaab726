//! The site's shell as the bridge serves it: readable before and without the wasm, whole after it.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::bridge::Bridge;
use super::browser::in_browser;

/// A plain GET, as a reader without JavaScript makes it: status line, headers, body.
fn get(bridge: &Bridge, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", bridge.port)).expect("the bridge listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", bridge.port)
        .expect("the bridge reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the bridge answers and closes");
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    (head.to_owned(), body.to_owned())
}

/// One of each kind.
pub const PAGES: [&str; 14] = [
    "/",
    "/scenarios/",
    "/scenarios/handshake/",
    "/lab/",
    "/exercises/read-a-line/",
    "/sandbox/",
    "/captures/",
    "/live/",
    "/learn/",
    "/learn/start/",
    "/learn/done/",
    "/reference/",
    "/search/?q=segment",
    "/no/such/page",
];

#[test]
#[ignore = "needs the site and the bridge: cargo xtask test e2e"]
fn every_page_is_text_before_the_wasm_comes() {
    let bridge = Bridge::start(&[]);
    for (path, title, said) in [
        ("/", "TCP Lab", "TCP"),
        ("/scenarios/", "Scenarios", "handshake"),
        ("/scenarios/handshake/", "handshake", "SYN"),
        ("/lab/", "Lab", "Python"),
        ("/exercises/read-a-line/", "Read until the line ends", "stream"),
        ("/sandbox/", "Sandbox", "packetdrill"),
        ("/captures/", "capture", "pcapng"),
        ("/live/", "Live sockets", "socket API"),
        ("/learn/", "The course", "What you will be able to do"),
        ("/learn/start/", "Start here", "The solution, and why"),
        ("/learn/done/", "What you have learned", "stands in your own browser"),
        ("/reference/", "Reference", "connect"),
        ("/reference/calls/", "Socket calls", "id=\"connect\""),
        ("/search/", "Search", "needs JavaScript"),
    ] {
        let (head, body) = get(&bridge, path);
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        let shown = body.split_once("<body").expect("a page has a body").1;
        assert!(shown.contains("<h1") && shown.contains(said), "{path} has no text of its own");
        assert!(body.contains(title), "{path} is not called {title}");
        assert!(body.contains("<noscript"), "{path} does not say what needs JavaScript");
    }
}

#[test]
#[ignore = "needs the site and the bridge: cargo xtask test e2e"]
fn an_unknown_page_is_a_404_with_a_way_back() {
    let bridge = Bridge::start(&[]);
    let (head, body) = get(&bridge, "/no/such/page");
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    assert!(body.contains("<h1") && body.contains("href=\"/\""), "{body}");
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn the_wasm_takes_over_every_page_without_a_complaint() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        for path in PAGES {
            browser.open(&bridge.page(path)).await;
            browser.until_alive().await;
            browser.until("there is one heading", "document.querySelectorAll('h1').length === 1").await;
            browser.until("nothing sticks out", "document.documentElement.scrollWidth <= innerWidth").await;
        }
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn nothing_sticks_out_on_a_phone_and_the_token_leaves_the_address_bar() {
    let bridge = Bridge::start(&[]);
    in_browser(500, |browser| async move {
        browser.open(&bridge.page("/live/")).await;
        browser.until("the token is gone from the address", "location.hash === ''").await;
        browser.until("nothing sticks out", "document.documentElement.scrollWidth <= innerWidth").await;
    });
}
