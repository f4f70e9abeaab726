//! Shell lines in, settings out.

use super::{Files, read};
use crate::machine::Setting;
use crate::place::{Place, Source};
use expect_test::{Expect, expect};
#[cfg(not(target_family = "wasm"))]
use proptest::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

struct Shelf;

impl Files for Shelf {
    fn read(&self, from: &str, path: &str) -> Result<Source, String> {
        match path {
            "../common/defaults.sh" => Ok(Source {
                name: "common/defaults.sh".into(),
                text: "#!/bin/bash\n\nsysctl -q net.ipv4.tcp_ecn=0\n".into(),
            }),
            "loop.sh" => Ok(Source { name: "loop.sh".into(), text: "./loop.sh\nloop.sh".into() }),
            "./loop.sh" => Ok(Source { name: "loop.sh".into(), text: "loop.sh".into() }),
            _ => Err(format!("there is no {path} beside {from}")),
        }
    }
}

fn check(text: &str, expected: Expect) {
    let place = Place::top("t.pkt");
    expected.assert_eq(&match read(text, &place, &Shelf) {
        Err(unsupported) => format!("UNSUPPORTED {unsupported}"),
        Ok(settings) => settings
            .iter()
            .map(|(place, setting)| match setting {
                Setting::Sysctl { name, value } => format!("{place} {name} = {value}\n"),
                other => format!("{place} {other:?}\n"),
            })
            .collect(),
    });
}

#[wasm_bindgen_test(unsupported = test)]
fn files_have_a_length() {
    check(
        "dd bs=1k count=3 if=/dev/zero of=/tmp/a status=none\ntruncate -s 2M /tmp/b; rm -f /tmp/a",
        expect![[r#"
            t.pkt:1 File { path: "/tmp/a", length: 3072 }
            t.pkt:2 File { path: "/tmp/b", length: 2097152 }
        "#]],
    );
    check(
        "dd if=/etc/passwd of=/tmp/a count=1",
        expect!["UNSUPPORTED t.pkt:1: the shell command “dd if=/etc/passwd of=/tmp/a count=1”"],
    );
    check(
        "truncate -s 5000M /tmp/b",
        expect!["UNSUPPORTED t.pkt:1: the shell command “truncate -s 5000M /tmp/b”"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn sysctls_are_settings() {
    check(
        "sysctl -q net.ipv4.tcp_sack=0 net.ipv4.tcp_fack=1",
        expect![[r#"
        t.pkt:1 net.ipv4.tcp_sack = 0
        t.pkt:1 net.ipv4.tcp_fack = 1
    "#]],
    );
    check(
        "sysctl -q net.ipv4.tcp_rmem=\"4096 540000 $((15*1024*1024))\" > /dev/null 2>&1",
        expect![[r#"
        t.pkt:1 net.ipv4.tcp_rmem = 4096 540000 15728640
    "#]],
    );
    check(
        "sysctl -w net.ipv4.tcp_sack = '0'; sysctl -q net/ipv4/tcp_ecn=1 && sysctl net.a=$(( (1<<4) + 6 / 2 % 2 - -1 ))",
        expect![[r#"
            t.pkt:1 net.ipv4.tcp_sack = 0
            t.pkt:1 net.ipv4.tcp_ecn = 1
            t.pkt:1 net.a = 18
        "#]],
    );
    check(
        "../common/set_sysctls.py /proc/sys/net/ipv4/tcp_a=1 \\\n\t/proc/sys/net/ipv4/tcp_b=\"2 3\"\nsysctl -q net.c=4",
        expect![[r#"
            t.pkt:1 net.ipv4.tcp_a = 1
            t.pkt:1 net.ipv4.tcp_b = 2 3
            t.pkt:3 net.c = 4
        "#]],
    );
    check(
        "echo 1 > /proc/sys/net/ipv4/tcp_sack\nprintf '4 5\\n' > /proc/sys/net/ipv4/tcp_wmem\necho done",
        expect![[r#"
            t.pkt:1 net.ipv4.tcp_sack = 1
            t.pkt:2 net.ipv4.tcp_wmem = 4 5
        "#]],
    );
    check(
        "sysctl -q a=1 || sysctl -q b=2\nsysctl -q c=3",
        expect![[r#"
        t.pkt:1 a = 1
        t.pkt:2 c = 3
    "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn files_are_read_in_their_place() {
    check(
        "../common/defaults.sh\nsysctl -q net.ipv4.tcp_sack=0",
        expect![[r#"
        common/defaults.sh:3 net.ipv4.tcp_ecn = 0
        t.pkt:2 net.ipv4.tcp_sack = 0
    "#]],
    );
    check("/tmp/sysctl_restore_${PPID}.sh", expect![""]);
    check("missing.sh", expect!["UNSUPPORTED t.pkt:1: there is no missing.sh beside t.pkt"]);
    check("loop.sh", expect!["UNSUPPORTED loop.sh:1: “loop.sh” is called too deeply"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_interface_has_a_queue_and_an_mtu() {
    check(
        "tc qdisc add dev tun0 root pfifo",
        expect![[r#"
        t.pkt:1 QueueLimit(None)
        t.pkt:1 Pacing(false)
    "#]],
    );
    check(
        "tc qdisc delete dev tun0 root 2>/dev/null ; tc qdisc add dev tun0 root pfifo limit 0",
        expect![[r#"
            t.pkt:1 QueueLimit(None)
            t.pkt:1 Pacing(false)
            t.pkt:1 QueueLimit(Some(0))
            t.pkt:1 Pacing(false)
        "#]],
    );
    check(
        "tc qdisc replace dev tun0 root fq",
        expect![[r#"
        t.pkt:1 QueueLimit(None)
        t.pkt:1 Pacing(true)
    "#]],
    );
    check(
        "ip link set dev tun0 mtu 1400",
        expect![[r#"
        t.pkt:1 Mtu(1400)
    "#]],
    );
    check(
        "ip route change 192.0.2.0/24 via 192.168.0.2 dev tun0 rto_min lock 5ms initcwnd 20",
        expect![[r#"
        t.pkt:1 Route([("rto_min", "5ms"), ("initcwnd", "20")])
    "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn what_has_no_effect_is_accepted() {
    check(
        "ip tcp_metrics flush all > /dev/null 2>&1\nethtool -K tun0 tso off gso off\nsleep 1\n# a comment",
        expect![""],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn whatever_is_not_understood_is_named() {
    check(
        "sysctl -q net.a=1\niptables -A INPUT -j DROP",
        expect!["UNSUPPORTED t.pkt:2: the shell command “iptables -A INPUT -j DROP”"],
    );
    check(
        "tc qdisc add dev tun0 root netem delay 10ms",
        expect!["UNSUPPORTED t.pkt:1: the shell command “tc qdisc add dev tun0 root netem delay 10ms”"],
    );
    check(
        "tc qdisc add dev tun0 root fq maxrate 1mbit",
        expect!["UNSUPPORTED t.pkt:1: the shell command “tc qdisc add dev tun0 root fq maxrate 1mbit”"],
    );
    check(
        "sysctl -q net.a",
        expect!["UNSUPPORTED t.pkt:1: “net.a” in a sysctl command: a setting is name=value"],
    );
    check(
        "sysctl -q net.a=$(cat /etc/passwd)",
        expect![
            "UNSUPPORTED t.pkt:1: “$(cat” in a shell line: variables and substitutions are not known here"
        ],
    );
    check(
        "sysctl -q net.a=$HOME",
        expect![
            "UNSUPPORTED t.pkt:1: “$HOME” in a shell line: variables and substitutions are not known here"
        ],
    );
    check("sysctl -q net.a=$((1/0))", expect!["UNSUPPORTED t.pkt:1: the arithmetic $((1/0))"]);
    check("sysctl -q 'net.a=1", expect!["UNSUPPORTED t.pkt:1: a quotation mark is not closed"]);
    check("ls | wc", expect!["UNSUPPORTED t.pkt:1: “|” in a shell line"]);
    check("(sleep 1)", expect!["UNSUPPORTED t.pkt:1: “(” in a shell line"]);
    check("echo 1 > /etc/passwd", expect!["UNSUPPORTED t.pkt:1: redirecting into “/etc/passwd”"]);
    check("ip route change default dev tun0 realm 7", expect!["UNSUPPORTED t.pkt:1: “realm” of a route"]);
}

#[cfg(not(target_family = "wasm"))]
proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z0-9=. $(){}'\"\\\\\n;&|<>#*/-]{0,60}|.*") {
        let _ = read(&text, &Place::top("t"), &Shelf);
    }
}
