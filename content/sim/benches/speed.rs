//! How fast the engine is: one table, natively and as wasm. `README.md` says what its rows mean.
//!
//! Every row is the best of several runs, taken in turns with the others, since a machine that does other things as well only ever
//! makes a run slower.

#[cfg(not(target_family = "wasm"))]
mod rival;
mod transfer;

use std::time::Duration;
use transfer::{Done, Plan, transfer};

/// 10 km of fibre, and no limit: as the queues between the two smoltcp are.
const FAST: &str = r#"{"delay_us":50}"#;
const LOSSY: &str = r#"{"delay_us":20000,"rate_bps":20000000,"loss_ppm":10000}"#;
/// A line at home: what lessons show.
const HOME: &str = r#"{"delay_us":10000,"rate_bps":50000000}"#;

const BULK: usize = 100_000_000;
/// What goes through the lossy link in about 30 s.
const LOSSY_OCTETS: usize = 12_500_000;
/// What makes a story of about 200 segments.
const LESSON_OCTETS: usize = 190_000;
const ROUNDS: usize = 5;
const LESSONS: u32 = 200;

/// The best of several runs: how long, and how many segments.
#[derive(Clone, Copy)]
struct Best {
    took: Duration,
    segments: u64,
}

impl Best {
    const NONE: Best = Best { took: Duration::MAX, segments: 0 };

    /// What a run leaves behind is thrown away after the clock has stopped.
    fn note<T>(&mut self, run: impl FnOnce() -> (u64, T)) {
        let began = clock::now();
        let (segments, rest) = run();
        let took = clock::now().saturating_sub(began);
        drop(rest);
        if took < self.took {
            *self = Best { took, segments };
        }
    }

    fn per_second(&self) -> f64 {
        self.segments as f64 / self.took.as_secs_f64()
    }

    fn row(&self, what: &str, aim: &str) {
        if self.segments == 0 {
            return;
        }
        let (took, segments) = (self.took.as_secs_f64() * 1e3, self.segments);
        say(&format!("{what:<46} {took:>9.1} ms {segments:>9} {:>9.2} M/s  {aim}", self.per_second() / 1e6));
    }
}

fn must(done: Result<Done, String>) -> Done {
    done.unwrap_or_else(|why| panic!("the transfer failed: {why}"))
}

fn bulk(log: bool) -> (u64, Done) {
    let done = must(transfer(&Plan { path: FAST, connections: 1, octets: BULK, log }));
    (done.segments, done)
}

fn lesson() -> Done {
    must(transfer(&Plan { path: HOME, connections: 1, octets: LESSON_OCTETS, log: true }))
}

/// Whether a row is to be measured: all are, unless some are named as arguments.
fn wanted(row: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    named.peek().is_none() || named.any(|name| name == row)
}

fn main() {
    say(&format!("{:<46} {:>12} {:>9} {:>13}  aim", clock::WHERE, "time", "segments", "segments"));
    let (mut with, mut without) = (Best::NONE, Best::NONE);
    #[cfg(not(target_family = "wasm"))]
    let mut rivals = Rivals::new();
    for _ in 0..ROUNDS {
        if wanted("log") {
            with.note(|| bulk(true));
        }
        if wanted("bare") {
            without.note(|| bulk(false));
        }
        #[cfg(not(target_family = "wasm"))]
        if wanted("smoltcp") {
            rivals.round();
        }
    }
    with.row("100 MB, full Log", clock::AIM);
    without.row("100 MB, no Log", "");
    #[cfg(not(target_family = "wasm"))]
    rivals.rows(without);
    if wanted("lesson") {
        lessons();
    }
    if wanted("lossy") {
        lossy();
    }
}

fn lessons() {
    let mut lessons = Best::NONE;
    for _ in 0..ROUNDS {
        lessons.note(|| ((0..LESSONS).map(|_| lesson().segments).sum(), ()));
    }
    lessons.took /= LESSONS;
    lessons.segments /= u64::from(LESSONS);
    let micros = lessons.took.as_secs_f64() * 1e6;
    let records = lesson().log.records().len();
    say(&format!(
        "{:<46} {micros:>9.0} µs {:>9} {:>9.2} M/s  under 1000 µs ({records} records)",
        "a lesson with its Log",
        lessons.segments,
        lessons.per_second() / 1e6
    ));
}

fn lossy() {
    let plan = Plan { path: LOSSY, connections: 1, octets: LOSSY_OCTETS, log: true };
    let (mut lossy, mut again, mut virtual_time) = (Best::NONE, 0, 0.0);
    for _ in 0..ROUNDS {
        lossy.note(|| {
            let done = must(transfer(&plan));
            (again, virtual_time) = (done.retransmissions, done.took.0 as f64 / 1e6);
            (done.segments, done)
        });
    }
    lossy.row("20 Mbit/s, 20 ms, 1 % loss, full Log", &format!("{virtual_time:.1} s, {again} sent again"));
}

fn say(line: &str) {
    clock::say(line);
}

/// smoltcp at the same work.
#[cfg(not(target_family = "wasm"))]
struct Rivals {
    rows: Vec<(usize, bool, Best)>,
}

#[cfg(not(target_family = "wasm"))]
impl Rivals {
    fn new() -> Rivals {
        let sizes = [1 << 16, 1 << 18, 1 << 20];
        let rows = [false, true].into_iter().flat_map(|sums| sizes.map(|size| (size, sums, Best::NONE)));
        Rivals { rows: rows.collect() }
    }

    fn round(&mut self) {
        for (size, sums, best) in &mut self.rows {
            best.note(|| {
                let segments = rival::transfer(BULK, *size, *sums);
                (segments.unwrap_or_else(|why| panic!("smoltcp: {why}")), ())
            });
        }
    }

    /// Of the sizes of its buffers, the one that serves it best.
    fn rows(self, ours: Best) {
        for sums in [false, true] {
            let rows = self.rows.iter().filter(|(_, other, _)| *other == sums);
            let Some((size, _, best)) = rows.min_by_key(|(.., best)| best.took) else { continue };
            if best.segments == 0 || ours.segments == 0 {
                continue;
            }
            let with = if sums { "with" } else { "without" };
            let times = best.took.as_secs_f64() / ours.took.as_secs_f64();
            best.row(
                &format!("100 MB, smoltcp {with} checksums, {} KiB", size >> 10),
                &format!("we without Log are {times:.2} times as fast"),
            );
        }
    }
}

/// Where this runs: its clock, and where its lines go.
#[cfg(not(target_family = "wasm"))]
mod clock {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    pub const WHERE: &str = "native";
    pub const AIM: &str = "1 M/s";
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

    pub fn now() -> Duration {
        BEGAN.elapsed()
    }

    pub fn say(line: &str) {
        println!("{line}");
    }
}

/// Where this runs: its clock, and where its lines go.
#[cfg(target_family = "wasm")]
mod clock {
    use std::time::Duration;
    use wasm_bindgen::prelude::wasm_bindgen;

    /// Set where it is built: how.
    pub const WHERE: &str = match option_env!("TCP_LAB_WHERE") {
        Some(text) => text,
        None => "wasm",
    };
    pub const AIM: &str = "";

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance, js_name = now)]
        fn milliseconds() -> f64;
        #[wasm_bindgen(js_namespace = console)]
        fn log(line: &str);
    }

    pub fn now() -> Duration {
        Duration::from_secs_f64(milliseconds() / 1e3)
    }

    pub fn say(line: &str) {
        log(line);
    }
}
