//! CPython as the program outside: a child whose lines can be awaited.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A running Python program; it ends with its value.
pub struct Python {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Python {
    pub fn start(program: &str) -> Python {
        let mut child = Command::new(super::told("TCP_LAB_PYTHON"))
            .args(["-u", "-c", program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("CPython starts");
        let (sender, lines) = channel();
        let stdout = child.stdout.take().expect("it is piped");
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take().expect("it is piped");
        Python { child, stdin, lines }
    }

    /// The next line that it prints, within 10 s.
    pub fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(10)).expect("the Python program prints a line")
    }

    /// All lines that it prints until it ends, within `seconds` for each.
    pub fn rest(&mut self, seconds: u64) -> Vec<String> {
        let mut all = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(seconds)) {
            all.push(line);
        }
        let deadline = Instant::now() + Duration::from_secs(seconds);
        let mut ended = None;
        while ended.is_none() && Instant::now() < deadline {
            ended = self.child.try_wait().expect("a child can be asked");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(
            ended.is_some_and(|status| status.success()),
            "the Python program ended with {ended:?} after {all:#?}"
        );
        all
    }

    /// Gives it a line to go on.
    pub fn tell(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").expect("the Python program reads");
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
