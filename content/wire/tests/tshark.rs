//! Wireshark's tshark as a judge: it reads what we write, field by field, finds nothing malformed and no wrong checksum; and we
//! read what its companions editcap, mergecap and text2pcap write.
//!
//! Where tshark is not installed, the tests say so on standard error and pass.
#![cfg(not(target_family = "wasm"))]

#[path = "tshark/samples.rs"]
mod samples;
#[path = "tshark/tool.rs"]
mod tool;

use bytes::Bytes;
use samples::{FIRST, STEP, samples};
use std::fs;
use tool::{Rows, file, installed, run, table, text};
use wire::capture::{Writer, read};
use wire::fields::{Header, icmpv4, ipv4, tcp, udp};
use wire::{Datagram, Flags, Packet, TcpOption};

/// What tshark is asked about each packet. The checksums' status is 1 for a right one and 0 for a wrong one.
const FIELDS: &[&str] = &[
    "frame.time_epoch",
    "frame.interface_name",
    "frame.comment",
    "frame.len",
    "_ws.malformed",
    "_ws.expert.severity",
    "ip.src",
    "ip.dst",
    "ip.ttl",
    "ip.dsfield.dscp",
    "ip.dsfield.ecn",
    "ip.len",
    "ip.id",
    "ip.flags.df",
    "ip.checksum.status",
    "ipv6.src",
    "ipv6.dst",
    "ipv6.hlim",
    "ipv6.tclass.dscp",
    "ipv6.tclass.ecn",
    "ipv6.plen",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.seq",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.hdr_len",
    "tcp.flags",
    "tcp.window_size_value",
    "tcp.urgent_pointer",
    "tcp.options",
    "tcp.options.mss_val",
    "tcp.options.wscale.shift",
    "tcp.options.sack_perm",
    "tcp.options.sack_le",
    "tcp.options.sack_re",
    "tcp.options.timestamp.tsval",
    "tcp.options.timestamp.tsecr",
    "tcp.len",
    "tcp.payload",
    "tcp.checksum.status",
    "udp.srcport",
    "udp.dstport",
    "udp.length",
    "udp.payload",
    "udp.checksum.status",
    "icmp.type",
    "icmp.code",
    "icmp.mtu",
    "icmp.checksum.status",
    "icmpv6.type",
    "icmpv6.code",
    "icmpv6.mtu",
    "icmpv6.checksum.status",
];

/// The severity of what tshark takes for an error, as it numbers them.
const ERROR: &str = "8388608";

fn written(datagrams: &[Datagram]) -> Vec<u8> {
    let mut writer = Writer::new("TCP Lab");
    let interfaces = [writer.interface("client"), writer.interface("server")];
    for (place, datagram) in datagrams.iter().enumerate() {
        let packet = datagram.emit().expect("the samples can be said");
        let at = FIRST + STEP * place as u64;
        writer.packet(interfaces[place % 2], at, packet.octets(), &format!("packet {place}"));
    }
    writer.finish()
}

/// One packet alone, as tshark sees it.
fn seen(name: &str, packet: &Packet) -> Rows {
    let mut writer = Writer::new("TCP Lab");
    let interface = writer.interface("");
    writer.packet(interface, FIRST, packet.octets(), "");
    table(&file(name, &writer.finish()), FIELDS)
}

#[test]
fn tshark_reads_every_field_as_we_wrote_it() {
    if !installed("tshark") {
        return;
    }
    let samples = samples();
    let rows = table(&file("every-field.pcapng", &written(&samples)), FIELDS);
    assert_eq!(rows.count(), samples.len(), "tshark sees another number of packets");
    for (place, datagram) in samples.iter().enumerate() {
        // The checksum of a segment that is quoted only in part cannot be right, and tshark says so.
        if !samples::quotes_in_part(datagram) {
            let severities = rows.all(place, "_ws.expert.severity");
            assert!(
                !severities.contains(&ERROR.to_owned()),
                "packet {place}, {datagram}: tshark finds an error"
            );
        }
        let mut expected = vec![
            ("frame.time_epoch", samples::epoch(FIRST + STEP * place as u64)),
            ("frame.interface_name", ["client", "server"][place % 2].to_owned()),
            ("frame.comment", format!("packet {place}")),
            ("frame.len", datagram.length().to_string()),
            ("_ws.malformed", String::new()),
        ];
        expected.extend(internet(datagram));
        expected.extend(carried(datagram));
        for (field, expected) in expected {
            let found = rows.first(place, field);
            assert!(
                same(&found, &expected),
                "packet {place}, {datagram}: {field} is {found}, not {expected}"
            );
        }
        if let Datagram::Tcp(segment) = datagram {
            // Only whether it is there: what it shows of it differs between versions.
            let permitted = !rows.first(place, "tcp.options.sack_perm").is_empty();
            assert_eq!(permitted, segment.options.sack_permitted(), "packet {place}, {datagram}");
            let edges: Vec<_> = segment.options.sack().collect();
            let starts: Vec<String> = edges.iter().map(|block| block.start.to_string()).collect();
            let ends: Vec<String> = edges.iter().map(|block| block.end.to_string()).collect();
            assert_eq!(rows.all(place, "tcp.options.sack_le"), starts, "packet {place}, {datagram}");
            assert_eq!(rows.all(place, "tcp.options.sack_re"), ends, "packet {place}, {datagram}");
        }
    }
}

/// tshark writes some numbers in hexadecimal.
fn same(found: &str, expected: &str) -> bool {
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    found == expected || number(found).is_some_and(|found| Some(found) == number(expected))
}

fn internet(datagram: &Datagram) -> Vec<(&'static str, String)> {
    let ip = datagram.ip();
    let (dscp, ecn) = (ip.dscp.to_string(), ip.ecn.bits().to_string());
    if ip.source.is_ipv4() {
        return vec![
            ("ip.src", ip.source.to_string()),
            ("ip.dst", ip.destination.to_string()),
            ("ip.ttl", ip.ttl.to_string()),
            ("ip.dsfield.dscp", dscp),
            ("ip.dsfield.ecn", ecn),
            ("ip.len", datagram.length().to_string()),
            ("ip.id", ip.identification.to_string()),
            ("ip.flags.df", u8::from(ip.dont_fragment).to_string()),
            ("ip.checksum.status", "1".to_owned()),
            ("ipv6.src", String::new()),
        ];
    }
    vec![
        ("ipv6.src", ip.source.to_string()),
        ("ipv6.dst", ip.destination.to_string()),
        ("ipv6.hlim", ip.ttl.to_string()),
        ("ipv6.tclass.dscp", dscp),
        ("ipv6.tclass.ecn", ecn),
        ("ipv6.plen", (datagram.length() - 40).to_string()),
        ("ip.src", String::new()),
    ]
}

fn carried(datagram: &Datagram) -> Vec<(&'static str, String)> {
    let right = || "1".to_owned();
    let or_none = |number: Option<u32>| number.map_or(String::new(), |number| number.to_string());
    match datagram {
        Datagram::Tcp(segment) => {
            let options = &segment.options;
            let mut area = options.octets().to_vec();
            area.resize(options.padded_length(), 0);
            let times = options.timestamps();
            vec![
                ("tcp.srcport", segment.source_port.to_string()),
                ("tcp.dstport", segment.destination_port.to_string()),
                ("tcp.seq_raw", segment.seq.to_string()),
                ("tcp.ack_raw", segment.ack.to_string()),
                ("tcp.hdr_len", segment.header_length().to_string()),
                ("tcp.flags", segment.flags.bits().to_string()),
                ("tcp.window_size_value", segment.window.to_string()),
                ("tcp.urgent_pointer", segment.urgent.to_string()),
                ("tcp.options", samples::hex(&area)),
                ("tcp.options.mss_val", or_none(options.mss().map(u32::from))),
                ("tcp.options.wscale.shift", or_none(options.window_scale().map(u32::from))),
                ("tcp.options.timestamp.tsval", or_none(times.map(|(value, _)| value))),
                ("tcp.options.timestamp.tsecr", or_none(times.map(|(_, echo)| echo))),
                ("tcp.len", segment.payload.len().to_string()),
                // What an RST carries counts as a text about the reason there (RFC 9293, 3.5.3), and not as payload.
                (
                    "tcp.payload",
                    if segment.flags.rst() { String::new() } else { samples::hex(&segment.payload) },
                ),
                ("tcp.checksum.status", right()),
            ]
        }
        Datagram::Udp(datagram) => vec![
            ("udp.srcport", datagram.source_port.to_string()),
            ("udp.dstport", datagram.destination_port.to_string()),
            ("udp.length", (8 + datagram.payload.len()).to_string()),
            ("udp.payload", samples::hex(&datagram.payload)),
            ("udp.checksum.status", right()),
        ],
        Datagram::Icmp(message) => {
            let quotation = message.quotation().expect("the samples quote whole headers");
            let (kind, code, mtu) = samples::icmp_numbers(message);
            let mut expected = if message.ip.source.is_ipv4() {
                vec![
                    ("icmp.type", kind.to_string()),
                    ("icmp.code", code.to_string()),
                    ("icmp.mtu", or_none(mtu)),
                    ("icmp.checksum.status", right()),
                ]
            } else {
                vec![
                    ("icmpv6.type", kind.to_string()),
                    ("icmpv6.code", code.to_string()),
                    ("icmpv6.mtu", or_none(mtu)),
                    ("icmpv6.checksum.status", right()),
                ]
            };
            // Wireshark reads the quoted datagram as well.
            match quotation.seq {
                Some(seq) => expected.extend([
                    ("tcp.srcport", quotation.source.port().to_string()),
                    ("tcp.dstport", quotation.destination.port().to_string()),
                    ("tcp.seq", seq.to_string()),
                ]),
                None => expected.extend([
                    ("udp.srcport", quotation.source.port().to_string()),
                    ("udp.dstport", quotation.destination.port().to_string()),
                ]),
            }
            expected
        }
    }
}

#[test]
fn the_samples_hold_everything_once() {
    let samples = samples();
    let segments: Vec<_> = samples.iter().filter_map(Datagram::segment).collect();
    for bits in 0..0x200 {
        assert!(segments.iter().any(|segment| segment.flags.bits() & 0x1ff == bits), "no flags {bits:#x}");
    }
    assert!(
        segments.iter().any(|segment| segment.flags.bits() > 0x1ff && segment.flags.contains(Flags::ACK))
    );
    for kind in [0, 1, 2, 3, 4, 5, 8, 34] {
        let has = |option: TcpOption<'_>| match option {
            TcpOption::End => kind == 0,
            TcpOption::Nop => kind == 1,
            TcpOption::Mss(_) => kind == 2,
            TcpOption::WindowScale(_) => kind == 3,
            TcpOption::SackPermitted => kind == 4,
            TcpOption::Sack(_) => kind == 5,
            TcpOption::Timestamps { .. } => kind == 8,
            TcpOption::Unknown { kind: other, .. } => kind == other,
        };
        assert!(segments.iter().any(|segment| segment.options.iter().any(has)), "no option {kind}");
    }
    for over_ipv4 in [true, false] {
        let of = |wanted: fn(&Datagram) -> bool| {
            samples.iter().any(|datagram| datagram.ip().source.is_ipv4() == over_ipv4 && wanted(datagram))
        };
        assert!(of(|datagram| matches!(datagram, Datagram::Tcp(_))));
        assert!(of(|datagram| matches!(datagram, Datagram::Udp(_))));
        assert!(of(|datagram| matches!(datagram, Datagram::Icmp(_))));
        for ecn in 0..4 {
            let found = samples.iter().any(|datagram| datagram.ip().ecn.bits() == ecn);
            assert!(found, "no ECN {ecn}");
        }
    }
}

#[test]
fn tshark_finds_a_wrong_checksum() {
    if !installed("tshark") {
        return;
    }
    let samples = samples();
    let first = |header: Header| {
        let packets = samples.iter().map(|datagram| datagram.emit().expect("the samples can be said"));
        packets
            .into_iter()
            .find(|packet| packet.find(header).is_some() && packet.internet() == Some(Header::Ipv4))
    };
    let cases = [
        (Header::Tcp, &ipv4::TIME_TO_LIVE, "ip.checksum.status"),
        (Header::Tcp, &tcp::WINDOW, "tcp.checksum.status"),
        (Header::Udp, &udp::SOURCE_PORT, "udp.checksum.status"),
        (Header::Icmpv4, &icmpv4::CODE, "icmp.checksum.status"),
    ];
    for (header, field, status) in cases {
        let mut packet = first(header).expect("the samples have it");
        let value = packet.get(field).expect("it has the field");
        assert_eq!(seen("right-checksum.pcapng", &packet).first(0, status), "1", "{field}");
        packet.set(field, value ^ 1).expect("the value is as wide as the field");
        assert_eq!(seen("wrong-checksum.pcapng", &packet).first(0, status), "0", "{field}");
        packet.renew_checksums();
        assert_eq!(seen("renewed-checksum.pcapng", &packet).first(0, status), "1", "{field}");
    }
}

#[test]
fn tshark_finds_what_is_malformed_and_so_do_we() {
    if !installed("tshark") {
        return;
    }
    let samples = samples();
    let mut packet = samples[0].emit().expect("the samples can be said");
    // The datagram ends within the TCP header, and its length agrees.
    packet.octets_mut().truncate(30);
    packet.set(&ipv4::TOTAL_LENGTH, 30).expect("it is IPv4");
    packet.renew_checksums();
    let seen = seen("malformed.pcapng", &packet);
    assert_ne!(seen.first(0, "_ws.malformed"), "");
    assert!(seen.all(0, "_ws.expert.severity").contains(&ERROR.to_owned()));
    let malformed = packet.parse().expect_err("it ends within the header");
    assert_eq!(malformed.to_string(), "TCP header at octet 20: 10 octets, must be 20 at least");
}

#[test]
fn we_read_what_the_companions_of_tshark_convert() {
    if !installed("editcap") || !installed("mergecap") {
        return;
    }
    let samples = samples();
    let ours = file("to-convert.pcapng", &written(&samples));
    let all: Vec<u64> = (0..samples.len() as u64).map(|place| FIRST + STEP * place).collect();
    let mut converted = Vec::new();
    for format in ["pcap", "nsecpcap", "pcapng", "modpcap"] {
        let target = ours.with_file_name(format!("converted.{format}"));
        run("editcap", &["-F", format, text(&ours), text(&target)]);
        converted.push((format, target, 1));
    }
    let merged = ours.with_file_name("merged.pcapng");
    run("mergecap", &["-a", "-w", text(&merged), text(&ours), text(&ours)]);
    converted.push(("merged", merged, 2));
    for (format, path, times) in converted {
        let octets = Bytes::from(fs::read(&path).expect("the tool wrote it"));
        let capture = read(&octets);
        if format == "modpcap" {
            // Kuznetzov's variant of pcap is not read, and that is said.
            let broken = capture.broken.expect("it is no pcap file").to_string();
            assert!(broken.starts_with("this is no capture"), "{broken}");
            continue;
        }
        assert_eq!((capture.broken, capture.others), (None, 0), "{format}");
        let read: Vec<_> = capture.packets.iter().map(|captured| captured.packet().parse()).collect();
        let expected: Vec<_> = (0..times).flat_map(|_| samples.iter().cloned().map(Ok)).collect();
        assert_eq!(read, expected, "{format}");
        let at: Vec<u64> = capture.packets.iter().map(|captured| captured.at).collect();
        assert_eq!(at, all.repeat(times), "{format}");
        if format == "pcapng" {
            assert_eq!(capture.packets[3].comment, "packet 3");
            assert_eq!(capture.interfaces[capture.packets[3].interface].name.as_deref(), Some("server"));
        }
    }
}

#[test]
fn we_read_segments_that_text2pcap_makes() {
    if !installed("text2pcap") {
        return;
    }
    let data = file("data.txt", b"000000 68 65 6c 6c 6f\n");
    let cases: &[(&[&str], &str)] = &[
        (&["-4", "192.0.2.1,192.0.2.2", "-T", "40000,50007"], "192.0.2.1.40000 > 192.0.2.2.50007: "),
        (&["-6", "2001:db8::1,2001:db8::2", "-T", "40000,50007"], "2001:db8::1.40000 > 2001:db8::2.50007: "),
        (&["-4", "192.0.2.1,192.0.2.2", "-u", "40000,50007"], "192.0.2.1.40000 > 192.0.2.2.50007: udp (5)"),
        (
            &["-6", "2001:db8::1,2001:db8::2", "-u", "40000,50007"],
            "2001:db8::1.40000 > 2001:db8::2.50007: udp (5)",
        ),
    ];
    for (place, (arguments, expected)) in cases.iter().enumerate() {
        let target = data.with_file_name(format!("made-{place}.pcapng"));
        run("text2pcap", &[&["-q"], *arguments, &[text(&data), text(&target)]].concat());
        let capture = read(&Bytes::from(fs::read(&target).expect("the tool wrote it")));
        assert_eq!((capture.broken, capture.interfaces[0].link, capture.packets.len()), (None, 1, 1));
        let datagram = capture.packets[0].packet().parse().expect("text2pcap makes whole packets");
        assert!(datagram.to_string().starts_with(expected), "{datagram}");
        let payload = match datagram {
            Datagram::Tcp(segment) => segment.payload,
            Datagram::Udp(datagram) => datagram.payload,
            Datagram::Icmp(_) => unreachable!("text2pcap was asked for TCP or UDP"),
        };
        assert_eq!(payload, &b"hello"[..]);
    }
}
