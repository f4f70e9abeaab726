//! The `bridge` command: reads the command line, says where the page is, and stops at a signal.

use anyhow::{Context, Result};
use clap::Parser;
use server::{Args, Bridge, System};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::task::LocalSet;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    match start(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bridge: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &Args) -> Result<()> {
    let filter = EnvFilter::try_new(&args.log)
        .with_context(|| format!("--log {}: write error, warn, info, debug or trace", args.log))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    let runtime = Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
    let result = LocalSet::new().block_on(&runtime, run(args));
    // A thread may still wait for a name server; nobody waits for it.
    runtime.shutdown_timeout(Duration::ZERO);
    result
}

async fn run(args: &Args) -> Result<()> {
    let stop = signal()?;
    let bridge = Bridge::new(args, Box::new(System::default())).await?;
    announce(args, &bridge);
    if !args.no_open && bridge.has_site() && open::that_detached(bridge.page()).is_err() {
        tracing::info!("no browser could be opened here: open the address above yourself");
    }
    bridge.serve(stop).await;
    tracing::info!("stopped");
    Ok(())
}

fn announce(args: &Args, bridge: &Bridge) {
    let mut lines = format!("TCP Lab: {}\n", bridge.page());
    if !bridge.has_site() {
        lines += "  without pages: it was built without the site; --site DIR names one\n";
    }
    lines += "  sockets reach: ports that the page binds";
    for allow in &args.allow {
        lines += &match allow.address {
            Some(address) => format!(", {}", std::net::SocketAddr::new(address, allow.port)),
            None => format!(", your port {}", allow.port),
        };
    }
    for (given, what) in [(args.allow_lan, "private addresses"), (args.allow_net, "the internet")] {
        if given {
            lines += ", ";
            lines += what;
        }
    }
    if !args.allow_host.is_empty() {
        lines += &format!("\n  names: {}", args.allow_host.join(", "));
    }
    if !args.allow_origin.is_empty() {
        lines += &format!("\n  pages of: {}", args.allow_origin.join(", "));
    }
    if args.cli {
        lines += "\n  programs without a browser: yes, with the token";
    }
    lines += "\n  ctrl-C stops it\n";
    // Whoever started us may not listen; that is no reason to stop.
    let _ = std::io::stdout().write_all(lines.as_bytes()).and_then(|()| std::io::stdout().flush());
}

/// Comes with the first ctrl-C or SIGTERM; the second ends the process at once.
fn signal() -> Result<impl Future<Output = ()>> {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            let mut stream = signal(kind).context("cannot wait for signals")?;
            let sender = sender.clone();
            tokio::task::spawn_local(async move {
                while stream.recv().await.is_some() && sender.send(()).is_ok() {}
            });
        }
    }
    #[cfg(not(unix))]
    tokio::task::spawn_local({
        let sender = sender.clone();
        async move { while tokio::signal::ctrl_c().await.is_ok() && sender.send(()).is_ok() {} }
    });
    drop(sender);
    Ok(async move {
        receiver.recv().await;
        tracing::info!("stopping");
        tokio::task::spawn_local(async move {
            if receiver.recv().await.is_some() {
                std::process::exit(130);
            }
        });
    })
}
