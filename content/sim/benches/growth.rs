//! How time and memory grow with the number of connections: the same work for each, all at the same time. Straight lines are expected.
//!
//! Its allocator counts, which costs time: the times here are to be compared with each other only.

mod transfer;

use peak_alloc::PeakAlloc;
use std::time::{Duration, Instant};
use transfer::{Plan, transfer};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Wide enough for all of them.
const LAN: &str = r#"{"delay_us":1000,"rate_bps":100000000000,"queue_datagrams":1000000}"#;
const OCTETS: usize = 100_000;
const ROUNDS: usize = 3;

fn main() {
    println!(
        "{:<46} {:>12} {:>12} {:>12} {:>12}",
        "growth, 100 kB each, all at the same time", "no Log: time", "memory", "Log: time", "memory"
    );
    for connections in [10, 100, 1_000] {
        let (time, memory) = measure(connections, false);
        let (log_time, log_memory) = measure(connections, true);
        println!(
            "{:<46} {time:>9.1} µs {memory:>9.1} kB {log_time:>9.1} µs {log_memory:>9.1} kB",
            format!("{connections} connections, for each")
        );
    }
}

/// The best time and the most memory that was in use, for each connection.
fn measure(connections: usize, log: bool) -> (f64, f64) {
    let plan = Plan { path: LAN, connections, octets: OCTETS, log };
    let (mut best, mut most) = (Duration::MAX, 0);
    for _ in 0..ROUNDS {
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let began = Instant::now();
        let done = transfer(&plan).unwrap_or_else(|why| panic!("the transfer failed: {why}"));
        best = best.min(began.elapsed());
        most = most.max(MEMORY.peak_usage() - before);
        assert_eq!(done.retransmissions, 0, "a clean link loses nothing");
    }
    let each = connections as f64;
    (best.as_secs_f64() * 1e6 / each, most as f64 / 1e3 / each)
}
