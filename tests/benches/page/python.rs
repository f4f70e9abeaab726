//! Learners' programs in the page "Lab", on either network, beside the same files in `python3`.
//!
//! On the simulator a program's own clock is the network's, so the page's is read: from when the programs run until the page says that all
//! have ended, which it says at most every 0.1 s. Elsewhere it is what the programs measure themselves.

use crate::devtools::Browser;
use crate::frames::{Frame, frames};
use crate::site::{Site, variable};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// The page lives, and its editors too.
const READY: &str =
    "document.documentElement?.dataset.live === 'live' && document.querySelector('.workshop .cm-content')";

/// A program: its file's name and its text.
type File = (&'static str, &'static str);

/// What is measured: its name, in how many parts the time is told, of what, and the programs in the order in which they start.
const CASES: &[(&str, f64, &str, &[File])] = &[
    ("getsockname()", 5_000.0, "µs a call", &[("ask.py", include_str!("programs/ask.py"))]),
    ("send(1) and recv(1)", 2_000.0, "µs a call", &[("carry.py", include_str!("programs/carry.py"))]),
    (
        "1 MB there and back",
        1.0,
        "ms",
        &[
            ("echo_server.py", include_str!("programs/echo_server.py")),
            ("echo_client.py", include_str!("programs/echo_client.py")),
        ],
    ),
    (
        "20 clients, 10 messages each",
        1.0,
        "ms",
        &[
            ("many_server.py", include_str!("programs/many_server.py")),
            ("many_client.py", include_str!("programs/many_client.py")),
        ],
    ),
];

/// Runs what is in the editors, in frames, and tells when the first line was there and how long the programs ran, in milliseconds.
const RUN: &str = "(async () => { \
    const shop = document.querySelector('.workshop'); const runs = shop.dataset.runs; let goes = true; \
    const tick = () => { if (goes) requestAnimationFrame(tick); }; tick(); \
    const began = performance.now(); let line = null, ran = null; \
    [...shop.querySelectorAll('button')].find((it) => it.innerText === 'Run').click(); \
    const done = await new Promise((done, fail) => { \
      setTimeout(() => fail(new Error('no end within two minutes: ' + shop.innerText)), 120000); const look = () => { \
        if (shop.dataset.runs === runs) return; \
        const now = performance.now(), stage = shop.dataset.stage; \
        if (ran === null && stage !== 'loading') ran = now; \
        if (line === null && shop.querySelector('.printed span:not(.hint)')) line = now; \
        if (stage === 'over' || stage === 'failed') { watch.disconnect(); done(now); } }; \
      const watch = new MutationObserver(look); \
      watch.observe(shop, { attributes: true, childList: true, characterData: true, subtree: true }); }); \
    await new Promise((done) => setTimeout(done, 300)); goes = false; \
    return { first: line === null ? null : line - began, ran: done - ran, said: shop.querySelector('.run-state').innerText, \
             printed: [...shop.querySelectorAll('.printed')].map((it) => it.textContent).join('') }; })()";

/// One run in the page.
struct Ran {
    first_ms: f64,
    ran_ms: f64,
    printed: String,
    frames: Vec<Frame>,
}

/// Prints the tables.
pub fn measure(site: &Site, chromium: &str) -> Result<()> {
    let python = variable("TCP_LAB_PYTHON")?;
    let mut longest: Vec<(String, Vec<Frame>)> = Vec::new();

    let hello: &[File] = &[("hello.py", include_str!("programs/hello.py"))];
    let mut browser = begin(site, chromium, hello, false)?;
    let cold = run(&mut browser)?;
    // An interpreter is kept ready for the next run: it shall be.
    let warm = (0..5).map(|_| pause(&mut browser).and_then(|()| run(&mut browser)));
    let mut warm = warm.collect::<Result<Vec<Ran>>>()?;
    warm.sort_by(|a, b| a.first_ms.total_cmp(&b.first_ms));
    let began = Instant::now();
    let native = start(&python, hello[0])?.wait_with_output().context("python3 ends")?;
    ensure!(native.status.success(), "python3 says: {}", String::from_utf8_lossy(&native.stderr));
    println!("{:<44} {:>12}", "from Run to the first line", "ms");
    println!("{:<44} {:>12.0}", "cold: Python is fetched and started", cold.first_ms);
    println!("{:<44} {:>12.0}", "again (median of 5)", warm[2].first_ms);
    println!("{:<44} {:>12.0}", "python3", began.elapsed().as_secs_f64() * 1e3);
    longest.push(("cold start".to_owned(), cold.frames));
    longest.push(("warm start".to_owned(), warm.swap_remove(2).frames));
    drop(browser);

    println!("\n{:<32} {:>10} {:>12} {:>12} {:>12}", "", "", "simulator", "kernel", "python3");
    for (name, parts, unit, files) in CASES {
        let mut row = Vec::new();
        for on_kernel in [false, true] {
            let mut browser = begin(site, chromium, files, on_kernel)?;
            run(&mut browser)?;
            pause(&mut browser)?;
            let ran = run(&mut browser)?;
            row.push(if on_kernel { took(&ran.printed)? * 1e3 } else { ran.ran_ms });
            let network = if on_kernel { "kernel" } else { "simulator" };
            longest.push((format!("{name}, {network}"), ran.frames));
        }
        row.push(natively(&python, files)? * 1e3);
        let scale = if unit.starts_with('µ') { 1e3 } else { 1.0 };
        let told = |ms: &f64| format!("{:.1}", ms * scale / parts);
        println!("{name:<32} {unit:>10} {:>12} {:>12} {:>12}", told(&row[0]), told(&row[1]), told(&row[2]));
    }

    println!(
        "\n{:<44} {:>8} {:>12} {:>12} {:>8} {:>13} {:>8}",
        "the page's frames meanwhile, ms",
        "frames",
        "longest",
        "its work",
        "over 50",
        "on processor",
        "over 50"
    );
    for (name, frames) in longest {
        let most = |value: fn(&Frame) -> f64| frames.iter().map(value).fold(0.0, f64::max) / 1e3;
        let over = |value: fn(&Frame) -> f64| frames.iter().filter(|frame| value(frame) > 50_000.0).count();
        println!(
            "{name:<44} {:>8} {:>12.1} {:>12.1} {:>8} {:>13.1} {:>8}",
            frames.len(),
            most(|frame| frame.until_next),
            most(|frame| frame.work.wall),
            over(|frame| frame.work.wall),
            most(|frame| frame.work.thread),
            over(|frame| frame.work.thread),
        );
    }
    Ok(())
}

/// A browser of its own, with these programs in the Lab.
fn begin(site: &Site, chromium: &str, files: &[File], on_kernel: bool) -> Result<Browser> {
    let programs: Vec<Value> = files
        .iter()
        .map(|(file, text)| json!({"name": file.trim_end_matches(".py"), "file": file, "text": text}))
        .collect();
    let project = json!({"delay_us": 0, "programs": programs}).to_string();
    let mut browser = Browser::start(chromium, 1_440, 1_000)?;
    browser
        .open(&site.page_with_token("/scenarios/"), "document.documentElement?.dataset.live === 'live'")?;
    browser.evaluate(&format!("localStorage.setItem('tcp-lab-programs', {})", json!(project)))?;
    browser.open(&site.page_with_token("/lab/"), READY)?;
    if on_kernel {
        browser.evaluate("document.querySelectorAll('.workshop-bar input[name=on]')[1].click()")?;
    }
    Ok(browser)
}

fn run(browser: &mut Browser) -> Result<Ran> {
    let (trace, told) = browser.trace(RUN)?;
    let said = told["said"].as_str().unwrap_or_default();
    ensure!(said.starts_with("Every program has ended"), "the page says: {said}\n{}", told["printed"]);
    let number = |name: &str| told[name].as_f64().unwrap_or(f64::NAN);
    Ok(Ran {
        first_ms: number("first"),
        ran_ms: number("ran"),
        printed: told["printed"].as_str().unwrap_or_default().to_owned(),
        frames: frames(&trace),
    })
}

/// Until the next interpreter is ready.
fn pause(browser: &mut Browser) -> Result<()> {
    browser.evaluate("new Promise((done) => setTimeout(done, 3000))").map(drop)
}

/// The seconds that a program says it took.
fn took(printed: &str) -> Result<f64> {
    let word = printed.lines().find_map(|line| line.strip_prefix("took "));
    word.and_then(|word| word.trim().parse().ok())
        .with_context(|| format!("no program says what it took: {printed}"))
}

fn start(python: &str, (_, text): File) -> Result<Child> {
    let mut command = Command::new(python);
    command.args(["-c", text]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().with_context(|| format!("cannot start {python}"))
}

/// The same programs by themselves.
fn natively(python: &str, files: &[File]) -> Result<f64> {
    let started = files.iter().map(|file| start(python, *file)).collect::<Result<Vec<Child>>>()?;
    let mut printed = String::new();
    for child in started {
        let output = child.wait_with_output().context("python3 ends")?;
        ensure!(output.status.success(), "python3 says: {}", String::from_utf8_lossy(&output.stderr));
        printed.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    took(&printed)
}
