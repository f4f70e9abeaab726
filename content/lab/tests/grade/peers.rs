//! Peers that push back: a slow reader, one that never answers, one that sends too much, resets, losses; and the checks of calls and states.

use crate::interpreter::{Program, Py, Raised, play, raise};
use lab::grade::{Exercise, Finding};
use serde_json::{Value as Json, json};
use sockets::Micros;

/// An exercise of one program with these checks, each with its goal, and one trial.
fn exercise(trial: &Json, checks: &[(&str, Json)]) -> Exercise {
    let checks: Vec<Json> =
        checks.iter().map(|(id, goal)| json!({"id": id, "says": id, "goal": goal})).collect();
    let text = json!({
        "id": "x", "title": "X", "task": ["x"],
        "programs": [{"name": "program", "file": "client.py", "text": ""}],
        "checks": checks, "trials": [trial],
    });
    Exercise::parse(&text.to_string(), &|_| None).unwrap_or_else(|bad| panic!("{bad}"))
}

fn listening(does: &Json) -> Json {
    json!({"id": "t", "title": "T", "peers": [{"name": "peer", "meets": {"listens": {"port": 5000}}, "does": does}]})
}

fn connecting(does: &Json, times: u32) -> Json {
    let meets = json!({"connects": {"to": "127.0.0.1", "port": 5000}});
    json!({"id": "t", "title": "T", "peers": [{"name": "peer", "meets": meets, "times": times, "does": does}]})
}

/// What is said of a program: `ok` for each check that passes.
fn said(exercise: &Exercise, program: Program) -> Vec<String> {
    let over = play(exercise, &exercise.trials[0], program);
    let each = |finding: &Finding| {
        if finding.passed { "ok".to_owned() } else { finding.says.clone() }
    };
    over.findings.iter().map(each).collect()
}

fn alphabet(count: usize) -> Vec<u8> {
    (0..count).map(|index| b'a' + (index % 26) as u8).collect()
}

#[test]
fn a_slow_reader_finds_a_send_without_a_loop() {
    const WHOLE: usize = 8_000_000;
    let mut trial = listening(&json!([{"wait": 1_000_000}, {"read": {"every_us": 1_000}}]));
    trial["events"] = json!(1_000_000);
    let exercise = exercise(
        &trial,
        &[
            ("reads", json!({"peer_reads": {"fill": WHOLE}})),
            ("rests", json!({"rests": {"at_most": 20}})),
            ("ends", json!({"ends": {}})),
        ],
    );
    let once: Program = |py| {
        py.timeout = Some(Micros::ZERO);
        let connection = connect_patiently(py)?;
        py.send(2, connection, &alphabet(WHOLE))?;
        py.close(3, connection);
        Ok(())
    };
    let said_of_once = said(&exercise, once);
    assert!(
        said_of_once[0].contains("octets). The send in line 2 had 8000000 octets to send, and took "),
        "{said_of_once:?}"
    );
    let blocking: Program = |py| {
        let connection = py.connect(1, "127.0.0.1")?;
        let data = alphabet(WHOLE);
        let mut sent = 0;
        while sent < data.len() {
            sent += py.send(2, connection, &data[sent..])?;
        }
        py.close(3, connection);
        Ok(())
    };
    assert_eq!(said(&exercise, blocking), ["ok", "ok", "ok"]);
    // Right as to the octets, but it asks all the time.
    let busy: Program = |py| {
        py.timeout = Some(Micros::ZERO);
        let connection = connect_patiently(py)?;
        let data = alphabet(WHOLE);
        let mut sent = 0;
        while sent < data.len() {
            match py.send(2, connection, &data[sent..data.len().min(sent + 65_536)]) {
                Ok(more) => sent += more,
                Err(_) => py.sleep(1_000),
            }
        }
        py.close(3, connection);
        Ok(())
    };
    let said_of_busy = said(&exercise, busy);
    assert_eq!((said_of_busy[0].as_str(), said_of_busy[2].as_str()), ("ok", "ok"));
    assert!(
        said_of_busy[1].contains("of its calls found nothing, the last one in line 2: send."),
        "{said_of_busy:?}"
    );
}

/// Connects though sockets do not wait: gives the handshake its time.
fn connect_patiently(py: &mut Py) -> Result<sockets::SocketId, Raised> {
    let timeout = py.timeout.take();
    let connection = py.connect(1, "127.0.0.1")?;
    py.timeout = timeout;
    Ok(connection)
}

#[test]
fn a_peer_that_never_answers_finds_who_waits_without_an_end() {
    let exercise = exercise(
        &listening(&json!([{"read": {}}])),
        &[("ends", json!({"ends": {"error": ["TimeoutError"]}}))],
    );
    let program: Program = |py| {
        let connection = py.connect(1, "127.0.0.1")?;
        py.send(2, connection, b"?")?;
        py.recv(3, connection, 10)?;
        Ok(())
    };
    assert_eq!(
        said(&exercise, program),
        ["It should end with TimeoutError; it waits in recv in line 3 for ever."]
    );
    let patient: Program = |py| {
        py.timeout = Some(Micros::from_secs(2));
        let connection = py.connect(1, "127.0.0.1")?;
        py.send(2, connection, b"?")?;
        let answer = py.recv(3, connection, 10);
        py.close(4, connection);
        answer?;
        Ok(())
    };
    assert_eq!(said(&exercise, patient), ["ok"]);
}

#[test]
fn a_peer_that_sends_too_much_finds_who_takes_all_of_it() {
    let does = json!([{"send": {"fill": 200_000, "piece": 1000, "every_us": 1000}}, {"read": {}}]);
    let exercise = exercise(
        &listening(&does),
        &[
            ("prints", json!({"prints": {"like": "* octets\n", "exact": null}})),
            ("few", json!({"calls": {"at_most": {"recv": 20}}})),
            ("ends", json!({"ends": {"error": ["ValueError"]}})),
        ],
    );
    let greedy: Program = |py| {
        let connection = py.connect(1, "127.0.0.1")?;
        let mut count = 0;
        loop {
            let more = py.recv(2, connection, 1000)?;
            count += more.len();
            if count >= 200_000 {
                break;
            }
        }
        py.print(&format!("{count} octets"));
        py.close(3, connection);
        Ok(())
    };
    let said_of_greedy = said(&exercise, greedy);
    assert!(
        said_of_greedy[1].starts_with("It should call recv 20 times at most; it called it "),
        "{said_of_greedy:?}"
    );
    assert_eq!(said_of_greedy[2], "It should end with ValueError; it ended with status 0.");
    let bounded: Program = |py| {
        let connection = py.connect(1, "127.0.0.1")?;
        let mut count = 0;
        while count < 10_000 {
            count += py.recv(2, connection, 1000)?.len();
        }
        py.print(&format!("{count} octets"));
        py.close(3, connection);
        raise("ValueError")
    };
    assert_eq!(said(&exercise, bounded), ["ok", "ok", "ok"]);
}

#[test]
fn a_reset_finds_a_server_that_one_client_can_end() {
    let does = json!([{"send": {"text": "half a mess"}}, {"wait": 100_000}, "reset"]);
    let exercise = exercise(
        &connecting(&does, 3),
        &[
            ("goes on", json!({"ends": {"waits_in": "accept"}})),
            (
                "order",
                json!({"calls": {"in_order": ["socket", "bind", "listen", "accept", "recv", "close", "accept"]}}),
            ),
        ],
    );
    fn serve(py: &mut Py, survives: bool) -> Result<(), Raised> {
        let listener = py.listen(1);
        loop {
            let connection = py.accept(2, listener)?;
            loop {
                match py.recv(3, connection, 100) {
                    Ok(data) if !data.is_empty() => {}
                    Err(failure) if !survives => return Err(failure.into()),
                    _ => break,
                }
            }
            py.close(4, connection);
        }
    }
    let said_of_weak = said(&exercise, |py| serve(py, false));
    assert_eq!(
        said_of_weak[0],
        "It should go on and wait in accept; it ended with ConnectionResetError: Connection reset by peer in line 3."
    );
    assert_eq!(
        said_of_weak[1],
        "It should call socket, bind, listen, accept, recv, close, accept; there is no close after recv in line 3."
    );
    assert_eq!(said(&exercise, |py| serve(py, true)), ["ok", "ok"]);
}

#[test]
fn who_never_closes_keeps_its_peer_in_fin_wait_2() {
    let does = json!([{"send": {"text": "x"}}, "finish", {"read": {"within_us": 1_000_000}}]);
    let exercise = exercise(
        &listening(&does),
        &[
            ("state", json!({"reaches": {"state": "LAST-ACK"}})),
            ("half", json!({"peer_reads": {"contains": ["bye"]}})),
        ],
    );
    let leaves: Program = |py| {
        let connection = py.connect(1, "127.0.0.1")?;
        while !py.recv(2, connection, 10)?.is_empty() {}
        py.sleep(60_000_000);
        Ok(())
    };
    let said_of_leaves = said(&exercise, leaves);
    assert!(
        said_of_leaves[0].starts_with("A connection of it should reach LAST-ACK; its states were ")
            && said_of_leaves[0].contains("CLOSE-WAIT"),
        "{said_of_leaves:?}"
    );
    assert_eq!(
        said_of_leaves[1],
        "The peer should get something with “bye”; it got nothing. The program sent nothing."
    );
    let closes: Program = |py| {
        let connection = py.connect(1, "127.0.0.1")?;
        while !py.recv(2, connection, 10)?.is_empty() {}
        py.send(3, connection, b"bye")?;
        py.finish(4, connection)?;
        py.close(5, connection);
        Ok(())
    };
    assert_eq!(said(&exercise, closes), ["ok", "ok"]);
}

#[test]
fn losses_cost_time_and_nothing_else() {
    let trial = json!({
        "id": "t", "title": "T",
        "world": {
            "seed": 7,
            "hosts": [
                {"name": "learner", "interfaces": [{"link": "net", "addresses": ["192.0.2.1/24"]}]},
                {"name": "peer", "interfaces": [{"link": "net", "addresses": ["192.0.2.2/24"]}]}
            ],
            "links": [{"name": "net", "path": {"delay_us": 10_000, "loss_ppm": 100_000}}]
        },
        "limit_us": 120_000_000,
        "peers": [{"name": "peer", "meets": {"listens": {"port": 5000}}, "does": [
            {"read": {"octets": 60_000}}, {"send": {"text": "done"}}, {"read": {}}
        ]}]
    });
    let exercise = exercise(
        &trial,
        &[
            ("reads", json!({"peer_reads": {"fill": 60_000}})),
            ("prints", json!({"prints": {"exact": "done\n"}})),
            ("ends", json!({"ends": {}})),
        ],
    );
    let program: Program = |py| {
        let connection = py.connect(1, "192.0.2.2")?;
        py.send(2, connection, &alphabet(60_000))?;
        let mut answer = Vec::new();
        while answer.len() < 4 {
            answer.extend(py.recv(3, connection, 10)?);
        }
        py.print(&String::from_utf8_lossy(&answer));
        py.close(4, connection);
        Ok(())
    };
    assert_eq!(said(&exercise, program), ["ok", "ok", "ok"]);
    let other: Program = |py| {
        let connection = py.connect(1, "192.0.2.2")?;
        let mut octets = alphabet(60_000);
        octets[30_000] = b'!';
        py.send(2, connection, &octets)?;
        py.recv(3, connection, 10)?;
        Ok(())
    };
    let said_of_other = said(&exercise, other);
    assert!(said_of_other[0].contains("it got “…") && said_of_other[0].contains('!'), "{said_of_other:?}");
}

#[test]
fn a_wrong_exercise_is_told_with_its_field() {
    let check = |change: fn(&mut Json), expected: &str| {
        let mut text = json!({
            "id": "x", "title": "X", "task": ["x"],
            "programs": [{"name": "program", "file": "client.py", "text": ""}],
            "checks": [{"id": "a", "says": "a", "goal": {"ends": {}}}],
            "trials": [listening(&json!([{"read": {}}]))],
        });
        change(&mut text);
        let bad = Exercise::parse(&text.to_string(), &|_| None).expect_err(expected);
        assert_eq!(bad.to_string(), expected);
    };
    check(
        |text| text["checks"][0]["goal"] = json!({"prints": {}}),
        "checks[0].goal: one of “exact”, “contains” and “like” is given",
    );
    check(
        |text| text["checks"][0]["goal"] = json!({"calls": {"in_order": ["sendall"]}}),
        "checks[0].goal: “sendall” is no call: calls have their names in C, as recv",
    );
    check(
        |text| text["checks"][0]["goal"] = json!({"ends": {"file": "server.py"}}),
        "checks[0].goal: there is no program “server.py”",
    );
    check(
        |text| text["trials"][0]["without"] = json!(["b"]),
        "trials[0].without: there is no check “b” of the exercise",
    );
    check(
        |text| text["trials"][0]["peers"][0]["does"] = json!([{"send": {}}]),
        "trials[0]: peers[0].does[0].send: it sends either “text” or “fill”, at least one octet",
    );
    check(
        |text| text["programs"][0]["text"] = json!({"include": "no.py"}),
        "there is no file “no.py” beside it",
    );
    check(
        |text| text["trials"][0]["checks"] = text["checks"].clone(),
        "trials[0].checks[0].id: “a” is there twice",
    );
    check(
        |text| {
            text["answers"] = json!([{"title": "", "files": {}, "why": "", "fails": {"trial": "t", "check": "b", "says": ""}}])
        },
        "answers[0].fails: “t” has no check “b”",
    );
}
