//! Programs three ways: in the Lab's page on the simulator, in the page on the bridge, and by the system's python3 on loopback. Output and
//! exceptions are the same, or tests/programs/README.md says why not.
//!
//! ```text
//!   tests/programs, content/lab/programs --link--> page, simulator --.
//!                  |                       '-----> page, bridge -----+--> judge --> equal, explained, or different
//!                  '--------------- files --> python3, loopback -----'
//! ```
//!
//! TCP_LAB_PROGRAMS_ONLY runs the cases with that in their name.

mod case;
mod judge;
mod outside;

use super::bridge::Bridge;
use super::browser::{Browser, in_browser};
use case::Case;
use judge::{Outcome, Verdict, compare, rows};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// In the page: programs that end have this long for it; those that never end are stopped after the other.
const PATIENCE: Duration = Duration::from_secs(30);
const LONG_ENOUGH: Duration = Duration::from_millis(1_500);

/// Ports of this computer that programs may try though no socket of the page has bound them.
const ALLOWED: std::ops::Range<u16> = 5990..6000;

/// What the page says of each program: how it stands, stdout and stderr.
const SHOWN: &str = "return [...document.querySelectorAll('.program')].map((it) => {
    const text = (css) => [...it.querySelectorAll(css)].map((piece) => piece.textContent).join('');
    return [text('.standing'), text('.printed span:not(.error):not(.hint)'), text('.printed span.error')];
});";

/// A status as a shell has it, from the page's words.
fn status(words: &str) -> String {
    let ended = words.strip_prefix("ended with status ");
    match words {
        "ended" => "0".to_owned(),
        _ if ended.is_some() => ended.unwrap_or_default().to_owned(),
        _ if words.starts_with("ended with ") => "1".to_owned(),
        _ => "goes on".to_owned(),
    }
}

/// Opens the case's link in a page that is open already.
async fn open(browser: &Browser, case: &Case) {
    browser.ask(&format!("location.hash = {};", json!(case.link()))).await;
    let files: Vec<&str> = case.programs.iter().map(|program| program.file.as_str()).collect();
    let shown = "JSON.stringify([...document.querySelectorAll('.program h2')].map((it) => it.textContent))";
    let shown =
        format!("{shown} === {} && !document.querySelector('.printed')", json!(json!(files).to_string()));
    browser.until(&format!("{} is opened", case.name), &shown).await;
}

/// Runs the case that is open.
async fn run(browser: &Browser, case: &Case, kernel: bool) -> Vec<Outcome> {
    let choose =
        format!("document.querySelectorAll('.workshop-bar input[name=on]')[{}].click();", u8::from(kernel));
    browser.ask(&choose).await;
    let workshop = "document.querySelector('.workshop').dataset";
    let runs = browser.ask(&format!("return Number({workshop}.runs);")).await;
    browser.ask("document.querySelector('.workshop-bar button.primary').click();").await;
    browser.until("a run begins", &format!("Number({workshop}.runs) > {runs}")).await;
    let mut until = Instant::now() + Duration::from_secs(90);
    let mut loading = true;
    loop {
        let stage = browser.ask(&format!("return {workshop}.stage;")).await;
        if loading && stage != "loading" {
            let last = case.programs.iter().map(|program| program.starts_ms).max().unwrap_or_default();
            let long = if case.goes_on { LONG_ENOUGH } else { PATIENCE };
            (loading, until) = (false, Instant::now() + Duration::from_millis(last) + long);
        }
        if stage == "over" || stage == "failed" {
            break;
        }
        if Instant::now() > until {
            browser
                .ask("[...document.querySelectorAll('.workshop-bar button')].find((it) => it.innerText === 'Stop')?.click();")
                .await;
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The page draws its parts one after the other.
    let mut last = Value::Null;
    loop {
        tokio::time::sleep(Duration::from_millis(130)).await;
        let now = browser.ask(SHOWN).await;
        if now == last {
            break;
        }
        last = now;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let shown = last.as_array().cloned().unwrap_or_default();
    let outcomes = shown.iter().map(|shown| Outcome {
        how: status(&text(&shown[0])),
        out: text(&shown[1]),
        error: text(&shown[2]),
    });
    outcomes.collect()
}

/// Runs every `of`th case from `first` on three ways, one after the other in one page.
fn three_ways(first: usize, of: usize) {
    let only = std::env::var("TCP_LAB_PROGRAMS_ONLY").unwrap_or_default();
    let table = rows(&case::table());
    let cases: Vec<Case> =
        case::all().into_iter().skip(first).step_by(of).filter(|case| case.name.contains(&only)).collect();
    let allowed: Vec<String> = ALLOWED.flat_map(|port| ["--allow".to_owned(), port.to_string()]).collect();
    let bridge = Bridge::start(&allowed.iter().map(String::as_str).collect::<Vec<_>>());
    let (mut wrong, mut used, mut counts) = (Vec::new(), BTreeSet::new(), [0_usize; 3]);
    in_browser(1280, async |browser| {
        browser.open(&bridge.page("/lab/")).await;
        browser.until("the editors are there", "document.querySelector('.program .cm-content')").await;
        for case in &cases {
            let began = Instant::now();
            let outside = std::thread::spawn({
                let case = case.clone();
                move || outside::run(&case)
            });
            open(&browser, case).await;
            let simulated = run(&browser, case, false).await;
            let outside = outside.join().expect("python3 runs");
            let real = run(&browser, case, true).await;
            let mut worst = Verdict::Equal;
            for (place, here) in [("simulator", &simulated), ("kernel", &real)] {
                assert_eq!(here.len(), outside.len(), "{}: the page shows its programs", case.name);
                for ((program, there), here) in case.programs.iter().zip(&outside).zip(here) {
                    let (verdict, told) =
                        compare(case, &program.file, place, (there, here), &table, &mut used);
                    if verdict == Verdict::Differs || worst == Verdict::Equal {
                        worst = verdict;
                    }
                    wrong.extend(Some(told).filter(|told| !told.is_empty()));
                }
            }
            counts[worst as usize] += 1;
            println!("{}: {worst:?}, {} ms", case.name, began.elapsed().as_millis());
        }
        browser.forget_complaints().await;
    });
    let is_ours = |program: &str| cases.iter().any(|case| program.split('/').next() == Some(&case.name));
    for (number, row) in table.iter().enumerate() {
        if is_ours(&row.program) && !used.contains(&number) {
            wrong.push(format!("the table explains what is no longer so: {row:?}"));
        }
    }
    let [equal, explained, different] = counts;
    println!("{} cases: {equal} equal, {explained} explained, {different} different", cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_at_least_sixty_cases_and_the_table_names_none_that_is_not_there() {
    let cases = case::all();
    assert!(cases.len() >= 60, "{}", cases.len());
    for row in rows(&case::table()) {
        let known = |case: &Case| {
            case.programs.iter().any(|program| format!("{}/{}", case.name, program.file) == row.program)
        };
        assert!(cases.iter().any(known), "{row:?}");
        assert!(["page", "simulator", "kernel"].contains(&row.place.as_str()), "{row:?}");
    }
}

#[test]
#[ignore = "needs the site, the bridge, Chromium and CPython: cargo xtask test e2e"]
fn programs_come_out_as_in_a_terminal_first_half() {
    three_ways(0, 2);
}

#[test]
#[ignore = "needs the site, the bridge, Chromium and CPython: cargo xtask test e2e"]
fn programs_come_out_as_in_a_terminal_second_half() {
    three_ways(1, 2);
}
