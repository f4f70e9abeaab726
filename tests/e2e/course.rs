//! A lesson's page: read without JavaScript, its figures live, its exercises answered wrong and then right.

use super::bridge::{Bridge, Client};
use super::browser::{Browser, in_browser};

/// The exercise of this id, as JavaScript.
pub(super) fn at(id: &str) -> String {
    format!("document.getElementById('{id}')")
}

pub(super) async fn ready(browser: &Browser, id: &str) {
    let form = format!("{}.querySelector('.answer form')", at(id));
    browser.until(&format!("the exercise {id} is there"), &form).await;
}

pub(super) async fn press(browser: &Browser, id: &str, label: &str) {
    let button = format!(
        "[...{}.querySelectorAll('button')].find((it) => it.innerText === {label} || it.ariaLabel === {label})",
        at(id),
        label = serde_json::json!(label)
    );
    browser.until(&format!("“{label}” can be pressed"), &button).await;
    browser.ask(&format!("{button}.click();")).await;
}

/// Presses Check, and waits for what is said.
pub(super) async fn check(browser: &Browser, id: &str, verdict: &str, says: &str) {
    press(browser, id, "Check").await;
    let place = at(id);
    browser
        .until(
            &format!("{id} is {verdict}: {says}"),
            &format!(
                "{place}.querySelector('.answer').dataset.verdict === '{verdict}' && {place}.querySelector('.verdict').innerText.includes({says:?})"
            ),
        )
        .await;
}

pub(super) async fn choose(browser: &Browser, id: &str, place: usize) {
    browser.ask(&format!("{}.querySelectorAll('.choices input')[{place}].click();", at(id))).await;
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_lesson_is_answered_wrong_and_then_right_and_the_stage_shows_the_gap() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/learn/start/")).await;
        // Choose some: one that is wrong, then one too few, then all.
        ready(&browser, "promises").await;
        check(&browser, "promises", "wrong", "Nothing is chosen yet").await;
        choose(&browser, "promises", 0).await;
        choose(&browser, "promises", 3).await;
        check(&browser, "promises", "wrong", "A stream has no borders").await;
        choose(&browser, "promises", 3).await;
        check(&browser, "promises", "wrong", "One is missing").await;
        choose(&browser, "promises", 1).await;
        check(&browser, "promises", "right", "Right.").await;
        // Fill in: the gap is named, and shown.
        ready(&browser, "second-segment").await;
        let field = "document.getElementById('second-segment-flags')";
        for (typed, verdict, says) in [
            ("SYN", "wrong", "You say flags SYN. SYN alone begins"),
            ("RST", "wrong", "the segment carries SYN ACK"),
            ("ack, syn", "right", "Right."),
        ] {
            browser.ask(&format!("{field}.value = '{typed}'; {field}.dispatchEvent(new InputEvent('input', {{ bubbles: true }}));")).await;
            check(&browser, "second-segment", verdict, says).await;
        }
        press(&browser, "second-segment", "Show it on the stage").await;
        browser
            .until("a segment is picked", "document.querySelector('#second-segment .lesson-stage .picked')")
            .await;
        // Hints come one by one.
        press(&browser, "second-segment", "Hint 1 of 2").await;
        press(&browser, "second-segment", "Hint 2 of 2").await;
        browser
            .until("both are there", "document.querySelectorAll('#second-segment .hint').length === 2")
            .await;
        // Put in order, by the buttons that a keyboard reaches.
        ready(&browser, "life-of-a-connection").await;
        press(&browser, "life-of-a-connection", "Check").await;
        browser
            .until(
                "it is not in order",
                "document.querySelector('#life-of-a-connection .answer').dataset.verdict === 'wrong'",
            )
            .await;
        let items = [
            "The server's program waits for connections",
            "A segment with SYN goes from client to server",
            "A segment with SYN and ACK comes back",
            "The client's connect returns",
            "Octets of data go to the server",
            "A segment with FIN goes to the server",
        ];
        for (place, item) in items.iter().enumerate() {
            let now = format!(
                "[...document.querySelectorAll('#life-of-a-connection .item')].findIndex((it) => it.innerText === {item:?})"
            );
            while browser.ask(&format!("return {now};")).await.as_u64().expect("it is there") > place as u64 {
                let before = browser.ask(&format!("return {now};")).await;
                browser.ask(&format!("document.querySelectorAll('#life-of-a-connection .items li')[{before}].querySelector('button').click();")).await;
                browser.until("it has moved", &format!("{now} === {before} - 1")).await;
            }
        }
        check(&browser, "life-of-a-connection", "right", "Right.").await;
        // Choose one.
        ready(&browser, "a-loss").await;
        choose(&browser, "a-loss", 0).await;
        check(&browser, "a-loss", "wrong", "has one meaning only").await;
        choose(&browser, "a-loss", 2).await;
        check(&browser, "a-loss", "right", "Right.").await;
        browser.until("ids are there once", "[...document.querySelectorAll('[id]')].every((it, _, all) => all.filter((other) => other.id === it.id).length === 1)").await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_lesson_s_figures_are_live_its_terms_light_up_and_one_comes_back_to_its_words() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/learn/start/")).await;
        browser.until("two figures", "document.querySelectorAll('figure.live .desk').length === 2").await;
        browser.until("what it is about is picked", "document.querySelector('figure.live .picked')").await;
        let term = "[...document.querySelectorAll('a[data-thing]')].find((it) => it.innerText === 'a first segment')";
        browser.until("the words know the picture", &format!("{term}?.classList.contains('term')")).await;
        browser.ask(&format!("{term}.click();")).await;
        browser.until("it is picked", &format!("{term}.classList.contains('picked')")).await;
        // To another page by a link of the program, and back: the words are fetched again.
        browser
            .ask(
                "[...document.querySelectorAll('nav a')].find((it) => it.innerText === 'Scenarios').click();",
            )
            .await;
        browser.until("the gallery is there", "document.querySelector('.gallery')").await;
        browser.ask("history.back();").await;
        browser.until("the lesson is there again", "document.querySelector('.course h1')?.innerText === 'Start here' && document.title.startsWith('Start here')").await;
        browser.until("its exercises are, too", "document.querySelector('#promises .answer form')").await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_lesson_that_is_not_there_says_so() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/scenarios/")).await;
        browser.ask("history.pushState(null, '', '/learn/no-such-lesson/'); dispatchEvent(new PopStateEvent('popstate'));").await;
        browser.until_said("could not be fetched").await;
    });
}

/// Makes a call of a host, as it stands in its form.
async fn call(browser: &Browser, host: &str, call: &str) {
    let button = format!(
        "document.querySelector('.hands section.pane[aria-label=\"{host}\"] form[data-call=\"{call}\"] button.do')"
    );
    browser.until(&format!("{host} can call {call}"), &format!("{button} && !{button}.disabled")).await;
    browser.ask(&format!("{button}.click();")).await;
}

/// Does the exercise by hand, wrong first, on whatever the session is on.
pub(super) async fn by_hand(browser: &Browser) {
    let said =
        |words: &str| format!("document.querySelector('#by-hand .hands').innerText.includes({words:?})");
    call(browser, "client", "socket").await;
    browser.until("the next goal is named", &said("Not yet. Not seen yet: the server listens")).await;
    for each in ["socket", "bind", "listen"] {
        call(browser, "server", each).await;
    }
    browser.until("it listens", &said("Not seen yet: the client's connect comes back")).await;
    call(browser, "client", "connect").await;
    browser.until("it is connected", &said("Now the server's program may ask")).await;
    call(browser, "server", "accept").await;
    browser
        .until("it is right", "document.querySelector('#by-hand .hands').dataset.verdict === 'right'")
        .await;
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_connection_is_made_by_hand_on_real_sockets_and_on_the_simulator() {
    let bridge = &Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/learn/start/")).await;
        press(&browser, "by-hand", "Begin").await;
        browser.until("the bridge is connected", "document.querySelector('#by-hand .connection.open')").await;
        by_hand(&browser).await;
    });
    // Another browser: this one asks before it leaves a page with open sockets.
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/learn/start/")).await;
        press(&browser, "by-hand", "Begin").await;
        browser.until("the bridge is connected", "document.querySelector('#by-hand .connection.open')").await;
        browser.click("#by-hand .connection.open .other-way button").await;
        browser.until_said("Simulated.").await;
        by_hand(&browser).await;
    });
}

/// The course, as it lies in the repository.
pub(super) fn course() -> lessons::Course {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../content/lessons");
    let mut files = std::collections::BTreeMap::new();
    for entry in walkdir::WalkDir::new(root.join("course")).into_iter().filter_map(Result::ok) {
        if let (Ok(name), Ok(text)) =
            (entry.path().strip_prefix(&root), std::fs::read_to_string(entry.path()))
        {
            files.insert(name.to_string_lossy().into_owned(), text);
        }
    }
    lessons::Course::read("course", &files).0
}

/// Writes programs into an exercise's editors, as somebody who pastes them.
pub(super) async fn write(browser: &Browser, id: &str, texts: &[String]) {
    let place = at(id);
    let all = format!("{place}.querySelectorAll('.cm-content').length === {}", texts.len());
    browser.until(&format!("the editors of {id} are there"), &all).await;
    for (nth, text) in texts.iter().enumerate() {
        browser
            .ask(&format!(
                "const here = {place}.querySelectorAll('.cm-content')[{nth}];
                 here.focus();
                 document.getSelection().selectAllChildren(here);
                 const data = new DataTransfer();
                 data.setData('text/plain', {text});
                 here.dispatchEvent(new ClipboardEvent('paste', {{clipboardData: data, bubbles: true, cancelable: true}}));",
                text = serde_json::json!(text)
            ))
            .await;
    }
}

/// Presses Check, and gives what is to be read when all trials are over.
pub(super) async fn checked(browser: &Browser, id: &str) -> String {
    let place = at(id);
    browser
        .ask(&format!(
            "window.begun = false;
             const look = () => {{ window.begun ||= {place}.querySelector('.results')?.dataset.state === 'under way'; }};
             new MutationObserver(look).observe({place}, {{subtree: true, childList: true, attributes: true}});"
        ))
        .await;
    press(browser, id, "Check").await;
    let over = format!("window.begun && {place}.querySelector('.results').dataset.state !== 'under way'");
    super::lessons::until_at_last(browser, &format!("the check of {id} ends"), &over).await;
    let text = browser.ask(&format!("return {place}.querySelector('.results').textContent;")).await;
    text.as_str().expect("a text").to_owned()
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn every_answer_of_every_program_of_the_course_gets_what_it_is_said_to_get() {
    let course = course();
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        let mut wrong: Vec<String> = Vec::new();
        let mut tried = 0;
        for (lesson, exercise) in
            course.exercises.iter().flat_map(|(lesson, all)| all.iter().map(move |one| (lesson, one)))
        {
            let lessons::Kind::Program(program) = &exercise.kind else { continue };
            browser.open(&bridge.page(&format!("/learn/{lesson}/"))).await;
            for answer in &program.answers {
                let texts: Vec<String> =
                    program.answered(answer).into_iter().map(|source| source.text).collect();
                write(&browser, &exercise.id, &texts).await;
                let text = checked(&browser, &exercise.id).await;
                tried += 1;
                let failed = answer.fails.as_ref().map(|fails| {
                    let trial =
                        program.trials.iter().find(|trial| trial.id == fails.trial).expect("it is checked");
                    (format!("failed{}", trial.title), &*fails.says)
                });
                // The first trial that fails is the one that is open.
                let open = format!(
                    "return {}.querySelector('.results > ol > .failed summary')?.textContent ?? '';",
                    at(&exercise.id)
                );
                let open = browser.ask(&open).await;
                let open = open.as_str().unwrap_or_default();
                let (verdict, (trial, says)) = match &failed {
                    None => ("Passed", ("", "")),
                    Some((trial, says)) => ("Not yet", (&**trial, *says)),
                };
                if !text.starts_with(verdict) || !text.contains(says) || open != trial {
                    wrong.push(format!(
                        "{lesson}, {}, “{}”: {verdict}, “{says}”, {trial} is not what is said: {open}: {text}",
                        exercise.id, answer.title
                    ));
                }
            }
        }
        assert!(tried >= 40, "only {tried} answers were found");
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn every_answer_by_hand_of_the_course_comes_out_the_same_on_real_sockets() {
    let course = course();
    let bridge = Bridge::start(&[]);
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for (lesson, exercise) in
        course.exercises.iter().flat_map(|(lesson, all)| all.iter().map(move |one| (lesson, one)))
    {
        let lessons::Kind::Operate(operate) = &exercise.kind else { continue };
        // Each answer in a page of its own, as many at a time as the bridge takes.
        for answers in operate.answers.chunks(4) {
            std::thread::scope(|scope| {
                let played = answers.iter().map(|answer| {
                    let client = Client::connect(&bridge);
                    let program = operate.by_hand(answer).expect("it is checked");
                    scope.spawn(move || client.drive(vec![program], std::time::Duration::from_millis(400)))
                });
                let played: Vec<_> = played.collect();
                for (answer, log) in answers.iter().zip(played) {
                    let log = log.join().expect("it comes to its end");
                    let verdict = lessons::judge(exercise, &lessons::Answer::Operated(&log, &operate.hosts));
                    tried += 1;
                    let as_said = match &answer.says {
                        None => verdict.right,
                        Some(says) => !verdict.right && verdict.says.contains(says),
                    };
                    if !as_said {
                        let title = &answer.title;
                        wrong.push(format!("{lesson}, {}, “{title}”: {verdict:?}", exercise.id));
                    }
                }
            });
        }
    }
    assert!(tried >= 30, "only {tried} answers were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn every_solution_of_every_program_of_the_course_passes_on_real_sockets() {
    let course = course();
    let bridge = Bridge::start(&[]);
    let _ports = super::ports_of_the_course();
    in_browser(1280, |browser| async move {
        let (mut wrong, mut tried) = (Vec::new(), 0);
        for (lesson, exercise) in
            course.exercises.iter().flat_map(|(lesson, all)| all.iter().map(move |one| (lesson, one)))
        {
            let lessons::Kind::Program(program) = &exercise.kind else { continue };
            browser.open(&bridge.page(&format!("/learn/{lesson}/"))).await;
            for answer in program.answers.iter().filter(|answer| answer.fails.is_none()) {
                let texts: Vec<String> =
                    program.answered(answer).into_iter().map(|source| source.text).collect();
                write(&browser, &exercise.id, &texts).await;
                browser
                    .ask(&format!("{}.querySelectorAll('fieldset.on input')[1].click();", at(&exercise.id)))
                    .await;
                let text = checked(&browser, &exercise.id).await;
                tried += 1;
                if !text.starts_with("Passed on your own kernel: ") {
                    wrong.push(format!("{lesson}, {}, “{}”: {text}", exercise.id, answer.title));
                }
            }
        }
        assert!(tried >= 12, "only {tried} solutions were found");
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_lesson_leads_to_its_preset_on_the_learner_s_own_kernel() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/learn/start/")).await;
        browser.until_alive().await;
        browser.click("aside.kernel a[href*='preset=echo']").await;
        browser.until_said("That was all.").await;
        let on = browser.ask("return document.querySelector('.connection').className;").await;
        assert!(on.as_str().is_some_and(|on| on.contains("open")), "its calls went to the bridge: {on}");
        let running = "return document.querySelector('.presets button[aria-pressed=true]').innerText;";
        let running = browser.ask(running).await;
        // Whoever chooses another one is no longer where the link led.
        browser.ask("[...document.querySelectorAll('.presets li button')].find((it) => it.ariaPressed === 'false').click();").await;
        browser.until("the address names the link's no longer", "location.search === ''").await;
        browser
            .until(
                "it runs",
                &format!(
                    "document.querySelector('.presets button[aria-pressed=true]').innerText !== {running}"
                ),
            )
            .await;
        browser.open(&bridge.page("/live/?preset=ecko")).await;
        browser.until_said("there is none of that name").await;
    });
}

/// What Python's own client gets on one connection.
const ASKS: &str = "import http.client, sys
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
for path in ['/', '/tcp', '/missing']:
    connection.request('GET', path)
    response = connection.getresponse()
    print(response.status, response.read().decode().strip())
";

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_real_browser_and_python_s_client_talk_to_the_capstone_s_server() {
    let server = include_str!("../../content/lessons/course/10-capstone/http-server-right.py")
        .replace("5000", "47513");
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        super::lab::open(&browser, &bridge, &[("server", &server, 0)]).await;
        super::lab::choose_kernel(&browser).await;
        super::lab::begin(&browser, "Run").await;
        browser.until_said("Every program waits: server: accept").await;
        // The page's own program answers them, so this thread must not wait for them itself.
        let others = tokio::task::spawn_blocking(|| {
            in_browser(640, |other| async move {
                for (path, says) in [("/tcp", "A stream of octets."), ("/", "Hello"), ("/none", "Not found")]
                {
                    other.open(&format!("http://127.0.0.1:47513{path}")).await;
                    other.until_said(says).await;
                }
            });
            std::process::Command::new(super::told("TCP_LAB_PYTHON"))
                .args(["-c", ASKS, "47513"])
                .output()
                .expect("python3 starts")
        });
        let output = others.await.expect("both got their answers");
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(
            told,
            "200 Hello\n200 A stream of octets.\n404 Not found\n",
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    });
}
