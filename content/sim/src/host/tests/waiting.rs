//! Calls that wait: in which order they come back, and what ends them from outside.

use super::{Pair, check};
use expect_test::expect;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn receives_keep_their_order_and_time_outs_end_them() {
    check(
        "B socket udp
         B bind 101 10.0.0.2 5000
         B recv 101 10 wait=5
         B recv 101 1
         B recvfrom 101 10
         B recv 101 10 wait=0
         B recv 101 10 flags=MSG_DONTWAIT
         A socket udp
         A connect 1 10.0.0.2 5000
         A send 1 one
         A send 1 two
         +50",
        expect![[r#"
            0.000 B socket = 101
            0.000 B bind ok
            0.000 B recv EAGAIN
            0.000 B recv EAGAIN
            0.000 A socket = 1
            0.000 A connect ok
            0.000 A send = 3
            0.000 A send = 3
            5.000 B recv TIMEOUT
            10.000 B recv "o"
            10.000 B recvfrom "two" from ('10.0.0.1', 49934)
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn cancel_ends_a_call_with_eintr_and_close_with_ebadf() {
    check(
        "A socket udp
         A bind 1 10.0.0.1 5000
         A recv 1 10
         A recvfrom 1 10
         A cancel 3
         A cancel 3
         A cancel 77
         A close 1
         A recv 1 10",
        expect![[r#"
            0.000 A socket = 1
            0.000 A bind ok
            0.000 A recv EINTR
            0.000 A cancel ok
            0.000 A cancel ok
            0.000 A cancel ok
            0.000 A recvfrom EBADF
            0.000 A close ok
            0.000 A recv EBADF
        "#]],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_call_number_that_is_pending_is_not_taken_again() {
    let mut pair = Pair::new();
    pair.play(
        "A socket udp
         A recv 1 10",
    );
    pair.calls = 1;
    pair.play("A recv 1 10");
    expect![[r#"
        0.000 A socket = 1
        0.000 A notice: Call 2 is still pending: the second call of that number was not made.
    "#]]
    .assert_eq(&pair.told);
}

#[wasm_bindgen_test(unsupported = test)]
fn states_are_told_once_and_amounts_not_too_often() {
    let mut pair = Pair::new();
    pair.states = true;
    pair.play(
        "B socket udp
         B bind 101 10.0.0.2 5000
         A socket udp
         A connect 1 10.0.0.2 5000
         A send 1 x5
         A send 1 x6
         +100
         B recv 101 10
         B recv 101 10
         +100",
    );
    expect![[r#"
        0.000 B socket = 101
        0.000 B 101: receive_queue 0
        0.000 B bind ok
        0.000 B 101: local ["10.0.0.2",5000], receive_queue 0
        0.000 A socket = 1
        0.000 A 1: receive_queue 0
        0.000 A connect ok
        0.000 A 1: local ["10.0.0.1",49934], peer ["10.0.0.2",5000], receive_queue 0
        0.000 A send = 5
        0.000 A send = 6
        10.000 B 101: local ["10.0.0.2",5000], receive_queue 5
        100.000 B recv "xxxxx"
        100.000 B 101: local ["10.0.0.2",5000], receive_queue 6
        100.000 B recv "xxxxxx"
        100.000 B 101: local ["10.0.0.2",5000], receive_queue 0
    "#]]
    .assert_eq(&pair.told);
}
