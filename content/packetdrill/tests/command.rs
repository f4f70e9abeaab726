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

const SOCKET: &str = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n";

/// What the command says of one script that goes on after [`SOCKET`].
fn check_lines(name: &str, lines: &str, expected: Expect) {
    check(name, &[("a.pkt", &format!("{SOCKET}{lines}"))], &["a.pkt"], expected);
}

#[test]
fn a_closed_descriptor_polls_as_invalid() {
    check_lines(
        "poll",
        "+0 poll([{fd=9, events=POLLIN, revents=POLLNVAL}, {fd=-1, events=POLLIN, revents=0}], 2, 1000) = 1
+0 close(3) = 0
+0 poll([{fd=3, events=POLLIN, revents=POLLNVAL}], 1, -1) = 1
",
        expect![[r#"
            ok a.pkt
            exit 0
        "#]],
    );
    check_lines(
        "poll",
        "+0 close(3) = 0\n+0 poll([{fd=3, events=POLLIN, revents=0}], 1, 0) = 0\n",
        expect![[r#"
            FAILED a.pkt:3: expected poll([{fd=3, events=POLLIN, revents=0}], 1, 0) = 0 got 1
            exit 1
        "#]],
    );
}

#[test]
fn lengths_that_come_back_are_compared() {
    check_lines(
        "lengths",
        "+0 getsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [0], [4]) = 0
+0 getsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [0], [...]) = 0
+0 getsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=0, linger=0}, [8]) = 0
+0 getsockopt(3, SOL_SOCKET, SO_RCVTIMEO, {tv_sec=0, tv_usec=0}, [16]) = 0
+0 getsockopt(3, SOL_TCP, TCP_CONGESTION, \"cubic\", [5]) = 0
+0 getsockopt(3, SOL_TCP, TCP_CONGESTION, \"cubic\", [16]) = 0
+0 getsockopt(3, SOL_TCP, TCP_INFO, ..., [104]) = 0
+0 getsockname(3, ..., [16]) = 0
+0 getpeername(3, ..., [1]) = -1 ENOTCONN
",
        expect![[r#"
            ok a.pkt
            exit 0
        "#]],
    );
    let wrong = [
        (
            "getsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [0], [1000000])",
            expect![[r#"
            FAILED a.pkt:2: expected getsockopt(3, SOL_SOCKET, SO_KEEPALIVE, [0], [1000000]) to give the length [1000000] got [4]
            exit 1
        "#]],
        ),
        (
            "getsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=0, linger=0}, [9])",
            expect![[r#"
            FAILED a.pkt:2: expected getsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=0, linger=0}, [9]) to give the length [9] got [8]
            exit 1
        "#]],
        ),
        (
            "getsockopt(3, SOL_TCP, TCP_CONGESTION, \"cubic\", [17])",
            expect![[r#"
            FAILED a.pkt:2: expected getsockopt(3, SOL_TCP, TCP_CONGESTION, "cubic", [17]) to give the length [17] got [16]
            exit 1
        "#]],
        ),
        (
            "getsockopt(3, SOL_TCP, TCP_INFO, ..., [1000])",
            expect![[r#"
            FAILED a.pkt:2: expected getsockopt(3, SOL_TCP, TCP_INFO, ..., [1000]) to give the length [1000] got [248]
            exit 1
        "#]],
        ),
        (
            "getsockname(3, ..., [28])",
            expect![[r#"
            FAILED a.pkt:2: expected getsockname(3, ..., [28]) to give the length [28] got [16]
            exit 1
        "#]],
        ),
    ];
    for (call, expected) in wrong {
        check_lines("lengths", &format!("+0 {call} = 0\n"), expected);
    }
    let accepting = "+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 1000
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 1000
+0 accept(3, ..., [LENGTH]) = 4
";
    check_lines(
        "lengths",
        &accepting.replace("LENGTH", "16"),
        expect![[r#"
        ok a.pkt
        exit 0
    "#]],
    );
    check_lines(
        "lengths",
        &accepting.replace("LENGTH", "28"),
        expect![[r#"
        FAILED a.pkt:7: expected accept(3, ..., [28]) to give the length [28] got [16]
        exit 1
    "#]],
    );
}

#[test]
fn the_machines_stream_begins_at_0() {
    let connects = "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS
+0 > S LINE <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10>
";
    check_lines(
        "origin",
        &connects.replace("LINE", "0:0(0)"),
        expect![[r#"
        ok a.pkt
        exit 0
    "#]],
    );
    let output = command(
        "origin",
        &[("a.pkt", &format!("{SOCKET}{}", connects.replace("LINE", "7:7(0)")))],
        &["a.pkt"],
    );
    assert!(output.starts_with("FAILED a.pkt:4: ") && output.contains(": sequence number\n"), "{output}");
}

#[test]
fn the_lowest_free_number_is_the_next_descriptor() {
    check(
        "numbers",
        &[(
            "a.pkt",
            "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5
+0 close(4) = 0
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 6
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 7
",
        )],
        &["--trace", "a.pkt"],
        expect![[r#"
              0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
              0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
              0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 5
              0.000000 close(4) = 0
              0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
              0.000000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 6
            ok a.pkt
            exit 0
        "#]],
    );
    // Many at once: each takes as long as the first.
    let many = "+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = ?\n".repeat(30_000);
    check_lines(
        "numbers",
        &many,
        expect![[r#"
        ok a.pkt
        exit 0
    "#]],
    );
}

#[test]
fn values_of_options_that_make_no_sense_name_what_is_allowed() {
    let wrong = [
        (
            "--tolerance_usecs=18446744073709551615",
            expect![[r#"
            UNSUPPORTED a.pkt:1: the option --tolerance_usecs=18446744073709551615: allowed is a whole number of microseconds, 0 to 86400000000
            exit 2
        "#]],
        ),
        (
            "--tolerance_percent=-1",
            expect![[r#"
            UNSUPPORTED a.pkt:1: the option --tolerance_percent=-1: allowed is a whole number of per cent, 0 to 1000000
            exit 2
        "#]],
        ),
        (
            "--mtu=20",
            expect![[r#"
            UNSUPPORTED a.pkt:1: the option --mtu=20: allowed is a number of octets, 68 to 65535
            exit 2
        "#]],
        ),
        (
            "--ip_version=ipv5",
            expect![[r#"
            UNSUPPORTED a.pkt:1: the option --ip_version=ipv5: allowed is ipv4, ipv6 or ipv4-mapped-ipv6
            exit 2
        "#]],
        ),
        (
            "--bind_port=70000",
            expect![[r#"
            UNSUPPORTED a.pkt:1: the option --bind_port=70000: allowed is a port, 0 to 65535
            exit 2
        "#]],
        ),
    ];
    for (option, expected) in wrong {
        check("values", &[("a.pkt", &format!("{option}\n{OK}"))], &["a.pkt"], expected);
    }
    check(
        "values",
        &[("a.pkt", &format!("--tolerance_usecs=86400000000\n{OK}"))],
        &["a.pkt"],
        expect![[r#"
        ok a.pkt
        exit 0
    "#]],
    );
}

#[test]
fn texts_that_are_no_scripts() {
    check(
        "texts",
        &[("a.pkt", &format!("\u{feff}{OK}"))],
        &["a.pkt"],
        expect![[r#"
        ok a.pkt
        exit 0
    "#]],
    );
    check(
        "texts",
        &[("a.pkt", "// nothing\n\n")],
        &["a.pkt"],
        expect![[r#"
        UNSUPPORTED a.pkt:3: no event: there is nothing that could be ok
        exit 2
    "#]],
    );
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("texts");
    std::fs::write(directory.join("latin.pkt"), b"// one\n// caf\xe9\n").expect("a file for tests");
    check(
        "texts",
        &[],
        &["latin.pkt"],
        expect![[r#"
        packetdrill: latin.pkt:2: this line is not UTF-8: save the file as UTF-8
        exit 1
    "#]],
    );
    let long = format!("+0 dance({}) = 0\n", "3, ".repeat(400) + "3");
    let output = command(
        "texts",
        &[("a.pkt", &format!("{SOCKET}+0 close({}) = 0\n{long}", "9".repeat(5_000)))],
        &["a.pkt"],
    );
    assert!(output.lines().all(|line| line.len() < 500), "{output}");
    let output = command(
        "texts",
        &[("a.pkt", &format!("{SOCKET}+0 getsockname({}3, ..., [28]) = 0\n", "3 | ".repeat(900)))],
        &["a.pkt"],
    );
    assert!(output.contains("[…]") && output.contains("got [16]") && output.len() < 600, "{output}");
}

#[test]
fn flags_have_names() {
    check_lines(
        "flags",
        "+0 fcntl(3, F_GETFL) = O_RDWR|O_NONBLOCK\n",
        expect![[r#"
        FAILED a.pkt:2: expected fcntl(3, F_GETFL) = O_RDWR|O_NONBLOCK got O_RDWR (0x2)
        exit 1
    "#]],
    );
    check_lines(
        "flags",
        "+0 fcntl(3, F_GETFL) = 2048\n",
        expect![[r#"
        FAILED a.pkt:2: expected fcntl(3, F_GETFL) = O_RDONLY|O_NONBLOCK (0x800) got O_RDWR (0x2)
        exit 1
    "#]],
    );
}

#[test]
fn wrong_usage_is_1_and_help_is_0() {
    let code = |arguments: &[&str]| {
        command("usage", &[], arguments).lines().last().map(str::to_owned).unwrap_or_default()
    };
    std::fs::create_dir_all(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("usage")).expect("a directory");
    assert_eq!(code(&["--nonsense"]), "exit 1");
    assert_eq!(code(&[]), "exit 1");
    assert_eq!(code(&["--help"]), "exit 0");
}
