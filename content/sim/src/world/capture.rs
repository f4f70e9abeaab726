//! What links carried, as a pcapng file that Wireshark opens. It reads a Log; the world itself is not needed.

use sockets::{Fate, LinkId, Log, Trace, What};
use std::collections::BTreeMap;
use wire::capture::{Writer, WrittenInterface};

/// Everything that was put on a link (or, without one, on every link), as it was put there, each link as an interface. A datagram that
/// did not arrive, or not whole, has a comment that says so. Loopbacks are named `lo`, `lo` and the host's number.
///
/// `links` are the names of the world's links in their order. Datagrams that no octets can say are left out.
pub fn capture(log: &Log, links: &[String], only: Option<LinkId>) -> Vec<u8> {
    let mut writer = Writer::new("TCP Lab");
    let mut interfaces: BTreeMap<LinkId, WrittenInterface> = BTreeMap::new();
    for record in log.records() {
        let What::Trace(Trace::Sent(transit)) = &record.what else { continue };
        if only.is_some_and(|only| only != transit.link) {
            continue;
        }
        let Ok(octets) = transit.datagram.emit() else { continue };
        let interface =
            *interfaces.entry(transit.link).or_insert_with(|| match links.get(transit.link.0 as usize) {
                Some(name) => writer.interface(name),
                None => writer.interface(&format!("lo{}", transit.link.0 as usize - links.len())),
            });
        let comment = match transit.fate {
            Fate::Arrives { .. } | Fate::Seen => "",
            Fate::Corrupted { .. } => "arrives with changed bits",
            Fate::Lost => "lost on the link",
            Fate::Dropped => "dropped by a fault",
            Fate::QueueFull => "dropped, queue full",
            Fate::TooBig => "dropped, too big for the link",
        };
        writer.packet(interface, record.at.0, octets.octets(), comment);
    }
    writer.finish()
}
