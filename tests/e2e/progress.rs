//! A learner's progress: kept in the browser, by every kind of exercise, in two tabs at once, over a reload, through a file and back.

use super::bridge::Bridge;
use super::browser::{Browser, in_browser};
use super::course::{at, by_hand, check, checked, choose, course, press, ready, write};
use serde_json::{Value, json};

/// What the browser has kept.
pub(super) async fn kept(browser: &Browser) -> Value {
    let text = browser.ask("return localStorage.getItem('tcp-lab-progress');").await;
    text.as_str().map_or(Value::Null, |text| serde_json::from_str(text).expect("what is kept is JSON"))
}

/// Lets the browser have kept this, before its page is opened.
async fn begin_with(browser: &Browser, bridge: &Bridge, progress: &Value) {
    browser.open(&bridge.page("/scenarios/")).await;
    browser.ask(&format!("localStorage.setItem('tcp-lab-progress', {});", json!(progress.to_string()))).await;
}

/// The mark of an exercise on its lesson's page, as JavaScript.
pub(super) fn mark(id: &str) -> String {
    format!("{}.querySelector('.done-mark')?.dataset.mark", at(id))
}

pub(super) async fn until_mark(browser: &Browser, id: &str, mark_is: &str) {
    browser.until(&format!("the mark of {id} is {mark_is}"), &format!("{} === '{mark_is}'", mark(id))).await;
}

/// Presses a button of the course's page.
pub(super) async fn press_here(browser: &Browser, label: &str) {
    let button =
        format!("[...document.querySelectorAll('.learner button')].find((it) => it.innerText === '{label}')");
    browser.until(&format!("“{label}” can be pressed"), &format!("{button} && !{button}.disabled")).await;
    browser.ask(&format!("{button}.click();")).await;
}

/// Opens a file on the course's page.
pub(super) async fn open_file(browser: &Browser, text: &str) {
    let script = format!(
        "const data = new DataTransfer();
         data.items.add(new File([{}], 'progress.json'));
         const field = document.querySelector('.learner input[type=file]');
         field.files = data.files;
         field.dispatchEvent(new Event('change', {{ bubbles: true }}));",
        json!(text)
    );
    browser.find(".learner input[type=file]").await;
    browser.ask(&script).await;
}

/// Opens the course's page, with what is folded there open.
pub(super) async fn open_course(browser: &Browser, bridge: &Bridge) {
    browser.open("about:blank").await;
    browser.open(&bridge.page("/learn/")).await;
    browser.until_alive().await;
    browser.find(".keeping").await;
    browser.ask("document.querySelector('.keeping').open = true;").await;
}

/// The day, as the page counts them.
async fn today(browser: &Browser) -> u64 {
    let day = browser
        .ask("const now = new Date(); return Math.floor((now - now.getTimezoneOffset() * 60000) / 86400000);")
        .await;
    day.as_u64().expect("a day is a number")
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn what_was_answered_is_there_after_a_reload_and_goes_through_a_file_and_comes_back() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/learn/start/")).await;
        ready(&browser, "a-loss").await;
        check(&browser, "a-loss", "wrong", "").await;
        browser
            .until("whoever has not answered has no mark", &format!("{} === undefined", mark("a-loss")))
            .await;
        choose(&browser, "a-loss", 0).await;
        check(&browser, "a-loss", "wrong", "has one meaning only").await;
        until_mark(&browser, "a-loss", "open").await;
        choose(&browser, "a-loss", 2).await;
        check(&browser, "a-loss", "right", "Right.").await;
        until_mark(&browser, "a-loss", "solved").await;
        browser.driver.refresh().await.expect("it reloads");
        until_mark(&browser, "a-loss", "solved").await;
        assert_eq!(
            browser.ask("return document.querySelectorAll('.exercise .done-mark').length;").await,
            1,
            "nothing else was answered"
        );

        open_course(&browser, &bridge).await;
        browser.until_said("Go on: Start here").await;
        browser.until_said("1 of 7 solved.").await;
        browser.until_said("the next comes back on").await;
        // The file, as the browser is given it.
        browser
            .ask("const made = URL.createObjectURL; URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; }); return made.call(URL, blob); };")
            .await;
        press_here(&browser, "Save to a file").await;
        browser.until("the file is made", "window.saved").await;
        let saved = browser.ask("return window.saved;").await;
        let saved = saved.as_str().expect("a text").to_owned();
        let before = kept(&browser).await;
        assert_eq!(serde_json::from_str::<Value>(&saved).expect("the file is JSON"), before);

        press_here(&browser, "Forget everything").await;
        browser.until_said("1 exercise solved, and 1 to be answered again").await;
        press_here(&browser, "Forget it all").await;
        browser.until_said("Everything is forgotten.").await;
        browser.until_said("Begin: Start here").await;
        assert_eq!(kept(&browser).await, Value::Null);
        press_here(&browser, "Undo").await;
        browser.until_said("It is as it was.").await;
        assert_eq!(kept(&browser).await, before);
        press_here(&browser, "Forget everything").await;
        press_here(&browser, "Forget it all").await;
        browser.until_said("Everything is forgotten.").await;

        // What is no progress changes nothing, and says why.
        for (text, why) in [
            ("GIF89a", "nobody's progress"),
            (r#"{"version":9}"#, "version 9"),
            (&saved[..saved.len() / 2], "line"),
        ] {
            open_file(&browser, text).await;
            browser.until_said(why).await;
            browser.until_said("Nothing was changed.").await;
        }
        assert_eq!(kept(&browser).await, Value::Null);
        open_file(&browser, &saved).await;
        browser.until_said("nothing here that it could replace").await;
        press_here(&browser, "Take it").await;
        browser.until_said("Go on: Start here").await;
        assert_eq!(kept(&browser).await, before);
        browser.open(&bridge.page("/learn/start/")).await;
        until_mark(&browser, "a-loss", "solved").await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_file_is_added_to_what_is_here_or_put_in_its_place_and_either_is_undone() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        let one = |exercise: &str| json!({"version": 1, "exercises": {"start": {exercise: {"day": 20000, "right": true, "solved": 20000}}}});
        let ours = one("a-loss");
        begin_with(&browser, &bridge, &ours).await;
        open_course(&browser, &bridge).await;
        open_file(&browser, &one("promises").to_string()).await;
        browser.until_said("it makes 2 exercises solved").await;
        press_here(&browser, "Add it").await;
        browser.until_said("2 of 7 solved.").await;
        press_here(&browser, "Undo").await;
        browser.until_said("1 of 7 solved.").await;
        assert_eq!(kept(&browser).await, ours);
        open_file(&browser, &one("promises").to_string()).await;
        press_here(&browser, "Replace what is here").await;
        browser.until_said("replaced by the file").await;
        assert_eq!(kept(&browser).await, one("promises"));
        press_here(&browser, "Undo").await;
        browser.until_said("It is as it was.").await;
        assert_eq!(kept(&browser).await, ours);
        // A question can be left.
        open_file(&browser, &one("promises").to_string()).await;
        press_here(&browser, "Leave it as it is").await;
        browser.until("it is not asked", "!document.querySelector('.asked')").await;
        assert_eq!(kept(&browser).await, ours);
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn programs_and_what_is_done_by_hand_are_marked_too() {
    let course = course();
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        let exercise = course.exercise("start", "ask-the-time").expect("it is there");
        let lessons::Kind::Program(program) = &exercise.kind else { panic!("it is a program") };
        browser.open(&bridge.page("/learn/start/")).await;
        let texts = |right: bool| -> Vec<String> {
            let found = program
                .answers
                .iter()
                .find(|it| it.fails.is_none() == right && !it.files.is_empty())
                .expect("there is one");
            program.answered(found).into_iter().map(|source| source.text).collect()
        };
        write(&browser, "ask-the-time", &texts(false)).await;
        checked(&browser, "ask-the-time").await;
        until_mark(&browser, "ask-the-time", "open").await;
        write(&browser, "ask-the-time", &texts(true)).await;
        checked(&browser, "ask-the-time").await;
        until_mark(&browser, "ask-the-time", "solved").await;

        press(&browser, "by-hand", "Begin").await;
        browser.until("the bridge is connected", "document.querySelector('#by-hand .connection.open')").await;
        by_hand(&browser).await;
        until_mark(&browser, "by-hand", "solved").await;
        let all = kept(&browser).await;
        assert_eq!(all["exercises"]["start"]["by-hand"].get("review"), None, "nothing of it was wrong");
        assert!(all["exercises"]["start"]["ask-the-time"]["review"]["due"].is_u64(), "that was wrong once");
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn two_tabs_show_and_keep_what_was_done_in_either() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        let first = browser.driver.window().await.expect("there is a tab");
        browser.open(&bridge.page("/learn/start/")).await;
        ready(&browser, "a-loss").await;
        let second = browser.driver.new_tab().await.expect("another tab opens");
        browser.driver.switch_to_window(second).await.expect("it is gone to");
        browser.open(&bridge.page("/learn/start/")).await;
        ready(&browser, "promises").await;
        for choice in [0, 1] {
            choose(&browser, "promises", choice).await;
        }
        check(&browser, "promises", "right", "Right.").await;
        until_mark(&browser, "promises", "solved").await;
        browser.driver.switch_to_window(first).await.expect("it is gone to");
        until_mark(&browser, "promises", "solved").await;
        choose(&browser, "a-loss", 2).await;
        check(&browser, "a-loss", "right", "Right.").await;
        let all = kept(&browser).await;
        for exercise in ["promises", "a-loss"] {
            assert!(all["exercises"]["start"][exercise]["solved"].is_u64(), "{exercise}: {all}");
        }
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_store_that_is_full_or_damaged_is_said_once_and_nothing_breaks() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/learn/start/")).await;
        ready(&browser, "a-loss").await;
        browser.ask("window.room = Storage.prototype.setItem; Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };").await;
        choose(&browser, "a-loss", 2).await;
        check(&browser, "a-loss", "right", "Right.").await;
        until_mark(&browser, "a-loss", "solved").await;
        browser.until_said("keeps nothing for this page").await;
        for choice in [0, 1] {
            choose(&browser, "promises", choice).await;
        }
        check(&browser, "promises", "right", "Right.").await;
        until_mark(&browser, "promises", "solved").await;
        let notices = browser
            .ask("return document.body.innerText.split('keeps nothing for this page').length - 1;")
            .await;
        assert_eq!(notices, 1);
        // When there is room again, all of it is written.
        browser.ask("Storage.prototype.setItem = window.room;").await;
        ready(&browser, "first-octet").await;
        choose(&browser, "first-octet", 0).await;
        press(&browser, "first-octet", "Check").await;
        browser.until("it has a mark", &mark("first-octet")).await;
        let all = kept(&browser).await;
        assert_eq!(all["exercises"]["start"].as_object().map(serde_json::Map::len), Some(3), "{all}");

        browser.ask("localStorage.setItem('tcp-lab-progress', '{\"version\": 1, damaged');").await;
        open_course(&browser, &bridge).await;
        browser.until_said("cannot be read").await;
        browser.open("about:blank").await;
        browser.open(&bridge.page("/learn/start/")).await;
        ready(&browser, "a-loss").await;
        choose(&browser, "a-loss", 2).await;
        check(&browser, "a-loss", "right", "Right.").await;
        until_mark(&browser, "a-loss", "solved").await;
        assert_eq!(
            browser.ask("return localStorage.getItem('tcp-lab-progress');").await,
            "{\"version\": 1, damaged",
            "what cannot be read is left as it is"
        );
        open_course(&browser, &bridge).await;
        press_here(&browser, "Forget everything").await;
        press_here(&browser, "Forget it all").await;
        browser.until_said("Begin: Start here").await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn what_went_wrong_comes_back_on_its_day_and_leads_to_the_exercise() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/scenarios/")).await;
        let today = today(&browser).await;
        let wrong = |due: u64| json!({"day": today - 1, "right": true, "solved": today - 1, "review": {"due": due, "step": 0}});
        let progress = json!({"version": 1, "last": "start", "exercises": {"start": {
            "a-loss": wrong(today), "promises": wrong(today + 1), "an-exercise-that-is-gone": wrong(today - 1),
        }}});
        begin_with(&browser, &bridge, &progress).await;
        open_course(&browser, &bridge).await;
        browser.until("one comes back", "document.querySelectorAll('.to-review li').length === 1").await;
        browser.until_said("1 to be answered again today.").await;
        browser.click(".to-review a").await;
        until_mark(&browser, "a-loss", "due").await;
        browser.until("it is where the link leads", "location.hash === '#a-loss'").await;
        ready(&browser, "a-loss").await;
        choose(&browser, "a-loss", 2).await;
        check(&browser, "a-loss", "right", "Right.").await;
        until_mark(&browser, "a-loss", "solved").await;
        let all = kept(&browser).await;
        assert_eq!(all["exercises"]["start"]["a-loss"]["review"], json!({"due": today + 3, "step": 1}));
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn the_page_at_the_end_says_what_is_missing_and_with_a_name_what_is_done() {
    let course = course();
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        let mut progress = json!({"version": 1, "exercises": {}});
        for (lesson, all) in &course.exercises {
            for exercise in all {
                progress["exercises"][lesson][&exercise.id] =
                    json!({"day": 20_780, "right": true, "solved": 20_780});
            }
        }
        let mut short = progress.clone();
        short["exercises"]["start"].as_object_mut().expect("a table").remove("a-loss");
        begin_with(&browser, &bridge, &short).await;
        browser.open(&bridge.page("/learn/done/")).await;
        browser.until_said("Not complete:").await;
        browser.until_said("and 1 is missing").await;
        browser
            .until("it leads there", "document.querySelector('.missing a[href$=\"learn/start/#a-loss\"]')")
            .await;
        begin_with(&browser, &bridge, &progress).await;
        browser.open(&bridge.page("/learn/done/")).await;
        browser.until_said("the last on 23 November 2026.").await;
        browser.until("nothing is missing", "!document.querySelector('.missing')").await;
        browser.fill(".completion input", "Ada <b>Lovelace</b>").await;
        browser.until_said("Ada <b>Lovelace</b>").await;
        let stored = browser.ask("return JSON.stringify({...localStorage}).includes('Ada');").await;
        assert_eq!(stored, false, "the name stays on the page");
        open_course(&browser, &bridge).await;
        browser.until_said("You have solved all").await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn one_goes_from_the_first_page_to_the_course_and_from_lesson_to_lesson() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/")).await;
        browser.click("nav a[href$='/learn/']").await;
        browser.click(".learner .way-in").await;
        let heading = |words: &str| format!("document.querySelector('h1')?.innerText === '{words}'");
        browser.until("it begins with the first lesson", &heading("Start here")).await;
        browser.click(".ways .next a").await;
        browser.until("the next follows", &heading("A stream, not messages")).await;
        browser.click(".ways .before a").await;
        browser.until("and one goes back", &heading("Start here")).await;
        browser.click(".ways .all").await;
        browser.until("and to all of them", &heading("The course")).await;
        // Only looked at, and yet one goes on there.
        browser.until_said("Go on: Start here").await;
    });
}
