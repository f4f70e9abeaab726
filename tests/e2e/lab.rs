//! The page "Lab": Python programs on the simulator and on real sockets.

use super::bridge::Bridge;
use super::browser::{Browser, Kind, in_a, in_browser};
use serde_json::{Value, json};

/// What the page says of a run in which nothing is left to do.
pub const ENDED: &str = "Every program has ended";

const STAGE: &str = "document.querySelector('.run-state')?.innerText ?? ''";

/// The tests below, in one kind of browser.
macro_rules! tests {
    ($browser:ident, $kind:ident: $($test:ident),* $(,)?) => {
        mod $browser {
            $(
                #[test]
                #[ignore = "needs the site, the bridge and browsers: cargo xtask test e2e"]
                fn $test() {
                    super::$test(super::Kind::$kind);
                }
            )*
        }
    };
}

tests!(
    chromium, Chromium:
    echo_runs_on_the_simulator_and_on_real_sockets_with_the_same_output,
    a_deadlock_is_named_with_its_lines_and_an_exception_with_its_own,
    an_endless_loop_is_stopped_and_its_sockets_are_closed,
    a_breakpoint_holds_a_program_and_a_link_brings_it_back,
);
tests!(
    firefox, Firefox:
    echo_runs_on_the_simulator_and_on_real_sockets_with_the_same_output,
    a_deadlock_is_named_with_its_lines_and_an_exception_with_its_own,
    an_endless_loop_is_stopped_and_its_sockets_are_closed,
    a_breakpoint_holds_a_program_and_a_link_brings_it_back,
);
tests!(
    firefox_without_stacks, FirefoxWithoutStacks:
    echo_runs_on_the_simulator_and_on_real_sockets_with_the_same_output,
    an_endless_loop_is_stopped_and_its_sockets_are_closed,
    a_breakpoint_holds_a_program_and_a_link_brings_it_back,
);

/// Opens the page with these programs: name, text, and when each starts, in microseconds.
pub async fn open(browser: &Browser, bridge: &Bridge, programs: &[(&str, &str, u64)]) {
    let programs: Vec<Value> = programs
        .iter()
        .map(|(name, text, starts)| {
            json!({"name": name, "file": format!("{name}.py"), "text": text, "starts_us": starts})
        })
        .collect();
    let project = json!({"delay_us": 20_000, "programs": programs}).to_string();
    browser.open(&bridge.page("/scenarios/")).await;
    browser.ask(&format!("localStorage.setItem('tcp-lab-programs', {});", json!(project))).await;
    browser.open(&bridge.page("/lab/")).await;
    browser.until("the editors are there", "document.querySelector('.program .cm-content')").await;
}

async fn press(browser: &Browser, label: &str) {
    let button = format!(
        "[...document.querySelectorAll('.workshop button')].find((it) => it.innerText === '{label}')"
    );
    browser.until(&format!("“{label}” can be pressed"), &button).await;
    browser.ask(&format!("{button}.click();")).await;
}

/// Presses a button that begins a run, and waits until Python is there: fourteen megabytes to compile for each program, on a machine that
/// does the same for other tests.
pub async fn begin(browser: &Browser, label: &str) {
    let runs = browser.ask("return Number(document.querySelector('.workshop').dataset.runs);").await;
    press(browser, label).await;
    browser
        .until("a run begins", &format!("Number(document.querySelector('.workshop').dataset.runs) > {runs}"))
        .await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(90);
    while browser.ask("return document.querySelector('.workshop').dataset.stage === 'loading';").await == true
    {
        assert!(std::time::Instant::now() < deadline, "Python is not loaded within 90 s");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Runs what is there, and waits until the page says this.
pub async fn run(browser: &Browser, until: &str) {
    begin(browser, "Run").await;
    browser.until(&format!("the page says “{until}”"), &format!("{STAGE}.includes('{until}')")).await;
    if until == ENDED {
        // Its parts are drawn one after the other.
        let each = "[...document.querySelectorAll('.standing')].every((it) => /^(ended|stopped)/.test(it.innerText))";
        browser.until("each program's part says so", each).await;
    }
}

/// What the programs have printed, once the page has drawn it: it draws its parts one after the other.
pub async fn printed(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('.printed')].map((it) => it.textContent);";
    let mut last = browser.ask(script).await;
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        let now = browser.ask(script).await;
        if now == last {
            let texts = now.as_array().expect("a list").iter();
            return texts.map(|text| text.as_str().expect("a text").to_owned()).collect();
        }
        last = now;
    }
}

pub async fn choose_kernel(browser: &Browser) {
    browser.ask("document.querySelectorAll('.workshop-bar input[name=on]')[1].click();").await;
    browser
        .until("the kernel is chosen", "document.querySelectorAll('.workshop-bar input[name=on]')[1].checked")
        .await;
}

fn echo_runs_on_the_simulator_and_on_real_sockets_with_the_same_output(kind: Kind) {
    let _ports = super::ports_of_the_course();
    let bridge = Bridge::start(&[]);
    in_a(kind, 1280, |browser| async move {
        browser.open(&bridge.page("/lab/")).await;
        browser.until("the editors are there", "document.querySelector('.program .cm-content')").await;
        run(&browser, ENDED).await;
        let simulated = printed(&browser).await;
        let port_of = |printed: &[String]| {
            let port = printed[0].split([' ', ')']).nth(3);
            port.unwrap_or_else(|| panic!("the client tells no port: {printed:?}")).to_owned()
        };
        let port = port_of(&simulated);
        assert_eq!(simulated[0], format!("connected from ('127.0.0.1', {port})\nreceived b'Hello, TCP'\n"));
        browser
            .until(
                "the segments are on the stage",
                "Number(document.querySelector('.workshop .desk').dataset.packets) >= 8",
            )
            .await;
        // Nothing is random: the same port again.
        run(&browser, ENDED).await;
        assert_eq!(printed(&browser).await, simulated);
        choose_kernel(&browser).await;
        run(&browser, ENDED).await;
        let real = printed(&browser).await;
        let real_port = port_of(&real);
        let with_its_port: Vec<String> =
            simulated.iter().map(|text| text.replace(&port, &real_port)).collect();
        assert_eq!(real, with_its_port);
        browser.until_said("Sampled: calls on your own kernel").await;
        browser.ask("document.querySelector('.beside').open = true;").await;
        browser.until_said("Call by call the two runs are the same").await;
        let rows = browser.ask("return document.querySelectorAll('.beside tbody tr').length;").await;
        assert!(rows.as_u64().is_some_and(|rows| rows >= 15), "{rows} calls are compared");
    });
}

fn a_deadlock_is_named_with_its_lines_and_an_exception_with_its_own(kind: Kind) {
    let server = "import socket\nlistener = socket.create_server(('127.0.0.1', 5000))\nconnection, _ = listener.accept()\nconnection.recv(1)\n";
    let client =
        "import socket\nconnection = socket.create_connection(('127.0.0.1', 5000))\n\nconnection.recv(1)\n";
    let bridge = Bridge::start(&[]);
    in_a(kind, 1280, |browser| async move {
        open(&browser, &bridge, &[("client", client, 200_000), ("server", server, 0)]).await;
        run(&browser, "Deadlock").await;
        browser.until_said("client: recv in line 4; server: recv in line 4").await;
        let client = "import socket\n\n\ndef connect():\n    return socket.create_connection(('127.0.0.1', 9))\n\n\nconnect()\n";
        open(&browser, &bridge, &[("client", client, 0)]).await;
        run(&browser, ENDED).await;
        browser.until_said("ended with ConnectionRefusedError in line 5").await;
        let printed = printed(&browser).await;
        assert!(
            printed[0].ends_with("ConnectionRefusedError: [Errno 111] Connection refused\n"),
            "{printed:?}"
        );
        open(&browser, &bridge, &[("client", "print('one')\nprint('two'\n", 0)]).await;
        run(&browser, ENDED).await;
        browser.until_said("SyntaxError: '(' was never closed").await;
    });
}

fn an_endless_loop_is_stopped_and_its_sockets_are_closed(kind: Kind) {
    let program = "import socket\nlistener = socket.create_server(('127.0.0.1', 0))\nprint(listener.getsockname()[1])\nwhile True:\n    pass\n";
    let bridge = Bridge::start(&[]);
    in_a(kind, 1280, |browser| async move {
        open(&browser, &bridge, &[("server", program, 0)]).await;
        choose_kernel(&browser).await;
        begin(&browser, "Run").await;
        browser.until("it loops", "document.querySelector('.printed')?.textContent.endsWith('\\n')").await;
        let port: u16 = printed(&browser).await[0].trim().parse().expect("it prints its port");
        let answers = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        assert!(answers(), "it listens");
        press(&browser, "Stop").await;
        browser.until("it is over", &format!("{STAGE}.includes('{ENDED}')")).await;
        browser.until_said("stopped").await;
        assert!(!answers(), "nobody listens any more");
    });
}

fn a_breakpoint_holds_a_program_and_a_link_brings_it_back(kind: Kind) {
    let program = "total = 0\nfor number in [1, 2, 3]:\n    total += number\nprint(total, input('name? '))\n";
    let bridge = Bridge::start(&[]);
    in_a(kind, 1280, |browser| async move {
        open(&browser, &bridge, &[("sum", program, 0)]).await;
        let stands = async |line: u32, total: u32| {
            let before =
                format!("document.querySelector('.still summary')?.innerText.endsWith('line {line}')");
            let holds = format!("document.querySelector('.still tr code')?.innerText === '{total}'");
            browser.until(&format!("it stands before line {line}"), &format!("{before} && {holds}")).await;
        };
        // In the editor: F9 where the cursor is.
        browser.click(".program .cm-line:nth-child(3)").await;
        browser.keys(thirtyfour::Key::F9).await;
        begin(&browser, "Run").await;
        stands(3, 0).await;
        press(&browser, "Go on").await;
        stands(3, 1).await;
        press(&browser, "Next line").await;
        stands(2, 3).await;
        // Taken away while it stands.
        browser.click(".program .cm-line:nth-child(3)").await;
        browser.keys(thirtyfour::Key::F9).await;
        press(&browser, "Go on").await;
        browser.until("it asks", "document.querySelector('.input-line input')").await;
        browser.fill(".input-line input", "Ada").await;
        press(&browser, "Enter").await;
        browser.until("it is over", &format!("{STAGE}.includes('{ENDED}')")).await;
        assert_eq!(printed(&browser).await, ["name? 6 Ada\n"]);
        let link = browser.ask("return location.href;").await;
        let link = link.as_str().expect("an address").to_owned();
        assert!(link.contains("programs="), "{link}");
        browser.ask("localStorage.removeItem('tcp-lab-programs');").await;
        browser.open(&bridge.page("/scenarios/")).await;
        browser.open(&link).await;
        browser.until_said("for number in [1, 2, 3]:").await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn a_segment_of_the_learners_program_is_lost_and_sent_again() {
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        browser.open(&bridge.page("/lab/")).await;
        browser.until("the editors are there", "document.querySelector('.program .cm-content')").await;
        run(&browser, "Every program has ended").await;
        let before = printed(&browser).await;
        let packets = "Number(document.querySelector('.workshop .desk')?.dataset.packets)";
        browser.until("the segments are on the stage", &format!("{packets} >= 8")).await;
        let count = browser.ask(&format!("return {packets};")).await;
        press(&browser, "Packets").await;
        let syn = "[...document.querySelectorAll('.packets tbody tr')].find((it) => it.innerText.includes('S 0:0(0)'))";
        // The list holds only the rows in sight: the filter asks for all.
        browser.fill(".packets input[type=search]", "syn").await;
        browser.until("the list has the SYN", syn).await;
        browser.ask(&format!("{syn}.click();")).await;
        press(&browser, "Lose it").await;
        browser.until_said("the 1st SYN from").await;
        browser.until("a segment more is on the stage", &format!("{packets} > {count}")).await;
        // The programs do not notice: TCP mends it.
        assert_eq!(printed(&browser).await, before);
        press(&browser, "Take back").await;
        run(&browser, "Every program has ended").await;
        browser.until("all is as it was", &format!("{packets} === {count}")).await;
    });
}

#[test]
#[ignore = "needs the site, the bridge and Chromium: cargo xtask test e2e"]
fn on_a_kernel_it_is_said_when_every_program_waits() {
    let server = "import socket\nlistener = socket.create_server(('127.0.0.1', 0))\nprint(listener.getsockname()[1])\nlistener.accept()\n";
    let bridge = Bridge::start(&[]);
    in_browser(1280, |browser| async move {
        open(&browser, &bridge, &[("server", server, 0)]).await;
        choose_kernel(&browser).await;
        begin(&browser, "Run").await;
        browser.until_said("Every program waits: server: accept in line 4. Unless somebody else").await;
        // Somebody else: any client of this machine.
        let port: u16 = printed(&browser).await[0].trim().parse().expect("it prints its port");
        drop(std::net::TcpStream::connect(("127.0.0.1", port)).expect("it listens"));
        browser.until("it is over", &format!("{STAGE}.includes('Every program has ended')")).await;
    });
}
