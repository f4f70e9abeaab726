//! Names to addresses, and what getaddrinfo makes of them. No resolver is asked: a host knows its names from the beginning.

use super::route::Routes;
use super::spec::HostSpec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use sockets::{AddrInfo, Failure, Family, Host as Named, Outcome, PyAddr, Resolve, SocketKind, Value};
use std::collections::BTreeMap;

/// The names that a host can resolve, both ways.
#[derive(Clone, Debug)]
pub(super) struct Names {
    forward: BTreeMap<String, Vec<IpAddr>>,
    /// Of each address, the name that was told first.
    back: BTreeMap<IpAddr, String>,
}

impl Names {
    /// From a spec that was checked.
    pub(super) fn new(spec: &HostSpec, routes: &Routes) -> Names {
        let mut names: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
        let mut back: BTreeMap<IpAddr, String> = BTreeMap::new();
        let own = || routes.own().map(|address| (&spec.name, address));
        let others = || spec.names.iter().map(|(name, address)| (name, *address));
        for (name, address) in own().chain(others()) {
            back.entry(address).or_insert_with(|| name.clone());
        }
        for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
            back.insert(ip, "localhost".into());
        }
        for (name, address) in others().chain(own()) {
            let known = names.entry(plain(name)).or_default();
            if !known.contains(&address) {
                known.push(address);
            }
        }
        // A host without an interface still has its name.
        names
            .entry(plain(&spec.name))
            .or_insert_with(|| vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]);
        // Loopback whatever anybody says (RFC 6761, 6.3).
        names.insert("localhost".into(), vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]);
        Names { forward: names, back }
    }

    /// getnameinfo(3) of an address that must have a name (NI_NAMEREQD).
    pub(super) fn name_of(&self, ip: IpAddr) -> Outcome {
        match self.back.get(&ip.to_canonical()) {
            Some(name) => Ok(Value::Name { name: name.clone() }),
            None => Err(Failure::Resolve(Resolve::NoName)),
        }
    }

    /// All addresses of a host as a program names it, in the order of preference.
    fn all(&self, host: &Named) -> Result<Vec<IpAddr>, Failure> {
        match host {
            Named::Any => Ok(vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()]),
            Named::Address(ip) => Ok(vec![*ip]),
            Named::Name(name) => {
                self.forward.get(&plain(name)).cloned().ok_or(Failure::Resolve(Resolve::NoName))
            }
        }
    }

    /// The address that a call on a socket of this family goes to.
    ///
    /// # Errors
    /// EAI_NONAME for a name that nobody knows, EAI_ADDRFAMILY when it has no address of the family, as CPython passes it on.
    pub(super) fn address(&self, host: &Named, family: Family) -> Result<IpAddr, Failure> {
        if let Named::Address(ip) = host
            && family_of(*ip) == family
        {
            return Ok(*ip);
        }
        let fitting = self.all(host)?.into_iter().find(|ip| family_of(*ip) == family);
        fitting.ok_or(Failure::Resolve(none_of_family(host)))
    }

    /// getaddrinfo(3).
    pub(super) fn infos(
        &self,
        host: &str,
        port: u16,
        family: Option<Family>,
        kind: Option<SocketKind>,
    ) -> Outcome {
        let host = Named::parse(host).map_err(|error| Failure::Protocol(error.to_string()))?;
        if host == Named::Any {
            return Err(Failure::Resolve(Resolve::NoName));
        }
        let mut addresses = Vec::new();
        for ip in self.all(&host)? {
            let its = family_of(ip);
            for each in [SocketKind::Stream, SocketKind::Datagram] {
                if family.is_none_or(|wanted| wanted == its) && kind.is_none_or(|wanted| wanted == each) {
                    let address = PyAddr(SocketAddr::new(ip, port));
                    addresses.push(AddrInfo { family: its, kind: each, address });
                }
            }
        }
        match addresses.is_empty() {
            true => Err(Failure::Resolve(none_of_family(&host))),
            false => Ok(Value::Addresses { addresses }),
        }
    }
}

/// What glibc answers where there is no address of the family: of an address it says so, a name it then does not know.
const fn none_of_family(host: &Named) -> Resolve {
    if matches!(host, Named::Name(_)) { Resolve::NoName } else { Resolve::AddrFamily }
}

/// The family that an address is of.
pub(super) const fn family_of(ip: IpAddr) -> Family {
    if ip.is_ipv4() { Family::Inet } else { Family::Inet6 }
}

/// Names differ neither by case nor by a dot at the end (RFC 4343).
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}
