//! The command as people run it: what it prints, how it exits; and the suite of scripts beside it.

#![cfg(not(target_family = "wasm"))]

use expect_test::{Expect, expect};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The command's output and exit code, in a directory of its own with these files.
fn command(name: &str, files: &[(&str, &str)], arguments: &[&str]) -> String {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (path, text) in files {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().expect("a file lies in a directory"))
            .expect("a directory for tests");
        std::fs::write(path, text).expect("a file for tests");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_packetdrill"))
        .args(arguments)
        .current_dir(&directory)
        .output()
        .expect("the command was built for this test");
    let text = |octets: Vec<u8>| String::from_utf8(octets).expect("the command prints UTF-8");
    format!("{}{}exit {}\n", text(output.stdout), text(output.stderr), output.status.code().unwrap_or(-1))
}

fn check(name: &str, files: &[(&str, &str)], arguments: &[&str], expected: Expect) {
    expected.assert_eq(&command(name, files, arguments));
}

const OK: &str = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 close(3) = 0\n";
const WRONG: &str =
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 getsockopt(3, SOL_SOCKET, SO_TYPE, [7], [4]) = 0\n";
const UNKNOWN: &str = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 dance(3) = 0\n";

#[test]
fn a_line_for_each_script_and_an_exit_code_for_all() {
    let files = [("a.pkt", OK), ("b.pkt", WRONG), ("c.pkt", UNKNOWN)];
    check(
        "verdicts",
        &files,
        &["a.pkt"],
        expect![[r#"
        ok a.pkt
        exit 0
    "#]],
    );
    check(
        "verdicts",
        &files,
        &["a.pkt", "b.pkt", "c.pkt"],
        expect![[r#"
        ok a.pkt
        FAILED b.pkt:2: expected getsockopt(3, SOL_SOCKET, SO_TYPE, [7], [4]) to give the value [7] got [1]
        UNSUPPORTED c.pkt:2: the system call dance()
        exit 1
    "#]],
    );
    check(
        "verdicts",
        &files,
        &["a.pkt", "c.pkt"],
        expect![[r#"
        ok a.pkt
        UNSUPPORTED c.pkt:2: the system call dance()
        exit 2
    "#]],
    );
    check(
        "verdicts",
        &files,
        &["."],
        expect![[r#"
        ok ./a.pkt
        FAILED ./b.pkt:2: expected getsockopt(3, SOL_SOCKET, SO_TYPE, [7], [4]) to give the value [7] got [1]
        UNSUPPORTED ./c.pkt:2: the system call dance()
        exit 1
    "#]],
    );
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let files = [("a.pkt", OK), ("empty/readme", "nothing")];
    check(
        "unreadable",
        &files,
        &["missing.pkt", "a.pkt"],
        expect![[r#"
        ok a.pkt
        packetdrill: missing.pkt: No such file or directory (os error 2)
        exit 1
    "#]],
    );
    check(
        "unreadable",
        &files,
        &["empty"],
        expect![[r#"
        packetdrill: empty: there is no script (*.pkt) in this directory
        exit 1
    "#]],
    );
    check(
        "unreadable",
        &files,
        &["--init", "missing.sh", "a.pkt"],
        expect![[r#"
        packetdrill: --init missing.sh: No such file or directory (os error 2)
        exit 1
    "#]],
    );
}

#[test]
fn settings_are_looked_for_above_the_script() {
    let calls = format!("`../common/defaults.sh`\n{OK}");
    let files = [
        ("common/defaults.sh", "sysctl -q net.ipv4.tcp_sack=0\n"),
        ("deep/deeper/a.pkt", calls.as_str()),
        ("init.sh", "# nothing\nsysctl -q net.ipv4.tcp_dragons=1\n"),
    ];
    check(
        "settings",
        &files,
        &["deep/deeper/a.pkt"],
        expect![[r#"
        ok deep/deeper/a.pkt
        exit 0
    "#]],
    );
    check(
        "settings",
        &files,
        &["--init", "init.sh", "deep/deeper/a.pkt"],
        expect![[r#"
        UNSUPPORTED init.sh:2: “net.ipv4.tcp_dragons” is not a setting that the engine knows
        exit 2
    "#]],
    );
    let lost = [
        ("a.pkt", "`../common/no-such-file.sh`\n"),
        ("given/no-such-file.sh", "sysctl -q net.ipv4.tcp_sack=0\n"),
    ];
    check(
        "nowhere",
        &lost,
        &["--init", "given/no-such-file.sh", "a.pkt"],
        expect![[r#"
        ok a.pkt
        exit 0
    "#]],
    );
    check(
        "nowhere",
        &lost,
        &["a.pkt"],
        expect![[r#"
            UNSUPPORTED a.pkt:1: the file “../common/no-such-file.sh”, which is neither beside the script nor in a directory above it
            exit 2
        "#]],
    );
}

#[test]
fn a_trace_shows_what_happened() {
    check(
        "trace",
        &[("a.pkt", OK)],
        &["--trace", "a.pkt"],
        expect![[r#"
          0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
          0.000000 close(3) = 0
        ok a.pkt
        exit 0
    "#]],
    );
}

/// Our own scripts, one for each rule of the engine.
#[test]
fn the_suite_holds() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let output = Command::new(env!("CARGO_BIN_EXE_packetdrill"))
        .arg(&scripts)
        .output()
        .expect("the command was built for this test");
    let told = String::from_utf8(output.stdout).expect("the command prints UTF-8");
    let errors = String::from_utf8(output.stderr).expect("the command prints UTF-8");
    let wrong: Vec<&str> = told.lines().filter(|line| !line.starts_with("ok ")).collect();
    assert!(wrong.is_empty() && output.status.success(), "{}\n{errors}", wrong.join("\n"));
    assert!(told.lines().count() >= 1, "there is no script in {}", scripts.display());
}
