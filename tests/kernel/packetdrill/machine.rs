//! The kernel as a machine for packetdrill scripts: a namespace of its own, a TUN device whose other end is the script, real time.

use super::info;
use super::sockets::{Call, Done, Table};
use crate::kernel::namespace::{Namespace, Wish, set};
use ::packetdrill::{Departed, Fd, Machine, Refusal, Returned, Setting, Stage, Sys, Ticket};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use sim::tcp::Info;
use sockets::{Instant, Micros};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tun_rs::SyncDevice;
use wire::{Datagram, Packet};

/// When the script's time is up, the clock says this much more, so that whatever is awaited is late.
const LATE: Micros = Micros::from_secs(24 * 3_600);

/// A kernel under test.
pub struct Kernel {
    clock: Clock,
    limit: Micros,
    namespace: Namespace,
    ipv6: bool,
    table: Table,
    arrivals: Arc<Arrivals>,
    route: Vec<(String, String)>,
    stop: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

/// The time since the machine began.
#[derive(Clone, Copy)]
struct Clock(std::time::Instant);

impl Clock {
    fn now(self) -> Instant {
        Instant(self.0.elapsed().as_micros() as u64)
    }
}

/// What the machine did and the script has not seen.
#[derive(Default)]
struct Arrivals {
    inbox: Mutex<Inbox>,
    news: Condvar,
}

#[derive(Default)]
struct Inbox {
    departed: VecDeque<Departed>,
    returned: VecDeque<(Ticket, Instant, Done)>,
}

impl Arrivals {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, change: impl FnOnce(&mut Inbox)) {
        change(&mut self.inbox());
        self.news.notify_all();
    }
}

impl Kernel {
    /// A namespace as the script wants it. After `limit` the clock says that it is late.
    ///
    /// # Errors
    /// Why there is none.
    pub fn new(stage: &Stage, limit: Micros) -> Result<Kernel, String> {
        let ipv6 = stage.local.0.is_ipv6();
        let mtu = u16::try_from(stage.mtu).map_err(|_| format!("an MTU of {}", stage.mtu))?;
        let namespace = Namespace::new(Wish { address: None, mtu, ipv6, settings: &[] })?;
        let clock = Clock(std::time::Instant::now());
        let arrivals = Arc::new(Arrivals::default());
        let stop = Arc::new(AtomicBool::new(false));
        let listener = {
            let (device, arrivals, stop) = (namespace.device(), Arc::clone(&arrivals), Arc::clone(&stop));
            std::thread::spawn(move || listen(&device, clock, &arrivals, &stop))
        };
        let kernel = Kernel {
            clock,
            limit,
            namespace,
            ipv6,
            table: Table::default(),
            arrivals,
            route: Vec::new(),
            stop,
            listener: Some(listener),
        };
        let (address, prefix) = stage.local;
        kernel.run("ip", &["addr", "add", &format!("{address}/{prefix}"), "dev", "tun0"])?;
        kernel.replace_route()?;
        Ok(kernel)
    }

    /// The one way out, to wherever the script's addresses are.
    fn replace_route(&self) -> Result<(), String> {
        let family = if self.ipv6 { "-6" } else { "-4" };
        let mut words = vec![family, "route", "replace", "default", "dev", "tun0"];
        words.extend(self.route.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]));
        self.run("ip", &words)
    }

    /// Runs a program inside the namespace.
    fn run(&self, program: &str, words: &[&str]) -> Result<(), String> {
        let mut command = Command::new(program);
        command.args(words);
        let line = format!("{program} {}", words.join(" "));
        let output =
            self.namespace.inside(move || command.output()).map_err(|error| format!("{line}: {error}"))?;
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("{line}: {}", String::from_utf8_lossy(&output.stderr).trim())),
        }
    }

    fn is_over(&self) -> bool {
        self.clock.now().0 > self.limit.0
    }
}

impl Machine for Kernel {
    fn now(&self) -> Instant {
        let now = self.clock.now();
        if self.is_over() { now + LATE } else { now }
    }

    fn advance(&mut self, until: Instant) {
        let end = Instant(until.0.min(self.limit.0 + 1));
        let mut inbox = self.arrivals.inbox();
        while inbox.departed.is_empty() && inbox.returned.is_empty() {
            let left = end.since(self.clock.now());
            if left == Micros::ZERO {
                return;
            }
            let waited = self.arrivals.news.wait_timeout(inbox, Duration::from_micros(left.0));
            inbox = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn begin(&mut self, ticket: Ticket, call: &Sys) -> Result<(), String> {
        let (arrivals, clock) = (Arc::clone(&self.arrivals), self.clock);
        let comes_back = move |done: Done| {
            let at = clock.now();
            arrivals.put(|inbox| inbox.returned.push_back((ticket, at, done)));
        };
        match self.table.prepare(call, &self.namespace)? {
            Call::Done(done) => comes_back(done),
            Call::Blocks(job) => drop(std::thread::spawn(move || comes_back(job()))),
        }
        Ok(())
    }

    fn returned(&mut self) -> Option<Returned> {
        let (ticket, at, done) = self.arrivals.inbox().returned.pop_front()?;
        let result = match done {
            Done::Got(got) => Ok(got),
            Done::Made(socket, peer) => Ok(self.table.keep(socket, peer)),
            Done::Failed(errno) => Err(Refusal::Errno(errno)),
        };
        Some(Returned { ticket, at, result })
    }

    fn inject(&mut self, datagram: Datagram) {
        if let Ok(packet) = datagram.emit() {
            let _ = self.namespace.device().send(packet.octets());
        }
    }

    fn departed(&mut self) -> Option<Departed> {
        self.arrivals.inbox().departed.pop_front()
    }

    fn info(&mut self, fd: Fd) -> Option<Info> {
        self.table.info(fd).map(|octets| info::read(&octets))
    }

    fn set(&mut self, setting: &Setting) -> Result<(), String> {
        match setting {
            Setting::Sysctl { name, value } if name == "net.ipv4.tcp_congestion_control" => {
                // A namespace may choose only some; a socket may have any that the kernel knows.
                self.table.congestion.clone_from(value);
                Ok(())
            }
            Setting::Sysctl { name, value } => {
                let (name, value) = (name.clone(), value.clone());
                self.namespace.inside(move || set(&name, &value))
            }
            Setting::QueueLimit(Some(packets)) => self.run(
                "tc",
                &["qdisc", "replace", "dev", "tun0", "root", "pfifo", "limit", &packets.to_string()],
            ),
            Setting::QueueLimit(None) => {
                self.run("tc", &["qdisc", "replace", "dev", "tun0", "root", "pfifo_fast"])
            }
            // Not every kernel has fq; a socket with a bound that is never met is paced all the same.
            Setting::Pacing(paces) => {
                self.table.paces = *paces;
                Ok(())
            }
            // Only where temporary files belong.
            Setting::File { path, length } if path.starts_with("/tmp/") && !path.contains("..") => {
                std::fs::write(path, vec![0; *length as usize]).map_err(|error| format!("{path}: {error}"))
            }
            Setting::File { path, .. } => Err(format!("the file {path}: files are made in /tmp only")),
            Setting::Mtu(octets) => {
                self.run("ip", &["link", "set", "dev", "tun0", "mtu", &octets.to_string()])
            }
            Setting::Route(attributes) => {
                self.route.clone_from(attributes);
                self.replace_route()
            }
        }
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        self.table.shut_down();
        self.stop.store(true, Ordering::Relaxed);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

/// Takes what the kernel sends. Neighbour discovery and its like are no business of a script.
fn listen(device: &SyncDevice, clock: Clock, arrivals: &Arrivals, stop: &AtomicBool) {
    let mut packet = vec![0; 70_000];
    while !stop.load(Ordering::Relaxed) {
        while let Ok(length) = device.recv(&mut packet) {
            let at = clock.now();
            if let Ok(datagram) = Packet::from(&packet[..length]).parse()
                && !matches!((&datagram, datagram.ip().source), (Datagram::Icmp(_), IpAddr::V6(_)))
            {
                arrivals.put(|inbox| inbox.departed.push_back(Departed { at, datagram }));
            }
        }
        let mut watched = [PollFd::new(device.as_fd(), PollFlags::POLLIN)];
        let _ = poll(&mut watched, PollTimeout::from(20_u8));
    }
}
