//! The bridge against direct TCP on loopback, in one run: round trips, bulk both ways, connections, memory.
//!
//! `cargo bench -p server --bench bridge`. The page's side frames by hand, so that the client is not what is measured.

#![allow(missing_docs, reason = "a program")]

mod page;

use page::{Bridge, Page};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// What one call carries in bulk.
const BLOCK: usize = 64 << 10;
/// Calls that the page keeps in flight in bulk.
const FLIGHT: usize = 16;
/// What is moved in bulk.
const BULK: usize = 3 << 30;
const TRIPS: usize = 20_000;
const CONNECTIONS: usize = 3_000;
const IDLE: usize = 500;

struct Row {
    what: &'static str,
    unit: &'static str,
    direct: Option<f64>,
    bridge: f64,
    aim: String,
}

fn main() {
    // `cargo test --benches` and `--list` only ask whether it builds.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let mut rows = Vec::new();
    round_trips(&mut rows);
    bulk(&mut rows);
    connections(&mut rows);
    memory(&mut rows);
    print(&rows);
}

fn print(rows: &[Row]) {
    println!("\n{:44} {:>9} {:>9} {:>7}  {:6} aim", "loopback, one run", "direct", "bridge", "ratio", "unit");
    for Row { what, unit, direct, bridge, aim } in rows {
        let (shown, ratio) = match direct {
            Some(direct) => (format!("{direct:.2}"), format!("{:.2}", bridge / direct)),
            None => ("-".into(), "-".into()),
        };
        println!("{what:44} {shown:>9} {bridge:>9.2} {ratio:>7}  {unit:6} {aim}");
    }
}

fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e6
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let ours = TcpStream::connect(listener.local_addr().expect("it is bound")).expect("it listens");
    let theirs = listener.accept().expect("one is waiting").0;
    for stream in [&ours, &theirs] {
        stream.set_nodelay(true).expect("TCP has it");
    }
    (ours, theirs)
}

fn echo(mut stream: TcpStream) {
    let mut octets = [0; 64];
    while stream.read_exact(&mut octets).is_ok() && stream.write_all(&octets).is_ok() {}
}

fn timed(count: usize, mut trip: impl FnMut()) -> Vec<Duration> {
    for _ in 0..count / 10 {
        trip();
    }
    (0..count)
        .map(|_| {
            let start = Instant::now();
            trip();
            start.elapsed()
        })
        .collect()
}

fn round_trips(rows: &mut Vec<Row>) {
    let (mut ours, theirs) = pair();
    thread::spawn(|| echo(theirs));
    let mut octets = [7; 64];
    let mut direct = timed(TRIPS, || {
        ours.write_all(&octets).expect("it goes out");
        ours.read_exact(&mut octets).expect("it comes back");
    });
    let bridge = Bridge::start(&[]);
    let mut page = Page::open(&bridge);
    let (socket, peer) = page.connection();
    thread::spawn(|| echo(peer));
    let mut together = timed(TRIPS, || {
        page.send(socket, &[7; 64]);
        let recv = page.recv(socket, 64);
        page.flush();
        page.payload(recv);
    });
    let mut in_turn = timed(TRIPS, || {
        let send = page.send(socket, &[7; 64]);
        page.flush();
        page.reply(send);
        let recv = page.recv(socket, 64);
        page.flush();
        page.payload(recv);
    });
    for (percent, whats) in [
        (50, ["64-octet echo, send and recv together, p50", "64-octet echo, recv after send's reply, p50"]),
        (99, ["64-octet echo, send and recv together, p99", "64-octet echo, recv after send's reply, p99"]),
    ] {
        let plain = percentile(&mut direct, percent);
        for (what, times) in whats.into_iter().zip([&mut together, &mut in_turn]) {
            let aim = if percent == 50 { format!("within {:.0}", plain + 60.0) } else { String::new() };
            rows.push(Row { what, unit: "us", direct: Some(plain), bridge: percentile(times, percent), aim });
        }
    }
}

fn pour(mut stream: TcpStream, octets: usize) {
    let block = vec![7; BLOCK];
    for _ in 0..octets / BLOCK {
        if stream.write_all(&block).is_err() {
            return;
        }
    }
}

fn drain(mut stream: TcpStream) -> usize {
    let (mut block, mut total) = (vec![0; BLOCK], 0);
    while let Ok(count @ 1..) = stream.read(&mut block) {
        total += count;
    }
    total
}

fn speed(octets: usize, time: Duration) -> f64 {
    octets as f64 / time.as_secs_f64() / 1e9
}

fn bulk(rows: &mut Vec<Row>) {
    let (ours, theirs) = pair();
    let start = Instant::now();
    thread::spawn(|| pour(theirs, BULK));
    let direct = speed(drain(ours), start.elapsed());

    let bridge = Bridge::start(&[]);
    let mut page = Page::open(&bridge);
    let (socket, peer) = page.connection();
    let start = Instant::now();
    thread::spawn(|| pour(peer, BULK));
    let (mut total, mut calls) = (0, 0_u32);
    let mut flight: std::collections::VecDeque<_> = (0..FLIGHT).map(|_| page.recv(socket, BLOCK)).collect();
    page.flush();
    while let Some(oldest) = flight.pop_front() {
        let octets = page.payload(oldest);
        total += octets;
        calls += 1;
        if octets > 0 {
            flight.push_back(page.recv(socket, BLOCK));
            page.flush();
        }
    }
    assert_eq!(total, BULK, "everything that was sent came");
    let down = speed(total, start.elapsed());
    println!("bulk to the page: {} octets in a recv on average", total / calls as usize);

    let (socket, peer) = page.connection();
    let start = Instant::now();
    let drained = thread::spawn(|| drain(peer));
    let block = vec![7; BLOCK];
    let mut flight = std::collections::VecDeque::new();
    for _ in 0..BULK / BLOCK {
        if flight.len() == FLIGHT {
            page.reply(flight.pop_front().expect("it is not empty"));
        }
        flight.push_back(page.send(socket, &block));
        page.flush();
    }
    for send in flight {
        page.reply(send);
    }
    page.close(socket);
    let up = speed(drained.join().expect("it only reads"), start.elapsed());
    let aim = |direct: f64| format!("{:.2} (1.5 where direct gives 3.5)", direct * 1.5 / 3.5);
    rows.push(Row {
        what: "bulk to the page, 64 KiB calls",
        unit: "GB/s",
        direct: Some(direct),
        bridge: down,
        aim: aim(direct),
    });
    rows.push(Row {
        what: "bulk from the page, 64 KiB calls",
        unit: "GB/s",
        direct: Some(direct),
        bridge: up,
        aim: aim(direct),
    });
}

fn connections(rows: &mut Vec<Row>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            drop(stream);
        }
    });
    let start = Instant::now();
    for _ in 0..CONNECTIONS {
        // The end from the other side is waited for: otherwise the accept queue overflows, and a lost SYN costs a second.
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        assert_eq!(stream.read(&mut [0]).expect("a FIN"), 0);
    }
    let direct = CONNECTIONS as f64 / start.elapsed().as_secs_f64();
    let bridge = Bridge::start(&["--allow", &port.to_string()]);
    let mut page = Page::open(&bridge);
    let start = Instant::now();
    for _ in 0..CONNECTIONS {
        let socket = page.stream();
        page.connect(socket, port);
        let end = page.recv(socket, 1);
        page.flush();
        assert_eq!(page.payload(end), 0);
        page.close(socket);
    }
    let bridged = CONNECTIONS as f64 / start.elapsed().as_secs_f64();
    rows.push(Row {
        what: "connections, one after the other",
        unit: "1/s",
        direct: Some(direct),
        bridge: bridged,
        aim: String::new(),
    });
}

fn memory(rows: &mut Vec<Row>) {
    let bridge = Bridge::start(&["--max-sockets", "600"]);
    let before = bridge.memory();
    let mut page = Page::open(&bridge);
    let mut peers = Vec::new();
    for _ in 0..IDLE {
        let (socket, peer) = page.connection();
        page.recv(socket, BLOCK);
        page.flush();
        peers.push(peer);
    }
    thread::sleep(Duration::from_secs(2));
    let busy = bridge.cpu_time();
    thread::sleep(Duration::from_secs(2));
    let share = (bridge.cpu_time() - busy).as_secs_f64() / 2.0 * 100.0;
    let mib = |octets: usize| octets as f64 / f64::from(1 << 20);
    rows.push(Row {
        what: "memory with 500 idle sockets",
        unit: "MiB",
        direct: None,
        bridge: mib(bridge.memory()),
        aim: "under 40".into(),
    });
    rows.push(Row {
        what: "memory without a page",
        unit: "MiB",
        direct: None,
        bridge: mib(before),
        aim: String::new(),
    });
    rows.push(Row {
        what: "one core's time with 500 idle sockets",
        unit: "%",
        direct: None,
        bridge: share,
        aim: "under 3".into(),
    });
}
