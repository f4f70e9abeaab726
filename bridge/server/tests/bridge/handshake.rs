//! Who may come in: cases H1 to H22.

use crate::client::*;
use sockets::Op;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn status(bridge: &Bridge, head: &Head) -> u16 {
    bridge.ask(head).status
}

fn still_works(bridge: &Bridge) {
    assert_eq!(status(bridge, &bridge.handshake()), 101);
}

#[test]
fn h01_own_origin_is_let_in() {
    let bridge = Bridge::start(&[]);
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let origin = format!("http://{host}:{}", bridge.port);
        let answer = bridge.ask(
            &bridge.handshake().with("Origin", &origin).with("Host", &format!("{host}:{}", bridge.port)),
        );
        assert_eq!((answer.status, answer.field("sec-websocket-protocol")), (101, Some("tcpb.v1")), "{host}");
    }
    let page = bridge.page();
    assert_eq!(page.hello.protocol, "tcpb.v1");
    assert_eq!((page.hello.limits.sockets, page.hello.limits.message), (256, 1 << 20));
}

/// Every one of these origins is refused, with the right Host and the right token, and learns nothing.
fn origins_are_refused(origins: &[&dyn Fn(u16) -> String]) {
    let bridge = Bridge::start(&[]);
    for origin in origins.iter().map(|origin| origin(bridge.port)) {
        let answer = bridge.ask(&bridge.handshake().with("Origin", &origin));
        assert_eq!(answer.status, 403, "{origin}");
        assert!(answer.field("sec-websocket-accept").is_none(), "{origin}: no WebSocket");
        assert!(!answer.text().contains("hello"), "{origin}: no state goes out");
    }
    still_works(&bridge);
}

#[test]
fn h02_a_foreign_origin_is_refused() {
    origins_are_refused(&[&|_| "https://evil.example".into(), &|port| format!("http://evil.example:{port}")]);
}

#[test]
fn h03_a_page_of_another_port_is_refused() {
    origins_are_refused(&[
        &|port| format!("http://127.0.0.1:{}", port.wrapping_add(1).max(1)),
        &|port| format!("http://localhost:{}", port.wrapping_add(1).max(1)),
        &|_| "http://127.0.0.1".into(),
        &|port| format!("https://127.0.0.1:{port}"),
    ]);
}

#[test]
fn h04_what_only_begins_or_ends_like_our_origin_is_refused() {
    origins_are_refused(&[
        &|port| format!("http://127.0.0.1:{port}.evil.example"),
        &|port| format!("http://localhost.evil.example:{port}"),
        &|_| "http://evil.example/127.0.0.1".into(),
        &|port| format!("http://evil.example/127.0.0.1:{port}"),
        &|port| format!("http://127.0.0.1:{port}/"),
        &|port| format!("http://127.0.0.1:{port}0"),
        &|port| format!("http://evil127.0.0.1:{port}"),
    ]);
}

#[test]
fn h05_an_address_as_origin_is_refused() {
    origins_are_refused(&[&|_| "http://203.0.113.5".into(), &|port| format!("http://203.0.113.5:{port}")]);
}

#[test]
fn h06_an_origin_that_is_nobodys_is_refused() {
    origins_are_refused(&[&|_| "null".into(), &|_| "file://".into(), &|_| String::new()]);
}

#[test]
fn h07_a_program_without_origin_needs_cli() {
    let bridge = Bridge::start(&[]);
    assert_eq!(status(&bridge, &bridge.handshake().without("Origin")), 403);
    let bridge = Bridge::start(&["--cli"]);
    assert_eq!(status(&bridge, &bridge.handshake().without("Origin")), 101);
    assert_eq!(status(&bridge, &bridge.handshake().with("Origin", "https://evil.example")), 403);
    let head = bridge.handshake().without("Origin").with("Sec-WebSocket-Protocol", "tcpb.v1, tok.00");
    assert_eq!(status(&bridge, &head), 403, "the token is needed all the same");
}

#[test]
fn h08_two_origins_are_malformed() {
    let bridge = Bridge::start(&[]);
    assert_eq!(status(&bridge, &bridge.handshake().and("Origin", bridge.origin().as_bytes())), 400);
}

#[test]
fn h09_a_rebound_host_gets_nothing() {
    let bridge = Bridge::start(&[]);
    let host = format!("evil.example:{}", bridge.port);
    let head = bridge.handshake().with("Host", &host).with("Origin", &format!("http://{host}"));
    assert_eq!(status(&bridge, &head), 403);
    assert_eq!(status(&bridge, &bridge.handshake().with("Host", &host)), 403, "also with the right Origin");
    for path in ["/", "/index.html", "/site.js", "/ws"] {
        let answer = bridge.ask(&Head::get(path).with("Host", &host));
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.text().contains("<html"), "{path}: no page goes out");
    }
    let named = Head::get(&format!("http://{host}/")).with("Host", &format!("127.0.0.1:{}", bridge.port));
    assert_eq!(status(&bridge, &named), 403, "the target's own host counts too");
}

#[test]
fn h10_of_the_hosts_spellings_one_passes() {
    let bridge = Bridge::start(&[]);
    let port = bridge.port;
    for (host, expected) in [
        ("127.0.0.1".to_owned(), 403),
        (format!("127.1:{port}"), 403),
        (format!("0.0.0.0:{port}"), 403),
        (format!("LOCALHOST:{port}"), 200),
        (format!("localhost.:{port}"), 403),
        (format!("[::ffff:127.0.0.1]:{port}"), 403),
        (format!("127.0.0.1:{}", port.wrapping_add(1).max(1)), 403),
        (format!("user@127.0.0.1:{port}"), 403),
    ] {
        assert_eq!(status(&bridge, &Head::get("/").with("Host", &host)), expected, "{host}");
        let expected = if expected == 200 { 101 } else { expected };
        assert_eq!(status(&bridge, &bridge.handshake().with("Host", &host)), expected, "{host}");
    }
    let right = format!("127.0.0.1:{port}");
    for head in [Head::get("/"), bridge.handshake().without("Host")] {
        assert_eq!(status(&bridge, &head), 400, "no Host");
        let twice = head.and("Host", right.as_bytes()).and("Host", right.as_bytes());
        assert_eq!(status(&bridge, &twice), 400, "two Hosts");
    }
}

#[test]
fn h11_malformed_heads_do_no_harm() {
    let bridge = Bridge::start(&[]);
    let right = format!("127.0.0.1:{}", bridge.port);
    assert_eq!(status(&bridge, &Head::get("/").with("Host", "[:::bad")), 400);
    for port in ["x", "80x", "-1", "80:80"] {
        for host in ["127.0.0.1", "[::1]", "evil.example"] {
            let host = format!("{host}:{port}");
            assert_eq!(status(&bridge, &Head::get("/").with("Host", &host)), 400, "{host}");
        }
    }
    for origin in ["garbage", "127.0.0.1", "//127.0.0.1", "://127.0.0.1", "1x://a", "NULL"] {
        assert_eq!(status(&bridge, &bridge.handshake().with("Origin", origin)), 400, "{origin}");
    }
    // Well formed, and of no use here.
    for host in ["127.0.0.1", "127.0.0.1:", "[::1]", "evil.example:80"] {
        assert_eq!(status(&bridge, &Head::get("/").with("Host", host)), 403, "{host}");
    }
    assert_eq!(status(&bridge, &bridge.handshake().with("Origin", "http://[")), 400);
    assert_eq!(status(&bridge, &Head::get("/").and("Host", b"\xff\xfe\xff")), 400);
    assert_eq!(status(&bridge, &bridge.handshake().without("Origin").and("Origin", b"http://\xff")), 400);
    let long = "x".repeat(64 << 10);
    assert_eq!(status(&bridge, &Head::get("/").with("Host", &right).with("X-Long", &long)), 400);
    let longer = "x".repeat(1 << 20);
    assert_eq!(status(&bridge, &Head::get("/").with("Host", &right).with("X-Long", &longer)), 431);
    assert_eq!(status(&bridge, &Head::get("/").line("BLURB")), 400);
    still_works(&bridge);
}

#[test]
fn h12_wrong_tokens_are_all_refused_alike() {
    let bridge = Bridge::start(&[]);
    let token = &bridge.token;
    let mut bodies = Vec::new();
    for offered in [
        "tcpb.v1".to_owned(),
        "tcpb.v1, tok.".into(),
        format!("tcpb.v1, tok.{}", "0".repeat(64)),
        format!("tcpb.v1, tok.{}", &token[..63]),
        format!("tcpb.v1, tok.{token}0"),
        format!("tcpb.v1, {token}"),
        format!("tcpb.v1, tok.{}", token.to_uppercase()),
    ] {
        let answer = bridge.ask(&bridge.handshake().with("Sec-WebSocket-Protocol", &offered));
        // A token of digits alone has no upper case.
        if answer.status != 101 || offered != format!("tcpb.v1, tok.{token}") {
            assert_eq!(answer.status, 403, "{offered}");
            bodies.push(answer.body);
        }
    }
    let query = bridge
        .handshake()
        .line(&format!("GET /ws?token={token} HTTP/1.1"))
        .with("Sec-WebSocket-Protocol", "tcpb.v1");
    let answer = bridge.ask(&query);
    assert_eq!(answer.status, 403);
    bodies.push(answer.body);
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "all get the same body");
    let alone = bridge.handshake().with("Sec-WebSocket-Protocol", &format!("tok.{token}"));
    assert_eq!(status(&bridge, &alone), 400, "the subprotocol must be offered too");
}

#[test]
fn h12_wrong_tokens_are_all_refused_as_slowly() {
    let bridge = Bridge::start(&[]);
    let token = &bridge.token;
    let other = if token.starts_with('0') { "1" } else { "0" };
    let kinds = [
        "tcpb.v1".to_owned(),
        "tcpb.v1, tok.".into(),
        format!("tcpb.v1, tok.{other}{}", &token[1..]),
        format!("tcpb.v1, tok.{}{}", &token[..63], if token.ends_with('0') { "1" } else { "0" }),
        format!("tcpb.v1, tok.{}", &token[..32]),
        format!("tcpb.v1, tok.{token}0"),
        format!("tcpb.v1, {token}"),
    ];
    let offer = |text: &str| bridge.handshake().with("Sec-WebSocket-Protocol", text);
    // At once as long as there were few: all of them alike, two or three times each.
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); kinds.len()];
    for round in 0..20 {
        let start = Instant::now();
        assert_eq!(status(&bridge, &offer(&kinds[round % kinds.len()])), 403);
        times[round % kinds.len()].push(start.elapsed());
    }
    let best: Vec<Duration> =
        times.iter().map(|times| *times.iter().min().expect("there are some")).collect();
    assert!(best.iter().all(|time| *time < Duration::from_millis(500)), "{best:?}");
    // And a second later when there were many.
    let mut streams: Vec<TcpStream> = kinds.iter().map(|_| bridge.connect()).collect();
    let start = Instant::now();
    for (kind, stream) in kinds.iter().zip(&mut streams) {
        stream.write_all(&offer(kind).octets()).expect("the bridge reads");
    }
    for (kind, stream) in kinds.iter().zip(&mut streams) {
        assert_eq!(Answer::read(stream).status, 403, "{kind}");
        let time = start.elapsed();
        assert!((Duration::from_millis(900)..Duration::from_secs(4)).contains(&time), "{kind}: {time:?}");
    }
}

#[test]
fn h13_comparing_takes_the_same_time_wherever_the_mistake_is() {
    let token = server::Token::new().expect("random octets");
    let wrong = |at: usize| {
        let mut text = token.reveal().to_owned();
        let other = if &text[at..=at] == "0" { "1" } else { "0" };
        text.replace_range(at..=at, other);
        text
    };
    let offered = [wrong(0), wrong(63)];
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_nanos() as f64
    };
    // Other programs disturb a measurement, so one quiet one of several is what counts.
    let quiet = (0..20).any(|_| {
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..400 {
            let which = round % 2;
            let start = Instant::now();
            for _ in 0..100 {
                assert!(!token.matches(std::hint::black_box(&offered[which])));
            }
            times[which].push(start.elapsed());
        }
        let [first, last] = times.map(median);
        (first - last).abs() / first < 0.02
    });
    assert!(quiet, "the medians differ by 2 % or more each time");
}

/// The compare takes some nanoseconds of a handshake's time, so this is about all that is around it: a branch that logs, or waits,
/// or refuses early. The compare itself is measured above.
#[test]
fn h13_twenty_thousand_handshakes_tell_nothing() {
    let bridge = Bridge::start(&[]);
    let token = &bridge.token;
    let wrong = |at: usize| {
        let other = if &token[at..=at] == "0" { "1" } else { "0" };
        let text = format!("tcpb.v1, tok.{}{other}{}", &token[..at], &token[at + 1..]);
        bridge.handshake().with("Sec-WebSocket-Protocol", &text).octets()
    };
    let heads = [wrong(0), wrong(62)];
    // As long as 32 answers are delayed, every further one comes at once.
    let no_token = bridge.handshake().with("Sec-WebSocket-Protocol", "tcpb.v1").octets();
    for _ in 0..20 {
        assert_eq!(status(&bridge, &bridge.handshake().with("Sec-WebSocket-Protocol", "tcpb.v1")), 403);
    }
    let mut quiet = false;
    for _ in 0..4 {
        let delayed: Vec<TcpStream> = (0..32)
            .map(|_| {
                let mut stream = bridge.connect();
                // One after the other, a second each.
                stream.write_all(&no_token.repeat(60)).expect("the bridge reads");
                stream
            })
            .collect();
        let mut times = [Vec::new(), Vec::new()];
        let mut stream = bridge.connect();
        stream.set_nodelay(true).expect("TCP has it");
        while times[1].len() < 10_000 {
            for (head, times) in heads.iter().zip(&mut times) {
                let start = Instant::now();
                stream.write_all(head).expect("the bridge reads");
                match Answer::read(&mut stream).status {
                    429 => times.push(start.elapsed()),
                    status => assert_eq!(status, 403),
                }
            }
        }
        drop(delayed);
        let [first, last] = times.map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2].as_nanos() as f64
        });
        quiet = (first - last).abs() / first < 0.02;
        if quiet {
            break;
        }
    }
    assert!(quiet, "the medians differ by 2 % or more each time");
}

#[test]
fn h14_guessing_is_slowed_down_and_stops_nobody() {
    let bridge = Bridge::start(&[]);
    let wrong = bridge.handshake().with("Sec-WebSocket-Protocol", "tcpb.v1, tok.00");
    for _ in 0..20 {
        assert_eq!(status(&bridge, &wrong), 403);
    }
    let start = Instant::now();
    assert_eq!(status(&bridge, &wrong), 403);
    assert!(start.elapsed() >= Duration::from_millis(900), "the 21st waits");
    // A thousand in a second: 32 at a time are delayed, the others are told to wait at once.
    let head = wrong.with("Connection", "close, Upgrade").octets();
    let start = Instant::now();
    let guesses: Vec<TcpStream> = (0..1_000)
        .map(|_| {
            let mut guess = bridge.connect();
            guess.write_all(&head).expect("the bridge reads");
            guess
        })
        .collect();
    let sent = start.elapsed();
    assert!(sent < Duration::from_secs(4), "{sent:?}");
    let start = Instant::now();
    still_works(&bridge);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let statuses: Vec<u16> = guesses.into_iter().map(|mut guess| Answer::read(&mut guess).status).collect();
    assert!(statuses.iter().all(|status| matches!(status, 403 | 429)), "{statuses:?}");
    let delayed = statuses.iter().filter(|status| **status == 403).count();
    assert!((1..=32 * 6).contains(&delayed), "{delayed} were delayed");
}

#[test]
fn h15_the_token_is_told_to_nobody() {
    let bridge = Bridge::start(&["--log", "trace"]);
    let mut page = bridge.page();
    page.stream();
    let _ = status(&bridge, &bridge.handshake().with("Origin", "https://evil.example"));
    let answer = bridge.get("/");
    assert!(!format!("{answer:?}{}", answer.text()).contains(&bridge.token));
    let arguments = std::fs::read(format!("/proc/{}/cmdline", bridge.child.id())).expect("Linux has it");
    assert!(!String::from_utf8_lossy(&arguments).contains(&bridge.token));
    wait_until("the log says that a page is connected", LIMIT, || {
        bridge.log().contains("a page is connected")
    });
    assert!(!bridge.log().contains(&bridge.token), "{}", bridge.log());
}

/// What the browser is started with is all that leaves the bridge, and there the token is behind the `#`, which no request carries.
#[test]
#[cfg(target_os = "linux")]
fn h15_the_browser_gets_the_token_in_the_fragment() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("h15");
    let (opener, said) = (place.path("bin/xdg-open"), place.path("said"));
    place.write(
        "bin/xdg-open",
        &format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}.new'\nmv '{0}.new' '{0}'\n", said.display()),
    );
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
    place.write("site/index.html", "<p>in");
    let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap_or_default());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bridge"));
    command.args(["--port", "0", "--site"]).arg(place.path("site")).env("PATH", path);
    let bridge = Bridge::spawn(&mut command);
    wait_until("the browser is opened", LIMIT, || said.exists());
    let said = std::fs::read_to_string(&said).expect("it was written");
    assert_eq!(said, format!("http://127.0.0.1:{}/#token={}\n", bridge.port, bridge.token));
}

#[test]
fn h16_each_run_has_its_own_token() {
    let first = Bridge::start(&[]);
    let port = first.port.to_string();
    let old = first.handshake();
    assert_eq!(status(&first, &old), 101);
    drop(first);
    // Started again on the same port, as the page of before would find it.
    let second = Bridge::spawn(std::process::Command::new(env!("CARGO_BIN_EXE_bridge")).args([
        "--no-open",
        "--port",
        &port,
    ]));
    assert_eq!(status(&second, &old), 403);
    still_works(&second);
}

#[test]
fn h17_the_socket_is_no_page() {
    let bridge = Bridge::start(&[]);
    let answer = bridge.get("/ws");
    assert_eq!((answer.status, answer.field("upgrade")), (426, Some("websocket")));
    assert_eq!(status(&bridge, &bridge.handshake().with("Sec-WebSocket-Version", "12")), 400);
    assert_eq!(status(&bridge, &bridge.handshake().without("Sec-WebSocket-Key")), 400);
}

#[test]
fn h18_other_sites_get_no_part_of_ours() {
    let bridge = Bridge::start(&[]);
    let head = Head::get("/app.js").with("Host", &format!("127.0.0.1:{}", bridge.port));
    for site in ["cross-site", "same-site"] {
        assert_eq!(
            status(&bridge, &head.clone().with("Sec-Fetch-Site", site).with("Sec-Fetch-Mode", "no-cors")),
            403
        );
    }
    let link = Head::get("/").with("Host", &format!("127.0.0.1:{}", bridge.port));
    let link = link
        .with("Sec-Fetch-Site", "cross-site")
        .with("Sec-Fetch-Mode", "navigate")
        .with("Origin", "https://evil.example");
    let answer = bridge.ask(&link);
    assert_eq!(answer.status, 200, "a link may be followed");
    assert_eq!(answer.field("cross-origin-resource-policy"), Some("same-origin"));
    // No answer of any kind lets another site read it.
    let bridge = Bridge::start(&["--allow-origin", "https://friend.example"]);
    let own = format!("127.0.0.1:{}", bridge.port);
    for (status, head) in [
        (200, Head::get("/").with("Host", &own)),
        (404, Head::get("/ws/").with("Host", &own)),
        (426, Head::get("/ws").with("Host", &own)),
        (400, Head::get("/")),
        (403, Head::get("/").with("Host", "evil.example")),
        (403, bridge.handshake().with("Origin", "https://evil.example")),
        (405, Head::get("/").line("OPTIONS / HTTP/1.1").with("Host", &own)),
        (101, bridge.handshake().with("Origin", "https://friend.example")),
    ] {
        let head = match status {
            101 => head,
            _ if head.field("Origin").is_some() => head,
            _ => head.with("Origin", "https://friend.example"),
        };
        let answer = bridge.ask(&head);
        // Without a site every path is the page that says so.
        assert!(answer.status == status || (answer.status, status) == (200, 404), "{answer:?}");
        assert_eq!(answer.field("access-control-allow-origin"), None, "{answer:?}");
        assert_eq!(answer.field("access-control-allow-private-network"), None, "{answer:?}");
        assert_eq!(answer.field("cross-origin-resource-policy"), Some("same-origin"), "{answer:?}");
    }
}

#[test]
fn h19_no_page_can_frame_ours() {
    let bridge = Bridge::start(&[]);
    for path in ["/", "/nowhere", "/ws"] {
        let answer = bridge.get(path);
        let policy = answer.field("content-security-policy").expect("there is one");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'self'"),
            "{policy}"
        );
        assert!(
            !policy.contains("'unsafe-eval'") && !policy.contains("script-src 'self' 'unsafe-inline'"),
            "{policy}"
        );
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.field("referrer-policy"), Some("no-referrer"));
    }
}

#[test]
fn h20_slow_heads_end_and_stop_nobody() {
    let bridge = Bridge::start(&[]);
    let head = Head::get("/").with("Host", &format!("127.0.0.1:{}", bridge.port)).octets();
    let start = Instant::now();
    let slow: Vec<TcpStream> = (0..200).map(|_| bridge.connect()).collect();
    let mut open: Vec<&TcpStream> = slow.iter().collect();
    let mut ends = Vec::new();
    // One octet a second on each; a few say nothing at all.
    for second in 0..12 {
        for (number, mut stream) in open.iter().copied().enumerate() {
            if number % 20 != 0 {
                let _ = stream.write_all(&head[second..=second]);
            }
        }
        let asked = Instant::now();
        still_works(&bridge);
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
        open.retain(|stream| {
            let mut stream: &TcpStream = stream;
            let patience = Duration::from_millis(if second == 0 { 1 } else { 2 });
            stream.set_read_timeout(Some(patience)).expect("a time-out can be set");
            match stream.read(&mut [0; 512]) {
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock) => true,
                _ => {
                    ends.push(start.elapsed());
                    false
                }
            }
        });
        if open.is_empty() {
            break;
        }
        std::thread::sleep(
            (start + Duration::from_secs(second as u64 + 1)).saturating_duration_since(Instant::now()),
        );
    }
    assert!(open.is_empty(), "{} are open after {:?}", open.len(), start.elapsed());
    let (first, last) = (ends[0], ends[ends.len() - 1]);
    assert!(first > Duration::from_secs(4) && last < Duration::from_secs(9), "{first:?} to {last:?}");
    // A kept connection that asks for nothing more ends as well.
    let mut kept = bridge.connect();
    kept.write_all(&Head::get("/").with("Host", &format!("127.0.0.1:{}", bridge.port)).octets())
        .expect("the bridge reads");
    let start = Instant::now();
    kept.read_to_end(&mut Vec::new()).expect("it is closed");
    assert!(
        (Duration::from_secs(3)..Duration::from_secs(9)).contains(&start.elapsed()),
        "{:?}",
        start.elapsed()
    );
}

/// Somebody on this computer who takes every place that there is, and reads nothing.
#[test]
fn h20_who_reads_nothing_keeps_nobody_out() {
    let place = Place::new("h20");
    place.write("index.html", "<p>in");
    place.write("large.bin", &"x".repeat(16 << 20));
    let bridge = Bridge::start(&["--site", place.path("").to_str().expect("UTF-8")]);
    let head = Head::get("/large.bin").with("Host", &format!("127.0.0.1:{}", bridge.port)).octets();
    // Read and hashed once, which takes its time.
    let mut first = bridge.connect();
    first
        .write_all(
            &Head::get("/")
                .line("HEAD /large.bin HTTP/1.1")
                .with("Host", &format!("127.0.0.1:{}", bridge.port))
                .octets(),
        )
        .expect("the bridge reads");
    assert_eq!(Answer::read_head(&mut first).status, 200);
    drop(first);
    let before = bridge.descriptors();
    let ask = || {
        let socket =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("TCP has it");
        socket
            .connect(&std::net::SocketAddr::from(([127, 0, 0, 1], bridge.port)).into())
            .expect("the bridge listens");
        let mut stream = TcpStream::from(socket);
        let _ = stream.write_all(&head);
        stream
    };
    let deaf: Vec<TcpStream> = (0..520).map(|_| ask()).collect();
    // The first stands behind all that they asked for.
    for patience in [10, 2, 2] {
        let asked = Instant::now();
        assert_eq!(bridge.get("/").text(), "<p>in");
        still_works(&bridge);
        assert!(asked.elapsed() < Duration::from_secs(patience), "{:?}", asked.elapsed());
    }
    // And all of them have to leave.
    let start = Instant::now();
    wait_until("their connections are closed", Duration::from_secs(12), || {
        bridge.descriptors() <= before + 1
    });
    assert!(
        start.elapsed() > Duration::from_secs(2),
        "who is slow for a moment may stay: {:?}",
        start.elapsed()
    );
    drop(deaf);
}

#[test]
fn h21_who_leaves_without_a_word_makes_no_noise() {
    let bridge = Bridge::start(&[]);
    for _ in 0..50 {
        drop(bridge.connect());
    }
    wait_until("a hint", LIMIT, || bridge.log().contains("browser blocked it?"));
    still_works(&bridge);
    assert!(bridge.log().lines().count() < 6, "{}", bridge.log());
}

#[test]
fn h22_no_path_leads_out_of_the_site() {
    let place = Place::new("h22");
    place.write("site/index.html", "<p>in");
    place.write("site/a/b.txt", "in");
    place.write("secret", "out");
    std::os::unix::fs::symlink(place.path("secret"), place.path("site/link")).expect("a link");
    std::os::unix::fs::symlink(place.path(""), place.path("site/up")).expect("a link");
    let site = place.path("site");
    let bridge = Bridge::start(&["--site", site.to_str().expect("UTF-8")]);
    assert_eq!(bridge.get("/a/b.txt").text(), "in");
    for path in [
        "/../secret",
        "/a/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/%2e%2e%2fsecret",
        "/..\\secret",
        "/..%5csecret",
        "/a/b.txt%00",
        "/%00",
        "//etc/passwd",
        "/etc/passwd",
        "/link",
        "/up/secret",
        "/%c0%ae%c0%ae/secret",
        "/./a/b.txt",
        "/a/",
        "/a%2fb.txt/..",
    ] {
        let answer = bridge.get(path);
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert_ne!(answer.text(), "out", "{path}");
    }
}

#[test]
fn r14_a_second_page_has_sockets_of_its_own_and_a_fifth_must_wait() {
    let bridge = Bridge::start(&[]);
    let (mut first, mut second) = (bridge.page(), bridge.page());
    let socket = first.stream();
    let (listener, _) = first.listener(1);
    let waiting = first.ask(None, Op::Accept { socket: listener });
    for socket in [socket, listener] {
        let option = sockets::OptionName::NoDelay;
        for op in [
            Op::Close { socket },
            Op::Bind { socket, address: at("127.0.0.1", 0) },
            Op::Listen { socket, backlog: 1 },
            Op::Accept { socket },
            Op::Connect { socket, address: at("127.0.0.1", 9) },
            send(socket, b"x"),
            recv(socket, 1),
            Op::Shutdown { socket, how: sockets::Direction::Both },
            Op::SetSockOpt { socket, option, value: sockets::OptionValue::Number(1) },
            Op::GetSockOpt { socket, option },
            Op::GetSockName { socket },
            Op::GetPeerName { socket },
        ] {
            assert_eq!(second.errno(op.clone()), sockets::Errno::EBADF, "{op:?}");
        }
    }
    // The other's pending calls cannot be ended either: ids are each session's own.
    second.done(Op::Cancel { target: waiting });
    assert!(first.is_pending(waiting, Duration::from_millis(50)));
    let (third, fourth) = (bridge.page(), bridge.page());
    assert_eq!(status(&bridge, &bridge.handshake()), 429);
    drop(third);
    wait_until("there is room again", LIMIT, || status(&bridge, &bridge.handshake()) == 101);
    drop(fourth);
    first.done(Op::Close { socket });
}
