//! A capture for a reader who has none: what tcpdump would have seen at the client in some scenarios of the gallery, one after the other,
//! as a pcapng file. It is made by the engine when it is asked for.

use lab::{Scenario, exhibit_text, run};
use sockets::{Fate, HostId, Log, Trace, Transit, What};
use wire::capture::Writer;

/// Those that show something in a table of streams; one that the gallery does not have is left out.
const SCENARIOS: &[&str] = &[
    "handshake",
    "refused",
    "syn-lost",
    "both-ways",
    "rto",
    "fast-retransmit",
    "reordering",
    "zero-window",
    "half-close",
    "reset-on-unread",
    "ipv6",
];

/// Microseconds from the end of one scenario to the beginning of the next.
const PAUSE: u64 = 250_000;

/// What the sample's file is called.
pub const NAME: &str = "sample.pcapng";

/// The file.
pub fn sample() -> Vec<u8> {
    let mut writer = Writer::new("TCP Lab");
    let interface = writer.interface("client");
    let mut begin = 0;
    for (id, place) in SCENARIOS.iter().zip(0..) {
        let Some(mut scenario) = exhibit_text(id).and_then(|text| Scenario::parse(text).ok()) else {
            continue;
        };
        // Each connection has a port and a number of its own, as on a real machine.
        scenario.world.seed += place;
        let Ok(run) = run(&scenario) else { continue };
        let mut end = 0;
        for (at, transit) in seen(&run.log, HostId(0)) {
            if let Ok(packet) = transit.datagram.emit() {
                writer.packet(interface, begin + at, packet.octets(), "");
                end = at;
            }
        }
        begin += end + PAUSE;
    }
    writer.finish()
}

/// What passes at one host, and when: what it sends, even if it is lost later, and what comes to it whole.
fn seen(log: &Log, host: HostId) -> Vec<(u64, &Transit)> {
    let mut seen = Vec::new();
    for record in log.records() {
        let What::Trace(Trace::Sent(transit)) = &record.what else { continue };
        match transit.fate {
            _ if transit.from == host => seen.push((record.at.0, &**transit)),
            Fate::Arrives { at } if transit.to == host => seen.push((at.0, &**transit)),
            _ => {}
        }
    }
    seen.sort_by_key(|(at, _)| *at);
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_shows_what_a_table_of_streams_is_for() {
        let mut survey = lab::capture::Survey::new();
        survey.feed(&sample());
        let listing = survey.end();
        assert_eq!(listing.broken, None);
        assert!(listing.streams.len() >= SCENARIOS.len(), "{} streams", listing.streams.len());
        let any = |of: fn(&lab::capture::Stream) -> bool| listing.streams.iter().any(of);
        assert!(any(|stream| stream.again != [0; 2]));
        assert!(any(|stream| stream.closing == lab::capture::Closing::Reset(1)));
        assert!(listing.streams.windows(2).all(|two| two[0].first <= two[1].first));
    }
}
