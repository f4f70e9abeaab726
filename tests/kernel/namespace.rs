//! A network namespace of its own, with one TUN device in it, kept by one thread.
//!
//! Sockets belong to the namespace of the thread that makes them, and so does what /proc shows: whatever depends on that runs as a job
//! on the home thread. The machine's own namespace is never touched, and all is gone when the last descriptor is closed.

use nix::sched::{CloneFlags, unshare};
use std::fs;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use tun_rs::{DeviceBuilder, SyncDevice};

/// What every namespace is set to: the defaults of the engine's profile where this machine may have others, and no memory of earlier
/// connections.
const SETTINGS: [(&str, &str); 4] = [
    ("net.ipv4.tcp_rmem", "4096 131072 33554432"),
    ("net.ipv4.tcp_wmem", "4096 16384 4194304"),
    ("net.ipv4.tcp_no_metrics_save", "1"),
    ("net.core.somaxconn", "4096"),
];

/// No IPv6, whose solicitations would only disturb.
const WITHOUT_IPV6: [(&str, &str); 2] =
    [("net.ipv6.conf.all.disable_ipv6", "1"), ("net.ipv6.conf.default.disable_ipv6", "1")];

/// IPv6 that says nothing unasked, and has its addresses at once.
const QUIET_IPV6: [(&str, &str); 3] = [
    ("net.ipv6.conf.default.router_solicitations", "0"),
    ("net.ipv6.conf.default.accept_dad", "0"),
    ("net.ipv6.conf.default.addr_gen_mode", "1"),
];

/// What a namespace is to be.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The device's address, in a network of 24 bits; without one it gets its addresses later.
    pub address: Option<Ipv4Addr>,
    pub mtu: u16,
    pub ipv6: bool,
    pub settings: &'a [(&'a str, &'a str)],
}

type Job = Box<dyn FnOnce() + Send>;

/// A namespace and its thread.
pub struct Namespace {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    device: Arc<SyncDevice>,
}

impl Namespace {
    /// Makes a namespace with a TUN device, `tun0`.
    ///
    /// # Errors
    /// What could not be done, as text: without root, without /dev/net/tun.
    pub fn new(wish: Wish<'_>) -> Result<Namespace, String> {
        let (jobs, to_do) = channel::<Job>();
        let (ready, is_ready) = channel();
        let ipv6: &[(&str, &str)] = if wish.ipv6 { &QUIET_IPV6 } else { &WITHOUT_IPV6 };
        let settings: Vec<(String, String)> = SETTINGS
            .iter()
            .chain(ipv6)
            .chain(wish.settings)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let Wish { address, mtu, .. } = wish;
        let thread = std::thread::spawn(move || {
            let made = furnish(address, mtu, &settings);
            let failed = made.is_err();
            if ready.send(made).is_err() || failed {
                return;
            }
            to_do.into_iter().for_each(|job| job());
        });
        let device = is_ready.recv().map_err(|_| "the namespace's thread ended")??;
        Ok(Namespace { jobs: Some(jobs), thread: Some(thread), device: Arc::new(device) })
    }

    /// The device, whose other end this process is.
    pub fn device(&self) -> Arc<SyncDevice> {
        Arc::clone(&self.device)
    }

    /// Does something inside the namespace and gives what it answers.
    pub fn inside<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (answer, answered) = channel();
        let job: Job = Box::new(move || drop(answer.send(job())));
        self.jobs.as_ref().expect("taken only by drop").send(job).expect("the thread lives as long as this");
        answered.recv().expect("a job that panics fails the test anyway")
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn furnish(address: Option<Ipv4Addr>, mtu: u16, settings: &[(String, String)]) -> Result<SyncDevice, String> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(|error| format!("no namespace of its own: {error}"))?;
    for (name, value) in settings {
        set(name, value)?;
    }
    let mut device = DeviceBuilder::new().name("tun0").mtu(mtu);
    if let Some(address) = address {
        device = device.ipv4(address, 24, None);
    }
    let device = device.build_sync().map_err(|error| format!("no TUN device: {error}"))?;
    device.set_nonblocking(true).map_err(|error| format!("the TUN device blocks: {error}"))?;
    Ok(device)
}

/// Sets a sysctl of the calling thread's namespace.
///
/// # Errors
/// The name, the value, and what the kernel says.
pub fn set(name: &str, value: &str) -> Result<(), String> {
    let path = format!("/proc/sys/{}", name.replace('.', "/"));
    fs::write(&path, value).map_err(|error| format!("{name} = {value}: {error}"))
}

/// Loss recovery and windows changed up to this version; an older kernel tells other stories.
const OLDEST: (u32, u32) = (6, 18);

/// Major and minor number of a kernel's release, such as `6.18.44-generic`.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Whether this machine lets the test have what it needs.
///
/// # Errors
/// Why not, for a person.
pub fn possible() -> Result<(), String> {
    if !nix::unistd::geteuid().is_root() {
        return Err("it takes root to make a network namespace".into());
    }
    if !std::path::Path::new("/dev/net/tun").exists() {
        return Err("there is no /dev/net/tun".into());
    }
    let release = nix::sys::utsname::uname()
        .map_err(|error| format!("the kernel does not say its version: {error}"))?;
    let release = release.release().to_string_lossy().into_owned();
    if version(&release).is_none_or(|version| version < OLDEST) {
        let (major, minor) = OLDEST;
        return Err(format!("the engine is as Linux {major}.{minor} and later are, and this is {release}"));
    }
    let own = std::thread::spawn(|| unshare(CloneFlags::CLONE_NEWNET)).join();
    match own {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("no network namespace can be made: {error}")),
        Err(_) => Err("no thread can be started".into()),
    }
}

#[test]
fn a_kernels_version_is_read() {
    assert_eq!(version("6.18.44-generic"), Some((6, 18)));
    assert_eq!(version("7.0.0-rc1"), Some((7, 0)));
    assert_eq!(version("6"), None);
    assert!((6, 9) < OLDEST && (7, 0) > OLDEST);
}
