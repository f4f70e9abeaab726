//! A learner goes through the first chapters: answers every exercise wrong and then right, reloads in the middle, saves what was done to a
//! file, and goes on from that file in another browser.

use super::bridge::Bridge;
use super::browser::{Browser, in_browser};
use super::course::{at, check, checked, choose, course, press, ready, write};
use super::progress::{kept, mark, open_course, open_file, press_here, until_mark};
use lessons::{Build, Choose, Exercise, Field, Fill, Handed, Kind, Order};
use std::collections::BTreeMap;

/// The lessons that are gone through.
const CHAPTERS: [&str; 4] = ["start", "stream", "segment", "opening"];

/// Types into a field, as its program sees it.
async fn enter(browser: &Browser, field: &str, text: &str) {
    let text = serde_json::json!(text);
    browser
        .ask(&format!(
            "const field = document.getElementById('{field}');
             field.value = {text};
             field.dispatchEvent(new InputEvent('input', {{ bubbles: true }}));"
        ))
        .await;
}

/// What stands in an HTML text, for who reads it.
async fn read(browser: &Browser, html: &str) -> String {
    let script = format!(
        "const it = document.createElement('p'); it.innerHTML = {}; return it.textContent;",
        serde_json::json!(html)
    );
    browser.ask(&script).await.as_str().expect("a text").to_owned()
}

async fn chosen(browser: &Browser, id: &str, exercise: &Choose) {
    let right = exercise.right();
    if exercise.many {
        // All of them, and then those that are too many no more.
        for place in 0..exercise.choices.len() {
            choose(browser, id, place).await;
        }
        let all_right = right.len() == exercise.choices.len();
        if !all_right {
            check(browser, id, "wrong", "").await;
        }
        for place in (0..exercise.choices.len()).filter(|place| !right.contains(place)) {
            choose(browser, id, place).await;
        }
    } else {
        for (place, choice) in exercise.choices.iter().enumerate().filter(|(_, choice)| !choice.right) {
            choose(browser, id, place).await;
            let says = read(browser, &choice.says).await;
            check(browser, id, "wrong", &says).await;
        }
        choose(browser, id, *right.first().expect("one is right")).await;
    }
}

async fn filled(browser: &Browser, id: &str, exercise: &Fill) {
    let right = exercise.right().expect("it is checked");
    for wrong in &exercise.wrong {
        let mut typed = right.clone();
        typed.extend(wrong.give.iter().map(|(key, given)| {
            let key = Field::named(key).map_or_else(|_| key.clone(), |field| field.key().to_owned());
            (key, given.text())
        }));
        type_all(browser, id, &typed).await;
        let says = read(browser, &wrong.says).await;
        check(browser, id, "wrong", &says).await;
    }
    type_all(browser, id, &right).await;
}

async fn type_all(browser: &Browser, id: &str, typed: &BTreeMap<String, String>) {
    for (key, text) in typed {
        enter(browser, &format!("{id}-{key}"), text).await;
    }
}

async fn ordered(browser: &Browser, id: &str, exercise: &Order) {
    check(browser, id, "wrong", "").await;
    for item in &exercise.spare {
        press(browser, id, &format!("Leave “{item}” out")).await;
    }
    for (place, item) in exercise.items.iter().enumerate() {
        let now = format!(
            "[...{}.querySelectorAll('ol.items .item')].findIndex((it) => it.innerText === {})",
            at(id),
            serde_json::json!(item)
        );
        while browser.ask(&format!("return {now};")).await.as_u64().expect("it is there") > place as u64 {
            let before = browser.ask(&format!("return {now};")).await;
            press(browser, id, &format!("“{item}” earlier")).await;
            browser.until("it has moved", &format!("{now} === {before} - 1")).await;
        }
    }
}

async fn built(browser: &Browser, id: &str, exercise: &Build) {
    check(browser, id, "wrong", "").await;
    for wrong in exercise.wrong.iter().filter(|wrong| !wrong.hex.is_empty()) {
        enter(browser, &format!("{id}-hex"), &wrong.hex).await;
        let says = read(browser, &wrong.says).await;
        check(browser, id, "wrong", &says).await;
    }
    enter(browser, &format!("{id}-hex"), &exercise.right().expect("it is checked")).await;
}

/// The wrong answers of a program, and a right one.
async fn written(browser: &Browser, id: &str, program: &lab::grade::Exercise) {
    let texts = |answer| program.answered(answer).into_iter().map(|source| source.text).collect::<Vec<_>>();
    let is_one = |answer: &&lab::grade::Answer| answer.fails.is_some() && !answer.files.is_empty();
    let wrong = program.answers.iter().find(is_one).expect("there is a wrong one");
    write(browser, id, &texts(wrong)).await;
    let text = checked(browser, id).await;
    assert!(text.starts_with("Not yet"), "{id}, “{}”: {text}", wrong.title);
    until_mark(browser, id, "open").await;
    let right = program.answers.iter().find(|answer| answer.fails.is_none()).expect("there is a right one");
    write(browser, id, &texts(right)).await;
    let text = checked(browser, id).await;
    assert!(text.starts_with("Passed"), "{id}, “{}”: {text}", right.title);
}

/// The calls of an answer, by the buttons of the panes; every field that an answer of the first chapters names is filled in.
async fn by_hand(browser: &Browser, id: &str, answer: &Handed) {
    let mut sockets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for step in &answer.steps {
        let text = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
        let (host, call) = (text("host"), text("call"));
        let pane = format!("{}.querySelector('.hands section.pane[aria-label=\"{host}\"]')", at(id));
        let here = sockets.entry(host.clone()).or_default();
        if let Some(place) = here.iter().position(|name| *name == text("socket")) {
            let tab = format!("{pane}.querySelectorAll('ul.sockets button')[{place}]");
            browser.until(&format!("{} is there", text("socket")), &format!("{tab}?.click() ?? {tab}")).await;
            browser.until("it is chosen", &format!("{tab}.ariaPressed === 'true'")).await;
        }
        let form = format!("{pane}.querySelector('form[data-call=\"{call}\"]')");
        for (key, label) in [("backlog", "backlog"), ("text", "data"), ("max", "at most")] {
            let Some(value) = step.get(key) else { continue };
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let field = format!(
                "[...{form}.querySelectorAll('label')].find((it) => it.innerText.trim() === '{label}').querySelector('input')"
            );
            browser
                .ask(&format!(
                    "const field = {field};
                     field.value = {};
                     field.dispatchEvent(new InputEvent('input', {{ bubbles: true }}));",
                    serde_json::json!(value)
                ))
                .await;
            browser.until("it is written", &format!("{field}.value === {}", serde_json::json!(value))).await;
        }
        let button = format!("{form}.querySelector('button.do')");
        let can = format!("{button} && {button}.ariaDisabled !== 'true'");
        browser.until(&format!("{host} can call {call}"), &can).await;
        browser.ask(&format!("{button}.click();")).await;
        if let "socket" | "accept" = &*call {
            here.push(text("as"));
            let count = here.len();
            let there = format!("{pane}.querySelectorAll('ul.sockets button').length === {count}");
            browser.until(&format!("{host} has a socket more"), &there).await;
        }
    }
    let right = format!("{}.querySelector('.hands').dataset.verdict === 'right'", at(id));
    browser.until(&format!("{id} is done"), &right).await;
}

/// Answers an exercise wrong, and then right.
async fn answered(browser: &Browser, exercise: &Exercise) {
    let id = &*exercise.id;
    match &exercise.kind {
        Kind::Choose(choose) => {
            ready(browser, id).await;
            chosen(browser, id, choose).await;
        }
        Kind::Fill(fill) | Kind::Decode(fill) => {
            ready(browser, id).await;
            filled(browser, id, fill).await;
        }
        Kind::Order(order) => {
            ready(browser, id).await;
            ordered(browser, id, order).await;
        }
        Kind::Build(build) => {
            ready(browser, id).await;
            built(browser, id, build).await;
        }
        Kind::Program(program) => return written(browser, id, program).await,
        Kind::Operate(operate) => {
            press(browser, id, "Begin").await;
            let right = operate.answers.iter().find(|answer| answer.says.is_none());
            return by_hand(browser, id, right.expect("there is a right one")).await;
        }
    }
    check(browser, id, "right", "Right.").await;
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_learner_goes_through_the_first_chapters_and_takes_what_was_done_along() {
    let course = course();
    let exercises: Vec<(&str, &Exercise)> = CHAPTERS
        .iter()
        .flat_map(|lesson| course.exercises[*lesson].iter().map(|exercise| (*lesson, exercise)))
        .collect();
    let half = exercises.len() / 2;
    let bridge = &Bridge::start(&[]);
    let exercises = &exercises;
    let saved = std::cell::RefCell::new(String::new());
    in_browser(1280, |browser| {
        let saved = &saved;
        async move {
            let mut here = "";
            for (place, (lesson, exercise)) in exercises.iter().enumerate() {
                if *lesson != here || place == half {
                    // The other page first: where only what stands behind the # differs nothing is loaded.
                    browser.open("about:blank").await;
                    browser.open(&bridge.page(&format!("/learn/{lesson}/"))).await;
                    browser.until_alive().await;
                    here = lesson;
                }
                answered(&browser, exercise).await;
                until_mark(&browser, &exercise.id, "solved").await;
                if place + 1 == half {
                    browser.driver.refresh().await.expect("it reloads");
                    until_mark(&browser, &exercise.id, "solved").await;
                }
            }
            open_course(&browser, bridge).await;
            for lesson in CHAPTERS {
                let count = course_count(exercises, lesson);
                browser.until_said(&format!("All {count} solved, the last on ")).await;
            }
            browser
                .ask("const made = URL.createObjectURL; URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; }); return made.call(URL, blob); };")
                .await;
            press_here(&browser, "Save to a file").await;
            browser.until("the file is made", "window.saved").await;
            let text = browser.ask("return window.saved;").await;
            *saved.borrow_mut() = text.as_str().expect("a text").to_owned();
        }
    });
    let saved = saved.into_inner();
    let saved = &saved;
    // Another browser, which knows of nothing.
    in_browser(1280, |browser| async move {
        open_course(&browser, bridge).await;
        browser.until_said("Begin: Start here").await;
        open_file(&browser, saved).await;
        press_here(&browser, "Take it").await;
        for lesson in CHAPTERS {
            let count = course_count(exercises, lesson);
            browser.until_said(&format!("All {count} solved, the last on ")).await;
        }
        let all = kept(&browser).await;
        for (lesson, exercise) in exercises {
            assert!(all["exercises"][lesson][&exercise.id]["solved"].is_u64(), "{lesson}, {}", exercise.id);
        }
        browser.open(&bridge.page("/learn/opening/")).await;
        let (_, last) = exercises.last().expect("there are some");
        browser.until("it is marked there", &format!("{} === 'solved'", mark(&last.id))).await;
    });
}

fn course_count(exercises: &[(&str, &Exercise)], lesson: &str) -> usize {
    exercises.iter().filter(|(of, _)| *of == lesson).count()
}
