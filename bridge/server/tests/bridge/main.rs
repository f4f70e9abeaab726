//! The real binary, from outside: handshakes (H), targets (T), life cycle (R), and the calls themselves.

#![allow(missing_docs, reason = "tests")]

mod client;
mod frames;
mod handshake;
mod http;
mod lifecycle;
#[cfg(target_os = "linux")]
mod network;
mod own_ports;
mod pages;
mod polling;
mod receiving;
mod seeing;
mod sending;
mod targets;
mod waiting;
