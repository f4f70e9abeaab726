//! The page "Live sockets" on the simulator: the same buttons, and the stage shows what a kernel does not tell.

use super::bridge::Bridge;
use super::browser::in_browser;

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_preset_runs_on_the_simulator_and_every_segment_is_on_the_stage() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/live/")).await;
        browser.until("the bridge is connected", "document.querySelector('.connection.open')").await;
        browser.click(".connection.open .other-way button").await;
        browser.until_said("Simulated.").await;
        browser.ask("document.querySelector('.presets button').click();").await;
        browser.until_said("That was all").await;
        // Three segments open, two with octets, their acknowledgments, and what closes.
        browser
            .until(
                "the segments are there",
                "Number(document.querySelector('.on-stage .desk')?.dataset.packets) >= 8",
            )
            .await;
        browser.until_said("Simulated: every segment, timer and rule is told.").await;
        browser.ask("[...document.querySelectorAll('.connection button')].find((it) => it.innerText === 'Use real sockets').click();").await;
        browser.until("calls go to the bridge again", "document.querySelector('.connection.open')").await;
        browser.until("everything began anew", "!document.querySelector('.on-stage .desk')").await;
    });
}
