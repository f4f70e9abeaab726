//! Any octets are a datagram or an error within them; what was read can be written and is read the same again; the checksum's
//! steps lead to the checksum.
//!
//! Run it in content/wire: `cargo fuzz run --sanitizer none packet -- -max_total_time=180`
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::checksum::{Check, Computation};
use wire::fields::Header;
use wire::{Datagram, Packet};

const HEADERS: [Header; 6] =
    [Header::Ipv4, Header::Ipv6, Header::Tcp, Header::Udp, Header::Icmpv4, Header::Icmpv6];

fuzz_target!(|octets: &[u8]| {
    let mut packet = Packet::from(octets);
    judge(&packet);
    packet.renew_checksums();
    judge(&packet);
    if let Ok((_, wrong)) = packet.parse_captured() {
        assert!(wrong.is_empty(), "{wrong:?} after the checksums were renewed");
    }
});

fn judge(packet: &Packet) {
    match packet.parse_captured() {
        Ok((datagram, wrong)) => {
            assert_eq!(packet.parse().is_ok(), wrong.is_empty());
            let again = datagram.emit().expect("what was read fits its fields");
            assert_eq!(again.octets().len(), datagram.length());
            assert_eq!(again.parse().as_ref(), Ok(&datagram));
            assert!(!datagram.to_string().is_empty());
            if let Datagram::Icmp(message) = &datagram
                && let Err(malformed) = message.quotation()
            {
                assert!(malformed.at() <= message.quoted.len(), "{malformed}");
            }
        }
        Err(malformed) => {
            assert!(malformed.at() <= packet.octets().len(), "{malformed}");
            assert_eq!(packet.parse(), Err(malformed));
        }
    }
    for header in HEADERS {
        for field in header.fields() {
            assert!(packet.get(field).is_none_or(|value| value <= field.most()), "{field}");
        }
        let (steps, check) = (Computation::of(packet, header), Check::of(packet, header));
        assert_eq!(steps.map(|steps| steps.checksum), check.map(|check| check.checksum));
    }
}
