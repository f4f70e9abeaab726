//! End to end: the built site and the real bridge, a real browser, CPython as the program outside.

mod accessible;
mod alone;
mod bridge;
mod browser;
mod course;
mod editor;
mod lab;
mod lessons;
mod live;
mod presets;
mod programs;
mod progress;
mod python;
mod search;
mod shell;
mod simulated;
mod stage;
mod walk;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The kernel's ports that the course's and the Lab's programs name belong to one test at a time.
fn ports_of_the_course() -> MutexGuard<'static, ()> {
    static PORTS: Mutex<()> = Mutex::new(());
    PORTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `cargo xtask test` says of where things are.
fn told(variable: &str) -> PathBuf {
    match std::env::var_os(variable) {
        Some(path) => path.into(),
        None => panic!("{variable} is not set: run these tests by `cargo xtask test e2e`"),
    }
}
