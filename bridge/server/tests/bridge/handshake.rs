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

#[test]
fn h02_to_h06_foreign_origins_are_refused() {
    let bridge = Bridge::start(&[]);
    let port = bridge.port;
    for origin in [
        "https://evil.example".to_owned(),
        format!("http://127.0.0.1:{}", port.wrapping_add(1).max(1)),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("http://localhost.evil.example:{port}"),
        format!("https://127.0.0.1:{port}"),
        "http://evil.example/127.0.0.1".into(),
        format!("http://127.0.0.1:{port}/"),
        "http://127.0.0.1".into(),
        "http://203.0.113.5".into(),
        format!("http://203.0.113.5:{port}"),
        "null".into(),
        "file://".into(),
        String::new(),
    ] {
        let answer = bridge.ask(&bridge.handshake().with("Origin", &origin));
        assert_eq!(answer.status, 403, "{origin}");
        assert!(!answer.text().contains("hello"), "no state goes out");
    }
    still_works(&bridge);
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
    for path in ["/", "/index.html", "/site.js", "/ws"] {
        assert_eq!(status(&bridge, &Head::get(path).with("Host", &host)), 403, "{path}");
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
    }
    assert_eq!(status(&bridge, &Head::get("/")), 400);
    let right = format!("127.0.0.1:{port}");
    assert_eq!(status(&bridge, &Head::get("/").with("Host", &right).and("Host", right.as_bytes())), 400);
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
    let mut guesses: Vec<TcpStream> = (0..200).map(|_| bridge.connect()).collect();
    for guess in &mut guesses {
        guess.write_all(&wrong.octets()).expect("the bridge reads");
    }
    let start = Instant::now();
    still_works(&bridge);
    assert!(start.elapsed() < Duration::from_secs(2));
    let mut last = [0; 12];
    guesses[199].read_exact(&mut last).expect("an answer");
    assert_eq!(&last, b"HTTP/1.1 429");
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

#[test]
fn h16_each_run_has_its_own_token() {
    let (first, second) = (Bridge::start(&[]), Bridge::start(&[]));
    assert_ne!(first.token, second.token);
    let old = second.handshake().with("Sec-WebSocket-Protocol", &format!("tcpb.v1, tok.{}", first.token));
    assert_eq!(status(&second, &old), 403);
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
    assert_eq!(answer.field("access-control-allow-origin"), None);
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
    let start = Instant::now();
    let mut slow: Vec<TcpStream> = (0..200).map(|_| bridge.connect()).collect();
    for (number, stream) in slow.iter_mut().enumerate() {
        if number % 2 == 0 {
            stream.write_all(b"GET / HT").expect("the bridge reads");
        }
    }
    let asked = Instant::now();
    still_works(&bridge);
    assert!(asked.elapsed() < Duration::from_secs(1));
    // One writes on, an octet at a time; it does not help.
    let mut drip = bridge.connect();
    let dripping = std::thread::spawn(move || {
        let start = Instant::now();
        while drip.write_all(b"G").is_ok() && start.elapsed() < LIMIT {
            std::thread::sleep(Duration::from_millis(500));
        }
        start.elapsed()
    });
    for stream in &mut slow {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
    }
    assert!(start.elapsed() < Duration::from_secs(9), "all are closed after 5 s");
    assert!(dripping.join().expect("no panic") < Duration::from_secs(9));
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
    assert_eq!(second.errno(Op::Close { socket }), sockets::Errno::EBADF);
    let (third, fourth) = (bridge.page(), bridge.page());
    assert_eq!(status(&bridge, &bridge.handshake()), 429);
    drop(third);
    wait_until("there is room again", LIMIT, || status(&bridge, &bridge.handshake()) == 101);
    drop(fourth);
    first.done(Op::Close { socket });
}
