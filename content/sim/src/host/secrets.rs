//! What a host chooses so that strangers cannot guess it: initial sequence numbers, timestamp offsets, ports. All of it follows
//! from one seed.

use crate::tcp::Pair;
use core::hash::Hasher;
use core::net::{IpAddr, SocketAddr};
use siphasher::sip::SipHasher13;
use sockets::{HostId, Instant};
use wire::Seq;

/// A host's secrets.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    key: (u64, u64),
    /// The state of the generator.
    state: u64,
}

/// What a number is drawn for; no two purposes share one.
#[derive(Clone, Copy)]
enum Purpose {
    SequenceNumber = 1,
    Timestamp = 2,
    Port = 3,
    Share = 4,
}

impl Secrets {
    pub(super) fn new(id: HostId, seed: u64) -> Secrets {
        let mut state = seed ^ (u64::from(id.0).wrapping_add(1) << 32);
        let key = (next(&mut state), next(&mut state));
        Secrets { key, state }
    }

    /// ISS: a clock that ticks every 4 microseconds, and a keyed function of both ends (RFC 9293, 3.4.1; RFC 6528).
    pub(super) fn iss(&self, pair: Pair, now: Instant) -> Seq {
        let clock = (now.0 / 4) as u32;
        Seq(clock.wrapping_add(self.hash(Purpose::SequenceNumber, pair, true) as u32))
    }

    /// What is added to the clock of timestamps: the same for all connections between two addresses, so that a peer in
    /// TIME-WAIT sees it grow (RFC 7323, 5.4; tcp_timestamps).
    pub(super) fn timestamp_offset(&self, pair: Pair) -> u32 {
        self.hash(Purpose::Timestamp, pair, false) as u32
    }

    /// Where the search for a port begins that leads to this peer (RFC 6056, 3.3.3); the pair's own port does not count.
    pub(super) fn port(&self, from: IpAddr, to: SocketAddr) -> u64 {
        self.hash(Purpose::Port, Pair { local: SocketAddr::new(from, 0), remote: to }, true)
    }

    /// Which of several sockets that share a port a peer comes to.
    pub(super) fn share(&self, pair: Pair) -> u64 {
        self.hash(Purpose::Share, pair, true)
    }

    /// A number from 0 to `below` - 1; 0 when `below` is 0.
    pub(super) fn draw(&mut self, below: u32) -> u32 {
        ((u128::from(next(&mut self.state)) * u128::from(below)) >> 64) as u32
    }

    fn hash(&self, purpose: Purpose, pair: Pair, ports: bool) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.key.0, self.key.1);
        hasher.write(&[purpose as u8]);
        for end in [pair.local, pair.remote] {
            match end.ip() {
                IpAddr::V4(ip) => hasher.write(&ip.octets()),
                IpAddr::V6(ip) => hasher.write(&ip.octets()),
            }
            if ports {
                hasher.write(&end.port().to_be_bytes());
            }
        }
        hasher.finish()
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): every seed gives a different, evenly spread sequence.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn pair(port: u16) -> Pair {
        let end = |text: &str, port| SocketAddr::new(text.parse().expect("an address"), port);
        Pair { local: end("10.0.0.1", port), remote: end("10.0.0.2", 80) }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_pairs_iss_moves_with_the_clock_and_no_two_pairs_share_one() {
        let secrets = Secrets::new(HostId(0), 7);
        let first = secrets.iss(pair(1), Instant(0));
        assert_eq!(secrets.iss(pair(1), Instant(4_000_000)).since(first), 1_000_000);
        assert_ne!(secrets.iss(pair(2), Instant(0)), first);
        assert_ne!(Secrets::new(HostId(1), 7).iss(pair(1), Instant(0)), first);
        assert_ne!(Secrets::new(HostId(0), 8).iss(pair(1), Instant(0)), first);
        assert_eq!(Secrets::new(HostId(0), 7).iss(pair(1), Instant(0)), first);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn timestamps_grow_from_one_connection_to_the_next_between_two_hosts() {
        let secrets = Secrets::new(HostId(0), 7);
        assert_eq!(secrets.timestamp_offset(pair(1)), secrets.timestamp_offset(pair(2)));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn draws_stay_below_their_bound() {
        let mut secrets = Secrets::new(HostId(0), 7);
        let draws: std::collections::BTreeSet<u32> = (0..200).map(|_| secrets.draw(10)).collect();
        assert_eq!(draws, (0..10).collect());
        assert_eq!(secrets.draw(0), 0);
    }
}
