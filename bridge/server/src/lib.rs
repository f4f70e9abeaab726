//! The bridge: serves the site on loopback and turns the page's socket calls into real kernel sockets on this machine.
//!
//! ```text
//!   browser --HTTP--> front -> guard -> site
//!           --WS----> front -> guard -> session -> calls -> socket, attempt -> kernel
//!                                                    |         '-- policy, resolve
//!                                                    '-- sample -> os (TCP_INFO)
//! ```
//!
//! It interprets no payload and keeps no copy of a stream: recv asks the kernel for n octets when the program calls recv, so an
//! unread stream closes the real TCP window. All runs on one thread.

mod args;
mod attempt;
mod calls;
mod free;
mod front;
mod guard;
mod guests;
mod machine;
mod orphans;
mod os;
mod outbox;
mod policy;
mod receive;
mod resolve;
mod sample;
mod session;
mod site;
mod socket;
mod threads;

pub use args::{Allow, Args};
pub use guard::{Guard, Refusal, Token};
pub use resolve::{Answer, Coming, Resolver, System};

use anyhow::{Context, Result};
use calls::Setting;
use front::Front;
use machine::Machine;
use policy::Rules;
use site::Site;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use threads::Threads;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::spawn_local;

/// Waiting calls of one session.
const PENDING: usize = 1_024;

/// Closes that linger at a time, of all sessions together; each holds a thread.
const CLOSING: usize = 64;

/// How long the sessions may take to end.
const ENDING: Duration = Duration::from_millis(1_500);

/// Connections that may wait to be accepted. Where there is no room the kernel drops a SYN, and a page waits a second for the next:
/// a flood shall find room.
const BACKLOG: u32 = 4_096;

/// A bridge that listens, and has not yet begun to answer.
pub struct Bridge {
    front: Rc<Front>,
    listeners: Vec<TcpListener>,
    stop: watch::Sender<bool>,
    address: SocketAddr,
}

impl Bridge {
    /// Takes the port and loads the site.
    ///
    /// # Errors
    /// The port is taken, the site cannot be read, the system has no random octets. The texts say what to do.
    pub async fn new(args: &Args, resolver: Box<dyn Resolver>) -> Result<Bridge> {
        let site = match &args.site {
            None => Site::embedded(),
            Some(root) => Site::directory(root).with_context(|| {
                format!(
                    "cannot serve the site in {}: name the directory where the site was built",
                    root.display()
                )
            })?,
        };
        let first = listen((Ipv4Addr::LOCALHOST, args.port).into()).with_context(|| {
            format!(
                "cannot listen on 127.0.0.1:{}: is a bridge running already? --port 0 takes any free port",
                args.port
            )
        })?;
        let address = first.local_addr().context("the listener has no address")?;
        let mut listeners = vec![first];
        // "localhost" is ::1 first in some browsers. Without IPv6, or with the port taken there, 127.0.0.1 must do.
        match listen((Ipv6Addr::LOCALHOST, address.port()).into()) {
            Ok(listener) => listeners.push(listener),
            Err(error) => tracing::debug!("not on [::1]: {error}"),
        }
        let max_sockets = usize::from(args.max_sockets);
        os::keep_freed_memory();
        os::raise_descriptor_limit(4 * max_sockets + 1_024);
        let setting = Setting {
            rules: Rules::new(args, address.port()),
            resolver,
            host_name: dns_lookup::get_hostname().unwrap_or_else(|_| "localhost".into()),
            max_sockets,
            max_pending: PENDING,
            machine: Machine::default(),
            threads: Threads::new(CLOSING),
        };
        let token = Token::new().context("the system has no random octets for the token")?;
        let guard = Guard::new(address.port(), &args.allow_origin, args.cli, token);
        let (stop, stopped) = watch::channel(false);
        let front = Rc::new(Front::new(address.port(), guard, site, Rc::new(setting), stopped));
        Ok(Bridge { front, listeners, stop, address })
    }

    /// Where the page is, with the token in the fragment, which browsers send to nobody.
    pub fn page(&self) -> String {
        let token = self.front.guard.token().reveal();
        format!("http://{}{}#token={token}", self.address, self.front.site.entrance())
    }

    /// Whether there is a site to serve.
    pub fn has_site(&self) -> bool {
        !self.front.site.is_empty()
    }

    /// Answers until `until` comes, then closes every session. Must run in a `LocalSet`.
    pub async fn serve(self, until: impl Future<Output = ()>) {
        let tasks: Vec<_> = self
            .listeners
            .into_iter()
            .map(|listener| spawn_local(self.front.clone().listen(listener)))
            .collect();
        until.await;
        for task in &tasks {
            task.abort();
        }
        let _ = self.stop.send(true);
        let ended = async {
            while self.front.sessions() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(ENDING, ended).await.is_err() {
            tracing::warn!("{} pages did not say good-bye", self.front.sessions());
        }
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Windows gives the option another meaning: there it would share the port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
