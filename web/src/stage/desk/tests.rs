use super::fold::{Fold, Speed};
use super::moments::told;
use crate::stage::story::tests::story;
use sockets::Instant;

#[test]
fn a_moment_is_told_in_words() {
    let story = story("handshake", str::to_owned);
    let at = story.stops.iter().map(|at| told(&story, *at)).collect::<Vec<_>>().join("\n");
    expect_test::expect![[r#"
        0 s: server calls socket; server: CLOSED to LISTEN; socket on server returns; server calls bind; bind on server returns; and 3 more
        0.01 s: client calls socket; client: CLOSED to SYN-SENT; socket on client returns; client calls connect; client sends SYN
        0.030005 s: SYN arrives at server; server: LISTEN to SYN-RECEIVED; server sends SYN-ACK
        0.05001 s: SYN-ACK arrives at client; client: SYN-SENT to ESTABLISHED; connect on client returns; client sends ACK 1
        0.070015 s: ACK 1 arrives at server; server: SYN-RECEIVED to ESTABLISHED; accept on server returns; server calls recv
        0.11001 s: client calls send with 5 octets; send on client has taken 5 octets; client sends data 1 to 6
        0.130015 s: data 1 to 6 arrives at server; recv on server returns 5 octets; server sends ACK 6; server calls recv
        0.15002 s: ACK 6 arrives at client
        0.19001 s: client calls close; client: ESTABLISHED to FIN-WAIT-1; close on client returns; client sends FIN-ACK
        0.210015 s: FIN-ACK arrives at server; server: LISTEN to CLOSED; server: ESTABLISHED to CLOSE-WAIT; server: CLOSE-WAIT to LAST-ACK; recv on server tells the end of the stream; and 5 more
        0.23002 s: FIN-ACK arrives at client; client: FIN-WAIT-1 to FIN-WAIT-2; client: FIN-WAIT-2 to TIME-WAIT; client sends ACK 2
        0.250025 s: ACK 2 arrives at server; server: LAST-ACK to CLOSED"#]].assert_eq(&at);
}

#[test]
fn folded_time_goes_forward_and_back_the_same_way() {
    let story =
        story("handshake", |text| text.replace("\"afterwards_us\": 300000", "\"afterwards_us\": 90000000"));
    for fold in [Fold::of(&story), Fold::plain(&story)] {
        for step in 0..=1_000 {
            let at = Instant(story.begin.0 + (story.end.0 - story.begin.0) * step / 1_000);
            let again = fold.moment(fold.place(at) + 0.001);
            assert!(again.0.abs_diff(at.0) <= 10_000, "{at:?} came back as {again:?}");
        }
        assert_eq!(fold.moment(fold.length()), story.end);
        assert_eq!(fold.moment(0.0), story.begin);
    }
    assert!(Fold::of(&story).length() < 1e6);
    assert_eq!(Fold::plain(&story).idle().len(), 0);
}

#[test]
fn speeds_are_said_in_words() {
    let said: Vec<String> =
        Speed::DIGITS.iter().map(|speed| format!("{}, {}", speed.share(), speed.says())).collect();
    expect_test::expect![[r#"
        1/1,000, 1 ms of the network in 1 s
        1/500, 1 ms of the network in 500 ms
        1/200, 1 ms of the network in 200 ms
        1/100, 1 s of the network in 100 s
        1/50, 1 s of the network in 50 s
        1/20, 1 s of the network in 20 s
        1/10, 1 s of the network in 10 s
        1/5, 1 s of the network in 5 s
        real time, as fast as the network's own time"#]]
    .assert_eq(&said.join("\n"));
}
