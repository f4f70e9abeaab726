//! The reference and the search: by key and by address, with slips, without a network, to the very words.

use super::bridge::Bridge;
use super::browser::{Browser, in_browser};
use thirtyfour::Key;

/// The titles of what is found, once there are some.
async fn found(browser: &Browser) -> Vec<String> {
    browser.until("something is found", "document.querySelector('.search-results a')").await;
    let titles = browser
        .ask("return [...document.querySelectorAll('.search-results a')].map((it) => it.innerText);")
        .await;
    titles.as_array().into_iter().flatten().filter_map(|it| Some(it.as_str()?.to_owned())).collect()
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_slash_opens_the_search_over_the_page_and_enter_goes_to_the_entry() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/scenarios/")).await;
        browser.until_alive().await;
        browser.keys("/").await;
        browser
            .until(
                "the box is open and has the focus",
                "document.activeElement.matches('dialog.search[open] input')",
            )
            .await;
        // In the box it is a letter like others, and Escape closes it.
        browser.keys("a/b").await;
        browser.until("it is typed", "document.querySelector('dialog.search input').value === 'a/b'").await;
        browser.keys(Key::Escape + "").await;
        browser.until("it is closed", "!document.querySelector('dialog.search').open").await;
        browser.click(".to-search").await;
        browser.until("it is open again", "document.querySelector('dialog.search').open").await;
        browser.fill("dialog.search input", "conect").await;
        browser
            .until(
                "a slip is forgiven",
                "document.querySelector('.search-results a')?.innerText.startsWith('connect')",
            )
            .await;
        // By arrow to the first and back; what is found is marked.
        browser.keys(Key::Down + "").await;
        browser
            .until(
                "the first has the focus",
                "document.activeElement === document.querySelector('.search-results a')",
            )
            .await;
        browser.keys(Key::Up + "").await;
        browser.until("the box has it", "document.activeElement.matches('dialog.search input')").await;
        browser.find(".search-results mark").await;
        browser.keys(Key::Enter + "").await;
        // The words that were found are the target, so the entry around them is what is asked for.
        browser.until("the entry is there", "location.pathname === '/reference/calls/' && location.hash === '#connect' && document.querySelector('#connect')?.contains(document.querySelector(':target'))").await;
        let taught =
            browser.ask("return document.querySelector('#connect a[href*=\"/learn/\"]') !== null;").await;
        assert_eq!(taught.as_bool(), Some(true), "connect is taught somewhere");
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_search_has_an_address_needs_no_network_and_leads_to_the_very_words() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/search/?q=sequence%20number")).await;
        browser.until_alive().await;
        let titles = found(&browser).await;
        assert!(titles[0].eq_ignore_ascii_case("sequence number"), "{titles:?}");
        // Nothing is asked of anybody from here on.
        browser.ask("window.asked = []; const fetched = window.fetch; window.fetch = (...all) => { asked.push(String(all[0])); return fetched(...all); };").await;
        browser.fill("tcp-search input", "qqqqq").await;
        browser.until_said("Nothing is found for “qqqqq”").await;
        browser
            .until(
                "the address says it",
                "location.search === '?q=qqqqq' && document.title.startsWith('qqqqq')",
            )
            .await;
        browser.fill("tcp-search input", "round trip").await;
        browser
            .until(
                "the course has it",
                "document.querySelector('.search-results a[href*=\"/learn/start/\"]')",
            )
            .await;
        assert_eq!(browser.ask("return asked.length;").await.as_u64(), Some(0));
        browser.ask("document.querySelector('.search-results a[href*=\"/learn/start/\"]').click();").await;
        browser
            .until(
                "the lesson is there",
                "location.pathname === '/learn/start/' && document.querySelector('.course h1')",
            )
            .await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_lesson_s_terms_lead_to_entries_that_are_there() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/learn/start/")).await;
        browser.until_alive().await;
        let missing = "const links = [...document.querySelectorAll('a[href*=\"/reference/\"][href*=\"#\"]')].map((it) => it.href); window.missing = null; \
                       Promise.all([...new Set(links)].map(async (link) => { const [page, id] = link.split('#'); \
                       const text = await (await fetch(page)).text(); return text.includes(`id=\"${id}\"`) ? [] : [link]; })) \
                       .then((all) => { window.missing = [links.length, ...all.flat()]; });";
        browser.ask(missing).await;
        browser.until("all are looked up", "window.missing").await;
        let missing = browser.ask("return window.missing;").await;
        let missing = missing.as_array().expect("a list");
        assert!(missing[0].as_u64() > Some(0), "the lesson leads nowhere");
        assert_eq!(missing.len(), 1, "{missing:?}");
    });
}
