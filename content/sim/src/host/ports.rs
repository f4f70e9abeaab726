//! Who holds which port of one protocol, and which port a socket gets that asks for none. Linux's rules of SO_REUSEADDR and SO_REUSEPORT are here;
//! sockets are known by number alone.

use core::net::IpAddr;
use sockets::SocketId;
use std::collections::{BTreeMap, BTreeSet};

/// What a socket asks for, or has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// The local address, v4 where it is v4-mapped; unspecified for all.
    pub ip: IpAddr,
    /// An unspecified IPv6 address does not stand for IPv4's.
    pub only_v6: bool,
    /// SO_REUSEADDR.
    pub reuse: bool,
    /// SO_REUSEPORT.
    pub shares: bool,
    /// It is a listening socket.
    pub listens: bool,
}

impl Claim {
    /// Whether some datagram would be for both (inet_rcv_saddr_equal with wildcards, in Linux's words).
    fn overlaps(&self, other: &Claim) -> bool {
        match (self.ip, other.ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => a == b || a.is_unspecified() || b.is_unspecified(),
            (IpAddr::V6(a), IpAddr::V6(b)) => a == b || a.is_unspecified() || b.is_unspecified(),
            (IpAddr::V6(a), IpAddr::V4(_)) => a.is_unspecified() && !self.only_v6,
            (IpAddr::V4(_), IpAddr::V6(b)) => b.is_unspecified() && !other.only_v6,
        }
    }
}

/// What keeps two sockets of a protocol from one port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sharing {
    /// TCP: both have SO_REUSEADDR, and the one that has the port does not listen; or both have SO_REUSEPORT.
    Stream,
    /// UDP: both have SO_REUSEADDR, or both SO_REUSEPORT.
    Datagram,
    /// The port was not asked for by number: another one will do, so nothing is shared.
    Nothing,
}

#[derive(Clone, Debug, Default)]
struct Held {
    holders: BTreeSet<SocketId>,
    /// Some holder got it by bind or listen. Otherwise they all got it by connect, which shares ports as long as the peers differ.
    by_bind: bool,
}

/// The ports of one protocol.
#[derive(Clone, Debug, Default)]
pub(super) struct Ports {
    held: BTreeMap<u16, Held>,
    /// How far the search of connect has come, by a part of the hash of where it leads (RFC 6056, 3.3.4).
    searched: BTreeMap<u16, u32>,
}

impl Ports {
    /// Notes that a socket has a port.
    pub(super) fn hold(&mut self, port: u16, socket: SocketId, by_bind: bool) {
        let held = self.held.entry(port).or_default();
        held.holders.insert(socket);
        held.by_bind |= by_bind;
    }

    /// Notes that it has it no more.
    pub(super) fn release(&mut self, port: u16, socket: SocketId) {
        if let Some(held) = self.held.get_mut(&port) {
            held.holders.remove(&socket);
            if held.holders.is_empty() {
                self.held.remove(&port);
            }
        }
    }

    /// Whether a socket may have a port beside those who have it; `claim_of` tells what they have.
    pub(super) fn is_free(
        &self,
        port: u16,
        (socket, claim): (SocketId, &Claim),
        sharing: Sharing,
        claim_of: &impl Fn(SocketId) -> Option<Claim>,
    ) -> bool {
        let Some(held) = self.held.get(&port) else { return true };
        let shares = |other: &Claim| match sharing {
            Sharing::Stream => claim.reuse && other.reuse && !other.listens || claim.shares && other.shares,
            Sharing::Datagram => claim.reuse && other.reuse || claim.shares && other.shares,
            Sharing::Nothing => false,
        };
        held.holders
            .iter()
            .filter(|holder| **holder != socket)
            .filter_map(|holder| claim_of(*holder))
            .all(|other| !claim.overlaps(&other) || shares(&other))
    }

    /// A port for bind or listen on a stream that asks for none: beginning somewhere, first those that connect does not prefer.
    pub(super) fn for_bind(
        &self,
        range: [u16; 2],
        draw: impl FnOnce(u32) -> u32,
        free: impl Fn(&Ports, u16) -> bool,
    ) -> Option<u16> {
        let (low, count) = span(range);
        let offset = draw(count) | 1;
        let odd_first = (0..count).step_by(2).map(move |step| offset.wrapping_add(step));
        let even_then = (0..count).step_by(2).map(move |step| (offset - 1).wrapping_add(step));
        odd_first.chain(even_then).map(|at| low + (at % count) as u16).find(|port| free(self, *port))
    }

    /// A port for connect: beginning where the hash of the peer says, first those of the range's own parity. `unique` tells
    /// whether no other connection has this port and the same peer.
    pub(super) fn for_connect(
        &mut self,
        range: [u16; 2],
        hash: u64,
        unique: impl Fn(u16) -> bool,
    ) -> Option<u16> {
        let (low, count) = span(range);
        let index = hash as u16;
        let come = self.searched.get(&index).copied().unwrap_or(0);
        let offset = (come.wrapping_add((hash >> 32) as u32) % count) & !1;
        let held = &self.held;
        let free = |port: u16| held.get(&port).is_none_or(|held| !held.by_bind) && unique(port);
        let steps = (0..count).step_by(2).chain((1..count).step_by(2));
        let (step, port) =
            steps.map(|step| (step, low + ((offset + step) % count) as u16)).find(|(_, port)| free(*port))?;
        self.searched.insert(index, come.wrapping_add((step & !1) + 2));
        Some(port)
    }

    /// A port for a datagram socket that asks for none.
    pub(super) fn for_datagrams(
        &self,
        range: [u16; 2],
        draw: impl FnOnce(u32) -> u32,
        free: impl Fn(&Ports, u16) -> bool,
    ) -> Option<u16> {
        let [low, high] = range;
        let count = u32::from(high.saturating_sub(low)) + 1;
        let offset = draw(count);
        (0..count).map(|step| low + ((offset + step) % count) as u16).find(|port| free(self, *port))
    }
}

/// The first port of a range and how many there are; an even number where there are two or more, so that half of them are odd.
fn span([low, high]: [u16; 2]) -> (u16, u32) {
    let count = u32::from(high.saturating_sub(low)) + 1;
    (low, if count > 1 { count & !1 } else { count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn claim(text: &str) -> Claim {
        let has = |word| text.split(' ').any(|part| part == word);
        let ip = text.split(' ').next().and_then(|ip| ip.parse().ok()).expect("an address first");
        Claim {
            ip,
            only_v6: has("only"),
            reuse: has("reuse"),
            shares: has("shares"),
            listens: has("listens"),
        }
    }

    fn may_share(has: &str, asks: &str, sharing: Sharing) -> bool {
        let mut ports = Ports::default();
        ports.hold(80, SocketId(1), true);
        ports.is_free(80, (SocketId(2), &claim(asks)), sharing, &|_| Some(claim(has)))
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn linux_decides_so_who_may_share_a_port() {
        for (has, asks, yes) in [
            ("10.0.0.1", "10.0.0.2", true),
            ("10.0.0.1", "10.0.0.1", false),
            ("0.0.0.0", "10.0.0.1", false),
            ("10.0.0.1", "0.0.0.0", false),
            ("10.0.0.1 reuse", "10.0.0.1", false),
            ("10.0.0.1", "10.0.0.1 reuse", false),
            ("10.0.0.1 reuse", "10.0.0.1 reuse", true),
            ("0.0.0.0 reuse", "10.0.0.1 reuse", true),
            ("0.0.0.0 reuse listens", "10.0.0.1 reuse", false),
            (":: reuse listens", "0.0.0.0 reuse", false),
            ("10.0.0.1 shares listens", "10.0.0.1 shares", true),
            ("10.0.0.1 shares listens", "10.0.0.1 reuse", false),
            ("0.0.0.0 shares listens", "10.0.0.1", false),
            (":: only", "0.0.0.0", true),
            ("::", "0.0.0.0", false),
            ("::", "10.0.0.1", false),
            ("0.0.0.0", "::", false),
            ("0.0.0.0", ":: only", true),
            ("fd00::1", "0.0.0.0", true),
            ("fd00::1", "::", false),
            ("::1", "127.0.0.1", true),
        ] {
            assert_eq!(may_share(has, asks, Sharing::Stream), yes, "{has} against {asks}");
        }
        assert!(may_share("0.0.0.0 reuse listens", "0.0.0.0 reuse", Sharing::Datagram));
        assert!(!may_share("0.0.0.0 reuse", "0.0.0.0 reuse", Sharing::Nothing));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn bind_and_connect_prefer_different_halves_and_find_the_last_port() {
        let range = [40_000, 40_009];
        let mut ports = Ports::default();
        let mut bound = Vec::new();
        while let Some(port) = ports.for_bind(range, |_| 4, |ports, port| !ports.held.contains_key(&port)) {
            ports.hold(port, SocketId(1), true);
            bound.push(port);
        }
        assert_eq!(bound, [40_005, 40_007, 40_009, 40_001, 40_003, 40_004, 40_006, 40_008, 40_000, 40_002]);

        let mut ports = Ports::default();
        let mut connected = BTreeSet::new();
        while let Some(port) = ports.for_connect(range, 6 << 32, |port| !connected.contains(&port)) {
            ports.hold(port, SocketId(1), false);
            if connected.len() < 5 {
                assert_eq!(port % 2, 0, "even ports first");
            }
            connected.insert(port);
        }
        assert_eq!(connected, (40_000..=40_009).collect());
        let shared = ports.for_connect(range, 6 << 32, |_| true).expect("another peer may use them");
        ports.release(shared, SocketId(1));
        ports.hold(shared, SocketId(2), true);
        assert!(ports.for_connect([shared, shared], 0, |_| true).is_none(), "what was bound is left alone");
        assert_eq!(ports.for_connect([7, 7], 99 << 32, |_| true), Some(7), "one port is a range");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn datagram_sockets_get_any_port_of_the_range() {
        let ports = Ports::default();
        let free = |_: &Ports, port| port == 65_534;
        assert_eq!(ports.for_datagrams([60_000, 65_535], |count| count - 1, free), Some(65_534));
        assert_eq!(ports.for_datagrams([60_000, 65_535], |_| 0, |_, _| false), None);
    }
}
