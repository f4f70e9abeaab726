//! What links do to datagrams: delay, rate, queue, loss, order, copies, corruption, size.

use super::*;
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;
use wire::Ecn;

/// Sends `count` datagrams of 1000 octets from a to b, `every` microseconds one, and says which arrived when.
fn stream(bench: &mut Bench, count: u16, every: u64) -> Vec<(u64, u16)> {
    for number in 0..count {
        let Datagram::Udp(mut datagram) = udp(A, B, 972) else { unreachable!("udp makes UDP") };
        datagram.ip.identification = number;
        bench.send(u64::from(number) * every, 0, Datagram::Udp(datagram));
    }
    bench.run(u64::MAX);
    bench.arrived.iter().map(|(at, _, datagram)| (at.0, datagram.ip().identification)).collect()
}

#[wasm_bindgen_test(unsupported = test)]
fn delay_and_rate_add_up() {
    // 1000 octets at 8 Mbit/s take 1 ms.
    let mut bench = pair(r#"{"delay_us":10000,"rate_bps":8000000}"#, "");
    bench.send(0, 0, udp(A, B, 972)).send(0, 0, udp(A, B, 472)).send(5_000, 0, udp(A, B, 0));
    bench.send(5_000, 1, udp(B, A, 972));
    bench.check(expect![[r#"
        0.000000 #0 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (972) (ttl 64), arrives 0.011000
        0.000000 #1 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (472) (ttl 64), arrives 0.011500
        0.005000 #2 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (0) (ttl 64), arrives 0.015028
        0.005000 #3 link 0, b > a: 10.0.0.2.2 > 10.0.0.1.1: udp (972) (ttl 64), arrives 0.016000
        0.011000 #0 arrived at b
        0.011500 #1 arrived at b
        0.015028 #2 arrived at b
        0.016000 #3 arrived at a
    "#]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_full_queue_throws_away() {
    let mut bench = pair(r#"{"rate_bps":8000000,"queue_datagrams":2}"#, "");
    // One is being sent, two wait, the rest is too much; after 1 ms there is room for one again.
    for number in [0, 0, 0, 0, 0, 1_000, 1_000] {
        bench.send(number, 0, udp(A, B, 972));
    }
    bench.check(expect![[r#"
        0.000000 #0 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (972) (ttl 64), arrives 0.001000
        0.000000 #1 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (972) (ttl 64), arrives 0.002000
        0.000000 #2 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (972) (ttl 64), arrives 0.003000
        0.000000 #3 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (972) (ttl 64), dropped, queue full
        0.000000 #4 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (972) (ttl 64), dropped, queue full
        0.001000 #0 arrived at b
        0.001000 #5 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (972) (ttl 64), arrives 0.004000
        0.001000 #6 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (972) (ttl 64), dropped, queue full
        0.002000 #1 arrived at b
        0.003000 #2 arrived at b
        0.004000 #5 arrived at b
    "#]]);
    let mut bench = pair(r#"{"rate_bps":8000000,"queue_octets":1500}"#, "");
    bench.send(0, 0, udp(A, B, 972)).send(0, 0, udp(A, B, 972)).send(0, 0, udp(A, B, 972)).send(
        0,
        0,
        udp(A, B, 400),
    );
    let arrived: Vec<usize> = bench.run(u64::MAX).arrived.iter().map(|(.., d)| d.length()).collect();
    assert_eq!(arrived, [1_000, 1_000, 428]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_long_queue_marks_what_is_capable() {
    let mut bench = pair(r#"{"rate_bps":8000000,"mark_above_datagrams":1}"#, "");
    for ecn in [Ecn::Capable0, Ecn::Capable0, Ecn::Capable0, Ecn::NotCapable, Ecn::Capable1] {
        let mut datagram = udp(A, B, 972);
        datagram.ip_mut().ecn = ecn;
        bench.send(0, 0, datagram);
    }
    let marks: Vec<Ecn> = bench.run(u64::MAX).arrived.iter().map(|(.., d)| d.ip().ecn).collect();
    let ce = Ecn::CongestionExperienced;
    assert_eq!(marks, [Ecn::Capable0, Ecn::Capable0, ce, Ecn::NotCapable, ce]);
}

#[wasm_bindgen_test(unsupported = test)]
fn losses_come_as_often_as_was_said() {
    let arrived = |path: &str| stream(&mut pair(path, ""), 10_000, 1).len();
    assert_eq!(arrived("{}"), 10_000);
    assert_eq!(arrived(r#"{"loss_ppm":1000000}"#), 0);
    let tenth = arrived(r#"{"loss_ppm":100000}"#);
    assert!((8_800..9_200).contains(&tenth), "{tenth}");
    // Bad a quarter of the time: 1 % into the bad state, 3 % out of it.
    let bursts = stream(&mut pair(r#"{"bursts":{"enter_ppm":10000,"leave_ppm":30000}}"#, ""), 10_000, 1);
    assert!((6_500..8_500).contains(&bursts.len()), "{}", bursts.len());
    let gaps = bursts.windows(2).filter(|pair| pair[1].1 - pair[0].1 > 1).count();
    assert!((40..160).contains(&gaps), "{gaps} bursts");
}

#[wasm_bindgen_test(unsupported = test)]
fn jitter_keeps_the_order_and_reordering_does_not() {
    let arrived = stream(&mut pair(r#"{"delay_us":1000,"jitter_us":5000}"#, ""), 1_000, 100);
    assert!(arrived.is_sorted(), "jitter changed the order");
    assert!(arrived.iter().all(|(at, number)| (1_000..=100_000).contains(&(at - u64::from(*number) * 100))));
    let mut arrived =
        stream(&mut pair(r#"{"delay_us":1000,"reorder_ppm":100000,"reorder_by_us":450}"#, ""), 1_000, 100);
    let late = arrived.iter().filter(|(at, number)| *at == u64::from(*number) * 100 + 1_450).count();
    assert!((60..140).contains(&late), "{late} came late");
    assert!(!arrived.iter().map(|(_, number)| number).is_sorted());
    arrived.sort_by_key(|(_, number)| *number);
    assert_eq!(arrived.len(), 1_000);
}

#[wasm_bindgen_test(unsupported = test)]
fn duplicates_and_corruption_are_told() {
    let mut bench = pair(r#"{"delay_us":100,"duplicate_ppm":1000000,"corrupt_ppm":1000000}"#, "");
    bench.send(0, 0, udp(A, B, 1)).check(expect![[r#"
        0.000000 #0 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (1) (ttl 64), corrupted, arrives 0.000100
        0.000000 #1 link 0, a > b, copy of #0: 10.0.0.1.1 > 10.0.0.2.2: udp (1) (ttl 64), corrupted, arrives 0.000100
        0.000100 #0 arrived at b
        0.000100 #1 arrived at b
    "#]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_is_too_big_is_lost_or_goes_in_fragments() {
    let mut bench = pair(r#"{"rate_bps":8000000}"#, "");
    // 3000 octets of data are 3028 with headers; in three fragments, 3068, which take 3.068 ms.
    bench.send(0, 0, udp(A, B, 3_000)).send(0, 0, segment(A, B, Flags::ACK, 1, 1_461));
    bench.check(expect![[r#"
        0.000000 #0 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: udp (3000) (ttl 64), arrives 0.003068
        0.000000 #1 link 0, a > b: 10.0.0.1.1 > 10.0.0.2.2: . 1:1462(1461) ack 0 win 1000 (ttl 64, df), dropped, too big
        0.003068 #0 arrived at b
    "#]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn one_links_chance_is_not_anothers() {
    let path = r#"{"loss_ppm":300000}"#;
    let first = stream(&mut pair(path, ""), 500, 1);
    assert_eq!(first, stream(&mut pair(path, ""), 500, 1), "the same world does the same");
    let jitter = stream(&mut pair(r#"{"loss_ppm":300000,"jitter_us":50}"#, ""), 500, 1);
    let numbers = |arrived: &[(u64, u16)]| arrived.iter().map(|(_, number)| *number).collect::<Vec<u16>>();
    assert_eq!(numbers(&first), numbers(&jitter), "jitter changed what is lost");
    assert_ne!(first, stream(&mut pair(path, r#","seed":1"#), 500, 1));
}

#[wasm_bindgen_test(unsupported = test)]
fn each_direction_has_its_own_path() {
    let mut bench = Bench::new(
        r#"{"hosts":[{"name":"a","interfaces":[{"link":"lan","addresses":["10.0.0.1/24"]}]},
                     {"name":"b","interfaces":[{"link":"lan","addresses":["10.0.0.2/24"]}]}],
            "links":[{"name":"lan","path":{"delay_us":5,"rate_bps":8000000},"toward":{"a":{"delay_us":7000}}}]}"#,
    );
    bench.send(0, 0, udp(A, B, 972)).send(0, 1, udp(B, A, 972));
    let arrived: Vec<u64> = bench.run(u64::MAX).arrived.iter().map(|(at, ..)| at.0).collect();
    assert_eq!(arrived, [1_005, 8_000]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_switch_delivers_to_whom_it_is_for_and_an_unknown_address_comes_back() {
    let host =
        |n: u8| format!(r#"{{"name":"h{n}","interfaces":[{{"link":"lan","addresses":["10.0.0.{n}/24"]}}]}}"#);
    let mut bench = Bench::new(&format!(
        r#"{{"hosts":[{},{},{}],"links":[{{"name":"lan","path":{{"delay_us":5}}}}]}}"#,
        host(1),
        host(2),
        host(3)
    ));
    bench.send(0, 0, udp("10.0.0.1:1", "10.0.0.3:3", 1)).send(0, 2, udp("10.0.0.3:3", "10.0.0.2:2", 1));
    bench.send(10, 0, segment("10.0.0.1:1", "10.0.0.9:9", Flags::SYN, 7, 0));
    bench.send(1_000_010, 0, segment("10.0.0.1:1", "10.0.0.9:9", Flags::SYN, 7, 0));
    bench.check(expect![[r#"
        0.000000 #0 link 0, h1 > h3: 10.0.0.1.1 > 10.0.0.3.3: udp (1) (ttl 64), arrives 0.000005
        0.000000 #1 link 0, h3 > h2: 10.0.0.3.3 > 10.0.0.2.2: udp (1) (ttl 64), arrives 0.000005
        0.000005 #0 arrived at h3
        0.000005 #1 arrived at h2
        0.000010 notice "nobody has 10.0.0.9"
        1.000010 notice "nobody has 10.0.0.9"
        3.000010 notice "back to h1: 10.0.0.1.1 > 10.0.0.9.9: S 7:7(0) win 1000"
        3.000010 notice "back to h1: 10.0.0.1.1 > 10.0.0.9.9: S 7:7(0) win 1000"
    "#]]);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_a_link_carried_is_a_capture() {
    let mut bench = pair(r#"{"delay_us":100}"#, r#","faults":[{"nth":2,"action":"drop"}]"#);
    bench.send(5, 0, udp(A, B, 3)).send(7, 0, segment(A, B, Flags::SYN, 1, 0)).run(u64::MAX);
    let file = capture(&bench.log, &["lan".to_owned()], None);
    let read = wire::capture::read(&Bytes::from(file.clone()));
    assert_eq!((read.broken, read.interfaces[0].name.as_deref()), (None, Some("lan")));
    let told = |packet: &wire::capture::Captured| {
        let datagram = wire::Packet::from(&packet.octets[..]).parse().expect("what was written is sound");
        format!("{} {datagram} {}", packet.at, packet.comment)
    };
    expect![
        "5 10.0.0.1.1 > 10.0.0.2.2: udp (3) ; 7 10.0.0.1.1 > 10.0.0.2.2: S 1:1(0) win 1000 dropped by a fault"
    ]
    .assert_eq(&read.packets.iter().map(told).collect::<Vec<String>>().join("; "));
    let none = capture(&bench.log, &["lan".to_owned()], Some(LinkId(1)));
    assert!(none.len() < file.len());
}
