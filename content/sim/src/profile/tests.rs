//! What settings may be: the table's own ranges, and what a run makes of their ends.

use super::*;
use crate::world::{World, WorldSpec};
use expect_test::{Expect, expect};
use sockets::{Call, CallId, Endpoint, Family, HostId, Instant, Network, Op, SocketId, SocketKind};
use wasm_bindgen_test::wasm_bindgen_test;

fn refused(name: &str, value: &str, expected: Expect) {
    expected.assert_eq(&match Profile::linux().set(name, value) {
        Ok(()) => "taken".to_owned(),
        Err(error) => error.to_string(),
    });
}

#[wasm_bindgen_test(unsupported = test)]
fn what_makes_no_sense_is_refused_in_words() {
    refused(
        "net.ipv4.tcp_reordering",
        "-1",
        expect!["net.ipv4.tcp_reordering cannot be “-1”: it is a whole number from 1 to 65535"],
    );
    refused(
        "net.ipv4.tcp_rmem",
        "1 1 1",
        expect!["net.ipv4.tcp_rmem cannot be “1 1 1”: it is 3 whole numbers from 2304 to 1073741824"],
    );
    refused(
        "net.ipv4.ip_local_port_range",
        "5 4",
        expect![
            "net.ipv4.ip_local_port_range cannot be “5 4”: it is 2 whole numbers from 1 to 65535, none less than the one before it"
        ],
    );
    refused(
        "net.ipv4.tcp_congestion_control",
        "banana",
        expect!["net.ipv4.tcp_congestion_control cannot be “banana”: it is cubic or reno"],
    );
    refused(
        "net/ipv4/tcp_sack",
        "yes",
        expect!["net.ipv4.tcp_sack cannot be “yes”: it is a whole number from 0 to 255, where 0 is no"],
    );
    for (name, value) in [
        ("reordering", "4294967295"),
        ("min_tso_segs", "2147483647"),
        ("tso_rtt_log", "65536"),
        ("rto_max_ms", "0"),
        ("rmem", "0 0 0"),
        ("min_snd_mss", "0"),
    ] {
        assert!(Profile::linux().set(&format!("net.ipv4.tcp_{name}"), value).is_err(), "{name} {value}");
    }
    assert!(Profile::linux().set("net.ipv4.ip_default_ttl", "0").is_err());
}

/// The values at the ends of what a setting may be, and some beyond.
fn ends(allowed: Allowed, parts: usize) -> (Vec<String>, Vec<String>) {
    match allowed {
        Allowed::Numbers { least, most } | Allowed::Rising { least, most } => {
            let each = |value: i64| vec![value.to_string(); parts].join(" ");
            (vec![each(least), each(most)], vec![each(least - 1), each(most + 1), String::new()])
        }
        Allowed::Names(names) => (names.iter().map(|name| (*name).to_owned()).collect(), vec!["".into()]),
        Allowed::AnyText => (vec![String::new()], vec![]),
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn every_setting_takes_its_default_and_its_range_and_nothing_beyond() {
    for &(name, allowed, _) in Profile::TABLE {
        let mut profile = Profile::linux();
        let default = profile.get(name).expect("the table's own names are known");
        assert_eq!(profile.set(name, &default), Ok(()), "{name}");
        assert_eq!(profile, Profile::linux(), "{name}");
        let (good, bad) = ends(allowed, default.split('\t').count());
        for value in good {
            assert_eq!(profile.set(name, &value), Ok(()), "{name}");
        }
        let before = profile.clone();
        for value in bad {
            assert!(profile.set(name, &value).is_err(), "{name} {value}");
        }
        assert_eq!(profile, before, "{name}");
    }
}

/// 100,000 octets from one host to the other over a link that loses some, all four settings' ends at both: nothing overflows (in a
/// build that checks), and it ends.
#[wasm_bindgen_test(unsupported = test)]
fn a_run_survives_the_ends_of_every_setting() {
    for &(name, allowed, _) in Profile::TABLE {
        let parts = Profile::linux().get(name).map_or(1, |text| text.split('\t').count());
        for value in ends(allowed, parts).0 {
            transfer(name, &value);
        }
    }
}

fn transfer(name: &str, value: &str) {
    let host = |host: &str, address: &str| {
        format!(
            r#"{{"name":"{host}","interfaces":[{{"link":"l","addresses":["{address}/24"]}}],"sysctl":{{"{name}":"{value}"}}}}"#
        )
    };
    let json = format!(
        r#"{{"hosts":[{},{}],"links":[{{"name":"l","path":{{"delay_us":5000,"rate_bps":100000000,"loss_ppm":20000,"reorder_ppm":20000,"reorder_by_us":3000}}}}],
            "bounds":{{"time_us":1000000000000,"events":300000}}}}"#,
        host("a", "10.0.0.1"),
        host("b", "10.0.0.2")
    );
    let mut world = World::new(&WorldSpec::parse(&json).unwrap_or_else(|error| panic!("{name}: {error}")))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut number = 0;
    let mut call = |world: &mut World, at: u64, host: u32, op: Op| {
        number += 1;
        world.submit(Instant(at), Call { id: CallId(number), host: HostId(host), timeout: None, op });
    };
    let (client, server) = (SocketId(1), SocketId(1_000_001));
    let address = |text: &str| Endpoint { host: sockets::Host::parse(text).expect("an address"), port: 80 };
    let stream = || Op::Socket { family: Family::Inet, kind: SocketKind::Stream };
    call(&mut world, 0, 1, stream());
    call(&mut world, 0, 1, Op::Bind { socket: server, address: address("") });
    call(&mut world, 0, 1, Op::Listen { socket: server, backlog: 5 });
    call(&mut world, 0, 1, Op::Accept { socket: server });
    call(&mut world, 0, 0, stream());
    call(&mut world, 0, 0, Op::Connect { socket: client, address: address("10.0.0.2") });
    let connected = SocketId(1_000_002);
    let mut now = Instant(2_000_000);
    while world.poll(now).is_some() {}
    call(
        &mut world,
        now.0,
        0,
        Op::Send { socket: client, data: vec![b'x'; 100_000].into(), flags: Default::default() },
    );
    call(&mut world, now.0, 0, Op::Close { socket: client });
    for _ in 0..200 {
        call(&mut world, now.0, 1, Op::Recv { socket: connected, max: 4_096, flags: Default::default() });
        now = Instant(now.0 + 100_000);
        while world.poll(now).is_some() {}
    }
    while world.poll(Instant(1_000_000_000_000)).is_some() {}
    assert!(
        world.stopped().is_some_and(|stopped| stopped.bound == crate::world::Bound::Time),
        "{name}={value}: {:?}",
        world.stopped()
    );
}
