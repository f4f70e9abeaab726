//! The kernel as judge of the engine: the same scenarios with real sockets of this machine's kernel and with the engine's, and every
//! segment, outcome and final state compared.
//!
//! ```text
//!   Scenario --play--> on_kernel: two namespaces, real time ----.
//!       |                     pipe: delay, faults, record         >--> compare --> same, or what differs
//!       '------play--> on_engine: two hosts, virtual time ------'
//! ```
//!
//! `alone` beside it needs no privilege: calls of one host to itself, which do not wait. All else needs Linux, root and /dev/net/tun;
//! elsewhere it says that it was skipped. TCP_LAB_KERNEL_ONLY plays the scenarios with that in their name; TCP_LAB_KERNEL_TRACES is a
//! directory for the stories in full, of both. What differs is explained row by row in content/sim/DIFFERENCES.md.

#[cfg(target_os = "linux")]
mod alone;
#[cfg(target_os = "linux")]
mod compare;
#[cfg(target_os = "linux")]
mod judge;
#[cfg(target_os = "linux")]
mod namespace;
#[cfg(target_os = "linux")]
mod octets;
#[cfg(target_os = "linux")]
mod on_engine;
#[cfg(target_os = "linux")]
mod on_kernel;
#[cfg(target_os = "linux")]
mod options;
#[cfg(target_os = "linux")]
mod packetdrill;
#[cfg(target_os = "linux")]
mod pipe;
#[cfg(target_os = "linux")]
mod play;
#[cfg(target_os = "linux")]
mod scenario;
#[cfg(target_os = "linux")]
mod scenarios;

#[cfg(not(target_os = "linux"))]
#[test]
fn the_kernel_and_the_engine_tell_the_same_stories() {
    use std::io::Write;
    // Straight to the descriptor: a test that passes shows nothing of what it prints.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: the engine is compared with Linux's kernel, and this is not Linux"
    );
}
