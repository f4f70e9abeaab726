//! Addresses with a prefix length, `10.0.0.1/24`, and the table that finds the longest prefix that holds an address.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An address and how many of its leading bits name the network: 0 to 32 for IPv4, 0 to 128 for IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Prefix {
    /// An address with a prefix length; `None` when the length is more than the address has bits.
    pub const fn new(address: IpAddr, length: u8) -> Option<Prefix> {
        let most = if address.is_ipv4() { 32 } else { 128 };
        if length <= most { Some(Prefix { address, length }) } else { None }
    }

    /// The prefix that holds every address of the same family.
    pub const fn everything(like: IpAddr) -> Prefix {
        let address = match like {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        Prefix { address, length: 0 }
    }

    /// The address as it was written.
    pub const fn address(self) -> IpAddr {
        self.address
    }

    /// The prefix length in bits.
    pub const fn length(self) -> u8 {
        self.length
    }

    /// The address that stands for all hosts of the network (RFC 919); none in IPv6, and none where there are no more than two.
    pub fn broadcast(self) -> Option<Ipv4Addr> {
        match self.address {
            IpAddr::V4(ip) if self.length <= 30 => {
                Some(Ipv4Addr::from_bits(ip.to_bits() | (u32::MAX >> self.length)))
            }
            _ => None,
        }
    }

    /// The network alone: every bit after the prefix is 0.
    pub fn network(self) -> Prefix {
        let address = match self.address {
            IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask32(self.length))),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask128(self.length))),
        };
        Prefix { address, length: self.length }
    }

    /// Whether the address lies in this network.
    pub fn holds(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(other)) => {
                (ours.to_bits() ^ other.to_bits()) & mask32(self.length) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(other)) => {
                (ours.to_bits() ^ other.to_bits()) & mask128(self.length) == 0
            }
            _ => false,
        }
    }
}

const fn mask32(length: u8) -> u32 {
    if length == 0 { 0 } else { u32::MAX << (32 - length as u32) }
}

const fn mask128(length: u8) -> u128 {
    if length == 0 { 0 } else { u128::MAX << (128 - length as u32) }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Prefix, String> {
        let whole = "write an address and its prefix length, as 10.0.0.1/24 or 2001:db8::1/64";
        let (address, length) =
            text.split_once('/').ok_or_else(|| format!("“{text}” has no prefix length: {whole}"))?;
        let address: IpAddr = address.parse().map_err(|_| format!("“{address}” is no address: {whole}"))?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        length
            .parse()
            .ok()
            .and_then(|length| Prefix::new(address, length))
            .ok_or_else(|| format!("“{length}” is no prefix length of {address}: it is from 0 to {most}"))
    }
}

impl Serialize for Prefix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Prefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Prefix, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Where a datagram goes: out of which interface, and to whose address on the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    pub interface: usize,
    pub to: IpAddr,
}

/// Routes, the longest prefix first.
#[derive(Clone, Debug, Default)]
pub(super) struct Routes(Vec<(Prefix, Option<IpAddr>, usize)>);

impl Routes {
    /// Of routes alike, the one that was added first counts.
    pub fn add(&mut self, to: Prefix, via: Option<IpAddr>, interface: usize) {
        let place = self.0.partition_point(|(other, ..)| other.length >= to.length);
        self.0.insert(place, (to.network(), via, interface));
    }

    pub fn find(&self, destination: IpAddr) -> Option<Hop> {
        let (_, via, interface) = self.0.iter().find(|(prefix, ..)| prefix.holds(destination))?;
        Some(Hop { interface: *interface, to: via.unwrap_or(destination) })
    }

    pub fn iter(&self) -> impl Iterator<Item = (Prefix, Option<IpAddr>, usize)> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn prefix(text: &str) -> Prefix {
        text.parse().expect(text)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_prefix_holds_its_network_and_nothing_else() {
        for (network, inside, outside) in [
            ("10.0.0.1/24", "10.0.0.255", "10.0.1.0"),
            ("10.0.0.1/32", "10.0.0.1", "10.0.0.0"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("2001:db8::1/64", "2001:db8::ffff", "2001:db8:0:1::"),
            ("::/0", "ffff::", "10.0.0.1"),
        ] {
            assert!(prefix(network).holds(ip(inside)), "{network} {inside}");
            assert!(!prefix(network).holds(ip(outside)), "{network} {outside}");
        }
        assert_eq!(prefix("10.1.2.3/20").network().to_string(), "10.1.0.0/20");
        assert_eq!(
            "10.0.0.1/33".parse::<Prefix>().expect_err("too long"),
            "“33” is no prefix length of 10.0.0.1: it is from 0 to 32"
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_longest_prefix_wins() {
        let mut routes = Routes::default();
        routes.add(prefix("0.0.0.0/0"), Some(ip("10.0.0.254")), 0);
        routes.add(prefix("10.0.0.0/24"), None, 0);
        routes.add(prefix("10.0.0.128/25"), Some(ip("10.0.1.1")), 1);
        let hop = |to: &str| routes.find(ip(to)).map(|hop| (hop.interface, hop.to.to_string()));
        assert_eq!(hop("10.0.0.7"), Some((0, "10.0.0.7".into())));
        assert_eq!(hop("10.0.0.200"), Some((1, "10.0.1.1".into())));
        assert_eq!(hop("8.8.8.8"), Some((0, "10.0.0.254".into())));
        assert_eq!(hop("::1"), None);
    }
}
