//! The list as text, for stories of a few segments; the filter by what it takes.

use super::super::Numbers;
use super::super::story::Story;
use super::super::story::tests::story;
use super::filter::Filter;
use super::line::{Wording, line, seconds};
use super::rows::{Kind, Row, rows};
use expect_test::{Expect, expect};
use std::fmt::Write;

fn told(story: &Story, rows: &[Row], numbers: Numbers) -> String {
    let wording = Wording::of(story, numbers);
    let mut text = String::new();
    for row in rows {
        writeln!(text, "{} {}", seconds(row.at), line(story, row, wording).text())
            .expect("a String takes all");
    }
    text
}

fn check(story: &Story, numbers: Numbers, expected: Expect) {
    expected.assert_eq(&told(story, &rows(story), numbers));
}

fn taken(story: &Story, filter: &str) -> String {
    let filter = Filter::parse(filter, story).unwrap_or_else(|bad| panic!("{bad}"));
    let wording = Wording::of(story, Numbers::Relative);
    let rows: Vec<Row> = rows(story).into_iter().filter(|row| filter.takes(story, row, wording)).collect();
    told(story, &rows, Numbers::Relative)
}

fn with_fault(fault: &str) -> Story {
    story("handshake", |text| text.replacen(r#""links":"#, &format!(r#""faults": [{fault}], "links":"#), 1))
}

#[test]
fn a_connection_in_words() {
    check(
        &story("handshake", str::to_owned),
        Numbers::Relative,
        expect![[r#"
            0.000000 server call socket SOCK_STREAM: listener
            0.000000 server call listener.bind :8000
            0.000000 server call listener.listen 5
            0.000000 server state LISTEN: waiting for any peer's SYN; by a call
            0.000000 server call listener.accept; waits
            0.010000 client call socket SOCK_STREAM: s
            0.010000 client call s.connect server:8000; waits
            0.010000 client state SYN-SENT: connect sends a SYN with a new initial sequence number; by a call
            0.010000 1 client → server TCP S 0:0(0) win 64240 <mss 1460,sackOK,TS val 2107147403 ecr 0,nop,wscale 10>; arrives 0.030005
            0.030005 server state LISTEN → SYN-RECEIVED: A SYN for a listening socket: the connection is half open, and SYN-ACK goes back; by segment 1
            0.030005 2 server → client TCP S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 3969547709 ecr 2107147403,nop,wscale 10>; arrives 0.050010
            0.050010 client state SYN-SENT → ESTABLISHED: Our SYN is acknowledged and the peer's has come: the connection is open, and an ACK says so; by segment 2
            0.050010 client call s.connect server:8000 returns; after 40.0 ms
            0.050010 3 client → server TCP . 1:1(0) ack 1 win 63 <nop,nop,TS val 2107147443 ecr 3969547709>; arrives 0.070015
            0.070015 server state SYN-RECEIVED → ESTABLISHED: The ACK of our SYN completes the handshake; by segment 3
            0.070015 server rule accepted: accept hands the program the oldest connection of the accept queue; its handshake was complete before; by segment 3
            0.070015 server call listener.accept returns connection from 10.0.0.1:52952; after 70.0 ms
            0.070015 server call connection.recv; waits
            0.110010 client call s.send b'hello': 5 octets taken
            0.110010 4 client → server TCP P. 1:6(5) ack 1 win 63 <nop,nop,TS val 2107147503 ecr 3969547709>; arrives 0.130015
            0.130015 server call connection.recv returns b'hello'; after 60.0 ms
            0.130015 5 server → client TCP . 1:1(0) ack 6 win 64 <nop,nop,TS val 3969547809 ecr 2107147503>; arrives 0.150020
            0.130015 server call connection.recv; waits
            0.190010 client call s.close
            0.190010 client state ESTABLISHED → FIN-WAIT-1: The program ends its direction first: FIN follows the last octet; by a call
            0.190010 6 client → server TCP F. 6:6(0) ack 1 win 63 <nop,nop,TS val 2107147583 ecr 3969547809>; arrives 0.210015
            0.210015 server state ESTABLISHED → CLOSE-WAIT: The peer's FIN: it will send no more, and recv returns 0 once all is read; by segment 6
            0.210015 server call connection.recv returns end of the stream; after 80.0 ms
            0.210015 server call connection.close
            0.210015 server state CLOSE-WAIT → LAST-ACK: The peer's FIN came before; now ours follows; by a call
            0.210015 7 server → client TCP F. 1:1(0) ack 7 win 64 <nop,nop,TS val 3969547889 ecr 2107147583>; arrives 0.230020
            0.210015 server call listener.close
            0.210015 server state LISTEN → CLOSED: no connection; by a call
            0.230020 client state FIN-WAIT-1 → FIN-WAIT-2: The ACK of our FIN has come; by segment 7
            0.230020 client state FIN-WAIT-2 → TIME-WAIT: The peer's FIN follows ours: TIME-WAIT keeps the pair until old segments have died out; by segment 7
            0.230020 8 client → server TCP . 7:7(0) ack 2 win 63 <nop,nop,TS val 2107147623 ecr 3969547889>; arrives 0.250025
            0.250025 server state LAST-ACK → CLOSED: The ACK of our FIN has come; by segment 8
        "#]],
    );
}

#[test]
fn a_loss_its_timer_and_its_repetition() {
    let lost = with_fault(r#"{"flags": "SYN-ACK", "action": "drop"}"#);
    check(
        &lost,
        Numbers::Relative,
        expect![[r#"
            0.000000 server call socket SOCK_STREAM: listener
            0.000000 server call listener.bind :8000
            0.000000 server call listener.listen 5
            0.000000 server state LISTEN: waiting for any peer's SYN; by a call
            0.000000 server call listener.accept; waits
            0.010000 client call socket SOCK_STREAM: s
            0.010000 client call s.connect server:8000; waits
            0.010000 client state SYN-SENT: connect sends a SYN with a new initial sequence number; by a call
            0.010000 1 client → server TCP S 0:0(0) win 64240 <mss 1460,sackOK,TS val 2107147403 ecr 0,nop,wscale 10>; arrives 0.030005
            0.030005 server state LISTEN → SYN-RECEIVED: A SYN for a listening socket: the connection is half open, and SYN-ACK goes back; by segment 1
            0.030005 2 server → client TCP S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 3969547709 ecr 2107147403,nop,wscale 10>; dropped
            1.010000 client timer The retransmission timer fires, 1.00 s after it was set
            1.010000 client rule retransmission: No acknowledgment came within RTO: the first unacknowledged segment is sent again. retries 0 → 1; by the retransmission timer
            1.010000 3 client → server TCP S 0:0(0) win 64240 <mss 1460,sackOK,TS val 2107148403 ecr 0,nop,wscale 10>; arrives 1.030005, retransmission of 1
            1.030005 server rule syn-ack-again: Nobody acknowledged the SYN-ACK: it is sent again, after 1, 2, 4 s and so on. retries 0 → 1.
            1.030005 4 server → client TCP S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 3969548709 ecr 2107147403,nop,wscale 10>; arrives 1.050010, retransmission of 2
            1.030005 server rule syn-repeated: The SYN came again, so its SYN-ACK was lost or is late: the SYN-ACK is sent again; by segment 3
            1.030005 5 server → client TCP S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 3969548709 ecr 2107147403,nop,wscale 10>; arrives 1.050015, retransmission of 4
            1.050010 client state SYN-SENT → ESTABLISHED: Our SYN is acknowledged and the peer's has come: the connection is open, and an ACK says so; by segment 4
            1.050010 client call s.connect server:8000 returns; after 1.04 s
            1.050010 6 client → server TCP . 1:1(0) ack 1 win 63 <nop,nop,TS val 2107148443 ecr 3969548709>; arrives 1.070015
            1.050015 client rule syn-challenge: A SYN on a synchronized connection may be forged: an ACK asks the peer; by segment 5
            1.050015 7 client → server TCP . 1:1(0) ack 1 win 63 <nop,nop,TS val 2107148443 ecr 3969548709>; arrives 1.070020
            1.070015 server state SYN-RECEIVED → ESTABLISHED: The ACK of our SYN completes the handshake; by segment 6
            1.070015 server rule accepted: accept hands the program the oldest connection of the accept queue; its handshake was complete before; by segment 6
            1.070015 server call listener.accept returns connection from 10.0.0.1:52952; after 1.07 s
            1.070015 server call connection.recv; waits
            1.110010 client call s.send b'hello': 5 octets taken
            1.110010 8 client → server TCP P. 1:6(5) ack 1 win 63 <nop,nop,TS val 2107148503 ecr 3969548709>; arrives 1.130015
            1.130015 server call connection.recv returns b'hello'; after 60.0 ms
            1.130015 9 server → client TCP . 1:1(0) ack 6 win 64 <nop,nop,TS val 3969548809 ecr 2107148503>; arrives 1.150020
            1.130015 server call connection.recv; waits
            1.190010 client call s.close
            1.190010 client state ESTABLISHED → FIN-WAIT-1: The program ends its direction first: FIN follows the last octet; by a call
            1.190010 10 client → server TCP F. 6:6(0) ack 1 win 63 <nop,nop,TS val 2107148583 ecr 3969548809>; arrives 1.210015
            1.210015 server state ESTABLISHED → CLOSE-WAIT: The peer's FIN: it will send no more, and recv returns 0 once all is read; by segment 10
            1.210015 server call connection.recv returns end of the stream; after 80.0 ms
            1.210015 server call connection.close
            1.210015 server state CLOSE-WAIT → LAST-ACK: The peer's FIN came before; now ours follows; by a call
            1.210015 11 server → client TCP F. 1:1(0) ack 7 win 64 <nop,nop,TS val 3969548889 ecr 2107148583>; arrives 1.230020
            1.210015 server call listener.close
            1.210015 server state LISTEN → CLOSED: no connection; by a call
            1.230020 client state FIN-WAIT-1 → FIN-WAIT-2: The ACK of our FIN has come; by segment 11
            1.230020 client state FIN-WAIT-2 → TIME-WAIT: The peer's FIN follows ours: TIME-WAIT keeps the pair until old segments have died out; by segment 11
            1.230020 12 client → server TCP . 7:7(0) ack 2 win 63 <nop,nop,TS val 2107148623 ecr 3969548889>; arrives 1.250025
            1.250025 server state LAST-ACK → CLOSED: The ACK of our FIN has come; by segment 12
        "#]],
    );
}

#[test]
fn filters_take_what_they_say() {
    let lost = with_fault(r#"{"flags": "SYN-ACK", "action": "drop"}"#);
    let all: String = [
        "lost",
        "retransmission",
        "syn !ack",
        "not from:server data or fin",
        "call:connect",
        "state:ESTABLISHED from:client",
        "timer",
        "seq>=6 len=0 to:server",
        "time<0.01",
        "\"end of the stream\"",
        "no=3 or port:9",
    ]
    .into_iter()
    .map(|filter| {
        format!(
            "{filter}\n{}",
            taken(&lost, filter).lines().map(|line| format!("    {line}\n")).collect::<String>()
        )
    })
    .collect();
    expect![[r#"
        lost
            0.030005 2 server → client TCP S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 3969547709 ecr 2107147403,nop,wscale 10>; dropped
        retransmission
            1.010000 3 client → server TCP S 0:0(0) win 64240 <mss 1460,sackOK,TS val 2107148403 ecr 0,nop,wscale 10>; arrives 1.030005, retransmission of 1
            1.030005 4 server → client TCP S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 3969548709 ecr 2107147403,nop,wscale 10>; arrives 1.050010, retransmission of 2
            1.030005 5 server → client TCP S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS val 3969548709 ecr 2107147403,nop,wscale 10>; arrives 1.050015, retransmission of 4
        syn !ack
            0.010000 1 client → server TCP S 0:0(0) win 64240 <mss 1460,sackOK,TS val 2107147403 ecr 0,nop,wscale 10>; arrives 0.030005
            1.010000 3 client → server TCP S 0:0(0) win 64240 <mss 1460,sackOK,TS val 2107148403 ecr 0,nop,wscale 10>; arrives 1.030005, retransmission of 1
        not from:server data or fin
            1.110010 8 client → server TCP P. 1:6(5) ack 1 win 63 <nop,nop,TS val 2107148503 ecr 3969548709>; arrives 1.130015
            1.190010 10 client → server TCP F. 6:6(0) ack 1 win 63 <nop,nop,TS val 2107148583 ecr 3969548809>; arrives 1.210015
            1.210015 11 server → client TCP F. 1:1(0) ack 7 win 64 <nop,nop,TS val 3969548889 ecr 2107148583>; arrives 1.230020
        call:connect
            0.010000 client call s.connect server:8000; waits
            1.050010 client call s.connect server:8000 returns; after 1.04 s
        state:ESTABLISHED from:client
            1.050010 client state SYN-SENT → ESTABLISHED: Our SYN is acknowledged and the peer's has come: the connection is open, and an ACK says so; by segment 4
            1.190010 client state ESTABLISHED → FIN-WAIT-1: The program ends its direction first: FIN follows the last octet; by a call
        timer
            1.010000 client timer The retransmission timer fires, 1.00 s after it was set
        seq>=6 len=0 to:server
            1.190010 10 client → server TCP F. 6:6(0) ack 1 win 63 <nop,nop,TS val 2107148583 ecr 3969548809>; arrives 1.210015
            1.230020 12 client → server TCP . 7:7(0) ack 2 win 63 <nop,nop,TS val 2107148623 ecr 3969548889>; arrives 1.250025
        time<0.01
            0.000000 server call socket SOCK_STREAM: listener
            0.000000 server call listener.bind :8000
            0.000000 server call listener.listen 5
            0.000000 server state LISTEN: waiting for any peer's SYN; by a call
            0.000000 server call listener.accept; waits
        "end of the stream"
            1.210015 server call connection.recv returns end of the stream; after 80.0 ms
        no=3 or port:9
            1.010000 3 client → server TCP S 0:0(0) win 64240 <mss 1460,sackOK,TS val 2107148403 ecr 0,nop,wscale 10>; arrives 1.030005, retransmission of 1
    "#]].assert_eq(&all);
}

#[test]
fn a_filter_that_means_nothing_says_why() {
    let story = story("handshake", str::to_owned);
    let bad = |text: &str| {
        let bad = Filter::parse(text, &story).expect_err("it cannot be meant");
        format!("{bad}\n")
    };
    let all: String = [
        "from:nobody",
        "from:",
        "port:x",
        "colour:red",
        "size>3",
        "seq>many",
        "time<soon",
        "\"open",
        "or syn",
        "syn or",
        "not",
        "!",
    ]
    .into_iter()
    .map(bad)
    .collect();
    expect![[r#"
        “from:nobody”: there is no such host; there is client, server.
        “from:”: a value must follow the colon, as in “from:client”.
        “port:x”: a port is a number from 0 to 65535.
        “colour:red”: before a colon can stand from, to, host, port, call, state, timer, rule. To search for the text itself, put it in quotes.
        “size>3”: what can be compared is no, time, seq, ack, win, len, length.
        “seq>many”: “many” is not a whole number.
        “time<soon”: “soon” is not a time: write seconds, 0.25, or 250ms, or 250us.
        “"open”: the closing quote is missing.
        “or”: nothing stands before it to choose from.
        “or”: nothing follows it to choose from.
        “not”: what is not to be shown must follow, as in “not ack”.
        “!”: what is not to be shown must follow, as in “not ack”.
    "#]].assert_eq(&all);
}

#[test]
fn no_filter_takes_everything() {
    let story = story("handshake", str::to_owned);
    for text in ["", "   ", "and"] {
        let filter = Filter::parse(text, &story).expect("nothing is wrong with it");
        assert!(filter.is_empty(), "{text:?}");
        assert!(rows(&story).iter().all(|row| filter.takes(
            &story,
            row,
            Wording::of(&story, Numbers::Relative)
        )));
    }
}

#[test]
fn each_kind_can_be_told_apart() {
    let lost = with_fault(r#"{"flags": "SYN-ACK", "action": "drop"}"#);
    let rows = rows(&lost);
    for kind in Kind::ALL {
        assert!(rows.iter().any(|row| row.kind() == kind), "{}", kind.name());
    }
    assert!(rows.is_sorted_by_key(|row| row.at));
}
