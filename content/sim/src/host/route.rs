//! Where a host's datagrams go: to itself, or by which interface, from which address. It knows no socket and no other host.

use super::spec::{HostSpec, bits};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use sockets::Errno;

/// The MTU of the loopback interface in octets, as Linux has it.
pub(crate) const LOOPBACK_MTU: u32 = 65_536;

/// Which way a datagram takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The interface; `None` is loopback.
    pub interface: Option<usize>,
    /// The address that it carries as its source if nobody says another.
    pub source: IpAddr,
    /// The interface's MTU in octets.
    pub mtu: u32,
    /// Whether the next hop is a router.
    pub by_router: bool,
}

#[derive(Clone, Debug)]
struct Route {
    network: IpAddr,
    length: u8,
    interface: usize,
    /// The address of the interface that is nearest to the next hop; `None` when the interface has none of the family.
    source: Option<IpAddr>,
    by_router: bool,
}

/// A host's addresses and routes.
#[derive(Clone, Debug)]
pub(super) struct Routes {
    addresses: Vec<(IpAddr, u8)>,
    /// Longest prefix first; of equal ones those of the host's own networks, then those of the spec in their order.
    routes: Vec<Route>,
    mtus: Vec<u32>,
}

impl Routes {
    /// From a spec that was checked.
    pub(super) fn new(spec: &HostSpec) -> Routes {
        let mut routes: Vec<Route> = Vec::new();
        for (interface, its) in spec.interfaces.iter().enumerate() {
            for &(address, length) in &its.addresses {
                routes.push(Route {
                    network: address,
                    length,
                    interface,
                    source: Some(address),
                    by_router: false,
                });
            }
        }
        for route in &spec.routes {
            let (network, length) = route.destination;
            let next = route.via.unwrap_or(network);
            let its =
                spec.interfaces.get(route.interface).map(|its| its.addresses.as_slice()).unwrap_or_default();
            let family = || its.iter().filter(|(address, _)| address.is_ipv4() == network.is_ipv4());
            let nearest = family().find(|(address, length)| is_in(next, *address, *length));
            let source = nearest.or_else(|| family().next()).map(|(address, _)| *address);
            routes.push(Route {
                network,
                length,
                interface: route.interface,
                source,
                by_router: route.via.is_some(),
            });
        }
        routes.sort_by_key(|route| core::cmp::Reverse(route.length));
        Routes {
            addresses: spec.interfaces.iter().flat_map(|its| its.addresses.iter().copied()).collect(),
            routes,
            mtus: spec.interfaces.iter().map(|its| its.mtu).collect(),
        }
    }

    /// Whether an address is this host's own, loopback included.
    pub(super) fn is_own(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.addresses.iter().any(|(own, _)| *own == address)
    }

    /// The host's addresses, in the order of its interfaces.
    pub(super) fn own(&self) -> impl Iterator<Item = IpAddr> {
        self.addresses.iter().map(|(address, _)| *address)
    }

    /// Whether an address stands for all hosts of one of the host's networks, or for all there are.
    pub(super) fn is_broadcast(&self, address: IpAddr) -> bool {
        let IpAddr::V4(address) = address else { return false };
        let is_last = |own: &(IpAddr, u8)| match *own {
            (IpAddr::V4(ip), length @ 0..=30) => address.to_bits() == ip.to_bits() | (u32::MAX >> length),
            _ => false,
        };
        address == Ipv4Addr::BROADCAST || self.addresses.iter().any(is_last)
    }

    /// The way to a destination, by the longest prefix (RFC 1812, 5.2.4.3).
    ///
    /// # Errors
    /// ENETUNREACH when no route leads there.
    pub(super) fn to(&self, destination: IpAddr) -> Result<Way, Errno> {
        if self.is_own(destination) {
            let source = match destination {
                IpAddr::V4(ip) if ip.is_loopback() => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(ip) if ip.is_loopback() => Ipv6Addr::LOCALHOST.into(),
                own => own,
            };
            return Ok(Way { interface: None, source, mtu: LOOPBACK_MTU, by_router: false });
        }
        let route = self.routes.iter().find(|route| is_in(destination, route.network, route.length));
        let route = route.ok_or(Errno::ENETUNREACH)?;
        let others = || self.own().find(|own| own.is_ipv4() == destination.is_ipv4());
        let source = route.source.or_else(others).ok_or(Errno::ENETUNREACH)?;
        let mtu = self.mtus.get(route.interface).copied().ok_or(Errno::ENETUNREACH)?;
        Ok(Way { interface: Some(route.interface), source, mtu, by_router: route.by_router })
    }
}

/// Whether an address lies in a network.
fn is_in(address: IpAddr, network: IpAddr, length: u8) -> bool {
    let length = length.min(bits(network));
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros() >= u32::from(length),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros() >= u32::from(length),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{InterfaceSpec, RouteSpec};
    use super::*;
    use expect_test::{Expect, expect};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn net(text: &str) -> (IpAddr, u8) {
        let (address, length) = text.split_once('/').expect("address/length");
        (ip(address), length.parse().expect("a length"))
    }

    fn spec() -> HostSpec {
        let interface = |addresses: &[&str], mtu| InterfaceSpec {
            addresses: addresses.iter().map(|text| net(text)).collect(),
            mtu,
        };
        let route = |to, via: Option<&str>, interface| RouteSpec {
            destination: net(to),
            via: via.map(ip),
            interface,
        };
        HostSpec {
            name: "router".into(),
            interfaces: vec![
                interface(&["192.168.1.1/24", "fd00::1/64"], 1_500),
                interface(&["203.0.113.5/30", "203.0.113.9/30"], 1_400),
            ],
            routes: vec![
                route("0.0.0.0/0", Some("203.0.113.10"), 1),
                route("10.0.0.0/8", Some("192.168.1.7"), 0),
                route("10.1.0.0/16", None, 1),
            ],
            ..HostSpec::default()
        }
    }

    fn check(destination: &str, expected: Expect) {
        expected.assert_eq(&match Routes::new(&spec()).to(ip(destination)) {
            Ok(Way { interface, source, mtu, .. }) => format!("{interface:?} from {source}, {mtu}"),
            Err(errno) => errno.name().into_owned(),
        });
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_longest_prefix_leads() {
        check("192.168.1.77", expect!["Some(0) from 192.168.1.1, 1500"]);
        check("8.8.8.8", expect!["Some(1) from 203.0.113.9, 1400"]);
        check("10.2.3.4", expect!["Some(0) from 192.168.1.1, 1500"]);
        check("10.1.3.4", expect!["Some(1) from 203.0.113.5, 1400"]);
        check("fd00::2", expect!["Some(0) from fd00::1, 1500"]);
        check("2001:db8::1", expect!["ENETUNREACH"]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_host_reaches_itself_by_loopback() {
        check("127.0.0.1", expect!["None from 127.0.0.1, 65536"]);
        check("127.3.2.1", expect!["None from 127.0.0.1, 65536"]);
        check("::1", expect!["None from ::1, 65536"]);
        check("203.0.113.9", expect!["None from 203.0.113.9, 65536"]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn broadcasts_are_known() {
        let routes = Routes::new(&spec());
        for (address, is) in [("255.255.255.255", true), ("192.168.1.255", true), ("203.0.113.7", true)] {
            assert_eq!(routes.is_broadcast(ip(address)), is, "{address}");
        }
        for address in ["192.168.1.1", "192.168.2.255", "fd00::1"] {
            assert!(!routes.is_broadcast(ip(address)), "{address}");
        }
    }
}
