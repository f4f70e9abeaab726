//! The Lab's panes inside pages of words: an exercise, checked against hostile peers.

use super::bridge::Bridge;
use super::browser::{Browser, in_browser};
use serde_json::json;
use std::time::{Duration, Instant};

const ADDRESS: &str = "/exercises/read-a-line/";

/// Opens the exercise with this program in its editor; with the start, where none is given.
async fn open(browser: &Browser, bridge: &Bridge, program: Option<&str>) {
    if let Some(text) = program {
        let project =
            json!({"delay_us": 20_000, "programs": [{"name": "client", "file": "client.py", "text": text}]});
        let script =
            format!("localStorage.setItem('tcp-lab-lesson-read-a-line', {});", json!(project.to_string()));
        browser.open(&bridge.page("/scenarios/")).await;
        browser.ask(&script).await;
    }
    browser.open(&bridge.page(ADDRESS)).await;
    browser.until("the editor is there", "document.querySelector('.lesson .program .cm-content')").await;
}

async fn press(browser: &Browser, label: &str) {
    let button =
        format!("[...document.querySelectorAll('.lesson button')].find((it) => it.innerText === '{label}')");
    browser.until(&format!("“{label}” can be pressed"), &button).await;
    browser.ask(&format!("{button}.click();")).await;
}

/// Waits for what needs Python: fourteen megabytes to compile, on a machine that does the same for other tests.
pub async fn until_at_last(browser: &Browser, what: &str, expression: &str) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while browser.ask(&format!("return Boolean({expression});")).await != true {
        assert!(Instant::now() < deadline, "not within two minutes: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits for the end of all trials of a check.
pub async fn until_checked(browser: &Browser) {
    let state = "document.querySelector('.results')?.dataset.state ?? 'under way'";
    until_at_last(browser, "the check ends", &format!("({state}) !== 'under way'")).await;
}

/// Presses Check, and waits for the end of all trials. Gives what is to be read then.
async fn check(browser: &Browser) -> String {
    press(browser, "Check").await;
    until_checked(browser).await;
    let text = browser.ask("return document.querySelector('.results').textContent;").await;
    text.as_str().expect("a text").to_owned()
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_wrong_program_fails_where_it_is_wrong_and_the_stage_shows_it_and_a_right_one_passes() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge, None).await;
        let fetched =
            "return performance.getEntriesByType('resource').some((it) => it.name.includes('pyodide'));";
        assert_eq!(browser.ask(fetched).await, false, "Python is not fetched before somebody runs something");
        let text = check(&browser).await;
        assert!(text.starts_with("Not yet: 5 of 6 trials failed."), "{text}");
        let says = "It should print “Hello, who are you?\\nGoodbye, Ada!\\n”; it printed “H\\ne\\n”.";
        assert!(text.contains(says), "{text}");
        press(&browser, "Show it").await;
        browser
            .until(
                "the line is marked",
                "document.querySelector('.lesson .cm-line.cm-lit')?.textContent.includes('recv(1024)')",
            )
            .await;
        browser.until("a segment is picked", "document.querySelector('.lesson-stage .picked')").await;
        // The first octet is under way for 20 ms, and the stage shows the moment at which recv gives it: not the run's end.
        let at = "document.querySelector('.lesson-stage [role=slider], .lesson-stage input[type=range]')";
        browser.until("the stage is there", at).await;
        let shown = browser.ask("return document.querySelector('.lesson-stage').innerText;").await;
        assert!(shown.as_str().is_some_and(|text| text.contains(says)), "{shown}");
        let right = include_str!("../../content/lab/exercises/read-a-line/right.py");
        open(&browser, &bridge, Some(right)).await;
        let text = check(&browser).await;
        assert!(text.starts_with("Passed: your program stood all 6 trials."), "{text}");
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_check_of_an_endless_loop_is_stopped_and_panes_stand_side_by_side_on_a_page() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge, Some("print('on and on')\nwhile True:\n    pass\n")).await;
        press(&browser, "Check").await;
        until_at_last(
            &browser,
            "it runs",
            "document.querySelector('.results .summary')?.innerText.includes('Running')",
        )
        .await;
        press(&browser, "Stop").await;
        browser.until_said("The check was stopped.").await;
        browser
            .until(
                "it can be checked again",
                "[...document.querySelectorAll('.lesson button')].find((it) => it.innerText === 'Check')",
            )
            .await;
        // As a lesson puts programs of its own among its words.
        browser
            .ask(
                "const place = document.createElement('tcp-studio'); place.dataset.page = 'programs'; place.dataset.id = 'echo';
                 place.className = 'second'; document.querySelector('main').append(place);",
            )
            .await;
        browser
            .until(
                "two more editors are there",
                "document.querySelectorAll('.second .cm-content').length === 2",
            )
            .await;
        browser.until("ids are there once", "[...document.querySelectorAll('[id]')].every((it, _, all) => all.filter((other) => other.id === it.id).length === 1)").await;
        // By keyboard alone: Ctrl+Enter in an editor runs its programs.
        browser.ask("document.querySelector('.second .cm-content').focus();").await;
        browser.ask("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', keyCode: 13, ctrlKey: true, bubbles: true, cancelable: true }));").await;
        browser.until("it runs", "document.querySelector('.second .lesson').dataset.runs === '1'").await;
        until_at_last(
            &browser,
            "it is over",
            "document.querySelector('.second .run-state')?.innerText.includes('Every program has ended')",
        )
        .await;
        let printed = browser.ask("return document.querySelector('.second .printed').textContent;").await;
        assert!(printed.as_str().is_some_and(|text| text.contains("b'Hello, TCP'")), "{printed}");
    });
}
