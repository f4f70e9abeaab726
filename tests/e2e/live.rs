//! The page "Live sockets" on real sockets, with CPython on the other side.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use thirtyfour::Key;

use super::bridge::{Bridge, Client};
use super::browser::{Browser, in_browser};
use super::python::Python;

const NEEDS: &str = "the bridge is connected";
const CONNECTED: &str = "document.querySelector('.connection.open')";

/// The page with its bridge connected.
async fn open(browser: &Browser, bridge: &Bridge) {
    browser.open(&bridge.page("/live/")).await;
    browser.until(NEEDS, CONNECTED).await;
}

fn form(host: &str, call: &str) -> String {
    format!("section.pane[aria-label=\"{host}\"] form[data-call=\"{call}\"]")
}

/// Presses the button of a call.
async fn press(browser: &Browser, host: &str, call: &str) {
    browser.click(&format!("{} button.do", form(host, call))).await;
}

/// Presses the button of a call and gives what the pane then says of it, once it has come back.
async fn call(browser: &Browser, host: &str, call: &str) -> String {
    let count = calls(browser, host).await;
    press(browser, host, call).await;
    back(browser, host, count + 1).await
}

async fn calls(browser: &Browser, host: &str) -> usize {
    let script = format!(
        "return document.querySelectorAll('section.pane[aria-label=\"{host}\"] .transcript li').length;"
    );
    browser.ask(&script).await.as_u64().unwrap_or_default() as usize
}

/// What the pane says of its newest call, once there are `count` and the newest has come back.
async fn back(browser: &Browser, host: &str, count: usize) -> String {
    let all = format!("document.querySelectorAll('section.pane[aria-label=\"{host}\"] .transcript li')");
    browser
        .until(
            &format!("{host}'s call comes back"),
            &format!("{all}.length === {count} && {all}[0].querySelector('.back .took')"),
        )
        .await;
    browser.ask(&format!("return {all}[0].innerText;")).await.as_str().unwrap_or_default().to_owned()
}

async fn choose(browser: &Browser, host: &str, socket: &str) {
    let script = format!(
        "const all = [...document.querySelectorAll('section.pane[aria-label=\"{host}\"] .sockets button')];
         all.find((button) => button.querySelector('code').textContent === '{socket}').click();"
    );
    browser.ask(&script).await;
}

/// The port that the server listens on.
async fn listen(browser: &Browser) -> u16 {
    for each in ["socket", "bind", "listen"] {
        let said = call(browser, "server", each).await;
        assert!(said.contains("done"), "{each}: {said}");
    }
    browser.until_said("LISTEN").await;
    let address = browser.ask("return document.querySelector('section.pane[aria-label=\"server\"] .sockets .address').innerText;").await;
    let port = address.as_str().and_then(|text| text.rsplit(':').next()).and_then(|port| port.parse().ok());
    port.unwrap_or_else(|| panic!("{address} ends in a port"))
}

async fn state(browser: &Browser, state: &str) {
    browser.until(&format!("the state is {state}"), &format!("[...document.querySelectorAll('section.pane[aria-label=\"server\"] .kernel .state')].some((it) => it.textContent === '{state}')")).await;
}

#[test]
#[ignore = "needs the site, the bridge, Chromium and CPython: cargo xtask test e2e"]
fn the_page_listens_and_cpython_connects() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        let port = listen(&browser).await;
        press(&browser, "server", "accept").await;
        browser
            .until("accept waits and can be broken off", "document.querySelector('.transcript li button')")
            .await;

        let mut outside = Python::start(&format!(
            "import socket
s = socket.create_connection(('127.0.0.1', {port}))
print(s.getsockname())
s.sendall(b'from outside\\n')
print(s.recv(1024))
s.shutdown(socket.SHUT_WR)
input()
import struct
t = socket.create_connection(('127.0.0.1', {port}))
t.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
input()
t.close()
print('closed')
"
        ));
        let address = outside.line();
        let said = back(&browser, "server", 4).await;
        assert!(said.contains(&address), "accept shows the peer {address}: {said}");

        let said = call(&browser, "server", "recv").await;
        assert!(said.contains(r"b'from outside\n'"), "{said}");
        browser.fill(&format!("{} .field.long input", form("server", "send")), "from the page").await;
        call(&browser, "server", "send").await;
        assert_eq!(outside.line(), "b'from the page'");

        state(&browser, "CLOSE-WAIT").await;
        let said = call(&browser, "server", "recv").await;
        assert!(said.contains("b''"), "the peer shut its sending direction down: {said}");

        choose(&browser, "server", "server").await;
        outside.tell("connect again");
        let said = call(&browser, "server", "accept").await;
        assert!(said.contains("127.0.0.1"), "{said}");
        outside.tell("close with RST");
        assert_eq!(outside.line(), "closed");
        let said = call(&browser, "server", "recv").await;
        assert!(said.contains("ECONNRESET") && said.contains("104"), "{said}");
    });
}

#[test]
#[ignore = "needs the site, the bridge, Chromium and CPython: cargo xtask test e2e"]
fn the_page_connects_to_a_cpython_server_that_was_allowed() {
    let server = Python::start(
        "import socket
s = socket.create_server(('127.0.0.1', 0))
print(s.getsockname()[1])
conn, peer = s.accept()
print(conn.recv(1024))
conn.sendall(b'from CPython')
conn.close()
",
    );
    let port = server.line();
    let bridge = Bridge::start(&["--allow", &port]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        call(&browser, "client", "socket").await;
        browser.fill(&format!("{} .field.number input", form("client", "connect")), "1").await;
        let said = call(&browser, "client", "connect").await;
        assert!(said.contains("EPOLICY") && said.contains("--allow"), "{said}");
        browser.fill(&format!("{} .field.number input", form("client", "connect")), &port).await;
        let said = call(&browser, "client", "connect").await;
        assert!(said.contains("done"), "{said}");
        call(&browser, "client", "send").await;
        assert!(server.line().starts_with("b'hello"), "the server got what the page sent");
        let said = call(&browser, "client", "recv").await;
        assert!(said.contains("b'from CPython'"), "{said}");
        let said = call(&browser, "client", "recv").await;
        assert!(said.contains("b''"), "{said}");
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn every_preset_plays_to_its_end_in_the_page() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        for preset in lab::presets() {
            open(&browser, &bridge).await;
            let title = json!(preset.title);
            browser
                .ask(&format!(
                    "[...document.querySelectorAll('.presets button')].find((it) => it.textContent === {title}).click();"
                ))
                .await;
            let last = preset.steps.len();
            let deadline = Instant::now() + Duration::from_secs(60);
            loop {
                let now =
                    browser.ask("return document.querySelector('.course .now')?.innerText ?? '';").await;
                let now = now.as_str().unwrap_or_default().to_owned();
                if now.starts_with("That was all") {
                    break;
                }
                assert!(!now.starts_with("Stopped"), "{title}: {now}");
                assert!(Instant::now() < deadline, "{title}: {now}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            browser.until_said(&format!("{last} of {last}")).await;
        }
    });
}

#[test]
#[ignore = "needs the site, the bridge, Chromium and CPython: cargo xtask test e2e"]
fn killing_the_browser_frees_its_ports_at_once() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        // The bridge's own, and the page's WebSocket.
        let before = bridge.sockets();
        let port = listen(&browser).await;
        press(&browser, "server", "accept").await;
        let outside = Python::start(&format!(
            "import socket
s = socket.create_connection(('127.0.0.1', {port}))
print('connected')
try:
    print(s.recv(1))
except ConnectionResetError:
    print(b'')
"
        ));
        assert_eq!(outside.line(), "connected");
        back(&browser, "server", 4).await;
        assert!(bridge.sockets() > before, "the page's sockets are the bridge's");
        let killed = Instant::now();
        browser.kill();
        assert_eq!(outside.line(), "b''", "the peer hears of it");
        // A connection in TIME-WAIT may hold the port for a new bind; what counts is that nobody listens and nothing is open.
        while TcpStream::connect(("127.0.0.1", port)).is_ok() || bridge.sockets() >= before {
            assert!(killed.elapsed() < Duration::from_secs(1), "{} sockets are still open", bridge.sockets());
            std::thread::sleep(Duration::from_millis(5));
        }
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn the_page_notices_when_the_bridge_goes_and_when_it_comes_back() {
    in_browser(1280, |browser| async move {
        let bridge = Bridge::start(&[]);
        let port = bridge.port.to_string();
        open(&browser, &bridge).await;
        listen(&browser).await;
        press(&browser, "server", "accept").await;
        drop(bridge);
        browser.until_said("The bridge has stopped").await;
        browser.until("the waiting call has ended", "document.querySelector('.transcript li .back')").await;
        browser
            .until("what happened stays", "document.querySelectorAll('.transcript li').length === 4")
            .await;

        let started = Instant::now();
        let bridge = Bridge::start(&["--port", &port]);
        browser.until_said("does not know this page's token").await;
        assert!(started.elapsed() < Duration::from_secs(3), "noticed after {:?}", started.elapsed());
        // As when the learner opens the newly printed address in the same tab.
        browser.ask(&format!("location.hash = 'token={}';", bridge.token)).await;
        browser.until(NEEDS, CONNECTED).await;
        browser.forget_complaints().await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_page_too_many_says_so_and_connects_when_there_is_room() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        let mut others: Vec<Client> = (0..4).map(|_| Client::connect(&bridge)).collect();
        browser.open(&bridge.page("/live/")).await;
        browser.until_said("as many pages as it takes").await;
        others.pop();
        browser.until(NEEDS, CONNECTED).await;
        browser.forget_complaints().await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_walk_to_another_page_and_back_loses_nothing() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        let port = listen(&browser).await;
        browser.click("a.brand").await;
        browser.until("this is the first page", "document.querySelector('a.way-in')").await;
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok(), "the socket still listens");
        browser.click("header nav a[href='/live/']").await;
        let said = call(&browser, "server", "accept").await;
        assert!(said.contains("127.0.0.1"), "{said}");
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_preset_asks_before_it_closes_sockets() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        let port = listen(&browser).await;
        browser
            .ask("window.asked = []; window.confirm = (what) => { window.asked.push(what); return false; };")
            .await;
        browser.click(".presets button").await;
        browser
            .until("the page asks", "window.asked.length === 1 && window.asked[0].includes('open socket')")
            .await;
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok(), "no is no: the socket still listens");
        browser.ask("window.confirm = () => true;").await;
        browser.click(".presets button").await;
        browser.until_said("What to look for").await;
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "yes closes it");
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_call_that_makes_no_sense_says_why_and_can_be_tried() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        call(&browser, "server", "socket").await;
        press(&browser, "server", "accept").await;
        browser.until_said("it does not listen yet").await;
        assert_eq!(calls(&browser, "server").await, 1, "the call was not made");
        browser.click(".switch input").await;
        let said = call(&browser, "server", "accept").await;
        assert!(said.contains("EINVAL") && said.contains("22"), "{said}");
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn waiting_is_visible_on_both_sides_and_can_be_broken_off() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        listen(&browser).await;
        call(&browser, "client", "socket").await;
        call(&browser, "client", "connect").await;
        press(&browser, "client", "recv").await;
        call(&browser, "server", "accept").await;
        press(&browser, "server", "recv").await;
        let waiting = "[...document.querySelectorAll('.transcript li button')].filter((it) => it.textContent.includes('Cancel'))";
        browser.until("two calls wait at once", &format!("{waiting}.length === 2")).await;
        browser.ask(&format!("{waiting}[0].click();")).await;
        browser.until_said("EINTR").await;
        browser.until("the other still waits", &format!("{waiting}.length === 1")).await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_connection_is_made_with_the_keyboard_alone() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        for (host, name) in [
            ("server", "socket"),
            ("server", "bind"),
            ("server", "listen"),
            ("client", "socket"),
            ("client", "connect"),
            ("server", "accept"),
        ] {
            let count = calls(&browser, host).await;
            let wanted = json!(format!("{} button.do", form(host, name)));
            browser
                .ask("document.activeElement.blur(); document.querySelector('h1').scrollIntoView();")
                .await;
            let mut steps = 0;
            while browser.ask(&format!("return document.activeElement.matches({wanted});")).await
                != json!(true)
            {
                browser.keys(Key::Tab + "").await;
                steps += 1;
                assert!(steps < 120, "{host}'s {name} is not reached by Tab");
            }
            browser
                .until(
                    "the focus can be seen",
                    "getComputedStyle(document.activeElement).outlineStyle !== 'none'",
                )
                .await;
            browser.keys(Key::Enter + "").await;
            let said = back(&browser, host, count + 1).await;
            assert!(!said.contains("Error"), "{name}: {said}");
        }
        state(&browser, "ESTABLISHED").await;
    });
}

#[test]
#[ignore = "needs the site, the bridge, Chromium and CPython: cargo xtask test e2e"]
fn the_session_copied_as_python_runs() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        listen(&browser).await;
        press(&browser, "server", "accept").await;
        call(&browser, "client", "socket").await;
        call(&browser, "client", "connect").await;
        call(&browser, "client", "send").await;
        back(&browser, "server", 4).await;
        call(&browser, "server", "recv").await;
        browser.click("section.program button").await;
        let program = browser.find("#session-program pre").await.text().await.expect("it has a text");
        let printed = Python::start(&program).rest(10);
        assert!(printed.iter().any(|line| line == r"b'hello, server\n'"), "{printed:#?}\n{program}");
    });
}

const ASKS: &str = "(() => { const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving); return leaving.defaultPrevented; })()";

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn the_stage_tells_of_a_kernel_what_is_known_and_nothing_else() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        assert_eq!(browser.ask(&format!("return {ASKS};")).await, false, "nothing is open");
        listen(&browser).await;
        press(&browser, "server", "accept").await;
        browser.until_said("Sampled: calls, and the states that the kernel was asked for.").await;
        assert_eq!(browser.ask(&format!("return {ASKS};")).await, true, "sockets are open");
        // accept waits, and its time goes on.
        let now = "document.querySelector('.on-stage .transport .now output').textContent";
        browser
            .until("time goes on", &format!("((window.seen ??= new Set()).add({now}), window.seen.size > 4)"))
            .await;
        let panes = browser.ask("return [...document.querySelectorAll('.on-stage .pane-slot')].map((pane) => pane.classList[1]);").await;
        assert_eq!(
            panes,
            json!(["states", "stream", "queues", "plots", "packets"]),
            "there is no header to see"
        );
        let said = browser.text().await;
        assert!(!said.contains("Absolute numbers") && !said.contains("pcapng"), "{said}");

        call(&browser, "client", "socket").await;
        call(&browser, "client", "connect").await;
        back(&browser, "server", 4).await;
        call(&browser, "client", "close").await;
        browser.until_said("FIN-WAIT-2: our FIN is acknowledged").await;
        call(&browser, "server", "close").await;
        browser.until_said("TIME-WAIT: closed by us first").await;
        assert_eq!(
            browser.ask("return document.querySelectorAll('.on-stage .ladder-drawing .arrow').length;").await,
            0
        );
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_session_of_five_hundred_calls_still_answers() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge).await;
        listen(&browser).await;
        call(&browser, "client", "socket").await;
        call(&browser, "client", "connect").await;
        call(&browser, "server", "accept").await;
        let (send, recv) = (form("client", "send"), form("server", "recv"));
        for _ in 0..10 {
            let script = format!(
                "for (let pair = 0; pair < 25; pair++) {{
                     document.querySelector('{send} button.do').click();
                     document.querySelector('{recv} button.do').click();
                     await new Promise(requestAnimationFrame);
                 }}"
            );
            browser.ask(&script).await;
        }
        // 30 are shown of the server's 4 + 250 calls, and all of them are on the stage.
        browser.until_said("Show 224 earlier calls").await;
        browser
            .ask("document.querySelector('.on-stage .pane-slot.packets .fold-heading button').click();")
            .await;
        browser
            .until(
                "the list has them all",
                "parseInt(document.querySelector('.on-stage .packets .count')?.textContent) >= 506",
            )
            .await;
        press(&browser, "client", "close").await;
        browser.until_said("client: close done").await;
    });
}
