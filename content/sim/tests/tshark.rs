//! Wireshark's tshark as a judge of whole connections: it reads a capture of a lossy transfer, finds no malformed packet and no wrong
//! checksum, and puts the same streams together.
//!
//! Where tshark is not installed, the test says so on standard error and passes.

#![cfg(not(target_family = "wasm"))]

mod echo;

use echo::{Case, Programs};
use sim::world::{PathPart, capture};
use std::io::Write;
use std::process::Command;

/// Runs tshark on a file; `None` where there is no tshark.
fn tshark(file: &std::path::Path, arguments: &[&str]) -> Option<String> {
    let checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];
    let output = Command::new("tshark").arg("-r").arg(file).args(checks).args(arguments).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("tshark writes text"))
}

#[test]
fn tshark_reads_a_lossy_transfer_and_finds_the_same_streams() {
    let case = Case {
        path: PathPart {
            delay_us: Some(10_000),
            loss_ppm: Some(50_000),
            reorder_ppm: Some(20_000),
            ..PathPart::default()
        },
        octets: 60_000,
        piece: 7_000,
        read: 4_096,
        buffer: None,
        sysctl: Vec::new(),
        seed: 7,
    };
    let (log, got, ended) = Programs::new(&case).run();
    assert!(ended && got == case.data());
    let directory = std::env::temp_dir().join(format!("tcp-lab-sim-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a temporary directory can be made");
    let file = directory.join("transfer.pcapng");
    std::fs::write(&file, capture(&log, &["cable".to_owned()], None)).expect("the capture can be written");

    let fields = [
        "-T",
        "fields",
        "-e",
        "_ws.malformed",
        "-e",
        "ip.checksum.status",
        "-e",
        "tcp.checksum.status",
        "-e",
        "tcp.analysis.retransmission",
    ];
    let Some(rows) = tshark(&file, &fields) else {
        // Straight to the descriptor: a test that passes shows nothing of what it prints.
        let _ = writeln!(
            std::io::stderr(),
            "*** SKIPPED: tshark is not installed, so nobody judged the capture of a transfer"
        );
        let _ = std::fs::remove_dir_all(&directory);
        return;
    };
    let rows: Vec<Vec<&str>> = rows.lines().map(|row| row.split('\t').collect()).collect();
    assert!(rows.len() > 100, "{} packets", rows.len());
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(row[..3], ["", "1", "1"], "packet {}: malformed, IP checksum, TCP checksum", place + 1);
    }
    assert!(rows.iter().any(|row| row[3] == "1"), "tshark sees no retransmission in a lossy transfer");

    // Hexadecimal lines: those of the client as they are, those of the server behind a tab.
    let follow = tshark(&file, &["-q", "-z", "follow,tcp,raw,0"]).expect("tshark was there a moment ago");
    let octets = |lines: &mut dyn Iterator<Item = &str>| -> Vec<u8> {
        lines
            .flat_map(|line| {
                line.trim()
                    .as_bytes()
                    .chunks(2)
                    .map(|pair| std::str::from_utf8(pair).expect("two digits"))
                    .collect::<Vec<_>>()
            })
            .map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits"))
            .collect()
    };
    let lines: Vec<&str> = follow
        .lines()
        .filter(|line| !line.trim().is_empty() && line.trim().bytes().all(|digit| digit.is_ascii_hexdigit()))
        .collect();
    let sent = octets(&mut lines.iter().filter(|line| !line.starts_with('\t')).copied());
    let echoed = octets(&mut lines.iter().filter(|line| line.starts_with('\t')).copied());
    let _ = std::fs::remove_dir_all(&directory);
    assert!(
        sent == case.data(),
        "tshark puts another stream together: {} octets of {}",
        sent.len(),
        case.octets
    );
    assert!(echoed == case.data(), "the answer's stream differs: {} octets of {}", echoed.len(), case.octets);
}
