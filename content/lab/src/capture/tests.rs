use super::*;
use crate::{GALLERY, Scenario, exhibit_text, run};
use bytes::Bytes;
use expect_test::{Expect, expect};
use sockets::{HostId, Log, Trace, Transit, What};
use std::fmt::Write;
use wire::capture::{Writer, read};
use wire::{Datagram, Flags, Internet, Options, Segment, Seq};

/// Surveys a file that comes in pieces of this size.
fn survey(file: &[u8], piece: usize) -> (Survey, Listing) {
    let mut survey = Survey::new();
    for piece in file.chunks(piece) {
        if !survey.feed(piece) {
            break;
        }
    }
    let listing = survey.end();
    (survey, listing)
}

/// One stream of a surveyed file.
fn stream(file: &[u8], survey: &Survey, listing: &Listing, number: usize) -> Told {
    let (spans, mut extract) = survey.extract(number).expect("it is listed");
    for span in &spans {
        if !extract.take(span, &file[span.from as usize..span.to as usize]) {
            break;
        }
    }
    tell(&read(&Bytes::from(extract.finish())), listing.streams[number].ends)
}

fn transits(log: &Log) -> impl Iterator<Item = &Transit> {
    log.records().iter().filter_map(|record| match &record.what {
        What::Trace(Trace::Sent(transit)) => Some(&**transit),
        _ => None,
    })
}

/// What a listing says, one line for each stream.
fn shown(listing: &Listing) -> String {
    let mut text = String::new();
    let Listing { frames, tcp, udp, icmp, fragments, other_ip, cut_off, not_ip, unlisted, .. } = listing;
    let others = [
        (udp, "UDP"),
        (icmp, "ICMP"),
        (fragments, "fragments"),
        (other_ip, "other IP"),
        (cut_off, "cut off"),
        (not_ip, "not IP"),
        (unlisted, "unlisted"),
    ];
    write!(text, "{frames} frames, {tcp} TCP").expect("a String takes all");
    for (count, what) in others.into_iter().filter(|(count, _)| **count > 0) {
        write!(text, ", {count} {what}").expect("a String takes all");
    }
    for (link, count) in &listing.unknown_links {
        write!(text, ", {count} of link type {link}").expect("a String takes all");
    }
    for stream in &listing.streams {
        let Stream { ends, opening, closing, packets, octets, again, late, copies, first, last, .. } = stream;
        write!(
            text,
            "\n{} > {}: {opening:?}, {closing:?}, packets {packets:?}, octets {octets:?}",
            ends[0], ends[1]
        )
        .expect("a String takes all");
        write!(text, ", again {again:?}, late {late:?}, copies {copies}, {} us", last - first)
            .expect("a String takes all");
    }
    if let Some(broken) = &listing.broken {
        write!(text, "\n{broken}").expect("a String takes all");
    }
    text
}

#[test]
fn a_scenario_comes_back_from_its_capture() {
    for exhibit in GALLERY {
        let text = exhibit_text(exhibit.id).expect("it is in the gallery");
        let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let log = run(&scenario).unwrap_or_else(|error| panic!("{error}")).log;
        for (number, link) in scenario.world.links.iter().enumerate() {
            let only = sockets::LinkId(number as u32);
            let file = sim::world::capture(&log, std::slice::from_ref(&link.name), Some(only));
            let (survey, listing) = survey(&file, 1000);
            assert_eq!(listing.broken, None, "{}", exhibit.id);
            let of_link = |transit: &&Transit| transit.link == only && transit.datagram.segment().is_some();
            let mut told_all = 0;
            for place in 0..listing.streams.len() {
                let told = stream(&file, &survey, &listing, place);
                let ends = listing.streams[place].ends;
                let sent: Vec<_> = transits(&log)
                    .filter(of_link)
                    .map(|transit| &transit.datagram)
                    .filter(|datagram| {
                        ends.contains(&source(datagram)) && ends.contains(&destination(datagram))
                    })
                    .collect();
                let came_back: Vec<_> = transits(&told.log).map(|transit| &transit.datagram).collect();
                // Two streams may be between the same addresses, one after the other.
                assert!(sent.windows(came_back.len().max(1)).any(|part| part == came_back), "{}", exhibit.id);
                told_all += came_back.len();
            }
            assert_eq!(told_all, transits(&log).filter(of_link).count(), "{}", exhibit.id);
        }
    }
}

fn source(datagram: &Datagram) -> core::net::SocketAddr {
    let segment = datagram.segment().expect("it is TCP");
    (segment.ip.source, segment.source_port).into()
}

fn destination(datagram: &Datagram) -> core::net::SocketAddr {
    let segment = datagram.segment().expect("it is TCP");
    (segment.ip.destination, segment.destination_port).into()
}

/// A segment of a stream between 192.0.2.1:40000 (end 0) and 198.51.100.2:80; `flags` in tcpdump's letters.
fn segment(from: usize, flags: &str, seq: u32, ack: u32, data: usize, identification: u16) -> Vec<u8> {
    let ends = [([192, 0, 2, 1], 40000), ([198, 51, 100, 2], 80)];
    let bits = flags.chars().map(|letter| match letter {
        'F' => 1,
        'S' => 2,
        'R' => 4,
        'P' => 8,
        _ => 16,
    });
    let mut ip = Internet::between(ends[from].0.into(), ends[1 - from].0.into());
    ip.identification = identification;
    let segment = Segment {
        ip,
        source_port: ends[from].1,
        destination_port: ends[1 - from].1,
        seq: Seq(seq),
        ack: Seq(ack),
        flags: Flags::from_bits(bits.sum()),
        window: 1000,
        urgent: 0,
        options: Options::default(),
        payload: Bytes::from(vec![b'x'; data]),
    };
    Datagram::Tcp(segment).emit().expect("it can be said").into()
}

/// A file of these segments, a millisecond apart.
fn file(segments: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::new("");
    let interface = writer.interface("eth0");
    for (place, octets) in segments.iter().enumerate() {
        writer.packet(interface, 1_700_000_000_000_000 + 1000 * place as u64, octets, "");
    }
    writer.finish()
}

/// What is listed, and what is told of the first stream.
fn check(file: &[u8], expected: Expect) {
    let (survey, listing) = survey(file, 100);
    let mut text = shown(&listing);
    if !listing.streams.is_empty() {
        let told = stream(file, &survey, &listing, 0);
        let mut inferred = Inferred::new();
        for transit in transits(&told.log) {
            let segment = transit.datagram.segment().expect("a stream has TCP only");
            let arrow = if transit.from == HostId(0) { '>' } else { '<' };
            write!(text, "\n{arrow} {} {}:{}", segment.flags, segment.seq, segment.end())
                .expect("a String takes all");
            if transit.retransmission {
                text.push_str(", again");
            }
            if transit.copy_of.is_some() {
                text.push_str(", copy");
            }
            for Step { end, before, after } in inferred.see(transit.from.0 as usize, segment) {
                let before = before.map_or("?".to_owned(), |state| state.to_string());
                write!(text, ", {end}: {before} to {after}").expect("a String takes all");
            }
        }
        for note in told.notes {
            write!(text, "\n- {note}").expect("a String takes all");
        }
    }
    expected.assert_eq(&text);
}

#[test]
fn a_whole_connection() {
    let segments = [
        segment(0, "S", 100, 0, 0, 1),
        segment(1, "S.", 900, 101, 0, 0),
        segment(0, ".", 101, 901, 0, 2),
        segment(0, "P.", 101, 901, 10, 3),
        segment(0, "P.", 101, 901, 10, 3),
        segment(1, ".", 901, 111, 0, 7),
        segment(0, "P.", 121, 901, 10, 5),
        segment(0, "P.", 111, 901, 10, 6),
        segment(0, "P.", 101, 901, 30, 8),
        segment(0, "F.", 131, 901, 0, 9),
        segment(1, "F.", 901, 132, 0, 8),
        segment(0, ".", 132, 902, 0, 10),
    ];
    check(
        &file(&segments),
        expect![[r#"
        12 frames, 12 TCP
        192.0.2.1:40000 > 198.51.100.2:80: Handshake, Fins, packets [9, 3], octets [70, 0], again [1, 0], late [1, 0], copies 1, 11000 us
        > S 100:101, 0: ? to SYN-SENT
        < S. 900:901, 1: LISTEN to SYN-RECEIVED, 0: SYN-SENT to ESTABLISHED
        > . 101:101, 1: SYN-RECEIVED to ESTABLISHED
        > P. 101:111
        > P. 101:111, copy
        < . 901:901
        > P. 121:131
        > P. 111:121
        > P. 101:131, again
        > F. 131:132, 0: ESTABLISHED to FIN-WAIT-1, 1: ESTABLISHED to CLOSE-WAIT
        < F. 901:902, 1: CLOSE-WAIT to LAST-ACK, 0: FIN-WAIT-1 to FIN-WAIT-2, 0: FIN-WAIT-2 to TIME-WAIT
        > . 132:132, 1: LAST-ACK to CLOSED
        - 1 segment came after later octets: overtaken on the way, or sent again after the capture missed the first time. A capture cannot tell which.
        - 1 packet was seen twice, the same octets with the same identification. They are marked as copies."#]],
    );
}

#[test]
fn a_stream_whose_beginning_is_missing() {
    let segments = [
        segment(1, "P.", 5000, 101, 20, 1),
        segment(0, ".", 101, 5020, 0, 2),
        segment(0, "R.", 101, 5020, 0, 3),
    ];
    check(
        &file(&segments),
        expect![[r#"
        3 frames, 3 TCP
        198.51.100.2:80 > 192.0.2.1:40000: Middle, Reset(1), packets [1, 2], octets [20, 0], again [0, 0], late [0, 0], copies 0, 2000 us
        > P. 5000:5020, 0: ? to ESTABLISHED
        < . 101:101, 1: ? to ESTABLISHED
        < R. 101:101, 1: ESTABLISHED to CLOSED, 0: ESTABLISHED to CLOSED
        - The beginning was not captured in both directions. Where a SYN is missing, numbers count from the first octet that was seen, and the window scale is not known."#]],
    );
}

#[test]
fn the_same_addresses_once_more_are_another_stream() {
    let segments = [
        segment(0, "S", 100, 0, 0, 1),
        segment(0, "S", 100, 0, 0, 2),
        segment(1, "R.", 0, 101, 0, 3),
        segment(0, "S", 77, 0, 0, 4),
        segment(1, "S.", 500, 78, 0, 0),
    ];
    let (survey, listing) = survey(&file(&segments), 100);
    expect![[r#"
        5 frames, 5 TCP
        192.0.2.1:40000 > 198.51.100.2:80: Syn, Reset(1), packets [2, 1], octets [0, 0], again [1, 0], late [0, 0], copies 0, 2000 us
        192.0.2.1:40000 > 198.51.100.2:80: Handshake, Open, packets [1, 1], octets [0, 0], again [0, 0], late [0, 0], copies 0, 1000 us"#]].assert_eq(&shown(&listing));
    let told = stream(&file(&segments), &survey, &listing, 1);
    assert_eq!(
        transits(&told.log).map(|transit| transit.datagram.segment().expect("TCP").seq.0).collect::<Vec<_>>(),
        [77, 500]
    );
}

#[test]
fn a_stream_that_both_ends_closed_is_over() {
    let once = [
        segment(0, "S", 100, 0, 0, 1),
        segment(1, "S.", 900, 101, 0, 0),
        segment(0, "F.", 101, 901, 0, 2),
        segment(1, "F.", 901, 102, 0, 3),
        segment(0, ".", 102, 902, 0, 4),
    ];
    let twice = [once.clone(), once].concat();
    let (_, listing) = survey(&file(&twice), 100);
    assert_eq!(listing.streams.iter().map(|stream| stream.packets).collect::<Vec<_>>(), [[3, 2], [3, 2]]);
    // Without the second FIN, a SYN with the same number is the same SYN again.
    let open = [&twice[..3], &twice[..1]].concat();
    let (_, listing) = survey(&file(&open), 100);
    assert_eq!(listing.streams.iter().map(|stream| stream.again).collect::<Vec<_>>(), [[1, 0]]);
}

/// A pcap file in big endian with times in nanoseconds, of frames with their whole length.
fn pcap(link: u32, frames: &[(&[u8], usize)]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut put = |octets: &[u8]| file.extend(octets);
    for word in [0xa1b2_3c4d_u32, 0x0002_0004, 0, 0, 65535, link] {
        put(&word.to_be_bytes());
    }
    for (place, (frame, length)) in frames.iter().enumerate() {
        for word in [1000, 1_000_999 * place as u32, frame.len() as u32, *length as u32] {
            put(&word.to_be_bytes());
        }
        put(frame);
    }
    file
}

#[test]
fn what_else_a_file_may_hold() {
    let ethernet = |kind: [u8; 2], octets: &[u8]| [&[0; 12][..], &kind, octets].concat();
    let syn = ethernet([8, 0], &segment(0, "S", 100, 0, 0, 1));
    let tagged = ethernet([0x81, 0], &[&[0, 5, 8, 0], &segment(1, "S.", 900, 101, 0, 0)[..]].concat());
    let long = ethernet([8, 0], &segment(0, ".", 101, 901, 500, 2));
    let mut offloaded = ethernet([8, 0], &segment(0, "P.", 601, 901, 40, 3));
    offloaded[16..18].copy_from_slice(&[0, 0]);
    let mut wrong = ethernet([8, 0], &segment(1, ".", 901, 601, 0, 4));
    wrong[14 + 36] ^= 0xff;
    let mut fragment = ethernet([8, 0], &segment(0, ".", 641, 901, 8, 5));
    fragment[20] = 0x20;
    let mut udp = syn.clone();
    udp[23] = 17;
    let mut bad_options = ethernet([8, 0], &segment(0, ".", 641, 901, 8, 6));
    bad_options[14 + 20 + 12] = 0x30;
    let arp = ethernet([8, 6], &[0; 28]);
    let whole = |frame: &'_ Vec<u8>| frame.len();
    let frames: Vec<(&[u8], usize)> = vec![
        (&syn, whole(&syn)),
        (&tagged, whole(&tagged)),
        (&long[..96], whole(&long)),
        (&offloaded, whole(&offloaded)),
        (&wrong, whole(&wrong)),
        (&fragment, whole(&fragment)),
        (&udp, whole(&udp)),
        (&bad_options, whole(&bad_options)),
        (&arp, whole(&arp)),
        (&syn[..20], whole(&syn)),
        (&long[..40], whole(&long)),
    ];
    check(
        &pcap(1, &frames),
        expect![[r#"
            11 frames, 6 TCP, 1 UDP, 1 fragments, 2 cut off, 1 not IP
            192.0.2.1:40000 > 198.51.100.2:80: Handshake, Open, packets [4, 2], octets [556, 0], again [0, 0], late [0, 0], copies 0, 7006 us
            > S 100:101, 0: ? to SYN-SENT
            < S. 900:901, 1: LISTEN to SYN-RECEIVED, 0: SYN-SENT to ESTABLISHED
            > . 101:601, 1: SYN-RECEIVED to ESTABLISHED
            > P. 601:641
            < . 901:901
            - 1 packet was captured only in part. Octets of data that are missing in the file are counted; nobody knows what they were.
            - In 1 packet a checksum is wrong, most likely because the sender's network adapter computes it after the capture saw the packet (checksum offload). The header shows what was captured, and what would be right.
            - Packet 6 of this stream could not be read: TCP data offset at octet 32: 3 words, must be 5 to 15. It is left out."#]],
    );
    check(&pcap(105, &frames[..2]), expect!["2 frames, 0 TCP, 2 of link type 105"]);
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_shows_its_beginning() {
    let mut short = file(&[segment(0, "S", 100, 0, 0, 1), segment(1, "R.", 0, 101, 0, 3)]);
    short.truncate(short.len() - 5);
    check(
        &short,
        expect![[r#"
        1 frames, 1 TCP
        192.0.2.1:40000 > 198.51.100.2:80: Syn, Open, packets [1, 0], octets [0, 0], again [0, 0], late [0, 0], copies 0, 0 us
        the file is cut off: what begins at octet 140 has only 67 octets
        > S 100:101, 0: ? to SYN-SENT"#]],
    );
    check(
        b"",
        expect![[r#"
        0 frames, 0 TCP
        this is no capture: a pcapng file begins with 0a0d0d0a, a pcap file with a1b2c3d4 or a1b23c4d in either order"#]],
    );
    check(
        b"GET / HTTP/1.1",
        expect![[r#"
        0 frames, 0 TCP
        this is no capture: a pcapng file begins with 0a0d0d0a, a pcap file with a1b2c3d4 or a1b23c4d in either order"#]],
    );
    // A length that would have the whole of a large file wait in memory.
    let mut endless = pcap(101, &[]);
    endless.extend([0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0, 0, 0, 0, 9]);
    endless.resize(17 << 20, 0);
    let (_, listing) = survey(&endless, 1 << 20);
    expect!["the file is broken at octet 24: what begins there says that it is longer than 16 MiB, which no captured packet is"].assert_eq(&listing.broken.unwrap_or_default());
    assert_eq!(kind_of_file(&[0x1f, 0x8b, 8]), Some("compressed with gzip: unpack it first (gunzip)"));
    assert_eq!(kind_of_file(b""), None);
}

#[test]
fn interfaces_are_apart_also_across_sections() {
    let mut all = Vec::new();
    for name in ["eth0", "eth1"] {
        let mut writer = Writer::new("");
        let unused = writer.interface("unused");
        let interface = writer.interface(name);
        writer.packet(unused, 4, &segment(0, "S", 9, 0, 0, 1), "");
        writer.packet(interface, 5, &segment(0, "S", 100, 0, 0, 1), "");
        writer.packet(interface, 6, &segment(1, "R.", 0, 101, 0, 1), "");
        all.extend(writer.finish());
    }
    let (survey, listing) = survey(&all, 50);
    let on: Vec<_> =
        listing.streams.iter().map(|stream| listing.interfaces[stream.interface as usize].as_str()).collect();
    assert_eq!(on, ["unused", "eth0", "unused", "eth1"]);
    for (place, segments) in [1, 2, 1, 2].into_iter().enumerate() {
        assert_eq!(stream(&all, &survey, &listing, place).segments, segments);
    }
}

#[test]
fn a_long_stream_lies_in_several_parts_of_the_file() {
    let mut segments = vec![segment(0, "S", 0, 0, 0, 0)];
    segments.extend((0..3000).map(|place| segment(0, ".", 1 + 1000 * place, 1, 1000, place as u16 + 1)));
    let whole = file(&segments);
    let (survey, listing) = survey(&whole, 300_000);
    let (spans, _) = survey.extract(0).expect("it is listed");
    assert_eq!(spans.len(), 4);
    assert_eq!((spans[0].from, spans[3].to), (0, whole.len() as u64));
    assert_eq!(stream(&whole, &survey, &listing, 0).segments, 3001);
}

#[test]
fn of_a_very_long_stream_the_first_part_is_told() {
    let segments: Vec<_> = (0..20_100).map(|place| segment(0, ".", 1 + place, 1, 1, place as u16)).collect();
    let whole = file(&segments);
    let (survey, listing) = survey(&whole, 1 << 20);
    let told = stream(&whole, &survey, &listing, 0);
    assert_eq!((told.segments, listing.streams[0].all_packets()), (20_000, 20_100));
}

#[test]
fn inferred_steps_are_ways_of_the_diagram_and_those_of_the_engine() {
    let scenario =
        Scenario::parse(exhibit_text("handshake").expect("it is in the gallery")).expect("it is one");
    let log = run(&scenario).expect("it runs").log;
    let mut inferred = Inferred::new();
    let mut steps = Vec::new();
    for transit in transits(&log) {
        let segment = transit.datagram.segment().expect("it has TCP only");
        steps.extend(inferred.see(transit.from.0 as usize, segment));
    }
    for Step { before, after, .. } in &steps {
        let before = before.unwrap_or(sockets::State::Closed);
        assert!(sim::tcp::transitions::find(before, *after).is_some(), "{before} to {after}");
    }
    let of = |end| {
        let states = steps.iter().filter(|step| step.end == end).map(|step| step.after.to_string());
        states.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of(0), "SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT");
    assert_eq!(of(1), "SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED");
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_octets_are_surveyed_and_told(
            kind in 0..3usize,
            octets in vec(any::<u8>(), 0..400),
            changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            piece in 1..500usize,
        ) {
            let mut whole = match kind {
                0 => octets,
                1 => file(&[segment(0, "S", 1, 0, 0, 1), segment(1, "S.", 9, 2, 0, 1), segment(0, "F.", 2, 10, 30, 1)]),
                _ => pcap(101, &[(&octets, 500), (&segment(0, "P.", 1, 0, 40, 1)[..50], 80)]),
            };
            for (place, octet) in changes {
                let places = whole.len();
                if let Some(changed) = whole.get_mut(place.index(places.max(1))) {
                    *changed = octet;
                }
            }
            let (survey, listing) = survey(&whole, piece);
            prop_assert!(listing.octets <= whole.len() as u64);
            let _ = shown(&listing);
            for number in 0..listing.streams.len() {
                let told = stream(&whole, &survey, &listing, number);
                let mut inferred = Inferred::new();
                for transit in transits(&told.log) {
                    if let Some(segment) = transit.datagram.segment() {
                        let _ = inferred.see(transit.from.0 as usize, segment);
                    }
                }
                prop_assert!(told.segments <= listing.streams[number].all_packets());
            }
        }
    }
}
