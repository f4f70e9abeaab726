//! The system's python3 on loopback, as a person would start the programs in terminals.

use super::case::{Case, Program};
use super::judge::Outcome;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Programs that end have this long for it; those that never end are ended after the other.
const PATIENCE: Duration = Duration::from_secs(20);
const LONG_ENOUGH: Duration = Duration::from_millis(1_500);

struct Running {
    child: Child,
    out: JoinHandle<String>,
    error: JoinHandle<String>,
    ended: Option<ExitStatus>,
    /// How often in a row it was found asleep.
    asleep: u32,
}

impl Running {
    /// Looks after it; gives whether it goes on.
    fn look(&mut self) -> bool {
        self.ended = self.ended.or(self.child.try_wait().expect("a child can be asked"));
        // The state stands behind the name, which is in parentheses (proc_pid_stat(5)).
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let sleeps = stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('S'));
        self.asleep = if sleeps || self.ended.is_some() { self.asleep + 1 } else { 0 };
        self.ended.is_none()
    }
}

/// So many looks in a row, ten milliseconds apart, must find a program asleep before it counts as one that is ready and waits.
const ASLEEP: u32 = 12;

/// Runs the programs of a case, and gives how each came out.
pub fn run(case: &Case) -> Vec<Outcome> {
    let directory = std::env::temp_dir().join(format!("tcp-lab-{}-{}", std::process::id(), case.name));
    std::fs::create_dir_all(&directory).expect("a directory can be made");
    for (name, text) in &case.files {
        std::fs::write(directory.join(name), text).expect("a file can be written");
    }
    for program in &case.programs {
        std::fs::write(directory.join(&program.file), &program.text).expect("a file can be written");
    }
    let mut order: Vec<usize> = (0..case.programs.len()).collect();
    order.sort_by_key(|place| case.programs[*place].starts_ms);
    let mut running: Vec<Option<Running>> = case.programs.iter().map(|_| None).collect();
    let mut before = 0;
    for place in order {
        let program = &case.programs[place];
        // A server's python3 needs its time to start, on a machine that has other things to do.
        let give_up = Instant::now() + PATIENCE;
        while program.starts_ms > before && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(10));
            for each in running.iter_mut().flatten() {
                each.look();
            }
            if running.iter().flatten().all(|each| each.asleep >= ASLEEP) {
                break;
            }
        }
        std::thread::sleep(Duration::from_millis(program.starts_ms - before));
        before = program.starts_ms;
        running[place] = Some(start(&directory, program));
    }
    let deadline = Instant::now() + if case.goes_on { LONG_ENOUGH } else { PATIENCE };
    let mut running: Vec<Running> = running.into_iter().flatten().collect();
    while running.iter_mut().filter_map(|each| each.look().then_some(())).count() > 0
        && Instant::now() < deadline
    {
        std::thread::sleep(Duration::from_millis(10));
    }
    // All at once, so that none sees another's end.
    for each in running.iter_mut().filter(|each| each.ended.is_none()) {
        let _ = each.child.kill();
    }
    let outcomes = running.into_iter().map(outcome).collect();
    let _ = std::fs::remove_dir_all(&directory);
    outcomes
}

fn start(directory: &Path, program: &Program) -> Running {
    // As in a terminal: what runs in the background of a script would ignore Ctrl-C, and so would its children (bash(1), SIGNALS).
    let mut child = Command::new("env")
        .arg("--default-signal=INT")
        .arg(super::super::told("TCP_LAB_PYTHON"))
        .arg("-u")
        .arg(&program.file)
        .args(&program.args)
        .current_dir(directory)
        .env("PYTHONHASHSEED", "0")
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("CPython starts");
    let mut input = child.stdin.take().expect("it is piped");
    let typed: String = program.lines.iter().map(|line| format!("{line}\n")).collect();
    // A program that does not read ends the pipe.
    let _ = input.write_all(typed.as_bytes());
    let out = read_all(child.stdout.take().expect("it is piped"));
    let error = read_all(child.stderr.take().expect("it is piped"));
    Running { child, out, error, ended: None, asleep: 0 }
}

fn read_all(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut octets = Vec::new();
        let _ = from.read_to_end(&mut octets);
        String::from_utf8_lossy(&octets).into_owned()
    })
}

fn outcome(mut running: Running) -> Outcome {
    let _ = running.child.wait();
    let how = match running.ended {
        // SIGINT, after a KeyboardInterrupt that nobody caught.
        Some(status) => status.code().unwrap_or(1).to_string(),
        None => "goes on".to_owned(),
    };
    Outcome {
        how,
        out: running.out.join().expect("reading does not fail"),
        error: running.error.join().expect("reading does not fail"),
    }
}
