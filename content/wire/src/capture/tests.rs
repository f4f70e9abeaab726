use super::*;
use bytes::Bytes;
use expect_test::{Expect, expect};
use wasm_bindgen_test::wasm_bindgen_test;

/// The smallest octets that pass for an IP packet here: only the version is looked at.
const IP4: [u8; 4] = [0x45, 0, 0, 4];
const IP6: [u8; 4] = [0x60, 0, 0, 0];

fn shown(capture: &Capture) -> String {
    let mut lines = Vec::new();
    for Interface { name, link } in &capture.interfaces {
        lines.push(format!("interface {} link {link}", name.as_deref().unwrap_or("-")));
    }
    for Captured { at, interface, octets, length, comment } in &capture.packets {
        let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        lines.push(format!("{at} at {interface}: {hex} of {length} {comment}").trim_end().to_owned());
    }
    if capture.others > 0 {
        lines.push(format!("others: {}", capture.others));
    }
    lines.extend(capture.broken.as_ref().map(Break::to_string));
    lines.join("\n")
}

fn check(file: impl Into<Bytes>, expected: Expect) {
    expected.assert_eq(&shown(&read(&file.into())));
}

fn written() -> Vec<u8> {
    let mut writer = Writer::new("a test");
    let (client, unnamed) = (writer.interface("client"), writer.interface(""));
    writer.packet(client, 1_700_000_000_123_456, &IP4, "the SYN, “first”");
    writer.packet(unnamed, 0, &IP6, "");
    writer.packet(client, u64::MAX, &[0x45; 5], "");
    writer.finish()
}

/// A pcap file of one frame.
fn pcap(magic: u32, big: bool, link: u32, frame: &[u8]) -> Vec<u8> {
    let frame_length = frame.len() as u32;
    let words =
        [magic, 0, 0, 0, 65535, link, 7, 123_456_789 / if magic & 0xffff == 0xc3d4 { 1000 } else { 1 }];
    let mut file = Vec::new();
    let mut put = |word: u32| file.extend(if big { word.to_be_bytes() } else { word.to_le_bytes() });
    put(words[0]);
    put(if big { 0x0002_0004 } else { 0x0004_0002 });
    words[2..].iter().for_each(|word| put(*word));
    put(frame_length);
    put(frame_length + 100);
    file.extend(frame);
    file
}

const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;

#[wasm_bindgen_test(unsupported = test)]
fn what_is_written_is_what_is_read() {
    check(
        written(),
        expect![[r#"
        interface client link 101
        interface - link 101
        1700000000123456 at 0: 45000004 of 4 the SYN, “first”
        0 at 1: 60000000 of 4
        18446744073709551615 at 0: 4545454545 of 5"#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn the_same_packets_give_the_same_file() {
    assert_eq!(written(), written());
    expect!["[0a, 0d, 0d, 0a, 2c, 00, 00, 00, 4d, 3c, 2b, 1a, 01, 00, 00, 00, ff, ff, ff, ff, ff, ff, ff, ff, 04, 00, 06, 00, 61, 20, 74, 65]"].assert_eq(&format!("{:02x?}", &written()[..32]));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_writer_takes_any_text_and_any_interface() {
    let mut writer = Writer::new(&"é".repeat(40_000));
    let other = {
        let mut other = Writer::new("");
        other.interface("");
        other.interface("")
    };
    writer.packet(other, 1, &IP4, &"ü".repeat(70_000));
    let capture = read(&writer.finish().into());
    assert_eq!((capture.broken, capture.interfaces.len(), capture.packets.len()), (None, 1, 1));
    assert_eq!(capture.packets[0].comment, "ü".repeat(16_000));
}

#[wasm_bindgen_test(unsupported = test)]
fn pcap_is_read_in_both_orders_and_both_resolutions() {
    for magic in [MICROSECONDS, NANOSECONDS] {
        for big in [false, true] {
            let capture = read(&pcap(magic, big, 101, &IP4).into());
            assert_eq!(shown(&capture), "interface - link 101\n7123456 at 0: 45000004 of 104");
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn link_headers_are_taken_off() {
    let ethernet = [0; 12];
    let frames: &[(u32, &[&[u8]], bool)] = &[
        (1, &[&ethernet, &[0x08, 0x00], &IP4], true),
        (1, &[&ethernet, &[0x86, 0xdd], &IP6], true),
        (1, &[&ethernet, &[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x08, 0x00], &IP4], true),
        (1, &[&ethernet, &[0x08, 0x06], &IP4], false),
        (1, &[&ethernet, &[0x08]], false),
        (1, &[&ethernet, &[0x08, 0x00]], false),
        (1, &[&ethernet, &[0x81, 0x00]], false),
        (113, &[&[0; 14], &[0x86, 0xdd], &IP6], true),
        (113, &[&[0; 14], &[0x08, 0x06], &IP4], false),
        (276, &[&[0x08, 0x00], &[0; 18], &IP4], true),
        (276, &[&[0x08, 0x06], &[0; 18], &IP4], false),
        (276, &[&[0x08, 0x00], &[0; 17]], false),
        (0, &[&[2, 0, 0, 0], &IP4], true),
        (0, &[&[0, 0, 0, 30], &IP6], true),
        (0, &[&[0, 0, 0, 7], &IP4], false),
        (108, &[&[0, 0, 0, 2], &IP4], true),
        (12, &[&IP4], true),
        (228, &[&IP4], true),
        (229, &[&IP6], true),
        (101, &[&[0x55; 4]], false),
        (101, &[], false),
        (147, &[&IP4], false),
    ];
    for (link, frame, is_ip) in frames {
        let frame = frame.concat();
        let capture = read(&pcap(MICROSECONDS, false, *link, &frame).into());
        assert_eq!(
            (capture.packets.len(), capture.others),
            if *is_ip { (1, 0) } else { (0, 1) },
            "{link} {frame:?}"
        );
        for packet in capture.packets {
            assert!(packet.octets == IP4[..] || packet.octets == IP6[..], "{link} {frame:?}");
            assert_eq!(packet.length, 104, "{link} {frame:?}");
        }
    }
}

/// A pcapng block in big endian, lengths added.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32 + 12).to_be_bytes();
    [&kind.to_be_bytes()[..], &length, body, &length].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

const SECTION: u32 = 0x0a0d_0d0a;

fn section() -> Vec<u8> {
    block(SECTION, &words(&[0x1a2b_3c4d, 0x0001_0000, u32::MAX, u32::MAX]))
}

#[wasm_bindgen_test(unsupported = test)]
fn pcapng_is_read_with_what_the_interfaces_say_of_time() {
    let interface = |options: &[u32]| block(1, &[words(&[101 << 16, 0]), words(options)].concat());
    // Nanoseconds, 2^-10 seconds, and 100 seconds to be added.
    let nanoseconds = interface(&[0x0009_0001, 0x0900_0000, 0]);
    let binary = interface(&[0x0009_0001, 0x8a00_0000, 0]);
    let later = interface(&[0x000e_0008, 0, 100, 0]);
    let packet = |interface, time| block(6, &[words(&[interface, 0, time, 4, 4]), IP4.to_vec()].concat());
    let simple = block(3, &[words(&[4]), IP6.to_vec()].concat());
    let obsolete = block(2, &[words(&[2 << 16, 0, 9, 4, 4]), IP4.to_vec()].concat());
    let unknown = block(0x0bad_cafe, &[1, 2, 3, 4]);
    let first =
        [section(), nanoseconds, binary.clone(), later, packet(0, 5_000_999), packet(1, 1536), packet(2, 7)];
    let rest = [simple, obsolete, unknown, section(), binary, packet(0, 1024)];
    check(
        [first.concat(), rest.concat()].concat(),
        expect![[r#"
        interface - link 101
        interface - link 101
        interface - link 101
        interface - link 101
        5000 at 0: 45000004 of 4
        1500000 at 1: 45000004 of 4
        100000007 at 2: 45000004 of 4
        100000007 at 0: 60000000 of 4
        100000009 at 2: 45000004 of 4
        1000000 at 3: 45000004 of 4"#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_broken_file_says_where_and_keeps_what_comes_before() {
    check(
        Bytes::new(),
        expect![
            "this is no capture: a pcapng file begins with 0a0d0d0a, a pcap file with a1b2c3d4 or a1b23c4d in either order"
        ],
    );
    check(
        &b"GET / HTTP/1.1"[..],
        expect![
            "this is no capture: a pcapng file begins with 0a0d0d0a, a pcap file with a1b2c3d4 or a1b23c4d in either order"
        ],
    );
    check(
        written()[..20].to_vec(),
        expect!["the file is cut off: what begins at octet 0 has only 20 octets"],
    );
    let whole = written();
    check(
        whole[..whole.len() - 1].to_vec(),
        expect![[r#"
        interface client link 101
        interface - link 101
        1700000000123456 at 0: 45000004 of 4 the SYN, “first”
        0 at 1: 60000000 of 4
        the file is cut off: what begins at octet 200 has only 39 octets"#]],
    );
    let mut wrong = whole.clone();
    // The length that follows the last block.
    let last = wrong.len() - 4;
    wrong[last] ^= 4;
    check(
        wrong,
        expect![[r#"
        interface client link 101
        interface - link 101
        1700000000123456 at 0: 45000004 of 4 the SYN, “first”
        0 at 1: 60000000 of 4
        the file is broken at octet 200: Invalid raw block format: Block length fields don't match: initial 40B, trailing 44B"#]],
    );
    check(
        [section(), block(6, &words(&[3, 0, 0, 0, 0]))].concat(),
        expect![
            "the file is broken at octet 28: Invalid content for block 'Enhanced Packet Block' (0x6): Invalid interface ID: 3"
        ],
    );
    check(
        [section(), block(1, &words(&[101 << 16, 0, 0x0009_0001, 0x7f00_0000, 0]))].concat(),
        expect![
            "the file is broken at octet 28: Invalid content for block 'Interface Description Block' (0x1): Error parsing the options: Invalid option entry. Code: 9, Name: IfTsResol: Invalid timestamp resolution: 0x7F (is_bin: false, resol:127)"
        ],
    );
    check(
        [section(), words(&[6, 0xffff_fffc, 0])].concat(),
        expect!["the file is cut off: what begins at octet 28 has only 12 octets"],
    );
    check(
        [section(), words(&[6, 4, 0])].concat(),
        expect![
            "the file is broken at octet 28: Invalid raw block format: Block is too short: minimum 12B, actual 4B"
        ],
    );
    check(
        pcap(MICROSECONDS, true, 101, &IP4)[..23].to_vec(),
        expect!["the file is cut off: what begins at octet 0 has only 23 octets"],
    );
    check(
        [pcap(MICROSECONDS, true, 101, &IP4), vec![0; 15]].concat(),
        expect![[r#"
        interface - link 101
        7123456 at 0: 45000004 of 104
        the file is cut off: what begins at octet 44 has only 15 octets"#]],
    );
    check(
        [pcap(MICROSECONDS, true, 101, &IP4), vec![0xff; 16]].concat(),
        expect![[r#"
        interface - link 101
        7123456 at 0: 45000004 of 104
        the file is cut off: what begins at octet 44 has only 16 octets"#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_length_close_to_the_largest_is_no_trap() {
    let interface = block(1, &words(&[101 << 16, 0]));
    for length in [u32::MAX, u32::MAX - 2, u32::MAX - 3, 1 << 31, 25] {
        for packet in [
            block(6, &words(&[0, 0, 0, length, u32::MAX, 0])),
            block(2, &words(&[0, 0, 0, length, u32::MAX, 0])),
            block(3, &words(&[length, 0, 0, 0, 0, 0])),
        ] {
            let capture = read(&[section(), interface.clone(), packet].concat().into());
            let broken = capture.broken.expect("no block is so long");
            assert_eq!(broken.at, 48, "{broken}");
            let said = format!("the packet is to have {length} octets, and its block has only 24");
            assert_eq!(broken.why, Why::Broken(said));
        }
        let file = [&pcap(MICROSECONDS, true, 101, &[])[..32], &words(&[length, length, 0])].concat();
        let broken = read(&file.into()).broken.expect("no file is so long");
        assert_eq!(broken, Break { at: 24, why: Why::CutOff { present: 20 } });
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn blocks_of_other_kinds_cannot_break_the_reading() {
    let interface = block(1, &words(&[101 << 16, 0]));
    let packet = block(6, &[words(&[0, 0, 5, 4, 4]), IP4.to_vec()].concat());
    // A name resolution block whose record is cut off, statistics without their fields, a custom block without its number.
    let others = [block(4, &words(&[0x0001_ffff])), block(5, &[]), block(0xbad, &[])];
    check(
        [section(), interface, others.concat(), packet].concat(),
        expect![[r#"
        interface - link 101
        5 at 0: 45000004 of 4"#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_file_cut_off_anywhere_keeps_its_beginning() {
    let whole = written();
    let all = read(&whole.clone().into()).packets;
    let mut without_break = 0;
    for length in 0..whole.len() {
        let capture = read(&whole[..length].to_vec().into());
        assert!(all.starts_with(&capture.packets));
        match capture.broken {
            Some(broken) => assert!(broken.at <= length as u64),
            None => without_break += 1,
        }
    }
    // After each of six blocks but the last.
    assert_eq!(without_break, 5);
}

/// The times of the frames that a reader finds in pieces of a file.
fn in_pieces(file: &[u8], piece: usize) -> Vec<u64> {
    let (mut reader, mut rest, mut times) = (Reader::new(), Vec::new(), Vec::new());
    for piece in file.chunks(piece) {
        rest.extend(piece);
        let mut used_all = 0;
        while let Ok(Step::Read { used, frame }) = reader.next(&rest[used_all..]) {
            times.extend(frame.map(|frame| frame.at));
            used_all += used;
        }
        rest.drain(..used_all);
    }
    assert_eq!((reader.end(rest.len()), reader.position()), (None, file.len() as u64));
    times
}

#[wasm_bindgen_test(unsupported = test)]
fn a_reader_takes_pieces_of_any_size() {
    for piece in [1, 7, 64, 1000] {
        assert_eq!(in_pieces(&written(), piece), [1_700_000_000_123_456, 0, u64::MAX]);
        assert_eq!(in_pieces(&pcap(NANOSECONDS, true, 101, &IP4), piece), [7_123_456]);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_reader_goes_on_from_what_another_one_knew() {
    let nanoseconds = block(1, &[words(&[101 << 16, 0]), words(&[0x0009_0001, 0x0900_0000, 0])].concat());
    let plain = block(1, &words(&[1 << 16, 0]));
    let packet = block(6, &[words(&[1, 0, 5_000_999, 4, 4]), IP4.to_vec()].concat());
    let file = [section(), plain.clone(), section(), plain, nanoseconds, packet.clone()].concat();
    let mut reader = Reader::new();
    let mut rest = &file[..];
    while rest.len() > packet.len() {
        let Ok(Step::Read { used, .. }) = reader.next(rest) else { panic!("the file is whole") };
        rest = &rest[used..];
    }
    let mut other = Reader::resume(reader.preamble()).expect("it is one");
    let Ok(Step::Read { frame: Some(frame), .. }) = other.next(rest) else { panic!("here is a frame") };
    assert_eq!((frame.at, frame.octets), (5_000, Some(&IP4[..])));
    assert_eq!(other.interfaces().len(), 2, "those of the earlier section are forgotten");
    assert!(Reader::resume(&file[..30]).is_err());
}

/// What a packet shows at a glance, as far as `captured` octets go.
fn glanced(octets: &[u8], captured: usize) -> String {
    let Some(Glance { carried, .. }) = glance(&octets[..captured.min(octets.len())], octets.len()) else {
        return "nothing".to_owned();
    };
    match carried {
        Carried::Tcp(tcp) => format!("{} to {}, {} octets", tcp.source_port, tcp.destination_port, tcp.data),
        other => format!("{other:?}"),
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_glance_sees_whose_a_packet_is_even_where_it_was_cut_off() {
    let mut four = [&[0x45, 0, 0, 50, 0, 9, 0x40, 0, 64, 6][..], &[0; 10]].concat();
    let tcp = [&[0, 80, 0x9c, 0x40, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18][..], &[0; 6]].concat();
    four.extend(&tcp);
    four.extend([7; 14]);
    assert_eq!(glanced(&four, 100), "80 to 40000, 10 octets", "the last 4 are the link's");
    assert_eq!(glanced(&four, 34), "80 to 40000, 10 octets");
    assert_eq!(glanced(&four, 33), "CutOff");
    assert_eq!(glanced(&four, 19), "nothing");
    let changed = |at: usize, octet: u8| {
        let mut packet = four.clone();
        packet[at] = octet;
        glanced(&packet, 100)
    };
    assert_eq!(changed(3, 0), "80 to 40000, 14 octets", "the network adapter is to cut it");
    assert_eq!(changed(6, 0x20), "Fragment");
    assert_eq!(changed(7, 1), "Fragment");
    assert_eq!(changed(9, 17), "Udp");
    assert_eq!(changed(9, 1), "Icmp");
    assert_eq!(changed(9, 132), "Other(132)");
    assert_eq!(changed(0, 0x44), "CutOff");
    assert_eq!(changed(0, 0x55), "nothing");
    let hop_by_hop = [&[0x60, 0, 0, 0, 0, 33, 0, 64][..], &[0; 32], &[6, 0, 1, 4, 0, 0, 0, 0], &tcp, &[7; 9]];
    assert_eq!(glanced(&hop_by_hop.concat(), 100), "80 to 40000, 5 octets");
    let fragment = [&[0x60, 0, 0, 0, 0, 8, 44, 64][..], &[0; 32], &[6, 0, 0, 1, 0, 0, 0, 1]];
    assert_eq!(glanced(&fragment.concat(), 100), "Fragment");
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_file_is_read_and_any_break_lies_within(
            kind in 0..4usize,
            octets in vec(any::<u8>(), 0..300),
            changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..5),
        ) {
            let mut file = match kind {
                0 => octets,
                1 => written(),
                2 => pcap(NANOSECONDS, true, 1, &octets),
                _ => [section(), block(1, &octets), block(6, &octets)].concat(),
            };
            for (place, octet) in changes {
                let places = file.len();
                if let Some(changed) = file.get_mut(place.index(places.max(1))) {
                    *changed = octet;
                }
            }
            let file = Bytes::from(file);
            let capture = read(&file);
            prop_assert!(capture.broken.as_ref().is_none_or(|broken| broken.at <= file.len() as u64));
            prop_assert!(capture.packets.iter().all(|packet| packet.octets.len() <= packet.length));
            prop_assert!(capture.packets.iter().map(|packet| packet.octets.len()).sum::<usize>() <= file.len());
            for packet in &capture.packets {
                let _ = glance(&packet.octets, packet.length);
            }
            let _ = shown(&capture);
        }
    }
}
