//! Chance that is no chance: numbers that follow from the world's seed, one stream for each direction of each link.
//!
//! The n-th number for a purpose is SipHash of (n, purpose) under a key made of seed and names. So a link's numbers do not change
//! when another link does, nor its losses when its jitter is turned on, and they are the same on every machine.

use core::hash::Hasher;
use siphasher::sip::SipHasher13;

/// What a number is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Loss = 1,
    BurstTurn = 2,
    BurstLoss = 3,
    Jitter = 4,
    Reordering = 5,
    Duplication = 6,
    Corruption = 7,
}

/// The numbers of one direction of one link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    key: (u64, u64),
    datagram: u64,
}

impl Chance {
    pub fn new(seed: u64, link: &str, toward: &str) -> Chance {
        let half = |which: u64| {
            let mut hasher = SipHasher13::new_with_keys(seed, which);
            for name in [link, toward] {
                hasher.write(&(name.len() as u64).to_le_bytes());
                hasher.write(name.as_bytes());
            }
            hasher.finish()
        };
        Chance { key: (half(1), half(2)), datagram: 0 }
    }

    /// The next datagram's numbers from now on.
    pub fn next_datagram(&mut self) {
        self.datagram += 1;
    }

    fn number(&self, purpose: Purpose) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.key.0, self.key.1);
        hasher.write(&self.datagram.to_le_bytes());
        hasher.write(&[purpose as u8]);
        hasher.finish()
    }

    /// Whether something happens that happens in `ppm` of a million cases.
    pub fn happens(&self, ppm: u64, purpose: Purpose) -> bool {
        ppm > 0 && self.up_to(999_999, purpose) < ppm
    }

    /// A number from 0 to `most`, each as likely (to within one in 2^64).
    pub fn up_to(&self, most: u64, purpose: Purpose) -> u64 {
        if most == 0 {
            return 0;
        }
        ((u128::from(self.number(purpose)) * (u128::from(most) + 1)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn chances_are_met_and_streams_are_their_own() {
        let count = |mut chance: Chance, ppm, purpose| {
            (0..100_000)
                .filter(|_| {
                    chance.next_datagram();
                    chance.happens(ppm, purpose)
                })
                .count()
        };
        let chance = Chance::new(1, "lan", "server");
        assert_eq!(count(chance, 0, Purpose::Loss), 0);
        assert_eq!(count(chance, 1_000_000, Purpose::Loss), 100_000);
        let tenth = count(chance, 100_000, Purpose::Loss);
        assert!((9_500..10_500).contains(&tenth), "{tenth}");
        assert_ne!(tenth, count(chance, 100_000, Purpose::Corruption));
        assert_ne!(tenth, count(Chance::new(2, "lan", "server"), 100_000, Purpose::Loss));
        assert_ne!(tenth, count(Chance::new(1, "lan", "client"), 100_000, Purpose::Loss));
    }

    /// The numbers themselves, which every machine must find.
    #[wasm_bindgen_test(unsupported = test)]
    fn the_numbers_are_these() {
        let mut chance = Chance::new(7, "lan", "server");
        let mut first = || {
            chance.next_datagram();
            chance.up_to(999, Purpose::Jitter)
        };
        assert_eq!([first(), first(), first(), first()], [501, 11, 430, 78]);
    }
}
