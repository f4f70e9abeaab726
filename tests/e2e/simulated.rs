//! The page "Live sockets" on the simulator: the same buttons, and the stage shows what a kernel does not tell.

use super::bridge::Bridge;
use super::browser::{Browser, in_browser};

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

const NOW: &str = "document.querySelector('.on-stage .transport .now output').textContent";
const FOLLOWS: &str =
    "document.querySelector('.on-stage .transport .live').getAttribute('aria-pressed') === 'true'";

fn press(host: &str, call: &str) -> String {
    format!(
        "document.querySelector('section.pane[aria-label=\"{host}\"] form[data-call=\"{call}\"] button.do').click();"
    )
}

async fn call(browser: &Browser, host: &str, call: &str) {
    let form = format!(
        "document.querySelector('section.pane[aria-label=\"{host}\"] form[data-call=\"{call}\"] button.do')"
    );
    browser.until(&format!("{host} can call {call}"), &format!("{form} && !{form}.disabled")).await;
    browser.ask(&press(host, call)).await;
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn now_glides_with_a_segment_rests_when_all_is_quiet_and_stays_where_somebody_looks_back() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/live/")).await;
        browser.until("the bridge is connected", "document.querySelector('.connection.open')").await;
        browser.click(".connection.open .other-way button").await;
        browser.until_said("Simulated.").await;
        // Long enough under way for the slowest machine.
        browser.ask("const delay = document.querySelector('.connection .delay'); delay.value = '1000000'; delay.dispatchEvent(new Event('change', { bubbles: true }));").await;
        browser
            .until(
                "a segment takes 1 s",
                "document.querySelector('.connection .delay').selectedOptions[0].value === '1000000'",
            )
            .await;
        for each in ["socket", "bind", "listen"] {
            call(&browser, "server", each).await;
        }
        call(&browser, "client", "socket").await;
        // Each frame with a dot under way is written down: the moment, and where the dot is.
        let watch = format!(
            "window.seen = new Set(); (function frame() {{ const head = document.querySelector('.on-stage .now .head'); \
             if (head) window.seen.add({NOW} + head.getAttribute('transform')); requestAnimationFrame(frame); }})();"
        );
        browser.ask(&watch).await;
        call(&browser, "client", "connect").await;
        browser.until("the SYN is seen under way at many moments", "window.seen.size > 5").await;
        browser
            .until(
                "connect is back",
                "document.querySelector('section.pane[aria-label=\"client\"] .transcript .entry.fine')",
            )
            .await;
        browser.until_said("ESTABLISHED").await;
        // Nothing is under way: no frame is asked for.
        browser
            .until(
                "now rests",
                &format!("(() => {{ const was = window.was; window.was = {NOW}; return was === window.was && !document.querySelector('.on-stage .now .head'); }})()"),
            )
            .await;
        // The ladder's clock and the transport's are one, and count from the first call.
        let [now, ladder] = [NOW, "document.querySelector('.on-stage .now-time').textContent"];
        let both = browser.ask(&format!("return [{now}, {ladder}];")).await;
        assert_eq!(both[0], both[1]);
        assert!(
            both[0].as_str().is_some_and(|text| text.starts_with(|first: char| first.is_ascii_digit())),
            "{both}"
        );

        browser.ask("document.querySelector('.on-stage .transport button[aria-label=\"To the beginning\"]').click();").await;
        browser.until("now is looked back from", &format!("!({FOLLOWS}) && {NOW} === '0.000000 s'")).await;
        call(&browser, "client", "send").await;
        browser
            .until(
                "the segment is known",
                "Number(document.querySelector('.on-stage .desk').dataset.packets) >= 5",
            )
            .await;
        assert_eq!(browser.ask(&format!("return {NOW};")).await, "0.000000 s", "nobody is pulled away");
        browser.ask("document.querySelector('.on-stage .transport .live').click();").await;
        browser.until("it is now again", &format!("{FOLLOWS} && {NOW} > '0.2'")).await;

        // A call that is pointed at among the calls lights up in the picture.
        let point = "document.querySelector('section.pane[aria-label=\"client\"] .transcript .entry').dispatchEvent(new MouseEvent('mouseenter'));";
        browser.ask(point).await;
        browser
            .until("it is lit in the ladder", "document.querySelector('.on-stage .ladder-drawing.lit')")
            .await;
    });
}
