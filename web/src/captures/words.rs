//! What a capture holds, in words and figures.

use crate::number::grouped;
use lab::capture::{Closing, Listing, Opening, Stream, kind_of_file};

/// A count with its noun: "1 segment", "12,345 segments".
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A size in octets, short: "812 B", "1.4 MB" (powers of 1000).
pub fn size(octets: u64) -> String {
    let tenths = |unit: u64, name: &str| format!("{}.{} {name}", octets / unit, octets % unit * 10 / unit);
    match octets {
        0..1000 => format!("{octets} B"),
        1000..1_000_000 => tenths(1000, "kB"),
        1_000_000..1_000_000_000 => tenths(1_000_000, "MB"),
        _ => tenths(1_000_000_000, "GB"),
    }
}

/// Microseconds as seconds with three decimals; a shorter time than that with six.
pub fn seconds(micros: u64) -> String {
    match micros {
        0 => "0".to_owned(),
        1..1000 => format!("0.{micros:06}"),
        _ => format!("{}.{:03}", micros / 1_000_000, micros / 1000 % 1000),
    }
}

/// A moment as date and time of day (UTC), from microseconds after 1 January 1970; `None` in 1970 itself, where clocks count that know
/// no date.
pub fn date(micros: u64) -> Option<String> {
    let seconds = micros / 1_000_000;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    if days < 365 {
        return None;
    }
    // Years are counted from March, so that the leap day is a year's last; 1 March of year 0 is 719,468 days before 1970.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, year) =
        if month < 10 { (month + 3, year + 400 * era) } else { (month - 9, year + 400 * era + 1) };
    Some(format!(
        "{year}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC",
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60
    ))
}

/// How a stream begins, for a narrow column.
pub const fn opening(opening: Opening) -> &'static str {
    match opening {
        Opening::Handshake => "SYN, SYN-ACK",
        Opening::Syn => "SYN only",
        Opening::SynAck => "SYN-ACK",
        Opening::Middle => "in the middle",
    }
}

/// How it ends, for a narrow column.
pub const fn closing(closing: Closing) -> &'static str {
    match closing {
        Closing::Fins => "both FIN",
        Closing::HalfClosed(0) => "FIN from the left",
        Closing::HalfClosed(_) => "FIN from the right",
        Closing::Reset(0) => "RST from the left",
        Closing::Reset(_) => "RST from the right",
        Closing::Open => "not seen",
    }
}

/// What the file holds besides TCP streams, in one sentence; empty if nothing.
pub fn besides(listing: &Listing) -> String {
    let parts = [
        (listing.udp, "UDP datagram", "UDP datagrams"),
        (listing.icmp, "ICMP message", "ICMP messages"),
        (listing.fragments, "fragment of larger datagrams", "fragments of larger datagrams"),
        (listing.other_ip, "IP packet of another protocol", "IP packets of other protocols"),
        (listing.not_ip, "frame that is not IP", "frames that are not IP"),
        (listing.cut_off, "packet cut off within its headers", "packets cut off within their headers"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|part| part.0 > 0).map(|(number, one, many)| count(*number, one, many)).collect();
    match parts.split_last() {
        None => String::new(),
        Some((only, [])) => format!("Besides: {only}."),
        Some((last, others)) => format!("Besides: {} and {last}.", others.join(", ")),
    }
}

/// What a reader must know of a file that was not read to its end, or not whole: each a sentence or two.
pub fn troubles(listing: &Listing, begins: &[u8], size: u64) -> Vec<String> {
    let mut troubles = Vec::new();
    match &listing.broken {
        Some(_) if size == 0 => troubles.push("This file is empty.".to_owned()),
        Some(_) if listing.octets == 0 && kind_of_file(begins).is_some() => {
            let kind = kind_of_file(begins).unwrap_or_default();
            troubles
                .push(format!("This file is no pcap or pcapng capture. By its first octets it is {kind}."));
        }
        Some(why) if listing.octets == 0 => {
            troubles.push(format!(
                "{}. Open a file that tcpdump -w, dumpcap or Wireshark has written.",
                sentence(why)
            ));
        }
        Some(why) if listing.frames == 0 => troubles.push(format!("{}.", sentence(why))),
        Some(why) => troubles.push(format!("{}. What comes before that is shown.", sentence(why))),
        None if listing.frames == 0 => {
            troubles.push("The capture is whole, but no packet was written into it.".to_owned());
        }
        None => {}
    }
    for (link, frames) in &listing.unknown_links {
        troubles.push(format!(
            "{} from a link of type {link}, whose headers are not known here: of Ethernet, Linux cooked, loopback and raw IP they are. \
             They are left out.",
            match frames {
                1 => "1 frame comes".to_owned(),
                _ => format!("{} frames come", grouped(*frames)),
            }
        ));
    }
    if listing.unlisted > 0 {
        troubles.push(format!(
            "The table holds the first {} streams; {} belong to further ones. To see those, save a part of the file (editcap, or a \
             display filter in Wireshark) and open that.",
            grouped(listing.streams.len() as u64),
            count(listing.unlisted, "segment", "segments")
        ));
    }
    troubles
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A stream in one line: both its addresses.
pub fn ends(stream: &Stream) -> String {
    format!("{} → {}", stream.ends[0], stream.ends[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!(
            [0, 999, 1400, 104_857_600, 5_000_000_000].map(size),
            ["0 B", "999 B", "1.4 kB", "104.8 MB", "5.0 GB"]
        );
        assert_eq!([0, 12, 1234, 61_000_000].map(seconds), ["0", "0.000012", "0.001", "61.000"]);
    }

    #[test]
    fn a_moment_has_a_date_but_not_where_no_clock_was_set() {
        assert_eq!(date(20_000_000), None);
        assert_eq!(date(951_782_400_000_000).as_deref(), Some("2000-02-29 00:00:00 UTC"));
        assert_eq!(date(1_700_000_000_000_000).as_deref(), Some("2023-11-14 22:13:20 UTC"));
        assert!(date(u64::MAX).is_some());
    }

    #[test]
    fn what_cannot_be_shown_is_said() {
        let gone = Listing { broken: Some("this is no capture: x".to_owned()), ..Listing::default() };
        assert_eq!(troubles(&gone, &[], 0), ["This file is empty."]);
        assert_eq!(
            troubles(&gone, &[0x1f, 0x8b, 8], 9),
            [
                "This file is no pcap or pcapng capture. By its first octets it is compressed with gzip: unpack it first (gunzip)."
            ]
        );
        assert_eq!(
            troubles(&gone, b"GET", 3),
            ["This is no capture: x. Open a file that tcpdump -w, dumpcap or Wireshark has written."]
        );
        let part = Listing {
            broken: Some("the file is cut off".to_owned()),
            frames: 1,
            octets: 40,
            ..Listing::default()
        };
        assert_eq!(troubles(&part, &[], 3), ["The file is cut off. What comes before that is shown."]);
        let listing = Listing { udp: 1, not_ip: 2000, icmp: 3, ..Listing::default() };
        assert_eq!(
            besides(&listing),
            "Besides: 1 UDP datagram, 3 ICMP messages and 2,000 frames that are not IP."
        );
        assert_eq!(besides(&Listing::default()), "");
    }

    #[test]
    fn a_capture_without_packets_is_told() {
        let told = troubles(&Listing::default(), &[0xd4, 0xc3, 0xb2, 0xa1], 24);
        assert_eq!(told, ["The capture is whole, but no packet was written into it."]);
    }
}
