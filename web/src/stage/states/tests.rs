use super::layout::{PLACES, ROUTES};
use super::scene::{Walks, cause, scene};
use crate::stage::story::tests::story;
use crate::stage::{Numbers, Story};
use expect_test::{Expect, expect};
use sockets::Instant;

/// A moment of the picture: each token with its place, the ways taken, the last step.
fn shown(story: &Story, at: u64) -> String {
    let walks = Walks::of(story, None);
    let scene = scene(story, &walks, Instant(at));
    let mut text = String::new();
    for (token, walker) in scene.tokens.iter().zip(&walks.walkers) {
        let (x, y) = token.point;
        text += &format!("{} {} at {x:.0},{y:.0}, {}\n", walker.letter, walker.name, token.state);
        assert_eq!(PLACES[token.place].state, token.state);
    }
    for (way, taken) in ROUTES.iter().zip(&scene.taken) {
        let who: String = walks
            .walkers
            .iter()
            .zip(taken)
            .filter(|(_, took)| **took)
            .map(|(walker, _)| walker.letter.as_str())
            .collect();
        if !who.is_empty() {
            text += &format!("  {} > {}: {who}\n", way.from, way.to);
        }
    }
    if let Some(step) = scene.made.checked_sub(1).map(|last| &walks.steps[last]) {
        text += &format!("last: {}\n", cause(story, &step.change, Numbers::Relative));
    }
    text
}

fn check(story: &Story, at: u64, expected: Expect) {
    expected.assert_eq(&shown(story, at));
}

#[test]
fn a_connection_opens_and_closes() {
    let story = story("handshake", str::to_owned);
    check(
        &story,
        0,
        expect![[r#"
            C client at 234,0, CLOSED
            S server at 406,93, LISTEN
              CLOSED > LISTEN: S
            last: listen() is called
        "#]],
    );
    check(
        &story,
        30_005,
        expect![[r#"
            C client at 466,187, SYN-SENT
            S server at 174,187, SYN-RECEIVED
              CLOSED > LISTEN: S
              CLOSED > SYN-SENT: C
              LISTEN > SYN-RECEIVED: S
            last: S 0:0(0) arrives
        "#]],
    );
    check(
        &story,
        31_000,
        expect![[r#"
            C client at 466,187, SYN-SENT
            S server at 375,98, SYN-RECEIVED
              CLOSED > LISTEN: S
              CLOSED > SYN-SENT: C
              LISTEN > SYN-RECEIVED: S
            last: S 0:0(0) arrives
        "#]],
    );
    check(
        &story,
        100_000,
        expect![[r#"
            C client at 234,281, ESTABLISHED
            S server at 406,281, ESTABLISHED
              CLOSED > LISTEN: S
              CLOSED > SYN-SENT: C
              LISTEN > SYN-RECEIVED: S
              SYN-RECEIVED > ESTABLISHED: S
              SYN-SENT > ESTABLISHED: C
            last: . 1:1(0) ack 1 arrives
        "#]],
    );
    check(
        &story,
        230_020,
        expect![[r#"
            C client at 234,563, TIME-WAIT
            S server at 638,469, LAST-ACK
              CLOSED > LISTEN: S
              CLOSED > SYN-SENT: C
              LISTEN > SYN-RECEIVED: S
              SYN-RECEIVED > ESTABLISHED: S
              SYN-SENT > ESTABLISHED: C
              ESTABLISHED > FIN-WAIT-1: C
              ESTABLISHED > CLOSE-WAIT: S
              FIN-WAIT-1 > FIN-WAIT-2: C
              CLOSE-WAIT > LAST-ACK: S
              FIN-WAIT-2 > TIME-WAIT: C
            last: F. 1:1(0) ack 7 arrives
        "#]],
    );
    check(
        &story,
        300_000,
        expect![[r#"
            C client at 234,563, TIME-WAIT
            S server at 638,563, CLOSED
              CLOSED > LISTEN: S
              CLOSED > SYN-SENT: C
              LISTEN > SYN-RECEIVED: S
              SYN-RECEIVED > ESTABLISHED: S
              SYN-SENT > ESTABLISHED: C
              ESTABLISHED > FIN-WAIT-1: C
              ESTABLISHED > CLOSE-WAIT: S
              FIN-WAIT-1 > FIN-WAIT-2: C
              CLOSE-WAIT > LAST-ACK: S
              FIN-WAIT-2 > TIME-WAIT: C
              LAST-ACK > CLOSED: S
            last: . 7:7(0) ack 2 arrives
        "#]],
    );
}

#[test]
fn tokens_rest_at_every_step_and_never_leave_the_picture() {
    let story = story("handshake", str::to_owned);
    let walks = Walks::of(&story, None);
    let rests = |at: Instant| scene(&story, &walks, at).tokens;
    for &stop in &story.stops {
        for token in rests(stop) {
            let (x, y) = PLACES[token.place].middle;
            assert!(
                (token.point.0 - x).abs() < 90.0 && (token.point.1 - y).abs() < 30.0,
                "at {stop:?}: {token:?}"
            );
        }
    }
    for at in 0..600 {
        for token in rests(Instant(at * 500)) {
            let (x, y) = token.point;
            assert!((0.0..=super::layout::SIZE.0).contains(&x) && (0.0..=super::layout::SIZE.1).contains(&y));
        }
    }
}

#[test]
fn a_story_without_connections_has_no_tokens() {
    let story = story("handshake", |text| {
        text.replacen(r#"{"call": "connect", "socket": "s", "address": ["server", 8000]},"#, "", 1)
    });
    let walks = Walks::of(&story, None);
    let listens = Walks::of(&story, Some(crate::stage::EndId(0)));
    assert!(scene(&story, &walks, story.end).tokens.is_empty());
    assert_eq!(scene(&story, &listens, Instant(1)).tokens.len(), 1);
}
