//! Which addresses are this machine's own, as its kernel says by whether they can be bound. A program may send a thousand datagrams
//! a second to one address, so an answer is believed for a moment.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long an answer is believed: addresses come and go with networks.
const BELIEVED: Duration = Duration::from_secs(1);

/// Answers that are remembered.
const KNOWN: usize = 256;

/// What is known of this machine's addresses.
#[derive(Debug, Default)]
pub struct Machine {
    known: RefCell<BTreeMap<IpAddr, (Instant, bool)>>,
}

impl Machine {
    /// Whether an address that is not loopback is nevertheless this machine's own.
    pub fn has(&self, ip: IpAddr) -> bool {
        self.has_at(ip, Instant::now(), |ip| UdpSocket::bind(SocketAddr::new(ip, 0)).is_ok())
    }

    fn has_at(&self, ip: IpAddr, now: Instant, can_be_bound: impl FnOnce(IpAddr) -> bool) -> bool {
        let ip = ip.to_canonical();
        if ip.is_loopback() {
            return false;
        }
        let mut known = self.known.borrow_mut();
        if let Some((at, answer)) = known.get(&ip)
            && now.saturating_duration_since(*at) < BELIEVED
        {
            return *answer;
        }
        if known.len() >= KNOWN {
            known.clear();
        }
        let answer = can_be_bound(ip);
        known.insert(ip, (now, answer));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn the_kernel_is_asked_once_a_second() {
        let (machine, start, asked) = (Machine::default(), Instant::now(), Cell::new(0));
        let has = |ip: &str, after: u64, answer: bool| {
            machine.has_at(ip.parse().expect("an address"), start + Duration::from_millis(after), |_| {
                asked.set(asked.get() + 1);
                answer
            })
        };
        for after in 0..1_000 {
            assert!(has("192.168.7.7", after, true));
            assert!(!has("::ffff:192.168.7.8", after, false));
        }
        assert_eq!(asked.get(), 2);
        assert!(!has("192.168.7.7", 1_000, false), "it left the network");
        assert!(!has("127.0.0.1", 1_000, true), "loopback is another question");
        assert_eq!(asked.get(), 3);
        for host in 0..10_000_u32 {
            has(&std::net::Ipv4Addr::from(0x0a00_0000 + host).to_string(), 1_000, false);
        }
        assert!(machine.known.borrow().len() <= KNOWN);
    }
}
