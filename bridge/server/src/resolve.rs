//! Names to addresses. What a name may be is `policy`'s business; what may be done with the addresses too.

use crate::threads::{NoThread, Threads};
use sockets::{Family, Host, Resolve};
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;

/// What a name stands for.
pub type Answer = Result<Vec<IpAddr>, Resolve>;

/// An answer that is on its way.
pub type Coming<T = Answer> = Pin<Box<dyn Future<Output = T>>>;

/// Somebody who knows what names stand for.
pub trait Resolver {
    /// All addresses of a name, of every family, in the order of preference.
    fn resolve(&self, name: &str) -> Coming;

    /// The name of an address; EAI_NONAME if nobody knows one.
    fn name_of(&self, ip: IpAddr) -> Coming<Result<String, Resolve>>;
}

/// The system's own resolver, getaddrinfo(3) and getnameinfo(3).
#[derive(Clone, Debug)]
pub struct System {
    threads: Threads,
}

/// Look-ups at a time, of all sessions together, those among them that nobody waits for any more. One more is EAI_AGAIN.
const LOOKUPS: usize = 32;

impl Default for System {
    fn default() -> System {
        System { threads: Threads::new(LOOKUPS) }
    }
}

impl System {
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce() -> Result<T, Resolve> + Send + 'static,
    ) -> Coming<Result<T, Resolve>> {
        let asked = self.threads.run(question);
        Box::pin(async move {
            match asked {
                Ok(answer) => answer.await.unwrap_or(Err(Resolve::Fail)),
                Err(NoThread) => Err(Resolve::Again),
            }
        })
    }
}

impl Resolver for System {
    fn resolve(&self, name: &str) -> Coming {
        if is_nobodys(name) {
            return Box::pin(std::future::ready(Err(Resolve::NoName)));
        }
        let name = name.to_owned();
        self.ask(move || {
            let hints = dns_lookup::AddrInfoHints {
                socktype: dns_lookup::SockType::Stream.into(),
                ..Default::default()
            };
            let found =
                dns_lookup::getaddrinfo(Some(&name), None, Some(hints)).map_err(|error| why(error.kind()))?;
            let mut addresses: Vec<IpAddr> = Vec::new();
            for ip in found.flatten().map(|info| info.sockaddr.ip()) {
                if !addresses.contains(&ip) {
                    addresses.push(ip);
                }
            }
            if addresses.is_empty() { Err(Resolve::NoName) } else { Ok(addresses) }
        })
    }

    fn name_of(&self, ip: IpAddr) -> Coming<Result<String, Resolve>> {
        self.ask(move || dns_lookup::lookup_addr(&ip).map_err(|error| why(error.kind())))
    }
}

/// Whether it is a name that nobody ever has, so that no name server needs to be asked (RFC 6761, 6.4).
pub fn is_nobodys(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("invalid"))
}

fn why(kind: dns_lookup::LookupErrorKind) -> Resolve {
    use dns_lookup::LookupErrorKind as K;
    match kind {
        K::NoName | K::NoData => Resolve::NoName,
        K::Again => Resolve::Again,
        _ => Resolve::Fail,
    }
}

/// What needs no resolver: addresses, and `localhost`, which is loopback whatever any resolver says (RFC 6761, 6.3).
pub fn at_once(host: &Host) -> Option<Vec<IpAddr>> {
    match host {
        Host::Any => Some(vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()]),
        Host::Address(ip) => Some(vec![*ip]),
        Host::Name(name) if name.strip_suffix('.').unwrap_or(name) == "localhost" => {
            Some(vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()])
        }
        Host::Name(_) => None,
    }
}

/// What glibc answers where there is no address of the family: of an address it says so, a name it then does not know.
pub const fn none_of_family(host: &Host) -> Resolve {
    if matches!(host, Host::Name(_)) { Resolve::NoName } else { Resolve::AddrFamily }
}

/// Of a host's addresses those of one family.
///
/// # Errors
/// EAI_ADDRFAMILY or EAI_NONAME when there is none, as getaddrinfo(3) has it and CPython passes it on.
pub fn of_family(host: &Host, addresses: &[IpAddr], family: Family) -> Result<Vec<IpAddr>, Resolve> {
    let fits = |ip: &&IpAddr| ip.is_ipv4() == (family == Family::Inet);
    let fitting: Vec<IpAddr> = addresses.iter().filter(fits).copied().collect();
    if fitting.is_empty() { Err(none_of_family(host)) } else { Ok(fitting) }
}
