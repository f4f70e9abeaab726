//! Any file gives packets that lie within it, and says where it breaks; reading takes memory in proportion to the file.
//!
//! Run it in content/wire: `cargo fuzz run --sanitizer none capture -- -max_total_time=180 -rss_limit_mb=512 -malloc_limit_mb=64`
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use wire::capture::{Writer, read};

fuzz_target!(|octets: &[u8]| {
    let file = Bytes::copy_from_slice(octets);
    let capture = read(&file);
    if let Some(broken) = &capture.broken {
        assert!(broken.at <= file.len() as u64, "{broken}");
        assert!(!broken.to_string().is_empty());
    }
    let mut total = 0;
    let mut writer = Writer::new("fuzz");
    let interfaces: Vec<_> = capture
        .interfaces
        .iter()
        .map(|interface| writer.interface(interface.name.as_deref().unwrap_or_default()))
        .collect();
    for packet in &capture.packets {
        assert!(packet.octets.len() <= packet.length);
        total += packet.octets.len();
        let _ = packet.packet().parse_captured();
        writer.packet(interfaces[packet.interface], packet.at, &packet.octets, &packet.comment);
    }
    assert!(total <= file.len());
    // What was read can be written, and is read the same again.
    let again = read(&writer.finish().into());
    assert_eq!((again.broken, again.others), (None, 0));
    assert_eq!(again.packets.len(), capture.packets.len());
    for (ours, theirs) in again.packets.iter().zip(&capture.packets) {
        assert_eq!((ours.at, ours.interface, &ours.octets), (theirs.at, theirs.interface, &theirs.octets));
    }
});
