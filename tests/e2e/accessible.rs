//! axe-core's rules on every page, in light and dark, before and after something happened.

use serde_json::Value;

use super::bridge::Bridge;
use super::browser::{Browser, in_browser};
use super::shell::PAGES;

/// What axe-core finds on the page as it is.
async fn violations(browser: &Browser) -> Vec<String> {
    let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/../node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).expect("axe-core is there after `npm ci`");
    browser.ask(&format!("if (!window.axe) {{ {axe} }}")).await;
    browser.ask("window.found = null; axe.run().then((it) => { window.found = it.violations; });").await;
    browser.until("axe-core is done", "window.found").await;
    let found = browser
        .ask("return window.found.map((it) => `${it.id}: ${it.help}: ${it.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);")
        .await;
    found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
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
                let found = violations(&browser).await;
                all.extend(found.into_iter().map(|what| format!("{path} {theme}: {what}")));
            }
        }
        assert!(all.is_empty(), "{all:#?}");
    });
}
