//! The page "Lab" in browsers that cannot switch stacks, on the bridge and on a plain web host, which sends no headers of its own.

use super::bridge::Bridge;
use super::browser::{Kind, in_a};
use super::lab::{ENDED, open, printed, run};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

/// A web host that knows nothing but files.
struct Host {
    port: u16,
}

impl Host {
    /// Serves the site, but for one file. It ends with the tests.
    fn start(missing: &'static str) -> Host {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let site: PathBuf = super::told("TCP_LAB_SITE");
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let site = site.clone();
                std::thread::spawn(move || answer(stream, &site, missing));
            }
        });
        Host { port }
    }

    fn page(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// One request, one answer.
fn answer(mut stream: TcpStream, site: &std::path::Path, missing: &str) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
    let path = first.split(' ').nth(1)?.trim_start_matches('/').split(['?', '#']).next()?.to_owned();
    let path = if path.is_empty() || path.ends_with('/') { path + "index.html" } else { path };
    let kind = match path.rsplit('.').next()? {
        "html" => "text/html",
        "js" | "mjs" => "text/javascript",
        "css" => "text/css",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let content = std::fs::read(site.join(&path)).ok().filter(|_| path != missing);
    let status = if content.is_some() { "200 OK" } else { "404 Not Found" };
    let content = content.unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&content).ok()
}

const REGISTERED: &str = "return navigator.serviceWorker.getRegistrations().then((all) => all.length);";

#[test]
#[ignore = "needs the site, the bridge and browsers: cargo xtask test e2e"]
fn a_program_that_starts_a_thread_is_told_that_it_cannot() {
    let program = "import threading\nprint('alone')\nthreading.Thread(target=print).start()\n";
    let bridge = Bridge::start(&[]);
    in_a(Kind::FirefoxWithoutStacks, 1280, |browser| async move {
        open(&browser, &bridge, &[("client", program, 0)]).await;
        browser.until_said("In this browser each program has one thread").await;
        run(&browser, ENDED).await;
        let printed = printed(&browser).await;
        assert!(
            printed[0].starts_with("alone\n") && printed[0].contains("RuntimeError: can't start new thread"),
            "{printed:?}"
        );
    });
}

#[test]
#[ignore = "needs the site, the bridge and browsers: cargo xtask test e2e"]
fn on_a_host_without_headers_the_service_worker_sends_them() {
    let host = Host::start("");
    in_a(Kind::FirefoxWithoutStacks, 1280, |browser| async move {
        browser.open(&host.page("/scenarios/")).await;
        assert_eq!(browser.ask(REGISTERED).await, 0, "it is not there where it is not needed");
        browser.open(&host.page("/lab/")).await;
        browser.until("the page is loaded once more", "crossOriginIsolated").await;
        browser.until_said("In this browser each program has one thread").await;
        run(&browser, ENDED).await;
        assert!(printed(&browser).await[0].ends_with("received b'Hello, TCP'\n"));
        browser.open(&host.page("/scenarios/")).await;
        browser.until_alive().await;
        assert_eq!(browser.ask("return crossOriginIsolated;").await, false, "other pages are left alone");
    });
}

#[test]
#[ignore = "needs the site, the bridge and browsers: cargo xtask test e2e"]
fn where_nothing_helps_the_page_says_what_works() {
    let host = Host::start("isolate.js");
    in_a(Kind::FirefoxWithoutStacks, 1280, |browser| async move {
        browser.open(&host.page("/lab/")).await;
        browser.until_said("Python cannot run here in this browser").await;
        browser
            .until("the editors are there all the same", "document.querySelector('.program .cm-content')")
            .await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and browsers: cargo xtask test e2e"]
fn a_browser_that_switches_stacks_needs_no_service_worker() {
    let host = Host::start("");
    in_a(Kind::Chromium, 1280, |browser| async move {
        browser.open(&host.page("/lab/")).await;
        browser.until("the editors are there", "document.querySelector('.program .cm-content')").await;
        assert_eq!(browser.ask(REGISTERED).await, 0);
        assert_eq!(browser.ask("return crossOriginIsolated;").await, false);
    });
}
