//! How the stage moves.
//!
//! Two scenes: one of some 300 segments that plays with every view open, and one of some 5,000 that is scrubbed from end to end. For each
//! frame: the time to the next one, script, and all work of the page's thread, both until it was done and on a processor.

use crate::devtools::Browser;
use crate::frames::{self, frames, percentile};
use crate::site::Site;
use anyhow::{Context, Result};

/// The page lives, and its moving part too.
const READY: &str = "document.documentElement?.dataset.live === 'live' \
                     && document.querySelector('tcp-studio[data-state=ready] .desk .ladder')";

/// Prints a row for each case.
pub fn measure(site: &Site, chromium: &str) -> Result<()> {
    println!(
        "{:<47} {:>6} {:>13} {:>13} {:>13} {:>13} {:>13}",
        "ms, p50 / p95", "frames", "to the next", "script", "on processor", "all work", "on processor"
    );
    for (name, path, act) in CASES {
        let mut browser = Browser::start(chromium, 1_440, 1_000)?;
        browser.open(&site.page(path), READY)?;
        let segments = browser.evaluate("document.querySelector('.desk').dataset.packets")?;
        let (trace, _) = browser.trace(&format!("(async () => {{ {TOOLS} {act} }})()"))?;
        if let Some(path) = std::env::var_os("TCP_LAB_TRACE") {
            std::fs::write(path, serde_json::to_string(&trace)?).context("cannot write the trace")?;
        }
        let frames = frames(&trace);
        let column = |value: fn(&frames::Frame) -> f64| {
            let values = || frames.iter().map(value).collect();
            format!("{:.1} / {:.1}", percentile(values(), 50) / 1e3, percentile(values(), 95) / 1e3)
        };
        println!(
            "{:<47} {:>6} {:>13} {:>13} {:>13} {:>13} {:>13}",
            format!("{name} ({} segments)", segments.as_str().unwrap_or("?")),
            frames.len(),
            column(|frame| frame.until_next),
            column(|frame| frame.script.wall),
            column(|frame| frame.script.thread),
            column(|frame| frame.work.wall),
            column(|frame| frame.work.thread),
        );
    }
    Ok(())
}

/// What every script may use.
const TOOLS: &str = "const sleep = (ms) => new Promise((done) => setTimeout(done, ms)); \
                     const frame = () => new Promise((done) => requestAnimationFrame(done));";

/// What is measured: its name, its page, and what is done there.
const CASES: &[(&str, &str, &str)] = &[
    ("plays, ladder alone", "/scenarios/no-scaling/#views=none", PLAY),
    (
        "plays, every view",
        "/scenarios/no-scaling/#views=header,states,stream,queues,plots,packets,knobs",
        PLAY,
    ),
    ("plays, ladder alone", "/scenarios/slow-start/#views=none", PLAY),
    ("is scrubbed, ladder alone", LONG, SCRUB),
    ("is scrubbed, header and packets", LONG_WITH_VIEWS, SCRUB),
    ("stands still for 5 s", "/scenarios/slow-start/#views=plots", "await sleep(5000);"),
];

/// Some 5,000 segments: the octets of the slow-start scenario over a link that takes small ones only.
const LONG: &str = "/scenarios/slow-start/#views=none&changes=[{'mtu':{'link':'net','mtu':200}}]";
const LONG_WITH_VIEWS: &str =
    "/scenarios/slow-start/#views=header,packets&changes=[{'mtu':{'link':'net','mtu':200}}]";

/// Plays for eight seconds.
const PLAY: &str = "document.querySelector('.desk').scrollIntoView(); document.querySelector('.transport .play').click(); \
                    await sleep(8000); document.querySelector('.transport .play').click();";

/// Moves the bar from its beginning to its end and back in 400 frames, as a hand does.
const SCRUB: &str = "document.querySelector('.desk').scrollIntoView(); const bar = document.querySelector('.transport .bar input'); \
                     const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set; \
                     for (let n = 0; n <= 400; n++) { await frame(); const share = n < 200 ? n / 200 : 2 - n / 200; \
                     set.call(bar, String(Math.round(share * Number(bar.max)))); bar.dispatchEvent(new Event('input', { bubbles: true })); } \
                     await frame();";
