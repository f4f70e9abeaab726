//! ICMP messages about datagrams that nobody takes: who may be told, and of what.

use core::net::{IpAddr, Ipv4Addr};
use wire::{Datagram, IcmpMessage, Internet, Unreachable};

/// The message that says what became of a datagram, from `source` to its sender; `None` for a datagram that nobody may answer in
/// that way: an ICMP message, or one to or from more than one host (RFC 1122, 3.2.2).
pub(crate) fn about(datagram: &Datagram, source: IpAddr, what: Unreachable) -> Option<IcmpMessage> {
    let lost = datagram.ip();
    let alone =
        |ip: IpAddr| !ip.is_multicast() && !ip.is_unspecified() && ip != IpAddr::V4(Ipv4Addr::BROADCAST);
    if matches!(datagram, Datagram::Icmp(_)) || !alone(lost.source) || !alone(lost.destination) {
        return None;
    }
    let ip = Internet { dont_fragment: false, ..Internet::between(source, lost.source) };
    Some(IcmpMessage { ip, what, quoted: datagram.quote() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use core::net::SocketAddr;
    use wasm_bindgen_test::wasm_bindgen_test;
    use wire::{Flags, Options, Segment, Seq, UserDatagram};

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn both(from: &str, to: &str) -> [Datagram; 2] {
        let internet = Internet::between(ip(from), ip(to));
        let payload = Bytes::from_static(b"hello");
        [
            Datagram::Udp(UserDatagram {
                ip: internet,
                source_port: 7,
                destination_port: 9,
                payload: payload.clone(),
            }),
            Datagram::Tcp(Segment {
                ip: internet,
                source_port: 7,
                destination_port: 9,
                seq: Seq(0x0102_0304),
                ack: Seq(0),
                flags: Flags::ACK,
                window: 0,
                urgent: 0,
                options: Options::default(),
                payload,
            }),
        ]
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_message_goes_back_and_quotes_what_was_lost() {
        for (from, to) in [("10.0.0.1", "10.0.0.2"), ("fd00::1", "fd00::2")] {
            for datagram in both(from, to) {
                let message = about(&datagram, ip(to), Unreachable::Port).expect("it may be answered");
                assert_eq!((message.ip.source, message.ip.destination), (ip(to), ip(from)));
                let quoted = message.quotation().expect("it is whole");
                assert_eq!(quoted.source, SocketAddr::new(ip(from), 7));
                assert_eq!(quoted.destination, SocketAddr::new(ip(to), 9));
                assert_eq!(quoted.seq, datagram.segment().map(|segment| segment.seq));
            }
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn nobody_answers_an_icmp_message_or_a_crowd() {
        let [udp, _] = both("10.0.0.1", "224.0.0.1");
        assert_eq!(about(&udp, ip("10.0.0.2"), Unreachable::Port), None);
        let [udp, _] = both("10.0.0.1", "10.0.0.2");
        let message = about(&udp, ip("10.0.0.2"), Unreachable::Port).expect("it may be answered");
        assert_eq!(about(&Datagram::Icmp(message), ip("10.0.0.1"), Unreachable::Port), None);
    }
}
