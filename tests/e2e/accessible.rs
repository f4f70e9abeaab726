//! axe-core's rules on every page in light and dark, and on whatever a page comes to be when somebody uses it: every view, the header's
//! ways of working, a change and what was, a script that is wrong, a capture, a session on the stage.

use serde_json::Value;

use super::bridge::Bridge;
use super::browser::{Browser, in_browser};
use super::shell::PAGES;

/// What axe-core finds on the page as it is; of the rules, all, or the one that is named.
async fn violations(browser: &Browser, rule: Option<&str>) -> Vec<String> {
    let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/../node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).expect("axe-core is there after `npm ci`");
    browser.ask(&format!("if (!window.axe) {{ {axe} }}")).await;
    let options = rule.map_or("{}".to_owned(), |rule| format!("{{ runOnly: ['{rule}'] }}"));
    let run =
        format!("window.found = null; axe.run({options}).then((it) => {{ window.found = it.violations; }});");
    browser.ask(&run).await;
    browser.until("axe-core is done", "window.found").await;
    let found = browser
        .ask("return window.found.map((it) => `${it.id}: ${it.help}: ${it.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);")
        .await;
    found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Looks at one thing after another, and keeps what is found.
struct Looks<'a> {
    browser: &'a Browser,
    bridge: &'a Bridge,
    found: Vec<String>,
}

impl<'a> Looks<'a> {
    fn new(browser: &'a Browser, bridge: &'a Bridge) -> Looks<'a> {
        Looks { browser, bridge, found: Vec::new() }
    }

    /// A page without the bridge's token.
    async fn open(&self, path: &str) {
        // The same address with another fragment would be the same page still.
        self.browser.open("about:blank").await;
        self.browser.open(&format!("http://127.0.0.1:{}{path}", self.bridge.port)).await;
        self.browser.until_alive().await;
    }

    /// Looks at what is there in light, and at its colours in dark; nothing else differs between them. And nothing sticks out.
    async fn look(&mut self, name: &str) {
        let browser = self.browser;
        // What is new fades; its colours are nobody's until it has.
        let still = "const still = new CSSStyleSheet(); still.replaceSync('* { animation: none !important; }'); \
                     document.adoptedStyleSheets = [still];";
        browser.ask(still).await;
        let mut found = Vec::new();
        for (theme, rule) in [("dark", Some("color-contrast")), ("light", None)] {
            browser.ask(&format!("document.documentElement.dataset.theme = '{theme}';")).await;
            let what = violations(browser, rule).await;
            found.extend(what.into_iter().map(|what| format!("{name}, {theme}: {what}")));
        }
        let over = browser.ask("return document.documentElement.scrollWidth - innerWidth;").await;
        if over.as_f64().is_some_and(|over| over > 0.0) {
            found.push(format!("{name}: the page is {over} pixels too wide"));
        }
        self.found.extend(found);
    }

    /// Presses the button that says this.
    async fn press(&self, within: &str, says: &str) {
        let found = format!(
            "[...document.querySelectorAll('{within} button')].find((it) => it.innerText.trim() === '{says}')"
        );
        self.browser.until(&format!("the button “{says}”"), &found).await;
        self.browser.ask(&format!("{found}.click();")).await;
    }

    fn none(self) {
        assert!(self.found.is_empty(), "{:#?}", self.found);
    }
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn axe_finds_nothing_on_any_page_in_light_and_dark() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        let mut all = Vec::new();
        for path in PAGES {
            for theme in ["light", "dark"] {
                // The same address with another fragment would be the same page still.
                browser.open("about:blank").await;
                browser.open(&bridge.page(path)).await;
                browser.until_alive().await;
                browser.ask(&format!("document.documentElement.dataset.theme = '{theme}';")).await;
                if path == "/live/" {
                    browser
                        .until("the bridge is connected", "document.querySelector('.connection.open')")
                        .await;
                    browser.ask("document.querySelector('.presets button').click();").await;
                    browser.until_said("3 of ").await;
                }
                let found = violations(&browser, None).await;
                all.extend(found.into_iter().map(|what| format!("{path} {theme}: {what}")));
            }
        }
        assert!(all.is_empty(), "{all:#?}");
    });
}

/// Every view of the desk, alone and as somebody works with it.
async fn every_view(looks: &mut Looks<'_>) {
    for view in ["states", "stream", "queues", "plots", "knobs"] {
        looks.open(&format!("/scenarios/fast-retransmit/#t=0.3&views={view}")).await;
        looks.browser.find(&format!(".view.{view}, .view.{view} *")).await;
        looks.look(view).await;
    }
    looks.open("/scenarios/fast-retransmit/#t=0.3&views=header").await;
    looks.browser.find(".hd-cell").await;
    looks.look("header").await;
    looks.press(".header", "Fill in").await;
    looks.browser.find(".hd-steps ol").await;
    looks.look("header, filled in").await;
    looks.press(".header", "Add up the checksum").await;
    looks.browser.find(".hd-sum").await;
    looks.look("header, its checksum").await;
    looks.press(".header", "Edit").await;
    looks.browser.ask("document.querySelector('.hd-cell.hd-thin[tabindex]').click();").await;
    looks.browser.find(".hd-bitrow").await;
    looks.press(".header", "bits").await;
    looks.look("header, edited, in bits").await;
}

/// A segment is picked, lost, and what was stands beside what is.
async fn what_if(looks: &mut Looks<'_>) {
    looks.open("/scenarios/fast-retransmit/#t=0.3&pick=packet-12&views=packets").await;
    looks.browser.find(".packets tbody tr").await;
    looks.look("packets, one picked").await;
    looks.browser.fill(".packets input[type=search]", "seq>").await;
    looks.browser.find(".packets [role=alert]").await;
    looks.look("packets, a filter that means nothing").await;
    looks.press(".picked", "Lose it").await;
    looks.browser.find(".ladder.compared").await;
    looks.look("what was and what if").await;
    looks.browser.ask("document.querySelector('.desk').focus();").await;
    looks.browser.keys("?").await;
    looks.browser.find("dialog.keys[open]").await;
    looks.look("the keys").await;
}

/// A script that is wrong, a capture with a stream, a session on the stage.
async fn every_tool(looks: &mut Looks<'_>) {
    looks.open("/sandbox/").await;
    looks.browser.find(".sandbox-stage .ladder").await;
    looks.browser.fill(".script-field", "0 connect(3, ...) = 0\n+0 nonsense(3) = 7\n").await;
    looks.browser.find(".script-said button").await;
    looks.look("a script that is wrong").await;

    let refused = "import socket\nsocket.create_connection((\"127.0.0.1\", 5000))\n";
    let asks = "import time\ntime.sleep(1)\ninput(\"name? \")\n";
    super::lab::open(looks.browser, looks.bridge, &[("client", refused, 0), ("server", asks, 0)]).await;
    looks.look("programs").await;
    super::lab::begin(looks.browser, "Step through").await;
    looks.browser.find(".program .still .steps").await;
    looks.look("programs that stand still").await;
    looks.press(".workshop", "Stop").await;
    looks.browser.until("it is stopped", "!document.querySelector('.program .still')").await;
    super::lab::begin(looks.browser, "Run").await;
    looks.browser.find(".program .printed details.library").await;
    looks.browser.find(".program .input-line").await;
    looks.look("a traceback, and a program that asks").await;
    looks.press(".workshop", "Stop").await;

    looks.open("/exercises/read-a-line/").await;
    looks.browser.find(".lesson .program .cm-content").await;
    looks.press(".lesson", "Check").await;
    super::lessons::until_checked(looks.browser).await;
    looks.press(".lesson", "Show it").await;
    looks.browser.find(".lesson-stage .ladder").await;
    looks.look("what an exercise's checks found").await;

    looks.open("/captures/").await;
    looks.press(".captures", "Open a sample").await;
    looks.browser.find(".captures table").await;
    looks.look("the streams of a capture").await;
    looks.browser.ask("document.querySelector('.captures tbody button').click();").await;
    looks.browser.find(".captures .desk .ladder").await;
    looks.look("a stream of a capture").await;

    learner(looks).await;

    looks.open("/reference/calls/").await;
    looks.look("a part of the reference").await;
    looks.browser.keys("/").await;
    looks.browser.fill("dialog.search input", "recv").await;
    looks.browser.find(".search-results a").await;
    looks.look("what is found").await;

    looks.open("/live/").await;
    looks.press("main", "Use the simulator instead").await;
    looks.browser.find(".presets button:not([disabled])").await;
    looks.browser.ask("document.querySelector('.presets button').click();").await;
    looks.browser.until_said("3 of ").await;
    looks.browser.find(".on-stage .ladder").await;
    looks
        .browser
        .ask("document.querySelectorAll('main details').forEach((it) => { it.open = true; });")
        .await;
    looks.look("a session on the stage").await;
}

/// A lesson that was answered, wrong and right; what comes back, what a file would change, and what is missing at the end.
async fn learner(looks: &mut Looks<'_>) {
    let progress = r#"{"version":1,"last":"start","exercises":{"start":{
        "promises":{"day":20000,"right":true,"solved":20000,"review":{"due":20001,"step":0}},
        "first-octet":{"day":20000,"right":true,"solved":20000},
        "a-loss":{"day":20000,"right":false,"review":{"due":80000,"step":0}}}}}"#;
    looks.browser.ask(&format!("localStorage.setItem('tcp-lab-progress', {progress:?});")).await;
    looks.open("/learn/").await;
    looks.browser.find(".to-review a").await;
    looks
        .browser
        .ask("document.querySelectorAll('main details').forEach((it) => { it.open = true; });")
        .await;
    looks.press(".learner", "Forget everything").await;
    looks.browser.find(".asked").await;
    looks.look("the course, and a question").await;
    looks.open("/learn/start/").await;
    looks.browser.find("#a-loss .answer form").await;
    looks.browser.ask("document.querySelectorAll('#a-loss .choices input')[0].click();").await;
    looks.press("#a-loss", "Check").await;
    looks.browser.find("#a-loss .verdict.wrong").await;
    looks.look("a lesson, answered").await;
    looks.open("/learn/done/").await;
    looks.browser.find(".missing").await;
    looks.browser.ask("document.querySelector('.missing').open = true;").await;
    looks.look("what is missing at the end").await;
    looks.browser.ask("localStorage.removeItem('tcp-lab-progress');").await;
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn axe_finds_nothing_in_what_the_pages_come_to_be() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        let mut looks = Looks::new(&browser, &bridge);
        every_view(&mut looks).await;
        what_if(&mut looks).await;
        every_tool(&mut looks).await;
        looks.none();
        // Where no token is in the address, the bridge's door stays closed; the console says so.
        browser.forget_complaints().await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn axe_finds_nothing_on_a_phone() {
    let bridge = Bridge::start(&[]);
    in_browser(360, |browser| async move {
        let mut looks = Looks::new(&browser, &bridge);
        for path in PAGES {
            looks.open(path).await;
            looks.look(path).await;
        }
        every_view(&mut looks).await;
        what_if(&mut looks).await;
        every_tool(&mut looks).await;
        looks.none();
        browser.forget_complaints().await;
    });
}
