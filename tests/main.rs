//! Tests of the whole workspace, in one binary because linking is what costs.
//!
//! A test that needs the built site, the bridge or a browser is marked `#[ignore = "..."]`, so that a bare `cargo test` passes
//! it by; `cargo xtask test` runs those in its last stage and names what they need in TCP_LAB_SITE (the directory of the
//! built site), TCP_LAB_BRIDGE (the bridge's binary), TCP_LAB_CHROMIUM, TCP_LAB_CHROMEDRIVER and TCP_LAB_PYTHON.

mod e2e;
mod invariants;
mod kernel;
