//! What a host is made from, and why it sometimes cannot be made. It knows no socket.

use crate::Profile;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr};

/// The least MTU in octets that IPv4 demands of a link (RFC 791, 3.2).
const LEAST_MTU_V4: u32 = 68;

/// The least MTU in octets that IPv6 demands of a link (RFC 8200, 5).
const LEAST_MTU_V6: u32 = 1_280;

/// The largest MTU in octets: what an internet header's length field can say.
const MOST_MTU: u32 = 65_535;

/// What a host is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostSpec {
    /// What gethostname answers, and a name of each of the host's addresses: letters, digits, hyphens and dots, 1 to 64.
    pub name: String,
    /// Its interfaces, besides the loopback interface that every host has.
    pub interfaces: Vec<InterfaceSpec>,
    /// Its routes, besides those to the networks of its interfaces.
    pub routes: Vec<RouteSpec>,
    /// Its settings.
    pub profile: Profile,
    /// The names that it can resolve, with an address each, besides `localhost` and its own; those of one name in the order in
    /// which getaddrinfo gives them.
    pub names: Vec<(String, IpAddr)>,
    /// Whether who holds the host carries what it sends to itself, and brings it back by [`Host::receive`](super::Host::receive). Otherwise
    /// it is there at once: on a real machine that takes a few microseconds.
    pub loopback_outside: bool,
    /// Whether its programs may bind ports below net.ipv4.ip_unprivileged_port_start (CAP_NET_BIND_SERVICE, capabilities(7)).
    pub privileged: bool,
}

/// An interface: its addresses with their prefix lengths, and its MTU in octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceSpec {
    /// Each address with the length of its network's prefix in bits: 0 to 32 for IPv4, 0 to 128 for IPv6.
    pub addresses: Vec<(IpAddr, u8)>,
    /// The largest datagram in octets, 68 to 65,535; at least 1,280 where there is an IPv6 address.
    pub mtu: u32,
}

/// A route: what lies behind which interface, and by way of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteSpec {
    /// A network: an address and the length of its prefix in bits. `0.0.0.0/0` is the default route.
    pub destination: (IpAddr, u8),
    /// The next router; `None` for what the interface reaches directly.
    pub via: Option<IpAddr>,
    /// Which of [`HostSpec::interfaces`], from 0.
    pub interface: usize,
}

/// Why no host can be made from a [`HostSpec`]. It names the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadHost {
    /// `name` is no host name.
    Name(String),
    /// An address cannot be an interface's.
    Address {
        /// Which of `interfaces`.
        interface: usize,
        /// The address.
        address: IpAddr,
        /// Why not.
        why: &'static str,
    },
    /// A prefix length is larger than the address.
    Prefix {
        /// Where: `interfaces[0].addresses` or `routes[1].destination`.
        field: String,
        /// The address.
        address: IpAddr,
        /// The length.
        length: u8,
    },
    /// An MTU is out of its range.
    Mtu {
        /// Which of `interfaces`.
        interface: usize,
        /// What it was given.
        mtu: u32,
        /// The least that this interface may have.
        least: u32,
    },
    /// A route names an interface that the host does not have.
    Interface {
        /// Which of `routes`.
        route: usize,
        /// What it was given.
        interface: usize,
        /// How many there are.
        have: usize,
    },
    /// A route's next router cannot be one.
    Via {
        /// Which of `routes`.
        route: usize,
        /// What it was given.
        via: IpAddr,
        /// Why not.
        why: &'static str,
    },
    /// A name of `names` is no host name.
    Known {
        /// Which of `names`.
        at: usize,
        /// The name.
        name: String,
    },
    /// `net.ipv4.ip_local_port_range` has its last port before its first, or begins with 0.
    PortRange {
        /// The first.
        first: u16,
        /// The last.
        last: u16,
    },
}

impl fmt::Display for BadHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadHost::Name(name) => write!(
                f,
                "name: “{}” is no host name: write 1 to 64 letters, digits, hyphens and dots",
                name.chars().take(80).collect::<String>()
            ),
            BadHost::Address { interface, address, why } => {
                write!(
                    f,
                    "interfaces[{interface}].addresses: {address} cannot be an interface's address: {why}"
                )
            }
            BadHost::Prefix { field, address, length } => {
                let most = bits(*address);
                write!(f, "{field}: a prefix of {address} has 0 to {most} bits, not {length}")
            }
            BadHost::Mtu { interface, mtu, least } => {
                write!(f, "interfaces[{interface}].mtu: {mtu} octets is not from {least} to {MOST_MTU}")
            }
            BadHost::Interface { route, interface, have: 0 } => {
                write!(f, "routes[{route}].interface: there is no interface {interface}: the host has none")
            }
            BadHost::Interface { route, interface, have } => {
                let last = have - 1;
                write!(
                    f,
                    "routes[{route}].interface: there is no interface {interface}: they go from 0 to {last}"
                )
            }
            BadHost::Via { route, via, why } => {
                write!(f, "routes[{route}].via: {via} cannot be the next router: {why}")
            }
            BadHost::Known { at, name } => {
                write!(
                    f,
                    "names[{at}]: “{}” is no host name: write letters, digits, hyphens and dots",
                    name.chars().take(80).collect::<String>()
                )
            }
            BadHost::PortRange { first, last } => write!(
                f,
                "profile.local_port_range (net.ipv4.ip_local_port_range): {first} to {last} is no range of ports"
            ),
        }
    }
}

impl core::error::Error for BadHost {}

impl HostSpec {
    /// Whether a host can be made from it.
    ///
    /// # Errors
    /// The first field that cannot be.
    pub fn check(&self) -> Result<(), BadHost> {
        if !is_name(&self.name) || self.name.len() > 64 {
            return Err(BadHost::Name(self.name.clone()));
        }
        let mut seen: Vec<IpAddr> = Vec::new();
        for (interface, spec) in self.interfaces.iter().enumerate() {
            for &(address, length) in &spec.addresses {
                let bad = |why| Err(BadHost::Address { interface, address, why });
                if address.is_unspecified() {
                    return bad("it stands for no address or for all");
                }
                if address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST) {
                    return bad("it stands for several hosts");
                }
                if address.is_loopback() {
                    return bad("every host has the loopback addresses by itself");
                }
                if address.to_canonical() != address {
                    return bad("write the IPv4 address itself");
                }
                if seen.contains(&address) {
                    return bad("the host has it already");
                }
                if length > bits(address) {
                    let field = format!("interfaces[{interface}].addresses");
                    return Err(BadHost::Prefix { field, address, length });
                }
                seen.push(address);
            }
            let v6 = spec.addresses.iter().any(|(address, _)| address.is_ipv6());
            let least = if v6 { LEAST_MTU_V6 } else { LEAST_MTU_V4 };
            if !(least..=MOST_MTU).contains(&spec.mtu) {
                return Err(BadHost::Mtu { interface, mtu: spec.mtu, least });
            }
        }
        for (route, spec) in self.routes.iter().enumerate() {
            let (address, length) = spec.destination;
            if length > bits(address) {
                let field = format!("routes[{route}].destination");
                return Err(BadHost::Prefix { field, address, length });
            }
            if spec.interface >= self.interfaces.len() {
                let have = self.interfaces.len();
                return Err(BadHost::Interface { route, interface: spec.interface, have });
            }
            if let Some(via) = spec.via {
                let bad = |why| Err(BadHost::Via { route, via, why });
                if via.is_ipv4() != address.is_ipv4() {
                    return bad("it is of another family than the destination");
                }
                if via.is_unspecified() || via.is_multicast() || via.is_loopback() {
                    return bad("it is no host's address");
                }
                if seen.contains(&via) {
                    return bad("it is this host");
                }
            }
        }
        for (at, (name, _)) in self.names.iter().enumerate() {
            if !is_name(name) {
                return Err(BadHost::Known { at, name: name.clone() });
            }
        }
        let [first, last] = self.profile.local_port_range;
        if first == 0 || last < first {
            return Err(BadHost::PortRange { first, last });
        }
        Ok(())
    }
}

/// How many bits an address has.
pub(super) const fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Whether a text is a name and no address: what a program writes must mean the same in every call.
fn is_name(text: &str) -> bool {
    matches!(sockets::Host::parse(text), Ok(sockets::Host::Name(_)))
}
