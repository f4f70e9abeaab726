//! A headless browser behind its driver, both ended with their value.

use std::cell::Cell;
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, Key, TypingData};

/// How long the page may take to show what it should.
const PATIENCE: Duration = Duration::from_secs(15);

/// Runs in every page before its own scripts: keeps what goes wrong where a test can ask for it.
const LISTEN_FOR_COMPLAINTS: &str = "
    window.complaints = [];
    const keep = (what) => window.complaints.push(String(what));
    const error = console.error;
    console.error = (...all) => { keep(all.join(' ')); error(...all); };
    addEventListener('error', (event) => keep(event.message));
    addEventListener('unhandledrejection', (event) => keep(event.reason));
    addEventListener('securitypolicyviolation', (event) => keep(`${event.violatedDirective} forbids ${event.blockedURI}`));
";

/// Which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Chromium,
    Firefox,
    /// Firefox as a browser that cannot switch stacks (JavaScript Promise Integration), like today's Safari.
    FirefoxWithoutStacks,
}

/// One browser with one page.
pub struct Browser {
    pub driver: WebDriver,
    kind: Kind,
    webdriver: Child,
    profile: PathBuf,
    /// A test ended it, as a crash would; the last of its processes may still be on its way out.
    killed: Cell<bool>,
    /// Mistakes of its page that Firefox has printed: its driver runs no script before a page's own.
    printed: Arc<Mutex<Vec<String>>>,
}

/// Runs a test in Chromium; see [`in_a`].
pub fn in_browser<F, T>(width: u32, test: T)
where
    F: Future<Output = ()>,
    T: FnOnce(std::rc::Rc<Browser>) -> F,
{
    in_a(Kind::Chromium, width, test);
}

/// Runs a test in a browser of its own, and ends the browser whatever comes of it.
pub fn in_a<F, T>(kind: Kind, width: u32, test: T)
where
    F: Future<Output = ()>,
    T: FnOnce(std::rc::Rc<Browser>) -> F,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let browser = std::rc::Rc::new(Browser::start(kind, width).await);
        test(browser.clone()).await;
        if browser.killed.get() {
            return;
        }
        let complaints = browser.complaints().await;
        assert!(complaints.is_empty(), "the page complained: {complaints:#?}");
    });
}

/// A browser's driver, what marks the line in which it prints its port, and everything that it prints after that.
fn webdriver(
    program: &str,
    arguments: &[&str],
    mark: &str,
) -> (Child, u16, impl Iterator<Item = String> + use<>) {
    let mut child = Command::new(super::told(program))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(if program == "TCP_LAB_GECKODRIVER" { Stdio::piped() } else { Stdio::inherit() })
        .spawn()
        .unwrap_or_else(|error| panic!("the program in {program} does not start: {error}"));
    let stdout = child.stdout.take().expect("it is piped");
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let port = lines
        .by_ref()
        .find_map(|line| line.split_once(mark)?.1.trim_end_matches('.').parse().ok())
        .expect("it says its port");
    (child, port, lines)
}

fn new_profile(port: u16) -> PathBuf {
    std::env::temp_dir().join(format!("tcp-lab-browser-{}-{port}", std::process::id()))
}

impl Browser {
    async fn start(kind: Kind, width: u32) -> Browser {
        match kind {
            Kind::Chromium => Browser::chromium(width).await,
            Kind::Firefox | Kind::FirefoxWithoutStacks => Browser::firefox(kind, width).await,
        }
    }

    async fn chromium(width: u32) -> Browser {
        let (webdriver, port, lines) = webdriver(
            "TCP_LAB_CHROMEDRIVER",
            &["--port=0"],
            "ChromeDriver was started successfully on port ",
        );
        std::thread::spawn(move || lines.for_each(drop));
        let profile = new_profile(port);
        let mut capabilities = DesiredCapabilities::chrome();
        capabilities.set_binary(&super::told("TCP_LAB_CHROMIUM").to_string_lossy()).expect("a path");
        for argument in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &format!("--window-size={width},900"),
            &format!("--user-data-dir={}", profile.display()),
        ] {
            capabilities.add_arg(argument).expect("an argument");
        }
        let driver =
            WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await.expect("Chromium starts");
        driver
            .cdp()
            .page()
            .add_script_to_evaluate_on_new_document(LISTEN_FOR_COMPLAINTS)
            .await
            .expect("Chromium takes a script");
        Browser {
            driver,
            kind: Kind::Chromium,
            webdriver,
            profile,
            killed: Cell::new(false),
            printed: Arc::default(),
        }
    }

    async fn firefox(kind: Kind, width: u32) -> Browser {
        // The second port is that of a protocol that nobody speaks here; its default would be the same for all.
        let (mut webdriver, port, lines) =
            webdriver("TCP_LAB_GECKODRIVER", &["--port=0", "--websocket-port=0"], "Listening on 127.0.0.1:");
        std::thread::spawn(move || lines.for_each(drop));
        let printed: Arc<Mutex<Vec<String>>> = Arc::default();
        let keep = printed.clone();
        let errors = webdriver.stderr.take().expect("it is piped");
        std::thread::spawn(move || {
            // Those of the browser's own parts have other addresses.
            let of_page = |line: &String| line.starts_with("JavaScript error: http");
            let lines = BufReader::new(errors).lines().map_while(Result::ok);
            lines.filter(of_page).for_each(|line| keep.lock().expect("nobody panics with it").push(line));
        });
        let profile = new_profile(port);
        std::fs::create_dir_all(&profile).expect("a directory for the profile");
        let mut preferences = FirefoxPreferences::new();
        for (name, value) in [
            ("javascript.options.wasm_js_promise_integration", kind == Kind::Firefox),
            ("app.update.disabledForTesting", true),
            ("datareporting.policy.dataSubmissionEnabled", false),
        ] {
            preferences.set(name, value).expect("a preference");
        }
        let mut capabilities = DesiredCapabilities::firefox();
        capabilities.set_firefox_binary(&super::told("TCP_LAB_FIREFOX").to_string_lossy()).expect("a path");
        capabilities.set_preferences(preferences).expect("preferences");
        for argument in ["-headless", "-profile", &profile.to_string_lossy()] {
            capabilities.add_arg(argument).expect("an argument");
        }
        let driver =
            WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await.expect("Firefox starts");
        driver.set_window_rect(0, 0, width, 985).await.expect("a window has a size");
        Browser { driver, kind, webdriver, profile, killed: Cell::new(false), printed }
    }

    pub async fn open(&self, address: &str) {
        self.driver.goto(address).await.expect("the page loads");
        if self.kind != Kind::Chromium {
            // As early as its driver can; what went wrong before, the browser has printed.
            self.ask(&format!("if (!window.complaints) {{ {LISTEN_FOR_COMPLAINTS} }}")).await;
        }
    }

    /// Waits until the page lives, and its moving part where it has one.
    pub async fn until_alive(&self) {
        let alive = "document.documentElement.dataset.live === 'live' \
                     && !document.querySelector('tcp-studio:not([data-state=ready])')";
        self.until("the page lives", alive).await;
    }

    /// Waits until a script's expression is true. A page that is just being left answers no script: it is asked again.
    pub async fn until(&self, what: &str, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        let script = format!("return Boolean({expression});");
        loop {
            let answer = self.driver.execute(&script, vec![]).await;
            if answer.as_ref().is_ok_and(|value| value.json().as_bool() == Some(true)) {
                return;
            }
            if Instant::now() > deadline {
                match answer {
                    Ok(_) => panic!("{what}: not within {PATIENCE:?}; the page says:\n{}", self.text().await),
                    Err(error) => panic!("{what}: nobody can say after {PATIENCE:?}: {error}\n{script}"),
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the page's text has this in it.
    pub async fn until_said(&self, text: &str) {
        let quoted = serde_json::to_string(text).expect("a text is JSON");
        self.until(&format!("“{text}” is said"), &format!("document.body.innerText.includes({quoted})"))
            .await;
    }

    pub async fn text(&self) -> String {
        let value =
            self.driver.execute("return document.body.innerText;", vec![]).await.expect("the script runs");
        value.json().as_str().unwrap_or_default().to_owned()
    }

    /// The value of a script.
    pub async fn ask(&self, script: &str) -> serde_json::Value {
        self.driver.execute(script, vec![]).await.expect("the script runs").json().clone()
    }

    /// The one element that a CSS selector finds, waiting until it is there.
    pub async fn find(&self, css: &str) -> WebElement {
        let quoted = serde_json::to_string(css).expect("a text is JSON");
        self.until(&format!("{css} is there"), &format!("document.querySelector({quoted})")).await;
        self.driver.find(By::Css(css)).await.expect("it was there")
    }

    pub async fn click(&self, css: &str) {
        let element = self.find(css).await;
        element.scroll_into_view().await.expect("it can be scrolled to");
        element.click().await.unwrap_or_else(|error| panic!("{css} cannot be clicked: {error}"));
    }

    /// Replaces what a field holds.
    pub async fn fill(&self, css: &str, text: &str) {
        let element = self.find(css).await;
        element.send_keys(Key::Control + "a").await.expect("keys can be sent");
        element.send_keys(text).await.expect("keys can be sent");
    }

    /// Types at whatever has the focus.
    pub async fn keys(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.expect("keys can be typed");
    }

    /// What the console said up to now was to be expected.
    pub async fn forget_complaints(&self) {
        self.printed.lock().expect("nobody panics with it").clear();
        self.ask("window.complaints = [];").await;
    }

    /// What the console complained of.
    async fn complaints(&self) -> Vec<String> {
        let value = self.ask("return window.complaints || [];").await;
        let mut all = self.printed.lock().expect("nobody panics with it").clone();
        all.extend(value.as_array().into_iter().flatten().map(ToString::to_string));
        all
    }

    /// Kills the browser at once, as a crash would.
    pub fn kill(&self) {
        self.killed.set(true);
        for pid in self.processes() {
            let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
        }
    }

    /// The browser's own processes: those that were given its profile.
    fn processes(&self) -> Vec<u32> {
        let wanted = self.profile.display().to_string();
        let Ok(all) = std::fs::read_dir("/proc") else { return Vec::new() };
        all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|pid| {
                std::fs::read(format!("/proc/{pid}/cmdline"))
                    .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&wanted))
            })
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its own way to quit would wait a minute for a browser that is gone.
        let _ = self.driver.clone().leak();
        self.kill();
        let _ = self.webdriver.kill();
        let _ = self.webdriver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}
